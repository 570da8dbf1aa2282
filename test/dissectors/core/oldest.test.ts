import { expect, test } from 'vitest'
import { dropOldest, takeOldest } from '../../../dissectors/core/oldest.ts'

test('entries go in the order they came, whatever was put in, taken out or put in again meanwhile', () => {
  const map = new Map<string, number>()
  expect(takeOldest(map)).toBeUndefined()
  for (const key of ['a', 'b', 'c', 'd']) map.set(key, key.charCodeAt(0))
  dropOldest(map)
  map.delete('c')
  map.set('b', 1)
  map.set('c', 2)
  expect([takeOldest(map), [...map.keys()]]).toEqual([1, ['d', 'c']])
  dropOldest(map)
  dropOldest(map)
  expect([map.size, takeOldest(map)]).toEqual([0, undefined])
  map.set('e', 3)
  expect([takeOldest(map), map.size]).toEqual([3, 0])
  map.set('f', 4).set('g', 5)
  map.clear()
  map.set('h', 6)
  expect(takeOldest(map)).toBe(6)
})

test('a table that is full stays as fast as one that is not: its order is that of a plain look for the first key', () => {
  const kept = new Set<number>()
  const plain = new Set<number>()
  for (let i = 0; i < 5_000; i++) {
    const value = (i * 7919) % 3_001
    for (const [set, drop] of [
      [kept, () => dropOldest(kept)],
      [plain, () => plain.delete(plain.keys().next().value as number)],
    ] as const) {
      if (set.size >= 500) drop()
      if (i % 3 === 0) set.delete(value)
      set.add(value)
    }
  }
  expect([...kept]).toEqual([...plain])
})
