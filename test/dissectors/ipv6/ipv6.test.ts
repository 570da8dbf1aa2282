import { describe, expect, it } from 'vitest'
import { FRAGMENTS } from '../../../dissectors/core/fragments.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { address } from '../../../dissectors/ip/emit.ts'
import {
  emitFragmentHeader,
  emitIpv6,
  emitIpv6Fragments,
  emitOptionsHeader,
  emitRoutingHeader,
  type Ipv6Options,
} from '../../../dissectors/ipv6/emit.ts'
import { emitEthernet, hex, join } from '../../../dissectors/link/emit.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const PAIR = { source: '2001:db8:a:1::10', destination: '2001:db8:f2:1::80' }
const udp = (size: number, pair = PAIR) =>
  emitUdp(
    Uint8Array.from({ length: size }, (_, i) => i & 255),
    { ...pair, sourcePort: 40000, destinationPort: 40001 },
  )
const packet = (payload: Uint8Array, options: Partial<Ipv6Options> = {}) => emitIpv6(payload, { ...PAIR, nextHeader: 17, ...options })
const raw = { linkType: 229 }

describe('IPv6 header', () => {
  it('is read field by field', () => {
    const seen = walkPacket(packet(udp(3), { trafficClass: 0xb9, flowLabel: 0xabcde, hopLimit: 61 }), raw)
    expect([...seen.family('ip'), ...seen.family('ipv6')]).toEqual([
      'ip.version 6',
      'ipv6.version 6',
      'ipv6.tclass 0x000000b9',
      'ipv6.tclass.dscp 46',
      'ipv6.tclass.ecn 1',
      'ipv6.flow 0x0abcde',
      'ipv6.plen 11',
      'ipv6.nxt 17',
      'ipv6.hlim 61',
      'ipv6.src 2001:db8:a:1::10',
      'ipv6.dst 2001:db8:f2:1::80',
    ])
    expect([seen.walk.addressSize, seen.walk.hopLimit, seen.walk.ipProtocol, seen.stop]).toEqual([16, 61, 17, ''])
  })

  const reveals: [string, string, string[]][] = [
    ['modified EUI-64', '2001:db8::200:5eff:fe00:5301', ['ipv6.src_slaac_mac 00:00:5e:00:53:01']],
    ['an EUI-64 without the universal bit tells no MAC', '2001:db8::5eff:fe00:5301', []],
    ['6to4', '2002:c000:201:7::1', ['ipv6.src_6to4_gw_ipv4 192.0.2.1', 'ipv6.src_6to4_sla_id 7']],
    [
      'Teredo',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      ['ipv6.src_ts_ipv4 65.54.227.120', 'ipv6.src_tc_port 40000', 'ipv6.src_tc_ipv4 192.0.2.45'],
    ],
    ['ISATAP', 'fe80::5efe:c000:201', ['ipv6.src_isatap_ipv4 192.0.2.1']],
  ]
  it.each(reveals)('the address tells of its host: %s', (_name, source, fields) => {
    const seen = walkPacket(packet(udp(1), { source }), raw)
    expect(seen.family('ipv6').filter((line) => line.startsWith('ipv6.src_'))).toEqual(fields)
  })

  it('a payload length beyond the frame is malformed, 0 means the rest of the frame', () => {
    expect(walkPacket(packet(udp(3), { payloadLength: 12 }), raw).stop).toBe(
      'malformed at 4: payload length 12, but only 11 bytes are left in the frame',
    )
    expect(walkPacket(packet(udp(3), { payloadLength: 0 }), raw).values('udp.payload')).toEqual(['000102'])
  })
})

describe('extension headers', () => {
  it('hop-by-hop, destination options, routing and an atomic fragment lead on to the upper layer', () => {
    const inner = emitFragmentHeader(17, 0, false, 9, udp(2))
    const routed = emitRoutingHeader(44, 0, 0, ['2001:db8::7'], inner)
    const options = emitOptionsHeader(43, [{ type: 0x8b, data: hex('00112233') }], routed)
    const hops = emitOptionsHeader(60, [{ type: 5, data: hex('0000') }], options)
    const seen = walkPacket(emitEthernet(packet(hops, { nextHeader: 0 })))
    expect(seen.values('frame.protocols')).toEqual(['eth:ethertype:ipv6:ipv6.hopopts:ipv6.dstopts:ipv6.routing:ipv6.fraghdr:udp:data'])
    expect([seen.stop, seen.walk.ipProtocol]).toEqual(['', 17])
    expect(seen.family('ipv6').slice(10)).toEqual([
      'ipv6.hopopts.nxt 60',
      'ipv6.hopopts.len 0',
      'ipv6.hopopts.len_oct 8',
      'ipv6.opt.type 0x05',
      'ipv6.opt.type.action 0',
      'ipv6.opt.type.change 0',
      'ipv6.opt.type.rest 0x05',
      'ipv6.opt.length 2',
      'ipv6.opt.router_alert 0',
      'ipv6.opt.type 0x01',
      'ipv6.opt.type.action 0',
      'ipv6.opt.type.change 0',
      'ipv6.opt.type.rest 0x01',
      'ipv6.opt.length 0',
      'ipv6.opt.padn <none>',
      'ipv6.dstopts.nxt 43',
      'ipv6.dstopts.len 0',
      'ipv6.dstopts.len_oct 8',
      'ipv6.opt.type 0x8b',
      'ipv6.opt.type.action 2',
      'ipv6.opt.type.change 0',
      'ipv6.opt.type.rest 0x0b',
      'ipv6.opt.length 4',
      'ipv6.opt.ilnp_nonce 00112233',
      'ipv6.routing.nxt 44',
      'ipv6.routing.len 2',
      'ipv6.routing.len_oct 24',
      'ipv6.routing.type 0',
      'ipv6.routing.segleft 0',
      'ipv6.routing.src.reserved 00000000',
      'ipv6.routing.src.addr 2001:db8::7',
      'ipv6.fraghdr.nxt 17',
      'ipv6.fraghdr.reserved_octet 0x00',
      'ipv6.fraghdr.offset 0',
      'ipv6.fraghdr.reserved_bits 0',
      'ipv6.fraghdr.more 0',
      'ipv6.fraghdr.ident 0x00000009',
    ])
  })

  it('checksums cover the home address and the final destination, flows the addresses on the wire', () => {
    const home = '2001:db8:b:2::99'
    const final = '2001:db8:c:3::55'
    const segment = udp(4, { source: home, destination: final })
    const routed = emitRoutingHeader(60, 2, 1, [final], emitOptionsHeader(17, [{ type: 0xc9, data: address(home) }], segment))
    const seen = walkPacket(packet(routed, { nextHeader: 43 }), raw)
    expect([
      seen.values('mh.checksum'),
      seen.values('ipv6.opt.mipv6.home_address'),
      seen.values('ipv6.routing.mipv6.home_address'),
    ]).toEqual([['good'], [home], [final]])
    const flows = seen.walk.state.flows
    expect(flows.addresses.text(flows.sender(0, 0))).toBe(PAIR.source)
  })

  it('a jumbo payload length bounds a packet whose payload length is 0', () => {
    const body = emitOptionsHeader(17, [{ type: 0xc2, data: hex('00000013') }], udp(3))
    const seen = walkPacket(join(packet(body, { nextHeader: 0, payloadLength: 0 }), hex('ffff')), raw)
    expect([seen.values('ipv6.opt.jumbo'), seen.values('udp.payload')]).toEqual([['19'], ['000102']])
  })

  it('an option past its header stops everything behind it', () => {
    const seen = walkPacket(packet(join(hex('1100c990aabbccdd'), udp(3)), { nextHeader: 60 }), raw)
    expect([seen.stop, seen.values('ipv6.opt.length'), seen.values('udp.srcport')]).toEqual([
      'malformed at 42: option 201 has length 144, 4 bytes of its header are left',
      ['144'],
      [],
    ])
  })

  it('an option that is only a type has no length', () => {
    const seen = walkPacket(packet(join(hex('1100000000000077'), udp(3)), { nextHeader: 60 }), raw)
    expect(seen.stop).toBe('malformed at 47: option 119 has no length: its header ends')
  })

  it('the authentication header is passed over', () => {
    const seen = walkPacket(packet(join(hex('1104000000000100 00000007 0102030405060708090a0b0c'), udp(1)), { nextHeader: 51 }), raw)
    expect([...seen.family('ah'), ...seen.values('udp.srcport')]).toEqual([
      'ah.next_header 17',
      'ah.length 4',
      'ah.reserved 0000',
      'ah.spi 0x00000100',
      'ah.sequence 7',
      'ah.icv 0102030405060708090a0b0c',
      '40000',
    ])
  })

  it('headers of protocols without a dissector stay as data under their number', () => {
    for (const number of [136, 138, 253]) {
      const seen = walkPacket(packet(hex('3b00000000000000'), { nextHeader: number }), raw)
      expect([seen.walk.ipProtocol, seen.stop]).toEqual([number, ''])
    }
  })

  it('cut at every length it never throws and never claims malformed', () => {
    const body = emitOptionsHeader(43, [{ type: 0xc9, data: address('2001:db8::1') }], emitRoutingHeader(17, 2, 1, ['2001:db8::2'], udp(3)))
    const whole = packet(body, { nextHeader: 60 })
    for (let size = 0; size < whole.length; size++)
      expect(walkPacket(whole.subarray(0, size), { ...raw, wireLength: whole.length }).stop.startsWith('malformed')).toBe(false)
  })
})

describe('IPv6 fragments', () => {
  const pieces = emitIpv6Fragments(udp(60), 32, 0xfeed, { ...PAIR, nextHeader: 17 })

  it('complete in any order; repetitions are harmless', () => {
    const state = new StreamState(nodeCrypto)
    const seen = [2, 0, 0, 1].map((piece, row) => walkPacket(pieces[piece] as Uint8Array, { ...raw, state, row }))
    expect(seen.map((one) => one.values('udp.length'))).toEqual([[], [], [], ['68']])
    expect([seen[3]?.values('ipv6.fragment'), seen[3]?.values('mh.checksum'), state.of(FRAGMENTS).fragmentsOf(3)]).toEqual([
      ['2', '3', '4', '1'],
      ['good'],
      [0, 1, 2],
    ])
  })

  it('an overlap drops the datagram with all that is to come (RFC 5722)', () => {
    const state = new StreamState(nodeCrypto)
    const forged = packet(emitFragmentHeader(17, 24, true, 0xfeed, new Uint8Array(16)), { nextHeader: 44 })
    const seen = [pieces[0], forged, pieces[1], pieces[2]].map((one, row) => walkPacket(one as Uint8Array, { ...raw, state, row }))
    expect([seen.flatMap((one) => one.values('udp.length')), state.of(FRAGMENTS).refused]).toEqual([[], 1])
  })

  it('where a fragment lies is said in units of 8 bytes', () => {
    expect(pieces.map((piece) => walkPacket(piece, raw).values('ipv6.fraghdr.offset').join())).toEqual(['0', '4', '8'])
  })

  it('a first piece whose end the frame itself lacks is read as far as it goes, and not used', () => {
    const state = new StreamState(nodeCrypto)
    const short = walkPacket((pieces[0] as Uint8Array).subarray(0, 40 + 8 + 12), { ...raw, state, row: 0 })
    const rest = [1, 2].map((piece) => walkPacket(pieces[piece] as Uint8Array, { ...raw, state, row: piece }))
    expect([short.values('udp.length'), short.stop]).toEqual([
      ['68'],
      'malformed at 4: payload length 40, but only 20 bytes are left in the frame',
    ])
    expect(rest.flatMap((one) => one.values('udp.length'))).toEqual([])
  })

  it('a piece with more to come must be a multiple of 8 bytes', () => {
    const odd = packet(emitFragmentHeader(17, 0, true, 1, new Uint8Array(13)), { nextHeader: 44 })
    expect(walkPacket(odd, raw).stop).toBe('malformed at 40: a fragment with more to come is 13 bytes long, not a multiple of 8')
  })
})
