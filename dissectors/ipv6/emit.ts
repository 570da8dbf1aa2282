/** Builds IPv6 packets and extension headers for tests, with right lengths. */
import { address } from '../ip/emit.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { bytes16, bytes32, join } from '../link/emit.ts'

export interface Ipv6Options {
  source: string
  destination: string
  nextHeader: number
  hopLimit?: number
  trafficClass?: number
  flowLabel?: number
  /** stands for the right one */
  payloadLength?: number
}

export function emitIpv6(payload: Uint8Array, o: Ipv6Options): Uint8Array {
  return join(
    bytes32(0x60000000 | ((o.trafficClass ?? 0) << 20) | (o.flowLabel ?? 0)),
    bytes16(o.payloadLength ?? payload.length),
    [o.nextHeader, o.hopLimit ?? 64],
    address(o.source),
    address(o.destination),
    payload,
  )
}

export interface Ipv6Option {
  type: number
  data: Uint8Array
}

/** A hop-by-hop or destination options header in front of `payload`, filled up with PadN. */
export function emitOptionsHeader(nextHeader: number, options: readonly Ipv6Option[], payload: Uint8Array): Uint8Array {
  const body = join(...options.map(({ type, data }) => join([type, data.length], data)))
  const room = (8 - ((2 + body.length) % 8)) % 8
  const pad = room === 0 ? [] : room === 1 ? [0] : [1, room - 2, ...new Array<number>(room - 2).fill(0)]
  const size = 2 + body.length + pad.length
  return join([nextHeader, size / 8 - 1], body, pad, payload)
}

/** A routing header of type 0 or 2, whose addresses follow four reserved bytes. */
export function emitRoutingHeader(
  nextHeader: number,
  type: 0 | 2,
  segmentsLeft: number,
  addresses: readonly string[],
  payload: Uint8Array,
): Uint8Array {
  return join([nextHeader, addresses.length * 2, type, segmentsLeft, 0, 0, 0, 0], ...addresses.map(address), payload)
}

export function emitFragmentHeader(nextHeader: number, offset: number, more: boolean, id: number, payload: Uint8Array): Uint8Array {
  return join([nextHeader, 0], bytes16(offset | (more ? 1 : 0)), bytes32(id), payload)
}

/** The payload of `o.nextHeader` in fragments of at most `size` bytes, a multiple of 8. */
export function emitIpv6Fragments(payload: Uint8Array, size: number, id: number, o: Ipv6Options): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let at = 0; at < payload.length; at += size) {
    const piece = emitFragmentHeader(o.nextHeader, at, at + size < payload.length, id, payload.subarray(at, at + size))
    out.push(emitIpv6(piece, { ...o, nextHeader: IpProtocol.Fragment }))
  }
  return out
}
