/**
 * HEARTBEAT and its ACK, AUTH, ASCONF and ASCONF-ACK, RE-CONFIG, PAD, ECNE, CWR, and the chunks that stay opaque (NR-SACK, PKTDROP, unknown).
 * (RFC 9260 sections 3.3.5 and 3.3.6, RFC 4895, RFC 5061, RFC 6525, RFC 4820, RFC 4960 appendix A.)
 */
import { SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { levelOf, verifyAuth } from './authentication.ts'
import { parameters, Where } from './parameters.ts'
import { emitAnswers, emitProbe, emitRequests, matchOf } from './signals.ts'
import type { SctpState } from './state.ts'
import { Chunk, ChunkFixed, chunkName, Field, Parameter } from './wire.ts'

export function heartbeat(walk: Walk, state: SctpState, type: number, offset: number, length: number): void {
  const answer = type === Chunk.HeartbeatAck
  if (walk.signalling) {
    // The information is one parameter of type 1; whatever else stands there is echoed just as well.
    const inner = offset + 4
    const wrapped = length >= 8 && inner + 4 <= walk.limit && walk.u16(inner) === Parameter.HeartbeatInfo
    const size = wrapped ? Math.max(0, Math.min(walk.u16(inner + 2), length - 4) - 4) : length - 4
    emitProbe(walk, state.packetTag, answer, matchOf(walk, wrapped ? inner + 4 : inner, size), levelOf(walk, state))
  }
  if (walk.recorder === null) return
  parameters(walk, state, offset + 4, Where.Nested)
  state.note(answer ? 'HEARTBEAT ACK' : 'HEARTBEAT')
}

const VERDICT = { A3v: 'verified with the empty shared key', A3u: 'cannot be verified', AX: 'wrong for the empty shared key' } as const

/** AUTH covers the chunks that follow it in the packet (RFC 4895 section 4.1). */
export function auth(walk: Walk, state: SctpState, offset: number, length: number, packetEnd: number): void {
  if (!walk.need(offset, ChunkFixed.Auth)) return
  if (state.authOffset < 0) state.authOffset = offset
  if (walk.recorder === null) return
  walk.uint(Field.sharedKey, offset + 4, 2, walk.u16(offset + 4))
  walk.uint(Field.hmacIdentifier, offset + 6, 2, walk.u16(offset + 6))
  if (length > ChunkFixed.Auth) walk.range(Field.hmac, offset + ChunkFixed.Auth, length - ChunkFixed.Auth)
  if (!walk.quoted) {
    const inner = walk.end
    walk.restore(packetEnd)
    const verdict = verifyAuth(walk, state, state.packetHalf, offset)
    walk.restore(inner)
    walk.words(Field.authentication, offset, length, VERDICT[verdict])
    walk.generated()
  }
  state.note('AUTH')
}

/** ASCONF: serial number, an address of the sender, requests (RFC 5061 section 4.1.1). */
export function asconf(walk: Walk, state: SctpState, offset: number, packetEnd: number): void {
  if (!walk.need(offset, ChunkFixed.Asconf)) return
  const serial = walk.u32(offset + 4)
  walk.uint(Field.asconfSerial, offset + 4, 4, serial)
  if (walk.recorder !== null) state.note('ASCONF')
  state.requests.length = 0
  parameters(walk, state, offset + 8, Where.Asconf)
  walk.noteUnread(SignalProtocol.Sctp)
  if (!walk.signalling) return
  const request = { serial, items: state.requests.slice() }
  const level = levelWithin(walk, state, packetEnd)
  if (level !== 'A0' && level !== 'AX') state.setWaiting(state.packetHalf, request)
  emitRequests(walk, state.packetTag, request, level)
}

/** ASCONF-ACK: the serial number and answers where the sender gave any (section 4.1.2). */
export function asconfAck(walk: Walk, state: SctpState, offset: number, packetEnd: number): void {
  if (!walk.need(offset, ChunkFixed.AsconfAck)) return
  const serial = walk.u32(offset + 4)
  walk.uint(Field.asconfAckSerial, offset + 4, 4, serial)
  if (walk.recorder !== null) state.note('ASCONF-ACK')
  state.answers.length = 0
  parameters(walk, state, offset + 8, Where.AsconfAck)
  if (!walk.signalling) return
  const asked = state.peerOf(state.packetHalf)
  const other = asked >= 0 ? asked : state.lastOf(walk.flow, walk.direction ^ 1)
  emitAnswers(walk, state, serial, state.waitingOn(other), levelWithin(walk, state, packetEnd))
}

/** AUTH is computed over the packet up to its end, not the chunk's. */
function levelWithin(walk: Walk, state: SctpState, packetEnd: number) {
  const inner = walk.end
  walk.restore(packetEnd)
  const level = levelOf(walk, state)
  walk.restore(inner)
  return level
}

export function reconfig(walk: Walk, state: SctpState, offset: number): void {
  if (walk.recorder === null) return
  parameters(walk, state, offset + 4, Where.Nested)
  state.note('RE-CONFIG')
}

export function pad(walk: Walk, state: SctpState, offset: number, length: number): void {
  if (walk.recorder === null) return
  if (length > 4) walk.range(Field.padding, offset + 4, length - 4)
  state.note('PAD')
}

/** ECNE and CWR: the lowest TSN (RFC 4960 appendix A). */
export function congestion(walk: Walk, state: SctpState, type: number, offset: number): void {
  if (!walk.need(offset, 8)) return
  walk.uint(type === Chunk.Ecne ? Field.ecneTsn : Field.cwrTsn, offset + 4, 4, walk.u32(offset + 4))
  if (walk.recorder !== null) state.note(chunkName(type))
}

/** A chunk whose inside is not looked at. */
export function opaque(walk: Walk, state: SctpState, type: number, offset: number, length: number): void {
  if (walk.recorder === null) return
  if (length > 4) walk.range(Field.chunkValue, offset + 4, length - 4)
  state.note(chunkName(type))
}
