/**
 * What each session had of a flow that several ran on one after the other: ports used again, a new association or connection between the same
 * ports. Counted when a flow passes from one session to the next, so that a packet costs nothing and a flow of one session keeps no entry.
 * Bounded: 200,000 entries; sessions beyond them are told the whole flow's numbers. Nothing is searched for in a flow's entries: a capture may
 * hold as many sessions on one pair of ports as it likes.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'

const MAX_SHARES = 200_000

export interface Share {
  session: number
  packets: number
  bytes: number
  /** ns; of its last packet there */
  last: number
  /** ns; the flow's last packet before the session's first */
  after: number
}

interface Shared {
  owner: Share
  /** counters of the flow when its owner took it */
  packets: number
  bytes: number
  /** in the order in which they came, and by session */
  list: Share[]
  bySession: Map<number, Share>
  /** entries by the session that theirs was merged into, as of a moment */
  bySurvivor: Map<number, Share[]> | null
  asOf: number
}

export class FlowShares {
  private readonly byFlow = new Map<number, Shared>()
  private count = 0

  constructor(private readonly flows: FlowTable) {}

  has(flow: number): boolean {
    return this.byFlow.has(flow)
  }

  /** The packet at hand is of `to`; all before it that were counted were of `from` and those before. Packets are counted after their signals. */
  pass(flow: number, from: number, to: number): void {
    const { flows } = this
    const packets = (flows.packets[flow * 2] as number) + (flows.packets[flow * 2 + 1] as number)
    if (packets === 0) return
    const bytes = (flows.bytes[flow * 2] as number) + (flows.bytes[flow * 2 + 1] as number)
    let shared = this.byFlow.get(flow)
    if (shared === undefined) {
      if (this.full()) return
      const first = { session: from, packets: 0, bytes: 0, last: -1, after: Number.NEGATIVE_INFINITY }
      this.count++
      shared = { owner: first, packets: 0, bytes: 0, list: [first], bySession: new Map([[from, first]]), bySurvivor: null, asOf: -1 }
      this.byFlow.set(flow, shared)
    }
    const { owner } = shared
    owner.packets += packets - shared.packets
    owner.bytes += bytes - shared.bytes
    owner.last = lastOf(flows, flow)
    shared.packets = packets
    shared.bytes = bytes
    let next = shared.bySession.get(to)
    if (next === undefined) {
      next = { session: to, packets: 0, bytes: 0, last: -1, after: owner.last }
      if (this.full()) return
      this.count++
      shared.list.push(next)
      shared.bySession.set(to, next)
      shared.bySurvivor = null
    }
    shared.owner = next
  }

  private full(): boolean {
    return this.flows.forgotten.full(this.count, MAX_SHARES, 'sessions that took over a flow of others')
  }

  /**
   * What the session, and those that were merged into it until `now`, had of the flow; null when all of it is one session's, or none of
   * theirs is known.
   */
  of(flow: number, session: number, now: number, survivorOf: (session: number) => number): Omit<Share, 'session'> | null {
    const shared = this.byFlow.get(flow)
    if (shared === undefined) return null
    let sum: Omit<Share, 'session'> | null = null
    for (const share of sharesOf(shared, session, now, survivorOf)) {
      const open = shared.owner === share ? this.sinceTaken(flow, shared) : NOTHING
      sum ??= { packets: 0, bytes: 0, last: -1, after: share.after }
      sum.packets += share.packets + open.packets
      sum.bytes += share.bytes + open.bytes
      sum.last = Math.max(sum.last, share.last, open.last)
    }
    return sum
  }

  /** Number of the session that the flow was at `time`; -1 when it was none's or the flow is not shared. */
  ownerAt(flow: number, time: number): number {
    const list = this.byFlow.get(flow)?.list ?? []
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((list[middle] as Share).after < time) low = middle + 1
      else high = middle
    }
    return list[low - 1]?.session ?? -1
  }

  private sinceTaken(flow: number, shared: Shared): { packets: number; bytes: number; last: number } {
    const { flows } = this
    const packets = (flows.packets[flow * 2] as number) + (flows.packets[flow * 2 + 1] as number) - shared.packets
    if (packets === 0) return NOTHING
    const bytes = (flows.bytes[flow * 2] as number) + (flows.bytes[flow * 2 + 1] as number) - shared.bytes
    return { packets, bytes, last: lastOf(flows, flow) }
  }
}

const NONE: readonly Share[] = []
const NOTHING = { packets: 0, bytes: 0, last: -1 } as const

function sharesOf(shared: Shared, session: number, now: number, survivorOf: (session: number) => number): readonly Share[] {
  if (shared.bySurvivor === null || shared.asOf !== now) {
    shared.bySurvivor = new Map()
    shared.asOf = now
    for (const share of shared.list) {
      const survivor = survivorOf(share.session)
      const known = shared.bySurvivor.get(survivor)
      if (known === undefined) shared.bySurvivor.set(survivor, [share])
      else known.push(share)
    }
  }
  return shared.bySurvivor.get(session) ?? NONE
}

function lastOf(flows: FlowTable, flow: number): number {
  let last = -1
  for (const at of [flow * 2, flow * 2 + 1]) if ((flows.packets[at] as number) > 0) last = Math.max(last, flows.last[at] as number)
  return last
}
