/** Packets of a capture for a pcapng export: those of a session, of a filter's rows, or all; read in file order, a window at a time. */
import { epochNanoseconds } from '../../../shared/epoch.ts'
import type { SessionBrief } from '../../analysis/types.ts'
import type { ExportedPacket } from '../../export/session-pcapng.ts'
import type { WrittenInterface } from '../../files/writer.ts'
import type { Capture } from '../open.ts'
import { Redissector } from '../redissect.ts'
import { sharedFlows } from './flow-lanes.ts'

const READ_AHEAD = 1024 * 1024

/** Rows of a session; all rows when it is null; only those of `rows` when given. */
export function rowsOf(capture: Capture, session: SessionBrief | null, rows: Uint32Array | null): Uint32Array {
  const { index, state } = capture
  const wanted = new Uint8Array(state.flows.count)
  for (const flow of session?.flows ?? []) wanted[flow] = 1
  const shared = sharedFlows(capture, session?.flows ?? [])
  const found: number[] = []
  const consider = (row: number): void => {
    if (session === null) {
      found.push(row)
      return
    }
    const flow = index.flow(row)
    if (flow < 0 || wanted[flow] !== 1) return
    if (shared?.[flow] !== 1 || capture.analyzer.sessionOfFlow(flow, index.time(row)) === session.number) found.push(row)
  }
  if (rows === null) for (let row = 0; row < index.rows; row++) consider(row)
  else for (const row of rows) consider(row)
  return Uint32Array.from(found)
}

export function* exportedPackets(capture: Capture, rows: Uint32Array): Generator<ExportedPacket> {
  const reader = new Redissector(capture, READ_AHEAD)
  const { index, interfaces, base, comments } = capture
  for (const row of rows) {
    const bytes = reader.bytes(row)
    if (bytes === null) continue
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
