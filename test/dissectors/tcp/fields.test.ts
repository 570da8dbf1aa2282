import { describe, expect, test } from 'vitest'
import { mptcpOption } from '../../../dissectors/mptcp/emit.ts'
import { ACK, PSH_ACK, SYN, SYN_ACK, tcpOption } from '../../../dissectors/tcp/emit.ts'
import { Bench, packet } from './bench.ts'
import { Talk, v4, v6 } from './talk.ts'

const HEADER = [
  'tcp.srcport',
  'tcp.dstport',
  'tcp.stream',
  'tcp.len',
  'tcp.seq',
  'tcp.nxtseq',
  'tcp.ack',
  'tcp.hdr_len',
  'tcp.flags',
  'tcp.window',
  'tcp.checksum',
  'tcp.urgent',
  'tcp.payload',
]

describe('header fields', () => {
  test('of a whole handshake and data, relative and scaled', () => {
    const bench = new Bench()
    const talk = new Talk(bench, v6(10, 1), v6(12, 9), [40000, 443], [0xfffffff0, 5000])
    const options = [tcpOption.maximumSegmentSize(1440), tcpOption.sackPermitted(), tcpOption.windowScale(7)]
    talk.up({ flags: SYN, options })
    talk.down({ flags: SYN_ACK, options: [tcpOption.windowScale(0)] })
    talk.up()
    const data = talk.bytes(0, { flags: PSH_ACK, data: 3, window: 502 })
    talk.up({ flags: PSH_ACK, data: 3, window: 502 })
    const answer = talk.bytes(1, { window: 1000 })
    expect({ data: bench.fields(data, HEADER), answer: bench.fields(answer, ['tcp.ack', 'tcp.window']) }).toEqual({
      data: [
        'tcp.srcport: 40000',
        'tcp.dstport: 443',
        'tcp.stream: 0',
        'tcp.len: 3',
        'tcp.seq: 1',
        'tcp.seq_raw: 4294967281',
        'tcp.nxtseq: 4',
        'tcp.ack: 1',
        'tcp.ack_raw: 5001',
        'tcp.hdr_len: 20',
        'tcp.flags: 0x0018',
        'tcp.flags.res: 0',
        'tcp.flags.ae: 0',
        'tcp.flags.cwr: 0',
        'tcp.flags.ece: 0',
        'tcp.flags.urg: 0',
        'tcp.flags.ack: 1',
        'tcp.flags.push: 1',
        'tcp.flags.reset: 0',
        'tcp.flags.syn: 0',
        'tcp.flags.fin: 0',
        'tcp.flags.str: ·······AP···',
        'tcp.window_size_value: 502',
        'tcp.window_size: 64256',
        'tcp.window_size_scalefactor: 128',
        'tcp.checksum: 0xb052',
        'tcp.checksum.status: 1',
        'tcp.urgent_pointer: 0',
        'tcp.payload: 787878',
      ],
      answer: [
        'tcp.ack: 4',
        'tcp.ack_raw: 4294967284',
        'tcp.window_size_value: 1000',
        'tcp.window_size: 1000',
        'tcp.window_size_scalefactor: 1',
      ],
    })
  })

  test.each([
    ['both SYNs', [3], [4], 'up 8, down 16'],
    ['the SYN only', [3], [], 'up -2, down -2'],
    ['the SYN/ACK only', [], [4], 'up -2, down -2'],
    ['neither', [], [], 'up -2, down -2'],
    ['both, one above 14', [15], [0], 'up 16384, down 1'],
  ])('window scale in %s', (_name, own, peer, expected) => {
    const bench = new Bench()
    const talk = new Talk(bench, v4(1), v4(2))
    talk.up({ flags: SYN, options: own.map(tcpOption.windowScale) })
    talk.down({ flags: SYN_ACK, options: peer.map(tcpOption.windowScale) })
    talk.up()
    const factor = (side: 0 | 1): string =>
      bench.fields(talk.bytes(side, {}), ['tcp.window_size_scalefactor'])[0]?.replace('tcp.window_size_scalefactor: ', '') ?? ''
    expect(`up ${factor(0)}, down ${factor(1)}`).toBe(expected)
  })

  test('without the handshake numbers begin at 1 and the scale is unknown', () => {
    const bench = new Bench()
    const talk = new Talk(bench, v4(1), v4(2), [40000, 443], [777, 999])
    talk.up({ data: 10 })
    expect(bench.fields(talk.bytes(0, { data: 1 }), ['tcp.seq', 'tcp.ack', 'tcp.window'])).toEqual([
      'tcp.seq: 11',
      'tcp.seq_raw: 787',
      'tcp.ack: 1',
      'tcp.ack_raw: 999',
      'tcp.window_size_value: 65535',
      'tcp.window_size: 65535',
      'tcp.window_size_scalefactor: -1',
    ])
  })

  test('a wrong initial number guessed from a stray reset is put right by the SYN/ACK', () => {
    const bench = new Bench()
    const talk = new Talk(bench, v4(1), v4(2))
    talk.up({ flags: SYN })
    talk.down({ flags: 0x04, sequence: 0 })
    talk.down({ flags: SYN_ACK })
    expect(bench.fields(talk.bytes(1, {}), ['tcp.seq'])).toEqual(['tcp.seq: 1', 'tcp.seq_raw: 5001'])
  })

  test('a wrong checksum is said', () => {
    const bench = new Bench()
    const bytes = new Talk(bench, v4(1), v4(2)).bytes(0, { data: 2 })
    bytes[bytes.length - 1] = 0x79
    expect(bench.fields(bytes, ['tcp.checksum.status'])).toEqual(['tcp.checksum.status: 0'])
  })

  test('ports used again: the frozen pass finds the flow that it is told', () => {
    const bench = new Bench()
    const old = new Talk(bench, v4(1), v4(2))
    old.up({ flags: SYN })
    const late = old.bytes(0, { data: 1 })
    new Talk(bench, v4(1), v4(2), [40000, 443], [777_000, 1]).up({ flags: SYN })
    const seq = (hint: number): string | undefined => {
      bench.state.flowHint = hint
      return bench.fields(late, ['tcp.seq:', 'tcp.stream', 'tcp.seq'])[1]
    }
    expect([seq(0), seq(1)]).toEqual(['tcp.seq: 1', `tcp.seq: ${(1001 - 777_000) >>> 0}`])
  })
})

test('a segment quoted by an ICMP error shows its numbers raw, and names its flow', () => {
  const bench = new Bench()
  const talk = new Talk(bench, v4(1), v4(2))
  talk.up({ flags: SYN, options: [tcpOption.windowScale(7)] })
  talk.down({ flags: SYN_ACK, options: [tcpOption.windowScale(7)] })
  const quoted = talk.bytes(0, { flags: PSH_ACK, data: 30, window: 500 })
  talk.up({ flags: PSH_ACK, data: 30 })
  const error = (length: number): Uint8Array => {
    const bytes = new Uint8Array(28 + length)
    // IPv4 from 192.0.2.254 to 192.0.2.1, ICMP destination unreachable, host unreachable
    bytes.set([0x45, 0, 0, bytes.length, 0, 1, 0, 0, 64, 1, 0, 0, 192, 0, 2, 254, 192, 0, 2, 1, 3, 1])
    bytes.set(quoted.subarray(0, length), 28)
    return bytes
  }
  const names = ['tcp.srcport', 'tcp.seq', 'tcp.ack', 'tcp.window', 'tcp.stream', 'tcp.len']
  expect({ whole: bench.fields(error(quoted.length), names), cut: bench.fields(error(28), names) }).toEqual({
    whole: [
      'tcp.srcport: 40000',
      'tcp.stream: 0',
      'tcp.seq: 1001',
      'tcp.seq_raw: 1001',
      'tcp.ack: 5001',
      'tcp.ack_raw: 5001',
      'tcp.window_size_value: 500',
      'tcp.window_size: 500',
      'tcp.window_size_scalefactor: 128',
    ],
    cut: ['tcp.srcport: 40000', 'tcp.seq: 1001'],
  })
  const { signals } = bench.send(error(28))
  expect(signals.filter((line) => line.includes('payload') || line.includes('acknowledged'))).toEqual([])
})

test('layers and the packet list are worded as people know them', () => {
  const bench = new Bench()
  const talk = new Talk(bench, v4(1), v4(2))
  talk.up({ flags: SYN, options: [mptcpOption.capable(1, [])] })
  const options = [tcpOption.windowScale(3), mptcpOption.capable(1, [new Uint8Array(8).fill(7)])]
  expect(bench.titles(talk.bytes(1, { flags: SYN_ACK, options }))).toEqual([
    'Transmission Control Protocol, Src Port: 443, Dst Port: 40000, Seq: 5000, Ack: 1, Len: 0',
    'Multipath Transmission Control Protocol: Multipath Capable',
    '443 → 40000 [SYN, ACK] Seq=5000 Ack=1 Win=65535 Len=0 WS=8 MP_CAPABLE',
  ])
})

describe('options', () => {
  const cases: [string, Uint8Array[], string[]][] = [
    [
      'of a SYN',
      [
        tcpOption.maximumSegmentSize(1460),
        tcpOption.noOperation(),
        tcpOption.windowScale(7),
        tcpOption.sackPermitted(),
        tcpOption.timestamps(0x90000001, 2),
      ],
      [
        'tcp.options: 020405b401030307040'.concat('2080a9000000100000002'),
        'tcp.option_kind: 2',
        'tcp.option_len: 4',
        'tcp.options.mss_val: 1460',
        'tcp.option_kind: 1',
        'tcp.option_kind: 3',
        'tcp.option_len: 3',
        'tcp.options.wscale.shift: 7',
        'tcp.options.wscale.multiplier: 128',
        'tcp.option_kind: 4',
        'tcp.option_len: 2',
        'tcp.option_kind: 8',
        'tcp.option_len: 10',
        'tcp.options.timestamp.tsval: 2415919105',
        'tcp.options.timestamp.tsecr: 2',
      ],
    ],
    [
      'MD5 signature',
      [tcpOption.md5(new Uint8Array(16).fill(0xab))],
      [
        'tcp.options: 1312abababababababababababababababab0101',
        'tcp.option_kind: 19',
        'tcp.option_len: 18',
        'tcp.options.md5.digest: abababababababababababababababab',
        'tcp.option_kind: 1',
        'tcp.option_kind: 1',
      ],
    ],
    [
      'authentication, user timeout, fast open',
      [
        tcpOption.authentication(61, 84, Uint8Array.of(1, 2, 3, 4)),
        tcpOption.userTimeout(true, 300),
        tcpOption.fastOpen(Uint8Array.of(9, 8, 7, 6)),
        tcpOption.noOperation(),
        tcpOption.noOperation(),
      ],
      [
        'tcp.options: 1d083d5401020304'.concat('1c04812c', '220609080706', '0101'),
        'tcp.option_kind: 29',
        'tcp.option_len: 8',
        'tcp.options.ao.keyid: 61',
        'tcp.options.ao.rnextkeyid: 84',
        'tcp.options.ao.mac: 01020304',
        'tcp.option_kind: 28',
        'tcp.option_len: 4',
        'tcp.options.user_to_granularity: 1',
        'tcp.options.user_to_val: 300',
        'tcp.option_kind: 34',
        'tcp.option_len: 6',
        'tcp.options.tfo.cookie: 09080706',
        'tcp.option_kind: 1',
        'tcp.option_kind: 1',
      ],
    ],
    [
      'quick start, accurate ECN, connection count, echo',
      [
        tcpOption.raw(27, 0x05, 64, 0, 0, 0, 0),
        tcpOption.raw(172, 0, 0, 1, 0, 0, 2, 0, 0, 3),
        tcpOption.raw(11, 0, 0, 0, 9),
        tcpOption.raw(6, 0, 0, 0, 8),
        tcpOption.noOperation(),
      ],
      [
        'tcp.options: 1b08054000000000'.concat('ac0b000001000002000003', '0b0600000009', '060600000008', '01'),
        'tcp.option_kind: 27',
        'tcp.option_len: 8',
        'tcp.options.qs.rate: 5',
        'tcp.options.qs.ttl_diff: 64',
        'tcp.option_kind: 172',
        'tcp.option_len: 11',
        'tcp.options.acc_ecn.ee0b: 1',
        'tcp.options.acc_ecn.eceb: 2',
        'tcp.options.acc_ecn.ee1b: 3',
        'tcp.option_kind: 11',
        'tcp.option_len: 6',
        'tcp.options.cc_value: 9',
        'tcp.option_kind: 6',
        'tcp.option_len: 6',
        'tcp.options.echo_value: 8',
        'tcp.option_kind: 1',
      ],
    ],
    [
      'an experiment and an unknown one, padded with ends of list',
      [tcpOption.experiment(254, 0xf989, Uint8Array.of(5)), tcpOption.raw(99, 1), Uint8Array.of(0, 0, 0, 0)],
      [
        'tcp.options: fe05f98905'.concat('630301', '00000000'),
        'tcp.option_kind: 254',
        'tcp.option_len: 5',
        'tcp.options.experimental.exid: 0xf989',
        'tcp.options.experimental.data: 05',
        'tcp.option_kind: 99',
        'tcp.option_len: 3',
        'tcp.options.unknown.payload: 01',
        'tcp.option_kind: 0',
        'tcp.option_kind: 0',
        'tcp.option_kind: 0',
        'tcp.option_kind: 0',
      ],
    ],
  ]
  test.each(cases)('%s', (_name, options, expected) => {
    const bench = new Bench()
    const talk = new Talk(bench, v4(1), v4(2))
    expect(bench.fields(talk.bytes(0, { options }), ['tcp.option'])).toEqual(expected)
  })

  test('selective acknowledgments are relative to what the other end sent', () => {
    const bench = new Bench()
    const talk = new Talk(bench, v4(1), v4(2))
    talk.up({ flags: SYN })
    talk.down({ flags: SYN_ACK })
    const options = [
      tcpOption.sack([
        [1001, 1101],
        [1201, 1301],
      ]),
    ]
    expect(bench.fields(talk.bytes(1, { acknowledgment: 1101, options }), ['tcp.options.sack'])).toEqual([
      'tcp.options.sack.dsack_le: 1',
      'tcp.options.sack.dsack_re: 101',
      'tcp.options.sack_le: 1',
      'tcp.options.sack_re: 101',
      'tcp.options.sack_le: 201',
      'tcp.options.sack_re: 301',
      'tcp.options.sack.count: 2',
    ])
  })
})

describe('what is malformed', () => {
  const options: [string, Uint8Array, string][] = [
    ['length 0', Uint8Array.of(30, 0, 1, 1), 'malformed: option 30 has length 0, 4 bytes are left in the header'],
    ['length 1', Uint8Array.of(8, 1, 1, 1), 'malformed: option 8 has length 1, 4 bytes are left in the header'],
    ['length past the header', Uint8Array.of(1, 8, 10, 0), 'malformed: option 8 has length 10, 3 bytes are left in the header'],
    ['no length', Uint8Array.of(1, 1, 1, 8), 'malformed: option 8 has no length'],
    ['MSS of 3 bytes', Uint8Array.of(2, 3, 5, 1), 'malformed: Maximum segment size option of 3 bytes, 4 expected'],
    ['SACK without a block', Uint8Array.of(5, 2, 1, 1), 'malformed: SACK option of 2 bytes, 2 + 8 for each block expected'],
    [
      'SACK of a block and a half',
      Uint8Array.from([5, 14, ...new Array(12).fill(1), 1, 1]),
      'malformed: SACK option of 14 bytes, 2 + 8 for each block expected',
    ],
    ['MPTCP of 2 bytes', Uint8Array.of(30, 2, 1, 1), 'malformed: MPTCP option length 2, at least 3 expected'],
    ['MP_CAPABLE of 5 bytes', mptcpOption.raw(0x01, [1], [0]), 'malformed: Multipath Capable option of 5 bytes'],
    ['MP_JOIN of 13 bytes', mptcpOption.raw(0x10, new Array(10).fill(0)), 'malformed: Join Connection option of 13 bytes'],
    [
      'DSS with flags that want more',
      mptcpOption.raw(0x20, [0x05], new Array(4).fill(0)),
      'malformed: Data Sequence Signal option of 8 bytes',
    ],
    ['ADD_ADDR of 9 bytes', mptcpOption.raw(0x30, new Array(6).fill(0)), 'malformed: Add Address option of 9 bytes'],
    ['ADD_ADDR without HMAC and echo', mptcpOption.raw(0x30, new Array(5).fill(0)), 'malformed: Add Address option of 8 bytes'],
    ['version 0 ADD_ADDR of IPv6 with 4 bytes', mptcpOption.raw(0x36, new Array(5).fill(0)), 'malformed: Add Address option of 8 bytes'],
    ['REMOVE_ADDR without an id', mptcpOption.raw(0x40), 'malformed: Remove Address option of 3 bytes'],
    ['MP_PRIO of 5 bytes', mptcpOption.raw(0x50, [0, 0]), 'malformed: Change Subflow Priority option of 5 bytes'],
    ['MP_FAIL of 8 bytes', mptcpOption.raw(0x60, new Array(5).fill(0)), 'malformed: Fallback option of 8 bytes'],
    ['MP_FASTCLOSE of 8 bytes', mptcpOption.raw(0x70, new Array(5).fill(0)), 'malformed: Fast Close option of 8 bytes'],
    ['MP_TCPRST of 3 bytes', mptcpOption.raw(0x80), 'malformed: TCP Reset option of 3 bytes'],
  ]
  test.each(options)('option with %s', (_name, option, expected) => {
    const bench = new Bench()
    const bytes = packet({
      source: v4(1),
      destination: v4(2),
      sourcePort: 1,
      destinationPort: 2,
      sequence: 5,
      flags: ACK,
      options: [option],
      payload: Uint8Array.of(1),
    })
    const { stop, signals } = bench.send(bytes)
    // The payload behind a bad option is payload all the same, and the option has no effect.
    expect({ stop, last: signals.at(-1) }).toEqual({ stop: expected, last: 'f0> tcp payload seq 5 +1' })
  })

  test.each([
    ['SYN of version 1 with a key', SYN, mptcpOption.capable(1, [new Uint8Array(8)])],
    ['SYN of version 0 without a key', SYN, mptcpOption.capable(0, [])],
    ['SYN/ACK without a key', SYN_ACK, mptcpOption.capable(1, [])],
    ['ACK with one key', ACK, mptcpOption.capable(1, [new Uint8Array(8)])],
    ['version 0 ACK with data length', ACK, mptcpOption.capable(0, [new Uint8Array(8), new Uint8Array(8)], { dataLength: 1 })],
  ])('MP_CAPABLE: %s', (_name, flags, option) => {
    const { stop } = new Bench().send(
      packet({ source: v4(1), destination: v4(2), sourcePort: 1, destinationPort: 2, sequence: 5, flags, options: [option] }),
    )
    expect(stop).toBe(`malformed: Multipath Capable option of ${option.length} bytes`)
  })

  test.each([
    ['below 20', 0x40, 'malformed: header length 16, 24 bytes in the segment'],
    ['past the segment', 0xf0, 'malformed: header length 60, 24 bytes in the segment'],
  ])('a header length %s', (_name, offsetByte, expected) => {
    const bench = new Bench()
    const bytes = new Talk(bench, v4(1), v4(2)).bytes(0, { data: 4 })
    bytes[32] = offsetByte
    const { stop, signals } = bench.send(bytes)
    expect({ stop, signals }).toEqual({ stop: expected, signals: [] })
    // others give the columns their size
    for (let i = 2; i < 5; i++) new Talk(bench, v4(1), v4(2), [40000 + i, 443]).up({ data: 1 })
    expect(bench.fields(bytes, ['tcp.stream', 'tcp.seq'])).toEqual(['tcp.seq: 1000', 'tcp.seq_raw: 1000'])
  })
})
