/** The line of an IPv6 layer in the tree, worded as Wireshark words it. */
import { formatIpv6 } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import { At } from './wire.ts'

export function title(walk: Walk, offset: number): string {
  return `Internet Protocol Version 6, Src: ${formatIpv6(walk.bytes, offset + At.Source)}, Dst: ${formatIpv6(walk.bytes, offset + At.Destination)}`
}
