/**
 * Mobile IPv4 registration (RFC 5944): requests and replies on UDP port 434, with their extensions of the short form; extensions whose form
 * is not known end the list as bytes. Declines what is neither, or too short: the port is a guess. Signals: the pair of home address and home
 * agent is the `context`; a request claims its care-of address under a MAC that nobody but the two can check (A3u).
 */

import type { ClaimAuthentication, ClaimDetail, OpenDetail, SignalDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { type IdentifierPair, IdentifierPairs, sideOf } from '../core/identifier-pairs.ts'
import { UNSAID } from '../core/open-detail.ts'
import { StateKey } from '../core/state.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { dateOf } from './options.ts'
import * as Field from './wire4.ts'
import { AUTHENTICATIONS, CODES, LAST_ACCEPTING, mip4, REPLY_SIZE, REQUEST_SIZE, ReplyAt, RequestAt, SIMULTANEOUS, Type4 } from './wire4.ts'

/** Type and length of an extension. */
const SHORT_HEADER = 2

interface HomePair extends IdentifierPair {
  opened: boolean
  careOf: number
  /** low half of the identification of the last request: the reply repeats it (section 5.7) */
  identification: number
}

const registrations = new StateKey('mobile-ipv4', (state) => ({
  pairs: new IdentifierPairs<HomePair>((pair) => ({ ...pair, opened: false, careOf: -1, identification: -1 }), state.flows.forgotten),
}))

export function dissectRegistration(walk: Walk, offset: number): void {
  const kind = walk.u8(offset)
  const size = kind === Type4.Request ? REQUEST_SIZE : kind === Type4.Reply ? REPLY_SIZE : 0
  if (size === 0 || walk.end - offset < size || !plausible(walk, offset, kind, offset + size)) {
    walk.decline()
    return
  }
  walk.layer(mip4.protocol, mip4.root, offset, walk.end - offset)
  const whole = walk.need(offset, size)
  if (walk.recorder !== null) record(walk, offset, kind)
  if (whole) {
    const authenticated = extensions(walk, offset + size)
    if (walk.signalling && walk.addressSize !== 0) {
      if (kind === Type4.Request) request(walk, offset, authenticated)
      else reply(walk, offset, authenticated)
    }
  }
  if (!walk.quoted && walk.describing) walk.info = kind === Type4.Request ? 'Registration Request' : 'Registration Reply'
  walk.endLayer()
}

/** Reserved bits are zero and the extensions end with the datagram, as far as it was captured. */
function plausible(walk: Walk, offset: number, kind: number, begin: number): boolean {
  if (kind === Type4.Request && walk.u8(offset + RequestAt.Flags) & 1) return false
  let at = begin
  for (let n = 0; at < walk.limit && n < MAX_ITEMS && walk.item(at); n++) {
    if (walk.u8(at) === 0) at++
    else if (at + SHORT_HEADER > walk.limit) return walk.limit < walk.end
    else at += SHORT_HEADER + walk.u8(at + 1)
  }
  return at <= walk.end
}

function record(walk: Walk, offset: number, kind: number): void {
  const isRequest = kind === Type4.Request
  walk.uint(Field.type, offset, 1, kind)
  if (offset + (isRequest ? REQUEST_SIZE : REPLY_SIZE) > walk.limit) return
  const second = walk.u8(offset + 1)
  if (isRequest) {
    walk.uint(Field.flags, offset + 1, 1, second)
    for (const [bit, field] of Field.FLAGS) walk.uint(field, offset + 1, 1, (second >> bit) & 1)
  } else walk.uint(Field.code, offset + 1, 1, second)
  walk.uint(Field.lifetime, offset + RequestAt.Lifetime, 2, walk.u16(offset + RequestAt.Lifetime))
  walk.range(Field.homeAddress, offset + RequestAt.Home, 4)
  walk.range(Field.homeAgent, offset + RequestAt.Agent, 4)
  if (isRequest) walk.range(Field.careOfAddress, offset + RequestAt.CareOf, 4)
  const at = offset + (isRequest ? RequestAt.Identification : ReplyAt.Identification)
  const seconds = BigInt(walk.u32(at)) - 2_208_988_800n
  walk.words(Field.identification, at, 8, dateOf(seconds, (BigInt(walk.u32(at + 4)) * 1_000_000_000n) >> 32n))
}

/** Records the extensions; true when one of them authenticates. Types from 128 on may be skipped and have the short form too. */
function extensions(walk: Walk, begin: number): boolean {
  let authenticated = false
  let at = begin
  for (let n = 0; at < walk.end && n < MAX_ITEMS && walk.item(at); n++) {
    if (!walk.need(at, 1)) break
    const kind = walk.u8(at)
    if (kind === 0) {
      at++
      continue
    }
    if (!walk.need(at, SHORT_HEADER)) break
    const length = walk.u8(at + 1)
    const data = at + SHORT_HEADER
    if (!walk.need(data, length)) break
    walk.group(Field.extension, at, SHORT_HEADER + length)
    walk.uint(Field.extensionType, at, 1, kind)
    walk.uint(Field.extensionLength, at + 1, 1, length)
    if (AUTHENTICATIONS.includes(kind) && length >= 4) {
      authenticated = true
      walk.uint(Field.authenticationSpi, data, 4, walk.u32(data))
      if (length > 4) walk.range(Field.authenticator, data + 4, length - 4)
    } else if (length > 0) walk.range(Field.extensionData, data, length)
    walk.endGroup()
    at = data + length
  }
  return authenticated
}

function emit(walk: Walk, kind: SignalKind, pair: HomePair, sender: number, detail: SignalDetail): void {
  const s = walk.newSignal(kind, SignalProtocol.Mip4)
  s.context = pair.number
  s.side = sideOf(pair, sender)
  s.detail = detail
  walk.emit(s)
}

function open(
  walk: Walk,
  kind: SignalKind,
  pair: HomePair,
  from: number,
  step: number,
  message: string,
  home: number,
  agent: number,
): void {
  const { addresses } = walk.state.flows
  const mobile = [{ kind: 'home-address', value: addresses.text(home) }]
  const anchor = [{ kind: 'home-agent', value: addresses.text(agent) }]
  const detail: OpenDetail = {
    message,
    step,
    sender: from === home ? mobile : anchor,
    receiver: from === home ? anchor : mobile,
    ...UNSAID,
  }
  emit(walk, kind, pair, from, detail)
}

function request(walk: Walk, offset: number, authenticated: boolean): void {
  const { addresses } = walk.state.flows
  const home = addresses.intern(walk.bytes, offset + RequestAt.Home, 4)
  const agent = addresses.intern(walk.bytes, offset + RequestAt.Agent, 4)
  const careOf = addresses.intern(walk.bytes, offset + RequestAt.CareOf, 4)
  if (home < 0 || agent < 0) return
  const lifetime = walk.u16(offset + RequestAt.Lifetime)
  const pair = walk.state.of(registrations).pairs.get(home, agent)
  const low = walk.u32(offset + RequestAt.Identification + 4)
  const deletes = lifetime === 0
  const simultaneous = (walk.u8(offset + RequestAt.Flags) & SIMULTANEOUS) !== 0
  if (!pair.opened && !deletes) open(walk, SignalKind.Opening, pair, home, 1, 'Registration Request', home, agent)
  const detail: ClaimDetail = {
    message: simultaneous ? 'Registration Request, simultaneous bindings' : 'Registration Request',
    address: careOf,
    port: null,
    addressId: null,
    how: 'signalled',
    authentication: authenticated ? 'A3u' : 'A0',
    serial: low,
    correlation: null,
    // A deletion that names the home address takes all bindings away (section 3.8.2.1).
    wildcard: deletes && careOf === home,
    lifetime,
    proof:
      walk
        .u32(offset + RequestAt.Identification)
        .toString(16)
        .padStart(8, '0') + low.toString(16).padStart(8, '0'),
  }
  emit(walk, deletes ? SignalKind.Withdrawn : SignalKind.Claimed, pair, home, detail)
  pair.careOf = careOf
  pair.identification = low
}

function reply(walk: Walk, offset: number, authenticated: boolean): void {
  const { addresses } = walk.state.flows
  const home = addresses.intern(walk.bytes, offset + ReplyAt.Home, 4)
  const agent = addresses.intern(walk.bytes, offset + ReplyAt.Agent, 4)
  if (home < 0 || agent < 0) return
  const code = walk.u8(offset + ReplyAt.Code)
  const lifetime = walk.u16(offset + ReplyAt.Lifetime)
  const low = walk.u32(offset + ReplyAt.Identification + 4)
  const pair = walk.state.of(registrations).pairs.get(agent, home)
  const accepted = code <= LAST_ACCEPTING
  const authentication: ClaimAuthentication = authenticated ? 'A3u' : low === pair.identification ? 'A1' : 'A0'
  emit(walk, SignalKind.ClaimAnswered, pair, agent, {
    message: 'Registration Reply',
    accepted,
    serial: low,
    correlation: null,
    addressId: null,
    address: pair.careOf,
    authentication,
    cause: accepted ? null : (CODES[code] ?? `code ${code}`),
    code,
    lifetime,
  })
  if (!accepted) return
  if (lifetime === 0) {
    pair.opened = false
    emit(walk, SignalKind.Closed, pair, agent, {
      message: 'Registration Reply, lifetime 0',
      abrupt: false,
      final: true,
      cause: null,
      authentication,
    })
  } else if (!pair.opened) {
    pair.opened = true
    open(walk, SignalKind.Opened, pair, agent, 2, 'Registration Reply', home, agent)
  }
}
