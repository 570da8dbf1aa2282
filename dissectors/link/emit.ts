/** Builds link-layer frames for tests: Ethernet with tags and padding, cooked v1 and v2, loopback, PPP, and plain joins of bytes. */
import { EtherType } from './ethertypes.ts'

/** All parts one after the other. */
export function join(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export function bytes16(value: number): number[] {
  return [(value >> 8) & 255, value & 255]
}

export function bytes32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

/** 'aabbcc', 'aa:bb:cc' or 'aa bb cc' to bytes. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/[^0-9a-fA-F]/g, '')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16))
}

/** IPv4 or IPv6 by the first nibble of what is carried. */
function typeOf(payload: Uint8Array): number {
  return (payload[0] as number) >> 4 === 6 ? EtherType.Ipv6 : EtherType.Ipv4
}

export interface EthernetOptions {
  source?: string
  destination?: string
  /** taken from the payload's IP version when left out */
  type?: number
  /** VLAN ids, outermost first; several give an 802.1ad service tag before the 802.1Q ones */
  vlans?: readonly number[]
  /** zeros up to 60 bytes */
  pad?: boolean
  trailer?: Uint8Array
}

export function emitEthernet(payload: Uint8Array, options: EthernetOptions = {}): Uint8Array {
  const { source = '02:00:00:00:00:01', destination = '02:00:00:00:00:02', type = typeOf(payload), vlans = [], pad = false } = options
  const tags = vlans.flatMap((id, i) => [...bytes16(i < vlans.length - 1 ? EtherType.ServiceVlan : EtherType.Vlan), ...bytes16(id)])
  const frame = join(hex(destination), hex(source), tags, bytes16(type), payload)
  const padded = pad && frame.length < 60 ? join(frame, new Uint8Array(60 - frame.length)) : frame
  return options.trailer === undefined ? padded : join(padded, options.trailer)
}

export function emitCooked(payload: Uint8Array, source = '02:00:00:00:00:01', packetType = 0): Uint8Array {
  return join(bytes16(packetType), bytes16(1), bytes16(6), hex(source), [0, 0], bytes16(typeOf(payload)), payload)
}

export function emitCooked2(payload: Uint8Array, source = '02:00:00:00:00:01', packetType = 0, ifindex = 2): Uint8Array {
  return join(bytes16(typeOf(payload)), [0, 0], bytes32(ifindex), bytes16(1), [packetType, 6], hex(source), [0, 0], payload)
}

/** `family` in little-endian order, as most machines write it. */
export function emitLoopback(payload: Uint8Array, family: number): Uint8Array {
  return join([family & 255, family >> 8, 0, 0], payload)
}
