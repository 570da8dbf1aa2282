/**
 * Mobile IPv6 messages as signals. `context` numbers the pair of home address (or mobile node identifier) and peer, `side` tells the sender;
 * `flow` is the pair of addresses that the message travelled on. An update claims the care-of address, with its lifetime, its prefixes and,
 * as `serial`, its sequence number; `correlation` is the binding identifier. Tests of return routability are probes matched by their cookies.
 */

import type { ClaimAuthentication, ClaimDetail, Identifier } from '../../shared/signal-details.ts'
import { SignalKind } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import * as Facts from './facts.ts'
import { ACKNOWLEDGEMENT_STATUS, ERROR_STATUS, FAST_STATUS, REVOCATION_STATUS } from './names.ts'
import { carriedBefore, emit, emitOpen } from './opening.ts'
import type { Found } from './options.ts'
import { type MobilePair, type MobilityState, mobilityState } from './state.ts'
import { FIRST_REFUSAL, LIFETIME_UNIT, Message, RevocationType, UpdateFlag } from './wire.ts'

/** How a binding update's authenticator stands, in words for the tree. */
export function authorizationVerdict(walk: Walk, begin: number, found: Found): string {
  switch (Facts.proveUpdate(walk, walk.state.of(mobilityState), begin, found).authentication) {
    case 'A3v':
      return 'right for the tokens seen'
    case 'AX':
      return 'wrong for the tokens seen'
    default:
      return 'tokens not seen'
  }
}

/** `offset` is the mobility header's; its options have been read. */
export function emitMessage(walk: Walk, offset: number, type: number, found: Found): void {
  const state = walk.state.of(mobilityState)
  switch (type) {
    case Message.HomeTestInit:
    case Message.CareOfTestInit:
    case Message.HomeTest:
    case Message.CareOfTest:
      test(walk, state, offset, type)
      return
    case Message.Update:
      update(walk, state, offset, found)
      return
    case Message.Acknowledgement:
      acknowledgement(walk, state, offset, found)
      return
    case Message.Error:
      bindingError(walk, state, offset)
      return
    case Message.FastUpdate:
      fastUpdate(walk, state, offset, found)
      return
    case Message.FastAcknowledgement:
      fastAcknowledgement(walk, state, offset)
      return
    case Message.Heartbeat:
      heartbeat(walk, offset)
      return
    case Message.Revocation:
      revocation(walk, state, offset, found)
      return
    default:
      emit(walk, SignalKind.Noted, undefined, -1, { message: NOTED[type] ?? `mobility message ${type}` })
  }
}

const NOTED: Readonly<Record<number, string>> = {
  [Message.RefreshRequest]: 'BRR',
  [Message.FastAdvertisement]: 'FNA',
  [Message.HomeAgentSwitch]: 'Home Agent Switch',
  [Message.HandoverInitiate]: 'HI',
  [Message.HandoverAcknowledge]: 'HAck',
  [Message.LocalRouting]: 'LRI',
  [Message.LocalRoutingAcknowledgement]: 'LRA',
  [Message.Notification]: 'UPN',
  [Message.NotificationAcknowledgement]: 'UPA',
}

/** HoTI, CoTI and their answers (section 5.2.5). The answer names a nonce and a token for the address it goes to. */
function test(walk: Walk, state: MobilityState, offset: number, type: Message): void {
  const answer = type === Message.HomeTest || type === Message.CareOfTest
  const kind = type === Message.HomeTest || type === Message.HomeTestInit ? 'home' : 'care-of'
  const sender = Facts.addressAt(walk, walk.checksumSource)
  const receiver = Facts.addressAt(walk, walk.checksumDestination)
  const node = answer ? receiver : sender
  const correspondent = answer ? sender : receiver
  const home = kind === 'home' ? node : state.homeOf(node)
  if (answer) state.addToken(kind, node, correspondent, walk.u16(offset + 6), walk.bytes.slice(offset + 16, offset + 24), walk.time)
  const pair = home < 0 ? undefined : answer ? state.pairs.get(correspondent, home) : state.pairs.get(home, correspondent)
  emit(walk, answer ? SignalKind.ProbeAnswered : SignalKind.Probed, pair, answer ? correspondent : home, {
    message: TESTS[type] as string,
    match: Facts.hexOf(walk.bytes.subarray(offset + 8, offset + 16)),
    authentication: answer ? 'A1' : 'A0',
  })
}

const TESTS: Readonly<Record<number, string>> = {
  [Message.HomeTestInit]: 'HoTI',
  [Message.CareOfTestInit]: 'CoTI',
  [Message.HomeTest]: 'HoT',
  [Message.CareOfTest]: 'CoT',
}

/** ns; older tokens prove nothing any more (section 5.2.7) */
const MAX_NONCE_LIFETIME = 240e9

interface Ends {
  pair: MobilePair
  mobile: number
  identifiers: Identifier[]
  role: 'home-agent' | 'correspondent' | 'local-mobility-anchor'
  message: string
}

/** Who is bound, to whom. */
function updateEnds(walk: Walk, state: MobilityState, flags: number, found: Found): Ends | undefined {
  const peer = Facts.addressAt(walk, walk.checksumDestination)
  const proxy = (flags & UpdateFlag.Proxy) !== 0
  const home = (flags & UpdateFlag.Home) !== 0
  const name = proxy ? Facts.nodeName(walk, found) : ''
  const mobile = name === '' ? Facts.addressAt(walk, walk.checksumSource) : state.nameId(name)
  if (mobile < 0 || peer < 0) return undefined
  const pair = state.pairs.get(mobile, peer)
  const identifiers: Identifier[] =
    name === ''
      ? [{ kind: 'home-address', value: walk.state.flows.addresses.text(mobile) }]
      : [{ kind: 'mobile-node-identifier', value: name }]
  const role = proxy ? 'local-mobility-anchor' : home ? 'home-agent' : 'correspondent'
  return { pair, mobile, identifiers, role, message: proxy ? 'PBU' : home ? 'BU to home agent' : 'BU' }
}

function update(walk: Walk, state: MobilityState, offset: number, found: Found): void {
  const sequence = walk.u16(offset + 6)
  const flags = walk.u16(offset + 8)
  const lifetime = walk.u16(offset + 10) * LIFETIME_UNIT
  const ends = updateEnds(walk, state, flags, found)
  if (ends === undefined) return
  const { pair, mobile, message } = ends
  const proof = Facts.proveUpdate(walk, state, offset, found)
  const prefixes = Facts.prefixesOf(walk, found)
  const texts = prefixes.map(Facts.prefixText)
  const claims = Facts.boundCareOf(walk, found)
  const first = (claims[0] as Facts.BoundCareOf).address
  // At home there is no care-of address: the binding goes (section 6.1.7).
  const deletes = lifetime === 0 || first === mobile
  if (!pair.opened && !deletes && proof.authentication !== 'AX') {
    const before =
      ends.role === 'correspondent'
        ? []
        : carriedBefore(walk, state, pair, mobile, prefixes, walk.destination, ends.role === 'home-agent' ? first : -1)
    emitOpen(
      walk,
      pair,
      mobile,
      1,
      message,
      [...ends.identifiers, ...prefixIdentifiers(texts)],
      [{ kind: ends.role, value: walk.state.flows.addresses.text(Facts.addressAt(walk, walk.checksumDestination)) }],
      (flags & UpdateFlag.MobileRouter) !== 0 ? ['mobile-router'] : [],
      before,
    )
  }
  for (const claim of claims) {
    const detail = claimOf(deletes ? `${message}, lifetime 0` : message, claim.address, sequence, proof.authentication)
    detail.correlation = claim.bid
    detail.lifetime = lifetime
    if ((flags & UpdateFlag.Acknowledge) === 0) detail.answerWanted = false
    detail.proof = proofText(walk, found)
    if (proof.age >= 0) detail.proofAge = proof.age / 1e9
    if (claim.preference !== null) detail.preference = claim.preference
    if (texts.length > 0) detail.prefixes = texts
    // A deletion names the home address as care-of address: what goes is whatever was bound.
    if (deletes && (claim.address === mobile || claim.address < 0)) {
      detail.address = pair.careOf
      detail.wildcard = pair.careOf < 0
    }
    emit(walk, deletes ? SignalKind.Withdrawn : SignalKind.Claimed, pair, mobile, detail)
  }
  const source = Facts.addressAt(walk, walk.source)
  // The proof holds the care-of token, which went to the care-of address; the packet shows the pair when it comes from there.
  if (proof.authentication === 'A3v' && proof.age <= MAX_NONCE_LIFETIME && !deletes && first === source)
    emit(walk, SignalKind.Verified, pair, mobile, { message: 'CoT used by BU', authentication: 'A3v' })
  if (proof.authentication !== 'AX') remember(walk, state, ends, { sequence, flags, lifetime, first, deletes, key: proof.key, prefixes })
}

interface Remembered {
  sequence: number
  flags: number
  lifetime: number
  first: number
  deletes: boolean
  key: Uint8Array | null
  prefixes: MobilePair['prefixes']
}

function remember(walk: Walk, state: MobilityState, ends: Ends, facts: Remembered): void {
  const { pair, mobile } = ends
  pair.mobile = mobile
  pair.registered = ends.role !== 'correspondent'
  pair.sequence = facts.sequence
  pair.lifetime = facts.deletes ? 0 : facts.lifetime
  pair.key = facts.key
  // A prefix of length 0 asks for one (RFC 5213 section 6.9.1.1): every address lies in it.
  const own = facts.prefixes.filter((prefix) => prefix.length > 0)
  if (own.length > 0) pair.prefixes = own
  if (facts.deletes) return
  pair.careOf = facts.first
  if (ends.role === 'correspondent') return
  boundAt(walk, state, pair, facts.first, Facts.addressAt(walk, walk.destination), ends.role === 'home-agent')
}

/** Registered: what goes through the tunnel between care-of address and anchor is the mobile end's. */
function boundAt(walk: Walk, state: MobilityState, pair: MobilePair, careOf: number, anchor: number, home: boolean): void {
  pair.registered = true
  pair.careOf = careOf
  if (home) state.setHome(careOf, pair.mobile)
  state.addTunnel(careOf, anchor, pair)
  walk.state.watched |= 1
}

function acknowledgement(walk: Walk, state: MobilityState, offset: number, found: Found): void {
  const status = walk.u8(offset + 6)
  const sequence = walk.u16(offset + 8)
  const lifetime = walk.u16(offset + 10) * LIFETIME_UNIT
  const sender = Facts.addressAt(walk, walk.checksumSource)
  const proxy = (walk.u8(offset + 7) & 0x20) !== 0
  const name = proxy ? Facts.nodeName(walk, found) : ''
  const mobile = name === '' ? Facts.addressAt(walk, walk.checksumDestination) : state.nameId(name)
  if (mobile < 0 || sender < 0) return
  // A refusal of an update whose home address is not believed goes to the care-of address alone (section 9.5.4).
  const home = Facts.saysHome(walk) || name !== '' ? mobile : state.homeOf(mobile)
  const pair =
    state.pairs.find(sender, mobile) ?? (home < 0 ? undefined : state.pairs.find(sender, home)) ?? state.pairs.get(mobile, sender)
  const accepted = status < FIRST_REFUSAL
  const careOf = Facts.addressAt(walk, walk.destination)
  const authentication = Facts.proveAcknowledgement(walk, offset, found, pair.key, sequence === pair.sequence)
  const prefixes = Facts.prefixesOf(walk, found)
  const message = proxy ? 'PBA' : 'BA'
  emit(walk, SignalKind.ClaimAnswered, pair, sender, {
    message,
    accepted,
    serial: sequence,
    correlation: null,
    addressId: null,
    address: careOf,
    authentication,
    cause: accepted ? null : (ACKNOWLEDGEMENT_STATUS[status] ?? `status ${status}`),
    code: status,
    lifetime,
    ...(prefixes.length > 0 ? { prefixes: prefixes.map(Facts.prefixText) } : {}),
  })
  if (!accepted || authentication === 'AX') return
  if (prefixes.length > 0) pair.prefixes = prefixes
  if (lifetime === 0) {
    emit(walk, SignalKind.Closed, pair, sender, {
      message: `${message}, lifetime 0`,
      abrupt: false,
      final: true,
      cause: null,
      authentication,
    })
    pair.opened = false
    pair.careOf = -1
    return
  }
  if (pair.registered && pair.careOf === careOf) emit(walk, SignalKind.Verified, pair, sender, { message, authentication })
  if (pair.opened) return
  pair.opened = true
  const texts = prefixIdentifiers(prefixes.map(Facts.prefixText))
  // Without an update seen before, the answer alone tells who is bound; only correspondents authorize by return routability.
  const role = proxy ? 'local-mobility-anchor' : found.authorization >= 0 ? 'correspondent' : 'home-agent'
  const { addresses } = walk.state.flows
  const who: Identifier =
    name === '' ? { kind: 'home-address', value: addresses.text(mobile) } : { kind: 'mobile-node-identifier', value: name }
  const known = pair.mobile >= 0
  const end = known ? pair.mobile : home < 0 ? mobile : home
  pair.mobile = end
  const anchored = known ? pair.registered : role !== 'correspondent'
  if (anchored && !known) boundAt(walk, state, pair, careOf, sender, role === 'home-agent')
  const before = anchored ? carriedBefore(walk, state, pair, end, prefixes, walk.source, proxy ? -1 : careOf) : []
  if (known) emitOpen(walk, pair, sender, 2, message, [], texts, [], before)
  else emitOpen(walk, pair, sender, 2, message, [{ kind: role, value: addresses.text(sender) }], [who, ...texts], [], before)
}

function bindingError(walk: Walk, state: MobilityState, offset: number): void {
  const status = walk.u8(offset + 6)
  const sender = Facts.addressAt(walk, walk.checksumSource)
  const pair = state.pairs.find(sender, Facts.addressAt(walk, offset + 8))
  emit(walk, SignalKind.Refused, pair, sender, {
    message: 'BE',
    abrupt: true,
    final: false,
    cause: ERROR_STATUS[status] ?? `status ${status}`,
    authentication: 'A0',
  })
}

/** RFC 5568 section 6.2.2: the previous care-of address is the home address, the new one the alternate care-of address. */
function fastUpdate(walk: Walk, state: MobilityState, offset: number, found: Found): void {
  const sender = Facts.addressAt(walk, walk.checksumSource)
  const receiver = Facts.addressAt(walk, walk.checksumDestination)
  const pair = state.pairs.get(sender, receiver)
  const authentication: ClaimAuthentication = found.authorization >= 0 || found.authentication >= 0 ? 'A3u' : 'A0'
  const detail = claimOf('FBU', Facts.careOfId(walk, found), walk.u16(offset + 6), authentication)
  detail.lifetime = walk.u16(offset + 10) * LIFETIME_UNIT
  emit(walk, detail.lifetime === 0 ? SignalKind.Withdrawn : SignalKind.Claimed, pair, sender, detail)
  pair.sequence = detail.serial as number
}

function fastAcknowledgement(walk: Walk, state: MobilityState, offset: number): void {
  const status = walk.u8(offset + 6)
  const sender = Facts.addressAt(walk, walk.checksumSource)
  const pair = state.pairs.find(sender, Facts.addressAt(walk, walk.checksumDestination))
  const accepted = status < FIRST_REFUSAL
  emit(walk, SignalKind.ClaimAnswered, pair, sender, {
    message: 'FBack',
    accepted,
    serial: walk.u16(offset + 8),
    correlation: null,
    addressId: null,
    address: Facts.addressAt(walk, walk.destination),
    authentication: pair !== undefined && pair.sequence === walk.u16(offset + 8) ? 'A1' : 'A0',
    cause: accepted ? null : (FAST_STATUS[status] ?? `status ${status}`),
    code: status,
    lifetime: walk.u16(offset + 10) * LIFETIME_UNIT,
  })
}

function heartbeat(walk: Walk, offset: number): void {
  const flags = walk.u8(offset + 7)
  emit(walk, flags & 1 ? SignalKind.ProbeAnswered : SignalKind.Probed, undefined, -1, {
    message: flags & 1 ? 'Heartbeat response' : 'Heartbeat',
    match: walk
      .u32(offset + 8)
      .toString(16)
      .padStart(8, '0'),
    authentication: 'A0',
  })
}

/** RFC 5846: the anchor takes bindings back. */
function revocation(walk: Walk, state: MobilityState, offset: number, found: Found): void {
  const code = walk.u8(offset + 7)
  const sequence = walk.u16(offset + 8)
  const sender = Facts.addressAt(walk, walk.checksumSource)
  const name = Facts.nodeName(walk, found)
  const indicates = walk.u8(offset + 6) === RevocationType.Indication
  const other = name === '' ? Facts.addressAt(walk, walk.checksumDestination) : state.findName(name)
  const anchor = indicates || name === '' ? sender : Facts.addressAt(walk, walk.checksumDestination)
  const pair = other < 0 ? undefined : state.pairs.find(anchor, other)
  if (indicates) {
    const detail = claimOf('BRI', pair?.careOf ?? -1, sequence, found.authorization >= 0 ? 'A3u' : 'A0')
    detail.wildcard = detail.address < 0
    emit(walk, SignalKind.Withdrawn, pair, sender, detail)
    return
  }
  const accepted = code < FIRST_REFUSAL
  emit(walk, SignalKind.ClaimAnswered, pair, pair === undefined || name === '' ? sender : pair.mobile, {
    message: 'BRA',
    accepted,
    serial: sequence,
    correlation: null,
    addressId: null,
    address: pair?.careOf ?? -1,
    authentication: 'A0',
    cause: accepted ? null : (REVOCATION_STATUS[code] ?? `status ${code}`),
    code,
  })
}

function claimOf(message: string, address: number, serial: number, authentication: ClaimAuthentication): ClaimDetail {
  return {
    message,
    address,
    port: null,
    addressId: null,
    how: 'signalled',
    authentication,
    serial,
    correlation: null,
    wildcard: false,
  }
}

/** Nonce indices and authenticator: what a replayed update has in common with its first copy. */
function proofText(walk: Walk, found: Found): string {
  const nonces = found.nonces < 0 ? '' : Facts.hexOf(walk.bytes.subarray(found.nonces, found.nonces + 4))
  const begin = found.authorization
  const mac = begin < 0 ? '' : Facts.hexOf(walk.bytes.subarray(begin, begin + Math.min(20, found.authorizationLength)))
  return `${nonces}:${mac}`
}

function prefixIdentifiers(prefixes: readonly string[]): Identifier[] {
  return prefixes.map((value) => ({ kind: 'network-prefix', value }))
}
