/**
 * What the tracker remembers of each direction of a flow, by flow * 2 + direction of the flow table: when data and other packets of a context were
 * last seen on it, and for which context it was found harmless. Records of pages: both directions of a flow are one cache line. Flows are numbered
 * as they come, so that pages grow old as a whole: one on which nothing was seen for `KEPT` goes, and its flows count as never seen. Rules ask for
 * minutes.
 */
const WORDS = 4
const enum Word {
  /** when data, and when another packet, of a context was last seen on it; one more than that, 0 never */
  Data = 0,
  Control = 1,
  /** ordinal of the context that this flow was found harmless for */
  Judged = 2,
}
/** records of a page: so many low bits of `at` */
const BITS = 9
const LAST = (1 << BITS) - 1
/** ns */
const KEPT = 6 * 3600e9
/** pages that are looked at in one sweep */
const LOOKED = 32

export class FlowTimes {
  private readonly pages: (Float64Array | null)[] = []
  private hand = 0

  private open(at: number): Float64Array {
    const number = at >>> BITS
    while (this.pages.length <= number) this.pages.push(null)
    const page = new Float64Array(WORDS << BITS)
    this.pages[number] = page
    return page
  }

  /** Data was seen. Gives the ordinal of the context that the flow was found harmless for, 0 none. */
  data(at: number, time: number): number {
    const page = this.pages[at >>> BITS] ?? this.open(at)
    const record = (at & LAST) * WORDS
    page[record + Word.Data] = time + 1
    return page[record + Word.Judged] as number
  }

  control(at: number, time: number): void {
    const page = this.pages[at >>> BITS] ?? this.open(at)
    page[(at & LAST) * WORDS + Word.Control] = time + 1
  }

  /** The flow is harmless to this context. */
  judged(at: number, ordinal: number): void {
    const page = this.pages[at >>> BITS] ?? this.open(at)
    page[(at & LAST) * WORDS + Word.Judged] = ordinal
  }

  /** -1 never */
  dataAt(at: number): number {
    return (this.pages[at >>> BITS]?.[(at & LAST) * WORDS + Word.Data] ?? 0) - 1
  }

  lastAt(at: number): number {
    const page = this.pages[at >>> BITS]
    if (page == null) return -1
    const record = (at & LAST) * WORDS
    return Math.max(page[record + Word.Data] as number, page[record + Word.Control] as number) - 1
  }

  /** Lets pages go that have grown old; some at a time. `now` in ns of capture time. */
  sweep(now: number): void {
    const { pages } = this
    for (let i = Math.min(LOOKED, pages.length); i > 0; i--) {
      if (this.hand >= pages.length) this.hand = 0
      const page = pages[this.hand]
      if (page != null && isOld(page, now - KEPT)) pages[this.hand] = null
      this.hand++
    }
  }
}

/** Nothing was seen on its flows since `before`. */
function isOld(page: Float64Array, before: number): boolean {
  for (let record = 0; record < page.length; record += WORDS)
    if ((page[record + Word.Data] as number) > before || (page[record + Word.Control] as number) > before) return false
  return true
}
