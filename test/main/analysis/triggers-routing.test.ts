/** What routers, routing protocols, address servers and the link itself say of the old pair: each explains a move, and its look-alike does not. */
import { describe, expect, test } from 'vitest'
import type {
  GatewayDetail,
  LeaseDetail,
  LivenessDetail,
  RouteDetail,
  RoutingDetail,
  SignalDetail,
} from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, type Stage, type Wire } from './stage.ts'

const HOST = '02:00:00:00:00:01'
const ROUTER = '02:00:00:00:00:0a'
const OTHER = '02:00:00:00:00:0b'

/** With link-layer addresses: the host's first hop on its first interface is ROUTER. */
class Routed extends Association {
  override wire(sender: 0 | 1, path: number): Wire {
    const macs = sender === 0 ? { fromMac: HOST, toMac: ROUTER } : { fromMac: ROUTER, toMac: HOST }
    return { ...super.wire(sender, path), ...macs }
  }
}

/** Data on pair 0 until 10.0, on pair 1 from 13.0. */
function cause(between: (stage: Stage, association: Association) => void): { class: string; score: number } {
  const association = new Routed().open()
  for (let i = 1; i <= 100; i++) association.data(i / 10, 0, 0, i).sack(i / 10 + 0.02, 1, 0, i)
  between(association.stage, association)
  for (let i = 0; i < 40; i++) association.data(13 + i / 10, 0, 1, 101 + i).sack(13 + i / 10 + 0.02, 1, 1, 101 + i)
  association.stage.finish()
  const [move] = association.stage.analyzer.rehomings()
  return { class: move?.trigger.class ?? 'none', score: move?.trigger.score ?? 0 }
}

const says = (
  stage: Stage,
  seconds: number,
  kind: SignalKind,
  protocol: SignalProtocol,
  detail: SignalDetail,
  wire: Partial<Wire> = {},
): void => {
  const from = {
    protocol,
    from: '192.0.2.1',
    to: '192.0.2.2',
    fromPort: 1,
    toPort: 2,
    hops: 255,
    interface: 0,
    fromMac: ROUTER,
    toMac: HOST,
  }
  stage.packet(seconds, { ...from, ...wire })
  stage.emit(kind, { flow: kind === SignalKind.Routing ? -1 : stage.signal.flow, protocol, detail })
}

interface Advertised extends Partial<RoutingDetail> {
  at?: number
  interface?: number
}
const advertise = (stage: Stage, said: Advertised): void => {
  const { at = 10.5, interface: iface = 0, ...more } = said
  const detail: RoutingDetail = {
    message: 'router-advertisement',
    router: stage.address('fe80::1'),
    routerLifetime: 1800,
    preference: 'medium',
    prefixes: [],
    routes: [],
    target: null,
    destination: null,
    mac: ROUTER,
    ...more,
  }
  says(stage, at, SignalKind.Routing, SignalProtocol.Neighbour, detail, { interface: iface })
}
const prefix = (text: string, valid: number, preferred: number) => ({
  prefix: text,
  length: 24,
  onLink: true,
  autonomous: true,
  valid,
  preferred,
})
const route = (text: string, lifetime: number) => ({ prefix: text, length: 24, preference: 'medium', lifetime })
const ROUTING = (score: number) => ({ class: 'routing', score })
const UNKNOWN = { class: 'unknown', score: 0 }

describe('router advertisements and redirects', () => {
  test.each<[string, Advertised[], object]>([
    ['lifetime 0', [{ routerLifetime: 0 }], ROUTING(80)],
    ['lifetime 0 on another interface', [{ routerLifetime: 0, interface: 1 }], UNKNOWN],
    ['lifetime 0 of a router that is not the first hop', [{ routerLifetime: 0, mac: OTHER }], UNKNOWN],
    ['lifetime 0, taken back before the move', [{ routerLifetime: 0 }, { at: 12, routerLifetime: 1800 }], UNKNOWN],
    ['lifetime 0 long before', [{ at: 10.02 - 61, routerLifetime: 0 }], UNKNOWN],
    ['the local prefix deprecated', [{ prefixes: [prefix('192.0.2.0', 600, 0)] }], ROUTING(80)],
    ['the local prefix ended', [{ prefixes: [prefix('192.0.2.0', 0, 0)] }], ROUTING(80)],
    ['another prefix deprecated', [{ prefixes: [prefix('192.0.3.0', 600, 0)] }], UNKNOWN],
    ['the prefix renewed', [{ prefixes: [prefix('192.0.2.0', 600, 300)] }], UNKNOWN],
    ['the route to the peer withdrawn', [{ routes: [route('203.0.113.0', 0)] }], ROUTING(80)],
    ['a route elsewhere withdrawn', [{ routes: [route('203.0.114.0', 0)] }], UNKNOWN],
    ['a redirect for the peer', [{ message: 'redirect', destination: '203.0.113.10' }], ROUTING(70)],
    ['a redirect for another host', [{ message: 'redirect', destination: '203.0.113.11' }], UNKNOWN],
  ])('%s', (_, list, expected) => {
    expect(
      cause((stage) => {
        for (const said of list) advertise(stage, said)
      }),
    ).toEqual(expected)
  })
})

describe('BGP', () => {
  const update = (stage: Stage, at: number, more: Partial<RouteDetail>, wire: Partial<Wire> = {}): void => {
    const detail: RouteDetail = {
      message: 'UPDATE',
      announced: [],
      withdrawn: [],
      more: 0,
      path: [64500],
      origins: [],
      nextHop: '10.0.0.1',
      localPreference: null,
      metric: null,
      communities: [],
      endOfTable: false,
      ...more,
    }
    says(stage, at, SignalKind.Routed, SignalProtocol.Bgp, detail, { interface: 1, ...wire })
  }
  const net = (text: string) => [{ prefix: text, length: 24, path: null }]
  const many = Array.from({ length: 300 }, (_, i) => ({ prefix: `10.${i >> 8}.${i & 255}.0`, length: 24, path: null }))
  const end = (stage: Stage, at: number, wire: Partial<Wire> = {}): void => {
    const detail = { message: 'NOTIFICATION', abrupt: true, final: true, cause: 'Hold timer expired', authentication: 'A1' as const }
    says(stage, at, SignalKind.Closed, SignalProtocol.Bgp, detail, { interface: 1, ...wire })
  }
  /** the neighbour itself says it, or the one that it had told */
  const back = { from: '192.0.2.2', to: '192.0.2.1', fromPort: 2, toPort: 1 }
  test.each<[string, (stage: Stage) => void, object]>([
    ["the peer's prefix withdrawn", (s) => update(s, 10.5, { withdrawn: net('203.0.113.0') }), ROUTING(70)],
    ['another prefix withdrawn', (s) => update(s, 10.5, { withdrawn: net('203.0.112.0') }), UNKNOWN],
    [
      'withdrawn and announced again before the move',
      (s) => {
        update(s, 10.5, { withdrawn: net('203.0.113.0') })
        update(s, 11, { announced: net('203.0.113.0') })
      },
      UNKNOWN,
    ],
    [
      'through another neighbouring system',
      (s) => {
        update(s, 10.1, { announced: net('203.0.113.0') })
        update(s, 10.5, { announced: net('203.0.113.0'), path: [64501] })
      },
      ROUTING(70),
    ],
    [
      'announced twice alike',
      (s) => {
        update(s, 10.1, { announced: net('203.0.113.0') })
        update(s, 10.5, { announced: net('203.0.113.0') })
      },
      UNKNOWN,
    ],
    [
      'the session ended that the route was told on',
      (s) => {
        update(s, 10.1, { announced: net('203.0.113.0') })
        end(s, 10.5)
      },
      ROUTING(70),
    ],
    [
      'ended by the other end',
      (s) => {
        update(s, 10.1, { announced: net('203.0.113.0') })
        end(s, 10.5, back)
      },
      ROUTING(70),
    ],
    [
      'ended, with a table that is too long to be told one by one',
      (s) => {
        update(s, 10.1, { announced: many })
        end(s, 10.5)
      },
      ROUTING(70),
    ],
    [
      'ended, and told again on the next connection before the move',
      (s) => {
        update(s, 10.1, { announced: net('203.0.113.0') })
        end(s, 10.5)
        const detail = { announced: net('203.0.113.0') }
        update(s, 11, detail, { fromPort: 3 })
      },
      UNKNOWN,
    ],
    [
      'a long table ended, and told again',
      (s) => {
        update(s, 10.1, { announced: many })
        end(s, 10.5)
        update(s, 11, { announced: many }, { fromPort: 3 })
      },
      UNKNOWN,
    ],
    [
      'another connection of the two is refused',
      (s) => {
        update(s, 10.1, { announced: net('203.0.113.0') })
        end(s, 10.5, { fromPort: 3 })
      },
      UNKNOWN,
    ],
    [
      'a session ended of another neighbour',
      (s) => {
        update(s, 10.1, { announced: net('203.0.113.0') })
        end(s, 10.5, { from: '192.0.2.9' })
      },
      UNKNOWN,
    ],
    [
      'a session ended that had told of other routes',
      (s) => {
        update(s, 10.1, { announced: net('203.0.112.0') })
        end(s, 10.5)
      },
      UNKNOWN,
    ],
  ])('%s', (_, between, expected) => expect(cause(between)).toEqual(expected))
})

describe('first hops and watched paths', () => {
  const gateway = (stage: Stage, at: number, router: string, state: GatewayDetail['state'], mac = ROUTER, iface = 0): void =>
    says(
      stage,
      at,
      SignalKind.Gateway,
      SignalProtocol.Vrrp,
      { message: 'VRRP', group: 'vrrp-3/10', state, priority: 100, addresses: [], router: stage.address(router), mac },
      { interface: iface },
    )
  const bfd = (stage: Stage, at: number, state: LivenessDetail['state'], iface = 0): void =>
    says(
      stage,
      at,
      SignalKind.Liveness,
      SignalProtocol.Bfd,
      { message: 'BFD control', state, cause: null, sender: [], receiver: [] },
      { interface: iface },
    )
  test.each<[string, (stage: Stage) => void, object]>([
    [
      'another router takes the group over',
      (s) => {
        gateway(s, 10.1, '192.0.2.1', 'active')
        gateway(s, 10.5, '192.0.2.3', 'active')
      },
      ROUTING(70),
    ],
    [
      'the same router goes on',
      (s) => {
        gateway(s, 10.1, '192.0.2.1', 'active')
        gateway(s, 10.5, '192.0.2.1', 'active')
      },
      UNKNOWN,
    ],
    [
      'a group that is not the first hop',
      (s) => {
        gateway(s, 10.1, '192.0.2.1', 'active', OTHER)
        gateway(s, 10.5, '192.0.2.3', 'active', OTHER)
      },
      UNKNOWN,
    ],
    [
      'the master leaves',
      (s) => {
        gateway(s, 10.1, '192.0.2.1', 'active')
        gateway(s, 10.5, '192.0.2.1', 'leaving')
      },
      ROUTING(70),
    ],
    [
      'BFD goes down',
      (s) => {
        bfd(s, 10.1, 'up')
        bfd(s, 10.5, 'down')
      },
      ROUTING(70),
    ],
    ['BFD was never up', (s) => bfd(s, 10.5, 'down'), UNKNOWN],
    [
      'BFD is up again before the move',
      (s) => {
        bfd(s, 10.1, 'up')
        bfd(s, 10.5, 'down')
        bfd(s, 12, 'up')
      },
      UNKNOWN,
    ],
    [
      'BFD on another interface',
      (s) => {
        bfd(s, 10.1, 'up', 1)
        bfd(s, 10.5, 'down', 1)
      },
      UNKNOWN,
    ],
  ])('%s', (_, between, expected) => expect(cause(between)).toEqual(expected))
})

describe('leases', () => {
  const lease = (stage: Stage, message: string, what: 'address' | 'prefix', subject: string, valid: number | null): void => {
    const detail: LeaseDetail = {
      message,
      version: 4,
      transaction: 1,
      client: 'c',
      server: 's',
      mac: null,
      hostName: null,
      grants: [{ what, subject, prefixLength: 24, address: -1, association: null, preferred: valid, valid, excluded: null }],
      routers: [],
      nameServers: [],
      status: null,
      relay: null,
      authentication: 'A1',
    }
    says(stage, 10.5, SignalKind.Leased, SignalProtocol.Dhcp, detail)
  }
  test.each<[string, string, 'address' | 'prefix', string, number | null, object]>([
    ['the delegated prefix ended', 'REPLY', 'prefix', '192.0.2.0', 0, ROUTING(70)],
    ['the delegated prefix given back', 'RELEASE', 'prefix', '192.0.2.0', null, ROUTING(70)],
    ['the prefix renewed', 'REPLY', 'prefix', '192.0.2.0', 600, UNKNOWN],
    ['the address given back', 'DHCPRELEASE', 'address', '192.0.2.10', null, ROUTING(70)],
    ['the address of another host given back', 'DHCPRELEASE', 'address', '192.0.2.11', null, UNKNOWN],
    ['an offer', 'ADVERTISE', 'prefix', '192.0.2.0', 0, UNKNOWN],
  ])('%s', (_, message, what, subject, valid, expected) =>
    expect(cause((stage) => lease(stage, message, what, subject, valid))).toEqual(expected),
  )
})

describe('a link that fails without a word', () => {
  /** `n` further sessions of the host on interface 0, whose peers send until `until` (and, `close`d, end then). */
  function others(stage: Stage, n: number, until: number, close = false): void {
    for (let s = 0; s < n; s++) {
      const at = (up: boolean): Wire => ({
        protocol: SignalProtocol.Tcp,
        from: up ? '192.0.2.10' : '203.0.113.99',
        to: up ? '203.0.113.99' : '192.0.2.10',
        fromPort: up ? 50000 + s : 80,
        toPort: up ? 80 : 50000 + s,
        hops: up ? 64 : 60,
      })
      for (let i = 0; i < 40; i++) {
        const t = until - 4 + i / 10 + s / 100
        stage.packet(t, at(false)).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1 + i * 100, span: 100, bytes: 100 })
        stage.packet(t + 0.001, at(true)).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: 101 + i * 100 })
      }
      if (close)
        for (const up of [true, false])
          stage.packet(until + s / 100, at(up)).emit(SignalKind.Closed, {
            detail: { message: 'RST', abrupt: true, final: true, cause: null, authentication: 'A1' },
          })
    }
  }
  test.each([
    { n: 2, until: 10, close: false, found: { class: 'link', score: 65 } },
    { n: 1, until: 10, close: false, found: UNKNOWN },
    { n: 3, until: 8.5, close: false, found: UNKNOWN },
    { n: 3, until: 12.9, close: false, found: UNKNOWN },
    { n: 3, until: 10, close: true, found: UNKNOWN },
  ])('$n more sessions silent from $until s, closed: $close', ({ n, until, close, found }) => {
    expect(cause((stage) => others(stage, n, until, close))).toEqual(found)
  })
})

describe('marks of a new attachment', () => {
  test.each([
    { mac: HOST, iface: 1, at: 12, found: { class: 'link', score: 45 } },
    { mac: OTHER, iface: 1, at: 12, found: UNKNOWN },
    { mac: HOST, iface: 0, at: 12, found: UNKNOWN },
    { mac: HOST, iface: 1, at: 7.9, found: UNKNOWN },
  ])('a router solicitation of $mac on interface $iface at $at s', ({ mac, iface, at, found }) => {
    const detail: RoutingDetail = {
      message: 'router-solicitation',
      router: -1,
      routerLifetime: null,
      preference: null,
      prefixes: [],
      routes: [],
      target: null,
      destination: null,
      mac,
    }
    expect(
      cause((stage) =>
        says(stage, at, SignalKind.Routing, SignalProtocol.Neighbour, detail, { interface: iface, fromMac: mac, toMac: OTHER }),
      ),
    ).toEqual(found)
  })
})
