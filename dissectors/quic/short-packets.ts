/**
 * Packets with a short header, stateless resets among them (RFC 9000 sections 17.3, 10.3). Without keys: whose they are, and that they carry data
 * when they are long enough.
 */
import type { Walk } from '../core/walk.ts'
import { CLIENT, type Connection, ONE_RTT, SERVER, type Side } from './connection.ts'
import { type Opened, openShort } from './open.ts'
import { heard, readFrames, unread } from './reading.ts'
import { closedPayload, handshake, note, openedPayload, REUSED, statelessReset } from './signals.ts'
import { directionOf, flowOf, isFrozen, type QuicState } from './state.ts'
import { recordNumber } from './varint.ts'
import { Field, RESET_TOKEN } from './wire.ts'

/** rehoming.md: shorter datagrams carry acknowledgements only */
const LEAST_PAYLOAD = 30
/** header byte, unpredictable bits and token (RFC 9000 section 10.3) */
const LEAST_RESET = 21

/** Where the packet ends. `datagram`: where its datagram begins. */
export function shortPacket(walk: Walk, state: QuicState, begin: number, datagram: number): number {
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
