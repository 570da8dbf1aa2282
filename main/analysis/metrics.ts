/**
 * Recovery metrics of a move (rehoming.md section 5), each with bounds and the rows it came from, and the exact decomposition
 * t_data - (send time of the last unit delivered on P) = gap + detection + waitSignal + switch. What the capture cannot show is null.
 */
import type { Candidate } from './candidate.ts'
import type { MetricSet, Pair, PendingClaim, Span } from './model.ts'
import type { MultiSession } from './multi-session.ts'
import { onlySenderCaptured } from './one-sided.ts'
import type { Move } from './triggers/context.ts'
import { explorationOf } from './triggers/reap.ts'
import { emptyUnit } from './unit-store.ts'

const MS = 1e6

export function measureMove(move: Move): MetricSet {
  const { session, candidate, sender } = move
  const direction = session.directions[sender]
  const claim = claimFor(move)
  const verifiedAt = verifiedBefore(session, candidate)
  // Units still waiting that were first sent on the old path are lost there too.
  let lost = candidate.lost
  let firstLost = candidate.firstLostTime
  let firstLostRow = candidate.firstLostRow
  const lostRows = [...candidate.lostRows]
  const unit = emptyUnit()
  for (let i = 0; i < direction.waiting.size; i++) {
    direction.waiting.store.read(direction.waiting.at(i), unit)
    if (unit.done || unit.firstPath !== candidate.from || unit.firstTime < candidate.lastTime) continue
    lost++
    if (lostRows.length < 50) lostRows.push(unit.firstRow)
    if (firstLost < 0 || unit.firstTime < firstLost) {
      firstLost = unit.firstTime
      firstLostRow = unit.firstRow
    }
  }
  const seen = candidate.ack >= 0
  // A unit sent before the last delivered one and lost all the same does not date the failure.
  if (firstLost >= 0 && firstLost < candidate.lastTime) {
    firstLost = candidate.lastTime
    firstLostRow = candidate.lastRow
  }
  const detectClaim = claim !== null && claim.time <= candidate.time && claim.time >= Math.max(candidate.lastTime, firstLost) ? claim : null
  const exploration = explorationOf(session, candidate)
  let detect = detectClaim === null ? candidate.time : detectClaim.time
  let detectRow = detectClaim === null ? candidate.row : detectClaim.row
  if (exploration !== null && exploration.time < detect && exploration.time >= firstLost) {
    detect = exploration.time
    detectRow = exploration.rows[0] ?? detectRow
  }
  const detection: Span | null =
    firstLost < 0
      ? null
      : {
          value: (detect - firstLost) / MS,
          // without a copy sent before it, it may have been noticed just then
          low: candidate.lastResentTime < 0 ? 0 : Math.max(0, (detect - candidate.lastResentTime) / MS),
          high: (detect - candidate.lastTime) / MS,
          rows: [firstLostRow, detectRow],
        }
  const signalling = signallingSpan(claim, verifiedAt, candidate)
  const dataTime = candidate.dataTime < 0 ? candidate.time : candidate.dataTime
  const dataRow = candidate.dataTime < 0 ? candidate.row : candidate.dataRow
  const confirmed = claim?.answered ?? null
  const from = confirmed === null ? detect : Math.max(detect, confirmed)
  // Where nothing but the move itself shows that the failure was noticed, that may have been any time since the first loss.
  const inferred = detectClaim === null && exploration === null && confirmed === null
  const earliest = firstLost < 0 ? candidate.lastTime : firstLost
  const switched = (dataTime - from) / MS
  const switching: Span = {
    value: switched,
    low: switched,
    high: inferred ? Math.max(switched, (dataTime - earliest) / MS) : switched,
    rows: [detectRow, dataRow],
  }
  const gap = firstLost < 0 ? null : (firstLost - candidate.lastTime) / MS
  const waitSignal = confirmed === null ? 0 : Math.max(0, confirmed - detect) / MS
  let inconsistent = false
  if (gap !== null && detection !== null) {
    const whole = (dataTime - candidate.lastTime) / MS
    inconsistent = Math.abs(whole - (gap + detection.value + waitSignal + switching.value)) > Math.max(session.rtt / MS, 50)
  }
  return {
    outage: outageSpan(session, candidate),
    detection,
    signalling,
    switch: switching,
    lost: seen ? { value: lost, rows: lostRows } : null,
    retransmitted: seen ? { value: candidate.resent, rows: candidate.resentRows } : null,
    ...arrivals(move),
    acknowledged: seen ? exactly((candidate.ack - candidate.time) / MS, [candidate.row]) : null,
    hidden: hidden(seen, firstLost >= 0, move.healthy, onlySenderCaptured(session, move.sender)),
    parts: {
      gap,
      waitSignal,
      newData: candidate.dataTime > candidate.time ? (candidate.dataTime - candidate.time) / MS : null,
      inconsistent,
    },
  }
}

function exactly(value: number, rows: number[]): Span {
  return { value, low: value, high: value, rows }
}

/** Units that arrived twice or out of order: seen where the receiver is captured; elsewhere only what it reports (SCTP's duplicate TSNs). */
function arrivals({ session, candidate, sender }: Move): Pick<MetricSet, 'duplicated' | 'reordered'> {
  if (onlySenderCaptured(session, sender)) return { duplicated: null, reordered: null }
  if (candidate.ack < 0) return { duplicated: { value: candidate.again, rows: [] }, reordered: { value: candidate.late, rows: [] } }
  if (session.protocol !== 'sctp') return { duplicated: null, reordered: null }
  const value = session.reportedTwice(sender, candidate.lastTime, candidate.time + candidate.window)
  return { duplicated: { value, rows: [] }, reordered: null }
}

function hidden(seen: boolean, lost: boolean, healthy: boolean, alone: boolean): string[] {
  const out: string[] = []
  if (alone) out.push('what arrived, and when: nothing but what the sender sends is captured, so its times stand for it')
  else if (seen) out.push('order of arrival: the receiver is not captured')
  else out.push('units lost and sent again: what was lost on its way to the captured receiver is not seen')
  if (!lost && !healthy) out.push('time of the first loss, and with it the time to detect it')
  return out
}

/** First delivered unit on Q minus last delivered unit on P, at the receiver. */
function outageSpan(session: MultiSession, candidate: Candidate): Span {
  const sent = (candidate.time - candidate.lastTime) / MS
  if (candidate.ack < 0 || candidate.lastAck < 0) return exactly(sent, [candidate.lastRow, candidate.row])
  // The receiver is not captured: a unit arrived between its sending and its acknowledgement; half the pair's round trip is the estimate.
  const half = (path: number): number => {
    let best = Number.POSITIVE_INFINITY
    for (const pair of session.pairs) if (pair.path === path && pair.rtt !== null) best = Math.min(best, pair.rtt)
    return (Number.isFinite(best) ? best : session.rtt) / 2
  }
  const late = candidate.ack - candidate.time
  const early = candidate.lastAck - candidate.lastTime
  const arrivedNew = candidate.time + Math.min(half(candidate.to), late)
  const arrivedOld = candidate.lastTime + Math.min(half(candidate.from), early)
  return {
    value: Math.max(0, arrivedNew - arrivedOld) / MS,
    low: Math.max(0, candidate.time - candidate.lastAck) / MS,
    high: Math.max(0, candidate.ack - candidate.lastTime) / MS,
    rows: [candidate.lastRow, candidate.row],
  }
}

function signallingSpan(claim: PendingClaim | null, verifiedAt: boolean, candidate: Candidate): Span | null {
  if (claim !== null && claim.answered !== null) {
    return exactly((claim.answered - claim.time) / MS, [claim.row])
  }
  return verifiedAt ? exactly(0, [candidate.row]) : null
}

/** The claim that announced the new path, when it was made for this move: after the last good unit on the old one, or at most 5 s before it. */
export function claimFor(move: Move): PendingClaim | null {
  const { session, candidate } = move
  const to = session.paths[candidate.to]
  const from = session.paths[candidate.from]
  if (to === undefined) return null
  for (let i = session.claims.length - 1; i >= 0; i--) {
    const c = session.claims[i] as PendingClaim
    if (c.time > candidate.time || c.time < candidate.lastTime - 5e9) continue
    // A preference for the new pair's address, or against the old one's, asks for the move alike.
    const asked = c.what === 'prefer' && (c.address === to.ends[c.by] || c.address === from?.ends[c.by])
    if (asked || (c.what === 'add' && c.address === to.ends[c.by])) return c
  }
  return null
}

/** Was the new pair proven to reach the peer before data was sent on it? */
export function verifiedBefore(session: MultiSession, candidate: Candidate): boolean {
  return session.pairs.some((p: Pair) => p.path === candidate.to && p.verifiedAt !== null && p.verifiedAt <= candidate.time)
}
