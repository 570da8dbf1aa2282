/**
 * Ethernet II, 802.3 with LLC and SNAP, and 802.1Q / 802.1ad tags. Sets `linkSource` and `linkDestination`.
 * A type field between 1501 and 1535 means nothing (IEEE 802.3 clause 3.2.6): shown, not followed. Cost: one table look-up a tag.
 */
import { formatMac } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { byEthertype, networkEnd, recordTrailer } from './payload.ts'
import {
  ETH_SIZE,
  eth,
  ethDestination,
  ethInvalidLengthType,
  ethLength,
  ethSource,
  ethTrailer,
  ethType,
  llc,
  llcControl,
  llcDestination,
  llcOui,
  llcSource,
  llcType,
  MAX_LENGTH_FIELD,
  MIN_TYPE_FIELD,
  VLAN_SIZE,
  vlan,
  vlanDropEligible,
  vlanId,
  vlanLength,
  vlanPriority,
  vlanTrailer,
  vlanType,
} from './wire.ts'

/** An outermost Ethernet frame: it may end with its check sequence. */
export function dissectEthernet(walk: Walk, offset: number): void {
  ethernet(walk, offset, offset)
}

/** An Ethernet frame inside a tunnel: without a check sequence. */
export function dissectInnerEthernet(walk: Walk, offset: number): void {
  ethernet(walk, offset, -1)
}

function ethernet(walk: Walk, offset: number, sequenceFrom: number): void {
  if (!walk.need(offset, ETH_SIZE)) return
  walk.linkDestination = offset
  walk.linkSource = offset + 6
  const type = walk.u16(offset + 12)
  const payload = offset + ETH_SIZE
  const recorder = walk.recorder
  walk.layer(eth.protocol, eth.root, offset, ETH_SIZE)
  let end = walk.end
  if (recorder !== null) {
    walk.range(ethDestination, offset, 6)
    walk.range(ethSource, offset + 6, 6)
    walk.uint(type >= MIN_TYPE_FIELD ? ethType : type <= MAX_LENGTH_FIELD ? ethLength : ethInvalidLengthType, offset + 12, 2, type)
    end = type >= MIN_TYPE_FIELD ? networkEnd(walk, type, payload) : type <= MAX_LENGTH_FIELD ? Math.min(end, payload + type) : end
    recordTrailer(walk, ethTrailer, end, sequenceFrom)
    const kind = type >= MIN_TYPE_FIELD ? 'Ethernet II' : 'IEEE 802.3 Ethernet'
    const words = (): string => `${kind}, Src: ${formatMac(walk.bytes, offset + 6)}, Dst: ${formatMac(walk.bytes, offset)}`
    walk.endLayer(-1, walk.titling ? words() : null)
  }
  if (type >= MIN_TYPE_FIELD) byEthertype(walk, type, payload)
  else if (type <= MAX_LENGTH_FIELD) byLength(walk, payload, type)
  else leftover(walk, payload)
}

/** 802.3: the length field bounds the payload, which is LLC (or, behind 0xffff, Novell's IPX without LLC). */
function byLength(walk: Walk, offset: number, length: number): void {
  const end = walk.limitTo(offset + length)
  if (walk.end > offset) walk.next(dissectLlc, offset)
  walk.restore(end)
}

const SNAP = 0xaa
/** Unnumbered information frame, the only control value that SNAP uses (RFC 1042). */
const UNNUMBERED_INFORMATION = 0x03
const ETHERTYPE_OUI = 0x000000

export function dissectLlc(walk: Walk, offset: number): void {
  if (!walk.need(offset, 3)) return
  const destination = walk.u8(offset)
  const source = walk.u8(offset + 1)
  if (destination === 0xff && source === 0xff) {
    leftover(walk, offset)
    return
  }
  const control = walk.u8(offset + 2)
  // Supervisory and information frames have a two-byte control field (IEEE 802.2 clause 5.2).
  const unnumbered = (control & 3) === 3
  const size = unnumbered ? 3 : 4
  if (!walk.need(offset, size)) return
  const snap = destination === SNAP && source === SNAP && control === UNNUMBERED_INFORMATION && walk.limit - offset >= 8
  walk.layer(llc.protocol, llc.root, offset, snap ? 8 : size)
  if (walk.recorder !== null) {
    walk.uint(llcDestination, offset, 1, destination)
    walk.uint(llcSource, offset + 1, 1, source)
    walk.uint(llcControl, offset + 2, size - 2, unnumbered ? control : walk.u16(offset + 2))
    if (snap) {
      walk.uint(llcOui, offset + 3, 3, walk.u24(offset + 3))
      walk.uint(llcType, offset + 6, 2, walk.u16(offset + 6))
    }
  }
  walk.endLayer()
  if (snap && walk.u24(offset + 3) === ETHERTYPE_OUI) byEthertype(walk, walk.u16(offset + 6), offset + 8)
  else if (destination === 0x06 && source === 0x06 && unnumbered) byEthertype(walk, 0x0800, offset + size)
  else leftover(walk, offset + (snap ? 8 : size))
}

/** One tag; stacked tags call this again through the ethertype table. */
export function dissectVlan(walk: Walk, offset: number): void {
  if (!walk.need(offset, VLAN_SIZE)) return
  const control = walk.u16(offset)
  const type = walk.u16(offset + 2)
  const payload = offset + VLAN_SIZE
  // Two tags fit; identifier 0 is a priority and names no VLAN (IEEE 802.1Q clause 9.6).
  if (walk.segment < 0x1_000) walk.segment = walk.segment * 0x1_000 + (control & 0xfff)
  walk.layer(vlan.protocol, vlan.root, offset, VLAN_SIZE)
  if (walk.recorder !== null) {
    walk.uint(vlanPriority, offset, 2, control >> 13)
    walk.uint(vlanDropEligible, offset, 2, (control >> 12) & 1)
    walk.uint(vlanId, offset, 2, control & 0xfff)
    const isLength = type <= MAX_LENGTH_FIELD
    walk.uint(isLength ? vlanLength : vlanType, offset + 2, 2, type)
    const end = isLength ? Math.min(walk.end, payload + type) : networkEnd(walk, type, payload)
    recordTrailer(walk, vlanTrailer, end, -1)
    walk.endLayer(-1, `802.1Q Virtual LAN, PRI: ${control >> 13}, DEI: ${(control >> 12) & 1}, ID: ${control & 0xfff}`)
  }
  if (type <= MAX_LENGTH_FIELD) byLength(walk, payload, type)
  else byEthertype(walk, type, payload)
}
