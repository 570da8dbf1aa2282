/**
 * Mobile IPv6 and its family. Two kinds of session (rehoming.md section 2): the registration at a home agent or anchor, whose payload is what
 * goes through its tunnel (Mobile IPv6, network mobility, proxies), and the route-optimised binding at a correspondent, whose payload runs
 * straight between care-of address and correspondent. Once the latter exists, data of that pair that still takes the tunnel is its own too, on
 * the same locators: only the encapsulation changed (PATH-OPTIMISED), which is no move. Sessions of what is inside are their children.
 * Refused: what is bound to nobody; data of a mobile end whose address the peer refused or replaced. Bounded: 20,000 bindings remembered.
 */
import type {
  ClaimAnswerDetail,
  ClaimDetail,
  CloseDetail,
  OpenDetail,
  ProbeDetail,
  VerifyDetail,
} from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { addLocator, heard, pairBetween, verifyPair } from '../../locators.ts'
import { type End, type Pair, type PendingClaim, SECOND, type SessionProtocol } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { ContextFamily, Contexts, PacketOutcome } from '../contexts.ts'
import type { Registry } from '../registry.ts'
import { carriedBefore } from './before.ts'
import { answer, ask, type Binding, boundAtHome, boundBefore, end, giveBack, live, newBinding, release } from './binding.ts'
import { carry } from './data.ts'

const MAX_BINDINGS = 20_000
const MAX_TUNNELLED = 50_000
/** an update that nobody answered, and that no data followed */
const HANDSHAKE_IDLE = 60 * SECOND
/** the update would have been sent again if it wanted an answer: INITIAL_BINDACK_TIMEOUT is 1 s (RFC 6275 section 12) */
const LEFT = 2 * SECOND
/** data may still be under way when a binding runs out */
const OVER = 10 * SECOND
/** MinDelayBeforeBCEDelete: a proxy's binding waits for the next one (RFC 5213 section 9.1) */
const HANDOVER = 10 * SECOND
/** nothing said how long it holds */
const IDLE = 600 * SECOND

export const mobileIpv6Family: ContextFamily = {
  protocols: [SignalProtocol.Mip6],
  make: (registry) => new MobileContexts(registry, SignalProtocol.Mip6),
}

export const mobileIpv4Family: ContextFamily = {
  protocols: [SignalProtocol.Mip4],
  make: (registry) => new MobileContexts(registry, SignalProtocol.Mip4),
}

class MobileContexts implements Contexts {
  private readonly bindings = new Map<number, Binding>()
  /** pairs (by number) whose data was last seen in a tunnel, and the binding that carried it */
  private readonly tunnelled = new Map<number, number>()
  private dropped = 0

  constructor(
    private readonly registry: Registry,
    private readonly protocol: SignalProtocol,
  ) {
    for (const name of ['mipv6', 'nemo', 'pmipv6', 'profile:mipv4'] as const) registry.canForget(name)
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    if (signal.context === 0 || signal.flow < 0) return
    if (signal.kind === SignalKind.Payload) {
      this.payload(signal, outcome)
      return
    }
    const binding = this.find(signal)
    if (binding === undefined) return
    const { session } = binding
    const sender = senderOf(binding, signal)
    outcome.session = session
    outcome.sender = sender
    const pair = this.pairOf(binding, sender, signal)
    if (pair === null) return
    const from = this.registry.flows.sender(signal.flow, signal.direction)
    if (pair.way.ends[sender] === from) heard(session, pair, sender, signal.time, signal.hopLimit, signal.interface)
    else session.last = signal.time
    this.take(binding, pair, sender, signal)
  }

  /** The binding that a message is about; opened by it where it opens one. */
  private find(signal: Signal): Binding | undefined {
    const known = this.bound(signal.context)
    if (signal.kind === SignalKind.Claimed && known !== undefined && !live(known) && !this.takenOver(known, signal))
      return this.again(known, signal) ?? undefined
    if (signal.kind !== SignalKind.Opening && signal.kind !== SignalKind.Opened) return known
    const d = signal.detail as OpenDetail
    const binding = known !== undefined && (live(known) || this.takenOver(known, signal)) ? known : this.open(signal, d)
    if (binding !== null && d.before !== undefined) {
      carriedBefore(this.registry, binding, d.before)
      for (const one of d.before) this.inTunnel(one.context, signal.context)
    }
    return binding ?? undefined
  }

  /** The next proxy registers the node that another one gave up a moment ago. */
  private takenOver(binding: Binding, signal: Signal): boolean {
    return binding.heldUntil >= signal.time
  }

  /** Signalling runs on the pair it came on; a message by another way (a test through the home agent) stands beside the first pair. */
  private pairOf(binding: Binding, sender: End, signal: Signal): Pair | null {
    const { session } = binding
    const { flows } = this.registry
    const { kind } = signal
    if (session.pairs.length === 0 || kind === SignalKind.Claimed || kind === SignalKind.Opening || kind === SignalKind.Opened)
      return pairBetween(session, flows, signal, sender)
    const from = flows.sender(signal.flow, signal.direction)
    const to = flows.receiver(signal.flow, signal.direction)
    const at = session.pairs.find((p) => p.way.ends[sender] === from && p.way.ends[1 - sender] === to)
    return at ?? session.pairs[session.pairs.length - 1] ?? null
  }

  private open(signal: Signal, d: OpenDetail): Binding | null {
    const { time, row, context, side } = signal
    const { flows } = this.registry
    const roles = [...d.sender, ...d.receiver]
    const mobileSends = d.sender.some((i) => i.kind === 'home-address' || i.kind === 'mobile-node-identifier') || d.step === 1
    const anchored = roles.some((i) => i.kind === 'home-agent' || i.kind === 'local-mobility-anchor')
    const anchor = !anchored
      ? -1
      : mobileSends
        ? flows.receiver(signal.flow, signal.direction)
        : flows.sender(signal.flow, signal.direction)
    const first = (d.before ?? []).reduce((a, b) => (b.first < a.first ? b : a), { first: time, firstRow: row })
    const session = this.registry.addMulti(this.protocolOf(roles, d), first.first, first.firstRow)
    if (session === null) return null
    const sends = side === 1 ? 1 : 0
    const binding = newBinding(session, anchor, (mobileSends ? sends : 1 - sends) as 0 | 1)
    session.midCapture = d.step !== 1
    if (this.bindings.size >= MAX_BINDINGS) this.forget()
    this.bindings.set(context, binding)
    const carrier = this.tunnelled.get(context)
    if (carrier !== undefined && anchor < 0) {
      binding.way = 'tunnel'
      const registration = this.bindings.get(carrier)
      if (registration !== undefined) this.registry.link(session.number, registration.session.number)
    }
    return binding
  }

  /** Bound again after the binding had ended without its end being told. */
  private again(over: Binding, signal: Signal): Binding | null {
    const session = this.registry.addMulti(over.session.protocol, signal.time, signal.row)
    if (session === null) return null
    const binding = newBinding(session, over.anchor, over.side)
    for (const at of [0, 1] as const) session.endpoints[at].identifiers = over.session.endpoints[at].identifiers
    const still = over.anchor < 0 ? over.session.paths[0]?.ends[1] : undefined
    if (still !== undefined) addLocator(session, 1, still, 'initial', null, 'A1', signal.time, signal.row)
    this.bindings.set(signal.context, binding)
    return binding
  }

  private protocolOf(roles: OpenDetail['sender'], d: OpenDetail): SessionProtocol {
    if (this.protocol === SignalProtocol.Mip4) return 'profile:mipv4'
    if (roles.some((i) => i.kind === 'local-mobility-anchor')) return 'pmipv6'
    const network = roles.some((i) => i.kind === 'network-prefix') || d.capabilities?.includes('mobile-router') === true
    return network && roles.some((i) => i.kind === 'home-agent') ? 'nemo' : 'mipv6'
  }

  private bound(context: number): Binding | undefined {
    const binding = this.bindings.get(context)
    return binding === undefined || this.registry.gone(binding.session.number) ? undefined : binding
  }

  /** Drops bindings that are over, and the oldest until a tenth is free: looking through all of them for each new one would cost more than all else. */
  private forget(): void {
    for (const [context, binding] of this.bindings) if (!live(binding)) this.bindings.delete(context)
    while (this.bindings.size > MAX_BINDINGS * 0.9) this.registry.flows.forgotten.drop(this.bindings, 'mobile bindings')
  }

  // ------------------------------------------------------------------ messages

  private take(binding: Binding, pair: Pair, sender: End, signal: Signal): void {
    const { session } = binding
    const { time, row } = signal
    switch (signal.kind) {
      case SignalKind.Opening:
      case SignalKind.Opened:
        this.opened(binding, pair, sender, signal, signal.detail as OpenDetail)
        break
      case SignalKind.Claimed:
        this.prefixes(session, sender, signal.detail as ClaimDetail)
        ask(binding, sender, pair, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.Withdrawn:
        giveBack(binding, sender, pair, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.ClaimAnswered: {
        const d = signal.detail as ClaimAnswerDetail
        answer(binding, sender, pair, signal, d)
        if (d.accepted && d.lifetime !== 0 && sender === 1)
          establish(session, pair, sender, signal, `${d.message}: the binding is in force`)
        if (d.message === 'BRA' && d.accepted && live(binding)) this.close(binding, pair, sender, signal, 'the binding was revoked')
        break
      }
      case SignalKind.Verified: {
        const { message } = signal.detail as VerifyDetail
        verifyPair(
          session,
          pair,
          message === 'CoT used by BU' ? 'care-of test, its token used by the BU' : `${message} came back`,
          time,
          row,
        )
        break
      }
      case SignalKind.Probed:
        session.mark(time, 'probed', sender, -1, row, `${(signal.detail as ProbeDetail).message} sent`)
        break
      case SignalKind.ProbeAnswered:
        session.mark(time, 'probed', sender, -1, row, `${(signal.detail as ProbeDetail).message} came back with its token`)
        break
      case SignalKind.Refused: {
        const { message, cause } = signal.detail as CloseDetail
        session.mark(time, 'refused', sender, pair.index, row, `${message}${cause === null ? '' : `: ${cause}`}`)
        break
      }
      case SignalKind.Closed:
        this.closed(binding, pair, sender, signal, signal.detail as CloseDetail)
        break
      case SignalKind.Noted:
        session.mark(time, 'other', sender, -1, row, (signal.detail as { message: string }).message)
        break
    }
  }

  private opened(binding: Binding, pair: Pair, sender: End, signal: Signal, d: OpenDetail): void {
    const { session } = binding
    const { time, row } = signal
    identify(session, sender, d.sender)
    identify(session, (1 - sender) as End, d.receiver)
    const first = session.markCount === 0
    // Only the peer, or data, puts a binding in force; never the end that asked for it.
    if (signal.kind === SignalKind.Opened && (sender === 1 || d.message === 'data')) {
      // Whoever was bound before the capture began is bound already.
      establish(session, pair, sender, signal, openedText(session, d))
    } else if (first) session.mark(time, 'opened', sender, pair.index, row, `${d.message} sent`)
    if (!live(binding)) {
      session.state = 'established'
      session.closed = null
      session.mark(time, 'opened', sender, pair.index, row, `${d.message}: taken over from the gateway that gave it up`)
    }
    if (binding.anchor < 0 && first)
      // The correspondent stays where it is: its address is identifier and locator.
      addLocator(session, 1, pair.way.ends[1], 'initial', d.message, 'A1', time, row)
    const answers = signal.kind === SignalKind.Opened && d.message !== 'data' && session.claims.length === 0
    if (session.midCapture && answers) boundBefore(binding, pair.way.ends[0], signal, d.message)
  }

  /** Prefixes that come to a mobile router's binding later. */
  private prefixes(session: MultiSession, sender: End, d: ClaimDetail): void {
    if (d.prefixes === undefined || d.prefixes.length === 0) return
    if (session.protocol === 'mipv6' && session.state === 'opening') session.protocol = 'nemo'
    if (session.state === 'opening')
      identify(
        session,
        sender,
        d.prefixes.map((value) => ({ kind: 'network-prefix', value })),
      )
  }

  private closed(binding: Binding, pair: Pair, sender: End, signal: Signal, d: CloseDetail): void {
    const { session } = binding
    if (!live(binding) || d.authentication === 'AX') return
    // A gateway gives up its own part; the node is with another one already, or will be in a moment.
    if (session.endpoints[0].locators.some((l) => l.removed === null)) {
      session.mark(signal.time, 'withdrawn', sender, pair.index, signal.row, `${d.message}: another binding stays`)
      return
    }
    if (session.protocol === 'pmipv6') binding.heldUntil = signal.time + HANDOVER
    this.close(binding, pair, sender, signal, d.message)
  }

  private close(binding: Binding, pair: Pair, sender: End, signal: Signal, why: string): void {
    binding.session.mark(signal.time, 'closed', sender, pair.index, signal.row, `${why}: the binding has ended`)
    end(binding, why, signal.time)
  }

  // ------------------------------------------------------------------ data

  private payload(signal: Signal, outcome: PacketOutcome): void {
    const { context, token } = signal
    const own = this.bound(context)
    const optimised = own !== undefined && own.anchor < 0 && live(own) ? own : undefined
    if (token === 0) {
      // Data of a binding that has run out shows that it is used on.
      if (own !== undefined && own.anchor < 0 && (live(own) || own.session.closedWhy === EXPIRED)) this.straight(own, signal, outcome)
      return
    }
    const registration = this.bound(token)
    if (registration === undefined || registration.anchor < 0) return
    if (optimised !== undefined) this.detour(optimised, registration, signal, outcome)
    else {
      this.through(registration, signal, outcome)
      if (outcome.session !== null && this.tunnelled.get(context) !== token) this.inTunnel(context, token)
    }
  }

  private inTunnel(context: number, carrier: number): void {
    if (this.tunnelled.size >= MAX_TUNNELLED) this.registry.flows.forgotten.clear(this.tunnelled, 'tunnels of mobile bindings')
    this.tunnelled.set(context, carrier)
  }

  /** With a home address option or a routing header of type 2. */
  private straight(binding: Binding, signal: Signal, outcome: PacketOutcome): void {
    const sender = senderOf(binding, signal)
    const pair = pairBetween(binding.session, this.registry.flows, signal, sender)
    if (pair !== null) carry(binding, pair, sender, signal, outcome, 'direct')
  }

  /** Through the tunnel of a registration, though the binding at the correspondent is up. */
  private detour(binding: Binding, registration: Binding, signal: Signal, outcome: PacketOutcome): void {
    const { flows } = this.registry
    const out = flows.receiver(signal.flow, signal.direction) === registration.anchor
    const careOf = out ? flows.sender(signal.flow, signal.direction) : flows.receiver(signal.flow, signal.direction)
    const sender = senderOf(binding, signal)
    const mobile = (out ? sender : 1 - sender) as End
    const other = binding.session.paths[0]?.ends[1 - mobile]
    if (other === undefined) return
    const ends: [number, number] = mobile === 0 ? [careOf, other] : [other, careOf]
    const pair = pairBetween(binding.session, flows, signal, sender, ends)
    if (pair === null) return
    boundAtHome(binding, registration, mobile, careOf, pair.path, signal.time)
    carry(binding, pair, sender, signal, outcome, 'tunnel')
    this.registry.link(binding.session.number, registration.session.number)
  }

  private through(registration: Binding, signal: Signal, outcome: PacketOutcome): void {
    const { flows } = this.registry
    const sender: End = flows.sender(signal.flow, signal.direction) === registration.anchor ? 1 : 0
    const pair = pairBetween(registration.session, flows, signal, sender)
    if (pair !== null) carry(registration, pair, sender, signal, outcome, 'tunnel')
  }

  // ------------------------------------------------------------------ time

  sweep(now: number): void {
    if (this.dropped !== this.registry.dropped) {
      this.dropped = this.registry.dropped
      this.registry.forgetGone(this.bindings, (binding) => binding.session)
    }
    for (const binding of this.bindings.values()) {
      const { session } = binding
      if (!live(binding)) continue
      if (session.state === 'opening') {
        if (now - session.last < HANDSHAKE_IDLE) continue
        session.state = 'failed'
        session.closed = session.last
        session.closedWhy = binding.refused === null ? '' : `its refusal${binding.refused === '' ? '' : `: ${binding.refused}`}`
      } else if (binding.leaving !== null && now - binding.leaving.time > LEFT) this.leave(binding, binding.leaving)
      else if (now > binding.expires + OVER && now - session.last > OVER) this.expire(binding, Math.max(binding.expires, session.last))
      else if (binding.expires === Number.POSITIVE_INFINITY && now - session.last > IDLE) this.expire(binding, session.last)
    }
  }

  /** Given back without an answer, and no data since: an update that wants none is in force at once. */
  private leave(binding: Binding, claim: PendingClaim): void {
    binding.leaving = null
    release(binding, claim, claim.row)
    if (binding.session.endpoints[0].locators.some((l) => l.removed === null)) return
    binding.session.mark(claim.time, 'closed', 0, claim.pair, claim.row, `${claim.message}: the binding has ended`)
    end(binding, claim.message, claim.time)
  }

  private expire(binding: Binding, time: number): void {
    const { session } = binding
    session.mark(time, 'closed', -1, -1, -1, 'the binding ran out without being renewed')
    end(binding, EXPIRED, time)
  }
}

const EXPIRED = 'the binding ran out'

/** The dissector numbers the ends of a pair by who was seen first; the session's initiator is the mobile end. */
function senderOf(binding: Binding, signal: Signal): End {
  return (signal.side === binding.side ? 0 : 1) as End
}

function identify(session: MultiSession, at: End, list: OpenDetail['sender']): void {
  const endpoint = session.endpoints[at]
  for (const { kind, value } of list) {
    const { identifiers } = endpoint
    // A prefix of 0 asks the anchor for one.
    if (kind === 'network-prefix' && value.startsWith('::/')) continue
    if (identifiers.length < 64 && !identifiers.some((i) => i.kind === kind && i.value === value)) endpoint.identify({ kind, value })
  }
}

function establish(session: MultiSession, pair: Pair, sender: End, signal: Signal, words: string): void {
  if (pair.state === 'opening') pair.state = 'active'
  if (session.state !== 'opening') return
  session.state = 'established'
  session.mark(signal.time, 'opened', sender, pair.index, signal.row, words)
}

function openedText(session: MultiSession, d: OpenDetail): string {
  if (!session.midCapture) return d.message === 'data' ? 'data follows: the binding is in force' : `${d.message}: the binding is in force`
  return 'already bound when the capture began'
}
