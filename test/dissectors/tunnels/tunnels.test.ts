import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitGtp } from '../../../dissectors/gtp/emit.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { emitEthernet, hex, join } from '../../../dissectors/link/emit.ts'
import { MIRRORS, OVERLAYS } from '../../../dissectors/link/wire.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const OUTER = { source: '192.0.2.1', destination: '192.0.2.2' }
const INNER = emitUdpPacket(hex('cafe'), { source: '10.45.0.2', destination: '10.45.0.1', sourcePort: 40000, destinationPort: 40001 })
const INNER6 = emitUdpPacket(hex('cafe'), { source: '2001:db8::2', destination: '2001:db8::1', sourcePort: 40000, destinationPort: 40001 })
const over = (payload: Uint8Array, port: number) => emitUdpPacket(payload, { ...OUTER, sourcePort: 50000, destinationPort: port })
const gre = (header: string, payload: Uint8Array) => emitIpv4(join(hex(header), payload), { ...OUTER, protocol: 47 })
const raw = { linkType: 101 }

describe('what a tunnel carries becomes the innermost layer', () => {
  const cases: [string, Uint8Array, string][] = [
    ['GTP-U', over(emitGtp(INNER, 1), 2152), 'raw:ip:udp:gtp:ip:udp:data'],
    ['GTP-U with a PDU session container', over(emitGtp(INNER6, 1, 9), 2152), 'raw:ip:udp:gtp:ipv6:udp:data'],
    ['GRE', gre('0000 0800', INNER), 'raw:ip:gre:ip:udp:data'],
    ['GRE with checksum, key and sequence number', gre('b000 86dd 12340000 00000007 00000001', INNER6), 'raw:ip:gre:ipv6:udp:data'],
    ['GRE of PPTP around PPP', gre('3081 880b 00210001 00000001 00000002', join(hex('ff030021'), INNER)), 'raw:ip:gre:ppp:ip:udp:data'],
    ['GRE with Cisco metadata', gre('2000 8909 00000028 0800 01 01 0001 0007', INNER), 'raw:ip:gre:ip:udp:data'],
    ['GRE around Ethernet', gre('0000 6558', emitEthernet(INNER)), 'raw:ip:gre:eth:ethertype:ip:udp:data'],
    ['ERSPAN type I', gre('0000 88be', emitEthernet(INNER)), 'raw:ip:gre:erspan:eth:ethertype:ip:udp:data'],
    [
      'ERSPAN type II',
      gre('1000 88be 00000007', join(hex('100a 1805 00000003'), emitEthernet(INNER))),
      'raw:ip:gre:erspan:eth:ethertype:ip:udp:data',
    ],
    [
      'ERSPAN type III with a platform header',
      gre('1000 22eb 00000007', join(hex('200a 0005 00150608 0000 8009 14000001 00000002'), emitEthernet(INNER))),
      'raw:ip:gre:erspan:eth:ethertype:ip:udp:data',
    ],
    [
      'ERSPAN type III around IP',
      gre('1000 22eb 00000007', join(hex('200a 0005 00150608 0000 0800'), INNER6)),
      'raw:ip:gre:erspan:ipv6:udp:data',
    ],
    ['TZSP', over(join(hex('0100 0001 00 29 02 05dc 01'), emitEthernet(INNER)), 37008), 'raw:ip:udp:tzsp:eth:ethertype:ip:udp:data'],
    ['GRE with a source route', gre('4000 0800 00000000 08000004 c0000201 00000000', INNER), 'raw:ip:gre:ip:udp:data'],
    [
      'Geneve',
      over(join(hex('0240 6558 00000a00 0102 8001 deadbeef'), emitEthernet(INNER)), 6081),
      'raw:ip:udp:geneve:eth:ethertype:ip:udp:data',
    ],
    ['VXLAN', over(join(hex('08000000 00007b00'), emitEthernet(INNER)), 4789), 'raw:ip:udp:vxlan:eth:ethertype:ip:udp:data'],
    [
      'VXLAN with a group policy',
      over(join(hex('88080005 00007b00'), emitEthernet(INNER)), 8472),
      'raw:ip:udp:vxlan:eth:ethertype:ip:udp:data',
    ],
    ['VXLAN-GPE around IPv6', over(join(hex('0c000002 00007b00'), INNER6), 4790), 'raw:ip:udp:vxlan:ipv6:udp:data'],
    [
      'VXLAN-GPE without a next protocol',
      over(join(hex('08000000 00007b00'), emitEthernet(INNER)), 4790),
      'raw:ip:udp:vxlan:eth:ethertype:ip:udp:data',
    ],
    ['LISP data', over(join(hex('c0abcdef 00000003'), INNER6), 4341), 'raw:ip:udp:lisp-data:ipv6:udp:data'],
    ['LISP encapsulated control message', over(join(hex('88000000'), INNER), 4342), 'raw:ip:udp:lisp:ip:udp:data'],
    ['Teredo', over(INNER6, 3544), 'raw:ip:udp:teredo:ipv6:udp:data'],
    [
      'Teredo with authentication and origin indications',
      over(join(hex('0001 0102 aa bbcc 0102030405060708 00'), hex('0000 f12a b9c8b7ba'), INNER6), 3544),
      'raw:ip:udp:teredo:ipv6:udp:data',
    ],
    ['IPv6 in IPv4', emitIpv4(INNER6, { ...OUTER, protocol: 41 }), 'raw:ip:ipv6:udp:data'],
    ['IPv4 in IPv6', emitIpv6(INNER, { source: '2001:db8::a', destination: '2001:db8::b', nextHeader: 4 }), 'raw:ipv6:ip:udp:data'],
  ]
  it.each(cases)('%s', (_name, packet, chain) => {
    const seen = walkPacket(packet, raw)
    const { flows } = seen.walk.state
    const inner = ['10.45.0.2', '2001:db8::2']
    expect([seen.values('frame.protocols'), seen.stop, inner.includes(flows.addresses.text(flows.sender(seen.walk.flow, 0)))]).toEqual([
      [chain],
      '',
      true,
    ])
  })
})

describe('headers', () => {
  it('GTP-U', () => {
    expect(walkPacket(over(emitGtp(INNER, 0xbe51, 5), 2152), raw).family('gtp')).toEqual([
      'gtp.flags 0x34',
      'gtp.flags.version 1',
      'gtp.flags.payload 1',
      'gtp.flags.reserved 0',
      'gtp.flags.e 1',
      'gtp.flags.s 0',
      'gtp.flags.pn 0',
      'gtp.message 0xff',
      `gtp.length ${8 + INNER.length}`,
      'gtp.teid 0x0000be51',
      'gtp.ext_hdr.next 0x85',
      'gtp.ext_hdr.length 1',
      'gtp.ext_hdr.pdu_ses_con.pdu_type 1',
      'gtp.spare.h1 0x00',
      'gtp.spare.b7b6 0x00',
      'gtp.ext_hdr.pdu_ses_con.qos_flow_id 5',
      'gtp.ext_hdr.next 0x00',
    ])
  })

  it('GRE of PPTP', () => {
    const seen = walkPacket(gre('3081 880b 00210001 00000001 00000002', hex('ff03c021')), raw)
    expect(seen.family('gre')).toEqual([
      'gre.flags_and_version 0x3081',
      'gre.flags.checksum 0',
      'gre.flags.routing 0',
      'gre.flags.key 1',
      'gre.flags.sequence_number 1',
      'gre.flags.strict_source_route 0',
      'gre.flags.recursion_control 0',
      'gre.flags.ack 1',
      'gre.flags.reserved 0',
      'gre.flags.version 1',
      'gre.proto 0x880b',
      'gre.key.payload_length 33',
      'gre.key.call_id 1',
      'gre.sequence_number 1',
      'gre.ack_number 2',
    ])
  })

  it.each([
    ['another version', '2000 8909 00000028 0800 02 01 0001 0007'],
    ['a length past the packet', '2000 8909 00000028 0800 01 ff 0001 0007'],
  ])('Cisco metadata of %s: nobody knows where its packet begins', (_name, header) => {
    expect(walkPacket(gre(header, INNER), raw).values('frame.protocols')).toEqual(['raw:ip:gre:data'])
  })

  it('ERSPAN of type II', () => {
    const packet = gre('1000 88be 00000007', join(hex('100a 5c05 00100003'), emitEthernet(INNER)))
    expect(walkPacket(packet, raw).family('erspan')).toEqual([
      'erspan.version 1',
      'erspan.vlan 10',
      'erspan.cos 2',
      'erspan.encap 3',
      'erspan.truncated 1',
      'erspan.spanid 5',
      'erspan.reserved 1',
      'erspan.index 3',
    ])
  })

  it('ERSPAN of type III', () => {
    const packet = gre('1000 22eb 00000007', join(hex('200a 5c05 00150608 0007 801b 14000001 00000002'), emitEthernet(INNER)))
    expect(walkPacket(packet, raw).family('erspan')).toEqual([
      'erspan.version 2',
      'erspan.vlan 10',
      'erspan.cos 2',
      'erspan.bso 3',
      'erspan.truncated 1',
      'erspan.spanid 5',
      'erspan.timestamp 1377800',
      'erspan.sgt 7',
      'erspan.p 1',
      'erspan.ft 0',
      'erspan.hw 1',
      'erspan.direction 1',
      'erspan.gra 1',
      'erspan.o 1',
      'erspan.platid 5',
      'erspan.platform_data 1400000100000002',
    ])
  })

  it('ERSPAN of another version: nobody knows where the frame begins', () => {
    const chain = (header: string) => walkPacket(gre(header, emitEthernet(INNER)), raw).values('frame.protocols')
    expect(chain('1000 88be 00000007 300a 0005 00000003')).toEqual(['raw:ip:gre:erspan:data'])
    expect(chain('1000 22eb 00000007 100a 0005 00000003 00000000')).toEqual(['raw:ip:gre:erspan:data'])
    expect(chain('1000 22eb 00000007 200a 0005 00000003 00000400')).toEqual(['raw:ip:gre:erspan:data'])
  })

  it('TZSP', () => {
    const packet = over(join(hex('0100 0001 00 29 02 05dc 01'), emitEthernet(INNER)), 37008)
    expect(walkPacket(packet, raw).family('tzsp')).toEqual([
      'tzsp.version 1',
      'tzsp.type 0',
      'tzsp.encap 1',
      'tzsp.option_tag 0',
      'tzsp.option_tag 41',
      'tzsp.option_length 2',
      'tzsp.original_length 1500',
      'tzsp.option_tag 1',
    ])
    // A keep-alive, another link layer, another protocol on that port.
    expect(walkPacket(over(hex('0104 0001'), 37008), raw).values('frame.protocols')).toEqual(['raw:ip:udp:tzsp'])
    expect(walkPacket(over(hex('0100 0012 01 0800'), 37008), raw).values('frame.protocols')).toEqual(['raw:ip:udp:tzsp:data'])
    expect(walkPacket(over(hex('0200 0001 01 0800'), 37008), raw).values('frame.protocols')).toEqual(['raw:ip:udp:data'])
  })

  it('a mirrored frame is one of the link where it was seen, one in a tunnel is not', () => {
    const link = (packet: Uint8Array) => {
      const { walk } = walkPacket(packet, raw)
      return [walk.tunnelled, walk.segment]
    }
    expect(link(gre('1000 88be 00000007', join(hex('100a 1805 00000003'), emitEthernet(INNER))))).toEqual([false, MIRRORS + 5])
    expect(link(gre('0000 88be', emitEthernet(INNER)))).toEqual([false, MIRRORS])
    expect(link(gre('1000 22eb 00000007', join(hex('200a 0006 00150608 0000 0800'), INNER6)))).toEqual([false, MIRRORS + 6])
    expect(link(over(join(hex('0100 0001 01'), emitEthernet(INNER)), 37008))).toEqual([false, MIRRORS])
    expect(link(over(join(hex('08000000 00007b00'), emitEthernet(INNER)), 4789))).toEqual([true, OVERLAYS + 123])
    // A tunnel of the hosts that were mirrored is still one.
    const tunnel = emitIpv4(join(hex('0000 0800'), INNER), { ...OUTER, protocol: 47 })
    expect(link(gre('0000 88be', emitEthernet(tunnel)))).toEqual([true, MIRRORS])
  })

  describe('an overlay that carries both directions of two machines one way is a mirror', () => {
    const [A, B, ALL] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b', 'ff:ff:ff:ff:ff:ff']
    const ways = {
      VXLAN: (frame: Uint8Array) => [join(hex('08000000 00007b00'), frame), 4789] as const,
      Geneve: (frame: Uint8Array) => [join(hex('0100 6558 00007b00 01020300'), frame), 6081] as const,
    }
    describe.each(Object.entries(ways))('%s', (_name, wrap) => {
      /** Frames in turn: who sends, who receives, and which end of the overlay; what is said of the last one. */
      const last = (...frames: [string, string, 0 | 1][]): unknown => {
        const state = new StreamState(nodeCrypto)
        let seen: [boolean, number] | null = null
        frames.forEach(([source, destination, end], row) => {
          const [payload, port] = wrap(emitEthernet(INNER, { source, destination }))
          const ends = end === 0 ? OUTER : { source: OUTER.destination, destination: OUTER.source }
          const { walk } = walkPacket(emitUdpPacket(payload, { ...ends, sourcePort: 50_000 + row, destinationPort: port }), {
            ...raw,
            state,
            row,
          })
          seen = [walk.tunnelled, walk.segment]
        })
        return seen
      }
      const one: [string, string, 0][] = [
        [A, B, 0],
        [B, A, 0],
      ]
      it('from the second frame each way on', () => {
        expect(last(...one, ...one)).toEqual([false, MIRRORS + 123])
        expect(last(...one, [A, B, 0])).toEqual([true, OVERLAYS + 123])
      })
      it('answers that come from the other end: no mirror, nor when a frame strays later', () => {
        expect(last([A, B, 0], [B, A, 1], [A, B, 0], [B, A, 0], [B, A, 0])).toEqual([true, OVERLAYS + 123])
      })
      it('what everybody gets says nothing', () => {
        expect(last([A, ALL, 0], [B, ALL, 0], [A, ALL, 0], [B, ALL, 0])).toEqual([true, OVERLAYS + 123])
      })
    })
  })

  it('VXLAN', () => {
    expect(walkPacket(over(join(hex('88480005 00007b00'), emitEthernet(INNER)), 4789), raw).family('vxlan')).toEqual([
      'vxlan.flags 0x8848',
      'vxlan.flag_g 1',
      'vxlan.flag_i 1',
      'vxlan.flag_d 1',
      'vxlan.flag_a 1',
      'vxlan.flags_reserved 0x0000',
      'vxlan.gbp 5',
      'vxlan.vni 123',
      'vxlan.reserved8 0',
    ])
  })

  it.each([
    ['VXLAN without a network identifier', '00000000 00007b00', 4789],
    ['VXLAN cut in its header', '080000', 4789],
    ['VXLAN-GPE of another version', '1c000002 00007b00', 4790],
  ])('%s is declined', (_name, header, port) => {
    expect(walkPacket(over(join(hex(header), hex('cafe')), port), raw).values('frame.protocols')).toEqual(['raw:ip:udp:data'])
  })

  it('Geneve', () => {
    const seen = walkPacket(over(hex('0240 6558 00000a00 0102 8001 deadbeef'), 6081), raw)
    expect(seen.family('geneve')).toEqual([
      'geneve.version 0',
      'geneve.option.length 8',
      'geneve.flags 0x40',
      'geneve.flags.oam 0',
      'geneve.flags.critical 1',
      'geneve.flags.reserved 0',
      'geneve.proto_type 0x6558',
      'geneve.vni 0x00000a',
      'geneve.reserved 0x00',
      'geneve.options 01028001deadbeef',
      'geneve.option 01028001deadbeef',
      'geneve.option.class 0x0102',
      'geneve.option.type 0x80',
      'geneve.option.type.critical 1',
      'geneve.option.flags 0x00',
      'geneve.option.flags.reserved 0',
      'geneve.option.length 8',
      'geneve.option.unknown.data deadbeef',
    ])
  })

  const lisp: [string, string, string[]][] = [
    ['nonce and status bits', 'c0abcdef 00000003', ['lisp-data.nonce 11259375', 'lisp-data.lsb 0x00000003']],
    [
      'map versions and instance',
      '58001002 00000705',
      ['lisp-data.mapver 0x001002', 'lisp-data.srcmapver 1', 'lisp-data.dstmapver 2', 'lisp-data.iid 7', 'lisp-data.lsb8 0x05'],
    ],
  ]
  it.each(lisp)('LISP data: %s', (_name, header, fields) => {
    const seen = walkPacket(over(join(hex(header), INNER6), 4341), raw)
    expect(seen.family('lisp-data').filter((line) => !line.startsWith('lisp-data.flags'))).toEqual(fields)
  })

  it('Teredo', () => {
    const seen = walkPacket(over(join(hex('0001 0102 aa bbcc 0102030405060708 00'), hex('0000 f12a b9c8b7ba'), INNER6), 3544), raw)
    expect(seen.family('teredo')).toEqual([
      'teredo.auth.idlen 1',
      'teredo.auth.aulen 2',
      'teredo.auth.id aa',
      'teredo.auth.value bbcc',
      'teredo.auth.nonce 0102030405060708',
      'teredo.auth.conf 00',
      'teredo.orig.port 3797',
      'teredo.orig.addr 70.55.72.69',
    ])
  })

  const declined: [string, Uint8Array][] = [
    ['another GTP version', over(hex('5000000000000000'), 2152)],
    ['a GTP length beyond the datagram', over(hex('30ff000100000000'), 2152)],
    ['Teredo without an IPv6 packet', over(INNER, 3544)],
    ['a LISP control message that carries no packet', over(hex('10000001 0102030405060708 0000'), 4342)],
    ['LISP data without a packet', over(hex('80000000000000007000'), 4341)],
    ['another Geneve version', over(hex('4000655800000a00'), 6081)],
    ['Geneve options beyond the datagram', over(hex('0100655800000a00'), 6081)],
  ]
  it.each(declined)('%s is not taken: plain UDP', (_name, packet) => {
    const seen = walkPacket(packet, raw)
    expect([seen.values('frame.protocols'), seen.stop, seen.signals.length]).toEqual([['raw:ip:udp:data'], '', 1])
  })

  it('extension headers without a length do not loop', () => {
    const packet = over(join(hex('34ff0008 00000001 00000085 00000000')), 2152)
    expect(walkPacket(packet, raw).stop).toBe('malformed at 40: an extension header of length 0')
  })
})
