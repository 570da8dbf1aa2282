/**
 * Fills the book from signals and calls the rules: what takes signals of a protocol and kind is chosen once, so that a signal meets only the
 * rules that want it. Cost for a payload packet of a context with nothing suspicious: three look-ups in arrays (the ordinal of its context,
 * whether this flow was judged for it, when the binding of its receiver runs out) and one write; nothing is allocated. A flow is harmless to a
 * context once the locator that it goes to has been proven (threats.md 0.3).
 */
import type { IcmpDetail, OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { DATA_ACKNOWLEDGED, findLocator } from '../../locators.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { COPY } from '../../same-frame.ts'
import { roomFor } from '../places.ts'
import type { Surroundings, Taker } from '../watch.ts'
import { type Context, ContextBook, type Located, type Locators, locate, NEVER, verify } from './book.ts'
import { Claimants } from './claimants.ts'
import { DirectFlood } from './direct-flood.ts'
import { FlowTimes } from './flow-times.ts'
import { Looks } from './looks.ts'
import { longestProof } from './outlived.ts'
import type { Claimant, ContextRule, RuleMaker, Seen, Tools } from './rule.ts'
import { SharedSources } from './shared-sources.ts'
import { TcpAcknowledgements } from './tcp-acks.ts'
import { type Ground, type Update, updateOf } from './updates.ts'

/** how soon a locator whose binding has run out is looked at again */
const LOOK_AGAIN = 10e9

/** Protocols whose dissectors number identifier pairs. */
const NUMBERED = new Set([
  SignalProtocol.Hip,
  SignalProtocol.Shim6,
  SignalProtocol.Mip6,
  SignalProtocol.Ilnp,
  SignalProtocol.Lisp,
  SignalProtocol.Ikev2,
  SignalProtocol.Quic,
])
const isNumbered = Array.from({ length: 64 }, (_, protocol) => NUMBERED.has(protocol))

export class Tracker implements Tools, Ground {
  readonly book: ContextBook
  readonly flows
  readonly registry
  readonly world
  readonly site
  readonly interfaces
  readonly ledger
  readonly hops
  readonly homes
  readonly visibility
  readonly limits
  private readonly rules: ContextRule[]
  private readonly looks: Looks
  private readonly floods: DirectFlood
  private readonly shared: SharedSources
  private readonly acks: TcpAcknowledgements
  private readonly seen = { signal: null as unknown as Signal, session: null, context: null, side: -1, source: -1, destination: -1 } as Seen
  private readonly times = new FlowTimes()
  /** by address: when the first binding to it that is known to run out does */
  private expires = new Float64Array(4096).fill(NEVER)
  readonly claimants = new Claimants()
  /** LISP and others whose claims belong to no context name the locator when it is used */
  resolve: ((context: Context, end: End, address: number, signal: Signal) => Located | null) | null = null

  constructor(around: Surroundings, makers: readonly RuleMaker[]) {
    this.flows = around.flows
    this.book = new ContextBook(around.flows.forgotten, (context) => this.claimants.forget(context))
    this.registry = around.registry
    this.world = around.world
    this.site = around.site
    this.interfaces = around.interfaces
    this.ledger = around.ledger
    this.limits = around.limits
    this.hops = around.hops
    this.homes = around.homes
    this.visibility = around.visibility
    this.floods = new DirectFlood(this)
    this.shared = new SharedSources(this)
    this.acks = new TcpAcknowledgements(this)
    this.rules = [...makers.map((make) => make(this)), this.floods]
    this.looks = new Looks(this.rules)
  }

  claimedBy(address: number): readonly Claimant[] {
    return this.claimants.of(address)
  }

  /** What takes signals of a protocol and kind; null: nothing does. */
  taker(protocol: SignalProtocol, kind: SignalKind): Taker | null {
    if (kind === SignalKind.Payload) return this.payloadTaker(protocol)
    if (kind === SignalKind.Acknowledged) {
      if (protocol === SignalProtocol.Tcp) return (signal, session) => session === null && this.acks.acknowledged(signal)
      const counted = protocol === SignalProtocol.Sctp || protocol === SignalProtocol.Mptcp
      return counted ? (signal, session, sender) => this.acknowledged(signal, session, sender) : null
    }
    const opening = kind === SignalKind.Opening
    // A protocol that no rule asks for has no contexts.
    if (!this.looks.knows(protocol)) return opening ? (signal) => this.opening(signal) : null
    if (kind === SignalKind.IcmpError) return (signal, session, sender) => this.error(signal, session, sender)
    const update = updateOf(this, protocol, kind)
    if (isNumbered[protocol]) return (signal, session) => this.ofNumbered(signal, session, update, opening)
    if (protocol === SignalProtocol.Sctp) return (signal, session, sender) => this.ofAssociation(signal, session, sender, update, opening)
    if (protocol === SignalProtocol.Mptcp && (opening || kind === SignalKind.Opened))
      return (signal, session, sender) => this.ofConnection(signal, session, sender, opening)
    if (this.looks.wanted(protocol, kind)) return (signal, session, sender) => this.withoutContext(signal, session, sender, opening)
    return opening ? (signal) => this.opening(signal) : null
  }

  private payloadTaker(protocol: SignalProtocol): Taker | null {
    if (isNumbered[protocol]) return (signal, session) => this.numbered(signal, session)
    switch (protocol) {
      case SignalProtocol.Sctp:
        return (signal, session, sender) => this.ofSession(signal, session, sender)
      case SignalProtocol.Tcp:
        return (signal) => this.acks.waits && this.acks.sent(signal)
      case SignalProtocol.Udp:
        return (signal) => this.floods.count(signal.flow, signal.direction, signal.time, signal.row)
      case SignalProtocol.Wireguard:
        return (signal) => void this.shared.packet(signal)
      case SignalProtocol.Esp:
        return (signal, session) => this.shared.packet(signal) && this.strange(signal, session)
      default:
        return null
    }
  }

  private opening(signal: Signal): void {
    if (signal.flow >= 0) this.floods.count(signal.flow, signal.direction, signal.time, signal.row)
  }

  private acknowledged(signal: Signal, session: MultiSession | null, sender: End | -1): void {
    if (session === null || sender < 0) return
    const sctp = session.protocol === 'sctp'
    if (!sctp && (session.protocol !== 'mptcp' || signal.space !== UnitSpace.Dsn)) return
    const caring = this.looks.caringFor(signal, session, sender as End)
    if (caring === 0) return
    this.fill(signal, session, this.book.ofSession(session.number) ?? null, sender)
    this.looks.acknowledged(this.seen, caring)
  }

  sweep(now: number, final: boolean): void {
    for (const rule of this.rules) rule.sweep?.(now, final)
    this.times.sweep(now)
  }

  // ------------------------------------------------------------------ payload

  /** Payload of a context that its dissector numbers. */
  private numbered(signal: Signal, session: MultiSession | null): void {
    const { protocol, side } = signal
    const number = numberOf(signal)
    if (number === 0) {
      this.strange(signal, session)
      return
    }
    if (signal.flow < 0 || side < 0 || this.harmless(signal, this.book.openNumbered(protocol, number))) return
    this.judge(signal, session, this.book.numbered(protocol, number) ?? this.begin(signal, session), side as End)
  }

  /** Payload of a context that is known by its session. */
  private ofSession(signal: Signal, session: MultiSession | null, sender: End | -1): void {
    if (session === null) {
      this.strange(signal, session)
      return
    }
    if (signal.flow < 0 || sender < 0 || this.harmless(signal, this.book.openOf(session.number))) return
    this.judge(signal, session, this.book.ofSession(session.number) ?? this.begin(signal, session), sender as End)
  }

  /** Notes the packet. Was its flow found harmless to this context, and does the binding of its receiver still hold? */
  private harmless(signal: Signal, ordinal: number): boolean {
    const { flow, direction, time } = signal
    const judged = this.times.data(flow * 2 + direction, time)
    return ordinal > 0 && judged === ordinal && time <= this.expiresAt(this.flows.receiver(flow, direction))
  }

  private expiresAt(address: number): number {
    return address >= 0 && address < this.expires.length ? (this.expires[address] as number) : NEVER
  }

  private strange(signal: Signal, session: MultiSession | null): void {
    this.fill(signal, session, null, -1)
    this.looks.stranger(this.seen)
  }

  private begin(signal: Signal, session: MultiSession | null): Context {
    const { kind, protocol } = signal
    const number = isNumbered[protocol] ? numberOf(signal) : 0
    const handshake =
      kind === SignalKind.Opening || kind === SignalKind.Opened || kind === SignalKind.Probed || kind === SignalKind.ProbeAnswered
    const late = session !== null && number === 0 ? session.midCapture : !handshake
    return this.book.get(protocol, number, session === null ? -1 : session.number, late)
  }

  /** Payload that could matter. */
  private judge(signal: Signal, session: MultiSession | null, context: Context, end: End): void {
    const at = signal.flow * 2 + signal.direction
    const source = this.flows.sender(signal.flow, signal.direction)
    const destination = this.flows.receiver(signal.flow, signal.direction)
    const peer = (1 - end) as End
    if (context.established < 0) this.settle(context, session, signal.time)
    let from = context.sides[end].locators.get(source)
    const fresh = from === undefined || !from.isHeard
    if (from === undefined) from = this.resolve?.(context, end, source, signal) ?? this.observe(context, end, source, signal) ?? undefined
    let to = context.sides[peer].locators.get(destination)
    if (to === undefined)
      to = this.resolve?.(context, peer, destination, signal) ?? this.observe(context, peer, destination, signal) ?? undefined
    if (from === undefined || to === undefined) return
    from.heardOn(at)
    if (session !== null) this.fromSession(session, context, peer, to)
    to.firstTo = to.firstTo < 0 ? signal.time : to.firstTo
    // A frame that was captured twice is neither a packet more nor one that was sent again.
    const copy = signal.unit === to.lastUnit && signal.time - to.lastTo < COPY
    to.lastTo = signal.time
    if (copy) return
    to.packetsTo++
    to.bytesTo += signal.bytes
    if (to.verifiedAt === NEVER && to.how !== 'initial')
      to.unverified(
        signal.time,
        signal.row,
        signal.bytes,
        signal.unit,
        signal.span,
        signal.space !== UnitSpace.Datagram,
        this.limits.floodWindow,
      )
    else this.times.judged(at, context.ordinal)
    const most = longestProof(signal.protocol)
    if (most !== NEVER && this.expiresAt(destination) === NEVER) this.expire(destination, signal.time + most)
    this.fill(signal, session, context, end)
    this.looks.payload(this.seen, from, to, fresh)
    if (signal.time > this.expiresAt(destination))
      this.expires[destination] = to.expiresAt > signal.time && most === NEVER ? to.expiresAt : signal.time + LOOK_AGAIN
  }

  /** An address that carries payload though nobody claimed it. What was in use when the capture or context began counts as known. */
  private observe(context: Context, end: End, address: number, signal: Signal): Located | null {
    const first = context.established < 0 || context.sides[end].locators.size === 0
    const located = locate(context, end, address, first ? 'initial' : 'observed', 'data', 'A1', signal, -1)
    if (located !== null && located.how === 'observed') this.watch(context, end, located)
    return located
  }

  /** A context is up when its session says so, or data goes both ways. */
  private settle(context: Context, session: MultiSession | null, time: number): void {
    const up = session !== null && context.number === 0 ? session.state !== 'opening' : false
    if (up || (anyFrom(context.sides[0].locators) && anyFrom(context.sides[1].locators))) this.establish(context, time)
  }

  establish(context: Context, time: number): void {
    if (context.established >= 0) return
    context.established = time
    for (const side of context.sides)
      for (const located of side.locators.values()) if (located.how === 'initial') verify(located, 'handshake', time)
  }

  /** What the session itself holds for verified (heartbeats, acknowledgements of data sent there). */
  fromSession(session: MultiSession, context: Context, end: End, located: Located): void {
    if (located.verifiedAt !== NEVER || context.number > 0) return
    const known = findLocator(session, end, located.address, true)
    if (known !== null && known.verified !== null && known.verifiedHow !== DATA_ACKNOWLEDGED)
      this.proven(context, located, known.verifiedHow ?? 'verified', known.verified)
    else if (located.firstTo >= 0)
      // Where each frame was captured twice there is no round trip to learn, but data arrives.
      for (const pair of session.pairs)
        if (
          pair.way.ends[end] === located.address &&
          (pair.rtt !== null || session.directions[(1 - end) as End].lastOn(pair.path) >= located.firstTo)
        ) {
          this.proven(context, located, 'data sent there was acknowledged', session.last)
          for (const rule of this.rules) rule.acknowledgedOnly?.(context, end, located, session, session.last)
          return
        }
  }

  // ------------------------------------------------------------------ columns

  lastAt(at: number): number {
    return this.times.lastAt(at)
  }

  payloadAt(at: number): number {
    return this.times.dataAt(at)
  }

  watch(context: Context, end: End, located: Located): void {
    this.claimants.watch(context, end, located)
  }

  proven(context: Context, located: Located, how: string, time: number): void {
    verify(located, how, time)
    this.claimants.unwatch(context, located.address)
  }

  /** The binding to an address runs out then. */
  expire(address: number, time: number): void {
    this.expires = roomFor(this.expires, address, NEVER)
    const known = this.expires[address] as number
    if (time < known) this.expires[address] = time
  }

  // ------------------------------------------------------------------ control

  private fill(signal: Signal, session: MultiSession | null, context: Context | null, side: End | -1): void {
    const { seen } = this
    seen.signal = signal
    seen.session = session
    seen.context = context
    seen.side = side
    seen.source = signal.flow < 0 ? -1 : this.flows.sender(signal.flow, signal.direction)
    seen.destination = signal.flow < 0 ? -1 : this.flows.receiver(signal.flow, signal.direction)
  }

  /** A signal of a context that its dissector numbers. */
  private ofNumbered(signal: Signal, session: MultiSession | null, update: Update | null, opening: boolean): void {
    if (opening) this.opening(signal)
    this.control(signal, session, signal.context > 0 ? this.begin(signal, session) : null, signal.side, update)
    this.looks.control(this.seen)
  }

  /** A signal of a context that is known by its session. */
  private ofAssociation(signal: Signal, session: MultiSession | null, sender: End | -1, update: Update | null, opening: boolean): void {
    if (opening) this.opening(signal)
    this.control(signal, session, session === null ? null : this.begin(signal, session), sender, update)
    if (session === null) this.looks.stranger(this.seen)
    this.looks.control(this.seen)
  }

  private control(signal: Signal, session: MultiSession | null, context: Context | null, side: number, update: Update | null): void {
    this.fill(signal, session, context, side as End | -1)
    if (context === null || side < 0) return
    this.heardFrom(context, side as End, this.seen.source, signal)
    if (update !== null) update(this.seen, context, side as End)
  }

  private withoutContext(signal: Signal, session: MultiSession | null, sender: End | -1, opening: boolean): void {
    if (opening) this.opening(signal)
    this.fill(signal, session, null, sender)
    this.looks.control(this.seen)
  }

  private ofConnection(signal: Signal, session: MultiSession | null, sender: End | -1, opening: boolean): void {
    if (opening) this.opening(signal)
    this.fill(signal, session, null, sender)
    if ((signal.detail as OpenDetail).joinToken === null) this.looks.first(this.seen)
    else this.looks.control(this.seen)
  }

  private error(signal: Signal, session: MultiSession | null, sender: End | -1): void {
    this.fill(signal, session, null, sender)
    this.icmp(signal)
    this.looks.control(this.seen)
  }

  private heardFrom(context: Context, side: End, source: number, signal: Signal): void {
    if (signal.flow < 0) return
    const at = signal.flow * 2 + signal.direction
    this.times.control(at, signal.time)
    context.sides[side].locators.get(source)?.heardOn(at)
  }

  /** An error about a packet that went to a watched locator. */
  private icmp(signal: Signal): void {
    if (signal.flow < 0) return
    const detail = signal.detail as IcmpDetail
    const target = this.flows.receiver(signal.flow, signal.direction)
    this.claimants.rejected(target, null, signal.time, signal.row, detail.message, detail.reporter === target)
  }
}

/** What a dissector numbered: in Mobile IPv6 the binding that the packet names, else the pair of ends. */
function numberOf(signal: Signal): number {
  return signal.protocol === SignalProtocol.Mip6 && signal.token > 0 ? signal.token : signal.context
}

function anyFrom(locators: Locators): boolean {
  for (const located of locators.values()) if (located.isHeard) return true
  return false
}
