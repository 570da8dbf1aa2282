/**
 * The pair of a session that a packet runs on, made when it is new. For families whose packets name their context by themselves (IKE and ESP
 * SPIs, QUIC connections, WireGuard indices): the flow follows the session, never the other way round. What plain UDP had taken the flow for
 * before is merged into the session. Cost: one array look-up for a flow that is known.
 */
import type { Signal } from '../../../shared/signals.ts'
import { addPair, heard, pairOf } from '../locators.ts'
import type { End, Pair } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Registry } from './registry.ts'

/** `fresh`: the pair was made for this packet. One object is used again. */
export const placed: { pair: Pair | null; fresh: boolean } = { pair: null, fresh: false }

/** Finds or makes the pair and notes that `sender` was heard on it. null when the session has too many pairs. */
export function placeOn(registry: Registry, session: MultiSession, sender: End, signal: Signal): Pair | null {
  const { flow, time, row, direction } = signal
  placed.fresh = false
  let pair = registry.pairOfFlow(flow)
  if (pair === null || pair.session !== session) {
    pair = pairOf(session, flow)
    if (pair === null) {
      const { flows } = registry
      const initiatorIsA = (sender === 0) === (direction === 0)
      pair = addPair(session, flows, flow, initiatorIsA, sender, time, row)
      placed.pair = pair
      if (pair === null) return null
      placed.fresh = true
      if (session.pairs.length === 1) {
        const ports: [number, number] = [flows.portA[flow] as number, flows.portB[flow] as number]
        session.ports = initiatorIsA ? ports : [ports[1], ports[0]]
      }
    }
    takeFlow(registry, session, flow)
    registry.bindPair(flow, pair)
  }
  placed.pair = pair
  heard(session, pair, sender, time, signal.hopLimit, signal.interface)
  return pair
}

function takeFlow(registry: Registry, session: MultiSession, flow: number): void {
  const before = registry.sessionOfFlow(flow)
  const light = registry.lightOf(before)
  if (light >= 0) {
    const old = registry.promote(light, 'udp')
    if (old !== null) old.mergedInto = session.number
  }
  registry.assign(flow, session.number)
}

/** Has only the port of one end changed against `old` (a translator's new mapping, rehoming.md section 1)? */
export function onlyPortChanged(registry: Registry, old: Pair, pair: Pair): boolean {
  if (old === pair || old.path !== pair.path) return false
  const { flows } = registry
  const ports = (p: Pair): [number, number] => {
    const [a, b] = [flows.portA[p.flow] as number, flows.portB[p.flow] as number]
    return p.initiatorIsA ? [a, b] : [b, a]
  }
  const [before, after] = [ports(old), ports(pair)]
  return (before[0] === after[0]) !== (before[1] === after[1])
}
