/**
 * Over which hop packets of a flow travelled: capture interface and the frame's two link-layer addresses. One small number a hop; a flow's
 * direction keeps the number of its last packet, and a change (also the first packet) is logged, so that who wants to know which sources left
 * by which router needs no look at every packet. Packets inside a tunnel have no hop of their own.
 * Cost per packet: a hash over twelve bytes and one compare. Bounded: MAX_HOPS hops, MAX_CHANGES changes; what goes over is counted.
 */
import type { FlowTable } from './flows.ts'
import type { Walk } from './walk.ts'

const MAX_HOPS = 65_536
const MAX_CHANGES = 2_000_000

export class HopTable {
  /** by hop number: capture interface, link-layer sender and receiver as 48-bit numbers (-1 unknown) */
  readonly interface: number[] = []
  readonly sender: number[] = []
  readonly receiver: number[] = []
  private readonly byKey = new Map<string, number>()
  /** last hop by flow * 2 + direction, as number + 1; 0 none yet */
  private last = new Uint32Array(2048)
  private lastHash = new Uint32Array(2048)
  // the log of changes, in the order of packets
  count = 0
  overflow = 0
  /** flow * 2 + direction */
  at = new Uint32Array(1024)
  hop = new Uint32Array(1024)
  row = new Int32Array(1024)
  time = new Float64Array(1024)
  /** packets of that direction before the change */
  before = new Uint32Array(1024)

  /** A packet of the flow was counted: `offset` is that of twelve bytes of link-layer addresses (receiver, sender), -1 when there are none. */
  note(flows: FlowTable, flow: number, direction: number, walk: Walk, memory: Uint8Array): void {
    if (walk.networks > 1) return
    const { linkDestination, linkSource, captured } = walk
    const receiver = linkDestination >= 0 && linkDestination + 6 <= captured ? linkDestination : -1
    const sender = linkSource >= 0 && linkSource + 6 <= captured ? linkSource : -1
    let hash = (walk.interface + 1) | 0
    if (receiver >= 0) hash = mix(hash, memory, receiver)
    if (sender >= 0) hash = mix(hash, memory, sender)
    hash = hash >>> 0
    const at = flow * 2 + direction
    if (at < this.last.length && this.lastHash[at] === hash && this.last[at] !== 0) return
    this.change(flows, at, hash, walk, number(memory, receiver), number(memory, sender))
  }

  private change(flows: FlowTable, at: number, hash: number, walk: Walk, receiver: number, sender: number): void {
    this.put(at, this.intern(walk.interface, sender, receiver), walk.row, walk.time, (flows.packets[at] as number) - 1)
    if (at < this.lastHash.length) this.lastHash[at] = hash
  }

  /** The same for hand-made packets. */
  put(at: number, hop: number, row: number, time: number, before: number): void {
    while (at >= this.last.length) this.grow()
    const known = this.last[at] as number
    this.last[at] = hop + 1
    if (known === hop + 1) return
    if (this.count >= MAX_CHANGES) {
      this.overflow++
      return
    }
    if (this.count === this.at.length) this.growLog()
    const n = this.count++
    this.at[n] = at
    this.hop[n] = hop
    this.row[n] = row
    this.time[n] = time
    this.before[n] = before
  }

  intern(iface: number, sender: number, receiver: number): number {
    const key = `${iface}|${sender}|${receiver}`
    const known = this.byKey.get(key)
    if (known !== undefined) return known
    if (this.interface.length >= MAX_HOPS) return 0
    this.byKey.set(key, this.interface.length)
    this.interface.push(iface)
    this.sender.push(sender)
    this.receiver.push(receiver)
    return this.interface.length - 1
  }

  /** Hop of the last packet of that direction; -1: none was seen, or only inside tunnels. */
  lastOf(flow: number, direction: number): number {
    const at = flow * 2 + direction
    return at < this.last.length ? (this.last[at] as number) - 1 : -1
  }

  private grow(): void {
    const last = new Uint32Array(this.last.length * 2)
    last.set(this.last)
    this.last = last
    const hash = new Uint32Array(last.length)
    hash.set(this.lastHash)
    this.lastHash = hash
  }

  private growLog(): void {
    const n = this.at.length * 2
    const copy = <T extends Uint32Array | Int32Array | Float64Array>(old: T, next: T): T => {
      next.set(old as never)
      return next
    }
    this.at = copy(this.at, new Uint32Array(n))
    this.hop = copy(this.hop, new Uint32Array(n))
    this.row = copy(this.row, new Int32Array(n))
    this.time = copy(this.time, new Float64Array(n))
    this.before = copy(this.before, new Uint32Array(n))
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
