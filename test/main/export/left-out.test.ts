/** What a page leaves out it says, and a file with tens of thousands of interfaces does not make a line of a megabyte. */
import { describe, expect, it } from 'vitest'
import { reportHtml } from '../../../main/export/report-html.ts'
import { reportMarkdown } from '../../../main/export/report-markdown.ts'
import type { Paint } from '../../../main/hosts/cli/output.ts'
import { summaryPage } from '../../../main/hosts/cli/pages/summary.ts'
import { interfacesTold } from '../../../shared/interfaces-told.ts'
import type { Report } from '../../../shared/report.ts'
import { report } from './example.ts'

const as = (text: string) => text
const paint: Paint = { bold: as, dim: as, red: as, yellow: as, green: as, cyan: as }
const times = <One>(n: number, make: (i: number) => One): One[] => Array.from({ length: n }, (_, i) => make(i))

const [capture] = report.captures
const [session] = report.sessions
const [rehoming] = report.rehomings
const [finding] = report.findings
if (capture === undefined || session === undefined || rehoming === undefined || finding === undefined)
  throw new Error('the example is whole')

/** Each list longer than a page shows. */
const long: Report = {
  ...report,
  captures: [
    {
      ...capture,
      interfaces: times(60_000, (id) => ({ id, name: `if${id}`, linkType: 'Ethernet', packets: id, dropped: id === 7 ? 3 : null })),
      warnings: times(30, (i) => `warning ${i}`),
    },
  ],
  sessions: [
    {
      ...session,
      pairs: times(250, (i) => ({ ...(session.pairs[0] as (typeof session.pairs)[0]), initiatorPort: i + 1 })),
      endpoints: session.endpoints.map((end) => ({
        ...end,
        locators: times(260, (i) => ({ ...(end.locators[0] as (typeof end.locators)[0]), address: `2001:db8::${(i + 1).toString(16)}` })),
      })) as typeof session.endpoints,
    },
  ],
  rehomings: [
    {
      ...rehoming,
      trigger: {
        ...rehoming.trigger,
        candidates: times(11, (i) => ({ class: 'icmp' as const, t: rehoming.t, score: 50 - i, frames: [i + 1], detail: `error ${i}` })),
      },
    },
  ],
  findings: times(340, () => ({ ...finding, session: null })),
  site: {
    interfaces: times(600, (i) => ({
      name: `if${i}`,
      prefixes: times(70, (n) => ({ prefix: `2001:db8:${n}::/64`, source: 'ra' as const, frames: [] })),
    })),
  },
  limits: { ...report.limits, notObservable: times(80, (i) => `fact ${i}`) },
}

describe('says what it leaves out', () => {
  it.each([
    '59,950 further interfaces (',
    '10 further warnings',
    '50 further paths not shown',
    '60 further locators of the initiator not shown',
    '3 further candidates not shown',
    '140 further findings not shown',
    '100 further interfaces not shown',
    '20 further prefixes',
    '30 further facts',
  ])('HTML: %s', (words) => {
    expect(reportHtml(long).includes(words)).toBe(true)
  })

  it.each([
    '59,980 further interfaces (',
    '10 further warnings',
    '3 further candidates in the JSON report',
    '140 further findings in the JSON report',
    '30 further facts',
  ])('Markdown: %s', (words) => {
    expect(reportMarkdown(long).includes(words)).toBe(true)
  })

  it('says nothing of the kind when all is there', () => {
    expect(reportHtml(report)).not.toContain('further')
    expect(reportMarkdown(report)).not.toContain('further')
  })
})

it('a summary names the interface that lost packets and the busiest, and counts the others', () => {
  const lines = summaryPage(long, paint, 100, 0).split('\n')
  const line = lines.find((text) => text.startsWith('  captured on ')) ?? ''
  expect(line).toMatch(/^ {2}captured on if7 \(7 packets, 3 packets dropped\), if59999 \(59,999 packets\), .* 59,991 further interfaces \(/)
  expect(line.length).toBeLessThan(400)
})

it('interfaces stay in the order of the file while all are told', () => {
  const few = times(3, (packets) => ({ packets, dropped: null }))
  expect(interfacesTold(few, 3)).toEqual({ told: few, rest: '' })
  expect(interfacesTold([...few, { packets: 9, dropped: null }], 1)).toEqual({
    told: [{ packets: 9, dropped: null }],
    rest: '3 further interfaces (3 packets)',
  })
})
