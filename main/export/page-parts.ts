/**
 * The parts of exported pages: tables, cards of rehomings and findings, facts of captures. Report objects to safe markup:
 * every text goes through htmlText. Bars are small SVG pictures, because the page's policy allows no inline styles.
 * Cost: linear; timelines are cut at 2,000 rows, and say so.
 */
import { failedWords, neededWords } from '../../shared/failure.ts'
import { partiesOf } from '../../shared/finding-words.ts'
import { kindWords } from '../../shared/label-words.ts'
import { isPause } from '../../shared/outage.ts'
import { outageParts } from '../../shared/outage-parts.ts'
import type { CaptureReport, FindingReport, PairReport, RehomingReport, SessionReport } from '../../shared/report.ts'
import { TRIGGER_WORDS } from '../../shared/trigger-words.ts'
import { htmlText } from './escape.ts'
import { pathLetter } from './session-svg.ts'
import {
  bytes,
  count,
  directionWords,
  firstOf,
  frameList,
  further,
  interfaceTexts,
  isoTime,
  metric,
  milliseconds,
  moment,
  moveWords,
  pairText,
  plural,
  resumedWords,
  samePair,
  unknown,
} from './words.ts'

export const timelineRows = 2_000
/** paths of a session, and locators of an end */
const pathLimit = 200
/** candidates of one rehoming */
const causeLimit = 8

/** A line that stands for what was left out; '' when nothing was. */
export function notShown(all: number, shown: number, one: string, many?: string): string {
  const rest = further(all, shown, one, many)
  return rest === '' ? '' : `<p class="muted small">${htmlText(`${rest} not shown: export as JSON.`)}</p>`
}

export interface Column {
  title: string
  /** numbers stand right */
  number?: boolean
  /** never broken into lines */
  tight?: boolean
}

/** `rows` hold markup that is safe already. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], long = false): string {
  const head = columns.map(({ title, number }) => `<th scope="col"${number ? ' class="n"' : ''}>${htmlText(title)}</th>`).join('')
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((cell, i) => `<td${columns[i]?.number ? ' class="n"' : columns[i]?.tight ? ' class="t"' : ''}>${cell}</td>`).join('')}</tr>`,
    )
    .join('\n')
  return `<div class="scroll${long ? ' long' : ''}"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}

/** Letter of a path as in the picture, and its locators. */
export function pairMarkup(pair: PairReport | null, session: SessionReport | null): string {
  if (pair === null) return ''
  const number = session === null ? -1 : session.pairs.findIndex((one) => samePair(one, pair))
  const on = pair.interface ? ` <span class="muted">on ${htmlText(pair.interface)}</span>` : ''
  return `${number >= 0 ? `<b>${pathLetter(number)}</b> ` : ''}<span class="mono">${htmlText(pairText(pair))}</span>${on}`
}

function scoreBar(score: number, first: boolean): string {
  const width = Math.min(100, Math.max(0, score))
  return `<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="score ${count(score)}"><rect width="100" height="8" fill="var(--chip)"/><rect width="${width}" height="8" fill="var(--${first ? 'accent' : 'muted'})"/></svg>`
}

const PART_FILLS = {
  rest: 'var(--line)',
  gap: 'var(--muted)',
  detection: 'var(--path-1)',
  signalling: 'var(--path-3)',
  switch: 'var(--path-2)',
} as const

/** The outage, split into what explains it; empty when the parts are not known. */
function splitBar({ metrics }: RehomingReport): string {
  const parts = outageParts(metrics)
    .filter((part) => part.value > 0)
    .map(({ name, label, value }) => ({ name: label, value, fill: PART_FILLS[name] }))
  const sum = parts.reduce((total, part) => total + part.value, 0)
  if (sum <= 0) return ''
  let x = 0
  const drawn = parts.map(({ value, fill }) => {
    const width = (value / sum) * 400
    const rect = `<rect x="${x.toFixed(1)}" width="${Math.max(1, width - 1).toFixed(1)}" height="20" fill="${fill}"/>`
    x += width
    return rect
  })
  const words = parts.map(({ name, value }) => `${name} ${milliseconds(value)}`)
  const keys = parts.map(
    ({ fill }, n) =>
      `<svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" fill="${fill}"/></svg>${htmlText(words[n] as string)}`,
  )
  return `<svg class="split" viewBox="0 0 400 20" preserveAspectRatio="none" role="img" aria-label="${htmlText(words.join(', '))}">${drawn.join('')}</svg><p class="small muted">${keys.join(' &nbsp; ')}${metrics.parts?.inconsistent ? ' (the parts do not add up to the outage)' : ''}</p>`
}

export function rehomingCard(one: RehomingReport, number: number, zero: number, session: SessionReport | null): string {
  const { metrics, trigger } = one
  const outage = metrics.outage === null ? '' : ` · ${isPause(one) ? 'after a pause' : milliseconds(metrics.outage.value)}`
  const candidates = trigger.candidates ?? []
  const causes = (
    candidates.length > 0
      ? candidates
      : [{ class: trigger.class, t: one.t, score: trigger.score, frames: trigger.frames, detail: TRIGGER_WORDS[trigger.class] }]
  )
    .slice(0, causeLimit)
    .map(
      (cause, i) =>
        `<div class="cause"><div class="row"><span>${htmlText(cause.class)}</span>${scoreBar(cause.score, i === 0)}<b>${count(cause.score)}</b></div><div class="small muted">${htmlText([cause.detail, `at ${moment(cause.t, zero)}`, frameList(cause.frames)].filter((text) => text !== '').join(' · '))}</div></div>`,
    )
  const facts: [string, string][] = [
    isPause(one) ? ['pause', metric(metrics.outage)] : ['outage', metric(metrics.outage)],
    ['detection', metric(metrics.detection)],
    ['signalling', metric(metrics.signalling)],
    ['switch', metric(metrics.switch)],
    ['lost', metrics.lost === null ? 'not observable' : count(metrics.lost.value)],
    ['re-sent', metrics.retransmitted === null ? 'not observable' : count(metrics.retransmitted.value)],
    ['direction', `${directionWords(one.direction)}; the ${one.moved === 'both' ? 'two ends' : one.moved} moved`],
    ['new path', `${one.signalled ? 'signalled' : 'not signalled'}, ${one.verifiedBefore ? 'verified before' : 'not verified before'}`],
  ]
  if (resumedWords(one) !== '') facts.push(['resumed', resumedWords(one)])
  const needed = neededWords(one)
  if (needed !== null) facts.push(['needed', needed])
  if (one.failedDirection !== undefined) facts.push(['old path failed', failedWords(one)])
  if (one.threats.length > 0) facts.push(['findings', one.threats.join(', ')])
  facts.push(['frames', frameList(one.frames)])
  return `<article class="card">
<h3><span class="pill">${number} ${htmlText(moveWords[one.label] + outage)}</span>${htmlText(`at ${moment(one.t, zero)}`)}${one.tentative ? ' <span class="chip">tentative</span>' : ''}</h3>
${one.headline ? `<p>${htmlText(one.headline)}</p>` : ''}
<p class="small">${pairMarkup(one.from, session)}<br>→ ${pairMarkup(one.to, session)}</p>
<h3>Why</h3>
${causes.join('\n')}
${notShown(candidates.length, causeLimit, 'candidate')}
${splitBar(one)}
<dl>${facts.map(([name, value]) => `<dt>${htmlText(name)}</dt><dd>${htmlText(value)}</dd>`).join('')}</dl>
</article>`
}

export function pathTable(session: SessionReport): string {
  const columns: Column[] = [
    { title: 'path' },
    { title: 'state', tight: true },
    { title: 'verified' },
    { title: 'RTT', number: true },
    { title: 'packets', number: true },
    { title: 'payload', number: true },
    { title: 'on the wire', number: true },
    { title: 're-sent', number: true },
  ]
  const rows = session.pairs
    .slice(0, pathLimit)
    .map((pair) => [
      pairMarkup(pair, session),
      htmlText(pair.state ?? unknown),
      htmlText(pair.verified ?? unknown),
      htmlText(milliseconds(pair.rtt)),
      htmlText(count(pair.packets)),
      htmlText(bytes(pair.payloadBytes)),
      htmlText(bytes(pair.bytes)),
      htmlText(count(pair.retransmitted)),
    ])
  return table(columns, rows) + notShown(session.pairs.length, pathLimit, 'path')
}

export function locatorTable(session: SessionReport, zero: number): string {
  const rows: string[][] = []
  for (const end of session.endpoints) {
    for (const locator of end.locators.slice(0, pathLimit)) {
      rows.push([
        htmlText(end.role),
        `<span class="mono">${htmlText(locator.address)}</span>`,
        htmlText(locator.signal ? `${locator.how} (${locator.signal})` : locator.how),
        htmlText(moment(locator.added, zero)),
        htmlText(locator.removed === null ? unknown : moment(locator.removed, zero)),
        htmlText(
          locator.verified === null ? 'no' : `${moment(locator.verified, zero)}${locator.verifiedHow ? ` (${locator.verifiedHow})` : ''}`,
        ),
        htmlText(frameList(locator.frames, 6)),
      ])
    }
  }
  const list = table(
    [
      { title: 'end' },
      { title: 'locator' },
      { title: 'how' },
      { title: 'from', number: true },
      { title: 'until', number: true },
      { title: 'verified' },
      { title: 'frames' },
    ],
    rows,
  )
  return session.endpoints.reduce(
    (all, end) => all + notShown(end.locators.length, pathLimit, `locator of the ${end.role}`, `locators of the ${end.role}`),
    list,
  )
}

export function timelineTable(session: SessionReport, zero: number): string {
  const shown = session.timeline.slice(0, timelineRows)
  const rows = shown.map((entry) => [
    htmlText(moment(entry.t, zero)),
    htmlText(kindWords(entry.kind)),
    htmlText(entry.detail),
    pairMarkup(entry.pair, session),
    htmlText(directionWords(entry.direction)),
    htmlText(frameList(entry.frames, 6)),
  ])
  const note = notShown(session.timeline.length, shown.length, 'event')
  return `${table([{ title: 'time', number: true }, { title: 'event', tight: true }, { title: 'detail' }, { title: 'path' }, { title: 'direction', tight: true }, { title: 'frames' }], rows, true)}${note}`
}

const severityClass: Record<FindingReport['severity'], string> = {
  info: 'muted',
  low: 'muted',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
}

export function findingCard(one: FindingReport, zero: number): string {
  const checks = one.checks.map(
    (check) =>
      `<li>${htmlText(check.name)}: ${htmlText(check.result)}${check.detail ? ` <span class="muted">${htmlText(check.detail)}</span>` : ''}</li>`,
  )
  return `<article class="card">
<h3><span class="${severityClass[one.severity] ?? 'muted'}">${htmlText(one.severity)}</span> · ${htmlText(one.title)}</h3>
<p>${htmlText(one.detail)}</p>
${checks.length > 0 ? `<p class="small muted">Harmless explanations that were looked at:</p><ul class="small">${checks.join('')}</ul>` : ''}
<p class="small muted">${htmlText([one.rule, `${Math.round(one.confidence)} % sure`, `at ${moment(one.t, zero)}`, ...partiesOf(one), frameList(one.frames), one.reference].filter((text) => text !== '').join(' · '))}</p>
</article>`
}

export function captureFacts(captures: readonly CaptureReport[]): string {
  const rows = captures.map((capture) => [
    `<span class="mono">${htmlText(capture.path)}</span>${capture.truncated ? ' <span class="warn">cut short</span>' : ''}${firstOf(
      capture.warnings ?? [],
      20,
      'warning',
    )
      .map((warning) => `<br><span class="small warn">${htmlText(warning)}</span>`)
      .join('')}`,
    htmlText(count(capture.packets)),
    htmlText(bytes(capture.bytes)),
    htmlText(isoTime(capture.start).replace('T', ' ').replace('Z', ' UTC') || unknown),
    htmlText(capture.start === null || capture.end === null ? unknown : milliseconds((capture.end - capture.start) * 1000)),
    interfaceTexts(
      capture,
      50,
      (one) =>
        `${one.name ?? `interface ${one.id}`} (${one.linkType}, ${plural(one.packets, 'packet')}, ${one.dropped == null ? 'drops unknown' : `${count(one.dropped)} dropped`})`,
    )
      .map(htmlText)
      .join('<br>'),
    htmlText(count(capture.malformedPackets)),
  ])
  return table(
    [
      { title: 'capture' },
      { title: 'packets', number: true },
      { title: 'size', number: true },
      { title: 'start', tight: true },
      { title: 'length', number: true },
      { title: 'interfaces' },
      { title: 'malformed', number: true },
    ],
    rows,
  )
}
