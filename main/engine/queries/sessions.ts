/**
 * The session list, worst first, and one session in full. The strip of each listed session (which pair carried payload when) comes
 * from one scan of the index for the whole window of the list. Cost: the order is made once; a window of 500 sessions scans the index
 * once, some 5 ms a million packets.
 */
import type { Answers, RelatedSession, SessionSummary } from '../../../shared/contract.ts'
import { familyOrder } from '../../../shared/family-order.ts'
import type { PairReport, SessionReport } from '../../../shared/report.ts'
import type { SessionBrief } from '../../analysis/types.ts'
import { ContractFailure } from '../failure.ts'
import { type Capture, epochSeconds } from '../open.ts'
import { lanesOf, sharedFlows } from './flow-lanes.ts'
import { findingsBySession, sessionReport } from './kept-answers.ts'

const STRIP_BINS = 64
/** a path with less than this share of the busiest one's bytes at a time is left out of the strip */
const SHARE_SHOWN = 0.2
const MAX_RELATED = 50
/** sessions whose words are kept for the next search: some 300 bytes each */
const MAX_SEARCHED = 100_000
/** ms that an order is taken for current while the capture grows: windows of one look at it are of one order, which costs 3 µs a session */
const CURRENT = 500

interface Families {
  order: Uint32Array
  depth: ReadonlyMap<number, number>
}

const NO_DEPTH: ReadonlyMap<number, number> = new Map()
const plain = (order: Uint32Array): Families => ({ order, depth: NO_DEPTH })

/**
 * Sessions in the order of the list, as numbers: briefs are made again for the window that is shown, so that a hundred thousand
 * sessions cost a few bytes each. Made once a capture, anew every half second while it is being read.
 */
export class SessionOrder {
  private sorted: Uint32Array | null = null
  private nested: Families | null = null
  /** of what is kept: it was made when nothing more came, or then, in ms */
  private settled = false
  private madeAt = 0
  private readonly searched = new Map<number, string>()
  constructor(private readonly capture: Capture) {}

  private forgetOld(): void {
    if (this.settled === this.capture.settled && (this.settled || performance.now() - this.madeAt < CURRENT)) return
    this.sorted = null
    this.nested = null
    this.settled = this.capture.settled
    this.madeAt = performance.now()
  }

  numbers(): Uint32Array {
    this.forgetOld()
    if (this.sorted !== null) return this.sorted
    const { analyzer } = this.capture
    const total = analyzer.sessionCount
    const badness = new Float64Array(total)
    const opened = new Float64Array(total)
    const shown: number[] = []
    for (let number = 0; number < total; number++) {
      const rank = analyzer.rank(number)
      // merged into another session, or dropped for room: no line of its own
      if (rank.gone) continue
      badness[number] = rank.badness
      opened[number] = rank.opened
      shown.push(number)
    }
    const sorted = Uint32Array.from(shown).sort(
      (a, b) => (badness[b] as number) - (badness[a] as number) || (opened[a] as number) - (opened[b] as number) || a - b,
    )
    this.sorted = sorted
    return sorted
  }

  /** What a search looks through of a session, in small letters. */
  words(number: number): string {
    const known = this.searched.get(number)
    if (known !== undefined) return known
    const { analyzer, settled } = this.capture
    const made = searchText(analyzer.brief(number))
    if (settled && this.searched.size < MAX_SEARCHED) this.searched.set(number, made)
    return made
  }

  /** The same with those that travel inside others below them. */
  families(): Families {
    const sorted = this.numbers()
    this.nested ??= this.familiesOf(sorted)
    return this.nested
  }

  familiesOf(sorted: Uint32Array): Families {
    const { analyzer } = this.capture
    const { order, depth } = familyOrder(Array.from(sorted), (number) => {
      const parent = analyzer.parentOf(number)
      return parent < 0 ? null : parent
    })
    return { order: Uint32Array.from(order), depth }
  }
}

export function sessionList(
  capture: Capture,
  order: SessionOrder,
  { offset, limit, text, grouped }: { offset: number; limit: number; text?: string; grouped?: boolean },
): Answers['sessions'] {
  const { analyzer } = capture
  const wanted = text?.trim().toLowerCase() ?? ''
  const numbers = order.numbers()
  const sorted = wanted === '' ? numbers : numbers.filter((number) => order.words(number).includes(wanted))
  const { order: found, depth } = grouped !== true ? plain(sorted) : wanted === '' ? order.families() : order.familiesOf(sorted)
  const window = Array.from(found.slice(offset, offset + limit), (number) => analyzer.brief(number))
  const carriers = analyzer.whose.carriers()
  const strips = stripsOf(capture, window, carriers)
  window.forEach((brief, i) => {
    if (strips[i]?.length === 0) strips[i] = stripFromActivity(capture, brief, carriers)
  })
  const findings = findingsBySession(capture)
  return {
    total: found.length,
    sessions: window.map((brief, i) => ({
      ...summaryOf(capture, brief, strips[i] ?? []),
      findings: findings.get(brief.id) ?? null,
      ...(depth.has(brief.number) ? { depth: depth.get(brief.number) as number } : {}),
    })),
  }
}

function searchText(brief: SessionBrief): string {
  const { id, protocol, state, headline, initiatorLocators, responderLocators, labels } = brief
  return [id, protocol, state, headline, titleOf(brief), ...initiatorLocators, ...responderLocators, ...labels].join(' ').toLowerCase()
}

function withPort(address: string | undefined, port: number | null): string {
  if (address === undefined) return '?'
  if (port === null) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

export function titleOf(brief: SessionBrief): string {
  return `${withPort(brief.initiatorLocators[0], brief.initiatorPort)} → ${withPort(brief.responderLocators[0], brief.responderPort)}`
}

function summaryOf(capture: Capture, brief: SessionBrief, strip: SessionSummary['strip']): SessionSummary {
  const { id, protocol, state, headline, initiatorLocators, responderLocators, rehomings, worstOutage, labels, opened, closed } = brief
  const { replaces, replacedBy, pairs, badness } = brief
  const parent = capture.analyzer.parentOf(brief.number)
  return {
    id,
    protocol,
    title: titleOf(brief),
    state,
    audience: brief.audience,
    headline,
    initiatorLocators,
    responderLocators,
    rehomings,
    worstOutage,
    ...(brief.exits.length > 0 ? { exits: brief.exits } : {}),
    labels,
    opened,
    closed,
    ...capture.analyzer.total(brief.number),
    replaces,
    replacedBy,
    replacement: brief.replacement ?? null,
    strip,
    pairs,
    badness,
    parent: parent < 0 ? null : `s${parent + 1}`,
    carries: capture.analyzer.carries(brief.number),
  }
}

/** For each session the paths that carried payload in each of 64 bins of its life, equal neighbours joined. */
function stripsOf(capture: Capture, briefs: SessionBrief[], carriers: ReadonlySet<number>): SessionSummary['strip'][] {
  const { index, state } = capture
  const slotOfFlow = new Int32Array(state.flows.count).fill(-1)
  const laneOfFlow = new Uint8Array(state.flows.count)
  const begins = new Float64Array(briefs.length)
  const widths = new Float64Array(briefs.length)
  const pathsOfLanes: number[][] = []
  const starts: number[] = []
  let cells = 0
  // what a carrier carries counts for other sessions in the index
  briefs.forEach((brief, slot) => {
    const lanes = carriers.has(brief.number) ? [] : lanesOf(capture, brief).slice(0, 255)
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    lanes.forEach((lane, number) => {
      for (const flow of lane.flows) {
        for (const one of [flow, ...capture.analyzer.whose.aliasesOf(flow).map((alias) => alias.flow)]) {
          slotOfFlow[one] = slot
          laneOfFlow[one] = number
          const own = capture.analyzer.traffic(brief.number, one)
          first = Math.min(first, own.first)
          last = Math.max(last, own.last)
        }
      }
    })
    begins[slot] = first
    widths[slot] = last > first ? (last - first) / STRIP_BINS : 1
    pathsOfLanes.push(lanes.map((lane) => lane.path))
    starts.push(cells)
    cells += lanes.length * STRIP_BINS
  })
  const sums = new Float64Array(cells)
  const shared = sharedFlows(
    capture,
    briefs.flatMap((brief) => brief.flows),
  )
  const slotOfSession = new Map(briefs.map((brief, slot) => [brief.number, slot]))
  const flowCount = slotOfFlow.length
  index.scan(0, index.rows, ({ flow, payload, time }, _row, begin, end) => {
    for (let i = begin; i < end; i++) {
      const f = flow[i] as number
      if (f < 0 || f >= flowCount || (payload[i] as number) === 0) continue
      const slot =
        shared?.[f] === 1 ? (slotOfSession.get(capture.analyzer.sessionOfFlow(f, time[i] as number)) ?? -1) : (slotOfFlow[f] as number)
      if (slot < 0) continue
      const bin = Math.min(
        STRIP_BINS - 1,
        Math.max(0, Math.floor(((time[i] as number) - (begins[slot] as number)) / (widths[slot] as number))),
      )
      const at = (starts[slot] as number) + (laneOfFlow[f] as number) * STRIP_BINS + bin
      sums[at] = (sums[at] as number) + (payload[i] as number)
    }
    return undefined
  })
  return pathsOfLanes.map((paths, slot) => {
    const bytes = (lane: number, bin: number): number => sums[(starts[slot] as number) + lane * STRIP_BINS + bin] as number
    const edge = (bin: number): number => epochSeconds(capture, (begins[slot] as number) + bin * (widths[slot] as number))
    // Paths that share the load, or carry the same, are shown side by side; where that is too much for a picture, the one that carried most.
    const all = joined(paths, bytes, edge, SHARE_SHOWN)
    return all.length <= STRIP_BINS ? all : joined(paths, bytes, edge, 1)
  })
}

/** Pieces of time in which a path carried at least `share` of what the busiest one did, in the order in which they begin. */
function joined(
  paths: readonly number[],
  bytes: (lane: number, bin: number) => number,
  edge: (bin: number) => number,
  share: number,
): SessionSummary['strip'] {
  const strip: SessionSummary['strip'] = []
  const open = new Map<number, { piece: SessionSummary['strip'][number]; until: number }>()
  for (let bin = 0; bin < STRIP_BINS; bin++) {
    let most = 0
    for (let lane = 0; lane < paths.length; lane++) most = Math.max(most, bytes(lane, bin))
    if (most === 0) continue
    let shown = 0
    for (let lane = 0; lane < paths.length; lane++) {
      if (bytes(lane, bin) < most * share || (share === 1 && shown > 0)) continue
      shown++
      const path = paths[lane] as number
      const before = open.get(path)
      if (before !== undefined && before.until === bin) {
        before.piece[1] = edge(bin + 1)
        before.until = bin + 1
        continue
      }
      const piece: SessionSummary['strip'][number] = [edge(bin), edge(bin + 1), path]
      strip.push(piece)
      open.set(path, { piece, until: bin + 1 })
    }
  }
  return strip
}

/** A carrier's strip: what it carries counts for other sessions in the index, so it is made from the activity that its contexts kept. */
function stripFromActivity(capture: Capture, brief: SessionBrief, carriers: ReadonlySet<number>): SessionSummary['strip'] {
  const session = brief.pairs > 0 && carriers.has(brief.number) ? sessionReport(capture, brief.id) : null
  if (session === null) return []
  const strip: SessionSummary['strip'] = []
  const nameOf = (one: PairReport): string => `${one.initiator} ${one.responder}`
  const names = [...new Set(session.pairs.map(nameOf))]
  const pathOf = (one: PairReport): number => names.indexOf(nameOf(one))
  const pieces = (session.activity ?? []).flatMap(({ pair, binSeconds, start, bytes }) => {
    const at = pathOf(pair)
    return at < 0
      ? []
      : bytes.flatMap((sum, i) => (sum > 0 ? [{ from: start + i * binSeconds, to: start + (i + 1) * binSeconds, at }] : []))
  })
  for (const { from, to, at } of pieces.sort((a, b) => a.from - b.from)) {
    const previous = strip.at(-1)
    if (previous !== undefined && previous[2] === at) previous[1] = Math.max(previous[1], to)
    else strip.push([from, to, at])
  }
  return strip.slice(0, STRIP_BINS)
}

export function sessionDetail(capture: Capture, id: string): Answers['session'] {
  const session = sessionReport(capture, id)
  if (session === null)
    throw new ContractFailure('not-found', `there is no session '${id}'`, 'Sessions are named s1, s2, ...: see the list.')
  return {
    session,
    rehomings: capture.analyzer.rehomings(id),
    findings: capture.analyzer.findings(id),
    related: relatedOf(capture, session),
  }
}

/** Sessions that the page of this one names. */
function relatedOf(capture: Capture, session: SessionReport): RelatedSession[] {
  const named: [string | null | undefined, RelatedSession['relation']][] = [
    [session.parent, 'carried by'],
    ...(session.children ?? []).map((id): [string, RelatedSession['relation']] => [id, 'carries']),
    [session.replaces, 'replaces'],
    [session.replacedBy, 'replaced by'],
  ]
  return named
    .filter(([id]) => id != null)
    .slice(0, MAX_RELATED)
    .map(([id, relation]) => {
      const brief = briefById(capture, id as string)
      const { protocol, headline, rehomings } = brief
      return { id: brief.id, relation, protocol, title: titleOf(brief), headline, ...capture.analyzer.total(brief.number), rehomings }
    })
}

/** The brief of a session by its id; throws ContractFailure when there is none. */
export function briefById(capture: Capture, id: string): SessionBrief {
  const number = /^s\d{1,9}$/.test(id) ? Number(id.slice(1)) - 1 : -1
  if (number < 0 || number >= capture.analyzer.sessionCount)
    throw new ContractFailure('not-found', `there is no session '${id}'`, 'Sessions are named s1, s2, ...: see the list.')
  return capture.analyzer.brief(number)
}
