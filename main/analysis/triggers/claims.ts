/**
 * What the endpoints say: a preference (MP_PRIO, Set Primary) on a healthy path is policy 60; a claim or withdrawal of the moving end, when that
 * end is not the captured one, is all that is visible of its cause: peer 60. A withdrawal by the captured end, or an address that it prefers, is its
 * own decision: policy 50.
 */
import { type Evidence, SECOND } from '../model.ts'
import { type Move, newPath, oldPath, type TriggerCandidateRows } from './context.ts'

/** A QUIC server names an address for its client to move to (RFC 9000 section 9.6): a claim that is a wish. */
const ASKED_BY_SERVER = 'preferred_address'

export function claimCandidates(move: Move): TriggerCandidateRows[] {
  const { session, candidate, lastGood } = move
  const out: TriggerCandidateRows[] = []
  const from = oldPath(move).ends
  const to = newPath(move).ends
  for (const e of session.evidence) {
    if (e.class !== 'policy' && e.class !== 'peer') continue
    if (e.time > candidate.time || e.time < Math.min(lastGood, candidate.time) - 5 * SECOND) continue
    const moved = from[e.by as 0 | 1] !== to[e.by as 0 | 1]
    if (e.what === 'preference') {
      if (about(move, e))
        out.push({
          class: 'policy',
          score: move.healthy || works(move, e.time) ? 60 : move.fellSilent ? 35 : 45,
          time: e.time,
          rows: e.rows,
          text: e.text,
          clause: `after ${e.text}`,
          asked: true,
        })
    } else if (moved && about(move, e)) {
      if (e.by !== move.captured)
        out.push({
          class: 'peer',
          score: 60,
          time: e.time,
          rows: e.rows,
          text: `${e.text} by the end that moved`,
          clause: `after ${e.text} by the end that moved`,
        })
      else if (e.what === 'withdrawal' || e.text === ASKED_BY_SERVER)
        out.push({
          class: 'policy',
          score: move.fellSilent ? 35 : 50,
          time: e.time,
          rows: e.rows,
          text: e.text,
          clause: `after ${e.text}`,
          asked: true,
        })
    }
  }
  return out
}

/**
 * A sender that paused for reasons of its own (a busy machine, nothing to say) leaves the old path no less healthy: nothing sent there was lost
 * or is unanswered, and it was seen to work after the preference, by data or by a probe that came in.
 */
function works(move: Move, since: number): boolean {
  const { session, candidate, sender, captured } = move
  if (candidate.firstLostTime >= 0 || move.fellSilent) return false
  const until = candidate.time + candidate.window
  if (session.probes.some((p) => p.path === candidate.from && p.time <= candidate.time && p.passed < 0)) return false
  if (Math.max(candidate.lastTime, candidate.lastAck) >= since) return true
  const known = captured === 0 || captured === 1
  return session.answeredOn.some(
    (a) =>
      a.path === candidate.from &&
      a.time >= since &&
      a.time <= until &&
      (!known || a.by === captured || (a.by === sender && sender !== captured)),
  )
}

/** Does the claim speak of a locator of the old or the new path, and for this move? Nobody leaves an address because it is preferred. */
function about(move: Move, e: Evidence): boolean {
  const what = e.what === 'claim' ? 'add' : e.what === 'withdrawal' ? 'remove' : 'prefer'
  const end = e.by as 0 | 1
  const [from, to] = [oldPath(move).ends[end], newPath(move).ends[end]]
  // one message may make several claims
  const claims = move.session.claims.filter((c) => c.row === e.rows[0] && c.by === e.by && c.what === what)
  if (claims.length === 0) return true
  return claims.some(({ address, wildcard, against }) => {
    if (address < 0 || wildcard) return true
    // Where the end keeps its address, the message's own pair tells which is meant.
    if (what === 'prefer')
      return address === (against ? from : to) && (from !== to || e.path === (against ? move.candidate.from : move.candidate.to))
    return address === (what === 'add' ? to : from)
  })
}
