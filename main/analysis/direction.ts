/**
 * One direction of a session: what its sender sent, what of it was delivered where and when, and which label holds.
 * Keeps the last 64 delivered units (rehoming.md section 3 looks at 20 at most), the copies that wait for acknowledgement and up to four
 * candidate moves. Cost: O(1) for units that come in time order.
 */
import { type Block, NO_BLOCK } from './blocks.ts'
import type { Candidate } from './candidate.ts'
import type { Pair } from './pair.ts'
import { copyRun, FEW, pathOf, RecentUnits, rowOf, STRIDE, together } from './recent-units.ts'
import { UnitStore } from './unit-store.ts'
import { Serial, type SubflowQueue, UnitSet, WaitingQueue } from './units.ts'

export const HISTORY = 64
const MAX_LABELS = 200

export interface Alternate {
  from: number
  to: number
  path: number
  count: number
  rows: number[]
  /** first copy of the first of them, on the other pair */
  lostTime: number
  lostRow: number
}

interface LabelTime {
  label: string
  from: number
  to: number | null
}

const NO_ALTERNATES: readonly Alternate[] = []
const NO_LABELS: readonly LabelTime[] = []

/** Numbers of a direction in its record of a block: an object's own fractions and large numbers would each be an object. */
const enum Place {
  Serial = 0,
  /** and the next: the interval of units seen */
  Seen = 1,
  LabelSince = 3,
  FirstDelivered = 4,
  LabelFrom = 5,
  /** last delivered on the first path */
  Last = 6,
  Bytes = 7,
  BicastUntil = 8,
  ShareUntil = 9,
  /** delivered bytes in half a window, of the first path (most directions have no other), and how often the path changed: this half, that before */
  ShareStart = 10,
  ShareBytes = 11,
  ShareTurns = 12,
  BeforeStart = 13,
  BeforeBytes = 14,
  BeforeTurns = 15,
}
const RECORD = 16

/** Numbers of a further path: when a unit was last delivered there, its bytes in the half window, and in the one before. */
const enum Other {
  Last = 0,
  Share = 1,
  Before = 2,
}
const OTHER = 4

export class Direction extends RecentUnits {
  private block: Block
  private at: number
  readonly serial: Serial
  readonly seen: UnitSet
  readonly waiting: WaitingQueue
  /** by pair; only where the sender is captured */
  subflows: (SubflowQueue | undefined)[] | null = null
  candidates: Candidate[] = []
  private labelList: LabelTime[] | null = null
  currentLabel = ''
  acknowledged = false
  /** when its receiver last said that it had no room for more (ns); null: never */
  noRoomAt: number | null = null
  units = 0
  /** copies of units, on purpose or not */
  retransmitted = 0
  /** units that came on two paths, by the pair that counts their copies as sent again, until these are known to be meant; null: none yet */
  twinCopies: Map<Pair, number> | null = null
  /** re-sent on another pair than the one new data uses */
  alternates: readonly Alternate[] = NO_ALTERNATES

  // delivered units, oldest first, sorted by the time they were sent: time, start, row and path, time of acknowledgement
  private history: Block = NO_BLOCK
  private historyAt = 0
  private historyRoom = 0
  count = 0
  /** how many of the youngest were delivered on one path and became known in their order, and that path */
  onOnePath = 0
  private pushedPath = -1

  // of further paths, by path: numbers as `Other` has them
  private others: Block = NO_BLOCK
  private othersAt = 0
  private othersRoom = 0
  /** path of the last delivered unit, and the first that any was delivered on */
  private sharePath = -1
  private firstPath = -1
  private several = false

  constructor(
    readonly sender: 0 | 1,
    store: UnitStore = new UnitStore(),
  ) {
    super(store.runs)
    const { runs } = store
    const block = runs.take(RECORD)
    const { at } = runs
    this.block = block
    this.at = at
    this.serial = new Serial(block, at + Place.Serial)
    this.seen = new UnitSet(block, at + Place.Seen)
    this.waiting = new WaitingQueue(store)
    block[at + Place.LabelSince] = Number.NEGATIVE_INFINITY
    block[at + Place.FirstDelivered] = -1
    block[at + Place.LabelFrom] = -1
    block[at + Place.Last] = -1
    block[at + Place.Bytes] = 0
    block[at + Place.BicastUntil] = -1
    block[at + Place.ShareUntil] = -1
    block[at + Place.ShareStart] = -1
    block[at + Place.ShareBytes] = 0
    block[at + Place.ShareTurns] = 0
    block[at + Place.BeforeStart] = -1
    block[at + Place.BeforeBytes] = 0
    block[at + Place.BeforeTurns] = 0
  }

  /** Place of a serial number of its units; moves the reference point forward, as `serial` does. */
  place(unit: number): number {
    const { block, at } = this
    const top = block[at + Place.Serial] as number
    if (top === 0) return this.serial.place(unit)
    const place = top + ((unit - (top >>> 0)) | 0)
    if (place > top) block[at + Place.Serial] = place
    return place
  }

  /** Most data follows on what is known, with nothing missing: takes it in and says true, false for all else. */
  follows(start: number, end: number): boolean {
    const { block, at } = this
    if (block[at + Place.Seen + 1] !== start) return false
    block[at + Place.Seen + 1] = end
    return true
  }

  /** time of the last label change: the window D does not reach back over it */
  get labelSince(): number {
    return this.block[this.at + Place.LabelSince] as number
  }
  set labelSince(time: number) {
    this.block[this.at + Place.LabelSince] = time
  }
  get firstDelivered(): number {
    return this.block[this.at + Place.FirstDelivered] as number
  }
  set firstDelivered(time: number) {
    this.block[this.at + Place.FirstDelivered] = time
  }
  get bicastUntil(): number {
    return this.block[this.at + Place.BicastUntil] as number
  }
  set bicastUntil(time: number) {
    this.block[this.at + Place.BicastUntil] = time
  }
  get shareUntil(): number {
    return this.block[this.at + Place.ShareUntil] as number
  }
  set shareUntil(time: number) {
    this.block[this.at + Place.ShareUntil] = time
  }
  get bytes(): number {
    return this.block[this.at + Place.Bytes] as number
  }
  set bytes(count: number) {
    this.block[this.at + Place.Bytes] = count
  }

  /** Adds a delivered unit. Late knowledge (an acknowledgement) may put it before others. */
  push(time: number, path: number, start: number, row: number, ack: number): void {
    if (this.count === this.historyRoom) this.makeRoom()
    const h = this.history
    let at = this.historyAt + this.count * STRIDE
    this.onOnePath = path === this.pushedPath ? this.onOnePath + 1 : 1
    if (this.count > 0 && (h[at - STRIDE] as number) > time) {
      this.onOnePath = 0
      const begin = this.historyAt
      while (at > begin && (h[at - STRIDE] as number) > time) {
        h.copyWithin(at, at - STRIDE, at)
        at -= STRIDE
      }
    }
    h[at] = time
    h[at + 1] = start
    h[at + 2] = together(row, path)
    h[at + 3] = ack
    this.count++
    if (this.onOnePath > 0) this.pushedPath = path
  }

  private makeRoom(): void {
    const { history, historyAt, historyRoom, runs } = this
    if (historyRoom === 2 * HISTORY) {
      // Twice the length that is looked at: moved down only every 64 units.
      history.copyWithin(historyAt, historyAt + (this.count - HISTORY) * STRIDE, historyAt + this.count * STRIDE)
      this.count = HISTORY
      return
    }
    this.historyRoom = Math.max(FEW, historyRoom * 2)
    this.history = runs.take(this.historyRoom * STRIDE)
    this.historyAt = runs.at
    copyRun(history, historyAt, this.history, this.historyAt, historyRoom * STRIDE)
    runs.give(history, historyAt, historyRoom * STRIDE)
  }

  /** The session is over and nothing is pending: its units are of no more use to anybody. */
  release(): void {
    const { runs } = this
    runs.give(this.history, this.historyAt, this.historyRoom * STRIDE)
    this.history = NO_BLOCK
    this.historyRoom = 0
    this.count = 0
    this.forgetRecent()
    this.twinCopies = null
    this.waiting.clear()
    if (this.subflows !== null) for (const queue of this.subflows) queue?.clear()
    this.subflows = null
  }

  /** Nobody will ask for it any more: all memory goes back. What a late packet still does here harms nobody. */
  dispose(): void {
    this.release()
    this.runs.give(this.others, this.othersAt, this.othersRoom * OTHER)
    this.others = NO_BLOCK
    this.othersRoom = 0
    const own = this.block.slice(this.at, this.at + RECORD)
    this.runs.give(this.block, this.at, RECORD)
    this.block = own
    this.at = 0
    this.serial.moved(own, Place.Serial)
    this.seen.moved(own, Place.Seen)
  }

  time(i: number): number {
    return this.history[this.historyAt + i * STRIDE] as number
  }
  start(i: number): number {
    return this.history[this.historyAt + i * STRIDE + 1] as number
  }
  path(i: number): number {
    return pathOf(this.history[this.historyAt + i * STRIDE + 2] as number)
  }
  row(i: number): number {
    return rowOf(this.history[this.historyAt + i * STRIDE + 2] as number)
  }
  ack(i: number): number {
    return this.history[this.historyAt + i * STRIDE + 3] as number
  }

  /** Median time between delivered units before `until` (ns); 0 with fewer than two. */
  medianGap(until: number): number {
    return this.gaps(until).median
  }

  /** Median and longest of the last 20 times between delivered units before `until` (ns); 0 with fewer than two. */
  gaps(until: number): { median: number; longest: number } {
    const gaps: number[] = []
    for (let i = this.count - 1; i > 0 && gaps.length < 20; i--) {
      const t = this.time(i)
      if (t < until) gaps.push(t - this.time(i - 1))
    }
    if (gaps.length === 0) return { median: 0, longest: 0 }
    gaps.sort((a, b) => a - b)
    return { median: gaps[gaps.length >> 1] as number, longest: gaps[gaps.length - 1] as number }
  }

  /** When a unit was last delivered on the path; -1 never. */
  lastOn(path: number): number {
    return path === this.firstPath ? (this.block[this.at + Place.Last] as number) : this.other(path, Other.Last)
  }

  /** Notes when a unit was delivered on the path, the first path being known by then. */
  noteLast(path: number, time: number): void {
    if (time <= this.lastOn(path)) return
    if (path === this.firstPath) this.block[this.at + Place.Last] = time
    else this.setOther(path, Other.Last, time)
  }

  /** When something was last delivered on another path than this; -1 never. */
  lastElsewhere(path: number): number {
    let last = path === this.firstPath ? -1 : (this.block[this.at + Place.Last] as number)
    for (let p = 0; p < this.othersRoom; p++) if (p !== path) last = Math.max(last, this.other(p, Other.Last))
    return last
  }

  /** Counts a delivered new unit for LOAD-SHARED over two half windows of `window` ns. */
  countShare(time: number, path: number, bytes: number, window: number): boolean {
    const { block, at } = this
    const start = block[at + Place.ShareStart] as number
    if (time - start >= window / 2 || start < 0) {
      block[at + Place.BeforeStart] = start
      block[at + Place.BeforeBytes] = block[at + Place.ShareBytes] as number
      block[at + Place.BeforeTurns] = block[at + Place.ShareTurns] as number
      for (let p = 0; p < this.othersRoom; p++) {
        this.setOther(p, Other.Before, this.other(p, Other.Share))
        this.setOther(p, Other.Share, 0)
      }
      block[at + Place.ShareStart] = time
      block[at + Place.ShareBytes] = 0
      block[at + Place.ShareTurns] = 0
    }
    if (this.firstPath < 0) this.firstPath = path
    if (path === this.firstPath) block[at + Place.ShareBytes] = (block[at + Place.ShareBytes] as number) + bytes
    else {
      this.several = true
      this.setOther(path, Other.Share, this.other(path, Other.Share) + bytes)
    }
    if (this.sharePath >= 0 && this.sharePath !== path) block[at + Place.ShareTurns] = (block[at + Place.ShareTurns] as number) + 1
    this.sharePath = path
    const both = time - (block[at + Place.BeforeStart] as number) < window * 1.5
    if ((block[at + Place.ShareTurns] as number) + (both ? (block[at + Place.BeforeTurns] as number) : 0) < 4) return false
    const paths = Math.max(this.firstPath + 1, this.othersRoom)
    let total = 0
    for (let p = 0; p < paths; p++) total += this.shared(p, both)
    let sharing = 0
    for (let p = 0; p < paths; p++) {
      const sum = this.shared(p, both)
      if (sum > 0 && sum >= 0.05 * total) sharing++
    }
    return sharing >= 2
  }

  /** Bytes of a path in the half window, or in both. */
  private shared(path: number, both: boolean): number {
    const { block, at } = this
    if (path === this.firstPath) return (block[at + Place.ShareBytes] as number) + (both ? (block[at + Place.BeforeBytes] as number) : 0)
    return this.other(path, Other.Share) + (both ? this.other(path, Other.Before) : 0)
  }

  private other(path: number, what: Other): number {
    if (path >= this.othersRoom) return what === Other.Last ? -1 : 0
    return this.others[this.othersAt + path * OTHER + what] as number
  }

  private setOther(path: number, what: Other, value: number): void {
    if (path >= this.othersRoom) this.makeOthersRoom(path + 1)
    this.others[this.othersAt + path * OTHER + what] = value
  }

  private makeOthersRoom(paths: number): void {
    const { others, othersAt, othersRoom, runs } = this
    this.othersRoom = Math.max(2, 1 << (32 - Math.clz32(paths - 1)))
    this.others = runs.take(this.othersRoom * OTHER)
    this.othersAt = runs.at
    copyRun(others, othersAt, this.others, this.othersAt, othersRoom * OTHER)
    for (let p = othersRoom; p < this.othersRoom; p++) {
      this.setOther(p, Other.Last, -1)
      this.setOther(p, Other.Share, 0)
      this.setOther(p, Other.Before, 0)
    }
    runs.give(others, othersAt, othersRoom * OTHER)
  }

  /** Nothing was ever delivered on another path than this. */
  onlyOn(path: number): boolean {
    return this.firstPath === path && !this.several
  }

  /** The labels that held, oldest first. */
  get labels(): readonly LabelTime[] {
    if (this.labelList !== null) return this.labelList
    if (this.currentLabel === '') return NO_LABELS
    return [{ label: this.currentLabel, from: this.block[this.at + Place.LabelFrom] as number, to: null }]
  }

  setLabel(label: string, time: number): void {
    if (label === this.currentLabel) return
    if (this.currentLabel === '') {
      this.block[this.at + Place.LabelFrom] = time
      this.currentLabel = label
      return
    }
    const labels = this.ownLabels()
    const open = labels[labels.length - 1]
    this.currentLabel = label
    if (open !== undefined && open.to === null) {
      // A unit whose acknowledgement came late tells of the time before the label that holds: that one never held alone.
      if (time <= open.from) {
        const before = labels[labels.length - 2]
        if (before?.label === label && before.to === open.from) {
          labels.pop()
          before.to = null
        } else open.label = label
        return
      }
      open.to = time
    }
    if (labels.length < MAX_LABELS) labels.push({ label, from: time, to: null })
  }

  /** The label's interval is cut at a move; its label goes on after it. */
  cutLabel(time: number): void {
    const labels = this.ownLabels()
    const open = labels[labels.length - 1]
    // A label that begins with the move needs no cut: the part before it would be empty.
    if (open === undefined || labels.length >= MAX_LABELS || time <= open.from) return
    const { to } = open
    open.to = time
    labels.push({ label: open.label, from: time, to })
  }

  private ownLabels(): LabelTime[] {
    this.labelList ??= [...this.labels]
    return this.labelList
  }
}
