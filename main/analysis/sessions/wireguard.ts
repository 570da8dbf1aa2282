/**
 * WireGuard tunnels: one session for two peers, found by receiver index whatever the addresses (tunnels.md: a packet to the same index from a new
 * address is a move), over all handshakes between them. A handshake from an address pair never seen is a session of its own: without keys nothing
 * tells which peer began it. Keepalives are no payload. Ends after 3 min of silence. Bounded: 20,000 sessions, 65,536 indices.
 */
import type { OpenDetail, ProbeDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { onPayload } from '../delivery.ts'
import { addLocator, carriesPayload, verifyPair } from '../locators.ts'
import { type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { ContextFamily, Contexts, PacketOutcome } from './contexts.ts'
import { type Spi, SpiTable } from './ikev2/esp-spis.ts'
import { onlyPortChanged, placeOn } from './pairing.ts'
import { markProbe } from './probes.ts'
import type { Registry } from './registry.ts'
import { addIdentifiers, isOver, noteRebinding, reopen } from './sessions-by-id.ts'

const MAX_TUNNELS = 20_000
const MAX_INDICES = 65_536
const IDLE = 180 * SECOND

interface Tunnel {
  session: MultiSession
  /** end that sent the handshake which waits for its response, and when */
  asked: End | -1
  askedAt: number
  /** highest unit number by sender */
  top: [number, number]
  lastPair: [Pair | null, Pair | null]
}

export const wireguardFamily: ContextFamily = {
  protocols: [SignalProtocol.Wireguard],
  make: (registry) => new WireguardContexts(registry),
}

class WireguardContexts implements Contexts {
  private readonly bySession = new Map<number, Tunnel>()
  /** tunnel and end that is reached by an index */
  private readonly owners = new Map<number, { tunnel: Tunnel; end: End }>()
  private readonly indices: SpiTable
  private live: Tunnel[] = []
  private dropped = 0

  constructor(private readonly registry: Registry) {
    this.indices = new SpiTable(registry.flows.forgotten, 'receiver indexes of WireGuard')
    registry.canForget('wireguard')
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    if (signal.flow < 0) return
    if (signal.kind === SignalKind.Opening || signal.kind === SignalKind.Opened)
      this.handshake(signal, signal.detail as OpenDetail, outcome)
    else this.transport(signal, outcome)
  }

  // ------------------------------------------------------------------ handshakes

  private handshake(signal: Signal, d: OpenDetail, outcome: PacketOutcome): void {
    const { flow, time, row } = signal
    const response = d.step === 2
    const asker = response ? this.ownerOf(d.receiverToken ?? 0) : undefined
    const tunnel = asker?.tunnel ?? this.onFlow(flow) ?? this.open(signal, !response)
    if (tunnel === null) return
    const { session } = tunnel
    const sender = asker === undefined ? this.senderOn(tunnel, signal) : ((1 - asker.end) as End)
    const pair = this.place(tunnel, sender, signal, outcome)
    if (pair === null) return
    this.own(d.senderToken ?? 0, tunnel, sender)
    addIdentifiers(session, sender, d.sender)
    for (const end of [0, 1] as const) addLocator(session, end, pair.way.ends[end], 'initial', d.message, response ? 'A1' : 'A0', time, row)
    const again = session.state === 'established'
    session.mark(time, 'opened', sender, pair.index, row, again ? `${d.message}: new keys` : d.message)
    if (!response) {
      tunnel.asked = sender
      tunnel.askedAt = time
      return
    }
    if (tunnel.asked === 1 - sender && !session.rttKnown && time > tunnel.askedAt && time - tunnel.askedAt < 10 * SECOND)
      session.rtt = Math.max(1e5, time - tunnel.askedAt)
    tunnel.asked = -1
    session.state = 'established'
    session.closed = null
    pair.state = 'active'
    verifyPair(session, pair, 'handshake', time, row)
  }

  private onFlow(flow: number): Tunnel | null {
    const tunnel = this.bySession.get(this.registry.sessionOfFlow(flow))
    return tunnel === undefined || (isOver(tunnel.session) && tunnel.session.state === 'failed') ? null : tunnel
  }

  private open(signal: Signal, begins: boolean): Tunnel | null {
    const { time, row } = signal
    const session = this.registry.addMulti('wireguard', time, row)
    if (session === null) return null
    session.oneAtATime = true
    if (!begins) {
      session.midCapture = true
      session.state = 'established'
      session.mark(time, 'opened', -1, 0, row, 'already running when the capture began')
    }
    const tunnel: Tunnel = { session, asked: -1, askedAt: -1, top: [0, 0], lastPair: [null, null] }
    this.registry.flows.forgotten.room(this.bySession, MAX_TUNNELS, 'WireGuard tunnels')
    this.bySession.set(session.number, tunnel)
    this.live.push(tunnel)
    return tunnel
  }

  private ownerOf(index: number): { tunnel: Tunnel; end: End } | undefined {
    const owner = this.owners.get(index)
    return owner === undefined || this.registry.gone(owner.tunnel.session.number) ? undefined : owner
  }

  private own(index: number, tunnel: Tunnel, end: End): void {
    this.owners.delete(index)
    this.registry.flows.forgotten.room(this.owners, MAX_INDICES, 'WireGuard indices and their tunnels')
    this.owners.set(index, { tunnel, end })
  }

  private senderOn(tunnel: Tunnel, signal: Signal): End {
    const { flows } = this.registry
    const [source, destination] = [flows.sender(signal.flow, signal.direction), flows.receiver(signal.flow, signal.direction)]
    for (const path of tunnel.session.paths) {
      if (path.ends[0] === source || path.ends[1] === destination) return 0
      if (path.ends[1] === source || path.ends[0] === destination) return 1
    }
    return 0
  }

  private place(tunnel: Tunnel, sender: End, signal: Signal, outcome: PacketOutcome): Pair | null {
    const { session } = tunnel
    outcome.session = session
    outcome.sender = sender
    const pair = placeOn(this.registry, session, sender, signal)
    if (session.state === 'closed' && reopen(session)) this.live.push(tunnel)
    return pair
  }

  // ------------------------------------------------------------------ transport

  private transport(signal: Signal, outcome: PacketOutcome): void {
    const found = this.find(signal)
    if (found === null) return
    const { tunnel, sender } = found
    const { session } = tunnel
    const { time, row, unit, kind } = signal
    const pair = this.place(tunnel, sender, signal, outcome)
    if (pair === null) return
    if (kind === SignalKind.Probed) markProbe(session, sender, pair, time, row, `${(signal.detail as ProbeDetail).message} sent`)
    else if (kind === SignalKind.Noted) session.mark(time, 'other', sender, pair.index, row, (signal.detail as { message: string }).message)
    if (kind !== SignalKind.Payload) return
    const spi = this.index(tunnel, sender, signal)
    if (unit > spi.last) spi.last = unit
    const placed = (spi.base + unit) >>> 0
    if (placed > tunnel.top[sender]) tunnel.top[sender] = placed
    signal.unit = placed
    if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
    signal.unit = unit
    carriesPayload(session, pair, time, row)
    if (session.state === 'opening') session.state = 'established'
    pair.state = 'active'
    const before = tunnel.lastPair[sender]
    if (before !== pair && before !== null && onlyPortChanged(this.registry, before, pair))
      noteRebinding(this.registry, session, sender, before, pair, time, row)
    tunnel.lastPair[sender] = pair
  }

  private index(tunnel: Tunnel, sender: End, signal: Signal): Spi {
    const { token, unit } = signal
    return this.indices.of(token, tunnel.session, sender) ?? this.indices.add(token, tunnel.session, sender, unit, tunnel.top[sender])
  }

  /** An index is its receiver's. */
  private find(signal: Signal): { tunnel: Tunnel; sender: End } | null {
    const { token, flow, kind } = signal
    const owner = this.ownerOf(token)
    if (owner !== undefined) return { tunnel: owner.tunnel, sender: (1 - owner.end) as End }
    // A keepalive or a note to an unknown index says nothing of what runs here.
    const tunnel = this.onFlow(flow) ?? (kind === SignalKind.Payload ? this.open(signal, false) : null)
    if (tunnel === null) return null
    const sender = this.senderOn(tunnel, signal)
    this.own(token, tunnel, (1 - sender) as End)
    addIdentifiers(tunnel.session, (1 - sender) as End, [{ kind: 'receiver-index', value: `0x${token.toString(16).padStart(8, '0')}` }])
    return { tunnel, sender }
  }

  /** rehoming.md section 2: 3 min, after which both peers have forgotten their keys. */
  sweep(now: number): void {
    if (this.dropped !== this.registry.dropped) {
      this.dropped = this.registry.dropped
      this.registry.forgetGone(this.bySession, (tunnel) => tunnel.session)
      this.registry.forgetGone(this.owners, (owner) => owner.tunnel.session)
      this.indices.forget((session) => this.registry.gone(session.number))
    }
    let kept = 0
    for (const tunnel of this.live) {
      const { session } = tunnel
      if (isOver(session)) continue
      if (now - session.last >= IDLE) {
        session.closedWhy = session.state === 'opening' ? '' : 'nothing for 3 minutes'
        session.state = session.state === 'opening' ? 'failed' : 'closed'
        session.closed = session.last
        session.release()
        continue
      }
      this.live[kept++] = tunnel
    }
    this.live.length = kept
  }
}
