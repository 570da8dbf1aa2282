/**
 * Protocols whose identifiers stand in plain IPv6 packets, in the addresses themselves or in extension headers (Mobile IPv6, ILNP), look
 * at such packets here, after the extension headers and before the upper layer, in the index pass only. A packet without such headers is
 * looked at once `state.watched` is set. Cost for all others: two comparisons.
 */
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'

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
