/**
 * One direction of a session: what its sender sent, what of it was delivered where and when, and which label holds.
 * Keeps the last 64 delivered units (rehoming.md section 3 looks at 20 at most), the copies that wait for acknowledgement and up to four
 * candidate moves. Cost: O(1) for units that come in time order.
 */
import { Serial, UnitSet, WaitingQueue, type WaitingUnit } from './units.ts'

export const HISTORY = 64
export const RECENT = 64

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

interface ShareWindow {
  start: number
  bytes: Map<number, number>
  alternations: number
}

export class Direction {
  readonly serial = new Serial()
  readonly seen = new UnitSet()
  readonly waiting = new WaitingQueue()
  readonly subflows = new Map<number, { serial: Serial; list: { unit: WaitingUnit; end: number }[]; head: number }>()
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
  readonly lastBy = new Map<number, number>()
  /** groups of units re-sent on another pair than the one new data uses */
  alternates: { from: number; to: number; path: number; count: number; rows: number[] }[] = []

  // delivered units, oldest first, sorted by the time they were sent
  private readonly times = new Float64Array(HISTORY)
  private readonly paths = new Int16Array(HISTORY)
  private readonly starts = new Float64Array(HISTORY)
  private readonly rows = new Int32Array(HISTORY)
  private readonly acks = new Float64Array(HISTORY)
  count = 0

  // the last units sent, in order of first sight, with their twin on another path: for BICAST and for re-sent data
  readonly recentStart = new Float64Array(RECENT)
  readonly recentTime = new Float64Array(RECENT)
  readonly recentPath = new Int16Array(RECENT)
  readonly recentRow = new Int32Array(RECENT)
  readonly recentTwin = new Uint8Array(RECENT)
  recentCount = 0
  twins = 0
  bicastUntil = -1

  private share: [ShareWindow, ShareWindow] = [emptyShare(), emptyShare()]
  private sharePath = -1
  shareUntil = -1

  constructor(readonly sender: 0 | 1) {}

  /** Adds a delivered unit; returns nothing. Late knowledge (an acknowledgement) may put it before others. */
  push(time: number, path: number, start: number, row: number, ack: number): void {
    if (this.count === HISTORY) {
      this.times.copyWithin(0, 1)
      this.paths.copyWithin(0, 1)
      this.starts.copyWithin(0, 1)
      this.rows.copyWithin(0, 1)
      this.acks.copyWithin(0, 1)
      this.count--
    }
    let at = this.count
    while (at > 0 && (this.times[at - 1] as number) > time) {
      this.times[at] = this.times[at - 1] as number
      this.paths[at] = this.paths[at - 1] as number
      this.starts[at] = this.starts[at - 1] as number
      this.rows[at] = this.rows[at - 1] as number
      this.acks[at] = this.acks[at - 1] as number
      at--
    }
    this.times[at] = time
    this.paths[at] = path
    this.starts[at] = start
    this.rows[at] = row
    this.acks[at] = ack
    this.count++
  }

  time(i: number): number {
    return this.times[i] as number
  }
  path(i: number): number {
    return this.paths[i] as number
  }
  start(i: number): number {
    return this.starts[i] as number
  }
  row(i: number): number {
    return this.rows[i] as number
  }
  ack(i: number): number {
    return this.acks[i] as number
  }

  /** Median time between delivered units before `until` (ns); 0 with fewer than two. */
  medianGap(until: number): number {
    const gaps: number[] = []
    for (let i = this.count - 1; i > 0 && gaps.length < 20; i--) {
      const t = this.times[i] as number
      if (t < until) gaps.push(t - (this.times[i - 1] as number))
    }
    if (gaps.length === 0) return 0
    gaps.sort((a, b) => a - b)
    return gaps[gaps.length >> 1] as number
  }

  /** When something was last delivered on another path than this; -1 never. */
  lastElsewhere(path: number): number {
    let last = -1
    for (const [p, time] of this.lastBy) if (p !== path && time > last) last = time
    return last
  }

  /** Notes a unit seen for the first time. */
  remember(start: number, time: number, path: number, row: number): void {
    const at = this.recentCount % RECENT
    if (this.recentCount >= RECENT && this.recentTwin[at] === 1) this.twins--
    this.recentStart[at] = start
    this.recentTime[at] = time
    this.recentPath[at] = path
    this.recentRow[at] = row
    this.recentTwin[at] = 0
    this.recentCount++
  }

  /** Slot of a recent unit by its number, -1 when it is too old. */
  recall(start: number): number {
    const n = Math.min(this.recentCount, RECENT)
    for (let i = 1; i <= n; i++) {
      const at = (this.recentCount - i) % RECENT
      if (this.recentStart[at] === start) return at
    }
    return -1
  }

  /** Are at least 80 % of 20 consecutive units seen on two paths? The youngest four may still get their twin. */
  twinned(): boolean {
    if (this.twins < 16 || this.recentCount < 24) return false
    let n = 0
    for (let i = 5; i <= 24; i++) n += this.recentTwin[(this.recentCount - i) % RECENT] as number
    return n >= 16
  }

  /** Counts a delivered new unit for LOAD-SHARED over two half windows of `window` ns. */
  countShare(time: number, path: number, bytes: number, window: number): boolean {
    let [now, before] = this.share
    if (time - now.start >= window / 2 || now.start < 0) {
      before = now
      now = emptyShare()
      now.start = time
      this.share = [now, before]
    }
    now.bytes.set(path, (now.bytes.get(path) ?? 0) + bytes)
    if (this.sharePath >= 0 && this.sharePath !== path) now.alternations++
    this.sharePath = path
    const recent = time - before.start < window * 1.5 ? before : null
    const alternations = now.alternations + (recent?.alternations ?? 0)
    if (alternations < 4) return false
    const sums = new Map(now.bytes)
    if (recent !== null) for (const [p, b] of recent.bytes) sums.set(p, (sums.get(p) ?? 0) + b)
    if (sums.size < 2) return false
    let total = 0
    for (const b of sums.values()) total += b
    let sharing = 0
    for (const b of sums.values()) if (b >= 0.05 * total) sharing++
    return sharing >= 2
  }

  setLabel(label: string, time: number): void {
    if (label === this.currentLabel) return
    const open = this.labels[this.labels.length - 1]
    if (open !== undefined && open.to === null) open.to = Math.max(open.from, time)
    this.currentLabel = label
    if (this.labels.length < 200) this.labels.push({ label, from: time, to: null })
    if (label !== 'REHOMED') this.labelSince = Math.max(this.labelSince, Number.NEGATIVE_INFINITY)
  }
}

function emptyShare(): ShareWindow {
  return { start: -1, bytes: new Map(), alternations: 0 }
}
