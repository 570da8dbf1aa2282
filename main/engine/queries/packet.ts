/** One packet in full: its tree with the filter that selects each value, and the memories that offsets point into. */
import { fieldById } from '../../../dissectors/core/fields.ts'
import type { FieldRecorder } from '../../../dissectors/core/recorder.ts'
import { lineText } from '../../../dissectors/core/values.ts'
import type { PacketDetail, TreeNode } from '../../../shared/contract.ts'
import type { IndexColumns } from '../index-columns.ts'
import type { Capture } from '../open.ts'
import { STOP_WORDS } from '../packet-line.ts'
import type { Redissector } from '../redissect.ts'
import { filterOf } from './field-values.ts'
import { packetRow } from './rows.ts'

/** null when the packet's bytes cannot be read. `row` is inside the index. */
export function packetDetail(capture: Capture, redissector: Redissector, columns: IndexColumns, row: number): PacketDetail {
  const line = packetRow(capture, redissector, columns, row, row)
  const { walk, recorder } = redissector
  const stop = STOP_WORDS[walk.stop] ?? ''
  return {
    frame: row + 1,
    row: line,
    tree: treeOf(recorder),
    sources: recorder.sources.map(({ name, bytes, begin, end }) => ({
      name,
      base64: Buffer.from(bytes.buffer, bytes.byteOffset + begin, Math.max(0, end - begin)).toString('base64'),
    })),
    stop: stop === '' ? null : { reason: walk.stopReason, offset: walk.stopOffset, kind: stop },
    captured: capture.index.captured(row),
    wire: capture.index.wire(row),
  }
}

/** The recorder's flat list as a tree, by depth. */
export function treeOf(recorder: FieldRecorder): TreeNode[] {
  const roots: TreeNode[] = []
  const open: TreeNode[][] = [roots]
  for (let i = 0; i < recorder.count; i++) {
    const depth = Math.min(recorder.depth[i] as number, open.length - 1)
    const source = recorder.source[i] as number
    const begin = recorder.sources[source]?.begin ?? 0
    const node: TreeNode = {
      name: fieldById(recorder.field[i] as number).name,
      label: lineText(recorder, i),
      source,
      offset: Math.max(0, (recorder.offset[i] as number) - begin),
      length: Math.max(0, recorder.length[i] as number),
      filter: filterOf(recorder, i),
      generated: recorder.generated.has(i),
      children: [],
    }
    open.length = depth + 1
    ;(open[depth] as TreeNode[]).push(node)
    open.push(node.children)
  }
  if (recorder.overflow)
    roots.push({
      name: '',
      label: '[more fields than are shown]',
      source: 0,
      offset: 0,
      length: 0,
      filter: '',
      generated: true,
      children: [],
    })
  return roots
}
