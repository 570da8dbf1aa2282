/**
 * What every export of a session is made from: report objects, nothing else. Exports are pure functions to text or bytes;
 * who calls them writes the file.
 */
import type { CaptureReport, FindingReport, RehomingReport, SessionReport } from '../../shared/report.ts'

export interface SessionExport {
  session: SessionReport
  /** those of the session, in time order */
  rehomings: RehomingReport[]
  findings: FindingReport[]
  /** captures that the session was seen in; the first one's start is time 0 of what is shown */
  captures: CaptureReport[]
  generator: { name: string; version: string }
}

/** Time of frame 1, as sentences and the packet list count; null when there is no packet. */
export function zeroOf(captures: readonly CaptureReport[]): number | null {
  const first = captures.find((capture) => capture.packets > 0)
  return first === undefined ? null : (first.zero ?? first.start)
}

/** Epoch seconds that times are shown relative to, as in the packet list. */
export function timeZero({ session, captures }: SessionExport): number {
  return zeroOf(captures) ?? session.opened
}
