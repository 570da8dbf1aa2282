/**
 * Why a session that broke, stalled or was refused did not go on over another locator pair: the question that users ask most.
 * First when and where the trouble began (link lost, an ICMP error, data sent again without an answer, silence), then for every pair that the
 * known locators would allow what stood in its way, each with its packets. Nothing is said of a session that moved or had no trouble.
 * Cost: the session's own lists; at most 12 reasons.
 */
import { parseAddress } from '../../../shared/address.ts'
import type { PairReport, SessionReport } from '../../../shared/report.ts'
import { type End, type Evidence, type Pair, type Path, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { longest, toldInterruptions } from './interruptions.ts'
import { mayComeUp, neverUpWords } from './never-up.ts'
import { pairReport, pathWords, type Scope } from './scope.ts'
import { frames, milliseconds, seconds } from './text.ts'

type Reason = NonNullable<SessionReport['noFailover']>[number]

const MAX_REASONS = 12
/** that long without an answer, while data is sent again, is trouble even when no single repetition is telling */
const STALL = 3 * SECOND

export interface Trouble {
  path: number
  since: number
  /** it went on there; infinite: it did not */
  until: number
  rows: number[]
  words: string
  /** ' for 3.10 s', as far as the packets seen so far tell; empty where the words say it or need it not */
  lasted: string
  /** what it was told by; null: by silence, or by the link */
  icmp: 'error' | 'port-closed' | null
}

export function noFailover(scope: Scope, session: MultiSession): Reason[] {
  const out = refusals(scope, session)
  if (session.fallback)
    out.push({ reason: 'MPTCP fell back to TCP: the session is bound to its first address pair', pair: null, frames: [] })
  const neverUp = session.state === 'failed' || (session.state === 'opening' && !mayComeUp(session, scope.now))
  if (neverUp && session.rehomings.length === 0 && session.directions.every((d) => d.units === 0)) {
    out.push(neverAnswered(scope, session))
    return out
  }
  const trouble = troubleOf(scope, session) ?? worstInterruption(scope, session)
  if (trouble === null) return out
  if (trouble.icmp === 'port-closed') {
    // Whoever answers so is reached: no other pair would have helped.
    out.push({ reason: trouble.words, pair: pairOn(scope, session, trouble.path), frames: frames(trouble.rows).slice(0, 20) })
    return out
  }
  const alternatives = alternativesOf(scope, session, trouble)
  const passed = Number.isFinite(trouble.until)
  const other =
    alternatives.length === 0
      ? 'the session had no other pair to go to'
      : passed
        ? 'it did not move to another pair meanwhile'
        : 'it did not go on over another pair'
  out.push({
    reason: `${trouble.words}${trouble.lasted}; ${other}`,
    pair: pairOn(scope, session, trouble.path),
    frames: frames(trouble.rows).slice(0, 20),
  })
  if (alternatives.length === 0) out.push(...neverAnnounced(scope, session, trouble))
  else out.push(...neverUsed(scope, session, trouble))
  out.push(...alternatives)
  return out.slice(0, MAX_REASONS)
}

/** It stood still for a while and went on: the other pairs were as little use to it meanwhile as to one that broke. */
function worstInterruption(scope: Scope, session: MultiSession): Trouble | null {
  const worst = longest(toldInterruptions(scope, session))
  if (worst === null) return null
  const { path, from, to, cause, clause, rows } = worst
  const words = `nothing got through for ${milliseconds((to - from) / 1e6)} ${clause}, then it went on there`
  return { path, since: from, until: to, rows: [...rows], words, lasted: '', icmp: cause === 'icmp' ? 'error' : null }
}

function refusals(scope: Scope, session: MultiSession): Reason[] {
  return session.refusals.map((r) => {
    const pair = session.pairs[r.pair]
    return {
      reason: `a further pair was tried and refused: ${r.reason}`,
      pair: pair === undefined ? null : pairReport(scope, session, pair),
      frames: frames(r.rows),
    }
  })
}

function neverAnswered(scope: Scope, session: MultiSession): Reason {
  const { answer, said, rows } = neverUpWords(session, scope.oneWay)
  const first = session.pairs[0]
  return {
    reason: `the handshake was ${answer}${said === '' ? '' : `: ${said}`}`,
    pair: first === undefined ? null : pairReport(scope, session, first),
    frames: frames([session.openedRow, ...rows]).slice(0, 20),
  }
}

/** The trouble that no move followed: the latest one on the path that carried the data last; null when there was none. */
export function troubleOf(scope: Scope, session: MultiSession): Trouble | null {
  const path = lastCarrier(session)
  if (path < 0) return null
  const way = session.paths[path] as (typeof session.paths)[number]
  const lastHeard = Math.max(way.heardInitiator, way.heardResponder)
  const lastData = way.lastData
  const end = session.closed ?? scope.now
  // An orderly end, or an answer after the trouble, ends it.
  const orderly = session.state === 'closed' && session.finished[0] && session.finished[1]
  const answered = (time: number): boolean => heardFromBoth(session, path, time)
  const link = scope.world.linkDown(way.interface, Math.max(session.opened, lastData - SECOND), end)
  if (link !== null && !orderly && !answered(link.time + SECOND))
    return {
      path,
      since: link.time,
      until: Number.POSITIVE_INFINITY,
      rows: [...link.rows, lastRow(session, path)],
      words: `${link.detail.message} under its only working pair`,
      lasted: '',
      icmp: null,
    }
  let worst: Evidence | null = null
  for (const e of session.evidence) {
    if (e.path !== path || answered(e.until)) continue
    const telling =
      e.what === 'icmp-unreachable' ||
      e.what === 'icmp-prohibited' ||
      (e.what === 'retransmission-timeout' && (e.count >= 2 || end - e.time >= STALL))
    if (telling && (worst === null || e.time < worst.time)) worst = e
  }
  if (worst !== null && !orderly) {
    const silent = end - Math.max(heardFrom(session, path, worst.by), session.opened)
    const { ends } = session.paths[path] as (typeof session.paths)[number]
    const words = worst.portClosed
      ? `${scope.flows.addresses.text(ends[worst.by === 0 ? 1 : 0])} itself says that the port is closed: it is reached, but the session is over there`
      : worst.class === 'icmp'
        ? worst.text
        : `data was sent again ${worst.count === 1 ? 'once' : `${worst.count} times`} without an answer`
    const lasted = worst.class === 'icmp' ? '' : ` for ${milliseconds(silent / 1e6)}`
    const icmp = worst.portClosed ? 'port-closed' : worst.class === 'icmp' ? 'error' : null
    return { path, since: worst.time, until: Number.POSITIVE_INFINITY, rows: worst.rows, words, lasted, icmp }
  }
  if (session.state === 'failed')
    return {
      path,
      since: lastHeard,
      until: Number.POSITIVE_INFINITY,
      rows: [lastRow(session, path)],
      words: session.closedWhy === '' ? 'the session failed' : `the session ended: ${session.closedWhy}`,
      lasted: '',
      icmp: null,
    }
  return null
}

/** Path of the youngest payload; -1 when there was none. */
function lastCarrier(session: MultiSession): number {
  let best = -1
  let time = -1
  for (const path of session.paths) {
    const last = path.lastData
    if (last > time) {
      best = path.index
      time = last
    }
  }
  return best
}

function heardFrom(session: MultiSession, path: number, by: number): number {
  const way = session.paths[path] as (typeof session.paths)[number]
  return by === 0 ? way.heardResponder : way.heardInitiator
}

function heardFromBoth(session: MultiSession, path: number, after: number): boolean {
  const way = session.paths[path] as (typeof session.paths)[number]
  return way.heardInitiator > after && way.heardResponder > after
}

function lastRow(session: MultiSession, path: number): number {
  let row = -1
  for (const pair of session.pairs) if (pair.path === path && pair.lastPayloadRow > row) row = pair.lastPayloadRow
  return row
}

function pairOn(scope: Scope, session: MultiSession, path: number): PairReport | null {
  const pair = session.pairs.find((p) => p.path === path)
  return pair === undefined ? null : pairReport(scope, session, pair)
}

/** Every other pair that the locators in force at the trouble allow, with what stood in its way. */
function alternativesOf(scope: Scope, session: MultiSession, trouble: Trouble): Reason[] {
  const out: Reason[] = []
  for (const path of session.paths) {
    if (path.index === trouble.path) continue
    const pairs = session.pairs.filter((p) => p.path === path.index)
    const refused = pairs.find((p) => p.state === 'refused')
    if (refused !== undefined && session.refusals.some((r) => r.pair === refused.index)) continue
    const pair = pairs.find((p) => p.verifiedAt !== null && p.closedAt === null) ?? pairs.at(-1)
    if (pair === undefined) continue
    const { reason, rows } = obstacle(scope, session, trouble, pair)
    out.push({
      reason: `${pathWords(scope, session, path.index)}: ${reason}`,
      pair: pairReport(scope, session, pair),
      frames: frames(rows).slice(0, 20),
    })
  }
  for (const [mine, theirs] of untried(scope, session, trouble.since)) {
    const { addresses } = scope.flows
    out.push({
      reason: `${addresses.text(mine)} to ${addresses.text(theirs)}: both addresses were known, but no packet tried this pair`,
      pair: { initiator: addresses.text(mine), responder: addresses.text(theirs) },
      frames: [],
    })
  }
  return out
}

function obstacle(scope: Scope, session: MultiSession, trouble: Trouble, pair: Pair): { reason: string; rows: number[] } {
  const known = (what: (e: Evidence) => boolean): Evidence | undefined =>
    session.evidence.find((e) => e.path === pair.path && e.time <= trouble.until && what(e))
  const icmp = known((e) => e.class === 'icmp')
  const tries = known((e) => e.what === 'handshake-retry')
  const heartbeat = known((e) => e.what === 'heartbeat-unanswered')
  if (pair.closedAt !== null)
    return { reason: pair.closedAt <= trouble.since ? 'it had been closed before' : 'it was closed too', rows: [pair.openedRow] }
  if (pair.verifiedAt === null || pair.verifiedAt > trouble.since) {
    if (icmp !== undefined)
      return {
        reason: `${icmp.what === 'icmp-prohibited' ? 'filtered at the exit' : 'not reachable'}: ${icmp.text}`,
        rows: [pair.openedRow, ...icmp.rows],
      }
    const when = pair.openedAt > trouble.since ? 'it was tried only after the trouble began and ' : 'it '
    if (pair.verifiedAt !== null)
      return { reason: `${when}answered for the first time at ${seconds(pair.verifiedAt)}`, rows: [pair.openedRow] }
    const times = tries === undefined ? '' : ` after ${tries.count + 1} tries`
    return { reason: `${when}was never verified: nothing came back${times}`, rows: [pair.openedRow, ...(tries?.rows ?? [])] }
  }
  if (icmp !== undefined) return { reason: `verified, but ${icmp.text} came back`, rows: icmp.rows }
  if (heartbeat !== undefined) return { reason: 'verified once, but its heartbeats were not answered any more', rows: heartbeat.rows }
  const link = scope.world.linkDown(pair.way.interface, pair.verifiedAt, Math.min(trouble.until, session.closed ?? scope.now))
  if (link !== null && !scope.world.cameBack(pair.way.interface, link.time, trouble.since))
    return { reason: `verified, but ${link.detail.message}`, rows: [pair.openedRow, ...link.rows] }
  if (pair.backup)
    return { reason: 'verified and ready, but flagged backup, and the sender kept to the regular pair', rows: [pair.openedRow] }
  return { reason: `verified and ready: ${waiting(session, trouble)}`, rows: [pair.openedRow, ...trouble.rows] }
}

/** What a sender with a ready pair was still waiting for. */
function waiting(session: MultiSession, trouble: Trouble): string {
  const timeouts = session.evidence
    .filter((e) => e.what === 'retransmission-timeout' && e.path === trouble.path && e.until > trouble.since && e.time <= trouble.until)
    .reduce((n, e) => n + e.count, 0)
  if (timeouts === 0 && trouble.icmp !== null)
    return 'the sender had no other sign of trouble than that error (no timeout, no lost heartbeat)'
  if (timeouts === 0) return 'the sender saw no trigger (no timeout, no error, no lost heartbeat)'
  const budget =
    session.protocol === 'sctp' ? '; SCTP gives a path up after its retry budget, 5 timeouts by default (RFC 9260 section 8.2)' : ''
  return `the sender was still retrying on the broken pair after ${timeouts} ${timeouts === 1 ? 'timeout' : 'timeouts'}${budget}`
}

/** Pairs of locators in force, of one family, on which no packet was seen; at most four. */
function untried(scope: Scope, session: MultiSession, time: number): [number, number][] {
  const out: [number, number][] = []
  const force = (end: End): number[] => [
    ...new Set(
      session.endpoints[end].locators.filter((l) => l.added <= time && (l.removed === null || l.removed > time)).map((l) => l.address),
    ),
  ]
  const family = (address: number): number => parseAddress(scope.flows.addresses.text(address))?.length ?? 0
  for (const mine of force(0))
    for (const theirs of force(1)) {
      if (out.length >= 4) return out
      if (family(mine) !== family(theirs) || session.paths.some((p) => p.ends[0] === mine && p.ends[1] === theirs)) continue
      out.push([mine, theirs])
    }
  return out
}

/** One address an end: did the host have others that it did not tell? */
function neverAnnounced(scope: Scope, session: MultiSession, trouble: Trouble): Reason[] {
  const out: Reason[] = []
  const { addresses } = scope.flows
  const path = session.paths[trouble.path] as (typeof session.paths)[number]
  if (session.boundRow >= 0)
    out.push({
      reason: 'the responder forbade the initiator to move (disable_active_migration)',
      pair: null,
      frames: frames([session.boundRow]),
    })
  for (const end of [0, 1] as const) {
    // A client of QUIC announces nothing: it sends from where it wants to be. What is announced in messages that nobody could read is not known.
    const silent = session.sealed || (session.protocol === 'quic' && end === 0)
    const name = end === 0 ? 'the initiator' : 'the responder'
    const used = addresses.text(path.ends[end])
    const others = othersOf(scope, session, trouble, end)
    out.push({
      reason:
        others.length > 0
          ? `${name} has ${listed(others)} too, but never ${silent ? 'sent from' : 'announced'} ${others.length === 1 ? 'it' : 'them'}${silent ? '' : ' to its peer'}`
          : `${name} ${silent ? 'was seen at' : 'announced'} no address but ${used}`,
      pair: null,
      frames: [],
    })
  }
  return out
}

/** There were other pairs, and yet the host had addresses that none of them had. */
function neverUsed(scope: Scope, session: MultiSession, trouble: Trouble): Reason[] {
  return ([0, 1] as const).flatMap((end) => {
    const others = othersOf(scope, session, trouble, end)
    if (others.length === 0) return []
    const name = end === 0 ? 'the initiator' : 'the responder'
    const them = others.length === 1 ? 'it' : 'them'
    return [{ reason: `${name} has ${listed(others)} too, but no packet of this session came from ${them}`, pair: null, frames: [] }]
  })
}

function listed(addresses: readonly string[]): string {
  return `${addresses.slice(0, 3).join(', ')}${addresses.length > 3 ? ' and more' : ''}`
}

/** Addresses that the captured host has beside those that the session knows of this end. */
function othersOf(scope: Scope, session: MultiSession, trouble: Trouble, end: End): string[] {
  const { addresses } = scope.flows
  const path = session.paths[trouble.path] as Path
  const used = addresses.text(path.ends[end])
  if (!scope.world.isOwn(used)) return []
  const known = new Set([...session.paths.map((p) => p.ends[end]), ...session.endpoints[end].locators.map((l) => l.address)])
  const named = new Set([...known].map((address) => addresses.text(address)))
  return scope.world.othersOf(used, trouble.since).filter((address) => !named.has(address))
}
