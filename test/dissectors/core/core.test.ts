import { describe, expect, it } from 'vitest'
import { crc32c, finish, internetChecksum, pseudoHeader, sumWords } from '../../../dissectors/core/checksum.ts'
import { DecodeAs, lookup, lookupEthertype, lookupIpProtocol, lookupUdpPort, register } from '../../../dissectors/core/dispatch.ts'
import { alias, allFields, fieldIds, protocol, protocolOfField } from '../../../dissectors/core/fields.ts'
import { FlowTable } from '../../../dissectors/core/flows.ts'
import { Forgotten } from '../../../dissectors/core/forgotten.ts'
import { FragmentTable, MAX_AGE, MAX_DATAGRAMS, MAX_PIECES } from '../../../dissectors/core/fragments.ts'
import { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { fieldText, treeLabel } from '../../../dissectors/core/values.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { address } from '../../../dissectors/ip/emit.ts'
import { hex, join } from '../../../dissectors/link/emit.ts'
import { nodeCrypto } from './record.ts'

describe('checksums', () => {
  it('internet checksum: the example of RFC 1071 section 3, odd lengths, and all ones', () => {
    expect([
      internetChecksum(hex('0001f203f4f5f6f7'), 0, 8),
      internetChecksum(hex('0001f203f4f5f6f7220d'), 0, 10),
      internetChecksum(hex('01'), 0, 1),
      finish(sumWords(new Uint8Array(70_000).fill(0xff), 0, 70_000)),
    ]).toEqual([0x220d, 0, 0xfeff, 0])
  })

  it('pseudo headers of both IP versions', () => {
    const v4 = join(address('192.0.2.1'), address('192.0.2.2'))
    const v6 = join(address('2001:db8::1'), address('2001:db8::2'))
    expect([finish(pseudoHeader(v4, 0, 4, 4, 17, 9)), finish(pseudoHeader(v6, 0, 16, 16, 58, 0x10009))]).toEqual([
      finish(0xc000 + 0x0201 + 0xc000 + 0x0202 + 17 + 9),
      finish(0x2001 + 0x0db8 + 1 + 0x2001 + 0x0db8 + 2 + 58 + 1 + 9),
    ])
  })

  it('CRC32c: the check value of the CRC catalogue and the vectors of RFC 3720 appendix B.4', () => {
    const text = new TextEncoder().encode('123456789')
    expect([
      crc32c(text, 0, 9),
      crc32c(new Uint8Array(32), 0, 32),
      crc32c(new Uint8Array(32).fill(0xff), 0, 32),
      crc32c(hex('00000000aabbccdd00'), 0, 9, 4) === crc32c(new Uint8Array(9), 0, 9),
    ]).toEqual([0xe3069283, 0x8a9136aa, 0x62a8ab43, true])
  })
})

const sample = protocol('sample', 'Sample protocol', 'Sample')
const FIELDS = {
  port: sample.uint16('sample.port', 'Port', { values: { 80: 'http' } }),
  tag: sample.uint32('sample.tag', 'Tag', { base: 'hex' }),
  narrow: sample.uint32('sample.narrow', 'Narrow', { base: 'hex', digits: 5 }),
  key: sample.uint64('sample.key', 'Key', { base: 'hex' }),
  count: sample.uint64('sample.count', 'Count'),
  flag: sample.bool('sample.flag', 'Flag'),
  signed: sample.int32('sample.signed', 'Signed'),
  v4: sample.ipv4('sample.v4', 'Address'),
  v6: sample.ipv6('sample.v6', 'Address'),
  mac: sample.ether('sample.mac', 'MAC'),
  blob: sample.bytes('sample.blob', 'Blob'),
  name: sample.string('sample.name', 'Name'),
  part: sample.group('sample.part', 'Part'),
}

describe('values', () => {
  it('print as tshark prints them and as a tree line', () => {
    const bytes = join(address('2001:db8::1'), address('192.0.2.1'), hex('0a0b0c0d0e0f'), new TextEncoder().encode('a\tb\u202e'))
    const recorder = new FieldRecorder()
    const walk = new Walk(new StreamState(nodeCrypto), recorder)
    walk.start(bytes, 0, bytes.length, bytes.length, 0, 0, 0)
    walk.layer(sample.protocol, sample.root, 0, bytes.length)
    walk.uint(FIELDS.port, 0, 2, 80)
    walk.uint(FIELDS.port, 0, 2, 81)
    walk.uint(FIELDS.tag, 0, 4, 0xff)
    walk.uint(FIELDS.narrow, 0, 3, 0x889a)
    walk.uint64of(FIELDS.key, 0, 8, 1, 2)
    walk.uint64of(FIELDS.count, 0, 8, 0xffffffff, 0xffffffff)
    walk.uint(FIELDS.flag, 0, 1, 1)
    walk.uint(FIELDS.signed, 0, 4, -2)
    walk.group(FIELDS.part, 0, 4, 'Part: first')
    walk.range(FIELDS.v4, 16, 4)
    walk.range(FIELDS.v6, 0, 16)
    walk.endGroup()
    walk.range(FIELDS.mac, 20, 6)
    walk.range(FIELDS.blob, 20, 6)
    walk.range(FIELDS.name, 26, 99)
    walk.endLayer()
    const lines = Array.from({ length: recorder.count }, (_, i) => [recorder.depth[i], fieldText(recorder, i), treeLabel(recorder, i)])
    expect(lines).toEqual([
      [0, 'Sample protocol', 'Sample protocol'],
      [1, '80', 'Port: http (80)'],
      [1, '81', 'Port: 81'],
      [1, '0x000000ff', 'Tag: 0x000000ff'],
      [1, '0x0000889a', 'Narrow: 0x0889a'],
      [1, '0x0000000100000002', 'Key: 0x0000000100000002'],
      [1, '18446744073709551615', 'Count: 18446744073709551615'],
      [1, '1', 'Flag: Set'],
      [1, '-2', 'Signed: -2'],
      [1, '1', 'Part: first'],
      [2, '192.0.2.1', 'Address: 192.0.2.1'],
      [2, '2001:db8::1', 'Address: 2001:db8::1'],
      [1, '0a:0b:0c:0d:0e:0f', 'MAC: 0a:0b:0c:0d:0e:0f'],
      [1, '0a0b0c0d0e0f', 'Blob: 0a0b0c0d0e0f'],
      [1, 'a\\tb\\u202e', 'Name: a\\tb\\u202e'],
    ])
  })

  it('a computed field that is not kept marks no other', () => {
    const recorder = new FieldRecorder()
    recorder.wanted = new Uint8Array(allFields().length)
    recorder.wanted[FIELDS.port] = 1
    const walk = new Walk(new StreamState(nodeCrypto), recorder)
    walk.start(new Uint8Array(8), 0, 8, 8, 0, 0, 0)
    walk.uint(FIELDS.port, 0, 2, 80)
    walk.uint(FIELDS.tag, 0, 4, 1)
    walk.generated()
    walk.uint(FIELDS.port, 0, 2, 81)
    walk.generated()
    expect([recorder.count, [...recorder.generated]]).toEqual([2, [1]])
    expect([[FIELDS.tag, FIELDS.port], [FIELDS.tag, FIELDS.key], []].map((fields) => walk.wantsAny(fields))).toEqual([true, false, false])
  })

  it('IPv6 addresses that hold an IPv4 address end dotted where Wireshark prints them so', () => {
    const shown = ['::1', '::102:304', '::ffff:1.2.3.4', '64:ff9b::102:304'].map((text) => {
      const recorder = new FieldRecorder()
      recorder.reset(address(text), 0, 16)
      recorder.range(FIELDS.v6, 0, 16, 0)
      return fieldText(recorder, 0)
    })
    expect(shown).toEqual(['::1', '::1.2.3.4', '::ffff:1.2.3.4', '64:ff9b::102:304'])
  })

  it('names select one field, several, or none; layers know their protocol', () => {
    alias('sample.addr', [FIELDS.v4, FIELDS.v6])
    expect([fieldIds('sample.port'), fieldIds('sample.addr'), fieldIds('sample.nothing'), protocolOfField(sample.root)?.name]).toEqual([
      [FIELDS.port],
      [FIELDS.v4, FIELDS.v6],
      [],
      'sample',
    ])
    expect(new Set(allFields().map((field) => field.name)).size).toBe(allFields().length)
  })
})

describe('dispatch', () => {
  it('finds what was registered, by whatever table', () => {
    const dissect = (): void => {}
    register('sample', 'udp.port', 65_535, dissect)
    register('sample', 'ethertype', 0xfff0, dissect)
    register('sample', 'ip.proto', 253, dissect)
    register('sample', 'sctp.ppid', 4_000_000_000, dissect)
    const rules = new DecodeAs()
    rules.set('tcp.port', 8080, 'sample')
    expect([
      lookupUdpPort(65_535),
      lookup('udp.port', 65_535),
      lookupEthertype(0xfff0),
      lookupIpProtocol(253),
      lookup('sctp.ppid', 4_000_000_000),
      rules.get('tcp.port', 8080),
    ]).toEqual(new Array(6).fill(dissect))
    expect([lookupUdpPort(65_534), rules.get('udp.port', 8080), rules.get('tcp.port', 8081)]).toEqual([undefined, undefined, undefined])
  })
})

describe('flows', () => {
  it('both directions of one pair are one flow; its first sender is a', () => {
    const table = new FlowTable()
    const memory = join(address('198.51.100.7'), address('192.0.2.1'), address('2001:db8::2'), address('2001:db8::1'))
    const seen = (source: number, destination: number, size: 4 | 16, from: number, to: number) => [
      table.get(memory, source, destination, size, 17, from, to, 0, 0),
      table.direction,
    ]
    expect([
      seen(0, 4, 4, 1, 2),
      seen(4, 0, 4, 2, 1),
      seen(4, 0, 4, 1, 2),
      seen(8, 24, 16, 1, 2),
      seen(24, 8, 16, 2, 1),
      seen(0, 0, 4, 2, 1),
      seen(0, 0, 4, 1, 2),
      seen(0, 4, 4, 1, 2),
    ]).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [2, 0],
      [2, 1],
      [3, 0],
      [3, 1],
      [0, 0],
    ])
    expect([table.addresses.text(table.sender(0, 0)), table.addresses.text(table.receiver(0, 0)), table.portA[0]]).toEqual([
      '198.51.100.7',
      '192.0.2.1',
      1,
    ])
  })

  it('grows without losing a flow', () => {
    const table = new FlowTable()
    const memory = join(address('10.0.0.1'), address('10.0.0.2'))
    const ids = (): number[] => Array.from({ length: 20_000 }, (_, port) => table.get(memory, 0, 4, 4, 6, port, 443, 0, 0))
    const first = ids()
    expect([ids(), table.count]).toEqual([first, 20_000])
  })
})

describe('fragment table', () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i)
  const add = (table: FragmentTable, key: string, row: number, begin: number, end: number, more: boolean, time = 0, strict = false) =>
    table.add(key, row, time, bytes, begin, begin, end, more, 17, strict, false)

  it('puts a datagram together byte for byte, its end first', () => {
    const table = new FragmentTable()
    expect([add(table, 'a', 0, 40, 64, false), add(table, 'b', 1, 0, 40, true), add(table, 'a', 2, 16, 40, true)]).toEqual([
      null,
      null,
      null,
    ])
    const whole = add(table, 'a', 3, 0, 16, true)
    expect([whole?.data, whole?.pieces.map((piece) => piece.row), table.fragmentsOf(3), table.completedBy('a', 2)]).toEqual([
      bytes,
      [0, 2, 3],
      [0, 2],
      3,
    ])
  })

  const refused: [string, [number, number, boolean][]][] = [
    [
      'two different ends',
      [
        [32, 64, false],
        [32, 48, false],
      ],
    ],
    [
      'bytes behind the end',
      [
        [16, 32, false],
        [32, 48, true],
      ],
    ],
    [
      'an end before bytes that are there',
      [
        [40, 64, true],
        [0, 40, false],
      ],
    ],
    ['more than a datagram can hold', [[65_528, 65_560, true]]],
  ]
  it.each(refused)('refuses %s', (_name, pieces) => {
    const table = new FragmentTable()
    for (const [row, [begin, end, more]] of pieces.entries()) expect(add(table, 'a', row, begin, end, more)).toBe(null)
    expect(table.refused).toBe(1)
    expect([add(table, 'a', 8, 0, 32, true), add(table, 'a', 9, 32, 64, false)]).toEqual([null, null])
  })

  it('is bounded in number, pieces and age', () => {
    const table = new FragmentTable()
    for (let i = 0; i <= MAX_DATAGRAMS; i++) add(table, `k${i}`, i, 0, 16, true)
    expect(table.evicted).toBe(1)
    expect([add(table, 'k0', 0, 16, 64, false), add(table, `k${MAX_DATAGRAMS}`, 0, 16, 64, false)?.data.length]).toEqual([null, 64])
    const slow = new FragmentTable()
    add(slow, 'a', 0, 0, 16, true, 0)
    expect(add(slow, 'a', 1, 16, 64, false, MAX_AGE + 1)).toBe(null)
    const many = new FragmentTable()
    for (let i = 0; i <= MAX_PIECES; i++) add(many, 'a', i, 0, 16, true)
    expect(many.refused).toBe(1)
  })

  it('many small pieces count for more than their bytes, and what had to go is said', () => {
    const forgotten = new Forgotten()
    const table = new FragmentTable(forgotten)
    for (let i = 0; i < 140 * 999; i++) {
      const begin = 8 + (i % 999) * 8
      table.add(`k${Math.floor(i / 999)}`, i, 0, bytes, 0, begin, begin + 8, true, 17, false, false)
    }
    // 32 MiB at 264 bytes a piece are 127 datagrams of 999
    expect([table.evicted, forgotten.lines()]).toEqual([13, ['13 datagrams of which more fragments were to come']])
  })

  it('a row is replayed with the rows of pieces that were themselves put together', () => {
    const table = new FragmentTable()
    add(table, 'outer1', 0, 0, 32, true)
    add(table, 'outer1', 1, 32, 64, false)
    add(table, 'inner', 1, 0, 32, true)
    add(table, 'outer2', 2, 0, 32, true)
    add(table, 'outer2', 3, 32, 64, false)
    add(table, 'inner', 3, 32, 64, false)
    expect(table.fragmentsOf(3)).toEqual([0, 1, 2])
  })
})
