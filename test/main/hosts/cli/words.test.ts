/** Places and moments on the pages of the command line. */
import { expect, it } from 'vitest'
import type { Paint } from '../../../../main/hosts/cli/output.ts'
import { sessionTable } from '../../../../main/hosts/cli/pages/tables.ts'
import { pairTexts, since } from '../../../../main/hosts/cli/pages/words.ts'
import type { Report } from '../../../../shared/report.ts'
import { report } from '../../export/example.ts'

it.each([
  [100, 100, '+0.000 s'],
  [100, 101.5, '+1.500 s'],
  [100, 99.9, '-0.100 s'],
  // a packet 44 µs before frame 1: what rounds to nothing has no side
  [100, 99.999956, '+0.000 s'],
  [100, 93_884.5678, '+1 d 2 h 3 min 4.568 s'],
])('frame 1 at %d, an event at %d: %s', (zero, epoch, words) => {
  expect(since(zero, epoch)).toBe(words)
})

it('names ports only where two paths would read the same', () => {
  const path = (initiator: string, port: number | null) => ({
    initiator,
    responder: '2001:db8::1',
    interface: 'upA',
    initiatorPort: port,
    responderPort: port,
  })
  expect(pairTexts([path('192.0.2.10', 500), path('192.0.2.10', 4500), path('198.51.100.10', 4500), path('192.0.2.10', null)])).toEqual([
    '192.0.2.10:500 → [2001:db8::1]:500 via upA',
    '192.0.2.10:4500 → [2001:db8::1]:4500 via upA',
    '198.51.100.10 → 2001:db8::1 via upA',
    '192.0.2.10 → 2001:db8::1 via upA',
  ])
})

it('the table of sessions says what was found about each', () => {
  const as = (text: string) => text
  const paint: Paint = { bold: as, dim: as, red: as, yellow: as, green: as, cyan: as }
  const [one] = report.findings
  const of = (findings: Report['findings']) => sessionTable({ ...report, findings }, paint, 0)
  expect(of([])).toMatch(/ - +closed/)
  expect(of([one!])).toMatch(/1, info/)
  expect(of([one!, { ...one!, severity: 'high' }])).toMatch(/2, at worst high/)
})
