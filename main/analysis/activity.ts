/**
 * Payload bytes over time in at most `BINS` equal bins: when the time runs over the end, bins are joined two by two and their width doubles.
 * Cost: one addition per payload packet; 2.4 kB at most, less for short lives (the array grows with the time that it has to cover).
 */
export const BINS = 600
const NONE = new Float64Array(0)
/** 10 ms to begin with */
const FIRST_WIDTH = 1e7

export class Activity {
  width = FIRST_WIDTH
  start = -1
  used = 0
  private bins: Float64Array = NONE

  add(time: number, bytes: number): void {
    if (this.start < 0) this.start = time
    let bin = Math.floor((time - this.start) / this.width)
    if (bin < 0) bin = 0
    while (bin >= BINS) {
      for (let i = 0; i < this.used; i += 2)
        this.bins[i >> 1] = (this.bins[i] as number) + (i + 1 < this.used ? (this.bins[i + 1] as number) : 0)
      const half = (this.used + 1) >> 1
      this.bins.fill(0, half, this.used)
      this.used = half
      this.width *= 2
      bin = Math.floor((time - this.start) / this.width)
    }
    if (bin >= this.bins.length) {
      const grown = new Float64Array(Math.min(BINS, Math.max(bin + 1, this.bins.length * 2, 4)))
      grown.set(this.bins)
      this.bins = grown
    }
    this.bins[bin] = (this.bins[bin] as number) + bytes
    if (bin >= this.used) this.used = bin + 1
  }

  values(): number[] {
    return Array.from(this.bins.subarray(0, this.used))
  }
}
