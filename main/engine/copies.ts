/**
 * Frames that were captured twice. Their rows stay; the second of them says nothing new, and is not heard.
 * In one place: a mirror port that copies both directions, 'any' on a bridge. A copy comes on the same interface within 3 ms. Hosts say the same
 * twice as well (acknowledgements, floods, keepalives): copies are known only where most different packets have one.
 * In two places on the way: captures of both ends opened together or merged, both sides of a router. The same packet comes on another interface,
 * or with other link-layer addresses or another hop limit, at most 2 s later than the soonest (on another interface, whose clock may differ, that
 * is a minute). That is no thing that hosts do, so that a quarter of the packets of two hosts, or of an interface, is enough. The way that it took
 * there is still noted.
 * Both have the bytes of their packet from the network layer on, but for the hop limit. What comes before it is known is for the rules, which take
 * a repetition for one.
 * Cost: a hash of up to 112 bytes a packet and one line of a table; nothing allocated.
 */

import { LinkType } from '../../dissectors/link/ethertypes.ts'
import { mirroredFrame } from '../../dissectors/mirror/frame.ts'
import { COPY } from '../analysis/same-frame.ts'

/** packets that are remembered; a power of two */
const SLOTS = 1 << 13
/** four-byte words a packet: hash, length and interface, link, signs of copies, time (two) */
const WORDS = 6
const HASH = 0
const SIZE = 1
const LINK = 2
const SIGNS = 3
const NEAR_SEEN = 1
const FAR_SEEN = 2
/** no packet of another place comes later than this; clocks of two interfaces may be a minute apart */
const FAR = 2e9
const FAR_INTERFACE = 60e9
/** nothing is on its way for as long as this */
const CLOCKS = 1e9
/** bytes that are looked at, at the begin and at the end */
const HEAD = 96
const TAIL = 16
/** so many packets have copies, and at least half of the last ones (a quarter in another place) */
const LEAST = 4
const LEAST_FAR = 8
const LAST = 256
/** pairs of hosts that are told apart; a power of two */
const HOSTS = 1 << 12

export const enum Copy {
  No = 0,
  /** the frame itself */
  Same = 1,
  /** the packet in another place */
  Elsewhere = 2,
}

/** How many different packets there were of late, and how many of them came again. */
class Shares {
  private readonly counts: Int32Array
  constructor(size: number) {
    this.counts = new Int32Array(size * 3)
  }
  different(of: number): void {
    const { counts } = this
    const at = of * 3
    if ((counts[at] as number) < LAST) counts[at] = (counts[at] as number) + 1
    else {
      counts[at] = LAST / 2
      counts[at + 1] = (counts[at + 1] as number) >>> 1
      counts[at + 2] = (counts[at + 2] as number) >>> 1
    }
  }
  near(of: number): void {
    this.counts[of * 3 + 1] = (this.counts[of * 3 + 1] as number) + 1
  }
  far(of: number): void {
    this.counts[of * 3 + 2] = (this.counts[of * 3 + 2] as number) + 1
  }
  mostNear(of: number): boolean {
    const doubled = this.counts[of * 3 + 1] as number
    return doubled >= LEAST && 2 * doubled >= (this.counts[of * 3] as number)
  }
  manyFar(of: number): boolean {
    const doubled = this.counts[of * 3 + 2] as number
    return doubled >= LEAST_FAR && 4 * doubled >= (this.counts[of * 3] as number)
  }
}

/** interfaces that have shares of their own; of more, some have theirs together */
const INTERFACES = 1 << 8

export class FrameCopies {
  /** packets that were not heard: frames that were captured twice in one place, packets that were captured in two */
  count = 0
  elsewhere = 0
  /** ns between a packet in one place and in the other, the least of all: the way there, and what the clocks differ by */
  private least = Number.POSITIVE_INFINITY
  private readonly table = new Int32Array(SLOTS * WORDS)
  private readonly times = new Float64Array(this.table.buffer)
  private readonly interfaces = new Shares(INTERFACES)
  private readonly hosts = new Shares(HOSTS)

  warnings(): string[] {
    const { count, elsewhere, least } = this
    return [
      ...(count > 0 ? [`${count} packets are second captures of the same frames (within 3 ms) and were heard once`] : []),
      ...(elsewhere > 0
        ? [
            `${elsewhere} packets were captured in two places on their way (both ends, or both sides of a router) and were heard once, in the first`,
          ]
        : []),
      ...(elsewhere > 0 && least > CLOCKS
        ? [
            `the clocks of the two places differ by about ${(least / 1e9).toFixed(1)} s: times are those of the place whose clock is behind; editcap -t moves a capture`,
          ]
        : []),
    ]
  }

  /** Is the frame in begin..end of `memory` a copy of one before it, where packets are captured twice? */
  again(memory: Uint8Array, begin: number, end: number, linkType: number, iface: number, time: number): Copy {
    let network = networkOffset(memory, begin, end, linkType)
    if (network < 0) return Copy.No
    // A mirror's own headers are new with every copy.
    const mirrored = mirroredFrame(memory, network, end)
    const frame = mirrored < 0 ? begin : mirrored
    if (mirrored >= 0) {
      network = networkOffset(memory, mirrored, end, LinkType.Ethernet)
      if (network < 0) return Copy.No
    }
    const hash = hashOf(memory, network, end)
    const slot = hash & (SLOTS - 1)
    const { table, times } = this
    const at = slot * WORDS
    const size = ((end - network) << 12) | (iface & 0xfff)
    const link = linkOf(memory, frame, network)
    const hosts = hostsOf(memory, network) & (HOSTS - 1)
    const known = table[at + SIZE] as number
    const same = table[at + HASH] === hash && known >> 12 === size >> 12
    if (same) {
      const age = time - (times[slot * (WORDS / 2) + 2] as number)
      const near = known === size && age >= 0 && age < COPY
      if (near && this.sameFrame(at, iface)) return Copy.Same
      if (age >= 0 && (known !== size ? age < FAR_INTERFACE : age < FAR && table[at + LINK] !== link))
        return this.otherPlace(at, hosts, age) ? Copy.Elsewhere : Copy.No
      if (near) return Copy.No
    } else {
      this.interfaces.different(iface & (INTERFACES - 1))
      this.hosts.different(hosts)
    }
    table[at + HASH] = hash
    table[at + SIZE] = size
    table[at + LINK] = link
    // What is said again later, by a host that says nothing else, is no sign of anything.
    table[at + SIGNS] = same ? NEAR_SEEN | FAR_SEEN : 0
    times[slot * (WORDS / 2) + 2] = time
    return Copy.No
  }

  /** The frame of the record came again at once: is that what happens here to most? */
  private sameFrame(at: number, iface: number): boolean {
    const place = iface & (INTERFACES - 1)
    const most = this.interfaces.mostNear(place)
    if (this.sign(at, NEAR_SEEN)) this.interfaces.near(place)
    if (most) this.count++
    return most
  }

  /**
   * The packet of the record came again in another place: is that what happens here to many? The way, and what clocks differ by, are the same for
   * all of them: what takes much longer was sent again, by whomever.
   */
  private otherPlace(at: number, hosts: number, age: number): boolean {
    const place = (this.table[at + SIZE] as number) & (INTERFACES - 1)
    const many = this.hosts.manyFar(hosts) || this.interfaces.manyFar(place)
    if (age >= this.least + FAR) return false
    if (this.sign(at, FAR_SEEN)) {
      this.interfaces.far(place)
      this.hosts.far(hosts)
      if (age < this.least) this.least = age
    }
    if (many) this.elsewhere++
    return many
  }

  /** Sets a sign of the record; was it not there yet? */
  private sign(at: number, sign: number): boolean {
    const signs = this.table[at + SIGNS] as number
    this.table[at + SIGNS] = signs | sign
    return (signs & sign) === 0
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

/** The link-layer addresses (of cooked captures the direction) and the hop limit: what is different in another place on the way. */
function linkOf(memory: Uint8Array, begin: number, network: number): number {
  const hash = memory[(memory[network] as number) >>> 4 === 4 ? network + 8 : network + 7] as number
  // Addresses come first in every header that has some; tags behind them say nothing about the place.
  if (network - begin < 12) return hash
  return hash ^ wordAt(memory, begin) ^ Math.imul(wordAt(memory, begin + 4), 3) ^ Math.imul(wordAt(memory, begin + 8), 5)
}

/** The same for both directions. */
function hostsOf(memory: Uint8Array, at: number): number {
  if ((memory[at] as number) >>> 4 === 4) return mixed(0, wordAt(memory, at + 12) ^ wordAt(memory, at + 16))
  const ends = wordAt(memory, at + 20) ^ wordAt(memory, at + 36) ^ Math.imul(wordAt(memory, at + 16) ^ wordAt(memory, at + 32), 3)
  return mixed(0, ends ^ wordAt(memory, at + 12) ^ wordAt(memory, at + 28))
}
