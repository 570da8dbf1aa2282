/**
 * T-MPTCP-ANNOUNCE: an ADD_ADDR with a wrong HMAC, or one that is right and names an address whose host refuses the join. Low, for nothing
 * can flow there without a join; medium (T-MPTCP-HMAC) when the peer joins to an address of a wrong ADD_ADDR. Every second and later copy of
 * an ADD_ADDR counts as the first.
 */

import type { ClaimDetail, CloseDetail, IcmpDetail, OpenDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, possible, ruledOut } from '../judge.ts'
import { Shelf } from './shelf.ts'

const MAX_KEPT = 500
const JOINED_WITHIN = 60e9
const SILENT_AFTER = 10e9
const FORGOTTEN_AFTER = 600e9
const NONE: readonly Announced[] = []

interface Join {
  flow: number
  row: number
  time: number
  tries: number
  answered: boolean
}

interface Announced {
  session: MultiSession
  by: End
  address: number
  source: number
  peer: number
  message: string
  wrong: boolean
  time: number
  row: number
  join: Join | null
  done: boolean
}

export class Announcing implements ContextRule {
  readonly protocols = [SignalProtocol.Mptcp, SignalProtocol.Icmp]
  readonly onlyJoins = true
  readonly kinds =
    signalBit(SignalKind.IcmpError) |
    signalBit(SignalKind.Claimed) |
    signalBit(SignalKind.Opening) |
    signalBit(SignalKind.Refused) |
    signalBit(SignalKind.Closed)
  /** by source: when announcements with a wrong HMAC came */
  private readonly attempts = new Map<number, number[]>()
  private readonly kept = new Shelf<Announced>()
  /** by flow: addresses whose last join went over it */
  private readonly joins = new Map<number, Announced[]>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, session } = seen
    if (signal.kind === SignalKind.IcmpError) {
      this.icmp(seen, signal.detail as IcmpDetail)
      return
    }
    if (signal.protocol !== SignalProtocol.Mptcp || session === null) return
    switch (signal.kind) {
      case SignalKind.Claimed:
        if (seen.side >= 0) this.claimed(seen, session, signal.detail as ClaimDetail)
        break
      case SignalKind.Opening: {
        const detail = signal.detail as OpenDetail
        if (detail.joinToken === null) break
        if (detail.step === 1) this.joining(seen, session)
        else if (detail.step === 2) this.answered(seen, session)
        break
      }
      case SignalKind.Refused:
      case SignalKind.Closed: {
        const detail = signal.detail as CloseDetail
        if (detail.abrupt) this.reset(seen, detail)
      }
    }
  }

  private claimed(seen: Seen, session: MultiSession, detail: ClaimDetail): void {
    const { signal } = seen
    const wrong = detail.authentication === 'AX'
    const known = this.kept.of(session).find((a) => a.address === detail.address && a.by === seen.side && a.wrong === wrong)
    if (known !== undefined) return
    const own = session.endpoints[seen.side as End].locators.find((l) => l.address === detail.address)
    if (!wrong && own !== undefined && (own.how === 'initial' || own.verified !== null)) return
    const announced: Announced = {
      session,
      by: seen.side as End,
      address: detail.address,
      source: seen.source,
      peer: seen.destination,
      message: detail.message,
      wrong,
      time: signal.time,
      row: signal.row,
      join: null,
      done: false,
    }
    this.kept.add(announced)
    if (this.kept.size > MAX_KEPT) {
      this.leave(this.kept.shift())
      this.tools.flows.forgotten.note('announced MPTCP addresses')
    }
    if (wrong) this.attempt(announced, signal.hopLimit, signal.interface)
  }

  private attempt(a: Announced, hopLimit: number, iface: number): void {
    const hops = this.tools.hops.differs(a.source, iface, hopLimit)
    const { attempts, attemptTime } = this.tools.limits
    const times = (this.attempts.get(a.source) ?? []).filter((time) => a.time - time <= attemptTime)
    times.push(a.time)
    this.tools.flows.forgotten.room(this.attempts, MAX_KEPT, 'attempts to announce addresses')
    this.attempts.set(a.source, times.slice(-10))
    const source = addressText(this.tools, a.source)
    this.tools.ledger.add({
      rule: 'T-MPTCP-ANNOUNCE',
      severity: times.length >= attempts ? 'medium' : 'low',
      confidence: confidence(70, { hopLimitDiffers: hops }),
      time: a.time,
      session: a.session.number,
      title: `ADD_ADDR with a wrong HMAC names ${addressText(this.tools, a.address)}`,
      detail: `In the name of ${source} an ADD_ADDR named ${addressText(this.tools, a.address)}; its HMAC is not what the connection's keys make, so the receiver must not believe it.`,
      claimant: a.source,
      victim: a.address,
      movesTo: a.address,
      rows: [a.row],
      checks: [
        ruledOut('the keys are of another connection', 'they were seen in its handshake'),
        check('a translator rewrote the address', null, 'it would rewrite it for every connection'),
        check('the peer itself', hops === null ? null : !hops, 'by its hop limit'),
      ],
      reference: referenceOf('T-MPTCP-ANNOUNCE'),
      about: `${a.session.number} wrong ${addressText(this.tools, a.address)}`,
    })
  }

  private joining(seen: Seen, session: MultiSession): void {
    const { signal } = seen
    for (const a of this.kept.of(session)) {
      if (a.address !== seen.destination || a.by === seen.side || signal.time - a.time > JOINED_WITHIN) continue
      if (a.join !== null && a.join.flow === signal.flow) {
        a.join.tries++
        continue
      }
      this.leave(a)
      a.join = { flow: signal.flow, row: signal.row, time: signal.time, tries: 1, answered: false }
      const others = this.joins.get(signal.flow)
      if (others === undefined) this.joins.set(signal.flow, [a])
      else others.push(a)
      if (a.wrong && !a.done) this.believed(a)
    }
  }

  /** Whoever answers one join has the connection, however many others, from addresses that do not reach it, stay unanswered. */
  private answered(seen: Seen, session: MultiSession): void {
    for (const a of this.joinedOn(seen.signal.flow)) (a.join as Join).answered = true
    for (const a of this.kept.of(session)) if (!a.wrong && a.address === seen.source && a.by === seen.side) a.done = true
  }

  private joinedOn(flow: number): readonly Announced[] {
    return this.joins.get(flow) ?? NONE
  }

  /** Its join is over, or it is forgotten. */
  private leave(a: Announced | undefined): void {
    if (a?.join == null) return
    const { flow } = a.join
    const rest = this.joinedOn(flow).filter((one) => one !== a)
    if (rest.length === 0) this.joins.delete(flow)
    else this.joins.set(flow, rest)
  }

  private believed(a: Announced): void {
    a.done = true
    // Who was told of the address rightly, too, has not believed the wrong one.
    if (this.kept.of(a.session).some((b) => b.address === a.address && !b.wrong)) return
    this.tools.ledger.add({
      rule: 'T-MPTCP-HMAC',
      severity: 'medium',
      confidence: confidence(90, {}),
      time: a.join?.time ?? a.time,
      session: a.session.number,
      title: `${addressText(this.tools, a.peer)} believes an ADD_ADDR with a wrong HMAC`,
      detail: `In the name of ${addressText(this.tools, a.source)} an ADD_ADDR with a wrong HMAC named ${addressText(this.tools, a.address)}, and ${addressText(this.tools, a.peer)} sent a join there.`,
      claimant: a.source,
      victim: a.peer,
      movesTo: a.address,
      rows: [a.row, a.join?.row ?? a.row],
      checks: [
        ruledOut('the keys are of another connection', 'they were seen in its handshake'),
        ruledOut('the address was also announced rightly', 'no other announcement of it was seen'),
      ],
      reference: referenceOf('T-MPTCP-HMAC'),
      about: `${a.session.number} believed ${addressText(this.tools, a.address)}`,
    })
  }

  private reset(seen: Seen, detail: CloseDetail): void {
    const cause = detail.cause === null ? '' : `: ${detail.cause}`
    for (const a of this.joinedOn(seen.signal.flow))
      if (!(a.join as Join).answered && seen.source === a.address)
        this.disowned(a, `answered the join with ${detail.message}${cause}`, seen.signal.row)
  }

  private icmp(seen: Seen, detail: IcmpDetail): void {
    for (const a of this.joinedOn(seen.signal.flow))
      if (!(a.join as Join).answered && seen.destination === a.address)
        this.disowned(a, `could not be joined: ${detail.message}`, seen.signal.row)
  }

  private disowned(a: Announced, what: string, row: number): void {
    if (a.wrong || a.done) return
    a.done = true
    const address = addressText(this.tools, a.address)
    this.tools.ledger.add({
      rule: 'T-MPTCP-ANNOUNCE',
      severity: 'low',
      confidence: confidence(70, { midCapture: a.session.midCapture }),
      time: a.join?.time ?? a.time,
      session: a.session.number,
      title: `${addressText(this.tools, a.source)} announced ${address}, which will not have the connection`,
      detail: `${addressText(this.tools, a.source)} named ${address} with ADD_ADDR; ${address} ${what}. No data can go there without a join.`,
      claimant: a.source,
      victim: a.address,
      movesTo: a.address,
      rows: [...new Set([a.row, a.join?.row ?? a.row, row])],
      checks: [
        possible('the peer listens on its other address only', 'a reset says no more'),
        possible('the address lies behind a filter'),
        ruledOut('the address belongs to the connection', 'nothing of it was ever seen there'),
      ],
      reference: referenceOf('T-MPTCP-ANNOUNCE'),
      about: `${a.session.number} ${address}`,
    })
  }

  /** Joined again and again, and nothing ever came back. */
  sweep(now: number, final: boolean): void {
    for (const a of this.kept.all) {
      if (a.done || a.wrong || a.join === null || a.join.answered || a.join.tries < 3) continue
      if (!final && now - a.join.time < SILENT_AFTER) continue
      if (this.tools.visibility.ofSession(a.session, a.by, a.join.time, now))
        this.disowned(a, `did not answer ${a.join.tries} joins`, a.join.row)
    }
    const first = this.kept.all[0]
    if (first === undefined || now - first.time <= FORGOTTEN_AFTER) return
    for (const a of this.kept.all) if (now - a.time > FORGOTTEN_AFTER) this.leave(a)
    this.kept.keep((a) => now - a.time <= FORGOTTEN_AFTER)
  }
}
