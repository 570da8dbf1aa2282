/**
 * T-TIMESHIFT: a binding outlives the proof it rests on (threats.md 3). (a) a correspondent grants a Mobile IPv6 binding for more than 420 s;
 * (b) data goes to a locator whose binding ran out, not refreshed, and not heard from for a minute; (c) an update rests on tokens handed out
 * more than 240 s before. Cost for payload: the tracker compares one column.
 */

import type { ClaimAnswerDetail, ClaimDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'
import { type Context, contextName, type Located, lastFrom, lastTo, NEVER } from './book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'

const SECOND = 1e9
const SILENT = 60 * SECOND
const WAIT = 5 * SECOND
const MAX_PENDING = 200

interface Old {
  context: Context
  end: End
  address: number
  source: number
  peer: number
  age: number
  serial: number | null
  message: string
  time: number
  row: number
  accepted: boolean
  usedBefore: number
}

export class TimeShift implements ContextRule {
  readonly protocols = [SignalProtocol.Mip6]
  private pending: Old[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (this.pending.length > 0) this.decide(signal.time, false)
    if (context === null || context.protocol !== SignalProtocol.Mip6 || seen.side < 0) return
    if (signal.kind === SignalKind.Claimed) this.claimed(seen, context, signal.detail as ClaimDetail)
    else if (signal.kind === SignalKind.ClaimAnswered) this.answered(seen, context, signal.detail as ClaimAnswerDetail)
  }

  private claimed(seen: Seen, context: Context, detail: ClaimDetail): void {
    const { signal } = seen
    const age = (detail.proofAge ?? 0) * SECOND
    if (age <= this.tools.limits.nonceAge || detail.authentication === 'AX') return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-TIMESHIFT')) return
    this.pending.push({
      context,
      end: seen.side as End,
      address: detail.address,
      source: seen.source,
      peer: seen.destination,
      age,
      serial: detail.serial,
      message: detail.message,
      time: signal.time,
      row: signal.row,
      accepted: false,
      usedBefore: lastTo(context, seen.side as End, detail.address, this.tools),
    })
  }

  private answered(seen: Seen, context: Context, detail: ClaimAnswerDetail): void {
    if (!detail.accepted) {
      this.pending = this.pending.map((p) => (p.context === context && p.serial === detail.serial ? { ...p, usedBefore: NEVER } : p))
      return
    }
    for (const p of this.pending) if (p.context === context && p.serial === detail.serial) p.accepted = true
    const end = (1 - (seen.side as End)) as End
    const located = context.sides[end].locators.get(detail.address)
    const granted = (detail.lifetime ?? 0) * SECOND
    if (located === undefined || located.message !== 'BU' || granted <= this.tools.limits.bindingMost) return
    const target = addressText(this.tools, detail.address)
    this.tools.ledger.add({
      rule: 'T-TIMESHIFT',
      severity: hinted('medium', context.midCapture),
      confidence: confidence(90, { midCapture: context.midCapture }),
      time: seen.signal.time,
      session: context.session,
      title: `Binding to ${target} granted for ${detail.lifetime} s, more than a correspondent may`,
      detail: `${addressText(this.tools, seen.source)} accepted the binding of ${name(context, end)} to ${target} for ${detail.lifetime} s. What was proven holds ${this.tools.limits.bindingMost / SECOND} s: who was on the path once can keep the traffic after it has left.`,
      claimant: located.claimSource,
      victim: seen.source,
      movesTo: detail.address,
      rows: [located.claimRow, seen.signal.row],
      checks: [ruledOut('a registration at a home agent', 'the update does not ask for one')],
      reference: referenceOf('T-TIMESHIFT'),
      about: `${context.key} granted ${target}`,
    })
  }

  payload(seen: Seen, _from: Located, to: Located): void {
    const { signal, context } = seen
    if (context === null || signal.time <= to.expiresAt || to.overdue) return
    const heard = lastFrom(to, this.tools)
    if (heard >= 0 && signal.time - heard < SILENT) return
    if (to.refreshedAt + to.lifetime * SECOND < 0 || this.tools.visibility.lossy) return
    to.overdue = true
    const target = addressText(this.tools, to.address)
    const age = Math.round((signal.time - to.refreshedAt) / SECOND)
    this.tools.ledger.add({
      rule: 'T-TIMESHIFT',
      severity: hinted('high', context.midCapture),
      confidence: confidence(55, { midCapture: context.midCapture }),
      time: signal.time,
      session: context.session,
      title: `Data still goes to ${target}, ${age} s after it was last confirmed`,
      detail: `The ${contextName(context)} was bound to ${target} by ${to.message} for ${to.lifetime} s and not refreshed since; ${target} has been silent for at least ${SILENT / SECOND} s, yet ${addressText(this.tools, seen.source)} sends data there.`,
      claimant: to.claimSource,
      victim: to.address,
      movesTo: to.address,
      rows: [to.claimRow, signal.row],
      checks: [
        ruledOut('a registration at a home agent', `the binding was made by ${to.message}`),
        check('a refresh was not captured', null, 'it may have gone through the home agent'),
        ruledOut('a silent but stable destination', 'data goes there, not only tests'),
      ],
      reference: referenceOf('T-TIMESHIFT'),
      about: `${context.key} outlived ${target}`,
    })
  }

  sweep(now: number, final: boolean): void {
    this.decide(now, final)
  }

  private decide(now: number, final: boolean): void {
    const [first] = this.pending
    if (first === undefined || (!final && now - first.time <= WAIT)) return
    const due = this.pending.filter((p) => final || now - p.time > WAIT)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) {
      const used = lastTo(p.context, p.end, p.address, this.tools)
      const accepted = p.accepted || (used > p.time && used <= p.time + WAIT && p.usedBefore < p.time - SECOND)
      const age = Math.round(p.age / SECOND)
      this.tools.ledger.add({
        rule: 'T-TIMESHIFT',
        severity: hinted(accepted ? 'medium' : 'low', p.context.midCapture),
        confidence: confidence(60, { midCapture: p.context.midCapture }),
        time: p.time,
        session: p.context.session,
        title: `${p.message} rests on a proof ${age} s old${accepted ? ' and was accepted' : ''}`,
        detail: `${addressText(this.tools, p.source)} binds ${name(p.context, p.end)} to ${addressText(this.tools, p.address)} with tokens that were handed out ${age} s before; they prove nothing after ${this.tools.limits.nonceAge / SECOND} s. ${accepted ? 'The correspondent took it.' : 'Nothing shows that the correspondent took it.'}`,
        claimant: p.source,
        victim: p.peer,
        movesTo: p.address,
        rows: [p.row],
        checks: [ruledOut('a later test of the path', 'the authenticator is made of the old tokens')],
        reference: referenceOf('T-TIMESHIFT'),
        about: `${p.context.key} old ${p.address}`,
      })
    }
  }
}

function name(context: Context, end: End): string {
  return context.sides[end].identifiers[0]?.value ?? 'the mobile node'
}
