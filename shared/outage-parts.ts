/**
 * Splits an outage into the stretches that explain it, for a bar: silence before the first loss, detection, signalling, switch; the rest of the outage when it is not known what it went to.
 * Uses the exact parts when the engine gives them. Widths are shares of their own sum; what is missing is said, never invented.
 */
import type { RehomingReport } from './report.ts'

export interface OutagePart {
  name: 'gap' | 'detection' | 'signalling' | 'switch' | 'rest'
  label: string
  what: string
  value: number
  low: number | null
  high: number | null
  frames: number[]
  /** of the bar, 0..1 */
  share: number
}

const WORDS: Record<OutagePart['name'], [string, string]> = {
  gap: ['before loss', 'from the last delivered unit until the first lost one was sent'],
  detection: ['detection', 'from the first lost unit until the sender showed that it knew'],
  signalling: ['signalling', 'from then until the new path was agreed'],
  switch: ['switch', 'from then until the first new data on the new path'],
  rest: ['not told apart', 'nothing in the capture shows how much of this was spent on what'],
}

export function outageParts(metrics: RehomingReport['metrics']): OutagePart[] {
  const { detection, signalling, parts } = metrics
  const list: Omit<OutagePart, 'share'>[] = []
  const add = (name: OutagePart['name'], value: number | null | undefined, from: RehomingReport['metrics']['outage']) => {
    if (value == null || !Number.isFinite(value) || value < 0) return
    const [label, what] = WORDS[name]
    list.push({ name, label, what, value, low: from?.low ?? null, high: from?.high ?? null, frames: from?.frames ?? [] })
  }
  add('gap', parts?.gap, null)
  add('detection', detection?.value, detection)
  // the exact decomposition counts the wait for signalling; a path that was ready beforehand had none
  add('signalling', parts?.waitSignal ?? signalling?.value, signalling)
  add('switch', metrics.switch?.value, metrics.switch)
  // a bar of the known parts alone would say that they are all of it
  const known = list.reduce((total, part) => total + part.value, 0)
  const left = (metrics.outage?.value ?? 0) - known
  if (list.length > 0 && left > 0.02 * (metrics.outage?.value ?? 0)) {
    const [label, what] = WORDS.rest
    list.unshift({ name: 'rest', label, what, value: left, low: null, high: null, frames: [] })
  }
  const sum = list.reduce((total, part) => total + part.value, 0)
  return list.map((part) => ({ ...part, share: sum > 0 ? part.value / sum : 0 }))
}
