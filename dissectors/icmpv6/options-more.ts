/**
 * Neighbor Discovery options of SEND (RFC 3971), fast handovers (RFC 5568, 5269, 5271), MAPs (RFC 5380), 6LoWPAN (RFC 6775), provisioning
 * domains (RFC 8801) and encrypted DNS (RFC 9463). Only for field passes. Signatures and certificates are shown as bytes, not verified.
 */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { dateText } from '../icmp/echo.ts'
import * as Field from './option-fields.ts'
import { Option } from './option-types.ts'
import { recordShortPrefix } from './prefix.ts'
import { readName } from './text.ts'
import { icmpv6Data, icmpv6Unknown } from './wire.ts'

/** `at` is behind type and length; the layer ends with the option. */
export function dissectOtherOption(walk: Walk, at: number, type: number): void {
  const room = walk.end - at
  const dissect = OPTIONS.get(type)
  if (dissect !== undefined) {
    if (walk.need(at, dissect.least)) dissect.read(walk, at)
  } else if (room > 0) walk.range(icmpv6Data, at, room)
}

interface OptionReader {
  /** bytes behind type and length that it must have */
  readonly least: number
  read(walk: Walk, at: number): void
}

const OPTIONS = new Map<number, OptionReader>([
  [Option.Cga, { least: 2, read: cga }],
  [Option.RsaSignature, { least: 18, read: (walk, at) => signed(walk, at, Field.rsaKeyHash) }],
  [Option.ProxySignature, { least: 18, read: (walk, at) => signed(walk, at, Field.proxyKeyHash) }],
  [Option.Timestamp, { least: 14, read: timestamp }],
  [Option.Nonce, { least: 6, read: (walk, at) => walk.range(Field.nonce, at, walk.end - at) }],
  [Option.TrustAnchor, { least: 2, read: trustAnchor }],
  [Option.Certificate, { least: 2, read: certificate }],
  [Option.FastAddress, { least: 22, read: fastAddress }],
  [Option.NewRouterPrefix, { least: 22, read: newRouterPrefix }],
  [Option.FastLinkAddress, { least: 2, read: fastLinkAddress }],
  [Option.AdvertisementAcknowledgement, { least: 2, read: acknowledgement }],
  [Option.ProvisioningDomain, { least: 4, read: provisioningDomain }],
  [Option.Map, { least: 22, read: map }],
  [Option.HandoverKeyRequest, { least: 2, read: (walk, at) => handoverKey(walk, at, false) }],
  [Option.HandoverKeyReply, { least: 4, read: (walk, at) => handoverKey(walk, at, true) }],
  [Option.HandoverAssist, { least: 2, read: (walk, at) => coded(walk, at, Field.assistCode, Field.assistLength, Field.assistValue) }],
  [
    Option.MobileNodeIdentifier,
    { least: 2, read: (walk, at) => coded(walk, at, Field.nodeIdentifierCode, Field.nodeIdentifierLength, Field.nodeIdentifierValue) },
  ],
  [Option.AddressRegistration, { least: 14, read: registration }],
  [Option.Context, { least: 6, read: context }],
  [Option.BorderRouter, { least: 22, read: borderRouter }],
  [Option.Capability, { least: 6, read: capability }],
  [Option.EncryptedDns, { least: 8, read: encryptedDns }],
])

/** RFC 3971 section 5.1.1; the parameters are those of RFC 3972 section 3. */
function cga(walk: Walk, at: number): void {
  const padding = walk.u8(at)
  walk.uint(Field.cgaPadLength, at, 1, padding)
  const begin = at + 2
  const end = walk.end - padding
  if (end < begin) {
    walk.malformed(at, `pad length ${padding} is longer than the option`)
    return
  }
  walk.range(Field.cga, begin, end - begin)
  if (end - begin < 25 || !walk.need(begin, 25)) return
  walk.range(Field.cgaModifier, begin, 16)
  walk.range(Field.cgaPrefix, begin + 16, 8)
  walk.range(Field.cgaCount, begin + 24, 1)
  extensions(walk, begin + 25 + derSize(walk, begin + 25, end), end)
}

/** Size of the DER structure at `offset` with its header; what is left up to `end` when its length cannot be read. */
function derSize(walk: Walk, offset: number, end: number): number {
  const rest = end - offset
  if (rest < 2 || !walk.need(offset, 2)) return rest
  const first = walk.u8(offset + 1)
  if (first < 0x80) return Math.min(rest, first + 2)
  const octets = first & 0x7f
  if (octets < 1 || octets > 3 || rest < 2 + octets || !walk.need(offset, 2 + octets)) return rest
  let length = 0
  for (let i = 0; i < octets; i++) length = length * 256 + walk.u8(offset + 2 + i)
  return Math.min(rest, 2 + octets + length)
}

/** RFC 4581: type, length and data, up to the end of the parameters. */
function extensions(walk: Walk, begin: number, end: number): void {
  let at = begin
  for (let n = 0; n < MAX_ITEMS && at + 4 <= end; n++) {
    if (!walk.item(at) || !walk.need(at, 4)) return
    const length = walk.u16(at + 2)
    walk.uint(Field.cgaExtensionType, at, 2, walk.u16(at))
    walk.uint(Field.cgaExtensionLength, at + 2, 2, length)
    walk.range(Field.cgaExtensionData, at + 4, Math.min(length, end - at - 4))
    at += 4 + length
  }
}

function signed(walk: Walk, at: number, keyHash: number): void {
  walk.range(keyHash, at + 2, 16)
  walk.range(Field.signature, at + 18, walk.end - at - 18)
}

/** RFC 3971 section 5.3.1: 48 bits of seconds since 1970, 16 bits of fraction. */
function timestamp(walk: Walk, at: number): void {
  const seconds = (BigInt(walk.u16(at + 6)) << 32n) | BigInt(walk.u32(at + 8))
  const fraction = (BigInt(walk.u16(at + 12)) * 1_000_000_000n) >> 16n
  // A time beyond what a calendar can show is left as it is on the wire.
  if (seconds < 253_402_300_800n) walk.words(Field.timestamp, at + 6, 8, dateText(seconds * 1_000_000_000n + fraction))
  else walk.words(Field.timestamp, at + 6, 8, `${seconds} s since 1970`)
}

const NAME_X501 = 1
const NAME_FQDN = 2

/** RFC 3971 section 6.4.3. */
function trustAnchor(walk: Walk, at: number): void {
  const type = walk.u8(at)
  const end = walk.end - walk.u8(at + 1)
  walk.uint(Field.anchorNameType, at, 1, type)
  walk.uint(Field.cgaPadLength, at + 1, 1, walk.u8(at + 1))
  if (end < at + 2) walk.malformed(at + 1, `pad length ${walk.u8(at + 1)} is longer than the option`)
  else if (type === NAME_X501) walk.range(Field.anchorX501, at + 2, end - at - 2)
  else if (type === NAME_FQDN) {
    const name = readName(walk, at + 2, end)
    if (name !== null) walk.words(Field.anchorName, at + 2, name.size, name.text)
  } else walk.range(icmpv6Unknown, at + 2, end - at - 2)
}

/** RFC 3971 section 6.4.4; Wireshark shows the certificate's type under the field of the name's. */
function certificate(walk: Walk, at: number): void {
  walk.uint(Field.anchorNameType, at, 1, walk.u8(at))
  walk.range(Field.certificate, at + 2, walk.end - at - 2)
}

function fastAddress(walk: Walk, at: number): void {
  walk.uint(Field.fastAddressCode, at, 1, walk.u8(at))
  walk.uint(Field.fastAddressLength, at + 1, 1, walk.u8(at + 1))
  walk.range(Field.fastAddress, at + 6, 16)
}

function newRouterPrefix(walk: Walk, at: number): void {
  walk.uint(Field.newPrefixCode, at, 1, walk.u8(at))
  walk.uint(Field.newPrefixLength, at + 1, 1, walk.u8(at + 1))
  walk.range(Field.newPrefix, at + 6, 16)
}

function fastLinkAddress(walk: Walk, at: number): void {
  walk.uint(Field.fastLinkCode, at, 1, walk.u8(at))
  walk.range(Field.fastLinkAddress, at + 1, walk.end - at - 1)
}

function acknowledgement(walk: Walk, at: number): void {
  walk.uint(Field.acknowledgementCode, at, 1, walk.u8(at))
  walk.uint(Field.acknowledgementStatus, at + 1, 1, walk.u8(at + 1))
  if (walk.end - at >= 22 && walk.need(at + 6, 16)) walk.range(Field.acknowledgementCareOf, at + 6, 16)
}

/** RFC 8801 section 3.1; what follows the name (an advertisement's header and options) is shown as bytes. */
function provisioningDomain(walk: Walk, at: number): void {
  const flags = walk.u16(at)
  walk.uint(Field.domainHttp, at, 2, flags & 0x8000)
  walk.uint(Field.domainLegacy, at, 2, flags & 0x4000)
  walk.uint(Field.domainAdvertisement, at, 2, flags & 0x2000)
  walk.uint(Field.domainDelay, at, 2, flags & 15)
  walk.uint(Field.domainSequence, at + 2, 2, walk.u16(at + 2))
  const name = readName(walk, at + 4, walk.end)
  if (name === null) return
  walk.words(Field.domainName, at + 4, name.size, name.text)
  const rest = at + 4 + name.size
  if (rest < walk.end) walk.range(icmpv6Unknown, rest, walk.end - rest)
}

function map(walk: Walk, at: number): void {
  walk.uint(Field.mapDistance, at, 1, walk.u8(at) >> 4)
  walk.uint(Field.mapPreference, at, 1, walk.u8(at) & 15)
  const flags = walk.u8(at + 1)
  walk.uint(Field.mapFlags, at + 1, 1, flags)
  walk.uint(Field.mapRegional, at + 1, 1, flags & 0x80)
  walk.uint(Field.mapReserved, at + 1, 1, flags & 0x7f)
  walk.uint(Field.mapLifetime, at + 2, 4, walk.u32(at + 2))
  walk.range(Field.mapAddress, at + 6, 16)
}

/** RFC 5269 sections 4.1 and 4.2. */
function handoverKey(walk: Walk, at: number, reply: boolean): void {
  const padding = walk.u8(at)
  walk.uint(Field.keyPadLength, at, 1, padding)
  walk.uint(Field.keyAlgorithm, at + 1, 1, walk.u8(at + 1) >> 4)
  walk.uint(Field.keyReserved, at + 1, 1, walk.u8(at + 1) & 15)
  const begin = reply ? at + 4 : at + 2
  if (reply) walk.uint(Field.keyLifetime, at + 2, 2, walk.u16(at + 2))
  const end = walk.end - padding
  if (end < begin) {
    walk.malformed(at, `pad length ${padding} is longer than the option`)
    return
  }
  walk.range(reply ? Field.keyEncrypted : Field.keyPublic, begin, end - begin)
  if (padding > 0) walk.range(Field.keyPadding, end, padding)
}

/** Code, length, value and padding (RFC 5271 section 6). */
function coded(walk: Walk, at: number, code: number, lengthField: number, value: number): void {
  const length = walk.u8(at + 1)
  walk.uint(code, at, 1, walk.u8(at))
  walk.uint(lengthField, at + 1, 1, length)
  if (walk.need(at + 2, length)) walk.range(value, at + 2, length)
}

function registration(walk: Walk, at: number): void {
  walk.uint(Field.registrationStatus, at, 1, walk.u8(at))
  walk.uint(Field.registrationLifetime, at + 4, 2, walk.u16(at + 4))
  walk.range(Field.registrationEui64, at + 6, 8)
}

function context(walk: Walk, at: number): void {
  const flags = walk.u8(at + 1)
  walk.uint(Field.contextLength, at, 1, walk.u8(at))
  walk.uint(Field.contextFlags, at + 1, 1, flags)
  walk.uint(Field.contextCompression, at + 1, 1, flags & 0x10)
  walk.uint(Field.contextId, at + 1, 1, flags & 15)
  walk.uint(Field.contextReserved, at + 1, 1, flags >> 5)
  walk.uint(Field.contextLifetime, at + 4, 2, walk.u16(at + 4))
  recordShortPrefix(walk, Field.contextPrefix, at + 6, Math.min(16, walk.end - at - 6))
}

function borderRouter(walk: Walk, at: number): void {
  walk.uint(Field.borderVersionLow, at, 2, walk.u16(at))
  walk.uint(Field.borderVersionHigh, at + 2, 2, walk.u16(at + 2))
  walk.uint(Field.borderLifetime, at + 4, 2, walk.u16(at + 4))
  walk.range(Field.borderAddress, at + 6, 16)
}

function capability(walk: Walk, at: number): void {
  walk.uint(Field.capabilityFlags, at, 2, walk.u16(at) >> 1)
  walk.uint(Field.capabilityGhc, at, 2, walk.u16(at) & 1)
  walk.uint(Field.capabilityRest, at + 2, 4, walk.u32(at + 2))
}

/** RFC 9463 section 6.1. */
function encryptedDns(walk: Walk, at: number): void {
  const nameLength = walk.u16(at + 6)
  walk.uint(Field.resolverPriority, at, 2, walk.u16(at))
  walk.uint(Field.resolverLifetime, at + 2, 4, walk.u32(at + 2))
  const begin = at + 8
  if (nameLength > 0) {
    if (!walk.need(begin, nameLength)) return
    const name = readName(walk, begin, begin + nameLength)
    if (name === null) return
    walk.words(Field.resolverName, begin, nameLength, name.text)
  }
  let next = begin + nameLength
  if (next + 2 > walk.end || !walk.need(next, 2)) return
  const addressesEnd = next + 2 + walk.u16(next)
  if (addressesEnd > walk.end) {
    walk.malformed(next, `address list of ${walk.u16(next)} bytes runs past its option`)
    return
  }
  for (next += 2; next + 16 <= addressesEnd && walk.item(next); next += 16) walk.range(Field.resolverAddress, next, 16)
  if (addressesEnd + 2 > walk.end || !walk.need(addressesEnd, 2)) return
  const length = walk.u16(addressesEnd)
  if (length > 0 && walk.need(addressesEnd + 2, length)) walk.range(Field.resolverParameters, addressesEnd + 2, length)
}
