/** Packets that anybody can send in any number: what is kept of them, and what they cost, has an end. */
import { expect, it } from 'vitest'
import type { CryptoPort } from '../../../dissectors/core/crypto.ts'
import { StreamState } from '../../../dissectors/core/state.ts'
import { hex, join } from '../../../dissectors/link/emit.ts'
import { quicState } from '../../../dissectors/quic/state.ts'
import { emitUdpPacket } from '../../../dissectors/udp/emit.ts'
import { KeyStore } from '../../../main/keys/store.ts'
import { nodeCrypto, walkPacket } from '../core/record.ts'

/** vectors.md, quic-v1-initial; its destination connection id is at 34. */
const INITIAL = hex(
  '450000620001000040117c7fc0000201cb0071099c4001bb004e11cfcd00000001088394c8f03e51570800004034d925c60cd6b1897cd6689f55ef1239ba4b752db2e103e17c8cebd5c2f167b3c8b2267f05cab483a627fe4f08c5100fc85d7a570b',
)

it('of the connections that one address and port begins without end, the last 64 are looked through', () => {
  const state = new StreamState(nodeCrypto)
  const numbers: number[] = []
  for (let row = 0; row < 200; row++) {
    const bytes = INITIAL.slice()
    bytes[40] = row >> 8
    bytes[41] = row & 255
    const { walk } = walkPacket(bytes, { linkType: 101, state, row, record: false })
    numbers.push(state.of(quicState).ofFlow(walk.flow, row)?.number ?? 0)
  }
  // each packet finds its own; the first is that of what is still known
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  expect(state.of(quicState).ofFlow(0, 0)?.number).toBe(200 - 64 + 1)
})

/** The least Initial: version 1, an id of eight bytes that ends in `id`, no source id, no token, 20 bytes of length. */
const least = (id: number): Uint8Array =>
  hex(`c0 00000001 08 8394c8f03e51${id.toString(16).padStart(4, '0')} 00 00 4014 ${'11'.repeat(20)}`)
const datagram = (packets: readonly Uint8Array[]): Uint8Array =>
  emitUdpPacket(join(...packets), { source: '192.0.2.1', destination: '203.0.113.9', sourcePort: 40000, destinationPort: 443 })
const withKeys = (crypto: CryptoPort = nodeCrypto): StreamState => {
  const state = new StreamState(crypto)
  state.keys = new KeyStore([{ path: 'test.keys', text: `CLIENT_RANDOM ${'00'.repeat(32)} ${'00'.repeat(48)}` }])
  return state
}

it('a datagram of 1,700 packets tries keys some 200 times', () => {
  const packets = Array.from({ length: 1700 }, () => least(1))
  let trials = 0
  const counting: CryptoPort = {
    ...nodeCrypto,
    headerMask: (...given) => {
      trials++
      return nodeCrypto.headerMask(...given)
    },
  }
  const { walk } = walkPacket(datagram(packets), { linkType: 101, state: withKeys(counting), record: false })
  expect(walk.stopReason).toBe('packet needs more work than one packet may take')
  expect(trials).toBeGreaterThan(100)
  expect(trials).toBeLessThanOrEqual(200)
})

it('behind a packet of one connection none begins another (RFC 9000 section 12.2)', () => {
  const state = withKeys()
  const { walk } = walkPacket(datagram([least(1), least(2), least(3)]), { linkType: 101, state, record: false })
  const next = walkPacket(datagram([least(4)]), { linkType: 101, state, row: 1, record: false })
  const quic = state.of(quicState)
  expect([walk.flow, next.walk.flow, quic.ofFlow(0, 0)?.number, quic.ofFlow(0, 1)?.number]).toEqual([0, 0, 1, 2])
})

it('flows that no connection id was found on are remembered, 50,000 of them', () => {
  const quic = new StreamState(nodeCrypto).of(quicState)
  const walk = { state: { frozen: false }, quoted: false, flow: 0, limit: 0, bytes: new Uint8Array(0) }
  for (walk.flow = 0; walk.flow < 60_000; walk.flow++) quic.cidAt(walk as unknown as Parameters<typeof quic.cidAt>[0], 0)
  expect((quic as unknown as { tries: Map<number, number> }).tries.size).toBe(50_000)
})
