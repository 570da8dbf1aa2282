/**
 * T-SHIM-CGA: a locator that its claimant does not own by HBA or CGA (RFC 5533 section 7.2, RFC 5535). Rejected, or without effect: low. When
 * payload goes to it, the receiver did not verify it: high.
 */

import type { ClaimAnswerDetail, ClaimDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import type { Context, Located } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { confidence, ruledOut } from '../judge.ts'
import type { Finding } from '../ledger.ts'

const MAX_KEPT = 1000

interface False_ {
  finding: Finding
  context: Context
  end: End
  /** every address of one message is one claim */
  addresses: number[]
  row: number
  effect: boolean
}

export class Ownership implements ContextRule {
  readonly protocols = [SignalProtocol.Shim6]
  readonly payloadOf = this.protocols
  readonly kinds = signalBit(SignalKind.Claimed) | signalBit(SignalKind.ClaimAnswered)
  private readonly kept: False_[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (signal.protocol !== SignalProtocol.Shim6 || context === null || seen.side < 0) return
    if (signal.kind === SignalKind.Claimed) {
      const detail = signal.detail as ClaimDetail
      if (detail.authentication === 'AX') this.claimed(seen, context, detail)
    } else if (signal.kind === SignalKind.ClaimAnswered) {
      const detail = signal.detail as ClaimAnswerDetail
      for (const one of this.kept)
        if (one.context === context && one.end !== seen.side && one.addresses.includes(detail.address)) {
          const words = detail.accepted
            ? ` ${addressText(this.tools, seen.source)} acknowledged the update.`
            : ` It was rejected${detail.cause === null ? '' : `: ${detail.cause}`}.`
          if (!one.finding.detail.includes(words)) one.finding.detail += words
          if (!one.finding.rows.includes(signal.row)) one.finding.rows.push(signal.row)
        }
    }
  }

  private claimed(seen: Seen, context: Context, detail: ClaimDetail): void {
    const { signal } = seen
    const last = this.kept[this.kept.length - 1]
    const address = addressText(this.tools, detail.address)
    // The message again: counted, nothing new.
    const again = this.kept.find((one) => one.context === context && one.row !== signal.row && one.addresses.includes(detail.address))
    if (again !== undefined) {
      again.finding.count = (again.finding.count ?? 1) + 1
      again.finding.last = signal.time
      return
    }
    if (last !== undefined && last.row === signal.row && last.context === context) {
      last.addresses.push(detail.address)
      last.finding.detail += ` The same holds for ${address}.`
      if (last.finding.victim === seen.source) last.finding.victim = detail.address
      return
    }
    const finding = this.tools.ledger.add({
      rule: 'T-SHIM-CGA',
      severity: 'low',
      confidence: confidence(85, {}),
      time: signal.time,
      session: context.session,
      title: `${address} was claimed by somebody who does not own it`,
      detail: `${addressText(this.tools, seen.source)} named ${address} in ${detail.message}, but the hashes of its parameters do not make that address.`,
      claimant: seen.source,
      victim: detail.address,
      movesTo: detail.address,
      rows: [signal.row],
      checks: [
        ruledOut('ownership cannot be checked', 'the parameters of the address set were seen'),
        ruledOut('the address belongs to the set by its prefix', 'every prefix of the set was tried'),
      ],
      reference: referenceOf('T-SHIM-CGA'),
      about: `${context.key} ${address}`,
    })
    if (this.kept.length >= MAX_KEPT) this.tools.flows.forgotten.shift(this.kept, 'claims of Shim6 addresses')
    this.kept.push({ finding, context, end: seen.side as End, addresses: [detail.address], row: signal.row, effect: false })
  }

  payload(seen: Seen, _from: Located, to: Located): void {
    if (to.authentication !== 'AX') return
    for (const one of this.kept) {
      if (one.effect || one.context !== seen.context || one.end === seen.side || !one.addresses.includes(to.address)) continue
      one.effect = true
      const target = addressText(this.tools, to.address)
      one.finding.severity = 'high'
      one.finding.title = `Data goes to ${target}, which its claimant does not own`
      one.finding.victim = to.address
      one.finding.detail += ` ${addressText(this.tools, seen.source)} sends data there nevertheless.`
      one.finding.rows.push(seen.signal.row)
    }
  }
}
