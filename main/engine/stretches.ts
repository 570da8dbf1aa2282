/**
 * Captures that were put one behind the other are sections of one file, each by its own clock: where one begins before what came before it had
 * ended, what follows is a stretch of its own, which is walked at its time, as a file of its own would be. Sections that go on in time, as those
 * of a ring do, are one stretch. Cost: one comparison a packet. Bounded: MAX_STRETCHES; what comes after them belongs to the last.
 */
import type { FileFacts, RecordBatch } from '../files/types.ts'
import { HOLD_NANOSECONDS } from './time-order.ts'

/** each is read by a reader of its own, through all that is before it */
const MAX_STRETCHES = 64

/** Rows of a file from `row` on; `time`: of the first of them. */
export interface Stretch {
  row: number
  time: number
}

export class Stretches {
  readonly all: Stretch[] = []
  private row = 0
  private newest = 0
  private sectionsSeen = 0

  /** Looks at the next batch of the file. Answers how many of its records are before the first new stretch in it but the file's own. */
  take({ time, count }: RecordBatch, { sections }: FileFacts): number {
    let first = count
    if (this.row === 0 && count > 0) this.begin(0, time[0] as number)
    let next = this.nextSection(sections)
    for (let i = 0; i < count; i++) {
      const t = time[i] as number
      if (this.row + i === next) {
        if (t < this.newest - HOLD_NANOSECONDS && this.all.length < MAX_STRETCHES) {
          this.begin(next, t)
          first = Math.min(first, i)
        }
        this.sectionsSeen++
        next = this.nextSection(sections)
      }
      if (t > this.newest) this.newest = t
    }
    this.row += count
    return first
  }

  private begin(row: number, time: number): void {
    this.all.push({ row, time })
    this.newest = time
  }

  /** Where the next section begins; sections without a packet begin where the one after them does. */
  private nextSection(sections: readonly number[] | undefined): number {
    if (sections === undefined) return -1
    while (this.sectionsSeen + 1 < sections.length && sections[this.sectionsSeen] === sections[this.sectionsSeen + 1]) this.sectionsSeen++
    return sections[this.sectionsSeen] ?? -1
  }
}
