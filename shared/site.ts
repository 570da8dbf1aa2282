/**
 * The site model as a person gives it: interfaces with their prefixes, routers and what their providers filter. The form that
 * `rehome site FILE --json` prints and that the window saves; a prefix or a router may be a plain string. Refuses what is no address, no prefix
 * or no link-layer address, with the place. At most 256 interfaces, 1,000 prefixes and addresses and 100 routers each. Thresholds of the rules
 * go with it, by name (docs/SITE.md); which names and values make sense, the rules know.
 */
import { z } from 'zod'
import { parseAddress } from './address.ts'
import { isPrefix } from './prefix.ts'

export const filterModes = ['none', 'acl', 'strict', 'feasible', 'loose', 'strict-or-acl', 'unknown'] as const
export type FilterMode = (typeof filterModes)[number]

const prefix = z.string().refine(isPrefix, {
  error: (issue) => `'${String(issue.input).slice(0, 60)}' is no prefix such as 2001:db8:a::/48`,
})
const address = z.string().refine((text) => parseAddress(text.split('/')[0] as string) !== null, 'is no IP address')
const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'is no link-layer address such as 02:00:00:00:01:01')

export const siteModel = z.object({
  interfaces: z
    .array(
      z.object({
        name: z.string().min(1).max(256),
        addresses: z.array(address).max(1000).default([]),
        prefixes: z
          .array(z.union([prefix, z.object({ prefix })]))
          .max(1000)
          .default([]),
        routers: z
          .array(z.union([address, z.object({ address, mac: mac.nullish() })]))
          .max(100)
          .default([]),
        filterMode: z.enum(filterModes).nullish(),
      }),
    )
    .max(256),
  thresholds: z.record(z.string().max(60), z.number()).optional(),
})

/** What is sent: entries may be short. */
export type SiteModelInput = z.input<typeof siteModel>

/** What is kept: every entry in its long form. */
export interface SiteFile {
  interfaces: {
    name: string
    addresses: string[]
    prefixes: string[]
    routers: { address: string; mac: string | null }[]
    /** null: nothing is said of it */
    filterMode: Exclude<FilterMode, 'unknown'> | null
  }[]
  /** of rules, by name, as given: times in seconds */
  thresholds?: Record<string, number>
}
