/**
 * Hands records on in time order although they arrive in file order: a capture over several interfaces is up to 0.25 s out of order.
 * Holds back 2 s of packet time, at most 65,536 records or 64 MiB of packets; what comes later than that is handed on as it comes.
 * Cost: nothing where `direct` applies (one interface, never out of order); else a copy of seven numbers and a merge a record.
 */
import type { RecordBatch } from '../files/types.ts'

export const HOLD_NANOSECONDS = 2e9
export const HOLD_RECORDS = 65_536
export const HOLD_BYTES = 64 * 1024 * 1024

export type TakeRecord = (
  memory: Uint8Array,
  offset: number,
  captured: number,
  wire: number,
  row: number,
  time: number,
  iface: number,
) => void

export class TimeOrder {
  private capacity = 1 << 12
  private memory: (Uint8Array | null)[] = new Array(this.capacity).fill(null)
  private offset = new Uint32Array(this.capacity)
  private captured = new Uint32Array(this.capacity)
  private wire = new Uint32Array(this.capacity)
  private row = new Uint32Array(this.capacity)
  private time = new Float64Array(this.capacity)
  private iface = new Uint16Array(this.capacity)
  /** slots that are free, as a stack */
  private free = Uint32Array.from({ length: this.capacity }, (_, i) => this.capacity - 1 - i)
  private freeCount = this.capacity
  /** slots by time: `order[head..tail)` */
  private order = new Uint32Array(this.capacity * 2)
  private head = 0
  private tail = 0
  private scratch = new Uint32Array(1 << 12)
  private bytes = 0
  /** time of the newest record seen */
  private newest = Number.NEGATIVE_INFINITY
  /** time of the last record handed on */
  private handed = Number.NEGATIVE_INFINITY
  /** records handed on although an earlier-stamped one had to follow */
  late = 0

  constructor(private readonly take: TakeRecord) {}

  get held(): number {
    return this.tail - this.head
  }

  /** Nothing is held back and these records are in order: the caller may use them as they are. Says so to this object. */
  direct(batch: RecordBatch, from: number, to: number, shift: number): boolean {
    if (this.tail > this.head) return false
    const { time } = batch
    let last = this.newest
    for (let i = from; i < to; i++) {
      const t = (time[i] as number) + shift
      if (t < last) return false
      last = t
    }
    this.newest = last
    this.handed = last
    return true
  }

  /** Takes records `from..to` of a batch; `row` is the first one's, `iface` is added to interface ids, `shift` to times. Hands on what is old enough. */
  add(batch: RecordBatch, from: number, to: number, row: number, iface: number, shift: number): void {
    this.reserve(to - from)
    const first = this.tail
    for (let i = from; i < to; i++) {
      const slot = this.free[--this.freeCount] as number
      const t = (batch.time[i] as number) + shift
      this.memory[slot] = batch.memory
      this.offset[slot] = batch.offset[i] as number
      this.captured[slot] = batch.captured[i] as number
      this.wire[slot] = batch.wire[i] as number
      this.row[slot] = row + i - from
      this.time[slot] = t
      this.iface[slot] = (batch.interface[i] as number) + iface
      this.order[this.tail++] = slot
      this.bytes += batch.captured[i] as number
      if (t > this.newest) this.newest = t
    }
    this.settle(first)
    this.handOn(this.newest - HOLD_NANOSECONDS, HOLD_RECORDS, HOLD_BYTES)
  }

  /** Hands on everything that is held. */
  flush(): void {
    this.handOn(Number.POSITIVE_INFINITY, 0, 0)
  }

  private handOn(until: number, records: number, bytes: number): void {
    while (this.head < this.tail) {
      const slot = this.order[this.head] as number
      const t = this.time[slot] as number
      if (t > until && this.tail - this.head <= records && this.bytes <= bytes) return
      this.head++
      this.free[this.freeCount++] = slot
      const memory = this.memory[slot] as Uint8Array
      this.memory[slot] = null
      const captured = this.captured[slot] as number
      this.bytes -= captured
      if (t < this.handed) this.late++
      else this.handed = t
      this.take(
        memory,
        this.offset[slot] as number,
        captured,
        this.wire[slot] as number,
        this.row[slot] as number,
        t,
        this.iface[slot] as number,
      )
    }
    this.head = 0
    this.tail = 0
  }

  /** Makes order[head..tail) sorted again after new slots were put at `first..tail`. Equal times keep their order of arrival. */
  private settle(first: number): void {
    this.sort(first, this.tail)
    if (first === this.head || first === this.tail) return
    const { order, time } = this
    const least = time[order[first] as number] as number
    if ((time[order[first - 1] as number] as number) <= least) return
    // merge only the part that overlaps
    let low = this.head
    let high = first
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((time[order[middle] as number] as number) <= least) low = middle + 1
      else high = middle
    }
    this.merge(low, first, this.tail)
  }

  /** Natural merge sort: runs that are in order already are found and merged pairwise. */
  private sort(from: number, to: number): void {
    const { order, time } = this
    for (;;) {
      let runs = 0
      let at = from
      while (at < to) {
        const middle = runEnd(order, time, at, to)
        runs++
        if (middle === to) break
        const end = runEnd(order, time, middle, to)
        this.merge(at, middle, end)
        at = end
      }
      if (runs <= 1) return
    }
  }

  /** Merges the sorted ranges from..middle and middle..to, the first being the earlier arrivals. */
  private merge(from: number, middle: number, to: number): void {
    const count = middle - from
    if (this.scratch.length < count) this.scratch = new Uint32Array(count * 2)
    const { order, time, scratch } = this
    for (let i = 0; i < count; i++) scratch[i] = order[from + i] as number
    let a = 0
    let b = middle
    let out = from
    while (a < count && b < to) {
      const left = scratch[a] as number
      const right = order[b] as number
      if ((time[right] as number) < (time[left] as number)) {
        order[out++] = right
        b++
      } else {
        order[out++] = left
        a++
      }
    }
    while (a < count) order[out++] = scratch[a++] as number
  }

  private reserve(count: number): void {
    if (this.head > 0 && this.tail + count > this.order.length) {
      this.order.copyWithin(0, this.head, this.tail)
      this.tail -= this.head
      this.head = 0
    }
    if (this.tail + count > this.order.length) {
      const order = new Uint32Array((this.tail + count) * 2)
      order.set(this.order.subarray(0, this.tail))
      this.order = order
    }
    if (this.freeCount >= count) return
    const capacity = Math.max(this.capacity * 2, this.capacity - this.freeCount + count)
    this.offset = grown(this.offset, new Uint32Array(capacity))
    this.captured = grown(this.captured, new Uint32Array(capacity))
    this.wire = grown(this.wire, new Uint32Array(capacity))
    this.row = grown(this.row, new Uint32Array(capacity))
    this.time = grown(this.time, new Float64Array(capacity))
    this.iface = grown(this.iface, new Uint16Array(capacity))
    const free = new Uint32Array(capacity)
    free.set(this.free.subarray(0, this.freeCount))
    for (let slot = this.capacity; slot < capacity; slot++) {
      free[this.freeCount++] = slot
      this.memory.push(null)
    }
    this.free = free
    this.capacity = capacity
  }
}

function grown<T extends Uint32Array | Float64Array | Uint16Array>(old: T, next: T): T {
  next.set(old as never)
  return next
}

function runEnd(order: Uint32Array, time: Float64Array, from: number, to: number): number {
  let i = from + 1
  while (i < to && (time[order[i] as number] as number) >= (time[order[i - 1] as number] as number)) i++
  return i
}
