/** IPv6 header and extension headers (RFC 8200), their options, and what well-known address forms tell: offsets and fields. */
import { alias, protocol } from '../core/fields.ts'
import { IP_PROTOCOL_NAMES } from '../ip/protocols.ts'
import { DSCP_NAMES, ECN_NAMES } from '../ip/wire.ts'

export const enum At {
  VersionClassFlow = 0,
  PayloadLength = 4,
  NextHeader = 6,
  HopLimit = 7,
  Source = 8,
  Destination = 24,
}
export const IPV6_SIZE = 40

const next = { values: IP_PROTOCOL_NAMES }

export const ipv6 = protocol('ipv6', 'Internet Protocol Version 6', 'IPv6')
export const ipv6Version = ipv6.uint8('ipv6.version', 'Version')
export const ipv6Class = ipv6.uint32('ipv6.tclass', 'Traffic class', { base: 'hex', digits: 2 })
export const ipv6Dscp = ipv6.uint32('ipv6.tclass.dscp', 'Differentiated services codepoint', { values: DSCP_NAMES })
export const ipv6Ecn = ipv6.uint32('ipv6.tclass.ecn', 'Explicit congestion notification', { values: ECN_NAMES })
export const ipv6Flow = ipv6.uint24('ipv6.flow', 'Flow label', { base: 'hex', digits: 5 })
export const ipv6PayloadLength = ipv6.uint16('ipv6.plen', 'Payload length')
export const ipv6Next = ipv6.uint8('ipv6.nxt', 'Next header', next)
export const ipv6HopLimit = ipv6.uint8('ipv6.hlim', 'Hop limit')
export const ipv6Source = ipv6.ipv6('ipv6.src', 'Source address')
export const ipv6Destination = ipv6.ipv6('ipv6.dst', 'Destination address')
alias('ipv6.addr', [ipv6Source, ipv6Destination])

/** What an address reveals: fields of the source, of the destination, and of either (Wireshark records both). */
export interface RevealedFields {
  readonly slaacMac: number
  readonly isatap: number
  readonly gateway6to4: number
  readonly site6to4: number
  readonly teredoServer: number
  readonly teredoPort: number
  readonly teredoClient: number
}
function revealed(prefix: string, whose: string): RevealedFields {
  return {
    slaacMac: ipv6.ether(`ipv6.${prefix}slaac_mac`, `${whose}SLAAC MAC`),
    isatap: ipv6.ipv4(`ipv6.${prefix}isatap_ipv4`, `${whose}ISATAP IPv4`),
    gateway6to4: ipv6.ipv4(`ipv6.${prefix}6to4_gw_ipv4`, `${whose}6to4 gateway IPv4`),
    site6to4: ipv6.uint16(`ipv6.${prefix}6to4_sla_id`, `${whose}6to4 SLA id`),
    teredoServer: ipv6.ipv4(`ipv6.${prefix}ts_ipv4`, `${whose}Teredo server IPv4`),
    teredoPort: ipv6.uint16(`ipv6.${prefix}tc_port`, `${whose}Teredo port`),
    teredoClient: ipv6.ipv4(`ipv6.${prefix}tc_ipv4`, `${whose}Teredo client IPv4`),
  }
}
export const sourceReveals = revealed('src_', 'Source ')
export const destinationReveals = revealed('dst_', 'Destination ')
for (const name of Object.keys(sourceReveals) as (keyof RevealedFields)[]) {
  const names: Record<keyof RevealedFields, string> = {
    slaacMac: 'slaac_mac',
    isatap: 'isatap_ipv4',
    gateway6to4: '6to4_gw_ipv4',
    site6to4: '6to4_sla_id',
    teredoServer: 'ts_ipv4',
    teredoPort: 'tc_port',
    teredoClient: 'tc_ipv4',
  }
  alias(`ipv6.${names[name]}`, [sourceReveals[name], destinationReveals[name]])
}

export const hopByHop = protocol('ipv6.hopopts', 'IPv6 Hop-by-Hop Option', 'IPv6')
export const destinationOptions = protocol('ipv6.dstopts', 'Destination Options for IPv6', 'IPv6')
export interface OptionsHeaderFields {
  readonly protocol: number
  readonly root: number
  readonly next: number
  readonly length: number
  readonly octets: number
}
export const hopByHopFields: OptionsHeaderFields = {
  protocol: hopByHop.protocol,
  root: hopByHop.root,
  next: hopByHop.uint8('ipv6.hopopts.nxt', 'Next header', next),
  length: hopByHop.uint8('ipv6.hopopts.len', 'Length'),
  octets: hopByHop.uint16('ipv6.hopopts.len_oct', 'Length in bytes'),
}
export const destinationFields: OptionsHeaderFields = {
  protocol: destinationOptions.protocol,
  root: destinationOptions.root,
  next: destinationOptions.uint8('ipv6.dstopts.nxt', 'Next header', next),
  length: destinationOptions.uint8('ipv6.dstopts.len', 'Length'),
  octets: destinationOptions.uint16('ipv6.dstopts.len_oct', 'Length in bytes'),
}

export const enum Option {
  Pad1 = 0x00,
  PadN = 0x01,
  TunnelLimit = 0x04,
  RouterAlert = 0x05,
  MinimumPmtu = 0x30,
  Rpl = 0x23,
  OldRpl = 0x63,
  IlnpNonce = 0x8b,
  Jumbo = 0xc2,
  HomeAddress = 0xc9,
}
export const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'Pad1',
  1: 'PadN',
  4: 'Tunnel encapsulation limit',
  5: 'Router alert',
  7: 'CALIPSO',
  8: 'SMF_DPD',
  15: 'Performance and diagnostic metrics',
  35: 'RPL option',
  38: 'Quick start',
  48: 'Path MTU record',
  99: 'RPL option',
  109: 'MPL option',
  139: 'ILNP nonce',
  140: 'Line identification',
  194: 'Jumbo payload',
  201: 'Home address',
}
export const option = ipv6.group('ipv6.opt', 'IPv6 option')
export const optionType = ipv6.uint8('ipv6.opt.type', 'Type', { base: 'hex', values: OPTION_NAMES })
export const optionAction = ipv6.uint8('ipv6.opt.type.action', 'Action', {
  values: { 0: 'Skip and continue', 1: 'Discard', 2: 'Discard and send ICMP', 3: 'Discard and send ICMP if not multicast' },
})
export const optionChange = ipv6.bool('ipv6.opt.type.change', 'May change')
export const optionRest = ipv6.uint8('ipv6.opt.type.rest', 'Low-order bits', { base: 'hex' })
export const optionLength = ipv6.uint8('ipv6.opt.length', 'Length')
export const optionPadN = ipv6.bytes('ipv6.opt.padn', 'PadN')
export const optionRouterAlert = ipv6.uint16('ipv6.opt.router_alert', 'Router alert', {
  values: { 0: 'MLD', 1: 'RSVP', 2: 'Active network' },
})
export const optionTunnelLimit = ipv6.uint8('ipv6.opt.tel', 'Tunnel encapsulation limit')
export const optionJumbo = ipv6.uint32('ipv6.opt.jumbo', 'Payload length')
export const optionPmtuMinimum = ipv6.uint16('ipv6.opt.pmtu.min', 'Minimum reported path MTU')
export const optionPmtuReturn = ipv6.uint16('ipv6.opt.pmtu.rtn', 'Returned minimum path MTU')
export const optionPmtuFlag = ipv6.bool('ipv6.opt.pmtu.r_flag', 'Return flag')
export const optionRplFlags = ipv6.uint8('ipv6.opt.rpl.flag', 'Flags', { base: 'hex' })
export const optionRplInstance = ipv6.uint8('ipv6.opt.rpl.instance_id', 'RPL instance', { base: 'hex' })
export const optionRplRank = ipv6.uint16('ipv6.opt.rpl.sender_rank', 'Sender rank', { base: 'hex' })
export const optionHomeAddress = ipv6.ipv6('ipv6.opt.mipv6.home_address', 'Home address')
export const optionIlnpNonce = ipv6.bytes('ipv6.opt.ilnp_nonce', 'ILNP nonce')
export const optionUnknown = ipv6.bytes('ipv6.opt.unknown', 'Unknown option payload')

export const routing = protocol('ipv6.routing', 'Routing Header for IPv6', 'IPv6')
export const enum RoutingType {
  Source = 0,
  Mobile = 2,
  Rpl = 3,
  Segment = 4,
}
export const routingNext = routing.uint8('ipv6.routing.nxt', 'Next header', next)
export const routingLength = routing.uint8('ipv6.routing.len', 'Length')
export const routingOctets = routing.uint16('ipv6.routing.len_oct', 'Length in bytes')
export const routingType = routing.uint8('ipv6.routing.type', 'Type', {
  values: { 0: 'Source route', 1: 'Nimrod', 2: 'Type 2 (mobility)', 3: 'RPL source route', 4: 'Segment routing' },
})
export const routingLeft = routing.uint8('ipv6.routing.segleft', 'Segments left')
export const routingUnknown = routing.bytes('ipv6.routing.unknown.data', 'Type-specific data')
export const sourceReserved = routing.bytes('ipv6.routing.src.reserved', 'Reserved')
export const sourceAddress = routing.ipv6('ipv6.routing.src.addr', 'Address')
export const mobileReserved = routing.bytes('ipv6.routing.mipv6.reserved', 'Reserved')
export const mobileHomeAddress = routing.ipv6('ipv6.routing.mipv6.home_address', 'Home address')
export const rplCompressI = routing.uint32('ipv6.routing.rpl.cmprI', 'Compressed bytes, all but the last')
export const rplCompressE = routing.uint32('ipv6.routing.rpl.cmprE', 'Compressed bytes, last')
export const rplPad = routing.uint32('ipv6.routing.rpl.pad', 'Pad')
export const rplAddress = routing.bytes('ipv6.routing.rpl.address', 'Address')
export const segmentLast = routing.uint8('ipv6.routing.srh.last_entry', 'Last entry')
export const segmentFlags = routing.uint8('ipv6.routing.srh.flags', 'Flags', { base: 'hex' })
export const segmentTag = routing.bytes('ipv6.routing.srh.tag', 'Tag')
export const segmentAddress = routing.ipv6('ipv6.routing.srh.addr', 'Address')

export const fragment = protocol('ipv6.fraghdr', 'Fragment Header for IPv6', 'IPv6')
export const fragmentNext = fragment.uint8('ipv6.fraghdr.nxt', 'Next header', next)
export const fragmentReserved = fragment.uint8('ipv6.fraghdr.reserved_octet', 'Reserved octet', { base: 'hex' })
export const fragmentOffset = fragment.uint16('ipv6.fraghdr.offset', 'Offset in 8-byte units')
export const fragmentReservedBits = fragment.uint16('ipv6.fraghdr.reserved_bits', 'Reserved bits')
export const fragmentMore = fragment.bool('ipv6.fraghdr.more', 'More fragments')
export const fragmentId = fragment.uint32('ipv6.fraghdr.ident', 'Identification', { base: 'hex' })

export const ipv6Fragments = ipv6.group('ipv6.fragments', 'IPv6 fragments')
export const ipv6Fragment = ipv6.frame('ipv6.fragment', 'IPv6 fragment in frame')
export const ipv6FragmentCount = ipv6.uint32('ipv6.fragment.count', 'Fragment count')
export const ipv6ReassembledLength = ipv6.uint32('ipv6.reassembled.length', 'Reassembled length')
export const ipv6ReassembledData = ipv6.bytes('ipv6.reassembled.data', 'Reassembled data')
export const ipv6ReassembledIn = ipv6.frame('ipv6.reassembled.in', 'Reassembled in frame')
