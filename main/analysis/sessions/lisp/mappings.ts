/**
 * What the capture tells of EID-to-RLOC mappings (RFC 9301): those in force by prefix, and locators that somebody named without its being in
 * force. A registration is in force once it is notified (or wants no notice), a reply once its nonce is that of a question. Records come as one
 * signal a locator, all of one packet: they are put together here. Bounded: 4,096 mappings, 1,024 waiting registrations, 512 offers.
 */
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import { parseAddress } from '../../../../shared/address.ts'
import type { ClaimAuthentication, ClaimDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../../../shared/signals.ts'
import { SECOND } from '../../model.ts'

const MAX_MAPPINGS = 4_096
const MAX_WAITING = 1_024
const MAX_OFFERS = 512
const MAX_LOCATORS = 64
/** priority of a locator that must not be used */
const UNUSABLE = 255

export interface MappedLocator {
  address: number
  priority: number
  weight: number
}

export interface MappingRecord {
  prefix: EidPrefix
  /** the question that a reply answers; null for registrations and notices */
  asked: EidPrefix | null
  message: string
  authentication: ClaimAuthentication
  serial: number | null
  locators: MappedLocator[]
  time: number
  row: number
  /** ns */
  expires: number
}

export interface EidPrefix {
  text: string
  bytes: Uint8Array
  length: number
}

export function parsePrefix(text: string): EidPrefix | null {
  const slash = text.lastIndexOf('/')
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (bytes === null) return null
  const length = slash < 0 ? bytes.length * 8 : Math.min(Number(text.slice(slash + 1)) || 0, bytes.length * 8)
  return { text, bytes, length }
}

/** Does `outer` hold all of `inner`? */
export function holds(outer: EidPrefix, inner: EidPrefix): boolean {
  if (outer.bytes.length !== inner.bytes.length || outer.length > inner.length) return false
  for (let bit = 0; bit < outer.length; bit += 8) {
    const mask = outer.length - bit >= 8 ? 0xff : (0xff << (8 - (outer.length - bit))) & 0xff
    if ((((outer.bytes[bit >> 3] as number) ^ (inner.bytes[bit >> 3] as number)) & mask) !== 0) return false
  }
  return true
}

export function usable(record: MappingRecord): MappedLocator[] {
  return record.locators.filter((l) => l.priority !== UNUSABLE && l.address >= 0)
}

export class Mappings {
  private readonly known = new Map<string, MappingRecord>()
  private readonly waiting = new Map<number, MappingRecord[]>()
  private offers: MappingRecord[] = []
  private open: { record: MappingRecord; kind: string } | null = null

  /** `adopt` hears of every record that is in force from now on, and of the one it replaces. */
  constructor(private readonly adopt: (record: MappingRecord, before: MappingRecord | null) => void) {}

  /** One locator of a record, or (Withdrawn, wildcard) a record that has none. */
  take(signal: Signal): void {
    const d = signal.detail as ClaimDetail
    const text = d.prefixes?.[0]
    if (text === undefined) return
    const at = this.open
    if (at === null || at.record.row !== signal.row || at.record.prefix.text !== text || at.kind !== kindOf(d)) {
      this.settle()
      const prefix = parsePrefix(text)
      if (prefix === null) return
      this.open = {
        kind: kindOf(d),
        record: {
          prefix,
          asked: d.asked === undefined ? null : parsePrefix(d.asked),
          message: kindOf(d).split(',')[0] as string,
          authentication: d.authentication,
          serial: d.serial,
          locators: [],
          time: signal.time,
          row: signal.row,
          expires: d.lifetime === undefined ? Number.POSITIVE_INFINITY : signal.time + d.lifetime * SECOND,
        },
      }
    }
    const { locators } = (this.open as NonNullable<typeof this.open>).record
    if (d.wildcard || d.address < 0 || locators.length >= MAX_LOCATORS) return
    const priority = signal.kind === SignalKind.Withdrawn ? UNUSABLE : (d.preference ?? 1)
    locators.push({ address: d.address, priority, weight: d.weight ?? 0 })
  }

  /** The record that was being put together is complete: a signal of something else came. */
  settle(row = -1): void {
    const at = this.open
    if (at === null || at.record.row === row) return
    this.open = null
    const { record, kind } = at
    if (kind === 'Map-Register, wants Map-Notify') {
      if (record.serial === null) return
      bound(this.waiting, MAX_WAITING)
      const list = this.waiting.get(record.serial) ?? []
      if (list.length < MAX_LOCATORS) list.push(record)
      this.waiting.set(record.serial, list)
      // A key nobody checked here: what becomes of it shows when it is notified or used.
      this.offer(record)
    } else if (record.authentication === 'A0' || record.authentication === 'AX' || kind === 'Map-Request') this.offer(record)
    else this.enforce(record)
  }

  private offer(record: MappingRecord): void {
    this.offers.push(record)
    if (this.offers.length > MAX_OFFERS) this.offers = this.offers.slice(MAX_OFFERS / 2)
  }

  /** The map server notifies a registration. */
  notified(serial: number | null): void {
    if (serial === null) return
    const list = this.waiting.get(serial)
    if (list === undefined) return
    this.waiting.delete(serial)
    for (const record of list) this.enforce(record)
  }

  private enforce(record: MappingRecord): void {
    const before = this.known.get(record.prefix.text) ?? null
    if (before === null) bound(this.known, MAX_MAPPINGS)
    else if (alike(before, record)) {
      // Told again: it holds longer, and who told it first stays known.
      before.expires = record.expires
      this.adopt(before, before)
      return
    }
    this.known.set(record.prefix.text, record)
    this.adopt(record, before)
  }

  /** The most specific mapping in force that holds the EID; one for everything names no site. */
  of(eid: EidPrefix): MappingRecord | null {
    let best: MappingRecord | null = null
    for (const record of this.known.values())
      if (record.prefix.length > 0 && holds(record.prefix, eid) && (best === null || record.prefix.length > best.prefix.length))
        best = record
    return best
  }

  /** Who named `address` for EIDs of `prefix` without its coming into force? The youngest. */
  offered(prefix: EidPrefix, address: number): MappingRecord | null {
    for (let i = this.offers.length - 1; i >= 0; i--) {
      const record = this.offers[i] as MappingRecord
      if (!holds(record.prefix, prefix) && !holds(prefix, record.prefix)) continue
      if (record.locators.some((l) => l.address === address)) return record
    }
    return null
  }
}

function alike(one: MappingRecord, other: MappingRecord): boolean {
  return (
    one.locators.length === other.locators.length &&
    one.locators.every((l, i) => {
      const o = other.locators[i] as MappedLocator
      return l.address === o.address && l.priority === o.priority && l.weight === o.weight
    })
  )
}

/** 'Map-Reply: Drop' of a record without locators is still a Map-Reply. */
function kindOf(d: ClaimDetail): string {
  return d.wildcard ? (d.message.split(':')[0] as string) : d.message
}

function bound<K>(map: Map<K, unknown>, most: number): void {
  if (map.size < most) return
  dropOldest(map)
}
