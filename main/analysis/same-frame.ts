/**
 * Frames that were captured twice, where that is no matter of the whole capture (`engine/copies.ts` hears none of those twice): on two interfaces,
 * at two places on the way, or before it is known. Whatever counts how often something was said takes what comes again this soon on the same way
 * for the same frame. Cost: one look at a table of fixed size.
 */

/** what comes again this soon is a second capture of the same frame */
export const COPY = 3e6

/** ways that are remembered; a power of two */
const SLOTS = 1 << 12

/** On which ways something was said just now, by flow * 2 + direction. */
export class LastSaid {
  private readonly ways = new Int32Array(SLOTS).fill(-1)
  private readonly times = new Float64Array(SLOTS)

  /** Is what is said now what was said just before? */
  again(way: number, time: number): boolean {
    const slot = way & (SLOTS - 1)
    const age = time - (this.times[slot] as number)
    if (this.ways[slot] === way && age >= 0 && age < COPY) return true
    this.ways[slot] = way
    this.times[slot] = time
    return false
  }
}
