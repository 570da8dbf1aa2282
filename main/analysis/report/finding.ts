/** Findings as the report shows them. */
import type { FindingReport } from '../../../shared/report.ts'
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
