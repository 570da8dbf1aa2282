/**
 * VRRP advertisements (RFC 3768 section 5, RFC 9568 section 5) and what they say of the first hop: who is master, and that it leaves (priority 0).
 * More addresses than the packet holds stop the list. One signal an advertisement, at most 255 addresses.
 */
import type { GatewayDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { senderMac, senderOf } from '../icmp/signals.ts'
import { Field, HEADER, LEAVING, vrrp } from './wire.ts'

/** a plain password of version 2, filled up with zeros (RFC 2338 section 5.3.10) */
const PASSWORD = 8

export function dissectVrrp(walk: Walk, offset: number): void {
  walk.layer(vrrp.protocol, vrrp.root, offset, walk.end - offset)
  if (walk.need(offset, HEADER)) advertisement(walk, offset)
  walk.endLayer()
}

function advertisement(walk: Walk, offset: number): void {
  const first = walk.u8(offset)
  const version = first >> 4
  const group = walk.u8(offset + 1)
  const priority = walk.u8(offset + 2)
  const count = walk.u8(offset + 3)
  walk.uint(Field.typeVersion, offset, 1, first)
  walk.uint(Field.version, offset, 1, version)
  walk.uint(Field.type, offset, 1, first & 15)
  walk.uint(Field.group, offset + 1, 1, group)
  walk.uint(Field.priority, offset + 2, 1, priority)
  walk.uint(Field.count, offset + 3, 1, count)
  if (version >= 3) {
    walk.uint(Field.reserved, offset + 4, 1, walk.u8(offset + 4) >> 4)
    walk.uint(Field.shortInterval, offset + 4, 2, walk.u16(offset + 4) & 0xfff)
  } else {
    walk.uint(Field.authType, offset + 4, 1, walk.u8(offset + 4))
    walk.uint(Field.interval, offset + 5, 1, walk.u8(offset + 5))
  }
  walk.uint(Field.checksum, offset + 6, 2, walk.u16(offset + 6))
  if (walk.describing && !walk.quoted) walk.info = `Announcement (v${version}) group ${group} priority ${priority}`
  const size = walk.addressSize === 16 ? 16 : 4
  const tells = walk.signalling && !walk.state.frozen && (first & 15) === 1
  const addresses: number[] = []
  let at = offset + HEADER
  for (let i = 0; i < count && walk.item(at) && walk.need(at, size); i++, at += size) {
    walk.range(size === 4 ? Field.address4 : Field.address6, at, size)
    if (tells) addresses.push(walk.state.flows.addresses.intern(walk.bytes, at, size))
  }
  if (version < 3 && walk.u8(offset + 4) === 1 && at + PASSWORD <= walk.limit) {
    let length = 0
    while (length < PASSWORD && walk.bytes[at + length] !== 0) length++
    walk.range(Field.authText, at, length)
  }
  if (!tells) return
  const detail: GatewayDetail = {
    message: priority === LEAVING ? 'master leaves' : 'advertisement',
    group: `vrrp-${version}/${group}`,
    state: priority === LEAVING ? 'leaving' : 'active',
    priority,
    addresses,
    router: senderOf(walk),
    mac: senderMac(walk),
  }
  const s = walk.newSignal(SignalKind.Gateway, SignalProtocol.Vrrp)
  s.detail = detail
  walk.emit(s)
}
