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
 * Fills in which moves were caused by what a finding describes: they go to the locator that it says data is moved to (for rules that name
 * none: to its claimant or victim), and lie within a minute of it. An end that stays where it was has no part in it.
 */
export function linkThreats(scope: Scope, moves: readonly RehomingReport[], findings: readonly Finding[]): void {
  const { addresses } = scope.flows
  const movesOf = new Map<string, RehomingReport[]>()
  for (const move of moves) {
    const list = movesOf.get(move.session)
    if (list === undefined) movesOf.set(move.session, [move])
    else list.push(move)
  }
  findings.forEach((finding, index) => {
    if (finding.confidence < REPORTED_FROM || !finding.rule.startsWith('T-') || finding.movesTo === -1) return
    if (finding.session < 0 && finding.movesTo === undefined) return
    const near = finding.session < 0 ? moves : (movesOf.get(sessionId(finding.session)) ?? [])
    if (near.length === 0) return
    const targets = (finding.movesTo === undefined ? [finding.claimant, finding.victim] : [finding.movesTo])
      .filter((address) => address >= 0)
      .map((address) => addresses.text(address))
    const t = scope.clock.epoch(finding.time)
    for (const move of near) {
      if (t < move.t - THREAT_NEAR || t > move.t + THREAT_NEAR) continue
      const changed = [
        move.from.initiator === move.to.initiator ? null : move.to.initiator,
        move.from.responder === move.to.responder ? null : move.to.responder,
      ]
      if (targets.some((target) => changed.includes(target))) move.threats.push(`f${index + 1}`)
    }
  })
}

/** seconds */
const THREAT_NEAR = 60

/** Findings of a session stand on its timeline too, under their rule's name. */
export function markFindings(report: SessionReport, findings: readonly FindingReport[]): void {
  if (findings.length === 0) return
  for (const { t, rule, title, frames } of findings)
    report.timeline.push({ t, kind: 'finding', direction: null, pair: null, frames, detail: title, label: rule })
  report.timeline.sort((a, b) => a.t - b.t)
}
