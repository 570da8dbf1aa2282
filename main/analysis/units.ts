/**
 * Units of upper-layer data: 32-bit serial numbers unwrapped to plain numbers, the set of those already seen, and the queue of
 * copies that wait for their acknowledgement (RFC 1982 arithmetic; RFC 9260 section 3.3.4 and RFC 8684 section 3.3 for what acknowledges).
 * Refuses nothing: a jump of more than 2^31 is read as a step back, as serial arithmetic says.
 * Cost: O(1) for data in order; a search of O(log n) for re-sent data. Bounded: 128 intervals, `MAX_WAITING` copies.
 */

import { type Block, NO_BLOCK } from './blocks.ts'
import type { UnitStore } from './unit-store.ts'

export const MAX_WAITING = 4096
/** copies that are remembered on a subflow until it acknowledges them */
const MAX_ON_SUBFLOW = 8192
const MAX_INTERVALS = 128
const NONE: number[] = []

/** Turns 32-bit serial numbers into numbers that only grow. The reference point is one number of a block, 0 as long as there is none. */
export class Serial {
  constructor(
    private block: Block = new Float64Array(1),
    private at = 0,
  ) {
    block[at] = 0
  }

  /** Its number has been copied to another place. */
  moved(block: Block, at: number): void {
    this.block = block
    this.at = at
  }

  get known(): boolean {
    return this.block[this.at] !== 0
  }

  /** The number's place; moves the reference point forward. */
  place(unit: number): number {
    if (!this.known) {
      const first = 0x100000000 + (unit >>> 0)
      this.block[this.at] = first
      return first
    }
    const at = this.look(unit)
    if (at > (this.block[this.at] as number)) this.block[this.at] = at
    return at
  }

  /** The number's place without moving the reference point. */
  look(unit: number): number {
    const top = this.block[this.at] as number
    return top + ((unit - (top >>> 0)) | 0)
  }
}

/** Which units were seen, as sorted disjoint intervals [start, end). With more than 128 holes the oldest is taken as filled. */
export class UnitSet {
  // The one interval in two numbers of a block while there are no holes; from the first hole on all of them in the lists, and the second is NaN.
  private starts: number[] | null = null
  private ends: number[] = NONE

  constructor(
    private block: Block = new Float64Array(2),
    private at = 0,
  ) {
    block[at] = 0
    block[at + 1] = 0
  }

  /** Its numbers have been copied to another place. */
  moved(block: Block, at: number): void {
    this.block = block
    this.at = at
  }

  get top(): number {
    return this.starts === null ? (this.block[this.at + 1] as number) : (this.ends[this.ends.length - 1] as number)
  }

  /** Is there a hole below `unit` (data that was skipped)? */
  get holes(): number {
    return this.starts === null ? 0 : this.ends.length - 1
  }

  covers(start: number, end: number): boolean {
    if (this.starts === null) return (this.block[this.at] as number) <= start && (this.block[this.at + 1] as number) >= end
    for (let i = this.ends.length - 1; i >= 0; i--) {
      if ((this.starts[i] as number) <= start) return (this.ends[i] as number) >= end
    }
    return false
  }

  add(start: number, end: number): void {
    const { block, at } = this
    if (this.starts === null) {
      const from = block[at] as number
      const to = block[at + 1] as number
      if (to === 0) {
        block[at] = start
        block[at + 1] = end
        return
      }
      if (start <= to && end >= from) {
        if (start < from) block[at] = start
        if (end > to) block[at + 1] = end
        return
      }
      this.starts = [from]
      this.ends = [to]
      block[at + 1] = Number.NaN
    }
    this.insert(this.starts, start, end)
    if (this.ends.length > 1) return
    block[at] = this.starts[0] as number
    block[at + 1] = this.ends[0] as number
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

/** Units sent and not yet acknowledged, in order of their numbers; the records are the store's. */
export class WaitingQueue {
  // numbers of units from `head` up to `tail`, in a run that is kept when the queue runs empty
  private block: Block = NO_BLOCK
  private from = 0
  private room = 0
  private head = 0
  private tail = 0
  dropped = 0

  constructor(readonly store: UnitStore) {}

  clear(): void {
    for (let i = this.head; i < this.tail; i++) this.store.drop(this.block[this.from + i] as number)
    this.store.runs.give(this.block, this.from, this.room)
    this.block = NO_BLOCK
    this.room = 0
    this.head = 0
    this.tail = 0
  }

  get size(): number {
    return this.tail - this.head
  }

  /** Number of the first unit, -1 when there is none. */
  get first(): number {
    return this.head < this.tail ? (this.block[this.from + this.head] as number) : -1
  }

  /** Number of the unit at a position from the head. */
  at(index: number): number {
    return this.block[this.from + this.head + index] as number
  }

  /** Position (from the head) of the first unit that ends after `place`. */
  search(place: number): number {
    const { store, block, from } = this
    let low = this.head
    let high = this.tail
    while (low < high) {
      const middle = (low + high) >> 1
      if (store.end(block[from + middle] as number) > place) high = middle
      else low = middle + 1
    }
    return low - this.head
  }

  /** Takes a unit over from its maker. */
  add(unit: number): void {
    const { store } = this
    if (this.size >= MAX_WAITING) {
      store.drop(this.block[this.from + this.head++] as number)
      this.dropped++
    }
    if (this.tail === this.room) this.makeRoom()
    const { block, from } = this
    const start = store.start(unit)
    let at = this.tail++
    while (at > this.head && store.start(block[from + at - 1] as number) > start) {
      block[from + at] = block[from + at - 1] as number
      at--
    }
    block[from + at] = unit
  }

  /** Moves what waits to the front when that frees at least half of the run, else to a run of twice the size. */
  private makeRoom(): void {
    const { block, from, head, tail, room } = this
    const { runs } = this.store
    if (head * 2 < room || room === 0) {
      this.room = Math.max(8, room * 2)
      this.block = runs.take(this.room)
      this.from = runs.at
    }
    for (let i = head; i < tail; i++) this.block[this.from + i - head] = block[from + i] as number
    if (this.block !== block || this.from !== from) runs.give(block, from, room)
    this.head = 0
    this.tail = tail - head
  }

  /** Removes the head and hands it over: whoever takes it lets it go. */
  shift(): number {
    const unit = this.block[this.from + this.head++] as number
    if (this.head === this.tail) {
      this.head = 0
      this.tail = 0
    }
    return unit
  }
}

/** Copies sent on a subflow in its own sequence space, for its own acknowledgements: numbers of units, each with the end of its copy there. */
export class SubflowQueue {
  readonly serial: Serial
  private readonly serialBlock: Block
  private readonly serialAt: number
  private block: Block = NO_BLOCK
  private from = 0
  private room = 0
  private head = 0
  private tail = 0

  constructor(private readonly store: UnitStore) {
    this.serialBlock = store.runs.take(1)
    this.serialAt = store.runs.at
    this.serial = new Serial(this.serialBlock, this.serialAt)
  }

  add(unit: number, end: number): void {
    this.store.hold(unit)
    if (this.tail - this.head >= MAX_ON_SUBFLOW) for (let n = MAX_ON_SUBFLOW / 2; n > 0; n--) this.shift()
    if ((this.tail + 1) * 2 > this.room) this.makeRoom()
    this.block[this.from + this.tail * 2] = unit
    this.block[this.from + this.tail * 2 + 1] = end
    this.tail++
  }

  private makeRoom(): void {
    const { block, from, head, tail, room } = this
    const { runs } = this.store
    if (head * 4 < room || room === 0) {
      this.room = Math.max(16, room * 2)
      this.block = runs.take(this.room)
      this.from = runs.at
    }
    for (let i = head * 2; i < tail * 2; i++) this.block[this.from + i - head * 2] = block[from + i] as number
    if (this.block !== block || this.from !== from) runs.give(block, from, room)
    this.head = 0
    this.tail = tail - head
  }

  get empty(): boolean {
    return this.head === this.tail
  }
  /** The oldest copy: its unit, and its end on the subflow. */
  get unit(): number {
    return this.block[this.from + this.head * 2] as number
  }
  get end(): number {
    return this.block[this.from + this.head * 2 + 1] as number
  }

  shift(): void {
    this.store.drop(this.unit)
    if (++this.head === this.tail) {
      this.head = 0
      this.tail = 0
    }
  }

  /** The subflow is forgotten. */
  clear(): void {
    while (!this.empty) this.shift()
    this.store.runs.give(this.serialBlock, this.serialAt, 1)
    this.serial.moved(new Float64Array(1), 0)
    this.store.runs.give(this.block, this.from, this.room)
    this.block = NO_BLOCK
    this.room = 0
  }
}
