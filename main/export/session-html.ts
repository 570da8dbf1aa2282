/**
 * A session as a page of its own: the sentence, the facts, the picture, why it moved, its paths, what happened when.
 * No scripts, no requests, dark mode by the system. Refuses nothing; everything from captures is escaped.
 */
import { findingsWorstFirst, SEVERITY_SIGNS, verdictAmong } from '../../shared/severity.ts'
import { htmlText } from './escape.ts'
import { captureFacts, findingCard, locatorTable, pathTable, rehomingCard, timelineTable } from './page-parts.ts'
import { page } from './page-shell.ts'
import { type SessionExport, timeZero } from './session-export.ts'
import { sessionSvg } from './session-svg.ts'
import { factsOf, fateOf, firstOf, headlineOf, isoTime, plural } from './words.ts'

/** Rehomings and findings that get a card in one session. */
const cardLimit = 200

export function sessionHtml(data: SessionExport): string {
  const headline = headlineOf(data.session, data.rehomings)
  return page(headline, `${sessionSections(data, 'h1')}\n<h2>Capture</h2>\n${captureFacts(data.captures)}`, data.generator)
}

/** The sections of one session, under a heading of the given rank. */
export function sessionSections(data: SessionExport, heading: 'h1' | 'h2'): string {
  const { session, rehomings, findings } = data
  const zero = timeZero(data)
  const identifiers = firstOf(
    session.endpoints.flatMap((end) => end.identifiers.map(({ kind, value }) => `${end.role} ${kind} ${value}`)),
    20,
    'identifier',
  )
  const verdict = verdictAmong(findings)
  const out = [
    `<${heading}>${htmlText(headlineOf(session, rehomings))}</${heading}>`,
    verdict === null
      ? ''
      : `<p class="${verdict.severity === 'medium' ? 'warn' : 'bad'}">${htmlText(`${SEVERITY_SIGNS[verdict.severity]} ${verdict.severity}: ${verdict.title}`)}</p>`,
    `<p class="sub">${htmlText(factsOf(session, rehomings).join(' · '))}</p>`,
    `<p class="small muted mono">${htmlText([`opened ${isoTime(session.opened)}`, ...identifiers].join(' · '))}</p>`,
    `<p>${fateOf(session, rehomings.length)
      .map((words) => `<span class="chip">${htmlText(words)}</span>`)
      .join('')}</p>`,
    `<figure class="picture">${sessionSvg(data, { embedded: true })}</figure>`,
  ]
  const section = (title: string, body: string): void => {
    out.push(heading === 'h1' ? `<h2>${htmlText(title)}</h2>` : `<h3>${htmlText(title)}</h3>`, body)
  }
  const cards = (list: string[], all: number): string =>
    `<div class="cards">\n${list.join('\n')}\n</div>${all > list.length ? `<p class="muted small">${htmlText(`${plural(all - list.length, 'more')} not shown: export the session as JSON.`)}</p>` : ''}`
  if (rehomings.length > 0)
    section(
      'Rehomings',
      cards(
        rehomings.slice(0, cardLimit).map((one, i) => rehomingCard(one, i + 1, zero, session)),
        rehomings.length,
      ),
    )
  for (const { reason, frames } of session.noFailover ?? [])
    out.push(`<p class="bad">${htmlText(`No failover: ${reason}${frames.length > 0 ? ` (frame ${frames[0]})` : ''}`)}</p>`)
  section('Paths', pathTable(session))
  section('Locators', locatorTable(session, zero))
  if (findings.length > 0)
    section(
      'Findings',
      cards(
        findingsWorstFirst(findings)
          .slice(0, cardLimit)
          .map((one) => findingCard(one, zero)),
        findings.length,
      ),
    )
  section('Timeline', timelineTable(session, zero))
  return out.filter((part) => part !== '').join('\n')
}
