/** Scenes of rules about a link: neighbours, routers, redirects, leases. */
import { emitNeighborAdvertisement, linkAddressOption } from '../../../../../dissectors/icmpv6/emit.ts'
import { Option } from '../../../../../dissectors/icmpv6/option-types.ts'
import type { FindingReport } from '../../../../../shared/report.ts'
import type { GatewayDetail, LeaseDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { opening } from '../../stage.ts'
import { WireStage } from '../../wire-stage.ts'
import { HOST, LinkScene, OTHER, ROUTER, siteOf } from '../link-scene.ts'
import { cga, signed } from '../send-wire.ts'
import type { RuleScenes } from './scenes.ts'

const [H, R, RLL] = ['2001:db8:a:1::10', '2001:db8:f1::80', 'fe80::1'] as [string, string, string]
const VIRTUAL = '00:00:5e:00:01:0a'

const routed = (): LinkScene => new LinkScene().advertise(0, RLL, ROUTER, { prefix: '2001:db8:a:1::' })
/** An address goes from one machine to another and back; the first is alive meanwhile, or not. */
const flips = (one: LinkScene, address: string, macs: string[], gap = 4): LinkScene => {
  macs.forEach((mac, i) => {
    one.neighbour(5 + i * gap, address.includes(':') ? 'advertisement' : 'gratuitous', address, mac, { override: true })
  })
  return one
}
const rogue = (one: LinkScene, seconds: number): FindingReport[] =>
  one
    .advertise(seconds, 'fe80::66', OTHER, { prefix: '2001:db8:bad:1::' })
    .advertise(seconds + 5, RLL, ROUTER)
    .end(300)
const hostTurnsRouter = (one: LinkScene): FindingReport[] =>
  rogue(one.neighbour(1, 'advertisement', 'fe80::66', OTHER, { router: false }), 80)
const denied = (one: LinkScene, mac: string): FindingReport[] => {
  for (let i = 0; i < 3; i++)
    one.neighbour(11 + i, 'dad', `2001:db8:a:1::${i + 1}`, HOST).neighbour(11.1 + i, 'advertisement', `2001:db8:a:1::${i + 1}`, mac)
  return one.end(60)
}
const lease = (one: LinkScene, t: number, server: string, router: string, more: Partial<LeaseDetail> = {}): LinkScene => {
  const { stage } = one
  const grant = { what: 'address', subject: '192.0.2.50', prefixLength: 24, address: stage.address('192.0.2.50') } as const
  const rest = { association: null, preferred: null, valid: 3600, excluded: null }
  const facts = { message: 'DHCPACK', version: 4, transaction: 1, client: 'aa', server, mac: null, hostName: null } as const
  const detail: LeaseDetail = {
    ...facts,
    grants: [{ ...grant, ...rest }],
    routers: [stage.address(router)],
    nameServers: [router],
    status: null,
    relay: null,
    authentication: 'A1',
    ...more,
  }
  stage
    .packet(t, { protocol: SignalProtocol.Udp, from: server, to: '192.0.2.50', fromPort: 67, toPort: 68 })
    .emit(SignalKind.Leased, { detail })
  return one
}
const leased = (server: string, router: string, more: Partial<LeaseDetail> = {}): FindingReport[] =>
  lease(lease(new LinkScene(), 0, '192.0.2.2', '192.0.2.1'), 120, server, router, more).end(200)
const redirected = (mac: string, target: string, second = false): FindingReport[] => {
  const one = routed().udp(1, H, R, { macs: [HOST, ROUTER] })
  if (second) one.advertise(1.5, target, OTHER, { prefix: '2001:db8:b:1::' })
  return one
    .redirect(2, RLL, mac, H, target, R)
    .udp(3, H, R, { macs: [HOST, OTHER] })
    .end(60)
}

/** Neighbour messages as packets, four seconds apart. */
const heard = (...packets: Uint8Array[]): FindingReport[] => {
  const stage = new WireStage()
  packets.forEach((bytes, i) => {
    stage.packet(1 + i * 4, bytes, { hops: 255 })
  })
  return stage.finish(90).analyzer.findings()
}
const OWN = cga(1).address
const plain = (mac: string): Uint8Array =>
  emitNeighborAdvertisement(OWN, 0x2000_0000, { source: OWN, destination: 'ff02::1' }, [linkAddressOption(Option.TargetLinkAddress, mac)])
const forged = { mac: OTHER, signedMac: HOST }

/** 192.0.2.9 answers 192.0.2.8 at its own link-layer address until a claim puts it at another. */
function taken(): LinkScene {
  const one = new LinkScene().neighbour(0, 'gratuitous', '192.0.2.9', HOST)
  for (let i = 1; i < 10; i++)
    one
      .echo(i, '192.0.2.8', '192.0.2.9', i, { macs: [ROUTER, HOST] })
      .echo(i + 0.01, '192.0.2.9', '192.0.2.8', i, { reply: true, macs: [HOST, ROUTER] })
  return one.neighbour(9.5, 'gratuitous', '192.0.2.9', OTHER)
}

export const LINK_SCENES: Record<string, RuleScenes> = {
  'T-ND-FLIP': {
    quiet: () => flips(new LinkScene(), '192.0.2.9', [HOST, OTHER, HOST], 66).end(300),
    lookAlikes: {
      'home-agent': (benign) => {
        const one = new LinkScene().neighbour(0, 'advertisement', H, HOST, { override: true })
        const detail = opening('BU to home agent', 1, { sender: [{ kind: 'home-address', value: H }] })
        if (benign)
          one.stage
            .packet(4, { protocol: SignalProtocol.Mip6, from: '2001:db8:c::5', to: '2001:db8:a:1::1', fromPort: 0, toPort: 0 })
            .emit(SignalKind.Opening, { context: 1, side: 0, detail })
        return flips(one, H, [OTHER, HOST], 30).neighbour(40, 'advertisement', RLL, OTHER).end(90)
      },
      'group-address': (benign) => flips(new LinkScene(), '192.0.2.1', [ROUTER, benign ? VIRTUAL : OTHER, ROUTER]).end(90),
      'replaced-card': (benign) => flips(new LinkScene(), '192.0.2.9', benign ? [HOST, OTHER] : [HOST, OTHER, HOST]).end(90),
      successor: (benign) => {
        const one = taken()
        for (let i = 10; i < 20; i++) {
          one.echo(i, '192.0.2.8', '192.0.2.9', i, { macs: [ROUTER, OTHER] })
          if (benign) one.echo(i + 0.01, '192.0.2.9', '192.0.2.8', i, { reply: true, macs: [OTHER, ROUTER] })
        }
        return one.end(60)
      },
      'two-interfaces': (benign) => {
        const one = new LinkScene().neighbour(0, 'gratuitous', '192.0.2.8', HOST)
        if (benign) one.neighbour(0, 'gratuitous', '192.0.2.9', OTHER)
        for (const t of [1, 3, 5]) one.neighbour(t, 'gratuitous', '192.0.2.8', OTHER).neighbour(t + 1, 'gratuitous', '192.0.2.8', HOST)
        if (benign) one.neighbour(6.5, 'gratuitous', '192.0.2.9', HOST)
        return one.end(60)
      },
      proxy: (benign) => {
        const one = new LinkScene()
        for (const t of [0, 10, 20]) {
          if (benign) one.neighbour(t, 'arp-request', '192.0.2.1', ROUTER, { targetText: '192.0.2.9' })
          one.neighbour(t + 0.1, 'arp-reply', '192.0.2.9', HOST).neighbour(t + 0.2, 'arp-reply', '192.0.2.9', OTHER)
        }
        return one.end(60)
      },
      signed: (benign) => heard(...[HOST, OTHER, HOST].map((mac) => (benign ? signed({ mac }) : plain(mac)))),
      takeover: (benign) => {
        const one = routed().neighbour(5, 'advertisement', RLL, OTHER, { router: true, solicited: true, override: true })
        return (benign ? one.neighbour(9, 'solicitation', 'fe80::ffff', ROUTER) : one.advertise(8, RLL, ROUTER)).end(60)
      },
    },
  },
  'T-ND-ROUTER': {
    quiet: () => new LinkScene().advertise(0, RLL, ROUTER).advertise(90, 'fe80::2', OTHER, { prefix: '2001:db8:b:1::' }).end(200),
    lookAlikes: {
      seldom: (benign) =>
        benign ? rogue(new LinkScene().advertise(0, RLL, ROUTER), 80) : hostTurnsRouter(new LinkScene().advertise(0, RLL, ROUTER)),
      'moved-host': (benign) => {
        const one = new LinkScene().advertise(0, RLL, ROUTER).neighbour(1, 'advertisement', 'fe80::66', OTHER, { router: false })
        one.advertise(80, 'fe80::66', OTHER, { prefix: '2001:db8:bad:1::' })
        return (benign ? one : one.advertise(85, RLL, ROUTER)).end(300)
      },
      'site-model': (benign) =>
        hostTurnsRouter(new LinkScene(benign ? { site: siteOf(['upA', ['2001:db8:bad:1::/64']]) } : {}).advertise(0, RLL, ROUTER)),
    },
  },
  'T-ND-KILL': {
    quiet: () => routed().advertise(90, RLL, ROUTER, { routerLifetime: 0 }).end(120),
    lookAlikes: {
      'replaced-router': (benign) =>
        routed()
          .advertise(benign ? 100 : 5, RLL, OTHER, { routerLifetime: 0 })
          .end(160),
      'first-hop-redundancy': (benign) => {
        const one = routed()
        const router = one.stage.address('fe80::a')
        const facts = { message: 'VRRP', group: 'vrrp-3/10', state: 'active', priority: 100, mac: ROUTER } as const
        const group: GatewayDetail = { ...facts, router, addresses: [one.stage.address(RLL)] }
        if (benign) one.stage.frame(1, { fromMac: ROUTER }).emit(SignalKind.Gateway, { detail: group })
        return one.advertise(5, RLL, OTHER, { routerLifetime: 0 }).end(60)
      },
    },
  },
  'T-ND-DAD': {
    quiet: () =>
      new LinkScene()
        .neighbour(0, 'advertisement', H, OTHER)
        .neighbour(1, 'dad', H, HOST)
        .neighbour(1.1, 'advertisement', H, OTHER)
        .end(60),
    lookAlikes: {
      'in-use': (benign) => {
        const one = new LinkScene()
        if (benign) for (let i = 0; i < 3; i++) one.neighbour(1, 'advertisement', `2001:db8:a:1::${i + 1}`, OTHER)
        return denied(one, OTHER)
      },
      proxy: (benign) => denied(routed(), benign ? ROUTER : OTHER),
    },
  },
  'T-ND-OFFLINK': {
    quiet: () => new LinkScene().neighbour(1, 'advertisement', H, OTHER, { hopLimit: 255 }).end(60),
    lookAlikes: {
      'odd-sender': (benign) => {
        const one = new LinkScene()
        for (let i = 0; i < 5; i++) one.neighbour(1 + i, 'advertisement', H, OTHER, { hopLimit: benign ? 64 : 62 })
        return one.end(60)
      },
    },
  },
  'T-ND-SEND': {
    fires: () => heard(signed({ mac: HOST }), signed(forged)),
    quiet: () => heard(signed({ mac: HOST }), signed({ mac: OTHER }), signed({ mac: HOST, signs: 'none' })),
    lookAlikes: {
      damaged: (benign) => heard(signed({ mac: HOST }), signed(benign ? { mac: HOST, damaged: true } : forged)),
      'unknown-form': (benign) => heard(...(benign ? [] : [signed({ mac: HOST })]), signed(forged)),
      'unknown-hash': (benign) => heard(signed({ mac: HOST, sec: benign ? 3 : 1 })),
    },
    more: [() => heard(signed({ mac: HOST, modifier: 2, from: OWN }))],
  },
  'T-ND-SCAN': {
    fires: () => scan(101),
    quiet: () => scan(100),
    lookAlikes: {},
  },
  'T-ICMPRED': {
    quiet: () => redirected(ROUTER, R),
    lookAlikes: {
      'router-pair': (benign) => redirected(ROUTER, 'fe80::2', benign),
      'ipv4-routers': (benign) => {
        if (!benign) return redirected(ROUTER, 'fe80::66')
        const [host, there] = ['192.0.2.10', '203.0.113.9']
        return new LinkScene()
          .udp(1, host, there, { macs: [HOST, ROUTER] })
          .redirect(2, '192.0.2.1', ROUTER, host, '192.0.2.2', there)
          .udp(3, host, there, { macs: [HOST, OTHER] })
          .end(60)
      },
    },
  },
  'T-DHCP-SERVER': {
    fires: () => leased('192.0.2.66', '192.0.2.66'),
    quiet: () => leased('192.0.2.2', '192.0.2.1'),
    lookAlikes: {
      'server-pair': (benign) => leased('192.0.2.3', benign ? '192.0.2.1' : '192.0.2.66'),
      relay: (benign) => leased('192.0.2.66', '192.0.2.66', benign ? { relay: '192.0.2.1' } : {}),
    },
  },
}

function scan(n: number): FindingReport[] {
  const one = new LinkScene()
  for (let i = 0; i < n; i++) one.neighbour(1 + (i * 0.9) / n, 'solicitation', 'fe80::66', OTHER, { targetText: `2001:db8:a:1::${i + 1}` })
  return one.end(60)
}
