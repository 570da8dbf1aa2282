/**
 * Transport evidence: retransmission timeouts on the old path 55 and 5 more for each further one up to 75; an SCTP error count that makes the
 * path potentially failed or inactive, and QUIC's probe timeouts: 60; handshake retries 45, losses 25.
 */
import { asOf } from '../evidence.ts'
import { type Evidence, SECOND } from '../model.ts'
import { milliseconds } from '../report/text.ts'
import { type Move, newPath, oldPath, pathText, SLACK, spoken, type TriggerCandidateRows } from './context.ts'

export function transportCandidates(move: Move): TriggerCandidateRows[] {
  const { session, candidate, lastGood } = move
  const out: TriggerCandidateRows[] = []
  let timedOut = false
  let after: Evidence | null = null
  for (const whole of session.evidence) {
    if (whole.class !== 'transport' || whole.path !== candidate.from) continue
    const e = asOf(whole, candidate.time)
    if (e === null) {
      if (whole.what === 'retransmission-timeout' && whole.time <= candidate.time + SECOND) after ??= whole
      continue
    }
    // What the old path has recovered from explains nothing.
    if (e.until < lastGood - SLACK) continue
    timedOut ||= e.what === 'retransmission-timeout'
    const score = scoreOf(e)
    if (score <= 0) continue
    const text = `${wordsFor(e)} on ${pathText(move, e.path)}`
    out.push({ class: 'transport', score, time: e.time, rows: e.rows, text, clause: `after ${wordsFor(e)}` })
  }
  const lost = after === null || timedOut ? null : lossBefore(move, after)
  if (lost !== null) out.push(lost)
  const counted = errorCount(move)
  if (counted !== null) out.push(counted)
  const silent = silence(move)
  if (silent !== null) out.push(silent)
  return out
}

/**
 * New data went to the new path at once, and the timer of what was outstanding on the old one ran out only then (`timeout`). That it did confirms
 * the loss, which came before the move and is what the evidence shows. A receiver sees it as a hole in front of the first unit on the new path,
 * or, where what was lost is its acknowledgement, as a unit that comes again.
 */
function lossBefore(move: Move, timeout: Evidence): TriggerCandidateRows | null {
  const { candidate } = move
  const path = pathText(move, candidate.from)
  const old = spoken(path, 'the old path')
  const found = { class: 'transport', score: 55, moved: candidate.row } as const
  if (candidate.lostBeforeRows.length > 0) {
    const [time, rows] = [candidate.firstLostTime, candidate.lostBeforeRows]
    return { ...found, time, rows, text: `data sent on ${path} was lost`, clause: `when data on ${old} was lost` }
  }
  if (candidate.skipped) {
    const text = `data from ${path} was missing when the first came elsewhere`
    return { ...found, time: candidate.time, rows: [candidate.lastRow, candidate.row], text, clause: `when data on ${old} was lost` }
  }
  const { first } = timeout
  if (first === undefined || first.time >= candidate.time) return null
  const clause = `when data on ${old} went unacknowledged`
  return { ...found, time: first.time, rows: [first.row], text: `data on ${path} went unacknowledged`, clause }
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
  for (const whole of session.evidence) {
    if (whole.what !== 'retransmission-timeout' || whole.path !== candidate.from || whole.by !== sender) continue
    const e = asOf(whole, candidate.time)
    if (e === null || e.until < lastGood) continue
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
    text: `${times} ${count === 1 ? 'makes' : 'make'} ${pathText(move, candidate.from)} ${state}`,
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
  const name = pathText(move, candidate.from)
  const quiet = left(move)
  return {
    class: 'transport',
    fact: 'silence',
    score: 40,
    time: candidate.lastTime,
    rows: [candidate.lastRow, candidate.row],
    moved: candidate.row,
    text: `${quiet === null ? `${name} silent` : `no data to ${quiet}`} for ${milliseconds(candidate.silence / 1e6)} in the middle of data${
      session.directions[move.sender].seen.holes > 0 ? ', with data missing' : ''
    }`,
    clause: quiet === null ? `when ${spoken(name, 'the old path')} fell silent` : `when data to ${quiet} stopped`,
  }
}

/**
 * The receiver's old address, when it alone tells the old path from the new one: it was the sender that paused there. To say that this
 * address fell silent would blame the other end, which may have answered all the time or not been captured at all.
 */
function left(move: Move): string | null {
  const receiver = 1 - move.sender
  const [before, after] = [oldPath(move).ends, newPath(move).ends]
  if (move.fellSilent || before[move.sender] !== after[move.sender] || before[receiver] === after[receiver]) return null
  const name = pathText(move, move.candidate.from)
  return name.includes(move.flows.addresses.text(before[receiver] as number)) && !name.includes(' ⇄ ') ? name : null
}
