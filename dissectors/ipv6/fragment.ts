/**
 * The fragment header (RFC 8200 section 4.5): pieces are put together per source, destination and identification; any overlap drops
 * the datagram (RFC 5722). A piece that is not the last must be a multiple of 8 bytes long. Pieces that
 * are quoted, or whose end is missing in the capture or in the frame itself, are not used.
 */
import { lookupIpProtocol } from '../core/dispatch.ts'
import { datagramKey, FRAGMENTS, type Reassembled } from '../core/fragments.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { dissectFirstPiece } from '../ip/first-piece.ts'
import { hexText } from '../ip/fragment.ts'
import { IP_PROTOCOL_NAMES } from '../ip/protocols.ts'
import { title } from './title.ts'
import {
  At,
  fragment,
  fragmentId,
  fragmentMore,
  fragmentNext,
  fragmentOffset,
  fragmentReserved,
  fragmentReservedBits,
  IPV6_SIZE,
  ipv6Fragment,
  ipv6FragmentCount,
  ipv6Fragments,
  ipv6ReassembledData,
  ipv6ReassembledIn,
  ipv6ReassembledLength,
} from './wire.ts'

const HEADER = 8

/** True when this packet's walk is done with; false for an atomic fragment, which the caller walks on. Closes the layer when true. */
export function dissectFragmentHeader(walk: Walk, offset: number, at: number): boolean {
  const words = walk.titling ? title(walk, offset) : null
  if (!walk.need(at, HEADER)) {
    walk.endLayer(-1, words)
    return true
  }
  const protocol = walk.u8(at)
  const field = walk.u16(at + 2)
  const begin = field & 0xfff8
  const more = (field & 1) !== 0
  const id = walk.u32(at + 4)
  const payload = at + HEADER
  walk.present(fragment.protocol)
  if (walk.recorder !== null) {
    walk.group(fragment.root, at, HEADER)
    walk.uint(fragmentNext, at, 1, protocol)
    walk.uint(fragmentReserved, at + 1, 1, walk.u8(at + 1))
    walk.uint(fragmentOffset, at + 2, 2, begin >> 3)
    walk.uint(fragmentReservedBits, at + 2, 2, (field >> 1) & 3)
    walk.uint(fragmentMore, at + 2, 2, more ? 1 : 0)
    walk.uint(fragmentId, at + 4, 4, id)
    walk.endGroup()
  }
  if (begin === 0 && !more) return false
  walk.ipProtocol = protocol
  const length = walk.u16(offset + At.PayloadLength)
  const lacking = length > 0 && offset + IPV6_SIZE + length > walk.end
  if (walk.quoted || lacking || walk.limit < walk.end || walk.end < payload) {
    walk.endLayer(payload - offset, words)
    if (begin === 0) dissectFirstPiece(walk, protocol, payload)
    else leftover(walk, payload)
    return true
  }
  if (more && (walk.end - payload) % 8 !== 0) {
    walk.malformed(at, `a fragment with more to come is ${walk.end - payload} bytes long, not a multiple of 8`)
    walk.endLayer(payload - offset, words)
    leftover(walk, payload)
    return true
  }
  const key = datagramKey(walk.bytes, walk.source, walk.destination, 16, id, IPV6_KEY)
  const table = walk.state.of(FRAGMENTS)
  const end = begin + walk.end - payload
  const whole = table.add(
    key,
    walk.row,
    walk.time,
    walk.bytes,
    payload,
    begin,
    end,
    more,
    protocol,
    true,
    walk.state.frozen,
    walk.wireLength,
    walk.interface,
  )
  if (walk.recorder !== null) {
    if (whole !== null) recordReassembled(walk, whole, payload)
    else {
      const row = table.completedBy(key, walk.row)
      if (row >= 0) walk.uint(ipv6ReassembledIn, payload, 0, row + 1)
      if (row >= 0) walk.generated()
      walk.info = `Fragment of ${IP_PROTOCOL_NAMES[protocol] ?? `next header ${protocol}`}, offset ${begin}, id 0x${id.toString(16).padStart(8, '0')}`
    }
  }
  walk.endLayer(payload - offset, words)
  if (whole === null) leftover(walk, payload)
  else reassembled(walk, whole)
  return true
}

/** Keeps datagrams of IPv6 apart from those of IPv4; the next header is not part of the key (RFC 8200). */
const IPV6_KEY = 256

function reassembled(walk: Walk, whole: Reassembled): void {
  const protocol = whole.protocol
  walk.pieces = whole.pieces
  walk.ipProtocol = protocol
  const dissect = walk.state.decodeAs.get('ip.proto', protocol) ?? lookupIpProtocol(protocol) ?? leftover
  walk.inside('Reassembled IPv6', whole.data, dissect)
}

function recordReassembled(walk: Walk, whole: Reassembled, payload: number): void {
  walk.group(ipv6Fragments, payload, 0, `${whole.pieces.length} IPv6 fragments (${whole.data.length} bytes)`)
  walk.generated()
  for (const piece of whole.pieces.toSorted((a, b) => a.begin - b.begin)) {
    walk.uint(ipv6Fragment, payload, 0, piece.row + 1)
    walk.generated()
  }
  walk.uint(ipv6FragmentCount, payload, 0, whole.pieces.length)
  walk.generated()
  walk.uint(ipv6ReassembledLength, payload, 0, whole.data.length)
  walk.generated()
  if (walk.wants(ipv6ReassembledData)) {
    walk.words(ipv6ReassembledData, payload, 0, hexText(whole.data))
    walk.generated()
  }
  walk.endGroup()
}
