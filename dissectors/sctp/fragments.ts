/**
 * Where the fragments of SCTP user messages were seen, for messages that one chunk could not hold. Fragments of DATA have consecutive TSNs
 * (RFC 9260 section 6.9); those of I-DATA consecutive fragment numbers under one message identifier of a stream, the first is number 0
 * (RFC 8260 section 2.1), so that messages may interleave. B marks the first, E the last.
 * Nothing is put together; the index answers which frames make up a message. A fragment seen again keeps its first packet.
 * Cost: one hash insert per fragment, none for whole messages. Bounded: after MAX_FRAGMENTS no further fragment is remembered.
 */
import { DataFlag } from './wire.ts'

export const MAX_FRAGMENTS = 1_000_000
/** fragments of one message that are looked for; 1,000 of 1,400 bytes are more than any receive window in use */
const MAX_MESSAGE = 1_000
/** words of a key: half, stream, message, order */
const WORDS = 4

/** In `stream` of I-DATA: unordered messages count on their own (RFC 8260 section 2.1), and never mix with DATA. */
export const UNORDERED_STREAM = 0x10000
export const INTERLEAVED = 0x20000

export class FragmentIndex {
  count = 0
  private capacity = 256
  private keys = new Uint32Array(256 * WORDS)
  private row = new Int32Array(256)
  private bits = new Uint8Array(256)
  private slots = new Int32Array(1024).fill(-1)
  private readonly seed = (Math.random() * 0xffffffff) >>> 0

  private slotOf(half: number, stream: number, message: number, order: number): number {
    let h = Math.imul(this.seed ^ order, 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13) ^ half, 0xc2b2ae35)
    h = Math.imul(h ^ (h >>> 15) ^ message, 0x27d4eb2f)
    h = Math.imul(h ^ (h >>> 13) ^ stream, 0x165667b1)
    const mask = this.slots.length - 1
    const { keys } = this
    let slot = (h ^ (h >>> 16)) & mask
    for (;;) {
      const at = this.slots[slot] as number
      if (at < 0) return slot
      const base = at * WORDS
      if (keys[base + 3] === order && keys[base] === half && keys[base + 2] === message && keys[base + 1] === stream) return slot
      slot = (slot + 1) & mask
    }
  }

  /** DATA: stream and message 0, order the TSN. I-DATA: stream with its marks, message identifier, fragment number. `bits`: B and E. */
  add(half: number, stream: number, message: number, order: number, row: number, bits: number): void {
    if (half < 0 || this.count >= MAX_FRAGMENTS) return
    const slot = this.slotOf(half, stream, message, order)
    if ((this.slots[slot] as number) >= 0) return
    if (this.count === this.capacity) this.grow()
    const at = this.count++
    const base = at * WORDS
    this.keys[base] = half
    this.keys[base + 1] = stream
    this.keys[base + 2] = message
    this.keys[base + 3] = order
    this.row[at] = row
    this.bits[at] = bits
    this.slots[slot] = at
    if (this.count * 2 > this.slots.length) this.rehash()
  }

  /**
   * Rows of the message that this fragment belongs to, first fragment first; null as long as one is missing.
   * In a pass that grows the index a message is complete in its last packet; later passes know all of them.
   */
  message(half: number, stream: number, message: number, order: number): number[] | null {
    if (half < 0) return null
    const own = this.slots[this.slotOf(half, stream, message, order)] as number
    if (own < 0) return null
    const before: number[] = []
    for (let at = own, n = order; ((this.bits[at] as number) & DataFlag.Begin) === 0; before.push(this.row[at] as number)) {
      n = (n - 1) >>> 0
      at = this.slots[this.slotOf(half, stream, message, n)] as number
      if (at < 0 || ((this.bits[at] as number) & DataFlag.End) !== 0 || before.length >= MAX_MESSAGE) return null
    }
    const rows = before.reverse()
    rows.push(this.row[own] as number)
    for (let at = own, n = order; ((this.bits[at] as number) & DataFlag.End) === 0; rows.push(this.row[at] as number)) {
      n = (n + 1) >>> 0
      at = this.slots[this.slotOf(half, stream, message, n)] as number
      if (at < 0 || ((this.bits[at] as number) & DataFlag.Begin) !== 0 || rows.length >= MAX_MESSAGE) return null
    }
    return rows
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1)
    const { keys } = this
    for (let at = 0; at < this.count; at++) {
      const base = at * WORDS
      const slot = this.slotOf(keys[base] as number, keys[base + 1] as number, keys[base + 2] as number, keys[base + 3] as number)
      this.slots[slot] = at
    }
  }

  private grow(): void {
    this.capacity *= 2
    const keys = new Uint32Array(this.capacity * WORDS)
    keys.set(this.keys)
    this.keys = keys
    const row = new Int32Array(this.capacity)
    row.set(this.row)
    this.row = row
    const bits = new Uint8Array(this.capacity)
    bits.set(this.bits)
    this.bits = bits
  }
}
