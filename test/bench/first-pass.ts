/**
 * The first pass without contexts: every record walked, its row in the index, its signals counted and nothing more. Bundled with every
 * dissector and with few, so that each has tables and compiled code of its own; what the two did must be the same, or the times say nothing.
 */
import { StreamState } from '../../dissectors/core/state.ts'
import { nodeCrypto } from '../../main/crypto-port.ts'
import { FirstPass, type RowSink } from '../../main/engine/first-pass.ts'
import { PacketIndex } from '../../main/engine/index.ts'
import { LayerSets } from '../../main/engine/layer-sets.ts'
import type { FileFacts, RecordBatch } from '../../main/files/types.ts'

class Counter implements RowSink {
  rowFlags = 0
  packetDone(): void {}
  signals = 0
  emit(): void {
    this.signals++
  }
}

export class MeasuredPass {
  cpuMicroseconds = 0
  packets = 0
  private readonly state = new StreamState(nodeCrypto)
  private readonly index = new PacketIndex()
  private readonly counter = new Counter()
  private readonly pass = new FirstPass(this.state, this.index, new LayerSets(), this.counter)

  /** Takes the records `from..to` of a batch, on the clock. */
  take(batch: RecordBatch, facts: FileFacts, from: number, to: number): void {
    const begin = process.cpuUsage()
    for (const one of facts.interfaces) this.pass.linkTypes[one.id] = one.linkType
    for (let i = from; i < to; i++) {
      const row = this.packets++
      const time = batch.time[i] as number
      const captured = batch.captured[i] as number
      const wire = batch.wire[i] as number
      const iface = batch.interface[i] as number
      this.index.place(row, time, batch.fileOffset[i] as number, captured, wire, iface)
      this.pass.take(batch.memory, batch.offset[i] as number, captured, wire, row, time, iface)
    }
    const { user, system } = process.cpuUsage(begin)
    this.cpuMicroseconds += user + system
  }

  /** What was done, in numbers that do not depend on who else is registered. */
  work(): string {
    return `${this.packets} packets, ${this.counter.signals} signals, ${this.state.flows.count} flows`
  }
}
