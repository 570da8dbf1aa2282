/**
 * A capture program as a source: a child process that writes pcap or pcapng to its stdout (dumpcap, tcpdump, ssh to one of them, our cap
 * helper). Its stderr is read for readiness, reasons and drop counts. Refuses nothing itself: what the program says becomes a problem.
 * The child is in a process group of its own, so that Ctrl+C reaches it through `stop` only, and nothing is lost on the way.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { plainText } from '../export/escape.ts'
import type { TimeBase } from '../files/record-columns.ts'
import { endWithUs } from './children.ts'
import { Niceness, prioritise } from './priority.ts'
import {
  type BackendName,
  type CaptureClock,
  CaptureFailure,
  type CaptureProblem,
  type CaptureSink,
  type CaptureSource,
  type Drops,
} from './source.ts'
import { StreamParser } from './stream-parser.ts'

export interface CaptureProgram {
  backend: BackendName
  clock: CaptureClock
  command: string
  args: string[]
  /** how it is asked to end: a signal, or the end of its stdin (remote programs), or a message (helper) */
  ending: 'signal' | 'stdin' | 'message'
  /** ms until it must have begun, when that is not soon */
  patience?: number
  /** what a line of its stderr says */
  read(line: string): LineMeaning
  /** after its end: words for a failure, from all that it said */
  explain(text: string, code: number | null, name: string): CaptureProblem
}

export interface LineMeaning {
  ready?: boolean
  drops?: Partial<Drops>
  received?: number
}

const READY_MILLISECONDS = 20_000
const END_MILLISECONDS = 3_000
const STDERR_BYTES = 16_384

export class ProcessSource implements CaptureSource {
  readonly backend: BackendName
  readonly clock: CaptureClock
  private child: ChildProcess | null = null
  private stopping = false
  private exited: Promise<void> = Promise.resolve()
  private counts: Drops
  private seen: number | null = null

  constructor(
    readonly name: string,
    private readonly program: CaptureProgram,
  ) {
    this.backend = program.backend
    this.clock = program.clock
    this.counts = { kernel: 'unknown', interface: 'unknown', app: program.backend === 'cap' ? 'unknown' : 0 }
  }

  start(base: TimeBase, sink: CaptureSink): Promise<void> {
    const { program } = this
    const channel = program.ending === 'message' ? (['ipc'] as const) : []
    const child = spawn(program.command, program.args, {
      stdio: [program.ending === 'stdin' ? 'pipe' : 'ignore', 'pipe', 'pipe', ...channel],
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.child = child
    endWithUs(child)
    if (child.pid !== undefined) prioritise(Niceness.Capture, child.pid)
    this.stopping = false
    let said = ''
    let line = ''
    let running = false
    return new Promise((resolve, reject) => {
      const ready = (): void => {
        if (running) return
        running = true
        clearTimeout(timer)
        resolve()
      }
      const patience = program.patience ?? READY_MILLISECONDS
      const timer = setTimeout(() => {
        said += `\n${program.command} did not begin within ${patience / 1000} s`
        child.kill('SIGKILL')
      }, patience)
      const parser = new StreamParser(
        this.name,
        base,
        (batch, facts) => sink.batch(batch, facts),
        (facts) => sink.described(facts),
      )
      child.stdout?.on('data', (piece: Buffer) => {
        if (parser.failure !== null) return
        parser.push(piece)
        ready()
        if (parser.failure !== null) {
          said += `\n${parser.failure}`
          child.kill('SIGTERM')
        }
      })
      child.stderr?.on('data', (piece: Buffer) => {
        const text = piece.toString('utf8')
        if (said.length < STDERR_BYTES) said += text
        const lines = (line + text).split(/\r?\n/)
        line = (lines.pop() ?? '').slice(-2_000)
        for (const one of lines) {
          const { ready: begun, drops, received } = program.read(one)
          if (drops !== undefined) this.counts = { ...this.counts, ...drops }
          if (received !== undefined) this.seen = received
          if (begun) ready()
        }
      })
      child.stdin?.on('error', () => {})
      child.on('message', (message: { drops?: Partial<Drops>; ready?: boolean }) => {
        if (message?.drops !== undefined) this.counts = { ...this.counts, ...message.drops }
        if (message?.ready) ready()
      })
      this.exited = new Promise((gone) => {
        let over = false
        const end = (problem: CaptureProblem | null): void => {
          if (over) return
          over = true
          clearTimeout(timer)
          this.child = null
          if (!parser.end() && parser.failure === null && !this.stopping)
            sink.problem({ kind: 'damaged', message: `${this.name}: the last record was cut off`, hint: '' })
          if (running) sink.ended(problem)
          else reject(new CaptureFailure(problem ?? { kind: 'ended', message: `${this.name}: stopped before it began`, hint: '' }))
          gone()
        }
        child.on('error', (error: NodeJS.ErrnoException) => {
          const missing = error.code === 'ENOENT'
          end({
            kind: missing ? 'not-installed' : error.code === 'EACCES' ? 'permission' : 'other',
            message: `${program.command}: ${missing ? 'is not installed' : error.code === 'EACCES' ? 'you may not run it' : error.message}`,
            hint: '',
          })
        })
        child.on('close', (code, signal) => {
          if (line !== '') {
            const { drops, received } = program.read(line)
            if (drops !== undefined) this.counts = { ...this.counts, ...drops }
            if (received !== undefined) this.seen = received
          }
          if (this.stopping && running) end(null)
          else if (signal !== null && signal !== undefined && parser.failure === null && running)
            end({ kind: 'ended', message: `${this.name}: ${program.backend} was ended by ${signal}`, hint: '' })
          else end(program.explain(said.split('\n').map(plainText).join('\n'), code, this.name))
        })
      })
    })
  }

  pause(): void {
    this.child?.stdout?.pause()
  }

  resume(): void {
    this.child?.stdout?.resume()
  }

  async stop(): Promise<void> {
    const { child } = this
    if (child === null) return this.exited
    this.stopping = true
    child.stdout?.resume()
    this.ask(child)
    const timers = [
      setTimeout(() => child.kill('SIGTERM'), END_MILLISECONDS),
      setTimeout(() => {
        child.kill('SIGKILL')
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, 2 * END_MILLISECONDS),
    ]
    await this.exited
    for (const timer of timers) clearTimeout(timer)
  }

  private ask(child: ChildProcess): void {
    if (this.program.ending === 'stdin') child.stdin?.end()
    else if (this.program.ending === 'message' && child.connected) child.send({ stop: true }, () => {})
    else child.kill('SIGINT')
  }

  drops(): Drops {
    return this.counts
  }

  received(): number | null {
    return this.seen
  }
}
