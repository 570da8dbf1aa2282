/** RFC 6724 as written there (its own examples), and the findings made from it. */
import { describe, expect, test } from 'vitest'
import {
  type Candidate,
  chooseSource,
  commonBits,
  compareTargets,
  policy,
  scope,
} from '../../../../../main/analysis/findings/selection/rfc6724.ts'
import { parseAddress } from '../../../../../shared/address.ts'
import type { LeaseDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { LinkScene, siteOf } from '../link-scene.ts'
import { E2, P, Scene } from '../scene.ts'

const bytes = (text: string): Uint8Array => parseAddress(text) as Uint8Array
const candidate = (text: string, more: Partial<Candidate> = {}): Candidate => ({
  address: bytes(text),
  deprecated: false,
  outgoing: true,
  fromNextHop: null,
  length: 64,
  ...more,
})

describe('source selection', () => {
  test.each([
    ['rule 1', '2001:db8::1', ['2001:db8::2', '2001:db8::1'], '2001:db8::1', '1'],
    ['rule 2, section 10.1', '2001:db8:1::1', ['fe80::1', '2001:db8:3::1'], '2001:db8:3::1', '2'],
    ['rule 6, section 10.1', '2002:c633:6401::1', ['2002:c633:6401:0:d::1', '2001:db8:1::2'], '2002:c633:6401:0:d::1', '6'],
    ['rule 8, section 10.1', '2001:db8:1::d5e3', ['2001:db8:3::2', '2001:db8:1::2'], '2001:db8:1::2', '8'],
  ])('%s', (_name, destination, sources, expected, rule) => {
    const list = sources.map((text) => candidate(text))
    const other = list.find((one) => commonBits(one.address, bytes(expected)) < 128) as Candidate
    const choice = chooseSource(list, bytes(destination), other)
    expect([choice?.best.address, choice?.rule]).toEqual([bytes(expected), rule])
  })
  test.each([
    ['3', { deprecated: true }],
    ['5', { outgoing: false }],
    ['5.5', { fromNextHop: false }],
  ])('rule %s', (rule, worse) => {
    const good = candidate('2001:db8:1::2', { fromNextHop: true })
    const bad = candidate('2001:db8:1::3', { fromNextHop: true, ...worse })
    expect(chooseSource([bad, good], bytes('2001:db8:f::1'), bad)).toEqual({ best: good, rule })
  })
  test('policy table and scopes', () => {
    const table = ['::1', '2001:db8::1', '192.0.2.1', '2002::1', '2001::1', 'fd00::1', '3ffe::1'].map((text) => policy(bytes(text)))
    expect(table.map(({ precedence, label }) => `${precedence}/${label}`)).toEqual(['50/0', '40/1', '35/4', '30/2', '5/5', '3/13', '1/12'])
    expect(
      ['fe80::1', '169.254.1.1', '127.0.0.1', '192.168.0.1', 'ff0e::1', '2001:db8::1', '::1'].map((text) => scope(bytes(text))),
    ).toEqual([2, 2, 2, 14, 14, 14, 2])
  })
})

describe('destination selection', () => {
  test.each([
    ['rule 2, section 10.2', ['2001:db8:1::1', '2001:db8:1::2'], ['198.51.100.121', '169.254.13.78'], '2'],
    ['rule 6: IPv6 before IPv4', ['2001:db8:1::1', '2001:db8:1::2'], ['198.51.100.121', '198.51.100.117'], '6'],
    ['rule 8: smaller scope', ['fe80::1', 'fe80::2'], ['2001:db8:1::1', '2001:db8:1::2'], '8'],
    ['rule 9: longest match', ['2001:db8:1::1', '2001:db8:1::2'], ['2001:db8:3ffe::1', '2001:db8:3f44::2'], '9'],
  ])('%s', (_name, [better, bs], [worse, ws], rule) => {
    const target = (address: string, source: string) => ({ address: bytes(address), source: candidate(source) })
    const [order, decided] = compareTargets(target(better as string, bs as string), target(worse as string, ws as string))
    expect([order < 0, decided]).toEqual([true, rule])
  })
})

describe('findings', () => {
  const interfaces = [
    { id: 0, name: 'upA', addresses: ['2001:db8:a:1::10', '192.0.2.10'] },
    { id: 1, name: 'upB', addresses: ['2001:db8:b:1::10'] },
  ]
  const R = '2001:db8:f1::80'
  test.each([
    ['an address of another interface', '2001:db8:b:1::10', 0, ['SEL-SOURCE info 60']],
    ['its own', '2001:db8:a:1::10', 0, []],
    ['a stranger', '2001:db8:c::1', 0, []],
  ])('%s', (_name, source, iface, expected) => {
    expect(new LinkScene({ interfaces }).udp(1, source, R, { iface }).told(60, 'SEL-SOURCE')).toEqual(expected)
  })
  test.each([
    ['IPv4 first', '192.0.2.10', '203.0.113.9', ['SEL-DESTINATION info 55']],
    ['IPv6 first', '2001:db8:a:1::10', R, []],
  ])('%s', (_name, source, to, expected) => {
    const scene = new LinkScene({ interfaces }).lookup(1, 'service.example', [R, '203.0.113.9'], {
      client: source,
      server: source.includes(':') ? '2001:db8:53::53' : '203.0.113.53',
    })
    expect(scene.udp(2, source, to).told(60, 'SEL-DESTINATION')).toEqual(expected)
  })
})

describe('SEL-REPLY: an answer from another address', () => {
  const asked = (to: string, ports: [number, number] = [40000, 53]): LinkScene => new LinkScene().udp(1, '192.0.2.10', to, { ports })
  test.each([
    [
      'another address of the server',
      asked('203.0.113.10').udp(1.1, '203.0.113.74', '192.0.2.10', { ports: [53, 40000], hops: 57 }),
      ['SEL-REPLY low 75'],
    ],
    ['the one that was asked', asked('203.0.113.10').udp(1.1, '203.0.113.10', '192.0.2.10', { ports: [53, 40000], hops: 57 }), []],
    ['a question to many', asked('224.0.0.251').udp(1.1, '203.0.113.74', '192.0.2.10', { ports: [53, 40000], hops: 57 }), []],
    ['a broadcast', asked('192.0.2.255').udp(1.1, '192.0.2.9', '192.0.2.10', { ports: [53, 40000], hops: 57 }), []],
    [
      'peers that use one port',
      asked('203.0.113.10', [5060, 5060]).udp(1.1, '203.0.113.74', '192.0.2.10', { ports: [5060, 5060], hops: 57 }),
      [],
    ],
    ['more than 3 s later', asked('203.0.113.10').udp(4.1, '203.0.113.74', '192.0.2.10', { ports: [53, 40000], hops: 57 }), []],
    [
      'a Teredo server',
      asked('203.0.113.10', [40000, 3544]).udp(1.1, '203.0.113.74', '192.0.2.10', { ports: [3544, 40000], hops: 57 }),
      [],
    ],
    [
      'an echo reply from elsewhere',
      new LinkScene().echo(1, '192.0.2.10', '203.0.113.10', 1).echo(1.1, '203.0.113.74', '192.0.2.10', 1, { reply: true }),
      ['SEL-REPLY low 75'],
    ],
    [
      'an echo reply',
      new LinkScene().echo(1, '192.0.2.10', '203.0.113.10', 1).echo(1.1, '203.0.113.10', '192.0.2.10', 1, { reply: true }),
      [],
    ],
  ])('%s', (_name, scene, expected) => {
    expect(scene.told(60, 'SEL-REPLY')).toEqual(expected)
  })
  test('is told in whole sentences', () => {
    const scene = new LinkScene().echo(1, '192.0.2.10', '203.0.113.10', 1).echo(1.1, '203.0.113.74', '192.0.2.10', 1, { reply: true })
    expect(scene.end(60).find((finding) => finding.rule === 'SEL-REPLY')?.detail).toMatch(/^192\.0\.2\.10 sent an echo request to /)
  })
})

describe('T-PRIV', () => {
  test.each([
    ['one identifier in two networks', '2001:db8:a:1:250:56ff:fe00:1', '2001:db8:c:1:250:56ff:fe00:1', ['T-PRIV low 80']],
    ['two subnets of one network', '2001:db8:a:1:250:56ff:fe00:1', '2001:db8:a:2:250:56ff:fe00:1', []],
    ['an identifier that is not made from a link-layer address', '2001:db8:a:1::10', '2001:db8:c:1::10', []],
    ['one of local meaning', '2001:db8:a:1:0:ff:fe00:110', '2001:db8:c:1:0:ff:fe00:110', []],
  ])('%s', (_name, one, two, expected) => {
    const scene = new LinkScene()
      .udp(1, '2001:db8:f1::80', one, { ports: [7000, 5000] })
      .udp(2, '2001:db8:f1::80', two, { ports: [7000, 5001] })
    expect(scene.told(60, 'T-PRIV')).toEqual(expected)
  })

  test('its evidence is the first packet of each address, its time the second one’s', () => {
    const scene = new LinkScene()
      .udp(1, '2001:db8:f1::80', '2001:db8:f2::80', { ports: [7000, 5000] })
      .udp(2, '2001:db8:f1::80', '2001:db8:a:1:250:56ff:fe00:1', { ports: [7000, 5000] })
      .udp(3, '2001:db8:f1::80', '2001:db8:a:1:250:56ff:fe00:1', { ports: [7000, 5001] })
      .udp(4, '2001:db8:f1::80', '2001:db8:c:1:250:56ff:fe00:1', { ports: [7000, 5001] })
    const [finding] = scene.end(60).filter(({ rule }) => rule === 'T-PRIV')
    expect(finding).toMatchObject({ frames: [2, 4] })
    expect((finding as { t: number }).t % 100).toBeCloseTo(4, 3)
  })

  /** A QUIC connection from one address, then from another; its id is the same there or not. */
  const moved = (to: string, reused: boolean): string[] => {
    const one = new Scene(SignalProtocol.Quic).open().talk(1)
    const message = 'the connection ID of this packet was used on another path'
    one.data(3, to, P, 1)
    if (reused) one.also(SignalKind.Noted, 1, { message })
    one.stage.finish(60)
    return one.stage.analyzer
      .findings()
      .filter((f) => f.rule === 'T-PRIV')
      .map((f) => `${f.severity} ${f.confidence} ${f.claimant}`)
  }
  test.each<[string, string[], string[]]>([
    ['the same connection ID', moved(E2, true), [`low 80 ${E2}`]],
    ['another one', moved(E2, false), []],
    ['a translator in the same network', moved('2001:db8:f1::99', true), []],
  ])('QUIC on two paths: %s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })

  const leased = (subjects: string[], site: boolean): string[] => {
    const scene = new LinkScene(site ? { site: siteOf(['upA', ['2001:db8:a::/48']], ['upB', ['2001:db8:b::/48']]) } : {})
    subjects.forEach((subject, i) => {
      const grant = {
        what: 'prefix',
        subject,
        prefixLength: 56,
        address: -1,
        association: 1,
        preferred: 3600,
        valid: 7200,
        excluded: null,
      } as const
      const more = { mac: null, hostName: null, status: null, relay: null, authentication: 'A1' } as const
      const detail: LeaseDetail = {
        message: 'REPLY',
        version: 6,
        transaction: i,
        client: '00030001aabb',
        server: 'cc',
        grants: [grant],
        ...more,
        routers: [],
        nameServers: [],
      }
      scene.stage
        .packet(1 + i, { protocol: SignalProtocol.Udp, from: 'fe80::1', to: 'fe80::10', fromPort: 547, toPort: 546, interface: i })
        .emit(SignalKind.Leased, { detail })
    })
    return scene.told(60, 'T-PRIV')
  }
  test.each<[string, string[], string[]]>([
    ['one client in two networks', leased(['2001:db8:c::', '2001:db8:d::'], true), ['T-PRIV low 80']],
    ['in one', leased(['2001:db8:c:100::', '2001:db8:c:200::'], true), []],
  ])('DUID: %s', (_name, told, expected) => {
    expect(told).toEqual(expected)
  })
})
