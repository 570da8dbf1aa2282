/**
 * HSRP version 1 (RFC 2281): who is the active router of a group, and that it resigns. Chosen by port: another version, code or state is declined.
 * One signal a hello, coup or resign.
 */
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { senderMac, senderOf } from '../icmp/signals.ts'
import { ACTIVE, CODE_NAMES, Code, Field, hsrp, LENGTH, STANDBY, STATE_NAMES } from './wire.ts'

const ADVERTISEMENT = 10

export function dissectHsrp(walk: Walk, offset: number): void {
  if (!looksLikeHsrp(walk, offset)) {
    walk.decline()
    return
  }
  const code = walk.u8(offset + 1)
  walk.layer(hsrp.protocol, hsrp.root, offset, walk.end - offset)
  walk.uint(Field.version, offset, 1, walk.u8(offset))
  walk.uint(Field.code, offset + 1, 1, code)
  if (walk.describing) walk.info = CODE_NAMES[code] ?? ''
  if (code === Code.Advertise) advertisement(walk, offset + 2)
  else if (walk.need(offset, LENGTH)) hello(walk, offset, code)
  walk.endLayer()
}

function looksLikeHsrp(walk: Walk, offset: number): boolean {
  if (offset + 3 > walk.limit || walk.u8(offset) !== 0) return false
  const code = walk.u8(offset + 1)
  if (code === Code.Advertise) return walk.end - offset >= 2 + ADVERTISEMENT
  return code < Code.Advertise && STATE_NAMES[walk.u8(offset + 2)] !== undefined && walk.end - offset >= LENGTH
}

function hello(walk: Walk, offset: number, code: number): void {
  const state = walk.u8(offset + 2)
  const priority = walk.u8(offset + 5)
  const group = walk.u8(offset + 6)
  walk.uint(Field.state, offset + 2, 1, state)
  walk.uint(Field.hello, offset + 3, 1, walk.u8(offset + 3))
  walk.uint(Field.hold, offset + 4, 1, walk.u8(offset + 4))
  walk.uint(Field.priority, offset + 5, 1, priority)
  walk.uint(Field.group, offset + 6, 1, group)
  walk.uint(Field.reserved, offset + 7, 1, walk.u8(offset + 7))
  let length = 0
  while (length < 8 && walk.bytes[offset + 8 + length] !== 0) length++
  walk.range(Field.authentication, offset + 8, length)
  walk.range(Field.address, offset + 16, 4)
  if (!walk.signalling || walk.state.frozen) return
  const s = walk.newSignal(SignalKind.Gateway, SignalProtocol.Vrrp)
  s.detail = {
    message: CODE_NAMES[code] as string,
    group: `hsrp-1/${group}`,
    state: code === Code.Resign ? 'leaving' : state === ACTIVE || code === Code.Coup ? 'active' : state === STANDBY ? 'standby' : 'other',
    priority,
    addresses: [walk.state.flows.addresses.intern(walk.bytes, offset + 16, 4)],
    router: senderOf(walk),
    mac: senderMac(walk),
  }
  walk.emit(s)
}

function advertisement(walk: Walk, at: number): void {
  if (!walk.need(at, ADVERTISEMENT)) return
  walk.uint(Field.advertiseType, at, 2, walk.u16(at))
  walk.uint(Field.advertiseLength, at + 2, 2, walk.u16(at + 2))
  walk.uint(Field.advertiseState, at + 4, 1, walk.u8(at + 4))
  walk.uint(Field.advertiseActive, at + 6, 2, walk.u16(at + 6))
  walk.uint(Field.advertisePassive, at + 8, 2, walk.u16(at + 8))
}
