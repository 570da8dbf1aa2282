/**
 * All sessions by number (their order of appearance), and the session of every flow. Light sessions are columns, the others objects.
 * Bounded: above `MAX_SESSIONS` the light sessions that ended or have been idle longest are dropped and counted; above `MAX_MULTI` the same
 * holds for sessions with several pairs whose contexts can forget one; where none can, no further session is followed (counted too).
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import { MarkLog } from '../mark-log.ts'
import { MultiSession, type Pair } from '../model.ts'
import { UnitStore } from '../unit-store.ts'
import { FlowShares } from './flow-shares.ts'
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
  /** of flows that several sessions ran on */
  readonly shares: FlowShares
  private readonly units = new UnitStore()
  /** `multi`, to be written to */
  private keep: MultiSession[] = []
  multi: readonly MultiSession[] = []
  /** by session number: light index, or ~(index in `multi`); GONE when dropped */
  private places = new Int32Array(1024)
  count = 0
  live = 0
  evicted = 0
  /** sessions with several pairs that were dropped, for tables that have to let go of them */
  dropped = 0
  /** why sessions broke that were established again, by number: as known when their successor opened */
  readonly breaks = new Map<number, BreakCause>()
  /** what travels in what: session number of the inner one to that of the outer one that carried it last */
  readonly parents = new Map<number, number>()
  /** how the contexts of a protocol forget a session */
  private readonly forgetful = new Map<MultiSession['protocol'], ((session: MultiSession) => void) | null>()
  /** session number by flow, -1 none */
  private byFlow = new Int32Array(4096).fill(-1)

  constructor(
    readonly flows: FlowTable,
    private readonly limit = MAX_SESSIONS,
    private readonly multiLimit = MAX_MULTI,
  ) {
    this.multi = this.keep
    this.marks = new MarkLog(flows.addresses)
    this.shares = new FlowShares(flows)
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
    if (child < 0 || parent < 0 || child === parent) return
    if (this.parents.size < MAX_LINKS || this.parents.has(child)) this.parents.set(child, parent)
    else this.flows.forgotten.note('packets of sessions inside others')
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
    const before = this.byFlow[flow] as number
    if (before === session) return
    if (before >= 0 || this.shares.has(flow)) this.shares.pass(flow, before, session)
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
    if (this.full(time)) {
      this.evicted++
      return null
    }
    const session = new MultiSession(this.count, protocol, time, row, this.marks, this.units)
    this.number(~(this.keep.push(session) - 1))
    return session
  }

  /** A light session turns out to have several pairs: keeps its number. */
  promote(index: number, protocol: MultiSession['protocol']): MultiSession | null {
    if (this.full(this.light.last[index] as number)) return null
    const number = this.light.number[index] as number
    const opened = this.light.opened[index] as number
    const session = new MultiSession(number, protocol, opened, this.light.openedRow[index] as number, this.marks, this.units)
    this.places[number] = ~(this.keep.push(session) - 1)
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

  /** The session that this one was merged into, and that one into; itself when it was not. */
  survivorOf(number: number): number {
    let at = number
    for (let steps = 0; steps < 8; steps++) {
      const into = this.multiOf(at)?.mergedInto ?? -1
      if (into < 0) break
      at = into
    }
    return at
  }

  gone(number: number): boolean {
    return this.places[number] === GONE
  }

  /**
   * Sessions of the protocol may be dropped. Its contexts either take one out of their tables by `forget`, or ask `gone` before they use one: a
   * packet of a dropped session begins another.
   */
  canForget(protocol: MultiSession['protocol'], forget: ((session: MultiSession) => void) | null = null): void {
    this.forgetful.set(protocol, forget)
  }

  /** Lets go of what belongs to sessions that were dropped. To be asked when `dropped` has changed. */
  forgetGone<K, V>(table: Map<K, V>, sessionOf: (value: V) => MultiSession): void {
    for (const [key, value] of table) if (this.gone(sessionOf(value).number)) table.delete(key)
  }

  /** No room for a further session with several pairs, even when a tenth of the limit has been dropped. */
  private full(now: number): boolean {
    if (this.keep.length >= this.multiLimit) this.evictMulti(now)
    return this.keep.length >= this.multiLimit
  }

  /** Drops a tenth of the sessions that can be dropped: those that ended, oldest first, then the longest idle; last those that moved. */
  private evictMulti(now: number): void {
    const candidates = this.keep.filter((session) => this.forgetful.has(session.protocol))
    const ages = Float64Array.from(candidates, (session) => ageOf(session, now))
    const drop = Math.min(candidates.length, Math.max(1, Math.floor(this.multiLimit / 10)))
    if (drop === 0) return
    const least = ages.slice().sort()[ages.length - drop] as number
    const gone = new Set<MultiSession>()
    for (let i = 0; i < candidates.length && gone.size < drop; i++)
      if ((ages[i] as number) >= least) gone.add(candidates[i] as MultiSession)
    for (const session of gone) this.dropMulti(session)
    this.keep = this.keep.filter((session) => !gone.has(session))
    this.multi = this.keep
    for (let i = 0; i < this.keep.length; i++) this.places[(this.keep[i] as MultiSession).number] = ~i
    this.marks.keepOnly(this.keep)
  }

  private dropMulti(session: MultiSession): void {
    const { number } = session
    for (const pair of session.pairs)
      for (const flow of pair.further === null ? [pair.flow] : [pair.flow, ...pair.further]) {
        if (this.sessionOfFlow(flow) === number) this.assign(flow, -1)
        if (this.pairOfFlow(flow)?.session === session) this.bindPair(flow, null)
      }
    this.forgetful.get(session.protocol)?.(session)
    session.dispose()
    session.lastMark = -1
    session.markCount = 0
    if (session.state !== 'closed' && session.state !== 'failed') {
      session.state = 'closed'
      session.closed = session.last
      session.closedWhy = 'dropped from memory'
    }
    this.parents.delete(number)
    this.places[number] = GONE
    this.live--
    this.evicted++
    this.dropped++
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
      this.breaks.delete(number)
      this.parents.delete(number)
      light.number[i] = -1
      light.free.push(i)
      this.live--
      this.evicted++
    }
  }
}

/** How soon a session is dropped: more is sooner. */
function ageOf(session: MultiSession, now: number): number {
  const over = session.state === 'closed' || session.state === 'failed' || session.mergedInto >= 0
  const matters = session.rehomings.length > 0 || session.replaces >= 0 || session.replacedBy >= 0
  return now - session.last + (over ? 1e15 : 0) - (matters ? 1e16 : 0)
}
