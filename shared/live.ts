/**
 * The words of a live capture that engine, hosts and screens share: what can capture here, on what, how it goes, and what was told.
 * Rates are kept as at most 500 points over the whole capture: when they are full, neighbours become one. Holds no packet.
 */
import type { FindingReport, InterruptionReport, RehomingReport } from './report.ts'
import type { LinkDetail } from './signal-details.ts'

export const liveBackends = ['dumpcap', 'tcpdump', 'cap', 'ssh', 'follow'] as const
export type LiveBackend = (typeof liveBackends)[number]

/** Packets lost, and where; 'unknown' when the backend cannot know (or not before it ends). */
export interface LiveDrops {
  kernel: number | 'unknown'
  interface: number | 'unknown'
  app: number | 'unknown'
}

export interface LiveProblem {
  /** 'ended': the source gives nothing more unless it is started again */
  kind: 'permission' | 'no-device' | 'bad-filter' | 'not-installed' | 'ended' | 'damaged' | 'other'
  message: string
  hint: string
}

/** One way of capturing, as this machine has it. */
export interface LiveSource {
  backend: LiveBackend
  /** can be chosen now */
  available: boolean
  /** taken when nothing is chosen */
  best: boolean
  /** what it gives, or why it is not available */
  words: string
  /** one command to copy that makes it available; null when there is none to be said */
  command: string | null
}

/** An interface that can be captured on. Counters are totals since it exists; null where the system does not tell. */
export interface LiveDevice {
  name: string
  description: string | null
  state: 'up' | 'down' | 'no carrier' | 'unknown'
  loopback: boolean
  addresses: string[]
  /** networks that are reached through it directly, and what they are for: 'default' when it has a default route */
  prefixes: string[]
  mac: string | null
  hardware: string | null
  packets: number | null
  bytes: number | null
}

/** [series, packets a second, bytes a second]; a series is an interface's name, or 'LOCATOR - LOCATOR' of a path */
export type LiveRate = [string, number, number]

export interface LivePoint {
  /** epoch seconds of its end */
  t: number
  /** seconds that it stands for */
  seconds: number
  interfaces: LiveRate[]
  paths: LiveRate[]
}

export const LIVE_POINTS = 500

/** One more point; neighbours are joined when there are too many, so that the whole capture stays in view. */
export function addPoint(points: readonly LivePoint[], point: LivePoint, most = LIVE_POINTS): LivePoint[] {
  if (points.length < most) return [...points, point]
  const joined: LivePoint[] = []
  for (let at = 0; at < points.length; at += 2) {
    const [first, second] = [points[at] as LivePoint, points[at + 1]]
    joined.push(second === undefined ? first : joinPoints(first, second))
  }
  joined.push(point)
  return joined
}

function joinPoints(a: LivePoint, b: LivePoint): LivePoint {
  const seconds = a.seconds + b.seconds
  const mean = (first: LiveRate[], second: LiveRate[]): LiveRate[] =>
    [...new Set([...first, ...second].map(([name]) => name))].map((name) => {
      const of = (list: LiveRate[], which: 1 | 2): number => list.find((rate) => rate[0] === name)?.[which] ?? 0
      const weighted = (which: 1 | 2): number => (of(first, which) * a.seconds + of(second, which) * b.seconds) / seconds
      return [name, weighted(1), weighted(2)]
    })
  return { t: b.t, seconds, interfaces: mean(a.interfaces, b.interfaces), paths: mean(a.paths, b.paths) }
}

export interface LiveLane {
  name: string
  state: 'running' | 'waiting' | 'through'
  packets: number
  bytes: number
  drops: LiveDrops
}

export interface LiveCounts {
  /** epoch seconds */
  t: number
  packets: number
  bytes: number
  /** packets that came later than the reorder window */
  late: number
  /** ms that a packet waits for those of other interfaces at most, and packets that wait now */
  reorder: { milliseconds: number; held: number }
  /** bytes that wait for the disk */
  unwritten: number
  /** how far the analysis is behind what is on disk */
  lag: { seconds: number; bytes: number }
  lanes: LiveLane[]
}

/** How a capture ended, in the words of the event. */
export type LiveStopReason = 'asked' | 'duration' | 'rehoming' | 'through' | 'disk' | 'analysis'

/** What the screens show of the live capture of this window. */
export interface LiveStatus {
  state: 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'
  /** why it failed, or how it ended when that was not asked for */
  problem: LiveProblem | null
  backend: LiveBackend | 'synthetic' | null
  why: string
  clock: string
  interfaces: string[]
  filter: string | null
  /** where link events come from */
  links: string
  /** epoch seconds */
  started: number | null
  ended: number | null
  stopReason: LiveStopReason | null
  files: string[]
  /** the files go away with this capture unless they are saved */
  temporary: boolean
  /** where it was saved to */
  saved: string | null
  counts: LiveCounts | null
  analysis: 'running' | 'restarting' | 'off'
  /** number of the newest event of the feed */
  events: number
  /** captures that ended without their window: files that can be opened */
  leftovers: { file: string; started: number }[]
}

export interface LiveSession {
  id: string
  protocol: string
  state: string
  opened: number
  closed: number | null
  initiator: string[]
  responder: string[]
  initiatorPort: number | null
  responderPort: number | null
  rehomings: number
  headline: string
}

/** What a live capture tells while it runs. `t` is when it happened (the capture's clock), `at` when it was told (this host's), epoch seconds. */
export type LiveEventBody =
  | {
      type: 'capture-started'
      backend: LiveBackend | 'synthetic'
      why: string
      clock: 'kernel' | 'user space' | 'remote' | 'file'
      interfaces: string[]
      filter: string | null
      file: string | null
      links: string
    }
  | { type: 'interface-described'; interface: { id: number; name: string; addresses: string[] } }
  | { type: 'interface-lost'; interface: string; problem: LiveProblem }
  | { type: 'interface-resumed'; interface: string; was: string }
  | { type: 'session-opened'; session: LiveSession }
  | { type: 'session-closed'; session: LiveSession }
  | { type: 'rehoming'; rehoming: RehomingReport }
  /** nothing gets through since then, on the path that carried the session's data last */
  | { type: 'stalled'; session: string; interface: string | null; since: number; text: string }
  | { type: 'interruption'; session: string; interruption: InterruptionReport }
  | { type: 'finding'; finding: FindingReport }
  | { type: 'link'; link: LinkDetail }
  | { type: 'drops'; interface: string; drops: LiveDrops }
  | { type: 'lag'; seconds: number; bytes: number }
  | { type: 'file'; path: string }
  | { type: 'file-removed'; path: string }
  | { type: 'problem'; problem: LiveProblem }
  | ({ type: 'capture-stopped' } & LiveSummary)

export type LiveEvent = { t: number; at: number } & LiveEventBody

export interface LiveSummary {
  why: LiveStopReason
  packets: number
  bytes: number
  /** packets that came later than the reorder window */
  late: number
  files: string[]
  interfaces: { name: string; packets: number; received: number | null; drops: LiveDrops }[]
  sessions: number
  rehomings: number
  findings: Record<FindingReport['severity'], number>
  /** packets that were analyzed; fewer than `packets` only when the analysis failed */
  analyzed: number
}

/** An event with its number in the feed. */
export type LiveFeedEntry = LiveEvent & { number: number }

/** Nothing is captured and nothing was. */
export const IDLE: LiveStatus = {
  state: 'idle',
  problem: null,
  backend: null,
  why: '',
  clock: '',
  interfaces: [],
  filter: null,
  links: '',
  started: null,
  ended: null,
  stopReason: null,
  files: [],
  temporary: false,
  saved: null,
  counts: null,
  analysis: 'off',
  events: 0,
  leftovers: [],
}
