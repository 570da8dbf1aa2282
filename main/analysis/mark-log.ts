/**
 * The marks of all sessions' timelines as columns: about 30 bytes a mark, nothing allocated when one is made. A session holds the number
 * of its youngest mark; each mark names the one before it. Sentences are kept once; an address in one is kept by its id and written out
 * when a report asks. Bounded by the sessions' own limit of marks; `MAX_TEXTS` different sentences are shared, further ones are kept as they come.
 */
import type { TimelineKind } from '../../shared/report.ts'
import type { Mark } from './model.ts'

const MAX_TEXTS = 20_000
/** a log shorter than this is not worth being put together anew */
const MIN_COMPACT = 100_000
/** stands in a sentence for the address that the mark is about; no text from a packet is asked for it unless the mark has an address */
export const ADDRESS = '{address}'

/** the sentence names no address; -1 is an address that is not known */
export const NO_ADDRESS = -2

interface AddressTexts {
  text(id: number): string
}

export class MarkLog {
  count = 0
  private time = new Float64Array(256)
  private row = new Int32Array(256)
  private before = new Int32Array(256)
  private text = new Int32Array(256)
  private address = new Int32Array(256)
  private kind = new Uint8Array(256)
  private direction = new Int8Array(256)
  private pair = new Int8Array(256)
  /** rows of marks that stand for several packets */
  private readonly rows = new Map<number, number[]>()
  private readonly texts: string[] = []
  private readonly textIds = new Map<string, number>()
  private readonly kinds: TimelineKind[] = []

  constructor(private readonly addresses: AddressTexts) {}

  /** Number of the new mark, which comes after the mark `before` (-1: it is the session's first). `row` -1: none; `address` NO_ADDRESS: none in the text. */
  add(
    before: number,
    time: number,
    kind: TimelineKind,
    direction: number,
    pair: number,
    row: number,
    text: string,
    address: number,
  ): number {
    const at = this.count++
    if (at >= this.time.length) this.grow()
    this.time[at] = time
    this.row[at] = row
    this.before[at] = before
    this.text[at] = this.textId(text)
    this.address[at] = address
    this.kind[at] = this.kindId(kind)
    this.direction[at] = direction
    this.pair[at] = pair
    return at
  }

  private textId(text: string): number {
    const known = this.textIds.get(text)
    if (known !== undefined) return known
    this.texts.push(text)
    const id = this.texts.length - 1
    if (this.textIds.size < MAX_TEXTS) this.textIds.set(text, id)
    return id
  }

  private kindId(kind: TimelineKind): number {
    const { kinds } = this
    for (let i = 0; i < kinds.length; i++) if (kinds[i] === kind) return i
    kinds.push(kind)
    return kinds.length - 1
  }

  private grow(): void {
    const now = this.time.length
    const capacity = now < MIN_COMPACT ? now * 2 : Math.ceil(now * 1.25)
    const wider = <T extends Float64Array | Int32Array | Uint8Array | Int8Array>(old: T): T => {
      const next = new (old.constructor as new (n: number) => T)(capacity)
      next.set(old)
      return next
    }
    this.time = wider(this.time)
    this.row = wider(this.row)
    this.before = wider(this.before)
    this.text = wider(this.text)
    this.address = wider(this.address)
    this.kind = wider(this.kind)
    this.direction = wider(this.direction)
    this.pair = wider(this.pair)
  }

  /** The mark before this one, -1 when it is the session's first. */
  previous(at: number): number {
    return this.before[at] as number
  }
  timeOf(at: number): number {
    return this.time[at] as number
  }
  directionOf(at: number): number {
    return this.direction[at] as number
  }
  pairOf(at: number): number {
    return this.pair[at] as number
  }
  is(at: number, kind: TimelineKind): boolean {
    return this.kinds[this.kind[at] as number] === kind
  }

  /** The mark stands for a further packet; at most `limit` are kept. */
  addRow(at: number, row: number, limit: number): void {
    const list = this.rows.get(at)
    if (list !== undefined) {
      if (list.length < limit) list.push(row)
    } else this.rows.set(at, (this.row[at] as number) < 0 ? [row] : [this.row[at] as number, row])
  }

  read(at: number): Mark {
    const text = this.texts[this.text[at] as number] as string
    const address = this.address[at] as number
    const row = this.row[at] as number
    return {
      time: this.time[at] as number,
      kind: this.kinds[this.kind[at] as number] as TimelineKind,
      direction: this.direction[at] as number,
      pair: this.pair[at] as number,
      rows: this.rows.get(at)?.slice() ?? (row < 0 ? [] : [row]),
      text: address === NO_ADDRESS ? text : text.replace(ADDRESS, () => this.addresses.text(address)),
    }
  }

  /** The marks up to `last`, oldest first. */
  list(last: number): Mark[] {
    const out: Mark[] = []
    for (let at = last; at >= 0; at = this.before[at] as number) out.push(this.read(at))
    return out.reverse()
  }

  /**
   * Forgets the marks of all sessions but these, once a quarter of the log may be theirs: called when sessions were dropped. The numbers of the
   * marks that stay change.
   */
  keepOnly(sessions: readonly { lastMark: number; markCount: number }[]): void {
    let wanted = 0
    for (const session of sessions) wanted += session.markCount
    if (this.count < MIN_COMPACT || wanted * 4 > this.count * 3) return
    const keep = new Uint8Array(this.count)
    for (const session of sessions) for (let at = session.lastMark; at >= 0; at = this.before[at] as number) keep[at] = 1
    const place = new Int32Array(this.count)
    const usedTexts = new Map<number, number>()
    const texts: string[] = []
    let to = 0
    for (let at = 0; at < this.count; at++) {
      if (keep[at] === 0) continue
      place[at] = to
      const before = this.before[at] as number
      let text = usedTexts.get(this.text[at] as number)
      if (text === undefined) {
        text = texts.push(this.texts[this.text[at] as number] as string) - 1
        usedTexts.set(this.text[at] as number, text)
      }
      this.time[to] = this.time[at] as number
      this.row[to] = this.row[at] as number
      this.before[to] = before < 0 ? -1 : (place[before] as number)
      this.text[to] = text
      this.address[to] = this.address[at] as number
      this.kind[to] = this.kind[at] as number
      this.direction[to] = this.direction[at] as number
      this.pair[to] = this.pair[at] as number
      to++
    }
    const rows = [...this.rows].filter(([at]) => keep[at] === 1)
    this.rows.clear()
    for (const [at, list] of rows) this.rows.set(place[at] as number, list)
    this.texts.length = 0
    this.textIds.clear()
    for (const text of texts) {
      this.texts.push(text)
      if (this.textIds.size < MAX_TEXTS) this.textIds.set(text, this.texts.length - 1)
    }
    this.count = to
    for (const session of sessions) if (session.lastMark >= 0) session.lastMark = place[session.lastMark] as number
  }

  /** Writes marks anew, in their order; number of the last. For the rare session that is put together from two. */
  write(marks: readonly Mark[]): number {
    let last = -1
    for (const m of marks) {
      last = this.add(last, m.time, m.kind, m.direction, m.pair, m.rows[0] ?? -1, m.text, NO_ADDRESS)
      if (m.rows.length > 1) this.rows.set(last, [...m.rows])
    }
    return last
  }
}
