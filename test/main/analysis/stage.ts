/** A stage for hand-made signals: addresses, flows and packets in time order, as dissectors would give them to the analysis. */
import { FlowTable } from '../../../dissectors/core/flows.ts'
import { createAnalyzer } from '../../../main/analysis/analyzer.ts'
import type { SiteFile } from '../../../main/analysis/site-file.ts'
import type { Analyzer, AnalyzerInterface, LinkEvent } from '../../../main/analysis/types.ts'
import { macNumber, parseAddress } from '../../../shared/address.ts'
import type { OpenDetail, SignalDetail } from '../../../shared/signal-details.ts'
import { Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'

export const BASE = 1_700_000_000
const IP = { [SignalProtocol.Tcp]: 6, [SignalProtocol.Mptcp]: 6, [SignalProtocol.Udp]: 17, [SignalProtocol.Sctp]: 132 } as Record<
  number,
  number
>

export interface Wire {
  protocol: SignalProtocol
  from: string
  to: string
  fromPort: number
  toPort: number
  /** hop limit as captured: 64 when the sender is the captured host */
  hops?: number
  interface?: number
  /** link-layer sender and receiver, text */
  fromMac?: string
  toMac?: string
  /** it came inside another packet: no hop of the link is its own */
  inner?: boolean
}

/** The same scene, seen in another way. Every stage that is built while one is set takes part. */
export interface Variant {
  /** every frame is captured twice, a microsecond apart */
  twice?: boolean
  /** every address gets another number; a text may hold several */
  renumber?: (text: string) => string
  /** packets that the capture does not have */
  lost?: (wire: { seconds: number; hops: number }) => boolean
}

export class Stage {
  static variant: Variant = {}
  private readonly variant = Stage.variant
  /** what the packet being given consists of, to be given again */
  private again: (() => void)[] = []
  private repeating = false
  private missing = false
  readonly flows = new FlowTable()
  readonly analyzer: Analyzer
  readonly signal = new Signal()
  /** row of the packet being given */
  row = -1
  private time = 0

  constructor(options: { interfaces?: AnalyzerInterface[]; linkEvents?: LinkEvent[]; site?: SiteFile } = {}) {
    this.analyzer = createAnalyzer({
      flows: this.flows,
      baseNanoseconds: BigInt(BASE) * 1_000_000_000n,
      interfaces: this.renumbered(options.interfaces) ?? [
        { id: 0, name: 'upA', addresses: [] },
        { id: 1, name: 'upB', addresses: [] },
      ],
      linkEvents: this.renumbered(options.linkEvents) ?? [],
      hasLinkLog: options.linkEvents !== undefined,
      site: this.renumbered(options.site),
    })
  }

  private renumbered<T>(value: T): T {
    const { renumber } = this.variant
    if (renumber === undefined) return value
    if (typeof value === 'string') return renumber(value) as T
    if (Array.isArray(value)) return value.map((one) => this.renumbered(one)) as T
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.renumbered(one)])) as T
  }

  /** The packet before is over: captured a second time, where that is wanted. */
  private complete(): void {
    const { again } = this
    this.again = []
    this.repeating = true
    for (const act of again) act()
    this.repeating = false
  }

  /** A packet begins. */
  private begin(seconds: number, hops: number, act: (later: number) => void): void {
    if (!this.repeating) this.complete()
    this.missing = this.variant.lost?.({ seconds, hops }) === true
    if (this.variant.twice === true && !this.repeating) this.again = [() => act(0.000001)]
  }

  /** Begins a packet at `seconds`; gives its flow to the signals that follow. */
  packet(seconds: number, wire: Wire, bytes = 100): this {
    this.begin(seconds, wire.hops ?? 64, (later) => this.packet(seconds + later, wire, bytes))
    if (this.missing) return this
    this.row++
    this.time = Math.round(seconds * 1e9)
    const source = parseAddress(this.renumbered(wire.from)) as Uint8Array
    const target = parseAddress(this.renumbered(wire.to)) as Uint8Array
    const memory = new Uint8Array(32)
    memory.set(source, 0)
    memory.set(target, 16)
    const iface = wire.interface ?? 0
    const hops = wire.hops ?? 64
    const size = source.length as 4 | 16
    const flow = this.flows.get(memory, 0, 16, size, IP[wire.protocol] as number, wire.fromPort, wire.toPort, this.row, iface)
    const { direction } = this.flows
    this.flows.count1(flow, direction, bytes, this.time, iface, hops)
    const sourceMac = macNumber(wire.fromMac ?? null)
    const destinationMac = macNumber(wire.toMac ?? null)
    if (wire.inner !== true)
      this.flows.hops.put(flow, direction, this.flows.hops.intern(iface, sourceMac, destinationMac), this.row, this.time)
    Object.assign(this.signal, {
      flow,
      direction,
      hopLimit: hops,
      interface: iface,
      protocol: wire.protocol,
      sourceMac,
      destinationMac,
      segment: 0,
    })
    return this
  }

  /** Begins a packet that belongs to no flow: neighbour and router messages, echo. */
  frame(
    seconds: number,
    on: { interface?: number; hops?: number; fromMac?: string; toMac?: string; protocol?: SignalProtocol; segment?: number } = {},
  ): this {
    this.begin(seconds, on.hops ?? 255, (later) => this.frame(seconds + later, on))
    if (this.missing) return this
    this.row++
    this.time = Math.round(seconds * 1e9)
    Object.assign(this.signal, {
      flow: -1,
      direction: 0,
      hopLimit: on.hops ?? 255,
      interface: on.interface ?? 0,
      protocol: on.protocol ?? SignalProtocol.Neighbour,
      sourceMac: macNumber(on.fromMac ?? null),
      destinationMac: macNumber(on.toMac ?? null),
      segment: on.segment ?? 0,
    })
    return this
  }

  address(text: string): number {
    const bytes = parseAddress(this.renumbered(text)) as Uint8Array
    return this.flows.addresses.intern(bytes, 0, bytes.length as 4 | 16)
  }

  emit(kind: SignalKind, facts: Partial<Omit<Signal, 'gapStart' | 'gapEnd'>> = {}, gaps: [number, number][] = []): this {
    if (this.missing) return this
    if (this.variant.twice === true && !this.repeating) this.again.push(() => this.emit(kind, facts, gaps))
    const keep = {
      flow: this.signal.flow,
      direction: this.signal.direction,
      hopLimit: this.signal.hopLimit,
      interface: this.signal.interface,
      sourceMac: this.signal.sourceMac,
      destinationMac: this.signal.destinationMac,
      segment: this.signal.segment,
    }
    Object.assign(this.signal, {
      token: 0,
      space: UnitSpace.None,
      unit: 0,
      span: 0,
      bytes: 0,
      sub: 0,
      subSpan: 0,
      duplicates: 0,
      ...keep,
      ...facts,
      detail: this.renumbered(facts.detail ?? null),
      kind,
      row: this.row,
      time: this.time,
      gapCount: gaps.length,
    })
    gaps.forEach(([start, end], i) => {
      this.signal.gapStart[i] = start
      this.signal.gapEnd[i] = end
    })
    this.analyzer.emit(this.signal)
    return this
  }

  finish(seconds = this.time / 1e9): void {
    this.complete()
    this.analyzer.finish(Math.round(seconds * 1e9))
  }
}

export function opening(message: string, step: number, more: Partial<OpenDetail> = {}): SignalDetail {
  return {
    message,
    step,
    sender: [],
    receiver: [],
    joinToken: null,
    senderToken: null,
    receiverToken: null,
    initiateTag: null,
    addressId: null,
    backup: false,
    initialUnit: null,
    ...more,
  }
}

/** A packet of a plain TCP connection; `side` 0: its initiator's, captured at that host. */
export const tcpWire = (side: 0 | 1, iface = 0): Wire => ({
  protocol: SignalProtocol.Tcp,
  from: side === 0 ? '203.0.112.1' : '203.0.113.10',
  to: side === 0 ? '203.0.113.10' : '203.0.112.1',
  fromPort: side === 0 ? 40000 : 80,
  toPort: side === 0 ? 80 : 40000,
  hops: side === 0 ? 64 : 60,
  interface: iface,
})

/** An SCTP association between A (initiator, captured host) and B, two addresses each; path n is An to Bn. */
export class Association {
  static readonly A = ['192.0.2.10', '198.51.100.10']
  static readonly B = ['203.0.113.10', '203.0.113.74']
  static readonly TAG = [0xa0a0a0a0, 0xb0b0b0b0] as const
  readonly stage: Stage

  constructor(stage = new Stage()) {
    this.stage = stage
  }

  wire(sender: 0 | 1, path: number): Wire {
    const from = (sender === 0 ? Association.A : Association.B)[path] as string
    const to = (sender === 0 ? Association.B : Association.A)[path] as string
    const ports: [number, number] = sender === 0 ? [40000, 5060] : [5060, 40000]
    return { protocol: SignalProtocol.Sctp, from, to, fromPort: ports[0], toPort: ports[1], hops: sender === 0 ? 64 : 62, interface: path }
  }

  /** The verification tag that packets of `sender` carry. */
  token(sender: 0 | 1): number {
    return Association.TAG[1 - sender] as number
  }

  open(seconds = 0): this {
    const { stage } = this
    const list = (end: 0 | 1, message: string): void => {
      for (const text of end === 0 ? Association.A : Association.B)
        stage.emit(SignalKind.Claimed, {
          token: message === 'INIT' ? 0 : this.token(end),
          detail: {
            message,
            address: stage.address(text),
            port: null,
            addressId: null,
            how: 'listed',
            authentication: 'A1',
            serial: null,
            correlation: null,
            wildcard: false,
          },
        })
    }
    stage.packet(seconds, this.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: Association.TAG[0] }) })
    list(0, 'INIT')
    stage
      .packet(seconds + 0.02, this.wire(1, 0))
      .emit(SignalKind.Opening, { token: this.token(1), detail: opening('INIT ACK', 2, { initiateTag: Association.TAG[1] }) })
    list(1, 'INIT ACK')
    stage.packet(seconds + 0.021, this.wire(0, 0)).emit(SignalKind.Opening, { token: this.token(0), detail: opening('COOKIE ECHO', 3) })
    stage.packet(seconds + 0.04, this.wire(1, 0)).emit(SignalKind.Opened, { token: this.token(1), detail: opening('COOKIE ACK', 4) })
    return this
  }

  data(seconds: number, sender: 0 | 1, path: number, tsn: number): this {
    this.stage
      .packet(seconds, this.wire(sender, path), 400)
      .emit(SignalKind.Payload, { token: this.token(sender), space: UnitSpace.Tsn, unit: tsn, span: 1, bytes: 300 })
    return this
  }

  /** SACK of everything up to and with `tsn`. */
  sack(seconds: number, sender: 0 | 1, path: number, tsn: number, gaps: [number, number][] = [], duplicates = 0, noRoom = false): this {
    this.stage
      .packet(seconds, this.wire(sender, path), 60)
      .emit(SignalKind.Acknowledged, { token: this.token(sender), space: UnitSpace.Tsn, unit: (tsn + 1) >>> 0, duplicates, noRoom }, gaps)
    return this
  }

  heartbeat(seconds: number, sender: 0 | 1, path: number, match: string, answer = false): this {
    this.stage.packet(seconds, this.wire(sender, path), 80).emit(answer ? SignalKind.ProbeAnswered : SignalKind.Probed, {
      token: this.token(sender),
      detail: { message: answer ? 'HEARTBEAT ACK' : 'HEARTBEAT', match, authentication: 'A1' },
    })
    return this
  }
}

/** An MPTCP connection of host H (captured) with subflows from two addresses to one server. */
export class Connection {
  static readonly H = ['2001:db8:a:1::10', '2001:db8:b:1::10']
  static readonly R = '2001:db8:f1:1::80'
  static readonly TOKEN = [0x11111111, 0x22222222] as const
  private readonly sub = [1000, 5000]

  constructor(readonly stage = new Stage()) {}

  wire(sender: 0 | 1, path: number): Wire {
    const h = Connection.H[path] as string
    const ports: [number, number] = sender === 0 ? [30000 + path, 443] : [443, 30000 + path]
    return {
      protocol: SignalProtocol.Mptcp,
      from: sender === 0 ? h : Connection.R,
      to: sender === 0 ? Connection.R : h,
      fromPort: ports[0],
      toPort: ports[1],
      hops: sender === 0 ? 64 : 62,
      interface: path,
    }
  }

  open(seconds = 0): this {
    const { stage } = this
    const [h, r] = Connection.TOKEN
    stage.packet(seconds, this.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('MP_CAPABLE SYN', 1, { addressId: 0 }) })
    stage
      .packet(seconds + 0.02, this.wire(1, 0))
      .emit(SignalKind.Opening, { detail: opening('MP_CAPABLE SYN/ACK', 2, { addressId: 0, senderToken: r }) })
    stage
      .packet(seconds + 0.021, this.wire(0, 0))
      .emit(SignalKind.Opened, { detail: opening('MP_CAPABLE ACK', 3, { addressId: 0, senderToken: h, receiverToken: r }) })
    return this
  }

  /** Three steps of a join; the fourth packet too unless `refused`, then a RST comes instead. */
  join(seconds: number, path: number, refused = false, token: number = Connection.TOKEN[1]): this {
    const { stage } = this
    const facts = { joinToken: token, receiverToken: token }
    stage
      .packet(seconds, this.wire(0, path))
      .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN', 1, { ...facts, addressId: path + 1 }) })
    stage
      .packet(seconds + 0.02, this.wire(1, path))
      .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, { joinToken: token, senderToken: token, addressId: 0 }) })
    stage
      .packet(seconds + 0.021, this.wire(0, path))
      .emit(SignalKind.Opened, { detail: opening('MP_JOIN ACK', 3, { ...facts, addressId: path + 1 }) })
    stage.packet(seconds + 0.041, this.wire(1, path))
    if (refused)
      stage.emit(SignalKind.Refused, {
        detail: { message: 'RST MP_TCPRST', abrupt: true, final: true, cause: 'administratively prohibited', authentication: 'A1' },
      })
    else stage.emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 1 })
    return this
  }

  data(seconds: number, sender: 0 | 1, path: number, dsn: number, length = 1000): this {
    const sub = this.sub[path] as number
    this.sub[path] = sub + length
    this.stage
      .packet(seconds, this.wire(sender, path), length + 60)
      .emit(SignalKind.Payload, { space: UnitSpace.Dsn, unit: dsn, span: length, bytes: length, sub, subSpan: length })
    return this
  }

  ack(seconds: number, sender: 0 | 1, path: number, dsn: number): this {
    this.stage.packet(seconds, this.wire(sender, path), 72).emit(SignalKind.Acknowledged, { space: UnitSpace.Dsn, unit: dsn })
    return this
  }
}
