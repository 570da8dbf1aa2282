/**
 * DHCPv6 messages and relayed messages (RFC 8415 sections 8, 9 and 21), with delegated prefixes (RFC 3633) and excluded ones (RFC 6603).
 * Chosen by port: an unknown message type, or a first option that does not fit, is declined. Options nest (IA -> address -> status): at most
 * 8 levels and 32 relays deep. An option longer than its container stops its list; what was read stands.
 * Cost without a recorder: the options that bind addresses and prefixes, one detail a message.
 */
import type { LeaseDetail } from '../../shared/signal-details.ts'
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { recordOption } from './options.ts'
import { emitLeased, grantAddress, grantPrefix, newLease, optionFact } from './signals.ts'
import { dhcpv6, Field, MESSAGE_NAMES, Message, OPTION_NAMES, Option } from './wire.ts'

const HEADER = 4
const RELAY_HEADER = 34
const MAX_DEPTH = 40

export function dissectDhcpv6(walk: Walk, offset: number): void {
  if (!looksLikeDhcpv6(walk, offset)) {
    walk.decline()
    return
  }
  walk.layer(dhcpv6.protocol, dhcpv6.root, offset, walk.end - offset)
  if (walk.describing) walk.info = ''
  relayAddress = -1
  message(walk, offset, 0)
  walk.endLayer(-1, walk.titling ? `DHCPv6 ${walk.info}` : null)
}

function looksLikeDhcpv6(walk: Walk, offset: number): boolean {
  const room = walk.end - offset
  if (room < HEADER || offset >= walk.limit) return false
  const type = walk.u8(offset)
  if (MESSAGE_NAMES[type] === undefined) return false
  const first = offset + (relayed(type) ? RELAY_HEADER : HEADER)
  if (first > walk.end) return false
  return first + 4 > walk.limit || first + 4 + walk.u16(first + 2) <= walk.end
}

function relayed(type: number): boolean {
  return type === Message.RelayForward || type === Message.RelayReply
}

function message(walk: Walk, offset: number, depth: number): void {
  if (depth > MAX_DEPTH) {
    walk.malformed(offset, 'relays nested too deeply')
    return
  }
  if (!walk.need(offset, HEADER)) return
  const type = walk.u8(offset)
  if (walk.recorder !== null) {
    walk.uint(Field.message, offset, 1, type)
    if (walk.describing) walk.info += `${walk.info === '' ? '' : ' '}${MESSAGE_NAMES[type] ?? `message ${type}`}`
  }
  if (relayed(type)) {
    if (!walk.need(offset, RELAY_HEADER)) return
    walk.uint(Field.hops, offset + 1, 1, walk.u8(offset + 1))
    walk.range(Field.link, offset + 2, 16)
    walk.range(Field.peer, offset + 18, 16)
    options(walk, offset + RELAY_HEADER, type, null, walk.signalling ? offset + 2 : -1, depth)
    return
  }
  walk.uint(Field.transaction, offset + 1, 3, walk.u24(offset + 1))
  if (walk.describing)
    walk.info += ` XID: 0x${walk
      .u24(offset + 1)
      .toString(16)
      .padStart(6, '0')}`
  const lease = walk.signalling ? newLease(walk, type, walk.u24(offset + 1), relayAddress) : null
  options(walk, offset + HEADER, type, lease, -1, depth)
  if (lease !== null && !walk.state.frozen) emitLeased(walk, type, lease)
}

/** Offset of the link address that the relay nearest to the client gave; -1 outside of relayed messages. */
let relayAddress = -1

function options(walk: Walk, begin: number, type: number, lease: LeaseDetail | null, link: number, depth: number): void {
  const end = walk.end
  for (let at = begin, n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 4); n++) {
    const code = walk.u16(at)
    const length = walk.u16(at + 2)
    const next = at + 4 + length
    const fits = next <= end
    if (walk.recorder !== null) {
      const name = OPTION_NAMES[code]
      walk.group(Field.option, at, 4 + length, walk.titling ? (name ?? `Option ${code}`) : null)
      walk.uint(Field.optionType, at, 2, code)
      walk.words(Field.optionName, at, 2, name ?? `Unknown (${code})`)
      walk.uint(Field.optionLength, at + 2, 2, length)
    }
    if (!fits) {
      walk.malformed(at + 2, `option ${code} of ${length} bytes, ${end - at - 4} bytes left`)
      if (walk.recorder !== null) walk.endGroup()
      return
    }
    walk.limitTo(next)
    option(walk, code, at + 4, length, type, lease, link, depth)
    walk.restore(end)
    if (walk.recorder !== null) walk.endGroup()
    at = next
  }
}

function option(
  walk: Walk,
  code: number,
  at: number,
  length: number,
  type: number,
  lease: LeaseDetail | null,
  link: number,
  depth: number,
): void {
  switch (code) {
    case Option.Relay: {
      const before = relayAddress
      if (link >= 0) relayAddress = link
      message(walk, at, depth + 1)
      relayAddress = before
      return
    }
    case Option.IdentityNonTemporary:
    case Option.IdentityPrefix:
    case Option.IdentityTemporary: {
      const header = code === Option.IdentityTemporary ? 4 : 12
      if (!walk.need(at, header)) return
      if (walk.recorder !== null) {
        walk.words(Field.association, at, 4, walk.u32(at).toString(16).padStart(8, '0'))
        if (header === 12) {
          walk.uint(Field.t1, at + 4, 4, walk.u32(at + 4))
          walk.uint(Field.t2, at + 8, 4, walk.u32(at + 8))
        }
      }
      if (lease !== null) optionFact.association = walk.u32(at)
      nested(walk, at + header, type, lease, depth)
      optionFact.association = -1
      return
    }
    case Option.Address:
      if (!walk.need(at, 24)) return
      walk.range(Field.address, at, 16)
      walk.uint(Field.addressPreferred, at + 16, 4, walk.u32(at + 16))
      walk.uint(Field.addressValid, at + 20, 4, walk.u32(at + 20))
      if (lease !== null) grantAddress(walk, lease, at)
      nested(walk, at + 24, type, lease, depth)
      return
    case Option.Prefix:
      if (!walk.need(at, 25)) return
      walk.uint(Field.prefixPreferred, at, 4, walk.u32(at))
      walk.uint(Field.prefixValid, at + 4, 4, walk.u32(at + 4))
      walk.uint(Field.prefixLength, at + 8, 1, walk.u8(at + 8))
      walk.range(Field.prefix, at + 9, 16)
      if (lease !== null) grantPrefix(walk, lease, at)
      nested(walk, at + 25, type, lease, depth)
      return
    default:
      if (lease !== null) optionFact.read(walk, lease, code, at, length)
      if (walk.recorder !== null) recordOption(walk, code, at, length, type)
  }
}

function nested(walk: Walk, at: number, type: number, lease: LeaseDetail | null, depth: number): void {
  if (depth >= MAX_DEPTH) walk.malformed(at, 'options nested too deeply')
  else options(walk, at, type, lease, -1, depth + 1)
}
