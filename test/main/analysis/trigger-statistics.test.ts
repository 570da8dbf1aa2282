/** Figures over all moves of a capture, by the class of their trigger. */
import { expect, test } from 'vitest'
import { triggerStatistics } from '../../../main/analysis/report/trigger-statistics.ts'
import type { RehomingReport, TriggerClass } from '../../../shared/report.ts'
import { Association } from './stage.ts'

const association = new Association().open()
for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
for (let i = 0; i < 40; i++) association.data(13 + i / 10, 0, 1, 101 + i).sack(13 + i / 10 + 0.02, 1, 1, 101 + i)
association.stage.finish()
const [template] = association.stage.analyzer.rehomings() as [RehomingReport]

const move = (name: TriggerClass, outage: number, spurious = false): RehomingReport => ({
  ...template,
  trigger: { class: name, score: 60, frames: [] },
  spurious,
  metrics: { ...template.metrics, outage: { value: outage, low: outage, high: outage, frames: [] }, detection: null, signalling: null },
})

test('five moves have quantiles, four have none', () => {
  const moves = [10, 50, 20, 40, 30]
    .map((outage, i) => move('link', outage, i < 2))
    .concat([1, 2, 3, 4].map((outage) => move('transport', outage)))
  const [link, transport] = triggerStatistics(moves)
  expect(link).toMatchObject({
    class: 'link',
    moves: 5,
    spurious: 2,
    spuriousRate: 0.4,
    outage: { n: 5, min: 10, median: 30, p95: 48, max: 50 },
    detection: null,
    signalling: null,
  })
  expect(transport).toMatchObject({ class: 'transport', moves: 4, spurious: 0, outage: null })
})

test('a capture without moves has none; the report has them', () => {
  expect(triggerStatistics([])).toEqual([])
  expect(association.stage.analyzer.report([], '').triggers).toMatchObject([{ class: 'unknown', moves: 1, outage: null }])
})
