/**
 * T-ILNP-NONCE: a Locator Update without the session's nonce (RFC 6743 section 8, RFC 6744 section 4). It must be dropped: an attempt, medium
 * when one source repeats it three times in a minute; high when the peer acknowledges it or sends data to the locator.
 */

import type { ClaimAnswerDetail, ClaimDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { type Context, lastTo } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'

const WAIT = 5e9
const MAX_PENDING = 300

interface Update {
  context: Context
  side: End
  address: number
  source: number
  target: number
  wrong: boolean
  time: number
  row: number
  usedBefore: number
  acknowledged: boolean
  hops: boolean | null
}

export class LocatorNonce implements ContextRule {
  readonly protocols = [SignalProtocol.Ilnp]
  private pending: Update[] = []
  private readonly attempts = new Map<number, number[]>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (this.pending.length > 0) this.decide(signal.time, false)
    if (signal.protocol !== SignalProtocol.Ilnp || context === null || seen.side < 0) return
    if (signal.kind === SignalKind.Claimed) {
      const detail = signal.detail as ClaimDetail
      if (detail.authentication === 'A0' || detail.authentication === 'AX') this.claimed(seen, context, detail)
    } else if (signal.kind === SignalKind.ClaimAnswered) {
      const detail = signal.detail as ClaimAnswerDetail
      for (const p of this.pending)
        if (p.context === context && p.side !== seen.side && p.address === detail.address && detail.accepted) p.acknowledged = true
    }
  }

  private claimed(seen: Seen, context: Context, detail: ClaimDetail): void {
    const { signal } = seen
    const without = (detail.proof ?? '') === ''
    // A nonce that cannot be compared, for the session's was never seen, is no sign of anything.
    if (detail.authentication === 'A0' && !without) return
    if (this.pending.some((p) => p.row === signal.row)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-ILNP-NONCE')) return
    this.pending.push({
      context,
      side: seen.side as End,
      address: detail.address,
      source: seen.source,
      target: seen.destination,
      wrong: !without,
      time: signal.time,
      row: signal.row,
      usedBefore: lastTo(context, seen.side as End, detail.address, this.tools),
      acknowledged: false,
      hops: this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit),
    })
  }

  sweep(now: number, final: boolean): void {
    this.decide(now, final)
  }

  private decide(now: number, final: boolean): void {
    const due = this.pending.filter((p) => final || now - p.time > WAIT)
    if (due.length === 0) return
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  private judge(p: Update): void {
    const used = lastTo(p.context, p.side, p.address, this.tools) > p.time && p.usedBefore < p.time - 1e9
    const effect = p.acknowledged || used
    const times = (this.attempts.get(p.source) ?? []).filter((t) => p.time - t <= this.tools.limits.attemptTime)
    times.push(p.time)
    if (this.attempts.size > 1000) this.tools.flows.forgotten.clear(this.attempts, 'attempts on ILNP nonces')
    this.attempts.set(p.source, times)
    const often = times.length >= this.tools.limits.attempts
    const source = addressText(this.tools, p.source)
    const named = addressText(this.tools, p.address)
    this.tools.ledger.add({
      rule: 'T-ILNP-NONCE',
      severity: hinted(effect ? 'high' : often ? 'medium' : 'low', p.context.midCapture),
      confidence: confidence(75, { hopLimitDiffers: p.hops, midCapture: p.context.midCapture }),
      time: p.time,
      session: p.context.session,
      title: `Locator Update ${p.wrong ? 'with a wrong nonce' : 'without a nonce'} names ${named}${effect ? ' and was believed' : ''}`,
      detail: `${source} sent a Locator Update ${p.wrong ? "whose nonce is not the session's" : 'without a nonce'}, naming ${named}. ${
        p.acknowledged ? 'It was acknowledged.' : used ? 'Data goes there since.' : 'Nothing shows that it was believed.'
      }${often ? ` ${times.length} such updates came from ${source} within a minute.` : ''}`,
      claimant: p.source,
      victim: p.target,
      movesTo: p.address,
      rows: [p.row],
      checks: [
        ruledOut("the session's nonce is not known", "it was seen with the session's data"),
        check('the sender began anew with another nonce', null, 'no data with it was seen'),
        check("the packet is its sender's own", p.hops === null ? null : !p.hops, 'by its hop limit'),
      ],
      reference: referenceOf('T-ILNP-NONCE'),
      about: `${p.context.key} ${p.wrong ? 'wrong' : 'none'} ${source}`,
    })
  }
}
