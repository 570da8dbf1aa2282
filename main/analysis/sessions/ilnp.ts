/**
 * ILNP sessions (RFC 6740, 6741): one a pair of node identifiers. Open when both ends have shown their nonce; over after 10 min of silence.
 * Data counts when it carries its sender's nonce, or none and comes from a locator that is in force: a node identifier alone proves nothing.
 * A locator update with a wrong nonce, or none, is only told; one that the peer acknowledged, or sent data to, is in force.
 */
import type { ClaimAnswerDetail, ClaimDetail, OpenDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { addLocator, findLocator, verifyLocator } from '../locators.ts'
import { type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { type Bound, BoundTable, endOf, identify, isOver } from './bound.ts'
import { onCarried, onHeard } from './carried.ts'
import type { ContextFamily, Contexts, PacketOutcome } from './contexts.ts'
import { onAnswered, onClaimed, onWithdrawn, strengthen } from './locator-claims.ts'
import type { Registry } from './registry.ts'

const IDLE = 600 * SECOND

interface IlnpSession extends Bound {
  /** low halves of the nonces that the ends have shown, 0 unknown */
  nonces: [number, number]
}

class IlnpContexts implements Contexts {
  private readonly table: BoundTable

  constructor(private readonly registry: Registry) {
    this.table = new BoundTable(registry, 'ilnp')
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    if (signal.context === 0 || signal.side < 0) return
    const bound = this.sessionOf(signal)
    if (bound === null) return
    const sender = endOf(bound, signal.side as 0 | 1)
    outcome.session = bound.session
    outcome.sender = sender
    if (signal.kind === SignalKind.Payload) this.payload(bound, sender, signal)
    else this.take(bound, sender, signal)
  }

  private sessionOf(signal: Signal): IlnpSession | null {
    const known = this.table.get(signal.context) as IlnpSession | undefined
    if (known !== undefined && !(isOver(known.session) && signal.kind === SignalKind.Payload)) return known
    if (known === undefined && signal.kind !== SignalKind.Opening && signal.kind !== SignalKind.Opened) return null
    const side = known === undefined ? (signal.side as 0 | 1) : known.initiator
    const bound = this.table.make(side, signal.time, signal.row)
    if (bound === null) return null
    const session: IlnpSession = { ...bound, nonces: [0, 0] }
    if (known !== undefined) revive(session, known)
    this.table.set(signal.context, session)
    return session
  }

  private payload(bound: IlnpSession, sender: End, signal: Signal): void {
    const { session } = bound
    const { flows } = this.registry
    const source = flows.sender(signal.flow, signal.direction)
    const proven = signal.token !== 0 && signal.token === bound.nonces[sender]
    if (signal.token !== 0 ? !proven : findLocator(session, sender, source) === null) return
    const pair = onCarried(this.registry, bound, sender, signal)
    if (pair === null || !proven) return
    const peer = (1 - sender) as End
    const locator = findLocator(session, sender, source)
    if (locator !== null && locator.verified === null && (bound.carried[pair.path * 2 + peer] ?? 0) > 0)
      this.proven(session, sender, pair, signal, 'its nonce came from there after data went there')
  }

  private proven(session: MultiSession, end: End, pair: Pair, signal: Signal, how: string): void {
    const { time, row } = signal
    verifyLocator(session, end, pair.way.ends[end], how, time, row)
    if (pair.verifiedAt !== null) return
    pair.verifiedAt = time
    pair.verifiedHow = how
    session.mark(time, 'verified', end, pair.index, row, how)
  }

  private take(bound: IlnpSession, sender: End, signal: Signal): void {
    const { session } = bound
    const { time, row, kind } = signal
    const opens = kind === SignalKind.Opening || kind === SignalKind.Opened
    const pair = onHeard(this.registry, bound, sender, signal, opens || kind === SignalKind.Verified)
    const at = pair?.index ?? -1
    switch (kind) {
      case SignalKind.Opening:
      case SignalKind.Opened:
        if (pair !== null) this.open(bound, sender, pair, signal, signal.detail as OpenDetail)
        break
      case SignalKind.Claimed:
        onClaimed(bound, sender, pair, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.Withdrawn:
        onWithdrawn(bound, sender, pair, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.ClaimAnswered:
        onAnswered(bound, sender, pair, signal, signal.detail as ClaimAnswerDetail)
        break
      case SignalKind.Verified:
        // the acknowledgement arrives at the locator that it accepts
        if (pair !== null) this.proven(session, (1 - sender) as End, pair, signal, 'Locator Update acknowledged there')
        break
      case SignalKind.Noted:
        session.mark(time, 'other', sender, at, row, (signal.detail as { message: string }).message)
        break
    }
  }

  private open(bound: IlnpSession, sender: End, pair: Pair, signal: Signal, d: OpenDetail): void {
    const { session } = bound
    const { time, row } = signal
    bound.nonces[sender] = signal.token
    session.mark(time, 'opened', sender, pair.index, row, `first nonce of the ${sender === 0 ? 'initiator' : 'responder'}`)
    for (const identifier of d.sender) identify(session, sender, identifier)
    for (const identifier of d.receiver) identify(session, (1 - sender) as End, identifier)
    for (const end of [sender, (1 - sender) as End]) {
      const level = end === sender ? 'A1' : 'A0'
      strengthen(addLocator(session, end, pair.way.ends[end], 'initial', d.message, level, time, row), level)
    }
    if (pair.state === 'opening') pair.state = 'active'
    if (signal.kind !== SignalKind.Opened) {
      session.setStepTime(0, time)
      return
    }
    if (session.stepTime(0) >= 0 && !session.rttKnown) session.rtt = Math.max(1e5, time - session.stepTime(0))
    session.state = 'established'
    session.identity = session.endpoints.some((e) => e.identifiers.some(localNode)) ? 'ephemeral' : 'persistent'
  }

  sweep(now: number): void {
    this.table.sweep(now, ({ session }) => ({
      after: IDLE,
      failed: session.state === 'opening' && session.pairs.every((p) => p.payloadUnits === 0),
    }))
  }
}

/** A node identifier made by its node for a while has the universal bit of an EUI-64 unset (RFC 6741 section 2). */
function localNode({ kind, value }: { kind: string; value: string }): boolean {
  return kind === 'node-identifier' && (Number.parseInt(value.slice(0, 2), 16) & 0x02) === 0
}

/** After a silence the nodes go on with the nonces they had. */
function revive(next: IlnpSession, old: IlnpSession): void {
  next.nonces = [...old.nonces]
  next.session.state = 'established'
  next.session.identity = old.session.identity
  next.session.mark(next.session.opened, 'opened', -1, -1, next.session.openedRow, 'data again between the same nodes after a long silence')
  for (const end of [0, 1] as const) {
    next.session.endpoints[end].identifiers = old.session.endpoints[end].identifiers
    for (const l of old.session.endpoints[end].locators)
      if (l.removed === null) addLocator(next.session, end, l.address, l.how, l.signal, l.authentication, next.session.opened, -1)
  }
}

export const ilnpFamily: ContextFamily = { protocols: [SignalProtocol.Ilnp], make: (registry) => new IlnpContexts(registry) }
