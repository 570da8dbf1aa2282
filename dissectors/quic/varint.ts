/**
 * Variable-length integers (RFC 9000 section 16). As numbers they are exact up to 2^53: counters and lengths beyond that fit no packet.
 * Reading past the end gives 0 and sets the walk's stop. No allocation.
 */
import type { Walk } from '../core/walk.ts'

/** 1, 2, 4 or 8; 0 when not even the first byte is there. */
export function varintSize(walk: Walk, offset: number): number {
  return walk.need(offset, 1) ? 1 << (walk.u8(offset) >> 6) : 0
}

export function readVarint(walk: Walk, offset: number): number {
  const size = varintSize(walk, offset)
  switch (size) {
    case 1:
      return walk.u8(offset) & 0x3f
    case 2:
      return walk.u16(offset) & 0x3fff
    case 4:
      return walk.u32(offset) & 0x3fffffff
    case 8:
      return (walk.u32(offset) & 0x3fffffff) * 0x1_0000_0000 + walk.u32(offset + 4)
    default:
      return 0
  }
}

/** Records the integer under `field`; returns where it ends, -1 when it is cut. */
export function takeVarint(walk: Walk, field: number, offset: number): number {
  const size = varintSize(walk, offset)
  if (size === 0 || !walk.need(offset, size)) return -1
  if (walk.recorder !== null) {
    const high = size === 8 ? walk.u32(offset) & 0x3fffffff : 0
    const low = size === 8 ? walk.u32(offset + 4) : readVarint(walk, offset)
    walk.uint64of(field, offset, size, high, low)
  }
  return offset + size
}

/** Integers in a row, one a field; where they end, -1 when one is cut. */
export function takeVarints(walk: Walk, begin: number, ...fields: number[]): number {
  let at = begin
  for (const field of fields) {
    at = takeVarint(walk, field, at)
    if (at < 0) return -1
  }
  return at
}

/** A 64-bit field from a number below 2^53. */
export function recordNumber(walk: Walk, field: number, offset: number, length: number, value: number): void {
  walk.uint64of(field, offset, length, Math.floor(value / 0x1_0000_0000), value % 0x1_0000_0000)
}
