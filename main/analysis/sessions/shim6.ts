/**
 * Shim6 contexts (RFC 5533, 5534): one session a ULID pair and forked instance. It opens with R2 and has no end but silence (10 min). Payload
 * is what carries its tag, and plain packets between the ULIDs once it is up; what went between them before belongs to it from then on.
 * Without an establishment in the capture a context is known by its tags alone: two that run between the same addresses are one.
 * What the locator list of an establishment names counts when R2 ends it. Bounded: 64 half-known contexts, 1,024 tags under watch.
 */
import { parseAddress } from '../../../shared/address.ts'
import type {
  ClaimAnswerDetail,
  ClaimDetail,
  CloseDetail,
  OpenDetail,
  PreferDetail,
  ProbeDetail,
  VerifyDetail,
} from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../shared/signals.ts'
import { addEvidence } from '../evidence.ts'
import { addLocator, verifyLocator, verifyPair } from '../locators.ts'
import { type End, type Pair, SECOND, withOne } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { type Bound, BoundTable, endOf, identify, isOver } from './bound.ts'
import { onCarried, onHeard } from './carried.ts'
import type { ContextFamily, Contexts, PacketOutcome } from './contexts.ts'
import { onAnswered, onClaimed, onEstablished, onPreferred, onWithdrawn, strengthen } from './locator-claims.ts'
import { onProbe, onProbeAnswer } from './probes.ts'
import type { Registry } from './registry.ts'
import { carriedBefore } from './shim6-before.ts'
import { TagTable } from './shim6-tags.ts'

const IDLE = 600 * SECOND
const HANDSHAKE_IDLE = 60 * SECOND
const EXPLORING = 'Probe (Exploring)'
const OPERATIONAL = 'Probe (Operational)'
/** REAP's default Send Timeout (RFC 5534 section 7.1) */
const SEND_TIMEOUT = 15 * SECOND
const MAX_UNPROVEN = 16

class Shim6Contexts implements Contexts {
  private readonly table: BoundTable
  private readonly tags: TagTable

  constructor(private readonly registry: Registry) {
    this.table = new BoundTable(registry, 'shim6')
    this.tags = new TagTable(registry, this.table)
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    const found = signal.context > 0 && signal.side >= 0 ? this.contextOf(signal) : this.tags.find(signal)
    if (found === null) return
    const { bound, sender } = found
    outcome.session = bound.session
    outcome.sender = sender
    if (signal.kind === SignalKind.Payload) onCarried(this.registry, bound, sender, signal)
    else this.take(bound, sender, signal)
  }

  private contextOf(signal: Signal): { bound: Bound; sender: End } | null {
    const side = signal.side as 0 | 1
    let bound = this.table.get(signal.context)
    if (bound === undefined || (isOver(bound.session) && signal.kind !== SignalKind.Noted)) {
      const detail = signal.kind === SignalKind.Opening || signal.kind === SignalKind.Opened ? (signal.detail as OpenDetail) : null
      const old = bound
      const known = detail === null ? null : this.tags.ofIdentifiers(detail)
      if (known !== null) bound = { ...known.bound, initiator: known.end === 0 ? side : side === 0 ? 1 : 0 }
      else {
        const answers = detail !== null && detail.step % 2 === 0
        const initiator = old?.initiator ?? ((answers ? 1 - side : side) as 0 | 1)
        bound = this.table.make(initiator, signal.time, signal.row) ?? undefined
        if (bound === undefined) return null
        // Tags live on as long as the ends keep them: after a long silence the same context goes on.
        if (old !== undefined && detail === null) carryOver(old, bound)
        else bound.session.midCapture = detail === null
      }
      this.table.set(signal.context, bound)
    }
    return { bound, sender: endOf(bound, side) }
  }

  private take(bound: Bound, sender: End, signal: Signal): void {
    const { session } = bound
    const { time, row, kind } = signal
    const opens = kind === SignalKind.Opening || kind === SignalKind.Opened
    // before this packet counts as a sign of life of its sender
    if (kind === SignalKind.Probed) this.exploring(bound, sender, signal, signal.detail as ProbeDetail)
    const pair = onHeard(this.registry, bound, sender, signal, opens || kind === SignalKind.Probed || session.pairs.length === 0)
    const at = pair?.index ?? -1
    switch (kind) {
      case SignalKind.Opening:
      case SignalKind.Opened:
        if (pair !== null) this.handshake(bound, sender, pair, signal, signal.detail as OpenDetail)
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
      case SignalKind.Preferred:
        onPreferred(bound, sender, pair, signal, signal.detail as PreferDetail)
        break
      case SignalKind.Probed:
        if (pair !== null) this.probe(session, sender, pair, signal, signal.detail as ProbeDetail)
        break
      case SignalKind.ProbeAnswered:
        this.answered(bound, sender, signal, signal.detail as ProbeDetail)
        break
      case SignalKind.Verified:
        this.verified(bound, sender, signal, signal.detail as VerifyDetail)
        break
      case SignalKind.Refused: {
        const d = signal.detail as CloseDetail
        session.mark(time, 'refused', sender, at, row, `${d.message}: ${d.cause ?? 'refused'}`)
        break
      }
      case SignalKind.Noted:
        session.mark(time, 'other', sender, at, row, (signal.detail as { message: string }).message)
        break
    }
    if (session.midCapture && session.state === 'opening' && bound.spoke[0] && bound.spoke[1]) session.state = 'established'
  }

  private handshake(bound: Bound, sender: End, pair: Pair, signal: Signal, d: OpenDetail): void {
    const { session } = bound
    const { time, row } = signal
    session.mark(time, 'opened', sender, pair.index, row, `${d.message} sent by the ${sender === 0 ? 'initiator' : 'responder'}`)
    for (const identifier of d.sender) identify(session, sender, identifier)
    for (const identifier of d.receiver) identify(session, (1 - sender) as End, identifier)
    const up = session.state === 'established'
    if (d.step === 1 && !up) session.setStepTime(0, session.stepTime(0) === -1 ? time : -2)
    if (d.step === 2 && session.stepTime(1) < 0) session.setStepTime(1, time)
    if (d.step === 2 && session.stepTime(0) >= 0 && !session.rttKnown) session.rtt = Math.max(1e5, time - session.stepTime(0))
    if (d.step > 2 && session.stepTime(2) < 0) session.setStepTime(2, time)
    if (up) {
      this.tags.bind(bound)
      return
    }
    const level = d.step === 1 ? 'A0' : 'A1'
    strengthen(addLocator(session, sender, pair.way.ends[sender], 'initial', d.message, level, time, row), level)
    if (d.step !== 4) return
    session.state = 'established'
    pair.state = 'active'
    verifyPair(session, pair, 'establishment', time, row)
    onEstablished(bound)
    this.tags.bind(bound)
    const ulids = session.endpoints.map((e) => this.addressOf(e.identifiers.find((i) => i.kind === 'ulid')?.value))
    if (ulids[0] !== undefined && ulids[1] !== undefined) carriedBefore(this.registry, bound, [ulids[0], ulids[1]], pair, time)
  }

  private addressOf(text: string | undefined): number | undefined {
    const bytes = text === undefined ? null : parseAddress(text)
    return bytes === null ? undefined : this.registry.flows.addresses.intern(bytes, 0, bytes.length as 4 | 16)
  }

  /**
   * A probe of an end that explores: it has heard nothing for its Send Timeout (RFC 5534 section 4.3). What it sent since its peer was heard
   * last is not known to have arrived; where the capture was taken at the peer, what that sent meanwhile has not.
   */
  private exploring(bound: Bound, sender: End, signal: Signal, d: ProbeDetail): void {
    if (d.message !== EXPLORING) return
    const { session } = bound
    const { time, row } = signal
    const own = bound.sent[sender]
    const path = session.paths.reduce(
      (best, p) => (p.lastPayload(sender) > (session.paths[best]?.lastPayload(sender) ?? -1) ? p.index : best),
      -1,
    )
    const open = session.evidence.find(
      (e) => e.what === 'reap-exploring' && e.by === sender && e.path === path && time - e.until < SEND_TIMEOUT,
    )
    if (open !== undefined) {
      open.until = time
      open.count++
      if (open.rows.length < 20) open.rows.push(row)
      return
    }
    const heardAt = Math.max(-1, ...session.paths.map((p) => (sender === 0 ? p.heardResponder : p.heardInitiator)))
    const silence = heardAt < 0 ? 0 : time - heardAt
    const words = silence > SECOND ? `nothing for ${(silence / SECOND).toFixed(1)} s` : 'nothing from the peer'
    addEvidence(session, {
      class: 'heartbeat',
      what: 'reap-exploring',
      path,
      time,
      until: time,
      count: 1,
      by: sender,
      rows: [row],
      text: words,
    })
    if (session.unproven.length >= MAX_UNPROVEN) session.unproven = session.unproven.slice(1)
    if (silence > SECOND)
      session.unproven = withOne(session.unproven, {
        by: sender,
        path,
        good: own.good,
        goodRow: own.goodRow,
        first: own.first,
        firstRow: own.firstRow,
        until: time,
        untilRow: row,
      })
    else if (session.capturedEnd === 1 - sender)
      session.unproven = withOne(session.unproven, {
        by: (1 - sender) as End,
        path,
        good: time - SEND_TIMEOUT,
        goodRow: row,
        first: -1,
        firstRow: -1,
        until: time,
        untilRow: row,
      })
  }

  /** A probe of an operational end asks for no answer: it ends the exchange. */
  private probe(session: MultiSession, sender: End, pair: Pair, signal: Signal, d: ProbeDetail): void {
    if (d.message === OPERATIONAL) session.mark(signal.time, 'probed', sender, pair.index, signal.row, `${d.message} sent: the pair works`)
    else onProbe(session, sender, pair, signal, d)
  }

  private answered(bound: Bound, sender: End, signal: Signal, d: ProbeDetail): void {
    const probe = onProbeAnswer(bound.session, sender, signal, d)
    // A context known by its tags alone: the dissector had nothing to compare the report with.
    const pair = probe === null || signal.context > 0 ? undefined : bound.session.pairs[probe.pair]
    if (pair !== undefined) this.proven(bound, pair, sender, signal, d.message)
  }

  /** The report names the pair on which a probe of the other end arrived: a path in that direction (RFC 5534 section 4.3). */
  private verified(bound: Bound, sender: End, signal: Signal, d: VerifyDetail): void {
    const { source, destination } = d
    const pair = bound.session.pairs.find((p) => p.way.ends[sender] === destination && p.way.ends[1 - sender] === source)
    if (pair !== undefined) this.proven(bound, pair, sender, signal, d.message)
  }

  private proven(bound: Bound, pair: Pair, receiver: End, signal: Signal, message: string): void {
    const { session } = bound
    const { time, row } = signal
    verifyLocator(session, receiver, pair.way.ends[receiver], 'probe reported', time, row)
    if (pair.state === 'opening') pair.state = 'active'
    if (pair.verifiedAt !== null) return
    pair.verifiedAt = time
    pair.verifiedHow = 'probe reported'
    session.mark(time, 'verified', receiver, pair.index, row, `${message}: reports that a probe arrived on this pair`)
  }

  sweep(now: number): void {
    const over = ({ session }: Bound) =>
      session.state === 'opening' ? { after: HANDSHAKE_IDLE, failed: !session.midCapture } : { after: IDLE, failed: false }
    this.table.sweep(now, over)
    this.tags.sweep(now, IDLE)
  }
}

/** Goes on with what an idle context knew. */
function carryOver(old: Bound, next: Bound): void {
  const { session } = next
  session.state = 'established'
  session.mark(session.opened, 'opened', -1, -1, session.openedRow, 'data again in a context that was silent for long')
  for (const end of [0, 1] as const) {
    for (const identifier of old.session.endpoints[end].identifiers) identify(session, end, identifier)
    for (const l of old.session.endpoints[end].locators)
      if (l.removed === null) addLocator(session, end, l.address, l.how, l.signal, l.authentication, session.opened, -1)
  }
}

export const shim6Family: ContextFamily = { protocols: [SignalProtocol.Shim6], make: (registry) => new Shim6Contexts(registry) }
