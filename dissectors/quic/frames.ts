/**
 * The frames of an opened packet (RFC 9000 section 19, RFC 9221, acknowledgement frequency, time stamps; multipath in its own file).
 * Refuses a frame of unknown type, since nobody knows its length: what is left of the packet stays unread.
 * Cost: a switch and a few integers a frame; texts only with a recorder.
 */
import { hexOf } from '../core/hex.ts'
import { MAX_ITEMS, Stop, type Walk } from '../core/walk.ts'
import type { Connection } from './connection.ts'
import { ack } from './frames-ack.ts'
import { newConnectionId } from './frames-ids.ts'
import { multipath } from './frames-multipath.ts'
import { closed, pathChallenge, pathResponse, retireCid } from './signals.ts'
import { isFrozen, type QuicState, quicState } from './state.ts'
import { handshakeMessage, isNeeded } from './tls.ts'
import { readVarint, recordNumber, takeVarint, takeVarints, varintSize } from './varint.ts'
import { Field, FrameType, frameName, multipathFrame, PacketType } from './wire.ts'

const MAX_NAMED = 8

/** All frames from `offset` to walk.end. */
export function frames(walk: Walk, offset: number): void {
  const state = walk.state.of(quicState)
  const { connection } = state
  if (connection === null) return
  let at = offset
  for (let n = 0; at >= 0 && at < walk.end; n++) {
    if (n >= MAX_ITEMS) {
      walk.halt(Stop.Limit, at, `more than ${MAX_ITEMS} frames`)
      return
    }
    if (!walk.item(at)) return
    const size = varintSize(walk, at)
    if (size === 0 || !walk.need(at, size)) return
    const type = readVarint(walk, at)
    if (walk.recorder !== null) {
      const name = frameName(type)
      walk.group(Field.frame, at, walk.end - at, name)
      takeVarint(walk, Field.frameType, at)
      if (n < MAX_NAMED) state.line += n === 0 ? ` ${name}` : `, ${name}`
    }
    const next = frame(walk, state, connection, type, at, at + size)
    walk.endGroup(next < 0 ? -1 : next - at)
    at = next
  }
}

/** One frame whose body begins at `body`; where it ends, -1 when it cannot be read. */
function frame(walk: Walk, state: QuicState, connection: Connection, type: number, at: number, body: number): number {
  if (type >= FrameType.Stream && type <= FrameType.StreamLast) return stream(walk, state, type, at, body)
  switch (type) {
    case FrameType.Padding:
      return padding(walk, at, body)
    case FrameType.Ping:
    case FrameType.HandshakeDone:
      return body
    case FrameType.Ack:
    case FrameType.AckEcn:
      return ack(walk, state, type === FrameType.AckEcn, body, 0)
    case FrameType.ResetStream:
      return takeVarints(walk, body, Field.resetStream, Field.resetError, Field.resetFinal)
    case FrameType.StopSending:
      return takeVarints(walk, body, Field.stopStream, Field.stopError)
    case FrameType.Crypto:
      return crypto(walk, state, connection, body)
    case FrameType.NewToken:
      return newToken(walk, body)
    case FrameType.MaxData:
      return takeVarints(walk, body, Field.maxData)
    case FrameType.MaxStreamData:
      return takeVarints(walk, body, Field.maxStreamDataId, Field.maxStreamData)
    case FrameType.MaxStreamsBidi:
    case FrameType.MaxStreamsUni:
      return takeVarints(walk, body, Field.maxStreams)
    case FrameType.DataBlocked:
      return takeVarints(walk, body, Field.dataBlocked)
    case FrameType.StreamDataBlocked:
      return takeVarints(walk, body, Field.streamBlockedId, Field.streamDataBlocked)
    case FrameType.StreamsBlockedBidi:
    case FrameType.StreamsBlockedUni:
      return takeVarints(walk, body, Field.streamsBlocked)
    case FrameType.NewConnectionId:
      return newConnectionId(walk, state, connection, body, 0)
    case FrameType.RetireConnectionId: {
      if (walk.signalling) retireCid(walk, state, readVarint(walk, body), 0)
      return takeVarints(walk, body, Field.retireSequence)
    }
    case FrameType.PathChallenge:
    case FrameType.PathResponse:
      return path(walk, state, connection, type, body)
    case FrameType.Close:
    case FrameType.CloseApplication:
      return close(walk, state, type === FrameType.CloseApplication, body)
    case FrameType.Datagram:
    case FrameType.DatagramLength:
      return datagram(walk, state, type === FrameType.DatagramLength, body)
    case FrameType.AckFrequency:
      return ackFrequency(walk, body)
    case FrameType.TimeStamp:
      return takeVarints(walk, body, Field.timeStamp)
    default: {
      const kind = multipathFrame(type)
      if (kind !== undefined) return multipath(walk, state, connection, kind, body)
      walk.malformed(at, `${frameName(type)} is not known, nor how long it is`)
      return -1
    }
  }
}

/** Padding bytes in a row are one entry. */
function padding(walk: Walk, at: number, body: number): number {
  let end = body
  while (end < walk.limit && walk.bytes[end] === 0) end++
  walk.uint(Field.paddingLength, at, end - at, end - at)
  walk.generated()
  return end
}

function crypto(walk: Walk, state: QuicState, connection: Connection, body: number): number {
  const at = takeVarint(walk, Field.cryptoOffset, body)
  if (at < 0) return -1
  const begin = readVarint(walk, body)
  const data = takeVarint(walk, Field.cryptoLength, at)
  if (data < 0) return -1
  const length = readVarint(walk, at)
  if (!walk.need(data, length)) return -1
  const { level, side } = state
  if (isFrozen(walk)) {
    const kept = connection.messages.filter((one) => one.level === level && one.side === side)
    for (const one of kept)
      if (one.row === walk.row && !state.shown.has(one)) {
        state.shown.add(one)
        readMessage(walk, state, connection, one.message.bytes, one.message.rows)
      }
    // The first pass did not open it: the host reads the packets that belong together once more (`keepForLater`).
    if (kept.length === 0 && level === PacketType.Initial)
      for (const message of connection.replay(side).add(begin, walk.bytes, data, length, walk.row))
        if (isNeeded(message.bytes[0] as number)) readMessage(walk, state, connection, message.bytes, message.rows)
  } else
    for (const message of connection.stream(level, side).add(begin, walk.bytes, data, length, walk.row)) {
      if (!isNeeded(message.bytes[0] as number)) continue
      connection.keep(walk.row, level, side, message)
      readMessage(walk, state, connection, message.bytes, message.rows)
    }
  return data + length
}

function readMessage(walk: Walk, state: QuicState, connection: Connection, bytes: Uint8Array, rows: number[]): void {
  if (walk.recorder !== null && rows.length > 1)
    for (const row of rows) {
      walk.uint(Field.cryptoFragment, walk.end, 0, row + 1)
      walk.generated()
    }
  state.reading = connection
  walk.inside('TLS handshake message', bytes, handshakeMessage)
}

function newToken(walk: Walk, body: number): number {
  const at = takeVarint(walk, Field.newTokenLength, body)
  if (at < 0) return -1
  const length = readVarint(walk, body)
  if (!walk.need(at, length)) return -1
  walk.range(Field.newToken, at, length)
  return at + length
}

const StreamBit = { Fin: 1, Length: 2, Offset: 4 } as const

function stream(walk: Walk, state: QuicState, type: number, frameAt: number, body: number): number {
  const id = readVarint(walk, body)
  const hasLength = (type & StreamBit.Length) !== 0
  const hasOffset = (type & StreamBit.Offset) !== 0
  if (walk.recorder !== null) {
    walk.uint(Field.streamFin, frameAt, 1, type & StreamBit.Fin)
    walk.uint(Field.streamLen, frameAt, 1, hasLength ? 1 : 0)
    walk.uint(Field.streamOff, frameAt, 1, hasOffset ? 1 : 0)
  }
  let at = takeVarint(walk, Field.streamId, body)
  if (at < 0) return -1
  if (walk.recorder !== null) {
    recordNumber(walk, Field.streamInitiator, body, at - body, id % 2)
    recordNumber(walk, Field.streamDirection, body, at - body, Math.floor(id / 2) % 2)
  }
  if (hasOffset) {
    at = takeVarint(walk, Field.streamOffset, at)
    if (at < 0) return -1
  }
  let length = walk.end - at
  if (hasLength) {
    length = readVarint(walk, at)
    at = takeVarint(walk, Field.streamLength, at)
    if (at < 0) return -1
  }
  if (length > 0 && !walk.need(at, length)) return -1
  if (length > 0) walk.range(Field.streamData, at, length)
  state.dataBytes += length
  return at + length
}

function path(walk: Walk, state: QuicState, connection: Connection, type: number, body: number): number {
  if (!walk.need(body, 8)) return -1
  const challenge = type === FrameType.PathChallenge
  walk.range(challenge ? Field.pathChallenge : Field.pathResponse, body, 8)
  if (walk.signalling) {
    const data = hexOf(walk.bytes, body, body + 8)
    if (challenge) {
      // A side answers what the other asked: both may ask with the same bytes.
      connection.challenge(`${state.side}${data}`, walk.flow)
      pathChallenge(walk, state, data)
    } else pathResponse(walk, state, data, connection.challenged(`${1 - state.side}${data}`))
  }
  return body + 8
}

/** TLS alerts are 0x100 and more (RFC 9000 section 20.1). */
const FIRST_ALERT = 0x100

function close(walk: Walk, state: QuicState, application: boolean, body: number): number {
  const error = readVarint(walk, body)
  let at = takeVarint(walk, application ? Field.closeErrorApplication : Field.closeError, body)
  if (at < 0) return -1
  if (!application) {
    if (error >= FIRST_ALERT && error < FIRST_ALERT + 256) walk.uint(Field.closeAlert, at - 1, 1, error - FIRST_ALERT)
    at = takeVarint(walk, Field.closeFrame, at)
    if (at < 0) return -1
  }
  const length = readVarint(walk, at)
  at = takeVarint(walk, Field.closeReasonLength, at)
  if (at < 0 || !walk.need(at, length)) return -1
  if (length > 0) walk.range(Field.closeReason, at, length)
  if (!isFrozen(walk) && state.connection !== null) state.connection.ended = true
  if (walk.signalling) closed(walk, state, application, error)
  return at + length
}

function datagram(walk: Walk, state: QuicState, hasLength: boolean, body: number): number {
  let at = body
  let length = walk.end - at
  if (hasLength) {
    length = readVarint(walk, at)
    at = takeVarint(walk, Field.datagramLength, at)
    if (at < 0) return -1
  }
  if (length > 0 && !walk.need(at, length)) return -1
  if (length > 0) walk.range(Field.datagram, at, length)
  state.dataBytes += length
  return at + length
}

/** draft-ietf-quic-ack-frequency, the form with a last byte of flags. */
function ackFrequency(walk: Walk, body: number): number {
  const at = takeVarints(walk, body, Field.afSequence, Field.afThreshold, Field.afDelay)
  if (at < 0 || !walk.need(at, 1)) return -1
  const last = walk.u8(at)
  walk.uint(Field.afLast, at, 1, last)
  walk.uint(Field.afReserved, at, 1, last >> 2)
  walk.uint(Field.afIgnoreOrder, at, 1, (last >> 1) & 1)
  walk.uint(Field.afIgnoreCe, at, 1, last & 1)
  return at + 1
}
