/**
 * Packets as classic pcap, for tools that read nothing else. It holds packets of one link type, and neither names nor comments.
 * Cost: one copy a packet; in pieces as the pcapng export.
 */
import { linkTypeName } from '../engine/link-types.ts'
import { PcapEncoder, type PcapFormat } from '../files/pcap-writer.ts'
import type { CaptureInterface } from '../files/types.ts'
import type { ExportedPacket } from './session-pcapng.ts'

type Recorded = Pick<CaptureInterface, 'linkType' | 'ticksPerSecond'>

/** What a pcap file of packets of these interfaces is like; a text says why there can be none. */
export function pcapFormat(interfaces: Iterable<Recorded>): PcapFormat | string {
  const linkTypes = new Set<number>()
  let nanoseconds = false
  for (const { linkType, ticksPerSecond } of interfaces) {
    linkTypes.add(linkType)
    nanoseconds ||= ticksPerSecond > 1_000_000n
  }
  if (linkTypes.size > 1)
    return `a pcap file has one link type, and these packets have ${linkTypes.size}: ${[...linkTypes].map(linkTypeName).join(', ')}`
  return { linkType: [...linkTypes][0] ?? 1, nanoseconds }
}

export function* pcapPieces(packets: Iterable<ExportedPacket>, format: PcapFormat, size: number): Generator<Uint8Array> {
  const encoder = new PcapEncoder(format)
  for (const { epochNanoseconds, bytes, wire } of packets) {
    encoder.packet(epochNanoseconds, bytes, wire)
    if (encoder.pending >= size) yield encoder.take()
  }
  yield encoder.take()
}
