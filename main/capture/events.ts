/**
 * What a live capture tells while it runs: one object an event, the same for JSON lines, the screens and tests. `t` is when it happened
 * (epoch seconds on the capture's clock), `at` when it was told (epoch seconds on this host's).
 */

import type { FindingReport, RehomingReport } from '../../shared/report.ts'
import type { LinkDetail } from '../../shared/signals.ts'
import type { SessionBrief } from '../analysis/types.ts'
import type { BackendName, CaptureClock, CaptureProblem, Drops } from './source.ts'

export interface LiveSession {
  id: string
  protocol: string
  state: SessionBrief['state']
  opened: number
  closed: number | null
  initiator: string[]
  responder: string[]
  initiatorPort: number | null
  responderPort: number | null
  rehomings: number
  headline: string
}

export interface LiveInterface {
  id: number
  name: string
  addresses: string[]
}

export type LiveEvent = { t: number; at: number } & (
  | {
      type: 'capture-started'
      backend: BackendName
      why: string
      clock: CaptureClock
      interfaces: string[]
      filter: string | null
      file: string | null
      links: string
    }
  | { type: 'interface-described'; interface: LiveInterface }
  | { type: 'interface-lost'; interface: string; problem: CaptureProblem }
  | { type: 'interface-resumed'; interface: string; was: string }
  | { type: 'session-opened'; session: LiveSession }
  | { type: 'session-closed'; session: LiveSession }
  | { type: 'rehoming'; rehoming: RehomingReport }
  | { type: 'finding'; finding: FindingReport }
  | { type: 'link'; link: LinkDetail }
  | { type: 'drops'; interface: string; drops: Drops }
  | { type: 'lag'; seconds: number; bytes: number }
  | { type: 'file'; path: string }
  | { type: 'file-removed'; path: string }
  | { type: 'problem'; problem: CaptureProblem }
  | ({ type: 'capture-stopped' } & LiveSummary)
)

export type StopReason = 'asked' | 'duration' | 'rehoming' | 'through' | 'disk' | 'analysis'

export interface LiveSummary {
  why: StopReason
  packets: number
  bytes: number
  /** packets that came later than the reorder window */
  late: number
  files: string[]
  interfaces: { name: string; packets: number; received: number | null; drops: Drops }[]
  sessions: number
  rehomings: number
  findings: Record<FindingReport['severity'], number>
  /** packets that were analyzed; fewer than `packets` only when the analysis failed */
  analyzed: number
}

/** Events as the analysis gives them: `at` is added where they are told. */
export type AnalysisEvent = { t: number } & (
  | { type: 'session-opened'; session: LiveSession }
  | { type: 'session-closed'; session: LiveSession }
  | { type: 'rehoming'; rehoming: RehomingReport }
  | { type: 'finding'; finding: FindingReport }
  | { type: 'link'; link: LinkDetail }
  | { type: 'problem'; problem: CaptureProblem }
)
