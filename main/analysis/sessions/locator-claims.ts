/**
 * Locator sets as HIP, Shim6 and ILNP claim them: one message names the whole set. What it adds and leaves out counts when the peer accepts
 * it; a claim that nobody accepted is only told, until the peer sends data there: then it is in force with the authentication it had
 * (threats.md 0.2). What an establishment lists counts when the establishment has ended. Bounded: 64 listed addresses a session.
 */
import type { ClaimAnswerDetail, ClaimAuthentication, ClaimDetail, PreferDetail } from '../../../shared/signal-details.ts'
import type { Signal } from '../../../shared/signals.ts'
import { addEvidence } from '../evidence.ts'
import { addLocator, findLocator, removeLocator, verifyLocator } from '../locators.ts'
import { ADDRESS } from '../mark-log.ts'
import type { End, Locator, Pair, Path, PendingClaim, SessionProtocol } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Bound } from './bound.ts'
import { noteClaim } from './claims.ts'

const MAX_LISTED = 64

/** An address that an establishment names. */
export interface Listed {
  end: End
  address: number
  message: string
  authentication: ClaimAuthentication
  time: number
  row: number
}

/** What the authentication of a claim comes to; levels that say no more than usual are not told. */
const TRUST: Partial<Record<SessionProtocol, Partial<Record<ClaimAuthentication, string>>>> = {
  hip: { A0: ', not authenticated', A4v: ', signed', AX: ', with a wrong signature' },
  shim6: { A0: ', with a tag that is not its own', A4v: ', proven to be its own', AX: ', proven not to be its own' },
  ilnp: { A0: ', without a known nonce', AX: ', with a wrong nonce' },
}

/** Name of the message: 'UPDATE' of 'UPDATE: LOCATOR_SET'. */
function messageName(message: string): string {
  return (message.split(':')[0] as string).replace(' without it', '')
}

function words(session: MultiSession, message: string, verb: string, authentication: ClaimAuthentication): string {
  return `${message.replace(': ', ', ')} ${verb} ${ADDRESS}${TRUST[session.protocol]?.[authentication] ?? ''}`
}

/** `pair` is the one the claim came on; null when it came from an address that the session does not use. */
export function onClaimed(bound: Bound, sender: End, pair: Pair | null, signal: Signal, d: ClaimDetail): void {
  const { session } = bound
  const { time, row } = signal
  const at = pair?.index ?? -1
  if (d.how === 'listed') {
    const listed: Listed = { end: sender, address: d.address, message: d.message, authentication: d.authentication, time, row }
    if (findLocator(session, sender, d.address) !== null) adopt(session, listed)
    else {
      session.mark(time, 'claimed', sender, at, row, words(session, d.message, 'names', d.authentication), d.address)
      if (session.state === 'established' && d.authentication !== 'AX') adopt(session, listed)
      else if (bound.listed.length < MAX_LISTED) bound.listed.push(listed)
    }
    return
  }
  const claim = pending(session, sender, pair, signal, d, 'add')
  if (claim !== null && claim.row !== row) return
  if (findLocator(session, sender, d.address) === null)
    session.mark(time, 'claimed', sender, at, row, words(session, d.message, 'names', d.authentication), d.address)
}

export function onWithdrawn(bound: Bound, sender: End, pair: Pair | null, signal: Signal, d: ClaimDetail): void {
  const { session } = bound
  const claim = pending(session, sender, pair, signal, d, 'remove')
  if (claim !== null && claim.row !== signal.row) return
  if (findLocator(session, sender, d.address) === null) return
  const left = d.lifetime === 0 ? 'takes back' : 'leaves out'
  const message = d.message.replace(' without it', '')
  session.mark(signal.time, 'withdrawn', sender, pair?.index ?? -1, signal.row, words(session, message, left, d.authentication), d.address)
}

function pending(
  session: MultiSession,
  sender: End,
  pair: Pair | null,
  signal: Signal,
  d: ClaimDetail,
  what: 'add' | 'remove',
): PendingClaim | null {
  const on = pair ?? session.pairs[0]
  if (on === undefined) return null
  return noteClaim(session, sender, on, signal, {
    what,
    address: d.address,
    addressId: null,
    serial: d.serial,
    correlation: d.correlation,
    authentication: d.authentication,
    message: messageName(d.message),
    port: d.port,
    wildcard: false,
  })
}

/** The peer's word on a claim: an acceptance brings the whole message in force. */
export function onAnswered(bound: Bound, sender: End, pair: Pair | null, signal: Signal, d: ClaimAnswerDetail): void {
  const { session } = bound
  if (d.authentication === 'AX') return
  const by = (1 - sender) as End
  const claim = openClaim(session, by, d)
  if (claim === null) return
  const at = pair?.index ?? -1
  if (!d.accepted) {
    claim.answered = signal.time
    const cause = d.cause === null ? '' : `: ${d.cause}`
    session.mark(signal.time, 'refused', sender, at, signal.row, `${d.message} refuses ${ADDRESS}${cause}`, d.address)
    return
  }
  for (const one of session.claims) {
    if (one.by !== by || one.row !== claim.row || one.answered !== null) continue
    if (one.what === 'add' && one.address !== d.address) continue
    one.answered = signal.time
    if (one.what === 'prefer') continue
    const known = findLocator(session, by, one.address) !== null
    if (one.what === 'add') {
      bring(bound, one, signal.row)
      if (!known) session.mark(signal.time, 'claimed', sender, at, signal.row, `${d.message} accepts ${ADDRESS}`, one.address)
    } else if (known) {
      removeLocator(session, by, one.address, one.time, signal.row)
      session.mark(signal.time, 'withdrawn', sender, at, signal.row, `${d.message} accepts that ${ADDRESS} goes`, one.address)
    }
  }
}

/** The youngest claim that the answer speaks of; one that is proven wrong only when there is no other. */
function openClaim(session: MultiSession, by: End, d: ClaimAnswerDetail): PendingClaim | null {
  let wrong: PendingClaim | null = null
  for (let i = session.claims.length - 1; i >= 0; i--) {
    const c = session.claims[i] as PendingClaim
    if (c.by !== by || c.answered !== null || c.address !== d.address || c.what === 'prefer') continue
    // an Update Acknowledgement of Shim6 repeats the nonce, not the generation
    if (c.correlation !== d.correlation || (d.correlation === null && c.serial !== d.serial)) continue
    if (c.authentication !== 'AX') return c
    wrong ??= c
  }
  return wrong
}

function bring(bound: Bound, claim: PendingClaim, row: number): void {
  const { session } = bound
  adopt(session, { ...claim, end: claim.by })
  // Proven wrong, yet believed: what follows comes of it.
  if (claim.authentication === 'AX' && !session.evidence.some((e) => e.what === 'claim' && e.rows[0] === claim.row))
    addEvidence(session, {
      class: 'peer',
      what: 'claim',
      path: session.pairs[claim.pair]?.path ?? -1,
      time: claim.time,
      until: claim.time,
      count: 1,
      by: claim.by,
      rows: [claim.row],
      text: claim.message,
    })
  const locator = findLocator(session, claim.by, claim.address)
  if (locator !== null && row >= 0 && !locator.rows.includes(row) && locator.rows.length < 10) locator.rows.push(row)
}

const ORDER: Record<ClaimAuthentication, number> = { AX: 0, A0: 1, A1: 2, A2: 3, A3u: 4, A4u: 4, A3v: 5, A4v: 5 }

/** A locator is as well authenticated as the best of what spoke for it (threats.md 0.2). */
export function strengthen(locator: Locator | null, authentication: ClaimAuthentication): void {
  if (locator !== null && ORDER[authentication] > ORDER[locator.authentication]) locator.authentication = authentication
}

/** A claimed address becomes a locator; what was verified on it already stays so. */
function adopt(session: MultiSession, listed: Listed & { what?: unknown }): void {
  const { end, address, message, authentication, time, row } = listed
  const how = listed.what === undefined ? 'listed' : 'signalled'
  strengthen(addLocator(session, end, address, how, messageName(message), authentication, time, row), authentication)
  for (const pair of session.pairs)
    if (pair.verifiedAt !== null && pair.way.ends[end] === address)
      verifyLocator(session, end, address, pair.verifiedHow ?? '', Math.max(time, pair.verifiedAt), -1)
}

/** The establishment has ended: both ends hold what it listed, but for what is proven wrong. */
export function onEstablished(bound: Bound): void {
  const kept: Listed[] = []
  for (const listed of bound.listed) {
    if (listed.authentication === 'AX') kept.push(listed)
    else adopt(bound.session, listed)
  }
  bound.listed = kept
}

/** Data went to or came from `address` of `end`, which is in force by nobody's word: true when it had been claimed at least. */
export function adoptClaimed(bound: Bound, end: End, address: number, since: number): boolean {
  const { session } = bound
  for (let i = session.claims.length - 1; i >= 0; i--) {
    const c = session.claims[i] as PendingClaim
    if (c.by !== end || c.what !== 'add' || c.address !== address || c.time < since) continue
    bring(bound, c, -1)
    return true
  }
  const listed = bound.listed.find((l) => l.end === end && l.address === address && l.time >= since)
  if (listed === undefined) return false
  adopt(session, listed)
  return true
}

function pathInUse(session: MultiSession): Path | null {
  let used: Path | null = null
  for (const path of session.paths) {
    const last = path.lastData
    if (last >= 0 && (used === null || last >= used.lastData)) used = path
  }
  return used
}

/** Which of its addresses the sender would have data sent to: told when it changes. */
export function onPreferred(bound: Bound, sender: End, pair: Pair | null, signal: Signal, d: PreferDetail): void {
  const { session } = bound
  if (d.address < 0 || d.backup || d.authentication === 'AX') return
  const before = bound.preferred[sender]
  if (before === d.address) return
  bound.preferred[sender] = d.address
  // The first word on it, for what is in use anyway, prefers nothing new.
  if (before < 0 && pathInUse(session)?.ends[sender] === d.address) return
  const on = pair ?? session.pairs[0]
  if (on === undefined) return
  noteClaim(session, sender, on, signal, {
    what: 'prefer',
    address: d.address,
    addressId: null,
    serial: d.serial,
    correlation: d.correlation,
    authentication: d.authentication,
    message: messageName(d.message),
    port: null,
    wildcard: false,
  })
  const text = `${d.message.replace(': ', ', ')}: prefers ${ADDRESS}`
  session.mark(signal.time, 'preferred', sender, pair?.index ?? -1, signal.row, text, d.address)
}
