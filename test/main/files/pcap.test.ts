/** Classic pcap: byte orders, resolutions, header variants, and what happens at every kind of end. */
import { describe, expect, it } from 'vitest'
import { join, payload, pcap } from './capture-bytes.ts'
import { readBytes } from './read-all.ts'

const a = payload(1, 60)
const b = payload(2, 1)
const c = payload(3, 0)

describe('pcap', () => {
  const variants: [name: string, options: Partial<Parameters<typeof pcap>[0]>, unit: number, header: number][] = [
    ['little-endian, microseconds', { little: true }, 1000, 16],
    ['big-endian, microseconds', { little: false }, 1000, 16],
    ['little-endian, nanoseconds', { little: true, magic: 0xa1b23c4d }, 1, 16],
    ['big-endian, nanoseconds', { little: false, magic: 0xa1b23c4d }, 1, 16],
    ['modified header', { little: true, magic: 0xa1b2cd34 }, 1000, 24],
    ['modified header, big-endian', { little: false, magic: 0xa1b2cd34 }, 1000, 24],
    ['version 2.2 with the lengths swapped', { little: true, minor: 2, swapLengths: true }, 1000, 16],
  ]
  it.each(variants)('%s', async (_name, options, unit, header) => {
    const records = [
      { seconds: 4_000_000_000, fraction: 999_999, data: a, wire: 1500 },
      { seconds: 4_000_000_001, fraction: 5, data: b },
      { seconds: 3_999_999_999, fraction: 0, data: c, wire: 40 },
    ]
    const { facts, packets } = await readBytes(pcap({ ...options, linkType: 101, records }))
    expect(packets).toEqual([
      { time: 0, interface: 0, wire: 1500, data: a, fileOffset: 24 + header },
      { time: 1e9 - 999_994 * unit, interface: 0, wire: 1, data: b, fileOffset: 24 + 2 * header + 60 },
      { time: -1e9 - 999_999 * unit, interface: 0, wire: 40, data: c, fileOffset: 24 + 3 * header + 61 },
    ])
    expect(facts.baseNanoseconds).toBe(4_000_000_000_000_000_000n + BigInt(999_999 * unit))
    expect({ ...facts, path: '', interfaces: facts.interfaces.map(({ linkType, packets }) => ({ linkType, packets })) }).toMatchObject({
      format: 'pcap',
      gzip: false,
      packets: 3,
      bytesRead: facts.bytesTotal,
      truncated: false,
      warnings: [],
      interfaces: [{ linkType: 101, packets: 3 }],
    })
  })

  it('keeps the link type when the header tells of a frame check sequence', async () => {
    const { facts } = await readBytes(pcap({ linkType: 0x5400_0001, records: [] }))
    expect(facts.interfaces[0]?.linkType).toBe(1)
  })

  it('has no packets and no base when there is only a header', async () => {
    const { facts, batches } = await readBytes(pcap({ records: [] }))
    expect([facts.packets, facts.baseNanoseconds, facts.truncated, facts.warnings, batches]).toEqual([0, 0n, false, [], 0])
  })

  it('is read as far as it goes, wherever it is cut', async () => {
    const whole = pcap({ records: [1, 2, 3].map((n) => ({ seconds: n, fraction: 0, data: payload(n, 5) })) })
    const ends = [24, 45, 66, 87]
    for (let length = 24; length <= whole.length; length++) {
      const { facts, packets } = await readBytes(whole.subarray(0, length))
      const complete = ends.findLastIndex((end) => end <= length)
      const clean = ends.includes(length)
      expect([length, packets.length, facts.truncated, facts.warnings.length]).toEqual([length, complete, !clean, clean ? 0 : 1])
      if (!clean) expect(facts.warnings[0]).toContain(`offset ${ends[complete]} (packet ${complete + 1}:`)
    }
  })

  it('stops with words at a record of 4 GiB', async () => {
    const records = [
      { seconds: 1, fraction: 0, data: a },
      { seconds: 2, fraction: 0, data: b, claimed: 0xffff_ffff },
      { seconds: 3, fraction: 0, data: a },
    ]
    const { facts, packets } = await readBytes(pcap({ records }))
    expect(packets.length).toBe(1)
    expect([facts.truncated, facts.warnings]).toEqual([
      true,
      [
        'packet 2 at offset 100 claims 4,294,967,295 bytes, more than the 16,777,216 that are accepted: the file is damaged there and was read up to it',
      ],
    ])
  })

  it('accepts a packet of 16 MiB, across chunks', async () => {
    const large = payload(9, 16 * 1024 * 1024)
    const records = [
      { seconds: 1, fraction: 0, data: a },
      { seconds: 2, fraction: 0, data: b },
    ]
    const head = pcap({ records })
    const middle = pcap({ records: [{ seconds: 3, fraction: 0, data: c, claimed: large.length }] }).subarray(24)
    const tail = pcap({ records }).subarray(24)
    const { facts, packets } = await readBytes(join(head, middle, large, tail))
    expect(packets.map((one) => one.data.length)).toEqual([60, 1, large.length, 60, 1])
    expect(Buffer.compare(packets[2]?.data as Uint8Array, large)).toBe(0)
    expect(packets[4]).toEqual({ time: 1e9, interface: 0, wire: 1, data: b, fileOffset: head.length + 16 + large.length + tail.length - 1 })
    expect(facts.truncated).toBe(false)
  })
})
