/**
 * Goodput around a move (rehoming.md section 5): bytes of the 10 s after it to those of the 10 s before it, and when a second first had 80 %
 * of the usual bytes again, both directions together. Bytes that got through for the first time, when that was known, where acknowledgements or
 * arrivals tell; else what the session's pairs sent, and the report says which. Long sessions have wide bins: what falls into the bin of the
 * move itself is the uncertainty; with bins over 1 s nothing is said of the second.
 */
import type { Activity } from '../activity.ts'
import type { Rehoming, Span } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'

const SECOND = 1e9
const AROUND = 10 * SECOND
const LEAST = 3 * SECOND

export interface Goodput {
  /** a ratio; all else in a Span is in ms */
  ratio: Span | null
  /** of which bytes that is */
  basis: 'delivered' | 'sent'
  steady: Span | null
  hidden: string[]
}

/** Is it seen what got through, in each direction that has data? */
function seesDelivery(session: MultiSession): boolean {
  const { capturedEnd } = session
  return session.directions.every((d) => d.units === 0 || d.acknowledged || capturedEnd === 2 || capturedEnd === 1 - d.sender)
}

export function goodputOf(session: MultiSession, r: Rehoming, now: number): Goodput {
  const { delivered } = session
  if (delivered !== null && r.time - delivered.start >= LEAST && seesDelivery(session))
    return around(session, r, now, [delivered], 'delivered')
  const active = session.pairs.filter((p) => p.activity.start >= 0).map((p) => p.activity)
  return around(session, r, now, active, 'sent')
}

function around(session: MultiSession, r: Rehoming, now: number, series: readonly Activity[], basis: Goodput['basis']): Goodput {
  const begin = Math.min(...series.map((one) => one.start))
  const end = session.closed ?? now
  const width = Math.max(0, ...series.map((one) => one.width))
  // both sides as long as the shorter one allows
  const span = Math.min(AROUND, r.time - begin, end - r.time)
  if (span < LEAST || width > span / 4)
    return { ratio: null, basis, steady: null, hidden: ['goodput around the move: too little of the session before or after it'] }
  const before = sum(series, r.time - span, r.time)
  const after = sum(series, r.time, r.time + span)
  const rows = [r.row]
  const ratio: Span | null =
    before.sure === 0 ? null : { value: after.sum / before.sum, low: after.sure / before.all, high: after.all / before.sure, rows }
  const steady = width <= SECOND ? steadyOf(series, r, begin, end, width) : null
  const hidden = basis === 'sent' ? ['goodput: nothing tells what got through, so it is that of the bytes sent'] : []
  return { ratio, basis, steady, hidden: steady === null ? [...hidden, 'return to 80 % of the usual goodput'] : hidden }
}

/** Bytes between two times: of bins wholly within, of all that touch it, and with those cut in proportion. */
function sum(series: readonly Activity[], from: number, to: number): { sure: number; all: number; sum: number } {
  const out = { sure: 0, all: 0, sum: 0 }
  for (const activity of series) {
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
function steadyOf(series: readonly Activity[], r: Rehoming, begin: number, end: number, width: number): Span | null {
  const usual: number[] = []
  const last = r.report.lastGood
  for (let i = 1; i <= 10 && last - i * SECOND >= begin; i++) usual.push(sum(series, last - i * SECOND, last - (i - 1) * SECOND).sum)
  if (usual.length < 3) return null
  usual.sort((a, b) => a - b)
  const need = 0.8 * (usual[usual.length >> 1] as number)
  if (need <= 0) return null
  const from = r.time + Math.max(0, r.report.metrics.acknowledged?.value ?? 0) * 1e6
  const step = Math.max(width, 0.05 * SECOND)
  for (let at = from; at + SECOND <= end && at < from + 60 * SECOND; at += step) {
    if (sum(series, at, at + SECOND).sum < need) continue
    const value = (at - r.time) / 1e6
    return { value, low: Math.max(0, value - step / 1e6), high: value + step / 1e6, rows: [r.row] }
  }
  return null
}
