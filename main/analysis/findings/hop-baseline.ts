/**
 * What hop limit the packets of a source usually arrive with on a capture interface: the median of its last 32 (threats.md 0.1). A packet
 * that differs by 3 or more came from elsewhere. 42 bytes of shared arrays a (address, interface); bounded to 65,536 of them, the oldest go.
 */
import { roomFor } from './places.ts'

const KEPT = 32
const MAX_SOURCES = 65_536

export class HopBaseline {
  /** by address: place + 1 of the interface that came last; those before it follow by `next` */
  private first = new Int32Array(4096)
  /** by place: address, interface, place + 1 of the address's next interface, packets seen and the hop limits of the last of them */
  private address = new Int32Array(64)
  private interface = new Uint8Array(64)
  private next = new Int32Array(64)
  private seen = new Uint32Array(64)
  private values = new Uint8Array(64 * KEPT)
  private used = 0
  /** the place that was taken first: places are taken in turn */
  private oldest = 0
  private readonly sorted = new Uint8Array(KEPT)

  /** `address`: id of the address table; `iface`: capture interface. */
  note(address: number, iface: number, hopLimit: number): void {
    if (address < 0 || hopLimit <= 0) return
    let place = this.placeOf(address, iface)
    if (place < 0) place = this.enter(address, iface & 255)
    const seen = this.seen[place] as number
    this.values[place * KEPT + (seen % KEPT)] = hopLimit
    this.seen[place] = seen + 1
  }

  private placeOf(address: number, iface: number): number {
    if (address >= this.first.length) return -1
    let link = this.first[address] as number
    while (link !== 0 && this.interface[link - 1] !== (iface & 255)) link = this.next[link - 1] as number
    return link - 1
  }

  private enter(address: number, iface: number): number {
    let place = this.used
    if (place < MAX_SOURCES) this.used++
    else {
      place = this.oldest
      this.oldest = (place + 1) % MAX_SOURCES
      this.leave(place)
    }
    this.room(place)
    this.first = roomFor(this.first, address)
    this.address[place] = address
    this.interface[place] = iface
    this.next[place] = this.first[address] as number
    this.first[address] = place + 1
    this.seen[place] = 0
    return place
  }

  private leave(place: number): void {
    const address = this.address[place] as number
    let link = this.first[address] as number
    if (link === place + 1) {
      this.first[address] = this.next[place] as number
      return
    }
    while (this.next[link - 1] !== place + 1) link = this.next[link - 1] as number
    this.next[link - 1] = this.next[place] as number
  }

  private room(place: number): void {
    if (place < this.seen.length) return
    this.address = roomFor(this.address, place)
    this.interface = roomFor(this.interface, place)
    this.next = roomFor(this.next, place)
    this.seen = roomFor(this.seen, place)
    this.values = roomFor(this.values, place * KEPT + KEPT - 1)
  }

  /** null when fewer than three packets were seen. */
  median(address: number, iface: number): number | null {
    const place = address < 0 ? -1 : this.placeOf(address, iface)
    if (place < 0) return null
    const seen = this.seen[place] as number
    if (seen < 3) return null
    const count = Math.min(seen, KEPT)
    // Nearly always all of them are the same: put in one by one that is a single pass.
    const { sorted } = this
    for (let i = 0; i < count; i++) {
      const value = this.values[place * KEPT + i] as number
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
