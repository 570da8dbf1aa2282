/** Reference traces 4 to 7 of rehoming.md section 11: Shim6, Mobile IPv6, NAT rebinding and Happy Eyeballs; 4 and 5 as bytes. */
import { expect, test } from 'vitest'
import { emitIcmpv6 } from '../../../dissectors/icmpv6/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { bytes16, bytes32, hex, join } from '../../../dissectors/link/emit.ts'
import { authorizedUpdate, bindingAcknowledgement, emitMobile, emitMobility, mobilityHeader } from '../../../dissectors/mipv6/emit.ts'
import { Message } from '../../../dissectors/mipv6/wire.ts'
import { i1, i2, locatorList, payloadHeader, probe, r1, r2, validator } from '../../../dissectors/shim6/emit.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { BASE, opening, Stage, type Wire } from './stage.ts'
import { WireStage } from './wire-stage.ts'

test('trace 4: Shim6, REAP after 15 s of silence', () => {
  const [A, B, C, D] = ['2001:db8:a::1', '2001:db8:b::1', '2001:db8:c::9', '2001:db8:d::9'] as const
  const [TAG_I, TAG_R, NONCE] = [0x1111_2222_3333, 0x4444_5555_6666, 7] as const
  const check = validator(new Uint8Array(20))
  const list = (...addresses: string[]) => locatorList(1, ...addresses.map((address) => ({ address, method: 1 })))
  const stage = new WireStage()
  const put = (t: number, source: string, destination: string, nextHeader: number, bytes: Uint8Array): void => {
    const near = source === A || source === B
    const onB = source === B || destination === B
    stage.packet(t, emitIpv6(bytes, { source, destination, nextHeader }), { interface: onB ? 1 : 0, hops: near ? 64 : 57 })
  }
  const unit = (n: number, back: boolean) =>
    emitUdp(
      join(bytes32(n), new Uint8Array(60)),
      back ? { sourcePort: 7000, destinationPort: 4000 } : { sourcePort: 4000, destinationPort: 7000 },
    )
  put(0, A, C, 140, i1(TAG_I, NONCE))
  put(0.01, C, A, 140, r1(NONCE, 1, check))
  put(0.02, A, C, 140, i2(TAG_I, NONCE, 1, check, list(A, B)))
  put(0.03, C, A, 140, r2(TAG_R, NONCE, list(C, D)))
  for (let n = 1; n <= 50; n++) {
    put(n / 10, A, C, 17, unit(n, false))
    if (n < 50) put(n / 10 + 0.01, C, A, 17, unit(n + 1000, true))
  }
  put(20, A, C, 140, probe(TAG_R, 1, [{ source: A, destination: C, nonce: 1 }], []))
  put(20.5, B, D, 140, probe(TAG_R, 1, [{ source: B, destination: D, nonce: 2 }], []))
  put(21, D, B, 140, probe(TAG_I, 2, [{ source: D, destination: B, nonce: 3 }], [{ source: B, destination: D, nonce: 2 }]))
  for (let n = 0; n < 50; n++) {
    put(21.2 + n / 10, B, D, 140, payloadHeader(17, TAG_R, unit(2000 + n, false)))
    put(21.21 + n / 10, D, B, 140, payloadHeader(17, TAG_I, unit(3000 + n, true)))
  }
  stage.finish()
  const [move, ...more] = stage.analyzer.rehomings()
  expect(more).toEqual([])
  expect(move).toMatchObject({
    t: BASE + 21.2,
    label: 'REHOMED',
    from: { initiator: A, responder: C },
    to: { initiator: B, responder: D },
    moved: 'both',
    trigger: { class: 'heartbeat', score: 75 },
    verifiedBefore: true,
  })
  expect(move?.metrics.detection?.value).toBeCloseTo(15_000, -1)
})

test('trace 5: Mobile IPv6, a new care-of address after a router solicitation', () => {
  const [HOME, CN, A, B] = ['2001:db8:40::10', '2001:db8:c::80', '2001:db8:a::10', '2001:db8:b::10'] as const
  const [AGENT, HOME_TOKEN] = ['2001:db8:40::1', hex('0011223344556677')] as const
  const stage = new WireStage()
  const options = (careOf: string, hops = 64) => ({ interface: careOf === A ? 0 : 1, hops })
  const token = (index: number) => join(hex('8899aabbccddee'), [index])
  const bind = (t: number, careOf: string, index: number, early: number): void => {
    const proof = (type: Message, value: Uint8Array, destination: string) =>
      emitMobility(mobilityHeader(type, join(bytes16(index), hex('c00c1ec00c1ec00c'), value)), { source: CN, destination })
    const tunnelled = emitIpv6(proof(Message.HomeTest, HOME_TOKEN, HOME), { source: AGENT, destination: careOf, nextHeader: 41 })
    stage.packet(t - early, tunnelled, options(careOf, 60))
    stage.packet(t - early + 0.01, proof(Message.CareOfTest, token(index), careOf), options(careOf, 60))
    const tokens = { home: HOME_TOKEN, careOf: token(index), indices: [index, index] as const }
    const header = authorizedUpdate(nodeCrypto, tokens, { careOf, correspondent: CN }, { sequence: index, flags: 0x8000, lifetime: 105 })
    stage.packet(t, emitMobility(header, { source: careOf, destination: CN, home: HOME }), options(careOf))
    const answer = emitMobility(bindingAcknowledgement(0, index, 105), { source: CN, destination: careOf, finalDestination: HOME })
    stage.packet(t + 0.1, answer, options(careOf, 60))
  }
  const down = (t: number, n: number, careOf: string): void => {
    const datagram = emitUdp(join(bytes32(n), new Uint8Array(60)), {
      source: CN,
      destination: HOME,
      sourcePort: 7000,
      destinationPort: 4000,
    })
    stage.packet(t, emitMobile(datagram, 17, { source: CN, destination: careOf, finalDestination: HOME }), options(careOf, 60))
  }
  bind(1, A, 1, 0.2)
  for (let n = 0; n < 60; n++) down(1.5 + n / 10, n, A)
  stage.packet(7.6, emitIcmpv6(133, 0, new Uint8Array(4), { source: B, destination: 'ff02::2' }), { interface: 1, hops: 255 })
  bind(8, B, 2, 0.2)
  for (let n = 0; n < 60; n++) down(8.15 + n / 10, 100 + n, B)
  stage.finish()
  const [move, ...more] = stage.analyzer.rehomings()
  expect(more).toEqual([])
  expect(move).toMatchObject({ label: 'REHOMED', from: { initiator: A }, to: { initiator: B }, moved: 'initiator', signalled: true })
  expect(move?.t).toBeCloseTo(BASE + 8.15, 3)
  expect(['peer', 'link']).toContain(move?.trigger.class)
  expect(move?.trigger.candidates?.map((c) => `${c.class} ${c.score}`)).toContain('link 45')
})

test('trace 6: QUIC from another port is a NAT rebinding', () => {
  const stage = new Stage()
  const wire = (side: 0 | 1, port: number): Wire => ({
    protocol: SignalProtocol.Udp,
    from: side === 0 ? '192.0.2.10' : '203.0.113.10',
    to: side === 0 ? '203.0.113.10' : '192.0.2.10',
    fromPort: side === 0 ? port : 443,
    toPort: side === 0 ? 443 : port,
    hops: side === 0 ? 57 : 64,
  })
  const own = (side: 0 | 1) => ({ protocol: SignalProtocol.Quic, context: 1, token: 1, side })
  for (const [n, [t, side]] of (
    [
      [0, 0],
      [0.02, 1],
      [0.03, 0],
      [0.05, 1],
    ] as const
  ).entries()) {
    const detail = opening(n < 2 ? 'Initial' : '1-RTT', n + 1)
    stage.packet(t, wire(side, 40001)).emit(n === 3 ? SignalKind.Opened : SignalKind.Opening, { ...own(side), detail })
  }
  for (let n = 0; n < 200; n++) {
    const port = n < 100 ? 40001 : 40777
    for (const side of [0, 1] as const)
      stage
        .packet(1 + n / 10 + side / 50, wire(side, port))
        .emit(SignalKind.Payload, { ...own(side), space: UnitSpace.PacketNumber, unit: n, span: 1, bytes: 400 })
  }
  stage.finish()
  expect(stage.analyzer.rehomings()).toEqual([])
  expect(stage.analyzer.report([], '').sessions.map((s) => [s.protocol, s.labels.includes('NAT-REBIND')])).toEqual([['quic', true]])
})

test('trace 7: two SYNs 250 ms apart, v6 completes: one session', () => {
  const stage = new Stage({ interfaces: [{ id: 0, name: 'upA', addresses: ['192.0.2.10', '2001:db8:a:1::10'] }] })
  const wire = (six: boolean, back = false): Wire => {
    const [host, server] = six ? ['2001:db8:a:1::10', '2001:db8:f1:1::80'] : ['192.0.2.10', '203.0.113.10']
    const port = six ? 40001 : 40002
    const ends = back ? { from: server, to: host, fromPort: 443, toPort: port } : { from: host, to: server, fromPort: port, toPort: 443 }
    return { protocol: SignalProtocol.Tcp, ...ends, hops: back ? 57 : 64 } as Wire
  }
  stage.packet(1, wire(true)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
  stage.packet(1.25, wire(false)).emit(SignalKind.Opening, { detail: opening('SYN', 1) })
  stage.packet(1.3, wire(true, true)).emit(SignalKind.Opening, { detail: opening('SYN/ACK', 2) })
  stage.packet(1.31, wire(true)).emit(SignalKind.Opened, { detail: opening('ACK', 3) })
  for (let n = 0; n < 20; n++)
    stage.packet(2 + n / 10, wire(true)).emit(SignalKind.Payload, { space: UnitSpace.Seq, unit: 1 + n * 100, span: 100, bytes: 100 })
  stage.finish()
  const { sessions } = stage.analyzer.report([], '')
  expect(sessions.map((s) => [s.endpoints[1].locators[0]?.address, s.labels])).toEqual([['2001:db8:f1:1::80', ['SINGLE', 'PROBING']]])
})
