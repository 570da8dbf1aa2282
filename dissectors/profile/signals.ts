/**
 * What a profile's messages mean, as signals: the roles give identifiers and locators, `msgTypes` the effect. A context is known by its tag, else by
 * the identifiers in it, else by the packet's flow. Nothing is authenticated that a profile can check: A1 where a tag stands, A0 without; a MAC is A3u.
 */

import type { Profile, ProfileEffect } from '../../shared/profile.ts'
import type {
  ClaimAuthentication,
  ClaimDetail,
  CloseDetail,
  NoteDetail,
  OpenDetail,
  PreferDetail,
  ProbeDetail,
} from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import { UNSAID } from '../core/open-detail.ts'
import type { Walk } from '../core/walk.ts'
import { payloadHash } from '../udp/dissect.ts'
import { contextOf } from './contexts.ts'
import type { ReadMessage } from './read.ts'

function keyOf(walk: Walk, profile: Profile, read: ReadMessage): string {
  if (read.tag !== '') return `${profile.id} ${read.tag}`
  if (read.identifiers.length >= 2) return `${profile.id} ${[...read.identifiers.slice(0, 2)].sort().join(' ')}`
  return `${profile.id} flow ${walk.flow}`
}

export function emitMessage(
  walk: Walk,
  profile: Profile,
  read: ReadMessage,
  name: string,
  effect: ProfileEffect | undefined,
  end: number,
  owns: boolean,
): void {
  if (walk.flow < 0 && walk.addressSize !== 0) walk.toFlow(0, 0, 0)
  if (walk.flow < 0) return
  const context = contextOf(walk, keyOf(walk, profile, read))
  if (context === 0) return
  const authentication: ClaimAuthentication = read.mac ? 'A3u' : read.tag === '' && read.nonce === '' ? 'A0' : 'A1'
  const begin = (kind: SignalKind): Signal => {
    const s = walk.newSignal(kind, SignalProtocol.Profile)
    s.context = context
    s.token = read.tagNumber
    return s
  }
  const message = `${profile.id} ${name}`
  switch (effect) {
    case 'open':
    case 'openAck': {
      const s = begin(effect === 'open' ? SignalKind.Opening : SignalKind.Opened)
      s.detail = openDetail(message, effect === 'open' ? 1 : 2, profile, read)
      walk.emit(s)
      claims(walk, begin, message, 'listed', authentication, read)
      break
    }
    case 'addLocator':
    case 'delLocator':
      claims(
        walk,
        begin,
        message,
        'signalled',
        authentication,
        effect === 'delLocator' && read.removed.length === 0 ? { ...read, locators: [], removed: read.locators } : read,
      )
      break
    case 'probe':
    case 'probeAck': {
      const detail: ProbeDetail = { message, match: `${profile.id} ${context} ${read.nonce || read.serial || ''}`, authentication }
      const s = begin(effect === 'probe' ? SignalKind.Probed : SignalKind.ProbeAnswered)
      s.detail = detail
      walk.emit(s)
      break
    }
    case 'close': {
      const detail: CloseDetail = { message, abrupt: false, final: true, cause: null, authentication }
      const s = begin(SignalKind.Closed)
      s.detail = detail
      walk.emit(s)
      break
    }
    case 'switch': {
      claims(walk, begin, message, 'signalled', authentication, read)
      const first = read.locators[0]
      const detail: PreferDetail = {
        message,
        address: first === undefined ? -1 : addressOf(walk, first),
        addressId: null,
        backup: false,
        serial: null,
        correlation: null,
        authentication,
      }
      const s = begin(SignalKind.Preferred)
      s.detail = detail
      walk.emit(s)
      break
    }
    default: {
      // A message of a known type without effect, and bytes in a header, are no data.
      if (!owns || (effect === undefined && read.type !== null && profile.msgTypes[String(read.type)] !== undefined) || read.end >= end)
        return
      const detail: NoteDetail = { message: profile.id }
      const s = begin(SignalKind.Payload)
      s.space = UnitSpace.Datagram
      s.unit = read.serial !== null ? read.serial : payloadHash(walk.bytes, read.end, Math.min(end, walk.limit))
      s.span = 1
      s.bytes = end - read.end
      s.detail = detail
      walk.emit(s)
    }
  }
}

export function openDetail(message: string, step: number, profile: Profile, read: ReadMessage): OpenDetail {
  const sender = read.identifiers.slice(0, 1).map((value) => ({ kind: 'identifier', value }))
  if (read.tag !== '') sender.push({ kind: 'tag', value: read.tag })
  return {
    message,
    step,
    sender,
    receiver: read.identifiers.slice(1, 2).map((value) => ({ kind: 'identifier', value })),
    ...UNSAID,
    capabilities: [`profile:${profile.id}`],
  }
}

function addressOf(walk: Walk, { offset, size }: { offset: number; size: number }): number {
  return size === 4 || size === 16 ? walk.state.flows.addresses.intern(walk.bytes, offset, size) : -1
}

function claims(
  walk: Walk,
  begin: (kind: SignalKind) => Signal,
  message: string,
  how: ClaimDetail['how'],
  authentication: ClaimAuthentication,
  read: ReadMessage,
): void {
  const claim = (kind: SignalKind, where: { offset: number; size: number }): void => {
    const address = addressOf(walk, where)
    if (address < 0) return
    const detail: ClaimDetail = {
      message,
      address,
      port: null,
      addressId: null,
      how,
      authentication,
      serial: read.serial,
      correlation: null,
      wildcard: false,
      ...(read.lifetime === null ? {} : { lifetime: read.lifetime }),
      ...(read.preference === null ? {} : { preference: read.preference }),
    }
    const s = begin(kind)
    s.detail = detail
    walk.emit(s)
  }
  for (const where of read.locators) claim(SignalKind.Claimed, where)
  for (const where of read.removed) claim(SignalKind.Withdrawn, where)
}
