/** What the network did meanwhile: told once, with when it was over, and on the sessions that it concerned. */
import { expect, test } from 'vitest'
import type { LinkDetail } from '../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { BASE, opening, Stage, type Wire } from './stage.ts'

const link = (seconds: number, what: LinkDetail['what'], message: string, more: Partial<LinkDetail> = {}) => ({
  time: seconds * 1e9,
  line: 1,
  detail: { message, what, interfaceName: 'upA', subject: null, ...more },
})

function told(stage: Stage): [from: number, until: number | null, what: string, text: string][] {
  return stage.analyzer
    .network()
    .events.map(({ t, until, what, text }) => [round(t - BASE), until === null ? null : round(until - BASE), what, text])
}

const gateway = (stage: Stage, seconds: number, router: string, state: 'active' | 'leaving' = 'active'): void => {
  stage.frame(seconds, { protocol: SignalProtocol.Neighbour }).emit(SignalKind.Gateway, {
    detail: { group: 'vrrp-2/7', state, router: stage.address(router), mac: '00:00:5e:00:01:07', addresses: ['192.0.2.1'] } as never,
  })
}

function connection(stage: Stage, from: number, to: number, iface = 0): void {
  const wire = (side: 0 | 1): Wire => ({
    protocol: SignalProtocol.Tcp,
    from: side === 0 ? '192.0.2.10' : '203.0.113.10',
    to: side === 0 ? '203.0.113.10' : '192.0.2.10',
    fromPort: side === 0 ? 40000 + iface : 80,
    toPort: side === 0 ? 80 : 40000 + iface,
    interface: iface,
  })
  stage.packet(from, wire(0)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
  stage.packet(from, wire(1)).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
  stage.packet(from, wire(0)).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
  stage.packet(to, wire(0)).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1, span: 100, bytes: 100 })
}

test('links that went down and came back, addresses and default routes that went; not how the host began', () => {
  const stage = new Stage({
    linkEvents: [
      link(0, 'address-added', 'upA: address 192.0.2.10/24 added', { subject: '192.0.2.10/24' }),
      link(0, 'route-added', 'route added: default via 192.0.2.1 dev upA', { subject: 'default' }),
      link(2, 'link-down', 'upA: carrier lost'),
      link(2.1, 'route-removed', 'route removed: default via 192.0.2.1 dev upA', { subject: 'default' }),
      link(2.1, 'route-removed', 'route removed: 198.51.100.0/24 dev upA', { subject: '198.51.100.0/24' }),
      link(5, 'link-up', 'upA: carrier is back'),
      link(7, 'link-down', 'upA: carrier lost'),
    ],
  })
  stage.finish(9)
  expect(told(stage)).toEqual([
    [2, 5, 'link-down', 'upA: carrier lost'],
    [2.1, null, 'route-removed', 'route removed: default via 192.0.2.1 dev upA'],
    [7, null, 'link-down', 'upA: carrier lost'],
  ])
})

test('a first hop that another router takes over, on the connections of that link alone', () => {
  const stage = new Stage()
  gateway(stage, 0, '192.0.2.2')
  connection(stage, 1, 3)
  connection(stage, 1, 3, 1)
  gateway(stage, 2, '192.0.2.3')
  connection(stage, 4, 5)
  stage.finish(9)
  expect(told(stage)).toEqual([[2, null, 'gateway-moved', 'VRRP group 7: 192.0.2.3 takes over from 192.0.2.2']])
  const marks = (id: string): string[] =>
    (stage.analyzer.session(id)?.timeline ?? []).filter((one) => one.kind === 'routing').map((one) => one.detail)
  expect([marks('s1'), marks('s2')]).toEqual([['VRRP group 7: 192.0.2.3 takes over from 192.0.2.2'], []])
})

test('a router that never offered a route has not ceased to', () => {
  const stage = new Stage()
  const advertise = (seconds: number, router: string, lifetime: number): void => {
    stage.frame(seconds).emit(SignalKind.Routing, {
      detail: {
        message: 'router-advertisement',
        router: stage.address(router),
        routerLifetime: lifetime,
        preference: 'medium',
        prefixes: [],
        routes: [],
        target: null,
        destination: null,
        mac: null,
      } as never,
    })
  }
  advertise(1, 'fe80::1', 0)
  advertise(2, 'fe80::2', 1800)
  advertise(3, 'fe80::2', 0)
  advertise(5, 'fe80::2', 1800)
  stage.finish(9)
  expect(told(stage)).toEqual([
    [1, null, 'router-gone', 'router advertisement of fe80::1 with lifetime 0: not a default router'],
    [3, 5, 'router-gone', 'router advertisement of fe80::2 with lifetime 0: no longer a default router'],
  ])
})

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000

test('a BGP connection that ends is told even where its routes were told before the capture', () => {
  const stage = new Stage()
  const wire: Wire = { protocol: SignalProtocol.Tcp, from: '192.0.2.1', to: '192.0.2.10', fromPort: 179, toPort: 40001 }
  connection(stage, 0, 3)
  stage.packet(2, wire).emit(SignalKind.Closed, {
    protocol: SignalProtocol.Bgp,
    detail: {
      message: 'NOTIFICATION',
      abrupt: true,
      final: true,
      authentication: 'A1',
      cause: 'Cease: Administratively shut down',
    } as never,
  })
  stage.finish(9)
  expect(told(stage)).toEqual([
    [2, null, 'bgp-ended', 'BGP connection of 192.0.2.1 with 192.0.2.10 ended (Cease: Administratively shut down)'],
  ])
  // it stands among the marks of what used that interface, and covers no address: no move is blamed on it
  expect(stage.analyzer.session('s1')?.timeline.filter((one) => one.kind === 'routing')).toHaveLength(1)
})
