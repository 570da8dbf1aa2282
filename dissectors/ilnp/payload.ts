/**
 * ILNP's data as payload signals: `context` numbers the pair of node identifiers, `flow` has the locators of the moment in its addresses,
 * `token` is the low half of the nonce when the packet carries one. A pair opens with its first nonce and is open when both ends have shown
 * theirs; the opening tells whether the transport checksum covers identifiers only (RFC 6741 section 5).
 * Cost once a session is known, for each IPv6 packet: two look-ups; before, nothing.
 */

import type { OpenDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { ChecksumVerdict, verifyTransport } from '../core/checksum.ts'
import { sideOf } from '../core/identifier-pairs.ts'
import { UNSAID } from '../core/open-detail.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { upperFlow, upperUnit } from '../ipv6/watch.ts'
import { findNode, hasNonce, hexAt, type IlnpState, ilnpState, internNode, type NodePair, nonceToken, sameNonce } from './state.ts'
import { NODE } from './wire.ts'

/** `StreamState.watched` bit of this protocol. */
const WATCHED = 2
const MULTICAST = 0xff

export function watchIlnp(walk: Walk, upper: number, offset: number): void {
  const carried = hasNonce(walk)
  if (!carried && (walk.state.watched & WATCHED) === 0) return
  const state = walk.state.of(ilnpState)
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Ilnp)
  if (!upperUnit(walk, s, upper, offset, walk.end)) return
  const pair = pairOf(walk, state, carried)
  if (pair === undefined) return
  const sender = findNode(walk, state, walk.source)
  const side = sideOf(pair, sender)
  upperFlow(walk, upper, offset)
  if (carried) {
    presented(walk, pair, side, upper, offset)
    walk.newSignal(SignalKind.Payload, SignalProtocol.Ilnp)
    upperUnit(walk, s, upper, offset, walk.end)
  }
  s.flow = walk.flow
  s.direction = walk.direction
  s.context = pair.number
  s.side = side
  s.token = nonceToken(walk)
  walk.emit(s)
}

function pairOf(walk: Walk, state: IlnpState, carried: boolean): NodePair | undefined {
  if (!carried) {
    const sender = findNode(walk, state, walk.source)
    const receiver = sender < 0 ? -1 : findNode(walk, state, walk.destination)
    return receiver < 0 ? undefined : state.pairs.find(sender, receiver)
  }
  if (walk.u8(walk.destination) === MULTICAST) return undefined
  const sender = internNode(walk, state, walk.source)
  const receiver = internNode(walk, state, walk.destination)
  if (sender < 0 || receiver < 0) return undefined
  walk.state.watched |= WATCHED
  return state.pairs.get(sender, receiver)
}

/** The sender shows a nonce: its first, its own again, or one that is not the session's. */
function presented(walk: Walk, pair: NodePair, side: 0 | 1, upper: number, offset: number): void {
  const end = pair.ends[side]
  if (end.nonce === null) {
    end.nonce = walk.bytes.slice(walk.nonce, walk.nonce + walk.nonceLength)
    // where it is until it says otherwise: its first update may leave that out
    if (end.locators.length === 0) end.locators = [walk.state.flows.addresses.intern(walk.bytes, walk.source, 16)]
    opening(walk, pair, side, upper, offset)
    return
  }
  if (sameNonce(walk, end.nonce)) return
  const token = nonceToken(walk)
  if (end.stranger === token) return
  end.stranger = token
  const s = walk.newSignal(SignalKind.Noted, SignalProtocol.Ilnp)
  s.context = pair.number
  s.side = side
  s.token = token
  s.detail = { message: "nonce is not the session's" }
  walk.emit(s)
}

function opening(walk: Walk, pair: NodePair, side: 0 | 1, upper: number, offset: number): void {
  const both = pair.ends[0].nonce !== null && pair.ends[1].nonce !== null
  const detail: OpenDetail = {
    message: 'nonce',
    step: both ? 2 : 1,
    sender: [
      { kind: 'node-identifier', value: hexAt(walk, walk.source + NODE, 8) },
      { kind: 'nonce', value: hexAt(walk, walk.nonce, walk.nonceLength) },
    ],
    receiver: [{ kind: 'node-identifier', value: hexAt(walk, walk.destination + NODE, 8) }],
    ...UNSAID,
  }
  const checked = upper === IpProtocol.Udp || upper === IpProtocol.Tcp
  if (checked && verifyTransport(walk, offset, walk.end, upper) === ChecksumVerdict.GoodOverIdentifiers)
    detail.capabilities = ['checksum-over-identifiers']
  const s = walk.newSignal(both ? SignalKind.Opened : SignalKind.Opening, SignalProtocol.Ilnp)
  s.context = pair.number
  s.side = side
  s.token = nonceToken(walk)
  s.detail = detail
  walk.emit(s)
}
