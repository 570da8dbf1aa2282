/**
 * Payload bytes over time in at most `BINS` equal bins: when the time runs over the end, bins are joined two by two and their width doubles.
 * Cost: one addition per payload packet; 5 kB at most, and half a kilobyte for pairs with few packets, which get 64 bins only. As long as few of
 * these have anything only they are kept, a number each: most pairs of most captures carry a dozen packets.
 */
import { type Block, NO_BLOCK, Runs } from './blocks.ts'

export const BINS = 600
const FEW_BINS = 64
const FEW_PACKETS = 256
/** 10 ms to begin with */
const FIRST_WIDTH = 1e7

const FIRST_ROOM = 8
/** bins with anything that are kept one by one; with more, all bins are kept */
const MAX_SPARSE = 32
/** a sparse bin is its place and the bytes times this */
const PLACES = 1024

/** Numbers of the head, which its owner may keep in a record of its own. */
const enum Place {
  Start = 0,
  Width = 1,
  Used = 2,
  Packets = 3,
}
export const HEAD = 4

export class Activity {
  private block: Block = NO_BLOCK
  private at = 0
  private room = 0
  /** how many bins the run holds one by one, in order of their places; -1: it holds all */
  private sparse = 0

  constructor(
    private readonly runs = new Runs(),
    private head: Block = runs.take(HEAD),
    private headAt = runs.at,
  ) {
    head[headAt + Place.Start] = -1
    head[headAt + Place.Width] = FIRST_WIDTH
    head[headAt + Place.Used] = 0
    head[headAt + Place.Packets] = 0
  }

  /** ns of the first payload, -1: none */
  get start(): number {
    return this.head[this.headAt + Place.Start] as number
  }
  /** of a bin, ns */
  get width(): number {
    return this.head[this.headAt + Place.Width] as number
  }
  get used(): number {
    return this.head[this.headAt + Place.Used] as number
  }

  /** Its head has been copied to another place. */
  moved(head: Block, headAt: number): void {
    this.head = head
    this.headAt = headAt
  }

  add(time: number, bytes: number): void {
    const { head, headAt } = this
    let start = head[headAt + Place.Start] as number
    if (start < 0) {
      start = time
      head[headAt + Place.Start] = time
    }
    const packets = head[headAt + Place.Packets] as number
    head[headAt + Place.Packets] = packets + 1
    let bin = Math.max(0, Math.floor((time - start) / (head[headAt + Place.Width] as number)))
    const limit = packets < FEW_PACKETS ? FEW_BINS : BINS
    while (bin >= limit) {
      this.join()
      bin = Math.floor((time - start) / this.width)
    }
    let used = head[headAt + Place.Used] as number
    if (this.sparse >= 0) {
      if (this.addSparse(bin, bytes)) {
        if (used <= bin) head[headAt + Place.Used] = bin + 1
        return
      }
      this.spread(bin)
      used = this.used
    }
    while (bin >= this.room) this.resize(this.room * 2, used)
    const { block } = this
    const first = this.at
    if (used <= bin) {
      for (; used <= bin; used++) block[first + used] = 0
      head[headAt + Place.Used] = used
    }
    block[first + bin] = (block[first + bin] as number) + bytes
  }

  /** false: there are too many to be kept one by one. */
  private addSparse(bin: number, bytes: number): boolean {
    let place = this.sparse
    while (place > 0 && placeOf(this.block[this.at + place - 1] as number) > bin) place--
    if (place > 0 && placeOf(this.block[this.at + place - 1] as number) === bin) {
      this.block[this.at + place - 1] = (this.block[this.at + place - 1] as number) + bytes * PLACES
      return true
    }
    if (this.sparse === MAX_SPARSE) return false
    if (this.sparse === this.room) this.resize(Math.max(FIRST_ROOM, this.room * 2), this.sparse)
    const { block, at } = this
    for (let i = this.sparse++; i > place; i--) block[at + i] = block[at + i - 1] as number
    block[at + place] = bytes * PLACES + bin
    return true
  }

  /** From now on all bins are kept, and there is room for `bin`. */
  private spread(bin: number): void {
    const bins = this.values()
    while (bin >= this.room || bins.length > this.room) this.resize(this.room * 2, 0)
    for (let i = 0; i < bins.length; i++) this.block[this.at + i] = bins[i] as number
    this.sparse = -1
  }

  /** Joins the bins two by two. */
  private join(): void {
    const { block, used, at: first, head, headAt } = this
    if (this.sparse >= 0) this.joinSparse()
    else
      for (let i = 0; i < used; i += 2)
        block[first + (i >> 1)] = (block[first + i] as number) + (i + 1 < used ? (block[first + i + 1] as number) : 0)
    head[headAt + Place.Used] = (used + 1) >> 1
    head[headAt + Place.Width] = (head[headAt + Place.Width] as number) * 2
  }

  private joinSparse(): void {
    const { block, at } = this
    let count = 0
    for (let i = 0; i < this.sparse; i++) {
      const bin = block[at + i] as number
      const place = placeOf(bin) >> 1
      const bytes = bin - placeOf(bin)
      if (count > 0 && placeOf(block[at + count - 1] as number) === place) block[at + count - 1] = (block[at + count - 1] as number) + bytes
      else block[at + count++] = bytes + place
    }
    this.sparse = count
  }

  /** Takes a run of another size for its first `used` bins. */
  private resize(size: number, used: number): void {
    const { block, at, room, runs } = this
    this.room = size
    this.block = runs.take(size)
    this.at = runs.at
    for (let i = 0; i < used; i++) this.block[this.at + i] = block[at + i] as number
    runs.give(block, at, room)
  }

  /** Becomes what the other one is. */
  copy(other: Activity): void {
    if (this.room < other.room) this.resize(other.room, 0)
    for (let i = 0; i < HEAD; i++) this.head[this.headAt + i] = other.head[other.headAt + i] as number
    this.sparse = other.sparse
    const kept = this.sparse < 0 ? other.used : this.sparse
    for (let i = 0; i < kept; i++) this.block[this.at + i] = other.block[other.at + i] as number
  }

  values(): number[] {
    const { block, at, sparse } = this
    if (sparse < 0) return Array.from(block.subarray(at, at + this.used))
    const bins = new Array<number>(this.used).fill(0)
    for (let i = 0; i < sparse; i++) {
      const place = placeOf(block[at + i] as number)
      bins[place] = ((block[at + i] as number) - place) / PLACES
    }
    return bins
  }

  /** Nobody will ask for it any more: its memory goes back, but for the head's. */
  dispose(): void {
    const own = this.block.slice(this.at, this.at + this.room)
    this.runs.give(this.block, this.at, this.room)
    this.block = own
    this.at = 0
  }
}

function placeOf(bin: number): number {
  return bin % PLACES
}
