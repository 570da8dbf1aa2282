/**
 * Bytes that no dissector took, shown as Wireshark shows them: a layer `data`.
 * Does not change the packet's protocol: the list shows the innermost protocol that was understood. One bit set without a recorder.
 */
import type { Walk } from '../core/walk.ts'
import { data, dataBytes, dataLength } from './wire.ts'

/** Records everything from `offset` to the end of the current layer as data. */
export function leftover(walk: Walk, offset: number): void {
  if (offset >= walk.limit) return
  walk.present(data.protocol)
  const recorder = walk.recorder
  if (recorder === null) return
  const length = walk.limit - offset
  recorder.enter(data.root, offset, length, `Data (${length} bytes)`, walk.memory)
  walk.range(dataBytes, offset, length)
  walk.uint(dataLength, offset, 0, walk.end - offset)
  walk.generated()
  recorder.leave(-1, null)
}
