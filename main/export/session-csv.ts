/**
 * A session's timeline as CSV (RFC 4180, UTF-8, CRLF): one row an event, times absolute and relative, frames blank-separated.
 * Cells that a spreadsheet would run as formulas are neutralised. Cost: one string a row.
 */
import { csvCell } from './escape.ts'
import { type SessionExport, timeZero } from './session-export.ts'
import { isoTime } from './words.ts'

const columns = [
  'session',
  'protocol',
  'time',
  'epoch_seconds',
  'seconds',
  'kind',
  'direction',
  'initiator',
  'initiator_port',
  'responder',
  'responder_port',
  'interface',
  'frames',
  'detail',
] as const

export function sessionCsv(data: SessionExport): string {
  const zero = timeZero(data)
  const { session } = data
  const lines = [columns.join(',')]
  for (const entry of session.timeline) {
    const { pair } = entry
    lines.push(
      [
        session.id,
        session.protocol,
        isoTime(entry.t),
        // microseconds, and no rounding noise of the subtraction
        Number(entry.t.toFixed(6)),
        Number((entry.t - zero).toFixed(6)),
        entry.kind,
        entry.direction,
        pair?.initiator,
        pair?.initiatorPort,
        pair?.responder,
        pair?.responderPort,
        pair?.interface,
        entry.frames.join(' '),
        entry.detail,
      ]
        .map(csvCell)
        .join(','),
    )
  }
  return `${lines.join('\r\n')}\r\n`
}
