/**
 * Answers about the packet in hand that no dissector gives: frame number, lengths, times, interface, and, when an analysis was run,
 * its sessions, rehomings and findings. One object for a whole file-order pass, pointed at packet after packet.
 */
import { escapeText } from '../../dissectors/core/values.ts'
import type { FilePacket } from './file-order.ts'
import { type ColumnSource, Ternary } from './filter/columns.ts'
import type { ColumnField } from './filter/names.ts'

const NONE: readonly string[] = []

export class PacketColumns implements ColumnSource {
  /** the index of an analysis of the same files, when one was run */
  analysed: ColumnSource | null = null
  private packet: FilePacket | null = null
  private stopped = 0

  at(packet: FilePacket, stop: number): void {
    this.packet = packet
    this.stopped = stop
  }

  frameNumber(row: number): number {
    return row + 1
  }
  frameLength(): number {
    const p = this.packet
    return p === null ? 0 : (p.batch.wire[p.at] as number)
  }
  capturedLength(): number {
    const p = this.packet
    return p === null ? 0 : (p.batch.captured[p.at] as number)
  }
  timeRelative(): number {
    return (this.packet?.time ?? 0) / 1e9
  }
  timeEpoch(): number {
    const p = this.packet
    return p === null ? 0 : Number(p.facts.baseNanoseconds) / 1e9 + (p.batch.time[p.at] as number) / 1e9
  }
  interfaceId(): number {
    return this.packet?.interface?.id ?? 0
  }
  interfaceName(): string | null {
    return this.packet?.interface?.name ?? null
  }
  sessions(row: number): readonly string[] {
    return this.analysed?.sessions(row) ?? NONE
  }
  rehomings(row: number): readonly string[] {
    return this.analysed?.rehomings(row) ?? NONE
  }
  findings(row: number): readonly string[] {
    return this.analysed?.findings(row) ?? NONE
  }
  stop(): number {
    return this.stopped
  }
  rowFlags(row: number): number {
    return this.analysed?.rowFlags(row) ?? 0
  }
  hasProtocol(): Ternary {
    return Ternary.Unknown
  }
  flowEnds(): null {
    return null
  }

  /** Values of a column as `-e` prints them. */
  texts(column: ColumnField, row: number): string[] {
    const count = column.count(this, row)
    const texts: string[] = []
    for (let i = 0; i < count; i++)
      texts.push(column.kind === 'text' ? escapeText(column.text(this, row, i)) : String(column.number(this, row)))
    return texts
  }
}
