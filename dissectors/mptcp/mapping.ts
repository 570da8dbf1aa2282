/**
 * Data sequence signals (RFC 8684 section 3.3): mappings are kept, data acknowledgments and DATA_FIN signalled, and a segment's payload
 * is given in data sequence space with its place on the subflow beside it. Allocates nothing for data and acknowledgments.
 */
import { SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { before, Mark, type TcpState } from '../tcp/state.ts'
import { Flag } from '../tcp/wire.ts'
import { close, note } from './details.ts'
import { INFINITE, type MptcpState, Noted, type Subflow, Word } from './state.ts'
import { DssFlag } from './wire.ts'

export function dataSequence(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow): void {
  const { length } = tcp.segment
  const scan = mptcp.scan
  const { direction } = walk
  if ((scan.dssFlags & DssFlag.Ack) !== 0 && walk.signals !== null) {
    // A pure acknowledgment always counts (it may be a duplicate); on data only when it says something new.
    const { numbers } = mptcp
    const at = mptcp.numbersOf(subflow, direction)
    if (length === 0 || numbers[at + Word.Acknowledged] === 0 || numbers[at + Word.DataAck] !== scan.dataAck) {
      numbers[at + Word.Acknowledged] = 1
      numbers[at + Word.DataAck] = scan.dataAck
      const signal = walk.newSignal(SignalKind.Acknowledged, SignalProtocol.Mptcp)
      signal.space = UnitSpace.Dsn
      signal.unit = scan.dataAck
      walk.emit(signal)
    }
  }
  if ((scan.dssFlags & DssFlag.Mapping) === 0) return
  const fin = (scan.dssFlags & DssFlag.DataFin) !== 0
  if (scan.dataLength === 0) note(walk, subflow, Noted.Infinite, 'infinite mapping')
  const span = scan.dataLength === 0 ? INFINITE : fin ? scan.dataLength - 1 : scan.dataLength
  if (span > 0) {
    const known = initialSequence(walk, tcp, mptcp, subflow, span)
    if (!known) return
    const initial = mptcp.numbers[mptcp.numbersOf(subflow, direction) + Word.Initial] as number
    mptcp.addMapping(subflow, direction, (initial + scan.subflowSequence) >>> 0, scan.dsn, span)
  }
}

/** DATA_FIN, once a subflow and direction; after the payload that the same segment may carry. */
export function signalDataFin(walk: Walk, mptcp: MptcpState, subflow: Subflow): void {
  const scan = mptcp.scan
  if (!scan.dss || (scan.dssFlags & DssFlag.DataFin) === 0 || (scan.dssFlags & DssFlag.Mapping) === 0) return
  const { direction } = walk
  if ((subflow.dataFin & (1 << direction)) !== 0) return
  subflow.dataFin |= 1 << direction
  const connection = mptcp.resolve(subflow)
  const side = subflow.side(direction)
  let final = (subflow.dataFin & (1 << (direction ^ 1))) !== 0
  if (connection !== null && side >= 0) {
    connection.dataFin |= 1 << side
    final = connection.dataFin === 3
  }
  close(walk, SignalKind.Closed, 'DATA_FIN', false, final, null, 'A1')
}

/**
 * Mappings count from the subflow's initial sequence number. Mid-capture it is told by a segment that is exactly its mapping,
 * or as the lowest that any segment of a mapping gives.
 */
function initialSequence(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow, span: number): boolean {
  const { direction } = walk
  const known = mptcp.numbers[mptcp.numbersOf(subflow, direction) + Word.InitialKnown] as number
  if (known === 2) return true
  const at = walk.flow * 2 + direction
  if (((tcp.marks[at] as number) & Mark.Initial) !== 0) {
    mptcp.setInitial(subflow, direction, tcp.base[at] as number, 2)
    return true
  }
  const { length } = tcp.segment
  if (length === 0) return known !== 0
  const candidate = (tcp.segment.sequence - mptcp.scan.subflowSequence) >>> 0
  const lowest = mptcp.numbers[mptcp.numbersOf(subflow, direction) + Word.Initial] as number
  mptcp.setInitial(subflow, direction, known === 0 || before(candidate, lowest) ? candidate : lowest, length === span ? 2 : 1)
  return true
}

/** Payload of a subflow's segment: one signal a mapping it touches, or one in subflow space when no mapping is known. */
export function emitMappedPayload(walk: Walk, tcp: TcpState, mptcp: MptcpState, subflow: Subflow): void {
  const { flags, length, sequence } = tcp.segment
  const direction = walk.direction as 0 | 1
  // A SYN takes the first number; data on it comes after.
  let from = (flags & Flag.Syn) !== 0 ? (sequence + 1) >>> 0 : sequence
  let left = length
  for (let pieces = 0; left > 0; pieces++) {
    const mapped = pieces < 16 && mptcp.findMapping(subflow, direction, from)
    const size = mapped ? Math.min(left, mptcp.mappedLeft) : left
    const signal = walk.newSignal(SignalKind.Payload, SignalProtocol.Mptcp)
    if (mapped) {
      signal.space = UnitSpace.Dsn
      signal.unit = mptcp.mappedDsn
    } else {
      signal.space = UnitSpace.Seq
      signal.unit = from
    }
    signal.span = size
    signal.bytes = size
    signal.sub = from
    signal.subSpan = size
    walk.emit(signal)
    from = (from + size) >>> 0
    left -= size
  }
}
