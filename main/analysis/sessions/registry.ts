/**
 * All sessions by number (their order of appearance), and the session of every flow. Light sessions are columns, the others objects.
 * Bounded: above `MAX_SESSIONS` the light sessions that ended or have been idle longest are dropped and counted; above `MAX_MULTI` no further
 * session with several pairs is followed (counted too).
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import { MarkLog } from '../mark-log.ts'
import { MultiSession, type Pair } from '../model.ts'
import { UnitStore } from '../unit-store.ts'
import { type LightProtocol, LightState, LightStore } from './light.ts'
import type { BreakCause } from './reestablish.ts'

export const MAX_SESSIONS = 200_000
export const MAX_MULTI = 50_000
const MAX_LINKS = 200_000
const MAX_CHILDREN = 1000
const GONE = -0x7fffffff

export class Registry {
  readonly light = new LightStore()
  readonly marks: MarkLog
  private readonly units = new UnitStore()
  readonly multi: MultiSession[] = []
  /** by session number: light index, or ~(index in `multi`); GONE when dropped */
  private places = new Int32Array(1024)
  count = 0
  live = 0
  evicted = 0
  /** why sessions broke that were established again, by number: as known when their successor opened */
  readonly breaks = new Map<number, BreakCause>()
  /** what travels in what: session number of the inner one to that of the outer one that carried it last */
  readonly parents = new Map<number, number>()
  /** session number by flow, -1 none */
  private byFlow = new Int32Array(4096).fill(-1)

  constructor(
    readonly flows: FlowTable,
    private readonly limit = MAX_SESSIONS,
  ) {
    this.marks = new MarkLog(flows.addresses)
  }

  private number(place: number): number {
    if (this.count === this.places.length) {
      const next = new Int32Array(this.places.length * 2)
      next.set(this.places)
      this.places = next
    }
    this.places[this.count] = place
    this.live++
    return this.count++
  }

  /** `child`'s packets travel inside `parent`'s. */
  link(child: number, parent: number): void {
    if (child >= 0 && parent >= 0 && child !== parent && (this.parents.size < MAX_LINKS || this.parents.has(child)))
      this.parents.set(child, parent)
  }

  /** Sessions that travel in this one, by number. */
  childrenOf(parent: number): readonly number[] {
    if (this.parents.size !== this.childrenMade) {
      this.children.clear()
      for (const [child, of] of this.parents) {
        const list = this.children.get(of)
        if (list === undefined) this.children.set(of, [child])
        else if (list.length < MAX_CHILDREN) list.push(child)
      }
      this.childrenMade = this.parents.size
    }
    return this.children.get(parent) ?? []
  }
  private readonly children = new Map<number, number[]>()
  private childrenMade = 0

  sessionOfFlow(flow: number): number {
    return flow >= 0 && flow < this.byFlow.length ? (this.byFlow[flow] as number) : -1
  }

  /** The pair of a session with several pairs that runs on `flow`; null when there is none. */
  pairOfFlow(flow: number): Pair | null {
    return this.pairs[flow] ?? null
  }

  bindPair(flow: number, pair: Pair | null): void {
    while (this.pairs.length <= flow) this.pairs.push(null)
    this.pairs[flow] = pair
  }
  private readonly pairs: (Pair | null)[] = []

  assign(flow: number, session: number): void {
    if (flow < 0) return
    if (flow >= this.byFlow.length) {
      const next = new Int32Array(Math.max(flow + 1, this.byFlow.length * 2)).fill(-1)
      next.set(this.byFlow)
      this.byFlow = next
    }
    this.byFlow[flow] = session
  }

  addLight(protocol: LightProtocol, flow: number, time: number, row: number): number {
    if (this.live >= this.limit) this.evict(time)
    const index = this.light.add(protocol, this.count, flow, time, row)
    this.number(index)
    this.assign(flow, this.count - 1)
    if (flow < this.pairs.length) this.pairs[flow] = null
    return index
  }

  /** null when there are too many. */
  addMulti(protocol: MultiSession['protocol'], time: number, row: number): MultiSession | null {
    if (this.multi.length >= MAX_MULTI) {
      this.evicted++
      return null
    }
    const session = new MultiSession(this.count, protocol, time, row, this.marks, this.units)
    this.multi.push(session)
    this.number(~(this.multi.length - 1))
    return session
  }

  /** A light session turns out to have several pairs: keeps its number. */
  promote(index: number, protocol: MultiSession['protocol']): MultiSession | null {
    if (this.multi.length >= MAX_MULTI) return null
    const number = this.light.number[index] as number
    const opened = this.light.opened[index] as number
    const session = new MultiSession(number, protocol, opened, this.light.openedRow[index] as number, this.marks, this.units)
    this.multi.push(session)
    this.places[number] = ~(this.multi.length - 1)
    this.light.number[index] = -1
    this.light.free.push(index)
    return session
  }

  /** Index of the light session with this number, -1 when it is none. */
  lightOf(number: number): number {
    if (number < 0 || number >= this.count) return -1
    const place = this.places[number] as number
    return place >= 0 ? place : -1
  }

  multiOf(number: number): MultiSession | null {
    if (number < 0 || number >= this.count) return null
    const place = this.places[number] as number
    return place < 0 && place !== GONE ? (this.multi[~place] ?? null) : null
  }

  gone(number: number): boolean {
    return this.places[number] === GONE
  }

  /** Drops a tenth: those that ended first, then the longest idle. */
  private evict(now: number): void {
    const light = this.light
    const candidates: number[] = []
    for (let n = 0; n < this.count; n++) {
      const place = this.places[n] as number
      if (place >= 0) candidates.push(place)
    }
    const age = (i: number): number => {
      const over = light.state[i] === LightState.Closed || light.state[i] === LightState.Failed
      const matters = (light.replaces[i] as number) >= 0 || (light.replacedBy[i] as number) >= 0
      return now - (light.last[i] as number) + (over ? 1e15 : 0) - (matters ? 1e16 : 0)
    }
    candidates.sort((a, b) => age(b) - age(a))
    const drop = Math.min(candidates.length, Math.max(1, Math.floor(this.limit / 10)))
    for (let k = 0; k < drop; k++) {
      const i = candidates[k] as number
      const number = light.number[i] as number
      const flow = light.flow[i] as number
      if (this.sessionOfFlow(flow) === number) this.assign(flow, -1)
      this.places[number] = GONE
      light.number[i] = -1
      light.free.push(i)
      this.live--
      this.evicted++
    }
  }
}
