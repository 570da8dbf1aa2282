/**
 * Which source addresses left the site by which hop, with the verdict of the site model on each (rehoming.md 8.2). Fed from the hop table's
 * records, never from packets. A packet leaves when its frame goes to a router of its link, or, where no router is known, when it still has the
 * hop limit its sender gave it and its receiver is not on the link. A flow that is seen on two interfaces at the same moment is being forwarded
 * past the capture and says nothing of the choice of an exit.
 * Bounded: MAX_USES (source, hop) pairs, MAX_RECORDS records each; verdicts are made again only when the model has grown.
 */

import type { FlowTable } from '../../../../dissectors/core/flows.ts'
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import type { SiteModel } from '../../site.ts'
import { isFresh } from '../../site-arrivals.ts'
import { type Exit, SiteExits, type Verdict } from '../../site-exits.ts'
import { isLocalScope } from '../../site-prefixes.ts'
import { roomFor } from '../places.ts'

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

export interface Use {
  readonly source: number
  readonly hop: number
  /** first and last record of the hop table, and how many they are: -1 and 0 without any; those between follow by `Departures.recordsOf` */
  head: number
  tail: number
  count: number
  echoes: Echoes[] | null
  exit: Exit | null
  verdict: Verdict | null
  version: number
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

export class Departures {
  readonly exits: SiteExits
  readonly uses = new Map<number, Use>()
  private readonly echoes = new Map<string, Echoes>()
  private readonly echoesByPair = new Map<string, Echoes[]>()
  private taken = 0
  /** by record: the next of its use; -1 it is the last */
  private next = new Int32Array(256)

  constructor(
    readonly flows: FlowTable,
    readonly site: SiteModel,
  ) {
    this.exits = new SiteExits(site, flows.hops)
  }

  /** Takes up new records of the hop table and makes verdicts that the model has outgrown anew. */
  update(): void {
    this.site.learnNeighbours()
    const { flows } = this
    const { hops } = flows
    for (; this.taken < hops.count; this.taken++) {
      const at = hops.at[this.taken] as number
      const use = this.use(flows.sender(at >> 1, at & 1), hops.hop[this.taken] as number)
      if (use === null || use.count >= MAX_RECORDS) continue
      this.next = roomFor(this.next, this.taken)
      this.next[this.taken] = -1
      if (use.tail < 0) use.head = this.taken
      else this.next[use.tail] = this.taken
      use.tail = this.taken
      use.count++
    }
    for (const use of this.uses.values()) if (use.version !== this.site.version) this.judge(use)
  }

  /** Record numbers of the hop table, the oldest first. */
  recordsOf(use: Use): number[] {
    const records: number[] = []
    for (let record = use.head; record >= 0; record = this.next[record] as number) records.push(record)
    return records
  }

  bytesOf(use: Use): Uint8Array {
    return this.flows.addresses.get(use.source)
  }

  private use(source: number, hop: number): Use | null {
    const key = source * 65_536 + hop
    const known = this.uses.get(key)
    if (known !== undefined) return known
    if (source < 0 || this.uses.size >= MAX_USES) return null
    const use: Use = { source, hop, head: -1, tail: -1, count: 0, echoes: null, exit: null, verdict: null, version: -1 }
    this.uses.set(key, use)
    return use
  }

  private judge(use: Use): void {
    use.version = this.site.version
    const bytes = this.bytesOf(use)
    use.exit = isLocalScope(bytes) ? null : this.exits.exitOf(use.hop)
    use.verdict = use.exit === null ? null : this.exits.verdict(bytes, use.exit, this.firstOf(use))
  }

  private firstOf(use: Use): number {
    const record = use.head
    return record < 0 ? (use.echoes?.[0]?.firstTime ?? 0) : (this.flows.hops.firstTime[record] as number)
  }

  /** The use that a flow's direction had in this record, with its verdict. */
  of(record: number): Use | null {
    const at = this.flows.hops.at[record] as number
    return this.uses.get(this.flows.sender(at >> 1, at & 1) * 65_536 + (this.flows.hops.hop[record] as number)) ?? null
  }

  /** Did the packets of a record leave the site? */
  leaves(record: number): boolean {
    const { flows } = this
    const { hops } = flows
    const at = hops.at[record] as number
    const hop = hops.hop[record] as number
    const destination = flows.addresses.get(flows.receiver(at >> 1, at & 1))
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
    for (const other of this.others(at)) {
      if (other === record || hops.interface[hops.hop[other] as number] === hops.interface[hops.hop[record] as number]) continue
      const near = Math.abs((hops.firstTime[other] as number) - (hops.firstTime[record] as number)) < SAME_MOMENT
      if (near && Math.abs((hops.lastTime[other] as number) - (hops.lastTime[record] as number)) < SAME_MOMENT) return true
    }
    return false
  }

  private others(at: number): number[] {
    const { hops } = this.flows
    return [hops.recordOf(at >> 1, at & 1), hops.formerOf(at >> 1, at & 1)].filter((record) => record >= 0)
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
    const destination = this.flows.addresses.get(one.destination)
    if (isLocalScope(destination)) return false
    const from = this.exits.fromRouter(one.hop)
    return from === false || (from === null && one.fresh && !this.exits.onLink(one.hop, destination))
  }

  // ------------------------------------------------------------------ echo

  echo(source: number, destination: number, hop: number, unit: number, row: number, time: number, hopLimit: number): void {
    const key = `${source}>${destination}@${hop}`
    let one = this.echoes.get(key)
    if (one === undefined) {
      if (this.echoes.size >= MAX_ECHOES) return
      const none = { requests: 0, answered: 0, rejected: 0, thirdRow: -1, thirdTime: -1 }
      const begin = { firstRow: row, firstTime: time, lastRow: row, lastTime: time }
      one = { source, destination, hop, fresh: isFresh(hopLimit), waiting: new Map(), ...none, ...begin }
      this.echoes.set(key, one)
      const use = this.use(source, hop)
      if (use?.echoes == null) {
        if (use !== null) use.echoes = [one]
      } else use.echoes.push(one)
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
