/**
 * Frames that were captured twice. Their rows stay; the second of them says nothing new, and is not heard.
 * In one place: a mirror port that copies both directions, 'any' on a bridge. A copy comes on the same interface within 3 ms. Hosts say the same
 * twice as well (acknowledgements, floods, keepalives): copies are known only where most different packets have one.
 * In two places on the way: captures of both ends opened together or merged, both sides of a router. The same packet comes on another interface,
 * or with other link-layer addresses or another hop limit, at most 2 s later than the soonest (on another interface, whose clock may differ, that
 * is a minute). That is no thing that hosts do, so that a quarter of the packets of two hosts, or of an interface, is enough. The way that it took
 * there is still noted. Large TCP segments do not count: network cards make others of them; whether they were seen is asked of their numbers.
 * Both have the bytes of their packet from the network layer on, but for the hop limit. What comes before it is known is for the rules, which take
 * a repetition for one.
 * Cost: a hash of up to 112 bytes a packet and one line of a table; nothing allocated.
 */

import { LinkType } from '../../dissectors/link/ethertypes.ts'
import { mirroredFrame } from '../../dissectors/mirror/frame.ts'
import { COPY } from '../analysis/same-frame.ts'
import { hashOf, hostsOf, linkOf, networkOffset } from './frame-bytes.ts'
import { isLargeSegment, SegmentsElsewhere } from './segments-elsewhere.ts'

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
  private readonly segments = new SegmentsElsewhere()

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
    const large = isLargeSegment(memory, network, end)
    if (same) {
      const age = time - (times[slot * (WORDS / 2) + 2] as number)
      const near = known === size && age >= 0 && age < COPY
      if (near && this.sameFrame(at, iface, large)) return Copy.Same
      if (age >= 0 && (known !== size ? age < FAR_INTERFACE : age < FAR && table[at + LINK] !== link))
        return this.otherPlace(at, hosts, age, large) ? Copy.Elsewhere : Copy.No
      if (near) return Copy.No
    } else {
      if (!large) {
        this.interfaces.different(iface & (INTERFACES - 1))
        this.hosts.different(hosts)
      }
      if (this.twoPlaces(hosts, iface & (INTERFACES - 1)) && this.segmentElsewhere(memory, network, end, link, iface, time))
        return Copy.Elsewhere
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
  private sameFrame(at: number, iface: number, large: boolean): boolean {
    const place = iface & (INTERFACES - 1)
    const most = this.interfaces.mostNear(place)
    if (this.sign(at, NEAR_SEEN) && !large) this.interfaces.near(place)
    if (most) this.count++
    return most
  }

  /**
   * The packet of the record came again in another place: is that what happens here to many? The way, and what clocks differ by, are the same for
   * all of them: what takes much longer was sent again, by whomever.
   */
  private otherPlace(at: number, hosts: number, age: number, large: boolean): boolean {
    const place = (this.table[at + SIZE] as number) & (INTERFACES - 1)
    const many = this.twoPlaces(hosts, place)
    if (age >= this.least + FAR) return false
    if (this.sign(at, FAR_SEEN) && !large) {
      this.interfaces.far(place)
      this.hosts.far(hosts)
      if (age < this.least) this.least = age
    }
    if (many) this.elsewhere++
    return many
  }

  private twoPlaces(hosts: number, place: number): boolean {
    return this.hosts.manyFar(hosts) || this.interfaces.manyFar(place)
  }

  private segmentElsewhere(memory: Uint8Array, network: number, end: number, link: number, iface: number, time: number): boolean {
    if (!this.segments.again(memory, network, end, link ^ Math.imul(iface + 1, 0x9e3779b1), time, this.least + FAR)) return false
    this.elsewhere++
    return true
  }

  /** Sets a sign of the record; was it not there yet? */
  private sign(at: number, sign: number): boolean {
    const signs = this.table[at + SIGNS] as number
    this.table[at + SIGNS] = signs | sign
    return (signs & sign) === 0
  }
}
