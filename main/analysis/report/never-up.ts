/**
 * Why a session that was tried never came up: what the responder said to it, or a router on the way, or nobody. Errors about what the responder
 * had sent explain nothing here: a client that has given up says so itself when an answer comes late.
 */
import type { Evidence, MultiSession } from '../model.ts'

/** What a router, or the responder's host, said of the initiator's packets. */
export function errorBack(session: MultiSession): Evidence | undefined {
  return session.evidence.find((e) => e.class === 'icmp' && e.by === 0)
}

/** 'never answered', 'answered but never completed', and what was said if anything was. */
export function neverUpWords(session: MultiSession): { answer: string; said: string } {
  const said = session.turnedAway !== '' ? session.turnedAway : (errorBack(session)?.text ?? '')
  const answer = session.turnedAway !== '' ? 'turned away' : session.stepTime(1) >= 0 ? 'answered but never completed' : 'never answered'
  return { answer, said }
}
