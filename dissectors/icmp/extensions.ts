/**
 * Multi-part extensions behind the quote of an ICMP error (RFC 4884): MPLS label stack (RFC 4950), interface information (RFC 5837),
 * interface identification (RFC 8335). One of an unknown class is shown as bytes. Only walked when fields are wanted.
 */
import { internetChecksum } from '../core/checksum.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import {
  AddressFamily,
  extension,
  extensionChecksum,
  extensionChecksumStatus,
  extensionReserved,
  extensionVersion,
  icmpReserved,
  identifiedAddress,
  identifiedFamily,
  identifiedIndex,
  identifiedIpv4,
  identifiedIpv6,
  identifiedLength,
  identifiedName,
  identifiedReserved,
  interfaceFamily,
  interfaceHasAddress,
  interfaceHasIndex,
  interfaceHasMtu,
  interfaceHasName,
  interfaceIndex,
  interfaceIpv4,
  interfaceIpv6,
  interfaceMtu,
  interfaceName,
  interfaceNameLength,
  interfaceReserved,
  interfaceRole,
  interfaceUnknown,
  mplsBottom,
  mplsData,
  mplsExperimental,
  mplsLabel,
  mplsTtl,
  OBJECT_CLASS_NAMES,
  ObjectClass,
  objectClass,
  objectData,
  objectGroup,
  objectLength,
  objectType,
} from './wire.ts'

export const EXTENSION_VERSION = 2
const STRUCTURE_HEADER = 4
const OBJECT_HEADER = 4
/** Quote length of senders that predate the length field (RFC 4884 section 5.5). */
export const LEGACY_QUOTE = 128

/**
 * Where the extensions of an error begin whose quote starts at `quote`; -1 when it has none. `length` is the quote's length by the
 * length field, 0 when the sender did not set it; `datagram` the length that the quoted IP header gives.
 */
export function extensionsAt(walk: Walk, quote: number, length: number, datagram: number): number {
  if (length > 0) return walk.end > quote + length ? quote + length : -1
  const at = quote + LEGACY_QUOTE
  if (walk.end <= at || walk.limit < at + STRUCTURE_HEADER) return -1
  // A datagram that ended within the 128 bytes cannot go on behind them; a longer one may, unless a valid structure stands there.
  if (datagram <= LEGACY_QUOTE) return at
  const valid = walk.u16(at) === EXTENSION_VERSION << 12 && walk.u16(at + 2) !== 0 && walk.limit === walk.end
  return valid && internetChecksum(walk.bytes, at, walk.end) === 0 ? at : -1
}

/** The structure at `offset` up to the layer's end. */
export function dissectExtensions(walk: Walk, offset: number): void {
  if (walk.recorder === null || offset >= walk.end) return
  walk.group(extension, offset, walk.end - offset)
  if (walk.need(offset, STRUCTURE_HEADER)) {
    const word = walk.u16(offset)
    walk.uint(extensionVersion, offset, 1, word >> 12)
    walk.uint(extensionReserved, offset, 2, word & 0xfff)
    walk.uint(extensionChecksum, offset + 2, 2, walk.u16(offset + 2))
    const checksum = walk.u16(offset + 2)
    const whole = walk.limit === walk.end
    walk.uint(
      extensionChecksumStatus,
      offset + 2,
      0,
      checksum === 0 ? 3 : !whole ? 2 : internetChecksum(walk.bytes, offset, walk.end) === 0 ? 1 : 0,
    )
    walk.generated()
    // RFC 4884 section 7: another version is not understood.
    if (word >> 12 === EXTENSION_VERSION) objects(walk, offset + STRUCTURE_HEADER)
    else walk.range(objectData, offset + STRUCTURE_HEADER, walk.end - offset - STRUCTURE_HEADER)
  }
  walk.endGroup()
}

function objects(walk: Walk, begin: number): void {
  let at = begin
  for (let n = 0; n < MAX_ITEMS && at + OBJECT_HEADER <= walk.end; n++) {
    if (!walk.item(at) || !walk.need(at, OBJECT_HEADER)) return
    const length = walk.u16(at)
    const kind = walk.u8(at + 2)
    const cut = at + length > walk.end
    const end = cut ? walk.end : at + length
    walk.group(objectGroup, at, end - at, `${(OBJECT_CLASS_NAMES as Record<number, string>)[kind] ?? `Unknown class ${kind}`} object`)
    walk.uint(objectLength, at, 2, length)
    walk.uint(objectClass, at + 2, 1, kind)
    if (length < OBJECT_HEADER) {
      walk.uint(objectType, at + 3, 1, walk.u8(at + 3))
      walk.endGroup()
      walk.malformed(at, `extension object length ${length} is below 4`)
      return
    }
    object(walk, at, end, kind)
    walk.endGroup()
    if (cut) {
      walk.malformed(at, `extension object length ${length}, but only ${walk.end - at} bytes are left`)
      return
    }
    at = end
  }
}

function object(walk: Walk, at: number, end: number, kind: number): void {
  const type = walk.u8(at + 3)
  const body = at + OBJECT_HEADER
  if (kind === ObjectClass.InterfaceInformation) interfaceBits(walk, at + 3, type)
  walk.uint(objectType, at + 3, 1, type)
  const outer = walk.limitTo(end)
  if (kind === ObjectClass.Mpls && type === 1) labels(walk, body)
  else if (kind === ObjectClass.InterfaceInformation) interfaceInformation(walk, body, type)
  else if (kind === ObjectClass.InterfaceIdentification) interfaceIdentification(walk, body, type)
  else if (body < end) walk.range(objectData, body, end - body)
  walk.restore(outer)
}

function labels(walk: Walk, begin: number): void {
  let at = begin
  for (; at + 4 <= walk.end && walk.item(at); at += 4) {
    if (!walk.need(at, 4)) return
    const entry = walk.u24(at)
    walk.uint(mplsLabel, at, 3, entry >> 4)
    walk.uint(mplsExperimental, at + 2, 1, (entry >> 1) & 7)
    walk.uint(mplsBottom, at + 2, 1, entry & 1)
    walk.uint(mplsTtl, at + 3, 1, walk.u8(at + 3))
  }
  if (at < walk.end) walk.range(mplsData, at, walk.end - at)
}

const HAS_INDEX = 0x08
const HAS_ADDRESS = 0x04
const HAS_NAME = 0x02
const HAS_MTU = 0x01

/** RFC 5837 section 4.2: the C-type is a role and four bits that say which sub-objects follow. */
function interfaceBits(walk: Walk, at: number, type: number): void {
  walk.uint(interfaceRole, at, 1, type >> 6)
  walk.uint(interfaceReserved, at, 1, (type >> 4) & 3)
  walk.uint(interfaceHasIndex, at, 1, type & HAS_INDEX)
  walk.uint(interfaceHasAddress, at, 1, type & HAS_ADDRESS)
  walk.uint(interfaceHasName, at, 1, type & HAS_NAME)
  walk.uint(interfaceHasMtu, at, 1, type & HAS_MTU)
}

function interfaceInformation(walk: Walk, begin: number, type: number): void {
  let at = begin
  if (type & HAS_INDEX) {
    if (!walk.need(at, 4)) return
    walk.uint(interfaceIndex, at, 4, walk.u32(at))
    at += 4
  }
  if (type & HAS_ADDRESS) {
    if (!walk.need(at, 4)) return
    const family = walk.u16(at)
    walk.uint(interfaceFamily, at, 2, family)
    walk.range(icmpReserved, at + 2, 2)
    at += 4
    const size = family === AddressFamily.Ipv4 ? 4 : family === AddressFamily.Ipv6 ? 16 : -1
    if (size < 0) {
      // An address of unknown length: nothing behind it can be found.
      walk.range(interfaceUnknown, at, walk.end - at)
      return
    }
    if (!walk.need(at, size)) return
    walk.range(size === 4 ? interfaceIpv4 : interfaceIpv6, at, size)
    at += size
  }
  if (type & HAS_NAME) {
    if (!walk.need(at, 1)) return
    const length = walk.u8(at)
    walk.uint(interfaceNameLength, at, 1, length)
    if (length > 1 && walk.need(at, length)) text(walk, interfaceName, at + 1, length - 1)
    at += Math.max(1, length)
  }
  if (type & HAS_MTU && walk.need(at, 4)) walk.uint(interfaceMtu, at, 4, walk.u32(at))
}

/** Names are padded with zeros to 4 bytes: the text ends at the first one. */
function text(walk: Walk, field: number, offset: number, length: number): void {
  let size = 0
  while (size < length && walk.u8(offset + size) !== 0) size++
  walk.range(field, offset, size)
}

const BY_NAME = 1
const BY_INDEX = 2
const BY_ADDRESS = 3

/** RFC 8335 section 2.1. */
function interfaceIdentification(walk: Walk, body: number, type: number): void {
  const size = walk.end - body
  if (type === BY_NAME) {
    if (walk.need(body, size)) text(walk, identifiedName, body, size)
  } else if (type === BY_INDEX) {
    if (walk.need(body, 4)) walk.uint(identifiedIndex, body, 4, walk.u32(body))
  } else if (type === BY_ADDRESS) {
    if (!walk.need(body, 4)) return
    const family = walk.u16(body)
    walk.uint(identifiedFamily, body, 2, family)
    walk.uint(identifiedLength, body + 2, 1, walk.u8(body + 2))
    walk.range(identifiedReserved, body + 3, 1)
    const field = family === AddressFamily.Ipv4 ? identifiedIpv4 : family === AddressFamily.Ipv6 ? identifiedIpv6 : identifiedAddress
    const length = family === AddressFamily.Ipv4 ? 4 : family === AddressFamily.Ipv6 ? 16 : size - 4
    if (length > 0 && walk.need(body + 4, length)) walk.range(field, body + 4, length)
  } else if (size > 0) walk.range(objectData, body, size)
}
