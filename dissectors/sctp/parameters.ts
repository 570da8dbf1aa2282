/**
 * Parameters (RFC 9260 section 3.2.1) and error causes (section 3.3.10, RFC 5061 section 4.3, RFC 4895 section 4.2): both are type, length,
 * value, padding, and each may hold the other. Records their fields; gathers addresses, ASCONF requests and answers where signals are wanted.
 * Refuses a length under 4 or past its container: stops there. Nesting is cut at 6 levels (real ones need 3).
 * Cost: two reads a parameter without a recorder.
 */
import { formatAddress } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import { emitListed, emitPreferred } from './signals.ts'
import type { SctpState } from './state.ts'
import { causeName, Field, Parameter, parameterName } from './wire.ts'

/** What the surrounding chunk means with its parameters. */
export const enum Where {
  /** fields only: nested copies, unknown places */
  Nested = 0,
  Init = 1,
  InitAck = 2,
  Asconf = 3,
  AsconfAck = 4,
}

const MAX_DEPTH = 6
const MAX_PARAMETERS = 1_000

/** All parameters in `begin..walk.end`. */
export function parameters(walk: Walk, state: SctpState, begin: number, where: Where, depth = 0): void {
  if (depth > MAX_DEPTH) {
    walk.malformed(begin, `parameters nested more than ${MAX_DEPTH} deep`)
    return
  }
  let offset = begin
  for (let n = 0; n < MAX_PARAMETERS && offset < walk.end; n++) {
    if (!walk.item(offset) || !walk.need(offset, 4)) return
    const length = walk.u16(offset + 2)
    if (length < 4) {
      walk.malformed(offset + 2, `parameter length ${length} is less than 4`)
      return
    }
    const next = parameter(walk, state, offset, length, where, depth)
    if (next < 0) return
    offset = next
  }
}

/** One parameter; returns where the next begins, -1 to stop. */
function parameter(walk: Walk, state: SctpState, offset: number, length: number, where: Where, depth: number): number {
  const type = walk.u16(offset)
  const end = offset + length
  const fits = end <= walk.end
  if (!fits) walk.malformed(offset + 2, `parameter length ${length}, ${walk.end - offset} bytes left`)
  const outer = walk.limitTo(fits ? end : walk.end)
  if (walk.recorder !== null) {
    walk.group(Field.parameter, offset, length, `${parameterName(type)} parameter`)
    walk.uint(Field.parameterType, offset, 2, type)
    walk.uint(Field.parameterBit1, offset, 2, type >>> 15)
    walk.uint(Field.parameterBit2, offset, 2, (type >>> 14) & 1)
    walk.uint(Field.parameterLength, offset + 2, 2, length)
  }
  value(walk, state, type, offset, offset + 4, length - 4, where, depth)
  walk.restore(outer)
  const padding = fits ? Math.min(-length & 3, walk.end - end) : 0
  if (padding > 0) walk.range(Field.parameterPadding, end, padding)
  walk.endGroup()
  return fits ? end + padding : -1
}

/** `length` is the value's on the wire; it ends at walk.end when it fits. */
function value(walk: Walk, state: SctpState, type: number, offset: number, at: number, length: number, where: Where, depth: number): void {
  switch (type) {
    case Parameter.Ipv4Address:
    case Parameter.Ipv6Address:
      address(walk, state, type, at, where)
      return
    case Parameter.AddAddress:
    case Parameter.DeleteAddress:
    case Parameter.SetPrimary:
      request(walk, state, type, at, where, depth)
      return
    case Parameter.Success:
      if (!walk.need(at, 4)) return
      walk.uint(Field.correlation, at, 4, walk.u32(at))
      if (where === Where.AsconfAck && walk.signalling) state.answers.push({ correlation: walk.u32(at), refusal: null })
      return
    case Parameter.ErrorCause: {
      if (!walk.need(at, 4)) return
      walk.uint(Field.correlation, at, 4, walk.u32(at))
      const words = causes(walk, state, at + 4, depth + 1)
      if (where === Where.AsconfAck && walk.signalling)
        state.answers.push({ correlation: walk.u32(at), refusal: words === '' ? 'no cause given' : words })
      return
    }
  }
  if (walk.recorder !== null) recordValue(walk, state, type, offset, at, length, depth)
}

/** IPv4 and IPv6 address parameters (section 3.3.2.1). */
function address(walk: Walk, state: SctpState, type: number, at: number, where: Where): void {
  const size = type === Parameter.Ipv4Address ? 4 : 16
  if (!walk.need(at, size)) return
  walk.range(size === 4 ? Field.ipv4Address : Field.ipv6Address, at, size)
  if (walk.end !== at + size) walk.malformed(at - 2, `address parameter of ${walk.end - at + 4} bytes, ${size + 4} expected`)
  if ((where !== Where.Init && where !== Where.InitAck) || !walk.signalling || isWildcard(walk, at, size)) return
  emitListed(walk, state.packetTag, where === Where.Init ? 'INIT' : 'INIT ACK', walk.state.flows.addresses.intern(walk.bytes, at, size))
}

function isWildcard(walk: Walk, at: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (walk.bytes[at + i] !== 0) return false
  return true
}

/** Add, Delete and Set Primary IP Address: correlation id and one address parameter (RFC 5061 section 4.2). */
function request(walk: Walk, state: SctpState, type: number, at: number, where: Where, depth: number): void {
  if (!walk.need(at, 4)) return
  const correlation = walk.u32(at)
  walk.uint(Field.correlation, at, 4, correlation)
  parameters(walk, state, at + 4, Where.Nested, depth + 1)
  if (!walk.signalling || where === Where.Nested || where === Where.AsconfAck) return
  const inner = at + 4
  if (inner + 4 > walk.limit) return
  const addressType = walk.u16(inner)
  const size = addressType === Parameter.Ipv4Address ? 4 : addressType === Parameter.Ipv6Address ? 16 : 0
  if (size === 0 || inner + 4 + size > walk.limit) return
  // The wildcard stands for the packet's source (add, set primary) or for all addresses but that one (delete): sections 4.2.1, 4.2.2, 4.2.5.
  const wildcard = isWildcard(walk, inner + 4, size)
  const { flows } = walk.state
  let locator = -1
  if (!wildcard) locator = flows.addresses.intern(walk.bytes, inner + 4, size)
  else if (type !== Parameter.DeleteAddress && walk.flow >= 0) locator = flows.sender(walk.flow, walk.direction)
  const item = { correlation, type, address: locator, wildcard }
  if (where === Where.Asconf) state.requests.push(item)
  else if (type === Parameter.SetPrimary)
    emitPreferred(
      walk,
      state.packetTag,
      where === Where.Init ? 'INIT: Set Primary IP Address' : 'INIT ACK: Set Primary IP Address',
      item,
      null,
      'A1',
    )
}

function recordValue(walk: Walk, state: SctpState, type: number, offset: number, at: number, length: number, depth: number): void {
  switch (type) {
    case Parameter.HeartbeatInfo:
      walk.range(Field.heartbeatInformation, at, length)
      return
    case Parameter.StateCookie:
      walk.range(Field.stateCookie, at, length)
      return
    case Parameter.Unrecognized:
      parameters(walk, state, at, Where.Nested, depth + 1)
      return
    case Parameter.CookiePreservative:
      number32(walk, Field.cookiePreservative, at)
      return
    case Parameter.HostName:
      walk.range(Field.hostName, at, length)
      return
    case Parameter.SupportedAddressTypes:
      list(walk, Field.supportedAddressType, at, 2)
      return
    case Parameter.HmacAlgorithms:
      list(walk, Field.hmacIdentifier, at, 2)
      return
    case Parameter.Chunks:
      list(walk, Field.chunkToAuthenticate, at, 1)
      return
    case Parameter.SupportedExtensions:
      list(walk, Field.supportedChunk, at, 1)
      return
    case Parameter.Random:
      walk.range(Field.random, at, length)
      return
    case Parameter.Padding:
      if (length > 0) walk.range(Field.padding, at, length)
      return
    case Parameter.AdaptationLayer:
      number32(walk, Field.adaptation, at)
      return
    case Parameter.ZeroChecksum:
      number32(walk, Field.errorDetectionMethod, at)
      return
    case Parameter.EcnCapable:
    case Parameter.ForwardTsnSupported:
      return
    case Parameter.OutgoingReset:
      number32(walk, Field.reconfigRequest, at)
      number32(walk, Field.reconfigResponse, at + 4)
      number32(walk, Field.reconfigLastTsn, at + 8)
      list(walk, Field.reconfigStream, at + 12, 2)
      return
    case Parameter.IncomingReset:
      number32(walk, Field.reconfigRequest, at)
      list(walk, Field.reconfigStream, at + 4, 2)
      return
    case Parameter.TsnReset:
      number32(walk, Field.reconfigRequest, at)
      return
    case Parameter.ReconfigResponse:
      number32(walk, Field.reconfigResponse, at)
      number32(walk, Field.reconfigResult, at + 4)
      if (length < 16) return
      number32(walk, Field.reconfigSenderTsn, at + 8)
      number32(walk, Field.reconfigReceiverTsn, at + 12)
      return
    case Parameter.AddOutgoingStreams:
      addStreams(walk, at, Field.addOutgoing, Field.addOutgoingReserved)
      return
    case Parameter.AddIncomingStreams:
      addStreams(walk, at, Field.addIncoming, Field.addIncomingReserved)
      return
  }
  if (length > 0) walk.range(Field.parameterValue, offset + 4, length)
}

function addStreams(walk: Walk, at: number, count: number, reserved: number): void {
  number32(walk, Field.reconfigRequest, at)
  if (!walk.need(at + 4, 4)) return
  walk.uint(count, at + 4, 2, walk.u16(at + 4))
  walk.uint(reserved, at + 6, 2, walk.u16(at + 6))
}

function number32(walk: Walk, field: number, at: number): void {
  if (walk.need(at, 4)) walk.uint(field, at, 4, walk.u32(at))
}

/** As many integers of `size` bytes as fit up to the end of the parameter. */
function list(walk: Walk, field: number, at: number, size: 1 | 2): void {
  let offset = at
  for (; offset + size <= walk.limit && walk.item(offset); offset += size)
    walk.uint(field, offset, size, size === 1 ? walk.u8(offset) : walk.u16(offset))
  if (offset < walk.end) walk.need(offset, size)
}

// ------------------------------------------------------------------ error causes

const MAX_CAUSES = 1_000
/** causes that are named in words */
const MAX_WORDS = 8

/** All causes in `begin..walk.end`; returns their names in words, '' when nobody wants to know. */
export function causes(walk: Walk, state: SctpState, begin: number, depth: number): string {
  let words = ''
  const wanted = walk.signalling || walk.recorder !== null
  let offset = begin
  for (let n = 0; n < MAX_CAUSES && offset < walk.end; n++) {
    if (!walk.item(offset) || !walk.need(offset, 4)) break
    const code = walk.u16(offset)
    const length = walk.u16(offset + 2)
    if (length < 4) {
      walk.malformed(offset + 2, `cause length ${length} is less than 4`)
      break
    }
    const end = offset + length
    const fits = end <= walk.end
    if (!fits) walk.malformed(offset + 2, `cause length ${length}, ${walk.end - offset} bytes left`)
    const outer = walk.limitTo(fits ? end : walk.end)
    if (wanted && n < MAX_WORDS) words += (words === '' ? '' : ', ') + causeWords(walk, code, offset + 4)
    if (walk.recorder !== null) {
      walk.group(Field.cause, offset, length, `Cause: ${causeName(code)}`)
      walk.uint(Field.causeCode, offset, 2, code)
      walk.uint(Field.causeLength, offset + 2, 2, length)
      recordCause(walk, state, code, offset + 4, depth)
    }
    walk.restore(outer)
    const padding = fits ? Math.min(-length & 3, walk.end - end) : 0
    if (padding > 0) walk.range(Field.causePadding, end, padding)
    walk.endGroup()
    if (!fits) break
    offset = end + padding
  }
  return words
}

/** The cause's name; for a restart also the new addresses that it lists (RFC 9260 section 3.3.10.11). */
function causeWords(walk: Walk, code: number, at: number): string {
  const name = causeName(code)
  if (code !== 11) return name
  const listed: string[] = []
  for (let offset = at, n = 0; n < MAX_WORDS && offset + 8 <= walk.limit; n++) {
    const type = walk.u16(offset)
    const length = walk.u16(offset + 2)
    const size = type === Parameter.Ipv4Address ? 4 : type === Parameter.Ipv6Address ? 16 : 0
    if (size === 0 || length !== size + 4 || offset + length > walk.limit) break
    listed.push(formatAddress(walk.bytes, offset + 4, size))
    offset += length
  }
  return listed.length === 0 ? name : `${name} (${listed.join(', ')})`
}

function recordCause(walk: Walk, state: SctpState, code: number, at: number, depth: number): void {
  const left = walk.end - at
  switch (code) {
    case 1:
      if (!walk.need(at, 4)) return
      walk.uint(Field.causeStream, at, 2, walk.u16(at))
      walk.uint(Field.causeReserved, at + 2, 2, walk.u16(at + 2))
      return
    case 2: {
      if (!walk.need(at, 4)) return
      walk.uint(Field.causeMissing, at, 4, walk.u32(at))
      for (let offset = at + 4; offset + 2 <= walk.limit && walk.item(offset); offset += 2)
        walk.uint(Field.causeMissingType, offset, 2, walk.u16(offset))
      return
    }
    case 3:
      if (walk.need(at, 4)) walk.uint(Field.causeStaleness, at, 4, walk.u32(at))
      return
    case 6:
      unknownChunk(walk, at)
      return
    case 9:
      if (walk.need(at, 4)) walk.uint(Field.causeTsn, at, 4, walk.u32(at))
      return
    case 0x105:
      if (walk.need(at, 2)) walk.uint(Field.hmacIdentifier, at, 2, walk.u16(at))
      return
    case 5:
    case 8:
    case 11:
    case 0xa0:
    case 0xa1:
    case 0xa2:
    case 0xa4:
      if (left > 0) parameters(walk, state, at, Where.Nested, depth + 1)
      return
  }
  if (left > 0) walk.range(Field.causeInformation, at, left)
}

/** Unrecognized chunk type: the chunk as it came, header and value only. */
function unknownChunk(walk: Walk, at: number): void {
  if (!walk.need(at, 4)) return
  const type = walk.u8(at)
  walk.uint(Field.chunkType, at, 1, type)
  walk.uint(Field.chunkBit1, at, 1, type >>> 7)
  walk.uint(Field.chunkBit2, at, 1, (type >>> 6) & 1)
  walk.uint(Field.chunkFlags, at + 1, 1, walk.u8(at + 1))
  walk.uint(Field.chunkLength, at + 2, 2, walk.u16(at + 2))
  if (walk.end > at + 4) walk.range(Field.chunkValue, at + 4, walk.end - at - 4)
}
