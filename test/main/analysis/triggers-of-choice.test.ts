/** The way back to a pair that a session had left of its own accord. */
import { expect, test } from 'vitest'
import { Association } from './stage.ts'

test('an answer there, the first since, is no cause: it had never stopped answering', () => {
  const association = new Association().open()
  for (let tsn = 1; tsn <= 300; tsn++) {
    const [seconds, path] = [tsn / 20, tsn > 100 && tsn <= 200 ? 1 : 0]
    association.data(seconds, 0, path, tsn).sack(seconds + 0.01, 1, path, tsn)
    if (tsn === 130) association.heartbeat(6.52, 0, 0, 'idle').heartbeat(6.53, 1, 0, 'idle', true)
  }
  association.stage.finish()
  const found = association.stage.analyzer.rehomings().map((r) => [r.label, r.trigger.class, r.trigger.score])
  expect(found).toEqual([
    ['REHOMED', 'policy', 30],
    ['FAIL-BACK', 'policy', 30],
  ])
})
