/**
 * Which columns the packet list has, in what order and how wide. The browser remembers them, as everything that a person chose for the window;
 * what it remembers is data from outside, and looked at before it is used.
 */
import { create } from 'zustand'
import { MOST_COLUMNS } from '../../shared/most-columns.ts'
import { BUILT_IN, type BuiltIn, type Column, fieldOf, NARROWEST, WIDEST } from '../packets/columns.ts'
import { rowPages, wantColumns } from './packet-store.ts'

const KEY = 'rehome.columns'

const STANDARD: readonly Column[] = BUILT_IN.map((id) => ({ id }))

export function recallColumns(text: string | null): Column[] {
  let kept: unknown = null
  try {
    kept = JSON.parse(text ?? 'null')
  } catch {
    // a spoilt memory is no memory
  }
  if (!Array.isArray(kept)) return [...STANDARD]
  const columns: Column[] = []
  for (const entry of kept.slice(0, 64)) {
    const { id, width } = (entry ?? {}) as { id?: unknown; width?: unknown }
    if (typeof id !== 'string' || columns.some((column) => column.id === id)) continue
    const known = (BUILT_IN as readonly string[]).includes(id)
    if (!known && !/^field:[\w.-]{1,190}$/.test(id)) continue
    if (!known && fieldsOf(columns).length >= MOST_COLUMNS) continue
    const sized =
      typeof width === 'number' && Number.isFinite(width) ? { width: Math.round(Math.min(WIDEST, Math.max(NARROWEST, width))) } : {}
    columns.push({ id: id as Column['id'], ...sized })
  }
  return columns.length > 0 ? columns : [...STANDARD]
}

function stored(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null
  } catch {
    return null
  }
}

export const useColumns = create<{ columns: readonly Column[] }>(() => ({ columns: recallColumns(stored()) }))

/** names of the fields that the engine is asked for, in order */
export function fieldsOf(columns: readonly Column[] = useColumns.getState().columns): string[] {
  return columns.flatMap((column) => fieldOf(column) ?? [])
}

wantColumns(fieldsOf)

function become(columns: readonly Column[]): void {
  const before = fieldsOf().join(' ')
  useColumns.setState({ columns })
  try {
    localStorage.setItem(KEY, JSON.stringify(columns))
  } catch {
    // kept for this window only
  }
  // values come with the rows, in the order of the columns
  if (fieldsOf().join(' ') !== before) rowPages.drop(rowPages.total())
}

export function isStandard(columns: readonly Column[]): boolean {
  return JSON.stringify(columns) === JSON.stringify(STANDARD)
}

export function hasRoom(columns: readonly Column[] = useColumns.getState().columns): boolean {
  return fieldsOf(columns).length < MOST_COLUMNS
}

/** A field stands before the info, which takes what is left; a built-in one goes back to its place among the others. */
export function showColumn(id: Column['id']): void {
  const { columns } = useColumns.getState()
  if (columns.some((column) => column.id === id)) return
  const field = fieldOf({ id })
  if (field !== null && !hasRoom(columns)) return
  const rank = field === null ? BUILT_IN.indexOf(id as BuiltIn) : BUILT_IN.indexOf('info')
  const after = columns.findIndex((column) => fieldOf(column) === null && BUILT_IN.indexOf(column.id as BuiltIn) >= rank)
  const at = after < 0 ? columns.length : after
  become([...columns.slice(0, at), { id }, ...columns.slice(at)])
}

/** One column always stays. */
export function removeColumn(id: Column['id']): void {
  const { columns } = useColumns.getState()
  if (columns.length > 1) become(columns.filter((column) => column.id !== id))
}

/** `to`: its place afterwards */
export function moveColumn(id: Column['id'], to: number): void {
  const { columns } = useColumns.getState()
  const from = columns.findIndex((column) => column.id === id)
  const moved = columns[from]
  if (moved === undefined || to < 0 || to >= columns.length || to === from) return
  const others = columns.filter((column) => column.id !== id)
  become([...others.slice(0, to), moved, ...others.slice(to)])
}

/** undefined: as wide as the list thinks right */
export function sizeColumn(id: Column['id'], width: number | undefined): void {
  const { columns } = useColumns.getState()
  const sized = width === undefined ? {} : { width: Math.round(Math.min(WIDEST, Math.max(NARROWEST, width))) }
  become(columns.map((column) => (column.id === id ? { id, ...sized } : column)))
}

export function resetColumns(): void {
  become([...STANDARD])
}
