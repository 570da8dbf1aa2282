/** Every signal protocol has one family of contexts at most: a second one would take its signals away. */
import { expect, it } from 'vitest'
import { FAMILIES } from '../../../main/analysis/sessions/families.ts'

it('no two families take the same signal protocol', () => {
  const taken = FAMILIES.flatMap((family) => family.protocols)
  expect(taken.filter((protocol, i) => taken.indexOf(protocol) !== i)).toEqual([])
  expect(Math.max(...taken)).toBeLessThan(96)
})
