/** EVPN routes (RFC 7432 section 7, RFC 9136): types 1 to 5; others are shown as bytes. Fields only: they bind MAC addresses, not IP locators of hosts here. */
import { formatMac } from '../../shared/address.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { Field } from './wire.ts'

export function evpnRoutes(walk: Walk, begin: number, vxlan: boolean): void {
  if (walk.recorder === null) return
  const end = walk.end
  for (let at = begin, n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 2); n++) {
    const type = walk.u8(at)
    const length = walk.u8(at + 1)
    walk.group(Field.prefix, at, 2 + length, `EVPN route type ${type}`)
    walk.uint(Field.evpnType, at, 1, type)
    walk.uint(Field.evpnLength, at + 1, 1, length)
    if (!walk.need(at + 2, length)) {
      walk.endGroup()
      return
    }
    walk.limitTo(at + 2 + length)
    route(walk, type, at + 2, vxlan)
    walk.restore(end)
    walk.endGroup()
    at += 2 + length
  }
}

function route(walk: Walk, type: number, begin: number, vxlan: boolean): void {
  if (type < 1 || type > 5 || !walk.need(begin, 8)) {
    if (walk.end > begin) walk.range(Field.data, begin, walk.end - begin)
    return
  }
  let at = begin + 8
  walk.range(Field.evpnRd, begin, 8)
  if (type !== 3) {
    if (!walk.need(at, 10)) return
    segment(walk, at)
    at += 10
  }
  if (type !== 4) {
    if (!walk.need(at, 4)) return
    walk.uint(Field.evpnTag, at, 4, walk.u32(at))
    at += 4
  }
  if (type === 2) {
    if (!walk.need(at, 7)) return
    walk.uint(Field.evpnMacLength, at, 1, walk.u8(at))
    walk.range(Field.evpnMac, at + 1, 6)
    at += 7
  }
  if (type !== 1) {
    if (!walk.need(at, 1)) return
    const bits = walk.u8(at)
    walk.uint(Field.evpnIpLength, at, 1, bits)
    at += 1
    // Type 5 holds whole addresses, whatever the prefix's length (RFC 9136 section 3.1): two of 4 or 16 bytes.
    const size = type === 5 ? (walk.end - at > 20 ? 16 : 4) : bits === 32 ? 4 : bits === 128 ? 16 : 0
    for (let n = 0; n < (type === 5 ? 2 : 1) && size > 0; n++) {
      if (!walk.need(at, size)) return
      walk.range(size === 4 ? Field.evpnIp4 : Field.evpnIp6, at, size)
      at += size
    }
  }
  if (type === 3 || type === 4) return
  for (let n = 0; n < 2 && at + 3 <= walk.end; n++, at += 3) {
    const label = walk.u24(at)
    // RFC 8365 section 5.1.3: with an encapsulation community of such a tunnel, wherever it stands in the UPDATE.
    if (vxlan) walk.uint(Field.evpnVni, at, 3, label)
    else walk.uint(n === 0 ? Field.evpnLabel1 : Field.evpnLabel2, at, 3, label >> 4)
  }
}

function segment(walk: Walk, at: number): void {
  const type = walk.u8(at)
  walk.words(Field.evpnEsi, at, 10, formatMac(walk.bytes, at, 10))
  walk.uint(Field.evpnEsiType, at, 1, type)
  const value = formatMac(walk.bytes, at + 1, 9).replaceAll(':', ' ')
  if (type === 0) walk.words(Field.evpnEsi0, at + 1, 9, value)
  walk.words(Field.evpnEsiValue, at + 1, 9, value)
}
