/** When labels hold: one after the other, though what is known late belongs before what is known already. */
import { expect, test } from 'vitest'
import { Direction } from '../../../main/analysis/direction.ts'

const play = (...steps: [string, number][]): string[] => {
  const direction = new Direction(0)
  for (const [label, time] of steps) direction.setLabel(label, time)
  return direction.labels.map((l) => `${l.label} ${l.from} ${l.to}`)
}

test('one label after the other', () => {
  expect(play(['SINGLE', 1], ['LOAD-SHARED', 5], ['SINGLE', 9])).toEqual(['SINGLE 1 5', 'LOAD-SHARED 5 9', 'SINGLE 9 null'])
})

test('a unit of before the last change takes it back', () => {
  expect(play(['SINGLE', 1], ['LOAD-SHARED', 5], ['SINGLE', 9], ['LOAD-SHARED', 8], ['SINGLE', 12])).toEqual([
    'SINGLE 1 5',
    'LOAD-SHARED 5 12',
    'SINGLE 12 null',
  ])
  expect(play(['SINGLE', 1], ['LOAD-SHARED', 5], ['BICAST', 4])).toEqual(['SINGLE 1 5', 'BICAST 5 null'])
})

test('before the first there is none to take back', () => {
  expect(play(['SINGLE', 3], ['LOAD-SHARED', 2])).toEqual(['LOAD-SHARED 3 null'])
})

test('a move cuts the label that holds, and none that begins with it', () => {
  const direction = new Direction(0)
  direction.setLabel('SINGLE', 1)
  direction.cutLabel(4)
  direction.setLabel('LOAD-SHARED', 6)
  direction.cutLabel(6)
  expect(direction.labels.map((l) => `${l.label} ${l.from} ${l.to}`)).toEqual(['SINGLE 1 4', 'SINGLE 4 6', 'LOAD-SHARED 6 null'])
})
