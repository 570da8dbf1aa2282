/** What a move cost (rehoming.md section 5): each figure with its bounds, and null with a reason where the capture cannot tell. */
import { describe, expect, test } from 'vitest'
import { Association, Connection } from './stage.ts'

/** Captured at the sender: units to 10.0 on pair 0; five are lost there, sent again on pair 1 from 11.0; new ones from 11.1. */
function sent(duplicates: number): Association {
  const association = new Association().open()
  for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
  for (let i = 0; i < 5; i++) association.data(10.1 + i / 10, 0, 0, 101 + i)
  for (let i = 0; i < 5; i++) association.data(11 + i / 1000, 0, 1, 101 + i)
  association.sack(11.03, 1, 1, 105, [], duplicates)
  for (let i = 0; i < 150; i++) association.data(11.1 + i / 10, 0, 1, 106 + i).sack(11.12 + i / 10, 1, 1, 106 + i)
  association.stage.finish()
  return association
}

test('seen from the sender', () => {
  const [move] = sent(2).stage.analyzer.rehomings()
  expect(move?.metrics).toMatchObject({
    outage: { value: 1000, low: 980, high: 1030 },
    detection: { value: 900, low: 0, high: 1000 },
    signalling: null,
    switch: { value: 100, low: 100, high: 1000 },
    lost: { value: 5 },
    retransmitted: { value: 5 },
    duplicated: { value: 2 },
    reordered: null,
    acknowledged: { value: 30, low: 30, high: 30 },
    parts: { gap: 100, waitSignal: 0, inconsistent: false },
  })
  expect(move?.metrics.notObservable).toEqual(['order of arrival: the receiver is not captured'])
  expect(move?.survived).toBe(true)
  for (const span of [move?.metrics.outage, move?.metrics.detection, move?.metrics.switch, move?.metrics.acknowledged]) {
    expect(span?.frames.length).toBeGreaterThan(0)
    expect(span?.low ?? 1).toBeLessThanOrEqual(span?.value ?? 0)
    expect(span?.high ?? -1).toBeGreaterThanOrEqual(span?.value ?? 0)
  }
})

/** The end that moves is captured, what it does not see is why: nothing of it or of its peer passes on the old path any more. */
test('an end that got data twice says nothing of the way its own took', () => {
  const association = new Association().open()
  for (let i = 1; i <= 100; i++) {
    association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    association.data(i / 10 + 0.03, 1, 0, i).sack(i / 10 + 0.05, 0, 0, i)
  }
  // The acknowledgement of the peer's last unit went astray: that unit comes again elsewhere.
  association.data(10.9, 1, 1, 100).sack(10.91, 0, 1, 100, [], 1)
  for (let i = 1; i <= 150; i++) association.data(10.9 + i / 10, 0, 1, 100 + i).sack(10.92 + i / 10, 1, 1, 100 + i)
  association.stage.finish()
  const [move] = association.stage.analyzer.rehomings()
  expect(move).toMatchObject({ failedDirection: 'both', metrics: { duplicated: { value: 0 } } })
})

test('seen from the receiver: what was lost is hidden, what came twice or late is not', () => {
  const connection = new Connection().open().join(0.1, 1)
  let dsn = 1
  for (let i = 0; i < 90; i++, dsn += 1000) connection.data(1 + i / 10, 1, 0, dsn)
  // One is skipped and comes late, one comes twice.
  const skipped = dsn
  dsn += 1000
  for (let i = 0; i < 100; i++, dsn += 1000) {
    connection.data(11 + i / 10, 1, 1, dsn)
    if (i === 3) connection.data(11.33, 1, 1, skipped)
    if (i === 5) connection.data(11.53, 1, 1, dsn)
  }
  connection.stage.finish()
  const [move] = connection.stage.analyzer.rehomings()
  expect(move?.metrics).toMatchObject({
    outage: { value: 1100, low: 1100, high: 1100 },
    lost: null,
    retransmitted: null,
    duplicated: { value: 1 },
    reordered: { value: 1 },
    acknowledged: null,
  })
  expect(move?.metrics.notObservable).toContain('units lost and sent again: what was lost on its way to the captured receiver is not seen')
})

describe('goodput', () => {
  /** 1,000 bytes each 0.1 s on subflow 0 for 10 s; then \`size\` each 0.1 s on subflow 1, after \`slow\` s with a tenth of it, for \`seconds\`. */
  function flow(size: number, slow: number, seconds: number): Connection {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(1 + i / 10, 1, 0, dsn)
    for (let i = 0; i < seconds * 10; i++) {
      const length = i < slow * 10 ? size / 10 : size
      connection.data(11 + i / 10, 1, 1, dsn, length)
      dsn += length
    }
    connection.stage.finish()
    return connection
  }
  test.each([
    { size: 1000, slow: 0, ratio: 1, steady: 0 },
    { size: 500, slow: 0, ratio: 0.5, steady: null },
    { size: 1000, slow: 3, ratio: 0.73, steady: 2800 },
  ])('$size bytes a unit, slow for $slow s: ratio $ratio, steady after $steady ms', ({ size, slow, ratio, steady }) => {
    const [move] = flow(size, slow, 15).stage.analyzer.rehomings()
    const found = move?.metrics.goodputRatio
    expect(found?.value).toBeGreaterThan(ratio - 0.06)
    expect(found?.value).toBeLessThan(ratio + 0.06)
    expect(found?.low ?? 9).toBeLessThanOrEqual(ratio)
    expect(found?.high ?? 0).toBeGreaterThanOrEqual(ratio)
    if (steady === null) expect(move?.metrics.steady).toBeNull()
    else {
      expect(move?.metrics.steady?.low ?? 1e9).toBeLessThanOrEqual(steady)
      expect(move?.metrics.steady?.high ?? -1).toBeGreaterThanOrEqual(steady)
    }
  })
  test('it is of bytes that got through: what is sent again in vain does not count', () => {
    const association = new Association().open()
    let tsn = 1
    const acknowledged = (t: number, path: number) => {
      association.data(t, 0, path, tsn).sack(t + 0.02, 1, path, tsn)
      tsn++
    }
    for (let i = 0; i < 100; i++) acknowledged(1 + i / 10, 0)
    // the old path is dead: one unit is sent on it thirty times
    for (let i = 0; i < 30; i++) association.data(11 + i / 50, 0, 0, tsn)
    association.data(12, 0, 1, tsn).sack(12.02, 1, 1, tsn)
    tsn++
    for (let i = 1; i < 100; i++) acknowledged(12 + i / 10, 1)
    association.stage.finish()
    const [move] = association.stage.analyzer.rehomings()
    expect(move?.metrics.goodputOf).toBe('delivered')
    // 90 units in the 10 s before the move, 100 after it; 120 were sent before
    expect(move?.metrics.goodputRatio?.value).toBeGreaterThan(1.05)
    expect(move?.metrics.goodputRatio?.value).toBeLessThan(1.17)
  })
  test('with too little after the move it is not said', () => {
    const [move] = flow(1000, 0, 2.6).stage.analyzer.rehomings()
    expect(move?.metrics).toMatchObject({ goodputRatio: null, steady: null })
    expect(move?.metrics.notObservable).toContain('goodput around the move: too little of the session before or after it')
  })
})
