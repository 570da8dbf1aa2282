/**
 * Data that went between two ULIDs before their context was up (RFC 5533 section 4: the context may come long after): it belongs to the session
 * once that is established. A plain session keeps its counts, first and last data: the last of each direction goes through the rule as a unit.
 * When the context comes up over other locators because the ULIDs no longer work, an end's data after its peer fell silent is not known to
 * have arrived. Cost: one look at the last 4,096 plain sessions for each context that comes up.
 */
import { Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { type End, type Pair, SECOND, withOne } from '../model.ts'
import { type Bound, pairFor } from './bound.ts'
import { onCarried } from './carried.ts'
import { LightFlag } from './light.ts'
import type { Registry } from './registry.ts'

const LOOKED_AT = 4096
const MAX_TOLD = 64

/** What one end sent in a plain session. */
interface Told {
  sender: End
  flow: number
  direction: 0 | 1
  units: number
  bytes: number
  first: number
  firstRow: number
  time: number
  row: number
}

/** `established`: the pair that the establishment ran on. */
export function carriedBefore(registry: Registry, bound: Bound, ulids: readonly [number, number], established: Pair, now: number): void {
  const told = plainSessions(registry, bound, ulids)
  const { session } = bound
  const { last } = session
  for (const one of told) if (one.time <= now) tell(registry, bound, one)
  session.last = last
  const pair = session.pairs.find((p) => p.way.ends[0] === ulids[0] && p.way.ends[1] === ulids[1])
  if (pair === undefined || pair === established) return
  for (const sender of [0, 1] as const) {
    const own = youngest(told, sender)
    const theirs = youngest(told, (1 - sender) as End)
    if (own === null || theirs === null || theirs.units < 5) continue
    const usual = (theirs.time - theirs.first) / (theirs.units - 1)
    if (own.time - theirs.time <= Math.max(0.25 * SECOND, 3 * session.rtt, 5 * usual)) continue
    const { time: good, row: goodRow } = theirs
    const { path } = pair
    session.unproven = withOne(session.unproven, {
      by: sender,
      path,
      good,
      goodRow,
      first: -1,
      firstRow: -1,
      until: own.time,
      untilRow: own.row,
    })
  }
}

function youngest(told: readonly Told[], sender: End): Told | null {
  let found: Told | null = null
  for (const one of told) if (one.sender === sender && (found === null || one.time > found.time)) found = one
  return found
}

/** By the time of their last data. */
function plainSessions(registry: Registry, bound: Bound, ulids: readonly [number, number]): Told[] {
  const told: Told[] = []
  const { light, flows } = registry
  const { session } = bound
  for (let n = registry.count - 1; n >= 0 && n >= registry.count - LOOKED_AT && told.length < MAX_TOLD; n--) {
    const index = registry.lightOf(n)
    if (index < 0) continue
    const flow = light.flow[index] as number
    const a = flows.addressA[flow]
    const b = flows.addressB[flow]
    if (!((a === ulids[0] && b === ulids[1]) || (a === ulids[1] && b === ulids[0]))) continue
    registry.link(n, session.number)
    session.innerBefore ??= []
    session.innerBefore.push({ flow, initiator: a === ulids[0] ? 0 : 1 })
    const isA = light.has(index, LightFlag.InitiatorIsA)
    for (const side of [0, 1] as const) {
      const at = index * 2 + side
      const units = light.payloadUnits[at] as number
      if (units === 0) continue
      const direction = ((side === 0) === isA ? 0 : 1) as 0 | 1
      told.push({
        sender: (flows.sender(flow, direction) === ulids[0] ? 0 : 1) as End,
        flow,
        direction,
        units,
        bytes: light.payloadBytes[at] as number,
        first: light.firstPayload[at] as number,
        firstRow: light.firstPayloadRow[at] as number,
        time: light.lastPayload[at] as number,
        row: light.lastPayloadRow[at] as number,
      })
    }
  }
  return told.sort((x, y) => x.time - y.time)
}

function tell(registry: Registry, bound: Bound, one: Told): void {
  const { session } = bound
  const { sender, flow, direction, time, row } = one
  const signal = new Signal()
  const where = { flow, direction, interface: registry.flows.firstInterface[flow] as number }
  Object.assign(signal, { kind: SignalKind.Payload, protocol: SignalProtocol.Shim6, time, row, ...where })
  Object.assign(signal, { space: UnitSpace.Datagram, unit: Math.imul(row + 1, 0x9e3779b1) >>> 0, span: 1, bytes: one.bytes })
  const pair = pairFor(registry, session, signal, sender, true)
  if (pair === null) return
  if (pair.firstPayload < 0) {
    pair.firstPayload = one.first
    session.mark(one.first, 'payload-started', sender, pair.index, one.firstRow, 'first data on this pair, before there was a context')
  }
  pair.lastPayload = time
  pair.lastPayloadRow = row
  // the hop limits of these packets are no longer known
  const hops = session.endpoints.map((e) => [e.fresh, e.forwarded] as const)
  onCarried(registry, bound, sender, signal)
  session.endpoints.forEach((e, end) => {
    const [fresh, forwarded] = hops[end] as readonly [number, number]
    e.fresh = fresh
    e.forwarded = forwarded
  })
  pair.payloadUnits += one.units - 1
}
