/**
 * The report: what UI, CLI and exports show. Types of `rehome.report/1` (docs: report schema; checked in tests).
 * Times are epoch seconds as numbers (microsecond precision), durations milliseconds, frames 1-based in capture order.
 */

export interface Report {
  schema: 'rehome.report/1'
  generator: { name: string; version: string }
  captures: CaptureReport[]
  site: { interfaces: SiteInterface[] }
  hosts: HostReport[]
  sessions: SessionReport[]
  rehomings: RehomingReport[]
  findings: FindingReport[]
  /** ours: what moves cost by the class of their trigger */
  triggers?: TriggerStatistics[]
  /** ours: what links, routers and routing protocols did meanwhile that took a path away, in time order; the first thousand */
  network?: NetworkEvent[]
  limits: { evictedSessions: number; notObservable: string[] }
}

/** A link, address, route or router that was lost or changed, as the link log or packets of routers tell. */
export interface NetworkEvent {
  /** epoch s; `until`: when it was taken back, null: not in what was seen */
  t: number
  until: number | null
  /** link: the capturing host's own; routing: what others said */
  kind: 'link' | 'routing'
  /** 'link-down', 'gateway-moved', 'bgp-withdrawn' ... */
  what: string
  interface: string | null
  text: string
  frames: number[]
}

export interface CaptureReport {
  path: string
  format: 'pcap' | 'pcapng'
  packets: number
  bytes: number
  start: number | null
  end: number | null
  interfaces: { id: number; name: string | null; linkType: string; packets: number; dropped?: number | null }[]
  /** ours: packets by innermost protocol, most first */
  protocols?: { name: string; packets: number }[]
  truncated: boolean
  malformedPackets: number
  /** ours: time of frame 1 (of several files: of the earliest one's first frame), which seconds in sentences and lists count from; packets of other interfaces may be earlier */
  zero?: number
  /** ours: lines for people about what was wrong with the file */
  warnings?: string[]
}

export interface SiteInterface {
  name: string
  addresses?: string[]
  /** `notDefault` is ours: it advertises, last with lifetime 0, so nobody may take it for a default router (RFC 4861 section 4.2) */
  routers?: { address: string; mac: string | null; notDefault?: boolean }[]
  filterMode?: 'none' | 'acl' | 'strict' | 'feasible' | 'loose' | 'strict-or-acl' | 'unknown'
  prefixes: {
    prefix: string
    source: 'ra' | 'dhcpv6-pd' | 'interface' | 'bgp' | 'user' | 'learned'
    validUntil?: number | null
    preferredUntil?: number | null
    /** ours: when it was taken back (advertised or delegated with lifetime 0); absent while it stands */
    withdrawn?: number | null
    frames: number[]
  }[]
}

export interface HostReport {
  id: string
  addresses: string[]
  case: 'none' | 'case1' | 'case2'
  /** the seven benefits of draft-ernst-generic-goals-and-benefits-01 section 3: 0 to 100, null where nothing can be said */
  benefits: Record<string, number | null>
  /** ours: what each was made from, and the most that the host's case allows */
  benefitDetails?: Record<string, BenefitReport>
  indices?: HostIndices
  /** ours: names of the capture interfaces that its addresses were used on */
  interfaces?: string[]
}

export interface BenefitReport {
  score: number | null
  /** 0: not attainable in this case */
  ceiling: number
  why: string
}

/** Indices over a host's sessions; shares are 0 to 1, goals (RFC 3582) 0 to 100 */
export interface HostIndices {
  fateSharing: number | null
  pathDiversity: number | null
  claimsPerHour: number | null
  flapShare: number | null
  /** bytes beside payload, by payload bytes */
  overhead: number | null
  goals: Record<'redundancy' | 'loadSharing' | 'trafficEngineering' | 'survivability' | 'legacy', number | null>
}

export type HowLocator = 'initial' | 'listed' | 'signalled' | 'observed'

export interface LocatorReport {
  address: string
  port?: number | null
  added: number
  removed: number | null
  how: HowLocator
  signal?: string | null
  verified: number | null
  verifiedHow?: string | null
  claimAuthentication?: 'A0' | 'A1' | 'A2' | 'A3v' | 'A3u' | 'A4v' | 'A4u' | 'AX'
  frames: number[]
}

export interface EndpointReport {
  role: 'initiator' | 'responder'
  identifiers: { kind: string; value: string }[]
  locators: LocatorReport[]
}

export interface PairReport {
  initiator: string
  responder: string
  interface?: string | null
  initiatorPort?: number | null
  responderPort?: number | null
}

export type SessionLabel =
  | 'SINGLE'
  | 'LOAD-SHARED'
  | 'BICAST'
  | 'BACKUP-READY'
  | 'REHOMED'
  | 'FAIL-BACK'
  | 'FLAP'
  | 'NAT-REBIND'
  | 'RE-ESTABLISHED'
  | 'PROBING'
  | 'HANDOVER-SIGNALLED'
  | 'RETRANSMIT-ON-ALTERNATE'
  | 'PATH-OPTIMISED'

export type TimelineKind =
  | 'opened'
  | 'claimed'
  | 'withdrawn'
  | 'preferred'
  | 'probed'
  | 'verified'
  | 'refused'
  | 'payload-started'
  | 'payload-stopped'
  | 'retransmitted'
  | 'rehomed'
  | 'finding'
  | 'link'
  | 'routing'
  | 'icmp'
  | 'closed'
  | 'other'

export interface TimelineEntry {
  t: number
  kind: TimelineKind
  direction: 'initiator-to-responder' | 'responder-to-initiator' | 'both' | null
  pair: PairReport | null
  frames: number[]
  detail: string
  /** ours: a name of one to three words, the message's where there is one */
  label?: string
}

export interface SessionPairReport extends PairReport {
  interface: string | null
  packets: number
  bytes: number
  payloadBytes: number
  first: number
  last: number
  /** ours */
  retransmitted?: number
  state?: string
  verified?: string | null
  rtt?: number | null
}

export interface QuestionnaireAnswer {
  value: string
  /** 0 to 100 */
  confidence: number
  /** 'protocol-default': the specification fixes it and nothing seen speaks against it */
  source: 'observed' | 'protocol-default'
  /** specification that a default comes from */
  reference?: string
  frames: number[]
}

export interface SessionReport {
  id: string
  key: string
  protocol: string
  class: 'routing' | 'mobility' | 'identity-element' | 'modified-element' | 'site-exit' | 'none'
  identity: 'persistent' | 'opportunistic' | 'ephemeral' | 'none'
  state: 'opening' | 'established' | 'closing' | 'closed' | 'failed'
  /** ours: its datagrams go to many, so that nobody in particular is asked */
  audience?: 'multicast' | 'broadcast'
  midCapture: boolean
  opened: number
  closed: number | null
  endpoints: [EndpointReport, EndpointReport]
  pairs: SessionPairReport[]
  labels: SessionLabel[]
  /** RFC 4177 section 7, by number of the question: '7.1.a' .. '7.5.b' */
  questionnaire?: Record<string, QuestionnaireAnswer>
  timeline: TimelineEntry[]
  labelIntervals: { label: string; from: number; to: number | null; direction: string }[]
  activity?: { pair: PairReport; binSeconds: number; start: number; bytes: number[] }[]
  replaces?: string | null
  replacedBy?: string | null
  gap?: Metric
  parent?: string | null
  children?: string[]
  noFailover?: { reason: string; pair: PairReport | null; frames: number[] }[]
  /** ours: times without delivery after which it went on where it was, in time order; the longest 16 */
  interruptions?: InterruptionReport[]
  /** ours: one sentence for people that answers which path, since when, why */
  headline?: string
  /** ours: which end the capture was taken at, when that could be told */
  capturedEnd?: 'initiator' | 'responder' | 'both' | null
}

/** A session's data did not get through for a while, and then did again on the same pair: no rehoming, yet an outage to its users. */
export interface InterruptionReport {
  /** epoch s: the last unit delivered before, the first one after */
  from: number
  to: number
  ms: number
  /** whose data did not get through */
  direction: 'initiator-to-responder' | 'responder-to-initiator' | 'both'
  pair: PairReport | null
  cause: 'transport' | 'icmp' | 'link' | 'silence'
  /** why, as a clause: 'when upA lost carrier' */
  text: string
  frames: number[]
}

export type Metric = { value: number; low: number | null; high: number | null; frames: number[] } | null
export type Count = { value: number; frames: number[] } | null

/** Of at least five values, in ms. */
export interface Quantiles {
  n: number
  min: number
  median: number
  p95: number
  max: number
}

export interface TriggerStatistics {
  class: TriggerClass
  moves: number
  /** moves after which the old pair went on working, and their share */
  spurious: number
  spuriousRate: number
  outage: Quantiles | null
  detection: Quantiles | null
  signalling: Quantiles | null
  switch: Quantiles | null
}

export type TriggerClass = 'transport' | 'icmp' | 'routing' | 'heartbeat' | 'link' | 'peer' | 'policy' | 'unknown'

export interface TriggerCandidate {
  class: TriggerClass
  t: number
  score: number
  frames: number[]
  /** words for people, e.g. '3 retransmission timeouts on upA' */
  detail: string
}

export interface RehomingReport {
  id: string
  session: string
  t: number
  decidedAt: number
  direction: 'both' | 'initiator-to-responder' | 'responder-to-initiator'
  from: PairReport
  to: PairReport
  moved: 'initiator' | 'responder' | 'both'
  label: 'REHOMED' | 'FAIL-BACK' | 'FLAP'
  trigger: { class: TriggerClass; score: number; frames: number[]; candidates?: TriggerCandidate[] }
  metrics: {
    outage: Metric
    detection: Metric
    signalling: Metric
    switch: Metric
    lost: Count
    retransmitted: Count
    /** ours: units that arrived twice; units out of order in the confirmation window; ms to the first acknowledgement on the new pair */
    duplicated?: Count
    reordered?: Count
    acknowledged?: Metric
    /** ours: bytes of the 10 s after the move to those of the 10 s before it; ms until the goodput was 80 % of the usual again */
    goodputRatio?: Metric
    /** ours: of which bytes that is: newly delivered ones, or, where nothing tells of delivery, those sent */
    goodputOf?: 'delivered' | 'sent'
    steady?: Metric
    /** ours: what the capture cannot tell of this move, and why */
    notObservable?: string[]
    /** ours: the parts of the exact decomposition (rehoming.md section 5) */
    parts?: {
      gap: number | null
      waitSignal: number | null
      /** data was re-sent first on the new pair, and new data came so many ms later; null: it began with new data */
      newData?: number | null
      inconsistent: boolean
    }
  }
  signalled: boolean
  verifiedBefore: boolean
  tentative: boolean
  threats: string[]
  frames: number[]
  /** ours: the session went on without a new handshake */
  survived?: boolean
  /** ours: the packet that decided it, the first delivered unit on the new pair */
  frame?: number
  /** which way the old path had failed, seen from the captured end; null: it had not, it was left by choice */
  failedDirection?: 'outbound' | 'inbound' | 'both' | 'undecided' | null
  spurious?: boolean
  /** ours: one sentence for people */
  headline?: string
}

export interface FindingReport {
  id: string
  rule: string
  severity: 'info' | 'low' | 'medium' | 'high' | 'critical'
  confidence: number
  t: number
  session: string | null
  title: string
  detail: string
  claimant?: string | null
  victim?: string | null
  frames: number[]
  checks: { name: string; result: string; detail?: string }[]
  reference: string
}
