import { expect, test } from 'vitest'
import { grew, keptMegabytes } from './heap.ts'

test.each([
  ['a level run', [80, 90, 95, 96, 94, 97, 95, 96, 98, 95], null],
  ['a run that settles after a beginning that kept less', [40, 60, 95, 96, 94, 97, 95, 96, 98, 110], null],
  [
    'five megabytes more at every step',
    [80, 85, 90, 95, 100, 105, 110, 115, 120, 130],
    '130 MB are kept in the last fifth, 95 MB in the second',
  ],
])('%s', (_, steps, words) => {
  expect(grew(steps)).toBe(words)
})

/** What is kept while 40 buffers of a megabyte are. */
function whileHeld(): number {
  const held = Array.from({ length: 40 }, () => new Uint8Array(1e6).fill(1))
  const kept = keptMegabytes()
  return kept + (held.at(-1)?.[0] === 1 ? 0 : Number.NaN)
}

test('what is kept counts, what was dropped does not', () => {
  const before = keptMegabytes()
  const held = whileHeld() - before
  const after = keptMegabytes() - before
  expect(held, 'megabytes held').toBeGreaterThan(35)
  expect(held, 'megabytes held').toBeLessThan(45)
  expect(Math.abs(after), 'megabytes once dropped').toBeLessThan(5)
})
