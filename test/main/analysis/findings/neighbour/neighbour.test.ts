/** Rules of the link: what fires, what stays quiet, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { opening } from '../../stage.ts'
import { LinkScene, OTHER, ROUTER, siteOf } from '../link-scene.ts'

const RLL = 'fe80::1'
const H = '2001:db8:a:1::10'
const HM = '02:00:00:00:01:10'

describe('T-ND-FLIP', () => {
  const answer = { router: true, solicited: true, override: true }
  const router = (): LinkScene => new LinkScene().advertise(0, RLL, ROUTER, { prefix: '2001:db8:a:1::' })

  const fires: [string, LinkScene, string[]][] = [
    [
      'forged advertisement, the router goes on',
      router().neighbour(5, 'advertisement', RLL, OTHER, answer).advertise(8, RLL, ROUTER),
      ['T-ND-FLIP high 75'],
    ],
    [
      'forged ARP replies for the gateway in the site model',
      new LinkScene({
        site: {
          interfaces: [
            { name: 'upA', addresses: [], prefixes: ['192.0.2.0/24'], routers: [{ address: '192.0.2.1', mac: ROUTER }], filterMode: null },
          ],
        },
      })
        .neighbour(0, 'arp-request', '192.0.2.10', HM, { targetText: '192.0.2.1' })
        .neighbour(0.1, 'arp-reply', '192.0.2.1', ROUTER)
        .neighbour(9, 'arp-reply', '192.0.2.1', OTHER)
        .neighbour(12, 'arp-request', '192.0.2.1', ROUTER, { targetText: '192.0.2.10' }),
      ['T-ND-FLIP high 75'],
    ],
    [
      'a host',
      new LinkScene()
        .neighbour(0, 'gratuitous', '192.0.2.9', HM)
        .neighbour(5, 'gratuitous', '192.0.2.9', OTHER)
        .neighbour(9, 'gratuitous', '192.0.2.9', HM),
      ['T-ND-FLIP medium 55'],
    ],
    [
      'one change of a router that stays alive is a hint',
      router().neighbour(5, 'advertisement', RLL, OTHER, answer).neighbour(9, 'solicitation', 'fe80::ffff', ROUTER),
      ['T-ND-FLIP low 55'],
    ],
    [
      'one change, to a machine that has answered as a host',
      router()
        .neighbour(1, 'advertisement', 'fe80::66', OTHER, { router: false })
        .neighbour(5, 'advertisement', RLL, OTHER, answer)
        .neighbour(9, 'solicitation', 'fe80::ffff', ROUTER),
      ['T-ND-FLIP high 55'],
    ],
  ]
  /** The host answers until `until`; from 10 on something is sent to the machine that claimed its address at 9.5, until `last`. */
  const silenced = (
    until: number,
    last: number,
    send: (one: LinkScene, at: number, macs: [string, string], reply: boolean) => void,
  ): LinkScene => {
    const one = new LinkScene().neighbour(0, 'gratuitous', H, HM)
    for (let i = 1; i <= until; i++) {
      send(one, i, [ROUTER, HM], false)
      send(one, i + 0.01, [HM, ROUTER], true)
    }
    one.neighbour(9.5, 'gratuitous', H, OTHER)
    for (let i = 10; i <= last; i++) send(one, i, [ROUTER, OTHER], false)
    return one
  }
  const PEER = '2001:db8:a:1::20'
  /** The same, but nothing was heard of the host for a minute before the claim. */
  const idle = (): LinkScene => {
    const one = new LinkScene().neighbour(0, 'gratuitous', H, HM)
    echo(one, 1, [ROUTER, HM], false)
    echo(one, 1.01, [HM, ROUTER], true)
    one.neighbour(60, 'gratuitous', H, OTHER)
    for (let i = 61; i <= 75; i++) echo(one, i, [ROUTER, OTHER], false)
    return one
  }
  const echo = (one: LinkScene, at: number, macs: [string, string], reply: boolean): unknown =>
    reply ? one.echo(at, H, PEER, at, { reply, macs }) : one.echo(at, PEER, H, at, { macs })
  const datagram = (one: LinkScene, at: number, macs: [string, string], reply: boolean): unknown =>
    reply ? one.udp(at, H, PEER, { macs, ports: [7000, 40_000] }) : one.udp(at, PEER, H, { macs, ports: [40_000, 7000] })
  test.each([
    ['echo', silenced(9, 20, echo), ['T-ND-FLIP low 40']],
    ['datagrams', silenced(9, 20, datagram), ['T-ND-FLIP low 40']],
    ['nothing is sent to it', silenced(9, 0, echo), []],
    ['for a moment only', silenced(9, 11, echo), []],
    ['the host had been silent for long', idle(), []],
  ])('an address changes once, and answers no more: %s', (_name, scene, expected) => {
    expect(scene.told(90, 'T-ND-FLIP')).toEqual(expected)
  })

  test.each(fires)('fires: %s', (_name, scene, expected) => {
    expect(scene.told(60, 'T-ND-FLIP')).toEqual(expected)
  })

  const virtual = '00:00:5e:00:01:0a'
  const quiet: [string, LinkScene][] = [
    [
      'a replaced card: the former one is silent',
      new LinkScene().neighbour(0, 'gratuitous', '192.0.2.9', HM).neighbour(5, 'gratuitous', '192.0.2.9', OTHER),
    ],
    [
      'VRRP: the address of the group',
      router()
        .neighbour(1, 'gratuitous', '192.0.2.1', ROUTER)
        .neighbour(5, 'gratuitous', '192.0.2.1', virtual)
        .neighbour(8, 'gratuitous', '192.0.2.1', ROUTER),
    ],
    [
      'HSRP: the address of the group',
      new LinkScene()
        .neighbour(1, 'gratuitous', '192.0.2.1', ROUTER)
        .neighbour(5, 'gratuitous', '192.0.2.1', '00:00:0c:07:ac:01')
        .neighbour(8, 'gratuitous', '192.0.2.1', ROUTER),
    ],
    ['a duplicated frame', new LinkScene().neighbour(0, 'gratuitous', '192.0.2.9', HM).neighbour(0, 'gratuitous', '192.0.2.9', HM)],
    [
      'a second flip after more than a minute',
      new LinkScene()
        .neighbour(0, 'gratuitous', '192.0.2.9', HM)
        .neighbour(5, 'gratuitous', '192.0.2.9', OTHER)
        .neighbour(66, 'gratuitous', '192.0.2.9', HM),
    ],
    [
      'joins of a group',
      new LinkScene()
        .neighbour(0, 'group-joined', '224.0.0.251', HM, { hopLimit: 1 })
        .neighbour(1, 'group-joined', '224.0.0.251', OTHER, { hopLimit: 1 })
        .neighbour(2, 'group-joined', '224.0.0.251', HM, { hopLimit: 1 }),
    ],
    [
      'the same address in two VLANs of a trunk',
      new LinkScene()
        .neighbour(0, 'gratuitous', '192.0.2.9', HM, { segment: 5 })
        .neighbour(1, 'gratuitous', '192.0.2.9', OTHER, { segment: 6 })
        .neighbour(2, 'gratuitous', '192.0.2.9', HM, { segment: 5 })
        .neighbour(3, 'gratuitous', '192.0.2.9', OTHER, { segment: 6 }),
    ],
    [
      'the same address on two links',
      new LinkScene()
        .neighbour(0, 'gratuitous', '192.0.2.9', HM)
        .neighbour(1, 'gratuitous', '192.0.2.9', OTHER, { iface: 1 })
        .neighbour(2, 'gratuitous', '192.0.2.9', HM)
        .neighbour(3, 'gratuitous', '192.0.2.9', OTHER, { iface: 1 }),
    ],
  ]
  test.each(quiet)('quiet: %s', (_name, scene) => {
    expect(scene.told(200)).toEqual([])
  })

  test.each([
    [[false, false], ['T-ND-FLIP medium 55']],
    [[true, false], ['T-ND-FLIP medium 55']],
    [[true, true], []],
  ])('claims with unverified signatures (SEND) %j: %j', (signed, expected) => {
    const scene = new LinkScene().neighbour(0, 'advertisement', H, HM, { override: true })
    ;[OTHER, HM].forEach((mac, i) => {
      scene.neighbour(5 + i * 4, 'advertisement', H, mac, { override: true, ...(signed[i] ? { signed: true } : {}) })
    })
    expect(scene.told(60, 'T-ND-FLIP')).toEqual(expected)
  })

  test.each([
    [true, []],
    [false, ['T-ND-FLIP medium 55']],
  ])('a home agent that answers for a mobile node, its binding captured %s: %j', (bound, expected) => {
    const scene = new LinkScene().neighbour(0, 'advertisement', H, HM, { override: true })
    if (bound)
      scene.stage
        .packet(4, { protocol: SignalProtocol.Mip6, from: '2001:db8:c::5', to: '2001:db8:a:1::1', fromPort: 0, toPort: 0 })
        .emit(SignalKind.Opening, {
          context: 1,
          side: 0,
          detail: opening('BU to home agent', 1, { sender: [{ kind: 'home-address', value: H }] }),
        })
    // The node is away for half a minute.
    scene.neighbour(5, 'advertisement', H, OTHER, { override: true }).neighbour(35, 'advertisement', H, HM, { override: true })
    expect(scene.neighbour(40, 'advertisement', 'fe80::1', OTHER).told(90, 'T-ND-FLIP')).toEqual(expected)
  })

  test('within one VLAN of a trunk, which is named', () => {
    const scene = new LinkScene()
    for (const [t, mac] of [
      [0, HM],
      [5, OTHER],
      [9, HM],
    ] as const)
      scene.neighbour(t, 'gratuitous', '192.0.2.9', mac, { segment: 7 * 4096 + 5 })
    expect(scene.end(60).map((one) => `${one.severity} ${one.title}`)).toEqual([
      'medium Two machines on upA VLAN 7.5 claim the address of a neighbour 192.0.2.9',
    ])
  })

  test('one machine with two interfaces on the link: an observation, not reported', () => {
    const scene = new LinkScene().neighbour(0, 'gratuitous', '192.0.2.8', HM).neighbour(0, 'gratuitous', '192.0.2.9', OTHER)
    for (const t of [1, 3, 5]) scene.neighbour(t, 'gratuitous', '192.0.2.8', OTHER).neighbour(t + 1, 'gratuitous', '192.0.2.8', HM)
    for (const t of [2, 4]) scene.neighbour(t + 0.5, 'gratuitous', '192.0.2.9', HM).neighbour(t + 0.7, 'gratuitous', '192.0.2.9', OTHER)
    expect(scene.told(60, 'T-ND-FLIP')).toEqual([])
  })

  test('a proxy that only answers: low', () => {
    const scene = new LinkScene().neighbour(0, 'arp-request', '192.0.2.1', ROUTER, { targetText: '192.0.2.9' })
    for (const t of [0.1, 10, 20]) {
      scene.neighbour(t, 'arp-request', '192.0.2.1', ROUTER, { targetText: '192.0.2.9' })
      scene.neighbour(t + 0.1, 'arp-reply', '192.0.2.9', HM).neighbour(t + 0.2, 'arp-reply', '192.0.2.9', OTHER)
    }
    expect(scene.told(60, 'T-ND-FLIP')).toEqual(['T-ND-FLIP low 55'])
  })
})

describe('T-ND-ROUTER and T-ND-KILL', () => {
  const established = (seconds: number): LinkScene =>
    new LinkScene()
      .advertise(0, RLL, ROUTER, { prefix: '2001:db8:a:1::' })
      .neighbour(1, 'advertisement', 'fe80::66', OTHER, { router: false })
      .advertise(seconds - 1, RLL, ROUTER)
  const rogue = (scene: LinkScene, seconds: number): LinkScene =>
    scene.advertise(seconds, 'fe80::66', OTHER, { prefix: '2001:db8:bad:1::' }).advertise(seconds + 5, RLL, ROUTER)

  test.each([
    [59, 'T-ND-ROUTER low 50'],
    [60, 'T-ND-ROUTER high 50'],
    [61, 'T-ND-ROUTER high 50'],
  ])('a host turns router after %i s: %s', (seconds, expected) => {
    expect(rogue(established(seconds), seconds).told(200, 'T-ND-ROUTER')).toEqual([expected])
  })

  test('what it takes back is not said to be advertised', () => {
    const scene = established(80).advertise(80, 'fe80::66', OTHER, { prefix: '2001:db8:a:1::', valid: 0 }).advertise(85, RLL, ROUTER)
    expect(scene.end(200).map(({ detail }) => detail)).toEqual([
      expect.stringContaining(' advertises itself without a prefix and takes back 2001:db8:a:1::/64 on upA,'),
    ])
  })

  test('proven new by a solicitation that it left unanswered', () => {
    const scene = new LinkScene().advertise(0, RLL, ROUTER).solicit(50, 'fe80::10', HM).advertise(50.2, RLL, ROUTER)
    expect(rogue(scene, 80).told(200, 'T-ND-ROUTER')).toEqual(['T-ND-ROUTER high 50'])
  })

  test.each([
    [
      'a second router that advertises seldom',
      new LinkScene().advertise(0, RLL, ROUTER).advertise(90, 'fe80::2', OTHER, { prefix: '2001:db8:b:1::' }).advertise(100, RLL, ROUTER),
      ['T-ND-ROUTER low 50'],
    ],
    [
      'a host that moved to another link',
      new LinkScene().advertise(0, RLL, ROUTER).advertise(90, 'fe80::2', OTHER, { prefix: '2001:db8:b:1::' }),
      [],
    ],
    [
      'prefixes of the given site model',
      rogue(new LinkScene({ site: siteOf(['upA', ['2001:db8:bad:1::/64']]) }).advertise(0, RLL, ROUTER), 80),
      [],
    ],
    [
      'another prefix of a known router',
      new LinkScene().advertise(0, RLL, ROUTER).advertise(90, RLL, ROUTER, { prefix: '2001:db8:b:1::' }),
      [],
    ],
    ['the router says goodbye', new LinkScene().advertise(0, RLL, ROUTER).advertise(90, RLL, ROUTER, { routerLifetime: 0 }), []],
    [
      'a machine that is no default router',
      new LinkScene().advertise(0, RLL, ROUTER).advertise(90, 'fe80::2', OTHER, { routerLifetime: 0 }).advertise(95, RLL, ROUTER),
      [],
    ],
  ])('quiet or low: %s', (_name, scene, expected) => {
    expect(scene.told(200)).toEqual(expected)
  })

  test.each([
    ['lifetime 0', { routerLifetime: 0 }],
    ['a prefix that ends', { prefix: '2001:db8:a:1::', valid: 0 }],
  ])('killed in its name: %s', (_name, more) => {
    const scene = new LinkScene().advertise(0, RLL, ROUTER, { prefix: '2001:db8:a:1::' }).advertise(5, RLL, OTHER, more)
    expect(scene.told(60)).toEqual(['T-ND-KILL high 75'])
  })
})

describe('T-ND-DAD, T-ND-OFFLINK, T-ND-SCAN', () => {
  test.each([
    [1, ['T-ND-DAD info 45']],
    [2, ['T-ND-DAD info 45']],
    [3, ['T-ND-DAD medium 65']],
  ])('%i addresses refused: %j', (n, expected) => {
    const scene = new LinkScene()
    for (let i = 0; i < n; i++)
      scene.neighbour(1 + i, 'dad', `2001:db8:a:1::${i + 1}`, HM).neighbour(1.1 + i, 'advertisement', `2001:db8:a:1::${i + 1}`, OTHER)
    expect(scene.told(60)).toEqual(expected)
  })
  test('two refused addresses are both named', () => {
    const scene = new LinkScene()
    for (const i of [1, 2])
      scene.neighbour(i, 'dad', `2001:db8:a:1::${i}`, HM).neighbour(i + 0.1, 'advertisement', `2001:db8:a:1::${i}`, OTHER)
    const [finding] = scene.end(60)
    expect(finding?.title).toContain('2001:db8:a:1::1 and 2001:db8:a:1::2')
    expect(finding?.detail).toContain('2001:db8:a:1::1, 2001:db8:a:1::2')
  })
  test('what was said of many refused addresses is not taken back when they become rare', () => {
    const scene = new LinkScene()
    for (const [i, at] of [1, 2, 3, 203, 403].entries())
      scene.neighbour(at, 'dad', `2001:db8:a:1::${i + 1}`, HM).neighbour(at + 0.1, 'advertisement', `2001:db8:a:1::${i + 1}`, OTHER)
    const [finding] = scene.end(460)
    expect([finding?.severity, finding?.title]).toEqual(['medium', 'One machine on upA refuses every new address'])
  })
  test('the owner of an address defends it', () => {
    const scene = new LinkScene()
      .neighbour(0, 'advertisement', H, OTHER)
      .neighbour(1, 'dad', H, HM)
      .neighbour(1.1, 'advertisement', H, OTHER)
    expect(scene.told(60)).toEqual([])
  })
  test.each([
    [255, 1, []],
    [254, 1, ['T-ND-OFFLINK low 80']],
    [254, 2, ['T-ND-OFFLINK low 80']],
    [254, 3, ['T-ND-OFFLINK medium 80']],
  ])('hop limit %i, %i times: %j', (hopLimit, n, expected) => {
    const scene = new LinkScene()
    for (let i = 0; i < n; i++) scene.neighbour(1 + i, 'advertisement', H, OTHER, { hopLimit })
    expect(scene.told(60)).toEqual(expected)
  })
  test('a router advertisement that is not from a link-local address', () => {
    expect(new LinkScene().advertise(1, '2001:db8::1', ROUTER).told(60)).toEqual(['T-ND-OFFLINK low 80'])
  })
  test.each([
    [100, 0.9, []],
    [101, 0.9, ['T-ND-SCAN low 60']],
    [101, 2, []],
  ])('%i targets within %f s: %j', (n, seconds, expected) => {
    const scene = new LinkScene()
    for (let i = 0; i < n; i++)
      scene.neighbour(1 + (i * seconds) / n, 'solicitation', 'fe80::66', OTHER, { targetText: `2001:db8:a:1::${i + 1}` })
    expect(scene.told(60)).toEqual(expected)
  })
})

describe('T-ICMPRED', () => {
  const R = '2001:db8:f1::80'
  /** A host whose packets to R go to its router. */
  const scene = (): LinkScene =>
    new LinkScene().advertise(0, RLL, ROUTER, { prefix: '2001:db8:a:1::' }).udp(1, H, R, { macs: [HM, ROUTER] })

  test('a machine that is no router redirects a host to itself, with effect', () => {
    const one = scene()
      .redirect(2, RLL, OTHER, H, 'fe80::66', R)
      .neighbour(2.1, 'advertisement', 'fe80::66', OTHER, { router: false })
      .udp(3, H, R, { macs: [HM, OTHER] })
    expect(one.told(60, 'T-ICMPRED')).toEqual(['T-ICMPRED high 85'])
  })
  test('the same without effect', () => {
    expect(
      scene()
        .redirect(2, RLL, OTHER, H, 'fe80::66', R)
        .udp(3, H, R, { macs: [HM, ROUTER] })
        .told(60, 'T-ICMPRED'),
    ).toEqual(['T-ICMPRED high 75'])
  })
  test('its own router sends it to a machine that has answered as a host', () => {
    const sent = (known: boolean): string[] => {
      const one = scene()
      if (known) one.neighbour(1.5, 'advertisement', 'fe80::66', OTHER, { router: false })
      return one.redirect(2, RLL, ROUTER, H, 'fe80::66', R).told(60, 'T-ICMPRED')
    }
    expect([sent(false), sent(true)]).toEqual([['T-ICMPRED low 55'], ['T-ICMPRED high 55']])
  })
  test('its own router sends it to a host, and it goes there', () => {
    const one = scene()
      .neighbour(1.5, 'advertisement', 'fe80::66', OTHER, { router: false })
      .redirect(2, RLL, ROUTER, H, 'fe80::66', R)
      .udp(3, H, R, { macs: [HM, OTHER] })
    const [finding] = one.end(60).filter(({ rule }) => rule === 'T-ICMPRED')
    expect([finding?.severity, finding?.confidence, finding?.detail.split('. ').at(-1)]).toEqual([
      'high',
      65,
      `The host's packets to ${R} went there afterwards.`,
    ])
    expect(finding?.checks.find(({ name }) => name === 'sent by the first hop itself')?.result).toBe('possible')
  })
  test.each([
    [
      'the router passes packets on to a second one that does not advertise itself, and says so',
      scene()
        .neighbour(1.5, 'advertisement', 'fe80::66', OTHER, { router: false })
        .udp(1.9, H, R, { macs: [ROUTER, OTHER], hops: 63 })
        .redirect(2, RLL, ROUTER, H, 'fe80::66', R)
        .udp(3, H, R, { macs: [HM, OTHER] }),
    ],
    [
      'the same with echoes',
      scene()
        .neighbour(1.5, 'advertisement', 'fe80::66', OTHER, { router: false })
        .echo(1.9, H, R, 1, { macs: [HM, ROUTER] })
        .echo(1.91, H, R, 1, { macs: [ROUTER, OTHER], hops: 63 })
        .redirect(2, RLL, ROUTER, H, 'fe80::66', R)
        .echo(3, H, R, 2, { macs: [HM, OTHER] }),
    ],
    [
      'the router sends the host to a second router',
      scene().advertise(1.5, 'fe80::2', OTHER, { prefix: '2001:db8:b:1::' }).redirect(2, RLL, ROUTER, H, 'fe80::2', R),
    ],
    ['the router says that the destination is on the link', scene().redirect(2, RLL, ROUTER, H, R, R)],
    [
      'an IPv4 router, of which none advertises itself',
      new LinkScene()
        .udp(1, '192.0.2.10', '203.0.113.9', { macs: [HM, ROUTER] })
        .redirect(2, '192.0.2.1', ROUTER, '192.0.2.10', '192.0.2.2', '203.0.113.9'),
    ],
  ])('quiet: %s', (_name, one) => {
    expect(one.told(60, 'T-ICMPRED')).toEqual([])
  })
  test.each([
    [5, []],
    [6, ['T-ICMPRED low 55']],
  ])('%i redirects to one host within ten seconds: %j', (n, expected) => {
    const one = scene()
    for (let i = 0; i < n; i++) one.redirect(2 + i, RLL, ROUTER, H, `2001:db8:f1::${80 + i}`, `2001:db8:f1::${80 + i}`)
    expect(one.told(60, 'T-ICMPRED')).toEqual(expected)
  })
  test('one that was forwarded', () => {
    expect(scene().redirect(2, RLL, ROUTER, H, R, R, 62).told(60, 'T-ICMPRED')).toEqual(['T-ICMPRED low 55'])
  })
})
