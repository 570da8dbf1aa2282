/** Builds LISP control messages and encapsulated packets for tests. Writes what it is told; only counts and lengths are its own. */
import { address } from '../ip/emit.ts'
import { bytes16, bytes32, hex, join } from '../link/emit.ts'
import { emitUdpPacket } from '../udp/emit.ts'
import { CONTROL_PORT, Family, Type } from './control-wire.ts'
import { DATA_PORT } from './wire.ts'

/** An address with its family in front; bytes stand for themselves. */
export function familyAddress(value: string | Uint8Array): Uint8Array {
  if (typeof value !== 'string') return value
  const bytes = address(value)
  return join(bytes16(bytes.length === 4 ? Family.Ipv4 : Family.Ipv6), bytes)
}

/** A canonical address (RFC 8060), its family in front. */
export function canonical(type: number, payload: Uint8Array): Uint8Array {
  return join(bytes16(Family.Canonical), [0, 0, type, 0], bytes16(payload.length), payload)
}

export type LocatorParts = readonly [rloc: string | Uint8Array, priority: number, weight: number]

/** An authoritative record; `minutes` to live, locators local and reachable. */
export function record(
  eid: string | Uint8Array,
  length: number,
  minutes: number,
  locators: readonly LocatorParts[],
  action = 0,
): Uint8Array {
  return join(
    bytes32(minutes),
    [locators.length, length, (action << 5) | 0x10, 0, 0, 0],
    familyAddress(eid),
    ...locators.map(([rloc, priority, weight]) => join([priority, weight, 255, 0], bytes16(5), familyAddress(rloc))),
  )
}

function word(type: Type, flags: number, count: number): number[] {
  return bytes32(((type << 28) | flags | count) >>> 0)
}

export function mapRequest(
  nonce: string,
  flags: number,
  source: string,
  itrs: readonly string[],
  eids: readonly (readonly [eid: string, length: number])[],
): Uint8Array {
  return join(
    word(Type.MapRequest, flags | ((itrs.length - 1) << 8), eids.length),
    hex(nonce),
    familyAddress(source),
    ...itrs.map(familyAddress),
    ...eids.map(([eid, length]) => join([0, length], familyAddress(eid))),
  )
}

export function mapReply(nonce: string, flags: number, records: readonly Uint8Array[]): Uint8Array {
  return join(word(Type.MapReply, flags, records.length), hex(nonce), ...records)
}

/** Key 0, HMAC-SHA-256-128 with zeros for its value. */
const authentication = (): Uint8Array => join([0, 2], bytes16(16), new Uint8Array(16))

export function mapRegister(nonce: string, notify: boolean, records: readonly Uint8Array[]): Uint8Array {
  return join(word(Type.MapRegister, notify ? 0x100 : 0, records.length), hex(nonce), authentication(), ...records)
}

export function mapNotify(nonce: string, records: readonly Uint8Array[]): Uint8Array {
  return join(word(Type.MapNotify, 0, records.length), hex(nonce), authentication(), ...records)
}

export function infoRequest(nonce: string, eid: string, length: number): Uint8Array {
  return join(word(Type.Info, 0, 0), hex(nonce), bytes32(0), bytes32(60), [0, length], familyAddress(eid), bytes16(Family.None))
}

export function controlPacket(message: Uint8Array, source: string, destination: string): Uint8Array {
  return emitUdpPacket(message, { source, destination, sourcePort: CONTROL_PORT, destinationPort: CONTROL_PORT })
}

/** `header`: the eight bytes in front of the inner packet. */
export function dataPacket(header: string, inner: Uint8Array, source: string, destination: string, sourcePort = 61_000): Uint8Array {
  return emitUdpPacket(join(hex(header), inner), { source, destination, sourcePort, destinationPort: DATA_PORT })
}
