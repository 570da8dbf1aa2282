/** Had the old pair failed? What it delivered and what made the session move answer together. */
import { expect, it } from 'vitest'
import { failedDirection } from '../../../main/analysis/failure.ts'
import type { Cause } from '../../../main/analysis/model.ts'
import type { Move } from '../../../main/analysis/triggers/context.ts'

const move = (healthy: boolean) => ({ healthy, session: { capturedEnd: -1 } }) as unknown as Move

it.each([
  ['policy', true, false, null],
  ['peer', true, false, null],
  // data of it was missing: without a link log nothing else tells that it went
  ['transport', true, false, 'undecided'],
  ['transport', true, true, null],
  ['link', true, true, 'undecided'],
  ['policy', false, false, 'undecided'],
] as const)('%s, healthy %s, worked after %s: %s', (kind, healthy, worked, expected) => {
  const cause = { class: kind } as Cause
  expect(failedDirection(move(healthy), cause, worked)).toBe(expected)
  if (kind === 'transport' && healthy) expect(failedDirection(move(true), { ...cause, recovery: true }, worked)).toBeNull()
})
