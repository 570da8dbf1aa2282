/**
 * GRE, versions 0 and 1 (PPTP): the optional fields in their fixed order, then what the ethertype names. Other versions are not read.
 * An Ethernet frame inside has no check sequence.
 */
import { MAX_ITEMS, type Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { byEthertype } from '../link/payload.ts'
import { dissectErspan1 } from '../mirror/dissect.ts'
import { ERSPAN } from '../mirror/wire.ts'
import { emitBonded } from './signals.ts'
import {
  Bit,
  CISCO_METADATA,
  gre,
  greAcknowledgement,
  greChecksum,
  greFlags,
  greHasAcknowledgement,
  greHasChecksum,
  greHasKey,
  greHasRouting,
  greHasSequence,
  greKey,
  greKeyCall,
  greKeyLength,
  greOffset,
  greProtocol,
  greRecursion,
  greReserved,
  greRouting,
  greRoutingData,
  greRoutingFamily,
  greRoutingLength,
  greRoutingOffset,
  greSequence,
  greStrict,
  greVersion,
} from './wire.ts'

export function dissectGre(walk: Walk, offset: number): void {
  if (!walk.need(offset, 4)) return
  const flags = walk.u16(offset)
  const type = walk.u16(offset + 2)
  const version = flags & 7
  walk.layer(gre.protocol, gre.root, offset, 4)
  if (walk.recorder !== null) recordFlags(walk, offset, flags, type, version)
  if (version > 1) {
    walk.endLayer()
    leftover(walk, offset + 4)
    return
  }
  const at = optionalFields(walk, offset + 4, flags, version)
  walk.endLayer(at - offset)
  if (walk.signalling && version === 0 && (flags & Bit.Key) !== 0 && walk.addressSize !== 0)
    emitBonded(walk, type, keyOf(walk, offset, flags), at)
  if (at < walk.end && type === CISCO_METADATA) behindMetadata(walk, at)
  else if (at < walk.end && type === ERSPAN && (flags & Bit.Sequence) === 0) walk.next(dissectErspan1, at)
  else if (at < walk.end) byEthertype(walk, type, at)
}

/** Version 1 is the only one: of another nobody knows where its packet begins. */
function behindMetadata(walk: Walk, offset: number): void {
  const inside = offset + 4 + walk.u8(offset + 3) * 4
  if (walk.u8(offset + 2) === 1 && inside < walk.end) byEthertype(walk, walk.u16(offset), inside)
  else leftover(walk, offset)
}

function recordFlags(walk: Walk, offset: number, flags: number, type: number, version: number): void {
  walk.uint(greFlags, offset, 2, flags)
  walk.uint(greHasChecksum, offset, 2, flags & Bit.Checksum ? 1 : 0)
  walk.uint(greHasRouting, offset, 2, flags & Bit.Routing ? 1 : 0)
  walk.uint(greHasKey, offset, 2, flags & Bit.Key ? 1 : 0)
  walk.uint(greHasSequence, offset, 2, flags & Bit.Sequence ? 1 : 0)
  walk.uint(greStrict, offset, 2, flags & Bit.StrictSource ? 1 : 0)
  walk.uint(greRecursion, offset, 2, (flags >> 8) & 7)
  if (version === 1) walk.uint(greHasAcknowledgement, offset, 2, flags & Bit.Acknowledgement ? 1 : 0)
  // In version 1 the highest of these bits is the acknowledgement's.
  walk.uint(greReserved, offset, 2, (flags & (version === 1 ? 0x78 : 0xf8)) >> 3)
  walk.uint(greVersion, offset, 2, version)
  walk.uint(greProtocol, offset + 2, 2, type)
}

/** Checksum and offset come together, when either the checksum or the routing bit is set (RFC 1701). */
function optionalFields(walk: Walk, begin: number, flags: number, version: number): number {
  let at = begin
  if ((flags & (Bit.Checksum | Bit.Routing)) !== 0 && walk.need(at, 4)) {
    walk.uint(greChecksum, at, 2, walk.u16(at))
    walk.uint(greOffset, at + 2, 2, walk.u16(at + 2))
    at += 4
  }
  if ((flags & Bit.Key) !== 0 && walk.need(at, 4)) {
    if (version === 0) walk.uint(greKey, at, 4, walk.u32(at))
    else {
      walk.uint(greKeyLength, at, 2, walk.u16(at))
      walk.uint(greKeyCall, at + 2, 2, walk.u16(at + 2))
    }
    at += 4
  }
  if ((flags & Bit.Sequence) !== 0 && walk.need(at, 4)) {
    walk.uint(greSequence, at, 4, walk.u32(at))
    at += 4
  }
  if (version === 1 && (flags & Bit.Acknowledgement) !== 0 && walk.need(at, 4)) {
    walk.uint(greAcknowledgement, at, 4, walk.u32(at))
    at += 4
  }
  return (flags & Bit.Routing) !== 0 ? routing(walk, at) : at
}

/** Behind checksum and offset, when these are there. */
function keyOf(walk: Walk, offset: number, flags: number): number {
  return walk.u32(offset + ((flags & (Bit.Checksum | Bit.Routing)) !== 0 ? 8 : 4))
}

/** Source route entries; one of length 0 and family 0 ends the list. */
function routing(walk: Walk, begin: number): number {
  let at = begin
  for (let n = 0; n < MAX_ITEMS && walk.item(at) && walk.need(at, 4); n++) {
    const family = walk.u16(at)
    const length = walk.u8(at + 3)
    walk.group(greRouting, at, 4 + length)
    walk.uint(greRoutingFamily, at, 2, family)
    walk.uint(greRoutingOffset, at + 2, 1, walk.u8(at + 2))
    walk.uint(greRoutingLength, at + 3, 1, length)
    if (length > 0) walk.range(greRoutingData, at + 4, length)
    walk.endGroup()
    at += 4 + length
    if (family === 0 && length === 0) break
  }
  return at
}
