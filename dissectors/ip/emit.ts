/** Builds IPv4 packets for tests, with right lengths and checksums. */
import { parseAddress } from '../../shared/address.ts'
import { internetChecksum } from '../core/checksum.ts'
import { bytes16, join } from '../link/emit.ts'

export interface Ipv4Options {
  source: string
  destination: string
  protocol: number
  ttl?: number
  id?: number
  service?: number
  /** in bytes; must be a multiple of 8 */
  fragmentOffset?: number
  moreFragments?: boolean
  dontFragment?: boolean
  /** already padded to a multiple of 4 */
  options?: Uint8Array
  /** stands for the right one */
  totalLength?: number
}

export function address(text: string): Uint8Array {
  const bytes = parseAddress(text)
  if (bytes === null) throw new Error(`'${text}' is no address`)
  return bytes
}

export function emitIpv4(payload: Uint8Array, o: Ipv4Options): Uint8Array {
  const options = o.options ?? new Uint8Array(0)
  const header = 20 + options.length
  const flags = (o.dontFragment ? 0x4000 : 0) | (o.moreFragments ? 0x2000 : 0) | ((o.fragmentOffset ?? 0) >> 3)
  const packet = join(
    [0x40 | (header / 4), o.service ?? 0],
    bytes16(o.totalLength ?? header + payload.length),
    bytes16(o.id ?? 0),
    bytes16(flags),
    [o.ttl ?? 64, o.protocol, 0, 0],
    address(o.source),
    address(o.destination),
    options,
    payload,
  )
  packet.set(bytes16(internetChecksum(packet, 0, header)), 10)
  return packet
}

/** The packet cut into fragments whose payloads are at most `size` bytes, a multiple of 8. */
export function emitIpv4Fragments(payload: Uint8Array, size: number, o: Ipv4Options): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let at = 0; at < payload.length; at += size)
    out.push(emitIpv4(payload.subarray(at, at + size), { ...o, fragmentOffset: at, moreFragments: at + size < payload.length }))
  return out
}
