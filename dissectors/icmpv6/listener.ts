/**
 * Multicast listener discovery, versions 1 (RFC 2710) and 2 (RFC 3810 section 5). The joins of a report are marks of re-attachment: a host that comes to a link
 * reports its groups there.
 */
import type { Walk } from '../core/walk.ts'
import { emitNeighbour } from '../icmp/signals.ts'
import {
  icmpv6Reserved,
  mldAddress,
  mldCode,
  mldDelay,
  mldFlags,
  mldFlagsReserved,
  mldInterval,
  mldRobustness,
  mldSource,
  mldSourceCount,
  mldSuppress,
  RECORD_TYPES,
  record,
  recordAddress,
  recordAuxiliary,
  recordAuxiliaryLength,
  recordSource,
  recordSourceCount,
  recordType,
  reportCount,
  Type,
} from './wire.ts'

/** A query of 24 bytes is version 1, one of at least 28 bytes version 2 (RFC 3810 section 8.1). */
const QUERY2_SIZE = 28

export function recordListener(walk: Walk, offset: number, type: number): void {
  const at = offset + 4
  if (type === Type.ListenerReport2) {
    report2(walk, at)
    return
  }
  if (!walk.need(at, 20)) return
  const second = type === Type.ListenerQuery && walk.end - offset >= QUERY2_SIZE
  if (second) walk.uint(mldCode, at, 2, floating(walk.u16(at), 12))
  else walk.uint(mldDelay, at, 2, walk.u16(at))
  walk.range(icmpv6Reserved, at + 2, 2)
  walk.range(mldAddress, at + 4, 16)
  if (!second || !walk.need(at + 20, 4)) return
  const flags = walk.u8(at + 20)
  const count = walk.u16(at + 22)
  walk.uint(mldFlags, at + 20, 1, flags)
  walk.uint(mldSuppress, at + 20, 1, flags & 8)
  walk.uint(mldRobustness, at + 20, 1, flags & 7)
  walk.uint(mldFlagsReserved, at + 20, 1, flags >> 4)
  walk.uint(mldInterval, at + 21, 1, floating(walk.u8(at + 21), 4))
  walk.uint(mldSourceCount, at + 22, 2, count)
  sources(walk, mldSource, at + 24, count)
}

/** Codes whose highest bit is set are an exponent of three bits and a mantissa of `bits` (RFC 3810 sections 5.1.3 and 5.1.9); others are themselves. */
function floating(code: number, bits: 4 | 12): number {
  const one = 1 << bits
  return code < one << 3 ? code : ((code & (one - 1)) | one) << (((code >> bits) & 7) + 3)
}

/** Records `count` addresses; false when they are not all there. */
function sources(walk: Walk, field: number, begin: number, count: number): boolean {
  for (let n = 0, at = begin; n < count; n++, at += 16) {
    if (!walk.item(at) || !walk.need(at, 16)) return false
    walk.range(field, at, 16)
  }
  return true
}

function report2(walk: Walk, begin: number): void {
  if (!walk.need(begin, 4)) return
  const count = walk.u16(begin + 2)
  walk.range(icmpv6Reserved, begin, 2)
  walk.uint(reportCount, begin + 2, 2, count)
  let at = begin + 4
  for (let n = 0; n < count; n++) {
    if (!walk.item(at) || !walk.need(at, 20)) return
    const auxiliary = walk.u8(at + 1) * 4
    const sourceCount = walk.u16(at + 2)
    const size = 20 + sourceCount * 16 + auxiliary
    walk.group(record, at, size, `Record: ${(RECORD_TYPES as Record<number, string>)[walk.u8(at)] ?? walk.u8(at)}`)
    walk.uint(recordType, at, 1, walk.u8(at))
    walk.uint(recordAuxiliaryLength, at + 1, 1, auxiliary / 4)
    walk.uint(recordSourceCount, at + 2, 2, sourceCount)
    walk.range(recordAddress, at + 4, 16)
    const whole = sources(walk, recordSource, at + 20, sourceCount) && walk.need(at, size)
    if (whole && auxiliary > 0) walk.range(recordAuxiliary, at + size - auxiliary, auxiliary)
    walk.endGroup()
    if (!whole) return
    at += size
  }
}

/** One signal a group that a report joins; leaving and blocking say nothing. */
export function emitJoins(walk: Walk, offset: number, type: number): void {
  if (type === Type.ListenerReport) {
    if (walk.limit - offset >= 24) emitNeighbour(walk, 'group-joined', offset + 8, 16, null, walk.hopLimit)
    return
  }
  if (type !== Type.ListenerReport2 || walk.limit - offset < 8) return
  const count = walk.u16(offset + 6)
  let at = offset + 8
  for (let n = 0; n < count && at + 20 <= walk.limit && walk.item(at); n++) {
    const mode = walk.u8(at)
    const sources = walk.u16(at + 2)
    // RFC 3810 section 5.2.12: include mode without sources leaves, 6 blocks.
    if (mode !== 6 && !((mode === 1 || mode === 3) && sources === 0)) emitNeighbour(walk, 'group-joined', at + 4, 16, null, walk.hopLimit)
    at += 20 + sources * 16 + walk.u8(at + 1) * 4
  }
}
