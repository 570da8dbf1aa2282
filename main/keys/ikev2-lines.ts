/**
 * Lines of Wireshark's IKEv2 decryption table: `SPIi,SPIr,SK_ei,SK_er,"encryption",SK_ai,SK_ar,"integrity"`, the algorithms by
 * Wireshark's names ("AES-CBC-128 [RFC3602]", "HMAC_SHA2_256_128 [RFC4868]") or by their IANA numbers (RFC 7296 section 3.3.2).
 * Refused: algorithms that are not known, keys whose length is not the algorithm's.
 */
import type { IkeCipher, IkeIntegrity, IkeKeys } from '../../dissectors/core/keys.ts'
import { hexBytes } from './hex.ts'

interface Encryption {
  cipher: IkeCipher
  /** lengths that SK_e may have, salt included */
  lengths: readonly number[]
}

const AES = [16, 24, 32] as const
const cbc: IkeCipher = { kind: 'block', cipher: 'aes-cbc', vector: 16, block: 16, salt: 0 }
const tripleDes: IkeCipher = { kind: 'block', cipher: '3des-cbc', vector: 8, block: 8, salt: 0 }
/** RFC 5930: a nonce of 4 bytes at the key's end */
const ctr: IkeCipher = { kind: 'block', cipher: 'aes-ctr', vector: 8, block: 1, salt: 4 }
const gcm = (tag: number): IkeCipher => ({ kind: 'aead', cipher: 'aes-gcm', vector: 8, salt: 4, tag })
const ccm = (tag: number): IkeCipher => ({ kind: 'aead', cipher: 'aes-ccm', vector: 8, salt: 3, tag })
const chacha: IkeCipher = { kind: 'aead', cipher: 'chacha20-poly1305', vector: 8, salt: 4, tag: 16 }
const salted = (salt: number, keys: readonly number[]): number[] => keys.map((key) => key + salt)

/** By transform id, RFC 7296 section 3.3.2 and the registry. */
const ENCRYPTION_NUMBERS: Readonly<Record<number, Encryption>> = {
  3: { cipher: tripleDes, lengths: [24] },
  11: { cipher: { kind: 'none' }, lengths: [0] },
  12: { cipher: cbc, lengths: AES },
  13: { cipher: ctr, lengths: salted(4, AES) },
  14: { cipher: ccm(8), lengths: salted(3, AES) },
  15: { cipher: ccm(12), lengths: salted(3, AES) },
  16: { cipher: ccm(16), lengths: salted(3, AES) },
  18: { cipher: gcm(8), lengths: salted(4, AES) },
  19: { cipher: gcm(12), lengths: salted(4, AES) },
  20: { cipher: gcm(16), lengths: salted(4, AES) },
  28: { cipher: chacha, lengths: [36] },
}

const INTEGRITY_NUMBERS: Readonly<Record<number, { integrity: IkeIntegrity; key: number }>> = {
  0: { integrity: { hash: null, length: 0 }, key: 0 },
  1: { integrity: { hash: 'md5', length: 12 }, key: 16 },
  2: { integrity: { hash: 'sha1', length: 12 }, key: 20 },
  6: { integrity: { hash: 'md5', length: 16 }, key: 16 },
  7: { integrity: { hash: 'sha1', length: 20 }, key: 20 },
  12: { integrity: { hash: 'sha256', length: 16 }, key: 32 },
  13: { integrity: { hash: 'sha384', length: 24 }, key: 48 },
  14: { integrity: { hash: 'sha512', length: 32 }, key: 64 },
}

function encryptionOf(name: string): Encryption | null {
  if (/^\d+$/.test(name)) return ENCRYPTION_NUMBERS[Number(name)] ?? null
  if (/^NULL\b/i.test(name)) return ENCRYPTION_NUMBERS[11] ?? null
  if (/^3DES/i.test(name)) return ENCRYPTION_NUMBERS[3] ?? null
  if (/^CHACHA20/i.test(name)) return ENCRYPTION_NUMBERS[28] ?? null
  const parts = /^AES[-_](CBC|CTR|GCM|CCM)[-_](128|192|256)(?: with (8|12|16) octet ICV)?\b/i.exec(name)
  if (parts === null) return null
  const mode = (parts[1] as string).toUpperCase()
  const bytes = Number(parts[2]) / 8
  if (mode === 'CBC') return { cipher: cbc, lengths: [bytes] }
  if (mode === 'CTR') return { cipher: ctr, lengths: [bytes + 4] }
  const tag = Number(parts[3] ?? 16)
  return mode === 'GCM' ? { cipher: gcm(tag), lengths: [bytes + 4] } : { cipher: ccm(tag), lengths: [bytes + 3] }
}

function integrityOf(name: string): { integrity: IkeIntegrity; key: number } | null {
  if (/^\d+$/.test(name)) return INTEGRITY_NUMBERS[Number(name)] ?? null
  if (/^NONE\b/i.test(name)) return INTEGRITY_NUMBERS[0] ?? null
  const any = /^ANY (\d+)[- ]bits?/i.exec(name)
  if (any !== null) return { integrity: { hash: null, length: Number(any[1]) / 8 }, key: -1 }
  const parts = /^HMAC_(MD5|SHA1|SHA2_256|SHA2_384|SHA2_512)_(\d+)\b/i.exec(name)
  if (parts === null) return null
  const hash = (parts[1] as string).toLowerCase().replace('sha2_', 'sha') as 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'
  const length = Number(parts[2]) / 8
  const key = { md5: 16, sha1: 20, sha256: 32, sha384: 48, sha512: 64 }[hash]
  return Number.isInteger(length) && length <= key && length >= 8 ? { integrity: { hash, length }, key } : null
}

/** Fields of a line: quotes may hold commas; a doubled quote stands for one. Null for quotes that do not end. */
function columns(line: string): string[] | null {
  const out: string[] = []
  const field = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  for (let done = false; !done; ) {
    const found = field.exec(line)
    if (found === null) return null
    out.push(found[1] !== undefined ? found[1].replaceAll('""', '"') : (found[2] as string).trim())
    done = found[3] === ''
  }
  return out
}

export interface IkeLine {
  /** 32 lower-case digits: both SPIs */
  spis: string
  keys: IkeKeys
}

const SPI = /^(?:0x)?[0-9a-fA-F]{16}$/

/** Keys of a line; words for what is wrong with it, which never quote it. */
export function readIkeLine(line: string): IkeLine | string {
  const fields = columns(line)
  if (fields?.length !== 8) return 'is no line of an IKEv2 decryption table'
  const [initiator, responder, ei, er, encryptionName, ai, ar, integrityName] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  if (!SPI.test(initiator) || !SPI.test(responder)) return 'has an SPI that is not 16 hexadecimal digits'
  const encryption = encryptionOf(encryptionName)
  if (encryption === null) return 'names an encryption algorithm that is not known'
  const integrity = integrityOf(integrityName)
  if (integrity === null) return 'names an integrity algorithm that is not known'
  const key = (text: string): Uint8Array | null => (text === '' ? new Uint8Array(0) : hexBytes(text.replace(/^0x/i, '')))
  const encryptionKey = [key(ei), key(er)]
  const integrityKey = [key(ai), key(ar)]
  if (encryptionKey.some((bytes) => bytes === null || !encryption.lengths.includes(bytes.length)))
    return 'has an encryption key whose length is not its algorithm’s'
  if (
    integrityKey.some(
      (bytes) => bytes === null || (integrity.key > 0 && encryption.cipher.kind !== 'aead' && bytes.length !== integrity.key),
    )
  )
    return 'has an integrity key whose length is not its algorithm’s'
  const spi = (text: string): string => text.slice(-16).toLowerCase()
  return {
    spis: spi(initiator) + spi(responder),
    keys: {
      cipher: encryption.cipher,
      integrity: integrity.integrity,
      encryptionKey: encryptionKey as [Uint8Array, Uint8Array],
      integrityKey: integrityKey as [Uint8Array, Uint8Array],
    },
  }
}
