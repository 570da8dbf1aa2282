/**
 * Goodput around a move (rehoming.md section 5): bytes of the 10 s after it to those of the 10 s before it, and when a second first had 80 %
 * of the usual bytes again. From the payload bytes that the session's pairs have in their bins: sent bytes, both directions together. Long
 * sessions have wide bins: what falls into the bin of the move itself is the uncertainty; with bins over 1 s nothing is said of the second.
 */
import type { MultiSession, Rehoming, Span } from '../model.ts'

const SECOND = 1e9
const AROUND = 10 * SECOND
const LEAST = 3 * SECOND

export interface Goodput {
  /** a ratio; all else in a Span is in ms */
  ratio: Span | null
  steady: Span | null
  hidden: string[]
}

export function goodputOf(session: MultiSession, r: Rehoming, now: number): Goodput {
  const active = session.pairs.filter((p) => p.activity.start >= 0)
  const begin = Math.min(...active.map((p) => p.activity.start))
  const end = session.closed ?? now
  const width = Math.max(0, ...active.map((p) => p.activity.width))
  // both sides as long as the shorter one allows
  const around = Math.min(AROUND, r.time - begin, end - r.time)
  if (around < LEAST || width > around / 4)
    return { ratio: null, steady: null, hidden: ['goodput around the move: too little of the session before or after it'] }
  const before = sum(session, r.time - around, r.time)
  const after = sum(session, r.time, r.time + around)
  const rows = [r.row]
  const ratio: Span | null =
    before.sure === 0 ? null : { value: after.sum / before.sum, low: after.sure / before.all, high: after.all / before.sure, rows }
  const steady = width <= SECOND ? steadyOf(session, r, begin, end, width) : null
  return { ratio, steady, hidden: steady === null ? ['return to 80 % of the usual goodput'] : [] }
}

/** Bytes between two times: of bins wholly within, of all that touch it, and with those cut in proportion. */
function sum(session: MultiSession, from: number, to: number): { sure: number; all: number; sum: number } {
  const out = { sure: 0, all: 0, sum: 0 }
  for (const { activity } of session.pairs) {
    if (activity.start < 0) continue
    const { start, width } = activity
    const values = activity.values()
    const first = Math.max(0, Math.floor((from - start) / width))
    for (let i = first; i < values.length; i++) {
      const left = start + i * width
      if (left >= to) break
      const bytes = values[i] as number
      const inside = Math.min(to, left + width) - Math.max(from, left)
      if (inside <= 0) continue
      out.all += bytes
      if (left >= from && left + width <= to) out.sure += bytes
      out.sum += (bytes * inside) / width
    }
  }
  return out
}

/** First second after the move with 80 % of the median second before it. */
function steadyOf(session: MultiSession, r: Rehoming, begin: number, end: number, width: number): Span | null {
  const usual: number[] = []
  const last = r.report.lastGood
  for (let i = 1; i <= 10 && last - i * SECOND >= begin; i++) usual.push(sum(session, last - i * SECOND, last - (i - 1) * SECOND).sum)
  if (usual.length < 3) return null
  usual.sort((a, b) => a - b)
  const need = 0.8 * (usual[usual.length >> 1] as number)
  if (need <= 0) return null
  const from = r.time + Math.max(0, r.report.metrics.acknowledged?.value ?? 0) * 1e6
  const step = Math.max(width, 0.05 * SECOND)
  for (let at = from; at + SECOND <= end && at < from + 60 * SECOND; at += step) {
    if (sum(session, at, at + SECOND).sum < need) continue
    const value = (at - r.time) / 1e6
    return { value, low: Math.max(0, value - step / 1e6), high: value + step / 1e6, rows: [r.row] }
  }
  return null
}
