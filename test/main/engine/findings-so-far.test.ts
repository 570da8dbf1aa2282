/** What is told of findings while a capture is read: the worst of them, and asked for seldom. */
import { afterEach, expect, test, vi } from 'vitest'
import { FindingsSoFar } from '../../../main/engine/opening.ts'
import type { FindingReport } from '../../../shared/report.ts'

afterEach(() => vi.useRealTimers())

const finding = (severity: FindingReport['severity'], t: number): FindingReport => ({ severity, t }) as FindingReport

test('the worst come first, and no more than 200', () => {
  vi.useFakeTimers()
  const all = [...Array.from({ length: 300 }, (_, t) => finding('low', t)), finding('critical', 400), finding('high', 10)]
  const soFar = new FindingsSoFar(() => all)
  expect(soFar.look()).toEqual([])
  vi.advanceTimersByTime(2_000)
  const found = soFar.look()
  expect(found.length).toBe(200)
  expect(found.slice(0, 3).map(({ severity, t }) => [severity, t])).toEqual([
    ['critical', 400],
    ['high', 10],
    ['low', 0],
  ])
})

test('what takes long is asked for again after twenty times as long', () => {
  vi.useFakeTimers()
  let asked = 0
  const soFar = new FindingsSoFar(() => {
    asked++
    vi.advanceTimersByTime(500)
    return [finding('low', asked)]
  })
  const looked = [2_000, 2_000, 7_900, 200].map((later) => {
    vi.advanceTimersByTime(later)
    return soFar.look()[0]?.t
  })
  expect(looked).toEqual([1, 1, 1, 2])
})
