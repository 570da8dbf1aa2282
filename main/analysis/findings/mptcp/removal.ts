/**
 * T-MPTCP-CLOSE by REMOVE_ADDR (RFC 8684 section 3.4.2, threats.md 7): the option proves nothing but that its sender knows the numbers of the
 * subflow. On a segment that is outside every window it is somebody's who does not: honoured when the other end closes a subflow of that address
 * within three seconds, else an attempt. What is outside the dissector says (A0). Bounded: MAX_KEPT at a time.
 */
import type { ClaimDetail, CloseDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { pairOf } from '../../locators.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'

const WAIT = 3e9
const MAX_KEPT = 200

interface Removal {
  session: MultiSession
  by: End
  id: number | null
  source: number
  target: number
  time: number
  row: number
  hops: boolean | null
  closed: number[]
}

export class Removing implements ContextRule {
  readonly protocols = [SignalProtocol.Mptcp]
  readonly kinds = signalBit(SignalKind.Withdrawn) | signalBit(SignalKind.Closed) | signalBit(SignalKind.Refused)
  private pending: Removal[] = []

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, session } = seen
    if (session === null || seen.side < 0) return
    if (signal.kind === SignalKind.Withdrawn) this.removed(seen, session, signal.detail as ClaimDetail)
    else if (this.pending.length > 0 && (signal.kind === SignalKind.Closed || signal.kind === SignalKind.Refused))
      this.closed(seen, session, signal.detail as CloseDetail)
  }

  private removed(seen: Seen, session: MultiSession, detail: ClaimDetail): void {
    if (detail.authentication !== 'A0') return
    const { signal } = seen
    if (this.pending.some((p) => p.session === session && p.by === seen.side && p.id === detail.addressId)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_KEPT, 'suspicions of T-MPTCP-CLOSE')) return
    this.pending.push({
      session,
      by: seen.side as End,
      id: detail.addressId,
      source: seen.source,
      target: seen.destination,
      time: signal.time,
      row: signal.row,
      hops: this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit),
      closed: [],
    })
  }

  private closed(seen: Seen, session: MultiSession, detail: CloseDetail): void {
    const pair = pairOf(session, seen.signal.flow)
    if (pair === null || detail.message === 'DATA_FIN' || detail.message === 'MP_FASTCLOSE') return
    for (const p of this.pending)
      if (p.session === session && p.by !== seen.side && pair.addressId[p.by] === p.id && seen.signal.time - p.time <= WAIT)
        p.closed.push(seen.signal.row)
  }

  sweep(now: number, final: boolean): void {
    if (this.pending.length === 0) return
    const due = this.pending.filter((p) => final || now - p.time > WAIT)
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  private judge(p: Removal): void {
    const honoured = p.closed.length > 0
    const source = addressText(this.tools, p.source)
    this.tools.ledger.add({
      rule: 'T-MPTCP-CLOSE',
      severity: hinted(honoured ? 'medium' : 'low', p.session.midCapture),
      confidence: confidence(60, { hopLimitDiffers: p.hops, midCapture: p.session.midCapture }),
      time: p.time,
      session: p.session.number,
      title: `REMOVE_ADDR outside the window in the name of ${source}${honoured ? ' was honoured' : ', without effect'}`,
      detail: `A segment in the name of ${source} whose sequence number no window allows takes back address id ${p.id}; ${honoured ? `${addressText(this.tools, p.target)} closed a subflow of that address` : 'no subflow of that address was closed'} within ${WAIT / 1e9} s.`,
      claimant: p.source,
      victim: p.target,
      movesTo: -1,
      rows: [p.row, ...p.closed.slice(0, 10)],
      checks: [
        ruledOut('a late copy', 'it is farther from what was acknowledged than the largest window'),
        check('the peer itself', p.hops === null ? null : !p.hops, 'by its hop limit'),
      ],
      reference: referenceOf('T-MPTCP-CLOSE'),
      about: `${p.session.number} removal ${p.by} ${p.id}`,
    })
  }
}
