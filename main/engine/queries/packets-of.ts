/** Packets of a capture for an export: those of a session, of a filter's rows, of frames, or all; read in file order, a window at a time. */
import { epochNanoseconds } from '../../../shared/epoch.ts'
import type { FrameRange } from '../../../shared/frame-ranges.ts'
import type { SessionBrief } from '../../analysis/types.ts'
import type { ExportedPacket } from '../../export/session-pcapng.ts'
import type { WrittenInterface } from '../../files/writer.ts'
import type { Capture } from '../open.ts'
import { Redissector } from '../redissect.ts'

const READ_AHEAD = 1024 * 1024

/** Whether packets of a flow are of a session: asked packet by packet where several sessions had it, or carried it. */
const enum Of {
  Unknown,
  Yes,
  No,
  Asked,
}

/** Rows of a session; all rows when it is null; only those of `rows` when given, and only of `frames`, in order, when given. */
export function rowsOf(
  capture: Capture,
  session: SessionBrief | null,
  rows: Uint32Array | null,
  frames: readonly FrameRange[] | null = null,
): Uint32Array {
  const { index, state } = capture
  const { analyzer } = capture
  // by flow: is every packet of it the session's
  const wanted = new Uint8Array(state.flows.count)
  const isOf = (row: number, number: number): boolean => {
    const flow = index.flow(row)
    if (flow < 0) return false
    if (wanted[flow] === Of.Unknown && !analyzer.whose.fixed(flow)) wanted[flow] = Of.Asked
    if (wanted[flow] === Of.Yes || wanted[flow] === Of.No) return wanted[flow] === Of.Yes
    const is = analyzer.sessionsOfPacket(flow, index.direction(row), index.time(row), index.rowFlags(row)).includes(number)
    if (wanted[flow] === Of.Unknown) wanted[flow] = is ? Of.Yes : Of.No
    return is
  }
  const count = rows === null ? index.rows : rows.length
  // four bytes a packet that may be wanted, and no list of numbers that costs eight and grows
  const found = new Uint32Array(count)
  let many = 0
  let range = 0
  for (let at = 0; at < count; at++) {
    const row = rows === null ? at : (rows[at] as number)
    if (frames !== null) {
      while (range < frames.length && (frames[range] as FrameRange)[1] <= row) range++
      if (range === frames.length) break
      if ((frames[range] as FrameRange)[0] > row + 1) continue
    }
    if (session !== null && !isOf(row, session.number)) continue
    found[many++] = row
  }
  return many === count ? found : found.slice(0, many)
}

/** `unreadable` hears of packets whose bytes cannot be read any more: the file was cut or removed since. */
export function* exportedPackets(capture: Capture, rows: Uint32Array, unreadable: () => void = () => {}): Generator<ExportedPacket> {
  const reader = new Redissector(capture, READ_AHEAD)
  const { index, interfaces, base, comments } = capture
  for (const row of rows) {
    const bytes = reader.bytes(row)
    if (bytes === null) {
      unreadable()
      continue
    }
    const iface = index.interface(row)
    yield {
      frame: row + 1,
      epochNanoseconds: epochNanoseconds(base, index.time(row), interfaces[iface]?.facts.ticksPerSecond ?? 0n),
      interface: iface,
      wire: index.wire(row),
      bytes,
      comments: comments.get(row),
    }
  }
}

export function writtenInterfaces(capture: Capture): WrittenInterface[] {
  return Array.from(capture.interfaces, (iface): WrittenInterface => iface?.facts ?? { linkType: 1 })
}
