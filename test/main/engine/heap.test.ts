/** The heap's growth is held from the first long capture on: said to the runtime once, never for a short one. */
import { expect, test } from 'vitest'
import { holdHeap, LONG_CAPTURE } from '../../../main/engine/heap.ts'

test('once, and only when packets have become many', () => {
  const said: string[] = []
  const told = [0, LONG_CAPTURE - 1, LONG_CAPTURE, LONG_CAPTURE * 2].map((rows) => holdHeap(rows, (flag) => said.push(flag)))
  expect([told, said]).toEqual([
    [false, false, true, true],
    ['--heap-growing-percent=40', '--optimize-for-size'],
  ])
})
