/**
 * QUIC datagrams: packets that follow each other (RFC 9000 section 12.2), long and short headers, Version Negotiation, Retry.
 * Found by its bytes on any UDP port: a long header with a version that is known, a short header on a flow, or with a connection id, of a
 * connection that is known. Anything else is declined. Versions that are not known are read as far as all versions agree (RFC 8999).
 * Cost without keys: a map look-up and a comparison of ids a datagram; Initial packets are opened, they are few.
 */
import { copyBytes } from '../core/copy.ts'
import { FRAGMENTS } from '../core/fragments.ts'
import { Stop, type Walk } from '../core/walk.ts'
import { CLIENT, type Connection, ONE_RTT, SERVER, type Side } from './connection.ts'
import { frames } from './frames.ts'
import { movedHere } from './moved.ts'
import { bareInitial, type Opened, openLong, openShort } from './open.ts'
import { initialSalts, isGreased, retryTagFits } from './protection.ts'
import { closedPayload, handshake, note, openedPayload, REUSED, statelessReset } from './signals.ts'
import { directionOf, flowOf, isFrozen, type LongHeader, type QuicState, quicState } from './state.ts'
import { readVarint, recordNumber, takeVarint, varintSize } from './varint.ts'
import { Field, isVersion2, MAX_CID, PacketType, packetType, packetTypeNames, quic, RESET_TOKEN } from './wire.ts'

const LONG = 0x80
const FIXED = 0x40
/** rehoming.md: shorter datagrams carry acknowledgements only */
const LEAST_PAYLOAD = 30
/** header byte, unpredictable bits and token (RFC 9000 section 10.3) */
const LEAST_RESET = 21

/** Any UDP payload that no port's dissector took. */
export function guessQuic(walk: Walk, offset: number): void {
  if (offset + 7 > walk.limit) {
    walk.decline()
    return
  }
  const state = walk.state.of(quicState)
  if ((walk.u8(offset) & LONG) !== 0) {
    if (looksLikeLong(walk, state, offset)) dissectQuic(walk, offset)
    else walk.decline()
    return
  }
  if (!state.any || flowOf(walk) < 0) {
    walk.decline()
    return
  }
  if (state.ofFlow(flowOf(walk), walk.row) !== null || (!walk.quoted && movedHere(walk, state, offset))) dissectQuic(walk, offset)
  else walk.decline()
}

function looksLikeLong(walk: Walk, state: QuicState, offset: number): boolean {
  const version = walk.u32(offset + 1)
  const dcidLength = walk.u8(offset + 5)
  const scidAt = offset + 6 + dcidLength
  if (dcidLength > MAX_CID || scidAt >= walk.limit) return false
  const scidLength = walk.u8(scidAt)
  const end = scidAt + 1 + scidLength
  if (scidLength > MAX_CID || end > walk.end) return false
  if (version === 0) {
    // Any four bytes could be a version: the list has to fit, and answer a connection or hold a version that is known.
    const list = walk.end - end
    if (list < 4 || list % 4 !== 0 || end + 4 > walk.limit) return false
    if (flowOf(walk) >= 0 && state.ofFlow(flowOf(walk), walk.row) !== null) return true
    for (let at = end; at + 4 <= walk.limit && walk.item(at); at += 4)
      if (initialSalts(walk.u32(at)).length > 0 && !isGreased(walk.u32(at))) return true
    return false
  }
  if (isGreased(version)) return end - offset < 64 && walk.end - offset >= 1200
  return initialSalts(version).length > 0 || isKnownVersion(version)
}

/** Versions whose Initial packets cannot be opened here but that are QUIC: early drafts, and Google's Q05x and T05x. */
function isKnownVersion(version: number): boolean {
  return version >>> 8 === 0xff0000 || version >>> 4 === 0xfaceb00 || isGoogle(version)
}

function isGoogle(version: number): boolean {
  return version >>> 4 === 0x5130353 || version >>> 4 === 0x5430353
}

/** A datagram of QUIC packets at `offset`, up to walk.end. That a quotation ends early is nobody's fault. */
export function dissectQuic(walk: Walk, offset: number): void {
  const { stop, stopOffset, stopReason } = walk
  datagram(walk, offset)
  if (!walk.quoted || walk.stop === Stop.Limit) return
  walk.stop = stop
  walk.stopOffset = stopOffset
  walk.stopReason = stopReason
}

function datagram(walk: Walk, offset: number): void {
  const state = walk.state.of(quicState)
  state.line = ''
  // Emptying an empty set still makes it a new table.
  if (state.shown.size > 0) state.shown.clear()
  let at = offset
  for (let n = 0; at < walk.end && at < walk.limit; n++) {
    if (!walk.item(at)) break
    const first = walk.u8(at)
    state.coalesced = n > 0
    if (n > 0 && (first & LONG) === 0 && trailer(walk, state, at)) break
    walk.layer(quic.protocol, quic.root, at, walk.end - at)
    const next = (first & LONG) !== 0 ? longPacket(walk, state, at) : shortPacket(walk, state, at, offset)
    walk.endLayer(next - at)
    if (next <= at) break
    at = next
  }
  if (walk.recorder !== null && !walk.quoted) walk.info = state.line.trim()
}

/** Behind a long packet: a short one of the same connection, else padding of the datagram. */
function trailer(walk: Walk, state: QuicState, at: number): boolean {
  const { connection, side } = state
  if (connection !== null && (walk.u8(at) & FIXED) !== 0) return false
  if (connection !== null && connection.cidAt(side === CLIENT ? SERVER : CLIENT, walk.bytes, at + 1, walk.limit) !== null) {
    let zeros = true
    for (let i = at; i < walk.limit && zeros; i++) zeros = walk.bytes[i] === 0
    if (!zeros) return false
  }
  walk.range(Field.coalescedPadding, at, walk.end - at)
  return true
}

// ------------------------------------------------------------------ long headers

/**
 * Passes that record nothing decrypt only what keys may tie to a connection: without any, an Initial says nothing that signals need,
 * and opening it costs more than all else of the packet.
 */
function unread(walk: Walk): boolean {
  return walk.recorder === null && (walk.quoted || walk.state.keys.version === 0)
}

/** Where the packet ends. */
function longPacket(walk: Walk, state: QuicState, begin: number): number {
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

// ------------------------------------------------------------------ which connection

/** A client makes up at least so many bytes for its first Initial packet, RFC 9000 section 7.2. */
const MIN_FIRST_DCID = 8

/** The connection of a long packet on this flow; an Initial packet from a client with other ids begins one. Sets the side. */
function connectionOf(walk: Walk, state: QuicState, begin: number): Connection | null {
  const { header } = state
  const flow = flowOf(walk)
  if (flow < 0) return null
  const known = state.ofFlow(flow, walk.row)
  const dcid = walk.bytes.subarray(header.dcid, header.dcid + header.dcidLength)
  if (known !== null) {
    const side = state.sideOf(known, flow, directionOf(walk))
    state.side = side
    // A shorter id is one that the server chose (RFC 9000 section 7.2), perhaps in a frame that nobody could read.
    const fresh = header.type === PacketType.Initial && side === CLIENT && header.dcidLength >= MIN_FIRST_DCID
    const begins = fresh && !belongs(known, header, dcid)
    if (!begins || isFrozen(walk)) return known
    // The server's own id is not known when only the client was captured: the known keys tell.
    if (!known.answered && !unread(walk) && openLong(walk, state, known, begin) !== null) return known
  }
  // Packets of another connection have no place behind those of one (RFC 9000 section 12.2).
  if (isFrozen(walk) || state.coalesced) return null
  if (known === null && header.type !== PacketType.Initial) {
    const cid = state.cidAt(walk, header.dcid)
    if (cid !== null) {
      state.side = cid.owner === SERVER ? CLIENT : SERVER
      state.bind(cid.connection, walk.flow, (state.side === CLIENT ? walk.direction : 1 - walk.direction) as 0 | 1)
      return cid.connection
    }
  }
  const fromClient = known !== null || clientSent(walk, header)
  state.side = fromClient ? CLIENT : SERVER
  const clientDirection = (fromClient ? walk.direction : 1 - walk.direction) as 0 | 1
  const first = fromClient ? dcid : new Uint8Array(0)
  return state.open(walk.state.flows, header.version, copyBytes(first), walk.flow, clientDirection, walk.row)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Clients send their Initials to the id they made up, to the one of a Retry, or to the server's own. */
function belongs(connection: Connection, header: LongHeader, dcid: Uint8Array): boolean {
  if (sameBytes(dcid, connection.firstDcid)) return header.version === connection.version || connection.answered
  return sameBytes(dcid, connection.initialDcid) || connection.knowsCid(SERVER, dcid)
}

/** Who speaks first here? A client's Initial has a token or goes to the lower port, which is the service's. */
function clientSent(walk: Walk, header: LongHeader): boolean {
  if (header.type === PacketType.ZeroRtt || header.tokenLength > 0) return true
  return walk.destinationPort <= walk.sourcePort
}

/** What a long packet teaches: ids, the version that stands, and how far the handshake is. */
function learn(walk: Walk, state: QuicState, connection: Connection, opened: Opened | null): void {
  const { header, side } = state
  if (isFrozen(walk)) return
  heard(walk, connection, side)
  // Ids of packets that were forged would lead others here: an Initial that can be opened must be opened first.
  if (header.type === PacketType.Initial && opened === null && state.tried) return
  if (header.type === PacketType.Initial && unread(walk)) keepForLater(walk, connection, side)
  if (side === SERVER && header.version !== connection.version) connection.version = header.version
  state.addCid(connection, side, copyBytes(walk.bytes, header.scid, header.scid + header.scidLength), 0)
  // Where only one direction is captured, the ids it sends to are all there is of the other's.
  const dcid = copyBytes(walk.bytes, header.dcid, header.dcid + header.dcidLength)
  const madeUp = side === CLIENT && sameBytes(dcid, connection.firstDcid)
  if (!madeUp && opened !== null) state.addCid(connection, side === CLIENT ? SERVER : CLIENT, dcid, 0)
  if (header.type !== PacketType.Initial || !walk.signalling) {
    if (side === SERVER) connection.answered = true
    return
  }
  if (!connection.answered) handshake(walk, state, connection, 'Initial', side === CLIENT ? 1 : 2)
  if (side === SERVER) connection.answered = true
}

function heard(walk: Walk, connection: Connection, side: Side): void {
  if (isFrozen(walk)) return
  connection.lastTime = walk.time
  if (side === CLIENT) connection.clientHops = walk.hopLimit
}

/** Initials of one side that a second pass reads one after the other, so that a handshake spread over them can be shown. */
const MAX_REPLAYED = 4

function keepForLater(walk: Walk, connection: Connection, side: Side): void {
  const rows = connection.initialRows[side]
  if (rows.length >= MAX_REPLAYED || rows.includes(walk.row)) return
  if (rows.length > 0) walk.state.of(FRAGMENTS).follows(walk.row, [...rows])
  connection.keepInitialRow(side, walk.row)
}

// ------------------------------------------------------------------ short headers

function shortPacket(walk: Walk, state: QuicState, begin: number, datagram: number): number {
  const { end } = walk
  const first = walk.u8(begin)
  const flow = flowOf(walk)
  const connection = flow < 0 ? null : state.ofFlow(flow, walk.row)
  state.connection = connection
  if (connection === null) return end
  const side: Side = state.sideOf(connection, flow, directionOf(walk))
  state.side = side
  heard(walk, connection, side)
  state.level = ONE_RTT
  const receiver = side === CLIENT ? SERVER : CLIENT
  const cid = connection.cidAt(receiver, walk.bytes, begin + 1, walk.limit)
  const cidLength = cid !== null ? cid.bytes.length : connection.cidLength(receiver)
  const number = begin + 1 + cidLength
  const reset = side === SERVER && end <= walk.limit && end - begin >= LEAST_RESET && isReset(walk, connection, end)
  const opened = reset || unread(walk) ? null : openShort(walk, state, connection, begin, number, end, cid?.path ?? 0)
  if (walk.recorder !== null) {
    recordShort(walk, begin, first, cidLength, number, opened)
    if (reset) walk.range(Field.resetToken, end - RESET_TOKEN, RESET_TOKEN)
    state.line += `${state.line === '' ? '' : ' | '}Protected Payload`
  }
  if (cid !== null && cid.flow !== flow && walk.signalling && cid.bytes.length > 0) {
    if (cid.flow >= 0) note(walk, state, REUSED)
    cid.flow = flow
  }
  if (walk.signalling) {
    if (reset) {
      if (!isFrozen(walk)) connection.ended = true
      statelessReset(walk, state)
      return end
    }
    if (!connection.oneRtt[side]) {
      connection.noteOneRtt(side)
      handshake(walk, state, connection, '1-RTT', side === CLIENT ? 3 : 4)
    }
  }
  if (opened !== null) {
    readFrames(walk, state, opened)
    // A cut packet: that it carries data is likely, how much is not known.
    if (opened.plain === null && end - begin >= LEAST_PAYLOAD) state.dataBytes = end - begin
    if (walk.signalling && state.dataBytes > 0) openedPayload(walk, state)
  } else if (walk.signalling && end - begin >= LEAST_PAYLOAD) closedPayload(walk, state, datagram, end)
  return end
}

function isReset(walk: Walk, connection: Connection, end: number): boolean {
  for (const token of connection.resetTokens) {
    let same = true
    for (let i = 0; i < RESET_TOKEN && same; i++) same = walk.bytes[end - RESET_TOKEN + i] === token[i]
    if (same) return true
  }
  return false
}

function recordShort(walk: Walk, begin: number, first: number, cidLength: number, number: number, opened: Opened | null): void {
  const { end } = walk
  walk.uint(Field.packetLength, begin, 0, end - begin)
  walk.generated()
  walk.uint(Field.headerForm, begin, 1, 0)
  walk.uint(Field.fixedBit, begin, 1, (first >> 6) & 1)
  walk.uint(Field.spinBit, begin, 1, (first >> 5) & 1)
  if (opened !== null) {
    walk.uint(Field.shortReserved, begin, 1, (opened.firstByte >> 3) & 3)
    walk.uint(Field.keyPhase, begin, 1, (opened.firstByte >> 2) & 1)
    walk.uint(Field.numberLength, begin, 1, opened.firstByte & 3)
  }
  if (cidLength > 0) walk.range(Field.dcid, begin + 1, cidLength)
  if (opened === null) {
    if (end > number) walk.range(Field.remaining, number, end - number)
    return
  }
  recordNumber(walk, Field.packetNumber, number, opened.numberLength, opened.packetNumber)
  walk.range(Field.protectedPayload, number + opened.numberLength, end - number - opened.numberLength)
}

function readFrames(walk: Walk, state: QuicState, opened: Opened): void {
  state.packetNumber = opened.packetNumber
  state.path = opened.path
  state.dataBytes = 0
  const { level, side, connection } = state
  // Google's own versions number frames otherwise.
  if (connection === null || opened.plain === null || isGoogle(connection.version)) return
  if (level === PacketType.Initial && isFrozen(walk) && connection.initialRows[side][0] === walk.row) connection.restartReplay(side)
  walk.inside('Decrypted QUIC packet', opened.plain, frames)
  state.level = level
  state.side = side
  state.connection = connection
}
