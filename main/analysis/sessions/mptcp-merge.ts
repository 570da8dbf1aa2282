/** Two MPTCP connections that turn out to be one: a join seen before its key, or subflows met mid-capture. */
import { addLocator, addPair, pairOf } from '../locators.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Registry } from './registry.ts'

/** Puts what is known of `from` into `into`; `straight`: their endpoints have the same numbers. */
export function mergeConnections(
  registry: Registry,
  byToken: Map<number, { session: MultiSession; end: End }>,
  from: MultiSession,
  into: MultiSession,
  straight: boolean,
): void {
  from.mergedInto = into.number
  for (const old of from.pairs) {
    const isA = straight ? old.initiatorIsA : !old.initiatorIsA
    const opener = (straight ? old.opener : 1 - old.opener) as End
    const pair = addPair(into, registry.flows, old.flow, isA, opener, old.openedAt, old.openedRow)
    if (pair === null) continue
    pair.continues(old, straight)
    registry.assign(old.flow, into.number)
    registry.bindPair(old.flow, pair)
  }
  for (const end of [0, 1] as const) {
    const source = from.endpoints[straight ? end : ((1 - end) as End)]
    const target = into.endpoints[end]
    target.fresh += source.fresh
    target.forwarded += source.forwarded
    for (const l of source.locators) {
      const locator = addLocator(into, end, l.address, l.how, l.signal, l.authentication, l.added, l.rows[0] ?? -1)
      if (locator === null) continue
      locator.added = Math.min(locator.added, l.added)
      locator.verified ??= l.verified
      locator.verifiedHow ??= l.verifiedHow
    }
    for (const id of source.identifiers) if (!target.identifiers.some((i) => i.kind === id.kind)) target.identify(id)
  }
  for (const end of [0, 1] as const) {
    if (!from.tagKnown[end]) continue
    byToken.set(from.tag(end), { session: into, end: straight ? end : ((1 - end) as End) })
  }
  const marks = into.marks
  for (const m of from.marks) {
    const pair = from.pairs[m.pair]
    const moved = pair === undefined ? null : pairOf(into, pair.flow)
    const direction = m.direction === 0 || m.direction === 1 ? (straight ? m.direction : 1 - m.direction) : m.direction
    marks.push({ ...m, pair: moved?.index ?? -1, direction })
  }
  into.markCount = marks.length
  into.lastMark = registry.marks.write(marks.sort((x, y) => x.time - y.time))
}
