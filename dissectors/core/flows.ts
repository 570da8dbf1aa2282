/**
 * Flows: one row per (protocol, address pair, port pair), both directions together.
 * This is dissection state, not a session: which session a flow belongs to is the contexts' business.
 * Cost per packet: one hash over 10 words and a probe in a seeded table that is at most half full; no allocation.
 * Bounded: after `MAX_FLOWS` a new pair gets -1 and `overflow` counts it.
 */
import { AddressTable } from './addresses.ts'
import { nextCapacity } from './capacity.ts'
import { Forgotten } from './forgotten.ts'
import { HopTable } from './hops.ts'
import { MAX_FLOWS } from './limits.ts'
import { PayloadRing } from './payload-ring.ts'
import { PortPairs } from './port-pairs.ts'
import { Unread } from './unread.ts'

export { MAX_FLOWS }

const WORDS = 10

function wordAt(memory: Uint8Array, at: number): number {
  return (
    ((memory[at] as number) << 24) | ((memory[at + 1] as number) << 16) | ((memory[at + 2] as number) << 8) | (memory[at + 3] as number)
  )
}

export class FlowTable {
  readonly addresses = new AddressTable()
  /** over which interface and routers the packets travelled; filled by the pass that counts packets */
  readonly hops = new HopTable()
  /** what tables of dissectors and of the analysis had to forget: they all know the flows */
  readonly forgotten = new Forgotten()
  /** messages about sessions and locators that the capture cut */
  readonly unread = new Unread()
  /** what was said on flows that no dissector knows, and flows by their ports: for recognisers */
  readonly payloads = new PayloadRing(this)
  readonly portPairs = new PortPairs(this)
  count = 0
  overflow = 0
  /** direction of the last `find` or `get`: 0 when the packet's source is the flow's `a` */
  direction = 0
  private keys = new Int32Array(1024 * WORDS)
  private slots = new Int32Array(4096).fill(-1)
  private capacity = 1024
  private readonly seed = (Math.random() * 0xffffffff) | 0
  private readonly probe = new Int32Array(WORDS)
  /** columns by flow id */
  protocol = new Uint8Array(1024)
  addressA = new Int32Array(1024)
  addressB = new Int32Array(1024)
  portA = new Uint16Array(1024)
  portB = new Uint16Array(1024)
  firstRow = new Int32Array(1024)
  firstInterface = new Uint16Array(1024)
  /** per direction, index flow * 2 + direction: packets, bytes on the wire, first and last time in ns */
  packets = new Uint32Array(2048)
  bytes = new Float64Array(2048)
  first = new Float64Array(2048)
  last = new Float64Array(2048)
  /** interface of the last packet of that direction */
  lastInterface = new Uint16Array(2048)
  /** hop limit of the last packet of that direction */
  hopLimit = new Uint8Array(2048)

  private load(
    memory: Uint8Array,
    source: number,
    destination: number,
    size: number,
    protocol: number,
    sourcePort: number,
    destinationPort: number,
  ): number {
    const p = this.probe
    // Canonical order: the smaller (address, port) first, so that both directions give one key.
    let order = 0
    for (let i = 0, at = 0; at < size; i++, at += 4) {
      const a = wordAt(memory, source + at)
      const b = wordAt(memory, destination + at)
      p[i] = a
      p[4 + i] = b
      if (order === 0 && a !== b) order = a >>> 0 < b >>> 0 ? -1 : 1
    }
    if (size === 4) {
      p[1] = p[2] = p[3] = 0
      p[5] = p[6] = p[7] = 0
    }
    if (order === 0) order = sourcePort - destinationPort
    const swapped = order > 0
    if (swapped)
      for (let i = 0, at = 0; at < size; i++, at += 4) {
        const low = p[4 + i] as number
        p[4 + i] = p[i] as number
        p[i] = low
      }
    p[8] = swapped ? (destinationPort << 16) | sourcePort : (sourcePort << 16) | destinationPort
    p[9] = (size << 8) | protocol
    this.direction = swapped ? 1 : 0
    return this.hash(p, 0)
  }

  /** Of the key of ten words at `base`, as 32 bits with sign. The words that IPv4 leaves empty are left out. */
  private hash(keys: Int32Array, base: number): number {
    let h = this.seed
    const step = (keys[base + 9] as number) >> 8 === 4 ? 4 : 1
    for (let i = base; i < base + 8; i += step) {
      h = Math.imul(h ^ (keys[i] as number), 0x85ebca6b)
      h ^= h >>> 13
    }
    h = Math.imul(h ^ (keys[base + 8] as number), 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h ^ (keys[base + 9] as number), 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h, 0xc2b2ae35)
    return h ^ (h >>> 16)
  }

  private search(hash: number): number {
    const { slots, keys, probe: p } = this
    const mask = slots.length - 1
    let slot = hash & mask
    for (;;) {
      const id = slots[slot] as number
      if (id < 0) return ~slot
      const base = id * WORDS
      let i = 0
      while (i < WORDS && keys[base + i] === p[i]) i++
      if (i === WORDS) return slot
      slot = (slot + 1) & mask
    }
  }

  /** Turns the canonical direction into the flow's own: was `a`, the first sender, the key's lower half? */
  private orient(id: number): void {
    if (this.flipped[id] === 1) this.direction ^= 1
  }
  private flipped = new Uint8Array(1024)

  /** Of two flows with one key (ports used again) the hinted one; sets `direction` for it. For passes over single packets. */
  prefer(found: number, hint: number): number {
    if (found < 0 || hint < 0 || found === hint || hint >= this.count) return found
    for (let i = 0; i < WORDS; i++) if (this.keys[found * WORDS + i] !== this.keys[hint * WORDS + i]) return found
    if (this.flipped[found] !== this.flipped[hint]) this.direction ^= 1
    return hint
  }

  /** The flow of a quoted packet, without making one: -1 when it was never seen. Sets `direction`. */
  find(
    memory: Uint8Array,
    source: number,
    destination: number,
    size: 4 | 16,
    protocol: number,
    sourcePort: number,
    destinationPort: number,
  ): number {
    const slot = this.search(this.load(memory, source, destination, size, protocol, sourcePort, destinationPort))
    if (slot < 0) return -1
    const id = this.slots[slot] as number
    this.orient(id)
    return id
  }

  /** The packet's flow, made when new (`a` is then this packet's source). Sets `direction`. -1 when the table is full. */
  get(
    memory: Uint8Array,
    source: number,
    destination: number,
    size: 4 | 16,
    protocol: number,
    sourcePort: number,
    destinationPort: number,
    row: number,
    iface: number,
  ): number {
    const slot = this.search(this.load(memory, source, destination, size, protocol, sourcePort, destinationPort))
    if (slot >= 0) {
      const id = this.slots[slot] as number
      this.orient(id)
      return id
    }
    if (this.count >= MAX_FLOWS) {
      this.overflow++
      return -1
    }
    const id = this.append(memory, source, destination, size, protocol, sourcePort, destinationPort, row, iface)
    this.slots[~slot] = id
    if (this.count * 2 > this.slots.length) this.rehash()
    this.direction = 0
    return id
  }

  /**
   * A new flow under the key that was looked up last (a port pair used again by a new TCP connection); later look-ups find the new one.
   * The packet's source becomes `a`.
   */
  renew(
    memory: Uint8Array,
    source: number,
    destination: number,
    size: 4 | 16,
    protocol: number,
    sourcePort: number,
    destinationPort: number,
    row: number,
    iface: number,
  ): number {
    const slot = this.search(this.load(memory, source, destination, size, protocol, sourcePort, destinationPort))
    if (slot < 0 || this.count >= MAX_FLOWS) return -1
    const id = this.append(memory, source, destination, size, protocol, sourcePort, destinationPort, row, iface)
    this.slots[slot] = id
    this.direction = 0
    return id
  }

  private append(
    memory: Uint8Array,
    source: number,
    destination: number,
    size: 4 | 16,
    protocol: number,
    sourcePort: number,
    destinationPort: number,
    row: number,
    iface: number,
  ): number {
    if (this.count === this.capacity) this.grow()
    const id = this.count++
    this.keys.set(this.probe, id * WORDS)
    this.flipped[id] = this.direction
    this.protocol[id] = protocol
    this.addressA[id] = this.addresses.intern(memory, source, size)
    this.addressB[id] = this.addresses.intern(memory, destination, size)
    this.portA[id] = sourcePort
    this.portB[id] = destinationPort
    this.firstRow[id] = row
    this.firstInterface[id] = iface
    return id
  }

  /** Counts one packet of the flow. `bytes` is its length on the wire, `time` in ns. */
  count1(id: number, direction: number, bytes: number, time: number, iface: number, hopLimit: number): void {
    const at = id * 2 + direction
    const n = this.packets[at] as number
    if (n === 0) this.first[at] = time
    this.packets[at] = n + 1
    this.bytes[at] = (this.bytes[at] as number) + bytes
    this.last[at] = time
    this.lastInterface[at] = iface
    this.hopLimit[at] = hopLimit
  }

  /** Address id of the sender for a packet of `direction`. */
  sender(id: number, direction: number): number {
    return (direction === 0 ? this.addressA[id] : this.addressB[id]) as number
  }

  receiver(id: number, direction: number): number {
    return (direction === 0 ? this.addressB[id] : this.addressA[id]) as number
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1)
    const old = this.slots
    this.slots = slots
    for (let i = 0; i < old.length; i++) {
      const id = old[i] as number
      if (id < 0) continue
      let slot = this.hash(this.keys, id * WORDS) & (slots.length - 1)
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = id
    }
  }

  private grow(): void {
    const n = nextCapacity(this.capacity, MAX_FLOWS)
    const copy = <T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
      old: T,
      make: new (n: number) => T,
      per: number,
    ): T => {
      const next = new make(n * per)
      next.set(old as never)
      return next
    }
    this.keys = copy(this.keys, Int32Array as never, WORDS)
    this.flipped = copy(this.flipped, Uint8Array as never, 1)
    this.protocol = copy(this.protocol, Uint8Array as never, 1)
    this.addressA = copy(this.addressA, Int32Array as never, 1)
    this.addressB = copy(this.addressB, Int32Array as never, 1)
    this.portA = copy(this.portA, Uint16Array as never, 1)
    this.portB = copy(this.portB, Uint16Array as never, 1)
    this.firstRow = copy(this.firstRow, Int32Array as never, 1)
    this.firstInterface = copy(this.firstInterface, Uint16Array as never, 1)
    this.packets = copy(this.packets, Uint32Array as never, 2)
    this.bytes = copy(this.bytes, Float64Array as never, 2)
    this.first = copy(this.first, Float64Array as never, 2)
    this.last = copy(this.last, Float64Array as never, 2)
    this.lastInterface = copy(this.lastInterface, Uint16Array as never, 2)
    this.hopLimit = copy(this.hopLimit, Uint8Array as never, 2)
    this.capacity = n
  }
}
