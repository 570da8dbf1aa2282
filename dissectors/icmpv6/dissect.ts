/**
 * ICMPv6 (RFC 4443 and the protocols that use it, see wire.ts). Errors are matched to the flow of the packet that they quote.
 * A type that is not known is shown as bytes; a wrong checksum is shown and changes nothing. Cost in the index pass: a few reads; errors,
 * router and neighbor messages also what their signals need.
 */

import { finish, pseudoHeader, sumWords } from '../core/checksum.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { recordExtendedEcho } from '../icmp/echo.ts'
import { dissectExtensions, extensionsAt, LEGACY_QUOTE } from '../icmp/extensions.ts'
import { dissectQuoted } from '../icmp/quoted.ts'
import { emitEcho, emitIcmpError } from '../icmp/signals.ts'
import { emitLocatorUpdate, recordNonceVerdict } from '../ilnp/locator-update.ts'
import { dissectProfilePart } from '../profile/dissect.ts'
import { PROFILES } from '../profile/table.ts'
import { dissectDiscovery } from './discovery.ts'
import { emitJoins, recordListener } from './listener.ts'
import { recordMobility } from './mobility.ts'
import { recordNodeInformation } from './node-information.ts'
import { recordRenumbering } from './renumbering.ts'
import {
  echoIdentifier,
  echoNonce,
  echoSequence,
  extendedEcho,
  HEADER_SIZE,
  icmpv6,
  icmpv6Checksum,
  icmpv6ChecksumStatus,
  icmpv6Code,
  icmpv6Data,
  icmpv6Length,
  icmpv6Mtu,
  icmpv6Pointer,
  icmpv6Reserved,
  icmpv6Type,
  messageName,
  Type,
} from './wire.ts'

const NEXT_HEADER_ICMPV6 = 58

export function dissectIcmpv6(walk: Walk, offset: number): void {
  walk.layer(icmpv6.protocol, icmpv6.root, offset, walk.end - offset)
  if (walk.need(offset, 4)) {
    const type = walk.u8(offset)
    const code = walk.u8(offset + 1)
    if (walk.recorder !== null) recordHeader(walk, offset, type, code)
    body(walk, offset, type, code)
  }
  walk.endLayer()
}

function recordHeader(walk: Walk, offset: number, type: number, code: number): void {
  walk.uint(icmpv6Type, offset, 1, type)
  walk.uint(icmpv6Code, offset + 1, 1, code)
  walk.uint(icmpv6Checksum, offset + 2, 2, walk.u16(offset + 2))
  walk.uint(icmpv6ChecksumStatus, offset + 2, 0, checksumStatus(walk, offset))
  walk.generated()
  if (!walk.quoted) walk.info = messageName(type, code)
}

/** RFC 4443 section 2.3: over the pseudo header and the message. */
function checksumStatus(walk: Walk, offset: number): number {
  if (walk.quoted || walk.limit < walk.end || walk.addressSize !== 16) return 2
  const length = walk.end - offset
  const sum = pseudoHeader(walk.bytes, walk.checksumSource, walk.checksumDestination, 16, NEXT_HEADER_ICMPV6, length)
  return finish(sumWords(walk.bytes, offset, walk.end, sum)) === 0 ? 1 : 0
}

function body(walk: Walk, offset: number, type: number, code: number): void {
  switch (type) {
    case Type.Unreachable:
    case Type.TooBig:
    case Type.TimeExceeded:
    case Type.ParameterProblem:
      if (walk.need(offset, HEADER_SIZE)) error(walk, offset, type, code)
      return
    case Type.RouterSolicitation:
    case Type.RouterAdvertisement:
    case Type.NeighborSolicitation:
    case Type.NeighborAdvertisement:
    case Type.Redirect:
    case Type.InverseSolicitation:
    case Type.InverseAdvertisement:
      dissectDiscovery(walk, offset, type)
      return
    default: {
      const table = walk.state.of(PROFILES)
      if (!table.empty && dissectProfilePart(walk, offset + 4, walk.end, table.icmpv6Types.get(type))) return
      if (walk.recorder !== null) rest(walk, offset, type, code)
      if ((type === Type.Echo || type === Type.EchoReply) && offset + 8 <= walk.limit) emitEcho(walk, offset + 4, type === Type.EchoReply)
      if (type === Type.LocatorUpdate && walk.signalling) emitLocatorUpdate(walk, offset)
    }
  }
}

/** Everything that matters to fields only. */
function rest(walk: Walk, offset: number, type: number, code: number): void {
  const at = offset + 4
  switch (type) {
    case Type.Echo:
    case Type.EchoReply:
      if (walk.need(at, 4)) echo(walk, at, type)
      return
    case Type.ExtendedEcho:
    case Type.ExtendedEchoReply:
      if (!walk.need(at, 4)) return
      walk.uint(echoIdentifier, at, 2, walk.u16(at))
      recordExtendedEcho(walk, extendedEcho, at + 2, type === Type.ExtendedEchoReply)
      if (type === Type.ExtendedEcho) dissectExtensions(walk, at + 4)
      else leftover(walk, at + 4)
      return
    case Type.ListenerQuery:
    case Type.ListenerReport:
    case Type.ListenerDone:
    case Type.ListenerReport2:
      recordListener(walk, offset, type)
      if (walk.signalling && !walk.quoted) emitJoins(walk, offset, type)
      return
    case Type.RouterRenumbering:
      recordRenumbering(walk, at, code)
      return
    case Type.NodeQuery:
    case Type.NodeReply:
      recordNodeInformation(walk, at, type, code)
      return
    case Type.HomeAgentRequest:
    case Type.HomeAgentReply:
    case Type.MobilePrefixSolicitation:
    case Type.MobilePrefixAdvertisement:
    case Type.CertificationPathSolicitation:
    case Type.CertificationPathAdvertisement:
    case Type.ExperimentalMobility:
    case Type.MulticastRouterAdvertisement:
    case Type.MulticastRouterSolicitation:
    case Type.MulticastRouterTermination:
    case Type.FastHandover:
    case Type.LocatorUpdate:
    case Type.DuplicateAddressRequest:
    case Type.DuplicateAddressConfirmation:
      recordMobility(walk, at, type)
      if (type === Type.LocatorUpdate) recordNonceVerdict(walk, offset)
      return
    default:
      if (at < walk.end) walk.range(icmpv6Data, at, walk.end - at)
  }
}

const TEREDO_PORT = 3544

function echo(walk: Walk, at: number, type: number): void {
  walk.uint(echoIdentifier, at, 2, walk.u16(at))
  walk.uint(echoSequence, at + 2, 2, walk.u16(at + 2))
  if (!walk.quoted) walk.info += ` id=0x${walk.u16(at).toString(16).padStart(4, '0')}, seq=${walk.u16(at + 2)}, hop limit=${walk.hopLimit}`
  const data = at + 4
  if (type === Type.Echo && walk.destinationPort === TEREDO_PORT && data < walk.end) walk.range(echoNonce, data, walk.end - data)
  else leftover(walk, data)
}

function error(walk: Walk, offset: number, type: number, code: number): void {
  const quote = offset + HEADER_SIZE
  // RFC 4884 section 4: the length counts 8-byte units here.
  const extensible = type === Type.Unreachable || type === Type.TimeExceeded
  const length = extensible ? walk.u8(offset + 4) * 8 : 0
  if (walk.recorder !== null) recordErrorHeader(walk, offset + 4, type, length)
  // A payload length of 0 (a jumbo payload) tells nothing.
  const payload = quote + 6 <= walk.limit ? walk.u16(quote + 4) : 0
  const datagram = payload === 0 ? Number.POSITIVE_INFINITY : payload + 40
  const extensions = extensible ? extensionsAt(walk, quote, length, datagram) : -1
  const end = extensions < 0 ? walk.end : length > 0 ? extensions : Math.min(extensions, quote + LEGACY_QUOTE)
  dissectQuoted(walk, quote, end, 6)
  if (extensions >= 0) dissectExtensions(walk, extensions)
  if (walk.signalling)
    emitIcmpError(walk, 6, type, code, messageName(type, code), type === Type.TooBig ? walk.u32(offset + 4) : null, quote)
}

/** The four bytes between checksum and quote. */
function recordErrorHeader(walk: Walk, at: number, type: number, length: number): void {
  if (type === Type.TooBig) {
    walk.uint(icmpv6Mtu, at, 4, walk.u32(at))
    if (!walk.quoted) walk.info += ` (MTU ${walk.u32(at)})`
  } else if (type === Type.ParameterProblem) walk.uint(icmpv6Pointer, at, 4, walk.u32(at))
  else if (length > 0) {
    walk.uint(icmpv6Length, at, 1, length / 8)
    walk.range(icmpv6Reserved, at + 1, 3)
  } else walk.range(icmpv6Reserved, at, 4)
}
