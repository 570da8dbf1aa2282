/**
 * Signatures of the crypto port with node:crypto: RSA, DSA, ECDSA and EdDSA keys as protocols carry them. Never throws: bytes that are no
 * key, and keys larger than anyone uses, answer null ('cannot tell'); a signature that does not fit its key is false.
 * Cost: some 50 microseconds; only called for signalling messages.
 */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { HashName, PublicKey } from '../dissectors/core/crypto.ts'

/** 4,096 bits; larger ones cost milliseconds and are met only in attacks */
const MAX_RSA_MODULUS = 512
const MAX_RSA_EXPONENT = 4
const MAX_SPKI = 4_096

const CURVES: Readonly<Record<string, { name: string; size: number }>> = {
  'P-256': { name: 'P-256', size: 32 },
  'P-384': { name: 'P-384', size: 48 },
}
const OID_DSA = Uint8Array.of(0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01)

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/** DER: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Uint8Array.from([tag, ...size]), content])
}

function derInteger(bytes: Uint8Array): Uint8Array {
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes)
}

function keyObject(key: PublicKey): KeyObject | null {
  switch (key.kind) {
    case 'rsa':
      if (key.modulus.length > MAX_RSA_MODULUS || key.exponent.length > MAX_RSA_EXPONENT) return null
      return createPublicKey({ key: { kty: 'RSA', n: base64(key.modulus), e: base64(key.exponent) }, format: 'jwk' })
    case 'ecdsa': {
      const curve = CURVES[key.curve]
      // SEC 1 section 2.3.3: 04 stands before an uncompressed point; some protocols leave it out.
      const point = curve !== undefined && key.point.length === 2 * curve.size + 1 && key.point[0] === 4 ? key.point.subarray(1) : key.point
      if (curve === undefined || point.length !== 2 * curve.size) return null
      const jwk = { kty: 'EC', crv: curve.name, x: base64(point.subarray(0, curve.size)), y: base64(point.subarray(curve.size)) }
      return createPublicKey({ key: jwk, format: 'jwk' })
    }
    case 'dsa': {
      if (key.p.length > MAX_RSA_MODULUS) return null
      const parameters = der(0x30, derInteger(key.p), derInteger(key.q), derInteger(key.g))
      const bits = der(0x03, Uint8Array.of(0), derInteger(key.y))
      const spki = der(0x30, der(0x30, OID_DSA, parameters), bits)
      return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    }
    case 'eddsa':
      return createPublicKey({ key: { kty: 'OKP', crv: key.curve, x: base64(key.key) }, format: 'jwk' })
    case 'spki':
      if (key.der.length > MAX_SPKI) return null
      return createPublicKey({ key: Buffer.from(key.der), format: 'der', type: 'spki' })
  }
}

export function verifySignature(key: PublicKey, hash: HashName, data: Uint8Array, signature: Uint8Array): boolean | null {
  let object: KeyObject | null
  try {
    object = keyObject(key)
  } catch {
    return null
  }
  if (object === null) return null
  if (object.asymmetricKeyType === 'rsa' && (object.asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA_MODULUS * 8) return null
  try {
    if (key.kind === 'eddsa') return verify(null, data, object, signature)
    if (object.asymmetricKeyType === 'rsa')
      return (
        verify(hash, data, { key: object, padding: constants.RSA_PKCS1_PADDING }, signature) ||
        verify(hash, data, { key: object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }, signature)
      )
    return verify(hash, data, { key: object, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}
