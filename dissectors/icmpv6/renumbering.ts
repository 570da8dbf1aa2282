/** Router renumbering (RFC 2894 section 3): commands with match-prefix and use-prefix parts, and their results. Only for field passes. */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import * as Field from './wire.ts'

const COMMAND = 0
const RESULT = 1
const MATCH_PART = 24
const USE_PART = 32
const RESULT_SIZE = 24

/** `at` is behind the checksum. */
export function recordRenumbering(walk: Walk, at: number, code: number): void {
  if (!walk.need(at, 12)) return
  const flags = walk.u8(at + 5)
  walk.uint(Field.rrSequence, at, 4, walk.u32(at))
  walk.uint(Field.rrSegment, at + 4, 1, walk.u8(at + 4))
  walk.uint(Field.rrFlags, at + 5, 1, flags)
  walk.uint(Field.rrTest, at + 5, 1, flags & 0x80)
  walk.uint(Field.rrResult, at + 5, 1, flags & 0x40)
  walk.uint(Field.rrAll, at + 5, 1, flags & 0x20)
  walk.uint(Field.rrSite, at + 5, 1, flags & 0x10)
  walk.uint(Field.rrProcessed, at + 5, 1, flags & 8)
  walk.uint(Field.rrReserved, at + 5, 1, flags & 7)
  walk.uint(Field.rrMaxDelay, at + 6, 2, walk.u16(at + 6))
  walk.range(Field.icmpv6Reserved, at + 8, 4)
  if (code === COMMAND) commands(walk, at + 12)
  else if (code === RESULT) results(walk, at + 12)
}

/** Each operation is one match part and as many use parts as its length says: 4N + 3 units of 8 bytes (RFC 2894 section 3.2.1.1). */
function commands(walk: Walk, begin: number): void {
  let at = begin
  for (let n = 0; n < MAX_ITEMS && at < walk.end; n++) {
    if (!walk.item(at) || !walk.need(at, MATCH_PART)) return
    const size = walk.u8(at + 1) * 8
    match(walk, at)
    if (size < MATCH_PART) {
      walk.malformed(at + 1, `length ${size} of a prefix operation is below ${MATCH_PART}`)
      return
    }
    const end = Math.min(at + size, walk.end)
    for (let use = at + MATCH_PART; use + USE_PART <= end; use += USE_PART) {
      if (!walk.item(use) || !walk.need(use, USE_PART)) return
      usage(walk, use)
    }
    at += size
  }
}

function match(walk: Walk, at: number): void {
  walk.group(Field.matchPart, at, MATCH_PART)
  walk.uint(Field.matchOperation, at, 1, walk.u8(at))
  walk.uint(Field.matchLength, at + 1, 1, walk.u8(at + 1))
  walk.uint(Field.matchOrdinal, at + 2, 1, walk.u8(at + 2))
  walk.uint(Field.matchBits, at + 3, 1, walk.u8(at + 3))
  walk.uint(Field.matchMinimum, at + 4, 1, walk.u8(at + 4))
  walk.uint(Field.matchMaximum, at + 5, 1, walk.u8(at + 5))
  walk.range(Field.icmpv6Reserved, at + 6, 2)
  walk.range(Field.matchPrefix, at + 8, 16)
  walk.endGroup()
}

function usage(walk: Walk, at: number): void {
  walk.group(Field.usePart, at, USE_PART)
  walk.uint(Field.useBits, at, 1, walk.u8(at))
  walk.uint(Field.useKeep, at + 1, 1, walk.u8(at + 1))
  for (const [i, field] of [Field.useMask, Field.useRaFlags].entries()) {
    const flags = walk.u8(at + 2 + i)
    walk.uint(field, at + 2 + i, 1, flags)
    walk.uint(Field.useOnLink, at + 2 + i, 1, flags & 0x80)
    walk.uint(Field.useAutonomous, at + 2 + i, 1, flags & 0x40)
    walk.uint(Field.useMaskReserved, at + 2 + i, 1, flags & 0x3f)
  }
  walk.uint(Field.useValid, at + 4, 4, walk.u32(at + 4))
  walk.uint(Field.usePreferred, at + 8, 4, walk.u32(at + 8))
  const flags = walk.u32(at + 12)
  walk.uint(Field.useFlags, at + 12, 4, flags)
  walk.uint(Field.useDecrementValid, at + 12, 4, flags >>> 31)
  walk.uint(Field.useDecrementPreferred, at + 12, 4, (flags >>> 30) & 1)
  walk.uint(Field.useFlagsReserved, at + 12, 4, flags & 0x3fffffff)
  walk.range(Field.usePrefix, at + 16, 16)
  walk.endGroup()
}

function results(walk: Walk, begin: number): void {
  for (let at = begin; at < walk.end; at += RESULT_SIZE) {
    if (!walk.item(at) || !walk.need(at, RESULT_SIZE)) return
    const flags = walk.u16(at)
    walk.group(Field.result, at, RESULT_SIZE)
    walk.uint(Field.resultFlags, at, 2, flags)
    walk.uint(Field.resultBounds, at, 2, flags & 2)
    walk.uint(Field.resultForbidden, at, 2, flags & 1)
    walk.uint(Field.resultReserved, at, 2, flags >> 2)
    walk.uint(Field.resultOrdinal, at + 2, 1, walk.u8(at + 2))
    walk.uint(Field.resultBits, at + 3, 1, walk.u8(at + 3))
    walk.uint(Field.resultInterface, at + 4, 4, walk.u32(at + 4))
    walk.range(Field.resultPrefix, at + 8, 16)
    walk.endGroup()
  }
}
