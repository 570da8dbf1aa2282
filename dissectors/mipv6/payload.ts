/**
 * Data of mobile nodes as payload signals: route-optimised, with a home address option or a routing header of type 2 (RFC 6275 sections
 * 6.3, 6.4), and through the tunnel to a home agent or anchor that a binding set up (also of prefixes: RFC 3963, RFC 5213).
 * `context` numbers the pair of addresses that the upper layers see; `token` of a tunnelled unit is the context of the binding it uses, and
 * `flow` the outer address pair, without ports: the upper layer's own flow runs between the home addresses. What goes through a tunnel before
 * the capture tells of a binding is remembered (`before.ts`). Cost for packets of neither kind: a few look-ups for each IP-in-IPv6 packet.
 */
import type { Identifier } from '../../shared/signal-details.ts'
import { SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { sideOf } from '../core/identifier-pairs.ts'
import { Extension, type Walk } from '../core/walk.ts'
import { IpProtocol } from '../ip/protocols.ts'
import { upperUnit } from '../ipv6/watch.ts'
import { emitOpen } from './opening.ts'
import { inPrefix, type MobilePair, type MobilityState, mobilityState } from './state.ts'

export function watchMobility(walk: Walk, upper: number, offset: number): void {
  if (walk.extensions & Extension.WrongRouting) wrongRouting(walk)
  if (upper === IpProtocol.Mobility) return
  if (walk.extensions & (Extension.HomeAddress | Extension.HomeRouting)) optimised(walk, upper, offset)
  else if (upper === IpProtocol.Ipv6 || upper === IpProtocol.Ipv4) {
    tunnelled(walk, walk.state.of(mobilityState), upper, offset)
  }
}

/** A routing header of type 2 has one stop, the mobile node (RFC 6275 section 6.4.1). */
function wrongRouting(walk: Walk): void {
  walk.toFlow(IpProtocol.Mobility, 0, 0)
  const s = walk.newSignal(SignalKind.Noted, SignalProtocol.Mip6)
  s.detail = { message: 'routing header of type 2 whose segments left are not 1' }
  walk.emit(s)
}

function optimised(walk: Walk, upper: number, offset: number): void {
  const { addresses } = walk.state.flows
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Mip6)
  if (!upperUnit(walk, s, upper, offset, walk.end)) return
  const sender = addresses.intern(walk.bytes, walk.checksumSource, 16)
  const receiver = addresses.intern(walk.bytes, walk.checksumDestination, 16)
  if (sender < 0 || receiver < 0) return
  const pair = walk.state.of(mobilityState).pairs.get(sender, receiver)
  walk.toFlow(IpProtocol.Mobility, 0, 0)
  if (!pair.opened) {
    // An update that asked for no answer is accepted when data follows it (rehoming.md section 2); without one the capture began later.
    pair.opened = true
    if (pair.mobile >= 0) emitOpen(walk, pair, sender, 2, 'data', [], [])
    else {
      const home = walk.extensions & Extension.HomeAddress ? sender : receiver
      pair.mobile = home
      const mobile: Identifier[] = [{ kind: 'home-address', value: addresses.text(home) }]
      const other: Identifier[] = [{ kind: 'correspondent', value: addresses.text(home === sender ? receiver : sender) }]
      emitOpen(walk, pair, sender, 2, 'data', home === sender ? mobile : other, home === sender ? other : mobile)
    }
    // The signal is one object: it was used for the opening.
    walk.newSignal(SignalKind.Payload, SignalProtocol.Mip6)
    upperUnit(walk, s, upper, offset, walk.end)
  }
  s.flow = walk.flow
  s.direction = walk.direction
  s.context = pair.number
  s.side = sideOf(pair, sender)
  walk.emit(s)
}

const IPV6_HEADER = 40
const NONE: readonly MobilePair[] = []

function tunnelled(walk: Walk, state: MobilityState, upper: number, offset: number): void {
  const { addresses } = walk.state.flows
  const { bytes } = walk
  const six = upper === IpProtocol.Ipv6
  if (offset + (six ? IPV6_HEADER : 20) > walk.limit) return
  const bindings =
    state.tunnelCount === 0 ? NONE : state.tunnel(addresses.intern(bytes, walk.source, 16), addresses.intern(bytes, walk.destination, 16))
  const size = six ? 16 : 4
  const from = six ? offset + 8 : offset + 12
  const sender = addresses.intern(bytes, from, size)
  const receiver = addresses.intern(bytes, from + size, size)
  if (sender < 0 || receiver < 0) return
  const binding = bindingOf(bindings, bytes, from, six, sender, receiver)
  const header = six ? IPV6_HEADER : (walk.u8(offset) & 15) * 4
  const length = six ? IPV6_HEADER + walk.u16(offset + 4) : walk.u16(offset + 2)
  const s = walk.newSignal(SignalKind.Payload, SignalProtocol.Mip6)
  const inner = six ? walk.u8(offset + 6) : walk.u8(offset + 9)
  if (!upperUnit(walk, s, inner, offset + header, Math.min(walk.end, offset + length))) return
  walk.toFlow(upper, 0, 0)
  s.flow = walk.flow
  s.direction = walk.direction
  if (binding === undefined) {
    if (!walk.state.frozen) state.before.note(sender, receiver, s)
    return
  }
  const pair = state.pairs.get(sender, receiver)
  s.context = pair.number
  s.side = sideOf(pair, sender)
  s.token = binding.number
  walk.emit(s)
}

/** Which of the tunnel's bindings does an inner packet belong to: by home address, else by prefix, else the only one. */
function bindingOf(
  bindings: readonly MobilePair[],
  bytes: Uint8Array,
  from: number,
  six: boolean,
  sender: number,
  receiver: number,
): MobilePair | undefined {
  for (const binding of bindings) if (binding.mobile === sender || binding.mobile === receiver) return binding
  if (six)
    for (const binding of bindings)
      for (const prefix of binding.prefixes) if (inPrefix(prefix, bytes, from) || inPrefix(prefix, bytes, from + 16)) return binding
  return bindings.length === 1 ? bindings[0] : undefined
}
