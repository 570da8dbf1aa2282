/**
 * Interned sets of layers: which protocols a packet has, quoted ones included, as one byte a packet. A capture has some dozens.
 * Answers 'has it this layer' and 'is it a tunnel' from the index alone. Bounded: from the 255th set on packets get `UNKNOWN_LAYERS`, and
 * only a new dissection can tell. Cost per packet: one hash of three words and a probe.
 */
import type { Walk } from '../../dissectors/core/walk.ts'

export const UNKNOWN_LAYERS = 0
const MAX_SETS = 255
const SLOTS = 1024
/** protocols that have a bit; the bit after them says that there is more than one network layer, quoted ones left out */
const PROTOCOLS = 95
const TUNNEL = 1 << 31

export class LayerSets {
  /** three words of protocol bits by set id */
  private readonly words = new Int32Array((MAX_SETS + 1) * 3)
  private readonly slots = new Uint8Array(SLOTS)
  count = 0

  /** Id of the set of layers that the packet in hand has. */
  of(walk: Walk): number {
    return this.intern(walk.layersLow, walk.layersMiddle, walk.networks > 1 ? walk.layersHigh | TUNNEL : walk.layersHigh)
  }

  /** Id of the set whose bits are a (protocols 0-31), b (32-63) and c (64-94, then `TUNNEL`); `UNKNOWN_LAYERS` when there are too many sets. */
  intern(a: number, b: number, c: number): number {
    let slot = ((Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35)) >>> 22) & (SLOTS - 1)
    for (;;) {
      const id = this.slots[slot] as number
      if (id === 0) break
      const at = id * 3
      if (this.words[at] === a && this.words[at + 1] === b && this.words[at + 2] === c) return id
      slot = (slot + 1) & (SLOTS - 1)
    }
    if (this.count >= MAX_SETS) return UNKNOWN_LAYERS
    const id = ++this.count
    this.words[id * 3] = a
    this.words[id * 3 + 1] = b
    this.words[id * 3 + 2] = c
    this.slots[slot] = id
    return id
  }

  /** Has the set this protocol? null: not known. */
  has(id: number, protocol: number): boolean | null {
    if (id === UNKNOWN_LAYERS || protocol < 0 || protocol >= PROTOCOLS) return null
    return (((this.words[id * 3 + (protocol >>> 5)] as number) >>> (protocol & 31)) & 1) === 1
  }
  /** Has it one network layer at most, quoted ones left out? False where that is not known. */
  oneNetwork(id: number): boolean {
    return id !== UNKNOWN_LAYERS && (this.words[id * 3 + 2] as number) >= 0
  }
}
