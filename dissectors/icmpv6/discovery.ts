/**
 * Router and neighbor solicitations and advertisements, redirects, inverse discovery (RFC 4861 section 4, RFC 3122): fields and signals.
 * Messages whose hop limit is not 255 came from beyond the link; they are shown, and the signal carries the hop limit for the judge.
 */
import { formatIpv6 } from '../../shared/address.ts'
import type { Walk } from '../core/walk.ts'
import { dissectOptions } from './options.ts'
import {
  emitAdvertisedNeighbour,
  emitRedirect,
  emitRouterAdvertisement,
  emitRouterSolicitation,
  emitSolicitedNeighbour,
} from './signals.ts'
import {
  icmpv6Reserved,
  naFlags,
  naOverride,
  naReserved,
  naRouter,
  naSolicited,
  naTarget,
  nsTarget,
  raFlags,
  raFlagsReserved,
  raHomeAgent,
  raHopLimit,
  raLifetime,
  raManaged,
  raOther,
  raPreference,
  raProxy,
  raReachable,
  raRetransmission,
  redirectDestination,
  redirectTarget,
  Type,
} from './wire.ts'

/** `offset` is where the ICMPv6 header begins. */
export function dissectDiscovery(walk: Walk, offset: number, type: number): void {
  const at = offset + 4
  switch (type) {
    case Type.RouterSolicitation:
      if (!walk.need(at, 4)) return
      walk.range(icmpv6Reserved, at, 4)
      if (walk.recorder !== null) dissectOptions(walk, at + 4)
      if (walk.signalling) emitRouterSolicitation(walk)
      return
    case Type.RouterAdvertisement:
      if (!walk.need(at, 12)) return
      if (walk.recorder !== null) {
        routerAdvertisement(walk, at)
        dissectOptions(walk, at + 12)
      }
      if (walk.signalling) emitRouterAdvertisement(walk, at)
      return
    case Type.NeighborSolicitation:
      if (walk.recorder !== null && walk.need(at, 4)) walk.range(icmpv6Reserved, at, 4)
      if (!walk.need(at + 4, 16)) return
      if (walk.recorder !== null) {
        walk.range(nsTarget, at + 4, 16)
        if (!walk.quoted) walk.info = `Neighbor solicitation for ${formatIpv6(walk.bytes, at + 4)}`
        dissectOptions(walk, at + 20)
      }
      if (walk.signalling) emitSolicitedNeighbour(walk, at + 4)
      return
    case Type.NeighborAdvertisement:
      if (walk.recorder !== null && walk.need(at, 4)) neighborFlags(walk, at)
      if (!walk.need(at + 4, 16)) return
      if (walk.recorder !== null) {
        walk.range(naTarget, at + 4, 16)
        if (!walk.quoted) walk.info = `Neighbor advertisement of ${formatIpv6(walk.bytes, at + 4)}${naWords(walk.u8(at))}`
        dissectOptions(walk, at + 20)
      }
      if (walk.signalling) emitAdvertisedNeighbour(walk, at + 4)
      return
    case Type.Redirect:
      if (walk.recorder !== null) redirect(walk, at)
      else if (!walk.need(at, 36)) return
      if (walk.signalling && walk.limit >= at + 36) emitRedirect(walk, at)
      return
    default:
      if (walk.recorder === null || !walk.need(at, 4)) return
      walk.range(icmpv6Reserved, at, 4)
      dissectOptions(walk, at + 4)
  }
}

/** RFC 4861 section 4.2, RFC 6275 section 7.1 (H), RFC 4191 section 2.2 (Prf), RFC 4389 (P). */
function routerAdvertisement(walk: Walk, at: number): void {
  const flags = walk.u8(at + 1)
  walk.uint(raHopLimit, at, 1, walk.u8(at))
  walk.uint(raFlags, at + 1, 1, flags)
  walk.uint(raManaged, at + 1, 1, flags & 0x80)
  walk.uint(raOther, at + 1, 1, flags & 0x40)
  walk.uint(raHomeAgent, at + 1, 1, flags & 0x20)
  walk.uint(raPreference, at + 1, 1, (flags >> 3) & 3)
  walk.uint(raProxy, at + 1, 1, flags & 4)
  walk.uint(raFlagsReserved, at + 1, 1, flags & 3)
  walk.uint(raLifetime, at + 2, 2, walk.u16(at + 2))
  walk.uint(raReachable, at + 4, 4, walk.u32(at + 4))
  walk.uint(raRetransmission, at + 8, 4, walk.u32(at + 8))
  if (!walk.quoted) walk.info = `Router advertisement, lifetime ${walk.u16(at + 2)} s`
}

function redirect(walk: Walk, at: number): void {
  if (!walk.need(at, 4)) return
  walk.range(icmpv6Reserved, at, 4)
  if (!walk.need(at + 4, 16)) return
  walk.range(redirectTarget, at + 4, 16)
  if (!walk.need(at + 20, 16)) return
  walk.range(redirectDestination, at + 20, 16)
  if (!walk.quoted) walk.info = `Redirect of ${formatIpv6(walk.bytes, at + 20)} to ${formatIpv6(walk.bytes, at + 4)}`
  dissectOptions(walk, at + 36)
}

/** ' (router, solicited, override)', '' for none. */
function naWords(flags: number): string {
  const words = [flags & 0x80 ? 'router' : '', flags & 0x40 ? 'solicited' : '', flags & 0x20 ? 'override' : ''].filter(
    (word) => word !== '',
  )
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

function neighborFlags(walk: Walk, at: number): void {
  const flags = walk.u32(at)
  walk.uint(naFlags, at, 4, flags)
  walk.uint(naRouter, at, 4, flags >>> 31)
  walk.uint(naSolicited, at, 4, (flags >>> 30) & 1)
  walk.uint(naOverride, at, 4, (flags >>> 29) & 1)
  walk.uint(naReserved, at, 4, flags & 0x1fffffff)
}
