/**
 * HOST_ID (RFC 7401 section 5.2.9; RFC 5201 section 5.2.8 for version 1) and the check that a HIT is its hash (ORCHID, RFC 7343 and
 * RFC 4843): an observer who sees a HOST_ID can verify it. The hash covers the algorithm's own part of the key, without lengths,
 * algorithm and domain identifier. Refuses lengths that run past the parameter. Cost: one hash per HOST_ID.
 */
import type { HashName } from '../core/crypto.ts'
import type { Walk } from '../core/walk.ts'
import type { HipFacts } from './facts.ts'
import { P } from './fields.ts'
import { Algorithm, HIT_SIZE } from './wire.ts'

/** Context ID of HIP, the same in both versions (RFC 7401 section 3.2) */
const CONTEXT_ID = Uint8Array.of(0xf0, 0xef, 0xf0, 0x2f, 0xbf, 0xf4, 0x3d, 0x0f, 0xe7, 0x93, 0x0c, 0x3c, 0x6e, 0x61, 0x74, 0xea)

/** RHASH by the HIT suite that stands in an ORCHIDv2; suite 5 hashes with cSHAKE128, which the port does not have */
const RHASH: readonly (HashName | undefined)[] = [undefined, 'sha256', 'sha384', 'sha1']

export const enum HitCheck {
  /** not an ORCHID, or hashed by a suite that is not known here */
  Unknown = 0,
  Right = 1,
  Wrong = 2,
}

/** 1 or 2 by the ORCHID prefix 2001:10::/28 or 2001:20::/28 (2001:30::/28 is a hierarchical one, RFC 9374); 0 for other addresses. */
export function orchidVersion(bytes: Uint8Array, at: number): 0 | 1 | 2 {
  if (bytes[at] !== 0x20 || bytes[at + 1] !== 0x01 || bytes[at + 2] !== 0x00) return 0
  const nibble = (bytes[at + 3] as number) >> 4
  return nibble === 1 ? 1 : nibble === 2 || nibble === 3 ? 2 : 0
}

/** RHASH of the suite that the HIT at `at` names: SHA-1 for version 1; undefined when it is not known. */
export function hashOfHit(bytes: Uint8Array, at: number): HashName | undefined {
  const version = orchidVersion(bytes, at)
  if (version === 1) return 'sha1'
  return version === 2 && (bytes[at + 3] as number) >> 4 === 2 ? RHASH[(bytes[at + 3] as number) & 15] : undefined
}

/** Is the HIT at `hit` the hash of the host identity in `begin..end`? */
export function checkHit(walk: Walk, hit: number, begin: number, end: number): HitCheck {
  const { bytes } = walk
  const hash = hashOfHit(bytes, hit)
  if (hash === undefined || end > walk.limit || end <= begin) return HitCheck.Unknown
  const input = new Uint8Array(CONTEXT_ID.length + end - begin)
  input.set(CONTEXT_ID, 0)
  input.set(bytes.subarray(begin, end), CONTEXT_ID.length)
  const digest = walk.state.crypto.digest(hash, input)
  return sameOrchid(bytes, hit, digest, orchidVersion(bytes, hit) === 1 ? 100 : 96) ? HitCheck.Right : HitCheck.Wrong
}

/** The last `bits` of the HIT against the middle `bits` of the hash: (length - bits) / 2 are dropped at each end. */
function sameOrchid(bytes: Uint8Array, hit: number, digest: Uint8Array, bits: number): boolean {
  const skip = (digest.length * 8 - bits) / 2
  for (let i = 0; i < bits; i += 2) {
    const ours = hit * 8 + HIT_SIZE * 8 - bits + i
    const theirs = skip + i
    if (pairOf(bytes, ours) !== pairOf(digest, theirs)) return false
  }
  return true
}

/** Two bits at an even bit position. */
function pairOf(bytes: Uint8Array, bit: number): number {
  return ((bytes[bit >> 3] as number) >> (6 - (bit & 7))) & 3
}

/** Fixed part: HI length, DI type and length; version 1 has flags, protocol and algorithm in front of the key, version 2 the algorithm. */
const FIXED = 4

export function hostId(walk: Walk, facts: HipFacts, offset: number): string {
  if (!walk.need(offset, FIXED + 4)) return ''
  const { end } = walk
  const length = walk.u16(offset)
  const domain = walk.u16(offset + 2)
  const domainType = domain >> 12
  const domainLength = domain & 0xfff
  // In version 1 the length covers the flags, protocol and algorithm, in version 2 it does not cover the algorithm.
  const one = facts.version === 1
  const key = offset + FIXED + (one ? 4 : 2)
  const keyEnd = one ? offset + FIXED + length : key + length
  const algorithm = one ? walk.u8(offset + 7) : walk.u16(offset + 4)
  const fits = keyEnd >= key && keyEnd + domainLength <= end
  if (walk.recorder !== null) recordFixed(walk, offset, length, domainType, domainLength)
  if (!fits) {
    walk.malformed(offset, `host identity of ${length} and domain identifier of ${domainLength} bytes, ${end - offset - FIXED} left`)
    return ''
  }
  facts.identityAt = key
  facts.identityLength = keyEnd - key
  facts.identityAlgorithm = algorithm
  if (walk.recorder !== null) {
    if (one) walk.uint(P.identityAlgorithm, offset + 7, 1, algorithm)
    else walk.uint(P.identityAlgorithm, offset + 4, 2, algorithm)
    if (keyEnd > key) walk.range(P.identity, key, keyEnd - key)
    recordKey(walk, algorithm, key, keyEnd)
  }
  if (domainLength > 0) facts.domain = domainText(walk, domainType, keyEnd, domainLength)
  if (domainLength > 0 && walk.recorder !== null && (domainType === 1 || domainType === 2))
    walk.words(domainType === 1 ? P.fqdn : P.nai, keyEnd, domainLength, facts.domain)
  if (!walk.wants(P.hitCheck) && !walk.describing) return ''
  const check = checkHit(walk, facts.offset + 8, key, keyEnd)
  walk.words(P.hitCheck, key, keyEnd - key, HIT_WORDS[check])
  walk.generated()
  return `${HIT_WORDS[check]}${facts.domain === '' ? '' : `, ${facts.domain}`}`
}

const HIT_WORDS = {
  [HitCheck.Unknown]: 'not verifiable',
  [HitCheck.Right]: "the sender's HIT is its hash",
  [HitCheck.Wrong]: "the sender's HIT is not its hash",
} as const

function recordFixed(walk: Walk, offset: number, length: number, domainType: number, domainLength: number): void {
  const word = walk.u32(offset + FIXED)
  walk.uint(P.hostLength, offset, 2, length)
  walk.uint(P.domainType, offset + 2, 1, domainType)
  walk.uint(P.domainLength, offset + 2, 2, domainLength)
  walk.uint(P.hostHeader, offset + FIXED, 4, word)
  walk.uint(P.hostFlags, offset + FIXED, 2, word >>> 16)
  walk.uint(P.hostProtocol, offset + FIXED + 2, 1, (word >>> 8) & 255)
  walk.uint(P.hostAlgorithm, offset + FIXED + 3, 1, word & 255)
}

function recordKey(walk: Walk, algorithm: number, begin: number, end: number): void {
  if (algorithm === Algorithm.Rsa) {
    const rsa = rsaParts(walk, begin, end)
    if (rsa === null) return
    walk.uint(P.rsaExponentLength, begin, rsa.exponent - begin, rsa.modulus - rsa.exponent)
    walk.range(P.rsaExponent, rsa.exponent, rsa.modulus - rsa.exponent)
    walk.range(P.rsaModulus, rsa.modulus, end - rsa.modulus)
  } else if (algorithm === Algorithm.Dsa && end - begin > 21) {
    // RFC 2536 section 2: T, Q of 20 bytes, then P, G and Y of 64 + 8 T bytes each.
    const t = walk.u8(begin)
    const size = 64 + 8 * t
    walk.uint(P.dsaT, begin, 1, t)
    walk.range(P.dsaQ, begin + 1, 20)
    if (begin + 21 + 3 * size > end) return
    walk.range(P.dsaP, begin + 21, size)
    walk.range(P.dsaG, begin + 21 + size, size)
    walk.range(P.dsaY, begin + 21 + 2 * size, size)
  } else if ((algorithm === Algorithm.Ecdsa || algorithm === Algorithm.EcdsaLow) && end - begin > 2) {
    walk.uint(P.ecCurve, begin, 2, walk.u16(begin))
    walk.range(P.ecPoint, begin + 2, end - begin - 2)
  }
}

/** RFC 3110 section 2: exponent length in one byte, or in two behind a zero; then exponent and modulus. */
export function rsaParts(walk: Walk, begin: number, end: number): { exponent: number; modulus: number } | null {
  if (end > walk.limit || end - begin < 3) return null
  const short = walk.u8(begin)
  const exponent = short === 0 ? begin + 3 : begin + 1
  const modulus = exponent + (short === 0 ? walk.u16(begin + 1) : short)
  return modulus < end ? { exponent, modulus } : null
}

/** A name in wire form (RFC 1035 section 3.1) as dotted text; a network access identifier as it is. Longest name: 255 bytes. */
function domainText(walk: Walk, type: number, begin: number, length: number): string {
  const end = Math.min(begin + length, walk.limit)
  let text = ''
  if (type !== 1) {
    for (let at = begin; at < end && text.length < 255 && walk.bytes[at] !== 0; at++) text += String.fromCharCode(walk.bytes[at] as number)
    return text
  }
  let at = begin
  while (at < end && walk.bytes[at] !== 0 && text.length < 255 && walk.item(at)) {
    const label = walk.bytes[at] as number
    if (label > 63) break
    if (text !== '') text += '.'
    for (let i = at + 1; i <= at + label && i < end; i++) text += String.fromCharCode(walk.bytes[i] as number)
    at += label + 1
  }
  return text
}
