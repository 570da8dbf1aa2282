import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitExtensions, emitObject } from '../../../dissectors/icmp/emit.ts'
import {
  dnsOption,
  domainName,
  emitIcmpv6,
  emitIcmpv6Error,
  emitListenerReport,
  emitNeighborAdvertisement,
  emitNeighborSolicitation,
  emitRedirect,
  emitRouterAdvertisement,
  type Icmpv6Addresses,
  linkAddressOption,
  option,
  prefixOption,
  redirectedOption,
  routeOption,
  searchOption,
} from '../../../dissectors/icmpv6/emit.ts'
import { Option } from '../../../dissectors/icmpv6/option-types.ts'
import { address } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, emitEthernet, hex, join } from '../../../dissectors/link/emit.ts'
import { chunk, packet as sctpPacket } from '../../../dissectors/sctp/emit.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const raw = { linkType: 101 }
const PAIR: Icmpv6Addresses = { source: '2001:db8::9', destination: '2001:db8::1' }
const LINK: Icmpv6Addresses = { source: 'fe80::1', destination: 'ff02::1' }
const udp = emitIpv6(
  emitUdp(new Uint8Array(20), { sourcePort: 4000, destinationPort: 4001, source: '2001:db8::1', destination: '2001:db8::2' }),
  {
    source: '2001:db8::1',
    destination: '2001:db8::2',
    nextHeader: 17,
  },
)
/** All fields but type, code, checksum and its status. */
const fields = (packet: Uint8Array): string[] => {
  const seen = walkPacket(packet, raw)
  return [...seen.family('icmpv6').slice(4), ...seen.family('icmp'), ...(seen.stop === '' ? [] : [seen.stop])]
}

const messages: [string, Uint8Array, string[]][] = [
  ['destination unreachable', emitIcmpv6Error(1, 5, 0, udp, PAIR), ['icmpv6.reserved 00000000']],
  ['packet too big', emitIcmpv6Error(2, 0, 1280, udp, PAIR), ['icmpv6.mtu 1280']],
  ['parameter problem', emitIcmpv6Error(4, 1, 40, udp, PAIR), ['icmpv6.pointer 40']],
  [
    'time exceeded with MPLS labels behind the quote',
    emitIcmpv6Error(3, 0, 0, udp, PAIR, emitExtensions(emitObject(1, 1, [0, 1, 0x61, 5]))),
    [
      'icmpv6.length 16',
      'icmpv6.reserved 000000',
      'icmp.ext.version 2',
      'icmp.ext.res 0x0000',
      'icmp.ext.checksum 0x7df0',
      'icmp.ext.checksum.status 1',
      'icmp.ext.length 8',
      'icmp.ext.class 1',
      'icmp.ext.ctype 1',
      'icmp.mpls.label 22',
      'icmp.mpls.exp 0',
      'icmp.mpls.s 1',
      'icmp.mpls.ttl 5',
    ],
  ],
  [
    'echo',
    emitIcmpv6(128, 0, join(bytes16(0xabcd), bytes16(7), [1, 2]), PAIR),
    ['icmpv6.echo.identifier 0xabcd', 'icmpv6.echo.sequence_number 7'],
  ],
  [
    'extended echo reply',
    emitIcmpv6(161, 0, join(bytes16(1), [2, 0x47]), PAIR),
    [
      'icmpv6.echo.identifier 0x0001',
      'icmpv6.ext.echo.seq 2',
      'icmpv6.ext.echo.rsp.state 2',
      'icmpv6.ext.echo.rsp.res 0x00',
      'icmpv6.ext.echo.rsp.active 1',
      'icmpv6.ext.echo.rsp.ipv4 1',
      'icmpv6.ext.echo.rsp.ipv6 1',
    ],
  ],
  [
    'neighbor solicitation',
    emitNeighborSolicitation('fe80::9', LINK, [linkAddressOption(1, '02:00:00:00:00:01')]),
    [
      'icmpv6.reserved 00000000',
      'icmpv6.nd.ns.target_address fe80::9',
      'icmpv6.opt.type 1',
      'icmpv6.opt.length 1',
      'icmpv6.opt.linkaddr 02:00:00:00:00:01',
      'icmpv6.opt.src_linkaddr 02:00:00:00:00:01',
    ],
  ],
  [
    'neighbor advertisement',
    emitNeighborAdvertisement('fe80::9', 0xa0000001, LINK, [linkAddressOption(2, '02:00:00:00:00:09')]),
    [
      'icmpv6.nd.na.flag 0xa0000001',
      'icmpv6.nd.na.flag.r 1',
      'icmpv6.nd.na.flag.s 0',
      'icmpv6.nd.na.flag.o 1',
      'icmpv6.nd.na.flag.rsv 1',
      'icmpv6.nd.na.target_address fe80::9',
      'icmpv6.opt.type 2',
      'icmpv6.opt.length 1',
      'icmpv6.opt.linkaddr 02:00:00:00:00:09',
      'icmpv6.opt.target_linkaddr 02:00:00:00:00:09',
    ],
  ],
  [
    'redirect with the packet that caused it',
    emitRedirect('fe80::9', '2001:db8::77', LINK, [redirectedOption(udp)]),
    [
      'icmpv6.reserved 00000000',
      'icmpv6.nd.rd.target_address fe80::9',
      'icmpv6.rd.na.destination_address 2001:db8::77',
      'icmpv6.opt.type 4',
      'icmpv6.opt.length 10',
    ],
  ],
  [
    'listener query, version 1',
    emitIcmpv6(130, 0, join(bytes16(1000), [0, 0], address('ff02::5')), LINK),
    ['icmpv6.mld.maximum_response_delay 1000', 'icmpv6.reserved 0000', 'icmpv6.mld.multicast_address ff02::5'],
  ],
  [
    'listener query, version 2',
    emitIcmpv6(130, 0, join(bytes16(1000), [0, 0], address('ff02::5'), [0x1a, 125], bytes16(1), address('fe80::3')), LINK),
    [
      'icmpv6.mld.maximum_response_code 1000',
      'icmpv6.reserved 0000',
      'icmpv6.mld.multicast_address ff02::5',
      'icmpv6.mld.flag 0x1a',
      'icmpv6.mld.flag.s 1',
      'icmpv6.mld.flag.qrv 2',
      'icmpv6.mld.flag.reserved 1',
      'icmpv6.mld.qqi 125',
      'icmpv6.mld.nb_sources 1',
      'icmpv6.mld.source_address fe80::3',
    ],
  ],
  [
    'listener query, version 2, whose times are written as exponent and mantissa',
    emitIcmpv6(130, 0, join(bytes16(0xa710), [0, 0], address('ff02::5'), [0x02, 0xf5], bytes16(0)), LINK),
    [
      'icmpv6.mld.maximum_response_code 188928',
      'icmpv6.reserved 0000',
      'icmpv6.mld.multicast_address ff02::5',
      'icmpv6.mld.flag 0x02',
      'icmpv6.mld.flag.s 0',
      'icmpv6.mld.flag.qrv 2',
      'icmpv6.mld.flag.reserved 0',
      'icmpv6.mld.qqi 21504',
      'icmpv6.mld.nb_sources 0',
    ],
  ],
  [
    'listener report, version 2',
    emitListenerReport(
      [
        { type: 4, group: 'ff02::5' },
        { type: 1, group: 'ff02::6', sources: ['fe80::3'], auxiliary: hex('01020304') },
      ],
      LINK,
    ),
    [
      'icmpv6.reserved 0000',
      'icmpv6.mldr.nb_mcast_records 2',
      'icmpv6.mldr.mar.record_type 4',
      'icmpv6.mldr.mar.aux_data_len 0',
      'icmpv6.mldr.mar.nb_sources 0',
      'icmpv6.mldr.mar.multicast_address ff02::5',
      'icmpv6.mldr.mar.record_type 1',
      'icmpv6.mldr.mar.aux_data_len 1',
      'icmpv6.mldr.mar.nb_sources 1',
      'icmpv6.mldr.mar.multicast_address ff02::6',
      'icmpv6.mldr.mar.source_address fe80::3',
      'icmpv6.mldr.mar.auxiliary_data 01020304',
    ],
  ],
  [
    'node information query by name',
    emitIcmpv6(139, 1, join(bytes16(2), bytes16(0x21), hex('0102030405060708'), domainName('host.example')), PAIR),
    [
      'icmpv6.ni.qtype 2',
      'icmpv6.ni.flag 0x0021',
      'icmpv6.ni.flag.g 1',
      'icmpv6.ni.flag.s 0',
      'icmpv6.ni.flag.l 0',
      'icmpv6.ni.flag.c 0',
      'icmpv6.ni.flag.a 0',
      'icmpv6.ni.flag.t 1',
      'icmpv6.ni.flag.rsv 0x0000',
      'icmpv6.ni.nonce 0x0102030405060708',
      'icmpv6.ni.query.subject_fqdn host.example',
    ],
  ],
  [
    'home agent reply',
    emitIcmpv6(145, 0, join(bytes16(9), [0, 0], address('2001:db8::7'), address('2001:db8::8')), PAIR),
    [
      'icmpv6.mip6.identifier 9',
      'icmpv6.reserved 0000',
      'icmpv6.mip6.home_agent_address 2001:db8::7',
      'icmpv6.mip6.home_agent_address 2001:db8::8',
    ],
  ],
  [
    'ILNP locator update',
    emitIcmpv6(156, 0, join([1, 1, 0, 0], hex('20010db8000a0001'), bytes16(10), bytes16(600)), PAIR),
    [
      'icmpv6.ilnp.nb_locs 1',
      'icmpv6.reserved 01',
      'icmpv6.reserved 0000',
      'icmpv6.ilnp.nb_locator 0x20010db8000a0001',
      'icmpv6.ilnp.nb_preference 10',
      'icmpv6.ilnp.nb_lifetime 600',
    ],
  ],
  [
    'certification path solicitation with a trust anchor',
    emitIcmpv6(148, 0, join(bytes16(9), bytes16(65535), option(Option.TrustAnchor, join([2, 0], domainName('example.com')))), PAIR),
    [
      'icmpv6.send.identifier 9',
      'icmpv6.send.component 65535',
      'icmpv6.opt.type 15',
      'icmpv6.opt.length 3',
      'icmpv6.opt.name_type 2',
      'icmpv6.opt.cga.pad_length 0',
      'icmpv6.opt.name_type.fqdn example.com',
    ],
  ],
  [
    'handover initiate',
    emitIcmpv6(154, 0, join([4, 0x80], bytes16(9)), PAIR),
    [
      'icmpv6.fmip6.subtype 4',
      'icmpv6.fmip6.hi.flag 0x80',
      'icmpv6.fmip6.hi.flag.s 1',
      'icmpv6.fmip6.hi.flag.a 0',
      'icmpv6.fmip6.hi.flag.reserved 0',
      'icmpv6.fmip6.identifier 9',
    ],
  ],
  ['an unknown type', emitIcmpv6(200, 0, hex('0102030405'), PAIR), ['icmpv6.data 0102030405']],
]

describe('messages, field by field (type, code and checksum left out)', () => {
  it.each(messages)('%s', (_name, packet, expected) => {
    expect([fields(packet), walkPacket(packet, raw).values('icmpv6.checksum.status')]).toEqual([expected, ['1']])
  })

  it('router renumbering', () => {
    const match = join([1, 7, 2, 48, 0, 128, 0, 0], address('fec0::'))
    const use = join([48, 16, 0x80, 0x40], bytes32(2_592_000), bytes32(604_800), bytes32(0x80000000), address('3ffe:501:fffe::'))
    const packet = emitIcmpv6(138, 0, join(bytes32(1), [2, 0x90], bytes16(3), bytes32(0), match, use), PAIR)
    const found = fields(packet)
    expect([found.length, found.filter((line) => /prefix|opcode|lifetime|flag\.[tspv] |flagmask\.[al] /.test(line))]).toEqual([
      36,
      [
        'icmpv6.rr.flag.t 1',
        'icmpv6.rr.flag.s 1',
        'icmpv6.rr.flag.p 0',
        'icmpv6.rr.pco.mp.opcode 1',
        'icmpv6.rr.pco.mp.matchprefix fec0::',
        'icmpv6.rr.pco.up.flagmask.l 1',
        'icmpv6.rr.pco.up.flagmask.a 0',
        'icmpv6.rr.pco.up.flagmask.l 0',
        'icmpv6.rr.pco.up.flagmask.a 1',
        'icmpv6.rr.pco.up.validlifetime 2592000',
        'icmpv6.rr.pco.up.preferredlifetime 604800',
        'icmpv6.rr.pco.up.flag.v 1',
        'icmpv6.rr.pco.up.flag.p 0',
        'icmpv6.rr.pco.up.useprefix 3ffe:501:fffe::',
      ],
    ])
  })
})

const options: [string, Uint8Array, string[]][] = [
  [
    'prefix information',
    prefixOption({ prefix: '2001:db8:1::', length: 64, flags: 0xe1, valid: 0xffffffff, preferred: 5 }),
    [
      'prefix.length 64',
      'prefix.flag 0xe1',
      'prefix.flag.l 1',
      'prefix.flag.a 1',
      'prefix.flag.r 1',
      'prefix.flag.reserved 1',
      'prefix.valid_lifetime 4294967295',
      'prefix.preferred_lifetime 5',
      'prefix 2001:db8:1::',
    ],
  ],
  [
    'route information',
    routeOption('2001:db8:2::', 48, 3, 600),
    [
      'prefix.length 48',
      'route_info.flag 0x18',
      'route_info.flag.route_preference 3',
      'route_info.flag.reserved 0',
      'route_lifetime 600',
      'prefix 2001:db8:2::',
    ],
  ],
  [
    'default route',
    routeOption('::', 0, 1, 9),
    ['prefix.length 0', 'route_info.flag 0x08', 'route_info.flag.route_preference 1', 'route_info.flag.reserved 0', 'route_lifetime 9'],
  ],
  ['DNS servers', dnsOption(9, ['2001:db8::53', '2001:db8::54']), ['rdnss.lifetime 9', 'rdnss 2001:db8::53', 'rdnss 2001:db8::54']],
  ['search list', searchOption(8, ['example.com', 'a.b']), ['dnssl.lifetime 8', 'dnssl example.com', 'dnssl a.b']],
  ['MTU', option(5, join([0, 0], bytes32(1400))), ['mtu 1400']],
  ['PREF64', option(38, join(bytes16((75 << 3) | 1), address('64:ff9b:1:2::').subarray(0, 12))), ['pref64.scaled_lifetime 75', 'pref64.plc 0x0001', 'pref64.prefix 64:ff9b:1:2::']],
  ['captive portal', option(37, new TextEncoder().encode('https://a.example')), ['captive_portal https://a.example']],
  ['EUI-64 link-layer address', option(1, hex('0011223344556677')), ['linkaddr 00:11:22:33:44:55:66:77', 'src_linkaddr 00:11:22:33:44:55:66:77', 'linkaddr_eui64 00:11:22:33:44:55:66:77', 'src_linkaddr_eui64 00:11:22:33:44:55:66:77']],
  ['14 bytes that are no EUI-64', option(1, hex('0011223344556677 8899aabbccdd')), ['linkaddr 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd', 'src_linkaddr 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd']],
  ['home agent', option(8, [0, 0, 0, 1, 0, 9]), ['home_agent_preference 1', 'home_agent_lifetime 9']],
  ['time stamp', option(13, join([0, 0, 0, 0, 0, 0, 0, 0], bytes32(1_700_000_000), [0x80, 0])), ['timestamp Nov 14, 2023 22:13:20.500000000 UTC']],
  ['nonce', option(14, hex('010203040506')), ['nonce 010203040506']],
  [
    'CGA',
    // 36 bytes, and 4 of padding
    option(11, join([4, 0], new Uint8Array(16).fill(1), new Uint8Array(8).fill(2), [1], hex('3000'), hex('fffd0001aa'))),
    [
      'cga.pad_length 4',
      `cga ${'01'.repeat(16)}${'02'.repeat(8)}013000fffd0001aa`,
      `cga.modifier ${'01'.repeat(16)}`,
      `cga.subnet_prefix ${'02'.repeat(8)}`,
      'cga.count 01',
      'cga.ext_type 65533',
      'cga.ext_length 1',
      'cga.ext_data aa',
    ],
  ],
  ['6LoWPAN context', option(34, join([64, 0xf5, 0, 0], bytes16(60), address('2001:db8:1:2::').subarray(0, 8))), ['6co.context_length 64', '6co.flag 0xf5', '6co.flag.c 1', '6co.flag.cid 5', '6co.flag.reserved 7', '6co.valid_lifetime 60', '6co.context_prefix 2001:db8:1:2::']],
] // biome-ignore format: a table

describe('options', () => {
  it.each(options)('%s', (_name, bytes, expected) => {
    const packet = emitRouterAdvertisement({ ...LINK, options: [bytes] })
    const found = fields(packet).filter((line) => line.startsWith('icmpv6.opt.'))
    expect(found.slice(2).map((line) => line.slice('icmpv6.opt.'.length))).toEqual(expected)
  })

  it('those without a name in Wireshark are ours', () => {
    const pvd = option(21, join([0xa0, 0x03], bytes16(7), domainName('pvd.example')))
    const dnr = option(
      144,
      join(bytes16(1), bytes32(60), bytes16(13), domainName('dns.example'), bytes16(16), address('2001:db8::53'), bytes16(3), [1, 2, 3]),
    )
    expect(walkPacket(emitRouterAdvertisement({ ...LINK, options: [pvd, dnr] }), raw).family('mh')).toEqual([
      'mh.nd.pvd.http 1',
      'mh.nd.pvd.legacy 0',
      'mh.nd.pvd.advertisement 1',
      'mh.nd.pvd.delay 3',
      'mh.nd.pvd.sequence 7',
      'mh.nd.pvd.name pvd.example',
      'mh.nd.dnr.priority 1',
      'mh.nd.dnr.lifetime 60',
      'mh.nd.dnr.name dns.example',
      'mh.nd.dnr.address 2001:db8::53',
      'mh.nd.dnr.parameters 010203',
    ])
  })

  const broken: [string, Uint8Array, string][] = [
    ['length 0 ends the list', hex('0100000000000000'), 'malformed at 57: option Source link-layer address has length 0'],
    ['past the end', hex('0102000000000000'), 'malformed at 57: option length 16, but only 8 bytes are left'],
    ['a prefix that is too short', hex('0301400000000000'), 'malformed at 58: 30 bytes needed, 6 left'],
    [
      'a name without an end',
      option(31, join([0, 0], bytes32(1), hex('0761626364656667'))),
      'malformed at 64: a domain name does not end within its option',
    ],
    [
      'a label of 64 bytes',
      option(31, join([0, 0], bytes32(1), hex('4061626364656667'))),
      'malformed at 64: label length 64 in a domain name',
    ],
    [
      'an unknown prefix length code',
      option(38, join(bytes16(7), new Uint8Array(12))),
      'malformed at 58: prefix length code 7 is not defined',
    ],
    ['padding longer than the option', option(11, [99, 0]), 'malformed at 58: pad length 99 is longer than the option'],
  ]
  it.each(broken)('%s', (_name, bytes, stop) => {
    expect(walkPacket(emitRouterAdvertisement({ ...LINK, options: [bytes] }), raw).stop).toBe(stop)
  })

  it('a list of ten thousand ends at the limits', () => {
    const many = emitRouterAdvertisement({ ...LINK, options: Array.from({ length: 8_000 }, () => option(14, hex('010203040506'))) })
    expect(walkPacket(many, raw).values('icmpv6.opt.nonce').length).toBe(1_000)
  })
})

describe('signals', () => {
  const signals = (packet: Uint8Array, state = new StreamState(nodeCrypto)) => {
    const seen = walkPacket(emitEthernet(packet), { record: false, state })
    return seen.signals.map(({ kind, detail }) => ({
      kind,
      detail,
      about:
        detail !== null && 'routerLifetime' in detail
          ? state.flows.addresses.text(detail.router)
          : detail !== null && 'hopLimit' in detail && 'address' in detail
            ? state.flows.addresses.text(detail.address)
            : '',
    }))
  }
  const mac = '02:00:00:00:00:01'

  it('a router advertisement says its lifetime, preference, prefixes and routes', () => {
    const packet = emitRouterAdvertisement({
      ...LINK,
      flags: 0x18,
      lifetime: 0,
      options: [
        linkAddressOption(1, mac),
        prefixOption({ prefix: '2001:db8:1:0:ffff::', length: 64, valid: 7200, preferred: 0 }),
        prefixOption({ prefix: '2001:db8:2::', length: 129 }),
        routeOption('2001:db8:3::', 48, 1, 600),
        routeOption('::', 0, 2, 0),
        // 72 bits do not fit the 8 bytes that the option has
        option(24, join([72, 0], bytes32(1), new Uint8Array(8))),
      ],
    })
    expect(signals(packet)).toEqual([
      {
        kind: SignalKind.Routing,
        about: 'fe80::1',
        detail: {
          message: 'router-advertisement',
          router: 0,
          routerLifetime: 0,
          preference: 'low',
          prefixes: [{ prefix: '2001:db8:1::', length: 64, onLink: true, autonomous: true, valid: 7200, preferred: 0 }],
          routes: [
            { prefix: '2001:db8:3::', length: 48, preference: 'high', lifetime: 600 },
            { prefix: '::', length: 0, preference: 'medium', lifetime: 0 },
          ],
          target: null,
          destination: null,
          mac,
          receiver: 1,
        },
      },
    ])
  })

  it('a redirect that tells the link-layer address of the new next hop', () => {
    const option = linkAddressOption(Option.TargetLinkAddress, '02:00:00:00:00:66')
    const [signal] = signals(emitRedirect('fe80::9', '2001:db8::77', LINK, [option]))
    expect(signal?.detail).toMatchObject({ target: 'fe80::9', targetMac: '02:00:00:00:00:66' })
  })

  it('redirects and solicitations of routers', () => {
    const nothing = {
      router: 0,
      routerLifetime: null,
      preference: null,
      prefixes: [],
      routes: [],
      target: null,
      destination: null,
      mac,
      receiver: 1,
    }
    expect([signals(emitRedirect('fe80::9', '2001:db8::77', LINK)), signals(emitIcmpv6(133, 0, [0, 0, 0, 0], LINK))]).toEqual([
      [
        {
          kind: SignalKind.Routing,
          about: 'fe80::1',
          detail: { ...nothing, message: 'redirect', target: 'fe80::9', destination: '2001:db8::77' },
        },
      ],
      [{ kind: SignalKind.Routing, about: 'fe80::1', detail: { ...nothing, message: 'router-solicitation' } }],
    ])
  })

  const other = '02:00:00:00:00:77'
  const neighbours: [string, Uint8Array, string, object][] = [
    ['duplicate address detection', emitNeighborSolicitation('fe80::9', { ...LINK, source: '::' }), 'fe80::9', { message: 'dad', mac, hopLimit: 255, target: 0 }],
    ['a solicitation', emitNeighborSolicitation('fe80::9', LINK, [linkAddressOption(1, other)]), 'fe80::1', { address: 1, message: 'solicitation', mac: other, hopLimit: 255, target: 0 }],
    ['an advertisement', emitNeighborAdvertisement('fe80::9', 0, LINK, [option(14, hex('010203040506')), linkAddressOption(2, other)]), 'fe80::9', { message: 'advertisement', mac: other, hopLimit: 255, router: false, solicited: false, override: false }],
    ['an overriding answer of a router', emitNeighborAdvertisement('fe80::9', 0xe0000000, LINK), 'fe80::9', { message: 'advertisement', mac, hopLimit: 255, router: true, solicited: true, override: true }],
    ['an advertisement from beyond the link', emitNeighborAdvertisement('fe80::9', 0, { ...LINK, hopLimit: 254 }), 'fe80::9', { message: 'advertisement', mac, hopLimit: 254, router: false, solicited: false, override: false }],
  ] // biome-ignore format: a table
  it.each(neighbours)('%s', (_name, packet, about, detail) => {
    expect(signals(packet)).toEqual([{ kind: SignalKind.Neighbour, about, detail: { address: 0, ...detail } }])
  })

  it('an error is about the flow that it quotes', () => {
    const sctp = emitIpv6(
      sctpPacket({ sourcePort: 5000, destinationPort: 9999, tag: 0xa1b2c3d4, chunks: [chunk(4, 0, hex('0001000461626364'))] }),
      {
        source: '2001:db8::1',
        destination: '2001:db8::2',
        nextHeader: 132,
      },
    )
    const state = new StreamState(nodeCrypto)
    walkPacket(sctp, { ...raw, state, record: false })
    const seen = walkPacket(emitIcmpv6Error(2, 0, 1280, sctp.subarray(0, 48), PAIR), { ...raw, state, row: 1, record: false })
    expect([seen.signals, seen.stop, state.flows.count, state.flows.addresses.text(2)]).toEqual([
      [
        {
          kind: SignalKind.IcmpError,
          flow: 0,
          direction: 0,
          unit: 0,
          span: 0,
          bytes: 0,
          detail: {
            version: 6,
            type: 2,
            code: 0,
            message: 'Packet too big',
            reporter: 2,
            quotedToken: 0xa1b2c3d4,
            mtu: 1280,
            quotedSource: 0,
            quotedDestination: 1,
            quotedProtocol: 132,
            receiver: 0,
          },
        },
      ],
      '',
      1,
      '2001:db8::9',
    ])
  })

  it('an error about a flow that was never seen names the addresses of its quote', () => {
    const state = new StreamState(nodeCrypto)
    const seen = walkPacket(emitIcmpv6Error(1, 0, 0, udp, PAIR), { ...raw, state, record: false }).signals
    const { addresses } = state.flows
    expect(seen.map(({ kind, flow, detail }) => ({ kind, flow, detail }))).toMatchObject([
      { kind: SignalKind.IcmpError, flow: -1, detail: { version: 6, type: 1, code: 0, quotedProtocol: 17, quotedToken: null } },
    ])
    const detail = seen[0]?.detail as { quotedSource: number; quotedDestination: number }
    expect([addresses.text(detail.quotedSource), addresses.text(detail.quotedDestination)]).toEqual([PAIR.destination, '2001:db8::2'])
  })

  it('echo is numbers only: who asked whom, with what', () => {
    const state = new StreamState(nodeCrypto)
    const echo = (type: number): Uint8Array => emitIcmpv6(type, 0, [0x12, 0x34, 0, 7], PAIR)
    const seen = [128, 129].map((type) => walkPacket(echo(type), { ...raw, state, record: false }).signals[0])
    expect(seen.map((one) => [one?.kind, one?.flow, one?.unit, one?.span, one?.detail])).toEqual([
      [SignalKind.Echo, -1, 0x12340007, 0, null],
      [SignalKind.Echo, -1, 0x12340007, 1, null],
    ])
  })
})

describe('lines of the packet list', () => {
  const lines: [Uint8Array, string][] = [
    [emitIcmpv6Error(2, 0, 1280, udp, PAIR), 'Packet too big (MTU 1280)'],
    [emitIcmpv6Error(1, 4, 0, udp, PAIR), 'Destination unreachable (port unreachable)'],
    [emitNeighborSolicitation('fe80::9', LINK), 'Neighbor solicitation for fe80::9'],
    [emitNeighborAdvertisement('fe80::9', 0xa0000000, LINK), 'Neighbor advertisement of fe80::9 (router, override)'],
    [emitRouterAdvertisement({ ...LINK, lifetime: 0 }), 'Router advertisement, lifetime 0 s'],
    [emitRedirect('fe80::9', '2001:db8::77', LINK, [redirectedOption(udp)]), 'Redirect of 2001:db8::77 to fe80::9'],
    [emitIcmpv6(128, 0, join(bytes16(0xabcd), bytes16(7)), PAIR), 'Echo (ping) request id=0xabcd, seq=7, hop limit=255'],
  ]
  it('say what the message is about', () => {
    expect(lines.map(([packet]) => walkPacket(packet, raw).walk.info)).toEqual(lines.map(([, line]) => line))
  })
})

describe('cut and broken packets', () => {
  const samples: [string, Uint8Array][] = [
    ...messages,
    ...options.map(([name, bytes]) => [`option: ${name}`, emitRouterAdvertisement({ ...LINK, options: [bytes] })] as const),
  ].map(([name, packet]) => [name, packet])
  it.each(samples)('%s, captured to every length, is cut and never malformed', (_name, packet) => {
    const kinds = Array.from(
      { length: packet.length - 40 },
      (_, i) => walkPacket(packet.subarray(0, 40 + i), { ...raw, wireLength: packet.length }).stop.split(' ')[0],
    )
    expect(kinds.filter((kind) => kind === 'malformed' || kind === 'limit')).toEqual([])
    expect(kinds[0]).toBe('cut')
  })

  it('a wrong checksum is said and changes nothing', () => {
    const packet = emitNeighborSolicitation('fe80::9', LINK)
    packet[43] = (packet[43] as number) ^ 1
    const seen = walkPacket(packet, raw)
    expect([seen.values('icmpv6.checksum.status'), seen.signals.length, seen.stop]).toEqual([['0'], 1, ''])
  })
})
