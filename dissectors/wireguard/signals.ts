/**
 * What WireGuard messages say, as signals: handshakes name the index by which their sender is reached, transport messages the receiver's (`token`).
 * A peer is where its last authenticated message came from, whatever the address (whitepaper section 2.1). Authentication: A1 by index and
 * counter; the tags cannot be checked without keys. Keepalives are probes that nobody has to answer. Allocates nothing for data.
 */
import type { Identifier } from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { type Message, messageNames } from './wire.ts'

function fresh(walk: Walk, kind: SignalKind, receiver: number): Signal {
  const s = walk.newSignal(kind, SignalProtocol.Wireguard)
  s.token = receiver
  return s
}

function identifier(index: number): Identifier {
  return { kind: 'receiver-index', value: `0x${index.toString(16).padStart(8, '0')}` }
}

/** `receiver` is 0 in an initiation. */
export function handshake(walk: Walk, message: Message.Initiation | Message.Response, sender: number, receiver: number): void {
  const response = receiver !== 0
  const s = fresh(walk, response ? SignalKind.Opened : SignalKind.Opening, receiver)
  s.detail = {
    message: messageNames[message] as string,
    step: response ? 2 : 1,
    sender: [identifier(sender)],
    receiver: response ? [identifier(receiver)] : [],
    joinToken: null,
    senderToken: sender,
    receiverToken: receiver,
    initiateTag: null,
    addressId: null,
    backup: false,
    initialUnit: 0,
  }
  walk.emit(s)
}

export function cookieReply(walk: Walk, receiver: number): void {
  const s = fresh(walk, SignalKind.Noted, receiver)
  s.detail = { message: 'Cookie Reply: the responder is under load' }
  walk.emit(s)
}

export function keepalive(walk: Walk, receiver: number, counter: number): void {
  const s = fresh(walk, SignalKind.Probed, receiver)
  s.detail = { message: 'Keepalive', match: String(counter), authentication: 'A1' }
  walk.emit(s)
}

/** `counter`: its low 32 bits; `bytes` those that are encrypted, with the tag. */
export function data(walk: Walk, receiver: number, counter: number, bytes: number): void {
  const s = fresh(walk, SignalKind.Payload, receiver)
  s.space = UnitSpace.IpsecSequence
  s.unit = counter
  s.span = 1
  s.bytes = bytes
  walk.emit(s)
}
