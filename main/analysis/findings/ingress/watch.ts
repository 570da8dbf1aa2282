/**
 * The ingress rules together (rehoming.md section 8): they share what left by which exit, and are judged every sweep and at the end.
 * Cost: ICMP errors and echo are looked at one by one; everything else comes from the hop table's records.
 */
import { type Signal, SignalKind, signalBit } from '../../../../shared/signals.ts'
import type { Surroundings, Watch, WatchMaker } from '../watch.ts'
import { Departures } from './departures.ts'
import { ForeignSources } from './foreign.ts'
import { Mismatches } from './mismatch.ts'
import { FilterModes } from './modes.ts'
import { SilentDrops } from './silent.ts'
import { Symmetry } from './symmetry.ts'

/** With more (source, hop) pairs than this all of them are looked at less often, in proportion: in a long capture they would be looked at most of the time. */
const PAIRS_A_SWEEP = 1000
const SWEEP = 10e9

class IngressWatch implements Watch {
  readonly kinds = signalBit(SignalKind.IcmpError) | signalBit(SignalKind.Echo) | signalBit(SignalKind.Routed)
  private readonly departures: Departures
  private readonly mismatches: Mismatches
  private readonly silent: SilentDrops
  private readonly foreign: ForeignSources
  private readonly symmetry: Symmetry
  private readonly modes: FilterModes
  private finished = false
  private swept = Number.NEGATIVE_INFINITY

  constructor(private readonly around: Surroundings) {
    this.departures = new Departures(around.flows, around.site)
    this.modes = new FilterModes(around)
    this.mismatches = new Mismatches(around, this.departures, this.modes)
    this.silent = new SilentDrops(around, this.departures, this.modes)
    this.foreign = new ForeignSources(around, this.departures)
    this.symmetry = new Symmetry(around, this.departures)
  }

  on(signal: Signal): void {
    if (signal.kind === SignalKind.IcmpError) {
      this.mismatches.onIcmp(signal)
      return
    }
    if (signal.kind === SignalKind.Routed) {
      this.modes.routed(signal)
      return
    }
    if (signal.span === 1) {
      this.departures.echoAnswered(signal.subSpan, signal.sub, signal.unit)
      return
    }
    const hop = this.around.flows.hops.intern(signal.interface, signal.sourceMac, signal.destinationMac, signal.segment)
    if (hop >= 0) this.departures.echo(signal.sub, signal.subSpan, hop, signal.unit, signal.row, signal.time, signal.hopLimit)
  }

  sweep(now: number, final: boolean): void {
    if (!final && now - this.swept < (SWEEP * this.departures.size) / PAIRS_A_SWEEP) return
    this.swept = now
    if (final) this.around.site.learn(this.around.flows)
    this.departures.update()
    this.mismatches.sweep(now)
    this.silent.sweep(now)
    this.foreign.sweep()
    if (final && !this.finished) {
      this.finished = true
      this.symmetry.finish()
    }
  }
}

export const INGRESS_WATCH: WatchMaker = {
  rules: ['ING-1', 'ING-2', 'ING-3', 'ING-4', 'ING-5', 'ING-6', 'ING-7', 'ING-8', 'ING-9', 'ING-10', 'ING-11'],
  make: (around) => new IngressWatch(around),
}
