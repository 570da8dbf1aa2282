/** What comes after a move is no cause of it: evidence as it stood when the session moved, also where its directions moved one after the other. */
import { describe, expect, test } from 'vitest'
import { closeCapture, openCapture } from '../../../main/engine/open.ts'
import type { RehomingReport } from '../../../shared/report.ts'
import { SignalKind } from '../../../shared/signals.ts'
import { shared } from '../../shared-material.ts'
import { Association, BASE, Connection } from './stage.ts'

/** Every frame that a trigger or a candidate points to is of the move or came before it. */
function framesOfCauses(move: RehomingReport | undefined): number[] {
  return [...(move?.trigger.frames ?? []), ...(move?.trigger.candidates ?? []).flatMap((c) => c.frames)]
}

describe('data lost on the old subflow, and repaired after new data had gone to the other', () => {
  /** Data until 3 s on subflow 0; from 3.02 s on 1, but for a unit that was lost between and comes at `repair`. */
  function moved(sender: 0 | 1, repair: number): RehomingReport[] {
    const connection = new Connection().open().join(0.1, 1)
    const acks = (seconds: number, dsn: number): void => {
      if (sender === 0) connection.ack(seconds, 1, 1, dsn)
    }
    let dsn = 1000
    for (let i = 0; i < 100; i++, dsn += 1000) {
      connection.data(1 + i / 50, sender, 0, dsn)
      if (sender === 0) connection.ack(1.01 + i / 50, 1, 0, dsn + 1000)
    }
    const hole = dsn
    if (sender === 0) connection.data(3, 0, 0, hole)
    dsn += 1000
    let repaired = false
    for (let i = 0; i < 200; i++, dsn += 1000) {
      const at = 3.02 + i / 50
      if (!repaired && at > repair) {
        connection.data(repair, sender, 1, hole)
        repaired = true
      }
      connection.data(at, sender, 1, dsn)
      acks(at + 0.01, repaired ? dsn + 1000 : hole)
    }
    connection.stage.finish()
    return connection.stage.analyzer.rehomings()
  }

  test.each([
    ['its receiver', 1],
    ['its sender', 0],
  ] as const)('as %s sees it: the loss is the cause, the repair is no evidence', (_name, sender) => {
    const [move] = moved(sender, 3.25)
    expect(move).toMatchObject({ t: BASE + 3.02, trigger: { class: 'transport', score: 55 } })
    expect(framesOfCauses(move).length).toBeGreaterThan(0)
    expect(Math.max(...framesOfCauses(move))).toBeLessThanOrEqual(move?.frame ?? 0)
    expect(move?.headline).toContain('when data on upA was lost')
  })

  test('a repair before the move, or as the move, is a timeout', () => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 100; i++) connection.data(1 + i / 50, 1, 0, 1000 + i * 1000)
    // unit 100 is lost, two behind it still come
    for (let i = 101; i < 103; i++) connection.data(1 + i / 50, 1, 0, 1000 + i * 1000)
    connection.data(3.5, 1, 1, 1000 + 100 * 1000)
    for (let i = 103; i < 300; i++) connection.data(3.6 + i / 50, 1, 1, 1000 + i * 1000)
    connection.stage.finish()
    const [move] = connection.stage.analyzer.rehomings()
    expect(move).toMatchObject({ t: BASE + 3.5, trigger: { class: 'transport', score: 55 } })
    expect(move?.headline).toContain('after a retransmission timeout')
  })
})

test('timeouts after the move are not counted among those that made it', () => {
  const association = new Association().open()
  for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
  for (let i = 101; i <= 104; i++) association.data(10 + (i - 100) / 100, 0, 0, i)
  // each of them waits for a timer of its own; the last two are over when the session has moved
  for (const [i, at] of [11.1, 11.6, 12.2, 12.9].entries()) association.data(at, 0, 1, 101 + i).sack(at + 0.02, 1, 1, 101 + i)
  for (let i = 0; i < 60; i++) association.data(13 + i / 10, 0, 1, 105 + i).sack(13.02 + i / 10, 1, 1, 105 + i)
  association.stage.finish()
  const [move] = association.stage.analyzer.rehomings()
  expect(move).toMatchObject({ t: BASE + 11.1, metrics: { lost: { value: 4 }, retransmitted: { value: 4 } } })
  expect(move?.trigger.candidates?.map((c) => [c.score, c.detail])).toEqual([
    [60, 'a timeout makes upA potentially failed'],
    [55, 'a retransmission timeout on upA'],
  ])
  expect(Math.max(...framesOfCauses(move))).toBe(move?.frame)
})

test('two directions, one after the other: what was said between them moved the second only', () => {
  const association = new Association().open()
  const { stage } = association
  for (let i = 1; i <= 80; i++) {
    association.data(i / 10, 0, i <= 50 ? 0 : 1, i).sack(i / 10 + 0.02, 1, i <= 50 ? 0 : 1, i)
    association.data(i / 10 + 0.05, 1, i <= 55 ? 0 : 1, i).sack(i / 10 + 0.06, 0, i <= 55 ? 0 : 1, i)
    if (i === 54)
      stage.packet(i / 10 + 0.07, association.wire(1, 0)).emit(SignalKind.Preferred, {
        token: association.token(1),
        detail: {
          message: 'ASCONF: Set Primary IP Address',
          address: stage.address(Association.B[1] as string),
          addressId: null,
          backup: false,
          serial: 1,
          correlation: 1,
          authentication: 'A1' as const,
        },
      })
  }
  stage.finish()
  const [move, ...others] = stage.analyzer.rehomings()
  expect(others).toEqual([])
  expect(move).toMatchObject({ t: BASE + 5.1, direction: 'both', trigger: { class: 'policy', score: 30, candidates: [] } })
  expect(move?.frames).toContain(move?.frame)
})

test('both directions see the old path fall silent: it is told once, with the frames of both', async () => {
  const capture = await openCapture([shared('testbed', 'recorded', 'mobike.pcapng')])
  closeCapture(capture)
  const moves = capture.analyzer.rehomings()
  expect(moves.map((move) => [move.direction, move.trigger.candidates?.map((c) => c.detail)])).toEqual([
    ['both', ['upA silent for 560 ms in the middle of data']],
    ['both', ['upB silent for 520 ms in the middle of data']],
  ])
  // The last packet of each direction there, the first of one of them elsewhere.
  for (const { trigger } of moves) expect(trigger.frames).toHaveLength(3)
})

test('a unit that arrived and comes again after the move: it was its acknowledgement that got lost', () => {
  const connection = new Connection().open().join(0.1, 1)
  for (let i = 0; i < 100; i++) connection.data(1 + i / 50, 1, 0, 1000 + i * 1000)
  for (let i = 100; i < 300; i++) {
    connection.data(1 + i / 50, 1, 1, 1000 + i * 1000)
    if (i === 109 || i === 120) connection.data(1.01 + i / 50, 1, 0, 1000 + 99 * 1000)
  }
  connection.stage.finish()
  const [move] = connection.stage.analyzer.rehomings()
  expect(move).toMatchObject({ t: BASE + 3, trigger: { class: 'transport', score: 55 } })
  expect(move?.headline).toContain('when data on upA went unacknowledged')
  expect(move?.trigger.frames).toEqual([(move?.frame ?? 0) - 1])
})
