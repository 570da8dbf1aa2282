/**
 * What the analysis asks of the contexts of a protocol: take its signals in, say which session they belonged to, end what fell silent.
 * A family is one file here (or a folder, when it needs several), hung on its signal protocols in `families.ts`.
 */
import type { Signal, SignalProtocol } from '../../../shared/signals.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Registry } from './registry.ts'

export interface PacketOutcome {
  /** the packet carries data that had been sent before */
  retransmitted: boolean
  /** session that the signal belonged to; null: none */
  session: MultiSession | null
  /** endpoint of `session` that sent it; -1: not known */
  sender: End | -1
}

export interface Contexts {
  /** Takes a signal in. Sets `outcome.session` (null when it belongs to none) and, when known, `outcome.sender`. */
  on(signal: Signal, outcome: PacketOutcome): void
  /** Every 10 s of capture time and at its end: closes what has been idle too long, drops what is over. */
  sweep(now: number): void
}

export interface ContextFamily {
  protocols: readonly SignalProtocol[]
  make(registry: Registry): Contexts
}
