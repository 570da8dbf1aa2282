/** A prefix of which only the first bytes are on the wire: shown as an address that ends in zeros. */
import { formatIpv6 } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'

export function recordShortPrefix(walk: Walk, field: number, offset: number, size: number): void {
  if (walk.recorder === null || size < 0 || !walk.need(offset, size)) return
  if (size === 16) {
    walk.range(field, offset, 16)
    return
  }
  const bytes = new Uint8Array(16)
  for (let i = 0; i < size; i++) bytes[i] = walk.u8(offset + i)
  walk.words(field, offset, size, formatIpv6(bytes))
}
