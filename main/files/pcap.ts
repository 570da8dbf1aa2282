/**
 * The classic pcap format (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, versions 2.0 to 2.4, and
 * Kuznetzov's modified header with its longer records. Refuses other versions and link types that are no link types.
 * A record longer than 16 MiB means a damaged file: nothing marks the next record, so that reading ends there.
 * Cost: four loads and eight stores a packet.
 */
import { maximumPacketBytes, type RecordColumns } from './record-columns.ts'
import { type FileProgress, integer, type Scanner } from './scanner.ts'

export const pcapHeaderBytes = 24

export interface PcapHeader {
  little: boolean
  nanoseconds: boolean
  /** bytes before a packet's data */
  recordHeaderBytes: number
  versionMajor: number
  versionMinor: number
  snaplen: number
  linkType: number
}

/** Reads the file header; a text when it cannot be one that is read here. */
export function readPcapHeader(view: DataView): PcapHeader | string {
  const magic = view.getUint32(0)
  const little = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1 || magic === 0x34cdb2a1
  const value = view.getUint32(0, little)
  const versionMajor = view.getUint16(4, little)
  const versionMinor = view.getUint16(6, little)
  if (versionMajor !== 2) return `it is a pcap file of version ${versionMajor}.${versionMinor}; only version 2 is known`
  const network = view.getUint32(20, little)
  // the upper six bits tell the length of the frame check sequence; the ten below are reserved: a reader should take them for an error
  if ((network & 0x03ff_0000) !== 0)
    return `its pcap header is damaged: the link type field at offset 20 holds 0x${network.toString(16).padStart(8, '0')}`
  return {
    little,
    nanoseconds: value === 0xa1b23c4d,
    recordHeaderBytes: value === 0xa1b2cd34 ? 24 : 16,
    versionMajor,
    versionMinor,
    snaplen: view.getUint32(16, little),
    linkType: network & 0xffff,
  }
}

export class PcapScanner implements Scanner {
  passOver = 0
  stopped = false
  private readonly base: InterfaceBase = { seconds: 0, nanoseconds: 0, set: false }

  constructor(
    private readonly header: PcapHeader,
    private readonly progress: FileProgress,
  ) {
    const ticksPerSecond = header.nanoseconds ? 1_000_000_000n : 1_000_000n
    progress.facts.interfaces.push({
      id: 0,
      name: null,
      description: null,
      linkType: header.linkType,
      snaplen: header.snaplen,
      addresses: [],
      mac: null,
      filter: null,
      hardware: null,
      os: null,
      ticksPerSecond,
      offsetSeconds: 0n,
      packets: 0,
      dropped: null,
      received: null,
    })
  }

  scan(
    _memory: Uint8Array,
    view: DataView,
    begin: number,
    end: number,
    streamOffset: number,
    columns: RecordColumns,
    limit: number,
  ): number {
    const { little, recordHeaderBytes } = this.header
    const unit = this.header.nanoseconds ? 1 : 1000
    const { offset, captured, wire, time, fileOffset } = columns
    const base = this.base
    let position = begin
    let count = columns.count
    const first = count
    while (count < limit && end - position >= recordHeaderBytes) {
      let length = view.getUint32(position + 8, little)
      let wireLength = view.getUint32(position + 12, little)
      // version 2.3 and before wrote the two lengths the other way round on some systems (libpcap, sf-pcap.c)
      if (length > wireLength && this.header.versionMinor <= 3) {
        const swapped = length
        length = wireLength
        wireLength = swapped
      }
      if (length > maximumPacketBytes) {
        this.stop(length, this.progress.facts.packets + count - first + 1, streamOffset + position)
        break
      }
      const data = position + recordHeaderBytes
      if (data + length > end) break
      const seconds = view.getUint32(position, little)
      const fraction = view.getUint32(position + 4, little) * unit
      if (!base.set) this.setBase(seconds, fraction)
      offset[count] = data
      captured[count] = length
      wire[count] = wireLength
      time[count] = (seconds - base.seconds) * 1e9 + (fraction - base.nanoseconds)
      fileOffset[count] = streamOffset + data
      count++
      position = data + length
    }
    columns.interface.fill(0, first, count)
    columns.count = count
    this.progress.facts.packets += count - first
    this.progress.packetsOf[0]! += count - first
    return position
  }

  describeTail(view: DataView, position: number, end: number): string {
    const packet = `packet ${integer(this.progress.facts.packets + 1)}`
    const { recordHeaderBytes, little } = this.header
    if (end - position < recordHeaderBytes)
      return `${packet}: ${end - position} of the ${recordHeaderBytes} bytes of its record header are there`
    const length = view.getUint32(position + 8, little)
    return `${packet}: ${integer(end - position - recordHeaderBytes)} of its ${integer(length)} bytes are there`
  }

  private setBase(seconds: number, nanoseconds: number): void {
    const { base } = this.progress
    this.base.set = true
    if (base.set) {
      // several streams count from one base: it was set before
      this.base.seconds = Number(base.nanoseconds / 1_000_000_000n)
      this.base.nanoseconds = Number(base.nanoseconds % 1_000_000_000n)
      return
    }
    this.base.seconds = seconds
    this.base.nanoseconds = nanoseconds
    base.set = true
    base.nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
  }

  private stop(length: number, packet: number, where: number): void {
    this.stopped = true
    this.progress.warn(
      `packet ${integer(packet)} at offset ${integer(where)} claims ${integer(length)} bytes, more than the ${integer(maximumPacketBytes)} that are accepted: the file is damaged there and was read up to it`,
    )
  }
}

interface InterfaceBase {
  seconds: number
  nanoseconds: number
  set: boolean
}
