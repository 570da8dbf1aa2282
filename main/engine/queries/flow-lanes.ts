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
  /** time of its first packet, ns */
  first: number
}

/** Lanes of a session, by first use. */
export function lanesOf(capture: Capture, brief: SessionBrief): Lane[] {
  const { flows } = capture.state
  const { analyzer } = capture
  const lanes = new Map<string, Lane>()
  for (const flow of brief.flows) {
    const a = flows.addresses.text(flows.addressA[flow] as number)
    const b = flows.addresses.text(flows.addressB[flow] as number)
    const forward = analyzer.initiatorIsA(flow)
    const [initiator, responder] = forward ? [a, b] : [b, a]
    const key = `${initiator} ${responder}`
    const first = firstTime(capture, flow)
    const lane = lanes.get(key)
    if (lane === undefined) lanes.set(key, { initiator, responder, flows: [flow], first })
    else {
      lane.flows.push(flow)
      lane.first = Math.min(lane.first, first)
    }
  }
  return [...lanes.values()].sort((x, y) => x.first - y.first)
}

function firstTime(capture: Capture, flow: number): number {
  const { packets, first } = capture.state.flows
  let time = Number.POSITIVE_INFINITY
  for (const at of [flow * 2, flow * 2 + 1]) if ((packets[at] as number) > 0) time = Math.min(time, first[at] as number)
  return time
}

/** Packets and bytes on the wire of all flows of a session. */
export function trafficOf(capture: Capture, brief: SessionBrief): { packets: number; bytes: number } {
  const { packets, bytes } = capture.state.flows
  let count = 0
  let sum = 0
  for (const flow of brief.flows)
    for (const at of [flow * 2, flow * 2 + 1]) {
      count += packets[at] as number
      sum += bytes[at] as number
    }
  return { packets: count, bytes: sum }
}
