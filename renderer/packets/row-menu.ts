/**
 * What a right click on a packet's line offers, as in Wireshark: filters of its addresses, its session, and its words to take along.
 */
import type { PacketRow } from '../../shared/contract.ts'
import type { MenuEntry } from '../frame/menu.tsx'
import { applyFilter, usePackets } from '../state/packet-store.ts'
import { chooseSession } from '../state/session-store.ts'
import { visible } from '../text/visible.ts'
import { filtersOf, infoText } from './row-words.ts'

export function rowEntries(row: PacketRow): MenuEntry[] {
  const { source, destination, both } = filtersOf(row)
  const { applied } = usePackets.getState()
  const { session } = row
  const apply = (filter: string) => () => void applyFilter(filter)
  const copy = (text: string) => () => void navigator.clipboard?.writeText(text)
  const only = `mh.session == "${session}"`
  return [
    { label: 'Filter: this source', hint: source, disabled: source === '', run: apply(source) },
    { label: 'Filter: this destination', hint: destination, disabled: destination === '', run: apply(destination) },
    { label: 'Filter: between the two', disabled: both === '', run: apply(both) },
    { label: 'And with the current filter', disabled: both === '' || applied === '', run: apply(`(${applied}) and (${both})`) },
    { label: 'Filter: its session', hint: session === null ? 'in none' : only, disabled: session === null, run: apply(only) },
    { label: 'Show its session', disabled: session === null, run: () => void chooseSession(session!) },
    { label: 'Copy as filter', hint: `frame.number == ${row.frame}`, run: copy(`frame.number == ${row.frame}`) },
    { label: 'Copy line', run: copy(lineOf(row)) },
  ]
}

/** columns with tabs between them, as a spreadsheet takes them */
export function lineOf(row: PacketRow): string {
  const { frame, time, source, destination, protocol, length } = row
  const names = [row.interface, source, destination, protocol].map(visible)
  return [frame, time.toFixed(6), ...names, length, infoText(row)].join('\t')
}
