/** A plain TCP or UDP session as the report shows it, made from its columns when asked for. */
import { groupKind } from '../../../shared/address.ts'
import type { PairReport, SessionLabel, SessionReport, TimelineEntry } from '../../../shared/report.ts'
import { SECOND } from '../model.ts'
import { shortInterface } from '../path-names.ts'
import { icmpName } from '../sessions/icmp-names.ts'
import { LightFlag, LightProtocol, LightState } from '../sessions/light.ts'
import { type BreakCause, breakOf } from '../sessions/reestablish.ts'
import { downClause } from '../triggers/link.ts'
import type { SessionBrief } from '../types.ts'
import { exitMarks, exitWords, interfacesUsed } from './exits.ts'
import { interruptedFor, interruptedWords, interruptionReports, lightInterruptions, longest } from './interruptions.ts'
import { markLabel } from './mark-label.ts'
import { networkMarks } from './network.ts'
import { cameUpWords, unanswered } from './never-up.ts'
import { type Scope, sessionId, traffic } from './scope.ts'
import { directionName, frames, metric, milliseconds, seconds, stableHash } from './text.ts'

/** in columns of times. Packets of other interfaces may be earlier than the first of the file: their times are negative */
const NEVER = -1

const STATES: SessionReport['state'][] = ['opening', 'established', 'closing', 'closed', 'failed']

/** `broken`: what `brokenFor` says. A session that broke has failed, whatever its last packets asked for. */
export function lightState(scope: Scope, index: number, broken: Broken | null): SessionReport['state'] {
  if (broken?.lost === true) return 'failed'
  return STATES[scope.registry.light.state[index] as number] as SessionReport['state']
}

export interface Broken {
  cause: BreakCause
  /** its path was lost or another session took its place; false: it stalled, or was reset, which many programs do to end */
  lost: boolean
}

/** What broke a session, where that is sure or something took its place. */
export function brokenFor(scope: Scope, index: number): Broken | null {
  const { light } = scope.registry
  const cause = breakOf(scope.registry, scope.world, index, scope.now)
  const replaced = (light.replacedBy[index] as number) >= 0
  if (cause === null || (!replaced && !cause.certain)) return null
  return { cause, lost: replaced || cause.why === 'link' || cause.why === 'icmp' }
}

/** What took the place of a broken session: how long after its last data, and on which interface or from which address. */
export function replacement(scope: Scope, index: number): SessionBrief['replacement'] {
  const { light } = scope.registry
  const next = scope.registry.lightOf(light.replacedBy[index] as number)
  if (next < 0) return null
  const pair = lightPair(scope, next)
  const old = lightPair(scope, index)
  const gap = gapOf(scope, next)
  return {
    gap: gap === null ? null : gap.value,
    on: pair.interface != null && pair.interface !== old.interface ? pair.interface : pair.initiator,
  }
}

export function lightPair(scope: Scope, index: number): PairReport {
  const { light } = scope.registry
  const { flows } = scope
  const flow = light.flow[index] as number
  const isA = light.has(index, LightFlag.InitiatorIsA)
  const a = flows.addresses.text(flows.addressA[flow] as number)
  const b = flows.addresses.text(flows.addressB[flow] as number)
  return {
    initiator: isA ? a : b,
    responder: isA ? b : a,
    interface: scope.world.interfaceName(flows.firstInterface[flow] as number),
    initiatorPort: (isA ? flows.portA[flow] : flows.portB[flow]) as number,
    responderPort: (isA ? flows.portB[flow] : flows.portA[flow]) as number,
  }
}

export function lightProtocolName(scope: Scope, index: number): 'tcp' | 'udp' {
  return scope.registry.light.protocol[index] === LightProtocol.Tcp ? 'tcp' : 'udp'
}

export function lightHeadline(scope: Scope, index: number): string {
  const { light } = scope.registry
  const pair = lightPair(scope, index)
  const on = shortInterface(scope.world, scope.flows.firstInterface[light.flow[index] as number] as number)
  const tcp = light.protocol[index] === LightProtocol.Tcp
  const opened = light.opened[index] as number
  const closed = light.closed[index] as number
  const broken = brokenFor(scope, index)
  const where = on === null ? '' : ` on ${on}`
  const word = broken?.lost === true ? null : lastWord(scope, index)
  if (word !== null) return `Ended${where} at ${seconds(word.time)} by ${word.text}`
  if (broken !== null) {
    const { cause } = broken
    const why =
      cause.why === 'link'
        ? downClause(pair.interface ?? 'it', cause.text)
        : cause.why === 'silence'
          ? 'when it fell silent'
          : `after ${cause.text}`
    if (!broken.lost)
      return cause.why === 'reset'
        ? `Ended${where} at ${seconds(cause.time)} by ${cause.text}`
        : `Stalled${where} at ${seconds(cause.time)} ${why}`
    const next = replacement(scope, index)
    if (next == null) return `Broke${where} at ${seconds(cause.time)} ${why}; plain ${tcp ? 'TCP' : 'UDP'} cannot move`
    const gap = next.gap === null ? '' : ` ${milliseconds(next.gap)} later`
    return `Broke${where} at ${seconds(cause.time)} ${why}; re-established as ${sessionId(light.replacedBy[index] as number)} on ${next.on}${gap}`
  }
  const alone = traffic(scope, light.number[index] as number, light.flow[index] as number).packets === 1
  if (light.has(index, LightFlag.ToMany)) {
    const to = audienceOf(scope, index) === 'multicast' ? 'a multicast group' : 'everybody on the link (broadcast)'
    const end = closed >= 0 ? seconds(closed) : 'the end of the capture'
    return `${alone ? 'One datagram' : 'Datagrams'} to ${to}${where} ${alone ? `at ${seconds(opened)}` : `from ${seconds(opened)} until ${end}`}: not expected to be answered`
  }
  if (!tcp && (light.state[index] === LightState.Failed || light.state[index] === LightState.Opening)) {
    const icmp = (light.icmpTime[index] as number) >= 0 ? `: ${icmpName(light.icmpKind[index] as number)}` : ''
    const answer = scope.oneWay ? unanswered(true) : 'not answered'
    return `${alone ? 'One packet' : 'Packets'}${where} ${alone ? 'at' : 'since'} ${seconds(opened)}, ${answer}${icmp}`
  }
  if (
    light.state[index] === LightState.Failed ||
    (tcp && light.state[index] === LightState.Opening && !light.has(index, LightFlag.MidCapture))
  ) {
    if (!settled(scope, index)) return `Still coming up${where} when the capture ended: tried since ${seconds(opened)}`
    const why = failure(scope, index)
    return `${cameUpWords(why)}${where}: tried since ${seconds(opened)}, ${why}`
  }
  if ((light.replaces[index] as number) >= 0)
    return `Took over${on === null ? ` from ${pair.initiator}` : where} at ${seconds(opened)} from ${sessionId(light.replaces[index] as number)}, which had broken`
  const span = closed >= 0 ? `until ${seconds(closed)}` : 'until the capture ended'
  const begin = light.has(index, LightFlag.MidCapture) ? 'from before the capture began' : `from ${seconds(opened)}`
  const parent = scope.registry.parents.get(light.number[index] as number) ?? -1
  const carrier = scope.registry.multiOf(parent)
  const ways = carrier === null ? 0 : carrier.paths.filter((path) => path.lastData >= 0).length
  // What is inside goes where the outer addresses go, or went with others before (a tunnel that became a direct route).
  if (parent >= 0 && (ways > 1 || carriedWithin(scope, index) > 0))
    return `${carrier?.pairs.some((p) => p.firstPayload >= 0 && p.firstPayload <= opened) ? 'Carried' : 'Last carried'} by ${sessionId(parent)}, on its paths, ${begin} ${span}`
  const exits = exitWords(scope, light.flow[index] as number, light.has(index, LightFlag.InitiatorIsA) ? 0 : 1)
  if (exits !== null) return `${exits}, ${span}${interruptedWords(lightInterruptions(scope, index))}`
  const over = interfacesOf(scope, light.flow[index] as number)
  if (over.length > 1) return `Seen on ${over.join(' and ')} ${begin} ${span}`
  return `${on === null ? 'One path' : `Stayed on ${on}`} ${begin} ${span}${interruptedWords(lightInterruptions(scope, index))}`
}

/** Whom datagrams to many go to; undefined: to one receiver. A network's own broadcast address is told by the frame's. */
export function audienceOf(scope: Scope, index: number): SessionReport['audience'] {
  if (!scope.registry.light.has(index, LightFlag.ToMany)) return undefined
  return groupKind(lightPair(scope, index).responder) === 'multicast' ? 'multicast' : 'broadcast'
}

/** What ended the protocol above, where it said so: 'BGP NOTIFICATION from 192.0.2.1: Hold timer expired'. */
function lastWord(scope: Scope, index: number): { time: number; row: number; text: string } | null {
  const word = scope.registry.lastWords.get(scope.registry.light.number[index] as number)
  if (word === undefined) return null
  const { time, row, by, what, cause } = word
  return { time, row, text: `${what} from ${scope.flows.addresses.text(by)}: ${cause}` }
}

/** Where a flow was seen first, and last in each direction: an address that is kept may leave, or be reached, by several links. */
function interfacesOf({ flows, world }: Scope, flow: number): string[] {
  const seen = [flows.firstInterface[flow] as number]
  for (const at of [flow * 2, flow * 2 + 1]) if ((flows.packets[at] ?? 0) > 0) seen.push(flows.lastInterface[at] as number)
  return [...new Set(seen)].map((one) => shortInterface(world, one)).filter((name) => name !== null)
}

/** Packets with its payload that were another session's, which carried it (a Shim6 context with its extension header), and none of its flow. */
function carriedWithin(scope: Scope, index: number): number {
  const { light } = scope.registry
  if (light.protocol[index] === LightProtocol.Tcp) return 0
  const units = (light.payloadUnits[index * 2] as number) + (light.payloadUnits[index * 2 + 1] as number)
  return Math.max(0, units - traffic(scope, light.number[index] as number, light.flow[index] as number).packets)
}

/** Something was said against it, or it had its second: that it never came up can be said. */
function settled({ registry, now }: Scope, index: number): boolean {
  const { light } = registry
  if (light.has(index, LightFlag.Reset) || (light.icmpTime[index] as number) >= 0) return true
  return light.state[index] === LightState.Failed || now - (light.opened[index] as number) > 1e9
}

/** What became of a session that was tried only. */
function failure(scope: Scope, index: number): string {
  const { light } = scope.registry
  if (light.has(index, LightFlag.Reset) && light.resetBy[index] === 1) return 'refused by an RST from the responder'
  if ((light.icmpTime[index] as number) >= 0) return icmpName(light.icmpKind[index] as number)
  if (light.has(index, LightFlag.Reset)) return 'given up by an RST from the initiator'
  return (light.answered[index] as number) !== NEVER ? 'answered but never completed' : unanswered(scope.oneWay)
}

export function lightReport(scope: Scope, index: number, story = true): SessionReport {
  const { light } = scope.registry
  const { clock } = scope
  const flow = light.flow[index] as number
  const pair = lightPair(scope, index)
  const protocol = lightProtocolName(scope, index)
  const isA = light.has(index, LightFlag.InitiatorIsA)
  const opened = light.opened[index] as number
  const closed = light.closed[index] as number
  const broken = brokenFor(scope, index)
  const cause = broken?.cause ?? null
  const interruptions = lightInterruptions(scope, index)
  const audience = audienceOf(scope, index)
  const handshake = light.answered[index] as number
  const midCapture = light.has(index, LightFlag.MidCapture)
  const verified = protocol === 'tcp' && !midCapture && handshake !== NEVER ? handshake : null
  const locator = (side: 0 | 1) => ({
    address: side === 0 ? pair.initiator : pair.responder,
    port: (side === 0 ? pair.initiatorPort : pair.responderPort) ?? null,
    added: clock.epoch(opened),
    removed: null,
    how: midCapture ? ('observed' as const) : ('initial' as const),
    signal: protocol !== 'tcp' || midCapture ? null : side === 0 ? 'SYN' : handshake === NEVER ? null : 'SYN/ACK',
    verified: verified === null ? null : clock.epoch(verified),
    verifiedHow: verified === null ? null : 'TCP handshake',
    claimAuthentication: verified === null ? ('A0' as const) : ('A2' as const),
    frames: frames([light.openedRow[index] as number]),
  })
  const labels: SessionLabel[] = []
  const units = (light.payloadUnits[index * 2] as number) + (light.payloadUnits[index * 2 + 1] as number)
  if (units > 0) labels.push('SINGLE')
  const probes = scope.parallel.probesOf(light.number[index] as number)
  if (probes.length > 0) labels.push('PROBING')
  if ((light.replaces[index] as number) >= 0) labels.push('RE-ESTABLISHED')
  const { packets, bytes, first, last } = traffic(scope, light.number[index] as number, flow)
  const carried = carriedWithin(scope, index)
  const payload = (light.payloadBytes[index * 2] as number) + (light.payloadBytes[index * 2 + 1] as number)
  const a = `${pair.initiator}|${pair.initiatorPort}`
  const b = `${pair.responder}|${pair.responderPort}`
  const firstData = [0, 1].map((d) => light.firstPayload[index * 2 + d] as number).filter((t) => t !== NEVER)
  return {
    id: sessionId(light.number[index] as number),
    key: stableHash([protocol, ...[a, b].sort()].join('|')),
    protocol,
    class: 'none',
    identity: 'none',
    state: lightState(scope, index, broken),
    ...(audience === undefined ? {} : { audience }),
    midCapture: light.has(index, LightFlag.MidCapture),
    opened: clock.epoch(opened),
    closed: closed < 0 ? null : clock.epoch(closed),
    endpoints: [
      { role: 'initiator', identifiers: [{ kind: 'port', value: String(pair.initiatorPort) }], locators: [locator(0)] },
      { role: 'responder', identifiers: [{ kind: 'port', value: String(pair.responderPort) }], locators: [locator(1)] },
    ],
    pairs: [
      {
        ...pair,
        interface: pair.interface ?? null,
        packets: packets + carried,
        // of what another session's packets carried only the payload is its own
        bytes: bytes + (carried === 0 ? 0 : Math.round((payload * carried) / units)),
        payloadBytes: payload,
        first: clock.epoch(Number.isFinite(first) ? first : opened),
        last: clock.epoch(last >= 0 ? last : opened),
        retransmitted: (light.retransmitted[index * 2] as number) + (light.retransmitted[index * 2 + 1] as number),
        state: lightState(scope, index, broken),
        verified: verified === null ? null : 'TCP handshake',
        rtt: handshake !== NEVER && (light.synRetries[index] as number) === 0 ? Math.round((handshake - opened) / 1000) / 1000 : null,
      },
    ],
    labels,
    timeline: story ? lightTimeline(scope, index, pair, cause) : [],
    labelIntervals:
      firstData.length === 0
        ? []
        : [{ label: 'SINGLE', from: clock.epoch(Math.min(...firstData)), to: closed < 0 ? null : clock.epoch(closed), direction: 'both' }],
    replaces: (light.replaces[index] as number) < 0 ? null : sessionId(light.replaces[index] as number),
    replacedBy: (light.replacedBy[index] as number) < 0 ? null : sessionId(light.replacedBy[index] as number),
    gap: gapOf(scope, index),
    noFailover:
      cause !== null
        ? [
            {
              reason: `plain ${protocol === 'tcp' ? 'TCP' : 'UDP'} is bound to one address pair (${cause.text})`,
              pair,
              frames: frames(cause.rows),
            },
          ]
        : interruptions.length > 0
          ? [
              {
                reason: `plain ${protocol === 'tcp' ? 'TCP' : 'UDP'} is bound to one address pair (${interruptedWords(interruptions, '')})`,
                pair,
                frames: frames([...(longest(interruptions)?.rows ?? [])]),
              },
            ]
          : [],
    interruptions: interruptionReports(scope, interruptions, () => pair),
    headline: lightHeadline(scope, index),
    capturedEnd: lightCaptured(scope, flow, isA),
  }
}

/** How long the user was without the service: last data of the broken session to the new one's completed handshake. */
function gapOf(scope: Scope, index: number): ReturnType<typeof metric> {
  const { registry } = scope
  const { light } = registry
  const old = registry.lightOf(light.replaces[index] as number)
  if (old < 0) return null
  const lasts = [0, 1].map((d) => light.lastPayload[old * 2 + d] as number)
  const side = (lasts[0] as number) >= (lasts[1] as number) ? 0 : 1
  const from = Math.max(lasts[side] as number, -1)
  const to = (light.confirmed[index] as number) !== NEVER ? (light.confirmed[index] as number) : (light.opened[index] as number)
  const cause = breakOf(registry, scope.world, old, to)
  if (from > to && cause !== null && cause.time <= to) {
    // what the old one still sent after that is the last that is known of it
    return metric({ value: (to - cause.time) / 1e6, low: 0, high: (to - cause.time) / 1e6, rows: [light.confirmedRow[index] as number] })
  }
  if (from < 0 || to < from) return null
  const good = cause === null ? from : Math.min(from, Math.max(cause.time, 0))
  return metric({
    value: (to - good) / 1e6,
    low: Math.max(0, (to - from) / 1e6),
    high: (to - good) / 1e6,
    rows: [light.lastPayloadRow[old * 2 + side] as number, light.confirmedRow[index] as number],
  })
}

function lightTimeline(scope: Scope, index: number, pair: PairReport, cause: BreakCause | null): TimelineEntry[] {
  const { light } = scope.registry
  const { clock } = scope
  const out: { time: number; entry: Omit<TimelineEntry, 't'> }[] = []
  const add = (time: number, kind: TimelineEntry['kind'], direction: TimelineEntry['direction'], rows: number[], detail: string): void => {
    if (time !== NEVER) out.push({ time, entry: { kind, direction, pair, frames: frames(rows), detail, label: markLabel(kind, detail) } })
  }
  // the link's and the routers' own: of no pair
  const outside = (time: number, kind: TimelineEntry['kind'], rows: number[], detail: string): void => {
    out.push({ time, entry: { kind, direction: null, pair: null, frames: frames(rows), detail, label: markLabel(kind, detail) } })
  }
  const tcp = light.protocol[index] === LightProtocol.Tcp
  const midCapture = light.has(index, LightFlag.MidCapture)
  const retries = light.synRetries[index] as number
  const again = retries === 0 ? '' : `, sent again ${retries === 1 ? 'once' : `${retries} times`}`
  const first = tcp ? (midCapture ? 'already running when the capture began' : `SYN${again}`) : 'first datagram'
  add(light.opened[index] as number, 'opened', midCapture ? null : 'initiator-to-responder', [light.openedRow[index] as number], first)
  add(light.answered[index] as number, 'opened', 'responder-to-initiator', [light.answeredRow[index] as number], 'SYN/ACK')
  if (tcp)
    add(light.confirmed[index] as number, 'opened', 'initiator-to-responder', [light.confirmedRow[index] as number], 'ACK: established')
  for (const side of [0, 1] as const) {
    const at = index * 2 + side
    const direction = side === 0 ? 'initiator-to-responder' : 'responder-to-initiator'
    add(light.firstPayload[at] as number, 'payload-started', direction, [light.firstPayloadRow[at] as number], 'first data')
    if ((light.payloadUnits[at] as number) > 1)
      add(light.lastPayload[at] as number, 'payload-stopped', direction, [light.lastPayloadRow[at] as number], 'last data so far')
    if ((light.streak[at] as number) > 0)
      add(
        light.streakTime[at] as number,
        'retransmitted',
        direction,
        [light.streakRow[at] as number, light.streakLastRow[at] as number],
        `data sent again ${light.streak[at]} times without progress`,
      )
  }
  if ((light.icmpTime[index] as number) >= 0)
    add(
      light.icmpTime[index] as number,
      'icmp',
      null,
      [light.icmpRow[index] as number],
      `${icmpName(light.icmpKind[index] as number)}${(light.icmpCount[index] as number) > 1 ? `, ${light.icmpCount[index]} times` : ''}`,
    )
  for (const probe of scope.parallel.probesOf(light.number[index] as number)) {
    const text = `SYN to ${lightPair(scope, probe).responder}, tried beside it and given up`
    add(light.opened[probe] as number, 'probed', 'initiator-to-responder', [light.openedRow[probe] as number], text)
  }
  for (const one of lightInterruptions(scope, index))
    add(one.from, 'other', directionName(one.direction), [...one.rows], interruptedFor(one))
  const flow = light.flow[index] as number
  const ends = [scope.flows.addressA[flow] as number, scope.flows.addressB[flow] as number]
  const over = (light.closed[index] as number) < 0 ? scope.now : (light.closed[index] as number)
  for (const one of networkMarks(scope, interfacesUsed(scope, flow), ends, light.opened[index] as number, over))
    outside(one.time, one.kind, one.rows, one.text)
  for (const one of exitMarks(scope, flow, light.has(index, LightFlag.InitiatorIsA) ? 0 : 1))
    add(one.time, 'routing', directionName(one.direction), [one.row], one.text)
  if (cause?.link !== undefined && cause.link.time > over + SECOND)
    outside(cause.link.time, 'link', cause.link.rows, cause.link.detail.message)
  const word = lastWord(scope, index)
  if (word !== null) add(word.time, 'closed', null, [word.row], word.text)
  const closed = light.closed[index] as number
  if (closed >= 0) {
    const reset = light.has(index, LightFlag.Reset)
    const by = light.resetBy[index] === 0 ? 'initiator' : 'responder'
    add(
      closed,
      'closed',
      null,
      [light.closedRow[index] as number],
      reset ? `RST from the ${by}` : tcp ? 'closed by both sides' : 'idle for 60 s',
    )
  }
  out.sort((x, y) => x.time - y.time)
  return out.map(({ time, entry }) => ({ t: clock.epoch(time), ...entry }))
}

/** Hop limits as sent (64, 128, 255) on one side only tell the captured end. */
function lightCaptured(scope: Scope, flow: number, isA: boolean): SessionReport['capturedEnd'] {
  const { flows } = scope
  const fresh = (d: number): boolean =>
    [64, 128, 255].includes(flows.hopLimit[flow * 2 + d] as number) && (flows.packets[flow * 2 + d] as number) > 0
  const a = fresh(isA ? 0 : 1)
  const b = fresh(isA ? 1 : 0)
  return a === b ? null : a ? 'initiator' : 'responder'
}
