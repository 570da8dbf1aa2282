/** Digits of bytes: any length, and the memory that they are made in keeps nothing of the call before. */
import { expect, it } from 'vitest'
import { hexOf } from '../../../dissectors/core/hex.ts'

it('writes two digits a byte', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  const expected = (begin: number, end: number): string => Buffer.from(bytes.subarray(begin, end)).toString('hex')
  const ranges: [number, number][] = [
    [0, 256],
    [3, 3],
    [9, 4],
    [0, 1],
    [10, 74],
    [10, 75],
    [100, 228],
    [250, 256],
  ]
  expect(ranges.map(([begin, end]) => hexOf(bytes, begin, end))).toEqual(
    ranges.map(([begin, end]) => expected(begin, Math.max(begin, end))),
  )
})
