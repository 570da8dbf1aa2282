/**
 * Had the pair failed that a session left, and which way (RFC 4177 section 7.2)? What it delivered until then is half of the answer, what made
 * the session move the other: a pair that worked until the move did not fail when an end wished to leave it, or went back to one that had come
 * up again; it did when data of it was missing, a router or the link said so. Reports, pages and the window all tell this one answer.
 */
import { type Cause, type RehomingJudgement, SECOND } from './model.ts'
import { dueTime } from './rehoming.ts'
import { patience } from './resent.ts'
import type { Move } from './triggers/context.ts'

/** ns: longest that a receiver usually waits for the second unit before it acknowledges the first (RFC 9260 section 6.2) */
const DELAYED_ACK = 0.2 * SECOND

type Failed = RehomingJudgement['failedDirection']

/** Does it say that the old pair had failed? */
export function blames(cause: Pick<Cause, 'class' | 'recovery'>): boolean {
  return cause.class !== 'policy' && cause.class !== 'peer' && cause.recovery !== true
}

/** Whoever moves at once when the link goes leaves a pair that had worked until then. */
function linkLost(cause: Pick<Cause, 'class' | 'recovery'>): boolean {
  return cause.class === 'link' && cause.recovery !== true
}

/** `worked`: the old pair delivered after the move, too. null: it had not failed. */
export function failedDirection(move: Move, cause: Cause, worked: boolean): Failed {
  return unharmed(move.healthy, worked, cause) ? null : failing(move, cause)
}

/** The answer for a move of both directions, whose cause may be that of the other one. */
export function failedOfBoth(one: RehomingJudgement, other: RehomingJudgement, cause: Cause): Failed {
  if (unharmed(one.healthy, one.worked, cause)) return null
  return one.failedDirection ?? other.failedDirection ?? 'undecided'
}

/** Where nothing blames the old pair, its answer after the move says as much as data until the move: a session that rarely sends has none. */
function unharmed(healthy: boolean, worked: boolean, cause: Cause): boolean {
  return blames(cause) ? healthy && worked && !linkLost(cause) : healthy || worked
}

/**
 * Which way it failed, seen from the captured end: does anything of the peer still come in on it, does the peer still acknowledge what is
 * sent on it?
 */
function failing(move: Move, cause: Cause): Failed {
  const end = move.session.capturedEnd
  if (end !== 0 && end !== 1) return 'undecided'
  const { session, candidate, sender } = move
  const path = session.paths[candidate.from]
  if (path === undefined) return 'undecided'
  const peer = (1 - end) as 0 | 1
  // What came before the first loss was sent while the pair still worked.
  const since = Math.max(candidate.lastTime + 2 * session.rtt, candidate.firstLostTime)
  const heard = peer === 0 ? path.heardInitiator : path.heardResponder
  const inbound = heard > since && heard <= dueTime(session, candidate)
  if (linkLost(cause) && !inbound) return 'both'
  if (sender !== end) return inbound ? 'outbound' : 'undecided'
  // The captured end sends. Acknowledgements of data that was sent again elsewhere prove nothing; a unit that the peer reports twice had
  // arrived on the old path as well. The first units of an outage may still have got through, so most have to; and where data flows, more than the
  // one whose acknowledgement is delayed: it may have come before both ways failed.
  const twice = session.reportedTwice(end, candidate.lastTime, candidate.time + candidate.window) - candidate.spare
  const outbound = twice > (candidate.medianGap < DELAYED_ACK ? 1 : 0) && twice * 2 >= candidate.resent
  // What comes in long after the last was sent there may come by a path that has recovered.
  const tried = path.lastPayload(end) + Math.max(patience(session), 3 * candidate.medianGap)
  if (inbound && !outbound && heard > tried) return 'undecided'
  if (inbound && !outbound) return candidate.firstLostTime < 0 && !blames(cause) ? 'undecided' : 'outbound'
  if (!inbound && outbound) return 'inbound'
  return inbound ? 'undecided' : 'both'
}
