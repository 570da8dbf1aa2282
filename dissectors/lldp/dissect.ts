/**
 * LLDP: what the neighbour on the link says of itself, and that its port goes down (time to live 0, IEEE 802.1AB-2016 clause 9.1.2.2 and 9.2.7.1).
 * An element longer than the frame ends the frame. One signal for a shutdown, none else.
 */
import type { LinkDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { CHASSIS_MAC, CHASSIS_NETWORK, ELEMENTS, Element, Field, lldp, PORT_MAC, PORT_NETWORK } from './wire.ts'

export function dissectLldp(walk: Walk, offset: number): void {
  walk.layer(lldp.protocol, lldp.root, offset, walk.end - offset)
  if (walk.describing) walk.info = 'LLDP'
  let at = offset
  while (at < walk.end && walk.item(at) && walk.need(at, 2)) {
    const head = walk.u16(at)
    const type = head >> 9
    const length = head & 0x1ff
    if (at + 2 + length > walk.end) {
      walk.malformed(at, `element of ${length} bytes, ${walk.end - at - 2} are left`)
      break
    }
    walk.group(Field.element, at, 2 + length, walk.titling ? (ELEMENTS[type] ?? `Element ${type}`) : null)
    walk.uint(Field.type, at, 2, type)
    walk.uint(Field.length, at, 2, length)
    if (length > 0 && walk.need(at + 2, length)) element(walk, type, at + 2, length)
    walk.endGroup()
    at += 2 + length
    if (type === Element.End) break
  }
  walk.endLayer(at - offset)
}

function element(walk: Walk, type: number, at: number, length: number): void {
  switch (type) {
    case Element.Chassis:
      identifier(walk, at, length, CHASSIS_MAC, CHASSIS_NETWORK, CHASSIS)
      break
    case Element.Port:
      identifier(walk, at, length, PORT_MAC, PORT_NETWORK, PORT)
      break
    case Element.TimeToLive:
      if (length >= 2) timeToLive(walk, at)
      break
    case Element.PortDescription:
      walk.range(Field.portDescription, at, length)
      break
    case Element.SystemName:
      walk.range(Field.systemName, at, length)
      break
    case Element.SystemDescription:
      walk.range(Field.systemDescription, at, length)
      break
    case Element.Capabilities:
      if (length >= 4) capabilities(walk, at)
      break
    case Element.Management:
      management(walk, at, at + length)
      break
    case Element.Organization:
      if (length < 4) return
      walk.uint(Field.organization, at, 3, walk.u24(at))
      walk.uint(Field.organizationSubtype, at + 3, 1, walk.u8(at + 3))
      if (length > 4) walk.range(Field.unknown, at + 4, length - 4)
      break
    default:
      walk.range(Field.unknown, at, length)
  }
}

interface IdentifierFields {
  subtype: number
  mac: number
  ipv4: number
  ipv6: number
  other: number
}

const CHASSIS: IdentifierFields = {
  subtype: Field.chassisSubtype,
  mac: Field.chassisMac,
  ipv4: Field.chassis4,
  ipv6: Field.chassis6,
  other: Field.chassis,
}
const PORT: IdentifierFields = { subtype: Field.portSubtype, mac: Field.portMac, ipv4: Field.port4, ipv6: Field.port6, other: Field.port }

function identifier(walk: Walk, at: number, length: number, mac: number, network: number, fields: IdentifierFields): void {
  const subtype = walk.u8(at)
  walk.uint(fields.subtype, at, 1, subtype)
  if (length === 1) return
  if (subtype === mac && length === 7) walk.range(fields.mac, at + 1, 6)
  else if (subtype === network && length === 6 && walk.u8(at + 1) === 1) walk.range(fields.ipv4, at + 2, 4)
  else if (subtype === network && length === 18 && walk.u8(at + 1) === 2) walk.range(fields.ipv6, at + 2, 16)
  else walk.range(fields.other, at + 1, length - 1)
}

function timeToLive(walk: Walk, at: number): void {
  const seconds = walk.u16(at)
  walk.uint(Field.timeToLive, at, 2, seconds)
  if (walk.describing) walk.info = seconds === 0 ? 'LLDP: the port shuts down' : `LLDP, holds for ${seconds} s`
  if (seconds !== 0 || !walk.signalling || walk.state.frozen) return
  const detail: LinkDetail = { message: 'LLDP says that its port shuts down', what: 'link-down', interfaceName: null, subject: null }
  const s = walk.newSignal(SignalKind.Link, SignalProtocol.Neighbour)
  s.detail = detail
  walk.emit(s)
}

function capabilities(walk: Walk, at: number): void {
  const has = walk.u16(at)
  const uses = walk.u16(at + 2)
  walk.uint(Field.capabilities, at, 2, has)
  walk.uint(Field.bridge, at, 2, (has >> 2) & 1)
  walk.uint(Field.router, at, 2, (has >> 4) & 1)
  walk.uint(Field.station, at, 2, (has >> 7) & 1)
  walk.uint(Field.enabled, at + 2, 2, uses)
  walk.uint(Field.enabledBridge, at + 2, 2, (uses >> 2) & 1)
  walk.uint(Field.enabledRouter, at + 2, 2, (uses >> 4) & 1)
  walk.uint(Field.enabledStation, at + 2, 2, (uses >> 7) & 1)
}

function management(walk: Walk, at: number, end: number): void {
  const length = walk.u8(at)
  walk.uint(Field.addressLength, at, 1, length)
  if (length < 1 || at + 1 + length + 6 > end) {
    walk.malformed(at, `management address of ${length} bytes does not fit its element`)
    return
  }
  const family = walk.u8(at + 1)
  walk.uint(Field.addressFamily, at + 1, 1, family)
  if (family === 1 && length === 5) walk.range(Field.address4, at + 2, 4)
  else if (family === 2 && length === 17) walk.range(Field.address6, at + 2, 16)
  else if (length > 1) walk.range(Field.addressBytes, at + 2, length - 1)
  const after = at + 1 + length
  walk.uint(Field.interfaceSubtype, after, 1, walk.u8(after))
  walk.uint(Field.interfaceNumber, after + 1, 4, walk.u32(after + 1))
  walk.uint(Field.objectLength, after + 5, 1, walk.u8(after + 5))
}
