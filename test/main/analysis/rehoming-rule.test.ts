/** Each number of the rule (rehoming.md section 3) at one below, at, and one above its threshold. */
import { describe, expect, test } from 'vitest'
import { Association, BASE, Connection } from './stage.ts'

/** 60 units on subflow 0, one each 0.3 s, except those at `strays` places before the end, which go over subflow 1; then subflow 1 alone. */
function handOver(strays: number[]): Connection {
  const connection = new Connection().open().join(0.1, 1)
  for (let i = 0; i < 60; i++) connection.data(1 + i * 0.3, 1, strays.includes(60 - i) ? 1 : 0, 1 + i * 1000)
  for (let i = 0; i < 20; i++) connection.data(19 + i * 0.3, 1, 1, 60_001 + i * 1000)
  connection.stage.finish()
  return connection
}

describe('(i) the old pair carried 90 % of the last 20 units', () => {
  test.each([
    { strays: [8], carried: 19, moves: 1 },
    { strays: [8, 14], carried: 18, moves: 1 },
    { strays: [8, 14, 20], carried: 17, moves: 0 },
  ])('$carried of 20: $moves', ({ strays, moves }) => {
    expect(handOver(strays).stage.analyzer.rehomings()).toHaveLength(moves)
  })
})

describe('an acknowledgement sooner than half a round trip after the last copy speaks for the first one', () => {
  test.each([
    { before: 0.5, moves: 1 },
    { before: 0.99, moves: 1 },
    { before: 1.2, moves: 0 },
  ])('sent $before s before it, on the other pair: $moves', ({ before, moves }) => {
    const association = new Association().open()
    const events: [number, () => void][] = []
    for (let i = 1; i <= 100; i++) {
      const t = 1 + i / 20
      events.push([t, () => association.data(t, 0, 1, i)], [t + 0.02, () => association.sack(t + 0.02, 1, 1, i)])
    }
    for (let i = 101; i <= 160; i++) {
      const t = 7 + i / 20
      events.push([t - before, () => association.data(t - before, 0, 0, i)])
      events.push([t - 0.005, () => association.data(t - 0.005, 0, 1, i)], [t, () => association.sack(t, 1, 1, i)])
    }
    for (const [, act] of events.sort((a, b) => a[0] - b[0])) act()
    association.stage.finish()
    const found = association.stage.analyzer.rehomings()
    expect(found.map((r) => [r.to.initiator, r.to.responder])).toEqual(
      Array.from({ length: moves }, () => [Association.A[0], Association.B[0]]),
    )
  })
})

describe('(iii) nothing sent on the old pair within H is delivered', () => {
  test.each([
    { after: 1.9, moves: 0 },
    { after: 2, moves: 0 },
    { after: 2.1, moves: 1 },
  ])('a unit on the old pair $after s after: $moves', ({ after, moves }) => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 50; i++, dsn += 1000) connection.data(1 + i / 10, 1, 0, dsn)
    for (let i = 0; i < 60; i++, dsn += 1000) {
      const time = 6.5 + i / 10
      if (Math.abs(time - (6.5 + after)) < 0.01) connection.data(6.5 + after, 1, 0, dsn)
      else connection.data(time, 1, 1, dsn)
    }
    connection.stage.finish()
    const found = connection.stage.analyzer.rehomings().filter((r) => Math.abs(r.t - (BASE + 6.5)) < 0.001)
    expect(found).toHaveLength(moves)
  })

  test('stragglers older than the first unit on the new pair are reordering', () => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 50; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
    connection.data(6.5, 1, 1, 51_001)
    connection.data(6.52, 1, 0, 50_001)
    for (let i = 0; i < 40; i++) connection.data(6.6 + i / 10, 1, 1, 52_001 + i * 1000)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 6.5 }])
  })

  test('copies of data that had arrived, sent again on the old pair, count for nothing', () => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 50; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
    for (let i = 0; i < 40; i++) {
      connection.data(6.5 + i / 10, 1, 1, 50_001 + i * 1000)
      if (i % 10 === 5) connection.data(6.55 + i / 10, 1, 0, 49_001)
    }
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 6.5, label: 'REHOMED' }])
  })

  test('a short overlap of both pairs dates the move to the first unit after the last on the old one', () => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 50; i++, dsn += 1000) connection.data(1 + i / 10, 1, 0, dsn)
    for (let i = 0; i < 6; i++, dsn += 1000) connection.data(6 + i / 10, 1, (i + 1) % 2, dsn)
    for (let i = 0; i < 40; i++, dsn += 1000) connection.data(6.6 + i / 10, 1, 1, dsn)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 6.6 }])
  })
})

describe('(iv) three units on the new pair, or one when the session sends fewer than three', () => {
  test.each([
    { name: 'two delivered, one more sent into the old pair', good: 2, dead: 1, moves: 0 },
    { name: 'three delivered, one more sent into the old pair', good: 3, dead: 1, moves: 1 },
    { name: 'one delivered, nothing else sent', good: 1, dead: 0, moves: 1 },
    { name: 'two delivered, nothing else sent', good: 2, dead: 0, moves: 1 },
  ])('$name: $moves', ({ good, dead, moves }) => {
    const association = new Association().open()
    for (let i = 1; i <= 50; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 1; i <= good; i++) association.data(7 + i / 10, 0, 1, 50 + i).sack(7 + i / 10 + 0.02, 1, 1, 50 + i)
    for (let i = 1; i <= dead; i++) association.data(7.5 + i / 10, 0, 0, 50 + good + i)
    association.stage.finish(30)
    expect(association.stage.analyzer.rehomings()).toHaveLength(moves)
  })
})

test('the session moves on, or back, before its last move is decided', () => {
  // 40 units a second; the second move comes after H, when the acknowledgements of the first may still be on their way
  const association = new Association().open()
  let tsn = 1
  const data = (from: number, until: number, path: number): void => {
    for (let time = from; time < until - 0.001; time += 0.025, tsn++) association.data(time, 0, path, tsn).sack(time + 0.01, 1, path, tsn)
  }
  data(1, 5, 0)
  data(5, 5.25, 1)
  data(7.5, 13, 0)
  association.stage.finish(30)
  expect(association.stage.analyzer.rehomings()).toMatchObject([
    { t: BASE + 5, label: 'REHOMED' },
    { t: BASE + 7.5, label: 'FAIL-BACK' },
  ])
})

test('a slow session that sends each unit into the dead pair first: units are counted, not their copies', () => {
  const association = new Association().open()
  for (let i = 1; i <= 10; i++) association.data(i * 1.5, 0, 0, i).sack(i * 1.5 + 0.2, 1, 0, i)
  association.data(16.5, 0, 0, 11).data(16.9, 0, 1, 11).sack(17.1, 1, 1, 11)
  association.data(18, 0, 0, 12).data(18.8, 0, 1, 12).sack(19, 1, 1, 12)
  association.data(19.5, 0, 0, 13).data(20.9, 0, 1, 13).sack(21.1, 1, 1, 13)
  for (let i = 14; i <= 20; i++) association.data(i * 1.5, 0, 1, i).sack(i * 1.5 + 0.2, 1, 1, i)
  association.stage.finish(60)
  expect(association.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 16.9, tentative: false }])
})

test('a unit here and there, repeated on both pairs, has moved nothing', () => {
  const connection = new Connection().open().join(0.1, 1)
  connection.data(1, 1, 0, 1, 1).data(1.4, 1, 1, 2, 1).data(1.8, 1, 1, 2, 1).data(1.85, 1, 0, 2, 1).data(4.5, 1, 0, 3, 1)
  connection.stage.finish(30)
  expect(connection.stage.analyzer.rehomings()).toEqual([])
})

describe('what the captured end sends is delivered when its acknowledgement comes within max(1 s, 3 RTT)', () => {
  test.each([
    { wait: 0.99, moves: 0 },
    { wait: 1, moves: 0 },
    { wait: 1.01, moves: 1 },
  ])('a unit sent on the old pair, acknowledged after $wait s: $moves', ({ wait, moves }) => {
    const association = new Association().open()
    for (let i = 1; i <= 50; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 1; i <= 60; i++) {
      const time = 7 + i / 10
      // Unit 65 goes into the old pair, 1.4 s after the move: later than an overlap.
      if (i === 15) association.data(time, 0, 0, 50 + i)
      else association.data(time, 0, 1, 50 + i)
      const late = time + 0.02 >= 8.5 && time + 0.02 < 8.5 + wait
      if (late) association.sack(time + 0.02, 1, 1, 64, [[66, 50 + i + 1]])
      else if (i === 15) continue
      else {
        if (Math.abs(time - (8.5 + wait)) < 0.2 && time >= 8.5 + wait) association.sack(8.5 + wait, 1, 1, 50 + i - 1)
        association.sack(time + 0.02, 1, 1, 50 + i)
      }
    }
    association.stage.finish(30)
    const found = association.stage.analyzer.rehomings().filter((r) => Math.abs(r.t - (BASE + 7.1)) < 0.001)
    expect(found).toHaveLength(moves)
  })
})

describe('the data ends before H has passed', () => {
  // Both pairs work; then the last units, one each 25 ms, are all on the new one.
  test.each([
    { units: 12, moves: 0 },
    { units: 20, moves: 0 },
    { units: 22, moves: 1 },
  ])('$units units on the new pair alone: $moves moves', ({ units, moves }) => {
    const association = new Association().open()
    for (let i = 0; i < 200; i++) association.data(1 + i / 40, 0, 0, 1 + i).sack(1.01 + i / 40, 1, 0, 1 + i)
    for (let i = 0; i < units; i++) association.data(6 + i / 40, 0, 1, 201 + i).sack(6.01 + i / 40, 1, 1, 201 + i)
    association.stage.finish()
    const found = association.stage.analyzer.rehomings()
    expect(found).toHaveLength(moves)
    for (const move of found) expect(move).toMatchObject({ t: BASE + 6, tentative: true })
  })
})

describe('the data ends soon after it came back', () => {
  /** Left at 5 s, when nothing more is answered on pair 0; a heartbeat is at `answered`; `units` of 25 ms from 9 s on. */
  test.each([
    { answered: 8.98, units: 8, moves: 2 },
    { answered: 8.98, units: 2, moves: 1 },
    { answered: 7.5, units: 8, moves: 1 },
    { answered: null, units: 8, moves: 1 },
  ])('a heartbeat answered at $answered s, then $units units from 9 s: $moves moves', ({ answered, units, moves }) => {
    const association = new Association().open()
    for (let i = 0; i < 160; i++) association.data(1 + i / 40, 0, 0, 1 + i).sack(1.01 + i / 40, 1, 0, 1 + i)
    let tsn = 161
    const away = (from: number, to: number): void => {
      for (let at = from; at < to - 1e-6; at += 1 / 40, tsn++) association.data(at, 0, 1, tsn).sack(at + 0.01, 1, 1, tsn)
    }
    away(5.5, 6.1)
    association.heartbeat(6.1, 0, 0, 'lost')
    away(6.11, answered ?? 9)
    if (answered !== null) association.heartbeat(answered, 0, 0, 'found').heartbeat(answered + 0.005, 1, 0, 'found', true)
    if (answered !== null) away(answered + 0.006, 9)
    for (let i = 0; i < units; i++, tsn++) association.data(9 + i / 40, 0, 0, tsn).sack(9.01 + i / 40, 1, 0, tsn)
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()).toHaveLength(moves)
  })
})

describe('a pair that drops out of a shared load', () => {
  /** Shared until 6.0 in runs of 30 units, then subflow 1 alone; \`lost\`: what was sent last on subflow 0 is sent again on 1. */
  function sharing(lost: boolean): Connection {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 500; i++, dsn += 1000)
      connection.data(1 + i / 100, 0, Math.floor(i / 25) % 2 === 0 ? 1 : 0, dsn).ack(1.005 + i / 100, 1, 0, dsn + 1000)
    if (lost) {
      connection.data(6.001, 0, 0, dsn)
      connection.data(6.31, 0, 1, dsn).ack(6.315, 1, 1, dsn + 1000)
      dsn += 1000
    }
    for (let i = 0; i < 500; i++, dsn += 1000) connection.data(6.32 + i / 100, 0, 1, dsn).ack(6.325 + i / 100, 1, 1, dsn + 1000)
    connection.stage.finish()
    return connection
  }
  test('without a failure it is the scheduler: LOAD-SHARED goes before REHOMED', () => {
    expect(sharing(false).stage.analyzer.rehomings()).toEqual([])
  })
  test.each([
    { alone: 24, moves: [] },
    { alone: 26, moves: [{ t: BASE + 2.9 }] },
  ])(
    'a burst on both at start-up, then $alone units in 20 ms each on one alone, a few in turns, and all on the other',
    ({ alone, moves }) => {
      const connection = new Connection().open().join(0.1, 1)
      let dsn = 1
      const send = (seconds: number, path: number): void => {
        connection.data(seconds, 1, path, dsn)
        dsn += 1000
      }
      for (let i = 0; i < 20; i++) send(1.9 - alone / 50 + i / 50, i % 2)
      for (let i = 0; i <= alone; i++) send(2.3 - alone / 50 + i / 50, 0)
      for (let i = 0; i < 15; i++) send(2.32 + i / 25, i % 3 === 2 ? 0 : 1)
      for (let i = 0; i < 300; i++) send(2.9 + i / 50, 1)
      connection.stage.finish()
      expect(connection.stage.analyzer.rehomings()).toMatchObject(moves)
    },
  )
  test('with one it is a move', () => {
    expect(sharing(true).stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 6.31, trigger: { class: 'transport' } }])
  })
})

describe('a move of both directions', () => {
  /** Both on pair 0 until 5 s, then the one from 5.5 s on pair 1, the other from 6 s; `every`: seconds between units of each direction. */
  test.each([
    { first: 0 as const, every: [0.1, 0.1], outage: 1000 },
    { first: 1 as const, every: [0.1, 0.1], outage: 1000 },
    { first: 0 as const, every: [0.1, 0.12], outage: 1000 },
    { first: 0 as const, every: [0.05, 0.5], outage: 500 },
    { first: 1 as const, every: [0.5, 0.05], outage: 500 },
  ])('direction $first first, units each $every s: $outage ms', ({ first, every, outage }) => {
    const association = new Association().open()
    const frames: { at: number; sender: 0 | 1; path: number }[] = []
    for (const sender of [0, 1] as const) {
      const gap = every[sender] as number
      for (let at = 5; at > 1; at -= gap) frames.push({ at, sender, path: 0 })
      for (let at = sender === first ? 5.5 : 6; at < 12; at += gap) frames.push({ at, sender, path: 1 })
    }
    frames.sort((a, b) => a.at - b.at)
    const tsn = [0, 0]
    for (const { at, sender, path } of frames) {
      tsn[sender] = (tsn[sender] as number) + 1
      association.data(at, sender, path, tsn[sender] as number)
      if (sender === 0) association.sack(at + 0.002, 1, path, tsn[0] as number)
    }
    association.stage.finish()
    const [move, ...more] = association.stage.analyzer.rehomings()
    expect(more).toEqual([])
    expect(move).toMatchObject({ t: BASE + 5.5, direction: 'both' })
    expect(Math.round((move?.metrics.outage?.value ?? 0) / 20) * 20).toBe(outage)
  })
})

describe('labels of a session', () => {
  test('FLAP from the third move within 60 s', () => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let k = 0; k < 5; k++) for (let i = 0; i < 60; i++, dsn += 1000) connection.data(1 + k * 6 + i / 10, 1, k % 2, dsn)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings().map((r) => r.label)).toEqual(['REHOMED', 'FAIL-BACK', 'FLAP', 'FLAP'])
  })

  test('both directions that move together are one event', () => {
    const association = new Association().open()
    let tsn = 1
    for (let k = 0; k < 2; k++)
      for (let i = 0; i < 60; i++, tsn++) {
        const time = 1 + k * 6 + i / 10
        association.data(time, 0, k, tsn).data(time + 0.01, 1, k, 9000 + tsn)
        association.sack(time + 0.02, 1, k, tsn).sack(time + 0.03, 0, k, 9000 + tsn)
      }
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()).toMatchObject([{ direction: 'both', t: BASE + 7 }])
  })

  test('acknowledgements alone move nothing', () => {
    const association = new Association().open()
    for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, i > 50 ? 1 : 0, i)
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()).toEqual([])
  })
})

test('the end of a capture is judged by its last packet, however far a live clock has gone', () => {
  const end = (ticks: number[]): unknown => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 50; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
    for (let i = 0; i < 12; i++) connection.data(7 + i / 10, 1, 1, 50_001 + i * 1000)
    for (const tick of ticks) connection.stage.analyzer.tick(tick * 1e9)
    connection.stage.finish(8.1)
    return connection.stage.analyzer.rehomings()
  }
  expect(end([])).toMatchObject([{ t: BASE + 7, decidedAt: BASE + 8.1, tentative: true }])
  expect(end([8.4, 8.9])).toEqual(end([]))
})

test('a move is settled when the other direction can no longer join it', () => {
  const connection = new Connection().open().join(0.1, 1)
  const { analyzer } = connection.stage
  for (let i = 0; i < 80; i++) {
    const path = i < 50 ? 0 : 1
    connection.data(1 + i / 10, 1, path, 1 + i * 1000)
    connection.data(1.05 + i / 10, 0, path, 1 + i * 1000)
    connection.ack(1.07 + i / 10, 1, path, 1 + (i + 1) * 1000)
  }
  const said = (seconds: number): unknown => {
    analyzer.tick(seconds * 1e9)
    return [analyzer.rehomings().map(({ id, direction }) => [id, direction]), [...analyzer.unsettledMoves()]]
  }
  expect(said(8.5)).toEqual([[['r1', 'responder-to-initiator']], ['r1']])
  expect(said(9.5)).toEqual([[['r1', 'both']], []])
})
