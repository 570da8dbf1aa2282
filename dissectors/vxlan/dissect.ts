/**
 * VXLAN and VXLAN-GPE: header, then the frame inside. Chosen by port: a header without the I flag, or with one of its reserved first bits set,
 * is declined. Cost beyond the look-up: eight bytes read.
 */
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { EtherType } from '../link/ethertypes.ts'
import { enterOverlay } from '../link/overlay.ts'
import { byEthertype } from '../link/payload.ts'
import { Field, FLAG_NETWORK, GpeNext, HEADER, vxlan } from './wire.ts'

export function dissectVxlan(walk: Walk, offset: number): void {
  // RFC 7348 section 5: the I flag must be set; R bits are 0 but for what the group policy draft uses (0x80).
  if (walk.limit - offset < HEADER || (walk.u8(offset) & 0x7f) !== FLAG_NETWORK) {
    walk.decline()
    return
  }
  walk.layer(vxlan.protocol, vxlan.root, offset, HEADER)
  if (walk.recorder !== null) {
    const flags = walk.u16(offset)
    walk.uint(Field.flags, offset, 2, flags)
    walk.uint(Field.policy, offset, 2, flags >> 15)
    walk.uint(Field.network, offset, 2, (flags >> 11) & 1)
    walk.uint(Field.doNotLearn, offset, 2, (flags >> 6) & 1)
    walk.uint(Field.applied, offset, 2, (flags >> 3) & 1)
    walk.uint(Field.reservedFlags, offset, 2, flags & 0x77b7)
    walk.uint(Field.group, offset + 2, 2, walk.u16(offset + 2))
    identifier(walk, offset)
  }
  walk.endLayer()
  inside(walk, EtherType.TransparentBridging, offset + HEADER)
}

export function dissectVxlanGpe(walk: Walk, offset: number): void {
  const flags = walk.limit - offset < HEADER ? 0 : walk.u8(offset)
  // Version 0 and the I flag; two reserved bits are 0.
  if ((flags & FLAG_NETWORK) === 0 || flags >> 4 !== 0) {
    walk.decline()
    return
  }
  const next = flags & 4 ? walk.u8(offset + 3) : GpeNext.Ethernet
  walk.layer(vxlan.protocol, vxlan.root, offset, HEADER)
  if (walk.recorder !== null) {
    walk.uint(Field.flags, offset, 1, flags)
    walk.uint(Field.version, offset, 1, (flags >> 4) & 3)
    walk.uint(Field.instance, offset, 1, (flags >> 3) & 1)
    walk.uint(Field.nextPresent, offset, 1, (flags >> 2) & 1)
    walk.uint(Field.oam, offset, 1, flags & 1)
    walk.uint(Field.reserved16, offset + 1, 2, walk.u16(offset + 1))
    walk.uint(Field.next, offset + 3, 1, walk.u8(offset + 3))
    identifier(walk, offset)
  }
  walk.endLayer()
  const type = next === GpeNext.Ipv4 ? EtherType.Ipv4 : next === GpeNext.Ipv6 ? EtherType.Ipv6 : EtherType.TransparentBridging
  if (next > GpeNext.Ethernet || next === 0) walk.next(leftover, offset + HEADER)
  else inside(walk, type, offset + HEADER)
}

function identifier(walk: Walk, offset: number): void {
  const network = walk.u24(offset + 4)
  walk.uint(Field.vni, offset + 4, 3, network)
  walk.uint(Field.reserved8, offset + 7, 1, walk.u8(offset + 7))
  if (walk.describing) walk.info = `VXLAN network ${network}`
}

function inside(walk: Walk, ethertype: number, offset: number): void {
  enterOverlay(walk, walk.u24(offset - HEADER + 4), offset, ethertype === EtherType.TransparentBridging)
  if (offset < walk.end) byEthertype(walk, ethertype, offset)
}
