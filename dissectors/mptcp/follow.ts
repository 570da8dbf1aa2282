/**
 * Follows MPTCP handshakes: which flow is a subflow of which connection, its keys, nonces and HMACs, and when a flow falls back to plain
 * TCP (RFC 8684 sections 3.1, 3.2, 3.7). Called for every segment of a flow that is, or may be, a subflow, before TCP's own signals.
 * Objects are made on handshake packets only.
 */
import type { ClaimAuthentication, OpenDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import type { TcpState } from '../tcp/state.ts'
import { Flag } from '../tcp/wire.ts'
import { hex, note, openDetail } from './details.ts'
import { joinHmac, sameBytes } from './keys.ts'
import { type MptcpState, Noted, type Subflow, SubflowKind, Word, withDirection } from './state.ts'
import { CapableFlag, Subtype } from './wire.ts'

/**
 * Follows the handshake; the flow's subflow, null when it is none (any longer). `known`: as what it is known. To be called before TCP's opening
 * signals.
 */
export function followMptcp(walk: Walk, tcp: TcpState, mptcp: MptcpState, known: Subflow | null): Subflow | null {
  const { flags } = tcp.segment
  const scan = mptcp.scan
  const subflow = known ?? begin(walk, tcp, mptcp, flags)
  if (subflow === null) return null
  subflow.heard = true
  if (subflow.fallback) return null
  if ((flags & Flag.Syn) !== 0) synchronise(walk, mptcp, subflow, flags)
  else if (scan.count === 0) missing(walk, subflow, flags, tcp.segment.length)
  else {
    for (let i = 0; i < scan.count; i++) {
      const subtype = scan.subtype[i] as Subtype
      const offset = scan.offset[i] as number
      const size = scan.length[i] as number
      if (subtype === Subtype.Capable && size >= 20 && subflow.kind !== SubflowKind.Join) bothKeys(walk, tcp, mptcp, subflow, offset, size)
      else if (subtype === Subtype.Join && size === 24 && subflow.kind === SubflowKind.Join) joinedAck(walk, tcp, mptcp, subflow, offset)
    }
    if (scan.dss) subflow.confirmed |= 1 << walk.direction
  }
  return subflow.fallback ? null : subflow
}

function begin(walk: Walk, tcp: TcpState, mptcp: MptcpState, flags: number): Subflow | null {
  const scan = mptcp.scan
  const join = scan.find(Subtype.Join) >= 0
  const capable = scan.find(Subtype.Capable) >= 0
  if ((flags & Flag.Syn) !== 0 && !join && !capable) return null
  const subflow = mptcp.begin(walk.flow, join ? SubflowKind.Join : capable ? SubflowKind.Capable : SubflowKind.MidCapture)
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

function synchronise(walk: Walk, mptcp: MptcpState, subflow: Subflow, flags: number): void {
  const scan = mptcp.scan
  const { direction } = walk
  const answer = (flags & Flag.Ack) !== 0
  const initiator = answer ? direction ^ 1 : direction
  subflow.initiator = initiator
  const at = scan.find(subflow.kind === SubflowKind.Join ? Subtype.Join : Subtype.Capable)
  if (at < 0) {
    if (subflow.kind === SubflowKind.Capable) fallBack(walk, subflow, `${answer ? 'SYN/ACK' : 'SYN'} without MP_CAPABLE`)
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
    if (length === 12 && low <= 1) mptcp.learn(walk.state.crypto, subflow, answer ? 1 : 0, keyAt(walk, offset + 4))
    if (subflow.connection !== null && (walk.u8(offset + 3) & CapableFlag.Checksum) !== 0) subflow.connection.checksum = true
    return
  }
  const backup = (low & 1) === 1
  if (subflow.backup[direction as 0 | 1] !== backup) subflow.backup = withDirection(subflow.backup, direction, backup)
  subflow.addressId = withDirection(subflow.addressId, direction, walk.u8(offset + 3))
  if (!answer && length === 12) {
    subflow.joinToken = walk.u32(offset + 4)
    subflow.nonce = withDirection(subflow.nonce, direction, walk.u32(offset + 8))
    mptcp.resolve(subflow)
  } else if (answer && length === 16) {
    subflow.nonce = withDirection(subflow.nonce, direction, walk.u32(offset + 12))
    mptcp.resolve(subflow)
    subflow.answerAuthentication = checkJoin(walk, subflow, direction, offset + 4, 8)
  }
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

/** Third packet of a join: HMAC of the initiator (RFC 8684 section 3.2). */
function joinedAck(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow, offset: number): void {
  const direction = walk.direction as 0 | 1
  if (subflow.initiator < 0) subflow.initiator = direction
  if (subflow.joinAuthentication === null) {
    mptcp.setInitial(subflow, direction, (tcp.segment.sequence - 1) >>> 0, 2)
    mptcp.setInitial(subflow, direction ^ 1, (tcp.segment.acknowledgment - 1) >>> 0, 2)
  }
  mptcp.resolve(subflow)
  subflow.joinAuthentication = worse(checkJoin(walk, subflow, direction, offset + 4, 20), subflow.answerAuthentication)
}

function bothKeys(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow, offset: number, size: number): void {
  const { direction } = walk
  const version = walk.u8(offset + 2) & 0x0f
  if (version > 1 || (subflow.version >= 0 && subflow.version !== version)) return
  const crypto = walk.state.crypto
  if (subflow.initiator < 0) subflow.initiator = direction
  if (direction !== subflow.initiator) return
  if (subflow.confirmed === 0) {
    mptcp.setInitial(subflow, direction, (tcp.segment.sequence - 1) >>> 0, 2)
    mptcp.setInitial(subflow, direction ^ 1, (tcp.segment.acknowledgment - 1) >>> 0, 2)
  }
  subflow.initiatorSide = 0
  subflow.version = version
  subflow.kind = SubflowKind.Capable
  subflow.confirmed |= 1 << direction
  const first = mptcp.learn(crypto, subflow, 0, keyAt(walk, offset + 4))
  const second = mptcp.learn(crypto, subflow, 1, keyAt(walk, offset + 12))
  if ((!first || !second) && (subflow.noted & Noted.Key) === 0) {
    subflow.noted |= Noted.Key
    const signal = walk.newSignal(SignalKind.Noted, SignalProtocol.Mptcp)
    signal.detail = { message: `MP_CAPABLE ACK names another key of its ${first ? 'receiver' : 'sender'} than before` }
    walk.emit(signal)
  }
  const connection = subflow.connection
  if (connection === null) return
  if ((walk.u8(offset + 3) & CapableFlag.Checksum) !== 0) connection.checksum = true
  // RFC 8684 section 3.1: the first data carries both keys and its own mapping: it begins at the initial DSN + 1, subflow byte 1.
  const key = connection.keys[0]
  if (size > 20 && key !== null) {
    const begin = ((mptcp.numbers[mptcp.numbersOf(subflow, direction) + Word.Initial] as number) + 1) >>> 0
    mptcp.addMapping(subflow, direction, begin, (key.initialLow + 1) >>> 0, walk.u16(offset + 20))
  }
}

/** A copy of the key: the memory that a packet lies in may be one of many megabytes. */
function keyAt(walk: Walk, offset: number): Uint8Array {
  return walk.bytes.slice(offset, offset + 8)
}

function worse(a: ClaimAuthentication, b: ClaimAuthentication | null): ClaimAuthentication {
  if (a === 'AX' || b === 'AX') return 'AX'
  return a === 'A3v' && b === 'A3v' ? 'A3v' : 'A3u'
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

/** Message, tokens and identifiers of a handshake step on a subflow. */
export function describeOpening(mptcp: MptcpState, subflow: Subflow, direction: number, detail: OpenDetail): void {
  mptcp.resolve(subflow)
  const join = subflow.kind === SubflowKind.Join
  // A SYN/ACK that leaves a join's option out is shown as what it is.
  if (detail.step === 3 || mptcp.scan.find(join ? Subtype.Join : Subtype.Capable) >= 0)
    detail.message = `${join ? 'MP_JOIN' : 'MP_CAPABLE'} ${detail.message}`
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
