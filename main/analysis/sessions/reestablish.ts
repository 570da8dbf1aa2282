/**
 * A plain TCP session that broke, and the one that took its place: the same client host asks the same service on another address pair within
 * 30 s (rehoming.md section 3, RE-ESTABLISHED). Never a rehoming: the upper layer had to begin anew.
 * Broken means: reset, an ICMP error and no progress since, data sent again without progress, its link lost, or silence far longer than its
 * own gaps without an orderly end.
 */
import { SECOND } from '../model.ts'
import type { World, WorldEvent } from '../world.ts'
import { icmpName } from './icmp-names.ts'
import { LightFlag, LightProtocol, LightState } from './light.ts'
import type { Registry } from './registry.ts'

const WITHIN = 30 * SECOND
const RECENT = 8
const MAX_SERVICES = 20_000

export interface BreakCause {
  time: number
  why: 'link' | 'icmp' | 'repeats' | 'reset' | 'silence'
  text: string
  rows: number[]
  /** false: only silence speaks for it, which counts when something took its place */
  certain: boolean
  link?: WorldEvent
}

/** Why and when a light TCP session broke, as known at `now`; null when it did not. */
export function breakOf(registry: Registry, world: World, index: number, now: number): BreakCause | null {
  const { light } = registry
  const known = registry.breaks.get(light.number[index] as number)
  if (known !== undefined) return known
  if (light.protocol[index] !== LightProtocol.Tcp) return null
  const units = (light.payloadUnits[index * 2] as number) + (light.payloadUnits[index * 2 + 1] as number)
  if (light.state[index] === LightState.Opening || units === 0) return null
  const lastData = Math.max(light.lastPayload[index * 2] as number, light.lastPayload[index * 2 + 1] as number)
  const last = light.last[index] as number
  const orderly = light.has(index, LightFlag.FinInitiator) && light.has(index, LightFlag.FinResponder)
  const flow = light.flow[index] as number
  const opened = light.opened[index] as number
  const lost = world.linkDown(usedLast(registry, index, flow), Math.max(opened, lastData - SECOND), Math.min(now, last + 5 * SECOND))
  if (lost !== null && !orderly)
    return { time: lost.time, why: 'link', text: lost.detail.message, rows: lost.rows, certain: true, link: lost }
  const icmpTime = light.icmpTime[index] as number
  if (icmpTime >= 0 && icmpTime <= now && !orderly && progressSince(registry, index, icmpTime) === false)
    return {
      time: icmpTime,
      why: 'icmp',
      text: icmpName(light.icmpKind[index] as number),
      rows: [light.icmpRow[index] as number],
      certain: true,
    }
  for (const at of [index * 2, index * 2 + 1]) {
    if ((light.streak[at] as number) < 2 || orderly || now - (light.streakTime[at] as number) < SECOND) continue
    return {
      time: light.streakTime[at] as number,
      why: 'repeats',
      text: `data sent again ${light.streak[at]} times without an acknowledgement`,
      rows: [light.streakRow[at] as number, light.streakLastRow[at] as number],
      certain: true,
    }
  }
  const closed = light.closed[index] as number
  // A reset after an orderly FIN, or by the side that had finished, ends what was over.
  const finished = light.has(index, LightFlag.FinInitiator) || light.has(index, LightFlag.FinResponder)
  if (light.has(index, LightFlag.Reset) && closed >= 0 && closed <= now && !finished)
    return {
      time: closed,
      why: 'reset',
      text: `an RST from the ${light.resetBy[index] === 0 ? 'initiator' : 'responder'}`,
      rows: [light.closedRow[index] as number],
      certain: true,
    }
  if (closed >= 0 || orderly || units < 10) return null
  const mean = (lastData - opened) / units
  if (now - last < Math.max(SECOND, 5 * mean)) return null
  return {
    time: last,
    why: 'silence',
    text: `fell silent after ${units} data packets, without an end`,
    rows: [Math.max(light.lastHeardRow[index * 2] as number, light.lastHeardRow[index * 2 + 1] as number)],
    certain: false,
  }
}

/** The interface that the initiator's packets left by at last: one that an exit was given up for breaks nothing when it fails later. */
function usedLast({ flows, light }: Registry, index: number, flow: number): number {
  const at = flow * 2 + (light.has(index, LightFlag.InitiatorIsA) ? 0 : 1)
  return ((flows.packets[at] as number) > 0 ? flows.lastInterface[at] : flows.firstInterface[flow]) as number
}

/** Did both sides' data or acknowledgements go on after `time`? */
function progressSince(registry: Registry, index: number, time: number): boolean {
  const { light } = registry
  const both = (light.lastHeard[index * 2] as number) > time + SECOND && (light.lastHeard[index * 2 + 1] as number) > time + SECOND
  return both && light.streak[index * 2] === 0 && light.streak[index * 2 + 1] === 0
}

/** Finds the session that a new connection takes the place of. Bounded: the services that `MAX_SERVICES` last began to be asked for. */
export class Reestablishment {
  /** light session numbers by service (responder's address and port), youngest last */
  private readonly byService = new Map<number, number[]>()

  /** A new plain TCP connection has sent its SYN. */
  opened(registry: Registry, world: World, index: number, time: number, hopLimit: number): void {
    const { light, flows } = registry
    const flow = light.flow[index] as number
    const isA = light.has(index, LightFlag.InitiatorIsA)
    const service = (isA ? flows.addressB[flow] : flows.addressA[flow]) as number
    const port = (isA ? flows.portB[flow] : flows.portA[flow]) as number
    const client = (isA ? flows.addressA[flow] : flows.addressB[flow]) as number
    const key = service * 65536 + port
    let list = this.byService.get(key)
    if (list === undefined) {
      registry.flows.forgotten.room(this.byService, MAX_SERVICES, 'services that connections went to')
      list = []
      this.byService.set(key, list)
    }
    const own = isOwnHost(registry, world, flow, isA, hopLimit)
    for (let i = own ? list.length - 1 : -1; i >= 0; i--) {
      const old = registry.lightOf(list[i] as number)
      if (old < 0 || (light.replacedBy[old] as number) >= 0 || time - (light.last[old] as number) > WITHIN) continue
      const oldFlow = light.flow[old] as number
      const oldIsA = light.has(old, LightFlag.InitiatorIsA)
      const oldClient = (oldIsA ? flows.addressA[oldFlow] : flows.addressB[oldFlow]) as number
      if (oldClient === client || !isOwnHost(registry, world, oldFlow, oldIsA, -1)) continue
      const cause = breakOf(registry, world, old, time)
      if (cause === null) continue
      registry.breaks.set(light.number[old] as number, cause)
      light.replaces[index] = light.number[old] as number
      light.replacedBy[old] = light.number[index] as number
      break
    }
    list.push(light.number[index] as number)
    if (list.length > RECENT) list.shift()
  }
}

/** Is the client the capturing host? Its address is known as such, or it sent without having been forwarded (the packet in hand: `hopLimit`). */
function isOwnHost(registry: Registry, world: World, flow: number, isA: boolean, hopLimit: number): boolean {
  const { flows } = registry
  const hops = hopLimit >= 0 ? hopLimit : (flows.hopLimit[flow * 2 + (isA ? 0 : 1)] as number)
  if (hops === 64 || hops === 128 || hops === 255) return true
  return world.knowsOwn && world.isOwn(flows.addresses.text((isA ? flows.addressA[flow] : flows.addressB[flow]) as number))
}
