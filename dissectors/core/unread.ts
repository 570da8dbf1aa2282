/**
 * Messages that name locators, of which the capture holds the beginning only (its snapshot length): what they named is not known, so that an
 * address nobody was seen to name may well have been named. Two numbers a protocol; nothing grows.
 */
import type { SignalProtocol } from '../../shared/signals.ts'

const PROTOCOLS = 64

export class Unread {
  private readonly time = new Float64Array(PROTOCOLS).fill(Number.POSITIVE_INFINITY)
  private readonly row = new Int32Array(PROTOCOLS).fill(-1)

  note(protocol: SignalProtocol, time: number, row: number): void {
    if (time >= (this.time[protocol] as number)) return
    this.time[protocol] = time
    this.row[protocol] = row
  }

  /** The first such message of the protocol up to then (ns), as a row; -1: all were read. */
  until(protocol: SignalProtocol, time: number): number {
    return (this.time[protocol] as number) <= time ? (this.row[protocol] as number) : -1
  }
}
