/**
 * The seven benefits of multihoming scored for one multihomed host (draft-ernst-generic-goals-and-benefits-01 section 3; rehoming.md section 7.3),
 * each with the sentence that says what it was made from, capped by what the host's case allows, and null where the capture cannot tell.
 * Cost: the host's sessions once, and their activity bins.
 */
import { outageOf } from '../../../shared/outage.ts'
import type { BenefitReport, HostReport } from '../../../shared/report.ts'
import { type End, type Rehoming, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { breakOf } from '../sessions/reestablish.ts'
import { troubleOf } from './no-failover.ts'
import type { Scope } from './scope.ts'
import { milliseconds } from './text.ts'

export const BENEFITS = [
  'permanentAccess',
  'redundancy',
  'loadSharing',
  'loadBalancing',
  'biCasting',
  'preferenceSettings',
  'increasedBandwidth',
] as const
export type Benefit = (typeof BENEFITS)[number]

/** What one interface can attain at best (section 7.3, 'case 1 ceiling'): 0 is 'not attainable in this case'. */
const CASE1_CEILING: Readonly<Record<Benefit, number>> = {
  permanentAccess: 0,
  redundancy: 100,
  loadSharing: 100,
  loadBalancing: 0,
  biCasting: 100,
  preferenceSettings: 100,
  increasedBandwidth: 30,
}

/** A host's part in a session with several pairs. */
export interface Part {
  session: MultiSession
  end: End
}

/** A host's plain session: index among the light ones, and the interface that it ran over. */
export interface LightPart {
  index: number
  interface: number
  /** sent or received by the host, bytes of the upper layer */
  bytes: number
  from: number
  to: number
  opened: number
}

export interface HostFacts {
  case: HostReport['case']
  /** is this the host whose links were captured? */
  captured: boolean
  interfaces: number[]
  parts: Part[]
  light: LightPart[]
}

interface Score {
  value: number | null
  why: string
}

export function benefitsOf(scope: Scope, facts: HostFacts): Record<Benefit, BenefitReport> {
  const scores: Record<Benefit, Score> = {
    permanentAccess: permanentAccess(scope, facts),
    redundancy: redundancy(scope, facts),
    loadSharing: loadSharing(facts),
    loadBalancing: loadBalancing(facts),
    biCasting: biCasting(facts),
    preferenceSettings: preferenceSettings(facts),
    increasedBandwidth: increasedBandwidth(facts),
  }
  const out = {} as Record<Benefit, BenefitReport>
  for (const benefit of BENEFITS) {
    const ceiling = facts.case === 'case1' ? CASE1_CEILING[benefit] : 100
    const { value, why } = scores[benefit]
    out[benefit] = {
      score: facts.case === 'none' || value === null ? null : Math.round(Math.max(0, Math.min(ceiling, value))),
      ceiling,
      why: facts.case === 'none' ? 'not multihomed' : ceiling === 0 ? `not attainable with one interface; ${why}` : why,
    }
  }
  return out
}

// ------------------------------------------------------------------ 1 and 2

/** Share of the time with at least one access alive, halved with one technology, less 5 for each session break. */
function permanentAccess(scope: Scope, facts: HostFacts): Score {
  if (!facts.captured) return { value: null, why: 'its links were not captured' }
  const names = facts.interfaces.map((i) => scope.world.interfaceName(i))
  const log = scope.world.events.filter(
    (e) => (e.detail.what === 'link-down' || e.detail.what === 'link-up') && names.includes(e.detail.interfaceName),
  )
  const total = scope.now
  if (total <= 0) return { value: null, why: 'no time passed' }
  const down = new Set<string | null>()
  let since = -1
  let dead = 0
  for (const { time, detail } of log) {
    if (detail.what === 'link-down') down.add(detail.interfaceName)
    else down.delete(detail.interfaceName)
    const none = names.length > 0 && names.every((n) => down.has(n))
    if (none && since < 0) since = time
    else if (!none && since >= 0) {
      dead += time - since
      since = -1
    }
  }
  if (since >= 0) dead += Math.max(0, total - since)
  const breaks = breaksOf(scope, facts)
  const value = 100 * (1 - dead / total) * (facts.interfaces.length >= 2 ? 1 : 0.5) - 5 * breaks
  const links =
    log.length === 0
      ? 'no link was seen to go down'
      : `${plural(log.filter((e) => e.detail.what === 'link-down').length, 'link loss', 'link losses')}, ${(dead / 1e9).toFixed(1)} s without any link`
  return { value, why: `${links}; ${plural(breaks, 'session')} broke` }
}

function breaksOf(scope: Scope, facts: HostFacts): number {
  let breaks = 0
  for (const { index } of facts.light) {
    const cause = breakOf(scope.registry, scope.world, index, scope.now)
    if (cause?.certain === true || (cause !== null && (scope.registry.light.replacedBy[index] as number) >= 0)) breaks++
  }
  for (const { session } of facts.parts)
    if (session.rehomings.length === 0 && session.directions.some((d) => d.units > 0)) {
      // An end that closed its port had access all the time.
      const trouble = troubleOf(scope, session)
      if (trouble !== null && trouble.icmp !== 'port-closed') breaks++
    }
  return breaks
}

/** Moves away from something that failed, and sessions that broke instead. */
export function failuresOf(scope: Scope, facts: HostFacts): { survived: Rehoming[]; breaks: number } {
  const survived = facts.parts.flatMap((p) => p.session.rehomings).filter((r) => !['policy', 'peer'].includes(r.report.trigger.class))
  return { survived, breaks: breaksOf(scope, facts) }
}

/** Failures survived of all, times a factor for how long they took; a verified spare pair is worth half where nothing failed. */
function redundancy(scope: Scope, facts: HostFacts): Score {
  const { survived, breaks } = failuresOf(scope, facts)
  if (survived.length + breaks === 0) {
    const spare = facts.parts.some(({ session }) => new Set(session.pairs.filter((p) => p.verifiedAt !== null).map((p) => p.path)).size > 1)
    return {
      value: spare ? 50 : 0,
      why: spare ? 'nothing failed; a second verified pair stood ready' : 'nothing failed, and no second pair was verified',
    }
  }
  const outages = survived
    .map((r) => outageOf(r.report))
    .filter((v): v is number => v !== null)
    .sort((a, b) => a - b)
  const median = outages.length === 0 ? 0 : (outages[outages.length >> 1] as number)
  const share = survived.length / (survived.length + breaks)
  return {
    value: 100 * share * (1 - Math.min(1, median / 30_000) * 0.5),
    why: `${survived.length} of ${survived.length + breaks} failures survived${outages.length > 0 ? `, median outage ${milliseconds(median)}` : ''}`,
  }
}

// ------------------------------------------------------------------ 3, 4 and 7: who carried how much

/** Normalised entropy of payload bytes over exits: interface and address of the host. */
function loadSharing(facts: HostFacts): Score {
  const bytes = new Map<string, number>()
  for (const { session, end } of facts.parts)
    for (const pair of session.pairs) {
      const path = session.paths[pair.path]
      if (path === undefined) continue
      const exit = `${path.interface}/${path.ends[end]}`
      bytes.set(exit, (bytes.get(exit) ?? 0) + pair.payloadBytes)
    }
  for (const part of facts.light) {
    const exit = `${part.interface}/light`
    bytes.set(exit, (bytes.get(exit) ?? 0) + part.bytes)
  }
  const values = [...bytes.values()]
  const total = values.reduce((a, b) => a + b, 0)
  if (values.length < 2 || total === 0) return { value: 0, why: 'all data took one exit' }
  let entropy = 0
  for (const v of values) if (v > 0) entropy -= (v / total) * Math.log2(v / total)
  const shares = values.map((v) => Math.round((100 * v) / total)).sort((a, b) => b - a)
  return { value: (100 * entropy) / Math.log2(values.length), why: `shares of the data by exit: ${shares.slice(0, 6).join(' %, ')} %` }
}

/** Do new flows go to the interface that carried least in the last 10 s? Needs ten flows and two interfaces. */
function loadBalancing(facts: HostFacts): Score {
  const flows: { opened: number; interface: number }[] = facts.light.map((l) => ({ opened: l.opened, interface: l.interface }))
  for (const { session } of facts.parts) {
    const first = session.paths[0]
    if (first !== undefined) flows.push({ opened: session.opened, interface: first.interface })
  }
  if (!facts.captured) return { value: null, why: 'its links were not captured' }
  const k = facts.interfaces.length
  if (k < 2 || flows.length < 10) return { value: null, why: `needs 10 flows over 2 interfaces; ${flows.length} over ${k} were seen` }
  const load = loadBins(facts, 10 * SECOND)
  let least = 0
  for (const flow of flows) {
    const bin = Math.max(0, Math.floor(flow.opened / (10 * SECOND)) - 1)
    const loads = facts.interfaces.map((i) => load.get(i)?.get(bin) ?? 0)
    const own = load.get(flow.interface)?.get(bin) ?? 0
    if (own <= Math.min(...loads)) least++
  }
  const p = least / flows.length
  return {
    value: 100 * Math.max(0, (p - 1 / k) / (1 - 1 / k)),
    why: `${least} of ${flows.length} flows went to the interface that carried least`,
  }
}

/** Payload bytes by interface and bin of `width` ns. */
function loadBins(facts: HostFacts, width: number): Map<number, Map<number, number>> {
  const load = new Map<number, Map<number, number>>()
  const add = (iface: number, from: number, to: number, bytes: number): void => {
    const bins = load.get(iface) ?? new Map<number, number>()
    load.set(iface, bins)
    const first = Math.floor(from / width)
    const last = Math.min(Math.floor(to / width), first + 100_000)
    const each = bytes / (last - first + 1)
    for (let bin = first; bin <= last; bin++) bins.set(bin, (bins.get(bin) ?? 0) + each)
  }
  for (const { session } of facts.parts)
    for (const pair of session.pairs) {
      const { start, width: step } = pair.activity
      if (start < 0) continue
      const iface = session.paths[pair.path]?.interface ?? 0
      pair.activity.values().forEach((bytes, i) => {
        if (bytes > 0) add(iface, start + i * step, start + (i + 1) * step - 1, bytes)
      })
    }
  for (const part of facts.light) if (part.bytes > 0) add(part.interface, part.from, Math.max(part.from, part.to), part.bytes)
  return load
}

/** Best second of all interfaces together against the best second of one. */
function increasedBandwidth(facts: HostFacts): Score {
  if (!facts.captured) return { value: null, why: 'its links were not captured' }
  const k = facts.interfaces.length
  if (k < 2) return { value: 0, why: 'data took one interface' }
  const load = loadBins(facts, SECOND)
  const together = new Map<number, number>()
  let single = 0
  for (const bins of load.values())
    for (const [bin, bytes] of bins) {
      single = Math.max(single, bytes)
      together.set(bin, (together.get(bin) ?? 0) + bytes)
    }
  if (single === 0) return { value: null, why: 'no data was seen' }
  const best = Math.max(...together.values())
  const ratio = best / single
  return {
    value: 100 * Math.min(1, (ratio - 1) / (k - 1)),
    why: `the best second of all interfaces carried ${ratio.toFixed(2)} times that of one`,
  }
}

// ------------------------------------------------------------------ 5 and 6

function biCasting(facts: HostFacts): Score {
  let units = 0
  let copies = 0
  for (const { session } of facts.parts) {
    const own = session.directions.reduce((n, d) => n + d.units, 0)
    units += own
    if (!session.directions.some((d) => d.labels.some((l) => l.label === 'BICAST'))) continue
    copies += Math.max(0, session.pairs.reduce((n, p) => n + p.payloadUnits, 0) - own)
  }
  if (units === 0) return { value: 0, why: 'no session that could' }
  return {
    value: (100 * Math.min(copies, units)) / units,
    why: copies === 0 ? 'no data was sent twice on purpose' : `${copies} of ${units} units also went over another pair`,
  }
}

/** Explicit preferences, and whether the data obeyed them. */
function preferenceSettings(facts: HostFacts): Score {
  let asked = 0
  let obeyed = 0
  for (const { session } of facts.parts) {
    for (const claim of session.claims) {
      if (claim.what !== 'prefer') continue
      const demotes = session.protocol === 'mptcp' && claim.correlation === 1
      // A path made regular may be used, it need not be.
      if (session.protocol === 'mptcp' && !demotes) continue
      asked++
      if (
        demotes
          ? leftInTime(session, session.pairs[claim.pair]?.path ?? -1, claim.time)
          : wentInTime(session, claim.by, claim.address, claim.time)
      )
        obeyed++
    }
    const spare = session.pairs.filter((p) => p.backup)
    if (spare.length === 0) continue
    asked++
    const used = spare.reduce((n, p) => n + p.payloadBytes, 0)
    const all = session.pairs.reduce((n, p) => n + p.payloadBytes, 0)
    // A backup that took over after a failure did what it is for.
    const failed = session.rehomings.some((r) => !['policy', 'peer'].includes(r.report.trigger.class))
    if (used <= 0.1 * all || failed) obeyed++
  }
  if (asked === 0) return { value: 0, why: 'no preference was named: implicit default' }
  return { value: (100 * obeyed) / asked, why: `${obeyed} of ${asked} named preferences were obeyed` }
}

function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

const OBEDIENCE = 5 * SECOND

/** Path that carried the data at a time, by the moves that were found. */
function carrierAt(session: MultiSession, time: number): number {
  let path = session.primaryPath
  for (const move of session.rehomings) if (move.time <= time) path = move.to
  return path
}

function leftInTime(session: MultiSession, path: number, time: number): boolean {
  return carrierAt(session, time) !== path || session.rehomings.some((r) => r.from === path && r.time >= time && r.time <= time + OBEDIENCE)
}

function wentInTime(session: MultiSession, by: End, address: number, time: number): boolean {
  const has = (path: number): boolean => session.paths[path]?.ends[by] === address
  return has(carrierAt(session, time)) || session.rehomings.some((r) => has(r.to) && r.time >= time && r.time <= time + OBEDIENCE)
}
