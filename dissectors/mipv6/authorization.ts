/**
 * Binding authorization by return routability (RFC 6275 sections 5.2 and 6.2.7): whoever saw both keygen tokens can check the authenticator
 * of the binding update that uses them. Pure functions; hashes come through the crypto port.
 */
import type { CryptoPort } from '../core/crypto.ts'

function joined(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Binding management key of a binding with a care-of address of its own. */
export function careOfKey(crypto: CryptoPort, homeToken: Uint8Array, careOfToken: Uint8Array): Uint8Array {
  return crypto.sha1(joined(homeToken, careOfToken))
}

/** Key of a binding that is deleted from home: the care-of address is the home address. */
export function homeKey(crypto: CryptoPort, homeToken: Uint8Array): Uint8Array {
  return crypto.sha1(homeToken)
}

export interface Covered {
  careOf: Uint8Array
  correspondent: Uint8Array
  memory: Uint8Array
  /** the mobility header */
  begin: number
  end: number
  /** its authenticator */
  authenticator: number
  length: number
}

/** The MAC covers both addresses and the header without the authenticator, its checksum zero. */
export function authenticates(crypto: CryptoPort, key: Uint8Array, covered: Covered): boolean {
  const { memory, begin, end, authenticator, length } = covered
  if (length < 4 || length > 20) return false
  const before = memory.slice(begin, authenticator)
  before[4] = 0
  before[5] = 0
  const behind = memory.subarray(authenticator + length, end)
  const mac = crypto.hmacSha1(key, joined(covered.careOf, covered.correspondent, before, behind))
  for (let i = 0; i < length; i++) if (memory[authenticator + i] !== mac[i]) return false
  return true
}
