/**
 * One short sentence that answers: which path, since when, why. Paths go by the shortest name that tells them apart; addresses in full, ends
 * and figures stand in the facts beneath it.
 */
import { outageOf } from '../../../shared/outage.ts'
import type { Path, Rehoming } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { pathName, shortInterface } from '../path-names.ts'
import { NOTHING_ELSE } from '../sessions/mptcp-close.ts'
import { exitWords } from './exits.ts'
import { interruptedWords, interruptionsOf, longest, toldInterruptions } from './interruptions.ts'
import { mobilityHeadline } from './mobility-headline.ts'
import { cameUpWords, mayComeUp, neverUpWords } from './never-up.ts'
import { type Trouble, troubleOf } from './no-failover.ts'
import { rehomingHeadline } from './rehoming.ts'
import { pathBetween, pathWords, type Scope, sessionId } from './scope.ts'
import { carriedOn } from './shared-load.ts'
import { milliseconds, seconds } from './text.ts'

export function multiHeadline(scope: Scope, session: MultiSession): string {
  const moves = session.rehomings.length
  const replaced = session.replacedBy < 0 ? '' : `; re-established as ${sessionId(session.replacedBy)}`
  if (moves > 0) {
    const sentence = moves === 1 ? oneMove(scope, session) : moves === 2 ? twoMoves(scope, session) : manyMoves(scope, session)
    return `${sentence}${endedOn(scope, session)}${interruptedWords(toldInterruptions(scope, session), '; ')}${broken(session)}${replaced}`
  }
  const binding = mobilityHeadline(scope, session)
  if (binding !== null) return `${binding}${replaced}`
  const carrying = session.paths.filter((p) => session.pairs.some((pair) => pair.path === p.index && pair.payloadUnits > 0))
  if (carrying.length === 0) {
    if (session.state === 'failed' || session.state === 'opening') {
      const { answer, said } = neverUpWords(session, scope.oneWay)
      const refused = session.refusals[0]
      if (refused === undefined && said === '' && session.closedWhy === '' && mayComeUp(session, scope.now))
        return `Still coming up${on(scope, session, 0)} when the capture ended: tried since ${seconds(session.opened)}${replaced}`
      const why =
        refused !== undefined
          ? `, refused: ${refused.reason}`
          : said !== ''
            ? `, ${said}`
            : session.closedWhy !== ''
              ? `, ended by ${session.closedWhy}`
              : `, ${answer}`
      return `${cameUpWords(why)}${on(scope, session, 0)}: tried since ${seconds(session.opened)}${why}${replaced}`
    }
    if (session.closedWhy.endsWith(NOTHING_ELSE))
      return `Seen only as it was reset${on(scope, session, 0)} at ${seconds(session.closed ?? session.opened)}; what it carried, and whether it had other paths, is not in the capture`
    const fallback = session.fallback ? '; MPTCP fell back to TCP' : ''
    const { length } = session.paths
    const ready = length > 1 ? readyPaths(session).length : 0
    const where =
      length === 1 ? on(scope, session, 0) : ready === length ? `; ${length} paths were ready` : `; ${ready} of ${length} paths were ready`
    return `Carried no data${where}; ${session.midCapture ? 'open before the capture began' : `opened at ${seconds(session.opened)}`}${fallback}${broken(session)}`
  }
  const since = session.midCapture ? ', running before the capture began' : ''
  if (carrying.length === 1) {
    const path = carrying[0] as Path
    const named = joinedUnseen(session) ? 'its only captured path' : namedOnly(session) > 0 ? 'the path it began on' : 'its only path'
    const words = session.paths.length > 1 || on(scope, session, 0) !== '' ? pathWords(scope, session, path.index) : named
    const fallback = session.fallback ? '; MPTCP fell back to TCP' : ''
    const interruptions = interruptionsOf(scope, session)
    const trouble = troubled(scope, session)
    const end = `${interruptedWords(interruptions)}${broken(session) || stuck(trouble)}`
    const needed = Math.min(longest(interruptions)?.from ?? Number.POSITIVE_INFINITY, trouble?.since ?? Number.POSITIVE_INFINITY)
    const only = session.pairs.length === 1 ? session.pairs[0] : undefined
    const exits = only === undefined ? null : exitWords(scope, only.flow, only.initiatorIsA ? 0 : 1)
    return `${exits ?? `Stayed on ${words}`}${since}${fallback}${end}${session.fallback ? '' : others(session, needed)}${replaced}`
  }
  const labels = new Set(session.directions.flatMap((d) => d.labels.map((l) => l.label)))
  const current = carrying.reduce((a, b) => (a.lastData >= b.lastData ? a : b))
  const all = names(scope, session, carrying)
  const end = `${interruptedWords(interruptionsOf(scope, session), '; ')}${broken(session)}${replaced}`
  if (labels.has('BICAST')) return `Sent its data twice, over ${all}${since}${end}`
  if (labels.has('LOAD-SHARED')) return `Shared its data over ${all}${since}${carriedOn(scope, session, carrying)}${end}`
  const { undecided } = session
  if (undecided !== null && undecided.to === current.index && carrying.length === 2) {
    const left = pathWords(scope, session, undecided.from)
    const taken = pathBetween(scope, session, undecided.to, undecided.from)
    return `Used ${left}${since} until data went to ${taken} at ${seconds(undecided.time)}, too shortly before the end to say whether for good${end}`
  }
  return `Used ${all} without moving for good, last ${pathWords(scope, session, current.index)}${since}${end}`
}

/** a path's silence from which its data is said to have paused (`delivery.ts`) */
const PAUSE = 2e9

/** '; last on upC': it went on over a path that no move led to, as a shared load does when one of its paths fails. */
function endedOn(scope: Scope, session: MultiSession): string {
  const { to } = session.rehomings[session.rehomings.length - 1] as Rehoming
  const reached = session.paths[to] as Path
  const last = session.paths.reduce((a, b) => (b.lastData > a.lastData ? b : a))
  if (last.lastData - reached.lastData <= PAUSE) return ''
  return carriedOn(scope, session, [reached, last]) || `; last on ${pathBetween(scope, session, last.index, to)}`
}

function oneMove(scope: Scope, session: MultiSession): string {
  return rehomingHeadline(scope, session, session.rehomings[0] as Rehoming)
}

function twoMoves(scope: Scope, session: MultiSession): string {
  const [first, second] = session.rehomings as [Rehoming, Rehoming]
  // a third path goes by a name that tells it from all that the sentence has named: 'upA' again would be the one it began on
  const to = pathName(session, second.to, scope.flows, scope.world, [first.from, first.to, second.from])
  // the two directions of a session may move at their own times
  const again = second.from === first.from && second.to === first.to
  const way = again
    ? second.direction === first.direction
      ? 'again'
      : 'the other direction'
    : second.to === first.from
      ? `back on ${pathBetween(scope, session, first.from, first.to)}`
      : `then to ${to}`
  return `${rehomingHeadline(scope, session, first)}, ${way} at ${seconds(second.time)} ${second.report.trigger.clause}`
}

/** Count, worst outage, commonest trigger, where it ended. */
function manyMoves(scope: Scope, session: MultiSession): string {
  const moves = session.rehomings
  const used = [...new Set(moves.flatMap((r) => [r.from, r.to]))].map((i) => session.paths[i] as Path)
  const without = (r: Rehoming): number => outageOf(r.report) ?? -1
  const worst = moves.reduce((a, b) => (without(b) > without(a) ? b : a))
  const counts = new Map<string, number>()
  for (const r of moves) counts.set(r.report.trigger.class, (counts.get(r.report.trigger.class) ?? 0) + 1)
  const [trigger, n] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
  const outage = outageOf(worst.report)
  const cost = outage === null ? '' : `, at worst ${milliseconds(outage)} without delivery (at ${seconds(worst.time)})`
  const why =
    trigger === 'unknown'
      ? n === moves.length
        ? '; no trigger seen'
        : ''
      : n * 2 <= moves.length
        ? ''
        : `; ${n === moves.length ? 'all' : 'mostly'} by ${TRIGGERS[trigger] ?? trigger}`
  return `Moved ${moves.length} times between ${names(scope, session, used)}${cost}${why}`
}

const TRIGGERS: Record<string, string> = {
  transport: 'data loss',
  icmp: 'ICMP errors',
  routing: 'routing changes',
  heartbeat: 'heartbeats',
  link: 'link loss',
  peer: "the peer's signals",
  policy: "the sender's choice",
}

/** 'upA and upB', 'upA, upB and upC', '7 paths'. */
function names(scope: Scope, session: MultiSession, paths: Path[]): string {
  if (paths.length > 3) return `${paths.length} paths`
  const words = paths.map((p) =>
    paths.length === 2
      ? pathBetween(scope, session, p.index, (paths.find((q) => q !== p) as Path).index)
      : pathWords(scope, session, p.index),
  )
  // two pairs in full are no short sentence
  if (words.some((word) => word.includes(' ⇄ '))) return `${paths.length} paths`
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`
}

/** ' on upA' where an interface is known; the addresses of a session with one path are its title. */
function on(scope: Scope, session: MultiSession, path: number): string {
  const name = shortInterface(scope.world, session.paths[path]?.interface ?? -1)
  return name === null ? '' : ` on ${name}`
}

/** An end that was no orderly one. */
function broken(session: MultiSession): string {
  if (session.closed === null || !/ABORT|FASTCLOSE|RST|stateless reset|nothing more|took its place/.test(session.closedWhy)) return ''
  return `; ended at ${seconds(session.closed)}: ${session.closedWhy}`
}

function troubled(scope: Scope, session: MultiSession): Trouble | null {
  return session.replacedBy >= 0 ? null : troubleOf(scope, session)
}

/** Trouble that lasted until the end, of a session that stayed where it was: 'stayed' alone would say that all was well. */
function stuck(trouble: Trouble | null): string {
  return trouble === null ? '' : `, in trouble since ${seconds(trouble.since)}: ${trouble.words}${trouble.lasted}`
}

/** `needed`: when one was (ns), if ever */
function others(session: MultiSession, needed: number): string {
  const refused = session.refusals[0]
  if (refused !== undefined) return `; a second path was refused: ${refused.reason}`
  const all = readyPaths(session)
  const ready = all.filter((since) => since <= needed).length
  if (ready > 0) return `; ${ready === 1 ? 'a standby path was' : `${ready} standby paths were`} ready`
  if (all.length > 0) return `; no standby path was ready before ${seconds(Math.min(...all))}`
  if (session.paths.length > 1) return '; no other path was verified'
  if (joinedUnseen(session)) return '; the path that it joined is not in the capture'
  const named = namedOnly(session)
  if (named === 0) return session.boundRow >= 0 ? '; the responder forbids moving' : '; no second path'
  return `; ${named === 1 ? 'a further address was' : `${named} further addresses were`} named and not seen in use`
}

/** Its only subflow came by a join: there is, or was, at least one more. */
function joinedUnseen(session: MultiSession): boolean {
  if (session.protocol !== 'mptcp' || session.pairs.length !== 1) return false
  return session.endpoints.some(({ locators }) => locators.some(({ signal }) => signal === 'MP_JOIN'))
}

/** Addresses that an end named, in the handshake or later, and that no packet of the session came from or went to. */
function namedOnly(session: MultiSession): number {
  return session.endpoints.reduce(
    (sum, { locators }, end) =>
      sum +
      locators.filter(
        ({ how, removed, address }) =>
          (how === 'listed' || how === 'signalled') && removed === null && !session.paths.some((p) => p.ends[end as 0 | 1] === address),
      ).length,
    0,
  )
}

/** Since when (ns) each path is proven that was and carried nothing. */
function readyPaths(session: MultiSession): number[] {
  return session.paths.flatMap((path) => {
    const pairs = session.pairs.filter((p) => p.path === path.index)
    if (pairs.some((p) => p.payloadUnits > 0)) return []
    const since = pairs.flatMap(({ verifiedAt, closedAt }) => (verifiedAt !== null && closedAt === null ? [verifiedAt] : []))
    return since.length === 0 ? [] : [Math.min(...since)]
  })
}
