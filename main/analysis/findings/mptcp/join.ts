/**
 * T-MPTCP-JOIN, T-MPTCP-HMAC, T-MPTCP-ADDMITM: joins that are not what they say (RFC 8684 sections 3.2, 5; RFC 7430). A join for a token that
 * no host holds, or with a wrong HMAC, that is reset: an attempt. A wrong HMAC that is not reset: medium, high when data flows. The same
 * token and nonce on two address pairs, the second from the host that an ADD_ADDR had named: somebody sits in between.
 * Refuses unknown tokens in the first ten seconds unless the reset itself says that the host holds no such token.
 */

import type { CloseDetail, OpenDetail, ProbeDetail, VerifyDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { pairOf } from '../../locators.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, notObservable, ruledOut } from '../judge.ts'

const WAIT = 3e9
const TWICE_WITHIN = 1e9
const KEPT = 60e9
const MAX_JOINS = 2000

interface Join {
  session: MultiSession
  flow: number
  token: number
  nonce: string
  source: number
  destination: number
  opener: End
  time: number
  row: number
  answered: boolean
  wrong: { row: number; time: number; by: End; message: string } | null
  reset: { row: number; cause: string | null; mptcp: boolean } | null
  judged: boolean
  former: Join | null
  /** it is kept no more */
  gone: boolean
}

export class Joining implements ContextRule {
  readonly protocols = [SignalProtocol.Mptcp]
  readonly onlyJoins = true
  readonly kinds =
    signalBit(SignalKind.Opening) |
    signalBit(SignalKind.Opened) |
    signalBit(SignalKind.Probed) |
    signalBit(SignalKind.ProbeAnswered) |
    signalBit(SignalKind.Verified) |
    signalBit(SignalKind.Refused) |
    signalBit(SignalKind.Closed)
  /** in the order of their first steps */
  private joins: Join[] = []
  /** the youngest join of each flow, and of each token; older ones of a token follow by `former` */
  private readonly byFlow = new Map<number, Join>()
  private readonly byToken = new Map<number, Join>()
  private readonly unknown = new Map<string, number[]>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, session } = seen
    if (signal.protocol !== SignalProtocol.Mptcp || session === null) return
    switch (signal.kind) {
      case SignalKind.Opening:
      case SignalKind.Opened: {
        const detail = signal.detail as OpenDetail
        if (detail.joinToken === null) break
        if (detail.step === 1) this.opened(seen, session, detail.joinToken)
        else if (detail.step === 2) {
          const join = this.find(signal.flow)
          if (join !== undefined) join.answered = true
        }
        break
      }
      case SignalKind.Probed: {
        const join = this.find(signal.flow)
        if (join !== undefined && join.row === signal.row) {
          join.nonce = (signal.detail as ProbeDetail).match
          this.twice(join)
        }
        break
      }
      case SignalKind.ProbeAnswered:
      case SignalKind.Verified: {
        const detail = signal.detail as VerifyDetail
        const join = this.find(signal.flow)
        if (join !== undefined && detail.authentication === 'AX' && seen.side >= 0)
          join.wrong ??= { row: signal.row, time: signal.time, by: seen.side as End, message: detail.message }
        break
      }
      case SignalKind.Refused:
      case SignalKind.Closed: {
        const detail = signal.detail as CloseDetail
        const join = this.find(signal.flow)
        if (join === undefined || !detail.abrupt || join.reset !== null || signal.time - join.time > WAIT) break
        join.reset = { row: signal.row, cause: detail.cause, mptcp: detail.message.includes('MP_TCPRST') }
        if (!join.answered) this.turnedAway(join)
        else if (join.wrong !== null) this.wrongAndReset(join)
        break
      }
    }
  }

  private find(flow: number): Join | undefined {
    return this.byFlow.get(flow)
  }

  private opened(seen: Seen, session: MultiSession, token: number): void {
    const { signal } = seen
    const again = this.find(signal.flow)
    if (again !== undefined && again.session === session) return
    const join: Join = {
      session,
      flow: signal.flow,
      token,
      nonce: '',
      source: seen.source,
      destination: seen.destination,
      opener: seen.side as End,
      time: signal.time,
      row: signal.row,
      answered: false,
      wrong: null,
      reset: null,
      judged: false,
      former: null,
      gone: false,
    }
    this.joins.push(join)
    this.enter(join)
    if (this.joins.length <= MAX_JOINS) return
    this.leave(this.joins[0] as Join)
    this.tools.flows.forgotten.shift(this.joins, 'MPTCP joins')
  }

  private enter(join: Join): void {
    this.byFlow.set(join.flow, join)
    join.former = this.byToken.get(join.token) ?? null
    this.byToken.set(join.token, join)
  }

  private leave(join: Join): void {
    join.gone = true
    join.former = null
    if (this.byFlow.get(join.flow) === join) this.byFlow.delete(join.flow)
    if (this.byToken.get(join.token) === join) this.byToken.delete(join.token)
  }

  /** Reset at its first step. */
  private turnedAway(join: Join): void {
    const { session, reset } = join
    if (!session.midCapture || join.judged || reset === null || session.directions.some((d) => d.units > 0)) return
    const unknown = reset.cause?.startsWith('MPTCP-specific error') === true
    if (join.time < this.tools.limits.captureStart && !unknown) return
    join.judged = true
    const source = addressText(this.tools, join.source)
    const often = this.often(source, join.time)
    const times = this.unknown.get(source) ?? []
    this.tools.ledger.add({
      rule: 'T-MPTCP-JOIN',
      severity: often ? 'medium' : 'low',
      confidence: confidence(60, {}),
      time: join.time,
      session: session.number,
      title: `MP_JOIN from ${source} for a connection that nobody holds`,
      detail: `${source} asked ${addressText(this.tools, join.destination)} to join a connection by the token 0x${join.token.toString(16).padStart(8, '0')}, which belongs to none that was seen; it was reset${reset.cause === null ? '' : `: ${reset.cause}`}.${often ? ` ${times.length} such joins came within a minute.` : ''}`,
      claimant: join.source,
      victim: join.destination,
      movesTo: join.source,
      rows: [join.row, reset.row],
      checks: [
        unknown
          ? ruledOut('the connection began before the capture', 'the reset says that the host knows no such token')
          : check('the connection began before the capture', null, `the capture had run for ${Math.round(join.time / 1e9)} s`),
        check('the host has restarted and lost its connections', null),
      ],
      reference: referenceOf('T-MPTCP-JOIN'),
      about: `unknown ${source}`,
    })
  }

  /** Three in a minute by one source are more than an accident. */
  private often(source: string, time: number): boolean {
    const times = (this.unknown.get(source) ?? []).filter((t) => time - t <= this.tools.limits.attemptTime)
    times.push(time)
    if (this.unknown.size > 1000) this.tools.flows.forgotten.clear(this.unknown, 'MPTCP joins that were refused')
    this.unknown.set(source, times.slice(-20))
    return times.length >= this.tools.limits.attempts
  }

  private announced(join: Join): boolean {
    return join.session.claims.some(
      (c) => c.what === 'add' && c.by === join.opener && c.address === join.source && c.authentication !== 'AX',
    )
  }

  /** A wrong HMAC was seen through: no harm done. */
  private wrongAndReset(join: Join): void {
    if (join.judged || join.wrong === null || join.reset === null) return
    join.judged = true
    const [liar, other] = this.liar(join)
    const often = this.often(`wrong ${liar}`, join.time)
    this.tools.ledger.add({
      rule: 'T-MPTCP-JOIN',
      severity: often ? 'medium' : 'low',
      confidence: confidence(this.announced(join) ? 50 : 60, {}),
      time: join.wrong.time,
      session: join.session.number,
      title: `${join.wrong.message} with a wrong HMAC from ${addressText(this.tools, liar)}, reset`,
      detail: `${addressText(this.tools, liar)} joined with the right token but an HMAC that the connection's keys do not make; ${addressText(this.tools, other)} was not deceived: the subflow was reset.`,
      claimant: liar,
      victim: other,
      movesTo: join.source,
      rows: [join.row, join.wrong.row, join.reset.row],
      checks: [
        ruledOut('the keys are of another connection', 'they were seen in the handshake that the token belongs to'),
        check('a translator changed the options', this.announced(join) ? null : false),
      ],
      reference: referenceOf('T-MPTCP-JOIN'),
      about: `wrong ${addressText(this.tools, liar)}`,
    })
  }

  private liar(join: Join): [number, number] {
    return join.wrong?.by === join.opener ? [join.source, join.destination] : [join.destination, join.source]
  }

  sweep(now: number, final: boolean): void {
    for (const join of this.joins) {
      if (join.judged || join.wrong === null || join.reset !== null || (!final && now - join.time < WAIT)) continue
      join.judged = true
      const pair = pairOf(join.session, join.flow)
      const data = pair !== null && pair.payloadBytes > 0
      const seen = pair !== null && pair.state !== 'opening'
      if (!data && !seen) continue
      const [liar, other] = this.liar(join)
      this.tools.ledger.add({
        rule: 'T-MPTCP-HMAC',
        severity: data ? 'high' : 'medium',
        confidence: confidence(90, {}),
        time: join.wrong.time,
        session: join.session.number,
        title: `Subflow from ${addressText(this.tools, liar)} with a wrong HMAC${data ? ' carries data' : ' was not reset'}`,
        detail: `The HMAC of ${join.wrong.message} is not what the connection's keys make, and ${addressText(this.tools, other)} did not reset the subflow${data ? ` but exchanged ${pair?.payloadBytes} bytes on it` : ''}.`,
        claimant: liar,
        victim: other,
        movesTo: join.source,
        rows: [join.row, join.wrong.row],
        checks: [
          ruledOut('the keys are of another connection', 'they were seen in the handshake that the token belongs to'),
          notObservable('the reset was not captured', 'none was seen'),
        ],
        reference: referenceOf('T-MPTCP-HMAC'),
        about: `${join.session.number} ${join.flow}`,
      })
    }
    if (this.joins.length === 0 || (this.joins[0] as Join).time >= now - KEPT) return
    const all = this.joins
    this.joins = all.filter((j) => now - j.time < KEPT)
    for (const join of all) this.leave(join)
    for (const join of this.joins) {
      join.gone = false
      this.enter(join)
    }
  }

  /** A to M, then M to B, with the same token and nonce. */
  private twice(join: Join): void {
    const first = join.nonce === '' ? null : this.firstLike(join)
    if (first === null) return
    const middle = addressText(this.tools, join.source)
    const claim = first.session.claims.find((c) => c.what === 'add' && c.address === join.source)
    this.tools.ledger.add({
      rule: 'T-MPTCP-ADDMITM',
      severity: 'high',
      confidence: confidence(75, {}),
      time: join.time,
      session: first.session.number,
      title: `${middle} stands between the ends of a subflow`,
      detail: `${addressText(this.tools, first.source)} joined to ${middle}${claim === undefined ? '' : `, which ${claim.message} had named`}; within a second ${middle} sent the same token and nonce on to ${addressText(this.tools, join.destination)}.`,
      claimant: join.source,
      victim: first.source,
      movesTo: join.source,
      rows: [...(claim === undefined ? [] : [claim.row]), first.row, join.row],
      checks: [
        ruledOut('a translator seen at two capture points', 'it would keep the receiver'),
        ruledOut('two joins of one host', 'each takes a nonce of its own'),
      ],
      reference: referenceOf('T-MPTCP-ADDMITM'),
      about: `${first.session.number} ${middle}`,
    })
  }
  /** The oldest other join with its token and nonce, from somebody to its sender. */
  private firstLike(join: Join): Join | null {
    let first: Join | null = null
    let younger: Join | null = null
    for (let j = this.byToken.get(join.token) ?? null; j !== null; younger = j, j = j.former) {
      if (j.gone) {
        // all that come behind it went before it did
        if (younger !== null) younger.former = null
        break
      }
      if (j === join || j.nonce !== join.nonce || join.time - j.time > TWICE_WITHIN) continue
      if (j.destination === join.source && j.destination !== join.destination) first = j
    }
    return first
  }
}
