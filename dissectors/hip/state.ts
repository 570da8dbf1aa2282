/**
 * What HIP packets have told: one association per HIT pair, whatever its addresses. Its number is `Signal.context`; end 0 is the one that
 * was seen sending first. An opportunistic I1 (receiver HIT zero, RFC 7401 section 4.1.8) becomes the association of the first R1 to it.
 * Bounded: 65,536 associations, the oldest forgotten first; per association the latest locator set, 32 open updates and echoes an end.
 */
import type { Forgotten } from '../core/forgotten.ts'
import { dropOldest } from '../core/oldest.ts'
import { StateKey } from '../core/state.ts'

const MAX_ASSOCIATIONS = 65_536
const MAX_OPEN = 32
/** flows of UDP port 10500 that are known to carry HIP */
const MAX_FLOWS = 65_536

export interface HostKey {
  algorithm: number
  /** the 'Host Identity' field */
  bytes: Uint8Array
  /** a signature by this key has been right: from then on one that is not right is wrong, before that its form may be unknown here */
  proven: boolean
}

export interface HipEnd {
  hit: Uint8Array
  /** addresses (ids) of the latest LOCATOR_SET; null: none seen */
  locators: number[] | null
  /** SPI it receives on, 0 unknown */
  spi: number
  key: HostKey | null
  /** update ids whose locators its peer has still to acknowledge, oldest first */
  readonly claims: Map<number, readonly number[]>
  /** highest update id sent, -1 none */
  lastUpdate: number
  /** echo requests (hex) that it sent, with the address (id) they went to */
  readonly echoes: Map<string, number>
  /** K of its latest R1's puzzle, -1 none */
  difficulty: number
}

export interface HipAssociation {
  number: number
  ends: [HipEnd, HipEnd]
}

function newEnd(hit: Uint8Array): HipEnd {
  return { hit, locators: null, spi: 0, key: null, claims: new Map(), lastUpdate: -1, echoes: new Map(), difficulty: -1 }
}

export class HipState {
  private count = 0
  private readonly associations = new Map<string, HipAssociation>()
  private readonly udpFlows = new Set<number>()

  constructor(private readonly forgotten: Forgotten) {}

  /** the packet's words for the list */
  line = ''
  /** signatures that were not right so far; see `MAX_FAILURES` */
  failures = 0

  /** The association of a packet from `sender` to `receiver` (HITs as hex); null when it is not known and `learn` is false. */
  find(sender: string, receiver: string): HipAssociation | null {
    return this.associations.get(keyOf(sender, receiver)) ?? null
  }

  /** As `find`, but made when new. `senderHit` and `receiverHit` are copied. */
  get(sender: string, receiver: string, senderHit: Uint8Array, receiverHit: Uint8Array): HipAssociation {
    const key = keyOf(sender, receiver)
    const known = this.associations.get(key)
    if (known !== undefined) return known
    const association: HipAssociation = { number: ++this.count, ends: [newEnd(senderHit.slice()), newEnd(receiverHit.slice())] }
    this.put(key, association)
    return association
  }

  /** The responder of an opportunistic I1 shows its HIT: `initiator`'s open association gets it. Null when there is none. */
  reveal(initiator: string, responder: string, responderHit: Uint8Array): HipAssociation | null {
    const open = keyOf(initiator, NO_HIT)
    const association = this.associations.get(open)
    if (association === undefined) return null
    this.associations.delete(open)
    association.ends[1].hit = responderHit.slice()
    this.put(keyOf(initiator, responder), association)
    return association
  }

  private put(key: string, association: HipAssociation): void {
    this.forgotten.room(this.associations, MAX_ASSOCIATIONS, 'HIP associations')
    this.associations.set(key, association)
  }

  /** A flow of UDP datagrams that has carried HIP: what is no HIP on it is ESP (RFC 5770 section 4.1). */
  addUdpFlow(flow: number): void {
    if (flow < 0 || this.udpFlows.has(flow)) return
    if (!this.forgotten.full(this.udpFlows.size, MAX_FLOWS, 'packets of further flows of HIP over UDP')) this.udpFlows.add(flow)
  }

  hasUdpFlow(flow: number): boolean {
    return this.udpFlows.has(flow)
  }
}

/** Beyond so many wrong signatures no further one is checked: a capture made of them must not cost minutes. */
export const MAX_FAILURES = 10_000

/** An opportunistic I1's receiver. */
export const NO_HIT = '0'.repeat(32)

function keyOf(a: string, b: string): string {
  return a < b ? a + b : b + a
}

/** Adds to one of the bounded maps of an end, the oldest entry giving way. */
export function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key)
  if (map.size >= MAX_OPEN) {
    dropOldest(map)
  }
  map.set(key, value)
}

export const hipState = new StateKey<HipState>('hip', (state) => new HipState(state.flows.forgotten))
