/**
 * WireGuard messages (whitepaper section 5.4). Found by their bytes on any UDP port: handshake messages by type, zero bytes and exact size;
 * transport messages on their usual port, on a flow that had a handshake, or to an index that one has named. Refuses everything else.
 * Cost for other UDP: one comparison of four bytes; no allocation without a recorder.
 */
import type { Walk } from '../core/walk.ts'
import { cookieReply, data, handshake, keepalive } from './signals.ts'
import { wireguardState } from './state.ts'
import {
  COOKIE_REPLY_SIZE,
  Field,
  INITIATION_SIZE,
  KEEPALIVE_SIZE,
  Message,
  messageNames,
  RESPONSE_SIZE,
  TAG,
  TRANSPORT_HEADER,
  WIREGUARD_PORT,
  wireguard,
} from './wire.ts'

/** sizes by type; 0: any */
const SIZES = [-1, INITIATION_SIZE, RESPONSE_SIZE, COOKIE_REPLY_SIZE, 0]

export function dissectWireguard(walk: Walk, offset: number): void {
  if (offset + 8 > walk.limit || !looksLikeMessage(walk, offset)) {
    walk.decline()
    return
  }
  walk.layer(wireguard.protocol, wireguard.root, offset, walk.end - offset)
  message(walk, offset, walk.u8(offset) as Message)
  walk.endLayer()
}

function looksLikeMessage(walk: Walk, offset: number): boolean {
  const type = walk.u32le(offset)
  if (type < Message.Initiation || type > Message.Transport) return false
  const length = walk.end - offset
  const size = SIZES[type] as number
  if (size > 0) return length === size
  // What is encrypted is padded to 16 bytes (section 5.4.6); its tag has 16.
  if (length < KEEPALIVE_SIZE || length % 16 !== 0) return false
  if (walk.sourcePort === WIREGUARD_PORT || walk.destinationPort === WIREGUARD_PORT) return true
  return walk.state.of(wireguardState).knows(walk.quoted ? walk.quotedFlow : walk.flow, walk.u32le(offset + 4))
}

function message(walk: Walk, offset: number, type: Message): void {
  if (walk.recorder !== null) {
    walk.uint(Field.type, offset, 1, type)
    walk.range(Field.reserved, offset + 1, 3)
    if (!walk.quoted) walk.info = messageNames[type] as string
  }
  if (type === Message.Transport) transport(walk, offset)
  else if (type === Message.CookieReply) cookie(walk, offset)
  else greeting(walk, offset, type)
}

function greeting(walk: Walk, offset: number, type: Message.Initiation | Message.Response): void {
  const response = type === Message.Response
  const sender = walk.u32le(offset + 4)
  const receiver = response ? walk.u32le(offset + 8) : 0
  if (!walk.quoted && !walk.state.frozen) walk.state.of(wireguardState).learn(walk.flow, sender)
  if (walk.recorder !== null) recordGreeting(walk, offset, response)
  if (walk.signalling && !walk.quoted && (!response || walk.need(offset, 12))) handshake(walk, type, sender, receiver)
}

function recordGreeting(walk: Walk, offset: number, response: boolean): void {
  let at = offset + 4
  walk.uint(Field.sender, at, 4, walk.u32le(at))
  at += 4
  if (response) {
    if (!walk.need(at, 4)) return
    walk.uint(Field.receiver, at, 4, walk.u32le(at))
    if (!walk.quoted) walk.info += `, sender=0x${walk.u32le(at - 4).toString(16)}, receiver=0x${walk.u32le(at).toString(16)}`
    at += 4
  } else if (!walk.quoted) walk.info += `, sender=0x${walk.u32le(at - 4).toString(16)}`
  if (!walk.need(at, 32)) return
  walk.words(Field.ephemeral, at, 32, base64(walk.bytes, at, 32))
  at += 32
  const sealed: [number, number][] = response
    ? [[Field.encryptedEmpty, TAG]]
    : [
        [Field.encryptedStatic, 48],
        [Field.encryptedTimestamp, 28],
      ]
  for (const [field, size] of sealed) {
    if (!walk.need(at, size)) return
    walk.group(field, at, size)
    walk.endGroup()
    at += size
  }
  for (const field of [Field.mac1, Field.mac2]) {
    if (!walk.need(at, 16)) return
    walk.range(field, at, 16)
    at += 16
  }
}

function cookie(walk: Walk, offset: number): void {
  const receiver = walk.u32le(offset + 4)
  if (walk.recorder !== null) {
    walk.uint(Field.receiver, offset + 4, 4, receiver)
    if (walk.need(offset + 8, 24)) walk.range(Field.nonce, offset + 8, 24)
    if (walk.need(offset + 32, 32)) walk.range(Field.encryptedCookie, offset + 32, 32)
  }
  if (walk.signalling && !walk.quoted) cookieReply(walk, receiver)
}

function transport(walk: Walk, offset: number): void {
  if (walk.quoted) walk.quotedToken = walk.u32le(offset + 4)
  if (!walk.need(offset, TRANSPORT_HEADER)) return
  const receiver = walk.u32le(offset + 4)
  const low = walk.u32le(offset + 8)
  const sealed = walk.end - offset - TRANSPORT_HEADER
  if (walk.recorder !== null) {
    walk.uint(Field.receiver, offset + 4, 4, receiver)
    walk.uint64of(Field.counter, offset + 8, 8, walk.u32le(offset + 12), low)
    walk.group(Field.encryptedPacket, offset + TRANSPORT_HEADER, sealed)
    walk.endGroup()
    if (sealed === TAG) {
      walk.group(Field.keepalive, offset + TRANSPORT_HEADER, sealed)
      walk.generated()
      walk.endGroup()
    }
    if (!walk.quoted) walk.info = `${sealed === TAG ? 'Keepalive' : 'Transport Data'}, receiver=0x${receiver.toString(16)}, counter=${low}`
  }
  if (!walk.signalling || walk.quoted) return
  if (sealed === TAG) keepalive(walk, receiver, low)
  else data(walk, receiver, low, sealed)
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Keys are written in Base64 (RFC 4648 section 4) by everything that handles WireGuard. */
function base64(bytes: Uint8Array, begin: number, size: number): string {
  let text = ''
  for (let i = begin; i < begin + size; i += 3) {
    const left = begin + size - i
    const word = ((bytes[i] as number) << 16) | ((left > 1 ? (bytes[i + 1] as number) : 0) << 8) | (left > 2 ? (bytes[i + 2] as number) : 0)
    for (let shift = 18, n = 0; shift >= 0; shift -= 6, n++) text += n > left ? '=' : DIGITS[(word >> shift) & 63]
  }
  return text
}
