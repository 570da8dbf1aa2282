/**
 * What control messages said of EID prefixes, for the rules about LISP: locators claimed for a prefix with who said so, and which of them
 * answered a probe. Only answers to questions that were seen, registrations and what a site says of itself count as mappings; an answer to
 * no question is kept apart. The most specific prefix decides. Bounded: 2,048 prefixes of 32 locators.
 */
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import { parseAddress } from '../../../../shared/address.ts'
import type { ClaimAuthentication, ClaimDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'

const MAX_PREFIXES = 2048
const MAX_LOCATORS = 32

export interface MappedLocator {
  address: number
  source: number
  message: string
  authentication: ClaimAuthentication
  time: number
  row: number
  lifetime: number
  hops: number
  iface: number
}

export interface Mapping {
  prefix: string
  bytes: Uint8Array
  length: number
  locators: Map<number, MappedLocator>
  first: number
}

export class Mappings {
  private readonly byPrefix = new Map<string, Mapping>()

  /** Takes a locator of a mapping in. */
  add(prefix: string, detail: ClaimDetail, signal: Signal, source: number): Mapping | null {
    let mapping = this.byPrefix.get(prefix)
    if (mapping === undefined) {
      const parsed = parsePrefix(prefix)
      if (parsed === null) return null
      if (this.byPrefix.size >= MAX_PREFIXES) dropOldest(this.byPrefix)
      mapping = { prefix, ...parsed, locators: new Map(), first: signal.time }
      this.byPrefix.set(prefix, mapping)
    }
    if (mapping.locators.has(detail.address) || mapping.locators.size < MAX_LOCATORS) {
      const known = mapping.locators.get(detail.address)
      if (known === undefined)
        mapping.locators.set(detail.address, {
          address: detail.address,
          source,
          message: detail.message,
          authentication: detail.authentication,
          time: signal.time,
          row: signal.row,
          lifetime: detail.lifetime ?? -1,
          hops: signal.hopLimit,
          iface: signal.interface,
        })
    }
    return mapping
  }

  /** The most specific mapping of an address. */
  of(address: Uint8Array | null): Mapping | null {
    if (address === null) return null
    let best: Mapping | null = null
    for (const mapping of this.byPrefix.values())
      if (inside(address, mapping) && (best === null || mapping.length > best.length)) best = mapping
    return best
  }

  get(prefix: string): Mapping | undefined {
    return this.byPrefix.get(prefix)
  }

  /** Mappings strictly inside a prefix. */
  within(prefix: string): Mapping[] {
    const outer = parsePrefix(prefix)
    if (outer === null) return []
    return [...this.byPrefix.values()].filter((m) => m.length > outer.length && inside(m.bytes, outer))
  }
}

export function parsePrefix(text: string): { bytes: Uint8Array; length: number } | null {
  const slash = text.lastIndexOf('/')
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (bytes === null) return null
  const length = slash < 0 ? bytes.length * 8 : Number(text.slice(slash + 1))
  return Number.isInteger(length) && length >= 0 && length <= bytes.length * 8 ? { bytes, length } : null
}

export function inside(address: Uint8Array, prefix: { bytes: Uint8Array; length: number }): boolean {
  if (address.length !== prefix.bytes.length) return false
  for (let bit = 0; bit < prefix.length; bit++) {
    const mask = 0x80 >> (bit & 7)
    if (((address[bit >> 3] as number) & mask) !== ((prefix.bytes[bit >> 3] as number) & mask)) return false
  }
  return true
}
