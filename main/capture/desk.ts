/**
 * The host's side of live capture: answers the contract's live calls, starts and holds the process that captures, hands its orders to the
 * engine and the engine's answers back. What is captured lives in that process and on the disk: a window, an engine or a host that goes
 * away takes nothing with it, and `adopt` goes on with what a former host has left. One capture at a time.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import type { Answers, ContractError, Events, Parameters_ } from '../../shared/contract.ts'
import { addPoint, IDLE, type LiveFeedEntry, type LivePoint, type LiveProblem, type LiveStatus } from '../../shared/live.ts'
import type { FollowOrder } from '../engine/engine.ts'
import { ContractFailure } from '../engine/failure.ts'
import {
  type CaptureNote,
  type CaptureSpec,
  type FromCapture,
  isRunning,
  notesFolder,
  onLines,
  readNotes,
  removeNote,
  sendLine,
  socketPath,
  type ToCapture,
  writeNote,
} from './control.ts'
import { asFailure, ends, finalCounts, leftover, nextName, removeTemporary, specOf, tryConnect } from './desk-parts.ts'
import { checkFilter } from './filter-check.ts'
import type { AnalysisAnswer } from './live-analysis.ts'
import { ownProcess } from './own-process.ts'
import { canElevate, surveyInterfaces, surveySources } from './survey.ts'

const CONNECT_MILLISECONDS = 20_000
/** what the last packets may take to be written when the host ends; the capture ends by itself all the same */
const LAST_MILLISECONDS = 8_000
const KEPT_EVENTS = 2_000

type Push = <E extends 'live' | 'liveEvent' | 'livePoint'>(event: E, value: Events[E]) => void

export class LiveDesk {
  private status: LiveStatus = IDLE
  private events: LiveFeedEntry[] = []
  private points: LivePoint[] = []
  private socket: Socket | null = null
  private spec: CaptureSpec | null = null
  private asked: Parameters_<'liveStart'> | null = null
  private begun: { resolve: () => void; reject: (problem: LiveProblem) => void } | null = null
  private over: (() => void) | null = null
  private leftovers: CaptureNote[] = []
  private turn: Promise<unknown> = Promise.resolve()
  private note: CaptureNote | null = null

  constructor(
    private readonly push: Push,
    private readonly follow: (order: FollowOrder) => void,
    private readonly ownFolder: string | null = null,
  ) {}

  private get folder(): string {
    return this.ownFolder ?? notesFolder()
  }

  /** Something is captured now: the engine belongs to it. */
  get busy(): boolean {
    return this.status.state === 'starting' || this.status.state === 'running' || this.status.state === 'stopping'
  }

  private become(part: Partial<LiveStatus>): void {
    this.status = { ...this.status, ...part }
    this.push('live', this.status)
  }

  // ------------------------------------------------------------------ calls

  liveSources(): Answers['liveSources'] {
    return { sources: surveySources(), platform: process.platform, elevate: canElevate() }
  }

  async liveInterfaces(): Promise<Answers['liveInterfaces']> {
    return { t: Date.now() / 1000, interfaces: await surveyInterfaces() }
  }

  async liveCheck(asked: { filter: string; interface?: string; backend?: LiveStatus['backend'] & string }): Promise<Answers['liveCheck']> {
    const backend = asked.backend === 'synthetic' ? undefined : asked.backend
    const { checked, words, problem } = await checkFilter(asked.filter, asked.interface, backend)
    if (problem !== null) throw new ContractFailure('bad-filter', problem.message, problem.hint)
    return { checked, words }
  }

  liveStatus(): LiveStatus {
    return this.status
  }

  liveFeed({ after, limit }: { after: number; limit: number }): Answers['liveFeed'] {
    return { events: this.events.filter((entry) => entry.number > after).slice(-limit) }
  }

  liveRates(): Answers['liveRates'] {
    return { points: this.points }
  }

  liveStart(asked: Parameters_<'liveStart'>): Promise<LiveStatus> {
    return this.inTurn(() => this.start(asked))
  }

  liveStop(): Promise<LiveStatus> {
    return this.inTurn(() => this.stop())
  }

  liveRestart(): Promise<LiveStatus> {
    return this.inTurn(async () => {
      const { asked } = this
      if (asked === null) throw new ContractFailure('not-found', 'nothing was captured yet', 'Start a capture first.')
      await this.stop()
      const file = asked.file === undefined ? undefined : nextName(asked.file)
      return this.start({ ...asked, file })
    })
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work)
    this.turn = mine.catch(() => {})
    return mine
  }

  liveSave({ path }: { path: string }): LiveStatus {
    const { files } = this.status
    if (files.length === 0) throw new ContractFailure('not-found', 'there is nothing to be saved', 'Start a capture first.')
    const target = resolve(path)
    const names = files.length === 1 ? [target] : files.map((file) => join(dirname(target), basename(file)))
    for (const [at, from] of files.entries()) {
      try {
        copyFileSync(from, names[at] as string, constants.COPYFILE_EXCL)
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        const words =
          code === 'EEXIST'
            ? 'exists already'
            : code === 'ENOENT'
              ? 'its folder does not exist'
              : code === 'ENOSPC'
                ? 'the disk is full'
                : message
        throw new ContractFailure('bad-request', `${names[at]}: ${words}`, 'Choose another name: nothing is overwritten.')
      }
    }
    this.become({ saved: names.length === 1 ? target : dirname(target) })
    return this.status
  }

  liveForget({ file }: { file: string }): LiveStatus {
    const named = (note: CaptureNote): boolean => leftover(note).file === file
    for (const note of this.leftovers.filter(named)) {
      removeNote(this.folder, note.id)
      removeTemporary(note.spec)
    }
    this.leftovers = this.leftovers.filter((note) => !named(note))
    this.become({ leftovers: this.leftovers.map(leftover) })
    return this.status
  }

  // ------------------------------------------------------------------ begin and end

  private async start(asked: Parameters_<'liveStart'>): Promise<LiveStatus> {
    if (this.busy) throw new ContractFailure('busy', 'a capture is running already', 'Stop it first.')
    this.forgetFile()
    this.asked = asked
    const spec = specOf(asked)
    this.spec = spec
    const id = `c${randomBytes(8).toString('hex')}`
    this.events = []
    this.points = []
    this.status = { ...IDLE, leftovers: this.status.leftovers }
    this.become({ state: 'starting', interfaces: spec.interfaces, filter: spec.filter, temporary: spec.temporary, backend: spec.backend })
    try {
      await this.launch(id, spec)
      await new Promise<void>((resolve, reject) => {
        this.begun = { resolve, reject: (problem) => reject(asFailure(problem)) }
        this.say({ kind: 'start' })
      })
    } catch (error) {
      this.forgetFile()
      const failure = error instanceof ContractFailure ? error : asFailure({ kind: 'other', message: (error as Error).message, hint: '' })
      this.become({ state: 'failed', problem: { kind: 'other', message: failure.message, hint: failure.hint } })
      throw failure
    } finally {
      this.begun = null
    }
    return this.status
  }

  /** The process is apart from this one, and stays when this one goes. */
  private async launch(id: string, spec: CaptureSpec): Promise<void> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    const { command, args } = ownProcess('capture-process')
    const child = spawn(command, [...args, this.folder, id], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, windowsHide: true })
    let gone: Error | null = null
    child.on('error', (error) => {
      gone = error
    })
    child.on('exit', (code) => {
      gone ??= new Error(`the capture process ended at once (code ${code})`)
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(JSON.stringify(spec))
    child.unref()
    const until = performance.now() + CONNECT_MILLISECONDS
    for (;;) {
      if (gone !== null) throw gone
      const socket = await tryConnect(socketPath(this.folder, id))
      if (socket !== null) {
        this.attach(socket)
        return
      }
      if (performance.now() > until) throw new Error('the capture process does not answer')
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  private attach(socket: Socket): void {
    this.socket = socket
    onLines<FromCapture>(socket, (message) => this.onMessage(message))
    socket.on('close', () => {
      if (this.socket !== socket) return
      this.socket = null
      this.onGone()
    })
  }

  /** The capture process is gone without a word: killed. What it wrote is there. */
  private onGone(): void {
    this.begun?.reject({ kind: 'other', message: 'the capture process ended before it began', hint: 'Start the capture again.' })
    if (!this.busy) return
    const message = 'the capture process was ended from outside: nothing more is captured; what was written until then can be read'
    this.become({
      state: 'stopped',
      ended: Date.now() / 1000,
      analysis: 'off',
      problem: { kind: 'ended', message, hint: 'Start the capture again.' },
    })
    this.follow({ kind: 'finish' })
    if (this.note !== null) removeNote(this.folder, this.note.id)
    this.over?.()
  }

  private async stop(): Promise<LiveStatus> {
    if (!this.busy) return this.status
    this.become({ state: 'stopping' })
    const over = new Promise<void>((resolve) => {
      this.over = resolve
    })
    this.say({ kind: 'stop' })
    await over
    this.over = null
    return this.status
  }

  // ------------------------------------------------------------------ what it says

  private say(message: ToCapture): void {
    if (this.socket !== null) sendLine(this.socket, message)
  }

  private onMessage(message: FromCapture): void {
    switch (message.kind) {
      case 'hello': {
        const { note, state, events, points } = message
        this.note = note
        this.spec = note.spec
        if (state === 'waiting') return
        this.events = events
        this.points = points
        const { interfaces, filter, temporary, backend } = note.spec
        this.status = { ...IDLE, interfaces, filter, temporary, backend, started: note.started, leftovers: this.status.leftovers }
        for (const entry of events) this.learn(entry)
        this.become({ state: state === 'running' ? 'running' : 'stopping', analysis: 'running' })
        return
      }
      case 'started':
        this.become({ state: 'running', started: Date.now() / 1000, analysis: 'running' })
        this.begun?.resolve()
        return
      case 'failed':
        this.socket = null
        this.begun?.reject(message.problem)
        return
      case 'event':
        this.events.push(message.entry)
        if (this.events.length > KEPT_EVENTS) this.events.shift()
        this.learn(message.entry)
        this.push('liveEvent', message.entry)
        return
      case 'second':
        this.points = addPoint(this.points, message.point)
        this.push('livePoint', message.point)
        this.become({ counts: message.counts, analysis: message.analysis })
        return
      case 'analyze':
        this.follow({ kind: 'begin', path: message.path, name: basename(message.path) })
        return
      case 'order':
        this.follow(message.order)
        return
      case 'ended': {
        const { why, files } = message.summary
        if (this.note !== null) {
          this.note.summary = message.summary
          removeNote(this.folder, this.note.id)
        }
        const words = this.events.findLast((entry) => entry.type === 'problem')
        const problem = why === 'asked' || why === 'through' || words?.type !== 'problem' ? null : words.problem
        const counts = finalCounts(message.summary, this.status.counts)
        this.become({ state: 'stopped', ended: Date.now() / 1000, stopReason: why, files, analysis: 'off', problem, counts })
        this.say({ kind: 'bye' })
        this.socket = null
        this.over?.()
        return
      }
      case 'taken':
        this.socket = null
    }
  }

  private learn(entry: LiveFeedEntry): void {
    const part: Partial<LiveStatus> = { events: entry.number }
    if (entry.type === 'capture-started')
      Object.assign(part, { backend: entry.backend, why: entry.why, clock: entry.clock, links: entry.links, interfaces: entry.interfaces })
    else if (entry.type === 'file') part.files = [...this.status.files, entry.path]
    else if (entry.type === 'file-removed') part.files = this.status.files.filter((path) => path !== entry.path)
    this.status = { ...this.status, ...part }
  }

  /** The engine's answer about what it follows. */
  onAnswer(answer: AnalysisAnswer): void {
    this.say({ kind: 'answer', answer })
  }

  /** The engine died; the capture process will have it begin again. */
  onEngineLost(error: ContractError): void {
    if (this.busy) this.say({ kind: 'analysis-lost', why: error.message })
  }

  // ------------------------------------------------------------------ hosts that come and go

  /** Goes on with a capture whose host is gone, and tells of those that have ended since. */
  async adopt(): Promise<void> {
    for (const note of readNotes(this.folder)) {
      // one that has ended says no more, though its process may take a moment to go
      const socket = note.summary === null && isRunning(note.pid) ? await tryConnect(note.socket) : null
      if (socket !== null) {
        if (this.busy || this.socket !== null) socket.destroy()
        else this.attach(socket)
        continue
      }
      if (note.summary === null && !(await ends(note.pid))) continue
      if (note.summary?.files.some((file) => existsSync(file)) || existsSync(note.spec.file)) this.leftovers.push(note)
      else removeNote(this.folder, note.id)
    }
    if (this.leftovers.length > 0) this.become({ leftovers: this.leftovers.map(leftover) })
  }

  /** A file that was not saved goes, once something else takes its place. */
  forgetFile(): void {
    if (this.busy) return
    if (this.spec !== null) removeTemporary(this.spec)
    this.spec = null
    this.note = null
    if (this.status.state !== 'idle') this.status = { ...IDLE, leftovers: this.status.leftovers }
  }

  /** The host ends as it should: so does the capture. One whose file was not saved stays on the disk for the next start to find. */
  async close(): Promise<void> {
    if (this.busy) {
      const ended = this.stop()
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LAST_MILLISECONDS))])
    }
    this.socket?.destroy()
    const { note } = this
    const some = this.status.files.length > 0 && note?.summary?.packets !== 0
    if (note?.spec.temporary === true && this.status.saved === null && some) writeNote(this.folder, note)
    else this.forgetFile()
  }
}
