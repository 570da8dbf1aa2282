/**
 * GRE tunnel bonding (RFC 8157): all tunnels under one key between one aggregation point and the addresses of one home gateway are one session.
 * The end that keeps its address is the aggregation point. A tunnel that said Hello both ways is verified; a Tear Down ends its tunnel, and the
 * session with its last one; 3 minutes without any message do the same. Bounded: 8,192 keys, 8 sessions a key.
 */
import type { CloseDetail, NoteDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { onPayload } from '../../delivery.ts'
import { addLocator, carriesPayload, heard, pairBetween, removeLocator, verifyPair } from '../../locators.ts'
import { type End, type Pair, SECOND } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { ContextFamily, Contexts, PacketOutcome } from '../contexts.ts'
import type { Registry } from '../registry.ts'

const IDLE = 180 * SECOND
const MAX_KEYS = 8_192
const MAX_SAME = 8

export const greBondingFamily: ContextFamily = { protocols: [SignalProtocol.GreBonding], make: (registry) => new BondContexts(registry) }

class BondContexts implements Contexts {
  private readonly byKey = new Map<number, MultiSession[]>()
  private readonly live = new Set<MultiSession>()

  constructor(private readonly registry: Registry) {}

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    if (signal.flow < 0) return
    const { flows } = this.registry
    const from = flows.sender(signal.flow, signal.direction)
    const to = flows.receiver(signal.flow, signal.direction)
    const session = this.find(signal.token, from, to) ?? this.open(signal)
    if (session === null) return
    const sender = this.senderOf(session, from, to)
    const pair = pairBetween(session, flows, signal, sender)
    if (pair === null) return
    outcome.session = session
    outcome.sender = sender
    heard(session, pair, sender, signal.time, signal.hopLimit, signal.interface)
    if (signal.kind === SignalKind.Payload) {
      carriesPayload(session, pair, signal.time, signal.row)
      if (pair.state === 'opening') pair.state = 'active'
      if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
    } else this.control(session, pair, sender, signal)
  }

  /** A session of the key that has one of the two addresses. */
  private find(key: number, from: number, to: number): MultiSession | null {
    for (const session of this.byKey.get(key) ?? [])
      if (this.live.has(session) && session.paths.some((p) => p.ends.includes(from) || p.ends.includes(to))) return session
    return null
  }

  /** The gateway's addresses differ, the aggregation point's is on every path: with one path only, whoever spoke first is the gateway. */
  private senderOf(session: MultiSession, from: number, to: number): End {
    const first = session.paths[0]
    if (first === undefined || first.ends[1] === to) return 0
    if (first.ends[1] === from) return 1
    // The new tunnel shares the other end: what was taken for the gateway is the aggregation point.
    return first.ends[0] === to ? 1 : 0
  }

  private open(signal: Signal): MultiSession | null {
    // Data alone makes no bond: the key was another bond's.
    if (signal.kind === SignalKind.Payload) return null
    const session = this.registry.addMulti('gre-bonding', signal.time, signal.row)
    if (session === null) return null
    const { message } = signal.detail as NoteDetail
    session.midCapture = message !== 'GRE Setup Accept'
    session.state = 'established'
    const value = `0x${signal.token.toString(16).padStart(8, '0')}`
    for (const end of [0, 1] as const) session.endpoints[end].identify({ kind: 'gre-key', value })
    const list = this.byKey.get(signal.token) ?? []
    if (list.length >= MAX_SAME) list.shift()
    list.push(session)
    if (list.length === 1) {
      if (this.byKey.size >= MAX_KEYS) this.registry.flows.forgotten.drop(this.byKey, 'keys of bonded tunnels')
      this.byKey.set(signal.token, list)
    }
    this.live.add(session)
    session.mark(signal.time, 'opened', -1, 0, signal.row, session.midCapture ? 'already running when the capture began' : message)
    return session
  }

  private control(session: MultiSession, pair: Pair, sender: End, signal: Signal): void {
    const { time, row } = signal
    const { message } = signal.detail as NoteDetail
    if (signal.kind === SignalKind.Closed) {
      this.closed(session, pair, sender, signal, signal.detail as CloseDetail)
      return
    }
    if (signal.kind === SignalKind.Refused) {
      session.mark(time, 'refused', sender, pair.index, row, message)
      return
    }
    for (const end of [0, 1] as const)
      addLocator(session, end, pair.way.ends[end], session.pairs.length === 1 ? 'initial' : 'signalled', message, 'A1', time, row)
    const { heardInitiator, heardResponder } = pair.way
    if (pair.verifiedAt === null && heardInitiator >= 0 && heardResponder >= 0) verifyPair(session, pair, `${message} both ways`, time, row)
    if (pair.state === 'opening') pair.state = 'active'
    if (message !== 'GRE Hello') session.mark(time, 'other', sender, pair.index, row, message)
  }

  private closed(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: CloseDetail): void {
    const { time, row } = signal
    pair.state = 'closed'
    pair.closedAt = time
    session.mark(time, 'withdrawn', sender, pair.index, row, `${d.message}: this tunnel has ended`)
    const others = session.pairs.filter((p) => p.state !== 'closed')
    if (others.length > 0) {
      // The address that no other tunnel has is the gateway's.
      for (const end of [0, 1] as const)
        if (!others.some((p) => p.way.ends[end] === pair.way.ends[end])) removeLocator(session, end, pair.way.ends[end], time, row)
      return
    }
    this.end(session, time, d.message)
  }

  private end(session: MultiSession, time: number, why: string): void {
    session.state = 'closed'
    session.closed = time
    session.closedWhy = why
    this.live.delete(session)
  }

  sweep(now: number): void {
    for (const session of this.live) if (now - session.last > IDLE) this.end(session, session.last, 'no more messages')
  }
}
