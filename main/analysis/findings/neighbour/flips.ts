/**
 * T-ND-FLIP: an address goes back and forth between two link-layer addresses that are both alive. Judged ten seconds after the change, when it
 * can be seen whether the former owner is still there; a single change of a router's address is kept as a hint.
 */
import { macText } from '../../../../shared/address.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, notObservable, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'
import { type Binding, type Flip, isVirtual, type Link } from './link.ts'

const FLIPS = 2
const WITHIN = 60e9
const ALIVE = 10e9
/** ns after a claim for which the address has to be spoken to without an answer */
const DEAF = 3e9
/** changes of a capture that are looked at for that */
const MAX_LOOKS = 100

interface Pending {
  link: Link
  address: number
  flip: Flip
}

export class FlipRule {
  private pending: Pending[] = []
  private looks = 0

  constructor(private readonly around: Surroundings) {}

  add(link: Link, address: number, flip: Flip): void {
    if (isVirtual(flip.from) || isVirtual(flip.to)) return
    if (this.pending.length < 2_000) this.pending.push({ link, address, flip })
  }

  sweep(now: number, final: boolean): void {
    const later: Pending[] = []
    for (const one of this.pending) {
      if (final || now - one.flip.time >= ALIVE) this.judge(one)
      else later.push(one)
    }
    this.pending = later
  }

  private judge({ link, address, flip }: Pending): void {
    const binding = link.bindings.get(address)
    if (binding === undefined || link.shared.has(address)) return
    // A card that was replaced or a machine that moved is silent from then on.
    if (link.lastHeard(flip.from) <= flip.time) {
      this.silenced(link, address, flip)
      return
    }
    const near = binding.flips.filter((other) => Math.abs(other.time - flip.time) <= WITHIN)
    const same = near.filter(
      (other) => (other.from === flip.from && other.to === flip.to) || (other.from === flip.to && other.to === flip.from),
    )
    const router = this.isRouter(link, address, binding)
    const node = link.sameMachine(flip.from, flip.to)
    const forced = same.some((other) => other.unsolicited)
    if ((same.length >= FLIPS || router) && this.mobile(address)) return
    // Whoever has the key of an address may change its link-layer address as often as it likes (RFC 3971).
    if (flip.signed === 'right' && same.every((other) => other.signed === 'right')) return
    if (same.length >= FLIPS) this.report(link, address, flip, same, router, node, forced)
    else if (router && flip.unsolicited && flip.overrides) this.hint(link, address, flip)
  }

  /**
   * The former owner was at work until a claim that nobody had asked for, and whoever claimed takes what is sent to the address since, and sends
   * nothing: a card or a machine that took over would answer.
   */
  private silenced(link: Link, address: number, flip: Flip): void {
    if (!flip.unsolicited || !flip.overrides || flip.signed === 'right' || this.looks >= MAX_LOOKS || this.mobile(address)) return
    this.looks++
    const before = link.traffic(flip.from)
    const since = link.traffic(flip.to)
    if (before.sent < flip.time - ALIVE || since.sent > flip.time || since.got < flip.time + DEAF) return
    const { flows, ledger } = this.around
    const text = flows.addresses.text(address)
    const [one, two] = [macText(flip.from), macText(flip.to)]
    ledger.add({
      rule: 'T-ND-FLIP',
      severity: 'low',
      confidence: confidence(40, { unverifiable: flip.signed === 'unknown' }),
      time: flip.time,
      session: -1,
      title: `${text} on ${link.name} has another link-layer address all at once, and answers no more`,
      detail: `${text} was at ${one}, which sent packets until then; a claim that nobody had asked for put it at ${two}. What is sent to ${two} since is not answered.`,
      claimant: address,
      victim: address,
      rows: [flip.row],
      checks: [
        ruledOut('first-hop redundancy (VRRP, HSRP)', 'neither is an address of a group'),
        ruledOut('a replaced card, or a machine that took over', `${two} sends nothing`),
        signatures([flip]),
        possible('a machine that went to sleep, and a sleep proxy that claims its address'),
        possible('a machine that took over, and does not work yet'),
      ],
      reference: referenceOf('T-ND-FLIP'),
      about: `${link.key}|${text}`,
    })
  }

  /** Its home agent answers for a mobile node while it is away (RFC 6275 section 10.4.1). */
  private mobile(address: number): boolean {
    return this.around.homes.has(this.around.flows.addresses.text(address))
  }

  isRouter(link: Link, address: number, binding: Binding): boolean {
    if (link.routers.has(address) || link.forwarders.has(binding.firstOwner)) return true
    const text = this.around.flows.addresses.text(address)
    return this.around.site.named(this.around.site.nameOf(link.iface))?.routers.has(text) === true
  }

  private report(link: Link, address: number, flip: Flip, same: Flip[], router: boolean, node: boolean, forced: boolean): void {
    const { flows, ledger } = this.around
    const text = flows.addresses.text(address)
    const [one, two] = [macText(flip.from), macText(flip.to)]
    const quiet = node || !forced
    const signed = same.every((other) => other.signed === 'right' || other.signed === 'unknown')
    const words = router ? 'the router' : 'a neighbour'
    ledger.add({
      rule: 'T-ND-FLIP',
      severity: quiet ? 'low' : router ? 'high' : 'medium',
      confidence: confidence(55, { sameNode: node, unverifiable: signed }, router ? 20 : 0),
      time: (same.at(FLIPS - 1) ?? flip).time,
      session: -1,
      title: `Two machines on ${link.name} claim the address of ${words} ${text}`,
      detail: `${text} went back and forth between ${one} and ${two} ${same.length} times within a minute, and both are alive: ${quiet ? 'one machine with two interfaces, or a proxy, answers so' : 'one of them takes packets that are meant for the other, or both were given the same address'}.`,
      claimant: address,
      victim: address,
      rows: same.map((other) => other.row),
      checks: [
        ruledOut('first-hop redundancy (VRRP, HSRP)', 'neither is an address of a group'),
        ruledOut('a replaced card or a moved machine', `${one} sent packets after the change`),
        check('one machine with two interfaces on the link', node),
        check('a proxy that answers for others', !forced, forced ? 'a claim came without a question' : 'every claim was an answer'),
        signatures(same),
        possible('two machines were given the same address by mistake'),
      ],
      reference: referenceOf('T-ND-FLIP'),
      about: `${link.key}|${text}`,
    })
  }

  private hint(link: Link, address: number, flip: Flip): void {
    const { flows, ledger } = this.around
    const text = flows.addresses.text(address)
    // Two routers that take over from each other say both that they are routers.
    const host = (link.machines.get(flip.to)?.host ?? -1) >= 0
    ledger.add({
      rule: 'T-ND-FLIP',
      severity: host ? 'high' : 'low',
      confidence: confidence(55, { unverifiable: flip.signed === 'unknown' }),
      time: flip.time,
      session: -1,
      title: `The router ${text} on ${link.name} has another link-layer address all at once`,
      detail: `${text} was at ${macText(flip.from)}, which is still alive; a claim that nobody had asked for now puts it at ${macText(flip.to)}. ${host ? `${macText(flip.to)} has answered as a host, not as a router.` : 'A pair of routers that take over from each other looks the same.'}`,
      claimant: address,
      victim: address,
      rows: [flip.row],
      checks: [
        ruledOut('first-hop redundancy (VRRP, HSRP)', 'neither is an address of a group'),
        ruledOut('a replaced card or a moved machine', `${macText(flip.from)} sent packets after the change`),
        signatures([flip]),
        host
          ? ruledOut('a pair of routers without group addresses', `${macText(flip.to)} has answered as a host`)
          : possible('a pair of routers without group addresses'),
      ],
      reference: referenceOf('T-ND-FLIP'),
      about: `${link.key}|${text}`,
    })
  }
}

/** Whoever has the key of an address may change its link-layer address (RFC 3971). */
function signatures(flips: readonly Flip[]): ReturnType<typeof check> {
  const signed = flips.filter((flip) => flip.signed !== 'no').length
  const name = 'the claims are signed by the owner of the address (SEND)'
  if (signed === 0) return ruledOut(name, 'none carries a signature')
  return signed === flips.length
    ? notObservable(name, 'they carry signatures that cannot be verified')
    : ruledOut(name, `${flips.length - signed} of ${flips.length} carry none`)
}
