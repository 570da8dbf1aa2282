/**
 * HIP packets (RFC 7401 section 5.1, RFC 5201 for version 1) over IP (protocol 139) or UDP (RFC 5770 section 5, port 10500): header, then
 * parameters, each padded to a multiple of 8. Lenient where it harms nobody: a bad checksum, parameters out of order and unknown types
 * are shown. Refuses a header length below 4 words or past the packet, and a parameter past the header's length.
 * Cost: HIP packets are rare; one object of facts each, hashes and signatures only where a HOST_ID or a signature stands.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import { ChecksumVerdict, verifyTransport } from '../core/checksum.ts'
import { MAX_ITEMS, Stop, TransportChecksum, type Walk } from '../core/walk.ts'
import { dissectEsp } from '../esp/dissect.ts'
import { spiState } from '../esp/state.ts'
import { leftover } from '../frame/data.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { dissectUpper } from '../ip/upper.ts'
import { type HipFacts, newFacts } from './facts.ts'
import { orchidVersion } from './host-id.ts'
import { parameterContent } from './parameters.ts'
import { followPacket } from './signals.ts'
import { hipState } from './state.ts'
import { recordChecks } from './verify.ts'
import {
  Field,
  Header,
  HIP_HEADER,
  HIT_SIZE,
  hip,
  PARAMETER_HEADER,
  Packet,
  packetName,
  packetNames,
  parameterName,
  parameterSize,
} from './wire.ts'

/** A HIP packet over IP at `offset`, up to walk.end. */
export function dissectHip(walk: Walk, offset: number): void {
  if (walk.quoted && offset + HIP_HEADER > walk.limit) {
    quotedStub(walk, offset)
    return
  }
  if (!walk.need(offset, HIP_HEADER)) return
  walk.toFlow(IpProtocol.Hip, 0, 0)
  packet(walk, offset, false)
}

/**
 * A datagram of port 10500: HIP behind four zero bytes, ESP without them, one byte 0xff to keep a NAT's mapping (RFC 5770 section 5.1,
 * RFC 3948 section 2.3). The port alone is a guess, IKE behind a NAT uses it too: the header has to be HIP's with an ORCHID as sender,
 * and ESP needs an SPI that HIP has announced, or a flow that has carried HIP.
 */
export function dissectHipOverUdp(walk: Walk, offset: number): void {
  const { bytes, limit } = walk
  if (walk.end - offset === 1 && offset < limit && bytes[offset] === 0xff) {
    if (!walk.state.of(hipState).hasUdpFlow(walk.quoted ? walk.quotedFlow : walk.flow)) {
      walk.decline()
      return
    }
    walk.layer(hip.protocol, hip.root, offset, 1)
    walk.range(Field.keepalive, offset, 1)
    if (walk.describing && !walk.quoted) walk.info = 'NAT keepalive'
    walk.endLayer()
    return
  }
  if (looksLikeHip(walk, offset)) {
    if (!walk.quoted && !walk.state.frozen) walk.state.of(hipState).addUdpFlow(walk.flow)
    packet(walk, offset + 4, true)
  } else if (looksLikeEsp(walk, offset)) dissectEsp(walk, offset)
  else walk.decline()
}

function looksLikeHip(walk: Walk, offset: number): boolean {
  const { bytes, limit } = walk
  if (offset + 4 + HIP_HEADER > limit) return false
  for (let i = 0; i < 4; i++) if (bytes[offset + i] !== 0) return false
  const at = offset + 4
  const size = ((bytes[at + Header.Length] as number) + 1) * 8
  const version = (bytes[at + Header.Version] as number) >> 4
  if (size < HIP_HEADER || at + size > walk.end) return false
  if (packetNames[bytes[at + Header.PacketType] as number] === undefined) return false
  if (((bytes[at + Header.Version] as number) & 1) !== 1 || (version !== 1 && version !== 2)) return false
  return orchidVersion(bytes, at + Header.SenderHit) !== 0
}

function looksLikeEsp(walk: Walk, offset: number): boolean {
  if (walk.end - offset < 12 || offset + 8 > walk.limit) return false
  const spi = walk.u32(offset)
  // Small numbers are reserved (RFC 4303 section 2.1); a STUN message begins with one, and has its cookie behind.
  if (spi < 256 || walk.u32(offset + 4) === 0x2112a442) return false
  return walk.state.of(spiState).find(spi) !== undefined || walk.state.of(hipState).hasUdpFlow(walk.quoted ? walk.quotedFlow : walk.flow)
}

/** Inside an ICMP error that holds less than the header. */
function quotedStub(walk: Walk, offset: number): void {
  walk.layer(hip.protocol, hip.root, offset, walk.end - offset)
  walk.toFlow(IpProtocol.Hip, 0, 0)
  walk.endLayer()
}

function packet(walk: Walk, offset: number, overUdp: boolean): void {
  const { end, stop, stopOffset, stopReason } = walk
  const size = (walk.u8(offset + Header.Length) + 1) * 8
  const type = walk.u8(offset + Header.PacketType) & 0x7f
  const version = walk.u8(offset + Header.Version) >> 4
  const packetEnd = offset + size
  walk.layer(hip.protocol, hip.root, overUdp ? offset - 4 : offset, (overUdp ? 4 : 0) + Math.min(size, end - offset))
  if (overUdp) walk.range(Field.marker, offset - 4, 4)
  if (walk.recorder !== null) recordHeader(walk, offset, overUdp, packetEnd)
  if (size < HIP_HEADER) walk.malformed(offset + Header.Length, `header length ${size} is below ${HIP_HEADER}`)
  else if (packetEnd > end) walk.malformed(offset + Header.Length, `header length ${size}, but only ${end - offset} bytes are left`)
  else {
    const facts = newFacts(type, version, offset, packetEnd)
    const state = walk.state.of(hipState)
    state.line = ''
    walk.limitTo(packetEnd)
    const read = parameters(walk, facts, offset + HIP_HEADER)
    walk.restore(end)
    if (walk.recorder !== null) {
      recordChecks(walk, facts)
      if (walk.describing && !walk.quoted) walk.info = `HIP ${packetName(type)}${state.line}`
    }
    if (read && !walk.quoted && !walk.state.frozen) followPacket(walk, facts)
    walk.noteUnread(SignalProtocol.Hip)
  }
  walk.endLayer()
  if (walk.quoted && walk.stop !== Stop.Limit) {
    // A quote that ends early is nobody's fault.
    walk.stop = stop
    walk.stopOffset = stopOffset
    walk.stopReason = stopReason
  }
  if (size >= HIP_HEADER && packetEnd < end) trailer(walk, offset, type, packetEnd)
}

/** Only HIP_DATA carries an upper layer behind its parameters (RFC 6078 section 4.1); what follows others is ignored (section 5.1). */
function trailer(walk: Walk, offset: number, type: number, at: number): void {
  const next = walk.u8(offset + Header.NextHeader)
  if (type === Packet.Data && next !== IpProtocol.NoNext) dissectUpper(walk, next, at)
  else leftover(walk, at)
}

function recordHeader(walk: Walk, offset: number, overUdp: boolean, packetEnd: number): void {
  const kind = walk.u8(offset + Header.PacketType)
  const version = walk.u8(offset + Header.Version)
  const controls = walk.u16(offset + Header.Controls)
  walk.uint(Field.nextHeader, offset, 1, walk.u8(offset))
  walk.uint(Field.headerLength, offset + Header.Length, 1, walk.u8(offset + Header.Length))
  walk.uint(Field.fixedP, offset + Header.PacketType, 1, kind >> 7)
  walk.uint(Field.packetType, offset + Header.PacketType, 1, kind & 0x7f)
  walk.uint(Field.version, offset + Header.Version, 1, version >> 4)
  walk.uint(Field.fixedS, offset + Header.Version, 1, version & 1)
  walk.uint(Field.checksum, offset + Header.Checksum, 2, walk.u16(offset + Header.Checksum))
  walk.uint(Field.checksumStatus, offset + Header.Checksum, 2, checksumStatus(walk, offset, overUdp, packetEnd))
  walk.generated()
  walk.uint(Field.controls, offset + Header.Controls, 2, controls)
  walk.uint(Field.anonymous, offset + Header.Controls, 2, controls & 1)
  walk.range(Field.senderHit, offset + Header.SenderHit, HIT_SIZE)
  walk.range(Field.receiverHit, offset + Header.ReceiverHit, HIT_SIZE)
}

/** 1 good, 0 bad, 3 not present (UDP has its own, RFC 5770 section 5.1), 2 when bytes are missing. */
function checksumStatus(walk: Walk, offset: number, overUdp: boolean, packetEnd: number): 0 | 1 | 2 | 3 {
  if (overUdp) return walk.u16(offset + Header.Checksum) === 0 ? 3 : 2
  if (!walk.wants(Field.checksumStatus)) return 2
  const verdict = packetEnd > walk.end ? ChecksumVerdict.Unknown : verifyTransport(walk, offset, packetEnd, IpProtocol.Hip)
  if (verdict === ChecksumVerdict.Unknown) return 2
  const good = verdict === ChecksumVerdict.Good
  if (!walk.quoted) walk.checksum = good ? TransportChecksum.Good : TransportChecksum.Bad
  return good ? 1 : 0
}

/** False when the list contradicts itself: then nobody will act on it. */
function parameters(walk: Walk, facts: HipFacts, begin: number): boolean {
  const { end, stop } = walk
  const state = walk.state.of(hipState)
  let offset = begin
  for (let n = 0; offset < end; n++) {
    if (n >= MAX_ITEMS) {
      walk.halt(Stop.Limit, offset, `more than ${MAX_ITEMS} parameters`)
      return false
    }
    if (!walk.item(offset) || !walk.need(offset, PARAMETER_HEADER)) break
    const type = walk.u16(offset)
    const length = walk.u16(offset + 2)
    const content = offset + PARAMETER_HEADER
    const size = parameterSize(length)
    const fits = content + length <= end
    if (!fits) walk.malformed(offset + 2, `${parameterName(type)} of ${length} bytes, ${end - content} bytes left`)
    if (walk.recorder !== null) {
      walk.group(Field.parameter, offset, Math.min(size, end - offset), parameterName(type))
      walk.uint(Field.type, offset, 2, type)
      walk.uint(Field.critical, offset, 2, type & 1)
      walk.uint(Field.length, offset + 2, 2, length)
    }
    walk.limitTo(fits ? content + length : end)
    const words = parameterContent(walk, facts, type, content)
    walk.restore(end)
    if (walk.recorder !== null) {
      walk.endGroup(-1, words === '' ? null : `${parameterName(type)}: ${words}`)
      if (state.line.length < 160 && words !== '') state.line += ` ${parameterName(type)} ${words}`
    }
    if (!fits) return false
    if (!walk.need(content, length)) break
    // The last parameter's padding may be missing; nothing follows it.
    offset += size
  }
  // A cut packet still says what was captured of it. What came before, an IP length that is wrong, is not this packet's fault.
  facts.cut = walk.captured < facts.end
  return stop !== Stop.None || walk.stop === Stop.None || walk.stop === Stop.Cut
}
