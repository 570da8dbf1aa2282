/**
 * T-SCTP-RESTART: an INIT takes the place of a live association with addresses that it did not have (RFC 9260 section 5.2.4.1 wants an ABORT).
 * The handshake completes: high. Refused or not answered, when the INIT lists an address of the association's peer from outside its set: low.
 * Live associations are found by locator and both ports; 100,000 entries at most.
 */

import type { ClaimDetail, CloseDetail, OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { findLocator } from '../../locators.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'
import { Places, roomFor } from '../places.ts'

const WAIT = 3e9
const MAX_ENTRIES = 100_000
const MAX_PENDING = 100

interface Attempt {
  session: MultiSession
  live: MultiSession
  end: End
  source: number
  target: number
  listed: number[]
  foreign: number[]
  time: number
  row: number
  done: 'open' | 'aborted' | null
  answerRow: number
  cause: string | null
}

export class Restart implements ContextRule {
  readonly protocols = [SignalProtocol.Sctp]
  readonly kinds =
    signalBit(SignalKind.Opening) | signalBit(SignalKind.Claimed) | signalBit(SignalKind.Opened) | signalBit(SignalKind.Closed)
  /** by locator and both ports; number of the session whose it is, by place: of the session itself nothing is held */
  private readonly byLocator = new Places()
  private holders = new Int32Array(64)
  private ends = new Uint8Array(64)
  private pending: Attempt[] = []
  private init: {
    row: number
    seen: { session: MultiSession; source: number; target: number; sport: number; dport: number }
    listed: number[]
    time: number
  } | null = null

  constructor(private readonly tools: Tools) {}

  next(signal: Signal): void {
    if (this.init !== null && this.init.row !== signal.row) this.read()
    if (this.pending.length > 0) this.decide(signal.time, false)
  }

  control(seen: Seen): void {
    const { signal, session } = seen
    if (signal.protocol !== SignalProtocol.Sctp || session === null) return
    switch (signal.kind) {
      case SignalKind.Opening: {
        if ((signal.detail as OpenDetail).step !== 1 || signal.flow < 0) break
        const { flows } = this.tools
        const sport = (signal.direction === 0 ? flows.portA : flows.portB)[signal.flow] as number
        const dport = (signal.direction === 0 ? flows.portB : flows.portA)[signal.flow] as number
        const { source, destination: target } = seen
        this.init = { row: signal.row, seen: { session, source, target, sport, dport }, listed: [source], time: signal.time }
        break
      }
      case SignalKind.Claimed: {
        const { how, address } = signal.detail as ClaimDetail
        if (how === 'listed' && this.init?.row === signal.row) this.init.listed.push(address)
        break
      }
      case SignalKind.Opened:
        for (const p of this.pending)
          if (p.session === session) {
            p.done = 'open'
            p.answerRow = signal.row
          }
        this.enter(session)
        break
      case SignalKind.Closed: {
        const detail = signal.detail as CloseDetail
        for (const p of this.pending)
          if (p.session === session && detail.abrupt && seen.side === 1) {
            p.done = 'aborted'
            p.answerRow = signal.row
            p.cause = detail.cause
          }
      }
    }
  }

  /** Ids above 2 million share keys with others: what is found is looked at again. */
  private key(address: number, port: number, peerPort: number): number {
    return (address & 0x1fffff) * 0x1_0000_0000 + port * 0x1_0000 + peerPort
  }

  private enter(session: MultiSession): void {
    for (let end = 0; end < 2; end++) {
      const { locators } = session.endpoints[end as End]
      const port = session.ports[end as End]
      const peerPort = session.ports[1 - end] as number
      for (let i = 0; i < locators.length; i++) {
        const key = this.key((locators[i] as (typeof locators)[number]).address, port, peerPort)
        let place = this.byLocator.of(key)
        if (place < 0) {
          if (this.byLocator.size >= MAX_ENTRIES) {
            this.byLocator.dropOldest()
            this.tools.flows.forgotten.note('locators of SCTP associations')
          }
          place = this.byLocator.enter(key)
          this.ends = roomFor(this.ends, place)
          this.holders = roomFor(this.holders, place)
        }
        this.holders[place] = session.number
        this.ends[place] = end
      }
    }
  }

  /** All addresses of an INIT are in. */
  private read(): void {
    const { init } = this
    this.init = null
    if (init === null) return
    const { session, source, target, sport, dport } = init.seen
    for (const address of init.listed) {
      const place = this.byLocator.of(this.key(address, sport, dport))
      const live = place < 0 ? null : this.tools.registry.multiOf(this.holders[place] as number)
      if (live === null || live === session) continue
      const end = this.ends[place] as End
      if (findLocator(live, end, address, true) === null) continue
      if (live.state !== 'established' && live.state !== 'closing') continue
      const other = (1 - end) as End
      if (findLocator(live, other, target, true) === null && !live.paths.some((p) => p.ends[other] === target)) continue
      const foreign = [...new Set(init.listed)].filter((a) => findLocator(live, end, a, true) === null)
      if (foreign.length === 0) return
      if (!this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-SCTP-RESTART'))
        this.pending.push({
          session,
          live,
          end,
          source,
          target,
          listed: init.listed,
          foreign,
          time: init.time,
          row: init.row,
          done: null,
          answerRow: -1,
          cause: null,
        })
      return
    }
  }

  sweep(now: number, final: boolean): void {
    this.read()
    this.decide(now, final)
  }

  private decide(now: number, final: boolean): void {
    if (this.pending.length === 0) return
    const due = this.pending.filter((p) => final || p.done !== null || now - p.time > WAIT)
    if (due.length === 0) return
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) this.judge(p)
  }

  private judge(p: Attempt): void {
    const text = (address: number): string => addressText(this.tools, address)
    const fromOutside = p.foreign.includes(p.source)
    const opened = p.done === 'open'
    if (!opened && !fromOutside) return
    const victim = p.listed.find((a) => a !== p.source && findLocator(p.live, p.end, a, true) !== null) ?? p.target
    this.tools.ledger.add({
      rule: 'T-SCTP-RESTART',
      severity: hinted(opened ? 'high' : 'low', p.live.midCapture),
      confidence: confidence(opened ? 75 : 60, { midCapture: p.live.midCapture }),
      time: p.time,
      session: p.live.number,
      title: `${text(p.source)} ${opened ? 'took the place of' : 'tried to restart'} an association of ${text(victim)}`,
      detail: `An INIT from ${text(p.source)} to ${text(p.target)} with the ports of a live association lists ${[...new Set(p.listed)].map(text).join(', ')}; ${[...new Set(p.foreign)].map(text).join(', ')} did not belong to it. ${
        opened
          ? 'The handshake was completed.'
          : p.done === 'aborted'
            ? `It was refused${p.cause === null ? '' : `: ${p.cause}`}.`
            : 'It was not answered.'
      }`,
      claimant: p.source,
      victim,
      movesTo: -1,
      rows: p.answerRow < 0 ? [p.row] : [p.row, p.answerRow],
      checks: [
        ruledOut('the peer has restarted with its own addresses', `${p.foreign.map(text).join(', ')} were not among them`),
        ruledOut('the old association was over', 'it was open when the INIT came'),
        check('another client behind one translator uses the same port', false, 'it lists an address of the association'),
      ],
      reference: referenceOf('T-SCTP-RESTART'),
      about: `${p.live.number} ${text(p.source)}`,
    })
  }
}
