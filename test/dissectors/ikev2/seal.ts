/** Sealing for tests: the encrypting half that the product does not need. */
import { createCipheriv, createHmac } from 'node:crypto'
import { joinBytes, type SealIke } from '../../../dissectors/ikev2/emit.ts'

/** AES-CBC with HMAC-SHA2-256-128; pads to the block as RFC 7296 section 3.14 wants. */
export function cbc(key: Uint8Array, macKey: Uint8Array): { seal: SealIke; length: (plain: number) => number } {
  const padded = (plain: number): number => Math.ceil(plain / 16) * 16
  return {
    length: (plain) => 16 + padded(plain) + 16,
    seal: (message, plain) => {
      const vector = new Uint8Array(16).fill(7)
      const data = new Uint8Array(padded(plain.length))
      data.set(plain.subarray(0, plain.length - 1))
      data[data.length - 1] = data.length - plain.length
      const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, vector).setAutoPadding(false)
      const sealed = joinBytes(vector, cipher.update(data), cipher.final())
      return joinBytes(sealed, createHmac('sha256', macKey).update(message).update(sealed).digest().subarray(0, 16))
    },
  }
}

/** AES-CTR (RFC 5930) with the same checksum. */
export function ctr(key: Uint8Array, macKey: Uint8Array): { seal: SealIke; length: (plain: number) => number } {
  return {
    length: (plain) => 8 + plain + 16,
    seal: (message, plain) => {
      const vector = new Uint8Array(8).fill(9)
      const counter = joinBytes(key.subarray(key.length - 4), vector, [0, 0, 0, 1])
      const cipher = createCipheriv(`aes-${(key.length - 4) * 8}-ctr`, key.subarray(0, key.length - 4), counter)
      const sealed = joinBytes(vector, cipher.update(plain))
      return joinBytes(sealed, createHmac('sha256', macKey).update(message).update(sealed).digest().subarray(0, 16))
    },
  }
}

/** AES-GCM, AES-CCM or ChaCha20-Poly1305; the salt is the key's end. */
export function aead(name: 'gcm' | 'ccm' | 'chacha', key: Uint8Array, tag: number): { seal: SealIke; length: (plain: number) => number } {
  const salt = name === 'ccm' ? 3 : 4
  return {
    length: (plain) => 8 + plain + tag,
    seal: (message, plain) => {
      const vector = new Uint8Array(8).fill(5)
      const nonce = joinBytes(key.subarray(key.length - salt), vector)
      const own = key.subarray(0, key.length - salt)
      const algorithm = name === 'chacha' ? 'chacha20-poly1305' : `aes-${own.length * 8}-${name}`
      const cipher = createCipheriv(algorithm as 'aes-256-gcm', own, nonce, { authTagLength: tag })
      cipher.setAAD(message, { plaintextLength: plain.length } as never)
      const sealed = cipher.update(plain)
      return joinBytes(vector, sealed, cipher.final(), cipher.getAuthTag())
    },
  }
}
