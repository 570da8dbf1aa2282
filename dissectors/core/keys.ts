/**
 * The port through which dissectors ask for keys that the user supplied; `main/keys` fills it. Without keys everything answers null.
 * Keys never become fields, signals or text: what they open does.
 */
import type { AeadCipher, BlockCipher, HashName } from './crypto.ts'

/** Labels of SSLKEYLOGFILE lines that QUIC needs (RFC 9001 section 4.1). */
export const enum TlsSecret {
  ClientEarly = 0,
  ClientHandshake = 1,
  ServerHandshake = 2,
  ClientTraffic = 3,
  ServerTraffic = 4,
}

/** How the SK payload of an IKE SA is encrypted (RFC 7296 section 3.14, RFC 5282, RFC 5930, RFC 7634). */
export type IkeCipher =
  | { kind: 'block'; cipher: BlockCipher; vector: number; block: number; salt: number }
  | { kind: 'aead'; cipher: AeadCipher; vector: number; salt: number; tag: number }
  | { kind: 'none' }

export interface IkeIntegrity {
  /** null: the algorithm is not known, only the length of its checksum */
  hash: HashName | null
  /** bytes of the checksum on the wire */
  length: number
}

/** Keys of one IKE SA: [0] the original initiator's, [1] the responder's. A cipher's salt or nonce is the key's last bytes. */
export interface IkeKeys {
  cipher: IkeCipher
  integrity: IkeIntegrity
  encryptionKey: readonly [Uint8Array, Uint8Array]
  integrityKey: readonly [Uint8Array, Uint8Array]
}

export interface KeyPort {
  /** grows when keys come in later (a capture may bring its own): a question answered null may be asked again */
  readonly version: number
  /** Secret of the connection whose ClientHello had this random (32 bytes at `offset`). */
  tlsSecret(secret: TlsSecret, memory: Uint8Array, offset: number): Uint8Array | null
  /** Keys of the SA with these SPIs, 16 bytes at `offset`: the initiator's, then the responder's. */
  ikeKeys(memory: Uint8Array, offset: number): IkeKeys | null
}

export const NO_KEYS: KeyPort = { version: 0, tlsSecret: () => null, ikeKeys: () => null }
