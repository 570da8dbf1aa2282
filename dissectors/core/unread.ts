/**
 * Messages that say something about sessions or locators, of which the capture holds the beginning only (its snapshot length): what they said
 * behind is not known, so that an address nobody was seen to name may well have been named. Three numbers a protocol; nothing grows.
 */
import type { SignalProtocol } from '../../shared/signals.ts'

const PROTOCOLS = 64

export interface UnreadMessages {
  protocol: SignalProtocol
  count: number
  /** the first, as a row */
  row: number
}

export class Unread {
  private readonly time = new Float64Array(PROTOCOLS).fill(Number.POSITIVE_INFINITY)
  private readonly row = new Int32Array(PROTOCOLS).fill(-1)
  private readonly count = new Uint32Array(PROTOCOLS)

  note(protocol: SignalProtocol, time: number, row: number): void {
    this.count[protocol] = (this.count[protocol] as number) + 1
    if (time >= (this.time[protocol] as number)) return
    this.time[protocol] = time
    this.row[protocol] = row
  }

  /** The first such message of the protocol up to then (ns), as a row; -1: all were read. */
  until(protocol: SignalProtocol, time: number): number {
    return (this.time[protocol] as number) <= time ? (this.row[protocol] as number) : -1
  }

  /** By protocol, most first. */
  all(): UnreadMessages[] {
    return [...this.count.keys()]
      .filter((protocol) => (this.count[protocol] as number) > 0)
      .map((protocol) => ({ protocol, count: this.count[protocol] as number, row: this.row[protocol] as number }))
      .sort((a, b) => b.count - a.count)
  }
}
