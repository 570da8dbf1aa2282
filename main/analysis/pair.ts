/**
 * A flow of a session (`Pair`) and the two locators that it runs between (`Path`). What changes with every packet stands in a record each, a run
 * of a shared block: an object's own times and byte counts would be an object each, and a line of the cache each. One session among hundreds
 * finds none of its memory in the cache, so that lines are what a packet costs.
 */
import { Activity, HEAD } from './activity.ts'
import type { Block, Runs } from './blocks.ts'
import type { End } from './model.ts'
import type { MultiSession } from './multi-session.ts'

export type PairState = 'opening' | 'confirming' | 'active' | 'backup' | 'closed' | 'reset' | 'refused'

/** Places in a path's record. */
export const enum PathPlace {
  /** last packet of each end seen on it (ns, -1 never): initiator, responder */
  Heard = 0,
  /** last payload by sender */
  Data = 2,
  Interface = 4,
  OtherInterface = 5,
  OtherSince = 6,
  InterfaceSince = 7,
}
const PATH_RECORD = 8

/** A locator pair of the session. */
export class Path {
  private block: Block
  private at: number
  /** capture interface of its data before `interfaceSince`; -1 none */
  interfaceBefore = -1

  constructor(
    readonly index: number,
    /** address ids: initiator's, responder's */
    readonly ends: [number, number],
    iface: number,
    private readonly runs: Runs,
  ) {
    const block = runs.take(PATH_RECORD)
    const { at } = runs
    this.block = block
    this.at = at
    block.fill(-1, at, at + PATH_RECORD)
    block[at + PathPlace.Interface] = iface
  }

  get heardInitiator(): number {
    return this.block[this.at + PathPlace.Heard] as number
  }
  set heardInitiator(time: number) {
    this.block[this.at + PathPlace.Heard] = time
  }
  get heardResponder(): number {
    return this.block[this.at + PathPlace.Heard + 1] as number
  }
  set heardResponder(time: number) {
    this.block[this.at + PathPlace.Heard + 1] = time
  }

  /** Last payload of a sender (ns, -1 never). */
  lastPayload(sender: number): number {
    return this.block[this.at + PathPlace.Data + sender] as number
  }
  /** The same of either. */
  get lastData(): number {
    return Math.max(this.lastPayload(0), this.lastPayload(1))
  }
  notePayload(sender: number, time: number): void {
    this.block[this.at + PathPlace.Data + sender] = time
  }

  /** capture interface of its data; of its packets as long as it has carried none */
  get interface(): number {
    return this.block[this.at + PathPlace.Interface] as number
  }
  set interface(iface: number) {
    this.block[this.at + PathPlace.Interface] = iface
  }
  get interfaceSince(): number {
    return this.block[this.at + PathPlace.InterfaceSince] as number
  }
  set interfaceSince(time: number) {
    this.block[this.at + PathPlace.InterfaceSince] = time
  }
  /** another interface that its data has been seen on since `otherSince`, not for long enough to be its own; -1 none */
  get otherInterface(): number {
    return this.block[this.at + PathPlace.OtherInterface] as number
  }
  set otherInterface(iface: number) {
    this.block[this.at + PathPlace.OtherInterface] = iface
  }
  get otherSince(): number {
    return this.block[this.at + PathPlace.OtherSince] as number
  }
  set otherSince(time: number) {
    this.block[this.at + PathPlace.OtherSince] = time
  }

  /** A packet of `sender` was seen on it. */
  heard(sender: End, time: number, iface: number): void {
    const { block, at } = this
    block[at + PathPlace.Heard + sender] = time
    // What a host still sends from an address whose interface is gone leaves by another: only data says where a path runs.
    if ((block[at + PathPlace.Data] as number) < 0 && (block[at + PathPlace.Data + 1] as number) < 0)
      block[at + PathPlace.Interface] = iface
  }

  /** Nobody will ask for it any more: its memory goes back. */
  dispose(): void {
    const own = this.block.slice(this.at, this.at + PATH_RECORD)
    this.runs.give(this.block, this.at, PATH_RECORD)
    this.block = own
    this.at = 0
  }
}

/** Places in a pair's record; the head of its activity is behind them. */
const enum Place {
  Bytes = 0,
  Units = 1,
  Last = 2,
  LastRow = 3,
  First = 4,
  /** NaN: never seen */
  Trip = 5,
  LeastTrip = 6,
  Retransmitted = 7,
  Activity = 8,
}
const RECORD = Place.Activity + HEAD

/** A flow of the session. Several subflows may share one path. */
export class Pair {
  private block: Block
  private at: number
  /** number of the locator pair that it runs on */
  readonly path: number
  state: PairState = 'opening'
  closedAt: number | null = null
  /** its first round trips: how many were taken; then, a bit each, which of the last ten were shorter than half of the shortest of them */
  trips = 0
  earlyTrips = 0
  /** its ends were made locators by payload already */
  carried = false
  verifiedAt: number | null = null
  verifiedHow: string | null = null
  /** its first step was sent more than once */
  openRepeated = false
  answeredAt: number | null = null
  confirmedAt: number | null = null
  backup = false
  addressId: [number | null, number | null] = [null, null]
  /** flows beside `flow` that run on it too, where one pair stands for all between two addresses */
  further: number[] | null = null
  /** what its flow had carried before it, where the ports are used again by the same session; null: it was the first */
  before: { packets: number; bytes: number } | null = null
  readonly activity: Activity

  constructor(
    readonly session: MultiSession,
    readonly way: Path,
    readonly index: number,
    readonly flow: number,
    readonly initiatorIsA: boolean,
    /** the endpoint that opened this pair or subflow */
    readonly opener: End,
    readonly openedAt: number,
    readonly openedRow: number,
    private readonly runs: Runs,
  ) {
    this.path = way.index
    const block = runs.take(RECORD)
    const { at } = runs
    this.block = block
    this.at = at
    block.fill(-1, at, at + RECORD)
    block[at + Place.Bytes] = 0
    block[at + Place.Units] = 0
    block[at + Place.Trip] = Number.NaN
    block[at + Place.LeastTrip] = Number.POSITIVE_INFINITY
    block[at + Place.Retransmitted] = 0
    this.activity = new Activity(runs, block, at + Place.Activity)
  }

  get payloadBytes(): number {
    return this.block[this.at + Place.Bytes] as number
  }
  set payloadBytes(count: number) {
    this.block[this.at + Place.Bytes] = count
  }
  get payloadUnits(): number {
    return this.block[this.at + Place.Units] as number
  }
  set payloadUnits(count: number) {
    this.block[this.at + Place.Units] = count
  }
  /** ns, -1 never */
  get firstPayload(): number {
    return this.block[this.at + Place.First] as number
  }
  set firstPayload(time: number) {
    this.block[this.at + Place.First] = time
  }
  get lastPayload(): number {
    return this.block[this.at + Place.Last] as number
  }
  set lastPayload(time: number) {
    this.block[this.at + Place.Last] = time
  }
  get lastPayloadRow(): number {
    return this.block[this.at + Place.LastRow] as number
  }
  set lastPayloadRow(row: number) {
    this.block[this.at + Place.LastRow] = row
  }
  /** round trip in ns, null when never seen */
  get rtt(): number | null {
    const trip = this.block[this.at + Place.Trip] as number
    return Number.isNaN(trip) ? null : trip
  }
  set rtt(trip: number | null) {
    this.block[this.at + Place.Trip] = trip === null ? Number.NaN : trip
  }
  get leastTrip(): number {
    return this.block[this.at + Place.LeastTrip] as number
  }
  set leastTrip(trip: number) {
    this.block[this.at + Place.LeastTrip] = trip
  }
  get retransmitted(): number {
    return this.block[this.at + Place.Retransmitted] as number
  }
  set retransmitted(count: number) {
    this.block[this.at + Place.Retransmitted] = count
  }

  /** Payload was taken in. */
  carry(bytes: number): void {
    const { block, at } = this
    block[at + Place.Bytes] = (block[at + Place.Bytes] as number) + bytes
    block[at + Place.Units] = (block[at + Place.Units] as number) + 1
  }

  /** A round trip was measured on it. */
  noteTrip(age: number): void {
    const { block, at } = this
    const before = block[at + Place.Trip] as number
    block[at + Place.Trip] = before >= 0 ? before * 0.875 + age * 0.125 : age
  }

  /** It stands for `old`, a pair of a session that turned out to be this one; their ends have the same numbers when `straight`. */
  continues(old: Pair, straight: boolean): void {
    this.state = old.state
    this.closedAt = old.closedAt
    this.trips = old.trips
    this.earlyTrips = old.earlyTrips
    this.carried = old.carried
    this.verifiedAt = old.verifiedAt
    this.verifiedHow = old.verifiedHow
    this.openRepeated = old.openRepeated
    this.answeredAt = old.answeredAt
    this.confirmedAt = old.confirmedAt
    this.backup = old.backup
    this.addressId = straight ? old.addressId : [old.addressId[1], old.addressId[0]]
    this.further = old.further
    this.before = old.before
    for (let i = 0; i < Place.Activity; i++) this.block[this.at + i] = old.block[old.at + i] as number
    this.activity.copy(old.activity)
  }

  /** Nobody will ask for it any more: its memory goes back. */
  dispose(): void {
    this.activity.dispose()
    const own = this.block.slice(this.at, this.at + RECORD)
    this.runs.give(this.block, this.at, RECORD)
    this.block = own
    this.at = 0
    this.activity.moved(own, Place.Activity)
  }
}
