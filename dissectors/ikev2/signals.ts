/**
 * What IKEv2 messages say, as signals. An SA is known by its SPIs, whatever the addresses: `token` is made of the initiator's SPI, which
 * stays from the first message on. Every request after IKE_AUTH is a probe of the pair it is on, its response the answer (RFC 4555
 * section 3.7 asks for no more); COOKIE2 is one more. With keys the MOBIKE notifies become claims and preferences.
 * Authentication: A3v the message's checksum was verified with the SA's keys, A3u it could not be, AX it is wrong, A1 the SPIs alone.
 */
import type { CloseDetail, Identifier } from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import { spiState } from '../esp/state.ts'
import { exchangeName, notifyName } from './names.ts'
import type { Association, IkeState, MessageFacts } from './state.ts'
import { Exchange, Notify } from './wire.ts'

export function signals(walk: Walk, state: IkeState): void {
  const facts = state.message
  const { spis } = facts
  const association = state.association(hexOf(spis, 0, 8))
  facts.token = tokenOf(spis)
  facts.context = association.number
  if (facts.authentication === 'AX') {
    note(walk, facts, `${exchangeName(facts.exchange)} with a wrong integrity checksum`)
    return
  }
  switch (facts.exchange) {
    case Exchange.SaInit:
      saInit(walk, facts)
      return
    case Exchange.Auth:
      authentication(walk, facts, association)
      return
    default:
      exchange(walk, facts, association)
  }
}

/** 32 bits of the initiator's SPI; never 0. */
export function tokenOf(spis: Uint8Array): number {
  let h = 0x811c9dc5
  for (let i = 0; i < 8; i++) h = Math.imul(h ^ (spis[i] as number), 0x01000193)
  return h >>> 0 || 1
}

function fresh(walk: Walk, facts: MessageFacts, kind: SignalKind): Signal {
  const s = walk.newSignal(kind, SignalProtocol.Ikev2)
  s.token = facts.token
  s.context = facts.context
  s.side = facts.fromInitiator ? 0 : 1
  return s
}

function note(walk: Walk, facts: MessageFacts, message: string): void {
  const s = fresh(walk, facts, SignalKind.Noted)
  s.detail = { message }
  walk.emit(s)
}

function spiIdentifiers(facts: MessageFacts): { initiator: Identifier[]; responder: Identifier[] } {
  const of = (begin: number): Identifier[] => {
    const value = hexOf(facts.spis, begin, begin + 8)
    return /^0+$/.test(value) ? [] : [{ kind: 'ike-spi', value }]
  }
  return { initiator: of(0), responder: of(8) }
}

function handshake(walk: Walk, facts: MessageFacts, step: number): void {
  const { initiator, responder } = spiIdentifiers(facts)
  if (facts.identity !== '') (facts.response ? responder : initiator).push({ kind: 'ike-id', value: facts.identity })
  const s = fresh(walk, facts, step === 4 ? SignalKind.Opened : SignalKind.Opening)
  s.detail = {
    message: `${exchangeName(facts.exchange)} ${facts.response ? 'response' : 'request'}`,
    step,
    sender: facts.response ? responder : initiator,
    receiver: facts.response ? initiator : responder,
    joinToken: null,
    senderToken: facts.token,
    receiverToken: facts.token,
    initiateTag: null,
    addressId: null,
    backup: false,
    initialUnit: null,
    ...(facts.mobike || (facts.cookie && !facts.response)
      ? { capabilities: [...(facts.mobike ? ['mobike'] : []), ...(facts.cookie && !facts.response ? ['cookie'] : [])] }
      : {}),
  }
  walk.emit(s)
}

function closed(walk: Walk, facts: MessageFacts, kind: SignalKind, detail: CloseDetail): void {
  const s = fresh(walk, facts, kind)
  s.detail = detail
  walk.emit(s)
}

function saInit(walk: Walk, facts: MessageFacts): void {
  if (facts.response && facts.cookie) note(walk, facts, 'COOKIE')
  else if (facts.response && facts.redirect !== null) note(walk, facts, `REDIRECT to ${facts.redirect}`)
  else if (facts.response && facts.error === Notify.InvalidKePayload) note(walk, facts, notifyName(facts.error))
  else if (facts.response && facts.error !== 0)
    closed(walk, facts, SignalKind.Refused, {
      message: 'IKE_SA_INIT response',
      abrupt: true,
      final: true,
      cause: notifyName(facts.error),
      authentication: 'A0',
    })
  else handshake(walk, facts, facts.response ? 2 : 1)
  if (facts.sourceFits === false)
    note(walk, facts, 'NAT_DETECTION_SOURCE_IP does not fit: the sender is behind a translator, or wants UDP encapsulation')
  if (facts.destinationFits === false) note(walk, facts, 'NAT_DETECTION_DESTINATION_IP does not fit: the receiver is behind a translator')
}

function authentication(walk: Walk, facts: MessageFacts, association: Association): void {
  if (!facts.response) handshake(walk, facts, 3)
  else if (facts.error === Notify.AuthenticationFailed) {
    closed(walk, facts, SignalKind.Refused, {
      message: 'IKE_AUTH response',
      abrupt: true,
      final: true,
      cause: notifyName(facts.error),
      authentication: facts.authentication,
    })
    return
  } else if (!association.opened) {
    association.opened = true
    handshake(walk, facts, 4)
  }
  if (facts.readable) claims(walk, facts, 'listed')
  if (facts.childSpis.length > 0) childSas(walk, facts)
}

/** ESP SAs that the sender of this message receives on: packets with these SPIs are this SA's payload. */
function childSas(walk: Walk, facts: MessageFacts): void {
  const spis = walk.state.of(spiState)
  const address = walk.flow < 0 ? -1 : walk.state.flows.sender(walk.flow, walk.direction)
  for (const value of facts.childSpis)
    spis.bind(Number(value), {
      protocol: SignalProtocol.Ikev2,
      name: 'IKE',
      context: facts.context,
      receiver: facts.fromInitiator ? 0 : 1,
      address,
    })
  const s = fresh(walk, facts, SignalKind.Identified)
  s.detail = {
    message: exchangeName(facts.exchange),
    sender: facts.childSpis.map((value) => ({ kind: 'esp-spi', value })),
    replaced: [],
    authentication: facts.authentication,
  }
  walk.emit(s)
}

/** INFORMATIONAL, CREATE_CHILD_SA and what else comes after IKE_AUTH. */
function exchange(walk: Walk, facts: MessageFacts, association: Association): void {
  const sender = facts.fromInitiator ? 0 : 1
  const asker = facts.response ? sender ^ 1 : sender
  const name = exchangeName(facts.exchange)
  const match = `${asker === 0 ? 'i' : 'r'}${facts.messageId}`
  probe(walk, facts, `${name} ${facts.response ? 'response' : 'request'}`, match)
  if (facts.cookie2 !== null) probe(walk, facts, 'COOKIE2', facts.cookie2)
  if (facts.response) answered(walk, facts, association, asker)
  else if (facts.readable) asked(walk, facts, association, asker)
  if (!facts.readable) return
  if (facts.childSpis.length > 0) childSas(walk, facts)
  if (facts.deletedSpis.length > 0) note(walk, facts, `DELETE: ESP SPI ${facts.deletedSpis.join(', ')}`)
  if (facts.deletesIkeSa)
    closed(walk, facts, SignalKind.Closed, {
      message: 'DELETE',
      abrupt: false,
      final: facts.response,
      cause: null,
      authentication: facts.authentication,
    })
}

function probe(walk: Walk, facts: MessageFacts, message: string, match: string): void {
  const s = fresh(walk, facts, facts.response ? SignalKind.ProbeAnswered : SignalKind.Probed)
  s.detail = { message, match, authentication: facts.authentication }
  walk.emit(s)
}

/** A readable request: what it claims waits for the response with its message id. */
function asked(walk: Walk, facts: MessageFacts, association: Association, asker: number): void {
  const claiming = facts.additional.length > 0 || facts.noAdditional
  association.asked[asker as 0 | 1] = {
    messageId: facts.messageId,
    update: facts.update,
    claims: claiming,
    cookie2: facts.cookie2,
  }
  if (facts.update) {
    const s = fresh(walk, facts, SignalKind.Preferred)
    s.detail = {
      message: 'UPDATE_SA_ADDRESSES',
      address: -1,
      addressId: null,
      backup: false,
      serial: facts.messageId,
      correlation: null,
      authentication: facts.authentication,
    }
    walk.emit(s)
  }
  claims(walk, facts, 'signalled')
}

/**
 * A list of further addresses replaces the one before (RFC 4555 section 3.6); NO_ADDITIONAL_ADDRESSES is an empty one. Replacing is
 * told by a wildcard withdrawal in front: all but the packet's own source.
 */
function claims(walk: Walk, facts: MessageFacts, how: 'listed' | 'signalled'): void {
  const claim = (kind: SignalKind, message: string, address: number): void => {
    const s = fresh(walk, facts, kind)
    s.detail = {
      message,
      address,
      port: null,
      addressId: null,
      how,
      authentication: facts.authentication,
      serial: facts.messageId,
      correlation: null,
      wildcard: address < 0,
    }
    walk.emit(s)
  }
  if (facts.noAdditional) claim(SignalKind.Withdrawn, 'NO_ADDITIONAL_ADDRESSES', -1)
  else if (how === 'signalled' && facts.additional.length > 0) claim(SignalKind.Withdrawn, 'ADDITIONAL_ADDRESS list', -1)
  const { addresses } = walk.state.flows
  for (const address of facts.additional)
    claim(SignalKind.Claimed, addresses.size(address) === 4 ? 'ADDITIONAL_IP4_ADDRESS' : 'ADDITIONAL_IP6_ADDRESS', address)
}

function answered(walk: Walk, facts: MessageFacts, association: Association, asker: number): void {
  const request = association.asked[asker as 0 | 1]
  if (request === null || request.messageId !== facts.messageId || !facts.readable) return
  if (request.update || request.claims) {
    const s = fresh(walk, facts, SignalKind.ClaimAnswered)
    s.detail = {
      message: request.update ? 'UPDATE_SA_ADDRESSES response' : 'INFORMATIONAL response',
      accepted: facts.error === 0,
      serial: facts.messageId,
      correlation: null,
      addressId: null,
      address: -1,
      authentication: facts.authentication,
      cause: facts.error === 0 ? null : notifyName(facts.error),
    }
    walk.emit(s)
  }
  if (request.cookie2 !== null && request.cookie2 === facts.cookie2) {
    const s = fresh(walk, facts, SignalKind.Verified)
    s.detail = { message: 'COOKIE2', authentication: facts.authentication }
    walk.emit(s)
  }
}
