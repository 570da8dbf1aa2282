/**
 * QUIC datagrams: packets that follow each other (RFC 9000 section 12.2), long and short headers, Version Negotiation, Retry.
 * Found by its bytes on any UDP port: a long header with a version that is known, a short header on a flow, or with a connection id, of a
 * connection that is known. Anything else is declined. Versions that are not known are read as far as all versions agree (RFC 8999).
 * Cost without keys: a map look-up and a comparison of ids a datagram; Initial packets are opened, they are few.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import { Stop, type Walk } from '../core/walk.ts'
import { CLIENT, SERVER } from './connection.ts'
import { longPacket } from './long-packets.ts'
import { movedHere } from './moved.ts'
import { initialSalts, isGreased } from './protection.ts'
import { isGoogle } from './reading.ts'
import { shortPacket } from './short-packets.ts'
import { flowOf, type QuicState, quicState } from './state.ts'
import { Field, MAX_CID, quic } from './wire.ts'

const LONG = 0x80
const FIXED = 0x40

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
    // one that is not whole cannot be opened
    if ((first & LONG) !== 0) walk.noteUnread(SignalProtocol.Quic, walk.stop === Stop.Cut || (walk.limit < walk.end && next > walk.limit))
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
