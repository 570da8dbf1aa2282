/**
 * A unit of data on a binding: it proves what was asked for to be in force, dates changes of encapsulation, and goes to the rule of moves.
 * Data of an end that is not bound at its address is told once and counts for nothing: the peer drops it (RFC 6275 section 9.3.1).
 */
import type { Signal } from '../../../../shared/signals.ts'
import { onPayload } from '../../delivery.ts'
import { heard } from '../../locators.ts'
import { type End, type Pair, SECOND } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { PacketOutcome } from '../contexts.ts'
import { noteOptimised } from '../path-changes.ts'
import { type Binding, live, used } from './binding.ts'

export function carry(binding: Binding, pair: Pair, sender: End, signal: Signal, outcome: PacketOutcome, way: 'tunnel' | 'direct'): void {
  const { session } = binding
  const { time, row } = signal
  outcome.session = session
  outcome.sender = sender
  heard(session, pair, sender, time, signal.hopLimit, signal.interface)
  const ends: readonly End[] = binding.anchor < 0 ? [0, 1] : [0]
  for (const at of ends) {
    if (used(binding, at, sender, pair.way.ends[at], signal)) continue
    stray(session, pair, sender, signal)
    return
  }
  pair.carried = true
  pair.closedAt = null
  binding.leaving = null
  if (session.state === 'opening') {
    session.state = 'established'
    session.mark(time, 'opened', sender, pair.index, row, 'data follows: the binding is in force')
  }
  if (time > binding.expires && !binding.overdue) {
    binding.overdue = true
    const late = Math.round((time - binding.expires) / SECOND)
    session.mark(time, 'other', sender, pair.index, row, `data goes on ${late} s after the binding ran out`)
    if (!live(binding)) {
      session.state = 'established'
      session.closed = null
    }
  }
  if (pair.state === 'opening' || pair.state === 'refused') pair.state = 'active'
  if (binding.way !== way) {
    if (binding.way !== null && binding.anchor < 0) optimised(session, pair, sender, signal, way)
    binding.way = way
  }
  if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
}

function optimised(session: MultiSession, pair: Pair, sender: End, signal: Signal, way: 'tunnel' | 'direct'): void {
  const text =
    way === 'direct'
      ? 'data leaves the tunnel through the home agent and goes straight to the correspondent: no move, the locators stay'
      : 'data takes the tunnel through the home agent again: no move, the locators stay'
  noteOptimised(session, pair, sender, signal.time, signal.row, text)
}

/** Data from an address that is not bound: the peer drops it (RFC 6275 section 9.3.1). Told once an address. */
function stray(session: MultiSession, pair: Pair, sender: End, signal: Signal): void {
  if (pair.closedAt !== null) return
  pair.closedAt = signal.time
  pair.state = 'refused'
  session.mark(signal.time, 'refused', sender, pair.index, signal.row, 'data from an address that is not bound')
}
