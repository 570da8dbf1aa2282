/** A session with several pairs as the report shows it: endpoints, pairs, labels, timeline, activity. */
import type { EndpointReport, LocatorReport, SessionLabel, SessionPairReport, SessionReport } from '../../../shared/report.ts'
import { type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Path } from '../pair.ts'
import { multiHeadline } from './headline.ts'
import { interruptionReports, interruptionsOf, pairOnPath } from './interruptions.ts'
import { noFailover } from './no-failover.ts'
import { kindOf } from './protocol-class.ts'
import { questionnaire } from './questionnaire/questionnaire.ts'
import { ownTraffic, pairReport, type Scope, sessionId } from './scope.ts'
import { directionName, frames, stableHash } from './text.ts'
import { timeline } from './timeline.ts'

/** How much of its sessions a report holds. */
export const enum Depth {
  /** everything */
  Whole = 0,
  /** without answers to the questionnaire for sessions that nothing happened to: of thousands of sessions they are most of a report */
  Events = 1,
  /** without timelines, activity and answers: what tables show */
  Tables = 2,
}

export function multiReport(scope: Scope, session: MultiSession, depth = Depth.Whole): SessionReport {
  const { clock } = scope
  const labels = multiLabels(session)
  const reasons = noFailover(scope, session)
  const answers = depth === Depth.Whole || (depth === Depth.Events && (labels.includes('REHOMED') || reasons.length > 0))
  const story = depth !== Depth.Tables
  return {
    id: sessionId(session.number),
    key: multiKey(scope, session),
    protocol: session.protocol,
    ...kindOf(session.protocol),
    ...(session.identity === null ? {} : { identity: session.identity }),
    state: session.state,
    midCapture: session.midCapture,
    opened: clock.epoch(session.opened),
    closed: session.closed === null ? null : clock.epoch(session.closed),
    endpoints: [endpointReport(scope, session, 0), endpointReport(scope, session, 1)],
    pairs: session.pairs.map((pair) => multiPair(scope, session, pair)),
    labels,
    timeline: story ? timeline(scope, session) : [],
    labelIntervals: session.directions.flatMap((d) =>
      d.labels.map((l) => ({
        label: l.label,
        from: clock.epoch(l.from),
        to: l.to === null ? (session.closed === null ? null : clock.epoch(Math.max(l.from, session.closed))) : clock.epoch(l.to),
        direction: directionName(d.sender),
      })),
    ),
    activity: (story ? session.pairs : [])
      .filter((p) => p.activity.start >= 0)
      .map((p) => ({
        pair: pairReport(scope, session, p),
        binSeconds: p.activity.width / 1e9,
        start: clock.epoch(p.activity.start),
        bytes: p.activity.values(),
      })),
    replaces: session.replaces < 0 ? null : sessionId(session.replaces),
    replacedBy: session.replacedBy < 0 ? null : sessionId(session.replacedBy),
    noFailover: reasons,
    interruptions: interruptionReports(scope, interruptionsOf(scope, session), (path) => pairOnPath(scope, session, path)),
    ...(answers ? { questionnaire: questionnaire(scope, session) } : {}),
    headline: multiHeadline(scope, session),
    capturedEnd: capturedName(session.capturedEnd),
  }
}

export function capturedName(end: number): SessionReport['capturedEnd'] {
  return end === 0 ? 'initiator' : end === 1 ? 'responder' : end === 2 ? 'both' : null
}

export function multiKey(scope: Scope, session: MultiSession): string {
  const { addresses } = scope.flows
  const ids = session.endpoints.map((e) => e.identifiers.map((i) => `${i.kind}=${i.value}`).join(','))
  const path = session.paths[0]
  const ends = session.tagKnown[0] && session.tagKnown[1] ? [] : [addresses.text(path?.ends[0] ?? -1), addresses.text(path?.ends[1] ?? -1)]
  return stableHash([session.protocol, ...session.ports, ...ids, ...ends].join('|'))
}

function endpointReport(scope: Scope, session: MultiSession, end: End): EndpointReport {
  const { clock, flows } = scope
  const endpoint = session.endpoints[end]
  const identifiers = [...endpoint.identifiers]
  if (session.ports[end] !== 0 && !identifiers.some((i) => i.kind === 'port'))
    identifiers.push({ kind: 'port', value: String(session.ports[end]) })
  const locators: LocatorReport[] = endpoint.locators.map((l) => ({
    address: flows.addresses.text(l.address),
    port: l.port,
    added: clock.epoch(l.added),
    removed: l.removed === null ? null : clock.epoch(l.removed),
    how: l.how,
    signal: l.signal,
    verified: l.verified === null ? null : clock.epoch(l.verified),
    verifiedHow: l.verifiedHow,
    claimAuthentication: l.authentication,
    frames: frames(l.rows),
  }))
  return { role: end === 0 ? 'initiator' : 'responder', identifiers, locators }
}

/** how long after a move data of before may still be on its way */
const STRAGGLERS = SECOND

/** Protocols whose data travels in packets of their own flows: several units in one packet make no further packets. */
const CARRY_THEMSELVES = new Set<MultiSession['protocol']>(['sctp', 'mptcp', 'quic', 'tcp', 'udp'])

/** What is encapsulated counts with the flow inside it; the pair's own flows have the signalling only, `packets` of them. */
function countsInside(session: MultiSession, pair: Pair, packets: number): boolean {
  return !CARRY_THEMSELVES.has(session.protocol) && pair.payloadUnits > packets
}

/** Packets and bytes on the wire of a session, with what it carries. */
export function totalOf(scope: Scope, session: MultiSession): { packets: number; bytes: number } {
  const own = new Set(session.pairs.flatMap((pair) => [pair.flow, ...(pair.further ?? [])]))
  let [packets, bytes] = [0, 0]
  const add = (flow: number): number => {
    const one = ownTraffic(scope, session, flow)
    packets += one.packets
    bytes += one.bytes
    return one.packets
  }
  for (const pair of session.pairs) {
    let counted = 0
    for (const flow of [pair.flow, ...(pair.further ?? [])]) {
      counted += add(flow)
      for (const { flow: alias } of scope.registry.carried.aliasesOf(flow)) if (!own.has(alias)) add(alias)
    }
    if (!countsInside(session, pair, counted)) continue
    packets += pair.payloadUnits
    bytes += pair.payloadBytes
  }
  return { packets, bytes }
}

function multiPair(scope: Scope, session: MultiSession, pair: Pair): SessionPairReport {
  const { clock } = scope
  const report = pairReport(scope, session, pair)
  const own = [pair.flow, ...(pair.further ?? [])].map((flow) => ownTraffic(scope, session, flow))
  splitAmong(session, pair, own[0] as Traffic)
  const packets = own.reduce((sum, one) => sum + one.packets, 0)
  const carried = countsInside(session, pair, packets)
  const first = Math.min(...own.map((one) => one.first), carried ? pair.openedAt : Number.POSITIVE_INFINITY)
  return {
    ...report,
    interface: report.interface ?? null,
    packets: packets + (carried ? pair.payloadUnits : 0),
    bytes: own.reduce((sum, one) => sum + one.bytes, 0) + (carried ? pair.payloadBytes : 0),
    payloadBytes: pair.payloadBytes,
    first: clock.epoch(Number.isFinite(first) ? first : pair.openedAt),
    last: clock.epoch(Math.max(pair.openedAt, pair.lastPayload, ...own.map((one) => one.last))),
    retransmitted: pair.retransmitted,
    state: pairState(session, pair),
    verified: pair.verifiedHow,
    rtt: pair.rtt === null ? null : Math.round(pair.rtt / 1000) / 1000,
  }
}

type Traffic = ReturnType<typeof ownTraffic>

/** Of ports that the session used again (a join that was refused and tried anew) each pair has its own packets. */
function splitAmong(session: MultiSession, pair: Pair, all: Traffic): void {
  const next = session.pairs.find((p) => p.flow === pair.flow && p.index > pair.index && p.before !== null)
  if (next?.before != null) {
    all.packets = next.before.packets
    all.bytes = next.before.bytes
    all.last = Math.min(all.last, pair.closedAt ?? next.openedAt)
  }
  if (pair.before === null) return
  all.packets -= pair.before.packets
  all.bytes -= pair.before.bytes
  all.first = Math.max(all.first, pair.openedAt)
}

function pairState(session: MultiSession, pair: Pair): string {
  // nothing is carried, or could be, once the session is over
  if (session.state === 'closed' && (pair.state === 'active' || pair.state === 'backup')) return 'closed'
  if (pair.state === 'opening' && pair.payloadUnits === 0) return 'probing'
  if ((pair.state === 'active' || pair.state === 'backup') && pair.payloadUnits === 0 && pair.verifiedAt !== null) return 'ready'
  return pair.state === 'active' && pair.payloadUnits > 0 ? used(session, pair.way) : pair.state
}

/** A path that the session moved away from is none that it uses; what still comes in on it both ways is there to be used again. */
function used(session: MultiSession, path: Path): 'active' | 'ready' | 'left' {
  const move = session.rehomings.findLast((r) => r.from === path.index)
  // data on its way then, and where one direction stayed, or came back
  if (move === undefined || path.lastData > move.time + STRAGGLERS) return 'active'
  return path.heardInitiator > move.time + STRAGGLERS && path.heardResponder > move.time + STRAGGLERS ? 'ready' : 'left'
}

export function multiLabels(session: MultiSession): SessionLabel[] {
  const labels = new Set<SessionLabel>()
  for (const d of session.directions) for (const l of d.labels) labels.add(l.label as SessionLabel)
  for (const r of session.rehomings) {
    labels.add('REHOMED')
    if (r.label !== 'REHOMED') labels.add(r.label)
  }
  for (const path of session.paths) {
    const pairs = session.pairs.filter((p) => p.path === path.index)
    if (pairs.some((p) => p.payloadUnits > 0)) continue
    const proven = pairs.filter((p) => p.verifiedAt !== null)
    if (session.paths.length > 1 && proven.some((p) => p.closedAt === null)) labels.add('BACKUP-READY')
    else if (proven.length === 0 && pairs.some((p) => p.state === 'opening' || p.state === 'confirming' || p.state === 'refused'))
      labels.add('PROBING')
  }
  const announced = session.endpoints.some((e, end) =>
    e.locators.some(
      (l) =>
        l.how === 'signalled' &&
        l.removed === null &&
        !session.pairs.some((p) => p.payloadUnits > 0 && session.paths[p.path]?.ends[end as End] === l.address),
    ),
  )
  if (announced) labels.add('HANDOVER-SIGNALLED')
  for (const d of session.directions) {
    const apart = d.alternates.filter((a) => !session.rehomings.some((r) => a.from <= r.time + 4e9 && a.to >= r.time - 4e9))
    if (apart.length > 0) labels.add('RETRANSMIT-ON-ALTERNATE')
  }
  if (session.replaces >= 0) labels.add('RE-ESTABLISHED')
  if (session.rebound > 0) labels.add('NAT-REBIND')
  if (session.optimised > 0) labels.add('PATH-OPTIMISED')
  return [...labels]
}
