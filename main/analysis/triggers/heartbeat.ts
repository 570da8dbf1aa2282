/** Heartbeats: n in a row unanswered on the old path 50 + 5n up to 80; answered again on the new one (the way back) 60. */
import { SECOND } from '../model.ts'
import { type Move, pathText, SLACK, spoken, type TriggerCandidateRows } from './context.ts'

export function heartbeatCandidates(move: Move): TriggerCandidateRows[] {
  const { session, candidate } = move
  const out: TriggerCandidateRows[] = []
  const wait = Math.max(0.1 * SECOND, 2 * session.rtt)
  for (const by of [0, 1] as const) {
    const missed = session.probes.filter((p) => p.path === candidate.from && p.by === by && p.time <= candidate.time - wait)
    const recent = missed.filter((p) => p.time >= move.lastGood - 5 * SECOND)
    const last = recent[recent.length - 1]
    if (last === undefined || move.healthy) continue
    const unanswered = recent.length === 1 ? 'an unanswered heartbeat' : `${recent.length} unanswered heartbeats`
    out.push({
      class: 'heartbeat',
      score: Math.min(80, 50 + 5 * recent.length),
      time: (recent[0] as typeof last).time,
      rows: recent.map((p) => p.row).slice(-20),
      text: `${unanswered} on ${pathText(move, candidate.from)}`,
      clause: `after ${unanswered}`,
    })
  }
  for (const e of session.evidence) {
    if (e.what !== 'heartbeat-answered-again' || e.path !== candidate.to) continue
    if (e.time > candidate.time + SLACK || e.time < candidate.time - 60 * SECOND) continue
    const path = pathText(move, e.path)
    out.push({
      class: 'heartbeat',
      score: 60,
      time: e.time,
      rows: e.rows,
      text: `${e.text} on ${path}`,
      clause: `when ${spoken(path, 'it')} answered again`,
    })
  }
  return out
}
