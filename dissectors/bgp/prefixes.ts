/**
 * Lists of prefixes (RFC 4271 section 4.3), with path identifiers (RFC 7911), labels (RFC 8277), route distinguishers (RFC 4364) and EVPN routes
 * (RFC 7432). Whether path identifiers are there follows from the OPENs; without them a list is tried plain first: lengths that do not fit, bits
 * set behind a prefix's length or several default routes say that it is not.
 */
import { formatIpv4, formatIpv6 } from '../../shared/address.ts'
import type { RouteDetail } from '../../shared/signal-details.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { evpnRoutes } from './evpn.ts'
import { addPrefix } from './signals.ts'
import { Family, Field, Sub } from './wire.ts'

export interface PrefixList {
  family: number
  sub: number
  announces: boolean
  /** out of MP_REACH or MP_UNREACH, not of the UPDATE itself */
  multiprotocol: boolean
  /** null: the OPENs were not seen */
  paths: boolean | null
  /** labels of EVPN routes are virtual network identifiers */
  vxlan: boolean
}

const LABELS_END = 1
const WITHDRAWN_LABEL = 0x800000
/** length is counted in a byte: 255 bits hold at most 10 labels */
const MAX_LABELS = 10

const scratch = new Uint8Array(16)

/** Everything from `begin` to walk.end. */
export function prefixes(walk: Walk, begin: number, list: PrefixList, route: RouteDetail | null): void {
  if (list.family === Family.Layer2 && list.sub === Sub.Evpn) {
    evpnRoutes(walk, begin, list.vxlan)
    return
  }
  const known = list.sub === Sub.Unicast || list.sub === Sub.Multicast || list.sub === Sub.Labelled || list.sub === Sub.Vpn
  if (!known || (list.family !== Family.Ipv4 && list.family !== Family.Ipv6)) {
    if (walk.end > begin) walk.range(Field.data, begin, walk.end - begin)
    return
  }
  const paths = list.paths ?? looksLikePaths(walk, begin, list)
  for (let at = begin, n = 0; at >= 0 && at < walk.end && n < MAX_ITEMS && walk.item(at); n++) at = prefix(walk, at, list, paths, route)
}

/** Returns the offset behind the prefix; -1 when it is malformed or cut. */
function prefix(walk: Walk, begin: number, list: PrefixList, paths: boolean, route: RouteDetail | null): number {
  let at = begin
  let path: number | null = null
  if (paths) {
    if (!walk.need(at, 4)) return -1
    path = walk.u32(at)
    at += 4
  }
  if (!walk.need(at, 1)) return -1
  const bits = walk.u8(at)
  const size = (bits + 7) >> 3
  const end = at + 1 + size
  const width = list.family === Family.Ipv4 ? 4 : 16
  walk.group(Field.prefix, begin, end - begin)
  if (path !== null) walk.uint(Field.pathId, begin, 4, path)
  const vpn6 = list.sub === Sub.Vpn && width === 16
  walk.uint(vpn6 ? Field.vpn6Length : Field.prefixLength, at, 1, bits)
  let rest = bits
  let from = at + 1
  if (!walk.need(from, size)) {
    walk.endGroup()
    return -1
  }
  if (list.sub === Sub.Labelled || list.sub === Sub.Vpn) {
    const used = labels(walk, from, end)
    from += used
    rest -= used * 8
  }
  if (list.sub === Sub.Vpn && rest >= 64) {
    walk.words(vpn6 ? Field.vpn6Distinguisher : Field.distinguisher, from, 8, walk.recorder === null ? '' : distinguisherText(walk, from))
    from += 8
    rest -= 64
  }
  if (rest < 0 || rest > width * 8) {
    walk.malformed(at, `prefix length ${bits}`)
    walk.endGroup()
    return -1
  }
  scratch.fill(0)
  const bytes = (rest + 7) >> 3
  for (let i = 0; i < bytes; i++) scratch[i] = walk.bytes[from + i] as number
  if (rest & 7) scratch[bytes - 1] = (scratch[bytes - 1] as number) & (0xff00 >> (rest & 7))
  if (walk.recorder !== null || route !== null) {
    const text = width === 4 ? formatIpv4(scratch) : formatIpv6(scratch)
    walk.words(vpn6 ? Field.vpn6 : fieldOf(list), from, bytes, text)
    if (route !== null) addPrefix(route, list.announces, text, rest, path)
    walk.endGroup(-1, walk.titling ? `${text}/${rest}` : null)
  } else walk.endGroup()
  return end
}

function fieldOf(list: PrefixList): number {
  if (list.family === Family.Ipv6) return list.announces ? Field.reach6 : Field.unreach6
  if (list.multiprotocol) return list.announces ? Field.reach4 : Field.unreach4
  return list.announces ? Field.announced : Field.withdrawn
}

/** Labels up to the bottom of the stack, or the one value that stands for any in a withdrawal; bytes used. */
function labels(walk: Walk, begin: number, end: number): number {
  let text = ''
  let at = begin
  let bottom = false
  for (let n = 0; !bottom && n < MAX_LABELS && at + 3 <= end; n++) {
    const value = walk.u24(at)
    at += 3
    bottom = (value & LABELS_END) !== 0 || value === WITHDRAWN_LABEL || value === 0
    if (walk.recorder === null) continue
    if (value === WITHDRAWN_LABEL) text += `${text === '' ? '' : ','}0 (withdrawn)`
    else text += `${text === '' ? '' : ','}${value >> 4}${(value & LABELS_END) !== 0 ? ' (bottom)' : ''}`
  }
  walk.words(Field.labels, begin, at - begin, text)
  return at - begin
}

/** Three forms (RFC 4364 section 4.2): AS and number, address and number, 4-byte AS and number. */
export function distinguisherText(walk: Walk, at: number): string {
  switch (walk.u16(at)) {
    case 0:
      return `${walk.u16(at + 2)}:${walk.u32(at + 4)}`
    case 1:
      return `${formatIpv4(walk.bytes, at + 2)}:${walk.u16(at + 6)}`
    case 2:
      return `${walk.u32(at + 2)}:${walk.u16(at + 6)}`
    default:
      return `Unknown (0x${walk.u16(at).toString(16).padStart(4, '0')}) RD type`
  }
}

/** Nobody said whether path identifiers are there. */
function looksLikePaths(walk: Walk, begin: number, list: PrefixList): boolean {
  if (walk.end > walk.limit) return false
  return !parses(walk, begin, list, false) && parses(walk, begin, list, true)
}

function parses(walk: Walk, begin: number, list: PrefixList, paths: boolean): boolean {
  const plain = list.sub === Sub.Unicast || list.sub === Sub.Multicast
  const most = plain ? (list.family === Family.Ipv4 ? 32 : 128) : 255
  let defaults = 0
  let at = begin
  for (let n = 0; at < walk.end && n < MAX_ITEMS; n++) {
    if (paths) at += 4
    if (at >= walk.end || !walk.item(at)) return false
    const bits = walk.u8(at)
    const size = (bits + 7) >> 3
    if (bits > most || at + 1 + size > walk.end) return false
    if (bits === 0 && ++defaults > 1 && !paths) return false
    if ((bits & 7) !== 0 && ((walk.u8(at + size) << (bits & 7)) & 0xff) !== 0) return false
    at += 1 + size
  }
  return true
}
