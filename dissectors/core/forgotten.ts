/**
 * What bounded tables had to forget, by the table's name in words, so that a report can say it: a rule that was quiet because its memory
 * was full must not pass for a rule that saw nothing. One number a name; names are constants of the program, never of a capture.
 */
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

  /** Makes room for one more in a map that keeps `most`: drops what was put in first. */
  room<K, V>(map: Map<K, V> | Set<K>, most: number, what: string): K | undefined {
    if (map.size < most) return undefined
    const oldest = map.keys().next()
    if (oldest.done) return undefined
    map.delete(oldest.value)
    this.note(what)
    return oldest.value
  }
}
