/** Serial numbers, sets of seen units, waiting copies, bins over time, decisions by time. */
import { describe, expect, test } from 'vitest'
import { Activity, BINS } from '../../../main/analysis/activity.ts'
import { DueQueue } from '../../../main/analysis/due-queue.ts'
import { emptyUnit, UnitStore } from '../../../main/analysis/unit-store.ts'
import { MAX_WAITING, Serial, SubflowQueue, UnitSet, WaitingQueue } from '../../../main/analysis/units.ts'

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
  const store = new UnitStore()
  const queue = new WaitingQueue(store)
  for (const start of [5, 1, 3]) queue.add(store.add(start, start + 1, 1, 0, 0, 0, 0))
  expect([0, 1, 2].map((i) => store.start(queue.at(i)))).toEqual([1, 3, 5])
  expect([queue.search(2), queue.search(5), queue.search(6), store.start(queue.shift()), queue.size]).toEqual([1, 2, 3, 1, 2])
  for (let i = 10; i < 10 + MAX_WAITING; i++) queue.add(store.add(i, i + 1, 1, 0, 0, 0, 0))
  expect([queue.size, queue.dropped, store.start(queue.first)]).toEqual([MAX_WAITING, 2, 10])
})

test('a unit is lent again when nobody holds it, and only then', () => {
  const store = new UnitStore()
  const queue = new WaitingQueue(store)
  const subflow = new SubflowQueue(store)
  const first = store.add(7, 8, 100, 1, 2, 10, 3)
  queue.add(first)
  subflow.add(first, 50)
  store.sentAgain(first, 4, 5, 20, 6)
  subflow.add(first, 90)
  store.setDone(first)
  store.drop(queue.shift())
  expect(store.add(9, 10, 1, 0, 0, 0, 0)).not.toBe(first)
  expect(store.read(subflow.unit, emptyUnit())).toEqual({
    start: 7,
    end: 8,
    bytes: 100,
    firstPath: 1,
    firstTime: 10,
    firstRow: 3,
    path: 4,
    pair: 5,
    subEnd: 0,
    time: 20,
    row: 6,
    copies: 2,
    done: true,
  })
  expect([subflow.end, subflow.empty]).toEqual([50, false])
  subflow.shift()
  expect([subflow.unit, subflow.end]).toEqual([first, 90])
  subflow.clear()
  expect([subflow.empty, store.add(1, 2, 1, 0, 0, 0, 0)]).toEqual([true, first])
})

test('units on a subflow outlive many turns of their memory', () => {
  const store = new UnitStore()
  const subflow = new SubflowQueue(store)
  const seen: number[] = []
  for (let i = 0; i < 1000; i++) {
    subflow.add(store.add(i, i + 1, 1, 0, 0, 0, 0), i)
    if (i % 3 === 2) {
      seen.push(store.start(subflow.unit))
      store.drop(subflow.unit)
      subflow.shift()
    }
  }
  expect([seen.length, seen[0], seen[332], subflow.end]).toEqual([333, 0, 332, 333])
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
