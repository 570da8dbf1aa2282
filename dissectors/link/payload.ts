/**
 * From a link layer to the network layer: dispatch by ethertype, and what follows the network packet in the frame.
 * Padding, trailer and frame check sequence are told apart as Wireshark 4.0 does with its default settings, so that both agree.
 * The trailer costs nothing without a recorder.
 */
import { lookupEthertype } from '../core/dispatch.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { EtherType } from './ethertypes.ts'
import { ethFcs, ethPadding } from './wire.ts'

/** Smallest Ethernet frame without its check sequence, and with it (IEEE 802.3 clause 3.2.8). */
const MIN_FRAME = 60
const MIN_FRAME_WITH_FCS = 64

export function byEthertype(walk: Walk, ethertype: number, offset: number): void {
  const dissect = walk.state.decodeAs.get('ethertype', ethertype) ?? lookupEthertype(ethertype)
  if (dissect === undefined) leftover(walk, offset)
  else walk.next(dissect, offset)
}

/** Dispatch by the version nibble, for links that carry nothing but IP. */
export function byIpVersion(walk: Walk, offset: number): void {
  if (!walk.need(offset, 1)) return
  const version = walk.u8(offset) >> 4
  if (version === 4) byEthertype(walk, EtherType.Ipv4, offset)
  else if (version === 6) byEthertype(walk, EtherType.Ipv6, offset)
  else {
    leftover(walk, offset)
    walk.malformed(offset, `IP version ${version} is neither 4 nor 6`)
  }
}

/** Where the network packet at `offset` ends by its own lengths; the layer's end when it does not say or cannot be read. */
export function networkEnd(walk: Walk, ethertype: number, offset: number): number {
  return ethertype === EtherType.Mpls || ethertype === EtherType.MplsMulticast
    ? behindLabels(walk, offset)
    : ownEnd(walk, ethertype, offset)
}

/** As dispatch does: what follows the label stack is told by its first nibble. */
function behindLabels(walk: Walk, offset: number): number {
  let at = offset
  while (at + 4 < walk.limit && walk.item(at)) {
    at += 4
    if ((walk.bytes[at - 2] as number) & 1) {
      const nibble = (walk.bytes[at] as number) >> 4
      return nibble === 4 ? ownEnd(walk, EtherType.Ipv4, at) : nibble === 6 ? ownEnd(walk, EtherType.Ipv6, at) : walk.end
    }
  }
  return walk.end
}

function ownEnd(walk: Walk, ethertype: number, offset: number): number {
  const b = walk.bytes
  const end = walk.end
  const room = walk.limit - offset
  let length = 0
  if ((ethertype === EtherType.Ipv4 || ethertype === EtherType.Ipv6) && room >= 20) {
    const version = (b[offset] as number) >> 4
    if (version === 4) {
      const header = ((b[offset] as number) & 15) * 4
      length = ((b[offset + 2] as number) << 8) | (b[offset + 3] as number)
      if (header < 20 || length < header) return end
    } else if (version === 6 && room >= 40) {
      length = ((b[offset + 4] as number) << 8) | (b[offset + 5] as number)
      // Zero: a jumbo payload (RFC 2675) or segmentation offload.
      if (length === 0) return end
      length += 40
    } else return end
  } else if ((ethertype === EtherType.Arp || ethertype === EtherType.Rarp) && room >= 8)
    length = 8 + 2 * ((b[offset + 4] as number) + (b[offset + 5] as number))
  else return end
  return offset + length < end ? offset + length : end
}

/**
 * Records what lies between `begin` and the end of the layer: padding up to the smallest frame when it is all zeros, a trailer, and,
 * when `frameBegin` >= 0 (an outermost Ethernet frame), a check sequence if the frame is long enough to need no padding.
 */
export function recordTrailer(walk: Walk, trailerField: number, begin: number, frameBegin: number): void {
  if (walk.recorder === null) return
  let reported = walk.end - begin
  let captured = walk.limit - begin
  if (reported <= 0 || captured <= 0) return
  let padding = 0
  if (walk.wireLength >= MIN_FRAME && walk.wireLength - reported < MIN_FRAME) {
    padding = MIN_FRAME - (walk.wireLength - reported)
    if (padding > captured || !allZero(walk.bytes, begin, begin + padding)) padding = 0
    if (padding > 0) walk.range(ethPadding, begin, padding)
    reported -= padding
    captured -= padding
  }
  const sequence = frameBegin >= 0 && walk.end - frameBegin >= MIN_FRAME_WITH_FCS && reported >= 4
  const whole = captured >= reported
  if (sequence) {
    reported -= 4
    captured = Math.min(reported, whole ? captured - 4 : captured)
  }
  if (captured > 0) walk.range(trailerField, begin + padding, captured)
  if (sequence && whole) walk.uint(ethFcs, begin + padding + captured, 4, walk.u32(begin + padding + captured))
}

function allZero(bytes: Uint8Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if (bytes[i] !== 0) return false
  return true
}
