/** Results of filters: found again by text only when they are of the whole capture; a capture that grows does not fill the store with one text. */
import { expect, it } from 'vitest'
import { KeptFilters } from '../../../main/engine/kept-filters.ts'

const rows = (count: number): Uint32Array => new Uint32Array(count)

it('a result made while more was to come answers no later question', () => {
  const kept = new KeptFilters()
  const early = kept.keep('tcp', rows(3), false)
  expect(kept.byText('tcp')).toBe(undefined)
  expect(kept.rows(early)).toHaveLength(3)
  const late = kept.keep('tcp', rows(5), true)
  expect(kept.byText('tcp')).toMatchObject({ id: late })
})

it('of one text the two newest stay, and others with them', () => {
  const kept = new KeptFilters()
  const other = kept.keep('udp', rows(1), false)
  const ids = Array.from({ length: 20 }, (_, count) => kept.keep('tcp', rows(count), false))
  expect([other, ...ids.slice(-2)].map((id) => kept.rows(id)?.length)).toEqual([1, 18, 19])
  expect(() => kept.rows(ids.at(-3) as string)).toThrow(/no filter result/)
})
