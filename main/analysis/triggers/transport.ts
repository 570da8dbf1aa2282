/**
 * Transport evidence: retransmission timeouts on the old path 55 and 5 more for each further one up to 75; an SCTP error count that makes the
 * path potentially failed or inactive, and QUIC's probe timeouts: 60; handshake retries 45, losses 25.
 */
import { type Evidence, SECOND } from '../model.ts'
import { milliseconds } from '../report/text.ts'
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
  const counted = errorCount(move)
  if (counted !== null) out.push(counted)
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
  if (e.what === 'reset' || e.what === 'probe-timeout') return 60
  return e.what === 'fast-retransmission' ? 25 : 0
}

function wordsFor(e: Evidence): string {
  if (e.what === 'retransmission-timeout') return e.count > 1 ? `${e.count} retransmission timeouts` : 'a retransmission timeout'
  if (e.what === 'fast-retransmission') return 'a loss repaired by fast retransmission'
  return e.text
}

/** Potentially failed with the first error, inactive beyond five: PotentiallyFailed.Max.Retrans (RFC 7829 section 3) and Path.Max.Retrans. */
const POTENTIALLY_FAILED = 1
const INACTIVE = 6

/** The error count of the old path as its sender keeps it: timeouts of data and heartbeats since it delivered last (RFC 9260 section 8.2). */
function errorCount(move: Move): TriggerCandidateRows | null {
  const { session, candidate, lastGood, sender } = move
  if (session.protocol !== 'sctp' || move.healthy) return null
  let count = 0
  let time = candidate.time
  const rows: number[] = []
  for (const e of session.evidence) {
    if (e.what !== 'retransmission-timeout' || e.path !== candidate.from || e.by !== sender) continue
    if (e.time > candidate.time + SLACK || e.until < lastGood) continue
    count += e.count
    time = Math.min(time, e.time)
    rows.push(...e.rows)
  }
  // Lost heartbeats alone are a trigger of their own.
  if (count === 0) return null
  for (const p of session.probes) {
    if (p.path !== candidate.from || p.by !== sender || p.time < lastGood || p.time > candidate.time - SECOND) continue
    if (p.passed >= 0 && p.passed <= candidate.time) continue
    count++
    time = Math.min(time, p.time)
    rows.push(p.row)
  }
  if (count < POTENTIALLY_FAILED) return null
  const state = count >= INACTIVE ? 'inactive' : 'potentially failed'
  const times = count === 1 ? 'a timeout' : `${count} timeouts`
  return {
    class: 'transport',
    score: 60,
    time,
    rows: rows.slice(0, 20),
    text: `${times} make ${pathText(move, candidate.from)} ${state}`,
    clause: count === 1 ? 'after a retransmission timeout' : `after ${times}`,
  }
}

/** The shortest timer that stacks set, less what clocks differ by */
const SHORTEST_TIMER = 0.19 * SECOND

/**
 * Seen from the receiver: the old path fell silent for longer than a timer's minimum and far longer than the usual gap, then the data went on
 * elsewhere. The sender's own timeouts happened where the capture could not see them. Who sends in bursts, or only what is asked for, pauses
 * between them; data that comes seldom but at its time is late by a timer.
 */
function silence(move: Move): TriggerCandidateRows | null {
  const { session, candidate } = move
  if (move.healthy || candidate.ack >= 0) return null
  // Where the sender was captured and nothing acknowledges, a gap without data is the sender's own.
  if (session.impliedProof && move.captured === move.sender && !move.fellSilent) return null
  const { longestGap } = candidate
  const limit = Math.min(Math.max(0.15 * SECOND, 3 * candidate.medianGap, 1.25 * longestGap), longestGap + SHORTEST_TIMER)
  if (candidate.silence < limit) return null
  return {
    class: 'transport',
    score: 40,
    time: candidate.lastTime,
    rows: [candidate.lastRow, candidate.row],
    text: `${pathText(move, candidate.from)} silent for ${milliseconds(candidate.silence / 1e6)} in the middle of data${
      session.directions[move.sender].seen.holes > 0 ? ', with data missing' : ''
    }`,
    clause: `when ${spoken(pathText(move, candidate.from), 'the old path')} fell silent`,
  }
}
