/**
 * The small synchronous port through which dissectors reach hashes and ciphers; `main/` fills it with node:crypto.
 * Nothing here throws on bytes of a capture: keys or nonces of a wrong size and tags that do not fit answer null.
 */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'
/** Ciphers without a tag; `aes-ctr` takes the whole first counter block as its vector. Padding is left to the caller. */
export type BlockCipher = 'aes-cbc' | 'aes-ctr' | '3des-cbc'
export type AeadCipher = 'aes-gcm' | 'aes-ccm' | 'chacha20-poly1305'

/** Public keys as protocols carry them; numbers are big-endian bytes without a sign. */
export type PublicKey =
  | { kind: 'rsa'; exponent: Uint8Array; modulus: Uint8Array }
  /** `point`: x and y, with or without the leading 04 */
  | { kind: 'ecdsa'; curve: 'P-256' | 'P-384'; point: Uint8Array }
  | { kind: 'dsa'; p: Uint8Array; q: Uint8Array; g: Uint8Array; y: Uint8Array }
  | { kind: 'eddsa'; curve: 'Ed25519' | 'Ed448'; key: Uint8Array }
  /** DER SubjectPublicKeyInfo */
  | { kind: 'spki'; der: Uint8Array }

export interface CryptoPort {
  sha1(data: Uint8Array): Uint8Array
  sha256(data: Uint8Array): Uint8Array
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
  digest(hash: HashName, data: Uint8Array): Uint8Array
  /**
   * Is `signature` over `data` right? RSA: PKCS #1 v1.5 or PSS; DSA and ECDSA: r and s, one behind the other; EdDSA hashes itself.
   * null: the key cannot be used.
   */
  verify(key: PublicKey, hash: HashName, data: Uint8Array, signature: Uint8Array): boolean | null
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
