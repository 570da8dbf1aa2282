/**
 * T-ICMPRED: redirects that no first hop can have sent, or that lead to a machine which is no router. The first hop is who the host's packets
 * to that destination went to (link-layer address), or who advertises itself; without either, nothing is said of the source.
 */
import { macNumber, macText, parseAddress } from '../../../../shared/address.ts'
import type { RoutingDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, notObservable, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'
import type { Link } from './link.ts'

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
  destinationId: number
  /** link-layer address that the host's packets to the destination went to before */
  before: number
  reasons: string[]
  toRouter: boolean | null
}

export class RedirectRule {
  private pending: Pending[] = []
  private readonly bursts = new Map<string, number[]>()

  constructor(private readonly around: Surroundings) {}

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
    const hopMac = this.firstHop(link, host, destinationId)
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
    const toRouter = target === destination ? true : this.isRouter(link, targetId, version)
    if (toRouter === false) reasons.push(`the new next hop ${target} is no known router`)
    if (this.burst(`${link.key}|${host}`, signal.time)) reasons.push(`more than ${BURST} redirects to the host in 10 s`)
    if (reasons.length === 0 || this.pending.length >= 1_000) return
    this.pending.push({
      link,
      signal: { time: signal.time, row: signal.row, mac, hopLimit: signal.hopLimit, version },
      router: detail.router,
      host,
      target,
      destination,
      targetId,
      destinationId,
      before: hopMac,
      reasons,
      toRouter,
    })
  }

  private id(text: string): number {
    const bytes = parseAddress(text)
    return bytes === null ? -1 : this.around.flows.addresses.find(bytes, 0, bytes.length as 4 | 16)
  }

  /** Link-layer address that the host's packets to this destination went to last; -1 when none was seen. */
  private firstHop(link: Link, host: number, destination: number): number {
    const { flows } = this.around
    for (let flow = flows.count - 1, n = 0; flow >= 0 && n < 20_000; flow--, n++) {
      const forward = flows.addressA[flow] === host && flows.addressB[flow] === destination
      if (!forward && (flows.addressB[flow] !== host || flows.addressA[flow] !== destination)) continue
      const hop = flows.hops.lastOf(flow, forward ? 0 : 1)
      if (hop >= 0 && flows.hops.interface[hop] === link.iface && flows.hops.segment[hop] === link.segment)
        return flows.hops.receiver[hop] as number
    }
    return -1
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

  /** Did packets of the host to the destination go to the new next hop afterwards? */
  private effect(one: Pending): boolean {
    const { flows } = this.around
    const { hops } = flows
    const macs = new Set([one.link.bindings.get(one.targetId)?.mac ?? -1, one.signal.mac])
    macs.delete(-1)
    if (macs.has(one.before)) return false
    for (let record = hops.count - 1, n = 0; record >= 0 && n < 20_000; record--, n++) {
      const at = hops.at[record] as number
      if (flows.sender(at >> 1, at & 1) !== one.host || flows.receiver(at >> 1, at & 1) !== one.destinationId) continue
      if ((hops.lastTime[record] as number) > one.signal.time && macs.has(hops.receiver[hops.hop[record] as number] as number)) return true
    }
    return false
  }

  private report(one: Pending): void {
    const { flows, ledger } = this.around
    const effect = this.effect(one)
    const only = one.reasons.length === 1 && one.reasons[0]?.startsWith('more than')
    const answered = one.link.machines.get(one.link.bindings.get(one.targetId)?.mac ?? -1)?.host ?? -1
    const severity =
      one.toRouter === false && !only && (effect || one.reasons.length > 1 || answered >= 0) ? 'high' : effect && !only ? 'medium' : 'low'
    const host = flows.addresses.text(one.host)
    ledger.add({
      rule: 'T-ICMPRED',
      severity,
      confidence: 55 + (effect ? 10 : 0) + Math.min(20, 10 * (one.reasons.length - 1)),
      time: one.signal.time,
      session: -1,
      title: `A redirect on ${one.link.name} sends ${host} to ${one.target} for ${one.destination}`,
      detail: `In the name of ${flows.addresses.text(one.router)} (from ${macText(one.signal.mac)}): ${one.reasons.join('; ')}. ${effect ? `The host's packets to ${one.destination} went there afterwards.` : 'No effect was seen.'}`,
      claimant: one.router,
      victim: one.host,
      rows: [one.signal.row],
      checks: [
        check('a pair of routers on the link, of which the first sends the host to the second', one.toRouter !== false),
        one.signal.version === 6
          ? check('sent by the first hop itself', one.reasons.length === 0)
          : possible('routers of IPv4 are not all known', 'they need not advertise themselves'),
        effect ? ruledOut('the host ignored it') : notObservable('the host ignored it', 'no later packet to the destination'),
      ],
      reference: referenceOf('T-ICMPRED'),
      about: `${one.link.key}|${host}|${one.target}`,
    })
  }
}
