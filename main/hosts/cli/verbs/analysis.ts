/** Verbs that run the whole analysis: summary, report, sessions, rehomings, findings, site. */
import type { FindingReport, Report } from '../../../../shared/report.ts'
import { Depth } from '../../../analysis/report/session.ts'
import { closeCapture, epochSeconds } from '../../../engine/open.ts'
import { captureReports } from '../../../engine/queries/capture-facts.ts'
import { jsonText } from '../../../export/escape.ts'
import { VERSION } from '../../../version.ts'
import { Exit } from '../failure.ts'
import { paintFor, toStdout, writeWholeFile } from '../output.ts'
import { summaryPage } from '../pages/summary.ts'
import { findingTable, rehomingTable, sessionTable, siteTable } from '../pages/tables.ts'
import { type OpeningOptions, openForCommand } from './opening.ts'

export interface AnalysisOptions extends OpeningOptions {
  failOn?: FindingReport['severity']
  json?: boolean
  format?: 'json' | 'markdown' | 'html'
  output?: string
}

const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const

/** `zero` is the epoch time of frame 1; `depth` left out: as deep as so many sessions allow. */
async function analyse(files: string[], options: AnalysisOptions, depth?: Depth): Promise<{ report: Report; zero: number }> {
  const { capture } = await openForCommand(files, options)
  const report = capture.analyzer.report(captureReports(capture), VERSION, depth)
  closeCapture(capture)
  if (options.failOn !== undefined) {
    const least = SEVERITIES.indexOf(options.failOn)
    if (report.findings.some((finding) => SEVERITIES.indexOf(finding.severity) >= least)) process.exitCode = Exit.CheckFailed
  }
  return { report, zero: epochSeconds(capture, 0) }
}

async function print(text: string): Promise<void> {
  const out = toStdout()
  out.write(text)
  await out.end()
}

export async function summary(files: string[], options: AnalysisOptions): Promise<void> {
  const { report, zero } = await analyse(files, options, Depth.Tables)
  await print(summaryPage(report, paintFor(process.stdout), columnsOf(process.stdout), zero))
}

export async function report(files: string[], options: AnalysisOptions): Promise<void> {
  const { report: whole } = await analyse(files, options)
  const text = await rendered(whole, options.format ?? 'json')
  if (options.output === undefined) await print(text)
  else writeWholeFile(options.output, [text], files)
}

async function rendered(report: Report, format: 'json' | 'markdown' | 'html'): Promise<string> {
  if (format === 'json') return jsonText(report)
  if (format === 'markdown') return (await import('../../../export/report-markdown.ts')).reportMarkdown(report)
  return (await import('../../../export/report-html.ts')).reportHtml(report)
}

export async function table(
  name: 'sessions' | 'rehomings' | 'findings' | 'site',
  files: string[],
  options: AnalysisOptions,
): Promise<void> {
  const { report: whole, zero } = await analyse(files, options, options.json === true ? undefined : Depth.Tables)
  if (options.json === true) {
    await print(jsonText(whole[name]))
    return
  }
  const paint = paintFor(process.stdout)
  const tables = { sessions: sessionTable, rehomings: rehomingTable, findings: findingTable, site: siteTable }
  await print(tables[name](whole, paint, zero))
}

function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY === true ? Math.max(60, Math.min(stream.columns ?? 100, 140)) : 100
}
