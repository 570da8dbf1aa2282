/** When a session is looked at again: a move that holds only after another waits with it, for to be looked at with every packet until then costs more than all else. */
import { expect, test } from 'vitest'
import type { Candidate } from '../../../main/analysis/candidate.ts'
import type { MultiSession } from '../../../main/analysis/multi-session.ts'
import { nextDue } from '../../../main/analysis/rehoming.ts'

const candidate = (time: number, wait: number, after: Candidate | null): Candidate =>
  ({ time, window: 2e9, wait, ack: -1, after }) as Candidate
const session = (...candidates: Candidate[]): MultiSession =>
  ({ lanes: null, directions: [{ candidates }, { candidates: [] }] }) as unknown as MultiSession

test('the first of them counts, for as long as it may take', () => {
  const first = candidate(5e9, 6e9, null)
  expect(nextDue(session(first, candidate(6e9, 0, first)))).toBe(13e9 + 1)
  expect(nextDue(session(first, candidate(6e9, 0, null)))).toBe(8e9 + 1)
  expect(nextDue(session())).toBe(Number.POSITIVE_INFINITY)
})
