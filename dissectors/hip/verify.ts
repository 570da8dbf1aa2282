/**
 * What an observer can check in HIP packets without any secret: the puzzle's solution (RFC 7401 section 4.1.2) and signatures by a host
 * identity that the capture holds (section 6.4.2). MACs need the Diffie-Hellman secret and stay unverified.
 * A signature is called wrong only when the same key has signed another packet rightly: before that, its form may just be unknown here.
 * Cost: a hash per I2, and one signature per signed packet whose key is known.
 */
import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import type { HashName, PublicKey } from '../core/crypto.ts'
import { hexOf } from '../core/hex.ts'
import type { Walk } from '../core/walk.ts'
import type { HipFacts } from './facts.ts'
import { P } from './fields.ts'
import { checkHit, HitCheck, hashOfHit } from './host-id.ts'
import { signatureAlgorithmSize } from './parameters.ts'
import { type HipEnd, type HostKey, hipState, MAX_FAILURES } from './state.ts'
import { Algorithm, Header, HIT_SIZE, PARAMETER_HEADER, Packet, Parameter } from './wire.ts'

/** HITs of the packet at `offset` as hex. */
export function hitsOf(walk: Walk, offset: number): { sender: string; receiver: string } {
  const { bytes } = walk
  return {
    sender: hexOf(bytes, offset + Header.SenderHit, offset + Header.SenderHit + HIT_SIZE),
    receiver: hexOf(bytes, offset + Header.ReceiverHit, offset + Header.ReceiverHit + HIT_SIZE),
  }
}

/** True or false for an I2 whose solution could be checked, else null. K low-order bits of RHASH(I | HIT-I | HIT-R | J) are zero. */
export function checkSolution(walk: Walk, facts: HipFacts): boolean | null {
  const { solutionAt: at, solutionLength: length, difficulty, offset } = facts
  if (facts.type !== Packet.I2 || at < 0 || length === 0 || at + 2 * length > walk.limit) return null
  const hash = facts.version === 1 ? 'sha1' : hashOfHit(walk.bytes, offset + Header.ReceiverHit)
  if (hash === undefined) return null
  const { bytes } = walk
  const { digest } = walk.state.crypto
  const hits = offset + Header.SenderHit
  const input = new Uint8Array(2 * length + 2 * HIT_SIZE)
  input.set(bytes.subarray(at, at + length), 0)
  input.set(bytes.subarray(hits, hits + 2 * HIT_SIZE), length)
  input.set(bytes.subarray(at + length, at + 2 * length), length + 2 * HIT_SIZE)
  if (lowBitsAreZero(digest(hash, input), difficulty)) return true
  // Some stacks hash the HITs as R1 has them, the responder's first: as much work, so as good.
  input.set(bytes.subarray(hits + HIT_SIZE, hits + 2 * HIT_SIZE), length)
  input.set(bytes.subarray(hits, hits + HIT_SIZE), length + HIT_SIZE)
  return lowBitsAreZero(digest(hash, input), difficulty)
}

function lowBitsAreZero(digest: Uint8Array, bits: number): boolean {
  if (bits > digest.length * 8) return false
  let left = bits
  for (let i = digest.length - 1; left > 0; i--, left -= 8) {
    const mask = left >= 8 ? 0xff : (1 << left) - 1
    if (((digest[i] as number) & mask) !== 0) return false
  }
  return true
}

/** The sender's HOST_ID in this packet, when its HIT is not known to contradict it. */
export function keyOfPacket(walk: Walk, facts: HipFacts): HostKey | null {
  const { identityAt: at, identityLength: length } = facts
  if (at < 0 || length === 0 || at + length > walk.limit) return null
  if (checkHit(walk, facts.offset + Header.SenderHit, at, at + length) === HitCheck.Wrong) return null
  return { algorithm: facts.identityAlgorithm, bytes: walk.bytes.slice(at, at + length), proven: false }
}

function publicKey(key: HostKey): PublicKey | null {
  const { bytes, algorithm } = key
  if (algorithm === Algorithm.Rsa) {
    const short = bytes[0] as number
    const begin = short === 0 ? 3 : 1
    const modulus = begin + (short === 0 ? ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0) : short)
    if (modulus >= bytes.length) return null
    return { kind: 'rsa', exponent: bytes.subarray(begin, modulus), modulus: bytes.subarray(modulus) }
  }
  if (algorithm === Algorithm.Dsa) {
    const size = 64 + 8 * (bytes[0] as number)
    if (bytes.length !== 21 + 3 * size) return null
    const part = (n: number): Uint8Array => bytes.subarray(21 + n * size, 21 + (n + 1) * size)
    return { kind: 'dsa', q: bytes.subarray(1, 21), p: part(0), g: part(1), y: part(2) }
  }
  const curve = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  if (algorithm === Algorithm.Ecdsa && (curve === 1 || curve === 2))
    return { kind: 'ecdsa', curve: curve === 1 ? 'P-256' : 'P-384', point: bytes.subarray(2) }
  if (algorithm === Algorithm.EdDsa && (curve === 1 || curve === 3))
    return { kind: 'eddsa', curve: curve === 1 ? 'Ed25519' : 'Ed448', key: bytes.subarray(2) }
  return null
}

/**
 * What a signature covers (sections 5.2.14 and 5.2.15): the packet up to the signature parameter, its header length saying so and its
 * checksum zero; for HIP_SIGNATURE_2 of an R1, signed before it is known to whom it goes, also the receiver's HIT and the puzzle's opaque
 * and I are zero. A stack that puts HIP_SIGNATURE_2 into R2 zeroes nothing there.
 */
function signedBytes(walk: Walk, facts: HipFacts): Uint8Array {
  const { offset } = facts
  const end = facts.signatureAt - PARAMETER_HEADER
  const data = walk.bytes.slice(offset, end)
  data[Header.Length] = ((end - offset) >> 3) - 1
  data.fill(0, Header.Checksum, Header.Checksum + 2)
  if (facts.signatureType === Parameter.HipSignature2 && facts.type === Packet.R1) {
    data.fill(0, Header.ReceiverHit, Header.ReceiverHit + HIT_SIZE)
    const puzzle = facts.puzzleAt - offset
    if (facts.puzzleAt >= 0 && puzzle + facts.puzzleLength <= data.length) data.fill(0, puzzle - 2, puzzle + facts.puzzleLength)
  }
  return data
}

/** True when the packet's signature is right for `key`, false when it is not, null when that cannot be told. */
export function checkSignature(walk: Walk, facts: HipFacts, key: HostKey): boolean | null {
  const { signatureAt: at, signatureLength: length, offset } = facts
  if (at < 0 || at + length > walk.limit || ((at - PARAMETER_HEADER - offset) & 7) !== 0) return null
  const state = walk.state.of(hipState)
  const known = state.failures < MAX_FAILURES || walk.state.frozen ? publicKey(key) : null
  if (known === null) return null
  const size = signatureAlgorithmSize(walk, facts.version, at)
  // DSA puts its parameter T before r and s (RFC 2536 section 3).
  const begin = at + size + (key.algorithm === Algorithm.Dsa ? 1 : 0)
  const signature = walk.bytes.slice(begin, at + length)
  const data = signedBytes(walk, facts)
  const first: HashName = hashOfHit(walk.bytes, offset + Header.SenderHit) ?? 'sha256'
  let verdict: boolean | null = null
  for (const hash of first === 'sha1' ? [first] : ([first, 'sha1', 'sha256'] as const)) {
    verdict = walk.state.crypto.verify(known, hash, data, signature)
    if (verdict !== false) return verdict
  }
  if (!walk.state.frozen) state.failures++
  return verdict
}

/** How well the packet is authenticated, for one that `end` is to have sent. Notes when its key proves to be usable. */
export function levelOf(walk: Walk, facts: HipFacts, end: HipEnd | null): ClaimAuthentication {
  if (facts.signatureAt >= 0) {
    const key = end?.key ?? keyOfPacket(walk, facts)
    const verdict = key === null ? null : checkSignature(walk, facts, key)
    if (verdict === true) {
      if (key !== null && !walk.state.frozen) key.proven = true
      return 'A4v'
    }
    if (verdict === false && key?.proven === true) return 'AX'
    return 'A4u'
  }
  // HITs are no secret: without MAC and signature anyone could have sent it.
  return facts.macAt >= 0 || facts.cut ? 'A3u' : 'A0'
}

const SIGNATURE_WORDS: Partial<Record<ClaimAuthentication, string>> = {
  A4v: 'right',
  AX: 'wrong: the same key has signed other packets',
  A4u: 'not verifiable',
}

/** Verdicts as computed fields. */
export function recordChecks(walk: Walk, facts: HipFacts): void {
  const solution = walk.wants(P.solutionCheck) ? checkSolution(walk, facts) : null
  if (solution !== null) {
    walk.words(P.solutionCheck, facts.solutionAt, 2 * facts.solutionLength, solution ? 'solves the puzzle' : 'does not solve the puzzle')
    walk.generated()
  }
  if (facts.signatureAt < 0 || !walk.wants(P.signatureCheck)) return
  const { sender, receiver } = hitsOf(walk, facts.offset)
  const association = walk.state.of(hipState).find(sender, receiver)
  const end = association === null ? null : (association.ends.find((one) => hexOf(one.hit, 0, HIT_SIZE) === sender) ?? null)
  walk.words(P.signatureCheck, facts.signatureAt, facts.signatureLength, SIGNATURE_WORDS[levelOf(walk, facts, end)] ?? 'not verifiable')
  walk.generated()
}
