/**
 * T-SCTP-ABORT and T-SCTP-DUP. An ABORT whose tag fits neither side changes nothing: an attempt. One that fits while the sender that it claims
 * goes on with the association afterwards was not its own: the association has been ended by somebody else (high). Sixteen and more
 * duplicates in each of three SACKs within five seconds ask for data again and again.
 */

import type { CloseDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { milliseconds } from '../../report/text.ts'
import { referenceOf } from '../catalogue.ts'
import type { Context } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, hinted, notObservable, ruledOut } from '../judge.ts'

const SECOND = 1e9
const IN_FLIGHT = 0.3 * SECOND
const MAX_ENDED = 500
const MANY = 16
const TIMES = 3
const WITHIN = 5 * SECOND

interface Ended {
  context: Context
  session: MultiSession
  side: End
  source: number
  target: number
  time: number
  row: number
  hops: boolean | null
  margin: number
  later: number[]
}

export class Aborting implements ContextRule {
  readonly protocols = [SignalProtocol.Sctp]
  readonly payloadOf = this.protocols
  readonly kinds = signalBit(SignalKind.Closed) | signalBit(SignalKind.Probed) | signalBit(SignalKind.ProbeAnswered)
  /** by number of the session, in their order */
  private readonly ended = new Map<number, Ended>()
  private readonly attempts = new Map<string, number[]>()
  private readonly duplicates = new Map<number, { time: number; row: number; count: number; retransmitted: number }[]>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context, session } = seen
    if (signal.protocol !== SignalProtocol.Sctp) return
    if (signal.kind === SignalKind.Closed) {
      const detail = signal.detail as CloseDetail
      if (!detail.message.startsWith('ABORT')) return
      if (detail.authentication === 'A0' || detail.authentication === 'AX') this.wrong(seen)
      else if (context !== null && session !== null && seen.side >= 0) this.right(seen, context, session)
    } else if (signal.kind === SignalKind.Probed || signal.kind === SignalKind.ProbeAnswered) this.goesOn(seen)
  }

  payload(seen: Seen): void {
    this.goesOn(seen)
  }

  cares(signal: Signal, session: MultiSession): boolean {
    return signal.duplicates >= MANY || (this.ended.size > 0 && this.ended.has(session.number))
  }

  acknowledged(seen: Seen): void {
    this.goesOn(seen)
    if (seen.signal.duplicates >= MANY) this.duplicated(seen)
  }

  /** A tag that nobody accepts. */
  private wrong(seen: Seen): void {
    const { signal } = seen
    const live = this.tools.registry.multiOf(this.tools.registry.sessionOfFlow(signal.flow))
    if (live === null || live.protocol !== 'sctp' || live.state !== 'established' || live.midCapture) return
    const source = addressText(this.tools, seen.source)
    const times = (this.attempts.get(source) ?? []).filter((t) => signal.time - t <= this.tools.limits.attemptTime)
    times.push(signal.time)
    if (this.attempts.size > 1000) this.tools.flows.forgotten.clear(this.attempts, 'attempts to abort')
    this.attempts.set(source, times.slice(-10))
    const often = times.length >= this.tools.limits.attempts
    const hops = this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit)
    this.tools.ledger.add({
      rule: 'T-SCTP-ABORT',
      severity: often ? 'medium' : 'low',
      confidence: confidence(60, { hopLimitDiffers: hops }),
      time: signal.time,
      session: live.number,
      title: `ABORT with a wrong verification tag, said to be from ${source}`,
      detail: `An ABORT in the name of ${source} came to ${addressText(this.tools, seen.destination)} with a tag of neither side; the association went on.${often ? ` ${times.length} came within a minute.` : ''}`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: [signal.row],
      checks: [
        ruledOut('the tag of an association from before the capture', 'the handshake of this one was captured'),
        check('a late packet of an earlier association with the same ports', null),
        check('the sender itself', hops === null ? null : !hops, 'by its hop limit'),
      ],
      reference: referenceOf('T-SCTP-ABORT'),
      about: `wrong ${source}`,
    })
  }

  private right(seen: Seen, context: Context, session: MultiSession): void {
    const { signal } = seen
    if (context.established < 0 || session.closed !== signal.time || this.ended.get(session.number)?.context === context) return
    const hops = this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit)
    const margin = Math.max(IN_FLIGHT, session.rttKnown ? 2 * session.rtt : 0)
    if (this.ended.size >= MAX_ENDED) this.tools.flows.forgotten.drop(this.ended, 'aborted associations')
    this.ended.delete(session.number)
    this.ended.set(session.number, {
      context,
      session,
      side: seen.side as End,
      source: seen.source,
      target: seen.destination,
      time: signal.time,
      row: signal.row,
      hops,
      margin,
      later: [],
    })
  }

  private goesOn(seen: Seen): void {
    const { signal, session } = seen
    if (this.ended.size === 0 || session === null) return
    const one = this.ended.get(session.number)
    if (one === undefined || one.context !== seen.context || one.side !== seen.side || signal.time < one.time + one.margin) return
    if (one.later.length < 5) one.later.push(signal.row)
    if (one.later.length === 1) this.forged(one)
  }

  sweep(now: number): void {
    for (const [session, one] of this.ended) {
      if (one.hops === true && one.later.length === 0) this.forged(one)
      if (now - one.time > 60 * SECOND) this.ended.delete(session)
    }
  }

  private forged(one: Ended): void {
    const source = addressText(this.tools, one.source)
    const alive = one.later.length > 0
    one.hops = one.hops === true ? true : one.hops
    this.tools.ledger.add({
      rule: 'T-SCTP-ABORT',
      severity: hinted(alive ? 'high' : 'medium', one.session.midCapture),
      confidence: confidence(60, { hopLimitDiffers: one.hops, oldAlive: alive }),
      time: one.time,
      session: one.session.number,
      title: `Association ended by an ABORT that was not ${source}'s own`,
      detail: `An ABORT in the name of ${source} with the right tag ended the association at ${addressText(this.tools, one.target)}; ${
        alive ? `${source}'s side went on with it afterwards` : 'its hop limit is not that of the packets that came from there before'
      }.`,
      claimant: one.source,
      victim: one.target,
      movesTo: -1,
      rows: [one.row, ...one.later],
      checks: [
        alive
          ? ruledOut('packets that were on their way', `they were sent more than ${milliseconds(one.margin / 1e6)} later`)
          : notObservable('packets that were on their way', 'none came'),
        check('the peer itself gave up', one.hops === null ? null : !one.hops && !alive),
        ruledOut('a new association with the same ports', 'the packets carry the old tag'),
      ],
      reference: referenceOf('T-SCTP-ABORT'),
      about: `right ${one.context.key}`,
    })
    if (!alive) one.later.push(one.row)
  }

  private duplicated(seen: Seen): void {
    const { signal, session } = seen
    if (session === null) return
    const known = this.duplicates.get(session.number) ?? []
    const list = known.filter((d) => signal.time - d.time <= WITHIN)
    const before = known.find((d) => signal.time - d.time > WITHIN)?.retransmitted ?? 0
    const { retransmitted } = session.directions[seen.side === 0 ? 1 : 0]
    list.push({ time: signal.time, row: signal.row, count: signal.duplicates, retransmitted })
    if (this.duplicates.size > 1000) this.tools.flows.forgotten.clear(this.duplicates, 'reports of duplicates')
    this.duplicates.set(session.number, list.slice(-20))
    if (list.length < TIMES) return
    // What was sent twice may well have come twice: its sender believed it lost.
    const reported = list.reduce((sum, one) => sum + one.count, 0)
    if (retransmitted - before >= reported) return
    const source = addressText(this.tools, seen.source)
    this.tools.ledger.add({
      rule: 'T-SCTP-DUP',
      severity: hinted('medium', session.midCapture),
      confidence: confidence(50, { midCapture: session.midCapture }),
      time: signal.time,
      session: session.number,
      title: `${source} reports great numbers of duplicates`,
      detail: `${list.length} SACKs from ${source} within ${WITHIN / SECOND} s report ${MANY} or more duplicates each: its peer may be made to believe that its path doubles packets.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: list.map((d) => d.row).slice(0, 20),
      checks: [
        check('a path that really duplicates packets', null),
        ruledOut('a single spurious retransmission', `${list.length} times`),
        ruledOut('data that was sent twice', `${retransmitted - before} units were, ${reported} duplicates are reported`),
      ],
      reference: referenceOf('T-SCTP-DUP'),
      about: `${session.number} ${source}`,
    })
  }
}
