/** What the index says of addresses and ports is what stands in the packet's headers, and filters that ask for them find the same rows. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fieldById, fieldIds } from '../../../dissectors/core/fields.ts'
import type { FlowEnds } from '../../../main/engine/filter/flow-fields.ts'
import { IndexColumns } from '../../../main/engine/index-columns.ts'
import { type Capture, closeCapture, openCapture } from '../../../main/engine/open.ts'
import { compileOrFail, runFilter } from '../../../main/engine/queries/filter.ts'
import { Redissector } from '../../../main/engine/redissect.ts'
import { formatAddress } from '../../../shared/address.ts'
import { shared } from '../../shared-material.ts'

const TRANSPORTS = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
])
const ADDRESS_SIZE: Readonly<Record<string, number>> = { ipv4: 4, ipv6: 16 }
/** of a folder; all of them, by hand, after a change of what is plain */
const EACH = process.env.REHOME_ALL_CAPTURES === undefined ? 8 : Number.POSITIVE_INFINITY
const LARGE = 3e6

function captures(): string[] {
  const root = shared('captures')
  const folders = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory())
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => join(root, folder, name))
      .filter((path) => /cap(ng)?$/.test(path) && statSync(path).size < LARGE)
      .slice(0, EACH),
  )
}

async function withCapture(path: string, use: (capture: Capture) => Promise<void> | void): Promise<void> {
  const capture = await openCapture([path]).catch(() => null)
  if (capture === null) return
  try {
    await use(capture)
  } finally {
    await closeCapture(capture)
  }
}

/** Every occurrence of the field in the packet that was walked last, as text. */
function recorded({ recorder }: Redissector, name: string): string[] {
  const [id] = fieldIds(name)
  const found: string[] = []
  for (let i = 0; i < recorder.count; i++) {
    if (recorder.field[i] !== id) continue
    const bytes = recorder.sources[recorder.source[i] as number]?.bytes as Uint8Array
    const size = ADDRESS_SIZE[fieldById(id as number).type]
    found.push(size === undefined ? String(recorder.value[i]) : formatAddress(bytes, recorder.offset[i] as number, size))
  }
  return found
}

/** Does the packet say what its flow says? The first field that differs, null: none. */
function difference(walked: Redissector, ends: FlowEnds): string | null {
  const differs = (name: string, expected: string[]): string | null => {
    const found = recorded(walked, name)
    return found.join() === expected.join() ? null : `${name} is ${found}, its flow says ${expected}`
  }
  const { addresses, size, senderPort, receiverPort } = ends
  for (const [family, bytes] of [
    ['ip', 4],
    ['ipv6', 16],
  ] as const) {
    const of = (at: number): string[] => (size === bytes ? [formatAddress(addresses, at, size)] : [])
    const found = differs(`${family}.src`, of(0)) ?? differs(`${family}.dst`, of(16))
    if (found !== null) return found
  }
  const transport = TRANSPORTS.get(ends.transport)
  return differs(`${transport}.srcport`, [String(senderPort)]) ?? differs(`${transport}.dstport`, [String(receiverPort)])
}

test('the ends of a flow are the addresses and ports of the packet, each of which it has once', async () => {
  const wrong: string[] = []
  let sure = 0
  let rows = 0
  for (const path of captures())
    await withCapture(path, (capture) => {
      const columns = new IndexColumns(capture)
      const walked = new Redissector(capture, 1 << 20)
      rows += capture.index.rows
      for (let row = 0; row < capture.index.rows; row++) {
        const ends = columns.flowEnds(row)
        if (ends === null || !walked.dissect(row)) continue
        sure++
        const found = difference(walked, ends)
        if (found !== null) wrong.push(`${path} frame ${row + 1}: ${found}`)
      }
    })
  expect(wrong.slice(0, 20)).toEqual([])
  expect(sure).toBeGreaterThan(rows / 3)
})

const FILTERS = [
  'tcp.port == 5001',
  'tcp.port != 5001',
  'not tcp.port == 5001',
  'tcp.srcport in {5001, 40000..65535}',
  'not tcp.port in {5001}',
  'udp.dstport > 1024 and ip.src == 10.0.0.0/8',
  'ip.addr == 10.1.0.0/16 or ipv6.addr == fd00::/8',
  'all ip.addr == 10.0.0.0/8',
  'any tcp.port != 5001',
  'tcp.port',
  'sctp.port == 5001 xor udp.port == 9899',
  'ip.src contains 0a:01',
  'tcp.dstport & 1',
  'ipv6.src[0:2] == fd:00',
  'ip.src == ip.dst',
]

test.each(['sctp-failover-udp', 'mptcp-failover', 'ra-multiprefix', 'synthetic-lisp'])('%s: the same rows as walked', async (name) => {
  await withCapture(shared('testbed', 'recorded', `${name}.pcapng`), async (capture) => {
    const columns = new IndexColumns(capture)
    const walked = new Redissector(capture)
    for (const text of FILTERS) {
      const filter = compileOrFail(text)
      const expected: number[] = []
      for (let row = 0; row < capture.index.rows; row++)
        if (walked.dissect(row) && filter.matches(walked.recorder, columns, row)) expected.push(row)
      expect([text, ...(await runFilter(capture, columns, filter, new AbortController().signal))]).toEqual([text, ...expected])
    }
  })
})
