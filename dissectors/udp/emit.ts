/** Builds UDP datagrams for tests, alone or in an IP packet, with right lengths and checksums. */
import { finish, pseudoHeader, sumWords } from '../core/checksum.ts'
import { address, emitIpv4 } from '../ip/emit.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { emitIpv6 } from '../ipv6/emit.ts'
import { bytes16, join } from '../link/emit.ts'

export interface UdpOptions {
  sourcePort: number
  destinationPort: number
  /** addresses the checksum covers; without them it is 0, which means 'none' */
  source?: string
  destination?: string
}

export function emitUdp(payload: Uint8Array, o: UdpOptions): Uint8Array {
  const length = 8 + payload.length
  const datagram = join(bytes16(o.sourcePort), bytes16(o.destinationPort), bytes16(length), [0, 0], payload)
  if (o.source === undefined || o.destination === undefined) return datagram
  const addresses = join(address(o.source), address(o.destination))
  const size = addresses.length / 2
  const sum = finish(sumWords(datagram, 0, length, pseudoHeader(addresses, 0, size, size, IpProtocol.Udp, length)))
  // A sum of zero is sent as all ones (RFC 768).
  datagram.set(bytes16(sum === 0 ? 0xffff : sum), 6)
  return datagram
}

export interface UdpPacketOptions {
  source: string
  destination: string
  sourcePort: number
  destinationPort: number
  /** TTL or hop limit */
  ttl?: number
}

/** A whole IPv4 or IPv6 packet, by the kind of address. */
export function emitUdpPacket(payload: Uint8Array, o: UdpPacketOptions): Uint8Array {
  const datagram = emitUdp(payload, o)
  const { source, destination, ttl } = o
  return source.includes(':')
    ? emitIpv6(datagram, { source, destination, nextHeader: IpProtocol.Udp, hopLimit: ttl })
    : emitIpv4(datagram, { source, destination, protocol: IpProtocol.Udp, ttl })
}
