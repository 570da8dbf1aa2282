/**
 * Interruptions as the report tells them: what the sessions noted while packets came (`interruptions.ts`, `sessions/tcp-stalls.ts`), with what
 * the link log says of the interface at that time. A pause that nothing explains is the application's own and is not told, and what ended with
 * a move is that move's outage. Cost: the session's own short lists and the link losses of its interfaces.
 */
import { worstOutage } from '../../../shared/outage.ts'
import type { InterruptionReport, PairReport } from '../../../shared/report.ts'
import { INTERRUPTED } from '../interruptions.ts'
import { interfaceAt } from '../locators.ts'
import type { Path, Rehoming } from '../model.ts'
import { SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { LightFlag } from '../sessions/light.ts'
import { downClause } from '../triggers/link.ts'
import type { DownSpan } from '../world.ts'
import { interfacesUsed } from './exits.ts'
import { pairReport, type Scope } from './scope.ts'
import { directionName, frames, milliseconds, seconds } from './text.ts'

export interface Interrupted {
  /** ns: last delivered before, first delivered after */
  from: number
  to: number
  /** index of the path in its session; of a plain one 0 */
  path: number
  /** whose data did not get through; 2: nobody's */
  direction: number
  cause: InterruptionReport['cause']
  /** why, as a clause: 'when upA lost carrier' */
  clause: string
  rows: readonly number[]
}

const NOT_INTERRUPTED: readonly Interrupted[] = []
/** Linux tells of a lost carrier at most once a second. */
const CARRIER_DELAY = SECOND
/** a stream is regular when the time without its link is that many of its mean gaps */
const REGULAR = 10

/** Of a session with several pairs, in time order. */
export function interruptionsOf(scope: Scope, session: MultiSession): readonly Interrupted[] {
  if (session.interruptions.length === 0) return NOT_INTERRUPTED
  const out: Interrupted[] = []
  for (const { from, to, path, sender, cause, text, rows } of session.interruptions) {
    if (session.rehomings.some((r) => partOf(r, path, sender, from, to))) continue
    const down = linkLost(scope, interfaceAt(session.paths[path] as Path, from), from, to)
    if (down === null && cause === null) continue
    const why =
      down !== null
        ? { cause: 'link' as const, clause: lostClause(down), rows: [...down.event.rows, ...rows] }
        : { cause: cause as InterruptionReport['cause'], clause: `${cause === 'icmp' ? 'after' : 'while'} ${text}`, rows }
    out.push({ from, to, path, direction: down !== null && cause === null ? 2 : sender, ...why })
  }
  return out.sort((a, b) => a.from - b.from)
}

/** Did the move end the silence, or begin in it? */
function partOf(move: Rehoming, path: number, sender: number, from: number, to: number): boolean {
  return (
    (move.direction === 2 || move.direction === sender) && (move.from === path || move.to === path) && move.time >= from && move.time <= to
  )
}

function linkLost(scope: Scope, iface: number, from: number, to: number): DownSpan | null {
  return scope.world.downSpans(iface).find((span) => span.from > from - CARRIER_DELAY && span.from < to && span.to > from) ?? null
}

function lostClause({ event }: DownSpan): string {
  const { interfaceName, message } = event.detail
  return interfaceName === null ? 'when its link went down' : downClause(interfaceName, message)
}

/** Of a plain session, in time order. */
export function lightInterruptions(scope: Scope, index: number): readonly Interrupted[] {
  const { light, stalls } = scope.registry
  const iface = scope.flows.firstInterface[light.flow[index] as number] as number
  const known = stalls.get(light.number[index] as number)
  const spans = scope.world.downSpans(iface)
  // asked for every session of a list: most had neither
  if (known === undefined && spans.length === 0) return NOT_INTERRUPTED
  const kept = keptTo(scope, light.flow[index] as number, iface)
  const out: Interrupted[] = (known ?? []).map(({ from, to, side, times, rows }) => {
    const down = kept ? linkLost(scope, iface, from, to) : null
    return {
      from: down === null ? from : Math.min(from, down.from),
      to,
      path: 0,
      direction: side,
      cause: down === null ? 'transport' : 'link',
      clause: down === null ? `while its data was sent again ${times} times` : lostClause(down),
      rows: down === null ? rows : [...down.event.rows, ...rows],
    }
  })
  for (const span of kept ? spans : []) {
    if (out.some((one) => one.from < span.to && one.to > span.from - CARRIER_DELAY) || !cutShort(scope, index, span)) continue
    out.push({ from: span.from, to: span.to, path: 0, direction: 2, cause: 'link', clause: lostClause(span), rows: span.event.rows })
  }
  return overlapping(out.sort((a, b) => a.from - b.from))
}

/** Both sides' data waited: one interruption, told by the longer wait. */
function overlapping(list: Interrupted[]): Interrupted[] {
  const out: Interrupted[] = []
  for (const one of list) {
    const before = out.at(-1)
    if (before === undefined || one.from >= before.to) out.push(one)
    else if (one.to - one.from > before.to - before.from) out[out.length - 1] = one
  }
  return out
}

/** Were all of its packets seen on this interface? One that has another exit goes on by that. */
function keptTo(scope: Scope, flow: number, iface: number): boolean {
  const last = [flow * 2, flow * 2 + 1].filter((at) => (scope.flows.packets[at] as number) > 0)
  return interfacesUsed(scope, flow).every((one) => one === iface) && last.every((at) => scope.flows.lastInterface[at] === iface)
}

/** Did a regular stream lose the interface that it used for a time, and go on after that? */
function cutShort({ registry }: Scope, index: number, span: DownSpan): boolean {
  const { light } = registry
  if (span.to - span.from < INTERRUPTED) return false
  if (light.has(index, LightFlag.ToMany)) return false
  return [index * 2, index * 2 + 1].some((at) => {
    const first = light.firstPayload[at] as number
    const last = light.lastPayload[at] as number
    const units = light.payloadUnits[at] as number
    if (units < REGULAR || first >= span.from || last <= span.to) return false
    return ((last - first - (span.to - span.from)) / (units - 1)) * REGULAR <= span.to - span.from
  })
}

/** Of a session that moved nothing that was less than the worst of its moves: that is what its sentences are about. */
export function toldInterruptions(scope: Scope, session: MultiSession): readonly Interrupted[] {
  const list = interruptionsOf(scope, session)
  const moves = worstOutage(session.rehomings.map((r) => r.report))
  return moves !== null && (longestMs(list) ?? 0) <= moves ? NOT_INTERRUPTED : list
}

export function interruptionReports(
  scope: Scope,
  list: readonly Interrupted[],
  pairOn: (path: number) => PairReport | null,
): InterruptionReport[] {
  return list.map(({ from, to, path, direction, cause, clause, rows }) => ({
    from: scope.clock.epoch(from),
    to: scope.clock.epoch(to),
    ms: Math.round((to - from) / 1e3) / 1e3,
    direction: directionName(direction),
    pair: pairOn(path),
    cause,
    text: clause,
    frames: frames([...rows]).slice(0, 20),
  }))
}

export function pairOnPath(scope: Scope, session: MultiSession, path: number): PairReport | null {
  const pair = session.pairs.find((p) => p.path === path)
  return pair === undefined ? null : pairReport(scope, session, pair)
}

export function longest(list: readonly Interrupted[]): Interrupted | null {
  return list.reduce<Interrupted | null>((worst, one) => (worst === null || one.to - one.from > worst.to - worst.from ? one : worst), null)
}

/** ms of the longest; null when there was none */
export function longestMs(list: readonly Interrupted[]): number | null {
  const worst = longest(list)
  return worst === null ? null : (worst.to - worst.from) / 1e6
}

/** 'interrupted for 6.34 s when upA lost carrier' */
export function interruptedFor({ from, to, clause }: Interrupted): string {
  return `interrupted for ${milliseconds((to - from) / 1e6)} ${clause}`
}

/** ', interrupted for 6.34 s at 4.03 s when upA lost carrier'; empty when it was not. */
export function interruptedWords(list: readonly Interrupted[], lead = ', '): string {
  const worst = longest(list)
  if (worst === null) return ''
  const length = milliseconds((worst.to - worst.from) / 1e6)
  const one = `at ${seconds(worst.from)} ${worst.clause}`
  return `${lead}${list.length === 1 ? `interrupted for ${length} ${one}` : `interrupted ${list.length} times, for ${length} at worst (${one})`}`
}
