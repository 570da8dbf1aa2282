/** The reference traces of rehoming.md section 11 for the protocols that exist, and mid-capture forms of them. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, BASE, Connection, Stage } from './stage.ts'

/** Trace 1: DATA on A1-B1 until 10.0, the unit of 10.0 lost; re-sent on A2-B2 at 11.0; HEARTBEATs on the dead path; new DATA on A2-B2. */
function potentiallyFailed(association: Association): void {
  let tsn = 1
  for (let i = 1; i < 100; i++, tsn++) {
    association.data(i / 10, 0, 0, tsn)
    association.sack(i / 10 + 0.02, 1, 0, tsn)
  }
  association.data(10, 0, 0, tsn)
  association.data(11, 0, 1, tsn)
  association.heartbeat(11, 0, 0, 'aa')
  association.sack(11.02, 1, 1, tsn)
  for (let i = 1; i < 60; i++) {
    association.data(11 + i / 10, 0, 1, tsn + i)
    if (i === 20) association.heartbeat(13, 0, 0, 'bb')
    association.sack(11 + i / 10 + 0.02, 1, 1, tsn + i)
  }
}

describe('trace 1: SCTP fails over to its other pair', () => {
  test('the re-sent unit that the new pair delivers dates the move', () => {
    const association = new Association().open()
    potentiallyFailed(association)
    association.stage.finish()
    const { analyzer } = association.stage
    const moves = analyzer.rehomings()
    expect(moves).toHaveLength(1)
    const [move] = moves
    expect(move).toMatchObject({
      id: 'r1',
      session: 's1',
      t: BASE + 11,
      // H is over at 13; what was sent until then has its timeout of 1 s to be acknowledged in
      decidedAt: BASE + 14,
      direction: 'initiator-to-responder',
      from: { initiator: '192.0.2.10', responder: '203.0.113.10', interface: 'upA' },
      to: { initiator: '198.51.100.10', responder: '203.0.113.74', interface: 'upB' },
      moved: 'both',
      label: 'REHOMED',
      tentative: false,
      signalled: false,
      failedDirection: 'both',
      spurious: false,
    })
    expect(move?.trigger.class).toBe('transport')
    expect(move?.trigger.score).toBeGreaterThanOrEqual(55)
    expect(move?.metrics.detection).toMatchObject({ value: 1000, low: 0, high: 1100 })
    expect(move?.metrics.outage?.value).toBeCloseTo(1100, 3)
    expect(move?.metrics.lost?.value).toBe(1)
    expect(move?.metrics.retransmitted?.value).toBe(1)
    expect(move?.metrics.parts).toEqual({ gap: 100, waitSignal: 0, newData: 100, inconsistent: false })
    expect(move?.frame).toBe(204)
    expect(move?.headline).toBe('Moved from upA to upB at 11.000 s after a retransmission timeout (1.10 s without delivery)')
    const session = analyzer.session('s1')
    expect(session?.capturedEnd).toBe('initiator')
    expect(session?.labels).toEqual(expect.arrayContaining(['SINGLE', 'REHOMED']))
    expect(session?.timeline.map((e) => e.kind)).toEqual(
      expect.arrayContaining(['opened', 'payload-started', 'retransmitted', 'rehomed', 'probed']),
    )
  })

  // Eight units are lost on the old pair and sent again on the new one; the peer reports so many of them twice.
  test.each([
    { twice: 0, direction: 'both' },
    { twice: 2, direction: 'both' },
    { twice: 3, direction: 'both' },
    { twice: 4, direction: 'inbound' },
    { twice: 8, direction: 'inbound' },
  ])('$twice of 8 units arrived twice: $direction failed', ({ twice, direction }) => {
    const association = new Association().open()
    for (let i = 1; i < 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 0; i < 8; i++) association.data(10 + i / 10, 0, 0, 100 + i)
    for (let i = 0; i < 8; i++) association.data(11 + i / 100, 0, 1, 100 + i)
    association.sack(11.09, 1, 1, 107, [], twice)
    for (let i = 0; i < 50; i++) association.data(11.1 + i / 10, 0, 1, 108 + i).sack(11.12 + i / 10, 1, 1, 108 + i)
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()).toMatchObject([{ failedDirection: direction }])
  })

  test('it is not reported before its confirmation window has passed', () => {
    const association = new Association().open()
    for (let i = 1; i < 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 0; i < 10; i++) association.data(11 + i / 10, 0, 1, 100 + i).sack(11 + i / 10 + 0.02, 1, 1, 100 + i)
    expect(association.stage.analyzer.rehomings()).toHaveLength(0)
    association.stage.finish(20)
    expect(association.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 11, tentative: false }])
  })

  test('mid-capture: the same without handshake, tags known from data alone', () => {
    const association = new Association()
    potentiallyFailed(association)
    association.stage.finish()
    const { analyzer } = association.stage
    expect(analyzer.sessionCount).toBe(1)
    expect(analyzer.session('s1')).toMatchObject({
      midCapture: true,
      state: 'established',
      endpoints: [
        {
          role: 'initiator',
          locators: [
            { address: '192.0.2.10', how: 'observed' },
            { address: '198.51.100.10', how: 'observed' },
          ],
        },
        { role: 'responder', locators: [{ address: '203.0.113.10' }, { address: '203.0.113.74' }] },
      ],
    })
    expect(analyzer.rehomings()).toMatchObject([
      { t: BASE + 11, label: 'REHOMED', from: { initiator: '192.0.2.10' }, to: { initiator: '198.51.100.10' } },
    ])
  })

  test('the way back is a FAIL-BACK with the heartbeat that was answered again as its cause', () => {
    const association = new Association().open()
    potentiallyFailed(association)
    association.heartbeat(17, 0, 0, 'cc').heartbeat(17.02, 1, 0, 'cc', true)
    for (let i = 0; i < 40; i++) association.data(17.1 + i / 10, 0, 0, 160 + i).sack(17.12 + i / 10, 1, 0, 160 + i)
    association.stage.finish()
    const moves = association.stage.analyzer.rehomings()
    expect(moves.map((m) => [m.label, m.trigger.class])).toEqual([
      ['REHOMED', 'transport'],
      ['FAIL-BACK', 'heartbeat'],
    ])
  })
})

describe('trace 2: MPTCP shares its load', () => {
  test('alternating subflows are LOAD-SHARED, never a move', () => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 200; i++) connection.data(1 + i / 10, 1, i % 2, 1 + i * 1000)
    connection.stage.finish()
    const { analyzer } = connection.stage
    expect(analyzer.rehomings()).toEqual([])
    expect(analyzer.session('s1')?.labels).toContain('LOAD-SHARED')
    expect(analyzer.sessionCount).toBe(1)
  })

  test('a burst on both at start-up that ends on one neither forbids nor fakes a later move', () => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 60; i++, dsn += 1000) connection.data(0.2 + i / 1000, 1, i % 3 === 0 ? 1 : 0, dsn)
    for (let i = 0; i < 150; i++, dsn += 1000) connection.data(0.3 + i / 50, 1, 0, dsn)
    for (let i = 0; i < 150; i++, dsn += 1000) connection.data(3.6 + i / 50, 1, 1, dsn)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toMatchObject([
      { t: BASE + 3.6, moved: 'initiator', direction: 'responder-to-initiator' },
    ])
  })
})

describe('trace 3: a redundant scheduler', () => {
  test('the same data on both subflows within 20 ms is BICAST, never a move', () => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 100; i++, dsn += 1000) connection.data(1 + i / 20, 1, 0, dsn).data(1.02 + i / 20, 1, 1, dsn)
    connection.stage.finish()
    const session = connection.stage.analyzer.session('s1')
    expect(session?.labels).toContain('BICAST')
    expect(connection.stage.analyzer.rehomings()).toEqual([])
  })

  test('UDP copies from two source addresses are one session', () => {
    const stage = new Stage()
    const wire = (path: number) => ({
      protocol: SignalProtocol.Udp,
      from: ['192.0.2.10', '198.51.100.10'][path] as string,
      to: '203.0.113.10',
      fromPort: 7000,
      toPort: 7001,
      interface: path,
    })
    for (let i = 0; i < 60; i++)
      for (const path of [0, 1])
        stage
          .packet(1 + i / 20 + path / 100, wire(path))
          .emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: 77_000 + i * 13, span: 1, bytes: 200 })
    stage.finish()
    const sessions = stage.analyzer.report([], '0').sessions
    expect(sessions).toHaveLength(1)
    expect(sessions[0]).toMatchObject({ protocol: 'udp', pairs: [{ initiator: '192.0.2.10' }, { initiator: '198.51.100.10' }] })
    expect(sessions[0]?.labels).toContain('BICAST')
    expect(stage.analyzer.rehomings()).toEqual([])
  })
})

describe('trace 8: a session that sends every 20 s', () => {
  test('decides late: no event until 60 s after the move', () => {
    const association = new Association().open()
    for (let i = 0; i < 10; i++) association.data(1 + i * 20, 0, 0, 1 + i).sack(1.02 + i * 20, 1, 0, 1 + i)
    for (let i = 0; i < 3; i++) association.data(201 + i * 20, 0, 1, 11 + i).sack(201.02 + i * 20, 1, 1, 11 + i)
    expect(association.stage.analyzer.rehomings()).toEqual([])
    for (let i = 3; i < 6; i++) association.data(201 + i * 20, 0, 1, 11 + i).sack(201.02 + i * 20, 1, 1, 11 + i)
    expect(association.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 201, decidedAt: BASE + 262, tentative: false }])
  })

  test('at the end of a capture that is too short it is tentative', () => {
    const association = new Association().open()
    for (let i = 0; i < 10; i++) association.data(1 + i * 20, 0, 0, 1 + i).sack(1.02 + i * 20, 1, 0, 1 + i)
    for (let i = 0; i < 3; i++) association.data(201 + i * 20, 0, 1, 11 + i).sack(201.02 + i * 20, 1, 1, 11 + i)
    association.stage.finish()
    expect(association.stage.analyzer.rehomings()).toMatchObject([{ t: BASE + 201, tentative: true }])
  })
})

describe('MPTCP fails over and is told by the link log', () => {
  test('carrier loss of the old interface wins over the transport', () => {
    const stage = new Stage({
      linkEvents: [
        { time: 5.01e9, line: 3, detail: { message: 'upA: carrier lost', what: 'link-down', interfaceName: 'upA', subject: null } },
      ],
    })
    const connection = new Connection(stage).open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 200; i++, dsn += 1000) connection.data(1 + i / 50, 1, 0, dsn)
    for (let i = 0; i < 200; i++, dsn += 1000) connection.data(5.3 + i / 50, 1, 1, dsn)
    stage.finish()
    const [move] = stage.analyzer.rehomings()
    expect(move?.trigger).toMatchObject({ class: 'link', score: 90 })
    expect(move?.trigger.candidates).toMatchObject([{ class: 'link' }, { class: 'transport', score: 40 }])
    expect(move?.metrics.outage).toMatchObject({ value: 320 })
    expect(stage.analyzer.session('s1')?.timeline.filter((e) => e.kind === 'link')).toHaveLength(1)
  })
})
