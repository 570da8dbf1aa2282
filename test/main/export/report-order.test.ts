/** The order in which documents and pages tell sessions. */
import { expect, it } from 'vitest'
import { orderReport } from '../../../main/export/report-order.ts'
import { sessionHtml } from '../../../main/export/session-html.ts'
import type { Report, SessionReport } from '../../../shared/report.ts'
import { example } from './example.ts'

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

it('tells a connection that was asked for twice and never came up before those that work, and one that was asked for just now after them', () => {
  const opening = (id: string, packets: number): SessionReport =>
    ({ ...session(id, 'tcp', 'opening', 0), pairs: [{ payloadBytes: 0, packets }] }) as unknown as SessionReport
  const report = {
    captures: [],
    generator: { name: 'rehome', version: '0' },
    sessions: [session('s1', 'tcp', 'established', 5000), opening('s2', 1), opening('s3', 2), session('s4', 'udp', 'opening', 10)],
    rehomings: [],
    findings: [],
  } as unknown as Report
  expect(orderReport(report).sessions.map((one) => one.session.id)).toEqual(['s3', 's1', 's2', 's4'])
})

it('a session page names the worst finding under its headline, and tells the worst first', () => {
  const data = example()
  const [low] = data.findings
  const high = {
    ...low!,
    id: 'f9',
    severity: 'high' as const,
    t: low!.t + 1,
    title: 'taken over',
    rule: 'ING-2',
    claimant: '::9',
    victim: '::8',
  }
  const page = sessionHtml({ ...data, findings: [{ ...low!, severity: 'low' }, high] })
  expect(page).toContain('<p class="bad">▲ high: taken over</p>')
  expect(page.indexOf('>high</span>')).toBeLessThan(page.indexOf('>low</span>'))
  expect(page).toContain('sent by ::9 · affects ::8')
  expect(sessionHtml({ ...data, findings: [{ ...low!, severity: 'low' }] })).not.toContain(`low: ${low!.title}`)
})

it('the bar of an outage does not say that the known parts are all of it', () => {
  const data = example()
  const [move] = data.rehomings
  const { metrics } = move!
  const long = { ...metrics, outage: { ...metrics.outage!, value: 60_000 } }
  expect(sessionHtml({ ...data, rehomings: [{ ...move!, metrics: long }] })).toMatch(
    /aria-label="not told apart 59\.\d s,|aria-label="not told apart 60 s,/,
  )
})
