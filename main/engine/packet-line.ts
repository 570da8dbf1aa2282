/**
 * The columns of one packet line: source, destination, protocol, info, as the packet list and `rehome packets` show them.
 * Made from a walk that had a recorder; the innermost addresses win, link-layer ones stand in where there is no network layer.
 */
import { allProtocols } from '../../dissectors/core/fields.ts'
import { escapeText } from '../../dissectors/core/values.ts'
import { Stop, type Walk } from '../../dissectors/core/walk.ts'
import { formatAddress, formatMac } from '../../shared/address.ts'

export interface PacketLine {
  source: string
  destination: string
  protocol: string
  info: string
  /** '' when nothing stopped the walk */
  stop: '' | 'cut' | 'malformed' | 'limit'
}

export const STOP_WORDS = ['', 'cut', 'malformed', 'limit'] as const

export function protocolColumn(protocol: number): string {
  return allProtocols()[protocol]?.column ?? '?'
}

/** `link` is the memory of the frame itself, where link-layer addresses lie. */
export function packetLine(walk: Walk, link: Uint8Array): PacketLine {
  const stop = STOP_WORDS[walk.stop] ?? ''
  const protocol = walk.protocol < 0 ? 'UNKNOWN' : protocolColumn(walk.protocol)
  const why = walk.stop === Stop.None ? '' : `[${stop}: ${walk.stopReason}]`
  const info = walk.info === '' ? why : why === '' ? walk.info : `${walk.info} ${why}`
  let source = ''
  let destination = ''
  if (walk.flow >= 0) {
    const { flows } = walk.state
    source = flows.addresses.text(flows.sender(walk.flow, walk.direction))
    destination = flows.addresses.text(flows.receiver(walk.flow, walk.direction))
  } else if (walk.addressSize !== 0) {
    source = formatAddress(walk.bytes, walk.source, walk.addressSize)
    destination = formatAddress(walk.bytes, walk.destination, walk.addressSize)
  } else {
    if (walk.linkSource >= 0) source = formatMac(link, walk.linkSource)
    if (walk.linkDestination >= 0) destination = formatMac(link, walk.linkDestination)
  }
  return { source, destination, protocol, info: escapeText(info), stop }
}
