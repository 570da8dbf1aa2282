/** The authentication header (RFC 4302 section 2), for both IP versions: shown and passed over; its ICV is not checked. */
import type { Walk } from '../core/walk.ts'
import { dissectUpper } from '../ip/upper.ts'
import { ah, ahIcv, ahLength, ahNext, ahReserved, ahSequence, ahSpi } from './wire.ts'

export function dissectAh(walk: Walk, offset: number): void {
  if (!walk.need(offset, 12)) return
  const next = walk.u8(offset)
  const size = (walk.u8(offset + 1) + 2) * 4
  if (size < 12) {
    walk.malformed(offset + 1, `length ${size} is below the fixed part's 12`)
    return
  }
  if (!walk.need(offset, size)) return
  walk.layer(ah.protocol, ah.root, offset, size)
  walk.uint(ahNext, offset, 1, next)
  walk.uint(ahLength, offset + 1, 1, walk.u8(offset + 1))
  walk.range(ahReserved, offset + 2, 2)
  walk.uint(ahSpi, offset + 4, 4, walk.u32(offset + 4))
  walk.uint(ahSequence, offset + 8, 4, walk.u32(offset + 8))
  if (size > 12) walk.range(ahIcv, offset + 12, size - 12)
  walk.endLayer()
  dissectUpper(walk, next, offset + size)
}
