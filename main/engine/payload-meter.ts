/** Hands the signals of a packet to the analysis and adds up its upper-layer bytes, for whoever walks packets once: a file's first pass, a live capture. */
import { type Signal, SignalKind, type SignalSink } from '../../shared/signals.ts'

export class PayloadMeter implements SignalSink {
  bytes = 0
  /** the packet is a copy of a frame that was heard */
  muted = false
  constructor(private readonly analysis: SignalSink) {}
  emit(signal: Signal): void {
    if (signal.kind === SignalKind.Payload) this.bytes += signal.bytes
    if (!this.muted) this.analysis.emit(signal)
  }
}
