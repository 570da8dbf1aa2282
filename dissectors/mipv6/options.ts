/**
 * The list of mobility options behind a message (RFC 6275 section 6.2.1): fields of each, and the few offsets that signals and the check of
 * a binding authorization need. An option that runs past the header is malformed and ends the list; wrong alignment is nobody's concern.
 */

import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { dateText } from '../icmp/echo.ts'
import { OPTION_NAMES } from './names.ts'
import * as Form from './option-forms.ts'
import { Option } from './option-forms.ts'
import { recordPieces } from './pieces.ts'

/** Where the options of one message that matter to bindings lie: offsets of their data, -1 when absent. */
export class Found {
  alternate = -1
  ipv4CareOf = -1
  ipv4Home = -1
  nonces = -1
  authorization = -1
  authorizationLength = 0
  authentication = -1
  signature = -1
  identifier = -1
  identifierLength = 0
  timestamp = -1
  /** offsets of prefix options' data, and of binding identifiers with their lengths */
  readonly prefixes: number[] = []
  readonly bindings: number[] = []
  readonly bindingLengths: number[] = []

  reset(): void {
    this.alternate = this.ipv4CareOf = this.ipv4Home = this.nonces = this.authorization = -1
    this.authentication = this.signature = this.identifier = this.timestamp = -1
    this.authorizationLength = this.identifierLength = 0
    this.prefixes.length = this.bindings.length = this.bindingLengths.length = 0
  }
}

/** How many prefixes or bindings of one message are kept. */
const MAX_KEPT = 16

function note(found: Found, type: number, at: number, length: number): void {
  switch (type) {
    case Option.AlternateCareOf:
      if (length === 16) found.alternate = at
      return
    case Option.NonceIndices:
      if (length === 4) found.nonces = at
      return
    case Option.AuthorizationData:
      found.authorization = at
      found.authorizationLength = length
      return
    case Option.Authentication:
      found.authentication = at
      return
    case Option.Signature:
      found.signature = at
      return
    case Option.NodeIdentifier:
      if (length > 1) {
        found.identifier = at
        found.identifierLength = length
      }
      return
    case Option.Timestamp:
      if (length === 8) found.timestamp = at
      return
    case Option.Ipv4CareOf:
      if (length >= 6) found.ipv4CareOf = at
      return
    case Option.Ipv4HomeAddress:
      if (length >= 6) found.ipv4Home = at
      return
    case Option.NetworkPrefix:
    case Option.HomePrefix:
      if (length === 18 && found.prefixes.length < MAX_KEPT) found.prefixes.push(at)
      return
    case Option.BindingIdentifier:
      if (length >= 4 && found.bindings.length < MAX_KEPT) {
        found.bindings.push(at)
        found.bindingLengths.push(length)
      }
  }
}

/** The options from `begin` to `end`; records them and notes them in `found`, which is reset. */
export function dissectOptions(walk: Walk, begin: number, end: number, found: Found): void {
  found.reset()
  if (begin >= end) return
  walk.group(Form.options, begin, end - begin)
  let at = begin
  for (let n = 0; at < end && n < MAX_ITEMS && walk.item(at); n++) {
    if (!walk.need(at, 1)) break
    const type = walk.u8(at)
    if (type === Option.Pad1) {
      walk.group(Form.option, at, 1, 'Pad1')
      walk.uint(Form.optionType, at, 1, type)
      walk.endGroup()
      at++
      continue
    }
    if (at + 2 > end) {
      walk.malformed(at, `mobility option ${type} has no length`)
      break
    }
    if (!walk.need(at, 2)) break
    const length = walk.u8(at + 1)
    if (at + 2 + length > end) {
      walk.malformed(at + 1, `mobility option ${type} has length ${length}, ${end - at - 2} bytes of the header are left`)
      break
    }
    const whole = walk.need(at, 2 + length)
    if (whole) note(found, type, at + 2, length)
    if (walk.recorder !== null) record(walk, type, at, length)
    if (!whole) break
    at += 2 + length
  }
  walk.endGroup()
}

function record(walk: Walk, type: number, at: number, length: number): void {
  const data = at + 2
  const end = data + length
  walk.group(Form.option, at, 2 + length, walk.titling ? (OPTION_NAMES[type] ?? `Option ${type}`) : null)
  walk.uint(Form.optionType, at, 1, type)
  walk.uint(Form.optionLength, at + 1, 1, length)
  switch (type) {
    case Option.Timestamp:
      if (length === 8 && data + 8 <= walk.limit) recordTimestamp(walk, data)
      break
    case Option.MessageIdentifier:
      if (length === 8 && data + 8 <= walk.limit) recordMessageTime(walk, data)
      break
    case Option.FlowIdentification:
      recordFlow(walk, data, end)
      break
    case Option.AccessNetwork:
      recordAccess(walk, data, end)
      break
    default:
      recordForm(walk, type, data, end)
  }
  walk.endGroup()
}

function recordForm(walk: Walk, type: number, data: number, end: number): void {
  const pieces = Form.OPTIONS[type]
  if (pieces !== undefined) recordPieces(walk, pieces, data, end)
  else if (end > data) walk.range(Form.optionData, data, end - data)
  if (type !== Option.Redirect || data + 2 > walk.limit) return
  const flags = walk.u8(data)
  if (flags & 0x80) recordPieces(walk, Form.redirectIpv6, data, end)
  else if (flags & 0x40) recordPieces(walk, Form.redirectIpv4, data, end)
}

/** Nanoseconds; the fraction counts 1/65536 of a second (RFC 5213 section 8.8). */
function recordTimestamp(walk: Walk, at: number): void {
  const seconds = BigInt(walk.u16(at)) * 0x100000000n + BigInt(walk.u32(at + 2))
  walk.words(Form.timestamp, at, 8, dateOf(seconds, (BigInt(walk.u16(at + 6)) * 1_000_000_000n) >> 16n))
}

/** NTP time: seconds since 1900 (RFC 4285 section 6). */
function recordMessageTime(walk: Walk, at: number): void {
  const seconds = BigInt(walk.u32(at)) - 2_208_988_800n
  walk.words(Form.messageTimestamp, at, 8, dateOf(seconds, (BigInt(walk.u32(at + 4)) * 1_000_000_000n) >> 32n))
}

export function dateOf(seconds: bigint, nanoseconds: bigint): string {
  return seconds >= 0n && seconds < 253_402_300_800n ? dateText(seconds * 1_000_000_000n + nanoseconds) : `${seconds} s since 1970`
}

function recordFlow(walk: Walk, data: number, end: number): void {
  recordPieces(walk, Form.FLOW, data, Math.min(end, data + Form.FLOW_FIXED))
  let at = data + Form.FLOW_FIXED
  while (at < end && at < walk.limit && walk.item(at)) {
    const type = walk.u8(at)
    walk.uint(Form.flowSub, at, 1, type)
    if (type === 0) {
      at++
      continue
    }
    if (at + 2 > end || at + 2 > walk.limit) return
    const next = at + 2 + walk.u8(at + 1)
    const pieces = Form.FLOW_SUBS[type]
    if (next <= end && pieces !== undefined) recordPieces(walk, pieces, at + 2, next)
    at = next
  }
}

function recordAccess(walk: Walk, data: number, end: number): void {
  let at = data
  while (at + 2 <= end && at + 2 <= walk.limit && walk.item(at)) {
    const next = at + 2 + walk.u8(at + 1)
    recordPieces(walk, Form.ACCESS, at, end)
    if (next > end) return
    const type = walk.u8(at)
    if (type === 1) recordNames(walk, at, next)
    else if (type === 3) recordPieces(walk, Form.OPERATOR, at, next)
    at = next
  }
}

/** Network identifier (RFC 6757 section 3.1.1): two names, each behind its length. */
function recordNames(walk: Walk, at: number, end: number): void {
  recordPieces(walk, [Form.accessEncoding], at, end)
  const name = at + 4
  if (name > end || name > walk.limit) return
  const length = walk.u8(at + 3)
  walk.uint(Form.accessNameLength, at + 3, 1, length)
  if (name + length > end) return
  walk.range(Form.accessName, name, length)
  const point = name + length + 1
  if (point > end || point > walk.limit) return
  const pointLength = walk.u8(point - 1)
  walk.uint(Form.accessPointLength, point - 1, 1, pointLength)
  if (point + pointLength <= end) walk.range(Form.accessPoint, point, pointLength)
}
