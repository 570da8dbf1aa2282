/**
 * The engine of one window: one capture at a time, opened, read, asked. Every host drives it through `dispatch`.
 * Opening another capture gives up the one before; queries during pass 1 see the rows and sessions that are there.
 * Refuses with ContractFailure only. Holds: the index, the analysis, at most eight filter results and the spool of an upload.
 */
import { basename } from 'node:path'
import type { Answers, Parameters_, Status } from '../../shared/contract.ts'
import { type AnalysisAnswer, type AnalysisOrder, LiveAnalysis } from '../capture/live-analysis.ts'
import { loadProfiles } from '../profiles/load.ts'
import { ContractFailure, contractError } from './failure.ts'
import { Following } from './follow.ts'
import { IndexColumns } from './index-columns.ts'
import { KeptFilters } from './kept-filters.ts'
import { type Capture, closeCapture, epochSeconds, openCapture } from './open.ts'
import { asGiven, deferred, emptyStatus, FindingsSoFar, type Opening, tryOut } from './opening.ts'
import { captureReports } from './queries/capture-facts.ts'
import { exportSession } from './queries/export-session.ts'
import { fieldNames } from './queries/field-names.ts'
import { fieldColumns } from './queries/field-values.ts'
import { compileOrFail, runFilter } from './queries/filter.ts'
import { hostReports } from './queries/kept-answers.ts'
import { packetDetail } from './queries/packet.ts'
import { positionOf, rowWindow } from './queries/rows.ts'
import { SessionOrder, sessionDetail, sessionList } from './queries/sessions.ts'
import { timelineSlice } from './queries/timeline.ts'
import { Redissector } from './redissect.ts'
import { Saves } from './saving.ts'
import { givenSite, readSite } from './site.ts'
import { readTextFile } from './text-files.ts'
import { Upload } from './upload.ts'

const PROGRESS_MILLISECONDS = 100
/** ms: whoever opened a capture asks for its first rows before the engine is at work again for as long as a cold one takes for the next packets */
const FIRST_LOOK = 20
/** the same once there is more to tell than numbers */
const FINDINGS_MILLISECONDS = 500
/** sessions that are looked at one by one each second while a capture grows */
const COUNTED_SESSIONS = 20_000

/** What belongs to one opened capture. */
interface Opened {
  capture: Capture
  columns: IndexColumns
  redissector: Redissector
  order: SessionOrder
}

export type EngineEvent = 'progress' | 'ready'

/** What the host tells about the live capture: that one begins, then how it goes on. */
export type FollowOrder = AnalysisOrder | { kind: 'begin'; path: string; name: string }

export class Engine {
  private opened: Opened | null = null
  /** how the capture that is open, or being opened, was asked for; null while a live one is followed */
  private asked: Opening | null = null
  /** number of the opening, for screens that must know that everything is new */
  private run = 0
  private status_: Status = emptyStatus()
  /** aborts the opening that is under way */
  private opening: { abort: AbortController; done: Promise<void>; replaced: boolean } | null = null
  /** openings wait for each other: one capture at a time */
  private turn: Promise<unknown> = Promise.resolve()
  private filtering: AbortController | null = null
  private readonly filters = new KeptFilters()
  private readonly uploads = new Upload()
  private readonly saves = new Saves()
  private following: { analysis: LiveAnalysis; kept: Following } | null = null
  /** where answers about a capture that is followed go */
  onLive: (answer: AnalysisAnswer) => void = () => {}
  private readonly listeners: Record<EngineEvent, Set<(value: Status) => void>> = { progress: new Set(), ready: new Set() }

  on(event: EngineEvent, listener: (value: Status) => void): () => void {
    this.listeners[event].add(listener)
    return () => this.listeners[event].delete(listener)
  }

  private tell(event: EngineEvent): void {
    for (const listener of this.listeners[event]) listener(this.status_)
  }

  // ------------------------------------------------------------------ opening

  async open(parameters: Parameters_<'open'>): Promise<Status> {
    const { path, netlink, keys = [], profiles = [], site } = parameters
    return this.openAs({ path, name: basename(path), netlink, keys, profiles, site: null, sitePath: site })
  }

  private openAs(asked: Opening): Promise<Status> {
    const mine = this.turn.then(() => this.begin(asked))
    this.turn = mine.catch(() => {})
    return mine
  }

  private async begin(asked: Opening): Promise<Status> {
    if (this.opened !== null || this.following !== null)
      await tryOut(asked).catch((error) => {
        if (asked.uploaded) this.uploads.refused()
        throw error
      })
    await this.leave()
    if (asked.uploaded) this.uploads.opened()
    else this.uploads.forget()
    this.asked = asked
    const abort = new AbortController()
    this.status_ = { ...emptyStatus(), state: 'opening', path: asked.path, name: asked.name, run: ++this.run }
    const begun = deferred<void>()
    const done = this.read(asked, abort.signal, begun.resolve).then(begun.resolve, begun.reject)
    this.opening = { abort, done, replaced: false }
    await begun.promise
    return this.status_
  }

  private async read(asked: Opening, signal: AbortSignal, begun: () => void): Promise<void> {
    let told = 0
    const soFar = new FindingsSoFar(() => this.opened?.capture.analyzer.findings() ?? [])
    try {
      const log = asked.netlink === undefined ? undefined : await readTextFile(asked.netlink, 'link log')
      const keyLogs = await Promise.all(asked.keys.map((key) => readTextFile(key, 'key log')))
      if (asked.sitePath !== undefined) {
        asked.site = await readSite(asked.sitePath)
        asked.sitePath = undefined
      }
      const { profiles, warnings } = await loadProfiles(asked.profiles)
      const capture = await openCapture([asked.path], {
        netlink: log,
        keys: keyLogs,
        profiles,
        site: asked.site ?? undefined,
        signal,
        onBegin: (first) => {
          this.adopt(first)
          // rows can be asked for from here on
          this.status_ = { ...this.status_, packets: first.index.rows }
          begun()
          return new Promise((resolve) => setTimeout(resolve, FIRST_LOOK))
        },
        onProgress: (bytesRead, bytesTotal, packets) => {
          this.status_ = { ...this.status_, bytesRead, bytesTotal, packets }
          if (Date.now() - told < (this.status_.findings.length > 0 ? FINDINGS_MILLISECONDS : PROGRESS_MILLISECONDS)) return
          told = Date.now()
          if (this.opened !== null) this.status_ = { ...this.status_, ...this.factsSoFar(this.opened.capture), findings: soFar.look() }
          this.tell('progress')
        },
      })
      capture.warnings.unshift(...warnings)
      if (this.opened?.capture !== capture) this.adopt(capture)
      this.settle(this.finalStatus(capture))
    } catch (error) {
      this.drop()
      const { code, message, hint, position } = contractError(error)
      const failure = new ContractFailure(code, asGiven(message, this.status_.path, this.status_.name), hint, position)
      this.settle({ ...this.status_, state: 'failed', error: contractError(failure) })
      throw failure
    }
  }

  /** The opening has ended, one way or another; listeners hear of it unless another one is taking its place. */
  private settle(status: Status): void {
    const replaced = this.opening?.replaced === true
    this.opening = null
    this.status_ = status
    if (!replaced) this.tell('ready')
  }

  private adopt(capture: Capture): void {
    this.opened = { capture, columns: new IndexColumns(capture), redissector: new Redissector(capture), order: new SessionOrder(capture) }
  }

  private finalStatus(capture: Capture): Status {
    const facts = captureReports(capture)[0] ?? null
    return {
      ...this.status_,
      state: capture.complete ? 'ready' : 'cancelled',
      bytesRead: capture.files[0]?.facts.bytesRead ?? 0,
      bytesTotal: capture.files[0]?.facts.bytesTotal ?? 0,
      packets: capture.index.rows,
      error: null,
      warnings: capture.warnings.map((warning) => asGiven(warning, this.status_.path, this.status_.name)),
      capture: facts,
      start: capture.first === null ? null : epochSeconds(capture, capture.first),
      end: capture.last === null ? null : epochSeconds(capture, capture.last),
      zero: capture.first === null ? null : epochSeconds(capture, 0),
      sessions: this.opened?.capture === capture ? this.opened.order.numbers().length : capture.analyzer.sessionCount,
      rehomings: capture.analyzer.rehomings().length,
      findings: capture.analyzer.findings(),
    }
  }

  /** Gives up what is being read, and closes what is open. */
  private async leave(): Promise<void> {
    const { opening } = this
    if (opening !== null) {
      opening.replaced = true
      opening.abort.abort()
      await opening.done.catch(() => {})
    }
    this.drop()
    this.asked = null
    this.status_ = emptyStatus()
  }

  private drop(): void {
    this.filtering?.abort()
    this.filtering = null
    this.filters.clear()
    this.saves.drop()
    this.following = null
    if (this.opened !== null) closeCapture(this.opened.capture)
    this.opened = null
  }

  // ------------------------------------------------------------------ following

  /** Takes the next word about the live capture. One that begins takes the place of whatever is open. */
  follow(order: FollowOrder): void {
    if (order.kind === 'begin') {
      const mine = this.turn.then(() => this.beginFollowing(order.path, order.name))
      this.turn = mine.catch(() => {})
      return
    }
    // in the order they came: an opening that is being given up is waited for
    this.turn = this.turn.then(() => this.following?.analysis.take(order))
  }

  private async beginFollowing(path: string, name: string): Promise<void> {
    this.uploads.forget()
    await this.leave()
    this.status_ = { ...emptyStatus(), state: 'live', path, name, run: ++this.run }
    const kept = new Following(
      (capture) => this.adopt(capture),
      () => this.tellLive(),
    )
    const analysis: LiveAnalysis = new LiveAnalysis((answer) => {
      if (this.following?.analysis !== analysis) return
      if (answer.kind === 'progress') this.status_ = { ...this.status_, bytesRead: answer.bytes, bytesTotal: answer.bytes }
      if (answer.kind === 'finished') this.followed(kept)
      this.onLive(answer)
    }, kept)
    this.following = { analysis, kept }
    this.tell('progress')
  }

  private tellLive(): void {
    const { following } = this
    const capture = following?.kept.capture ?? null
    if (following === null || capture === null) return
    this.status_ = {
      ...this.status_,
      ...this.factsSoFar(capture),
      sessions: this.shownSessions(capture),
      findings: [...following.kept.findings],
    }
    this.tell('progress')
  }

  private factsSoFar(capture: Capture): Partial<Status> {
    return {
      packets: capture.index.rows,
      start: capture.first === null ? null : epochSeconds(capture, capture.first),
      end: capture.last === null ? null : epochSeconds(capture, capture.last),
      zero: capture.first === null ? null : epochSeconds(capture, 0),
      sessions: capture.analyzer.sessionCount,
      rehomings: capture.analyzer.moveCount,
    }
  }

  /** Sessions that have a line of their own; where counting these would cost, all numbers that were given. */
  private shownSessions(capture: Capture): number {
    const { sessionCount } = capture.analyzer
    return sessionCount > COUNTED_SESSIONS || this.opened?.capture !== capture ? sessionCount : this.opened.order.numbers().length
  }

  /** The capture has ended: from here on it is a file that was read. */
  private followed(kept: Following): void {
    this.following = null
    const { capture } = kept
    if (capture === null) {
      this.settle({ ...this.status_, state: 'empty' })
      return
    }
    capture.complete = true
    capture.settled = true
    const { path, name, bytesRead: bytes } = this.status_
    // one file that holds all of it can be read again; a ring whose first files are gone cannot
    const whole = path !== null && name !== null && capture.files.length === 1 && capture.files[0]?.path === path
    this.asked = whole ? { path, name, keys: [], profiles: [], site: null } : null
    this.adopt(capture)
    this.filters.clear()
    this.settle({ ...this.finalStatus(capture), bytesRead: bytes, bytesTotal: bytes })
  }

  async upload(parameters: Parameters_<'upload'>): Promise<Answers['upload']> {
    const received = this.uploads.take(parameters)
    if (!parameters.last) return { received, status: null }
    const path = this.uploads.finish()
    return { received, status: await this.openAs({ path, name: parameters.name, keys: [], profiles: [], site: null, uploaded: true }) }
  }

  /** The prefixes of the site are part of every verdict, so the capture is read again from its begin. */
  async setSite(parameters: Parameters_<'setSite'>): Promise<Status> {
    if (this.following !== null) throw new ContractFailure('busy', 'a live capture is running', 'Stop it, then say what the site is.')
    const { asked } = this
    if (asked === null && this.opened === null) throw new ContractFailure('not-found', 'no capture is open', 'Open a capture first.')
    if (asked === null) throw new ContractFailure('unreadable', 'this capture cannot be read again as a whole', 'Open its files again.')
    let site = parameters.site === null ? null : givenSite(parameters.site)
    // Thresholds are not edited here: those of the file that was given stay, whatever is said of the site.
    const thresholds = site?.thresholds ?? asked.site?.thresholds
    if (thresholds !== undefined) site = { interfaces: site?.interfaces ?? [], thresholds }
    return this.openAs({ ...asked, site, sitePath: undefined })
  }

  async cancel(): Promise<Status> {
    this.filtering?.abort()
    const { opening } = this
    if (opening !== null) {
      opening.abort.abort()
      await opening.done.catch(() => {})
    }
    return this.status_
  }

  status(): Status {
    return this.status_
  }

  async close(): Promise<void> {
    await this.leave()
    this.uploads.forget()
  }

  // ------------------------------------------------------------------ asking

  private get now(): Opened {
    if (this.opened === null) throw new ContractFailure('not-found', 'no capture is open', 'Open a capture first.')
    return this.opened
  }

  sessions(parameters: { offset: number; limit: number; text?: string; grouped?: boolean }): Answers['sessions'] {
    const { capture, order } = this.now
    return sessionList(capture, order, parameters)
  }

  session(parameters: { id: string }): Answers['session'] {
    return sessionDetail(this.now.capture, parameters.id)
  }

  hosts(parameters: { limit: number }): Answers['hosts'] {
    const { capture } = this.now
    const all = hostReports(capture)
    const multihomed = all.filter((host) => host.case !== 'none')
    const others = all.filter((host) => host.case === 'none')
    return {
      total: all.length,
      multihomed: multihomed.length,
      hosts: [...multihomed, ...others].slice(0, parameters.limit),
      site: capture.analyzer.site(),
    }
  }

  network(): Answers['network'] {
    return this.now.capture.analyzer.network()
  }

  limits(): Answers['limits'] {
    return this.now.capture.analyzer.limits()
  }

  site(): Answers['site'] {
    const given = this.asked?.site ?? null
    return { interfaces: this.now.capture.analyzer.site(), given: given === null || given.interfaces.length === 0 ? null : given }
  }

  timeline(parameters: { session: string; from: number; to: number; width: number }): Answers['timeline'] {
    return timelineSlice(this.now.capture, parameters.session, parameters.from, parameters.to, parameters.width)
  }

  async filter(parameters: { text: string; check?: boolean }): Promise<Answers['filter']> {
    const begin = performance.now()
    const compiled = compileOrFail(parameters.text)
    if (parameters.check === true) return { id: '', count: 0, milliseconds: performance.now() - begin }
    const { capture, columns } = this.now
    const { settled } = capture
    const known = settled ? this.filters.byText(parameters.text) : undefined
    if (known !== undefined) return { id: known.id, count: known.rows.length, milliseconds: performance.now() - begin }
    this.filtering?.abort()
    const abort = new AbortController()
    this.filtering = abort
    const rows = await runFilter(capture, columns, compiled, abort.signal)
    if (this.filtering === abort) this.filtering = null
    return { id: this.filters.keep(parameters.text, rows, settled), count: rows.length, milliseconds: performance.now() - begin }
  }

  rows(parameters: { filter: string | null; from: number; count: number; columns?: string[] }): Answers['rows'] {
    const { capture, redissector, columns } = this.now
    const { filter, from, count } = parameters
    return rowWindow(capture, redissector, columns, this.filters.rows(filter), from, count, fieldColumns(parameters.columns ?? []))
  }

  find(parameters: { filter: string | null; frame: number }): Answers['find'] {
    return { index: positionOf(this.now.capture, this.filters.rows(parameters.filter), parameters.frame) }
  }

  packet(parameters: { frame: number }): Answers['packet'] {
    const { capture, redissector, columns } = this.now
    if (parameters.frame > capture.index.rows)
      throw new ContractFailure('not-found', `there is no frame ${parameters.frame}`, `The capture has frames 1 to ${capture.index.rows}.`)
    return packetDetail(capture, redissector, columns, parameters.frame - 1)
  }

  fields(parameters: { prefix: string; limit: number }): Answers['fields'] {
    return fieldNames(parameters.prefix, parameters.limit)
  }

  async exportSession(parameters: Parameters_<'exportSession'>): Promise<Answers['exportSession']> {
    return exportSession(this.now.capture, this.status_.name ?? 'capture', parameters.session, parameters.format)
  }

  saveBegin(parameters: Parameters_<'saveBegin'>): Answers['saveBegin'] {
    return this.saves.begin(this.now.capture, this.filters.rows(parameters.filter ?? null), this.status_.name ?? 'capture', parameters)
  }

  savePart(parameters: Parameters_<'savePart'>): Answers['savePart'] {
    return this.saves.part(parameters.id)
  }

  saveCancel(parameters: Parameters_<'saveCancel'>): Answers['saveCancel'] {
    this.saves.cancel(parameters.id)
    return {}
  }
}
