/**
 * What travels inside what, by flow: which session carried the packets of a flow, on which of its own flows, and from when on; and which flows
 * are one transport that runs between identifiers and shows another pair of locators after every move (see `InnerFlows`). So that the packets
 * of a session can be told afterwards, those that it carries with them.
 * Costs a look-up a carried packet, and an entry whenever a flow's direction goes another way. Bounded: MAX_RIDES flows and directions, MAX_CHANGES
 * changes of one, MAX_ALIASES further flows; what is beyond is counted, and told by the last way that is known.
 */
import { nextCapacity } from '../../../dissectors/core/capacity.ts'
import type { Forgotten } from '../../../dissectors/core/forgotten.ts'
import { MAX_FLOWS } from '../../../dissectors/core/limits.ts'
import type { End } from '../model.ts'

const MAX_RIDES = 200_000
const MAX_CHANGES = 4096
const MAX_ALIASES = 65_536

/** What is around a packet. */
export interface Outer {
  /** number of the session that carried them */
  session: number
  /** flow of the packets around them, and their direction on it */
  flow: number
  direction: number
  /** end of that session that sent them */
  sender: End
}

/** A way that packets of a flow's direction went, until the next one. */
export interface Ride extends Outer {
  /** ns; of the first packet that went there */
  from: number
}

export interface Alias {
  flow: number
  /** its direction 0 is the other's direction 1 */
  flipped: boolean
}

const NO_ALIAS: readonly Alias[] = []

export class CarriedFlows {
  /** by flow * 2 + direction: what was around its last packet, in one number, as most packets go the way of the one before; 0 none */
  private last = new Int32Array(2048)
  /** by flow * 2 + direction, in order of time */
  private readonly rides = new Map<number, Ride[]>()
  /** numbers of the sessions that carried others */
  readonly carriers = new Set<number>()
  /** flow that its transport began on, by flow */
  private readonly firsts = new Map<number, number>()
  private readonly aliases = new Map<number, Alias[]>()

  constructor(private readonly forgotten: Forgotten) {}

  /** A packet of (flow, direction) travelled inside one of a session; `around`: that session, its flow and direction, and the end that sent. */
  note(flow: number, direction: number, time: number, around: Outer): void {
    const key = flow * 2 + direction
    const way = wayOf(around)
    if (key < this.last.length && this.last[key] === way) return
    this.remember(key, way)
    const list = this.rides.get(key)
    if (list === undefined) {
      if (this.forgotten.full(this.rides.size, MAX_RIDES, 'packets of sessions inside others')) return
      this.rides.set(key, [rideFrom(time, around)])
      this.carriers.add(around.session)
      return
    }
    const last = list[list.length - 1] as Ride
    if (
      last.session === around.session &&
      last.flow === around.flow &&
      last.direction === around.direction &&
      last.sender === around.sender
    )
      return
    if (this.forgotten.full(list.length, MAX_CHANGES, 'changes of the way of sessions inside others')) return
    list.push(rideFrom(Math.max(time, last.from), around))
    this.carriers.add(around.session)
  }

  private remember(key: number, way: number): void {
    if (key >= this.last.length) {
      let size = this.last.length
      while (size <= key) size = nextCapacity(size, MAX_FLOWS * 2)
      const next = new Int32Array(size)
      next.set(this.last)
      this.last = next
    }
    this.last[key] = way
  }

  /** The way that a packet of the flow went; null: it was not carried then. */
  at(flow: number, direction: number, time: number): Ride | null {
    const list = this.rides.get(flow * 2 + direction)
    if (list === undefined) return null
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((list[middle] as Ride).from <= time) low = middle + 1
      else high = middle
    }
    return low === 0 ? null : (list[low - 1] as Ride)
  }

  /** Packets of the flow were carried at some time. */
  has(flow: number): boolean {
    return this.rides.has(flow * 2) || this.rides.has(flow * 2 + 1)
  }

  /** Packets of `flow` are of the transport that began on `first`. */
  alias(flow: number, first: number, flipped: boolean): void {
    if (flow === first || this.firsts.has(flow)) return
    if (this.forgotten.full(this.firsts.size, MAX_ALIASES, 'packets of transports inside sessions')) return
    this.firsts.set(flow, first)
    const list = this.aliases.get(first)
    if (list === undefined) this.aliases.set(first, [{ flow, flipped }])
    else list.push({ flow, flipped })
  }

  /** The flow that the transport on `flow` began on: mostly itself. */
  firstOf(flow: number): number {
    return this.firsts.get(flow) ?? flow
  }

  /** Further flows of the transport that began on `flow`. */
  aliasesOf(flow: number): readonly Alias[] {
    return this.aliases.get(flow) ?? NO_ALIAS
  }
}

/** Two ways that differ and have one number are told as the first of them: one in two thousand million. */
function wayOf({ session, flow, direction, sender }: Outer): number {
  return (Math.imul(session, 0x9e3779b1) ^ Math.imul(flow * 4 + direction * 2 + sender, 0x85ebca6b)) | 1
}

function rideFrom(from: number, { session, flow, direction, sender }: Outer): Ride {
  return { from, session, flow, direction, sender }
}
