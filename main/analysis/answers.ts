/**
 * What the analysis answers at any moment: sessions in short and in full, rehomings, findings, hosts, site, the whole report. It holds the state
 * that answers are made from; `analyzer.ts` fills it. Cost: nothing until asked; a report walks every session once.
 */
import type { CaptureReport, FindingReport, HostReport, RehomingReport, Report, SessionReport, SiteInterface } from '../../shared/report.ts'
import { type Finding, Ledger, REPORTED_FROM } from './findings/ledger.ts'
import { pairOf } from './locators.ts'
import { MAX_LOCATORS, SECOND } from './model.ts'
import { maybeJoined } from './moves.ts'
import type { MultiSession } from './multi-session.ts'
import { goneBrief, lightBadness, lightBrief, multiBadness, multiBrief } from './report/brief.ts'
import { findingReports, linkThreats, markFindings } from './report/finding.ts'
import { hosts, MAX_HOSTS } from './report/hosts.ts'
import { lightReport } from './report/light.ts'
import { networkEvents } from './report/network.ts'
import { holdsOneDirection } from './report/one-way.ts'
import { rehomingReport } from './report/rehoming.ts'
import { rehomingId, type Scope, sessionId, traffic } from './report/scope.ts'
import { Depth, multiReport, totalOf } from './report/session.ts'
import { Clock } from './report/text.ts'
import { triggerStatistics } from './report/trigger-statistics.ts'
import { sealedLines, unreadLines } from './report/unread.ts'
import { LightFlag } from './sessions/light.ts'
import { ParallelHandshakes } from './sessions/parallel-handshakes.ts'
import { MAX_SESSIONS, Registry } from './sessions/registry.ts'
import { SiteModel } from './site.ts'
import type { AnalyzerOptions, LinkEvent, SessionBrief, SessionRank } from './types.ts'
import { WhosePackets } from './whose-packets.ts'
import { World } from './world.ts'

/** above it a report answers the questionnaire for sessions with events only; `session` answers it for any */
const MANY_SESSIONS = 500
/** beside a broken session's 60 and a rehoming's 10 (`report/brief.ts`) */
const WEIGHTS: Readonly<Record<Finding['severity'], number>> = { info: 0, low: 2, medium: 30, high: 70, critical: 90 }

export class Answers {
  protected readonly registry: Registry
  protected readonly world: World
  protected readonly site_: SiteModel
  protected readonly parallel: ParallelHandshakes
  protected readonly ledger = new Ledger()
  readonly whose: WhosePackets
  protected now = 0
  private linkAt = 0
  private readonly weights = new Map<number, number>()
  /** how many findings there were, and when, as the weights were made */
  private weighed = -1
  private weighedAt = Number.NaN
  /** what report builders are given once nothing more comes: what they look up in it once serves all that is asked */
  private settled: Scope | null = null
  private holdsOneWay = false
  /** when that was looked at */
  private oneWayAt = Number.NaN

  constructor(protected readonly options: AnalyzerOptions) {
    this.registry = new Registry(options.flows, MAX_SESSIONS)
    this.registry.concerned = (session) => this.ledger.concerns(session)
    this.parallel = new ParallelHandshakes(this.registry)
    this.whose = new WhosePackets(this.registry, (session) => this.parallel.winnerOf(session))
    this.world = new World(options.interfaces, options.linkEvents, options.flows, this.registry)
    this.site_ = new SiteModel(options.interfaces, options.flows.forgotten)
    if (options.site !== undefined) this.site_.given(options.site)
  }

  protected readLinks(now = Number.POSITIVE_INFINITY): void {
    const { linkEvents } = this.options
    while (this.linkAt < linkEvents.length && (linkEvents[this.linkAt] as LinkEvent).time <= now)
      this.site_.link(linkEvents[this.linkAt++] as (typeof linkEvents)[number])
  }

  /** Nothing more comes: what was made for answers until now is void, what is made from here on stays. */
  protected conclude(): void {
    this.weighedAt = Number.NaN
    this.oneWayAt = Number.NaN
    this.settled = null
    this.settled = this.scope()
  }

  protected scope(): Scope {
    const { settled } = this
    if (settled !== null && settled.now === this.now) return settled
    return {
      registry: this.registry,
      parallel: this.parallel,
      flows: this.options.flows,
      world: this.world,
      clock: new Clock(this.options.baseNanoseconds),
      now: this.now,
      oneWay: this.oneWay(),
    }
  }

  /** Looked at once a second of capture time: every brief of a live capture asks. */
  private oneWay(): boolean {
    if (Math.abs(this.now - this.oneWayAt) >= SECOND || Number.isNaN(this.oneWayAt)) {
      this.oneWayAt = this.now
      this.holdsOneWay = holdsOneDirection(this.options.flows)
    }
    return this.holdsOneWay
  }

  sessionOfFlow(flow: number, time?: number): number {
    return this.whose.ofFlow(flow, time)
  }

  sessionsOfPacket(flow: number, direction: number, time: number, flags: number): readonly number[] {
    return this.whose.of(flow, direction, time, flags, this.settled === null ? this.now : Number.POSITIVE_INFINITY)
  }

  initiatorIsA(flow: number, number = this.registry.sessionOfFlow(flow)): boolean {
    const index = this.registry.lightOf(number)
    if (index >= 0) return this.registry.light.has(index, LightFlag.InitiatorIsA)
    const session = this.registry.multiOf(number)
    const pair = session === null ? null : pairOf(session, flow)
    if (pair === null) return true
    return pair.flow === flow ? pair.initiatorIsA : pair.way.ends[0] === this.options.flows.addressA[flow]
  }

  isShared(flow: number): boolean {
    return this.registry.shares.has(flow)
  }

  traffic(session: number, flow: number): ReturnType<typeof traffic> {
    return traffic(this.scope(), session, flow)
  }

  total(number: number): { packets: number; bytes: number } {
    const scope = this.scope()
    const session = this.registry.multiOf(number)
    if (session !== null) return totalOf(scope, session)
    const flow = this.registry.light.flow[this.registry.lightOf(number)]
    const all = flow === undefined ? [] : [flow, ...this.whose.aliasesOf(flow).map((alias) => alias.flow)]
    const parts = all.map((one) => traffic(scope, number, one))
    return { packets: parts.reduce((sum, one) => sum + one.packets, 0), bytes: parts.reduce((sum, one) => sum + one.bytes, 0) }
  }

  carries(number: number): boolean {
    return this.registry.childrenOf(number).length > 0
  }

  parentOf(number: number): number {
    return this.registry.parents.get(number) ?? -1
  }

  get sessionCount(): number {
    return this.registry.count
  }

  brief(number: number): SessionBrief {
    const scope = this.scope()
    const index = this.registry.lightOf(number)
    if (index >= 0) {
      const brief = lightBrief(scope, index)
      if (this.parallel.winnerOf(number) >= 0) brief.gone = 'merged'
      brief.badness += this.findingWeight(number)
      return brief
    }
    const session = this.registry.multiOf(number)
    if (session === null) return goneBrief(number, scope.clock.epoch(this.now))
    const brief = multiBrief(scope, session)
    brief.badness += this.findingWeight(number)
    return brief
  }

  rank(number: number): SessionRank {
    const scope = this.scope()
    const index = this.registry.lightOf(number)
    if (index >= 0) {
      return {
        gone: this.parallel.winnerOf(number) >= 0,
        badness: lightBadness(scope, index) + this.findingWeight(number),
        opened: scope.clock.epoch(this.registry.light.opened[index] as number),
      }
    }
    const session = this.registry.multiOf(number)
    if (session === null) return { gone: true, badness: 0, opened: scope.clock.epoch(this.now) }
    return {
      gone: session.mergedInto >= 0,
      badness: multiBadness(this.scope(), session) + this.findingWeight(number),
      opened: scope.clock.epoch(session.opened),
    }
  }

  /** What the session's worst finding adds to its badness; the table is made again only when time has gone on since, or findings were added. */
  private findingWeight(number: number): number {
    const { findings } = this.ledger
    if (findings.length !== this.weighed || this.now !== this.weighedAt) {
      this.weighed = findings.length
      this.weighedAt = this.now
      this.weights.clear()
      for (const one of findings)
        if (one.session >= 0 && one.confidence >= REPORTED_FROM)
          this.weights.set(one.session, Math.max(this.weights.get(one.session) ?? 0, WEIGHTS[one.severity]))
    }
    return this.weights.get(number) ?? 0
  }

  session(id: string): SessionReport | null {
    const number = numberOf(id)
    return number < 0 ? null : this.sessionAt(this.scope(), number)
  }

  private sessionAt(scope: Scope, number: number, depth = Depth.Whole): SessionReport | null {
    const report = this.reportOf(scope, number, depth)
    if (report === null) return null
    const parent = this.registry.parents.get(number)
    if (parent !== undefined) report.parent = sessionId(parent)
    const children = this.registry.childrenOf(number)
    if (children.length > 0) report.children = children.map(sessionId)
    if (depth !== Depth.Tables && this.ledger.concerns(number)) markFindings(report, findingReports(scope, this.ledger.findings, number))
    return report
  }

  private reportOf(scope: Scope, number: number, depth: Depth): SessionReport | null {
    const index = this.registry.lightOf(number)
    if (index >= 0) return this.parallel.winnerOf(number) >= 0 ? null : lightReport(scope, index, depth !== Depth.Tables)
    const session = this.registry.multiOf(number)
    return session === null || session.mergedInto >= 0 ? null : multiReport(scope, session, depth)
  }

  rehomings(session?: string): RehomingReport[] {
    const scope = this.scope()
    const list =
      session === undefined ? this.registry.multi : [this.registry.multiOf(numberOf(session))].filter((s): s is MultiSession => s !== null)
    const out = list.filter((s) => s.mergedInto < 0).flatMap((s) => s.rehomings.map((r) => rehomingReport(scope, s, r)))
    if (out.length > 0 && this.ledger.findings.length > 0) linkThreats(scope, out, this.ledger.findings)
    return out.sort((a, b) => a.t - b.t)
  }

  unsettledMoves(): Set<string> {
    const out = new Set<string>()
    for (const session of this.registry.multi)
      for (const move of session.rehomings) if (maybeJoined(session, move)) out.add(rehomingId(move.number))
    return out
  }

  findings(session?: string): FindingReport[] {
    return findingReports(this.scope(), this.ledger.findings, session === undefined ? undefined : numberOf(session))
  }

  site(): SiteInterface[] {
    this.readLinks()
    this.site_.learn(this.options.flows)
    return this.site_.toReport(this.options.baseNanoseconds)
  }

  hosts(): HostReport[] {
    return hosts(this.scope())
  }

  report(
    captures: CaptureReport[],
    version: string,
    depth = this.registry.multi.length > MANY_SESSIONS ? Depth.Events : Depth.Whole,
  ): Report {
    const scope = this.scope()
    const sessions: SessionReport[] = []
    for (let n = 0; n < this.registry.count; n++) {
      const report = this.sessionAt(scope, n, depth)
      if (report !== null) sessions.push(report)
    }
    const rehomings = this.rehomings()
    const machines = depth === Depth.Tables ? [] : hosts(scope)
    const limits = this.limits()
    const network = this.network()
    if (network.more > 0)
      limits.notObservable.push(`${network.more} further events of links and routers, after the ${network.events.length} that are listed`)
    if (machines.length >= MAX_HOSTS) limits.notObservable.push(`hosts beyond the ${MAX_HOSTS} that are listed`)
    return {
      schema: 'rehome.report/1',
      generator: { name: 'rehome', version },
      captures,
      site: { interfaces: this.site() },
      hosts: machines,
      sessions,
      rehomings,
      triggers: triggerStatistics(rehomings),
      network: network.events,
      findings: this.findings(),
      limits,
    }
  }

  /** What links, routers and routing protocols did meanwhile. */
  network(): ReturnType<typeof networkEvents> {
    return networkEvents(this.scope())
  }

  limits(): Report['limits'] {
    return { evictedSessions: this.registry.evicted, notObservable: this.notObservable() }
  }

  private notObservable(): string[] {
    const out: string[] = []
    if (!this.options.hasLinkLog) out.push('link state of the interfaces: no link log was given, so link triggers can only be inferred')
    if (this.scope().oneWay) out.push('answers: no flow has packets of both directions, so the capture may hold one direction only')
    out.push(...unreadLines(this.options.flows.unread), ...sealedLines(this.registry.multi))
    if (this.options.flows.overflow > 0) out.push(`${this.options.flows.overflow} packets of flows beyond the flow table's limit`)
    const unknown = this.registry.multi.filter(
      (s) => s.mergedInto < 0 && !s.impliedProof && s.capturedEnd < 0 && s.rehomings.length > 0,
    ).length
    if (unknown > 0)
      out.push(
        `which end was captured could not be told for ${unknown} session${unknown === 1 ? '' : 's'} that moved: delivery is judged by acknowledgements`,
      )
    const waiting = this.registry.multi.reduce((n, s) => n + s.directions[0].waiting.dropped + s.directions[1].waiting.dropped, 0)
    const over = this.registry.multi.reduce((n, s) => n + s.locatorsOver, 0)
    if (over > 0) out.push(`${over} times a session was told of a locator beyond the ${MAX_LOCATORS} that are kept of an end`)
    if (waiting > 0) out.push(`${waiting} units waited longer for their acknowledgement than is remembered`)
    for (const line of this.options.flows.forgotten.lines()) out.push(`${line}: more than is remembered`)
    if (this.ledger.dropped > 0) out.push(`${this.ledger.dropped} findings: more than are kept`)
    const unplaced = this.options.flows.hops.overflow
    if (unplaced > 0) out.push(`${unplaced} packets of flows beyond those whose way over the link is remembered`)
    if (this.options.flows.addresses.overflow) out.push('addresses beyond those that are kept')
    return out
  }
}

function numberOf(id: string): number {
  return /^s[1-9]\d{0,9}$/.test(id) ? Number(id.slice(1)) - 1 : -1
}
