/** Seeded damage: whatever is changed in a capture, reading it ends, in bounds, with packets and words or with a refusal. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CaptureFileError } from '../../../main/files/types.ts'
import { Bytes, block, description, enhanced, join, old, payload, pcap, section, simple } from './capture-bytes.ts'
import { readBytes } from './read-all.ts'

/** xorshift32 */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const names = new Bytes(true).u16(1).u16(9).raw([10, 0, 0, 1, 104, 111, 115, 116, 0]).pad().u16(0).u16(0).parts
const samples: [name: string, bytes: Uint8Array][] = [
  ['pcap', pcap({ records: [1, 2, 3, 4].map((n) => ({ seconds: n, fraction: n, data: payload(n, 20 * n) })) })],
  [
    'pcap, big-endian nanoseconds',
    pcap({ little: false, magic: 0xa1b23c4d, records: [1, 2].map((n) => ({ seconds: n, fraction: n, data: payload(n, 9) })) }),
  ],
  [
    'pcapng',
    join(
      section(true, [[1, 'comment']]),
      description(
        true,
        [
          [2, 'upA'],
          [9, Uint8Array.of(9)],
        ],
        1,
        64,
      ),
      enhanced(true, 0, 5n, payload(1, 30), [[1, 'note']]),
      block(true, 4, names),
      old(true, 0, 1, 7n, payload(2, 13)),
      simple(true, 80, payload(3, 64)),
      block(true, 10, new Bytes(true).u32(0x544c534b).u32(4).u32(1).parts),
      section(false),
      description(false),
      enhanced(false, 0, 9n, payload(4, 31)),
      block(false, 5, new Bytes(false).u32(0).u64(0n).u16(4).u16(8).u64(3n).parts),
    ),
  ],
]

describe.each(samples)('damaged %s', (_name, sample) => {
  it('is read or refused, never more', async () => {
    const next = random(20_261_121)
    const extremes = [0, 1, 0x7f, 0x80, 0xfe, 0xff]
    for (let round = 0; round < 250; round++) {
      const bytes = Uint8Array.from(sample)
      for (let changes = 1 + next(4); changes > 0; changes--) {
        const at = next(bytes.length)
        if (next(3) === 0) bytes.fill(extremes[next(extremes.length)] as number, at, at + 4)
        else bytes[at] = next(2) === 0 ? (extremes[next(extremes.length)] as number) : (bytes[at] as number) ^ (1 << next(8))
      }
      const form = round % 10 === 9 ? gzipSync(bytes) : bytes
      const result = await readBytes(form).catch((error: unknown) => error)
      if (result instanceof CaptureFileError) continue
      expect(result).toHaveProperty('facts')
      const { facts, packets } = result as Awaited<ReturnType<typeof readBytes>>
      expect(packets.length).toBe(facts.packets)
      for (const packet of packets) {
        // every packet lies inside the file, and belongs to an interface
        expect(packet.fileOffset + packet.data.length).toBeLessThanOrEqual(bytes.length)
        expect(packet.data).toEqual(bytes.slice(packet.fileOffset, packet.fileOffset + packet.data.length))
        expect(facts.interfaces[packet.interface]?.id).toBe(packet.interface)
        expect(Number.isInteger(packet.time)).toBe(true)
      }
      expect(facts.interfaces.reduce((sum, one) => sum + one.packets, 0)).toBe(facts.packets)
      if (facts.truncated) expect(facts.warnings.length).toBeGreaterThan(0)
    }
  })
})
