/** Records of hops: one for each (flow, direction, hop), however often a flow goes back and forth. */
import { describe, expect, test } from 'vitest'
import { HopTable } from '../../../dissectors/core/hops.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { Walk } from '../../../dissectors/core/walk.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'

const macs = (receiver: number, sender: number): Uint8Array => Uint8Array.from([2, 0, 0, 0, 0, receiver, 2, 0, 0, 0, 0, sender])

/** Packets of flow 0 over hops, named by the last byte of the receiver. */
function played(hops: [receiver: number, iface: number][]): HopTable {
  const table = new HopTable()
  const walk = new Walk(new StreamState(nodeCrypto))
  hops.forEach(([receiver, iface], row) => {
    const memory = macs(receiver, 9)
    walk.start(memory, 0, 12, 12, row, row * 1e9, iface)
    walk.linkDestination = 0
    walk.linkSource = 6
    walk.networks = 1
    table.note(0, 0, walk, memory)
  })
  return table
}
const records = (table: HopTable): unknown[] =>
  Array.from({ length: table.count }, (_, i) => [
    table.receiver[table.hop[i] as number],
    table.packets[i],
    table.firstRow[i],
    table.thirdRow[i],
    table.lastRow[i],
  ])

const M = 0x020000000000
describe('records', () => {
  test('first, third and last packet of each hop', () => {
    expect(
      records(
        played([
          [1, 0],
          [1, 0],
          [1, 0],
          [1, 0],
          [2, 0],
        ]),
      ),
    ).toEqual([
      [M + 1, 4, 0, 2, 3],
      [M + 2, 1, 4, -1, 4],
    ])
  })
  test('back and forth between two, and among three', () => {
    expect(
      records(
        played([
          [1, 0],
          [2, 0],
          [1, 0],
          [2, 0],
          [1, 0],
        ]),
      ).map((r) => (r as number[])[1]),
    ).toEqual([3, 2])
    expect(
      records(
        played([
          [1, 0],
          [2, 0],
          [3, 0],
          [1, 0],
          [2, 0],
          [3, 0],
        ]),
      ).map((r) => (r as number[])[1]),
    ).toEqual([2, 2, 2])
  })
  test('the interface is part of the hop', () => {
    expect(
      played([
        [1, 0],
        [1, 1],
      ]).count,
    ).toBe(2)
  })
  test('packets inside a tunnel have none', () => {
    const table = new HopTable()
    const walk = new Walk(new StreamState(nodeCrypto))
    walk.start(macs(1, 2), 0, 12, 12, 0, 0, 0)
    walk.networks = 2
    table.note(0, 0, walk, walk.bytes)
    expect([table.count, table.recordOf(0, 0)]).toEqual([0, -1])
  })
})

test('of more hops than are kept apart the further ones are nobody else’s: their packets have none, and are counted', () => {
  const table = new HopTable()
  for (let i = 0; i < 65_536; i++) table.intern(0, i, 1)
  expect([table.intern(0, 5, 1), table.intern(0, 70_000, 1)]).toEqual([5, -1])
  table.put(0, 0, table.intern(0, 70_000, 1), 0, 0)
  expect([table.lastOf(0, 0), table.count, table.overflow]).toEqual([-1, 0, 1])
})

test('hops beyond 65,536 have no record: their packets are counted, those of known hops still have theirs', () => {
  const hops = new HopTable()
  for (let mac = 0; mac < 65_536; mac++) hops.intern(0, mac, 1)
  const further = hops.intern(0, 65_536, 1)
  for (let n = 0; n < 3; n++) hops.put(0, 0, further, n, n)
  hops.put(1, 0, hops.intern(0, 7, 1), 3, 3)
  expect([further, hops.overflow, hops.lastOf(0, 0), hops.lastOf(1, 0), hops.count]).toEqual([-1, 3, -1, 7, 1])
})
