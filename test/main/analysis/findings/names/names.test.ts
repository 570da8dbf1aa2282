/** Rules of name answers: what fires, what stays quiet, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../../../../shared/address.ts'
import { SignalKind, SignalProtocol } from '../../../../../shared/signals.ts'
import { opening } from '../../stage.ts'
import { HOST, LinkScene, OTHER, siteOf } from '../link-scene.ts'

const N = 'service.example'
const [ONE, TWO, FAR] = ['2001:db8:f1::80', '2001:db8:f2::80', '2001:db8:bad::66'] as [string, string, string]

describe('T-DNS-TWO', () => {
  const asked = (times = 1): LinkScene => {
    const scene = new LinkScene()
    for (let i = 0; i < times; i++) scene.name(1 + i / 10, 'query', N)
    return scene
  }
  test('one question, two answers 40 ms apart', () => {
    const [finding] = asked().name(1.3, 'answer', N, [ONE]).name(1.34, 'answer', N, [FAR]).end(60)
    expect(finding).toMatchObject({
      rule: 'T-DNS-TWO',
      severity: 'high',
      confidence: 75,
      claimant: '2001:db8:53::53',
      victim: '2001:db8:a:1::10',
    })
    expect(finding?.detail).toContain(`it got '${ONE}' and 40 ms later '${FAR}'`)
  })
  test.each([
    ['the question was sent twice', asked(2).name(1.3, 'answer', N, [ONE]).name(1.34, 'answer', N, [FAR])],
    ['rotation of one set', asked().name(1.3, 'answer', N, [ONE, TWO]).name(1.34, 'answer', N, [TWO, ONE])],
    ['a duplicated frame', asked().name(1.3, 'answer', N, [ONE]).name(1.3, 'answer', N, [ONE])],
    [
      'another transaction',
      asked()
        .name(1.3, 'answer', N, [ONE])
        .name(1.31, 'query', N, [], { transaction: 8 })
        .name(1.34, 'answer', N, [TWO], { transaction: 8 }),
    ],
    [
      'a server failure, then an answer',
      asked()
        .name(1.3, 'answer', N, [], { detail: { code: 2 } })
        .name(1.34, 'answer', N, [ONE]),
    ],
    [
      'a truncated answer',
      asked()
        .name(1.3, 'answer', N, [ONE], { detail: { truncated: true } })
        .name(1.34, 'answer', N, [ONE, TWO]),
    ],
    ['more than five seconds', asked().name(1.3, 'answer', N, [ONE]).name(6.4, 'answer', N, [TWO])],
    [
      'multicast DNS, where several may answer',
      asked()
        .name(1.3, 'answer', N, [ONE], { detail: { service: 'mdns' } })
        .name(1.34, 'answer', N, [FAR], { detail: { service: 'mdns' } }),
    ],
  ])('quiet: %s', (_name, scene) => {
    expect(scene.told(60)).toEqual([])
  })
})

describe('T-DNS-GUESS', () => {
  test.each([
    [99, true, []],
    [100, true, ['T-DNS-GUESS high 80']],
    [100, false, []],
  ])('%i wrong numbers, question seen %s: %j', (n, asked, expected) => {
    const scene = new LinkScene()
    if (asked) scene.name(1, 'query', N, [], { transaction: 5000 })
    for (let i = 0; i < n; i++) scene.name(1.1 + i / 100, 'answer', N, [FAR], { transaction: i + 1, detail: { authentication: 'A0' } })
    expect(scene.told(60, 'T-DNS-GUESS')).toEqual(expected)
  })
})

describe('T-DNS-EARLY and T-DNS-MOVED', () => {
  const cname = (ttl: number) => ({ name: N, type: 5, ttl, address: -1, value: 'edge.example' })
  const history = (ttl: number, sets: string[][], more: Parameters<LinkScene['lookup']>[3] = {}): LinkScene => {
    const scene = new LinkScene()
    sets.forEach((set, i) => {
      const detail =
        more.detail === undefined
          ? {}
          : {
              detail: {
                ...more.detail,
                records: [cname(ttl), ...set.map((value) => ({ name: N, type: 28, ttl, address: scene.stage.address(value), value }))],
                answers: set.length + 1,
              },
            }
      scene.lookup(1 + i * 20, N, set, { ttl, ...more, ...detail })
    })
    return scene
  }
  test.each([
    ['lifetime 3600 s, replaced after 20 s', history(3600, [[ONE], [ONE], [FAR]]), ['T-DNS-EARLY medium 50']],
    ['lifetime 301 s', history(301, [[ONE], [ONE], [FAR]]), ['T-DNS-EARLY medium 50']],
    ['lifetime 300 s', history(300, [[ONE], [ONE], [FAR]]), ['T-DNS-MOVED info 45']],
    ['seen once before', history(3600, [[ONE], [FAR]]), ['T-DNS-EARLY low 50']],
    ['an address in common', history(3600, [[ONE, TWO], [ONE, TWO], [TWO]]), []],
    ['another address of the same network', history(3600, [[ONE], [ONE], ['2001:db8:f1::81']]), []],
    ['an address that it had before', history(60, [[ONE], [TWO], [ONE], [TWO]]), []],
    ['a content network: alias', history(60, [[ONE], [ONE], [FAR]], { detail: {} }), []],
    ['a further address elsewhere', history(60, [[ONE], [ONE], [ONE, FAR]]), ['T-DNS-MOVED info 45']],
    ['one answer before only', history(60, [[ONE], [FAR]]), []],
  ])('%s', (_name, scene, expected) => {
    expect(scene.told(100)).toEqual(expected)
  })
  test('another resolver has a history of its own', () => {
    const scene = history(3600, [[ONE], [ONE]]).lookup(60, N, [FAR], { ttl: 3600, server: '2001:db8:54::53' })
    expect(scene.told(100)).toEqual([])
  })
})

describe('T-DNS-UNSIGNED, T-DNS-UPDATE, T-DNS-IDENTITY', () => {
  test.each([
    [true, false, ['T-DNS-UNSIGNED low 45']],
    [true, true, []],
    [false, false, []],
  ])('checked %s, then %s: %j', (before, after, expected) => {
    const scene = new LinkScene()
      .lookup(1, N, [ONE], { detail: { authenticatedData: before } })
      .lookup(30, N, [ONE], { detail: { authenticatedData: after } })
    expect(scene.told(60)).toEqual(expected)
  })

  const site = siteOf(['upA', ['2001:db8:a::/48', '2001:db8:53::/48']])
  const update = (client: string, signed: boolean, code: number): LinkScene =>
    new LinkScene({ site })
      .name(1, 'update', N, [], { client, detail: { signed } })
      .name(1.1, 'update-answer', N, [], { client, detail: { code } })
  test.each([
    ['from outside, accepted', update('2001:db8:bad::5', false, 0), ['T-DNS-UPDATE medium 60']],
    ['from outside, refused', update('2001:db8:bad::5', false, 5), ['T-DNS-UPDATE low 60']],
    ['from inside', update('2001:db8:a::5', false, 0), []],
    ['signed', update('2001:db8:bad::5', true, 0), []],
  ])('%s', (_name, scene, expected) => {
    expect(scene.told(60)).toEqual(expected)
  })
})

describe('T-DNS-IDENTITY', () => {
  const HIT = { one: '2001:20::1', two: '2001:20::2', mine: '2001:20::99' }
  /** A name with an address and HITs; then a base exchange with that address, in which `seen` answers. */
  const exchange = (kind: 'hit' | 'node-identifier', types: [number, string][], at: string, seen: string | null): string[] => {
    const scene = new LinkScene()
    const { stage } = scene
    const records = [
      { name: N, type: 28, ttl: 3600, address: stage.address(ONE), value: ONE },
      ...types.map(([type, value]) => ({ name: N, type, ttl: 3600, address: -1, value })),
    ]
    scene.lookup(1, N, [ONE], { detail: { records, answers: records.length } })
    if (seen !== null) {
      const wire = { protocol: SignalProtocol.Hip, from: '2001:db8:a:1::10', to: at, fromPort: 0, toPort: 0 }
      const mine = [{ kind, value: HIT.mine }]
      const theirs = [{ kind, value: seen }]
      const back = { ...wire, from: at, to: wire.from, hops: 57 }
      stage.packet(5, wire).emit(SignalKind.Opening, { context: 1, side: 0, detail: opening('I1', 1, { sender: mine, receiver: theirs }) })
      stage
        .packet(5.1, back)
        .emit(SignalKind.Opening, { context: 1, side: 1, detail: opening('R1', 2, { sender: theirs, receiver: mine }) })
      stage
        .packet(5.2, wire)
        .emit(SignalKind.Opening, { context: 1, side: 0, detail: opening('I2', 3, { sender: mine, receiver: theirs }) })
      stage.packet(5.3, back).emit(SignalKind.Opened, { context: 1, side: 1, detail: opening('R2', 4, { sender: theirs, receiver: mine }) })
    }
    return scene.told(60, 'T-DNS-IDENTITY')
  }
  test.each([
    ['another HIT answers', [[55, HIT.one]], ONE, HIT.two, ['T-DNS-IDENTITY high 85']],
    ['the HIT of the name', [[55, HIT.one]], ONE, HIT.one, []],
    [
      'one of several HITs of the name',
      [
        [55, HIT.one],
        [55, HIT.two],
      ],
      ONE,
      HIT.two,
      [],
    ],
    [
      'none of several',
      [
        [55, HIT.one],
        [55, '2001:20::3'],
      ],
      ONE,
      HIT.two,
      ['T-DNS-IDENTITY high 85'],
    ],
    ['at another address than that of the name', [[55, HIT.one]], FAR, HIT.two, []],
    ['a name without an identity', [], ONE, HIT.two, []],
    ['an identity of another kind', [[104, '10 0014:4fff:ff20:ee64']], ONE, HIT.two, []],
    ['no exchange', [[55, HIT.one]], ONE, null, []],
  ] as const)('%s', (_name, types, at, seen, expected) => {
    expect(exchange('hit', types as unknown as [number, string][], at, seen)).toEqual(expected)
  })
})

describe('T-DNS-OWNER', () => {
  const [printer, other, third] = ['2001:db8:a:1::20', '2001:db8:a:1::66', '2001:db8:a:1::77'] as [string, string, string]
  const own = siteOf(['upA', ['2001:db8:a::/48']])
  /** Both machines are heard; the name is given `times` times, 30 s apart, then the new address. */
  const renamed = (
    more: { times?: number; gap?: number; macs?: [string, string]; late?: number; to?: string; ttl?: number } = {},
  ): string[] => {
    const { times = 3, gap = 30, macs = [HOST, OTHER], late = 1, to = other, ttl = 300 } = more
    const scene = new LinkScene({ site: own }).neighbour(0.1, 'advertisement', printer, macs[0])
    if (late === 1) scene.neighbour(0.2, 'advertisement', other, macs[1])
    for (let i = 0; i < times; i++) scene.lookup(1 + i * gap, N, [printer], { ttl })
    const end = 1 + (times - 1) * gap + 20
    if (late > 1) scene.neighbour(end - 5, 'advertisement', other, macs[1])
    return scene.lookup(end, N, [to], { ttl }).told(end + 60, 'T-DNS-OWNER')
  }
  test.each([
    ['another known machine', {}, ['T-DNS-OWNER medium 50']],
    ['after two equal answers', { times: 2, gap: 60 }, []],
    ['after equal answers over less than a minute', { gap: 29 }, []],
    ['the same machine has both addresses', { macs: [HOST, HOST] as [string, string] }, []],
    ['the new machine was not heard before: a lease', { late: 2 }, []],
    ['a machine that was never heard', { to: third }, []],
    ['the lifetime is over', { ttl: 19 }, []],
  ])('%s: %j', (_name, more, expected) => {
    expect(renamed(more)).toEqual(expected)
  })
  test('rotation of single answers', () => {
    const scene = new LinkScene({ site: own }).neighbour(0.1, 'advertisement', printer, HOST).neighbour(0.2, 'advertisement', other, OTHER)
    for (let i = 0; i < 12; i++) scene.lookup(1 + i * 20, N, [i % 2 === 0 ? printer : other], { ttl: 300 })
    expect(scene.told(400, 'T-DNS-OWNER')).toEqual([])
  })
})

describe('T-DNS-REVERSE', () => {
  const reversed = (address: string): string => {
    const bytes = parseAddress(address) as Uint8Array
    if (bytes.length === 4) return `${[...bytes].reverse().join('.')}.in-addr.arpa`
    return `${[...bytes]
      .flatMap((byte) => [byte >> 4, byte & 15])
      .reverse()
      .map((x) => x.toString(16))
      .join('.')}.ip6.arpa`
  }
  const pointed = (address: string, has: string[] | null, more: { talks?: boolean; alias?: boolean; second?: string } = {}): string[] => {
    const scene = new LinkScene()
    const pointer = (value: string) => ({ name: reversed(address), type: 12, ttl: 60, address: -1, value })
    const pointers = [pointer(N), ...(more.second === undefined ? [] : [pointer(more.second)])]
    scene.lookup(1, reversed(address), [], { detail: { questionType: 12, records: pointers, answers: pointers.length } })
    const alias = { name: N, type: 5, ttl: 60, address: -1, value: 'edge.example' }
    if (has !== null) {
      const records = has.map((value) => ({
        name: N,
        type: value.includes(':') ? 28 : 1,
        ttl: 60,
        address: scene.stage.address(value),
        value,
      }))
      const all = more.alias === true ? [alias, ...records] : records
      scene.lookup(2, N, has, { detail: { records: all, answers: all.length } })
    }
    if (more.talks !== false) scene.udp(3, address.includes(':') ? '2001:db8:a:1::10' : '192.0.2.10', address)
    return scene.told(60, 'T-DNS-REVERSE')
  }
  const fires = ['T-DNS-REVERSE low 45']
  test.each([
    ['the name has another address', FAR, [ONE], {}, fires],
    ['IPv4', '198.51.100.66', ['203.0.113.80'], {}, fires],
    ['the name has that address, too', FAR, [ONE, FAR], {}, []],
    ['the name was not asked for', FAR, null, {}, []],
    ['no address of that family was told', FAR, ['203.0.113.80'], {}, []],
    ['a content network', FAR, [ONE], { alias: true }, []],
    ['a second name of the address, not asked for', FAR, [ONE], { second: 'other.example' }, []],
    ['nobody talks to the address', FAR, [ONE], { talks: false }, []],
  ] as const)('%s', (_name, address, has, more, expected) => {
    expect(pointed(address, has === null ? null : [...has], more)).toEqual(expected)
  })
})
