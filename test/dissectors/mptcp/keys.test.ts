import { describe, expect, test } from 'vitest'
import { addressHmac, deriveKey, joinHmac } from '../../../dissectors/mptcp/keys.ts'
import { nodeCrypto } from '../../../main/crypto-port.ts'
import { hexBytes } from '../tcp/bench.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const word = (value: number): string => value.toString(16).padStart(8, '0')

const keyA = hexBytes('0102030405060708')
const keyB = hexBytes('1112131415161718')
const nonceA = 0xa1a2a3a4
const nonceB = 0xb1b2b3b4

describe('what MPTCP derives from its keys', () => {
  test.each([
    [0, keyA, 'dd5783bc', '3a95ed6e4ebb4ad5'],
    [0, keyB, '3383d918', '9e1ae42f702627a9'],
    [1, keyA, '66840dda', 'f5a101d3d29d6f72'],
    [1, keyB, 'ccad45ac', '535beea38e087c8e'],
  ] as const)('version %i: token and initial data sequence number', (version, key, token, initial) => {
    const derived = deriveKey(nodeCrypto, version, key)
    expect({ token: word(derived.token), initial: word(derived.initialHigh) + word(derived.initialLow) }).toEqual({ token, initial })
  })

  test.each([
    [0, 'f983baffc3c12488', '5f9d9b1144766ae5a6402e4bc813bf52fad0199b'],
    [1, '864b40428762fd06', '53037f2899475529844115fd07e665d23d3554fb'],
  ] as const)('version %i: HMACs of a join', (version, answer, ack) => {
    expect({
      answer: hex(joinHmac(nodeCrypto, version, keyB, keyA, nonceB, nonceA).subarray(0, 8)),
      ack: hex(joinHmac(nodeCrypto, version, keyA, keyB, nonceA, nonceB).subarray(0, 20)),
    }).toEqual({ answer, ack })
  })

  test.each([
    [5, 'c0000221', 0, 'ef02ed629a7eaad1'],
    [5, 'c0000221', 8080, 'b6c7103495ca3a9e'],
    [7, '20010db8000b00000000000000000033', 0, '5467d63b0ebb000c'],
  ])('ADD_ADDR id %i of %s port %i', (id, address, port, expected) => {
    expect(hex(addressHmac(nodeCrypto, keyA, keyB, id, hexBytes(address), port))).toBe(expected)
  })
})
