/**
 * What sessions have in common whose packets name them by identifiers (IKE and ESP SPIs, QUIC connection ids, WireGuard indices): identifiers
 * added as they become known, a session taken up again after silence, and a translator's new mapping, which is no move.
 * Bounded: 32 identifiers an endpoint, the first and the youngest.
 */
import type { Identifier } from '../../../shared/signal-details.ts'
import type { End, Pair } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Registry } from './registry.ts'

const MAX_IDENTIFIERS = 32

export function addIdentifiers(session: MultiSession, end: End, identifiers: readonly Identifier[]): void {
  const endpoint = session.endpoints[end]
  for (const { kind, value } of identifiers) {
    const list = endpoint.identifiers
    if (value === '' || list.some((i) => i.kind === kind && i.value === value)) continue
    endpoint.identify({ kind, value })
    if (list.length >= MAX_IDENTIFIERS) endpoint.identifiers = endpoint.identifiers.filter((_, at) => at !== 1)
  }
}

export function isOver(session: MultiSession): boolean {
  return session.state === 'closed' || session.state === 'failed' || session.mergedInto >= 0
}

/** It was taken for over because nothing was heard of it; here it is again. What was ended by its own messages stays so. */
export function reopen(session: MultiSession): boolean {
  if (session.state !== 'closed' || !session.closedWhy.startsWith('nothing')) return false
  session.state = 'established'
  session.closed = null
  session.closedWhy = ''
  return true
}

/** The same end goes on from another port: a translator's new mapping. */
export function noteRebinding(
  registry: Registry,
  session: MultiSession,
  sender: End,
  old: Pair,
  pair: Pair,
  time: number,
  row: number,
): void {
  const { flows } = registry
  const portOf = (p: Pair, end: End): number => ((end === 0) === p.initiatorIsA ? flows.portA[p.flow] : flows.portB[p.flow]) as number
  const end = portOf(old, 0) === portOf(pair, 0) ? 1 : 0
  session.rebound++
  session.mark(
    time,
    'other',
    sender,
    pair.index,
    row,
    `NAT rebinding: port ${portOf(old, end)} is ${portOf(pair, end)} now, the addresses stay`,
  )
}
