/**
 * ICMPv4 router advertisement (RFC 1256) with the extensions by which Mobile IPv4 agents announce themselves (RFC 5944 section 2.1).
 * Only for field passes.
 */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import {
  icmpAddressCount,
  icmpEntrySize,
  icmpLifetime,
  icmpPreference,
  icmpRouterAddress,
  MOBILE_EXTENSION_NAMES,
  MobileExtension,
  mobileCareOf,
  mobileChallenge,
  mobileContent,
  mobileExtension,
  mobileFlagFields,
  mobileFlags,
  mobileLength,
  mobileLifetime,
  mobilePrefixLength,
  mobileReserved,
  mobileSequence,
  mobileType,
} from './wire.ts'

/** `offset` is behind the checksum. */
export function recordAdvertisement(walk: Walk, offset: number): void {
  const count = walk.u8(offset)
  const size = walk.u8(offset + 1)
  walk.uint(icmpAddressCount, offset, 1, count)
  walk.uint(icmpEntrySize, offset + 1, 1, size)
  walk.uint(icmpLifetime, offset + 2, 2, walk.u16(offset + 2))
  let at = offset + 4
  // RFC 1256 section 5: an entry has at least the address and its preference; longer ones begin with them.
  if (size < 2) {
    if (count > 0) walk.malformed(offset + 1, `address entry size ${size} is below 2`)
    return
  }
  for (let n = 0; n < count; n++, at += size * 4) {
    if (!walk.item(at) || !walk.need(at, size * 4)) return
    walk.range(icmpRouterAddress, at, 4)
    walk.uint(icmpPreference, at + 4, 4, walk.u32(at + 4))
  }
  mobileExtensions(walk, at)
}

function mobileExtensions(walk: Walk, begin: number): void {
  let at = begin
  for (let n = 0; n < MAX_ITEMS && at < walk.end; n++) {
    if (!walk.item(at) || !walk.need(at, 1)) return
    const type = walk.u8(at)
    const padding = type === MobileExtension.Padding
    if (!padding && !walk.need(at, 2)) return
    const length = padding ? 0 : walk.u8(at + 1)
    const size = padding ? 1 : 2 + length
    walk.group(mobileExtension, at, size, `Extension: ${(MOBILE_EXTENSION_NAMES as Record<number, string>)[type] ?? type}`)
    walk.uint(mobileType, at, 1, type)
    if (!padding) walk.uint(mobileLength, at + 1, 1, length)
    if (walk.need(at, size)) {
      const outer = walk.limitTo(at + size)
      if (!padding) extensionBody(walk, at + 2, type, length)
      walk.restore(outer)
    }
    walk.endGroup()
    at += size
  }
}

function extensionBody(walk: Walk, at: number, type: number, length: number): void {
  switch (type) {
    case MobileExtension.Agent:
      if (walk.need(at, 6)) agent(walk, at, length)
      return
    case MobileExtension.PrefixLengths:
      for (let i = 0; i < length && walk.item(at + i); i++) walk.uint(mobilePrefixLength, at + i, 1, walk.u8(at + i))
      return
    case MobileExtension.Challenge:
      walk.range(mobileChallenge, at, length)
      return
    default:
      if (length > 0) walk.range(mobileContent, at, length)
  }
}

/** RFC 5944 section 2.1.1. */
function agent(walk: Walk, at: number, length: number): void {
  const flags = walk.u16(at + 4)
  walk.uint(mobileSequence, at, 2, walk.u16(at))
  walk.uint(mobileLifetime, at + 2, 2, walk.u16(at + 2))
  walk.uint(mobileFlags, at + 4, 2, flags)
  for (let i = 0; i < mobileFlagFields.length; i++) walk.uint(mobileFlagFields[i] as number, at + 4, 2, (flags >> (15 - i)) & 1)
  walk.uint(mobileReserved, at + 4, 2, flags & 0x3f)
  for (let care = at + 6; care + 4 <= at + length && walk.item(care); care += 4) walk.range(mobileCareOf, care, 4)
}
