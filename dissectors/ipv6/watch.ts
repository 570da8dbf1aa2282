/**
 * Protocols whose identifiers stand in plain IPv6 packets, in the addresses themselves or in extension headers (Mobile IPv6, ILNP), look
 * at such packets here, after the extension headers and before the upper layer, in the index pass only. A packet without such headers is
 * looked at when it is a tunnel's, or once `state.watched` is set. Cost for all others: four comparisons.
 */
import { type Signal, UnitSpace } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { payloadHash } from '../udp/dissect.ts'

/** `upper` is the upper layer's protocol, `offset` where it begins. */
export type Watcher = (walk: Walk, upper: number, offset: number) => void

const watchers: Watcher[] = []

export function watchIpv6(watcher: Watcher): void {
  if (!watchers.includes(watcher)) watchers.push(watcher)
}

export function callWatchers(walk: Walk, upper: number, offset: number): void {
  for (let i = 0; i < watchers.length; i++) (watchers[i] as Watcher)(walk, upper, offset)
}

/** The flow that the upper layer itself will be on: its ports, 0 for those that have none. */
export function upperFlow(walk: Walk, upper: number, offset: number): void {
  const ports = upper === IpProtocol.Udp || upper === IpProtocol.Tcp || upper === IpProtocol.Sctp
  if (ports && offset + 4 <= walk.limit) walk.toFlow(upper, walk.u16(offset), walk.u16(offset + 2))
  else walk.toFlow(upper, 0, 0)
}

const TCP_HEADER = 20
const UDP_HEADER = 8
const ECHO = 128
const ECHO_REPLY = 129

/**
 * Fills in what the upper layer at `offset`, up to `end`, carries as a payload signal's unit: equal for the same data sent again, on another
 * path or in another encapsulation. False when it carries none: an empty TCP segment, an ICMPv6 message that is no echo.
 */
export function upperUnit(walk: Walk, signal: Signal, upper: number, offset: number, end: number): boolean {
  let data = offset
  let salt = upper
  if (upper === IpProtocol.Tcp) {
    if (offset + TCP_HEADER > walk.limit) return false
    data = offset + (walk.u8(offset + 12) >> 4) * 4
    salt = walk.u32(offset + 4)
  } else if (upper === IpProtocol.Udp) data = offset + UDP_HEADER
  else if (upper === IpProtocol.Icmpv6 && offset < walk.limit) {
    const type = walk.u8(offset)
    if (type !== ECHO && type !== ECHO_REPLY) return false
  } else if (upper === IpProtocol.NoNext || upper === IpProtocol.Mobility) return false
  if (data >= end) return false
  signal.space = UnitSpace.Datagram
  signal.unit = (payloadHash(walk.bytes, data, Math.min(end, walk.limit)) ^ Math.imul(salt, 0x9e3779b1)) >>> 0
  signal.span = 1
  signal.bytes = end - data
  return true
}
