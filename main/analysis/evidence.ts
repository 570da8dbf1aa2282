/**
 * Evidence of a session against its paths, as it comes (rehoming.md section 4): pieces of one event are one. Bounded: MAX_EVIDENCE a session.
 */
import type { Direction } from './direction.ts'
import { type Evidence, MAX_EVIDENCE, SECOND, withOne } from './model.ts'
import type { MultiSession } from './multi-session.ts'

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
    if (evidence.time - e.until > 0.1 * SECOND) e.count++
    e.until = evidence.time
    if (e.rows.length < 20) for (const row of evidence.rows) if (!e.rows.includes(row)) e.rows.push(row)
    return e
  }
  session.evidence = withOne(session.evidence, evidence, MAX_EVIDENCE)
  return evidence
}

/** Did the path that the evidence is about deliver something in between? */
function deliveredSince(session: MultiSession, { by, path }: Evidence, time: number): boolean {
  return path >= 0 && (by === 0 || by === 1) && (session.directions[by] as Direction).lastOn(path) > time
}
