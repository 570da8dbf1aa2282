/**
 * T-UNKLOC of messages that end an association (threats.md 3): an ABORT or SHUTDOWN with the right tag from an address that its sender never
 * named. Honoured when the receiver, who was talking, sends nothing of the association any more, or answers there: the association was ended by
 * somebody else. Judged five seconds later, for the claim may come behind. Refuses associations from before the capture and translators.
 */
import type { CloseDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, ruledOut } from '../judge.ts'
import type { Context } from './book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'
import { namedUnread, samePrefix, unreadBefore } from './unknown-source.ts'

const SECOND = 1e9
/** the receiver was talking this long before; what it sent within the margin was on its way */
const TALKING = 5 * SECOND
const MARGIN = 0.3 * SECOND
const MAX_PENDING = 200

interface Ending {
  context: Context
  session: MultiSession
  end: End
  source: number
  target: number
  flow: number
  direction: number
  message: string
  time: number
  row: number
  hops: boolean | null
}

export class UnknownControl implements ContextRule {
  readonly protocols = [SignalProtocol.Sctp]
  readonly kinds = signalBit(SignalKind.Closed)
  private pending: Ending[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context, session } = seen
    if (signal.kind !== SignalKind.Closed || context === null || session === null || seen.side < 0) return
    const detail = signal.detail as CloseDetail
    if (detail.authentication === 'A0' || detail.authentication === 'AX' || context.established < 0 || session.midCapture) return
    const end = seen.side as End
    if (context.sides[end].locators.has(seen.source)) return
    if (this.pending.some((p) => p.context === context && p.source === seen.source)) return
    const { addresses } = this.tools.flows
    const text = addresses.text(seen.source)
    for (const one of context.sides[end].locators.values()) if (samePrefix(addresses.text(one.address), text)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-UNKLOC')) return
    const { flow, direction, time, row } = signal
    const hops = this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit)
    const { source, destination: target } = seen
    this.pending.push({ context, session, end, source, target, flow, direction, message: detail.message, time, row, hops })
  }

  sweep(now: number, final: boolean): void {
    if (this.pending.length === 0) return
    const due = this.pending.filter((p) => final || now - p.time > this.tools.limits.claimSlack)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) if (!p.context.sides[p.end].locators.has(p.source)) this.judge(p, now)
  }

  /** What the receiver did: answered there, fell silent, or went on. */
  private outcome(p: Ending, now: number): 'answered' | 'silent' | 'goes on' | 'not seen' {
    const { flows } = this.tools
    const back = p.flow * 2 + (p.direction ^ 1)
    if ((flows.packets[back] ?? 0) > 0 && (flows.last[back] as number) > p.time) return 'answered'
    let last = -1
    for (const pair of p.session.pairs) {
      const at = pair.flow * 2 + ((p.end === 1) === pair.initiatorIsA ? 0 : 1)
      if ((flows.packets[at] ?? 0) > 0) last = Math.max(last, flows.last[at] as number)
    }
    if (last > p.time + MARGIN) return 'goes on'
    if (this.tools.visibility.lossy || last < p.time - TALKING || now - p.time < 2 * SECOND) return 'not seen'
    return 'silent'
  }

  private judge(p: Ending, now: number): void {
    const outcome = this.outcome(p, now)
    const accepted = outcome === 'answered' || outcome === 'silent'
    const unread = unreadBefore(this.tools, p.context, p.time)
    const [source, target] = [addressText(this.tools, p.source), addressText(this.tools, p.target)]
    const owner = [...p.context.sides[p.end].locators.values()][0]
    this.tools.ledger.add({
      rule: 'T-UNKLOC',
      severity: accepted && unread < 0 ? 'high' : 'low',
      confidence: confidence(55, { hopLimitDiffers: p.hops }),
      time: p.time,
      session: p.session.number,
      title: `SCTP association: ${p.message} from ${source}, an address its sender never named${accepted ? ', was honoured' : ''}`,
      detail: `${p.message} with the right tag came to ${target} from ${source}. ${
        outcome === 'answered'
          ? `${target} answered there.`
          : outcome === 'silent'
            ? `${target}, which had been talking, sent nothing of the association any more.`
            : outcome === 'goes on'
              ? 'The association went on.'
              : 'Nothing shows what the receiver made of it.'
      }`,
      claimant: p.source,
      victim: owner?.address ?? p.target,
      movesTo: -1,
      rows: unread < 0 ? [p.row] : [p.row, unread],
      checks: [
        ruledOut('a translator changed its binding', 'the address is in no prefix that the sender is known in'),
        ruledOut('the address was named a little later', `no claim within ${this.tools.limits.claimSlack / SECOND} s`),
        check('the list of addresses was sent before the capture', false, 'the handshake was captured'),
        namedUnread(unread),
      ],
      reference: referenceOf('T-UNKLOC'),
      about: `${p.context.key} ${source}`,
    })
  }
}
