/** Which stretch of time a session's pictures show: from the first to the last thing known of it, with a little air. Pure arithmetic. */
import type { SessionReport } from '../../shared/report.ts'
import type { Span } from './time-scale.ts'

export function boundsOf(session: SessionReport, origin: number): Span {
  let from = session.opened
  let to = session.closed ?? session.opened
  for (const pair of session.pairs) {
    from = Math.min(from, pair.first)
    to = Math.max(to, pair.last)
  }
  const first = session.timeline[0]
  const last = session.timeline[session.timeline.length - 1]
  if (first) from = Math.min(from, first.t)
  if (last) to = Math.max(to, last.t)
  const air = Math.max((to - from) * 0.012, 0.001)
  return { from: from - origin - air, to: to - origin + air }
}
