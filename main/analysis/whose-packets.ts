/**
 * Whose a packet is: the session of its innermost flow, the one that carried it at that time, those around that one; and sessions that share a
 * flow, as bindings of several home addresses share one pair of nodes. Asked by filters, lists and exports, which hold a packet's flow only.
 */
import type { Alias, Ride } from './sessions/carried-flows.ts'
import type { Registry } from './sessions/registry.ts'
import { RowFlag } from './types.ts'

/** sessions around one another that are told */
const MOST = 8
/** sessions that one flow is said to be of, beside its owner */
const MOST_SHARING = 64
const SECOND = 1e9
const NONE: readonly number[] = []

export class WhosePackets {
  /** sessions that count packets of a flow which is another's, or nobody's own */
  private sharing = new Map<number, number[]>()
  private sharingAt = Number.NaN

  /** `winnerOf`: the session that stands for another one, -1 itself. */
  constructor(
    private readonly registry: Registry,
    private readonly winnerOf: (session: number) => number,
  ) {}

  /** The session that a flow belongs to, -1: none; with a time (ns) the one that it belonged to then. */
  ofFlow(flow: number, time?: number): number {
    const { registry } = this
    const shared = time !== undefined && registry.shares.has(flow)
    const number = shared ? registry.survivorOf(registry.shares.ownerAt(flow, time)) : registry.sessionOfFlow(flow)
    const winner = this.winnerOf(number)
    return winner >= 0 ? winner : number
  }

  /** Sessions of a packet, the innermost first. `now`: how far the capture was read, ns; infinite when all was. */
  of(flow: number, direction: number, time: number, flags: number, now: number): number[] {
    const { carried } = this.registry
    const out: number[] = []
    const first = carried.firstOf(flow)
    this.add(out, this.ofFlow(first, time))
    if (first !== flow) this.add(out, this.ofFlow(flow, time))
    // on the way to the tunnel the same packets are seen without it
    let ride = (flags & RowFlag.Carried) === 0 ? null : carried.at(flow, direction, time)
    while (ride !== null && this.add(out, ride.session)) ride = carried.at(ride.flow, ride.direction, time)
    for (const number of this.sharingOf(flow, now)) this.add(out, number)
    return out
  }

  /** Every packet of the flow is of the same sessions. */
  fixed(flow: number): boolean {
    const { carried, shares } = this.registry
    return !carried.has(flow) && !shares.has(flow) && carried.firstOf(flow) === flow
  }

  /** The way that a packet inside a session went; null: it was in none. `flags`: its RowFlag bits. */
  ride(flow: number, direction: number, time: number, flags: number): Ride | null {
    if ((flags & RowFlag.Carried) === 0) return null
    const ride = this.registry.carried.at(flow, direction, time)
    if (ride === null) return null
    const session = this.registry.survivorOf(ride.session)
    return session === ride.session ? ride : { ...ride, session }
  }

  /** Sessions that carried others, by number; those of them that were merged stand for the one they were merged into. */
  carriers(): Set<number> {
    return new Set(Array.from(this.registry.carried.carriers, (number) => this.registry.survivorOf(number)))
  }

  /** Further flows of the transport that began on `flow`. */
  aliasesOf(flow: number): readonly Alias[] {
    return this.registry.carried.aliasesOf(flow)
  }

  private add(out: number[], session: number): boolean {
    const number = this.registry.survivorOf(session)
    if (number < 0 || out.length >= MOST || out.includes(number)) return false
    out.push(number)
    return true
  }

  private sharingOf(flow: number, now: number): readonly number[] {
    // of a capture that grows it is made once a second of its time
    if (Number.isNaN(this.sharingAt) || Math.abs(now - this.sharingAt) >= SECOND) {
      this.sharingAt = now
      this.makeSharing()
    }
    return this.sharing.get(flow) ?? NONE
  }

  private makeSharing(): void {
    const { registry } = this
    this.sharing = new Map()
    for (const { number, pairs, mergedInto, protocol } of registry.multi) {
      // a bearer has no flow of its own: what is on the one between its nodes, and in no bearer, is none's
      if (mergedInto >= 0 || protocol === 'gtp-u') continue
      for (const { flow, further } of pairs)
        for (const one of further === null ? [flow] : [flow, ...further]) {
          if (registry.shares.has(one) || this.ofFlow(one) === number) continue
          const list = this.sharing.get(one)
          if (list === undefined) this.sharing.set(one, [number])
          else if (list.length < MOST_SHARING && !list.includes(number)) list.push(number)
        }
    }
  }
}
