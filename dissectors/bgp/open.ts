/**
 * OPEN messages (RFC 4271 section 4.2) with capabilities (RFC 5492), also in the form with extended length (RFC 9072). What both sides can do is
 * remembered for reading their UPDATEs.
 */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { emitOpen } from './signals.ts'
import { type Peering, peerings } from './state.ts'
import { CAPABILITY_NAMES, Capability, Field } from './wire.ts'

const CAPABILITIES = 2
const EXTENDED = 255

/** AS number by the capability while an OPEN is read; 0: none. */
let wideAs = 0

export function open(walk: Walk, at: number): void {
  if (!walk.need(at, 10)) return
  walk.uint(Field.version, at, 1, walk.u8(at))
  walk.uint(Field.myAs, at + 1, 2, walk.u16(at + 1))
  walk.uint(Field.holdTime, at + 3, 2, walk.u16(at + 3))
  walk.range(Field.identifier, at + 5, 4)
  const length = walk.u8(at + 9)
  walk.uint(Field.optionalLength, at + 9, 1, length)
  const learns = walk.flow >= 0 && !walk.state.frozen && !walk.quoted
  const side = walk.direction === 0 ? 0 : 1
  const peering = learns ? walk.state.of(peerings).make(walk.flow) : null
  peering?.renew(side)
  wideAs = 0
  const extended = length === EXTENDED && at + 13 <= walk.limit && walk.u8(at + 10) === EXTENDED
  parameters(walk, at + (extended ? 13 : 10), at + (extended ? 13 + walk.u16(at + 11) : 10 + length), extended ? 2 : 1, peering, side)
  if (peering !== null && walk.signalling) emitOpen(walk, peering, at, wideAs === 0 ? walk.u16(at + 1) : wideAs)
}

function parameters(walk: Walk, begin: number, end: number, lengthSize: 1 | 2, peering: Peering | null, side: 0 | 1): void {
  const old = walk.end
  if (end > old) {
    walk.malformed(begin - 1, `optional parameters of ${end - begin} bytes, ${old - begin} bytes left`)
    end = old
  }
  walk.limitTo(end)
  for (let at = begin, n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 1 + lengthSize); n++) {
    const type = walk.u8(at)
    const length = lengthSize === 1 ? walk.u8(at + 1) : walk.u16(at + 1)
    const value = at + 1 + lengthSize
    walk.group(Field.parameter, at, 1 + lengthSize + length)
    walk.uint(Field.parameterType, at, 1, type)
    walk.uint(Field.parameterLength, at + 1, lengthSize, length)
    if (value + length > end) {
      walk.malformed(at + 1, `parameter of ${length} bytes, ${end - value} bytes left`)
      walk.endGroup()
      break
    }
    walk.limitTo(value + length)
    if (type === CAPABILITIES) capabilities(walk, value, peering, side)
    walk.restore(end)
    walk.endGroup()
    at = value + length
  }
  walk.restore(old)
}

function capabilities(walk: Walk, begin: number, peering: Peering | null, side: 0 | 1): void {
  const end = walk.end
  for (let at = begin, n = 0; at < end && n < MAX_ITEMS && walk.item(at) && walk.need(at, 2); n++) {
    const type = walk.u8(at)
    const length = walk.u8(at + 1)
    walk.group(Field.capability, at, 2 + length, walk.titling ? `Capability: ${CAPABILITY_NAMES[type] ?? type}` : null)
    walk.uint(Field.capabilityType, at, 1, type)
    walk.uint(Field.capabilityLength, at + 1, 1, length)
    if (at + 2 + length > end) {
      walk.malformed(at + 1, `capability of ${length} bytes, ${end - at - 2} bytes left`)
      walk.endGroup()
      return
    }
    walk.limitTo(at + 2 + length)
    capability(walk, type, at + 2, length, peering, side)
    walk.restore(end)
    walk.endGroup()
    at += 2 + length
  }
}

function capability(walk: Walk, type: number, begin: number, length: number, peering: Peering | null, side: 0 | 1): void {
  const end = begin + length
  let at = begin
  switch (type) {
    case Capability.Multiprotocol:
      if (!walk.need(at, 4)) return
      walk.uint(Field.multiFamily, at, 2, walk.u16(at))
      walk.range(Field.capabilityReserved, at + 2, 1)
      walk.uint(Field.multiSub, at + 3, 1, walk.u8(at + 3))
      return
    case Capability.ExtendedNextHop:
      for (; at + 6 <= end && walk.item(at) && walk.need(at, 6); at += 6) {
        walk.uint(Field.nextHopFamily, at, 2, walk.u16(at))
        walk.uint(Field.nextHopSub, at + 2, 2, walk.u16(at + 2))
        walk.uint(Field.nextHopOther, at + 4, 2, walk.u16(at + 4))
      }
      return
    case Capability.GracefulRestart:
      gracefulRestart(walk, at, end)
      return
    case Capability.FourByteAs:
      if (!walk.need(at, 4)) return
      wideAs = walk.u32(at)
      walk.uint(Field.as4, at, 4, wideAs)
      if (peering !== null) peering.fourByteAs[side] = true
      return
    case Capability.AddPath:
      for (; at + 4 <= end && walk.item(at) && walk.need(at, 4); at += 4) {
        walk.uint(Field.pathFamily, at, 2, walk.u16(at))
        walk.uint(Field.pathSub, at + 2, 1, walk.u8(at + 2))
        walk.uint(Field.pathMode, at + 3, 1, walk.u8(at + 3))
        peering?.addPath(side, (walk.u16(at) << 8) | walk.u8(at + 2), walk.u8(at + 3) & 3)
      }
      return
    case Capability.Name:
      at = countedText(walk, at, Field.hostNameLength, Field.hostName)
      if (at >= 0 && at < end) countedText(walk, at, Field.domainLength, Field.domain)
      return
    default:
      if (length > 0) walk.range(Field.capabilityUnknown, begin, length)
  }
}

function gracefulRestart(walk: Walk, begin: number, end: number): void {
  if (!walk.need(begin, 2)) return
  const timers = walk.u16(begin)
  walk.uint(Field.restartTimers, begin, 2, timers)
  walk.uint(Field.restartFlag, begin, 2, timers >> 15)
  walk.uint(Field.restartNotification, begin, 2, (timers >> 14) & 1)
  walk.uint(Field.restartTime, begin, 2, timers & 0xfff)
  for (let at = begin + 2; at + 4 <= end && walk.item(at) && walk.need(at, 4); at += 4) {
    walk.uint(Field.restartFamily, at, 2, walk.u16(at))
    walk.uint(Field.restartSub, at + 2, 1, walk.u8(at + 2))
    walk.uint(Field.restartFlags, at + 3, 1, walk.u8(at + 3))
    walk.uint(Field.restartPreserved, at + 3, 1, walk.u8(at + 3) >> 7)
  }
}

function countedText(walk: Walk, at: number, lengthField: number, field: number): number {
  if (!walk.need(at, 1)) return -1
  const length = walk.u8(at)
  walk.uint(lengthField, at, 1, length)
  if (!walk.need(at + 1, length)) return -1
  if (length > 0) walk.range(field, at + 1, length)
  return at + 1 + length
}
