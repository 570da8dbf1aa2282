/** Findings as the report shows them. */
import type { FindingReport, RehomingReport, SessionReport } from '../../../shared/report.ts'
import { type Finding, REPORTED_FROM } from '../findings/ledger.ts'
import { type Scope, sessionId } from './scope.ts'
import { frames } from './text.ts'

/** In time order; those of one session only when it is given (its number). */
export function findingReports(scope: Scope, findings: readonly Finding[], session?: number): FindingReport[] {
  const out: FindingReport[] = []
  findings.forEach((finding, index) => {
    if (finding.confidence < REPORTED_FROM) return
    if (session === undefined || finding.session === session) out.push(findingReport(scope, finding, index))
  })
  return out.sort((a, b) => a.t - b.t)
}

function findingReport(scope: Scope, finding: Finding, index: number): FindingReport {
  const { addresses } = scope.flows
  const times = finding.count ?? 1
  return {
    id: `f${index + 1}`,
    rule: finding.rule,
    severity: finding.severity,
    confidence: finding.confidence,
    t: scope.clock.epoch(finding.time),
    session: finding.session < 0 ? null : sessionId(finding.session),
    title: finding.title,
    detail: times > 1 ? `${finding.detail} Seen ${times} times.` : finding.detail,
    claimant: finding.claimant < 0 ? null : addresses.text(finding.claimant),
    victim: finding.victim < 0 ? null : addresses.text(finding.victim),
    frames: frames(finding.rows),
    checks: finding.checks,
    reference: finding.reference,
  }
}

/**
 * Fills in which moves of a session were caused or accompanied by what a finding describes: dated within THREAT_BEFORE before to THREAT_AFTER
 * after the move and naming an address of the pair moved to or from.
 */
export function linkThreats(moves: RehomingReport[], findings: readonly FindingReport[]): void {
  const bySession = new Map<string, FindingReport[]>()
  for (const finding of findings) {
    if (finding.session === null || !finding.rule.startsWith('T-')) continue
    const list = bySession.get(finding.session)
    if (list === undefined) bySession.set(finding.session, [finding])
    else list.push(finding)
  }
  for (const move of moves) {
    const ends = [move.from.initiator, move.from.responder, move.to.initiator, move.to.responder]
    for (const finding of bySession.get(move.session) ?? []) {
      const near = finding.t >= move.t - THREAT_BEFORE && finding.t <= move.t + THREAT_AFTER
      const named = [finding.claimant, finding.victim].some((address) => address != null && ends.includes(address))
      if (near && named && !move.threats.includes(finding.id)) move.threats.push(finding.id)
    }
  }
}

/** seconds */
const THREAT_BEFORE = 10
const THREAT_AFTER = 60

/** Findings of a session stand on its timeline too, under their rule's name. */
export function markFindings(report: SessionReport, findings: readonly FindingReport[]): void {
  if (findings.length === 0) return
  for (const { t, rule, title, frames } of findings)
    report.timeline.push({ t, kind: 'finding', direction: null, pair: null, frames, detail: title, label: rule })
  report.timeline.sort((a, b) => a.t - b.t)
}
