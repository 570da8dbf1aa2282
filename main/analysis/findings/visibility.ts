/**
 * Could the capture have shown a packet from one address to another in a time (threats.md 0.4)? Only then 'not seen' says anything: some packet
 * of that direction was seen within 300 s of the time. Rules that use an absence ask here and report 'not observable' otherwise.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'
import type { End, MultiSession } from '../model.ts'

const NEAR = 300e9

export class Visibility {
  constructor(private readonly flows: FlowTable) {}

  /** Any packet from `end` to its peer on a path of the session near [from, to]? */
  ofSession(session: MultiSession, end: End, from: number, to: number): boolean {
    for (const pair of session.pairs) {
      const at = pair.flow * 2 + ((end === 0) === pair.initiatorIsA ? 0 : 1)
      if ((this.flows.packets[at] ?? 0) === 0) continue
      if ((this.flows.first[at] as number) <= to + NEAR && (this.flows.last[at] as number) >= from - NEAR) return true
    }
    return false
  }
}
