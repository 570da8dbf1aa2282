/**
 * Link layers: named offsets and fields. Ethernet II and 802.3 (IEEE 802.3 clause 3.2), 802.1Q and 802.1ad tags (IEEE 802.1Q clause 9.3),
 * LLC and SNAP (RFC 1042), Linux cooked v1 and v2, BSD loopback, PPP (RFC 1661, 1662), PPPoE (RFC 2516), MPLS (RFC 3032),
 * Cisco HDLC, NFLOG, PKTAP and IP over InfiniBand (RFC 4391). Layouts of capture-only headers: tcpdump.org/linktypes.
 */
import { alias, protocol } from '../core/fields.ts'
import { ETHERTYPE_NAMES } from './ethertypes.ts'

/** Up to this value the field after the addresses is a length, from 1536 on a type (IEEE 802.3 clause 3.2.6). */
export const MAX_LENGTH_FIELD = 1500
export const MIN_TYPE_FIELD = 1536

export const eth = protocol('eth', 'Ethernet', 'Ethernet')
export const ethDestination = eth.ether('eth.dst', 'Destination')
export const ethSource = eth.ether('eth.src', 'Source')
export const ethType = eth.uint16('eth.type', 'Type', { base: 'hex', values: ETHERTYPE_NAMES })
export const ethLength = eth.uint16('eth.len', 'Length')
export const ethInvalidLengthType = eth.uint16('eth.invalid_lentype', 'Invalid length or type', { base: 'hex' })
export const ethPadding = eth.bytes('eth.padding', 'Padding')
export const ethTrailer = eth.bytes('eth.trailer', 'Trailer')
export const ethFcs = eth.uint32('eth.fcs', 'Frame check sequence', { base: 'hex' })
alias('eth.addr', [ethDestination, ethSource])
export const ETH_SIZE = 14

export const vlan = protocol('vlan', '802.1Q virtual LAN', 'VLAN')
export const vlanPriority = vlan.uint16('vlan.priority', 'Priority')
export const vlanDropEligible = vlan.bool('vlan.dei', 'Drop eligible')
export const vlanId = vlan.uint16('vlan.id', 'VLAN id')
export const vlanType = vlan.uint16('vlan.etype', 'Type', { base: 'hex', values: ETHERTYPE_NAMES })
export const vlanLength = vlan.uint16('vlan.len', 'Length')
export const vlanTrailer = vlan.bytes('vlan.trailer', 'Trailer')
export const VLAN_SIZE = 4
/** `walk.segment` of the first overlay network (VXLAN, Geneve): those of one or two VLAN tags are below */
export const OVERLAYS = 0x1_000_000
/** and of the sessions of a mirror: networks of an overlay are below 2^24 */
export const MIRRORS = 0x2_000_000

export const llc = protocol('llc', 'Logical-Link Control', 'LLC')
export const llcDestination = llc.uint8('llc.dsap', 'DSAP', { base: 'hex' })
export const llcSource = llc.uint8('llc.ssap', 'SSAP', { base: 'hex' })
export const llcControl = llc.uint16('llc.control', 'Control', { base: 'hex' })
export const llcOui = llc.uint24('llc.oui', 'Organization code', { base: 'hex' })
export const llcType = llc.uint16('llc.type', 'Type', { base: 'hex', values: ETHERTYPE_NAMES })

export const sll = protocol('sll', 'Linux cooked capture', 'SLL')
export const sllPacketType = sll.uint16('sll.pkttype', 'Packet type', {
  values: { 0: 'Unicast to us', 1: 'Broadcast', 2: 'Multicast', 3: 'Unicast to another host', 4: 'Sent by us' },
})
export const sllHardwareType = sll.uint16('sll.hatype', 'Link-layer address type')
export const sllAddressLength = sll.uint16('sll.halen', 'Link-layer address length')
export const sllSource = sll.ether('sll.src.eth', 'Source')
export const sllSourceOther = sll.bytes('sll.src.other', 'Source')
export const sllUnused = sll.bytes('sll.unused', 'Unused')
export const sllType = sll.uint16('sll.etype', 'Protocol', { base: 'hex', values: ETHERTYPE_NAMES })
export const sllOtherType = sll.uint16('sll.ltype', 'Protocol', { base: 'hex' })
export const sllGreType = sll.uint16('sll.gretype', 'Protocol', { base: 'hex' })
export const sllInterface = sll.uint32('sll.ifindex', 'Interface index')
export const sllTrailer = sll.bytes('sll.trailer', 'Trailer')
export const SLL_SIZE = 16
export const SLL2_SIZE = 20

export const loopback = protocol('null', 'BSD loopback', 'NULL')
export const loopbackFamily = loopback.uint32('null.family', 'Family', {
  values: { 2: 'IP', 10: 'IPv6 (Linux)', 24: 'IPv6 (NetBSD, OpenBSD)', 28: 'IPv6 (FreeBSD)', 30: 'IPv6 (macOS)' },
})
export const loopbackType = loopback.uint16('null.type', 'Type', { base: 'hex', values: ETHERTYPE_NAMES })

export const raw = protocol('raw', 'Raw packet data', 'Raw')
export const slip = protocol('slip', 'Serial Line Internet Protocol', 'SLIP')
export const slipDirection = slip.uint8('slip.direction', 'Direction', { values: { 0: 'Received', 1: 'Sent' } })

export const ppp = protocol('ppp', 'Point-to-Point Protocol', 'PPP')
export const pppDirection = ppp.uint8('ppp.direction', 'Direction', { values: { 0: 'Received', 1: 'Sent' } })
export const pppAddress = ppp.uint8('ppp.address', 'Address', { base: 'hex' })
export const pppControl = ppp.uint8('ppp.control', 'Control', { base: 'hex' })
export const pppProtocol = ppp.uint16('ppp.protocol', 'Protocol', {
  base: 'hex',
  values: {
    33: 'IPv4',
    87: 'IPv6',
    641: 'MPLS unicast',
    643: 'MPLS multicast',
    32801: 'IP Control Protocol',
    32855: 'IPv6 Control Protocol',
    49185: 'Link Control Protocol',
    49187: 'Password Authentication Protocol',
    49699: 'Challenge Handshake Authentication Protocol',
  },
})

export const pppoed = protocol('pppoed', 'PPP-over-Ethernet Discovery', 'PPPoED')
export const pppoes = protocol('pppoes', 'PPP-over-Ethernet Session', 'PPPoES')
export const pppoeVersion = pppoes.uint8('pppoe.version', 'Version')
export const pppoeType = pppoes.uint8('pppoe.type', 'Type')
export const pppoeCode = pppoes.uint8('pppoe.code', 'Code', {
  base: 'hex',
  values: {
    0: 'Session data',
    7: 'Offer (PADO)',
    9: 'Initiation (PADI)',
    25: 'Request (PADR)',
    101: 'Confirmation (PADS)',
    167: 'Terminate (PADT)',
  },
})
export const pppoeSession = pppoes.uint16('pppoe.session_id', 'Session id', { base: 'hex' })
export const pppoeLength = pppoes.uint16('pppoe.payload_length', 'Payload length')

export const mpls = protocol('mpls', 'MultiProtocol Label Switching Header', 'MPLS')
export const mplsLabel = mpls.uint32('mpls.label', 'Label')
export const mplsClass = mpls.uint32('mpls.exp', 'Traffic class')
export const mplsBottom = mpls.uint32('mpls.bottom', 'Bottom of stack')
export const mplsTtl = mpls.uint32('mpls.ttl', 'Time to live')

export const chdlc = protocol('chdlc', 'Cisco HDLC', 'CHDLC')
export const chdlcAddress = chdlc.uint8('chdlc.address', 'Address', { base: 'hex' })
export const chdlcType = chdlc.uint16('chdlc.protocol', 'Protocol', { base: 'hex', values: ETHERTYPE_NAMES })

export const nflog = protocol('nflog', 'Linux Netfilter NFLOG', 'NFLOG')
export const nflogFamily = nflog.uint8('nflog.family', 'Family', { values: { 2: 'IPv4', 7: 'Bridge', 10: 'IPv6' } })
export const nflogVersion = nflog.uint8('nflog.version', 'Version')
export const nflogResource = nflog.uint16('nflog.res_id', 'Resource id')
export const nflogItemLength = nflog.uint16('nflog.tlv_length', 'Length')
export const nflogItemType = nflog.uint16('nflog.tlv_type', 'Type', { base: 'hex' })
export const nflogItem = nflog.group('nflog.tlv', 'TLV')

export const pktap = protocol('pktap', 'PKTAP packet header', 'PKTAP')
export const pktapHeaderLength = pktap.uint32('pktap.hdrlen', 'Header length')
export const pktapRecordType = pktap.uint32('pktap.rectype', 'Record type')
export const pktapLinkType = pktap.uint32('pktap.dlt', 'Link type')
export const pktapInterface = pktap.string('pktap.ifname', 'Interface name')

export const ipoib = protocol('ipoib', 'IP over InfiniBand', 'IPoIB')
export const ipoibType = ipoib.uint16('ipoib.type', 'Type', { base: 'hex', values: ETHERTYPE_NAMES })
export const IPOIB_SIZE = 44
