/**
 * ERSPAN and TZSP: the frame inside was seen elsewhere as it is, so that it is looked at as if it had been captured there: its addresses are those
 * of its link, and what carried it here is no tunnel of the hosts that talk. TZSP is chosen by port and declines what is not version 1.
 */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { dissectInnerEthernet } from '../link/dissect.ts'
import { byIpVersion } from '../link/payload.ts'
import { MIRRORS } from '../link/wire.ts'
import {
  ERSPAN_3_SIZE,
  ERSPAN_SIZE,
  Erspan,
  erspan,
  FrameType,
  PLATFORM_SIZE,
  Tag,
  TZSP_ETHERNET,
  TZSP_HEADER,
  TZSP_TYPES,
  Tzsp,
  tzsp,
} from './wire.ts'

/** Type I: nothing stands before the frame. GRE tells it from type II by its missing sequence number. */
export function dissectErspan1(walk: Walk, offset: number): void {
  walk.layer(erspan.protocol, erspan.root, offset, 0)
  walk.endLayer()
  frame(walk, offset, 0)
}

export function dissectErspan2(walk: Walk, offset: number): void {
  if (!walk.need(offset, ERSPAN_SIZE)) return
  const first = walk.u16(offset)
  const second = walk.u16(offset + 2)
  walk.layer(erspan.protocol, erspan.root, offset, ERSPAN_SIZE)
  if (walk.recorder !== null) {
    common(walk, offset, first, second, Erspan.encapsulation)
    const third = walk.u32(offset + 4)
    walk.uint(Erspan.reserved, offset + 4, 4, third >>> 20)
    walk.uint(Erspan.index, offset + 4, 4, third & 0xf_ffff)
  }
  walk.endLayer()
  if (first >> 12 === 1) frame(walk, offset + ERSPAN_SIZE, second & 0x3ff)
  else walk.next(leftover, offset + ERSPAN_SIZE)
}

export function dissectErspan3(walk: Walk, offset: number): void {
  if (!walk.need(offset, ERSPAN_3_SIZE)) return
  const first = walk.u16(offset)
  const second = walk.u16(offset + 2)
  const last = walk.u16(offset + 10)
  const further = (last & 1) !== 0
  const size = ERSPAN_3_SIZE + (further ? PLATFORM_SIZE : 0)
  if (!walk.need(offset, size)) return
  walk.layer(erspan.protocol, erspan.root, offset, size)
  if (walk.recorder !== null) {
    common(walk, offset, first, second, Erspan.integrity)
    walk.uint(Erspan.timestamp, offset + 4, 4, walk.u32(offset + 4))
    walk.uint(Erspan.group, offset + 8, 2, walk.u16(offset + 8))
    walk.uint(Erspan.hasFrame, offset + 10, 2, last >> 15)
    walk.uint(Erspan.frameType, offset + 10, 2, (last >> 10) & 31)
    walk.uint(Erspan.hardware, offset + 10, 2, (last >> 4) & 63)
    walk.uint(Erspan.direction, offset + 10, 2, (last >> 3) & 1)
    walk.uint(Erspan.granularity, offset + 10, 2, (last >> 1) & 3)
    walk.uint(Erspan.further, offset + 10, 2, last & 1)
    if (further) {
      walk.uint(Erspan.platform, offset + ERSPAN_3_SIZE, 4, walk.u32(offset + ERSPAN_3_SIZE) >>> 26)
      walk.range(Erspan.platformData, offset + ERSPAN_3_SIZE, PLATFORM_SIZE)
    }
  }
  walk.endLayer()
  const type = (last >> 10) & 31
  const at = offset + size
  if (first >> 12 === 2 && type === FrameType.Ethernet) frame(walk, at, second & 0x3ff)
  else if (first >> 12 === 2 && type === FrameType.Ip && at < walk.end) {
    walk.mirrored(MIRRORS + (second & 0x3ff))
    byIpVersion(walk, at)
  } else walk.next(leftover, at)
}

/** The first four bytes; the types differ in what two bits say of the frame. */
function common(walk: Walk, offset: number, first: number, second: number, ofFrame: number): void {
  walk.uint(Erspan.version, offset, 2, first >> 12)
  walk.uint(Erspan.vlan, offset, 2, first & 0xfff)
  walk.uint(Erspan.priority, offset + 2, 2, second >> 13)
  walk.uint(ofFrame, offset + 2, 2, (second >> 11) & 3)
  walk.uint(Erspan.truncated, offset + 2, 2, (second >> 10) & 1)
  walk.uint(Erspan.session, offset + 2, 2, second & 0x3ff)
}

/** The sessions of a switch are links of their own. */
function frame(walk: Walk, offset: number, session: number): void {
  if (offset >= walk.end) return
  walk.mirrored(MIRRORS + session)
  walk.next(dissectInnerEthernet, offset)
}

export function dissectTzsp(walk: Walk, offset: number): void {
  const type = walk.limit - offset < TZSP_HEADER ? -1 : walk.u8(offset + 1)
  if (type < 0 || walk.u8(offset) !== 1 || TZSP_TYPES[type] === undefined) {
    walk.decline()
    return
  }
  const encapsulation = walk.u16(offset + 2)
  walk.layer(tzsp.protocol, tzsp.root, offset, TZSP_HEADER)
  walk.uint(Tzsp.version, offset, 1, 1)
  walk.uint(Tzsp.type, offset + 1, 1, type)
  walk.uint(Tzsp.encapsulation, offset + 2, 2, encapsulation)
  const carries = type < 2
  const at = carries ? tags(walk, offset + TZSP_HEADER) : offset + TZSP_HEADER
  walk.endLayer(at - offset)
  if (carries && encapsulation === TZSP_ETHERNET) frame(walk, at, 0)
  else if (at < walk.end) walk.next(leftover, at)
}

/** Where the frame begins: behind the tag that ends the list. */
function tags(walk: Walk, begin: number): number {
  let at = begin
  for (let n = 0; n < MAX_ITEMS && walk.item(at) && walk.need(at, 1); n++) {
    const tag = walk.u8(at)
    walk.uint(Tzsp.tag, at, 1, tag)
    at++
    if (tag === Tag.End) break
    if (tag === Tag.Padding) continue
    if (!walk.need(at, 1)) break
    const length = walk.u8(at)
    walk.uint(Tzsp.tagLength, at, 1, length)
    if (tag === Tag.OriginalLength && length === 2) walk.uint(Tzsp.originalLength, at + 1, 2, walk.u16(at + 1))
    at += 1 + length
  }
  return at
}
