/**
 * A whole frame: what the capture says of it, then its link layer by the interface's link type.
 * A link type that nobody registered is a stop with its number; nothing else is refused. Without a recorder: one table look-up.
 */
import { lookupLink } from '../core/dispatch.ts'
import { fieldById, protocolOfField } from '../core/fields.ts'
import type { FieldRecorder } from '../core/recorder.ts'
import { Stop, type Walk } from '../core/walk.ts'
import { leftover } from './data.ts'
import {
  frame,
  frameCaptured,
  frameInterfaceId,
  frameInterfaceName,
  frameLength,
  frameNumber,
  frameProtocols,
  frameTime,
  frameTimeEpoch,
  frameTimeRelative,
} from './wire.ts'

const SECOND = 1_000_000_000n
const TIMES = [frameTime, frameTimeEpoch, frameTimeRelative]

/** Dissects a whole frame of `linkType`; the walk was `start`ed on it. Never throws on input. */
export function dissectFrame(walk: Walk, linkType: number): void {
  walk.present(frame.protocol)
  const recorder = walk.recorder
  const protocols = recorder?.frameLayer === true ? recordFrame(walk, recorder) : -1
  const link = walk.state.decodeAs.get('link', linkType) ?? lookupLink(linkType)
  if (link === undefined) {
    leftover(walk, walk.frameBegin)
    walk.halt(Stop.Limit, walk.frameBegin, `link type ${linkType} is not known`)
  } else walk.next(link, walk.frameBegin)
  if (recorder !== null && protocols >= 0) recorder.text.set(protocols, protocolChain(recorder))
}

/** Records the frame's own layer; returns the entry whose text becomes the chain of protocols once it is known. */
function recordFrame(walk: Walk, recorder: FieldRecorder): number {
  const begin = walk.frameBegin
  const captured = walk.captured - begin
  const iface = walk.state.interfaces[walk.interface]
  walk.group(
    frame.root,
    begin,
    captured,
    walk.titling
      ? `Frame ${walk.row + 1}: ${walk.wireLength} bytes on wire, ${captured} bytes captured${iface?.name ? ` on ${iface.name}` : ''}`
      : null,
  )
  if (iface !== undefined) {
    walk.uint(frameInterfaceId, begin, 0, iface.id)
    if (iface.name !== null) walk.words(frameInterfaceName, begin, 0, iface.name)
  }
  if (walk.wantsAny(TIMES)) {
    const nanoseconds = walk.state.epochNanoseconds(walk.time, walk.interface)
    walk.words(frameTime, begin, 0, walk.wants(frameTime) ? isoText(nanoseconds) : '')
    walk.words(frameTimeEpoch, begin, 0, walk.wants(frameTimeEpoch) ? secondsText(nanoseconds) : '')
    walk.words(frameTimeRelative, begin, 0, walk.wants(frameTimeRelative) ? secondsText(nanoseconds - walk.state.baseNanoseconds) : '')
  }
  walk.uint(frameNumber, begin, 0, walk.row + 1)
  walk.uint(frameLength, begin, 0, walk.wireLength)
  walk.uint(frameCaptured, begin, 0, captured)
  const entry = recorder.count
  walk.words(frameProtocols, begin, 0, '')
  walk.generated()
  walk.endGroup()
  return recorder.count > entry ? entry : -1
}

/** Fields that name an ethertype: Wireshark's chain shows the table that was asked as a protocol of its own. */
const ETHERTYPE_FIELDS = new Set(['eth.type', 'vlan.etype', 'sll.etype'])

/** Protocol names of all layers in the order of the packet, as Wireshark prints `frame.protocols`. */
export function protocolChain(recorder: FieldRecorder): string {
  let chain = ''
  for (let i = 0; i < recorder.count; i++) {
    const field = recorder.field[i] as number
    const protocol = protocolOfField(field)
    const name = protocol !== undefined ? protocol.name : ETHERTYPE_FIELDS.has(fieldById(field).name) ? 'ethertype' : 'frame'
    if (name !== 'frame') chain += (chain === '' ? '' : ':') + name
  }
  return chain
}

/** Nanoseconds as decimal seconds: '1418145369.924505488'. */
export function secondsText(nanoseconds: bigint): string {
  const negative = nanoseconds < 0n
  const value = negative ? -nanoseconds : nanoseconds
  return `${negative ? '-' : ''}${value / SECOND}.${(value % SECOND).toString().padStart(9, '0')}`
}

function isoText(nanoseconds: bigint): string {
  let seconds = nanoseconds / SECOND
  let rest = nanoseconds % SECOND
  if (rest < 0n) {
    seconds -= 1n
    rest += SECOND
  }
  const date = new Date(Number(seconds) * 1000)
  const day = Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().slice(0, 19)
  return `${day}.${rest.toString().padStart(9, '0')}Z`
}
