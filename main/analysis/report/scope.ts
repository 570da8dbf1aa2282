/** What every report builder is given. */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { PairReport } from '../../../shared/report.ts'
import type { Pair, SessionProtocol } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { pathName } from '../path-names.ts'
import type { ParallelHandshakes } from '../sessions/parallel-handshakes.ts'
import type { Registry } from '../sessions/registry.ts'
import type { World } from '../world.ts'
import type { Clock } from './text.ts'

export interface Scope {
  registry: Registry
  parallel: ParallelHandshakes
  flows: FlowTable
  world: World
  clock: Clock
  /** time of the last signal */
  now: number
  /** the capture holds one direction only: nothing can be said of answers */
  readonly oneWay: boolean
}

export function sessionId(number: number): string {
  return `s${number + 1}`
}

export function rehomingId(number: number): string {
  return `r${number + 1}`
}

/** their flows may have the ports of what they carry */
const PORTLESS: ReadonlySet<SessionProtocol> = new Set(['shim6', 'ilnp'])

export function pairReport(scope: Scope, session: MultiSession, pair: Pair): PairReport {
  const { flows } = scope
  const { flow, initiatorIsA } = pair
  const path = session.paths[pair.path]
  return {
    initiator: flows.addresses.text(path?.ends[0] ?? -1),
    responder: flows.addresses.text(path?.ends[1] ?? -1),
    interface: path === undefined ? null : scope.world.interfaceName(path.interface),
    initiatorPort: PORTLESS.has(session.protocol) ? null : (initiatorIsA ? flows.portA[flow] : flows.portB[flow]) || null,
    responderPort: PORTLESS.has(session.protocol) ? null : (initiatorIsA ? flows.portB[flow] : flows.portA[flow]) || null,
  }
}

/** Packets of a session on a flow: of the whole flow, unless others ran on it before or after. `first` may be infinite and `last` -1: none. */
export function traffic(scope: Scope, session: number, flow: number): { packets: number; bytes: number; first: number; last: number } {
  const { flows, registry } = scope
  const own = registry.shares.has(flow) ? registry.shares.of(flow, session, scope.now, (one) => registry.survivorOf(one)) : null
  const out = { packets: 0, bytes: 0, first: Number.POSITIVE_INFINITY, last: -1 }
  for (const at of [flow * 2, flow * 2 + 1]) {
    const packets = flows.packets[at] ?? 0
    if (packets === 0) continue
    out.packets += packets
    out.bytes += flows.bytes[at] as number
    out.first = Math.min(out.first, flows.first[at] as number)
    out.last = Math.max(out.last, flows.last[at] as number)
  }
  if (own === null) return out
  const opened = registry.lightOf(session) >= 0 ? registry.light.opened[registry.lightOf(session)] : registry.multiOf(session)?.opened
  const first = own.after < 0 ? out.first : Math.max(own.after, opened ?? own.after)
  return { packets: own.packets, bytes: own.bytes, first, last: own.last }
}

/** As `traffic`. A bearer has no flow of its own: what else is on the one between its nodes (their echoes, data of other bearers) is not its. */
export function ownTraffic(scope: Scope, session: MultiSession, flow: number): ReturnType<typeof traffic> {
  if (session.protocol !== 'gtp-u') return traffic(scope, session.number, flow)
  return { packets: 0, bytes: 0, first: Number.POSITIVE_INFINITY, last: -1 }
}

/** A path's short name among all of its session, for sentences. */
export function pathWords(scope: Scope, session: MultiSession, path: number): string {
  return pathName(session, path, scope.flows, scope.world)
}

/** A path's short name beside one other. */
export function pathBetween(scope: Scope, session: MultiSession, path: number, other: number): string {
  return pathName(session, path, scope.flows, scope.world, [path, other])
}
