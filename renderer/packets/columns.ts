/**
 * Columns of the packet list: those it has from the start, and fields that a person put beside them. What each one shows of a packet, which filter a
 * value of it makes, and the tracks of the grid that the list is. Pure.
 */
import type { PacketRow } from '../../shared/contract.ts'
import { visible } from '../text/visible.ts'
import { filtersOf, infoText } from './row-words.ts'

export const BUILT_IN = ['number', 'time', 'interface', 'source', 'destination', 'protocol', 'length', 'info'] as const
export type BuiltIn = (typeof BUILT_IN)[number]

/** One that is built in, or a field by its filter name. */
export interface Column {
  id: BuiltIn | `field:${string}`
  /** pixels, where a person has chosen; else as wide as the list thinks right */
  width?: number
}

export const NARROWEST = 24
export const WIDEST = 2000

/** pixels at least, for a list that is wider than its window */
const LEAST: Record<BuiltIn, number> = {
  number: 40,
  time: 80,
  interface: 20,
  source: 90,
  destination: 90,
  protocol: 60,
  length: 50,
  info: 160,
}
const GAP = 10

export function fieldOf({ id }: Pick<Column, 'id'>): string | null {
  return id.startsWith('field:') ? id.slice(6) : null
}

/** what stands above it */
export function headOf(column: Pick<Column, 'id'>): string {
  const field = fieldOf(column)
  if (field !== null) return field
  return column.id === 'number' ? 'no.' : column.id === 'interface' ? 'if' : column.id
}

/** in sentences */
export function nameOf(column: Pick<Column, 'id'>): string {
  return column.id === 'number' ? 'frame number' : (fieldOf(column) ?? column.id)
}

export function alignsRight({ id }: Pick<Column, 'id'>): boolean {
  return id === 'number' || id === 'time' || id === 'length'
}

/** pixels of a field's column until someone chooses: as wide as its name, within bounds */
export function firstWidth(field: string): number {
  return Math.min(140, Math.max(64, Math.round(field.length * 6.6) + 12))
}

/** The grid's tracks: what has no width of its own follows the style sheet, which knows how wide the list is. */
export function tracksOf(columns: readonly Column[]): string {
  return columns
    .map((column) => {
      const field = fieldOf(column)
      const width = column.width ?? (field === null ? null : firstWidth(field))
      return width === null ? `var(--${column.id}-track)` : `${width}px`
    })
    .join(' ')
}

/** Pixels that the columns want together at least; null while they are those of the start, which fit themselves to any window. */
export function leastWidth(columns: readonly Column[]): number | null {
  if (columns.every((column) => column.width === undefined && fieldOf(column) === null)) return null
  return columns.reduce((sum, column) => {
    const field = fieldOf(column)
    return sum + GAP + (column.width ?? (field === null ? LEAST[column.id as BuiltIn] : firstWidth(field)))
  }, 18 - GAP)
}

/** `fields`: names of the list's field columns in the order that the engine was asked for them */
export function textOf({ id }: Pick<Column, 'id'>, row: PacketRow, fields: readonly string[]): string {
  switch (id) {
    case 'number':
      return String(row.frame)
    case 'time':
      return row.time.toFixed(6)
    case 'length':
      return String(row.length)
    case 'info':
      return infoText(row)
    case 'interface':
    case 'source':
    case 'destination':
    case 'protocol':
      return visible(row[id])
    default:
      return visible(row.values?.[fields.indexOf(id.slice(6))]?.text ?? '')
  }
}

/** A filter that selects packets with what stands in this cell; '' where there is none. */
export function cellFilter({ id }: Pick<Column, 'id'>, row: PacketRow, fields: readonly string[]): string {
  switch (id) {
    case 'number':
      return `frame.number == ${row.frame}`
    case 'length':
      return `frame.len == ${row.length}`
    case 'interface':
      // where the file names none, the number stands there
      if (row.device !== undefined) return `frame.interface_name == ${JSON.stringify(row.device)}`
      if (row.interface === '') return ''
      return /^\d+$/.test(row.interface)
        ? `frame.interface_id == ${row.interface}`
        : `frame.interface_name == ${JSON.stringify(row.interface)}`
    case 'source':
      return filtersOf(row).source
    case 'destination':
      return filtersOf(row).destination
    case 'protocol':
      return row.layer ?? ''
    case 'time':
    case 'info':
      return ''
    default:
      return row.values?.[fields.indexOf(id.slice(6))]?.filter ?? ''
  }
}
