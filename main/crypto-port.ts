/**
 * Fills the dissectors' crypto port with node:crypto. Called for rare messages only (MPTCP keys, join HMACs, cookies), but a busy
 * server's capture has a million of them: what is short is hashed without leaving JavaScript, and of the rest one-shot hashes, where this
 * Node has them, cost a third of hash objects.
 */
import * as crypto from 'node:crypto'
import type { CryptoPort } from '../dissectors/core/crypto.ts'
import { shortHmacSha1, shortHmacSha256, shortSha1, shortSha256 } from '../dissectors/core/short-hashes.ts'
import { decrypt, headerMask, open } from './ciphers.ts'
import { verifySignature } from './signatures.ts'

type Digest = (data: Uint8Array) => Uint8Array

/** `crypto.hash` came with Node 20.12. */
function digestOf(name: 'sha1' | 'sha256'): Digest {
  const { hash } = crypto as { hash?: (algorithm: string, data: Uint8Array, encoding: 'buffer') => Uint8Array }
  if (hash === undefined) return (data) => crypto.createHash(name).update(data).digest()
  return (data) => hash(name, data, 'buffer')
}

/** HMAC of RFC 2104: two hashes over blocks of 64 bytes. The buffers are used again; nothing here is asynchronous. */
function hmacOf(digest: Digest, size: number): (key: Uint8Array, data: Uint8Array) => Uint8Array {
  const BLOCK = 64
  const outer = new Uint8Array(BLOCK + size)
  let inner = new Uint8Array(BLOCK + 256)
  return (key, data) => {
    const secret = key.length > BLOCK ? digest(key) : key
    if (inner.length < BLOCK + data.length) inner = new Uint8Array(BLOCK + data.length * 2)
    for (let i = 0; i < BLOCK; i++) {
      const byte = i < secret.length ? (secret[i] as number) : 0
      inner[i] = byte ^ 0x36
      outer[i] = byte ^ 0x5c
    }
    inner.set(data, BLOCK)
    outer.set(digest(inner.subarray(0, BLOCK + data.length)), BLOCK)
    return digest(outer)
  }
}

/** up to here JavaScript is the faster one */
const SHORT = 128

const longSha1 = digestOf('sha1')
const longSha256 = digestOf('sha256')
const longHmacSha1 = hmacOf(longSha1, 20)
const longHmacSha256 = hmacOf(longSha256, 32)
const sha1: Digest = (data) => (data.length <= SHORT ? shortSha1(data) : longSha1(data))
const sha256: Digest = (data) => (data.length <= SHORT ? shortSha256(data) : longSha256(data))

const hmacSha256 = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  data.length <= SHORT ? shortHmacSha256(key, data) : longHmacSha256(key, data)

export const nodeCrypto: CryptoPort = {
  sha1,
  sha256,
  hmacSha1: (key, data) => (data.length <= SHORT ? shortHmacSha1(key, data) : longHmacSha1(key, data)),
  hmacSha256,
  digest: (hash, data) => (hash === 'sha1' ? sha1(data) : hash === 'sha256' ? sha256(data) : crypto.createHash(hash).update(data).digest()),
  verify: verifySignature,
  // Keys of QUIC and IKEv2 are made of many short ones.
  hmac: (hash, key, data) => (hash === 'sha256' ? hmacSha256(key, data) : crypto.createHmac(hash, key).update(data).digest()),
  decrypt,
  open,
  headerMask,
}
