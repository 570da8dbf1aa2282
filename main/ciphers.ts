/**
 * Ciphers of the dissectors' crypto port, over node:crypto. Used where keys were given, and for QUIC's Initial packets, whose keys anybody
 * can derive. Sizes are checked here: node:crypto throws on what a capture may well hold.
 */
import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto'
import type { AeadCipher, BlockCipher } from '../dissectors/core/crypto.ts'

const isAesKey = (length: number): boolean => length === 16 || length === 24 || length === 32

export function decrypt(cipher: BlockCipher, key: Uint8Array, vector: Uint8Array, data: Uint8Array): Uint8Array | null {
  const block = cipher === '3des-cbc' ? 8 : 16
  if (cipher === '3des-cbc' ? key.length !== 24 : !isAesKey(key.length)) return null
  if (vector.length !== block || (cipher !== 'aes-ctr' && data.length % block !== 0)) return null
  const name = cipher === '3des-cbc' ? 'des-ede3-cbc' : `aes-${key.length * 8}-${cipher.slice(4)}`
  const decipher = createDecipheriv(name, key, vector).setAutoPadding(false)
  return joined(decipher.update(data), decipher.final())
}

export function open(
  cipher: AeadCipher,
  key: Uint8Array,
  nonce: Uint8Array,
  additional: Uint8Array,
  sealed: Uint8Array,
  tagLength: number,
): Uint8Array | null {
  const length = sealed.length - tagLength
  if (length < 0) return null
  if (cipher === 'chacha20-poly1305' ? key.length !== 32 || tagLength !== 16 : !isAesKey(key.length)) return null
  if (nonce.length !== (cipher === 'aes-ccm' ? 11 : 12)) return null
  const name = (cipher === 'chacha20-poly1305' ? cipher : `aes-${key.length * 8}-${cipher.slice(4)}`) as CipherGCMTypes
  try {
    const decipher = createDecipheriv(name, key, nonce, { authTagLength: tagLength })
    decipher.setAuthTag(sealed.subarray(length))
    decipher.setAAD(additional, { plaintextLength: length } as never)
    const plain = decipher.update(sealed.subarray(0, length))
    return joined(plain, decipher.final())
  } catch {
    // a wrong tag is said by an exception
    return null
  }
}

function joined(first: Uint8Array, last: Uint8Array): Uint8Array {
  return last.length === 0 ? first : Buffer.concat([first, last])
}

/** Ciphers of header keys: a key serves for a whole connection, and ECB keeps nothing between blocks. */
const headerCiphers = new WeakMap<Uint8Array, ReturnType<typeof createCipheriv>>()

export function headerMask(cipher: 'aes' | 'chacha20', key: Uint8Array, sample: Uint8Array): Uint8Array | null {
  if (sample.length !== 16) return null
  // RFC 9001 section 5.4.4: the sample is counter and nonce, which is what OpenSSL calls the vector
  if (cipher === 'chacha20') return key.length === 32 ? createCipheriv('chacha20', key, sample).update(new Uint8Array(5)) : null
  if (!isAesKey(key.length)) return null
  let ready = headerCiphers.get(key)
  if (ready === undefined) {
    ready = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
    headerCiphers.set(key, ready)
  }
  return ready.update(sample)
}
