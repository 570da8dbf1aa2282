/**
 * T-PDUs as payload signals: `token` is the tunnel endpoint identifier, which is the receiver's; `context` numbers the pair of addresses inside,
 * which ties the two directions of a bearer together, for each has an identifier of its own. An end marker closes the tunnel it comes through
 * (TS 29.281 section 7.3.2). Bounded: pairs as in `IdentifierPairs`. Cost per T-PDU: two look-ups of addresses, one of the pair, one hash.
 */
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { type IdentifierPair, IdentifierPairs, sideOf } from '../core/identifier-pairs.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { upperUnit } from '../ipv6/watch.ts'

const bearers = new StateKey('gtp', (state) => new IdentifierPairs<IdentifierPair>((pair) => pair, state.flows.forgotten))

/** `inner` is the packet in the tunnel. Nothing for what is no IP packet, or carries nothing for an upper layer. */
export function emitUserData(walk: Walk, teid: number, inner: number): void {
  const version = walk.u8(inner) >> 4
  const size = version === 6 ? 16 : version === 4 ? 4 : 0
  const from = inner + (version === 6 ? 8 : 12)
  if (size === 0 || from + 2 * size > walk.limit) return
  const header = version === 6 ? 40 : (walk.u8(inner) & 15) * 4
  const length = version === 6 ? 40 + walk.u16(inner + 4) : walk.u16(inner + 2)
  if (header < 20 || length < header || inner + length > walk.end) return
  const { addresses } = walk.state.flows
  const sender = addresses.intern(walk.bytes, from, size)
  const receiver = addresses.intern(walk.bytes, from + size, size)
  if (sender < 0 || receiver < 0) return
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Gtp)
  const upper = version === 6 ? walk.u8(inner + 6) : walk.u8(inner + 9)
  if (!upperUnit(walk, s, upper, inner + header, inner + length)) return
  const pair = walk.state.of(bearers).get(sender, receiver)
  s.token = teid
  s.context = pair.number
  s.side = sideOf(pair, sender)
  walk.emit(s)
}

export function emitEndMarker(walk: Walk, teid: number): void {
  const s = walk.newSignal(SignalKind.Closed, SignalProtocol.Gtp)
  s.token = teid
  s.detail = { message: 'End marker', abrupt: false, final: true, cause: null, authentication: 'A1' }
  walk.emit(s)
}
