/**
 * Checksums: the internet checksum (RFC 1071) with the IPv4 and IPv6 pseudo headers, and CRC32c (RFC 9260 appendix A).
 * Works on the bytes as they are, allocates nothing. Not for the index pass: cost is a pass over the covered bytes.
 */
import type { Walk } from './walk.ts'

/** One's complement sum of 16-bit words, added to `sum`; an odd last byte counts as the high half of a word. Not yet folded. */
export function sumWords(bytes: Uint8Array, begin: number, end: number, sum = 0): number {
  let total = sum
  let i = begin
  for (; i + 1 < end; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number)
  if (i < end) total += (bytes[i] as number) << 8
  return total
}

/** Folds a sum into 16 bits and complements it: the value that belongs into the checksum field. */
export function finish(sum: number): number {
  let total = sum
  while (total > 0xffff) total = (total % 0x10000) + Math.floor(total / 0x10000)
  return ~total & 0xffff
}

/** Internet checksum over `begin..end`: 0 when the range holds its own right checksum. */
export function internetChecksum(bytes: Uint8Array, begin: number, end: number): number {
  return finish(sumWords(bytes, begin, end))
}

/** Sum of the pseudo header: addresses of `size` (4: RFC 768, 16: RFC 8200 section 8.1), upper-layer length and protocol. */
export function pseudoHeader(
  bytes: Uint8Array,
  source: number,
  destination: number,
  size: number,
  protocol: number,
  length: number,
): number {
  const sum = sumWords(bytes, destination, destination + size, sumWords(bytes, source, source + size))
  return sum + (length >>> 16) + (length & 0xffff) + protocol
}

export const enum ChecksumVerdict {
  /** bytes are missing, or there is nothing to check against */
  Unknown = 0,
  Bad = 1,
  Good = 2,
  /** right only over the identifiers, the lower halves of the IPv6 addresses: the hosts speak ILNP (RFC 6741 section 5) */
  GoodOverIdentifiers = 3,
}

/** Checks a transport checksum that lies inside `begin..end` of the innermost IP layer's payload. */
export function verifyTransport(walk: Walk, begin: number, end: number, protocol: number): ChecksumVerdict {
  const { bytes, checksumSource, checksumDestination, addressSize } = walk
  if (addressSize === 0 || end > walk.limit || end <= begin) return ChecksumVerdict.Unknown
  const payload = sumWords(bytes, begin, end)
  const length = end - begin
  const identifiers = walk.checksumIdentifiers
  if (identifiers !== null && walk.checksumIdentifiersFor === checksumSource)
    return finish(payload + pseudoHeader(identifiers, 0, 16, 16, protocol, length)) === 0 ? ChecksumVerdict.Good : ChecksumVerdict.Bad
  if (finish(payload + pseudoHeader(bytes, checksumSource, checksumDestination, addressSize, protocol, length)) === 0)
    return ChecksumVerdict.Good
  if (addressSize === 16 && finish(payload + pseudoHeader(bytes, checksumSource + 8, checksumDestination + 8, 8, protocol, length)) === 0)
    return ChecksumVerdict.GoodOverIdentifiers
  return ChecksumVerdict.Bad
}

const CRC32C_TABLE = /* @__PURE__ */ makeTable()

function makeTable(): Uint32Array {
  const table = new Uint32Array(256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
    table[n] = c >>> 0
  }
  return table
}

/** CRC32c of `begin..end`; the four bytes at `hole` (SCTP's own checksum field) count as zero when `hole` >= 0. */
export function crc32c(bytes: Uint8Array, begin: number, end: number, hole = -1): number {
  let crc = 0xffffffff
  for (let i = begin; i < end; i++) {
    const byte = i >= hole && i < hole + 4 && hole >= 0 ? 0 : (bytes[i] as number)
    crc = (crc >>> 8) ^ (CRC32C_TABLE[(crc ^ byte) & 0xff] as number)
  }
  return (crc ^ 0xffffffff) >>> 0
}
