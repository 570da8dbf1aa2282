/**
 * The packet index: one row a packet in file order, as columns in segments of 65,536 rows.
 * Memory is shared between threads; a reader takes `rows`, published with one atomic store, and never looks beyond it.
 * A row has its facts of the file (time, place, lengths) when it is published; what the walk found out follows, in time order.
 * Cost: 35 bytes a packet. Refuses: more than 2^31 - 1 rows (`full`).
 */

export const SEGMENT_BITS = 16
export const SEGMENT_ROWS = 1 << SEGMENT_BITS
const MASK = SEGMENT_ROWS - 1
/** rows that share one base of file offsets: 1,024 packets of at most 16 MiB stay in reach of 34 bits, kept in units of 4 bytes */
const BASE_BITS = 10
const BASES = SEGMENT_ROWS >>> BASE_BITS
export const MAX_ROWS = 0x7fffffff

/** Bits of the flags column. */
export const enum Flag {
  /** 1: sent by the flow's `b` */
  Direction = 1,
  /** two bits: `Stop` */
  StopMask = 0b110,
}

/** Where values begin in the flags column: `Stop`, and the analysis' RowFlag bits. */
export const enum FlagShift {
  Stop = 1,
  Row = 3,
}

export const NO_PROTOCOL = 0xff

class Segment {
  /** ns since the first packet */
  readonly time: Float64Array
  /** distance from the base of its 1,024 rows */
  readonly place: Uint32Array
  readonly captured: Uint32Array
  readonly wire: Uint32Array
  readonly flow: Int32Array
  /** SignalKind bits */
  readonly signals: Uint32Array
  readonly interface: Uint16Array
  /** upper-layer bytes, 65,535 stands for that or more */
  readonly payload: Uint16Array
  readonly protocol: Uint8Array
  readonly flags: Uint8Array
  /** id of the set of layers, see `LayerSets` */
  readonly layers: Uint8Array
  /** file offset that `place` counts from, by group of rows */
  readonly base: Float64Array

  constructor() {
    let at = 0
    const memory = new SharedArrayBuffer(SEGMENT_ROWS * 35 + BASES * 8)
    const take = <T>(make: new (buffer: SharedArrayBuffer, offset: number, length: number) => T, size: number, count: number): T => {
      const column = new make(memory, at, count)
      at += size * count
      return column
    }
    this.time = take(Float64Array, 8, SEGMENT_ROWS)
    this.base = take(Float64Array, 8, BASES)
    this.place = take(Uint32Array, 4, SEGMENT_ROWS)
    this.captured = take(Uint32Array, 4, SEGMENT_ROWS)
    this.wire = take(Uint32Array, 4, SEGMENT_ROWS)
    this.flow = take(Int32Array, 4, SEGMENT_ROWS)
    this.signals = take(Uint32Array, 4, SEGMENT_ROWS)
    this.interface = take(Uint16Array, 2, SEGMENT_ROWS)
    this.payload = take(Uint16Array, 2, SEGMENT_ROWS)
    this.protocol = take(Uint8Array, 1, SEGMENT_ROWS)
    this.flags = take(Uint8Array, 1, SEGMENT_ROWS)
    this.layers = take(Uint8Array, 1, SEGMENT_ROWS)
  }
}

export class PacketIndex {
  private readonly published = new Int32Array(new SharedArrayBuffer(4))
  private readonly segments: Segment[] = []
  /** file offsets too far from their base for 32 bits (a huge block between two packets) */
  private readonly far = new Map<number, number>()

  /** Rows that may be read. */
  get rows(): number {
    return Atomics.load(this.published, 0)
  }

  publish(rows: number): void {
    Atomics.store(this.published, 0, rows)
  }

  /** Bytes of memory that the columns hold. */
  get bytes(): number {
    return this.segments.length * (SEGMENT_ROWS * 35 + BASES * 8)
  }

  private segment(row: number): Segment {
    return this.segments[row >>> SEGMENT_BITS] as Segment
  }

  /** What the file says of the packet; makes room when the row is new. Rows may come in any order within a file. */
  place(row: number, time: number, fileOffset: number, captured: number, wire: number, iface: number): void {
    const number = row >>> SEGMENT_BITS
    while (this.segments.length <= number) this.segments.push(new Segment())
    const s = this.segments[number] as Segment
    const i = row & MASK
    s.time[i] = time
    s.captured[i] = captured
    s.wire[i] = wire
    s.interface[i] = iface
    s.flow[i] = -1
    s.protocol[i] = NO_PROTOCOL
    const group = i >>> BASE_BITS
    let base = s.base[group] as number
    // offset 0 is a file header in every format: a base of 0 means that none is set
    if (base === 0) base = s.base[group] = fileOffset
    const distance = fileOffset - base
    if (distance < 0 || distance >= 0xffffffff) {
      s.place[i] = 0xffffffff
      this.far.set(row, fileOffset)
    } else s.place[i] = distance
  }

  /** What the walk found out. */
  found(row: number, protocol: number, flow: number, flags: number, signals: number, payload: number, layers: number): void {
    const s = this.segment(row)
    const i = row & MASK
    s.protocol[i] = protocol < 0 || protocol > NO_PROTOCOL ? NO_PROTOCOL : protocol
    s.flow[i] = flow
    s.flags[i] = flags
    s.signals[i] = signals
    s.layers[i] = layers
    s.payload[i] = payload > 0xffff ? 0xffff : payload
  }

  /** Flow of an earlier row, found out by a later one. */
  foundFlow(row: number, flow: number, direction: number): void {
    const s = this.segment(row)
    const i = row & MASK
    s.flow[i] = flow
    s.flags[i] = ((s.flags[i] as number) & ~Flag.Direction) | direction
  }

  time(row: number): number {
    return this.segment(row).time[row & MASK] as number
  }
  fileOffset(row: number): number {
    const s = this.segment(row)
    const i = row & MASK
    const place = s.place[i] as number
    if (place === 0xffffffff) return this.far.get(row) ?? 0
    return (s.base[i >>> BASE_BITS] as number) + place
  }
  captured(row: number): number {
    return this.segment(row).captured[row & MASK] as number
  }
  wire(row: number): number {
    return this.segment(row).wire[row & MASK] as number
  }
  interface(row: number): number {
    return this.segment(row).interface[row & MASK] as number
  }
  flow(row: number): number {
    return this.segment(row).flow[row & MASK] as number
  }
  signals(row: number): number {
    return this.segment(row).signals[row & MASK] as number
  }
  payload(row: number): number {
    return this.segment(row).payload[row & MASK] as number
  }
  /** Id of the packet's layers, see `LayerSets`. */
  layers(row: number): number {
    return this.segment(row).layers[row & MASK] as number
  }
  /** Registry id of the innermost layer, `NO_PROTOCOL` when it is not known. */
  protocol(row: number): number {
    return this.segment(row).protocol[row & MASK] as number
  }
  flags(row: number): number {
    return this.segment(row).flags[row & MASK] as number
  }
  direction(row: number): number {
    return this.flags(row) & Flag.Direction
  }
  stop(row: number): number {
    return (this.flags(row) & Flag.StopMask) >>> FlagShift.Stop
  }
  rowFlags(row: number): number {
    return this.flags(row) >>> FlagShift.Row
  }

  /**
   * The columns of rows `from..to` segment by segment, for scans: `scan(columns, firstRow, begin, end)` looks at positions
   * begin..end of a segment whose position 0 is `firstRow`. `false` ends the scan.
   */
  scan(
    from: number,
    to: number,
    visit: (columns: SegmentColumns, firstRow: number, begin: number, end: number) => boolean | undefined,
  ): void {
    for (let number = from >>> SEGMENT_BITS; number << SEGMENT_BITS < to; number++) {
      const first = number << SEGMENT_BITS
      const columns = this.segments[number]
      if (columns === undefined) return
      if (visit(columns, first, Math.max(0, from - first), Math.min(SEGMENT_ROWS, to - first)) === false) return
    }
  }
}

export type SegmentColumns = Readonly<Segment>
