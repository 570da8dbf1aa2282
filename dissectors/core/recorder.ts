/**
 * The field sink: what a walk has read, as flat arrays that are reused from packet to packet.
 * Attached to a walk when a tree is shown, fields are printed or a filter is evaluated; the index pass runs without one.
 * Values are kept as numbers (64-bit ones split in two) or as a place in the packet's memory; text is made on demand by `values.ts`.
 */

export const MAX_FIELDS = 10_000

/** Where a recorded value lies: no value, a number, a range of bytes, or text made by the dissector. */
export const enum ValueKind {
  None = 0,
  Number = 1,
  Number64 = 2,
  Bytes = 3,
  Text = 4,
}

export class FieldRecorder {
  count = 0
  /** field id */
  readonly field = new Int32Array(MAX_FIELDS)
  /** offset in its source, length in bytes: what the bytes view lights up */
  readonly offset = new Int32Array(MAX_FIELDS)
  readonly length = new Int32Array(MAX_FIELDS)
  /** nesting depth in the tree; a layer is depth 0, its fields 1 */
  readonly depth = new Uint8Array(MAX_FIELDS)
  readonly kind = new Uint8Array(MAX_FIELDS)
  /** the number, or its high half for 64-bit ones */
  readonly value = new Float64Array(MAX_FIELDS)
  readonly low = new Uint32Array(MAX_FIELDS)
  /** which memory the offsets point into: 0 the frame, n the n-th reassembled or decoded buffer */
  readonly source = new Uint8Array(MAX_FIELDS)
  /** text values by entry; also extra words for a group's line */
  readonly text = new Map<number, string>()
  /** entries that are computed and have no bytes of their own ("[...]" in Wireshark) */
  readonly generated = new Set<number>()
  /** memory of each source; [0] is the frame */
  readonly sources: { name: string; bytes: Uint8Array; begin: number; end: number }[] = []
  /** entry of the field that was told last; -1: it was not kept */
  private added = -1
  /** stack of open groups */
  private readonly open: number[] = []
  overflow = false
  /** false: only values are wanted; texts for people (lines of layers, the info column) need not be made, see `walk.describing` */
  lines = true
  /** false: of these texts only the info column is asked for, see `walk.titling` */
  titles = true
  /** by field id, 1: wanted; null: all. What is not wanted leaves no entry: for passes that look at a few fields of many packets */
  wanted: Uint8Array | null = null
  /** false: the frame's own layer (`frame.*`) is not recorded; filters and columns that do not ask for it save its texts */
  frameLayer = true

  reset(frame: Uint8Array, begin: number, end: number): void {
    this.count = 0
    this.overflow = false
    if (this.text.size > 0) this.text.clear()
    if (this.generated.size > 0) this.generated.clear()
    this.open.length = 0
    if (this.sources.length === 1) {
      const whole = this.sources[0] as (typeof this.sources)[number]
      whole.bytes = frame
      whole.begin = begin
      whole.end = end
    } else {
      this.sources.length = 0
      this.sources.push({ name: 'Frame', bytes: frame, begin, end })
    }
  }

  private add(field: number, offset: number, length: number, kind: ValueKind, source: number): number {
    this.added = -1
    if (this.wanted !== null && this.wanted[field] !== 1) return -1
    const i = this.count
    if (i >= MAX_FIELDS) {
      this.overflow = true
      return -1
    }
    this.added = i
    this.count = i + 1
    this.field[i] = field
    this.offset[i] = offset
    this.length[i] = length
    this.depth[i] = this.open.length > 255 ? 255 : this.open.length
    this.kind[i] = kind
    this.source[i] = source
    return i
  }

  number(field: number, offset: number, length: number, value: number, source: number): void {
    const i = this.add(field, offset, length, ValueKind.Number, source)
    if (i >= 0) this.value[i] = value
  }

  number64(field: number, offset: number, length: number, high: number, low: number, source: number): void {
    const i = this.add(field, offset, length, ValueKind.Number64, source)
    if (i < 0) return
    this.value[i] = high
    this.low[i] = low
  }

  range(field: number, offset: number, length: number, source: number): void {
    this.add(field, offset, length, ValueKind.Bytes, source)
  }

  words(field: number, offset: number, length: number, text: string, source: number): void {
    const i = this.add(field, offset, length, ValueKind.Text, source)
    if (i >= 0) this.text.set(i, text)
  }

  /** Marks the entry of the field before as computed rather than read, if it was kept. */
  markGenerated(): void {
    if (this.added >= 0) this.generated.add(this.added)
  }

  /** Opens a subtree; every `enter` has its `leave`. */
  enter(field: number, offset: number, length: number, text: string | null, source: number): void {
    const i = this.add(field, offset, length, ValueKind.None, source)
    if (i >= 0 && text !== null) this.text.set(i, text)
    this.open.push(i)
  }

  /** Closes the innermost subtree; `length` replaces its length when it is known only now, `text` its line. */
  leave(length: number, text: string | null): void {
    const i = this.open.pop()
    if (i === undefined || i < 0) return
    if (length >= 0) this.length[i] = length
    if (text !== null) this.text.set(i, text)
  }

  get depthNow(): number {
    return this.open.length
  }

  /** Closes what a dissector that stopped early left open. */
  leaveTo(depth: number): void {
    while (this.open.length > depth) this.open.pop()
  }

  addSource(name: string, bytes: Uint8Array, begin: number, end: number): number {
    if (this.sources.length >= 255) return 255
    this.sources.push({ name, bytes, begin, end })
    return this.sources.length - 1
  }
}
