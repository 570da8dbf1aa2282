/**
 * Units of upper-layer data: 32-bit serial numbers unwrapped to plain numbers, the set of those already seen, and the queue of
 * copies that wait for their acknowledgement (RFC 1982 arithmetic; RFC 9260 section 3.3.4 and RFC 8684 section 3.3 for what acknowledges).
 * Refuses nothing: a jump of more than 2^31 is read as a step back, as serial arithmetic says.
 * Cost: O(1) for data in order; a search of O(log n) for re-sent data. Bounded: 128 intervals, `MAX_WAITING` copies.
 */

export const MAX_WAITING = 4096
const MAX_INTERVALS = 128
const NONE: number[] = []

/** Turns 32-bit serial numbers into numbers that only grow. */
export class Serial {
  private top = 0x100000000
  private started = false

  get known(): boolean {
    return this.started
  }

  /** The number's place; moves the reference point forward. */
  place(unit: number): number {
    if (!this.started) {
      this.started = true
      this.top = 0x100000000 + (unit >>> 0)
      return this.top
    }
    const at = this.look(unit)
    if (at > this.top) this.top = at
    return at
  }

  /** The number's place without moving the reference point. */
  look(unit: number): number {
    return this.top + ((unit - (this.top >>> 0)) | 0)
  }
}

/** Which units were seen, as sorted disjoint intervals [start, end). With more than 128 holes the oldest is taken as filled. */
export class UnitSet {
  // The youngest interval alone while there are no holes; all of them in the lists from the first hole on.
  private from = 0
  private to = 0
  private starts: number[] | null = null
  private ends: number[] = NONE

  get top(): number {
    return this.starts === null ? this.to : (this.ends[this.ends.length - 1] as number)
  }

  /** Is there a hole below `unit` (data that was skipped)? */
  get holes(): number {
    return this.starts === null ? 0 : this.ends.length - 1
  }

  covers(start: number, end: number): boolean {
    if (this.starts === null) return this.from <= start && this.to >= end
    for (let i = this.ends.length - 1; i >= 0; i--) {
      if ((this.starts[i] as number) <= start) return (this.ends[i] as number) >= end
    }
    return false
  }

  add(start: number, end: number): void {
    if (this.starts === null) {
      if (this.to === 0) {
        this.from = start
        this.to = end
        return
      }
      if (start <= this.to && end >= this.from) {
        if (start < this.from) this.from = start
        if (end > this.to) this.to = end
        return
      }
      this.starts = [this.from]
      this.ends = [this.to]
    }
    this.insert(this.starts, start, end)
    if (this.ends.length > 1) return
    this.from = this.starts[0] as number
    this.to = this.ends[0] as number
    this.starts = null
    this.ends = NONE
  }

  private insert(starts: number[], start: number, end: number): void {
    const n = this.ends.length
    if (n > 0 && start === this.ends[n - 1]) {
      this.ends[n - 1] = end
      return
    }
    if (n === 0 || start > (this.ends[n - 1] as number)) {
      starts.push(start)
      this.ends.push(end)
    } else {
      let i = n - 1
      while (i >= 0 && (starts[i] as number) > start) i--
      // Joins with the interval on the left when they touch, then swallows those on the right.
      if (i >= 0 && (this.ends[i] as number) >= start) {
        if ((this.ends[i] as number) >= end) return
        this.ends[i] = end
      } else {
        i++
        starts.splice(i, 0, start)
        this.ends.splice(i, 0, end)
      }
      let j = i + 1
      while (j < this.ends.length && (starts[j] as number) <= (this.ends[i] as number)) {
        this.ends[i] = Math.max(this.ends[i] as number, this.ends[j] as number)
        j++
      }
      starts.splice(i + 1, j - i - 1)
      this.ends.splice(i + 1, j - i - 1)
    }
    if (this.ends.length > MAX_INTERVALS) {
      this.ends[0] = this.ends[1] as number
      starts.splice(1, 1)
      this.ends.splice(1, 1)
    }
  }
}

/** One unit on its way: where its first and its last copy were sent. */
export interface WaitingUnit {
  start: number
  end: number
  bytes: number
  firstPath: number
  firstTime: number
  firstRow: number
  path: number
  pair: number
  /** end of the last copy on its subflow (unwrapped by the subflow's own serial); 0 when the protocol has none */
  subEnd: number
  time: number
  row: number
  copies: number
  /** selectively or subflow-acknowledged before the cumulative acknowledgement came */
  done: boolean
}

/** Units sent and not yet acknowledged, in order of their numbers. */
export class WaitingQueue {
  // from `head` up to `tail`; the array is kept when the queue runs empty, its slots are cleared
  private units: (WaitingUnit | undefined)[] = []
  private head = 0
  private tail = 0
  dropped = 0

  clear(): void {
    this.units = []
    this.head = 0
    this.tail = 0
  }

  get size(): number {
    return this.tail - this.head
  }

  get first(): WaitingUnit | null {
    return this.head < this.tail ? (this.units[this.head] as WaitingUnit) : null
  }

  at(index: number): WaitingUnit {
    return this.units[this.head + index] as WaitingUnit
  }

  /** Position (from the head) of the first unit that ends after `place`. */
  search(place: number): number {
    let low = this.head
    let high = this.tail
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.units[middle] as WaitingUnit).end > place) high = middle
      else low = middle + 1
    }
    return low - this.head
  }

  add(unit: WaitingUnit): void {
    if (this.size >= MAX_WAITING) {
      this.units[this.head++] = undefined
      this.dropped++
    }
    if (this.head > 16 && this.head * 2 > this.tail) {
      this.units.copyWithin(0, this.head, this.tail)
      this.units.fill(undefined, this.tail - this.head, this.tail)
      this.tail -= this.head
      this.head = 0
    }
    let at = this.tail++
    while (at > this.head && (this.units[at - 1] as WaitingUnit).start > unit.start) {
      this.units[at] = this.units[at - 1]
      at--
    }
    this.units[at] = unit
  }

  /** Removes and returns the head. */
  shift(): WaitingUnit {
    const unit = this.units[this.head] as WaitingUnit
    this.units[this.head++] = undefined
    if (this.head === this.tail) {
      this.head = 0
      this.tail = 0
    }
    return unit
  }
}
