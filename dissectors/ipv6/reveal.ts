/**
 * What an IPv6 address tells of its host: the MAC of a modified EUI-64 interface identifier (RFC 4291 appendix A), the IPv4 gateway
 * of 6to4 (RFC 3056), server, port and client of Teredo (RFC 4380 section 4), the IPv4 address of ISATAP (RFC 5214 section 6.1).
 * Guesses by pattern, marked as computed. Only with a recorder.
 */
import { formatIpv4 } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import type { RevealedFields } from './wire.ts'

export function recordRevealed(walk: Walk, fields: RevealedFields, at: number): void {
  const b = walk.bytes
  if (b[at] === 0x20 && b[at + 1] === 0x02) {
    walk.range(fields.gateway6to4, at + 2, 4)
    walk.generated()
    walk.uint(fields.site6to4, at + 6, 2, walk.u16(at + 6))
    walk.generated()
  } else if (walk.u32(at) === 0x20010000) {
    walk.range(fields.teredoServer, at + 4, 4)
    walk.generated()
    walk.uint(fields.teredoPort, at + 10, 2, walk.u16(at + 10) ^ 0xffff)
    walk.generated()
    const client = Uint8Array.from({ length: 4 }, (_, i) => (b[at + 12 + i] as number) ^ 0xff)
    walk.words(fields.teredoClient, at + 12, 4, formatIpv4(client))
    walk.generated()
  }
  // The universal bit is set for a globally unique address: the MAC's own bit is its complement.
  if ((b[at + 8] as number) & 0x02 && b[at + 11] === 0xff && b[at + 12] === 0xfe) {
    const mac = [8, 9, 10, 13, 14, 15].map((i) => ((b[at + i] as number) ^ (i === 8 ? 0x02 : 0)).toString(16).padStart(2, '0'))
    walk.words(fields.slaacMac, at + 8, 8, mac.join(':'))
    walk.generated()
  } else if (((b[at + 8] as number) & 0xfd) === 0 && b[at + 9] === 0 && b[at + 10] === 0x5e && b[at + 11] === 0xfe) {
    walk.range(fields.isatap, at + 12, 4)
    walk.generated()
  }
}
