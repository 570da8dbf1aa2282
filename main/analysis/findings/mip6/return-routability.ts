/**
 * T-MIP-RR, T-MIP-HAO, T-MIP-PREFIX: bindings that are not proven (RFC 6275 sections 5.2, 6.1.8, 9.3.1; RFC 3963). A binding update to a
 * correspondent rests on a HoT and a CoT; wrong authenticators and care-of addresses that no CoT ever went to are reported, high when
 * accepted. Absence counts only when the pair's earlier tests, or the last four minutes, are in the capture.
 */

import type { ClaimAnswerDetail, ClaimDetail, CloseDetail, ProbeDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { type Context, type Located, lastTo } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'

const WAIT = 5e9
const ERROR_WITHIN = 2e9
const MAX_PENDING = 300
const MAX_TESTS = 20_000
const REFUSED_PREFIX = new Set([141, 142, 155])

interface Binding {
  context: Context
  side: End
  detail: ClaimDetail
  source: number
  peer: number
  time: number
  row: number
  tested: boolean
  usedBefore: number
  accepted: boolean
  refused: string | null
  answerRow: number
}

export class ReturnRoutability implements ContextRule {
  readonly protocols = [SignalProtocol.Mip6]
  readonly payloadOf = this.protocols
  /** when a test of `correspondent` for `node` was answered last */
  private readonly homeTests = new Map<string, number>()
  private readonly careOfTests = new Map<string, number>()
  private readonly careOfAsked = new Map<string, number>()
  /** ends that have sent binding updates */
  private readonly mobile = new Set<string>()
  private pending: Binding[] = []
  private strangers: { context: Context; end: End; located: Located; peer: number; time: number; row: number; refused: boolean }[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (this.pending.length > 0) this.decide(signal.time, false)
    if (signal.protocol !== SignalProtocol.Mip6) return
    switch (signal.kind) {
      case SignalKind.Probed:
      case SignalKind.ProbeAnswered:
        this.test(seen, signal.detail as ProbeDetail)
        break
      case SignalKind.Claimed:
        if (context !== null && seen.side >= 0) this.claimed(seen, context, signal.detail as ClaimDetail)
        break
      case SignalKind.ClaimAnswered:
        if (context !== null) this.answered(seen, context, signal.detail as ClaimAnswerDetail)
        break
      case SignalKind.Refused:
        if ((signal.detail as CloseDetail).message === 'BE')
          for (const one of this.strangers) if (one.peer === seen.source && signal.time - one.time <= ERROR_WITHIN) one.refused = true
        break
    }
  }

  private test(seen: Seen, detail: ProbeDetail): void {
    const asked = detail.message === 'CoTI'
    const tests = asked ? this.careOfAsked : detail.message === 'HoT' ? this.homeTests : detail.message === 'CoT' ? this.careOfTests : null
    if (tests === null) return
    if (tests.size >= MAX_TESTS) this.tools.flows.forgotten.drop(tests, 'tests of return routability')
    // What a tunnel carries is seen in the tunnel and may be seen again behind it: the inner addresses are the same.
    tests.set(asked ? `${seen.destination}>${seen.source}` : `${seen.source}>${seen.destination}`, seen.signal.time)
  }

  private claimed(seen: Seen, context: Context, detail: ClaimDetail): void {
    if (this.mobile.size >= MAX_TESTS) this.tools.flows.forgotten.clear(this.mobile, 'mobile nodes that were tested')
    this.mobile.add(`${context.key} ${seen.side}`)
    if (detail.message !== 'BU' && (detail.prefixes ?? []).length === 0) return
    if (this.pending.length >= MAX_PENDING || this.pending.some((p) => p.row === seen.signal.row && p.context === context)) return
    const { signal } = seen
    // Who asked for the test from there, and names what only its answer tells, got it: the capture lost that.
    const key = `${seen.destination}>${detail.address}`
    const tested = this.careOfTests.get(key) ?? this.careOfAsked.get(key)
    this.pending.push({
      context,
      side: seen.side as End,
      detail: { ...detail },
      source: seen.source,
      peer: seen.destination,
      time: signal.time,
      row: signal.row,
      tested: tested !== undefined && signal.time - tested <= this.tools.limits.bindingMost,
      usedBefore: lastTo(context, seen.side as End, detail.address, this.tools),
      accepted: false,
      refused: null,
      answerRow: -1,
    })
  }

  private answered(seen: Seen, context: Context, detail: ClaimAnswerDetail): void {
    for (const p of this.pending) {
      if (p.context !== context || p.side === seen.side || p.detail.serial !== detail.serial) continue
      p.accepted = detail.accepted
      p.answerRow = seen.signal.row
      if (detail.accepted) continue
      p.refused = detail.cause
      if (REFUSED_PREFIX.has(detail.code ?? -1)) this.prefix(p, detail)
    }
  }

  sweep(now: number, final: boolean): void {
    this.decide(now, final)
    const due = this.strangers.filter((s) => final || now - s.time > WAIT)
    this.strangers = this.strangers.filter((s) => !due.includes(s))
    for (const one of due) if (!one.refused) this.homeAddress(one)
  }

  private decide(now: number, final: boolean): void {
    const [first] = this.pending
    if (first === undefined || (!final && now - first.time <= WAIT)) return
    const due = this.pending.filter((p) => final || now - p.time > WAIT)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) if (p.detail.message === 'BU') this.judge(p)
  }

  /** Could the tests have been seen? Of this pair they were before, or the capture is older than any token. */
  private watchable(p: Binding): boolean {
    if (this.tools.visibility.lossy) return false
    if (p.time > this.tools.limits.nonceAge) return true
    for (const key of this.careOfTests.keys()) if (key.startsWith(`${p.peer}>`)) return !p.context.midCapture
    return false
  }

  private judge(p: Binding): void {
    const { detail, context } = p
    const wrong = detail.authentication === 'AX'
    const unproven = !p.tested && detail.authentication !== 'A3v' && detail.authentication !== 'A4u' && this.watchable(p)
    if (!wrong && !unproven) return
    const used = lastTo(context, p.side, detail.address, this.tools) > p.time && p.usedBefore < p.time - 1e9
    const effect = p.accepted || used
    // No nonce indices: its key was made of something else than tokens (RFC 4449).
    const byHand = !wrong && detail.proof?.startsWith(':') === true
    const careOf = addressText(this.tools, detail.address)
    this.tools.ledger.add({
      rule: 'T-MIP-RR',
      severity: hinted(effect && !byHand ? 'high' : 'low', context.midCapture),
      confidence: confidence(wrong ? 85 : 60, { midCapture: context.midCapture }),
      time: p.time,
      session: context.session,
      title: `Binding to ${careOf} ${wrong ? 'with a wrong authenticator' : 'without a test of it'}${effect ? ' was accepted' : ''}`,
      detail: `${addressText(this.tools, p.source)} asked ${addressText(this.tools, p.peer)} to send to ${careOf}. ${
        wrong
          ? 'The tokens that were handed out do not make its authenticator.'
          : `No care-of test (CoT) went to ${careOf} before: it was never shown that it can be reached.`
      } ${p.accepted ? 'The binding was accepted.' : used ? 'Data goes there since.' : p.refused !== null ? `It was refused: ${p.refused}.` : 'Nothing shows that it was believed.'}`,
      claimant: p.source,
      victim: detail.address,
      movesTo: detail.address,
      rows: p.answerRow < 0 ? [p.row] : [p.row, p.answerRow],
      checks: [
        wrong
          ? ruledOut('tokens of another exchange', 'those of the named indices were tried')
          : ruledOut('the test was not captured', 'other tests of this correspondent were, or the capture is older than any token'),
        ruledOut('a registration at a home agent', 'it is a correspondent: the update does not ask for one'),
        check('a binding with keys set up by hand', byHand, byHand ? 'it names no tokens (RFC 4449)' : 'it names tokens'),
      ],
      reference: referenceOf('T-MIP-RR'),
      about: `${context.key} ${careOf} ${detail.serial}`,
    })
  }

  /** Different prefixes that were refused to one source of late: a wrong configuration asks for the same again. */
  private readonly refusals = new Map<number, Map<string, number>>()
  private manyPrefixes(source: number, prefixes: string, time: number): boolean {
    const { limits, flows } = this.tools
    const list = this.refusals.get(source) ?? new Map<string, number>()
    for (const [text, when] of list) if (time - when > limits.attemptTime) list.delete(text)
    list.set(prefixes, time)
    flows.forgotten.room(this.refusals, MAX_PENDING, 'prefixes that were refused')
    this.refusals.set(source, list)
    return prefixes !== '' && list.size >= limits.attempts
  }

  private prefix(p: Binding, detail: ClaimAnswerDetail): void {
    const prefixes = (p.detail.prefixes ?? []).join(', ')
    const source = addressText(this.tools, p.source)
    const many = this.manyPrefixes(p.source, prefixes, p.time)
    this.tools.ledger.add({
      rule: 'T-MIP-PREFIX',
      severity: many ? 'medium' : 'low',
      confidence: confidence(70, {}),
      time: p.time,
      session: p.context.session,
      title: `${source} asked for ${prefixes === '' ? 'a prefix' : prefixes}, which is not its own`,
      detail: `${source} registered ${prefixes === '' ? 'a mobile network prefix' : prefixes} at ${addressText(this.tools, p.peer)}; it was refused with status ${detail.code}: ${detail.cause ?? ''}.`,
      claimant: p.source,
      victim: p.peer,
      movesTo: -1,
      rows: p.answerRow < 0 ? [p.row] : [p.row, p.answerRow],
      checks: [
        many
          ? ruledOut('a wrong configuration of the router', 'it would ask for the same prefix again')
          : check('a wrong configuration of the router', null),
        ruledOut('a prefix it was granted before', 'the home agent knows of none'),
      ],
      reference: referenceOf('T-MIP-PREFIX'),
      about: `${p.context.key} ${prefixes} ${p.detail.serial}`,
    })
  }

  /** Data with a home address option from where no binding is. */
  payload(seen: Seen, from: Located, _to: Located, fresh: boolean): void {
    const { signal, context } = seen
    if (signal.token > 0 || context === null || !fresh) return
    if (from.how !== 'observed' || from.claimSource >= 0 || context.midCapture) return
    // Only the mobile node's packets carry the option; its peer's own address may be any.
    if (!this.mobile.has(`${context.key} ${seen.side}`)) return
    if (this.tools.flows.forgotten.full(this.strangers.length, MAX_PENDING, 'suspicions of T-MIP-HAO')) return
    this.strangers.push({
      context,
      end: seen.side as End,
      located: from,
      peer: seen.destination,
      time: signal.time,
      row: signal.row,
      refused: false,
    })
  }

  private homeAddress(one: (typeof this.strangers)[number]): void {
    const { context, located } = one
    if (located.how !== 'observed') return
    const answered = lastTo(context, one.end, located.address, this.tools) >= one.time
    if (!answered) return
    const source = addressText(this.tools, located.address)
    this.tools.ledger.add({
      rule: 'T-MIP-HAO',
      severity: 'medium',
      confidence: confidence(55, {}),
      time: one.time,
      session: context.session,
      title: `${source} uses a home address that is not bound to it`,
      detail: `Data with a home address option came from ${source}; no binding names ${source}, yet ${addressText(this.tools, one.peer)} answered there and sent no Binding Error.`,
      claimant: located.address,
      victim: one.peer,
      movesTo: located.address,
      rows: [one.row],
      checks: [
        ruledOut('the binding was made before the capture', 'the session was seen from its first update'),
        ruledOut('it was refused', `no Binding Error within ${ERROR_WITHIN / 1e9} s`),
      ],
      reference: referenceOf('T-MIP-HAO'),
      about: `${context.key} ${source}`,
    })
  }
}
