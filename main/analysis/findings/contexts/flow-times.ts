/**
 * What the tracker remembers of each direction of a flow, by flow * 2 + direction of the flow table: when data and other packets of a context were
 * last seen on it, and for which context it was found harmless. Columns; no object a flow.
 */
import { roomFor } from '../places.ts'

export class FlowTimes {
  /** ordinal of the context that this flow was found harmless for */
  judged = new Int32Array(4096)
  /** when data, and when another packet, of a context was last seen on it */
  data = new Float64Array(4096).fill(-1)
  control = new Float64Array(4096).fill(-1)

  room(at: number): void {
    if (at < this.data.length) return
    this.judged = roomFor(this.judged, at)
    this.data = roomFor(this.data, at, -1)
    this.control = roomFor(this.control, at, -1)
  }

  lastAt(at: number): number {
    return Math.max(this.data[at] ?? -1, this.control[at] ?? -1)
  }
}
