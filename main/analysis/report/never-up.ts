/**
 * Why a session that was tried never came up: what the responder said to it, or a router on the way, or nobody. Errors about what the responder
 * had sent explain nothing here: a client that has given up says so itself when an answer comes late.
 */
import { type Evidence, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'

/** What a router, or the responder's host, said of the initiator's packets. */
function errorBack(session: MultiSession): Evidence | undefined {
  return session.evidence.find((e) => e.class === 'icmp' && e.by === 0)
}

/** 'never answered', 'refused', 'answered but never completed', and what was said, in which packets, if anything was. `oneWay`: as in the scope. */
export function neverUpWords(session: MultiSession, oneWay: boolean): { answer: string; said: string; rows: readonly number[] } {
  const { turnedAway } = session
  if (turnedAway !== null) return { answer: 'turned away', said: turnedAway.text, rows: [turnedAway.row] }
  const refusal = session.closedWhy === '' ? undefined : session.marks.findLast((m) => m.kind === 'closed' && m.direction === 1)
  if (refusal !== undefined && refusal.rows.length > 0)
    return { answer: 'refused', said: `ended by ${session.closedWhy}`, rows: refusal.rows }
  const error = errorBack(session)
  const answer = session.stepTime(1) >= 0 ? answered(session) : answersUnseen(session) ? UNSEEN : unanswered(oneWay)
  return { answer, said: error?.text ?? '', rows: error?.rows ?? [] }
}

/** Said where it is not known whether the session came up. */
const UNSEEN = 'answered, but what was answered is not in the capture'
const HALF = 'answered, but nothing that its initiator sent is in the capture'

function answered(session: MultiSession): string {
  return session.aloneInSight(1) ? HALF : 'answered but never completed'
}

/**
 * The initiator went on with the handshake, which takes what the responder's answer told it (a cookie, a puzzle, an SPI): it was answered, and
 * whether the handshake was completed is not in the capture either.
 */
function answersUnseen(session: MultiSession): boolean {
  return session.stepTime(1) < 0 && session.stepTime(2) >= 0
}

/** At `now`, where the capture ends, too little time has passed since its first message to say that a session never came up. */
export function mayComeUp(session: MultiSession, now: number): boolean {
  return session.state === 'opening' && now - session.opened <= SECOND
}

const ONE_WAY = 'never seen answered (the capture may hold one direction only)'

/** How such a headline begins: where answers may be missing from the capture alone, nothing is said of the session itself. */
export function cameUpWords(why: string): string {
  return [UNSEEN, HALF, ONE_WAY].some((unsure) => why.endsWith(unsure)) ? 'Not seen to come up' : 'Never came up'
}

/** What is said where no answer was seen. */
export function unanswered(oneWay: boolean): string {
  return oneWay ? ONE_WAY : 'never answered'
}
