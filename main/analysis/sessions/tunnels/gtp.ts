/**
 * GTP-U bearers. A tunnel endpoint identifier is given by its receiver, so a bearer has one a direction: the two are tied by the addresses inside
 * and by the node that both share. The identifier stays while the node at the other end changes (a handover): that is a move. A new identifier
 * joins its bearer when the sender is a node of it already and the receiver is no node of the sender's end; what nodes forward to each other
 * during a handover is thus a bearer of its own. 3 minutes of silence end a bearer (rehoming.md section 2), an end marker its tunnel.
 * Bounded: 20,000 tunnels, 20,000 inner pairs; the oldest go first.
 */
import type { CloseDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { onPayload } from '../../delivery.ts'
import { carriesPayload, findLocator, heard, pairBetween, removeLocator } from '../../locators.ts'
import { type End, type PendingClaim, SECOND, withOne } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { ContextFamily, Contexts, PacketOutcome } from '../contexts.ts'
import type { Registry } from '../registry.ts'

const IDLE = 180 * SECOND
const MAX_TUNNELS = 20_000
const MAX_INNER = 20_000
const MAX_SAME = 8
const MAX_IDENTIFIERS = 64
const MAX_CLAIMS = 32

export const gtpFamily: ContextFamily = { protocols: [SignalProtocol.Gtp], make: (registry) => new GtpContexts(registry) }

interface Tunnel {
  session: MultiSession
  /** who gave the identifier: address id, and end of the session */
  receiver: number
  end: End
}

/** A bearer that carried a pair of inner addresses, and which side of the pair sends from end 0. */
interface Inside {
  session: MultiSession
  side: 0 | 1
}

class GtpContexts implements Contexts {
  private readonly tunnels = new Map<number, Tunnel[]>()
  private readonly inside = new Map<number, Inside[]>()
  private readonly live = new Set<MultiSession>()
  /** nodes whose tunnel ended while the bearer had no other at that end */
  private readonly leaving = new Map<MultiSession, { end: End; address: number; time: number; row: number }>()

  constructor(private readonly registry: Registry) {}

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    if (signal.flow < 0) return
    const { flows } = this.registry
    const receiver = flows.receiver(signal.flow, signal.direction)
    if (signal.kind === SignalKind.Closed) this.closed(signal, receiver, outcome)
    if (signal.kind !== SignalKind.Payload) return
    const tunnel = this.find(signal.token, receiver) ?? this.join(signal, receiver) ?? this.open(signal, receiver)
    if (tunnel === null) return
    const { session } = tunnel
    const sender = (1 - tunnel.end) as End
    const pair = pairBetween(session, flows, signal, sender)
    if (pair === null) return
    outcome.session = session
    outcome.sender = sender
    this.remember(signal, session, sender)
    heard(session, pair, sender, signal.time, signal.hopLimit, signal.interface)
    if (pair.state === 'opening') pair.state = 'active'
    carriesPayload(session, pair, signal.time, signal.row)
    if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
  }

  private find(teid: number, receiver: number): Tunnel | null {
    const list = this.tunnels.get(teid)
    if (list === undefined) return null
    for (const tunnel of list) if (tunnel.receiver === receiver && this.live.has(tunnel.session)) return tunnel
    return null
  }

  /** An identifier never seen, for data of a bearer that is known. */
  private join(signal: Signal, receiver: number): Tunnel | null {
    const { flows } = this.registry
    const from = flows.sender(signal.flow, signal.direction)
    for (const { session, side } of this.inside.get(signal.context) ?? []) {
      if (!this.live.has(session)) continue
      const sender: End = signal.side === side ? 0 : 1
      if (findLocator(session, sender, from) === null || findLocator(session, sender, receiver, true) !== null) continue
      return this.add(signal, receiver, session, (1 - sender) as End)
    }
    return null
  }

  private open(signal: Signal, receiver: number): Tunnel | null {
    const session = this.registry.addMulti('gtp-u', signal.time, signal.row)
    if (session === null) return null
    session.state = 'established'
    this.live.add(session)
    session.mark(signal.time, 'opened', 0, 0, signal.row, 'first data of the bearer')
    return this.add(signal, receiver, session, 1)
  }

  private add(signal: Signal, receiver: number, session: MultiSession, end: End): Tunnel {
    const tunnel: Tunnel = { session, receiver, end }
    const list = this.tunnels.get(signal.token) ?? []
    if (list.length >= MAX_SAME) list.shift()
    list.push(tunnel)
    if (list.length === 1) {
      if (this.tunnels.size >= MAX_TUNNELS) this.registry.flows.forgotten.drop(this.tunnels, 'GTP tunnels')
      this.tunnels.set(signal.token, list)
    }
    const value = `0x${signal.token.toString(16).padStart(8, '0')}`
    const endpoint = session.endpoints[end]
    const { identifiers } = endpoint
    if (identifiers.length < MAX_IDENTIFIERS && !identifiers.some((i) => i.value === value)) endpoint.identify({ kind: 'teid', value })
    // A node that gives an identifier of its own is no translator's new address of the old node.
    if (session.pairs.length > 0) {
      this.announce(signal, receiver, session, end)
      const left = this.leaving.get(session)
      if (left !== undefined && left.end === end && left.address !== receiver)
        removeLocator(session, end, left.address, left.time, left.row)
      this.leaving.delete(session)
      session.mark(signal.time, 'claimed', (1 - end) as End, -1, signal.row, `tunnel endpoint identifier ${value} is used for it as well`)
    }
    return tunnel
  }

  private announce(signal: Signal, address: number, session: MultiSession, by: End): void {
    const { time, row } = signal
    const claim: PendingClaim = {
      what: 'add',
      by,
      address,
      addressId: null,
      serial: null,
      correlation: null,
      time,
      row,
      authentication: 'A1',
      message: 'tunnel endpoint identifier',
      port: null,
      pair: 0,
      wildcard: false,
      against: false,
      answered: null,
    }
    session.claims = withOne(session.claims, claim, MAX_CLAIMS)
  }

  private remember(signal: Signal, session: MultiSession, sender: End): void {
    const known = this.inside.get(signal.context)
    if (known?.some((i) => i.session === session)) return
    const entry: Inside = { session, side: ((signal.side === 1 ? 1 : 0) ^ sender) as 0 | 1 }
    if (known === undefined) {
      if (this.inside.size >= MAX_INNER) this.registry.flows.forgotten.drop(this.inside, 'flows inside GTP tunnels')
      this.inside.set(signal.context, [entry])
      return
    }
    if (known.length >= MAX_SAME) known.shift()
    known.push(entry)
  }

  /** The end marker goes the old way: that tunnel is over, the bearer goes on by another. */
  private closed(signal: Signal, receiver: number, outcome: PacketOutcome): void {
    const list = this.tunnels.get(signal.token)
    const at = list?.findIndex((t) => t.receiver === receiver && this.live.has(t.session)) ?? -1
    if (list === undefined || at < 0) return
    const { session, end } = list[at] as Tunnel
    list.splice(at, 1)
    outcome.session = session
    outcome.sender = (1 - end) as End
    const { message } = signal.detail as CloseDetail
    session.mark(signal.time, 'withdrawn', (1 - end) as End, -1, signal.row, `${message}: nothing more comes through this tunnel`)
    // The node has left once the bearer has another at its end.
    const { time, row } = signal
    if (session.endpoints[end].locators.some((l) => l.removed === null && l.address !== receiver))
      removeLocator(session, end, receiver, time, row)
    else this.leaving.set(session, { end, address: receiver, time, row })
  }

  sweep(now: number): void {
    for (const session of this.live) {
      if (now - session.last < IDLE) continue
      session.state = 'closed'
      session.closed = session.last
      session.closedWhy = 'no more data'
      this.live.delete(session)
      this.leaving.delete(session)
    }
  }
}
