/** Frames that were captured twice are heard once, and what hosts say twice is heard twice. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FrameCopies } from '../../../main/engine/copies.ts'
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

/** How many of these are known to be copies. */
function known(frames: readonly { at: number; bytes: Uint8Array; iface?: number }[], linkType = 1): number {
  const copies = new FrameCopies()
  for (const { at, bytes, iface } of frames) copies.again(bytes, 0, bytes.length, linkType, iface ?? 0, at)
  return copies.count
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
    ['on another interface', 0, () => ({ iface: 1 })],
    ['not the same', 0, (n: number) => ({ bytes: frame(n + 1000) })],
  ])('%s: %s are copies, but for the first', (_, count, copy) => {
    expect(doubled(copy)).toBe(count)
  })
  test('of IPv6', () => {
    expect(doubled((n) => ({ bytes: frame(n, { six: true, hops: 63 }) }), true)).toBe(16)
    // What may not be forwarded is no copy with another hop limit.
    const neighbour = (n: number, hops: number): Uint8Array => frame(n, { six: true, hops })
    const frames = Array.from({ length: 20 }, (_, n) => [255, 254].map((hops, i) => ({ at: n * 10 * MS + i, bytes: neighbour(n, hops) })))
    expect(known(frames.flat())).toBe(0)
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

test.each(['sctp-asconf', 'sctp-failover', 'mptcp-failover', 'bicast'])('%s, captured twice, tells the same', async (name) => {
  const path = shared('testbed', 'recorded', `${name}.pcapng`)
  const copy = join(folder, `${name}.pcapng`)
  writeFileSync(copy, twice(path))
  const [once, both] = await Promise.all(
    [path, copy].map(async (file) => {
      const capture = await openCapture([file])
      const { sessions, rehomings, findings } = capture.analyzer.report([], '0')
      closeCapture(capture)
      return {
        sessions: sessions.map(({ protocol, labels }) => [protocol, labels]),
        moves: rehomings.map(({ t, label, to }) => [t.toFixed(2), label, to.interface]),
        findings: findings.map(({ rule, severity }) => `${rule} ${severity}`),
        resent: sessions.flatMap(({ pairs }) => pairs).reduce((n, pair) => n + (pair.retransmitted ?? 0), 0),
        warnings: capture.warnings,
      }
    }),
  )
  expect(both?.sessions).toEqual(once?.sessions)
  expect(both?.moves).toEqual(once?.moves)
  expect(both?.findings).toEqual(once?.findings)
  // before it is known that frames come twice
  expect(both?.resent).toBeLessThanOrEqual((once?.resent ?? 0) + 4)
  expect(once?.warnings).toEqual([])
  expect(both?.warnings).toEqual([
    expect.stringMatching(/^\d+ packets are second captures of the same frames \(within 3 ms\) and were heard once$/),
  ])
})
