/**
 * Findings, once each: repeated ones with the same (rule, context, locator or victim) are counted, and opened anew after 300 s of silence
 * (threats.md 0.5). Bounded: 10,000 findings; what goes over is counted. Confidence is clamped to 0..100; below 40 a finding is kept as an
 * observation and not reported.
 */
import type { FindingReport } from '../../../shared/report.ts'

export const REPORTED_FROM = 40
const MAX_FINDINGS = 10_000
const REOPEN = 300e9
const MAX_ROWS = 50

export interface Check {
  /** the benign explanation that was looked at, in words */
  name: string
  /** 'ruled out', 'possible', 'not observable', or what was seen */
  result: string
  detail?: string
}

export interface Finding {
  rule: string
  severity: FindingReport['severity']
  /** start value with its adjustments, 0 to 100 */
  confidence: number
  /** ns since the capture's first packet, of the packet that made it certain */
  time: number
  /** session number, -1: none */
  session: number
  title: string
  detail: string
  /** ids of the address table, -1: none */
  claimant: number
  victim: number
  /** locator that it moves data to, or would: a move there was caused by it. -1: none; left out: told by claimant and victim */
  movesTo?: number
  /** 0-based rows, most telling first */
  rows: number[]
  checks: Check[]
  /** RFC and section, or the catalogue's own source */
  reference: string
  /** what makes it the same finding beside rule and session: locator or victim */
  about: string
  /** how often it was seen, and when last; kept by the ledger */
  count?: number
  last?: number
}

const RANK = { info: 0, low: 1, medium: 2, high: 3, critical: 4 } as const

export class Ledger {
  readonly findings: Finding[] = []
  dropped = 0
  private readonly open = new Map<string, Finding>()
  private readonly sessions = new Set<number>()

  /** Adds a finding, or counts it on to the one it repeats: severity and confidence keep the higher value. Returns the one in the ledger. */
  add(finding: Finding): Finding {
    const key = `${finding.rule}|${finding.session}|${finding.about}`
    const known = this.open.get(key)
    if (known !== undefined && finding.time - (known.last ?? known.time) <= REOPEN) {
      known.count = (known.count ?? 1) + 1
      known.last = Math.max(known.last ?? known.time, finding.time)
      if (RANK[finding.severity] > RANK[known.severity]) {
        known.severity = finding.severity
        known.title = finding.title
        known.detail = finding.detail
        known.checks = finding.checks
      }
      known.confidence = Math.max(known.confidence, clamp(finding.confidence))
      for (const row of finding.rows) if (known.rows.length < MAX_ROWS && !known.rows.includes(row)) known.rows.push(row)
      return known
    }
    const added: Finding = { ...finding, confidence: clamp(finding.confidence), count: 1, last: finding.time }
    if (this.findings.length >= MAX_FINDINGS) {
      this.dropped++
      return added
    }
    this.findings.push(added)
    this.open.set(key, added)
    if (finding.session >= 0) this.sessions.add(finding.session)
    return added
  }

  /** Is any finding about this session? */
  concerns(session: number): boolean {
    return this.sessions.has(session)
  }

  /** A finding of this rule that is open now: added, and repeated within the time after which it would be a new one. */
  known(rule: string, session: number, about: string, now: number): Finding | null {
    const found = this.open.get(`${rule}|${session}|${about}`)
    return found !== undefined && now - (found.last ?? found.time) <= REOPEN ? found : null
  }
}

function clamp(value: number): number {
  return Math.max(0, Math.min(100, Math.round(value)))
}
