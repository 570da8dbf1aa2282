/**
 * A slice of a session's timeline for a time range and a pixel width: payload by lane, direction and bin out of the index columns;
 * marks and rehomings from the session's report; intervals without link from the link log. The answer's size depends on the width only.
 * Cost: one scan of the index, some 5 ms a million packets.
 */

import { parseAddress } from '../../../shared/address.ts'
import type { TimelineLane, TimelineSlice } from '../../../shared/contract.ts'
import { outageOf } from '../../../shared/outage.ts'
import type { PairReport, SessionReport, SiteInterface } from '../../../shared/report.ts'
import { RowFlag } from '../../analysis/types.ts'
import { interfaceName } from '../../files/interface-name.ts'
import { ContractFailure } from '../failure.ts'
import { Flag, FlagShift } from '../index.ts'
import { type Capture, epochSeconds } from '../open.ts'
import { lanesOf, PacketLanes } from './flow-lanes.ts'
import { sessionReport } from './kept-answers.ts'
import { briefById } from './sessions.ts'

const MAX_MARKS = 2000
const MAX_FINDINGS = 200
/** flows of a lane whose exits its name looks at */
const MAX_NAMED = 64
const MIN_BINS = 16
const MAX_BINS = 1024
/** pixels a bin */
const BIN_PIXELS = 2

export function timelineSlice(capture: Capture, id: string, from: number, to: number, width: number): TimelineSlice {
  if (!Number.isFinite(from) || !Number.isFinite(to) || to <= from)
    throw new ContractFailure('bad-request', `the range ${from} to ${to} is empty`, 'Ask for a range whose end is after its begin.')
  const brief = briefById(capture, id)
  const session = sessionReport(capture, id)
  if (session === null)
    throw new ContractFailure('not-found', `there is no session '${id}'`, 'Sessions are named s1, s2, ...: see the list.')
  const bins = Math.max(MIN_BINS, Math.min(MAX_BINS, Math.floor(width / BIN_PIXELS)))
  const binSeconds = (to - from) / bins
  const site = capture.analyzer.site()
  const own = lanesOf(capture, brief)
  const { lanes, lookup } = makeLanes(capture, session, own, site, bins)
  const places = new PacketLanes(capture, brief, own, (initiator, responder) => lookup.get(keyOf({ initiator, responder })) ?? -1)
  fill(capture, lanes, places, from, to, bins)
  if (!lanes.some((lane) => hasBytes(lane))) fillFromActivity(session, lanes, lookup, from, to, bins)
  for (const lane of lanes) lane.linkDown = linkDown(capture, lane.interface, from, to)
  const laneOfPair = (pair: PairReport | null | undefined): number =>
    pair === null || pair === undefined ? -1 : (lookup.get(keyOf(pair)) ?? -1)
  const inRange = session.timeline.filter(
    (entry) => entry.t >= from && entry.t <= to && entry.kind !== 'rehomed' && entry.kind !== 'finding',
  )
  const marks = thin(inRange, MAX_MARKS).map((entry) => ({
    t: entry.t,
    lane: laneOfPair(entry.pair),
    kind: entry.kind,
    label: entry.label ?? entry.kind.replaceAll('-', ' '),
    detail: entry.detail,
    frame: entry.frames[0] ?? null,
  }))
  const rehomings = capture.analyzer
    .rehomings(id)
    .filter((rehoming) => rehoming.t >= from && rehoming.t <= to)
    .map((rehoming) => {
      const outage = outageOf(rehoming)
      return {
        id: rehoming.id,
        t: rehoming.t,
        fromLane: laneOfPair(rehoming.from),
        toLane: laneOfPair(rehoming.to),
        label: rehoming.label,
        outageMs: outage,
        lastOld: outage === null ? null : rehoming.t - outage / 1000,
        trigger: rehoming.trigger.class,
      }
    })
  const interruptions = (session.interruptions ?? [])
    .filter((one) => one.to >= from && one.from <= to)
    .map((one) => ({ from: one.from, to: one.to, lane: laneOfPair(one.pair), ms: one.ms }))
  const judged = findingMarks(capture, id, lanes, places).filter((mark) => mark.t >= from && mark.t <= to)
  const all = [...marks, ...judged].sort((a, b) => a.t - b.t)
  return { from, to, binSeconds, lanes, marks: all, rehomings, interruptions, thinned: inRange.length - marks.length }
}

/** The lane that a frame is on, -1 none. */
function laneAt({ index }: Capture, places: PacketLanes, frame: number): number {
  const row = frame - 1
  if (row < 0 || row >= index.rows || index.flow(row) < 0) return -1
  const place = places.of(index.flow(row), index.direction(row), index.time(row), index.rowFlags(row))
  return place < 0 ? -1 : place >> 1
}

/** Findings where they happened: on the lane of their first frame that has one, else of an address that they name, else on the first. */
function findingMarks(capture: Capture, id: string, lanes: readonly TimelineLane[], places: PacketLanes): TimelineSlice['marks'] {
  if (lanes.length === 0) return []
  const findings = capture.analyzer.findings(id)
  return thin(findings, MAX_FINDINGS).map((finding) => {
    const { t, severity, title, rule, frames, claimant, victim } = finding
    const byFrame = frames.map((frame) => laneAt(capture, places, frame)).find((lane) => lane >= 0)
    const names = (lane: TimelineLane, address: string | null | undefined): boolean =>
      address != null && (lane.initiator === address || lane.responder === address)
    // the address that fewer lanes have tells more
    const byAddress = [victim, claimant]
      .map((address) => lanes.flatMap((lane, at) => (names(lane, address) ? [at] : [])))
      .filter((list) => list.length > 0)
      .sort((a, b) => a.length - b.length)[0]?.[0]
    return {
      t,
      lane: byFrame ?? byAddress ?? 0,
      kind: 'finding',
      label: rule,
      detail: `${severity}: ${title}`,
      frame: frames[0] ?? null,
      severity,
    }
  })
}

const keyOf = (pair: { initiator: string; responder: string }): string => `${pair.initiator} ${pair.responder}`

function makeLanes(
  capture: Capture,
  session: SessionReport,
  used: ReturnType<typeof lanesOf>,
  site: SiteInterface[],
  bins: number,
): { lanes: TimelineLane[]; lookup: Map<string, number> } {
  const lanes: TimelineLane[] = []
  const lookup = new Map<string, number>()
  const zeros = (): number[] => new Array<number>(bins).fill(0)
  const add = (pair: { initiator: string; responder: string }, name: string | null): void => {
    if (lookup.has(keyOf(pair)) || lanes.length >= 0x7fff) return
    lookup.set(keyOf(pair), lanes.length)
    lanes.push({
      initiator: pair.initiator,
      responder: pair.responder,
      interface: name,
      prefix: prefixOf(site, name, pair),
      toResponder: zeros(),
      toInitiator: zeros(),
      retransmitted: zeros(),
      linkDown: [],
    })
  }
  const named = new Map(session.pairs.map((pair) => [keyOf(pair), pair.interface ?? null]))
  for (const lane of used) {
    add(
      lane,
      inTurn(capture, lane.flows) ??
        named.get(keyOf(lane)) ??
        nameOf(capture, capture.state.flows.firstInterface[lane.flows[0] as number] as number),
    )
  }
  // pairs that are known without packets of their own come last
  for (const pair of session.pairs) add(pair, pair.interface ?? null)
  return { lanes, lookup }
}

function nameOf({ interfaces }: Capture, id: number): string | null {
  const one = interfaces[id]
  return one === undefined ? null : interfaceName(one.facts)
}

/** 'upA, upB' where packets of the same addresses took one exit and then another; null: they did not. */
function inTurn(capture: Capture, flows: readonly number[]): string | null {
  const { hops } = capture.state.flows
  const names = new Set<string | null>()
  for (const flow of flows.slice(0, MAX_NAMED))
    for (const direction of [0, 1])
      for (const { hop } of hops.turnsOf(flow, direction) ?? []) names.add(nameOf(capture, hops.interface[hop] as number))
  return names.size < 2 ? null : [...names].filter((name) => name !== null).join(', ')
}

function fill(capture: Capture, lanes: TimelineLane[], places: PacketLanes, from: number, to: number, bins: number): void {
  const { index } = capture
  // the range on the capture's clock
  const zero = epochSeconds(capture, 0)
  const begin = (from - zero) * 1e9
  const end = (to - zero) * 1e9
  const perBin = bins / (end - begin)
  index.scan(0, index.rows, ({ time, flow, payload, flags }, _row, first, last) => {
    for (let i = first; i < last; i++) {
      const f = flow[i] as number
      const bytes = payload[i] as number
      if (f < 0 || bytes === 0) continue
      const t = time[i] as number
      if (t < begin || t > end) continue
      const bits = flags[i] as number
      const place = places.of(f, bits & Flag.Direction, t, bits >>> FlagShift.Row)
      if (place < 0) continue
      const lane = lanes[place >> 1] as TimelineLane
      const bin = Math.min(bins - 1, Math.floor((t - begin) * perBin))
      const list = (place & 1) === 0 ? lane.toResponder : lane.toInitiator
      list[bin] = (list[bin] as number) + bytes
      if (((bits >>> FlagShift.Row) & RowFlag.Retransmission) !== 0) lane.retransmitted[bin] = (lane.retransmitted[bin] as number) + bytes
    }
    return undefined
  })
}

function hasBytes(lane: TimelineLane): boolean {
  return lane.toResponder.some((bytes) => bytes > 0) || lane.toInitiator.some((bytes) => bytes > 0)
}

/**
 * Where it is not known which packets a session carried (there were too many of them) its lanes are drawn from the activity that its contexts
 * kept: coarser, and without directions, which stand as both halves.
 */
function fillFromActivity(
  session: SessionReport,
  lanes: TimelineLane[],
  lookup: Map<string, number>,
  from: number,
  to: number,
  bins: number,
): void {
  const perBin = bins / (to - from)
  for (const { pair, binSeconds, start, bytes } of session.activity ?? []) {
    const lane = lanes[lookup.get(keyOf(pair)) ?? -1]
    if (lane === undefined) continue
    bytes.forEach((sum, i) => {
      if (sum === 0) return
      const first = Math.max(0, Math.floor((start + i * binSeconds - from) * perBin))
      const last = Math.min(bins - 1, Math.max(first, Math.ceil((start + (i + 1) * binSeconds - from) * perBin) - 1))
      if (start + (i + 1) * binSeconds < from || start + i * binSeconds > to) return
      const each = sum / (last - first + 1) / 2
      for (let bin = first; bin <= last; bin++) {
        lane.toResponder[bin] = (lane.toResponder[bin] as number) + each
        lane.toInitiator[bin] = (lane.toInitiator[bin] as number) + each
      }
    })
  }
}

/** Every n-th of a list that is too long: by place, so that a dense stretch does not swallow the rest. */
function thin<T>(list: T[], most: number): T[] {
  if (list.length <= most) return list
  const step = list.length / most
  return Array.from({ length: most }, (_, i) => list[Math.floor(i * step)] as T)
}

/** Stretches of the range in which the log has the interface's link down, in epoch seconds. */
function linkDown(capture: Capture, name: string | null, from: number, to: number): [number, number][] {
  if (name === null) return []
  const down: [number, number][] = []
  let since: number | null = null
  const push = (begin: number, end: number): void => {
    if (end > from && begin < to) down.push([Math.max(begin, from), Math.min(end, to)])
  }
  for (const event of capture.linkEvents) {
    if (event.detail.interfaceName !== name) continue
    const t = epochSeconds(capture, event.time)
    if (event.detail.what === 'link-down') since ??= t
    else if (event.detail.what === 'link-up' && since !== null) {
      push(since, t)
      since = null
    }
  }
  if (since !== null) push(since, Number.POSITIVE_INFINITY)
  return down
}

/** The longest prefix that the site model has for a locator of the pair on this interface. */
function prefixOf(site: SiteInterface[], name: string | null, pair: { initiator: string; responder: string }): string | null {
  let best: string | null = null
  let bestLength = -1
  for (const iface of site) {
    if (name === null || iface.name !== name) continue
    for (const { prefix } of iface.prefixes) {
      const length = Number(prefix.split('/')[1])
      if (length > bestLength && (contains(prefix, pair.initiator) || contains(prefix, pair.responder))) {
        best = prefix
        bestLength = length
      }
    }
  }
  return best
}

function contains(prefix: string, address: string): boolean {
  const [text = '', bits = ''] = prefix.split('/')
  const network = parseAddress(text)
  const bytes = parseAddress(address)
  const length = Number(bits)
  if (network === null || bytes === null || network.length !== bytes.length || !Number.isInteger(length)) return false
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 255 : (0xff00 >> (length - bit)) & 255
    if (((network[bit >> 3] as number) & mask) !== ((bytes[bit >> 3] as number) & mask)) return false
  }
  return true
}
