/**
 * One line of the packet list: a slot that keeps its element while packet and columns change.
 */

// biome-ignore-all lint/a11y/useFocusableInteractive: the grid itself has the focus, its rows are pointed at
// biome-ignore-all lint/a11y/useSemanticElements: a virtual list is no table element
import { memo } from 'react'
import type { PacketRow } from '../../shared/contract.ts'
import { selectRow } from '../state/packet-store.ts'
import { Middle } from '../text/middle.tsx'
import { visible } from '../text/visible.ts'
import { alignsRight, type Column, textOf } from './columns.ts'
import { infoText, infoWords } from './row-words.ts'

interface RowProps {
  index: number
  y: number
  row: PacketRow | undefined
  chosen: boolean
  exact: boolean
  inSession: boolean
  /** between the chosen one and the other end of what is selected */
  inRange: boolean
  marked: boolean
  columns: readonly Column[]
  fields: readonly string[]
  tracks: string
  onMenu(row: PacketRow, column: Column | null, x: number, y: number): void
}

export const Row = memo(function Row(props: RowProps) {
  const { index, y, row, chosen, exact, inSession, inRange, marked, columns, fields, tracks, onMenu } = props
  const style = { transform: `translateY(${y}px)`, gridTemplateColumns: tracks }
  if (!row) {
    return (
      <div className="packet-row waiting" role="row" id={`packet-row-${index}`} aria-rowindex={index + 2} aria-busy="true" style={style}>
        <span role="gridcell" className="right">
          …
        </span>
      </div>
    )
  }
  const name = [
    'packet-row',
    chosen ? 'chosen' : inRange ? 'in-range' : '',
    row.stop ? `stop-${row.stop}` : '',
    row.rehoming ? 'decides' : '',
    inSession ? 'of-session' : '',
    marked ? 'marked' : '',
  ]
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the grid
    <div
      className={name.join(' ')}
      role="row"
      id={`packet-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={chosen || inRange}
      aria-description={marked ? 'marked' : undefined}
      style={style}
      onClick={(event) => selectRow(index, row, event.shiftKey)}
      onMouseDown={(event) => {
        // Shift would select text up to here
        if (event.shiftKey) {
          event.preventDefault()
          document.getElementById('packet-list')?.focus()
        }
      }}
      onContextMenu={(event) => {
        event.preventDefault()
        // a packet of what is selected leaves the others selected
        if (!inRange) selectRow(index, row)
        const cell = (event.target as HTMLElement).closest<HTMLElement>('[role=gridcell]')
        const at = cell === null ? -1 : [...event.currentTarget.children].indexOf(cell)
        onMenu(row, columns[at] ?? null, event.clientX, event.clientY)
      }}
      title={chosen && !exact ? 'The frame looked for is not in this list; this is the next one' : undefined}
    >
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} fields={fields} />
      ))}
    </div>
  )
})

function Cell({ column, row, fields }: { column: Column; row: PacketRow; fields: readonly string[] }) {
  const { id } = column
  if (id === 'info') return <Info row={row} />
  if (id === 'source' || id === 'destination')
    return (
      <span role="gridcell" className={`packet-address ${cellClass(column)}`}>
        <Middle text={row[id]} />
      </span>
    )
  const text = textOf(column, row, fields)
  const short = id === 'number' || id === 'time' || id === 'length' || id === 'protocol'
  return (
    <span role="gridcell" className={cellClass(column)} title={short || text === '' ? undefined : text}>
      {text}
    </span>
  )
}

function Info({ row }: { row: PacketRow }) {
  const { stop, before, info, after } = infoWords(row)
  return (
    <span role="gridcell" title={infoText(row)}>
      {row.rehoming && <b className="decides-mark">◂ rehoming {visible(row.rehoming)} · </b>}
      {stop && <b className="stop-mark">[{stop}] </b>}
      {before && <span className="note-mark">[{before}] </span>}
      {info}
      {after && <span className="note-mark"> [{after}]</span>}
    </span>
  )
}

/** The style sheet hides some columns where the list is narrow, but none that a person gave a width. */
export function cellClass(column: Column): string {
  const kind = column.id.startsWith('field:') ? 'of-field' : `of-${column.id}`
  return `${kind}${column.width === undefined ? '' : ' sized'}${alignsRight(column) ? ' right' : ''}`
}
