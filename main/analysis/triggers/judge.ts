/**
 * Puts the trigger of a move together: all rules, the winner by score and then the earliest. Without a candidate of 30 or more: policy when the
 * old path still delivered within a round trip before the move, else unknown.
 */
import { claimCandidates } from './claims.ts'
import type { Move, TriggerCandidateRows } from './context.ts'
import { pathText } from './context.ts'
import { heartbeatCandidates } from './heartbeat.ts'
import { icmpCandidates } from './icmp.ts'
import { linkCandidates } from './link.ts'
import { reapCandidates } from './reap.ts'
import { routeOffered, routingCandidates } from './routing.ts'
import { transportCandidates } from './transport.ts'

export function judgeTrigger(move: Move): { winner: TriggerCandidateRows; candidates: TriggerCandidateRows[] } {
  const all = [
    ...linkCandidates(move),
    ...icmpCandidates(move),
    ...routingCandidates(move),
    ...heartbeatCandidates(move),
    ...reapCandidates(move),
    ...claimCandidates(move),
    ...transportCandidates(move),
  ]
  permitOnly(move, all)
  all.sort((a, b) => b.score - a.score || a.time - b.time)
  const candidates: TriggerCandidateRows[] = []
  for (const c of all) {
    if (c.score < 30 || candidates.some((k) => k.class === c.class && k.score === c.score && k.text === c.text)) continue
    candidates.push(c)
  }
  const best = candidates[0]
  if (best !== undefined) return { winner: best, candidates }
  const { candidate } = move
  const offered = move.healthy ? routeOffered(move) : null
  const winner: TriggerCandidateRows = move.healthy
    ? {
        class: 'policy',
        score: 30,
        time: candidate.time,
        rows: [candidate.lastRow, candidate.row],
        text: `${pathText(move, candidate.from)} still worked: ${offered === null ? "the sender's own choice" : offered.detail.message}`,
        clause: offered === null ? "by the sender's choice" : `when a route by ${offered.detail.interfaceName} was added`,
      }
    : {
        class: 'unknown',
        score: 0,
        time: candidate.time,
        rows: [candidate.row],
        text: 'nothing in the capture explains it',
        clause: 'for no reason seen in the capture',
      }
  return { winner, candidates }
}

/** loss on the old path begins at 55: one retransmission timeout, one unanswered heartbeat */
const FAILED = 55

/**
 * An answer on the new path permits a move and asks for none. It stands behind an endpoint's word however late its data followed, and behind
 * the failure of an old path that lost what was sent on it.
 */
function permitOnly({ candidate }: Move, all: TriggerCandidateRows[]): void {
  let before = candidate.firstLostTime >= 0 ? FAILED : Number.POSITIVE_INFINITY
  for (const c of all) if (c.asked === true) before = Math.min(before, c.score)
  for (const c of all) if (c.recovery === true) c.score = Math.min(c.score, before - 1)
}
