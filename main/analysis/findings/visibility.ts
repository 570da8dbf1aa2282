/**
 * Could the capture have shown a packet from one address to another in a time (threats.md 0.4)? Only then 'not seen' says anything: some packet
 * of that direction was seen within 300 s of the time, and no interface has lost packets. Rules that use an absence ask here and report
 * 'not observable' otherwise. Cost: one look at a flow, or at the pairs of a session; between addresses at the flows of the sender.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { End } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import type { AnalyzerInterface } from '../types.ts'

const NEAR = 300e9
const MAX_PAIRS = 200_000
/** more than there are addresses */
const RADIX = 0x1000000

export class Visibility {
  /** flows by address pair (sender, receiver), as far as they were looked at; of a pair that was forgotten nothing is said */
  private readonly byPair = new Map<number, number[]>()
  private looked = 0

  constructor(
    private readonly flows: FlowTable,
    private readonly interfaces: readonly AnalyzerInterface[] = [],
  ) {}

  /** Has the capture itself lost packets, as far as the file says? */
  get lossy(): boolean {
    return this.interfaces.some((one) => (one?.dropped ?? 0) > 0)
  }

  /** Any packet from `end` to its peer on a path of the session near [from, to]? */
  ofSession(session: MultiSession, end: End, from: number, to: number): boolean {
    if (this.lossy) return false
    for (const pair of session.pairs) if (this.seen(pair.flow, (end === 0) === pair.initiatorIsA ? 0 : 1, from, to)) return true
    return false
  }

  /** Any packet of this direction of the flow near [from, to]? */
  ofFlow(flow: number, direction: number, from: number, to: number): boolean {
    return !this.lossy && flow >= 0 && this.seen(flow, direction, from, to)
  }

  /** Any packet from one address to the other near [from, to], whatever ports? Ids of the address table. */
  between(sender: number, receiver: number, from: number, to: number): boolean {
    if (this.lossy) return false
    this.take()
    for (const at of this.byPair.get(sender * RADIX + receiver) ?? []) if (this.seen(at >> 1, at & 1, from, to)) return true
    return false
  }

  private take(): void {
    const { flows } = this
    for (; this.looked < flows.count; this.looked++) {
      const a = flows.addressA[this.looked] as number
      const b = flows.addressB[this.looked] as number
      this.put(a * RADIX + b, this.looked * 2)
      this.put(b * RADIX + a, this.looked * 2 + 1)
    }
  }

  /** The first and the 63 youngest flows of a pair are enough to tell. */
  private put(key: number, at: number): void {
    const list = this.byPair.get(key)
    if (list === undefined) {
      this.flows.forgotten.room(this.byPair, MAX_PAIRS, 'pairs of addresses whose packets were seen')
      this.byPair.set(key, [at])
    } else if (list.length < 64) list.push(at)
    else list[1 + ((at >> 1) % 63)] = at
  }

  private seen(flow: number, direction: number, from: number, to: number): boolean {
    const at = flow * 2 + direction
    if ((this.flows.packets[at] ?? 0) === 0) return false
    return (this.flows.first[at] as number) <= to + NEAR && (this.flows.last[at] as number) >= from - NEAR
  }
}
