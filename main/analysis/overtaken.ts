/**
 * New data that later data overtook on its way, said of a single packet: what the packet list remarks. Moves and their metrics count for
 * themselves (`delivery.ts`). Asked after the packet's session has taken it in. Refuses data without an order (datagrams, ESP), data of a second
 * QUIC path, which has numbers of its own, and MPTCP on several pairs: there data comes in any order, as it is meant to. Cost: three comparisons.
 */
import { type Signal, UnitSpace } from '../../shared/signals.ts'
import type { End } from './model.ts'
import type { MultiSession } from './multi-session.ts'

/** Bits of a QUIC packet number above which its path stands. */
const PATH = 26

export function overtaken(signal: Signal, session: MultiSession, sender: End): boolean {
  const { space } = signal
  const numbered = space === UnitSpace.Tsn || space === UnitSpace.Dsn || space === UnitSpace.Seq || space === UnitSpace.PacketNumber
  if (!numbered || (space === UnitSpace.Dsn && session.pairs.length > 1)) return false
  if (space === UnitSpace.PacketNumber && signal.unit >>> PATH !== 0) return false
  const { seen, serial } = session.direction(sender)
  return serial.known && seen.top > serial.look(signal.unit) + Math.max(1, signal.span)
}
