/**
 * Encapsulated packets as signals: the pair of endpoint identifiers is the `context` (within its instance), the outer addresses are the
 * `flow`, and `sub` is a hash of the inner protocol and ports, for load is shared by flow and a move is one within a flow. What the header
 * says of locators becomes claims and withdrawals: a status bit that goes up or down, a nonce that comes back (RFC 9300 sections 10, 13).
 * Cost per packet: two look-ups of addresses, one of the pair, a hash of the inner payload; no allocation unless the header's news change.
 */

import type { ClaimDetail, OpenDetail, SignalDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { sideOf } from '../core/identifier-pairs.ts'
import { UNSAID } from '../core/open-detail.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { upperUnit } from '../ipv6/watch.ts'
import { type EidPair, type LispState, lispState } from './state.ts'
import { DATA_HEADER, DataFlag } from './wire.ts'

/** `offset` is the data header's. */
export function emitData(walk: Walk, offset: number): void {
  const { bytes } = walk
  const inner = offset + DATA_HEADER
  const six = walk.u8(inner) >> 4 === 6
  const size = six ? 16 : 4
  const from = inner + (six ? 8 : 12)
  if (from + 2 * size > walk.limit) return
  const { addresses } = walk.state.flows
  const sender = addresses.intern(bytes, from, size)
  const receiver = addresses.intern(bytes, from + size, size)
  if (sender < 0 || receiver < 0) return
  const state = walk.state.of(lispState)
  const flags = walk.u8(offset)
  const instance = flags & DataFlag.Instance ? walk.u24(offset + 4) : 0
  const pair = state.pairs.get(sender, receiver, instance)
  const side = sideOf(pair, sender)
  opening(walk, pair, side, sender, receiver, instance)
  news(walk, state, pair, side, offset, flags, instance, from, size)
  const upper = six ? walk.u8(inner + 6) : walk.u8(inner + 9)
  const header = six ? 40 : (walk.u8(inner) & 15) * 4
  const end = Math.min(walk.end, inner + (six ? 40 + walk.u16(inner + 4) : walk.u16(inner + 2)))
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Lisp)
  if (!upperUnit(walk, s, upper, inner + header, end)) return
  s.context = pair.number
  s.side = side
  s.sub = flowHash(walk, upper, inner + header)
  walk.emit(s)
}

/** The same for both directions of an inner flow. */
function flowHash(walk: Walk, upper: number, at: number): number {
  const ports = upper === IpProtocol.Udp || upper === IpProtocol.Tcp || upper === IpProtocol.Sctp
  if (!ports || at + 4 > walk.limit) return upper
  const a = walk.u16(at)
  const b = walk.u16(at + 2)
  const word = a < b ? (a << 16) | b : (b << 16) | a
  const h = Math.imul(word ^ upper, 0x9e3779b1)
  return (h ^ (h >>> 15)) >>> 0
}

function emit(walk: Walk, kind: SignalKind, pair: EidPair, side: 0 | 1, detail: SignalDetail): void {
  const s = walk.newSignal(kind, SignalProtocol.Lisp)
  s.context = pair.number
  s.side = side
  s.detail = detail
  walk.emit(s)
}

function opening(walk: Walk, pair: EidPair, side: 0 | 1, sender: number, receiver: number, instance: number): void {
  const end = pair.ends[side]
  if (end.sends) return
  end.sends = true
  const answer = pair.ends[side === 0 ? 1 : 0].sends
  const { addresses } = walk.state.flows
  const within = instance === 0 ? [] : [{ kind: 'instance', value: String(instance) }]
  const detail: OpenDetail = {
    message: 'data',
    step: answer ? 2 : 1,
    sender: [{ kind: 'eid', value: addresses.text(sender) }, ...within],
    receiver: [{ kind: 'eid', value: addresses.text(receiver) }, ...within],
    ...UNSAID,
  }
  emit(walk, answer ? SignalKind.Opened : SignalKind.Opening, pair, side, detail)
}

function news(
  walk: Walk,
  state: LispState,
  pair: EidPair,
  side: 0 | 1,
  offset: number,
  flags: number,
  instance: number,
  from: number,
  size: number,
): void {
  const end = pair.ends[side]
  if (flags & DataFlag.StatusBits) {
    const status = flags & DataFlag.Instance ? walk.u8(offset + 7) : walk.u32(offset + 4)
    if (end.status >= 0 && status !== end.status) statusChanged(walk, state, pair, side, end.status, status, instance, from, size)
    end.status = status
  }
  if (flags & DataFlag.MapVersion) {
    const version = walk.u24(offset + 1) >>> 12
    if (end.version >= 0 && version !== end.version)
      emit(walk, SignalKind.Noted, pair, side, { message: `map version ${end.version} → ${version}` })
    end.version = version
  } else if (flags & DataFlag.Nonce) nonce(walk, pair, side, walk.u24(offset + 1), (flags & DataFlag.EchoNonce) !== 0)
}

const MAX_BITS = 32

/** A locator of the sender's site went up or down; which one, the mapping tells. Anybody can send such bits (RFC 9300 section 16). */
function statusChanged(
  walk: Walk,
  state: LispState,
  pair: EidPair,
  side: 0 | 1,
  before: number,
  after: number,
  instance: number,
  from: number,
  size: number,
): void {
  const record = state.recordOf(walk.bytes, from, size, instance)
  for (let bit = 0; bit < MAX_BITS; bit++) {
    if ((((before ^ after) >>> bit) & 1) === 0) continue
    const up = ((after >>> bit) & 1) === 1
    const detail: ClaimDetail = {
      message: `locator status bit ${bit} ${up ? 'set' : 'cleared'}`,
      address: record?.locators[bit]?.address ?? -1,
      port: null,
      addressId: bit,
      how: 'signalled',
      authentication: 'A0',
      serial: null,
      correlation: null,
      wildcard: false,
    }
    emit(walk, up ? SignalKind.Claimed : SignalKind.Withdrawn, pair, side, detail)
  }
}

/** A nonce to be echoed is a probe; it proves the way there and back when it returns (RFC 9300 section 10.1). */
function nonce(walk: Walk, pair: EidPair, side: 0 | 1, value: number, asks: boolean): void {
  const end = pair.ends[side]
  const other = pair.ends[side === 0 ? 1 : 0]
  const match = value.toString(16).padStart(6, '0')
  if (asks && end.asked !== value) {
    end.asked = value
    end.echoed = false
    emit(walk, SignalKind.Probed, pair, side, { message: 'echo-nonce request', match, authentication: 'A0' })
  }
  if (asks || other.asked !== value || other.echoed) return
  other.echoed = true
  emit(walk, SignalKind.ProbeAnswered, pair, side, { message: 'nonce echoed', match, authentication: 'A1' })
  emit(walk, SignalKind.Verified, pair, side, { message: 'nonce echoed', authentication: 'A1' })
}
