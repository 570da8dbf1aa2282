/**
 * T-MPTCP-CLOSE and T-DOWNGRADE. MP_FASTCLOSE with a key that is not the receiver's: an attempt, medium when the connection breaks on it. Three
 * established subflows of a connection reset with 'MPTCP-specific error' or 'administratively prohibited' in ten seconds. A server that spoke
 * MPTCP within the hour answers three times without it: somebody may take the option out.
 */

import type { CloseDetail, OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { pairOf } from '../../locators.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, notObservable, possible, ruledOut } from '../judge.ts'

const WAIT = 3e9
const WITHIN = 10e9
const HOUR = 3600e9
const TIMES = 3
const MAX_KEPT = 200
const MAX_SERVERS = 10_000

interface Server {
  spoke: number
  without: { time: number; row: number; client: number }[] | null
}

interface Fastclose {
  session: MultiSession
  source: number
  target: number
  time: number
  row: number
  hops: boolean | null
  resets: number[]
}

export class Closing implements ContextRule {
  readonly protocols = [SignalProtocol.Mptcp]
  readonly kinds =
    signalBit(SignalKind.Closed) | signalBit(SignalKind.Refused) | signalBit(SignalKind.Opening) | signalBit(SignalKind.Fallback)
  private pending: Fastclose[] = []
  private readonly resets = new Map<number, { time: number; row: number }[]>()
  /** servers that spoke MPTCP: when last, and since then without it */
  private readonly servers = new Map<number, Server>()

  constructor(private readonly tools: Tools) {}

  next(signal: Signal): void {
    if (this.pending.length > 0) this.decide(signal.time, false)
  }

  control(seen: Seen): void {
    const { signal, session } = seen
    if (signal.protocol !== SignalProtocol.Mptcp) return
    switch (signal.kind) {
      case SignalKind.Closed:
      case SignalKind.Refused:
        if (session !== null) this.closed(seen, session, signal.detail as CloseDetail)
        break
      case SignalKind.Opening: {
        const { step, joinToken, senderToken } = signal.detail as OpenDetail
        if (step === 2 && joinToken === null && senderToken !== null) this.spoke(seen)
        break
      }
      case SignalKind.Fallback:
        if (/^SYN\/ACK without MP_CAPABLE/.test((signal.detail as { message: string }).message)) this.without(seen)
        break
    }
  }

  private closed(seen: Seen, session: MultiSession, detail: CloseDetail): void {
    const { signal } = seen
    if (detail.message === 'MP_FASTCLOSE') {
      if (detail.authentication !== 'AX') return
      if (this.pending.some((p) => p.session === session && p.source === seen.source)) return
      if (this.tools.flows.forgotten.full(this.pending.length, MAX_KEPT, 'suspicions of T-MPTCP-CLOSE')) return
      this.pending.push({
        session,
        source: seen.source,
        target: seen.destination,
        time: signal.time,
        row: signal.row,
        hops: this.tools.hops.differs(seen.source, signal.interface, signal.hopLimit),
        resets: [],
      })
      return
    }
    if (!detail.abrupt) return
    for (const p of this.pending) if (p.session === session && seen.source === p.target) p.resets.push(signal.row)
    if (detail.cause === null || !/^(MPTCP-specific error|administratively prohibited)/i.test(detail.cause)) return
    const pair = pairOf(session, signal.flow)
    if (pair === null || pair.verifiedAt === null) return
    const list = (this.resets.get(session.number) ?? []).filter((r) => signal.time - r.time <= WITHIN)
    list.push({ time: signal.time, row: signal.row })
    if (this.resets.size > 1000) this.tools.flows.forgotten.clear(this.resets, 'resets of MPTCP connections')
    this.resets.set(session.number, list)
    if (list.length < TIMES) return
    const source = addressText(this.tools, seen.source)
    this.tools.ledger.add({
      rule: 'T-MPTCP-CLOSE',
      severity: 'medium',
      confidence: confidence(60, {}),
      time: signal.time,
      session: session.number,
      title: `Subflow after subflow is reset: ${detail.cause}`,
      detail: `${list.length} subflows that had been working were reset with MP_TCPRST within ${WITHIN / 1e9} s.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: list.map((r) => r.row),
      checks: [
        ruledOut('joins that are refused', 'the subflows were established'),
        ruledOut('a middlebox that does not pass MPTCP', `${source} names another reason than that`),
      ],
      reference: referenceOf('T-MPTCP-CLOSE'),
      about: `${session.number} resets`,
    })
  }

  sweep(now: number, final: boolean): void {
    this.decide(now, final)
  }

  private decide(now: number, final: boolean): void {
    const due = this.pending.filter((p) => final || now - p.time > WAIT)
    if (due.length === 0) return
    this.pending = this.pending.filter((p) => !due.includes(p))
    for (const p of due) {
      const { session } = p
      const broke = p.resets.length > 0
      const source = addressText(this.tools, p.source)
      this.tools.ledger.add({
        rule: 'T-MPTCP-CLOSE',
        severity: broke ? 'medium' : 'low',
        confidence: confidence(60, { hopLimitDiffers: p.hops }),
        time: p.time,
        session: session.number,
        title: `MP_FASTCLOSE with a wrong key in the name of ${source}${broke ? ', and the connection broke' : ', without effect'}`,
        detail: `An MP_FASTCLOSE in the name of ${source} does not show the key of ${addressText(this.tools, p.target)}; ${broke ? `${p.resets.length} resets followed` : 'the connection went on'}.`,
        claimant: p.source,
        victim: p.target,
        movesTo: -1,
        rows: [p.row, ...p.resets.slice(0, 10)],
        checks: [
          ruledOut('the keys are of another connection', 'they were seen in its handshake'),
          check('the peer itself', p.hops === null ? null : !p.hops, 'by its hop limit'),
        ],
        reference: referenceOf('T-MPTCP-CLOSE'),
        about: `${session.number} fastclose`,
      })
    }
  }

  private server(seen: Seen): number {
    const { flows } = this.tools
    const { flow, direction } = seen.signal
    return seen.source * 65_536 + ((direction === 0 ? flows.portA : flows.portB)[flow] ?? 0)
  }

  private spoke(seen: Seen): void {
    const key = this.server(seen)
    if (this.servers.size >= MAX_SERVERS) this.tools.flows.forgotten.drop(this.servers, 'servers that speak MPTCP')
    this.servers.set(key, { spoke: seen.signal.time, without: null })
  }

  private without(seen: Seen): void {
    const { signal } = seen
    const server = this.servers.get(this.server(seen))
    if (server === undefined || signal.time - server.spoke > HOUR) return
    const without = server.without ?? []
    server.without = without
    without.push({ time: signal.time, row: signal.row, client: seen.destination })
    if (without.length < TIMES) return
    const text = addressText(this.tools, seen.source)
    this.tools.ledger.add({
      rule: 'T-DOWNGRADE',
      severity: 'low',
      confidence: confidence(50, {}),
      time: signal.time,
      session: seen.session?.number ?? -1,
      title: `${text} no longer answers with MPTCP`,
      detail: `${text} spoke MPTCP ${Math.round((signal.time - server.spoke) / 1e9)} s before; since then ${without.length} of its answers came without MP_CAPABLE.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: without.slice(0, 20).map((w) => w.row),
      checks: [
        possible('the server was set to plain TCP meanwhile'),
        notObservable('the option was there at another capture point', 'one point is captured'),
        ruledOut('the server never spoke MPTCP', 'it did'),
      ],
      reference: referenceOf('T-DOWNGRADE'),
      about: text,
    })
  }
}
