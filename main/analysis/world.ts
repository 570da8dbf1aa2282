/**
 * What happened outside the sessions: the link log, what routers and servers said (`routing-facts.ts`), marks of re-attachment. Asked by the
 * trigger rules. Bounded: 4,000 events of a kind; the oldest go.
 */

import type {
  CloseDetail,
  GatewayDetail,
  LeaseDetail,
  LinkDetail,
  LivenessDetail,
  NeighbourDetail,
  RouteDetail,
  RoutingDetail,
} from '../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../shared/signals.ts'
import { SECOND } from './model.ts'
import { RoutingFacts } from './routing-facts.ts'
import type { Registry } from './sessions/registry.ts'
import type { AnalyzerInterface, AnalyzerOptions, LinkEvent } from './types.ts'

const MAX_EVENTS = 4000

const ATTACHMENT_MARKS: Partial<Record<NeighbourDetail['message'], string>> = {
  dad: 'duplicate address detection on the new interface',
  gratuitous: 'gratuitous ARP on the new interface',
  'group-joined': 'multicast groups were joined on the new interface',
}

export interface WorldEvent {
  time: number
  /** capture interface of the packet that said it, -1: the log did */
  interface: number
  detail: LinkDetail
  rows: number[]
}

export interface DownSpan {
  from: number
  to: number
  /** the loss */
  event: WorldEvent
}

export class World {
  events: WorldEvent[] = []
  readonly facts: RoutingFacts
  private attachments: { time: number; interface: number; mac: number; row: number; text: string }[] = []
  /** addresses that the link log or the capture's interfaces call the host's own */
  readonly own = new Set<string>()

  constructor(
    private readonly interfaces: AnalyzerInterface[],
    log: LinkEvent[],
    private readonly flows: AnalyzerOptions['flows'],
    private readonly registry: Registry,
  ) {
    this.facts = new RoutingFacts(flows)
    for (const event of log) this.add(event.time, event.detail, [], -1)
  }

  private add(time: number, detail: LinkDetail, rows: number[], iface: number): void {
    this.events.push({ time, interface: iface, detail, rows })
    if (this.events.length > MAX_EVENTS) this.flows.forgotten.shift(this.events, 'events of links')
    if ((detail.what === 'address-added' || detail.what === 'address-removed') && detail.subject !== null)
      this.own.add(detail.subject.split('/')[0] as string)
  }

  /** Events of a log that grows while packets are seen. */
  onLog(events: readonly LinkEvent[]): void {
    let ordered = true
    for (const { time, detail } of events) {
      ordered &&= time >= (this.events.at(-1)?.time ?? Number.NEGATIVE_INFINITY)
      this.add(time, detail, [], -1)
    }
    if (!ordered) this.events.sort((a, b) => a.time - b.time)
  }

  onLink(signal: Signal): void {
    const detail = signal.detail as LinkDetail
    // A message on the link itself (LLDP, PPP) is about the interface it was captured on.
    const interfaceName = detail.interfaceName ?? this.interfaceName(signal.interface)
    this.add(signal.time, { ...detail, interfaceName }, signal.row < 0 ? [] : [signal.row], signal.interface)
    this.events.sort((a, b) => a.time - b.time)
  }

  onRouting(signal: Signal): void {
    const d = signal.detail as RoutingDetail
    if (d.message === 'router-advertisement') this.facts.advertised(signal, d)
    else if (d.message === 'redirect' && d.destination !== null) this.facts.redirected(signal, d.destination)
    else if (d.message === 'router-solicitation') this.attach(signal, 'router solicitation on the new interface')
  }

  /** What routing protocols and address servers say. */
  onNetwork(signal: Signal): void {
    switch (signal.kind) {
      case SignalKind.Routed:
        this.facts.routed(signal, signal.detail as RouteDetail)
        break
      case SignalKind.Closed:
        this.facts.peeringEnded(signal, (signal.detail as CloseDetail).cause ?? 'no reason given')
        break
      case SignalKind.Gateway:
        this.facts.gateway(signal, signal.detail as GatewayDetail)
        break
      case SignalKind.Liveness:
        this.facts.liveness(signal, signal.detail as LivenessDetail)
        break
      case SignalKind.Leased: {
        const lease = signal.detail as LeaseDetail
        this.facts.leased(signal, lease)
        if (/^(SOLICIT|DHCPDISCOVER)$/.test(lease.message)) this.attach(signal, 'an address was asked for (DHCP) on the new interface')
        break
      }
    }
  }

  onNeighbour(signal: Signal): void {
    const d = signal.detail as NeighbourDetail
    const mark = ATTACHMENT_MARKS[d.message]
    if (mark !== undefined) this.attach(signal, mark)
  }

  private attach(signal: Signal, text: string): void {
    this.attachments.push({ time: signal.time, interface: signal.interface, mac: signal.sourceMac, row: signal.row, text })
    if (this.attachments.length <= MAX_EVENTS) return
    this.attachments.splice(0, MAX_EVENTS / 4)
    this.flows.forgotten.note('signs of hosts that come to a link', MAX_EVENTS / 4)
  }

  /** The first mark of a host that comes to the interface's link; `mac`: its link-layer address, -1 unknown. */
  attachedOn(iface: number, mac: number, from: number, to: number): { time: number; rows: number[]; text: string } | null {
    let first: { time: number; rows: number[]; text: string } | null = null
    for (let i = this.attachments.length - 1; i >= 0; i--) {
      const a = this.attachments[i] as (typeof this.attachments)[number]
      if (a.time < from) break
      if (a.interface === iface && a.time <= to && (mac < 0 || a.mac < 0 || a.mac === mac))
        first = { time: a.time, rows: [a.row], text: a.text }
    }
    return first
  }

  interfaceName(id: number): string | null {
    return this.interfaces.find((i) => i.id === id)?.name ?? null
  }

  /** Did the link come up again between the two times? */
  cameBack(iface: number, from: number, to: number): boolean {
    return this.events.some((e) => e.detail.what === 'link-up' && this.speaksOf(e, iface) && e.time > from && e.time <= to)
  }

  /** Number of the session that a flow belongs to and that was still open at a time; -1: none. */
  openSession(flow: number, time: number): number {
    const { registry } = this
    const number = registry.sessionOfFlow(flow)
    const light = registry.lightOf(number)
    const closed = light >= 0 ? (registry.light.closed[light] as number) : (registry.multiOf(number)?.closed ?? -1)
    return closed >= 0 && closed <= time + SECOND ? -1 : number
  }

  /** Is the event about this capture interface? */
  speaksOf(event: WorldEvent, iface: number): boolean {
    const { interfaceName } = event.detail
    return interfaceName === null ? event.interface === iface : interfaceName === this.interfaceName(iface)
  }

  /** Link losses of an interface within a time. */
  linkDown(iface: number, from: number, to: number): WorldEvent | null {
    const name = this.interfaceName(iface)
    if (name === null) return null
    return (
      this.events.find((e) => e.detail.what === 'link-down' && e.detail.interfaceName === name && e.time >= from && e.time <= to) ?? null
    )
  }

  /** Times in which an interface could carry nothing, oldest first; `to` is infinite while it is down. */
  downSpans(iface: number): readonly DownSpan[] {
    const last = this.events.at(-1)?.time ?? -1
    if (this.spansKnown.events !== this.events.length || this.spansKnown.last !== last)
      this.spansKnown = { events: this.events.length, last, of: new Map() }
    const known = this.spansKnown.of.get(iface)
    if (known !== undefined) return known
    const spans: DownSpan[] = []
    for (const event of this.events) {
      const { what } = event.detail
      if ((what !== 'link-down' && what !== 'link-up') || !this.speaksOf(event, iface)) continue
      const open = spans.at(-1)
      if (what === 'link-up') {
        if (open?.to === Number.POSITIVE_INFINITY) open.to = event.time
      } else if (open?.to !== Number.POSITIVE_INFINITY) spans.push({ from: event.time, to: Number.POSITIVE_INFINITY, event })
    }
    this.spansKnown.of.set(iface, spans)
    return spans
  }
  private spansKnown = { events: -1, last: -1, of: new Map<number, readonly DownSpan[]>() }

  /** Other global addresses that the capturing host has at a time, as far as is known, of the same family as `address`. */
  othersOf(address: string, time: number): string[] {
    const all = new Set([...this.own, ...this.interfaces.flatMap((i) => i.addresses.map((a) => a.split('/')[0] as string))])
    const six = address.includes(':')
    return [...all]
      .filter((a) => a !== address && a.includes(':') === six && !/^(fe[89ab]|::1$|127\.|169\.254\.)/i.test(a) && this.hasAt(a, time))
      .sort()
  }

  /** Had the host this address of its own then? What the log says before counts, else the opposite of what it says first afterwards. */
  private hasAt(address: string, time: number): boolean {
    let said: boolean | null = null
    for (const { time: at, detail } of this.events) {
      const added = detail.what === 'address-added'
      if ((!added && detail.what !== 'address-removed') || detail.subject?.split('/')[0] !== address) continue
      if (at > time) return said ?? !added
      said = added
    }
    return said ?? true
  }

  /** Is any address known to be the capturing host's? */
  get knowsOwn(): boolean {
    return this.own.size > 0 || this.interfaces.some((i) => i.addresses.length > 0)
  }

  /** Is this text the address of a router that the link log named? */
  isRouter(address: string): boolean {
    return this.events.some((e) => e.detail.nextHop === address)
  }

  /** Is this text one of the capturing host's own addresses, as far as is known? */
  isOwn(address: string): boolean {
    return this.own.has(address) || this.interfaces.some((i) => i.addresses.some((a) => a.split('/')[0] === address))
  }
}
