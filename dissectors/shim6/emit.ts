/**
 * Builds Shim6 messages and payload, for tests: options with their padding, lengths and checksum. The counterpart of `dissect.ts`.
 * Writes what it is told, also what RFC 5533 forbids; only lengths, padding and the checksum are its own.
 */
import { internetChecksum } from '../core/checksum.ts'
import { address } from '../ip/emit.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { bytes16, bytes32, join } from '../link/emit.ts'
import { At, Message, Option, optionSize } from './wire.ts'

type Bytes = Uint8Array | readonly number[]

/** 48 bits of a tag, its first bit zero. */
export function tagBytes(tag: number): number[] {
  return [...bytes16(Math.floor(tag / 0x1_0000_0000)), ...bytes32(tag % 0x1_0000_0000)]
}

export function option(type: number, critical: boolean, ...content: Bytes[]): Uint8Array {
  const body = join(...content)
  const padding = optionSize(body.length) - 4 - body.length
  return join(bytes16((type << 1) | (critical ? 1 : 0)), bytes16(body.length), body, new Uint8Array(padding))
}

/** A control message; `rest` is what stands behind the checksum, padded to a multiple of 8. */
export function message(type: number, ...rest: Bytes[]): Uint8Array {
  return specific(type, 0, ...rest)
}

/** As `message`, with the byte behind the type (the code of an Error, shifted by one). */
export function specific(type: number, byte: number, ...rest: Bytes[]): Uint8Array {
  const body = join(...rest)
  const whole = join([IpProtocol.NoNext, 0, type, byte, 0, 0], body, new Uint8Array(-(6 + body.length) & 7))
  whole[At.Length] = whole.length / 8 - 1
  whole.set(bytes16(internetChecksum(whole, 0, whole.length)), At.Checksum)
  return whole
}

export function i1(tag: number, nonce: number, ...options: Uint8Array[]): Uint8Array {
  return message(Message.I1, tagBytes(tag), bytes32(nonce), ...options)
}

export function r1(initiatorNonce: number, responderNonce: number, ...options: Uint8Array[]): Uint8Array {
  return message(Message.R1, [0, 0], bytes32(initiatorNonce), bytes32(responderNonce), ...options)
}

export function i2(tag: number, initiatorNonce: number, responderNonce: number, ...options: Uint8Array[]): Uint8Array {
  return message(Message.I2, tagBytes(tag), bytes32(initiatorNonce), bytes32(responderNonce), bytes32(0), ...options)
}

export function r2(tag: number, initiatorNonce: number, ...options: Uint8Array[]): Uint8Array {
  return message(Message.R2, tagBytes(tag), bytes32(initiatorNonce), ...options)
}

export function r1bis(packetTag: number, responderNonce: number, ...options: Uint8Array[]): Uint8Array {
  return message(Message.R1bis, tagBytes(packetTag), bytes32(responderNonce), ...options)
}

export function i2bis(
  tag: number,
  initiatorNonce: number,
  responderNonce: number,
  packetTag: number,
  ...options: Uint8Array[]
): Uint8Array {
  const fixed = join(tagBytes(tag), bytes32(initiatorNonce), bytes32(responderNonce), new Uint8Array(6), tagBytes(packetTag))
  return message(Message.I2bis, fixed, ...options)
}

export function updateRequest(tag: number, nonce: number, ...options: Uint8Array[]): Uint8Array {
  return message(Message.UpdateRequest, tagBytes(tag), bytes32(nonce), ...options)
}

export function updateAcknowledgement(tag: number, nonce: number): Uint8Array {
  return message(Message.UpdateAcknowledgement, tagBytes(tag), bytes32(nonce))
}

export function keepalive(tag: number): Uint8Array {
  return message(Message.Keepalive, tagBytes(tag), bytes32(0))
}

export function errorMessage(code: number, pointer: number, about: Uint8Array): Uint8Array {
  return specific(Message.Error, code << 1, bytes16(pointer), about)
}

export interface Report {
  source: string
  destination: string
  nonce: number
}

export function probe(tag: number, state: number, sent: readonly Report[], received: readonly Report[]): Uint8Array {
  const counts = [(received.length << 4) | sent.length, state << 6, 0, 0]
  const reports = [...sent, ...received].map((one) => join(address(one.source), address(one.destination), bytes32(one.nonce), bytes32(0)))
  return message(Message.Probe, tagBytes(tag), counts, ...reports)
}

export function validator(bytes: Bytes): Uint8Array {
  return option(Option.ResponderValidator, true, bytes)
}

export interface ListedParts {
  address: string
  method: number
}

export function locatorList(generation: number, ...locators: readonly ListedParts[]): Uint8Array {
  const padding = new Uint8Array((15 - (locators.length % 8)) % 8)
  const methods = locators.map((one) => one.method)
  const places = locators.map((one) => address(one.address))
  return option(Option.LocatorList, false, bytes32(generation), [locators.length], methods, padding, ...places)
}

export function locatorPreferences(generation: number, size: 1 | 2 | 3, ...elements: readonly (readonly number[])[]): Uint8Array {
  return option(Option.LocatorPreferences, false, bytes32(generation), [size], ...elements.map((one) => one.slice(0, size)))
}

export function ulidPair(sender: string, receiver: string): Uint8Array {
  return option(Option.UlidPair, true, bytes32(0), address(sender), address(receiver))
}

export function forkedInstance(id: number): Uint8Array {
  return option(Option.ForkedInstance, true, bytes32(id))
}

/** The payload extension header in front of an upper layer. */
export function payloadHeader(next: number, tag: number, upper: Uint8Array): Uint8Array {
  const bytes = tagBytes(tag)
  return join([next, 0, (bytes[0] as number) | 0x80], bytes.slice(1), upper)
}
