import { describe, expect, it } from 'vitest'
import { bytes16, emitCooked, emitCooked2, emitEthernet, emitLoopback, hex, join } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { walkPacket } from '../core/record.ts'

const V4 = emitUdpPacket(hex('68656c6c6f'), { source: '192.0.2.1', destination: '198.51.100.7', sourcePort: 40000, destinationPort: 40001 })
const V6 = emitUdpPacket(hex('68656c6c6f'), {
  source: '2001:db8::1',
  destination: '2001:db8::2',
  sourcePort: 40000,
  destinationPort: 40001,
})

describe('every link type leads to the IP packet inside', () => {
  const ppp = (protocol: number, packet: Uint8Array) => join([0xff, 0x03], bytes16(protocol), packet)
  const nflogItem = (type: number, data: Uint8Array) =>
    join([(data.length + 4) & 255, (data.length + 4) >> 8, type, 0], data, new Uint8Array((4 - (data.length % 4)) % 4))
  const cases: [string, number, Uint8Array, string][] = [
    ['Ethernet II', 1, emitEthernet(V4), 'eth:ethertype:ip:udp:data'],
    ['Ethernet II, IPv6', 1, emitEthernet(V6), 'eth:ethertype:ipv6:udp:data'],
    ['802.1Q', 1, emitEthernet(V4, { vlans: [5] }), 'eth:ethertype:vlan:ethertype:ip:udp:data'],
    ['802.1ad around 802.1Q', 1, emitEthernet(V6, { vlans: [7, 5] }), 'eth:ethertype:vlan:ethertype:vlan:ethertype:ipv6:udp:data'],
    [
      'MPLS, two labels',
      1,
      emitEthernet(join(hex('00064040'), hex('00065140'), V4), { type: 0x8847 }),
      'eth:ethertype:mpls:mpls:ip:udp:data',
    ],
    [
      'PPPoE',
      1,
      emitEthernet(join(hex('11000001'), bytes16(V4.length + 2), hex('0021'), V4), { type: 0x8864 }),
      'eth:ethertype:pppoes:ppp:ip:udp:data',
    ],
    [
      '802.3, LLC, SNAP',
      1,
      join(hex('020000000002020000000001'), bytes16(V4.length + 8), hex('aaaa030000000800'), V4),
      'eth:llc:ip:udp:data',
    ],
    ['cooked', 113, emitCooked(V4), 'sll:ethertype:ip:udp:data'],
    ['cooked v2', 276, emitCooked2(V6), 'sll:ethertype:ipv6:udp:data'],
    ['loopback, IPv4', 0, emitLoopback(V4, 2), 'null:ip:udp:data'],
    ['loopback, IPv6 of macOS', 0, emitLoopback(V6, 30), 'null:ipv6:udp:data'],
    ['loopback in network order', 108, join(hex('00000002'), V4), 'null:ip:udp:data'],
    ['raw 101', 101, V6, 'raw:ipv6:udp:data'],
    ['raw 12', 12, V4, 'raw:ip:udp:data'],
    ['raw 14', 14, V4, 'raw:ip:udp:data'],
    ['raw IPv4', 228, V4, 'raw:ip:udp:data'],
    ['raw IPv6', 229, V6, 'raw:ipv6:udp:data'],
    ['PPP', 9, ppp(0x21, V4), 'ppp:ip:udp:data'],
    ['PPP in HDLC, compressed protocol field', 50, join([0x57], V6), 'ppp:ipv6:udp:data'],
    ['PPP with direction', 204, join([1], ppp(0x57, V6)), 'ppp:ipv6:udp:data'],
    ['Cisco HDLC', 104, join(hex('0f000800'), V4), 'chdlc:ip:udp:data'],
    ['NFLOG', 239, join(hex('02000001'), nflogItem(10, hex('696e00')), nflogItem(9, V4)), 'nflog:ip:udp:data'],
    ['IP over InfiniBand', 242, join(new Uint8Array(40), hex('86dd0000'), V6), 'ipoib:ipv6:udp:data'],
    [
      'PKTAP around Ethernet',
      258,
      join(hex('240000000000000001000000'), new Uint8Array(24), emitEthernet(V4)),
      'pktap:eth:ethertype:ip:udp:data',
    ],
    ['SLIP', 8, join(new Uint8Array(16), V4), 'slip:ip:udp:data'],
  ]
  it.each(cases)('%s', (_name, linkType, bytes, chain) => {
    const seen = walkPacket(bytes, { linkType })
    expect({ chain: seen.values('frame.protocols'), payload: seen.values('udp.payload'), stop: seen.stop }).toEqual({
      chain: [chain],
      payload: ['68656c6c6f'],
      stop: '',
    })
  })

  it('an unknown link type is a stop that names it', () => {
    const seen = walkPacket(V4, { linkType: 147 })
    expect(seen.stop).toBe('limit at 0: link type 147 is not known')
    expect(seen.values('data.len')).toEqual([String(V4.length)])
  })
})

describe('Ethernet', () => {
  it('reads addresses, type and tags', () => {
    const seen = walkPacket(emitEthernet(V4, { vlans: [0x6005], trailer: hex('0000') }))
    expect([...seen.family('eth'), ...seen.family('vlan')]).toEqual([
      'eth.dst 02:00:00:00:00:02',
      'eth.src 02:00:00:00:00:01',
      'eth.type 0x8100',
      'vlan.priority 3',
      'vlan.dei 0',
      'vlan.id 5',
      'vlan.etype 0x0800',
      // behind a tag the trailer is the tag's (the frame is under 60 bytes: no padding)
      'vlan.trailer 0000',
    ])
    expect([seen.walk.linkSource - 7, seen.walk.linkDestination - 7]).toEqual([6, 0])
  })

  const behind: [string, Uint8Array, string[]][] = [
    // 14 + 33 bytes, 13 of padding: 60
    ['padding of zeros up to 60 bytes', emitEthernet(V4, { pad: true }), ['eth.padding 00000000000000000000000000']],
    [
      'padding, then a trailer too short for a check sequence',
      emitEthernet(V4, { pad: true, trailer: hex('0102') }),
      ['eth.padding 00000000000000000000000000', 'eth.trailer 0102'],
    ],
    [
      'padding and check sequence',
      emitEthernet(V4, { pad: true, trailer: hex('deadbeef') }),
      ['eth.padding 00000000000000000000000000', 'eth.fcs 0xdeadbeef'],
    ],
    ['bytes that are no padding', join(emitEthernet(V4), hex('01020304050607080910111213')), ['eth.trailer 01020304050607080910111213']],
    [
      'a trailer and a check sequence behind a long packet',
      emitEthernet(
        emitUdpPacket(new Uint8Array(60), { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 1, destinationPort: 2 }),
        {
          trailer: hex('aabbdeadbeef'),
        },
      ),
      ['eth.trailer aabb', 'eth.fcs 0xdeadbeef'],
    ],
  ]
  it.each(behind)('tells apart what follows the packet: %s', (_name, bytes, fields) => {
    expect(walkPacket(bytes).family('eth').slice(3)).toEqual(fields)
  })

  it('a type between length and type means nothing', () => {
    const seen = walkPacket(emitEthernet(V4, { type: 1501 }))
    expect([seen.values('eth.invalid_lentype'), seen.values('data.len'), seen.values('ip.src')]).toEqual([['0x05dd'], ['33'], []])
  })

  it('cut at every length it never throws, never claims malformed, and keeps what was read', () => {
    const whole = emitEthernet(V6, { vlans: [5, 6] })
    for (let size = 0; size < whole.length; size++) {
      const seen = walkPacket(whole.subarray(0, size), { wireLength: whole.length })
      // The last five bytes are payload that nobody needs.
      expect(seen.stop.startsWith('cut')).toBe(size < whole.length - 5)
      expect(seen.values('eth.src')).toEqual(size >= 14 ? ['02:00:00:00:00:01'] : [])
    }
  })
})

describe('cooked captures', () => {
  it('v1 and v2 say where a packet went', () => {
    expect(walkPacket(emitCooked(V4, '0a:00:00:00:00:09', 4), { linkType: 113 }).family('sll')).toEqual([
      'sll.pkttype 4',
      'sll.hatype 1',
      'sll.halen 6',
      'sll.src.eth 0a:00:00:00:00:09',
      'sll.unused 0000',
      'sll.etype 0x0800',
    ])
    expect(walkPacket(emitCooked2(V6, '0a:00:00:00:00:09', 4, 3), { linkType: 276 }).family('sll')).toEqual([
      'sll.etype 0x86dd',
      'sll.ifindex 3',
      'sll.hatype 1',
      'sll.pkttype 4',
      'sll.halen 6',
      'sll.src.eth 0a:00:00:00:00:09',
      'sll.unused 0000',
    ])
  })
})
