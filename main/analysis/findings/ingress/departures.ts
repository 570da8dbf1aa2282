/**
 * Which source addresses left the site by which hop, with the verdict of the site model on each (rehoming.md 8.2). Fed from the hop table's
 * records, never from packets. A packet leaves when its frame goes to a router of its link, or, where no router is known, when it still has the
 * hop limit its sender gave it and its receiver is not on the link. A flow that is seen on two interfaces at the same moment is being forwarded
 * past the capture and says nothing of the choice of an exit.
 * Bounded: MAX_USES (source, hop) pairs, MAX_RECORDS records each; verdicts are made again only when the model has grown. Of nearly all pairs
 * nothing can be said: they are numbers in columns, and only the others objects.
 */

import type { FlowTable } from '../../../../dissectors/core/flows.ts'
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import type { SiteModel } from '../../site.ts'
import { isFresh } from '../../site-arrivals.ts'
import { type Exit, SiteExits, type Verdict } from '../../site-exits.ts'
import { isLocalScope } from '../../site-prefixes.ts'
import { Places, roomFor } from '../places.ts'

const MAX_USES = 50_000
const MAX_RECORDS = 512
const MAX_ECHOES = 20_000
const SAME_MOMENT = 20e6

/** Echo requests of one (source, receiver, hop): each is an attempt of its own. */
export interface Echoes {
  source: number
  destination: number
  hop: number
  fresh: boolean
  requests: number
  /** of those: answered, and rejected by an ICMP error */
  answered: number
  rejected: number
  waiting: Map<number, number>
  firstRow: number
  firstTime: number
  thirdRow: number
  thirdTime: number
  lastRow: number
  lastTime: number
}

/** A (source, hop) pair of which something can be said. */
export interface Use {
  /** its place in the columns */
  readonly number: number
  readonly source: number
  readonly hop: number
  echoes: Echoes[] | null
  exit: Exit | null
  verdict: Verdict | null
}

/** What a hop is by the site model. */
interface Way {
  exit: Exit | null
  fromRouter: boolean
}

/** What kind of address a source is: neither, one that means nothing beyond its link or host, a link-local one among them. */
const enum Scope {
  Wide = 0,
  Local = 1,
  LinkLocal = 2,
}

/** Packets of a use that left, added up. */
export interface Departed {
  packets: number
  flows: number
  answered: number
  destinations: number[]
  rows: number[]
  /** when the third packet left; -1: there were fewer */
  certain: number
  first: number
  last: number
}

const NOWHERE: Way = { exit: null, fromRouter: false }
const UNKNOWN: Verdict = { kind: 'unknown', owner: null, prefix: null }

/** Hops are fewer than 2^16. */
function keyOf(source: number, hop: number): number {
  return source * 65_536 + hop
}

function isLinkLocal(bytes: Uint8Array): boolean {
  const [a, b] = bytes as unknown as [number, number]
  return bytes.length === 4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80
}

export class Departures {
  readonly exits: SiteExits
  /** numbers of pairs, from 0 in their order */
  private readonly pairs = new Places()
  private source = new Int32Array(256)
  private hop = new Uint32Array(256)
  private scope = new Uint8Array(256)
  /** first and last record of the hop table, -1 none, and how many they are; those between follow by `next` */
  private head = new Int32Array(256)
  private tail = new Int32Array(256)
  private count = new Uint16Array(256)
  /** by number of the pair, where there is anything to say */
  private readonly told: (Use | null)[] = []
  private inOrder: readonly Use[] = []
  /** how many pairs there is something to say of, and how many of them are in order */
  private uttered = 0
  private listed = 0
  /** pairs that were judged, by the model of which version */
  private judged = 0
  private version = -1
  /** by hop */
  private readonly ways: (Way | undefined)[] = []
  private readonly echoes = new Map<string, Echoes>()
  private readonly echoesByPair = new Map<string, Echoes[]>()
  private taken = 0
  /** by record: the next of its pair; -1 it is the last */
  private next = new Int32Array(256)

  constructor(
    readonly flows: FlowTable,
    readonly site: SiteModel,
  ) {
    this.exits = new SiteExits(site, flows.hops)
  }

  /** How many pairs there are. */
  get size(): number {
    return this.pairs.size
  }

  /** Those of which something can be said, as of the last `update`, in their order. */
  get uses(): readonly Use[] {
    return this.inOrder
  }

  find(source: number, hop: number): Use | null {
    return this.told[this.pairs.of(keyOf(source, hop))] ?? null
  }

  /** Takes up new records of the hop table and makes verdicts that the model has outgrown anew. */
  update(): void {
    this.site.learnNeighbours()
    const { flows } = this
    const { hops } = flows
    for (; this.taken < hops.count; this.taken++) {
      const at = hops.at[this.taken] as number
      const pair = this.pair(flows.sender(at >> 1, at & 1), hops.hop[this.taken] as number)
      if (pair < 0 || (this.count[pair] as number) >= MAX_RECORDS) continue
      this.next = roomFor(this.next, this.taken)
      this.next[this.taken] = -1
      const tail = this.tail[pair] as number
      if (tail < 0) this.head[pair] = this.taken
      else this.next[tail] = this.taken
      this.tail[pair] = this.taken
      this.count[pair] = (this.count[pair] as number) + 1
    }
    if (this.version !== this.site.version) {
      this.version = this.site.version
      this.judged = 0
      this.ways.length = 0
    }
    for (; this.judged < this.pairs.size; this.judged++) this.judge(this.judged)
    if (this.listed !== this.uttered) {
      this.listed = this.uttered
      this.inOrder = this.told.filter((use) => use !== null)
    }
  }

  /** Record numbers of the hop table, the oldest first. */
  recordsOf(use: Use): number[] {
    const records: number[] = []
    for (let record = this.head[use.number] as number; record >= 0; record = this.next[record] as number) records.push(record)
    return records
  }

  bytesOf(use: Use): Uint8Array {
    return this.flows.addresses.get(use.source)
  }

  /** The number of a pair; -1: there are too many. */
  private pair(source: number, hop: number): number {
    const key = keyOf(source, hop)
    const known = source < 0 ? -1 : this.pairs.of(key)
    if (known >= 0 || source < 0 || this.flows.forgotten.full(this.pairs.size, MAX_USES, 'flows by their source and way out')) return known
    const pair = this.pairs.enter(key)
    this.source = roomFor(this.source, pair)
    this.hop = roomFor(this.hop, pair)
    this.scope = roomFor(this.scope, pair)
    this.head = roomFor(this.head, pair)
    this.tail = roomFor(this.tail, pair)
    this.count = roomFor(this.count, pair)
    this.source[pair] = source
    this.hop[pair] = hop
    const bytes = this.flows.addresses.look(source)
    this.scope[pair] = isLinkLocal(bytes) ? Scope.LinkLocal : isLocalScope(bytes) ? Scope.Local : Scope.Wide
    this.head[pair] = -1
    this.tail[pair] = -1
    this.told[pair] = null
    return pair
  }

  private tell(pair: number): Use {
    let use = this.told[pair] ?? null
    if (use === null) {
      use = { number: pair, source: this.source[pair] as number, hop: this.hop[pair] as number, echoes: null, exit: null, verdict: null }
      this.told[pair] = use
      this.uttered++
    }
    return use
  }

  private judge(pair: number): void {
    const scope = this.scope[pair] as Scope
    const { exit, fromRouter } = this.way(this.hop[pair] as number)
    const verdict = exit === null || scope !== Scope.Wide ? null : this.verdict(pair, exit)
    const says = verdict === null ? scope === Scope.LinkLocal : verdict.kind !== 'unknown' || fromRouter
    if (!says && this.told[pair] === null) return
    const use = this.tell(pair)
    use.exit = verdict === null ? null : exit
    use.verdict = verdict
  }

  private verdict(pair: number, exit: Exit): Verdict {
    if (exit.uplink.prefixes.size === 0) return UNKNOWN
    return this.exits.verdict(this.flows.addresses.look(this.source[pair] as number), exit, this.firstOf(pair))
  }

  private way(hop: number): Way {
    const known = this.ways[hop]
    if (known !== undefined) return known
    const exit = this.exits.exitOf(hop)
    const fromRouter = this.exits.fromRouter(hop) === true
    const way = exit === null && !fromRouter ? NOWHERE : { exit, fromRouter }
    // Hops are numbered in their order and nearly all are asked for: no holes.
    while (this.ways.length < hop) this.ways.push(undefined)
    this.ways[hop] = way
    return way
  }

  private firstOf(pair: number): number {
    const record = this.head[pair] as number
    return record < 0 ? (this.told[pair]?.echoes?.[0]?.firstTime ?? 0) : (this.flows.hops.firstTime[record] as number)
  }

  /** Did the packets of a record leave the site? */
  leaves(record: number): boolean {
    const { flows } = this
    const { hops } = flows
    const at = hops.at[record] as number
    const hop = hops.hop[record] as number
    const destination = flows.addresses.look(flows.receiver(at >> 1, at & 1))
    if (isLocalScope(destination)) return false
    const from = this.exits.fromRouter(hop)
    if (from === true) return false
    if (from === null && (!isFresh(flows.hopLimit[at] as number) || this.exits.onLink(hop, destination))) return false
    return !this.copied(record)
  }

  /** The same packets are seen over another interface, too. */
  private copied(record: number): boolean {
    const { hops } = this.flows
    const at = hops.at[record] as number
    return this.together(record, hops.recordOf(at >> 1, at & 1)) || this.together(record, hops.formerOf(at >> 1, at & 1))
  }

  private together(record: number, other: number): boolean {
    const { hops } = this.flows
    if (other < 0 || other === record || hops.interface[hops.hop[other] as number] === hops.interface[hops.hop[record] as number])
      return false
    const near = Math.abs((hops.firstTime[other] as number) - (hops.firstTime[record] as number)) < SAME_MOMENT
    return near && Math.abs((hops.lastTime[other] as number) - (hops.lastTime[record] as number)) < SAME_MOMENT
  }

  /** What left in this use; only records whose packets left count. */
  departed(use: Use, records: readonly number[] = this.recordsOf(use), echoes: readonly Echoes[] = use.echoes ?? []): Departed {
    const { flows } = this
    const { hops } = flows
    const out: Departed = { packets: 0, flows: 0, answered: 0, destinations: [], rows: [], certain: -1, first: -1, last: -1 }
    const add = (packets: number, destination: number, firstRow: number, first: number, third: number, last: number): void => {
      const before = out.packets
      out.packets += packets
      if (out.destinations.length < 100 && !out.destinations.includes(destination)) out.destinations.push(destination)
      if (out.rows.length < 20) out.rows.push(firstRow)
      if (out.first < 0 || first < out.first) out.first = first
      out.last = Math.max(out.last, last)
      if (before < 3 && out.packets >= 3) out.certain = Math.max(out.certain, third >= 0 ? third : last)
    }
    for (const record of records) {
      if (!this.leaves(record)) continue
      const at = hops.at[record] as number
      out.flows++
      if ((flows.packets[at ^ 1] as number) > 0) out.answered++
      const destination = flows.receiver(at >> 1, at & 1)
      const { firstRow, firstTime, thirdTime, lastTime, packets } = hops
      add(
        packets[record] as number,
        destination,
        firstRow[record] as number,
        firstTime[record] as number,
        thirdTime[record] as number,
        lastTime[record] as number,
      )
    }
    for (const one of echoes) {
      if (!this.echoLeaves(one)) continue
      out.flows++
      if (one.answered > 0) out.answered++
      add(one.requests, one.destination, one.firstRow, one.firstTime, one.thirdTime, one.lastTime)
    }
    return out
  }

  /** Was a flow or echo request that began in this use answered? One that moved here from another exit may have been answered there. */
  answeredHere(use: Use): boolean {
    const { flows } = this
    const { hops } = flows
    for (const record of this.recordsOf(use)) {
      const at = hops.at[record] as number
      const start = hops.firstTime[record] as number
      const other = at ^ 1
      if ((flows.packets[other] as number) === 0 || (flows.first[at] as number) !== start || (flows.first[other] as number) < start)
        continue
      if (this.leaves(record)) return true
    }
    return (use.echoes ?? []).some((one) => one.answered > 0 && this.echoLeaves(one))
  }

  echoLeaves(one: Echoes): boolean {
    const destination = this.flows.addresses.look(one.destination)
    if (isLocalScope(destination)) return false
    const from = this.exits.fromRouter(one.hop)
    return from === false || (from === null && one.fresh && !this.exits.onLink(one.hop, destination))
  }

  // ------------------------------------------------------------------ echo

  echo(source: number, destination: number, hop: number, unit: number, row: number, time: number, hopLimit: number): void {
    const key = `${source}>${destination}@${hop}`
    let one = this.echoes.get(key)
    if (one === undefined) {
      if (this.flows.forgotten.full(this.echoes.size, MAX_ECHOES, 'echo requests by their way out')) return
      const none = { requests: 0, answered: 0, rejected: 0, thirdRow: -1, thirdTime: -1 }
      const begin = { firstRow: row, firstTime: time, lastRow: row, lastTime: time }
      one = { source, destination, hop, fresh: isFresh(hopLimit), waiting: new Map(), ...none, ...begin }
      this.echoes.set(key, one)
      const number = this.pair(source, hop)
      if (number >= 0) {
        const use = this.tell(number)
        if (use.echoes === null) use.echoes = [one]
        else use.echoes.push(one)
      }
      const pair = `${source}>${destination}`
      const list = this.echoesByPair.get(pair)
      if (list === undefined) this.echoesByPair.set(pair, [one])
      else list.push(one)
    }
    if (one.waiting.has(unit)) return
    one.requests++
    one.lastRow = row
    one.lastTime = time
    if (one.requests === 3) {
      one.thirdRow = row
      one.thirdTime = time
    }
    if (one.waiting.size > 200) dropOldest(one.waiting)
    one.waiting.set(unit, time)
  }

  echoAnswered(source: number, destination: number, unit: number): void {
    for (const one of this.echoesOf(source, destination)) if (one.waiting.delete(unit)) one.answered++
  }

  /** An ICMP error quotes an echo request of this source to this receiver: the youngest that waits is the one. */
  echoRejected(source: number, destination: number, time: number): Echoes | null {
    for (const one of this.echoesOf(source, destination)) {
      const last = [...one.waiting.entries()].at(-1)
      if (last === undefined || time - last[1] > 3e9) continue
      one.waiting.delete(last[0])
      one.rejected++
      return one
    }
    return null
  }

  private echoesOf(source: number, destination: number): readonly Echoes[] {
    return this.echoesByPair.get(`${source}>${destination}`) ?? []
  }

  text(id: number): string {
    return this.flows.addresses.text(id)
  }
}
