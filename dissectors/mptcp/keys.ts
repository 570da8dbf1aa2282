/**
 * What MPTCP derives from its keys: token, initial data sequence number and the HMACs of joins and address announcements
 * (RFC 8684 sections 3.1, 3.2, 3.4.1; RFC 6824 with SHA-1). Runs on handshake packets only. Keys themselves never leave this folder:
 * they are secrets of a live connection.
 */
import type { CryptoPort } from '../core/crypto.ts'

/** A key and what was hashed from it, as five signed words: such numbers are no objects of their own, as an array of eight bytes is two. */
export class Key {
  constructor(
    private readonly high: number,
    private readonly low: number,
    private readonly hashed: number,
    private readonly sequenceHigh: number,
    private readonly sequenceLow: number,
  ) {}

  get token(): number {
    return this.hashed >>> 0
  }
  get initialHigh(): number {
    return this.sequenceHigh >>> 0
  }
  get initialLow(): number {
    return this.sequenceLow >>> 0
  }
  /** Made when asked for: handshakes do. */
  get bytes(): Uint8Array {
    const bytes = new Uint8Array(8)
    put(bytes, 0, this.high)
    put(bytes, 4, this.low)
    return bytes
  }

  /** Does the key stand at `at`? */
  standsAt(bytes: Uint8Array, at: number): boolean {
    return word(bytes, at) === this.high && word(bytes, at + 4) === this.low
  }

  same(other: Key): boolean {
    return this.high === other.high && this.low === other.low
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
}

/** Token: the hash's first 32 bits; initial data sequence number: its last 64 (SHA-1 in version 0, else SHA-256). */
export function deriveKey(crypto: CryptoPort, version: number, bytes: Uint8Array): Key {
  const hash = version === 0 ? crypto.sha1(bytes) : crypto.sha256(bytes)
  return new Key(word(bytes, 0), word(bytes, 4), word(hash, 0), word(hash, hash.length - 8), word(hash, hash.length - 4))
}

function put(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function pair(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(16)
  both.set(first, 0)
  both.set(second, 8)
  return both
}

/** HMAC of a join: the sender's key and nonce first (RFC 8684 section 3.2). */
export function joinHmac(
  crypto: CryptoPort,
  version: number,
  senderKey: Uint8Array,
  receiverKey: Uint8Array,
  senderNonce: number,
  receiverNonce: number,
): Uint8Array {
  const message = new Uint8Array(8)
  put(message, 0, senderNonce)
  put(message, 4, receiverNonce)
  const key = pair(senderKey, receiverKey)
  return version === 0 ? crypto.hmacSha1(key, message) : crypto.hmacSha256(key, message)
}

/** Truncated HMAC of a version 1 ADD_ADDR: the rightmost 64 bits (RFC 8684 section 3.4.1); an absent port counts as 0. */
export function addressHmac(
  crypto: CryptoPort,
  senderKey: Uint8Array,
  receiverKey: Uint8Array,
  addressId: number,
  address: Uint8Array,
  port: number,
): Uint8Array {
  const message = new Uint8Array(address.length + 3)
  message[0] = addressId
  message.set(address, 1)
  message[address.length + 1] = port >>> 8
  message[address.length + 2] = port & 0xff
  const hash = crypto.hmacSha256(pair(senderKey, receiverKey), message)
  return hash.slice(hash.length - 8)
}

export function sameBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false
  return true
}
