/** Had the old pair failed? What it delivered and what made the session move answer together. */
import { describe, expect, it } from 'vitest'
import { failedDirection } from '../../../main/analysis/failure.ts'
import type { Cause } from '../../../main/analysis/model.ts'
import type { Move } from '../../../main/analysis/triggers/context.ts'
import { Association } from './stage.ts'

const move = (healthy: boolean) => ({ healthy, session: { capturedEnd: -1 } }) as unknown as Move

it.each([
  ['policy', true, false, null],
  ['peer', true, false, null],
  // data of it was missing: without a link log nothing else tells that it went
  ['transport', true, false, 'undecided'],
  ['transport', true, true, null],
  ['link', true, true, 'undecided'],
  ['policy', false, false, 'undecided'],
  // too rarely at work to tell by its data, but it answered afterwards
  ['policy', false, true, null],
  ['transport', false, true, 'undecided'],
] as const)('%s, healthy %s, worked after %s: %s', (kind, healthy, worked, expected) => {
  const cause = { class: kind } as Cause
  expect(failedDirection(move(healthy), cause, worked)).toBe(expected)
  if (kind === 'transport' && healthy) expect(failedDirection(move(true), { ...cause, recovery: true }, worked)).toBeNull()
})

describe('which way, seen from the sender', () => {
  const failed = (association: Association): unknown => {
    association.stage.finish()
    return association.stage.analyzer.rehomings().map((move) => move.failedDirection)
  }

  /** A unit every 1.5 s on path 0, the peer's heartbeats between them. */
  function slowly(): Association {
    const association = new Association().open()
    for (let i = 1; i <= 8; i++)
      association
        .data(1.5 * i, 0, 0, i)
        .sack(1.5 * i + 0.2, 1, 0, i)
        .heartbeat(1.5 * i + 0.9, 1, 0, `p${i}`)
    return association
  }

  it('what the peer sent before the first loss does not say that it still can', () => {
    const association = slowly().data(13.5, 0, 0, 9)
    association.data(14, 0, 1, 9).sack(14.2, 1, 1, 9)
    for (let i = 10; i < 20; i++) association.data(1.5 * i, 0, 1, i).sack(1.5 * i + 0.2, 1, 1, i)
    expect(failed(association)).toEqual(['both'])
  })

  it('nor does what comes in so late that the path may have recovered', () => {
    const told = [5.5, 7.6].map((probe) => {
      const association = new Association().open()
      for (let i = 1; i <= 160; i++) association.data(0.85 + i / 40, 0, 0, i).sack(0.852 + i / 40, 1, 0, i)
      for (let i = 161; i <= 170; i++) association.data(0.85 + i / 40, 0, 0, i)
      for (let i = 161; i <= 170; i++) association.data(5.4 + i / 1e5, 0, 1, i)
      association.sack(5.42, 1, 1, 170)
      let probed = false
      for (let i = 171; i <= 370; i++) {
        const t = 1.2 + i / 40
        if (t > probe && !probed) association.heartbeat(probe, 1, 0, 'back').heartbeat(probe + 1e-4, 0, 0, 'back', true)
        probed ||= t > probe
        association.data(t, 0, 1, i).sack(t + 0.002, 1, 1, i)
      }
      return failed(association)
    })
    expect(told).toEqual([['outbound'], ['undecided']])
  })

  it('and what it sends until the move is decided does, with the time that acknowledgements take', () => {
    const association = slowly().data(13.5, 0, 0, 9)
    association.data(14, 0, 1, 9).sack(14.2, 1, 1, 9)
    for (let i = 10; i < 20; i++)
      association
        .data(1.5 * i, 0, 1, i)
        .sack(1.5 * i + 0.2, 1, 1, i)
        .heartbeat(1.5 * i + 0.3, 1, 0, `p${i}`)
    expect(failed(association)).toEqual(['outbound'])
  })

  /** A unit every 25 ms on path 0 until 4.85 s; `copies` of the last ones come once more on path 1, `twice` of them had arrived. */
  function flowing(copies: number, twice: number): Association {
    const association = new Association().open()
    for (let i = 1; i <= 160; i++) association.data(0.85 + i / 40, 0, 0, i).sack(0.852 + i / 40, 1, 0, i)
    for (let i = 1; i <= copies; i++) association.data(4.85 + i / 40, 0, 0, 160 + i)
    for (let i = 1; i <= copies; i++) association.data(5.9 + i / 1000, 0, 1, 160 + i)
    association.sack(5.95, 1, 1, 160 + copies, [], twice)
    for (let i = 1; i <= 200; i++) association.data(5.95 + i / 40, 0, 1, 160 + copies + i).sack(5.952 + i / 40, 1, 1, 160 + copies + i)
    return association
  }

  it.each([
    [1, 1, 'both'],
    [1, 0, 'both'],
    [8, 8, 'inbound'],
    [8, 3, 'both'],
  ] as const)('of %i units %i had arrived: %s', (copies, twice, expected) => {
    expect(failed(flowing(copies, twice))).toEqual([expected])
  })
})
