/**
 * Plain TCP: a session is one connection on one address pair, so it cannot re-home (rehoming.md section 2). It can break and be
 * established again elsewhere: `reestablish.ts` links the two.
 * State: SYN, SYN/ACK and ACK open it; FIN of both sides, RST or 2 h of silence end it (RFC 9293 section 3.6).
 */

import { dropOldest } from '../../../dissectors/core/oldest.ts'
import type { CloseDetail, IcmpDetail, OpenDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import { SECOND } from '../model.ts'
import { LightFlag, LightProtocol, LightState } from './light.ts'
import type { Registry } from './registry.ts'
import { repeatAnswered, stallEnded } from './tcp-stalls.ts'

const IDLE = 7200 * SECOND
/** Routers that swap packets swap them this close together; what was lost is sent again later. */
const SWAPPED = 0.003 * SECOND
const MAX_SKIPPED = 4096
/** Shorter than any timer of a sender (RFC 8985 section 7.2, RFC 6298 section 2.4), longer than a host's work on a packet. */
const SEEN_AGAIN = 0.001 * SECOND

/** What a signal told of its packet and session. */
export interface TcpOutcome {
  retransmitted: boolean
  /** what looks sent again is rather a packet that another overtook */
  swapped: boolean
  fresh: number
  index: number
}

/** When the sender of the packet at hand was heard before it. */
let heardBefore = -1

/** Takes a signal of plain TCP in. `index` is its light session, `fresh` the same when the session is new; -1 otherwise. */
export function onTcp(registry: Registry, signal: Signal, outcome: TcpOutcome): void {
  const light = registry.light
  const { flow, time, row, kind } = signal
  outcome.fresh = -1
  outcome.index = -1
  if (flow < 0) return
  let index = registry.lightOf(registry.sessionOfFlow(flow))
  const opening = kind === SignalKind.Opening && (signal.detail as OpenDetail | null)?.step === 1
  if (index >= 0 && opening && light.state[index] !== LightState.Opening) {
    light.set(index, LightFlag.Superseded)
    finishIdle(registry, index)
    index = -1
  }
  if (index < 0) {
    if (kind === SignalKind.Refused || kind === SignalKind.Closed) {
      if (kind === SignalKind.Refused) return
    }
    index = registry.addLight(LightProtocol.Tcp, flow, time, row)
    outcome.fresh = index
    const answer = kind === SignalKind.Opening && !opening
    if (!opening) {
      light.set(index, LightFlag.MidCapture)
      light.state[index] = LightState.Established
    }
    if (initiatorIsA(registry, flow, signal.direction, opening, answer)) light.set(index, LightFlag.InitiatorIsA)
  }
  outcome.index = index
  const side = light.has(index, LightFlag.InitiatorIsA) ? signal.direction : signal.direction ^ 1
  const at = index * 2 + side
  // of one packet's signals the first
  if (light.lastHeardRow[at] !== row) heardBefore = light.lastHeard[at] as number
  light.last[index] = time
  light.lastHeard[at] = time
  light.lastHeardRow[at] = row
  switch (kind) {
    case SignalKind.Payload: {
      const end = (signal.unit + signal.span) >>> 0
      const known = (light.payloadUnits[at] as number) > 0
      if (!known) {
        light.firstPayload[at] = time
        light.firstPayloadRow[at] = row
      }
      // The segment that was seen just now, at another place of its way (before, in and behind a tunnel that ends here): no sender repeats so soon.
      if (known && end === light.next[at] && time - (light.lastPayload[at] as number) < SEEN_AGAIN) {
        outcome.retransmitted = true
        outcome.swapped = false
        break
      }
      if (known && ((end - (light.next[at] as number)) | 0) <= 0) {
        outcome.retransmitted = true
        outcome.swapped = swapped(registry, at, signal.unit, end, time)
        light.retransmitted[at] = (light.retransmitted[at] as number) + 1
        if (light.streak[at] === 0) {
          light.streakTime[at] = time
          light.streakRow[at] = row
        }
        if ((light.streak[at] as number) < 65535) light.streak[at] = (light.streak[at] as number) + 1
        light.streakLastRow[at] = row
      } else {
        if (known && ((signal.unit - (light.next[at] as number)) | 0) > 0) skip(registry, at, light.next[at] as number, signal.unit)
        light.next[at] = end
      }
      light.payloadUnits[at] = (light.payloadUnits[at] as number) + 1
      light.payloadBytes[at] = (light.payloadBytes[at] as number) + signal.bytes
      light.lastPayload[at] = time
      light.lastPayloadRow[at] = row
      break
    }
    case SignalKind.Acknowledged: {
      const other = at ^ 1
      if (((signal.unit - (light.acknowledged[other] as number)) | 0) > 0 || light.acknowledged[other] === 0) {
        light.acknowledged[other] = signal.unit
        if (light.streak[other] !== 0) {
          stallEnded(registry, index, other, heardBefore, row)
          light.streak[other] = 0
        }
      } else if (light.streak[other] !== 0) repeatAnswered(registry, other, time)
      break
    }
    case SignalKind.Opening: {
      const step = (signal.detail as OpenDetail).step
      if (step === 1 && row !== light.openedRow[index]) light.synRetries[index] = (light.synRetries[index] as number) + 1
      if (step === 2 && (light.answered[index] as number) < 0) {
        light.answered[index] = time
        light.answeredRow[index] = row
      }
      break
    }
    case SignalKind.Opened:
      light.confirmed[index] = time
      light.confirmedRow[index] = row
      if (light.state[index] === LightState.Opening) light.state[index] = LightState.Established
      break
    case SignalKind.Closed:
    case SignalKind.Refused:
      closing(registry, index, side, signal, signal.detail as CloseDetail)
      break
  }
}

function skip(registry: Registry, at: number, from: number, to: number): void {
  const { skipped } = registry.light
  if (skipped.size >= MAX_SKIPPED && !skipped.has(at)) dropOldest(skipped)
  skipped.set(at, { from, to })
}

/**
 * Below what was seen, yet nothing says that it was sent before: it lies where something was skipped, was not acknowledged, and the receiver has
 * not spoken since (its acknowledgements of the gap are what makes a sender repeat so quickly).
 */
function swapped(registry: Registry, at: number, begin: number, end: number, time: number): boolean {
  const { acknowledged, lastPayload, lastHeard, skipped } = registry.light
  const gap = skipped.get(at)
  if (gap === undefined || ((begin - gap.from) | 0) < 0 || ((gap.to - end) | 0) < 0) return false
  const known = acknowledged[at] as number
  if (known !== 0 && ((known - end) | 0) >= 0) return false
  const before = lastPayload[at] as number
  if (time - before > SWAPPED || (lastHeard[at ^ 1] as number) > before) return false
  // The same once more was sent again.
  gap.from = end
  return true
}

function closing(registry: Registry, index: number, side: number, signal: Signal, detail: CloseDetail): void {
  const light = registry.light
  if (detail.authentication === 'AX' || detail.authentication === 'A0') return
  if (detail.abrupt) {
    if (light.state[index] === LightState.Closed) return
    light.set(index, LightFlag.Reset)
    light.resetBy[index] = side
    light.state[index] = light.state[index] === LightState.Opening ? LightState.Failed : LightState.Closed
  } else {
    light.set(index, side === 0 ? LightFlag.FinInitiator : LightFlag.FinResponder)
    const both = light.has(index, LightFlag.FinInitiator) && light.has(index, LightFlag.FinResponder)
    if (!both && !detail.final) {
      if (light.state[index] === LightState.Established) light.state[index] = LightState.Closing
      return
    }
    if (light.state[index] !== LightState.Failed) light.state[index] = LightState.Closed
  }
  if ((light.closed[index] as number) < 0) {
    light.closed[index] = signal.time
    light.closedRow[index] = signal.row
  }
}

/** An ICMP error about the session's own packets. */
export function onLightIcmp(registry: Registry, index: number, signal: Signal): void {
  const light = registry.light
  const detail = signal.detail as IcmpDetail
  if ((light.icmpTime[index] as number) < 0) {
    light.icmpTime[index] = signal.time
    light.icmpRow[index] = signal.row
    light.icmpKind[index] = (detail.version === 6 ? 0x10000 : 0) | (detail.type << 8) | detail.code
  }
  if ((light.icmpCount[index] as number) < 65535) light.icmpCount[index] = (light.icmpCount[index] as number) + 1
}

/** Who opened a flow: the sender of the SYN; without one the side with the higher port, for services have the lower ones. */
export function initiatorIsA(registry: Registry, flow: number, direction: number, opening: boolean, answer: boolean): boolean {
  if (opening) return direction === 0
  if (answer) return direction === 1
  const flows = registry.flows
  const a = flows.portA[flow] as number
  const b = flows.portB[flow] as number
  return a === b ? true : a > b
}

/** A connection that was silent for 2 h is over; its end is dated to its last packet. */
export function finishIdle(registry: Registry, index: number, now = Number.POSITIVE_INFINITY): void {
  const light = registry.light
  const state = light.state[index] as number
  if (state === LightState.Closed || state === LightState.Failed) return
  const last = light.last[index] as number
  if (light.protocol[index] === LightProtocol.Tcp && now - last < IDLE) return
  light.state[index] = state === LightState.Opening ? LightState.Failed : LightState.Closed
  light.closed[index] = last
}
