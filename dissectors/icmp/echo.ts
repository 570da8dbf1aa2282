/**
 * Echo (RFC 792), its extended form (RFC 8335) and the time stamp that ping programs put first into their data.
 * No standard says how that stamp looks. Two 32-bit words, seconds and microseconds in either byte order, are tried first, as Wireshark 4.0
 * does (of a 64-bit stamp in little endian that gives whole seconds), then 64-bit words; it must be within a day of the packet's own time.
 * Only for field passes.
 */
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import {
  type ExtendedEchoFields,
  icmpDataTime,
  icmpDataTimeRelative,
  icmpIdentifier,
  icmpIdentifierLittle,
  icmpSequence,
  icmpSequenceLittle,
} from './wire.ts'

const swap = (value: number): number => ((value & 255) << 8) | (value >> 8)

/** In both byte orders, since senders use either. */
export function recordIdentifierOnly(walk: Walk, offset: number): void {
  const identifier = walk.u16(offset)
  walk.uint(icmpIdentifier, offset, 2, identifier)
  walk.uint(icmpIdentifierLittle, offset, 2, swap(identifier))
}

/** Identifier and sequence number at `offset`. */
export function recordIdentifier(walk: Walk, offset: number): void {
  const sequence = walk.u16(offset + 2)
  recordIdentifierOnly(walk, offset)
  walk.uint(icmpSequence, offset + 2, 2, sequence)
  walk.uint(icmpSequenceLittle, offset + 2, 2, swap(sequence))
}

export function recordEchoData(walk: Walk, offset: number): void {
  const length = recordTimestamp(walk, offset)
  leftover(walk, offset + length)
}

const SECOND = 1_000_000_000n
const MAX_DIFFERENCE = 86_400n * SECOND

/** Bytes that the time stamp takes, 0 when there is none. */
function recordTimestamp(walk: Walk, offset: number): number {
  const room = walk.limit - offset
  if (room < 8) return 0
  const now = walk.state.epochNanoseconds(walk.time, walk.interface)
  let found = 0n
  let length = 0
  const consider = (seconds: bigint, microseconds: bigint, size: number): void => {
    if (length > 0 || microseconds >= 1_000_000n || seconds > 0xffffffffffn) return
    const stamp = seconds * SECOND + microseconds * 1000n
    const difference = now > stamp ? now - stamp : stamp - now
    if (difference >= MAX_DIFFERENCE) return
    found = stamp
    length = size
  }
  const view = new DataView(walk.bytes.buffer, walk.bytes.byteOffset + offset, room < 16 ? 8 : 16)
  for (const little of [false, true]) consider(BigInt(view.getUint32(0, little)), BigInt(view.getUint32(4, little)), 8)
  if (room >= 16) for (const little of [true, false]) consider(view.getBigUint64(0, little), view.getBigUint64(8, little), 16)
  if (length === 0) return 0
  walk.words(icmpDataTime, offset, length, dateText(found))
  const ago = now - found
  walk.words(icmpDataTimeRelative, offset, 0, `${ago < 0n ? '-' : ''}${secondsOf(ago < 0n ? -ago : ago)}`)
  walk.generated()
  return length
}

function secondsOf(nanoseconds: bigint): string {
  return `${nanoseconds / SECOND}.${(nanoseconds % SECOND).toString().padStart(9, '0')}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** 'May  3, 2013 22:45:17.283108000 UTC' */
export function dateText(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n))
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}, ${date.getUTCFullYear()}`
  const fraction = (nanoseconds % SECOND).toString().padStart(9, '0')
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.${fraction} UTC`
}

/** The part after the identifier: sequence number (8 bits) at `offset` and the bits behind it. */
export function recordExtendedEcho(walk: Walk, fields: ExtendedEchoFields, offset: number, reply: boolean): void {
  const bits = walk.u8(offset + 1)
  walk.uint(fields.sequence, offset, 1, walk.u8(offset))
  if (reply) {
    walk.uint(fields.state, offset + 1, 1, bits >> 5)
    walk.uint(fields.replyReserved, offset + 1, 1, (bits >> 3) & 3)
    walk.uint(fields.active, offset + 1, 1, bits & 4)
    walk.uint(fields.ipv4, offset + 1, 1, bits & 2)
    walk.uint(fields.ipv6, offset + 1, 1, bits & 1)
  } else {
    walk.uint(fields.requestReserved, offset + 1, 1, bits >> 1)
    walk.uint(fields.local, offset + 1, 1, bits & 1)
  }
}
