/** A link for tests of findings: neighbour and router messages, echo, ICMP errors, name answers, flows with link-layer addresses. */
import type { SiteFile } from '../../../../main/analysis/site-file.ts'
import type { FindingReport } from '../../../../shared/report.ts'
import type { IcmpDetail, NameDetail, NeighbourDetail, RoutingDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { opening, Stage, type Wire } from '../stage.ts'

export const HOST = '02:00:00:00:01:10'
export const ROUTER = '02:00:00:00:01:01'
export const OTHER = '02:00:00:00:01:66'

export class LinkScene {
  readonly stage: Stage

  constructor(options: ConstructorParameters<typeof Stage>[0] = {}) {
    this.stage = new Stage(options)
  }

  neighbour(
    seconds: number,
    message: NeighbourDetail['message'],
    address: string,
    mac: string,
    more: Partial<NeighbourDetail> & { iface?: number; segment?: number; targetText?: string } = {},
  ): this {
    const { iface, segment, targetText, ...rest } = more
    const detail: NeighbourDetail = {
      message,
      address: this.stage.address(address),
      mac,
      hopLimit: address.includes(':') ? 255 : null,
      ...rest,
    }
    if (targetText !== undefined) detail.target = this.stage.address(targetText)
    this.stage
      .frame(seconds, { interface: iface ?? 0, segment, fromMac: mac, hops: rest.hopLimit ?? 255 })
      .emit(SignalKind.Neighbour, { detail })
    return this
  }

  advertise(
    seconds: number,
    router: string,
    mac: string,
    more: Partial<RoutingDetail> & { iface?: number; prefix?: string; hops?: number; valid?: number } = {},
  ): this {
    const { iface, prefix, hops, valid, ...rest } = more
    const prefixes =
      prefix === undefined
        ? []
        : [{ prefix, length: 64, onLink: true, autonomous: true, valid: valid ?? 2_592_000, preferred: valid ?? 604_800 }]
    const detail: RoutingDetail = {
      message: 'router-advertisement',
      router: this.stage.address(router),
      routerLifetime: 1800,
      preference: 'medium',
      prefixes,
      routes: [],
      target: null,
      destination: null,
      mac,
      ...rest,
    }
    this.stage
      .frame(seconds, { interface: iface ?? 0, fromMac: mac, hops: hops ?? 255, protocol: SignalProtocol.Icmp })
      .emit(SignalKind.Routing, { detail })
    return this
  }

  solicit(seconds: number, from: string, mac: string): this {
    return this.advertise(seconds, from, mac, { message: 'router-solicitation', routerLifetime: null })
  }

  redirect(seconds: number, router: string, mac: string, host: string, target: string, destination: string, hops = 255): this {
    return this.advertise(seconds, router, mac, {
      message: 'redirect',
      routerLifetime: null,
      target,
      destination,
      receiver: this.stage.address(host),
      hops,
    })
  }

  /** One datagram; `mac` of sender and receiver as [from, to]. */
  udp(
    seconds: number,
    from: string,
    to: string,
    more: {
      ports?: [number, number]
      iface?: number
      hops?: number
      macs?: [string, string]
      bytes?: number
      unit?: number
      inner?: boolean
    } = {},
  ): this {
    const wire: Wire = {
      inner: more.inner === true,
      protocol: SignalProtocol.Udp,
      from,
      to,
      fromPort: more.ports?.[0] ?? 40000,
      toPort: more.ports?.[1] ?? 7000,
      interface: more.iface ?? 0,
      hops: more.hops ?? 64,
      fromMac: more.macs?.[0] ?? HOST,
      toMac: more.macs?.[1] ?? ROUTER,
    }
    this.stage
      .packet(seconds, wire, more.bytes ?? 100)
      .emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: more.unit ?? this.stage.row, span: 1, bytes: 60 })
    return this
  }

  echo(
    seconds: number,
    from: string,
    to: string,
    number: number,
    more: { reply?: boolean; iface?: number; hops?: number; macs?: [string, string] } = {},
  ): this {
    const [fromMac, toMac] = more.macs ?? [HOST, ROUTER]
    this.stage
      .frame(seconds, { interface: more.iface ?? 0, hops: more.hops ?? 64, fromMac, toMac, protocol: SignalProtocol.Icmp })
      .emit(SignalKind.Echo, { sub: this.stage.address(from), subSpan: this.stage.address(to), unit: number, span: more.reply ? 1 : 0 })
    return this
  }

  /** An ICMP error about the flow of `wire` (null: of none that was seen). */
  icmp(
    seconds: number,
    reporter: string,
    about: { flow: number; direction?: number; from: string; to: string },
    detail: Partial<IcmpDetail> = {},
    iface = 0,
  ): this {
    const whole: IcmpDetail = {
      version: about.from.includes(':') ? 6 : 4,
      type: about.from.includes(':') ? 1 : 3,
      code: about.from.includes(':') ? 5 : 13,
      message: 'refused by a filter',
      reporter: this.stage.address(reporter),
      quotedToken: null,
      mtu: null,
      quotedSource: this.stage.address(about.from),
      quotedDestination: this.stage.address(about.to),
      quotedProtocol: 17,
      ...detail,
    }
    this.stage.frame(seconds, { interface: iface, hops: 62, fromMac: ROUTER, toMac: HOST, protocol: SignalProtocol.Icmp })
    Object.assign(this.stage.signal, { flow: about.flow, direction: about.direction ?? 0 })
    this.stage.emit(SignalKind.IcmpError, { detail: whole })
    return this
  }

  /** Flow number of the packet given last. */
  get flow(): number {
    return this.stage.signal.flow
  }

  name(
    seconds: number,
    message: NameDetail['message'],
    question: string,
    addresses: string[] = [],
    more: { client?: string; server?: string; transaction?: number; ttl?: number; detail?: Partial<NameDetail> } = {},
  ): this {
    const client = more.client ?? '2001:db8:a:1::10'
    const server = more.server ?? '2001:db8:53::53'
    const asks = message === 'query' || message === 'update'
    const [from, to] = asks ? [client, server] : [server, client]
    const ports: [number, number] = asks ? [41000, 53] : [53, 41000]
    const { stage } = this
    stage.packet(seconds, { protocol: SignalProtocol.Udp, from, to, fromPort: ports[0], toPort: ports[1], hops: asks ? 64 : 57 })
    stage.signal.protocol = SignalProtocol.Dns
    const detail: NameDetail = {
      message,
      service: 'dns',
      transaction: more.transaction ?? 7,
      question,
      questionType: 28,
      code: 0,
      records: addresses.map((value) => ({
        name: question,
        type: value.includes(':') ? 28 : 1,
        ttl: more.ttl ?? 60,
        address: stage.address(value),
        value,
      })),
      answers: addresses.length,
      authoritative: false,
      truncated: false,
      authenticatedData: false,
      signed: false,
      authentication: asks ? 'A0' : 'A1',
      ...more.detail,
    }
    stage.emit(SignalKind.Named, { detail })
    return this
  }

  /** Question and answer with a number of its own. */
  lookup(seconds: number, question: string, addresses: string[], more: Parameters<LinkScene['name']>[4] = {}): this {
    const transaction = more.transaction ?? Math.round(seconds * 1000) & 0xffff
    return this.name(seconds, 'query', question, [], { ...more, transaction }).name(seconds + 0.01, 'answer', question, addresses, {
      ...more,
      transaction,
    })
  }

  /** Steps of a TCP handshake. */
  step(
    seconds: number,
    from: string,
    to: string,
    ports: [number, number],
    step: 1 | 2 | 3,
    unit: number,
    more: { iface?: number; hops?: number; answers?: number } = {},
  ): this {
    const { stage } = this
    const wire = {
      protocol: SignalProtocol.Tcp,
      from,
      to,
      fromPort: ports[0],
      toPort: ports[1],
      interface: more.iface ?? 0,
      hops: more.hops ?? 64,
      fromMac: HOST,
      toMac: ROUTER,
    }
    stage.packet(seconds, wire)
    const message = ['SYN', 'SYN/ACK', 'ACK'][step - 1] as string
    stage.emit(step === 3 ? SignalKind.Opened : SignalKind.Opening, {
      token: more.answers ?? 0,
      detail: opening(message, step, { initialUnit: step === 3 ? null : unit }),
    })
    return this
  }

  /** Findings once all is seen: rule and severity, then the rest for those who look. */
  end(seconds: number): FindingReport[] {
    this.stage.finish(seconds)
    return this.stage.analyzer.findings()
  }

  told(seconds: number, ...rules: string[]): string[] {
    return this.end(seconds)
      .filter((one) => rules.length === 0 || rules.includes(one.rule))
      .map((one) => `${one.rule} ${one.severity} ${one.confidence}`)
  }
}

export function siteOf(...interfaces: [string, string[]][]): SiteFile {
  return { interfaces: interfaces.map(([name, prefixes]) => ({ name, prefixes, addresses: [], routers: [], filterMode: null })) }
}
