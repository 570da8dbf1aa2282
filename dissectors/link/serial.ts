/**
 * PPP in its framings (with or without address and control, with a direction byte), PPPoE discovery and session, MPLS, Cisco HDLC,
 * NFLOG, PKTAP and IP over InfiniBand: followed as far as the IP packet that they carry. Control protocols of PPP are shown as data.
 */
import { lookup } from '../core/dispatch.ts'
import { Stop, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { EtherType } from './ethertypes.ts'
import { byEthertype, byIpVersion } from './payload.ts'
import {
  chdlc,
  chdlcAddress,
  chdlcType,
  IPOIB_SIZE,
  ipoib,
  ipoibType,
  mpls,
  mplsBottom,
  mplsClass,
  mplsLabel,
  mplsTtl,
  nflog,
  nflogFamily,
  nflogItem,
  nflogItemLength,
  nflogItemType,
  nflogResource,
  nflogVersion,
  pktap,
  pktapHeaderLength,
  pktapInterface,
  pktapLinkType,
  pktapRecordType,
  ppp,
  pppAddress,
  pppControl,
  pppDirection,
  pppoeCode,
  pppoed,
  pppoeLength,
  pppoeSession,
  pppoes,
  pppoeType,
  pppoeVersion,
  pppProtocol,
} from './wire.ts'

const PPP_ADDRESS = 0xff
const PPP_CONTROL = 0x03
const PPP_IPV4 = 0x21
const PPP_IPV6 = 0x57
const PPP_MPLS = 0x281

/** PPP, with or without the address and control bytes (RFC 1662 section 3.1; RFC 1661 section 6.6). */
export function dissectPpp(walk: Walk, offset: number): void {
  walk.layer(ppp.protocol, ppp.root, offset, 0)
  pppBody(walk, offset, offset)
}

export function dissectPppWithDirection(walk: Walk, offset: number): void {
  if (!walk.need(offset, 1)) return
  walk.layer(ppp.protocol, ppp.root, offset, 0)
  walk.uint(pppDirection, offset, 1, walk.u8(offset) === 0 ? 0 : 1)
  pppBody(walk, offset, offset + 1)
}

function pppBody(walk: Walk, begin: number, offset: number): void {
  let at = offset
  if (walk.need(at, 2) && walk.u8(at) === PPP_ADDRESS && walk.u8(at + 1) === PPP_CONTROL) {
    walk.uint(pppAddress, at, 1, PPP_ADDRESS)
    walk.uint(pppControl, at + 1, 1, PPP_CONTROL)
    at += 2
  }
  // Protocol field compression: an odd first byte is the whole number (RFC 1661 section 6.5).
  let number = walk.u8(at)
  const size = number & 1 ? 1 : 2
  if (size === 2) number = walk.u16(at)
  if (walk.stop !== Stop.None && at + size > walk.limit) {
    walk.endLayer()
    return
  }
  walk.uint(pppProtocol, at, size, number)
  walk.endLayer(at + size - begin)
  at += size
  if (number === PPP_IPV4) byEthertype(walk, EtherType.Ipv4, at)
  else if (number === PPP_IPV6) byEthertype(walk, EtherType.Ipv6, at)
  else if (number === PPP_MPLS) byEthertype(walk, EtherType.Mpls, at)
  else leftover(walk, at)
}

const PPPOE_SIZE = 6

function pppoeHeader(walk: Walk, offset: number): number {
  walk.uint(pppoeVersion, offset, 1, walk.u8(offset) >> 4)
  walk.uint(pppoeType, offset, 1, walk.u8(offset) & 15)
  walk.uint(pppoeCode, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(pppoeSession, offset + 2, 2, walk.u16(offset + 2))
  const length = walk.u16(offset + 4)
  walk.uint(pppoeLength, offset + 4, 2, length)
  return length
}

/** RFC 2516 section 4: payload is PPP from the protocol field on. */
export function dissectPppoeSession(walk: Walk, offset: number): void {
  if (!walk.need(offset, PPPOE_SIZE)) return
  walk.layer(pppoes.protocol, pppoes.root, offset, PPPOE_SIZE)
  const length = pppoeHeader(walk, offset)
  walk.endLayer()
  const end = walk.limitTo(offset + PPPOE_SIZE + length)
  if (walk.end > offset + PPPOE_SIZE) walk.next(dissectPpp, offset + PPPOE_SIZE)
  walk.restore(end)
}

export function dissectPppoeDiscovery(walk: Walk, offset: number): void {
  if (!walk.need(offset, PPPOE_SIZE)) return
  walk.layer(pppoed.protocol, pppoed.root, offset, PPPOE_SIZE)
  pppoeHeader(walk, offset)
  walk.endLayer()
}

/** The label stack (RFC 3032 section 2.1), then whatever the first nibble says: a label does not name its payload (RFC 4928). */
export function dissectMpls(walk: Walk, offset: number): void {
  let at = offset
  for (;;) {
    if (!walk.item(at) || !walk.need(at, 4)) return
    const entry = walk.u32(at)
    walk.layer(mpls.protocol, mpls.root, at, 4)
    walk.uint(mplsLabel, at, 4, entry >>> 12)
    walk.uint(mplsClass, at, 4, (entry >>> 9) & 7)
    walk.uint(mplsBottom, at, 4, (entry >>> 8) & 1)
    walk.uint(mplsTtl, at, 4, entry & 255)
    walk.endLayer()
    at += 4
    if ((entry & 0x100) !== 0) break
  }
  if (!walk.need(at, 1)) return
  const nibble = walk.u8(at) >> 4
  if (nibble === 4 || nibble === 6) byIpVersion(walk, at)
  else leftover(walk, at)
}

export function dissectCiscoHdlc(walk: Walk, offset: number): void {
  if (!walk.need(offset, 4)) return
  const type = walk.u16(offset + 2)
  walk.layer(chdlc.protocol, chdlc.root, offset, 4)
  walk.uint(chdlcAddress, offset, 1, walk.u8(offset))
  walk.uint(chdlcType, offset + 2, 2, type)
  walk.endLayer()
  // 0x8035 is Cisco's own address protocol here, not RARP.
  if (type === EtherType.Rarp) leftover(walk, offset + 4)
  else byEthertype(walk, type, offset + 4)
}

const NFLOG_PAYLOAD = 9

/** A list of TLVs in the capturing machine's byte order; the packet is in one of them. */
export function dissectNflog(walk: Walk, offset: number): void {
  if (!walk.need(offset, 4)) return
  walk.layer(nflog.protocol, nflog.root, offset, walk.end - offset)
  walk.uint(nflogFamily, offset, 1, walk.u8(offset))
  walk.uint(nflogVersion, offset + 1, 1, walk.u8(offset + 1))
  walk.uint(nflogResource, offset + 2, 2, walk.u16(offset + 2))
  let at = offset + 4
  let payload = -1
  let payloadEnd = 0
  while (at + 4 <= walk.end && walk.item(at) && walk.need(at, 4)) {
    const b = walk.bytes
    let length = (b[at] as number) | ((b[at + 1] as number) << 8)
    let type = (b[at + 2] as number) | ((b[at + 3] as number) << 8)
    // Written by a big-endian machine: types are below 256, so the high byte tells.
    if (type > 0xff) {
      length = walk.u16(at)
      type = walk.u16(at + 2)
    }
    if (length < 4) {
      walk.malformed(at, `TLV length ${length} is shorter than its own header`)
      break
    }
    walk.group(nflogItem, at, length)
    walk.uint(nflogItemLength, at, 2, length)
    walk.uint(nflogItemType, at + 2, 2, type)
    walk.endGroup()
    if (type === NFLOG_PAYLOAD) {
      payload = at + 4
      payloadEnd = at + length
    }
    at += (length + 3) & ~3
  }
  walk.endLayer()
  if (payload < 0) return
  const end = walk.limitTo(payloadEnd)
  byIpVersion(walk, payload)
  walk.restore(end)
}

/** Apple's header: its length, what it is, the link type of what follows; all little-endian. */
export function dissectPktap(walk: Walk, offset: number): void {
  if (!walk.need(offset, 12)) return
  const length = walk.u32le(offset)
  const record = walk.u32le(offset + 4)
  const linkType = walk.u32le(offset + 8)
  if (length < 12) {
    walk.malformed(offset, `header length ${length} is shorter than the header`)
    return
  }
  if (!walk.need(offset, length)) return
  walk.layer(pktap.protocol, pktap.root, offset, length)
  walk.uint(pktapHeaderLength, offset, 4, length)
  walk.uint(pktapRecordType, offset + 4, 4, record)
  walk.uint(pktapLinkType, offset + 8, 4, linkType)
  if (length >= 36) {
    let size = 0
    while (size < 24 && walk.bytes[offset + 12 + size] !== 0) size++
    walk.range(pktapInterface, offset + 12, size)
  }
  walk.endLayer()
  const dissect = lookup('link', linkType)
  if (dissect === undefined) walk.halt(Stop.Limit, offset + 8, `link type ${linkType} inside PKTAP is not known`)
  else walk.next(dissect, offset + length)
}

/** 20 bytes destination, 20 bytes source, then the encapsulation header of RFC 4391 section 6. */
export function dissectIpoib(walk: Walk, offset: number): void {
  if (!walk.need(offset, IPOIB_SIZE)) return
  const type = walk.u16(offset + 40)
  walk.layer(ipoib.protocol, ipoib.root, offset, IPOIB_SIZE)
  walk.uint(ipoibType, offset + 40, 2, type)
  walk.endLayer()
  byEthertype(walk, type, offset + IPOIB_SIZE)
}
