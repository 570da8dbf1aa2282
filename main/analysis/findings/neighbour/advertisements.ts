/**
 * T-ND-ROUTER and T-ND-KILL: router advertisements of a machine that was no router before, and advertisements that end a living router or its
 * prefixes in its name. A router that was there before the capture began may advertise late (RFC 4861: up to 30 minutes apart), so a new one is
 * believed to be new only when it was heard as a host, or left a solicitation unanswered that others answered. A host that moved to another
 * link hears no more of its old routers: nothing is said then.
 */
import { macNumber, macText } from '../../../../shared/address.ts'
import type { RoutingDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'
import { isVirtual, type Link, type LinkRouter } from './link.ts'

const ESTABLISHED = 60e9
const WAIT = 30e9
const ANSWER_TIME = 3e9

interface NewRouter {
  link: Link
  router: LinkRouter
  others: LinkRouter[]
  proof: string | null
  prefixes: string[]
  /** prefixes that its first advertisement takes back */
  ended: string[]
}

export class AdvertisementRule {
  private pending: NewRouter[] = []

  constructor(private readonly around: Surroundings) {}

  solicited(link: Link, time: number): void {
    link.solicited.push({ time, answered: new Set() })
    if (link.solicited.length > 32) link.solicited.shift()
  }

  /** Returns false when the message ends a router in its name, which is then no claim of its own. */
  advertised(link: Link, signal: Signal, detail: RoutingDetail): boolean {
    const mac = signal.sourceMac >= 0 ? signal.sourceMac : macNumber(detail.mac)
    const { time, row } = signal
    for (const one of link.solicited) if (time - one.time <= ANSWER_TIME) one.answered.add(detail.router)
    const known = link.routers.get(detail.router)
    const ended = detail.prefixes.filter((p) => p.valid === 0).map((p) => `${p.prefix}/${p.length}`)
    if (known !== undefined && mac >= 0 && known.mac >= 0 && mac !== known.mac && (detail.routerLifetime === 0 || ended.length > 0)) {
      this.killed(link, known, signal, mac, ended)
      return false
    }
    if (known !== undefined) {
      known.last = time
      known.count++
      return true
    }
    if (detail.routerLifetime === 0 || detail.routerLifetime === null) return true
    const prefixes = detail.prefixes.filter((p) => p.valid !== 0).map((p) => `${p.prefix}/${p.length}`)
    const router: LinkRouter = { address: detail.router, mac, first: time, last: time, count: 1, row }
    const others = [...link.routers.values()].filter((other) => other.mac !== mac || mac < 0)
    if (others.length > 0 && this.pending.length < 1_000)
      this.pending.push({ link, router, others, proof: this.proof(link, router, mac), prefixes, ended })
    link.addRouter(router)
    return true
  }

  /** Why the router cannot have been one before; null: nothing says so. */
  private proof(link: Link, router: LinkRouter, mac: number): string | null {
    const machine = link.machines.get(mac)
    if (machine !== undefined && machine.host >= 0) return `${macText(mac)} had answered as a host before`
    const unanswered = link.solicited.some(
      (one) => router.first - one.time > ANSWER_TIME && one.answered.size > 0 && !one.answered.has(router.address),
    )
    return unanswered ? 'it left a router solicitation unanswered that others answered' : null
  }

  private killed(link: Link, router: LinkRouter, signal: Signal, mac: number, ended: string[]): void {
    // Routers of a group take each other's place, and speak for the group's address.
    if (link.shared.has(router.address) || isVirtual(mac) || isVirtual(router.mac)) return
    const { flows, ledger } = this.around
    const replaced = link.lastHeard(router.mac) < signal.time - ESTABLISHED
    const text = flows.addresses.text(router.address)
    const what = ended.length > 0 ? `ends ${ended.join(', ')}` : 'says that it is no router any more'
    ledger.add({
      rule: 'T-ND-KILL',
      severity: replaced ? 'low' : 'high',
      confidence: 75,
      time: signal.time,
      session: -1,
      title: `Somebody else takes the router ${text} off ${link.name}`,
      detail: `An advertisement in the name of ${text} ${what}, but it came from ${macText(mac)}; the router's own come from ${macText(router.mac)}, last ${Math.round((signal.time - router.last) / 1e9)} s before.`,
      claimant: router.address,
      victim: router.address,
      rows: [signal.row, router.row],
      checks: [
        check('the router was replaced or has another interface on the link', replaced),
        ruledOut('first-hop redundancy (VRRP, HSRP)', 'neither is an address of a group'),
      ],
      reference: referenceOf('T-ND-KILL'),
      about: `${link.key}|${text}`,
    })
  }

  sweep(now: number, final: boolean): void {
    const later: NewRouter[] = []
    for (const one of this.pending) {
      const others = one.others.filter((other) => link(one, other))
      const alive = others.length > 0
      if (alive) this.report(one, others)
      else if (!final && now - one.router.first < WAIT) later.push(one)
    }
    this.pending = later
  }

  private report(one: NewRouter, others: LinkRouter[]): void {
    const { flows, ledger, site } = this.around
    const { router, prefixes, ended, proof } = one
    const text = flows.addresses.text(router.address)
    const { name } = one.link
    const given = [...(site.named(site.nameOf(one.link.iface))?.prefixes.values() ?? [])]
      .filter((p) => p.source === 'user')
      .map((p) => p.prefix)
    if (prefixes.length > 0 && prefixes.every((prefix) => given.includes(prefix))) return
    const established = others.some((other) => router.first - other.first >= ESTABLISHED)
    const accused = ledger.findings.some(
      (finding) => finding.rule.startsWith('T-ND') && finding.severity !== 'low' && finding.detail.includes(macText(router.mac)),
    )
    const sure = (established && proof !== null) || (accused && router.mac >= 0)
    const names = others.map((other) => flows.addresses.text(other.address)).slice(0, 4)
    const offers = prefixes.length > 0 ? prefixes.join(', ') : 'itself without a prefix'
    const what = ended.length > 0 ? `${offers} and takes back ${ended.join(', ')}` : offers
    ledger.add({
      rule: 'T-ND-ROUTER',
      severity: sure ? 'high' : 'low',
      confidence: 50 + (accused ? 15 : 0),
      time: router.first,
      session: -1,
      title: `A new router ${text} advertises itself on ${name}`,
      detail: `${text} (${macText(router.mac)}) advertises ${what} on ${name}, where ${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} router before and still ${names.length === 1 ? 'is' : 'are'}.${proof === null ? '' : ` It is new: ${proof}.`}`,
      claimant: router.address,
      victim: -1,
      rows: [router.row, ...others.map((other) => other.row)],
      checks: [
        check('a second router of the site that advertises seldom', proof === null, proof ?? undefined),
        check('the capturing host moved to another link', false, 'routers of before were heard afterwards'),
        check('its prefix is in the given site model', false),
        accused ? ruledOut('a machine nobody complains of', 'it is named in other findings') : possible('a router that was newly set up'),
      ],
      reference: referenceOf('T-ND-ROUTER'),
      about: `${one.link.key}|${text}`,
    })
  }
}

/** The other router was heard after the new one. */
function link(one: NewRouter, other: LinkRouter): boolean {
  return other.last > one.router.first || one.link.lastHeard(other.mac) > one.router.first
}
