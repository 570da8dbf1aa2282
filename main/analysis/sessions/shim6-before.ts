/**
 * Data that went between two ULIDs before their context was up (RFC 5533 section 4: the context may come long after): it belongs to the session
 * once that is established. Of each plain session the first and last data of both directions are told, which is all that is kept of it.
 * Cost: one look at the last 4,096 plain sessions for each context that comes up.
 */
import { Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import type { End } from '../model.ts'
import { type Bound, pairFor } from './bound.ts'
import { onCarried } from './carried.ts'
import { LightFlag } from './light.ts'
import type { Registry } from './registry.ts'

const LOOKED_AT = 4096
const MAX_TOLD = 64

interface Told {
  time: number
  row: number
  flow: number
  direction: 0 | 1
  bytes: number
  sender: End
}

export function carriedBefore(registry: Registry, bound: Bound, ulids: readonly [number, number], now: number): void {
  const told: Told[] = []
  const { light, flows } = registry
  for (let n = registry.count - 1; n >= 0 && n >= registry.count - LOOKED_AT && told.length < MAX_TOLD; n--) {
    const index = registry.lightOf(n)
    if (index < 0) continue
    const flow = light.flow[index] as number
    const a = flows.addressA[flow]
    const b = flows.addressB[flow]
    if (!((a === ulids[0] && b === ulids[1]) || (a === ulids[1] && b === ulids[0]))) continue
    registry.link(n, bound.session.number)
    const isA = light.has(index, LightFlag.InitiatorIsA)
    for (const side of [0, 1] as const) {
      const at = index * 2 + side
      const units = light.payloadUnits[at] as number
      if (units === 0) continue
      const direction = ((side === 0) === isA ? 0 : 1) as 0 | 1
      const sender = (flows.sender(flow, direction) === ulids[0] ? 0 : 1) as End
      const bytes = Math.round((light.payloadBytes[at] as number) / Math.min(2, units))
      const one = { flow, direction, bytes, sender }
      told.push({ ...one, time: light.firstPayload[at] as number, row: light.firstPayloadRow[at] as number })
      if (units > 1) told.push({ ...one, time: light.lastPayload[at] as number, row: light.lastPayloadRow[at] as number })
    }
  }
  told.sort((x, y) => x.time - y.time)
  const signal = new Signal()
  const { session } = bound
  const { last } = session
  for (const one of told) {
    if (one.time > now) continue
    const iface = flows.firstInterface[one.flow] as number
    Object.assign(signal, { kind: SignalKind.Payload, protocol: SignalProtocol.Shim6, ...one, interface: iface, hopLimit: 0 })
    Object.assign(signal, { space: UnitSpace.Datagram, unit: Math.imul(one.row + 1, 0x9e3779b1) >>> 0, span: 1 })
    const fresh = session.endpoints.map((e) => [e.fresh, e.forwarded] as const)
    onCarried(registry, bound, one.sender, signal)
    // the hop limits of these packets are no longer known
    session.endpoints.forEach((e, end) => {
      const [near, far] = fresh[end] as readonly [number, number]
      e.fresh = near
      e.forwarded = far
    })
  }
  session.last = last
  const pair = told[0] === undefined ? null : pairFor(registry, session, signal, (told[told.length - 1] as Told).sender, false)
  if (pair !== null && pair.verifiedAt !== null) pair.state = 'active'
}
