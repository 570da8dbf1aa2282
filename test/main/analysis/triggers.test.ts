/** Why a session moved: each class of rehoming.md section 4 with its scores, at the edges of its windows. */
import { describe, expect, test } from 'vitest'
import type { RehomingReport } from '../../../shared/report.ts'
import type { LinkDetail } from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, BASE, Connection, Stage, type Wire } from './stage.ts'

/** Data on pair 0 until 10.0, on pair 1 from 13.0; `between` adds what explains it. */
function failover(between: (association: Association) => void, association = new Association()): Association {
  association.open()
  for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
  between(association)
  for (let i = 0; i < 40; i++) association.data(13 + i / 10, 0, 1, 101 + i).sack(13 + i / 10 + 0.02, 1, 1, 101 + i)
  association.stage.finish()
  return association
}

function icmp(association: Association, seconds: number, version: 4 | 6, type: number, code: number): void {
  const { stage } = association
  stage.packet(seconds, association.wire(0, 0))
  const { flow, direction } = stage.signal
  stage.emit(SignalKind.IcmpError, {
    protocol: SignalProtocol.Icmp,
    flow,
    direction,
    detail: { version, type, code, message: `type ${type} code ${code}`, reporter: -1, quotedToken: null, mtu: null },
  })
}

describe('ICMP errors about the old pair', () => {
  test.each([
    { version: 4 as const, type: 3, code: 1, score: 80 },
    { version: 4 as const, type: 11, code: 0, score: 80 },
    { version: 4 as const, type: 3, code: 13, score: 60 },
    { version: 4 as const, type: 3, code: 4, score: 40 },
    { version: 6 as const, type: 1, code: 0, score: 80 },
    { version: 6 as const, type: 1, code: 5, score: 80 },
    { version: 6 as const, type: 1, code: 1, score: 60 },
    { version: 6 as const, type: 2, code: 0, score: 40 },
  ])('ICMPv$version $type/$code: $score', ({ version, type, code, score }) => {
    const [move] = failover((a) => icmp(a, 12, version, type, code)).stage.analyzer.rehomings()
    expect(move?.trigger).toMatchObject({ class: 'icmp', score })
    expect(move?.trigger.frames).toHaveLength(1)
  })

  test.each([
    { at: 7.999, counts: false },
    { at: 8, counts: true },
    { at: 8.001, counts: true },
  ])('5 s before the move: one at $at s counts: $counts', ({ at, counts }) => {
    const association = new Association().open()
    for (let i = 1; i <= 70; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    icmp(association, at, 4, 3, 1)
    for (let i = 0; i < 40; i++) association.data(13 + i / 10, 0, 1, 71 + i).sack(13 + i / 10 + 0.02, 1, 1, 71 + i)
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()[0]?.trigger.class).toBe(counts ? 'icmp' : 'unknown')
  })
})

describe('heartbeats on the old pair', () => {
  test.each([
    { n: 1, score: 55 },
    { n: 2, score: 60 },
    { n: 6, score: 80 },
    { n: 7, score: 80 },
  ])('$n unanswered in a row: $score', ({ n, score }) => {
    const [move] = failover((a) => {
      for (let i = 0; i < n; i++) a.heartbeat(10.2 + i / 4, 0, 0, `h${i}`)
    }).stage.analyzer.rehomings()
    expect(move?.trigger).toMatchObject({ class: 'heartbeat', score })
  })

  test('an answer from another address is an answer: matched by information', () => {
    const [move] = failover((a) => {
      a.heartbeat(10.2, 0, 0, 'h')
      a.heartbeat(10.3, 1, 1, 'h', true)
    }).stage.analyzer.rehomings()
    expect(move?.trigger.class).not.toBe('heartbeat')
  })
})

describe('the way back', () => {
  /** Moves to pair 1 at 13.0; `probe` may show the first pair's target alive; data on `back` from 18.0. */
  function returning(probe: (a: Association) => void, wire: (a: Association) => Wire): RehomingReport[] {
    const association = new Association().open()
    const { stage } = association
    for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 0; i < 50; i++) association.data(13 + i / 10, 0, 1, 101 + i).sack(13 + i / 10 + 0.02, 1, 1, 101 + i)
    probe(association)
    for (let i = 0; i < 50; i++) {
      stage.packet(18 + i / 10, wire(association), 400)
      stage.emit(SignalKind.Payload, { token: association.token(0), space: UnitSpace.Tsn, unit: 151 + i, span: 1, bytes: 300 })
      association.sack(18 + i / 10 + 0.02, 1, 1, 151 + i)
    }
    stage.finish()
    return stage.analyzer.rehomings()
  }
  /** from the second address to the first of the peer, over the second interface */
  const crossed = (a: Association): Wire => ({ ...a.wire(0, 1), to: Association.B[0] as string })

  test('the address that was left answers a heartbeat sent from another address: heartbeat, and it blames nothing', () => {
    const probe = (a: Association): void => {
      const detail = { message: 'HEARTBEAT', match: 'x', authentication: 'A1' as const }
      a.stage.packet(17.96, crossed(a)).emit(SignalKind.Probed, { token: a.token(0), detail })
      a.heartbeat(17.98, 1, 1, 'x', true)
    }
    const moves = returning(probe, crossed)
    expect(moves).toMatchObject([
      { t: BASE + 13 },
      {
        t: BASE + 18,
        to: { initiator: '198.51.100.10', responder: '203.0.113.10' },
        trigger: { class: 'heartbeat', score: 50 },
        spurious: false,
      },
    ])
    expect(moves[1]?.trigger.frames).toHaveLength(2)
  })

  test('one that had answered all the time explains no return', () => {
    const probe = (a: Association): void => {
      a.heartbeat(12.9, 0, 0, 'w')
      for (const [i, at] of [13.2, 17.9].entries()) {
        const detail = { message: 'HEARTBEAT', match: `x${i}`, authentication: 'A1' as const }
        a.stage.packet(at < 14 ? 17.91 : 17.96, crossed(a)).emit(SignalKind.Probed, { token: a.token(0), detail })
      }
    }
    expect(returning(probe, crossed)[1]).toMatchObject({ trigger: { class: 'policy' } })
  })
})

describe('asked to go back, by a host whose data pauses', () => {
  const HOME = Association.B[0] as string

  /** Set Primary by the peer for its first address. */
  function prefer(a: Association, seconds: number): void {
    const detail = {
      message: 'ASCONF: Set Primary IP Address',
      address: a.stage.address(HOME),
      addressId: null,
      backup: false,
      serial: 1,
      correlation: 1,
      authentication: 'A1' as const,
    }
    a.stage.packet(seconds, a.wire(1, 1)).emit(SignalKind.Preferred, { token: a.token(1), detail })
  }

  const answered = (a: Association, seconds: number, path: number, match: string): void => {
    a.heartbeat(seconds, 0, path, match).heartbeat(seconds + 0.02, 1, path, match, true)
  }

  interface Play {
    name: string
    /** heartbeats on the pair it had left, not answered, and one that is */
    missed: number[]
    home: number
    asked: boolean
    /** last data on pair 1, before data on pair 0 from 18.0; the next unit was lost there */
    last: number
    lost?: number
    /** a heartbeat on pair 1 after that */
    away?: number
    found: { class: string; score: number }
  }

  test.each<Play>([
    { name: 'no pause', missed: [], home: 15, asked: true, last: 17.9, found: { class: 'policy', score: 60 } },
    { name: 'a pause', missed: [], home: 15, asked: true, last: 17.4, found: { class: 'policy', score: 45 } },
    {
      name: 'a pause of a pair that works on',
      missed: [],
      home: 15,
      asked: true,
      last: 17.4,
      away: 18.45,
      found: { class: 'policy', score: 60 },
    },
    { name: 'heartbeats missed before', missed: [14, 15], home: 16, asked: true, last: 17.9, found: { class: 'policy', score: 60 } },
    { name: 'both', missed: [14, 15], home: 16, asked: true, last: 17.4, found: { class: 'policy', score: 45 } },
    {
      name: 'the pair itself silent',
      missed: [14],
      home: 15,
      asked: true,
      last: 17,
      away: -17.2,
      found: { class: 'heartbeat', score: 55 },
    },
    { name: 'not asked', missed: [14, 15], home: 16, asked: false, last: 17.9, found: { class: 'heartbeat', score: 60 } },
    { name: 'not asked, never left off', missed: [], home: 15, asked: false, last: 17.9, found: { class: 'heartbeat', score: 50 } },
    {
      name: 'not asked, data lost',
      missed: [14, 15],
      home: 16,
      asked: false,
      last: 16.4,
      lost: 16.5,
      found: { class: 'transport', score: 60 },
    },
  ])('$name: $found', ({ missed, home, asked, last, lost, away, found }) => {
    const association = new Association().open()
    const events: [number, () => void][] = []
    const at = (seconds: number, act: () => void): void => void events.push([seconds, act])
    let tsn = 1
    const unit = (seconds: number, path: number): void => {
      const number = tsn++
      at(seconds, () => association.data(seconds, 0, path, number))
      at(seconds + 0.02, () => association.sack(seconds + 0.02, 1, path, number))
    }
    for (let i = 1; i <= 100; i++) unit(i / 10, 0)
    for (let i = 0; 13 + i / 10 < last + 0.01; i++) unit(13 + i / 10, 1)
    if (lost !== undefined) {
      const number = tsn++
      for (const seconds of [lost, lost + 1]) at(seconds, () => association.data(seconds, 0, 1, number))
      at(18, () => association.data(18, 0, 0, number))
      at(18.02, () => association.sack(18.02, 1, 0, number))
    }
    for (let i = 0; i < 40; i++) unit(18.03 + i / 10, 0)
    for (const seconds of missed) at(seconds, () => association.heartbeat(seconds, 0, 0, `lost ${seconds}`))
    at(home, () => answered(association, home, 0, 'home'))
    if (asked) at(17.96, () => prefer(association, 17.96))
    // negative: not answered
    if (away !== undefined && away > 0) at(away, () => answered(association, away, 1, 'away'))
    else if (away !== undefined) at(-away, () => association.heartbeat(-away, 0, 1, 'away'))
    for (const [, act] of events.sort(([a], [b]) => a - b)) act()
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()[1]).toMatchObject({ label: 'FAIL-BACK', trigger: found })
  })
})

describe('a switch though the old pair worked', () => {
  // The captured end's own answer leaves it and may be lost: only what comes in proves the pair.
  test.each([
    { prober: 0 as const, spurious: true },
    { prober: 1 as const, spurious: false },
  ])('a heartbeat of end $prober answered within 3 s after the move: spurious $spurious', ({ prober, spurious }) => {
    const association = new Association().open()
    for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    association.heartbeat(10.2, 0, 0, 'lost')
    for (let i = 0; i < 40; i++) {
      association.data(13 + i / 10, 0, 1, 101 + i).sack(13 + i / 10 + 0.02, 1, 1, 101 + i)
      if (i === 10) association.heartbeat(14.03, prober, 0, 'h').heartbeat(14.05, (1 - prober) as 0 | 1, 0, 'h', true)
    }
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()).toMatchObject([{ trigger: { class: 'heartbeat' }, spurious }])
  })
})

describe('retransmission timeouts on the old pair', () => {
  test.each([
    { n: 1, score: 55 },
    { n: 2, score: 60 },
    { n: 5, score: 75 },
    { n: 6, score: 75 },
  ])('$n: $score', ({ n, score }) => {
    const [move] = failover((a) => {
      a.data(10.1, 0, 0, 101)
      for (let i = 1; i <= n; i++) a.data(10.1 + i * 0.4, 0, 0, 101)
    }).stage.analyzer.rehomings()
    // The last copy, on the new pair, is one more.
    expect(move?.trigger).toMatchObject({ class: 'transport', score: Math.min(75, score + 5) })
  })
})

describe('the link log', () => {
  const down = (time: number, more: Partial<LinkDetail> = {}) => ({
    time: time * 1e9,
    line: 1,
    detail: { message: 'carrier lost', what: 'link-down' as const, interfaceName: 'upA', subject: null, ...more },
  })
  const cause = (events: ReturnType<typeof down>[]) => {
    const association = new Association(new Stage({ linkEvents: events }))
    return failover((a) => a.heartbeat(10.2, 0, 0, 'x'), association).stage.analyzer.rehomings()[0]?.trigger
  }

  test('carrier lost on the old interface wins', () => expect(cause([down(10.05)])).toMatchObject({ class: 'link', score: 90, frames: [] }))
  test('on another interface it is not it', () => expect(cause([down(10.05, { interfaceName: 'upC' })])?.class).toBe('heartbeat'))
  test.each([
    { name: 'carrier lost, told 0.9 s after the move', after: 0.9, message: 'upA: carrier lost', heard: false, found: 'link' },
    { name: 'told too late for that', after: 1.1, message: 'upA: carrier lost', heard: false, found: 'policy' },
    { name: 'but something still came in there', after: 0.9, message: 'upA: carrier lost', heard: true, found: 'policy' },
    { name: 'set down after the move', after: 0.9, message: 'upA: set down by the administrator', heard: false, found: 'policy' },
  ])('$name: $found', ({ after, message, heard, found }) => {
    const connection = new Connection(new Stage({ linkEvents: [down(6 + after, { message })] })).open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 200; i++, dsn += 1000) {
      connection.data(1 + i / 20, 1, i < 100 ? 0 : 1, dsn)
      if (heard && i === 105) connection.ack(6.26, 1, 0, 1)
    }
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 6, trigger: { class: found } }])
  })
  test('when the link came back before, it is not it', () =>
    expect(cause([down(8), { ...down(9), detail: { ...down(9).detail, what: 'link-up' as never } }])?.class).toBe('heartbeat'))
  test('the old address removed', () =>
    expect(cause([down(10.05, { what: 'address-removed' as never, subject: '192.0.2.10/25' })])).toMatchObject({
      class: 'link',
      score: 90,
    }))
})

describe('the interface that a path ran over', () => {
  // Routes away, an address's own acknowledgements leave by the other interface before the move is decided.
  test.each([
    { over: 0, found: 'link' },
    { over: 1, found: 'link' },
  ])('acknowledgements from the old address over interface $over change nothing', ({ over, found }) => {
    const log = [
      { time: 6.002e9, line: 1, detail: { message: 'upA: set down', what: 'link-down' as const, interfaceName: 'upA', subject: null } },
    ]
    const connection = new Connection(new Stage({ linkEvents: log })).open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(1 + i / 20, 1, 0, dsn)
    for (let i = 0; i < 100; i++, dsn += 1000) {
      connection.data(6 + i / 20, 1, 1, dsn)
      if (i === 1)
        connection.stage
          .packet(6.06, { ...connection.wire(0, 0), interface: over })
          .emit(SignalKind.Acknowledged, { space: UnitSpace.Dsn, unit: dsn })
    }
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ from: { interface: 'upA' }, trigger: { class: found, score: 90 } }])
  })
})

describe('data that leaks through the other interface', () => {
  const log = [
    { time: 6.002e9, line: 1, detail: { message: 'upA: set down', what: 'link-down' as const, interfaceName: 'upA', subject: null } },
  ]
  test.each([
    { name: 'for a tenth of a second, while the address is on its way out', until: 6.1, moved: 'Moved from upA to upB', from: 'upA' },
    { name: 'for longer, which is where the address is now', until: 8, moved: 'Moved from 192.0.2.10 to 198.51.100.10', from: 'upB' },
  ])('$name', ({ until, moved, from }) => {
    const association = new Association(new Stage({ linkEvents: log })).open()
    let tsn = 1
    const data = (time: number, path: number, over: number): void => {
      association.stage
        .packet(time, { ...association.wire(0, path), interface: over }, 400)
        .emit(SignalKind.Payload, { token: association.token(0), space: UnitSpace.Tsn, unit: tsn, span: 1, bytes: 300 })
      association.sack(time + 0.01, 1, path, tsn)
      tsn++
    }
    for (let i = 0; i < 100; i++) data(1 + i / 20, 0, 0)
    for (let time = 6.01; time < until; time += 0.05) data(time, 0, 1)
    for (let i = 0; i < 100; i++) data(until + i / 20, 1, 1)
    association.stage.finish()
    const [move] = association.stage.analyzer.rehomings()
    expect(move?.from.interface).toBe(from)
    expect(move?.headline?.startsWith(moved), move?.headline).toBe(true)
  })
})

describe('a host that leaves a working pair at once', () => {
  const down = { message: 'upA: carrier lost', what: 'link-down' as const, interfaceName: 'upA', subject: null }
  test.each([
    { why: 'its link lost carrier', linkEvents: [{ time: 6.002e9, line: 1, detail: down }], failed: 'both' },
    { why: 'it chose to', linkEvents: [], failed: null },
  ])('because $why: the old pair failed $failed', ({ linkEvents, failed }) => {
    const connection = new Connection(new Stage({ linkEvents })).open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 200; i++, dsn += 1000) connection.data(1 + i / 20, 1, i < 101 ? 0 : 1, dsn)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ from: { interface: 'upA' }, failedDirection: failed }])
  })
})

describe('a receiver whose data does not flow', () => {
  /** bursts of `size` units each `every` s, 20 on pair 0, then 20 on pair 1 that begin `late` s after their time */
  test.each([
    { size: 3, every: 0.23, late: 0, found: 'policy' },
    { size: 3, every: 0.23, late: 0.03, found: 'policy' },
    { size: 3, every: 0.23, late: 0.1, found: 'transport' },
    { size: 1, every: 2.5, late: 0, found: 'unknown' },
    { size: 1, every: 2.5, late: 0.18, found: 'unknown' },
    { size: 1, every: 2.5, late: 0.2, found: 'transport' },
    { size: 1, every: 0.02, late: 0.12, found: 'unknown' },
    { size: 1, every: 0.02, late: 0.14, found: 'transport' },
  ])('bursts of $size each $every s, the first on the new pair $late s late: $found', ({ size, every, late, found }) => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    const last = Math.max(20, 4 / every)
    for (let burst = 0; burst < 2 * last; burst++)
      for (let i = 0; i < size; i++, dsn += 1000)
        connection.data(1 + burst * every + i / 1000 + (burst < last ? 0 : late), 1, burst < last ? 0 : 1, dsn)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ trigger: { class: found } }])
  })
})

describe('what is sent again', () => {
  test.each([{ twice: false }, { twice: true }])('is not what the capture holds twice: $twice', ({ twice }) => {
    const association = new Association().open()
    const data = (t: number, path: number, tsn: number): void => {
      association.data(t, 0, path, tsn)
      if (twice) association.data(t + 0.000_002, 0, path, tsn)
    }
    for (let i = 1; i <= 100; i++) {
      data(i / 20, 0, i)
      association.sack(i / 20 + 0.02, 1, 0, i)
    }
    data(5.05, 0, 101)
    data(6.05, 0, 101)
    data(8.05, 0, 101)
    for (let i = 0; i < 100; i++) {
      data(12.05 + i / 20, 1, 101 + i)
      association.sack(12.07 + i / 20, 1, 1, 101 + i)
    }
    association.stage.finish()
    const { sessions } = association.stage.analyzer.report([], '0')
    expect(sessions.map((s) => s.pairs.map((p) => p.payloadBytes))).toEqual([[103 * 300, 100 * 300]])
    expect(association.stage.analyzer.rehomings()[0]).toMatchObject({
      t: BASE + 12.05,
      trigger: { class: 'transport', score: 65 },
    })
  })

  test.each([
    { first: 'new data', overlap: 0 },
    { first: 'the end of what had arrived and new data in one segment', overlap: 800 },
  ])('on a subflow that works again is its own old copy, then $first: nothing against the pair that brought the data', ({ overlap }) => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 10; i++, dsn += 1000) connection.data(1 + i / 2, 1, 0, dsn)
    // Lost on pair 0, brought by pair 1, whose data comes each 2 s; then pair 0 works again and repeats what it had lost.
    const lost = dsn
    for (let i = 0; i < 6; i++, dsn += 1000) connection.data(7 + i * 2, 1, 1, dsn)
    connection.data(18, 1, 0, lost).data(18.5, 1, 0, lost + 1000)
    for (let i = 0; i < 10; i++, dsn += 1000) connection.data(19 + i / 2, 1, 0, dsn - overlap)
    connection.stage.finish()
    const [, back] = connection.stage.analyzer.rehomings()
    expect(back).toMatchObject({ t: BASE + 19, label: 'FAIL-BACK' })
    expect(back?.trigger.candidates?.filter((c) => c.detail.includes('timeout'))).toEqual([])
  })

  test('before the pair delivered again is not counted on: each failure has its own timeouts', () => {
    const association = new Association().open()
    let tsn = 1
    const good = (from: number, until: number, path: number): void => {
      for (let t = from; t < until; t += 0.1, tsn++) association.data(t, 0, path, tsn).sack(t + 0.02, 1, path, tsn)
    }
    /** three timeouts on pair 0, the last of them is repaired by pair 1 */
    const failing = (at: number): void => {
      for (const t of [0, 1, 2]) association.data(at + t, 0, 0, tsn)
      association.data(at + 3, 0, 1, tsn).sack(at + 3.02, 1, 1, tsn++)
    }
    good(1, 5, 0)
    failing(5)
    good(8.1, 11, 1)
    good(11, 12, 0)
    failing(12)
    good(15.1, 19, 1)
    association.stage.finish()
    const moves = association.stage.analyzer.rehomings().filter((r) => r.trigger.class === 'transport')
    const words = (r: RehomingReport | undefined): string[] => r?.trigger.candidates?.map((c) => c.detail) ?? []
    expect(moves.map((r) => r.t - BASE)).toEqual([8, 15])
    expect(words(moves[1])).toEqual(words(moves[0]))
  })
})

describe('what the endpoints say', () => {
  function prefer(connection: Connection, seconds: number, path: number, backup: boolean): void {
    connection.stage.packet(seconds, connection.wire(0, path)).emit(SignalKind.Preferred, {
      detail: { message: 'MP_PRIO', address: -1, addressId: null, backup, serial: null, correlation: null, authentication: 'A1' },
    })
  }

  test('MP_PRIO on a healthy path is policy', () => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(1 + i / 20, 1, 0, dsn)
    prefer(connection, 5.99, 0, true)
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(6 + i / 20, 1, 1, dsn)
    connection.stage.finish()
    // seen arriving: nothing has to be acknowledged before it is decided
    expect(connection.stage.analyzer.rehomings()).toMatchObject([
      { t: BASE + 6, decidedAt: BASE + 8, trigger: { class: 'policy', score: 60 }, signalled: true, verifiedBefore: true },
    ])
  })

  test.each([
    { asked: 'the pair that falls silent was made regular', path: 0, backup: false, found: 'transport' },
    { asked: 'it was made a backup', path: 0, backup: true, found: 'policy' },
    { asked: 'the other was made regular', path: 1, backup: false, found: 'policy' },
    { asked: 'the other was made a backup', path: 1, backup: true, found: 'transport' },
  ])('MP_PRIO speaks for a move away from a backup or onto a regular pair: $asked, $found', ({ path, backup, found }) => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    prefer(connection, 0.5, path, !backup)
    for (let i = 0; i < 100; i++, dsn += 1000) {
      if (i === 90) prefer(connection, 5.49, path, backup)
      connection.data(1 + i / 20, 1, 0, dsn)
    }
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(6.5 + i / 20, 1, 1, dsn)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 6.5, trigger: { class: found } }])
  })

  test('without any evidence a healthy old pair means policy, a dead one unknown', () => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(1 + i / 20, 1, 0, dsn)
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(6 + i / 20, 1, 1, dsn)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([{ trigger: { class: 'policy', score: 30, candidates: [] } }])
    expect(failover(() => {}).stage.analyzer.rehomings()).toMatchObject([{ trigger: { class: 'unknown', score: 0 } }])
  })

  // The last unit on the old pair was acknowledged one gap before the move: within the usual gap for data that flows, long ago otherwise.
  test.each([
    { gap: 0.1, found: 'policy' },
    { gap: 0.9, found: 'policy' },
    { gap: 1.1, found: 'unknown' },
    { gap: 4, found: 'unknown' },
  ])('a unit each $gap s: $found', ({ gap, found }) => {
    const association = new Association().open()
    for (let i = 0; i < 80; i++) {
      const path = i < 40 ? 0 : 1
      association.data(1 + i * gap, 0, path, 1 + i).sack(1.02 + i * gap, 1, path, 1 + i)
    }
    association.stage.finish(400)
    expect(association.stage.analyzer.rehomings()).toMatchObject([{ trigger: { class: found } }])
  })
})
