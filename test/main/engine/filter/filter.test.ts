import { describe, expect, it } from 'vitest'
import { allFields, protocolById } from '../../../../dissectors/core/fields.ts'
import type { FieldRecorder } from '../../../../dissectors/core/recorder.ts'
import { Stop } from '../../../../dissectors/core/walk.ts'
import { emitEcho, emitIcmpError } from '../../../../dissectors/icmp/emit.ts'
import { emitRouterAdvertisement, linkAddressOption, prefixOption, searchOption } from '../../../../dissectors/icmpv6/emit.ts'
import { emitIpv4 } from '../../../../dissectors/ip/emit.ts'
import { emitEthernet, hex } from '../../../../dissectors/link/emit.ts'
import { emitUdp } from '../../../../dissectors/udp/emit.ts'
import { RowFlag } from '../../../../main/analysis/types.ts'
import { type ColumnSource, Ternary } from '../../../../main/engine/filter/columns.ts'
import { columnOnly, compileFilterText } from '../../../../main/engine/filter/compile.ts'
import { filterNames } from '../../../../main/engine/filter/names.ts'
import { recordNotes } from '../../../../main/engine/notes.ts'
import { parseFilter } from '../../../../shared/filter/grammar.ts'
import { type Seen, walkPacket } from '../../../dissectors/core/record.ts'

const A = '192.0.2.1'
const B = '198.51.100.7'
const udp = emitUdp(hex('48656c6c6f 20 57 6f726c64 00ff'), { source: A, destination: B, sourcePort: 4000, destinationPort: 53 })
const packet = emitIpv4(udp, { source: A, destination: B, protocol: 17, ttl: 51, id: 0xbeef, service: 0xb8 })
const packets = {
  udp: emitEthernet(packet),
  // 203.0.113.9 says that port 53 of B cannot be reached: the quoted packet's fields occur a second time
  icmp: emitEthernet(emitIpv4(emitIcmpError(3, 3, packet), { source: '203.0.113.9', destination: A, protocol: 1 })),
  echo: emitEthernet(emitIpv4(emitEcho(8, 7, 9, hex('01')), { source: A, destination: A, protocol: 1 })),
  ra: emitEthernet(
    emitRouterAdvertisement({
      source: 'fe80::1',
      destination: 'ff02::1',
      lifetime: 1800,
      options: [
        linkAddressOption(1, '02:00:00:00:00:01'),
        prefixOption({ prefix: '2001:db8:a::', length: 64 }),
        prefixOption({ prefix: '2001:db8:b::', length: 64, valid: 0 }),
        searchOption(60, ['example.com']),
      ],
    }),
  ),
}
type Name = keyof typeof packets
const seen = Object.fromEntries(Object.entries(packets).map(([name, bytes], row) => [name, walkPacket(bytes, { row })])) as Record<
  Name,
  Seen
>
const rows = Object.keys(packets) as Name[]
rows.forEach((name, row) => {
  const { walk, recorder } = seen[name]
  recordNotes(walk, recorder, row === 0 ? RowFlag.Retransmission : RowFlag.None)
})

const columns: ColumnSource = {
  frameNumber: (row) => row + 1,
  frameLength: (row) => packets[rows[row] as Name].length,
  capturedLength: (row) => packets[rows[row] as Name].length,
  timeRelative: (row) => row * 0.5,
  timeEpoch: (row) => 1_714_564_800 + row,
  interfaceId: () => 1,
  interfaceName: (row) => (row === 3 ? null : 'wan0'),
  sessions: (row) => (row < 2 ? ['s1'] : []),
  rehomings: (row) => (row === 0 ? ['r1', 'r2'] : []),
  findings: (row) => (row === 1 ? ['f1', 'icmp-reset'] : []),
  stop: (row) => (row === 1 ? Stop.Malformed : row === 3 ? Stop.Cut : Stop.None),
  rowFlags: (row) => (row === 0 ? RowFlag.Retransmission : RowFlag.None),
  hasProtocol: (row, protocol) => (seen[rows[row] as Name].values(protocolById(protocol).name).length > 0 ? Ternary.Yes : Ternary.No),
  flowEnds: () => null,
}

/** Names of the packets that match; an error's message otherwise. Looks at the index first, as the engine does, and checks its promise. */
function select(text: string): string {
  const filter = compileFilterText(text)
  if (!filter.ok) return filter.message
  return rows
    .filter((name, row) => {
      const recorder: FieldRecorder = seen[name].recorder
      const exact = filter.matches(recorder, columns, row)
      const look = filter.prefilter(columns, row)
      if (look !== Ternary.Unknown && (look === Ternary.Yes) !== exact)
        throw new Error(`'${text}': the index says ${look}, the packet ${exact}`)
      if (exact && filter.protocols !== null && !filter.protocols.some((p) => columns.hasProtocol(row, p) === Ternary.Yes))
        throw new Error(`'${text}' matches a packet without the layers it needs`)
      return exact
    })
    .join(' ')
}

const selections: [string, string][] = [
  // what Wireshark's users type
  ['_ws.malformed', 'icmp'],
  ['not _ws.malformed and not _ws.short', 'udp echo'],
  ['_ws.short', 'ra'],
  ['_ws.malformed contains "Malformed"', 'icmp'],
  ['_ws.expert', 'udp'],
  ['_ws.expert.message == "retransmission"', 'udp'],
  // presence
  ['udp', 'udp icmp'],
  ['icmp', 'icmp echo'],
  ['not icmp', 'udp ra'],
  ['icmpv6.opt.prefix', 'ra'],
  ['icmp.unused', 'icmp'],
  ['frame', 'udp icmp echo ra'],
  // any occurrence, all occurrences
  [`ip.src == ${A}`, 'udp icmp echo'],
  [`ip.src != ${A}`, ''],
  [`ip.src !== ${A}`, 'icmp'],
  [`ip.src === ${A}`, 'udp echo'],
  [`not ip.src == ${A}`, 'ra'],
  [`any ip.src != ${A}`, 'icmp'],
  [`all ip.src == ${A}`, 'udp echo'],
  [`ip.addr == ${B}`, 'udp icmp'],
  [`ip.addr != ${B}`, 'echo'],
  ['udp.port == 53', 'udp icmp'],
  ['udp.port != 53', ''],
  ['eth.addr == 02:00:00:00:00:02', 'udp icmp echo ra'],
  // addresses and prefixes
  ['ip.src == 192.0.2.0/24', 'udp icmp echo'],
  ['ip.src == 192.0.2.255/24', 'udp icmp echo'],
  ['ip.dst == 198.51.100.0/255.255.255.0', 'udp icmp'],
  ['ip.src == 203.0.113.8/31', 'icmp'],
  ['ip.src == 0.0.0.0/0', 'udp icmp echo'],
  ['ip.src > 192.0.2.1', 'icmp'],
  ['ip.src in {192.0.2.2..203.0.113.255}', 'icmp'],
  ['ip.src in {10.0.0.0/8, 203.0.113.0/24}', 'icmp'],
  ['ip.src == ip.dst', 'icmp echo'],
  ['ip.src != ip.dst', 'udp'],
  ['ipv6.src == fe80::/10', 'ra'],
  ['icmpv6.opt.prefix == 2001:db8:b::/48', 'ra'],
  ['icmpv6.opt.prefix != 2001:db8:b::/48', ''],
  // numbers
  ['ip.ttl == 51', 'udp icmp'],
  ['ip.ttl == 0x33', 'udp icmp'],
  ['ip.ttl == 063', 'udp icmp'],
  ['ip.ttl == 0b110011', 'udp icmp'],
  ['ip.id == 0xbeef', 'udp icmp'],
  ['50 < ip.ttl < 52', 'udp icmp'],
  ['64 == ip.ttl', 'icmp echo'],
  ['ip.ttl in {50..52}', 'udp icmp'],
  ['ip.ttl not in {50..52}', 'echo ra'],
  ['ip.dsfield & 0x80', 'udp icmp'],
  ['ip.dsfield & 0x0c == 8', 'udp icmp'],
  ['ip.flags.df == false', 'udp icmp echo'],
  ['ip.flags.df == True', ''],
  ['icmp.type == "Destination unreachable"', 'icmp'],
  ['udp.srcport > udp.dstport', 'udp icmp'],
  ['count(ip.src) == 2', 'icmp'],
  ['icmpv6.opt.prefix.valid_lifetime == 0 and icmpv6.nd.ra.router_lifetime > 0', 'ra'],
  // bytes, slices, text, patterns
  ['eth.src[0:3] == 02:00:00', 'udp icmp echo ra'],
  ['eth.src[-1] == 01', 'udp icmp echo ra'],
  ['eth.dst[5] == 2', 'udp icmp echo ra'],
  ['eth.dst[6] == 2', ''],
  ['ip[8] == 33', 'udp icmp'],
  ['udp[0:2,4-5] == 0f:a0:00:15', 'udp icmp'],
  ['frame contains "World"', 'udp icmp'],
  ['frame contains 6c:6f:20', 'udp icmp'],
  ['udp.payload contains 00:ff', 'udp icmp'],
  [String.raw`udp.payload contains "\x00\xff"`, 'udp icmp'],
  ['udp contains "world"', ''],
  // a layer ends with its header, but is searched to the end of the packet
  ['udp contains "World"', 'udp icmp'],
  ['udp[8:1] == 48', ''],
  ['len(udp) == 8', 'udp icmp'],
  ['udp matches "w[o0]rld"', 'udp icmp'],
  [String.raw`udp.payload matches "^hello\s"`, 'udp icmp'],
  ['icmpv6.opt.dnssl == "example.com"', 'ra'],
  ['icmpv6.opt.dnssl contains ample', 'ra'],
  ['upper(icmpv6.opt.dnssl) == "EXAMPLE.COM"', 'ra'],
  ['len(icmpv6.opt.dnssl) == 11', 'ra'],
  [String.raw`string(ip.src) matches "^203\."`, 'icmp'],
  // columns
  ['frame.number == 2', 'icmp'],
  ['frame.number in {1, 3..4}', 'udp echo ra'],
  ['frame.len < 60', 'udp echo'],
  ['frame.time_relative >= 0.5 && frame.time_relative < 1500ms', 'icmp echo'],
  ['frame.time >= "2024-05-01 12:00:02"', 'echo ra'],
  ['frame.interface_name == "wan0"', 'udp icmp echo'],
  ['frame.interface_name', 'udp icmp echo'],
  ['mh.session == "s1"', 'udp icmp'],
  ['mh.session == s1 and icmp', 'icmp'],
  ['mh.rehoming', 'udp'],
  ['mh.rehoming == "r2"', 'udp'],
  ['mh.finding == "icmp-reset"', 'icmp'],
  ['not mh.session', 'echo ra'],
  ['mh.note contains "trans"', 'udp'],
  ['mh.session xor icmp', 'udp echo'],
]

describe('filters on packets', () => {
  it.each(selections)('%s', (text, expected) => {
    expect(select(text)).toBe(expected)
  })

  it('every field of the registry and every completion is a filter', () => {
    const refused = [...allFields().map((field) => field.name), ...filterNames()].filter((name) => !compileFilterText(name).ok)
    expect(refused).toEqual([])
  })

  it('and answers from the index where it can', () => {
    const texts = [
      'mh.session == "s1"',
      'sctp or mh.rehoming',
      'frame.number < 5 and not icmp',
      'ip.src == 10.0.0.1',
      'icmp and frame contains "x"',
    ]
    const answered = texts.map((text) => {
      const parsed = parseFilter(text)
      return [text, parsed.ok && columnOnly(parsed.ast)]
    })
    expect(answered).toEqual([
      ['mh.session == "s1"', true],
      ['sctp or mh.rehoming', true],
      ['frame.number < 5 and not icmp', true],
      ['ip.src == 10.0.0.1', false],
      ['icmp and frame contains "x"', false],
    ])
  })

  it('leaves packets out that lack the layer, without a dissection', () => {
    const looks = ['ip.src == 10.0.0.1', 'udp.port == 1 or icmpv6.type == 1', 'not udp.port == 1', 'icmp.ext.class == 1'].map((text) => {
      const filter = compileFilterText(text)
      return filter.ok ? rows.map((_, row) => filter.prefilter(columns, row)) : filter.message
    })
    const { No, Yes, Unknown } = { No: Ternary.No, Yes: Ternary.Yes, Unknown: Ternary.Unknown }
    expect(looks).toEqual([
      [Unknown, Unknown, Unknown, No],
      [Unknown, Unknown, No, Unknown],
      [Unknown, Unknown, Yes, Yes],
      // extensions occur in ICMPv6 too
      [Unknown, Unknown, Unknown, Unknown],
    ])
  })
})

const refusals: [string, number, string, string | null][] = [
  ['ip.sr == 1.2.3.4', 0, "'ip.sr' is neither a field nor a protocol. Did you mean 'ip.src'?", 'ip.src'],
  ['udp.prot == 5', 0, "'udp.prot' is neither a field nor a protocol. Did you mean 'udp.port'?", 'udp.port'],
  ['xyzzyplugh', 0, "'xyzzyplugh' is neither a field nor a protocol.", null],
  ['80', 0, "'80' is a number; a field must stand here.", null],
  ['1 == 2', 0, "'1' is a number; a field must stand here.", null],
  ['"a" == "b"', 0, 'A field must stand here, not the string "a".', null],
  ['ip.src == abc', 10, "ip.src is an IPv4 address, 'abc' is not one.", null],
  ['ip.src == ::1', 10, "ip.src is an IPv4 address, '::1' is not one.", null],
  ['ip.src == 1.2.3.4/33', 10, "'/33' is no prefix length of an IPv4 address; 0 to 32 are.", null],
  ['ip.src == 1.2.3.4/255.0.255.0', 10, "'/255.0.255.0' is no prefix length of an IPv4 address; 0 to 32 are.", null],
  ['ip.src == ip.dts', 10, "ip.src is an IPv4 address, 'ip.dts' is not one. Did you mean the field 'ip.dst'?", 'ip.dst'],
  ['eth.src == 02:00', 11, "eth.src is a link-layer address, '02:00' is not one.", null],
  ['ip.ttl == 256', 10, '256 is out of range for ip.ttl, which holds 0 to 255.', null],
  ['ip.ttl == -1', 10, '-1 is out of range for ip.ttl, which holds 0 to 255.', null],
  ['ip.ttl == many', 10, "ip.ttl is a number, 'many' is not one.", null],
  ['ip.flags.df == maybe', 15, "ip.flags.df is true or false, 'maybe' is neither.", null],
  ['ip.ttl contains 5', 16, "ip.ttl is a number; 'contains' needs bytes or text.", null],
  ['ip.ttl matches "5"', 15, "ip.ttl is no text and no bytes; 'matches' needs one of them.", null],
  ['frame contains zz', 15, "frame holds bytes, 'zz' is none; write them as 02:00:5e, or a text in quotes.", null],
  ['frame contains ""', 15, "'contains' needs something to look for.", null],
  ['frame matches "a(b"', 18, "The pattern is refused: ')' is missing.", null],
  ['ip.src == udp.port', 10, 'ip.src is an IPv4 address, udp.port is a number.', null],
  ['ip.ttl[0:1] == 5', 0, 'ip.ttl is a number; slices can be taken of bytes and texts.', null],
  ['ip.src & 5', 0, "ip.src is no number; '&' needs one.", null],
  ['ip.ttl & x', 9, "'&' needs a number on its right.", null],
  ['icmpv6.opt == 5', 0, 'icmpv6.opt has no value to compare; it can only be present.', null],
  ['size(ip.src) == 4', 0, "There is no function 'size'; there are len, count, lower, upper, string.", null],
  ['len(ip.ttl) == 4', 4, 'ip.ttl is a number; it has no length.', null],
  ['len(ip.src)', 0, 'len() gives a value; compare it with one.', null],
  ['len() == 4', 0, 'len() takes one field, not 0.', null],
  [
    'frame.time_relative > soon',
    22,
    'frame.time_relative is a time, \'soon\' is not one; write seconds (1.5) or "2024-05-01 12:00:00".',
    null,
  ],
]

describe('filters that cannot mean anything are refused before a packet is read', () => {
  it.each(refusals)('%s', (text, position, message, suggestion) => {
    const filter = compileFilterText(text)
    expect(filter.ok ? 'compiled' : [filter.position, filter.message, filter.suggestion]).toEqual([position, message, suggestion])
  })
})
