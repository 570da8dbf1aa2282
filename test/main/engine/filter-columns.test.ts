/**
 * Filters that the index answers: what is kept by set of layers, compared without registers or looked up by flow says the same as each packet by
 * itself, walked again and asked.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ternary } from '../../../main/engine/filter/columns.ts'
import { IndexColumns } from '../../../main/engine/index-columns.ts'
import { type Capture, closeCapture, openCapture } from '../../../main/engine/open.ts'
import { compileOrFail, runFilter } from '../../../main/engine/queries/filter.ts'
import { Redissector } from '../../../main/engine/redissect.ts'
import { shared } from '../../shared-material.ts'

type Plain = (columns: IndexColumns, row: number) => boolean
const any = (list: readonly string[], holds: (text: string) => boolean): boolean => list.some(holds)
const all = (list: readonly string[], holds: (text: string) => boolean): boolean => list.length > 0 && list.every(holds)

const COLUMNS: readonly [string, Plain][] = [
  ['frame.len > 100', (c, row) => c.frameLength(row) > 100],
  ['100 >= frame.len', (c, row) => c.frameLength(row) <= 100],
  ['frame.len == 54', (c, row) => c.frameLength(row) === 54],
  ['frame.len != 54', (c, row) => c.frameLength(row) !== 54],
  ['any frame.len != 54', (c, row) => c.frameLength(row) !== 54],
  ['all frame.len == 54', (c, row) => c.frameLength(row) === 54],
  ['frame.number <= 0x10', (_, row) => row + 1 <= 16],
  ['frame.number > 0', () => true],
  ['frame.cap_len < 4294967295', () => true],
  ['frame.len & 1 == 1', (c, row) => (c.frameLength(row) & 1) === 1],
  ['frame.time_relative >= 1.5', (c, row) => c.timeRelative(row) >= 1.5],
  ['frame.time_relative == 0', (c, row) => c.timeRelative(row) === 0],
  ['frame.interface_id == 1', (c, row) => c.interfaceId(row) === 1],
  ['mh.session == "s1"', (c, row) => any(c.sessions(row), (text) => text === 's1')],
  ['mh.session != "s1"', (c, row) => all(c.sessions(row), (text) => text !== 's1')],
  ['any mh.session != "s1"', (c, row) => any(c.sessions(row), (text) => text !== 's1')],
  ['all mh.session == "s1"', (c, row) => all(c.sessions(row), (text) => text === 's1')],
  ['mh.session == "\\x73\\x31"', (c, row) => any(c.sessions(row), (text) => text === 's1')],
  ['mh.session == "\\xff"', () => false],
  ['mh.session contains "1"', (c, row) => any(c.sessions(row), (text) => text.includes('1'))],
  ['upper(mh.session) == "S1"', (c, row) => any(c.sessions(row), (text) => text === 's1')],
  ['len(mh.session) == 2', (c, row) => any(c.sessions(row), (text) => text.length === 2)],
  ['count(mh.session) == 2', (c, row) => c.sessions(row).length === 2],
  ['mh.rehoming == "r1" and frame.len > 60', (c, row) => c.rehomings(row).includes('r1') && c.frameLength(row) > 60],
]

/** answered by layers alone, in part, or not at all */
const LAYERS = [
  'sctp',
  'tcp or udp',
  'not tcp',
  'tcp xor ipv6',
  'sctp.chunk_type == 4',
  'tcp.port == 443 or udp',
  'not (ip.ttl == 64)',
  'tcp && frame.len > 80',
  'mh.session and sctp',
  'frame contains 45:00',
  'tcp.dstport == frame.interface_id or frame.len < 60',
  '!(tcp.flags & 2)',
]

describe.each(['sctp-failover', 'mptcp-failover', 'quic-migration', 'synthetic-lisp'])('%s', (name) => {
  let capture: Capture
  let columns: IndexColumns
  beforeAll(async () => {
    capture = await openCapture([shared('testbed', 'recorded', `${name}.pcapng`)])
    columns = new IndexColumns(capture)
  })
  afterAll(() => closeCapture(capture))

  const run = async (text: string) => [...(await runFilter(capture, columns, compileOrFail(text), new AbortController().signal))]
  const rowsWith = (holds: (row: number) => boolean) => Array.from({ length: capture.index.rows }, (_, row) => row).filter(holds)

  it.each(COLUMNS)('%s', async (text, plain) => {
    expect(await run(text)).toEqual(rowsWith((row) => plain(columns, row)))
  })

  it.each(LAYERS)('%s', async (text) => {
    const filter = compileOrFail(text)
    const walked = new Redissector(capture)
    const expected = rowsWith((row) => walked.dissect(row) && filter.matches(walked.recorder, columns, row))
    expect(await run(text)).toEqual(expected)
    for (const row of rowsWith((at) => filter.prefilter(columns, at) === Ternary.Yes)) expect(expected).toContain(row)
  })

  it('names the sessions of a packet as the analysis does, asked again and from the end', () => {
    const { analyzer, index } = capture
    const expected = rowsWith(() => true).map((row) => {
      const flow = index.flow(row)
      return (flow < 0 ? [] : analyzer.sessionsOfPacket(flow, index.direction(row), index.time(row), index.rowFlags(row))).map(
        (number) => `s${number + 1}`,
      )
    })
    const backwards = [...expected.keys()].reverse().map((row) => columns.sessions(row))
    expect(backwards.reverse()).toEqual(expected)
    expect([...expected.keys()].map((row) => columns.sessions(row))).toEqual(expected)
  })
})
