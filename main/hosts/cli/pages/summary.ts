/**
 * `rehome summary`: a page to read top to bottom. What was captured; each session worst first with its paths; each rehoming as a
 * sentence; findings; and what could not be observed, so that silence is never mistaken for health.
 */

import { basename } from 'node:path'
import { escapeText } from '../../../../dissectors/core/values.ts'
import { failedWords } from '../../../../shared/failure.ts'
import { isPause, longestWithout, outageOf, worstOutage } from '../../../../shared/outage.ts'
import { protocolName } from '../../../../shared/protocol-words.ts'
import type { CaptureReport, FindingReport, RehomingReport, Report, SessionReport } from '../../../../shared/report.ts'
import { findingsWorstFirst } from '../../../../shared/severity.ts'
import { bytes, count, fateOf, interfaceTexts, milliseconds, plural, resumedWords } from '../../../export/words.ts'
import type { Paint } from '../output.ts'
import { networkText } from './network.ts'
import { severityPaint, worstFirst } from './tables.ts'
import { ends, frames, moment, pair, pairTexts, since, wrap } from './words.ts'

/** Sessions told in full; the rest is counted. */
const MAX_SESSIONS = 10
const MAX_PATHS = 8
const MAX_EVENTS = 10
const MAX_PROTOCOLS = 12
const MAX_INTERFACES = 8
const MAX_PREFIXES = 4

export function summaryPage(report: Report, paint: Paint, width: number, zero: number): string {
  const parts = [
    ...report.captures.map((capture) => captureText(capture, paint)),
    withdrawnText(report, paint, zero),
    headline(report, paint),
    sessionsText(report, paint, width, zero),
    rehomingsText(report, paint, width),
    networkText(report, paint, width, zero),
    findingsText(report, paint, width, zero),
    limitsText(report, paint, width),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function captureText(capture: CaptureReport, paint: Paint): string {
  const span =
    capture.start !== null && capture.end !== null
      ? `, ${milliseconds((capture.end - capture.start) * 1000)} from ${moment(capture.start)}`
      : ''
  const lines = [
    `${paint.bold(escapeText(basename(capture.path)))}  ${plural(capture.packets, 'packet')}, ${bytes(capture.bytes)} of ${capture.format}${span}`,
  ]
  const used = capture.interfaces.filter((iface) => iface.packets > 0)
  if (used.length > 0) {
    const names = interfaceTexts({ ...capture, interfaces: used }, MAX_INTERFACES, (iface) => {
      const drops =
        iface.dropped !== null && iface.dropped !== undefined && iface.dropped > 0
          ? `, ${paint.yellow(`${plural(iface.dropped, 'packet')} dropped`)}`
          : ''
      return `${escapeText(iface.name ?? `interface ${iface.id}`)} (${plural(iface.packets, 'packet')}${drops})`
    })
    lines.push(`  captured on ${names.join(', ')}`)
  }
  const protocols = (capture.protocols ?? []).slice(0, MAX_PROTOCOLS)
  const more = (capture.protocols?.length ?? 0) - protocols.length
  if (protocols.length > 0)
    lines.push(
      `  ${protocols.map((one) => `${one.name} ${count(one.packets)}`).join(', ')}${more > 0 ? ` and ${plural(more, 'further protocol')}` : ''}`,
    )
  if (capture.truncated) lines.push(`  ${paint.yellow('cut off: the file ends inside a packet; everything before was read')}`)
  if (capture.malformedPackets > 0) lines.push(`  ${paint.yellow(`${plural(capture.malformedPackets, 'malformed packet')}`)}`)
  return lines.join('\n')
}

/** Prefixes that a router or a delegating server took back: what renumbering is, and who sends from them loses the way back. */
function withdrawnText(report: Report, paint: Paint, zero: number): string {
  const gone = report.site.interfaces.flatMap(({ name, prefixes }) =>
    prefixes.flatMap(({ prefix, source, withdrawn }) =>
      withdrawn == null ? [] : [{ prefix, withdrawn, how: `${source === 'dhcpv6-pd' ? 'delegated over' : 'advertised on'} ${name}` }],
    ),
  )
  const shown = gone.sort((x, y) => x.withdrawn - y.withdrawn).slice(0, MAX_PREFIXES)
  const lines = shown.map(
    ({ prefix, how, withdrawn }) =>
      `${paint.yellow('withdrawn')} at ${since(zero, withdrawn)}: ${escapeText(prefix)}, which was ${escapeText(how)}`,
  )
  if (gone.length > shown.length) lines.push(`and ${plural(gone.length - shown.length, 'further prefix', 'further prefixes')}: rehome site`)
  return lines.map((line) => `  ${line}`).join('\n')
}

/** One line that answers the question. */
function headline(report: Report, paint: Paint): string {
  const outage = worstOutage(report.rehomings)
  const serious = report.findings.filter((finding) => finding.severity === 'high' || finding.severity === 'critical').length
  const interruptions = report.sessions.reduce((sum, session) => sum + (session.interruptions?.length ?? 0), 0)
  const longest = report.sessions.reduce((worst, session) => Math.max(worst, longestWithout(session, []) ?? 0), 0)
  const parts = [
    plural(report.sessions.length, 'session'),
    plural(report.rehomings.length, 'rehoming') + (outage === null ? '' : ` (worst outage ${milliseconds(outage)})`),
    ...(interruptions === 0 ? [] : [`${plural(interruptions, 'interruption')} (worst ${milliseconds(longest)})`]),
    plural(report.findings.length, 'finding') + (serious > 0 ? `, ${paint.red(`${serious} serious`)}` : ''),
  ]
  return parts.join(' · ')
}

function sessionsText(report: Report, paint: Paint, width: number, zero: number): string {
  if (report.sessions.length === 0) return `${paint.bold('Sessions')}\n  none was recognised in this capture`
  const all = worstFirst(report)
  const moves = new Map<string, number>()
  for (const { session } of report.rehomings) moves.set(session, (moves.get(session) ?? 0) + 1)
  const shown = all.slice(0, MAX_SESSIONS)
  const rest = all.length - shown.length
  // of many sessions only the sentences, so that the page stays one
  const parts = shown.map((session) => sessionText(session, moves.get(session.id) ?? 0, paint, width, rest > 0 ? null : zero))
  if (rest > 0) parts.push(`  and ${count(rest)} more: rehome sessions`)
  const order = all.length > 1 ? `, worst ${rest > 0 ? `${shown.length} of ${count(all.length)}` : 'first'}` : ''
  return `${paint.bold('Sessions')}${order}\n${rest > 0 ? `${wrap(tally(all), width, '  ')}\n` : ''}${parts.join('\n')}`
}

/** 'tcp 49,990 (3 broken, 12 never came up) · udp 10'. */
function tally(sessions: SessionReport[]): string {
  const protocols = new Map<string, { all: number; fates: Map<string, number> }>()
  for (const session of sessions) {
    const name = protocolName(session.protocol)
    let entry = protocols.get(name)
    if (entry === undefined) {
      entry = { all: 0, fates: new Map() }
      protocols.set(name, entry)
    }
    entry.all++
    const told = session.replacedBy || session.state === 'failed' || session.state === 'opening'
    if (!told) continue
    const fate = session.replacedBy ? 'broken' : (fateOf(session, 0)[0] as string)
    entry.fates.set(fate, (entry.fates.get(fate) ?? 0) + 1)
  }
  return [...protocols]
    .sort((x, y) => y[1].all - x[1].all)
    .map(([name, { all, fates }]) => {
      const words = [...fates].map(([fate, n]) => `${count(n)} ${fate}`).join(', ')
      return `${escapeText(name)} ${count(all)}${words === '' ? '' : ` (${words})`}`
    })
    .join(' · ')
}

/** `zero` null: without its paths. */
function sessionText(session: SessionReport, moves: number, paint: Paint, width: number, zero: number | null): string {
  const fate = fateOf(session, moves)
  const bad = session.replacedBy || (session.state === 'failed' && session.protocol !== 'udp')
  const words = bad ? [paint.yellow(fate[0] as string), ...fate.slice(1)].join(', ') : fate.join(', ')
  const single = session.pairs.length === 1 ? session.pairs[0] : undefined
  const traffic = single === undefined ? '' : `, ${carried(single)}`
  const lines = [`  ${paint.cyan(session.id)}  ${protocolName(session.protocol)}  ${ends(session)}  ${words}${traffic}`]
  if (session.headline !== undefined && session.headline !== '') lines.push(wrap(escapeText(session.headline), width, '      '))
  if (single !== undefined || zero === null) return lines.join('\n')
  const names = pairTexts(session.pairs)
  for (const [i, one] of session.pairs.slice(0, MAX_PATHS).entries()) {
    const state = one.state === undefined || one.state === '' ? '' : ` [${one.state}]`
    lines.push(`      ${names[i]}${escapeText(state)}  ${carried(one)}, ${since(zero, one.first)} to ${since(zero, one.last)}`)
  }
  if (session.pairs.length > MAX_PATHS) lines.push(`      ${plural(session.pairs.length - MAX_PATHS, 'more path')}`)
  // of a session that stayed, a single reason is in the sentence already
  const reasons = session.noFailover ?? []
  for (const { reason, frames: evidence } of reasons.length > 1 || moves > 0 ? reasons : [])
    lines.push(wrap(`${escapeText(reason)}${evidence.length > 0 ? ` (${frames(evidence, 3)})` : ''}`, width, '      '))
  return lines.join('\n')
}

function carried(one: SessionReport['pairs'][number]): string {
  const again = one.retransmitted !== undefined && one.retransmitted > 0 ? `, ${count(one.retransmitted)} re-sent` : ''
  return `${plural(one.packets, 'packet')}, ${bytes(one.payloadBytes)} payload${again}`
}

function rehomingsText(report: Report, paint: Paint, width: number): string {
  if (report.rehomings.length === 0) return ''
  const outage = (rehoming: RehomingReport): number => outageOf(rehoming) ?? -1
  const many = report.rehomings.length > MAX_EVENTS
  // in time order while all fit, else the longest outages
  const picked = many ? [...report.rehomings].sort((a, b) => outage(b) - outage(a)).slice(0, MAX_EVENTS) : report.rehomings
  const shown = picked.map((rehoming) => {
    const { detection } = rehoming.metrics
    const failed = rehoming.failedDirection
    const facts = [
      ...(rehoming.tentative ? ['tentative: too little followed to be sure'] : []),
      ...(detection === null || detection.value < 0 ? [] : [`noticed after ${milliseconds(detection.value)}`]),
      ...(rehoming.spurious === true ? ['not needed: the old path still delivered'] : []),
      ...(failed === 'both' || failed === 'inbound' || failed === 'outbound' ? [`the old path failed ${failedWords(rehoming)}`] : []),
      ...(resumedWords(rehoming) === '' ? [] : [resumedWords(rehoming)]),
      frames(rehoming.frames),
    ].filter((fact) => fact !== '')
    const head = `  ${paint.cyan(rehoming.id)}  ${rehoming.session}  `
    const sentence = wrap(escapeText(rehomingSentence(rehoming)), width, '          ').trimStart()
    return `${head}${sentence}${facts.length === 0 ? '' : `\n${wrap(facts.join('; '), width, '          ')}`}`
  })
  const rest = report.rehomings.length - shown.length
  if (rest > 0) shown.push(`  and ${count(rest)} more: rehome rehomings`)
  return `${paint.bold('Rehomings')}${many ? `, worst ${picked.length} of ${count(report.rehomings.length)}` : ''}\n${shown.join('\n')}`
}

/** The analysis' own sentence where it has one; else the facts in order: from, to, why, how long. */
export function rehomingSentence(rehoming: RehomingReport): string {
  if (rehoming.headline !== undefined && rehoming.headline !== '') return rehoming.headline
  const { outage } = rehoming.metrics
  const best = rehoming.trigger.candidates?.find((candidate) => candidate.class === rehoming.trigger.class)
  const why =
    rehoming.trigger.class === 'unknown' ? 'for no cause that the capture shows' : `because of ${best?.detail ?? rehoming.trigger.class}`
  const gap =
    outage === null ? 'the outage is not observable' : `${isPause(rehoming) ? 'a pause of' : 'outage'} ${milliseconds(outage.value)}`
  return `moved from ${pair(rehoming.from)} to ${pair(rehoming.to)} ${why}: ${gap}`
}

function findingsText(report: Report, paint: Paint, width: number, zero: number): string {
  if (report.findings.length === 0) return `${paint.bold('Findings')}\n  none`
  const shown = findingsWorstFirst(report.findings)
    .slice(0, MAX_EVENTS)
    .map((finding: FindingReport) => {
      const colour = severityPaint(finding.severity, paint)
      const where = finding.session === null ? '' : ` ${finding.session}`
      const head = `  ${colour(finding.severity)}  ${finding.rule}${where}  ${since(zero, finding.t)}  ${escapeText(finding.title)}`
      const detail =
        finding.detail === ''
          ? ''
          : `\n${wrap(`${escapeText(finding.detail)}${finding.frames.length === 0 ? '' : ` (${frames(finding.frames)})`}`, width, '      ')}`
      return head + detail
    })
  const rest = report.findings.length - shown.length
  if (rest > 0) shown.push(`  and ${count(rest)} more: rehome findings`)
  return `${paint.bold('Findings')}\n${shown.join('\n')}`
}

function limitsText(report: Report, paint: Paint, width: number): string {
  const lines = report.limits.notObservable.map((words) => wrap(escapeText(words), width, '  '))
  if (report.limits.evictedSessions > 0)
    lines.push(`  ${plural(report.limits.evictedSessions, 'session')} left out: more than are kept at once`)
  return lines.length === 0 ? '' : `${paint.bold('Not observable here')}\n${lines.join('\n')}`
}
