/**
 * Builds IKE messages, for tests: header, payload chain, notifies, proposals, and the encrypted payload through a sealing function.
 * Writes what it is told; only lengths and next-payload links are its own.
 */
import { Flag, Payload } from './wire.ts'

export function joinBytes(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const u16 = (value: number): number[] => [value >> 8, value & 255]
const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]

export interface IkePayload {
  type: number
  body: Uint8Array
  /** next payload named by the header, where it is not the following one's type */
  next?: number
}

/** Payloads one behind the other, each naming the next. */
export function emitChain(payloads: readonly IkePayload[]): Uint8Array {
  return joinBytes(...payloads.map(({ body, next }, i) => joinBytes([next ?? payloads[i + 1]?.type ?? 0, 0], u16(4 + body.length), body)))
}

export interface IkeHeader {
  initiatorSpi: Uint8Array
  responderSpi: Uint8Array
  exchange: number
  flags: number
  messageId: number
  /** 0x20 unless told */
  version?: number
}

function header(o: IkeHeader, first: number, bodyLength: number): Uint8Array {
  const { initiatorSpi, responderSpi, version = 0x20, exchange, flags, messageId } = o
  return joinBytes(initiatorSpi, responderSpi, [first, version, exchange, flags], u32(messageId), u32(28 + bodyLength))
}

export function emitIke(o: IkeHeader, payloads: readonly IkePayload[]): Uint8Array {
  const body = emitChain(payloads)
  return joinBytes(header(o, payloads[0]?.type ?? 0, body.length), body)
}

export function emitNotify(type: number, data: Uint8Array = new Uint8Array(0)): IkePayload {
  return { type: Payload.Notify, body: joinBytes([0, 0], u16(type), data) }
}

/** One proposal with ready transforms. */
export function emitProposal(protocol: number, spi: Uint8Array, transforms: readonly Uint8Array[]): IkePayload {
  const list = joinBytes(...transforms.map((one, i) => joinBytes([i + 1 < transforms.length ? 3 : 0, 0], u16(4 + one.length), one)))
  const proposal = joinBytes([1, protocol, spi.length, transforms.length], spi, list)
  return { type: Payload.Sa, body: joinBytes([0, 0], u16(4 + proposal.length), proposal) }
}

/** Encrypts and authenticates: answers vector, ciphertext and checksum for the plain bytes; `message` is all that stands in front. */
export type SealIke = (message: Uint8Array, plain: Uint8Array) => Uint8Array

/** A message whose payloads are inside an encrypted one, or with `fragment` [number, total] a part of one. `sealedLength`: what `seal` answers. */
export function emitSealed(
  o: IkeHeader,
  payloads: readonly IkePayload[] | { first: number; part: Uint8Array },
  seal: SealIke,
  sealedLength: (plain: number) => number,
  fragment?: readonly [number, number],
): Uint8Array {
  const isPart = 'part' in payloads
  const inner = isPart ? payloads.part : emitChain(payloads)
  const first = isPart ? payloads.first : (payloads[0]?.type ?? 0)
  const plain = joinBytes(inner, [0])
  const numbers = fragment === undefined ? [] : [...u16(fragment[0]), ...u16(fragment[1])]
  const length = 4 + numbers.length + sealedLength(plain.length)
  const type = fragment === undefined ? Payload.Encrypted : Payload.EncryptedFragment
  const front = joinBytes(header(o, type, length), [first, 0], u16(length), numbers)
  return joinBytes(front, seal(front, plain))
}

export const FROM_INITIATOR = Flag.Initiator
export const RESPONSE = Flag.Response
