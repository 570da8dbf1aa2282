/** Runs the watches: which of them wants a signal, when the waiting ones are asked. Cost for a signal nobody wants: one array look-up. */
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import type { End, MultiSession } from '../model.ts'
import { WATCHES } from './rules.ts'
import type { Surroundings, Watch } from './watch.ts'

export class Watches {
  private readonly byKind: Watch[][] = Array.from({ length: 32 }, () => [])
  private readonly all: Watch[]

  constructor(private readonly around: Surroundings) {
    this.all = WATCHES.map((maker) => maker.make(around))
    for (let kind = 0; kind < 32; kind++) this.byKind[kind] = this.all.filter((watch) => (watch.kinds & (1 << kind)) !== 0)
  }

  on(signal: Signal, session: MultiSession | null, sender: End | -1): void {
    const watches = this.byKind[signal.kind] as Watch[]
    for (let i = 0; i < watches.length; i++) (watches[i] as Watch).on(signal, session, sender)
    if (signal.flow >= 0 && signal.kind !== SignalKind.IcmpError && signal.hopLimit > 0) this.noteHops(signal)
  }

  /** The baseline hears of a packet after the rules: an odd one is judged by those before it. Payload would change nothing: it is left out. */
  private noteHops(signal: Signal): void {
    if (signal.kind === SignalKind.Payload || signal.kind === SignalKind.Acknowledged) return
    const { flows, hops } = this.around
    hops.note(flows.sender(signal.flow, signal.direction), signal.interface, signal.hopLimit)
  }

  sweep(now: number, final: boolean): void {
    for (const watch of this.all) watch.sweep?.(now, final)
  }
}
