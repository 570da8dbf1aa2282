/**
 * All sessions by number (their order of appearance), and the session of every flow. Light sessions are columns, the others objects.
 * Bounded: above `MAX_SESSIONS` light sessions are dropped and counted; above `MAX_MULTI` the same holds for sessions with several pairs whose
 * contexts can forget one; where none can, no further session is followed (counted too). What a report has least to say of goes first (`Worth`),
 * of that what was silent longest.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import { MarkLog } from '../mark-log.ts'
import type { Pair } from '../model.ts'
import { MultiSession } from '../multi-session.ts'
import { UnitStore } from '../unit-store.ts'
import { CarriedFlows } from './carried-flows.ts'
import { FlowShares } from './flow-shares.ts'
import { type LightProtocol, LightState, LightStore } from './light.ts'
import type { BreakCause } from './reestablish.ts'
import type { TcpStall } from './tcp-stalls.ts'

export const MAX_SESSIONS = 200_000
export const MAX_MULTI = 32_000
const MAX_LINKS = 200_000
const MAX_CHILDREN = 1000
const MAX_WORDS = 4096
const GONE = -0x7fffffff
/** of a flow: the session that it was was dropped. Whoever comes next is told that it was not the first */
const LEFT = -2
/** a session that was heard this short ago is at work, ns; one that is not up yet */
const AT_WORK = 300e9
const AT_BEGIN = 5e9

/** Why a session is kept, the least reason first. */
const enum Worth {
  Over = 0,
  Idle = 1,
  /** something went wrong on the way: data sent again, an ICMP error, a join refused */
  Eventful = 2,
  AtWork = 3,
  /** it moved, took another's place, or a finding is about it: it is over, or goes on */
  Told = 4,
  Telling = 5,
}

export interface LastWord {
  /** ns */
  time: number
  row: number
  /** address of who said it */
  by: number
  /** 'BGP NOTIFICATION' */
  what: string
  cause: string
}

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
  /** times in which plain connections stood still and then went on, by number */
  readonly stalls = new Map<number, TcpStall[]>()
  /** when a side's repetitions were answered without progress, by place in the columns: of runs that go on */
  readonly repeatsAnswered = new Map<number, number>()
  /** is a finding about the session with this number? */
  concerned: (session: number) => boolean = () => false
  /** what travels in what: session number of the inner one to that of the outer one that carried it last */
  readonly parents = new Map<number, number>()
  /** what travels in what, packet by packet */
  readonly carried: CarriedFlows
  /** why what runs above a plain connection ended it, by session number: what was said last */
  readonly lastWords = new Map<number, LastWord>()
  /** how the contexts of a protocol forget a session */
  private readonly forgetful = new Map<MultiSession['protocol'], ((session: MultiSession) => void) | null>()
  /** session number by flow, -1 none, LEFT none any longer */
  private byFlow = new Int32Array(4096).fill(-1)

  constructor(
    readonly flows: FlowTable,
    private readonly limit = MAX_SESSIONS,
    private readonly multiLimit = MAX_MULTI,
  ) {
    this.multi = this.keep
    this.marks = new MarkLog(flows.addresses)
    this.shares = new FlowShares(flows)
    this.carried = new CarriedFlows(flows.forgotten)
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

  /** A protocol above the plain connection says that it is over. */
  say(number: number, word: LastWord): void {
    if (this.lightOf(number) < 0) return
    this.flows.forgotten.room(this.lastWords, MAX_WORDS, 'reasons why connections ended')
    this.lastWords.set(number, word)
  }

  /** `child`'s packets travel inside `parent`'s. */
  link(child: number, parent: number): void {
    if (child < 0 || parent < 0 || child === parent) return
    const known = this.parents.get(child)
    if (known === parent) return
    this.childrenMade = -1
    if (known !== undefined || this.parents.size < MAX_LINKS) this.parents.set(child, parent)
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
    if (flow < 0 || flow >= this.byFlow.length) return -1
    const session = this.byFlow[flow] as number
    return session === LEFT ? -1 : session
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
    if (before >= 0 || before === LEFT || this.shares.has(flow)) this.shares.pass(flow, Math.max(before, -1), session)
    this.byFlow[flow] = session
  }

  /** The flow's session is dropped. That is no entry among the shares as long as nobody else has the flow: most flows are over by then. */
  private leave(flow: number, number: number): void {
    if (this.sessionOfFlow(flow) !== number) return
    if (this.shares.has(flow)) this.assign(flow, -1)
    else this.byFlow[flow] = LEFT
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

  /** Drops a tenth of the sessions that can be dropped. */
  private evictMulti(now: number): void {
    const candidates = this.keep.filter((session) => this.forgetful.has(session.protocol))
    const gone = new Set(agedMost(candidates, this.multiLimit, (session) => this.ageOf(session, now)))
    if (gone.size === 0) return
    for (const session of gone) this.dropMulti(session)
    this.keep = this.keep.filter((session) => !gone.has(session))
    this.multi = this.keep
    for (let i = 0; i < this.keep.length; i++) this.places[(this.keep[i] as MultiSession).number] = ~i
    this.marks.keepOnly(this.keep)
  }

  private ageOf(session: MultiSession, now: number): number {
    const over = session.state === 'closed' || session.state === 'failed' || session.mergedInto >= 0
    const { rehomings, replaces, replacedBy, number } = session
    const idle = now - session.last
    if (rehomings.length > 0 || replaces >= 0 || replacedBy >= 0 || this.concerned(number))
      return age(idle, over ? Worth.Told : Worth.Telling)
    if (!over && idle < (session.state === 'opening' ? AT_BEGIN : AT_WORK)) return age(idle, Worth.AtWork)
    return age(idle, session.evidence.length + session.refusals.length > 0 ? Worth.Eventful : over ? Worth.Over : Worth.Idle)
  }

  private dropMulti(session: MultiSession): void {
    const { number } = session
    for (const pair of session.pairs)
      for (const flow of pair.further === null ? [pair.flow] : [pair.flow, ...pair.further]) {
        this.leave(flow, number)
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

  /** Drops a tenth. */
  private evict(now: number): void {
    const { light } = this
    const candidates: number[] = []
    for (let n = 0; n < this.count; n++) {
      const place = this.places[n] as number
      if (place >= 0) candidates.push(place)
    }
    for (const i of agedMost(candidates, this.limit, (one) => this.ageOfLight(one, now))) {
      const number = light.number[i] as number
      this.leave(light.flow[i] as number, number)
      this.places[number] = GONE
      this.breaks.delete(number)
      this.lastWords.delete(number)
      this.parents.delete(number)
      light.number[i] = -1
      light.free.push(i)
      this.live--
      this.evicted++
    }
  }

  private ageOfLight(i: number, now: number): number {
    const { light } = this
    const over = light.state[i] === LightState.Closed || light.state[i] === LightState.Failed
    const idle = now - (light.last[i] as number)
    if ((light.replaces[i] as number) >= 0 || (light.replacedBy[i] as number) >= 0 || this.concerned(light.number[i] as number))
      return age(idle, over ? Worth.Told : Worth.Telling)
    if (!over && idle < (light.state[i] === LightState.Opening ? AT_BEGIN : AT_WORK)) return age(idle, Worth.AtWork)
    return age(idle, (light.icmpTime[i] as number) >= 0 ? Worth.Eventful : over ? Worth.Over : Worth.Idle)
  }
}

/** How soon a session is dropped: more is sooner. No capture is as long as the step from one worth to the next. */
function age(idle: number, worth: Worth): number {
  return idle - worth * 1e15
}

/** A tenth of what the limit allows, those of the highest age; of as many of one age as are too many, the first. */
function agedMost<T>(all: readonly T[], limit: number, ageOf: (one: T) => number): T[] {
  const drop = Math.min(all.length, Math.max(1, Math.floor(limit / 10)))
  if (drop === 0) return []
  const ages = Float64Array.from(all, ageOf)
  const least = ages.slice().sort()[ages.length - drop] as number
  const out: T[] = []
  for (let i = 0; i < all.length && out.length < drop; i++) if ((ages[i] as number) >= least) out.push(all[i] as T)
  return out
}
