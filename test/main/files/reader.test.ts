/** The reader around the formats: refusals, gzip, chunks, progress, cancelling, random access. */

import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join as joinPath } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { chunkBytes, firstChunkBytes } from '../../../main/files/byte-source.ts'
import { openRandomAccess, readCapture } from '../../../main/files/reader.ts'
import { CaptureFileError } from '../../../main/files/types.ts'
import { epochNanoseconds } from '../../../shared/epoch.ts'
import { description, enhanced, join, payload, pcap, section } from './capture-bytes.ts'
import { inFile, readBytes, readPath } from './read-all.ts'

async function refusal(path: string): Promise<CaptureFileError> {
  const error = await readCapture(path, () => {}).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CaptureFileError)
  const refused = error as CaptureFileError
  expect(refused.message).not.toMatch(/[\n\r]/)
  expect(refused.hint).not.toBe('')
  return refused
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const hex = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'hex'))
const small = pcap({ records: [1, 2, 3].map((n) => ({ seconds: n, fraction: 0, data: payload(n, 40) })) })

describe('refusals', () => {
  const contents: [name: string, bytes: Uint8Array, says: RegExp][] = [
    ['an empty file', new Uint8Array(0), /is empty \(0 bytes\)/],
    ['snoop', hex('736e6f6f700000000000000200000004'), /Solaris snoop/],
    ['NetMon', hex('474d425500020100'), /Network Monitor 2/],
    ['ERF', hex('00000000000000000204001000000040'), /ERF/],
    ['ZIP', hex('504b030414000000'), /ZIP archive/],
    ['xz', hex('fd377a585a000004'), /xz file/],
    ['JSON', text('{"a": 1}\n'), /JSON text/],
    ['HTML', text('<!doctype html>'), /XML or HTML/],
    ['a link log', text('[2026-01-01T00:00:00.1] 2: upA: <BROADCAST>'), /log of ip monitor/],
    ['a key log', text('CLIENT_RANDOM 00112233'), /key log/],
    ['text', text('No.  Time  Source\n1 0.0 a'), /is text/],
    ['noise', hex('fe01fe02fe03fe04fe05fe06fe07fe08fe09'), /begins with the bytes fe 01 fe 02 fe 03 fe 04/],
    ['one byte', hex('d4'), /not a capture file/],
    ['pcap of another version', pcap({ records: [], major: 3 }), /pcap file of version 3\.4/],
    ['pcap with reserved bits', pcap({ records: [], linkType: 0x0030_0000 }), /link type field at offset 20/],
    ['a cut pcap header', small.subarray(0, 23), /ends inside its header \(23 of 24 bytes\)/],
    ['a cut pcapng header', section(true).subarray(0, 16), /ends inside its header \(16 of 28 bytes\)/],
    ['pcapng of another version', section(false, [], 9), /pcapng file of version 9\.0/],
    ['pcapng without byte order', section(true).with(8, 0), /byte-order magic at offset 8/],
    ['pcapng with a short header', section(true).with(4, 20), /block length of 20/],
    ['gzip of something else', gzipSync(text('hello there')), /gzip file, and its content is text/],
    ['gzip twice', gzipSync(gzipSync(small)), /compressed more than once/],
    ['gzip of nothing', gzipSync(new Uint8Array(0)), /gzip file without content/],
    ['gzip cut in its header', gzipSync(small).subarray(0, 8), /gzip file without content: the gzip stream ends too early/],
  ]
  it.each(contents)('%s', async (_name, bytes, says) => {
    await inFile(bytes, async (path) => {
      const error = await refusal(path)
      expect(error.code).toBe('not-a-capture')
      expect(error.message).toMatch(says)
      expect(error.message.startsWith(path)).toBe(true)
    })
  })

  it('files that are not there or cannot be read', async () => {
    await inFile(small, async (path) => {
      const directory = dirname(path)
      expect((await refusal(joinPath(directory, 'missing\u001b[2J\n.pcap'))).message).toMatch(/missing\\x1b\[2J\\x0a\.pcap: no such file/)
      expect((await refusal(joinPath(path, 'x'))).code).toBe('not-found')
      expect((await refusal('nul\0name')).code).toBe('not-found')
      await mkdir(joinPath(directory, 'folder'))
      expect(await refusal(joinPath(directory, 'folder'))).toMatchObject({
        code: 'unreadable',
        message: expect.stringContaining('is a directory'),
      })
      expect((await refusal('/dev/null')).message).toContain('no regular file')
      await symlink(path, joinPath(directory, 'link'))
      expect((await readPath(joinPath(directory, 'link'))).packets.length).toBe(3)
      await chmod(path, 0)
      // root may read everything: then there is nothing to refuse
      if (process.getuid?.() !== 0)
        expect(await refusal(path)).toMatchObject({ code: 'unreadable', message: expect.stringContaining('no permission') })
    })
  })
})

/** A capture that is larger than the first chunks, with records that straddle them. */
function large(count: number): Uint8Array {
  const record = pcap({ records: [{ seconds: 7, fraction: 1, data: payload(5, 1001) }] }).subarray(24)
  const bytes = new Uint8Array(24 + count * record.length)
  bytes.set(small.subarray(0, 24))
  for (let i = 0; i < count; i++) {
    bytes.set(record, 24 + i * record.length)
    bytes[24 + i * record.length + 16] = i & 255
  }
  return bytes
}

describe('streaming', () => {
  it('reads across chunks, in memories that stay as they are', async () => {
    const bytes = large(9000)
    await inFile(bytes, async (path) => {
      const kept: { memory: Uint8Array; offset: number; frame: number }[] = []
      const memories = new Set<ArrayBufferLike>()
      let frame = 0
      const progress: number[] = []
      const facts = await readCapture(
        path,
        (batch) => {
          memories.add(batch.memory.buffer)
          for (let i = 0; i < batch.count; i++) kept.push({ memory: batch.memory, offset: batch.offset[i] as number, frame: frame++ })
        },
        { onProgress: (now) => progress.push(now.bytesRead) },
      )
      expect([facts.packets, facts.truncated]).toEqual([9000, false])
      const ends: number[] = []
      for (let end = 0, size = firstChunkBytes; end < bytes.length; size = Math.min(2 * size, chunkBytes)) ends.push((end += size))
      expect(memories.size).toBe(ends.length)
      expect(progress).toEqual(ends.map((end) => Math.min(end, bytes.length)))
      for (const { memory, offset, frame: number } of kept) expect(memory[offset]).toBe(number & 255)
    })
  })

  it('uses few memories in turn where nobody keeps one, and asks each time', async () => {
    await inFile(large(9000), async (path) => {
      const read = async (reuseMemory: boolean | (() => boolean)): Promise<{ memories: number; wrong: number }> => {
        const memories = new Set<ArrayBufferLike>()
        let frame = 0
        let wrong = 0
        await readCapture(
          path,
          (batch) => {
            memories.add(batch.memory.buffer)
            for (let i = 0; i < batch.count; i++) if (batch.memory[batch.offset[i] as number] !== (frame++ & 255)) wrong++
          },
          { reuseMemory },
        )
        return { memories: memories.size, wrong: wrong + Math.abs(frame - 9000) }
      }
      // the smaller ones at the beginning (64, 128 and 256 KiB), and three that take turns: looked at, read ahead, given back
      expect(await read(true)).toEqual({ memories: 6, wrong: 0 })
      const each = (await read(false)).memories
      let asked = 0
      // kept until the last chunk but four: what was given back before is nobody's
      expect(await read(() => ++asked > each - 4)).toMatchObject({ wrong: 0 })
      expect(asked).toBe(each - 1)
    })
  })

  it('waits for the consumer', async () => {
    await inFile(large(600), async (path) => {
      let busy = false
      await readCapture(path, async () => {
        expect(busy).toBe(false)
        busy = true
        await new Promise((resolve) => setTimeout(resolve, 5))
        busy = false
      })
    })
  })

  it('stops after the packets that were asked for', async () => {
    for (const maxPackets of [0, 1, 2, 3, 4]) {
      const { facts, packets } = await readBytes(small, { maxPackets })
      expect([facts.packets, packets.length, facts.truncated]).toEqual([Math.min(3, maxPackets), Math.min(3, maxPackets), false])
    }
  })

  it('cancels at the next chunk and answers what it has', async () => {
    await inFile(large(9000), async (path) => {
      const abort = new AbortController()
      let batches = 0
      const facts = await readCapture(
        path,
        () => {
          batches++
          abort.abort()
        },
        { signal: abort.signal },
      )
      expect([batches, facts.packets > 50 && facts.packets < 80, facts.truncated]).toEqual([1, true, false])
    })
  })

  it('hands errors of the consumer on and closes the file', async () => {
    await inFile(small, async (path) => {
      const before = (await readdir('/proc/self/fd').catch(() => [])).length
      for (let i = 0; i < 20; i++) {
        await expect(
          readCapture(path, () => {
            throw new RangeError('mine')
          }),
        ).rejects.toThrow(new RangeError('mine'))
      }
      expect((await readdir('/proc/self/fd').catch(() => [])).length - before).toBeLessThan(10)
    })
  })
})

describe('gzip', () => {
  it('reads pcap and pcapng, also of several members', async () => {
    const half = 24 + 70
    const forms = [gzipSync(small), Uint8Array.from([...gzipSync(small.subarray(0, half)), ...gzipSync(small.subarray(half))])]
    for (const form of forms) {
      const { facts, packets } = await readBytes(form)
      expect([facts.gzip, facts.format, facts.bytesRead, facts.streamBytes, facts.truncated, facts.warnings]).toEqual([
        true,
        'pcap',
        form.length,
        small.length,
        false,
        [],
      ])
      expect(packets).toEqual((await readBytes(small)).packets)
    }
    const { facts } = await readBytes(gzipSync(join(section(false), description(false), enhanced(false, 0, 1n, payload(1, 9)))))
    expect([facts.format, facts.packets]).toEqual(['pcapng', 1])
  })

  it('reads large files across chunks', async () => {
    const bytes = large(9000)
    const { facts, packets } = await readBytes(gzipSync(bytes, { level: 1 }))
    expect([facts.packets, facts.streamBytes, facts.truncated]).toEqual([9000, bytes.length, false])
    expect(packets.every((one, i) => one.data[0] === (i & 255) && one.fileOffset === 40 + i * 1017)).toBe(true)
  })

  it('is read as far as it goes when it is cut anywhere', async () => {
    const noise = pcap({
      records: Array.from({ length: 40 }, (_, n) => ({
        seconds: n,
        fraction: 0,
        data: Uint8Array.from({ length: 50 }, (_v, i) => (n * n * 131 + i * i * 17) & 255),
      })),
    })
    const packed = gzipSync(noise)
    let last = -1
    for (let length = 60; length < packed.length; length += 7) {
      const result = await readBytes(packed.subarray(0, length)).catch((error: unknown) => error)
      if (result instanceof CaptureFileError) {
        expect(last).toBe(-1)
        continue
      }
      const { facts } = result as Awaited<ReturnType<typeof readBytes>>
      expect([length, facts.truncated, facts.packets >= last]).toEqual([length, true, true])
      expect(facts.warnings[0]).toMatch(/the gzip stream ends too early: \d+ packets were read/)
      last = facts.packets
    }
    expect(last).toBeGreaterThan(30)
  })

  it('says so when it is damaged', async () => {
    const bytes = large(3000)
    const packed = gzipSync(bytes, { level: 1 })
    const checksum = packed.length - 8
    const { facts } = await readBytes(packed.with(checksum, (packed[checksum] as number) ^ 1))
    // what zlib had not handed over yet is lost: at most 16 KiB
    expect([facts.packets > 3000 - 17, facts.truncated]).toEqual([true, true])
    expect(facts.warnings[0]).toMatch(/^the gzip stream is damaged \(incorrect data check\): 2,9\d\d packets were read up to there$/)
    packed.fill(0xff, packed.length / 2, packed.length / 2 + 64)
    const inside = (await readBytes(packed)).facts
    expect([inside.truncated, inside.packets > 0 && inside.packets < 3000, inside.warnings.length > 0]).toEqual([true, true, true])
  })

  it('keeps a decompression bomb in bounds', async () => {
    const bomb = gzipSync(join(small, new Uint8Array(300 * 1024 * 1024)), { level: 9 })
    const abort = new AbortController()
    let most = 0
    await inFile(bomb, (path) =>
      readCapture(
        path,
        (batch, facts) => {
          most = Math.max(most, batch.memory.length)
          if ((facts.streamBytes ?? 0) > 64 * 1024 * 1024) abort.abort()
        },
        { signal: abort.signal },
      ),
    )
    expect(most).toBeLessThan(5 * 1024 * 1024)
  })
})

describe('random access', () => {
  it('finds every packet again, plain and gzip', async () => {
    const bytes = large(3000)
    for (const form of [bytes, gzipSync(bytes, { level: 1 })]) {
      await inFile(form, async (path) => {
        const { facts, packets } = await readPath(path)
        const access = await openRandomAccess(path, facts)
        for (const packet of [packets[0], packets[257], packets[1234], packets[2999]]) {
          if (packet === undefined) throw new Error('packet is missing')
          expect(await access.readAt(packet.fileOffset, packet.data.length)).toEqual(packet.data)
          expect(access.readAtSync(packet.fileOffset, packet.data.length)).toEqual(packet.data)
        }
        expect((await access.readAt(bytes.length - 3, 10)).length).toBe(3)
        expect(access.readAtSync(bytes.length + 3, 10).length).toBe(0)
        access.close()
        access.close()
      })
    }
  })

  it('leaves no spool behind', async () => {
    const spools = async (): Promise<string[]> => (await readdir(tmpdir())).filter((name) => name.startsWith('rehome-spool-'))
    const before = await spools()
    await inFile(gzipSync(small), async (path) => {
      const { facts } = await readPath(path)
      const access = await openRandomAccess(path, facts)
      expect(access.readAtSync(40, 40)).toEqual(payload(1, 40))
      access.close()
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await spools()).toEqual(before)
      await writeFile(path, 'gone')
      await expect(openRandomAccess(joinPath(dirname(path), 'missing'), facts)).rejects.toThrow(CaptureFileError)
    })
  })
})

describe('epoch time', () => {
  it('gives back what the file says', () => {
    const year = 31_536_000_000_000_000
    expect([
      epochNanoseconds(1_000_000_001n, 5, 1_000_000_000n),
      epochNanoseconds(1_000_000_000n, -2_000_000_000, 1_000_000n),
      epochNanoseconds(1_041_342_931_300_000_000n, 10 * year + 171_000, 1_000_000n),
      epochNanoseconds(0n, -(10 * year + 171_000), 1_000_000n),
    ]).toEqual([1_000_000_006n, -1_000_000_000n, 1_356_702_931_300_171_000n, -315_360_000_000_171_000n])
  })
})
