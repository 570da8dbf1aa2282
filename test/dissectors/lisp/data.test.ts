import { describe, expect, it } from 'vitest'
import { controlPacket, dataPacket, mapRegister, record } from '../../../dissectors/lisp/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { anyBytes, Capture, hex } from '../mipv6/seen.ts'

const [X, X2, Y] = ['192.0.2.1', '198.51.100.1', '203.0.113.9'] as const
const [EX, EY] = ['2001:db8:e1::5', '2001:db8:e2::7'] as const
const forth = (data = 'cafe', ports: [number, number] = [4000, 7000]) =>
  emitUdpPacket(hex(data), { source: EX, destination: EY, sourcePort: ports[0], destinationPort: ports[1] })
const back = (data = 'cafe') => emitUdpPacket(hex(data), { source: EY, destination: EX, sourcePort: 7000, destinationPort: 4000 })
const PLAIN = '00000000 00000000'

describe('encapsulated data', () => {
  it('is one context whatever its locators; flows inside are told apart', () => {
    const capture = new Capture()
    const seen = [
      capture.packet(dataPacket(PLAIN, forth(), X, Y)),
      capture.packet(dataPacket(PLAIN, back(), Y, X)),
      capture.packet(dataPacket(PLAIN, forth(), X2, Y)),
      capture.packet(dataPacket(PLAIN, forth('cafe', [4001, 7000]), X, Y)),
    ]
    expect(seen.map(({ signals }) => signals)).toEqual([
      [`opening 1.0 ${X} > ${Y} 'data' step=1 sender=eid:${EX} receiver=eid:${EY}`, `payload 1.0 ${X} > ${Y} bytes=2`],
      [`opened 1.1 ${Y} > ${X} 'data' step=2 sender=eid:${EY} receiver=eid:${EX}`, `payload 1.1 ${Y} > ${X} bytes=2`],
      [`payload 1.0 ${X2} > ${Y} bytes=2`],
      [`payload 1.0 ${X} > ${Y} bytes=2`],
    ])
    const [a, b, c, d] = seen.map(({ payloads }) => payloads[0] as { unit: number; sub: number })
    expect([a?.sub === b?.sub, a?.sub === c?.sub, a?.sub === d?.sub, a?.unit === c?.unit]).toEqual([true, true, false, true])
  })

  it('the same EIDs in another instance are another pair', () => {
    const capture = new Capture()
    capture.packet(dataPacket(PLAIN, forth(), X, Y))
    expect(capture.packet(dataPacket('08000000 00000700', forth(), X, Y)).signals).toEqual([
      `opening 2.0 ${X} > ${Y} 'data' step=1 sender=eid:${EX}+instance:7 receiver=eid:${EY}+instance:7`,
      `payload 2.0 ${X} > ${Y} bytes=2`,
    ])
  })

  it('a status bit that falls withdraws the locator that the mapping has at its place', () => {
    const capture = new Capture()
    const sites = [
      record('2001:db8::', 32, 60, [[Y, 1, 1]]),
      record('2001:db8:e1::', 48, 60, [
        [X, 1, 50],
        [X2, 1, 50],
      ]),
    ]
    capture.packet(controlPacket(mapRegister('0000000000000001', true, sites), X, Y))
    capture.packet(dataPacket('40000000 00000003', forth(), X, Y))
    const news = (status: string) => capture.packet(dataPacket(`40000000 ${status}`, forth(), X, Y)).signals.slice(0, -1)
    expect([news('00000003'), news('00000001'), news('00000005')]).toEqual([
      [],
      [`withdrawn 1.0 ${X} > ${Y} 'locator status bit 1 cleared' address=${X2} addressId=1 how=signalled authentication=A0`],
      [`claimed 1.0 ${X} > ${Y} 'locator status bit 2 set' address=none addressId=2 how=signalled authentication=A0`],
    ])
  })

  it('a nonce that comes back proves the pair, once; a version that changes is noted', () => {
    const capture = new Capture()
    capture.packet(dataPacket(PLAIN, forth(), X, Y))
    capture.packet(dataPacket(PLAIN, back(), Y, X))
    const seen = [
      dataPacket('a00a0b0c 00000000', forth(), X, Y),
      dataPacket('a00a0b0c 00000000', forth(), X, Y),
      dataPacket('80ffffff 00000000', back(), Y, X),
      dataPacket('800a0b0c 00000000', back(), Y, X),
      dataPacket('800a0b0c 00000000', back(), Y, X),
      dataPacket('10001002 00000000', forth(), X, Y),
      dataPacket('10002002 00000000', forth(), X, Y),
    ].map((packet) => capture.packet(packet).signals.slice(0, -1))
    expect(seen).toEqual([
      [`probed 1.0 ${X} > ${Y} 'echo-nonce request' match=0a0b0c authentication=A0`],
      [],
      [],
      [
        `probe-answered 1.1 ${Y} > ${X} 'nonce echoed' match=0a0b0c authentication=A1`,
        `verified 1.1 ${Y} > ${X} 'nonce echoed' authentication=A1`,
      ],
      [],
      [],
      [`noted 1.0 ${X} > ${Y} 'map version 1 → 2'`],
    ])
  })
})

it('any bytes behind a data header', () => anyBytes((bytes) => dataPacket(PLAIN, bytes, X, Y)))
