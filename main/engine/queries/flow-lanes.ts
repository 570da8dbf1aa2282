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
    const forward = analyzer.initiatorIsA(flow)
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

/** Packets and bytes on the wire of all flows of a session. */
export function trafficOf(capture: Capture, brief: SessionBrief): { packets: number; bytes: number } {
  let packets = 0
  let bytes = 0
  for (const flow of brief.flows) {
    const own = capture.analyzer.traffic(brief.number, flow)
    packets += own.packets
    bytes += own.bytes
  }
  return { packets, bytes }
}
