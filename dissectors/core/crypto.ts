/**
 * The small synchronous port through which dissectors reach hashes and ciphers; `main/` fills it with node:crypto.
 * Nothing here throws on bytes of a capture: keys or nonces of a wrong size and tags that do not fit answer null.
 */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'
/** Ciphers without a tag; `aes-ctr` takes the whole first counter block as its vector. Padding is left to the caller. */
export type BlockCipher = 'aes-cbc' | 'aes-ctr' | '3des-cbc'
export type AeadCipher = 'aes-gcm' | 'aes-ccm' | 'chacha20-poly1305'

export interface CryptoPort {
  sha1(data: Uint8Array): Uint8Array
  sha256(data: Uint8Array): Uint8Array
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array
  /** Plain bytes with their padding; the key's length chooses AES-128, -192 or -256. */
  decrypt(cipher: BlockCipher, key: Uint8Array, vector: Uint8Array, data: Uint8Array): Uint8Array | null
  /** Plain bytes of `sealed`, whose last `tagLength` bytes are the tag; null when the tag is wrong. */
  open(
    cipher: AeadCipher,
    key: Uint8Array,
    nonce: Uint8Array,
    additional: Uint8Array,
    sealed: Uint8Array,
    tagLength: number,
  ): Uint8Array | null
  /** At least 5 bytes of QUIC header protection mask for a 16-byte sample (RFC 9001 section 5.4). */
  headerMask(cipher: 'aes' | 'chacha20', key: Uint8Array, sample: Uint8Array): Uint8Array | null
}
