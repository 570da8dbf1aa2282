/**
 * Does the capture hold one direction only, as a filter or a one-sided tap leaves it? Then 'never answered' says nothing of the network, and
 * the reader has to be told. A few flows without an answer are no sign. Cost: one look at each flow, for a report.
 */
import type { FlowTable } from '../../../dissectors/core/flows.ts'

const ENOUGH = 3

export function holdsOneDirection(flows: FlowTable): boolean {
  let used = 0
  for (let flow = 0; flow < flows.count; flow++) {
    const [there, back] = [flows.packets[flow * 2] as number, flows.packets[flow * 2 + 1] as number]
    if (there > 0 && back > 0) return false
    if (there + back > 0) used++
  }
  return used >= ENOUGH
}
