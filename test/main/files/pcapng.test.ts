/** pcapng: sections, interfaces, all packet blocks, what is passed over, and hostile blocks. */
import { describe, expect, it } from 'vitest'
import { Bytes, block, description, enhanced, join, type Option, old, payload, section, simple } from './capture-bytes.ts'
import { readBytes } from './read-all.ts'

const resolution = (value: number): Option => [9, Uint8Array.of(value)]
const offsetSeconds = (little: boolean, value: bigint): Option => [14, new Bytes(little).u64(value).done()]
const data = payload(1, 33)

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('pcapng, %s', (_name, little) => {
  it('reads a section with everything in it', async () => {
    const bytes = join(
      section(little, [
        [1, 'first comment'],
        [2, 'hardware'],
        [3, 'Linux 6.1'],
        [4, 'Dumpcap'],
        [1, 'second comment'],
      ]),
      description(
        little,
        [
          [2, 'upA'],
          [3, 'uplink to ISP A'],
          [4, Uint8Array.of(192, 0, 2, 9, 255, 255, 240, 0)],
          [5, Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0xa, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 64)],
          [6, Uint8Array.of(2, 0, 0, 0, 0, 1)],
          [11, Uint8Array.of(0, 0x74, 0x63, 0x70)],
          [12, 'Linux'],
          [15, 'virtio'],
          resolution(9),
          offsetSeconds(little, 100n),
        ],
        113,
        96,
      ),
      description(little, [[2, 'upB'], resolution(3)]),
      enhanced(little, 0, 5_000_000_007n, data, [
        [1, 'look here'],
        [2, Uint8Array.of(0, 0, 0, 1)],
        [1, 'and here'],
      ]),
      block(little, 0x0000_0bad, new Bytes(little).u32(32473).raw(payload(5, 9)).parts),
      block(little, 0x4000_0bad, new Bytes(little).u32(32473).parts),
      block(little, 0x7777, []),
      old(little, 1, 4, 105_500n, data),
      simple(little, 200, payload(7, 100)),
      block(
        little,
        4,
        new Bytes(little)
          .u16(1)
          .u16(4 + 13)
          .raw([192, 0, 2, 1])
          .raw(new TextEncoder().encode('host\0alias.x\0'))
          .pad()
          .u16(2)
          .u16(16 + 3)
          .raw([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5])
          .raw(new TextEncoder().encode('v6\0'))
          .pad()
          .u16(0)
          .u16(0).parts,
      ),
      block(little, 10, new Bytes(little).u32(0x544c534b).u32(5).raw(new TextEncoder().encode('KEYS\n')).parts),
      block(
        little,
        5,
        new Bytes(little).u32(1).u64(0n).u16(4).u16(8).u64(77n).u16(5).u16(8).u64(3n).u16(7).u16(8).u64(2n).u16(0).u16(0).parts,
      ),
    )
    const { facts, packets, comments } = await readBytes(bytes)
    expect(packets).toEqual([
      { time: 0, interface: 0, wire: 33, data, fileOffset: expect.any(Number) },
      { time: 499_999_993, interface: 1, wire: 40, data, fileOffset: expect.any(Number) },
      { time: 499_999_993, interface: 0, wire: 200, data: payload(7, 100).subarray(0, 96), fileOffset: expect.any(Number) },
    ])
    for (const packet of packets) expect(bytes.slice(packet.fileOffset, packet.fileOffset + packet.data.length)).toEqual(packet.data)
    expect(comments).toEqual([
      [0, 'look here'],
      [0, 'and here'],
    ])
    expect({ ...facts, path: '' }).toEqual({
      path: '',
      format: 'pcapng',
      gzip: false,
      baseNanoseconds: 105_000_000_007n,
      interfaces: [
        {
          id: 0,
          name: 'upA',
          description: 'uplink to ISP A',
          linkType: 113,
          snaplen: 96,
          addresses: ['192.0.2.9/20', '2001:db8:a::1/64'],
          mac: '02:00:00:00:00:01',
          filter: 'tcp',
          hardware: 'virtio',
          os: 'Linux',
          ticksPerSecond: 1_000_000_000n,
          offsetSeconds: 100n,
          packets: 2,
          dropped: null,
          received: null,
        },
        {
          id: 1,
          name: 'upB',
          description: null,
          linkType: 1,
          snaplen: 0,
          addresses: [],
          mac: null,
          filter: null,
          hardware: null,
          os: null,
          ticksPerSecond: 1000n,
          offsetSeconds: 0n,
          packets: 1,
          dropped: 5,
          received: 77,
        },
      ],
      packets: 3,
      bytesTotal: bytes.length,
      bytesRead: bytes.length,
      streamBytes: bytes.length,
      truncated: false,
      warnings: ['1 packet carries no time (simple packet block) and was given that of the packet before it'],
      comments: ['first comment', 'second comment'],
      hardware: 'hardware',
      os: 'Linux 6.1',
      application: 'Dumpcap',
      names: new Map([
        ['192.0.2.1', ['host', 'alias.x']],
        ['2001:db8::5', ['v6']],
      ]),
      secrets: [{ type: 'tls', data: new TextEncoder().encode('KEYS\n') }],
    })
  })

  const stamps: [name: string, resolution: number, ticks: bigint[], times: number[]][] = [
    ['seconds', 0, [10n, 12n, 9n], [0, 2e9, -1e9]],
    ['microseconds', 6, [1n << 40n, (1n << 40n) + 1n], [0, 1000]],
    ['nanoseconds across the 32-bit halves', 9, [0x1_ffff_ffffn, 0x2_0000_0001n], [0, 2]],
    ['picoseconds', 12, [5_000_999n, 5_001_999n, 4_999_999n], [0, 1, -1]],
    ['2^-8 seconds', 0x88, [256n, 257n], [0, 3_906_250]],
    ['2^-20 seconds', 0x80 + 20, [1n << 20n, (1n << 20n) + 1n], [0, 953]],
    ['2^-63 seconds', 0x80 + 63, [1n << 62n, (1n << 62n) + (1n << 61n)], [0, 250_000_000]],
    ['10^-127 seconds', 127, [1n, 0xffff_ffff_ffff_ffffn], [0, 0]],
  ]
  it.each(stamps)('time stamps in %s', async (_title, code, ticks, times) => {
    const blocks = ticks.map((value) => enhanced(little, 0, value, data))
    const { packets } = await readBytes(join(section(little), description(little, [resolution(code)]), ...blocks))
    expect(packets.map((one) => one.time)).toEqual(times)
  })

  it('is read as far as it goes, wherever it is cut', async () => {
    const parts = [
      section(little),
      description(little),
      enhanced(little, 0, 1n, data),
      simple(little, 8, payload(2, 8)),
      enhanced(little, 0, 2n, data),
    ]
    const bytes = join(...parts)
    const ends: number[] = []
    for (const part of parts) ends.push((ends.at(-1) ?? 0) + part.length)
    for (let length = 28; length <= bytes.length; length++) {
      const { facts } = await readBytes(bytes.subarray(0, length))
      const blocks = ends.filter((end) => end <= length).length
      expect([length, facts.packets, facts.truncated]).toEqual([length, Math.max(0, blocks - 2), !ends.includes(length)])
    }
  })
})

describe('pcapng sections', () => {
  it('changes byte order and interfaces from section to section', async () => {
    const bytes = join(
      section(true),
      description(true, [[2, 'first']]),
      enhanced(true, 0, 1_000_000n, data),
      section(false),
      description(false, [[2, 'second'], resolution(9)], 101),
      description(false, [[2, 'third']], 228),
      enhanced(false, 1, 3_000_000n, data),
      enhanced(false, 0, 2_000_000_000n, data),
    )
    const { facts, packets } = await readBytes(bytes)
    expect(packets.map(({ time, interface: on }) => [time, on])).toEqual([
      [0, 0],
      [2e9, 2],
      [1e9, 1],
    ])
    expect(facts.interfaces.map((one) => [one.id, one.name, one.linkType, one.packets])).toEqual([
      [0, 'first', 1, 1],
      [1, 'second', 101, 1],
      [2, 'third', 228, 1],
    ])
  })

  it('passes a section of another version over, and reads the next one', async () => {
    const bytes = join(
      section(true),
      description(true),
      enhanced(true, 0, 1n, data),
      section(true, [], 2),
      description(true),
      enhanced(true, 0, 1n, data),
      section(false),
      description(false),
      enhanced(false, 0, 2n, data),
    )
    const { facts } = await readBytes(bytes)
    expect([facts.packets, facts.interfaces.length, facts.truncated, facts.warnings.length]).toEqual([2, 2, false, 1])
    expect(facts.warnings[0]).toContain('version 2.0')
  })
})

describe('hostile pcapng', () => {
  const start = join(section(true), description(true))
  const good = enhanced(true, 0, 1n, data)
  const odd = (claimed: number): Uint8Array => block(true, 6, new Bytes(true).u32(0).u64(0n).u32(0).u32(0).parts, claimed)
  const cases: [name: string, bytes: Uint8Array, packets: number, truncated: boolean, warning: string][] = [
    ['block length 0', join(start, good, odd(0), good), 1, true, 'at offset 116 claims a length of 0'],
    ['block length 8', join(start, good, odd(8), good), 1, true, 'claims a length of 8'],
    ['block length no multiple of four', join(start, good, odd(35), good), 1, true, 'claims a length of 35'],
    ['block of 4 GiB', join(start, good, odd(0xffff_fffc), good), 1, true, 'claims 4,294,967,292 bytes, more than'],
    [
      'unknown block of 4 GiB',
      join(start, good, block(true, 0x99, [], 0xffff_fffc), good),
      1,
      true,
      'ends inside a block that was passed over',
    ],
    ['unknown interface', join(start, enhanced(true, 7, 1n, data), good), 1, false, 'a packet names interface 7, the section describes 1'],
    ['packet before any interface', join(section(true), good), 0, false, 'a packet names interface 0, the section describes 0'],
    ['packet longer than its block', join(start, enhanced(true, 0, 1n, data, [], 5000), good), 1, false, 'a packet claims 5,000 bytes'],
    [
      'packet of 4 GiB in a small block',
      join(start, enhanced(true, 0, 1n, data, [], 0xffff_ffff), good),
      1,
      false,
      'a packet claims 4,294,967,295 bytes',
    ],
    ['packet block too short', join(start, block(true, 6, [0, 0, 0, 0]), good), 1, false, 'a packet block is too short'],
    [
      'option beyond its block',
      join(section(true), block(true, 1, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 200, 0]), good),
      1,
      false,
      'options of interface 0 are damaged',
    ],
    [
      'interface description too short',
      join(section(true), block(true, 1, [1, 0, 0, 0])),
      0,
      false,
      'an interface description is too short',
    ],
    [
      'statistics of an unknown interface',
      join(start, block(true, 5, [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
      0,
      false,
      'interface statistics name',
    ],
    ['names beyond their block', join(start, block(true, 4, [1, 0, 255, 255, 1, 2, 3, 4])), 0, false, 'a name resolution block is damaged'],
    [
      'secrets beyond their block',
      join(start, block(true, 10, [0x4b, 0x53, 0x4c, 0x54, 255, 255, 255, 255])),
      0,
      false,
      'a decryption secrets block',
    ],
    [
      'section header without byte order later on',
      join(start, good, block(true, 0x0a0d0d0a, new Array<number>(16).fill(1))),
      1,
      true,
      'has no byte-order magic',
    ],
    ['trailing length differs', join(start, good.with(good.length - 4, 1), good), 2, false, 'the two lengths of a block differ'],
  ]
  it.each(cases)('%s', async (_name, bytes, packets, truncated, warning) => {
    const { facts } = await readBytes(bytes)
    expect([facts.packets, facts.truncated]).toEqual([packets, truncated])
    expect(facts.warnings[0]).toContain(warning)
  })

  it('reads blocks whose length leaves the padding out', async () => {
    const body = new Bytes(true).u32(0).u64(0n).u32(33).u32(33).raw(data).parts
    const unpadded = new Bytes(true).u32(6).u32(65).raw(body).u32(65).done()
    const padded = new Bytes(true).u32(6).u32(65).raw(body).u8(0, 0, 0).u32(65).done()
    const { facts, packets } = await readBytes(join(start, unpadded, good, padded, good))
    expect([facts.packets, facts.truncated, packets.every((one) => Buffer.compare(one.data, data) === 0)]).toEqual([4, false, true])
  })

  it('passes large unknown blocks over without having them in memory, also in the middle of the file', async () => {
    const large = block(true, 0x99, payload(1, 700_000))
    const { facts, packets } = await readBytes(join(start, good, large, good, large, good))
    expect([facts.packets, facts.truncated, facts.warnings, packets[2]?.data]).toEqual([3, false, [], data])
  })

  it('is bounded with 100,000 interfaces', async () => {
    const one = description(true, [[2, 'x']])
    const bytes = new Uint8Array(100_000 * one.length)
    for (let i = 0; i < 100_000; i++) bytes.set(one, i * one.length)
    const { facts } = await readBytes(join(section(true), bytes, enhanced(true, 65_534, 1n, data), enhanced(true, 99_999, 1n, data), good))
    expect([facts.interfaces.length, facts.packets, facts.interfaces[65_534]?.packets]).toEqual([65_535, 2, 1])
    expect(facts.warnings).toEqual([
      expect.stringContaining('more than 65,535 interfaces'),
      '1 packets were left out: their interfaces are beyond the first 65,535',
    ])
  })

  it('lists at most a hundred warnings', async () => {
    const { facts } = await readBytes(join(start, ...new Array<Uint8Array>(300).fill(enhanced(true, 7, 1n, data))))
    expect([facts.packets, facts.warnings.length, facts.warnings.at(-1)?.endsWith('(further ones are not listed)')]).toEqual([0, 50, true])
  })
})
