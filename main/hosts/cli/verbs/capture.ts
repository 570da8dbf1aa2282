/**
 * `rehome capture`: captures, records and says what happens while it happens. stdout carries events only: lines for people, or one JSON object
 * a line. Ctrl+C ends it and keeps everything; a second one ends it at once. Exit 1: a check asked for failed (--fail-on, or --until-rehoming
 * that saw none); 4: capturing is not allowed or not installed here.
 */

import { escapeText } from '../../../../dissectors/core/values.ts'
import { protocolName } from '../../../../shared/protocol-words.ts'
import type { FindingReport } from '../../../../shared/report.ts'
import { analysisInWorker, analysisNowhere } from '../../../capture/analysis-host.ts'
import { choose } from '../../../capture/choose.ts'
import type { LiveEvent, LiveSummary, StopReason } from '../../../capture/events.ts'
import { watchLinks } from '../../../capture/link-watch.ts'
import { LiveCapture } from '../../../capture/live.ts'
import type { BackendName, CaptureProblem, Drops } from '../../../capture/source.ts'
import { CaptureFailure } from '../../../capture/source.ts'
import { jsonLine } from '../../../export/escape.ts'
import { milliseconds, plural } from '../../../export/words.ts'
import { cannotWrite, Exit, Failure } from '../failure.ts'
import { type Paint, paintFor } from '../output.ts'

export interface CaptureCommand {
  interface: string[]
  filter?: string
  write?: string
  ringSize?: number
  ringSeconds?: number
  ringFiles?: number
  duration?: number
  untilRehoming?: boolean
  failOn?: FindingReport['severity']
  backend?: BackendName
  remote?: string
  remoteProgram?: 'dumpcap' | 'tcpdump'
  /** false: only record */
  analysis?: boolean
  json?: boolean
}

const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const

export async function capture(options: CaptureCommand): Promise<void> {
  const ring = ringOf(options)
  onlyRecording(options)
  try {
    const choice = choose({ backend: options.backend, remote: options.remote, remoteProgram: options.remoteProgram })
    const away = choice.backend === 'ssh' || choice.backend === 'follow'
    let live: LiveCapture | null = null
    const paint = paintFor(process.stdout)
    const onEvent = (event: LiveEvent): void => {
      process.stdout.write(options.json === true ? jsonLine(event) : eventLines(event, paint))
      if (options.untilRehoming === true && event.type === 'rehoming') void live?.stop('rehoming')
    }
    live = new LiveCapture(
      {
        interfaces: options.interface,
        filter: options.filter ?? null,
        choice,
        file: options.write ?? null,
        ring,
        links: away ? null : watchLinks,
        analysis: options.analysis === false ? analysisNowhere : analysisInWorker,
      },
      onEvent,
    )
    const summary = await fromStartToEnd(live, options.duration)
    process.exitCode = exitCode(summary, options)
  } catch (error) {
    throw asFailure(error, options)
  }
}

function ringOf(options: CaptureCommand): { bytes?: number; seconds?: number; files?: number } | null {
  const { ringSize, ringSeconds, ringFiles, write } = options
  if (ringSize === undefined && ringSeconds === undefined && ringFiles === undefined) return null
  if (write === undefined) throw new Failure(Exit.Usage, 'ring files need a name', 'Add -w FILE.')
  if (ringSize === undefined && ringSeconds === undefined)
    throw new Failure(Exit.Usage, '--ring-files says how many, not when the next one begins', 'Add --ring-size MB or --ring-seconds S.')
  return { bytes: ringSize === undefined ? undefined : ringSize * 1_000_000, seconds: ringSeconds, files: ringFiles }
}

function onlyRecording({ analysis, write, untilRehoming, failOn }: CaptureCommand): void {
  if (analysis !== false) return
  if (write === undefined) throw new Failure(Exit.Usage, 'a capture that is not analyzed needs a file', 'Add -w FILE.')
  const asked = untilRehoming === true ? '--until-rehoming' : failOn === undefined ? null : '--fail-on'
  if (asked !== null) throw new Failure(Exit.Usage, `${asked} needs the analysis`, 'Leave out --no-analysis.')
}

/** A signal counts from the first moment: while the capture begins, it ends it as soon as it has begun. */
async function fromStartToEnd(live: LiveCapture, duration: number | undefined): Promise<LiveSummary> {
  let asked = 0
  let begun = false
  const onSignal = (): void => {
    if (++asked > 1) process.exit(130)
    if (begun) void live.stop('asked')
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  let timer: NodeJS.Timeout | undefined
  try {
    await live.start()
    begun = true
    if (asked > 0) void live.stop('asked')
    if (duration !== undefined) timer = setTimeout(() => void live.stop('duration'), duration * 1000)
    return await live.ended
  } finally {
    clearTimeout(timer)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, onSignal)
  }
}

function exitCode(summary: LiveSummary, options: CaptureCommand): Exit {
  if (summary.why === 'disk' || summary.why === 'analysis') return Exit.Input
  if (options.untilRehoming === true && summary.rehomings === 0) return Exit.CheckFailed
  if (options.failOn === undefined) return Exit.Done
  const least = SEVERITIES.indexOf(options.failOn)
  return SEVERITIES.some((severity, at) => at >= least && summary.findings[severity] > 0) ? Exit.CheckFailed : Exit.Done
}

function asFailure(error: unknown, options: CaptureCommand): unknown {
  if (error instanceof CaptureFailure) {
    const { kind, message, hint } = error.problem
    const exit =
      kind === 'permission' || kind === 'not-installed' ? Exit.Permission : kind === 'other' || kind === 'ended' ? Exit.Input : Exit.Usage
    return new Failure(exit, message, hint)
  }
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException
  if (code === 'EEXIST')
    return new Failure(
      Exit.Usage,
      `${path ?? options.write}: exists already and is not overwritten`,
      'Name another file, or remove it first.',
    )
  if (code !== undefined && options.write !== undefined && /^E[A-Z]+$/.test(code)) return cannotWrite(options.write, error)
  return error
}

// ------------------------------------------------------------------ lines for people

function eventLines(event: LiveEvent, paint: Paint): string {
  const lines = wordsOf(event, paint)
  if (lines.length === 0) return ''
  const time = new Date(event.t * 1000).toISOString().slice(11, 23)
  return lines.map((line, at) => `${at === 0 ? paint.dim(time) : ' '.repeat(12)}  ${line}\n`).join('')
}

function wordsOf(event: LiveEvent, paint: Paint): string[] {
  switch (event.type) {
    case 'capture-started':
      return [
        `${paint.bold('capturing')} on ${event.interfaces.map(escapeText).join(', ')} with ${event.backend} (${escapeText(event.why)}), time by ${event.clock}, links by ${event.links}${event.file === null ? '' : `, into ${escapeText(event.file)}`}`,
      ]
    case 'interface-described':
    case 'file':
      return []
    case 'file-removed':
      return [`ring: ${escapeText(event.path)} removed`]
    case 'interface-lost':
      return [`${paint.yellow('lost')} ${escapeText(event.interface)}: ${escapeText(event.problem.message)}; waiting for it`]
    case 'interface-resumed':
      return [
        `${paint.green('back')} ${escapeText(event.interface)}${event.was === event.interface ? '' : `, which was ${escapeText(event.was)}`}`,
      ]
    case 'session-opened':
    case 'session-closed': {
      const { session } = event
      const plain = session.protocol === 'udp' || session.protocol === 'tcp' || session.protocol === 'dns'
      if (plain && session.rehomings === 0) return []
      const what = event.type === 'session-opened' ? 'opened' : session.state
      const end = (list: string[], port: number | null): string => `${list.join(', ')}${port === null ? '' : ` port ${port}`}`
      const ends = `${end(session.initiator, session.initiatorPort)} -> ${end(session.responder, session.responderPort)}`
      return [`${session.id} ${paint.bold(protocolName(session.protocol))} ${what}: ${escapeText(ends)}`]
    }
    case 'rehoming': {
      const { rehoming } = event
      const from = `${rehoming.from.initiator} - ${rehoming.from.responder}`
      const to = `${rehoming.to.initiator} - ${rehoming.to.responder}`
      const words = rehoming.headline ?? `moved from ${from} to ${to} (${rehoming.trigger.class})`
      return [`${paint.red(rehoming.label)} ${rehoming.session}: ${escapeText(words)}`, `frames ${rehoming.frames.join(', ')}`]
    }
    case 'stalled': {
      const since = new Date(event.since * 1000).toISOString().slice(11, 23)
      const where = event.interface === null ? '' : ` on ${event.interface}`
      return [
        `${paint.red('stalled')} ${event.session}: nothing gets through${escapeText(where)} since ${since}: ${escapeText(event.text)}`,
      ]
    }
    case 'interruption': {
      const { ms, pair, text, frames } = event.interruption
      const where = pair === null ? '' : ` on ${pair.interface ?? `${pair.initiator} - ${pair.responder}`}`
      return [
        `${paint.red('interrupted')} ${event.session}: nothing got through${escapeText(where)} for ${milliseconds(ms)} ${escapeText(text)}; it went on there`,
        `frames ${frames.join(', ')}`,
      ]
    }
    case 'finding':
      return [`${paint.yellow(event.finding.severity)} ${event.finding.rule}: ${escapeText(event.finding.title)}`]
    case 'link':
      return event.link.what === 'other' ? [] : [`${paint.cyan('link')} ${escapeText(event.link.message)}`]
    case 'drops':
      return [`${paint.yellow('drops')} ${escapeText(event.interface)}: ${dropsText(event.drops)}`]
    case 'lag':
      return [event.seconds === 0 ? 'the analysis has caught up' : `the analysis is ${event.seconds.toFixed(1)} s behind; nothing is lost`]
    case 'problem':
      return [`${paint.red('problem')} ${escapeText(problemText(event.problem))}`]
    case 'capture-stopped':
      return stoppedWords(event, paint)
  }
}

function problemText({ message, hint }: CaptureProblem): string {
  return hint === '' ? message : `${message}. ${hint}`
}

function dropsText(drops: Drops): string {
  return `kernel ${drops.kernel}, interface ${drops.interface}, application ${drops.app}`
}

const WHY: Record<StopReason, string> = {
  asked: 'as asked',
  duration: 'after the time given',
  rehoming: 'with the first rehoming',
  through: 'because the source is through',
  disk: 'because the disk is full or failed',
  analysis: 'because the analysis failed',
}

function stoppedWords(event: LiveEvent & { type: 'capture-stopped' }, paint: Paint): string[] {
  const late = event.late === 0 ? '' : `, ${event.late} of them late`
  const found =
    event.analyzed === 0 && event.packets > 0
      ? 'nothing analyzed'
      : `${plural(event.sessions, 'session')}, ${plural(event.rehomings, 'rehoming')}`
  return [
    `${paint.bold('stopped')} ${WHY[event.why]}: ${event.packets} packets${late}, ${found}`,
    ...event.interfaces.map((one) => `${escapeText(one.name)}: ${one.packets} packets, dropped: ${dropsText(one.drops)}`),
    ...event.files.map((path) => escapeText(path)),
  ]
}
