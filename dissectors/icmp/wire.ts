/**
 * ICMPv4 (RFC 792, 950, 1256, 4884, 4950, 5837, 8335) and Mobile IPv4 agent advertisements (RFC 5944): code points and fields.
 * The multi-part extensions declared here occur in ICMPv6 errors too.
 */
import { protocol } from '../core/fields.ts'

export const HEADER_SIZE = 8

export const enum Type {
  EchoReply = 0,
  Unreachable = 3,
  SourceQuench = 4,
  Redirect = 5,
  Echo = 8,
  RouterAdvertisement = 9,
  RouterSolicitation = 10,
  TimeExceeded = 11,
  ParameterProblem = 12,
  Timestamp = 13,
  TimestampReply = 14,
  Information = 15,
  InformationReply = 16,
  AddressMask = 17,
  AddressMaskReply = 18,
  ExtendedEcho = 42,
  ExtendedEchoReply = 43,
}

export const TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench (flow control)',
  5: 'Redirect',
  6: 'Alternate host address',
  8: 'Echo (ping) request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  15: 'Information request',
  16: 'Information reply',
  17: 'Address mask request',
  18: 'Address mask reply',
  30: 'Traceroute',
  31: 'Datagram conversion error',
  37: 'Domain name request',
  38: 'Domain name reply',
  40: 'Photuris',
  42: 'Extended echo request',
  43: 'Extended echo reply',
  253: 'Experiment 1',
  254: 'Experiment 2',
}

const UNREACHABLE_CODES = {
  0: 'Network unreachable',
  1: 'Host unreachable',
  2: 'Protocol unreachable',
  3: 'Port unreachable',
  4: 'Fragmentation needed',
  5: 'Source route failed',
  6: 'Destination network unknown',
  7: 'Destination host unknown',
  8: 'Source host isolated',
  9: 'Network administratively prohibited',
  10: 'Host administratively prohibited',
  11: 'Network unreachable for this type of service',
  12: 'Host unreachable for this type of service',
  13: 'Communication administratively filtered',
  14: 'Host precedence violation',
  15: 'Precedence cutoff in effect',
}
export const FRAGMENTATION_NEEDED = 4

const REDIRECT_CODES = { 0: 'For network', 1: 'For host', 2: 'For type of service and network', 3: 'For type of service and host' }
const EXCEEDED_CODES = { 0: 'Time to live exceeded in transit', 1: 'Fragment reassembly time exceeded' }
const PARAMETER_CODES = { 0: 'Pointer indicates the error', 1: 'Required option missing', 2: 'Bad length' }
const ADVERTISEMENT_CODES = { 0: 'Normal router advertisement', 16: 'Does not route common traffic' }
export const EXTENDED_ECHO_CODES = {
  0: 'No error',
  1: 'Malformed query',
  2: 'No such interface',
  3: 'No such table entry',
  4: 'Multiple interfaces satisfy query',
}

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [Type.Unreachable]: UNREACHABLE_CODES,
  [Type.Redirect]: REDIRECT_CODES,
  [Type.RouterAdvertisement]: ADVERTISEMENT_CODES,
  [Type.TimeExceeded]: EXCEEDED_CODES,
  [Type.ParameterProblem]: PARAMETER_CODES,
  [Type.ExtendedEchoReply]: EXTENDED_ECHO_CODES,
}

/** 'Destination unreachable (Port unreachable)'. */
export function messageName(type: number, code: number): string {
  const name = TYPE_NAMES[type] ?? `type ${type}`
  const words = CODES[type]?.[code]
  return words !== undefined ? `${name} (${words})` : code === 0 ? name : `${name} (code ${code})`
}

export const CHECKSUM_STATUS = { 0: 'Bad', 1: 'Good', 2: 'Unverified', 3: 'Not present' }

export const icmp = protocol('icmp', 'Internet Control Message Protocol', 'ICMP')
export const icmpType = icmp.uint8('icmp.type', 'Type', { values: TYPE_NAMES })
export const icmpCode = icmp.uint8('icmp.code', 'Code')
export const icmpChecksum = icmp.uint16('icmp.checksum', 'Checksum', { base: 'hex' })
export const icmpChecksumStatus = icmp.uint8('icmp.checksum.status', 'Checksum status', { values: CHECKSUM_STATUS })
export const icmpUnused = icmp.bytes('icmp.unused', 'Unused')
export const icmpReserved = icmp.bytes('icmp.reserved', 'Reserved')
export const icmpLength = icmp.uint8('icmp.length', 'Length')
export const icmpOriginalLength = icmp.uint8('icmp.length.original_datagram', 'Length of original datagram')
export const icmpMtu = icmp.uint16('icmp.mtu', 'MTU of next hop')
export const icmpPointer = icmp.uint32('icmp.pointer', 'Pointer')
export const icmpGateway = icmp.ipv4('icmp.redir_gw', 'Gateway address')

export const icmpIdentifier = icmp.uint16('icmp.ident', 'Identifier (big endian)')
export const icmpIdentifierLittle = icmp.uint16('icmp.ident_le', 'Identifier (little endian)')
export const icmpSequence = icmp.uint16('icmp.seq', 'Sequence number (big endian)')
export const icmpSequenceLittle = icmp.uint16('icmp.seq_le', 'Sequence number (little endian)')
export const icmpDataTime = icmp.absoluteTime('icmp.data_time', 'Timestamp from ICMP data')
export const icmpDataTimeRelative = icmp.relativeTime('icmp.data_time_relative', 'Timestamp from ICMP data (relative)')
export const icmpOriginateTimestamp = icmp.uint32('icmp.originate_timestamp', 'Originate timestamp')
export const icmpReceiveTimestamp = icmp.uint32('icmp.receive_timestamp', 'Receive timestamp')
export const icmpTransmitTimestamp = icmp.uint32('icmp.transmit_timestamp', 'Transmit timestamp')
export const icmpAddressMask = icmp.ipv4('icmp.address_mask', 'Address mask')

export const icmpAddressCount = icmp.uint8('icmp.num_addrs', 'Number of addresses')
export const icmpEntrySize = icmp.uint8('icmp.addr_entry_size', 'Address entry size')
export const icmpLifetime = icmp.uint16('icmp.lifetime', 'Lifetime')
export const icmpRouterAddress = icmp.ipv4('icmp.router_address', 'Router address')
export const icmpPreference = icmp.int32('icmp.pref_level', 'Preference level')

// --- Mobile IPv4 extensions of a router advertisement (RFC 5944 section 2.1)
export const enum MobileExtension {
  Padding = 0,
  Agent = 16,
  PrefixLengths = 19,
  Challenge = 24,
}
export const MOBILE_EXTENSION_NAMES = {
  0: 'One-byte padding',
  16: 'Mobility agent advertisement',
  19: 'Prefix lengths',
  24: 'Challenge',
}
export const mobileExtension = icmp.group('icmp.mip', 'Mobile IP extension')
export const mobileType = icmp.uint8('icmp.mip.type', 'Extension type', { values: MOBILE_EXTENSION_NAMES })
export const mobileLength = icmp.uint8('icmp.mip.length', 'Length')
export const mobilePrefixLength = icmp.uint8('icmp.mip.prefixlength', 'Prefix length')
export const mobileSequence = icmp.uint16('icmp.mip.seq', 'Sequence number')
export const mobileLifetime = icmp.uint16('icmp.mip.life', 'Registration lifetime')
export const mobileFlags = icmp.uint16('icmp.mip.flags', 'Flags', { base: 'hex' })
/** from the highest bit on */
export const mobileFlagFields = [
  icmp.bool('icmp.mip.r', 'Registration required'),
  icmp.bool('icmp.mip.b', 'Busy'),
  icmp.bool('icmp.mip.h', 'Home agent'),
  icmp.bool('icmp.mip.f', 'Foreign agent'),
  icmp.bool('icmp.mip.m', 'Minimal encapsulation'),
  icmp.bool('icmp.mip.g', 'GRE encapsulation'),
  icmp.bool('icmp.mip.v', 'Van Jacobson compression'),
  icmp.bool('icmp.mip.rt', 'Reverse tunneling'),
  icmp.bool('icmp.mip.u', 'UDP tunneling'),
  icmp.bool('icmp.mip.x', 'Revocation support'),
]
export const mobileReserved = icmp.uint16('icmp.mip.reserved', 'Reserved', { base: 'hex' })
export const mobileCareOf = icmp.ipv4('icmp.mip.coa', 'Care-of address')
export const mobileChallenge = icmp.bytes('icmp.mip.challenge', 'Challenge')
export const mobileContent = icmp.bytes('icmp.mip.content', 'Content')

// --- multi-part extensions (RFC 4884 section 7)
export const enum ObjectClass {
  Mpls = 1,
  InterfaceInformation = 2,
  InterfaceIdentification = 3,
}
export const OBJECT_CLASS_NAMES = {
  1: 'MPLS label stack',
  2: 'Interface information',
  3: 'Interface identification',
  4: 'Overlay information',
}
export const ROLE_NAMES = {
  0: 'IP interface upon which datagram arrived',
  1: 'Sub-IP component of the interface upon which datagram arrived',
  2: 'IP interface through which datagram would have been forwarded',
  3: 'IP next hop to which datagram would be forwarded',
}
export const extension = icmp.group('icmp.ext', 'Multi-part extensions')
export const extensionVersion = icmp.uint8('icmp.ext.version', 'Version')
export const extensionReserved = icmp.uint16('icmp.ext.res', 'Reserved', { base: 'hex' })
export const extensionChecksum = icmp.uint16('icmp.ext.checksum', 'Checksum', { base: 'hex' })
export const extensionChecksumStatus = icmp.uint8('icmp.ext.checksum.status', 'Checksum status', { values: CHECKSUM_STATUS })
export const objectGroup = icmp.group('icmp.ext.object', 'Object')
export const objectLength = icmp.uint16('icmp.ext.length', 'Length')
export const objectClass = icmp.uint8('icmp.ext.class', 'Class', { values: OBJECT_CLASS_NAMES })
export const objectType = icmp.uint8('icmp.ext.ctype', 'C-type')
export const objectData = icmp.bytes('icmp.ext.data', 'Data')
export const mplsLabel = icmp.uint24('icmp.mpls.label', 'Label')
export const mplsExperimental = icmp.uint24('icmp.mpls.exp', 'Experimental')
export const mplsBottom = icmp.bool('icmp.mpls.s', 'Stack bit')
export const mplsTtl = icmp.uint8('icmp.mpls.ttl', 'Time to live')
export const mplsData = icmp.bytes('icmp.mpls.data', 'Data')

export const enum AddressFamily {
  Ipv4 = 1,
  Ipv6 = 2,
}
export const ADDRESS_FAMILIES = { 1: 'IPv4', 2: 'IPv6' }
export const interfaceRole = icmp.uint8('icmp.int_info.role', 'Interface role', { values: ROLE_NAMES })
export const interfaceReserved = icmp.uint8('icmp.int_info.reserved', 'Reserved')
export const interfaceHasIndex = icmp.bool('icmp.int_info.ifindex', 'Index included')
export const interfaceHasAddress = icmp.bool('icmp.int_info.ipaddr', 'Address included')
export const interfaceHasName = icmp.bool('icmp.int_info.name_present', 'Name included')
export const interfaceHasMtu = icmp.bool('icmp.int_info.mtu_present', 'MTU included')
export const interfaceIndex = icmp.uint32('icmp.int_info.index', 'Interface index')
export const interfaceFamily = icmp.uint16('icmp.int_info.afi', 'Address family', { values: ADDRESS_FAMILIES })
export const interfaceIpv4 = icmp.ipv4('icmp.int_info.ipv4', 'Address')
export const interfaceIpv6 = icmp.ipv6('icmp.int_info.ipv6', 'Address')
export const interfaceUnknown = icmp.bytes('icmp.int_info.ipunknown', 'Address')
export const interfaceNameLength = icmp.uint8('icmp.int_info.name_length', 'Name length')
export const interfaceName = icmp.string('icmp.int_info.name', 'Name')
export const interfaceMtu = icmp.uint32('icmp.int_info.mtu', 'MTU')

export const identifiedName = icmp.string('icmp.int_ident.name', 'Interface name')
export const identifiedIndex = icmp.uint32('icmp.int_ident.index', 'Interface index')
export const identifiedFamily = icmp.uint16('icmp.int_ident.afi', 'Address family', { values: ADDRESS_FAMILIES })
export const identifiedLength = icmp.uint8('icmp.int_ident.addr_length', 'Address length')
export const identifiedReserved = icmp.bytes('icmp.int_ident.reserved', 'Reserved')
export const identifiedIpv4 = icmp.ipv4('icmp.int_ident.ipv4', 'Address')
export const identifiedIpv6 = icmp.ipv6('icmp.int_ident.ipv6', 'Address')
export const identifiedAddress = icmp.bytes('icmp.int_ident.address', 'Address')

// --- extended echo (RFC 8335)
export const ECHO_STATES = {
  0: 'Reserved',
  1: 'Incomplete',
  2: 'Reachable',
  3: 'Stale',
  4: 'Delay',
  5: 'Probe',
  6: 'Failed',
}
/** The fields of one protocol's extended echo: ICMPv6 has the same under other names. */
export interface ExtendedEchoFields {
  sequence: number
  requestReserved: number
  local: number
  state: number
  replyReserved: number
  active: number
  ipv4: number
  ipv6: number
}
export const extendedEcho: ExtendedEchoFields = {
  sequence: icmp.uint8('icmp.ext.echo.seq', 'Sequence number'),
  requestReserved: icmp.uint8('icmp.ext.echo.req.res', 'Reserved', { base: 'hex' }),
  local: icmp.bool('icmp.ext.echo.req.local', 'Local bit'),
  state: icmp.uint8('icmp.ext.echo.rsp.state', 'State', { values: ECHO_STATES }),
  replyReserved: icmp.uint8('icmp.ext.echo.rsp.res', 'Reserved', { base: 'hex' }),
  active: icmp.bool('icmp.ext.echo.rsp.active', 'Active bit'),
  ipv4: icmp.bool('icmp.ext.echo.rsp.ipv4', 'IPv4 bit'),
  ipv6: icmp.bool('icmp.ext.echo.rsp.ipv6', 'IPv6 bit'),
}
