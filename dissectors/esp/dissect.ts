/**
 * ESP packets (RFC 4303), over IP (protocol 50) or in UDP behind the caller's own check (RFC 3948, RFC 7402 section 4.1).
 * Without keys nothing behind the sequence number can be read, not even where the ICV begins. SPI 0 never stands on the wire
 * (section 2.1). Cost without a recorder: the flow look-up when over IP, two reads and a map look-up; no allocation.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { emitIpsecPayload } from './signals.ts'
import { spiState } from './state.ts'
import { At, ESP_HEADER, esp, espData, espOwner, espSequence, espSpi } from './wire.ts'

/** An ESP packet at `offset`, up to walk.end. In UDP the datagram's flow stands; over IP the address pair is the flow. */
export function dissectEsp(walk: Walk, offset: number): void {
  walk.layer(esp.protocol, esp.root, offset, walk.end - offset)
  packet(walk, offset)
  walk.endLayer()
}

function packet(walk: Walk, offset: number): void {
  if (walk.quoted) {
    // A quote that ends early is nobody's fault.
    if (offset + 4 > walk.limit) return
    walk.quotedToken = walk.u32(offset)
    if (walk.ipProtocol !== IpProtocol.Udp) walk.toFlow(IpProtocol.Esp, 0, 0)
    if (offset + ESP_HEADER > walk.limit) {
      walk.uint(espSpi, offset, 4, walk.quotedToken)
      return
    }
  } else {
    if (!walk.need(offset, ESP_HEADER)) return
    if (walk.ipProtocol !== IpProtocol.Udp) walk.toFlow(IpProtocol.Esp, 0, 0)
  }
  const spi = walk.u32(offset + At.Spi)
  const sequence = walk.u32(offset + At.Sequence)
  if (spi === 0) walk.malformed(offset, 'SPI 0 is reserved and never sent')
  if (walk.recorder !== null) record(walk, offset, spi, sequence)
  if (walk.signalling) emitIpsecPayload(walk, SignalProtocol.Esp, spi, sequence, walk.end - offset)
}

function record(walk: Walk, offset: number, spi: number, sequence: number): void {
  walk.uint(espSpi, offset + At.Spi, 4, spi)
  const binding = walk.state.of(spiState).find(spi)
  if (binding !== undefined) {
    walk.words(espOwner, offset + At.Spi, 4, binding.name)
    walk.generated()
  }
  walk.uint(espSequence, offset + At.Sequence, 4, sequence)
  if (walk.limit > offset + At.Data) walk.range(espData, offset + At.Data, walk.limit - offset - At.Data)
  if (walk.describing && !walk.quoted) walk.info = `ESP (SPI=0x${spi.toString(16).padStart(8, '0')})`
}
