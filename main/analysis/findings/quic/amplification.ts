/**
 * T-QUIC-AMP: before a client's address is validated a server may send it three times what came from there (RFC 9000 section 8.1). Bytes are those
 * of the flow table; a client is taken for validated with its second flight (it answers what was sent to it) or when 1-RTT data comes from it.
 * An answer that cannot be read, since the capture cut it, is an answer.
 * Connections that began before the capture are left out. Bounded: 5,000 young connections.
 */

import type { OpenDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import type { Context } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, ruledOut } from '../judge.ts'

const MAX_YOUNG = 5000
const WAIT = 10e9

interface Young {
  context: Context
  flow: number
  client: 0 | 1
  time: number
  row: number
  /** Infinity: none yet */
  firstAnswer: number
}

export class Amplification implements ContextRule {
  readonly protocols = [SignalProtocol.Quic]
  readonly kinds = signalBit(SignalKind.Opening)
  /** by context */
  private readonly young = new Map<number, Young>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (signal.protocol !== SignalProtocol.Quic || context === null || signal.flow < 0) return
    if (signal.kind !== SignalKind.Opening) return
    const { step } = signal.detail as OpenDetail
    if (step === 1) {
      if (this.young.size >= MAX_YOUNG) this.tools.flows.forgotten.drop(this.young, 'young QUIC connections')
      const young = {
        context,
        flow: signal.flow,
        client: signal.direction as 0 | 1,
        time: signal.time,
        row: signal.row,
        firstAnswer: Number.POSITIVE_INFINITY,
      }
      this.young.set(context.id, young)
    } else if (step === 2) {
      const young = this.young.get(context.id)
      if (young !== undefined) young.firstAnswer = signal.time
    }
  }

  sweep(now: number, final: boolean): void {
    const { flows, limits } = this.tools
    for (const [key, young] of this.young) {
      const from = young.flow * 2 + young.client
      const to = young.flow * 2 + (1 - young.client)
      if (young.firstAnswer === Number.POSITIVE_INFINITY && (flows.packets[to] as number) > 0 && (flows.first[to] as number) >= young.time)
        young.firstAnswer = flows.first[to] as number
      // Time stamps may be too coarse to tell which was first, of packets beyond the one that began.
      const last = flows.last[from] as number
      const later = last > young.firstAnswer || (last === young.firstAnswer && (flows.packets[from] as number) > 1)
      if (later) {
        this.young.delete(key)
        continue
      }
      if (!final && now - young.time < WAIT) continue
      this.young.delete(key)
      const received = flows.bytes[from] ?? 0
      const sent = flows.bytes[to] ?? 0
      if (received <= 0 || sent <= limits.amplification * received || this.tools.visibility.lossy) continue
      const client = flows.sender(young.flow, young.client)
      const server = flows.receiver(young.flow, young.client)
      this.tools.ledger.add({
        rule: 'T-QUIC-AMP',
        severity: 'medium',
        confidence: confidence(80, {}),
        time: young.time,
        session: young.context.session,
        title: `${addressText(this.tools, server)} sends ${Math.round((10 * sent) / received) / 10} times what it got to ${addressText(this.tools, client)}`,
        detail: `${received} bytes came from ${addressText(this.tools, client)}, which never answered; ${sent} bytes were sent there. A server may send ${limits.amplification} times as much before the address is validated.`,
        claimant: server,
        victim: client,
        movesTo: -1,
        rows: [young.row],
        checks: [
          ruledOut('the client has answered', 'nothing came from it after the first answer'),
          check('the connection began before the capture', young.context.midCapture),
        ],
        reference: referenceOf('T-QUIC-AMP'),
        about: `${young.context.key} amplification`,
      })
    }
  }
}
