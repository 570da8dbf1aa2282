import { describe, expect, it } from 'vitest'
import type { CryptoPort } from '../../../dissectors/core/crypto.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { parseNetlinkLog } from '../../../main/analysis/netlink.ts'
import { SiteModel } from '../../../main/analysis/site.ts'
import { coverLength, isLocalScope, maskedPrefix } from '../../../main/analysis/site-prefixes.ts'
import type { AnalyzerInterface } from '../../../main/analysis/types.ts'
import { parseAddress } from '../../../shared/address.ts'
import type { LeaseDetail, NeighbourDetail, RoutingDetail } from '../../../shared/signal-details.ts'
import { Signal, SignalKind, SignalProtocol } from '../../../shared/signals.ts'

const noCrypto: CryptoPort = {
  sha1: () => new Uint8Array(20),
  sha256: () => new Uint8Array(32),
  hmacSha1: () => new Uint8Array(20),
  hmacSha256: () => new Uint8Array(32),
  hmac: () => new Uint8Array(64),
  decrypt: () => null,
  open: () => null,
  headerMask: () => null,
  digest: () => new Uint8Array(20),
  verify: () => null,
}
const BASE = 1_795_000_000_000_000_000n
const bytes = (text: string): Uint8Array => parseAddress(text) as Uint8Array

/** A host with two uplinks. */
function site(interfaces: AnalyzerInterface[] = [0, 1].map((id) => ({ id, name: id === 0 ? 'wan0' : 'wan1', addresses: [] }))) {
  const { flows } = new StreamState(noCrypto)
  const model = new SiteModel(interfaces)
  const intern = (text: string): number => flows.addresses.intern(bytes(text), 0, bytes(text).length as 4 | 16)
  const send = (kind: SignalKind, detail: RoutingDetail | NeighbourDetail, iface: number, seconds: number, row: number): void => {
    const s = new Signal()
    Object.assign(s, { kind, protocol: SignalProtocol.Neighbour, interface: iface, time: seconds * 1e9, row, detail })
    model.signal(s, flows)
  }
  return {
    model,
    flows,
    advertise(
      iface: number,
      seconds: number,
      row: number,
      router: string,
      lifetime: number,
      prefixes: [string, number, number, number][],
    ): void {
      const detail: RoutingDetail = {
        message: 'router-advertisement',
        router: intern(router),
        routerLifetime: lifetime,
        preference: 'medium',
        prefixes: prefixes.map(([prefix, length, valid, preferred]) => ({
          prefix,
          length,
          onLink: true,
          autonomous: true,
          valid,
          preferred,
        })),
        routes: [{ prefix: '2001:db8:f1::', length: 48, preference: 'high', lifetime: 600 }],
        target: null,
        destination: null,
        mac: '02:00:00:00:01:01',
      }
      send(SignalKind.Routing, detail, iface, seconds, row)
    },
    neighbour(iface: number, row: number, message: NeighbourDetail['message'], address: string, mac = '02:00:00:00:01:99'): void {
      send(SignalKind.Neighbour, { message, address: intern(address), mac, hopLimit: 255 }, iface, 0, row)
    },
    /** One flow: what `from` sent left with `sentHops`, what came back arrived on `iface`. */
    flow(from: string, to: string, port: number, iface: number, sentHops = 64, backHops = 57): void {
      const a = bytes(from)
      const memory = new Uint8Array(32)
      memory.set(a, 0)
      memory.set(bytes(to), 16)
      const id = flows.get(memory, 0, 16, a.length as 4 | 16, 17, port, 53, port, 0)
      flows.count1(id, 0, 100, 0, 0, sentHops)
      flows.count1(id, 1, 100, 0, iface, backHops)
    },
  }
}

describe('router advertisements', () => {
  it('give prefixes with lifetimes on the interface they came in on, not the routes they offer', () => {
    const s = site()
    s.advertise(0, 10, 4, 'fe80::1', 60, [
      ['2001:db8:a:1::', 64, 120, 40],
      ['fe80::', 64, 120, 40],
    ])
    s.advertise(0, 20, 9, 'fe80::1', 60, [['2001:db8:a:1::', 64, 120, 0]])
    s.advertise(1, 21, 12, 'fe80::2', 60, [['2001:db8:b:1::', 64, 0xffffffff, 0xffffffff]])
    expect(s.model.toReport(BASE)).toEqual([
      {
        name: 'wan0',
        addresses: [],
        routers: [{ address: 'fe80::1', mac: '02:00:00:00:01:01' }],
        filterMode: 'unknown',
        prefixes: [
          { prefix: '2001:db8:a:1::/64', source: 'ra', validUntil: 1_795_000_140, preferredUntil: 1_795_000_020, frames: [5, 10] },
        ],
      },
      {
        name: 'wan1',
        addresses: [],
        routers: [{ address: 'fe80::2', mac: '02:00:00:00:01:01' }],
        filterMode: 'unknown',
        prefixes: [{ prefix: '2001:db8:b:1::/64', source: 'ra', validUntil: null, preferredUntil: null, frames: [13] }],
      },
    ])
    expect(
      ['2001:db8:a:1::10', '2001:db8:b:1::10', '2001:db8:f1::80', '192.0.2.1'].map((a) => [
        s.model.interfaceOfAddress(a),
        s.model.prefixOf(a),
      ]),
    ).toEqual([
      ['wan0', '2001:db8:a:1::/64'],
      ['wan1', '2001:db8:b:1::/64'],
      [null, null],
      [null, null],
    ])
    expect([
      s.model.covers('wan0', '2001:db8:a:1::10'),
      s.model.covers('wan0', '2001:db8:b:1::10'),
      s.model.covers('wan0', '192.0.2.1'),
      s.model.covers('lan', '::1'),
    ]).toEqual([true, false, null, null])
  })
})

describe('delegated prefixes', () => {
  const lease = (message: string, subject: string, valid: number): LeaseDetail => ({
    message,
    version: 6,
    transaction: 1,
    client: 'c',
    server: 's',
    mac: null,
    hostName: null,
    grants: [{ what: 'prefix', subject, prefixLength: 56, address: -1, association: 1, preferred: valid, valid, excluded: null }],
    routers: [],
    nameServers: [],
    status: null,
    relay: null,
    authentication: 'A1',
  })
  const says = (model: SiteModel, row: number, detail: LeaseDetail): void =>
    model.delegated(Object.assign(new Signal(), { kind: SignalKind.Leased, interface: 0, time: row * 1e9, row, detail }))

  it.each([
    ['given back', [lease('RELEASE', '2001:db8:a::', 0)], 2, 1],
    ['given back and granted again', [lease('RELEASE', '2001:db8:a::', 0), lease('REPLY', '2001:db8:a::', 7200)], null, 1],
    ['another one given back', [lease('RELEASE', '2001:db8:b::', 0)], null, 1],
    ['asked for again', [lease('RENEW', '2001:db8:a::', 0)], null, 1],
  ] as const)('%s', (_, later, withdrawn, known) => {
    const { model } = site()
    says(model, 1, lease('REPLY', '2001:db8:a::', 7200))
    for (const [i, detail] of later.entries()) says(model, 2 + i, detail)
    const prefixes = [...model.all()].flatMap((uplink) => [...uplink.prefixes.values()])
    expect(prefixes).toHaveLength(known)
    expect(prefixes[0]?.withdrawn ?? null).toBe(withdrawn === null ? null : withdrawn * 1e9)
  })
})

describe('the link log', () => {
  it('gives addresses, prefixes, routers and their link-layer addresses; a removed address keeps its place until its prefix has another', () => {
    const log = [
      '[2026-11-19T00:00:00.000000] 2: wan0    inet 192.0.2.10/25 brd 192.0.2.127 scope global wan0',
      '       valid_lft 100sec preferred_lft 50sec',
      '[2026-11-19T00:00:00.000000] 2: wan0    inet6 fe80::10/64 scope link ',
      '[2026-11-19T00:00:00.000000] 2: wan0    inet6 2001:db8:a::7/128 scope global ',
      '[2026-11-19T00:00:01.000000] default via 192.0.2.1 dev wan0 metric 100 ',
      '[2026-11-19T00:00:02.000000] fe80::1 dev wan1 lladdr 02:00:00:00:02:01 router REACHABLE ',
      '[2026-11-19T00:00:03.000000] 2001:db8:b:1::/64 dev wan1 proto kernel metric 256 expires 120sec pref medium',
      '[2026-11-19T00:00:04.000000] 2001:db8:f::/48 via fe80::1 dev wan1 proto ra metric 1024 pref low',
      '[2026-11-19T00:00:05.000000] Deleted 2: wan0    inet 192.0.2.10/25 brd 192.0.2.127 scope global wan0',
    ].join('\n')
    const base = BigInt(Date.UTC(2026, 10, 19)) * 1_000_000n
    const s = site()
    for (const event of parseNetlinkLog(log, base).events) s.model.link(event)
    s.neighbour(0, 3, 'arp-reply', '192.0.2.1', '02:00:00:00:01:01')
    const epoch = Number(base / 1_000_000_000n)
    expect(s.model.toReport(base)).toEqual([
      {
        name: 'wan0',
        addresses: ['192.0.2.10', '2001:db8:a::7'],
        routers: [{ address: '192.0.2.1', mac: '02:00:00:00:01:01' }],
        filterMode: 'unknown',
        prefixes: [{ prefix: '192.0.2.0/25', source: 'interface', validUntil: epoch + 100, preferredUntil: epoch + 50, frames: [] }],
      },
      {
        name: 'wan1',
        addresses: [],
        routers: [{ address: 'fe80::1', mac: '02:00:00:00:02:01' }],
        filterMode: 'unknown',
        prefixes: [{ prefix: '2001:db8:b:1::/64', source: 'interface', validUntil: null, preferredUntil: null, frames: [] }],
      },
    ])
    expect([s.model.interfaceOfAddress('192.0.2.10'), s.model.interfaceOfAddress('2001:db8:a::7')]).toEqual(['wan0', 'wan0'])
  })
})

describe('the capture file', () => {
  it('names interfaces and addresses, also of interfaces that come later', () => {
    const interfaces: AnalyzerInterface[] = [{ id: 0, name: null, addresses: ['198.51.100.7/24', 'fe80::1'] }]
    const s = site(interfaces)
    expect([s.model.interfaceOfAddress('198.51.100.7'), s.model.prefixOf('198.51.100.99')]).toEqual(['interface 0', '198.51.100.0/24'])
    interfaces.push({ id: 1, name: 'ppp0', addresses: ['203.0.113.5'] })
    expect([s.model.interfaceOfAddress('203.0.113.5'), s.model.prefixOf('203.0.113.5')]).toEqual(['ppp0', null])
  })
})

describe('traffic', () => {
  it('addresses that answer for themselves are on the link; what is asked for or far away proves nothing', () => {
    const s = site()
    s.neighbour(0, 6, 'advertisement', '2001:db8:a:1::1')
    s.neighbour(1, 7, 'arp-reply', '198.51.100.1')
    s.neighbour(0, 8, 'solicitation', '2001:db8:c::1')
    s.neighbour(0, 9, 'arp-request', '10.0.0.1')
    s.neighbour(0, 10, 'advertisement', 'fe80::77')
    s.model.learn(s.flows)
    expect(s.model.toReport(BASE).map((i) => [i.name, i.prefixes.map((p) => [p.prefix, p.source, p.frames])])).toEqual([
      ['wan0', [['2001:db8:a:1::/64', 'learned', [7]]]],
      ['wan1', [['198.51.100.0/24', 'learned', [8]]]],
    ])
  })

  it('ten answered flows teach a prefix where the answers arrive; nine do not, and neither do routed ones', () => {
    const s = site()
    for (let port = 1; port <= 10; port++) s.flow('198.51.100.10', '203.0.113.80', port, 1)
    for (let port = 1; port <= 9; port++) s.flow('192.0.2.10', '203.0.113.80', port, 0)
    for (let port = 1; port <= 20; port++) s.flow('100.64.0.1', '203.0.113.81', port, 0, 60, 57)
    s.model.learn(s.flows)
    expect(
      ['198.51.100.10', '192.0.2.10', '100.64.0.1', '203.0.113.80'].map((a) => [s.model.interfaceOfAddress(a), s.model.prefixOf(a)]),
    ).toEqual([
      ['wan1', '198.51.100.0/24'],
      ['wan0', null],
      [null, null],
      [null, null],
    ])
  })

  it('never overrules an advertised prefix', () => {
    const s = site()
    s.advertise(0, 1, 1, 'fe80::1', 60, [['2001:db8:a:1::', 64, 120, 40]])
    s.neighbour(0, 6, 'advertisement', '2001:db8:a:1::1')
    for (let port = 1; port <= 12; port++) s.flow('2001:db8:a:1::10', '2001:db8:f1::80', port, 1)
    s.model.learn(s.flows)
    expect(s.model.interfaceOfAddress('2001:db8:a:1::10')).toBe('wan0')
    expect(s.model.toReport(BASE).flatMap((i) => i.prefixes.map((p) => p.source))).toEqual(['ra'])
  })
})

describe('prefixes', () => {
  it('mask, cover and leave out what no exit serves', () => {
    expect([
      maskedPrefix('192.0.2.130', 25),
      maskedPrefix('2001:db8:a:1:ff::1', 60),
      maskedPrefix('192.0.2.1', 33),
      maskedPrefix('x', 8),
    ]).toEqual(['192.0.2.128/25', '2001:db8:a::/60', null, null])
    expect([
      coverLength('192.0.2.128/25', bytes('192.0.2.200')),
      coverLength('192.0.2.128/25', bytes('192.0.2.1')),
      coverLength('::/0', bytes('1.2.3.4')),
      coverLength('0.0.0.0/0', bytes('1.2.3.4')),
    ]).toEqual([25, -1, -1, 0])
    expect(
      ['169.254.1.1', '127.0.0.1', '224.0.0.1', 'fe80::1', 'ff02::1', '::1', '::', '10.0.0.1', 'fd00::1', '2001:db8::1'].map((a) =>
        isLocalScope(bytes(a)),
      ),
    ).toEqual([true, true, true, true, true, true, true, false, false, false])
  })
})

it('what was advertised with lifetime 0 is reported as withdrawn, and its router as no default router, until advertised again', () => {
  const s = site()
  s.advertise(0, 1, 0, 'fe80::1', 1800, [['2001:db8:1::', 64, 3600, 1800]])
  const told = () => {
    const [one] = s.model.toReport(BASE)
    return [one?.routers?.[0]?.notDefault, one?.prefixes[0]?.withdrawn]
  }
  expect(told()).toEqual([undefined, undefined])
  s.advertise(0, 5, 1, 'fe80::1', 0, [['2001:db8:1::', 64, 0, 0]])
  expect(told()).toEqual([true, 1_795_000_005])
  s.advertise(0, 9, 2, 'fe80::1', 1800, [['2001:db8:1::', 64, 3600, 1800]])
  expect(told()).toEqual([undefined, undefined])
})
