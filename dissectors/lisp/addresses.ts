/**
 * Addresses of the control plane: a family number and, behind it, what that family says, canonical ones (RFC 8060) nested a few deep.
 * An unknown family has no length: reading stops there as malformed. Answers where the address ends, and its plain IP address if it has one.
 */
import { formatAddress, formatMac } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import * as Field from './control-wire.ts'
import { type AddressFields, Canonical, Family } from './control-wire.ts'

const CANONICAL_HEADER = 6
const MAX_DEPTH = 4
const MAX_NAME = 255

/** What the last `readAddress` found: the IP address it is or wraps, and its instance. */
export class Address {
  /** offset of the bytes in the walk's memory, -1 when it is no IP address */
  at = -1
  size: 0 | 4 | 16 = 0
  /** instance id of the innermost wrapper, 0 without one */
  instance = 0
}

/** Length of the address of `family` at `at`, -1 when it cannot be known. */
function lengthOf(walk: Walk, family: number, at: number): number {
  switch (family) {
    case Family.None:
      return 0
    case Family.Ipv4:
      return 4
    case Family.Ipv6:
      return 16
    case Family.Mac:
      return 6
    case Family.Canonical:
      return walk.need(at, CANONICAL_HEADER) ? CANONICAL_HEADER + walk.u16(at + 4) : -2
    case Family.Name: {
      for (let i = at; i < walk.limit && i - at <= MAX_NAME; i++) if (walk.bytes[i] === 0) return i + 1 - at
      return -1
    }
    default:
      return -1
  }
}

/** The address whose family stands at `at`. Returns the offset behind it, -1 when it cannot be read (the stop reason is set). */
export function readAddress(walk: Walk, at: number, fields: AddressFields, out: Address, depth = 0): number {
  if (depth === 0) {
    out.at = -1
    out.size = 0
    out.instance = 0
  }
  if (!walk.item(at) || !walk.need(at, 2)) return -1
  const family = walk.u16(at)
  walk.uint(fields.family, at, 2, family)
  const begin = at + 2
  const length = lengthOf(walk, family, begin)
  if (length === -2) return -1
  if (length < 0) {
    walk.malformed(at, `address family ${family} has no known length`)
    return -1
  }
  if (!walk.need(begin, length)) return -1
  if ((family === Family.Ipv4 || family === Family.Ipv6) && out.at < 0) {
    out.at = begin
    out.size = length as 4 | 16
  }
  if (family === Family.Canonical) {
    if (depth < MAX_DEPTH) readCanonical(walk, begin, begin + length, out, depth)
    else walk.malformed(at, 'canonical addresses are nested too deep')
  } else if (walk.recorder !== null) recordAddress(walk, fields, family, begin, length)
  return begin + length
}

function recordAddress(walk: Walk, fields: AddressFields, family: number, at: number, length: number): void {
  if (family === Family.Ipv4 && fields.ipv4 >= 0) walk.range(fields.ipv4, at, length)
  else if (family === Family.Ipv6 && fields.ipv6 >= 0) walk.range(fields.ipv6, at, length)
  else if (family === Family.Mac && fields.mac >= 0) walk.range(fields.mac, at, length)
  else if (family === Family.Name && fields.name >= 0) walk.range(fields.name, at, length - 1)
}

/** RFC 8060 section 3: reserved, flags, type, reserved, length, then what the type says. */
function readCanonical(walk: Walk, at: number, end: number, out: Address, depth: number): void {
  const type = walk.u8(at + 2)
  walk.group(Field.canonical, at, end - at)
  walk.uint(Field.canonicalReserved, at, 1, walk.u8(at))
  walk.uint(Field.canonicalFlags, at + 1, 1, walk.u8(at + 1))
  walk.uint(Field.canonicalType, at + 2, 1, type)
  walk.uint(Field.canonicalReserved2, at + 3, 1, walk.u8(at + 3))
  walk.uint(Field.canonicalLength, at + 4, 2, walk.u16(at + 4))
  const old = walk.limitTo(end)
  canonicalBody(walk, type, at + 6, out, depth + 1)
  walk.restore(old)
  walk.endGroup()
}

function canonicalBody(walk: Walk, type: number, at: number, out: Address, depth: number): void {
  switch (type) {
    case Canonical.List:
      each(walk, at, 0, Field.listAddress, out, depth)
      return
    case Canonical.Instance:
      if (!walk.need(at, 4)) return
      out.instance = walk.u32(at)
      walk.uint(Field.instance, at, 4, out.instance)
      readAddress(walk, at + 4, Field.instanceAddress, out, depth)
      return
    case Canonical.AutonomousSystem:
      if (!walk.need(at, 4)) return
      walk.uint(Field.autonomousSystem, at, 4, walk.u32(at))
      readAddress(walk, at + 4, Field.autonomousSystemAddress, out, depth)
      return
    case Canonical.NatTraversal:
      if (!walk.need(at, 4)) return
      walk.uint(Field.natServerPort, at, 2, walk.u16(at))
      walk.uint(Field.natEtrPort, at + 2, 2, walk.u16(at + 2))
      each(walk, at + 4, 0, Field.natAddress, out, depth)
      return
    case Canonical.NonceLocator:
      if (!walk.need(at, 4)) return
      walk.uint(Field.nonceLocator, at + 1, 3, walk.u24(at + 1))
      readAddress(walk, at + 4, Field.nonceAddress, out, depth)
      return
    case Canonical.ExplicitPath:
      each(walk, at, 2, Field.hopAddress, out, depth)
      return
    case Canonical.SourceDestination: {
      if (!walk.need(at, 4)) return
      walk.uint(Field.pairReserved, at, 2, walk.u16(at))
      walk.uint(Field.pairSourceLength, at + 2, 1, walk.u8(at + 2))
      walk.uint(Field.pairDestinationLength, at + 3, 1, walk.u8(at + 3))
      const second = readAddress(walk, at + 4, Field.pairSource, out, depth)
      if (second >= 0) readAddress(walk, second, Field.pairDestination, out, depth)
      return
    }
    case Canonical.Replication:
      each(walk, at, 4, Field.entryAddress, out, depth)
      return
    case Canonical.KeyValue: {
      const second = readAddress(walk, at, Field.keyAddress, out, depth)
      if (second >= 0) readAddress(walk, second, Field.valueAddress, out, depth)
      return
    }
    default:
      if (at < walk.end) walk.range(Field.canonicalData, at, walk.end - at)
  }
}

/** Addresses up to the end, each behind `before` bytes of its own: flags of a hop, level of a replication entry. */
function each(walk: Walk, begin: number, before: 0 | 2 | 4, fields: AddressFields, out: Address, depth: number): void {
  let at = begin
  while (at + before + 2 <= walk.end && walk.item(at)) {
    if (before === 2) walk.uint(Field.hopFlags, at, 2, walk.u16(at))
    else if (before === 4) walk.uint(Field.entryLevel, at + 3, 1, walk.u8(at + 3))
    const next = readAddress(walk, at + before, fields, out, depth)
    if (next < 0) return
    at = next
  }
}

/** Text of the address whose family stands at `at` and which ends before `end`. */
export function addressText(walk: Walk, at: number, end: number, address: Address): string {
  const family = walk.u16(at)
  if (family === Family.Ipv4 || family === Family.Ipv6) return formatAddress(walk.bytes, at + 2, end - at - 2)
  if (family === Family.Mac) return formatMac(walk.bytes, at + 2)
  if (family === Family.Name) return String.fromCharCode(...walk.bytes.subarray(at + 2, end - 1))
  if (family === Family.None) return '0'
  const wrapped = address.at < 0 ? `LCAF ${walk.u8(at + 4)}` : formatAddress(walk.bytes, address.at, address.size)
  return address.instance === 0 ? wrapped : `[${address.instance}] ${wrapped}`
}
