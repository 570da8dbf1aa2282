/**
 * Routing headers: type 0 (RFC 2460, deprecated by RFC 5095), 2 (RFC 6275 section 6.4), 3 (RFC 6554), 4 (RFC 8754); others as bytes.
 * While segments are left the header's last address is the final destination, which checksums cover (RFC 8200 section 8.1);
 * a segment list is stored backwards, its first entry is the final one.
 */
import { Extension, MAX_ITEMS, type Walk } from '../core/walk.ts'
import {
  mobileHomeAddress,
  mobileReserved,
  RoutingType,
  routing,
  routingLeft,
  routingLength,
  routingNext,
  routingOctets,
  routingType,
  routingUnknown,
  rplAddress,
  rplCompressE,
  rplCompressI,
  rplPad,
  segmentAddress,
  segmentFlags,
  segmentLast,
  segmentTag,
  sourceAddress,
  sourceReserved,
} from './wire.ts'

/** The header at `offset`, `size` bytes long, its first eight proven to be there. */
export function dissectRouting(walk: Walk, offset: number, size: number): void {
  const type = walk.u8(offset + 2)
  const left = walk.u8(offset + 3)
  walk.present(routing.protocol)
  walk.group(routing.root, offset, size)
  walk.uint(routingNext, offset, 1, walk.u8(offset))
  walk.uint(routingLength, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(routingOctets, offset + 1, 1, size)
  walk.generated()
  walk.uint(routingType, offset + 2, 1, type)
  walk.uint(routingLeft, offset + 3, 1, left)
  const list = offset + 8
  const end = Math.min(offset + size, walk.limit)
  switch (type) {
    case RoutingType.Source:
      walk.range(sourceReserved, offset + 4, 4)
      addresses(walk, sourceAddress, list, end)
      if (left > 0 && end - list >= 16) walk.checksumDestination = list + Math.floor((end - list) / 16) * 16 - 16
      break
    case RoutingType.Mobile:
      walk.range(mobileReserved, offset + 4, 4)
      if (end - list >= 16) {
        walk.range(mobileHomeAddress, list, 16)
        if (left !== 1) walk.extensions |= Extension.WrongRouting
        if (left > 0) {
          walk.checksumDestination = list
          walk.extensions |= Extension.HomeRouting
        }
      }
      break
    case RoutingType.Rpl:
      rpl(walk, offset, end)
      break
    case RoutingType.Segment: {
      const last = walk.u8(offset + 4)
      walk.uint(segmentLast, offset + 4, 1, last)
      walk.uint(segmentFlags, offset + 5, 1, walk.u8(offset + 5))
      walk.range(segmentTag, offset + 6, 2)
      const listEnd = Math.min(end, list + (last + 1) * 16)
      addresses(walk, segmentAddress, list, listEnd)
      if (left > 0 && listEnd - list >= 16) walk.checksumDestination = list
      break
    }
    default:
      walk.range(routingUnknown, offset + 4, size - 4)
  }
  walk.endGroup()
}

function addresses(walk: Walk, field: number, begin: number, end: number): void {
  if (walk.recorder === null) return
  for (let at = begin, n = 0; at + 16 <= end && n < MAX_ITEMS && walk.item(at); at += 16, n++) walk.range(field, at, 16)
}

/** Addresses share a prefix with the destination that is left out: CmprI bytes of all but the last, CmprE of the last. */
function rpl(walk: Walk, offset: number, end: number): void {
  const word = walk.u32(offset + 4)
  const compressI = word >>> 28
  const compressE = (word >>> 24) & 15
  const pad = (word >>> 20) & 15
  walk.uint(rplCompressI, offset + 4, 4, compressI)
  walk.uint(rplCompressE, offset + 4, 4, compressE)
  walk.uint(rplPad, offset + 4, 4, pad)
  if (walk.recorder === null) return
  const last = end - pad - (16 - compressE)
  let at = offset + 8
  for (let n = 0; at + 16 - compressI <= last && n < MAX_ITEMS && walk.item(at); n++) {
    walk.range(rplAddress, at, 16 - compressI)
    at += 16 - compressI
  }
  if (last >= offset + 8) walk.range(rplAddress, last, 16 - compressE)
}
