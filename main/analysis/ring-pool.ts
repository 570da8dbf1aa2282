/**
 * Memory of unit histories, lent and given back: a session that is over needs none of it, and the next one finds it warm.
 * Five size classes, so that a short session takes little; growing means changing to the next class. Kept for reuse: at most
 * `KEPT` arrays a class, what is more is left to the garbage collector.
 */
const UNITS = [8, 16, 32, 64, 128] as const
const KEPT = 4096

export const NO_RING = new Float64Array(0)

export class RingPool {
  private readonly free: Float64Array[][] = UNITS.map(() => [])

  constructor(private readonly stride: number) {}

  /** An array for more units than `ring` holds, with its content; `ring` goes back. The largest class is returned as it is. */
  grow(ring: Float64Array): Float64Array {
    const has = ring.length / this.stride
    const at = UNITS.findIndex((units) => units > has)
    if (at < 0) return ring
    const next = this.free[at]?.pop() ?? new Float64Array((UNITS[at] as number) * this.stride)
    next.set(ring)
    this.give(ring)
    return next
  }

  give(ring: Float64Array): void {
    const at = UNITS.findIndex((units) => units * this.stride === ring.length)
    if (at < 0) return
    const list = this.free[at] as Float64Array[]
    if (list.length < KEPT) list.push(ring)
  }
}
