/**
 * DATA, I-DATA, SACK, FORWARD TSN and I-FORWARD TSN (RFC 9260 sections 3.3.1 and 3.3.4, RFC 8260, RFC 3758).
 * The hot path: without a recorder DATA is five reads and one signal, SACK four reads and one signal; nothing is allocated.
 * Relative TSNs count from the first TSN seen with the tag, as tshark counts them.
 */
import { lookup } from '../core/dispatch.ts'
import type { Walk } from '../core/walk.ts'
import { INTERLEAVED, UNORDERED_STREAM } from './fragments.ts'
import { emitAcknowledged, emitNote, emitPayload } from './signals.ts'
import type { SctpState } from './state.ts'
import { Chunk, ChunkFixed, DataFlag, Field, payloadProtocolNames } from './wire.ts'

const WHOLE = DataFlag.Begin | DataFlag.End

/** DATA and I-DATA. `length` is the chunk's on the wire. */
export function data(walk: Walk, state: SctpState, type: number, offset: number, length: number): void {
  const fixed = type === Chunk.Data ? ChunkFixed.Data : ChunkFixed.IData
  if (!walk.need(offset, fixed)) return
  const flags = walk.u8(offset + 1)
  const tsn = walk.u32(offset + 4)
  const half = state.packetHalf
  const learn = half >= 0 && !walk.state.frozen && !walk.quoted
  if (learn) {
    if (state.firstRow[half] === -1) {
      state.firstRow[half] = walk.row
      state.firstTsn[half] = tsn
    }
    if ((flags & WHOLE) !== WHOLE) {
      const interleaved = type === Chunk.IData
      const stream = interleaved ? streamOf(walk, offset, flags) : 0
      const message = interleaved ? walk.u32(offset + 12) : 0
      state.fragments.add(half, stream, message, orderOf(walk, type, offset, flags, tsn), walk.row, flags & WHOLE)
    }
  }
  if (walk.signalling) emitPayload(walk, state.packetTag, tsn, length > fixed ? length - fixed : 0)
  if (walk.recorder !== null) record(walk, state, type, offset, length, flags, tsn)
  if ((flags & WHOLE) === WHOLE && length > fixed && !walk.quoted) {
    const upper = lookup('sctp.ppid', walk.u32(offset + (type === Chunk.Data ? 12 : 16)))
    if (upper !== undefined) walk.next(upper, offset + fixed)
  }
  // RFC 9260 section 6.2: a DATA chunk without user data is answered by ABORT, cause 9
  if (length <= fixed) walk.malformed(offset + 2, `${type === Chunk.Data ? 'DATA' : 'I-DATA'} chunk without user data`)
}

/** I-DATA: stream identifier with what keeps its messages apart. */
function streamOf(walk: Walk, offset: number, flags: number): number {
  return walk.u16(offset + 8) | INTERLEAVED | ((flags & DataFlag.Unordered) !== 0 ? UNORDERED_STREAM : 0)
}

/** What counts the fragments of a message: TSN, or for I-DATA the fragment number (0 and not on the wire for the first). */
function orderOf(walk: Walk, type: number, offset: number, flags: number, tsn: number): number {
  if (type === Chunk.Data) return tsn
  return (flags & DataFlag.Begin) !== 0 ? 0 : walk.u32(offset + 16)
}

/** First TSN seen with `half`'s tag up to this packet; -1 when none was. */
function baseOf(walk: Walk, state: SctpState, half: number): number {
  if (half < 0 || walk.quoted) return -1
  const row = state.firstRow[half] as number
  return row >= 0 && row <= walk.row ? (state.firstTsn[half] as number) : -1
}

function record(walk: Walk, state: SctpState, type: number, offset: number, length: number, flags: number, tsn: number): void {
  const half = state.packetHalf
  walk.uint(Field.dataImmediate, offset + 1, 1, (flags >>> 3) & 1)
  walk.uint(Field.dataUnordered, offset + 1, 1, (flags >>> 2) & 1)
  walk.uint(Field.dataBegin, offset + 1, 1, (flags >>> 1) & 1)
  walk.uint(Field.dataEnd, offset + 1, 1, flags & 1)
  const base = baseOf(walk, state, half)
  if (base >= 0) walk.uint(Field.tsnRelative, offset + 4, 4, (tsn - base) >>> 0)
  walk.uint(Field.tsn, offset + 4, 4, tsn)
  walk.uint(Field.streamIdentifier, offset + 8, 2, walk.u16(offset + 8))
  let fixed: number = ChunkFixed.Data
  let payloadProtocol = 0
  if (type === Chunk.Data) {
    walk.uint(Field.streamSequence, offset + 10, 2, walk.u16(offset + 10))
    payloadProtocol = walk.u32(offset + 12)
    walk.uint(Field.payloadProtocol, offset + 12, 4, payloadProtocol)
  } else {
    fixed = ChunkFixed.IData
    walk.uint(Field.dataReserved, offset + 10, 2, walk.u16(offset + 10))
    walk.uint(Field.messageIdentifier, offset + 12, 4, walk.u32(offset + 12))
    const word = walk.u32(offset + 16)
    if ((flags & DataFlag.Begin) !== 0) {
      payloadProtocol = word
      walk.uint(Field.payloadProtocol, offset + 16, 4, word)
    } else walk.uint(Field.fragmentSequence, offset + 16, 4, word)
  }
  if (length > fixed) walk.range(Field.userData, offset + fixed, length - fixed)
  if ((flags & WHOLE) !== WHOLE && half >= 0 && !walk.quoted) fragments(walk, state, type, offset, length, flags, tsn)
  const name = payloadProtocolNames[payloadProtocol]
  const part =
    (flags & WHOLE) === WHOLE ? '' : flags & DataFlag.Begin ? ', first fragment' : flags & DataFlag.End ? ', last fragment' : ', fragment'
  state.note(
    `${type === Chunk.Data ? 'DATA' : 'I-DATA'} (TSN=${base >= 0 ? (tsn - base) >>> 0 : tsn}, ${Math.max(0, length - fixed)} bytes${
      name !== undefined && payloadProtocol !== 0 ? `, ${name}` : ''
    }${part})`,
  )
}

/** Frames of a fragmented message: in the packet that completes it all of them, in the others the one that does. */
function fragments(walk: Walk, state: SctpState, type: number, offset: number, length: number, flags: number, tsn: number): void {
  const interleaved = type === Chunk.IData
  const stream = interleaved ? streamOf(walk, offset, flags) : 0
  const message = interleaved ? walk.u32(offset + 12) : 0
  const rows = state.fragments.message(state.packetHalf, stream, message, orderOf(walk, type, offset, flags, tsn))
  if (rows === null) return
  let last = 0
  for (const row of rows) if (row > last) last = row
  if (last === walk.row)
    for (const row of rows) {
      if (!walk.item(offset)) return
      walk.uint(Field.fragment, offset, length, row + 1)
      walk.generated()
    }
  else {
    walk.uint(Field.reassembledIn, offset, length, last + 1)
    walk.generated()
  }
}

/** SACK: cumulative TSN, window, gap blocks as offsets from the cumulative TSN, duplicate TSNs. */
export function sack(walk: Walk, state: SctpState, offset: number, length: number): void {
  if (!walk.need(offset, ChunkFixed.Sack)) return
  const cumulative = walk.u32(offset + 4)
  const gaps = walk.u16(offset + 12)
  const duplicates = walk.u16(offset + 14)
  const lists = offset + ChunkFixed.Sack
  // What waits for a hole to be filled takes room, too: then it is the path that lost something.
  if (walk.signalling)
    emitAcknowledged(walk, state.packetTag, cumulative, lists, gaps, duplicates, gaps === 0 && walk.u32(offset + 8) === 0)
  if (length !== ChunkFixed.Sack + 4 * (gaps + duplicates))
    walk.malformed(offset + 2, `SACK of ${length} bytes names ${gaps} gap blocks and ${duplicates} duplicates`)
  if (walk.recorder !== null) recordSack(walk, state, offset, cumulative, gaps, duplicates)
}

function recordSack(walk: Walk, state: SctpState, offset: number, cumulative: number, gaps: number, duplicates: number): void {
  const base = baseOf(walk, state, state.peerOf(state.packetHalf))
  walk.uint(Field.sackNonce, offset + 1, 1, walk.u8(offset + 1) & 1)
  if (base >= 0) walk.uint(Field.sackTsnRelative, offset + 4, 4, (cumulative - base) >>> 0)
  walk.uint(Field.sackTsn, offset + 4, 4, cumulative)
  walk.uint(Field.sackCredit, offset + 8, 4, walk.u32(offset + 8))
  walk.uint(Field.sackGaps, offset + 12, 2, gaps)
  walk.uint(Field.sackDuplicates, offset + 14, 2, duplicates)
  const shown = base >= 0 ? cumulative - base : cumulative
  let at = offset + ChunkFixed.Sack
  let total = 0
  for (let i = 0; i < gaps && walk.item(at) && walk.need(at, 4); i++, at += 4) {
    const start = walk.u16(at)
    const end = walk.u16(at + 2)
    walk.uint(Field.gapStart, at, 2, start)
    walk.uint(Field.gapStartTsn, at, 2, (shown + start) >>> 0)
    walk.generated()
    walk.uint(Field.gapEnd, at + 2, 2, end)
    walk.uint(Field.gapEndTsn, at + 2, 2, (shown + end) >>> 0)
    walk.generated()
    if (end >= start) total += end - start + 1
  }
  if (gaps > 0) {
    walk.uint(Field.gapTotal, offset + ChunkFixed.Sack, 4 * gaps, total)
    walk.generated()
  }
  for (let i = 0; i < duplicates && walk.item(at) && walk.need(at, 4); i++, at += 4) walk.uint(Field.duplicateTsn, at, 4, walk.u32(at))
  state.note(`SACK (TSN=${shown >>> 0}${gaps > 0 ? `, ${gaps} gap blocks` : ''}${duplicates > 0 ? `, ${duplicates} duplicates` : ''})`)
}

/** FORWARD TSN: the sender gives up everything up to the new cumulative TSN (RFC 3758 section 3.2). */
export function forwardTsn(walk: Walk, state: SctpState, offset: number): void {
  if (!walk.need(offset, ChunkFixed.ForwardTsn)) return
  const tsn = walk.u32(offset + 4)
  if (walk.signalling) emitNote(walk, state.packetTag, `FORWARD TSN: sender gives up data up to TSN ${tsn}`)
  if (walk.recorder === null) return
  walk.uint(Field.forwardTsn, offset + 4, 4, tsn)
  for (let at = offset + 8; at < walk.end && walk.item(at) && walk.need(at, 4); at += 4) {
    walk.uint(Field.forwardStream, at, 2, walk.u16(at))
    walk.uint(Field.forwardSequence, at + 2, 2, walk.u16(at + 2))
  }
  state.note(`FORWARD TSN (TSN=${tsn})`)
}

/** I-FORWARD TSN (RFC 8260 section 2.3.1). */
export function iForwardTsn(walk: Walk, state: SctpState, offset: number): void {
  if (!walk.need(offset, ChunkFixed.ForwardTsn)) return
  const tsn = walk.u32(offset + 4)
  if (walk.signalling) emitNote(walk, state.packetTag, `I-FORWARD TSN: sender gives up data up to TSN ${tsn}`)
  if (walk.recorder === null) return
  walk.uint(Field.iForwardTsn, offset + 4, 4, tsn)
  for (let at = offset + 8; at < walk.end && walk.item(at) && walk.need(at, 8); at += 8) {
    const flags = walk.u16(at + 2)
    walk.uint(Field.iForwardStream, at, 2, walk.u16(at))
    walk.uint(Field.iForwardFlags, at + 2, 2, flags)
    walk.uint(Field.iForwardUnordered, at + 2, 2, flags & 1)
    walk.uint(Field.iForwardMessage, at + 4, 4, walk.u32(at + 4))
  }
  state.note(`I-FORWARD TSN (TSN=${tsn})`)
}
