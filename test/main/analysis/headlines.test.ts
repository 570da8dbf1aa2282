/** What people read: the one sentence of a session, of its moves, and the names of marks on the timeline. */
import { describe, expect, test } from 'vitest'
import { markLabel } from '../../../main/analysis/report/mark-label.ts'
import type { TimelineKind } from '../../../shared/report.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, BASE, Connection, opening, Stage } from './stage.ts'

const down = (seconds: number, name = 'upA') => ({
  time: seconds * 1e9,
  line: 3,
  detail: { message: `${name}: carrier lost`, what: 'link-down' as const, interfaceName: name, subject: null },
})

/** Data on the given paths, one after the other, four seconds each, with a silence of 0.3 s between. */
function legs(stage: Stage, ...paths: number[]): Connection {
  const connection = new Connection(stage).open().join(0.1, 1)
  let dsn = 1
  let t = 1
  for (const path of paths) {
    for (let i = 0; i < 200; i++, dsn += 1000) connection.data(t + i / 50, 1, path, dsn)
    t += 4.3
  }
  stage.finish()
  return connection
}

const headline = (stage: Stage): string | undefined => stage.analyzer.session('s1')?.headline

describe('a session in one sentence', () => {
  test('never moved', () => {
    const stage = new Stage()
    legs(stage, 0)
    expect(headline(stage)).toBe('Stayed on upA; a standby path was ready')
  })
  test('data had just gone to another path when the capture ended', () => {
    const connection = new Connection().open().join(0.1, 1)
    let dsn = 1
    for (let i = 0; i < 200; i++, dsn += 1000) connection.data(1 + i / 50, 1, 0, dsn)
    // without a pause: nothing says that the first path failed
    for (let i = 0; i < 4; i++, dsn += 1000) connection.data(5 + i / 50, 1, 1, dsn)
    connection.stage.finish()
    const sure = 'too shortly before the end to say whether for good'
    expect(headline(connection.stage)).toBe(`Used upA until data went to upB at 5.000 s, ${sure}`)
  })
  test('moved once', () => {
    const stage = new Stage({ linkEvents: [down(5.01)] })
    legs(stage, 0, 1)
    expect(headline(stage)).toBe('Moved from upA to upB at 5.300 s when upA lost carrier (320 ms without delivery)')
    expect(stage.analyzer.brief(0).headline).toBe(headline(stage))
    expect(stage.analyzer.rehomings().map((r) => r.headline)).toEqual([
      'Moved from upA to upB at 5.300 s when upA lost carrier (320 ms without delivery)',
    ])
  })
  test('moved and came back', () => {
    const stage = new Stage({ linkEvents: [down(5.01)] })
    legs(stage, 0, 1, 0)
    expect(headline(stage)).toBe(
      'Moved from upA to upB at 5.300 s when upA lost carrier (320 ms without delivery), back on upA at 9.600 s when upB fell silent',
    )
  })
  test.each([
    { links: [], end: '; last on upA' },
    { links: [down(13.3, 'upB')], end: '; upA carried all of it when upB lost carrier (13.300 s)' },
  ])('moved, then shared its load, then lost what it had moved to$end', ({ links, end }) => {
    const stage = new Stage({ linkEvents: links })
    const connection = new Connection(stage).open().join(0.1, 1)
    const path = (t: number, i: number): number => (t < 5 ? 0 : t < 9 ? 1 : t < 13 ? (i >> 2) % 2 : 0)
    for (let i = 0; i < 800; i++) connection.data(1 + i / 50, 1, path(1 + i / 50, i), 1 + i * 1000)
    stage.finish()
    expect(headline(stage)).toBe(`Moved from upA to upB at 5.000 s by the sender's choice (20 ms without delivery)${end}`)
  })
  test('moved while the sender had nothing to say', () => {
    const stage = new Stage()
    const association = new Association(stage).open()
    let tsn = 1
    for (const [from, path] of [
      [1, 0],
      [20, 1],
    ] as const)
      for (let i = 0; i < 60; i++, tsn++) association.data(from + i / 20, 0, path, tsn).sack(from + i / 20 + 0.02, 1, path, tsn)
    stage.finish()
    expect(headline(stage)).toMatch(/^Moved from upA to upB at 20\.000 s .* \(nothing lost, 16\.\d s between deliveries\)$/)
  })
  test('moved often, once after a long silence of the sender: that one is no outage', () => {
    const stage = new Stage()
    const association = new Association(stage).open()
    let tsn = 1
    // 0.3 s, then 30 s in which nothing waited for delivery, then 0.5 s
    for (const [from, path] of [
      [1, 0],
      [4.25, 1],
      [37.2, 0],
      [40.65, 1],
    ] as const)
      for (let i = 0; i < 60; i++, tsn++) association.data(from + i / 20, 0, path, tsn).sack(from + i / 20 + 0.02, 1, path, tsn)
    stage.finish()
    expect(stage.analyzer.rehomings().map((r) => Math.round((r.metrics.outage?.value ?? 0) / 100))).toEqual([3, 300, 5])
    expect(headline(stage)).toMatch(/^Moved 3 times between upA and upB, at worst 500 ms without delivery \(at 40\.650 s\)/)
    expect(stage.analyzer.brief(0).worstOutage).toBeCloseTo(500, 0)
  })
  test('moved often', () => {
    const stage = new Stage()
    legs(stage, 0, 1, 0, 1)
    expect(headline(stage)).toBe('Moved 3 times between upA and upB, at worst 320 ms without delivery (at 5.300 s); all by data loss')
  })
  test('moved between pairs that no interface tells apart', () => {
    const one = [0, 1].map((id) => ({ id, name: 'any', addresses: [] }))
    const multipath = new Stage({ interfaces: one })
    legs(multipath, 0, 1)
    // Data went to that address: it was its sender that paused, and the address itself may have gone on answering.
    expect(headline(multipath)).toBe(
      'Moved from 2001:db8:a:1::10 to 2001:db8:b:1::10 at 5.300 s when data to 2001:db8:a:1::10 stopped (320 ms without delivery)',
    )
    const association = new Association(new Stage({ interfaces: one })).open()
    for (let i = 1; i < 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 0; i < 50; i++) association.data(11 + i / 10, 0, 1, 100 + i).sack(11.02 + i / 10, 1, 1, 100 + i)
    association.stage.finish()
    expect(headline(association.stage)).toBe(
      'Moved from 192.0.2.10 to 198.51.100.10 at 11.000 s for no reason seen in the capture (1.10 s without delivery)',
    )
  })
  test('already running when the capture began', () => {
    const association = new Association()
    for (let i = 1; i < 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    association.stage.finish()
    expect(headline(association.stage)).toBe('Stayed on upA, running before the capture began; no second path')
  })
  test('a second path was refused', () => {
    const stage = new Stage()
    const connection = new Connection(stage).open().join(0.1, 1, true)
    for (let i = 0; i < 100; i++) connection.data(1 + i / 50, 1, 0, 1 + i * 1000)
    stage.finish()
    expect(headline(stage)).toBe('Stayed on upA; a second path was refused: RST MP_TCPRST: administratively prohibited')
  })
  test('both directions move, each at its own time', () => {
    const association = new Association().open()
    for (let i = 1; i < 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 1; i < 140; i++) association.data(i / 10 + 0.05, 1, 0, i)
    for (let i = 0; i < 90; i++) association.data(11 + i / 10, 0, 1, 100 + i).sack(11.02 + i / 10, 1, 1, 100 + i)
    for (let i = 0; i < 40; i++) association.data(15.05 + i / 10, 1, 1, 140 + i)
    association.stage.finish()
    expect(headline(association.stage)).toBe(
      'Moved from upA to upB at 11.000 s for no reason seen in the capture (1.10 s without delivery), the other direction at 15.050 s when upA fell silent',
    )
  })
  test('never answered', () => {
    const stage = new Stage()
    stage.packet(1, new Association(stage).wire(0, 0)).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: 5 }) })
    stage.finish(120)
    expect(headline(stage)).toBe('Never came up on upA: tried since 1.000 s, never answered')
  })
  test.each([
    ['nothing', 'never answered'],
    ['SYN/ACK', 'answered but never completed'],
    ['RST of the responder', 'refused by an RST from the responder'],
    ['RST of the initiator', 'given up by an RST from the initiator'],
  ])('plain TCP, after the SYN %s', (then, words) => {
    const stage = new Stage()
    const client = { protocol: SignalProtocol.Tcp, from: '192.0.2.10', to: '203.0.113.10', fromPort: 40000, toPort: 179 }
    const server = { protocol: SignalProtocol.Tcp, from: '203.0.113.10', to: '192.0.2.10', fromPort: 179, toPort: 40000, hops: 62 }
    stage.packet(1, client).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    if (then === 'SYN/ACK') stage.packet(1.02, server).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
    if (then.startsWith('RST'))
      stage.packet(1.02, then.endsWith('responder') ? server : client).emit(SignalKind.Refused, {
        detail: { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' },
      })
    stage.finish(120)
    expect(headline(stage)).toBe(`Never came up on upA: tried since 1.000 s, ${words}`)
  })
  test('plain TCP, when the capture ends right after the SYN', () => {
    const stage = new Stage()
    const wire = {
      protocol: SignalProtocol.Tcp,
      from: '192.0.2.10',
      to: '203.0.113.10',
      fromPort: 40_000,
      toPort: 443,
      hops: 64,
      interface: 0,
    }
    stage.packet(1, wire).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    stage.packet(1.9, { ...wire, fromPort: 40_001 }).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
    stage.finish()
    expect(headline(stage)).toBe('Still coming up on upA when the capture ended: tried since 1.000 s')
  })
})

describe('marks are named after their message', () => {
  const cases: [TimelineKind, string, string][] = [
    ['opened', 'INIT ACK', 'INIT ACK'],
    ['opened', 'MP_CAPABLE SYN, as backup', 'MP_CAPABLE SYN'],
    ['opened', 'SYN/ACK', 'SYN/ACK'],
    ['opened', 'ACK: established', 'ACK'],
    ['opened', 'already running when the capture began', 'capture begins'],
    ['probed', 'HEARTBEAT sent', 'HEARTBEAT'],
    ['verified', 'HEARTBEAT answered', 'HEARTBEAT'],
    ['verified', 'handshake', 'verified'],
    ['verified', 'MP_JOIN accepted', 'MP_JOIN'],
    ['claimed', 'ADD_ADDR 2001:db8::1', 'ADD_ADDR'],
    ['claimed', 'ASCONF Add IP Address 192.0.2.1', 'ASCONF'],
    ['withdrawn', 'REMOVE_ADDR takes back 192.0.2.1', 'REMOVE_ADDR'],
    ['preferred', 'MP_PRIO makes it a backup', 'MP_PRIO'],
    ['preferred', 'Set Primary IP Address 192.0.2.1, accepted', 'preference'],
    ['refused', 'join refused: RST', 'refused'],
    ['closed', 'subflow closed (FIN)', 'FIN'],
    ['closed', 'subflow reset: too much data', 'RST'],
    ['closed', 'SHUTDOWN COMPLETE', 'SHUTDOWN COMPLETE'],
    ['payload-started', 'first data on this pair', 'data begins'],
    ['retransmitted', 'data sent again on another pair', 'data re-sent'],
    ['link', 'upA: carrier lost', 'carrier lost'],
    ['link', 'upA: address 2001:db8::1 removed', 'address removed'],
    ['routing', 'router advertisement with lifetime 0: no longer a default router', 'RA'],
    ['routing', 'route removed: default via fe80::1', 'route removed'],
    ['icmp', 'ICMPv6 no route to destination, sent by 2001:db8::1', 'ICMPv6 no route to destination'],
  ]
  test.each(cases)('%s %s', (kind, text, label) => expect(markLabel(kind, text)).toBe(label))
})

describe('datagrams to many', () => {
  const cases: [string, { to: string; toMac?: string; count: number }, [state: string, headline: string]][] = [
    [
      'to a multicast group, twice',
      { to: '239.255.255.250', count: 2 },
      ['established', 'Datagrams to a multicast group on upA from 1.000 s until the end of the capture: not expected to be answered'],
    ],
    [
      'to a group of IPv6, once',
      { to: 'ff02::fb', count: 1 },
      ['established', 'One datagram to a multicast group on upA at 1.000 s: not expected to be answered'],
    ],
    [
      'to everybody',
      { to: '255.255.255.255', count: 1 },
      ['established', 'One datagram to everybody on the link (broadcast) on upA at 1.000 s: not expected to be answered'],
    ],
    [
      'to everybody of a prefix, as the link layer tells',
      { to: '203.0.113.255', toMac: 'ff:ff:ff:ff:ff:ff', count: 1 },
      ['established', 'One datagram to everybody on the link (broadcast) on upA at 1.000 s: not expected to be answered'],
    ],
    ['to one host', { to: '203.0.113.255', count: 1 }, ['opening', 'One packet on upA at 1.000 s, not answered']],
  ]
  test.each(cases)('%s', (_name, { to, toMac, count }, expected) => {
    const stage = new Stage()
    const from = to.includes(':') ? '2001:db8::10' : '192.0.2.10'
    for (let i = 0; i < count; i++)
      stage
        .packet(1 + i, { protocol: SignalProtocol.Udp, from, to, fromPort: 40000, toPort: 7001, toMac })
        .emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: i, span: 1, bytes: 50 })
    stage.finish()
    const session = stage.analyzer.session('s1')
    expect([session?.state, session?.headline]).toEqual(expected)
  })
})

test.each([
  { after: 0.5, state: 'closed' },
  { after: 2, state: 'established' },
])('an MP_FASTCLOSE that nobody can check, and new data $after s later: $state', ({ after, state }) => {
  const connection = new Connection()
  for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 1, 0, 1 + i * 1000)
  connection.stage.packet(3, connection.wire(0, 0)).emit(SignalKind.Closed, {
    detail: { message: 'MP_FASTCLOSE', abrupt: true, final: true, cause: null, authentication: 'A3u' },
  })
  connection.data(3 + after, 1, 0, 20_001)
  const session = connection.stage.analyzer.session('s1')
  expect([session?.state, session?.closed !== null]).toEqual([state, state === 'closed'])
})

describe('a path that shared the load fails', () => {
  // both paths by turns, the second alone from 5 s to 9 s, then both again
  const play = (linkEvents: ReturnType<typeof down>[]): string | undefined => {
    const connection = new Connection(new Stage({ linkEvents })).open().join(0.1, 1)
    for (let i = 0; i < 240; i++) connection.data(1 + i / 20, 1, (i >= 80 && i < 160) || i % 2 === 1 ? 1 : 0, 1 + i * 1000)
    connection.stage.finish()
    expect(connection.stage.analyzer.rehomings()).toEqual([])
    return connection.stage.analyzer.session('s1')?.headline
  }
  test.each([
    {
      why: 'its link lost carrier',
      linkEvents: [down(5.002)],
      headline: 'Shared its data over upA and upB; upB carried all of it when upA lost carrier (5.002 s)',
    },
    { why: 'the sender left it alone', linkEvents: [], headline: 'Shared its data over upA and upB' },
  ])('$why', ({ linkEvents, headline }) => expect(play(linkEvents)).toBe(headline))
})

test('a loss before a pause of the whole session is none that the other paths made good', () => {
  const connection = new Connection().open().join(0.1, 1)
  for (const at of [1, 2.2]) connection.data(at, 0, 0, 1)
  connection.ack(2.22, 1, 0, 1001)
  for (let i = 1; i < 80; i++) connection.data(5 + i / 20, 0, i % 2, 1 + i * 1000).ack(5.02 + i / 20, 1, i % 2, 1001 + i * 1000)
  connection.stage.finish()
  expect(connection.stage.analyzer.session('s1')?.headline).toBe('Shared its data over upA and upB')
})

test('what is sent again after the end begins no data on the timeline', () => {
  const connection = new Connection().open().join(0.1, 1)
  for (let i = 0; i < 20; i++) connection.data(1 + i / 10, 1, i < 10 ? 0 : 1, 1 + i * 1000)
  for (const end of [0, 1] as const)
    connection.stage.packet(3 + end / 10, connection.wire(end, 1)).emit(SignalKind.Closed, {
      detail: { message: 'DATA_FIN', abrupt: false, final: false, cause: null, authentication: 'A1' },
    })
  connection.data(8, 1, 0, 9001)
  connection.stage.finish()
  const { state, timeline } = connection.stage.analyzer.session('s1') ?? { timeline: [] }
  const late = timeline.filter((one) => one.t > BASE + 4)
  expect([state, late.map((one) => one.detail)]).toEqual(['closed', ['data sent again on the same pair']])
})

test('a connection of which only resets were seen is no established one', () => {
  const stage = new Stage()
  const connection = new Connection(stage)
  const reset = (seconds: number, end: 0 | 1) =>
    stage.packet(seconds, connection.wire(end, 0)).emit(SignalKind.Closed, {
      detail: { message: 'RST', abrupt: true, final: false, cause: 'middlebox interference', authentication: 'A1' },
    })
  reset(1, 0)
  reset(1.1, 1)
  const told = () => {
    const { state, closed, headline } = stage.analyzer.session('s1') ?? {}
    return [state, closed !== null, headline]
  }
  expect(told()).toEqual([
    'closed',
    true,
    'Seen only as it was reset on upA at 1.000 s; what it carried, and whether it had other paths, is not in the capture',
  ])
  // data after all: it was not over
  connection.data(2, 1, 0, 1000)
  expect(told().slice(0, 2)).toEqual(['established', false])
})

test('a connection whose answer has no MP_CAPABLE is plain TCP, also when it carries nothing', () => {
  const connection = new Connection()
  const { stage } = connection
  stage
    .packet(0, connection.wire(0, 0))
    .emit(SignalKind.Opening, { detail: opening('MP_CAPABLE SYN', 1, { addressId: 0 }) })
    .packet(0.02, connection.wire(1, 0))
    .emit(SignalKind.Opening, { protocol: SignalProtocol.Tcp, detail: opening('SYN/ACK', 2) })
    .packet(0.021, connection.wire(0, 0))
    .emit(SignalKind.Opened, { protocol: SignalProtocol.Tcp, detail: opening('ACK', 3) })
  stage.finish()
  expect(headline(stage)).toBe('Carried no data on upA; opened at 0.000 s; MPTCP fell back to TCP')
})

test('a path that the session moved away from is left; one that is heard both ways afterwards is ready', () => {
  const moved = (heard: boolean): (string | undefined)[] | undefined => {
    const association = new Association().open()
    for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
    for (let i = 0; i < 40; i++) association.data(13 + i / 10, 0, 1, 101 + i).sack(13.02 + i / 10, 1, 1, 101 + i)
    if (heard) association.heartbeat(17, 0, 0, 'x').heartbeat(17.02, 1, 0, 'x', true)
    association.stage.finish()
    return association.stage.analyzer.session('s1')?.pairs.map((pair) => pair.state)
  }
  expect(moved(false)).toEqual(['left', 'active'])
  expect(moved(true)).toEqual(['ready', 'active'])
})

test('and back on it, it is active again', () => {
  const stage = new Stage()
  legs(stage, 0, 1, 0)
  expect(stage.analyzer.session('s1')?.pairs.map((pair) => pair.state)).toEqual(['active', 'left'])
})

test('paths of an association that is over are closed', () => {
  const association = new Association().open()
  for (let i = 1; i <= 20; i++) association.data(1 + i / 10, 0, 0, i).sack(1.02 + i / 10, 1, 0, i)
  association.heartbeat(2, 0, 1, 'x').heartbeat(2.02, 1, 1, 'x', true)
  const states = (): (string | undefined)[] | undefined => association.stage.analyzer.session('s1')?.pairs.map((pair) => pair.state)
  expect(states()).toEqual(['active', 'ready'])
  association.stage.packet(4, association.wire(0, 0)).emit(SignalKind.Closed, {
    token: association.token(0),
    detail: { message: 'SHUTDOWN COMPLETE', abrupt: false, final: true, cause: null, authentication: 'A1' },
  })
  association.stage.finish()
  expect(states()).toEqual(['closed', 'closed'])
})

test.each([
  [[0, 1], 'Stayed on upA; 3 further addresses were named and not seen in use'],
  [[0], 'Stayed on upA; 2 further addresses were named and not seen in use'],
  [[], 'Stayed on upA; no second path'],
])('addresses that ends %j added and nobody used are no missing second path', (ends, expected) => {
  const association = new Association(new Stage())
  if (ends.length > 0) association.open()
  const { stage } = association
  if (ends.length > 1)
    for (const kind of [SignalKind.Claimed, SignalKind.ClaimAnswered])
      stage.packet(0.5, association.wire(kind === SignalKind.Claimed ? 0 : 1, 0)).emit(kind, {
        token: association.token(kind === SignalKind.Claimed ? 0 : 1),
        detail: {
          message: 'ASCONF: Add IP Address',
          accepted: true,
          address: stage.address('192.0.2.77'),
          port: null,
          addressId: null,
          how: 'signalled',
          authentication: 'A1',
          serial: 1,
          correlation: 1,
          wildcard: false,
          cause: null,
        } as never,
      })
  for (let i = 1; i <= 20; i++) association.data(1 + i / 10, 0, 0, i).sack(1.02 + i / 10, 1, 0, i)
  stage.finish()
  expect(stage.analyzer.session('s1')?.headline).toMatch(new RegExp(`^${expected.replace(';', '.*;')}$`))
})

test.each([
  [[0, 0, 0, 0], 'Stayed on upA from 1.000 s until the capture ended'],
  [[0, 0, 0, 1], 'Went by upA; answers came by upA, by upB from 4.000 s, until the capture ended'],
  [[0, 1, 0, 1], 'Seen on upA and upB from 1.000 s until the capture ended'],
])('a flow on interfaces %j', (interfaces, expected) => {
  const stage = new Stage()
  interfaces.forEach((iface, i) => {
    const ends =
      i % 2 === 0
        ? { from: '192.0.2.10', to: '203.0.113.9', fromPort: 40000, toPort: 7001 }
        : { from: '203.0.113.9', to: '192.0.2.10', fromPort: 7001, toPort: 40000 }
    stage
      .packet(1 + i, { protocol: SignalProtocol.Udp, ...ends, interface: iface })
      .emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: i, span: 1, bytes: 50 })
  })
  stage.finish()
  expect(stage.analyzer.session('s1')?.headline).toBe(expected)
})
