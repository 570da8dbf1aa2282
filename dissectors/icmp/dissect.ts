/**
 * ICMPv4 (RFC 792 and its successors, see wire.ts). Errors are matched to the flow of the packet that they quote.
 * A type that is not known is shown as bytes; a wrong checksum is shown and changes nothing. Cost in the index pass: a few reads, and for
 * errors the walk over the quote.
 */
import { internetChecksum } from '../core/checksum.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { recordAdvertisement } from './advertisement.ts'
import { recordEchoData, recordExtendedEcho, recordIdentifier, recordIdentifierOnly } from './echo.ts'
import { dissectExtensions, extensionsAt, LEGACY_QUOTE } from './extensions.ts'
import { dissectQuoted } from './quoted.ts'
import { emitEcho, emitIcmpError, emitIpv4Advertisement, emitIpv4Redirect, emitIpv4Solicitation } from './signals.ts'
import {
  extendedEcho,
  FRAGMENTATION_NEEDED,
  HEADER_SIZE,
  icmp,
  icmpAddressMask,
  icmpChecksum,
  icmpChecksumStatus,
  icmpCode,
  icmpGateway,
  icmpLength,
  icmpMtu,
  icmpOriginalLength,
  icmpOriginateTimestamp,
  icmpPointer,
  icmpReceiveTimestamp,
  icmpTransmitTimestamp,
  icmpType,
  icmpUnused,
  messageName,
  Type,
} from './wire.ts'

export function dissectIcmp(walk: Walk, offset: number): void {
  walk.layer(icmp.protocol, icmp.root, offset, walk.end - offset)
  if (walk.recorder !== null) recordHeader(walk, offset)
  if (walk.need(offset, 4)) body(walk, offset, walk.u8(offset), walk.u8(offset + 1))
  walk.endLayer()
}

function recordHeader(walk: Walk, offset: number): void {
  if (!walk.need(offset, 4)) return
  const type = walk.u8(offset)
  const code = walk.u8(offset + 1)
  walk.uint(icmpType, offset, 1, type)
  walk.uint(icmpCode, offset + 1, 1, code)
  walk.uint(icmpChecksum, offset + 2, 2, walk.u16(offset + 2))
  const whole = walk.limit === walk.end && !walk.quoted
  walk.uint(icmpChecksumStatus, offset + 2, 0, !whole ? 2 : internetChecksum(walk.bytes, offset, walk.end) === 0 ? 1 : 0)
  walk.generated()
  if (!walk.quoted) walk.info = messageName(type, code)
}

function body(walk: Walk, offset: number, type: number, code: number): void {
  switch (type) {
    case Type.Unreachable:
    case Type.SourceQuench:
    case Type.Redirect:
    case Type.TimeExceeded:
    case Type.ParameterProblem:
      if (walk.need(offset, HEADER_SIZE)) error(walk, offset, type, code)
      return
    case Type.RouterAdvertisement:
      if (!walk.need(offset, HEADER_SIZE)) return
      if (walk.recorder !== null) recordAdvertisement(walk, offset + 4)
      if (walk.signalling) emitIpv4Advertisement(walk, offset)
      return
    case Type.RouterSolicitation:
      if (walk.signalling) emitIpv4Solicitation(walk)
      return
    default:
      if (walk.recorder !== null) query(walk, offset, type)
      if ((type === Type.Echo || type === Type.EchoReply) && offset + 8 <= walk.limit) emitEcho(walk, offset + 4, type === Type.EchoReply)
  }
}

function query(walk: Walk, offset: number, type: number): void {
  switch (type) {
    case Type.Echo:
    case Type.EchoReply:
    case Type.Timestamp:
    case Type.TimestampReply:
    case Type.Information:
    case Type.InformationReply:
    case Type.AddressMask:
    case Type.AddressMaskReply:
      if (!walk.need(offset, HEADER_SIZE)) return
      recordIdentifier(walk, offset + 4)
      if (!walk.quoted) walk.info += ` id=0x${hex4(walk.u16(offset + 4))}, seq=${walk.u16(offset + 6)}, ttl=${walk.hopLimit}`
      queryBody(walk, offset + HEADER_SIZE, type)
      return
    case Type.ExtendedEcho:
    case Type.ExtendedEchoReply:
      if (!walk.need(offset, HEADER_SIZE)) return
      recordIdentifierOnly(walk, offset + 4)
      recordExtendedEcho(walk, extendedEcho, offset + 6, type === Type.ExtendedEchoReply)
      if (type === Type.ExtendedEcho) dissectExtensions(walk, offset + HEADER_SIZE)
      else leftover(walk, offset + HEADER_SIZE)
      return
    default:
      leftover(walk, offset + 4)
  }
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')

function queryBody(walk: Walk, at: number, type: number): void {
  if (type === Type.Echo || type === Type.EchoReply) recordEchoData(walk, at)
  else if (type === Type.Timestamp || type === Type.TimestampReply) {
    if (!walk.need(at, 12)) return
    walk.uint(icmpOriginateTimestamp, at, 4, walk.u32(at))
    walk.uint(icmpReceiveTimestamp, at + 4, 4, walk.u32(at + 4))
    walk.uint(icmpTransmitTimestamp, at + 8, 4, walk.u32(at + 8))
  } else if (type === Type.AddressMask || type === Type.AddressMaskReply) {
    if (walk.need(at, 4)) walk.range(icmpAddressMask, at, 4)
  }
}

/** May the quote be followed by extensions (RFC 4884 section 4)? */
const extensible = (type: number): boolean => type === Type.Unreachable || type === Type.TimeExceeded || type === Type.ParameterProblem

function error(walk: Walk, offset: number, type: number, code: number): void {
  const quote = offset + HEADER_SIZE
  const length = extensible(type) ? walk.u8(offset + 5) * 4 : 0
  if (walk.recorder !== null) recordErrorHeader(walk, offset, type, code, length)
  // A total length of 0 (segmentation offload) tells nothing.
  const datagram = (quote + 4 <= walk.limit ? walk.u16(quote + 2) : 0) || Number.POSITIVE_INFINITY
  const extensions = extensible(type) ? extensionsAt(walk, quote, length, datagram) : -1
  const end = extensions < 0 ? walk.end : length > 0 ? extensions : Math.min(extensions, quote + LEGACY_QUOTE)
  dissectQuoted(walk, quote, end, 4)
  if (walk.recorder !== null) {
    if (extensions >= 0) dissectExtensions(walk, extensions)
  }
  if (!walk.signalling) return
  if (type === Type.Redirect) emitIpv4Redirect(walk, offset)
  else
    emitIcmpError(
      walk,
      4,
      type,
      code,
      messageName(type, code),
      type === Type.Unreachable && code === FRAGMENTATION_NEEDED ? walk.u16(offset + 6) : null,
      quote,
    )
}

/** The four bytes between checksum and quote. */
function recordErrorHeader(walk: Walk, offset: number, type: number, code: number, length: number): void {
  const at = offset + 4
  switch (type) {
    case Type.Redirect:
      walk.range(icmpGateway, at, 4)
      return
    case Type.ParameterProblem:
      walk.uint(icmpPointer, at, 1, walk.u8(at))
      if (length > 0) recordLength(walk, at + 1, length)
      else walk.range(icmpUnused, at + 1, 3)
      if (length > 0) walk.range(icmpUnused, at + 2, 2)
      return
    case Type.Unreachable:
    case Type.TimeExceeded: {
      const mtu = type === Type.Unreachable && code === FRAGMENTATION_NEEDED
      if (length > 0) {
        walk.range(icmpUnused, at, 1)
        recordLength(walk, at + 1, length)
        if (!mtu) walk.range(icmpUnused, at + 2, 2)
      } else walk.range(icmpUnused, at, mtu ? 2 : 4)
      if (mtu) walk.uint(icmpMtu, at + 2, 2, walk.u16(at + 2))
      if (mtu && !walk.quoted) walk.info += ` (MTU ${walk.u16(at + 2)})`
    }
  }
}

function recordLength(walk: Walk, at: number, length: number): void {
  walk.uint(icmpLength, at, 1, length / 4)
  walk.uint(icmpOriginalLength, at, 1, length)
  walk.generated()
}
