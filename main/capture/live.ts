/**
 * A live capture as a whole: sources on several interfaces, merged by time, recorded to disk, and only then analyzed. Interfaces that go away
 * are waited for while the others go on; a disk that is full or an analysis that fails ends only what it must. Everything it started is
 * ended by `stop`, in the order that loses nothing: sources, merge, recorder, analysis.
 * Memory: the reorder window and what the disk has not taken, both bounded by pausing the sources; drops are then the kernel's, and counted.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { arch, platform, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { TimeBase } from '../files/record-columns.ts'
import type { FileFacts, RecordBatch } from '../files/types.ts'
import type { WrittenStatistics } from '../files/writer.ts'
import { VERSION } from '../version.ts'
import { type AnalysisHost, analysisInWorker } from './analysis-host.ts'
import type { Choice } from './choose.ts'
import type { LiveEvent, LiveSummary, StopReason } from './events.ts'
import { interfaceDrops, interfaceFacts, nameOfIndex, systemIndex } from './interfaces.ts'
import { type LinkWatch, watchLinks } from './link-watch.ts'
import type { AnalysisAnswer } from './live-analysis.ts'
import { Merger } from './merge.ts'
import { Recorder, type RingOptions, type Segment } from './recorder.ts'
import type { CaptureProblem, CaptureSource, Drops } from './source.ts'

const TURN_MILLISECONDS = 20
const TICK_MILLISECONDS = 100
const STATUS_MILLISECONDS = 1_000
const RETRY_MILLISECONDS = 500
/** bytes that wait for the disk before the sources are paused, and when they go on */
const WAITING_HIGH = 128 * 1024 * 1024
const WAITING_LOW = 32 * 1024 * 1024
/** what a capture program may still hold back of the time that has passed */
const SOURCE_DELAY = 1_000
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
  analysis?: typeof analysisInWorker
  /** default: this host's links; null: none (the packets come from elsewhere) */
  links?: typeof watchLinks | null
}

interface Lane {
  number: number
  wanted: string
  /** what the interface is called now */
  name: string
  index: number | null
  source: CaptureSource
  /** number of the capture's interface by number of the source's */
  map: number[]
  state: 'running' | 'waiting' | 'through'
  retry: NodeJS.Timeout | null
  /** of starts that are over */
  past: { received: number; drops: Drops }
  dropsBefore: number | null
  packets: number
}

export class LiveCapture {
  readonly ended: Promise<LiveSummary>
  private readonly base = new TimeBase()
  private readonly lanes: Lane[] = []
  private readonly merger: Merger
  /** by number of the capture's interface */
  private readonly interfaceKeys: string[] = []
  private readonly interfaceLane: number[] = []
  private recorder: Recorder | null = null
  /** what was told before the capture had begun; null since then */
  private early: LiveEvent[] | null = []
  private spool: string | null = null
  private analysis: AnalysisHost | null = null
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
  private progress = { bytes: 0, packets: 0, epochSeconds: 0 }
  private outcome: Extract<AnalysisAnswer, { kind: 'finished' }> | null = null
  private analysisOver: (() => void) | null = null
  private stopping: Promise<LiveSummary> | null = null
  private settle: (summary: LiveSummary) => void = () => {}

  constructor(
    private readonly options: LiveOptions,
    private readonly onEvent: (event: LiveEvent) => void,
  ) {
    this.merger = new Merger(this.take, options.reorderMilliseconds)
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
      this.analysis = (this.options.analysis ?? analysisInWorker)(
        (answer) => this.onAnswer(answer),
        (why) => this.analysisLost(why),
      )
      const { links = watchLinks } = this.options
      if (links !== null)
        this.watch = links({
          lines: (text) => this.onLinks(text),
          problem: (message) => this.problem({ kind: 'other', message, hint: '' }),
        })
      for (const name of new Set(interfaces)) {
        const lane = this.addLane(name)
        await lane.source.start(this.base, this.sinkOf(lane))
      }
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
      clock: (this.lanes[0] as Lane).source.clock,
      interfaces: this.lanes.map((lane) => lane.name),
      filter,
      file,
      links: this.watch?.how ?? 'none',
    })
    for (const event of early) this.onEvent(event)
    this.newestAt = performance.now()
    this.timer = setInterval(() => this.turn(), TURN_MILLISECONDS)
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

  // ------------------------------------------------------------------ packets

  private addLane(name: string): Lane {
    const lane: Lane = {
      number: this.merger.addLane(),
      wanted: name,
      name,
      index: systemIndex(name),
      source: this.options.choice.make(name, this.options.filter),
      map: [],
      state: 'running',
      retry: null,
      past: { received: 0, drops: { kernel: 0, interface: 0, app: 0 } },
      dropsBefore: interfaceDrops(name),
      packets: 0,
    }
    this.lanes.push(lane)
    return lane
  }

  private sinkOf(lane: Lane): Parameters<CaptureSource['start']>[1] {
    lane.map = []
    return {
      described: (facts) => this.describeAll(lane, facts),
      batch: (batch, facts) => this.onBatch(lane, batch, facts),
      problem: (problem) => this.problem(problem),
      ended: (problem) => this.onEnded(lane, problem),
    }
  }

  private onBatch(lane: Lane, batch: RecordBatch, facts: FileFacts): void {
    this.describeAll(lane, facts)
    lane.packets += batch.count
    this.merger.add(lane.number, batch, lane.map, performance.now())
  }

  private describeAll(lane: Lane, facts: FileFacts): void {
    for (let id = lane.map.length; id < facts.interfaces.length; id++) lane.map[id] = this.describe(lane, facts, id)
  }

  /** Number of the capture's interface for one of a source; a source that was started again finds its own. */
  private describe(lane: Lane, facts: FileFacts, id: number): number {
    const found = facts.interfaces[id] as FileFacts['interfaces'][number]
    const local = this.options.choice.backend !== 'ssh' && this.options.choice.backend !== 'follow'
    const name = found.name ?? lane.name
    const key = `${lane.number} ${name} ${found.linkType} ${found.snaplen}`
    const known = this.interfaceKeys.indexOf(key)
    if (known >= 0) return known
    const own = local ? interfaceFacts(name) : null
    const addresses = own === null || own.addresses.length === 0 ? found.addresses : own.addresses
    const number = (this.recorder as Recorder).addInterface({
      linkType: found.linkType,
      snaplen: found.snaplen,
      name,
      description: found.description,
      addresses,
      mac: own?.mac ?? found.mac,
      filter: this.options.filter ?? found.filter,
      hardware: own?.hardware ?? found.hardware,
      os: found.os ?? facts.os,
    })
    this.interfaceKeys[number] = key
    this.interfaceLane[number] = lane.number
    this.tell({ type: 'interface-described', t: this.seconds(), interface: { id: number, name, addresses } })
    if (this.heldLinks !== '') {
      const held = this.heldLinks
      this.heldLinks = ''
      this.onLinks(held)
    }
    return number
  }

  private readonly take = (iface: number, memory: Uint8Array, offset: number, captured: number, wire: number, time: number): void => {
    this.bytes += captured
    ;(this.recorder as Recorder).record(iface, memory, offset, captured, wire, time)
  }

  private onLinks(text: string): void {
    const { recorder } = this
    if (recorder === null) return
    // Comments need an interface to stand with: the first one comes with the first packets.
    if (this.interfaceKeys.length === 0) this.heldLinks = (this.heldLinks + text).slice(-1_000_000)
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
    recorder.flush(() => this.statistics())
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
    for (const { source } of this.lanes) {
      if (pause) source.pause()
      else source.resume()
    }
  }

  /** All packets up to some time ago are written: the analysis may decide what waited for that. By the packets' own clock. */
  private tick(now: number): void {
    const { newest, held } = this.merger
    if (newest === Number.NEGATIVE_INFINITY || held > 0) return
    const quiet = now - this.newestAt - this.merger.window - SOURCE_DELAY
    if (quiet <= 0) return
    this.analysis?.send({ kind: 'tick', epochNanoseconds: this.base.nanoseconds + BigInt(Math.round(newest + quiet * 1e6)) })
  }

  private status(): void {
    for (const lane of this.lanes) {
      const drops = this.dropsOf(lane)
      const words = JSON.stringify(drops)
      const before = this.toldDrops.get(lane)
      this.toldDrops.set(lane, words)
      const some = [drops.kernel, drops.interface, drops.app].some((count) => typeof count === 'number' && count > 0)
      if (before !== words && some) this.tell({ type: 'drops', t: this.seconds(), interface: lane.name, drops })
    }
    const behind = this.behind()
    if (behind.seconds >= LAG_SECONDS || this.lagging) {
      this.lagging = behind.seconds >= LAG_SECONDS
      this.tell({ type: 'lag', t: this.seconds(), ...behind })
    }
  }

  /** How far the analysis is behind what is on disk. */
  private behind(): { seconds: number; bytes: number } {
    const { newest } = this.merger
    const written = this.recorder?.kept.reduce((sum, segment) => sum + segment.bytes, 0) ?? 0
    const bytes = Math.max(0, this.writtenBefore + written - this.progress.bytes)
    if (bytes === 0 || newest === Number.NEGATIVE_INFINITY || this.progress.epochSeconds === 0) return { seconds: 0, bytes }
    const epoch = Number(this.base.nanoseconds) / 1e9 + newest / 1e9
    return { seconds: Math.max(0, Math.round((epoch - this.progress.epochSeconds) * 1000) / 1000), bytes }
  }
  /** bytes of files that the ring has removed */
  private writtenBefore = 0

  // ------------------------------------------------------------------ interfaces that come and go

  private onEnded(lane: Lane, problem: CaptureProblem | null): void {
    this.merger.close(lane.number)
    const { drops, past } = { drops: lane.source.drops(), past: lane.past }
    lane.past = { received: past.received + (lane.source.received() ?? 0), drops: addDrops(past.drops, drops) }
    lane.state = 'through'
    if (this.stopping !== null) return
    if (problem === null) {
      if (this.lanes.every((one) => one.state === 'through')) void this.stop('through')
      return
    }
    lane.state = 'waiting'
    this.tell({ type: 'interface-lost', t: this.seconds(), interface: lane.name, problem })
    this.retryLater(lane, RETRY_MILLISECONDS)
  }

  private retryLater(lane: Lane, milliseconds: number): void {
    lane.retry = setTimeout(() => void this.retry(lane, milliseconds), milliseconds)
  }

  private async retry(lane: Lane, milliseconds: number): Promise<void> {
    lane.retry = null
    if (this.stopping !== null) return
    const was = lane.name
    const name = (lane.index === null ? null : nameOfIndex(lane.index)) ?? lane.wanted
    const source = this.options.choice.backend === 'synthetic' ? lane.source : this.options.choice.make(name, this.options.filter)
    try {
      await source.start(this.base, this.sinkOf(lane))
    } catch {
      if (this.stopping === null) this.retryLater(lane, Math.min(5_000, milliseconds * 1.5))
      return
    }
    lane.source = source
    lane.name = name
    lane.index = systemIndex(name)
    lane.state = 'running'
    this.merger.reopen(lane.number)
    if (this.stopping !== null) {
      await source.stop()
      return
    }
    this.tell({ type: 'interface-resumed', t: this.seconds(), interface: name, was })
  }

  // ------------------------------------------------------------------ counts

  private dropsOf(lane: Lane): Drops {
    const sum = lane.state === 'running' ? addDrops(lane.past.drops, lane.source.drops()) : lane.past.drops
    const system = interfaceDrops(lane.name)
    const own = system === null || lane.dropsBefore === null ? null : Math.max(0, system - lane.dropsBefore)
    return sum.interface === 'unknown' && own !== null ? { ...sum, interface: own } : sum
  }

  private statistics(): WrittenStatistics[] {
    return this.interfaceLane.map((number) => {
      const lane = this.lanes[number] as Lane
      const drops = this.dropsOf(lane)
      const received = lane.past.received + (lane.state === 'running' ? (lane.source.received() ?? 0) : 0)
      return {
        received: received === 0 ? null : received,
        dropped: drops.interface === 'unknown' ? null : drops.interface,
        systemDropped: drops.kernel === 'unknown' ? null : drops.kernel,
      }
    })
  }

  // ------------------------------------------------------------------ recorder and analysis

  private onWritten(segment: Segment): void {
    if (segment.bytes === 0) return
    if (!this.files.includes(segment.path) && this.spool === null) {
      this.files.push(segment.path)
      this.tell({ type: 'file', t: this.seconds(), path: segment.path })
    }
    this.analysis?.send({ kind: 'written', number: segment.number, path: segment.path, bytes: segment.bytes, closed: segment.closed })
  }

  private onRemoved(segment: Segment): void {
    this.writtenBefore += segment.bytes
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

  private onAnswer(answer: AnalysisAnswer): void {
    if (answer.kind === 'event') this.tell(answer.event)
    else if (answer.kind === 'progress') this.progress = answer
    else if (answer.kind === 'finished') {
      this.outcome = answer
      this.analysisOver?.()
    } else if (this.spool !== null) this.dropSpooled(answer.number)
  }

  /** Spooled packets were analyzed: nothing needs them any more. */
  private dropSpooled(number: number): void {
    const kept = this.recorder?.kept ?? []
    const at = kept.findIndex((segment) => segment.number === number)
    if (at < 0) return
    const [segment] = kept.splice(at, 1) as [Segment]
    this.writtenBefore += segment.bytes
    void rm(segment.path, { force: true })
  }

  private analysisLost(why: string): void {
    this.analysis = null
    this.analysisOver?.()
    const kept = this.options.file
    this.problem({
      kind: 'other',
      message: `the analysis stopped (${why})${kept === null ? '' : '; the capture goes on'}`,
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
    for (const lane of this.lanes) if (lane.retry !== null) clearTimeout(lane.retry)
    await this.watch?.stop()
    await Promise.all(this.lanes.map((lane) => lane.source.stop()))
    if (this.timer !== null) clearInterval(this.timer)
    this.merger.flush()
    const recorder = this.recorder as Recorder
    await recorder.close(this.statistics())
    if (this.analysis !== null) {
      const over = new Promise<void>((resolve) => {
        this.analysisOver = resolve
      })
      this.analysis.send({ kind: 'finish' })
      if (this.outcome === null) await over
      await this.analysis?.close()
    }
    if (this.spool !== null) await rm(this.spool, { recursive: true, force: true })
    const summary: LiveSummary = {
      why,
      packets: recorder.packets,
      bytes: this.bytes,
      late: this.merger.late,
      files: recorder.kept.map((segment) => segment.path).filter(() => this.spool === null),
      interfaces: this.lanes.map((lane) => ({
        name: lane.name,
        packets: lane.packets,
        received: lane.past.received === 0 ? null : lane.past.received,
        drops: this.dropsOf(lane),
      })),
      sessions: this.outcome?.sessions ?? 0,
      rehomings: this.outcome?.rehomings ?? 0,
      findings: this.outcome?.findings ?? { info: 0, low: 0, medium: 0, high: 0, critical: 0 },
      analyzed: this.outcome?.packets ?? this.progress.packets,
    }
    this.tell({ type: 'capture-stopped', t: this.seconds(), ...summary })
    this.settle(summary)
    return summary
  }

  /** A start that failed leaves nothing running and no empty file. */
  private async abandon(): Promise<void> {
    const summaryless = this.recorder
    this.stopping = Promise.resolve({} as LiveSummary)
    await this.watch?.stop()
    await Promise.all(this.lanes.map((lane) => lane.source.stop().catch(() => {})))
    await summaryless?.close([])
    await this.analysis?.close()
    if (this.spool !== null) await rm(this.spool, { recursive: true, force: true })
    else for (const segment of summaryless?.kept ?? []) await rm(segment.path, { force: true })
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

function addDrops(a: Drops, b: Drops): Drops {
  const sum = (x: number | 'unknown', y: number | 'unknown'): number | 'unknown' => (x === 'unknown' || y === 'unknown' ? 'unknown' : x + y)
  return { kernel: sum(a.kernel, b.kernel), interface: sum(a.interface, b.interface), app: sum(a.app, b.app) }
}
