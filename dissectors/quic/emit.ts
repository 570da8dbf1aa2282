/**
 * Builds QUIC packets, for tests: headers, frames, protection through a sealing function. Writes what it is told, also what RFC 9000 forbids;
 * lengths and header protection are its own.
 */
import type { CryptoPort } from '../core/crypto.ts'
import type { PacketKeys } from './protection.ts'
import { isVersion2, TAG } from './wire.ts'

/** Ciphertext and tag. */
export type Seal = (keys: PacketKeys, nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array) => Uint8Array

export function joinBytes(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The shortest form. */
export function varint(value: number): number[] {
  if (value < 0x40) return [value]
  if (value < 0x4000) return [0x40 | (value >> 8), value & 255]
  if (value < 0x4000_0000) return [0x80 | (value >>> 24), (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
  const high = Math.floor(value / 0x1_0000_0000)
  const low = value % 0x1_0000_0000
  return [
    0xc0 | (high >>> 24),
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  ]
}

function numberBytes(packetNumber: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.floor(packetNumber / 256 ** (length - 1 - i)) % 256)
}

export interface Protected {
  keys: PacketKeys
  packetNumber: number
  /** bytes of it that are sent; 2 unless told */
  numberLength?: number
  frames: Uint8Array
  /** multipath: the path whose nonce it is */
  path?: number
}

function protect(crypto: CryptoPort, seal: Seal, header: Uint8Array, numberAt: number, o: Protected): Uint8Array {
  const { keys, packetNumber, frames, path = 0 } = o
  const nonce = new Uint8Array(keys.iv)
  numberBytes(packetNumber, 8).forEach((byte, i) => {
    nonce[4 + i] = (nonce[4 + i] as number) ^ byte
  })
  numberBytes(path, 4).forEach((byte, i) => {
    nonce[i] = (nonce[i] as number) ^ byte
  })
  const packet = joinBytes(header, seal(keys, nonce, header, frames))
  const sample = packet.subarray(numberAt + 4, numberAt + 20)
  const mask = crypto.headerMask(keys.suite.cipher === 'aes-gcm' ? 'aes' : 'chacha20', keys.hp, sample) as Uint8Array
  packet[0] = (packet[0] as number) ^ ((mask[0] as number) & ((header[0] as number) & 0x80 ? 0x0f : 0x1f))
  for (let i = numberAt; i < header.length; i++) packet[i] = (packet[i] as number) ^ (mask[1 + i - numberAt] as number)
  return packet
}

export interface LongOptions extends Protected {
  /** 0 Initial, 1 0-RTT, 2 Handshake */
  type: number
  version: number
  dcid: Uint8Array
  scid: Uint8Array
  token?: Uint8Array
}

export function emitLong(crypto: CryptoPort, seal: Seal, o: LongOptions): Uint8Array {
  const { type, version, dcid, scid, token = new Uint8Array(0), numberLength = 2, packetNumber, frames } = o
  const bits = isVersion2(version) ? (type + 1) & 3 : type
  const front = joinBytes(
    [0xc0 | (bits << 4) | (numberLength - 1), version >>> 24, (version >>> 16) & 255, (version >>> 8) & 255, version & 255],
    [dcid.length],
    dcid,
    [scid.length],
    scid,
    type === 0 ? joinBytes(varint(token.length), token) : [],
    varint(numberLength + frames.length + TAG),
  )
  return protect(crypto, seal, joinBytes(front, numberBytes(packetNumber, numberLength)), front.length, o)
}

export interface ShortOptions extends Protected {
  dcid: Uint8Array
  keyPhase?: 0 | 1
}

export function emitShort(crypto: CryptoPort, seal: Seal, o: ShortOptions): Uint8Array {
  const { dcid, keyPhase = 0, numberLength = 2, packetNumber } = o
  const front = joinBytes([0x40 | (keyPhase << 2) | (numberLength - 1)], dcid)
  return protect(crypto, seal, joinBytes(front, numberBytes(packetNumber, numberLength)), front.length, o)
}

export function emitCrypto(offset: number, data: Uint8Array): Uint8Array {
  return joinBytes([0x06], varint(offset), varint(data.length), data)
}

/** A STREAM frame with offset and length. */
export function emitStream(id: number, offset: number, data: Uint8Array): Uint8Array {
  return joinBytes([0x0e], varint(id), varint(offset), varint(data.length), data)
}

export function emitNewConnectionId(sequence: number, retirePriorTo: number, cid: Uint8Array, token: Uint8Array): Uint8Array {
  return joinBytes([0x18], varint(sequence), varint(retirePriorTo), [cid.length], cid, token)
}

/** A ClientHello with nothing but what QUIC reads: random, one suite, extensions as given. */
export function emitClientHello(random: Uint8Array, extensions: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = joinBytes([3, 3], random, [0], [0, 2, 0x13, 0x01], [1, 0], [extensions.length >> 8, extensions.length & 255], extensions)
  return joinBytes([1, 0, body.length >> 8, body.length & 255], body)
}

export function emitServerHello(suite: number): Uint8Array {
  const body = joinBytes([3, 3], new Uint8Array(32), [0], [suite >> 8, suite & 255], [0], [0, 0])
  return joinBytes([2, 0, body.length >> 8, body.length & 255], body)
}

export function emitExtension(type: number, value: Uint8Array): Uint8Array {
  return joinBytes([type >> 8, type & 255, value.length >> 8, value.length & 255], value)
}
