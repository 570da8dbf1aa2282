/**
 * What stretch of time is drawn, and what the marks in it are. Its one line has not always room for all of them, so what does not occur
 * in the session takes none. It goes by the whole session, lest it change while one zooms.
 */
import { moment, seconds } from '../text/format.ts'
import { decimalsFor } from './hover.ts'
import type { Slice } from './slice.ts'
import { type Span, width } from './time-scale.ts'

export interface Drawn {
  resent: boolean
  signal: boolean
  finding: boolean
}

/** Which kinds of marks occur; none while nothing is drawn yet. */
export function drawnIn(overview: Pick<Slice, 'lanes' | 'marks'> | null): Drawn {
  return {
    resent: overview?.lanes.some((lane) => lane.retransmitted.some((bytes) => bytes > 0)) ?? false,
    signal: overview?.marks.some((mark) => mark.kind !== 'finding') ?? false,
    finding: overview?.marks.some((mark) => mark.kind === 'finding') ?? false,
  }
}

export function Legend({ span, drawn }: { span: Span; drawn: Drawn }) {
  const decimals = decimalsFor(span, 400)
  return (
    <>
      <span className="muted number">
        {moment(Math.max(0, span.from), decimals)} to {moment(span.to, decimals)}, {seconds(width(span))} across
      </span>
      <span className="legend muted" aria-hidden="true">
        <span>▲ to responder</span>
        <span>▼ to initiator</span>
        {drawn.resent && (
          <span>
            <i className="legend-resent" /> resent
          </span>
        )}
        {drawn.signal && (
          <span>
            <i className="legend-signal" /> signal
          </span>
        )}
        {drawn.finding && (
          <span>
            <i className="legend-finding">⚑</i> finding
          </span>
        )}
      </span>
    </>
  )
}
