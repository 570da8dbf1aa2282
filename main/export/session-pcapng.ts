/**
 * Packets of a session as pcapng that Wireshark opens: interfaces as they were, rehomings and findings as packet comments on the
 * packets that show them. Frame numbers in comments are those of the original capture.
 * Refuses nothing; comments are plain text. Cost: one copy a packet; pieces of about 1 MiB.
 */
import { protocolName } from '../../shared/protocol-words.ts'
import type { FindingReport, RehomingReport, SessionReport } from '../../shared/report.ts'
import { linkComments } from '../files/link-comment.ts'
import { PcapngEncoder, type WrittenInterface } from '../files/writer.ts'
import { plainText } from './escape.ts'
import { directionWords, milliseconds, moveWords, outageWords, pairText } from './words.ts'

export interface ExportedPacket {
  /** 1-based, in the original capture */
  frame: number
  epochNanoseconds: bigint
  /** index into `interfaces` */
  interface: number
  wire: number
  bytes: Uint8Array
  /** comments that the packet had already */
  comments?: readonly string[]
}

export interface PacketExport {
  interfaces: readonly WrittenInterface[]
  /** in file order; read once */
  packets: Iterable<ExportedPacket>
  rehomings: readonly RehomingReport[]
  findings: readonly FindingReport[]
  /** null when the packets are not those of one session */
  session: SessionReport | null
  /** file that the packets are from, for the comment of the section */
  origin: string
  generator: { name: string; version: string }
  /** what the original says besides packets; nothing of it when absent */
  kept?: KeptFacts
}

/** What a capture file says besides its interfaces and packets, where it goes along into another one. */
export interface KeptFacts {
  comments: readonly string[]
  hardware: string | null
  os: string | null
  names: ReadonlyMap<string, readonly string[]>
  /** only where a person asked for them */
  secrets: readonly { type: string; data: Uint8Array }[]
  /** pieces of the link log that the capture holds */
  linkLog: readonly string[]
}

const pieceBytes = 1024 * 1024

export function sessionPcapng(data: PacketExport): Uint8Array {
  const pieces = [...packetPieces(data)]
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let position = 0
  for (const piece of pieces) {
    out.set(piece, position)
    position += piece.length
  }
  return out
}

/** The same in pieces, for captures that should not lie in memory twice. */
export function* packetPieces(data: PacketExport, size = pieceBytes): Generator<Uint8Array> {
  const { session, origin, generator, kept } = data
  const what = session === null ? 'Packets' : `Session ${session.id} (${protocolName(session.protocol)})`
  const encoder = new PcapngEncoder({
    application: `${generator.name} ${generator.version}`,
    hardware: kept?.hardware ?? undefined,
    os: kept?.os ?? undefined,
    comments: [
      plainText(`${what} of ${origin}. Frame numbers in packet comments are those of the original capture.`),
      ...(kept?.comments ?? []),
    ],
  })
  for (const one of data.interfaces) encoder.addInterface(one)
  // before the first packet: readers take names and secrets for what follows, and the link log as it comes
  if (kept !== undefined) encoder.names(kept.names)
  for (const { type, data: secret } of kept?.secrets ?? []) encoder.secrets(type, secret)
  let linkLog = kept?.linkLog ?? []
  const remarks = packetRemarks(data)
  for (const packet of data.packets) {
    for (const text of linkLog) encoder.note(0, packet.epochNanoseconds, linkComments(text))
    linkLog = []
    const found = remarks(packet)
    encoder.packet(
      packet.interface,
      packet.epochNanoseconds,
      packet.bytes,
      packet.wire,
      found.length === 0 ? packet.comments : [...(packet.comments ?? []), ...found],
    )
    if (encoder.pending >= size) yield encoder.take()
  }
  for (let id = 0; id < encoder.interfaces; id++) encoder.statistics(id, { received: null, dropped: null })
  yield encoder.take()
}

interface Remark {
  /** among the others of one packet */
  place: number
  frames: readonly number[]
  last: number
  from: number
  text: string
  given: boolean
}

/**
 * Comments for a packet, each given once: a rehoming goes to the first of its evidence frames at or after its moment (the unit
 * that the new path delivered), or to the first packet after all its evidence when that is not exported; a finding to its first
 * evidence frame that is. Looked up by frame: a capture may have thousands of them.
 */
function packetRemarks({ rehomings, findings }: PacketExport): (packet: ExportedPacket) => string[] {
  const lastOf = (frames: readonly number[]): number => frames.reduce((last, frame) => Math.max(last, frame), 0)
  const remarks: Remark[] = [
    ...rehomings.map((one) => ({ frames: one.frames, from: one.t, text: rehomingRemark(one) })),
    ...findings.map((one) => ({ frames: one.frames, from: Number.NEGATIVE_INFINITY, text: findingRemark(one) })),
  ].map((one, place) => ({ ...one, place, last: lastOf(one.frames), given: false }))
  const byFrame = new Map<number, Remark[]>()
  for (const one of remarks) for (const frame of new Set(one.frames)) byFrame.set(frame, [...(byFrame.get(frame) ?? []), one])
  // the next that is overdue stands at the end
  const overdue = [...remarks].sort((a, b) => b.last - a.last)
  return (packet) => {
    const seconds = Number(packet.epochNanoseconds / 1000n) / 1e6
    // report times have microseconds
    const due = (byFrame.get(packet.frame) ?? []).filter((one) => !one.given && seconds >= one.from - 1e-6)
    while ((overdue.at(-1)?.last ?? Number.POSITIVE_INFINITY) < packet.frame) {
      const one = overdue.pop() as Remark
      if (!one.given) due.push(one)
    }
    if (due.length === 0) return []
    for (const one of due) one.given = true
    return due.sort((a, b) => a.place - b.place).map((one) => one.text)
  }
}

function rehomingRemark(one: RehomingReport): string {
  const head = `${one.id}: ${moveWords[one.label]} from ${pairText(one.from)} to ${pairText(one.to)} (${directionWords(one.direction)})`
  const trigger = `trigger ${one.trigger.class} (score ${one.trigger.score}${one.trigger.frames.length > 0 ? `, frames ${one.trigger.frames.slice(0, 8).join(' ')}` : ''})`
  const lost = one.metrics.lost === null ? '' : `, ${one.metrics.lost.value} lost`
  return plainText(
    `${head}; ${trigger}; ${outageWords(one)}, detection ${milliseconds(one.metrics.detection?.value)}${lost}${one.tentative ? '; tentative' : ''}`,
  )
}

function findingRemark(one: FindingReport): string {
  return plainText(`${one.id}: ${one.rule} ${one.severity} (confidence ${one.confidence}): ${one.title}. ${one.detail}`)
}
