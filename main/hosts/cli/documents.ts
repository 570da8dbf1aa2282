/**
 * The whole report as a document: Markdown for tickets and wikis, HTML as one file without scripts or outside resources.
 * Both are made from the same blocks, so that they say the same. Everything from the capture is escaped where it is written.
 */
import { basename } from 'node:path'
import type { Report, SessionReport } from '../../../shared/report.ts'
import { htmlText, markdownText } from '../../export/escape.ts'
import { bytes, frameList, headlineOf, isoTime, metric, milliseconds, pairText, plural } from '../../export/words.ts'
import { rehomingSentence } from './pages/summary.ts'
import { worstFirst } from './pages/tables.ts'
import { since } from './pages/words.ts'

type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'table'; heads: string[]; rows: string[][] }

export function reportDocument(report: Report, format: 'markdown' | 'html'): string {
  const blocks = blocksOf(report)
  return format === 'markdown' ? markdown(blocks) : html(blocks, report)
}

function blocksOf(report: Report): Block[] {
  const blocks: Block[] = [
    { kind: 'heading', level: 1, text: `Rehome report: ${report.captures.map((one) => basename(one.path)).join(', ')}` },
  ]
  const outages = report.rehomings.flatMap((one) => (one.metrics.outage === null ? [] : [one.metrics.outage.value]))
  blocks.push({
    kind: 'paragraph',
    text: [
      plural(report.sessions.length, 'session'),
      plural(report.rehomings.length, 'rehoming') + (outages.length > 0 ? ` (worst outage ${milliseconds(Math.max(...outages))})` : ''),
      plural(report.findings.length, 'finding'),
    ].join(' · '),
  })
  blocks.push({ kind: 'heading', level: 2, text: 'Captures' })
  blocks.push({
    kind: 'table',
    heads: ['File', 'Packets', 'Size', 'From', 'To', 'Interfaces', 'Remarks'],
    rows: report.captures.map((one) => [
      basename(one.path),
      String(one.packets),
      bytes(one.bytes),
      isoTime(one.start),
      isoTime(one.end),
      one.interfaces.map((iface) => `${iface.name ?? `#${iface.id}`} (${iface.packets})`).join(', '),
      [one.truncated ? 'cut off' : '', one.malformedPackets > 0 ? plural(one.malformedPackets, 'malformed packet') : '']
        .filter(Boolean)
        .join(', '),
    ]),
  })
  if (report.rehomings.length > 0) {
    blocks.push({ kind: 'heading', level: 2, text: 'Rehomings' })
    blocks.push({
      kind: 'table',
      heads: ['Rehoming', 'Session', 'Time', 'From', 'To', 'Label', 'Trigger', 'Outage', 'Detection', 'Evidence'],
      rows: report.rehomings.map((one) => [
        one.id,
        one.session,
        since(report, one.t),
        pairText(one.from),
        pairText(one.to),
        one.label,
        one.trigger.class,
        metric(one.metrics.outage),
        metric(one.metrics.detection),
        frameList(one.frames),
      ]),
    })
    blocks.push({ kind: 'list', items: report.rehomings.map((one) => `${one.id}: ${rehomingSentence(one)}`) })
  }
  blocks.push({ kind: 'heading', level: 2, text: 'Findings' })
  if (report.findings.length === 0) blocks.push({ kind: 'paragraph', text: 'None.' })
  for (const one of report.findings) {
    blocks.push({ kind: 'heading', level: 3, text: `${one.id}: ${one.title}` })
    blocks.push({
      kind: 'paragraph',
      text: `${one.rule}, ${one.severity}, confidence ${Math.round(one.confidence * 100)} %, ${since(report, one.t)}${one.session === null ? '' : `, session ${one.session}`}. ${one.detail}`,
    })
    if (one.checks.length > 0)
      blocks.push({
        kind: 'list',
        items: one.checks.map((check) => `${check.name}: ${check.result}${check.detail === undefined ? '' : ` (${check.detail})`}`),
      })
    blocks.push({ kind: 'paragraph', text: `Evidence: ${frameList(one.frames)}. ${one.reference}` })
  }
  blocks.push({ kind: 'heading', level: 2, text: 'Sessions' })
  if (report.sessions.length === 0) blocks.push({ kind: 'paragraph', text: 'None was recognised.' })
  for (const session of worstFirst(report)) blocks.push(...sessionBlocks(report, session))
  if (report.limits.notObservable.length > 0 || report.limits.evictedSessions > 0) {
    blocks.push({ kind: 'heading', level: 2, text: 'Not observable' })
    const items = [...report.limits.notObservable]
    if (report.limits.evictedSessions > 0)
      items.push(`${plural(report.limits.evictedSessions, 'session')} left out: more than are kept at once`)
    blocks.push({ kind: 'list', items })
  }
  return blocks
}

function sessionBlocks(report: Report, session: SessionReport): Block[] {
  const moves = report.rehomings.filter((one) => one.session === session.id)
  const labels = session.labels.length > 0 ? `, ${session.labels.join(', ')}` : ''
  const blocks: Block[] = [
    { kind: 'heading', level: 3, text: `${session.id}: ${session.protocol.toUpperCase()}, ${session.state}${labels}` },
    { kind: 'paragraph', text: headlineOf(session, moves) },
    {
      kind: 'table',
      heads: ['Path', 'Interface', 'Packets', 'Bytes', 'Payload', 'First', 'Last'],
      rows: session.pairs.map((one) => [
        pairText(one, true),
        one.interface ?? '',
        String(one.packets),
        bytes(one.bytes),
        bytes(one.payloadBytes),
        since(report, one.first),
        since(report, one.last),
      ]),
    },
  ]
  const held = session.noFailover ?? []
  if (held.length > 0)
    blocks.push({ kind: 'list', items: held.map(({ reason, frames }) => `Why not the other path: ${reason} ${frameList(frames)}`.trim()) })
  return blocks
}

function markdown(blocks: Block[]): string {
  return `${blocks.map(markdownBlock).join('\n\n')}\n`
}

function markdownBlock(block: Block): string {
  const cell = (text: string): string => markdownText(text.replace(/\s*\n\s*/g, ' '))
  const row = (cells: string[]): string => `| ${cells.join(' | ')} |`
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${cell(block.text)}`
    case 'paragraph':
      return cell(block.text)
    case 'list':
      return block.items.map((item) => `- ${cell(item)}`).join('\n')
    case 'table':
      return [row(block.heads), row(block.heads.map(() => '---')), ...block.rows.map((cells) => row(cells.map(cell)))].join('\n')
  }
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}' +
  'table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}td,th{border:1px solid #d5dae1;padding:.25rem .5rem;text-align:left;vertical-align:top}' +
  'th{background:#f3f5f8}h2{margin-top:2rem}@media(prefers-color-scheme:dark){body{color:#e3e8ef;background:#14181e}td,th{border-color:#38414d}th{background:#1e252e}}'

function htmlBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${htmlText(block.text)}</h${block.level}>`
    case 'paragraph':
      return `<p>${htmlText(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${htmlText(item)}</li>`).join('')}</ul>`
    case 'table': {
      const heads = block.heads.map((head) => `<th scope="col">${htmlText(head)}</th>`).join('')
      const rows = block.rows.map((cells) => `<tr>${cells.map((cell) => `<td>${htmlText(cell)}</td>`).join('')}</tr>`).join('\n')
      return `<table><thead><tr>${heads}</tr></thead><tbody>\n${rows}\n</tbody></table>`
    }
  }
}

function html(blocks: Block[], report: Report): string {
  const body = blocks.map(htmlBlock)
  const title = htmlText(`Rehome report: ${report.captures.map((one) => basename(one.path)).join(', ')}`)
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">${policy}<title>${title}</title><style>${STYLE}</style></head><body>\n${body.join('\n')}\n</body></html>\n`
}
