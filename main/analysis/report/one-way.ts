/**
 * Does the capture hold one direction only, as a filter or a one-sided tap leaves it? Then 'never answered' says nothing of the network, and
 * the reader has to be told. A few flows without an answer are no sign. Nor is what nobody answers, sent to a group, nor two hosts that send to
 * each other from ports of their own choice (BFD, tunnels over UDP): that is two flows of one direction each, and both directions are there.
 * Cost: one look at each flow, for a report; where no flow was answered a second one at the first `PAIRS` of them.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'

const ENOUGH = 3
const PAIRS = 4096
/** more than there are addresses: two of them make one exact number */
const ADDRESSES = 2 ** 26

export function holdsOneDirection(flows: FlowTable): boolean {
  for (let flow = 0; flow < flows.count; flow++)
    if ((flows.packets[flow * 2] as number) > 0 && (flows.packets[flow * 2 + 1] as number) > 0) return false
  const pairs = new Set<number>()
  let used = 0
  for (let flow = 0; flow < flows.count && used < PAIRS; flow++) {
    const there = (flows.packets[flow * 2] as number) > 0
    if (!there && !((flows.packets[flow * 2 + 1] as number) > 0)) continue
    const [a, b] = [flows.addressA[flow] as number, flows.addressB[flow] as number]
    const [from, to] = there ? [a, b] : [b, a]
    if (isGroup(flows.addresses.look(to))) continue
    if (pairs.has(to * ADDRESSES + from)) return false
    pairs.add(from * ADDRESSES + to)
    used++
  }
  return used >= ENOUGH
}

/** Multicast, or everybody on the link: nobody in particular is expected to answer. */
function isGroup(address: Uint8Array): boolean {
  const first = address[0] as number
  if (address.length === 16) return first === 0xff
  return (first >= 224 && first < 240) || address.every((byte) => byte === 255)
}
