/**
 * Path attributes of an UPDATE (RFC 4271 section 4.3 and 5). AS numbers are 4 bytes when both OPENs said so; when an OPEN was not seen, the size
 * whose segments fill the attribute exactly, 4 before 2. An attribute longer than the list ends it (RFC 7606 section 4).
 */
import { formatIpv4, formatIpv6 } from '../../shared/address.ts'
import type { RouteDetail } from '../../shared/signal-details.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { clusterList, communities, extendedCommunities, largeCommunities, saysVxlan } from './communities.ts'
import { prefixSid } from './prefix-sid.ts'
import { distinguisherText, prefixes } from './prefixes.ts'
import { addSegment, mergePaths } from './signals.ts'
import type { Peering } from './state.ts'
import { ATTRIBUTE_NAMES, Attribute, AttributeFlag, Family, Field, Sub } from './wire.ts'

/** What holds for a whole list of attributes. */
interface Context {
  peering: Peering | undefined
  route: RouteDetail | null
  vxlan: boolean
  path4: (number | number[])[]
}

/** The attributes from `begin` to walk.end. */
export function attributes(walk: Walk, begin: number, peering: Peering | undefined, route: RouteDetail | null): void {
  const context: Context = { peering, route, vxlan: encapsulates(walk, begin), path4: [] }
  const end = walk.end
  let only = 0
  let count = 0
  for (let at = begin; at < end && count < MAX_ITEMS && walk.item(at) && walk.need(at, 3); count++) {
    const flags = walk.u8(at)
    const type = walk.u8(at + 1)
    const header = flags & AttributeFlag.ExtendedLength ? 4 : 3
    if (!walk.need(at, header)) return
    const length = header === 4 ? walk.u16(at + 2) : walk.u8(at + 2)
    const value = at + header
    if (walk.recorder !== null) recordHeader(walk, at, flags, type, header, length)
    if (value + length > end) {
      walk.malformed(at + 2, `${ATTRIBUTE_NAMES[type] ?? `attribute ${type}`} of ${length} bytes, ${end - value} bytes left`)
      if (walk.recorder !== null) walk.endGroup()
      return
    }
    walk.limitTo(value + length)
    attribute(walk, type, value, length, context)
    walk.restore(end)
    if (walk.recorder !== null) walk.endGroup()
    if (type === Attribute.Unreach && length === 3) only = 1
    at = value + length
  }
  if (route === null) return
  // RFC 4724 section 2: an UPDATE with nothing in it, or with one empty MP_UNREACH.
  route.endOfTable = route.announced.length + route.withdrawn.length === 0 && count === only
  if (context.path4.length > 0) route.path = mergePaths(route.path, context.path4)
}

function recordHeader(walk: Walk, at: number, flags: number, type: number, header: number, length: number): void {
  walk.group(Field.attribute, at, header + length, `Path attribute: ${ATTRIBUTE_NAMES[type] ?? `unknown (${type})`}`)
  walk.uint(Field.attributeFlags, at, 1, flags)
  walk.uint(Field.flagOptional, at, 1, flags & AttributeFlag.Optional ? 1 : 0)
  walk.uint(Field.flagTransitive, at, 1, flags & AttributeFlag.Transitive ? 1 : 0)
  walk.uint(Field.flagPartial, at, 1, flags & AttributeFlag.Partial ? 1 : 0)
  walk.uint(Field.flagExtended, at, 1, flags & AttributeFlag.ExtendedLength ? 1 : 0)
  walk.uint(Field.flagUnused, at, 1, flags & 15)
  walk.uint(Field.attributeType, at + 1, 1, type)
  walk.uint(Field.attributeLength, at + 2, header - 2, length)
}

/** Looks ahead for the encapsulation: it tells what the labels of EVPN routes in earlier attributes mean. */
function encapsulates(walk: Walk, begin: number): boolean {
  if (walk.recorder === null) return false
  for (let at = begin, n = 0; at + 4 <= walk.limit && n < MAX_ITEMS && walk.item(at); n++) {
    const header = walk.u8(at) & AttributeFlag.ExtendedLength ? 4 : 3
    const end = at + header + (header === 4 ? walk.u16(at + 2) : walk.u8(at + 2))
    if (walk.u8(at + 1) === Attribute.ExtendedCommunities && saysVxlan(walk, at + header, end)) return true
    at = end
  }
  return false
}

function attribute(walk: Walk, type: number, at: number, length: number, context: Context): void {
  const { route } = context
  switch (type) {
    case Attribute.Origin:
      if (walk.need(at, 1)) walk.uint(Field.origin, at, 1, walk.u8(at))
      return
    case Attribute.AsPath:
      asPath(walk, at, sizeOfNumbers(walk, at, context.peering), route)
      return
    case Attribute.As4Path: {
      const holder = route === null ? null : { ...route, path: context.path4 }
      asPath(walk, at, 4, holder)
      return
    }
    case Attribute.NextHop:
      if (!walk.need(at, 4)) return
      walk.range(Field.nextHop, at, 4)
      if (route !== null) route.nextHop ??= formatIpv4(walk.bytes, at)
      return
    case Attribute.MultiExit:
      if (!walk.need(at, 4)) return
      walk.uint(Field.multiExit, at, 4, walk.u32(at))
      if (route !== null) route.metric = walk.u32(at)
      return
    case Attribute.LocalPreference:
      if (!walk.need(at, 4)) return
      walk.uint(Field.localPreference, at, 4, walk.u32(at))
      if (route !== null) route.localPreference = walk.u32(at)
      return
    case Attribute.Aggregator:
    case Attribute.As4Aggregator: {
      const size = length === 6 ? 2 : 4
      if (!walk.need(at, size + 4)) return
      walk.uint(Field.aggregatorAs, at, size, size === 2 ? walk.u16(at) : walk.u32(at))
      walk.range(Field.aggregator, at + size, 4)
      return
    }
    case Attribute.Communities:
      communities(walk, at, route)
      return
    case Attribute.Originator:
      if (walk.need(at, 4)) walk.range(Field.originator, at, 4)
      return
    case Attribute.ClusterList:
      clusterList(walk, at)
      return
    case Attribute.Reach:
      reach(walk, at, context)
      return
    case Attribute.Unreach:
      unreach(walk, at, context)
      return
    case Attribute.ExtendedCommunities:
      extendedCommunities(walk, at)
      return
    case Attribute.LargeCommunities:
      largeCommunities(walk, at, route)
      return
    case Attribute.PmsiTunnel:
      pmsi(walk, at, length, context.vxlan)
      return
    case Attribute.PrefixSid:
      prefixSid(walk, at)
      return
    default:
      if (length > 0) walk.range(Field.data, at, length)
  }
}

function sizeOfNumbers(walk: Walk, begin: number, peering: Peering | undefined): 2 | 4 {
  const agreed = peering?.known ? (peering.fourByteAs[0] && peering.fourByteAs[1] ? 4 : 2) : 4
  return fills(walk, begin, agreed) || !fills(walk, begin, agreed === 4 ? 2 : 4) ? agreed : agreed === 4 ? 2 : 4
}

/** Do segments of numbers of this size end where the attribute ends? */
function fills(walk: Walk, begin: number, size: 2 | 4): boolean {
  let at = begin
  while (at + 2 <= walk.limit && walk.item(at)) {
    const type = walk.u8(at)
    if (type < 1 || type > 4) return false
    at += 2 + walk.u8(at + 1) * size
  }
  return at === walk.end
}

function asPath(walk: Walk, begin: number, size: 2 | 4, route: RouteDetail | null): void {
  for (let at = begin, n = 0; at < walk.end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 2); n++) {
    const type = walk.u8(at)
    const count = walk.u8(at + 1)
    walk.group(Field.segment, at, 2 + count * size)
    walk.uint(Field.segmentType, at, 1, type)
    walk.uint(Field.segmentLength, at + 1, 1, count)
    const numbers: number[] = []
    let from = at + 2
    for (let i = 0; i < count && walk.item(from) && walk.need(from, size); i++, from += size) {
      const value = size === 2 ? walk.u16(from) : walk.u32(from)
      walk.uint(size === 2 ? Field.segmentAs2 : Field.segmentAs4, from, size, value)
      if (route !== null) numbers.push(value)
    }
    walk.endGroup(-1, walk.titling ? 'AS path segment' : null)
    if (route !== null) addSegment(route, type, numbers)
    if (from < at + 2 + count * size) return
    at = from
  }
}

function carriesPaths(walk: Walk, peering: Peering | undefined, family: number, sub: number): boolean | null {
  return peering?.known ? peering.carriesPaths(walk.direction === 0 ? 0 : 1, (family << 8) | sub) : null
}

/** RFC 4760 section 3. */
function reach(walk: Walk, at: number, context: Context): void {
  if (!walk.need(at, 4)) return
  const family = walk.u16(at)
  const sub = walk.u8(at + 2)
  const size = walk.u8(at + 3)
  walk.uint(Field.reachFamily, at, 2, family)
  walk.uint(Field.reachSub, at + 2, 1, sub)
  if (!walk.need(at + 4, size + 1)) return
  nextHop(walk, at + 4, size, sub, context.route)
  const behind = at + 4 + size
  walk.uint(Field.reachReserved, behind, 1, walk.u8(behind))
  const paths = carriesPaths(walk, context.peering, family, sub)
  prefixes(walk, behind + 1, { family, sub, announces: true, multiprotocol: true, paths, vxlan: context.vxlan }, context.route)
}

/** An address, a global and a link-local one, with a route distinguisher in front of each for VPN families (RFC 2545, 4659, 8950). */
function nextHop(walk: Walk, begin: number, size: number, sub: number, route: RouteDetail | null): void {
  walk.range(Field.reachNextHop, begin - 1, size + 1)
  const head = sub === Sub.Vpn ? 8 : 0
  let at = begin
  const width = size === head + 4 ? 4 : size >= head + 16 ? 16 : 0
  if (width === 0) return
  if (head > 0) {
    walk.words(Field.reachNextHopRd, at, 8, walk.recorder === null ? '' : distinguisherText(walk, at))
    at += 8
  }
  walk.range(width === 4 ? Field.reachNextHop4 : Field.reachNextHop6, at, width)
  if (route !== null) route.nextHop = width === 4 ? formatIpv4(walk.bytes, at) : formatIpv6(walk.bytes, at)
  if (width === 16 && size === 2 * (head + 16)) walk.range(Field.reachLinkLocal, at + 16 + head, 16)
}

function unreach(walk: Walk, at: number, context: Context): void {
  if (!walk.need(at, 3)) return
  const family = walk.u16(at)
  const sub = walk.u8(at + 2)
  walk.uint(Field.unreachFamily, at, 2, family)
  walk.uint(Field.unreachSub, at + 2, 1, sub)
  const paths = carriesPaths(walk, context.peering, family, sub)
  prefixes(walk, at + 3, { family, sub, announces: false, multiprotocol: true, paths, vxlan: context.vxlan }, context.route)
}

/** The plain lists of IPv4 prefixes in an UPDATE. */
export function plainPrefixes(
  walk: Walk,
  begin: number,
  announces: boolean,
  peering: Peering | undefined,
  route: RouteDetail | null,
): void {
  const paths = carriesPaths(walk, peering, Family.Ipv4, Sub.Unicast)
  prefixes(walk, begin, { family: Family.Ipv4, sub: Sub.Unicast, announces, multiprotocol: false, paths, vxlan: false }, route)
}

/** RFC 6514 section 5. */
function pmsi(walk: Walk, at: number, length: number, vxlan: boolean): void {
  if (!walk.need(at, 5)) return
  const type = walk.u8(at + 1)
  walk.uint(Field.pmsiFlags, at, 1, walk.u8(at))
  walk.uint(Field.pmsiType, at + 1, 1, type)
  const label = walk.u24(at + 2)
  if (vxlan) walk.uint(Field.evpnVni, at + 2, 3, label)
  else walk.uint(Field.evpnLabel1, at + 2, 3, label >> 4)
  if (type === 6 && length === 9) walk.range(Field.pmsiReplication, at + 5, 4)
  else if (length > 5) walk.range(Field.data, at + 5, length - 5)
}
