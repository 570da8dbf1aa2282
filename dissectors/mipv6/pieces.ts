/**
 * A message or an option as a list of pieces: which field stands where. One list a message says it all; `recordPieces` records it.
 * Only for field passes; a piece beyond the message's or option's end is left out and said by the caller.
 */
import type { Walk } from '../core/walk.ts'

export type Size = 1 | 2 | 3 | 4
export type Piece =
  | { kind: 'number'; field: number; at: number; size: Size; shift: number; mask: number }
  | { kind: 'long'; field: number; at: number }
  /** size 0: everything up to the end */
  | { kind: 'range'; field: number; at: number; size: number }
  /** one or more values of the same size up to the end */
  | { kind: 'list'; field: number; at: number; size: 2 | 16 }
  /** an IPv4 or IPv6 address, by what is left */
  | { kind: 'address'; fields: readonly [four: number, six: number]; at: number }

const ALL = 0xffffffff

export const u8 = (field: number, at: number): Piece => ({ kind: 'number', field, at, size: 1, shift: 0, mask: ALL })
export const u16 = (field: number, at: number): Piece => ({ kind: 'number', field, at, size: 2, shift: 0, mask: ALL })
export const u32 = (field: number, at: number): Piece => ({ kind: 'number', field, at, size: 4, shift: 0, mask: ALL })
export const u64 = (field: number, at: number): Piece => ({ kind: 'long', field, at })
/** Bit 0 is the lowest of the `size` bytes at `at`. */
export const flag = (field: number, at: number, size: Size, bit: number): Piece => ({
  kind: 'number',
  field,
  at,
  size,
  shift: bit,
  mask: 1,
})
export const bits = (field: number, at: number, size: Size, shift: number, mask: number): Piece => ({
  kind: 'number',
  field,
  at,
  size,
  shift,
  mask,
})
export const range = (field: number, at: number, size = 0): Piece => ({ kind: 'range', field, at, size })
export const list = (field: number, at: number, size: 2 | 16): Piece => ({ kind: 'list', field, at, size })
export const address = (four: number, six: number, at: number): Piece => ({ kind: 'address', fields: [four, six], at })

function number(walk: Walk, at: number, size: Size): number {
  return size === 1 ? walk.u8(at) : size === 2 ? walk.u16(at) : size === 3 ? walk.u24(at) : walk.u32(at)
}

/** Records the pieces of what begins at `begin` and ends before `end`. */
export function recordPieces(walk: Walk, pieces: readonly Piece[], begin: number, end: number): void {
  for (const piece of pieces) {
    const at = begin + piece.at
    if (at >= end) continue
    switch (piece.kind) {
      case 'number':
        if (at + piece.size <= end && at + piece.size <= walk.limit)
          walk.uint(piece.field, at, piece.size, ((number(walk, at, piece.size) >>> piece.shift) & piece.mask) >>> 0)
        break
      case 'long':
        if (at + 8 <= end && at + 8 <= walk.limit) walk.uint64(piece.field, at)
        break
      case 'range':
        if (at + piece.size <= end) walk.range(piece.field, at, piece.size === 0 ? end - at : piece.size)
        break
      case 'list':
        for (let i = at; i + piece.size <= end && i + piece.size <= walk.limit && walk.item(i); i += piece.size) {
          if (piece.size === 2) walk.uint(piece.field, i, 2, walk.u16(i))
          else walk.range(piece.field, i, piece.size)
        }
        break
      case 'address':
        if (end - at >= 16) walk.range(piece.fields[1], at, 16)
        else if (end - at >= 4) walk.range(piece.fields[0], at, 4)
    }
  }
}
