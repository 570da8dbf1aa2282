/**
 * BGP as signals: a session that opens and closes, and what its UPDATEs announce and withdraw, with path, origin and communities.
 * Messages come out of the ordered stream of a connection: A1. At most 256 prefixes of each kind are listed, the rest is counted.
 */

import { formatIpv4 } from '../../shared/address.ts'
import type { RouteDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { UNSAID } from '../core/open-detail.ts'
import type { Walk } from '../core/walk.ts'
import type { Peering } from './state.ts'

const MAX_PREFIXES = 256
const MAX_PATH = 512
const MAX_COMMUNITIES = 128

export function newRoute(): RouteDetail {
  return {
    message: 'UPDATE',
    announced: [],
    withdrawn: [],
    more: 0,
    path: [],
    origins: [],
    nextHop: null,
    localPreference: null,
    metric: null,
    communities: [],
    endOfTable: false,
  }
}

export function addPrefix(route: RouteDetail, announces: boolean, prefix: string, length: number, path: number | null): void {
  const list = announces ? route.announced : route.withdrawn
  if (list.length >= MAX_PREFIXES) route.more++
  else list.push({ prefix, length, path })
}

/** One segment; sets and confederations stay together as one element. */
export function addSegment(route: RouteDetail, type: number, numbers: number[]): void {
  if (route.path.length + numbers.length > MAX_PATH) return
  if (type === 2) route.path.push(...numbers)
  else route.path.push(numbers)
}

/**
 * Path of 4-byte numbers over neighbours that know only 2-byte ones (RFC 6793 section 4.2.3): it replaces as many elements at the end of
 * AS_PATH as it has; a longer one is ignored.
 */
export function mergePaths(path: (number | number[])[], path4: (number | number[])[]): (number | number[])[] {
  return path4.length === 0 || path4.length > path.length ? path : [...path.slice(0, path.length - path4.length), ...path4]
}

export function addCommunity(route: RouteDetail, text: string): void {
  if (route.communities.length < MAX_COMMUNITIES) route.communities.push(text)
}

export function emitRoute(walk: Walk, route: RouteDetail): void {
  const last = route.path[route.path.length - 1]
  route.origins = last === undefined ? [] : typeof last === 'number' ? [last] : [...last]
  const s = walk.newSignal(SignalKind.Routed, SignalProtocol.Bgp)
  s.detail = route
  walk.emit(s)
}

/** `at` is the OPEN's body; `as` its AS number by the capability when there is one. */
export function emitOpen(walk: Walk, peering: Peering, at: number, as: number): void {
  const other = walk.direction === 0 ? 1 : 0
  const s = walk.newSignal(SignalKind.Opening, SignalProtocol.Bgp)
  s.detail = {
    message: 'OPEN',
    step: peering.open[other] ? 2 : 1,
    sender: [
      { kind: 'bgp-identifier', value: formatIpv4(walk.bytes, at + 5) },
      { kind: 'as', value: String(as) },
    ],
    receiver: [],
    ...UNSAID,
  }
  walk.emit(s)
}

/** Both OPENs were accepted (RFC 4271 section 8.2.2): each side sent its first KEEPALIVE. */
export function emitOpened(walk: Walk): void {
  const s = walk.newSignal(SignalKind.Opened, SignalProtocol.Bgp)
  s.detail = {
    message: 'KEEPALIVE',
    step: 3,
    sender: [],
    receiver: [],
    ...UNSAID,
  }
  walk.emit(s)
}

export function emitNotification(walk: Walk, cause: string): void {
  const s = walk.newSignal(SignalKind.Closed, SignalProtocol.Bgp)
  s.detail = { message: 'NOTIFICATION', abrupt: true, final: true, cause, authentication: 'A1' }
  walk.emit(s)
}

export function emitRefresh(walk: Walk, message: string): void {
  const s = walk.newSignal(SignalKind.Noted, SignalProtocol.Bgp)
  s.detail = { message }
  walk.emit(s)
}
