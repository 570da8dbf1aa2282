/** Details of rare signals that several parts of TCP and MPTCP raise: openings, closes, fallback notes. */
import type { ClaimAuthentication, OpenDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import type { Noted, Subflow } from './state.ts'

export function close(
  walk: Walk,
  kind: SignalKind.Closed | SignalKind.Refused,
  message: string,
  abrupt: boolean,
  final: boolean,
  cause: string | null,
  authentication: ClaimAuthentication,
  protocol: SignalProtocol = SignalProtocol.Mptcp,
  sequence = -1,
): void {
  const signal = walk.newSignal(kind, protocol)
  if (sequence >= 0) {
    signal.space = UnitSpace.Seq
    signal.unit = sequence
  }
  signal.detail = { message, abrupt, final, cause, authentication }
  walk.emit(signal)
}

export function note(walk: Walk, subflow: Subflow, once: Noted, message: string): void {
  if ((subflow.noted & once) !== 0) return
  subflow.noted |= once
  const signal = walk.newSignal(SignalKind.Fallback, SignalProtocol.Mptcp)
  signal.detail = { message }
  walk.emit(signal)
}

export function openDetail(message: string, step: number): OpenDetail {
  return {
    message,
    step,
    sender: [],
    receiver: [],
    joinToken: null,
    senderToken: null,
    receiverToken: null,
    initiateTag: null,
    addressId: null,
    backup: false,
    initialUnit: null,
  }
}

export function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
