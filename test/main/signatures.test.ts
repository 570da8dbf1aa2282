import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { PublicKey } from '../../dissectors/core/crypto.ts'
import { nodeCrypto } from '../../main/crypto-port.ts'

const data = new TextEncoder().encode('what was signed')
const zeros = (length: number): Uint8Array => new Uint8Array(length)

describe('signatures of the crypto port', () => {
  it.each<[string, PublicKey]>([
    ['an RSA modulus larger than anyone uses', { kind: 'rsa', exponent: Uint8Array.of(3), modulus: zeros(513).fill(0xff) }],
    ['an RSA exponent larger than anyone uses', { kind: 'rsa', exponent: zeros(5).fill(0xff), modulus: zeros(128).fill(0xff) }],
    ['a point that is not on the curve', { kind: 'ecdsa', curve: 'P-256', point: zeros(64).fill(1) }],
    ['a point of another length', { kind: 'ecdsa', curve: 'P-384', point: zeros(64) }],
    ['an EdDSA key of a wrong length', { kind: 'eddsa', curve: 'Ed25519', key: zeros(5) }],
    ['bytes that are no SubjectPublicKeyInfo', { kind: 'spki', der: zeros(40).fill(0x30) }],
    ['a SubjectPublicKeyInfo that is too long', { kind: 'spki', der: zeros(5000) }],
  ])('cannot tell: %s', (_, key) => {
    expect(nodeCrypto.verify(key, 'sha256', data, zeros(64))).toBeNull()
  })

  it('EdDSA and SubjectPublicKeyInfo keys, right and wrong; a signature of any length does not throw', () => {
    const ed = generateKeyPairSync('ed25519')
    const raw = Buffer.from(ed.publicKey.export({ format: 'jwk' }).x as string, 'base64url')
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const spki = ec.publicKey.export({ format: 'der', type: 'spki' })
    const eddsa: PublicKey = { kind: 'eddsa', curve: 'Ed25519', key: raw }
    const curve: PublicKey = { kind: 'spki', der: spki }
    const other = new TextEncoder().encode('something else')
    const signed = sign(null, data, ed.privateKey)
    const point = sign('sha384', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' })
    expect([
      nodeCrypto.verify(eddsa, 'sha256', data, signed),
      nodeCrypto.verify(eddsa, 'sha256', other, signed),
      nodeCrypto.verify(curve, 'sha384', data, point),
      nodeCrypto.verify(curve, 'sha384', other, point),
      nodeCrypto.verify(curve, 'sha256', data, point),
      ...[0, 1, 63, 97, 4096].map((length) => nodeCrypto.verify(curve, 'sha384', data, zeros(length))),
    ]).toEqual([true, false, true, false, false, false, false, false, false, false])
  })

  it('digests by name', () => {
    const hex = (name: 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'): string =>
      Buffer.from(nodeCrypto.digest(name, zeros(0))).toString('hex')
    expect([hex('md5'), hex('sha1'), hex('sha256').slice(0, 16), hex('sha384').slice(0, 16), hex('sha512').slice(0, 16)]).toEqual([
      'd41d8cd98f00b204e9800998ecf8427e',
      'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      'e3b0c44298fc1c14',
      '38b060a751ac9638',
      'cf83e1357eefb8bd',
    ])
  })
})
