/**
 * Frames that were captured twice: a mirror port that copies both directions, 'any' on a bridge, a port mirrored before and behind its router. A
 * copy has the bytes of its packet from the network layer on, but for the hop limit, and comes on the same interface within 3 ms. It says nothing
 * new: its row stays, its signals are not heard. Hosts say the same twice as well (acknowledgements, floods, keepalives): copies are known only
 * where most different packets have one. What comes before that is for the rules, which take a repetition for one.
 * Of another interface it may be another place on the way, and is heard.
 * Cost: a hash of up to 112 bytes a packet; nothing allocated.
 */

import { COPY } from '../analysis/same-frame.ts'

/** packets that are remembered; a power of two */
const SLOTS = 1 << 12
/** bytes that are looked at, at the begin and at the end */
const HEAD = 96
const TAIL = 16
/** so many packets have copies, and at least half of the last ones */
const LEAST = 4
const LAST = 256

export class FrameCopies {
  /** packets that were not heard */
  count = 0
  private readonly hashes = new Int32Array(SLOTS)
  private readonly lengths = new Uint32Array(SLOTS)
  private readonly interfaces = new Int32Array(SLOTS).fill(-1)
  private readonly times = new Float64Array(SLOTS)
  private readonly copied = new Uint8Array(SLOTS)
  /** by interface: different packets of late, and those of them that came again */
  private readonly different: number[] = []
  private readonly doubled: number[] = []

  /** Is the frame in begin..end of `memory` a copy of one before it, where frames are captured twice? */
  again(memory: Uint8Array, begin: number, end: number, linkType: number, iface: number, time: number): boolean {
    const network = networkOffset(memory, begin, end, linkType)
    if (network < 0) return false
    const hash = hashOf(memory, network, end)
    const slot = (hash ^ (iface * 0x9e37)) & (SLOTS - 1)
    const { hashes, lengths, interfaces, times, copied } = this
    const age = time - (times[slot] as number)
    const length = end - network
    const different = this.different[iface] ?? 0
    const doubled = this.doubled[iface] ?? 0
    const same = hashes[slot] === hash && lengths[slot] === length && interfaces[slot] === iface
    if (same && age >= 0 && age < COPY) {
      if (copied[slot] === 0) this.doubled[iface] = doubled + 1
      copied[slot] = 1
      if (doubled < LEAST || 2 * doubled < different) return false
      this.count++
      return true
    }
    hashes[slot] = hash
    lengths[slot] = length
    interfaces[slot] = iface
    times[slot] = time
    // What is said again later, by a host that says nothing else, is no sign of anything.
    copied[slot] = same ? 1 : 0
    if (same) return false
    if (different < LAST) this.different[iface] = different + 1
    else {
      this.different[iface] = LAST / 2
      this.doubled[iface] = doubled >>> 1
    }
    return false
  }
}

/** Where IP begins; -1: nowhere that is known. */
function networkOffset(memory: Uint8Array, begin: number, end: number, linkType: number): number {
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
function hashOf(memory: Uint8Array, at: number, end: number): number {
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

function wordAt(memory: Uint8Array, at: number): number {
  return (
    ((memory[at] as number) << 24) | ((memory[at + 1] as number) << 16) | ((memory[at + 2] as number) << 8) | (memory[at + 3] as number)
  )
}

function mixed(hash: number, word: number): number {
  const next = Math.imul(hash ^ word, 0x9e3779b1 | 0)
  return next ^ (next >>> 15)
}
