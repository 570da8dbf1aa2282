/**
 * Builds ICMPv6 messages and Neighbor Discovery options for tests, from the code points of `wire.ts`: whole IPv6 packets with right
 * checksums and hop limit 255. Writes what it is told, also what no RFC allows.
 */
import { finish, pseudoHeader, sumWords } from '../core/checksum.ts'
import { paddedQuote } from '../icmp/emit.ts'
import { address } from '../ip/emit.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { emitIpv6 } from '../ipv6/emit.ts'
import { bytes16, bytes32, hex, join } from '../link/emit.ts'
import { Option } from './option-types.ts'
import { Type } from './wire.ts'

export interface Icmpv6Addresses {
  source: string
  destination: string
  hopLimit?: number
}

/** The message in its IPv6 packet. */
export function emitIcmpv6(type: number, code: number, body: Uint8Array | readonly number[], o: Icmpv6Addresses): Uint8Array {
  const message = join([type, code, 0, 0], body)
  const addresses = join(address(o.source), address(o.destination))
  const sum = sumWords(message, 0, message.length, pseudoHeader(addresses, 0, 16, 16, IpProtocol.Icmpv6, message.length))
  message.set(bytes16(finish(sum)), 2)
  return emitIpv6(message, { source: o.source, destination: o.destination, nextHeader: IpProtocol.Icmpv6, hopLimit: o.hopLimit ?? 255 })
}

/** An error of four special bytes and a quote; with extensions the quote is padded and its length set (RFC 4884, in units of 8 bytes). */
export function emitIcmpv6Error(
  type: number,
  code: number,
  special: number,
  quote: Uint8Array,
  o: Icmpv6Addresses,
  extensions?: Uint8Array,
): Uint8Array {
  if (extensions === undefined) return emitIcmpv6(type, code, join(bytes32(special), quote), o)
  const padded = paddedQuote(quote, 8)
  return emitIcmpv6(type, code, join([padded.length / 8, 0, 0, 0], padded, extensions), o)
}

// --- options

/** Filled with zeros up to a multiple of 8 bytes. */
export function option(type: number, body: Uint8Array | readonly number[]): Uint8Array {
  const size = Math.ceil((2 + body.length) / 8)
  return join([type, size], body, new Uint8Array(size * 8 - 2 - body.length))
}

export function linkAddressOption(type: Option.SourceLinkAddress | Option.TargetLinkAddress, mac: string): Uint8Array {
  return option(type, hex(mac))
}

export interface PrefixOptions {
  prefix: string
  length: number
  /** L 0x80, A 0x40, R 0x20 */
  flags?: number
  valid?: number
  preferred?: number
}

export function prefixOption(o: PrefixOptions): Uint8Array {
  const { flags = 0xc0, valid = 86_400, preferred = 14_400 } = o
  return option(Option.PrefixInformation, join([o.length, flags], bytes32(valid), bytes32(preferred), [0, 0, 0, 0], address(o.prefix)))
}

/** As long as its prefix length needs (RFC 4191 section 2.3). `preference` is the two-bit field. */
export function routeOption(prefix: string, length: number, preference: number, lifetime: number): Uint8Array {
  const size = length === 0 ? 0 : length <= 64 ? 8 : 16
  return option(Option.RouteInformation, join([length, preference << 3], bytes32(lifetime), address(prefix).subarray(0, size)))
}

export function dnsOption(lifetime: number, servers: readonly string[]): Uint8Array {
  return option(Option.RecursiveDns, join([0, 0], bytes32(lifetime), ...servers.map(address)))
}

/** A domain name in DNS wire format. */
export function domainName(text: string): Uint8Array {
  return join(...text.split('.').map((label) => [label.length, ...new TextEncoder().encode(label)]), [0])
}

export function searchOption(lifetime: number, names: readonly string[]): Uint8Array {
  return option(Option.SearchList, join([0, 0], bytes32(lifetime), ...names.map(domainName)))
}

export function redirectedOption(packet: Uint8Array): Uint8Array {
  return option(Option.RedirectedHeader, join([0, 0, 0, 0, 0, 0], packet))
}

// --- messages

export interface AdvertisementOptions extends Icmpv6Addresses {
  hops?: number
  /** M 0x80, O 0x40, H 0x20, Prf 0x18, P 0x04 */
  flags?: number
  lifetime?: number
  options?: readonly Uint8Array[]
}

export function emitRouterAdvertisement(o: AdvertisementOptions): Uint8Array {
  const { hops = 64, flags = 0, lifetime = 1800, options = [] } = o
  return emitIcmpv6(Type.RouterAdvertisement, 0, join([hops, flags], bytes16(lifetime), bytes32(0), bytes32(0), ...options), o)
}

export function emitNeighborSolicitation(target: string, o: Icmpv6Addresses, options: readonly Uint8Array[] = []): Uint8Array {
  return emitIcmpv6(Type.NeighborSolicitation, 0, join([0, 0, 0, 0], address(target), ...options), o)
}

/** `flags`: R 0x80000000, S 0x40000000, O 0x20000000. */
export function emitNeighborAdvertisement(
  target: string,
  flags: number,
  o: Icmpv6Addresses,
  options: readonly Uint8Array[] = [],
): Uint8Array {
  return emitIcmpv6(Type.NeighborAdvertisement, 0, join(bytes32(flags), address(target), ...options), o)
}

export function emitRedirect(target: string, destination: string, o: Icmpv6Addresses, options: readonly Uint8Array[] = []): Uint8Array {
  return emitIcmpv6(Type.Redirect, 0, join([0, 0, 0, 0], address(target), address(destination), ...options), o)
}

export interface ListenerRecord {
  type: number
  group: string
  sources?: readonly string[]
  /** a multiple of 4 bytes */
  auxiliary?: Uint8Array
}

export function emitListenerReport(records: readonly ListenerRecord[], o: Icmpv6Addresses): Uint8Array {
  const body = records.map(({ type, group, sources = [], auxiliary = new Uint8Array(0) }) =>
    join([type, auxiliary.length / 4], bytes16(sources.length), address(group), ...sources.map(address), auxiliary),
  )
  return emitIcmpv6(Type.ListenerReport2, 0, join([0, 0], bytes16(records.length), ...body), { hopLimit: 1, ...o })
}
