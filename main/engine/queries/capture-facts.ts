/** What the report says of each file: times, interfaces, damage. One scan of the index columns. */
import { Stop } from '../../../dissectors/core/walk.ts'
import type { CaptureReport } from '../../../shared/report.ts'
import { Flag, FlagShift } from '../index.ts'
import { linkTypeName } from '../link-types.ts'
import { type Capture, epochSeconds } from '../open.ts'

export function captureReports(capture: Capture): CaptureReport[] {
  const rows = capture.index.rows
  return capture.files.map((file, number) => {
    const next = capture.files[number + 1]?.firstRow ?? rows
    const { first, last, malformed } = scan(capture, file.firstRow, Math.min(next, rows))
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
        name: iface.name,
        linkType: linkTypeName(iface.linkType),
        packets: iface.packets,
        dropped: iface.dropped,
      })),
      truncated: facts.truncated,
      malformedPackets: malformed,
      warnings: number === 0 && capture.files.length === 1 ? [...capture.warnings] : [...facts.warnings],
    }
  })
}

function scan(capture: Capture, from: number, to: number): { first: number | null; last: number | null; malformed: number } {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  let malformed = 0
  capture.index.scan(from, to, ({ time, flags }, _row, begin, end) => {
    for (let i = begin; i < end; i++) {
      const t = time[i] as number
      if (t < first) first = t
      if (t > last) last = t
      if (((flags[i] as number) & Flag.StopMask) === Stop.Malformed << FlagShift.Stop) malformed++
    }
    return undefined
  })
  return to > from ? { first, last, malformed } : { first: null, last: null, malformed }
}
