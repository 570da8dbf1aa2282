/**
 * One direction of a session: what its sender sent, what of it was delivered where and when, and which label holds.
 * Keeps the last 64 delivered units (rehoming.md section 3 looks at 20 at most), the copies that wait for acknowledgement and up to four
 * candidate moves. Cost: O(1) for units that come in time order.
 */
import { NO_RING, RingPool } from './ring-pool.ts'
import { Serial, UnitSet, WaitingQueue, type WaitingUnit } from './units.ts'

export const HISTORY = 64
export const RECENT = 64
const STRIDE = 5
const rings = new RingPool(STRIDE)

/** Copies sent on a subflow in its own sequence space, for its own acknowledgements. */
export interface SubflowQueue {
  serial: Serial
  /** from `head` up to `tail` */
  units: (WaitingUnit | undefined)[]
  ends: number[]
  head: number
  tail: number
}

/** A move that waits for its confirmation window to pass. */
export interface Candidate {
  from: number
  to: number
  /** first delivered unit on `to` */
  time: number
  row: number
  pair: number
  /** number of that unit: older ones on `from` are stragglers */
  unit: number
  isNew: boolean
  /** confirmation window H in ns */
  window: number
  tentative: boolean
  /** delivered units on `to` in the window, and units sent on any pair in it */
  delivered: number
  sent: number
  /** last delivered on `from` before `time` */
  lastTime: number
  lastRow: number
  lastAck: number
  /** acknowledgement time of the first unit on `to`, -1 when delivery was seen directly */
  ack: number
  /** first new unit on `to` */
  dataTime: number
  dataRow: number
  lost: number
  lostRows: number[]
  firstLostTime: number
  firstLostRow: number
  lastResentTime: number
  resent: number
  /** copies beyond the second of units that were lost on `from`: their duplicates say nothing about `from` */
  spare: number
  resentRows: number[]
  /** longest silence of `from` before `time`, against its usual gap (ns) */
  silence: number
  medianGap: number
  skipped: boolean
  /** time of the first unit on `to` when the test was opened: overlaps up to W/2 after it re-arm the test */
  opened: number
  /** a unit on `from` got through: the test goes on with the next unit on `to` */
  waiting: boolean
}

/** Delivered bytes in half a window, by path; those of the first path in a number of their own: most directions have no other. */
interface ShareWindow {
  start: number
  firstBytes: number
  others: number[] | null
  alternations: number
}

export class Direction {
  readonly serial = new Serial()
  readonly seen = new UnitSet()
  readonly waiting = new WaitingQueue()
  /** by pair; only where the sender is captured */
  subflows: (SubflowQueue | undefined)[] | null = null
  candidates: Candidate[] = []
  /** time of the last label change: the window D does not reach back over it */
  labelSince = Number.NEGATIVE_INFINITY
  labels: { label: string; from: number; to: number | null }[] = []
  currentLabel = ''
  acknowledged = false
  units = 0
  bytes = 0
  retransmitted = 0
  firstDelivered = -1
  /** last delivered unit by path */
  readonly lastBy: number[] = []
  /** groups of units re-sent on another pair than the one new data uses */
  alternates: { from: number; to: number; path: number; count: number; rows: number[] }[] = []

  // delivered units, oldest first, sorted by the time they were sent: five numbers each; made with the first unit
  private history: Float64Array = NO_RING
  count = 0

  // the last units sent, in order of first sight: start, time, path, row, twin (seen on another path too): for BICAST and re-sent data
  private recent: Float64Array = NO_RING
  recentCount = 0
  twins = 0
  bicastUntil = -1

  private shareNow = emptyShare()
  private shareBefore = emptyShare()
  /** path of the last delivered unit, and the first that any was delivered on */
  private sharePath = -1
  private firstPath = -1
  private several = false
  shareUntil = -1

  constructor(readonly sender: 0 | 1) {}

  /** Adds a delivered unit. Late knowledge (an acknowledgement) may put it before others. */
  push(time: number, path: number, start: number, row: number, ack: number): void {
    if (this.count === 2 * HISTORY) {
      // Twice the length that is looked at: moved down only every 64 units.
      this.history.copyWithin(0, (this.count - HISTORY) * STRIDE, this.count * STRIDE)
      this.count = HISTORY
    }
    let at = this.count * STRIDE
    if (this.history.length === at) this.history = rings.grow(this.history)
    const h = this.history
    if (at > 0 && (h[at - STRIDE] as number) > time) {
      while (at > 0 && (h[at - STRIDE] as number) > time) {
        h.copyWithin(at, at - STRIDE, at)
        at -= STRIDE
      }
    }
    h[at] = time
    h[at + 1] = path
    h[at + 2] = start
    h[at + 3] = row
    h[at + 4] = ack
    this.count++
  }

  /** The session is over and nothing is pending: its units are of no more use to anybody. */
  release(): void {
    rings.give(this.history)
    rings.give(this.recent)
    this.history = NO_RING
    this.recent = NO_RING
    this.count = 0
    this.recentCount = 0
    this.twins = 0
    this.waiting.clear()
    this.subflows = null
  }

  time(i: number): number {
    return this.history[i * STRIDE] as number
  }
  path(i: number): number {
    return this.history[i * STRIDE + 1] as number
  }
  start(i: number): number {
    return this.history[i * STRIDE + 2] as number
  }
  row(i: number): number {
    return this.history[i * STRIDE + 3] as number
  }
  ack(i: number): number {
    return this.history[i * STRIDE + 4] as number
  }

  /** Median time between delivered units before `until` (ns); 0 with fewer than two. */
  medianGap(until: number): number {
    const gaps: number[] = []
    for (let i = this.count - 1; i > 0 && gaps.length < 20; i--) {
      const t = this.time(i)
      if (t < until) gaps.push(t - this.time(i - 1))
    }
    if (gaps.length === 0) return 0
    gaps.sort((a, b) => a - b)
    return gaps[gaps.length >> 1] as number
  }

  /** When something was last delivered on another path than this; -1 never. */
  lastElsewhere(path: number): number {
    let last = -1
    for (let p = 0; p < this.lastBy.length; p++) if (p !== path && (this.lastBy[p] ?? -1) > last) last = this.lastBy[p] as number
    return last
  }

  /** Notes a unit seen for the first time. */
  remember(start: number, time: number, path: number, row: number): void {
    const at = (this.recentCount % RECENT) * STRIDE
    if (this.recent.length <= at) this.recent = rings.grow(this.recent)
    const r = this.recent
    if (this.recentCount >= RECENT && r[at + 4] === 1) this.twins--
    r[at] = start
    r[at + 1] = time
    r[at + 2] = path
    r[at + 3] = row
    r[at + 4] = 0
    this.recentCount++
  }

  /** Slot of a recent unit by its number, -1 when it is too old. */
  recall(start: number): number {
    const n = Math.min(this.recentCount, RECENT)
    for (let i = 1; i <= n; i++) {
      const at = ((this.recentCount - i) % RECENT) * STRIDE
      if (this.recent[at] === start) return at
    }
    return -1
  }

  recentTime(slot: number): number {
    return this.recent[slot + 1] as number
  }
  recentPath(slot: number): number {
    return this.recent[slot + 2] as number
  }
  recentRow(slot: number): number {
    return this.recent[slot + 3] as number
  }
  hasTwin(slot: number): boolean {
    return this.recent[slot + 4] === 1
  }
  setTwin(slot: number): void {
    this.recent[slot + 4] = 1
    this.twins++
  }

  /** Path of the youngest recent unit that was not on `path`; -1 when there is none. */
  otherPath(path: number): number {
    const n = Math.min(this.recentCount, RECENT)
    for (let i = 1; i <= n; i++) {
      const p = this.recent[((this.recentCount - i) % RECENT) * STRIDE + 2] as number
      if (p !== path) return p
    }
    return -1
  }

  /** Are at least 80 % of 20 consecutive units seen on two paths? The youngest four may still get their twin. */
  twinned(): boolean {
    if (this.twins < 16 || this.recentCount < 24) return false
    let n = 0
    for (let i = 5; i <= 24; i++) n += this.recent[((this.recentCount - i) % RECENT) * STRIDE + 4] as number
    return n >= 16
  }

  /** Counts a delivered new unit for LOAD-SHARED over two half windows of `window` ns. */
  countShare(time: number, path: number, bytes: number, window: number): boolean {
    if (time - this.shareNow.start >= window / 2 || this.shareNow.start < 0) {
      const reused = this.shareBefore
      this.shareBefore = this.shareNow
      this.shareNow = reused
      reused.start = time
      reused.firstBytes = 0
      reused.others = null
      reused.alternations = 0
    }
    const now = this.shareNow
    if (this.firstPath < 0) this.firstPath = path
    if (path === this.firstPath) now.firstBytes += bytes
    else {
      this.several = true
      now.others ??= []
      now.others[path] = (now.others[path] ?? 0) + bytes
    }
    if (this.sharePath >= 0 && this.sharePath !== path) now.alternations++
    this.sharePath = path
    const before = this.shareBefore
    const both = time - before.start < window * 1.5
    if (now.alternations + (both ? before.alternations : 0) < 4) return false
    const bytesOn = (p: number): number => {
      if (p === this.firstPath) return now.firstBytes + (both ? before.firstBytes : 0)
      return (now.others?.[p] ?? 0) + (both ? (before.others?.[p] ?? 0) : 0)
    }
    const paths = Math.max(this.firstPath + 1, now.others?.length ?? 0, before.others?.length ?? 0)
    let total = 0
    for (let p = 0; p < paths; p++) total += bytesOn(p)
    let sharing = 0
    for (let p = 0; p < paths; p++) {
      const sum = bytesOn(p)
      if (sum > 0 && sum >= 0.05 * total) sharing++
    }
    return sharing >= 2
  }

  /** Nothing was ever delivered on another path than this. */
  onlyOn(path: number): boolean {
    return this.firstPath === path && !this.several
  }

  setLabel(label: string, time: number): void {
    if (label === this.currentLabel) return
    const open = this.labels[this.labels.length - 1]
    if (open !== undefined && open.to === null) open.to = Math.max(open.from, time)
    this.currentLabel = label
    if (this.labels.length < 200) this.labels.push({ label, from: time, to: null })
  }
}

function emptyShare(): ShareWindow {
  return { start: -1, firstBytes: 0, others: null, alternations: 0 }
}
