/** Transport evidence: retransmission timeouts on the old path 55 and 5 more for each further one up to 75, handshake retries 45, losses 25. */
import { type Evidence, SECOND } from '../model.ts'
import { type Move, pathText, SLACK, spoken, type TriggerCandidateRows } from './context.ts'

export function transportCandidates(move: Move): TriggerCandidateRows[] {
  const { session, candidate, lastGood } = move
  const out: TriggerCandidateRows[] = []
  for (const e of session.evidence) {
    if (e.class !== 'transport' || e.path !== candidate.from) continue
    if (e.until < lastGood - 5 * SECOND || e.time > candidate.time + confirming(e)) continue
    // What the old path has recovered from explains nothing.
    if (e.until < lastGood - SLACK) continue
    const score = scoreOf(e)
    if (score <= 0) continue
    const text = `${wordsFor(e)} on ${pathText(move, e.path)}`
    out.push({ class: 'transport', score, time: e.time, rows: e.rows, text, clause: `after ${wordsFor(e)}` })
  }
  const silent = silence(move)
  if (silent !== null) out.push(silent)
  return out
}

/** Lost data is seen by the receiver only when its second copy fills the hole, shortly after the move. */
function confirming(e: Evidence): number {
  return e.what === 'retransmission-timeout' ? SECOND : SLACK
}

function scoreOf(e: Evidence): number {
  if (e.what === 'retransmission-timeout') return Math.min(75, 55 + 5 * (e.count - 1))
  if (e.what === 'handshake-retry') return 45
  if (e.what === 'reset') return 60
  return e.what === 'fast-retransmission' ? 25 : 0
}

function wordsFor(e: Evidence): string {
  if (e.what === 'retransmission-timeout') return e.count > 1 ? `${e.count} retransmission timeouts` : 'a retransmission timeout'
  if (e.what === 'fast-retransmission') return 'a loss repaired by fast retransmission'
  return e.text
}

/**
 * Seen from the receiver: the old path fell silent for longer than a timer's minimum and far longer than the usual gap, then the data went on
 * elsewhere. The sender's own timeouts happened where the capture could not see them.
 */
function silence(move: Move): TriggerCandidateRows | null {
  const { session, candidate } = move
  if (move.healthy || candidate.ack >= 0) return null
  const limit = Math.max(0.15 * SECOND, 3 * candidate.medianGap)
  if (candidate.silence < limit) return null
  const milliseconds = Math.round(candidate.silence / 1e6)
  return {
    class: 'transport',
    score: 40,
    time: candidate.lastTime,
    rows: [candidate.lastRow, candidate.row],
    text: `${pathText(move, candidate.from)} silent for ${milliseconds} ms in the middle of data${
      session.directions[move.sender].seen.holes > 0 ? ', with data missing' : ''
    }`,
    clause: `when ${spoken(pathText(move, candidate.from), 'the old path')} fell silent`,
  }
}
