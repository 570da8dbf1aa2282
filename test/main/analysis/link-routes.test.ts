/** Which of the host's own routes says where packets to an address go. */
import { expect, test } from 'vitest'
import { routeCovers } from '../../../main/analysis/link-routes.ts'
import { parseAddress } from '../../../shared/address.ts'
import type { LinkDetail } from '../../../shared/signal-details.ts'

const route = (words: string, what: LinkDetail['what'] = 'route-added'): LinkDetail => ({
  what,
  interfaceName: 'upB',
  subject: words.split(' ')[0] as string,
  nextHop: /via (?:inet6? )?(\S+)/.exec(words)?.[1] ?? null,
  message: `route added: ${words}`,
})
const covered = (words: string, address: string, what?: LinkDetail['what']): boolean =>
  routeCovers(route(words, what), parseAddress(address) as Uint8Array)

test.each<[string, string, boolean]>([
  ['default via 192.0.2.1 dev upB', '203.0.113.9', true],
  ['default via 192.0.2.1 dev upB', '2001:db8:f1::1', false],
  ['default via fe80::1 dev upB metric 1024', '2001:db8:f1::1', true],
  ['default via fe80::1 dev upB metric 1024', '203.0.113.9', false],
  // RFC 8950: an IPv4 route by an IPv6 next hop
  ['default via inet6 fe80::1 dev upB', '203.0.113.9', true],
  ['default via inet6 fe80::1 dev upB', '2001:db8:f1::1', false],
  ['default dev upB proto ra metric 1024 pref medium', '203.0.113.9', false],
  ['default dev upB proto ra metric 1024 pref medium', '2001:db8:f1::1', true],
  // a point-to-point link has no next hop: either family
  ['default dev upB', '203.0.113.9', true],
  ['default dev upB', '2001:db8:f1::1', true],
  ['0.0.0.0/0 dev upB', '203.0.113.9', true],
  ['::/0 dev upB', '203.0.113.9', false],
  ['203.0.113.0/24 via 192.0.2.1 dev upB', '203.0.113.9', true],
  ['203.0.113.0/29 via 192.0.2.1 dev upB', '203.0.113.9', false],
  ['2001:db8:f0::/44 via fe80::1 dev upB', '2001:db8:f1::1', true],
  ['203.0.113.9 via 192.0.2.1 dev upB', '203.0.113.9', true],
  ['203.0.113.8 via 192.0.2.1 dev upB', '203.0.113.9', false],
])('%s, %s: %s', (words, address, expected) => {
  expect([covered(words, address), covered(words, address, 'route-removed')]).toEqual([expected, expected])
})

test('what is no route covers nothing', () => {
  expect(covered('203.0.113.9 dev upB', '203.0.113.9', 'neighbour-failed')).toBe(false)
})
