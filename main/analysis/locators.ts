/**
 * Pairs, paths and locators of a session: made when first seen, with who claimed a locator, how, and what verified it (threats.md 0.2, 0.3).
 * A source address alone makes a pair, not a locator: a locator is listed, accepted after signalling, or carried payload.
 */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import { type End, type Locator, MAX_LOCATORS, MAX_PAIRS, SECOND } from './model.ts'
import type { MultiSession } from './multi-session.ts'
import { Pair, Path } from './pair.ts'

/** The session's pair on `flow`; null when it has none. */
export function pairOf(session: MultiSession, flow: number): Pair | null {
  for (const pair of session.pairs) if (pair.flow === flow || pair.further?.includes(flow) === true) return pair
  return null
}

const LATELY = 2e9

/** The only pair that carried data within the last two seconds; null when there was none, or more than one. */
export function carryingAt(session: MultiSession, time: number): Pair | null {
  let found: Pair | null = null
  for (const pair of session.pairs) {
    if (pair.lastPayload < 0 || time - pair.lastPayload > LATELY) continue
    if (found !== null) return null
    found = pair
  }
  return found
}

/** Makes a pair; null when the session has too many. `opener` sent its first packet. `ends` are its addresses where the flow's are not. */
export function addPair(
  session: MultiSession,
  flows: FlowTable,
  flow: number,
  initiatorIsA: boolean,
  opener: End,
  time: number,
  row: number,
  ends?: readonly [initiator: number, responder: number],
): Pair | null {
  if (flows.forgotten.full(session.pairs.length, MAX_PAIRS, 'packets of further pairs of a session')) return null
  const a = ends?.[0] ?? ((initiatorIsA ? flows.addressA[flow] : flows.addressB[flow]) as number)
  const b = ends?.[1] ?? ((initiatorIsA ? flows.addressB[flow] : flows.addressA[flow]) as number)
  let path = session.paths.findIndex((p) => p.ends[0] === a && p.ends[1] === b)
  if (path < 0) {
    path = session.paths.length
    session.paths = session.paths.concat(new Path(path, [a, b], flows.firstInterface[flow] as number, session.store.runs))
    session.news = true
  }
  const way = session.paths[path] as Path
  const pair = new Pair(session, way, session.pairs.length, flow, initiatorIsA, opener, time, row, session.store.runs)
  if (session.pairs.some((p) => p.flow === flow))
    pair.before = {
      packets: (flows.packets[flow * 2] as number) + (flows.packets[flow * 2 + 1] as number),
      bytes: (flows.bytes[flow * 2] as number) + (flows.bytes[flow * 2 + 1] as number),
    }
  session.pairs = session.pairs.concat(pair)
  return pair
}

/**
 * The session's pair between the two addresses of the signal's flow, whatever the ports, or between `ends`; made when new. For protocols whose
 * ports say nothing of the path. null when the session has too many.
 */
export function pairBetween(
  session: MultiSession,
  flows: FlowTable,
  signal: { flow: number; direction: number; time: number; row: number },
  sender: End,
  ends?: readonly [initiator: number, responder: number],
): Pair | null {
  const { flow, direction, time, row } = signal
  const isA = (sender === 0) === (direction === 0)
  const a = ends?.[0] ?? ((isA ? flows.addressA[flow] : flows.addressB[flow]) as number)
  const b = ends?.[1] ?? ((isA ? flows.addressB[flow] : flows.addressA[flow]) as number)
  for (const pair of session.pairs) if (pair.way.ends[0] === a && pair.way.ends[1] === b) return pair
  return addPair(session, flows, flow, isA, sender, time, row, [a, b])
}

/** The locator in force, or the last that had this address; null when there is none. */
export function findLocator(session: MultiSession, end: End, address: number, removedToo = false): Locator | null {
  const list = session.endpoints[end].locators
  for (let i = list.length - 1; i >= 0; i--) {
    const locator = list[i] as Locator
    if (locator.address === address && (removedToo || locator.removed === null)) return locator
  }
  return null
}

export function addLocator(
  session: MultiSession,
  end: End,
  address: number,
  how: Locator['how'],
  signal: string | null,
  authentication: ClaimAuthentication,
  time: number,
  row: number,
): Locator | null {
  if (address < 0) return null
  const known = findLocator(session, end, address)
  if (known !== null) {
    if (known.rows.length < 10 && row >= 0 && !known.rows.includes(row) && how !== 'observed') known.rows = known.rows.concat(row)
    return known
  }
  const endpoint = session.endpoints[end]
  if (endpoint.locators.length >= MAX_LOCATORS) {
    session.locatorsOver++
    return null
  }
  const locator: Locator = {
    address,
    port: null,
    added: time,
    removed: null,
    how,
    signal,
    verified: null,
    verifiedHow: null,
    authentication,
    rows: row < 0 ? [] : [row],
  }
  // an exact array: pushed to, an empty one takes room for seventeen
  endpoint.locators = endpoint.locators.concat(locator)
  return locator
}

export function removeLocator(session: MultiSession, end: End, address: number, time: number, row: number): Locator | null {
  const locator = findLocator(session, end, address)
  if (locator === null) return null
  locator.removed = time
  if (row >= 0 && locator.rows.length < 10) locator.rows = locator.rows.concat(row)
  return locator
}

/** Marks the pair and the locators at its ends as proven to reach the peer. */
export function verifyPair(session: MultiSession, pair: Pair, how: string, time: number, row: number): void {
  if (pair.verifiedAt === null) {
    pair.verifiedAt = time
    pair.verifiedHow = how
    session.mark(time, 'verified', 2, pair.index, row, how)
  }
  const path = session.paths[pair.path]
  if (path === undefined) return
  for (const end of [0, 1] as const) verifyLocator(session, end, path.ends[end], how, time, row)
}

/** A path was proven to work by one who names no locators with it: where their lists were before the capture, its ends are known by that. */
export function knownByProof(session: MultiSession, path: Path, time: number, row: number): void {
  if (!session.midCapture) return
  for (const end of [0, 1] as const) addLocator(session, end, path.ends[end], 'observed', null, 'A1', time, row)
}

/** How a locator is proven by data that was sent to it alone; one that answers for itself proves more (threats.md 0.3, T-FLOOD3). */
export const DATA_ACKNOWLEDGED = 'data acknowledged'

export function verifyLocator(session: MultiSession, end: End, address: number, how: string, time: number, row: number): void {
  const locator = findLocator(session, end, address)
  if (locator === null || (locator.verified !== null && (locator.verifiedHow !== DATA_ACKNOWLEDGED || how === DATA_ACKNOWLEDGED))) return
  locator.verified = time
  locator.verifiedHow = how
  if (row >= 0 && locator.rows.length < 10 && !locator.rows.includes(row)) locator.rows = locator.rows.concat(row)
}

/** A packet of `sender` was seen on the pair: who is near, and that the path lives. */
export function heard(session: MultiSession, pair: Pair, sender: End, time: number, hopLimit: number, iface: number): void {
  pair.way.heard(sender, time, iface)
  session.heard(sender, time, hopLimit)
}

/** A host sends data from an address whose interface is gone through another one for some 0.1 s, until it notices (it gets nowhere). */
const LEAK = 0.5 * SECOND

/** New data was seen on the path over an interface. */
export function runsOver(path: Path, iface: number, time: number): void {
  if (path.interface === iface) {
    path.otherInterface = -1
    return
  }
  const first = path.lastData < 0
  if (!first && path.otherInterface !== iface) {
    path.otherInterface = iface
    path.otherSince = time
    return
  }
  if (!first && time - path.otherSince < LEAK) return
  path.interfaceBefore = path.interface
  path.interfaceSince = first ? time : path.otherSince
  path.interface = iface
  path.otherInterface = -1
}

/** The interface that a path ran over at a time. */
export function interfaceAt(path: Path, time: number): number {
  return time < path.interfaceSince ? path.interfaceBefore : path.interface
}

/** Payload was seen on the pair: its ends are locators now, if they were not yet. */
export function carriesPayload(session: MultiSession, pair: Pair, time: number, row: number): void {
  if (pair.carried) return
  pair.carried = true
  const path = session.paths[pair.path]
  if (path === undefined) return
  for (const end of [0, 1] as const) {
    if (findLocator(session, end, path.ends[end]) === null) {
      const known = pair.verifiedAt === null ? time : Math.min(time, pair.verifiedAt)
      const locator = addLocator(session, end, path.ends[end], 'observed', null, 'A1', known, row)
      if (locator !== null && pair.verifiedAt !== null) {
        locator.verified = pair.verifiedAt
        locator.verifiedHow = pair.verifiedHow
      }
    }
  }
}
