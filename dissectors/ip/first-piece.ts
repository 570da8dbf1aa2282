/**
 * The first fragment of a datagram that cannot be put together: its upper layer is dissected as far as it goes. UDP says how long the whole
 * datagram is, so that what the fragment lacks counts as cut, and no length as wrong; other transports end where the fragment does.
 */
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from './protocols.ts'
import { dissectUpper } from './upper.ts'

/** where UDP has its length (RFC 768), and how much of the header that takes */
const LENGTH_AT = 4
const LENGTH_END = 6

/** `payload`: where the upper layer begins. The IP layer puts the walk's limits back. */
export function dissectFirstPiece(walk: Walk, protocol: number, payload: number): void {
  if (protocol === IpProtocol.Udp && payload + LENGTH_END <= walk.limit) {
    const end = payload + walk.u16(payload + LENGTH_AT)
    if (end > walk.end) {
      walk.captured = walk.limit
      walk.end = end
    }
  }
  dissectUpper(walk, protocol, payload)
}
