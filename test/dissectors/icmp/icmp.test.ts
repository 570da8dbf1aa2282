import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import {
  emitEcho,
  emitExtensions,
  emitIcmp,
  emitIcmpError,
  emitObject,
  emitRedirect,
  emitTimestamps,
  type IcmpErrorOptions,
} from '../../../dissectors/icmp/emit.ts'
import { address, emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { bytes16, bytes32, emitEthernet, hex, join } from '../../../dissectors/link/emit.ts'
import { chunk, packet as sctpPacket } from '../../../dissectors/sctp/emit.ts'
import { ACK, emitTcp } from '../../../dissectors/tcp/emit.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const A = '192.0.2.1'
const B = '198.51.100.7'
const ROUTER = '203.0.113.1'
const raw = { linkType: 101 }
const icmp = (message: Uint8Array): Uint8Array => emitIpv4(message, { source: ROUTER, destination: A, protocol: 1 })
const udp = emitIpv4(emitUdp(new Uint8Array(20), { sourcePort: 4000, destinationPort: 4001, source: A, destination: B }), {
  source: A,
  destination: B,
  protocol: 17,
})
const fields = (message: Uint8Array): string[] => walkPacket(icmp(message), raw).family('icmp').slice(4)
const mpls = emitObject(1, 1, [0x00, 0x01, 0x61, 0x05])

describe('messages, field by field (type, code and checksum left out)', () => {
  const table: [string, Uint8Array, string[]][] = [
    [
      // 08 00 .... 0102 0304 + "abc"
      'echo',
      emitEcho(8, 0x0102, 0x0304, hex('616263')),
      ['icmp.ident 258', 'icmp.ident_le 513', 'icmp.seq 772', 'icmp.seq_le 1027'],
    ],
    [
      'timestamp reply',
      emitTimestamps(1, 2, [3, 4, 0xffffffff]),
      [
        'icmp.ident 1',
        'icmp.ident_le 256',
        'icmp.seq 2',
        'icmp.seq_le 512',
        'icmp.originate_timestamp 3',
        'icmp.receive_timestamp 4',
        'icmp.transmit_timestamp 4294967295',
      ],
    ],
    [
      'address mask',
      emitIcmp(18, 0, [0, 1, 0, 2], [255, 255, 255, 0]),
      ['icmp.ident 1', 'icmp.ident_le 256', 'icmp.seq 2', 'icmp.seq_le 512', 'icmp.address_mask 255.255.255.0'],
    ],
    ['port unreachable', emitIcmpError(3, 3, udp), ['icmp.unused 00000000']],
    ['fragmentation needed', emitIcmpError(3, 4, udp, { mtu: 1400 }), ['icmp.unused 0000', 'icmp.mtu 1400']],
    ['parameter problem', emitIcmpError(12, 0, udp, { pointer: 20 }), ['icmp.pointer 20', 'icmp.unused 000000']],
    ['redirect', emitRedirect(1, address('203.0.113.9'), udp), ['icmp.redir_gw 203.0.113.9']],
    ['source quench', emitIcmpError(4, 0, udp), []],
    [
      'MPLS labels behind a quote of 128 bytes',
      emitIcmpError(11, 0, udp, { extensions: emitExtensions(mpls) }),
      [
        'icmp.unused 00',
        'icmp.length 32',
        'icmp.length.original_datagram 128',
        'icmp.unused 0000',
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
      'router advertisement of a mobility agent',
      emitIcmp(
        9,
        16,
        [1, 2, 0, 200],
        join(
          address('10.0.0.1'),
          bytes32(0x80000000),
          [16, 10, 0, 5, 0, 200, 0x30, 0x01],
          address('10.0.0.2'),
          [0, 19, 1, 24, 24, 2, 0xab, 0xcd, 99, 1, 7],
        ),
      ),
      [
        'icmp.num_addrs 1',
        'icmp.addr_entry_size 2',
        'icmp.lifetime 200',
        'icmp.router_address 10.0.0.1',
        'icmp.pref_level -2147483648',
        'icmp.mip.type 16',
        'icmp.mip.length 10',
        'icmp.mip.seq 5',
        'icmp.mip.life 200',
        'icmp.mip.flags 0x3001',
        'icmp.mip.r 0',
        'icmp.mip.b 0',
        'icmp.mip.h 1',
        'icmp.mip.f 1',
        'icmp.mip.m 0',
        'icmp.mip.g 0',
        'icmp.mip.v 0',
        'icmp.mip.rt 0',
        'icmp.mip.u 0',
        'icmp.mip.x 0',
        'icmp.mip.reserved 0x0001',
        'icmp.mip.coa 10.0.0.2',
        'icmp.mip.type 0',
        'icmp.mip.type 19',
        'icmp.mip.length 1',
        'icmp.mip.prefixlength 24',
        'icmp.mip.type 24',
        'icmp.mip.length 2',
        'icmp.mip.challenge abcd',
        'icmp.mip.type 99',
        'icmp.mip.length 1',
        'icmp.mip.content 07',
      ],
    ],
    [
      'extended echo that names an address',
      emitIcmp(42, 0, [0, 1, 9, 1], emitExtensions(emitObject(3, 3, join(bytes16(1), [4, 0], address('10.0.0.7'))))),
      [
        'icmp.ident 1',
        'icmp.ident_le 256',
        'icmp.ext.echo.seq 9',
        'icmp.ext.echo.req.res 0x00',
        'icmp.ext.echo.req.local 1',
        'icmp.ext.version 2',
        'icmp.ext.res 0x0000',
        'icmp.ext.checksum 0xcee8',
        'icmp.ext.checksum.status 1',
        'icmp.ext.length 12',
        'icmp.ext.class 3',
        'icmp.ext.ctype 3',
        'icmp.int_ident.afi 1',
        'icmp.int_ident.addr_length 4',
        'icmp.int_ident.reserved 00',
        'icmp.int_ident.ipv4 10.0.0.7',
      ],
    ],
    [
      'extended echo reply',
      emitIcmp(43, 2, [0, 1, 9, 0x4f]),
      [
        'icmp.ident 1',
        'icmp.ident_le 256',
        'icmp.ext.echo.seq 9',
        'icmp.ext.echo.rsp.state 2',
        'icmp.ext.echo.rsp.res 0x01',
        'icmp.ext.echo.rsp.active 1',
        'icmp.ext.echo.rsp.ipv4 1',
        'icmp.ext.echo.rsp.ipv6 1',
      ],
    ],
  ]
  it.each(table)('%s', (_name, message, expected) => {
    expect([fields(message), walkPacket(icmp(message), raw).stop]).toEqual([expected, ''])
  })

  it('interface information with every sub-object', () => {
    const body = join(bytes32(7), bytes16(1), [0, 0], address('10.1.1.1'), [8], new TextEncoder().encode('eth0'), [0, 0, 0], bytes32(1500))
    const message = emitIcmpError(11, 0, udp, { extensions: emitExtensions(emitObject(2, 0x4f, body)) })
    expect(fields(message).slice(8)).toEqual([
      'icmp.ext.length 28',
      'icmp.ext.class 2',
      'icmp.int_info.role 1',
      'icmp.int_info.reserved 0',
      'icmp.int_info.ifindex 1',
      'icmp.int_info.ipaddr 1',
      'icmp.int_info.name_present 1',
      'icmp.int_info.mtu_present 1',
      'icmp.ext.ctype 79',
      'icmp.int_info.index 7',
      'icmp.int_info.afi 1',
      'icmp.reserved 0000',
      'icmp.int_info.ipv4 10.1.1.1',
      'icmp.int_info.name_length 8',
      'icmp.int_info.name eth0',
      'icmp.int_info.mtu 1500',
    ])
  })

  it('ping time stamps of less than a day', () => {
    const state = new StreamState(nodeCrypto)
    state.baseNanoseconds = 1_700_000_100_000_000_000n
    const echo = (data: Uint8Array) => {
      const seen = walkPacket(icmp(emitEcho(8, 1, 2, data)), { ...raw, state, time: 500_000 })
      return [seen.values('icmp.data_time'), seen.values('icmp.data_time_relative'), seen.values('data.data')]
    }
    const day = (seconds: number) => join(bytes32(1_700_000_100 - seconds), bytes32(250_000), [0xaa])
    expect([echo(day(0)), echo(day(86_400)), echo(hex('64f153650000000002'))]).toEqual([
      [['Nov 14, 2023 22:15:00.250000000 UTC'], ['-0.249500000'], ['aa']],
      // 86,400 s minus 0.25 s plus 0.0005 s: less than a day
      [['Nov 13, 2023 22:15:00.250000000 UTC'], ['86399.750500000'], ['aa']],
      [['Nov 14, 2023 22:15:00.000000000 UTC'], ['0.000500000'], ['02']],
    ])
    expect(echo(day(86_401))[0]).toEqual([])
  })

  it('a ping time stamp 13 years after the first packet: as exact as the file', () => {
    const state = new StreamState(nodeCrypto)
    state.baseNanoseconds = 1_041_342_931_300_001_000n
    state.interfaces = [{ id: 0, name: null, ticksPerSecond: 1_000_000n }]
    const data = join(bytes32(1_451_310_931), bytes32(300_100), [0xaa])
    const seen = walkPacket(icmp(emitEcho(8, 1, 2, data)), { ...raw, state, time: 409_968_000_000_171_000 })
    expect(seen.values('icmp.data_time_relative')).toEqual(['0.000072000'])
  })
})

describe('extensions of senders before RFC 4884', () => {
  const long = (size: number) =>
    emitIpv4(emitUdp(new Uint8Array(size), { sourcePort: 4000, destinationPort: 4001 }), { source: A, destination: B, protocol: 17 })
  const labels = (quote: Uint8Array, o: IcmpErrorOptions = {}) =>
    walkPacket(icmp(emitIcmpError(11, 0, quote, o)), raw).values('icmp.mpls.label')
  const extensions = emitExtensions(mpls)

  it('begin behind 128 bytes when the datagram ended before, or when a valid structure stands there', () => {
    expect([
      labels(udp, { extensions, legacy: true }),
      labels(long(300).subarray(0, 128), { extensions, legacy: true }),
      labels(long(300).subarray(0, 200)),
      labels(long(300).subarray(0, 128)),
    ]).toEqual([['22'], ['22'], [], []])
  })

  it('a quote longer than 128 bytes is followed by them where the length says', () => {
    expect(labels(long(300).subarray(0, 200), { extensions })).toEqual(['22'])
  })
})

/** A state in which `packet` was seen before, and its flow. */
function known(packet: Uint8Array): StreamState {
  const state = new StreamState(nodeCrypto)
  walkPacket(packet, { ...raw, state, record: false })
  return state
}

describe('the quoted packet', () => {
  const tcp = emitIpv4(
    emitTcp({ source: address(A), destination: address(B), sourcePort: 4000, destinationPort: 443, sequence: 0x01020304, flags: ACK }),
    { source: A, destination: B, protocol: 6 },
  )
  const sctp = emitIpv4(
    sctpPacket({ sourcePort: 4000, destinationPort: 9999, tag: 0xa1b2c3d4, chunks: [chunk(4, 0, hex('0001000461626364'))] }),
    {
      source: A,
      destination: B,
      protocol: 132,
    },
  )
  const reverse = emitIpv4(emitUdp(new Uint8Array(1), { sourcePort: 4001, destinationPort: 4000 }), {
    source: B,
    destination: A,
    protocol: 17,
  })

  const errors: [string, Uint8Array, Uint8Array, number, object][] = [
    ['UDP', udp, udp, 0, { quotedToken: null, code: 3, message: 'Destination unreachable (Port unreachable)', mtu: null }],
    [
      'UDP, seen the other way round',
      reverse,
      udp,
      1,
      { quotedToken: null, code: 3, message: 'Destination unreachable (Port unreachable)', mtu: null },
    ],
    ['TCP', tcp, tcp, 0, { quotedToken: 0x01020304, code: 4, message: 'Destination unreachable (Fragmentation needed)', mtu: 1280 }],
    [
      'TCP cut to 8 bytes',
      tcp,
      tcp.subarray(0, 28),
      0,
      { quotedToken: 0x01020304, code: 13, message: 'Destination unreachable (Communication administratively filtered)', mtu: null },
    ],
    ['SCTP', sctp, sctp, 0, { quotedToken: 0xa1b2c3d4, code: 1, message: 'Destination unreachable (Host unreachable)', mtu: null }],
    [
      'SCTP cut to 8 bytes',
      sctp,
      sctp.subarray(0, 28),
      0,
      { quotedToken: 0xa1b2c3d4, code: 1, message: 'Destination unreachable (Host unreachable)', mtu: null },
    ],
  ]
  it.each(errors)('%s: the error is about its flow and direction', (_name, first, quote, direction, detail) => {
    const state = known(first)
    const { code, mtu } = detail as { code: number; mtu: number | null }
    const seen = walkPacket(icmp(emitIcmpError(3, code, quote, { mtu: mtu ?? 0 })), { ...raw, state, row: 1, record: false })
    const reporter = state.flows.addresses.intern(address(ROUTER), 0, 4)
    expect([seen.signals, seen.stop]).toEqual([
      [
        {
          kind: SignalKind.IcmpError,
          flow: 0,
          direction,
          unit: 0,
          span: 0,
          bytes: 0,
          detail: expect.objectContaining({ version: 4, type: 3, reporter, ...detail }),
        },
      ],
      '',
    ])
  })

  it('makes no flow and gives no signal but the error, and leaves the outer packet as it was', () => {
    const state = new StreamState(nodeCrypto)
    const seen = walkPacket(icmp(emitIcmpError(3, 3, tcp)), { ...raw, state })
    const { addressSize, source, quoted, flow, quotedFlow, hopLimit, ipProtocol, checksum, info } = seen.walk
    expect({
      flows: state.flows.count,
      signals: seen.signals.length,
      addressSize,
      source: source - 7,
      quoted,
      flow,
      quotedFlow,
      hopLimit,
      ipProtocol,
      checksum,
      info,
    }).toEqual({
      flows: 0,
      signals: 1,
      addressSize: 4,
      source: 12,
      quoted: false,
      flow: -1,
      quotedFlow: -1,
      hopLimit: 64,
      ipProtocol: 1,
      checksum: 0,
      info: 'Destination unreachable (Port unreachable)',
    })
    expect([seen.values('ip.src'), seen.values('tcp.srcport')]).toEqual([[ROUTER, A], ['4000']])
  })

  it('is shorter than its packet without fault: no stop at any length', () => {
    const stops = Array.from(
      { length: udp.length + 1 },
      (_, size) => walkPacket(icmp(emitIcmpError(11, 0, udp.subarray(0, size))), raw).stop,
    )
    expect(new Set(stops)).toEqual(new Set(['']))
  })

  it('missing bytes of the capture are the outer packet’s, and cut', () => {
    const whole = icmp(emitIcmpError(11, 0, udp))
    const stops = Array.from(
      { length: whole.length - 28 },
      (_, i) => walkPacket(whole.subarray(0, 28 + i), { ...raw, wireLength: whole.length }).stop.split(' ')[0],
    )
    expect(new Set(stops)).toEqual(new Set(['cut']))
  })

  it('errors quoted in errors end at the fuel or layer limit, not before the stack', () => {
    let packet = udp
    for (let i = 0; i < 200; i++) packet = icmp(emitIcmpError(3, 1, packet))
    expect(walkPacket(packet, raw).stop).toMatch(/^limit at \d+: more than 64 layers$/)
  })
})

describe('routers', () => {
  const signal = (message: Uint8Array) =>
    walkPacket(emitEthernet(icmp(message)), { record: false }).signals.map(({ kind, detail }) => ({ kind, detail }))
  const nothing = {
    routerLifetime: null,
    preference: null,
    prefixes: [],
    routes: [],
    target: null,
    destination: null,
    mac: '02:00:00:00:00:01',
    router: 0,
    receiver: 1,
  }

  it('redirects, advertisements and solicitations are routing signals', () => {
    expect([
      signal(emitRedirect(1, address('203.0.113.9'), udp)),
      signal(emitIcmp(9, 0, [1, 2, 0, 30], join(address(ROUTER), bytes32(0)))),
      signal(emitIcmp(10, 0, [0, 0, 0, 0])),
    ]).toEqual([
      [{ kind: SignalKind.Routing, detail: { ...nothing, message: 'redirect', target: '203.0.113.9', destination: B } }],
      [{ kind: SignalKind.Routing, detail: { ...nothing, message: 'router-advertisement', routerLifetime: 30 } }],
      [{ kind: SignalKind.Routing, detail: { ...nothing, message: 'router-solicitation' } }],
    ])
  })
})

describe('broken messages', () => {
  const table: [string, Uint8Array, string][] = [
    ['three bytes', hex('080000'), 'malformed at 20: 4 bytes needed, 3 left'],
    ['an error without its second word', hex('0303fcfc'), 'malformed at 20: 8 bytes needed, 4 left'],
    ['an entry size below 2', emitIcmp(9, 0, [1, 1, 0, 9], bytes32(1)), 'malformed at 25: address entry size 1 is below 2'],
    ['more routers than there are', emitIcmp(9, 0, [2, 2, 0, 9], new Uint8Array(8)), 'malformed at 36: 8 bytes needed, 0 left'],
    [
      'an object length of 3',
      emitIcmp(42, 0, [0, 1, 0, 0], emitExtensions(hex('00030101'))),
      'malformed at 32: extension object length 3 is below 4',
    ],
    [
      'an object past the end',
      emitIcmp(42, 0, [0, 1, 0, 0], emitExtensions(hex('00090301'))),
      'malformed at 32: extension object length 9, but only 4 bytes are left',
    ],
  ]
  it.each(table)('%s', (_name, message, stop) => {
    expect(walkPacket(icmp(message), raw).stop).toBe(stop)
  })

  it('a wrong checksum is said and changes nothing', () => {
    const message = emitIcmpError(3, 3, udp)
    message[3] = (message[3] as number) ^ 1
    const seen = walkPacket(icmp(message), { ...raw, state: known(udp) })
    expect([seen.values('icmp.checksum.status'), seen.signals.length, seen.stop]).toEqual([['0'], 1, ''])
  })
})
