/**
 * The process that captures for a window: it records, whatever becomes of the window, the engine or the host. Its analysis is the engine
 * of the host that is connected; one that comes back gets everything again from the recorded files. Ends when it is told to, when the
 * disk is full, or when its sources are through; until a host has taken note of that, its note stays for the next one to find.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { addPoint, type LiveFeedEntry, type LivePoint, type LiveSummary } from '../../shared/live.ts'
import type { AnalysisHost } from './analysis-host.ts'
import { choose } from './choose.ts'
import {
  type CaptureNote,
  type CaptureSpec,
  type FromCapture,
  onLines,
  removeNote,
  sendLine,
  socketPath,
  type ToCapture,
  writeNote,
} from './control.ts'
import type { LiveEvent } from './events.ts'
import { watchLinks } from './link-watch.ts'
import { LiveCapture } from './live.ts'
import type { AnalysisAnswer, AnalysisOrder } from './live-analysis.ts'
import { CaptureFailure, type CaptureProblem } from './source.ts'

/** events that a host which comes back is told */
const KEPT_EVENTS = 2_000
/** for a host to connect at first, and to say good-bye at last */
const PATIENCE_MILLISECONDS = 20_000

export class CaptureProcess {
  private readonly server: Server
  private readonly note: CaptureNote
  private host: Socket | null = null
  private live: LiveCapture | null = null
  private state: 'waiting' | 'running' | 'ended' = 'waiting'
  private events: LiveFeedEntry[] = []
  private points: LivePoint[] = []
  private number = 0
  private stopAsked = false
  private onAnswer: (answer: AnalysisAnswer) => void = () => {}
  private onAnalysisLost: ((why: string) => void) | null = null
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly folder: string,
    id: string,
    private readonly spec: CaptureSpec,
    private readonly exit: (code: number) => void,
  ) {
    this.note = { id, pid: process.pid, socket: socketPath(folder, id), started: Date.now() / 1000, spec, summary: null }
    this.server = createServer((socket) => this.onConnection(socket))
    this.server.on('error', () => this.end(1))
    this.server.listen(this.note.socket, () => writeNote(folder, this.note))
    this.patience()
  }

  /** Nobody is there, and nothing runs: not for ever. */
  private patience(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      if (this.host !== null || this.state === 'running') return
      if (this.state === 'waiting') removeNote(this.folder, this.note.id)
      this.end(0)
    }, PATIENCE_MILLISECONDS)
  }

  private say(message: FromCapture): void {
    if (this.host !== null) sendLine(this.host, message)
  }

  private onConnection(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.host !== null) {
      sendLine(socket, { kind: 'taken' })
      socket.end()
      return
    }
    this.host = socket
    onLines<ToCapture>(socket, (message) => this.onMessage(message))
    socket.on('close', () => this.onHostGone())
    this.say({ kind: 'hello', note: this.note, state: this.state, events: this.events, points: this.points })
    if (this.state === 'running' && this.live !== null && this.onAnalysisLost === null) this.live.analyzeAgain('its window was closed')
    if (this.state === 'ended' && this.note.summary !== null) this.say({ kind: 'ended', summary: this.note.summary })
  }

  private onHostGone(): void {
    this.host = null
    const lost = this.onAnalysisLost
    this.onAnalysisLost = null
    // nobody analyzes: the end of the capture does not wait for it
    if (this.live?.isStopping === true) lost?.('its host is gone')
    if (this.state !== 'running') this.patience()
  }

  private onMessage(message: ToCapture): void {
    if (message.kind === 'start') void this.start()
    else if (message.kind === 'stop') this.stop()
    else if (message.kind === 'answer') this.onAnswer(message.answer)
    else if (message.kind === 'analysis-lost') {
      const lost = this.onAnalysisLost
      this.onAnalysisLost = null
      lost?.(message.why)
    } else this.end(0) // the note is the host's now: it may have written it again, for the next one to find
  }

  /** The engine of the host, as an analysis like any other. */
  private readonly analysis = (onAnswer: (answer: AnalysisAnswer) => void, onLost: (why: string) => void): AnalysisHost => {
    this.onAnswer = onAnswer
    this.onAnalysisLost = this.host === null ? null : onLost
    this.say({ kind: 'analyze', path: this.spec.file })
    return {
      send: (order: AnalysisOrder) => {
        this.say({ kind: 'order', order })
        // nobody is there who could finish: the capture ends without
        if (order.kind === 'finish' && this.host === null) onAnswer(nothingFound())
      },
      async close() {},
    }
  }

  private async start(): Promise<void> {
    if (this.state !== 'waiting' || this.live !== null) return
    const { spec } = this
    try {
      const choice = choose({
        backend: spec.backend ?? undefined,
        remote: spec.remote ?? undefined,
        remoteProgram: spec.remoteProgram,
        elevate: spec.elevate,
      })
      const away = choice.backend === 'ssh' || choice.backend === 'follow'
      this.live = new LiveCapture(
        {
          interfaces: spec.interfaces,
          filter: spec.filter,
          choice,
          file: spec.file,
          ring: spec.ring,
          analysis: this.analysis,
          links: away ? null : watchLinks,
          onSecond: (counts, point) => {
            this.points = addPoint(this.points, point)
            this.say({ kind: 'second', counts, point, analysis: this.host === null ? 'off' : (this.live?.analysisState ?? 'off') })
          },
        },
        (event) => this.onEvent(event),
      )
      await this.live.start()
    } catch (error) {
      this.say({ kind: 'failed', problem: asProblem(error) })
      removeNote(this.folder, this.note.id)
      this.host?.end()
      setTimeout(() => this.end(1), 200)
      return
    }
    this.state = 'running'
    this.note.started = Date.now() / 1000
    writeNote(this.folder, this.note)
    this.say({ kind: 'started' })
    void this.live.ended.then((summary) => this.onEnded(summary))
    if (this.stopAsked) this.stop()
  }

  private stop(): void {
    this.stopAsked = true
    if (this.state === 'running') void this.live?.stop('asked')
    else if (this.state === 'waiting' && this.live === null) this.end(0)
  }

  /** A signal: everything that was captured is written, then it goes. */
  terminate(): void {
    this.stop()
  }

  private onEvent(event: LiveEvent): void {
    const entry: LiveFeedEntry = { ...event, number: ++this.number }
    this.events.push(entry)
    if (this.events.length > KEPT_EVENTS) this.events.shift()
    this.say({ kind: 'event', entry })
    if (event.type === 'file' || event.type === 'capture-stopped') writeNote(this.folder, this.note)
  }

  private onEnded(summary: LiveSummary): void {
    this.state = 'ended'
    this.note.summary = summary
    writeNote(this.folder, this.note)
    this.say({ kind: 'ended', summary })
    this.patience()
  }

  private end(code: number): void {
    this.server.close()
    this.host?.destroy()
    this.exit(code)
  }
}

function nothingFound(): AnalysisAnswer {
  return { kind: 'finished', sessions: 0, rehomings: 0, findings: { info: 0, low: 0, medium: 0, high: 0, critical: 0 }, packets: 0 }
}

function asProblem(error: unknown): CaptureProblem {
  if (error instanceof CaptureFailure) return error.problem
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EEXIST')
    return {
      kind: 'other',
      message: `${message.split("'")[1] ?? 'the file'} exists already`,
      hint: 'Choose another name: nothing is overwritten.',
    }
  return { kind: 'other', message, hint: '' }
}
