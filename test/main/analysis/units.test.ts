/** Serial numbers, sets of seen units, waiting copies, bins over time, decisions by time. */
import { describe, expect, test } from 'vitest'
import { Activity, BINS } from '../../../main/analysis/activity.ts'
import { DueQueue } from '../../../main/analysis/due-queue.ts'
import { MAX_WAITING, Serial, UnitSet, WaitingQueue, type WaitingUnit } from '../../../main/analysis/units.ts'

describe('serial numbers', () => {
  test.each([
    { first: 5, next: 6, step: 1 },
    { first: 0xffffffff, next: 0, step: 1 },
    { first: 0, next: 0xffffffff, step: -1 },
    { first: 0x80000000, next: 0x7fffffff, step: -1 },
    { first: 0, next: 0x7fffffff, step: 0x7fffffff },
    { first: 0, next: 0x80000000, step: -0x80000000 },
  ])('$first then $next: $step', ({ first, next, step }) => {
    const serial = new Serial()
    const a = serial.place(first)
    expect(serial.look(next) - a).toBe(step)
  })
})

describe('units seen', () => {
  test('intervals join, and a hole stays until it is filled', () => {
    const set = new UnitSet()
    set.add(10, 20)
    set.add(30, 40)
    expect([set.covers(10, 20), set.covers(15, 18), set.covers(10, 21), set.covers(20, 30), set.holes]).toEqual([
      true,
      true,
      false,
      false,
      1,
    ])
    set.add(18, 32)
    expect([set.covers(10, 40), set.holes, set.top]).toEqual([true, 0, 40])
    set.add(1, 3)
    set.add(5, 6)
    expect([set.covers(1, 3), set.covers(3, 5), set.covers(5, 6), set.holes]).toEqual([true, false, true, 2])
  })

  test('never more than 128 intervals: the oldest hole is taken as filled', () => {
    const set = new UnitSet()
    for (let i = 0; i < 200; i++) set.add(i * 10, i * 10 + 5)
    expect(set.holes).toBe(127)
    expect([set.covers(0, 5), set.covers(1900, 1905), set.covers(1905, 1910)]).toEqual([true, true, false])
  })
})

test('waiting units are kept in order and bounded', () => {
  const unit = (start: number): WaitingUnit => ({
    start,
    end: start + 1,
    bytes: 1,
    firstPath: 0,
    firstTime: 0,
    firstRow: 0,
    path: 0,
    pair: 0,
    subEnd: 0,
    time: 0,
    row: 0,
    copies: 1,
    done: false,
  })
  const queue = new WaitingQueue()
  for (const start of [1, 2, 5, 3]) queue.add(unit(start))
  expect([queue.at(0).start, queue.at(2).start, queue.at(3).start, queue.search(4)]).toEqual([1, 3, 5, 3])
  expect(queue.shift().start).toBe(1)
  for (let i = 0; i < MAX_WAITING + 10; i++) queue.add(unit(100 + i))
  expect([queue.size, queue.dropped]).toEqual([MAX_WAITING, 13])
})

test('activity keeps its sum while bins double', () => {
  const activity = new Activity()
  for (let i = 0; i < 5000; i++) activity.add(i * 1e8, 10)
  const values = activity.values()
  expect(values.length).toBeLessThanOrEqual(BINS)
  expect(values.reduce((a, b) => a + b, 0)).toBe(50_000)
  expect(activity.width * values.length).toBeGreaterThanOrEqual(4999 * 1e8)
})

test('decisions come out by time', () => {
  const queue = new DueQueue<string>()
  for (const [time, item] of [
    [5, 'c'],
    [1, 'a'],
    [3, 'b'],
    [Number.POSITIVE_INFINITY, 'never'],
  ] as const)
    queue.add(time, item)
  expect([queue.earliest, queue.take(0), queue.take(3), queue.take(3), queue.take(4), queue.take(9), queue.take(9)]).toEqual([
    1,
    null,
    'a',
    'b',
    null,
    'c',
    null,
  ])
})
