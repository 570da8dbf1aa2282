/** Durations in sentences are for people: nobody reads minutes in thousands of milliseconds. */
import { expect, it } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { shared } from '../../shared-material.ts'

it.each(['synthetic-mipv6', 'synthetic-shim6', 'mptcp-failover', 'sctp-failover'])('%s', async (name) => {
  const capture = await openCapture([shared('testbed', 'recorded', `${name}.pcapng`)])
  const report = JSON.stringify(capture.analyzer.report([], '0'))
  closeCapture(capture)
  expect(report).toMatch(/\d (ms|s)\b/)
  expect(report.match(/[^"]{0,40}\b\d{4,} ms\b/g)).toBeNull()
})
