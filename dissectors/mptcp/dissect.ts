/**
 * One MPTCP option: its fields, and what the signals need of it (`MptcpScan`). Lengths are checked against the subtype's before anything
 * is read; a wrong one is malformed, its bytes are shown as they are and it has no further effect. No allocation.
 */
import type { Walk } from '../core/walk.ts'
import type { MptcpScan } from './state.ts'
import { CapableFlag, DssFlag, M, RESET_REASONS, SUBTYPE_NAMES, Subtype } from './wire.ts'

const SYN = 0x02
const ACK = 0x10

/** The option at `offset` has `length` bytes, all captured; kind and length fields are recorded by the caller. */
export function dissectMptcpOption(walk: Walk, offset: number, length: number, tcpFlags: number, scan: MptcpScan): void {
  if (length < 3) {
    walk.malformed(offset + 1, `MPTCP option length ${length}, at least 3 expected`)
    return
  }
  const subtype = walk.u8(offset + 2) >> 4
  walk.uint(M.subtype, offset + 2, 1, subtype)
  const valid = body(walk, offset, length, subtype, tcpFlags, scan)
  if (valid) scan.add(subtype, offset, length)
  else walk.malformed(offset + 1, `${nameOf(subtype)} option of ${length} bytes`)
}

export function nameOf(subtype: number): string {
  return (SUBTYPE_NAMES as Readonly<Record<number, string>>)[subtype] ?? `MPTCP subtype ${subtype}`
}

function body(walk: Walk, at: number, length: number, subtype: number, tcpFlags: number, scan: MptcpScan): boolean {
  switch (subtype) {
    case Subtype.Capable:
      return capable(walk, at, length, tcpFlags)
    case Subtype.Join:
      return join(walk, at, length)
    case Subtype.Dss:
      return dss(walk, at, length, scan)
    case Subtype.AddAddress:
      return addAddress(walk, at, length)
    case Subtype.RemoveAddress:
      if (length < 4) return false
      walk.uint(M.removedCount, at + 1, 1, length - 3)
      walk.generated()
      for (let i = at + 3; i < at + length; i++) if (walk.item(i)) walk.uint(M.addressId, i, 1, walk.u8(i))
      return true
    case Subtype.Priority:
      if (length !== 3 && length !== 4) return false
      walk.uint(M.flags, at + 2, 1, walk.u8(at + 2))
      walk.uint(M.backup, at + 2, 1, walk.u8(at + 2) & 1)
      if (length === 4) walk.uint(M.addressId, at + 3, 1, walk.u8(at + 3))
      return true
    case Subtype.Fail:
      if (length !== 12) return false
      walk.uint(M.reserved, at + 2, 2, walk.u16(at + 2) & 0xfff)
      walk.uint64(M.dsn, at + 4)
      return true
    case Subtype.FastClose:
      if (length !== 12) return false
      walk.uint(M.reserved, at + 2, 2, walk.u16(at + 2) & 0xfff)
      walk.uint64(M.receiverKey, at + 4)
      return true
    case Subtype.Reset: {
      if (length !== 4) return false
      const flags = walk.u8(at + 2)
      walk.uint(M.flags, at + 2, 1, flags)
      walk.uint(M.resetU, at + 2, 1, (flags >> 3) & 1)
      walk.uint(M.resetV, at + 2, 1, (flags >> 2) & 1)
      walk.uint(M.resetW, at + 2, 1, (flags >> 1) & 1)
      walk.uint(M.resetT, at + 2, 1, flags & 1)
      walk.uint(M.resetReason, at + 3, 1, walk.u8(at + 3))
      return true
    }
    default:
      // Experimental and unassigned subtypes are variable: shown, never judged.
      if (length > 3) walk.range(M.experimental, at + 3, length - 3)
      return true
  }
}

/** RFC 8684 section 3.1: which lengths a segment may have depends on version and step. */
function capable(walk: Walk, at: number, length: number, tcpFlags: number): boolean {
  if (length < 4) return false
  const version = walk.u8(at + 2) & 0x0f
  const flags = walk.u8(at + 3)
  walk.uint(M.version, at + 2, 1, version)
  walk.group(M.flagGroup, at + 3, 1, 'Flags')
  walk.uint(M.flags, at + 3, 1, flags)
  walk.uint(M.checksumRequired, at + 3, 1, flags & CapableFlag.Checksum ? 1 : 0)
  walk.uint(M.extensibility, at + 3, 1, flags & CapableFlag.Extensibility ? 1 : 0)
  if (version === 1) walk.uint(M.noMoreSubflows, at + 3, 1, flags & CapableFlag.NoMoreSubflows ? 1 : 0)
  walk.uint(version === 1 ? M.sha256 : M.sha1, at + 3, 1, flags & CapableFlag.Sha)
  walk.uint(M.reservedFlags, at + 3, 1, version === 1 ? (flags & 0x1e) >> 1 : (flags & 0x3e) >> 1)
  walk.endGroup()
  if (length >= 12) walk.uint64(M.senderKey, at + 4)
  if (length >= 20) walk.uint64(M.receiverKey, at + 12)
  if (length === 22 || length === 24) walk.uint(M.dataLength, at + 20, 2, walk.u16(at + 20))
  if (length === 24) walk.uint(M.checksum, at + 22, 2, walk.u16(at + 22))
  if (version > 1) return true
  if ((tcpFlags & SYN) !== 0) return length === ((tcpFlags & ACK) === 0 && version === 1 ? 4 : 12)
  return length === 20 || (version === 1 && (length === 22 || length === 24))
}

/** RFC 8684 section 3.2: SYN 12, SYN/ACK 16, ACK 24 bytes. */
function join(walk: Walk, at: number, length: number): boolean {
  if (length === 12 || length === 16) {
    const first = walk.u8(at + 2)
    walk.uint(M.flags, at + 2, 1, first)
    walk.uint(M.backup, at + 2, 1, first & 1)
    walk.uint(M.addressId, at + 3, 1, walk.u8(at + 3))
    if (length === 12) {
      walk.uint(M.receiverToken, at + 4, 4, walk.u32(at + 4))
      walk.uint(M.nonce, at + 8, 4, walk.u32(at + 8))
    } else {
      walk.uint64(M.truncatedHmac, at + 4)
      walk.uint(M.nonce, at + 12, 4, walk.u32(at + 12))
    }
    return true
  }
  if (length !== 24) return false
  walk.uint(M.reserved, at + 2, 2, walk.u16(at + 2) & 0xfff)
  walk.range(M.hmac, at + 4, 20)
  return true
}

/** RFC 8684 section 3.3: the flags say which parts follow; a mapping may have a checksum, told by the length. */
function dss(walk: Walk, at: number, length: number, scan: MptcpScan): boolean {
  if (length < 4) return false
  const flags = walk.u8(at + 3)
  if (walk.recorder !== null) {
    walk.group(M.flagGroup, at + 3, 1, 'Flags')
    walk.uint(M.flags, at + 3, 1, flags)
    walk.uint(M.dataFin, at + 3, 1, flags & DssFlag.DataFin ? 1 : 0)
    walk.uint(M.dsn8, at + 3, 1, flags & DssFlag.Dsn8 ? 1 : 0)
    walk.uint(M.mappingPresent, at + 3, 1, flags & DssFlag.Mapping ? 1 : 0)
    walk.uint(M.ack8, at + 3, 1, flags & DssFlag.Ack8 ? 1 : 0)
    walk.uint(M.ackPresent, at + 3, 1, flags & DssFlag.Ack)
    walk.endGroup()
  }
  const ackSize = flags & DssFlag.Ack ? (flags & DssFlag.Ack8 ? 8 : 4) : 0
  const dsnSize = flags & DssFlag.Mapping ? (flags & DssFlag.Dsn8 ? 8 : 4) : 0
  const without = 4 + ackSize + (dsnSize === 0 ? 0 : dsnSize + 6)
  if (length !== without && !(dsnSize > 0 && length === without + 2)) return false
  scan.dss = true
  scan.dssFlags = flags
  let from = at + 4
  if (ackSize > 0) {
    scan.dataAck = walk.u32(from + ackSize - 4)
    if (ackSize === 8) walk.uint64(M.dataAck, from)
    else walk.uint64of(M.dataAck, from, 4, 0, scan.dataAck)
    from += ackSize
  }
  if (dsnSize > 0) {
    scan.dsn = walk.u32(from + dsnSize - 4)
    if (dsnSize === 8) walk.uint64(M.dsn, from)
    else walk.uint64of(M.dsn, from, 4, 0, scan.dsn)
    from += dsnSize
    scan.subflowSequence = walk.u32(from)
    scan.dataLength = walk.u16(from + 4)
    walk.uint(M.subflowSequence, from, 4, scan.subflowSequence)
    walk.uint(M.dataLength, from + 4, 2, scan.dataLength)
    if (scan.dataLength === 0 && walk.recorder !== null) {
      walk.group(M.infinite, from + 4, 2)
      walk.endGroup()
    }
    if (length === without + 2) walk.uint(M.checksum, from + 6, 2, walk.u16(from + 6))
  }
  return true
}

/**
 * RFC 8684 section 3.4.1 and RFC 6824 section 3.4.1. Version 0 has the IP version in the low nibble, version 1 the echo flag;
 * a length with HMAC exists in version 1 only.
 */
function addAddress(walk: Walk, at: number, length: number): boolean {
  const nibble = walk.u8(at + 2) & 0x0f
  const old = isVersion0Address(nibble, length)
  const size = addressSize(length)
  if (old) walk.uint(M.ipVersion, at + 2, 1, nibble)
  else walk.uint(M.echo, at + 2, 1, nibble & 1)
  if (size === 0) return false
  if (old && (nibble === 4) !== (size === 4)) return false
  walk.uint(M.addressId, at + 3, 1, walk.u8(at + 3))
  walk.range(size === 4 ? M.ipv4 : M.ipv6, at + 4, size)
  if (hasPort(length)) walk.uint(M.port, at + 4 + size, 2, walk.u16(at + 4 + size))
  if (hasAddressHmac(length)) walk.uint64(M.addressHmac, at + length - 8)
  // Version 1: an echo has no HMAC, an announcement has one.
  return old || hasAddressHmac(length) === ((nibble & 1) === 0)
}

export function isVersion0Address(nibble: number, length: number): boolean {
  return !hasAddressHmac(length) && (nibble === 4 || nibble === 6)
}

/** 4 or 16; 0 when no ADD_ADDR has this length. */
export function addressSize(length: number): 0 | 4 | 16 {
  if (length === 8 || length === 10 || length === 16 || length === 18) return 4
  return length === 20 || length === 22 || length === 28 || length === 30 ? 16 : 0
}

export function hasPort(length: number): boolean {
  return length === 10 || length === 18 || length === 22 || length === 30
}

export function hasAddressHmac(length: number): boolean {
  return length === 16 || length === 18 || length === 28 || length === 30
}

/** Reason of an MP_TCPRST in words. */
export function resetReason(code: number): string {
  return RESET_REASONS[code] ?? `reason ${code}`
}
