/**
 * LISP control messages as signals. Mappings belong to EID prefixes, not to pairs: they carry no `context` but `prefixes`, and preference,
 * weight and lifetime of each locator. A reply whose nonce no question in the capture had is level A0; `asked` names the prefix that was
 * asked for, so that an answer for more than that shows. Registrations have a MAC that only the map server can check (A3u).
 */
import type { ClaimAuthentication, ClaimDetail, SignalDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { ACTIONS, InfoBit, ReplyBit, RequestBit, Type, UNUSABLE } from './control-wire.ts'
import type { Locator, MappingRecord, Message } from './records.ts'
import { type LispState, lispState, type Question } from './state.ts'

function emit(walk: Walk, kind: SignalKind, detail: SignalDetail): void {
  const s = walk.newSignal(kind, SignalProtocol.Lisp)
  s.detail = detail
  walk.emit(s)
}

export function emitControl(walk: Walk, message: Message): void {
  const state = walk.state.of(lispState)
  switch (message.type) {
    case Type.MapRequest:
      request(walk, state, message)
      return
    case Type.MapReply:
      reply(walk, state, message)
      return
    case Type.MapRegister:
      register(walk, state, message)
      return
    case Type.MapNotify:
      notify(walk, state, message)
      return
    case Type.Info:
      emit(walk, message.word & InfoBit.Reply ? SignalKind.ProbeAnswered : SignalKind.Probed, {
        message: message.word & InfoBit.Reply ? 'Info-Reply' : 'Info-Request',
        match: message.nonce,
        authentication: message.authenticated ? 'A3u' : 'A0',
      })
      return
    default:
      emit(walk, SignalKind.Noted, { message: message.type === Type.MapReferral ? 'Map-Referral' : 'Map-Notify-Ack' })
  }
}

function sourceId(walk: Walk): number {
  const size = walk.addressSize as 4 | 16
  return walk.state.flows.addresses.intern(walk.bytes, walk.source, size)
}

function destinationId(walk: Walk): number {
  const size = walk.addressSize as 4 | 16
  return walk.state.flows.addresses.intern(walk.bytes, walk.destination, size)
}

function request(walk: Walk, state: LispState, message: Message): void {
  const probe = (message.word & RequestBit.Probe) !== 0
  const solicit = (message.word & RequestBit.Solicit) !== 0
  const words = probe ? 'RLOC-probe' : solicit ? 'SMR' : message.word & RequestBit.Invoked ? 'Map-Request, SMR-invoked' : 'Map-Request'
  // A solicitation asks for a question, not for an answer (RFC 9301 section 6.1).
  if (!solicit)
    state.ask(message.nonce, {
      message: words,
      asked: message.asked[0] ?? '',
      length: message.askedLengths[0] ?? 0,
      to: destinationId(walk),
      from: sourceId(walk),
    })
  if (probe) emit(walk, SignalKind.Probed, { message: words, match: message.nonce, authentication: 'A0' })
  else emit(walk, SignalKind.Noted, { message: message.asked[0] === undefined ? words : `${words} for ${message.asked[0]}` })
  // The sender's own mapping may ride along; it is to be checked before it is believed (section 5.3).
  for (const record of message.records) claims(walk, 'Map-Request', record, 'A0', message, undefined)
}

function reply(walk: Walk, state: LispState, message: Message): void {
  const probe = (message.word & ReplyBit.Probe) !== 0
  const question = state.question(message.nonce)
  const known = question !== undefined && question.asked !== ''
  const authentication: ClaimAuthentication = known ? 'A1' : 'A0'
  const words = probe ? 'Map-Reply to RLOC-probe' : 'Map-Reply'
  if (probe) {
    emit(walk, SignalKind.ProbeAnswered, { message: words, match: message.nonce, authentication })
    // The probed locator answers for itself.
    if (known && question.to === sourceId(walk)) emit(walk, SignalKind.Verified, { message: words, authentication })
  }
  for (const record of message.records) {
    claims(walk, words, record, authentication, message, question)
    if (known) state.learn(record)
  }
}

function register(walk: Walk, state: LispState, message: Message): void {
  const authentication: ClaimAuthentication = message.authenticated ? 'A3u' : 'A0'
  state.ask(message.nonce, { message: 'Map-Register', asked: '', length: 0, to: destinationId(walk), from: sourceId(walk) })
  for (const record of message.records) {
    claims(walk, message.wantsNotify ? 'Map-Register, wants Map-Notify' : 'Map-Register', record, authentication, message, undefined)
    state.learn(record)
  }
}

/** A notification that answers a registration, else news of the server's own. */
function notify(walk: Walk, state: LispState, message: Message): void {
  const answers = state.question(message.nonce)?.message === 'Map-Register'
  const authentication: ClaimAuthentication = message.authenticated ? 'A3u' : answers ? 'A1' : 'A0'
  for (const record of message.records)
    for (const { address } of record.locators) {
      if (answers)
        emit(walk, SignalKind.ClaimAnswered, {
          message: 'Map-Notify',
          accepted: true,
          serial: message.nonceLow,
          correlation: null,
          addressId: null,
          address,
          authentication,
          cause: null,
          lifetime: record.lifetime,
          prefixes: [record.prefix],
        })
      else emit(walk, SignalKind.Claimed, { ...claim('Map-Notify', record, authentication, message), address })
    }
}

function claims(
  walk: Walk,
  words: string,
  record: MappingRecord,
  authentication: ClaimAuthentication,
  message: Message,
  question: Question | undefined,
): void {
  const common = claim(words, record, authentication, message)
  if (question !== undefined && question.asked !== '') common.asked = question.asked
  // No locators: the EIDs are not reached by LISP, or not at all (section 5.4).
  if (record.locators.length === 0) {
    emit(walk, SignalKind.Withdrawn, {
      ...common,
      message: `${words}: ${ACTIONS[record.action as keyof typeof ACTIONS] ?? `action ${record.action}`}`,
      wildcard: true,
    })
    return
  }
  for (const locator of record.locators) one(walk, common, locator)
}

function one(walk: Walk, common: ClaimDetail, locator: Locator): void {
  const usable = locator.priority !== UNUSABLE
  emit(walk, usable ? SignalKind.Claimed : SignalKind.Withdrawn, {
    ...common,
    address: locator.address,
    preference: locator.priority,
    weight: locator.weight,
  })
}

function claim(message: string, record: MappingRecord, authentication: ClaimAuthentication, from: Message): ClaimDetail {
  return {
    message,
    address: -1,
    port: null,
    addressId: null,
    how: 'listed',
    authentication,
    serial: from.nonceLow,
    correlation: null,
    wildcard: false,
    lifetime: record.lifetime,
    prefixes: [record.prefix],
    proof: from.nonce,
  }
}
