import { describe, expect, it } from 'vitest'
import { hex } from '../../../dissectors/link/emit.ts'
import { emitCrypto } from '../../../dissectors/quic/emit.ts'
import {
  fullPacketNumber,
  initialKeys,
  initialSalts,
  packetKeys,
  retryTagFits,
  suiteById,
  updatedKeys,
} from '../../../dissectors/quic/protection.ts'
import { VERSION_1, VERSION_2 } from '../../../dissectors/quic/wire.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { Conversation } from './bench.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const DCID = hex('8394c8f03e515708')

describe('Initial keys (RFC 9001 appendix A.1, RFC 9369 appendix A.1)', () => {
  const cases: [number, 0 | 1, string, string, string][] = [
    [VERSION_1, 0, '1f369613dd76d5467730efcbe3b1a22d', 'fa044b2f42a3fd3b46fb255c', '9f50449e04a0e810283a1e9933adedd2'],
    [VERSION_1, 1, 'cf3a5331653c364c88f0f379b6067e37', '0ac1493ca1905853b0bba03e', 'c206b8d9b9f0f37644430b490eeaa314'],
    [VERSION_2, 0, '8b1a0bc121284290a29e0971b5cd045d', '91f73e2351d8fa91660e909f', '45b95e15235d6f45a6b19cbcb0294ba9'],
    [VERSION_2, 1, '82db637861d55e1d011f19ea71d5d2a7', 'dd13c276499c0249d3310652', 'edf6d05c83121201b436e16877593c3a'],
  ]
  it.each(cases)('version %s side %s', (version, side, key, iv, hp) => {
    const keys = initialKeys(nodeCrypto, initialSalts(version)[0] as Uint8Array, DCID, version)[side]
    expect([text(keys.key), text(keys.iv), text(keys.hp)]).toEqual([key, iv, hp])
  })
})

it('ChaCha20-Poly1305 keys, the next ones, and header mask (RFC 9001 appendix A.5)', () => {
  const suite = suiteById(0x1303)
  if (suite === null) throw new Error('ChaCha20 is missing')
  const secret = hex('9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b')
  const keys = packetKeys(nodeCrypto, suite, secret, VERSION_1)
  const mask = nodeCrypto.headerMask('chacha20', keys.hp, hex('5e5cd55c41f69080575d7999c25a5bfb')) as Uint8Array
  expect([text(keys.key), text(keys.iv), text(keys.hp), text(updatedKeys(nodeCrypto, keys).secret), text(mask.subarray(0, 5))]).toEqual([
    'c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8',
    'e0459b3474bdd0e44a41c144',
    '25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4',
    '1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9',
    'aefefe7d03',
  ])
})

it('Retry integrity tags (RFC 9001 appendix A.4, RFC 9369 appendix A.4)', () => {
  const first = hex('ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba')
  const second = hex('cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6')
  const broken = first.slice()
  broken[20] = (broken[20] as number) ^ 1
  const fits = (version: number, bytes: Uint8Array): boolean | null => retryTagFits(nodeCrypto, version, DCID, bytes, 0, bytes.length)
  expect([fits(VERSION_1, first), fits(VERSION_2, second), fits(VERSION_1, broken), fits(0xff00001d, first)]).toEqual([
    true,
    true,
    false,
    null,
  ])
})

it('packet numbers (RFC 9000 appendix A.3)', () => {
  const cases: [largest: number, truncated: number, length: number, full: number][] = [
    [0xa82f30ea, 0x9b32, 2, 0xa82f9b32],
    [-1, 0, 1, 0],
    [-1, 200, 1, 200],
    [255, 0, 1, 256],
    [300, 0xff, 1, 255],
    [0x1fffe, 1, 1, 0x20001],
  ]
  expect(cases.map(([largest, truncated, length]) => fullPacketNumber(largest, truncated, length))).toEqual(
    cases.map(([, , , full]) => full),
  )
})

describe('work that is not done', () => {
  it('passes that record nothing decrypt nothing while there are no keys', () => {
    const ciphers = (record: boolean): number => {
      const talk = new Conversation({ keys: false, record })
      let opened = 0
      const { headerMask } = talk.state.crypto
      const counted = (...args: Parameters<typeof headerMask>): Uint8Array | null => {
        opened++
        return headerMask(...args)
      }
      Object.defineProperty(talk.state, 'crypto', { value: { ...talk.state.crypto, headerMask: counted } })
      talk.clientInitial(emitCrypto(0, talk.clientHello()))
      return opened
    }
    expect([ciphers(false), ciphers(true) > 0]).toEqual([0, true])
  })
})
