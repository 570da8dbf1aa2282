/**
 * T-HIP-HIT: a host identity that is not the HIT's (RFC 7401 sections 3.2, 5.2.9). The dissector hashes every HOST_ID; what it says is believed.
 * An opportunistic exchange (I1 to no HIT) proves nothing of who answers: an R1 from another address than the one asked, or with a domain
 * name that another HIT has shown, is reported too.
 */

import type { OpenDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import type { Context } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, ruledOut } from '../judge.ts'

const ANSWERED_WITHIN = 10e9
const MAX_KEPT = 5000

interface Asked {
  target: number
  source: number
  time: number
  row: number
  opportunistic: boolean
}

export class HipIdentity implements ContextRule {
  readonly protocols = [SignalProtocol.Hip]
  readonly kinds = signalBit(SignalKind.Noted) | signalBit(SignalKind.Opening) | signalBit(SignalKind.Opened)
  private readonly asked = new Map<string, Asked>()
  private readonly domains = new Map<string, { hit: string; row: number }>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (signal.protocol !== SignalProtocol.Hip || context === null) return
    if (signal.kind === SignalKind.Noted) {
      const { message } = signal.detail as { message: string }
      if (message.includes('HOST_ID')) this.wrong(seen, context, message)
      return
    }
    if (signal.kind !== SignalKind.Opening && signal.kind !== SignalKind.Opened) return
    const detail = signal.detail as OpenDetail
    if (detail.step === 1) {
      if (this.asked.size >= MAX_KEPT) this.tools.flows.forgotten.drop(this.asked, 'HIP identities that were asked for')
      this.asked.set(context.key, {
        target: seen.destination,
        source: seen.source,
        time: signal.time,
        row: signal.row,
        opportunistic: detail.receiver.some((i) => i.kind === 'opportunistic'),
      })
    } else if (detail.step === 2) this.answered(seen, context, detail)
    this.domain(seen, detail)
  }

  private wrong(seen: Seen, context: Context, message: string): void {
    const { signal } = seen
    const source = addressText(this.tools, seen.source)
    const hit = context.sides[seen.side === 1 ? 1 : 0].identifiers[0]?.value ?? 'a HIT'
    this.tools.ledger.add({
      rule: 'T-HIP-HIT',
      severity: 'high',
      confidence: confidence(90, {}),
      time: signal.time,
      session: context.session,
      title: `${source} shows an identity that is not its HIT's`,
      detail: `${message} (${hit}). Whoever sent it does not own the HIT that it uses.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: [signal.row],
      checks: [
        ruledOut('a damaged packet', 'the HOST_ID was read whole'),
        check('a hash algorithm that is not known here', false, 'the HIT names its algorithm'),
      ],
      reference: referenceOf('T-HIP-HIT'),
      about: `${context.key} ${source}`,
    })
  }

  private answered(seen: Seen, context: Context, detail: OpenDetail): void {
    const { signal } = seen
    const asked = this.asked.get(context.key)
    if (asked === undefined || !asked.opportunistic || signal.time - asked.time > ANSWERED_WITHIN || seen.source === asked.target) return
    const domain = detail.sender.find((i) => i.kind === 'domain')?.value
    const hit = detail.sender.find((i) => i.kind === 'hit')?.value ?? ''
    const other = domain === undefined ? undefined : this.domains.get(domain)
    const taken = other !== undefined && other.hit !== hit
    const source = addressText(this.tools, seen.source)
    const target = addressText(this.tools, asked.target)
    this.tools.ledger.add({
      rule: 'T-HIP-HIT',
      severity: taken ? 'medium' : 'low',
      confidence: confidence(60, {}, taken ? 15 : 0),
      time: signal.time,
      session: context.session,
      title: `${source} answers an exchange that was meant for ${target}`,
      detail: `${addressText(this.tools, asked.source)} asked ${target} for its identity without knowing its HIT; ${source} answered with ${hit}${taken ? ` and the name ${domain}, which belongs to ${other?.hit}` : ''}.`,
      claimant: seen.source,
      victim: asked.target,
      movesTo: -1,
      rows: [asked.row, signal.row, ...(taken ? [other?.row ?? signal.row] : [])],
      checks: [
        check('a rendezvous server passed the I1 on', null, 'it cannot where no HIT is named'),
        check('the responder has several addresses', !taken),
      ],
      reference: referenceOf('T-HIP-HIT'),
      about: `${context.key} ${source}`,
    })
  }

  private domain(seen: Seen, detail: OpenDetail): void {
    const domain = detail.sender.find((i) => i.kind === 'domain')?.value
    const hit = detail.sender.find((i) => i.kind === 'hit')?.value
    if (domain === undefined || hit === undefined || this.domains.has(domain)) return
    if (this.domains.size >= MAX_KEPT) this.tools.flows.forgotten.drop(this.domains, 'names of HIP hosts')
    this.domains.set(domain, { hit, row: seen.signal.row })
  }
}
