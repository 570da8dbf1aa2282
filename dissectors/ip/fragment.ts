/**
 * An IPv4 fragment: put together with the others, and dissected where the last missing piece arrives. Until then it is data.
 * A fragment whose end is missing, in the capture or in the frame itself, cannot be used; a first one is then dissected as far as it goes,
 * as is one quoted by an error.
 */
import { lookupIpProtocol } from '../core/dispatch.ts'
import { datagramKey, FRAGMENTS, type Reassembled } from '../core/fragments.ts'
import type { Walk } from '../core/walk.ts'
import { leftover } from '../frame/data.ts'
import { dissectFirstPiece } from './first-piece.ts'
import { IP_PROTOCOL_NAMES } from './protocols.ts'
import { title } from './title.ts'
import {
  At,
  ipFragment,
  ipFragmentCount,
  ipFragmentOverlap,
  ipFragments,
  ipReassembledData,
  ipReassembledIn,
  ipReassembledLength,
  MORE_FRAGMENTS,
  OFFSET_MASK,
} from './wire.ts'

/** The IP layer is open and gets closed here. */
export function dissectFragment(walk: Walk, offset: number, header: number, fragment: number, protocol: number): void {
  const payload = offset + header
  const begin = (fragment & OFFSET_MASK) * 8
  const more = (fragment & MORE_FRAGMENTS) !== 0
  const words = walk.titling ? title(walk, offset) : null
  const lacking = offset + walk.u16(offset + At.TotalLength) > walk.end
  if (walk.quoted || lacking || walk.limit < walk.end || walk.end < payload) {
    walk.endLayer(-1, words)
    if (begin === 0) dissectFirstPiece(walk, protocol, payload)
    else leftover(walk, payload)
    return
  }
  const id = walk.u16(offset + At.Identification)
  const key = datagramKey(walk.bytes, walk.source, walk.destination, 4, id, protocol)
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
    false,
    walk.state.frozen,
    walk.wireLength,
    walk.interface,
  )
  if (walk.recorder !== null) {
    if (whole !== null) recordReassembled(walk, whole, payload)
    else {
      const row = table.completedBy(key, walk.row)
      if (row >= 0) walk.uint(ipReassembledIn, payload, 0, row + 1)
      if (row >= 0) walk.generated()
      walk.info = `Fragment of ${IP_PROTOCOL_NAMES[protocol] ?? `IP protocol ${protocol}`}, offset ${begin}, id 0x${id.toString(16).padStart(4, '0')}`
    }
  }
  walk.endLayer(-1, words)
  if (whole === null) leftover(walk, payload)
  else {
    walk.pieces = whole.pieces
    walk.ipProtocol = protocol
    const dissect = walk.state.decodeAs.get('ip.proto', protocol) ?? lookupIpProtocol(protocol) ?? leftover
    walk.inside('Reassembled IPv4', whole.data, dissect)
  }
}

function recordReassembled(walk: Walk, whole: Reassembled, payload: number): void {
  const text = walk.wants(ipFragments) || walk.wants(ipReassembledData) ? hexText(whole.data) : ''
  walk.words(ipFragments, payload, 0, text)
  walk.generated()
  for (const piece of whole.pieces.toSorted((a, b) => a.begin - b.begin)) {
    walk.uint(ipFragment, payload, 0, piece.row + 1)
    walk.generated()
  }
  if (whole.overlap) walk.uint(ipFragmentOverlap, payload, 0, 1)
  walk.uint(ipFragmentCount, payload, 0, whole.pieces.length)
  walk.generated()
  walk.uint(ipReassembledLength, payload, 0, whole.data.length)
  walk.generated()
  walk.words(ipReassembledData, payload, 0, text)
  walk.generated()
}

export function hexText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}
