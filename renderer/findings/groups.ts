/**
 * Findings put in order for reading: what was dealt with last, equal rules together, the worst group first; counts by severity for the filter.
 * Pure. A group's members keep their order of severity, then time.
 */
import type { FindingReport } from '../../shared/report.ts'
import { type Severity, severities, worseFirst } from '../../shared/severity.ts'

export interface FindingGroup {
  rule: string
  worst: Severity
  members: FindingReport[]
  /** every member was acknowledged */
  done: boolean
  /** addresses that the members name, by first mention */
  hosts: string[]
  from: number
  to: number
}

export function groupFindings(findings: readonly FindingReport[], isDone: (finding: FindingReport) => boolean): FindingGroup[] {
  const byRule = new Map<string, FindingReport[]>()
  for (const finding of findings) {
    const list = byRule.get(finding.rule)
    if (list) list.push(finding)
    else byRule.set(finding.rule, [finding])
  }
  const groups = [...byRule].map(([rule, list]): FindingGroup => {
    const members = list.sort((a, b) => Number(isDone(a)) - Number(isDone(b)) || worseFirst(a.severity, b.severity) || a.t - b.t)
    const open = members.filter((one) => !isDone(one))
    const told = open.length > 0 ? open : members
    return {
      rule,
      worst: told.reduce((worst, one) => (worseFirst(one.severity, worst) < 0 ? one.severity : worst), (told[0] as FindingReport).severity),
      members,
      done: open.length === 0,
      hosts: [...new Set(members.flatMap((one) => [one.claimant, one.victim].filter((address) => address != null)))],
      from: Math.min(...members.map((one) => one.t)),
      to: Math.max(...members.map((one) => one.t)),
    }
  })
  return groups.sort((a, b) => Number(a.done) - Number(b.done) || worseFirst(a.worst, b.worst) || a.from - b.from)
}

/** The worst of them, null without any. */
export function worstOf(findings: readonly FindingReport[]): Severity | null {
  return findings.reduce<Severity | null>(
    (worst, { severity }) => (worst === null || worseFirst(severity, worst) < 0 ? severity : worst),
    null,
  )
}

/** Severities that occur, the worst first, each with its number. */
export function countSeverities(findings: readonly FindingReport[]): { severity: Severity; count: number }[] {
  return severities
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
}
