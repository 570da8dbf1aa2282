/**
 * IPv6 (RFC 8200) and its extension headers, in a loop: hop-by-hop, routing, destination options, fragment. The upper layer, the
 * authentication header among it, goes by the protocol table; mobility, HIP and Shim6 headers are upper layers here.
 * A payload length of 0 is a jumbo payload (RFC 2675) or segmentation offload: then the frame's end counts. A quoted packet may be
 * longer than its quote. Cost without a recorder: some ten reads and one look-up; no allocation but for fragments.
 */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { IP_PROTOCOL_NAMES, IpProtocol } from '../ip/protocols.ts'
import { dissectUpper } from '../ip/upper.ts'
import { ipVersion } from '../ip/wire.ts'
import { dissectFragmentHeader } from './fragment.ts'
import { dissectOptionsHeader } from './options.ts'
import { recordRevealed } from './reveal.ts'
import { dissectRouting } from './routing.ts'
import { title } from './title.ts'
import { callWatchers } from './watch.ts'
import {
  At,
  destinationFields,
  destinationReveals,
  hopByHopFields,
  IPV6_SIZE,
  ipv6,
  ipv6Class,
  ipv6Destination,
  ipv6Dscp,
  ipv6Ecn,
  ipv6Flow,
  ipv6HopLimit,
  ipv6Next,
  ipv6PayloadLength,
  ipv6Source,
  ipv6Version,
  sourceReveals,
} from './wire.ts'

export function dissectIpv6(walk: Walk, offset: number): void {
  if (!walk.need(offset, IPV6_SIZE)) return
  if (walk.u8(offset) >> 4 !== 6) {
    walk.malformed(offset, `IP version ${walk.u8(offset) >> 4} in an IPv6 header`)
    walk.layer(ipv6.protocol, ipv6.root, offset, 1)
    if (walk.recorder !== null) {
      walk.uint(ipVersion, offset, 1, walk.u8(offset) >> 4)
      walk.uint(ipv6Version, offset, 1, walk.u8(offset) >> 4)
    }
    walk.endLayer()
    leftover(walk, offset)
    return
  }
  const payload = walk.u16(offset + At.PayloadLength)
  const { captured, end } = walk
  const layerEnd = payload === 0 ? end : offset + IPV6_SIZE + payload
  if (layerEnd <= end) walk.limitTo(layerEnd)
  else if (walk.quoted) {
    walk.captured = walk.limit
    walk.end = layerEnd
  } else
    walk.malformed(offset + At.PayloadLength, `payload length ${payload}, but only ${end - offset - IPV6_SIZE} bytes are left in the frame`)

  walk.addressSize = 16
  if (!walk.quoted) walk.networks++
  walk.source = offset + At.Source
  walk.destination = offset + At.Destination
  walk.checksumSource = walk.source
  walk.checksumDestination = walk.destination
  walk.extensions = 0
  walk.hopLimit = walk.u8(offset + At.HopLimit)
  walk.layer(ipv6.protocol, ipv6.root, offset, IPV6_SIZE)
  if (walk.recorder !== null) recordHeader(walk, offset)
  extensionHeaders(walk, offset, walk.u8(offset + At.NextHeader), offset + IPV6_SIZE, payload)
  walk.captured = captured
  walk.restore(end)
}

/** Goes on to the upper layer; the IPv6 layer is open on entry and closed when this returns. */
function extensionHeaders(walk: Walk, offset: number, first: number, begin: number, payload: number): void {
  let next = first
  let at = begin
  for (let n = 0; n < MAX_ITEMS; n++) {
    if (!walk.item(at)) break
    if (next === IpProtocol.Fragment) {
      if (dissectFragmentHeader(walk, offset, at)) return
      // An atomic fragment (RFC 6946) is a whole datagram.
      next = walk.u8(at)
      at += 8
      continue
    }
    if (next !== IpProtocol.HopByHop && next !== IpProtocol.DestinationOptions && next !== IpProtocol.Routing) break
    if (!walk.need(at, 8)) break
    const size = 8 * (walk.u8(at + 1) + 1)
    const whole = walk.need(at, size)
    let jumbo = 0
    if (next === IpProtocol.Routing) dissectRouting(walk, at, size)
    else {
      jumbo = dissectOptionsHeader(walk, next === IpProtocol.HopByHop ? hopByHopFields : destinationFields, at, size)
      if (jumbo > 0 && payload === 0 && offset + IPV6_SIZE + jumbo <= walk.end) walk.limitTo(offset + IPV6_SIZE + jumbo)
    }
    if (!whole || jumbo < 0) {
      // What is behind a broken header cannot be trusted to be where it seems.
      walk.endLayer(Math.min(at + size, walk.limit) - offset, walk.titling ? title(walk, offset) : null)
      return
    }
    next = walk.u8(at)
    at += size
  }
  walk.endLayer(at - offset, walk.titling ? title(walk, offset) : null)
  walk.ipProtocol = next
  // Behind 59 there is nothing (RFC 8200 section 4.7); an extension header that is left here was cut or runs past the end.
  const unread = next === IpProtocol.HopByHop || next === IpProtocol.DestinationOptions || next === IpProtocol.Routing
  if (unread || next === IpProtocol.NoNext) leftover(walk, at)
  else {
    const tunnel = next === IpProtocol.Ipv6 || next === IpProtocol.Ipv4
    if ((walk.extensions !== 0 || walk.state.watched !== 0 || tunnel) && walk.signalling) callWatchers(walk, next, at)
    dissectUpper(walk, next, at)
  }
}

function recordHeader(walk: Walk, offset: number): void {
  const word = walk.u32(offset)
  const traffic = (word >>> 20) & 255
  const next = walk.u8(offset + At.NextHeader)
  walk.uint(ipVersion, offset, 1, 6)
  walk.uint(ipv6Version, offset, 1, 6)
  walk.uint(ipv6Class, offset, 4, traffic)
  walk.uint(ipv6Dscp, offset, 4, traffic >> 2)
  walk.uint(ipv6Ecn, offset, 4, traffic & 3)
  walk.uint(ipv6Flow, offset, 4, word & 0xfffff)
  walk.uint(ipv6PayloadLength, offset + At.PayloadLength, 2, walk.u16(offset + At.PayloadLength))
  walk.uint(ipv6Next, offset + At.NextHeader, 1, next)
  walk.uint(ipv6HopLimit, offset + At.HopLimit, 1, walk.u8(offset + At.HopLimit))
  walk.range(ipv6Source, offset + At.Source, 16)
  recordRevealed(walk, sourceReveals, offset + At.Source)
  walk.range(ipv6Destination, offset + At.Destination, 16)
  recordRevealed(walk, destinationReveals, offset + At.Destination)
  if (!walk.quoted) walk.info = IP_PROTOCOL_NAMES[next] ?? `next header ${next}`
}

/** An extension header where no IPv6 header stands before it: first in a reassembled datagram, or behind an authentication header. */
export function dissectLooseDestinationOptions(walk: Walk, offset: number): void {
  const size = looseSize(walk, offset)
  if (size === 0) return
  dissectOptionsHeader(walk, destinationFields, offset, size)
  dissectUpper(walk, walk.u8(offset), offset + size)
}

export function dissectLooseRouting(walk: Walk, offset: number): void {
  const size = looseSize(walk, offset)
  if (size === 0) return
  dissectRouting(walk, offset, size)
  dissectUpper(walk, walk.u8(offset), offset + size)
}

/** Bytes of the extension header at `offset`, 0 when they are not all there. */
function looseSize(walk: Walk, offset: number): number {
  if (!walk.need(offset, 8)) return 0
  const size = 8 * (walk.u8(offset + 1) + 1)
  return walk.need(offset, size) ? size : 0
}
