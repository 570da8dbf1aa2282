/**
 * Data that went through the tunnel of a registration before the capture told of it: it was bound already, to the care-of address that the
 * data used. The last unit of each direction goes through the rule of moves, so that a move with the first update that is seen has a before.
 */
import type { CarriedBefore } from '../../../../shared/signal-details.ts'
import { Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { addLocator, findLocator, pairBetween } from '../../locators.ts'
import type { End } from '../../model.ts'
import type { PacketOutcome } from '../contexts.ts'
import type { Registry } from '../registry.ts'
import type { Binding } from './binding.ts'
import { carry } from './data.ts'

const ALREADY = 'already bound when the capture began'

/** To be called for a new registration, before what opened it is taken in. */
export function carriedBefore(registry: Registry, binding: Binding, before: readonly CarriedBefore[]): void {
  const { session } = binding
  const { flows } = registry
  // Its data shows where it was bound until then, and nothing when: the first that the capture shows of it stands for that.
  for (const one of [...before].sort((a, b) => a.first - b.first)) {
    const sender = senderOf(registry, binding, one)
    const at = { flow: one.flow, direction: one.direction, time: one.first, row: one.firstRow }
    const pair = pairBetween(session, flows, at, sender)
    if (pair === null) continue
    const careOf = pair.way.ends[0]
    if (findLocator(session, 0, careOf, true) === null) {
      addLocator(session, 0, careOf, 'initial', null, 'A1', one.first, one.firstRow)
      binding.bound[0].set(-1, careOf)
    }
    if (session.state === 'opening') {
      session.state = 'established'
      session.midCapture = true
      session.mark(one.first, 'opened', sender, pair.index, one.firstRow, ALREADY)
    }
    if (pair.firstPayload < 0) {
      pair.firstPayload = one.first
      session.mark(one.first, 'payload-started', sender, pair.index, one.firstRow, 'first data on this pair, before an update was seen')
    }
  }
  for (const one of before) tell(registry, binding, one)
}

function senderOf(registry: Registry, binding: Binding, one: CarriedBefore): End {
  return registry.flows.sender(one.flow, one.direction) === binding.anchor ? 1 : 0
}

/** The last unit, as it would have come. */
function tell(registry: Registry, binding: Binding, one: CarriedBefore): void {
  const { flow, direction, context } = one
  const sender = senderOf(registry, binding, one)
  const signal = new Signal()
  Object.assign(signal, { kind: SignalKind.Payload, protocol: SignalProtocol.Mip6, flow, direction, context, ...one.last })
  const pair = pairBetween(binding.session, registry.flows, signal, sender)
  if (pair === null) return
  const outcome: PacketOutcome = { retransmitted: false, session: null, sender: -1 }
  carry(binding, pair, sender, signal, outcome, 'tunnel')
  pair.payloadUnits += one.units - 1
  pair.payloadBytes += one.bytes - one.last.bytes
}
