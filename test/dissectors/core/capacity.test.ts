import { expect, test } from 'vitest'
import { nextCapacity } from '../../../dissectors/core/capacity.ts'
import { FlowTable } from '../../../dissectors/core/flows.ts'

test('doubled while little, then as large as it may get at once, and never smaller than what is needed', () => {
  expect([1024, 65_536, 131_072, 2_000_000].map((now) => nextCapacity(now, 2_000_000))).toEqual([2048, 131_072, 2_000_000, 2_000_001])
})

test('columns of a table that has jumped keep what they held', () => {
  const flows = new FlowTable()
  const ends = (i: number): Uint8Array => Uint8Array.of(10, (i >> 16) & 255, (i >> 8) & 255, i & 255, 192, 0, 2, 1)
  for (let i = 0; i < 140_000; i++) flows.count1(flows.get(ends(i), 0, 4, 4, 6, 1000, 443, i, 0), 0, i, i, 0, 64)
  expect([flows.count, flows.bytes[2 * 139_999], flows.firstRow[131_071], flows.packets.length]).toEqual([
    140_000, 139_999, 131_071, 4_000_000,
  ])
  expect([0, 131_072, 139_999].map((i) => flows.find(ends(i), 0, 4, 4, 6, 1000, 443))).toEqual([0, 131_072, 139_999])
  expect(flows.addresses.text(flows.addressA[139_999] as number)).toBe('10.2.34.223')
})
