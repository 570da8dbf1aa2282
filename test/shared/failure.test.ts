import { expect, it } from 'vitest'
import { failedWords, neededWords } from '../../shared/failure.ts'

it.each([
  [false, null, 'no: nothing had failed', 'none: the old path still worked'],
  [false, 'undecided', 'yes', 'not observable'],
  [false, 'both', 'yes', 'both ways'],
  [false, 'inbound', 'yes', 'inbound only'],
  [true, null, 'no, spurious: the old path still delivered', 'none: the old path still worked'],
  [undefined, undefined, null, 'not observable'],
] as const)('a move, spurious %s, failed %s: needed %s, %s', (spurious, failedDirection, needed, failed) => {
  expect([neededWords({ spurious, failedDirection }), failedWords({ failedDirection })]).toEqual([needed, failed])
})
