/**
 * T-REDIR-EST, T-FLOOD3, T-BLACKHOLE: payload of an established context goes to a locator that nothing has proven to answer (threats.md 1, 2).
 * A redirection is decided some seconds after its threshold was reached: a proof that comes late, or any packet of the context from the
 * locator, clears it. What keeps it from being said: the claiming end was not seen at all near that time.
 */

import type { ClaimAuthentication } from '../../../../shared/signal-details.ts'
import { SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { type Circumstances, check, confidence, hinted, notObservable, possible, ruledOut } from '../judge.ts'
import type { Check, Finding } from '../ledger.ts'
import { type Context, contextName, formerLocator, type Located, lastFrom, lastHeard, NEVER, preceded } from './book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'
import { SiteOwners } from './site-owners.ts'

const SECOND = 1e9
const NEAR = 300 * SECOND
/** a proof this late still shows a slow but honest peer */
const PATIENCE = 5 * SECOND
const MAX_PENDING = 1000
/** contexts that one claimant breaks, and how soon after each other */
const BREAKS = 3
const BREAKS_TIME = 60 * SECOND

/** Path tests of these are inside what is encrypted. */
const HIDDEN = new Set<SignalProtocol>([SignalProtocol.Ikev2, SignalProtocol.Quic])

interface Pending {
  rule: 'redirect' | 'flood' | 'hole'
  context: Context
  end: End
  located: Located
  session: number
  time: number
  row: number
}

export class Redirection implements ContextRule {
  private pending: Pending[] = []
  private readonly broken = new Map<number, { time: number; context: number; finding: Finding }[]>()
  private readonly found: { finding: Finding; context: Context; end: End; located: Located; time: number }[] = []

  private readonly owners: SiteOwners

  constructor(private readonly tools: Tools) {
    this.owners = new SiteOwners(tools)
  }

  payload(seen: Seen, _from: Located, to: Located): void {
    const { signal, context } = seen
    if (context === null || context.established < 0 || to.how === 'initial' || to.verifiedAt !== NEVER) return
    const { limits } = this.tools
    if (this.pending.length > 0) this.decide(signal.time, false)
    if (!to.redirected && (to.packetsUnverified >= limits.redirectPackets || to.bytesUnverified >= limits.redirectBytes)) {
      to.redirected = true
      this.open('redirect', seen, context, to)
    }
    const rate = to.windowBytes / (limits.floodWindow / SECOND)
    if (rate > to.peakRate) to.peakRate = rate
    if (
      to.bytesUnverified >= limits.floodBytes ||
      rate >= limits.floodRate ||
      (to.bytesTo >= limits.amplificationBytes && lastFrom(to, this.tools) < to.claimedAt)
    )
      if (!to.flooded) {
        to.flooded = true
        this.open('flood', seen, context, to)
      }
    if (!to.holed && to.how !== 'observed' && (to.resent >= limits.blackHoleResent || signal.time - to.firstTo >= limits.blackHoleTime)) {
      to.holed = true
      this.open('hole', seen, context, to)
    }
  }

  private open(rule: Pending['rule'], { signal, side }: Seen, context: Context, located: Located): void {
    if (this.pending.some((p) => p.rule === rule && p.located === located)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-REDIR-EST')) return
    const end = (1 - (side as End)) as End
    this.pending.push({ rule, context, end, located, session: context.session, time: signal.time, row: signal.row })
  }

  sweep(now: number, final: boolean): void {
    this.decide(now, final)
    this.raise(now)
  }

  private decide(now: number, final: boolean): void {
    if (this.pending.length === 0 || (!final && now < (this.pending[0] as Pending).time + PATIENCE)) return
    const due = this.pending.filter((p) => final || now >= p.time + PATIENCE)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  private judge(p: Pending): void {
    const { visibility } = this.tools
    const { located, context, end } = p
    if (located.verifiedAt <= p.time + PATIENCE) return
    if (lastFrom(located, this.tools) >= located.firstTo) return
    const heard = lastHeard(context.sides[end], this.tools)
    if (visibility.lossy || heard < 0 || heard < p.time - NEAR) return
    if (p.rule === 'redirect') this.redirected(p)
    else if (p.rule === 'flood') this.flooded(p)
    else this.hole(p)
  }

  /** The former locator goes on: not what was on its way when the switch came. */
  private oldAlive(p: Pick<Pending, 'context' | 'end' | 'located'>): Located | null {
    const side = p.context.sides[p.end]
    const { verifyGrace, verifyGraceMost } = this.tools.limits
    const margin = Math.min(verifyGraceMost, verifyGrace)
    for (const other of side.locators.values())
      if (other !== p.located && preceded(other, p.located) && lastFrom(other, this.tools) > p.located.firstTo + margin) return other
    return null
  }

  private facts(p: Pending): Circumstances {
    return {
      hopLimitDiffers: this.hopsDiffer(p.located),
      oldAlive: this.oldAlive(p) !== null,
      unverifiable: HIDDEN.has(p.context.protocol),
      midCapture: p.context.midCapture,
    }
  }

  /** Did the claim come from elsewhere than the packets of the address it is said to be from? */
  private hopsDiffer(located: Located): boolean | null {
    return located.claimSource < 0 ? null : this.tools.hops.differs(located.claimSource, located.claimInterface, located.claimHops)
  }

  private checks(p: Pending): Check[] {
    const { located, context } = p
    const rejections = located.rejections.filter((r) => r.own)
    const hidden = HIDDEN.has(context.protocol)
    return [
      hidden
        ? notObservable('the new locator was tested', 'path tests are encrypted')
        : ruledOut('the new locator was tested', 'no answered test and no other packet of the session came from it'),
      ruledOut('the proof came late', `none within ${PATIENCE / SECOND} s`),
      ruledOut('the proof was not captured', 'packets of the claiming end were captured near that time'),
      check('the context began before the capture', context.midCapture),
      check('packets were only sent again to an address still to be confirmed', null, `${located.packetsUnverified} packets went there`),
      this.oldAlive(p) === null
        ? possible('the former locator is gone', 'nothing more was heard from it')
        : ruledOut(
            'the former locator is gone',
            `packets still come from ${addressText(this.tools, (this.oldAlive(p) as Located).address)}`,
          ),
      rejections.length === 0
        ? possible('the receiver wants the packets', 'it did not reject any')
        : ruledOut('the receiver wants the packets', `it answered with ${rejections.map((r) => r.text).join(', ')}`),
    ]
  }

  private claim(p: Pending): string {
    const { located, context, end } = p
    const former = formerLocator(context.sides[end], located, this.tools)
    const itself = located.how !== 'observed' && former !== null && former.address === located.claimSource
    const instead = former === null ? '' : ` in place of ${itself ? 'itself' : addressText(this.tools, former.address)}`
    if (located.how === 'observed') return `Nobody announced ${addressText(this.tools, located.address)}${instead}.`
    const by = located.claimSource === located.address ? 'Itself' : addressText(this.tools, located.claimSource)
    return `${by} named it in ${located.message}${instead}${proof(located.authentication)}.`
  }

  private rows(p: Pending): number[] {
    const { located } = p
    return [...new Set([...(located.how === 'observed' ? [] : [located.claimRow]), ...located.rows.slice(0, 5), p.row])]
  }

  private redirected(p: Pending): void {
    const { located, context } = p
    const target = addressText(this.tools, located.address)
    const { authentication } = located
    const proven = authentication === 'A3v' || authentication === 'A4v'
    const severity =
      authentication === 'AX' || this.oldAlive(p) !== null
        ? proven
          ? 'medium'
          : 'critical'
        : proven
          ? 'low'
          : authentication === 'A2' || located.how === 'listed'
            ? 'medium'
            : 'high'
    const finding = this.tools.ledger.add({
      rule: 'T-REDIR-EST',
      severity: hinted(severity, context.midCapture),
      confidence: confidence(60, this.facts(p), unchecked(authentication)),
      time: p.time,
      session: context.session,
      title: `${contextName(context)} redirected to ${target}, which never answered`,
      detail: `${this.claim(p)} ${located.packetsUnverified} packets with ${located.bytesUnverified} bytes went to ${target}; no test of it was answered and nothing came back from it.`,
      claimant: located.claimSource,
      victim: located.address,
      movesTo: located.address,
      rows: this.rows(p),
      checks: this.checks(p),
      reference: referenceOf('T-REDIR-EST'),
      about: `${context.key} ${target}`,
    })
    if (this.found.length < MAX_PENDING) this.found.push({ finding, context, end: p.end, located, time: p.time })
  }

  private flooded(p: Pending): void {
    const { located, context } = p
    const target = addressText(this.tools, located.address)
    const own = located.rejections.filter((r) => r.own)
    // What the site model gives to another machine is nobody's who could ask for it.
    const owner = this.owners.ever(located.claimSource) ? null : this.owners.of(located.address)
    const critical = located.peakRate > this.tools.limits.floodCritical || owner !== null
    // Whoever rejects what it gets was not asked in a test that nobody can see.
    const unseen = HIDDEN.has(context.protocol) && own.length === 0
    this.tools.ledger.add({
      rule: 'T-FLOOD3',
      severity: hinted(critical ? 'critical' : unseen ? 'medium' : 'high', context.midCapture),
      confidence: confidence(65, this.facts(p), (own.length > 0 ? 20 : 0) + unchecked(located.authentication)),
      time: p.time,
      session: context.session,
      title: `${contextName(context)} floods ${target}, which did not ask for it`,
      detail: `${this.claim(p)} ${located.bytesTo} bytes in ${located.packetsTo} packets were sent to ${target}, up to ${Math.round(located.peakRate)} bytes a second; it never showed that it wants them${own.length > 0 ? ` and answered with ${own[0]?.text}` : ''}.${owner === null ? '' : ` It is ${owner}.`}`,
      claimant: located.claimSource,
      victim: located.address,
      movesTo: located.address,
      rows: [...this.rows(p), ...own.map((r) => r.row)].slice(0, 20),
      checks: this.checks(p),
      reference: referenceOf('T-FLOOD3'),
      about: `${context.key} ${target}`,
    })
  }

  private hole(p: Pending): void {
    const { located, context } = p
    const side = context.sides[p.end]
    const former = this.oldAlive(p) ?? recent(side.locators.values(), located, this.tools)
    const errors = located.rejections.filter((r) => /unreachable|exceeded/i.test(r.text))
    const nowhere = isNowhere(this.tools.flows.addresses.get(located.address))
    if (former === null && errors.length === 0 && !nowhere) return
    const target = addressText(this.tools, located.address)
    const weak = located.authentication === 'A0' || located.authentication === 'A1' || located.authentication === 'AX'
    const proven = located.authentication === 'A3v' || located.authentication === 'A4v'
    const finding = this.tools.ledger.add({
      rule: 'T-BLACKHOLE',
      severity: hinted(weak ? 'high' : proven ? 'low' : 'medium', context.midCapture),
      confidence: confidence(50, { ...this.facts(p), oldAlive: false }, unchecked(located.authentication)),
      time: p.time,
      session: context.session,
      title: `${contextName(context)} sends into a hole at ${target}`,
      detail: `${this.claim(p)} Since then data goes to ${target} and nothing comes back${former === null ? '' : `, while ${addressText(this.tools, former.address)} still works`}${errors.length > 0 ? `; ${errors[0]?.text} was reported` : ''}.`,
      claimant: located.claimSource,
      victim: former?.address ?? located.address,
      movesTo: located.address,
      rows: [...this.rows(p), ...errors.map((r) => r.row)].slice(0, 20),
      checks: [
        ...this.checks(p),
        former === null
          ? possible('the path really failed', 'nothing was heard from the former locator')
          : ruledOut('the path really failed', 'the former locator works'),
        ruledOut(
          'a short gap at a hand-over',
          `more than ${this.tools.limits.blackHoleTime / SECOND} s or ${this.tools.limits.blackHoleResent} retransmissions`,
        ),
      ],
      reference: referenceOf('T-BLACKHOLE'),
      about: `${context.key} ${target}`,
    })
    this.many(p, finding)
  }

  /** Three contexts that one claimant breaks within a minute are no accident of one path (threats.md, T-BLACKHOLE). */
  private many(p: Pending, finding: Finding): void {
    const claimant = p.located.claimSource
    if (claimant < 0 || p.context.midCapture) return
    const list = (this.broken.get(claimant) ?? []).filter((one) => p.time - one.time <= BREAKS_TIME && one.context !== p.context.ordinal)
    list.push({ time: p.time, context: p.context.ordinal, finding })
    this.tools.flows.forgotten.room(this.broken, MAX_PENDING, 'broken bindings by their claimant')
    this.broken.set(claimant, list.slice(-20))
    if (list.length >= BREAKS) for (const one of list) if (one.finding.severity === 'medium') one.finding.severity = 'high'
  }

  /** Packets from the old locator after the finding make it worse. */
  private raise(now: number): void {
    for (let i = this.found.length - 1; i >= 0; i--) {
      const one = this.found[i] as (typeof this.found)[number]
      if (now - one.time > NEAR) this.found.splice(i, 1)
      if (one.finding.severity === 'critical' || one.finding.severity === 'low') continue
      const alive = this.oldAlive(one)
      if (alive === null) continue
      one.finding.severity = 'critical'
      one.finding.confidence = Math.min(100, one.finding.confidence + 20)
      one.finding.detail += ` Packets still come from ${addressText(this.tools, alive.address)}.`
      this.found.splice(i, 1)
    }
  }
}

/** The former locator answered within 5 s before the switch. */
function recent(locators: Iterable<Located>, not: Located, tools: Tools): Located | null {
  for (const located of locators)
    if (located !== not && lastFrom(located, tools) >= not.firstTo - 5 * SECOND && lastFrom(located, tools) > not.claimedAt) return located
  return null
}

/** A proof that cannot be checked may well be right: the claim is worth more doubt, though the missing test is seen all the same. */
function unchecked(authentication: ClaimAuthentication): number {
  return authentication === 'A3u' || authentication === 'A4u' ? -15 : 0
}

/** Nobody has such an address: this network, loopback, multicast, reserved (RFC 6890, RFC 4291). */
function isNowhere(address: Uint8Array): boolean {
  const first = address[0] as number
  if (address.length === 4) return first === 0 || first === 127 || first >= 224
  return first === 0xff || (first === 0 && address.subarray(1, 15).every((byte) => byte === 0))
}

export function proof(authentication: ClaimAuthentication): string {
  switch (authentication) {
    case 'AX':
      return ', with a proof that is wrong'
    case 'A3v':
    case 'A4v':
      return ', with a proof that is right'
    case 'A3u':
    case 'A4u':
      return ', with a proof that cannot be checked'
    case 'A2':
      return ', from where it can be reached'
    default:
      return ', without a proof'
  }
}
