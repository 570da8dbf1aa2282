/**
 * What Shim6 messages and payload say, as signals. `context` is the number of the ULID pair's context, `side` the end that sent;
 * `token` the low half of the tag that the packet carries. Authentication of a locator: A4v owned by HBA or CGA, AX proven not to be,
 * A4u not verifiable, A1 without a method; of a message: A1 its tag or nonce fits what was seen, A0 it does not.
 * What is AX or of an old generation claims, but changes nothing that is known. Payload between the ULIDs themselves carries no Shim6
 * header (RFC 5533 section 4.6): it is seen in plain IPv6 packets once the context is up.
 */

import { formatIpv6 } from '../../shared/address.ts'
import type { ClaimAuthentication, ClaimDetail, Identifier, VerifyDetail } from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { UNSAID } from '../core/open-detail.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { upperFlow, upperUnit } from '../ipv6/watch.ts'
import type { LocatorPreference, ProbeReport, Shim6Facts } from './facts.ts'
import { remember, type Shim6Context, type Shim6End, shim6State, type TagOwner } from './state.ts'
import { knownParty, levelsOf, type Party, parametersOf } from './verify.ts'
import { errorNames, Message, messageName, PreferenceFlag, REAP_STATES } from './wire.ts'

const STEPS: Readonly<Record<number, number>> = {
  [Message.I1]: 1,
  [Message.R1]: 2,
  [Message.I2]: 3,
  [Message.R2]: 4,
  [Message.R1bis]: 2,
  [Message.I2bis]: 3,
}

interface Said {
  walk: Walk
  facts: Shim6Facts
  /** null: a message whose tag or nonce belongs to nothing that was seen */
  context: Shim6Context | null
  side: 0 | 1
  sender: Shim6End | null
  peer: Shim6End | null
  level: ClaimAuthentication
}

// ------------------------------------------------------------------ payload

/** Behind a payload extension header. A tag nobody announced is of no context: its token still tells its packets apart. */
export function emitPayload(walk: Walk, tag: number, owner: TagOwner | undefined, upper: number, offset: number): void {
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Shim6)
  if (!upperUnit(walk, s, upper, offset, walk.end)) return
  s.token = tag % 0x1_0000_0000
  if (owner !== undefined) {
    s.context = owner.context.number
    s.side = owner.receiver === 0 ? 1 : 0
  }
  walk.emit(s)
}

/** Plain packets between the ULIDs of a context that is up. */
export function watchUlids(walk: Walk, upper: number, offset: number): void {
  if (upper === IpProtocol.Shim6 || walk.state.watched === 0) return
  const state = walk.state.of(shim6State)
  if (!state.established) return
  upperFlow(walk, upper, offset)
  if (walk.flow < 0) return
  const source = walk.state.flows.sender(walk.flow, walk.direction)
  const context = state.plainContext(source, walk.state.flows.receiver(walk.flow, walk.direction))
  if (context === undefined) return
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Shim6)
  if (!upperUnit(walk, s, upper, offset, walk.end)) return
  s.context = context.number
  s.side = context.ends[0].ulid === source ? 0 : 1
  walk.emit(s)
}

// ------------------------------------------------------------------ messages

/** Emits what a control message says and remembers what later ones need. Not in second passes. */
export function followMessage(walk: Walk, facts: Shim6Facts): void {
  const party = knownParty(walk, facts) ?? partyOfUlids(walk, facts)
  const context = party?.context ?? null
  const side = party?.side ?? 0
  const sender = context?.ends[side] ?? null
  const peer = context?.ends[side === 0 ? 1 : 0] ?? null
  const said: Said = { walk, facts, context, side, sender, peer, level: party === null ? 'A0' : 'A1' }
  if (facts.type === Message.I1 || facts.type === Message.I2 || facts.type === Message.I2bis) begin(said)
  if (STEPS[facts.type] !== undefined) handshake(said)
  const levels = facts.locators === null ? [] : levelsOf(walk, facts, sender)
  locators(said, levels)
  preferences(said, levels)
  if (facts.type === Message.UpdateAcknowledgement) acknowledged(said)
  if (facts.type === Message.Keepalive) note(said, 'path is alive')
  if (facts.type === Message.Probe) probe(said)
  if (facts.type === Message.Error) failed(said)
}

/** The parties that a message of an establishment names by ULIDs: its ULID pair, else the packet's addresses (section 5.4). */
function partyOfUlids(walk: Walk, facts: Shim6Facts): Party | null {
  if (STEPS[facts.type] === undefined || facts.type === Message.R1bis) return null
  const { addresses } = walk.state.flows
  const at = facts.ulidsAt >= 0 ? facts.ulidsAt : walk.source
  const other = facts.ulidsAt >= 0 ? facts.ulidsAt + 16 : walk.destination
  const ulid = (place: number): { id: number; bytes: Uint8Array } => ({
    id: addresses.intern(walk.bytes, place, 16),
    bytes: walk.bytes.slice(place, place + 16),
  })
  const sender = ulid(at)
  const receiver = ulid(other)
  if (sender.id < 0 || receiver.id < 0) return null
  const context = walk.state.of(shim6State).context(sender, receiver, facts.forked)
  return { context, side: context.ends[0].ulid === sender.id ? 0 : 1 }
}

/** Initiator's messages open an exchange under their nonce; its tag counts once R2 has ended it. */
function begin(said: Said): void {
  const { walk, facts, context, side } = said
  if (context === null || facts.nonce < 0) return
  walk.state.of(shim6State).begin(facts.nonce, { context, initiator: side, tag: facts.tag })
}

function signal(said: Said, kind: SignalKind): Signal {
  const s = said.walk.newSignal(kind, SignalProtocol.Shim6)
  if (said.context !== null) {
    s.context = said.context.number
    s.side = said.side
  }
  if (STEPS[said.facts.type] === undefined && said.facts.tag >= 0) s.token = said.facts.tag % 0x1_0000_0000
  return s
}

function note(said: Said, words: string): void {
  const s = signal(said, SignalKind.Noted)
  s.detail = { message: `${messageName(said.facts.type)}: ${words}` }
  said.walk.emit(s)
}

function tagIdentifier(tag: number): Identifier {
  return { kind: 'context-tag', value: `0x${tag.toString(16).padStart(12, '0')}` }
}

function handshake(said: Said): void {
  const { walk, facts, context, sender, peer } = said
  const step = STEPS[facts.type] as number
  const own: Identifier[] = sender === null ? [] : [{ kind: 'ulid', value: formatIpv6(sender.ulidBytes) }]
  const theirs: Identifier[] = peer === null ? [] : [{ kind: 'ulid', value: formatIpv6(peer.ulidBytes) }]
  if (context !== null && context.forked !== 0) own.push({ kind: 'forked-instance', value: String(context.forked) })
  if (facts.tag >= 0) own.push(tagIdentifier(facts.tag))
  if (facts.packetTag >= 0) theirs.push(tagIdentifier(facts.packetTag))
  const s = signal(said, step === 4 ? SignalKind.Opened : SignalKind.Opening)
  s.detail = {
    message: messageName(facts.type),
    step,
    sender: own,
    receiver: theirs,
    ...UNSAID,
  }
  walk.emit(s)
  if (facts.type === Message.R2 && context !== null) established(said, context)
}

function established(said: Said, context: Shim6Context): void {
  const { walk, facts, side } = said
  const state = walk.state.of(shim6State)
  state.setTag(context, side, facts.tag)
  const exchange = state.exchange(facts.nonce)
  if (exchange !== undefined && exchange.context === context) state.setTag(context, exchange.initiator, exchange.tag)
  state.establish(context)
  walk.state.watched |= 1
}

function claim(
  said: Said,
  kind: SignalKind,
  address: number,
  authentication: ClaimAuthentication,
  preference: LocatorPreference | undefined,
): void {
  const { walk, facts } = said
  const detail: ClaimDetail = {
    message: `${messageName(facts.type)}: Locator List`,
    address,
    port: null,
    addressId: null,
    how: STEPS[facts.type] === undefined ? 'signalled' : 'listed',
    authentication,
    serial: facts.generation,
    correlation: facts.type === Message.UpdateRequest ? facts.nonce : null,
    wildcard: false,
  }
  if (facts.nonce >= 0) detail.proof = hexWord(facts.nonce)
  if (preference !== undefined) {
    detail.preference = preference.priority
    detail.weight = preference.weight
  }
  const s = signal(said, kind)
  s.detail = detail
  walk.emit(s)
}

/** A list is the whole set (section 5.15.2): what a newer one leaves out is withdrawn. Lists of older generations change nothing. */
function locators(said: Said, levels: readonly ClaimAuthentication[]): void {
  const { walk, facts, sender } = said
  if (facts.locators === null) {
    if (sender !== null && facts.parametersAt >= 0) sender.parameters ??= parametersOf(walk, facts, null)
    return
  }
  const { addresses } = walk.state.flows
  const set: number[] = []
  facts.locators.forEach((locator, i) => {
    const address = addresses.intern(walk.bytes, locator.at, 16)
    if (address < 0) return
    set.push(address)
    const preference = facts.preferencesGeneration === facts.generation ? facts.preferences[i] : undefined
    claim(said, SignalKind.Claimed, address, levels[i] as ClaimAuthentication, preference)
  })
  if (sender === null) return
  if (facts.type === Message.UpdateRequest && facts.nonce >= 0 && said.context !== null) {
    remember(sender.requests, facts.nonce, set)
    walk.state.of(shim6State).ask(facts.nonce, { context: said.context, receiver: said.side === 0 ? 1 : 0 })
  }
  if (facts.generation <= sender.generation && sender.generation >= 0) {
    const same = set.length === sender.locators.length && set.every((address) => sender.locators.includes(address))
    if (!same) note(said, `locator list of generation ${facts.generation}, the latest is ${sender.generation}`)
    return
  }
  if (levels.includes('AX')) return
  for (const address of sender.locators) if (!set.includes(address)) claim(said, SignalKind.Withdrawn, address, said.level, undefined)
  sender.locators = set
  sender.generation = facts.generation
  if (facts.parametersAt >= 0) sender.parameters = parametersOf(walk, facts, sender)
}

/** Lower priorities are preferred; a broken locator is not to be used (section 5.15.3). */
function preferences(said: Said, levels: readonly ClaimAuthentication[]): void {
  const { walk, facts, sender } = said
  if (facts.preferences.length === 0) return
  const listed = facts.locators?.map((one) => walk.state.flows.addresses.intern(walk.bytes, one.at, 16))
  const set = listed ?? (sender !== null && sender.generation === facts.preferencesGeneration ? sender.locators : [])
  let lowest = 256
  for (const { flags, priority } of facts.preferences) if ((flags & PreferenceFlag.Broken) === 0 && priority < lowest) lowest = priority
  facts.preferences.forEach(({ flags, priority }, i) => {
    const address = set[i]
    if (address === undefined || address < 0) return
    const broken = (flags & PreferenceFlag.Broken) !== 0
    const s = signal(said, SignalKind.Preferred)
    s.detail = {
      message: `Locator Preferences: priority ${priority}${broken ? ', broken' : ''}${flags & PreferenceFlag.Temporary ? ', temporary' : ''}`,
      address,
      addressId: null,
      backup: broken || priority > lowest,
      serial: facts.preferencesGeneration,
      correlation: facts.type === Message.UpdateRequest ? facts.nonce : null,
      // A wish for a locator is worth no more than the claim to it.
      authentication: levels[i] === 'AX' ? 'AX' : said.level,
    }
    walk.emit(s)
  })
}

/** The peer's answer to the update that it names by nonce. `cause` null: accepted. */
function answer(said: Said, nonce: number, cause: string | null): boolean {
  const { walk, facts, peer } = said
  const claimed = peer?.requests.get(nonce)
  if (peer === null || claimed === undefined) return false
  peer.requests.delete(nonce)
  for (const address of claimed) {
    const s = signal(said, SignalKind.ClaimAnswered)
    s.detail = {
      message: messageName(facts.type),
      accepted: cause === null,
      serial: null,
      correlation: nonce,
      addressId: null,
      address,
      authentication: said.level,
      cause,
    }
    walk.emit(s)
  }
  return true
}

function acknowledged(said: Said): void {
  answer(said, said.facts.nonce, null)
}

/** Error messages carry no tag: the update in error is known by the nonce in the part that is quoted. */
function failed(said: Said): void {
  const { walk, facts } = said
  const cause = errorNames[facts.errorCode] ?? `error ${facts.errorCode}`
  const s = signal(said, SignalKind.Refused)
  s.detail = { message: 'Error', abrupt: false, final: false, cause, authentication: said.level }
  walk.emit(s)
  if (facts.quotedNonce >= 0) answer(said, facts.quotedNonce, cause)
}

function hexWord(value: number): string {
  return value.toString(16).padStart(8, '0')
}

function pairOf(walk: Walk, report: ProbeReport): { source: number; destination: number } {
  const { addresses } = walk.state.flows
  return { source: addresses.intern(walk.bytes, report.at, 16), destination: addresses.intern(walk.bytes, report.at + 16, 16) }
}

function sameAddresses(walk: Walk, at: number): boolean {
  for (let i = 0; i < 16; i++) {
    if (walk.bytes[at + i] !== walk.bytes[walk.source + i] || walk.bytes[at + 16 + i] !== walk.bytes[walk.destination + i]) return false
  }
  return true
}

/**
 * REAP (RFC 5534 section 4): the first report of probes sent is of this very probe; a report of a probe received proves the pair that it
 * was sent on, in that direction, when that probe was seen on that pair.
 */
function probe(said: Said): void {
  const { walk, facts, sender, peer } = said
  const message = `Probe (${REAP_STATES[facts.reapState] ?? facts.reapState})`
  const [own] = facts.sent
  if (own !== undefined) {
    const s = signal(said, SignalKind.Probed)
    s.detail = { message, match: hexWord(own.nonce), authentication: said.level }
    walk.emit(s)
    if (sender !== null) remember(sender.probes, own.nonce, pairOf(walk, own))
    if (!sameAddresses(walk, own.at)) note(said, 'the report of this probe names other addresses than the packet has')
  }
  for (const report of facts.received) {
    const answered = signal(said, SignalKind.ProbeAnswered)
    answered.detail = { message, match: hexWord(report.nonce), authentication: said.level }
    walk.emit(answered)
    const sent = peer?.probes.get(report.nonce)
    const pair = pairOf(walk, report)
    if (sent === undefined || sent.source !== pair.source || sent.destination !== pair.destination) continue
    const verified = signal(said, SignalKind.Verified)
    const detail: VerifyDetail = { message, authentication: 'A2', ...pair }
    verified.detail = detail
    walk.emit(verified)
  }
}
