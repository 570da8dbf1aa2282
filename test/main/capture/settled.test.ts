/** A session is told when what was captured shortly after it has been looked at, however long a busy machine takes to hand that over. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { LiveAnalysis } from '../../../main/capture/live-analysis.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { datagram } from './packets.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-settled-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const EPOCH = 1_700_000_000_000_000_000n
const LAST_OF_SOURCE = 29

/** The same words from two sources to one receiver, 2 ms apart, each 20 ms. */
function copies(encoder: PcapngEncoder, from: number, to: number): void {
  for (let n = from; n < to; n++)
    for (const [source, later] of [
      [1, 0],
      [77, 2],
    ] as const) {
      const packet = datagram(1, n)
      packet[LAST_OF_SOURCE] = source
      encoder.packet(0, EPOCH + BigInt(n * 20 + later) * 1_000_000n, packet, 60)
    }
}

test.each([
  { name: 'the third copy comes late to the analysis', pause: 400, told: ['s1'] },
  { name: 'nothing more is captured for long', pause: 1_500, told: ['s1', 's2'] },
])('$name', async ({ pause, told }) => {
  const path = join(folder, `${pause}.pcapng`)
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: 1, name: 'wan0' })
  copies(encoder, 0, 2)
  const begin = encoder.take()
  copies(encoder, 2, 10)
  const whole = Buffer.concat([begin, encoder.take()])
  const opened: string[] = []
  let over = (): void => {}
  const finished = new Promise<void>((resolve) => {
    over = resolve
  })
  const analysis = new LiveAnalysis((answer) => {
    if (answer.kind === 'event' && answer.event.type === 'session-opened') opened.push(answer.event.session.id)
    if (answer.kind === 'finished') over()
  })
  writeFileSync(path, begin)
  analysis.take({ kind: 'written', number: 1, path, bytes: begin.length, closed: false })
  await wait(pause)
  writeFileSync(path, whole)
  analysis.take({ kind: 'written', number: 1, path, bytes: whole.length, closed: true })
  await wait(300)
  analysis.take({ kind: 'finish' })
  await finished
  expect(opened).toEqual(told)
})
