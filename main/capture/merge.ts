/**
 * Merges the records of several sources by time. A record waits until every other source has shown a later one, but no longer than the
 * window: a quiet interface holds nobody up for longer. Bounded besides by records and bytes. What comes later than that is handed on
 * as it comes, and counted: it is written to the file all the same.
 * One source is not in order by itself: packets that two processors receive or send on one interface are stamped before they stand in
 * line, and come some microseconds out of order. So a record also waits until its own source is a millisecond further, or 20 ms.
 * Cost: seven stores and a comparison a source for each record.
 */
import type { RecordBatch } from '../files/types.ts'

export const REORDER_MILLISECONDS = 300
/** where the capture program is tcpdump, which has the kernel hand over what is not much once a second */
export const SLOW_REORDER_MILLISECONDS = 1_200
/** disorder inside one source that is put right */
const SETTLE_NANOSECONDS = 1e6
const SETTLE_MILLISECONDS = 20
/** records a late one is moved across at most: a source whose clock jumps back is not sorted through */
const SETTLE_RECORDS = 1_000
const HOLD_RECORDS = 262_144
const HOLD_BYTES = 128 * 1024 * 1024

export type TakeMerged = (iface: number, memory: Uint8Array, offset: number, captured: number, wire: number, time: number) => void

/** Records of one source that wait: a ring of columns. */
class Lane {
  memory: (Uint8Array | null)[] = new Array(1024).fill(null)
  offset = new Uint32Array(1024)
  captured = new Uint32Array(1024)
  wire = new Uint32Array(1024)
  time = new Float64Array(1024)
  iface = new Uint32Array(1024)
  arrived = new Float64Array(1024)
  mask = 1023
  head = 0
  count = 0
  open = true
  /** ns, the latest time this source has shown */
  newest = Number.NEGATIVE_INFINITY

  reserve(more: number): void {
    let size = this.mask + 1
    if (this.count + more <= size) return
    while (size < this.count + more) size *= 2
    const memory: (Uint8Array | null)[] = new Array(size).fill(null)
    const offset = new Uint32Array(size)
    const captured = new Uint32Array(size)
    const wire = new Uint32Array(size)
    const time = new Float64Array(size)
    const iface = new Uint32Array(size)
    const arrived = new Float64Array(size)
    for (let i = 0; i < this.count; i++) {
      const at = (this.head + i) & this.mask
      memory[i] = this.memory[at] as Uint8Array
      offset[i] = this.offset[at] as number
      captured[i] = this.captured[at] as number
      wire[i] = this.wire[at] as number
      time[i] = this.time[at] as number
      iface[i] = this.iface[at] as number
      arrived[i] = this.arrived[at] as number
    }
    Object.assign(this, { memory, offset, captured, wire, time, iface, arrived, mask: size - 1, head: 0 })
  }

  /** Moves the last record before those waiting ones that are later. */
  settle(): void {
    for (let k = this.count - 1; k > Math.max(0, this.count - SETTLE_RECORDS); k--) {
      const at = (this.head + k) & this.mask
      const before = (at - 1) & this.mask
      if ((this.time[before] as number) <= (this.time[at] as number)) return
      for (const column of [this.memory, this.offset, this.captured, this.wire, this.time, this.iface, this.arrived]) {
        const [earlier, later] = [column[at], column[before]]
        column[before] = earlier as never
        column[at] = later as never
      }
    }
  }
}

export class Merger {
  /** records handed on after a later one */
  late = 0
  held = 0
  heldBytes = 0
  /** time of the newest record handed on; -Infinity before the first */
  newest = Number.NEGATIVE_INFINITY
  private readonly lanes: Lane[] = []

  constructor(
    private readonly take: TakeMerged,
    readonly window = REORDER_MILLISECONDS,
  ) {}

  addLane(): number {
    return this.lanes.push(new Lane()) - 1
  }

  /** Nothing more comes from this source: it holds nobody up. It may come back with `reopen`. */
  close(lane: number): void {
    ;(this.lanes[lane] as Lane).open = false
  }

  reopen(lane: number): void {
    ;(this.lanes[lane] as Lane).open = true
  }

  /** `interfaces`: number of the capture's interface by number of the batch's. `now`: ms of any steady clock. */
  add(lane: number, batch: RecordBatch, interfaces: readonly number[], now: number): void {
    const on = this.lanes[lane] as Lane
    const { count, memory } = batch
    on.reserve(count)
    for (let i = 0; i < count; i++) {
      const at = (on.head + on.count) & on.mask
      const size = batch.captured[i] as number
      on.memory[at] = memory
      on.offset[at] = batch.offset[i] as number
      on.captured[at] = size
      on.wire[at] = batch.wire[i] as number
      on.time[at] = batch.time[i] as number
      on.iface[at] = interfaces[batch.interface[i] as number] as number
      on.arrived[at] = now
      this.heldBytes += size
      on.count++
      if ((on.time[at] as number) < on.newest) on.settle()
      else on.newest = on.time[at] as number
    }
    this.held += count
    this.drain(now)
  }

  /** Hands on what need not wait any more. */
  drain(now: number): void {
    while (this.held > 0) {
      let first: Lane | null = null
      let least = Number.POSITIVE_INFINITY
      let second = Number.POSITIVE_INFINITY
      let quiet = false
      for (const lane of this.lanes) {
        if (lane.count === 0) {
          if (lane.open) quiet = true
          continue
        }
        const time = lane.time[lane.head] as number
        if (time < least) {
          second = least
          least = time
          first = lane
        } else if (time < second) second = time
      }
      if (first === null) return
      // a run of the first source, up to the second one's record
      do {
        const settling = first.open && first.newest < (first.time[first.head] as number) + SETTLE_NANOSECONDS
        const patience = quiet ? this.window : settling ? Math.min(this.window, SETTLE_MILLISECONDS) : 0
        const waiting = now - (first.arrived[first.head] as number) < patience
        if (waiting && this.held <= HOLD_RECORDS && this.heldBytes <= HOLD_BYTES) return
        this.handOn(first)
      } while (first.count > 0 && (first.time[first.head] as number) <= second)
    }
  }

  /** Hands on everything. */
  flush(): void {
    this.drain(Number.POSITIVE_INFINITY)
  }

  private handOn(lane: Lane): void {
    const at = lane.head
    lane.head = (at + 1) & lane.mask
    lane.count--
    this.held--
    const memory = lane.memory[at] as Uint8Array
    lane.memory[at] = null
    const captured = lane.captured[at] as number
    this.heldBytes -= captured
    const time = lane.time[at] as number
    if (time < this.newest) this.late++
    else this.newest = time
    this.take(lane.iface[at] as number, memory, lane.offset[at] as number, captured, lane.wire[at] as number, time)
  }
}
