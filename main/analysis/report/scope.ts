/** What every report builder is given. */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { PairReport } from '../../../shared/report.ts'
import type { MultiSession, Pair, SessionProtocol } from '../model.ts'
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

/** A path's short name among all of its session, for sentences. */
export function pathWords(scope: Scope, session: MultiSession, path: number): string {
  return pathName(session, path, scope.flows, scope.world)
}

/** A path's short name beside one other. */
export function pathBetween(scope: Scope, session: MultiSession, path: number, other: number): string {
  return pathName(session, path, scope.flows, scope.world, [path, other])
}
