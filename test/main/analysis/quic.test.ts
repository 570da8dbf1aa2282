/** QUIC connections out of signals: identifiers, what is payload with and without keys, moves, and what only looks like one. */
import { describe, expect, test } from 'vitest'
import type { SignalDetail } from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { BASE, opening, Stage, type Wire } from './stage.ts'

const C = ['192.0.2.10', '198.51.100.10', '192.0.2.77'] as const
const S = ['203.0.113.10', '203.0.113.74'] as const
const FULL = 1200

interface At {
  /** client's address, server's, client's port */
  c?: number
  s?: number
  port?: number
}

/** A connection of a client with a server; `captured`: which of them the capture was taken at. */
class Connection {
  private readonly numbers = [0, 0]

  constructor(
    readonly stage = new Stage(),
    readonly context = 1,
    readonly captured: 0 | 1 = 0,
  ) {}

  wire(side: 0 | 1, { c = 0, s = 0, port = 50000 }: At): Wire {
    const [client, server] = [C[c] as string, S[s] as string]
    return {
      protocol: SignalProtocol.Udp,
      from: side === 0 ? client : server,
      to: side === 0 ? server : client,
      fromPort: side === 0 ? port : 443,
      toPort: side === 0 ? 443 : port,
      hops: side === this.captured ? 64 : 55,
      interface: c === 1 ? 1 : 0,
    }
  }

  say(t: number, side: 0 | 1, kind: SignalKind, detail: SignalDetail | null, at: At = {}, facts = {}, gaps: [number, number][] = []): this {
    const own = { protocol: SignalProtocol.Quic, context: this.context, token: this.context, side }
    this.stage.packet(t, this.wire(side, at)).emit(kind, { ...own, detail, ...facts }, gaps)
    return this
  }

  open(t = 0, capabilities: string[] = []): this {
    const id = (value: string) => [{ kind: 'connection-id', value }]
    const step = (message: string, n: number) =>
      opening(message, n, {
        sender: id(n % 2 === 1 ? 'c1' : '51'),
        receiver: id(n === 1 ? '0d' : n % 2 === 1 ? '51' : 'c1'),
        capabilities,
      })
    this.say(t, 0, SignalKind.Opening, step('Initial', 1)).say(t + 0.02, 1, SignalKind.Opening, step('Initial', 2))
    return this.say(t + 0.03, 0, SignalKind.Opening, step('1-RTT', 3)).say(t + 0.05, 1, SignalKind.Opened, step('1-RTT', 4))
  }

  /** An opened packet with data. */
  data(t: number, side: 0 | 1, at: At = {}): this {
    return this.numbered(t, side, (this.numbers[side] as number)++, at)
  }

  /** Numbers that `side` has used for packets still on their way. */
  skip(side: 0 | 1, count: number): number[] {
    const from = this.numbers[side] as number
    this.numbers[side] = from + count
    return Array.from({ length: count }, (_, i) => from + i)
  }

  numbered(t: number, side: 0 | 1, unit: number, at: At): this {
    return this.say(t, side, SignalKind.Payload, null, at, { space: UnitSpace.PacketNumber, unit, span: 1, bytes: 900 })
  }

  /** Data of `side` and its acknowledgement 20 ms later, 20 times a second. */
  stream(from: number, to: number, side: 0 | 1, at: At = {}): this {
    for (let i = 0; i < Math.round((to - from) * 20); i++) {
      const number = this.numbers[side] as number
      const range: [number, number][] = [[number, number + 1]]
      this.data(from + i / 20, side, at)
      this.say(from + i / 20 + 0.02, (1 - side) as 0 | 1, SignalKind.Acknowledged, null, at, { space: UnitSpace.PacketNumber }, range)
    }
    return this
  }

  /** A short-header datagram that stays closed. */
  closed(t: number, side: 0 | 1, bytes: number, at: At = {}): this {
    const unit = Math.imul(++serial, 0x9e3779b1) >>> 0
    return this.say(t, side, SignalKind.Payload, null, at, { space: UnitSpace.Datagram, unit, span: 1, bytes })
  }

  chatter(from: number, to: number, at: At = {}): this {
    for (let i = 0; i < Math.round((to - from) * 20); i++) this.closed(from + i / 20, 0, 60, at).closed(from + i / 20 + 0.02, 1, 900, at)
    return this
  }

  challenge(t: number, side: 0 | 1, match: string, at: At): this {
    this.say(t, side, SignalKind.Probed, { message: 'PATH_CHALLENGE', match, authentication: 'A3v' }, at)
    this.say(t + 0.02, (1 - side) as 0 | 1, SignalKind.ProbeAnswered, { message: 'PATH_RESPONSE', match, authentication: 'A3v' }, at)
    this.stage.emit(SignalKind.Verified, {
      protocol: SignalProtocol.Quic,
      context: this.context,
      side: (1 - side) as 0 | 1,
      detail: { message: 'PATH_RESPONSE', authentication: 'A3v' },
    })
    return this
  }

  end(): this {
    this.stage.finish()
    return this
  }

  session(id = 's1') {
    const session = this.stage.analyzer.session(id)
    if (session === null) throw new Error(`no session ${id}`)
    return session
  }

  moves() {
    return this.stage.analyzer
      .rehomings()
      .map(({ from, to, direction, trigger, tentative, verifiedBefore }) => [
        `${from.initiator} ${from.responder}`,
        `${to.initiator} ${to.responder}`,
        direction,
        trigger.class,
        tentative,
        verifiedBefore,
      ])
  }
}
let serial = 0

describe('a connection', () => {
  test('opens with the first 1-RTT packet of the server, has the ids of both ends, closes with CONNECTION_CLOSE', () => {
    const q = new Connection().open().stream(1, 2, 1)
    q.say(2, 0, SignalKind.Identified, {
      message: 'NEW_CONNECTION_ID 1',
      sender: [{ kind: 'connection-id', value: 'c2' }],
      replaced: [],
      authentication: 'A3v',
    })
    q.say(3, 0, SignalKind.Closed, { message: 'CONNECTION_CLOSE', abrupt: true, final: true, cause: null, authentication: 'A3v' })
    q.data(3.01, 1)
    const { state, closed, endpoints, identity, class: kind, pairs } = q.session()
    expect([state, closed, identity, kind, pairs[0]?.payloadBytes]).toEqual(['closed', BASE + 3, 'ephemeral', 'modified-element', 20 * 900])
    expect(endpoints.map((e) => e.identifiers.filter((i) => i.kind === 'connection-id').map((i) => i.value))).toEqual([
      ['c1', 'c2'],
      ['51'],
    ])
  })

  test('silent for 30 s it is over, and back when it is heard again', () => {
    const q = new Connection().open().chatter(1, 2)
    new Connection(q.stage, 2).say(60, 0, SignalKind.Opening, opening('Initial', 1), { port: 50001 })
    expect(q.session().state).toBe('closed')
    q.closed(61, 0, 60)
    expect([q.session().state, q.session().closed]).toEqual(['established', null])
  })

  test('packets of one that began before the capture', () => {
    const q = new Connection().chatter(0, 1).end()
    expect([q.session().midCapture, q.session().state]).toEqual([true, 'established'])
  })
})

describe('moves with keys', () => {
  test('a client that proves a path and sends on over it has moved, by its own choice', () => {
    const q = new Connection().open().stream(1, 4, 1)
    q.challenge(4, 0, 'aa', { c: 1 }).stream(4.05, 8, 1, { c: 1 }).end()
    expect(q.moves()).toEqual([[`${C[0]} ${S[0]}`, `${C[1]} ${S[0]}`, 'responder-to-initiator', 'policy', false, true]])
    expect(q.session().endpoints[0].locators.map((l) => [l.address, l.how, l.verifiedHow])).toEqual([
      [C[0], 'initial', 'handshake'],
      [C[1], 'observed', 'PATH_RESPONSE came back'],
    ])
  })

  test('a challenge sent twice and answered once is no heartbeat that came back', () => {
    const q = new Connection().open().stream(1, 4, 1)
    q.say(4, 0, SignalKind.Probed, { message: 'PATH_CHALLENGE', match: 'bb', authentication: 'A3v' }, { c: 1 })
    q.challenge(4.01, 0, 'aa', { c: 1 }).stream(4.05, 8, 1, { c: 1 }).end()
    expect(q.moves().map((m) => m[3])).toEqual(['policy'])
  })

  test('packets that come late on the new path were not sent again: numbers are used once', () => {
    const q = new Connection().open().stream(1, 4, 1)
    const late = q.skip(1, 3)
    q.challenge(4, 0, 'aa', { c: 1 }).stream(4.05, 4.4, 1, { c: 1 })
    late.forEach((number, i) => {
      q.numbered(4.42 + i / 100, 1, number, { c: 1 })
    })
    q.stream(4.5, 8, 1, { c: 1 }).end()
    expect(q.moves().map((m) => m[3])).toEqual(['policy'])
  })

  test('a short connection that goes to the preferred address has moved: there is one path at a time', () => {
    const q = new Connection().open()
    const claim = { message: 'preferred_address', address: q.stage.address(S[1]), port: 443, addressId: null, how: 'listed' } as const
    q.say(0.06, 1, SignalKind.Claimed, { ...claim, authentication: 'A3v', serial: null, correlation: null, wildcard: false })
    q.stream(0.1, 0.3, 1).challenge(0.3, 0, 'aa', { s: 1 }).stream(0.35, 0.7, 1, { s: 1 })
    q.say(
      0.75,
      0,
      SignalKind.Closed,
      { message: 'CONNECTION_CLOSE', abrupt: true, final: true, cause: null, authentication: 'A3v' },
      { s: 1 },
    )
    q.end()
    expect(q.moves().map((m) => m.slice(0, 2))).toEqual([[`${C[0]} ${S[0]}`, `${C[0]} ${S[1]}`]])
    expect(q.session().endpoints[1].locators.map((l) => [l.address, l.how, l.signal])).toEqual([
      [S[0], 'initial', 'Initial'],
      [S[1], 'listed', 'preferred_address'],
    ])
  })

  test.each([
    { end: 0 as const, found: 'peer' },
    { end: 1 as const, found: 'policy' },
  ])('the server asked for the move to its preferred address: seen at end $end that is $found', ({ end, found }) => {
    const q = new Connection(new Stage(), 1, end).open()
    const claim = { message: 'preferred_address', address: q.stage.address(S[1]), port: 443, addressId: null, how: 'listed' } as const
    q.say(0.06, 1, SignalKind.Claimed, { ...claim, authentication: 'A3v', serial: null, correlation: null, wildcard: false })
    q.stream(0.1, 0.3, 1).challenge(0.3, 0, 'aa', { s: 1 }).stream(0.7, 4, 1, { s: 1 }).end()
    expect(q.moves().map((m) => [m[1], m[3]])).toEqual([[`${C[0]} ${S[1]}`, found]])
  })

  test('a preferred address that the client does not take is a locator and no move', () => {
    const q = new Connection().open()
    const claim = { message: 'preferred_address', address: q.stage.address(S[1]), port: 443, addressId: null, how: 'listed' } as const
    q.say(0.06, 1, SignalKind.Claimed, { ...claim, authentication: 'A3v', serial: null, correlation: null, wildcard: false })
    q.stream(0.1, 3, 1).end()
    expect([q.moves(), q.session().endpoints[1].locators.length]).toEqual([[], 2])
  })

  test('multipath shares the load without moving', () => {
    const q = new Connection().open(0, ['multipath'])
    for (let i = 0; i < 100; i++) q.closed(1 + i / 20, 1, 900, { c: (i % 2) as 0 | 1 })
    expect([q.end().moves(), q.session().labels.includes('LOAD-SHARED')]).toEqual([[], true])
  })

  test('seen from the server, a client that proves an address of the same /24 has moved; one that does not was given a new mapping', () => {
    const proven = new Connection(new Stage(), 1, 1).open().stream(1, 4, 0)
    proven.challenge(4, 0, 'aa', { c: 2 }).stream(4.05, 8, 0, { c: 2 }).end()
    const mapped = new Connection(new Stage(), 1, 1).open().stream(1, 4, 0).stream(4.05, 8, 0, { c: 2 }).end()
    expect([proven.moves().length, mapped.moves().length]).toEqual([1, 0])
    expect([proven, mapped].map((q) => q.session().labels.includes('NAT-REBIND'))).toEqual([false, true])
  })
})

describe('moves without keys', () => {
  test('another port is a NAT rebinding', () => {
    const q = new Connection().open().chatter(1, 4).chatter(4, 8, { port: 40777 }).end()
    expect([q.moves(), q.session().labels.includes('NAT-REBIND')]).toEqual([[], true])
  })

  test('isolated full datagrams beside the pair in use, and what answers them, are no payload', () => {
    const q = new Connection().open().chatter(1, 4)
    q.closed(4, 0, FULL, { c: 1 }).closed(4.02, 1, FULL, { c: 1 }).chatter(4.05, 8).end()
    const { pairs, labels } = q.session()
    expect([q.moves(), pairs[1]?.payloadBytes, labels.includes('PROBING')]).toEqual([[], 0, true])
  })

  test('challenge, answer and data on the new pair are a move; the server challenging the old one is no way back', () => {
    const q = new Connection().open().chatter(1, 4)
    q.closed(4, 0, FULL, { c: 1 }).closed(4.02, 1, FULL, { c: 1 }).chatter(4.05, 5, { c: 1 })
    q.closed(5, 1, FULL).closed(5.01, 1, FULL).chatter(5.05, 9, { c: 1 }).end()
    expect(q.moves().map((m) => m.slice(0, 3))).toEqual([[`${C[0]} ${S[0]}`, `${C[1]} ${S[0]}`, 'both']])
    expect(q.session().pairs[1]?.verified).toBe('sent on after an answer')
  })

  test('a download in full datagrams has moved too, after the first three', () => {
    const q = new Connection().open()
    for (let i = 0; i < 60; i++) q.closed(1 + i / 20, 1, 1350)
    for (let i = 0; i < 60; i++) q.closed(4.1 + i / 20, 1, 1350, { c: 1 })
    expect([q.end().moves().length, q.session().pairs[1]?.payloadBytes]).toEqual([1, 57 * 1350])
  })

  test('a pair that only timing and form tie to the connection makes the move tentative', () => {
    const q = new Connection().open().chatter(1, 4)
    q.say(4, 0, SignalKind.Identified, { message: 'inferred', sender: [], replaced: [], authentication: 'A0' }, { c: 1 })
    q.closed(4, 0, FULL, { c: 1 }).closed(4.02, 1, FULL, { c: 1 }).chatter(4.05, 8, { c: 1 }).end()
    expect(q.moves().map((m) => m[4])).toEqual([true])
  })

  test('what may have moved stays out of it: a note and no pair', () => {
    const q = new Connection().open().chatter(1, 4)
    q.say(4, 0, SignalKind.Noted, { message: 'this connection may have moved' }, { c: 1 })
    expect([q.session().pairs.length, q.session().timeline.some((e) => e.detail === 'this connection may have moved')]).toEqual([1, true])
  })
})

describe('Version Negotiation', () => {
  const told = (first: Connection, t: number) => first.say(t, 1, SignalKind.Noted, { message: 'Version Negotiation' })
  const attempt = (connection: Connection, t: number, at: At = {}) =>
    connection.say(t, 0, SignalKind.Opening, opening('Initial', 1, { sender: [], receiver: [] }), at)
  const answered = (connection: Connection, t: number) =>
    connection.say(t, 1, SignalKind.Opening, opening('Initial', 2, { sender: [], receiver: [] }))
  const listed = (stage: Stage) => {
    stage.finish()
    return stage.analyzer.report([], '0').sessions.map(({ id, state, opened }) => `${id} ${state} ${Math.round((opened - BASE) * 1000)}`)
  }

  test('the attempt after it is the same session, and says so', () => {
    const stage = new Stage()
    told(attempt(new Connection(stage, 1), 1), 1.02)
    const second = new Connection(stage, 2)
    second.open(1.03).stream(1.2, 2, 1)
    expect(listed(stage)).toEqual(['s1 established 1000'])
    const { timeline, pairs } = stage.analyzer.session('s1') ?? {}
    expect(timeline?.filter((m) => !m.kind.startsWith('payload')).map((m) => `${Math.round((m.t - BASE) * 1000)} ${m.detail}`)).toEqual([
      '1000 Initial sent by the client',
      '1020 Version Negotiation',
      '1030 tried anew with another version, after Version Negotiation',
      '1030 Initial sent by the client',
      '1050 Initial answered',
      '1060 first 1-RTT packet of the client',
      '1080 first 1-RTT packet of the server',
      '1080 handshake',
    ])
    expect(pairs).toHaveLength(1)
  })

  test('a client that gives up then was turned away, and what its own host says of a late answer is no reason', () => {
    const stage = new Stage()
    const first = told(attempt(new Connection(stage, 1), 1), 1.02)
    const message = 'Destination unreachable (Port unreachable)'
    const error = { version: 4, type: 3, code: 3, message, reporter: stage.address(C[0] as string), quotedToken: null, mtu: null } as const
    first.say(2.5, 1, SignalKind.IcmpError, error)
    stage.finish()
    const session = stage.analyzer.session('s1')
    const why = 'the responder speaks other versions only (Version Negotiation)'
    expect([session?.headline?.split('tried since ')[1], session?.noFailover?.map((n) => [n.reason, n.frames])]).toEqual([
      `1.000 s, ${why}`,
      [[`the handshake was turned away: ${why}`, [1, 2]]],
    ])
  })

  test.each<[string, (stage: Stage) => void, string[]]>([
    [
      'another connection of the same client without one stays its own',
      (stage) => {
        attempt(new Connection(stage, 1), 1)
        attempt(new Connection(stage, 2), 1.1)
      },
      ['s1 opening 1000', 's2 opening 1100'],
    ],
    [
      'one after an answer is passed over',
      (stage) => {
        told(answered(attempt(new Connection(stage, 1), 1), 1.01), 1.02)
        attempt(new Connection(stage, 2), 1.1, { port: 50001 })
      },
      ['s1 opening 1000', 's2 opening 1100'],
    ],
    [
      'to another server it is another session',
      (stage) => {
        told(attempt(new Connection(stage, 1), 1), 1.02)
        attempt(new Connection(stage, 2), 1.1, { s: 1 })
      },
      ['s1 opening 1000', 's2 opening 1100'],
    ],
    [
      'from another port it is the same session',
      (stage) => {
        told(attempt(new Connection(stage, 1), 1), 1.02)
        attempt(new Connection(stage, 2), 1.1, { port: 50001 })
      },
      ['s1 opening 1000'],
    ],
    [
      'much later it is another session',
      (stage) => {
        told(attempt(new Connection(stage, 1), 1), 1.02)
        attempt(new Connection(stage, 2), 9, { port: 50001 })
      },
      ['s1 opening 1000', 's2 opening 9000'],
    ],
  ])('%s', (_name, act, expected) => {
    const stage = new Stage()
    act(stage)
    expect(listed(stage)).toEqual(expected)
  })
})

test('what nobody could read is said to be inferred, and is not once a key opened some of it', () => {
  const lines = (connection: Connection): string[] => {
    connection.stage.finish()
    return connection.stage.analyzer.limits().notObservable.filter((line) => line.includes('encrypted'))
  }
  expect(lines(new Connection().open().chatter(1, 3))).toEqual([
    'what a QUIC connection said after the handshake: it is encrypted, and no keys for it were given, so path tests, new connection ids and the reason of an end can only be inferred',
  ])
  expect(lines(new Connection().open().stream(1, 2, 0))).toEqual([])
  expect(lines(new Connection().open().stream(1, 2, 0).closed(3, 0, 60))).toEqual([])
})
