/**
 * The packet that an ICMP error quotes: walked like any other, with `walk.quoted` set, so that its fields occur a second time and its
 * flow is found (`quotedFlow`, `quotedDirection`, `quotedToken`) without any flow being made or signal given.
 * A quote is usually shorter than the packet was: that is the reporter's choice (RFC 792: 8 bytes; RFC 4443: what fits) and never
 * stops the outer packet; only the fuel limit does. Allocates nothing.
 */
import { lookup } from '../core/dispatch.ts'
import { Stop, type Walk } from '../core/walk.ts'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd

/** Walks the quote at `offset..end` by its own version nibble's protocol: `version` is 4 or 6. */
export function dissectQuoted(walk: Walk, offset: number, end: number, version: 4 | 6): void {
  walk.quotedFlow = -1
  walk.quotedDirection = 0
  walk.quotedToken = -1
  const dissect = lookup('ethertype', version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6)
  // Missing because of the capture's snaplen: that the outer packet does share.
  const cut = end > walk.limit && walk.limit < walk.end
  if (dissect === undefined || offset >= walk.limit) {
    if (cut) walk.short(offset, end - offset)
    return
  }
  const { quoted, stop, stopOffset, stopReason, captured } = walk
  const { addressSize, source, destination, checksumSource, checksumDestination, hopLimit, ipProtocol } = walk
  const { sourcePort, destinationPort, linkSource, linkDestination, protocol, flow, direction, checksum, info } = walk
  const outer = walk.limitTo(end)
  walk.quoted = true
  // The quote's own lengths may reach beyond it: what is then missing is as if cut by a capture.
  walk.next(dissect, offset)
  walk.quoted = quoted
  walk.addressSize = addressSize
  walk.source = source
  walk.destination = destination
  walk.checksumSource = checksumSource
  walk.checksumDestination = checksumDestination
  walk.hopLimit = hopLimit
  walk.ipProtocol = ipProtocol
  walk.sourcePort = sourcePort
  walk.destinationPort = destinationPort
  walk.linkSource = linkSource
  walk.linkDestination = linkDestination
  walk.protocol = protocol
  walk.flow = flow
  walk.direction = direction
  walk.checksum = checksum
  walk.info = info
  walk.captured = captured
  walk.restore(outer)
  if (walk.stop !== stop && walk.stop !== Stop.Limit) {
    walk.stop = stop
    walk.stopOffset = stopOffset
    walk.stopReason = stopReason
  }
  if (cut) walk.short(offset, end - offset)
}
