/**
 * What SCTP remembers between packets, so that bytes can be read rightly: one row per direction of an association (a 'half':
 * the packets that carry one verification tag between one pair of ports), whatever addresses they travel on.
 * It knows the first TSN seen (for relative numbers), the other half, the key vector of the tag's owner (RFC 4895 section 6.1) and the
 * ASCONF that waits for its answer (RFC 5061 allows one). It is no session: who is bound to what is the contexts' business.
 * Cost per packet: one comparison with the flow's last half; a hash look-up only when the flow's tag changes. No allocation.
 * Bounded: after MAX_HALVES new tags are not remembered and `overflow` counts them; handshakes, key vectors and waiting requests drop the oldest.
 */
import type { Forgotten } from '../core/forgotten.ts'
import { StateKey } from '../core/state.ts'
import type { Walk } from '../core/walk.ts'
import { FragmentIndex } from './fragments.ts'

export const MAX_HALVES = 500_000
const MAX_KEY_VECTORS = 20_000
const MAX_HANDSHAKES = 50_000
const MAX_WAITING = 5_000
/** requests of one ASCONF that its answer is matched with */
const MAX_REQUESTS = 64
const MAX_LINE = 200

export const enum HalfFlag {
  /** the tag was seen in a handshake (INIT or INIT ACK named it) */
  Handshake = 1,
  /** COOKIE ACK was seen and no end since */
  Live = 2,
}

/** RANDOM, CHUNKS and HMAC-ALGO parameters as one side sent them, each whole and without padding. */
export interface KeyVector {
  bytes: Uint8Array
  /** chunk types that this side wants to receive authenticated */
  chunks: Uint8Array
}

export interface AsconfItem {
  correlation: number
  /** parameter type: add, delete or set primary */
  type: number
  /** id of the address table, -1: all others */
  address: number
  wildcard: boolean
}

export interface AsconfAnswer {
  correlation: number
  /** null: success; else the cause of the refusal */
  refusal: string | null
}

export interface AsconfRequest {
  serial: number
  items: AsconfItem[]
}

export class SctpState {
  /** `mostHandshakes`: port pairs of which the latest handshake is remembered. */
  constructor(
    private readonly forgotten: Forgotten,
    private readonly mostHandshakes = MAX_HANDSHAKES,
  ) {}

  count = 0
  overflow = 0
  private capacity = 256
  tag = new Uint32Array(256)
  /** source port << 16 | destination port of the packets that carry the tag */
  ports = new Uint32Array(256)
  /** the half of the other direction, -1 unknown */
  peer = new Int32Array(256)
  firstTsn = new Uint32Array(256)
  /** packet in which the first TSN was seen, -1 none yet */
  firstRow = new Int32Array(256)
  flags = new Uint8Array(256)
  /** address (id) to which the first packet with this tag went: where the tag's owner is */
  owner = new Int32Array(256)
  private slots = new Int32Array(1024).fill(-1)
  /** by flow * 2 + direction: the half of its last packet */
  private ofFlow = new Int32Array(256).fill(-1)
  /** by ports: the half that the latest handshake between these ports named */
  private readonly lastHandshake = new Map<number, number>()
  /** by half: what the owner of the tag sent in its INIT or INIT ACK */
  private readonly vectors = new Map<number, KeyVector>()
  /** by half: the request that travelled on it */
  private readonly waiting = new Map<number, AsconfRequest>()
  readonly fragments = new FragmentIndex()
  private readonly seed = (Math.random() * 0xffffffff) >>> 0

  // --- of the packet being walked
  /** verification tag and the half that carries it, -1 when not known */
  packetTag = 0
  packetHalf = -1
  /** where its AUTH chunk begins, -1 none; it covers what follows it */
  authOffset = -1
  /** ASCONF parameters of the chunk being walked, and answers of an ASCONF-ACK */
  readonly requests: AsconfItem[] = []
  readonly answers: AsconfAnswer[] = []
  /** the packet's line for the list, chunk by chunk */
  line = ''

  /** Adds a chunk to the packet's line; only called when fields are recorded. */
  note(words: string): void {
    if (this.line.length < MAX_LINE) this.line += this.line === '' ? words : ` ${words}`
  }

  private slotOf(tag: number, ports: number): number {
    let h = Math.imul(this.seed ^ tag, 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13) ^ ports, 0xc2b2ae35)
    const mask = this.slots.length - 1
    let slot = (h ^ (h >>> 16)) & mask
    for (;;) {
      const half = this.slots[slot] as number
      if (half < 0 || (this.tag[half] === tag && this.ports[half] === ports)) return slot
      slot = (slot + 1) & mask
    }
  }

  /** The half of (tag, ports); -1 when it was never seen. */
  find(tag: number, sourcePort: number, destinationPort: number): number {
    return this.slots[this.slotOf(tag, ((sourcePort << 16) | destinationPort) >>> 0)] as number
  }

  /** The half of (tag, ports), made when new. `owner`: address id that these packets go to. */
  get(tag: number, sourcePort: number, destinationPort: number, owner: number): number {
    const ports = ((sourcePort << 16) | destinationPort) >>> 0
    const slot = this.slotOf(tag, ports)
    const known = this.slots[slot] as number
    if (known >= 0) return known
    if (this.count >= MAX_HALVES) {
      this.overflow++
      this.forgotten.note('packets of SCTP associations')
      return -1
    }
    if (this.count === this.capacity) this.grow()
    const half = this.count++
    this.tag[half] = tag
    this.ports[half] = ports
    this.peer[half] = -1
    this.firstRow[half] = -1
    this.owner[half] = owner
    this.slots[slot] = half
    if (this.count * 2 > this.slots.length) this.rehash()
    return half
  }

  private grow(): void {
    const n = this.capacity * 2
    const wider = <T extends Uint8Array | Uint32Array | Int32Array>(old: T, next: T): T => {
      next.set(old as never)
      return next
    }
    this.tag = wider(this.tag, new Uint32Array(n))
    this.ports = wider(this.ports, new Uint32Array(n))
    this.peer = wider(this.peer, new Int32Array(n))
    this.firstTsn = wider(this.firstTsn, new Uint32Array(n))
    this.firstRow = wider(this.firstRow, new Int32Array(n))
    this.flags = wider(this.flags, new Uint8Array(n))
    this.owner = wider(this.owner, new Int32Array(n))
    this.capacity = n
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1)
    for (let half = 0; half < this.count; half++) this.slots[this.slotOf(this.tag[half] as number, this.ports[half] as number)] = half
  }

  /** The half that the last packet of (flow, direction) had; -1 none. */
  lastOf(flow: number, direction: number): number {
    const at = flow * 2 + direction
    return flow >= 0 && at < this.ofFlow.length ? (this.ofFlow[at] as number) : -1
  }

  /**
   * The half of the packet being walked. `learn` false (a second pass, or a tag that proves nothing) only looks.
   * A tag met outside a handshake is paired with what the same flow carries the other way.
   */
  ofPacket(walk: Walk, tag: number, learn: boolean): number {
    const { flow, direction } = walk
    const last = this.lastOf(flow, direction)
    if (last >= 0 && this.tag[last] === tag) return last
    if (!learn) return this.find(tag, walk.sourcePort, walk.destinationPort)
    const half = this.get(tag, walk.sourcePort, walk.destinationPort, walk.state.flows.receiver(flow, direction))
    if (half < 0 || flow < 0) return half
    this.setLast(flow, direction, half)
    if (this.peer[half] === -1) {
      const other = this.lastOf(flow, direction ^ 1)
      if (other >= 0 && this.peer[other] === -1) this.pair(half, other)
    }
    return half
  }

  setLast(flow: number, direction: number, half: number): void {
    const at = flow * 2 + direction
    if (at >= this.ofFlow.length) {
      const next = new Int32Array(Math.max(this.ofFlow.length * 2, at + 2)).fill(-1)
      next.set(this.ofFlow)
      this.ofFlow = next
    }
    this.ofFlow[at] = half
  }

  pair(a: number, b: number): void {
    this.peer[a] = b
    this.peer[b] = a
  }

  peerOf(half: number): number {
    return half < 0 ? -1 : (this.peer[half] as number)
  }

  // ------------------------------------------------------------------ handshake

  /** A handshake message named `half`'s tag. A live association keeps its place as the one known between these ports. */
  handshake(half: number): void {
    if (half < 0) return
    this.flags[half] = (this.flags[half] as number) | HalfFlag.Handshake
    const known = this.lastHandshake.get(this.ports[half] as number)
    if (known === undefined || !this.isLive(known)) this.setHandshake(half)
  }

  /** COOKIE ACK makes both halves live, an accepted end ends them. */
  setLive(half: number, live: boolean): void {
    for (const one of [half, this.peerOf(half)]) {
      if (one < 0) continue
      const flags = this.flags[one] as number
      if (!live) this.flags[one] = flags & ~HalfFlag.Live
      else {
        this.flags[one] = flags | HalfFlag.Live | HalfFlag.Handshake
        this.setHandshake(one)
      }
    }
  }

  /** It becomes the youngest, whatever was known between its ports. */
  private setHandshake(half: number): void {
    const ports = this.ports[half] as number
    this.lastHandshake.delete(ports)
    this.forgotten.room(this.lastHandshake, this.mostHandshakes, 'handshakes of SCTP associations')
    this.lastHandshake.set(ports, half)
  }

  isLive(half: number): boolean {
    return half >= 0 && ((this.flags[half] as number) & HalfFlag.Live) !== 0
  }

  /** The live association's half that packets between these ports, to the owner `address`, carry; -1 when none is known. */
  liveTowards(sourcePort: number, destinationPort: number, address: number): number {
    const known = this.lastHandshake.get(((sourcePort << 16) | destinationPort) >>> 0)
    return known !== undefined && this.isLive(known) && this.owner[known] === address ? known : -1
  }

  /**
   * Does the packet's tag contradict what a handshake told? True when the same flow, or the same ports of the same receiver, belong to a
   * live association with another tag and this tag was never part of a handshake. False when nothing is known.
   * `reflected` (flag T): the tag is the one that the receiver puts into its own packets.
   */
  tagIsWrong(walk: Walk, tag: number, reflected = false): boolean {
    const from = reflected ? walk.destinationPort : walk.sourcePort
    const to = reflected ? walk.sourcePort : walk.destinationPort
    const direction = reflected ? walk.direction ^ 1 : walk.direction
    const half = this.find(tag, from, to)
    if (half >= 0 && ((this.flags[half] as number) & HalfFlag.Handshake) !== 0) return false
    const known = this.lastHandshake.get(((from << 16) | to) >>> 0)
    if (known === undefined || !this.isLive(known)) return false
    if (this.owner[known] === walk.state.flows.receiver(walk.flow, direction)) return true
    // Another address of the same endpoint: the flow itself has carried the right tag.
    const back = this.lastOf(walk.flow, direction ^ 1)
    return this.lastOf(walk.flow, direction) === known || (back >= 0 && this.peer[known] === back)
  }

  // ------------------------------------------------------------------ keys and requests

  setVector(half: number, vector: KeyVector): void {
    if (half < 0) return
    this.forgotten.room(this.vectors, MAX_KEY_VECTORS, 'keys of SCTP associations')
    this.vectors.set(half, vector)
  }

  /** Key vector of the endpoint that accepts `half`'s tag. */
  vectorOf(half: number): KeyVector | undefined {
    return this.vectors.get(half)
  }

  setWaiting(half: number, request: AsconfRequest): void {
    if (half < 0) return
    this.waiting.delete(half)
    this.forgotten.room(this.waiting, MAX_WAITING, 'ASCONF requests that wait for their answer')
    this.waiting.set(half, request.items.length > MAX_REQUESTS ? { ...request, items: request.items.slice(0, MAX_REQUESTS) } : request)
  }

  waitingOn(half: number): AsconfRequest | undefined {
    return this.waiting.get(half)
  }
}

export const sctpState = new StateKey<SctpState>('sctp', (state) => new SctpState(state.flows.forgotten))
