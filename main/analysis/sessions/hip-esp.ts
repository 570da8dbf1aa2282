/**
 * ESP that ran before HIP named its SPI in the capture: a session of plain ESP until then. When an UPDATE names the SPI (as the one it replaces,
 * or as one whose packets follow), that session is the association's: it keeps its data, pairs and number, so that a move in between is seen.
 * The token is what goes on (rehoming.md section 3, mid-capture). Cost: one look at the last 512 sessions for each such association.
 */

import { findLocator } from '../locators.ts'
import { type End, withOne } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { type Bound, identify } from './bound.ts'
import type { Registry } from './registry.ts'

const LOOKED_AT = 512

/** The ESP session of an SPI (as text of an identifier), and its end that receives on it; null when there is none. */
export function espSession(registry: Registry, spi: string): { session: MultiSession; receiver: End } | null {
  const { multi } = registry
  for (let i = multi.length - 1; i >= 0 && i >= multi.length - LOOKED_AT; i--) {
    const session = multi[i] as MultiSession
    if (session.protocol !== 'esp' || session.mergedInto >= 0) continue
    for (const receiver of [0, 1] as const)
      if (session.endpoints[receiver].identifiers.some((id) => id.kind === 'esp-spi' && id.value === spi)) return { session, receiver }
  }
  return null
}

/** An ESP session becomes the association's. */
export function becomeHip(session: MultiSession): void {
  session.protocol = 'hip'
  session.impliedProof = true
  session.midCapture = true
  session.state = 'established'
  for (const end of [0, 1] as const) {
    const spis = session.endpoints[end].identifiers
    session.endpoints[end].identifiers = []
    for (const { kind, value } of spis) identify(session, end, { kind: kind === 'esp-spi' ? 'spi' : kind, value })
  }
}

/** What an association had said before its ESP session was found goes over to that. `same`: the ends are numbered alike. */
export function handOver(registry: Registry, bound: Bound, to: MultiSession, same: boolean): void {
  const { session } = bound
  const endIn = (end: End): End => (same ? end : ((1 - end) as End))
  for (const end of [0, 1] as const) {
    const target = endIn(end)
    for (const identifier of session.endpoints[end].identifiers) identify(to, target, identifier)
    const into = to.endpoints[target]
    for (const locator of session.endpoints[end].locators)
      if (findLocator(to, target, locator.address) === null) into.locators = into.locators.concat(locator)
  }
  for (const claim of session.claims) to.claims = withOne(to.claims, { ...claim, by: endIn(claim.by), pair: 0 })
  for (const e of session.evidence)
    if (e.what === 'claim' || e.what === 'withdrawal') to.evidence = withOne(to.evidence, { ...e, by: endIn(e.by as End), path: 0 })
  for (const m of session.marks) {
    const direction = m.direction === 0 || m.direction === 1 ? endIn(m.direction) : m.direction
    if (m.kind !== 'opened') to.mark(m.time, m.kind, direction, -1, m.rows[0] ?? -1, m.text)
  }
  for (const { flow, further } of session.pairs)
    for (const one of [flow, ...(further ?? [])]) if (registry.sessionOfFlow(one) === session.number) registry.assign(one, to.number)
  session.mergedInto = to.number
  bound.session = to
  if (!same) bound.initiator = bound.initiator === 0 ? 1 : 0
}
