/** The small synchronous port through which dissectors reach hashes; `main/` fills it with node:crypto. */
export interface CryptoPort {
  sha1(data: Uint8Array): Uint8Array
  sha256(data: Uint8Array): Uint8Array
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
}
