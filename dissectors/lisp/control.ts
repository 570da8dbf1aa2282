/**
 * LISP control messages (RFC 9301 section 5) on UDP port 4342. Bytes that cannot be one are declined: the port is a guess.
 * A list stops where an address family is unknown, for its length is. Signals are made from `Message`, which is filled while reading.
 */
import { SignalProtocol } from '../../shared/signals.ts'
import { lookupEthertype } from '../core/dispatch.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { Address, addressText, readAddress } from './addresses.ts'
import * as Field from './control-wire.ts'
import { Family, InfoBit, lisp, NotifyBit, RegisterBit, RequestBit, TYPE_NAMES, Type } from './control-wire.ts'
import { ipBehind } from './dissect.ts'
import { addressId, Message, readRecord } from './records.ts'
import { emitControl } from './signals.ts'

const message = new Message()
const address = new Address()

export function dissectLispControl(walk: Walk, offset: number): void {
  if (!plausible(walk, offset)) {
    walk.decline()
    return
  }
  const type = walk.u8(offset) >> 4
  if (type === Type.Encapsulated) {
    encapsulated(walk, offset)
    return
  }
  walk.layer(lisp.protocol, lisp.root, offset, walk.end - offset)
  message.reset(type)
  body(walk, offset, type)
  walk.noteUnread(SignalProtocol.Lisp)
  if (!walk.quoted && walk.describing) walk.info = info(message)
  walk.endLayer()
  if (walk.signalling && walk.addressSize !== 0) emitControl(walk, message)
}

const FAMILIES: readonly number[] = [Family.None, Family.Ipv4, Family.Ipv6, Family.Name, Family.Canonical, Family.Mac]

/** Does a known family stand at `at`? Bytes that were not captured speak for nothing. */
function familyAt(walk: Walk, at: number): boolean {
  return at + 2 > walk.limit ? at + 2 <= walk.end : FAMILIES.includes(walk.u16(at))
}

/** Fewest bytes of a message of any type but 8: first word and nonce. A Map-Request has two addresses behind; its records take four bytes, others twelve. */
const HEADER = 12

function plausible(walk: Walk, at: number): boolean {
  if (at + 4 > walk.limit) return false
  const word = walk.u32(at)
  const type = word >>> 28
  if (type === Type.Encapsulated) return ipBehind(walk, at + 4) !== 0
  if (at + HEADER > walk.end) return false
  const records = word & 255
  switch (type) {
    case Type.MapRequest:
      return at + HEADER + 4 + 4 * records <= walk.end && familyAt(walk, at + HEADER)
    case Type.MapReply:
    case Type.MapReferral:
      return records === 0 ? at + HEADER === walk.end : at + HEADER + 12 * records <= walk.end && familyAt(walk, at + HEADER + 10)
    case Type.MapRegister:
    case Type.MapNotify:
    case Type.MapNotifyAck:
    case Type.Info: {
      if (at + HEADER + 4 > walk.limit) return at + HEADER + 4 <= walk.end
      return at + HEADER + 4 + walk.u16(at + HEADER + 2) <= walk.end
    }
    default:
      return false
  }
}

function encapsulated(walk: Walk, offset: number): void {
  const ethertype = ipBehind(walk, offset + 4)
  const word = walk.u32(offset)
  walk.layer(lisp.protocol, lisp.root, offset, 4)
  walk.uint(Field.lispType, offset, 3, Type.Encapsulated)
  walk.uint(Field.ecmSecurity, offset, 4, (word >>> 27) & 1)
  walk.uint(Field.ecmDelegated, offset, 4, (word >>> 26) & 1)
  walk.uint(Field.ecmReserved, offset, 4, word & 0x3ffffff)
  walk.endLayer()
  walk.next(lookupEthertype(ethertype) ?? leftover, offset + 4)
}

function body(walk: Walk, offset: number, type: number): void {
  const word = walk.u32(offset)
  walk.uint(Field.lispType, offset, 3, type)
  message.word = word
  if (walk.recorder !== null) recordFlags(walk, offset, type, word)
  if (type !== Type.Info) walk.uint(Field.records, offset + 3, 1, word & 255)
  if (!walk.need(offset + 4, 8)) return
  walk.uint64(Field.nonce, offset + 4)
  message.nonceHigh = walk.u32(offset + 4)
  message.nonceLow = walk.u32(offset + 8)
  const at = offset + HEADER
  switch (type) {
    case Type.MapRequest:
      mapRequest(walk, at, word)
      return
    case Type.MapReply:
    case Type.MapReferral:
      recordList(walk, at, word & 255, type === Type.MapReferral)
      return
    case Type.Info:
      information(walk, at, word)
      return
    default:
      registration(walk, at, type, word)
  }
}

function recordFlags(walk: Walk, offset: number, type: number, word: number): void {
  const flags = (list: readonly (readonly [bit: number, field: number])[]): void => {
    for (const [bit, field] of list) walk.uint(field, offset, 3, (word >>> bit) & 1)
  }
  switch (type) {
    case Type.MapRequest:
      // Wireshark's flags are the six bits behind the type, as a number of their own.
      walk.uint(Field.requestFlags, offset, 3, (word >>> 22) & 0x3f)
      flags(Field.REQUEST_FLAGS)
      walk.uint(Field.requestReserved, offset, 3, (word >>> 13) & 0x1ff)
      walk.uint(Field.itrCount, offset, 3, (word >>> 8) & 31)
      return
    case Type.MapReply:
      flags(Field.REPLY_FLAGS)
      walk.uint(Field.replyReserved, offset, 3, (word >>> 8) & 0x1ffff)
      return
    case Type.MapRegister:
      flags(Field.REGISTER_FLAGS)
      walk.uint(Field.registerReserved, offset, 3, (word >>> 9) & 0x7fff)
      walk.uint(Field.registerWant, offset, 3, (word >>> 8) & 1)
      return
    case Type.MapNotify:
    case Type.MapNotifyAck:
      flags(Field.NOTIFY_FLAGS)
      walk.uint(Field.notifyReserved, offset, 3, (word >>> 8) & 0x3ffff)
      return
    case Type.MapReferral:
      walk.uint(Field.referralReserved, offset, 3, (word >>> 8) & 0xfffff)
      return
    default:
      walk.uint(Field.infoReply, offset, 3, (word >>> 27) & 1)
      walk.uint(Field.infoReserved, offset, 4, word & 0x7ffffff)
  }
}

/** RFC 9301 section 5.2. */
function mapRequest(walk: Walk, begin: number, word: number): void {
  let at = readAddress(walk, begin, Field.sourceEid, address)
  if (at < 0) return
  message.sourceEid = addressText(walk, begin, at, address)
  for (let n = 0; n <= ((word >>> 8) & 31); n++) {
    walk.group(Field.itr, at, 2)
    const next = readAddress(walk, at, Field.itrAddress, address)
    if (next >= 0) {
      walk.endGroup(next - at, walk.titling ? `ITR-RLOC ${n + 1}: ${addressText(walk, at, next, address)}` : null)
      if (address.at >= 0) message.requesters.push(addressId(walk, address))
    } else walk.endGroup()
    if (next < 0) return
    at = next
  }
  for (let n = 0; n < (word & 255); n++) {
    if (!walk.item(at) || !walk.need(at, 2)) return
    walk.group(Field.request, at, 2)
    walk.uint(Field.requestRecordReserved, at, 1, walk.u8(at))
    walk.uint(Field.requestLength, at + 1, 1, walk.u8(at + 1))
    const next = readAddress(walk, at + 2, Field.requestPrefix, address)
    if (next < 0) {
      walk.endGroup()
      return
    }
    const text = `${addressText(walk, at + 2, next, address)}/${walk.u8(at + 1)}`
    message.asked.push(text)
    message.askedLengths.push(walk.u8(at + 1))
    walk.endGroup(next - at, walk.titling ? `Map-Request record ${n + 1}: ${text}` : null)
    at = next
  }
  if (word & RequestBit.MapReply) {
    walk.group(Field.requestReply, at, 0)
    at = readRecord(walk, at, false, 1, message)
    walk.endGroup()
    if (at < 0) return
  }
  if (word & RequestBit.XtrId) identifiers(walk, at)
}

function recordList(walk: Walk, begin: number, count: number, referral: boolean): number {
  let at = begin
  for (let n = 0; n < count; n++) {
    at = readRecord(walk, at, referral, n + 1, message)
    if (at < 0) return -1
  }
  return at
}

/** Key id, algorithm and authentication data in front of Map-Register, Map-Notify and Info messages. Returns the offset behind. */
function authentication(walk: Walk, at: number): number {
  if (!walk.need(at, 4)) return -1
  const length = walk.u16(at + 2)
  walk.uint(Field.keyId, at, 2, walk.u16(at))
  walk.uint(Field.authenticationLength, at + 2, 2, length)
  message.algorithm = walk.u8(at + 1)
  message.authenticated = length > 0
  if (length > 0) walk.range(Field.authentication, at + 4, length)
  return walk.need(at + 4, length) ? at + 4 + length : -1
}

/** RFC 9301 sections 5.6 and 5.7. */
function registration(walk: Walk, begin: number, type: number, word: number): void {
  const at = authentication(walk, begin)
  if (at < 0) return
  const end = recordList(walk, at, word & 255, false)
  if (end < 0) return
  if (type === Type.MapRegister) message.wantsNotify = (word & RegisterBit.WantNotify) !== 0
  const withIdentifiers = (word & (type === Type.MapRegister ? RegisterBit.XtrId : NotifyBit.XtrId)) !== 0
  if (withIdentifiers) identifiers(walk, end)
}

function identifiers(walk: Walk, at: number): void {
  if (!walk.need(at, 16)) return
  walk.range(Field.xtrId, at, 16)
  if (walk.need(at + 16, 8)) walk.range(Field.siteId, at + 16, 8)
}

/** Info-Request and Info-Reply of the NAT traversal draft: an EID prefix, and in a reply the addresses as the server sees them. */
function information(walk: Walk, begin: number, word: number): void {
  const at = authentication(walk, begin)
  if (at < 0 || !walk.need(at, 6)) return
  walk.uint(Field.infoTtl, at, 4, walk.u32(at))
  walk.uint(Field.infoReserved2, at + 4, 1, walk.u8(at + 4))
  walk.uint(Field.infoLength, at + 5, 1, walk.u8(at + 5))
  const next = readAddress(walk, at + 6, Field.infoPrefix, address)
  if (next >= 0 && next < walk.end) readAddress(walk, next, Field.infoAddress, address)
  message.probe = (word & InfoBit.Reply) === 0
}

function info(m: Message): string {
  const name = m.type === Type.Info ? (m.word & InfoBit.Reply ? 'Info-Reply' : 'Info-Request') : (TYPE_NAMES[m.type] ?? 'LISP')
  const request = m.type === Type.MapRequest
  const kind = request
    ? m.word & RequestBit.Probe
      ? ' (RLOC-probe)'
      : m.word & RequestBit.Solicit
        ? ' (SMR)'
        : m.word & RequestBit.Invoked
          ? ' (SMR-invoked)'
          : ''
    : m.type === Type.MapReply && m.word & Field.ReplyBit.Probe
      ? ' (RLOC-probe reply)'
      : ''
  const about = request ? m.asked[0] : m.records[0]?.prefix
  return `${name}${kind}${about === undefined ? '' : ` for ${about}`}`
}
