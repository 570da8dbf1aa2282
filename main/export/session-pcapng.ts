/**
 * Packets of a session as pcapng that Wireshark opens: interfaces as they were, rehomings and findings as packet comments on the
 * packets that show them. Frame numbers in comments are those of the original capture.
 * Refuses nothing; comments are plain text. Cost: one copy a packet; pieces of about 1 MiB.
 */
import { protocolName } from '../../shared/protocol-words.ts'
import type { FindingReport, RehomingReport, SessionReport } from '../../shared/report.ts'
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
export function* packetPieces(data: PacketExport): Generator<Uint8Array> {
  const { session, origin, generator } = data
  const what = session === null ? 'Packets' : `Session ${session.id} (${protocolName(session.protocol)})`
  const encoder = new PcapngEncoder({
    application: `${generator.name} ${generator.version}`,
    comments: [plainText(`${what} of ${origin}. Frame numbers in packet comments are those of the original capture.`)],
  })
  for (const one of data.interfaces) encoder.addInterface(one)
  const remarks = packetRemarks(data)
  for (const packet of data.packets) {
    const found = remarks(packet)
    encoder.packet(
      packet.interface,
      packet.epochNanoseconds,
      packet.bytes,
      packet.wire,
      found.length === 0 ? packet.comments : [...(packet.comments ?? []), ...found],
    )
    if (encoder.pending >= pieceBytes) yield encoder.take()
  }
  for (let id = 0; id < encoder.interfaces; id++) encoder.statistics(id, { received: null, dropped: null })
  yield encoder.take()
}

/**
 * Comments for a packet, each given once: a rehoming goes to the first of its evidence frames at or after its moment (the unit
 * that the new path delivered), or to the first packet after all its evidence when that is not exported; a finding to its first
 * evidence frame that is.
 */
function packetRemarks({ rehomings, findings }: PacketExport): (packet: ExportedPacket) => string[] {
  const open = [
    ...rehomings.map((one) => ({ frames: new Set(one.frames), last: Math.max(0, ...one.frames), from: one.t, text: rehomingRemark(one) })),
    ...findings.map((one) => ({
      frames: new Set(one.frames),
      last: Math.max(0, ...one.frames),
      from: Number.NEGATIVE_INFINITY,
      text: findingRemark(one),
    })),
  ]
  return (packet) => {
    const texts: string[] = []
    if (open.length === 0) return texts
    const seconds = Number(packet.epochNanoseconds / 1000n) / 1e6
    for (let i = 0; i < open.length; ) {
      const { frames, last, from, text } = open[i] as (typeof open)[number]
      // report times have microseconds
      if ((frames.has(packet.frame) && seconds >= from - 1e-6) || packet.frame > last) {
        texts.push(text)
        open.splice(i, 1)
      } else i++
    }
    return texts
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
