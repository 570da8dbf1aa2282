/**
 * Where the fragments of SCTP user messages were seen: (half, TSN) to packet, for messages that one DATA or I-DATA chunk could not hold
 * (RFC 9260 section 6.9: the fragments of a message have consecutive TSNs, B on the first and E on the last).
 * Nothing is put together; the index answers which frames make up a message. A TSN seen again keeps its first packet.
 * Cost: one hash insert per fragment, none for whole messages. Bounded: after MAX_FRAGMENTS no further fragment is remembered.
 */

export const MAX_FRAGMENTS = 1_000_000
/** fragments of one message that are looked for; 1,000 of 1,400 bytes are more than any receive window in use */
const MAX_MESSAGE = 1_000

const BEGIN = 0x02
const END = 0x01

export class FragmentIndex {
  count = 0
  private capacity = 256
  private half = new Int32Array(256)
  private tsn = new Uint32Array(256)
  private row = new Int32Array(256)
  private bits = new Uint8Array(256)
  private slots = new Int32Array(1024).fill(-1)
  private readonly seed = (Math.random() * 0xffffffff) >>> 0

  private slotOf(half: number, tsn: number): number {
    let h = Math.imul(this.seed ^ tsn, 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13) ^ half, 0xc2b2ae35)
    const mask = this.slots.length - 1
    let slot = (h ^ (h >>> 16)) & mask
    for (;;) {
      const at = this.slots[slot] as number
      if (at < 0 || (this.tsn[at] === tsn && this.half[at] === half)) return slot
      slot = (slot + 1) & mask
    }
  }

  /** `bits` are the chunk's B and E flags. */
  add(half: number, tsn: number, row: number, bits: number): void {
    if (half < 0) return
    const slot = this.slotOf(half, tsn)
    if ((this.slots[slot] as number) >= 0 || this.count >= MAX_FRAGMENTS) return
    if (this.count === this.capacity) this.grow()
    const at = this.count++
    this.half[at] = half
    this.tsn[at] = tsn
    this.row[at] = row
    this.bits[at] = bits
    this.slots[slot] = at
    if (this.count * 2 > this.slots.length) {
      this.slots = new Int32Array(this.slots.length * 2).fill(-1)
      for (let i = 0; i < this.count; i++) this.slots[this.slotOf(this.half[i] as number, this.tsn[i] as number)] = i
    }
  }

  /**
   * Rows of the message that the fragment `tsn` belongs to, first fragment first; null as long as one is missing.
   * In a pass that grows the index a message is complete in its last packet; later passes know all of them.
   */
  message(half: number, tsn: number): number[] | null {
    const own = this.slots[this.slotOf(half, tsn)] as number
    if (own < 0) return null
    const rows: number[] = [this.row[own] as number]
    for (let at = own, t = tsn; ((this.bits[at] as number) & BEGIN) === 0; rows.unshift(this.row[at] as number)) {
      t = (t - 1) >>> 0
      at = this.slots[this.slotOf(half, t)] as number
      if (at < 0 || ((this.bits[at] as number) & END) !== 0 || rows.length >= MAX_MESSAGE) return null
    }
    for (let at = own, t = tsn; ((this.bits[at] as number) & END) === 0; rows.push(this.row[at] as number)) {
      t = (t + 1) >>> 0
      at = this.slots[this.slotOf(half, t)] as number
      if (at < 0 || ((this.bits[at] as number) & BEGIN) !== 0 || rows.length >= MAX_MESSAGE) return null
    }
    return rows
  }

  private grow(): void {
    const n = this.capacity * 2
    const wider = <T extends Uint8Array | Uint32Array | Int32Array>(old: T, next: T): T => {
      next.set(old as never)
      return next
    }
    this.half = wider(this.half, new Int32Array(n))
    this.tsn = wider(this.tsn, new Uint32Array(n))
    this.row = wider(this.row, new Int32Array(n))
    this.bits = wider(this.bits, new Uint8Array(n))
    this.capacity = n
  }
}
