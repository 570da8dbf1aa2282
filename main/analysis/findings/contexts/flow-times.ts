/**
 * What the tracker remembers of each direction of a flow, by flow * 2 + direction of the flow table: when data and other packets of a context were
 * last seen on it, and for which context it was found harmless. Records of one array: both directions of a flow are one cache line.
 */
import { roomFor } from '../places.ts'

const WORDS = 4
const enum Word {
  /** when data, and when another packet, of a context was last seen on it; one more than that, 0 never */
  Data = 0,
  Control = 1,
  /** ordinal of the context that this flow was found harmless for */
  Judged = 2,
}

export class FlowTimes {
  private records = new Float64Array(4096 * WORDS)

  private room(at: number): void {
    this.records = roomFor(this.records, at * WORDS + WORDS - 1)
  }

  /** Data was seen. Gives the ordinal of the context that the flow was found harmless for, 0 none. */
  data(at: number, time: number): number {
    const record = at * WORDS
    if (record >= this.records.length) this.room(at)
    this.records[record + Word.Data] = time + 1
    return this.records[record + Word.Judged] as number
  }

  control(at: number, time: number): void {
    const record = at * WORDS
    if (record >= this.records.length) this.room(at)
    this.records[record + Word.Control] = time + 1
  }

  /** The flow, of which data was seen, is harmless to this context. */
  judged(at: number, ordinal: number): void {
    this.records[at * WORDS + Word.Judged] = ordinal
  }

  /** -1 never */
  dataAt(at: number): number {
    return (this.records[at * WORDS + Word.Data] ?? 0) - 1
  }

  lastAt(at: number): number {
    const record = at * WORDS
    if (record >= this.records.length) return -1
    return Math.max(this.records[record + Word.Data] as number, this.records[record + Word.Control] as number) - 1
  }
}
