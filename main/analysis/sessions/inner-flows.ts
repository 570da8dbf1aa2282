/**
 * Transports inside Shim6 and ILNP run between identifiers: what the wire shows are the locators of the moment (RFC 5533 section 4.6, RFC 6741
 * section 5). All packets of one transport inside a session are given the flow that its first packet had, so that it stays one session and
 * does not seem to break with every move. Refuses more than 65,536 transports; further ones go by their addresses.
 */
import type { Signal } from '../../../shared/signals.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { pairFor } from './bound.ts'
import type { Registry } from './registry.ts'

const MAX_TRANSPORTS = 65_536

interface Transport {
  flow: number
  /** direction of the initiator's packets on it */
  initiator: number
  /** flow of its last packet: by the locators of the moment */
  seen: number
}

export class InnerFlows {
  /** by session, then by protocol and ports */
  private readonly bySession = new Map<number, Map<number, Transport>>()
  private count = 0

  constructor(private readonly registry: Registry) {}

  private full(): boolean {
    return this.registry.flows.forgotten.full(this.count, MAX_TRANSPORTS, 'packets of transports inside sessions')
  }

  /** Puts the signal on its transport's first flow. `sender` is the end of the session that sent the packet. */
  place(carrier: MultiSession, sender: End, signal: Signal): void {
    const { flow, direction } = signal
    const initiator = sender === 0 ? direction : 1 - direction
    const key = this.key(flow, initiator)
    let transports = this.bySession.get(carrier.number)
    if (transports === undefined) {
      if (this.full()) return
      transports = new Map()
      this.bySession.set(carrier.number, transports)
      for (const { flow: before, initiator } of carrier.innerBefore ?? []) {
        transports.set(this.key(before, initiator), { flow: before, initiator, seen: before })
        this.count++
      }
    }
    const known = transports.get(key)
    if (known === undefined) {
      if (this.full()) return
      this.count++
      transports.set(key, { flow, initiator, seen: flow })
      return
    }
    if (flow !== known.seen) {
      known.seen = flow
      this.registry.carried.alias(flow, known.flow, initiator !== known.initiator)
      // the locators of the moment are a pair of the session, and what they show is the session's own
      pairFor(this.registry, carrier, signal, sender, false)
    }
    signal.flow = known.flow
    signal.direction = sender === 0 ? known.initiator : 1 - known.initiator
  }

  /** Protocol and ports, the initiator's first. `initiator` is the direction of its packets. */
  private key(flow: number, initiator: number): number {
    const { flows } = this.registry
    const from = (initiator === 0 ? flows.portA[flow] : flows.portB[flow]) as number
    const to = (initiator === 0 ? flows.portB[flow] : flows.portA[flow]) as number
    return (flows.protocol[flow] as number) * 0x100000000 + from * 0x10000 + to
  }
}
