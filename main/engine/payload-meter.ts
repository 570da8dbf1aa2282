/**
 * Hands the signals of a packet to the analysis and adds up its upper-layer bytes, for whoever walks packets once: a file's first pass, a live
 * capture. A layer around another tells the same bytes once more: only those of the innermost one that tells any count, as a packet counts with
 * its innermost flow.
 */
import { type Signal, SignalKind, type SignalSink } from '../../shared/signals.ts'

export class PayloadMeter implements SignalSink {
  bytes = 0
  private flow = -1
  private protocol = -1
  /** the packet is a copy of a frame that was heard */
  muted = false
  constructor(private readonly analysis: SignalSink) {}
  emit(signal: Signal): void {
    if (signal.kind === SignalKind.Payload) {
      if (signal.flow !== this.flow || signal.protocol !== this.protocol) this.bytes = 0
      this.flow = signal.flow
      this.protocol = signal.protocol
      this.bytes += signal.bytes
    }
    if (!this.muted) this.analysis.emit(signal)
  }
}
