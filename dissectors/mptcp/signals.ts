/**
 * Signals of MPTCP options, for a segment that `follow.ts` has put on a subflow.
 * FIN and RST close a subflow; DATA_FIN and MP_FASTCLOSE close the connection: the signal's message tells.
 * An option is believed as far as its HMAC or key could be checked; that goes into `authentication`, never into silence.
 */
import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { Mark, type TcpState } from '../tcp/state.ts'
import { Flag } from '../tcp/wire.ts'
import { close, hex, note } from './details.ts'
import { addressSize, hasAddressHmac, hasPort, isVersion0Address, resetReason } from './dissect.ts'
import { addressHmac, sameBytes } from './keys.ts'
import { dataSequence } from './mapping.ts'
import { type MptcpState, Noted, type Subflow, SubflowKind } from './state.ts'
import { Subtype } from './wire.ts'

/** Signals of the segment's MPTCP options; after TCP's opening signals, before acknowledgment and payload. */
export function signalMptcp(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow): void {
  const { flags, length } = tcp.segment
  const scan = mptcp.scan
  if ((flags & Flag.Syn) !== 0) {
    probed(walk, mptcp, subflow, flags)
    return
  }
  for (let i = 0; i < scan.count; i++) option(walk, tcp, mptcp, subflow, i)
  const reset = (flags & Flag.Reset) !== 0
  // What a reset says of data on other subflows confirms no join that it refuses.
  if (scan.dss && !(reset && subflow.kind === SubflowKind.Join && !subflow.established)) dataSequence(walk, tcp, mptcp, subflow)
  if (!reset) joined(walk, subflow, length)
}

/** The SYNs of a join try a path out: matched by the SYN's nonce. */
function probed(walk: Walk, mptcp: MptcpState, subflow: Subflow, flags: number): void {
  if (subflow.kind !== SubflowKind.Join) return
  const { direction } = walk
  const answer = (flags & Flag.Ack) !== 0
  if (mptcp.scan.find(Subtype.Join) < 0) {
    if (answer && (subflow.noted & Noted.Refused) === 0) {
      subflow.noted |= Noted.Refused
      close(walk, SignalKind.Refused, 'SYN/ACK without MP_JOIN', true, true, null, 'A1')
    }
    return
  }
  const asked = subflow.nonce[subflow.initiator as 0 | 1] as number
  const signal = walk.newSignal(answer ? SignalKind.ProbeAnswered : SignalKind.Probed, SignalProtocol.Mptcp)
  signal.detail = {
    message: answer ? 'MP_JOIN SYN/ACK' : 'MP_JOIN SYN',
    match: asked < 0 ? '' : hex(asked),
    authentication: answer ? (subflow.answerAuthentication ?? 'A3u') : 'A1',
  }
  walk.emit(signal)
  if (subflow.backup[direction as 0 | 1])
    prefer(walk, answer ? 'MP_JOIN SYN/ACK' : 'MP_JOIN SYN', true, subflow.addressId[direction as 0 | 1] as number)
}

/** Fourth packet of a join, or data in its place: the responder (or data) proves that the third arrived. */
function joined(walk: Walk, subflow: Subflow, length: number): void {
  if (subflow.kind !== SubflowKind.Join || subflow.established) return
  const fromResponder = subflow.initiator >= 0 && walk.direction !== subflow.initiator
  if (!fromResponder && length === 0) return
  subflow.established = true
  if (!fromResponder || subflow.joinAuthentication === null) return
  const signal = walk.newSignal(SignalKind.Verified, SignalProtocol.Mptcp)
  signal.detail = { message: 'MP_JOIN fourth ACK', authentication: subflow.joinAuthentication }
  walk.emit(signal)
}

function option(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow, at: number): void {
  const { direction } = walk
  const offset = mptcp.scan.offset[at] as number
  const size = mptcp.scan.length[at] as number
  switch (mptcp.scan.subtype[at]) {
    case Subtype.Join:
      if (size === 24 && subflow.joinAuthentication !== null) {
        const signal = walk.newSignal(SignalKind.Verified, SignalProtocol.Mptcp)
        signal.detail = { message: 'MP_JOIN ACK', authentication: subflow.joinAuthentication }
        walk.emit(signal)
      }
      return
    case Subtype.AddAddress:
      announced(walk, mptcp, subflow, offset, size)
      return
    case Subtype.RemoveAddress: {
      const authentication = outside(walk, tcp) ? 'A0' : 'A1'
      for (let i = offset + 3; i < offset + size; i++) {
        const signal = walk.newSignal(SignalKind.Withdrawn, SignalProtocol.Mptcp)
        const addressId = walk.u8(i)
        signal.detail = {
          message: 'REMOVE_ADDR',
          address: -1,
          port: null,
          addressId,
          how: 'signalled',
          authentication,
          serial: addressId,
          correlation: null,
          wildcard: false,
        }
        walk.emit(signal)
      }
      return
    }
    case Subtype.Priority:
      prefer(walk, 'MP_PRIO', (walk.u8(offset + 2) & 1) === 1, size === 4 ? walk.u8(offset + 3) : null)
      return
    case Subtype.Fail:
      note(walk, subflow, Noted.Fail, 'MP_FAIL')
      return
    case Subtype.FastClose: {
      mptcp.resolve(subflow)
      const key = subflow.key(direction ^ 1)
      const authentication = key === null ? 'A3u' : key.standsAt(walk.bytes, offset + 4) ? 'A3v' : 'AX'
      close(walk, SignalKind.Closed, 'MP_FASTCLOSE', true, true, null, authentication)
      return
    }
    default:
      // DSS has its own turn; MP_TCPRST is asked for by TCP's close signal (`resetCause`).
      return
  }
}

/** The segment is farther from what its receiver has acknowledged than the largest window that the receiver can have opened (RFC 7323 section 2.3). */
function outside(walk: Walk, tcp: TcpState): boolean {
  const receiver = walk.flow * 2 + (walk.direction ^ 1)
  if (((tcp.marks[receiver] as number) & Mark.Acked) === 0) return false
  const scale = tcp.scale[receiver] as number
  // An end whose handshake was not captured may have any scale (14 at most).
  const known = ((tcp.marks[receiver] as number) & (Mark.Syn | Mark.SynAck)) !== 0
  const window = 65_535 * 2 ** (known ? Math.max(0, scale) : 14)
  return Math.abs((tcp.segment.sequence - (tcp.acked[receiver] as number)) | 0) > window
}

/** ADD_ADDR or its echo. */
function announced(walk: Walk, mptcp: MptcpState, subflow: Subflow, offset: number, length: number): void {
  const nibble = walk.u8(offset + 2) & 0x0f
  const old = isVersion0Address(nibble, length)
  const size = addressSize(length)
  if (size === 0) return
  const addressId = walk.u8(offset + 3)
  const address = walk.state.flows.addresses.intern(walk.bytes, offset + 4, size)
  const port = hasPort(length) ? walk.u16(offset + 4 + size) : null
  if (!old && (nibble & 1) === 1) {
    const signal = walk.newSignal(SignalKind.ClaimAnswered, SignalProtocol.Mptcp)
    signal.detail = {
      message: 'ADD_ADDR echo',
      accepted: true,
      serial: addressId,
      correlation: null,
      addressId,
      address,
      authentication: 'A1',
      cause: null,
    }
    walk.emit(signal)
    return
  }
  let authentication: ClaimAuthentication = 'A1'
  if (hasAddressHmac(length)) {
    mptcp.resolve(subflow)
    const own = subflow.key(walk.direction)
    const peer = subflow.key(walk.direction ^ 1)
    if (own === null || peer === null) authentication = 'A3u'
    else {
      const bytes = walk.bytes.subarray(offset + 4, offset + 4 + size)
      const expected = addressHmac(walk.state.crypto, own.bytes, peer.bytes, addressId, bytes, port ?? 0)
      authentication = sameBytes(walk.bytes, offset + length - 8, expected, 0, 8) ? 'A3v' : 'AX'
    }
  }
  const signal = walk.newSignal(SignalKind.Claimed, SignalProtocol.Mptcp)
  signal.detail = {
    message: 'ADD_ADDR',
    address,
    port,
    addressId,
    how: 'signalled',
    authentication,
    serial: addressId,
    correlation: null,
    wildcard: false,
  }
  walk.emit(signal)
}

export function prefer(walk: Walk, message: string, backup: boolean, addressId: number | null): void {
  const signal = walk.newSignal(SignalKind.Preferred, SignalProtocol.Mptcp)
  signal.detail = { message, address: -1, addressId, backup, serial: null, correlation: null, authentication: 'A1' }
  walk.emit(signal)
}

/** Reason of the segment's MP_TCPRST, null when it has none. */
export function resetCause(walk: Walk, mptcp: MptcpState): string | null {
  const at = mptcp.scan.find(Subtype.Reset)
  if (at < 0) return null
  const offset = mptcp.scan.offset[at] as number
  const transient = (walk.u8(offset + 2) & 1) === 1
  return `${resetReason(walk.u8(offset + 3))}${transient ? ' (transient)' : ''}`
}
