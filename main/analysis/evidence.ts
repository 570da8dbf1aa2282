/**
 * Evidence of a session against its paths, as it comes (rehoming.md section 4): pieces of one event are one. Bounded: MAX_EVIDENCE a session.
 */
import type { Direction } from './direction.ts'
import { type Evidence, MAX_EVIDENCE, SECOND, withOne } from './model.ts'
import type { MultiSession } from './multi-session.ts'

/** steps of growth that a piece of evidence remembers: more than scores look at */
const MAX_STEPS = 64

/**
 * Adds evidence, or counts it on to an open piece of the same kind on the same path. A burst within 100 ms is one event; what failed again after
 * the path had delivered is another one.
 */
export function addEvidence(session: MultiSession, evidence: Evidence): Evidence {
  for (let i = session.evidence.length - 1; i >= 0 && i >= session.evidence.length - 16; i--) {
    const e = session.evidence[i] as Evidence
    if (e.what !== evidence.what || e.path !== evidence.path || e.by !== evidence.by || evidence.time - e.until > 5 * SECOND) continue
    if (e.class !== 'transport' && e.class !== 'icmp') continue
    if (e.class === 'transport' && evidence.time - e.until > SECOND && deliveredSince(session, evidence, e.until)) continue
    e.steps ??= [{ time: e.until, count: e.count, rows: e.rows.length }]
    if (evidence.time - e.until > 0.1 * SECOND) e.count++
    e.until = evidence.time
    if (e.rows.length < 20) for (const row of evidence.rows) if (!e.rows.includes(row)) e.rows.push(row)
    if (e.steps.length < MAX_STEPS) e.steps.push({ time: e.until, count: e.count, rows: e.rows.length })
    return e
  }
  session.evidence = withOne(session.evidence, evidence, MAX_EVIDENCE)
  return evidence
}

/** As much of it as there was at `time`, null when it began later: what comes after an event is no cause of it. */
export function asOf(evidence: Evidence, time: number): Evidence | null {
  if (evidence.until <= time || evidence.steps === undefined) return evidence.time <= time ? evidence : null
  let known: Evidence | null = null
  for (const step of evidence.steps) {
    if (step.time > time) break
    known = { ...evidence, until: step.time, count: step.count, rows: evidence.rows.slice(0, step.rows) }
  }
  return known
}

/** Did the path that the evidence is about deliver something in between? */
function deliveredSince(session: MultiSession, { by, path }: Evidence, time: number): boolean {
  return path >= 0 && (by === 0 || by === 1) && (session.directions[by] as Direction).lastOn(path) > time
}
