/** One session as a file: its part of the report in the asked format, or its packets with rehomings and findings as comments. */
import type { Answers } from '../../../shared/contract.ts'
import type { SessionReport } from '../../../shared/report.ts'
import { sessionCsv } from '../../export/session-csv.ts'
import type { SessionExport } from '../../export/session-export.ts'
import { sessionHtml } from '../../export/session-html.ts'
import { sessionJson } from '../../export/session-json.ts'
import { sessionPcapng } from '../../export/session-pcapng.ts'
import { sessionSvg } from '../../export/session-svg.ts'
import { VERSION } from '../../version.ts'
import { ContractFailure } from '../failure.ts'
import type { Capture } from '../open.ts'
import { captureReports } from './capture-facts.ts'
import { exportedPackets, rowsOf, writtenInterfaces } from './packets-of.ts'
import { briefById, sessionDetail } from './sessions.ts'
import { timelineSlice } from './timeline.ts'

export const GENERATOR = { name: 'rehome', version: VERSION }
/** A session's packets travel in one answer: larger ones are saved in pieces (saving.ts). */
const MAX_PACKET_BYTES = 256 * 1024 * 1024

/** `pictured`: with what a picture of a plain session is drawn from, which costs a scan of the index. */
export function sessionExport(capture: Capture, id: string, pictured = false): SessionExport {
  const { session: told, rehomings, findings } = sessionDetail(capture, id)
  const session = !pictured || (told.activity ?? []).length > 0 ? told : { ...told, activity: activityOf(capture, told) }
  return { session, rehomings, findings, captures: captureReports(capture), generator: GENERATOR }
}

/** pixels that the payload of a picture is counted for: about as wide as the picture is */
const PICTURE = 1000

/** When a plain session carried how much: its contexts keep sums only, the index has its packets. Cost: one scan of the index. */
function activityOf(capture: Capture, { id, pairs, timeline }: SessionReport): NonNullable<SessionReport['activity']> {
  const [pair] = pairs
  const times = timeline.map((entry) => entry.t)
  const [from, to] = [Math.min(...times), Math.max(...times)]
  // a bin more than its last packet, which stands at the end
  if (pair === undefined || pairs.length > 1 || !(to > from)) return []
  const { lanes, binSeconds } = timelineSlice(capture, id, from, to + (to - from) / PICTURE, PICTURE)
  const bytes = lanes[0]?.toResponder.map((sent, bin) => sent + (lanes[0]?.toInitiator[bin] ?? 0)) ?? []
  return bytes.some((sum) => sum > 0) ? [{ pair, binSeconds, start: from, bytes }] : []
}

const MEDIA = {
  json: 'application/json',
  csv: 'text/csv',
  html: 'text/html',
  svg: 'image/svg+xml',
  pcapng: 'application/vnd.tcpdump.pcap',
} as const

/** `name`: of the capture, as its person knows it: one that was dropped into the window lies in a file of another name. */
export async function exportSession(
  capture: Capture,
  name: string,
  id: string,
  format: keyof typeof MEDIA,
): Promise<Answers['exportSession']> {
  const data = sessionExport(capture, id, format !== 'csv' && format !== 'pcapng')
  const content = format === 'pcapng' ? pcapngOf(capture, name, id, data) : TEXTS[format](data)
  const origin = name.replace(/\.(pcapng|pcap|cap)(\.gz)?$/i, '')
  return { fileName: `${origin}-${id}.${format}`, mediaType: MEDIA[format], base64: Buffer.from(content).toString('base64') }
}

const TEXTS: Record<'json' | 'csv' | 'html' | 'svg', (data: SessionExport) => string> = {
  json: sessionJson,
  csv: sessionCsv,
  html: sessionHtml,
  svg: sessionSvg,
}

function pcapngOf(capture: Capture, name: string, id: string, { session, rehomings, findings }: SessionExport): Uint8Array {
  const rows = rowsOf(capture, briefById(capture, id), null)
  let bytes = 0
  for (const row of rows) bytes += capture.index.captured(row)
  if (bytes > MAX_PACKET_BYTES)
    throw new ContractFailure(
      'bad-request',
      `session ${id} has ${Math.round(bytes / 1e6)} MB of packets, more than one answer may carry`,
      'Save its packets instead (Ctrl+S), which has no bound.',
    )
  return sessionPcapng({
    interfaces: writtenInterfaces(capture),
    packets: exportedPackets(capture, rows),
    rehomings,
    findings,
    session,
    origin: name,
    generator: GENERATOR,
  })
}
