/** What the writer writes, read back with the reader, and byte for byte where another reader depends on it. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PcapngEncoder, PcapngFile } from '../../../main/files/writer.ts'
import { payload } from './capture-bytes.ts'
import { inFile, readBytes, readPath } from './read-all.ts'

describe('pcapng writer', () => {
  it('lays blocks out as the format says', () => {
    const encoder = new PcapngEncoder()
    encoder.addInterface({ linkType: 1, name: 'upA', addresses: ['10.0.0.1/8'] })
    encoder.packet(0, 0x1_0000_0002n, Uint8Array.of(1, 2, 3), 9, ['note'])
    expect(
      Buffer.from(encoder.take())
        .toString('hex')
        .replace(/(.{8})/g, '$1 ')
        .trim(),
    ).toBe(
      [
        '0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000', // section header
        '01000000 34000000 01000000 00000000', // interface description: Ethernet, no snaplen
        '02000300 75704100 04000800 0a000001 ff000000 09000100 09000000 00000000 34000000',
        '06000000 30000000 00000000 01000000 02000000 03000000 09000000 01020300', // enhanced packet
        '01000400 6e6f7465 00000000 30000000',
      ].join(' '),
    )
    expect(encoder.pending).toBe(0)
  })

  it('comes back from the reader as it went in', async () => {
    const encoder = new PcapngEncoder({ application: 'Rehome', os: 'Linux', hardware: 'x86', comments: ['one', 'zwei äöü'] })
    const described = {
      linkType: 101,
      name: 'wlan0',
      description: 'uplink',
      snaplen: 96,
      addresses: ['192.0.2.1/24', '2001:db8::1/64', '198.51.100.7', 'no address'],
      mac: '02:00:5e:10:00:01',
      filter: 'ip6',
      hardware: 'card',
      os: 'Linux 6',
    }
    expect([encoder.addInterface(described), encoder.addInterface({ linkType: 1, mac: 'zz' })]).toEqual([0, 1])
    encoder.packet(1, 1_700_000_000_123_456_789n, payload(1, 61), 1500)
    encoder.packet(0, 1_700_000_000_123_456_788n, payload(2, 0), 0, ['first', 'second'])
    encoder.packet(0, -5n, payload(3, 4), 4)
    expect(() => encoder.packet(2, 0n, payload(1, 1), 1)).toThrow(RangeError)
    encoder.statistics(0, { received: 12, dropped: 3 })
    encoder.statistics(1, { received: null, dropped: null })
    const { facts, packets, comments } = await readBytes(encoder.take())
    expect(packets.map(({ interface: on, time, wire, data }) => ({ on, time, wire, data }))).toEqual([
      { on: 1, time: 0, wire: 1500, data: payload(1, 61) },
      { on: 0, time: -1, wire: 0, data: payload(2, 0) },
      { on: 0, time: Number(-1_700_000_000_123_456_789n), wire: 4, data: payload(3, 4) },
    ])
    expect(comments).toEqual([
      [1, 'first'],
      [1, 'second'],
    ])
    expect([facts.baseNanoseconds, facts.application, facts.os, facts.hardware, facts.comments, facts.truncated, facts.warnings]).toEqual([
      1_700_000_000_123_456_789n,
      'Rehome',
      'Linux',
      'x86',
      ['one', 'zwei äöü'],
      false,
      [],
    ])
    expect(facts.interfaces[0]).toEqual({
      ...described,
      id: 0,
      addresses: ['192.0.2.1/24', '2001:db8::1/64', '198.51.100.7/32'],
      ticksPerSecond: 1_000_000_000n,
      offsetSeconds: 0n,
      packets: 2,
      dropped: 3,
      received: 12,
    })
    expect([facts.interfaces[1]?.mac, facts.interfaces[1]?.received, facts.interfaces[1]?.dropped]).toEqual([null, null, null])
  })

  it('cuts comments that no option can hold, between characters', async () => {
    const encoder = new PcapngEncoder()
    encoder.addInterface({ linkType: 1 })
    encoder.packet(0, 1n, payload(1, 1), 1, ['ü'.repeat(70_000)])
    const { comments, facts } = await readBytes(encoder.take())
    expect([facts.truncated, facts.packets, comments]).toEqual([false, 1, [[0, 'ü'.repeat(8192)]]])
  })

  it('writes a private file in pieces, and never over another one unasked', async () => {
    await inFile(payload(1, 3), async (existing) => {
      const path = join(dirname(existing), 'new.pcapng')
      const file = await PcapngFile.create(path, { application: 'Rehome' })
      file.encoder.addInterface({ linkType: 1, name: 'a' })
      for (let i = 0; i < 1000; i++) {
        file.encoder.packet(0, BigInt(i), payload(i, 1000), 1000)
        await file.flush()
      }
      expect(file.encoder.pending).toBeLessThan(256 * 1024)
      await file.close([{ received: 1000, dropped: 0 }])
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      const { facts, packets } = await readPath(path)
      expect([facts.packets, packets[999]?.data, facts.interfaces[0]?.received, facts.interfaces[0]?.dropped]).toEqual([
        1000,
        payload(999, 1000),
        1000,
        0,
      ])
      await expect(PcapngFile.create(path, {})).rejects.toThrow('EEXIST')
      await (await PcapngFile.create(path, {}, { overwrite: true })).close()
      expect((await readFile(path)).length).toBe(28)
    })
  })
})
