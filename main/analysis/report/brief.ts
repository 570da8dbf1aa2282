/** One line a session for lists: cheap, made for any session without building its report. */

import { worstOutage } from '../../../shared/outage.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Pair } from '../pair.ts'
import { LightProtocol, LightState } from '../sessions/light.ts'
import type { SessionBrief } from '../types.ts'
import { exitsInTurn } from './exits.ts'
import { multiHeadline } from './headline.ts'
import { type Interrupted, interruptionReports, interruptionsOf, lightInterruptions, longestMs, pairOnPath } from './interruptions.ts'
import { audienceOf, type Broken, brokenFor, lightHeadline, lightPair, lightProtocolName, lightState, replacement } from './light.ts'
import { troubleOf } from './no-failover.ts'
import { type Scope, sessionId } from './scope.ts'
import { multiLabels } from './session.ts'

export function multiBrief(scope: Scope, session: MultiSession): SessionBrief {
  const { clock } = scope
  const stays = interruptionsOf(scope, session)
  const worst = worstOf(session, stays)
  const brief: SessionBrief = {
    number: session.number,
    id: sessionId(session.number),
    protocol: session.protocol,
    state: session.state,
    opened: clock.epoch(session.opened),
    closed: session.closed === null ? null : clock.epoch(session.closed),
    flows: session.pairs.flatMap((p) => (p.further === null ? [p.flow] : [p.flow, ...p.further])),
    pathOfFlow: pathOfFlow(session),
    initiatorLocators: locatorsOf(scope, session, 0),
    responderLocators: locatorsOf(scope, session, 1),
    initiatorPort: session.ports[0] || null,
    responderPort: session.ports[1] || null,
    rehomings: session.rehomings.length,
    worstOutage: worst,
    exits: session.pairs.length === 1 ? exitsInTurn(scope, (session.pairs[0] as Pair).flow) : [],
    interruptions: interruptionReports(scope, stays, (path) => pairOnPath(scope, session, path)),
    labels: multiLabels(session),
    headline: multiHeadline(scope, session),
    pairs: session.pairs.length,
    replaces: session.replaces < 0 ? null : sessionId(session.replaces),
    replacedBy: session.replacedBy < 0 ? null : sessionId(session.replacedBy),
    badness: badnessOf(session, worst),
  }
  if (session.mergedInto >= 0) brief.gone = 'merged'
  const trouble = session.state === 'established' ? troubleOf(scope, session) : null
  if (trouble !== null) {
    const on = scope.world.interfaceName(session.paths[trouble.path]?.interface ?? -1)
    brief.trouble = { since: clock.epoch(trouble.since), interface: on, text: trouble.words }
  }
  return brief
}

/** For each of its flows the number of its path: paths are numbered as their first pairs come, and subflows between the same addresses are one. */
function pathOfFlow({ pairs }: MultiSession): number[] {
  const numbers = new Map<number, number>()
  for (const { path } of pairs) if (!numbers.has(path)) numbers.set(path, numbers.size)
  return pairs.flatMap((pair) => Array<number>(1 + (pair.further?.length ?? 0)).fill(numbers.get(pair.path) as number))
}

/** Higher is worse; findings come on top. */
export function multiBadness(scope: Scope, session: MultiSession): number {
  return badnessOf(session, worstOf(session, interruptionsOf(scope, session)))
}

/** ms: its longest time without delivery, whether it moved then or stayed */
function worstOf(session: MultiSession, interruptions: readonly Interrupted[]): number | null {
  const moves = worstOutage(session.rehomings.map((r) => r.report))
  const stayed = longestMs(interruptions)
  return moves === null ? stayed : Math.max(moves, stayed ?? 0)
}

function badnessOf(session: MultiSession, worst: number | null): number {
  return (
    session.rehomings.length * 10 +
    (worst ?? 0) / 100 +
    session.refusals.length * 3 +
    (session.state === 'failed' ? 20 : 0) +
    (session.fallback ? 2 : 0)
  )
}

export function lightBadness(scope: Scope, index: number): number {
  return lightness(scope, index, brokenFor(scope, index), lightInterruptions(scope, index))
}

/** What travels in another session goes where that one goes. */
function lightExits(scope: Scope, index: number): string[] {
  const { light, parents } = scope.registry
  return parents.has(light.number[index] as number) ? [] : exitsInTurn(scope, light.flow[index] as number)
}

/** What broke comes before what was interrupted, that before what never came up, that before what changed its exit and was well. */
function lightness(scope: Scope, index: number, broken: Broken | null, interruptions: readonly Interrupted[]): number {
  const interrupted = longestMs(interruptions)
  return (
    brokenness(broken, scope.registry.light.replacedBy[index] as number) ||
    (interrupted === null
      ? unanswered(scope, index) || (lightExits(scope, index).length > 0 ? 2 : 0)
      : Math.min(39, 4 + interrupted / 1000))
  )
}

function brokenness(broken: Broken | null, replacedBy: number): number {
  return broken === null ? 0 : replacedBy >= 0 ? 60 : broken.lost ? 40 : 4
}

/** A connection that was asked for again and never came up: a little worse than those that work, and before those that have just been asked for. */
function unanswered({ registry, flows }: Scope, index: number): number {
  const { light } = registry
  if (light.protocol[index] !== LightProtocol.Tcp || light.state[index] !== LightState.Opening) return 0
  const at = (light.flow[index] as number) * 2
  return (flows.packets[at] as number) + (flows.packets[at + 1] as number) > 1 ? 3 : 0
}

/** Addresses of an end; of its first path when nothing made one a locator. */
function locatorsOf(scope: Scope, session: MultiSession, end: 0 | 1): string[] {
  const { addresses } = scope.flows
  const known = new Set(session.endpoints[end].locators.map((l) => addresses.text(l.address)))
  const first = session.paths[0]?.ends[end]
  return known.size > 0 || first === undefined ? [...known] : [addresses.text(first)]
}

export function lightBrief(scope: Scope, index: number): SessionBrief {
  const { light } = scope.registry
  const { clock } = scope
  const pair = lightPair(scope, index)
  const closed = light.closed[index] as number
  const replaces = light.replaces[index] as number
  const replacedBy = light.replacedBy[index] as number
  const broken = brokenFor(scope, index)
  const stays = lightInterruptions(scope, index)
  const labels: string[] = []
  if ((light.payloadUnits[index * 2] as number) + (light.payloadUnits[index * 2 + 1] as number) > 0) labels.push('SINGLE')
  if (scope.parallel.probesOf(light.number[index] as number).length > 0) labels.push('PROBING')
  if (replaces >= 0) labels.push('RE-ESTABLISHED')
  return {
    number: light.number[index] as number,
    id: sessionId(light.number[index] as number),
    protocol: lightProtocolName(scope, index),
    state: lightState(scope, index, broken),
    audience: audienceOf(scope, index),
    opened: clock.epoch(light.opened[index] as number),
    closed: closed < 0 ? null : clock.epoch(closed),
    flows: [light.flow[index] as number],
    initiatorLocators: [pair.initiator],
    responderLocators: [pair.responder],
    initiatorPort: pair.initiatorPort ?? null,
    responderPort: pair.responderPort ?? null,
    rehomings: 0,
    worstOutage: longestMs(stays),
    exits: lightExits(scope, index),
    interruptions: interruptionReports(scope, stays, () => pair),
    labels,
    headline: lightHeadline(scope, index),
    pairs: 1,
    replaces: replaces < 0 ? null : sessionId(replaces),
    replacedBy: replacedBy < 0 ? null : sessionId(replacedBy),
    replacement: replacement(scope, index),
    badness: lightness(scope, index, broken, stays),
  }
}

/** Stands for a number whose session was dropped from memory. */
export function goneBrief(number: number, time: number): SessionBrief {
  return {
    number,
    id: sessionId(number),
    protocol: 'tcp',
    state: 'closed',
    opened: time,
    closed: time,
    flows: [],
    initiatorLocators: [],
    responderLocators: [],
    initiatorPort: null,
    responderPort: null,
    rehomings: 0,
    worstOutage: null,
    exits: [],
    interruptions: [],
    labels: [],
    headline: 'dropped from memory: too many sessions',
    pairs: 0,
    replaces: null,
    replacedBy: null,
    badness: 0,
    gone: 'dropped',
  }
}
