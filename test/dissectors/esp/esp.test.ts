import { describe, expect, it } from 'vitest'
import { emitAh } from '../../../dissectors/ah/emit.ts'
import { emitEsp } from '../../../dissectors/esp/emit.ts'
import { espInfo, hipPacket, withChecksum } from '../../../dissectors/hip/emit.ts'
import { emitIpv4 } from '../../../dissectors/ip/emit.ts'
import { emitIpv6 } from '../../../dissectors/ipv6/emit.ts'
import { join } from '../../../dissectors/link/emit.ts'
import { emitUdp } from '../../../dissectors/udp/emit.ts'
import { Bench, family } from '../hip/bench.ts'

const A = '192.0.2.1'
const B = '198.51.100.1'
const A6 = '2001:db8:a::1'
const B6 = '2001:db8:b::1'
const ESP = 50
const AH = 51

/** 00001001 00000007 5a5a5a5a5a5a5a5a */
const packet = emitEsp(0x1001, 7, new Uint8Array(8).fill(0x5a))

describe('ESP', () => {
  it.each([
    ['IPv4', emitIpv4(packet, { source: A, destination: B, protocol: ESP })],
    ['IPv6', emitIpv6(packet, { source: A6, destination: B6, nextHeader: ESP })],
  ])('over %s: SPI, sequence number, the rest encrypted; payload of its own', (_, bytes) => {
    const outcome = new Bench().packet(bytes)
    expect({ fields: family(outcome, 'esp'), signals: outcome.signals, stop: outcome.stop, info: outcome.info }).toEqual({
      fields: ['esp.spi 0x00001001', 'esp.sequence 7', 'esp.encrypted_data 5a5a5a5a5a5a5a5a'],
      signals: ['esp payload token=0x1001 space=5 unit=7 bytes=16'],
      stop: '',
      info: 'ESP (SPI=0x00001001)',
    })
  })

  it('an SPI of zero is never sent', () => {
    const outcome = new Bench().packet(emitIpv4(emitEsp(0, 1), { source: A, destination: B, protocol: ESP }))
    expect(outcome.stop).toBe('malformed')
  })

  it('needs eight bytes', () => {
    const whole = emitIpv4(packet, { source: A, destination: B, protocol: ESP })
    for (let length = 20; length < 28; length++) {
      expect(new Bench().packet(whole.slice(0, length), { wire: whole.length }).stop, `${length} captured`).toBe('cut')
      expect(new Bench().packet(whole.slice(0, length), { wire: whole.length }).signals).toEqual([])
    }
    expect(new Bench().packet(emitIpv4(packet.slice(0, 7), { source: A, destination: B, protocol: ESP })).stop).toBe('malformed')
  })

  it('quoted by an ICMP error: shown, but no payload', () => {
    // 03 01: host unreachable
    const quote = emitIpv4(packet.slice(0, 8), { source: A, destination: B, protocol: ESP, totalLength: 36 })
    const error = emitIpv4(join([3, 1, 0, 0, 0, 0, 0, 0], quote), { source: '203.0.113.1', destination: A, protocol: 1 })
    const outcome = new Bench().packet(error)
    expect({ fields: family(outcome, 'esp'), signals: outcome.signals, token: outcome.walk.quotedToken }).toEqual({
      fields: ['esp.spi 0x00001001', 'esp.sequence 7'],
      signals: [],
      token: 0x1001,
    })
  })
})

describe('whose SPI', () => {
  const I = '2001:21::1'
  const R = '2001:21::2'
  const hip = (type: number, source: string, destination: string, sender: string, receiver: string, spi: number): Uint8Array => {
    const bytes = withChecksum(hipPacket({ type, sender, receiver, parameters: [espInfo(0, spi)] }), source, destination)
    return emitIpv4(bytes, { source, destination, protocol: 139 })
  }
  const esp = (source: string, destination: string, spi: number): Uint8Array =>
    emitIpv4(emitEsp(spi, 1, new Uint8Array(32)), { source, destination, protocol: ESP })

  it('is the payload of the exchange that announced it, whatever the addresses; the announcer receives on it', () => {
    const bench = new Bench()
    bench.packet(hip(3, A, B, I, R, 0xaaaa))
    bench.packet(hip(4, B, A, R, I, 0xbbbb))
    expect(bench.packet(esp(A, B, 0xbbbb)).signals).toEqual(['hip payload #1> token=0xbbbb space=5 unit=1 bytes=40'])
    expect(bench.packet(esp('203.0.113.9', B, 0xbbbb)).signals).toEqual(['hip payload #1> token=0xbbbb space=5 unit=1 bytes=40'])
    expect(bench.packet(esp(B, A, 0xaaaa)).signals).toEqual(['hip payload #1< token=0xaaaa space=5 unit=1 bytes=40'])
    expect(family(bench.packet(esp(B, A, 0xaaaa)), 'esp')[1]).toBe('mh.esp.announced_by HIP')
  })

  it('both ends with one SPI: the address tells who sent', () => {
    const bench = new Bench()
    bench.packet(hip(3, A, B, I, R, 0x1000))
    bench.packet(hip(4, B, A, R, I, 0x1000))
    expect(bench.packet(esp(A, B, 0x1000)).signals[0]).toContain('#1>')
    expect(bench.packet(esp(B, A, 0x1000)).signals[0]).toContain('#1<')
  })

  it('a sender that uses the SPI it announced itself is still the sender', () => {
    const bench = new Bench()
    bench.packet(hip(3, A, B, I, R, 0xaaaa))
    bench.packet(hip(4, B, A, R, I, 0xbbbb))
    expect(bench.packet(esp(B, A, 0xbbbb)).signals[0]).toContain('#1<')
  })

  it('is not learned in a second pass', () => {
    const bench = new Bench()
    bench.state.frozen = true
    bench.packet(hip(3, A, B, I, R, 0xaaaa))
    bench.state.frozen = false
    expect(bench.packet(esp(B, A, 0xaaaa)).signals).toEqual(['esp payload token=0xaaaa space=5 unit=1 bytes=40'])
  })
})

describe('AH', () => {
  const inner = emitUdp(new Uint8Array([1, 2, 3, 4]), { sourcePort: 1000, destinationPort: 2000 })

  it.each([
    ['IPv4', (bytes: Uint8Array) => emitIpv4(bytes, { source: A, destination: B, protocol: AH })],
    ['IPv6', (bytes: Uint8Array) => emitIpv6(bytes, { source: A6, destination: B6, nextHeader: AH })],
  ])('over %s: its fields, payload by SPI, and what it protects', (_, carry) => {
    const outcome = new Bench().packet(carry(emitAh(17, 0x2002, 5, new Uint8Array(12).fill(0xcc), inner)))
    expect({ fields: family(outcome, 'ah'), signals: outcome.signals, stop: outcome.stop }).toEqual({
      fields: [
        'ah.next_header 17',
        'ah.length 4',
        'ah.reserved 0000',
        'ah.spi 0x00002002',
        'ah.sequence 5',
        'ah.icv cccccccccccccccccccccccc',
      ],
      signals: ['ah payload token=0x2002 space=5 unit=5 bytes=36'],
      stop: '',
    })
    expect(outcome.fields).toContain('udp.srcport 1000')
  })

  it('refuses a length below its fixed part, and one past the packet', () => {
    const bytes = emitAh(17, 1, 1, new Uint8Array(12), inner)
    for (const length of [0, 255]) {
      const wrong = bytes.slice()
      wrong[1] = length
      const outcome = new Bench().packet(emitIpv4(wrong, { source: A, destination: B, protocol: AH }))
      expect({ stop: outcome.stop, signals: outcome.signals }).toEqual({ stop: 'malformed', signals: [] })
    }
  })
})
