/**
 * Heartbeats: n in a row unanswered on the old path 50 + 5n up to 80; answered again on the new one (the way back) 60; the address that
 * the session had left answers for the first time since, probed from another one of the prober: 50. These two permit a move (judge.ts).
 * Where only the prober is captured, nothing is known to be unanswered.
 */
import { SECOND, type SessionProtocol } from '../model.ts'
import { type Move, newPath, pathText, spoken, type TriggerCandidateRows } from './context.ts'

/** what a protocol calls them, where not heartbeats */
const PROBES: Partial<Record<SessionProtocol, string>> = { shim6: 'probe', hip: 'echo request' }

export function heartbeatCandidates(move: Move): TriggerCandidateRows[] {
  const { session, candidate } = move
  const out: TriggerCandidateRows[] = []
  const wait = Math.max(0.1 * SECOND, 2 * roundTrip(move))
  for (const by of [0, 1] as const) {
    if (session.aloneInSight(by)) continue
    const missed = session.probes.filter(
      (p) => p.path === candidate.from && p.by === by && p.time <= candidate.time - wait && (p.passed < 0 || p.passed > candidate.time),
    )
    const recent = missed.filter((p) => p.time >= move.lastGood - 5 * SECOND)
    const last = recent[recent.length - 1]
    if (last === undefined || move.healthy) continue
    const word = PROBES[session.protocol] ?? 'heartbeat'
    const unanswered = recent.length === 1 ? `an unanswered ${word}` : `${recent.length} unanswered ${word}s`
    out.push({
      class: 'heartbeat',
      score: Math.min(80, 50 + 5 * recent.length),
      time: (recent[0] as typeof last).time,
      rows: recent.map((p) => p.row).slice(-20),
      text: `${unanswered} on ${pathText(move, candidate.from)}`,
      clause: `after ${unanswered}`,
    })
  }
  // Where paths are probed only to go there (HIP, REAP), an answer is a step of the move and not its cause.
  if (session.impliedProof) return out
  for (const e of session.evidence) {
    if (e.what !== 'heartbeat-answered-again' || e.path !== candidate.to) continue
    if (e.time > candidate.time || e.time < candidate.time - 60 * SECOND) continue
    const path = pathText(move, e.path)
    out.push({
      class: 'heartbeat',
      score: 60,
      time: e.time,
      rows: e.rows,
      text: `${e.text} on ${path}`,
      clause: `when ${spoken(path, 'it')} answered again`,
      recovery: true,
    })
  }
  const back = out.some((c) => c.recovery === true) ? null : answeredSinceLeft(move)
  if (back !== null) out.push(back)
  return out
}

/** The session's, unless it is only assumed: then what earlier answers took on the old pair, or on the slowest one. */
function roundTrip({ session, candidate }: Move): number {
  if (session.rttKnown) return session.rtt
  let slowest = -1
  for (const { path, rtt } of session.pairs) {
    if (rtt === null) continue
    if (path === candidate.from) return rtt
    slowest = Math.max(slowest, rtt)
  }
  return slowest < 0 ? session.rtt : slowest
}

/** The first answer from the new path's target since the session left it, at most 5 s before the move. */
function answeredSinceLeft(move: Move): TriggerCandidateRows | null {
  const { session, candidate, sender } = move
  const target = newPath(move).ends[1 - sender]
  const targetOf = (path: number): number | undefined => session.paths[path]?.ends[1 - sender]
  let left = -1
  let chosen = false
  for (const r of session.rehomings) {
    if (r.direction === 1 - sender || r.time >= candidate.time || r.time <= left || targetOf(r.from) !== target) continue
    left = r.time
    // Left while it worked, it had never stopped answering.
    chosen = r.report.trigger.class === 'policy' || r.report.trigger.class === 'peer'
  }
  if (left < 0 || chosen) return null
  const first = session.answeredOn.find((a) => a.by === sender && a.time > left && targetOf(a.path) === target)
  if (first === undefined || first.time > candidate.time || first.time < candidate.time - 5 * SECOND) return null
  const path = pathText(move, candidate.to)
  return {
    class: 'heartbeat',
    score: 50,
    time: first.time,
    rows: first.rows,
    text: `a heartbeat answered again on ${path}`,
    clause: `when ${spoken(path, 'it')} answered again`,
    recovery: true,
  }
}
