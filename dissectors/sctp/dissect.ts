/**
 * SCTP packets: common header and chunks (RFC 9260 section 3), over IP (protocol 132) or UDP (RFC 6951, port 9899).
 * Lenient where real stacks are: a bad or zero checksum discards nothing (offloading, RFC 9653). Refuses a chunk length under 4 or past the
 * packet's end: reads what is there of that chunk and stops. Padding that a chunk's length leaves out is skipped.
 * Cost without a recorder: a flow look-up, a comparison of tags, and per DATA or SACK chunk a handful of reads. The CRC is only computed when
 * fields are recorded.
 */
import { crc32c } from '../core/checksum.ts'
import { MAX_ITEMS, Stop, TransportChecksum, type Walk } from '../core/walk.ts'
import { asconf, asconfAck, auth, congestion, heartbeat, opaque, pad, reconfig } from './chunks-control.ts'
import { data, forwardTsn, iForwardTsn, sack } from './chunks-data.ts'
import { abort, cookieAck, cookieEcho, error, init, shutdown, shutdownAck, shutdownComplete } from './chunks-handshake.ts'
import { type SctpState, sctpState } from './state.ts'
import { Chunk, chunkName, chunkNames, Field, Header, SCTP_PROTOCOL_NUMBER, sctp } from './wire.ts'

/** An SCTP packet at `offset`, up to walk.end. */
export function dissectSctp(walk: Walk, offset: number): void {
  walk.layer(sctp.protocol, sctp.root, offset, walk.end - offset)
  if (walk.quoted) quotedPacket(walk, offset)
  else packet(walk, offset)
  walk.endLayer()
}

/** RFC 6951 section 5.3: a port alone is a guess, so the header and the first chunk have to make sense. */
export function dissectSctpOverUdp(walk: Walk, offset: number): void {
  if (looksLikeSctp(walk, offset)) dissectSctp(walk, offset)
  else walk.decline()
}

function looksLikeSctp(walk: Walk, offset: number): boolean {
  const { bytes, limit } = walk
  if (offset + Header.Length + 4 > limit) return false
  const word = (at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  const chunk = offset + Header.Length
  const type = bytes[chunk] as number
  const length = word(chunk + 2)
  if (word(offset) === 0 || word(offset + 2) === 0) return false
  if (chunkNames[type] === undefined || length < 4 || chunk + length > walk.end) return false
  // The tag is zero in a packet with INIT and in no other (section 8.5.1).
  const tagIsZero = word(offset + 4) === 0 && word(offset + 6) === 0
  return tagIsZero === (type === Chunk.Init)
}

function packet(walk: Walk, offset: number): void {
  if (!walk.need(offset, Header.Length)) return
  const state = walk.state.of(sctpState)
  const tag = walk.u32(offset + Header.VerificationTag)
  walk.sourcePort = walk.u16(offset)
  walk.destinationPort = walk.u16(offset + Header.DestinationPort)
  walk.toFlow(SCTP_PROTOCOL_NUMBER, walk.sourcePort, walk.destinationPort)
  state.packetTag = tag
  state.packetHalf = tag === 0 ? -1 : state.ofPacket(walk, tag, learns(walk, state, offset))
  state.authOffset = -1
  if (walk.recorder !== null) {
    recordHeader(walk, offset)
    state.line = ''
  }
  chunks(walk, state, offset + Header.Length)
  if (walk.recorder !== null) walk.info = state.line
}

/** Is the packet's tag worth remembering? What only ends something, perhaps with a guessed tag, teaches nothing. */
function learns(walk: Walk, state: SctpState, offset: number): boolean {
  if (walk.state.frozen || offset + Header.Length >= walk.limit) return false
  const first = walk.bytes[offset + Header.Length] as number
  if (first === Chunk.Abort || first === Chunk.ShutdownComplete || first === Chunk.Error || first === Chunk.Init) return false
  return first !== Chunk.Asconf || !state.tagIsWrong(walk, state.packetTag)
}

/** Inside an ICMP error: fields only, as far as the quotation goes; that it ends early is nobody's fault. */
function quotedPacket(walk: Walk, offset: number): void {
  const { stop, stopOffset, stopReason } = walk
  const state = walk.state.of(sctpState)
  if (offset + 8 <= walk.limit) {
    walk.sourcePort = walk.u16(offset)
    walk.destinationPort = walk.u16(offset + Header.DestinationPort)
    walk.quotedToken = walk.u32(offset + Header.VerificationTag)
    walk.toFlow(SCTP_PROTOCOL_NUMBER, walk.sourcePort, walk.destinationPort)
    if (walk.recorder !== null) {
      state.packetTag = walk.quotedToken
      state.packetHalf = -1
      state.authOffset = -1
      state.line = ''
      recordHeader(walk, offset)
      if (offset + Header.Length <= walk.limit) chunks(walk, state, offset + Header.Length)
    }
  }
  if (walk.stop !== Stop.Limit) {
    walk.stop = stop
    walk.stopOffset = stopOffset
    walk.stopReason = stopReason
  }
}

function recordHeader(walk: Walk, offset: number): void {
  walk.uint(Field.sourcePort, offset, 2, walk.sourcePort)
  walk.uint(Field.destinationPort, offset + 2, 2, walk.destinationPort)
  walk.uint(Field.verificationTag, offset + 4, 4, walk.u32(offset + 4))
  if (offset + Header.Length > walk.limit) return
  walk.uint(Field.checksum, offset + 8, 4, walk.u32(offset + 8))
  if (!walk.wants(Field.checksumStatus)) return
  let status = 2
  if (walk.u32(offset + 8) === 0) status = 3
  else if (walk.end <= walk.limit) status = crc32c(walk.bytes, offset, walk.end, offset + 8) === walk.u32le(offset + 8) ? 1 : 0
  walk.uint(Field.checksumStatus, offset + 8, 4, status)
  walk.generated()
  if (!walk.quoted) walk.checksum = status === 1 ? TransportChecksum.Good : status === 0 ? TransportChecksum.Bad : TransportChecksum.Unknown
}

function chunks(walk: Walk, state: SctpState, begin: number): void {
  const packetEnd = walk.end
  let offset = begin
  for (let n = 0; offset < packetEnd; n++) {
    if (n >= MAX_ITEMS) {
      walk.halt(Stop.Limit, offset, `more than ${MAX_ITEMS} chunks`)
      return
    }
    if (!walk.item(offset) || !walk.need(offset, 4)) return
    const type = walk.u8(offset)
    const length = walk.u16(offset + 2)
    const end = offset + length
    const fits = length >= 4 && end <= packetEnd
    if (length < 4) walk.malformed(offset + 2, `chunk length ${length} is less than 4`)
    else if (!fits) walk.malformed(offset + 2, `${chunkName(type)} chunk of ${length} bytes, ${packetEnd - offset} bytes left`)
    if (walk.recorder !== null) {
      walk.group(Field.chunk, offset, length, `${chunkName(type)} chunk`)
      recordChunkHeader(walk, offset, type, length)
    }
    if (length < 4) {
      walk.endGroup()
      return
    }
    walk.limitTo(fits ? end : packetEnd)
    chunk(walk, state, type, offset, length, packetEnd)
    walk.restore(packetEnd)
    if (!fits) {
      walk.endGroup()
      return
    }
    const padding = Math.min(-length & 3, packetEnd - end)
    if (walk.recorder !== null) {
      if (padding > 0) walk.range(Field.chunkPadding, end, padding)
      walk.endGroup()
    }
    offset = end + padding
  }
}

function recordChunkHeader(walk: Walk, offset: number, type: number, length: number): void {
  walk.uint(Field.chunkType, offset, 1, type)
  walk.uint(Field.chunkBit1, offset, 1, type >>> 7)
  walk.uint(Field.chunkBit2, offset, 1, (type >>> 6) & 1)
  walk.uint(Field.chunkFlags, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(Field.chunkLength, offset + 2, 2, length)
}

function chunk(walk: Walk, state: SctpState, type: number, offset: number, length: number, packetEnd: number): void {
  switch (type) {
    case Chunk.Data:
    case Chunk.IData:
      data(walk, state, type, offset, length)
      return
    case Chunk.Sack:
      sack(walk, state, offset, length)
      return
    case Chunk.Heartbeat:
    case Chunk.HeartbeatAck:
      heartbeat(walk, state, type, offset, length)
      return
    case Chunk.Init:
    case Chunk.InitAck:
      init(walk, state, type, offset)
      return
    case Chunk.CookieEcho:
      cookieEcho(walk, state, offset, length)
      return
    case Chunk.CookieAck:
      cookieAck(walk, state)
      return
    case Chunk.Auth:
      auth(walk, state, offset, length, packetEnd)
      return
    case Chunk.Asconf:
      asconf(walk, state, offset, packetEnd)
      return
    case Chunk.AsconfAck:
      asconfAck(walk, state, offset, packetEnd)
      return
    case Chunk.Abort:
      abort(walk, state, offset)
      return
    case Chunk.Error:
      error(walk, state, offset)
      return
    case Chunk.Shutdown:
      shutdown(walk, state, offset)
      return
    case Chunk.ShutdownAck:
      shutdownAck(walk, state)
      return
    case Chunk.ShutdownComplete:
      shutdownComplete(walk, state, offset)
      return
    case Chunk.ForwardTsn:
      forwardTsn(walk, state, offset)
      return
    case Chunk.IForwardTsn:
      iForwardTsn(walk, state, offset)
      return
    case Chunk.ReConfig:
      reconfig(walk, state, offset)
      return
    case Chunk.Pad:
      pad(walk, state, offset, length)
      return
    case Chunk.Ecne:
    case Chunk.Cwr:
      congestion(walk, state, type, offset)
      return
    default:
      opaque(walk, state, type, offset, length)
  }
}
