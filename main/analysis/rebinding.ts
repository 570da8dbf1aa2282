/**
 * NAT-REBIND (rehoming.md section 3): a translator on the way gives one end another address of the same /24. No end announced it, the peer
 * follows to the new address at once and nothing goes on over the old one; seen from the end that did not change. Only for protocols that know
 * each other by a token in every packet; never a rehoming. New ports of the same address are no new path and need no rule.
 * Refuses: addresses of an interface of the captured host, addresses that were listed or claimed, IPv6.
 */
import type { FlowTable } from '../../dissectors/core/flows.ts'
import type { Candidate } from './candidate.ts'
import { findLocator } from './locators.ts'
import { type End, type Path, SECOND, type SessionProtocol } from './model.ts'
import type { MultiSession } from './multi-session.ts'

const BY_TOKEN: ReadonlySet<SessionProtocol> = new Set(['sctp', 'ikev2', 'esp', 'quic', 'wireguard', 'gtp-u'])
const MAX_PATHS = 64

/** Is the move only a translator's? Then it is noted as that. */
export function isRebinding(session: MultiSession, flows: FlowTable, sender: End, candidate: Candidate): boolean {
  const { from: left, to: reached } = candidate
  if (session.reboundPaths?.some((p) => p.from === left && p.to === reached) === true) return true
  const from = session.paths[left] as Path
  const to = session.paths[reached] as Path
  const end = changedEnd(session, flows, from, to)
  if (end < 0 || !followed(session, from, to, end as End, candidate)) return false
  session.rebound++
  session.reboundPaths ??= []
  if (session.reboundPaths.length < MAX_PATHS) session.reboundPaths.push({ from: left, to: reached }, { from: reached, to: left })
  const [old, now] = [from.ends[end as End], to.ends[end as End]].map((a) => flows.addresses.text(a))
  session.mark(candidate.time, 'other', sender, candidate.pair, candidate.row, `NAT rebinding: ${old} is ${now} now, within one /24`)
  return true
}

/** The end whose address a translator may have changed; -1: none. */
function changedEnd(session: MultiSession, flows: FlowTable, from: Path, to: Path): number {
  if (!BY_TOKEN.has(session.protocol)) return -1
  const changed = ([0, 1] as const).filter((end) => from.ends[end] !== to.ends[end])
  const [end] = changed
  if (end === undefined || changed.length > 1 || session.capturedEnd === end || session.capturedEnd === 2) return -1
  const [a, b] = [flows.addresses.get(from.ends[end]), flows.addresses.get(to.ends[end])]
  if (a.length !== 4 || b.length !== 4 || a[0] !== b[0] || a[1] !== b[1] || a[2] !== b[2]) return -1
  const announced = findLocator(session, end, to.ends[end], true)
  const claimed = session.claims.some((c) => c.by === end && c.what === 'add' && (c.address === to.ends[end] || c.wildcard))
  return claimed || (announced !== null && announced.how !== 'observed') ? -1 : end
}

/** The peer sends to the new address within a round trip, and neither end goes on over the old one. */
function followed(session: MultiSession, from: Path, to: Path, end: End, candidate: Candidate): boolean {
  const heard = (path: Path, by: End): number => (by === 0 ? path.heardInitiator : path.heardResponder)
  const peer = (1 - end) as End
  const late = candidate.time + Math.max(SECOND, 3 * session.rtt)
  return heard(to, peer) >= 0 && heard(to, end) >= 0 && heard(from, end) < candidate.time && heard(from, peer) <= late
}
