/**
 * T-FLOOD3 with help (threats.md 2): data of an SCTP association goes to an address that was added to it, the address says nothing, and the
 * acknowledgements come from another one, which cannot have the data unless it reads it on the way or guesses. The session takes such
 * acknowledgements for a proof of the address, so the rule about unproven ones does not see it. An address of the handshake whose path was
 * never tested looks the same on a host that answers from one of its addresses only: nothing is said of it unless it rejects what it gets.
 * Cost: nothing until an address is proven by acknowledgements alone. Bounded: MAX_WAITING addresses.
 */
import type { CloseDetail, IcmpDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { DATA_ACKNOWLEDGED, findLocator } from '../../locators.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { confidence, hinted, possible, ruledOut } from '../judge.ts'
import { type Context, contextName, currentTo, type Located, lastFrom } from './book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'

const MAX_WAITING = 200
const MIN_ACKNOWLEDGEMENTS = 10
const PATIENCE = 5e9

interface Helped {
  context: Context
  end: End
  located: Located
  session: MultiSession
  time: number
  /** when the tenth acknowledgement came */
  certain: number
  count: number
  by: number
  rows: number[]
  rejected: { time: number; row: number; text: string } | null
}

export class HelpedFlood implements ContextRule {
  readonly protocols = [SignalProtocol.Icmp, SignalProtocol.Sctp]
  readonly kinds = signalBit(SignalKind.IcmpError) | signalBit(SignalKind.Closed)
  private waiting: Helped[] = []
  /** numbers of the sessions that they are of */
  private sessions = new Set<number>()

  constructor(private readonly tools: Tools) {}

  /** A locator counts as proven since data that was sent there was acknowledged; nothing came from it yet. */
  acknowledgedOnly(context: Context, end: End, located: Located, session: MultiSession, time: number): void {
    if (located.how !== 'signalled' && located.how !== 'listed') return
    if (context.midCapture || lastFrom(located, this.tools) >= 0) return
    if (this.tools.flows.forgotten.full(this.waiting.length, MAX_WAITING, 'suspicions of T-FLOOD3')) return
    // The acknowledgement that proves it is the first.
    this.waiting.push({ context, end, located, session, time, certain: -1, count: 1, by: -1, rows: [], rejected: null })
    this.sessions.add(session.number)
  }

  cares(_signal: Signal, session: MultiSession): boolean {
    return this.sessions.size > 0 && this.sessions.has(session.number)
  }

  acknowledged(seen: Seen): void {
    for (const one of this.waiting) {
      const { context, end, located } = one
      if (context !== seen.context || seen.side !== end || seen.source === located.address) continue
      if (currentTo(context, end, this.tools) !== located.address) continue
      one.count++
      one.by = seen.source
      if (one.rows.length < 5) one.rows.push(seen.signal.row)
      if (one.count === MIN_ACKNOWLEDGEMENTS) one.certain = seen.signal.time
    }
  }

  control(seen: Seen): void {
    if (this.waiting.length === 0) return
    const { signal } = seen
    let address = -1
    let text = ''
    if (signal.kind === SignalKind.IcmpError && signal.flow >= 0) {
      const detail = signal.detail as IcmpDetail
      address = this.tools.flows.receiver(signal.flow, signal.direction)
      if (detail.reporter !== address) return
      text = detail.message
    } else if (signal.kind === SignalKind.Closed && (signal.detail as CloseDetail).abrupt) {
      address = seen.source
      text = (signal.detail as CloseDetail).message
    } else return
    for (const one of this.waiting) if (one.located.address === address) one.rejected ??= { time: signal.time, row: signal.row, text }
  }

  sweep(now: number, final: boolean): void {
    if (this.waiting.length === 0) return
    this.waiting = this.waiting.filter((one) => this.stays(one, now, final))
    this.sessions = new Set(this.waiting.map((one) => one.session.number))
  }

  private stays(one: Helped, now: number, final: boolean): boolean {
    const { located, context, session, end } = one
    const from = lastFrom(located, this.tools)
    const known = findLocator(session, end, located.address, true)
    if (from >= 0 && from !== one.rejected?.time) return false
    if (known !== null && known.verified !== null && known.verifiedHow !== DATA_ACKNOWLEDGED) return false
    if (one.certain < 0 || (!final && now - one.certain < PATIENCE)) return !final && context.closed < 0
    const bytes = this.bytesTo(one)
    const { limits, visibility } = this.tools
    if (visibility.lossy) return false
    if (bytes < limits.amplificationBytes) return !final && context.closed < 0
    if (located.how === 'signalled' || one.rejected !== null) this.report(one, bytes)
    return false
  }

  /** What the peer has sent there, by the flow table: flows to an address that was added are younger than its claim. */
  private bytesTo({ context, end, located }: Helped): number {
    const { flows } = this.tools
    let bytes = 0
    for (const other of context.sides[(1 - end) as End].locators.values())
      for (const at of other.from) if (flows.receiver(at >> 1, at & 1) === located.address) bytes += flows.bytes[at] as number
    return bytes
  }

  private report(one: Helped, bytes: number): void {
    const { located, context, rejected } = one
    const [target, by] = [addressText(this.tools, located.address), addressText(this.tools, one.by)]
    const proven = located.authentication === 'A3v' || located.authentication === 'A4v'
    const differs = this.tools.hops.differs(located.claimSource, located.claimInterface, located.claimHops)
    this.tools.ledger.add({
      rule: 'T-FLOOD3',
      severity: hinted(rejected !== null ? 'high' : proven ? 'low' : 'medium', context.midCapture),
      confidence: confidence(65, { hopLimitDiffers: differs }, rejected !== null ? 20 : 0),
      time: one.certain,
      session: context.session,
      title: `${contextName(context)} floods ${target}, and ${by} acknowledges it`,
      detail: `${addressText(this.tools, located.claimSource)} named ${target} in ${located.message}. ${bytes} bytes were sent there and nothing came back from it${rejected === null ? '' : ` but ${rejected.text}`}; ${one.count} acknowledgements came from ${by} meanwhile, which keep the flood going.`,
      claimant: located.claimSource,
      victim: located.address,
      movesTo: located.address,
      rows: [located.claimRow, ...one.rows, ...(rejected === null ? [] : [rejected.row])],
      checks: [
        ruledOut('the new locator was tested', 'no test of it was answered, and nothing of the session came from it'),
        located.how === 'signalled'
          ? ruledOut('an address of the handshake', 'it was added later')
          : possible('an address of the handshake', 'it was listed there'),
        rejected === null
          ? possible('a host that answers from one of its addresses only', 'it does so without testing the path')
          : ruledOut('a host that answers from one of its addresses only', `the address answered with ${rejected.text}`),
      ],
      reference: referenceOf('T-FLOOD3'),
      about: `${context.key} ${target}`,
    })
  }
}
