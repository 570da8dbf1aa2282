/** The packet list's window: the asked rows walked again for their texts. At most 500 a call, some 10 µs each. */
import { allProtocols } from '../../../dissectors/core/fields.ts'
import type { PacketRow } from '../../../shared/contract.ts'
import type { IndexColumns } from '../index-columns.ts'
import type { Capture } from '../open.ts'
import { packetLine, STOP_WORDS } from '../packet-line.ts'
import type { Redissector } from '../redissect.ts'
import { type FieldColumn, fieldValues } from './field-values.ts'

/** `rows` null: all packets. */
export function rowWindow(
  capture: Capture,
  redissector: Redissector,
  columns: IndexColumns,
  rows: Uint32Array | null,
  from: number,
  count: number,
  fields: readonly FieldColumn[] = [],
): { total: number; rows: PacketRow[] } {
  const total = rows === null ? capture.index.rows : rows.length
  const window: PacketRow[] = []
  for (let position = from; position < Math.min(total, from + count); position++) {
    const row = rows === null ? position : (rows[position] as number)
    window.push(packetRow(capture, redissector, columns, row, position, fields))
  }
  return { total, rows: window }
}

/** Walks the packet; the redissector's recorder holds its fields afterwards. */
export function packetRow(
  capture: Capture,
  redissector: Redissector,
  columns: IndexColumns,
  row: number,
  position: number,
  fields: readonly FieldColumn[] = [],
): PacketRow {
  const { index, interfaces } = capture
  const readable = redissector.dissect(row)
  const line = readable
    ? packetLine(redissector.walk, redissector.frame)
    : {
        source: '',
        destination: '',
        protocol: '',
        info: 'the bytes of this packet cannot be read from the file any more',
        stop: STOP_WORDS[index.stop(row)] ?? '',
      }
  const { label = '', facts } = interfaces[index.interface(row)] ?? {}
  const device = facts?.name ?? null
  return {
    index: position,
    frame: row + 1,
    time: index.time(row) / 1e9,
    interface: label,
    ...(device === null || device === label ? {} : { device }),
    ...line,
    layer: readable ? (allProtocols()[redissector.walk.protocol]?.name ?? '') : '',
    notes: readable ? redissector.notes : [],
    length: index.wire(row),
    session: columns.sessions(row)[0] ?? null,
    rehoming: columns.decided(row),
    ...(readable && fields.length > 0 ? { values: fieldValues(fields, redissector.recorder, columns, row) } : {}),
  }
}

/** Position of a frame in the list, or of the nearest after it; the last position when none follows, -1 in an empty list. */
export function positionOf(capture: Capture, rows: Uint32Array | null, frame: number): number {
  const row = frame - 1
  if (rows === null) return Math.min(row, capture.index.rows - 1)
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle] as number) < row) low = middle + 1
    else high = middle
  }
  return Math.min(low, rows.length - 1)
}
