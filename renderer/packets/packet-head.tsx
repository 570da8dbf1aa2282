/**
 * The line of column names: widths are dragged at its edges, fitted by a double click, and changed by keys. It is one stop of the Tab key;
 * arrows go from name to name. A menu removes, moves and brings back.
 */

// biome-ignore-all lint/a11y/useSemanticElements: a virtual list is no table element
// biome-ignore-all lint/a11y/useFocusableInteractive: the names in the line are what has the focus
// biome-ignore-all lint/a11y/noNoninteractiveElementInteractions: column names take keys
import { useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { PacketRow } from '../../shared/contract.ts'
import { Menu, type MenuEntry } from '../frame/menu.tsx'
import { isStandard, moveColumn, removeColumn, resetColumns, showColumn, sizeColumn, useColumns } from '../state/column-store.ts'
import { BUILT_IN, type Column, headOf, nameOf, textOf } from './columns.ts'
import { cellClass } from './packet-row.tsx'

const STEP = 8
/** pixels that a name is pulled before it is carried to another place */
const CARRY = 6
/** pixels of a cell that are no text */
const AROUND = 4
/** as long as the longest info may be is no width for a column */
const WIDEST_FIT = 900

interface HeadProps {
  columns: readonly Column[]
  tracks: string
  fields: readonly string[]
  /** packets on screen, whose texts a column is fitted to */
  rows(): PacketRow[]
}

export function PacketHead({ columns, tracks, fields, rows }: HeadProps) {
  const line = useRef<HTMLDivElement>(null)
  const drag = useRef<{ id: Column['id']; x: number; width: number } | null>(null)
  const lift = useRef<{ column: Column; x: number } | null>(null)
  /** the column that is being carried, and the place it would get */
  const [carried, setCarried] = useState<{ id: Column['id']; to: number } | null>(null)
  const [menu, setMenu] = useState<{ x: number; y: number; column: Column } | null>(null)
  /** where the Tab key stops */
  const [stop, setStop] = useState(0)
  const at = Math.min(stop, columns.length - 1)

  const cellOf = (id: Column['id']): HTMLElement | null => line.current?.querySelector(`[data-column="${CSS.escape(id)}"]`) ?? null
  const widthOf = (id: Column['id']): number => cellOf(id)?.getBoundingClientRect().width ?? 0
  const focus = (index: number) => {
    setStop(index)
    // as they are now: one may just have gone
    const next = useColumns.getState().columns[index]
    if (next) cellOf(next.id)?.focus()
  }
  /** a narrow list hides some, which cannot have the focus */
  const nextShown = (from: number, by: number): number => {
    for (let index = from; index >= 0 && index < columns.length; index += by)
      if ((cellOf((columns[index] as Column).id)?.offsetWidth ?? 0) > 0) return index
    return at
  }
  const fitTo = (column: Column) => {
    const cell = cellOf(column.id)
    if (cell !== null) sizeColumn(column.id, fittedWidth([headOf(column), ...rows().map((row) => textOf(column, row, fields))], cell))
  }
  const move = (column: Column, to: number) => {
    if (to < 0 || to >= columns.length) return
    // drawn at once: the next key may come before the next frame, and an element that moves loses the focus
    flushSync(() => moveColumn(column.id, to))
    focus(to)
  }
  const remove = (column: Column) => {
    flushSync(() => removeColumn(column.id))
    focus(Math.min(at, columns.length - 2))
  }

  /** place of the column that this point of the window is over; the last one beyond them all */
  const placeAt = (x: number): number => {
    const cells = columns.map(({ id }) => cellOf(id)?.getBoundingClientRect())
    const over = cells.findIndex((box) => box !== undefined && box.width > 0 && x < box.right)
    return over < 0 ? columns.length - 1 : over
  }
  const carry = {
    onPointerMove(event: React.PointerEvent) {
      const from = lift.current
      if (from === null || (carried === null && Math.abs(event.clientX - from.x) < CARRY)) return
      event.currentTarget.setPointerCapture(event.pointerId)
      setCarried({ id: from.column.id, to: placeAt(event.clientX) })
    },
    onPointerUp() {
      if (lift.current !== null && carried !== null) move(lift.current.column, carried.to)
      lift.current = null
      setCarried(null)
    },
    onPointerCancel() {
      lift.current = null
      setCarried(null)
    },
  }

  const keys = (event: React.KeyboardEvent, column: Column, index: number) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    if (by !== 0 && event.shiftKey) sizeColumn(column.id, widthOf(column.id) + by * STEP)
    else if (by !== 0 && event.altKey) move(column, index + by)
    else if (by !== 0) focus(nextShown(index + by, by))
    else if (event.key === 'Home') focus(nextShown(0, 1))
    else if (event.key === 'End') focus(nextShown(columns.length - 1, -1))
    else if (event.key === 'Enter' || event.key === ' ') fitTo(column)
    else if (event.key === 'Delete') remove(column)
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const place = event.currentTarget.getBoundingClientRect()
      setMenu({ x: place.left, y: place.bottom, column })
    } else if (event.key === 'ArrowDown' || event.key === 'Escape') document.getElementById('packet-list')?.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className="packet-row packet-columns" role="row" aria-rowindex={1} ref={line} style={{ gridTemplateColumns: tracks }}>
      {columns.map((column, index) => (
        <span
          key={column.id}
          role="columnheader"
          data-column={column.id}
          tabIndex={index === at ? 0 : -1}
          aria-label={nameOf(column)}
          aria-description="Shift and arrows change the width, Enter fits it, Alt and arrows move the column, Delete removes it"
          title={`${nameOf(column)}\nDrag it to another place, or its edge for its width; double click on the edge fits; right click for more`}
          className={`${cellClass(column)}${carried?.id === column.id ? ' carried' : carried?.to === index ? ' target' : ''}`}
          onPointerDown={(event) => {
            // its edge sizes it
            if (event.button === 0 && !(event.target as HTMLElement).classList.contains('column-edge'))
              lift.current = { column, x: event.clientX }
          }}
          {...carry}
          onFocus={() => setStop(index)}
          onKeyDown={(event) => keys(event, column, index)}
          onContextMenu={(event) => {
            event.preventDefault()
            setMenu({ x: event.clientX, y: event.clientY, column })
          }}
        >
          <span className="column-name">{headOf(column)}</span>
          <i
            className="column-edge"
            aria-hidden="true"
            onPointerDown={(event) => {
              if (event.button !== 0) return
              event.preventDefault()
              event.currentTarget.setPointerCapture(event.pointerId)
              drag.current = { id: column.id, x: event.clientX, width: widthOf(column.id) }
            }}
            onPointerMove={(event) => {
              const from = drag.current
              event.stopPropagation()
              if (from) sizeColumn(from.id, from.width + event.clientX - from.x)
            }}
            onPointerUp={() => {
              drag.current = null
            }}
            onPointerCancel={() => {
              drag.current = null
            }}
            onDoubleClick={() => fitTo(column)}
          />
        </span>
      ))}
      {menu && (
        <Menu
          x={menu.x}
          y={menu.y}
          label={`Column ${nameOf(menu.column)}`}
          entries={headEntries(columns, menu.column, { fitTo, move, remove })}
          onClose={() => setMenu(null)}
        />
      )}
    </div>
  )
}

interface Deeds {
  fitTo(column: Column): void
  move(column: Column, to: number): void
  remove(column: Column): void
}

export function headEntries(columns: readonly Column[], column: Column, { fitTo, move, remove }: Deeds): MenuEntry[] {
  const at = columns.findIndex(({ id }) => id === column.id)
  const missing = BUILT_IN.filter((id) => !columns.some((other) => other.id === id))
  return [
    { label: 'Fit to its content', hint: 'Enter', run: () => fitTo(column) },
    { label: 'Automatic width', disabled: column.width === undefined, run: () => sizeColumn(column.id, undefined) },
    { label: 'Move left', hint: 'Alt+←', apart: true, disabled: at <= 0, run: () => move(column, at - 1) },
    { label: 'Move right', hint: 'Alt+→', disabled: at >= columns.length - 1, run: () => move(column, at + 1) },
    { label: 'Remove', hint: 'Delete', disabled: columns.length === 1, run: () => remove(column) },
    ...missing.map((id, index): MenuEntry => ({ label: `Show ${nameOf({ id })}`, apart: index === 0, run: () => showColumn(id) })),
    { label: 'Columns as they were at first', apart: true, disabled: isStandard(columns), run: resetColumns },
  ]
}

/** as wide as the longest of the texts, in the type of the cell */
function fittedWidth(texts: readonly string[], cell: HTMLElement): number {
  const pen = document.createElement('canvas').getContext('2d')
  if (pen === null) return cell.getBoundingClientRect().width
  const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(cell)
  pen.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`
  const longest = texts.reduce((most, text) => Math.max(most, pen.measureText(text).width), 0)
  return Math.ceil(Math.min(WIDEST_FIT, longest)) + AROUND
}
