/** Places and moments on the pages of the command line. */
import { expect, it } from 'vitest'
import type { Paint } from '../../../../main/hosts/cli/output.ts'
import { summaryPage } from '../../../../main/hosts/cli/pages/summary.ts'
import { sessionTable } from '../../../../main/hosts/cli/pages/tables.ts'
import { pairTexts, since } from '../../../../main/hosts/cli/pages/words.ts'
import type { Report, SiteInterface } from '../../../../shared/report.ts'
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

it('the summary says which prefixes were taken back, the first ones by name', () => {
  const as = (text: string) => text
  const paint: Paint = { bold: as, dim: as, red: as, yellow: as, green: as, cyan: as }
  const prefix = (n: number, withdrawn: number | null): SiteInterface['prefixes'][number] => ({
    prefix: `2001:db8:${n}::/64`,
    source: n === 2 ? 'dhcpv6-pd' : 'ra',
    withdrawn,
    frames: [n],
  })
  const prefixes = [prefix(1, 107), prefix(2, 102.5), prefix(3, null)]
  const page = (of: typeof prefixes) => summaryPage({ ...report, site: { interfaces: [{ name: 'upA', prefixes: of }] } }, paint, 100, 100)
  const told = (of: typeof prefixes) =>
    page(of)
      .split('\n')
      .filter((line) => /withdrawn|further prefix/.test(line))
  expect(told(prefixes)).toEqual([
    '  withdrawn at +2.500 s: 2001:db8:2::/64, which was delegated over upA',
    '  withdrawn at +7.000 s: 2001:db8:1::/64, which was advertised on upA',
  ])
  expect(told(Array.from({ length: 6 }, (_, n) => prefix(n, 100 + n))).slice(3)).toEqual([
    '  withdrawn at +3.000 s: 2001:db8:3::/64, which was advertised on upA',
    '  and 2 further prefixes: rehome site',
  ])
  expect(told([])).toEqual([])
})

it('of a session that moved, the sentence is about its moves: why it did not go on is said even when there is one reason', () => {
  const as = (text: string) => text
  const paint: Paint = { bold: as, dim: as, red: as, yellow: as, green: as, cyan: as }
  const [session] = report.sessions
  const pair = session!.pairs[0]!
  const said = { ...session!, pairs: [pair, pair], noFailover: [{ reason: 'its port is closed', pair: null, frames: [7] }] }
  const page = (rehomings: Report['rehomings']) => summaryPage({ ...report, sessions: [said], rehomings }, paint, 100, 0)
  const [move] = report.rehomings
  expect(page([{ ...move!, session: said.id }])).toContain('its port is closed (frame 7)')
  expect(page([])).not.toContain('its port is closed')
})
