/**
 * UDP (RFC 768). Finds the flow, hands the payload on by 'decode as' rules and port tables, and when nobody takes it, signals a
 * datagram whose unit is a hash of its payload: the same datagram on two paths, or sent again, has the same unit.
 * A length of 0 means the rest of the packet (RFC 2675 section 4); one below 8 or beyond the packet is malformed.
 * Cost: the flow look-up, two table look-ups, a hash over at most 48 bytes; no allocation without a recorder.
 */
import { EVERYBODY, SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import { ChecksumVerdict, verifyTransport } from '../core/checksum.ts'
import { lookupUdpPort, udpGuesses } from '../core/dispatch.ts'
import { type Dissect, TransportChecksum, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { seekHiddenIdentifier } from '../recognise/hidden-identifier.ts'
import {
  At,
  checksumVerdict,
  UDP_SIZE,
  udp,
  udpChecksum,
  udpChecksumStatus,
  udpDestinationPort,
  udpLength,
  udpPayload,
  udpSourcePort,
} from './wire.ts'

export function dissectUdp(walk: Walk, offset: number): void {
  if (!walk.need(offset, UDP_SIZE)) {
    // A quote may hold the ports and no more.
    if (walk.quoted && offset + 4 <= walk.limit) walk.toFlow(IpProtocol.Udp, walk.u16(offset), walk.u16(offset + 2))
    return
  }
  const sourcePort = walk.u16(offset + At.SourcePort)
  const destinationPort = walk.u16(offset + At.DestinationPort)
  const length = walk.u16(offset + At.Length)
  walk.sourcePort = sourcePort
  walk.destinationPort = destinationPort
  walk.toFlow(IpProtocol.Udp, sourcePort, destinationPort)
  const end = walk.end
  if (length >= UDP_SIZE) {
    if (offset + length <= end) walk.limitTo(offset + length)
    else walk.malformed(offset + At.Length, `length ${length}, but only ${end - offset} bytes are left in the packet`)
  } else if (length !== 0) walk.malformed(offset + At.Length, `length ${length} is below the header's 8`)

  walk.layer(udp.protocol, udp.root, offset, UDP_SIZE)
  if (walk.recorder !== null) record(walk, offset, sourcePort, destinationPort, length)
  walk.endLayer()
  if (length >= UDP_SIZE) seekHiddenIdentifier(walk, IpProtocol.Udp, offset, offset + At.Checksum, false)
  if (length === 0 || length >= UDP_SIZE) payload(walk, offset + UDP_SIZE, sourcePort, destinationPort)
  walk.restore(end)
}

function record(walk: Walk, offset: number, sourcePort: number, destinationPort: number, length: number): void {
  const checksum = walk.u16(offset + At.Checksum)
  walk.uint(udpSourcePort, offset + At.SourcePort, 2, sourcePort)
  walk.uint(udpDestinationPort, offset + At.DestinationPort, 2, destinationPort)
  walk.uint(udpLength, offset + At.Length, 2, length)
  walk.uint(udpChecksum, offset + At.Checksum, 2, checksum)
  walk.uint(udpChecksumStatus, offset + At.Checksum, 2, checksum === 0 ? 3 : 2)
  walk.generated()
  const verdict =
    checksum === 0 || length < UDP_SIZE || !walk.wants(checksumVerdict)
      ? ChecksumVerdict.Unknown
      : verifyTransport(walk, offset, offset + length, IpProtocol.Udp)
  if (verdict !== ChecksumVerdict.Unknown) {
    if (!walk.quoted) walk.checksum = verdict === ChecksumVerdict.Bad ? TransportChecksum.Bad : TransportChecksum.Good
    walk.words(checksumVerdict, offset + At.Checksum, 2, VERDICTS[verdict] as string)
    walk.generated()
  }
  if (walk.limit > offset + UDP_SIZE) walk.range(udpPayload, offset + UDP_SIZE, walk.limit - offset - UDP_SIZE)
  if (!walk.quoted && walk.describing) walk.info = `${sourcePort} → ${destinationPort} Len=${Math.max(0, walk.end - offset - UDP_SIZE)}`
}

const VERDICTS = ['', 'bad', 'good', 'good over identifiers']

function payload(walk: Walk, offset: number, sourcePort: number, destinationPort: number): void {
  if (offset >= walk.end) return
  // The lower port is more likely a service's.
  const low = sourcePort < destinationPort ? sourcePort : destinationPort
  const high = sourcePort < destinationPort ? destinationPort : sourcePort
  const rules = walk.state.decodeAs
  const chosen = rules.empty ? undefined : (rules.get('udp.port', low) ?? rules.get('udp.port', high))
  if (chosen !== undefined && taken(walk, chosen, offset)) return
  const first = lookupUdpPort(low)
  if (first !== undefined && taken(walk, first, offset)) return
  const second = lookupUdpPort(high)
  if (second !== undefined && second !== first && taken(walk, second, offset)) return
  for (const guess of udpGuesses) if (taken(walk, guess, offset)) return
  leftover(walk, offset)
  if (!walk.signalling) return
  if (!walk.state.frozen) walk.state.flows.payloads.put(walk.flow, walk.direction, walk.row, walk.time, walk.bytes, offset, walk.limit)
  const signal = walk.newSignal(SignalKind.Payload, SignalProtocol.Udp)
  signal.space = UnitSpace.Datagram
  signal.unit = payloadHash(walk.bytes, offset, walk.limit)
  signal.span = 1
  signal.bytes = walk.end - offset
  // The signal is used again and again: what is not set is the frame's before.
  signal.destinationMac = walk.toEverybody ? EVERYBODY : -1
  walk.emit(signal)
}

function taken(walk: Walk, dissect: Dissect, offset: number): boolean {
  walk.declined = false
  walk.next(dissect, offset)
  if (!walk.declined) return true
  walk.declined = false
  return false
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
}

/** 32 bits of the payload: its length, first 32 and last 16 bytes. Equal payloads give equal hashes; others differ nearly always. */
export function payloadHash(bytes: Uint8Array, begin: number, end: number): number {
  let h = end - begin
  const split = end - begin > 48
  const head = split ? begin + 32 : end
  let i = begin
  for (; i + 4 <= head; i += 4) h = Math.imul(h ^ word(bytes, i), 0x9e3779b1) ^ (h >>> 15)
  if (split) for (i = end - 16; i < end; i += 4) h = Math.imul(h ^ word(bytes, i), 0x9e3779b1) ^ (h >>> 15)
  else for (; i < head; i++) h = Math.imul(h ^ (bytes[i] as number), 0x9e3779b1) ^ (h >>> 15)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
