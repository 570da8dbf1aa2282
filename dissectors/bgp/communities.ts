/** Communities (RFC 1997), extended ones (RFC 4360, 5668, 7432, 4577) and large ones (RFC 8092), as fields and as text for signals. */
import type { RouteDetail } from '../../shared/signal-details.ts'
import type { Walk } from '../core/walk.ts'
import { addCommunity } from './signals.ts'
import { Field, WELL_KNOWN } from './wire.ts'

export function communities(walk: Walk, begin: number, route: RouteDetail | null): void {
  for (let at = begin; at < walk.end && walk.item(at) && walk.need(at, 4); at += 4) {
    const value = walk.u32(at)
    if (WELL_KNOWN[value] !== undefined) walk.uint(Field.communityKnown, at, 4, value)
    else {
      walk.uint(Field.communityAs, at, 2, value >>> 16)
      walk.uint(Field.communityValue, at + 2, 2, value & 0xffff)
    }
    if (route !== null) addCommunity(route, `${value >>> 16}:${value & 0xffff}`)
  }
}

export function largeCommunities(walk: Walk, begin: number, route: RouteDetail | null): void {
  for (let at = begin; at < walk.end && walk.item(at) && walk.need(at, 12); at += 12) {
    if (walk.recorder === null && route === null) continue
    const text = `${walk.u32(at)}:${walk.u32(at + 4)}:${walk.u32(at + 8)}`
    walk.words(Field.large, at, 12, text)
    walk.uint(Field.largeAdministrator, at, 4, walk.u32(at))
    walk.uint(Field.largePart1, at + 4, 4, walk.u32(at + 4))
    walk.uint(Field.largePart2, at + 8, 4, walk.u32(at + 8))
    if (route !== null) addCommunity(route, text)
  }
}

const OPAQUE_ENCAPSULATION = 0x030c
const VXLAN = 8
const NVGRE = 9
const VXLAN_GPE = 12
const GENEVE = 19

/** Does an encapsulation community in `begin..end` say that labels are virtual network identifiers (RFC 8365 section 5.1.3)? */
export function saysVxlan(walk: Walk, begin: number, end: number): boolean {
  for (let at = begin; at + 8 <= end && at + 8 <= walk.limit && walk.item(at); at += 8) {
    const tunnel = walk.u16(at + 6)
    if (walk.u16(at) === OPAQUE_ENCAPSULATION && (tunnel === VXLAN || tunnel === NVGRE || tunnel === VXLAN_GPE || tunnel === GENEVE))
      return true
  }
  return false
}

const SUBTYPES: Readonly<Record<number, number>> = {
  0: Field.extendedAs2,
  64: Field.extendedAs2Local,
  1: Field.extendedIp,
  65: Field.extendedIpLocal,
  2: Field.extendedAs4,
  66: Field.extendedAs4Local,
  3: Field.extendedOpaque,
  67: Field.extendedOpaqueLocal,
  6: Field.extendedEvpn,
  128: Field.extendedExperimental,
}

export function extendedCommunities(walk: Walk, begin: number): void {
  if (walk.recorder === null) return
  for (let at = begin; at < walk.end && walk.item(at) && walk.need(at, 8); at += 8) {
    const type = walk.u8(at)
    walk.uint(Field.extendedType, at, 1, type)
    walk.uint(Field.extendedAuthority, at, 1, type >> 7)
    walk.uint(Field.extendedNonTransitive, at, 1, (type >> 6) & 1)
    const field = SUBTYPES[type]
    if (field === undefined) {
      walk.range(Field.data, at + 1, 7)
      continue
    }
    const subtype = walk.u8(at + 1)
    walk.uint(field, at + 1, 1, subtype)
    value(walk, type, subtype, at + 2)
  }
}

function value(walk: Walk, type: number, subtype: number, at: number): void {
  switch (type & ~0x40) {
    case 0:
      walk.uint(Field.valueAs2, at, 2, walk.u16(at))
      // Link bandwidth (draft-ietf-idr-link-bandwidth): an IEEE float of bytes a second.
      if (subtype === 4) walk.words(Field.valueBandwidth, at + 2, 4, floatText(walk, at + 2))
      else walk.uint(Field.valueNumber4, at + 2, 4, walk.u32(at + 2))
      return
    case 1:
      walk.range(Field.valueIp, at, 4)
      walk.uint(Field.valueNumber2, at + 4, 2, walk.u16(at + 4))
      return
    case 2:
      walk.uint(Field.valueAs4, at, 4, walk.u32(at))
      walk.uint(Field.valueNumber2, at + 4, 2, walk.u16(at + 4))
      return
    case 3:
      if (subtype === 0x0c) walk.uint(Field.valueTunnel, at + 4, 2, walk.u16(at + 4))
      else walk.range(Field.data, at, 6)
      return
    case 6:
      if (subtype !== 0) {
        walk.range(Field.data, at, 6)
        return
      }
      walk.uint(Field.mobilityFlags, at, 1, walk.u8(at))
      walk.uint(Field.mobilitySticky, at, 1, walk.u8(at) & 1)
      walk.uint(Field.mobilitySequence, at + 2, 4, walk.u32(at + 2))
      return
    default:
      experimental(walk, subtype, at)
  }
}

function experimental(walk: Walk, subtype: number, at: number): void {
  if (subtype === 0) {
    walk.range(Field.ospfArea, at, 4)
    walk.uint(Field.ospfType, at + 4, 1, walk.u8(at + 4))
    walk.uint(Field.ospfOptions, at + 5, 1, walk.u8(at + 5))
    walk.uint(Field.ospfMetric, at + 5, 1, walk.u8(at + 5) & 1)
  } else if (subtype === 1) walk.range(Field.ospfRouter, at, 4)
  else walk.range(Field.data, at, 6)
}

function floatText(walk: Walk, at: number): string {
  const view = new DataView(walk.bytes.buffer, walk.bytes.byteOffset + at, 4)
  return String(Number(view.getFloat32(0).toPrecision(6)))
}

export function clusterList(walk: Walk, begin: number): void {
  for (let at = begin; at < walk.end && walk.item(at) && walk.need(at, 4); at += 4) walk.range(Field.cluster, at, 4)
}
