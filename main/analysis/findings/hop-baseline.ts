/**
 * What hop limit the packets of a source usually arrive with on a capture interface: the median of its last 32 (threats.md 0.1). A packet
 * that differs by 3 or more came from elsewhere. 32 bytes of a shared array a (address, interface); bounded to 65,536 of them, the oldest go.
 */
import { takeOldest } from '../../../dissectors/core/oldest.ts'

const KEPT = 32
const MAX_SOURCES = 65_536

export class HopBaseline {
  /** place of a source by address and interface */
  private readonly places = new Map<number, number>()
  private values = new Uint8Array(64 * KEPT)
  /** packets seen, by place */
  private seen = new Uint32Array(64)

  /** `address`: id of the address table; `iface`: capture interface. */
  note(address: number, iface: number, hopLimit: number): void {
    if (address < 0 || hopLimit <= 0) return
    const key = address * 256 + (iface & 255)
    let place = this.places.get(key)
    if (place === undefined) {
      place = this.placeFor()
      this.places.set(key, place)
    }
    const seen = this.seen[place] as number
    this.values[place * KEPT + (seen % KEPT)] = hopLimit
    this.seen[place] = seen + 1
  }

  private placeFor(): number {
    const { size } = this.places
    if (size >= MAX_SOURCES) {
      const place = takeOldest(this.places) as number
      this.seen[place] = 0
      return place
    }
    if (size === this.seen.length) {
      const values = new Uint8Array(this.values.length * 2)
      values.set(this.values)
      this.values = values
      const seen = new Uint32Array(size * 2)
      seen.set(this.seen)
      this.seen = seen
    }
    return size
  }

  /** null when fewer than three packets were seen. */
  median(address: number, iface: number): number | null {
    const place = this.places.get(address * 256 + (iface & 255))
    if (place === undefined) return null
    const seen = this.seen[place] as number
    if (seen < 3) return null
    const sorted = this.values.slice(place * KEPT, place * KEPT + Math.min(seen, KEPT)).sort()
    return sorted[sorted.length >> 1] as number
  }

  /** Did a packet with this hop limit come from elsewhere than the source's others? null: not known. */
  differs(address: number, iface: number, hopLimit: number): boolean | null {
    const usual = this.median(address, iface)
    return usual === null || hopLimit <= 0 ? null : Math.abs(usual - hopLimit) >= 3
  }
}
