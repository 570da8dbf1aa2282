/**
 * A packet's line in words: what stands before and after its info, and the filters its addresses make. Pure; a few strings a row that is shown.
 */
import type { PacketRow } from '../../shared/contract.ts'
import { visible } from '../text/visible.ts'

const STOPS: Record<string, string> = { cut: 'cut short by the capture', malformed: 'malformed', limit: 'dissection limit reached' }

/** a remark as long as that would push the info out of sight; it follows it */
const SHORT = 32

export interface InfoWords {
  /** where the dissection ended, when the info does not say so itself; '' else */
  stop: string
  before: string
  info: string
  after: string
}

export function infoWords({ stop, info, notes }: Pick<PacketRow, 'stop' | 'info' | 'notes'>): InfoWords {
  const remarks = (wanted: (note: string) => boolean) => visible(notes.filter(wanted).join('; '))
  return {
    stop: info.includes(`[${stop}: `) ? '' : (STOPS[stop] ?? ''),
    before: remarks((note) => note.length <= SHORT),
    info: visible(info),
    after: remarks((note) => note.length > SHORT),
  }
}

/** all of it on one line, for the pointer and the clipboard */
export function infoText(row: Pick<PacketRow, 'stop' | 'info' | 'notes' | 'rehoming'>): string {
  const { stop, before, info, after } = infoWords(row)
  const marked = [stop, before].filter((part) => part !== '').map((part) => `[${part}]`)
  const moved = row.rehoming ? [`\u25c2 rehoming ${visible(row.rehoming)} \u00b7`] : []
  return [...moved, ...marked, info, after === '' ? '' : `[${after}]`].filter((part) => part !== '').join(' ')
}

/** columns with tabs between them, as a spreadsheet takes them */
export function lineOf(row: PacketRow): string {
  const { frame, time, source, destination, protocol, length } = row
  const names = [row.interface, source, destination, protocol].map(visible)
  return [frame, time.toFixed(6), ...names, length, infoText(row)].join('\t')
}

/** protocol whose fields hold an address that is written so; null for what is none */
export function addressProtocol(text: string): 'eth' | 'ipv6' | 'ip' | null {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) return 'eth'
  if (/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text)) return 'ipv6'
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? 'ip' : null
}

export interface RowFilters {
  source: string
  destination: string
  /** what goes either way between the two */
  both: string
}

/** '' where an address is none */
export function filtersOf({ source, destination }: Pick<PacketRow, 'source' | 'destination'>): RowFilters {
  const one = addressProtocol(source)
  const other = addressProtocol(destination)
  return {
    source: one === null ? '' : `${one}.src == ${source}`,
    destination: other === null ? '' : `${other}.dst == ${destination}`,
    both: one === null || one !== other ? '' : `${one}.addr == ${source} and ${one}.addr == ${destination}`,
  }
}
