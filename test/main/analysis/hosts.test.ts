/** Hosts and what multihoming was worth to them (draft-ernst-generic-goals-and-benefits-01; rehoming.md section 7). */
import { describe, expect, test } from 'vitest'
import type { HostReport } from '../../../shared/report.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { Association, Connection, Stage } from './stage.ts'

const hostWith = (stage: Stage, address: string): HostReport =>
  stage.analyzer.report([], '0').hosts.find((h) => h.addresses.includes(address)) as HostReport

function moved(): Association {
  const association = new Association().open().heartbeat(0.5, 0, 1, 'h').heartbeat(0.52, 1, 1, 'h', true)
  for (let i = 1; i <= 100; i++) association.data(1 + i / 10, 0, 0, i).sack(1.02 + i / 10, 1, 0, i)
  association.data(11.1, 0, 0, 101).data(12.1, 0, 1, 101).sack(12.12, 1, 1, 101)
  for (let i = 102; i <= 160; i++) association.data(2 + i / 10, 0, 1, i).sack(2.02 + i / 10, 1, 1, i)
  association.stage.finish(30)
  return association
}

describe('a host with two links that survived a failure', () => {
  const host = hostWith(moved().stage, Association.A[0] as string)
  test('is one host, case 2, on both interfaces', () => {
    expect([host.case, host.addresses, host.interfaces]).toEqual(['case2', [...Association.A].sort(), ['upA', 'upB']])
  })
  test.each([
    ['permanentAccess', 100, /^no link was seen to go down; 0 sessions broke$/],
    ['redundancy', 98, /^1 of 1 failures survived, median outage [\d.]+ m?s$/],
    ['biCasting', 0, /^no data was sent twice on purpose$/],
    ['loadBalancing', null, /^needs 10 flows over 2 interfaces; 1 over 2 were seen$/],
    ['preferenceSettings', 0, /^no preference was named: implicit default$/],
  ])('%s is %s', (benefit, score, why) => {
    expect(host.benefits[benefit]).toBe(score)
    expect(host.benefitDetails?.[benefit]?.why).toMatch(why)
  })
  test('its failures were survived, all of them', () => {
    expect(host.indices?.goals.survivability).toBe(100)
  })
})

test('the peer, whose links were not captured and whose addresses are of one prefix, is not taken for multihomed', () => {
  const peer = hostWith(moved().stage, Association.B[0] as string)
  expect([peer.case, peer.interfaces, peer.benefitDetails]).toEqual(['none', undefined, undefined])
})

test('a session that was lost with its link counts against redundancy and access', () => {
  const down = { message: 'upA: carrier lost', what: 'link-down' as const, interfaceName: 'upA', subject: null }
  const connection = new Connection(new Stage({ linkEvents: [{ time: 5.05e9, line: 1, detail: down }] })).open().join(1, 1)
  for (let i = 0; i < 50; i++) connection.data(i / 10, 0, 0, 1 + i * 1000).ack(i / 10 + 0.02, 1, 0, 1001 + i * 1000)
  connection.data(2, 0, 1, 900_001).ack(2.02, 1, 1, 901_001)
  connection.stage.finish(50)
  const host = hostWith(connection.stage, Connection.H[0] as string)
  expect([host.case, host.benefits.redundancy, host.benefits.permanentAccess]).toEqual(['case2', 0, 95])
})

test('flows that each go to the idle interface are balanced, flows that never do are not', () => {
  const run = (balanced: boolean): number | null | undefined => {
    const stage = new Stage({
      interfaces: [
        { id: 0, name: 'upA', addresses: ['192.0.2.10'] },
        { id: 1, name: 'upB', addresses: ['198.51.100.10'] },
      ],
    })
    for (let n = 0; n < 20; n++) {
      const side = balanced ? n % 2 : 0
      const from = side === 0 ? '192.0.2.10' : '198.51.100.10'
      const wire = { protocol: SignalProtocol.Udp, from, to: '203.0.113.5', fromPort: 5000 + n, toPort: 53, interface: side }
      for (let k = 0; k < 10; k++)
        stage.packet(n * 10 + k, wire).emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: n * 100 + k, span: 1, bytes: 1000 })
      const echo = { ...wire, from: '203.0.113.5', to: from, fromPort: 53, toPort: 5000 + n, hops: 57 }
      stage.packet(n * 10 + 9.5, echo).emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: n * 100 + 50, span: 1, bytes: 10 })
    }
    // one flow on the other link, so that it is in use
    if (!balanced) {
      const other = { protocol: SignalProtocol.Udp, from: '198.51.100.10', to: '203.0.113.5', fromPort: 6000, toPort: 53, interface: 1 }
      stage.packet(201, other).emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: 9999, span: 1, bytes: 10 })
    }
    stage.finish(210)
    return hostWith(stage, '192.0.2.10').benefits.loadBalancing
  }
  expect(run(true)).toBeGreaterThan(80)
  expect(run(false)).toBe(0)
})

test('a host with one address is not multihomed: nothing is scored', () => {
  const connection = new Connection().open()
  for (let i = 0; i < 10; i++) connection.data(i / 10, 0, 0, 1 + i * 1000).ack(i / 10 + 0.02, 1, 0, 1001 + i * 1000)
  connection.stage.finish(5)
  const host = hostWith(connection.stage, Connection.R)
  expect([host.case, host.benefitDetails, Object.values(host.benefits).every((b) => b === null)]).toEqual(['none', undefined, true])
})

describe('a capture on a link between machines', () => {
  const groups = (...macs: (string | undefined)[]): string[][] => {
    const stage = new Stage({ interfaces: [{ id: 0, name: null, addresses: [] }] })
    const own = ['192.0.2.10', '198.51.100.10']
    const router = macs[0] === undefined ? undefined : '02:00:00:00:00:fe'
    for (let i = 0; i < 8; i++) {
      const [from, mac] = [own[i % 2] as string, macs[i % 2]]
      const ends = { protocol: SignalProtocol.Udp, fromPort: 40000, toPort: 7001 }
      stage
        .packet(i, { ...ends, from, to: '203.0.113.9', fromMac: mac, toMac: router })
        .emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: i, span: 1, bytes: 50 })
      stage
        .packet(i + 0.1, { ...ends, from: '203.0.113.9', to: from, fromPort: 7001, toPort: 40000, hops: 57, fromMac: router, toMac: mac })
        .emit(SignalKind.Payload, { space: UnitSpace.Datagram, unit: 100 + i, span: 1, bytes: 50 })
    }
    stage.finish()
    return stage.analyzer.report([], '0').hosts.map((h) => h.addresses)
  }
  test('has a host for each card on it', () => {
    expect(groups('02:00:00:00:00:01', '02:00:00:00:00:02')).toEqual([['192.0.2.10'], ['203.0.113.9'], ['198.51.100.10']])
  })
  test.each([
    ['one card', '02:00:00:00:00:01'],
    ['no link layer', undefined],
  ])('addresses of %s are one host', (_name, mac) => {
    expect(groups(mac, mac)).toEqual([['192.0.2.10', '198.51.100.10'], ['203.0.113.9']])
  })
})
