/**
 * The analysis: signals in, in time order, report objects out. Pure: no file, no clock, no process.
 * It hands each signal to the contexts of its protocol, decides moves when their confirmation window has passed, and answers questions at any
 * moment. Cost: a switch and a few column writes for a packet of a plain session, nothing allocated.
 */
import type { CloseDetail, IcmpDetail, NameDetail, OpenDetail } from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { Answers } from './answers.ts'
import { DueQueue } from './due-queue.ts'
import { addEvidence } from './evidence.ts'
import { HomeAddresses } from './findings/home-addresses.ts'
import { HopBaseline } from './findings/hop-baseline.ts'
import { givenThresholds, thresholds } from './findings/thresholds.ts'
import { Visibility } from './findings/visibility.ts'
import { Watches } from './findings/watches.ts'
import { carryingAt, pairOf } from './locators.ts'
import type { End } from './model.ts'
import { SECOND } from './model.ts'
import { settle } from './moves.ts'
import type { MultiSession } from './multi-session.ts'
import { overtaken } from './overtaken.ts'
import { markNamed } from './recognisers/named-locators.ts'
import { TcpAgility } from './recognisers/tcp-agility.ts'
import { nextDue } from './rehoming.ts'
import type { Outer } from './sessions/carried-flows.ts'
import type { Contexts, PacketOutcome } from './sessions/contexts.ts'
import { FAMILIES } from './sessions/families.ts'
import { InnerFlows } from './sessions/inner-flows.ts'
import { LightFlag } from './sessions/light.ts'
import { MptcpContexts } from './sessions/mptcp.ts'
import { Reestablishment } from './sessions/reestablish.ts'
import { SctpContexts } from './sessions/sctp.ts'
import { onLightIcmp, onTcp, type TcpOutcome } from './sessions/tcp.ts'
import { TcpContexts } from './sessions/tcp-joined.ts'
import { onUdp, TwinTable } from './sessions/udp.ts'
import { UdpContexts } from './sessions/udp-joined.ts'
import { icmpWhat, saysPortClosed } from './triggers/icmp.ts'
import { type Analyzer, type AnalyzerOptions, type LinkEvent, RowFlag } from './types.ts'

/** what the site model is told of a log that grows: beyond it only the triggers hear of events */
const MAX_LINK_EVENTS = 200_000
const SWEEP = 10 * SECOND

export function createAnalyzer(options: AnalyzerOptions): Analyzer {
  return new Analysis(options)
}

class Analysis extends Answers implements Analyzer {
  rowFlags: number = RowFlag.None
  private readonly sctp: SctpContexts
  private readonly mptcp: MptcpContexts
  private readonly udp: UdpContexts
  private readonly joinedTcp: TcpContexts
  private readonly agility: TcpAgility
  /** the signal at hand is of a packet inside another session's */
  private inside = false
  private readonly twins = new TwinTable()
  private readonly reestablishment = new Reestablishment()
  private readonly light: TcpOutcome = { retransmitted: false, swapped: false, fresh: -1, index: -1 }
  private readonly packet: PacketOutcome = { retransmitted: false, session: null, sender: -1 }
  /** every family's contexts once, and the same by signal protocol */
  private readonly families: Contexts[]
  private readonly byProtocol: (Contexts | undefined)[] = []
  private readonly watches: Watches
  /** the packet whose outer headers belong to a session of a family, and that session: what is inside travels in it */
  private carrierRow = -1
  private outer: Outer = { session: -1, flow: -1, direction: 0, sender: 0 }
  private spare: Outer = { session: -1, flow: -1, direction: 0, sender: 0 }
  /** the same session when transports inside it run between its identifiers */
  private between: MultiSession | null = null
  private readonly inner: InnerFlows
  private readonly pending = new DueQueue<MultiSession>()
  private moves = 0
  private swept = 0

  constructor(options: AnalyzerOptions) {
    super(options)
    this.sctp = new SctpContexts(this.registry)
    this.mptcp = new MptcpContexts(this.registry)
    this.udp = new UdpContexts(this.registry)
    this.joinedTcp = new TcpContexts(this.registry)
    this.agility = new TcpAgility(this.registry, this.joinedTcp)
    this.inner = new InnerFlows(this.registry)
    this.families = [this.mptcp, this.sctp, this.joinedTcp]
    for (const family of FAMILIES) {
      const contexts = family.make(this.registry)
      this.families.push(contexts)
      for (const protocol of family.protocols) this.byProtocol[protocol] = contexts
    }
    const { flows, interfaces } = options
    this.watches = new Watches({
      flows,
      registry: this.registry,
      world: this.world,
      site: this.site_,
      interfaces,
      ledger: this.ledger,
      hops: new HopBaseline(),
      homes: new HomeAddresses(this.registry),
      visibility: new Visibility(flows, interfaces),
      limits: thresholds(givenThresholds(options.site?.thresholds ?? {})),
    })
  }

  // ------------------------------------------------------------------ signals

  emit(signal: Signal): void {
    if (signal.time > this.now) this.now = signal.time
    if (signal.time >= this.pending.earliest) this.decide(signal.time, false)
    if (signal.time - this.swept > SWEEP) this.sweep(signal.time, false)
    const { packet } = this
    packet.session = null
    packet.sender = -1
    const { flow, direction } = signal
    const inside = signal.row === this.carrierRow && flow >= 0
    this.inside = inside
    if (inside && this.between !== null && isTransport(signal.protocol)) this.inner.place(this.between, this.outer.sender, signal)
    this.take(signal)
    if (inside) this.registry.link(this.registry.sessionOfFlow(signal.flow), this.outer.session)
    signal.flow = flow
    signal.direction = direction
    this.watches.on(signal, packet.session, packet.sender)
  }

  packetDone(row: number, flow: number, direction: number, time: number): void {
    if (row === this.carrierRow) this.travelled(flow, direction, time, this.outer)
  }

  /** A packet of the flow was inside one of a session: all but what that session counts as its own. */
  private travelled(flow: number, direction: number, time: number, outer: Outer): void {
    const { registry } = this
    if (flow === outer.flow || registry.sessionOfFlow(flow) === outer.session) return
    this.rowFlags |= RowFlag.Carried
    registry.carried.note(flow, direction, time, outer)
  }

  private take(signal: Signal): void {
    switch (signal.protocol) {
      case SignalProtocol.Tcp:
        if (this.mptcp.owns(signal.flow) && !this.newFlow(signal)) this.multi(signal, this.mptcp)
        else this.tcp(signal)
        break
      case SignalProtocol.Udp:
        this.datagram(signal)
        break
      case SignalProtocol.Mptcp:
        this.multi(signal, this.mptcp)
        break
      case SignalProtocol.Sctp:
        this.multi(signal, this.sctp)
        break
      default: {
        const contexts = this.byProtocol[signal.protocol]
        if (contexts === undefined) this.outside(signal)
        else this.family(signal, contexts)
      }
    }
  }

  private family(signal: Signal, contexts: Contexts): void {
    this.multi(signal, contexts)
    const { session } = this.packet
    if (session === null) return
    const { outer } = this
    if (signal.row === this.carrierRow) {
      if (this.registry.multiOf(outer.session)?.mergedInto !== session.number) this.registry.link(session.number, outer.session)
      if (session.number !== outer.session) this.travelled(signal.flow, signal.direction, signal.time, outer)
    }
    this.carrierRow = signal.row
    this.outer = this.spare
    this.spare = outer
    this.outer.session = session.number
    this.outer.flow = signal.flow
    this.outer.direction = signal.direction
    this.outer.sender = this.packet.sender === 1 ? 1 : 0
    this.between = this.packet.sender >= 0 && (session.protocol === 'shim6' || session.protocol === 'ilnp') ? session : null
  }

  /** A plain SYN on a flow that an MPTCP session had: ports used again. */
  private newFlow(signal: Signal): boolean {
    if (signal.kind !== SignalKind.Opening || (signal.detail as OpenDetail).step !== 1) return false
    const session = this.registry.multiOf(this.registry.sessionOfFlow(signal.flow))
    return session !== null && (session.state === 'closed' || session.state === 'failed')
  }

  private tcp(signal: Signal): void {
    if (this.joinedTcp.any && this.registry.multiOf(this.registry.sessionOfFlow(signal.flow))?.protocol === 'tcp') {
      if (this.agility.active) this.agility.note(signal)
      this.multi(signal, this.joinedTcp)
      return
    }
    const outcome = this.light
    outcome.retransmitted = false
    onTcp(this.registry, signal, outcome)
    if (outcome.retransmitted) this.rowFlags |= outcome.swapped ? RowFlag.OutOfOrder : RowFlag.Retransmission
    if (outcome.index >= 0 && (signal.kind === SignalKind.Opening || signal.kind === SignalKind.Opened))
      this.parallel.on(signal, outcome.index, this.world)
    const midCapture = outcome.fresh >= 0 && this.registry.light.has(outcome.fresh, LightFlag.MidCapture)
    // What travels inside a session that keeps identifiers of its own is that session's move.
    if (midCapture && !this.inside) this.agility.met(signal)
    if (this.agility.active) this.joined(this.agility.note(signal))
    if (outcome.fresh >= 0 && !midCapture)
      this.reestablishment.opened(this.registry, this.world, outcome.fresh, signal.time, signal.hopLimit)
  }

  /** A connection goes on over another pair: what it did there is known by now, and may be a move. */
  private joined(session: MultiSession | null): void {
    if (session === null) return
    this.packet.session = session
    this.hint(session)
    if (session.paths.length > session.pathsLooked) this.furtherPaths(session)
    this.queue(session)
  }

  /** The session has a pair that it had not: was its address spoken of before? */
  private furtherPaths(session: MultiSession): void {
    const added = session.pairs[session.pairs.length - 1]?.openedAt ?? this.now
    markNamed(this.registry, session, session.pathsLooked, added)
    session.pathsLooked = session.paths.length
  }

  private queue(session: MultiSession): void {
    if (session.candidatesOpened === session.candidatesQueued) return
    session.candidatesQueued = session.candidatesOpened
    const due = nextDue(session)
    if (due !== Number.POSITIVE_INFINITY) this.pending.add(due, session)
  }

  private datagram(signal: Signal): void {
    if (signal.kind === SignalKind.Payload && this.registry.lightOf(this.registry.sessionOfFlow(signal.flow)) < 0) {
      const joined = this.registry.multiOf(this.registry.sessionOfFlow(signal.flow))
      if (joined !== null && joined.protocol === 'udp') {
        this.multi(signal, this.udp)
        return
      }
    }
    onUdp(this.registry, signal, this.light)
    const other = this.twins.look(this.registry, signal)
    if (other >= 0) this.udp.join(other, signal.flow, signal.time, signal.row)
  }

  private multi(signal: Signal, contexts: Pick<Contexts, 'on'>): void {
    const outcome = this.packet
    outcome.retransmitted = false
    contexts.on(signal, outcome)
    const { session, sender } = outcome
    if (outcome.retransmitted) this.rowFlags |= RowFlag.Retransmission
    else if (session !== null && signal.kind === SignalKind.Payload && sender >= 0 && overtaken(signal, session, sender as End))
      this.rowFlags |= RowFlag.OutOfOrder
    if (session === null) return
    if (session.news) this.news(session)
    if (signal.kind === SignalKind.Opening) {
      if (session.hintedEnd < 0 && session.pairs.length > 0) this.hint(session)
    } else if (signal.kind === SignalKind.Closed && (session.state === 'closed' || session.state === 'failed')) {
      if (session.lanes !== null || session.directions[0].candidates.length + session.directions[1].candidates.length > 0)
        this.settle(session, signal.time, true)
      else session.release()
    }
  }

  /** What the packet at hand brought for the session: a path that it had not, or a candidate to be decided. */
  private news(session: MultiSession): void {
    session.news = false
    if (session.paths.length > session.pathsLooked) this.furtherPaths(session)
    this.queue(session)
  }

  /** Which end is the capturing host's by its addresses, for captures whose hop limits do not tell. */
  private hint(session: MultiSession): void {
    const path = session.paths[0]
    if (path === undefined) return
    if (!this.world.knowsOwn) return
    const own = path.ends.map((a) => this.world.isOwn(this.options.flows.addresses.text(a)))
    if (own[0] !== own[1]) session.hintedEnd = own[0] ? 0 : 1
    else if (own[0]) session.hintedEnd = 2
  }

  private outside(signal: Signal): void {
    switch (signal.kind) {
      case SignalKind.IcmpError:
        this.icmp(signal)
        break
      case SignalKind.Routing:
        this.world.onRouting(signal)
        this.site_.signal(signal, this.options.flows)
        break
      case SignalKind.Neighbour:
        this.world.onNeighbour(signal)
        this.site_.signal(signal, this.options.flows)
        break
      case SignalKind.Link:
        this.world.onLink(signal)
        break
      case SignalKind.Leased:
        this.world.onNetwork(signal)
        this.site_.delegated(signal)
        break
      case SignalKind.Named:
        this.parallel.named(signal.detail as NameDetail)
        break
      case SignalKind.Closed:
        if (signal.protocol === SignalProtocol.Bgp) this.peeringEnded(signal)
        break
      case SignalKind.Routed:
      case SignalKind.Gateway:
      case SignalKind.Liveness:
        this.world.onNetwork(signal)
        break
    }
  }

  /** A NOTIFICATION: why routes are gone, and why the connection that it was sent on is over. */
  private peeringEnded(signal: Signal): void {
    this.world.onNetwork(signal)
    const { flow, direction, time, row } = signal
    const by = this.options.flows.sender(flow, direction)
    this.registry.say(this.registry.sessionOfFlow(flow), {
      time,
      row,
      by,
      what: 'BGP NOTIFICATION',
      cause: (signal.detail as CloseDetail).cause ?? '',
    })
  }

  private icmp(signal: Signal): void {
    const number = this.registry.sessionOfFlow(signal.flow)
    const index = this.registry.lightOf(number)
    if (index >= 0) onLightIcmp(this.registry, index, signal)
    // An error about a plain packet between the identifiers of a session speaks of that session's path too.
    const session = this.registry.multiOf(index >= 0 ? (this.registry.parents.get(number) ?? -1) : number)
    if (session === null) return
    const detail = signal.detail as IcmpDetail
    const what = icmpWhat(detail)
    const own = pairOf(session, signal.flow)
    // What is quoted travelled in the session: on its path of the moment, when it has just one.
    const pair = own ?? carryingAt(session, signal.time)
    if (what === null || pair === null) return
    const { way } = pair
    // Where both ends have one address, as on loopback, only the direction of the flow tells who sent what is quoted.
    const alike = own !== null && own.flow === signal.flow && way.ends[0] === way.ends[1]
    const sends =
      own === null
        ? way.lastPayload(0) >= way.lastPayload(1)
        : alike
          ? (signal.direction === 0) === own.initiatorIsA
          : this.options.flows.sender(signal.flow, signal.direction) === way.ends[0]
    const by: End = sends ? 0 : 1
    const known = addEvidence(session, {
      class: 'icmp',
      what,
      path: pair.path,
      time: signal.time,
      until: signal.time,
      count: 1,
      by,
      rows: [signal.row],
      text: detail.message,
      ...(saysPortClosed(detail, way.ends[1 - by] as number) ? { portClosed: true } : {}),
    })
    if (known.rows.length === 1)
      session.mark(
        signal.time,
        'icmp',
        by,
        pair.index,
        signal.row,
        `${detail.message}, sent by ${this.options.flows.addresses.text(detail.reporter)}`,
      )
  }

  // ------------------------------------------------------------------ decisions

  private settle(session: MultiSession, now: number, final: boolean): void {
    settle(session, this.options.flows, this.world, now, final, () => this.moves++)
  }

  private decide(now: number, final: boolean): void {
    for (let session = this.pending.take(final ? Number.POSITIVE_INFINITY : now); session !== null; ) {
      this.settle(session, now, final)
      const due = nextDue(session)
      if (due !== Number.POSITIVE_INFINITY && !final) this.pending.add(Math.max(due, now + 1), session)
      session = this.pending.take(final ? Number.POSITIVE_INFINITY : now)
    }
  }

  /** Ends what nothing more is heard of. */
  private sweep(now: number, final: boolean): void {
    this.swept = now
    for (const session of this.agility.sweep(now, final)) this.joined(session)
    for (const contexts of this.families) contexts.sweep(now)
    this.readLinks(now)
    this.watches.sweep(now, final)
  }

  /**
   * Nothing more comes after `time`, that of the last packet. Ticks may have gone further in a live capture: what its file says is decided without
   * them, so that is what counts here.
   */
  finish(time: number): void {
    if (time > this.now) this.now = time
    for (const session of this.agility.sweep(time, true)) this.joined(session)
    this.decide(time, true)
    this.sweep(time, true)
    this.readLinks()
    this.conclude()
  }

  tick(now: number): void {
    if (now > this.now) this.now = now
    this.decide(this.now, false)
    if (this.now - this.swept > SWEEP) this.sweep(this.now, false)
  }

  linkEvents(events: readonly LinkEvent[]): void {
    this.options.hasLinkLog = true
    for (const event of events) if (this.options.linkEvents.length < MAX_LINK_EVENTS) this.options.linkEvents.push(event)
    this.world.onLog(events)
  }

  get moveCount(): number {
    return this.moves
  }
}

function isTransport(protocol: SignalProtocol): boolean {
  return (
    protocol === SignalProtocol.Tcp ||
    protocol === SignalProtocol.Udp ||
    protocol === SignalProtocol.Sctp ||
    protocol === SignalProtocol.Mptcp
  )
}
