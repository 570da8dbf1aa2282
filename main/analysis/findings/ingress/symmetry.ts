/**
 * ING-9, ING-10, ING-11: does the site route by source? One exit a source prefix over many flows and the same destinations (ING-9), answers that
 * come back by the source's own exit (ING-10), or by another one (ING-11). Looked at once at the end; MAX_FLOWS flows.
 */
import type { Exit } from '../../site-exits.ts'
import { referenceOf } from '../catalogue.ts'
import { possible } from '../judge.ts'
import type { Surroundings } from '../watch.ts'
import type { Departures } from './departures.ts'
import { howMany } from './words.ts'

const MIN_FLOWS = 50
const MIN_DESTINATIONS = 5
const MIN_ASYMMETRIC = 3

interface Way {
  exits: Map<string, number>
  destinations: Set<number>
  flows: number
  rows: number[]
}

export class Symmetry {
  constructor(
    private readonly around: Surroundings,
    private readonly departures: Departures,
  ) {}

  finish(): void {
    const { flows } = this.around
    const { hops } = flows
    const byPrefix = new Map<string, Way>()
    const asymmetric = new Map<
      string,
      { source: number; by: string; prefix: string; own: string; count: number; rows: number[]; time: number }
    >()
    let symmetric = 0
    /** by receiver: exit taken to the prefix of the source */
    const symmetricTo = new Map<number, Map<string, string>>()
    for (const use of this.departures.uses) {
      const { verdict, exit } = use
      const owner = verdict?.owner
      if (exit === null || owner == null || verdict?.prefix == null) continue
      for (const record of this.departures.recordsOf(use)) {
        if (!this.departures.leaves(record)) continue
        const at = hops.at[record] as number
        const destination = flows.receiver(at >> 1, at & 1)
        note(byPrefix, verdict.prefix.prefix, exit, destination, hops.firstRow[record] as number)
        const back = hops.recordOf(at >> 1, (at & 1) ^ 1)
        if (back < 0) continue
        const arrived = this.departures.exits.exitOf(hops.hop[back] as number)
        if (arrived === null) continue
        if (verdict.kind !== 'ok') continue
        if (arrived.uplink.name === owner.uplink.name) {
          symmetric++
          const ways = symmetricTo.get(destination) ?? new Map<string, string>()
          if (symmetricTo.size < 10_000) symmetricTo.set(destination, ways.set(exit.name, verdict.prefix.prefix))
          continue
        }
        const key = `${use.source}|${arrived.uplink.name}`
        const seen = asymmetric.get(key) ?? {
          source: use.source,
          by: arrived.uplink.name,
          prefix: verdict.prefix.prefix,
          own: owner.name,
          count: 0,
          rows: [],
          time: hops.lastTime[back] as number,
        }
        seen.count += hops.packets[back] as number
        if (seen.rows.length < 20) seen.rows.push(hops.firstRow[back] as number)
        if (asymmetric.size < 10_000) asymmetric.set(key, seen)
      }
    }
    for (const one of asymmetric.values()) if (one.count >= MIN_ASYMMETRIC) this.asymmetric(one)
    this.routedBySource(byPrefix)
    const both = [...symmetricTo].filter(([, ways]) => ways.size > 1 && new Set(ways.values()).size > 1)
    if (both.length > 0) this.symmetric(symmetric, both)
  }

  private asymmetric(one: { source: number; by: string; prefix: string; own: string; count: number; rows: number[]; time: number }): void {
    const source = this.departures.text(one.source)
    this.around.ledger.add({
      rule: 'ING-11',
      severity: 'info',
      confidence: 65,
      time: one.time,
      session: -1,
      title: `Answers to ${source} come back by ${one.by}`,
      detail: `${howMany(one.count, 'packet')} to ${source}, of ${one.prefix} (${one.own}), arrived by ${one.by}: that is possible when both providers announce the prefix.`,
      claimant: one.source,
      victim: -1,
      rows: one.rows,
      checks: [possible('both providers announce the prefix')],
      reference: referenceOf('ING-11'),
      about: `${source} by ${one.by}`,
    })
  }

  private routedBySource(byPrefix: Map<string, Way>): void {
    const ways = [...byPrefix].filter(([, way]) => way.flows >= MIN_FLOWS)
    if (ways.length < 2 || ways.some(([, way]) => way.exits.size !== 1)) return
    const exits = new Set(ways.map(([, way]) => [...way.exits.keys()][0]))
    if (exits.size !== ways.length) return
    const sets: Set<number>[] = ways.map(([, way]) => way.destinations)
    const common = [...(sets[0] as Set<number>)].filter((id) => sets.every((set) => set.has(id)))
    if (common.length < MIN_DESTINATIONS) return
    const words = ways.map(([prefix, way]) => `${prefix} by ${[...way.exits.keys()][0]} (${way.flows} flows)`)
    this.around.ledger.add({
      rule: 'ING-9',
      severity: 'info',
      confidence: 85,
      time: this.around.flows.last[0] ?? 0,
      session: -1,
      title: 'The site routes by source and destination',
      detail: `Every source prefix leaves by one exit of its own, also to the ${common.length} destinations that all of them talk to: ${words.join(', ')}.`,
      claimant: -1,
      victim: -1,
      rows: ways.flatMap(([, way]) => way.rows.slice(0, 5)),
      checks: [],
      reference: referenceOf('ING-9'),
      about: 'site',
    })
  }

  private symmetric(flows: number, both: [number, Map<string, string>][]): void {
    const texts = both.slice(0, 3).map(([id]) => this.departures.text(id))
    this.around.ledger.add({
      rule: 'ING-10',
      severity: 'info',
      confidence: 70,
      time: 0,
      session: -1,
      title: 'Answers come back by the exit of the source',
      detail: `${howMany(flows, 'flow')} left and came back by the exit that the source belongs to; ${texts.join(', ')} ${both.length === 1 ? 'was' : 'were'} reached by several exits so.`,
      claimant: -1,
      victim: -1,
      rows: [],
      checks: [],
      reference: referenceOf('ING-10'),
      about: 'site',
    })
  }
}

function note(byPrefix: Map<string, Way>, prefix: string, exit: Exit, destination: number, row: number): void {
  const way: Way = byPrefix.get(prefix) ?? { exits: new Map(), destinations: new Set(), flows: 0, rows: [] }
  way.flows++
  way.exits.set(exit.name, (way.exits.get(exit.name) ?? 0) + 1)
  if (way.destinations.size < 10_000) way.destinations.add(destination)
  if (way.rows.length < 10) way.rows.push(row)
  if (byPrefix.size < 1000) byPrefix.set(prefix, way)
}
