/** ESP and AH packets as payload: `token` is the SPI, `unit` the sequence number, `context` whose SPI it is. Allocates nothing. */
import { SignalKind, type SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { spiState } from './state.ts'

/** `bytes`: what the packet carries behind IP and UDP, header and trailer included. An SPI nobody announced is the protocol's own. */
export function emitIpsecPayload(
  walk: Walk,
  own: SignalProtocol.Esp | SignalProtocol.Ah,
  spi: number,
  sequence: number,
  bytes: number,
): void {
  const spis = walk.state.of(spiState)
  const binding = spis.find(spi)
  const s = walk.newSignal(SignalKind.Payload, binding === undefined ? own : binding.protocol)
  s.token = spi
  s.space = UnitSpace.IpsecSequence
  s.unit = sequence
  s.span = 1
  s.bytes = bytes
  if (binding !== undefined) {
    s.context = binding.context
    s.side = spis.senderOf(binding, walk.flow < 0 ? -1 : walk.state.flows.sender(walk.flow, walk.direction))
  }
  walk.emit(s)
}
