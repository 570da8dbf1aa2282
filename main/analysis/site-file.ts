/**
 * The site model that a person gives: a JSON file with the interfaces, their prefixes, routers and what their providers filter. It has the form
 * that `rehome site FILE --json` prints, so that a learned model can be corrected by hand and given back; a prefix may be a plain string.
 * Refuses what it does not understand, with the place in the file. At most 256 interfaces and 1,000 prefixes each.
 */
import { z } from 'zod'
import { parseAddress } from '../../shared/address.ts'
import type { SiteInterface } from '../../shared/report.ts'
import { maskedPrefix } from './site-prefixes.ts'

export interface SiteFile {
  interfaces: {
    name: string
    addresses: string[]
    prefixes: string[]
    routers: { address: string; mac: string | null }[]
    filterMode: NonNullable<SiteInterface['filterMode']> | null
  }[]
}

const prefix = z.string().transform((text, context): string => {
  const [base, length] = text.split('/') as [string, string | undefined]
  const masked = length !== undefined && /^\d{1,3}$/.test(length) ? maskedPrefix(base, Number(length)) : null
  if (masked === null) context.addIssue({ code: 'custom', message: `'${text.slice(0, 60)}' is no prefix such as 2001:db8:a::/48` })
  return masked ?? ''
})
const address = z.string().refine((text) => parseAddress(text.split('/')[0] as string) !== null, 'is no IP address')
const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'is no link-layer address such as 02:00:00:00:01:01')

const schema = z.object({
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
        filterMode: z.enum(['none', 'acl', 'strict', 'feasible', 'loose', 'strict-or-acl', 'unknown']).nullish(),
      }),
    )
    .max(256),
})

/** `value` is what JSON.parse gave. Throws an Error that names the place and the fault. */
export function readSiteFile(value: unknown): SiteFile {
  const found = schema.safeParse(Array.isArray(value) ? { interfaces: value } : value)
  if (!found.success) {
    const issue = found.error.issues[0]
    throw new Error(`${issue?.path.map(String).join('.') || 'the whole file'}: ${issue?.message ?? 'not understood'}`)
  }
  return {
    interfaces: found.data.interfaces.map((one) => ({
      name: one.name,
      addresses: one.addresses,
      prefixes: one.prefixes.map((entry) => (typeof entry === 'string' ? entry : entry.prefix)),
      routers: one.routers.map((entry) =>
        typeof entry === 'string' ? { address: entry, mac: null } : { address: entry.address, mac: entry.mac?.toLowerCase() ?? null },
      ),
      filterMode: one.filterMode == null || one.filterMode === 'unknown' ? null : one.filterMode,
    })),
  }
}
