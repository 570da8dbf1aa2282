/**
 * Geneve (RFC 8926): header, options as bytes of their class, then the frame inside. Chosen by port: a version other than 0 or options
 * longer than the datagram are declined.
 */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { EtherType } from '../link/ethertypes.ts'
import { enterOverlay } from '../link/overlay.ts'
import { byEthertype } from '../link/payload.ts'
import {
  geneve,
  geneveCritical,
  geneveFlags,
  geneveFlagsReserved,
  geneveNetwork,
  geneveOam,
  geneveOption,
  geneveOptionClass,
  geneveOptionCritical,
  geneveOptionData,
  geneveOptionFlags,
  geneveOptionLength,
  geneveOptionReserved,
  geneveOptions,
  geneveOptionType,
  geneveReserved,
  geneveType,
  geneveVersion,
  HEADER,
} from './wire.ts'

export function dissectGeneve(walk: Walk, offset: number): void {
  if (walk.limit - offset < HEADER) {
    walk.decline()
    return
  }
  const first = walk.u8(offset)
  const size = HEADER + (first & 63) * 4
  if (first >> 6 !== 0 || size > walk.end - offset) {
    walk.decline()
    return
  }
  const type = walk.u16(offset + 2)
  walk.layer(geneve.protocol, geneve.root, offset, size)
  if (walk.recorder !== null) record(walk, offset, size, type)
  walk.endLayer()
  enterOverlay(walk, walk.u24(offset + 4), offset + size, type === EtherType.TransparentBridging)
  if (offset + size < walk.end) byEthertype(walk, type, offset + size)
}

function record(walk: Walk, offset: number, size: number, type: number): void {
  const flags = walk.u8(offset + 1)
  walk.uint(geneveVersion, offset, 1, walk.u8(offset) >> 6)
  walk.uint(geneveOptionLength, offset, 1, size - HEADER)
  walk.uint(geneveFlags, offset + 1, 1, flags)
  walk.uint(geneveOam, offset + 1, 1, flags >> 7)
  walk.uint(geneveCritical, offset + 1, 1, (flags >> 6) & 1)
  walk.uint(geneveFlagsReserved, offset + 1, 1, (flags & 63) !== 0 ? 1 : 0)
  walk.uint(geneveType, offset + 2, 2, type)
  walk.uint(geneveNetwork, offset + 4, 3, walk.u24(offset + 4))
  walk.uint(geneveReserved, offset + 7, 1, walk.u8(offset + 7))
  if (size === HEADER) return
  const end = offset + size
  walk.range(geneveOptions, offset + HEADER, size - HEADER)
  let at = offset + HEADER
  for (let n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 4); n++) {
    const length = 4 + (walk.u8(at + 3) & 31) * 4
    if (at + length > end) {
      walk.malformed(at, `option of ${length} bytes, ${end - at} are left`)
      return
    }
    walk.range(geneveOption, at, length)
    walk.uint(geneveOptionClass, at, 2, walk.u16(at))
    walk.uint(geneveOptionType, at + 2, 1, walk.u8(at + 2))
    walk.uint(geneveOptionCritical, at + 2, 1, walk.u8(at + 2) >> 7)
    walk.uint(geneveOptionFlags, at + 3, 1, walk.u8(at + 3) >> 5)
    walk.uint(geneveOptionReserved, at + 3, 1, walk.u8(at + 3) >> 5 !== 0 ? 1 : 0)
    walk.uint(geneveOptionLength, at + 3, 1, length)
    if (length > 4) walk.range(geneveOptionData, at + 4, length - 4)
    at += length
  }
}
