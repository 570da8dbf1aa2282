/**
 * What routers, routing protocols and address servers said that may take a path away: router and prefix lifetimes, redirects, BGP, the first hop's
 * mastership (VRRP, HSRP), liveness (BFD), leases. A fact ends when it is taken back. Asked by the trigger rules (rehoming.md section 4).
 * Bounded: 4,000 facts (the oldest go), 100,000 BGP routes and 4,096 of each other thing whose state is remembered.
 */
import { macNumber, parseAddress } from '../../shared/address.ts'
import type { GatewayDetail, LeaseDetail, LivenessDetail, RouteDetail, RoutingDetail } from '../../shared/signal-details.ts'
import type { Signal } from '../../shared/signals.ts'
import type { AnalyzerOptions } from './types.ts'

const MAX_FACTS = 4000
const MAX_ROUTES = 100_000
const MAX_STATES = 4096
/** routes of a BGP session that ended, told one by one */
const MAX_ENDED = 256

export type RoutingWhat =
  | 'router-gone'
  | 'prefix-gone'
  | 'route-gone'
  | 'redirect'
  | 'bgp-withdrawn'
  | 'bgp-changed'
  | 'bgp-ended'
  | 'gateway-moved'
  | 'bfd-down'
  | 'lease-lost'

/** a prefix that no address lies in */
const NO_ADDRESS = new Uint8Array(0)

export interface RoutingFact {
  time: number
  /** when it was taken back; Infinity: not yet */
  ended: number
  /** -1: of no interface, it was said somewhere else */
  interface: number
  what: RoutingWhat
  rows: number[]
  text: string
  /** link-layer addresses of the routers that it is about; empty: whichever */
  routers: number[]
  /** null: all addresses */
  prefix: Uint8Array | null
  length: number
}

/** Does the fact speak of this address? */
export function covers(fact: Pick<RoutingFact, 'prefix' | 'length'>, address: Uint8Array): boolean {
  const { prefix, length } = fact
  if (prefix === null) return true
  if (prefix.length !== address.length) return false
  const whole = length >> 3
  for (let i = 0; i < whole; i++) if (prefix[i] !== address[i]) return false
  const rest = length & 7
  return rest === 0 || whole >= prefix.length || (((prefix[whole] as number) ^ (address[whole] as number)) & (0xff00 >> rest) & 0xff) === 0
}

type Addresses = AnalyzerOptions['flows']['addresses']

export class RoutingFacts {
  readonly list: RoutingFact[] = []
  /** facts in force, by what they are about */
  private readonly open = new Map<string, RoutingFact>()
  /** BGP, by who told whom: prefix to next hop and neighbouring system */
  private readonly routes = new Map<string, { flow: number; ways: Map<string, string> }>()
  private routeCount = 0
  /** who is the group's active router, and by address pair: is BFD up */
  private readonly active = new Map<string, { router: number; mac: number }>()
  private readonly up = new Map<string, boolean>()
  /** routers that offered a default route, by interface and address */
  private readonly defaults = new Set<string>()

  constructor(private readonly flows: AnalyzerOptions['flows']) {}

  private get addresses(): Addresses {
    return this.flows.addresses
  }

  advertised(signal: Signal, d: RoutingDetail): void {
    const { interface: iface } = signal
    const mac = macNumber(d.mac)
    const routers = mac < 0 ? [] : [mac]
    const router = `router ${iface} ${d.router}`
    const said = `router advertisement${d.router < 0 ? '' : ` of ${this.addresses.text(d.router)}`}`
    if (d.routerLifetime === 0) {
      // one that gives prefixes only says so from the begin
      const what = this.defaults.has(router) ? 'no longer a default router' : 'not a default router'
      this.begin(signal, router, 'router-gone', `${said} with lifetime 0: ${what}`, routers, null, 0)
    } else if (d.routerLifetime !== null) {
      if (this.defaults.size < MAX_STATES) this.defaults.add(router)
      this.end(router, signal.time)
    }
    for (const p of d.prefixes) {
      const key = `prefix ${iface} ${p.prefix}/${p.length}`
      if (p.preferred > 0 && p.valid > 0) this.end(key, signal.time)
      else {
        const text = `${said} ${p.valid === 0 ? 'ends' : 'deprecates'} prefix ${p.prefix}/${p.length}`
        this.begin(signal, key, 'prefix-gone', text, [], parseAddress(p.prefix), p.length)
      }
    }
    for (const r of d.routes) {
      const key = `route ${iface} ${d.router} ${r.prefix}/${r.length}`
      if (r.lifetime > 0) this.end(key, signal.time)
      else
        this.begin(
          signal,
          key,
          'route-gone',
          `${said} withdraws its route to ${r.prefix}/${r.length}`,
          routers,
          parseAddress(r.prefix),
          r.length,
        )
    }
  }

  redirected(signal: Signal, destination: string): void {
    const bytes = parseAddress(destination)
    if (bytes !== null) this.add(signal, 'redirect', `redirect for ${destination}`, [], bytes, bytes.length * 8, signal.interface)
  }

  routed(signal: Signal, d: RouteDetail): void {
    const told = this.told(signal.flow, signal.direction)
    const known = this.routes.get(told)?.ways
    const speaker = this.addresses.text(this.flows.sender(signal.flow, signal.direction))
    for (const p of d.withdrawn) {
      if (known?.delete(`${p.prefix}/${p.length}`) === true) this.routeCount--
      const key = `${told}|${p.prefix}/${p.length}`
      this.begin(
        signal,
        key,
        'bgp-withdrawn',
        `BGP withdraws ${p.prefix}/${p.length}, says ${speaker}`,
        [],
        parseAddress(p.prefix),
        p.length,
        -1,
      )
    }
    if (d.announced.length === 0) return
    this.end(`${told}|`, signal.time)
    const way = `${d.nextHop ?? ''} ${typeof d.path[0] === 'number' ? d.path[0] : ''}`
    for (const p of d.announced) {
      const prefix = `${p.prefix}/${p.length}`
      this.end(`${told}|${prefix}`, signal.time)
      const before = known?.get(prefix)
      if (before !== undefined && before !== way)
        this.add(
          signal,
          'bgp-changed',
          `BGP moves ${prefix} to ${wayWords(way)}, says ${speaker}`,
          [],
          parseAddress(p.prefix),
          p.length,
          -1,
        )
      this.learn(told, signal.flow, prefix, way)
    }
  }

  /**
   * A NOTIFICATION ends the session, and with it every route that either end had from the other (RFC 4271 section 6), but none that was told on
   * another connection: of two between the same ends one is refused (section 6.8). Of many one fact speaks for all: a table of that size leaves out
   * nobody.
   */
  peeringEnded(signal: Signal, cause: string): void {
    const { flow, direction } = signal
    const ends = `BGP session of ${this.addresses.text(this.flows.sender(flow, direction))} with ${this.addresses.text(this.flows.receiver(flow, direction))} ended`
    const both = [this.told(flow, 0), this.told(flow, 1)]
    // what it had told was told before the capture began, or nothing was: it is news all the same, and covers no address
    if (!both.some((told) => this.routes.has(told)))
      this.add(signal, 'bgp-ended', `${ends.replace('session', 'connection')} (${cause})`, [], NO_ADDRESS, 0, signal.interface)
    for (const told of both) {
      const known = this.routes.get(told)
      if (known?.flow !== flow) continue
      const { ways } = known
      this.routes.delete(told)
      this.routeCount -= ways.size
      const begin = (key: string, text: string, prefix: Uint8Array | null, length: number): void =>
        this.begin(signal, key, 'bgp-ended', `${ends} (${cause}), and with it ${text}`, [], prefix, length, -1)
      if (ways.size > MAX_ENDED) begin(`${told}|`, `${ways.size} routes`, null, 0)
      else
        for (const prefix of ways.keys()) {
          const [address = '', length] = prefix.split('/')
          begin(`${told}|${prefix}`, `the route to ${prefix}`, parseAddress(address), Number(length))
        }
    }
  }

  /** Who told whom: addresses, for a session that comes up again has other ports. */
  private told(flow: number, direction: number): string {
    return `${this.flows.sender(flow, direction)}>${this.flows.receiver(flow, direction)}`
  }

  private learn(told: string, flow: number, prefix: string, way: string): void {
    let known = this.routes.get(told)
    const fresh = known?.ways.has(prefix) !== true
    if (fresh && this.flows.forgotten.full(this.routeCount, MAX_ROUTES, 'routes of BGP')) return
    if (known === undefined) {
      known = { flow, ways: new Map() }
      this.routes.set(told, known)
    }
    known.flow = flow
    known.ways.set(prefix, way)
    if (fresh) this.routeCount++
  }

  gateway(signal: Signal, d: GatewayDetail): void {
    const key = `${signal.interface} ${d.group}`
    const mac = macNumber(d.mac)
    const known = this.active.get(key)
    if (d.state === 'leaving') {
      if (known !== undefined && known.router !== d.router) return
      this.add(
        signal,
        'gateway-moved',
        `${groupWords(d.group)}: ${this.addresses.text(d.router)} gives it up`,
        macs(mac),
        null,
        0,
        signal.interface,
      )
      this.active.delete(key)
    } else if (d.state === 'active') {
      if (known !== undefined && known.router !== d.router) {
        const text = `${groupWords(d.group)}: ${this.addresses.text(d.router)} takes over from ${this.addresses.text(known.router)}`
        this.add(signal, 'gateway-moved', text, macs(mac, known.mac), null, 0, signal.interface)
      }
      if (this.active.size < MAX_STATES || known !== undefined) this.active.set(key, { router: d.router, mac })
    }
  }

  liveness(signal: Signal, d: LivenessDetail): void {
    const { flow } = signal
    if (flow < 0) return
    const ends = [this.flows.addressA[flow] as number, this.flows.addressB[flow] as number].sort((a, b) => a - b)
    const key = `bfd ${ends[0]} ${ends[1]}`
    const was = this.up.get(key) === true
    if (d.state === 'up') {
      if (was || this.up.size < MAX_STATES || this.up.has(key)) this.up.set(key, true)
      this.end(key, signal.time)
    } else if (was && (d.state === 'down' || d.state === 'admin-down')) {
      this.up.set(key, false)
      const why = d.cause === null ? '' : `: ${d.cause}`
      const text = `BFD between ${this.addresses.text(ends[0] as number)} and ${this.addresses.text(ends[1] as number)} is down${why}`
      this.begin(signal, key, 'bfd-down', text, macs(signal.sourceMac, signal.destinationMac), null, 0)
    }
  }

  leased(signal: Signal, d: LeaseDetail): void {
    const given = /^(RELEASE|DECLINE|DHCPRELEASE|DHCPDECLINE)$/.test(d.message)
    const answered = /^(REPLY|DHCPACK|DHCPNAK)$/.test(d.message)
    if (!given && !answered) return
    for (const g of d.grants) {
      const key = `lease ${d.client} ${g.subject}/${g.prefixLength}`
      if (!given && g.valid !== 0 && d.message !== 'DHCPNAK') {
        this.end(key, signal.time)
        continue
      }
      const bytes = parseAddress(g.subject)
      if (bytes === null) continue
      const prefix = g.what === 'prefix'
      const name = prefix ? `delegated prefix ${g.subject}/${g.prefixLength}` : `lease of ${g.subject}`
      // a delegated prefix is used on other links than the one it was asked for on
      const length = prefix ? g.prefixLength : bytes.length * 8
      this.begin(
        signal,
        key,
        'lease-lost',
        `${name} ${given ? 'given back' : 'ended by the server'}`,
        [],
        bytes,
        length,
        prefix ? -1 : signal.interface,
      )
    }
  }

  private begin(
    signal: Signal,
    key: string,
    what: RoutingWhat,
    text: string,
    routers: number[],
    prefix: Uint8Array | null,
    length: number,
    iface = signal.interface,
  ): void {
    // said again and again until it takes effect: the first time counts
    if (this.open.has(key)) return
    const fact = this.add(signal, what, text, routers, prefix, length, iface)
    this.flows.forgotten.room(this.open, MAX_FACTS, 'routing events that go on')
    this.open.set(key, fact)
  }

  private end(key: string, time: number): void {
    const fact = this.open.get(key)
    if (fact === undefined) return
    fact.ended = time
    this.open.delete(key)
  }

  private add(
    signal: Signal,
    what: RoutingWhat,
    text: string,
    routers: number[],
    prefix: Uint8Array | null,
    length: number,
    iface: number,
  ): RoutingFact {
    const fact: RoutingFact = {
      time: signal.time,
      ended: Number.POSITIVE_INFINITY,
      interface: iface,
      what,
      rows: signal.row < 0 ? [] : [signal.row],
      text,
      routers,
      prefix,
      length,
    }
    this.list.push(fact)
    if (this.list.length > MAX_FACTS) this.list.splice(0, MAX_FACTS / 4)
    return fact
  }
}

/** next hop and neighbouring system, as they are remembered */
function wayWords(way: string): string {
  const [hop = '', system = ''] = way.split(' ')
  return system === '' ? hop : hop === '' ? `AS ${system}` : `${hop} (AS ${system})`
}

/** 'vrrp-2/7' is version 2, group 7. */
function groupWords(group: string): string {
  const [, name = group, number = ''] = /^([a-z]+)-\d+\/(\d+)$/.exec(group) ?? []
  return number === '' ? group : `${name.toUpperCase()} group ${number}`
}

function macs(...list: number[]): number[] {
  return list.some((m) => m < 0) ? [] : list
}
