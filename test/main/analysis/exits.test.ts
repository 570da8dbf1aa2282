/** A connection whose addresses stay while its packets take another exit: by which interface, since when, and why. */
import { expect, test } from 'vitest'
import type { LinkDetail } from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { opening, Stage, tcpWire as wire } from './stage.ts'

/** Ten answered packets a second until 10 s, by the interfaces that `out` and `back` say. */
function connection(stage: Stage, out: (t: number) => number, back: (t: number) => number = out): string {
  stage.packet(0, wire(0, out(0))).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
  stage.packet(0.01, wire(1, back(0))).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
  stage.packet(0.02, wire(0, out(0))).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
  for (let i = 1; i <= 100; i++) {
    const t = i / 10
    stage.packet(t, wire(0, out(t))).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: i * 100, span: 100, bytes: 100 })
    stage.packet(t + 0.02, wire(1, back(t))).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: i * 100 + 100 })
  }
  stage.finish(10.1)
  return stage.analyzer.session('s1')?.headline ?? ''
}

const route = (seconds: number, what: 'route-added' | 'route-removed', subject: string, interfaceName: string) => ({
  time: seconds * 1e9,
  line: 1,
  detail: { message: `route ${what.slice(6)}: ${subject} dev ${interfaceName} metric 7`, what, interfaceName, subject } as LinkDetail,
})

test('in turn, with the routes that the link log shows; a route to elsewhere explains nothing', () => {
  const stage = new Stage({
    linkEvents: [
      route(3.9, 'route-added', '198.18.0.0/16', 'upB'),
      route(3.95, 'route-added', '203.0.113.0/24', 'upB'),
      route(7.95, 'route-removed', 'default', 'upB'),
    ],
  })
  expect(connection(stage, (t) => (t >= 4 && t < 8 ? 1 : 0))).toBe(
    'Went by upA, by upB from 4.000 s (route added: 203.0.113.0/24 dev upB), by upA again from 8.000 s (route removed: default dev upB), until the capture ended',
  )
  // a list knows it, and puts it before those that kept theirs
  expect(stage.analyzer.brief(0)).toMatchObject({ exits: ['upA', 'upB', 'upA'], badness: 2 })
  const marks = stage.analyzer.session('s1')?.timeline.filter((one) => one.detail.includes('from here'))
  expect(marks?.map((one) => [one.direction, one.detail])).toEqual([
    ['initiator-to-responder', 'packets of the initiator go by upB from here'],
    ['responder-to-initiator', 'packets of the responder go by upB from here'],
    ['initiator-to-responder', 'packets of the initiator go by upA from here'],
    ['responder-to-initiator', 'packets of the responder go by upA from here'],
  ])
})

test('a default route of the other family explains nothing', () => {
  const other = route(3.95, 'route-added', 'default', 'upB')
  const stage = new Stage({ linkEvents: [{ ...other, detail: { ...other.detail, nextHop: 'fe80::1' } }] })
  expect(connection(stage, (t) => (t >= 4 ? 1 : 0))).toBe('Went by upA, by upB from 4.000 s, until the capture ended')
})

test('while the link of the exit that it left is down it is not interrupted', () => {
  const down = (seconds: number, what: 'link-down' | 'link-up') => ({
    time: seconds * 1e9,
    line: 1,
    detail: { message: `upA: carrier ${what === 'link-down' ? 'lost' : 'is back'}`, what, interfaceName: 'upA', subject: null },
  })
  const stage = new Stage({ linkEvents: [down(3.95, 'link-down'), down(7.9, 'link-up')] })
  expect(connection(stage, (t) => (t >= 4 && t < 8 ? 1 : 0))).toBe(
    'Went by upA, by upB from 4.000 s (upA: carrier lost), by upA again from 8.000 s, until the capture ended',
  )
  expect(stage.analyzer.session('s1')?.interruptions).toEqual([])
})

test('an exit that it had left breaks nothing when it fails later', () => {
  const lost = { message: 'upA: carrier lost', what: 'link-down', interfaceName: 'upA', subject: null } as const
  const stage = new Stage({ linkEvents: [{ time: 9.8e9, line: 1, detail: lost }] })
  expect(connection(stage, (t) => (t >= 4 ? 1 : 0))).toBe('Went by upA, by upB from 4.000 s, until the capture ended')
})

test('by what routers said, and what they took back', () => {
  const stage = new Stage()
  const tell = (seconds: number, state: 'up' | 'down'): void => {
    stage
      .packet(seconds, { protocol: SignalProtocol.Udp, from: '192.0.2.1', to: '192.0.2.10', fromPort: 3784, toPort: 3784 })
      .emit(SignalKind.Liveness, {
        protocol: SignalProtocol.Bfd,
        detail: { message: 'BFD control', state, cause: null, sender: [], receiver: [] },
      })
  }
  tell(0, 'up')
  tell(3.5, 'down')
  tell(7.5, 'up')
  // the connection's packets come after those in this scene; only their times count
  expect(connection(stage, (t) => (t >= 4 && t < 8 ? 1 : 0))).toBe(
    "Went by upA, by upB from 4.000 s (BFD between 192.0.2.1 and 192.0.2.10 is down), by upA again from 8.000 s ('BFD between 192.0.2.1 and 192.0.2.10 is down' was taken back), until the capture ended",
  )
})

test('each direction by itself where they part', () => {
  expect(
    connection(
      new Stage(),
      (t) => (t >= 4 ? 1 : 0),
      () => 0,
    ),
  ).toBe('Went by upA, by upB from 4.000 s; answers came by upA, until the capture ended')
  expect(
    connection(
      new Stage(),
      () => 0,
      (t) => (t >= 4 ? 1 : 0),
    ),
  ).toBe('Went by upA; answers came by upA, by upB from 4.020 s, until the capture ended')
  expect(
    connection(
      new Stage(),
      (t) => (t >= 4 ? 1 : 0),
      (t) => (t >= 6 ? 1 : 0),
    ),
  ).toBe('Went by upA, by upB from 4.000 s; answers came by upA, by upB from 6.020 s, until the capture ended')
})

test('packets that alternate are in no turn, nor are those of one interface', () => {
  expect(connection(new Stage(), (t) => Math.round(t * 10) % 2)).toMatch(/^Seen on upA and upB|^Stayed on/)
  expect(connection(new Stage(), () => 0)).toBe('Stayed on upA from 0.000 s until the capture ended')
})

test('a few packets of a router that is captured on both sides are in no turn either', () => {
  const stage = new Stage()
  for (const t of [1, 3, 5])
    for (const [later, iface] of [
      [0, 0],
      [0.0002, 1],
    ] as const)
      stage
        .packet(t + later, {
          protocol: SignalProtocol.Udp,
          from: '192.0.2.10',
          to: '203.0.113.9',
          fromPort: 40000,
          toPort: 7001,
          interface: iface,
        })
        .emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: t, span: 1, bytes: 50 })
  stage.finish(6)
  expect(stage.analyzer.session('s1')?.headline).not.toContain('Went by')
})
