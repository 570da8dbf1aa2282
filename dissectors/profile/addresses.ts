/**
 * Profiles whose identifier stands in every packet: in the low 64 bits of its IPv6 addresses (LIN6, 8+8) or in its flow label (NOID). A transport is
 * then known by these and its ports, whatever its locators are: each of its data packets is a unit of that context. Only with such a profile.
 */
import type { NoteDetail } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import type { Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { upperUnit, watchIpv6 } from '../ipv6/watch.ts'
import { contextOf } from './contexts.ts'
import { type AddressRule, PROFILES, WATCHED } from './table.ts'

export function registerProfileAddresses(): void {
  watchIpv6(watch)
}

function watch(walk: Walk, upper: number, offset: number): void {
  if ((walk.state.watched & WATCHED) === 0 || walk.state.frozen || walk.addressSize !== 16) return
  if (upper !== IpProtocol.Tcp && upper !== IpProtocol.Udp && upper !== IpProtocol.Sctp) return
  if (offset + 4 > walk.limit) return
  for (const rule of walk.state.of(PROFILES).addressRules) {
    const key = keyOf(walk, rule, upper, offset)
    if (key === '') continue
    const context = contextOf(walk, key)
    if (context === 0) return
    const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Profile)
    if (!upperUnit(walk, s, upper, offset, walk.end)) return
    const detail: NoteDetail = { message: rule.profile.id }
    s.context = context
    s.detail = detail
    walk.toFlow(upper, walk.u16(offset), walk.u16(offset + 2))
    s.flow = walk.flow
    s.direction = walk.direction
    walk.emit(s)
    return
  }
}

/** '' when the rule says nothing of this packet. */
function keyOf(walk: Walk, { profile, iid, labelMask }: AddressRule, upper: number, offset: number): string {
  const ports = [walk.u16(offset), walk.u16(offset + 2)].sort((a, b) => a - b).join(' ')
  if (iid === null) {
    const label = walk.source >= 8 ? walk.u32(walk.source - 8) & labelMask & 0xfffff : 0
    return label === 0 ? '' : `${profile.id} ${label} ${upper} ${ports}`
  }
  const source = [walk.u32(walk.source + 8), walk.u32(walk.source + 12)] as const
  const target = [walk.u32(walk.destination + 8), walk.u32(walk.destination + 12)] as const
  const fits = ([high, low]: readonly [number, number]): boolean =>
    (high & iid.mask[0]) >>> 0 === iid.value[0] && (low & iid.mask[1]) >>> 0 === iid.value[1]
  if (!fits(source) && !fits(target)) return ''
  const text = ([high, low]: readonly [number, number]): string => `${high.toString(16)}:${low.toString(16)}`
  return `${profile.id} ${[text(source), text(target)].sort().join(' ')} ${upper} ${ports}`
}
