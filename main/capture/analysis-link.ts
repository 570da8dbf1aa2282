/**
 * The capture's side of its analysis: tells it what is on disk, hands on what it finds out, and knows how far behind it is. An analysis
 * that fails is begun anew from the recorded files: no packet is lost to it, and what was told before is not told again. One that fails
 * at the same place again and again is given up, in words. Holds the names of what was told (at most 100,000).
 */
import { dropOldest } from '../../dissectors/core/oldest.ts'
import type { AnalysisHost } from './analysis-host.ts'
import type { AnalysisEvent } from './events.ts'
import type { AnalysisAnswer, AnalysisOrder } from './live-analysis.ts'
import type { Segment } from './recorder.ts'

const RESTART_MILLISECONDS = 200
/** failures without a byte read further than at the last one */
const SAME_PLACE = 3
const MAX_TOLD = 100_000

export type MakeAnalysis = (onAnswer: (answer: AnalysisAnswer) => void, onLost: (why: string) => void) => AnalysisHost
export type AnalysisProgress = Extract<AnalysisAnswer, { kind: 'progress' }>
export type AnalysisOutcome = Extract<AnalysisAnswer, { kind: 'finished' }>

export interface AnalysisLinkEvents {
  event(event: AnalysisEvent): void
  /** segments that can be read now, oldest first */
  kept(): readonly Segment[]
  /** a segment was read to its end */
  read(number: number): void
  /** it failed and begins anew; `missing`: what the ring or spool has removed is lost to it */
  restarting(why: string, missing: boolean): void
  /** it failed too often */
  givenUp(why: string): void
}

export class AnalysisLink {
  state: 'running' | 'restarting' | 'off' = 'running'
  progress: AnalysisProgress = { kind: 'progress', bytes: 0, packets: 0, epochSeconds: 0, paths: [] }
  outcome: AnalysisOutcome | null = null
  private host: AnalysisHost | null = null
  /** bytes of segments that are not kept any more, and that the running analysis has read or never will */
  private before = 0
  private failures = 0
  private failedAt = -1
  private timer: NodeJS.Timeout | null = null
  private finishing: (() => void) | null = null
  private closed = false
  private readonly told = new Map<string, number>()
  /** what the analysis that was begun anew has told so far; null: it is the first */
  private again: Map<string, number> | null = null

  constructor(
    private readonly make: MakeAnalysis,
    private readonly events: AnalysisLinkEvents,
  ) {
    this.begin()
  }

  private begin(): void {
    let current: AnalysisHost | null = null
    // answers of an analysis that was given up come late
    const mine = (): boolean => current === null || current === this.host
    current = this.make(
      (answer) => mine() && this.onAnswer(answer),
      (why) => mine() && this.onLost(why),
    )
    this.host = current
    this.state = 'running'
  }

  /** It has loaded, or failed to. */
  get ready(): Promise<void> {
    return this.host?.ready ?? Promise.resolve()
  }

  written(segment: Segment): void {
    if (segment.bytes === 0) return
    this.host?.send({ kind: 'written', number: segment.number, path: segment.path, bytes: segment.bytes, closed: segment.closed })
  }

  /** A segment was taken away: by the ring, or because it was read. */
  removed(segment: Segment): void {
    this.before += segment.bytes
    this.host?.send({ kind: 'removed', number: segment.number })
  }

  tick(epochMicroseconds: number): void {
    this.host?.send({ kind: 'tick', epochMicroseconds })
  }

  /** How far it is behind what is on disk, whose newest packet is from `epochSeconds`. */
  behind(epochSeconds: number): { seconds: number; bytes: number } {
    if (this.state === 'off') return { seconds: 0, bytes: 0 }
    const written = this.events.kept().reduce((sum, segment) => sum + segment.bytes, this.before)
    const bytes = Math.max(0, written - this.progress.bytes)
    const since = this.progress.epochSeconds
    if (bytes === 0 || since === 0 || !Number.isFinite(epochSeconds)) return { seconds: 0, bytes }
    return { seconds: Math.max(0, Math.round((epochSeconds - since) * 1000) / 1000), bytes }
  }

  private onAnswer(answer: AnalysisAnswer): void {
    if (answer.kind === 'event') {
      if (this.fresh(answer.event)) this.events.event(answer.event)
    } else if (answer.kind === 'progress') this.progress = answer
    else if (answer.kind === 'read') this.events.read(answer.number)
    else {
      this.outcome = answer
      this.finishing?.()
    }
  }

  /** False for what an earlier analysis of the same packets has told. */
  private fresh(event: AnalysisEvent): boolean {
    const key = keyOf(event)
    if (this.again !== null) {
      const times = (this.again.get(key) ?? 0) + 1
      this.again.set(key, times)
      if (times <= (this.told.get(key) ?? 0)) return false
    }
    if (this.told.size >= MAX_TOLD) dropOldest(this.told)
    this.told.set(key, (this.told.get(key) ?? 0) + 1)
    return true
  }

  private onLost(why: string): void {
    if (this.closed || this.outcome !== null) return
    this.host = null
    this.failures = this.progress.bytes > this.failedAt ? 1 : this.failures + 1
    this.failedAt = Math.max(this.failedAt, this.progress.bytes)
    if (this.failures >= SAME_PLACE) {
      this.state = 'off'
      this.events.givenUp(why)
      this.finishing?.()
      return
    }
    this.restart(why, RESTART_MILLISECONDS * this.failures)
  }

  /** Begins anew from what is on disk; also for an analysis that is elsewhere and has come back. */
  restart(why: string, milliseconds = 0): void {
    if (this.closed || this.timer !== null) return
    this.state = 'restarting'
    this.host = null
    const missing = (this.events.kept()[0]?.number ?? 1) > 1
    this.events.restarting(why, missing)
    this.timer = setTimeout(() => {
      this.timer = null
      if (this.closed) return
      // sessions are numbered by their order: without the first files the numbers mean others
      if (missing) this.told.clear()
      this.again = new Map()
      this.progress = { kind: 'progress', bytes: 0, packets: 0, epochSeconds: 0, paths: [] }
      this.before = 0
      this.begin()
      for (const segment of this.events.kept()) this.written(segment)
      if (this.finishing !== null) this.host?.send({ kind: 'finish' })
    }, milliseconds)
  }

  /** All is written: resolves when the analysis is through, or has been given up. */
  async finish(): Promise<void> {
    if (this.state === 'off' || this.outcome !== null) return
    await new Promise<void>((resolve) => {
      this.finishing = resolve
      this.host?.send({ kind: 'finish' })
    })
  }

  async close(): Promise<void> {
    this.closed = true
    if (this.timer !== null) clearTimeout(this.timer)
    this.finishing?.()
    await this.host?.close()
  }
}

function keyOf(event: AnalysisEvent): string {
  switch (event.type) {
    case 'session-opened':
    case 'session-closed':
      return `${event.type} ${event.session.id}`
    case 'rehoming':
      return `rehoming ${event.rehoming.id}`
    case 'stalled':
      return `stalled ${event.session} ${event.since}`
    case 'interruption':
      return `interruption ${event.session} ${event.interruption.from}`
    case 'finding':
      return `finding ${event.finding.rule} ${event.finding.session} ${event.finding.t} ${event.finding.title}`
    case 'link':
      return `link ${event.t} ${event.link.message}`
    case 'problem':
      return `problem ${event.problem.message}`
  }
}

export type { AnalysisOrder }
