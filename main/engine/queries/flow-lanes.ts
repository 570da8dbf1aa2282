/**
 * Which lane (locator pair) and direction the packets of each flow belong to, for one session or for several at once: small arrays by
 * flow id, so that scans of the index need two look-ups a packet.
 */
import type { SessionBrief } from '../../analysis/types.ts'
import type { Capture } from '../open.ts'

export interface Lane {
  initiator: string
  responder: string
  /** flows on it */
  flows: number[]
  /** number of its path, in the order of the report's pairs */
  path: number
  /** time of its first packet, ns */
  first: number
}

/** Lanes of a session, by first use. */
export function lanesOf(capture: Capture, brief: SessionBrief): Lane[] {
  const { flows } = capture.state
  const { analyzer } = capture
  const lanes = new Map<string, Lane>()
  for (const [at, flow] of brief.flows.entries()) {
    const a = flows.addresses.text(flows.addressA[flow] as number)
    const b = flows.addresses.text(flows.addressB[flow] as number)
    const forward = analyzer.initiatorIsA(flow, brief.number)
    const [initiator, responder] = forward ? [a, b] : [b, a]
    const key = `${initiator} ${responder}`
    const { first } = analyzer.traffic(brief.number, flow)
    const lane = lanes.get(key)
    const path = brief.pathOfFlow?.[at] ?? 0
    if (lane === undefined) lanes.set(key, { initiator, responder, flows: [flow], path, first })
    else {
      lane.flows.push(flow)
      lane.path = Math.min(lane.path, path)
      lane.first = Math.min(lane.first, first)
    }
  }
  return [...lanes.values()].sort((x, y) => x.first - y.first)
}

/** Which lane (a number in `lanes`) a packet is on, and which way it goes there. */
export class PacketLanes {
  /** lane * 2 + (direction 0 goes to the initiator ? 1 : 0), by flow; -1 none */
  private readonly byFlow: Int32Array
  /** lanes by the way of what carries a packet: flow * 2 + direction */
  private readonly byOuter = new Map<number, number>()
  private readonly shared: Uint8Array | null
  private readonly carries: boolean

  /** `laneOf`: number of the lane between two addresses, -1 none. */
  constructor(
    private readonly capture: Capture,
    private readonly brief: SessionBrief,
    lanes: readonly Lane[],
    private readonly laneOf: (initiator: string, responder: string) => number,
  ) {
    const { analyzer, state } = capture
    this.byFlow = new Int32Array(state.flows.count).fill(-1)
    this.shared = sharedFlows(capture, brief.flows)
    this.carries = analyzer.whose.carriers().has(brief.number)
    for (const { initiator, responder, flows } of lanes)
      for (const flow of flows) this.byFlow[flow] = laneOf(initiator, responder) * 2 + (analyzer.initiatorIsA(flow, brief.number) ? 0 : 1)
    // a transport between identifiers is where it began, whatever locators its packets show
    for (const flow of brief.flows)
      for (const { flow: alias, flipped } of analyzer.whose.aliasesOf(flow))
        if (this.byFlow[alias] === -1) this.byFlow[alias] = (this.byFlow[flow] as number) ^ (flipped ? 1 : 0)
  }

  /** The lane of all packets of a flow of the session's own, -1 none. */
  ofFlow(flow: number): number {
    return (this.byFlow[flow] ?? -1) >> 1
  }

  /** lane * 2 + (to the initiator ? 1 : 0), of a packet with these RowFlag bits; -1: it is not of the session, or on no lane. */
  of(flow: number, direction: number, time: number, flags: number): number {
    const { capture, brief } = this
    if (this.carries) {
      const ride = capture.analyzer.whose.ride(flow, direction, time, flags)
      if (ride?.session === brief.number) {
        const lane = this.ofOuter(ride.flow, ride.direction, ride.sender)
        return lane < 0 ? -1 : lane * 2 + ride.sender
      }
    }
    const own = this.byFlow[flow] ?? -1
    if (own < 0 || (this.shared?.[flow] === 1 && capture.analyzer.sessionOfFlow(flow, time) !== brief.number)) return -1
    return own ^ direction
  }

  private ofOuter(flow: number, direction: number, sender: number): number {
    const key = flow * 2 + direction
    let lane = this.byOuter.get(key)
    if (lane === undefined) {
      const { flows } = this.capture.state
      const ends = [flows.sender(flow, direction), flows.receiver(flow, direction)].map((address) => flows.addresses.text(address))
      lane = this.laneOf(ends[sender] as string, ends[1 - sender] as string)
      this.byOuter.set(key, lane)
    }
    return lane
  }
}

/** By flow id, 1 for those that other sessions ran on too: for these the time of a packet tells whose it is. null: none of them is. */
export function sharedFlows(capture: Capture, flows: Iterable<number>): Uint8Array | null {
  let shared: Uint8Array | null = null
  for (const flow of flows) {
    if (!capture.analyzer.isShared(flow)) continue
    shared ??= new Uint8Array(capture.state.flows.count)
    shared[flow] = 1
  }
  return shared
}
