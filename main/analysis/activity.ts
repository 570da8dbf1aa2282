/**
 * Payload bytes over time in at most `BINS` equal bins: when the time runs over the end, bins are joined two by two and their width doubles.
 * Cost: one addition per payload packet; 4.8 kB at most, and half a kilobyte for pairs with few packets, which get 64 bins only.
 */
export const BINS = 600
const FEW_BINS = 64
const FEW_PACKETS = 256
/** 10 ms to begin with */
const FIRST_WIDTH = 1e7

export class Activity {
  width = FIRST_WIDTH
  start = -1
  used = 0
  private packets = 0
  private bins: number[] = []

  add(time: number, bytes: number): void {
    if (this.start < 0) this.start = time
    let bin = Math.floor((time - this.start) / this.width)
    if (bin < 0) bin = 0
    const limit = this.packets++ < FEW_PACKETS ? FEW_BINS : BINS
    while (bin >= limit) {
      for (let i = 0; i < this.used; i += 2)
        this.bins[i >> 1] = (this.bins[i] as number) + (i + 1 < this.used ? (this.bins[i + 1] as number) : 0)
      const half = (this.used + 1) >> 1
      this.bins.fill(0, half, this.used)
      this.used = half
      this.width *= 2
      bin = Math.floor((time - this.start) / this.width)
    }
    while (this.bins.length <= bin) this.bins.push(0)
    this.bins[bin] = (this.bins[bin] as number) + bytes
    if (bin >= this.used) this.used = bin + 1
  }

  values(): number[] {
    return this.bins.slice(0, this.used)
  }
}
