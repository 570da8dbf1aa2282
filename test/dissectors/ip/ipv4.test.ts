import { describe, expect, it } from 'vitest'
import { FRAGMENTS } from '../../../dissectors/core/fragments.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { emitIpv4, emitIpv4Fragments, type Ipv4Options } from '../../../dissectors/ip/emit.ts'
import { emitEthernet, hex, join } from '../../../dissectors/link/emit.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const PAIR = { source: '192.0.2.1', destination: '198.51.100.7' }
const UDP: Ipv4Options = { ...PAIR, protocol: 17 }
const datagram = (size: number) =>
  emitUdp(
    Uint8Array.from({ length: size }, (_, i) => i & 255),
    { ...PAIR, sourcePort: 40000, destinationPort: 40001 },
  )
const raw = { linkType: 101 }

describe('IPv4 header', () => {
  it('is read field by field', () => {
    // 45 b9 0021 beef 4000 33 11 .... c0000201 c6336407, UDP with five bytes
    const packet = emitIpv4(datagram(5), { ...UDP, service: 0xb9, id: 0xbeef, dontFragment: true, ttl: 51 })
    const seen = walkPacket(packet, raw)
    expect(seen.family('ip')).toEqual([
      'ip.version 4',
      'ip.hdr_len 20',
      'ip.dsfield 0xb9',
      'ip.dsfield.dscp 46',
      'ip.dsfield.ecn 1',
      'ip.len 33',
      'ip.id 0xbeef',
      'ip.flags 0x02',
      'ip.flags.rb 0',
      'ip.flags.df 1',
      'ip.flags.mf 0',
      'ip.frag_offset 0',
      'ip.ttl 51',
      'ip.proto 17',
      `ip.checksum 0x${(((packet[10] as number) << 8) | (packet[11] as number)).toString(16).padStart(4, '0')}`,
      'ip.checksum.status 1',
      'ip.src 192.0.2.1',
      'ip.dst 198.51.100.7',
    ])
    expect([seen.walk.addressSize, seen.walk.hopLimit, seen.walk.ipProtocol, seen.stop]).toEqual([4, 51, 17, ''])
  })

  it('a wrong checksum is said and does not stop the walk', () => {
    const packet = emitIpv4(datagram(5), UDP)
    packet[8] = 1
    const seen = walkPacket(packet, raw)
    expect([seen.values('ip.checksum.status'), seen.values('udp.srcport')]).toEqual([['0'], ['40000']])
  })

  it('a total length of 0 means the rest of the frame', () => {
    const seen = walkPacket(emitIpv4(datagram(5), { ...UDP, totalLength: 0 }), raw)
    expect([seen.values('udp.payload'), seen.stop]).toEqual([['0001020304'], ''])
  })

  const broken: [string, Uint8Array, string][] = [
    [
      'a total length beyond the frame',
      emitIpv4(datagram(5), { ...UDP, totalLength: 34 }),
      'malformed at 2: total length 34, but only 33 bytes are left in the frame',
    ],
    [
      'a total length below the header',
      emitIpv4(datagram(5), { ...UDP, totalLength: 19 }),
      "malformed at 2: total length 19 is below the header's 20",
    ],
    ['a header length below 20', hex('44000021000000004011000000000000000000000000'), 'malformed at 0: header length 16 is below 20'],
    ['another version', join(hex('75'), emitIpv4(datagram(5), UDP).subarray(1)), 'malformed at 0: IP version 7 is neither 4 nor 6'],
    [
      'an option past the header',
      emitIpv4(datagram(0), { ...UDP, options: hex('94080000') }),
      'malformed at 20: option 148 has length 8, 4 bytes of header are left',
    ],
  ]
  it('a version of its own is shown', () => {
    const packet = emitEthernet(join(hex('55'), emitIpv4(datagram(5), UDP).subarray(1)))
    const seen = walkPacket(packet)
    expect([seen.values('ip.version'), seen.values('ip.src'), seen.stop]).toEqual([
      ['5'],
      [],
      'malformed at 14: IP version 5 in an IPv4 header',
    ])
  })

  it.each(broken)('%s is malformed', (_name, packet, stop) => {
    expect(walkPacket(packet, raw).stop).toBe(stop)
  })

  it('options are read, and a source route moves what checksums cover', () => {
    // loose source route with pointer 8: the first address is used, the second is still to come; then router alert
    const seen = walkPacket(emitIpv4(datagram(1), { ...UDP, options: hex('01 83 0b 08 0a000001 0a000002 94 04 0000') }), raw)
    expect(seen.family('ip.opt')).toEqual([
      'ip.opt.type 1',
      'ip.opt.type.copy 0',
      'ip.opt.type.class 0',
      'ip.opt.type.number 1',
      'ip.opt.type 131',
      'ip.opt.type.copy 1',
      'ip.opt.type.class 0',
      'ip.opt.type.number 3',
      'ip.opt.len 11',
      'ip.opt.ptr 8',
      'ip.opt.type 148',
      'ip.opt.type.copy 1',
      'ip.opt.type.class 0',
      'ip.opt.type.number 20',
      'ip.opt.len 4',
      'ip.opt.ra 0',
    ])
    expect([seen.values('ip.rec_rt'), seen.values('ip.src_rt'), seen.stop]).toEqual([['10.0.0.1'], ['10.0.0.2'], ''])
    expect(seen.walk.checksumDestination).toBe(7 + 20 + 1 + 7)
  })

  it('IPv4 in IPv4 leaves the inner addresses', () => {
    const inner = emitIpv4(datagram(2), { ...UDP, source: '10.0.0.1' })
    const seen = walkPacket(emitEthernet(emitIpv4(inner, { ...PAIR, protocol: 4 })))
    expect([seen.values('frame.protocols'), seen.values('ip.src')]).toEqual([['eth:ethertype:ip:ip:udp:data'], ['192.0.2.1', '10.0.0.1']])
    expect(seen.walk.source - 7).toBe(14 + 20 + 12)
  })
})

describe('IPv4 fragments', () => {
  const options = { ...UDP, id: 77 }
  const pieces = emitIpv4Fragments(datagram(40), 24, options)

  it('complete where the last missing piece arrives, whatever the order', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const state = new StreamState(nodeCrypto)
      const seen = order.map((piece, row) => walkPacket(pieces[piece] as Uint8Array, { ...raw, state, row }))
      expect(seen.map((packet) => packet.values('udp.length'))).toEqual([[], ['48']])
      // in the order of their bytes
      expect(seen[1]?.values('ip.fragment')).toEqual(order.map((_piece, place) => String(order.indexOf(place) + 1)))
      expect(seen[1]?.values('ip.reassembled.length')).toEqual(['48'])
      expect(seen[1]?.values('mh.checksum')).toEqual(['good'])
      expect(seen[1]?.signals).toMatchObject([{ flow: 0, bytes: 40 }])
      expect(state.of(FRAGMENTS).fragmentsOf(1)).toEqual([0])
    }
  })

  it('a second pass completes the row again after its pieces, and nothing else', () => {
    const state = new StreamState(nodeCrypto)
    for (const [row, piece] of pieces.entries()) walkPacket(piece, { ...raw, state, row })
    state.frozen = true
    const alone = walkPacket(pieces[1] as Uint8Array, { ...raw, state, row: 1 })
    const table = state.of(FRAGMENTS)
    for (const row of table.fragmentsOf(1)) walkPacket(pieces[row] as Uint8Array, { ...raw, state, row })
    const again = walkPacket(pieces[1] as Uint8Array, { ...raw, state, row: 1 })
    const first = walkPacket(pieces[0] as Uint8Array, { ...raw, state, row: 0 })
    expect([alone.values('udp.length'), again.values('udp.length'), first.values('udp.length')]).toEqual([[], ['48'], []])
    expect(first.values('ip.reassembled_in')).toEqual(['2'])
  })

  it('pieces that are older than a minute are given up', () => {
    const state = new StreamState(nodeCrypto)
    walkPacket(pieces[0] as Uint8Array, { ...raw, state, row: 0, time: 0 })
    const late = walkPacket(pieces[1] as Uint8Array, { ...raw, state, row: 1, time: 61e9 })
    expect([late.values('udp.length'), state.of(FRAGMENTS).evicted]).toEqual([[], 1])
  })

  it('a cut piece is not used; a cut first piece is read as far as it goes', () => {
    const state = new StreamState(nodeCrypto)
    const first = pieces[0] as Uint8Array
    const cut = walkPacket(first.subarray(0, 30), { ...raw, state, row: 0, wireLength: first.length })
    const last = walkPacket(pieces[1] as Uint8Array, { ...raw, state, row: 1 })
    expect([cut.values('udp.srcport'), last.values('udp.srcport')]).toEqual([['40000'], []])
    // UDP tells the length of the whole datagram: nothing about it is wrong.
    expect([cut.stop, cut.values('udp.length')]).toEqual(['', ['48']])
  })

  it('a piece whose end the frame itself lacks is not used; a first one is read as far as it goes', () => {
    const state = new StreamState(nodeCrypto)
    const short = walkPacket((pieces[0] as Uint8Array).subarray(0, 38), { ...raw, state, row: 0 })
    const last = walkPacket(pieces[1] as Uint8Array, { ...raw, state, row: 1 })
    expect([short.values('udp.srcport'), short.values('udp.length'), short.stop]).toEqual([
      ['40000'],
      ['48'],
      `malformed at 2: total length ${(pieces[0] as Uint8Array).length}, but only 38 bytes are left in the frame`,
    ])
    expect(last.values('udp.srcport')).toEqual([])
  })

  it('the byte that came first stands where pieces overlap', () => {
    const state = new StreamState(nodeCrypto)
    const body = datagram(40)
    const forged = body.slice(16, 48).fill(0xff)
    const packets = [
      emitIpv4(body.subarray(0, 24), { ...options, moreFragments: true }),
      emitIpv4(forged, { ...options, fragmentOffset: 16 }),
    ]
    const seen = packets.map((packet, row) => walkPacket(packet, { ...raw, state, row }))
    expect(seen[1]?.values('ip.fragment.overlap')).toEqual(['1'])
    expect(seen[1]?.values('udp.payload')).toEqual([`000102030405060708090a0b0c0d0e0f${'ff'.repeat(24)}`])
  })
})
