/** Severities of findings in one order, worst first, for lists, counts and badges. */
import type { FindingReport } from './report.ts'

export type Severity = FindingReport['severity']

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const satisfies readonly Severity[]

/** Below 0 when `a` is worse than `b`. */
export function worseFirst(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b)
}

/** Signs that double the colour of a severity. */
export const SEVERITY_SIGNS: Record<Severity, string> = { critical: '▲▲', high: '▲', medium: '◆', low: '●', info: '○' }

type Judged = Pick<FindingReport, 'severity' | 't'>

/** The same, the worst first, of equals the earliest. */
export function findingsWorstFirst<F extends Judged>(findings: readonly F[]): F[] {
  return [...findings].sort((a, b) => worseFirst(a.severity, b.severity) || a.t - b.t)
}

/** The worst of those that are medium or worse, null without any. */
export function verdictAmong<F extends Judged>(findings: readonly F[]): F | null {
  return findingsWorstFirst(findings.filter(({ severity }) => worseFirst(severity, 'medium') <= 0))[0] ?? null
}
