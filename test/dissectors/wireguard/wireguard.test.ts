/** WireGuard messages: found by their bytes on any port, their fields as tshark names them, and the signals they make. */
import { describe, expect, it } from 'vitest'
import { StreamState } from '../../../dissectors/core/state.ts'
import { hex, join } from '../../../dissectors/link/emit.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { emitCookieReply, emitInitiation, emitResponse, emitTransport } from '../../../dissectors/wireguard/emit.ts'
import { SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

const INITIATOR = '192.0.2.10'
const RESPONDER = '203.0.113.10'
const over = (payload: Uint8Array, port = 5555) =>
  emitUdpPacket(payload, { source: INITIATOR, destination: RESPONDER, sourcePort: 40000, destinationPort: port })
const raw = { linkType: 101 }
const chain = (payload: Uint8Array, port?: number, state = new StreamState(nodeCrypto)): string =>
  walkPacket(over(payload, port), { ...raw, state })
    .values('frame.protocols')
    .join()

describe('fields', () => {
  const cases: [string, Uint8Array, string[]][] = [
    [
      'handshake initiation',
      emitInitiation(0xaabbccdd),
      [
        'wg.type 1',
        'wg.reserved 000000',
        'wg.sender 0xaabbccdd',
        'wg.ephemeral AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
        'wg.mac1 030405060708090a0b0c0d0e0f101112',
        'wg.mac2 00000000000000000000000000000000',
      ],
    ],
    [
      'handshake response',
      emitResponse(0x22222222, 0xaabbccdd),
      [
        'wg.type 2',
        'wg.reserved 000000',
        'wg.sender 0x22222222',
        'wg.receiver 0xaabbccdd',
        'wg.ephemeral AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
        'wg.mac1 02030405060708090a0b0c0d0e0f1011',
        'wg.mac2 00000000000000000000000000000000',
      ],
    ],
    [
      'cookie reply',
      emitCookieReply(0xaabbccdd),
      [
        'wg.type 3',
        'wg.reserved 000000',
        'wg.receiver 0xaabbccdd',
        'wg.nonce 000102030405060708090a0b0c0d0e0f1011121314151617',
        'wg.encrypted_cookie 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20',
      ],
    ],
  ]
  it.each(cases)('%s', (_name, payload, fields) => {
    const seen = walkPacket(over(payload), raw)
    expect([seen.values('frame.protocols'), seen.stop, seen.family('wg')]).toEqual([['raw:ip:udp:wg'], '', fields])
  })

  it('transport data with a 64-bit counter, and a keepalive', () => {
    const counted = join(hex('04000000 78563412 0500000001000000'), new Uint8Array(32))
    expect(walkPacket(over(counted, 51820), raw).family('wg')).toEqual([
      'wg.type 4',
      'wg.reserved 000000',
      'wg.receiver 0x12345678',
      'wg.counter 4294967301',
    ])
    const marks = [1, 0].map((size) => {
      const seen = walkPacket(over(emitTransport(1, 7, size), 51820), raw)
      return ['wg.encrypted_packet', 'wg.keepalive'].map((name) => seen.values(name).length)
    })
    expect(marks).toEqual([
      [1, 0],
      [1, 1],
    ])
  })
})

describe('what is WireGuard and what only looks like it', () => {
  it('transport data is known by its port, its flow, or an index that a handshake named', () => {
    const state = new StreamState(nodeCrypto)
    const data = emitTransport(0xaabbccdd, 0, 100)
    expect(chain(data, 5555, state)).toBe('raw:ip:udp:data')
    expect(chain(data, 51820, new StreamState(nodeCrypto))).toBe('raw:ip:udp:wg')
    chain(emitInitiation(0xaabbccdd), 5555, state)
    expect([chain(data, 5555, state), chain(data, 7777, state), chain(emitTransport(9, 0, 100), 7777, state)]).toEqual([
      'raw:ip:udp:wg',
      'raw:ip:udp:wg',
      'raw:ip:udp:data',
    ])
  })

  const others: [string, Uint8Array][] = [
    ['one byte too many', join(emitInitiation(1), hex('00'))],
    ['reserved bytes that are not zero', join(hex('01000001'), emitInitiation(1).subarray(4))],
    ['another type', join(hex('05000000'), emitInitiation(1).subarray(4))],
    ['a response cut short by its sender', emitResponse(1, 2).subarray(0, 91)],
    ['data that is not padded', join(emitTransport(1, 0, 16), hex('00'))],
    ['data without a tag', emitTransport(1, 0, 0).subarray(0, 16)],
    ['four bytes', hex('01000000')],
  ]
  it.each(others)('%s is not', (_name, payload) => {
    expect(chain(payload, 51820)).toBe('raw:ip:udp:data')
  })
})

describe('signals', () => {
  it('handshakes name indices, data counts, a keepalive is no data', () => {
    const state = new StreamState(nodeCrypto)
    const seen = [emitInitiation(0x11111111), emitTransport(0x11111111, 5, 40), emitTransport(0x11111111, 6, 0)].map((payload, row) =>
      walkPacket(over(payload), { ...raw, state, row }),
    )
    const index = { kind: 'receiver-index', value: '0x11111111' }
    expect(seen.map(({ signals }) => signals.map(({ kind, unit, bytes, detail }) => ({ kind, unit, bytes, detail })))).toMatchObject([
      [{ kind: SignalKind.Opening, detail: { message: 'Handshake Initiation', step: 1, sender: [index], receiver: [] } }],
      [{ kind: SignalKind.Payload, unit: 5, bytes: 64, detail: null }],
      [{ kind: SignalKind.Probed, detail: { message: 'Keepalive', match: '6' } }],
    ])
    const { signal } = (seen[1] as (typeof seen)[number]).walk
    expect([signal.protocol, signal.token]).toEqual([SignalProtocol.Wireguard, 0x11111111])
  })
})
