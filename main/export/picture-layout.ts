/**
 * Where things go in a session's picture: lanes a locator pair grouped by interface, the time scale, marks of signals and the
 * pills of rehomings. Numbers only; drawing is session-svg.ts. Bounded: at most 12 lanes, 400 marks, 40 rehomings are placed,
 * and what is left out is counted. Cost: linear in the timeline, after a sort.
 */

import { tickLabel } from '../../shared/numbers.ts'
import { outageOf } from '../../shared/outage.ts'
import type { PairReport, RehomingReport, SessionPairReport, TimelineEntry, TimelineKind } from '../../shared/report.ts'
import { type SessionExport, timeZero } from './session-export.ts'
import { milliseconds, moveWords, samePair } from './words.ts'

export const pictureWidth = 1200
export const plotLeft = 20
export const plotRight = 1180
const laneLimit = 12
const markLimit = 400
const rehomingLimit = 40
/** Width of one bar of traffic. */
export const barWidth = 4

export interface Lane {
  pair: PairReport
  /** position among the session's paths: gives letter and colour */
  number: number
  facts: SessionPairReport | null
  /** payload bytes per bar; index 0 begins at the left edge of the plot */
  bars: Float64Array
  marks: Mark[]
  /** top of the name line, of the traffic box, and of the row of marks */
  top: number
  box: number
  row: number
  /** of the traffic box: low where there is no payload to show */
  height: number
}

export interface Group {
  name: string | null
  lanes: Lane[]
  top: number
  marks: Mark[]
}

export interface Mark {
  x: number
  kind: TimelineKind
  /** words beside it, empty when there is no room */
  label: string
  /** all that is behind it, for the tooltip */
  entries: TimelineEntry[]
}

export interface Move {
  rehoming: RehomingReport
  number: number
  x: number
  /** where the outage began; equal to x when it is not known */
  outageX: number
  from: Lane | null
  to: Lane | null
  pill: { x: number; y: number; width: number; text: string }
}

/** A time without delivery after which the session went on in the same lane. */
export interface Stay {
  lane: Lane
  x: number
  to: number
  words: string
}

export interface Picture {
  groups: Group[]
  lanes: Lane[]
  moves: Move[]
  stays: Stay[]
  /** marks that belong to no lane */
  sessionMarks: Mark[]
  sessionRow: number | null
  ticks: { x: number; label: string }[]
  plotTop: number
  plotBottom: number
  height: number
  maximum: number
  barSeconds: number
  omittedLanes: number
  omittedMarks: number
  omittedMoves: number
  x(time: number): number
}

const laneHeight = 46
const quietHeight = 12
const nameHeight = 17
const rowHeight = 22
const groupHeight = 22
const pillHeight = 24
/** About the width of a letter at 11 px; texts are measured with it, so that no font has to be known. */
export const letterWidth = 6.5

export function layOut(data: SessionExport, top: number): Picture {
  const { from, to } = timeSpan(data)
  const x = (time: number): number => plotLeft + ((Math.min(Math.max(time, from), to) - from) / (to - from)) * (plotRight - plotLeft)
  const { lanes, omitted: omittedLanes } = chooseLanes(data)
  const barSeconds = ((to - from) * barWidth) / (plotRight - plotLeft)
  fillBars(data, lanes, from, to)
  const groups = groupLanes(lanes)
  const moves = data.rehomings.slice(0, rehomingLimit).map((rehoming, index) => placeMove(rehoming, index + 1, lanes, x))
  const pillRows = placePills(moves, top)
  const { sessionMarks, omitted: omittedMarks } = placeMarks(data.session.timeline, groups, lanes, x)
  let y = top + pillRows * pillHeight + (pillRows > 0 ? 6 : 0)
  const plotTop = y
  let sessionRow: number | null = null
  if (sessionMarks.length > 0) {
    sessionRow = y
    y += rowHeight + 4
  }
  for (const group of groups) {
    group.top = y
    y += groupHeight
    for (const lane of group.lanes) {
      lane.top = y
      lane.box = y + nameHeight
      lane.height = lane.bars.some((value) => value > 0) ? laneHeight : quietHeight
      lane.row = lane.box + lane.height
      y = lane.row + (lane.marks.length > 0 ? rowHeight : 8)
    }
    y += 8
  }
  let maximum = 0
  for (const lane of lanes) for (const value of lane.bars) maximum = Math.max(maximum, value)
  return {
    groups,
    lanes,
    moves,
    stays: placeStays(data, lanes, x),
    sessionMarks,
    sessionRow,
    ticks: timeTicks(from, to, timeZero(data), x),
    plotTop,
    plotBottom: y,
    height: y,
    maximum,
    barSeconds,
    omittedLanes,
    omittedMarks,
    omittedMoves: Math.max(0, data.rehomings.length - rehomingLimit),
    x,
  }
}

function placeStays({ session }: SessionExport, lanes: Lane[], x: (time: number) => number): Stay[] {
  return (session.interruptions ?? []).flatMap(({ pair, from, to, ms }) => {
    const lane = pair === null ? undefined : lanes.find((one) => samePair(one.pair, pair))
    return lane === undefined ? [] : [{ lane, x: x(from), to: x(to), words: `${milliseconds(ms)} without delivery` }]
  })
}

export function groupName({ name }: Group): string {
  if (name === null) return 'interface not known'
  return name.length > 40 ? `${name.slice(0, 39)}…` : name
}

function timeSpan({ session, rehomings }: SessionExport): { from: number; to: number } {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  const see = (time: number | null | undefined): void => {
    if (time == null || !Number.isFinite(time)) return
    from = Math.min(from, time)
    to = Math.max(to, time)
  }
  see(session.opened)
  see(session.closed)
  for (const pair of session.pairs) {
    see(pair.first)
    see(pair.last)
  }
  for (const entry of session.timeline) see(entry.t)
  for (const one of rehomings) see(one.t)
  if (from > to) return { from: 0, to: 1 }
  // an instant still needs a width, and the last event some room
  const width = Math.max(to - from, 1e-3)
  return { from: from - width * 0.005, to: from + width * 1.01 }
}

/** The paths that are drawn: those that rehomings name, then those with the most payload, in the order of the session. */
function chooseLanes({ session, rehomings }: SessionExport): { lanes: Lane[]; omitted: number } {
  const all: { pair: PairReport; facts: SessionPairReport | null; weight: number }[] = session.pairs.map((pair) => ({
    pair,
    facts: pair,
    weight: pair.payloadBytes,
  }))
  const know = (pair: PairReport, weight: number): void => {
    const known = all.find((one) => samePair(one.pair, pair))
    if (known === undefined) all.push({ pair, facts: null, weight })
    else known.weight = Math.max(known.weight, weight)
  }
  for (const { pair, bytes } of session.activity ?? [])
    know(
      pair,
      bytes.reduce((sum, value) => sum + value, 0),
    )
  for (const { from, to } of rehomings.slice(0, rehomingLimit)) {
    know(from, Number.POSITIVE_INFINITY)
    know(to, Number.POSITIVE_INFINITY)
  }
  const chosen = new Set([...all].sort((a, b) => (a.weight === b.weight ? 0 : b.weight - a.weight)).slice(0, laneLimit))
  const lanes: Lane[] = []
  all.forEach((one, number) => {
    if (chosen.has(one))
      lanes.push({
        pair: one.pair,
        number,
        facts: one.facts,
        bars: new Float64Array(Math.ceil((plotRight - plotLeft) / barWidth)),
        marks: [],
        top: 0,
        box: 0,
        row: 0,
        height: laneHeight,
      })
  })
  return { lanes, omitted: all.length - lanes.length }
}

function groupLanes(lanes: Lane[]): Group[] {
  const groups: Group[] = []
  for (const lane of lanes) {
    const name = lane.pair.interface ?? null
    const known = groups.find((group) => group.name === name)
    if (known === undefined) groups.push({ name, lanes: [lane], top: 0, marks: [] })
    else known.lanes.push(lane)
  }
  return groups
}

/** Spreads the bins of the activity over the bars, each bin over the time that it covers. */
function fillBars({ session }: SessionExport, lanes: Lane[], from: number, to: number): void {
  const perSecond = (plotRight - plotLeft) / (to - from) / barWidth
  for (const { pair, binSeconds, start, bytes } of session.activity ?? []) {
    const lane = lanes.find((one) => samePair(one.pair, pair))
    if (lane === undefined || !(binSeconds > 0)) continue
    const { bars } = lane
    bytes.forEach((value, bin) => {
      if (!(value > 0)) return
      const begin = (start + bin * binSeconds - from) * perSecond
      const width = binSeconds * perSecond
      const first = Math.max(0, Math.floor(begin))
      const last = Math.min(bars.length - 1, Math.ceil(begin + width) - 1)
      for (let bar = first; bar <= last; bar++)
        bars[bar] = (bars[bar] as number) + (value * (Math.min(bar + 1, begin + width) - Math.max(bar, begin))) / width
    })
  }
}

/** Events that the picture shows in another way. */
const drawnOtherwise = new Set<TimelineKind>(['payload-started', 'payload-stopped', 'rehomed'])
/** Kinds that come in crowds: they get a label only where nothing else is near. */
const frequent = new Set<TimelineKind>(['probed', 'retransmitted', 'other', 'verified'])

function placeMarks(
  timeline: TimelineEntry[],
  groups: Group[],
  lanes: Lane[],
  x: (time: number) => number,
): { sessionMarks: Mark[]; omitted: number } {
  const sessionMarks: Mark[] = []
  let placed = 0
  let omitted = 0
  for (const entry of timeline) {
    if (drawnOtherwise.has(entry.kind)) continue
    const row = rowOf(entry, groups, lanes) ?? sessionMarks
    const at = x(entry.t)
    const same = row.findLast((mark) => mark.kind === entry.kind)
    if (same !== undefined && at - same.x < 9) same.entries.push(entry)
    else if (placed < markLimit) {
      row.push({ x: at, kind: entry.kind, label: '', entries: [entry] })
      placed++
    } else omitted++
  }
  for (const row of [sessionMarks, ...lanes.map((lane) => lane.marks)]) label(row, plotLeft)
  // the interface's name stands at the left of its line
  for (const group of groups) label(group.marks, plotLeft + groupName(group).length * 7.6 + 18)
  return { sessionMarks, omitted }
}

/** The lane of the entry's pair; what concerns an interface goes to the interface's line. */
function rowOf(entry: TimelineEntry, groups: Group[], lanes: Lane[]): Mark[] | null {
  const { pair } = entry
  if (pair !== null) {
    const lane = lanes.find((one) => samePair(one.pair, pair))
    if (lane !== undefined) return lane.marks
    const group = groups.find((one) => one.name !== null && one.name === pair.interface)
    if (group !== undefined) return group.marks
  }
  if (entry.kind !== 'link' && entry.kind !== 'routing') return null
  const words = new Set(entry.detail.split(/[\s,;:()]+/))
  return groups.find((one) => one.name !== null && words.has(one.name))?.marks ?? null
}

/** Gives labels to the marks of a row, from left to right, where there is room up to the next mark. */
function label(marks: Mark[], least: number): void {
  marks.sort((a, b) => a.x - b.x)
  // kinds that fall together are set side by side: the order stays, the tooltip has the time
  marks.forEach((mark, index) => {
    mark.x = Math.min(plotRight, Math.max(mark.x, (marks[index - 1]?.x ?? least - 13) + 13))
  })
  let previous = ''
  marks.forEach((mark, index) => {
    const next = marks[index + 1]?.x ?? plotRight + 8
    const room = Math.floor((next - mark.x - 18) / letterWidth)
    const text = shortDetail(mark)
    if (frequent.has(mark.kind) && (text === previous || next - mark.x < 90)) return
    previous = text
    if (text.length <= room) mark.label = text
    else if (room >= 12) mark.label = `${text.slice(0, room - 1).trimEnd()}…`
  })
}

/** The mark's own name, else the fact that its sentence begins with: up to its first comma, semicolon or bracket, cut between words. */
function shortDetail({ kind, entries }: Mark): string {
  const sentence = entries[0]?.label ?? (entries[0]?.detail ?? '').trim().split(/[,;(]/, 1)[0]?.trim() ?? ''
  const words = sentence === '' ? kind : sentence
  const cut = words.length > 44 ? `${words.slice(0, 44).replace(/\s+\S*$/, '')}…` : words
  return entries.length > 1 ? `${cut} ×${entries.length}` : cut
}

function placeMove(rehoming: RehomingReport, number: number, lanes: Lane[], x: (time: number) => number): Move {
  const outage = outageOf(rehoming)
  const words = [moveWords[rehoming.label]]
  if (outage !== null) words.push(milliseconds(outage))
  words.push(rehoming.trigger.class === 'unknown' ? 'trigger unknown' : rehoming.trigger.class)
  if (rehoming.tentative) words.push('tentative')
  const text = words.join(' · ')
  const at = x(rehoming.t)
  return {
    rehoming,
    number,
    x: at,
    outageX: outage === null ? at : Math.min(at, x(rehoming.t - outage / 1000)),
    from: lanes.find((lane) => samePair(lane.pair, rehoming.from)) ?? null,
    to: lanes.find((lane) => samePair(lane.pair, rehoming.to)) ?? null,
    pill: { x: 0, y: 0, width: text.length * (letterWidth + 0.3) + 34, text },
  }
}

/** Pills above the plot, each as near to its moment as the ones before leave room; answers the rows used. */
function placePills(moves: Move[], top: number): number {
  const ends: number[] = []
  for (const { x, pill } of [...moves].sort((a, b) => a.x - b.x)) {
    const wanted = Math.min(Math.max(plotLeft, x - 12), plotRight - pill.width)
    let row = ends.findIndex((end) => end + 8 <= wanted)
    if (row < 0) row = ends.length < 6 ? ends.length : ends.indexOf(Math.min(...ends))
    pill.x = Math.max(wanted, (ends[row] ?? 0) + 8)
    pill.y = top + row * pillHeight
    ends[row] = pill.x + pill.width
  }
  return ends.length
}

function timeTicks(from: number, to: number, zero: number, x: (time: number) => number): { x: number; label: string }[] {
  const raw = (to - from) / 12
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? 10 * power
  const ticks: { x: number; label: string }[] = []
  for (let index = Math.ceil((from - zero) / step); index * step <= to - zero && ticks.length < 40; index++) {
    ticks.push({ x: x(zero + index * step), label: tickLabel(index * step, step) })
  }
  return ticks
}
