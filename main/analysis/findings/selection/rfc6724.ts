/**
 * RFC 6724: which source an ordinary host would take for a destination, which of several destinations it would try first, and which rule
 * decided. Pure. Rules that need what no capture shows are left out: home addresses (4), temporary addresses (7), encapsulation (7 of
 * destinations), reachability (1 of destinations).
 */

export interface Candidate {
  address: Uint8Array
  /** its prefix is deprecated */
  deprecated: boolean
  /** it is an address of the interface that the packet leaves by */
  outgoing: boolean
  /** the next hop advertises its prefix (RFC 8028, rule 5.5); null: not known */
  fromNextHop: boolean | null
  /** length of its prefix */
  length: number
}

export interface Choice<T> {
  best: T
  /** rule that set the best before the one it is compared with, '' when none did */
  rule: string
}

/** Prefix, precedence and label of the default policy table (section 2.1). */
const POLICY: readonly { bytes: number[]; bits: number; precedence: number; label: number }[] = [
  { bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], bits: 128, precedence: 50, label: 0 },
  { bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], bits: 96, precedence: 35, label: 4 },
  { bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96, precedence: 1, label: 3 },
  { bytes: [0x20, 0x01, 0, 0], bits: 32, precedence: 5, label: 5 },
  { bytes: [0x20, 0x02], bits: 16, precedence: 30, label: 2 },
  { bytes: [0x3f, 0xfe], bits: 16, precedence: 1, label: 12 },
  { bytes: [0xfe, 0xc0], bits: 10, precedence: 1, label: 11 },
  { bytes: [0xfc], bits: 7, precedence: 3, label: 13 },
  { bytes: [], bits: 0, precedence: 40, label: 1 },
]

/** IPv4 addresses as mapped ones (section 3.2). */
function wide(address: Uint8Array): Uint8Array {
  if (address.length === 16) return address
  const out = new Uint8Array(16)
  out[10] = out[11] = 0xff
  out.set(address, 12)
  return out
}

export function policy(address: Uint8Array): { precedence: number; label: number } {
  const bytes = wide(address)
  return POLICY.find(
    (row) => commonBits(bytes, Uint8Array.from([...row.bytes, ...new Array(16 - row.bytes.length).fill(0)])) >= row.bits,
  ) as {
    precedence: number
    label: number
  }
}

/** Multicast scopes; link-local 2, site-local 5, global 14 (section 3.1). */
export function scope(address: Uint8Array): number {
  const [a, b] = address as unknown as [number, number]
  if (address.length === 4) return a === 127 || (a === 169 && b === 254) ? 2 : 14
  if (a === 0xff) return b & 15
  if (a === 0xfe && (b & 0xc0) === 0x80) return 2
  if (a === 0xfe && (b & 0xc0) === 0xc0) return 5
  for (let i = 0; i < 15; i++) if (address[i] !== 0) return 14
  return address[15] === 1 ? 2 : 14
}

export function commonBits(one: Uint8Array, two: Uint8Array): number {
  let bits = 0
  for (let i = 0; i < one.length; i++) {
    const differ = (one[i] as number) ^ (two[i] as number)
    if (differ === 0) bits += 8
    else return bits + Math.clz32(differ) - 24
  }
  return bits
}

const same = (one: Uint8Array, two: Uint8Array): boolean => one.length === two.length && commonBits(one, two) === one.length * 8

/** Negative: `a` goes before `b`; the rule's number goes with it. */
export function compareSources(a: Candidate, b: Candidate, destination: Uint8Array): [number, string] {
  const prefer = (first: boolean, second: boolean): number => (first === second ? 0 : first ? -1 : 1)
  let order = prefer(same(a.address, destination), same(b.address, destination))
  if (order !== 0) return [order, '1']
  const [sa, sb, sd] = [scope(a.address), scope(b.address), scope(destination)]
  if (sa !== sb) return [sa < sb ? (sa < sd ? 1 : -1) : sb < sd ? -1 : 1, '2']
  order = -prefer(a.deprecated, b.deprecated)
  if (order !== 0) return [order, '3']
  order = prefer(a.outgoing, b.outgoing)
  if (order !== 0) return [order, '5']
  if (a.fromNextHop !== null && b.fromNextHop !== null) order = prefer(a.fromNextHop, b.fromNextHop)
  if (order !== 0) return [order, '5.5']
  const label = policy(destination).label
  order = prefer(policy(a.address).label === label, policy(b.address).label === label)
  if (order !== 0) return [order, '6']
  const bits = (one: Candidate): number => Math.min(one.length, commonBits(one.address, destination))
  return [bits(b) - bits(a), '8']
}

/** Source for a destination: the best, and the rule that put it before `observed`. */
export function chooseSource(candidates: readonly Candidate[], destination: Uint8Array, observed: Candidate): Choice<Candidate> | null {
  const fitting = candidates.filter((one) => one.address.length === destination.length)
  const best = [...fitting].sort((a, b) => compareSources(a, b, destination)[0])[0]
  if (best === undefined) return null
  return { best, rule: best === observed ? '' : compareSources(best, observed, destination)[1] }
}

export interface Target {
  address: Uint8Array
  /** the source that would be taken for it; null: none */
  source: Candidate | null
}

/** Destination rules 1 to 9 as far as a capture knows them (section 6). */
export function compareTargets(a: Target, b: Target): [number, string] {
  const prefer = (first: boolean, second: boolean): number => (first === second ? 0 : first ? -1 : 1)
  let order = prefer(a.source !== null, b.source !== null)
  if (order !== 0) return [order, '1']
  if (a.source === null || b.source === null) return [0, '10']
  order = prefer(scope(a.address) === scope(a.source.address), scope(b.address) === scope(b.source.address))
  if (order !== 0) return [order, '2']
  order = -prefer(a.source.deprecated, b.source.deprecated)
  if (order !== 0) return [order, '3']
  const matches = (one: Target): boolean => policy((one.source as Candidate).address).label === policy(one.address).label
  order = prefer(matches(a), matches(b))
  if (order !== 0) return [order, '5']
  order = policy(b.address).precedence - policy(a.address).precedence
  if (order !== 0) return [order, '6']
  order = scope(a.address) - scope(b.address)
  if (order !== 0) return [order, '8']
  if (a.address.length !== b.address.length) return [0, '10']
  return [commonBits(b.source.address, b.address) - commonBits(a.source.address, a.address), '9']
}
