/** Each label of rehoming.md section 3 where it holds, and beside it what looks like it and is not. */
import { describe, expect, test } from 'vitest'
import type { NameDetail } from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, BASE, Connection, opening, Stage, type Wire } from './stage.ts'

const labelsOf = (stage: Stage, id = 's1'): string[] => stage.analyzer.session(id)?.labels ?? []

describe('NAT-REBIND', () => {
  /** The capture is the server's: the client's address changes at 6.0 to `now`; its packets carry the same tag. */
  function rebind(now: string, options: { asconf?: boolean; captured?: 0 | 1; linger?: boolean } = {}): Stage {
    const association = new Association()
    const { stage } = association
    const captured = options.captured ?? 1
    const wire = (sender: 0 | 1, client: string): Wire => {
      const base = association.wire(sender, 0)
      return { ...base, [sender === 0 ? 'from' : 'to']: client, hops: sender === captured ? 64 : 60, interface: 0 }
    }
    const packet = (t: number, sender: 0 | 1, client: string): Stage => stage.packet(t, wire(sender, client), 400)
    const data = (t: number, sender: 0 | 1, client: string, tsn: number): void => {
      packet(t, sender, client).emit(SignalKind.Payload, {
        token: association.token(sender),
        space: UnitSpace.Tsn,
        unit: tsn,
        span: 1,
        bytes: 300,
      })
      packet(t + 0.002, (1 - sender) as 0 | 1, client).emit(SignalKind.Acknowledged, {
        token: association.token((1 - sender) as 0 | 1),
        space: UnitSpace.Tsn,
        unit: tsn + 1,
      })
    }
    const old = '192.0.2.10'
    packet(0, 0, old).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: Association.TAG[0] }) })
    packet(0.02, 1, old).emit(SignalKind.Opening, {
      token: association.token(1),
      detail: opening('INIT ACK', 2, { initiateTag: Association.TAG[1] }),
    })
    packet(0.021, 0, old).emit(SignalKind.Opening, { token: association.token(0), detail: opening('COOKIE ECHO', 3) })
    packet(0.04, 1, old).emit(SignalKind.Opened, { token: association.token(1), detail: opening('COOKIE ACK', 4) })
    for (let i = 0; i < 50; i++) {
      data(1 + i / 10, 0, old, 1 + i)
      data(1.05 + i / 10, 1, old, 1 + i)
    }
    if (options.asconf)
      packet(5.99, 0, now).emit(SignalKind.Claimed, {
        token: association.token(0),
        detail: {
          message: 'ASCONF: add',
          address: stage.address(now),
          port: null,
          addressId: null,
          how: 'signalled',
          authentication: 'A3v',
          serial: 7,
          correlation: 1,
          wildcard: false,
        },
      })
    for (let i = 0; i < 50; i++) {
      data(6 + i / 10, 0, now, 51 + i)
      if (options.linger && i % 10 === 5)
        packet(6.04 + i / 10, 1, old).emit(SignalKind.Probed, {
          token: association.token(1),
          detail: { message: 'HEARTBEAT', match: `${i}`, authentication: 'A1' },
        })
      data(6.05 + i / 10, 1, now, 51 + i)
    }
    stage.finish()
    return stage
  }

  test('another address of the same /24, the peer follows: no move', () => {
    const stage = rebind('192.0.2.99')
    expect(stage.analyzer.rehomings()).toEqual([])
    expect(stage.analyzer.sessionCount).toBe(1)
    expect(labelsOf(stage)).toContain('NAT-REBIND')
    expect(labelsOf(stage)).not.toContain('REHOMED')
  })
  test.each([
    { name: 'outside the /24', now: '192.0.3.99', options: {} },
    { name: 'announced', now: '192.0.2.99', options: { asconf: true } },
    { name: 'of the captured host itself', now: '192.0.2.99', options: { captured: 0 as const } },
    { name: 'with the old one still used', now: '192.0.2.99', options: { linger: true } },
  ])('$name: a move', ({ now, options }) => {
    const stage = rebind(now, options)
    expect(stage.analyzer.rehomings()[0]).toMatchObject({ t: BASE + 6 })
    expect(labelsOf(stage)).not.toContain('NAT-REBIND')
  })
})

describe('PROBING', () => {
  const V6 = { from: '2001:db8:a:1::10', to: '2001:db8:f1:1::80' }
  const V4 = { from: '192.0.2.10', to: '203.0.113.10' }
  const wire = (ends: { from: string; to: string }, port: number, back = false, mac = '02:00:00:00:00:01'): Wire => ({
    protocol: SignalProtocol.Tcp,
    from: back ? ends.to : ends.from,
    to: back ? ends.from : ends.to,
    fromPort: back ? 443 : port,
    toPort: back ? port : 443,
    hops: back ? 60 : 64,
    ...(back ? { toMac: mac, fromMac: '02:00:00:00:00:0a' } : { fromMac: mac, toMac: '02:00:00:00:00:0a' }),
  })
  interface Race {
    apart?: number
    /** when the second attempt is tried again */
    again?: number
    second?: 'answered' | 'silent' | 'used'
    mac?: string
    names?: [string, string]
  }
  /** flow of the attempt that is given up */
  let attempt = -1
  /** v4 is tried first, v6 `apart` later and completes. */
  function race({ apart = 0.25, again, second = 'silent', mac, names }: Race): Stage {
    const stage = new Stage()
    if (names !== undefined)
      for (const [i, name] of names.entries()) {
        const address = stage.address(i === 0 ? V4.to : V6.to)
        const detail: NameDetail = {
          message: 'answer',
          service: 'dns',
          transaction: i,
          question: name,
          questionType: i === 0 ? 1 : 28,
          code: 0,
          records: [{ name, type: i === 0 ? 1 : 28, ttl: 60, address, value: '' }],
          answers: 1,
          authoritative: false,
          truncated: false,
          authenticatedData: false,
          signed: false,
          authentication: 'A1',
        }
        stage.packet(0.5, { protocol: SignalProtocol.Udp, from: '192.0.2.53', to: '192.0.2.10', fromPort: 53, toPort: 5000 + i })
        stage.emit(SignalKind.Named, { protocol: SignalProtocol.Dns, detail })
      }
    stage.packet(1, wire(V4, 40001)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    attempt = stage.signal.flow
    stage.packet(1 + apart, wire(V6, 40002, false, mac)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    stage.packet(1.02 + apart, wire(V6, 40002, true, mac)).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
    stage.packet(1.021 + apart, wire(V6, 40002, false, mac)).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
    if (again !== undefined) stage.packet(1 + apart + again, wire(V4, 40001)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    if (second !== 'silent') {
      stage.packet(1.1 + apart, wire(V4, 40001, true)).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
      if (second === 'used') stage.packet(1.101 + apart, wire(V4, 40001)).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
      else
        stage.packet(1.101 + apart, wire(V4, 40001)).emit(SignalKind.Closed, {
          detail: { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' },
        })
    }
    for (let i = 0; i < 20; i++)
      stage.packet(3 + i / 10, wire(V6, 40002)).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1 + i * 100, span: 100, bytes: 100 })
    stage.finish()
    return stage
  }
  const sessions = (stage: Stage): string[][] => stage.analyzer.report([], '').sessions.map((s) => s.labels)

  test.each<[string, Race]>([
    ['250 ms apart, v6 completes', {}],
    ['answered late and reset', { second: 'answered' }],
    ['two addresses of one name', { names: ['www.example.org', 'www.example.org'] }],
    ['1.9 s apart', { apart: 1.9 }],
  ])('Happy Eyeballs, %s: one session', (_, options) => {
    const stage = race(options)
    expect(sessions(stage)).toEqual([['SINGLE', 'PROBING']])
    expect(stage.analyzer.session('s2')?.timeline.filter((e) => e.kind === 'probed')).toHaveLength(1)
    expect(stage.analyzer.brief(0).gone).toBe('merged')
    // packets of the attempt belong to the session it was made for
    expect(stage.analyzer.sessionOfFlow(attempt)).toBe(1)
  })

  test.each<[string, Race]>([
    ['both complete', { second: 'used' }],
    ['the first is tried on', { again: 1 }],
    ['2 s apart', { apart: 2 }],
    ['another host', { mac: '02:00:00:00:00:02' }],
    ['addresses of two names', { names: ['www.example.org', 'mail.example.org'] }],
  ])('%s: two sessions', (_, options) => {
    expect(sessions(race(options))).toHaveLength(2)
    expect(sessions(race(options)).flat()).not.toContain('PROBING')
  })
})

describe('HANDOVER-SIGNALLED and BACKUP-READY', () => {
  const add = (connection: Connection, text: string): void => {
    connection.stage.packet(2, connection.wire(1, 0)).emit(SignalKind.Claimed, {
      detail: {
        message: 'ADD_ADDR',
        address: connection.stage.address(text),
        port: null,
        addressId: 3,
        how: 'signalled',
        authentication: 'A3v',
        serial: null,
        correlation: null,
        wildcard: false,
      },
    })
  }
  test('an address was announced and carries nothing yet', () => {
    const connection = new Connection().open()
    for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
    add(connection, '2001:db8:f2:1::80')
    connection.stage.finish()
    expect(labelsOf(connection.stage)).toContain('HANDOVER-SIGNALLED')
  })
  test('one that carries data from the start is announced no more', () => {
    const connection = new Connection().open()
    for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
    add(connection, Connection.R)
    connection.stage.finish()
    expect(labelsOf(connection.stage)).not.toContain('HANDOVER-SIGNALLED')
  })
  test('a joined subflow without data is ready, a refused one is not', () => {
    for (const refused of [false, true]) {
      const connection = new Connection().open().join(0.5, 1, refused)
      for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
      connection.stage.finish()
      expect(labelsOf(connection.stage).includes('BACKUP-READY')).toBe(!refused)
    }
  })
})

describe('RETRANSMIT-ON-ALTERNATE', () => {
  /** Every tenth unit is lost and sent again over pair `path`; new data stays on pair 0. */
  function repaired(path: 0 | 1): Association {
    const association = new Association().open()
    for (let i = 1; i <= 100; i++) {
      association.data(i / 10, 0, 0, i)
      if (i % 10 === 0) association.data(i / 10 + 0.06, 0, path, i).sack(i / 10 + 0.08, 1, path, i)
      else association.sack(i / 10 + 0.02, 1, 0, i)
    }
    association.stage.finish()
    return association
  }
  test('lost units go over the other pair, new ones stay: no move', () => {
    const { analyzer } = repaired(1).stage
    expect(analyzer.rehomings()).toEqual([])
    expect(analyzer.session('s1')?.labels).toContain('RETRANSMIT-ON-ALTERNATE')
  })
  test('sent again on the same pair it is not', () => {
    expect(labelsOf(repaired(0).stage)).not.toContain('RETRANSMIT-ON-ALTERNATE')
  })
})

describe('FLAP', () => {
  /** Moves at 5, 5 + every ... between the two pairs. */
  function moving(every: number, moves: number): string[] {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i * 0.2 < 5 + every * moves; i++) {
      const time = 1 + i * 0.2
      const path = time < 5 ? 0 : (1 + Math.floor((time - 5) / every)) % 2
      connection.data(time, 1, path, 1 + i * 1000)
    }
    connection.stage.finish()
    return connection.stage.analyzer.rehomings().map((r) => r.label)
  }
  test('the third move within 60 s', () => expect(moving(25, 4)).toEqual(['REHOMED', 'FAIL-BACK', 'FLAP', 'FLAP']))
  test('moves 31 s apart are none', () => expect(moving(31, 4)).toEqual(['REHOMED', 'FAIL-BACK', 'FAIL-BACK', 'FAIL-BACK']))
  test('two moves of both directions, each at its own time, are no flap', () => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 200; i++) {
      const time = 1 + i / 10
      connection.data(time, 1, time < 6 || time >= 14 ? 0 : 1, 1 + i * 1000)
      connection.data(time + 0.01, 0, time < 9.5 ? 0 : 1, 1 + i * 1000)
    }
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings().map((r) => r.label)).not.toContain('FLAP')
  })
})

describe('data sent on two pairs on purpose', () => {
  const again = (connection: Connection): (number | undefined)[] | undefined =>
    connection.stage.analyzer.session('s1')?.pairs.map((pair) => pair.retransmitted)

  test.each([
    ['as its receiver sees it', 1],
    ['as its sender sees it', 0],
  ] as const)('%s: no copy is data sent again, and no loss is told of', (_name, sender) => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 60; i++) {
      connection.data(1 + i / 20, sender, i % 2, 1 + i * 1000).data(1.002 + i / 20, sender, 1 - (i % 2), 1 + i * 1000)
      if (sender === 0) connection.ack(1.03 + i / 20, 1, 0, 1 + (i + 1) * 1000)
    }
    connection.stage.finish()
    expect(labelsOf(connection.stage)).toContain('BICAST')
    expect(again(connection)).toEqual([0, 0])
    const told = connection.stage.analyzer.session('s1')?.timeline.filter((entry) => entry.kind === 'retransmitted')
    expect(told?.filter((entry) => entry.detail.startsWith('data sent again'))).toEqual([])
  })

  test('a failure in the middle of other data re-sends on the other pair, and that counts', () => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 60; i++) connection.data(1 + i / 20, 1, 0, 1 + i * 1000)
    for (let i = 55; i < 60; i++) connection.data(4.2 + i / 1000, 1, 1, 1 + i * 1000)
    connection.stage.finish()
    expect(again(connection)).toEqual([0, 5])
  })
})

describe('conflicts', () => {
  test('copies on both pairs that end on one: BICAST goes before LOAD-SHARED, and the end on one is a move of neither', () => {
    const connection = new Connection().open().join(0.1, 1)
    for (let i = 0; i < 60; i++) {
      connection.data(1 + i / 20, 1, i % 2, 1 + i * 1000)
      connection.data(1.01 + i / 20, 1, 1 - (i % 2), 1 + i * 1000)
    }
    connection.stage.finish()
    expect(labelsOf(connection.stage)).toContain('BICAST')
    expect(connection.stage.analyzer.rehomings()).toEqual([])
    const last = connection.stage.analyzer.session('s1')?.labelIntervals.at(-1)
    expect(last?.label).toBe('BICAST')
  })
})
