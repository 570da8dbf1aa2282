/**
 * The whole report as one page: captures, sessions worst first, the eventful ones with picture and cards, findings, site, limits.
 * Bounded: 1,000 sessions in the table, 50 in full, the rest is counted; the JSON report has them all.
 */

import type { Report } from '../../shared/report.ts'
import { findingsWorstFirst } from '../../shared/severity.ts'
import { htmlText } from './escape.ts'
import { captureFacts, findingCard, notShown, pairMarkup, rehomingCard, table } from './page-parts.ts'
import { page } from './page-shell.ts'
import { eventful, orderReport, rehomingLine, sessionLine } from './report-order.ts'
import { zeroOf } from './session-export.ts'
import { sessionSections } from './session-html.ts'
import { firstOf, further, headlineOf, moment, moveWords, plural } from './words.ts'

const tableLimit = 1_000
const fullLimit = 50
const siteLimit = 500
/** addresses, prefixes or routers of one interface */
const cellLimit = 50

export function reportHtml(report: Report): string {
  const ordered = orderReport(report)
  const full = ordered.sessions.filter(eventful).slice(0, fullLimit)
  const anchor = new Map(full.map((one, index) => [one, `session-${index + 1}`]))
  const zero = zeroOf(report.captures) ?? Number.POSITIVE_INFINITY
  const out = [`<h1>${htmlText(ordered.headline)}</h1>`, captureFacts(report.captures)]
  const section = (title: string, ...body: string[]): void => void out.push(`<h2>${htmlText(title)}</h2>`, ...body)
  if (ordered.sessions.length > 0) {
    const shown = ordered.sessions.slice(0, tableLimit)
    const rows = shown.map((one) => {
      const [id = '', protocol = '', state = '', ...rest] = sessionLine(one)
      const name = anchor.has(one) ? `<a href="#${anchor.get(one)}">${htmlText(id)}</a>` : htmlText(id)
      const addresses = rest.slice(0, 2).map((text) => `<span class="mono">${htmlText(text)}</span>`)
      return [name, htmlText(protocol), htmlText(state), ...addresses, ...rest.slice(2).map(htmlText)]
    })
    const columns = [
      { title: 'session', tight: true },
      { title: 'protocol' },
      { title: 'state', tight: true },
      { title: 'initiator' },
      { title: 'responder' },
      { title: 'rehomings', number: true },
      { title: 'worst outage', number: true },
      { title: 'length', number: true },
      { title: 'on the wire', number: true },
    ]
    section('Sessions, worst first', table(columns, rows, true), notShown(ordered.sessions.length, shown.length, 'session'))
  }
  if (report.rehomings.length > 0) {
    const shown = report.rehomings.slice(0, tableLimit)
    const sessionOf = new Map(report.sessions.map((session) => [session.id, session]))
    const rows = shown.map((one) => {
      const [id = '', session = '', trigger = '', outage = '', detection = '', lost = ''] = rehomingLine(one)
      const known = sessionOf.get(one.session) ?? null
      return [
        htmlText(id),
        htmlText(session),
        htmlText(moment(one.t, zero)),
        htmlText(moveWords[one.label]),
        `${pairMarkup(one.from, known)}<br>→ ${pairMarkup(one.to, known)}`,
        ...[trigger, outage, detection, lost].map(htmlText),
      ]
    })
    const columns = [
      { title: 'rehoming', tight: true },
      { title: 'session', tight: true },
      { title: 'time', number: true },
      { title: 'what', tight: true },
      { title: 'paths' },
      { title: 'trigger' },
      { title: 'outage', number: true },
      { title: 'detection', number: true },
      { title: 'lost', number: true },
    ]
    section('Rehomings', table(columns, rows, true), notShown(report.rehomings.length, shown.length, 'rehoming'))
  }
  // rehomings of sessions that the report does not list any more
  const known = new Set(report.sessions.map((session) => session.id))
  const orphans = report.rehomings.filter((one) => !known.has(one.session))
  if (orphans.length > 0)
    section(
      'Rehomings of sessions that were evicted',
      `<div class="cards">${orphans
        .slice(0, fullLimit)
        .map((one, i) => rehomingCard(one, i + 1, zero, null))
        .join('\n')}</div>`,
      notShown(orphans.length, fullLimit, 'rehoming'),
    )
  if (ordered.findings.length > 0) {
    const shown = findingsWorstFirst(ordered.findings).slice(0, 200)
    section(
      'Findings',
      `<div class="cards">${shown.map((one) => findingCard(one, zero)).join('\n')}</div>`,
      notShown(ordered.findings.length, shown.length, 'finding'),
    )
  }
  for (const one of full) out.push(`<section id="${anchor.get(one)}">`, sessionSections(one, 'h2'), '</section>')
  const quiet = ordered.sessions.filter(eventful).length - full.length
  if (quiet > 0)
    out.push(
      `<p class="muted">${htmlText(`${plural(quiet, 'further session')} with events not shown in full: export them one by one.`)}</p>`,
    )
  if (report.site.interfaces.length > 0) section('Site', siteTable(report))
  const limits = limitLines(report)
  if (limits.length > 0) section('Limits', `<ul>${limits.map((line) => `<li>${htmlText(line)}</li>`).join('')}</ul>`)
  const title = full.length === 1 && full[0] !== undefined ? headlineOf(full[0].session, full[0].rehomings) : ordered.headline
  return page(title, out.filter((part) => part !== '').join('\n'), report.generator)
}

function siteTable(report: Report): string {
  const { interfaces } = report.site
  const mono = (text: string): string => `<span class="mono">${htmlText(text)}</span>`
  const cell = <One>(list: readonly One[], text: (one: One) => string, one: string, many?: string): string =>
    [...list.slice(0, cellLimit).map(text), htmlText(further(list.length, cellLimit, one, many))].filter((part) => part !== '').join('<br>')
  const rows = interfaces
    .slice(0, siteLimit)
    .map((one) => [
      htmlText(one.name),
      cell(one.addresses ?? [], mono, 'address', 'addresses'),
      cell(one.prefixes, ({ prefix, source }) => `${mono(prefix)} <span class="muted">${htmlText(source)}</span>`, 'prefix', 'prefixes'),
      cell(one.routers ?? [], ({ address }) => mono(address), 'router'),
      htmlText(one.filterMode ?? 'unknown'),
    ])
  const list = table(
    [{ title: 'interface', tight: true }, { title: 'addresses' }, { title: 'prefixes' }, { title: 'routers' }, { title: 'ingress filter' }],
    rows,
  )
  return list + notShown(interfaces.length, siteLimit, 'interface')
}

/** What the report cannot say, in sentences. */
export function limitLines({ limits }: Report): string[] {
  const lines: string[] = []
  if (limits.evictedSessions > 0)
    lines.push(`${plural(limits.evictedSessions, 'idle session')} left the table to keep memory bounded: they are not in this report.`)
  for (const text of firstOf(limits.notObservable, 50, 'fact')) lines.push(`Not observable: ${text}`)
  return lines
}
