/**
 * What Neighbor Discovery says of routers, prefixes and neighbours, as signals (RFC 4861, 4191, 4862). All are rare: each allocates its
 * detail. Whether the sender may be believed (hop limit 255, SEND) is judged by the detectors; the facts they need are in the signal.
 */
import { formatIpv6, formatMac } from '../../shared/address.ts'
import type { NeighbourDetail } from '../../shared/signal-details.ts'
import type { Walk } from '../core/walk.ts'
import { emitNeighbour, emitRouting, routingDetail, senderMac } from '../icmp/signals.ts'
import { Option } from './option-types.ts'
import { dissectOptions } from './options.ts'
import { PREFERENCES } from './preference.ts'
import { optionAt, sendProof } from './send.ts'
import { Type } from './wire.ts'

export function emitRouterSolicitation(walk: Walk): void {
  emitRouting(walk, routingDetail(walk, 'router-solicitation'))
}

/** `at` is behind the checksum. */
export function emitRouterAdvertisement(walk: Walk, at: number): void {
  const detail = routingDetail(walk, 'router-advertisement')
  detail.routerLifetime = walk.u16(at + 2)
  detail.preference = PREFERENCES[(walk.u8(at + 1) >> 3) & 3] as (typeof PREFERENCES)[number]
  const recorder = walk.recorder
  // Fields, if wanted, were recorded by the dissector: this look is for the signal only.
  walk.recorder = null
  dissectOptions(walk, at + 12, detail)
  walk.recorder = recorder
  if (optionAt(walk, at + 12, Option.RsaSignature) >= 0) {
    detail.signed = true
    const proof = sendProof(walk, at - 4, at + 12, walk.source)
    if (proof !== null) detail.proof = proof
  }
  emitRouting(walk, detail)
}

export function emitRedirect(walk: Walk, at: number): void {
  const detail = routingDetail(walk, 'redirect')
  detail.target = formatIpv6(walk.bytes, at + 4)
  detail.destination = formatIpv6(walk.bytes, at + 20)
  const mac = optionMac(walk, at + 36, Option.TargetLinkAddress)
  if (mac !== null) detail.targetMac = mac
  emitRouting(walk, detail)
}

/**
 * A solicitation from the unspecified address is duplicate address detection (RFC 4862 section 5.4.2): it is about its target. Any other
 * tells the address and link-layer address of its sender.
 */
export function emitSolicitedNeighbour(walk: Walk, target: number): void {
  const dad = unspecified(walk, walk.source)
  const mac = dad ? senderMac(walk) : (optionMac(walk, target + 16, Option.SourceLinkAddress) ?? senderMac(walk))
  const asked = walk.signalling ? walk.state.flows.addresses.intern(walk.bytes, target, 16) : -1
  emitNeighbour(walk, dad ? 'dad' : 'solicitation', dad ? target : walk.source, 16, mac, walk.hopLimit, {
    target: asked,
    ...sendOf(walk, target, dad ? target : walk.source),
  })
}

/** The target's link-layer address by the option; without one, the sender's own. */
export function emitAdvertisedNeighbour(walk: Walk, target: number): void {
  const mac = optionMac(walk, target + 16, Option.TargetLinkAddress) ?? senderMac(walk)
  const flags = walk.u8(target - 4)
  const told = { router: (flags & 0x80) !== 0, solicited: (flags & 0x40) !== 0, override: (flags & 0x20) !== 0 }
  emitNeighbour(walk, 'advertisement', target, 16, mac, walk.hopLimit, { ...told, ...sendOf(walk, target, walk.source) })
}

function unspecified(walk: Walk, offset: number): boolean {
  for (let i = 0; i < 16; i++) if (walk.bytes[offset + i] !== 0) return false
  return true
}

const MAX_LOOKED_AT = 32

/** `target` is behind the fixed part's first 8 bytes. What is proven of another address than that which is told proves nothing of this one. */
function sendOf(walk: Walk, target: number, claimed: number): Pick<NeighbourDetail, 'signed' | 'proof'> {
  const options = target + 16
  if (optionAt(walk, options, Option.RsaSignature) < 0 || optionAt(walk, options, Option.Cga) < 0) return {}
  const proof = sendProof(walk, target - 8, options, claimed)
  const advertises = walk.u8(target - 8) === Type.NeighborAdvertisement
  const own = !advertises || sameAddress(walk, claimed, target)
  return proof === null || (proof === 'right' && !own) ? { signed: true } : { signed: true, proof }
}

function sameAddress(walk: Walk, a: number, b: number): boolean {
  for (let i = 0; i < 16; i++) if (walk.bytes[a + i] !== walk.bytes[b + i]) return false
  return true
}

/** The first option of this type that holds an Ethernet address; null when there is none. */
function optionMac(walk: Walk, begin: number, type: number): string | null {
  let at = begin
  for (let n = 0; n < MAX_LOOKED_AT && at + 8 <= walk.limit; n++) {
    const length = walk.u8(at + 1) * 8
    if (length === 0) return null
    if (walk.u8(at) === type && length === 8) return formatMac(walk.bytes, at + 2)
    at += length
  }
  return null
}
