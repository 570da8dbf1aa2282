/**
 * Packet protection (RFC 9001 section 5, RFC 9369 section 3.3): keys from secrets, header protection, packet numbers, opening.
 * Initial keys follow from the client's first destination connection id; all others from secrets that were given.
 * Cost: deriving takes about ten hashes a direction; opening one block of AES and one AEAD a packet.
 */
import { copyBytes } from '../core/copy.ts'
import type { CryptoPort, HashName } from '../core/crypto.ts'
import { isVersion2, TAG, VERSION_1, VERSION_2 } from './wire.ts'

export type Hash = Extract<HashName, 'sha256' | 'sha384'>

/** TLS 1.3 cipher suites that QUIC uses. */
export interface Suite {
  id: number
  hash: Hash
  key: number
  cipher: 'aes-gcm' | 'chacha20-poly1305'
}

const AES_128: Suite = { id: 0x1301, hash: 'sha256', key: 16, cipher: 'aes-gcm' }
const AES_256: Suite = { id: 0x1302, hash: 'sha384', key: 32, cipher: 'aes-gcm' }
const CHACHA: Suite = { id: 0x1303, hash: 'sha256', key: 32, cipher: 'chacha20-poly1305' }

export function suiteById(id: number): Suite | null {
  return id === AES_128.id ? AES_128 : id === AES_256.id ? AES_256 : id === CHACHA.id ? CHACHA : null
}

/** Suites that a secret of this length may belong to, the likelier first. */
export function suitesOfSecret(length: number): readonly Suite[] {
  return length === 48 ? [AES_256] : length === 32 ? [AES_128, CHACHA] : []
}

export interface PacketKeys {
  suite: Suite
  version2: boolean
  secret: Uint8Array
  key: Uint8Array
  iv: Uint8Array
  /** header protection */
  hp: Uint8Array
  /** has opened a packet */
  proven: boolean
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16))
}

const SALT_1 = bytesOf('38762cf7f55934b34d179ae6a4c80cadccbb7f0a')
const SALT_2 = bytesOf('0dede3def700a6db819381be6e269dcbf9bd2ed9')
const SALT_DRAFT_29 = bytesOf('afbfec289993d24c9e9786f19c6111e04390a899')
const SALT_DRAFT_23 = bytesOf('c3eef712c72ebb5a11a7d2432bb46365bef9f502')
/** Google's version T051 on its way to version 1 */
const SALT_T051 = bytesOf('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d')

/** Salts that packets of a version may have been sealed with; empty for a version that is not known. */
export function initialSalts(version: number): readonly Uint8Array[] {
  if (version === VERSION_1) return [SALT_1]
  if (version === VERSION_2) return [SALT_2]
  if (version >>> 8 === 0xff0000) {
    const draft = version & 0xff
    return draft >= 33 ? [SALT_1, SALT_DRAFT_29] : draft >= 29 ? [SALT_DRAFT_29] : draft >= 23 ? [SALT_DRAFT_23] : []
  }
  // Facebook's mvfst follows draft 27, or what came after it
  if (version >>> 4 === 0xfaceb00) return [SALT_DRAFT_23, SALT_DRAFT_29, SALT_1]
  if (version === 0x54303531) return [SALT_T051, SALT_DRAFT_29]
  // A version made to be refused is sealed as the sender's own.
  if (isGreased(version)) return [SALT_1, SALT_DRAFT_29]
  return []
}

export function isGreased(version: number): boolean {
  return (version & 0x0f0f0f0f) === 0x0a0a0a0a
}

/** HKDF-Expand-Label of TLS 1.3 (RFC 8446 section 7.1) with an empty context; two blocks are enough for any length asked here. */
export function expandLabel(crypto: CryptoPort, hash: Hash, secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = `tls13 ${label}`
  const info = new Uint8Array(4 + name.length + 1)
  info[0] = length >> 8
  info[1] = length & 255
  info[2] = name.length
  for (let i = 0; i < name.length; i++) info[3 + i] = name.charCodeAt(i)
  info[info.length - 1] = 1
  const first = crypto.hmac(hash, secret, info)
  if (length <= first.length) return copyBytes(first, 0, length)
  const input = new Uint8Array(first.length + info.length)
  input.set(first, 0)
  input.set(info, first.length)
  input[input.length - 1] = 2
  const out = new Uint8Array(first.length * 2)
  out.set(first, 0)
  out.set(crypto.hmac(hash, secret, input), first.length)
  return copyBytes(out, 0, length)
}

export function packetKeys(crypto: CryptoPort, suite: Suite, secret: Uint8Array, version: number): PacketKeys {
  const version2 = isVersion2(version)
  const prefix = version2 ? 'quicv2' : 'quic'
  return {
    suite,
    version2,
    secret,
    key: expandLabel(crypto, suite.hash, secret, `${prefix} key`, suite.key),
    iv: expandLabel(crypto, suite.hash, secret, `${prefix} iv`, 12),
    hp: expandLabel(crypto, suite.hash, secret, `${prefix} hp`, suite.key),
    proven: false,
  }
}

/** Keys after an update (RFC 9001 section 6.1): the header key stays. */
export function updatedKeys(crypto: CryptoPort, keys: PacketKeys): PacketKeys {
  const prefix = keys.version2 ? 'quicv2' : 'quic'
  const { suite } = keys
  const secret = expandLabel(crypto, suite.hash, keys.secret, `${prefix} ku`, keys.secret.length)
  return {
    ...keys,
    proven: false,
    secret,
    key: expandLabel(crypto, suite.hash, secret, `${prefix} key`, suite.key),
    iv: expandLabel(crypto, suite.hash, secret, `${prefix} iv`, 12),
  }
}

/** [client's, server's] Initial keys. */
export function initialKeys(crypto: CryptoPort, salt: Uint8Array, dcid: Uint8Array, version: number): [PacketKeys, PacketKeys] {
  const secret = crypto.hmacSha256(salt, dcid)
  const of = (label: string): PacketKeys => packetKeys(crypto, AES_128, expandLabel(crypto, 'sha256', secret, label, 32), version)
  return [of('client in'), of('server in')]
}

/** What header protection hid. One object is used again. */
export interface Unprotected {
  firstByte: number
  /** packet number as sent, and its bytes */
  truncated: number
  numberLength: number
  header: Uint8Array
}

/** Takes the protection off a header whose packet number begins at `numberAt` (RFC 9001 section 5.4); null when bytes are missing. */
export function unprotect(
  crypto: CryptoPort,
  keys: PacketKeys,
  bytes: Uint8Array,
  begin: number,
  numberAt: number,
  end: number,
): Unprotected | null {
  const sample = numberAt + 4
  if (sample + 16 > end) return null
  const mask = crypto.headerMask(keys.suite.cipher === 'aes-gcm' ? 'aes' : 'chacha20', keys.hp, bytes.subarray(sample, sample + 16))
  if (mask === null) return null
  const masked = bytes[begin] as number
  const firstByte = masked ^ ((mask[0] as number) & ((masked & 0x80) !== 0 ? 0x0f : 0x1f))
  const numberLength = (firstByte & 3) + 1
  const header = copyBytes(bytes, begin, numberAt + numberLength)
  header[0] = firstByte
  let truncated = 0
  for (let i = 0; i < numberLength; i++) {
    const byte = (header[numberAt - begin + i] as number) ^ (mask[1 + i] as number)
    header[numberAt - begin + i] = byte
    truncated = truncated * 256 + byte
  }
  return { firstByte, truncated, numberLength, header }
}

/** The packet number nearest to the one expected (RFC 9000 appendix A.3). */
export function fullPacketNumber(largest: number, truncated: number, numberLength: number): number {
  const window = 256 ** numberLength
  const expected = largest + 1
  const candidate = Math.floor(expected / window) * window + truncated
  if (candidate <= expected - window / 2 && candidate + window < 2 ** 53) return candidate + window
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window
  return candidate
}

/** Plain payload of the packet whose sealed bytes are `begin..end`; null when the tag does not fit. `path`: multipath's nonce. */
export function openPayload(
  crypto: CryptoPort,
  keys: PacketKeys,
  header: Uint8Array,
  bytes: Uint8Array,
  begin: number,
  end: number,
  packetNumber: number,
  path: number,
): Uint8Array | null {
  if (end - begin < TAG) return null
  const nonce = copyBytes(keys.iv)
  let rest = packetNumber
  for (let i = 11; i >= 4 && rest > 0; i--) {
    nonce[i] = (nonce[i] as number) ^ (rest % 256)
    rest = Math.floor(rest / 256)
  }
  for (let i = 0; i < 4; i++) nonce[i] = (nonce[i] as number) ^ ((path >>> (24 - 8 * i)) & 255)
  return crypto.open(keys.suite.cipher, keys.key, nonce, header, bytes.subarray(begin, end), TAG)
}

const RETRY_KEY_1 = bytesOf('be0c690b9f66575a1d766b54e368c84e')
const RETRY_NONCE_1 = bytesOf('461599d35d632bf2239825bb')
const RETRY_KEY_2 = bytesOf('8fb4b01b56ac48e260fbcbcead7ccc92')
const RETRY_NONCE_2 = bytesOf('d86969bc2d7c6d9990efb04a')

/** Is the Retry's tag right (RFC 9001 section 5.8)? null for a version whose key is not known. */
export function retryTagFits(
  crypto: CryptoPort,
  version: number,
  originalDcid: Uint8Array,
  bytes: Uint8Array,
  begin: number,
  end: number,
): boolean | null {
  if (version !== VERSION_1 && version !== VERSION_2) return null
  const length = end - TAG - begin
  const pseudo = new Uint8Array(1 + originalDcid.length + length)
  pseudo[0] = originalDcid.length
  pseudo.set(originalDcid, 1)
  pseudo.set(bytes.subarray(begin, end - TAG), 1 + originalDcid.length)
  const version2 = isVersion2(version)
  const tag = bytes.subarray(end - TAG, end)
  return crypto.open('aes-gcm', version2 ? RETRY_KEY_2 : RETRY_KEY_1, version2 ? RETRY_NONCE_2 : RETRY_NONCE_1, pseudo, tag, TAG) !== null
}
