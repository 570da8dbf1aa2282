/** What is to be looked at when its time comes: a binary heap by time. Cost O(log n) an entry; an entry may be in it more than once. */
export class DueQueue<T> {
  private readonly times: number[] = []
  private readonly items: T[] = []

  /** Time of the first entry; Infinity when there is none. */
  get earliest(): number {
    return this.times[0] ?? Number.POSITIVE_INFINITY
  }

  add(time: number, item: T): void {
    if (time === Number.POSITIVE_INFINITY) return
    let at = this.times.length
    this.times.push(time)
    this.items.push(item)
    while (at > 0) {
      const up = (at - 1) >> 1
      if ((this.times[up] as number) <= time) break
      this.swap(at, up)
      at = up
    }
  }

  /** The first entry that is due at `now`, removed; null when none is. */
  take(now: number): T | null {
    if (this.times.length === 0 || (this.times[0] as number) > now) return null
    const first = this.items[0] as T
    const time = this.times.pop() as number
    const item = this.items.pop() as T
    if (this.times.length > 0) {
      this.times[0] = time
      this.items[0] = item
      this.sink()
    }
    return first
  }

  private sink(): void {
    const n = this.times.length
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      if (left >= n) return
      const right = left + 1
      const small = right < n && (this.times[right] as number) < (this.times[left] as number) ? right : left
      if ((this.times[small] as number) >= (this.times[at] as number)) return
      this.swap(at, small)
      at = small
    }
  }

  private swap(a: number, b: number): void {
    const time = this.times[a] as number
    this.times[a] = this.times[b] as number
    this.times[b] = time
    const item = this.items[a] as T
    this.items[a] = this.items[b] as T
    this.items[b] = item
  }
}
