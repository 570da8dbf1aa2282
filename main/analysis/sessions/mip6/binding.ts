/**
 * One binding as its session shows it: which care-of addresses are asked for, accepted, replaced and given back, and until when they hold
 * (RFC 6275 sections 6.1.7 and 6.1.8, RFC 5648 section 4.1, RFC 5944 section 3.1). A care-of address is a locator once the peer accepts it, or
 * once data uses it; what the peer refused, or what nobody answered, is none. The anchor that a registration is made at is known by its
 * identifier: packets are tunnelled to it, it never moves, and it is no locator of the correspondents behind it.
 */
import { moment } from '../../../../shared/numbers.ts'
import type { ClaimAnswerDetail, ClaimAuthentication, ClaimDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { addEvidence } from '../../evidence.ts'
import { addLocator, findLocator, removeLocator, verifyLocator } from '../../locators.ts'
import { ADDRESS } from '../../mark-log.ts'
import { type End, type Pair, type PendingClaim, SECOND } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { noteClaim } from '../claims.ts'

/** Sequence number out of window: the answer carries the last number accepted, not that of the update (RFC 6275 section 9.5.1). */
const OUT_OF_WINDOW = 135

/** how well claims are authenticated, the weakest first */
const STRENGTH: readonly ClaimAuthentication[] = ['AX', 'A0', 'A1', 'A2', 'A3u', 'A4u', 'A3v', 'A4v']

export interface Binding {
  readonly session: MultiSession
  /** bound at a home agent or anchor, address id; -1: at a correspondent */
  readonly anchor: number
  /** end of the dissector's identifier pair that is the session's initiator */
  readonly side: 0 | 1
  /** care-of address by end and binding identifier; identifier -1 stands for the only one */
  readonly bound: [Map<number, number>, Map<number, number>]
  /** seconds that the last update asked for */
  asked: number
  /** sequence number of the last update that wanted no answer; -1 none */
  unanswered: number
  /** ns; Infinity when nothing told */
  expires: number
  /** data was seen after it ran out */
  overdue: boolean
  /** a proxy gave it up: another may take it over until then (RFC 5213 section 5.3.5), ns; -1 no */
  heldUntil: number
  /** an update gave it back and waits for no answer, as far as is known: that claim, until data goes on */
  leaving: PendingClaim | null
  /** why the last update was refused */
  refused: string | null
  /** how its data travels now */
  way: 'tunnel' | 'direct' | null
}

export function newBinding(session: MultiSession, anchor: number, side: 0 | 1): Binding {
  const bound: [Map<number, number>, Map<number, number>] = [new Map(), new Map()]
  const expires = Number.POSITIVE_INFINITY
  return {
    session,
    anchor,
    side,
    bound,
    asked: 0,
    unanswered: -1,
    expires,
    overdue: false,
    heldUntil: -1,
    leaving: null,
    refused: null,
    way: null,
  }
}

export function live(binding: Binding): boolean {
  return binding.session.state !== 'closed' && binding.session.state !== 'failed'
}

/** An update asks for `d.address`. */
export function ask(binding: Binding, by: End, pair: Pair, signal: Signal, d: ClaimDetail): void {
  const { session } = binding
  const { time, row } = signal
  const known = session.claims.length
  const newest = session.claims[known - 1]
  binding.asked = d.lifetime ?? 0
  if (d.answerWanted === false) binding.unanswered = d.serial ?? -1
  note(session, by, pair, signal, d, 'add')
  if (session.claims[session.claims.length - 1] === newest && newest !== undefined) return
  const renews = findLocator(session, by, d.address) !== null
  const preference = d.preference === undefined ? '' : `, priority ${d.preference}`
  session.mark(
    time,
    'claimed',
    by,
    pair.index,
    row,
    `${d.message} ${renews ? 'renews' : 'asks for'} ${ADDRESS}${span(d.lifetime)}${preference}${trust(d)}`,
    d.address,
  )
}

/** An update or a revocation takes a care-of address back; it goes when the peer agrees. */
export function giveBack(binding: Binding, by: End, pair: Pair, signal: Signal, d: ClaimDetail): void {
  const { session } = binding
  const claim = note(session, by, pair, signal, d, 'remove')
  if (by === 0 && d.authentication !== 'AX') binding.leaving = claim
  const text = d.address < 0 ? `${d.message}: every care-of address is given back` : `${d.message}: ${ADDRESS} is given back`
  session.mark(signal.time, 'withdrawn', by, pair.index, signal.row, text + trust(d), d.address)
}

function note(session: MultiSession, by: End, pair: Pair, signal: Signal, d: ClaimDetail, what: 'add' | 'remove'): PendingClaim {
  return noteClaim(session, by, pair, signal, {
    what,
    address: d.address,
    addressId: d.correlation,
    serial: d.serial,
    correlation: null,
    authentication: d.authentication,
    message: d.message,
    port: null,
    wildcard: d.wildcard,
  })
}

/** The peer's answer to the updates with its sequence number. */
export function answer(binding: Binding, from: End, pair: Pair, signal: Signal, d: ClaimAnswerDetail): void {
  const { session } = binding
  const { time, row } = signal
  const by = (1 - from) as End
  if (d.authentication === 'AX') {
    session.mark(time, 'refused', from, pair.index, row, `${d.message} with a wrong authenticator, without effect`)
    return
  }
  const waiting = session.claims.filter((c) => c.by === by && c.answered === null)
  const tied = waiting.filter((c) => c.serial === d.serial)
  // A refusal for its number names another number: it answers the update that came last.
  const answered = tied.length > 0 ? tied : d.code === OUT_OF_WINDOW ? waiting.slice(-1) : []
  for (const claim of answered) {
    claim.answered = time
    if (claim === binding.leaving) binding.leaving = null
  }
  if (!d.accepted) {
    binding.refused = d.cause ?? ''
    const about = answered[0]?.address ?? -1
    const words = `${d.message} refuses ${about < 0 ? 'it' : ADDRESS}${d.cause === null ? '' : `: ${d.cause}`}`
    session.mark(time, 'refused', from, pair.index, row, words, about)
    return
  }
  const adds = answered.filter((c) => c.what === 'add')
  if (adds.length > 0 || (answered.length === 0 && d.lifetime !== 0 && d.address >= 0)) {
    binding.expires = d.lifetime === undefined ? binding.expires : time + d.lifetime * SECOND
    binding.overdue = false
    binding.heldUntil = -1
    for (const claim of adds) accept(binding, claim, time, row)
    // The update was before the capture: the answer went to the care-of address.
    if (adds.length === 0) {
      bind(binding, by, -1, d.address, time, row)
      addLocator(session, by, d.address, howBound(session, by), d.message, d.authentication, time, row)
    }
    const first = adds[0]?.address ?? d.address
    const more = adds.length > 1 ? ` and ${adds.length - 1} more` : ''
    session.mark(time, 'claimed', from, pair.index, row, `${d.message} accepts ${ADDRESS}${more}${span(d.lifetime)}`, first)
  }
  for (const claim of answered) if (claim.what === 'remove') release(binding, claim, row)
}

/** The peer agreed, or uses it: the address is a locator now, and replaces the one bound before. */
function accept(binding: Binding, claim: PendingClaim, time: number, row: number): void {
  const { session } = binding
  if (claim.address < 0) return
  const how = howBound(session, claim.by)
  const locator = addLocator(session, claim.by, claim.address, how, claim.message, claim.authentication, claim.time, claim.row)
  if (locator !== null) {
    if (row !== claim.row && locator.rows.length < 10) locator.rows.push(row)
    // Bound elsewhere by a weaker word before: what stands now is the stronger one.
    if (STRENGTH.indexOf(claim.authentication) > STRENGTH.indexOf(locator.authentication)) {
      locator.authentication = claim.authentication
      locator.signal = claim.message
    }
    const tested = session.pairs.find((p) => p.verifiedAt !== null && p.way.ends[claim.by] === claim.address)
    if (tested !== undefined) verifyLocator(session, claim.by, claim.address, tested.verifiedHow ?? '', time, row)
  }
  bind(binding, claim.by, claim.addressId ?? -1, claim.address, time, row)
  // Earlier updates for it that came to nothing explain no move.
  for (let i = session.evidence.length - 1; i >= 0; i--) {
    const { what, by, rows } = session.evidence[i] as (typeof session.evidence)[number]
    if (what !== 'claim' || by !== claim.by || rows[0] === claim.row) continue
    if (session.claims.some((c) => c.row === rows[0] && c.address === claim.address))
      session.evidence = session.evidence.filter((_, at) => at !== i)
  }
}

function howBound(session: MultiSession, by: End): 'initial' | 'signalled' {
  return session.endpoints[by].locators.length === 0 ? 'initial' : 'signalled'
}

/** An update without binding identifiers takes the place of all bindings there were (RFC 5648 section 5.3.3). */
function bind(binding: Binding, by: End, id: number, address: number, time: number, row: number): void {
  const { session } = binding
  const bound = binding.bound[by]
  if (id < 0) bound.clear()
  else bound.delete(-1)
  bound.set(id, address)
  const kept = new Set(bound.values())
  for (const locator of [...session.endpoints[by].locators]) {
    if (locator.removed !== null || kept.has(locator.address)) continue
    removeLocator(session, by, locator.address, time, row)
    session.mark(time, 'withdrawn', by, -1, row, `${ADDRESS} is no longer bound: the new binding took its place`, locator.address)
  }
}

export function release(binding: Binding, claim: PendingClaim, row: number): void {
  const { session } = binding
  const end = ownerOf(session, claim.by, claim.address)
  for (const locator of [...session.endpoints[end].locators]) {
    if (locator.removed !== null || (claim.address >= 0 && locator.address !== claim.address)) continue
    removeLocator(session, end, locator.address, claim.time, row)
    for (const [id, address] of binding.bound[end]) if (address === locator.address) binding.bound[end].delete(id)
  }
}

/** A revocation comes from the anchor and speaks of the other end's address. */
function ownerOf(session: MultiSession, by: End, address: number): End {
  const other = (1 - by) as End
  return findLocator(session, by, address) === null && findLocator(session, other, address) !== null ? other : by
}

/**
 * Data of `sender` uses `address` of `end`. Accepts what an update asked for; false when the address is none of the binding's and the peer did
 * not choose it: data of somebody whom nobody has bound.
 */
export function used(binding: Binding, end: End, sender: End, address: number, signal: Signal): boolean {
  const { session } = binding
  const { time, row } = signal
  if (findLocator(session, end, address) !== null) return true
  // What the peer still sends to an address that was replaced is under way; its owner sends from there no more.
  if (findLocator(session, end, address, true) !== null) return sender !== end
  for (let i = session.claims.length - 1; i >= 0; i--) {
    const claim = session.claims[i] as PendingClaim
    if (claim.by !== end || claim.what !== 'add' || claim.address !== address) continue
    if (sender === end && (claim.answered !== null || claim.authentication === 'AX')) return false
    // Its own data proves an update in force when that wanted no answer, or when the answer could not be seen.
    const peerSeen = session.paths.some((p) => (end === 0 ? p.heardResponder : p.heardInitiator) >= 0)
    if (sender === end && peerSeen && claim.serial !== binding.unanswered) return false
    binding.expires = time + binding.asked * SECOND
    binding.overdue = false
    accept(binding, claim, time, row)
    session.mark(time, 'claimed', sender, -1, row, `data uses ${ADDRESS}: the binding is in force`, address)
    return true
  }
  // The peer sends there, or nothing was ever said of where this end is: the capture began later.
  if (sender === end && session.endpoints[end].locators.length > 0) return false
  addLocator(session, end, address, session.endpoints[end].locators.length === 0 ? 'initial' : 'observed', null, 'A1', time, row)
  bind(binding, end, -1, address, time, row)
  return true
}

/** The first that the capture shows of a binding is the answer to an update before it began; it went to the care-of address. */
export function boundBefore(binding: Binding, address: number, signal: Signal, message: string): void {
  const { session } = binding
  bind(binding, 0, -1, address, signal.time, signal.row)
  addLocator(session, 0, address, howBound(session, 0), message, 'A1', signal.time, signal.row)
}

/** The tunnel's registration has bound the address already: data of the pair may use it before the correspondent is told. */
export function boundAtHome(binding: Binding, registration: Binding, end: End, address: number, path: number, time: number): void {
  const { session } = binding
  if (findLocator(session, end, address) !== null) return
  const home = findLocator(registration.session, 0, address)
  if (home === null) return
  const locator = addLocator(session, end, address, 'signalled', home.signal, home.authentication, time, -1)
  if (locator === null) return
  locator.rows.push(...home.rows)
  const claim = registration.session.claims.findLast((c) => c.what === 'add' && c.address === address)
  if (claim === undefined) return
  // The home agent's update is what announced the move.
  addEvidence(session, {
    class: 'peer',
    what: 'claim',
    path,
    time: claim.time,
    until: claim.time,
    count: 1,
    by: end,
    rows: [claim.row],
    text: claim.message,
  })
}

export function end(binding: Binding, why: string, time: number): void {
  const { session } = binding
  session.state = 'closed'
  session.closed = time
  session.closedWhy = why
}

export function span(seconds: number | undefined): string {
  return seconds === undefined ? '' : ` for ${seconds < 86_400 ? `${seconds} s` : moment(seconds, 0)}`
}

function trust(d: ClaimDetail): string {
  switch (d.authentication) {
    case 'AX':
      return ', with a wrong authenticator'
    case 'A3v':
    case 'A4v':
      return ', authenticated'
    case 'A3u':
    case 'A4u':
      return ', its authenticator cannot be checked'
    default:
      return ''
  }
}
