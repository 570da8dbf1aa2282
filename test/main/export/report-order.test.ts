/** The order in which documents and pages tell sessions. */
import { expect, it } from 'vitest'
import { orderReport } from '../../../main/export/report-order.ts'
import type { Report, SessionReport } from '../../../shared/report.ts'

const session = (id: string, protocol: string, state: SessionReport['state'], payloadBytes: number): SessionReport =>
  ({ id, protocol, state, labels: [], pairs: [{ payloadBytes }] }) as unknown as SessionReport

it('tells a session with a finding, and one that broke, before datagrams that nobody answered', () => {
  const report = {
    captures: [],
    generator: { name: 'rehome', version: '0' },
    sessions: [
      session('s1', 'udp', 'failed', 201),
      session('s2', 'sctp', 'established', 5000),
      session('s3', 'tcp', 'failed', 300),
      session('s4', 'tcp', 'failed', 0),
    ],
    rehomings: [],
    findings: [{ session: 's2', severity: 'high' }],
  } as unknown as Report
  expect(orderReport(report).sessions.map((one) => one.session.id)).toEqual(['s3', 's2', 's1', 's4'])
})
