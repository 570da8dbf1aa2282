/** Rules of name answers: what fires, what stays quiet, and the benign causes that look alike. */
import { describe, expect, test } from 'vitest'
import { LinkScene, siteOf } from '../link-scene.ts'

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
