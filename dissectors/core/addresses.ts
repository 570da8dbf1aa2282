/**
 * Interned network addresses: bytes inside, RFC 5952 text only at the edge.
 * An id stands for one IPv4 or IPv6 address. Interning happens when a flow or a claim is new, never per packet.
 * Bounded: after `MAX_ADDRESSES` no new id is given (-1) and `overflow` says so.
 */
import { formatAddress } from '../../shared/address.ts'
import { nextCapacity } from './capacity.ts'

export const MAX_ADDRESSES = 4_000_000

const NOTHING = new Uint8Array(0)

export class AddressTable {
  private bytes = new Uint8Array(16 * 1024)
  private length = new Uint8Array(1024)
  private slots = new Int32Array(4096).fill(-1)
  private readonly four = new Uint8Array(4)
  private readonly sixteen = new Uint8Array(16)
  count = 0
  overflow = false
  private readonly seed = (Math.random() * 0xffffffff) >>> 0

  private hash(source: Uint8Array, offset: number, size: number): number {
    let h = this.seed ^ size
    for (let i = 0; i < size; i += 4) {
      const word =
        ((source[offset + i] as number) << 24) |
        ((source[offset + i + 1] as number) << 16) |
        ((source[offset + i + 2] as number) << 8) |
        (source[offset + i + 3] as number)
      h = Math.imul(h ^ word, 0x85ebca6b)
      h ^= h >>> 13
      h = Math.imul(h, 0xc2b2ae35)
      h ^= h >>> 16
    }
    return h >>> 0
  }

  /** Id of the address of `size` (4 or 16) bytes at `offset`; -1 when the table is full. */
  intern(source: Uint8Array, offset: number, size: 4 | 16): number {
    const mask = this.slots.length - 1
    let slot = this.hash(source, offset, size) & mask
    for (;;) {
      const id = this.slots[slot] as number
      if (id < 0) break
      if (this.length[id] === size && this.equal(id, source, offset, size)) return id
      slot = (slot + 1) & mask
    }
    if (this.count >= MAX_ADDRESSES) {
      this.overflow = true
      return -1
    }
    const id = this.count++
    if (id >= this.length.length) this.growRows()
    this.bytes.set(source.subarray(offset, offset + size), id * 16)
    this.length[id] = size
    this.slots[slot] = id
    if (this.count * 2 > this.slots.length) this.growSlots()
    return id
  }

  /** Id of an address that is already in the table; -1: it is not. */
  find(source: Uint8Array, offset: number, size: 4 | 16): number {
    const mask = this.slots.length - 1
    for (let slot = this.hash(source, offset, size) & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] as number
      if (id < 0) return -1
      if (this.length[id] === size && this.equal(id, source, offset, size)) return id
    }
  }

  private equal(id: number, source: Uint8Array, offset: number, size: number): boolean {
    const base = id * 16
    for (let i = 0; i < size; i++) if (this.bytes[base + i] !== source[offset + i]) return false
    return true
  }

  private growRows(): void {
    const n = nextCapacity(this.length.length, MAX_ADDRESSES)
    const bytes = new Uint8Array(n * 16)
    bytes.set(this.bytes)
    this.bytes = bytes
    const length = new Uint8Array(n)
    length.set(this.length)
    this.length = length
  }

  private growSlots(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let id = 0; id < this.count; id++) {
      let slot = this.hash(this.bytes, id * 16, this.length[id] as number) & mask
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.slots = slots
  }

  /** 4 or 16; 0 for an unknown id. */
  size(id: number): number {
    return id >= 0 && id < this.count ? (this.length[id] as number) : 0
  }

  /** A copy of the address's bytes. */
  get(id: number): Uint8Array {
    return this.bytes.slice(id * 16, id * 16 + this.size(id))
  }

  /** Writes the address's bytes at `at`; returns how many, 0 for an unknown id. */
  copy(id: number, into: Uint8Array, at: number): number {
    const size = this.size(id)
    const base = id * 16
    for (let i = 0; i < size; i++) into[at + i] = this.bytes[base + i] as number
    return size
  }

  /** The address's bytes without an allocation: to be read at once, for the next look at one of its family overwrites them. */
  look(id: number): Uint8Array {
    const size = this.size(id)
    const out = size === 4 ? this.four : size === 16 ? this.sixteen : NOTHING
    const base = id * 16
    for (let i = 0; i < size; i++) out[i] = this.bytes[base + i] as number
    return out
  }

  /** RFC 5952 or dotted text; '?' for an unknown id. */
  text(id: number): string {
    const size = this.size(id)
    return size === 0 ? '?' : formatAddress(this.bytes, id * 16, size)
  }
}
