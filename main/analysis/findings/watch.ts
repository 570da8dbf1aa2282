/**
 * What a rule is given and what it gives back. A watch sees every signal of the kinds it names after the contexts have taken it in; it keeps
 * bounded state of its own and writes what it finds to the ledger. Watches know sessions, locators and signals, never bytes.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { Signal, SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { Registry } from '../sessions/registry.ts'
import type { SiteModel } from '../site.ts'
import type { AnalyzerInterface } from '../types.ts'
import type { World } from '../world.ts'
import type { HomeAddresses } from './home-addresses.ts'
import type { HopBaseline } from './hop-baseline.ts'
import type { Ledger } from './ledger.ts'
import type { Thresholds } from './thresholds.ts'
import type { Visibility } from './visibility.ts'

/** All that stands around the packets; the same objects for every watch. */
export interface Surroundings {
  flows: FlowTable
  registry: Registry
  world: World
  site: SiteModel
  interfaces: readonly AnalyzerInterface[]
  ledger: Ledger
  hops: HopBaseline
  homes: HomeAddresses
  visibility: Visibility
  /** what rules measure by: the catalogue's, or a user's */
  limits: Readonly<Thresholds>
}

/** Takes a signal. `sender`: endpoint of `session` that sent the packet, -1 when there is no session or it is not known */
export type Taker = (signal: Signal, session: MultiSession | null, sender: End | -1) => void

export interface Watch {
  /** bits of the signal kinds it wants (`signalBit`); payload and acknowledgements only where the rule needs each of them */
  readonly kinds: number
  /** takes all of these kinds, whatever protocol they are of */
  on?: Taker
  /** or it says once what takes those of a protocol and kind, null where nothing does */
  taker?(protocol: SignalProtocol, kind: SignalKind): Taker | null
  /** every 10 s of capture time and once at the end (`final`): what waits for time to pass */
  sweep?(now: number, final: boolean): void
}

export interface WatchMaker {
  /** names of the rules it judges, as in the catalogue */
  rules: readonly string[]
  make(around: Surroundings): Watch
}
