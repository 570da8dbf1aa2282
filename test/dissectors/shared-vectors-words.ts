/**
 * What the words of each shared vector say, as fields: in the order of the packet, repeated fields with all their values. `after` names vectors of
 * the same conversation that have to be seen before, because the words claim what one packet alone cannot show.
 */
import { TRANSPORT_WORDS } from './shared-vectors-transports.ts'

export interface VectorWords {
  after?: readonly string[]
  fields: Readonly<Record<string, readonly string[]>>
}

const A = '2001:db8:a::1'
const B = '2001:db8:b::1'
const C = '2001:db8:c::9'
const TAG_A = '0x0000123456789abc'
const TAG_B = '0x00007fedcba98765'

export const WORDS: Readonly<Record<string, VectorWords>> = {
  ...TRANSPORT_WORDS,
  'hip-i1': { fields: { 'hip.packet_type': ['1'], 'hip.version': ['2'], 'hip.type': ['511'], 'mh.hip.dh_group': ['7', '8'] } },
  'hip-update': {
    fields: {
      'hip.packet_type': ['16'],
      'hip.type': ['65', '193', '385', '61505', '61697'],
      'hip.tlv_esp_info_old_spi': ['0x00001111'],
      'hip.tlv_esp_info_new_spi': ['0x00001111'],
      'hip.tlv.locator_type': ['1', '0'],
      'hip.tlv.locator_spi': ['0x00001111'],
      'mh.hip.locator_preferred': ['1', '0'],
      'hip.tlv.locator_lifetime': ['3600', '3600'],
      'hip.tlv_seq_update_id': ['0x00000007'],
    },
  },
  'hip-update-echo': {
    fields: {
      'hip.packet_type': ['16'],
      'hip.tlv_seq_update_id': ['0x0000001f'],
      'hip.tlv_ack_updid': ['0x00000007'],
      'hip.tlv.opaque_data': ['6563686f30303031'],
    },
  },
  'shim6-i1': { fields: { 'shim6.type': ['1'], 'mh.shim6.context_tag': [TAG_A], 'shim6.inonce': [String(0xdeadbeef)] } },
  'shim6-r1': {
    fields: {
      'shim6.type': ['2'],
      'shim6.inonce': [String(0xdeadbeef)],
      'shim6.rnonce': [String(0xcafef00d)],
      'shim6.validator': ['56'.repeat(20)],
    },
  },
  'shim6-i2': {
    fields: {
      'shim6.type': ['3'],
      'shim6.locator': [A, B],
      'shim6.opt.verif_method': ['1', '1'],
      'shim6.loc.prio': ['0', '1'],
      'shim6.loc.weight': ['10', '20'],
    },
  },
  'shim6-r2': { fields: { 'shim6.type': ['4'], 'mh.shim6.context_tag': [TAG_B] } },
  'shim6-update': { fields: { 'shim6.type': ['64'], 'shim6.opt.loclist': ['2'], 'mh.shim6.context_tag': [TAG_B] } },
  'shim6-keepalive': { fields: { 'shim6.type': ['66'], 'mh.shim6.context_tag': [TAG_B] } },
  'shim6-probe': {
    fields: {
      'shim6.type': ['67'],
      'shim6.psent': ['1'],
      'shim6.precvd': ['1'],
      'shim6.reap': ['1'],
      'shim6.psrc': [B, C],
      'shim6.pdst': [C, A],
      'shim6.pnonce': [String(0xa01), String(0xb01)],
    },
  },
  'shim6-payload': {
    after: ['shim6-i1', 'shim6-r1', 'shim6-i2', 'shim6-r2'],
    fields: { 'mh.shim6.context_tag': [TAG_B], 'mh.shim6.ulids': [`${A} → ${C}`], 'mh.checksum': ['good'] },
  },
  'mip6-hoti': { fields: { 'mip6.mhtype': ['1'], 'mip6.hoti.cookie': ['0x484f4d45494e4954'] } },
  'mip6-coti': { fields: { 'mip6.mhtype': ['2'], 'mip6.coti.cookie': ['0x434f41494e49542e'] } },
  'mip6-hot': { fields: { 'mip6.mhtype': ['3'], 'mip6.hot.nindex': ['1'], 'mip6.hot.token': ['0x0011223344556677'] } },
  'mip6-cot': { fields: { 'mip6.mhtype': ['4'], 'mip6.cot.nindex': ['2'], 'mip6.hot.token': ['0x8899aabbccddeeff'] } },
  'mip6-bu': {
    after: ['mip6-hot', 'mip6-cot'],
    fields: {
      'ipv6.opt.mipv6.home_address': [A],
      'mip6.mhtype': ['5'],
      'mip6.bu.seqnr': ['1'],
      'mip6.bu.a_flag': ['1'],
      'mip6.bu.lifetime': ['105'],
      'mip6.ni.hni': ['1'],
      'mip6.ni.cni': ['2'],
      'mh.mip6.authorization': ['right for the tokens seen'],
      'mh.checksum': ['good'],
    },
  },
  'mip6-ba': {
    fields: {
      'ipv6.routing.type': ['2'],
      'ipv6.routing.mipv6.home_address': [A],
      'mip6.mhtype': ['6'],
      'mip6.ba.status': ['0'],
      'mip6.ba.seqnr': ['1'],
      'mip6.ba.lifetime': ['105'],
      'mh.checksum': ['good'],
    },
  },
  'mip6-be': { fields: { 'mip6.mhtype': ['7'], 'mip6.be.status': ['1'], 'mip6.be.haddr': [A] } },
  'mip6-bu-bid': {
    fields: {
      'mip6.mhtype': ['5'],
      'mip6.bu.a_flag': ['1'],
      'mip6.bu.h_flag': ['1'],
      'mip6.bi.bid': ['2'],
      'mip6.bi.status': ['0'],
      'mip6.bi.h_flag': ['0'],
      'mh.mip6.bid.priority': ['5'],
    },
  },
  'ike-sa-init': {
    fields: {
      'isakmp.exchangetype': ['34'],
      'isakmp.tf.id.encr': ['20'],
      'isakmp.ike2.attr.key_length': ['256'],
      'isakmp.tf.id.prf': ['5'],
      'isakmp.tf.id.dh': ['19'],
      'isakmp.key_exchange.dh_group': ['19'],
      'isakmp.nonce': ['4e'.repeat(32)],
      'isakmp.notify.msgtype': ['16388', '16389'],
      'mh.isakmp.nat': ['as in this packet', 'as in this packet'],
    },
  },
  'lisp-map-request': {
    fields: {
      'lisp.type': ['1'],
      'lisp.nonce': ['0x1122334455667788'],
      'lisp.mreq.srceid_ipv6': [A],
      'lisp.mreq.itr_rloc_ipv4': ['192.0.2.1'],
      'lisp.mreq.record.prefix.ipv6': ['2001:db8:c::'],
      'lisp.mreq.record.prefix.length': ['64'],
    },
  },
  'lisp-map-reply': {
    fields: {
      'lisp.type': ['2'],
      'lisp.mapping.ttl': ['1440'],
      'lisp.mapping.auth': ['1'],
      'lisp.mapping.ver': ['1'],
      'lisp.loc.locator': ['203.0.113.9', '198.51.100.9'],
      'lisp.loc.priority': ['1', '2'],
      'lisp.loc.weight': ['50', '50'],
      'lisp.loc.flags.local': ['1', '0'],
      'lisp.loc.flags.reach': ['1', '1'],
    },
  },
  'lisp-data': {
    fields: {
      'lisp-data.flags.nonce': ['1'],
      'lisp-data.flags.lsb': ['1'],
      'lisp-data.nonce': [String(0x0a0b0c)],
      'lisp-data.lsb': ['0x00000003'],
    },
  },
  'ilnp-locator-update': {
    fields: {
      'ipv6.opt.type': ['0x8b'],
      'ipv6.opt.ilnp_nonce': ['01020304'],
      'icmpv6.type': ['156'],
      'icmpv6.reserved': ['01', '0000'], // the operation stands in the first, as Wireshark has it
      'icmpv6.ilnp.nb_locator': ['0x20010db8000a0000', '0x20010db8000b0000'],
      'icmpv6.ilnp.nb_preference': ['10', '20'],
      'icmpv6.ilnp.nb_lifetime': ['300', '300'],
      'icmpv6.checksum.status': ['1'],
    },
  },
  'ra-two-prefixes': {
    fields: {
      'icmpv6.type': ['134'],
      'icmpv6.nd.ra.flag.prf': ['1'],
      'icmpv6.nd.ra.router_lifetime': ['1800'],
      'icmpv6.opt.src_linkaddr': ['02:00:00:00:00:01'],
      'icmpv6.opt.prefix': ['2001:db8:a::', '2001:db8:b::', '2001:db8:c::'],
      'icmpv6.opt.prefix.length': ['64', '64', '48'],
      'icmpv6.opt.prefix.preferred_lifetime': ['14400', '0'],
      'icmpv6.opt.route_info.flag.route_preference': ['1'],
      'icmpv6.opt.rdnss': ['2001:db8::53'],
      'icmpv6.opt.mtu': ['1500'],
    },
  },
  'na-override': {
    fields: {
      'icmpv6.type': ['136'],
      'icmpv6.nd.na.flag.r': ['1'],
      'icmpv6.nd.na.flag.s': ['0'],
      'icmpv6.nd.na.flag.o': ['1'],
      'icmpv6.nd.na.target_address': ['fe80::1'],
      'icmpv6.opt.target_linkaddr': ['02:00:00:00:00:02'],
    },
  },
  'icmp6-1-5': { fields: { 'icmpv6.type': ['1'], 'icmpv6.code': ['5'], 'tcp.flags.syn': ['1'], 'tcp.seq_raw': ['1000'] } },
  redirect: {
    fields: {
      'icmpv6.type': ['137'],
      'icmpv6.rd.na.destination_address': ['2001:db8:ffff::9'],
      'icmpv6.nd.rd.target_address': ['fe80::2'],
    },
  },
  'dhcpv6-iapd-reply': {
    fields: {
      'dhcpv6.msgtype': ['7'],
      'dhcpv6.xid': ['0x010203'],
      'dhcpv6.iaid': ['00000001'],
      'dhcpv6.iaid.t1': ['1800'],
      'dhcpv6.iaid.t2': ['2880'],
      'dhcpv6.iaprefix.pref_addr': ['2001:db8:a:100::'],
      'dhcpv6.iaprefix.pref_len': ['56'],
      'dhcpv6.iaprefix.pref_lifetime': ['3600'],
      'dhcpv6.iaprefix.valid_lifetime': ['7200'],
    },
  },
  'dns-hip-ilnp': {
    fields: {
      'dns.resp.type': ['28', '55', '104', '106', '107'],
      'dns.aaaa': [A],
      'dns.hip.hit.length': ['16'],
      'dns.hip.hit.pk.algo': ['2'],
      'dns.hip.pk.length': ['8'],
      'dns.hip.rendezvous_server': ['rvs.example'],
      'dns.ilnp.nid': ['0000000000005054'],
      'dns.ilnp.l64': ['20010db8000a0000'],
      'dns.ilnp.lp': ['l64.example'],
    },
  },
  'bgp-update': {
    fields: {
      'bgp.type': ['2'],
      'bgp.update.path_attribute.mp_reach_nlri.afi': ['2'],
      'bgp.update.path_attribute.mp_reach_nlri.safi': ['1'],
      'bgp.mp_reach_nlri_ipv6_prefix': ['2001:db8:a::'],
      'bgp.prefix_length': ['48'],
      'bgp.update.path_attribute.as_path_segment.as4': ['64496', '64499', '64500'],
    },
  },
  gtpu: { fields: { 'gtp.message': ['0xff'], 'gtp.teid': ['0x00001234'], 'ipv6.src': [A], 'udp.dstport': ['2152', '2000'] } },
  'quic-v1-initial': {
    fields: {
      'quic.version': ['0x00000001'],
      'quic.long.packet_type': ['0'],
      'quic.dcid': ['8394c8f03e515708'],
      'quic.packet_number': ['2'],
      'quic.packet_number_length': ['3'], // one less than the bytes
      'quic.frame_type': ['0x0000000000000001', '0x0000000000000000'],
      'quic.padding_length': ['31'],
    },
  },
  'quic-v2-initial': {
    fields: {
      'quic.version': ['0x6b3343cf'],
      'quic.long.packet_type_v2': ['1'],
      'quic.dcid': ['1122334455667788'],
      'quic.packet_number': ['2'],
      'quic.frame_type': ['0x0000000000000001', '0x0000000000000000'],
      'quic.padding_length': ['31'],
    },
  },
  'mobike-informational': {
    fields: {
      'udp.dstport': ['4500'],
      'isakmp.exchangetype': ['37'],
      'isakmp.flag_r': ['0'],
      'isakmp.flag_i': ['1'],
      'isakmp.messageid': ['0x00000002'],
      'isakmp.notify.msgtype': ['16400', '16397', '16401'],
      'mh.isakmp.additional_ip4': ['198.51.100.7'],
      'isakmp.notify.data': ['c6336407', '434f4f4b49453221'],
    },
  },
}
