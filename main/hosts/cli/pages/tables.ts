/** Tables of the command line: one line a session, rehoming, finding, prefix. Columns are as wide as their widest cell. */

import { escapeText } from '../../../../dissectors/core/values.ts'
import { familyOrder } from '../../../../shared/family-order.ts'
import { isPause, longestWithout } from '../../../../shared/outage.ts'
import { protocolName } from '../../../../shared/protocol-words.ts'
import type { FindingReport, RehomingReport, Report, SessionReport } from '../../../../shared/report.ts'
import { findingsWorstFirst } from '../../../../shared/severity.ts'
import { orderReport } from '../../../export/report-order.ts'
import { bytes, count, fateOf, milliseconds, moveWords, plural } from '../../../export/words.ts'
import type { Paint } from '../output.ts'
import { changes } from './network.ts'
import { ends, frames, moment, pair, since } from './words.ts'

const MAX_CELL = 90
const MAX_INDENT = 8

export function grid(heads: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => Math.min(MAX_CELL, (row[i] ?? '').length))))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd()
  return `${[paint.bold(line(heads)), ...rows.map(line)].join('\n')}\n`
}

/** The order of every document: worst first. */
export function worstFirst(report: Report): SessionReport[] {
  return orderReport(report).sessions.map(({ session }) => session)
}

export function severityPaint(severity: FindingReport['severity'], paint: Paint): (text: string) => string {
  return severity === 'critical' || severity === 'high' ? paint.red : severity === 'medium' ? paint.yellow : paint.dim
}

export function sessionTable(report: Report, paint: Paint, _zero: number): string {
  if (report.sessions.length === 0) return 'no sessions\n'
  const of = new Map<string, RehomingReport[]>()
  for (const rehoming of report.rehomings) of.set(rehoming.session, [...(of.get(rehoming.session) ?? []), rehoming])
  const findings = new Map<string | null, FindingReport[]>()
  for (const one of report.findings) {
    const known = findings.get(one.session)
    if (known === undefined) findings.set(one.session, [one])
    else known.push(one)
  }
  const sorted = worstFirst(report)
  const byId = new Map(sorted.map((session) => [session.id, session]))
  const { order, depth } = familyOrder([...byId.keys()], (id) => byId.get(id)?.parent ?? null)
  const rows = order.map((id) => {
    const session = byId.get(id) as SessionReport
    const moves = of.get(session.id) ?? []
    const outage = longestWithout(session, moves)
    const traffic = session.pairs.reduce((sum, one) => sum + one.bytes, 0)
    return [
      // what travels inside another session stands below it
      `${'  '.repeat(Math.min(MAX_INDENT, depth.get(id) ?? 0))}${session.id}`,
      protocolName(session.protocol),
      ends(session),
      String(session.pairs.length),
      String(moves.length),
      outage === null ? '-' : milliseconds(outage),
      bytes(traffic),
      judged(findings.get(session.id) ?? []),
      fateOf(session, 0).join(', '),
    ]
  })
  return grid(['ID', 'PROTOCOL', 'SESSION', 'PATHS', 'REHOMINGS', 'WORST OUTAGE', 'TRAFFIC', 'FINDINGS', 'STATE'], rows, paint)
}

/** '4, at worst high' */
function judged(findings: FindingReport[]): string {
  const [worst] = findingsWorstFirst(findings)
  if (worst === undefined) return '-'
  return findings.length === 1 ? `1, ${worst.severity}` : `${count(findings.length)}, at worst ${worst.severity}`
}

export function rehomingTable(report: Report, paint: Paint, zero: number): string {
  if (report.rehomings.length === 0) return 'no rehomings\n'
  const rows = report.rehomings.map((rehoming) => [
    rehoming.id,
    rehoming.session,
    since(zero, rehoming.t),
    pair(rehoming.from),
    pair(rehoming.to),
    moveWords[rehoming.label],
    rehoming.trigger.class,
    isPause(rehoming) ? 'none' : rehoming.metrics.outage === null ? 'not observable' : milliseconds(rehoming.metrics.outage.value),
    frames(rehoming.frames, 3),
  ])
  return grid(['ID', 'SESSION', 'TIME', 'FROM', 'TO', 'MOVE', 'TRIGGER', 'OUTAGE', 'EVIDENCE'], rows, paint)
}

export function findingTable(report: Report, paint: Paint, zero: number): string {
  if (report.findings.length === 0) return 'no findings\n'
  const rows = report.findings.map((finding) => [
    finding.id,
    finding.severity,
    finding.rule,
    `${Math.round(finding.confidence)} %`,
    since(zero, finding.t),
    finding.session ?? '-',
    escapeText(finding.title),
    frames(finding.frames, 3),
  ])
  return grid(['ID', 'SEVERITY', 'RULE', 'CONFIDENCE', 'TIME', 'SESSION', 'TITLE', 'EVIDENCE'], rows, paint)
}

const MAX_CHANGES = 12

export function siteTable(report: Report, paint: Paint, zero: number): string {
  const { interfaces } = report.site
  const elsewhere = changes(report, zero, MAX_CHANGES, null)
  const said = elsewhere.length === 0 ? '' : `\n${paint.bold('Said of routes')}\n${elsewhere.map((line) => `  ${line}`).join('\n')}\n`
  if (interfaces.length === 0) return `the capture tells nothing of the site\n${said}`
  const parts = interfaces.map((iface) => {
    const lines = [paint.bold(escapeText(iface.name))]
    if (iface.filterMode !== undefined) lines.push(`  filter mode  ${iface.filterMode}`)
    for (const address of iface.addresses ?? []) lines.push(`  address      ${escapeText(address)}`)
    for (const router of iface.routers ?? [])
      lines.push(
        `  router       ${escapeText(router.address)}${router.mac === null ? '' : ` (${router.mac})`}${router.notDefault === true ? ', not a default router: it advertises lifetime 0' : ''}`,
      )
    for (const prefix of iface.prefixes) {
      const until =
        prefix.withdrawn != null
          ? `, withdrawn ${moment(prefix.withdrawn)}`
          : prefix.validUntil == null
            ? ''
            : `, valid until ${moment(prefix.validUntil)}`
      lines.push(`  prefix       ${escapeText(prefix.prefix)} (${prefix.source}${until}; ${frames(prefix.frames, 3) || 'no frame'})`)
    }
    for (const line of changes(report, zero, MAX_CHANGES, iface.name)) lines.push(`  change       ${line}`)
    return lines.join('\n')
  })
  return `${plural(interfaces.length, 'interface')}\n\n${parts.join('\n\n')}\n${said}`
}
