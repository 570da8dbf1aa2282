/**
 * GTP-U (3GPP TS 29.281): the tunnel of mobile networks. A T-PDU is an IP packet, which becomes the packet's innermost layer; other
 * messages end here. Chosen by port: bytes that are no GTPv1 header whose length fits are declined.
 */
import { lookupEthertype } from '../core/dispatch.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { emitEndMarker, emitUserData } from './signals.ts'
import {
  At,
  Flag,
  gtp,
  gtpExtension,
  gtpExtensionLength,
  gtpFlags,
  gtpHasExtension,
  gtpHasNpdu,
  gtpHasSequence,
  gtpLength,
  gtpMessage,
  gtpNext,
  gtpNpdu,
  gtpPagingPolicy,
  gtpPduType,
  gtpProtocolType,
  gtpQosFlow,
  gtpReflective,
  gtpReserved,
  gtpSequence,
  gtpSpare,
  gtpSpareUplink,
  gtpTeid,
  gtpVersion,
  HEADER,
  LONG_HEADER,
  Message,
  PDU_SESSION_CONTAINER,
} from './wire.ts'

export function dissectGtp(walk: Walk, offset: number): void {
  const room = walk.end - offset
  if (room < HEADER || walk.limit - offset < HEADER) {
    walk.decline()
    return
  }
  const flags = walk.u8(offset)
  const length = walk.u16(offset + At.Length)
  if (flags >> 5 !== 1 || (flags & Flag.ProtocolType) === 0 || HEADER + length > room) {
    walk.decline()
    return
  }
  const optional = (flags & (Flag.Extension | Flag.Sequence | Flag.Npdu)) !== 0
  if (optional && length < LONG_HEADER - HEADER) {
    walk.decline()
    return
  }
  const message = walk.u8(offset + At.Message)
  const end = walk.limitTo(offset + HEADER + length)
  walk.layer(gtp.protocol, gtp.root, offset, optional ? LONG_HEADER : HEADER)
  if (walk.recorder !== null) recordHeader(walk, offset, flags, message, length)
  let at = offset + HEADER
  if (optional && walk.need(at, LONG_HEADER - HEADER)) {
    if (flags & Flag.Sequence) walk.uint(gtpSequence, offset + At.Sequence, 2, walk.u16(offset + At.Sequence))
    if (flags & Flag.Npdu) walk.uint(gtpNpdu, offset + At.NpduNumber, 1, walk.u8(offset + At.NpduNumber))
    at = offset + LONG_HEADER
    if (flags & Flag.Extension) at = extensions(walk, offset + At.NextExtension)
  }
  walk.endLayer(at - offset)
  if (message === Message.EndMarker && walk.signalling) emitEndMarker(walk, walk.u32(offset + At.Teid))
  if (message === Message.Gpdu && at < walk.limit) {
    if (walk.signalling) emitUserData(walk, walk.u32(offset + At.Teid), at)
    const version = walk.u8(at) >> 4
    const dissect = version === 4 ? lookupEthertype(0x0800) : version === 6 ? lookupEthertype(0x86dd) : undefined
    walk.next(dissect ?? leftover, at)
  }
  walk.restore(end)
}

function recordHeader(walk: Walk, offset: number, flags: number, message: number, length: number): void {
  walk.uint(gtpFlags, offset, 1, flags)
  walk.uint(gtpVersion, offset, 1, flags >> 5)
  walk.uint(gtpProtocolType, offset, 1, (flags >> 4) & 1)
  walk.uint(gtpReserved, offset, 1, (flags >> 3) & 1)
  walk.uint(gtpHasExtension, offset, 1, (flags >> 2) & 1)
  walk.uint(gtpHasSequence, offset, 1, (flags >> 1) & 1)
  walk.uint(gtpHasNpdu, offset, 1, flags & 1)
  walk.uint(gtpMessage, offset + At.Message, 1, message)
  walk.uint(gtpLength, offset + At.Length, 2, length)
  walk.uint(gtpTeid, offset + At.Teid, 4, walk.u32(offset + At.Teid))
}

/** Follows the chain from the type byte at `typeAt`; returns where the payload begins. */
function extensions(walk: Walk, typeAt: number): number {
  let at = typeAt
  for (let n = 0; n < MAX_ITEMS && walk.item(at); n++) {
    const type = walk.u8(at)
    walk.uint(gtpNext, at, 1, type)
    if (type === 0 || !walk.need(at + 1, 1)) break
    const begin = at + 1
    const size = walk.u8(begin) * 4
    if (size === 0) {
      walk.malformed(begin, 'an extension header of length 0')
      break
    }
    if (!walk.need(begin, size)) break
    walk.group(gtpExtension, begin, size)
    walk.uint(gtpExtensionLength, begin, 1, size / 4)
    if (type === PDU_SESSION_CONTAINER) sessionContainer(walk, begin + 1)
    walk.endGroup()
    at = begin + size - 1
  }
  return at + 1
}

function sessionContainer(walk: Walk, at: number): void {
  const type = walk.u8(at) >> 4
  const flags = walk.u8(at + 1)
  walk.uint(gtpPduType, at, 1, type)
  walk.uint(gtpSpare, at, 1, walk.u8(at) & 15)
  if (type === 0) {
    walk.uint(gtpPagingPolicy, at + 1, 1, flags >> 7)
    walk.uint(gtpReflective, at + 1, 1, (flags >> 6) & 1)
  } else walk.uint(gtpSpareUplink, at + 1, 1, flags >> 6)
  walk.uint(gtpQosFlow, at + 1, 1, flags & 63)
}
