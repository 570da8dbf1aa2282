/**
 * What SCTP packets say, as signals. Every signal carries the packet's verification tag as `token`: the association is found by tag and
 * ports for any address pair (RFC 9260 section 8.5). Authentication levels: A3v AUTH verified, AX AUTH wrong, A3u AUTH that cannot be
 * verified, A1 tag right or not known to be wrong, A0 tag wrong for a known association.
 * Cost: payload and acknowledgements allocate nothing; the rare ones allocate their detail.
 */
import type { ClaimAnswerDetail, ClaimAuthentication, ClaimDetail, Identifier, OpenDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import type { AsconfItem, AsconfRequest, SctpState } from './state.ts'
import { Parameter, parameterName } from './wire.ts'

/** One DATA or I-DATA chunk: `tsn`, user data bytes on the wire. */
export function emitPayload(walk: Walk, tag: number, tsn: number, bytes: number): void {
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Sctp)
  s.token = tag
  s.space = UnitSpace.Tsn
  s.unit = tsn
  s.span = 1
  s.bytes = bytes
  walk.emit(s)
}

const MAX_GAPS = 64

/** SACK, or the cumulative acknowledgement of SHUTDOWN (`gaps` 0). Gap blocks lie at `offset`, 4 bytes each (RFC 9260 section 3.3.4). */
export function emitAcknowledged(
  walk: Walk,
  tag: number,
  cumulative: number,
  offset: number,
  gaps: number,
  duplicates: number,
  noRoom = false,
): void {
  const s = walk.newSignal(SignalKind.Acknowledged, SignalProtocol.Sctp)
  s.token = tag
  s.space = UnitSpace.Tsn
  s.unit = (cumulative + 1) >>> 0
  s.duplicates = duplicates
  s.noRoom = noRoom
  let kept = 0
  for (let i = 0, at = offset; i < gaps && kept < MAX_GAPS && at + 4 <= walk.limit && walk.item(at); i++, at += 4) {
    const start = walk.u16(at)
    const end = walk.u16(at + 2)
    if (start === 0 || end < start) continue
    s.gapStart[kept] = cumulative + start
    s.gapEnd[kept] = cumulative + end + 1
    kept++
  }
  s.gapCount = kept
  walk.emit(s)
}

function tagIdentifier(tag: number): Identifier {
  return { kind: 'verification-tag', value: `0x${tag.toString(16).padStart(8, '0')}` }
}

/** What a handshake message tells; tags are 0 when it does not. */
export interface HandshakeFacts {
  message: string
  step: number
  /** tag that the sender accepts, and the one its peer accepts */
  senderTag: number
  receiverTag: number
  initiateTag: number | null
  initialTsn: number | null
  capabilities?: string[]
}

export function emitHandshake(walk: Walk, tag: number, facts: HandshakeFacts): void {
  const sender: Identifier[] = [{ kind: 'port', value: String(walk.sourcePort) }]
  const receiver: Identifier[] = [{ kind: 'port', value: String(walk.destinationPort) }]
  if (facts.senderTag !== 0) sender.unshift(tagIdentifier(facts.senderTag))
  if (facts.receiverTag !== 0) receiver.unshift(tagIdentifier(facts.receiverTag))
  const detail: OpenDetail = {
    message: facts.message,
    step: facts.step,
    sender,
    receiver,
    joinToken: null,
    senderToken: null,
    receiverToken: null,
    initiateTag: facts.initiateTag,
    addressId: null,
    backup: false,
    initialUnit: facts.initialTsn,
  }
  if (facts.capabilities !== undefined) detail.capabilities = facts.capabilities
  const s = walk.newSignal(facts.step === 4 ? SignalKind.Opened : SignalKind.Opening, SignalProtocol.Sctp)
  s.token = tag
  s.space = UnitSpace.Tsn
  s.detail = detail
  walk.emit(s)
}

function emitClaim(walk: Walk, kind: SignalKind, tag: number, detail: ClaimDetail): void {
  const s = walk.newSignal(kind, SignalProtocol.Sctp)
  s.token = tag
  s.detail = detail
  walk.emit(s)
}

/** An address parameter of INIT or INIT ACK. */
export function emitListed(walk: Walk, tag: number, message: string, address: number): void {
  emitClaim(walk, SignalKind.Claimed, tag, {
    message,
    address,
    port: null,
    addressId: null,
    how: 'listed',
    authentication: 'A1',
    serial: null,
    correlation: null,
    wildcard: false,
  })
}

export function emitPreferred(
  walk: Walk,
  tag: number,
  message: string,
  item: AsconfItem,
  serial: number | null,
  authentication: ClaimAuthentication,
): void {
  const s = walk.newSignal(SignalKind.Preferred, SignalProtocol.Sctp)
  s.token = tag
  s.detail = {
    message,
    address: item.address,
    addressId: null,
    backup: false,
    serial,
    correlation: serial === null ? null : item.correlation,
    authentication,
  }
  walk.emit(s)
}

/** The requests of one ASCONF, in their order. */
export function emitRequests(walk: Walk, tag: number, request: AsconfRequest, authentication: ClaimAuthentication): void {
  for (const item of request.items) {
    const message = `ASCONF: ${parameterName(item.type)}`
    if (item.type === Parameter.SetPrimary) emitPreferred(walk, tag, message, item, request.serial, authentication)
    else
      emitClaim(walk, item.type === Parameter.AddAddress ? SignalKind.Claimed : SignalKind.Withdrawn, tag, {
        message,
        address: item.address,
        port: null,
        addressId: null,
        how: 'signalled',
        authentication,
        serial: request.serial,
        correlation: item.correlation,
        wildcard: item.wildcard,
      })
  }
}

function emitAnswer(walk: Walk, tag: number, detail: ClaimAnswerDetail): void {
  const s = walk.newSignal(SignalKind.ClaimAnswered, SignalProtocol.Sctp)
  s.token = tag
  s.detail = detail
  walk.emit(s)
}

/**
 * The answers of an ASCONF-ACK (RFC 5061 section 5.2). A request that is not answered succeeded when no error came before it, and failed
 * when one did. Answers to requests that the capture does not hold are given without an address.
 */
export function emitAnswers(
  walk: Walk,
  state: SctpState,
  serial: number,
  request: AsconfRequest | undefined,
  authentication: ClaimAuthentication,
): void {
  const { answers, packetTag: tag } = state
  const common = { serial, addressId: null, authentication }
  if (request === undefined || request.serial !== serial) {
    for (const { correlation, refusal } of answers)
      emitAnswer(walk, tag, { ...common, message: 'ASCONF-ACK', accepted: refusal === null, correlation, address: -1, cause: refusal })
    return
  }
  let failed = false
  for (const item of request.items) {
    const answer = answers.find((a) => a.correlation === item.correlation)
    let accepted = !failed
    let cause = failed ? 'not processed after an earlier error' : null
    if (answer !== undefined) {
      accepted = answer.refusal === null
      cause = answer.refusal
      if (!accepted) failed = true
    }
    emitAnswer(walk, tag, {
      ...common,
      message: `ASCONF-ACK: ${parameterName(item.type)}`,
      accepted,
      correlation: item.correlation,
      address: item.address,
      cause,
    })
  }
}

/** HEARTBEAT (`answer` false) and HEARTBEAT ACK: `match` is the information, which the peer echoes unchanged. */
export function emitProbe(walk: Walk, tag: number, answer: boolean, match: string, authentication: ClaimAuthentication): void {
  const s = walk.newSignal(answer ? SignalKind.ProbeAnswered : SignalKind.Probed, SignalProtocol.Sctp)
  s.token = tag
  s.detail = { message: answer ? 'HEARTBEAT ACK' : 'HEARTBEAT', match, authentication }
  walk.emit(s)
}

const MATCH_BYTES = 64

/** Heartbeat information as hex: the first 64 bytes, and a hash (FNV-1a) and the length of the rest when there is one. */
export function matchOf(walk: Walk, offset: number, length: number): string {
  const end = Math.min(offset + length, walk.limit)
  const head = Math.min(end, offset + MATCH_BYTES)
  const out = hexOf(walk.bytes, offset, head)
  if (length <= MATCH_BYTES) return out
  let h = 0x811c9dc5
  for (let i = head; i < end; i++) h = Math.imul(h ^ (walk.bytes[i] as number), 0x01000193)
  return `${out}+${(h >>> 0).toString(16).padStart(8, '0')}/${length - MATCH_BYTES}`
}

export function emitClosed(
  walk: Walk,
  tag: number,
  message: string,
  abrupt: boolean,
  final: boolean,
  cause: string | null,
  authentication: ClaimAuthentication,
): void {
  const s = walk.newSignal(SignalKind.Closed, SignalProtocol.Sctp)
  s.token = tag
  s.detail = { message, abrupt, final, cause, authentication }
  walk.emit(s)
}

export function emitNote(walk: Walk, tag: number, message: string): void {
  const s = walk.newSignal(SignalKind.Noted, SignalProtocol.Sctp)
  s.token = tag
  s.detail = { message }
  walk.emit(s)
}
