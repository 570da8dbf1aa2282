/**
 * An address is proven when data that went to it alone is acknowledged (RFC 9260 section 5.4; threats.md 0.3, SCTP). Where its host is captured
 * the data was seen to arrive there, and the acknowledgement tells the sender. Cost: one comparison a unit, or a pair, once all are proven.
 */
import type { Signal } from '../../shared/signals.ts'
import { DATA_ACKNOWLEDGED, verifyLocator } from './locators.ts'
import type { End, Pair } from './model.ts'
import type { MultiSession } from './multi-session.ts'

/** A unit that was sent on the pair alone was acknowledged. */
export function provenByData(session: MultiSession, acknowledger: End, pair: Pair | undefined, signal: Signal): void {
  if (pair === undefined || pair.verifiedAt !== null) return
  const { time, row } = signal
  pair.verifiedAt = time
  pair.verifiedHow = DATA_ACKNOWLEDGED
  session.mark(time, 'verified', 1 - acknowledger, pair.index, row, DATA_ACKNOWLEDGED)
  verifyLocator(session, acknowledger, pair.way.ends[acknowledger], DATA_ACKNOWLEDGED, time, row)
}

/** The captured end acknowledges: what arrived at it on pairs that are not proven yet, if the number goes beyond it. */
export function provenByArrival(session: MultiSession, acknowledger: End, signal: Signal): void {
  const sender = (1 - acknowledger) as End
  for (const pair of session.pairs) {
    if (pair.verifiedAt !== null || pair.way.lastPayload(sender) < 0) continue
    const direction = session.direction(sender)
    const place = direction.serial.look(signal.unit)
    for (let i = direction.count - 1; i >= 0; i--) {
      if (direction.path(i) !== pair.path || direction.start(i) >= place) continue
      provenByData(session, acknowledger, pair, signal)
      break
    }
  }
}
