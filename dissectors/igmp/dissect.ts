/**
 * IGMP: who joins or leaves which multicast group. A join by a host is a mark of re-attachment (a host joins again on a new link). Types that
 * are not known are shown as bytes; a list longer than the packet ends the list. Cost in the index pass: a few reads, a signal for a join.
 */
import { internetChecksum } from '../core/checksum.ts'
import type { Walk } from '../core/walk.ts'
import { emitNeighbour } from '../icmp/signals.ts'
import { Field, HEADER, igmp, QUERY3_SIZE, RecordType, TYPES, Type } from './wire.ts'

export function dissectIgmp(walk: Walk, offset: number): void {
  walk.layer(igmp.protocol, igmp.root, offset, walk.end - offset)
  if (walk.need(offset, HEADER)) message(walk, offset)
  walk.endLayer()
}

function message(walk: Walk, offset: number): void {
  const type = walk.u8(offset)
  const size = walk.end - offset
  if (walk.describing && !walk.quoted) walk.info = TYPES[type] ?? `IGMP type ${type}`
  const version = versionOf(walk, type, offset, size)
  if (walk.recorder !== null) {
    walk.uint(Field.version, offset, 1, version)
    walk.generated()
    walk.uint(Field.type, offset, 1, type)
    if (type === Type.Report3 || version === 1) walk.range(Field.reserved, offset + 1, 1)
    else walk.uint(Field.maximum, offset + 1, 1, responseTime(walk.u8(offset + 1), version))
    walk.uint(Field.checksum, offset + 2, 2, walk.u16(offset + 2))
    const whole = walk.limit >= walk.end
    walk.uint(Field.checksumStatus, offset + 2, 0, !whole ? 2 : internetChecksum(walk.bytes, offset, walk.end) === 0 ? 1 : 0)
    walk.generated()
  }
  if (type === Type.Report3) {
    report3(walk, offset)
    return
  }
  if (TYPES[type] === undefined) {
    walk.range(Field.data, offset + 4, size - 4)
    return
  }
  walk.range(Field.group, offset + 4, 4)
  if (type === Type.Report1 || type === Type.Report2) joined(walk, offset + 4)
  if (type === Type.Query && size >= QUERY3_SIZE) query3(walk, offset)
}

function versionOf(walk: Walk, type: number, offset: number, size: number): number {
  if (type === Type.Report3) return 3
  if (type === Type.Report1) return 1
  if (type === Type.Query) return size >= QUERY3_SIZE ? 3 : walk.u8(offset + 1) === 0 ? 1 : 2
  return 2
}

/** RFC 3376 section 4.1.1: from 128 on it is a small floating-point number. */
function responseTime(code: number, version: number): number {
  return version < 3 || code < 128 ? code : ((code & 15) | 16) << (((code >> 4) & 7) + 3)
}

function query3(walk: Walk, offset: number): void {
  if (!walk.need(offset + 8, 4)) return
  const flags = walk.u8(offset + 8)
  const count = walk.u16(offset + 10)
  walk.uint(Field.suppress, offset + 8, 1, (flags >> 3) & 1)
  walk.uint(Field.robustness, offset + 8, 1, flags & 7)
  walk.uint(Field.interval, offset + 9, 1, walk.u8(offset + 9))
  walk.uint(Field.sources, offset + 10, 2, count)
  sources(walk, offset + QUERY3_SIZE, count)
}

/** Returns the end of the list, -1 when it is not all there. */
function sources(walk: Walk, begin: number, count: number): number {
  let at = begin
  for (let n = 0; n < count; n++, at += 4) {
    if (!walk.item(at) || !walk.need(at, 4)) return -1
    walk.range(Field.source, at, 4)
  }
  return at
}

function report3(walk: Walk, offset: number): void {
  const count = walk.u16(offset + 6)
  walk.range(Field.reserved, offset + 4, 2)
  walk.uint(Field.records, offset + 6, 2, count)
  let at = offset + HEADER
  for (let n = 0; n < count; n++) {
    if (!walk.item(at) || !walk.need(at, 8)) return
    const type = walk.u8(at)
    const auxiliary = walk.u8(at + 1) * 4
    const number = walk.u16(at + 2)
    walk.group(Field.record, at, 8 + number * 4 + auxiliary)
    walk.uint(Field.recordType, at, 1, type)
    walk.uint(Field.auxiliaryLength, at + 1, 1, auxiliary / 4)
    walk.uint(Field.sources, at + 2, 2, number)
    walk.range(Field.group, at + 4, 4)
    // To include mode without sources is a leave, and blocking joins nothing (RFC 3376 section 5.1).
    const leaves = type === RecordType.Block || ((type === RecordType.ToInclude || type === RecordType.IsInclude) && number === 0)
    if (!leaves) joined(walk, at + 4)
    const end = sources(walk, at + 8, number)
    if (end >= 0 && auxiliary > 0) walk.range(Field.auxiliary, end, auxiliary)
    walk.endGroup()
    if (end < 0) return
    at = end + auxiliary
  }
}

function joined(walk: Walk, group: number): void {
  if (walk.quoted || walk.limit - group < 4) return
  emitNeighbour(walk, 'group-joined', group, 4, null, walk.hopLimit)
}
