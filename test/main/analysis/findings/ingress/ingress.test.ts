/** Ingress rules at their thresholds: what fires, what stays quiet, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import { fisher } from '../../../../../main/analysis/findings/ingress/fisher.ts'
import { apart } from '../../../../../shared/finding-words.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../../../shared/signals.ts'
import { HOST, LinkScene, ROUTER, siteOf } from '../link-scene.ts'

const A = '2001:db8:a:1::10'
const B = '2001:db8:b:1::10'
const R = '2001:db8:f1:1::80'
const two = siteOf(['upA', ['2001:db8:a::/48', '192.0.2.0/24']], ['upB', ['2001:db8:b::/48', '198.51.100.0/24']])
const scene = (site = two): LinkScene => new LinkScene({ site })
const each = (act: (t: number) => unknown): void => {
  for (const t of [1, 2, 3]) act(t)
}
/** `n` datagrams with source B that leave by upA. */
const wrong = (one: LinkScene, n: number, from = 1): LinkScene => {
  for (let i = 0; i < n; i++) one.udp(from + i * 0.1, B, R, { ports: [40000, 7000], iface: 0 })
  return one
}

describe('ING-1: a source of another exit', () => {
  test.each([
    [2, []],
    [3, ['ING-1 info 90']],
    [4, ['ING-1 info 90']],
  ])('%i packets: %j', (n, expected) => {
    expect(wrong(scene(), n).told(20, 'ING-1')).toEqual(expected)
  })

  test('the finding names source, both exits, the receiver, and what to do', () => {
    const [finding] = wrong(scene(), 3).end(20)
    expect(finding).toMatchObject({
      rule: 'ING-1',
      title: `Packets with source ${B} of upB leave by upA`,
      claimant: B,
      frames: [1],
      reference: 'RFC 2827 (BCP 38), RFC 3704 and RFC 8704 (BCP 84), RFC 4177 section 5.3',
    })
    expect(finding?.detail).toContain(`3 packets with source ${B}, which belongs to upB (2001:db8:b::/48), left by upA towards ${R}`)
    expect(finding?.detail).toContain('RFC 8028')
    expect(apart(finding?.detail ?? '').repairs).toMatch(/^Repairs: let the host choose .* RFC 6296\)\.$/)
    expect(finding?.checks.map((check) => check.name)).toContain('the model of the site is incomplete')
  })

  const quiet: [string, (one: LinkScene) => void, Parameters<typeof scene>[0]][] = [
    ['by its own exit', (one) => each((t) => one.udp(t, B, R, { iface: 1 })), two],
    ['an exit without a known prefix', (one) => wrong(one, 5), siteOf(['upA', []], ['upB', ['2001:db8:b::/48']])],
    ['a source of no exit', (one) => each((t) => one.udp(t, '2001:db8:c::1', R)), two],
    ['packets that were forwarded to here', (one) => each((t) => one.udp(t, B, R, { hops: 57 })), two],
    ['a receiver on the link', (one) => each((t) => one.udp(t, B, '2001:db8:a:1::1')), two],
    [
      'a capture on a router: the same packets on both interfaces',
      (one) => each((t) => one.udp(t, B, R, { iface: 1, unit: t }).udp(t + 0.001, B, R, { iface: 0, unit: t })),
      two,
    ],
  ]
  test.each(quiet)('quiet: %s', (_name, play, site) => {
    const one = scene(site)
    play(one)
    expect(one.told(20, 'ING-1', 'ING-2', 'ING-3', 'ING-4')).toEqual([])
  })

  test('one link with two routers: the exit is the router, known by its link-layer address', () => {
    const [ra, rb] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'] as [string, string]
    const one = new LinkScene({ interfaces: [{ id: 0, name: 'lan', addresses: [] }] })
      .advertise(0, 'fe80::a', ra, { prefix: '2001:db8:a:1::' })
      .advertise(0.1, 'fe80::b', rb, { prefix: '2001:db8:b:1::' })
    for (const t of [1, 2, 3])
      one.udp(t, A, R, { macs: ['02:00:00:00:00:05', ra] }).udp(t, B, R, { ports: [5, 6], macs: ['02:00:00:00:00:05', ra] })
    expect(
      one
        .end(20)
        .filter((f) => f.rule === 'ING-1')
        .map((f) => f.title),
    ).toEqual([`Packets with source ${B} of lan by fe80::b leave by lan by fe80::a`])
  })
})

describe('ING-2: the provider says no', () => {
  const rejected = (code: number, iface: number): LinkScene => {
    const one = scene().udp(1, B, R, { iface })
    const { flow } = one
    return one.icmp(1.02, '2001:db8:a:1::1', { flow, from: B, to: R }, { code })
  }
  test.each([
    [5, 0, ['ING-2 medium 95']],
    [1, 0, ['ING-2 medium 95']],
    [6, 0, ['ING-2 medium 95']],
    [0, 0, []],
    [3, 0, []],
    [5, 1, []],
  ])('ICMPv6 1/%i about a packet by interface %i: %j', (code, iface, expected) => {
    const one = rejected(code, iface)
    expect(one.told(20, 'ING-2')).toEqual(expected)
    expect(one.stage.analyzer.site().map((s) => s.filterMode)).toEqual([expected.length > 0 ? 'strict-or-acl' : 'unknown', 'unknown'])
  })

  test('prefixes that are learned after the error count, too', () => {
    const one = new LinkScene().udp(1, B, R)
    one.icmp(1.02, '2001:db8:a:1::1', { flow: one.flow, from: B, to: R })
    one.advertise(2, 'fe80::a', '02:00:00:00:00:0a', { prefix: '2001:db8:a:1::' })
    one.advertise(3, 'fe80::b', '02:00:00:00:00:0b', { prefix: '2001:db8:b:1::', iface: 1 })
    expect(one.told(20, 'ING-2')).toEqual(['ING-2 medium 95'])
  })

  test('an echo request that was rejected', () => {
    const one = scene().echo(1, B, R, 1)
    one.icmp(1.02, '2001:db8:a:1::1', { flow: -1, from: B, to: R }, { quotedProtocol: 58 })
    expect(one.told(20, 'ING-2')).toEqual(['ING-2 medium 95'])
  })

  test('a mode that a person gave stands', () => {
    const given = siteOf(['upA', ['2001:db8:a::/48']], ['upB', ['2001:db8:b::/48']])
    ;(given.interfaces[0] as { filterMode: string }).filterMode = 'acl'
    const one = new LinkScene({ site: given }).udp(1, B, R)
    one.icmp(1.02, '2001:db8:a:1::1', { flow: one.flow, from: B, to: R })
    one.end(20)
    expect(one.stage.analyzer.site()[0]).toMatchObject({ filterMode: 'acl', prefixes: [{ prefix: '2001:db8:a::/48', source: 'user' }] })
  })
})

describe('ING-3: silent drops', () => {
  /** Echo requests: `wrong` by upA with source B of which `answered` come back, `right` by upB of which `well` do. */
  const pings = (wrongs: number, answered: number, right: number, well: number): LinkScene => {
    const one = scene()
    for (let i = 0; i < right; i++) {
      one.echo(1 + i, B, R, i, { iface: 1 })
      if (i < well) one.echo(1.02 + i, R, B, i, { reply: true, iface: 1, hops: 57 })
    }
    for (let i = 0; i < wrongs; i++) {
      one.echo(30 + i, B, R, 100 + i)
      if (i < answered) one.echo(30.02 + i, R, B, 100 + i, { reply: true, hops: 57 })
    }
    return one
  }
  test.each([
    [4, 0, 10, 10, false],
    [5, 0, 10, 10, true],
    [6, 0, 10, 10, true],
    [5, 1, 10, 10, false],
    [5, 0, 4, 4, false],
    [5, 0, 10, 7, false],
    [20, 1, 20, 20, true],
  ])('%i wrong with %i answered, %i right with %i answered: %s', (w, a, r, g, fires) => {
    expect(pings(w, a, r, g).told(100, 'ING-3')).toEqual(fires ? ['ING-3 medium 70'] : [])
  })

  test('what was sent less than 3 s ago may still be answered', () => {
    expect(pings(5, 0, 10, 10).told(36.9, 'ING-3')).toEqual([])
  })

  test.each([5, 9, 14])('is dated by the first packet that nobody answered, whenever it is looked at: %i packets', (wrongs) => {
    const [finding] = pings(wrongs, 0, 10, 10).end(100)
    expect(finding?.rule).toBe('ING-3')
    expect((finding?.t ?? 0) % 1000).toBeCloseTo(30, 3)
  })

  test('a capture that lost packets says nothing', () => {
    const one = new LinkScene({
      site: two,
      interfaces: [
        { id: 0, name: 'upA', addresses: [], dropped: 1 },
        { id: 1, name: 'upB', addresses: [] },
      ],
    })
    for (let i = 0; i < 10; i++) one.echo(1 + i, B, R, i, { iface: 1 }).echo(1.02 + i, R, B, i, { reply: true, iface: 1, hops: 57 })
    for (let i = 0; i < 6; i++) one.echo(30 + i, B, R, 100 + i)
    expect(one.told(100, 'ING-3')).toEqual([])
  })

  test("Fisher's exact test", () => {
    expect(fisher(0, 5, 10, 10)).toBeCloseTo(1 / 3003, 8)
    expect(fisher(3, 5, 3, 5)).toBeCloseTo(0.738, 2)
    expect(fisher(0, 200_000, 200_000, 200_000)).toBeLessThan(1e-10)
  })
})

describe('ING-4: a connection moved and is not heard there', () => {
  /** Data of A goes by upA, is answered, then goes by `exit`, `times` times over `gap` seconds each; the peer keeps sending to `back`. */
  const moved = (
    times: number,
    gap: number,
    more: { exit?: number; back?: number; acknowledged?: boolean; silent?: boolean } = {},
  ): string[] => {
    const one = scene().step(1, A, R, [40000, 443], 1, 1000).step(1.02, R, A, [443, 40000], 2, 9000, { hops: 57, answers: 1000 })
    one.step(1.03, A, R, [40000, 443], 3, 0)
    const wire = { protocol: SignalProtocol.Tcp, from: A, to: R, fromPort: 40000, toPort: 443, fromMac: HOST, toMac: ROUTER }
    const peer = (t: number, iface: number, ack: number): void => {
      const back = { ...wire, from: R, to: A, fromPort: 443, toPort: 40000, hops: 57, interface: iface, fromMac: ROUTER, toMac: HOST }
      one.stage.packet(t, back).emit(SignalKind.Acknowledged, { space: UnitSpace.Seq, unit: ack })
    }
    const data = (t: number, unit: number, iface: number): void => {
      one.stage.packet(t, { ...wire, interface: iface }).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit, span: 100, bytes: 100 })
    }
    for (let i = 0; i < 5; i++) {
      data(2 + i, 1001 + i * 100, 0)
      peer(2.1 + i, 0, 1101 + i * 100)
    }
    for (let i = 0; i <= times; i++) {
      data(10 + i * gap, 1501, more.exit ?? 1)
      if (more.silent !== true) peer(10.3 + i * gap, more.back ?? 0, more.acknowledged === true ? 1601 : 1501)
    }
    return one.told(60, 'ING-4')
  }
  test.each([
    [2, 2, {}, []],
    [3, 2, {}, ['ING-4 medium 65']],
    [4, 2, {}, ['ING-4 medium 65']],
    [3, 0.5, {}, []],
    [3, 2, { acknowledged: true }, []],
    [3, 2, { exit: 0 }, []],
    [3, 2, { back: 1 }, []],
    [3, 2, { silent: true }, []],
  ])('%i retransmissions %f s apart, %j: %j', (times, gap, more, expected) => {
    expect(moved(times, gap, more)).toEqual(expected)
  })
})

describe('how the provider filters', () => {
  const BOGON = 'fd00:77::5'
  const own = {
    interfaces: [
      { id: 0, name: 'upA', addresses: ['2001:db8:a:ff::2/64'] },
      { id: 1, name: 'upB', addresses: [] },
    ],
  }
  const three = siteOf(['upA', ['2001:db8:a::/48']], ['upB', ['2001:db8:b::/48', '2001:db8:c::/48']])
  /** What is done, in turn: foreign sources pass (5 flows), are dropped, a bogon is refused, the site announces a prefix by upA. */
  const mode = (...acts: ['pass' | 'drop' | 'refuse' | 'announce' | 'learn', string][]): string => {
    const one = new LinkScene({ site: three, ...own })
    acts.forEach(([act, what], n) => {
      const t = 10 * n + 1
      if (act === 'pass')
        for (let i = 0; i < 5; i++)
          one.udp(t + i, what, R, { ports: [40000 + i, 7000] }).udp(t + 0.02 + i, R, what, { ports: [7000, 40000 + i], hops: 57 })
      else if (act === 'announce' || act === 'learn') {
        const [from, to] = act === 'announce' ? ['2001:db8:a:ff::2', '2001:db8:a:ff::1'] : ['2001:db8:a:ff::1', '2001:db8:a:ff::2']
        one.stage.packet(t, { protocol: SignalProtocol.Tcp, from, to, fromPort: 179, toPort: 40000 })
        one.stage.signal.protocol = SignalProtocol.Bgp
        const [prefix, length] = what.split('/') as [string, string]
        const announced = [{ prefix, length: Number(length), path: null }]
        const rest = { withdrawn: [], more: 0, path: [64500], origins: [64500], nextHop: null, localPreference: null, metric: null }
        const detail = { message: 'UPDATE', announced, ...rest, communities: [], endOfTable: false }
        one.stage.emit(SignalKind.Routed, { detail })
      } else {
        one.udp(t, what, R, { ports: [50000, 9] })
        one.icmp(t + 0.02, '2001:db8:a:1::1', { flow: one.flow, from: what, to: R })
      }
    })
    one.end(100)
    return one.stage.analyzer.site()[0]?.filterMode ?? ''
  }
  const other = '2001:db8:c:1::10'
  test.each([
    ['nothing is known of what passes', [['pass', B]], 'unknown'],
    ['a bogon refused alone', [['refuse', BOGON]], 'unknown'],
    [
      'loose: a routed source passes, a bogon is refused',
      [
        ['pass', B],
        ['refuse', BOGON],
      ],
      'loose',
    ],
    ['a drop', [['drop', B]], 'strict-or-acl'],
    [
      'a drop stands against what passes',
      [
        ['pass', other],
        ['drop', B],
        ['refuse', BOGON],
      ],
      'strict-or-acl',
    ],
    [
      'strict: dropped, though the site announces it there',
      [
        ['announce', '2001:db8:b::/48'],
        ['drop', B],
      ],
      'strict',
    ],
    [
      'the provider tells the site of it: no announcement of the site',
      [
        ['learn', '2001:db8:b::/48'],
        ['drop', B],
      ],
      'strict-or-acl',
    ],
    [
      'feasible: what is announced passes, another is dropped',
      [
        ['announce', '2001:db8:c::/48'],
        ['pass', other],
        ['drop', B],
      ],
      'feasible',
    ],
  ] as const)('%s', (_name, acts, expected) => {
    expect(mode(...(acts as unknown as Parameters<typeof mode>))).toBe(expected)
  })
})

describe('ING-5: foreign sources pass', () => {
  test.each([
    [4, []],
    [5, ['ING-5 info 70']],
  ])('%i flows answered: %j', (n, expected) => {
    const one = scene()
    for (let i = 0; i < n; i++)
      one.udp(1 + i, B, R, { ports: [40000 + i, 7000] }).udp(1.02 + i, R, B, { ports: [7000, 40000 + i], hops: 57 })
    expect(one.told(20, 'ING-5')).toEqual(expected)
  })
})

describe('ING-6, ING-7, ING-8: what must not leave or enter', () => {
  const mac = '02:00:00:00:00:0a'
  const advertised = (): LinkScene =>
    new LinkScene()
      .advertise(0, 'fe80::a', mac, { prefix: '2001:db8:a:1::' })
      .advertise(0, 'fe80::b', '02:00:00:00:00:0b', { prefix: '2001:db8:b:1::', iface: 1 })
  const thrice = (one: LinkScene, from: string, to: string, more: Parameters<LinkScene['udp']>[3]): LinkScene => {
    for (const t of [1, 2, 3]) one.udp(t, from, to, more)
    return one
  }
  const leaving = { macs: ['02:00:00:00:00:05', mac] as [string, string] }
  const entering = { macs: [mac, '02:00:00:00:00:05'] as [string, string], hops: 57 }
  test.each([
    ['a stranger', advertised(), '2001:db8:dead::1', R, leaving, ['ING-6 medium 80']],
    [
      'a stranger where one exit is known only',
      new LinkScene().advertise(0, 'fe80::a', mac, { prefix: '2001:db8:a:1::' }),
      '2001:db8:dead::1',
      R,
      leaving,
      [],
    ],
    ['a stranger that was forwarded', advertised(), '2001:db8:dead::1', R, { ...leaving, hops: 60 }, []],
    ['a unique local source', advertised(), 'fd00::5', R, leaving, ['ING-7 low 90']],
    ['a link-local source', advertised(), 'fe80::5', R, leaving, ['ING-7 low 90']],
    ['a link-local source on the link', advertised(), 'fe80::5', 'fe80::a', leaving, []],
    ['an own source from outside', advertised(), '2001:db8:a:1::77', A, entering, ['ING-8 medium 90']],
    ["the router's own packets", advertised(), '2001:db8:a:1::1', A, { ...entering, hops: 64 }, []],
    [
      'a neighbour behind a bridge',
      advertised().neighbour(0.5, 'advertisement', '2001:db8:a:1::77', mac),
      '2001:db8:a:1::77',
      A,
      entering,
      [],
    ],
    ['a stranger from outside', advertised(), '2001:db8:dead::1', A, entering, []],
  ] as const)('%s', (_name, one, from, to, more, expected) => {
    expect(thrice(one, from, to, more as never).told(30, 'ING-6', 'ING-7', 'ING-8')).toEqual(expected)
  })

  test.each([
    [3600, 'ING-6 low 80'],
    [7300, 'ING-6 medium 80'],
  ])('a prefix taken back %i s ago', (seconds, expected) => {
    const one = advertised().advertise(0.5, 'fe80::a', mac, { prefix: '2001:db8:a:1::', valid: 0 })
    for (const t of [1, 2, 3]) one.udp(seconds + t, A, R, leaving)
    expect(one.told(seconds + 30, 'ING-6')).toEqual([expected])
  })
})

describe('ING-9, ING-10, ING-11: routing by source', () => {
  /** `n` flows of each prefix to each of `destinations`, by its own exit; `stray` of B by upA. */
  const routed = (n: number, destinations: number, stray: number): LinkScene => {
    const one = scene()
    for (let i = 0; i < n; i++) {
      const to = `2001:db8:f1::${(i % destinations) + 1}`
      one.udp(1 + i / 10, A, to, { ports: [10_000 + i, 80] }).udp(1.01 + i / 10, to, A, { ports: [80, 10_000 + i], hops: 57 })
      const iface = i < stray ? 0 : 1
      one
        .udp(1.02 + i / 10, B, to, { ports: [20_000 + i, 80], iface })
        .udp(1.03 + i / 10, to, B, { ports: [80, 20_000 + i], iface: 1, hops: 57 })
    }
    return one
  }
  test.each([
    [50, 5, 0, true],
    [49, 5, 0, false],
    [50, 4, 0, false],
    [60, 5, 1, false],
  ])('%i flows to %i destinations, %i astray: %s', (n, destinations, stray, fires) => {
    expect(routed(n, destinations, stray).told(100, 'ING-9')).toEqual(fires ? ['ING-9 info 85'] : [])
  })
  test('answers by the exit of the source', () => {
    expect(routed(5, 1, 0).told(100, 'ING-10')).toEqual(['ING-10 info 70'])
  })
  test.each([
    [2, []],
    [3, ['ING-11 info 65']],
  ])('%i answers by another exit: %j', (n, expected) => {
    const one = scene().udp(1, A, R)
    for (let i = 0; i < n; i++) one.udp(1.1 + i / 10, R, A, { ports: [7000, 40000], iface: 1, hops: 57 })
    expect(one.told(100, 'ING-11')).toEqual(expected)
  })
})
