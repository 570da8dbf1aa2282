/** Scaling of scroll positions: every row of any list is reachable, also where the browser clamps heights. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clampTop,
  isAtEnd,
  isScaled,
  LIMIT,
  maximumTop,
  type ScrollScale,
  scrollFromTop,
  spacerHeight,
  topFromScroll,
  topToShow,
  visibleRows,
} from '../../renderer/packets/row-scroll.ts'

const scale = (rows: number, viewport = 300): ScrollScale => ({ rowHeight: 20, rows, viewport })

describe('row-scroll', () => {
  it('is one to one below the limit', () => {
    const small = scale(10_000)
    expect([isScaled(small), spacerHeight(small), topFromScroll(small, 1234), scrollFromTop(small, 1234)]).toEqual([
      false,
      200_000,
      1234,
      1234,
    ])
  })

  it('never asks for more than the limit and reaches both ends', () => {
    for (const rows of [400_001, 5_000_000, 200_000_000]) {
      const big = scale(rows)
      expect(spacerHeight(big)).toBe(LIMIT)
      expect(topFromScroll(big, 0)).toBe(0)
      expect(topFromScroll(big, LIMIT - big.viewport)).toBe(maximumTop(big))
      // browsers may report the end a fraction of a pixel short
      expect(topFromScroll(big, LIMIT - big.viewport - 0.6)).toBe(maximumTop(big))
      expect(visibleRows(big, maximumTop(big), 0).last).toBe(rows)
    }
  })

  it('every row can be shown, and comes back after the thumb was placed for it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000_000 }), fc.nat(), fc.integer({ min: 40, max: 2000 }), (rows, pick, viewport) => {
        const list = scale(rows, viewport)
        const index = pick % rows
        const top = topToShow(list, 0, index, true)
        const shown = visibleRows(list, top, 0)
        expect(shown.first <= index && index < shown.last).toBe(true)
        const thumb = scrollFromTop(list, top)
        expect(thumb >= 0 && thumb <= Math.max(0, spacerHeight(list) - viewport)).toBe(true)
        const again = topFromScroll(list, thumb)
        // scaled: a rounding of the arithmetic, not of the pixel
        expect(Math.abs(again - top)).toBeLessThan(isScaled(list) && top < maximumTop(list) ? (2 * maximumTop(list)) / LIMIT + 1e-3 : 1e-6)
      }),
    )
  })

  it('only the end of the list puts the thumb at its end', () => {
    const big = scale(5_000_000)
    expect(topFromScroll(big, scrollFromTop(big, maximumTop(big) - 1))).toBeLessThan(maximumTop(big))
    expect(topFromScroll(big, scrollFromTop(big, maximumTop(big)))).toBe(maximumTop(big))
  })

  it('moves no further than needed', () => {
    const list = scale(1000)
    expect(
      [
        [0, 5, false],
        [0, 15, false],
        [400, 3, false],
        [0, 500, true],
        [0, 999, true],
      ].map(([top, index, centre]) => topToShow(list, top as number, index as number, centre as boolean)),
    ).toEqual([0, 20, 60, 9860, 19_700])
    expect(clampTop(scale(3), 500)).toBe(0)
    expect(visibleRows(scale(0), 0, 4)).toEqual({ first: 0, last: 0 })
  })

  it('is at its end within a row of it, and always when all rows have room', () => {
    const end = maximumTop(scale(1000))
    expect([isAtEnd(scale(1000), end), isAtEnd(scale(1000), end - 20), isAtEnd(scale(1000), end - 21), isAtEnd(scale(3), 0)]).toEqual([
      true,
      true,
      false,
      true,
    ])
  })
})
