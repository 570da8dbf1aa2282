import { expect, test } from 'vitest'
import { frameRanges } from '../../shared/frame-ranges.ts'

test.each([
  ['7', [[7, 7]]],
  [
    '1-100, 250, 400-',
    [
      [1, 100],
      [250, 250],
      [400, Number.POSITIVE_INFINITY],
    ],
  ],
  ['-3', [[1, 3]]],
  [
    '9 5;6',
    [
      [5, 6],
      [9, 9],
    ],
  ],
  ['10 - 20, 15–30, 31', [[10, 31]]],
])('%s', (text, ranges) => expect(frameRanges(text)).toEqual(ranges))

test.each([
  ['', /no frame is named/],
  [' , ', /no frame is named/],
  ['0', /from 1/],
  ['-', /'-' is no frame/],
  ['5-3', /5-3 ends before it begins/],
  ['1-2-3', /'1-2-3' is no frame/],
  ['one', /'one' is no frame/],
  ['1,'.repeat(1001), /more than 1000/],
])('%j is refused in words', (text, words) => expect(frameRanges(text)).toMatch(words))
