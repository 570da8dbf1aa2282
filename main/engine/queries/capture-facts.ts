/** What the report says of each file: times, interfaces, damage. One scan of the index columns. */

import { Stop } from '../../../dissectors/core/walk.ts'
import type { CaptureReport } from '../../../shared/report.ts'
import { interfaceName } from '../../files/interface-name.ts'
import { Flag, FlagShift, NO_PROTOCOL } from '../index.ts'
import { linkTypeName } from '../link-types.ts'
import { type Capture, epochSeconds } from '../open.ts'
import { protocolColumn } from '../packet-line.ts'

export function captureReports(capture: Capture): CaptureReport[] {
  const rows = capture.index.rows
  return capture.files.map((file, number) => {
    const next = capture.files[number + 1]?.firstRow ?? rows
    const { first, last, malformed, protocols } = scan(capture, file.firstRow, Math.min(next, rows))
    const { facts } = file
    return {
      path: file.path,
      format: facts.format,
      packets: Math.max(0, Math.min(next, rows) - file.firstRow),
      bytes: facts.bytesTotal,
      zero: epochSeconds(capture, 0),
      start: first === null ? null : epochSeconds(capture, first),
      end: last === null ? null : epochSeconds(capture, last),
      interfaces: facts.interfaces.map((iface) => ({
        id: iface.id,
        name: interfaceName(iface),
        linkType: linkTypeName(iface.linkType),
        packets: iface.packets,
        dropped: iface.dropped,
      })),
      protocols,
      truncated: facts.truncated,
      malformedPackets: malformed,
      warnings: number === 0 && capture.files.length === 1 ? [...capture.warnings] : [...facts.warnings],
    }
  })
}

function scan(
  capture: Capture,
  from: number,
  to: number,
): { first: number | null; last: number | null; malformed: number; protocols: { name: string; packets: number }[] } {
  const counts = new Uint32Array(256)
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  let malformed = 0
  capture.index.scan(from, to, ({ time, flags, protocol }, _row, begin, end) => {
    for (let i = begin; i < end; i++) {
      const p = protocol[i] as number
      counts[p] = (counts[p] as number) + 1
      const t = time[i] as number
      if (t < first) first = t
      if (t > last) last = t
      if (((flags[i] as number) & Flag.StopMask) === Stop.Malformed << FlagShift.Stop) malformed++
    }
    return undefined
  })
  const protocols = named(counts)
  return to > from ? { first, last, malformed, protocols } : { first: null, last: null, malformed, protocols }
}

/** Packets by the column name of their innermost protocol, most first; several protocols may share a name. */
function named(counts: Uint32Array): { name: string; packets: number }[] {
  const sums = new Map<string, number>()
  counts.forEach((packets, protocol) => {
    if (packets === 0) return
    const name = protocol === NO_PROTOCOL ? 'unknown' : protocolColumn(protocol)
    sums.set(name, (sums.get(name) ?? 0) + packets)
  })
  return [...sums].map(([name, packets]) => ({ name, packets })).sort((a, b) => b.packets - a.packets)
}
