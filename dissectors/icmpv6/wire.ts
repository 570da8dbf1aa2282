/**
 * ICMPv6 messages (RFC 4443, 4861, 2710, 3810, 2894, 4620, 6275, 3971, 4286, 5568, 6743, 6775, 8335): code points and fields.
 * Fields of Neighbor Discovery options are in `option-fields.ts`.
 */
import { protocol } from '../core/fields.ts'
import { CHECKSUM_STATUS, ECHO_STATES, EXTENDED_ECHO_CODES, type ExtendedEchoFields } from '../icmp/wire.ts'

export const HEADER_SIZE = 8

export const enum Type {
  Unreachable = 1,
  TooBig = 2,
  TimeExceeded = 3,
  ParameterProblem = 4,
  Echo = 128,
  EchoReply = 129,
  ListenerQuery = 130,
  ListenerReport = 131,
  ListenerDone = 132,
  RouterSolicitation = 133,
  RouterAdvertisement = 134,
  NeighborSolicitation = 135,
  NeighborAdvertisement = 136,
  Redirect = 137,
  RouterRenumbering = 138,
  NodeQuery = 139,
  NodeReply = 140,
  InverseSolicitation = 141,
  InverseAdvertisement = 142,
  ListenerReport2 = 143,
  HomeAgentRequest = 144,
  HomeAgentReply = 145,
  MobilePrefixSolicitation = 146,
  MobilePrefixAdvertisement = 147,
  CertificationPathSolicitation = 148,
  CertificationPathAdvertisement = 149,
  ExperimentalMobility = 150,
  MulticastRouterAdvertisement = 151,
  MulticastRouterSolicitation = 152,
  MulticastRouterTermination = 153,
  FastHandover = 154,
  Rpl = 155,
  LocatorUpdate = 156,
  DuplicateAddressRequest = 157,
  DuplicateAddressConfirmation = 158,
  ExtendedEcho = 160,
  ExtendedEchoReply = 161,
}

export const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'Destination unreachable',
  2: 'Packet too big',
  3: 'Time exceeded',
  4: 'Parameter problem',
  100: 'Private experimentation',
  101: 'Private experimentation',
  127: 'Reserved for expansion of error messages',
  128: 'Echo (ping) request',
  129: 'Echo (ping) reply',
  130: 'Multicast listener query',
  131: 'Multicast listener report',
  132: 'Multicast listener done',
  133: 'Router solicitation',
  134: 'Router advertisement',
  135: 'Neighbor solicitation',
  136: 'Neighbor advertisement',
  137: 'Redirect',
  138: 'Router renumbering',
  139: 'Node information query',
  140: 'Node information reply',
  141: 'Inverse neighbor discovery solicitation',
  142: 'Inverse neighbor discovery advertisement',
  143: 'Multicast listener report v2',
  144: 'Home agent address discovery request',
  145: 'Home agent address discovery reply',
  146: 'Mobile prefix solicitation',
  147: 'Mobile prefix advertisement',
  148: 'Certification path solicitation',
  149: 'Certification path advertisement',
  150: 'Experimental mobility',
  151: 'Multicast router advertisement',
  152: 'Multicast router solicitation',
  153: 'Multicast router termination',
  154: 'Fast handover (FMIPv6)',
  155: 'RPL control',
  156: 'ILNP locator update',
  157: 'Duplicate address request',
  158: 'Duplicate address confirmation',
  159: 'MPL control',
  160: 'Extended echo request',
  161: 'Extended echo reply',
  200: 'Private experimentation',
  201: 'Private experimentation',
  255: 'Reserved for expansion of informational messages',
}

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [Type.Unreachable]: {
    0: 'no route to destination',
    1: 'administratively prohibited',
    2: 'beyond scope of source address',
    3: 'address unreachable',
    4: 'port unreachable',
    5: 'source address failed ingress/egress policy',
    6: 'reject route to destination',
    7: 'error in source routing header',
    8: 'headers too long',
  },
  [Type.TimeExceeded]: { 0: 'hop limit exceeded in transit', 1: 'fragment reassembly time exceeded' },
  [Type.ParameterProblem]: {
    0: 'erroneous header field',
    1: 'unrecognized next header',
    2: 'unrecognized IPv6 option',
    3: 'first fragment has an incomplete header chain',
    4: 'segment routing upper-layer header error',
    5: 'unrecognized next header at an intermediate node',
    6: 'extension header too big',
    7: 'extension header chain too long',
    8: 'too many extension headers',
    9: 'too many options in an extension header',
    10: 'option too big',
  },
  [Type.RouterRenumbering]: { 0: 'command', 1: 'result', 255: 'sequence number reset' },
  [Type.NodeQuery]: { 0: 'subject is an IPv6 address', 1: 'subject is a name', 2: 'subject is an IPv4 address' },
  [Type.NodeReply]: { 0: 'successful', 1: 'refused', 2: 'unknown query type' },
  [Type.ExtendedEchoReply]: EXTENDED_ECHO_CODES,
}

/** 'Destination unreachable (no route to destination)'. */
export function messageName(type: number, code: number): string {
  const name = TYPE_NAMES[type] ?? `type ${type}`
  const words = CODES[type]?.[code]
  return words !== undefined ? `${name} (${words})` : code === 0 ? name : `${name} (code ${code})`
}

export const icmpv6 = protocol('icmpv6', 'Internet Control Message Protocol v6', 'ICMPv6')
export const icmpv6Type = icmpv6.uint8('icmpv6.type', 'Type', { values: TYPE_NAMES })
export const icmpv6Code = icmpv6.uint8('icmpv6.code', 'Code')
export const icmpv6Checksum = icmpv6.uint16('icmpv6.checksum', 'Checksum', { base: 'hex' })
export const icmpv6ChecksumStatus = icmpv6.uint8('icmpv6.checksum.status', 'Checksum status', { values: CHECKSUM_STATUS })
export const icmpv6Reserved = icmpv6.bytes('icmpv6.reserved', 'Reserved')
export const icmpv6Data = icmpv6.bytes('icmpv6.data', 'Data')
export const icmpv6Unknown = icmpv6.bytes('icmpv6.unknown_data', 'Unknown data')
export const icmpv6Length = icmpv6.uint8('icmpv6.length', 'Length of original datagram')
export const icmpv6Mtu = icmpv6.uint32('icmpv6.mtu', 'MTU')
export const icmpv6Pointer = icmpv6.uint32('icmpv6.pointer', 'Pointer')
export const echoIdentifier = icmpv6.uint16('icmpv6.echo.identifier', 'Identifier', { base: 'hex' })
export const echoSequence = icmpv6.uint16('icmpv6.echo.sequence_number', 'Sequence')
/** Teredo's connectivity test (RFC 4380 section 5.2.9) is an echo whose data is random */
export const echoNonce = icmpv6.bytes('icmpv6.nonce', 'Nonce')
export const extendedEcho: ExtendedEchoFields = {
  sequence: icmpv6.uint8('icmpv6.ext.echo.seq', 'Sequence number'),
  requestReserved: icmpv6.uint8('icmpv6.ext.echo.req.res', 'Reserved', { base: 'hex' }),
  local: icmpv6.bool('icmpv6.ext.echo.req.local', 'Local bit'),
  state: icmpv6.uint8('icmpv6.ext.echo.rsp.state', 'State', { values: ECHO_STATES }),
  replyReserved: icmpv6.uint8('icmpv6.ext.echo.rsp.res', 'Reserved', { base: 'hex' }),
  active: icmpv6.bool('icmpv6.ext.echo.rsp.active', 'Active bit'),
  ipv4: icmpv6.bool('icmpv6.ext.echo.rsp.ipv4', 'IPv4 bit'),
  ipv6: icmpv6.bool('icmpv6.ext.echo.rsp.ipv6', 'IPv6 bit'),
}

// --- Neighbor Discovery (RFC 4861 section 4)
export const PREFERENCE_NAMES = { 0: 'Medium', 1: 'High', 2: 'Reserved', 3: 'Low' }
export const raHopLimit = icmpv6.uint8('icmpv6.nd.ra.cur_hop_limit', 'Current hop limit')
export const raFlags = icmpv6.uint8('icmpv6.nd.ra.flag', 'Flags', { base: 'hex' })
export const raManaged = icmpv6.bool('icmpv6.nd.ra.flag.m', 'Managed address configuration')
export const raOther = icmpv6.bool('icmpv6.nd.ra.flag.o', 'Other configuration')
export const raHomeAgent = icmpv6.bool('icmpv6.nd.ra.flag.h', 'Home agent')
export const raPreference = icmpv6.uint8('icmpv6.nd.ra.flag.prf', 'Default router preference', { values: PREFERENCE_NAMES })
export const raProxy = icmpv6.bool('icmpv6.nd.ra.flag.p', 'Proxy')
export const raFlagsReserved = icmpv6.uint8('icmpv6.nd.ra.flag.rsv', 'Reserved')
export const raLifetime = icmpv6.uint16('icmpv6.nd.ra.router_lifetime', 'Router lifetime (s)')
export const raReachable = icmpv6.uint32('icmpv6.nd.ra.reachable_time', 'Reachable time (ms)')
export const raRetransmission = icmpv6.uint32('icmpv6.nd.ra.retrans_timer', 'Retransmission timer (ms)')
export const nsTarget = icmpv6.ipv6('icmpv6.nd.ns.target_address', 'Target address')
export const naFlags = icmpv6.uint32('icmpv6.nd.na.flag', 'Flags', { base: 'hex' })
export const naRouter = icmpv6.bool('icmpv6.nd.na.flag.r', 'Router')
export const naSolicited = icmpv6.bool('icmpv6.nd.na.flag.s', 'Solicited')
export const naOverride = icmpv6.bool('icmpv6.nd.na.flag.o', 'Override')
export const naReserved = icmpv6.uint32('icmpv6.nd.na.flag.rsv', 'Reserved')
export const naTarget = icmpv6.ipv6('icmpv6.nd.na.target_address', 'Target address')
export const redirectTarget = icmpv6.ipv6('icmpv6.nd.rd.target_address', 'Target address')
export const redirectDestination = icmpv6.ipv6('icmpv6.rd.na.destination_address', 'Destination address')

// --- multicast listeners (RFC 2710, RFC 3810 section 5)
export const RECORD_TYPES = {
  1: 'Mode is include',
  2: 'Mode is exclude',
  3: 'Change to include mode',
  4: 'Change to exclude mode',
  5: 'Allow new sources',
  6: 'Block old sources',
}
export const mldDelay = icmpv6.uint16('icmpv6.mld.maximum_response_delay', 'Maximum response delay (ms)')
export const mldCode = icmpv6.uint32('icmpv6.mld.maximum_response_code', 'Maximum response delay, in ms, of its code')
export const mldAddress = icmpv6.ipv6('icmpv6.mld.multicast_address', 'Multicast address')
export const mldFlags = icmpv6.uint8('icmpv6.mld.flag', 'Flags', { base: 'hex' })
export const mldSuppress = icmpv6.bool('icmpv6.mld.flag.s', 'Suppress router-side processing')
export const mldRobustness = icmpv6.uint8('icmpv6.mld.flag.qrv', "Querier's robustness variable")
export const mldFlagsReserved = icmpv6.uint8('icmpv6.mld.flag.reserved', 'Reserved')
export const mldInterval = icmpv6.uint16('icmpv6.mld.qqi', "Querier's query interval, in s, of its code")
export const mldSourceCount = icmpv6.uint16('icmpv6.mld.nb_sources', 'Number of sources')
export const mldSource = icmpv6.ipv6('icmpv6.mld.source_address', 'Source address')
export const reportCount = icmpv6.uint16('icmpv6.mldr.nb_mcast_records', 'Number of multicast address records')
export const record = icmpv6.group('icmpv6.mldr.mar', 'Multicast address record')
export const recordType = icmpv6.uint8('icmpv6.mldr.mar.record_type', 'Record type', { values: RECORD_TYPES })
export const recordAuxiliaryLength = icmpv6.uint8('icmpv6.mldr.mar.aux_data_len', 'Auxiliary data length')
export const recordSourceCount = icmpv6.uint16('icmpv6.mldr.mar.nb_sources', 'Number of sources')
export const recordAddress = icmpv6.ipv6('icmpv6.mldr.mar.multicast_address', 'Multicast address')
export const recordSource = icmpv6.ipv6('icmpv6.mldr.mar.source_address', 'Source address')
export const recordAuxiliary = icmpv6.bytes('icmpv6.mldr.mar.auxiliary_data', 'Auxiliary data')

// --- router renumbering (RFC 2894 section 3)
export const rrSequence = icmpv6.uint32('icmpv6.rr.sequence_number', 'Sequence number')
export const rrSegment = icmpv6.uint8('icmpv6.rr.segment_number', 'Segment number')
export const rrFlags = icmpv6.uint8('icmpv6.rr.flag', 'Flags', { base: 'hex' })
export const rrTest = icmpv6.bool('icmpv6.rr.flag.t', 'Test command')
export const rrResult = icmpv6.bool('icmpv6.rr.flag.r', 'Result requested')
export const rrAll = icmpv6.bool('icmpv6.rr.flag.a', 'All interfaces')
export const rrSite = icmpv6.bool('icmpv6.rr.flag.s', 'Site-specific')
export const rrProcessed = icmpv6.bool('icmpv6.rr.flag.p', 'Processed previously')
export const rrReserved = icmpv6.uint8('icmpv6.rr.flag.rsv', 'Reserved')
export const rrMaxDelay = icmpv6.uint16('icmpv6.rr.maxdelay', 'Maximum delay')
export const matchPart = icmpv6.group('icmpv6.rr.pco.mp', 'Match-prefix part')
export const matchOperation = icmpv6.uint8('icmpv6.rr.pco.mp.opcode', 'Operation', { values: { 1: 'Add', 2: 'Change', 3: 'Set global' } })
export const matchLength = icmpv6.uint8('icmpv6.rr.pco.mp.oplength', 'Length')
export const matchOrdinal = icmpv6.uint8('icmpv6.rr.pco.mp.ordinal', 'Ordinal', { base: 'hex' })
export const matchBits = icmpv6.uint8('icmpv6.rr.pco.mp.matchlen', 'Match length')
export const matchMinimum = icmpv6.uint8('icmpv6.rr.pco.mp.minlen', 'Minimum length')
export const matchMaximum = icmpv6.uint8('icmpv6.rr.pco.mp.maxlen', 'Maximum length')
export const matchPrefix = icmpv6.ipv6('icmpv6.rr.pco.mp.matchprefix', 'Match prefix')
export const usePart = icmpv6.group('icmpv6.rr.pco.up', 'Use-prefix part')
export const useBits = icmpv6.uint8('icmpv6.rr.pco.up.uselen', 'Use length')
export const useKeep = icmpv6.uint8('icmpv6.rr.pco.up.keeplen', 'Keep length')
export const useMask = icmpv6.uint8('icmpv6.rr.pco.up.flagmask', 'Flag mask', { base: 'hex' })
/** of the mask and of the RA flags alike */
export const useOnLink = icmpv6.bool('icmpv6.rr.pco.up.flagmask.l', 'On-link')
export const useAutonomous = icmpv6.bool('icmpv6.rr.pco.up.flagmask.a', 'Autonomous address configuration')
export const useMaskReserved = icmpv6.uint8('icmpv6.rr.pco.up.flagmask.reserved', 'Reserved')
export const useRaFlags = icmpv6.uint8('icmpv6.rr.pco.up.raflags', 'RA flags', { base: 'hex' })
export const useValid = icmpv6.uint32('icmpv6.rr.pco.up.validlifetime', 'Valid lifetime')
export const usePreferred = icmpv6.uint32('icmpv6.rr.pco.up.preferredlifetime', 'Preferred lifetime')
export const useFlags = icmpv6.uint32('icmpv6.rr.pco.up.flag', 'Flags', { base: 'hex' })
export const useDecrementValid = icmpv6.bool('icmpv6.rr.pco.up.flag.v', 'Decrement valid lifetime')
export const useDecrementPreferred = icmpv6.bool('icmpv6.rr.pco.up.flag.p', 'Decrement preferred lifetime')
export const useFlagsReserved = icmpv6.uint32('icmpv6.rr.pco.up.flag.reserved', 'Reserved')
export const usePrefix = icmpv6.ipv6('icmpv6.rr.pco.up.useprefix', 'Use prefix')
export const result = icmpv6.group('icmpv6.rr.rm', 'Result message')
export const resultFlags = icmpv6.uint16('icmpv6.rr.rm.flag', 'Flags', { base: 'hex' })
export const resultBounds = icmpv6.bool('icmpv6.rr.rm.flag.b', 'Bounds')
export const resultForbidden = icmpv6.bool('icmpv6.rr.rm.flag.f', 'Forbidden')
export const resultReserved = icmpv6.uint16('icmpv6.rr.rm.flag.reserved', 'Reserved')
export const resultOrdinal = icmpv6.uint8('icmpv6.rr.rm.ordinal', 'Ordinal', { base: 'hex' })
export const resultBits = icmpv6.uint8('icmpv6.rr.rm.matchedlen', 'Matched length')
export const resultInterface = icmpv6.uint32('icmpv6.rr.rm.interfaceindex', 'Interface index')
export const resultPrefix = icmpv6.ipv6('icmpv6.rr.rm.matchedprefix', 'Matched prefix')

// --- node information (RFC 4620)
export const QUERY_TYPES = { 0: 'NOOP', 2: 'Node name', 3: 'Node addresses', 4: 'IPv4 addresses' }
export const nodeQueryType = icmpv6.uint16('icmpv6.ni.qtype', 'Query type', { values: QUERY_TYPES })
export const nodeFlags = icmpv6.uint16('icmpv6.ni.flag', 'Flags', { base: 'hex' })
/** from bit 5 down to bit 0 */
export const nodeFlagFields = [
  icmpv6.bool('icmpv6.ni.flag.g', 'Global-scope addresses'),
  icmpv6.bool('icmpv6.ni.flag.s', 'Site-local addresses'),
  icmpv6.bool('icmpv6.ni.flag.l', 'Link-local addresses'),
  icmpv6.bool('icmpv6.ni.flag.c', 'Compression'),
  icmpv6.bool('icmpv6.ni.flag.a', 'Unicast addresses'),
  icmpv6.bool('icmpv6.ni.flag.t', 'Truncated'),
]
export const nodeFlagsReserved = icmpv6.uint16('icmpv6.ni.flag.rsv', 'Reserved', { base: 'hex' })
export const nodeNonce = icmpv6.uint64('icmpv6.ni.nonce', 'Nonce', { base: 'hex' })
export const nodeSubjectIpv6 = icmpv6.ipv6('icmpv6.ni.query.subject_ipv6', 'Subject')
export const nodeSubjectName = icmpv6.string('icmpv6.ni.query.subject_fqdn', 'Subject')
export const nodeSubjectIpv4 = icmpv6.ipv4('icmpv6.ni.query.subject_ipv4', 'Subject')
export const nodeTtl = icmpv6.uint32('icmpv6.ni.reply.node_ttl', 'Time to live')
export const nodeName = icmpv6.string('icmpv6.ni.reply.node_name', 'Node name')
export const nodeAddress = icmpv6.ipv6('icmpv6.ni.reply.node_address', 'Node address')
export const nodeIpv4 = icmpv6.ipv4('icmpv6.ni.reply.ipv4_address', 'IPv4 address')

// --- Mobile IPv6 (RFC 6275 section 6.5 to 6.8), FMIPv6 (RFC 5568), multicast routers (RFC 4286), SEND (RFC 3971)
export const mobileIdentifier = icmpv6.uint16('icmpv6.mip6.identifier', 'Identifier')
export const mobileHomeAgent = icmpv6.ipv6('icmpv6.mip6.home_agent_address', 'Home agent address')
export const mobileFlags = icmpv6.uint16('icmpv6.mip6.flag', 'Flags', { base: 'hex' })
export const mobileManaged = icmpv6.bool('icmpv6.mip6.flag.m', 'Managed address configuration')
export const mobileOther = icmpv6.bool('icmpv6.mip6.flag.o', 'Other configuration')
export const mobileReserved = icmpv6.uint16('icmpv6.mip6.flag.rsv', 'Reserved')
export const HANDOVER_TYPES = {
  2: 'Router solicitation for proxy advertisement',
  3: 'Proxy router advertisement',
  4: 'Handover initiate',
  5: 'Handover acknowledge',
}
export const handoverSubtype = icmpv6.uint8('icmpv6.fmip6.subtype', 'Subtype', { values: HANDOVER_TYPES })
export const handoverFlags = icmpv6.uint8('icmpv6.fmip6.hi.flag', 'Flags', { base: 'hex' })
export const handoverAssigned = icmpv6.bool('icmpv6.fmip6.hi.flag.s', 'Assigned address configuration')
export const handoverBuffer = icmpv6.bool('icmpv6.fmip6.hi.flag.a', 'Buffer')
export const handoverReserved = icmpv6.uint8('icmpv6.fmip6.hi.flag.reserved', 'Reserved')
export const handoverIdentifier = icmpv6.uint16('icmpv6.fmip6.identifier', 'Identifier')
export const multicastQueryInterval = icmpv6.uint16('icmpv6.mcast_ra.query_interval', 'Query interval')
export const multicastRobustness = icmpv6.uint16('icmpv6.mcast_ra.robustness_variable', 'Robustness variable')
export const sendIdentifier = icmpv6.uint16('icmpv6.send.identifier', 'Identifier')
export const sendAllComponents = icmpv6.uint16('icmpv6.send.all_components', 'All components')
export const sendComponent = icmpv6.uint16('icmpv6.send.component', 'Component')

// --- ILNP locator update (RFC 6743), duplicate address messages of 6LoWPAN (RFC 6775 section 4.4)
export const locatorCount = icmpv6.uint8('icmpv6.ilnp.nb_locs', 'Number of locators')
export const locator = icmpv6.uint64('icmpv6.ilnp.nb_locator', 'Locator', { base: 'hex' })
export const locatorPreference = icmpv6.uint32('icmpv6.ilnp.nb_preference', 'Preference')
export const locatorLifetime = icmpv6.uint32('icmpv6.ilnp.nb_lifetime', 'Lifetime')
export const duplicateStatus = icmpv6.uint8('icmpv6.6lowpannd.da.status', 'Status')
export const duplicateReserved = icmpv6.uint8('icmpv6.6lowpannd.da.rsv', 'Reserved')
export const duplicateLifetime = icmpv6.uint16('icmpv6.6lowpannd.da.lifetime', 'Lifetime')
export const duplicateEui64 = icmpv6.ether('icmpv6.6lowpannd.da.eui64', 'EUI-64')
export const duplicateAddress = icmpv6.ipv6('icmpv6.6lowpannd.da.reg_addr', 'Registered address')
