/**
 * The analysis of a live capture: reads what the recorder has written, as far as it has, walks it with the walk and the analyzer of files,
 * and tells sessions, rehomings, link events and findings as they are decided. It never holds the capture up: what it has not read yet lies
 * in the file. Keeps no packet and no index. Cost a packet: one read from the page cache and one walk.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import { registerAll } from '../../dissectors/all.ts'
import { countPieces } from '../../dissectors/core/fragment-packets.ts'
import { dropOldest } from '../../dissectors/core/oldest.ts'
import { StreamState } from '../../dissectors/core/state.ts'
import { Walk } from '../../dissectors/core/walk.ts'
import { dissectFrame } from '../../dissectors/frame/dissect.ts'
import type { FindingReport } from '../../shared/report.ts'
import { createAnalyzer } from '../analysis/analyzer.ts'
import { type LinkLogFeed, linkLogFeed } from '../analysis/netlink.ts'
import type { Analyzer, AnalyzerInterface, LinkEvent, SessionBrief } from '../analysis/types.ts'
import { nodeCrypto } from '../crypto-port.ts'
import { Copy, FrameCopies } from '../engine/copies.ts'
import { PayloadMeter } from '../engine/payload-meter.ts'
import { interfaceName } from '../files/interface-name.ts'
import { TimeBase } from '../files/record-columns.ts'
import type { CaptureInterface, FileFacts, RecordBatch } from '../files/types.ts'
import type { AnalysisEvent, LiveSession } from './events.ts'
import { busiestPaths, type Total } from './rates.ts'
import { stallNews } from './stall-news.ts'
import { StreamParser } from './stream-parser.ts'

export type AnalysisOrder =
  /** the first `bytes` of a segment can be read; `closed`: there will be no more */
  | { kind: 'written'; number: number; path: string; bytes: number; closed: boolean }
  /** it is not kept any more: the ring or the spool has taken it away */
  | { kind: 'removed'; number: number }
  /** all packets up to this time have been written */
  | { kind: 'tick'; epochMicroseconds: number }
  | { kind: 'finish' }

export type AnalysisAnswer =
  | { kind: 'event'; event: AnalysisEvent }
  /** a segment is not needed any more */
  | { kind: 'read'; number: number }
  /** `paths`: packets and bytes of the busiest since the begin */
  | { kind: 'progress'; bytes: number; packets: number; epochSeconds: number; paths: Total[] }
  | { kind: 'finished'; sessions: number; rehomings: number; findings: Record<FindingReport['severity'], number>; packets: number }

/**
 * Who keeps what the analysis passes by: the engine, for the screens. Called in the order of the file; `row` once a packet, with what the
 * walk found out about it.
 */
export interface LiveKeeper {
  begun(analyzer: Analyzer, state: StreamState, base: bigint, linkEvents: LinkEvent[]): void
  described(facts: CaptureInterface): void
  /** the packets from `firstRow` on are in this file */
  segment(number: number, path: string, firstRow: number, facts: FileFacts): void
  removed(number: number): void
  row(walk: Walk, row: number, time: number, fileOffset: number, captured: number, wire: number, iface: number, payload: number): void
  /** rows so far may be looked at */
  publish(rows: number): void
  /** news were told: sessions, rehomings, findings may have changed */
  polled(findings: readonly FindingReport[]): void
}

const PIECE_BYTES = 1 << 20
const POLL_MILLISECONDS = 100
/** open sessions looked at for their end in one turn */
const LOOK_AT = 2_000
const MAX_EARLY = 10_000
/** of the clock and of what was captured: a machine that is busy has read nothing more meanwhile */
const SETTLED_MILLISECONDS = 90
/** whatever was captured until then */
const SETTLED_AT_MOST = 1_000

interface OpenSegment {
  number: number
  file: number
  bytes: number
  closed: boolean
  position: number
  parser: StreamParser
  linkTaken: number
  /** its packets are in a batch of their own file */
  told: boolean
}

export class LiveAnalysis {
  private readonly base = new TimeBase()
  private readonly state = new StreamState(nodeCrypto)
  private readonly interfaces: AnalyzerInterface[] = []
  private readonly linkTypes: number[] = []
  private readonly copies = new FrameCopies()
  private readonly segments: OpenSegment[] = []
  private analyzer: Analyzer | null = null
  private walk: Walk | null = null
  private meter: PayloadMeter | null = null
  private paths: Total[] = []
  private pathsAt = 0
  private pathsCost = 0
  private findings: readonly FindingReport[] = []
  private readonly watched = linkLogFeed(0n)
  private feed: LinkLogFeed | null = null
  /** link log from before the first packet */
  private readonly early: string[] = []
  private row = 0
  /** what has been reached, by packets or by ticks, and the last packet */
  private last = 0
  private lastPacket = 0
  /** a move was found that is told when both directions have been decided */
  private unsettled = false
  private read = 0
  /** number of the last segment that is done with */
  private through = 0
  private tickTo: number | null = null
  private finishing = false
  private over = false
  private running = false
  private polled = 0
  /** something was walked since the last look at what is new */
  private unpolled = false
  private findingsAt = 0
  private findingsCost = 0
  private known = 0
  /** sessions up to this number were seen first at that time (ms) */
  private newUpTo = 0
  private newAt = Number.NEGATIVE_INFINITY
  /** how far the capture had been analyzed then, ns */
  private newFrom = Number.NEGATIVE_INFINITY
  private moves = 0
  private readonly open = new Set<number>()
  private readonly told = new Set<string>()
  private readonly memory = Buffer.allocUnsafeSlow(PIECE_BYTES)

  constructor(
    private readonly answer: (answer: AnalysisAnswer) => void,
    private readonly keeper: LiveKeeper | null = null,
  ) {
    registerAll()
  }

  take(order: AnalysisOrder): void {
    if (order.kind === 'tick') this.tickTo = order.epochMicroseconds
    else if (order.kind === 'finish') this.finishing = true
    else if (order.kind === 'removed') this.keeper?.removed(order.number)
    else this.written(order)
    if (!this.running) {
      this.running = true
      setImmediate(() => this.turn())
    }
  }

  private written({ number, path, bytes, closed }: Extract<AnalysisOrder, { kind: 'written' }>): void {
    // a segment that was read to its end, or that could not be
    if (number <= this.through) return
    let segment = this.segments.find((one) => one.number === number)
    if (segment === undefined) {
      // Opened at once: a ring may remove the file before its turn comes, and what is open can still be read.
      let file: number
      try {
        file = openSync(path, 'r')
      } catch (error) {
        this.through = number
        const message = `${path}: cannot be analyzed: ${(error as Error).message}`
        this.tell({ type: 'problem', t: this.epoch(this.last), problem: { kind: 'other', message, hint: '' } })
        return
      }
      const parser = new StreamParser(path, this.base, (batch, facts) => this.batch(batch, facts))
      segment = { number, file, bytes: 0, closed: false, position: 0, parser, linkTaken: 0, told: false }
      this.segments.push(segment)
    }
    segment.bytes = bytes
    segment.closed = closed
  }

  /** One piece, then the event loop: orders and the clock get through. */
  private turn(): void {
    const more = this.step()
    const now = performance.now()
    if (!more && this.tickTo !== null) this.tick()
    if (now - this.polled >= POLL_MILLISECONDS || (!more && this.finishing)) {
      this.polled = now
      this.unpolled = false
      this.poll(now, false)
      const epochSeconds = this.analyzer === null ? 0 : this.epoch(this.last)
      this.answer({ kind: 'progress', bytes: this.read, packets: this.row, epochSeconds, paths: this.pathTotals(now) })
    } else this.unpolled = true
    if (more) setImmediate(() => this.turn())
    else if (this.finishing) this.finish()
    else if (this.unpolled) setTimeout(() => this.turn(), POLL_MILLISECONDS - (now - this.polled))
    else this.running = false
  }

  /** Reads a piece of the first segment; false when nothing is there to be read. */
  private step(): boolean {
    const segment = this.segments[0]
    if (segment === undefined) return false
    const wanted = Math.min(PIECE_BYTES, segment.bytes - segment.position)
    if (wanted > 0) {
      const got = readSync(segment.file, this.memory, 0, wanted, segment.position)
      segment.position += got
      this.read += got
      if (got > 0) {
        segment.parser.push(this.memory.subarray(0, got))
        this.links(segment)
        return true
      }
    }
    if (!segment.closed && segment.parser.failure === null) return false
    segment.parser.end()
    closeSync(segment.file)
    this.segments.shift()
    this.through = segment.number
    this.answer({ kind: 'read', number: segment.number })
    return this.segments.length > 0
  }

  private begin(): Analyzer {
    const base = this.base.nanoseconds
    this.state.baseNanoseconds = base
    const linkEvents: LinkEvent[] = []
    const { interfaces } = this
    const analyzer = createAnalyzer({ flows: this.state.flows, baseNanoseconds: base, interfaces, linkEvents, hasLinkLog: false })
    this.analyzer = analyzer
    this.meter = new PayloadMeter(analyzer)
    this.walk = new Walk(this.state, null, this.meter)
    this.keeper?.begun(analyzer, this.state, base, linkEvents)
    this.feed = linkLogFeed(base)
    for (const text of this.early.splice(0)) analyzer.linkEvents(this.feed.take(text))
    return analyzer
  }

  private batch(batch: RecordBatch, facts: FileFacts): void {
    const analyzer = this.analyzer ?? this.begin()
    const { keeper } = this
    const walk = this.walk as Walk
    const meter = this.meter as PayloadMeter
    const segment = this.segments[0] as OpenSegment
    if (!segment.told) {
      segment.told = true
      keeper?.segment(segment.number, facts.path, this.row, facts)
    }
    for (let id = this.interfaces.length; id < facts.interfaces.length; id++) {
      const found = facts.interfaces[id] as FileFacts['interfaces'][number]
      this.interfaces[id] = { id, name: interfaceName(found), addresses: found.addresses.map((address) => address.replace(/\/\d+$/, '')) }
      this.state.interfaces[id] = { id, name: found.name, ticksPerSecond: found.ticksPerSecond }
      this.linkTypes[id] = found.linkType
      keeper?.described(found)
    }
    const { flows } = this.state
    const { memory, offset, captured, wire, time } = batch
    for (let i = 0; i < batch.count; i++) {
      const at = offset[i] as number
      const t = time[i] as number
      const size = wire[i] as number
      const iface = batch.interface[i] as number
      const row = this.row++
      meter.bytes = 0
      walk.start(memory, at, at + (captured[i] as number), size, row, t, iface)
      const linkType = this.linkTypes[iface] ?? -1
      const copy = this.copies.again(memory, at, at + (captured[i] as number), linkType, iface, t)
      meter.muted = copy !== Copy.No
      dissectFrame(walk, linkType)
      if (walk.flow >= 0) {
        if (walk.pieces !== null) countPieces(walk)
        flows.count1(walk.flow, walk.direction, size, t, iface, walk.hopLimit)
        if (copy !== Copy.Same) flows.hops.note(walk.flow, walk.direction, walk, memory)
        analyzer.packetDone(row, walk.flow, walk.direction, t)
      }
      if (keeper !== null) keeper.row(walk, row, t, batch.fileOffset[i] as number, captured[i] as number, size, iface, meter.bytes)
      analyzer.rowFlags = 0
      if (t > this.last) this.last = t
      if (t > this.lastPacket) this.lastPacket = t
    }
    keeper?.publish(this.row)
  }

  /** Link events that lie in the file between the packets. */
  private links(segment: OpenSegment): void {
    const { linkLog } = segment.parser.facts
    if (linkLog === undefined || segment.linkTaken === linkLog.length) return
    for (; segment.linkTaken < linkLog.length; segment.linkTaken++) {
      const text = linkLog[segment.linkTaken] as string
      // Counted from 1970: the capture's time begins with its first packet, and links change on a quiet host, too.
      for (const event of this.watched.take(text)) this.tell({ type: 'link', t: Math.round(event.time / 1000) / 1e6, link: event.detail })
      if (this.feed !== null) this.analyzer?.linkEvents(this.feed.take(text))
      else if (this.early.length < MAX_EARLY) this.early.push(text)
    }
  }

  private tick(): void {
    const to = this.tickTo as number
    this.tickTo = null
    if (this.analyzer === null) return
    const time = (to - Number(this.base.nanoseconds / 1000n)) * 1000 - Number(this.base.nanoseconds % 1000n)
    if (time > this.last) this.last = time
    this.analyzer.tick(this.last)
  }

  private epoch(time: number): number {
    return (Number(this.base.nanoseconds / 1000n) + Math.round((Number(this.base.nanoseconds % 1000n) + time) / 1000)) / 1e6
  }

  /** Looked at once a second, or less often where that takes its time. */
  private pathTotals(now: number): Total[] {
    if (now - this.pathsAt < Math.max(900, 20 * this.pathsCost)) return this.paths
    this.paths = busiestPaths(this.state.flows)
    this.pathsAt = now
    this.pathsCost = performance.now() - now
    return this.paths
  }

  private tell(event: AnalysisEvent): void {
    this.answer({ kind: 'event', event })
  }

  private poll(now: number, final: boolean): void {
    const { analyzer } = this
    if (analyzer === null) return
    // a path may join a session that its first packets do not name: new ones are told a moment later
    const waited = now - this.newAt
    const settled = waited >= SETTLED_MILLISECONDS && this.last - this.newFrom >= SETTLED_MILLISECONDS * 1e6
    if (this.known < analyzer.sessionCount && !final && !settled && waited < SETTLED_AT_MOST) this.unpolled = true
    else {
      for (; this.known < this.newUpTo || (final && this.known < analyzer.sessionCount); this.known++) {
        const brief = analyzer.brief(this.known)
        if (brief.gone !== undefined) continue
        this.open.add(this.known)
        this.tell({ type: 'session-opened', t: brief.opened, session: liveSession(brief) })
      }
      if (this.known < analyzer.sessionCount) {
        this.newAt = now
        this.newFrom = this.last
        this.newUpTo = analyzer.sessionCount
        this.unpolled = true
      }
    }
    if (analyzer.moveCount !== this.moves || this.unsettled) {
      this.moves = analyzer.moveCount
      const unsettled = analyzer.unsettledMoves()
      this.unsettled = unsettled.size > 0
      for (const rehoming of analyzer.rehomings())
        if ((final || !unsettled.has(rehoming.id)) && this.fresh(`rehoming ${rehoming.id}`))
          this.tell({ type: 'rehoming', t: rehoming.t, rehoming })
    }
    // Those looked at go to the end of the set, so that all have their turn; not more than there were, for they come round again.
    let left = final ? this.open.size : Math.min(this.open.size, LOOK_AT)
    for (const number of this.open) {
      if (left-- === 0) break
      const brief = analyzer.brief(number)
      this.open.delete(number)
      if (brief.gone === 'merged')
        this.tell({ type: 'session-closed', t: brief.closed ?? brief.opened, session: { ...liveSession(brief), state: 'merged' } })
      if (brief.gone !== undefined) continue
      for (const { key, event } of stallNews(brief, this.epoch(this.last), final)) if (this.fresh(key)) this.tell(event)
      if (brief.state === 'closed' || brief.state === 'failed')
        this.tell({ type: 'session-closed', t: brief.closed ?? brief.opened, session: liveSession(brief) })
      else this.open.add(number)
    }
    // Judging everything again may take its time: at most a twentieth of it.
    if (!final && now - this.findingsAt < Math.max(500, 20 * this.findingsCost)) return
    this.findings = analyzer.findings()
    this.keeper?.polled(this.findings)
    for (const finding of this.findings)
      if (this.fresh(`finding ${finding.rule} ${finding.session} ${finding.t} ${finding.title}`))
        this.tell({ type: 'finding', t: finding.t, finding })
    this.findingsAt = performance.now()
    this.findingsCost = this.findingsAt - now
  }

  private fresh(key: string): boolean {
    if (this.told.has(key)) return false
    if (this.told.size >= 100_000) dropOldest(this.told)
    this.told.add(key)
    return true
  }

  private finish(): void {
    if (this.over) return
    this.over = true
    for (const segment of this.segments.splice(0)) closeSync(segment.file)
    const counts = { info: 0, low: 0, medium: 0, high: 0, critical: 0 }
    const { analyzer } = this
    if (analyzer !== null) {
      analyzer.finish(this.lastPacket)
      this.poll(performance.now(), true)
      for (const finding of this.findings) counts[finding.severity]++
    }
    this.answer({
      kind: 'finished',
      sessions: analyzer?.sessionCount ?? 0,
      rehomings: analyzer?.moveCount ?? 0,
      findings: counts,
      packets: this.row,
    })
  }
}

function liveSession(brief: SessionBrief): LiveSession {
  return {
    id: brief.id,
    protocol: brief.protocol,
    state: brief.state,
    opened: brief.opened,
    closed: brief.closed,
    initiator: brief.initiatorLocators,
    responder: brief.responderLocators,
    initiatorPort: brief.initiatorPort,
    responderPort: brief.responderPort,
    rehomings: brief.rehomings,
    headline: brief.headline,
  }
}
