/**
 * T-RTE-*: routes that change hands. Prefixes are known from the BGP sessions in the capture; what a neighbour tells when a session begins is its
 * table and no change, so a session counts as settled after its end-of-table marker or ten seconds without news.
 * Bounded: MAX_PREFIXES prefixes. Cost: BGP updates only.
 */
import { parseAddress } from '../../../../shared/address.ts'
import type { RouteDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, signalBit } from '../../../../shared/signals.ts'
import { coverLength, maskedPrefix } from '../../site-prefixes.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import type { Finding } from '../ledger.ts'
import type { Surroundings, Watch, WatchMaker } from '../watch.ts'

const MAX_PREFIXES = 500_000
const SETTLED = 10e9
const STABLE = 3600e9
const LEAST_STABLE = 60e9
const BLACKHOLE = '65535:666'
const SHORTER = 2
const SHIFT = 5
const SHIFT_TIME = 60e9
const MAX_WAITING = 200
const MAX_FLOWS = 500_000

interface Origin {
  first: number
  row: number
}

interface Route {
  first: number
  origins: Map<number, Origin>
  upstreams: Set<number>
  /** systems in its shortest path so far */
  shortest: number
  /** flows (BGP sessions) that announce it now */
  from: Set<number>
  /** the first tables told of several origins: anycast, or one owner under several numbers */
  several: boolean
  row: number
}

/** A finding whose confidence the hop limits of the next minute may raise. */
interface Waiting {
  finding: Finding
  prefix: string
  time: number
}

interface Peer {
  first: number
  last: number
  settled: boolean
}

class RouteWatch implements Watch {
  readonly kinds = signalBit(SignalKind.Routed)
  private readonly routes = new Map<string, Route>()
  private readonly peers = new Map<number, Peer>()
  private waiting: Waiting[] = []
  /** prefix lengths in use by family, longest first: where covering routes are looked for */
  private readonly lengths: Record<4 | 16, Set<number>> = { 4: new Set(), 16: new Set() }

  constructor(private readonly around: Surroundings) {}

  on(signal: Signal): void {
    const detail = signal.detail as RouteDetail
    const at = signal.flow * 2 + signal.direction
    let peer = this.peers.get(at)
    if (peer === undefined) {
      if (this.peers.size >= 1_000) return
      peer = { first: signal.time, last: signal.time, settled: false }
      this.peers.set(at, peer)
    }
    if (!peer.settled && signal.time - peer.last >= SETTLED) peer.settled = true
    peer.last = signal.time
    for (const { prefix, length } of detail.withdrawn) this.withdrawn(`${prefix}/${length}`, at, signal, peer)
    const origin = detail.origins.length === 1 ? (detail.origins[0] as number) : -1
    for (const { prefix, length } of detail.announced) this.announced(prefix, length, origin, at, signal, detail, peer)
    if (detail.endOfTable) peer.settled = true
  }

  private announced(prefix: string, length: number, origin: number, at: number, signal: Signal, detail: RouteDetail, peer: Peer): void {
    const key = `${prefix}/${length}`
    const known = this.routes.get(key)
    const upstream = upstreamOf(detail.path, origin)
    if (peer.settled) this.reserved(key, signal, detail)
    if (known === undefined) {
      if (peer.settled && origin >= 0) this.moreSpecific(prefix, length, origin, signal, detail)
      if (this.around.flows.forgotten.full(this.routes.size, MAX_PREFIXES, 'prefixes of BGP')) return
      this.lengths[prefix.includes(':') ? 16 : 4].add(length)
      this.routes.set(key, {
        first: signal.time,
        origins: new Map([[origin, { first: signal.time, row: signal.row }]]),
        upstreams: new Set(upstream < 0 ? [] : [upstream]),
        shortest: lengthOf(detail.path),
        from: new Set([at]),
        several: false,
        row: signal.row,
      })
      return
    }
    const stranger = origin >= 0 && !known.origins.has(origin)
    if (stranger && peer.settled && detail.communities.includes(BLACKHOLE)) this.blackholed(key, known, origin, signal, detail)
    if (stranger && known.origins.size > 0 && !known.origins.has(-1)) {
      if (peer.settled && known.origins.size < 16 && signal.time - known.first >= LEAST_STABLE)
        this.newOrigin(key, known, origin, signal, detail)
      if (!peer.settled || known.origins.size === 0) known.several = true
      if (known.origins.size < 64) known.origins.set(origin, { first: signal.time, row: signal.row })
    }
    if (!stranger && peer.settled) this.shortcut(key, known, origin, upstream, signal, detail)
    known.shortest = Math.min(known.shortest, lengthOf(detail.path))
    if (upstream >= 0 && known.upstreams.size < 64) known.upstreams.add(upstream)
    known.from.add(at)
  }

  // ------------------------------------------------------------------ (a) new origin

  private newOrigin(key: string, known: Route, origin: number, signal: Signal, detail: RouteDetail): void {
    const before = [...known.origins.keys()]
    const provider = isProvider(known, origin, detail)
    const gone = known.from.size === 0
    this.add('T-RTE-ORIGIN', known.several || gone ? 'low' : 'medium', 45 - (provider ? 30 : 0), signal, {
      title: `${key} is announced by AS ${origin} all at once`,
      detail: `${key} was announced by AS ${before.join(', ')} so far; now AS ${origin} is its origin, over AS path ${pathText(detail)}.`,
      rows: [signal.row, known.row],
      checks: [
        check("the new origin is the old one's provider", provider),
        check('anycast, or the same owner under several numbers', known.several, known.several ? 'several announced it before' : 'one did'),
        check('the network changes hands', gone, gone ? 'the former origin had taken it back' : 'the former origin had not taken it back'),
        possible('protection against floods by somebody who never carried the traffic before'),
      ],
      about: `${key}|${origin}`,
    })
  }

  // ------------------------------------------------------------------ (b) more specific

  private moreSpecific(prefix: string, length: number, origin: number, signal: Signal, detail: RouteDetail): void {
    const covering = this.covering(prefix, length)
    if (covering === null || covering.route.origins.has(origin) || covering.route.origins.has(-1) || covering.length === 0) return
    const age = signal.time - covering.route.first
    if (age < LEAST_STABLE) return
    const before = [...covering.route.origins.keys()]
    const provider = isProvider(covering.route, origin, detail)
    this.add('T-RTE-SPECIFIC', 'high', 60 - (age < STABLE ? 15 : 0) - (provider ? 30 : 0), signal, {
      title: `AS ${origin} announces ${prefix}/${length} out of a network of AS ${before.join(', ')}`,
      detail: `${covering.key} has been announced by AS ${before.join(', ')} for ${Math.round(age / 60e9)} minutes; the more specific ${prefix}/${length} of AS ${origin} (AS path ${pathText(detail)}) takes its traffic.`,
      rows: [signal.row, covering.route.row],
      checks: [
        ruledOut('multihoming with a prefix of the provider by the same origin', 'the origins differ'),
        check("the new origin is the old one's provider, or behind it", provider),
        check('the covering route is stable', age < STABLE, `known for ${Math.round(age / 1e9)} s`),
        possible('a customer that takes its prefix along, as multihoming does'),
      ],
      about: `${prefix}/${length}|${origin}`,
    })
  }

  private covering(prefix: string, length: number): { key: string; route: Route; length: number } | null {
    const bytes = parseAddress(prefix)
    if (bytes === null) return null
    for (const shorter of [...this.lengths[bytes.length as 4 | 16]].sort((a, b) => b - a)) {
      if (shorter >= length) continue
      const key = maskedPrefix(prefix, shorter)
      const route = key === null ? undefined : this.routes.get(key)
      if (route !== undefined && key !== null && route.from.size > 0 && coverLength(key, bytes) >= 0) return { key, route, length: shorter }
    }
    return null
  }

  // ------------------------------------------------------------------ (c) odd paths

  /** A system number that nobody may use behind one that is in public use: in a laboratory all are private, which is no finding. */
  private reserved(key: string, signal: Signal, detail: RouteDetail): void {
    const flat = detail.path.flat()
    const odd = flat.findIndex((one, i) => isBogon(one) || (isPrivate(one) && flat.slice(0, i).some(isPublic)))
    if (odd < 0) return
    const number = flat[odd] as number
    this.add('T-RTE-PATH', 'low', 45, signal, {
      title: `The path to ${key} goes through AS ${number}, which ${isBogon(number) ? 'does not exist' : 'is for private use'}`,
      detail: `${key} is announced over AS path ${pathText(detail)}: AS ${number} ${isBogon(number) ? 'is reserved (RFC 7607, RFC 7300, RFC 6793)' : 'means something within one network only (RFC 6996)'}, so somebody forgot to take it out, or made the path up.`,
      rows: [signal.row],
      checks: [
        check('a network of private numbers, as in a laboratory', false, 'there are public numbers before it'),
        possible('a provider that does not remove the private numbers of its customers'),
      ],
      about: `${key}|${number}`,
    })
  }

  /** The same origin behind a neighbour that it never had, and nearer by two systems or more: made-up paths are short. */
  private shortcut(key: string, known: Route, origin: number, upstream: number, signal: Signal, detail: RouteDetail): void {
    if (origin < 0 || upstream < 0 || known.upstreams.size === 0 || known.upstreams.has(upstream)) return
    const length = lengthOf(detail.path)
    if (known.shortest - length < SHORTER || signal.time - known.first < LEAST_STABLE) return
    this.add('T-RTE-PATH', 'low', 45, signal, {
      title: `${key} is ${known.shortest - length} systems nearer all at once`,
      detail: `AS ${origin} announces ${key} over AS path ${pathText(detail)}: AS ${upstream} was never seen next to it (so far AS ${[...known.upstreams].join(', ')}), and the shortest path had ${known.shortest} systems.`,
      rows: [signal.row, known.row],
      checks: [possible('a further provider, or a direct connection, of the site')],
      about: `${key}|${upstream}`,
    })
  }

  // ------------------------------------------------------------------ hop limits of the traffic

  /** Packets from the prefix that come over a path of another length within a minute say that the traffic follows (threats.md T-RTE). */
  sweep(now: number, final: boolean): void {
    const later: Waiting[] = []
    for (const one of this.waiting) {
      if (!final && now - one.time < SHIFT_TIME) {
        later.push(one)
        continue
      }
      const [before, after] = this.hopLimits(one)
      if (before.length < 3 || after.length < 3 || Math.abs(median(before) - median(after)) < SHIFT) continue
      one.finding.confidence = Math.min(100, one.finding.confidence + 20)
      one.finding.detail += ` Packets from there arrive with hop limit ${median(after)} since then, before with ${median(before)}.`
      one.finding.checks.push(ruledOut('the traffic does not follow', 'its hop limits changed within a minute'))
    }
    this.waiting = later
  }

  /** Hop limits of flows that began before the change, and within a minute after it, from sources in the prefix. */
  private hopLimits({ prefix, time }: Waiting): [number[], number[]] {
    const { flows } = this.around
    const before: number[] = []
    const after: number[] = []
    for (let at = 0; at < Math.min(flows.count, MAX_FLOWS) * 2; at++) {
      if ((flows.packets[at] as number) === 0) continue
      const first = flows.first[at] as number
      if (first > time + SHIFT_TIME || coverLength(prefix, flows.addresses.get(flows.sender(at >> 1, at & 1))) < 0) continue
      const hopLimit = flows.hopLimit[at] as number
      // A flow keeps the hop limit of its last packet only: one that lasts beyond the change says nothing of before.
      if (first > time) after.push(hopLimit)
      else if ((flows.last[at] as number) <= time) before.push(hopLimit)
    }
    return [before, after]
  }

  // ------------------------------------------------------------------ (d) blackhole, (e) withdrawal

  private blackholed(key: string, known: Route, origin: number, signal: Signal, detail: RouteDetail): void {
    const provider = isProvider(known, origin, detail)
    this.add('T-RTE-BLACKHOLE', provider ? 'low' : 'high', 70, signal, {
      title: `AS ${origin} asks to discard the traffic of ${key}`,
      detail: `${key} belongs to AS ${[...known.origins.keys()].join(', ')}; AS ${origin} announces it with the blackhole community (RFC 7999).`,
      rows: [signal.row, known.row],
      checks: [
        check('a provider that protects its customer from a flood', provider, provider ? undefined : 'it never carried its traffic'),
      ],
      about: `${key}|${origin}`,
    })
  }

  private withdrawn(key: string, at: number, signal: Signal, peer: Peer): void {
    const known = this.routes.get(key)
    if (known === undefined) return
    known.from.delete(at)
    if (known.from.size > 0 || !peer.settled || this.peers.size < 2) return
    this.add('T-RTE-GONE', 'low', 45, signal, {
      title: `Nobody announces ${key} any more`,
      detail: `All ${this.peers.size} neighbours in the capture have withdrawn ${key} of AS ${[...known.origins.keys()].join(', ')}.`,
      rows: [signal.row, known.row],
      checks: [possible('maintenance or a fault of the site itself')],
      about: key,
    })
  }

  private add(
    rule: string,
    severity: 'low' | 'medium' | 'high',
    confidence: number,
    signal: Signal,
    what: { title: string; detail: string; rows: number[]; checks: ReturnType<typeof possible>[]; about: string },
  ): void {
    const { flows, ledger } = this.around
    const claimant = flows.sender(signal.flow, signal.direction)
    const base = { rule, severity, confidence, time: signal.time, session: -1, claimant, victim: -1, reference: referenceOf(rule) }
    const finding = ledger.add({ ...base, ...what })
    const prefix = what.about.split('|')[0] as string
    const takes = rule === 'T-RTE-ORIGIN' || rule === 'T-RTE-SPECIFIC'
    if (!takes || (finding.count ?? 1) !== 1 || flows.forgotten.full(this.waiting.length, MAX_WAITING, `suspicions of ${rule}`)) return
    this.waiting.push({ finding, prefix, time: signal.time })
  }
}

/** The new origin carried the old one's traffic before, or its path leads over the old one. */
function isProvider(known: Route, origin: number, detail: RouteDetail): boolean {
  if (known.upstreams.has(origin)) return true
  for (const one of known.origins.keys()) if (detail.path.flat().includes(one)) return true
  return false
}

/** The system before the origin in the path, without repetitions of the origin. */
function upstreamOf(path: RouteDetail['path'], origin: number): number {
  const flat = path.flat()
  for (let i = flat.length - 1; i >= 0; i--) if (flat[i] !== origin) return flat[i] as number
  return -1
}

function lengthOf(path: RouteDetail['path']): number {
  return new Set(path.flat()).size
}

/** AS 0, AS_TRANS, the last of either size (RFC 7607, RFC 6793, RFC 7300). */
function isBogon(number: number): boolean {
  return number === 0 || number === 23_456 || number === 65_535 || number === 0xffff_ffff
}

/** Private use (RFC 6996). */
function isPrivate(number: number): boolean {
  return (number >= 64_512 && number <= 65_534) || (number >= 4_200_000_000 && number < 0xffff_ffff)
}

/** Neither reserved, nor private, nor for documents (RFC 5398). */
function isPublic(number: number): boolean {
  const written = (number >= 64_496 && number <= 64_511) || (number >= 65_536 && number <= 65_551)
  return !isBogon(number) && !isPrivate(number) && !written
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

function pathText(detail: RouteDetail): string {
  return detail.path.map((one) => (Array.isArray(one) ? `{${one.join(' ')}}` : one)).join(' ')
}

export const ROUTE_WATCH: WatchMaker = {
  rules: ['T-RTE-ORIGIN', 'T-RTE-SPECIFIC', 'T-RTE-PATH', 'T-RTE-BLACKHOLE', 'T-RTE-GONE'],
  make: (around) => new RouteWatch(around),
}
