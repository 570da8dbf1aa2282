/** Which identifiers were bound to which locators: SCTP, MPTCP, plain TCP; and that the report of all of it follows its schema. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { shared } from '../../shared-material.ts'
import { Association, BASE, Connection, opening, Stage } from './stage.ts'

const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(shared('contract', 'report.schema.json'), 'utf8')))

function locators(stage: Stage, session: string, end: 0 | 1): string[] {
  return (stage.analyzer.session(session)?.endpoints[end].locators ?? []).filter((l) => l.removed === null).map((l) => l.address)
}

function valid(stage: Stage): void {
  stage.finish()
  const report = stage.analyzer.report([], '0')
  expect({ valid: validate(report), errors: validate.errors }).toEqual({ valid: true, errors: null })
}

describe('SCTP', () => {
  const claim = (
    association: Association,
    seconds: number,
    message: string,
    address: string,
    kind = SignalKind.Claimed,
    authentication = 'A3v',
  ) =>
    association.stage.packet(seconds, association.wire(0, 0)).emit(kind, {
      token: association.token(0),
      detail: {
        message,
        address: association.stage.address(address),
        port: null,
        addressId: null,
        how: 'signalled',
        authentication: authentication as 'A3v',
        serial: 7,
        correlation: 1,
        wildcard: false,
      },
    })
  const answer = (association: Association, seconds: number, accepted: boolean) =>
    association.stage.packet(seconds, association.wire(1, 0)).emit(SignalKind.ClaimAnswered, {
      token: association.token(1),
      detail: {
        message: 'ASCONF-ACK',
        accepted,
        serial: 7,
        correlation: 1,
        addressId: null,
        address: -1,
        authentication: 'A3v',
        cause: accepted ? null : 'request refused',
      },
    })

  test('an address that ASCONF adds is a locator when it is accepted, and gone when its deletion is', () => {
    const association = new Association().open()
    claim(association, 1, 'ASCONF: Add IP Address', '198.18.0.9')
    expect(locators(association.stage, 's1', 0)).not.toContain('198.18.0.9')
    answer(association, 1.1, true)
    expect(locators(association.stage, 's1', 0)).toContain('198.18.0.9')
    claim(association, 2, 'ASCONF: Delete IP Address', '198.18.0.9', SignalKind.Withdrawn)
    expect(locators(association.stage, 's1', 0)).toContain('198.18.0.9')
    answer(association, 2.1, true)
    expect(locators(association.stage, 's1', 0)).toEqual(Association.A)
    valid(association.stage)
  })

  test('a refused or never answered claim makes no locator', () => {
    const association = new Association().open()
    claim(association, 1, 'ASCONF: Add IP Address', '198.18.0.9', SignalKind.Claimed, 'AX')
    answer(association, 1.1, false)
    expect(locators(association.stage, 's1', 0)).toEqual(Association.A)
  })

  // RFC 9260 section 5.2.1: both INITs are answered with the tags they named; one association comes of it.
  test.each([
    { name: 'on the same pair', path: 0 },
    { name: 'from another address of the initiator', path: 1 },
  ])('two INITs that cross, $name, are one association', ({ path }) => {
    const association = new Association()
    const { stage } = association
    const [a, b] = Association.TAG
    const claim = (end: 0 | 1): void => {
      for (const text of end === 0 ? Association.A : Association.B)
        stage.emit(SignalKind.Claimed, {
          detail: {
            message: 'INIT',
            address: stage.address(text),
            port: null,
            addressId: null,
            how: 'listed',
            authentication: 'A1',
            serial: null,
            correlation: null,
            wildcard: false,
          },
        })
    }
    const step = (t: number, sender: 0 | 1, n: number, message: string, tag: number | null, on = 0): void => {
      stage.packet(t, association.wire(sender, on))
      const detail = opening(message, n, { initiateTag: tag })
      stage.emit(n === 4 ? SignalKind.Opened : SignalKind.Opening, { token: n === 1 ? 0 : association.token(sender), detail })
      if (n === 1) claim(sender)
    }
    step(0, 0, 1, 'INIT', a)
    // its source is the listed first address of the responder; its target any of the initiator's
    stage.packet(0.005, { ...association.wire(1, 0), to: Association.A[path] as string })
    stage.emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: b }) })
    claim(1)
    step(0.02, 1, 2, 'INIT ACK', b)
    step(0.021, 0, 2, 'INIT ACK', a)
    step(0.03, 0, 3, 'COOKIE ECHO', null)
    step(0.031, 1, 3, 'COOKIE ECHO', null)
    step(0.04, 1, 4, 'COOKIE ACK', null)
    step(0.041, 0, 4, 'COOKIE ACK', null)
    for (let i = 1; i < 20; i++) association.data(i / 10, 0, 0, i).data(i / 10 + 0.01, 1, 0, i)
    stage.finish()
    expect(stage.analyzer.sessionCount).toBe(1)
    const session = stage.analyzer.session('s1')
    expect(session).toMatchObject({ state: 'established', midCapture: false })
    expect(session?.endpoints.map((e) => e.identifiers.find((i) => i.kind === 'verification-tag')?.value)).toEqual([
      '0xa0a0a0a0',
      '0xb0b0b0b0',
    ])
    expect(session?.endpoints.map((e) => e.locators.map((l) => l.address))).toEqual([Association.A, Association.B])
    expect(session?.labels).toEqual(expect.arrayContaining(['SINGLE']))
  })

  test('two associations between the same hosts, one opened by each, stay two', () => {
    const association = new Association().open()
    const { stage } = association
    stage
      .packet(1, { ...association.wire(1, 0), fromPort: 41000, toPort: 5060 })
      .emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 9 }) })
    stage.finish()
    expect(stage.analyzer.sessionCount).toBe(2)
  })

  test('an ABORT with a wrong tag closes nothing, with the right one it does', () => {
    const association = new Association().open().data(0.5, 0, 0, 1)
    const abort = (seconds: number, token: number) =>
      association.stage.packet(seconds, association.wire(1, 0)).emit(SignalKind.Closed, {
        token,
        detail: { message: 'ABORT', abrupt: true, final: true, cause: null, authentication: token === association.token(1) ? 'A1' : 'A0' },
      })
    abort(1, 0x12345678)
    expect(association.stage.analyzer.session('s1')?.state).toBe('established')
    abort(2, association.token(1))
    expect(association.stage.analyzer.session('s1')).toMatchObject({ state: 'closed', closed: BASE + 2 })
    expect(association.stage.analyzer.sessionCount).toBe(1)
  })

  test('a HEARTBEAT ACK from another address verifies the pair that was probed', () => {
    const association = new Association().open().heartbeat(1, 0, 1, 'ff')
    association.heartbeat(1.02, 1, 0, 'ff', true)
    const responder = association.stage.analyzer.session('s1')?.endpoints[1].locators
    expect(responder?.map((l) => [l.address, l.verified !== null])).toEqual([
      ['203.0.113.10', true],
      ['203.0.113.74', true],
    ])
  })
})

describe('MPTCP', () => {
  test('a refused join is no locator and says why there was no failover', () => {
    const connection = new Connection().open().join(1, 1, true)
    expect(locators(connection.stage, 's1', 0)).toEqual([Connection.H[0]])
    expect(connection.stage.analyzer.session('s1')?.noFailover).toMatchObject([
      { reason: expect.stringContaining('administratively prohibited') },
    ])
    valid(connection.stage)
  })

  test('a join that is confirmed is one session with two locators', () => {
    const connection = new Connection().open().join(1, 1)
    expect(connection.stage.analyzer.sessionCount).toBe(1)
    expect(locators(connection.stage, 's1', 0)).toEqual(Connection.H)
    expect(connection.stage.analyzer.session('s1')?.labels).toContain('BACKUP-READY')
  })

  test('a join with a token not yet known is merged when the key is seen', () => {
    const connection = new Connection()
    connection.join(1, 1)
    expect(connection.stage.analyzer.session('s1')).toMatchObject({ midCapture: true, protocol: 'mptcp' })
    connection.open(2)
    expect(connection.stage.analyzer.brief(0)).toMatchObject({ gone: 'merged' })
    expect(locators(connection.stage, 's2', 0).sort()).toEqual([...Connection.H].sort())
    expect(connection.stage.analyzer.report([], '0').sessions.map((s) => s.id)).toEqual(['s2'])
  })

  test('mid-capture subflows are one connection by their data sequence numbers', () => {
    const connection = new Connection()
    for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 1, i % 2, 1 + i * 1000)
    expect(connection.stage.analyzer.report([], '0').sessions).toMatchObject([{ id: 's1', midCapture: true, pairs: [{}, {}] }])
  })

  test.each([
    { name: 'a subflow whose join is not in the capture is of the connection that its data continues', away: 0, sessions: ['s1'] },
    { name: 'so it is with only the answer to the join', answer: true, away: 0, sessions: ['s1'] },
    { name: 'data far from it is of another connection', away: 0x400001, sessions: ['s1', 's2'] },
  ])('$name', ({ away, sessions, answer }) => {
    const connection = new Connection().open()
    if (answer)
      connection.stage
        .packet(0.5, connection.wire(1, 1))
        .emit(SignalKind.Opening, { detail: opening('MP_JOIN SYN/ACK', 2, { addressId: 0 }) })
    for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
    for (let i = 20; i < 60; i++) connection.data(1 + i / 10, 1, 1, 1 + away + i * 1000)
    connection.stage.finish()
    const report = connection.stage.analyzer.report([], '0')
    expect(report.sessions.map((s) => s.id)).toEqual(sessions)
    expect(report.rehomings.map((r) => r.session)).toEqual(away === 0 ? ['s1'] : [])
  })

  test('fallback to TCP stays in the session', () => {
    const stage = new Stage()
    const connection = new Connection(stage)
    stage.packet(0, connection.wire(0, 0)).emit(SignalKind.Opening, { detail: opening('MP_CAPABLE SYN', 1) })
    stage.packet(0.02, connection.wire(1, 0)).emit(SignalKind.Fallback, { detail: { message: 'SYN/ACK without MP_CAPABLE' } })
    const tcp = { ...connection.wire(1, 0), protocol: SignalProtocol.Tcp }
    stage.packet(0.02, tcp).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
    stage.packet(0.5, tcp).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1, span: 100, bytes: 100 })
    expect(stage.analyzer.sessionCount).toBe(1)
    expect(stage.analyzer.session('s1')).toMatchObject({ protocol: 'mptcp', pairs: [{ payloadBytes: 100 }] })
    valid(stage)
  })
})

describe('plain TCP that breaks and is established again', () => {
  const wire = (client: string, port: number, fromServer = false) => ({
    protocol: SignalProtocol.Tcp,
    from: fromServer ? '203.0.113.10' : client,
    to: fromServer ? client : '203.0.113.10',
    fromPort: fromServer ? 80 : port,
    toPort: fromServer ? port : 80,
    hops: fromServer ? 60 : 64,
    interface: client.startsWith('192') ? 0 : 1,
  })
  function connect(stage: Stage, seconds: number, client: string, port: number, packets = 30): void {
    stage.packet(seconds, wire(client, port)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    stage.packet(seconds + 0.02, wire(client, port, true)).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
    stage.packet(seconds + 0.021, wire(client, port)).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
    for (let i = 0; i < packets; i++) {
      stage
        .packet(seconds + 0.1 + i / 20, wire(client, port, true))
        .emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1 + i * 100, span: 100, bytes: 100 })
      stage
        .packet(seconds + 0.101 + i / 20, wire(client, port))
        .emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 101 + i * 100 })
    }
  }
  const reset = (stage: Stage, seconds: number, client: string, port: number) =>
    stage.packet(seconds, wire(client, port, true)).emit(SignalKind.Closed, {
      detail: { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' },
    })

  test.each([
    { name: 'reset, 29.9 s before', wait: 29.9, linked: true },
    { name: 'reset, 30 s before', wait: 30, linked: true },
    { name: 'reset, 30.1 s before', wait: 30.1, linked: false },
  ])('$name: $linked', ({ wait, linked }) => {
    const stage = new Stage()
    connect(stage, 1, '192.0.2.10', 40000)
    reset(stage, 3, '192.0.2.10', 40000)
    connect(stage, 3 + wait, '198.51.100.10', 40001)
    const [one, two] = [stage.analyzer.session('s1'), stage.analyzer.session('s2')]
    expect([one?.replacedBy ?? null, two?.replaces ?? null]).toEqual(linked ? ['s2', 's1'] : [null, null])
    expect(two?.labels.includes('RE-ESTABLISHED')).toBe(linked)
    expect(one?.noFailover).toHaveLength(1)
    expect(stage.analyzer.rehomings()).toEqual([])
    valid(stage)
  })

  test('the gap runs from the last data to the new handshake', () => {
    const stage = new Stage()
    connect(stage, 1, '192.0.2.10', 40000)
    reset(stage, 3, '192.0.2.10', 40000)
    connect(stage, 4, '198.51.100.10', 40001)
    expect(stage.analyzer.session('s2')?.gap?.value).toBeCloseTo(4021 - 2550, 0)
  })

  test('the gap is known, too, when the old one sends again once its link is back', () => {
    const down = {
      time: 2.6e9,
      line: 1,
      detail: { message: 'upA: carrier lost', what: 'link-down' as const, interfaceName: 'upA', subject: null },
    }
    const stage = new Stage({ linkEvents: [down] })
    connect(stage, 1, '192.0.2.10', 40000)
    connect(stage, 4, '198.51.100.10', 40001)
    stage.packet(8, wire('192.0.2.10', 40000, true)).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 3001, span: 100, bytes: 100 })
    expect(stage.analyzer.session('s2')).toMatchObject({ replaces: 's1', gap: { value: 1421, low: 0, high: 1421 } })
  })

  test('a SYN that was sent again says so where it stands, in its own frame', () => {
    const stage = new Stage()
    for (const seconds of [1, 2, 4])
      stage.packet(seconds, wire('192.0.2.10', 40000)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    const { timeline } = stage.analyzer.session('s1') ?? { timeline: [] }
    expect(timeline.map(({ kind, detail, frames }) => [kind, detail, frames])).toEqual([['opened', 'SYN, sent again 2 times', [1]]])
  })

  test('what another interface saw before the first packet of the file is on the timeline', () => {
    const stage = new Stage()
    connect(stage, -0.2, '192.0.2.10', 40000, 10)
    const { timeline, endpoints } = stage.analyzer.session('s1') ?? { timeline: [] }
    expect([timeline.map((one) => one.detail), endpoints?.[0].locators[0]?.verifiedHow]).toEqual([
      ['SYN', 'SYN/ACK', 'ACK: established', 'first data', 'last data so far'],
      'TCP handshake',
    ])
    const association = new Association().open(-0.5)
    for (let i = 1; i <= 20; i++) association.data(-0.4 + i / 10, 0, 0, i)
    const marks = association.stage.analyzer.session('s1')?.timeline.map((one) => one.kind)
    expect(marks?.filter((kind) => kind === 'payload-started')).toHaveLength(1)
  })

  test('a second connection beside a living one replaces nothing', () => {
    const stage = new Stage()
    connect(stage, 1, '192.0.2.10', 40000)
    connect(stage, 2.6, '198.51.100.10', 40001)
    expect(stage.analyzer.session('s2')?.replaces).toBeNull()
  })
})

test('a capture that begins in the middle: what a heartbeat proves are locators, from then on', () => {
  const association = new Association()
  for (let i = 1; i <= 20; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
  association.heartbeat(2.5, 0, 1, 'x').heartbeat(2.52, 1, 1, 'x', true)
  const since = (time: number | null) => time && Math.round((time - BASE) * 1000)
  const locators = () =>
    association.stage.analyzer
      .session('s1')
      ?.endpoints.map((e) => e.locators.map((l) => `${l.address} ${since(l.added)} ${since(l.verified)}`))
  const proven = [
    // who asks, or sends, proves nothing of itself
    ['192.0.2.10 100 null', '198.51.100.10 2520 null'],
    // the first data came before it was known that anything would be acknowledged
    ['203.0.113.10 100 220', '203.0.113.74 2520 2520'],
  ]
  expect(locators()).toEqual(proven)
  for (let i = 21; i <= 40; i++) association.data(3 + i / 10, 0, 1, i).sack(3 + i / 10 + 0.02, 1, 1, i)
  association.stage.finish(30)
  expect(locators()).toEqual(proven)
})
