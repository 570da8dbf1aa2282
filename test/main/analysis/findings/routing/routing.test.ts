/** Routes that change hands, and a second DHCP server: what fires, what stays quiet, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import type { LeaseDetail, RouteDetail } from '../../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { LinkScene } from '../link-scene.ts'

class Routes extends LinkScene {
  /** `path` from the neighbour to the origin. */
  say(seconds: number, announced: string[], path: number[], more: Partial<RouteDetail> & { neighbour?: string } = {}): this {
    const { neighbour = '192.0.2.1', ...rest } = more
    const prefixes = (list: string[]) =>
      list.map((text) => ({ prefix: text.split('/')[0] as string, length: Number(text.split('/')[1]), path: null }))
    const detail: RouteDetail = {
      message: 'UPDATE',
      announced: prefixes(announced),
      withdrawn: [],
      more: 0,
      path,
      origins: path.slice(-1),
      nextHop: null,
      localPreference: null,
      metric: null,
      communities: [],
      endOfTable: false,
      ...rest,
    }
    this.stage.packet(seconds, { protocol: SignalProtocol.Tcp, from: neighbour, to: '192.0.2.9', fromPort: 179, toPort: 40000 })
    this.stage.signal.protocol = SignalProtocol.Bgp
    this.stage.emit(SignalKind.Routed, { detail })
    return this
  }
  withdraw(seconds: number, prefix: string, neighbour: string): this {
    const [base, length] = prefix.split('/') as [string, string]
    return this.say(seconds, [], [], { neighbour, origins: [], withdrawn: [{ prefix: base, length: Number(length), path: null }] })
  }
}
const SITE = '2001:db8:a::/48'
const table = (): Routes => new Routes().say(0, [SITE], [64510, 64500]).say(0.1, [], [], { endOfTable: true, origins: [] })

describe('T-RTE', () => {
  test.each([
    ['a more specific after two hours', table().say(7200, ['2001:db8:a::/49'], [64510, 64666]), ['T-RTE-SPECIFIC high 60']],
    ['after a minute', table().say(61, ['2001:db8:a::/49'], [64510, 64666]), ['T-RTE-SPECIFIC high 45']],
    ['in the first table', new Routes().say(0, [SITE], [64510, 64500]).say(1, ['2001:db8:a::/49'], [64510, 64666]), []],
    ['by the same origin', table().say(7200, ['2001:db8:a::/49', '2001:db8:a:8000::/49'], [64510, 64500]), []],
    ['by its provider: an observation', table().say(7200, ['2001:db8:a::/49'], [64510]), []],
    ['a new origin', table().say(7200, [SITE], [64510, 64666]), ['T-RTE-ORIGIN medium 45']],
    ['a new origin within a minute', table().say(30, [SITE], [64510, 64666]), []],
    [
      'an origin that it had before',
      new Routes().say(0, [SITE], [64510, 64500]).say(1, [SITE], [64511, 64501]).say(7200, [SITE], [64510, 64501]),
      [],
    ],
    ['another path to the same origin', table().say(7200, [SITE], [64511, 64500]), []],
    ['blackhole by somebody else', table().say(30, [SITE], [64510, 64666], { communities: ['65535:666'] }), ['T-RTE-BLACKHOLE high 70']],
    ['blackhole by its origin', table().say(30, [SITE], [64510, 64500], { communities: ['65535:666'] }), []],
  ])('%s', (_name, scene, expected) => {
    expect(scene.told(8000)).toEqual(expected)
  })
  const long = (): Routes => new Routes().say(0, [SITE], [3356, 1299, 174, 64500]).say(0.1, [], [], { endOfTable: true, origins: [] })
  const path = ['T-RTE-PATH low 45']
  test.each([
    ['a private number behind a public one', table().say(30, ['2001:db8:c::/48'], [3356, 65010, 64500]), path],
    ['private numbers only: a laboratory', table().say(30, ['2001:db8:c::/48'], [64512, 65010, 64500]), []],
    ['a number that does not exist', table().say(30, ['2001:db8:c::/48'], [64510, 0, 64500]), path],
    ['AS_TRANS', table().say(30, ['2001:db8:c::/48'], [3356, 23456]), path],
    ['in the first table', new Routes().say(0, [SITE], [3356, 65010, 64500]), []],
    ['two systems shorter over a new neighbour', long().say(60, [SITE], [3356, 64500]), path],
    ['one system shorter', long().say(60, [SITE], [3356, 1299, 64500]), []],
    ['within a minute', long().say(59, [SITE], [3356, 64500]), []],
    ['over a neighbour that it had', long().say(60, [SITE], [174, 64500]), []],
    ['the origin twice in the path', long().say(60, [SITE], [3356, 1299, 174, 64500, 64500]), []],
  ])('odd paths: %s', (_name, scene, expected) => {
    expect(scene.told(8000)).toEqual(expected)
  })

  /** Three flows from the prefix before, three after a new origin, with these hop limits. */
  const shifted = (before: number, after: number, delay = 1): string[] => {
    const scene = table()
    for (let i = 0; i < 3; i++) scene.udp(7000 + i, '2001:db8:a:7::1', '2001:db8:f1::9', { ports: [5000 + i, 80], hops: before })
    scene.say(7200, [SITE], [64510, 64666])
    for (let i = 0; i < 3; i++) scene.udp(7200 + delay + i, '2001:db8:a:7::1', '2001:db8:f1::9', { ports: [6000 + i, 80], hops: after })
    return scene.told(7400, 'T-RTE-ORIGIN')
  }
  test.each([
    [57, 52, 1, 'T-RTE-ORIGIN medium 65'],
    [57, 53, 1, 'T-RTE-ORIGIN medium 45'],
    [52, 57, 1, 'T-RTE-ORIGIN medium 65'],
    [57, 50, 61, 'T-RTE-ORIGIN medium 45'],
  ])('hop limit %i before, %i after, %i s later: %s', (before, after, delay, expected) => {
    expect(shifted(before, after, delay)).toEqual([expected])
  })

  test.each([
    [1, []],
    [2, ['T-RTE-GONE low 45']],
  ])('%i of two neighbours withdraw: %j', (n, expected) => {
    const scene = new Routes().say(0, [SITE], [64510, 64500]).say(0, [SITE], [64511, 64500], { neighbour: '192.0.2.2' })
    for (let i = 0; i < n; i++) scene.withdraw(100 + i, SITE, ['192.0.2.1', '192.0.2.2'][i] as string)
    expect(scene.told(200)).toEqual(expected)
  })
})

describe('T-DHCP-SERVER', () => {
  const lease = (
    scene: LinkScene,
    seconds: number,
    message: string,
    server: string,
    router: string,
    more: Partial<LeaseDetail> = {},
  ): LinkScene => {
    const { stage } = scene
    const detail: LeaseDetail = {
      message,
      version: 4,
      transaction: 1,
      client: 'aa',
      server,
      mac: null,
      hostName: null,
      grants: [
        {
          what: 'address',
          subject: '192.0.2.50',
          prefixLength: 24,
          address: stage.address('192.0.2.50'),
          association: null,
          preferred: null,
          valid: 3600,
          excluded: null,
        },
      ],
      routers: [stage.address(router)],
      nameServers: [router],
      status: null,
      relay: null,
      authentication: 'A1',
      ...more,
    }
    stage
      .packet(seconds, { protocol: SignalProtocol.Udp, from: server, to: '192.0.2.50', fromPort: 67, toPort: 68 })
      .emit(SignalKind.Leased, { detail })
    return scene
  }
  const first = (): LinkScene => lease(new LinkScene(), 0, 'DHCPACK', '192.0.2.2', '192.0.2.1')
  test.each([
    ['another router after two minutes', lease(first(), 120, 'DHCPACK', '192.0.2.66', '192.0.2.66'), ['T-DHCP-SERVER low 55']],
    ['an offer only', lease(first(), 120, 'DHCPOFFER', '192.0.2.66', '192.0.2.66'), ['T-DHCP-SERVER info 55']],
    ['within a minute', lease(first(), 59, 'DHCPACK', '192.0.2.66', '192.0.2.66'), ['T-DHCP-SERVER info 45']],
    ['a pair that shares the work', lease(first(), 120, 'DHCPACK', '192.0.2.3', '192.0.2.1'), []],
    ['through a relay', lease(first(), 120, 'DHCPACK', '192.0.2.66', '192.0.2.66', { relay: '192.0.2.1' }), []],
    ['the same server again', lease(first(), 120, 'DHCPACK', '192.0.2.2', '192.0.2.1'), []],
  ])('%s', (_name, scene, expected) => {
    expect(scene.told(200, 'T-DHCP-SERVER')).toEqual(expected)
  })
})
