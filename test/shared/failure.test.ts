import { expect, it } from 'vitest'
import { failedWords, neededWords } from '../../shared/failure.ts'

it.each([
  [false, null, 'heartbeat', 'no: nothing had failed', 'none: the old path still worked'],
  [false, 'undecided', 'heartbeat', 'yes', 'not observable'],
  [false, 'both', 'link', 'yes', 'both ways'],
  [false, 'both', 'transport', 'yes', 'both ways: neither was seen to work'],
  [false, 'inbound', 'heartbeat', 'yes', 'inbound only'],
  [true, null, 'policy', 'no, spurious: the old path still delivered', 'none: the old path still worked'],
  [undefined, undefined, 'heartbeat', null, 'not observable'],
] as const)('a move, spurious %s, failed %s by %s: needed %s, %s', (spurious, failedDirection, trigger, needed, failed) => {
  expect([neededWords({ spurious, failedDirection }), failedWords({ failedDirection, trigger: { class: trigger } })]).toEqual([
    needed,
    failed,
  ])
})
