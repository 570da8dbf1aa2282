/**
 * A session that can have several pairs: its ends, directions, pairs and paths, what was seen of it, and what was decided. What changes with every
 * packet stands in a record of a block; the object holds what is set rarely. Cost: one record and, by direction, what `direction.ts` says.
 * Bounded: see `model.ts`; what goes over is counted.
 */
import type { SessionReport, TimelineKind } from '../../shared/report.ts'
import { Activity } from './activity.ts'
import type { Block } from './blocks.ts'
import { Direction } from './direction.ts'
import { type Interruption, NO_INTERRUPTIONS } from './interruptions.ts'
import { type MarkLog, NO_ADDRESS } from './mark-log.ts'
import {
  type AnsweredProbe,
  BOTH,
  type DuplicateReport,
  type End,
  Endpoint,
  type Ends,
  type Evidence,
  type Lane,
  MAX_MARKS,
  type Mark,
  NEITHER,
  NONE,
  type PendingClaim,
  type Probe,
  type Refusal,
  type Rehoming,
  SECOND,
  type SessionProtocol,
  type SessionState,
  type Unproven,
} from './model.ts'
import type { Pair, Path } from './pair.ts'
import { UnitStore } from './unit-store.ts'

const FIRST: Ends = [true, false]
const SECOND_END: Ends = [false, true]

/** The ends, and `end` too. */
function andEnd(ends: Ends, end: End): Ends {
  if (ends[1 - end]) return BOTH
  return end === 0 ? FIRST : SECOND_END
}

/** Numbers of a session that change with every packet, in its record of a block. */
const enum Place {
  /** ns of its last packet */
  Last = 0,
  /** smoothed round trip, ns */
  Trip = 1,
  /** packets of the initiator never forwarded, and the others; the same of the responder */
  Hops = 2,
  /** protocol tags or tokens that the endpoints are addressed by */
  Tags = 6,
  LeastTrip = 8,
  Ports = 9,
  /** times of the handshake's steps; -1 not seen */
  Steps = 11,
}
const RECORD = 14

export class MultiSession {
  // What every packet asks for comes first: fields are laid out in this order.
  private block: Block
  private at: number
  state: SessionState = 'opening'
  private lane: Lane
  private one: Direction
  private two: Direction
  /** there is something to be looked at after the packet at hand: a further path, a candidate */
  news = false
  fallback = false
  rttKnown = false
  /** the protocol uses one path at a time: data on another one has moved there, however short the session is */
  oneAtATime = false
  /** what addresses of capture interfaces and link log say, when hop limits do not tell */
  hintedEnd = -1
  pairs: readonly Pair[] = NONE
  paths: readonly Path[] = NONE
  /**
   * Bytes that got through for the first time, when that became known. Kept from when the session may move: it has a second pair or a further
   * locator, or uses one path at a time.
   */
  delivered: Activity | null = null
  closed: number | null = null
  midCapture = false
  /** what its ends say of their addresses is encrypted, and no key was given for it */
  sealed = false
  closedWhy = ''
  /** row in which one end forbade the other to move; -1: none did, as far as could be read */
  boundRow = -1
  /** data went to another path so shortly before the end that nobody can say whether it moved: the latest such change */
  undecided: { from: number; to: number; time: number } | null = null
  /** the responder's answer to a handshake that it did not take up */
  turnedAway: { text: string; row: number } | null = null
  readonly endpoints: [Endpoint, Endpoint]
  /**
   * Inner flows that a move is looked for in one by one, where load is shared by flow (LISP); null: the session is looked at as a whole.
   * While one of them is at work it stands in `directions`.
   */
  lanes: Lane[] | null = null
  /** changes of encapsulation that kept both locators */
  optimised = 0
  /** number of the youngest mark in the log, and how many there are */
  lastMark = -1
  markCount = 0
  marksDropped = 0
  evidence: readonly Evidence[] = NONE
  probes: readonly Probe[] = NONE
  rehomings: readonly Rehoming[] = NONE
  /** counts candidates opened, for the analyzer's queue of decisions, and those it has queued */
  candidatesOpened = 0
  candidatesQueued = 0
  /** when most of ten acknowledgements first came sooner than half of the shortest round trip of their pair; null: never */
  hurried: { time: number; pair: number } | null = null
  /** handshake closed orderly by these endpoints */
  finished = NEITHER
  primaryPath = -1
  refusals: readonly Refusal[] = NONE
  /** times without delivery after which it went on where it was; the longest ones */
  interruptions: readonly Interruption[] = NO_INTERRUPTIONS
  replaces = -1
  replacedBy = -1
  /** new mappings of a translator on the way, which are no moves; and the paths between which only such a mapping changed the address */
  rebound = 0
  /** how often a locator was named that there was no room for */
  locatorsOver = 0
  reboundPaths: { from: number; to: number }[] | null = null
  /** paths that a look back into payloads was made for */
  pathsLooked = 1
  /** pairs whose packets were tied to the session by circumstances, not by an identifier */
  inferred: number[] | null = null
  /** times at which an end reported that data of `sender` came twice, and heartbeats answered, by path: the last 32 of each */
  duplicateReports: readonly DuplicateReport[] = NONE
  answeredOn: readonly AnsweredProbe[] = NONE
  /** a pending claim by serial and correlation, until its answer (SCTP ASCONF, MPTCP ADD_ADDR) */
  claims: readonly PendingClaim[] = NONE
  /** session number it was merged into, -1: none */
  mergedInto = -1
  /** how persistent its identity is, where that is this session's own and not its protocol's */
  identity: SessionReport['identity'] | null = null
  /** flows of transports inside that ran before the session did, and the direction of its initiator on them */
  innerBefore: { flow: number; initiator: number }[] | null = null
  /** nothing acknowledges its units: that the peer goes on being heard is all that speaks for them */
  impliedProof = false
  /** stretches in which what an end sent is not known to have arrived: it says itself that it hears nothing; the last 16 */
  unproven: readonly Unproven[] = NONE
  /** of which endpoints the tag is known */
  tagKnown = NEITHER

  constructor(
    readonly number: number,
    public protocol: SessionProtocol,
    readonly opened: number,
    readonly openedRow: number,
    readonly log: MarkLog,
    readonly store = new UnitStore(),
  ) {
    const block = store.runs.take(RECORD)
    const { at } = store.runs
    this.block = block
    this.at = at
    block.fill(0, at, at + RECORD)
    block[at + Place.Last] = opened
    block[at + Place.Trip] = 0.2 * SECOND
    block[at + Place.LeastTrip] = Number.POSITIVE_INFINITY
    block.fill(-1, at + Place.Steps, at + Place.Steps + 3)
    this.endpoints = [new Endpoint(this, 0), new Endpoint(this, 1)]
    this.one = new Direction(0, store)
    this.two = new Direction(1, store)
    this.lane = [this.one, this.two]
  }

  get last(): number {
    return this.block[this.at + Place.Last] as number
  }
  set last(time: number) {
    this.block[this.at + Place.Last] = time
  }
  get rtt(): number {
    return this.block[this.at + Place.Trip] as number
  }
  set rtt(trip: number) {
    this.block[this.at + Place.Trip] = trip
  }
  /** shortest round trip seen: no acknowledgement can come sooner */
  get rttLeast(): number {
    return this.block[this.at + Place.LeastTrip] as number
  }
  set rttLeast(trip: number) {
    this.block[this.at + Place.LeastTrip] = trip
  }
  tag(end: End): number {
    return this.block[this.at + Place.Tags + end] as number
  }
  setTag(end: End, tag: number): void {
    this.block[this.at + Place.Tags + end] = tag
    this.tagKnown = andEnd(this.tagKnown, end)
  }
  /** ports of the endpoints */
  get ports(): [number, number] {
    const { block, at } = this
    return [block[at + Place.Ports] as number, block[at + Place.Ports + 1] as number]
  }
  set ports([initiator, responder]: readonly [number, number]) {
    this.block[this.at + Place.Ports] = initiator
    this.block[this.at + Place.Ports + 1] = responder
  }
  port(end: End): number {
    return this.block[this.at + Place.Ports + end] as number
  }
  /** When a step of the handshake was seen (ns), -1 not. */
  stepTime(step: 0 | 1 | 2): number {
    return this.block[this.at + Place.Steps + step] as number
  }
  setStepTime(step: 0 | 1 | 2, time: number): void {
    this.block[this.at + Place.Steps + step] = time
  }
  /** `end` has closed it orderly. */
  finish(end: End): void {
    this.finished = andEnd(this.finished, end)
  }
  hopCount(end: End, which: 0 | 1): number {
    return this.block[this.at + Place.Hops + end * 2 + which] as number
  }
  setHopCount(end: End, which: 0 | 1, count: number): void {
    this.block[this.at + Place.Hops + end * 2 + which] = count
  }

  get directions(): Lane {
    return this.lane
  }
  set directions(lane: Lane) {
    this.lane = lane
    this.one = lane[0]
    this.two = lane[1]
  }
  /** The same by its sender, without a list on the way. */
  direction(sender: End): Direction {
    return sender === 0 ? this.one : this.two
  }

  /** A candidate was opened, or armed anew. */
  /** How many units that `sender` sent the other end reported as received once more, after `after` and until `until` (ns). */
  reportedTwice(sender: End, after: number, until: number): number {
    let count = 0
    for (const report of this.duplicateReports)
      if (report.sender === sender && report.time > after && report.time <= until) count += report.count
    return count
  }

  noteCandidate(): void {
    this.candidatesOpened++
    this.news = true
  }

  /** A packet of `sender` was seen. */
  heard(sender: End, time: number, hopLimit: number): void {
    const { block, at } = this
    block[at + Place.Last] = time
    const place = at + Place.Hops + sender * 2 + (hopLimit === 64 || hopLimit === 128 || hopLimit === 255 ? 0 : 1)
    block[place] = (block[place] as number) + 1
  }

  /** `address`: id of the address that stands where the text says ADDRESS. */
  mark(time: number, kind: TimelineKind, direction: number, pair: number, row: number, text: string, address = NO_ADDRESS): void {
    if (this.markCount >= MAX_MARKS) {
      this.marksDropped++
      return
    }
    this.markCount++
    this.lastMark = this.log.add(this.lastMark, time, kind, direction, pair, row, text, address)
  }

  /** Oldest first; made when asked for. */
  get marks(): Mark[] {
    return this.log.list(this.lastMark)
  }

  /** Gives back what only decisions need. A late packet finds empty histories and begins new ones. */
  release(): void {
    for (const lane of this.lanes ?? [this.directions]) {
      lane[0].release()
      lane[1].release()
    }
  }

  /** It is over: the same, unless a move is still to be decided. */
  releaseDecided(): void {
    if (this.lanes === null && this.one.candidates.length + this.two.candidates.length === 0) this.release()
  }

  gotThrough(time: number, bytes: number): void {
    if (this.delivered === null) {
      const [one, two] = this.endpoints
      if (this.pairs.length < 2 && !this.oneAtATime && one.locators.length + two.locators.length < 3) return
      this.delivered = new Activity(this.store.runs)
    }
    this.delivered.add(time, bytes)
  }

  /** It is dropped from memory: gives back all that is lent. */
  dispose(): void {
    for (const lane of this.lanes ?? [this.directions]) for (const direction of lane) direction.dispose()
    for (const pair of this.pairs) pair.dispose()
    for (const path of this.paths) path.dispose()
    this.delivered?.dispose()
    const own = this.block.slice(this.at, this.at + RECORD)
    this.store.runs.give(this.block, this.at, RECORD)
    this.block = own
    this.at = 0
  }

  /** Was nothing of its peer captured, and did hardly anything of its own come through a router? */
  sendsAlone(end: End): boolean {
    return this.hopCount(end, 0) >= 19 * this.hopCount(end, 1) && this.hopCount(end, 0) > 0 && this.aloneInSight(end)
  }

  /** Only this end is captured: that nothing answers it says nothing. */
  aloneInSight(end: End): boolean {
    const peer = (1 - end) as End
    return this.hopCount(end, 0) + this.hopCount(end, 1) > 0 && this.hopCount(peer, 0) + this.hopCount(peer, 1) === 0
  }

  /** Which end the capture was taken at: 0, 1, 2 both, -1 cannot be told. */
  get capturedEnd(): number {
    const { block, at } = this
    const fresh = block[at + Place.Hops] as number
    const forwarded = block[at + Place.Hops + 1] as number
    const peerFresh = block[at + Place.Hops + 2] as number
    const peerForwarded = block[at + Place.Hops + 3] as number
    if (fresh >= 19 * forwarded && peerForwarded >= 19 * peerFresh && fresh > 0 && peerForwarded > 0) return 0
    if (peerFresh >= 19 * peerForwarded && forwarded >= 19 * fresh && peerFresh > 0 && forwarded > 0) return 1
    return this.hintedEnd
  }
}
