/**
 * What the engine and the analysis say to each other. The analysis is pure: signals in (in time order), report objects out;
 * no file, no clock, no process.
 */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import type {
  CaptureReport,
  FindingReport,
  HostReport,
  InterruptionReport,
  NetworkEvent,
  RehomingReport,
  Report,
  SessionReport,
  SiteInterface,
} from '../../shared/report.ts'
import type { LinkDetail } from '../../shared/signal-details.ts'
import type { SignalSink } from '../../shared/signals.ts'
import type { Depth } from './report/session.ts'
import type { SiteFile } from './site-file.ts'
import type { WhosePackets } from './whose-packets.ts'

/** Flags that the analysis gives back for the packet whose signals it has just seen. */
export const enum RowFlag {
  None = 0,
  /** carries upper-layer data that had been sent before */
  Retransmission = 1,
  /** carries upper-layer data that had not been sent before, behind data that comes after it */
  OutOfOrder = 2,
  /** travelled inside a session's packet */
  Carried = 4,
}

export interface AnalyzerInterface {
  id: number
  name: string | null
  /** text, without prefix length */
  addresses: string[]
  /** its own link-layer address, when the file tells */
  mac?: string | null
  /** packets that the capture lost on it, as far as the file says so far */
  dropped?: number | null
}

/** One line of a link log, on the capture's clock (ns since its first packet). */
export interface LinkEvent {
  time: number
  /** 1-based line of the log */
  line: number
  detail: LinkDetail
}

export interface AnalyzerOptions {
  flows: FlowTable
  /** epoch nanoseconds of time 0 */
  baseNanoseconds: bigint
  /** grows while a file is read */
  interfaces: AnalyzerInterface[]
  /** sorted by time; may be empty */
  linkEvents: LinkEvent[]
  /** did the link log exist at all (link triggers are then to be expected) */
  hasLinkLog: boolean
  /** the site as a person describes it, with thresholds of rules by name (times in seconds) */
  site?: SiteFile
}

/** A session as far as lists need it; cheap to make for 100,000 sessions. */
export interface SessionBrief {
  /** position in the analyzer's order of appearance; id is 's' + (number + 1) */
  number: number
  id: string
  protocol: string
  state: SessionReport['state']
  audience?: SessionReport['audience']
  opened: number
  closed: number | null
  /** flows that carry it, ids of the flow table */
  flows: number[]
  /** for each of them the number of its path, in the order of the report's pairs; left out: all are of the first */
  pathOfFlow?: number[]
  /** texts of addresses */
  initiatorLocators: string[]
  responderLocators: string[]
  initiatorPort: number | null
  responderPort: number | null
  rehomings: number
  /** ms: its longest time without delivery, whether it moved then or stayed; null: none known */
  worstOutage: number | null
  /** interfaces that its packets took in turn while its addresses stayed; none: it kept to one */
  exits: string[]
  /** times without delivery after which it went on where it was */
  interruptions: readonly InterruptionReport[]
  /** a session with several pairs to which nothing gets through now: since when (epoch s), on which interface, and what speaks for it */
  trouble?: { since: number; interface: string | null; text: string }
  labels: string[]
  headline: string
  pairs: number
  replaces: string | null
  replacedBy: string | null
  /** what took its place: ms after its last data, and the interface or else the address it went on from */
  replacement?: { gap: number | null; on: string } | null
  /** higher is worse: rehomings, outages, breaks, findings */
  badness: number
  /** set when the number stands for no session any more: it was merged into another, or dropped from memory. Lists skip it. */
  gone?: 'merged' | 'dropped'
}

/** Where a session stands among others. */
export interface SessionRank {
  /** merged into another session, or dropped from memory: it has no line of its own */
  gone: boolean
  badness: number
  opened: number
}

export interface Analyzer extends SignalSink {
  /** flags for the packet whose signals were emitted last; the engine reads and clears it after each packet */
  rowFlags: number
  /** to be called after each packet's signals: its innermost flow, and the direction on it */
  packetDone(row: number, flow: number, direction: number, time: number): void
  /** to be called after the last signal: decides what was pending. The report may be asked before, for live use. */
  finish(time: number): void
  /** live: all packets up to this time have been seen; decides what waited for time to pass */
  tick(now: number): void
  /** link events that became known after the analysis began: live, or out of the capture itself; sorted by time */
  linkEvents(events: readonly LinkEvent[]): void
  /** rehomings decided so far, to see cheaply whether there are new ones */
  readonly moveCount: number
  /** rehomings that the other direction may still turn out to be part of: what is said of them now may change */
  unsettledMoves(): Set<string>
  /** session number that a flow belongs to, -1: none; with a time (ns) the one that it belonged to then */
  sessionOfFlow(flow: number, time?: number): number
  /** sessions that a packet of (flow, direction) at a time (ns) is of, the innermost first, those that carry it after it; `flags`: its RowFlag bits */
  sessionsOfPacket(flow: number, direction: number, time: number, flags: number): readonly number[]
  /** which of its packets a flow stands for */
  readonly whose: Pick<WhosePackets, 'fixed' | 'ride' | 'carriers' | 'aliasesOf'>
  /** several sessions ran on the flow, one after the other */
  isShared(flow: number): boolean
  /** packets and bytes of a session on one of its flows; `first` infinite and `last` -1: none */
  traffic(session: number, flow: number): { packets: number; bytes: number; first: number; last: number }
  /** packets and bytes on the wire of a session, with what it carries */
  total(session: number): { packets: number; bytes: number }
  /** does the session carry others? */
  carries(number: number): boolean
  /** number of the session that carries this one, -1: none */
  parentOf(number: number): number
  /** does the initiator send packets of (flow, direction 0)? of the session, when several ran on the flow */
  initiatorIsA(flow: number, session?: number): boolean
  readonly sessionCount: number
  brief(number: number): SessionBrief
  /** the same as in its brief, without any of its words */
  rank(number: number): SessionRank
  session(id: string): SessionReport | null
  rehomings(session?: string): RehomingReport[]
  findings(session?: string): FindingReport[]
  site(): SiteInterface[]
  /** what could not be observed, in sentences, and what was left out */
  limits(): Report['limits']
  /** what links, routers and routing protocols did meanwhile that took a path away; `more`: how many are not listed */
  network(): { events: NetworkEvent[]; more: number }
  /** every host, in order of appearance */
  hosts(): HostReport[]
  /** `Depth.Tables`: what tables and the summary show */
  report(captures: CaptureReport[], version: string, depth?: Depth): Report
}
