/**
 * Indices over a host's sessions (rehoming.md section 9): fate sharing, path diversity, locator churn, flaps and what signalling cost, and the
 * goals of RFC 3582 that the capture can speak of. Null where it cannot.
 */
import type { BenefitReport, HostIndices } from '../../../shared/report.ts'
import { SECOND } from '../model.ts'
import { type Benefit, failuresOf, type HostFacts } from './benefits.ts'
import { fateOf } from './questionnaire/fate-sharing.ts'
import { ownTraffic, type Scope } from './scope.ts'

const HOUR = 3600 * SECOND
const MAX_SESSIONS = 200

export function indicesOf(scope: Scope, facts: HostFacts, benefits: Record<Benefit, BenefitReport>): HostIndices {
  let verified = 0
  let possible = 0
  let claims = 0
  let flaps = 0
  let moves = 0
  let bytes = 0
  let payload = 0
  for (const { session } of facts.parts) {
    const ends = session.endpoints.map((e) => new Set(e.locators.map((l) => l.address)).size)
    possible += (ends[0] as number) * (ends[1] as number)
    verified += session.paths.filter((path) => session.pairs.some((p) => p.path === path.index && p.verifiedAt !== null)).length
    claims += session.endpoints.reduce((n, e) => n + e.locators.filter((l) => l.how === 'signalled').length, 0)
    moves += session.rehomings.length
    flaps += session.rehomings.filter((r) => r.label === 'FLAP').length
    for (const pair of session.pairs) {
      bytes += ownTraffic(scope, session, pair.flow).bytes
      payload += pair.payloadBytes
    }
  }
  const share = (a: number, b: number): number | null => (b === 0 ? null : Math.round((1000 * a) / b) / 1000)
  const fate = fateOf(
    scope,
    facts.parts.slice(0, MAX_SESSIONS).map((p) => p.session),
  )
  const fallbacks = facts.parts.filter((p) => p.session.fallback).length
  return {
    fateSharing: fate.index === null ? null : Math.round(fate.index * 1000) / 1000,
    pathDiversity: share(verified, possible),
    claimsPerHour: scope.now <= 0 ? null : Math.round((claims * HOUR * 10) / scope.now) / 10,
    flapShare: share(flaps, moves),
    overhead: share(Math.max(0, bytes - payload), payload),
    goals: {
      redundancy: benefits.redundancy.score,
      loadSharing: benefits.loadSharing.score,
      trafficEngineering: benefits.preferenceSettings.score,
      survivability: survivability(scope, facts),
      legacy: facts.parts.length === 0 ? null : Math.round(100 * (1 - fallbacks / facts.parts.length)),
    },
  }
}

/** Failures survived of all, in percent; null when nothing failed. */
function survivability(scope: Scope, facts: HostFacts): number | null {
  const { survived, breaks } = failuresOf(scope, facts)
  return survived.length + breaks === 0 ? null : Math.round((100 * survived.length) / (survived.length + breaks))
}
