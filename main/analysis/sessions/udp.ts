/**
 * Plain UDP: a session is a flow with packets both ways, or three packets one way; 60 s of silence end it (rehoming.md section 2).
 * What goes to a group or to everybody on a link is not expected to be answered: its session is there from the first datagram.
 * Copies sent over several source addresses to one destination are joined by their payload hashes: three different datagrams, each seen within 500 ms
 * on two flows to the same address and port, make one session with two pairs (BICAST is then its label). What goes to a group, and the same words
 * over and over, join nothing. Cost: one probe in a fixed table a datagram.
 */
import { EVERYBODY, type Signal, SignalKind } from '../../../shared/signals.ts'
import { SECOND } from '../model.ts'
import { LightFlag, LightProtocol, LightState } from './light.ts'
import type { Registry } from './registry.ts'
import { initiatorIsA } from './tcp.ts'

const IDLE = 60 * SECOND
const TWIN_WINDOW = 0.5 * SECOND
const SLOTS = 4096
const NEEDED = 3

/** Datagrams seen lately, by payload hash. */
export class TwinTable {
  private hashes = new Int32Array(SLOTS)
  private flows = new Int32Array(SLOTS).fill(-1)
  private times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY)
  private hops = new Uint8Array(SLOTS)
  private interfaces = new Int32Array(SLOTS)
  private readonly hits = new Map<number, { with: number; count: number; since: number; hash: number }>()

  /** The other flow that this one carries copies of, once it is certain; -1 otherwise. */
  look(registry: Registry, signal: Signal): number {
    const slot = (signal.unit ^ (signal.unit >>> 12)) & (SLOTS - 1)
    const other = this.flows[slot] as number
    const equal = this.hashes[slot] === (signal.unit | 0) && signal.time - (this.times[slot] as number) <= TWIN_WINDOW
    let found = -1
    // With other hops left and on another interface it may be the same datagram, caught before and behind a translator.
    const passedOn = this.hops[slot] !== signal.hopLimit && this.interfaces[slot] !== signal.interface
    if (equal && !passedOn && other !== signal.flow && other >= 0 && sameTarget(registry, signal.flow, other, signal.direction)) {
      const hit = this.hits.get(signal.flow)
      if (hit === undefined || hit.with !== other || signal.time - hit.since > 10 * SECOND) {
        if (this.hits.size > 10_000) registry.flows.forgotten.clear(this.hits, 'datagrams seen twice')
        this.hits.set(signal.flow, { with: other, count: 1, since: signal.time, hash: signal.unit })
      } else if (hit.hash !== signal.unit) {
        // The same words again and again (a keepalive, a question) may well be those of two hosts.
        hit.hash = signal.unit
        if (++hit.count >= NEEDED) {
          this.hits.delete(signal.flow)
          found = other
        }
      }
      return found
    }
    this.hashes[slot] = signal.unit | 0
    this.flows[slot] = signal.flow
    this.times[slot] = signal.time
    this.hops[slot] = signal.hopLimit
    this.interfaces[slot] = signal.interface
    return found
  }
}

/** Same receiver address and port, same sender port, other sender address; not what everybody tells everybody. */
function sameTarget(registry: Registry, one: number, two: number, direction: number): boolean {
  const flows = registry.flows
  const receiver = flows.receiver(one, direction)
  const port = (direction === 0 ? flows.portB[one] : flows.portA[one]) as number
  const sender = (direction === 0 ? flows.portA[one] : flows.portB[one]) as number
  const asA = flows.addressA[two] === receiver && flows.portA[two] === port && flows.portB[two] === sender
  const asB = flows.addressB[two] === receiver && flows.portB[two] === port && flows.portA[two] === sender
  return (asA || asB) && !isGroup(registry.flows.addresses.get(receiver))
}

/** A multicast or the limited broadcast address. */
function isGroup(address: Uint8Array): boolean {
  const first = address[0] as number
  return address.length === 16 ? first === 0xff : first >> 4 === 14 || address.every((byte) => byte === 255)
}

export function onUdp(registry: Registry, signal: Signal, outcome: { retransmitted: boolean; fresh: number; index: number }): void {
  outcome.fresh = -1
  outcome.index = -1
  const { flow, time, row } = signal
  if (flow < 0 || signal.kind !== SignalKind.Payload) return
  const light = registry.light
  let index = registry.lightOf(registry.sessionOfFlow(flow))
  if (index >= 0 && time - (light.last[index] as number) > IDLE) {
    light.state[index] = light.state[index] === LightState.Opening ? LightState.Failed : LightState.Closed
    light.closed[index] = light.last[index] as number
    light.set(index, LightFlag.Superseded)
    index = -1
  }
  if (index < 0) {
    index = registry.addLight(LightProtocol.Udp, flow, time, row)
    outcome.fresh = index
    // The first sender is the initiator, unless it sends from a well-known port to a high one: then its request was before the capture.
    const own = (signal.direction === 0 ? registry.flows.portA[flow] : registry.flows.portB[flow]) as number
    const peer = (signal.direction === 0 ? registry.flows.portB[flow] : registry.flows.portA[flow]) as number
    const answer = own < 1024 && peer >= 1024
    if (answer ? initiatorIsA(registry, flow, signal.direction, false, true) : signal.direction === 0)
      light.set(index, LightFlag.InitiatorIsA)
    // Nobody in particular is asked: there is no answer to wait for.
    if (signal.destinationMac === EVERYBODY || isGroup(registry.flows.addresses.get(registry.flows.receiver(flow, signal.direction)))) {
      light.set(index, LightFlag.ToMany)
      light.state[index] = LightState.Established
      light.confirmed[index] = time
      light.confirmedRow[index] = row
    }
  }
  outcome.index = index
  const side = light.has(index, LightFlag.InitiatorIsA) ? signal.direction : signal.direction ^ 1
  const at = index * 2 + side
  light.last[index] = time
  light.lastHeard[at] = time
  light.lastHeardRow[at] = row
  if (light.payloadUnits[at] === 0) {
    light.firstPayload[at] = time
    light.firstPayloadRow[at] = row
  }
  const units = (light.payloadUnits[at] as number) + 1
  light.payloadUnits[at] = units
  light.payloadBytes[at] = (light.payloadBytes[at] as number) + signal.bytes
  light.lastPayload[at] = time
  light.lastPayloadRow[at] = row
  if (light.state[index] === LightState.Opening && (units >= 3 || (light.payloadUnits[at ^ 1] as number) > 0)) {
    light.state[index] = LightState.Established
    light.confirmed[index] = time
    light.confirmedRow[index] = row
  }
}
