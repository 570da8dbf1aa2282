/** A failover of which the first timeout moves less than the rule asks for: the alternate carries on only with the second one, twice as long after. */
import { expect, test } from 'vitest'
import { Association, BASE } from './stage.ts'

/**
 * Data every 25 ms. From 5 s on nothing comes back over the first path. Its timer moves one packet of data to the second path after 1.1 s, new data
 * still tries the first one, and the timer that waits twice as long moves the rest.
 */
function failover(second: number, alive = false): Association {
  const association = new Association().open()
  const events: [number, () => void][] = []
  const at = (t: number, act: (t: number) => void): void => void events.push([t, () => act(t)])
  for (let tsn = 1; tsn <= 160; tsn++) {
    at(1 + tsn / 40, (t) => association.data(t, 0, 0, tsn))
    at(1.001 + tsn / 40, (t) => association.sack(t, 1, 0, tsn))
  }
  for (let n = 0; n < 10; n++) at(5.025 + n / 40, (t) => association.data(t, 0, 0, 161 + n))
  for (let n = 0; n < 2; n++) at(6.1 + n / 10_000, (t) => association.data(t, 0, 1, 161 + n))
  at(6.101, (t) => association.sack(t, 1, 1, 170))
  for (let n = 0; n < 5; n++) at(6.102 + n / 10_000, (t) => association.data(t, 0, 0, 171 + n))
  if (alive) at(6.2, (t) => association.sack(t, 1, 0, 175))
  else {
    for (let n = 0; n < 5; n++) at(6.1 + second + n / 10_000, (t) => association.data(t, 0, 1, 171 + n))
    at(6.102 + second, (t) => association.sack(t, 1, 1, 175))
  }
  for (let n = 0; n < 400; n++) {
    at(6.103 + second + n / 40, (t) => association.data(t, 0, alive ? 0 : 1, 176 + n))
    at(6.104 + second + n / 40, (t) => association.sack(t, 1, alive ? 0 : 1, 176 + n))
  }
  for (const [, act] of events.sort((a, b) => a[0] - b[0])) act()
  association.stage.finish()
  return association
}

test.each([1.9, 2.02, 4])('the second timeout comes %d s after the first', (second) => {
  const found = failover(second).stage.analyzer.rehomings()
  expect(found.map((r) => [r.to.initiator, Math.round((r.t - BASE) * 10) / 10])).toEqual([[Association.A[1], 6.1]])
})

test('the first path goes on with new data: nothing moved', () => {
  expect(failover(2.02, true).stage.analyzer.rehomings()).toEqual([])
})
