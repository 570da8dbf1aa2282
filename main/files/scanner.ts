/**
 * What the two formats offer to the reader: a scanner looks at a window of the stream and writes packet records into columns.
 * A scanner keeps only what belongs to the file as a whole; bytes that it cannot use yet stay with the reader.
 */
import type { RecordColumns, TimeBase } from './record-columns.ts'
import type { FileFacts } from './types.ts'

export interface Scanner {
  /**
   * Scans [position, end) of `memory` and answers the position of the first byte that it did not use: because the record is
   * not complete, the columns hold `limit` packets, or `stopped` is set. `streamOffset` is where memory[0] lies in the stream.
   */
  scan(
    memory: Uint8Array,
    view: DataView,
    position: number,
    end: number,
    streamOffset: number,
    columns: RecordColumns,
    limit: number,
  ): number
  /** bytes of the stream after the window that are of no use (the rest of a block that is passed over); the reader drops them and clears this */
  passOver: number
  /** reading cannot go on: the structure of the file is broken here (a warning says how) */
  stopped: boolean
  /** words for what the bytes at the end of the file, too few for a record, would have been */
  describeTail(view: DataView, position: number, end: number): string
}

/** Warnings are for people: beyond this many, only their number is kept. */
const warningLimit = 100

/** What is known of the file while it is read. */
export class FileProgress {
  readonly base: TimeBase
  /** packets so far by interface id */
  packetsOf = new Float64Array(16)
  private omitted = 0

  constructor(
    readonly facts: FileFacts,
    base: TimeBase,
  ) {
    this.base = base
  }

  warn(text: string): void {
    const { warnings } = this.facts
    if (warnings.length < warningLimit) warnings.push(text)
    else {
      this.omitted++
      warnings[warningLimit] = `${this.omitted.toLocaleString('en')} more remarks of this kind are left out`
    }
  }

  /** Writes the packet counts into the interfaces; not done for each packet. */
  publishCounts(): void {
    for (const one of this.facts.interfaces) one.packets = this.packetsOf[one.id] ?? 0
  }

  /** Room for the packet count of one more interface. */
  growInterfaces(count: number): void {
    if (count <= this.packetsOf.length) return
    const grown = new Float64Array(this.packetsOf.length * 2)
    grown.set(this.packetsOf)
    this.packetsOf = grown
  }
}

export function integer(value: number | bigint): string {
  return value.toLocaleString('en')
}
