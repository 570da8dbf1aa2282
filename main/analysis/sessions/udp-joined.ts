/**
 * UDP conversations of one host that runs over several of its addresses: joined when copies of the same datagrams were seen on two flows to
 * the same service (rehoming.md section 2). From then on they are one session with several pairs.
 */
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import { onPayload } from '../delivery.ts'
import { addPair, carriesPayload, heard, pairOf } from '../locators.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { PacketOutcome } from './contexts.ts'
import { LightFlag } from './light.ts'
import type { Registry } from './registry.ts'

export class UdpContexts {
  constructor(private readonly registry: Registry) {
    registry.canForget('udp')
  }

  /** Makes `second`'s flow part of `first`'s session. */
  join(first: number, second: number, time: number, row: number): void {
    const { registry } = this
    const one = registry.sessionOfFlow(first)
    let session = registry.multiOf(one)
    if (session === null) {
      const index = registry.lightOf(one)
      if (index < 0) return
      const isA = registry.light.has(index, LightFlag.InitiatorIsA)
      session = this.promoted(index, first, isA)
      if (session === null) return
    }
    if (session.protocol !== 'udp' || pairOf(session, second) !== null) return
    const index = registry.lightOf(registry.sessionOfFlow(second))
    if (index < 0) return
    const isA = registry.light.has(index, LightFlag.InitiatorIsA)
    const gone = this.promoted(index, second, isA)
    if (gone === null) return
    gone.mergedInto = session.number
    const pair = addPair(session, registry.flows, second, isA, 0, gone.opened, gone.openedRow)
    if (pair === null) return
    const old = gone.pairs[0]
    if (old !== undefined)
      Object.assign(pair, {
        payloadBytes: old.payloadBytes,
        payloadUnits: old.payloadUnits,
        firstPayload: old.firstPayload,
        lastPayload: old.lastPayload,
      })
    pair.state = 'active'
    registry.assign(second, session.number)
    registry.bindPair(second, pair)
    carriesPayload(session, pair, gone.opened, gone.openedRow)
    session.mark(time, 'opened', 0, pair.index, row, 'the same datagrams go over this pair too')
  }

  private promoted(index: number, flow: number, isA: boolean): MultiSession | null {
    const { registry } = this
    const { light, flows } = registry
    const facts = {
      bytes: (light.payloadBytes[index * 2] as number) + (light.payloadBytes[index * 2 + 1] as number),
      units: (light.payloadUnits[index * 2] as number) + (light.payloadUnits[index * 2 + 1] as number),
      last: light.last[index] as number,
    }
    const session = registry.promote(index, 'udp')
    if (session === null) return null
    const a = flows.portA[flow] as number
    const b = flows.portB[flow] as number
    session.ports = isA ? [a, b] : [b, a]
    session.state = 'established'
    const pair = addPair(session, flows, flow, isA, 0, session.opened, session.openedRow)
    if (pair === null) return session
    registry.bindPair(flow, pair)
    pair.state = 'active'
    pair.payloadBytes = facts.bytes
    pair.payloadUnits = facts.units
    pair.firstPayload = session.opened
    pair.lastPayload = facts.last
    pair.lastPayloadRow = session.openedRow
    pair.activity.add(session.opened, facts.bytes)
    session.mark(session.opened, 'opened', 0, pair.index, session.openedRow, 'first datagram')
    carriesPayload(session, pair, session.opened, session.openedRow)
    return session
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    const session = this.registry.multiOf(this.registry.sessionOfFlow(signal.flow))
    outcome.session = session
    if (session === null || signal.kind !== SignalKind.Payload) return
    const pair = pairOf(session, signal.flow)
    if (pair === null) return
    const sender: End = (signal.direction === 0) === pair.initiatorIsA ? 0 : 1
    outcome.sender = sender
    heard(session, pair, sender, signal.time, signal.hopLimit, signal.interface)
    onPayload(session, sender, pair, signal)
    carriesPayload(session, pair, signal.time, signal.row)
  }
}
