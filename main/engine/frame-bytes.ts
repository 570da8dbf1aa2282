/**
 * What is read of a frame's bytes to know it again in another place: where IP begins, and hashes that leave out what is different there. Cost: the
 * bytes that are looked at; nothing allocated.
 */

/** bytes of a packet that are looked at, at the begin and at the end */
const HEAD = 96
const TAIL = 16

/** Where IP begins; -1: nowhere that is known. */
export function networkOffset(memory: Uint8Array, begin: number, end: number, linkType: number): number {
  let at = begin
  switch (linkType) {
    case 1: {
      at += 12
      for (let tags = 0; tags < 4 && at + 2 <= end; tags++) {
        const type = ((memory[at] as number) << 8) | (memory[at + 1] as number)
        if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100) break
        at += 4
      }
      at += 2
      break
    }
    case 0:
    case 108:
      at += 4
      break
    case 113:
      at += 16
      break
    case 276:
      at += 20
      break
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      break
    default:
      return -1
  }
  if (end - at < 20) return -1
  const version = (memory[at] as number) >>> 4
  return version === 4 || (version === 6 && end - at >= 40) ? at : -1
}

/**
 * Four bytes at a time, without what a router changes: the hop limit, and the checksum of an IPv4 header. What may not be forwarded keeps its hop
 * limit.
 */
export function hashOf(memory: Uint8Array, at: number, end: number): number {
  const four = (memory[at] as number) >>> 4 === 4
  const changed = four ? at + 8 : at + 4
  const kept = four ? 0x00ff_0000 : ~0xff
  const head = Math.min(end, at + HEAD)
  let hash = memory[four ? at + 8 : at + 7] === 255 ? 0x050c5d1f : 0x811c9dc5 | 0
  let i = at
  for (; i + 4 <= head; i += 4) {
    const word = wordAt(memory, i)
    hash = mixed(hash, i === changed ? word & kept : word)
  }
  for (; i < head; i++) hash = mixed(hash, memory[i] as number)
  for (i = Math.max(head, end - TAIL); i < end; i++) hash = mixed(hash, memory[i] as number)
  return hash
}

export function wordAt(memory: Uint8Array, at: number): number {
  return (
    ((memory[at] as number) << 24) | ((memory[at + 1] as number) << 16) | ((memory[at + 2] as number) << 8) | (memory[at + 3] as number)
  )
}

export function mixed(hash: number, word: number): number {
  const next = Math.imul(hash ^ word, 0x9e3779b1 | 0)
  return next ^ (next >>> 15)
}

/** The link-layer addresses (of cooked captures the direction) and the hop limit: what is different in another place on the way. */
export function linkOf(memory: Uint8Array, begin: number, network: number): number {
  const hash = memory[(memory[network] as number) >>> 4 === 4 ? network + 8 : network + 7] as number
  // Addresses come first in every header that has some; tags behind them say nothing about the place.
  if (network - begin < 12) return hash
  return hash ^ wordAt(memory, begin) ^ Math.imul(wordAt(memory, begin + 4), 3) ^ Math.imul(wordAt(memory, begin + 8), 5)
}

/** The same for both directions. */
export function hostsOf(memory: Uint8Array, at: number): number {
  if ((memory[at] as number) >>> 4 === 4) return mixed(0, wordAt(memory, at + 12) ^ wordAt(memory, at + 16))
  const ends = wordAt(memory, at + 20) ^ wordAt(memory, at + 36) ^ Math.imul(wordAt(memory, at + 16) ^ wordAt(memory, at + 32), 3)
  return mixed(0, ends ^ wordAt(memory, at + 12) ^ wordAt(memory, at + 28))
}
