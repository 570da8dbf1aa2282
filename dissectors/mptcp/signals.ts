/**
 * Signals of MPTCP. Called for every segment of a flow that is, or may be, a subflow, before TCP's own signals; answers which protocol
 * the segment's further signals carry: Mptcp, or Tcp once the flow fell back (RFC 8684 section 3.7).
 * FIN and RST close a subflow; DATA_FIN and MP_FASTCLOSE close the connection: the signal's message tells.
 * An option is believed as far as its HMAC or key could be checked; that goes into `authentication`, never into silence.
 * Data and acknowledgment segments allocate nothing.
 */
import { type ClaimAuthentication, type OpenDetail, SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { before, Mark, type TcpState } from '../tcp/state.ts'
import { Flag } from '../tcp/wire.ts'
import { addressSize, hasAddressHmac, hasPort, isVersion0Address, resetReason } from './dissect.ts'
import { addressHmac, joinHmac, sameBytes } from './keys.ts'
import { INFINITE, type MptcpState, type Subflow, SubflowKind } from './state.ts'
import { CapableFlag, DssFlag, Subtype } from './wire.ts'

/** Notes given once a subflow. */
const enum Noted {
  Infinite = 1,
  Fail = 2,
  Fallback = 4,
  Refused = 8,
}

/** Follows the handshake and says whether the flow is (still) a subflow. To be called before TCP's opening signals. */
export function followMptcp(
  walk: Walk,
  tcp: TcpState,
  mptcp: MptcpState,
  flags: number,
  sequence: number,
  acknowledgment: number,
  length: number,
): SignalProtocol {
  const scan = mptcp.scan
  const number = tcp.subflow[walk.flow] as number
  const subflow = number < 0 ? begin(walk, tcp, mptcp, flags) : (mptcp.subflows[number] as Subflow)
  if (subflow === null || subflow.fallback) return SignalProtocol.Tcp
  if ((flags & Flag.Syn) !== 0) synchronise(walk, mptcp, subflow, flags)
  else if (scan.count === 0) missing(walk, subflow, flags, length)
  else {
    for (let i = 0; i < scan.count; i++) {
      const subtype = scan.subtype[i] as Subtype
      const offset = scan.offset[i] as number
      const size = scan.length[i] as number
      if (subtype === Subtype.Capable && size >= 20 && subflow.kind !== SubflowKind.Join)
        bothKeys(walk, mptcp, subflow, sequence, acknowledgment, offset, size)
      else if (subtype === Subtype.Join && size === 24 && subflow.kind === SubflowKind.Join)
        joinedAck(walk, mptcp, subflow, sequence, acknowledgment, offset)
    }
    if (scan.dss) subflow.confirmed |= 1 << walk.direction
  }
  return subflow.fallback ? SignalProtocol.Tcp : SignalProtocol.Mptcp
}

/** Signals of the segment's MPTCP options; after TCP's opening signals, before acknowledgment and payload. */
export function signalMptcp(
  walk: Walk,
  tcp: TcpState,
  mptcp: MptcpState,
  subflow: Subflow,
  flags: number,
  sequence: number,
  length: number,
): void {
  const scan = mptcp.scan
  if ((flags & Flag.Syn) !== 0) {
    probed(walk, mptcp, subflow, flags)
    return
  }
  for (let i = 0; i < scan.count; i++) option(walk, mptcp, subflow, i)
  if (scan.dss) dataSequence(walk, tcp, mptcp, subflow, sequence, length)
  if ((flags & Flag.Reset) === 0) joined(walk, subflow, length)
}

function begin(walk: Walk, tcp: TcpState, mptcp: MptcpState, flags: number): Subflow | null {
  const scan = mptcp.scan
  const join = scan.find(Subtype.Join) >= 0
  const capable = scan.find(Subtype.Capable) >= 0
  if ((flags & Flag.Syn) !== 0 && !join && !capable) return null
  const subflow = mptcp.begin(walk.flow, join ? SubflowKind.Join : capable ? SubflowKind.Capable : SubflowKind.MidCapture)
  if (subflow === null) return null
  tcp.subflow[walk.flow] = subflow.number
  if (subflow.kind === SubflowKind.MidCapture) {
    subflow.established = true
    const detail = openDetail('mid-capture', 0)
    const signal = walk.newSignal(SignalKind.Opened, SignalProtocol.Mptcp)
    signal.detail = detail
    walk.emit(signal)
  }
  return subflow
}

export function openDetail(message: string, step: number): OpenDetail {
  return {
    message,
    step,
    sender: [],
    receiver: [],
    joinToken: null,
    senderToken: null,
    receiverToken: null,
    initiateTag: null,
    addressId: null,
    backup: false,
    initialUnit: null,
  }
}

// ---------------------------------------------------------------------------- handshake

function synchronise(walk: Walk, mptcp: MptcpState, subflow: Subflow, flags: number): void {
  const scan = mptcp.scan
  const { direction } = walk
  const answer = (flags & Flag.Ack) !== 0
  const initiator = answer ? direction ^ 1 : direction
  subflow.initiator = initiator
  const at = scan.find(subflow.kind === SubflowKind.Join ? Subtype.Join : Subtype.Capable)
  if (at < 0) {
    if (subflow.kind === SubflowKind.Capable) fallBack(walk, subflow, `${answer ? 'SYN/ACK' : 'SYN'} without MP_CAPABLE`)
    else if (answer && (subflow.noted & Noted.Refused) === 0) {
      subflow.noted |= Noted.Refused
      close(walk, SignalKind.Refused, 'SYN/ACK without MP_JOIN', true, true, null, 'A1')
    }
    return
  }
  const offset = scan.offset[at] as number
  const length = scan.length[at] as number
  const low = walk.u8(offset + 2) & 0x0f
  if (subflow.kind === SubflowKind.Capable) {
    subflow.initiatorSide = 0
    const asked = subflow.version
    // RFC 8684 section 3.1: an answer in another version ends MPTCP for this connection.
    if (answer && asked >= 0 && asked !== low) {
      fallBack(walk, subflow, `SYN/ACK with MPTCP version ${low}, ${asked} was asked for`)
      return
    }
    subflow.version = low
    if (length === 12 && low <= 1) mptcp.learn(walk.state.crypto, subflow, answer ? 1 : 0, walk.bytes.slice(offset + 4, offset + 12))
    if (subflow.connection !== null && (walk.u8(offset + 3) & CapableFlag.Checksum) !== 0) subflow.connection.checksum = true
    return
  }
  subflow.backup[direction as 0 | 1] = (low & 1) === 1
  subflow.addressId[direction as 0 | 1] = walk.u8(offset + 3)
  if (!answer && length === 12) {
    subflow.joinToken = walk.u32(offset + 4)
    subflow.nonce[direction as 0 | 1] = walk.u32(offset + 8)
    mptcp.resolve(subflow)
  } else if (answer && length === 16) {
    subflow.nonce[direction as 0 | 1] = walk.u32(offset + 12)
    mptcp.resolve(subflow)
    subflow.answerAuthentication = checkJoin(walk, subflow, direction, offset + 4, 8)
  }
}

/** The SYNs of a join try a path out: matched by the SYN's nonce. */
function probed(walk: Walk, mptcp: MptcpState, subflow: Subflow, flags: number): void {
  if (subflow.kind !== SubflowKind.Join || mptcp.scan.find(Subtype.Join) < 0) return
  const { direction } = walk
  const answer = (flags & Flag.Ack) !== 0
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

/** HMAC of a join at `offset`, made by the sender of `direction`; 'A3u' when keys or nonces are unknown. */
function checkJoin(walk: Walk, subflow: Subflow, direction: number, offset: number, length: number): ClaimAuthentication {
  const own = subflow.key(direction)
  const peer = subflow.key(direction ^ 1)
  const ownNonce = subflow.nonce[direction as 0 | 1]
  const peerNonce = subflow.nonce[(direction ^ 1) as 0 | 1]
  if (own === null || peer === null || ownNonce < 0 || peerNonce < 0) return 'A3u'
  const expected = joinHmac(walk.state.crypto, subflow.version, own.bytes, peer.bytes, ownNonce, peerNonce)
  return sameBytes(walk.bytes, offset, expected, 0, length) ? 'A3v' : 'AX'
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

/** A segment without any MPTCP option, where one was due: RFC 8684 section 3.7. */
function missing(walk: Walk, subflow: Subflow, flags: number, length: number): void {
  if (subflow.kind !== SubflowKind.Capable || (flags & Flag.Reset) !== 0) return
  if ((subflow.confirmed & (1 << walk.direction)) !== 0) return
  if (walk.direction === subflow.initiator) {
    if (subflow.confirmed === 0) fallBack(walk, subflow, length > 0 ? 'first data without MPTCP options' : 'third ACK without MP_CAPABLE')
  } else if (length > 0) fallBack(walk, subflow, 'first data without MPTCP options')
}

function fallBack(walk: Walk, subflow: Subflow, message: string): void {
  subflow.fallback = true
  note(walk, subflow, Noted.Fallback, message)
}

function note(walk: Walk, subflow: Subflow, once: Noted, message: string): void {
  if ((subflow.noted & once) !== 0) return
  subflow.noted |= once
  const signal = walk.newSignal(SignalKind.Fallback, SignalProtocol.Mptcp)
  signal.detail = { message }
  walk.emit(signal)
}

// ---------------------------------------------------------------------------- options of an open subflow

function option(walk: Walk, mptcp: MptcpState, subflow: Subflow, at: number): void {
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
    case Subtype.RemoveAddress:
      for (let i = offset + 3; i < offset + size; i++) {
        const signal = walk.newSignal(SignalKind.Withdrawn, SignalProtocol.Mptcp)
        const addressId = walk.u8(i)
        signal.detail = {
          message: 'REMOVE_ADDR',
          address: -1,
          port: null,
          addressId,
          how: 'signalled',
          authentication: 'A1',
          serial: addressId,
          correlation: null,
          wildcard: false,
        }
        walk.emit(signal)
      }
      return
    case Subtype.Priority:
      prefer(walk, 'MP_PRIO', (walk.u8(offset + 2) & 1) === 1, size === 4 ? walk.u8(offset + 3) : null)
      return
    case Subtype.Fail:
      note(walk, subflow, Noted.Fail, 'MP_FAIL')
      return
    case Subtype.FastClose: {
      mptcp.resolve(subflow)
      const key = subflow.key(direction ^ 1)
      const authentication = key === null ? 'A3u' : sameBytes(walk.bytes, offset + 4, key.bytes, 0, 8) ? 'A3v' : 'AX'
      close(walk, SignalKind.Closed, 'MP_FASTCLOSE', true, true, null, authentication)
      return
    }
    default:
      // DSS has its own turn; MP_TCPRST is asked for by TCP's close signal (`resetCause`).
      return
  }
}

/** Third packet of a join: HMAC of the initiator (RFC 8684 section 3.2). */
function joinedAck(walk: Walk, mptcp: MptcpState, subflow: Subflow, sequence: number, acknowledgment: number, offset: number): void {
  const direction = walk.direction as 0 | 1
  const peer = (direction ^ 1) as 0 | 1
  if (subflow.initiator < 0) subflow.initiator = direction
  if (subflow.joinAuthentication === null) {
    subflow.initial[direction] = (sequence - 1) >>> 0
    subflow.initial[peer] = (acknowledgment - 1) >>> 0
    subflow.initialKnown[0] = 2
    subflow.initialKnown[1] = 2
  }
  mptcp.resolve(subflow)
  subflow.joinAuthentication = worse(checkJoin(walk, subflow, direction, offset + 4, 20), subflow.answerAuthentication)
}

function bothKeys(
  walk: Walk,
  mptcp: MptcpState,
  subflow: Subflow,
  sequence: number,
  acknowledgment: number,
  offset: number,
  size: number,
): void {
  const { direction } = walk
  const version = walk.u8(offset + 2) & 0x0f
  if (version > 1 || (subflow.version >= 0 && subflow.version !== version)) return
  const crypto = walk.state.crypto
  if (subflow.initiator < 0) subflow.initiator = direction
  if (direction !== subflow.initiator) return
  if (subflow.confirmed === 0) {
    subflow.initial[direction as 0 | 1] = (sequence - 1) >>> 0
    subflow.initial[(direction ^ 1) as 0 | 1] = (acknowledgment - 1) >>> 0
    subflow.initialKnown[0] = 2
    subflow.initialKnown[1] = 2
  }
  subflow.initiatorSide = 0
  subflow.version = version
  subflow.kind = SubflowKind.Capable
  subflow.confirmed |= 1 << direction
  mptcp.learn(crypto, subflow, 0, walk.bytes.slice(offset + 4, offset + 12))
  mptcp.learn(crypto, subflow, 1, walk.bytes.slice(offset + 12, offset + 20))
  const connection = subflow.connection
  if (connection === null) return
  if ((walk.u8(offset + 3) & CapableFlag.Checksum) !== 0) connection.checksum = true
  // RFC 8684 section 3.1: the first data carries both keys and its own mapping: it begins at the initial DSN + 1, subflow byte 1.
  const key = connection.keys[0]
  if (size > 20 && key !== null) {
    const first = ((subflow.initial[direction as 0 | 1] as number) + 1) >>> 0
    subflow.mapping(direction).add(first, (key.initialLow + 1) >>> 0, walk.u16(offset + 20))
  }
}

function worse(a: ClaimAuthentication, b: ClaimAuthentication | null): ClaimAuthentication {
  if (a === 'AX' || b === 'AX') return 'AX'
  return a === 'A3v' && b === 'A3v' ? 'A3v' : 'A3u'
}

function prefer(walk: Walk, message: string, backup: boolean, addressId: number | null): void {
  const signal = walk.newSignal(SignalKind.Preferred, SignalProtocol.Mptcp)
  signal.detail = { message, address: -1, addressId, backup, serial: null, correlation: null, authentication: 'A1' }
  walk.emit(signal)
}

export function close(
  walk: Walk,
  kind: SignalKind.Closed | SignalKind.Refused,
  message: string,
  abrupt: boolean,
  final: boolean,
  cause: string | null,
  authentication: ClaimAuthentication,
  protocol: SignalProtocol = SignalProtocol.Mptcp,
): void {
  const signal = walk.newSignal(kind, protocol)
  signal.detail = { message, abrupt, final, cause, authentication }
  walk.emit(signal)
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

// ---------------------------------------------------------------------------- data sequence

function dataSequence(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow, sequence: number, length: number): void {
  const scan = mptcp.scan
  const direction = walk.direction as 0 | 1
  if ((scan.dssFlags & DssFlag.Ack) !== 0 && walk.signals !== null) {
    // A pure acknowledgment always counts (it may be a duplicate); on data only when it says something new.
    if (length === 0 || subflow.dataAck[direction] !== scan.dataAck) {
      subflow.dataAck[direction] = scan.dataAck
      const signal = walk.newSignal(SignalKind.Acknowledged, SignalProtocol.Mptcp)
      signal.space = UnitSpace.Dsn
      signal.unit = scan.dataAck
      walk.emit(signal)
    }
  }
  if ((scan.dssFlags & DssFlag.Mapping) === 0) return
  const fin = (scan.dssFlags & DssFlag.DataFin) !== 0
  if (scan.dataLength === 0) note(walk, subflow, Noted.Infinite, 'infinite mapping')
  const span = scan.dataLength === 0 ? INFINITE : fin ? scan.dataLength - 1 : scan.dataLength
  if (span > 0) {
    const known = initialSequence(walk, tcp, subflow, sequence, length, scan.subflowSequence, span)
    if (known) subflow.mapping(direction).add((subflow.initial[direction] + scan.subflowSequence) >>> 0, scan.dsn, span)
  }
  if (fin && (subflow.dataFin & (1 << direction)) === 0) {
    subflow.dataFin |= 1 << direction
    const connection = mptcp.resolve(subflow)
    const side = subflow.side(direction)
    let final = (subflow.dataFin & (1 << (direction ^ 1))) !== 0
    if (connection !== null && side >= 0) {
      connection.dataFin |= 1 << side
      final = connection.dataFin === 3
    }
    close(walk, SignalKind.Closed, 'DATA_FIN', false, final, null, 'A1')
  }
}

/**
 * Mappings count from the subflow's initial sequence number. Mid-capture it is told by a segment that is exactly its mapping,
 * or as the lowest that any segment of a mapping gives.
 */
function initialSequence(
  walk: Walk,
  tcp: TcpState,
  subflow: Subflow,
  sequence: number,
  length: number,
  subflowSequence: number,
  span: number,
): boolean {
  const direction = walk.direction as 0 | 1
  if (subflow.initialKnown[direction] === 2) return true
  const at = walk.flow * 2 + direction
  if (((tcp.marks[at] as number) & Mark.Initial) !== 0) {
    subflow.initial[direction] = tcp.base[at] as number
    subflow.initialKnown[direction] = 2
    return true
  }
  if (length === 0) return subflow.initialKnown[direction] !== 0
  const candidate = (sequence - subflowSequence) >>> 0
  if (subflow.initialKnown[direction] === 0 || before(candidate, subflow.initial[direction])) subflow.initial[direction] = candidate
  subflow.initialKnown[direction] = length === span ? 2 : 1
  return true
}

/** Payload of a subflow's segment: one signal a mapping it touches, or one in subflow space when no mapping is known. */
export function emitMappedPayload(walk: Walk, subflow: Subflow, sequence: number, length: number): void {
  const mappings = subflow.mappings[walk.direction as 0 | 1]
  let from = sequence
  let left = length
  for (let pieces = 0; left > 0; pieces++) {
    const mapped = mappings?.find(from) && pieces < 16
    const size = mapped ? Math.min(left, (mappings as NonNullable<typeof mappings>).left) : left
    const signal = walk.newSignal(SignalKind.Payload, SignalProtocol.Mptcp)
    if (mapped) {
      signal.space = UnitSpace.Dsn
      signal.unit = (mappings as NonNullable<typeof mappings>).dsn
    } else {
      signal.space = UnitSpace.Seq
      signal.unit = from
    }
    signal.span = size
    signal.bytes = size
    signal.sub = from
    signal.subSpan = size
    walk.emit(signal)
    from = (from + size) >>> 0
    left -= size
  }
}

// ---------------------------------------------------------------------------- what TCP's own signals ask

/** Message, tokens and identifiers of a handshake step on a subflow. */
export function describeOpening(mptcp: MptcpState, subflow: Subflow, direction: number, detail: OpenDetail): void {
  mptcp.resolve(subflow)
  const name = subflow.kind === SubflowKind.Join ? 'MP_JOIN' : 'MP_CAPABLE'
  detail.message = `${name} ${detail.message}`
  detail.joinToken = subflow.joinToken
  detail.senderToken = subflow.key(direction)?.token ?? null
  detail.receiverToken = subflow.key(direction ^ 1)?.token ?? null
  if (subflow.joinToken !== null && subflow.initiator >= 0) {
    if (direction === subflow.initiator) detail.receiverToken ??= subflow.joinToken
    else detail.senderToken ??= subflow.joinToken
  }
  if (detail.senderToken !== null) detail.sender.push({ kind: 'token', value: hex(detail.senderToken) })
  if (detail.receiverToken !== null) detail.receiver.push({ kind: 'token', value: hex(detail.receiverToken) })
  const addressId = subflow.addressId[direction as 0 | 1]
  detail.addressId = subflow.kind === SubflowKind.Capable ? 0 : addressId < 0 ? null : addressId
  detail.backup = subflow.backup[direction as 0 | 1]
}

/** Reason of the segment's MP_TCPRST, null when it has none. */
export function resetCause(walk: Walk, mptcp: MptcpState): string | null {
  const at = mptcp.scan.find(Subtype.Reset)
  if (at < 0) return null
  const offset = mptcp.scan.offset[at] as number
  const transient = (walk.u8(offset + 2) & 1) === 1
  return `${resetReason(walk.u8(offset + 3))}${transient ? ' (transient)' : ''}`
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
