/**
 * Sessions of decode-as profiles: found by the context number that the dissector gave (tag, identifiers or flow), whatever the addresses. Which end
 * sent a packet is told by the addresses that each end is known by; a new address belongs to the end whose peer is addressed. Claims are locators
 * when they are made (a profile cannot say how they are accepted), with the authentication that the profile's roles allow. Nothing acknowledges its
 * data: a unit counts when it is seen. Bounded: 65,536 contexts, forgotten oldest first. Idle after 10 minutes.
 */
import type { ClaimDetail, CloseDetail, NoteDetail, OpenDetail, PreferDetail, ProbeDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { onPayload } from '../delivery.ts'
import { addLocator, carriesPayload, findLocator, removeLocator, verifyPair } from '../locators.ts'
import { ADDRESS } from '../mark-log.ts'
import { BOTH, type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { noteClaim } from './claims.ts'
import type { ContextFamily, Contexts, PacketOutcome } from './contexts.ts'
import { placeOn } from './pairing.ts'
import { onProbe, onProbeAnswer } from './probes.ts'
import type { Registry } from './registry.ts'

const IDLE = 600 * SECOND
const MAX_CONTEXTS = 65_536

export const profileFamily: ContextFamily = {
  protocols: [SignalProtocol.Profile],
  make: (registry) => new ProfileContexts(registry),
}

class ProfileContexts implements Contexts {
  private readonly byContext = new Map<number, MultiSession>()

  constructor(private readonly registry: Registry) {}

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    if (signal.flow < 0 || signal.context === 0) return
    const session = this.sessionOf(signal)
    if (session === null) return
    const sender = this.senderOf(session, signal)
    const pair = placeOn(this.registry, session, sender, signal)
    if (pair === null) return
    outcome.session = session
    outcome.sender = sender
    this.take(session, pair, sender, signal, outcome)
  }

  private sessionOf(signal: Signal): MultiSession | null {
    const old = this.byContext.get(signal.context)
    const known = old === undefined || this.registry.gone(old.number) ? undefined : old
    const opens = signal.kind === SignalKind.Opening
    if (known !== undefined && !(opens && (known.state === 'closed' || known.state === 'failed'))) return known
    const id = profileId(signal)
    if (id === null) return null
    this.registry.canForget(`profile:${id}`)
    const session = this.registry.addMulti(`profile:${id}`, signal.time, signal.row)
    if (session === null) return null
    session.midCapture = !opens
    if (!opens) session.state = 'established'
    this.byContext.delete(signal.context)
    if (this.byContext.size >= MAX_CONTEXTS) this.registry.flows.forgotten.drop(this.byContext, 'contexts of profiles')
    this.byContext.set(signal.context, session)
    return session
  }

  /** The first packet's sender is the initiator. */
  private senderOf(session: MultiSession, signal: Signal): End {
    const { flows } = this.registry
    const source = flows.sender(signal.flow, signal.direction)
    const target = flows.receiver(signal.flow, signal.direction)
    if (session.pairs.length === 0) return 0
    const is = (end: End, address: number): boolean =>
      findLocator(session, end, address, true) !== null || session.paths.some((path) => path.ends[end] === address)
    for (const end of [0, 1] as const) {
      const peer = (1 - end) as End
      if (is(end, source) && !is(peer, source)) return end
      if (is(peer, target) && !is(end, target)) return end
    }
    return is(1, source) ? 1 : 0
  }

  private take(session: MultiSession, pair: Pair, sender: End, signal: Signal, outcome: PacketOutcome): void {
    const { time, row } = signal
    switch (signal.kind) {
      case SignalKind.Payload:
        if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
        carriesPayload(session, pair, time, row)
        if (pair.state === 'opening') pair.state = 'active'
        break
      case SignalKind.Opening:
      case SignalKind.Opened:
        this.opened(session, pair, sender, signal)
        break
      case SignalKind.Claimed:
      case SignalKind.Withdrawn:
        this.claimed(session, pair, sender, signal)
        break
      case SignalKind.Probed:
        onProbe(session, sender, pair, signal, signal.detail as ProbeDetail)
        break
      case SignalKind.ProbeAnswered: {
        const probe = onProbeAnswer(session, sender, signal, signal.detail as ProbeDetail)
        const probed = probe === null ? undefined : session.pairs[probe.pair]
        if (probed !== undefined) verifyPair(session, probed, `${(signal.detail as ProbeDetail).message} answered`, time, row)
        break
      }
      case SignalKind.Preferred: {
        const d = signal.detail as PreferDetail
        noteClaim(session, sender, pair, signal, {
          what: 'prefer',
          address: d.address,
          addressId: null,
          serial: null,
          correlation: null,
          authentication: d.authentication,
          message: d.message,
          port: null,
          wildcard: d.address < 0,
        })
        session.mark(time, 'preferred', sender, pair.index, row, `${d.message}`)
        break
      }
      case SignalKind.Closed:
        session.state = 'closed'
        session.closed = time
        session.finished = BOTH
        session.closedWhy = (signal.detail as CloseDetail).message
        session.mark(time, 'closed', sender, pair.index, row, session.closedWhy)
        break
    }
  }

  private opened(session: MultiSession, pair: Pair, sender: End, signal: Signal): void {
    const { time, row } = signal
    const d = signal.detail as OpenDetail
    const endpoint = session.endpoints[sender]
    for (const id of d.sender) if (!endpoint.identifiers.some((i) => i.kind === id.kind && i.value === id.value)) endpoint.identify(id)
    const source = this.registry.flows.sender(signal.flow, signal.direction)
    addLocator(session, sender, source, 'initial', d.message, 'A1', time, row)
    session.mark(time, 'opened', sender, pair.index, row, d.step === 1 ? `${d.message} sent` : `${d.message} answered`)
    if (signal.kind === SignalKind.Opened && session.state === 'opening') {
      session.state = 'established'
      verifyPair(session, pair, 'handshake', time, row)
    }
  }

  private claimed(session: MultiSession, pair: Pair, sender: End, signal: Signal): void {
    const { time, row } = signal
    const d = signal.detail as ClaimDetail
    const withdrawn = signal.kind === SignalKind.Withdrawn
    noteClaim(session, sender, pair, signal, {
      what: withdrawn ? 'remove' : 'add',
      address: d.address,
      addressId: null,
      serial: d.serial,
      correlation: null,
      authentication: d.authentication,
      message: d.message,
      port: null,
      wildcard: false,
    })
    if (withdrawn) {
      removeLocator(session, sender, d.address, time, row)
      session.mark(time, 'withdrawn', sender, pair.index, row, `${d.message} takes back ${ADDRESS}`, d.address)
    } else {
      addLocator(session, sender, d.address, d.how, d.message, d.authentication, time, row)
      session.mark(time, 'claimed', sender, pair.index, row, `${d.message} names ${ADDRESS}`, d.address)
    }
  }

  sweep(now: number): void {
    for (const [context, session] of this.byContext) {
      if (now - session.last < IDLE) continue
      if (session.state !== 'closed' && session.state !== 'failed') {
        session.state = session.state === 'opening' ? 'failed' : 'closed'
        session.closed = session.last
        session.closedWhy = 'nothing more was heard of it'
      }
      this.byContext.delete(context)
    }
  }
}

/** The profile that a signal names; null for kinds that name none and begin no session. */
function profileId(signal: Signal): string | null {
  if (signal.kind === SignalKind.Payload) return (signal.detail as NoteDetail | null)?.message ?? null
  const message = (signal.detail as { message?: string } | null)?.message ?? ''
  const end = message.indexOf(' ')
  return end <= 0 ? null : message.slice(0, end)
}
