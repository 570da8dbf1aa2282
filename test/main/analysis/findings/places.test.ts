/** Places of numbers: the same as a map that keeps its order, through entering, leaving, growing and letting the oldest go. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HopBaseline } from '../../../../main/analysis/findings/hop-baseline.ts'
import { Places } from '../../../../main/analysis/findings/places.ts'

/** Keys that share their low or their high half, as flows and addresses in one number do. */
const key = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 40 }).map((n) => n * 0x1_0000_0000 + 7),
  fc.maxSafeNat(),
)
const step = fc.oneof(
  fc.record({ what: fc.constant('enter' as const), key }),
  fc.record({ what: fc.constant('leave' as const), key }),
  fc.record({ what: fc.constant('oldest' as const), key }),
)

describe('places', () => {
  test('hold what a map would, in its order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const places = new Places()
        const map = new Map<number, number>()
        for (const { what, key } of steps) {
          if (what === 'enter' && !map.has(key)) map.set(key, places.enter(key))
          else if (what === 'leave') {
            map.delete(key)
            places.leave(key)
          } else if (what === 'oldest') {
            const [oldest] = map
            expect(places.dropOldest()).toBe(oldest?.[1] ?? -1)
            if (oldest !== undefined) map.delete(oldest[0])
          }
          expect(places.of(key)).toBe(map.get(key) ?? -1)
        }
        const visited: [number, number][] = []
        places.each((place, key) => visited.push([key, place]))
        expect(visited).toEqual([...map])
        expect(places.size).toBe(map.size)
        expect(new Set(map.values()).size).toBe(map.size)
      }),
    )
  })

  test('who is visited may leave, and the oldest leave for as long as they are over', () => {
    const places = new Places()
    for (let key = 0; key < 1000; key++) places.enter(key * 0x1_0000_0001)
    places.each((_, key) => {
      if (key % 2 === 1) places.leave(key)
    })
    expect([places.size, places.of(0), places.of(0x1_0000_0001)]).toEqual([500, 0, -1])
    places.leaveWhile((place) => place < 900)
    const left: number[] = []
    places.each((_, key) => left.push(key / 0x1_0000_0001))
    expect(left).toEqual(Array.from({ length: 50 }, (_, i) => 900 + 2 * i))
  })
})

describe('hop limits of a source', () => {
  test.each([
    ['fewer than three', [64, 64], null],
    ['the middle one', [64, 3, 250], 64],
    ['the upper of the two in the middle', [50, 60, 70, 80], 70],
    ['only the last 32 count', [...Array.from({ length: 100 }, () => 10), ...Array.from({ length: 32 }, () => 99)], 99],
  ])('%s', (_, limits, median) => {
    const hops = new HopBaseline()
    for (const limit of limits) {
      hops.note(5, 0, limit)
      hops.note(5, 1, 200)
      hops.note(6, 0, 1)
    }
    expect(hops.median(5, 0)).toBe(median)
    expect(hops.median(5, 2)).toBe(null)
  })

  test('of very many sources the oldest go, on whichever interface', () => {
    const hops = new HopBaseline()
    for (let address = 0; address < 40_000; address++)
      for (const iface of [0, 1]) for (let i = 0; i < 3; i++) hops.note(address, iface, 60 + iface)
    expect([0, 7231, 7232, 7233, 39_999].map((address) => [hops.median(address, 0), hops.median(address, 1)])).toEqual([
      [null, null],
      [null, null],
      [60, 61],
      [60, 61],
      [60, 61],
    ])
  })
})
