/**
 * Addresses that prove who may use them: CGA (RFC 3972) and HBA (RFC 5535). Both hash a parameter data structure into the interface
 * identifier; an HBA's structure lists all prefixes of the set, a CGA's holds a key that signs. Refuses structures that are too short
 * or whose collision count is above 2 (RFC 3972 section 5). Cost: two SHA-1 hashes an address.
 */
import type { CryptoPort } from '../core/crypto.ts'

/** Offsets in the CGA parameter data structure, RFC 3972 section 3 */
export const Cga = { Modifier: 0, SubnetPrefix: 16, CollisionCount: 24, PublicKey: 25 } as const
const MULTI_PREFIX = 0x0012
/** A structure that is kept or hashed: RSA keys have some hundred bytes, sets a handful of prefixes */
export const MAX_PARAMETERS = 4_096

export const enum Ownership {
  /** nothing to check against */
  Unknown = 0,
  Proven = 1,
  Wrong = 2,
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

/** Do type-length-value extensions run from `at` exactly to the end? */
function extensionsFit(parameters: Uint8Array, at: number): boolean {
  let offset = at
  for (let n = 0; n < 16 && offset + 4 <= parameters.length; n++) offset += 4 + word(parameters, offset + 2)
  return offset === parameters.length
}

/** Length of the DER SEQUENCE at `at`, 0 when there is none that fits. */
function derLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x30 || at + 4 > bytes.length) return 0
  const first = bytes[at + 1] as number
  const size = first < 0x80 ? 2 + first : first === 0x81 ? 3 + (bytes[at + 2] as number) : first === 0x82 ? 4 + word(bytes, at + 2) : 0
  return at + size <= bytes.length ? size : 0
}

/** Where the extensions begin: behind a DER key, or behind an HBA's random one, which stands as it is (RFC 5535 section 4.1). */
function extensionsAt(parameters: Uint8Array): number {
  const der = derLength(parameters, Cga.PublicKey)
  if (der > 0 && extensionsFit(parameters, Cga.PublicKey + der)) return Cga.PublicKey + der
  // 384 bits are usual; other lengths are found by where a multi-prefix extension fits to the end.
  for (const at of [Cga.PublicKey + 48, ...Array.from({ length: 256 }, (_, i) => Cga.PublicKey + i)])
    if (at + 12 <= parameters.length && word(parameters, at) === MULTI_PREFIX && extensionsFit(parameters, at)) return at
  return parameters.length
}

/** Offsets of the 64-bit prefixes that a multi-prefix extension lists (RFC 5535 section 5); empty without one. */
export function prefixesAt(parameters: Uint8Array): number[] {
  const out: number[] = []
  let offset = extensionsAt(parameters)
  for (let n = 0; n < 16 && offset + 4 <= parameters.length; n++) {
    const end = offset + 4 + word(parameters, offset + 2)
    // P and 31 reserved bits come before the prefixes.
    if (word(parameters, offset) === MULTI_PREFIX)
      for (let at = offset + 8; at + 8 <= end && at + 8 <= parameters.length && out.length < 64; at += 8) out.push(at)
    offset = end
  }
  return out
}

/** The public key's own DER, null when the key is an HBA's random one. */
export function publicKeyOf(parameters: Uint8Array): Uint8Array | null {
  const size = derLength(parameters, Cga.PublicKey)
  return size === 0 ? null : parameters.subarray(Cga.PublicKey, Cga.PublicKey + size)
}

/** Hash1 and Hash2 (RFC 3972 section 5): is `address` made of these parameters, its own prefix put in? */
function isGenerated(crypto: CryptoPort, parameters: Uint8Array, address: Uint8Array): boolean {
  if ((parameters[Cga.CollisionCount] as number) > 2) return false
  const input = parameters.slice()
  input.set(address.subarray(0, 8), Cga.SubnetPrefix)
  const hash1 = crypto.sha1(input)
  // Bits 0 to 2 hold Sec, bits 6 and 7 are u and g.
  for (let i = 0; i < 8; i++) {
    const mask = i === 0 ? 0x1c : 0xff
    if ((((hash1[i] as number) ^ (address[8 + i] as number)) & mask) !== 0) return false
  }
  const security = (address[8] as number) >> 5
  if (security === 0) return true
  input.fill(0, Cga.SubnetPrefix, Cga.PublicKey)
  const hash2 = crypto.sha1(input)
  for (let i = 0; i < 2 * security; i++) if (hash2[i] !== 0) return false
  return true
}

/** An HBA: the address's prefix is one of the set, and its identifier is the hash with that prefix (RFC 5535 section 7.2). */
export function checkHba(crypto: CryptoPort, parameters: Uint8Array | null, address: Uint8Array): Ownership {
  if (parameters === null || parameters.length < Cga.PublicKey) return Ownership.Unknown
  const listed = prefixesAt(parameters).some((at) => {
    for (let i = 0; i < 8; i++) if (parameters[at + i] !== address[i]) return false
    return true
  })
  return listed && isGenerated(crypto, parameters, address) ? Ownership.Proven : Ownership.Wrong
}

/** A CGA: the prefix is the structure's own (RFC 3972 section 5 step 3) and the identifier its hash. */
export function checkCga(crypto: CryptoPort, parameters: Uint8Array | null, address: Uint8Array): Ownership {
  if (parameters === null || parameters.length < Cga.PublicKey) return Ownership.Unknown
  for (let i = 0; i < 8; i++) if (parameters[Cga.SubnetPrefix + i] !== address[i]) return Ownership.Wrong
  return isGenerated(crypto, parameters, address) ? Ownership.Proven : Ownership.Wrong
}

/** CGA Message Type tag of Shim6 (RFC 5533 section 5.15.5) */
const SHIM6_TAG = Uint8Array.of(0x4a, 0x30, 0x56, 0x62, 0x48, 0x58, 0x57, 0x4b, 0x36, 0x55, 0x41, 0x6f, 0x50, 0x6a, 0x6d, 0x48)

/**
 * Signature over a locator list: the tag, the generation and the locators that are to be verified by CGA; some builds sign count and
 * methods too. `list` is the option's content from its generation on; null: the key cannot be used.
 */
export function checkListSignature(
  crypto: CryptoPort,
  parameters: Uint8Array,
  list: Uint8Array,
  locators: readonly Uint8Array[],
  signature: Uint8Array,
): boolean | null {
  const der = publicKeyOf(parameters)
  if (der === null) return null
  const count = list[4] ?? 0
  const head = list.subarray(0, 4)
  let verdict: boolean | null = null
  for (const parts of [[head, ...locators], [list.subarray(0, 5 + count), ...locators], [list]]) {
    const data = new Uint8Array(SHIM6_TAG.length + parts.reduce((sum, part) => sum + part.length, 0))
    data.set(SHIM6_TAG, 0)
    let at = SHIM6_TAG.length
    for (const part of parts) {
      data.set(part, at)
      at += part.length
    }
    verdict = crypto.verify({ kind: 'spki', der: der.slice() }, 'sha1', data, signature)
    if (verdict !== false) return verdict
  }
  return verdict
}
