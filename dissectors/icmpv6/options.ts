/**
 * Neighbor Discovery options (RFC 4861 section 4.6): the list, and the options of routers and hosts. SEND, fast handover and 6LoWPAN
 * options are in `options-more.ts`. A length of 0 ends the list (the packet is to be dropped); an unknown option is shown as bytes.
 * Cost in the index pass: nothing, but for router advertisements, whose prefixes and routes are collected.
 */
import { formatIpv6 } from '../../shared/address.ts'
import type { RoutingDetail } from '../../shared/signal-details.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { dissectQuoted } from '../icmp/quoted.ts'
import {
  advertisementInterval,
  captivePortal,
  dnsLifetime,
  dnsServer,
  homeAgentLifetime,
  homeAgentPreference,
  linkAddress,
  linkEui64,
  linkMtu,
  listedAddress,
  moreFlags,
  moreHomeAgent,
  moreManaged,
  moreOther,
  morePreference,
  moreProxy,
  moreReserved,
  option,
  optionLength,
  optionType,
  pref64Code,
  pref64Lifetime,
  pref64Prefix,
  prefix,
  prefixAutonomous,
  prefixFlags,
  prefixLength,
  prefixOnLink,
  prefixPreferred,
  prefixReserved,
  prefixRouter,
  prefixValid,
  redirectedPacket,
  routeFlags,
  routeLifetime,
  routePreference,
  routeReserved,
  searchLifetime,
  searchName,
  shortcutLimit,
  sourceLinkAddress,
  sourceLinkEui64,
  targetLinkAddress,
  targetLinkEui64,
} from './option-fields.ts'
import { OPTION_NAMES, Option } from './option-types.ts'
import { dissectOtherOption } from './options-more.ts'
import { PREFERENCES } from './preference.ts'
import { recordShortPrefix } from './prefix.ts'
import { readName } from './text.ts'

/** From `offset` to the layer's end. What a router advertises is added to `routing` when it is given. */
export function dissectOptions(walk: Walk, offset: number, routing: RoutingDetail | null = null): void {
  let at = offset
  for (let n = 0; n < MAX_ITEMS && at < walk.end; n++) {
    if (!walk.item(at) || !walk.need(at, 2)) return
    const type = walk.u8(at)
    const length = walk.u8(at + 1) * 8
    const end = at + length
    if (walk.recorder !== null) {
      walk.group(option, at, length, `Option: ${OPTION_NAMES[type] ?? `type ${type}`}`)
      walk.uint(optionType, at, 1, type)
      walk.uint(optionLength, at + 1, 1, length / 8)
    }
    if (length === 0) walk.malformed(at + 1, `option ${OPTION_NAMES[type] ?? type} has length 0`)
    else if (end > walk.end) walk.malformed(at + 1, `option length ${length}, but only ${walk.end - at} bytes are left`)
    if (routing !== null && end <= walk.limit) collect(walk, at, type, length, routing)
    if (walk.recorder !== null) {
      if (length > 0) {
        const outer = walk.limitTo(Math.min(end, walk.end))
        body(walk, at + 2, type)
        walk.restore(outer)
      }
      walk.endGroup()
    }
    if (length === 0 || end > walk.end) return
    at = end
  }
}

/** What the analysis wants of a router advertisement. */
function collect(walk: Walk, at: number, type: number, length: number, routing: RoutingDetail): void {
  if (type === Option.PrefixInformation && length === 32) {
    const bits = walk.u8(at + 2)
    if (bits > 128) return
    const flags = walk.u8(at + 3)
    routing.prefixes.push({
      prefix: prefixText(walk, at + 16, 16, bits),
      length: bits,
      onLink: (flags & 0x80) !== 0,
      autonomous: (flags & 0x40) !== 0,
      valid: walk.u32(at + 4),
      preferred: walk.u32(at + 8),
    })
  } else if (type === Option.RouteInformation && length <= 24) {
    const bits = walk.u8(at + 2)
    // RFC 4191 section 2.3: the option must be long enough for its prefix length.
    if (bits > (length - 8) * 8) return
    routing.routes.push({
      prefix: prefixText(walk, at + 8, length - 8, bits),
      length: bits,
      preference: PREFERENCES[(walk.u8(at + 3) >> 3) & 3] as string,
      lifetime: walk.u32(at + 4),
    })
  }
}

/** The first `bits` bits of `size` bytes as an address; what lies behind a prefix means nothing. */
function prefixText(walk: Walk, offset: number, size: number, bits: number): string {
  const bytes = new Uint8Array(16)
  for (let i = 0; i < size && i * 8 < bits; i++) {
    const rest = bits - i * 8
    bytes[i] = walk.u8(offset + i) & (rest >= 8 ? 0xff : 0xff00 >> rest)
  }
  return formatIpv6(bytes)
}

/** `at` is behind type and length; the layer ends with the option. */
function body(walk: Walk, at: number, type: number): void {
  switch (type) {
    case Option.SourceLinkAddress:
      linkLayerAddress(walk, at, sourceLinkAddress, sourceLinkEui64)
      return
    case Option.TargetLinkAddress:
      linkLayerAddress(walk, at, targetLinkAddress, targetLinkEui64)
      return
    case Option.PrefixInformation:
      if (walk.need(at, 30)) prefixInformation(walk, at)
      return
    case Option.RedirectedHeader:
      walk.group(redirectedPacket, at + 6, walk.end - at - 6)
      dissectQuoted(walk, at + 6, walk.end, 6)
      walk.endGroup()
      return
    case Option.Mtu:
      if (walk.need(at, 6)) walk.uint(linkMtu, at + 2, 4, walk.u32(at + 2))
      return
    case Option.ShortcutLimit:
      if (walk.need(at, 1)) walk.uint(shortcutLimit, at, 1, walk.u8(at))
      return
    case Option.AdvertisementInterval:
      if (walk.need(at, 6)) walk.uint(advertisementInterval, at + 2, 4, walk.u32(at + 2))
      return
    case Option.HomeAgentInformation:
      if (!walk.need(at, 6)) return
      walk.uint(homeAgentPreference, at + 2, 2, walk.u16(at + 2))
      walk.uint(homeAgentLifetime, at + 4, 2, walk.u16(at + 4))
      return
    case Option.SourceAddressList:
    case Option.TargetAddressList:
      addresses(walk, listedAddress, at + 6)
      return
    case Option.RouteInformation:
      if (walk.need(at, 6)) routeInformation(walk, at)
      return
    case Option.RecursiveDns:
      if (!walk.need(at, 6)) return
      walk.uint(dnsLifetime, at + 2, 4, walk.u32(at + 2))
      addresses(walk, dnsServer, at + 6)
      return
    case Option.FlagsExtension:
      if (walk.need(at, 6)) flagsExtension(walk, at)
      return
    case Option.SearchList:
      if (walk.need(at, 6)) searchList(walk, at)
      return
    case Option.CaptivePortal:
      text(walk, captivePortal, at)
      return
    case Option.Pref64:
      if (walk.need(at, 14)) pref64(walk, at)
      return
    default:
      dissectOtherOption(walk, at, type)
  }
}

/** RFC 4861 section 4.6.1; an EUI-64 comes with 6 bytes of zero padding (RFC 4944 section 8). */
function linkLayerAddress(walk: Walk, at: number, own: number, ownEui64: number): void {
  const room = walk.end - at
  if (!walk.need(at, room)) return
  const size = room === 14 && walk.u16(at + 8) === 0 && walk.u32(at + 10) === 0 ? 8 : room
  walk.range(linkAddress, at, size)
  walk.range(own, at, size)
  if (size === 8) {
    walk.range(linkEui64, at, 8)
    walk.range(ownEui64, at, 8)
  }
}

/** RFC 4861 section 4.6.2, RFC 6275 section 7.2 (R). */
function prefixInformation(walk: Walk, at: number): void {
  const flags = walk.u8(at + 1)
  walk.uint(prefixLength, at, 1, walk.u8(at))
  walk.uint(prefixFlags, at + 1, 1, flags)
  walk.uint(prefixOnLink, at + 1, 1, flags & 0x80)
  walk.uint(prefixAutonomous, at + 1, 1, flags & 0x40)
  walk.uint(prefixRouter, at + 1, 1, flags & 0x20)
  walk.uint(prefixReserved, at + 1, 1, flags & 0x1f)
  walk.uint(prefixValid, at + 2, 4, walk.u32(at + 2))
  walk.uint(prefixPreferred, at + 6, 4, walk.u32(at + 6))
  walk.range(prefix, at + 14, 16)
}

function addresses(walk: Walk, field: number, begin: number): void {
  for (let at = begin; at + 16 <= walk.end; at += 16) {
    if (!walk.item(at) || !walk.need(at, 16)) return
    walk.range(field, at, 16)
  }
}

/** RFC 4191 section 2.3. */
function routeInformation(walk: Walk, at: number): void {
  const flags = walk.u8(at + 1)
  walk.uint(prefixLength, at, 1, walk.u8(at))
  walk.uint(routeFlags, at + 1, 1, flags)
  walk.uint(routePreference, at + 1, 1, (flags >> 3) & 3)
  walk.uint(routeReserved, at + 1, 1, flags & 0xe7)
  walk.uint(routeLifetime, at + 2, 4, walk.u32(at + 2))
  // A default route needs no prefix bytes.
  if (walk.end > at + 6) recordShortPrefix(walk, prefix, at + 6, Math.min(16, walk.end - at - 6))
}

/** RFC 5175: the flag bits of the advertisement again, and 40 more. */
function flagsExtension(walk: Walk, at: number): void {
  const flags = walk.u16(at)
  walk.uint(moreFlags, at, 2, flags)
  walk.uint(moreManaged, at, 2, flags & 0x8000)
  walk.uint(moreOther, at, 2, flags & 0x4000)
  walk.uint(moreHomeAgent, at, 2, flags & 0x2000)
  walk.uint(morePreference, at, 2, (flags >> 11) & 3)
  walk.uint(moreProxy, at, 2, flags & 0x400)
  walk.uint(moreReserved, at, 2, flags & 0x2ff)
}

/** RFC 8106 section 5.2: names in DNS format, without compression, padded with zeros. */
function searchList(walk: Walk, at: number): void {
  walk.uint(searchLifetime, at + 2, 4, walk.u32(at + 2))
  let name = at + 6
  for (let n = 0; n < MAX_ITEMS && name < walk.end && walk.u8(name) !== 0; n++) {
    if (!walk.item(name)) return
    const read = readName(walk, name, walk.end)
    if (read === null) return
    walk.words(searchName, name, read.size, read.text)
    name += read.size
  }
}

/** Text padded with zeros. */
function text(walk: Walk, field: number, at: number): void {
  let size = 0
  while (at + size < walk.limit && walk.u8(at + size) !== 0) size++
  walk.range(field, at, size)
}

/** RFC 8781 section 4. */
const PREF64_BYTES = [12, 8, 7, 6, 5, 4]

function pref64(walk: Walk, at: number): void {
  const word = walk.u16(at)
  const code = word & 7
  walk.uint(pref64Lifetime, at, 2, word >> 3)
  walk.uint(pref64Code, at, 2, code)
  const bytes = PREF64_BYTES[code]
  if (bytes === undefined) walk.malformed(at, `prefix length code ${code} is not defined`)
  else recordShortPrefix(walk, pref64Prefix, at + 2, bytes)
}
