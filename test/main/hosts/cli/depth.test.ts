/** Pages of the command line are made from reports without timelines and answers: they have to read the same as from whole ones. */
import { expect, test } from 'vitest'
import { Depth } from '../../../../main/analysis/report/session.ts'
import { closeCapture, openCapture } from '../../../../main/engine/open.ts'
import { captureReports } from '../../../../main/engine/queries/capture-facts.ts'
import { summaryPage } from '../../../../main/hosts/cli/pages/summary.ts'
import { findingTable, rehomingTable, sessionTable, siteTable } from '../../../../main/hosts/cli/pages/tables.ts'
import { shared } from '../../../shared-material.ts'

const plain = (text: string): string => text
const paint = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

test.each(['mptcp-failover', 'sctp-attacks', 'synthetic-lisp', 'plain-tcp-break', 'mobike'])('%s', async (name) => {
  const capture = await openCapture([shared('testbed', 'recorded', `${name}.pcapng`)])
  const pages = (depth: Depth): string[] => {
    const report = capture.analyzer.report(captureReports(capture), '0', depth)
    return [summaryPage(report, paint, 100, 0), ...[sessionTable, rehomingTable, findingTable, siteTable].map((of) => of(report, paint, 0))]
  }
  const [whole, events, tables] = [Depth.Whole, Depth.Events, Depth.Tables].map(pages)
  expect(tables).toEqual(whole)
  expect(events).toEqual(whole)
  const of = (depth: Depth) => capture.analyzer.report([], '0', depth).sessions
  expect(of(Depth.Tables).filter(({ timeline, questionnaire }) => timeline.length > 0 || questionnaire !== undefined)).toEqual([])
  const told = of(Depth.Events).filter(({ questionnaire }) => questionnaire !== undefined)
  const asked = of(Depth.Whole).filter(
    ({ questionnaire, labels, noFailover }) => questionnaire !== undefined && (labels.includes('REHOMED') || noFailover?.length),
  )
  expect(told).toEqual(asked)
  closeCapture(capture)
})
