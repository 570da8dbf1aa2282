/**
 * What opens a binding, as a signal: who is bound to whom, and what the capture showed of its data before anything was said of it.
 */
import type { CarriedBefore, Identifier, OpenDetail, SignalDetail } from '../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../shared/signals.ts'
import { sideOf } from '../core/identifier-pairs.ts'
import { UNSAID } from '../core/open-detail.ts'
import type { Walk } from '../core/walk.ts'
import { addressAt } from './facts.ts'
import { inPrefix, type MobilePair, type MobilityState, type Prefix } from './state.ts'

/** A message about the binding of `pair`, sent by one of its ends (an id). */
export function emit(walk: Walk, kind: SignalKind, pair: MobilePair | undefined, sender: number, detail: SignalDetail): void {
  const s: Signal = walk.newSignal(kind, SignalProtocol.Mip6)
  if (pair !== undefined) {
    s.context = pair.number
    s.side = sideOf(pair, sender)
  }
  s.detail = detail
  walk.emit(s)
}

export function emitOpen(
  walk: Walk,
  pair: MobilePair,
  from: number,
  step: number,
  message: string,
  sender: Identifier[],
  receiver: Identifier[],
  capabilities: string[] = [],
  before: readonly CarriedBefore[] = [],
): void {
  const detail: OpenDetail = {
    message,
    step,
    sender,
    receiver,
    ...UNSAID,
    ...(capabilities.length > 0 ? { capabilities } : {}),
    ...(before.length > 0 ? { before } : {}),
  }
  emit(walk, step === 1 ? SignalKind.Opening : SignalKind.Opened, pair, from, detail)
}

/**
 * What the mobile end sent and was sent through the tunnel to its anchor, whose address stands at `anchorAt`, before anything was said of the
 * binding. A node's own care-of address is its alone; behind that of a proxy there are many (`careOf` -1). Its tunnels are this binding's from here
 * on: the peer may still use the old one.
 */
export function carriedBefore(
  walk: Walk,
  state: MobilityState,
  pair: MobilePair,
  mobile: number,
  prefixes: readonly Prefix[],
  anchorAt: number,
  careOf: number,
): CarriedBefore[] {
  const anchor = addressAt(walk, anchorAt)
  const { addresses } = walk.state.flows
  const own = prefixes.filter((prefix) => prefix.length > 0)
  const isMobile = (address: number) =>
    address === mobile || (addresses.size(address) === 16 && own.some((p) => inPrefix(p, addresses.look(address), 0)))
  const told = state.before.take(anchor, careOf, walk.time, isMobile)
  for (const one of told) {
    one.context = state.pairs.get(one.from, one.to).number
    const sender = walk.state.flows.sender(one.flow, one.direction)
    state.addTunnel(sender === anchor ? walk.state.flows.receiver(one.flow, one.direction) : sender, anchor, pair)
  }
  return told
}
