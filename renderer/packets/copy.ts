/** What is selected in the packet list, taken along: as lines for a spreadsheet, or as a filter that finds the same packets. */
import { framesText, MOST_MARKS, markFilter, selectedRows } from '../state/mark-store.ts'
import { usePackets } from '../state/packet-store.ts'
import { plural } from '../text/format.ts'
import { copyText } from './filter-menu.ts'
import { lineOf } from './row-words.ts'

const MOST_LINES = 10_000

export async function copySelectedLines(): Promise<void> {
  const rows = await selectedRows(MOST_LINES + 1)
  if (rows.length === 0) return
  copyText(rows.slice(0, MOST_LINES).map(lineOf).join('\n'))()
  if (rows.length > 1)
    usePackets.setState({
      notice: rows.length > MOST_LINES ? `The first ${plural(MOST_LINES, 'line')} copied.` : `${plural(rows.length, 'line')} copied.`,
    })
}

export async function copySelectedFilter(): Promise<void> {
  const frames = (await selectedRows(MOST_MARKS)).map((row) => row.frame)
  if (frames.length > 0) copyText(frames.length === 1 ? `frame.number == ${framesText(frames)}` : markFilter(frames))()
}
