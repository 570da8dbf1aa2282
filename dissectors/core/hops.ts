/**
 * Over which hops packets of a flow travelled: capture interface and the frame's two link-layer addresses. A hop is a small number; for every
 * (flow, direction, hop) there is one record with first packet, third packet, last time and count, so that who wants to know which sources left
 * by which router looks at records and never at packets. Packets inside a tunnel have no hop of their own.
 * Cost per packet: a hash over twelve bytes, one compare, three column writes. Bounded: MAX_HOPS hops, MAX_RECORDS records; packets over
 * what is beyond have none, and are counted in `overflow`.
 */
import { nextCapacity } from './capacity.ts'
import { MAX_FLOWS } from './limits.ts'
import type { Walk } from './walk.ts'

const MAX_HOPS = 65_536
const MAX_RECORDS = 1_000_000
/** (flow, direction, hop) pairs beyond the two that are at hand, for flows that use three or more */
const MAX_FURTHER = 200_000
/** of `used` */
const WORDS = 4
/** of one direction of a flow: more is no change of route but packets that alternate */
const MAX_TURNS = 8
const MAX_TURNING = 20_000
/** ns; a packet passes a router, which is captured on both sides, within this: a route is kept for longer */
const ON_ITS_WAY = 50e6
const CURRENT = 0
const CURRENT_HASH = 1
const FORMER = 2
const FORMER_HASH = 3

/** From when on a direction of a flow travelled over a hop (ns). */
export interface Turn {
  hop: number
  time: number
  row: number
}

export class HopTable {
  /** by hop: capture interface, link-layer sender and receiver as 48-bit numbers (-1 unknown) */
  readonly interface: number[] = []
  /** VLAN or overlay network on that interface, 0 none */
  readonly segment: number[] = []
  readonly sender: number[] = []
  readonly receiver: number[] = []
  /** time of its last packet */
  readonly seen: number[] = []
  /** hop + 1 by the hash of what it is made of, at most half full */
  private slots = new Int32Array(1024)
  private readonly seed = (Math.random() * 0xffffffff) | 0

  // by record, in the order of first packets
  count = 0
  overflow = 0
  /** flow * 2 + direction */
  at = new Uint32Array(1024)
  hop = new Uint32Array(1024)
  packets = new Uint32Array(1024)
  firstRow = new Int32Array(1024)
  firstTime = new Float64Array(1024)
  /** row and time of the third packet; -1 until there is one */
  thirdRow = new Int32Array(1024)
  thirdTime = new Float64Array(1024)
  lastRow = new Int32Array(1024)
  lastTime = new Float64Array(1024)

  /** four words by flow * 2 + direction, looked at together: the record in use and the one before it, as record + 1, and the hashes of their hops */
  private used = new Int32Array(2048 * WORDS)
  private readonly further = new Map<number, number>()
  /** by flow * 2 + direction, of those that changed their hop */
  private readonly turning = new Map<number, Turn[]>()

  /** A packet of the flow was counted. `memory` is that of the frame. */
  note(flow: number, direction: number, walk: Walk, memory: Uint8Array): void {
    if (walk.tunnelled) return
    const { linkDestination, linkSource, captured } = walk
    const receiver = linkDestination >= 0 && linkDestination + 6 <= captured ? linkDestination : -1
    const sender = linkSource >= 0 && linkSource + 6 <= captured ? linkSource : -1
    let hash = (walk.interface + 1 + Math.imul(walk.segment, 0x9e3779b1)) | 0
    if (receiver >= 0) hash = mix(hash, memory, receiver)
    if (sender >= 0) hash = mix(hash, memory, sender)
    const at = flow * 2 + direction
    const base = at * WORDS
    if (base >= this.used.length) this.grow(base)
    const { used } = this
    if (used[base + CURRENT] === 0 || used[base + CURRENT_HASH] !== hash) {
      const before = used[base + CURRENT] as number
      if (used[base + FORMER] !== 0 && used[base + FORMER_HASH] === hash) this.swap(base)
      else if (
        !this.open(
          at,
          hash,
          this.intern(walk.interface, number(memory, sender), number(memory, receiver), walk.segment),
          walk.row,
          walk.time,
        )
      )
        return
      if (before !== 0) this.turn(at, before - 1, walk.row, walk.time)
    }
    this.add((used[base + CURRENT] as number) - 1, walk.row, walk.time)
  }

  /** The same for hand-made packets. */
  put(flow: number, direction: number, hop: number, row: number, time: number): void {
    const at = flow * 2 + direction
    const base = at * WORDS
    if (base >= this.used.length) this.grow(base)
    const { used } = this
    const before = used[base + CURRENT] as number
    if (before === 0 || used[base + CURRENT_HASH] !== hop) {
      if (!this.open(at, hop, hop, row, time)) return
      if (before !== 0) this.turn(at, before - 1, row, time)
    }
    this.add((used[base + CURRENT] as number) - 1, row, time)
  }

  /** The record in use is another than `before` from this packet on. */
  private turn(at: number, before: number, row: number, time: number): void {
    let turns = this.turning.get(at)
    if (turns === undefined) {
      if (this.turning.size >= MAX_TURNING) return
      turns = [{ hop: this.hop[before] as number, time: this.firstTime[before] as number, row: this.firstRow[before] as number }]
      this.turning.set(at, turns)
    }
    if (turns.length <= MAX_TURNS) turns.push({ hop: this.hop[(this.used[at * WORDS + CURRENT] as number) - 1] as number, time, row })
  }

  /** The hops of a direction in turn, the first one included; null: it kept to one, alternates too often to say, or is seen twice on its way. */
  turnsOf(flow: number, direction: number): readonly Turn[] | null {
    const turns = this.turning.get(flow * 2 + direction)
    if (turns === undefined || turns.length > MAX_TURNS) return null
    return turns.some((turn, i) => i > 0 && turn.time - (turns[i - 1] as Turn).time < ON_ITS_WAY) ? null : turns
  }

  private add(record: number, row: number, time: number): void {
    const n = (this.packets[record] as number) + 1
    this.packets[record] = n
    this.lastRow[record] = row
    this.lastTime[record] = time
    this.seen[this.hop[record] as number] = time
    if (n === 3) {
      this.thirdRow[record] = row
      this.thirdTime[record] = time
    }
  }

  private swap(base: number): void {
    const { used } = this
    const record = used[base + FORMER] as number
    used[base + FORMER] = used[base + CURRENT] as number
    used[base + CURRENT] = record
    const hash = used[base + FORMER_HASH] as number
    used[base + FORMER_HASH] = used[base + CURRENT_HASH] as number
    used[base + CURRENT_HASH] = hash
  }

  /** The record of (at, hop) becomes the one in use; false when there are too many, or the hop is none (-1). */
  private open(at: number, hash: number, hop: number, row: number, time: number): boolean {
    if (hop < 0) {
      this.overflow++
      return false
    }
    const key = at * MAX_HOPS + hop
    let record = this.further.get(key) ?? -1
    if (record < 0) {
      if (this.count >= MAX_RECORDS) {
        this.overflow++
        return false
      }
      if (this.count === this.at.length) this.growRecords()
      record = this.count++
      this.at[record] = at
      this.hop[record] = hop
      this.firstRow[record] = row
      this.firstTime[record] = time
      this.thirdRow[record] = -1
      this.thirdTime[record] = -1
    }
    // What falls out of the two at hand is kept for its return.
    const { used } = this
    const base = at * WORDS
    const out = used[base + FORMER] as number
    if (out !== 0 && this.further.size < MAX_FURTHER) this.further.set(at * MAX_HOPS + (this.hop[out - 1] as number), out - 1)
    used[base + FORMER] = used[base + CURRENT] as number
    used[base + FORMER_HASH] = used[base + CURRENT_HASH] as number
    used[base + CURRENT] = record + 1
    used[base + CURRENT_HASH] = hash
    return true
  }

  /** The number of a hop, made when it is new; -1: there are too many. */
  intern(iface: number, sender: number, receiver: number, segment = 0): number {
    const mask = this.slots.length - 1
    let slot = this.hash(iface, sender, receiver, segment) & mask
    for (let hop = 0; (hop = (this.slots[slot] as number) - 1) >= 0; slot = (slot + 1) & mask)
      if (this.receiver[hop] === receiver && this.sender[hop] === sender && this.interface[hop] === iface && this.segment[hop] === segment)
        return hop
    if (this.interface.length >= MAX_HOPS) return -1
    this.slots[slot] = this.interface.length + 1
    this.interface.push(iface)
    this.segment.push(segment)
    this.sender.push(sender)
    this.receiver.push(receiver)
    this.seen.push(Number.NEGATIVE_INFINITY)
    if (this.interface.length * 2 > this.slots.length) this.rehash()
    return this.interface.length - 1
  }

  /** Addresses are 48 bits: both halves count. */
  private hash(iface: number, sender: number, receiver: number, segment: number): number {
    let h = Math.imul(this.seed ^ iface ^ Math.imul(segment, 0x9e3779b1), 0x85ebca6b)
    for (const address of [sender, receiver]) {
      h = Math.imul(h ^ (address | 0), 0xc2b2ae35)
      h ^= h >>> 15
      h = Math.imul(h ^ ((address / 0x1_0000_0000) | 0), 0x85ebca6b)
      h ^= h >>> 13
    }
    return h >>> 0
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let hop = 0; hop < this.interface.length; hop++) {
      let slot =
        this.hash(this.interface[hop] as number, this.sender[hop] as number, this.receiver[hop] as number, this.segment[hop] as number) &
        mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = hop + 1
    }
    this.slots = slots
  }

  /** Record in use for that direction; -1: none was seen, or only inside tunnels. */
  recordOf(flow: number, direction: number): number {
    const base = (flow * 2 + direction) * WORDS
    return base < this.used.length ? (this.used[base + CURRENT] as number) - 1 : -1
  }

  /** The record that was in use before; -1: none. */
  formerOf(flow: number, direction: number): number {
    const base = (flow * 2 + direction) * WORDS
    return base < this.used.length ? (this.used[base + FORMER] as number) - 1 : -1
  }

  /** Hop of the last packet of that direction; -1: none. */
  lastOf(flow: number, direction: number): number {
    const record = this.recordOf(flow, direction)
    return record < 0 ? -1 : (this.hop[record] as number)
  }

  private grow(base: number): void {
    let n = this.used.length / (2 * WORDS)
    while (n * 2 * WORDS <= base) n = nextCapacity(n, MAX_FLOWS)
    const used = new Int32Array(n * 2 * WORDS)
    used.set(this.used)
    this.used = used
  }

  private growRecords(): void {
    const n = nextCapacity(this.at.length, MAX_RECORDS)
    const copy = <T extends Uint32Array | Int32Array | Float64Array>(old: T, next: T): T => {
      next.set(old as never)
      return next
    }
    this.at = copy(this.at, new Uint32Array(n))
    this.hop = copy(this.hop, new Uint32Array(n))
    this.packets = copy(this.packets, new Uint32Array(n))
    this.firstRow = copy(this.firstRow, new Int32Array(n))
    this.firstTime = copy(this.firstTime, new Float64Array(n))
    this.thirdRow = copy(this.thirdRow, new Int32Array(n))
    this.thirdTime = copy(this.thirdTime, new Float64Array(n))
    this.lastRow = copy(this.lastRow, new Int32Array(n))
    this.lastTime = copy(this.lastTime, new Float64Array(n))
  }
}

function mix(hash: number, memory: Uint8Array, offset: number): number {
  const high = ((memory[offset] as number) << 8) | (memory[offset + 1] as number)
  const low =
    ((memory[offset + 2] as number) << 24) |
    ((memory[offset + 3] as number) << 16) |
    ((memory[offset + 4] as number) << 8) |
    (memory[offset + 5] as number)
  let h = Math.imul(hash ^ low, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h ^ high, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function number(memory: Uint8Array, offset: number): number {
  if (offset < 0) return -1
  let value = 0
  for (let i = offset; i < offset + 6; i++) value = value * 256 + (memory[i] as number)
  return value
}
