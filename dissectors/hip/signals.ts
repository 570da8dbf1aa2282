/**
 * What HIP packets say, as signals. All carry the HIT pair's number as `context` and the sender's end as `side`, whatever the addresses.
 * Authentication: A4v signature right by the HOST_ID that hashes to the sender's HIT, AX proven wrong, A4u signed but not verifiable,
 * A3u MAC only (its key is never in the capture), A0 neither. A packet that is AX changes no state; an UPDATE whose id is older than the
 * latest (RFC 7401 section 6.12) claims, but neither withdraws nor replaces anything.
 */

import { formatIpv6 } from '../../shared/address.ts'
import type { ClaimAuthentication, ClaimDetail, Identifier } from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import { hexOf } from '../core/hex.ts'
import { UNSAID } from '../core/open-detail.ts'
import type { Walk } from '../core/walk.ts'
import { spiState } from '../esp/state.ts'
import { payloadHash } from '../udp/dissect.ts'
import type { HipFacts, Locator } from './facts.ts'
import { checkHit, HitCheck } from './host-id.ts'
import { isMapped } from './locators.ts'
import { type HipAssociation, type HipEnd, hipState, NO_HIT, remember } from './state.ts'
import { checkSolution, hitsOf, keyOfPacket, levelOf } from './verify.ts'
import { FIRST_STATUS, Header, HIT_SIZE, notificationNames, Packet, packetName } from './wire.ts'

/** One packet, its association and what was found out about it. */
interface Said {
  walk: Walk
  facts: HipFacts
  association: HipAssociation
  side: 0 | 1
  sender: HipEnd
  peer: HipEnd
  level: ClaimAuthentication
  /** may it change what is known? */
  trusted: boolean
  /** an UPDATE that is older than the latest of its sender */
  stale: boolean
}

const STEPS: Readonly<Record<number, number>> = { [Packet.I1]: 1, [Packet.R1]: 2, [Packet.I2]: 3, [Packet.R2]: 4 }

/** Emits what a packet says and remembers what later ones need. Not in second passes. */
export function followPacket(walk: Walk, facts: HipFacts): void {
  const { association, fresh } = associationOf(walk, facts)
  const side = hexOf(association.ends[0].hit, 0, HIT_SIZE) === hitsOf(walk, facts.offset).sender ? 0 : 1
  const sender = association.ends[side]
  const identity = checkedIdentity(walk, facts, sender)
  const level = levelOf(walk, facts, sender)
  const stale = facts.seq !== null && facts.seq < sender.lastUpdate
  const trusted = level !== 'AX' && identity !== 'wrong'
  const said: Said = { walk, facts, association, side, sender, peer: association.ends[side === 0 ? 1 : 0], level, trusted, stale }
  if (fresh && STEPS[facts.type] === undefined) introduced(said)
  handshake(said)
  if (identity === 'wrong') note(said, `HOST_ID does not hash to the sender's HIT`)
  if (identity === 'changed') note(said, 'HOST_ID differs from the one seen before for this HIT')
  puzzle(said)
  security(said)
  locators(said)
  answers(said)
  echoes(said)
  if (level === 'AX') note(said, 'the signature is not of the key that signed before')
  if (stale) note(said, `update id ${facts.seq} is older than ${sender.lastUpdate}`)
  if (facts.seq !== null && trusted && !stale) sender.lastUpdate = facts.seq
  ends(said)
  carried(said)
}

function associationOf(walk: Walk, facts: HipFacts): { association: HipAssociation; fresh: boolean } {
  const state = walk.state.of(hipState)
  const { sender, receiver } = hitsOf(walk, facts.offset)
  const known = state.find(sender, receiver)
  if (known !== null) return { association: known, fresh: false }
  const at = facts.offset + Header.SenderHit
  const senderHit = walk.bytes.subarray(at, at + HIT_SIZE)
  const revealed = facts.type === Packet.R1 ? state.reveal(receiver, sender, senderHit) : null
  if (revealed !== null) return { association: revealed, fresh: false }
  return { association: state.get(sender, receiver, senderHit, walk.bytes.subarray(at + HIT_SIZE, at + 2 * HIT_SIZE)), fresh: true }
}

/** Keeps the sender's key when it is its HIT's, or the first seen for a HIT whose hash is not known here. */
function checkedIdentity(walk: Walk, facts: HipFacts, sender: HipEnd): 'none' | 'right' | 'wrong' | 'changed' | 'unknown' {
  const { identityAt: at, identityLength: length } = facts
  if (at < 0 || length === 0 || at + length > walk.limit) return 'none'
  const check = checkHit(walk, facts.offset + Header.SenderHit, at, at + length)
  if (check === HitCheck.Wrong) return 'wrong'
  const key = keyOfPacket(walk, facts)
  const known = sender.key
  if (known === null) sender.key = key
  else if (key !== null && hexOf(known.bytes, 0, known.bytes.length) !== hexOf(key.bytes, 0, key.bytes.length)) return 'changed'
  return check === HitCheck.Right ? 'right' : 'unknown'
}

function signal(said: Said, kind: SignalKind): Signal {
  const s = said.walk.newSignal(kind, SignalProtocol.Hip)
  s.context = said.association.number
  s.side = said.side
  return s
}

function note(said: Said, words: string): void {
  const s = signal(said, SignalKind.Noted)
  s.detail = { message: `${packetName(said.facts.type)}: ${words}` }
  said.walk.emit(s)
}

function hitIdentifier(hit: Uint8Array): Identifier {
  const none = hexOf(hit, 0, HIT_SIZE) === NO_HIT
  return { kind: none ? 'opportunistic' : 'hit', value: formatIpv6(hit) }
}

function spiIdentifier(spi: number): Identifier {
  return { kind: 'spi', value: `0x${spi.toString(16).padStart(8, '0')}` }
}

/** An association whose base exchange was before the capture. */
function introduced(said: Said): void {
  const s = signal(said, SignalKind.Identified)
  s.detail = {
    message: packetName(said.facts.type),
    sender: [hitIdentifier(said.sender.hit)],
    receiver: [hitIdentifier(said.peer.hit)],
    replaced: [],
    authentication: said.level,
  }
  said.walk.emit(s)
}

function handshake(said: Said): void {
  const { walk, facts, sender, peer } = said
  const step = STEPS[facts.type]
  if (step === undefined) return
  const s = signal(said, step === 4 ? SignalKind.Opened : SignalKind.Opening)
  const own = [hitIdentifier(sender.hit)]
  if (facts.domain !== '') own.push({ kind: 'domain', value: facts.domain })
  if (facts.espInfo !== null && facts.espInfo.newSpi !== 0) own.push(spiIdentifier(facts.espInfo.newSpi))
  s.detail = {
    message: packetName(facts.type),
    step,
    sender: own,
    receiver: [hitIdentifier(peer.hit)],
    ...UNSAID,
  }
  walk.emit(s)
  if (!said.trusted) return
  if (step === 4) sender.lastUpdate = peer.lastUpdate = -1
  // I1 costs nothing to forge; the later ones answer what was sent to their sender.
  if (step > 1 && sender.locators === null && walk.flow >= 0) sender.locators = [ownAddress(walk, facts)]
}

/** A responder that is under load asks for more work (section 4.1.1); a wrong solution costs it nothing but may be an attack. */
function puzzle(said: Said): void {
  const { walk, facts, sender } = said
  if (facts.type === Packet.R1 && facts.puzzleAt >= 0) {
    if (sender.difficulty >= 0 && facts.difficulty >= sender.difficulty + 2)
      note(said, `puzzle difficulty rises from ${sender.difficulty} to ${facts.difficulty}`)
    if (said.trusted) sender.difficulty = facts.difficulty
  }
  if (checkSolution(walk, facts) === false) note(said, 'the solution does not solve the puzzle')
}

/** ESP_INFO (RFC 7402 section 5.1.1): the sender receives on the new SPI; zero ends the old one. */
function security(said: Said): void {
  const { walk, facts, sender } = said
  if (facts.espInfo === null) return
  const { oldSpi, newSpi } = facts.espInfo
  if (facts.type === Packet.Update && oldSpi !== newSpi) {
    const s = signal(said, SignalKind.Identified)
    s.detail = {
      message: 'UPDATE: ESP_INFO',
      sender: newSpi === 0 ? [] : [spiIdentifier(newSpi)],
      replaced: oldSpi === 0 ? [] : [spiIdentifier(oldSpi)],
      authentication: said.level,
    }
    walk.emit(s)
  }
  if (!said.trusted || said.stale || newSpi === 0 || walk.flow < 0) return
  const address = walk.state.flows.sender(walk.flow, walk.direction)
  sender.spi = newSpi
  const protocol = SignalProtocol.Hip
  walk.state.of(spiState).bind(newSpi, { protocol, name: 'HIP', context: said.association.number, receiver: said.side, address })
}

function addressAt(walk: Walk, at: number): number {
  const { addresses } = walk.state.flows
  return isMapped(walk.bytes, at) ? addresses.intern(walk.bytes, at + 12, 4) : addresses.intern(walk.bytes, at, 16)
}

function addressOf(walk: Walk, locator: Locator): number {
  return addressAt(walk, locator.at)
}

/** The sender's address: the packet's source, unless a relay has put its own there (RELAY_FROM of RFC 5770, FROM of RFC 8004). */
function ownAddress(walk: Walk, facts: HipFacts): number {
  return facts.fromAt >= 0 ? addressAt(walk, facts.fromAt) : walk.state.flows.sender(walk.flow, walk.direction)
}

function claim(said: Said, kind: SignalKind, address: number, port: number | null, lifetime: number | null): void {
  const { walk, facts } = said
  const detail: ClaimDetail = {
    message: `${packetName(facts.type)}: LOCATOR_SET`,
    address,
    port,
    addressId: null,
    how: STEPS[facts.type] === undefined ? 'signalled' : 'listed',
    authentication: said.level,
    serial: facts.seq,
    correlation: null,
    wildcard: false,
  }
  if (lifetime !== null) detail.lifetime = lifetime
  if (facts.mac !== '') detail.proof = facts.mac
  const s = signal(said, kind)
  s.detail = detail
  walk.emit(s)
}

/** LOCATOR_SET is the whole current set: a locator that it leaves out is deprecated (RFC 8046 section 5.3). */
function locators(said: Said): void {
  const { walk, facts, sender } = said
  if (facts.locators === null) return
  const set: number[] = []
  for (const locator of facts.locators) {
    const address = addressOf(walk, locator)
    if (address < 0) continue
    if (locator.lifetime > 0) set.push(address)
    claim(said, locator.lifetime > 0 ? SignalKind.Claimed : SignalKind.Withdrawn, address, locator.port, locator.lifetime)
  }
  const before = sender.locators
  if (said.trusted && !said.stale) {
    for (const address of before ?? []) if (!set.includes(address)) claim(said, SignalKind.Withdrawn, address, null, null)
    sender.locators = set
    if (facts.seq !== null) remember(sender.claims, facts.seq, set)
  }
  const preferred = facts.locators.find((locator) => locator.preferred && locator.lifetime > 0)
  if (preferred === undefined) return
  const s = signal(said, SignalKind.Preferred)
  s.detail = {
    message: `${packetName(facts.type)}: LOCATOR_SET`,
    address: addressOf(walk, preferred),
    addressId: null,
    backup: false,
    serial: facts.seq,
    correlation: null,
    authentication: said.level,
  }
  walk.emit(s)
}

/** ACK accepts the locators of the update it names (RFC 8046 section 5.3). */
function answers(said: Said): void {
  const { walk, facts, peer } = said
  for (const serial of facts.acks) {
    const claimed = peer.claims.get(serial)
    if (claimed === undefined) continue
    if (said.trusted) peer.claims.delete(serial)
    for (const address of claimed) {
      const s = signal(said, SignalKind.ClaimAnswered)
      s.detail = {
        message: 'UPDATE: ACK',
        accepted: true,
        serial,
        correlation: null,
        addressId: null,
        address,
        authentication: said.level,
        cause: null,
      }
      walk.emit(s)
    }
  }
}

/** An echo that comes back from the address it was sent to proves that address (RFC 8046 section 5.4). Only UPDATEs test addresses. */
function echoes(said: Said): void {
  const { walk, facts, sender, peer } = said
  if (facts.type !== Packet.Update || walk.flow < 0) return
  const { flows } = walk.state
  const authentication = said.level === 'A0' ? 'A2' : said.level
  for (const match of facts.echoResponses) {
    const answered = signal(said, SignalKind.ProbeAnswered)
    answered.detail = { message: 'UPDATE: ECHO_RESPONSE', match, authentication: said.level }
    walk.emit(answered)
    if (!said.trusted || peer.echoes.get(match) !== flows.sender(walk.flow, walk.direction)) continue
    peer.echoes.delete(match)
    const verified = signal(said, SignalKind.Verified)
    verified.detail = { message: 'UPDATE: ECHO_RESPONSE', authentication }
    walk.emit(verified)
  }
  for (const match of facts.echoRequests) {
    const probed = signal(said, SignalKind.Probed)
    probed.detail = { message: 'UPDATE: ECHO_REQUEST', match, authentication: said.level }
    walk.emit(probed)
    if (said.trusted) remember(sender.echoes, match, flows.receiver(walk.flow, walk.direction))
  }
}

/** CLOSE begins the end and CLOSE_ACK completes it (section 5.3.7); errors refuse (section 5.2.19). */
function ends(said: Said): void {
  const { walk, facts, level } = said
  if (facts.type === Packet.Close || facts.type === Packet.CloseAck) {
    const s = signal(said, SignalKind.Closed)
    const final = facts.type === Packet.CloseAck
    s.detail = { message: packetName(facts.type), abrupt: false, final, cause: null, authentication: level }
    walk.emit(s)
  }
  for (const { code } of facts.notices) {
    const cause = notificationNames[code] ?? `notification ${code}`
    if (code >= FIRST_STATUS) {
      note(said, cause)
      continue
    }
    const s = signal(said, SignalKind.Refused)
    s.detail = { message: packetName(facts.type), abrupt: true, final: false, cause, authentication: level }
    walk.emit(s)
  }
}

/** HIP_DATA carries an upper layer itself (RFC 6078). */
function carried(said: Said): void {
  const { walk, facts } = said
  if (facts.type !== Packet.Data || facts.end >= walk.limit) return
  const s = signal(said, SignalKind.Payload)
  s.space = UnitSpace.Datagram
  s.unit = payloadHash(walk.bytes, facts.end, walk.limit)
  s.span = 1
  s.bytes = walk.end - facts.end
  walk.emit(s)
}
