/**
 * Payload bytes over time in at most `BINS` equal bins: when the time runs over the end, bins are joined two by two and their width doubles.
 * Cost: one addition per payload packet; 8 kB at most, and half a kilobyte for pairs with few packets, which get 64 bins only.
 */
import { type Block, Runs } from './blocks.ts'

export const BINS = 600
const FEW_BINS = 64
const FEW_PACKETS = 256
/** 10 ms to begin with */
const FIRST_WIDTH = 1e7

const FIRST_ROOM = 8

/** Numbers of the head, which its owner may keep in a record of its own. */
const enum Place {
  Start = 0,
  Width = 1,
  Used = 2,
  Packets = 3,
}
export const HEAD = 4

export class Activity {
  private block: Block
  private at: number
  private room = FIRST_ROOM

  constructor(
    private readonly runs = new Runs(),
    private head: Block = new Float64Array(HEAD),
    private headAt = 0,
  ) {
    this.block = runs.take(FIRST_ROOM)
    this.at = runs.at
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
    while (bin >= this.room) this.resize(this.room * 2, this.used)
    const { block } = this
    const first = this.at
    let used = head[headAt + Place.Used] as number
    if (used <= bin) {
      for (; used <= bin; used++) block[first + used] = 0
      head[headAt + Place.Used] = used
    }
    block[first + bin] = (block[first + bin] as number) + bytes
  }

  /** Joins the bins two by two. */
  private join(): void {
    const { block, used, at: first, head, headAt } = this
    for (let i = 0; i < used; i += 2)
      block[first + (i >> 1)] = (block[first + i] as number) + (i + 1 < used ? (block[first + i + 1] as number) : 0)
    head[headAt + Place.Used] = (used + 1) >> 1
    head[headAt + Place.Width] = (head[headAt + Place.Width] as number) * 2
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
    for (let i = 0; i < other.used; i++) this.block[this.at + i] = other.block[other.at + i] as number
  }

  values(): number[] {
    return Array.from(this.block.subarray(this.at, this.at + this.used))
  }

  /** Nobody will ask for it any more: its memory goes back, but for the head's. */
  dispose(): void {
    const own = this.block.slice(this.at, this.at + this.room)
    this.runs.give(this.block, this.at, this.room)
    this.block = own
    this.at = 0
  }
}
