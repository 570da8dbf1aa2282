/**
 * What the first pass does with a record: one walk with signals, its flow counted, its row of the index filled. Knows no protocol and opens no
 * file: which dissectors there are is for others to say, so that the pass can be measured with few of them and with all.
 * Cost per packet: one walk, one row of 35 bytes; no object. Everything it touches is monomorphic.
 */
import { countPieces } from '../../dissectors/core/fragment-packets.ts'
import type { StreamState } from '../../dissectors/core/state.ts'
import { Stop, Walk } from '../../dissectors/core/walk.ts'
import { dissectFrame } from '../../dissectors/frame/dissect.ts'
import type { SignalSink } from '../../shared/signals.ts'
import { Copy, FrameCopies } from './copies.ts'
import { FlagShift, type PacketIndex } from './index.ts'
import type { LayerSets } from './layer-sets.ts'
import { PayloadMeter } from './payload-meter.ts'

/** Takes the signals of a packet, and says what its row is to be marked with. */
export interface RowSink extends SignalSink {
  rowFlags: number
  /** All signals of the packet were taken; its innermost flow, and the direction on it. */
  packetDone(row: number, flow: number, direction: number, time: number): void
}

/** Walks records into index and analysis. One object a capture. */
export class FirstPass {
  malformed = 0
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY
  readonly linkTypes: number[] = []
  readonly copies = new FrameCopies()
  private readonly walk: Walk
  private readonly meter: PayloadMeter

  constructor(
    private readonly state: StreamState,
    private readonly index: PacketIndex,
    private readonly layers: LayerSets,
    private readonly analyzer: RowSink,
  ) {
    this.meter = new PayloadMeter(analyzer)
    this.walk = new Walk(state, null, this.meter)
  }

  /** A field rather than a method: handed to `TimeOrder` without a closure a packet. */
  readonly take = (memory: Uint8Array, offset: number, captured: number, wire: number, row: number, time: number, iface: number): void => {
    const { walk, meter } = this
    meter.bytes = 0
    walk.start(memory, offset, offset + captured, wire, row, time, iface)
    const linkType = this.linkTypes[iface] ?? -1
    const copy = this.copies.again(memory, offset, offset + captured, linkType, iface, time)
    meter.muted = copy !== Copy.No
    dissectFrame(walk, linkType)
    if (walk.stop === Stop.Malformed) this.malformed++
    const { flow, direction } = walk
    if (flow >= 0) {
      const { flows } = this.state
      if (walk.pieces !== null) this.pieces()
      flows.count1(flow, direction, wire, time, iface, walk.hopLimit)
      if (copy !== Copy.Same) flows.hops.note(flow, direction, walk, memory)
      this.analyzer.packetDone(row, flow, direction, time)
    }
    const rowFlags = this.analyzer.rowFlags
    if (rowFlags !== 0) this.analyzer.rowFlags = 0
    this.index.found(
      row,
      walk.protocol,
      flow,
      direction | (walk.stop << FlagShift.Stop) | (rowFlags << FlagShift.Row),
      walk.signalBits,
      meter.bytes,
      this.layers.of(walk),
    )
    if (time < this.first) this.first = time
    if (time > this.last) this.last = time
  }

  /** The packets of earlier fragments belong to the flow of the datagram that is whole now. */
  private pieces(): void {
    const { flow, direction, row } = this.walk
    for (const piece of countPieces(this.walk)) if (piece.row !== row) this.index.foundFlow(piece.row, flow, direction)
  }
}
