/**
 * Places in columns or records for things that are known by a number: what would be an object in a map for each. Places that were left are taken
 * again. In the order of entering; whoever is bounded lets the oldest go. A hash table of its own, for a map of numbers that are no small
 * integers makes an object of each key. Keys are whole numbers from 0 to 2^53. Cost: one look-up; 28 bytes a place. The seed keeps whoever
 * writes packets from choosing keys that share a bucket.
 */
const ENTRY = 2
const SMALLEST = 64

export class Places {
  /** by place: key, and place + 1 of the next in its bucket */
  private entries = new Float64Array(SMALLEST * ENTRY)
  /** by hash: place + 1 of the first, 0 none; twice as many as places */
  private buckets = new Int32Array(SMALLEST * 2)
  /** by place: those that entered before and after it, as place + 1; of a place that was left `after` is the next such one */
  private before = new Int32Array(SMALLEST)
  private after = new Int32Array(SMALLEST)
  private oldest = 0
  private youngest = 0
  private free = 0
  private used = 0
  private count = 0
  private readonly seed = (Math.random() * 0xffffffff) | 0

  get size(): number {
    return this.count
  }

  /** -1: it has none. */
  of(key: number): number {
    const { entries } = this
    let link = this.buckets[this.bucket(key)] as number
    while (link !== 0 && entries[(link - 1) * ENTRY] !== key) link = entries[(link - 1) * ENTRY + 1] as number
    return link - 1
  }

  /** A place for a key that has none; its columns hold what was there before. */
  enter(key: number): number {
    let place = this.free - 1
    if (place >= 0) this.free = this.after[place] as number
    else {
      if (this.used === this.before.length) this.grow()
      place = this.used++
    }
    this.hang(place, key)
    this.before[place] = this.youngest
    this.after[place] = 0
    if (this.youngest === 0) this.oldest = place + 1
    else this.after[this.youngest - 1] = place + 1
    this.youngest = place + 1
    this.count++
    return place
  }

  leave(key: number): void {
    const { entries, buckets } = this
    const bucket = this.bucket(key)
    let link = buckets[bucket] as number
    let former = 0
    while (link !== 0 && entries[(link - 1) * ENTRY] !== key) {
      former = link
      link = entries[(link - 1) * ENTRY + 1] as number
    }
    if (link === 0) return
    const next = entries[(link - 1) * ENTRY + 1] as number
    if (former === 0) buckets[bucket] = next
    else entries[(former - 1) * ENTRY + 1] = next
    this.unlink(link)
  }

  /** The one that has been there longest goes; its place, -1 when there is none. */
  dropOldest(): number {
    const place = this.oldest - 1
    if (place >= 0) this.leave(this.entries[place * ENTRY] as number)
    return place
  }

  /** All of them, the oldest first. Who is visited may leave. */
  each(visit: (place: number, key: number) => void): void {
    for (let link = this.oldest; link !== 0; ) {
      const next = this.after[link - 1] as number
      visit(link - 1, this.entries[(link - 1) * ENTRY] as number)
      link = next
    }
  }

  /** The oldest leave for as long as they are over. */
  leaveWhile(over: (place: number) => boolean): void {
    while (this.oldest !== 0 && over(this.oldest - 1)) this.dropOldest()
  }

  private unlink(link: number): void {
    const before = this.before[link - 1] as number
    const after = this.after[link - 1] as number
    if (before === 0) this.oldest = after
    else this.after[before - 1] = after
    if (after === 0) this.youngest = before
    else this.before[after - 1] = before
    this.after[link - 1] = this.free
    this.free = link
    this.count--
  }

  private hang(place: number, key: number): void {
    const bucket = this.bucket(key)
    this.entries[place * ENTRY] = key
    this.entries[place * ENTRY + 1] = this.buckets[bucket] as number
    this.buckets[bucket] = place + 1
  }

  private bucket(key: number): number {
    const high = Math.floor(key / 0x1_0000_0000)
    let hash = Math.imul((key | 0) ^ Math.imul(high, 0x9e3779b1) ^ this.seed, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
    return (hash ^ (hash >>> 13)) & (this.buckets.length - 1)
  }

  /** Called when no place is free: all of them are in use. */
  private grow(): void {
    const size = this.used * 2
    this.entries = roomFor(this.entries, size * ENTRY - 1)
    this.before = roomFor(this.before, size - 1)
    this.after = roomFor(this.after, size - 1)
    this.buckets = new Int32Array(size * 2)
    for (let place = 0; place < this.used; place++) this.hang(place, this.entries[place * ENTRY] as number)
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
