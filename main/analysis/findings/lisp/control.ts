/**
 * T-LISP-OVER and T-LISP-AUTH (RFC 9301 sections 5.4, 6, 9; RFC 7835). An answer that claims more than its site: its prefix is shorter than the
 * prefix asked for, or swallows other mappings, or the asking site itself. A registration whose Map-Notify never comes, and an answer to no
 * question: attempts. More than twenty solicitations a second. Also gives the tracker the locators of a context, which LISP names by prefix.
 */

import { parseAddress } from '../../../../shared/address.ts'
import type { ClaimAnswerDetail, ClaimDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { COPY } from '../../same-frame.ts'
import { referenceOf } from '../catalogue.ts'
import { type Context, type Located, locate, verify } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen } from '../contexts/rule.ts'
import type { Tracker } from '../contexts/tracker.ts'
import { check, confidence, notObservable, ruledOut } from '../judge.ts'
import type { Finding } from '../ledger.ts'
import { inside, type Mapping, Mappings, parsePrefix } from './mappings.ts'

const SECOND = 1e9
const NOTIFY_WITHIN = 3 * SECOND
const RETRIED_WITHIN = 10 * SECOND
const SOLICITATIONS = 20
const MAX_KEPT = 1000

interface Registration {
  serial: number | null
  source: number
  server: number
  locators: number[]
  prefix: string
  time: number
  row: number
  answered: boolean
  flow: number
  direction: number
}

export class LispControl implements ContextRule {
  readonly protocols = [SignalProtocol.Lisp]
  readonly payloadOf = this.protocols
  private readonly mappings = new Mappings()
  /** when a locator answered a probe last, and whether an address sends probes at all */
  private readonly proven = new Map<number, number>()
  private readonly probers = new Set<number>()
  private registrations: Registration[] = []
  private readonly served = new Set<string>()
  private readonly notified = new Map<string, number>()
  private readonly over = new Map<string, { finding: Finding; locators: Set<number>; asker: number; raised: boolean }>()
  private readonly solicited = new Map<number, { second: number; count: number; receivers: Set<number> }>()
  private readonly attempts = new Map<number, number[]>()

  constructor(private readonly tools: Tracker) {
    tools.resolve = (context, end, address, signal) => this.resolve(context, end, address, signal)
  }

  control(seen: Seen): void {
    const { signal } = seen
    if (this.registrations.length > 0) this.decide(signal.time, false)
    if (signal.protocol !== SignalProtocol.Lisp) return
    switch (signal.kind) {
      case SignalKind.Claimed:
        if (signal.context === 0) this.claimed(seen, signal.detail as ClaimDetail)
        break
      case SignalKind.ClaimAnswered:
        this.notifiedBy(seen, signal.detail as ClaimAnswerDetail)
        break
      case SignalKind.Probed:
        if (seen.source < 0 || this.probers.has(seen.source)) break
        this.tools.flows.forgotten.room(this.probers, MAX_KEPT, 'routers that probe')
        this.probers.add(seen.source)
        break
      case SignalKind.Verified:
        this.answers(seen.source, signal.time)
        break
      case SignalKind.Noted: {
        const { message } = signal.detail as { message: string }
        if (message.startsWith('SMR')) this.solicit(seen)
        break
      }
    }
  }

  // ------------------------------------------------------------------ mappings

  private claimed(seen: Seen, detail: ClaimDetail): void {
    const { signal } = seen
    const prefix = detail.prefixes?.[0]
    if (prefix === undefined || detail.address < 0) return
    if (detail.message.startsWith('Map-Register')) {
      this.mappings.add(prefix, detail, signal, seen.source)
      if (detail.message.includes('wants Map-Notify')) this.registered(seen, detail, prefix)
      return
    }
    if (detail.message.startsWith('Map-Reply')) {
      if (detail.authentication === 'A0') {
        this.unasked(seen, detail, prefix)
        return
      }
      if (detail.asked !== undefined) this.claimsMore(seen, detail, prefix)
    }
    this.mappings.add(prefix, detail, signal, seen.source)
  }

  private answers(address: number, time: number): void {
    if (address < 0) return
    if (this.proven.size >= 10 * MAX_KEPT) this.tools.flows.forgotten.drop(this.proven, 'proven LISP nonces')
    this.proven.set(address, time)
    for (const one of this.tools.claimedBy(address).slice())
      if (one.context.protocol === SignalProtocol.Lisp) this.tools.proven(one.context, one.located, 'RLOC-probe answered', time)
  }

  private eid(context: Context, end: End): Uint8Array | null {
    const text = context.sides[end].identifiers.find((i) => i.kind === 'eid')?.value
    const other = context.sides[(1 - end) as End]
    return text !== undefined ? parseAddress(text) : other === undefined ? null : null
  }

  /** A locator that a context's data is sent to, or comes from: what does the mapping of its EID say? */
  private resolve(context: Context, end: End, address: number, signal: Parameters<typeof locate>[6]): Located | null {
    if (context.protocol !== SignalProtocol.Lisp) return null
    const eid = this.eid(context, end)
    const mapping = this.mappings.of(eid)
    const known = mapping?.locators.get(address)
    if (mapping === null || known === undefined) {
      // Without a mapping in the capture nothing can be said of where data may come from.
      if (mapping !== null && context.established >= 0) return null
      const located = locate(context, end, address, 'initial', 'data', 'A1', signal, -1)
      if (located !== null) verify(located, 'no mapping captured', signal.time)
      return located
    }
    const first = context.sides[end].locators.size === 0
    const located = locate(
      context,
      end,
      address,
      first ? 'initial' : 'signalled',
      known.message,
      known.authentication,
      signal,
      known.source,
    )
    if (located === null) return null
    located.claimedAt = known.time
    located.refreshedAt = known.time
    located.claimRow = known.row
    located.claimHops = known.hops
    located.claimInterface = known.iface
    if (this.proven.has(address)) verify(located, 'RLOC-probe answered', this.proven.get(address) as number)
    else if (!first) {
      // Where the sender of data tests no locators at all, a missing test says nothing of this one.
      const sender = this.tools.flows.sender(signal.flow, signal.direction)
      if (
        address === this.tools.flows.receiver(signal.flow, signal.direction) &&
        !this.probers.has(sender) &&
        this.probersOf(context, end) === 0
      )
        verify(located, 'its peer tests no locators', signal.time)
      else this.tools.watch(context, end, located)
    }
    return located
  }

  private probersOf(context: Context, end: End): number {
    let count = 0
    for (const located of context.sides[(1 - end) as End].locators.values()) if (this.probers.has(located.address)) count++
    return count
  }

  // ------------------------------------------------------------------ answers

  private unasked(seen: Seen, detail: ClaimDetail, prefix: string): void {
    const { signal } = seen
    const known = this.mappings.get(prefix)
    // What is known anyway is news to nobody; its question may have come by a way that was not captured, or inside another packet.
    if (known !== undefined && (known.locators.has(detail.address) || [...known.locators.values()].some((l) => l.source === seen.source)))
      return
    // The question may have been sent before the capture began, unless the mapping was known or asked for in it.
    if (signal.time < this.tools.limits.captureStart && known === undefined) return
    const times = (this.attempts.get(seen.source) ?? []).filter((t) => signal.time - t <= this.tools.limits.attemptTime)
    // A second capture of the same message, or another record of it, is no further attempt.
    if (signal.time - (times[times.length - 1] ?? -COPY) >= COPY) times.push(signal.time)
    if (this.attempts.size > MAX_KEPT) this.tools.flows.forgotten.clear(this.attempts, 'attempts on LISP mappings')
    this.attempts.set(seen.source, times)
    const often = times.length >= this.tools.limits.attempts
    const source = addressText(this.tools, seen.source)
    this.tools.ledger.add({
      rule: 'T-LISP-AUTH',
      severity: often ? 'medium' : 'low',
      confidence: confidence(55, { hopLimitDiffers: this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit) }),
      time: signal.time,
      session: -1,
      title: `Map-Reply from ${source} to a question that nobody asked`,
      detail: `${source} told ${addressText(this.tools, seen.destination)} that ${prefix} is reached at ${addressText(this.tools, detail.address)}; its nonce is of no Map-Request in the capture.${often ? ` ${times.length} such answers came within a minute.` : ''}`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: detail.address,
      rows: [signal.row],
      checks: [
        ruledOut('the question was sent before the capture', 'the mapping had been asked for in it already'),
        check('the question went out where nothing was captured', null),
      ],
      reference: referenceOf('T-LISP-AUTH'),
      about: `unasked ${source} ${prefix}`,
    })
  }

  /** Which other EIDs does the answer swallow? Hosts are asked for; the prefix of their site is the right answer. */
  private claimsMore(seen: Seen, detail: ClaimDetail, prefix: string): void {
    const claimed = parsePrefix(prefix)
    const asked = parsePrefix(detail.asked as string)
    if (claimed === null || asked === null || claimed.bytes.length !== asked.bytes.length) return
    const whole = asked.bytes.length * 8
    const shorter = asked.length < whole && claimed.length < asked.length
    const swallowed = this.mappings.within(prefix).filter((m) => !sameSite(m, detail, seen.source))
    const text = addressText(this.tools, seen.destination)
    const asker = parseAddress(text)
    const covers = asker !== null && inside(asker, claimed)
    if (!shorter && swallowed.length === 0 && !covers) return
    const key = `${seen.source} ${prefix}`
    const known = this.over.get(key)
    if (known !== undefined) {
      known.locators.add(detail.address)
      return
    }
    const source = addressText(this.tools, seen.source)
    const what = shorter
      ? `it was asked for ${detail.asked} only`
      : swallowed.length > 0
        ? `it swallows ${swallowed
            .slice(0, 3)
            .map((m) => m.prefix)
            .join(', ')}, which others have`
        : `it swallows ${text} itself, which asked`
    const finding = this.tools.ledger.add({
      rule: 'T-LISP-OVER',
      severity: shorter ? 'high' : 'medium',
      confidence: confidence(60, { hopLimitDiffers: this.tools.hops.differs(seen.source, seen.signal.interface, seen.signal.hopLimit) }),
      time: seen.signal.time,
      session: -1,
      title: `${source} claims ${prefix}, more than it was asked for`,
      detail: `${source} answered a Map-Request for ${detail.asked} with ${prefix} at ${addressText(this.tools, detail.address)}: ${what}.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: detail.address,
      rows: [seen.signal.row],
      checks: [
        shorter || swallowed.length > 0 ? ruledOut('the prefix of the site', what) : check('the prefix of the site', null, what),
        check('a proxy or default mapping', claimed.length === 0, prefix),
      ],
      reference: referenceOf('T-LISP-OVER'),
      about: `${source} ${prefix}`,
    })
    if (this.over.size >= MAX_KEPT) this.tools.flows.forgotten.drop(this.over, 'overclaimed LISP prefixes')
    this.over.set(key, { finding, locators: new Set([detail.address]), asker: seen.destination, raised: false })
  }

  payload(seen: Seen): void {
    for (const one of this.over.values()) {
      if (one.raised || !one.locators.has(seen.destination)) continue
      one.raised = true
      one.finding.severity = 'high'
      one.finding.detail += ` ${addressText(this.tools, seen.source)} sends data to ${addressText(this.tools, seen.destination)} since.`
      one.finding.rows.push(seen.signal.row)
    }
  }

  // ------------------------------------------------------------------ registrations

  private registered(seen: Seen, detail: ClaimDetail, prefix: string): void {
    const { signal } = seen
    const last = this.registrations[this.registrations.length - 1]
    if (last !== undefined && last.row === signal.row) {
      if (last.prefix === prefix) last.locators.push(detail.address)
      return
    }
    this.registrations.push({
      serial: detail.serial,
      source: seen.source,
      server: seen.destination,
      locators: [detail.address],
      prefix,
      time: signal.time,
      row: signal.row,
      answered: false,
      flow: signal.flow,
      direction: signal.direction,
    })
    if (this.registrations.length > MAX_KEPT) this.tools.flows.forgotten.shift(this.registrations, 'LISP registrations')
  }

  private notifiedBy(seen: Seen, detail: ClaimAnswerDetail): void {
    if (detail.message !== 'Map-Notify') return
    this.served.add(`${seen.source}>${seen.destination}`)
    for (const r of this.registrations) if (r.serial === detail.serial && r.server === seen.source) r.answered = true
    if (this.notified.size > MAX_KEPT) this.tools.flows.forgotten.clear(this.notified, 'LISP notifications')
    this.notified.set(`${seen.source} ${detail.prefixes?.[0]} ${detail.address}`, seen.signal.time)
  }

  sweep(now: number, final: boolean): void {
    this.decide(now, final)
  }

  private decide(now: number, final: boolean): void {
    const due = this.registrations.filter((r) => r.answered || final || now - r.time > RETRIED_WITHIN)
    if (due.length === 0) return
    this.registrations = this.registrations.filter((r) => !due.includes(r))
    for (const r of due) if (!r.answered && now - r.time >= Math.min(NOTIFY_WITHIN, SECOND)) this.unanswered(r)
  }

  private unanswered(r: Registration): void {
    // The server has answered this one's registrations before, and may have answered the same again a little later.
    if (!this.served.has(`${r.server}>${r.source}`) || this.tools.visibility.lossy) return
    if (r.locators.every((address) => (this.notified.get(`${r.server} ${r.prefix} ${address}`) ?? -1) > r.time)) return
    const source = addressText(this.tools, r.source)
    this.tools.ledger.add({
      rule: 'T-LISP-AUTH',
      severity: 'low',
      confidence: confidence(55, {}),
      time: r.time,
      session: -1,
      title: `Registration of ${r.prefix} from ${source} was not taken`,
      detail: `${source} registered ${r.prefix} (locators: ${r.locators.map((a) => addressText(this.tools, a)).join(', ')}) with the Map-Server ${addressText(this.tools, r.server)} and asked for a Map-Notify; none came, as if its key were wrong.`,
      claimant: r.source,
      victim: r.server,
      movesTo: -1,
      rows: [r.row],
      checks: [
        ruledOut('the answer was not captured', 'the server answered other registrations of this router'),
        check('the registration or its answer was lost', null, `not repeated within ${RETRIED_WITHIN / SECOND} s`),
        notObservable('the key', 'only the map server has it'),
      ],
      reference: referenceOf('T-LISP-AUTH'),
      about: `register ${r.source} ${r.prefix} ${r.row}`,
    })
  }

  private solicit(seen: Seen): void {
    const { signal } = seen
    const second = Math.floor(signal.time / SECOND)
    const known = this.solicited.get(seen.source)
    if (known === undefined || known.second !== second) {
      if (this.solicited.size > MAX_KEPT) this.tools.flows.forgotten.clear(this.solicited, 'solicited LISP answers')
      this.solicited.set(seen.source, { second, count: 1, receivers: new Set([seen.destination]) })
      return
    }
    known.receivers.add(seen.destination)
    if (++known.count !== SOLICITATIONS + 1) return
    // A site that has changed tells everybody who asked for it, each once.
    const all = known.receivers.size * 2 > known.count
    const source = addressText(this.tools, seen.source)
    this.tools.ledger.add({
      rule: 'T-LISP-OVER',
      severity: all ? 'low' : 'medium',
      confidence: confidence(60, {}),
      time: signal.time,
      session: -1,
      title: `${source} solicits more than ${SOLICITATIONS} Map-Requests a second`,
      detail: `More than ${SOLICITATIONS} Solicit-Map-Requests came from ${source} within a second: each makes its receiver ask for a mapping.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: [signal.row],
      checks: [check('a great site that has just changed its mapping', all, `they went to ${known.receivers.size} receivers`)],
      reference: referenceOf('T-LISP-OVER'),
      about: `solicitations ${source}`,
    })
  }
}

/** The inner mapping is of the same site: it shares a locator with the answer, or the same one told it. */
function sameSite(inner: Mapping, detail: ClaimDetail, source: number): boolean {
  if (inner.locators.has(detail.address)) return true
  for (const locator of inner.locators.values()) if (locator.source === source) return true
  return false
}
