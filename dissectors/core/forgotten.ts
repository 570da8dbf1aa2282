/**
 * What bounded tables had to forget, by the table's name in words, so that a report can say it: a rule that was quiet because its memory
 * was full must not pass for a rule that saw nothing. One number a name; names are constants of the program, never of a capture.
 */
import { dropOldest } from './oldest.ts'

export class Forgotten {
  private readonly counts = new Map<string, number>()

  /** `what` in the plural, as it is to be read behind a number: 'questions to name servers'. */
  note(what: string, count = 1): void {
    if (count > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + count)
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0
  }

  get empty(): boolean {
    return this.counts.size === 0
  }

  /** '120 questions to name servers', most first. */
  lines(): string[] {
    return [...this.counts].sort((a, b) => b[1] - a[1]).map(([what, count]) => `${count} ${what}`)
  }

  /** Drops what was put in first. */
  drop(from: Map<unknown, unknown> | Set<unknown>, what: string): void {
    if (from.size === 0) return
    dropOldest(from)
    this.note(what)
  }

  /** Makes room for one more where `most` are kept. */
  room(from: Map<unknown, unknown> | Set<unknown>, most: number, what: string): void {
    if (from.size >= most) this.drop(from, what)
  }

  /** Is a table full that keeps what came first? What it turns away is counted: to be asked when there is something to put in. */
  full(size: number, most: number, what: string): boolean {
    if (size < most) return false
    this.note(what)
    return true
  }

  /** The first of a list goes. */
  shift(from: unknown[], what: string): void {
    if (from.length === 0) return
    from.shift()
    this.note(what)
  }

  /** All go: for memories that are only good for a moment. */
  clear(from: Map<unknown, unknown> | Set<unknown>, what: string): void {
    this.note(what, from.size)
    from.clear()
  }
}
