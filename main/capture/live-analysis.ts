/**
 * The analysis of a live capture: reads what the recorder has written, as far as it has, walks it with the walk and the analyzer of files,
 * and tells sessions, rehomings, link events and findings as they are decided. It never holds the capture up: what it has not read yet lies
 * in the file. Keeps no packet and no index. Cost a packet: one read from the page cache and one walk.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { registerAll } from '../../dissectors/all.ts'
import { StreamState } from '../../dissectors/core/state.ts'
import { Walk } from '../../dissectors/core/walk.ts'
import { dissectFrame } from '../../dissectors/frame/dissect.ts'
import type { FindingReport } from '../../shared/report.ts'
import { createAnalyzer } from '../analysis/analyzer.ts'
import { type LinkLogFeed, linkLogFeed } from '../analysis/netlink.ts'
import type { Analyzer, AnalyzerInterface, SessionBrief } from '../analysis/types.ts'
import { nodeCrypto } from '../crypto-port.ts'
import { TimeBase } from '../files/record-columns.ts'
import type { FileFacts, RecordBatch } from '../files/types.ts'
import type { AnalysisEvent, LiveSession } from './events.ts'
import { StreamParser } from './stream-parser.ts'

export type AnalysisOrder =
  /** the first `bytes` of a segment can be read; `closed`: there will be no more */
  | { kind: 'written'; number: number; path: string; bytes: number; closed: boolean }
  /** all packets up to this time have been written */
  | { kind: 'tick'; epochNanoseconds: bigint }
  | { kind: 'finish' }

export type AnalysisAnswer =
  | { kind: 'event'; event: AnalysisEvent }
  /** a segment is not needed any more */
  | { kind: 'read'; number: number }
  | { kind: 'progress'; bytes: number; packets: number; epochSeconds: number }
  | { kind: 'finished'; sessions: number; rehomings: number; findings: Record<FindingReport['severity'], number>; packets: number }

const PIECE_BYTES = 1 << 20
const POLL_MILLISECONDS = 100
/** open sessions looked at for their end in one turn */
const LOOK_AT = 2_000
const MAX_EARLY = 10_000

interface OpenSegment {
  number: number
  file: number
  bytes: number
  closed: boolean
  position: number
  parser: StreamParser
  linkTaken: number
}

export class LiveAnalysis {
  private readonly base = new TimeBase()
  private readonly state = new StreamState(nodeCrypto)
  private readonly interfaces: AnalyzerInterface[] = []
  private readonly linkTypes: number[] = []
  private readonly segments: OpenSegment[] = []
  private analyzer: Analyzer | null = null
  private walk: Walk | null = null
  private readonly watched = linkLogFeed(0n)
  private feed: LinkLogFeed | null = null
  /** link log from before the first packet */
  private readonly early: string[] = []
  private row = 0
  private last = 0
  private read = 0
  private tickTo: bigint | null = null
  private finishing = false
  private over = false
  private running = false
  private polled = 0
  private findingsAt = 0
  private findingsCost = 0
  private known = 0
  private moves = 0
  private readonly open = new Set<number>()
  private readonly told = new Set<string>()
  private readonly memory = Buffer.allocUnsafeSlow(PIECE_BYTES)

  constructor(private readonly answer: (answer: AnalysisAnswer) => void) {
    registerAll()
  }

  take(order: AnalysisOrder): void {
    if (order.kind === 'tick') this.tickTo = order.epochNanoseconds
    else if (order.kind === 'finish') this.finishing = true
    else {
      let segment = this.segments.find((one) => one.number === order.number)
      if (segment === undefined) {
        // Opened at once: a ring may remove the file before its turn comes, and what is open can still be read.
        segment = {
          number: order.number,
          file: openSync(order.path, 'r'),
          bytes: 0,
          closed: false,
          position: 0,
          parser: new StreamParser(order.path, this.base, (batch, facts) => this.batch(batch, facts)),
          linkTaken: 0,
        }
        this.segments.push(segment)
      }
      segment.bytes = order.bytes
      segment.closed = order.closed
    }
    if (!this.running) {
      this.running = true
      setImmediate(() => this.turn())
    }
  }

  /** One piece, then the event loop: orders and the clock get through. */
  private turn(): void {
    const more = this.step()
    const now = performance.now()
    if (!more && this.tickTo !== null) this.tick()
    if (now - this.polled > POLL_MILLISECONDS || (!more && this.finishing)) {
      this.polled = now
      this.poll(now, false)
      this.answer({ kind: 'progress', bytes: this.read, packets: this.row, epochSeconds: this.epoch(this.last) })
    }
    if (more) setImmediate(() => this.turn())
    else if (this.finishing) this.finish()
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
    this.answer({ kind: 'read', number: segment.number })
    return this.segments.length > 0
  }

  private begin(): Analyzer {
    const base = this.base.nanoseconds
    this.state.baseNanoseconds = base
    const analyzer = createAnalyzer({
      flows: this.state.flows,
      baseNanoseconds: base,
      interfaces: this.interfaces,
      linkEvents: [],
      hasLinkLog: false,
    })
    this.analyzer = analyzer
    this.walk = new Walk(this.state, null, analyzer)
    this.feed = linkLogFeed(base)
    for (const text of this.early.splice(0)) analyzer.linkEvents(this.feed.take(text))
    return analyzer
  }

  private batch(batch: RecordBatch, facts: FileFacts): void {
    const analyzer = this.analyzer ?? this.begin()
    const walk = this.walk as Walk
    for (let id = this.interfaces.length; id < facts.interfaces.length; id++) {
      const found = facts.interfaces[id] as FileFacts['interfaces'][number]
      this.interfaces[id] = { id, name: found.name, addresses: found.addresses.map((address) => address.replace(/\/\d+$/, '')) }
      this.state.interfaces[id] = { id, name: found.name }
      this.linkTypes[id] = found.linkType
    }
    const { flows } = this.state
    const { memory, offset, captured, wire, time } = batch
    for (let i = 0; i < batch.count; i++) {
      const at = offset[i] as number
      const t = time[i] as number
      const size = wire[i] as number
      const iface = batch.interface[i] as number
      walk.start(memory, at, at + (captured[i] as number), size, this.row++, t, iface)
      dissectFrame(walk, this.linkTypes[iface] ?? -1)
      if (walk.flow >= 0) {
        flows.count1(walk.flow, walk.direction, size, t, iface, walk.hopLimit)
        flows.hops.note(flows, walk.flow, walk.direction, walk, memory)
      }
      analyzer.rowFlags = 0
      if (t > this.last) this.last = t
    }
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
    const to = this.tickTo as bigint
    this.tickTo = null
    if (this.analyzer === null) return
    const time = Number(to - this.base.nanoseconds)
    if (time > this.last) this.last = time
    this.analyzer.tick(this.last)
  }

  private epoch(time: number): number {
    return (Number(this.base.nanoseconds / 1000n) + Math.round((Number(this.base.nanoseconds % 1000n) + time) / 1000)) / 1e6
  }

  private tell(event: AnalysisEvent): void {
    this.answer({ kind: 'event', event })
  }

  private poll(now: number, final: boolean): void {
    const { analyzer } = this
    if (analyzer === null) return
    for (; this.known < analyzer.sessionCount; this.known++) {
      const brief = analyzer.brief(this.known)
      if (brief.gone !== undefined) continue
      this.open.add(this.known)
      this.tell({ type: 'session-opened', t: brief.opened, session: liveSession(brief) })
    }
    if (analyzer.moveCount !== this.moves) {
      this.moves = analyzer.moveCount
      for (const rehoming of analyzer.rehomings())
        if (this.fresh(`rehoming ${rehoming.id}`)) this.tell({ type: 'rehoming', t: rehoming.t, rehoming })
    }
    // Those looked at go to the end of the set, so that all have their turn; not more than there were, for they come round again.
    let left = final ? this.open.size : Math.min(this.open.size, LOOK_AT)
    for (const number of this.open) {
      if (left-- === 0) break
      const brief = analyzer.brief(number)
      this.open.delete(number)
      if (brief.gone !== undefined) continue
      if (brief.state === 'closed' || brief.state === 'failed')
        this.tell({ type: 'session-closed', t: brief.closed ?? brief.opened, session: liveSession(brief) })
      else this.open.add(number)
    }
    // Judging everything again may take its time: at most a twentieth of it.
    if (!final && now - this.findingsAt < Math.max(1_000, 20 * this.findingsCost)) return
    for (const finding of analyzer.findings())
      if (this.fresh(`finding ${finding.rule} ${finding.session} ${finding.t} ${finding.title}`))
        this.tell({ type: 'finding', t: finding.t, finding })
    this.findingsAt = performance.now()
    this.findingsCost = this.findingsAt - now
  }

  private fresh(key: string): boolean {
    if (this.told.has(key)) return false
    if (this.told.size >= 100_000) this.told.delete(this.told.values().next().value as string)
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
      analyzer.finish(this.last)
      this.poll(performance.now(), true)
      for (const finding of analyzer.findings()) counts[finding.severity]++
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
