/**
 * What hop limit the packets of a source usually arrive with on a capture interface: the median of its last 32 (threats.md 0.1). A packet
 * that differs by 3 or more came from elsewhere. 52 bytes of shared arrays a (address, interface); bounded to 65,536 of them, the oldest go.
 */
import { roomFor } from './places.ts'

const KEPT = 32
const MAX_SOURCES = 65_536

/** An (address, interface) by its place: numbers and hop limits side by side, for both are looked at together. */
const enum Word {
  Address = 0,
  Interface = 1,
  /** place + 1 of the address's next interface */
  Next = 2,
  /** packets seen */
  Seen = 3,
  /** the hop limits of the last of them, a byte each */
  Values = 4,
}
const WORDS = Word.Values + KEPT / 4

export class HopBaseline {
  /** by address: place + 1 of the interface that came last; those before it follow by `Next` */
  private first = new Int32Array(4096)
  private records = new Int32Array(64 * WORDS)
  /** the same memory */
  private bytes = new Uint8Array(this.records.buffer)
  private used = 0
  /** the place that was taken first: places are taken in turn */
  private oldest = 0
  private readonly sorted = new Uint8Array(KEPT)

  /** `address`: id of the address table; `iface`: capture interface. */
  note(address: number, iface: number, hopLimit: number): void {
    if (address < 0 || hopLimit <= 0) return
    let record = this.recordOf(address, iface)
    if (record < 0) record = this.enter(address, iface & 255)
    const seen = this.records[record + Word.Seen] as number
    this.bytes[(record + Word.Values) * 4 + (seen & (KEPT - 1))] = hopLimit
    // Before it would run over it goes back by as many as are kept: only its low bits are asked for, and whether there were three.
    this.records[record + Word.Seen] = seen === 0x7fffffff ? 0x7fffffff - KEPT + 1 : seen + 1
  }

  /** Where its record begins; -1: it has none. */
  private recordOf(address: number, iface: number): number {
    if (address >= this.first.length) return -1
    const { records } = this
    let link = this.first[address] as number
    while (link !== 0 && records[(link - 1) * WORDS + Word.Interface] !== (iface & 255))
      link = records[(link - 1) * WORDS + Word.Next] as number
    return link === 0 ? -1 : (link - 1) * WORDS
  }

  private enter(address: number, iface: number): number {
    let place = this.used
    if (place < MAX_SOURCES) this.used++
    else {
      place = this.oldest
      this.oldest = (place + 1) % MAX_SOURCES
      this.leave(place)
    }
    const record = place * WORDS
    if (record >= this.records.length) {
      this.records = roomFor(this.records, record + WORDS - 1)
      this.bytes = new Uint8Array(this.records.buffer)
    }
    this.first = roomFor(this.first, address)
    this.records[record + Word.Address] = address
    this.records[record + Word.Interface] = iface
    this.records[record + Word.Next] = this.first[address] as number
    this.records[record + Word.Seen] = 0
    this.first[address] = place + 1
    return record
  }

  private leave(place: number): void {
    const { records } = this
    const address = records[place * WORDS + Word.Address] as number
    const next = records[place * WORDS + Word.Next] as number
    let link = this.first[address] as number
    if (link === place + 1) {
      this.first[address] = next
      return
    }
    while (records[(link - 1) * WORDS + Word.Next] !== place + 1) link = records[(link - 1) * WORDS + Word.Next] as number
    records[(link - 1) * WORDS + Word.Next] = next
  }

  /** null when fewer than three packets were seen. */
  median(address: number, iface: number): number | null {
    const record = address < 0 ? -1 : this.recordOf(address, iface)
    if (record < 0) return null
    const seen = this.records[record + Word.Seen] as number
    if (seen < 3) return null
    const count = Math.min(seen, KEPT)
    // Nearly always all of them are the same: put in one by one that is a single pass.
    const { sorted, bytes } = this
    const values = (record + Word.Values) * 4
    for (let i = 0; i < count; i++) {
      const value = bytes[values + i] as number
      let at = i
      for (; at > 0 && (sorted[at - 1] as number) > value; at--) sorted[at] = sorted[at - 1] as number
      sorted[at] = value
    }
    return sorted[count >> 1] as number
  }

  /** Did a packet with this hop limit come from elsewhere than the source's others? null: not known. */
  differs(address: number, iface: number, hopLimit: number): boolean | null {
    const usual = this.median(address, iface)
    return usual === null || hopLimit <= 0 ? null : Math.abs(usual - hopLimit) >= 3
  }
}
