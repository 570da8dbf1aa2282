/**
 * Protocols whose units have a length in their header, over TCP: finds the units in the order of the stream and hands each on by itself, also
 * when several segments carry one. Used only for ports that have such a protocol; other TCP is never stored.
 * In order only: bytes seen again are not handed on twice, behind a hole reading starts anew where a unit can begin, and a segment that fills
 * a hole late is read by itself. What a unit still lacks is kept: one unit a direction, 65 KiB at most, 16 MiB in all, 4,096 directions.
 * For later passes over single packets it remembers which packets do not begin with a unit (100,000 packets, 32 MiB of earlier bytes).
 */
import type { Forgotten } from '../core/forgotten.ts'
import { takeOldest } from '../core/oldest.ts'
import { StateKey } from '../core/state.ts'
import type { Dissect, Walk } from '../core/walk.ts'
import { before, tcpState } from './state.ts'
import { Flag } from './wire.ts'

const MAX_HALVES = 4_096
const MAX_UNIT = 65_537
const MAX_PENDING = 16 * 1024 * 1024
const MAX_ROWS = 100_000
const MAX_PREFIXES = 32 * 1024 * 1024
/** units in one segment: 65,535 / 12 would be more than any stack sends */
const MAX_UNITS = 1_000

export interface StreamProtocol {
  /** bytes that `length` looks at */
  headerLength: number
  /** Bytes of the unit at `offset`, its header included; 0 when no unit can begin there. */
  length(bytes: Uint8Array, offset: number): number
  /** Where the next unit can begin in `offset..end`, after a loss; -1: nowhere. Without it only the segment's begin is tried. */
  find?(bytes: Uint8Array, offset: number, end: number): number
  /** One unit: from the offset to walk.end. */
  dissect: Dissect
}

/** One direction of a connection. */
class Half {
  next = 0
  /** no unit's begin is known */
  lost = true
  pending: Uint8Array | null = null
  /** the segment before was a SYN with data */
  synData = false
  /** the last hole in what was seen, [from, to) */
  holeFrom = 0
  holeTo = 0
}

/** How a packet's payload is to be read in a later pass, where it is not simply unit by unit from its begin. */
interface Reading {
  half: number
  /** payload bytes before the part that is read; -1: no unit begins or ends here */
  skip: number
  prefix: Uint8Array | null
}

export class Streams {
  readonly halves = new Map<number, Half>()
  readonly rows = new Map<number, Reading>()
  pendingBytes = 0
  prefixBytes = 0

  constructor(private readonly forgotten: Forgotten) {}

  half(number: number, sequence: number): Half {
    let half = this.halves.get(number)
    if (half === undefined) {
      if (this.halves.size >= MAX_HALVES) this.evict()
      half = new Half()
      half.next = sequence
      half.holeFrom = sequence
      half.holeTo = sequence
      this.halves.set(number, half)
    }
    return half
  }

  private evict(): void {
    const half = takeOldest(this.halves)
    if (half === undefined) return
    this.forgotten.note('directions of TCP whose messages are put together')
    this.keep(half, null)
  }

  keep(half: Half, bytes: Uint8Array | null): void {
    this.pendingBytes -= half.pending?.length ?? 0
    half.pending = null
    if (bytes === null) return
    if (this.pendingBytes + bytes.length > MAX_PENDING) half.lost = true
    else {
      half.pending = bytes
      this.pendingBytes += bytes.length
    }
  }

  note(row: number, half: number, skip: number, prefix: Uint8Array | null): void {
    const size = prefix?.length ?? 0
    if (this.rows.size >= MAX_ROWS || this.prefixBytes + size > MAX_PREFIXES) {
      this.forgotten.note('segments whose messages were put together')
      return
    }
    this.prefixBytes += size
    this.rows.set(row, { half, skip, prefix })
  }
}

export const streams = new StateKey<Streams>('tcp.streams', (state) => new Streams(state.flows.forgotten))

/** The dissector to register for a TCP port. */
export function overStream(protocol: StreamProtocol): Dissect {
  return (walk, offset) => {
    const flow = walk.flow
    if (flow < 0 || walk.quoted) {
      if (units(walk, protocol, offset, null) === offset) walk.decline()
      return
    }
    const state = walk.state.of(streams)
    if (walk.state.frozen) replay(walk, protocol, offset, state)
    else follow(walk, protocol, offset, state)
  }
}

/** A pass over single packets: as the first pass read this one. */
function replay(walk: Walk, protocol: StreamProtocol, offset: number, state: Streams): void {
  const reading = state.rows.get(walk.row)
  if (reading === undefined || reading.half !== walk.flow * 2 + walk.direction) {
    if (units(walk, protocol, offset, null) === offset && !startsUnit(walk, protocol, offset)) walk.decline()
  } else if (reading.skip >= 0) units(walk, protocol, offset + reading.skip, reading.prefix)
}

function follow(walk: Walk, protocol: StreamProtocol, offset: number, state: Streams): void {
  const { segment } = walk.state.of(tcpState)
  const sequence = (segment.sequence + (segment.flags & Flag.Syn ? 1 : 0)) >>> 0
  const number = walk.flow * 2 + walk.direction
  const half = state.half(number, sequence)
  const end = (sequence + segment.length) >>> 0
  let at = offset
  // Some generators forget that a SYN takes a number (RFC 9293 section 3.4) when it carries data: then the next segment is one short.
  if (half.synData && (sequence + 1) >>> 0 === half.next && startsUnit(walk, protocol, offset)) half.next = sequence
  half.synData = (segment.flags & Flag.Syn) !== 0
  if (before(sequence, half.next)) {
    if (!before(half.next, end)) {
      const late = half.holeFrom !== half.holeTo && !before(sequence, half.holeFrom) && !before(half.holeTo, end)
      if (late && startsUnit(walk, protocol, offset)) units(walk, protocol, offset, null)
      else state.note(walk.row, number, -1, null)
      return
    }
    at += (half.next - sequence) >>> 0
  } else if (sequence !== half.next) {
    half.holeFrom = half.next
    half.holeTo = sequence
    half.lost = true
  }
  half.next = end
  if (half.lost) {
    state.keep(half, null)
    if (!startsUnit(walk, protocol, at)) at = protocol.find === undefined ? -1 : protocol.find(walk.bytes, at, walk.limit)
    if (at < 0) {
      walk.decline()
      return
    }
    half.lost = false
  }
  const prefix = half.pending
  const read = units(walk, protocol, at, prefix)
  const carries = read === at && prefix !== null
  if (carries) state.note(walk.row, number, -1, null)
  else if (at !== offset || prefix !== null) state.note(walk.row, number, at - offset, prefix)
  else if (read === at && startsUnit(walk, protocol, at) && at < walk.limit) state.note(walk.row, number, -1, null)
  remember(walk, protocol, state, half, read, carries ? prefix : null)
}

/** Keeps what is left of the segment behind `read`: the begin of a unit that later segments complete. */
function remember(walk: Walk, protocol: StreamProtocol, state: Streams, half: Half, read: number, prefix: Uint8Array | null): void {
  const before = prefix?.length ?? 0
  const more = walk.limit - read
  const whole = walk.limit >= walk.end
  if (more <= 0 && prefix === null) {
    state.keep(half, null)
    if (!whole) half.lost = true
    return
  }
  const joined = new Uint8Array(before + Math.max(0, more))
  if (prefix !== null) joined.set(prefix)
  if (more > 0) joined.set(walk.bytes.subarray(read, read + more), before)
  const known = joined.length < protocol.headerLength || protocol.length(joined, 0) > 0
  if (!whole || !known || joined.length > MAX_UNIT) {
    state.keep(half, null)
    half.lost = true
  } else state.keep(half, joined)
}

/** Can a unit begin here? A header that is not there whole is given the benefit of the doubt. */
function startsUnit(walk: Walk, protocol: StreamProtocol, offset: number): boolean {
  return walk.limit - offset < protocol.headerLength || protocol.length(walk.bytes, offset) > 0
}

/**
 * Hands on every whole unit from `offset` on; the first continues `prefix`. Returns the offset behind the last one.
 * A unit that the capture cut is handed on as far as it goes.
 */
function units(walk: Walk, protocol: StreamProtocol, offset: number, prefix: Uint8Array | null): number {
  let at = offset
  let held = prefix
  const end = walk.end
  for (let n = 0; n < MAX_UNITS && at < walk.limit && walk.item(at); n++) {
    if (held !== null) {
      const head = headOf(walk, protocol, at, held)
      const length = head === null ? 0 : protocol.length(head, 0)
      const missing = length - held.length
      if (length === 0 || missing < 0 || at + missing > walk.limit) return at
      const unit = new Uint8Array(length)
      unit.set(held)
      unit.set(walk.bytes.subarray(at, at + missing), held.length)
      if (walk.describing && n === 0) walk.info = ''
      walk.inside('Reassembled TCP', unit, protocol.dissect)
      at += missing
      held = null
      continue
    }
    if (walk.limit - at < protocol.headerLength) return at
    const length = protocol.length(walk.bytes, at)
    if (length === 0 || at + length > end) return at
    if (walk.describing && n === 0) walk.info = ''
    walk.limitTo(at + length)
    walk.next(protocol.dissect, at)
    walk.restore(end)
    at += length
  }
  return at
}

/** The header of the unit that began with `held`; null while it is not whole. */
function headOf(walk: Walk, protocol: StreamProtocol, at: number, held: Uint8Array): Uint8Array | null {
  if (held.length >= protocol.headerLength) return held
  if (held.length + walk.limit - at < protocol.headerLength) return null
  const head = new Uint8Array(protocol.headerLength)
  head.set(held)
  head.set(walk.bytes.subarray(at, at + protocol.headerLength - held.length), held.length)
  return head
}
