/**
 * A live capture as a whole: sources on several interfaces, merged by time, recorded to disk, and only then analyzed. A disk that is full
 * or an analysis that fails ends only what it must. Everything it started is ended by `stop`, in the order that loses nothing: sources,
 * merge, recorder, analysis.
 * Memory: the reorder window and what the disk has not taken, both bounded by pausing the sources; drops are then the kernel's, and counted.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { arch, platform, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveCounts, LivePoint } from '../../shared/live.ts'
import { TimeBase } from '../files/record-columns.ts'
import type { WrittenInterface } from '../files/writer.ts'
import { VERSION } from '../version.ts'
import { analysisInWorker } from './analysis-host.ts'
import { AnalysisLink, type MakeAnalysis } from './analysis-link.ts'
import type { Choice } from './choose.ts'
import type { LiveEvent, LiveSummary, StopReason } from './events.ts'
import { isSlow, type Lane, Lanes } from './lanes.ts'
import { type LinkWatch, watchLinks } from './link-watch.ts'
import { Merger, REORDER_MILLISECONDS, SLOW_REORDER_MILLISECONDS } from './merge.ts'
import { Niceness, prioritise } from './priority.ts'
import { RateMeter } from './rates.ts'
import { Recorder, type RingOptions, type Segment } from './recorder.ts'
import type { CaptureProblem } from './source.ts'

const TURN_MILLISECONDS = 20
const TICK_MILLISECONDS = 100
const STATUS_MILLISECONDS = 1_000
/** bytes that wait for the disk before the sources are paused, and when they go on */
const WAITING_HIGH = 128 * 1024 * 1024
const WAITING_LOW = 32 * 1024 * 1024
/** what a capture program may still hold back of the time that has passed: 0.23 s at p95 for dumpcap; a second for tcpdump, or over a network */
const SOURCE_DELAY = 500
const SLOW_DELAY = 1_500
/** lag of the analysis that is worth a word */
const LAG_SECONDS = 1
const SPOOL_BYTES = 64 * 1024 * 1024

export interface LiveOptions {
  interfaces: string[]
  filter: string | null
  choice: Choice
  /** null: nothing is kept, the packets pass through a private spool */
  file: string | null
  ring: RingOptions | null
  reorderMilliseconds?: number
  /** default: a worker thread */
  analysis?: MakeAnalysis
  /** default: this host's links; null: none (the packets come from elsewhere) */
  links?: typeof watchLinks | null
  /** once a second: how it goes */
  onSecond?: (counts: LiveCounts, point: LivePoint) => void
}

export class LiveCapture {
  readonly ended: Promise<LiveSummary>
  private readonly base = new TimeBase()
  private readonly merger: Merger
  private readonly lanes: Lanes
  private readonly rates = new RateMeter()
  private recorder: Recorder | null = null
  /** what was told before the capture had begun; null since then */
  private early: LiveEvent[] | null = []
  private spool: string | null = null
  private analysis: AnalysisLink | null = null
  private watch: LinkWatch | null = null
  private heldLinks = ''
  private timer: NodeJS.Timeout | null = null
  private readonly toldDrops = new Map<Lane, string>()
  private files: string[] = []
  private bytes = 0
  private newestAt = 0
  private newestSeen = Number.NEGATIVE_INFINITY
  private tickedAt = 0
  private statusAt = 0
  private paused = false
  private lagging = false
  private stopping: Promise<LiveSummary> | null = null
  private settle: (summary: LiveSummary) => void = () => {}

  constructor(
    private readonly options: LiveOptions,
    private readonly onEvent: (event: LiveEvent) => void,
  ) {
    const slow = isSlow(options.choice.backend)
    this.merger = new Merger(this.take, options.reorderMilliseconds ?? (slow ? SLOW_REORDER_MILLISECONDS : REORDER_MILLISECONDS))
    this.lanes = new Lanes(options.choice, options.filter, this.base, this.merger, {
      described: (name, facts) => this.onDescribed(name, facts),
      lost: (lane, problem) => this.tell({ type: 'interface-lost', t: this.seconds(), interface: lane.name, problem }),
      resumed: (lane, was) => this.tell({ type: 'interface-resumed', t: this.seconds(), interface: lane.name, was }),
      problem: (problem) => this.problem(problem),
      through: () => void this.stop('through'),
    })
    this.ended = new Promise((resolve) => {
      this.settle = resolve
    })
  }

  /** Resolves when packets are captured on every interface; rejects with words when one cannot be, and leaves nothing behind. */
  async start(): Promise<void> {
    const { choice, interfaces, filter, file } = this.options
    Object.assign(this.base, { set: true, nanoseconds: BigInt(Date.now()) * 1_000_000n })
    try {
      await this.openRecorder()
      this.analysis = this.linkAnalysis()
      prioritise(Niceness.Recording)
      const { links = watchLinks } = this.options
      if (links !== null)
        this.watch = links({
          lines: (text) => this.onLinks(text),
          problem: (message) => this.problem({ kind: 'other', message, hint: '' }),
        })
      await Promise.all([...new Set(interfaces)].map((name) => this.lanes.start(name)))
      this.newestAt = performance.now()
      this.timer = setInterval(() => this.turn(), TURN_MILLISECONDS)
      // recorded from now on; told of when nothing that happens goes unseen
      await Promise.all([this.analysis.ready, this.watch?.ready])
    } catch (error) {
      await this.abandon()
      throw error
    }
    const early = this.early ?? []
    this.early = null
    this.tell({
      type: 'capture-started',
      t: this.seconds(),
      backend: choice.backend,
      why: choice.why,
      clock: (this.lanes.all[0] as Lane).source.clock,
      interfaces: this.lanes.all.map((lane) => lane.name),
      filter,
      file,
      links: this.watch?.how ?? 'none',
    })
    for (const event of early) this.onEvent(event)
  }

  /** The analysis is elsewhere and has come back without its memory: it gets everything again. */
  analyzeAgain(why: string): void {
    this.analysis?.restart(why)
  }

  private async openRecorder(): Promise<void> {
    const { file, ring } = this.options
    if (file === null) this.spool = await mkdtemp(join(tmpdir(), 'rehome-capture-'))
    const path = file ?? join(this.spool as string, 'spool.pcapng')
    const section = { application: `Rehome ${VERSION}`, os: `${platform()} ${release()}`, hardware: arch() }
    const spooling = file === null ? { bytes: SPOOL_BYTES } : ring
    this.recorder = await Recorder.create(path, section, this.base.nanoseconds, spooling, {
      written: (segment) => this.onWritten(segment),
      removed: (segment) => this.onRemoved(segment),
      failed: (error, segment) => this.onDiskFailure(error, segment),
    })
  }

  private linkAnalysis(): AnalysisLink {
    return new AnalysisLink(this.options.analysis ?? analysisInWorker, {
      event: (event) => this.tell(event),
      kept: () => this.recorder?.kept ?? [],
      read: (number) => {
        if (this.spool !== null) this.dropSpooled(number)
      },
      restarting: (why, missing) => {
        const lost = missing ? 'with what is still on disk: sessions are numbered anew' : 'from the recorded file'
        this.problem({ kind: 'other', message: `the analysis stopped (${why}) and begins again ${lost}`, hint: '' })
      },
      givenUp: (why) => this.analysisLost(why),
    })
  }

  // ------------------------------------------------------------------ packets and links

  private onDescribed(name: string, facts: WrittenInterface): number {
    const number = (this.recorder as Recorder).addInterface(facts)
    this.tell({ type: 'interface-described', t: this.seconds(), interface: { id: number, name, addresses: facts.addresses ?? [] } })
    if (this.heldLinks !== '') {
      const held = this.heldLinks
      this.heldLinks = ''
      this.onLinks(held)
    }
    return number
  }

  private readonly take = (iface: number, memory: Uint8Array, offset: number, captured: number, wire: number, time: number): void => {
    this.bytes += captured
    this.lanes.count(iface, wire)
    ;(this.recorder as Recorder).record(iface, memory, offset, captured, wire, time)
  }

  private onLinks(text: string): void {
    const { recorder } = this
    if (recorder === null) return
    // Comments need an interface to stand with: the first one comes with the first packets.
    if (this.lanes.interfaces === 0) this.heldLinks = (this.heldLinks + text).slice(-1_000_000)
    else recorder.link(text, Number(BigInt(Date.now()) * 1_000_000n - this.base.nanoseconds))
  }

  // ------------------------------------------------------------------ time passes

  private turn(): void {
    const now = performance.now()
    const recorder = this.recorder as Recorder
    this.merger.drain(now)
    if (this.merger.newest !== this.newestSeen || this.merger.held > 0) {
      this.newestSeen = this.merger.newest
      this.newestAt = now
    }
    recorder.flush(() => this.lanes.statistics())
    const { waiting } = recorder
    if (!this.paused && waiting > WAITING_HIGH) this.pauseAll(true)
    else if (this.paused && waiting < WAITING_LOW) this.pauseAll(false)
    if (now - this.tickedAt >= TICK_MILLISECONDS && waiting === 0) {
      this.tickedAt = now
      this.tick(now)
    }
    if (now - this.statusAt >= STATUS_MILLISECONDS) {
      this.statusAt = now
      this.status()
    }
  }

  private pauseAll(pause: boolean): void {
    this.paused = pause
    this.lanes.pause(pause)
  }

  /** All packets up to some time ago are written: the analysis may decide what waited for that. By the packets' own clock. */
  private tick(now: number): void {
    const { newest, held } = this.merger
    if (newest === Number.NEGATIVE_INFINITY || held > 0) return
    // nothing is held: what is not here yet is still with its capture program
    const quiet = now - this.newestAt - (isSlow(this.options.choice.backend) ? SLOW_DELAY : SOURCE_DELAY)
    if (quiet <= 0) return
    this.analysis?.tick(Number(this.base.nanoseconds / 1000n) + Math.floor((newest + quiet * 1e6) / 1000))
  }

  private status(): void {
    for (const lane of this.lanes.all) {
      const drops = this.lanes.drops(lane)
      const words = JSON.stringify(drops)
      const before = this.toldDrops.get(lane)
      this.toldDrops.set(lane, words)
      const some = [drops.kernel, drops.interface, drops.app].some((count) => typeof count === 'number' && count > 0)
      if (before !== words && some) this.tell({ type: 'drops', t: this.seconds(), interface: lane.name, drops })
    }
    const counts = this.counts()
    if (counts.lag.seconds >= LAG_SECONDS || this.lagging) {
      this.lagging = counts.lag.seconds >= LAG_SECONDS
      // less than that is as good as none
      this.tell({ type: 'lag', t: this.seconds(), ...counts.lag, seconds: this.lagging ? counts.lag.seconds : 0 })
    }
    const totals = this.lanes.all.map(({ name, packets, bytes }): [string, number, number] => [name, packets, bytes])
    this.options.onSecond?.(counts, this.rates.point(counts.t, totals, this.analysis?.progress.paths ?? []))
  }

  /** How it goes, now. */
  counts(): LiveCounts {
    const { newest, late, window, held } = this.merger
    return {
      t: this.seconds(),
      packets: this.recorder?.packets ?? 0,
      bytes: this.bytes,
      late,
      reorder: { milliseconds: window, held },
      unwritten: this.recorder?.waiting ?? 0,
      lag: this.analysis?.behind(Number(this.base.nanoseconds) / 1e9 + newest / 1e9) ?? { seconds: 0, bytes: 0 },
      lanes: this.lanes.all.map((lane) => ({
        name: lane.name,
        state: lane.state,
        packets: lane.packets,
        bytes: lane.bytes,
        drops: this.lanes.drops(lane),
      })),
    }
  }

  get isStopping(): boolean {
    return this.stopping !== null
  }

  get analysisState(): AnalysisLink['state'] {
    return this.analysis?.state ?? 'off'
  }

  // ------------------------------------------------------------------ recorder and analysis

  private onWritten(segment: Segment): void {
    if (segment.bytes === 0) return
    if (!this.files.includes(segment.path) && this.spool === null) {
      this.files.push(segment.path)
      this.tell({ type: 'file', t: this.seconds(), path: segment.path })
    }
    this.analysis?.written(segment)
  }

  private onRemoved(segment: Segment): void {
    this.analysis?.removed(segment)
    this.files = this.files.filter((path) => path !== segment.path)
    this.tell({ type: 'file-removed', t: this.seconds(), path: segment.path })
  }

  private onDiskFailure(error: NodeJS.ErrnoException, segment: Segment): void {
    this.onWritten(segment)
    const full = error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG'
    this.problem({
      kind: 'other',
      message: `${segment.path}: ${full ? 'the disk is full' : `cannot be written (${error.message})`}: the capture stops; what was written until now can be read`,
      hint: full ? 'Make room, or capture into a ring: --ring-size MB --ring-files N.' : '',
    })
    void this.stop('disk')
  }

  /** Spooled packets were analyzed: nothing needs them any more. */
  private dropSpooled(number: number): void {
    const kept = this.recorder?.kept ?? []
    const at = kept.findIndex((segment) => segment.number === number)
    if (at < 0) return
    const [segment] = kept.splice(at, 1) as [Segment]
    this.analysis?.removed(segment)
    void rm(segment.path, { force: true })
  }

  private analysisLost(why: string): void {
    const kept = this.options.file
    this.problem({
      kind: 'other',
      message: `the analysis fails at the same place again and again (${why})${kept === null ? '' : '; the capture goes on without it'}`,
      hint: kept === null ? 'Capture into a file with -w, and open it.' : `Open ${kept} when the capture has ended.`,
    })
    if (kept === null) void this.stop('analysis')
  }

  // ------------------------------------------------------------------ the end

  /** Ends everything, in the order that loses nothing. */
  stop(why: StopReason): Promise<LiveSummary> {
    this.stopping ??= this.end(why)
    return this.stopping
  }

  private async end(why: StopReason): Promise<LiveSummary> {
    await this.watch?.stop()
    if (why !== 'disk') await this.lanes.catchUp()
    await this.lanes.stop()
    if (this.timer !== null) clearInterval(this.timer)
    this.merger.flush()
    const recorder = this.recorder as Recorder
    await recorder.close(this.lanes.statistics())
    await this.analysis?.finish()
    const counts = this.counts()
    await this.analysis?.close()
    if (this.spool !== null) await rm(this.spool, { recursive: true, force: true })
    const outcome = this.analysis?.outcome
    const summary: LiveSummary = {
      why,
      packets: recorder.packets,
      bytes: this.bytes,
      late: this.merger.late,
      files: recorder.kept.map((segment) => segment.path).filter(() => this.spool === null),
      interfaces: this.lanes.all.map((lane, at) => ({
        name: lane.name,
        packets: lane.packets,
        received: lane.past.received === 0 ? null : lane.past.received,
        drops: (counts.lanes[at] as LiveCounts['lanes'][number]).drops,
      })),
      sessions: outcome?.sessions ?? 0,
      rehomings: outcome?.rehomings ?? 0,
      findings: outcome?.findings ?? { info: 0, low: 0, medium: 0, high: 0, critical: 0 },
      analyzed: outcome?.packets ?? this.analysis?.progress.packets ?? 0,
    }
    this.tell({ type: 'capture-stopped', t: this.seconds(), ...summary })
    this.settle(summary)
    return summary
  }

  /** A start that failed leaves nothing running and no empty file. */
  private async abandon(): Promise<void> {
    const { recorder } = this
    this.stopping = Promise.resolve({} as LiveSummary)
    if (this.timer !== null) clearInterval(this.timer)
    await this.watch?.stop()
    await this.lanes.stop().catch(() => {})
    await recorder?.close([])
    await this.analysis?.close()
    if (this.spool !== null) await rm(this.spool, { recursive: true, force: true })
    else for (const segment of recorder?.kept ?? []) await rm(segment.path, { force: true })
  }

  private problem(problem: CaptureProblem): void {
    this.tell({ type: 'problem', t: this.seconds(), problem })
  }

  private seconds(): number {
    return Date.now() / 1000
  }

  private tell(event: { t: number } & Record<string, unknown> & { type: LiveEvent['type'] }): void {
    const told = { ...event, at: this.seconds() } as unknown as LiveEvent
    if (this.early === null) this.onEvent(told)
    else this.early.push(told)
  }
}
