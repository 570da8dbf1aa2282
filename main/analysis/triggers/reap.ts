/** REAP (RFC 5534): an end that explores has heard nothing for its Send Timeout. That is the trigger of the moves that follow: 75. */

import type { Candidate } from '../candidate.ts'
import type { Evidence } from '../model.ts'
import { SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Move, TriggerCandidateRows } from './context.ts'

/** Exploring may take several rounds of probes, each longer (RFC 5534 section 4.4). */
const WINDOW = 120 * SECOND

/** What began the exploration that the candidate ended; null when none did. */
export function explorationOf(session: MultiSession, candidate: Candidate): Evidence | null {
  let first: Evidence | null = null
  for (const e of session.evidence) {
    if (e.what !== 'reap-exploring' || e.path !== candidate.from) continue
    if (e.time > candidate.time || e.until < candidate.time - WINDOW || e.time < candidate.lastTime) continue
    if (first === null || e.time < first.time) first = e
  }
  return first
}

export function reapCandidates(move: Move): TriggerCandidateRows[] {
  const e = explorationOf(move.session, move.candidate)
  if (e === null) return []
  const text = `REAP explored, having heard ${e.text}`
  return [{ class: 'heartbeat', score: 75, time: e.time, rows: e.rows, text, clause: `when REAP had heard ${e.text}` }]
}
