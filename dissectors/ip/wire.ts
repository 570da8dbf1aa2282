/** IPv4 header (RFC 791 section 3.1, RFC 2474, RFC 3168) and its options: offsets and fields. */
import { alias, protocol } from '../core/fields.ts'
import { IP_PROTOCOL_NAMES } from './protocols.ts'

export const enum At {
  VersionLength = 0,
  Service = 1,
  TotalLength = 2,
  Identification = 4,
  FlagsOffset = 6,
  TimeToLive = 8,
  Protocol = 9,
  Checksum = 10,
  Source = 12,
  Destination = 16,
  Options = 20,
}

/** In the 16 bits of flags and offset; the offset counts 8-byte units. */
export const MORE_FRAGMENTS = 0x2000
export const OFFSET_MASK = 0x1fff

export const ECN_NAMES = { 0: 'Not ECN-capable', 1: 'ECN-capable (1)', 2: 'ECN-capable (0)', 3: 'Congestion experienced' }
export const DSCP_NAMES = {
  0: 'Default',
  8: 'CS1',
  10: 'AF11',
  12: 'AF12',
  14: 'AF13',
  16: 'CS2',
  18: 'AF21',
  20: 'AF22',
  22: 'AF23',
  24: 'CS3',
  26: 'AF31',
  28: 'AF32',
  30: 'AF33',
  32: 'CS4',
  34: 'AF41',
  36: 'AF42',
  38: 'AF43',
  40: 'CS5',
  46: 'Expedited forwarding',
  48: 'CS6',
  56: 'CS7',
}
export const CHECKSUM_STATUS = { 0: 'Bad', 1: 'Good', 2: 'Unverified', 3: 'Not present' }

export const ip = protocol('ip', 'Internet Protocol Version 4', 'IPv4')
/** shared with IPv6, as Wireshark does */
export const ipVersion = ip.uint8('ip.version', 'Version')
export const ipHeaderLength = ip.uint8('ip.hdr_len', 'Header length')
export const ipService = ip.uint8('ip.dsfield', 'Differentiated services field', { base: 'hex' })
export const ipDscp = ip.uint8('ip.dsfield.dscp', 'Differentiated services codepoint', { values: DSCP_NAMES })
export const ipEcn = ip.uint8('ip.dsfield.ecn', 'Explicit congestion notification', { values: ECN_NAMES })
export const ipLength = ip.uint16('ip.len', 'Total length')
export const ipId = ip.uint16('ip.id', 'Identification', { base: 'hex' })
export const ipFlags = ip.uint8('ip.flags', 'Flags', { base: 'hex' })
export const ipFlagReserved = ip.bool('ip.flags.rb', 'Reserved bit')
export const ipFlagDont = ip.bool('ip.flags.df', "Don't fragment")
export const ipFlagMore = ip.bool('ip.flags.mf', 'More fragments')
export const ipFragmentOffset = ip.uint16('ip.frag_offset', 'Fragment offset in 8-byte units')
export const ipTtl = ip.uint8('ip.ttl', 'Time to live')
export const ipProtocol = ip.uint8('ip.proto', 'Protocol', { values: IP_PROTOCOL_NAMES })
export const ipChecksum = ip.uint16('ip.checksum', 'Header checksum', { base: 'hex' })
export const ipChecksumStatus = ip.uint8('ip.checksum.status', 'Header checksum status', { values: CHECKSUM_STATUS })
export const ipSource = ip.ipv4('ip.src', 'Source address')
export const ipDestination = ip.ipv4('ip.dst', 'Destination address')
alias('ip.addr', [ipSource, ipDestination])

export const ipFragments = ip.bytes('ip.fragments', 'IPv4 fragments')
export const ipFragment = ip.frame('ip.fragment', 'IPv4 fragment in frame')
export const ipFragmentOverlap = ip.bool('ip.fragment.overlap', 'Fragments overlap')
export const ipFragmentCount = ip.uint32('ip.fragment.count', 'Fragment count')
export const ipReassembledLength = ip.uint32('ip.reassembled.length', 'Reassembled length')
export const ipReassembledData = ip.bytes('ip.reassembled.data', 'Reassembled data')
export const ipReassembledIn = ip.frame('ip.reassembled_in', 'Reassembled in frame')

export const enum Option {
  End = 0,
  NoOperation = 1,
  RecordRoute = 7,
  MtuProbe = 11,
  MtuReply = 12,
  Timestamp = 68,
  Traceroute = 82,
  LooseSourceRoute = 131,
  StreamId = 136,
  StrictSourceRoute = 137,
  RouterAlert = 148,
}

export const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'End of options list',
  1: 'No operation',
  7: 'Record route',
  11: 'MTU probe',
  12: 'MTU reply',
  25: 'Quick start',
  68: 'Time stamp',
  82: 'Traceroute',
  130: 'Security',
  131: 'Loose source route',
  133: 'Extended security',
  134: 'Commercial security',
  136: 'Stream identifier',
  137: 'Strict source route',
  148: 'Router alert',
}

export const ipOption = ip.group('ip.opt', 'IPv4 option')
export const ipOptionType = ip.uint8('ip.opt.type', 'Type', { values: OPTION_NAMES })
export const ipOptionCopy = ip.bool('ip.opt.type.copy', 'Copy on fragmentation')
export const ipOptionClass = ip.uint8('ip.opt.type.class', 'Class')
export const ipOptionNumber = ip.uint8('ip.opt.type.number', 'Number')
export const ipOptionLength = ip.uint8('ip.opt.len', 'Length')
export const ipOptionPointer = ip.uint8('ip.opt.ptr', 'Pointer')
export const ipOptionRouterAlert = ip.uint16('ip.opt.ra', 'Router alert')
export const ipOptionStream = ip.uint16('ip.opt.sid', 'Stream identifier')
export const ipOptionMtu = ip.uint16('ip.opt.mtu', 'MTU')
export const ipOptionTraceId = ip.uint16('ip.opt.id_number', 'Traceroute id')
export const ipOptionOutboundHops = ip.uint16('ip.opt.ohc', 'Outbound hop count')
export const ipOptionReturnHops = ip.uint16('ip.opt.rhc', 'Return hop count')
export const ipOptionOriginator = ip.ipv4('ip.opt.originator', 'Originator')
export const ipOptionOverflow = ip.uint8('ip.opt.overflow', 'Overflow')
export const ipOptionFlag = ip.uint8('ip.opt.flag', 'Flag', { base: 'hex' })
export const ipOptionTime = ip.uint32('ip.opt.time_stamp', 'Time stamp')
export const ipOptionTimeAddress = ip.ipv4('ip.opt.time_stamp_addr', 'Address')
export const ipRecordedRoute = ip.ipv4('ip.rec_rt', 'Recorded route')
export const ipSourceRoute = ip.ipv4('ip.src_rt', 'Source route')
export const ipEmptyRoute = ip.ipv4('ip.empty_rt', 'Empty route')
