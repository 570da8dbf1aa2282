/**
 * Units on their way as records of one shared memory: where the first and the last copy of each was sent. A unit is a number; queues hold
 * numbers. Used records are lent again, so that a busy session allocates nothing. Cost: 64 bytes a unit, one cache line.
 * Refuses nothing; who holds a number counts for one (`hold`, `drop`), and the last that lets go frees the record.
 */

import { Runs } from './blocks.ts'

/** A unit read out, for those who look at one after the other. */
export interface WaitingUnit {
  start: number
  end: number
  bytes: number
  firstPath: number
  firstTime: number
  firstRow: number
  path: number
  pair: number
  /** end of the last copy on its subflow (unwrapped by the subflow's own serial); 0 when the protocol has none */
  subEnd: number
  time: number
  row: number
  copies: number
  /** selectively or subflow-acknowledged before the cumulative acknowledgement came */
  done: boolean
}

const STRIDE = 8
const WORDS = 16
/** numbers by their place in a record: doubles, then 32-bit words behind them */
const enum Double {
  Start = 0,
  End = 1,
  FirstTime = 2,
  Time = 3,
  SubEnd = 4,
}
const enum Word {
  Bytes = 10,
  FirstRow = 11,
  Row = 12,
  /** first path, path, pair: a byte each; highest byte: done */
  Places = 13,
  Copies = 14,
  /** holders; of a free record the next free one */
  Held = 15,
}
const DONE = 1 << 24

export class UnitStore {
  /** runs of numbers for the queues of units and all else that is kept of a direction */
  readonly runs = new Runs()
  private doubles = new Float64Array(64 * STRIDE)
  private words = new Int32Array(this.doubles.buffer)
  private count = 0
  private free = -1

  /** A new unit, held once; its only copy was sent now. */
  add(start: number, end: number, bytes: number, path: number, pair: number, time: number, row: number): number {
    let unit = this.free
    if (unit >= 0) this.free = this.words[unit * WORDS + Word.Held] as number
    else {
      unit = this.count++
      if (unit * STRIDE >= this.doubles.length) this.grow()
    }
    const { doubles, words } = this
    const at = unit * STRIDE
    doubles[at + Double.Start] = start
    doubles[at + Double.End] = end
    doubles[at + Double.FirstTime] = time
    doubles[at + Double.Time] = time
    doubles[at + Double.SubEnd] = 0
    const word = unit * WORDS
    words[word + Word.Bytes] = bytes
    words[word + Word.FirstRow] = row
    words[word + Word.Row] = row
    words[word + Word.Places] = path | (path << 8) | (pair << 16)
    words[word + Word.Copies] = 1
    words[word + Word.Held] = 1
    return unit
  }

  hold(unit: number): void {
    const at = unit * WORDS + Word.Held
    this.words[at] = (this.words[at] as number) + 1
  }

  drop(unit: number): void {
    const at = unit * WORDS + Word.Held
    const held = (this.words[at] as number) - 1
    if (held > 0) {
      this.words[at] = held
      return
    }
    this.words[at] = this.free
    this.free = unit
  }

  /** A further copy is the last one now. */
  sentAgain(unit: number, path: number, pair: number, time: number, row: number): void {
    const word = unit * WORDS
    const { words } = this
    this.doubles[unit * STRIDE + Double.Time] = time
    words[word + Word.Row] = row
    words[word + Word.Places] = ((words[word + Word.Places] as number) & ~0xffff00) | (path << 8) | (pair << 16)
    words[word + Word.Copies] = (words[word + Word.Copies] as number) + 1
  }

  start(unit: number): number {
    return this.doubles[unit * STRIDE + Double.Start] as number
  }
  end(unit: number): number {
    return this.doubles[unit * STRIDE + Double.End] as number
  }
  time(unit: number): number {
    return this.doubles[unit * STRIDE + Double.Time] as number
  }
  subEnd(unit: number): number {
    return this.doubles[unit * STRIDE + Double.SubEnd] as number
  }
  setSubEnd(unit: number, place: number): void {
    this.doubles[unit * STRIDE + Double.SubEnd] = place
  }
  row(unit: number): number {
    return this.words[unit * WORDS + Word.Row] as number
  }
  bytes(unit: number): number {
    return this.words[unit * WORDS + Word.Bytes] as number
  }
  path(unit: number): number {
    return ((this.words[unit * WORDS + Word.Places] as number) >>> 8) & 0xff
  }
  pair(unit: number): number {
    return ((this.words[unit * WORDS + Word.Places] as number) >>> 16) & 0xff
  }
  copies(unit: number): number {
    return this.words[unit * WORDS + Word.Copies] as number
  }
  done(unit: number): boolean {
    return (this.words[unit * WORDS + Word.Places] as number) >= DONE
  }
  setDone(unit: number): void {
    const at = unit * WORDS + Word.Places
    this.words[at] = (this.words[at] as number) | DONE
  }

  /** Reads a unit out into an object that the caller uses again. */
  read(unit: number, into: WaitingUnit): WaitingUnit {
    const { doubles, words } = this
    const at = unit * STRIDE
    const word = unit * WORDS
    const places = words[word + Word.Places] as number
    into.start = doubles[at + Double.Start] as number
    into.end = doubles[at + Double.End] as number
    into.firstTime = doubles[at + Double.FirstTime] as number
    into.time = doubles[at + Double.Time] as number
    into.subEnd = doubles[at + Double.SubEnd] as number
    into.bytes = words[word + Word.Bytes] as number
    into.firstRow = words[word + Word.FirstRow] as number
    into.row = words[word + Word.Row] as number
    into.firstPath = places & 0xff
    into.path = (places >>> 8) & 0xff
    into.pair = (places >>> 16) & 0xff
    into.copies = words[word + Word.Copies] as number
    into.done = places >= DONE
    return into
  }

  private grow(): void {
    const doubles = new Float64Array(this.doubles.length * 2)
    doubles.set(this.doubles)
    this.doubles = doubles
    this.words = new Int32Array(doubles.buffer)
  }
}

export function emptyUnit(): WaitingUnit {
  return {
    start: 0,
    end: 0,
    bytes: 0,
    firstPath: 0,
    firstTime: 0,
    firstRow: 0,
    path: 0,
    pair: 0,
    subEnd: 0,
    time: 0,
    row: 0,
    copies: 0,
    done: false,
  }
}
