/**
 * The largest packet number seen in a space, and the key generation there: what a truncated number is completed from (RFC 9000 appendix
 * A.3). Keeps a note every 64 packets, by row, so that a single packet can be read again later. Cost: 20 bytes a 64 packets.
 */
const EVERY = 64
const MAX_NOTES = 262_144

export class NumberSpace {
  largest = -1
  generation = 0
  private since = EVERY
  private count = 0
  private rows = new Int32Array(4)
  private values = new Float64Array(4)
  private generations = new Uint16Array(4)

  /** A packet was opened. */
  note(row: number, packetNumber: number, generation: number): void {
    if (++this.since >= EVERY || generation !== this.generation) this.append(row, generation)
    if (packetNumber > this.largest) this.largest = packetNumber
    this.generation = generation
  }

  private append(row: number, generation: number): void {
    this.since = 0
    if (this.count >= MAX_NOTES) return
    if (this.count === this.rows.length) {
      const grown = <T extends Int32Array | Float64Array | Uint16Array>(old: T, next: T): T => {
        next.set(old)
        return next
      }
      this.rows = grown(this.rows, new Int32Array(this.count * 2))
      this.values = grown(this.values, new Float64Array(this.count * 2))
      this.generations = grown(this.generations, new Uint16Array(this.count * 2))
    }
    this.rows[this.count] = row
    this.values[this.count] = this.largest
    this.generations[this.count] = generation
    this.count++
  }

  private indexAt(row: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.rows[middle] as number) <= row) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** Largest number as it was known near `row`. */
  largestAt(row: number): number {
    const at = this.indexAt(row)
    return at < 0 ? -1 : (this.values[at] as number)
  }

  generationAt(row: number): number {
    const at = this.indexAt(row)
    return at < 0 ? 0 : (this.generations[at] as number)
  }
}
