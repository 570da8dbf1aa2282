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

/** Epoch seconds that times are shown relative to: the start of the capture, as in the packet list. */
export function timeZero({ session, captures }: SessionExport): number {
  const starts = captures.map((capture) => capture.start).filter((start): start is number => start !== null)
  return starts.length > 0 ? Math.min(...starts) : session.opened
}
