/**
 * The context: which identifiers of a session were bound to which locators when, on which pairs it ran, and what was seen there. Sessions that can
 * have several pairs are `MultiSession`s (`multi-session.ts`), made of what stands here; sessions on one address pair live in `sessions/light.ts`.
 * Bounded: 64 pairs, 64 locators an endpoint, 600 marks, 256 pieces of evidence a session; what goes over is counted.
 */

import type { HowLocator, SessionReport, TimelineKind, TriggerClass } from '../../shared/report.ts'
import type { ClaimAuthentication, Identifier } from '../../shared/signal-details.ts'
import type { Direction } from './direction.ts'
import type { MultiSession } from './multi-session.ts'

export const MAX_PAIRS = 64
export const MAX_LOCATORS = 64
export const MAX_MARKS = 600
export const MAX_EVIDENCE = 256

export const SECOND = 1e9

/** An endpoint by number: 0 initiator, 1 responder. A direction has the number of its sender. */
export type End = 0 | 1

/** As reports name it (`protocol` of the report schema). */
export type SessionProtocol =
  | 'sctp'
  | 'mptcp'
  | 'udp'
  | 'tcp'
  | 'hip'
  | 'shim6'
  | 'mipv6'
  | 'nemo'
  | 'pmipv6'
  | 'ikev2'
  | 'esp'
  | 'quic'
  | 'lisp'
  | 'ilnp'
  | 'wireguard'
  | 'gtp-u'
  | 'gre-bonding'
  | `profile:${string}`

export type SessionState = SessionReport['state']

export interface Locator {
  /** id of the address table */
  address: number
  port: number | null
  added: number
  removed: number | null
  how: HowLocator
  signal: string | null
  verified: number | null
  verifiedHow: string | null
  authentication: ClaimAuthentication
  rows: number[]
}

/** What is known of an end. Its packets are counted in the record of its session. */
export class Endpoint {
  identifiers: readonly Identifier[] = NONE
  locators: readonly Locator[] = NONE

  constructor(
    private readonly session: MultiSession,
    private readonly end: End,
  ) {}

  identify(identifier: Identifier): void {
    this.identifiers = this.identifiers.concat(identifier)
  }

  /** packets of this endpoint whose hop limit is 64, 128 or 255 (never forwarded), and the others */
  get fresh(): number {
    return this.session.hopCount(this.end, 0)
  }
  set fresh(count: number) {
    this.session.setHopCount(this.end, 0, count)
  }
  get forwarded(): number {
    return this.session.hopCount(this.end, 1)
  }
  set forwarded(count: number) {
    this.session.setHopCount(this.end, 1, count)
  }
}

export type { Pair, PairState, Path } from './pair.ts'

export interface Mark {
  time: number
  kind: TimelineKind
  /** sender, 2: both, -1: none */
  direction: number
  pair: number
  rows: number[]
  text: string
}

/** Something that can explain a move away from `path` (-1: any) or on to it. */
export interface Evidence {
  class: TriggerClass
  /** what it is, for the rule that judges it */
  what:
    | 'retransmission-timeout'
    | 'fast-retransmission'
    | 'handshake-retry'
    | 'icmp-unreachable'
    | 'icmp-prohibited'
    | 'icmp-too-big'
    | 'heartbeat-unanswered'
    | 'heartbeat-answered-again'
    | 'reap-exploring'
    | 'claim'
    | 'withdrawal'
    | 'preference'
    | 'reset'
    | 'probe-timeout'
    | 'mapping-changed'
  path: number
  time: number
  /** last time when it was repeated */
  until: number
  count: number
  /** what was sent again: its first copy */
  first?: { time: number; row: number }
  /** how it grew: count, and how many of the rows, at a time; absent when it did not */
  steps?: { time: number; count: number; rows: number }[]
  /** the endpoint that did it */
  by: number
  /** of an ICMP error: the other endpoint itself says that nobody listens on the port any more, so the path works */
  portClosed?: true
  rows: number[]
  text: string
  /** locator that it is about, where `path` does not tell; -1: any of that endpoint */
  address?: number
}

export interface Probe {
  match: string
  path: number
  pair: number
  by: End
  time: number
  row: number
  /** when a later one on its path was answered, and it not; -1: never */
  passed: number
}

export interface Rehoming {
  number: number
  direction: number
  from: number
  to: number
  fromPair: number
  toPair: number
  time: number
  row: number
  decidedAt: number
  label: 'REHOMED' | 'FAIL-BACK' | 'FLAP'
  tentative: boolean
  /** how well the direction that `report` measures tells what the move cost; the lower the better */
  rank: number
  signalled: boolean
  verifiedBefore: boolean
  report: RehomingJudgement
}

/** A cause of a move, for people as `text` and as the end of a sentence. */
export interface Cause {
  class: TriggerClass
  score: number
  time: number
  rows: number[]
  text: string
  clause: string
  /** the one of `rows` that is the move itself */
  moved?: number
  /** it speaks for the new path, not against the old one */
  recovery?: true
  /** what both directions of a move see alike, in numbers of their own: it is told once */
  fact?: 'silence'
}

/** What triggers.ts and metrics.ts found out about a move when it was decided. */
export interface RehomingJudgement {
  trigger: Cause
  /** best first */
  candidates: Cause[]
  metrics: MetricSet
  /** which way the old pair had failed, seen from the captured end; null: it had not */
  failedDirection: 'outbound' | 'inbound' | 'both' | 'undecided' | null
  /** the old pair delivered until just before the move */
  healthy: boolean
  spurious: boolean
  /** the old pair still delivered shortly after the move */
  worked: boolean
  rows: number[]
  lastOnOld: number | null
  /** last unit delivered on the old pair */
  lastGood: number
}

export interface Span {
  value: number
  low: number | null
  high: number | null
  rows: number[]
}

export interface MetricSet {
  outage: Span | null
  detection: Span | null
  signalling: Span | null
  switch: Span | null
  lost: { value: number; rows: number[] } | null
  retransmitted: { value: number; rows: number[] } | null
  /** units that arrived twice, and those that arrived out of order in the window after the move */
  duplicated: { value: number; rows: number[] } | null
  reordered: { value: number; rows: number[] } | null
  /** until the first acknowledgement of data on the new pair */
  acknowledged: Span | null
  /** what the capture cannot tell, and why */
  hidden: string[]
  parts: { gap: number | null; waitSignal: number | null; newData: number | null; inconsistent: boolean }
}

export interface LabelSpan {
  label: string
  from: number
  to: number | null
  direction: number
}

/** Both directions of what is compared with itself. */
export type Lane = [Direction, Direction]

export interface Refusal {
  reason: string
  pair: number
  rows: number[]
}

/** An acknowledgement that says how many units of `sender` came once more. */
export interface DuplicateReport {
  time: number
  count: number
  sender: End
}

export interface AnsweredProbe {
  path: number
  by: End
  time: number
  rows: number[]
}

/** What most sessions never have is nobody's own until there is some: an empty list is an object of 32 bytes. */
export const NONE: readonly never[] = []

export type Ends = readonly [initiator: boolean, responder: boolean]
export const NEITHER: Ends = [false, false]
export const BOTH: Ends = [true, true]
/** The list with one more, of which there are `most`: then the oldest goes. Made anew, for it is exact: one that is pushed to takes room for seventeen. */
export function withOne<T>(list: readonly T[], one: T, most = Number.POSITIVE_INFINITY): readonly T[] {
  return list.length < most ? list.concat(one) : list.slice(1).concat(one)
}

export interface Unproven {
  by: End
  /** where it sent its data */
  path: number
  /** its last unit before the other end was heard last, and the first one after that; -1 none */
  good: number
  goodRow: number
  first: number
  firstRow: number
  until: number
  untilRow: number
}

export interface PendingClaim {
  what: 'add' | 'remove' | 'prefer'
  by: End
  address: number
  addressId: number | null
  serial: number | null
  correlation: number | null
  time: number
  row: number
  authentication: ClaimAuthentication
  message: string
  port: number | null
  pair: number
  wildcard: boolean
  /** a preference against its locator: it becomes a backup */
  against: boolean
  answered: number | null
}
