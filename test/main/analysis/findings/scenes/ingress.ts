/** Scenes of the ingress rules: two uplinks, whose prefixes are A and B, and a remote host. */
import type { FindingReport } from '../../../../../shared/report.ts'
import type { OpenDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { opening } from '../../stage.ts'
import { HOST, LinkScene, ROUTER, siteOf } from '../link-scene.ts'
import type { RuleScenes } from './scenes.ts'

const [A, B, R] = ['2001:db8:a:1::10', '2001:db8:b:1::10', '2001:db8:f1:1::80'] as [string, string, string]
const OTHER_ROUTER = '02:00:00:00:00:0b'
type Way = Parameters<LinkScene['udp']>[3]

const two = (known = true) => siteOf(['upA', known ? ['2001:db8:a::/48'] : []], ['upB', ['2001:db8:b::/48']])
const site = (known = true): LinkScene => new LinkScene({ site: two(known) })
/** Both prefixes are advertised; that of upB was upA's, too, or that of upA is taken back. */
const advertised = (gone: 'none' | 'a' | 'b' = 'none', both = true): LinkScene => {
  const one = new LinkScene().advertise(0, 'fe80::a', ROUTER, { prefix: '2001:db8:a:1::' })
  if (both) one.advertise(0, 'fe80::b', OTHER_ROUTER, { prefix: '2001:db8:b:1::', iface: 1 })
  if (gone === 'a') one.advertise(0.5, 'fe80::a', ROUTER, { prefix: '2001:db8:a:1::', valid: 0 })
  for (const [t, valid] of gone === 'b'
    ? ([
        [0.3, 1800],
        [0.5, 0],
      ] as const)
    : [])
    one.advertise(t, 'fe80::a', ROUTER, { prefix: '2001:db8:b:1::', valid })
  return one
}
const thrice = (one: LinkScene, from: string, more: Way = {}, answered = false): LinkScene => {
  for (const t of [1, 2, 3]) {
    one.udp(t, from, R, { ports: [40_000, 7000], ...more })
    if (answered) one.udp(t + 0.1, R, from, { ports: [7000, 40_000], hops: 57, macs: [ROUTER, HOST] })
  }
  return one
}
/** The same packets on both interfaces, as a router sees them. */
const copied = (one: LinkScene, from: string): LinkScene => {
  for (const t of [1, 2, 3]) one.udp(t, from, R, { iface: 1, unit: t }).udp(t + 0.001, from, R, { unit: t })
  return one
}
const rejected = (one: LinkScene, more: { code?: number; seen?: boolean; from?: string; way?: Way } = {}): FindingReport[] => {
  const { code = 5, seen = true, from = B, way = {} } = more
  if (seen) one.udp(10, from, R, { ports: [41_000, 7000], ...way })
  const { flow } = one
  return one.icmp(10.02, '2001:db8:a:1::1', { flow: seen ? flow : -1, from, to: R }, { code }).end(40)
}
/** Five flows of one source by upA, each answered. */
const passed = (one: LinkScene, from: string, way: Way = {}): FindingReport[] => {
  for (let i = 0; i < 5; i++)
    one.udp(1 + i, from, R, { ports: [40_000 + i, 7000], ...way }).udp(1.02 + i, R, from, {
      ports: [7000, 40_000 + i],
      hops: 57,
      iface: way?.iface ?? 0,
      macs: [ROUTER, HOST],
      inner: way?.inner === true,
    })
  return one.end(40)
}
const pings = (wrong: number, right: number, dropped = 0): FindingReport[] => {
  const interfaces = [
    { id: 0, name: 'upA', addresses: [], dropped },
    { id: 1, name: 'upB', addresses: [] },
  ]
  const one = new LinkScene({ site: two(), interfaces })
  for (let i = 0; i < 10; i++) {
    one.echo(1 + i, B, R, i, { iface: 1 })
    if (i < right) one.echo(1.02 + i, R, B, i, { reply: true, iface: 1, hops: 57 })
  }
  for (let i = 0; i < 6; i++) {
    one.echo(30 + i, B, R, 100 + i)
    if (i < wrong) one.echo(30.02 + i, R, B, 100 + i, { reply: true, hops: 57 })
  }
  return one.end(100)
}
/** Data of A goes by upA and is answered, then by upB and is not; what is B's own is, meanwhile, tried there or not. */
const moved = (more: { silent?: boolean; dead?: boolean; acknowledged?: boolean } = {}): FindingReport[] => {
  const one = site().step(1, A, R, [40_000, 443], 1, 1000).step(1.02, R, A, [443, 40_000], 2, 9000, { hops: 57, answers: 1000 })
  const wire = { protocol: SignalProtocol.Tcp, from: A, to: R, fromPort: 40_000, toPort: 443, fromMac: HOST, toMac: ROUTER }
  const back = { ...wire, from: R, to: A, fromPort: 443, toPort: 40_000, hops: 57, fromMac: ROUTER, toMac: HOST }
  const data = (t: number, unit: number, iface: number): void => {
    one.stage.packet(t, { ...wire, interface: iface }).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit, span: 100, bytes: 100 })
  }
  const ack = (t: number, unit: number): void => {
    one.stage.packet(t, back).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit })
  }
  for (let i = 0; i < 5; i++) {
    data(2 + i, 1001 + i * 100, 0)
    ack(2.1 + i, 1101 + i * 100)
  }
  for (let i = 0; i < 5; i++) {
    data(10 + 2 * i, 1501, 1)
    if (more.dead === true) one.udp(11 + 2 * i, B, R, { ports: [42_000 + i, 53], iface: 1 })
    if (more.silent !== true) ack(10.3 + 2 * i, more.acknowledged === true ? 1601 : 1501)
  }
  return one.end(60)
}
const foreign = (more: { from?: string; home?: boolean; answered?: boolean; way?: Way; one?: LinkScene } = {}): FindingReport[] => {
  const { from = '2001:db8:dead::1', home = false, answered = false, way = {}, one = advertised() } = more
  const sender: OpenDetail['sender'] = [{ kind: 'home-address', value: from }]
  if (home)
    one.stage
      .packet(0.8, { protocol: SignalProtocol.Mip6, from: '2001:db8:c::5', to: '2001:db8:40::1', fromPort: 0, toPort: 0, hops: 57 })
      .emit(SignalKind.Opening, { context: 1, side: 0, detail: opening('BU to home agent', 1, { sender }) })
  return thrice(one, from, { macs: [HOST, ROUTER], ...way }, answered).end(40)
}
const entering = (one: LinkScene, hops: number): FindingReport[] => {
  for (const t of [1, 2, 3]) one.udp(t, '2001:db8:a:1::77', A, { macs: [ROUTER, HOST], hops })
  return one.end(30)
}
/** Sixty flows of each prefix to six servers, each by its own exit, or all by one. */
const bySource = (split: boolean, astray = 0, count = 60): FindingReport[] => {
  const one = site()
  for (let i = 0; i < count; i++) {
    const to = `2001:db8:f1::${(i % 6) + 1}`
    const iface = split && i >= astray ? 1 : 0
    one.udp(1 + i / 10, A, to, { ports: [10_000 + i, 80] }).udp(1.01 + i / 10, to, A, { ports: [80, 10_000 + i], hops: 57 })
    one
      .udp(1.02 + i / 10, B, to, { ports: [20_000 + i, 80], iface })
      .udp(1.03 + i / 10, to, B, { ports: [80, 20_000 + i], iface: 1, hops: 57 })
  }
  return one.end(100)
}
const asymmetric = (n: number): FindingReport[] => {
  const one = site().udp(1, A, R)
  for (let i = 0; i < n; i++) one.udp(1.1 + i / 10, R, A, { ports: [7000, 40_000], iface: 1, hops: 57 })
  return one.end(100)
}
/** One prefix at upA only: known on both exits, or on one. */
const bogus = (one: LinkScene): LinkScene => thrice(one, B)

export const INGRESS_SCENES: Record<string, RuleScenes> = {
  'ING-1': {
    quiet: () => thrice(site(), B, { iface: 1 }).end(40),
    lookAlikes: {
      'incomplete-model': (benign) => bogus(site(!benign)).end(40),
      'withdrawn-prefix': (benign) => thrice(advertised(benign ? 'b' : 'none'), B, { macs: [HOST, ROUTER] }).end(40),
      tunnel: (benign) => thrice(site(), B, { inner: benign }).end(40),
      'router-capture': (benign) => (benign ? copied(site(), B) : bogus(site())).end(40),
    },
  },
  'ING-2': {
    quiet: () => thrice(site(), B, { iface: 1 }, true).end(40),
    lookAlikes: {
      'incomplete-model': (benign) => rejected(site(!benign)),
      'withdrawn-prefix': (benign) => rejected(advertised(benign ? 'b' : 'none'), { way: { macs: [HOST, ROUTER] } }),
      tunnel: (benign) => rejected(site(), { way: { inner: benign } }),
      'router-capture': (benign) => {
        const one = site()
        if (benign) one.udp(9.999, B, R, { ports: [41_000, 7000], iface: 1 })
        return rejected(one)
      },
      'made-up': (benign) => rejected(site(), { seen: !benign }),
      'fitting-source': (benign) => rejected(site(), { from: benign ? A : B }),
      'other-filter': (benign) => rejected(thrice(site(), B, {}, benign), { code: 1 }),
    },
  },
  'ING-3': {
    quiet: () => pings(2, 10),
    lookAlikes: {
      'dead-destination': (benign) => pings(0, benign ? 0 : 10),
      'rate-limit': (benign) => pings(benign ? 6 : 0, 10),
      losses: (benign) => pings(0, 10, benign ? 1 : 0),
    },
  },
  'ING-4': {
    quiet: () => moved({ acknowledged: true }),
    lookAlikes: {
      'gone-peer': (benign) => moved({ silent: benign }),
      'other-fault': (benign) => moved({ dead: benign }),
    },
  },
  'ING-5': {
    fires: () => passed(site(), B),
    quiet: () => thrice(site(), B).end(40),
    lookAlikes: {
      'incomplete-model': (benign) => passed(site(!benign), B),
      'withdrawn-prefix': (benign) => passed(advertised(benign ? 'b' : 'none'), B, { macs: [HOST, ROUTER] }),
      tunnel: (benign) => passed(site(), B, { inner: benign }),
      'router-capture': (benign) => {
        const one = site()
        if (!benign) return passed(one, B)
        for (let i = 0; i < 5; i++) {
          const ports: [number, number] = [40_000 + i, 7000]
          one.udp(1 + i, B, R, { ports, iface: 1 }).udp(1.001 + i, B, R, { ports })
          one
            .udp(1.02 + i, R, B, { ports: [7000, 40_000 + i], hops: 57 })
            .udp(1.021 + i, R, B, { ports: [7000, 40_000 + i], hops: 56, iface: 1 })
        }
        return one.end(40)
      },
    },
  },
  'ING-6': {
    quiet: () => foreign({ from: A }),
    lookAlikes: {
      'incomplete-model': (benign) => foreign({ one: advertised('none', !benign) }),
      'withdrawn-prefix': (benign) => (benign ? foreign({ one: advertised('a'), from: A }) : foreign()),
      tunnel: (benign) => foreign({ way: { inner: benign } }),
      'router-capture': (benign) => {
        if (!benign) return foreign()
        const one = advertised()
        for (const t of [1, 2, 3])
          one
            .udp(t, '2001:db8:dead::1', R, { macs: [HOST, OTHER_ROUTER], iface: 1, unit: t })
            .udp(t + 0.001, '2001:db8:dead::1', R, { macs: [HOST, ROUTER], unit: t })
        return one.end(40)
      },
      private: (benign) => foreign({ from: benign ? 'fd00::5' : '2001:db8:dead::1' }),
      answered: (benign) => foreign({ answered: benign }),
      'home-address': (benign) => foreign({ home: benign }),
    },
  },
  'ING-7': { quiet: () => foreign({ from: A }), lookAlikes: {} },
  'ING-8': {
    quiet: () =>
      advertised()
        .udp(1, R, A, { macs: [ROUTER, HOST], hops: 57 })
        .end(30),
    lookAlikes: {
      'own-packets': (benign) => entering(advertised(), benign ? 64 : 57),
      neighbour: (benign) => {
        const one = advertised()
        if (benign) one.neighbour(0.5, 'advertisement', '2001:db8:a:1::77', ROUTER)
        return entering(one, 57)
      },
    },
  },
  'ING-9': {
    fires: () => bySource(true),
    quiet: () => bySource(true, 1),
    lookAlikes: { 'one-exit': (benign) => bySource(!benign) },
  },
  'ING-10': { fires: () => bySource(true, 0, 5), quiet: () => passed(site(), A), lookAlikes: {} },
  'ING-11': { fires: () => asymmetric(3), quiet: () => asymmetric(2), lookAlikes: {} },
}
