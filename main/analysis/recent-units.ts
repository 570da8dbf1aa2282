/**
 * The last 64 units that an end sent, in order of first sight: for data seen on two paths at once (BICAST), data sent again, and holes that were filled.
 * A unit is four numbers in a run of a shared block. Cost: O(1) a unit, also to find that none has a number; up to 64 compares to find the one that has.
 */
import { type Block, NO_BLOCK, type Runs } from './blocks.ts'

export const RECENT = 64
/** units that there is room for at first */
export const FEW = 8
/** numbers of a unit */
export const STRIDE = 4
/** paths of a session are fewer: a row and a path are kept in one number */
const MAX_PATHS = 256

const BUCKETS = 256

function bucketOf(start: number): number {
  return Math.imul(start | 0, 0x9e3779b1) >>> 24
}

function count(buckets: Uint8Array, start: number, more: number): void {
  const bucket = bucketOf(start)
  buckets[bucket] = (buckets[bucket] as number) + more
}

/** What is known of a recent unit: seen once, seen on another path too, or it filled a hole. */
const enum Copy {
  Only = 0,
  Twin = 1,
  Late = 2,
}

export class RecentUnits {
  // start, time, row and path, `Copy`
  private recent: Block = NO_BLOCK
  private recentAt = 0
  private recentRoom = 0
  recentCount = 0
  twins = 0
  /** how many of them are in each of the buckets of their numbers; made when one is first looked for: most sessions never look */
  private buckets: Uint8Array | null = null

  constructor(protected readonly runs: Runs) {}

  /** Notes a unit seen for the first time; `late`: it filled a hole. */
  remember(start: number, time: number, path: number, row: number, late = false): void {
    const slot = this.recentCount % RECENT
    if (slot >= this.recentRoom) this.makeRecentRoom()
    const at = this.recentAt + slot * STRIDE
    const r = this.recent
    const { buckets } = this
    if (this.recentCount >= RECENT) {
      if (r[at + 3] === Copy.Twin) this.twins--
      if (buckets !== null) count(buckets, r[at] as number, -1)
    }
    if (buckets !== null) count(buckets, start, 1)
    r[at] = start
    r[at + 1] = time
    r[at + 2] = together(row, path)
    r[at + 3] = late ? Copy.Late : Copy.Only
    this.recentCount++
  }

  private makeRecentRoom(): void {
    const { recent, recentAt, recentRoom, runs } = this
    this.recentRoom = Math.max(FEW, recentRoom * 2)
    this.recent = runs.take(this.recentRoom * STRIDE)
    this.recentAt = runs.at
    copyRun(recent, recentAt, this.recent, this.recentAt, recentRoom * STRIDE)
    runs.give(recent, recentAt, recentRoom * STRIDE)
  }

  /** Place of a recent unit by its number, -1 when it is too old. */
  recall(start: number): number {
    const n = Math.min(this.recentCount, RECENT)
    this.buckets ??= this.makeBuckets(n)
    if (this.buckets[bucketOf(start)] === 0) return -1
    for (let i = 1; i <= n; i++) {
      const at = this.recentAt + ((this.recentCount - i) % RECENT) * STRIDE
      if (this.recent[at] === start) return at
    }
    return -1
  }

  private makeBuckets(units: number): Uint8Array {
    const buckets = new Uint8Array(BUCKETS)
    for (let i = 1; i <= units; i++) {
      const at = this.recentAt + ((this.recentCount - i) % RECENT) * STRIDE
      count(buckets, this.recent[at] as number, 1)
    }
    return buckets
  }

  recentTime(place: number): number {
    return this.recent[place + 1] as number
  }
  recentPath(place: number): number {
    return pathOf(this.recent[place + 2] as number)
  }
  recentRow(place: number): number {
    return rowOf(this.recent[place + 2] as number)
  }
  hasTwin(place: number): boolean {
    return this.recent[place + 3] === Copy.Twin
  }
  /** Did it fill a hole? */
  cameLate(place: number): boolean {
    return this.recent[place + 3] === Copy.Late
  }
  /** When a recent unit on the path filled a hole last; -1: none did. */
  repairedOn(path: number): number {
    const n = Math.min(this.recentCount, RECENT)
    for (let i = 1; i <= n; i++) {
      const at = this.recentAt + ((this.recentCount - i) % RECENT) * STRIDE
      if (this.cameLate(at) && this.recentPath(at) === path) return this.recentTime(at)
    }
    return -1
  }
  setTwin(place: number): void {
    this.recent[place + 3] = Copy.Twin
    this.twins++
  }

  /** Path of the youngest recent unit that was not on `path`; -1 when there is none. */
  otherPath(path: number): number {
    const n = Math.min(this.recentCount, RECENT)
    for (let i = 1; i <= n; i++) {
      const p = this.recentPath(this.recentAt + ((this.recentCount - i) % RECENT) * STRIDE)
      if (p !== path) return p
    }
    return -1
  }

  /** Are at least 80 % of 20 consecutive units seen on two paths? The youngest four may still get their twin. */
  twinned(): boolean {
    if (this.twins < 16 || this.recentCount < 24) return false
    let n = 0
    for (let i = 5; i <= 24; i++) if (this.hasTwin(this.recentAt + ((this.recentCount - i) % RECENT) * STRIDE)) n++
    return n >= 16
  }

  protected forgetRecent(): void {
    this.runs.give(this.recent, this.recentAt, this.recentRoom * STRIDE)
    this.recent = NO_BLOCK
    this.recentRoom = 0
    this.recentCount = 0
    this.twins = 0
    this.buckets = null
  }
}

export function together(row: number, path: number): number {
  return (row + 1) * MAX_PATHS + path
}

export function pathOf(rowAndPath: number): number {
  return rowAndPath % MAX_PATHS
}

export function rowOf(rowAndPath: number): number {
  return Math.floor(rowAndPath / MAX_PATHS) - 1
}

export function copyRun(source: Block, from: number, target: Block, to: number, length: number): void {
  for (let i = 0; i < length; i++) target[to + i] = source[from + i] as number
}
