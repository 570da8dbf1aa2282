/**
 * IPv4 (RFC 791): sets addresses, hop limit and protocol of the walk, narrows it to the total length, puts fragments together.
 * A total length of 0 (segmentation offload) means 'as long as the frame'. A packet quoted by an ICMP error may be longer than the
 * quote: its lengths count, its missing bytes are 'cut', not malformed. Cost without a recorder: a dozen reads, no allocation.
 */
import { internetChecksum } from '../core/checksum.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { dissectFragment } from './fragment.ts'
import { dissectOptions } from './options.ts'
import { IP_PROTOCOL_NAMES } from './protocols.ts'
import { title } from './title.ts'
import { dissectUpper } from './upper.ts'
import {
  At,
  ip,
  ipChecksum,
  ipChecksumStatus,
  ipDestination,
  ipDscp,
  ipEcn,
  ipFlagDont,
  ipFlagMore,
  ipFlagReserved,
  ipFlags,
  ipFragmentOffset,
  ipHeaderLength,
  ipId,
  ipLength,
  ipProtocol,
  ipService,
  ipSource,
  ipTtl,
  ipVersion,
  MORE_FRAGMENTS,
  OFFSET_MASK,
} from './wire.ts'

const MIN_HEADER = 20

export function dissectIpv4(walk: Walk, offset: number): void {
  if (!walk.need(offset, MIN_HEADER)) return
  const header = (walk.u8(offset) & 15) * 4
  if (walk.u8(offset) >> 4 !== 4) {
    walk.malformed(offset, `IP version ${walk.u8(offset) >> 4} in an IPv4 header`)
    walk.layer(ip.protocol, ip.root, offset, 1)
    if (walk.recorder !== null) walk.uint(ipVersion, offset, 1, walk.u8(offset) >> 4)
    walk.endLayer()
    leftover(walk, offset)
    return
  }
  const total = walk.u16(offset + At.TotalLength)
  if (header < MIN_HEADER || (total !== 0 && total < header)) {
    if (header < MIN_HEADER) walk.malformed(offset, `header length ${header} is below 20`)
    else walk.malformed(offset + At.TotalLength, `total length ${total} is below the header's ${header}`)
    walk.layer(ip.protocol, ip.root, offset, MIN_HEADER)
    if (walk.recorder !== null) recordHeader(walk, offset, header)
    walk.endLayer()
    return
  }
  const { captured, end } = walk
  const layerEnd = total === 0 ? end : offset + total
  if (layerEnd <= end) walk.limitTo(layerEnd)
  else if (walk.quoted) {
    walk.captured = walk.limit
    walk.end = layerEnd
  } else walk.malformed(offset + At.TotalLength, `total length ${total}, but only ${end - offset} bytes are left in the frame`)

  walk.addressSize = 4
  if (!walk.quoted) walk.networks++
  walk.source = offset + At.Source
  walk.destination = offset + At.Destination
  walk.checksumSource = walk.source
  walk.checksumDestination = walk.destination
  walk.hopLimit = walk.u8(offset + At.TimeToLive)
  const protocol = walk.u8(offset + At.Protocol)
  walk.ipProtocol = protocol
  const fragment = walk.u16(offset + At.FlagsOffset)
  const fragmented = (fragment & (MORE_FRAGMENTS | OFFSET_MASK)) !== 0

  walk.layer(ip.protocol, ip.root, offset, header)
  if (walk.recorder !== null) recordHeader(walk, offset, header)
  if (header > MIN_HEADER) dissectOptions(walk, offset, offset + header)
  if (fragmented) dissectFragment(walk, offset, header, fragment, protocol)
  else {
    if (walk.recorder !== null) walk.endLayer(-1, walk.titling ? title(walk, offset) : null)
    dissectUpper(walk, protocol, offset + header)
  }
  walk.captured = captured
  walk.restore(end)
}

function recordHeader(walk: Walk, offset: number, header: number): void {
  const service = walk.u8(offset + At.Service)
  const fragment = walk.u16(offset + At.FlagsOffset)
  walk.uint(ipVersion, offset, 1, 4)
  walk.uint(ipHeaderLength, offset, 1, header)
  walk.uint(ipService, offset + At.Service, 1, service)
  walk.uint(ipDscp, offset + At.Service, 1, service >> 2)
  walk.uint(ipEcn, offset + At.Service, 1, service & 3)
  walk.uint(ipLength, offset + At.TotalLength, 2, walk.u16(offset + At.TotalLength))
  walk.uint(ipId, offset + At.Identification, 2, walk.u16(offset + At.Identification))
  walk.uint(ipFlags, offset + At.FlagsOffset, 1, fragment >> 13)
  walk.uint(ipFlagReserved, offset + At.FlagsOffset, 1, fragment >> 15)
  walk.uint(ipFlagDont, offset + At.FlagsOffset, 1, (fragment >> 14) & 1)
  walk.uint(ipFlagMore, offset + At.FlagsOffset, 1, (fragment >> 13) & 1)
  walk.uint(ipFragmentOffset, offset + At.FlagsOffset, 2, fragment & OFFSET_MASK)
  walk.uint(ipTtl, offset + At.TimeToLive, 1, walk.u8(offset + At.TimeToLive))
  const protocol = walk.u8(offset + At.Protocol)
  walk.uint(ipProtocol, offset + At.Protocol, 1, protocol)
  walk.uint(ipChecksum, offset + At.Checksum, 2, walk.u16(offset + At.Checksum))
  if (header >= MIN_HEADER && offset + header <= walk.limit) {
    walk.uint(ipChecksumStatus, offset + At.Checksum, 2, internetChecksum(walk.bytes, offset, offset + header) === 0 ? 1 : 0)
    walk.generated()
  }
  walk.range(ipSource, offset + At.Source, 4)
  walk.range(ipDestination, offset + At.Destination, 4)
  if (!walk.quoted) walk.info = IP_PROTOCOL_NAMES[protocol] ?? `IP protocol ${protocol}`
}
