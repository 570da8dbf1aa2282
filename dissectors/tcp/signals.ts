/**
 * Signals of a TCP segment, for plain TCP and for MPTCP subflows alike (those carry SignalProtocol.Mptcp). Runs in the index pass on
 * every segment: without SYN, FIN, RST and MPTCP options it only compares numbers and fills the reused signal.
 * What is no payload: keep-alives and window probes that repeat the last acknowledged byte (RFC 9293 section 3.8.4).
 */
import { SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import { Stop, type Walk } from '../core/walk.ts'
import { close, openDetail } from '../mptcp/details.ts'
import { describeOpening, followMptcp } from '../mptcp/follow.ts'
import { emitMappedPayload, signalDataFin } from '../mptcp/mapping.ts'
import { resetCause, signalMptcp } from '../mptcp/signals.ts'
import type { MptcpState, Subflow } from '../mptcp/state.ts'
import type { OptionScan } from './options.ts'
import { before, Mark, type TcpState, Whole } from './state.ts'
import { Flag } from './wire.ts'

/** Follows `tcp.segment`, a segment of `walk.flow`. The flow's base numbers are set already. */
export function trackSegment(walk: Walk, tcp: TcpState, mptcp: MptcpState, scan: OptionScan): void {
  const { flow, direction } = walk
  const { flags, length, sequence } = tcp.segment
  const own = flow * 2 + direction
  const peer = own ^ 1
  let subflow = mptcp.of(tcp.subflow[flow] as number, flow)
  if (mptcp.scan.count > 0 || subflow !== null) subflow = followMptcp(walk, tcp, mptcp, subflow)
  const protocol = subflow === null ? SignalProtocol.Tcp : SignalProtocol.Mptcp

  if ((flags & Flag.Syn) !== 0) opening(walk, tcp, mptcp, subflow, protocol)
  else if (((tcp.whole[flow] as number) & Whole.Opened) === 0 && (flags & (Flag.Ack | Flag.Reset)) === Flag.Ack)
    opened(walk, tcp, mptcp, subflow, protocol)
  if (subflow !== null) signalMptcp(walk, tcp, mptcp, subflow)

  if ((flags & (Flag.Ack | Flag.Reset)) === Flag.Ack) acknowledge(walk, tcp, scan, protocol, own)

  if (length > 0) {
    const first = (flags & Flag.Syn) !== 0 ? (sequence + 1) >>> 0 : sequence
    // One byte below what was sent and acknowledged: a probe, not data.
    const probe =
      length === 1 &&
      ((tcp.marks[own] as number) & Mark.Next) !== 0 &&
      first === ((tcp.next[own] as number) - 1) >>> 0 &&
      ((tcp.marks[peer] as number) & Mark.Acked) !== 0 &&
      !before(tcp.acked[peer] as number, tcp.next[own] as number)
    if (!probe && (flags & Flag.Reset) === 0 && walk.signals !== null) {
      if (subflow !== null) emitMappedPayload(walk, tcp, mptcp, subflow)
      else {
        const signal = walk.newSignal(SignalKind.Payload, SignalProtocol.Tcp)
        signal.space = UnitSpace.Seq
        signal.unit = first
        signal.span = length
        signal.bytes = length
        walk.emit(signal)
      }
    }
  }

  if (subflow !== null && mptcp.scan.dss) signalDataFin(walk, mptcp, subflow)
  if ((flags & (Flag.Fin | Flag.Reset)) !== 0) ending(walk, tcp, mptcp, subflow, protocol, own, peer)

  if ((flags & Flag.Reset) === 0) {
    const end = (sequence + length + (flags & Flag.Syn ? 1 : 0) + (flags & Flag.Fin ? 1 : 0)) >>> 0
    if (((tcp.marks[own] as number) & Mark.Next) === 0) {
      tcp.marks[own] = (tcp.marks[own] as number) | Mark.Next
      tcp.next[own] = end
    } else if (before(tcp.next[own] as number, end)) tcp.next[own] = end
  }
}

function opening(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow | null, protocol: SignalProtocol): void {
  const { flags, sequence } = tcp.segment
  const answer = (flags & Flag.Ack) !== 0
  const own = walk.flow * 2 + walk.direction
  tcp.marks[own] = (tcp.marks[own] as number) | (answer ? Mark.SynAck : Mark.Syn)
  const detail = openDetail(answer ? 'SYN/ACK' : 'SYN', answer ? 2 : 1)
  detail.initialUnit = sequence
  if (subflow !== null) describeOpening(mptcp, subflow, walk.direction, detail)
  const signal = walk.newSignal(SignalKind.Opening, protocol)
  if (answer && protocol === SignalProtocol.Tcp) signal.token = (tcp.segment.acknowledgment - 1) >>> 0
  signal.detail = detail
  walk.emit(signal)
}

/** The initiator's first segment after the SYNs; known by its own SYN, or by the other side's SYN/ACK. */
function opened(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow | null, protocol: SignalProtocol): void {
  const own = walk.flow * 2 + walk.direction
  const initiator = ((tcp.marks[own] as number) & Mark.Syn) !== 0 || ((tcp.marks[own ^ 1] as number) & Mark.SynAck) !== 0
  if (!initiator || ((tcp.marks[own] as number) & Mark.SynAck) !== 0) return
  // Only what follows the SYN directly or later; a segment of an older connection is not the third step.
  if (((tcp.marks[own] as number) & Mark.Initial) !== 0 && before(tcp.segment.sequence, ((tcp.base[own] as number) + 1) >>> 0)) return
  tcp.whole[walk.flow] = (tcp.whole[walk.flow] as number) | Whole.Opened
  const detail = openDetail('ACK', 3)
  if (subflow !== null) describeOpening(mptcp, subflow, walk.direction, detail)
  const signal = walk.newSignal(SignalKind.Opened, protocol)
  signal.detail = detail
  walk.emit(signal)
}

function acknowledge(walk: Walk, tcp: TcpState, scan: OptionScan, protocol: SignalProtocol, own: number): void {
  const { flags, length, acknowledgment } = tcp.segment
  const known = ((tcp.marks[own] as number) & Mark.Acked) !== 0
  const advances = !known || before(tcp.acked[own] as number, acknowledgment)
  if (advances) {
    tcp.marks[own] = (tcp.marks[own] as number) | Mark.Acked
    tcp.acked[own] = acknowledgment
  }
  if (walk.signals === null || (flags & Flag.Syn) !== 0) return
  // A pure acknowledgment always counts (it may be a duplicate); on data only when it says something new.
  if (!advances && length > 0 && scan.sackBlocks === 0) return
  // What the capture cut of the options may be why it was sent again (SACK, a Data ACK): no duplicate.
  if (!advances && walk.stop === Stop.Cut) return
  const signal = walk.newSignal(SignalKind.Acknowledged, protocol)
  signal.space = UnitSpace.Seq
  signal.unit = acknowledgment
  let gaps = 0
  for (let i = 0; i < scan.sackBlocks; i++) {
    const at = scan.sackOffset + i * 8
    const left = walk.u32(at)
    const right = walk.u32(at + 4)
    // RFC 2883: a block at or below the acknowledgment reports a duplicate.
    if (!before(acknowledgment, right)) signal.duplicates++
    else {
      signal.gapStart[gaps] = left
      signal.gapEnd[gaps] = right
      gaps++
    }
  }
  signal.gapCount = gaps
  walk.emit(signal)
}

function ending(
  walk: Walk,
  tcp: TcpState,
  mptcp: MptcpState,
  subflow: Subflow | null,
  protocol: SignalProtocol,
  own: number,
  peer: number,
): void {
  const { flags } = tcp.segment
  if ((flags & Flag.Reset) !== 0) {
    const cause = resetCause(walk, mptcp)
    const open = subflow !== null ? subflow.established || isOpen(tcp, walk.flow, subflow) : isOpen(tcp, walk.flow, null)
    const message = cause === null ? 'RST' : 'RST MP_TCPRST'
    close(walk, open ? SignalKind.Closed : SignalKind.Refused, message, true, true, cause, 'A1', protocol, tcp.segment.sequence)
    return
  }
  const marks = tcp.marks[own] as number
  if ((marks & Mark.Fin) !== 0) return
  tcp.marks[own] = marks | Mark.Fin
  close(walk, SignalKind.Closed, 'FIN', false, ((tcp.marks[peer] as number) & Mark.Fin) !== 0, null, 'A1', protocol)
}

/** Was the flow open when the reset came? A join is only after its fourth packet; a flow met mid-capture counts as open. */
function isOpen(tcp: TcpState, flow: number, subflow: Subflow | null): boolean {
  if (subflow !== null && subflow.joinToken !== null) return subflow.established
  if (((tcp.whole[flow] as number) & Whole.Opened) !== 0) return true
  const handshake = Mark.Syn | Mark.SynAck
  return (((tcp.marks[flow * 2] as number) | (tcp.marks[flow * 2 + 1] as number)) & handshake) === 0
}
