/**
 * Builds ICMPv4 messages for tests, from the code points of `wire.ts`, with right checksums. Writes what it is told, also what no RFC allows.
 */
import { internetChecksum } from '../core/checksum.ts'
import { bytes16, bytes32, join } from '../link/emit.ts'
import { EXTENSION_VERSION } from './extensions.ts'
import { Type } from './wire.ts'

/** `rest` are the four bytes behind the checksum. */
export function emitIcmp(type: number, code: number, rest: readonly number[], body: Uint8Array | readonly number[] = []): Uint8Array {
  const message = join([type, code, 0, 0], rest, body)
  message.set(bytes16(internetChecksum(message, 0, message.length)), 2)
  return message
}

export function emitEcho(type: Type.Echo | Type.EchoReply, identifier: number, sequence: number, data: Uint8Array): Uint8Array {
  return emitIcmp(type, 0, [...bytes16(identifier), ...bytes16(sequence)], data)
}

/** A quote filled with zeros up to what RFC 4884 wants in front of extensions: at least 128 bytes, a multiple of `unit`. */
export function paddedQuote(quote: Uint8Array, unit: 4 | 8): Uint8Array {
  return join(quote, new Uint8Array(Math.max(128, Math.ceil(quote.length / unit) * unit) - quote.length))
}

/** One extension object (RFC 4884 section 7.1). */
export function emitObject(kind: number, type: number, data: Uint8Array | readonly number[]): Uint8Array {
  return join(bytes16(4 + data.length), [kind, type], data)
}

export function emitExtensions(...objects: Uint8Array[]): Uint8Array {
  const structure = join([EXTENSION_VERSION << 4, 0, 0, 0], ...objects)
  structure.set(bytes16(internetChecksum(structure, 0, structure.length)), 2)
  return structure
}

export interface IcmpErrorOptions {
  /** next-hop MTU of 'fragmentation needed' */
  mtu?: number
  pointer?: number
  /** put behind the quote, which is then padded; `legacy` leaves the length field at 0 as senders before RFC 4884 did */
  extensions?: Uint8Array
  legacy?: boolean
}

export function emitIcmpError(type: number, code: number, quote: Uint8Array, o: IcmpErrorOptions = {}): Uint8Array {
  const padded = o.extensions === undefined ? quote : paddedQuote(quote, 4)
  const length = o.extensions === undefined || o.legacy === true ? 0 : padded.length / 4
  const rest = [o.pointer ?? 0, length, ...bytes16(o.mtu ?? 0)]
  return emitIcmp(type, code, rest, o.extensions === undefined ? padded : join(padded, o.extensions))
}

/** `gateway` is an IPv4 address as bytes. */
export function emitRedirect(code: number, gateway: Uint8Array, quote: Uint8Array): Uint8Array {
  return emitIcmp(Type.Redirect, code, [...gateway], quote)
}

export function emitTimestamps(identifier: number, sequence: number, stamps: readonly [number, number, number]): Uint8Array {
  return emitIcmp(Type.TimestampReply, 0, [...bytes16(identifier), ...bytes16(sequence)], stamps.flatMap(bytes32))
}
