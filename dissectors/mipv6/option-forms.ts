/**
 * Mobility options (RFC 6275 section 6.2 and later ones): what stands where behind type and length. The RFC is named where an option is not
 * of RFC 6275, 5213 (22-27), 5555 (29-32) or 5844 (36-39).
 */
import { ACCESS_TECHNOLOGY, HANDOFF, OPTION_NAMES } from './names.ts'
import { address, bits, flag, list, type Piece, range, u8, u16, u32 } from './pieces.ts'
import { mip6 } from './wire.ts'

export const enum Option {
  Pad1 = 0,
  PadN = 1,
  AlternateCareOf = 3,
  NonceIndices = 4,
  AuthorizationData = 5,
  NetworkPrefix = 6,
  NodeIdentifier = 8,
  Authentication = 9,
  MessageIdentifier = 10,
  Signature = 13,
  HomePrefix = 22,
  Timestamp = 27,
  Ipv4HomeAddress = 29,
  Ipv4CareOf = 32,
  BindingIdentifier = 35,
  FlowIdentification = 45,
  Redirect = 47,
  AccessNetwork = 52,
}

export const options = mip6.group('mh.mip6.options', 'Mobility options')
export const option = mip6.group('mh.mip6.option', 'Mobility option')
export const optionType = mip6.uint8('mip6.mobility_opt', 'Mobility option', { values: OPTION_NAMES })
export const optionLength = mip6.uint8('mip6.mobility_opt.len', 'Length')
export const optionData = mip6.bytes('mh.mip6.option.data', 'Option data')
export const padN = mip6.bytes('mip6.padn', 'PadN')
export const timestamp = mip6.absoluteTime('mip6.timestamp_tmp', 'Timestamp')
export const messageTimestamp = mip6.absoluteTime('mip6.mseg_id.timestamp', 'Timestamp')

const hex = { base: 'hex' } as const
const prefixLength = mip6.uint8('mip6.nemo.mnp.pfl', 'Prefix length')
/** Wireshark has one field for mobile network and home network prefixes. */
const prefix = mip6.ipv6('mip6.nemo.mnp.mnp', 'Prefix')
const ipv4HomeLength = mip6.uint8('mip6.ipv4ha.preflen', 'Prefix length')
const ipv4HomeAddress = mip6.ipv4('mip6.ipv4ha.ha', 'IPv4 home address')
const ipv4Status = mip6.uint8('mip6.ipv4aa.sts', 'Status')
const redirectKeep = flag(mip6.bool('mip6.redir.k', 'IPv6 address (K)'), 0, 2, 15)
const redirectNew = flag(mip6.bool('mip6.redir.n', 'IPv4 address (N)'), 0, 2, 14)

/** By option type; `at` counts from the option's data. */
export const OPTIONS: Readonly<Record<number, readonly Piece[]>> = {
  [Option.PadN]: [range(padN, 0)],
  2: [u16(mip6.uint16('mip6.bra.interval', 'Refresh interval (units of 4 s)'), 0)],
  [Option.AlternateCareOf]: [range(mip6.ipv6('mip6.acoa.acoa', 'Alternate care-of address'), 0, 16)],
  [Option.NonceIndices]: [
    u16(mip6.uint16('mip6.ni.hni', 'Home nonce index'), 0),
    u16(mip6.uint16('mip6.ni.cni', 'Care-of nonce index'), 2),
  ],
  [Option.AuthorizationData]: [range(mip6.bytes('mip6.bad.auth', 'Authenticator'), 0)],
  [Option.NetworkPrefix]: [u8(prefixLength, 1), range(prefix, 2, 16)],
  7: [u8(mip6.uint8('mip6.lla.optcode', 'Option code'), 0), range(mip6.bytes('mip6.lla', 'Link-layer address'), 1)],
  [Option.NodeIdentifier]: [
    u8(mip6.uint8('mip6.mnid.subtype', 'Subtype', { values: { 1: 'Network access identifier' } }), 0),
    range(mip6.string('mip6.mnid.identifier', 'Identifier'), 1),
  ],
  // RFC 4285
  [Option.Authentication]: [
    u8(mip6.uint8('mip6.auth.subtype', 'Subtype', { values: { 1: 'Mobile node and home agent', 2: 'Mobile node and AAA' } }), 0),
    u32(mip6.uint32('mip6.auth.mobility_spi', 'Mobility SPI'), 1),
    range(mip6.bytes('mip6.auth.auth_data', 'Authentication data'), 5),
  ],
  // RFC 4866: 11, 15 have no data
  12: [range(mip6.bytes('mip6.cgar.cga_par', 'CGA parameters'), 0)],
  [Option.Signature]: [range(mip6.bytes('mip6.sign.sign', 'Signature'), 0)],
  14: [range(mip6.bytes('mip6.phkt.phkt', 'Permanent home keygen token'), 0)],
  16: [range(mip6.bytes('mip6.mocot.co_keygen_tok', 'Care-of keygen token'), 0)],
  // RFC 5026
  17: [
    u8(mip6.uint8('mip6.dnsu.status', 'Status'), 0),
    flag(mip6.bool('mip6.dnsu.flag.r', 'Remove (R)'), 1, 1, 7),
    range(mip6.bytes('mip6.dnsu.mn_id', 'Mobile node identity (FQDN)'), 2),
  ],
  18: [range(mip6.bytes('mip6.em.data', 'Data'), 0)],
  // RFC 5094
  19: [
    u32(mip6.uint32('mip6.vsm.vendorId', 'Vendor id'), 0),
    u8(mip6.uint8('mip6.vsm.subtype', 'Subtype'), 4),
    range(mip6.bytes('mip6.vsm.data', 'Data'), 5),
  ],
  // RFC 5149
  20: [range(mip6.string('mip6.ss.identifier', 'Identifier'), 0)],
  // RFC 5568
  21: [u32(mip6.uint32('mip6.badff.spi', 'SPI'), 0), range(mip6.bytes('mip6.badff.auth', 'Authenticator'), 4)],
  [Option.HomePrefix]: [u8(prefixLength, 1), range(prefix, 2, 16)],
  23: [u8(mip6.uint8('mip6.hi.reserved', 'Reserved'), 0), u8(mip6.uint8('mip6.hi', 'Handoff indicator', { values: HANDOFF }), 1)],
  24: [
    u8(mip6.uint8('mip6.att.reserved', 'Reserved'), 0),
    u8(mip6.uint8('mip6.att', 'Access technology', { values: ACCESS_TECHNOLOGY }), 1),
  ],
  25: [u16(mip6.uint16('mip6.mnlli.reserved', 'Reserved'), 0), range(mip6.bytes('mip6.mnlli.lli', 'Link-layer identifier'), 2)],
  26: [range(mip6.ipv6('mip6.lila_lla', 'Link-local address'), 0, 16)],
  // RFC 5847
  28: [u32(mip6.uint32('mip6.rc', 'Restart counter'), 0)],
  [Option.Ipv4HomeAddress]: [
    bits(ipv4HomeLength, 0, 1, 2, 0x3f),
    flag(mip6.bool('mip6.ipv4ha.p_flag', 'Mobile network prefix (P)'), 0, 2, 9),
    range(ipv4HomeAddress, 2, 4),
  ],
  30: [u8(ipv4Status, 0), bits(ipv4HomeLength, 1, 1, 2, 0x3f), range(ipv4HomeAddress, 2, 4)],
  31: [
    flag(mip6.bool('mip6.natd.f_flag', 'Forced encapsulation (F)'), 0, 2, 15),
    bits(mip6.uint16('mip6.natd.reserved', 'Reserved'), 0, 2, 0, 0x7fff),
    u32(mip6.uint32('mip6.natd.refresh_t', 'Refresh time'), 2),
  ],
  [Option.Ipv4CareOf]: [
    u16(mip6.uint16('mip6.ipv4coa.reserved', 'Reserved'), 0),
    range(mip6.ipv4('mip6.ipv4coa.addr', 'IPv4 care-of address'), 2, 4),
  ],
  // RFC 5845
  33: [u32(mip6.uint32('mip6.gre_key', 'GRE key'), 2)],
  // RFC 5568
  34: [
    u8(mip6.uint8('mip6.mhipv6ap.opt_code', 'Option code'), 0),
    u8(mip6.uint8('mip6.mhipv6ap.len', 'Prefix length'), 1),
    range(mip6.ipv6('mip6.mhipv6ap.ipv6_address', 'IPv6 address'), 2, 16),
  ],
  // RFC 5648 and, for the priority, RFC 6089
  [Option.BindingIdentifier]: [
    u16(mip6.uint16('mip6.bi.bid', 'Binding identifier'), 0),
    u8(mip6.uint8('mip6.bi.status', 'Status'), 2),
    flag(mip6.bool('mip6.bi.h_flag', 'Simultaneous home and foreign binding (H)'), 3, 1, 7),
    bits(mip6.uint8('mh.mip6.bid.priority', 'Priority'), 3, 1, 0, 0x7f),
    address(mip6.ipv4('mip6.bi.coa_ipv4', 'IPv4 care-of address'), mip6.ipv6('mip6.bi.coa_ipv6', 'IPv6 care-of address'), 4),
  ],
  36: [bits(ipv4HomeLength, 0, 1, 2, 0x3f), range(ipv4HomeAddress, 2, 4)],
  37: [u8(ipv4Status, 0), bits(ipv4HomeLength, 1, 1, 2, 0x3f), range(ipv4HomeAddress, 2, 4)],
  38: [u16(mip6.uint16('mip6.ipv4dra.reserved', 'Reserved'), 0), range(mip6.ipv4('mip6.ipv4dra.dra', 'IPv4 default router address'), 2, 4)],
  39: [
    bits(mip6.uint16('mip6.ipv4dsm.reserved', 'Reserved'), 0, 2, 1, 0x7fff),
    flag(mip6.bool('mip6.ipv4dsm.s_flag', 'DHCP support mode (S)'), 0, 2, 0),
  ],
  // RFC 5949
  41: [
    u8(mip6.uint8('mip6.lmaa.opt_code', 'Option code'), 0),
    u8(mip6.uint8('mip6.lmaa.reserved', 'Reserved'), 1),
    address(mip6.ipv4('mip6.lmaa.ipv4', 'Local mobility anchor address'), mip6.ipv6('mip6.lmaa.ipv6', 'Local mobility anchor address'), 2),
  ],
  42: [range(mip6.bytes('mh.mip6.interface_id', 'Interface identifier'), 2, 8)],
  // RFC 6089 section 4.1.3
  44: [list(mip6.uint16('mh.mip6.fid', 'Flow identifier'), 0, 2)],
  // RFC 6463
  46: [u16(mip6.uint16('mip6.recap.reserved', 'Reserved', hex), 0)],
  [Option.Redirect]: [redirectKeep, redirectNew, bits(mip6.uint16('mip6.redir.reserved', 'Reserved', hex), 0, 2, 0, 0x3fff)],
  48: [
    u16(mip6.uint16('mip6.load_inf.priority', 'Priority'), 0),
    u32(mip6.uint32('mip6.load_inf.sessions_in_use', 'Sessions in use'), 2),
    u32(mip6.uint32('mip6.load_inf.maximum_sessions', 'Maximum sessions'), 6),
    u32(mip6.uint32('mip6.load_inf.used_capacity', 'Used capacity'), 10),
    u32(mip6.uint32('mip6.load_inf.maximum_capacity', 'Maximum capacity'), 14),
  ],
  49: [range(mip6.ipv4('mip6.alt_ip4', 'Alternate IPv4 care-of address'), 0, 4)],
  // RFC 6602
  50: [
    u8(mip6.uint8('mip6.mng.sub_type', 'Subtype'), 0),
    u8(mip6.uint8('mip6.mng.reserved', 'Reserved'), 1),
    u32(mip6.uint32('mip6.mng.mng_id', 'Mobile node group identifier'), 2),
  ],
  // RFC 6705
  51: [
    u8(mip6.uint8('mip6.mag_ipv6.reserved', 'Reserved', hex), 0),
    u8(mip6.uint8('mip6.mag_ipv6.address_length', 'Address length'), 1),
    range(mip6.ipv6('mip6.mag_ipv6.address', 'Address'), 2, 16),
  ],
  // RFC 7148
  55: [
    flag(mip6.bool('mip6.dmnp.v_flag', 'IPv4 prefix (V)'), 0, 1, 7),
    bits(mip6.uint8('mip6.dmnp.reserved', 'Reserved'), 0, 1, 0, 0x7f),
    u8(mip6.uint8('mip6.dmnp.prefix_len', 'Prefix length'), 1),
    address(
      mip6.ipv4('mip6.dmnp.dmnp_ipv4', 'IPv4 delegated mobile network prefix'),
      mip6.ipv6('mip6.dmnp.dmnp_ipv6', 'IPv6 delegated mobile network prefix'),
      2,
    ),
  ],
}

export const redirectIpv6 = [range(mip6.ipv6('mip6.redir.addr_r2lma_ipv6', 'IPv6 address of the anchor'), 2, 16)]
export const redirectIpv4 = [range(mip6.ipv4('mip6.redir.addr_r2lma_ipv4', 'IPv4 address of the anchor'), 2, 4)]

/** Flow identification (RFC 6089 section 4.2): fixed part, then sub-options of type and length. */
export const FLOW_FIXED = 6
export const FLOW: readonly Piece[] = [
  u16(mip6.uint16('mh.mip6.fid', 'Flow identifier'), 0),
  u16(mip6.uint16('mh.mip6.fid.priority', 'Flow priority'), 2),
  u8(mip6.uint8('mh.mip6.fid.status', 'Status'), 5),
]
export const flowSub = mip6.uint8('mh.mip6.fid.suboption', 'Sub-option', {
  values: { 0: 'Pad', 1: 'PadN', 2: 'Binding reference', 3: 'Traffic selector' },
})
/** By sub-option type; `at` counts from its data. */
export const FLOW_SUBS: Readonly<Record<number, readonly Piece[]>> = {
  2: [list(mip6.uint16('mh.mip6.fid.bid', 'Binding identifier'), 0, 2)],
  3: [
    u8(mip6.uint8('mh.mip6.fid.selector_format', 'Traffic selector format', { values: { 1: 'IPv4 binary', 2: 'IPv6 binary' } }), 0),
    range(mip6.bytes('mh.mip6.fid.selector', 'Traffic selector'), 2),
  ],
}

/** Access network identifier (RFC 6757): sub-options. */
export const ACCESS: readonly Piece[] = [
  u8(
    mip6.uint8('mip6.acc_net_id.ani', 'ANI type', { values: { 1: 'Network identifier', 2: 'Geo-location', 3: 'Operator identifier' } }),
    0,
  ),
  u8(mip6.uint8('mip6.acc_net_id.sub_opt_len', 'Length'), 1),
]
export const accessEncoding = flag(mip6.bool('mip6.acc_net_id.e_bit', 'UTF-8 encoding (E)'), 2, 1, 7)
export const accessNameLength = mip6.uint8('mip6.acc_net_id.net_name_len', 'Network name length')
export const accessName = mip6.string('mip6.acc_net_id.net_name', 'Network name')
export const accessPointLength = mip6.uint8('mip6.acc_net_id.ap_name_len', 'Access point name length')
export const accessPoint = mip6.string('mip6.acc_net_id.ap_name', 'Access point name')
export const OPERATOR: readonly Piece[] = [
  u8(mip6.uint8('mip6.acc_net_id.op_id.type', 'Operator id type'), 2),
  range(mip6.bytes('mip6.acc_net_id.op_id', 'Operator id'), 3),
]
