/**
 * A datagram in fragments is as many packets as it came in: when it is whole, and its flow known, the packets of the earlier fragments are counted
 * for that flow. The packet at hand counts as any other does. Fragments of datagrams that never became whole stay without a flow.
 */
import type { Walk } from './walk.ts'

type Pieces = NonNullable<Walk['pieces']>
const NONE: Pieces = []

/** To be called before the packet itself is counted. Answers the pieces, to note their rows. */
export function countPieces(walk: Walk): Pieces {
  const { pieces, flow, direction, row } = walk
  if (pieces === null || flow < 0) return NONE
  const { flows } = walk.state
  for (const piece of pieces) if (piece.row !== row) flows.count1(flow, direction, piece.wire, piece.time, piece.interface, walk.hopLimit)
  return pieces
}
