/** The live screens' arithmetic: points that never grow beyond 500, series of a chart, words on the desktop that do not pester, ring options. */
import { expect, it } from 'vitest'
import { createNotifier, type Desktop, QUIET_MILLISECONDS } from '../../renderer/live/notify.ts'
import { chartSeries } from '../../renderer/live/rate-chart.tsx'
import { recordingOf } from '../../renderer/live/recording.tsx'
import { addPoint, LIVE_POINTS, type LiveFeedEntry, type LivePoint } from '../../shared/live.ts'

const PAIRS = { from: { initiator: 'a', responder: 'r' }, to: { initiator: 'b', responder: 'r' }, trigger: { class: 'link' } }

it('points stay at most 500 over any time, and their means keep what was carried', () => {
  let points: LivePoint[] = []
  for (let t = 1; t <= 5_000; t++) {
    points = addPoint(points, { t, seconds: 1, interfaces: [['upA', t % 2 === 0 ? 200 : 0, 1_000]], paths: [] })
    expect(points.length).toBeLessThanOrEqual(LIVE_POINTS)
  }
  expect(points.reduce((sum, point) => sum + point.seconds, 0)).toBe(5_000)
  expect(points.reduce((sum, point) => sum + point.seconds * (point.interfaces[0]?.[1] ?? 0), 0)).toBeCloseTo(500_000, 3)
  expect([points[0]?.t, points.at(-1)?.t].every((t) => t !== undefined && t <= 5_000)).toBe(true)
})

it('a chart has at most six series and 500 values, the busiest, in the order of their names', () => {
  const names = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8']
  const points = Array.from({ length: 500 }, (_, at): LivePoint => {
    return { t: at + 1, seconds: 1, interfaces: [], paths: names.map((name, rank) => [name, rank, rank * 100]) }
  })
  const { names: shown, rows } = chartSeries(points, 'paths', 'bytes')
  expect(shown).toEqual(['p3', 'p4', 'p5', 'p6', 'p7', 'p8'])
  expect(rows.length * shown.length).toBeLessThanOrEqual(LIVE_POINTS + shown.length)
  expect(rows[3]?.values).toEqual([200, 300, 400, 500, 600, 700])
})

it('a word on the desktop at once, the next ones together after ten seconds; none while one looks', () => {
  let now = 0
  let looked = false
  const shown: string[] = []
  const waiting: { work: () => void; at: number }[] = []
  const desktop: Desktop = {
    now: () => now,
    looked: () => looked,
    show: (title, body) => shown.push(`${title}: ${body}`),
    later(work, milliseconds) {
      waiting.push({ work, at: now + milliseconds })
      return () => waiting.pop()
    },
  }
  const rehoming = (headline: string): LiveFeedEntry =>
    ({ type: 'rehoming', number: 1, t: 0, at: 0, rehoming: { headline, session: 's1', id: 'r1', ...PAIRS } }) as unknown as LiveFeedEntry
  const finding = (severity: string): LiveFeedEntry =>
    ({
      type: 'finding',
      number: 1,
      t: 0,
      at: 0,
      finding: { severity, title: `a ${severity} thing`, session: null },
    }) as unknown as LiveFeedEntry
  const notifier = createNotifier(desktop)
  notifier.take(rehoming('first'))
  now = 2_000
  notifier.take(finding('high'))
  notifier.take(finding('info'))
  notifier.take(rehoming('third'))
  expect([shown, waiting.map(({ at }) => at)]).toEqual([['Rehoming: first'], [QUIET_MILLISECONDS]])
  now = QUIET_MILLISECONDS
  waiting.pop()?.work()
  expect(shown).toEqual(['Rehoming: first', 'Finding and 1 more: a high thing'])
  looked = true
  now = 60_000
  notifier.take(rehoming('seen anyway'))
  expect(shown).toHaveLength(2)
})

it.each([
  [{ keep: 'ask' }, { options: {}, problem: null }],
  [
    { keep: 'file', path: ' /a.pcapng ' },
    { options: { file: '/a.pcapng' }, problem: null },
  ],
  [
    { keep: 'file', path: '' },
    { options: {}, problem: 'Name the file to record to.' },
  ],
  [
    { megabytes: '100', files: '4' },
    { options: { ring: { megabytes: 100, files: 4 } }, problem: null },
  ],
  [{ files: '4' }, { options: {}, problem: 'Ring: say after how many megabytes or seconds the next file begins.' }],
  [{ seconds: '0' }, { options: {}, problem: 'Ring: seconds must be a number of at least 1.' }],
  [
    { seconds: '60', files: '1.5' },
    { options: {}, problem: 'Ring: files must be a whole number of at least 1.' },
  ],
])('what is kept: %j', (choice, expected) => {
  expect(recordingOf({ keep: 'ask', path: '', megabytes: '', seconds: '', files: '', ...(choice as object) })).toEqual(expected)
})
