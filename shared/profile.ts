/**
 * Decode-as profiles: formats without assigned numbers described as data, so that proposals and private protocols yield fields, sessions and
 * rehomings without code. A profile says where it hangs (`bind`), when it applies (`guard`), which bits mean what (`fields` with their roles) and
 * what its messages do (`msgTypes`). Errors name the file and the place in it.
 */
import { z } from 'zod'

export const PROFILE_ROLES = [
  'tag',
  'serial',
  'nonce',
  'identifier',
  'locator',
  'locatorRemove',
  'lifetime',
  'preference',
  'msgType',
  'mac',
  'hashAnchor',
] as const
export const PROFILE_EFFECTS = ['open', 'openAck', 'addLocator', 'delLocator', 'probe', 'probeAck', 'close', 'switch', 'data'] as const

const number = z.union([
  z.number().int().min(0).max(0xffffffff),
  z.string().regex(/^0x[0-9a-fA-F]{1,8}$/, 'a number, or hexadecimal as "0x1f"'),
])
const halfAddress = z.string().regex(/^[0-9a-fA-F]{1,16}$/, 'up to 16 hexadecimal digits')
const wide = z.union([number, halfAddress])

const bind = z
  .object({
    tcpOption: z.number().int().min(2).max(255),
    ipProto: z.number().int().min(0).max(255),
    icmpv6Type: z.number().int().min(0).max(255),
    udpPort: z.number().int().min(1).max(65_535),
    destOption: z.number().int().min(2).max(255),
    flowLabelMask: number,
    iidMask: wide,
    iidValue: wide,
  })
  .partial()
  .strict()
  .refine((b) => {
    const ways = Object.keys(b).filter((key) => key !== 'iidValue').length
    return ways === 1 && (b.iidMask === undefined) === (b.iidValue === undefined)
  }, 'exactly one of tcpOption, ipProto, icmpv6Type, udpPort, destOption, flowLabelMask, or iidMask together with iidValue')

const field = z
  .object({
    name: z.string().regex(/^[A-Za-z][\w-]{0,39}$/, 'a word of letters, digits, - and _'),
    /** left out for kinds that have their own size, and when `lenFrom` says it */
    bits: z.number().int().min(1).max(65_536).optional(),
    kind: z.enum(['uint', 'bytes', 'ipv4', 'ipv6', 'iid', 'prefix64']).default('uint'),
    /** an earlier uint field that says how many bytes this one has */
    lenFrom: z.string().optional(),
    /** how often it follows: a number, the name of an earlier uint field, or 'end' for as long as there are bytes */
    repeat: z.union([z.number().int().min(1).max(64), z.string()]).optional(),
    role: z.enum(PROFILE_ROLES).optional(),
  })
  .strict()

const schema = z
  .object({
    id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,31}$/, 'small letters, digits, - and .'),
    title: z.string().min(1).max(200),
    enabled: z.boolean().default(true),
    /** words about it; shown nowhere but to readers of the file */
    note: z.string().max(4000).optional(),
    bind,
    guard: z
      .array(
        z
          .object({
            offset: z.number().int().min(0).max(1500),
            mask: number,
            value: number,
            bytes: z.number().int().min(1).max(4).default(4),
          })
          .strict(),
      )
      .max(16)
      .default([]),
    fields: z.array(field).max(64).default([]),
    msgTypes: z
      .record(
        z.string().regex(/^\d{1,10}$/, 'a decimal number'),
        z.object({ name: z.string().min(1).max(60), effect: z.enum(PROFILE_EFFECTS).optional() }).strict(),
      )
      .default({}),
  })
  .strict()

export type Profile = z.output<typeof schema>
export type ProfileField = Profile['fields'][number]
export type ProfileEffect = (typeof PROFILE_EFFECTS)[number]

export type ParsedProfile = { ok: true; profile: Profile } | { ok: false; problems: string[] }

/** Checks a profile's text; `name` is the file, for words. At most ten problems are told. */
export function parseProfile(text: string, name: string): ParsedProfile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { ok: false, problems: [`${name}: is no JSON: ${error instanceof Error ? error.message : String(error)}`] }
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    return {
      ok: false,
      problems: parsed.error.issues.slice(0, 10).map((issue) => `${name}: ${placeOf(issue.path)}${issue.message}`),
    }
  const problems = contradictions(parsed.data)
  return problems.length > 0 ? { ok: false, problems: problems.map((words) => `${name}: ${words}`) } : { ok: true, profile: parsed.data }
}

function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return ''
  return `${path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`)).join('')}: `
}

/** What single values do not show: names used before they are known, sizes that no kind has. */
function contradictions(profile: Profile): string[] {
  const problems: string[] = []
  const numbers = new Set<string>()
  const names = new Set<string>()
  profile.fields.forEach((f, i) => {
    const at = `fields[${i}] ('${f.name}')`
    if (names.has(f.name)) problems.push(`${at}: there is an earlier field of this name`)
    names.add(f.name)
    if (f.lenFrom !== undefined && !numbers.has(f.lenFrom)) problems.push(`${at}: lenFrom '${f.lenFrom}' is no earlier uint field`)
    if (typeof f.repeat === 'string' && f.repeat !== 'end' && !numbers.has(f.repeat))
      problems.push(`${at}: repeat '${f.repeat}' is neither 'end' nor an earlier uint field`)
    if (f.kind === 'uint' && (f.bits === undefined || f.bits > 64)) problems.push(`${at}: a uint has 1 to 64 bits`)
    if (f.kind === 'bytes' && f.bits === undefined && f.lenFrom === undefined) problems.push(`${at}: bytes need bits or lenFrom`)
    if (f.kind === 'bytes' && f.bits !== undefined && f.bits % 8 !== 0) problems.push(`${at}: bits of bytes are a multiple of 8`)
    if ((f.role === 'locator' || f.role === 'locatorRemove') && !['ipv4', 'ipv6', 'prefix64'].includes(f.kind))
      problems.push(`${at}: a locator is of kind ipv4, ipv6 or prefix64`)
    if (f.kind === 'uint') numbers.add(f.name)
  })
  if (Object.keys(profile.msgTypes).length > 0 && !profile.fields.some((f) => f.role === 'msgType'))
    problems.push("msgTypes: no field has the role 'msgType'")
  return problems
}

/** 'ff', '0x1f' or 31 as a number. */
export function profileNumber(value: number | string): number {
  return typeof value === 'number' ? value : Number.parseInt(value.replace(/^0x/, ''), 16)
}

/** A mask or value of the low 64 bits of an address, as its two halves. */
export function profileHalves(value: number | string): [number, number] {
  const hex = (typeof value === 'number' ? value.toString(16) : value.replace(/^0x/, '')).padStart(16, '0')
  return [Number.parseInt(hex.slice(0, 8), 16), Number.parseInt(hex.slice(8), 16)]
}
