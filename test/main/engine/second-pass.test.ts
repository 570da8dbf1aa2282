import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { allProtocols } from '../../../dissectors/core/fields.ts'
import type { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { valueText } from '../../../dissectors/core/values.ts'
import { walkFiles } from '../../../main/engine/file-order.ts'
import { Ternary } from '../../../main/engine/filter/columns.ts'
import { mhNote, mhRoot } from '../../../main/engine/filter/mh-fields.ts'
import { Asks } from '../../../main/engine/filter/steps.ts'
import { IndexColumns } from '../../../main/engine/index-columns.ts'
import { type Capture, closeCapture, openCapture } from '../../../main/engine/open.ts'
import { compileOrFail, runFilter } from '../../../main/engine/queries/filter.ts'
import { Redissector } from '../../../main/engine/redissect.ts'

const SAMPLE = join(import.meta.dirname, '../../../main/samples/mptcp-failover.pcapng')

const REMARK = new RegExp(`^(${mhRoot}|${mhNote}) `)

const fieldsOf = (recorder: FieldRecorder): string[] => {
  const lines: string[] = []
  for (let i = 0; i < recorder.count; i++)
    lines.push(
      `${recorder.field[i]} ${recorder.offset[i]! - (recorder.sources[recorder.source[i] as number]?.begin ?? 0)} ${valueText(recorder, i)}`,
    )
  return lines
}

/** The second pass may know more (a connection's number before its handshake was complete), never less or other. */
const holdsInOrder = (all: string[], some: string[]): boolean => {
  let at = 0
  for (const line of all) if (line === some[at]) at++
  return at === some.length
}

let capture: Capture
let columns: IndexColumns
beforeAll(async () => {
  capture = await openCapture([SAMPLE])
  columns = new IndexColumns(capture)
})

describe('rehomings in the packet list', () => {
  it('marks the packet that decided a move, while its evidence is found by filter', () => {
    const decided: [number, string][] = []
    const evidence: number[] = []
    for (let row = 0; row < capture.index.rows; row++) {
      const id = columns.decided(row)
      if (id !== null) decided.push([row + 1, id])
      if (columns.rehomings(row).includes('r1')) evidence.push(row + 1)
    }
    const moves = capture.analyzer.rehomings()
    expect(decided).toEqual(moves.map(({ frame, id }) => [frame, id]))
    for (const { frame, t } of moves) expect(capture.index.time((frame as number) - 1) / 1e9).toBeCloseTo(t - columns.timeEpoch(0), 5)
    expect(evidence).toEqual(moves[0]?.frames)
    expect(evidence.length).toBeGreaterThan(1)
  })
})

it('knows the rehomings in the end though rows were looked at while the capture was read', async () => {
  let early: IndexColumns | null = null
  const opened = await openCapture([SAMPLE], {
    onBegin: (first) => {
      early = new IndexColumns(first)
      expect(early.decided(0)).toBe(null)
    },
  })
  const rows = (opened.analyzer.rehomings()[0]?.frames ?? []).map((frame) => frame - 1)
  expect(rows.length).toBeGreaterThan(1)
  for (const row of rows) expect((early as unknown as IndexColumns).rehomings(row)).toEqual(['r1'])
  closeCapture(opened)
})

describe('second pass', () => {
  it('walks single packets, last first, to the fields that the pass in file order gives', async () => {
    const inOrder: string[][] = []
    await walkFiles([SAMPLE], (_walk, recorder) => {
      inOrder.push(fieldsOf(recorder))
      return undefined
    })
    expect(inOrder.length).toBe(capture.index.rows)
    const redissector = new Redissector(capture)
    const different: number[] = []
    for (let row = capture.index.rows - 1; row >= 0; row--) {
      expect(redissector.dissect(row)).toBe(true)
      // what the analysis remarks on the packet is known only here
      const again = fieldsOf(redissector.recorder).filter((line) => !REMARK.test(line))
      if (!holdsInOrder(again, inOrder[row] as string[]) || again.length > (inOrder[row] as string[]).length + 1) different.push(row)
    }
    expect(different).toEqual([])
  })

  it('answers the presence of every protocol from the index as a dissection would', () => {
    const redissector = new Redissector(capture)
    const wrong: string[] = []
    for (let row = 0; row < capture.index.rows; row++) {
      redissector.dissect(row)
      const { recorder } = redissector
      const present = new Set<number>()
      for (let i = 0; i < recorder.count; i++) present.add(recorder.field[i] as number)
      for (const protocol of allProtocols()) {
        if (protocol.name === 'frame' || protocol.name === 'mh') continue
        const expected = present.has(protocol.field) ? Ternary.Yes : Ternary.No
        if (columns.hasProtocol(row, protocol.id) !== expected) wrong.push(`frame ${row + 1}: ${protocol.name}`)
      }
    }
    expect(wrong.slice(0, 20)).toEqual([])
  })

  it.each([
    'tcp',
    'tcp.options.mptcp.subtype == 1',
    'tcp.flags.syn == 1',
    'ipv6.src == 2001:db8:a:1::10 and not tcp',
    'frame.len > 1000 or icmpv6',
    'frame.number <= 10',
    'mh.session == "s1" and tcp.len > 0',
  ])('finds with the help of the index what a walk over every packet finds: %s', async (text) => {
    const filter = compileOrFail(text)
    const rows = await runFilter(capture, columns, filter, new AbortController().signal)
    const redissector = new Redissector(capture)
    const expected: number[] = []
    for (let row = 0; row < capture.index.rows; row++)
      if (redissector.dissect(row) && filter.matches(redissector.recorder, columns, row)) expected.push(row)
    expect([...rows]).toEqual(expected)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThan(capture.index.rows)
  })

  it('gives a filter up between slices when it is told to', async () => {
    const abort = new AbortController()
    abort.abort()
    const slow = {
      ...compileOrFail('tcp'),
      asks: Asks.Packet,
      prefilter: () => {
        const end = performance.now() + 1
        while (performance.now() < end);
        return Ternary.No
      },
    }
    await expect(runFilter(capture, columns, slow, abort.signal)).rejects.toMatchObject({ code: 'cancelled' })
  })
})
