/**
 * The rules of the link together: neighbours and routers that are claimed by somebody else (T-ND-*), redirects (T-ICMPRED). One state a link.
 * Cost: neighbour and router messages one by one; forwarders are learned from the hop table's records at every sweep.
 */
import { MIRRORS, OVERLAYS } from '../../../../dissectors/link/wire.ts'
import { macNumber, macText } from '../../../../shared/address.ts'
import type { GatewayDetail, NeighbourDetail, RoutingDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, signalBit } from '../../../../shared/signals.ts'
import { isFresh } from '../../site-arrivals.ts'
import { SiteExits } from '../../site-exits.ts'
import { isLocalScope } from '../../site-prefixes.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import type { Surroundings, Watch, WatchMaker } from '../watch.ts'
import { AdvertisementRule } from './advertisements.ts'
import { FlipRule } from './flips.ts'
import { type Flip, Link } from './link.ts'
import { RedirectRule } from './redirect.ts'

const MAX_LINKS = 4_096
const ASKED = 3e9
const DENIED = 3
const DENIED_TIME = 300e9
const SCAN = 100
const SCAN_TIME = 1e9
const ATTEMPTS = 3
const ATTEMPT_TIME = 60e9

interface Scan {
  since: number
  targets: Set<number>
}

class NeighbourWatch implements Watch {
  readonly kinds =
    signalBit(SignalKind.Neighbour) | signalBit(SignalKind.Routing) | signalBit(SignalKind.Gateway) | signalBit(SignalKind.Echo)
  private readonly links = new Map<number, Link>()
  private readonly flips: FlipRule
  private readonly advertisements: AdvertisementRule
  private readonly redirects: RedirectRule
  private readonly exits: SiteExits
  private readonly denials = new Map<string, { target: number; time: number; row: number }[]>()
  private readonly scans = new Map<string, Scan>()
  private readonly forwarded = new Map<string, number[]>()
  private taken = 0

  constructor(private readonly around: Surroundings) {
    this.flips = new FlipRule(around)
    this.advertisements = new AdvertisementRule(around)
    this.redirects = new RedirectRule(around)
    this.exits = new SiteExits(around.site, around.flows.hops)
  }

  /** null: there are too many. */
  private link(iface: number, segment: number): Link | null {
    const key = segment * 65_536 + iface
    let link = this.links.get(key)
    if (link === undefined) {
      const { flows } = this.around
      if (flows.forgotten.full(this.links.size, MAX_LINKS, 'neighbour messages on links')) return null
      link = new Link(iface, segment, nameOf(this.around.site.nameOf(iface), segment), flows.hops, flows.forgotten)
      this.links.set(key, link)
    }
    return link
  }

  on(signal: Signal): void {
    const echo = signal.kind === SignalKind.Echo
    if ((signal.detail === null && !echo) || this.around.site.nameOf(signal.interface) === 'any') return
    const link = this.link(signal.interface, signal.segment)
    if (link === null) return
    if (echo) {
      link.echo(signal.sourceMac, signal.destinationMac, signal.time)
      this.redirects.echoed(link, signal)
      return
    }
    link.heard(signal.sourceMac, signal.time)
    if (signal.kind === SignalKind.Gateway) {
      for (const address of (signal.detail as GatewayDetail).addresses) if (link.shared.size < 1_000) link.shared.add(address)
    } else if (signal.kind === SignalKind.Routing) this.routing(link, signal, signal.detail as RoutingDetail)
    else this.neighbour(link, signal, signal.detail as NeighbourDetail)
  }

  private routing(link: Link, signal: Signal, detail: RoutingDetail): void {
    const six = this.around.flows.addresses.size(detail.router) === 16
    if (detail.message === 'router-solicitation') {
      this.advertisements.solicited(link, signal.time)
      return
    }
    if (detail.message === 'redirect') {
      this.redirects.redirected(link, signal, detail)
      return
    }
    if (!six) return
    if (signal.hopLimit !== 255 || !isLinkLocal(this.around.flows.addresses.get(detail.router))) {
      this.offLink(link, signal, detail.router, 'A router advertisement')
      return
    }
    const mac = signal.sourceMac >= 0 ? signal.sourceMac : macNumber(detail.mac)
    if (detail.proof === 'wrong') {
      this.forged(link, signal, detail.router, 'A router advertisement')
      return
    }
    if (this.advertisements.advertised(link, signal, detail) && mac >= 0)
      this.claim(link, detail.router, mac, signal, true, true, signedBy(detail))
  }

  private neighbour(link: Link, signal: Signal, detail: NeighbourDetail): void {
    // Joins tell nothing of who has which address, and are sent with hop limit 1.
    if (detail.message === 'group-joined') return
    const mac = macNumber(detail.mac)
    const { time, row } = signal
    if (detail.hopLimit !== null && detail.hopLimit !== 255) {
      this.offLink(link, signal, detail.address, 'A neighbour message')
      return
    }
    if (detail.proof === 'wrong') {
      this.forged(link, signal, detail.address, `A neighbour ${detail.message}`)
      return
    }
    switch (detail.message) {
      case 'dad':
        link.ask(link.probed, detail.address, time, mac, row)
        return
      case 'solicitation':
      case 'arp-request':
        link.ask(link.asked, detail.target ?? -1, time, mac, row)
        this.scanned(link, signal, mac, detail.target ?? -1)
        if (mac >= 0) this.claim(link, detail.address, mac, signal, false, false, signedBy(detail))
        return
      case 'advertisement':
      case 'arp-reply':
      case 'gratuitous': {
        if (mac < 0) return
        const machine = link.heard(mac, time)
        if (machine !== null && detail.router === false) machine.host = time
        this.defended(link, signal, detail.address, mac)
        const question = link.asked.get(detail.address)
        const unsolicited = detail.message === 'gratuitous' || question === undefined || time - question.time > ASKED
        this.claim(link, detail.address, mac, signal, unsolicited, detail.override !== false, signedBy(detail))
      }
    }
  }

  private claim(
    link: Link,
    address: number,
    mac: number,
    signal: Signal,
    unsolicited: boolean,
    overrides: boolean,
    signed: Flip['signed'],
  ): void {
    if (isNobody(this.around.flows.addresses.get(address))) return
    const flip = link.claim(address, mac, signal.time, signal.row, unsolicited, overrides, signed)
    if (flip !== null) this.flips.add(link, address, flip)
  }

  /** An answer to somebody's duplicate address detection: the address is refused to him. */
  private defended(link: Link, signal: Signal, address: number, mac: number): void {
    const probe = link.probed.get(address)
    if (probe === undefined || signal.time - probe.time > ASKED || probe.mac === mac) return
    link.probed.delete(address)
    const owner = link.bindings.get(address)
    const rightful = owner !== undefined && owner.mac === mac && owner.since < probe.time
    const key = `${link.key}|${mac}`
    const list = (this.denials.get(key) ?? []).filter((one) => signal.time - one.time <= DENIED_TIME && one.target !== address)
    if (!rightful) list.push({ target: address, time: signal.time, row: signal.row })
    if (this.denials.size < 5_000 || this.denials.has(key)) this.denials.set(key, list)
    if (rightful) return
    const many = list.length >= DENIED
    const { flows, ledger } = this.around
    const texts = list.map((one) => flows.addresses.text(one.target))
    const router = link.forwarders.has(mac) || [...link.routers.values()].some((one) => one.mac === mac)
    const home = many && texts.every((text) => this.around.homes.has(text))
    const detail = `${macText(mac)} answered duplicate address detection for ${texts.join(', ')}; it was not heard with ${list.length === 1 ? 'that address' : 'these addresses'} before.`
    const told = ledger.add({
      rule: 'T-ND-DAD',
      // A home agent, and a router that answers for hosts behind it, defend what is not theirs (RFC 6275 section 10.4.1, RFC 4389).
      severity: many ? (router || home ? 'low' : 'medium') : 'info',
      confidence: many ? 65 : 45,
      time: signal.time,
      session: -1,
      title: many
        ? `One machine on ${link.name} refuses every new address`
        : `The address ${texts[0]} is refused to a host on ${link.name}`,
      detail,
      claimant: address,
      victim: address,
      rows: [signal.row, probe.row, ...list.map((one) => one.row)],
      checks: [
        check('the address is really in use', !many, many ? `${list.length} different addresses within five minutes` : undefined),
        check('a proxy or home agent that defends addresses of others', router || home, router ? 'it is a router of the link' : undefined),
      ],
      reference: referenceOf('T-ND-DAD'),
      about: key,
    })
    // Two are no pattern yet, but both are named: each has a host that goes without its address. Once many were refused, that stays said.
    if (list.length > 1 && told.severity === 'info') {
      told.title = `The addresses ${texts.join(' and ')} are refused to hosts on ${link.name}`
      told.detail = detail
    }
  }

  private scanned(link: Link, signal: Signal, mac: number, target: number): void {
    if (mac < 0 || target < 0) return
    const key = `${link.key}|${mac}`
    let scan = this.scans.get(key)
    if (scan === undefined || signal.time - scan.since > SCAN_TIME) {
      if (this.scans.size > 5_000) this.scans.clear()
      scan = { since: signal.time, targets: new Set() }
      this.scans.set(key, scan)
    }
    scan.targets.add(target)
    if (scan.targets.size !== SCAN + 1) return
    const { ledger } = this.around
    ledger.add({
      rule: 'T-ND-SCAN',
      severity: 'low',
      confidence: 60,
      time: signal.time,
      session: -1,
      title: `${macText(mac)} asks for very many addresses on ${link.name}`,
      detail: `${macText(mac)} asked for more than ${SCAN} different addresses within a second: a scan of the link, from it or through it.`,
      claimant: -1,
      victim: -1,
      rows: [signal.row],
      checks: [possible('a router that forwards a scan from outside'), possible('an inventory of the link on purpose')],
      reference: referenceOf('T-ND-SCAN'),
      about: key,
    })
  }

  /** Receivers discard it (RFC 4861 sections 6.1, 7.1): an attempt. */
  private offLink(link: Link, signal: Signal, address: number, what: string): void {
    const { flows, ledger } = this.around
    const text = flows.addresses.text(address)
    const source =
      signal.hopLimit !== 255
        ? `with hop limit ${signal.hopLimit}, so it came from beyond the link`
        : 'from an address that is not link-local'
    const known = ledger.known('T-ND-OFFLINK', -1, `${link.key}|${text}`, signal.time)
    const times = this.forwarded.get(`${link.key}|${text}`) ?? []
    const recent = times.filter((time) => signal.time - time <= ATTEMPT_TIME)
    recent.push(signal.time)
    if (this.forwarded.size < 5_000 || known !== null) this.forwarded.set(`${link.key}|${text}`, recent.slice(-16))
    // What was forwarded has lost a hop or more; a sender that does not know the rule uses what it uses for everything.
    const odd = signal.hopLimit === 255 || isFresh(signal.hopLimit)
    ledger.add({
      rule: 'T-ND-OFFLINK',
      severity: recent.length >= ATTEMPTS && !odd ? 'medium' : 'low',
      confidence: 80,
      time: signal.time,
      session: -1,
      title: `${what} about ${text} on ${link.name} that nobody on the link can have sent`,
      detail: `${what} about ${text} arrived ${source}. Hosts discard it.`,
      claimant: address,
      victim: -1,
      rows: [signal.row],
      checks: [check('a sender that does not follow the protocol', odd, odd ? undefined : 'its hop limit is none that hosts begin with')],
      reference: referenceOf('T-ND-OFFLINK'),
      about: `${link.key}|${text}`,
    })
  }

  /** Nobody who checks signatures believes it: it claims nothing, and is told. */
  private forged(link: Link, signal: Signal, address: number, what: string): void {
    const { flows, ledger } = this.around
    const text = flows.addresses.text(address)
    ledger.add({
      rule: 'T-ND-SEND',
      severity: 'high',
      confidence: 90,
      time: signal.time,
      session: -1,
      title: `${what} about ${text} on ${link.name} is not signed by who owns that address`,
      detail: `${what} about ${text} carries a CGA and a signature (SEND)${signal.sourceMac < 0 ? '' : `, from ${macText(signal.sourceMac)}`}, but its key does not make the address, or did not make the signature. Hosts that check it discard it.`,
      claimant: address,
      victim: address,
      rows: [signal.row],
      checks: [
        ruledOut('a damaged packet', 'its checksum is right'),
        ruledOut('a form of signature that is not known here', 'the same key has signed another message, or does not make the address'),
        ruledOut('a hash that is not known here', 'the address is made with SHA-1'),
      ],
      reference: referenceOf('T-ND-SEND'),
      about: `${link.key}|${text}`,
    })
  }

  sweep(now: number, final: boolean): void {
    this.learnForwarders()
    this.flips.sweep(now, final)
    this.advertisements.sweep(now, final)
    this.redirects.sweep(now, final)
  }

  /** Who gets packets for receivers beyond the link is a router. */
  private learnForwarders(): void {
    const { flows, site } = this.around
    const { hops } = flows
    for (; this.taken < hops.count; this.taken++) {
      const hop = hops.hop[this.taken] as number
      const mac = hops.receiver[hop] as number
      if (mac < 0) continue
      const link = this.links.get((hops.segment[hop] as number) * 65_536 + (hops.interface[hop] as number))
      if (link === undefined || link.forwarders.has(mac) || link.forwarders.size >= 10_000) continue
      const at = hops.at[this.taken] as number
      const receiver = flows.addresses.look(flows.receiver(at >> 1, at & 1))
      if (isLocalScope(receiver) || site.coversBytes(site.nameOf(link.iface), receiver) !== false) continue
      if (!this.exits.onLink(hop, receiver)) link.forwarders.add(mac)
    }
  }
}

/** VLAN tags, outer first; overlay networks and sessions of a mirror are numbers beyond those of two tags. */
function nameOf(interfaceName: string, segment: number): string {
  if (segment === 0) return interfaceName
  if (segment >= MIRRORS) return `${interfaceName} mirror ${segment - MIRRORS}`
  if (segment >= OVERLAYS) return `${interfaceName} overlay ${segment - OVERLAYS}`
  return `${interfaceName} VLAN ${segment < 4096 ? segment : `${Math.floor(segment / 4096)}.${segment % 4096}`}`
}

function signedBy({ signed, proof }: NeighbourDetail | RoutingDetail): Flip['signed'] {
  if (signed !== true) return 'no'
  return proof === 'right' ? 'right' : 'unknown'
}

function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && ((address[1] as number) & 0xc0) === 0x80
}

function isNobody(address: Uint8Array): boolean {
  return address.every((byte) => byte === 0)
}

export const NEIGHBOUR_WATCH: WatchMaker = {
  rules: ['T-ND-FLIP', 'T-ND-ROUTER', 'T-ND-KILL', 'T-ND-DAD', 'T-ND-OFFLINK', 'T-ND-SCAN', 'T-ND-SEND', 'T-ICMPRED'],
  make: (around) => new NeighbourWatch(around),
}
