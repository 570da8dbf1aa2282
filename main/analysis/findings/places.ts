/**
 * Places in columns for things that are known by a number: what would be an object in a map for each. Places that were left are taken again.
 * In the order of entering; whoever is bounded lets the oldest go. Cost: one look-up in a map of numbers, no object.
 */
import { takeOldest } from '../../../dissectors/core/oldest.ts'

export class Places {
  private readonly byKey = new Map<number, number>()
  private readonly free: number[] = []
  private used = 0

  get size(): number {
    return this.byKey.size
  }

  /** -1: it has none. */
  of(key: number): number {
    return this.byKey.get(key) ?? -1
  }

  /** A place for a key that has none; its columns hold what was there before. */
  enter(key: number): number {
    const place = this.free.pop() ?? this.used++
    this.byKey.set(key, place)
    return place
  }

  leave(key: number): void {
    const place = this.byKey.get(key)
    if (place === undefined) return
    this.byKey.delete(key)
    this.free.push(place)
  }

  /** The one that has been there longest goes; its place, -1 when there is none. */
  dropOldest(): number {
    const place = takeOldest(this.byKey)
    if (place === undefined) return -1
    this.free.push(place)
    return place
  }

  each(visit: (place: number, key: number) => void): void {
    this.byKey.forEach(visit)
  }
}

export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array

/** The column with room for `at`: itself, or one of at least twice its length. */
export function roomFor<T extends Column>(column: T, at: number, fill = 0): T {
  if (at < column.length) return column
  const next = new (column.constructor as new (length: number) => T)(Math.max(at + 1, column.length * 2))
  next.set(column as never)
  if (fill !== 0) next.fill(fill as never, column.length)
  return next
}
