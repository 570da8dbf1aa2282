/** Only what the sender sends is captured: a failover is dated by what it sends again elsewhere, and what cannot be seen is said. */
import { afterEach, expect, test } from 'vitest'
import { Association, BASE, Stage, type Variant } from './stage.ts'

afterEach(() => {
  Stage.variant = {}
})

const ALONE: Variant = { lost: ({ hops }) => hops === 62 }
const HIDDEN = 'what arrived, and when: nothing but what the sender sends is captured, so its times stand for it'

/** Data every 25 ms; the first path fails at 5 s, is given new data until 6.5 s, and what was lost goes over the second one from 5.3 s on. */
function failover(variant: Variant): Association {
  Stage.variant = variant
  const association = new Association().open()
  const events: [number, () => void][] = []
  const at = (t: number, act: (t: number) => void): void => void events.push([t, () => act(t)])
  for (let tsn = 1; tsn <= 160; tsn++) {
    at(1 + tsn / 40, (t) => association.data(t, 0, 0, tsn))
    at(1.02 + tsn / 40, (t) => association.sack(t, 1, 0, tsn))
  }
  for (let n = 0; n < 12; n++) at(5.025 + n / 40, (t) => association.data(t, 0, 0, 161 + n))
  for (let n = 0; n < 12; n++) at(5.33 + n / 1000, (t) => association.data(t, 0, 1, 161 + n))
  at(5.4, (t) => association.sack(t, 1, 1, 172))
  at(6.5, (t) => association.data(t, 0, 0, 173))
  at(7.2, (t) => association.data(t, 0, 1, 173))
  for (let n = 0; n < 160; n++) {
    at(7.3 + n / 40, (t) => association.data(t, 0, 1, 174 + n))
    at(7.32 + n / 40, (t) => association.sack(t, 1, 1, 174 + n))
  }
  for (const [, act] of events.sort((a, b) => a[0] - b[0])) act()
  association.stage.finish()
  return association
}

test('it is found where it was, not with the first new data', () => {
  const whole = failover({}).stage.analyzer.rehomings()
  const alone = failover(ALONE).stage.analyzer.rehomings()
  expect(whole).toHaveLength(1)
  expect(alone).toHaveLength(1)
  for (const [move] of [whole, alone]) {
    expect(move?.t).toBeCloseTo(BASE + 5.33, 3)
    expect(move?.trigger.class).toBe('transport')
    expect(move?.metrics.outage?.value).toBeGreaterThan(300)
    expect(move?.metrics.outage?.value).toBeLessThan(360)
  }
  expect(whole[0]?.metrics.notObservable).not.toContain(HIDDEN)
  expect(alone[0]?.metrics.notObservable).toContain(HIDDEN)
  expect(alone[0]?.metrics.duplicated).toBeNull()
})

test('data that is repaired elsewhere, while the old pair goes on, dates nothing', () => {
  Stage.variant = ALONE
  const association = new Association().open()
  for (let tsn = 1; tsn <= 160; tsn++) {
    association.data(1 + tsn / 40, 0, 0, tsn)
    if (tsn === 80) association.data(1.01 + tsn / 40, 0, 1, 60)
  }
  for (let n = 0; n < 160; n++) association.data(5.5 + n / 40, 0, 1, 161 + n)
  association.stage.finish()
  expect(association.stage.analyzer.rehomings().map(({ t }) => Math.round((t - BASE) * 10) / 10)).toEqual([5.5])
})
