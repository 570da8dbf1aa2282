/**
 * Packets with a long header: Initial, 0-RTT, Handshake, Retry, Version Negotiation (RFC 9000 section 17.2). Of a version that is not known what all
 * versions agree on is read (RFC 8999).
 */
import { copyBytes } from '../core/copy.ts'
import { Stop, type Walk } from '../core/walk.ts'
import { SERVER } from './connection.ts'
import { bareInitial, type Opened, openLong } from './open.ts'
import { retryTagFits } from './protection.ts'
import { readFrames, unread } from './reading.ts'
import { note } from './signals.ts'
import { flowOf, isFrozen, type LongHeader, type QuicState } from './state.ts'
import { readVarint, recordNumber, takeVarint, varintSize } from './varint.ts'
import { connectionOf, learn } from './which-connection.ts'
import { Field, isVersion2, MAX_CID, PacketType, packetType, packetTypeNames, RESET_TOKEN } from './wire.ts'

/** Where the packet ends. */
export function longPacket(walk: Walk, state: QuicState, begin: number): number {
  const { header } = state
  if (!parse(walk, header, begin)) {
    if (walk.recorder !== null) recordInvariants(walk, header, begin, null)
    return walk.end
  }
  if (header.version === 0) return versionNegotiation(walk, state, begin)
  const connection = connectionOf(walk, state, begin)
  state.connection = connection
  if (header.type === PacketType.Retry) return retry(walk, state, begin)
  state.tried = false
  const opened = connection === null || unread(walk) ? null : openLong(walk, state, connection, begin)
  if (walk.recorder !== null) {
    const shown = opened ?? (connection === null || unread(walk) ? null : bareInitial(walk, state, connection, begin))
    recordInvariants(walk, header, begin, shown)
    recordLong(walk, header, shown)
    state.line += `${state.line === '' ? '' : ' | '}${packetTypeNames[header.type as 0 | 1 | 2]}`
  }
  if (connection !== null) learn(walk, state, connection, opened)
  if (opened !== null) readFrames(walk, state, opened)
  return header.end
}

/** Takes a long header apart into `header`; false when it does not fit the packet. Nothing is recorded here. */
function parse(walk: Walk, header: LongHeader, begin: number): boolean {
  header.version = 0
  header.dcid = header.scid = -1
  if (!walk.need(begin, 7)) return false
  header.version = walk.u32(begin + 1)
  header.type = packetType(walk.u8(begin), header.version)
  header.dcidLength = walk.u8(begin + 5)
  header.dcid = begin + 6
  if (header.dcidLength > MAX_CID || !walk.need(header.dcid, header.dcidLength + 1)) return malformedIds(walk, begin)
  header.scidLength = walk.u8(header.dcid + header.dcidLength)
  header.scid = header.dcid + header.dcidLength + 1
  if (header.scidLength > MAX_CID || !walk.need(header.scid, header.scidLength)) return malformedIds(walk, begin)
  const body = header.scid + header.scidLength
  header.end = walk.end
  header.token = body
  header.tokenLength = 0
  if (header.version === 0 || header.type === PacketType.Retry) return true
  let at = body
  if (header.type === PacketType.Initial) {
    const size = varintSize(walk, at)
    if (size === 0 || !walk.need(at, size)) return false
    header.tokenLength = readVarint(walk, at)
    header.token = at + size
    if (!walk.need(header.token, header.tokenLength)) return false
    at = header.token + header.tokenLength
  }
  const size = varintSize(walk, at)
  if (size === 0 || !walk.need(at, size)) return false
  header.length = at
  header.number = at + size
  header.end = header.number + readVarint(walk, at)
  if (header.end > walk.end) {
    walk.malformed(at, `packet of ${header.end - header.number} bytes, ${walk.end - header.number} bytes left`)
    header.end = walk.end
  }
  return true
}

function malformedIds(walk: Walk, begin: number): boolean {
  if (walk.stop === Stop.None) walk.malformed(begin + 5, `connection ID longer than ${MAX_CID} bytes`)
  return false
}

function recordInvariants(walk: Walk, header: LongHeader, begin: number, opened: Opened | null): void {
  const { version, type, dcid, dcidLength, scid, scidLength } = header
  const first = walk.u8(begin)
  walk.uint(Field.packetLength, begin, 0, header.end > begin ? header.end - begin : 0)
  walk.generated()
  walk.uint(Field.headerForm, begin, 1, first >> 7)
  if (version === 0) walk.uint(Field.unused, begin, 1, first & 0x7f)
  else {
    if (type !== PacketType.Retry) walk.uint(Field.fixedBit, begin, 1, (first >> 6) & 1)
    walk.uint(isVersion2(version) ? Field.type2 : Field.type, begin, 1, (first >> 4) & 3)
  }
  if (opened !== null) {
    walk.uint(Field.longReserved, begin, 1, (opened.firstByte >> 2) & 3)
    walk.uint(Field.numberLength, begin, 1, opened.firstByte & 3)
  }
  walk.uint(Field.version, begin + 1, 4, version)
  if (dcid < 0) return
  walk.uint(Field.dcil, begin + 5, 1, dcidLength)
  if (dcidLength > MAX_CID) return
  if (dcidLength > 0) walk.range(Field.dcid, dcid, dcidLength)
  if (scid < 0) return
  walk.uint(Field.scil, scid - 1, 1, scidLength)
  if (scidLength > 0 && scidLength <= MAX_CID) walk.range(Field.scid, scid, scidLength)
}

function recordLong(walk: Walk, header: LongHeader, opened: Opened | null): void {
  if (header.type === PacketType.Initial) {
    const at = header.scid + header.scidLength
    takeVarint(walk, Field.tokenLength, at)
    if (header.tokenLength > 0) walk.range(Field.token, header.token, header.tokenLength)
  }
  const { length, number, end } = header
  takeVarint(walk, Field.length, length)
  if (opened === null) {
    if (end > number) walk.range(Field.remaining, number, end - number)
    return
  }
  recordNumber(walk, Field.packetNumber, number, opened.numberLength, opened.packetNumber)
  walk.range(Field.payload, number + opened.numberLength, end - number - opened.numberLength)
}

function versionNegotiation(walk: Walk, state: QuicState, begin: number): number {
  const { header } = state
  if (walk.recorder !== null) {
    recordInvariants(walk, header, begin, null)
    state.line += 'Version Negotiation'
  }
  for (let at = header.scid + header.scidLength; at + 4 <= walk.end; at += 4) {
    if (!walk.item(at) || !walk.need(at, 4)) return walk.end
    walk.uint(Field.supportedVersion, at, 4, walk.u32(at))
  }
  if (flowOf(walk) >= 0) {
    state.connection = state.ofFlow(flowOf(walk), walk.row)
    state.side = SERVER
    if (walk.signalling) note(walk, state, 'Version Negotiation')
  }
  return walk.end
}

function retry(walk: Walk, state: QuicState, begin: number): number {
  const { header, connection } = state
  const { end } = walk
  const token = header.scid + header.scidLength
  if (walk.recorder !== null) {
    recordInvariants(walk, header, begin, null)
    state.line += 'Retry'
  }
  if (end - token < RESET_TOKEN) {
    walk.malformed(token, `Retry with ${end - token} bytes behind its header, 16 of them are the tag`)
    return end
  }
  const tagAt = end - RESET_TOKEN
  if (tagAt > token) walk.range(Field.retryToken, token, tagAt - token)
  if (!walk.need(tagAt, RESET_TOKEN)) return end
  walk.range(Field.retryTag, tagAt, RESET_TOKEN)
  if (connection === null) return end
  const fits = retryTagFits(walk.state.crypto, header.version, connection.firstDcid, walk.bytes, begin, end)
  if (walk.recorder !== null && fits !== null) {
    walk.words(Field.retryVerdict, tagAt, RESET_TOKEN, fits ? 'good' : 'bad')
    walk.generated()
  }
  // A wrong tag is an attack or damage: clients pass it over (RFC 9000 section 17.2.5.2), and so it changes nothing here.
  if (fits !== false && !isFrozen(walk) && !connection.retried) {
    const scid = copyBytes(walk.bytes, header.scid, token)
    connection.restart(scid)
    state.addCid(connection, SERVER, scid)
  }
  if (walk.signalling) note(walk, state, fits === false ? 'Retry with a wrong integrity tag' : 'Retry')
  return end
}
