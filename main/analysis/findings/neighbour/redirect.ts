/**
 * T-ICMPRED: redirects that no first hop can have sent, or that lead to a machine which is no router. The first hop is who the host's packets
 * to that destination went to (link-layer address), or who advertises itself; without either, nothing is said of the source.
 * A first hop that passes the host's packets on to that machine itself uses it as a router, whether or not it advertises itself: that is what
 * redirects are sent for (RFC 4861 section 8.2).
 */
import { macNumber, macText, parseAddress } from '../../../../shared/address.ts'
import type { RoutingDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, notObservable, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'
import type { Link } from './link.ts'
import { NextHops } from './next-hops.ts'

const BURST = 5
const BURST_TIME = 10e9
const EFFECT = 5e9

interface Pending {
  link: Link
  signal: { time: number; row: number; mac: number; hopLimit: number; version: 4 | 6 }
  router: number
  host: number
  target: string
  destination: string
  targetId: number
  /** link-layer address of the new next hop as the redirect tells it, -1: it does not */
  targetMac: number
  destinationId: number
  /** link-layer address that the host's packets to the destination went to before */
  before: number
  reasons: string[]
  toRouter: boolean | null
  /** was it sent by the first hop itself? null: nobody knows who that is */
  byFirstHop: boolean | null
}

/** Where packets of the host to the destination went afterwards: to the new next hop, elsewhere, or there were none. */
type Effect = 'moved' | 'stayed' | 'none'

export class RedirectRule {
  private pending: Pending[] = []
  private readonly bursts = new Map<string, number[]>()

  private readonly nextHops: NextHops

  constructor(private readonly around: Surroundings) {
    this.nextHops = new NextHops(around.flows)
  }

  echoed(link: Link, signal: Signal): void {
    this.nextHops.echoed(link, signal)
  }

  redirected(link: Link, signal: Signal, detail: RoutingDetail): void {
    const { flows } = this.around
    const { target, destination } = detail
    if (target === null || destination === null) return
    const version = target.includes(':') ? 6 : 4
    const mac = signal.sourceMac >= 0 ? signal.sourceMac : macNumber(detail.mac)
    const targetId = this.id(target)
    const destinationId = this.id(destination)
    const host = detail.receiver ?? -1
    const reasons: string[] = []
    if (version === 6 && signal.hopLimit !== 255) reasons.push(`its hop limit is ${signal.hopLimit}, so it was forwarded`)
    const hopMac = this.nextHops.first(link, host, destinationId)
    if (hopMac >= 0 && mac >= 0 && hopMac !== mac)
      reasons.push(`it came from ${macText(mac)}, while packets of the host went to ${macText(hopMac)}`)
    else if (hopMac < 0 && link.routers.size > 0 && !link.routers.has(detail.router))
      reasons.push(`${flows.addresses.text(detail.router)} does not advertise itself as a router`)
    const known = link.bindings.get(detail.router)
    const named = link.routers.get(detail.router)
    if (named !== undefined && named.mac >= 0 && mac >= 0 && named.mac !== mac)
      reasons.push(`it speaks for ${flows.addresses.text(detail.router)}, whose advertisements come from ${macText(named.mac)}`)
    else if (named === undefined && known !== undefined && known.firstOwner !== mac && mac >= 0 && known.mac !== mac)
      reasons.push(`${flows.addresses.text(detail.router)} is at ${macText(known.mac)}`)
    const byFirstHop = reasons.length > 0 ? false : hopMac >= 0 || named !== undefined ? true : null
    const toRouter = target === destination ? true : this.isRouter(link, targetId, version)
    if (this.burst(`${link.key}|${host}`, signal.time)) reasons.push(`more than ${BURST} redirects to the host in 10 s`)
    if ((reasons.length === 0 && toRouter !== false) || this.pending.length >= 1_000) return
    this.pending.push({
      link,
      signal: { time: signal.time, row: signal.row, mac, hopLimit: signal.hopLimit, version },
      router: detail.router,
      host,
      target,
      destination,
      targetId,
      targetMac: macNumber(detail.targetMac ?? null),
      destinationId,
      before: hopMac,
      reasons,
      toRouter,
      byFirstHop,
    })
  }

  private id(text: string): number {
    const bytes = parseAddress(text)
    return bytes === null ? -1 : this.around.flows.addresses.find(bytes, 0, bytes.length as 4 | 16)
  }

  private isRouter(link: Link, target: number, version: 4 | 6): boolean | null {
    if (link.routers.has(target)) return true
    const mac = link.bindings.get(target)?.mac ?? -1
    if (mac >= 0 && (link.forwarders.has(mac) || [...link.routers.values()].some((router) => router.mac === mac))) return true
    const { site, flows } = this.around
    if (site.named(site.nameOf(link.iface))?.routers.has(flows.addresses.text(target)) === true) return true
    // IPv4 routers need not advertise themselves: not knowing one says nothing.
    return link.routers.size > 0 && version === 6 ? false : null
  }

  private burst(key: string, time: number): boolean {
    const times = (this.bursts.get(key) ?? []).filter((t) => time - t <= BURST_TIME)
    times.push(time)
    if (this.bursts.size < 1_000 || this.bursts.has(key)) this.bursts.set(key, times)
    return times.length > BURST
  }

  sweep(now: number, final: boolean): void {
    const later: Pending[] = []
    for (const one of this.pending) {
      if (final || now - one.signal.time >= EFFECT) this.report(one)
      else later.push(one)
    }
    this.pending = later
  }

  private effect(one: Pending): Effect {
    // a first hop that sends the host away is where its packets went before
    const macs = new Set([this.machineOf(one), one.signal.mac])
    macs.delete(-1)
    macs.delete(one.before)
    let effect: Effect = 'none'
    for (const { sender, receiver, time } of this.nextHops.of(one.link, one.host, one.destinationId)) {
      if (time <= one.signal.time || (sender >= 0 && sender === one.signal.mac)) continue
      if (macs.has(receiver)) return 'moved'
      effect = 'stayed'
    }
    return effect
  }

  /** Link-layer address of the new next hop; -1 unknown. */
  private machineOf(one: Pending): number {
    return one.link.bindings.get(one.targetId)?.mac ?? one.targetMac
  }

  /** Does the first hop that sent it pass packets of the host to the destination on to the new next hop itself? */
  private passesOn(one: Pending): boolean {
    const machine = this.machineOf(one)
    if (one.byFirstHop !== true || one.signal.mac < 0 || machine < 0 || machine === one.signal.mac) return false
    return this.nextHops
      .of(one.link, one.host, one.destinationId)
      .some(({ sender, receiver }) => sender === one.signal.mac && receiver === machine)
  }

  private report(one: Pending): void {
    const { flows, ledger } = this.around
    const toRouter = one.toRouter === false && this.passesOn(one) ? true : one.toRouter
    if (toRouter === false) one.reasons.push(`the new next hop ${one.target} is no known router`)
    if (one.reasons.length === 0) return
    const went = this.effect(one)
    const effect = went === 'moved'
    const after = {
      moved: `The host's packets to ${one.destination} went there afterwards.`,
      stayed: `The host's packets to ${one.destination} went where they had gone before.`,
      none: 'No effect was seen.',
    }[went]
    const only = one.reasons.length === 1 && one.reasons[0]?.startsWith('more than')
    const answered = one.link.machines.get(this.machineOf(one))?.host ?? -1
    const severity =
      toRouter === false && !only && (effect || one.reasons.length > 1 || answered >= 0) ? 'high' : effect && !only ? 'medium' : 'low'
    const host = flows.addresses.text(one.host)
    ledger.add({
      rule: 'T-ICMPRED',
      severity,
      confidence: 55 + (effect ? 10 : 0) + Math.min(20, 10 * (one.reasons.length - 1)),
      time: one.signal.time,
      session: -1,
      title: `A redirect on ${one.link.name} sends ${host} to ${one.target} for ${one.destination}`,
      detail: `In the name of ${flows.addresses.text(one.router)} (from ${macText(one.signal.mac)}): ${one.reasons.join('; ')}. ${after}`,
      claimant: one.router,
      victim: one.host,
      rows: [one.signal.row],
      checks: [
        check('a pair of routers on the link, of which the first sends the host to the second', toRouter !== false),
        one.signal.version === 6
          ? check('sent by the first hop itself', one.byFirstHop)
          : possible('routers of IPv4 are not all known', 'they need not advertise themselves'),
        effect
          ? ruledOut('the host ignored it')
          : went === 'stayed'
            ? possible('the host ignored it')
            : notObservable('the host ignored it', 'no later packet to the destination'),
      ],
      reference: referenceOf('T-ICMPRED'),
      about: `${one.link.key}|${host}|${one.target}`,
    })
  }
}
