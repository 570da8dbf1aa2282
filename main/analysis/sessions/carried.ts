/**
 * Data of HIP, Shim6 and ILNP sessions, and the locators that it makes (threats.md 0.2): an address is a locator when the peer sends data to
 * it, when data comes from it that was claimed, or when three packets with the session's secret (SPI, tag, nonce) came from it. A source
 * address alone makes none.
 */
import type { Signal } from '../../../shared/signals.ts'
import { onPayload } from '../delivery.ts'
import { addLocator, findLocator, heard } from '../locators.ts'
import type { End, Pair } from '../model.ts'
import { SECOND } from '../model.ts'
import { type Bound, noteSent, pairFor } from './bound.ts'
import { adoptClaimed } from './locator-claims.ts'
import type { Registry } from './registry.ts'

const NEEDED = 3
/** data on its way to an address that was just taken back does not bring it back */
const LATE = 10 * SECOND

/** Takes a payload signal in; the pair it is on, null when there are too many. */
export function onCarried(registry: Registry, bound: Bound, sender: End, signal: Signal): Pair | null {
  const { session } = bound
  const pair = pairFor(registry, session, signal, sender, true)
  if (pair === null) return null
  heard(session, pair, sender, signal.time, signal.hopLimit, signal.interface)
  noteSent(bound, sender, signal.time, signal.row, true)
  onPayload(session, sender, pair, signal)
  if (pair.state === 'opening') pair.state = 'active'
  bound.spoke[sender] = true
  if (session.state === 'closing') session.state = 'established'
  if (session.midCapture && session.state === 'opening') session.state = 'established'
  const at = pair.path * 2 + sender
  const count = (bound.carried[at] ?? 0) + 1
  bound.carried[at] = count
  if (count > NEEDED) return pair
  locate(bound, (1 - sender) as End, pair, signal, true)
  locate(bound, sender, pair, signal, count === NEEDED)
  return pair
}

/** A packet of the session that carries no data. */
export function onHeard(registry: Registry, bound: Bound, sender: End, signal: Signal, make: boolean): Pair | null {
  const pair = pairFor(registry, bound.session, signal, sender, make)
  if (pair === null) return null
  heard(bound.session, pair, sender, signal.time, signal.hopLimit, signal.interface)
  noteSent(bound, sender, signal.time, signal.row, false)
  bound.spoke[sender] = true
  return pair
}

function locate(bound: Bound, end: End, pair: Pair, signal: Signal, enough: boolean): void {
  const { session } = bound
  const address = pair.way.ends[end]
  if (findLocator(session, end, address) !== null) return
  const old = findLocator(session, end, address, true)
  const gone = old?.removed ?? Number.NEGATIVE_INFINITY
  if (adoptClaimed(bound, end, address, gone)) return
  if (signal.time - gone < LATE) return
  if (!enough && session.endpoints[end].locators.length > 0) return
  const locator = addLocator(session, end, address, 'observed', null, 'A1', signal.time, signal.row)
  if (locator !== null && pair.verifiedAt !== null) {
    locator.verified = pair.verifiedAt
    locator.verifiedHow = pair.verifiedHow
  }
}
