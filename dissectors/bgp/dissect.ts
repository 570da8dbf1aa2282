/**
 * BGP-4 messages (RFC 4271 section 4), one unit of the TCP stream at a time: OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH.
 * Errors inside an UPDATE end the list they are in, not the message (RFC 7606): attributes and prefixes are still read where their lengths allow.
 * Cost without a recorder: UPDATEs are read for their signal, one detail a message.
 */
import type { RouteDetail } from '../../shared/signal-details.ts'
import { escapeText } from '../core/values.ts'
import type { Walk } from '../core/walk.ts'
import { attributes, plainPrefixes } from './attributes.ts'
import { open } from './open.ts'
import { emitNotification, emitOpened, emitRefresh, emitRoute, newRoute } from './signals.ts'
import { peerings } from './state.ts'
import { bgp, Field, HEADER, MAJOR_ERRORS, MARKER, MESSAGE_NAMES, Message, MINOR_ERRORS } from './wire.ts'

const decoder = new TextDecoder()
/** bytes of an operator's words that a cause quotes; all of them are in the field */
const MAX_WORDS = 120

/** One message, from its marker to walk.end. */
export function dissectBgp(walk: Walk, offset: number): void {
  walk.layer(bgp.protocol, bgp.root, offset, walk.end - offset)
  if (!walk.need(offset, HEADER)) {
    walk.endLayer()
    return
  }
  const type = walk.u8(offset + MARKER + 2)
  walk.range(Field.marker, offset, MARKER)
  walk.uint(Field.length, offset + MARKER, 2, walk.u16(offset + MARKER))
  walk.uint(Field.type, offset + MARKER + 2, 1, type)
  if (walk.describing) walk.info += `${walk.info === '' ? '' : ', '}${MESSAGE_NAMES[type] ?? `type ${type}`} Message`
  const at = offset + HEADER
  switch (type) {
    case Message.Open:
      open(walk, at)
      break
    case Message.Update:
      update(walk, at)
      break
    case Message.Notification:
      notification(walk, at)
      break
    case Message.Keepalive:
      keepalive(walk)
      break
    case Message.RouteRefresh:
    case Message.CiscoRouteRefresh:
      refresh(walk, at)
      break
    default:
      if (walk.end > at) walk.range(Field.data, at, walk.end - at)
  }
  walk.endLayer(-1, walk.titling ? `Border Gateway Protocol - ${MESSAGE_NAMES[type] ?? 'unknown'} Message` : null)
}

/** Has this pass a sink, and is it the first one? */
function tells(walk: Walk): boolean {
  return walk.signalling && !walk.state.frozen
}

function update(walk: Walk, begin: number): void {
  const peering = walk.flow < 0 ? undefined : walk.state.of(peerings).get(walk.flow)
  const route: RouteDetail | null = tells(walk) ? newRoute() : null
  const end = walk.end
  if (!walk.need(begin, 2)) return
  const withdrawn = walk.u16(begin)
  walk.uint(Field.withdrawnLength, begin, 2, withdrawn)
  const behind = begin + 2 + withdrawn
  if (behind + 2 > end) {
    walk.malformed(begin, `withdrawn routes of ${withdrawn} bytes, ${end - begin - 2} bytes left`)
    return
  }
  if (withdrawn > 0) {
    walk.limitTo(behind)
    plainPrefixes(walk, begin + 2, false, peering, route)
    walk.restore(end)
  }
  if (!walk.need(behind, 2)) return
  const length = walk.u16(behind)
  walk.uint(Field.attributesLength, behind, 2, length)
  const list = behind + 2 + length
  if (list > end) {
    walk.malformed(behind, `path attributes of ${length} bytes, ${end - behind - 2} bytes left`)
    return
  }
  walk.limitTo(list)
  attributes(walk, behind + 2, peering, route)
  walk.restore(end)
  if (list < end) {
    plainPrefixes(walk, list, true, peering, route)
    if (route !== null) route.endOfTable = false
  }
  if (route !== null) emitRoute(walk, route)
}

const MINOR: Readonly<Record<number, number>> = {
  2: Field.minorOpen,
  3: Field.minorUpdate,
  4: Field.minorExpired,
  5: Field.minorState,
  6: Field.minorCease,
}

function notification(walk: Walk, at: number): void {
  if (!walk.need(at, 2)) return
  const major = walk.u8(at)
  const minor = walk.u8(at + 1)
  walk.uint(Field.majorError, at, 1, major)
  walk.uint(major === 1 ? Field.minorError : (MINOR[major] ?? Field.minorUnknown), at + 1, 1, minor)
  const length = walk.end - at - 2
  let said = ''
  if (length > 0) {
    // RFC 9003: a text of at most 255 bytes behind its length.
    const speaks = major === 6 && (minor === 2 || minor === 4) && walk.need(at + 2, 1)
    if (speaks && walk.u8(at + 2) === length - 1) {
      walk.uint(Field.communicationLength, at + 2, 1, length - 1)
      if (length > 1) walk.range(Field.communication, at + 3, length - 1)
      said = words(walk, at + 3, length - 1)
    } else walk.range(Field.minorData, at + 2, length)
  }
  if (!tells(walk)) return
  emitNotification(walk, `${errorText(major, minor)}${said}`)
}

/** 'Cease: Administratively shut down', 'OPEN message error: Bad peer AS', 'Hold timer expired'; a subcode without a name is a number. */
export function errorText(major: number, minor: number): string {
  const error = MAJOR_ERRORS[major] ?? `error ${major}`
  return minor === 0 ? error : `${error}: ${MINOR_ERRORS[major]?.[minor] ?? `subcode ${minor}`}`
}

/** What the operator wrote, in quotation marks. */
function words(walk: Walk, at: number, length: number): string {
  if (length === 0 || !walk.need(at, length)) return ''
  const text = decoder.decode(walk.bytes.subarray(at, at + Math.min(length, MAX_WORDS)))
  return ` ("${escapeText(text)}${length > MAX_WORDS ? '…' : ''}")`
}

function keepalive(walk: Walk): void {
  if (!tells(walk) || walk.flow < 0) return
  const peering = walk.state.of(peerings).get(walk.flow)
  if (peering === undefined) return
  peering.keepalive[walk.direction === 0 ? 0 : 1] = true
  if (peering.opened || !peering.known || !peering.keepalive[0] || !peering.keepalive[1]) return
  peering.opened = true
  emitOpened(walk)
}

/** RFC 2918; the subtype marks begin and end of a refresh (RFC 7313). */
function refresh(walk: Walk, at: number): void {
  if (!walk.need(at, 4)) return
  const subtype = walk.u8(at + 2)
  walk.uint(Field.refreshFamily, at, 2, walk.u16(at))
  walk.uint(Field.refreshSubtype, at + 2, 1, subtype)
  walk.uint(Field.refreshSub, at + 3, 1, walk.u8(at + 3))
  if (walk.end > at + 4) walk.range(Field.data, at + 4, walk.end - at - 4)
  const words = subtype === 1 ? ' begins' : subtype === 2 ? ' ends' : ''
  if (tells(walk)) emitRefresh(walk, `ROUTE-REFRESH${words} AFI ${walk.u16(at)} SAFI ${walk.u8(at + 3)}`)
}
