/**
 * IPv4 options (RFC 791 section 3.1, RFC 781, RFC 1063, RFC 1393, RFC 2113): fields of each, and the final destination of a source route.
 * Runs only when a header has options. An option that runs past the header is malformed and ends the list.
 */
import type { Walk } from '../core/walk.ts'
import { MAX_ITEMS } from '../core/walk.ts'
import {
  At,
  ipEmptyRoute,
  ipOption,
  ipOptionClass,
  ipOptionCopy,
  ipOptionFlag,
  ipOptionLength,
  ipOptionMtu,
  ipOptionNumber,
  ipOptionOriginator,
  ipOptionOutboundHops,
  ipOptionOverflow,
  ipOptionPointer,
  ipOptionReturnHops,
  ipOptionRouterAlert,
  ipOptionStream,
  ipOptionTime,
  ipOptionTimeAddress,
  ipOptionTraceId,
  ipOptionType,
  ipRecordedRoute,
  ipSourceRoute,
  OPTION_NAMES,
  Option,
} from './wire.ts'

/** Walks the options between the fixed header at `offset` and `end`. */
export function dissectOptions(walk: Walk, offset: number, end: number): void {
  let at = offset + At.Options
  for (let n = 0; at < end && n < MAX_ITEMS; n++) {
    if (!walk.item(at) || !walk.need(at, 1)) return
    const type = walk.u8(at)
    if (type === Option.End || type === Option.NoOperation) {
      walk.group(ipOption, at, 1, walk.recorder === null ? null : (OPTION_NAMES[type] as string))
      recordType(walk, at, type)
      walk.endGroup()
      at++
      if (type === Option.End) return
      continue
    }
    if (!walk.need(at, 2)) return
    const length = walk.u8(at + 1)
    if (length < 2 || at + length > end) {
      walk.malformed(at, `option ${type} has length ${length}, ${end - at} bytes of header are left`)
      return
    }
    if (!walk.need(at, length)) return
    walk.group(ipOption, at, length, walk.recorder === null ? null : (OPTION_NAMES[type] ?? `Option ${type}`))
    recordType(walk, at, type)
    walk.uint(ipOptionLength, at + 1, 1, length)
    body(walk, type, at, length)
    walk.endGroup()
    at += length
  }
}

function recordType(walk: Walk, at: number, type: number): void {
  if (walk.recorder === null) return
  walk.uint(ipOptionType, at, 1, type)
  walk.uint(ipOptionCopy, at, 1, type >> 7)
  walk.uint(ipOptionClass, at, 1, (type >> 5) & 3)
  walk.uint(ipOptionNumber, at, 1, type & 31)
}

function body(walk: Walk, type: number, at: number, length: number): void {
  switch (type) {
    case Option.RouterAlert:
      if (length >= 4) walk.uint(ipOptionRouterAlert, at + 2, 2, walk.u16(at + 2))
      break
    case Option.StreamId:
      if (length >= 4) walk.uint(ipOptionStream, at + 2, 2, walk.u16(at + 2))
      break
    case Option.MtuProbe:
    case Option.MtuReply:
      if (length >= 4) walk.uint(ipOptionMtu, at + 2, 2, walk.u16(at + 2))
      break
    case Option.Traceroute:
      if (length < 12) break
      walk.uint(ipOptionTraceId, at + 2, 2, walk.u16(at + 2))
      walk.uint(ipOptionOutboundHops, at + 4, 2, walk.u16(at + 4))
      walk.uint(ipOptionReturnHops, at + 6, 2, walk.u16(at + 6))
      walk.range(ipOptionOriginator, at + 8, 4)
      break
    case Option.RecordRoute:
    case Option.LooseSourceRoute:
    case Option.StrictSourceRoute:
      if (length >= 3) route(walk, type, at, length)
      break
    case Option.Timestamp:
      if (length >= 4) timestamps(walk, at, length)
      break
  }
}

/** The pointer counts from 1 at the option's type byte and names the next address to use or fill in. */
function route(walk: Walk, type: number, at: number, length: number): void {
  const pointer = walk.u8(at + 2)
  walk.uint(ipOptionPointer, at + 2, 1, pointer)
  const sourceRoute = type !== Option.RecordRoute
  let last = -1
  for (let i = 3; i + 4 <= length && walk.item(at + i); i += 4) {
    const used = i + 1 < pointer
    walk.range(used ? ipRecordedRoute : sourceRoute ? ipSourceRoute : ipEmptyRoute, at + i, 4)
    last = at + i
    if (sourceRoute && !used) walk.checksumDestination = last
  }
}

function timestamps(walk: Walk, at: number, length: number): void {
  const flag = walk.u8(at + 3) & 15
  walk.uint(ipOptionPointer, at + 2, 1, walk.u8(at + 2))
  walk.uint(ipOptionOverflow, at + 3, 1, walk.u8(at + 3) >> 4)
  walk.uint(ipOptionFlag, at + 3, 1, flag)
  const withAddress = flag === 1 || flag === 3
  const step = withAddress ? 8 : 4
  for (let i = 4; i + step <= length && walk.item(at + i); i += step) {
    if (withAddress) walk.range(ipOptionTimeAddress, at + i, 4)
    walk.uint(ipOptionTime, at + i + step - 4, 4, walk.u32(at + i + step - 4))
  }
}
