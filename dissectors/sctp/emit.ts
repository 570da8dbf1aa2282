/**
 * Builds SCTP packets, for tests: chunks, parameters, causes, CRC32c and AUTH. The counterpart of `dissect.ts`, from the same code points.
 * Writes what it is told, also what RFC 9260 forbids; only lengths, padding and the checksum are its own.
 */
import { parseAddress } from '../../shared/address.ts'
import { crc32c } from '../core/checksum.ts'
import type { CryptoPort } from '../core/crypto.ts'
import { Chunk, ChunkFixed, DataFlag, Header, Parameter, REFLECTED_TAG } from './wire.ts'

/** Big-endian integers: [value, bytes] pairs, byte strings as they are. */
export function bytesOf(...parts: (Uint8Array | readonly [value: number, size: 1 | 2 | 4])[]): Uint8Array {
  const out: number[] = []
  for (const part of parts) {
    if (part instanceof Uint8Array) for (const byte of part) out.push(byte)
    else for (let i = part[1] - 1; i >= 0; i--) out.push(Math.floor(part[0] / 256 ** i) & 255)
  }
  return Uint8Array.from(out)
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0) & 255)
}

function padded(bytes: Uint8Array): Uint8Array {
  return bytesOf(bytes, new Uint8Array(-bytes.length & 3))
}

/** Things in a row; each but the last is padded, as a chunk's length counts them (section 3.2). */
function joined(items: readonly Uint8Array[]): Uint8Array {
  return bytesOf(...items.map((item, i) => (i < items.length - 1 ? padded(item) : item)))
}

export function chunk(type: number, flags: number, body: Uint8Array): Uint8Array {
  return bytesOf([type, 1], [flags, 1], [4 + body.length, 2], body)
}

/** Parameters and causes have one form. */
export function parameter(type: number, value: Uint8Array = new Uint8Array(0)): Uint8Array {
  return bytesOf([type, 2], [4 + value.length, 2], value)
}
export const cause = parameter

export function addressParameter(text: string): Uint8Array {
  const bytes = parseAddress(text)
  if (bytes === null) throw new Error(`'${text}' is no address`)
  return parameter(bytes.length === 4 ? Parameter.Ipv4Address : Parameter.Ipv6Address, bytes)
}

export interface PacketParts {
  sourcePort: number
  destinationPort: number
  tag: number
  chunks: readonly Uint8Array[]
}

/** A packet with its CRC32c, least significant byte first (appendix A); `zero` leaves the checksum out (RFC 9653). */
export function packet(parts: PacketParts, checksum: 'crc32c' | 'zero' = 'crc32c'): Uint8Array {
  const out = bytesOf([parts.sourcePort, 2], [parts.destinationPort, 2], [parts.tag, 4], [0, 4], ...parts.chunks.map(padded))
  if (checksum === 'crc32c') {
    const crc = crc32c(out, 0, out.length)
    for (let i = 0; i < 4; i++) out[Header.Checksum + i] = (crc >>> (8 * i)) & 255
  }
  return out
}

export interface InitParts {
  initiateTag: number
  credit?: number
  outbound?: number
  inbound?: number
  tsn: number
  parameters?: readonly Uint8Array[]
}

export function init(parts: InitParts, type: Chunk.Init | Chunk.InitAck = Chunk.Init): Uint8Array {
  const { initiateTag, credit = 131_072, outbound = 10, inbound = 2_048, tsn, parameters = [] } = parts
  return chunk(type, 0, bytesOf([initiateTag, 4], [credit, 4], [outbound, 2], [inbound, 2], [tsn, 4], joined(parameters)))
}

export function initAck(parts: InitParts): Uint8Array {
  return init(parts, Chunk.InitAck)
}

export interface DataParts {
  tsn: number
  stream?: number
  sequence?: number
  payloadProtocol?: number
  payload: Uint8Array
  flags?: number
}

export function data(parts: DataParts): Uint8Array {
  const { tsn, stream = 0, sequence = 0, payloadProtocol = 0, payload, flags = DataFlag.Begin | DataFlag.End } = parts
  return chunk(Chunk.Data, flags, bytesOf([tsn, 4], [stream, 2], [sequence, 2], [payloadProtocol, 4], payload))
}

/** `word` is the payload protocol identifier of a first fragment, the fragment number of a later one (RFC 8260 section 2.1). */
export function iData(parts: {
  tsn: number
  stream: number
  message: number
  word: number
  payload: Uint8Array
  flags: number
}): Uint8Array {
  const { tsn, stream, message, word, payload, flags } = parts
  return chunk(Chunk.IData, flags, bytesOf([tsn, 4], [stream, 2], [0, 2], [message, 4], [word, 4], payload))
}

/** Gap blocks are offsets from the cumulative TSN, first and last included. */
export function sack(
  cumulative: number,
  gaps: readonly [number, number][] = [],
  duplicates: readonly number[] = [],
  credit = 131_072,
): Uint8Array {
  const lists = [
    ...gaps.flatMap(([a, b]): (readonly [number, 2])[] => [
      [a, 2],
      [b, 2],
    ]),
    ...duplicates.map((tsn): readonly [number, 4] => [tsn, 4]),
  ]
  return chunk(Chunk.Sack, 0, bytesOf([cumulative, 4], [credit, 4], [gaps.length, 2], [duplicates.length, 2], ...lists))
}

export function heartbeat(information: Uint8Array, answer = false): Uint8Array {
  return chunk(answer ? Chunk.HeartbeatAck : Chunk.Heartbeat, 0, parameter(Parameter.HeartbeatInfo, information))
}

export function cookieEcho(cookie: Uint8Array): Uint8Array {
  return chunk(Chunk.CookieEcho, 0, cookie)
}

export function cookieAck(): Uint8Array {
  return chunk(Chunk.CookieAck, 0, new Uint8Array(0))
}

export function abort(causes: readonly Uint8Array[] = [], reflected = false): Uint8Array {
  return chunk(Chunk.Abort, reflected ? REFLECTED_TAG : 0, joined(causes))
}

export function error(causes: readonly Uint8Array[]): Uint8Array {
  return chunk(Chunk.Error, 0, joined(causes))
}

export function shutdown(cumulative: number): Uint8Array {
  return chunk(Chunk.Shutdown, 0, bytesOf([cumulative, 4]))
}

export function shutdownAck(): Uint8Array {
  return chunk(Chunk.ShutdownAck, 0, new Uint8Array(0))
}

export function shutdownComplete(reflected = false): Uint8Array {
  return chunk(Chunk.ShutdownComplete, reflected ? REFLECTED_TAG : 0, new Uint8Array(0))
}

export function forwardTsn(tsn: number, streams: readonly [number, number][] = []): Uint8Array {
  const list = streams.flatMap(([stream, sequence]): (readonly [number, 2])[] => [
    [stream, 2],
    [sequence, 2],
  ])
  return chunk(Chunk.ForwardTsn, 0, bytesOf([tsn, 4], ...list))
}

/** Add, Delete or Set Primary (RFC 5061 section 4.2). */
export function asconfRequest(type: number, correlation: number, address: string): Uint8Array {
  return parameter(type, bytesOf([correlation, 4], addressParameter(address)))
}

export function asconf(serial: number, address: string, requests: readonly Uint8Array[]): Uint8Array {
  return chunk(Chunk.Asconf, 0, bytesOf([serial, 4], joined([addressParameter(address), ...requests])))
}

export function asconfAck(serial: number, answers: readonly Uint8Array[] = []): Uint8Array {
  return chunk(Chunk.AsconfAck, 0, bytesOf([serial, 4], joined(answers)))
}

export function success(correlation: number): Uint8Array {
  return parameter(Parameter.Success, bytesOf([correlation, 4]))
}

export function refusal(correlation: number, causes: readonly Uint8Array[]): Uint8Array {
  return parameter(Parameter.ErrorCause, bytesOf([correlation, 4], joined(causes)))
}

const HMAC_SIZE: Record<number, number> = { 1: 20, 3: 32 }

/** An AUTH chunk and, behind it, the chunks it authenticates with `key` (RFC 4895 section 6.2). HMAC 1 is SHA-1, 3 SHA-256. */
export function authenticated(crypto: CryptoPort, key: Uint8Array, algorithm: 1 | 3, chunks: readonly Uint8Array[]): Uint8Array[] {
  const size = HMAC_SIZE[algorithm] as number
  const auth = chunk(Chunk.Auth, 0, bytesOf([0, 2], [algorithm, 2], new Uint8Array(size)))
  const covered = bytesOf(padded(auth), ...chunks.map(padded))
  const hmac = algorithm === 1 ? crypto.hmacSha1(key, covered) : crypto.hmacSha256(key, covered)
  auth.set(hmac, ChunkFixed.Auth)
  return [auth, ...chunks]
}
