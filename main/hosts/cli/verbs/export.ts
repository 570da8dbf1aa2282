/**
 * `rehome export`: sessions as csv, json, html, markdown or svg, or packets as pcapng with rehomings and findings as comments.
 * Without --session: all sessions (one table, one document); svg shows one session and needs to be told which when there are several.
 */
import { basename } from 'node:path'
import { IndexColumns } from '../../../engine/index-columns.ts'
import { type Capture, closeCapture } from '../../../engine/open.ts'
import { captureReports } from '../../../engine/queries/capture-facts.ts'
import { GENERATOR, sessionExport } from '../../../engine/queries/export-session.ts'
import { runFilter } from '../../../engine/queries/filter.ts'
import { exportedPackets, rowsOf, writtenInterfaces } from '../../../engine/queries/packets-of.ts'
import { briefById } from '../../../engine/queries/sessions.ts'
import { jsonText } from '../../../export/escape.ts'
import { sessionCsv } from '../../../export/session-csv.ts'
import type { SessionExport } from '../../../export/session-export.ts'
import { packetPieces } from '../../../export/session-pcapng.ts'
import { VERSION } from '../../../version.ts'
import { Exit, Failure } from '../failure.ts'
import { writeWholeFile } from '../output.ts'
import { prepareFilter } from './filtering.ts'
import { type OpeningOptions, openForCommand } from './opening.ts'

export interface ExportOptions extends OpeningOptions {
  to: 'csv' | 'json' | 'parquet' | 'html' | 'markdown' | 'svg' | 'pcapng'
  output: string
  filter?: string
  session?: string
}

export async function exportFiles(files: string[], options: ExportOptions): Promise<void> {
  if (options.to === 'parquet') throw new Failure(Exit.Usage, 'parquet is not offered by this version', 'Export csv or json instead.')
  if (options.filter !== undefined && options.to !== 'pcapng')
    throw new Failure(Exit.Usage, `-Y picks packets, and ${options.to} has none`, 'Use it with --to pcapng, or leave it out.')
  const filter = prepareFilter(options.filter)
  const { capture } = await openForCommand(files, options)
  try {
    if (options.session !== undefined) sessionOrFail(capture, options.session)
    if (options.to === 'pcapng') {
      const rows = filter === null ? null : await runFilter(capture, new IndexColumns(capture), filter, new AbortController().signal)
      writePackets(capture, files, options, rows)
    } else writeWholeFile(options.output, [await textOf(capture, options.to, options.session)], files)
  } finally {
    closeCapture(capture)
  }
}

function sessionOrFail(capture: Capture, id: string): void {
  try {
    briefById(capture, id)
  } catch {
    const many = capture.analyzer.sessionCount
    if (many === 0) throw noSession()
    throw new Failure(
      Exit.Usage,
      `there is no session '${id}'`,
      many === 1 ? 'There is s1 only.' : `There are s1 to s${many}: see 'rehome sessions'.`,
    )
  }
}

function writePackets(capture: Capture, files: string[], options: ExportOptions, rows: Uint32Array | null): void {
  const session = options.session === undefined ? null : briefById(capture, options.session)
  const wanted = rowsOf(capture, session, rows)
  const { analyzer } = capture
  writeWholeFile(
    options.output,
    packetPieces({
      interfaces: writtenInterfaces(capture),
      packets: exportedPackets(capture, wanted),
      rehomings: analyzer.rehomings(options.session),
      findings: analyzer.findings(options.session),
      session: options.session === undefined ? null : analyzer.session(options.session),
      origin: basename(capture.files[0]?.path ?? ''),
      generator: GENERATOR,
    }),
    files,
  )
}

async function textOf(
  capture: Capture,
  format: 'csv' | 'json' | 'html' | 'markdown' | 'svg',
  session: string | undefined,
): Promise<string> {
  const one = (id: string): SessionExport => sessionExport(capture, id, format !== 'csv')
  if (format === 'csv') {
    const ids = session === undefined ? idsOf(capture) : [session]
    if (ids.length === 0) throw noSession()
    // one table: the heading of the first, the rows of all
    return ids.map((id, i) => (i === 0 ? sessionCsv(one(id)) : sessionCsv(one(id)).replace(/^[^\r\n]*\r?\n/, ''))).join('')
  }
  if (format === 'svg') {
    const ids = session === undefined ? idsOf(capture) : [session]
    const [id] = ids
    if (id === undefined) throw noSession()
    if (ids.length > 1)
      throw new Failure(
        Exit.Usage,
        `svg shows one session, and there are ${ids.length}`,
        "Name it with --session ID: see 'rehome sessions'.",
      )
    return (await import('../../../export/session-svg.ts')).sessionSvg(one(id))
  }
  if (session !== undefined && format === 'json') return (await import('../../../export/session-json.ts')).sessionJson(one(session))
  if (session !== undefined && format === 'html') return (await import('../../../export/session-html.ts')).sessionHtml(one(session))
  const report = capture.analyzer.report(captureReports(capture), VERSION)
  if (format === 'json') return jsonText(report)
  const wanted = session === undefined ? report : onlySession(report, session)
  if (format === 'markdown') return (await import('../../../export/report-markdown.ts')).reportMarkdown(wanted)
  return (await import('../../../export/report-html.ts')).reportHtml(wanted)
}

/** Sessions that have a line of their own: not those that were merged into another or dropped. */
function idsOf(capture: Capture): string[] {
  const { analyzer } = capture
  const numbers = Array.from({ length: analyzer.sessionCount }, (_, number) => number)
  return numbers.filter((number) => analyzer.brief(number).gone === undefined).map((number) => `s${number + 1}`)
}

function noSession(): Failure {
  return new Failure(
    Exit.Usage,
    'there is no session to export: none was recognised in this capture',
    "See 'rehome summary' for what it holds; --to pcapng exports its packets.",
  )
}

type Whole = ReturnType<Capture['analyzer']['report']>

/** The report with one session's part of it. */
function onlySession(report: Whole, id: string): Whole {
  return {
    ...report,
    sessions: report.sessions.filter((session) => session.id === id),
    rehomings: report.rehomings.filter((rehoming) => rehoming.session === id),
    findings: report.findings.filter((finding) => finding.session === id),
  }
}
