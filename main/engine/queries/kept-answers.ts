/**
 * Answers that are asked for again and again of a capture that nothing more comes to: the session on the page (its page, its timeline and its
 * rates ask for the same report), which findings each session has (every window of the list does), and the hosts (the page of the whole capture).
 * Of a capture that is still read, nothing is kept. Holds: the last few reports, one entry a session with findings, at most 10,000 hosts.
 */
import type { SessionSummary } from '../../../shared/contract.ts'
import type { HostReport, SessionReport } from '../../../shared/report.ts'
import { worseFirst } from '../../../shared/severity.ts'
import type { Capture } from '../open.ts'

/** the session that is looked at, and those that were before it */
const MAX_REPORTS = 4

export type FindingsBySession = ReadonlyMap<string, NonNullable<SessionSummary['findings']>>

interface Kept {
  reports: Map<string, SessionReport>
  findings: FindingsBySession | null
  hosts: readonly HostReport[] | null
}

const keptOf = new WeakMap<Capture, Kept>()

function kept(capture: Capture): Kept {
  let own = keptOf.get(capture)
  if (own === undefined) {
    own = { reports: new Map(), findings: null, hosts: null }
    keptOf.set(capture, own)
  }
  return own
}

/** A session's report, not to be changed; null when there is none of that id. */
export function sessionReport(capture: Capture, id: string): Readonly<SessionReport> | null {
  if (!capture.settled) return capture.analyzer.session(id)
  const { reports } = kept(capture)
  const known = reports.get(id)
  if (known !== undefined) return known
  const made = capture.analyzer.session(id)
  if (made === null) return null
  if (reports.size >= MAX_REPORTS) reports.delete(reports.keys().next().value as string)
  reports.set(id, made)
  return made
}

/** How many findings each session has, and how bad the worst is. */
export function findingsBySession(capture: Capture): FindingsBySession {
  if (!capture.settled) return countFindings(capture)
  const own = kept(capture)
  own.findings ??= countFindings(capture)
  return own.findings
}

/** Every host, in order of appearance, not to be changed. */
export function hostReports(capture: Capture): readonly HostReport[] {
  if (!capture.settled) return capture.analyzer.hosts()
  const own = kept(capture)
  own.hosts ??= capture.analyzer.hosts()
  return own.hosts
}

function countFindings(capture: Capture): FindingsBySession {
  const found = new Map<string, NonNullable<SessionSummary['findings']>>()
  for (const { session, severity } of capture.analyzer.findings()) {
    if (session === null) continue
    const known = found.get(session)
    if (known === undefined) found.set(session, { count: 1, worst: severity })
    else {
      known.count++
      if (worseFirst(severity, known.worst) < 0) known.worst = severity
    }
  }
  return found
}
