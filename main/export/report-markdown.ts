/**
 * The whole report as Markdown (CommonMark with GitHub's tables), for issues and wikis: captures, sessions worst first, each
 * rehoming with its causes, findings, limits. Texts from captures cannot become markup, links or HTML.
 * Bounded: 200 sessions in the table, 50 in full, 40 timeline rows each; the rest is counted.
 */
import type { Report } from '../../shared/report.ts'
import { findingsWorstFirst } from '../../shared/severity.ts'
import { markdownText } from './escape.ts'
import { limitLines } from './report-html.ts'
import { eventful, orderReport, sessionLine } from './report-order.ts'
import { type SessionExport, timeZero, zeroOf } from './session-export.ts'
import {
  count,
  factsOf,
  firstOf,
  frameWords,
  further,
  headlineOf,
  interfaceTexts,
  isoTime,
  metric,
  milliseconds,
  moment,
  moveWords,
  outageWords,
  pairText,
  plural,
  unknown,
} from './words.ts'

const tableLimit = 200
const fullLimit = 50
const timelineLimit = 40
/** rehomings and findings of one session */
const cardLimit = 100
/** candidates of one rehoming */
const causeLimit = 8

/** A table; cells are plain text. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => markdownText(cell) || ' ').join(' | ')} |`
  return [line(titles), `|${titles.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

export function reportMarkdown(report: Report): string {
  const ordered = orderReport(report)
  const out = [`# ${markdownText(ordered.headline)}`, '', captures(report), '']
  if (ordered.sessions.length > 0) {
    out.push('## Sessions, worst first', '')
    out.push(
      table(
        ['session', 'protocol', 'state', 'initiator', 'responder', 'rehomings', 'worst outage', 'length', 'bytes'],
        ordered.sessions.slice(0, tableLimit).map(sessionLine),
      ),
      '',
    )
    if (ordered.sessions.length > tableLimit)
      out.push(`${plural(ordered.sessions.length - tableLimit, 'more session')} in the JSON report.`, '')
  }
  const full = ordered.sessions.filter(eventful)
  for (const one of full.slice(0, fullLimit)) out.push(...sessionLines(one), '')
  if (full.length > fullLimit) out.push(`${plural(full.length - fullLimit, 'further session')} with events in the JSON report.`, '')
  const zero = zeroOf(report.captures) ?? Number.POSITIVE_INFINITY
  if (ordered.findings.length > 0)
    out.push(
      '## Findings',
      '',
      ...findingsWorstFirst(ordered.findings)
        .slice(0, tableLimit)
        .map((one) => findingLine(one, zero)),
      ...inJson(ordered.findings.length, tableLimit, 'finding'),
      '',
    )
  const limits = limitLines(report)
  if (limits.length > 0) out.push('## Limits', '', ...limits.map((line) => `- ${markdownText(line)}`), '')
  out.push(
    '---',
    '',
    `Made by ${markdownText(`${report.generator.name} ${report.generator.version}`)}. Times are seconds since the capture's first packet; frames are numbered from 1.`,
  )
  return `${out.join('\n')}\n`
}

function captures(report: Report): string {
  const warnings = report.captures.flatMap((capture) =>
    [
      ...(capture.truncated ? ['the file is cut short; everything before was read'] : []),
      ...firstOf(capture.warnings ?? [], 20, 'warning'),
    ].map((text) => `- ${markdownText(`${capture.path}: ${text}`)}`),
  )
  const rows = report.captures.map((capture) => [
    capture.path,
    count(capture.packets),
    isoTime(capture.start).replace('T', ' ').replace('Z', ' UTC') || unknown,
    capture.start === null || capture.end === null ? unknown : milliseconds((capture.end - capture.start) * 1000),
    interfaceTexts(capture, 20, (one) => one.name ?? `interface ${one.id}`).join(', '),
    count(capture.malformedPackets),
  ])
  const lines = table(['capture', 'packets', 'start', 'length', 'interfaces', 'malformed'], rows)
  return warnings.length === 0 ? lines : `${lines}\n\n${warnings.join('\n')}`
}

function sessionLines(one: SessionExport): string[] {
  const { session, rehomings, findings } = one
  const zero = timeZero(one)
  const out = [`## ${markdownText(headlineOf(session, rehomings))}`, '', markdownText(factsOf(session, rehomings).join(' · ')), '']
  for (const move of rehomings.slice(0, cardLimit)) {
    const words = [
      outageWords(move),
      `detection ${metric(move.metrics.detection)}`,
      `lost ${move.metrics.lost === null ? 'not observable' : count(move.metrics.lost.value)}`,
      `re-sent ${move.metrics.retransmitted === null ? 'not observable' : count(move.metrics.retransmitted.value)}`,
      frameWords(move.frames),
    ]
    out.push(
      `- **${markdownText(`${move.id}: ${moveWords[move.label]} at ${moment(move.t, zero)}`)}**${move.tentative ? ' (tentative)' : ''} from ${markdownText(pairText(move.from))}${on(move.from.interface)} to ${markdownText(pairText(move.to))}${on(move.to.interface)}; ${markdownText(words.filter((text) => text !== '').join(', '))}`,
    )
    const candidates = move.trigger.candidates ?? []
    if (candidates.length === 0)
      out.push(`  - ${markdownText(`trigger ${move.trigger.class}, score ${move.trigger.score} ${frameWords(move.trigger.frames)}`)}`)
    for (const cause of candidates.slice(0, causeLimit))
      out.push(
        `  - ${markdownText(`${cause.class}, score ${cause.score}: ${cause.detail} (${[moment(cause.t, zero), frameWords(cause.frames)].join(' ').trim()})`)}`,
      )
    out.push(...inJson(candidates.length, causeLimit, 'candidate').map((line) => `  ${line}`))
  }
  out.push(...inJson(rehomings.length, cardLimit, 'rehoming'))
  for (const { reason } of session.noFailover ?? []) out.push(`- no failover: ${markdownText(reason)}`)
  for (const finding of findingsWorstFirst(findings).slice(0, cardLimit)) out.push(findingLine(finding, zero))
  out.push(...inJson(findings.length, cardLimit, 'finding'))
  if (session.timeline.length > 0) {
    out.push(
      '',
      table(
        ['time', 'event', 'detail', 'path', 'frames'],
        session.timeline
          .slice(0, timelineLimit)
          .map((entry) => [
            moment(entry.t, zero),
            entry.kind,
            entry.detail,
            entry.pair === null ? '' : pairText(entry.pair),
            entry.frames.slice(0, 6).join(' '),
          ]),
      ),
    )
    if (session.timeline.length > timelineLimit)
      out.push('', `${plural(session.timeline.length - timelineLimit, 'more event')}: export session ${markdownText(session.id)} as CSV.`)
  }
  return out
}

/** A list item that stands for what was left out. */
function inJson(all: number, shown: number, what: string): string[] {
  const rest = further(all, shown, what)
  return rest === '' ? [] : [`- ${rest} in the JSON report`]
}

function on(name: string | null | undefined): string {
  return name ? ` on ${markdownText(name)}` : ''
}

function findingLine(one: Report['findings'][number], zero: number): string {
  const facts = [one.rule, `${Math.round(one.confidence)} % sure`, `at ${moment(one.t, zero)}`, frameWords(one.frames)]
    .filter((text) => text !== '')
    .join(', ')
  return `- **${markdownText(`${one.severity}: ${one.title}`)}** ${markdownText(one.detail)} (${markdownText(facts)})`
}
