/**
 * BGP-4 on the wire (RFC 4271) with capabilities (RFC 5492), MP (4760), 4-byte AS numbers (6793), ADD-PATH (7911), route refresh (2918, 7313),
 * graceful restart (4724), communities (1997, 4360, 8092), EVPN (7432), prefix SIDs (8669, 9252). Offsets, code points and fields; names are Wireshark's.
 */
import { protocol } from '../core/fields.ts'

export const BGP_PORT = 179
export const MARKER = 16
export const HEADER = 19
/** RFC 8654: extended messages */
export const MAX_MESSAGE = 65_535

export const enum Message {
  Open = 1,
  Update = 2,
  Notification = 3,
  Keepalive = 4,
  RouteRefresh = 5,
  CiscoRouteRefresh = 128,
}

export const MESSAGE_NAMES: Readonly<Record<number, string>> = {
  1: 'OPEN',
  2: 'UPDATE',
  3: 'NOTIFICATION',
  4: 'KEEPALIVE',
  5: 'ROUTE-REFRESH',
  6: 'CAPABILITY',
  128: 'ROUTE-REFRESH',
}

export const enum Capability {
  Multiprotocol = 1,
  ExtendedNextHop = 5,
  GracefulRestart = 64,
  FourByteAs = 65,
  AddPath = 69,
  Name = 73,
}

export const CAPABILITY_NAMES: Readonly<Record<number, string>> = {
  0: 'Reserved',
  1: 'Multiprotocol extensions',
  2: 'Route refresh',
  3: 'Outbound route filtering',
  5: 'Extended next hop encoding',
  6: 'Extended message',
  7: 'BGPsec',
  8: 'Multiple labels',
  9: 'Role',
  64: 'Graceful restart',
  65: '4-octet AS number',
  67: 'Dynamic capability',
  68: 'Multisession',
  69: 'Additional paths',
  70: 'Enhanced route refresh',
  71: 'Long-lived graceful restart',
  73: 'FQDN',
  128: 'Route refresh (Cisco)',
  130: 'Outbound route filtering (Cisco)',
  131: 'Multisession (Cisco)',
}

export const enum Attribute {
  Origin = 1,
  AsPath = 2,
  NextHop = 3,
  MultiExit = 4,
  LocalPreference = 5,
  AtomicAggregate = 6,
  Aggregator = 7,
  Communities = 8,
  Originator = 9,
  ClusterList = 10,
  Reach = 14,
  Unreach = 15,
  ExtendedCommunities = 16,
  As4Path = 17,
  As4Aggregator = 18,
  PmsiTunnel = 22,
  LargeCommunities = 32,
  PrefixSid = 40,
}

export const ATTRIBUTE_NAMES: Readonly<Record<number, string>> = {
  1: 'ORIGIN',
  2: 'AS_PATH',
  3: 'NEXT_HOP',
  4: 'MULTI_EXIT_DISC',
  5: 'LOCAL_PREF',
  6: 'ATOMIC_AGGREGATE',
  7: 'AGGREGATOR',
  8: 'COMMUNITIES',
  9: 'ORIGINATOR_ID',
  10: 'CLUSTER_LIST',
  14: 'MP_REACH_NLRI',
  15: 'MP_UNREACH_NLRI',
  16: 'EXTENDED_COMMUNITIES',
  17: 'AS4_PATH',
  18: 'AS4_AGGREGATOR',
  22: 'PMSI_TUNNEL',
  23: 'TUNNEL_ENCAPSULATION',
  25: 'IPV6_EXTENDED_COMMUNITIES',
  26: 'AIGP',
  29: 'LINK_STATE',
  32: 'LARGE_COMMUNITIES',
  35: 'ONLY_TO_CUSTOMER',
  40: 'PREFIX_SID',
  128: 'ATTR_SET',
}

export const enum AttributeFlag {
  Optional = 0x80,
  Transitive = 0x40,
  Partial = 0x20,
  ExtendedLength = 0x10,
}

export const enum Family {
  Ipv4 = 1,
  Ipv6 = 2,
  Layer2 = 25,
}

export const FAMILY_NAMES = { 1: 'IPv4', 2: 'IPv6', 25: 'Layer-2 VPN', 16388: 'Link state' }
export const enum Sub {
  Unicast = 1,
  Multicast = 2,
  Labelled = 4,
  Evpn = 70,
  Vpn = 128,
}
export const SUB_NAMES = {
  1: 'Unicast',
  2: 'Multicast',
  4: 'Labelled unicast',
  66: 'MDT',
  70: 'EVPN',
  128: 'Labelled VPN unicast',
  132: 'Route target',
  133: 'Flow specification',
}

/** Communities with a meaning of their own (IANA registry). */
export const WELL_KNOWN: Readonly<Record<number, string>> = {
  4294901760: 'GRACEFUL_SHUTDOWN',
  4294901761: 'ACCEPT_OWN',
  4294901766: 'LLGR_STALE',
  4294901767: 'NO_LLGR',
  4294902426: 'BLACKHOLE',
  4294967041: 'NO_EXPORT',
  4294967042: 'NO_ADVERTISE',
  4294967043: 'NO_EXPORT_SUBCONFED',
  4294967044: 'NOPEER',
}

export const MAJOR_ERRORS: Readonly<Record<number, string>> = {
  1: 'Message header error',
  2: 'OPEN message error',
  3: 'UPDATE message error',
  4: 'Hold timer expired',
  5: 'Finite state machine error',
  6: 'Cease',
  7: 'ROUTE-REFRESH message error',
}

/** RFC 4271 section 6.2, RFC 5492 section 3, RFC 9234 section 4.2 */
const OPEN_ERRORS: Readonly<Record<number, string>> = {
  1: 'Unsupported version number',
  2: 'Bad peer AS',
  3: 'Bad BGP identifier',
  4: 'Unsupported optional parameter',
  6: 'Unacceptable hold time',
  7: 'Unsupported capability',
  11: 'Role mismatch',
}

/** RFC 4271 section 6.3 */
const UPDATE_ERRORS: Readonly<Record<number, string>> = {
  1: 'Malformed attribute list',
  2: 'Unrecognized well-known attribute',
  3: 'Missing well-known attribute',
  4: 'Attribute flags error',
  5: 'Attribute length error',
  6: 'Invalid ORIGIN attribute',
  8: 'Invalid NEXT_HOP attribute',
  9: 'Optional attribute error',
  10: 'Invalid network field',
  11: 'Malformed AS_PATH',
}

/** RFC 6608 section 3 */
const STATE_ERRORS: Readonly<Record<number, string>> = {
  1: 'Unexpected message in OpenSent',
  2: 'Unexpected message in OpenConfirm',
  3: 'Unexpected message in Established',
}

const CEASE_ERRORS: Readonly<Record<number, string>> = {
  1: 'Maximum number of prefixes reached',
  2: 'Administratively shut down',
  3: 'Peer de-configured',
  4: 'Administratively reset',
  5: 'Connection rejected',
  6: 'Other configuration change',
  7: 'Connection collision resolution',
  8: 'Out of resources',
  9: 'Hard reset',
  10: 'BFD down',
}

/** names of subcodes by error code */
export const MINOR_ERRORS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  2: OPEN_ERRORS,
  3: UPDATE_ERRORS,
  5: STATE_ERRORS,
  6: CEASE_ERRORS,
}

const hex = { base: 'hex' } as const

export const bgp = protocol('bgp', 'Border Gateway Protocol', 'BGP')

const P = 'bgp.update.path_attribute'
const S = 'bgp.prefix_sid'
const L3 = 'bgp.prefix_sid.srv6_l3vpn'
const E = 'bgp.evpn.nlri'
const X = 'bgp.ext_com'

export const Field = {
  marker: bgp.bytes('bgp.marker', 'Marker'),
  length: bgp.uint16('bgp.length', 'Length'),
  type: bgp.uint8('bgp.type', 'Type', { values: MESSAGE_NAMES }),
  data: bgp.bytes('mh.bgp.data', 'Data'),

  version: bgp.uint8('bgp.open.version', 'Version'),
  myAs: bgp.uint16('bgp.open.myas', 'AS number'),
  holdTime: bgp.uint16('bgp.open.holdtime', 'Hold time'),
  identifier: bgp.ipv4('bgp.open.identifier', 'BGP identifier'),
  optionalLength: bgp.uint8('bgp.open.opt.len', 'Optional parameters length'),
  parameter: bgp.group('bgp.open.opt.param', 'Optional parameter'),
  parameterType: bgp.uint8('bgp.open.opt.param.type', 'Parameter type'),
  parameterLength: bgp.uint8('bgp.open.opt.param.len', 'Parameter length'),
  capability: bgp.group('bgp.cap', 'Capability'),
  capabilityType: bgp.uint8('bgp.cap.type', 'Type', { values: CAPABILITY_NAMES }),
  capabilityLength: bgp.uint8('bgp.cap.length', 'Length'),
  capabilityUnknown: bgp.bytes('bgp.cap.unknown', 'Value'),
  capabilityReserved: bgp.bytes('bgp.cap.reserved', 'Reserved'),
  multiFamily: bgp.uint16('bgp.cap.mp.afi', 'AFI', { values: FAMILY_NAMES }),
  multiSub: bgp.uint8('bgp.cap.mp.safi', 'SAFI', { values: SUB_NAMES }),
  nextHopFamily: bgp.uint16('bgp.cap.enh.afi', 'AFI', { values: FAMILY_NAMES }),
  nextHopSub: bgp.uint16('bgp.cap.enh.safi', 'SAFI', { values: SUB_NAMES }),
  nextHopOther: bgp.uint16('bgp.cap.enh.nhafi', 'Next hop AFI', { values: FAMILY_NAMES }),
  restartTimers: bgp.uint16('bgp.cap.gr.timers', 'Restart timers', hex),
  restartFlag: bgp.bool('bgp.cap.gr.timers.restart_flag', 'Restart state'),
  restartNotification: bgp.bool('bgp.cap.gr.timers.notification_flag', 'Graceful notification'),
  restartTime: bgp.uint16('bgp.cap.gr.timers.restart_time', 'Restart time'),
  restartFamily: bgp.uint16('bgp.cap.gr.afi', 'AFI', { values: FAMILY_NAMES }),
  restartSub: bgp.uint8('bgp.cap.gr.safi', 'SAFI', { values: SUB_NAMES }),
  restartFlags: bgp.uint8('bgp.cap.gr.flag', 'Flags', hex),
  restartPreserved: bgp.bool('bgp.cap.gr.flag.pfs', 'Forwarding state preserved'),
  as4: bgp.uint32('bgp.cap.4as', 'AS number'),
  pathFamily: bgp.uint16('bgp.cap.ap.afi', 'AFI', { values: FAMILY_NAMES }),
  pathSub: bgp.uint8('bgp.cap.ap.safi', 'SAFI', { values: SUB_NAMES }),
  pathMode: bgp.uint8('bgp.cap.ap.sendreceive', 'Send or receive', { values: { 1: 'Receive', 2: 'Send', 3: 'Both' } }),
  hostNameLength: bgp.uint8('bgp.cap.orf.fqdn.hostname.len', 'Host name length'),
  hostName: bgp.string('bgp.cap.orf.fqdn.hostname', 'Host name'),
  domainLength: bgp.uint8('bgp.cap.orf.fqdn.domain_name.len', 'Domain name length'),
  domain: bgp.string('bgp.cap.orf.fqdn.domain_name', 'Domain name'),

  majorError: bgp.uint8('bgp.notify.major_error', 'Error', { values: MAJOR_ERRORS }),
  minorError: bgp.uint8('bgp.notify.minor_error', 'Error subcode'),
  minorOpen: bgp.uint8('bgp.notify.minor_error_open', 'OPEN error', { values: OPEN_ERRORS }),
  minorUpdate: bgp.uint8('bgp.notify.minor_error_update', 'UPDATE error', { values: UPDATE_ERRORS }),
  minorExpired: bgp.uint8('bgp.notify.minor_error_expired', 'Hold timer error'),
  minorState: bgp.uint8('bgp.notify.minor_error_state', 'State machine error', { values: STATE_ERRORS }),
  minorCease: bgp.uint8('bgp.notify.minor_error_cease', 'Cease', { values: CEASE_ERRORS }),
  minorUnknown: bgp.uint8('bgp.notify.minor_error_unknown', 'Error subcode'),
  minorData: bgp.bytes('bgp.notify.minor_data', 'Data'),
  communicationLength: bgp.uint8('bgp.notify.communication_length', 'Shutdown communication length'),
  communication: bgp.string('bgp.notify.communication', 'Shutdown communication'),
  refreshFamily: bgp.uint16('bgp.route_refresh.afi', 'AFI', { values: FAMILY_NAMES }),
  refreshSubtype: bgp.uint8('bgp.route_refresh.subtype', 'Subtype'),
  refreshSub: bgp.uint8('bgp.route_refresh.safi', 'SAFI', { values: SUB_NAMES }),

  withdrawnLength: bgp.uint16('bgp.update.withdrawn_routes.length', 'Withdrawn routes length'),
  attributesLength: bgp.uint16('bgp.update.path_attributes.length', 'Path attributes length'),
  attribute: bgp.group(P, 'Path attribute'),
  attributeFlags: bgp.uint8(`${P}.flags`, 'Flags', hex),
  flagOptional: bgp.bool(`${P}.flags.optional`, 'Optional'),
  flagTransitive: bgp.bool(`${P}.flags.transitive`, 'Transitive'),
  flagPartial: bgp.bool(`${P}.flags.partial`, 'Partial'),
  flagExtended: bgp.bool(`${P}.flags.extended_length`, 'Extended length'),
  flagUnused: bgp.uint8(`${P}.flags.unused`, 'Unused', hex),
  attributeType: bgp.uint8(`${P}.type_code`, 'Type', { values: ATTRIBUTE_NAMES }),
  attributeLength: bgp.uint16(`${P}.length`, 'Length'),
  origin: bgp.uint8(`${P}.origin`, 'Origin', { values: { 0: 'IGP', 1: 'EGP', 2: 'INCOMPLETE' } }),
  segment: bgp.group(`${P}.as_path_segment`, 'AS path segment'),
  segmentType: bgp.uint8(`${P}.as_path_segment.type`, 'Segment type', {
    values: { 1: 'AS_SET', 2: 'AS_SEQUENCE', 3: 'AS_CONFED_SEQUENCE', 4: 'AS_CONFED_SET' },
  }),
  segmentLength: bgp.uint8(`${P}.as_path_segment.length`, 'Segment length'),
  segmentAs2: bgp.uint16(`${P}.as_path_segment.as2`, 'AS'),
  segmentAs4: bgp.uint32(`${P}.as_path_segment.as4`, 'AS'),
  nextHop: bgp.ipv4(`${P}.next_hop`, 'Next hop'),
  multiExit: bgp.uint32(`${P}.multi_exit_disc`, 'Multi-exit discriminator'),
  localPreference: bgp.uint32(`${P}.local_pref`, 'Local preference'),
  aggregatorAs: bgp.uint32(`${P}.aggregator_as`, 'Aggregator AS'),
  aggregator: bgp.ipv4(`${P}.aggregator_origin`, 'Aggregator'),
  communityKnown: bgp.uint32(`${P}.community_wellknown`, 'Community', { base: 'hex', values: WELL_KNOWN }),
  communityAs: bgp.uint16(`${P}.community_as`, 'Community AS'),
  communityValue: bgp.uint16(`${P}.community_value`, 'Community value'),
  originator: bgp.ipv4(`${P}.originator_id`, 'Originator identifier'),
  cluster: bgp.ipv4('bgp.path_attribute.cluster_id', 'Cluster identifier'),
  large: bgp.string('bgp.large_communities', 'Large community'),
  largeAdministrator: bgp.uint32('bgp.large_communities.ga', 'Global administrator'),
  largePart1: bgp.uint32('bgp.large_communities.ldp1', 'Local part 1'),
  largePart2: bgp.uint32('bgp.large_communities.ldp2', 'Local part 2'),
  reachFamily: bgp.uint16(`${P}.mp_reach_nlri.afi`, 'AFI', { values: FAMILY_NAMES }),
  reachSub: bgp.uint8(`${P}.mp_reach_nlri.safi`, 'SAFI', { values: SUB_NAMES }),
  reachNextHop: bgp.bytes(`${P}.mp_reach_nlri.next_hop`, 'Next hop with its length'),
  reachNextHopRd: bgp.string(`${P}.mp_reach_nlri.next_hop.rd`, 'Route distinguisher'),
  reachNextHop4: bgp.ipv4(`${P}.mp_reach_nlri.next_hop.ipv4`, 'IPv4 next hop'),
  reachNextHop6: bgp.ipv6(`${P}.mp_reach_nlri.next_hop.ipv6`, 'IPv6 next hop'),
  reachLinkLocal: bgp.ipv6(`${P}.mp_reach_nlri.next_hop.ipv6.link_local`, 'Link-local next hop'),
  reachReserved: bgp.uint8(`${P}.mp_reach_nlri.nbr_snpa`, 'Reserved'),
  unreachFamily: bgp.uint16(`${P}.mp_unreach_nlri.afi`, 'AFI', { values: FAMILY_NAMES }),
  unreachSub: bgp.uint8(`${P}.mp_unreach_nlri.safi`, 'SAFI', { values: SUB_NAMES }),
  prefix: bgp.group('mh.bgp.prefix', 'Prefix'),
  pathId: bgp.uint32('bgp.nlri_path_id', 'Path identifier'),
  prefixLength: bgp.uint8('bgp.prefix_length', 'Prefix length'),
  labels: bgp.string('bgp.label_stack', 'Label stack'),
  distinguisher: bgp.string('bgp.rd', 'Route distinguisher'),
  /** of IPv6 VPN routes, for which Wireshark has a line of text and no fields */
  vpn6Length: bgp.uint8('mh.bgp.vpn_ipv6_prefix_length', 'Prefix length'),
  vpn6Distinguisher: bgp.string('mh.bgp.vpn_ipv6_rd', 'Route distinguisher'),
  vpn6: bgp.ipv6('mh.bgp.vpn_ipv6_prefix', 'Prefix'),
  announced: bgp.ipv4('bgp.nlri_prefix', 'Announced prefix'),
  withdrawn: bgp.ipv4('bgp.withdrawn_prefix', 'Withdrawn prefix'),
  reach4: bgp.ipv4('bgp.mp_reach_nlri_ipv4_prefix', 'Announced prefix'),
  reach6: bgp.ipv6('bgp.mp_reach_nlri_ipv6_prefix', 'Announced prefix'),
  unreach4: bgp.ipv4('bgp.mp_unreach_nlri_ipv4_prefix', 'Withdrawn prefix'),
  unreach6: bgp.ipv6('bgp.mp_unreach_nlri_ipv6_prefix', 'Withdrawn prefix'),

  evpnType: bgp.uint8(`${E}.rt`, 'Route type'),
  evpnLength: bgp.uint8(`${E}.len`, 'Length'),
  evpnRd: bgp.bytes(`${E}.rd`, 'Route distinguisher'),
  evpnEsi: bgp.string(`${E}.esi`, 'Ethernet segment'),
  evpnEsiType: bgp.uint8(`${E}.esi.type`, 'Segment type'),
  evpnEsi0: bgp.string(`${E}.esi.type0`, 'Segment value'),
  evpnEsiValue: bgp.string(`${E}.esi.value`, 'Segment value'),
  evpnTag: bgp.uint32(`${E}.etag`, 'Ethernet tag'),
  evpnMacLength: bgp.uint8(`${E}.maclen`, 'MAC address length'),
  evpnMac: bgp.ether(`${E}.mac_addr`, 'MAC address'),
  evpnIpLength: bgp.uint8(`${E}.iplen`, 'IP address length'),
  evpnIp4: bgp.ipv4(`${E}.ip.addr`, 'Address'),
  evpnIp6: bgp.ipv6(`${E}.ipv6.addr`, 'Address'),
  evpnLabel1: bgp.uint24(`${E}.mpls_ls1`, 'MPLS label 1'),
  evpnLabel2: bgp.uint24(`${E}.mpls_ls2`, 'MPLS label 2'),
  evpnVni: bgp.uint24(`${E}.vni`, 'VNI'),
  pmsiFlags: bgp.uint8(`${P}.pmsi.tunnel.flags`, 'Flags'),
  pmsiType: bgp.uint8(`${P}.pmsi.tunnel.type`, 'Tunnel type'),
  pmsiReplication: bgp.ipv4(`${P}.pmsi.ingress_rep_ip`, 'Tunnel end point'),

  extendedType: bgp.uint8(`${X}.type`, 'Type', hex),
  extendedAuthority: bgp.bool(`${X}.type.auth`, 'Allocated by standards action'),
  extendedNonTransitive: bgp.bool(`${X}.type.tran`, 'Not transitive'),
  extendedAs2: bgp.uint8(`${X}.stype_tr_as2`, 'Subtype', hex),
  extendedAs2Local: bgp.uint8(`${X}.stype_ntr_as2`, 'Subtype', hex),
  extendedIp: bgp.uint8(`${X}.stype_tr_IP4`, 'Subtype', hex),
  extendedIpLocal: bgp.uint8(`${X}.stype_ntr_IP4`, 'Subtype', hex),
  extendedAs4: bgp.uint8(`${X}.stype_tr_as4`, 'Subtype', hex),
  extendedAs4Local: bgp.uint8(`${X}.stype_ntr_as4`, 'Subtype', hex),
  extendedOpaque: bgp.uint8(`${X}.stype_tr_opaque`, 'Subtype', hex),
  extendedOpaqueLocal: bgp.uint8(`${X}.stype_ntr_opaque`, 'Subtype', hex),
  extendedEvpn: bgp.uint8(`${X}.stype_tr_evpn`, 'Subtype', hex),
  extendedExperimental: bgp.uint8(`${X}.stype_tr_exp`, 'Subtype', hex),
  valueAs2: bgp.uint16(`${X}.value_as2`, 'AS'),
  valueAs4: bgp.uint32(`${X}.value_as4`, 'AS'),
  valueIp: bgp.ipv4(`${X}.value_IP4`, 'IPv4 address'),
  valueNumber2: bgp.uint16(`${X}.value_an2`, 'Number'),
  valueNumber4: bgp.uint32(`${X}.value_an4`, 'Number'),
  valueBandwidth: bgp.string(`${X}.value_link_bw`, 'Link bandwidth in bytes a second'),
  valueTunnel: bgp.uint16(`${X}.tunnel_type`, 'Tunnel type'),
  ospfArea: bgp.ipv4(`${X}.value_ospf_rtype.area`, 'OSPF area'),
  ospfType: bgp.uint8(`${X}.value_ospf_rtype.type`, 'OSPF route type'),
  ospfOptions: bgp.uint8(`${X}.value_ospf_rtype.options`, 'OSPF options', hex),
  ospfMetric: bgp.bool(`${X}.value_ospf_rtype.options.mt`, 'OSPF metric type 2'),
  ospfRouter: bgp.ipv4(`${X}.value_ospf_rid`, 'OSPF router'),
  mobilityFlags: bgp.uint8('bgp.ext_com_evpn.mmac.flags', 'Flags', hex),
  mobilitySticky: bgp.bool('bgp.ext_com_evpn.mmac.flags.sticky', 'Sticky'),
  mobilitySequence: bgp.uint32('bgp.ext_com_evpn.mmac.seq', 'Sequence number'),

  sidType: bgp.uint8(`${S}.type`, 'Type'),
  sidLength: bgp.uint16(`${S}.length`, 'Length'),
  sidReserved: bgp.bytes(`${S}.reserved`, 'Reserved'),
  sidSubType: bgp.uint8(`${L3}.sub_tlv.type`, 'Type'),
  sidSubLength: bgp.uint16(`${L3}.sub_tlv.length`, 'Length'),
  sidSubReserved: bgp.bytes(`${L3}.sub_tlv.reserved`, 'Reserved'),
  sid: bgp.ipv6(`${L3}.sid_value`, 'SID'),
  sidFlags: bgp.uint8(`${L3}.sid_flags`, 'Flags', hex),
  sidBehavior: bgp.uint16(`${L3}.srv6_endpoint_behavior`, 'Endpoint behavior', hex),
  sidInnerReserved: bgp.bytes(`${L3}.reserved`, 'Reserved'),
  sidInnerType: bgp.uint8(`${L3}.sub_sub_tlv.type`, 'Type'),
  sidInnerLength: bgp.uint16(`${L3}.sub_sub_tlv.length`, 'Length'),
  sidBlock: bgp.uint8(`${L3}.sid.locator_block_len`, 'Locator block length'),
  sidNode: bgp.uint8(`${L3}.sid.locator_node_len`, 'Locator node length'),
  sidFunction: bgp.uint8(`${L3}.sid.func_len`, 'Function length'),
  sidArgument: bgp.uint8(`${L3}.sid.arg_len`, 'Argument length'),
  sidTranspositionLength: bgp.uint8(`${L3}.sid.trans_len`, 'Transposition length'),
  sidTranspositionOffset: bgp.uint8(`${L3}.sid.trans_offset`, 'Transposition offset'),
} as const
