/** Sessions below those that carry them. */
import { expect, it } from 'vitest'
import { familyOrder } from '../../shared/family-order.ts'

it.each<[string, string, Record<string, string>, string]>([
  ['without families nothing changes', 'c a b', {}, 'c a b'],
  ['children follow their parent, as they were sorted', 'x a b p y', { a: 'p', b: 'p' }, 'x p a.1 b.1 y'],
  ['a family stands where its first member stood', 'a x p', { a: 'p' }, 'p a.1 x'],
  ['children of children below them', 'c x b a', { c: 'b', b: 'a' }, 'a b.1 c.2 x'],
  ['a parent that is not listed', 'x a', { a: 'gone' }, 'x a'],
  ['two that carry each other', 'a b x', { a: 'b', b: 'a' }, 'a b.1 x'],
  ['one that carries itself', 'a x', { a: 'a' }, 'a x'],
])('%s', (_name, list, parents, expected) => {
  const { order, depth } = familyOrder(list.split(' '), (key) => parents[key] ?? null)
  expect(order.map((key) => (depth.has(key) ? `${key}.${depth.get(key)}` : key)).join(' ')).toBe(expected)
})

it('a chain longer than anything real is kept whole', () => {
  const numbers = Array.from({ length: 5000 }, (_, i) => i)
  expect(familyOrder(numbers, (n) => (n === 0 ? null : n - 1)).order).toEqual(numbers)
  const backwards = numbers.toReversed()
  expect(familyOrder(backwards, (n) => (n === 0 ? null : n - 1)).order.toSorted((a, b) => a - b)).toEqual(numbers)
})
