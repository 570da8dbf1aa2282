/**
 * T-MIP-HAO by routing headers of type 2 (RFC 6275 sections 6.4, 8.5 and 9.3.2, threats.md 7): one whose segments left are not 1 is none that a
 * correspondent sends, and one that takes a home address to where no binding has put it goes to somebody who does not hold it. Said of bindings
 * that were captured from their first update. Cost: only data to a locator that nobody has named.
 */
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import type { Context, Located } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { confidence, possible, ruledOut } from '../judge.ts'

const WAIT = 5e9
const MAX_KEPT = 300

interface Sent {
  context: Context
  end: End
  located: Located
  source: number
  time: number
  row: number
}

export class HomeRouting implements ContextRule {
  readonly protocols = [SignalProtocol.Mip6]
  readonly payloadOf = this.protocols
  /** mobile ends: those whose updates were seen */
  private readonly mobile = new Set<string>()
  private pending: Sent[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (signal.protocol !== SignalProtocol.Mip6) return
    if (signal.kind === SignalKind.Claimed && context !== null && seen.side >= 0 && this.mobile.size < 100 * MAX_KEPT)
      this.mobile.add(`${context.key} ${seen.side}`)
    else if (signal.kind === SignalKind.Noted && (signal.detail as { message: string }).message.startsWith('routing header of type 2'))
      this.wrong(seen)
  }

  /** The dissector's word: the header is not one that is on its way to its only stop. */
  private wrong(seen: Seen): void {
    const [source, target] = [addressText(this.tools, seen.source), addressText(this.tools, seen.destination)]
    this.tools.ledger.add({
      rule: 'T-MIP-HAO',
      severity: 'medium',
      confidence: confidence(55, {}),
      time: seen.signal.time,
      session: seen.context?.session ?? -1,
      title: `${source} sends a routing header of type 2 that is not a correspondent's`,
      detail: `Data from ${source} to ${target}: ${(seen.signal.detail as { message: string }).message}; it has to be 1 until the mobile node reads it.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: [seen.signal.row],
      checks: [
        ruledOut('captured behind the mobile node', 'the node takes the header off'),
        possible('a sender that does not follow the protocol'),
      ],
      reference: referenceOf('T-MIP-HAO'),
      about: `routing header ${source} ${target}`,
    })
  }

  payload(seen: Seen, _from: Located, to: Located): void {
    const { signal, context } = seen
    if (signal.token > 0 || context === null || context.midCapture) return
    if (to.how !== 'observed' || to.claimSource >= 0 || to.packetsTo !== 1) return
    const end = (1 - (seen.side as End)) as End
    if (!this.mobile.has(`${context.key} ${end}`)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_KEPT, 'suspicions of T-MIP-HAO')) return
    this.pending.push({ context, end, located: to, source: seen.source, time: signal.time, row: signal.row })
  }

  sweep(now: number, final: boolean): void {
    if (this.pending.length === 0) return
    const due = this.pending.filter((p) => final || now - p.time > WAIT)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const { context, end, located, source, time, row } of due) {
      // Named meanwhile, or it turned out to be where the node sends from.
      if (located.how !== 'observed' || located.from.length > 0) continue
      const target = addressText(this.tools, located.address)
      const home = context.sides[end].identifiers[0]?.value ?? 'a home address'
      this.tools.ledger.add({
        rule: 'T-MIP-HAO',
        severity: 'medium',
        confidence: confidence(55, {}),
        time,
        session: context.session,
        title: `Data for ${home} goes to ${target}, which no binding names`,
        detail: `${addressText(this.tools, source)} sent data with a routing header for ${home} to ${target}; no update ever bound it there.`,
        claimant: source,
        victim: located.address,
        movesTo: located.address,
        rows: [row],
        checks: [
          ruledOut('the binding was made before the capture', 'the session was seen from its first update'),
          ruledOut('the node is there', 'nothing came from it'),
        ],
        reference: referenceOf('T-MIP-HAO'),
        about: `${context.key} routing ${target}`,
      })
    }
  }
}
