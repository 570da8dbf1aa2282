/**
 * What ICMPv4 and ICMPv6 say, as signals: errors about a known flow, routers and redirects, neighbours (RFC 792, 4443, 4861, 826).
 * Errors are rare: each allocates its detail. An error whose quoted packet belongs to no flow that was seen has flow -1; whether that is a
 * forgery clue is judged from the packets, not here. Echo carries numbers only.
 */
import { formatAddress, formatMac } from '../../shared/address.ts'
import type { IcmpDetail, NeighbourDetail, RoutingDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'

/** Id of the address that sent this packet. */
export function senderOf(walk: Walk): number {
  return walk.addressSize === 0 ? -1 : walk.state.flows.addresses.intern(walk.bytes, walk.source, walk.addressSize)
}

/** The sender's link-layer address as in the frame; null when the link has none or the packet came out of a reassembled memory. */
export function senderMac(walk: Walk): string | null {
  return walk.linkSource < 0 || walk.memory !== 0 ? null : formatMac(walk.bytes, walk.linkSource)
}

/** Address that this packet was sent to. */
function receiverOf(walk: Walk): number {
  return walk.addressSize === 0 ? -1 : walk.state.flows.addresses.intern(walk.bytes, walk.destination, walk.addressSize)
}

/** Address inside the quote at `offset`; -1 when it is cut. */
function quotedAddress(walk: Walk, offset: number, size: 4 | 16): number {
  return offset + size > walk.limit ? -1 : walk.state.flows.addresses.intern(walk.bytes, offset, size)
}

/** After `dissectQuoted`; `quote` is where the quoted packet begins. An error about a flow that was never seen has flow -1. */
export function emitIcmpError(
  walk: Walk,
  version: 4 | 6,
  type: number,
  code: number,
  message: string,
  mtu: number | null,
  quote: number,
): void {
  const size = version === 4 ? 4 : 16
  const source = quote + (version === 4 ? 12 : 8)
  const detail: IcmpDetail = {
    version,
    type,
    code,
    message,
    reporter: senderOf(walk),
    quotedToken: walk.quotedToken < 0 ? null : walk.quotedToken,
    mtu,
    quotedSource: quotedAddress(walk, source, size),
    quotedDestination: quotedAddress(walk, source + size, size),
    quotedProtocol: quote + 10 > walk.limit ? -1 : walk.u8(quote + (version === 4 ? 9 : 6)),
    receiver: receiverOf(walk),
  }
  const s = walk.newSignal(SignalKind.IcmpError, SignalProtocol.Icmp)
  s.flow = walk.quotedFlow
  s.direction = walk.quotedDirection
  s.detail = detail
  walk.emit(s)
}

export function emitRouting(walk: Walk, detail: RoutingDetail): void {
  const s = walk.newSignal(SignalKind.Routing, SignalProtocol.Icmp)
  s.detail = detail
  walk.emit(s)
}

/** A routing detail that says nothing but who spoke. */
export function routingDetail(walk: Walk, message: RoutingDetail['message']): RoutingDetail {
  return {
    message,
    router: senderOf(walk),
    routerLifetime: null,
    preference: null,
    prefixes: [],
    routes: [],
    target: null,
    destination: null,
    mac: senderMac(walk),
    receiver: receiverOf(walk),
  }
}

/** Echo request or reply: numbers only. `identifier` is where identifier and sequence number stand. */
export function emitEcho(walk: Walk, identifier: number, reply: boolean): void {
  if (walk.quoted || !walk.signalling) return
  const s = walk.newSignal(SignalKind.Echo, SignalProtocol.Icmp)
  s.flow = -1
  s.sub = senderOf(walk)
  s.subSpan = receiverOf(walk)
  s.unit = walk.u32(identifier)
  s.span = reply ? 1 : 0
  walk.emit(s)
}

export function emitIpv4Solicitation(walk: Walk): void {
  emitRouting(walk, routingDetail(walk, 'router-solicitation'))
}

/** RFC 1256: a lifetime and addresses of routers, no prefixes. */
export function emitIpv4Advertisement(walk: Walk, offset: number): void {
  const detail = routingDetail(walk, 'router-advertisement')
  detail.routerLifetime = walk.u16(offset + 6)
  emitRouting(walk, detail)
}

/** Gateway at offset + 4, destination of the quoted IPv4 header. */
export function emitIpv4Redirect(walk: Walk, offset: number): void {
  const detail = routingDetail(walk, 'redirect')
  detail.target = formatAddress(walk.bytes, offset + 4, 4)
  const quotedDestination = offset + 8 + 16
  if (quotedDestination + 4 <= walk.limit) detail.destination = formatAddress(walk.bytes, quotedDestination, 4)
  emitRouting(walk, detail)
}

/**
 * An address asked for or answered for itself. `address` is its offset in `walk.bytes` (`size` bytes), `mac` the link-layer address
 * that the message gives to it, null when it gives none. Used by ARP and Neighbor Discovery alike.
 */
export function emitNeighbour(
  walk: Walk,
  message: NeighbourDetail['message'],
  address: number,
  size: 4 | 16,
  mac: string | null,
  hopLimit: number | null,
  more: Partial<NeighbourDetail> = {},
): void {
  if (!walk.signalling) return
  const detail: NeighbourDetail = { message, address: walk.state.flows.addresses.intern(walk.bytes, address, size), mac, hopLimit, ...more }
  const s = walk.newSignal(SignalKind.Neighbour, SignalProtocol.Neighbour)
  s.detail = detail
  walk.emit(s)
}
