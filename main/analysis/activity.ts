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

export class Activity {
  /** of a bin, ns */
  width = FIRST_WIDTH
  /** ns of the first payload, -1: none */
  start = -1
  used = 0
  private packets = 0
  private block: Block
  private at: number
  private room = FIRST_ROOM

  constructor(private readonly runs = new Runs()) {
    this.block = runs.take(FIRST_ROOM)
    this.at = runs.at
  }

  add(time: number, bytes: number): void {
    if (this.start < 0) this.start = time
    const { start } = this
    let bin = Math.max(0, Math.floor((time - start) / this.width))
    const limit = this.packets++ < FEW_PACKETS ? FEW_BINS : BINS
    while (bin >= limit) {
      this.join()
      bin = Math.floor((time - start) / this.width)
    }
    while (bin >= this.room) this.grow()
    const { block } = this
    const first = this.at
    for (; this.used <= bin; this.used++) block[first + this.used] = 0
    block[first + bin] = (block[first + bin] as number) + bytes
  }

  /** Joins the bins two by two. */
  private join(): void {
    const { block, used, at: first } = this
    for (let i = 0; i < used; i += 2)
      block[first + (i >> 1)] = (block[first + i] as number) + (i + 1 < used ? (block[first + i + 1] as number) : 0)
    this.used = (used + 1) >> 1
    this.width *= 2
  }

  private grow(): void {
    const { block, at, room, runs } = this
    this.room = room * 2
    this.block = runs.take(this.room)
    this.at = runs.at
    for (let i = 0; i < this.used; i++) this.block[this.at + i] = block[at + i] as number
    runs.give(block, at, room)
  }

  values(): number[] {
    return Array.from(this.block.subarray(this.at, this.at + this.used))
  }

  /** Nobody will ask for it any more: its memory goes back. */
  dispose(): void {
    const own = this.block.slice(this.at, this.at + this.room)
    this.runs.give(this.block, this.at, this.room)
    this.block = own
    this.at = 0
  }
}
