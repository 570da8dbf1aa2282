/**
 * T-REPLAY of IKEv2: a request whose message id was answered before, and a later one too, comes again from an address that its sender never
 * used (RFC 7296 section 2.3, RFC 4555 section 3.5: the receiver may take the address of what it can decrypt for the new one). Refuses what may
 * be a retransmission over another path: the latest id, what was never seen answered, addresses that had sent before, translators.
 * Keeps the last 64 requests of each end of 5,000 associations.
 */
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import type { ProbeDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { type Context, lastTo } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { samePrefix } from '../contexts/unknown-source.ts'
import { confidence, hinted, ruledOut } from '../judge.ts'

const MAX_KEPT = 5000
const MAX_REQUESTS = 64
const MAX_PENDING = 200
const WAIT = 5e9
/** out of order, not old */
const REORDERED = 3e9

interface Request {
  source: number
  time: number
  row: number
  message: string
  answeredAt: number
}

interface Requests {
  /** null: none yet */
  byId: Map<number, Request> | null
  /** highest id that was answered */
  top: number
  sources: Set<number>
}

interface Old {
  context: Context
  side: End
  id: number
  original: Request
  source: number
  time: number
  row: number
  hops: boolean | null
}

export class MessageIds implements ContextRule {
  readonly protocols = [SignalProtocol.Ikev2]
  private readonly requests = new Map<number, Requests>()
  private pending: Old[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (context === null || seen.side < 0) return
    const side = seen.side as End
    if (signal.kind === SignalKind.Probed) this.request(seen, context, side, signal.detail as ProbeDetail)
    else if (signal.kind === SignalKind.ProbeAnswered) this.answered(seen, context, side, signal.detail as ProbeDetail)
    else if (signal.kind !== SignalKind.Noted) this.of(context, side).sources.add(seen.source)
  }

  private of(context: Context, side: End): Requests {
    const key = context.id * 2 + side
    let known = this.requests.get(key)
    if (known === undefined) {
      if (this.requests.size >= MAX_KEPT) dropOldest(this.requests)
      known = { byId: null, top: -1, sources: new Set() }
      this.requests.set(key, known)
    }
    return known
  }

  private request(seen: Seen, context: Context, side: End, detail: ProbeDetail): void {
    const id = idOf(detail, side)
    if (id === null) return
    const { signal } = seen
    const known = this.of(context, side)
    known.byId ??= new Map()
    const original = known.byId.get(id)
    if (original === undefined) {
      if (known.byId.size >= MAX_REQUESTS) dropOldest(known.byId)
      known.byId.set(id, { source: seen.source, time: signal.time, row: signal.row, message: detail.message, answeredAt: -1 })
    } else if (this.old(known, original, id, seen)) {
      if (this.pending.length < MAX_PENDING && !this.pending.some((p) => p.context === context && p.source === seen.source))
        this.pending.push({
          context,
          side,
          id,
          original,
          source: seen.source,
          time: signal.time,
          row: signal.row,
          hops: this.tools.hops.differs(original.source, signal.interface, signal.hopLimit),
        })
      return
    }
    known.sources.add(seen.source)
  }

  private old(known: Requests, original: Request, id: number, seen: Seen): boolean {
    const { time } = seen.signal
    if (id >= known.top || original.answeredAt < 0 || known.sources.has(seen.source)) return false
    const least = Math.max(this.tools.limits.replayAge, REORDERED)
    if (time - original.answeredAt <= least || time - original.time > this.tools.limits.replayWindow) return false
    const { addresses } = this.tools.flows
    const text = addresses.text(seen.source)
    for (const source of known.sources) if (samePrefix(addresses.text(source), text)) return false
    return true
  }

  private answered(seen: Seen, context: Context, side: End, detail: ProbeDetail): void {
    const asker = (1 - side) as End
    this.of(context, side).sources.add(seen.source)
    const id = idOf(detail, asker)
    if (id === null) return
    const known = this.of(context, asker)
    const request = known.byId?.get(id)
    if (request === undefined || request.answeredAt >= 0) return
    request.answeredAt = seen.signal.time
    if (id > known.top) known.top = id
  }

  sweep(now: number, final: boolean): void {
    if (this.pending.length === 0) return
    const due = this.pending.filter((p) => final || now - p.time > WAIT)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  private judge(p: Old): void {
    const moved = lastTo(p.context, p.side, p.source, this.tools) > p.time
    const age = Math.round((p.time - p.original.time) / 1e8) / 10
    const source = addressText(this.tools, p.source)
    this.tools.ledger.add({
      rule: 'T-REPLAY',
      severity: hinted(moved ? 'high' : 'low', p.context.midCapture),
      confidence: confidence(moved ? 75 : 60, { hopLimitDiffers: p.hops, midCapture: p.context.midCapture }),
      time: p.time,
      session: p.context.session,
      title: `Old ${p.original.message} sent again, ${moved ? 'and believed' : 'without effect'}`,
      detail: `${source} sent message ${p.id} ${age} s after the original, which came from ${addressText(this.tools, p.original.source)} and was answered, as later ones were. ${moved ? 'Data goes to its address since.' : 'Nothing shows that the peer acted on it.'}`,
      claimant: p.source,
      victim: p.original.source,
      movesTo: p.source,
      rows: [p.original.row, p.row],
      checks: [
        ruledOut('a retransmission over another path', `message ${p.id} and later ones had been answered`),
        ruledOut('a translator changed its binding', 'the address is in no network that the sender was in'),
        ruledOut('packets out of order', `it had been answered more than ${REORDERED / 1e9} s before`),
      ],
      reference: referenceOf('T-REPLAY'),
      about: `${p.context.key} message ${p.id} ${source}`,
    })
  }
}

/** 'i5' is request 5 of the initiator. Other probes have other words to match. */
function idOf({ message, match }: ProbeDetail, asker: End): number | null {
  if (!/ (request|response)$/.test(message) || !/^[ir]\d{1,10}$/.test(match)) return null
  return (match[0] === 'i') === (asker === 0) ? Number(match.slice(1)) : null
}
