/**
 * The contract between the screens and the engine: one typed list of calls, validated with zod in one `dispatch()`.
 * Electron IPC, WebSocket and in-process calls are thin transports of it. Answers are window-sized: never the capture.
 * Errors travel as `{ code, message, hint }`; `message` says what and where, `hint` what to do.
 */
import { z } from 'zod'
import { type LiveDevice, type LiveFeedEntry, type LivePoint, type LiveSource, type LiveStatus, liveBackends } from './live.ts'
import { MOST_COLUMNS } from './most-columns.ts'
import type {
  CaptureReport,
  FindingReport,
  HostReport,
  NetworkEvent,
  RehomingReport,
  Report,
  SessionReport,
  SiteInterface,
} from './report.ts'
import { type SiteFile, siteModel } from './site.ts'

export interface ContractError {
  code: 'bad-request' | 'not-found' | 'unreadable' | 'not-a-capture' | 'bad-filter' | 'cancelled' | 'busy' | 'no-permission' | 'internal'
  message: string
  hint: string
  /** character position in the filter text, for bad-filter */
  position?: number
}

/** Parameters of each call, checked at the boundary. */
export const parameters = {
  /** opens a capture by path (Electron, or a path on the browser host's machine); answers when indexing has begun */
  open: z.object({
    path: z.string().min(1).max(4096),
    netlink: z.string().max(4096).optional(),
    keys: z.array(z.string().max(4096)).max(16).optional(),
    /** path of a site model */
    site: z.string().min(1).max(4096).optional(),
    /** decode-as profiles: names of presets, paths of files or folders */
    profiles: z.array(z.string().min(1).max(4096)).max(16).optional(),
  }),
  /** opens bytes the window was given (drop of a file into the browser host): uploaded in parts under one id */
  upload: z.object({
    name: z.string().max(255),
    id: z.string().regex(/^[a-z0-9-]{1,64}$/),
    offset: z.number().int().min(0),
    base64: z.string().max(1_400_000),
    last: z.boolean(),
  }),
  cancel: z.object({}),
  status: z.object({}),
  sessions: z.object({
    offset: z.number().int().min(0).default(0),
    limit: z.number().int().min(1).max(2000).default(500),
    text: z.string().max(500).optional(),
    /** those that travel inside others right below them; else the worst first and nothing else */
    grouped: z.boolean().optional(),
  }),
  session: z.object({ id: z.string().max(64) }),
  /** hosts, the multihomed ones first, and the site's interfaces */
  hosts: z.object({ limit: z.number().int().min(1).max(1000).default(100) }),
  /** what the capture does not show, and what was left out of the analysis */
  limits: z.object({}),
  /** what links, routers and routing protocols did meanwhile that took a path away */
  network: z.object({}),
  /** the site: what is known of its interfaces, and what of it a person said */
  site: z.object({}),
  /** judges the capture again with what a person says of the site; null: with nothing but what was learned */
  setSite: z.object({ site: siteModel.nullable() }),
  timeline: z.object({ session: z.string().max(64), from: z.number(), to: z.number(), width: z.number().int().min(16).max(8192) }),
  /** `check`: only says whether the text is a good filter (or answers `bad-filter`); id is then '' and count 0 */
  filter: z.object({ text: z.string().max(10_000), check: z.boolean().optional() }),
  rows: z.object({
    filter: z.string().max(64).nullable().default(null),
    from: z.number().int().min(0),
    count: z.number().int().min(1).max(500),
    /** fields whose values are wanted beside each row */
    columns: z.array(z.string().min(1).max(200)).max(MOST_COLUMNS).optional(),
  }),
  /** position of a frame in the (filtered) list, or of the nearest after it */
  find: z.object({ filter: z.string().max(64).nullable().default(null), frame: z.number().int().min(1) }),
  packet: z.object({ frame: z.number().int().min(1) }),
  fields: z.object({ prefix: z.string().max(200).default(''), limit: z.number().int().min(1).max(2000).default(50) }),
  exportSession: z.object({ session: z.string().max(64), format: z.enum(['json', 'csv', 'html', 'svg', 'pcapng']) }),
  /**
   * begins a file of packets: those of a list (`filter`; null: all), of these only a session's, or some frames. Its pieces are made by `savePart`.
   * `check`: only says how many there are and whether they fit the format; id is then ''
   */
  saveBegin: z.object({
    filter: z.string().max(64).nullable().default(null),
    session: z.string().max(64).optional(),
    /** '1-100, 250, 400-' */
    frames: z.string().max(10_000).optional(),
    format: z.enum(['pcapng', 'pcap']),
    /** rehomings and findings as comments of the packets that show them (pcapng) */
    remarks: z.boolean().optional(),
    /** the decryption secrets that the capture holds go along (pcapng) */
    secrets: z.boolean().optional(),
    /** where to, on the machine of the engine; absent: the pieces are answered */
    path: z.string().min(1).max(4096).optional(),
    /** a file of that name goes: only where the host has heard it from a person */
    replace: z.boolean().optional(),
    check: z.boolean().optional(),
  }),
  savePart: z.object({ id: z.string().max(64) }),
  /** nothing stays of a file that is given up */
  saveCancel: z.object({ id: z.string().max(64) }),
  /** ways of capturing on this machine, the best first */
  liveSources: z.object({}),
  /** what can be captured on, with counters to draw a rate from */
  liveInterfaces: z.object({}),
  /** is the BPF filter understood? answers `bad-filter` when it is not */
  liveCheck: z.object({
    filter: z.string().max(4096),
    interface: z.string().min(1).max(255).optional(),
    backend: z.enum(liveBackends).optional(),
  }),
  /** begins a capture; answers when packets are captured on every interface, or why not */
  liveStart: z.object({
    interfaces: z.array(z.string().min(1).max(4096)).min(1).max(64),
    filter: z.string().max(4096).optional(),
    backend: z.enum(liveBackends).optional(),
    /** once, with the rights of an administrator, asked for by the system (Linux: pkexec) */
    elevate: z.boolean().optional(),
    /** [user@]host, for ssh */
    remote: z.string().max(255).optional(),
    remoteProgram: z.enum(['dumpcap', 'tcpdump']).optional(),
    /** where to record; absent: a file that goes away unless it is saved */
    file: z.string().min(1).max(4096).optional(),
    ring: z
      .object({
        megabytes: z.number().min(1).max(1_000_000).optional(),
        seconds: z.number().min(1).max(1_000_000).optional(),
        files: z.number().int().min(1).max(100_000).optional(),
      })
      .strict()
      .optional(),
  }),
  liveStop: z.object({}),
  /** ends what runs and begins again with the same options, in another file */
  liveRestart: z.object({}),
  /** copies what was recorded to a file that does not exist yet, on the machine that captures */
  liveSave: z.object({ path: z.string().min(1).max(4096) }),
  liveStatus: z.object({}),
  /** events after a number, the newest last */
  liveFeed: z.object({ after: z.number().int().min(0).default(0), limit: z.number().int().min(1).max(2000).default(500) }),
  /** rates since the capture began: at most 500 points */
  liveRates: z.object({}),
  /** forgets a capture that ended without its window; its file stays */
  liveForget: z.object({ file: z.string().max(4096) }),
} as const

/** Calls that the host answers itself, so that they work whatever the engine does. */
export const liveCalls = [
  'liveSources',
  'liveInterfaces',
  'liveCheck',
  'liveStart',
  'liveStop',
  'liveRestart',
  'liveSave',
  'liveStatus',
  'liveFeed',
  'liveRates',
  'liveForget',
] as const
export type LiveCallName = (typeof liveCalls)[number]

export type CallName = keyof typeof parameters
export type Parameters_<K extends CallName> = z.input<(typeof parameters)[K]>

export interface Status {
  /** 'live': it is being captured, and grows */
  state: 'empty' | 'opening' | 'live' | 'ready' | 'cancelled' | 'failed'
  path: string | null
  /** file name for the title */
  name: string | null
  bytesRead: number
  bytesTotal: number
  packets: number
  error: ContractError | null
  warnings: string[]
  capture: CaptureReport | null
  /** epoch seconds of the first and last packet in time order */
  start: number | null
  end: number | null
  /** epoch seconds that row times count from: the first packet of the file, which need not be the earliest */
  zero?: number | null
  sessions: number
  rehomings: number
  findings: FindingReport[]
  /** counts what the engine has opened: the same file with another number was read again */
  run?: number
  /** version of the product */
  version: string
}

/** One line of the session list: enough to draw it, worst first. */
export interface SessionSummary {
  id: string
  protocol: string
  title: string
  state: SessionReport['state']
  audience?: SessionReport['audience']
  headline: string
  initiatorLocators: string[]
  responderLocators: string[]
  rehomings: number
  /** ms: its longest time without delivery, whether it moved then or stayed; null: none known */
  worstOutage: number | null
  /** interfaces that its packets took in turn while its addresses stayed; left out: it kept to one */
  exits?: string[]
  labels: string[]
  opened: number
  closed: number | null
  packets: number
  bytes: number
  replaces: string | null
  replacedBy: string | null
  /** what took its place: ms after its last data, and the interface or else the address it went on from */
  replacement?: { gap: number | null; on: string } | null
  /** which paths carried payload when: [from, to, path] in epoch seconds; paths are numbered in the order of the session's pairs; at most 64 */
  strip: [number, number, number][]
  pairs: number
  /** the session that this one travels in, and whether others travel in it */
  parent?: string | null
  carries?: boolean
  /** in a grouped list: how many of the list it stands below */
  depth?: number
  /** findings about it, and the worst of their severities */
  findings?: { count: number; worst: FindingReport['severity'] } | null
  /** higher is worse */
  badness: number
}

/** A session that another one's page names, in a line. */
export interface RelatedSession {
  id: string
  relation: 'carried by' | 'carries' | 'replaces' | 'replaced by'
  protocol: string
  title: string
  headline: string
  packets: number
  bytes: number
  rehomings: number
}

/** One lane of the timeline: a locator pair with pre-aggregated traffic of the asked range. */
export interface TimelineLane {
  initiator: string
  responder: string
  interface: string | null
  /** prefix that the site model has for the local locator on this interface, when known */
  prefix: string | null
  /** payload bytes by bin and direction (to the responder, to the initiator); `bins` values each */
  toResponder: number[]
  toInitiator: number[]
  retransmitted: number[]
  /** seconds of [from, to] in which the interface's link was down, when known */
  linkDown: [number, number][]
}

export interface TimelineSlice {
  from: number
  to: number
  binSeconds: number
  lanes: TimelineLane[]
  /** signals as marks; at most 2000, thinned by time when more */
  marks: {
    t: number
    lane: number
    kind: string
    label: string
    detail: string
    frame: number | null
    /** of a finding */
    severity?: FindingReport['severity']
  }[]
  rehomings: {
    id: string
    t: number
    fromLane: number
    toLane: number
    label: string
    outageMs: number | null
    lastOld: number | null
    trigger: string
  }[]
  /** times without delivery after which the session went on in the same lane */
  interruptions: { from: number; to: number; lane: number; ms: number }[]
  /** number of marks left out by thinning */
  thinned: number
}

export interface PacketRow {
  /** position in the list asked for */
  index: number
  frame: number
  /** seconds since the first packet */
  time: number
  interface: string
  /** what the file calls the interface, where that is another name */
  device?: string
  source: string
  destination: string
  protocol: string
  length: number
  info: string
  session: string | null
  /** id of a rehoming that this packet decided */
  rehoming: string | null
  /** '' | 'cut' | 'malformed' | 'limit' */
  stop: string
  /** remarks on the packet: sent again, out of order, a bad checksum, an option nobody knows */
  notes: string[]
  /** filter name of its protocol, '' when nobody knows it */
  layer?: string
  /** of the columns that were asked for, in their order */
  values?: FieldValue[]
}

/** What a packet has of a field: all its values as text, and a filter that selects packets with them; both '' when it has none. */
export interface FieldValue {
  text: string
  filter: string
}

export interface TreeNode {
  /** filter name, '' for lines that have none */
  name: string
  /** text shown */
  label: string
  /** bytes it stands for: source index, offset and length; length 0: none */
  source: number
  offset: number
  length: number
  /** a filter that selects packets with this value, '' when there is none */
  filter: string
  generated: boolean
  children: TreeNode[]
}

export interface PacketDetail {
  frame: number
  row: PacketRow
  tree: TreeNode[]
  /** memories that offsets point into: the frame first, then reassembled ones; base64 */
  sources: { name: string; base64: string }[]
  stop: { reason: string; offset: number; kind: string } | null
  captured: number
  wire: number
}

/** What each call answers. */
export interface Answers {
  open: Status
  upload: { received: number; status: Status | null }
  cancel: Status
  status: Status
  sessions: { total: number; sessions: SessionSummary[] }
  session: {
    session: SessionReport
    rehomings: RehomingReport[]
    findings: FindingReport[]
    /** sessions that it travels in, that travel in it, or that it stands beside in time: at most 50 */
    related?: RelatedSession[]
  }
  hosts: { total: number; multihomed: number; hosts: HostReport[]; site: SiteInterface[] }
  limits: Report['limits']
  /** the first ones, and how many there are after them */
  network: { events: NetworkEvent[]; more: number }
  site: { interfaces: SiteInterface[]; given: SiteFile | null }
  setSite: Status
  timeline: TimelineSlice
  filter: { id: string; count: number; milliseconds: number }
  rows: { total: number; rows: PacketRow[] }
  find: { index: number }
  packet: PacketDetail
  fields: { fields: { name: string; type: string; label: string }[] }
  exportSession: { fileName: string; mediaType: string; base64: string }
  /** `bytes`: about so many */
  /** `secrets`: how many the capture holds that would decrypt some of it */
  saveBegin: { id: string; fileName: string; packets: number; bytes: number; secrets: number }
  /** `base64`: the piece, unless it went to a path; `unreadable`: packets whose bytes are gone, left out */
  savePart: { written: number; unreadable: number; bytes: number; done: boolean; base64: string }
  saveCancel: Record<string, never>
  liveSources: { sources: LiveSource[]; platform: string; elevate: boolean }
  /** `t`: epoch seconds at which the counters were read */
  liveInterfaces: { t: number; interfaces: LiveDevice[] }
  liveCheck: { checked: boolean; words: string }
  liveStart: LiveStatus
  liveStop: LiveStatus
  liveRestart: LiveStatus
  liveSave: LiveStatus
  liveStatus: LiveStatus
  liveFeed: { events: LiveFeedEntry[] }
  liveRates: { points: LivePoint[] }
  liveForget: LiveStatus
}

/** Pushed by the engine without being asked. */
export interface Events {
  progress: Status
  ready: Status
  /** the live capture changed, or a second passed */
  live: LiveStatus
  /** what it tells, as it is told */
  liveEvent: LiveFeedEntry
  /** the rates of the last second */
  livePoint: LivePoint
}
export type EventName = keyof Events
export const eventNames = ['progress', 'ready', 'live', 'liveEvent', 'livePoint'] as const satisfies readonly EventName[]

/** What a transport offers to the screens. */
export interface EngineClient {
  send<K extends CallName>(
    call: K,
    parameters: Parameters_<K>,
  ): Promise<{ ok: true; value: Answers[K] } | { ok: false; error: ContractError }>
  on<E extends EventName>(event: E, listener: (value: Events[E]) => void): () => void
}
