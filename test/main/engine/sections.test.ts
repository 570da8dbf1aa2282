/** Captures put one behind the other in one file: each section is walked at its own time, whatever its clock says against the one before it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { type Capture, closeCapture, openCapture } from '../../../main/engine/open.ts'
import { Stretches } from '../../../main/engine/stretches.ts'
import type { FileFacts, RecordBatch } from '../../../main/files/types.ts'
import { PcapngEncoder } from '../../../main/files/writer.ts'
import { shared } from '../../shared-material.ts'
import { inFile } from '../files/read-all.ts'

const folder = mkdtempSync(join(tmpdir(), 'rehome-sections-'))
afterAll(() => rmSync(folder, { recursive: true }))

// recorded in this order
const EARLIER = shared('testbed', 'recorded', 'mptcp-backup.pcapng')
const LATER = shared('testbed', 'recorded', 'sctp-failover.pcapng')

function behind(name: string, pieces: readonly string[], pack = (bytes: Buffer): Buffer => bytes): string {
  const path = join(folder, name)
  writeFileSync(path, pack(Buffer.concat(pieces.map((piece) => readFileSync(piece)))))
  return path
}

/** Sessions and moves; rows are counted from `firstRow` on. */
async function told(path: string): Promise<{ sessions: unknown[]; moves: unknown[]; warnings: string[]; firstTimes: number[] }> {
  const begun: Capture[] = []
  const capture = await openCapture([path], { onBegin: (one) => begun.push(one) })
  try {
    // What was shown last is what stays.
    expect(begun.at(-1)).toBe(capture)
    const { sessions, rehomings } = capture.analyzer.report([], '0')
    const firstTimes = Array.from(
      { length: capture.index.rows },
      (_, row) => capture.index.time(row) + Number(capture.base % 1_000_000_000_000_000n),
    )
    return {
      sessions: sessions
        .map((s) => [s.protocol, s.opened.toFixed(3), s.pairs.map((p) => `${p.initiator} ${p.interface} ${p.packets}`)])
        .sort(),
      moves: rehomings.map((r) => [r.t.toFixed(3), r.from.interface, r.to.interface, r.label]).sort(),
      warnings: capture.warnings,
      firstTimes,
    }
  } finally {
    closeCapture(capture)
  }
}

test.each([
  ['the clock of the second is earlier', [LATER, EARLIER], undefined],
  ['the second goes on after the first', [EARLIER, LATER], undefined],
  ['in a compressed file', [LATER, EARLIER], gzipSync],
])('%s', async (name, pieces, pack) => {
  const alone = [await told(EARLIER), await told(LATER)]
  const both = await told(behind(`${name}.pcapng`, pieces, pack as ((bytes: Buffer) => Buffer) | undefined))
  expect(both.sessions).toEqual(alone.flatMap((one) => one.sessions).sort())
  expect(both.moves).toEqual(alone.flatMap((one) => one.moves).sort())
  expect(both.moves).toHaveLength(4)
  expect(both.warnings).toEqual([])
  // Frames keep the order of the file.
  const inOrder = pieces[0] === EARLIER ? alone : alone.concat().reverse()
  expect(both.firstTimes).toEqual(inOrder.flatMap((one) => one.firstTimes))
})

const NO_FACTS = {} as FileFacts
function batch(...time: number[]): RecordBatch {
  return { time: Float64Array.from(time, (t) => t * 1e9), count: time.length } as unknown as RecordBatch
}

test.each([
  { what: 'one section, however its clock jumps', sections: undefined, times: [0, 100, 10], rows: [0] },
  { what: 'a section that goes on', sections: [2], times: [0, 5, 5], rows: [0] },
  { what: 'a section that begins within what is put in order anyway', sections: [2], times: [0, 5, 3.1], rows: [0] },
  { what: 'a section that begins before that', sections: [2], times: [0, 5, 2.9], rows: [0, 2] },
  { what: 'one that goes on after a stretch that went back', sections: [2, 3], times: [60, 65, 2, 70], rows: [0, 2] },
  { what: 'sections without a packet', sections: [0, 2, 2, 3], times: [60, 65, 2, 1, -9], rows: [0, 2] },
])('$what', ({ sections, times, rows }) => {
  const facts = sections === undefined ? NO_FACTS : ({ sections } as FileFacts)
  for (const cut of [1, 2, times.length]) {
    const stretches = new Stretches()
    for (let at = 0; at < times.length; at += cut) stretches.take(batch(...times.slice(at, at + cut)), facts)
    expect(stretches.all.map(({ row }) => row)).toEqual(rows)
    expect(stretches.all.map(({ time }) => time / 1e9)).toEqual(rows.map((row) => times[row]))
  }
})

test('what is before a new stretch in a batch is told', () => {
  const stretches = new Stretches()
  expect(stretches.take(batch(60, 61), { sections: [3, 4] } as FileFacts)).toBe(2)
  expect(stretches.take(batch(62, 10, 0, 1), { sections: [3, 4] } as FileFacts)).toBe(1)
})

test('a file of nothing but section headers is read in time that grows with its length', async () => {
  const sections = 200_000
  const header = new PcapngEncoder().take()
  const encoder = new PcapngEncoder()
  encoder.addInterface({ linkType: 101 })
  encoder.packet(0, 0n, Uint8Array.of(0x45), 1)
  const whole = encoder.take()
  const bytes = new Uint8Array(whole.length + sections * header.length)
  bytes.set(whole)
  for (let i = 0; i < sections; i++) bytes.set(header, whole.length + i * header.length)
  const from = performance.now()
  await inFile(bytes, async (path) => {
    const capture = await openCapture([path])
    expect(capture.index.rows).toBe(1)
    expect(capture.files[0]?.facts.sections?.length).toBe(sections)
    closeCapture(capture)
  })
  // a list that is copied for each of them takes a minute
  expect(performance.now() - from).toBeLessThan(15_000)
})
