/** Frames that were captured twice are heard once, and what hosts say twice is heard twice. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Copy, FrameCopies } from '../../../main/engine/copies.ts'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import { shared } from '../../shared-material.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-copies-'))
afterAll(() => rmSync(folder, { recursive: true }))

const MS = 1e6

/** A frame with an IPv4 packet (or IPv6) whose content is a number. */
function frame(content: number, { six = false, hops = 64, tag = false, mac = 1 } = {}): Uint8Array {
  const packet = new Uint8Array(six ? 60 : 40)
  packet[0] = six ? 0x60 : 0x45
  packet[six ? 7 : 8] = hops
  packet[six ? 20 : 11] = six ? 1 : hops
  packet.set([content, content >> 8], packet.length - 2)
  const type = six ? [0x86, 0xdd] : [8, 0]
  return Uint8Array.of(...new Array(12).fill(mac), ...(tag ? [0x81, 0, 0, 7] : []), ...type, ...packet)
}

const ERSPAN = [0x88, 0xbe, 0, 0, 0, 0, 0x10, 10, 0, 5, 0, 0, 0, 0]
const ERSPAN_3 = [0x22, 0xeb, 0, 0, 0, 0, 0x20, 10, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8]

/** The frame in a packet of GRE, numbered as mirrors number them, or in one of TZSP. */
function mirrored(inner: Uint8Array, number: number, header: readonly number[] | 'tzsp'): Uint8Array {
  const behind = header === 'tzsp' ? [0, 1, 0x90, 0x90, 0, 0, 0, 0, 1, 0, 0, 1, 0, 41, 2, 5, 220, 1] : [0x10, 0, ...header]
  const packet = Uint8Array.of(
    0x45,
    0,
    0,
    0,
    0,
    number,
    0,
    0,
    64,
    header === 'tzsp' ? 17 : 47,
    0,
    0,
    1,
    1,
    1,
    1,
    2,
    2,
    2,
    2,
    ...behind,
    ...inner,
  )
  return Uint8Array.of(...new Array(12).fill(9), 8, 0, ...packet)
}

/** How many of these are known to be copies. */
function known(frames: readonly { at: number; bytes: Uint8Array; iface?: number }[], linkType = 1): number {
  const copies = new FrameCopies()
  for (const { at, bytes, iface } of frames) copies.again(bytes, 0, bytes.length, linkType, iface ?? 0, at)
  return copies.count
}

/** How many of these are known to be packets that another place has seen before. */
function elsewhere(frames: readonly { at: number; bytes: Uint8Array; iface?: number }[], linkType = 1): number {
  const copies = new FrameCopies()
  let found = 0
  for (const { at, bytes, iface } of frames) if (copies.again(bytes, 0, bytes.length, linkType, iface ?? 0, at) === Copy.Elsewhere) found++
  expect(copies.elsewhere).toBe(found)
  return found
}

function doubled(copy: (n: number) => { at?: number; bytes?: Uint8Array; iface?: number }, six = false): number {
  return known(
    Array.from({ length: 20 }, (_, n) => {
      const first = { at: n * 10 * MS, bytes: frame(n, { six }) }
      const { at = 0.005 * MS, ...more } = copy(n)
      return [first, { ...first, ...more, at: first.at + at }]
    }).flat(),
  )
}

describe('a capture in which everything comes twice', () => {
  test.each([
    ['microseconds later', 16, () => ({})],
    ['up to 3 ms later', 16, (n: number) => ({ at: (n % 3) * MS })],
    ['later than that', 0, () => ({ at: 3 * MS })],
    ['with other MAC addresses and a hop less', 16, (n: number) => ({ bytes: frame(n, { hops: 63, mac: 2 }) })],
    ['with a VLAN tag', 16, (n: number) => ({ bytes: frame(n, { tag: true }) })],
    ['not the same', 0, (n: number) => ({ bytes: frame(n + 1000) })],
  ])('%s: %s are copies, but for the first', (_, count, copy) => {
    expect(doubled(copy)).toBe(count)
  })
  test.each([
    ['ERSPAN', ERSPAN],
    ['ERSPAN of type III', ERSPAN_3],
    ['TZSP', 'tzsp'],
  ] as const)('mirrored by %s, whose own headers differ', (_, header) => {
    const sights = (n: number) => [0, 1].map((i) => ({ at: n * 10 * MS + i, bytes: mirrored(frame(n), n * 2 + i, header) }))
    expect(known(Array.from({ length: 20 }, (_, n) => sights(n)).flat())).toBe(16)
    const different = Array.from({ length: 40 }, (_, n) => ({ at: n * MS, bytes: mirrored(frame(n), n, header) }))
    expect(known(different)).toBe(0)
  })
  test('of IPv6', () => {
    expect(doubled((n) => ({ bytes: frame(n, { six: true, hops: 63 }) }), true)).toBe(16)
    // What may not be forwarded is no copy with another hop limit.
    const neighbour = (n: number, hops: number): Uint8Array => frame(n, { six: true, hops })
    const frames = Array.from({ length: 20 }, (_, n) => [255, 254].map((hops, i) => ({ at: n * 10 * MS + i, bytes: neighbour(n, hops) })))
    expect(known(frames.flat())).toBe(0)
  })
})

describe('a capture in two places', () => {
  type Sight = { at: number; bytes: Uint8Array; iface?: number }
  const packets = (second: (n: number) => Partial<Sight>, six = false) =>
    Array.from({ length: 20 }, (_, n) => {
      const first: Sight = { at: n * 10 * MS, bytes: frame(n, { six }) }
      const { at = 30 * MS, ...more } = second(n)
      return [first, { ...first, ...more, at: first.at + at }]
    })
      .flat()
      .sort((a, b) => a.at - b.at)
  test.each([
    ['of another interface', 12, () => ({ iface: 1 })],
    ['of another interface at the same time', 12, () => ({ iface: 1, at: 0 })],
    ['with other addresses of the link', 12, (n: number) => ({ bytes: frame(n, { mac: 2 }) })],
    ['with a hop less', 12, (n: number) => ({ bytes: frame(n, { hops: 63 }) })],
    ['two seconds later on the same interface', 0, (n: number) => ({ bytes: frame(n, { mac: 2 }), at: 2000 * MS })],
    ['of another interface whose clock is ten seconds behind', 12, () => ({ iface: 1, at: 10_000 * MS })],
    ['a minute later', 0, () => ({ iface: 1, at: 60_000 * MS })],
    ['that says the same later', 0, () => ({})],
    ['that says something else', 0, (n: number) => ({ iface: 1, bytes: frame(n + 1000) })],
  ])('%s: %s are known, but for the first', (_, count, second) => {
    expect(elsewhere(packets(second))).toBe(count)
  })
  test('whose clocks differ: by how much is said', () => {
    const copies = new FrameCopies()
    for (const { at, bytes, iface } of packets((n) => ({ iface: 1, at: 9500 * MS + (n % 3) * MS })))
      copies.again(bytes, 0, bytes.length, 1, iface ?? 0, at)
    expect(copies.warnings()).toEqual([
      expect.stringContaining('12 packets were captured in two places'),
      'the clocks of the two places differ by about 9.5 s: times are those of the place whose clock is behind; editcap -t moves a capture',
    ])
  })
  test('of IPv6', () => {
    expect(elsewhere(packets((n) => ({ bytes: frame(n, { six: true, hops: 60, mac: 3 }) }), true))).toBe(12)
  })
  test('of one host in ten that one interface sees: those of that host only', () => {
    const host = (address: number, n: number): Uint8Array => {
      const bytes = frame(n)
      bytes[14 + 15] = address
      return bytes
    }
    const frames = Array.from({ length: 400 }, (_, n) => {
      const first = { at: n * MS, bytes: host(n % 10, n), iface: 0 }
      return n % 10 === 0 ? [first, { ...first, at: first.at + 20 * MS, iface: 1 }] : [first]
    })
    expect(elsewhere(frames.flat().sort((a, b) => a.at - b.at))).toBe(32)
  })
  test.each([
    ['five seconds later, from the other side', 5000, 0],
    ['at once', 31, 1],
  ])('of which somebody repeats one %s: %s ms, %i more', (_, after, more) => {
    const all = packets(() => ({ iface: 1 }))
    const last = all[all.length - 1] as Sight
    expect(elsewhere([...all, { ...last, at: last.at + after * MS, iface: 1 }]) - 12).toBe(more)
  })
  test('a few packets that somebody else repeats are heard', () => {
    const frames = Array.from({ length: 400 }, (_, n) => {
      const first = { at: n * 10 * MS, bytes: frame(n) }
      return n % 5 === 0 ? [first, { at: first.at + 5 * MS, bytes: frame(n, { mac: 9 }) }] : [first]
    })
    expect(elsewhere(frames.flat())).toBe(0)
  })
})

describe('segmentation offload between two places', () => {
  const MSS = 1400
  type Place = { mac: number; iface: number; hops: number }
  const HERE = { mac: 1, iface: 0, hops: 64 }
  const THERE = { mac: 2, iface: 1, hops: 63 }
  /** A frame of TCP: `data` and `ack` are what it is about, in segments. */
  function segment(place: Place, data: number, segments: number, { back = false, ack = 0, flags = 0x10, zero = false } = {}): Uint8Array {
    const payload = Math.round(segments * MSS)
    const bytes = new Uint8Array(14 + 40 + payload)
    const view = new DataView(bytes.buffer)
    bytes.fill(place.mac, 0, 12)
    view.setUint16(12, 0x800)
    bytes[14] = 0x45
    view.setUint16(16, zero ? 0 : 40 + payload)
    bytes.set([place.hops, 6, 0, place.hops], 22)
    bytes.set(back ? [2, 2, 2, 2, 1, 1, 1, 1, 0, 80, 156, 64] : [1, 1, 1, 1, 2, 2, 2, 2, 156, 64, 0, 80], 26)
    view.setUint32(38, 1000 + data * MSS)
    view.setUint32(42, 5000 + ack * MSS)
    bytes.set([0x50, flags], 46)
    return bytes
  }
  type Sight = { at: number; bytes: Uint8Array; iface: number }
  const sight = (at: number, place: Place, ...of: [number, number, object?]): Sight => ({
    at: at * MS,
    bytes: segment(place, ...(of as [number, number])),
    iface: place.iface,
  })
  /** Sixteen bursts of four segments, which the sender's card cuts up; each is acknowledged. */
  function upload(there: (burst: number, sights: Sight[]) => Sight[] = (_, sights) => sights, zero = false): Sight[] {
    const all: Sight[] = []
    for (let burst = 0; burst < 16; burst++) {
      const t = burst * 20
      all.push(sight(t, HERE, burst * 4, 4, { zero }))
      const cut = Array.from({ length: 4 }, (_, n) => sight(t + 5 + n * 0.1, THERE, burst * 4 + n, 1))
      all.push(...there(burst, cut))
      const ack = { back: true, ack: burst * 4 + 4 }
      all.push(sight(t + 6, { ...THERE, hops: 64 }, 0, 0, ack), sight(t + 11, { ...HERE, hops: 63 }, 0, 0, ack))
    }
    return all.sort((a, b) => a.at - b.at)
  }
  /** Acknowledgements from the ninth on that came again; then all segments of the bursts behind it. */
  const ACKNOWLEDGEMENTS = 16 - 8

  test.each([
    ['cut up', upload(), 8 * 4],
    ['of no length, as it is too much for its field', upload(undefined, true), 8 * 4],
    [
      'put together otherwise',
      upload((burst, sights) => (burst % 2 === 0 ? sights : [sight(burst * 20 + 5, THERE, burst * 4, 4)])),
      4 * 4 + 4,
    ],
    [
      'of which one is lost on the way, and sent again',
      upload((burst, sights) => (burst === 12 ? [...sights.slice(0, 3), sight(258, HERE, 51, 1), sight(263, THERE, 51, 1)] : sights)),
      8 * 4,
    ],
  ])('%s: what is further on was seen', (_, sights, large) => {
    expect(elsewhere(sights)).toBe(ACKNOWLEDGEMENTS + large)
  })
  test('what the first place has lost is heard in the second', () => {
    const sights = upload().filter(({ at, iface, bytes }) => !(iface === 0 && bytes.length > 2000 && at === 12 * 20 * MS))
    // Until the first place is ahead again.
    expect(elsewhere(sights)).toBe(ACKNOWLEDGEMENTS + 8 * 4 - 4)
  })
  test('what the second place alone sees, two seconds later, is heard', () => {
    const later = Array.from({ length: 4 }, (_, n) => sight(16 * 20 + 2100 + n, THERE, 60 + n, 1))
    expect(elsewhere([...upload(), ...later])).toBe(ACKNOWLEDGEMENTS + 8 * 4)
  })
  test('the same ports begin anew', () => {
    const begin = [HERE, THERE].map((place, n) => sight(400 + n * 5, place, 0, 0, { flags: 2 }))
    const again = { ack: 77 }
    const burst = [sight(420, HERE, 0, 4, again), ...[0, 1, 2, 3].map((n) => sight(425 + n, THERE, n, 1, again))]
    expect(elsewhere([...upload(), ...begin, ...burst])).toBe(ACKNOWLEDGEMENTS + 8 * 4 + 1 + 4)
  })
  test('one place sends large segments again and again: nothing is elsewhere', () => {
    const sights = Array.from({ length: 200 }, (_, n) => sight(n * 20, HERE, n >> 1, 1))
    expect(elsewhere(sights)).toBe(0)
  })
})

test.each([
  ['the same datagram again and again, as a flood sends it', () => 0],
  ['every fourth thing twice, as acknowledgements are', (n: number) => (n % 4 === 3 ? n - 1 : n)],
])('hosts may say %s', (_, content) => {
  expect(known(Array.from({ length: 400 }, (_, n) => ({ at: n * 0.2 * MS, bytes: frame(content(n)) })))).toBe(0)
})

/** The recording with each packet once more, up to 2.9 ms later: blocks of the first section, whose times are nanoseconds. */
function twice(path: string): Buffer {
  const bytes = readFileSync(path)
  const out: Buffer[] = []
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = bytes.readUInt32LE(at + 4)
    const block = bytes.subarray(at, at + length)
    out.push(block)
    if (bytes.readUInt32LE(at) === 6) {
      const copy = Buffer.from(block)
      const time = ((BigInt(block.readUInt32LE(12)) << 32n) | BigInt(block.readUInt32LE(16))) + BigInt((n * 77_777) % 2_900_000)
      copy.writeUInt32LE(Number(time >> 32n), 12)
      copy.writeUInt32LE(Number(time & 0xffff_ffffn), 16)
      out.push(copy)
    }
    at += length
  }
  return Buffer.concat(out)
}

/** The recording as a router on the way would have it: another link, a hop less, 20 to 25 ms later. */
function onTheWay(path: string): Buffer {
  const bytes = Buffer.from(readFileSync(path))
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = bytes.readUInt32LE(at + 4)
    if (bytes.readUInt32LE(at) === 6) {
      const time =
        ((BigInt(bytes.readUInt32LE(at + 12)) << 32n) | BigInt(bytes.readUInt32LE(at + 16))) + BigInt(20_000_000 + (n % 6) * 1_000_000)
      bytes.writeUInt32LE(Number(time >> 32n), at + 12)
      bytes.writeUInt32LE(Number(time & 0xffff_ffffn), at + 16)
      const frame = bytes.subarray(at + 28, at + 28 + bytes.readUInt32LE(at + 20))
      const type = frame.readUInt16BE(12)
      const hops = type === 0x800 ? 22 : type === 0x86dd ? 21 : -1
      if (hops > 0 && (frame[hops] as number) !== 255) {
        frame.fill(0x42, 0, 12)
        frame[hops] = (frame[hops] as number) - 1
        // one less in the high byte is 0x100 more in the sum's complement
        if (hops === 22) frame.writeUInt16BE((frame.readUInt16BE(24) + 0x100 + (frame.readUInt16BE(24) >= 0xff00 ? 1 : 0)) & 0xffff, 24)
      }
    }
    at += length
  }
  return bytes
}

const SAME = /^\d+ packets are second captures of the same frames \(within 3 ms\) and were heard once$/
const TWO =
  /^\d+ packets were captured in two places on their way \(both ends, or both sides of a router\) and were heard once, in the first$/

test.each([
  ...['sctp-asconf', 'sctp-failover', 'mptcp-failover', 'bicast'].map((name) => ({
    name,
    how: 'twice',
    make: twice,
    together: false,
    words: SAME,
  })),
  ...['sctp-asconf', 'sctp-failover', 'mptcp-failover', 'quic-migration'].map((name) => ({
    name,
    how: 'in two places',
    make: onTheWay,
    together: true,
    words: TWO,
  })),
])('$name, captured $how, tells the same', async ({ name, how, make, together, words }) => {
  const path = shared('testbed', 'recorded', `${name}.pcapng`)
  const copy = join(folder, `${name}-${how}.pcapng`)
  writeFileSync(copy, make(path))
  const [once, both] = await Promise.all(
    [[path], together ? [path, copy] : [copy]].map(async (files) => {
      const capture = await openCapture(files)
      const { sessions, rehomings, findings } = capture.analyzer.report([], '0')
      closeCapture(capture)
      return {
        sessions: sessions.map(({ protocol, labels }) => [protocol, labels]),
        moves: rehomings.map(({ t, label, to }) => [t.toFixed(2), label, to.interface]),
        // what is only worth knowing of a site (ING-9 to ING-11) is about its exits, and another place has others
        findings: findings.filter(({ severity }) => severity !== 'info').map(({ rule, severity }) => `${rule} ${severity}`),
        resent: sessions.flatMap(({ pairs }) => pairs).reduce((n, pair) => n + (pair.retransmitted ?? 0), 0),
        warnings: capture.warnings,
      }
    }),
  )
  expect(both?.sessions).toEqual(once?.sessions)
  expect(both?.moves).toEqual(once?.moves)
  expect(both?.findings).toEqual(once?.findings)
  // before it is known that frames come twice
  expect(both?.resent).toBeLessThanOrEqual((once?.resent ?? 0) + (together ? 12 : 4))
  expect(once?.warnings).toEqual([])
  expect(both?.warnings).toEqual([expect.stringMatching(words)])
})
