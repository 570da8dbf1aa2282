/** Comments of rehomings and findings on exported packets: each once, on the right packet, however many there are. */
import { expect, test } from 'vitest'
import { type ExportedPacket, packetPieces } from '../../../main/export/session-pcapng.ts'
import type { FindingReport } from '../../../shared/report.ts'
import { payload } from '../files/capture-bytes.ts'
import { readBytes } from '../files/read-all.ts'
import { rehomings, report, start } from './example.ts'

const bytes = payload(1, 60)
const packetsOf = (frames: readonly number[]): ExportedPacket[] =>
  frames.map((frame) => ({ frame, epochNanoseconds: BigInt(Math.round((start + frame) * 1e6)) * 1000n, interface: 0, wire: 60, bytes }))

async function comments(frames: readonly number[], findings: FindingReport[], moves = rehomings.slice(0, 0)) {
  const pieces = [
    ...packetPieces({
      interfaces: [{ linkType: 1 }],
      packets: packetsOf(frames),
      rehomings: moves,
      findings,
      session: null,
      origin: 'x',
      generator: { name: 'rehome', version: '0' },
    }),
  ]
  const back = await readBytes(Buffer.concat(pieces))
  return back.comments.map(([at, text]) => [frames[at], text.split(':')[0]])
}

const finding = (id: string, frames: number[]): FindingReport => ({ ...(report.findings[0] as FindingReport), id, frames })

test('stand on the first evidence that is exported, else on the first packet after all of it', async () => {
  const found = await comments([2, 5, 9], [finding('f1', [5, 9]), finding('f2', [3, 4]), finding('f3', [11]), finding('f4', [9])])
  expect(found).toEqual([
    [5, 'f1'],
    [5, 'f2'],
    [9, 'f4'],
  ])
})

test('a capture with as many findings as packets is exported at once', async () => {
  const frames = Array.from({ length: 40_000 }, (_, at) => at + 1)
  const findings = frames.map((frame) => finding(`f${frame}`, [40_001 - frame]))
  const begin = performance.now()
  expect((await comments(frames, findings)).length).toBe(40_000)
  // one look at each of them for each packet took some ten seconds
  expect(performance.now() - begin).toBeLessThan(4_000)
}, 60_000)
