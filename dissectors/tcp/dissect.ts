/**
 * A TCP segment: header, options, relative numbers as tshark gives them, and its signals. RFC 9293.
 * What it refuses: a header length below 20 or beyond the segment is malformed; nothing behind it is read.
 * Payload is not put together: an application dissector sees single segments. Checksums are only verified when fields are wanted.
 * Cost in the index pass: one flow look-up and some compares; nothing is allocated for data and acknowledgment segments.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import { finish, pseudoHeader, sumWords } from '../core/checksum.ts'
import { lookupTcpPort } from '../core/dispatch.ts'
import { TransportChecksum, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { type MptcpState, mptcpState, type Subflow } from '../mptcp/state.ts'
import { M, SUBTYPE_SHORT, Subtype } from '../mptcp/wire.ts'
import { seekHiddenIdentifier } from '../recognise/hidden-identifier.ts'
import { dissectOptions, OptionScan } from './options.ts'
import { trackSegment } from './signals.ts'
import { Mark, SCALE_UNKNOWN, SCALE_UNUSED, type TcpState, tcpState, Whole } from './state.ts'
import { F, Flag, HEADER_MIN, IP_PROTOCOL_TCP, Offset, TCP } from './wire.ts'

const scan = new OptionScan()

export function dissectTcp(walk: Walk, offset: number): void {
  walk.layer(TCP, F.root, offset, walk.limit - offset)
  const captured = walk.limit - offset
  if (captured < HEADER_MIN) {
    short(walk, offset, captured)
    return
  }
  const bytes = walk.bytes
  const sourcePort = walk.u16(offset)
  const destinationPort = walk.u16(offset + Offset.DestinationPort)
  const sequence = walk.u32(offset + Offset.Sequence)
  const acknowledgment = walk.u32(offset + Offset.Acknowledgment)
  const headerLength = ((bytes[offset + Offset.DataOffset] as number) >> 4) * 4
  const flags = walk.u16(offset + Offset.DataOffset) & 0xfff
  if (walk.quoted) walk.quotedToken = sequence
  else {
    walk.sourcePort = sourcePort
    walk.destinationPort = destinationPort
  }
  const sound = headerLength >= HEADER_MIN && offset + headerLength <= walk.end
  const payload = offset + (sound ? headerLength : HEADER_MIN)
  const length = sound ? walk.end - payload : 0

  const tcp = walk.state.of(tcpState)
  const mptcp = walk.state.of(mptcpState)
  const segment = tcp.segment
  segment.sequence = sequence
  segment.acknowledgment = acknowledgment
  segment.flags = flags
  segment.length = length
  let flow = walk.toFlow(IP_PROTOCOL_TCP, sourcePort, destinationPort)
  if (walk.quoted) flow = -1
  else if (flow >= 0 && !walk.state.frozen && sound) flow = follow(walk, tcp, flow)
  // For fields only: what is known of the flow that a quoted segment belongs to. Its numbers are shown raw.
  const shown = walk.quoted ? walk.quotedFlow : flow
  const own = tcp.has(shown) ? shown * 2 + (walk.quoted ? walk.quotedDirection : walk.direction) : -1

  if (walk.recorder !== null) {
    scan.acknowledgment = acknowledgment
    scan.sackBase = own >= 0 && !walk.quoted ? (tcp.base[own ^ 1] as number) : 0
    header(walk, tcp, offset, own, flags, sequence, acknowledgment, headerLength, length)
  }
  if (!sound) {
    walk.malformed(offset + Offset.DataOffset, `header length ${headerLength}, ${walk.end - offset} bytes in the segment`)
    walk.endLayer()
    return
  }
  dissectOptions(walk, offset + HEADER_MIN, payload, flags, scan, mptcp.scan)
  walk.noteUnread(SignalProtocol.Tcp)
  if (flow >= 0 && !walk.state.frozen) {
    if ((flags & Flag.Syn) !== 0) learnScale(tcp, flow * 2 + walk.direction, (flags & Flag.Ack) !== 0)
    trackSegment(walk, tcp, mptcp, scan)
    seekHiddenIdentifier(walk, IP_PROTOCOL_TCP, offset, offset + Offset.Checksum, (flags & Flag.Syn) !== 0)
  }
  if (walk.recorder !== null) trailer(walk, tcp, mptcp, offset, payload, own, flags, sequence, acknowledgment, length)
  walk.endLayer(payload - offset, walk.titling ? title(walk, tcp, offset, own) : null)
  if (length > 0 && !walk.quoted) application(walk, payload, sourcePort, destinationPort)
}

/** Hands the payload on, by the user's rule or by port; what nobody takes is data. */
function application(walk: Walk, payload: number, sourcePort: number, destinationPort: number): void {
  const rules = walk.state.decodeAs
  const low = sourcePort < destinationPort ? sourcePort : destinationPort
  const high = sourcePort < destinationPort ? destinationPort : sourcePort
  const next = rules.get('tcp.port', low) ?? rules.get('tcp.port', high) ?? lookupTcpPort(low) ?? lookupTcpPort(high)
  if (next !== undefined) {
    walk.declined = false
    walk.next(next, payload)
    if (!walk.declined) return
    walk.declined = false
  }
  leftover(walk, payload)
  if (walk.signals !== null && !walk.state.frozen)
    walk.state.flows.payloads.put(walk.flow, walk.direction, walk.row, walk.time, walk.bytes, payload, walk.limit)
}

/** Fewer than 20 bytes: the ports, and in the 8 bytes that an ICMP error may quote the sequence number. */
function short(walk: Walk, offset: number, captured: number): void {
  if (captured >= 4) {
    const sourcePort = walk.u16(offset)
    const destinationPort = walk.u16(offset + Offset.DestinationPort)
    walk.uint(F.sourcePort, offset, 2, sourcePort)
    walk.uint(F.destinationPort, offset + 2, 2, destinationPort)
    if (walk.quoted) walk.toFlow(IP_PROTOCOL_TCP, sourcePort, destinationPort)
    // The number is shown raw: an error's quotation is no segment of its own.
    if (captured >= 8 && walk.quoted) {
      walk.quotedToken = walk.u32(offset + Offset.Sequence)
      walk.uint(F.sequence, offset + Offset.Sequence, 4, walk.quotedToken)
    }
  }
  walk.short(offset, HEADER_MIN)
  walk.noteUnread(SignalProtocol.Tcp)
  walk.endLayer(-1, walk.recorder === null || captured < 4 ? null : ports(walk, offset))
}

/**
 * The flow's base numbers, and whether this segment begins another connection on the same ports: a SYN whose sequence number is not
 * the one that the flow began with, or a SYN/ACK that does not answer it. Returns the flow the segment belongs to.
 */
function follow(walk: Walk, tcp: TcpState, found: number): number {
  const { flags, sequence, acknowledgment } = tcp.segment
  let flow = found
  tcp.reserve(flow)
  let own = flow * 2 + walk.direction
  if ((flags & Flag.Syn) !== 0) {
    const marks = tcp.marks[own] as number
    const renewed = (marks & Mark.Base) !== 0 && tcp.base[own] !== sequence && (flags & (Flag.Ack | Flag.Reset)) === 0
    if (renewed) {
      flow = walk.renewFlow(IP_PROTOCOL_TCP, walk.sourcePort, walk.destinationPort)
      if (flow < 0) return found
      tcp.reserve(flow)
      own = flow * 2 + walk.direction
    }
    // A SYN tells the real initial number: it wins over a guess, and until the handshake is done also over an earlier answer.
    if (((tcp.marks[own] as number) & Mark.Initial) === 0 || ((tcp.whole[flow] as number) & Whole.Opened) === 0) {
      tcp.base[own] = sequence
      tcp.marks[own] = (tcp.marks[own] as number) | Mark.Base | Mark.Initial
    }
  } else if (((tcp.marks[own] as number) & Mark.Base) === 0) {
    // Relative numbers begin at 1 when the SYN was not seen.
    tcp.base[own] = (sequence - 1) >>> 0
    tcp.marks[own] = (tcp.marks[own] as number) | Mark.Base
  }
  if ((flags & Flag.Ack) !== 0) {
    const peer = own ^ 1
    const exact = (flags & Flag.Syn) !== 0 && ((tcp.marks[peer] as number) & Mark.Initial) === 0
    if (((tcp.marks[peer] as number) & Mark.Base) === 0 || exact) {
      tcp.base[peer] = (acknowledgment - 1) >>> 0
      tcp.marks[peer] = (tcp.marks[peer] as number) | Mark.Base
      // A SYN/ACK acknowledges exactly the SYN.
      if (exact) tcp.marks[peer] = (tcp.marks[peer] as number) | Mark.Initial
    }
  }
  return flow
}

/**
 * RFC 7323 section 2.2: scaling is in force only when both SYNs carried the option. A SYN without it settles both directions,
 * a SYN/ACK without it its own; a SYN/ACK with it does not count when the SYN had none.
 */
function learnScale(tcp: TcpState, own: number, answer: boolean): void {
  const peer = own ^ 1
  if (scan.windowScale >= 0) tcp.scale[own] = answer && tcp.scale[peer] === SCALE_UNUSED ? SCALE_UNUSED : scan.windowScale
  else {
    tcp.scale[own] = SCALE_UNUSED
    tcp.scale[peer] = SCALE_UNUSED
  }
}

function relative(tcp: TcpState, at: number, value: number): number {
  return at >= 0 && ((tcp.marks[at] as number) & Mark.Base) !== 0 ? (value - (tcp.base[at] as number)) >>> 0 : value
}

// ---------------------------------------------------------------------------- fields

const FLAG_LETTERS = 'RRRACEUAPRSF'
const flagTexts: string[] = []

/** '·······AP···': one letter a flag, as Wireshark shows them. */
function flagText(flags: number): string {
  let text = flagTexts[flags]
  if (text === undefined) {
    text = ''
    for (let bit = 11; bit >= 0; bit--) text += (flags >> bit) & 1 ? FLAG_LETTERS[11 - bit] : '·'
    flagTexts[flags] = text
  }
  return text
}

const FLAG_NAMES: readonly [number, string][] = [
  [Flag.Fin, 'FIN'],
  [Flag.Syn, 'SYN'],
  [Flag.Reset, 'RST'],
  [Flag.Push, 'PSH'],
  [Flag.Ack, 'ACK'],
  [Flag.Urgent, 'URG'],
  [Flag.Ece, 'ECE'],
  [Flag.Cwr, 'CWR'],
  [Flag.Ae, 'AE'],
]
const namedFlags: string[] = []

/** 'SYN, ACK', as the info column has them; made once for each of 4,096 values. */
function flagNames(flags: number): string {
  namedFlags[flags] ??=
    FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0)
      .map(([, name]) => name)
      .join(', ') || '<None>'
  return namedFlags[flags]
}

function header(
  walk: Walk,
  tcp: TcpState,
  offset: number,
  own: number,
  flags: number,
  sequence: number,
  acknowledgment: number,
  headerLength: number,
  length: number,
): void {
  walk.uint(F.sourcePort, offset, 2, walk.u16(offset))
  walk.uint(F.destinationPort, offset + 2, 2, walk.u16(offset + 2))
  if (own >= 0) {
    walk.uint(F.stream, offset, 0, tcp.stream[own >> 1] as number)
    walk.generated()
  }
  if (!walk.quoted) {
    walk.uint(F.length, offset + Offset.DataOffset, 1, length)
    walk.generated()
  }
  const counted = walk.quoted ? -1 : own
  const from = relative(tcp, counted, sequence)
  walk.uint(F.sequence, offset + Offset.Sequence, 4, from)
  walk.uint(F.sequenceRaw, offset + Offset.Sequence, 4, sequence)
  if (!walk.quoted) {
    walk.uint(F.nextSequence, offset, 0, (from + length + (flags & Flag.Syn ? 1 : 0) + (flags & Flag.Fin ? 1 : 0)) >>> 0)
    walk.generated()
  }
  const acknowledges = (flags & Flag.Ack) !== 0
  walk.uint(
    F.acknowledgment,
    offset + Offset.Acknowledgment,
    4,
    acknowledges ? relative(tcp, counted < 0 ? -1 : counted ^ 1, acknowledgment) : acknowledgment,
  )
  walk.uint(F.acknowledgmentRaw, offset + Offset.Acknowledgment, 4, acknowledgment)
  walk.uint(F.headerLength, offset + Offset.DataOffset, 1, headerLength)
  const at = offset + Offset.DataOffset
  walk.uint(F.flags, at, 2, flags)
  walk.uint(F.flagReserved, at, 1, (flags & 0xe00) !== 0 ? 1 : 0)
  walk.uint(F.flagAe, at, 1, (flags >> 8) & 1)
  walk.uint(F.flagCwr, at + 1, 1, (flags >> 7) & 1)
  walk.uint(F.flagEce, at + 1, 1, (flags >> 6) & 1)
  walk.uint(F.flagUrgent, at + 1, 1, (flags >> 5) & 1)
  walk.uint(F.flagAck, at + 1, 1, (flags >> 4) & 1)
  walk.uint(F.flagPush, at + 1, 1, (flags >> 3) & 1)
  walk.uint(F.flagReset, at + 1, 1, (flags >> 2) & 1)
  walk.uint(F.flagSyn, at + 1, 1, (flags >> 1) & 1)
  walk.uint(F.flagFin, at + 1, 1, flags & 1)
  walk.words(F.flagsText, at, 2, flagText(flags))
  walk.generated()
  const window = walk.u16(offset + Offset.Window)
  walk.uint(F.windowValue, offset + Offset.Window, 2, window)
  const scale = own < 0 ? SCALE_UNKNOWN : (tcp.scale[own] as number)
  const synchronises = (flags & Flag.Syn) !== 0
  walk.uint(F.window, offset + Offset.Window, 2, synchronises || scale < 0 || walk.quoted ? window : window * 2 ** scale)
  walk.generated()
  if (!synchronises) {
    walk.uint(F.windowFactor, offset + Offset.Window, 2, scale < 0 ? scale : 1 << scale)
    walk.generated()
  }
  checksum(walk, offset)
  walk.uint(F.urgentPointer, offset + Offset.Urgent, 2, walk.u16(offset + Offset.Urgent))
}

function ports(walk: Walk, offset: number): string {
  return `Transmission Control Protocol, Src Port: ${walk.u16(offset)}, Dst Port: ${walk.u16(offset + Offset.DestinationPort)}`
}

/** The layer's line in the tree, worded as Wireshark words it. */
function title(walk: Walk, tcp: TcpState, offset: number, own: number): string {
  const { sequence, acknowledgment, flags, length } = tcp.segment
  const counted = walk.quoted ? -1 : own
  const ack = flags & Flag.Ack ? `, Ack: ${relative(tcp, counted < 0 ? -1 : counted ^ 1, acknowledgment)}` : ''
  return `${ports(walk, offset)}, Seq: ${relative(tcp, counted, sequence)}${ack}${walk.quoted ? '' : `, Len: ${length}`}`
}

function checksum(walk: Walk, offset: number): void {
  walk.uint(F.checksum, offset + Offset.Checksum, 2, walk.u16(offset + Offset.Checksum))
  if (!walk.wants(F.checksumStatus)) return
  let status = 2
  // Only a segment that is captured whole can be checked.
  if (!walk.quoted && walk.addressSize > 0 && walk.limit === walk.end) {
    const size = walk.addressSize
    const sum = pseudoHeader(walk.bytes, walk.checksumSource, walk.checksumDestination, size, IP_PROTOCOL_TCP, walk.end - offset)
    status = finish(sumWords(walk.bytes, offset, walk.end, sum)) === 0 ? 1 : 0
    const left = status === 0 && leftToCard(sum, walk.end - offset, walk.u16(offset + Offset.Checksum))
    walk.checksum = left ? TransportChecksum.LeftToCard : status === 1 ? TransportChecksum.Good : TransportChecksum.Bad
  }
  walk.uint(F.checksumStatus, offset + Offset.Checksum, 0, status)
  walk.generated()
}

/** Is `value` what a host gives to a network card that is to finish it: the sum of the pseudo header, not complemented, or that without the length? */
function leftToCard(pseudo: number, length: number, value: number): boolean {
  return (finish(pseudo) ^ 0xffff) === value || (finish(pseudo - length) ^ 0xffff) === value
}

function trailer(
  walk: Walk,
  tcp: TcpState,
  mptcp: MptcpState,
  offset: number,
  payload: number,
  own: number,
  flags: number,
  sequence: number,
  acknowledgment: number,
  length: number,
): void {
  const subflow = own < 0 || mptcp.scan.count === 0 ? null : mptcp.of(tcp.subflow[own >> 1] as number, own >> 1)
  if (subflow !== null) connection(walk, mptcp, subflow, offset)
  if (length > 0) walk.range(F.payload, payload, length)
  if (walk.quoted || !walk.describing) return
  const window = walk.u16(offset + Offset.Window)
  const scale = own < 0 ? SCALE_UNKNOWN : (tcp.scale[own] as number)
  const shown = flags & Flag.Syn || scale < 0 ? window : window * 2 ** scale
  const ack = flags & Flag.Ack ? ` Ack=${relative(tcp, own < 0 ? -1 : own ^ 1, acknowledgment)}` : ''
  walk.info = `${walk.sourcePort} → ${walk.destinationPort} [${flagNames(flags)}] Seq=${relative(tcp, own, sequence)}${ack} Win=${shown} Len=${length}${scan.text}${mptcpNames(mptcp)}`
}

function mptcpNames(mptcp: MptcpState): string {
  let text = ''
  for (let i = 0; i < mptcp.scan.count; i++) {
    const subtype = mptcp.scan.subtype[i] as number
    text += ` ${SUBTYPE_SHORT[subtype] ?? `MPTCP=${subtype}`}`
  }
  return text
}

/** What the stream state knows of an MPTCP segment's connection, and of the key it carries. */
function connection(walk: Walk, mptcp: MptcpState, subflow: Subflow, offset: number): void {
  if (subflow.stream >= 0) {
    walk.uint(M.stream, offset, 0, subflow.stream)
    walk.generated()
  }
  const key = subflow.key(walk.quoted ? walk.quotedDirection : walk.direction)
  const at = mptcp.scan.find(Subtype.Capable)
  if (key === null || at < 0 || (mptcp.scan.length[at] as number) < 12) return
  walk.uint(M.token, offset, 0, key.token)
  walk.generated()
  walk.uint64of(M.initialDsn, offset, 0, key.initialHigh, key.initialLow)
  walk.generated()
}
