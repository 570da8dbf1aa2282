/**
 * Plain TCP connections that go on from another address (`recognisers/tcp-agility.ts` finds them): one session with several pairs from then on.
 * What was seen before is given to the rules as far as a light session remembers it: the last data of each side and what was acknowledged.
 * FIN of both sides or RST ends it; 2 h of silence too.
 */
import type { CloseDetail, OpenDetail } from '../../../shared/signal-details.ts'
import { Signal, SignalKind, UnitSpace } from '../../../shared/signals.ts'
import { onAcknowledged, onPayload } from '../delivery.ts'
import { addEvidence } from '../evidence.ts'
import { addPair, carriesPayload, heard, pairOf, verifyPair } from '../locators.ts'
import { ADDRESS } from '../mark-log.ts'
import { type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { PacketOutcome } from './contexts.ts'
import { LightFlag, LightState } from './light.ts'
import type { Registry } from './registry.ts'

const IDLE = 7200 * SECOND
/** the shortest retransmission timer of stacks in use, with some slack */
const TIMER = 0.19 * SECOND

/** What a light connection had sent and heard when another pair took it up: by side, initiator first. */
export interface TcpBefore {
  next: [number, number]
  /** the peer's highest acknowledgement of the side's data */
  acknowledged: [number, number]
  units: [number, number]
  bytes: [number, number]
  first: [number, number]
  last: [number, number]
  lastRow: [number, number]
  heard: [number, number]
  heardRow: [number, number]
  /** retransmissions without progress: how many, when and where the first, where the last */
  streak: [number, number]
  streakTime: [number, number]
  streakRow: [number, number]
  streakLastRow: [number, number]
}

export function tcpBefore(registry: Registry, index: number): TcpBefore {
  const { light } = registry
  const both = (column: ArrayLike<number>): [number, number] => [column[index * 2] as number, column[index * 2 + 1] as number]
  return {
    next: both(light.next),
    acknowledged: both(light.acknowledged),
    units: both(light.payloadUnits),
    bytes: both(light.payloadBytes),
    first: both(light.firstPayload),
    last: both(light.lastPayload),
    lastRow: both(light.lastPayloadRow),
    heard: both(light.lastHeard),
    heardRow: both(light.lastHeardRow),
    streak: both(light.streak),
    streakTime: both(light.streakTime),
    streakRow: both(light.streakRow),
    streakLastRow: both(light.streakLastRow),
  }
}

export class TcpContexts {
  private readonly signal = new Signal()
  /** with how far each side's data was acknowledged; 0 not known */
  private readonly sessions = new Map<MultiSession, [number, number]>()

  constructor(private readonly registry: Registry) {
    registry.canForget('tcp', (session) => this.sessions.delete(session))
  }

  /** Makes the light connection of `flow` a session with pairs, with what `before` says of its past. null when there are too many. */
  promote(flow: number, before: TcpBefore): MultiSession | null {
    const { registry } = this
    const { light, flows } = registry
    const index = registry.lightOf(registry.sessionOfFlow(flow))
    if (index < 0) return null
    const isA = light.has(index, LightFlag.InitiatorIsA)
    const midCapture = light.has(index, LightFlag.MidCapture)
    const closing = light.state[index] === LightState.Closing
    const answered = light.answered[index] as number
    const session = registry.promote(index, 'tcp')
    if (session === null) return null
    this.sessions.set(session, [before.acknowledged[0], before.acknowledged[1]])
    session.identity = 'ephemeral'
    session.midCapture = midCapture
    session.state = closing ? 'closing' : 'established'
    const [a, b] = [flows.portA[flow] as number, flows.portB[flow] as number]
    session.ports = isA ? [a, b] : [b, a]
    const pair = addPair(session, flows, flow, isA, 0, session.opened, session.openedRow)
    if (pair === null) return session
    registry.bindPair(flow, pair)
    pair.state = 'active'
    session.mark(session.opened, 'opened', 0, pair.index, session.openedRow, midCapture ? 'already running when the capture began' : 'SYN')
    if (answered >= 0) verifyPair(session, pair, 'handshake', answered, -1)
    carriesPayload(session, pair, session.opened, session.openedRow)
    for (const side of [0, 1] as const) this.recall(session, pair, side, before)
    pair.payloadBytes = before.bytes[0] + before.bytes[1]
    pair.payloadUnits = before.units[0] + before.units[1]
    const firsts = before.first.filter((time) => time >= 0)
    pair.firstPayload = firsts.length === 0 ? -1 : Math.min(...firsts)
    return session
  }

  /** The last data of a side, and the data before it that is known to have arrived. */
  private recall(session: MultiSession, pair: Pair, side: End, before: TcpBefore): void {
    const { flows } = this.registry
    const { signal } = this
    const peer = (1 - side) as End
    const direction = pair.initiatorIsA === (side === 0) ? 0 : 1
    const hops = flows.hopLimit[pair.flow * 2 + direction] as number
    if (before.heard[side] >= 0 && hops > 0)
      heard(session, pair, side, before.heard[side], hops, flows.lastInterface[pair.flow * 2 + direction] as number)
    if (before.units[side] === 0) return
    Object.assign(signal, { space: UnitSpace.Seq, span: 1, bytes: 0, gapCount: 0, duplicates: 0, sub: 0, subSpan: 0 })
    signal.interface = flows.lastInterface[pair.flow * 2 + direction] as number
    const give = (unit: number, time: number, row: number): void => {
      Object.assign(signal, { unit: (unit - 1) >>> 0, time, row })
      onPayload(session, side, pair, signal)
    }
    const acknowledged = before.acknowledged[side]
    const open = acknowledged !== 0 && ((before.next[side] - acknowledged) | 0) > 0
    // Data that nobody acknowledged is not all: what came before it arrived, at the latest when the peer was heard last.
    if (open && before.heard[peer] >= 0 && before.units[side] > 1)
      give(acknowledged, Math.min(before.heard[peer], before.last[side]), before.heardRow[peer])
    if (acknowledged !== 0 && (!open || before.units[side] > 1)) {
      if (!open) give(before.next[side], before.last[side], before.lastRow[side])
      Object.assign(signal, { unit: acknowledged, time: Math.max(before.heard[peer], before.last[side]), row: before.heardRow[peer] })
      onAcknowledged(session, peer, pair, signal)
    }
    if (open || acknowledged === 0) give(before.next[side], before.last[side], before.lastRow[side])
    // Sent again sooner than a timer runs out, it was a loss that the peer reported: that path worked.
    if (before.streak[side] === 0 || before.streakTime[side] - before.heard[peer] < TIMER) return
    addEvidence(session, {
      class: 'transport',
      what: 'retransmission-timeout',
      path: pair.path,
      time: before.streakTime[side],
      until: before.last[side],
      count: before.streak[side],
      by: side,
      rows: [before.streakRow[side], before.streakLastRow[side]],
      text: 'data was sent again after its timer ran out',
    })
  }

  /** Are there any? */
  get any(): boolean {
    return this.sessions.size > 0
  }

  /** How far the sides of a session that moved before had got; its past is known to the rules. */
  before(session: MultiSession): TcpBefore {
    const of = (side: End): number => (session.directions[side].serial.known ? session.directions[side].seen.top >>> 0 : 0)
    const next: [number, number] = [of(0), of(1)]
    const none: [number, number] = [-1, -1]
    return {
      next,
      acknowledged: [...(this.sessions.get(session) ?? ([0, 0] as const))],
      units: [next[0] === 0 ? 0 : 1, next[1] === 0 ? 0 : 1],
      bytes: [0, 0],
      first: none,
      last: none,
      lastRow: none,
      heard: none,
      heardRow: none,
      streak: [0, 0],
      streakTime: none,
      streakRow: none,
      streakLastRow: none,
    }
  }

  /** Takes `flow`, a connection of its own until now, into the session. null when it has too many pairs. */
  join(session: MultiSession, flow: number, initiatorIsA: boolean, opener: End, time: number, row: number): Pair | null {
    const { registry } = this
    const { flows } = registry
    const index = registry.lightOf(registry.sessionOfFlow(flow))
    const pair = addPair(session, flows, flow, initiatorIsA, opener, time, row)
    if (pair === null) return null
    if (index >= 0) {
      const gone = registry.promote(index, 'tcp')
      if (gone !== null) gone.mergedInto = session.number
    }
    pair.state = 'active'
    session.inferred = [...(session.inferred ?? []), pair.index]
    registry.assign(flow, session.number)
    registry.bindPair(flow, pair)
    const before = (session.pairs[0] as Pair).way.ends
    const changed = ([0, 1] as const).find((end) => pair.way.ends[end] !== before[end]) ?? opener
    session.mark(
      time,
      'opened',
      opener,
      pair.index,
      row,
      `goes on with ${ADDRESS} and no SYN: same ports, and its sequence and acknowledgment numbers continue`,
      pair.way.ends[changed],
    )
    return pair
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    const session = this.registry.multiOf(this.registry.sessionOfFlow(signal.flow))
    outcome.session = session
    if (session === null) return
    const pair = pairOf(session, signal.flow)
    if (pair === null) return
    const sender: End = (signal.direction === 0) === pair.initiatorIsA ? 0 : 1
    outcome.sender = sender
    heard(session, pair, sender, signal.time, signal.hopLimit, signal.interface)
    switch (signal.kind) {
      case SignalKind.Payload:
        carriesPayload(session, pair, signal.time, signal.row)
        if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
        break
      case SignalKind.Acknowledged: {
        onAcknowledged(session, sender, pair, signal)
        const known = this.sessions.get(session)
        if (known !== undefined) known[1 - sender] = signal.unit
        break
      }
      case SignalKind.Opening:
        if ((signal.detail as OpenDetail).step === 1) session.mark(signal.time, 'opened', sender, pair.index, signal.row, 'SYN sent again')
        break
      case SignalKind.Closed:
      case SignalKind.Refused:
        closing(session, pair, sender, signal, signal.detail as CloseDetail)
        break
    }
  }

  /** Ends what nothing was heard of for 2 h. */
  sweep(now: number): void {
    for (const session of this.sessions.keys()) {
      const over = session.state === 'closed' || session.state === 'failed'
      if (!over && now - session.last < IDLE) continue
      if (!over) {
        session.state = 'closed'
        session.closed = session.last
        session.closedWhy = 'nothing more was heard of it'
      }
      this.sessions.delete(session)
    }
  }
}

function closing(session: MultiSession, pair: Pair, sender: End, signal: Signal, detail: CloseDetail): void {
  if (detail.authentication === 'AX' || detail.authentication === 'A0') return
  // A receiver that knows nothing of the new address rejects what comes from there: the connection may go on where it was.
  if (detail.abrupt && signal.kind === SignalKind.Refused) return
  session.finish(sender)
  session.mark(signal.time, 'closed', sender, pair.index, signal.row, detail.message)
  if (!detail.abrupt && !(session.finished[0] && session.finished[1])) {
    if (session.state === 'established') session.state = 'closing'
    return
  }
  if (session.state === 'closed') return
  session.state = 'closed'
  session.closed = signal.time
  session.closedWhy = detail.abrupt ? 'RST' : 'closed by both sides'
}
