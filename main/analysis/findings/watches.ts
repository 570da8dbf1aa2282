/**
 * Runs the watches: what of them takes a signal of a protocol and kind, when the waiting ones are asked. Cost for a signal nobody wants: one
 * array look-up.
 */
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { WATCHES } from './rules.ts'
import type { Surroundings, Taker, Watch } from './watch.ts'

const KINDS = 32
const PROTOCOLS = 64

export class Watches {
  /** by protocol * KINDS + kind. Functions of their own: called as methods, watches of so many shapes would be looked up for each signal */
  private readonly takers: Taker[][]
  private readonly all: Watch[]

  constructor(private readonly around: Surroundings) {
    this.all = WATCHES.map((maker) => maker.make(around))
    this.takers = Array.from({ length: PROTOCOLS * KINDS }, (_, at) =>
      this.all.flatMap((watch) => takerOf(watch, Math.floor(at / KINDS), at % KINDS) ?? []),
    )
  }

  on(signal: Signal, session: MultiSession | null, sender: End | -1): void {
    const { kind } = signal
    const takers = this.takers[signal.protocol * KINDS + kind] as Taker[]
    for (let i = 0; i < takers.length; i++) (takers[i] as Taker)(signal, session, sender)
    // Payload would change nothing of the baseline, and what ICMP quotes did not arrive with that hop limit.
    if (kind === SignalKind.Payload || kind === SignalKind.Acknowledged || kind === SignalKind.IcmpError) return
    if (signal.flow >= 0 && signal.hopLimit > 0) this.noteHops(signal)
  }

  /** The baseline hears of a packet after the rules: an odd one is judged by those before it. */
  private noteHops(signal: Signal): void {
    const { flows, hops } = this.around
    hops.note(flows.sender(signal.flow, signal.direction), signal.interface, signal.hopLimit)
  }

  sweep(now: number, final: boolean): void {
    for (const watch of this.all) watch.sweep?.(now, final)
  }
}

function takerOf(watch: Watch, protocol: number, kind: number): Taker | null {
  if ((watch.kinds & (1 << kind)) === 0) return null
  if (watch.taker !== undefined) return watch.taker(protocol, kind)
  return watch.on?.bind(watch) ?? null
}
