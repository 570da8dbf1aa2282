/**
 * The encrypted payload (RFC 7296 section 3.14, RFC 5282 for authenticated ciphers) and the encrypted fragment (RFC 7383 section 2.5).
 * Read only when the keys of the SA were given and the checksum is right; a wrong checksum leaves it closed and says so.
 * Cost: one decryption a message with keys, a look-up without.
 */

import { hexOf } from '../core/hex.ts'
import type { IkeKeys } from '../core/keys.ts'
import type { Walk } from '../core/walk.ts'
import { payloadChain } from './chain.ts'
import { type IkeState, ikeState } from './state.ts'
import { Field, Payload } from './wire.ts'

/** Without keys nobody knows how long the vector is; the first bytes are shown as Wireshark shows them. */
const VECTOR_SHOWN = 4

export function encryptedPayload(walk: Walk, state: IkeState, header: number, offset: number, type: number, next: number): void {
  const facts = state.message
  facts.encrypted = true
  facts.authentication = 'A3u'
  const fragment = type === Payload.EncryptedFragment
  let begin = offset + 4
  let number = 1
  let total = 1
  if (fragment) {
    if (!walk.need(begin, 4)) return
    number = walk.u16(begin)
    total = walk.u16(begin + 2)
    walk.uint(Field.fragmentNumber, begin, 2, number)
    walk.uint(Field.fragmentTotal, begin + 2, 2, total)
    if (number === 0 || number > total) walk.malformed(begin, `fragment ${number} of ${total}`)
    begin += 4
  }
  const keys = walk.quoted || walk.end > walk.limit ? null : walk.state.keys.ikeKeys(facts.spis, 0)
  const plain = keys === null ? null : opened(walk, state, keys, header, begin)
  if (plain === null) {
    if (keys === null && !fragment && walk.end - begin >= VECTOR_SHOWN) walk.range(Field.vector, begin, VECTOR_SHOWN)
    walk.group(Field.encrypted, begin, walk.end - begin, `Encrypted data (${walk.end - begin} bytes)`)
    walk.endGroup()
    return
  }
  if (!fragment) {
    readInside(walk, state, 'Decrypted IKE payloads', next, plain)
    return
  }
  const whole = walk.state.frozen ? state.assembledAt(walk.row) : state.fragment(fragmentKey(state), walk.row, number, total, next, plain)
  if (whole !== null) readInside(walk, state, `IKE message of ${total} fragments`, whole.firstPayload, whole.data)
}

function fragmentKey(state: IkeState): string {
  const { spis, messageId, fromInitiator, response } = state.message
  return `${hexOf(spis, 0, 16)}${messageId}${fromInitiator ? 'i' : 'r'}${response ? 'a' : 'q'}`
}

function readInside(walk: Walk, state: IkeState, name: string, first: number, plain: Uint8Array): void {
  state.message.readable = true
  state.innerFirst = first
  walk.inside(name, plain, innerPayloads)
}

function innerPayloads(walk: Walk, offset: number): void {
  const state = walk.state.of(ikeState)
  walk.group(Field.decrypted, offset, walk.end - offset)
  payloadChain(walk, state, offset, offset, state.innerFirst, null)
  walk.endGroup()
}

/** The payloads without their padding; null when they cannot be read. */
function opened(walk: Walk, state: IkeState, keys: IkeKeys, header: number, begin: number): Uint8Array | null {
  const { cipher, integrity } = keys
  const facts = state.message
  const vector = cipher.kind === 'none' ? 0 : cipher.vector
  const checksum = cipher.kind === 'aead' ? cipher.tag : integrity.length
  const end = walk.end
  if (begin + vector + checksum + 1 > end) {
    walk.malformed(begin, `encrypted payload of ${end - begin} bytes, at least ${vector + checksum + 1} needed`)
    return null
  }
  if (vector > 0) walk.range(Field.vector, begin, vector)
  const verdict = cipher.kind === 'aead' ? null : verified(walk, keys, facts.fromInitiator ? 0 : 1, header, end - checksum)
  const data = verdict === false ? null : decrypted(walk, keys, facts.fromInitiator ? 0 : 1, header, begin, end - checksum)
  const right = cipher.kind === 'aead' ? data !== null : verdict
  if (checksum > 0) {
    walk.range(Field.checksum, end - checksum, checksum)
    walk.words(Field.checksumVerdict, end - checksum, checksum, right === null ? 'not checked' : right ? 'good' : 'bad')
    walk.generated()
  }
  if (right !== null) facts.authentication = right ? 'A3v' : 'AX'
  if (data === null) return null
  const padding = data[data.length - 1] as number
  walk.uint(Field.padLength, end - checksum - 1, 1, padding)
  if (padding + 1 > data.length) {
    walk.malformed(begin, `padding of ${padding} bytes in ${data.length} decrypted ones`)
    return null
  }
  return data.subarray(0, data.length - 1 - padding)
}

/** Null when the algorithm is not known or there is none. */
function verified(walk: Walk, keys: IkeKeys, sender: 0 | 1, header: number, end: number): boolean | null {
  const { hash, length } = keys.integrity
  if (hash === null) return null
  const expected = walk.state.crypto.hmac(hash, keys.integrityKey[sender], walk.bytes.subarray(header, end))
  for (let i = 0; i < length; i++) if (walk.bytes[end + i] !== expected[i]) return false
  return true
}

function decrypted(walk: Walk, keys: IkeKeys, sender: 0 | 1, header: number, begin: number, end: number): Uint8Array | null {
  const { cipher } = keys
  const { crypto } = walk.state
  if (cipher.kind === 'none') return walk.bytes.subarray(begin, end)
  const whole = keys.encryptionKey[sender]
  const key = whole.subarray(0, whole.length - cipher.salt)
  const vector = walk.bytes.subarray(begin, begin + cipher.vector)
  if (cipher.kind === 'block') {
    const data = walk.bytes.subarray(begin + cipher.vector, end)
    return crypto.decrypt(cipher.cipher, key, cipher.cipher === 'aes-ctr' ? firstCounter(whole, vector) : vector, data)
  }
  const nonce = new Uint8Array(cipher.salt + cipher.vector)
  nonce.set(whole.subarray(whole.length - cipher.salt), 0)
  nonce.set(vector, cipher.salt)
  const additional = walk.bytes.subarray(header, begin)
  return crypto.open(cipher.cipher, key, nonce, additional, walk.bytes.subarray(begin + cipher.vector, end + cipher.tag), cipher.tag)
}

/** RFC 5930 section 3.1: nonce of the key, vector, counter from 1. */
function firstCounter(key: Uint8Array, vector: Uint8Array): Uint8Array {
  const block = new Uint8Array(16)
  block.set(key.subarray(key.length - 4), 0)
  block.set(vector, 4)
  block[15] = 1
  return block
}
