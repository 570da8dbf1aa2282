/**
 * A pair of LISP sites as one session: the EID prefixes that two mappings name (the EIDs themselves where no mapping was seen), their locators,
 * and the encapsulated data between them. Load is shared by inner flow, so a move is looked for within each flow and never across them
 * (rehoming.md section 3); what several flows do together is one move. Bounded: 256 flows of a session and 20,000 of all followed at once, those
 * longest idle go first; what comes beyond that is counted and not compared.
 */
import type { Signal } from '../../../../shared/signals.ts'
import { onPayload } from '../../delivery.ts'
import { Direction } from '../../direction.ts'
import { addEvidence } from '../../evidence.ts'
import { addLocator, findLocator, removeLocator } from '../../locators.ts'
import { ADDRESS } from '../../mark-log.ts'
import { type End, type Lane, type Pair, type PendingClaim, withOne } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { activityWindow } from '../../rehoming.ts'
import { type EidPrefix, type MappingRecord, usable } from './mappings.ts'

const MAX_FLOWS = 256
const MAX_ALL_FLOWS = 20_000
const MAX_CLAIMS = 32
const SECOND = 1e9
/** a flow that was silent for so long makes room for another */
const IDLE = 60 * SECOND

export interface Site {
  readonly session: MultiSession
  readonly key: string
  /** of initiator and responder */
  readonly prefixes: readonly [EidPrefix, EidPrefix]
  /** until when the mappings of both ends hold, ns */
  readonly expires: [number, number]
  readonly flows: Map<number, { lane: Lane; last: number }>
  /** flows that are followed, of all sites */
  readonly followed: { count: number }
  readonly sharedUntil: [number, number]
  /** the mapping of an end was taken away, ns; -1 no */
  removedAt: number
}

export function newSite(session: MultiSession, key: string, prefixes: readonly [EidPrefix, EidPrefix], followed: { count: number }): Site {
  session.lanes = []
  const forever = Number.POSITIVE_INFINITY
  return { session, key, prefixes, expires: [forever, forever], flows: new Map(), followed, sharedUntil: [-1, -1], removedAt: -1 }
}

/** Data on `pair`; `flow` numbers the inner flow. True when the same had been seen before. */
export function carryData(site: Site, sender: End, pair: Pair, signal: Signal, flow: number): boolean {
  const { session } = site
  const whole = session.directions
  const lane = laneOf(site, flow, signal.time)
  session.directions = lane ?? newLane(session)
  const again = onPayload(session, sender, pair, signal)
  if (lane === null) for (const spare of session.directions) spare.dispose()
  session.directions = whole
  const direction = whole[sender]
  direction.units++
  direction.bytes += signal.bytes
  const window = activityWindow(session)
  if (direction.countShare(signal.time, pair.path, signal.bytes, window)) site.sharedUntil[sender] = signal.time + window
  direction.setLabel(signal.time <= site.sharedUntil[sender] ? 'LOAD-SHARED' : 'SINGLE', signal.time)
  return again
}

function laneOf(site: Site, flow: number, time: number): Lane | null {
  const known = site.flows.get(flow)
  if (known !== undefined) {
    known.last = time
    return known.lane
  }
  const full = site.flows.size >= MAX_FLOWS || site.followed.count >= MAX_ALL_FLOWS
  if (full && !dropIdle(site, time - IDLE)) return null
  const lane = newLane(site.session)
  site.flows.set(flow, { lane, last: time })
  site.followed.count++
  site.session.lanes?.push(lane)
  return lane
}

/** What is kept of a lane is lent by the session's store: a memory of its own would be 36 KiB for each direction. */
function newLane({ store }: MultiSession): Lane {
  return [new Direction(0, store), new Direction(1, store)]
}

/** Forgets flows that were silent since then and have nothing to be decided; true when there is room for another. */
export function dropIdle(site: Site, since: number): boolean {
  const { session, flows, followed } = site
  for (const [flow, { lane, last }] of flows) {
    if (last > since || lane[0].candidates.length + lane[1].candidates.length > 0) continue
    lane[0].dispose()
    lane[1].dispose()
    flows.delete(flow)
    followed.count--
  }
  session.lanes = [...flows.values()].map((f) => f.lane)
  return flows.size < MAX_FLOWS && followed.count < MAX_ALL_FLOWS
}

/**
 * The mapping of an end as it is from now on. `whole`: it is the end's own mapping, so locators that it does not name are gone; one for a part
 * of the end's EIDs, or for more than them, adds to it only.
 */
export function applyMapping(site: Site, at: End, record: MappingRecord, whole: boolean): void {
  const { session } = site
  const { time, row, message } = record
  const locators = usable(record)
  const first = session.endpoints[at].locators.length === 0
  if (whole) {
    site.expires[at] = record.expires
    site.removedAt = locators.length === 0 ? time : -1
  }
  for (const { address, priority, weight } of locators) {
    if (findLocator(session, at, address) !== null) continue
    const added = addLocator(session, at, address, first ? 'listed' : 'signalled', message, record.authentication, time, row)
    if (added === null) continue
    session.mark(time, 'claimed', at, -1, row, `${message} lists ${ADDRESS}, priority ${priority}, weight ${weight}`, address)
    if (!first) {
      announce(session, at, address, record)
      evidence(session, at, -1, record, 'claim', address, `new mapping (${message})`)
    }
  }
  if (!whole) return
  const named = new Map(record.locators.map((l) => [l.address, l]))
  for (const locator of [...session.endpoints[at].locators]) {
    if (locator.removed !== null || locators.some((l) => l.address === locator.address)) continue
    // What only data showed (a locator of the interworking, RFC 6832) is in no mapping.
    if (locator.how === 'observed') continue
    removeLocator(session, at, locator.address, time, row)
    const words = named.has(locator.address) ? `${message} forbids ${ADDRESS} (priority 255)` : `${message} no longer names ${ADDRESS}`
    session.mark(time, 'withdrawn', at, -1, row, words, locator.address)
    for (const path of session.paths)
      if (path.ends[at] === locator.address)
        evidence(session, at, path.index, record, 'withdrawal', locator.address, `new mapping (${message})`)
  }
}

/** So that a move there is known as signalled. */
function announce(session: MultiSession, by: End, address: number, record: MappingRecord): void {
  const claim: PendingClaim = {
    what: 'add',
    by,
    address,
    addressId: null,
    serial: record.serial,
    correlation: null,
    time: record.time,
    row: record.row,
    authentication: record.authentication,
    message: record.message,
    port: null,
    pair: 0,
    wildcard: false,
    against: false,
    answered: null,
  }
  session.claims = withOne(session.claims, claim, MAX_CLAIMS)
}

export function evidence(
  session: MultiSession,
  by: End,
  path: number,
  at: { time: number; row: number },
  what: 'claim' | 'withdrawal' | 'preference',
  address: number,
  text: string,
): void {
  const { time, row } = at
  addEvidence(session, { class: 'routing', what, path, time, until: time, count: 1, by, rows: [row], text, address })
}
