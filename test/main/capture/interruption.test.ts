/** A connection that stood still is told while the capture runs: once, and when no move can have been in it any more. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { LiveAnalysis } from '../../../main/capture/live-analysis.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-interruption-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const EPOCH = 1_700_000_000_000_000_000n
const ACK = 0x10

/** Ethernet, IPv4, TCP: from the client at 40000 to the server at 80, or back. */
function segment(fromClient: boolean, sequence: number, acknowledged: number, payload: number, flags = ACK): Uint8Array {
  const bytes = new Uint8Array(54 + payload)
  const view = new DataView(bytes.buffer)
  const [client, server] = [
    [10, 0, 0, 1],
    [203, 0, 113, 10],
  ] as const
  bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45])
  view.setUint16(16, 40 + payload)
  bytes.set([fromClient ? 64 : 60, 6], 22)
  bytes.set(fromClient ? client : server, 26)
  bytes.set(fromClient ? server : client, 30)
  view.setUint16(34, fromClient ? 40000 : 80)
  view.setUint16(36, fromClient ? 80 : 40000)
  view.setUint32(38, sequence)
  view.setUint32(42, acknowledged)
  bytes.set([0x50, flags, 0xff, 0xff], 46)
  return bytes
}

test('it says on what, for how long and why', async () => {
  const path = join(folder, 'live.pcapng')
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: 1, name: 'wan0' })
  const put = (seconds: number, packet: Uint8Array): void => {
    encoder.packet(0, EPOCH + BigInt(Math.round(seconds * 1000)) * 1_000_000n, packet, packet.length)
  }
  const answered = (seconds: number, sequence: number): void => {
    put(seconds, segment(true, sequence, 1, 100))
    put(seconds + 0.02, segment(false, 1, sequence + 100, 0))
  }
  put(0, segment(true, 0, 0, 0, 2))
  put(0.01, segment(false, 0, 1, 0, 0x12))
  put(0.011, segment(true, 1, 1, 0))
  for (let i = 0; i < 20; i++) answered(1 + i / 10, 1 + i * 100)
  const lost = 2001
  for (const seconds of [3, 3.3, 3.9, 5.1]) put(seconds, segment(true, lost, 1, 100))
  put(5.12, segment(false, 1, lost + 100, 0))
  for (let i = 0; i < 20; i++) answered(5.2 + i / 10, lost + 100 + i * 100)
  const parts = [encoder.take()]
  for (let i = 20; i < 60; i++) answered(5.2 + i / 10, lost + 100 + i * 100)
  parts.push(encoder.take())

  const told: [session: string, ms: number, text: string][] = []
  let over = (): void => {}
  const finished = new Promise<void>((resolve) => {
    over = resolve
  })
  const analysis = new LiveAnalysis((answer) => {
    if (answer.kind === 'event' && answer.event.type === 'interruption')
      told.push([answer.event.session, answer.event.interruption.ms, answer.event.interruption.text])
    if (answer.kind === 'finished') over()
  })
  let whole: Uint8Array = new Uint8Array(0)
  const counts: number[] = []
  for (const part of parts) {
    whole = Buffer.concat([whole, part])
    writeFileSync(path, whole)
    analysis.take({ kind: 'written', number: 1, path, bytes: whole.length, closed: part === parts.at(-1) })
    for (let i = 0; i < 40 && counts.length === 1 && told.length === 0; i++) await wait(50)
    if (counts.length === 0) await wait(400)
    counts.push(told.length)
  }
  analysis.take({ kind: 'finish' })
  await finished
  // two seconds after it a move might still have been in it; then it is told, before the capture ends, and not again
  expect(counts).toEqual([0, 1])
  expect(told).toEqual([['s1', expect.closeTo(2180, 0), 'while its data was sent again 3 times']])
})
