/** The line of an IPv4 layer in the tree, worded as Wireshark words it. */
import { formatIpv4 } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import { At } from './wire.ts'

export function title(walk: Walk, offset: number): string {
  return `Internet Protocol Version 4, Src: ${formatIpv4(walk.bytes, offset + At.Source)}, Dst: ${formatIpv4(walk.bytes, offset + At.Destination)}`
}
