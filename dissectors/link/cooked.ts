/**
 * Linux cooked captures v1 and v2, BSD loopback, raw IP and SLIP: pseudo headers that a capture puts in front of the network packet.
 * Byte order of the loopback family is the capturing machine's: both are tried. A protocol below 1536 in a cooked header is Linux's own
 * numbering (packet sockets): 802.3 and 802.2 are followed, others shown as data.
 */
import { formatMac } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { dissectLlc } from './dissect.ts'
import { EtherType } from './ethertypes.ts'
import { byEthertype, byIpVersion, networkEnd, recordTrailer } from './payload.ts'
import {
  loopback,
  loopbackFamily,
  loopbackType,
  MIN_TYPE_FIELD,
  raw,
  SLL_SIZE,
  SLL2_SIZE,
  slip,
  slipDirection,
  sll,
  sllAddressLength,
  sllGreType,
  sllHardwareType,
  sllInterface,
  sllOtherType,
  sllPacketType,
  sllSource,
  sllSourceOther,
  sllTrailer,
  sllType,
  sllUnused,
} from './wire.ts'

const HARDWARE_NETLINK = 824
const HARDWARE_GRE = 778
const LINUX_802_3 = 1
const LINUX_802_2 = 4

export function dissectCooked(walk: Walk, offset: number): void {
  if (!walk.need(offset, SLL_SIZE)) return
  const hardware = walk.u16(offset + 2)
  const size = walk.u16(offset + 4)
  const type = walk.u16(offset + 14)
  if (size === 6) walk.linkSource = offset + 6
  walk.layer(sll.protocol, sll.root, offset, SLL_SIZE)
  if (walk.recorder !== null) {
    walk.uint(sllPacketType, offset, 2, walk.u16(offset))
    walk.uint(sllHardwareType, offset + 2, 2, hardware)
    walk.uint(sllAddressLength, offset + 4, 2, size)
    recordAddress(walk, offset + 6, size)
    if (size < 8) walk.range(sllUnused, offset + 6 + size, 8 - size)
    recordType(walk, offset + 14, hardware, type)
    if (type >= MIN_TYPE_FIELD) recordTrailer(walk, sllTrailer, networkEnd(walk, type, offset + SLL_SIZE), -1)
  }
  walk.endLayer()
  cookedPayload(walk, offset + SLL_SIZE, hardware, type)
}

export function dissectCooked2(walk: Walk, offset: number): void {
  if (!walk.need(offset, SLL2_SIZE)) return
  const type = walk.u16(offset)
  const hardware = walk.u16(offset + 8)
  const size = walk.u8(offset + 11)
  if (size === 6) walk.linkSource = offset + 12
  walk.layer(sll.protocol, sll.root, offset, SLL2_SIZE)
  if (walk.recorder !== null) {
    recordType(walk, offset, hardware, type)
    walk.uint(sllInterface, offset + 4, 4, walk.u32(offset + 4))
    walk.uint(sllHardwareType, offset + 8, 2, hardware)
    walk.uint(sllPacketType, offset + 10, 1, walk.u8(offset + 10))
    walk.uint(sllAddressLength, offset + 11, 1, size)
    recordAddress(walk, offset + 12, size)
    if (size < 8) walk.range(sllUnused, offset + 12 + size, 8 - size)
    if (type >= MIN_TYPE_FIELD) recordTrailer(walk, sllTrailer, networkEnd(walk, type, offset + SLL2_SIZE), -1)
  }
  walk.endLayer()
  cookedPayload(walk, offset + SLL2_SIZE, hardware, type)
}

/** Eight bytes are kept of a longer address. */
function recordAddress(walk: Walk, offset: number, size: number): void {
  if (size === 6) walk.range(sllSource, offset, 6)
  else if (size > 0) walk.range(sllSourceOther, offset, size < 8 ? size : 8)
}

function recordType(walk: Walk, offset: number, hardware: number, type: number): void {
  if (hardware === HARDWARE_GRE) walk.uint(sllGreType, offset, 2, type)
  else walk.uint(type >= MIN_TYPE_FIELD ? sllType : sllOtherType, offset, 2, type)
}

function cookedPayload(walk: Walk, offset: number, hardware: number, type: number): void {
  if (hardware === HARDWARE_NETLINK) leftover(walk, offset)
  else if (type >= MIN_TYPE_FIELD) byEthertype(walk, type, offset)
  else if (type === LINUX_802_2) walk.next(dissectLlc, offset)
  else if (type === LINUX_802_3) leftover(walk, offset)
  else leftover(walk, offset)
}

const FAMILY_IP = 2
const FAMILIES_IPV6 = [10, 24, 28, 30]

/** The family in the byte order that makes it small: machines of both orders write it. */
export function dissectLoopback(walk: Walk, offset: number): void {
  if (!walk.need(offset, 4)) return
  const little = walk.u32le(offset)
  const big = walk.u32(offset)
  const family = little < big ? little : big
  walk.layer(loopback.protocol, loopback.root, offset, 4)
  const ethertype = family > 0xffff ? walk.u16(offset + 2) : 0
  if (family > MIN_TYPE_FIELD) walk.uint(loopbackType, offset + 2, 2, ethertype === 0 ? family : ethertype)
  else walk.uint(loopbackFamily, offset, 4, family)
  walk.endLayer()
  if (family === FAMILY_IP) byEthertype(walk, EtherType.Ipv4, offset + 4)
  else if (FAMILIES_IPV6.includes(family)) byEthertype(walk, EtherType.Ipv6, offset + 4)
  else if (family > MIN_TYPE_FIELD) byEthertype(walk, ethertype === 0 ? family : ethertype, offset + 4)
  else leftover(walk, offset + 4)
}

export function dissectRaw(walk: Walk, offset: number): void {
  walk.layer(raw.protocol, raw.root, offset, 0)
  walk.endLayer(0, `Raw packet data${walk.recorder === null ? '' : versionText(walk, offset)}`)
  byIpVersion(walk, offset)
}

function versionText(walk: Walk, offset: number): string {
  return offset < walk.limit ? `, IP version ${(walk.bytes[offset] as number) >> 4}` : ''
}

const SLIP_HEADER = 16

/** BSD's SLIP captures: direction, a compressed-header note of 15 bytes, then the IP packet as it was before compression. */
export function dissectSlip(walk: Walk, offset: number): void {
  if (!walk.need(offset, SLIP_HEADER)) return
  walk.layer(slip.protocol, slip.root, offset, SLIP_HEADER)
  walk.uint(slipDirection, offset, 1, walk.u8(offset))
  walk.endLayer()
  byIpVersion(walk, offset + SLIP_HEADER)
}

/** Text of a link-layer address in the frame, null when the link has none. For signals of rare messages. */
export function linkSourceText(walk: Walk): string | null {
  return walk.linkSource < 0 || walk.memory !== 0 ? null : formatMac(walk.bytes, walk.linkSource)
}
