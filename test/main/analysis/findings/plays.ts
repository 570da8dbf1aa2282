/**
 * One play a rule: the shortest scene that fires it, of every rule that may say more than low. `variants.test.ts` shows each in other ways,
 * `scenes.test.ts` sets the benign scenes beside it.
 */
import type { RouteDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../shared/signals.ts'
import { Association, opening } from '../stage.ts'
import { HOST, LinkScene, OTHER, ROUTER, siteOf } from './link-scene.ts'
import { LINK_PLAYS } from './plays-links.ts'
import { type Play, SESSION_PLAYS } from './plays-sessions.ts'
import { C, E1, E2, P, Scene, X } from './scene.ts'

const [A, B, R] = ['2001:db8:a:1::10', '2001:db8:b:1::10', '2001:db8:f1:1::80'] as [string, string, string]
const N = 'service.example'
const two = () => siteOf(['upA', ['2001:db8:a::/48', '192.0.2.0/24']], ['upB', ['2001:db8:b::/48', '198.51.100.0/24']])
const routers = (): LinkScene =>
  new LinkScene()
    .advertise(0, 'fe80::a', ROUTER, { prefix: '2001:db8:a:1::' })
    .advertise(0, 'fe80::b', '02:00:00:00:00:0b', { prefix: '2001:db8:b:1::', iface: 1 })

const thrice = (one: LinkScene, from: string, more: Parameters<LinkScene['udp']>[3]): LinkScene => {
  for (const t of [1, 2, 3]) one.udp(t, from, R, more)
  return one
}

const route = (one: LinkScene, t: number, announced: string, path: number[], more: Partial<RouteDetail> = {}): LinkScene => {
  const [prefix, length] = announced.split('/') as [string, string]
  const list = announced === '' ? [] : [{ prefix, length: Number(length), path: null }]
  const rest = { withdrawn: [], more: 0, origins: path.slice(-1), nextHop: null, localPreference: null, metric: null, communities: [] }
  one.stage.packet(t, { protocol: SignalProtocol.Tcp, from: '192.0.2.1', to: '192.0.2.9', fromPort: 179, toPort: 40000 })
  one.stage.signal.protocol = SignalProtocol.Bgp
  one.stage.emit(SignalKind.Routed, {
    detail: { message: 'UPDATE', announced: list, path, ...rest, endOfTable: announced === '', ...more },
  })
  return one
}
const table = (): LinkScene => route(route(new LinkScene(), 0, '2001:db8:a::/48', [64510, 64500]), 0.1, '', [])

export const PLAYS: Record<string, Play> = {
  ...SESSION_PLAYS,
  ...LINK_PLAYS,
  'ING-1': { play: () => thrice(new LinkScene({ site: two() }), B, {}).end(20) },
  'ING-2': {
    play: () => {
      const one = new LinkScene({ site: two() }).udp(1, B, R)
      return one.icmp(1.02, '2001:db8:a:1::1', { flow: one.flow, from: B, to: R }).end(20)
    },
  },
  'ING-3': {
    play: () => {
      const one = new LinkScene({ site: two() })
      for (let i = 0; i < 10; i++) one.echo(1 + i, B, R, i, { iface: 1 }).echo(1.02 + i, R, B, i, { reply: true, iface: 1, hops: 57 })
      for (let i = 0; i < 6; i++) one.echo(30 + i, B, R, 100 + i)
      return one.end(100)
    },
    absence: true,
  },
  'ING-4': {
    play: () => {
      const one = new LinkScene({ site: two() })
      const wire = { protocol: SignalProtocol.Tcp, from: A, to: R, fromPort: 40000, toPort: 443, fromMac: HOST, toMac: ROUTER }
      const back = { ...wire, from: R, to: A, fromPort: 443, toPort: 40000, hops: 57, fromMac: ROUTER, toMac: HOST }
      const data = (t: number, unit: number, iface: number): void => {
        one.stage.packet(t, { ...wire, interface: iface }).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit, span: 100, bytes: 100 })
      }
      one.step(1, A, R, [40000, 443], 1, 1000).step(1.02, R, A, [443, 40000], 2, 9000, { hops: 57, answers: 1000 })
      for (let i = 0; i < 5; i++) {
        data(2 + i, 1001 + i * 100, 0)
        one.stage.packet(2.1 + i, back).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 1101 + i * 100 })
      }
      for (let i = 0; i < 5; i++) {
        data(10 + 2 * i, 1501, 1)
        one.stage.packet(10.3 + 2 * i, back).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 1501 })
      }
      return one.end(60)
    },
    absence: true,
  },
  'ING-6': { play: () => thrice(routers(), '2001:db8:dead::1', { macs: [HOST, ROUTER] }).end(30) },
  'ING-7': { play: () => thrice(routers(), 'fd00::5', { macs: [HOST, ROUTER] }).end(30) },
  'ING-8': {
    play: () => {
      const one = routers()
      for (const t of [1, 2, 3]) one.udp(t, '2001:db8:a:1::77', A, { macs: [ROUTER, HOST], hops: 57 })
      return one.end(30)
    },
  },
  'T-ND-FLIP': {
    play: () => {
      const one = new LinkScene().advertise(0, 'fe80::1', ROUTER, { prefix: '2001:db8:a:1::' })
      return one.neighbour(5, 'advertisement', 'fe80::1', OTHER, { override: true }).advertise(8, 'fe80::1', ROUTER).end(60)
    },
    late: 4,
  },
  'T-ND-ROUTER': {
    play: () => {
      const one = new LinkScene().advertise(0, 'fe80::1', ROUTER).neighbour(1, 'advertisement', 'fe80::66', OTHER, { router: false })
      return one.advertise(80, 'fe80::66', OTHER, { prefix: '2001:db8:bad:1::' }).advertise(85, 'fe80::1', ROUTER).end(200)
    },
    late: 70,
  },
  'T-ND-KILL': {
    play: () => {
      const one = new LinkScene().advertise(0, 'fe80::1', ROUTER, { prefix: '2001:db8:a:1::' })
      return one.advertise(5, 'fe80::1', OTHER, { routerLifetime: 0 }).end(60)
    },
    late: 4,
  },
  'T-ND-DAD': {
    play: () => {
      const one = new LinkScene()
      for (let i = 0; i < 3; i++)
        one.neighbour(1 + i, 'dad', `2001:db8:a:1::${i + 1}`, HOST).neighbour(1.1 + i, 'advertisement', `2001:db8:a:1::${i + 1}`, OTHER)
      return one.end(60)
    },
    late: 2.5,
  },
  'T-ICMPRED': {
    play: () => {
      const one = new LinkScene().advertise(0, 'fe80::1', ROUTER, { prefix: '2001:db8:a:1::' }).udp(1, A, R, { macs: [HOST, ROUTER] })
      return one
        .redirect(2, 'fe80::1', OTHER, A, 'fe80::66', R)
        .udp(3, A, R, { macs: [HOST, OTHER] })
        .end(60)
    },
  },
  'T-DNS-TWO': {
    play: () => new LinkScene().name(1, 'query', N).name(1.3, 'answer', N, [R]).name(1.34, 'answer', N, ['2001:db8:bad::66']).end(60),
    late: 1.1,
    once: true,
  },
  'T-DNS-GUESS': {
    play: () => {
      const one = new LinkScene().name(1, 'query', N, [], { transaction: 5000 })
      for (let i = 0; i < 100; i++) one.name(1.1 + i / 100, 'answer', N, [R], { transaction: i + 1, detail: { authentication: 'A0' } })
      return one.end(60)
    },
    late: 1.05,
  },
  'T-DNS-EARLY': {
    play: () => {
      const one = new LinkScene().lookup(1, N, [R], { ttl: 3600 }).lookup(21, N, [R], { ttl: 3600 })
      return one.lookup(41, N, ['2001:db8:bad::66'], { ttl: 3600 }).end(60)
    },
    late: 30,
  },
  'T-DNS-OWNER': {
    play: () => {
      const one = new LinkScene({ site: two() })
        .neighbour(0.1, 'advertisement', A, HOST)
        .neighbour(0.2, 'advertisement', '2001:db8:a:1::66', OTHER)
      for (let i = 0; i < 4; i++) one.lookup(1 + i * 30, N, [A], { ttl: 300 })
      return one.lookup(111, N, ['2001:db8:a:1::66'], { ttl: 300 }).end(200)
    },
    late: 80,
  },
  'T-DNS-UNSIGNED': {
    play: () => {
      const one = new LinkScene()
      for (const [t, signed] of [
        [1, true],
        [30, false],
      ] as const)
        one
          .name(t, 'query', N, [], { transaction: t, detail: { wantsSignatures: true } })
          .name(t + 0.1, 'answer', N, [R], { transaction: t, ttl: 300, detail: { signed, authentication: 'A3u' } })
      return one.end(60)
    },
    late: 20,
  },
  'T-RTE-ORIGIN': { play: () => route(table(), 7200, '2001:db8:a::/48', [64510, 64666]).end(8000), late: 100 },
  'T-RTE-SPECIFIC': { play: () => route(table(), 7200, '2001:db8:a::/49', [64510, 64666]).end(8000), late: 100 },
  'T-RTE-BLACKHOLE': {
    play: () => route(table(), 30, '2001:db8:a::/48', [64510, 64666], { communities: ['65535:666'] }).end(60),
    late: 20,
  },
  'T-INITIAL-MITM': {
    play: () => {
      const one = new LinkScene().step(1, A, R, [40000, 443], 1, 1000)
      for (const [t, unit] of [
        [1.1, 7],
        [1.12, 8],
      ] as const)
        one.step(t, R, A, [443, 40000], 2, unit, { hops: 57, answers: 1000 })
      return one.end(60)
    },
    late: 1.05,
    once: true,
  },
  'T-EXHAUST': {
    play: () => {
      const { stage } = new LinkScene()
      for (let i = 0; i < 200; i++) {
        const from = `2001:db8:c::${(i + 1).toString(16)}`
        const wire = { protocol: SignalProtocol.Sctp, from, to: R, fromPort: 5000, toPort: 5060, hops: 57 }
        stage.packet(1 + i / 40, wire).emit(SignalKind.Opening, { detail: opening('INIT', 1, { initiateTag: i + 1 }) })
        const back = { ...wire, from: R, to: from, fromPort: 5060, toPort: 5000, hops: 64 }
        stage.packet(1.001 + i / 40, back).emit(SignalKind.Opening, { detail: opening('INIT ACK', 2, { initiateTag: 9000 + i }) })
      }
      stage.finish(60)
      return stage.analyzer.findings()
    },
    absence: true,
  },
  'T-REFLECT': {
    play: () => {
      const one = new LinkScene()
      const V = '2001:db8:7::7'
      for (let i = 0; i < 10; i++)
        one.step(1 + i, V, R, [30_000 + i, 80], 1, i + 1, { hops: 61 }).step(1.1 + i, V, R, [30_000 + i, 80], 3, 0, { hops: 61 })
      for (let i = 0; i < 25; i++) {
        one.step(300 + i * 0.2, V, R, [41_000 + i, 80], 1, 5000 + i, { hops: 50 })
        one.stage.packet(300.01 + i * 0.2, { protocol: SignalProtocol.Tcp, from: R, to: V, fromPort: 80, toPort: 41_000 + i, hops: 64 })
      }
      return one.end(400)
    },
    late: 290,
    absence: true,
  },
  'T-REDIR-EST': {
    play: () => new Scene(SignalProtocol.Ilnp).open().talk(1).claim(3, E1, C).answer(3.01, E1, C).send(3.1, C, 3).findings(20),
    late: 0.5,
    absence: true,
  },
  'T-UNKLOC': {
    play: () => new Scene(SignalProtocol.Hip).open().talk(1).data(3, X, P, 1).send(3.1, X, 1).findings(60),
    late: 0.5,
  },
  'T-TIMESHIFT': {
    play: () => {
      const one = new Scene(SignalProtocol.Mip6)
        .open()
        .claim(1, E2, E2, { message: 'BU', serial: 1, lifetime: 424, authentication: 'A3v', proofAge: 1 })
      return one.answer(1.02, E2, E2, { serial: 1, lifetime: 424, code: 0 }).findings(20)
    },
  },
  'T-TAG': {
    play: () => {
      const one = new Scene(SignalProtocol.Sctp)
      for (let i = 0; i < 80; i++)
        one.say(12 + i * 0.025, SignalKind.Payload, X, P, -1, null, {
          token: 1000 + Math.imul(i + 1, 0x9e3779b1),
          space: UnitSpace.Tsn,
          unit: i,
          bytes: 10,
        })
      return one.findings(60)
    },
    once: true,
  },
  'T-ACKSPOOF': {
    play: () => {
      const a = new Association().open()
      for (let i = 0; i < 10; i++) a.data(1 + i * 0.05, 0, 0, i).sack(1.02 + i * 0.05, 1, 0, i)
      for (const [t, top] of [
        [2, 10],
        [3, 40],
      ] as const) {
        a.sack(t, 1, 0, top + 29)
        for (let i = 0; i < 30; i++) a.data(t + 0.1 + i * 0.01, 0, 0, top + i)
        a.sack(t + 0.5, 1, 0, top + 29)
      }
      a.heartbeat(8, 0, 0, 'aa').heartbeat(20, 0, 0, 'bb').stage.finish(60)
      return a.stage.analyzer.findings()
    },
  },
}
