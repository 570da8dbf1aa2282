/**
 * What of a move was an outage (rehoming.md section 5): the time without delivery in which something was to be delivered. Where nothing was lost and
 * nothing sent again, a long time between two deliveries is the application's own silence: a pause, which no list may call its worst outage. Where
 * losses cannot be seen (the receiver is captured), only an old path that worked until the move, which an endpoint asked for, says that it was one. Pure.
 */

/** ms; longer than any change of path takes by itself */
const PAUSE = 3000

interface Counted {
  value: number
}

/** A move as reports have it, and as the analysis has judged it. */
interface Judged {
  metrics: { outage: Counted | null; lost: Counted | null; retransmitted: Counted | null }
  /** null: the old path had not failed */
  failedDirection?: string | null
  trigger: { class: string; score: number }
}

/** of a preference while the old path was seen to work (rehoming.md section 4); less where it was not */
const ASKED_FOR = 60

export function isPause({ metrics, failedDirection, trigger }: Judged): boolean {
  const { outage, lost, retransmitted } = metrics
  if (outage === null || outage.value < PAUSE) return false
  if (lost !== null) return lost.value === 0 && retransmitted?.value === 0
  return failedDirection === null || (trigger.class === 'policy' && trigger.score >= ASKED_FOR)
}

/** ms; null where it is not known, and for a pause */
export function outageOf(move: Judged): number | null {
  const { outage } = move.metrics
  return outage === null || isPause(move) ? null : outage.value
}

/** The longest of all; null when none is known. */
export function worstOutage(moves: Iterable<Judged>): number | null {
  let worst: number | null = null
  for (const one of moves) {
    const value = outageOf(one)
    if (value !== null && (worst === null || value > worst)) worst = value
  }
  return worst
}

/** ms: a session's longest time without delivery, whether it moved then or stayed where it was; null when none is known. */
export function longestWithout(session: { interruptions?: readonly { ms: number }[] }, moves: Iterable<Judged>): number | null {
  const stayed = (session.interruptions ?? []).reduce((worst, { ms }) => Math.max(worst, ms), -1)
  const moved = worstOutage(moves)
  return moved === null && stayed < 0 ? null : Math.max(moved ?? 0, stayed)
}
