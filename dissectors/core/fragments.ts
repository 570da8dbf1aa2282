/**
 * IP fragments being put together (RFC 791 section 3.2, RFC 8200 section 4.5). Works on keys and byte ranges; both IP versions use it.
 * Refuses: datagrams over 65,535 bytes or of more than 1,000 pieces, two different ends, and, when asked to (RFC 5722), any overlap but
 * an exact repetition: such a datagram is dropped with all that is still to come of it. Elsewhere the byte that came first stands.
 * Bounded: 4,096 datagrams, 32 MiB with what a piece costs beside its bytes, 60 s of packet time; the oldest go first.
 *
 * Remembers for each completed datagram the rows it came from, so that one packet can be walked again later: with a frozen state the
 * host walks `fragmentsOf(row)` in order, then the row itself, and the datagram completes as it did the first time.
 */
import type { Forgotten } from './forgotten.ts'
import { hexOf } from './hex.ts'
import { StateKey } from './state.ts'

export const MAX_DATAGRAMS = 4_096
export const MAX_PENDING_BYTES = 32 * 1024 * 1024
export const MAX_PIECES = 1_000
export const MAX_AGE = 60_000_000_000
const MAX_DATAGRAM_BYTES = 65_535
const MAX_COMPLETED = 200_000
/** pieces of completed datagrams, over all of them */
const MAX_COMPLETED_ROWS = 1_000_000
/** a piece's object and the memory around its bytes: of pieces of 8 bytes this is nearly all */
const PIECE_COST = 256
const MAX_REPLAYS = 64

export interface Piece {
  readonly row: number
  readonly begin: number
  readonly end: number
  /** of the packet that it came in */
  readonly wire: number
  readonly time: number
  readonly interface: number
}

export interface Reassembled {
  readonly data: Uint8Array
  /** in order of arrival, repetitions too */
  readonly pieces: readonly Piece[]
  readonly overlap: boolean
  /** next header that the first piece named; -1 where that does not matter */
  readonly protocol: number
}

interface StoredPiece extends Piece {
  readonly bytes: Uint8Array
  readonly repeated: boolean
}

class Datagram {
  readonly pieces: StoredPiece[] = []
  total = -1
  held = 0
  overlap = false
  dropped = false
  protocol = -1
  constructor(readonly since: number) {}

  get cost(): number {
    return this.held + PIECE_COST * this.pieces.length
  }
}

interface Completed {
  readonly key: string
  readonly row: number
  readonly rows: number[]
}

export class FragmentTable {
  private readonly pending = new Map<string, Datagram>()
  private heldCost = 0
  private completedRows = 0
  /** datagrams given up for age or room, and for breaking a rule */
  evicted = 0
  refused = 0
  private readonly completed: Completed[] = []
  private readonly byRow = new Map<number, Completed[]>()
  /** rows without which a row cannot be read, for what is put together above IP */
  private readonly before = new Map<number, readonly number[]>()
  private readonly replays = new Map<Completed, Datagram>()

  constructor(private readonly forgotten: Forgotten | null = null) {}

  /**
   * One piece: bytes `begin..end` of the datagram `key`, copied from `memory` at `offset`. Returns the datagram when this piece
   * completes it. `frozen`: a second pass, see above. `protocol`: next header named by the piece, kept from the first one.
   */
  add(
    key: string,
    row: number,
    time: number,
    memory: Uint8Array,
    offset: number,
    begin: number,
    end: number,
    more: boolean,
    protocol: number,
    refuseOverlap: boolean,
    frozen: boolean,
    wire = 0,
    iface = 0,
  ): Reassembled | null {
    if (frozen) return this.replay(key, row, memory, offset, begin, end, more, protocol, refuseOverlap)
    this.evict(time)
    let datagram = this.pending.get(key)
    if (datagram === undefined) {
      datagram = new Datagram(time)
      this.pending.set(key, datagram)
    }
    const before = datagram.cost
    this.put(datagram, row, memory, offset, begin, end, more, protocol, refuseOverlap, wire, time, iface)
    this.heldCost += datagram.cost - before
    const data = assemble(datagram)
    if (data === null) return null
    this.pending.delete(key)
    this.heldCost -= datagram.cost
    this.remember(key, row, datagram)
    return { data, pieces: datagram.pieces, overlap: datagram.overlap, protocol: datagram.protocol }
  }

  private put(
    datagram: Datagram,
    row: number,
    memory: Uint8Array,
    offset: number,
    begin: number,
    end: number,
    more: boolean,
    protocol: number,
    refuseOverlap: boolean,
    wire = 0,
    time = 0,
    iface = 0,
  ): void {
    if (datagram.dropped) return
    let repeated = false
    let overlap = false
    for (const piece of datagram.pieces) {
      if (piece.begin === begin && piece.end === end) repeated = true
      else if (piece.begin < end && begin < piece.end) overlap = true
    }
    const otherEnd = !more && datagram.total >= 0 && datagram.total !== end
    const beyond = (datagram.total >= 0 && end > datagram.total) || (!more && datagram.pieces.some((piece) => piece.end > end))
    const tooMuch = end > MAX_DATAGRAM_BYTES || datagram.pieces.length >= MAX_PIECES
    if (otherEnd || beyond || tooMuch || end < begin || (overlap && refuseOverlap)) {
      datagram.dropped = true
      datagram.pieces.length = 0
      datagram.held = 0
      this.refused++
      return
    }
    if (overlap) datagram.overlap = true
    if (!more) datagram.total = end
    if (begin === 0) datagram.protocol = protocol
    const bytes = repeated ? EMPTY : memory.slice(offset, offset + end - begin)
    datagram.pieces.push({ row, begin, end, wire, time, interface: iface, repeated, bytes })
    if (!repeated) datagram.held += end - begin
  }

  private evict(time: number): void {
    for (const [key, datagram] of this.pending) {
      const old = time - datagram.since > MAX_AGE
      if (!old && this.pending.size < MAX_DATAGRAMS && this.heldCost < MAX_PENDING_BYTES) return
      this.pending.delete(key)
      this.heldCost -= datagram.cost
      this.evicted++
      if (!old) this.forgotten?.note('datagrams of which more fragments were to come')
    }
  }

  private remember(key: string, row: number, datagram: Datagram): void {
    if (this.completed.length >= MAX_COMPLETED || this.completedRows >= MAX_COMPLETED_ROWS) return
    const rows = [...new Set(datagram.pieces.map((piece) => piece.row))]
    const completed = { key, row, rows }
    this.completed.push(completed)
    this.completedRows += rows.length
    for (const member of rows) {
      const list = this.byRow.get(member)
      if (list === undefined) this.byRow.set(member, [completed])
      else list.push(completed)
    }
  }

  private replay(
    key: string,
    row: number,
    memory: Uint8Array,
    offset: number,
    begin: number,
    end: number,
    more: boolean,
    protocol: number,
    refuseOverlap: boolean,
  ): Reassembled | null {
    const completed = this.byRow.get(row)?.find((candidate) => candidate.key === key)
    if (completed === undefined) return null
    let datagram = this.replays.get(completed)
    if (datagram === undefined) {
      if (this.replays.size >= MAX_REPLAYS) for (const oldest of this.replays.keys()) if (this.replays.delete(oldest)) break
      datagram = new Datagram(0)
      this.replays.set(completed, datagram)
    }
    if (!datagram.pieces.some((piece) => piece.row === row && piece.begin === begin && piece.end === end))
      this.put(datagram, row, memory, offset, begin, end, more, protocol, refuseOverlap)
    if (row !== completed.row) return null
    const data = assemble(datagram)
    if (data === null) return null
    this.replays.delete(completed)
    return { data, pieces: datagram.pieces, overlap: datagram.overlap, protocol: datagram.protocol }
  }

  /** To read `row` again, `rows` have to be read before it (a handshake that is spread over several packets). */
  follows(row: number, rows: readonly number[]): void {
    if (this.before.size < MAX_COMPLETED) this.before.set(row, rows)
  }

  /** Rows to walk, in order, before `row` can be walked alone: those of the other pieces of datagrams that it completes. */
  fragmentsOf(row: number): readonly number[] {
    const before = this.before.get(row)
    if (before === undefined && !this.byRow.has(row)) return NO_ROWS
    const rows = new Set<number>(before)
    const wanted = [row, ...rows]
    // A piece may itself have come out of an outer datagram that its row completed.
    for (let next = wanted.pop(); next !== undefined && rows.size < MAX_PIECES * 10; next = wanted.pop())
      for (const completed of this.byRow.get(next) ?? []) {
        if (completed.row !== next) continue
        for (const member of completed.rows)
          if (member !== row && !rows.has(member)) {
            rows.add(member)
            wanted.push(member)
          }
      }
    return [...rows].sort((a, b) => a - b)
  }

  /** Row that completed the datagram `key` of which `row` holds a piece; -1 while unknown. */
  completedBy(key: string, row: number): number {
    return this.byRow.get(row)?.find((completed) => completed.key === key)?.row ?? -1
  }
}

const EMPTY = new Uint8Array(0)
const NO_ROWS: readonly number[] = []

/** The datagram's bytes when all are there; what came first wins where pieces overlap. */
function assemble(datagram: Datagram): Uint8Array | null {
  if (datagram.dropped || datagram.total < 0 || datagram.held < datagram.total) return null
  const sorted = datagram.pieces.filter((piece) => !piece.repeated).sort((a, b) => a.begin - b.begin)
  let covered = 0
  for (const piece of sorted) {
    if (piece.begin > covered) return null
    if (piece.end > covered) covered = piece.end
  }
  if (covered < datagram.total) return null
  const data = new Uint8Array(datagram.total)
  for (let i = datagram.pieces.length - 1; i >= 0; i--) {
    const piece = datagram.pieces[i] as StoredPiece
    if (!piece.repeated) data.set(piece.bytes, piece.begin)
  }
  return data
}

/** The state's fragment table; the host asks it for `fragmentsOf(row)`. */
export const FRAGMENTS = new StateKey<FragmentTable>('fragments', (state) => new FragmentTable(state.flows.forgotten))

/** Key of a datagram: addresses and what else tells datagrams of one pair apart. */
export function datagramKey(memory: Uint8Array, source: number, destination: number, size: number, id: number, protocol: number): string {
  return `${protocol}/${id}/${hexOf(memory, source, source + size)}${hexOf(memory, destination, destination + size)}`
}
