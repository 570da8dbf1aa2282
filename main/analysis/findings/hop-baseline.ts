/**
 * What hop limit the packets of a source usually arrive with on a capture interface: the median of its last 32 (threats.md 0.1). A packet
 * that differs by 3 or more came from elsewhere. One byte array of 32 a (address, interface); bounded to 65,536 of them, the oldest go.
 */
const KEPT = 32
const MAX_SOURCES = 65_536

interface Source {
  values: Uint8Array
  seen: number
}

export class HopBaseline {
  private readonly sources = new Map<number, Source>()

  /** `address`: id of the address table; `iface`: capture interface. */
  note(address: number, iface: number, hopLimit: number): void {
    if (address < 0 || hopLimit <= 0) return
    const key = address * 256 + (iface & 255)
    let source = this.sources.get(key)
    if (source === undefined) {
      if (this.sources.size >= MAX_SOURCES) this.sources.delete(this.sources.keys().next().value as number)
      source = { values: new Uint8Array(KEPT), seen: 0 }
      this.sources.set(key, source)
    }
    source.values[source.seen++ % KEPT] = hopLimit
  }

  /** null when fewer than three packets were seen. */
  median(address: number, iface: number): number | null {
    const source = this.sources.get(address * 256 + (iface & 255))
    if (source === undefined || source.seen < 3) return null
    const sorted = source.values.slice(0, Math.min(source.seen, KEPT)).sort()
    return sorted[sorted.length >> 1] as number
  }

  /** Did a packet with this hop limit come from elsewhere than the source's others? null: not known. */
  differs(address: number, iface: number, hopLimit: number): boolean | null {
    const usual = this.median(address, iface)
    return usual === null || hopLimit <= 0 ? null : Math.abs(usual - hopLimit) >= 3
  }
}
