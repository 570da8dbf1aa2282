/**
 * What moves cost by the class of their trigger, over the whole capture (rehoming.md sections 4 and 5): how many, how many of them were needless
 * (the old pair worked on), and how long. Quantiles only from five moves on: of fewer they say nothing.
 */
import { isPause } from '../../../shared/outage.ts'
import type { Metric, Quantiles, RehomingReport, TriggerClass, TriggerStatistics } from '../../../shared/report.ts'

const ENOUGH = 5

export function triggerStatistics(moves: readonly RehomingReport[]): TriggerStatistics[] {
  const byClass = new Map<TriggerClass, RehomingReport[]>()
  for (const move of moves) {
    const list = byClass.get(move.trigger.class)
    if (list === undefined) byClass.set(move.trigger.class, [move])
    else list.push(move)
  }
  return [...byClass]
    .sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]))
    .map(([name, list]) => {
      const spurious = list.filter((m) => m.spurious === true).length
      return {
        class: name,
        moves: list.length,
        spurious,
        spuriousRate: Math.round((1000 * spurious) / list.length) / 1000,
        outage: quantiles(list, (m) => (isPause(m) ? null : m.metrics.outage)),
        detection: quantiles(list, (m) => m.metrics.detection),
        signalling: quantiles(list, (m) => m.metrics.signalling),
        switch: quantiles(list, (m) => m.metrics.switch),
      }
    })
}

function quantiles(moves: readonly RehomingReport[], of: (move: RehomingReport) => Metric): Quantiles | null {
  const values: number[] = []
  for (const move of moves) {
    const metric = of(move)
    if (metric !== null) values.push(metric.value)
  }
  if (values.length < ENOUGH) return null
  values.sort((a, b) => a - b)
  return {
    n: values.length,
    min: values[0] as number,
    median: at(values, 0.5),
    p95: at(values, 0.95),
    max: values[values.length - 1] as number,
  }
}

/** Between the two nearest values, in proportion. */
function at(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const low = Math.floor(place)
  const [a, b] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number]
  return Math.round((a + (b - a) * (place - low)) * 1000) / 1000
}
