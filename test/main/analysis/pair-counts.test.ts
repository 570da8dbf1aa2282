/** What a path carried: packets are counted once each, however many units one holds, and for the session that they were of. */
import { expect, test } from 'vitest'
import { FlowTable } from '../../../dissectors/core/flows.ts'
import { emitIpv4Fragments } from '../../../dissectors/ip/emit.ts'
import { emitIpv6Fragments } from '../../../dissectors/ipv6/emit.ts'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitUdp, emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { FlowShares } from '../../../main/analysis/sessions/flow-shares.ts'
import { SignalKind, UnitSpace } from '../../../shared/signals.ts'
import { Association } from './stage.ts'
import { after, WireStage } from './wire-stage.ts'

test('several DATA chunks in one SCTP packet are one packet of its path', () => {
  const association = new Association().open()
  const { stage } = association
  for (let packet = 0; packet < 4; packet++) {
    stage.packet(1 + packet / 10, association.wire(0, 0), 1200)
    for (let chunk = 0; chunk < 6; chunk++)
      stage.emit(SignalKind.Payload, {
        token: association.token(0),
        space: UnitSpace.Tsn,
        unit: packet * 6 + chunk + 1,
        span: 1,
        bytes: 180,
      })
  }
  stage.finish()
  const pairs = stage.analyzer.session('s1')?.pairs.filter((pair) => pair.payloadBytes > 0)
  // four packets of the handshake, of 100 bytes each, and four with data
  expect(pairs?.map(({ packets, bytes, payloadBytes }) => ({ packets, bytes, payloadBytes }))).toEqual([
    { packets: 8, bytes: 4 * 100 + 4 * 1200, payloadBytes: 24 * 180 },
  ])
})

test('of ports used again each session has its own packets, and its own first and last', () => {
  const stage = new WireStage()
  const ask = { source: '192.0.2.10', destination: '203.0.113.53', sourcePort: 40000, destinationPort: 7001 }
  const answer = { source: ask.destination, destination: ask.source, sourcePort: 7001, destinationPort: 40000 }
  const small = emitUdpPacket(hex('0102030405'), ask)
  const large = emitUdpPacket(new Uint8Array(100), answer)
  // 60 s of silence end a session of UDP
  for (const [begin, answers] of [
    [0, 1],
    [100, 3],
    [300, 2],
  ] as const) {
    stage.packet(begin, small)
    for (let i = 1; i <= answers; i++) stage.packet(begin + i, large)
  }
  stage.finish()
  expect(
    stage.sessions().map(({ id, pairs }) => [id, ...pairs.map((p) => [p.packets, p.bytes, p.payloadBytes, after(p.first), after(p.last)])]),
  ).toEqual([
    ['s1', [2, 33 + 128, 105, 0, 1]],
    ['s2', [4, 33 + 3 * 128, 305, 100, 103]],
    ['s3', [3, 33 + 2 * 128, 205, 300, 302]],
  ])
  const { analyzer } = stage
  expect([-1, 0, 1, 2, 100, 103, 104, 302].map((second) => analyzer.sessionOfFlow(0, second * 1e9))).toEqual([0, 0, 0, 1, 1, 1, 2, 2])
  expect([analyzer.sessionOfFlow(0), analyzer.isShared(0)]).toEqual([2, true])
})

test.each([
  ['IPv4', '192.0.2.10', '203.0.113.53', 20],
  ['IPv6', '2001:db8::10', '2001:db8:f::53', 48],
])('a datagram of %s in fragments is as many packets of its path as it came in', (_name, source, destination, header) => {
  const stage = new WireStage()
  const ends = { source, destination, sourcePort: 40000, destinationPort: 7001 }
  const udp = emitUdp(new Uint8Array(3000), ends)
  const fragments = source.includes(':')
    ? emitIpv6Fragments(udp, 1400, 77, { source, destination, nextHeader: 17 })
    : emitIpv4Fragments(udp, 1400, { source, destination, protocol: 17, id: 77 })
  fragments.forEach((bytes, i) => {
    stage.packet(1 + i / 100, bytes)
  })
  // of a datagram that never becomes whole nothing is known
  stage.packet(2, fragments[0] as Uint8Array)
  stage.finish()
  const [pair] = stage.one('udp').pairs
  expect([pair?.packets, pair?.bytes, pair?.payloadBytes, after(pair?.first ?? 0), after(pair?.last ?? 0)]).toEqual([
    3,
    3008 + 3 * header,
    3000,
    1,
    1.02,
  ])
})

test('of a flow that many sessions had, none is searched for: each is looked at once for all questions of a moment', () => {
  const flows = new FlowTable()
  const shares = new FlowShares(flows)
  const sessions = 5000
  for (let session = 0; session < sessions; session++) {
    if (session > 0) shares.pass(0, session - 1, session)
    flows.count1(0, 0, 100 + session, session * 61e9, 0, 64)
  }
  let looked = 0
  // every odd one was merged into the one before it
  const survivorOf = (session: number): number => {
    looked++
    return session - (session % 2)
  }
  const of = (session: number) => shares.of(0, session, 1, survivorOf)
  expect([of(0), of(4), of(5)]).toEqual([
    { packets: 2, bytes: 100 + 101, last: 61e9, after: Number.NEGATIVE_INFINITY },
    { packets: 2, bytes: 104 + 105, last: 5 * 61e9, after: 3 * 61e9 },
    null,
  ])
  for (let session = 0; session < sessions; session++) of(session)
  expect(looked).toBe(sessions)
  shares.of(0, 0, 2, survivorOf)
  expect(looked).toBe(2 * sessions)
})
