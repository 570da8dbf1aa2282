/**
 * AUTH chunks as far as an observer can check them (RFC 4895): with the endpoint pair shared key empty (key id 0, the default) the
 * association key is made of nothing but the RANDOM, CHUNKS and HMAC-ALGO parameters of INIT and INIT ACK, so whoever saw
 * the handshake can verify every AUTH. Refuses to guess: an unknown key id, HMAC or handshake is 'cannot verify'.
 * Cost: one hash over the packet, only for packets that carry AUTH and only where the answer is wanted.
 */
import type { ClaimAuthentication } from '../../shared/signal-details.ts'
import type { Walk } from '../core/walk.ts'
import type { SctpState } from './state.ts'
import { ChunkFixed } from './wire.ts'

/** HMAC identifiers, RFC 4895 section 3.3, and the length of what they give */
const SHA1 = 1
const SHA256 = 3
/** RANDOM of 32 bytes, CHUNKS of all 256 types and a handful of HMAC identifiers, with room */
const MAX_VECTOR = 1_024

/** Order of key vectors as big-endian numbers of possibly different length; equal numbers: the shorter one first (section 6.1). */
export function compareVectors(a: Uint8Array, b: Uint8Array): number {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = i < length - a.length ? 0 : (a[i - (length - a.length)] as number)
    const y = i < length - b.length ? 0 : (b[i - (length - b.length)] as number)
    if (x !== y) return x - y
  }
  return a.length - b.length
}

/** Association shared key for an endpoint pair shared key: key, then the smaller vector, then the larger. */
export function associationKey(shared: Uint8Array, a: Uint8Array, b: Uint8Array): Uint8Array {
  const [small, large] = compareVectors(a, b) <= 0 ? [a, b] : [b, a]
  const key = new Uint8Array(shared.length + small.length + large.length)
  key.set(shared, 0)
  key.set(small, shared.length)
  key.set(large, shared.length + small.length)
  return key
}

/** How well the chunks after the AUTH chunk at `offset` are authenticated. */
export function verifyAuth(walk: Walk, state: SctpState, half: number, offset: number): 'A3v' | 'A3u' | 'AX' {
  const { bytes } = walk
  if (walk.end > walk.limit || offset + ChunkFixed.Auth > walk.limit) return 'A3u'
  const length = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)
  const keyId = ((bytes[offset + 4] as number) << 8) | (bytes[offset + 5] as number)
  const algorithm = ((bytes[offset + 6] as number) << 8) | (bytes[offset + 7] as number)
  const size = algorithm === SHA1 ? 20 : algorithm === SHA256 ? 32 : 0
  if (size === 0 || keyId !== 0) return 'A3u'
  if (length !== ChunkFixed.Auth + size || offset + length > walk.limit) return 'AX'
  const sender = state.vectorOf(state.peerOf(half))
  const receiver = state.vectorOf(half)
  if (sender === undefined || receiver === undefined) return 'A3u'
  const message = bytes.slice(offset, walk.limit)
  message.fill(0, ChunkFixed.Auth, ChunkFixed.Auth + size)
  const key = associationKey(new Uint8Array(0), sender.bytes, receiver.bytes)
  const { crypto } = walk.state
  const want = algorithm === SHA1 ? crypto.hmacSha1(key, message) : crypto.hmacSha256(key, message)
  for (let i = 0; i < size; i++) if (want[i] !== bytes[offset + ChunkFixed.Auth + i]) return 'AX'
  return 'A3v'
}

/** Level of what the packet being walked says: by its AUTH chunk when it has one, else by its verification tag. */
export function levelOf(walk: Walk, state: SctpState): ClaimAuthentication {
  if (state.authOffset >= 0) return verifyAuth(walk, state, state.packetHalf, state.authOffset)
  return state.tagIsWrong(walk, state.packetTag) ? 'A0' : 'A1'
}

/**
 * RANDOM, CHUNKS and HMAC-ALGO of the INIT or INIT ACK whose parameters lie in `begin..end`, put together in this order without padding.
 * Null when there is no RANDOM (the sender does not do AUTH), or when it all is longer than any real one: RANDOM has 32 bytes (section 3.1).
 */
export function keyVectorOf(walk: Walk, begin: number, end: number): { bytes: Uint8Array; chunks: Uint8Array } | null {
  const { bytes } = walk
  const parts: (Uint8Array | null)[] = [null, null, null]
  const stop = Math.min(end, walk.limit)
  for (let offset = begin, n = 0; offset + 4 <= stop && n < 1000; n++) {
    const type = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
    const length = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)
    if (length < 4 || offset + length > stop) break
    const part = type - 0x8002
    if (part >= 0 && part <= 2 && parts[part] === null) parts[part] = bytes.slice(offset, offset + length)
    offset += (length + 3) & ~3
  }
  const [random, chunks, algorithms] = parts
  if (random == null) return null
  const size = random.length + (chunks?.length ?? 0) + (algorithms?.length ?? 0)
  if (size > MAX_VECTOR) return null
  const joined = new Uint8Array(size)
  joined.set(random, 0)
  if (chunks != null) joined.set(chunks, random.length)
  if (algorithms != null) joined.set(algorithms, random.length + (chunks?.length ?? 0))
  return { bytes: joined, chunks: chunks == null ? new Uint8Array(0) : chunks.slice(4) }
}
