/** Who a datagram is for is told by its own frame: an ARP request to everybody just before it makes it none for everybody. */
import { expect, test } from 'vitest'
import { emitArpFrame } from '../../../dissectors/arp/emit.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitEthernet } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { WireStage } from './wire-stage.ts'

const EVERYBODY = 'ff:ff:ff:ff:ff:ff'
const datagram = (destination: string, mac?: string) =>
  emitEthernet(
    emitUdpPacket(new Uint8Array(20).fill(7), { source: '192.0.2.10', destination, sourcePort: 40000, destinationPort: 7001 }),
    mac === undefined ? {} : { destination: mac },
  )

test.each([
  ['to a host, after a request to everybody', datagram('203.0.113.9'), 'One packet on upA at 1.000 s, not answered', undefined],
  [
    'to everybody of a prefix',
    datagram('192.0.2.255', EVERYBODY),
    'One datagram to everybody on the link (broadcast) on upA at 1.000 s: not expected to be answered',
    'broadcast',
  ],
  [
    'to a group',
    datagram('224.0.0.251', '01:00:5e:00:00:fb'),
    'One datagram to a multicast group on upA at 1.000 s: not expected to be answered',
    'multicast',
  ],
] as const)('%s', (_name, frame, headline, audience) => {
  const stage = new WireStage()
  stage.frame(0.9, emitArpFrame({ opcode: 1, senderMac: '02:00:00:00:00:01', sender: '192.0.2.10', target: '192.0.2.1' }))
  stage.frame(1, frame).finish(3)
  expect(stage.one('udp')).toMatchObject({ headline })
  expect([stage.one('udp').audience, stage.analyzer.brief(0).audience]).toEqual([audience, audience])
})

test('a datagram in a tunnel whose frames go to everybody', () => {
  const inner = emitUdpPacket(new Uint8Array(20).fill(7), {
    source: '10.0.0.1',
    destination: '10.0.0.2',
    sourcePort: 40000,
    destinationPort: 7001,
  })
  const outer = emitIpv4(inner, { source: '192.0.2.10', destination: '203.0.113.9', protocol: 4 })
  const stage = new WireStage().frame(1, emitEthernet(outer, { destination: EVERYBODY })).finish(3)
  expect(stage.one('udp').headline).toBe('One packet on upA at 1.000 s, not answered')
})

test('a datagram to a host after one to everybody', () => {
  const stage = new WireStage()
  stage.frame(0.5, datagram('192.0.2.255', EVERYBODY)).frame(1, datagram('203.0.113.9')).finish(3)
  expect(stage.sessions().map((s) => s.headline)).toEqual([
    'One datagram to everybody on the link (broadcast) on upA at 0.500 s: not expected to be answered',
    'One packet on upA at 1.000 s, not answered',
  ])
})
