/**
 * T-SCTP-NOAUTH: an ASCONF without AUTH, or with a wrong one. RFC 5061 section 4.2.7 wants it discarded; who acts on it lets anybody move
 * the association. Answered: high. Discarded where AUTH was agreed on: an attempt, low. Where neither side can do AUTH, an answer is what
 * the configuration allows: low, unless the packet's hop limit is a stranger's.
 */

import type { ClaimAnswerDetail, ClaimAuthentication } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import type { Context } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'

const WAIT = 2e9
const MAX_PENDING = 200

interface Request {
  context: Context
  side: End
  serial: number | null
  message: string
  address: number
  wrong: boolean
  source: number
  victim: number
  time: number
  row: number
  hops: boolean | null
  answer: { row: number; accepted: boolean } | null
}

export class Reconfiguration implements ContextRule {
  readonly protocols = [SignalProtocol.Sctp]
  readonly kinds =
    signalBit(SignalKind.Claimed) | signalBit(SignalKind.Withdrawn) | signalBit(SignalKind.Preferred) | signalBit(SignalKind.ClaimAnswered)
  private pending: Request[] = []
  /** one of them was answered */
  private answers = false
  /** by source: when requests of different numbers had no effect */
  private readonly attempts = new Map<number, { time: number; serial: number | null }[]>()

  constructor(private readonly tools: Tools) {}

  next(signal: Signal): void {
    if (this.pending.length > 0) this.decide(signal.time, false)
  }

  control(seen: Seen): void {
    const { signal, context } = seen
    if (context === null || context.protocol !== SignalProtocol.Sctp || seen.side < 0) return
    if (signal.kind !== SignalKind.ClaimAnswered) this.request(seen, context)
    else this.answered(seen, context, signal.detail as ClaimAnswerDetail)
  }

  private request(seen: Seen, context: Context): void {
    const { signal } = seen
    const detail = signal.detail as { message: string; authentication: ClaimAuthentication; serial: number | null; address: number }
    if (!detail.message.startsWith('ASCONF') || detail.serial === null) return
    const { authentication } = detail
    if (authentication !== 'A0' && authentication !== 'A1' && authentication !== 'AX') return
    // Several requests of one chunk are one act.
    if (this.pending.some((p) => p.row === signal.row && p.context === context)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-SCTP-NOAUTH')) return
    this.pending.push({
      context,
      side: seen.side as End,
      serial: detail.serial,
      message: detail.message,
      address: detail.address < 0 ? seen.source : detail.address,
      wrong: authentication === 'AX',
      source: seen.source,
      victim: seen.destination,
      time: signal.time,
      row: signal.row,
      hops: this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit),
      answer: null,
    })
  }

  private answered(seen: Seen, context: Context, detail: ClaimAnswerDetail): void {
    for (const p of this.pending)
      if (p.context === context && p.serial === detail.serial && p.side !== seen.side && (p.answer === null || detail.accepted))
        p.answer = { row: seen.signal.row, accepted: detail.accepted }
    this.answers ||= this.pending.some((p) => p.answer !== null)
  }

  sweep(now: number, final: boolean): void {
    this.decide(now, final)
  }

  private decide(now: number, final: boolean): void {
    const first = this.pending[0]
    if (first === undefined || (!final && !this.answers && now - first.time <= WAIT)) return
    this.answers = false
    const due = this.pending.filter((p) => final || p.answer !== null || now - p.time > WAIT)
    if (due.length === 0) return
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  private judge(p: Request): void {
    const { context } = p
    const receiver = context.sides[1 - p.side]?.capabilities ?? []
    const own = context.sides[p.side].capabilities
    const agreed = receiver.includes('asconf-must-be-authenticated')
    const possible = receiver.includes('auth') && own.includes('auth')
    const accepted = p.answer?.accepted === true
    if (!accepted && !agreed && !p.wrong) return
    const loose = accepted && !context.midCapture && !possible && !p.wrong
    const often = !accepted && this.often(p)
    const source = addressText(this.tools, p.source)
    const why = p.wrong ? 'with a wrong AUTH' : 'without AUTH'
    this.tools.ledger.add({
      rule: 'T-SCTP-NOAUTH',
      severity: hinted(accepted && !(loose && p.hops !== true) ? 'high' : often ? 'medium' : 'low', context.midCapture),
      confidence: confidence(accepted ? 85 : 75, { hopLimitDiffers: p.hops, midCapture: context.midCapture }),
      time: p.time,
      session: context.session,
      title: `${p.message} ${why} from ${source}${accepted ? ' was acted on' : ', without effect'}`,
      detail: `${source} sent ${p.message} for ${addressText(this.tools, p.address)} ${why}. ${
        accepted
          ? loose
            ? 'It was accepted; neither side of the association can authenticate such changes.'
            : `${addressText(this.tools, p.victim)} accepted it.`
          : `${addressText(this.tools, p.victim)} ${p.answer === null ? 'did not answer' : 'refused it'}.`
      }`,
      claimant: p.source,
      victim: p.victim,
      movesTo: p.address,
      rows: p.answer === null ? [p.row] : [p.row, p.answer.row],
      checks: [
        check('the association never agreed on AUTH', agreed ? false : possible ? false : context.midCapture ? null : true),
        ruledOut('AUTH comes in another packet', 'it must stand in front of the ASCONF chunk'),
        check("the packet is its sender's own", p.hops === null ? null : !p.hops, 'by its hop limit'),
      ],
      reference: referenceOf('T-SCTP-NOAUTH'),
      about: loose && p.hops !== true ? `${context.key} without` : `${context.key} ${source} ${p.serial}`,
    })
  }

  /** Three requests in a minute without effect are more than a slip. One that is sent again has its number. */
  private often(p: Request): boolean {
    const { attempts, attemptTime } = this.tools.limits
    const list = (this.attempts.get(p.source) ?? []).filter((one) => p.time - one.time <= attemptTime && one.serial !== p.serial)
    list.push({ time: p.time, serial: p.serial })
    this.tools.flows.forgotten.room(this.attempts, 1000, 'attempts to change addresses')
    this.attempts.set(p.source, list.slice(-10))
    return list.length >= attempts
  }
}
