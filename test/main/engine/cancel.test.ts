/** Giving up while a capture is read: what was read is there, walked to its last row, and no more than a span is read behind it. */
import { expect, test } from 'vitest'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { NO_PROTOCOL } from '../../../main/engine/index.ts'
import { type Capture, closeCapture, openCapture } from '../../../main/engine/open.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { inFile } from '../files/read-all.ts'

const RAW_IP = 101
const PACKETS = 60_000
const SPAN = 1024

/** One chunk of the file has all of them. */
function capture(): Uint8Array {
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: RAW_IP, name: 'upA' })
  const bytes = emitUdpPacket(Uint8Array.of(1), {
    source: '192.0.2.1',
    destination: '203.0.113.1',
    sourcePort: 40000,
    destinationPort: 7000,
  })
  for (let i = 0; i < PACKETS; i++) encoder.packet(0, BigInt(i) * 1000n, bytes, bytes.length)
  return encoder.take()
}

test.each([1, 3000, 20_000])('given up after %i packets', async (after) => {
  await inFile(capture(), async (path) => {
    const abort = new AbortController()
    let begun: Capture | null = null
    let seen = 0
    const look = (): void => {
      seen = begun?.index.rows ?? 0
      if (seen >= after) abort.abort()
      else setImmediate(look)
    }
    look()
    const opened = await openCapture([path], { signal: abort.signal, onBegin: (one) => (begun = one) })
    const { index } = opened
    expect(index.rows).toBeGreaterThanOrEqual(after)
    expect(index.rows).toBeLessThanOrEqual(seen + SPAN)
    expect([opened.complete, opened.settled]).toEqual([false, true])
    expect(opened.analyzer.sessionCount).toBe(1)
    for (let row = 0; row < index.rows; row++) if (index.protocol(row) === NO_PROTOCOL) expect(row).toBe(-1)
    expect(opened.files[0]?.facts.packets).toBe(index.rows)
    closeCapture(opened)
  })
})
