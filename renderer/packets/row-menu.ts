/**
 * What a right click on a packet's line offers, as in Wireshark: filters of its addresses, its session, and its words to take along.
 */
import type { PacketRow } from '../../shared/contract.ts'
import type { MenuEntry } from '../frame/menu.tsx'
import { markFilter, markSelected, resetMarks, toggleMarks, useMarks } from '../state/mark-store.ts'
import { applyFilter, usePackets } from '../state/packet-store.ts'
import { chooseSession } from '../state/session-store.ts'
import { change } from '../state/view-store.ts'
import { count } from '../text/format.ts'
import { type Column, cellFilter, textOf } from './columns.ts'
import { combined, copyText, filterEntries } from './filter-menu.ts'
import { filtersOf, lineOf } from './row-words.ts'

/** `column`: what was pointed at; null: the packet as a whole. `fields`: those of the list's columns, in order */
export function rowEntries(row: PacketRow, column: Column | null = null, fields: readonly string[] = []): MenuEntry[] {
  const { source, destination, both } = filtersOf(row)
  const { applied } = usePackets.getState()
  const { session } = row
  const apply = (filter: string) => () => void applyFilter(filter)
  const only = `mh.session == "${session}"`
  const own = column === null ? `frame.number == ${row.frame}` : cellFilter(column, row, fields)
  const value = column === null ? '' : textOf(column, row, fields)
  const { marked } = useMarks.getState()
  const { anchor, frame } = usePackets.getState()
  // a packet of what is selected stands for all of it
  const several = anchor !== null && frame !== null && anchor !== frame
  return [
    ...(own === '' || column === null ? [] : filterEntries(own)),
    { label: 'Filter: this source', hint: source, disabled: source === '', run: apply(source), apart: own !== '' && column !== null },
    { label: 'Filter: this destination', hint: destination, disabled: destination === '', run: apply(destination) },
    { label: 'Filter: between the two', disabled: both === '', run: apply(both) },
    { label: 'And with the current filter', disabled: both === '' || applied === '', run: apply(combined(applied, both, 'and')) },
    { label: 'Filter: its session', hint: session === null ? 'in none' : only, disabled: session === null, run: apply(only) },
    { label: 'Show its session', disabled: session === null, run: () => void chooseSession(session!) },
    ...(value === '' ? [] : [{ label: 'Copy value', hint: value, run: copyText(value), apart: true }]),
    { label: 'Copy as filter', hint: own, disabled: own === '', run: copyText(own), apart: value === '' },
    { label: 'Copy line', run: copyText(lineOf(row)) },
    {
      label: several ? 'Mark or unmark the selected' : marked.has(row.frame) ? 'Unmark' : 'Mark',
      hint: 'Ctrl+M',
      run: () => (several ? void markSelected() : toggleMarks([row.frame])),
      apart: true,
    },
    ...(marked.size === 0
      ? []
      : [
          { label: 'Filter: marked packets', hint: count(marked.size), run: apply(markFilter(marked)) },
          { label: 'Unmark all', run: resetMarks },
        ]),
    { label: 'Save packets…', hint: 'Ctrl+S', run: () => change({ saving: true }), apart: true },
  ]
}
