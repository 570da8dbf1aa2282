/**
 * Builds TCP segments with options and right checksums, for tests and generated captures. The IP layer around them is the caller's;
 * its addresses are needed for the checksum. Refuses options that do not fit a header (40 bytes).
 */
import { finish, sumWords } from '../core/checksum.ts'
import { Flag, HEADER_MIN, IP_PROTOCOL_TCP, Offset, OptionKind } from './wire.ts'

export interface TcpSegment {
  /** 4 or 16 bytes each */
  source: Uint8Array
  destination: Uint8Array
  sourcePort: number
  destinationPort: number
  sequence: number
  acknowledgment?: number
  flags: number
  window?: number
  urgentPointer?: number
  options?: Uint8Array[]
  payload?: Uint8Array
}

export const SYN = Flag.Syn
export const SYN_ACK = Flag.Syn | Flag.Ack
export const ACK = Flag.Ack
export const PSH_ACK = Flag.Push | Flag.Ack
export const FIN_ACK = Flag.Fin | Flag.Ack
export const RST = Flag.Reset
export const RST_ACK = Flag.Reset | Flag.Ack

/** The segment's bytes, from the source port on; options are padded with NOPs to a multiple of 4. */
export function emitTcp(segment: TcpSegment): Uint8Array {
  const options = segment.options ?? []
  const payload = segment.payload ?? new Uint8Array(0)
  const size = options.reduce((sum, option) => sum + option.length, 0)
  const padded = (size + 3) & ~3
  if (padded > 40) throw new Error(`TCP options of ${size} bytes do not fit a header`)
  const bytes = new Uint8Array(HEADER_MIN + padded + payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, segment.sourcePort)
  view.setUint16(Offset.DestinationPort, segment.destinationPort)
  view.setUint32(Offset.Sequence, segment.sequence)
  view.setUint32(Offset.Acknowledgment, segment.acknowledgment ?? 0)
  view.setUint16(Offset.DataOffset, (((HEADER_MIN + padded) / 4) << 12) | segment.flags)
  view.setUint16(Offset.Window, segment.window ?? 0xffff)
  view.setUint16(Offset.Urgent, segment.urgentPointer ?? 0)
  let at = HEADER_MIN
  for (const option of options) {
    bytes.set(option, at)
    at += option.length
  }
  bytes.fill(OptionKind.NoOperation, at, HEADER_MIN + padded)
  bytes.set(payload, HEADER_MIN + padded)
  const addresses = sumWords(
    segment.destination,
    0,
    segment.destination.length,
    sumWords(segment.source, 0, segment.source.length, IP_PROTOCOL_TCP + bytes.length),
  )
  view.setUint16(Offset.Checksum, finish(sumWords(bytes, 0, bytes.length, addresses)))
  return bytes
}

function option(kind: number, ...body: number[]): Uint8Array {
  return Uint8Array.of(kind, body.length + 2, ...body)
}

export function words(...values: number[]): number[] {
  return values.flatMap((value) => [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff])
}

export const tcpOption = {
  noOperation: () => Uint8Array.of(OptionKind.NoOperation),
  maximumSegmentSize: (size: number) => option(OptionKind.MaximumSegmentSize, size >>> 8, size & 0xff),
  windowScale: (shift: number) => option(OptionKind.WindowScale, shift),
  sackPermitted: () => option(OptionKind.SackPermitted),
  /** blocks as [left, right) */
  sack: (blocks: [number, number][]) => option(OptionKind.Sack, ...blocks.flatMap(([left, right]) => words(left, right))),
  timestamps: (value: number, echo: number) => option(OptionKind.Timestamps, ...words(value, echo)),
  md5: (digest: Uint8Array) => option(OptionKind.Md5Signature, ...digest),
  userTimeout: (minutes: boolean, value: number) =>
    option(OptionKind.UserTimeout, ((minutes ? 0x80 : 0) | (value >>> 8)) & 0xff, value & 0xff),
  fastOpen: (cookie: Uint8Array) => option(OptionKind.FastOpen, ...cookie),
  authentication: (key: number, next: number, mac: Uint8Array) => option(OptionKind.Authentication, key, next, ...mac),
  experiment: (kind: 253 | 254, id: number, data: Uint8Array) => option(kind, id >>> 8, id & 0xff, ...data),
  raw: option,
} as const
