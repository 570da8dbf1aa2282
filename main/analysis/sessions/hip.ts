/**
 * HIP associations (RFC 7401, 7402, 8046): one session a HIT pair, whatever the addresses. It opens with R2 and closes with CLOSE_ACK, or when
 * it was silent for 15 min or both ends fell silent after CLOSE or a fatal NOTIFY. ESP whose SPI it announced is its payload; a sequence number
 * that was seen before is no new unit (RFC 4303 section 3.4.3). A base exchange while it is up takes its place only when R2 completes it.
 * What is not authenticated, or proven wrong, closes nothing. Bounded: 64 SPIs a session.
 */
import type {
  ClaimAnswerDetail,
  ClaimDetail,
  CloseDetail,
  Identifier,
  IdentifyDetail,
  OpenDetail,
  PreferDetail,
  ProbeDetail,
  VerifyDetail,
} from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { addLocator, verifyLocator, verifyPair } from '../locators.ts'
import { type End, type Pair, SECOND, withOne } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { Serial, UnitSet } from '../units.ts'
import { type Bound, BoundTable, boundTo, endOf, identify, isOver, pairFor } from './bound.ts'
import { onCarried, onHeard } from './carried.ts'
import type { ContextFamily, Contexts, PacketOutcome } from './contexts.ts'
import { becomeHip, espSession, handOver } from './hip-esp.ts'
import { onAnswered, onClaimed, onEstablished, onPreferred, onWithdrawn, strengthen } from './locator-claims.ts'
import { onProbe, onProbeAnswer } from './probes.ts'
import type { Registry } from './registry.ts'

const IDLE = 900 * SECOND
const HANDSHAKE_IDLE = 60 * SECOND
/** silence after a CLOSE that nobody answered, or after a fatal NOTIFY */
const CLOSING_IDLE = 60 * SECOND
const MAX_SPIS = 64
/** ESP that is no longer than this carries nothing (rehoming.md section 1) */
const EMPTY = 40

/** Sequence numbers of one SPI. */
interface Spi {
  serial: Serial
  seen: UnitSet
}

interface Association extends Bound {
  /** by number and sender */
  spis: Map<number, Spi>
  /** a base exchange that has begun while the session is up */
  again: { time: number; row: number; initiator: 0 | 1 } | null
  /** the end that said CLOSE, -1 none */
  closer: End | -1
}

class HipContexts implements Contexts {
  private readonly table: BoundTable

  constructor(private readonly registry: Registry) {
    this.table = new BoundTable(registry, 'hip')
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    if (signal.context === 0 || signal.side < 0) return
    const association = this.associationOf(signal)
    if (association === null) return
    const { session } = association
    const sender = endOf(association, signal.side as 0 | 1)
    outcome.session = session
    outcome.sender = sender
    if (signal.kind === SignalKind.Payload) this.payload(association, sender, signal)
    else this.take(association, sender, signal)
    // what it says may have shown that another session is this one
    outcome.session = association.session
  }

  private associationOf(signal: Signal): Association | null {
    const known = this.table.get(signal.context) as Association | undefined
    const step = stepOf(signal)
    const side = signal.side as 0 | 1
    const initiator = ((step === 2 || step === 4) === (side === 0) ? 1 : 0) as 0 | 1
    if (known !== undefined && !isOver(known.session)) {
      if (step === 0 || known.session.state === 'opening') return known
      if (step === 1) known.again = { time: signal.time, row: signal.row, initiator }
      if (step !== 4 || known.again === null) return known
      return this.replace(known, signal)
    }
    if (known !== undefined && step === 0) return known
    return this.make(signal, step === 0 ? 0 : initiator, step === 0, signal.time, signal.row)
  }

  private around(session: MultiSession, initiator: 0 | 1): Association {
    return { ...boundTo(session, initiator), spis: new Map(), again: null, closer: -1 }
  }

  private make(signal: Signal, initiator: 0 | 1, midCapture: boolean, time: number, row: number): Association | null {
    const bound = this.table.make(initiator, time, row)
    if (bound === null) return null
    const { session } = bound
    session.midCapture = midCapture
    const association = this.around(session, initiator)
    if (midCapture) session.mark(time, 'opened', -1, -1, row, 'already running when the capture began')
    this.table.set(signal.context, association)
    return association
  }

  /** R2 of a new base exchange: the old association is dead, the hosts have set up another. */
  private replace(old: Association, signal: Signal): Association | null {
    const { time, row, initiator } = old.again as NonNullable<Association['again']>
    const next = this.make(signal, initiator, false, time, row)
    if (next === null) return null
    const { session } = old
    session.state = 'closed'
    session.closed = signal.time
    session.closedWhy = 'a new base exchange took its place'
    session.mark(signal.time, 'closed', 2, -1, signal.row, 'a new base exchange between the same HITs took its place')
    session.replacedBy = next.session.number
    next.session.replaces = session.number
    return next
  }

  private payload(association: Association, sender: End, signal: Signal): void {
    if (signal.space !== UnitSpace.IpsecSequence) {
      onCarried(this.registry, association, sender, signal)
      return
    }
    if (signal.bytes <= EMPTY) {
      onHeard(this.registry, association, sender, signal, false)
      return
    }
    const { token, unit, span } = signal
    const { session } = association
    if (session.midCapture && session.directions[0].units + session.directions[1].units === 0) {
      const running = espSession(this.registry, `0x${token.toString(16).padStart(8, '0')}`)
      if (running !== null) {
        const same = running.receiver === 1 - sender
        becomeHip(running.session)
        handOver(this.registry, association, running.session, same)
        this.payload(association, same ? sender : ((1 - sender) as End), signal)
        return
      }
    }
    const pair = pairFor(this.registry, association.session, signal, sender, false)
    if (!this.fresh(association, sender, token, unit)) {
      // A copy at once on another path is sent twice on purpose; any other is a copy that the receiver drops.
      const recent = association.sent[sender].last
      if (pair === null || signal.time - recent > 0.5 * SECOND || pair.way.lastPayload(sender) === recent) return
    }
    signal.space = UnitSpace.Datagram
    signal.unit = (Math.imul(token, 0x9e3779b1) ^ unit) >>> 0
    onCarried(this.registry, association, sender, signal)
    signal.space = UnitSpace.IpsecSequence
    signal.unit = unit
    signal.span = span
  }

  private fresh(association: Association, sender: End, token: number, unit: number): boolean {
    const { spis } = association
    // Both ends may send with one number: they have announced the same, or one takes its own for its peer's. Each counts for itself.
    const key = token * 2 + sender
    let spi = spis.get(key)
    if (spi === undefined) {
      this.registry.flows.forgotten.room(spis, MAX_SPIS, 'SPIs of HIP associations')
      spi = { serial: new Serial(), seen: new UnitSet() }
      spis.set(key, spi)
    }
    const place = spi.serial.place(unit)
    if (spi.seen.covers(place, place + 1)) return false
    spi.seen.add(place, place + 1)
    return true
  }

  private take(association: Association, sender: End, signal: Signal): void {
    const { session } = association
    const { time, row, kind } = signal
    const step = stepOf(signal)
    const made = step > 0 || kind === SignalKind.Probed || kind === SignalKind.Verified || session.pairs.length === 0
    const pair = onHeard(this.registry, association, sender, signal, made)
    const at = pair?.index ?? -1
    switch (kind) {
      case SignalKind.Opening:
      case SignalKind.Opened:
        if (pair !== null) this.handshake(association, sender, pair, signal, signal.detail as OpenDetail)
        break
      case SignalKind.Claimed:
        onClaimed(association, sender, pair, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.Withdrawn:
        onWithdrawn(association, sender, pair, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.ClaimAnswered:
        onAnswered(association, sender, pair, signal, signal.detail as ClaimAnswerDetail)
        break
      case SignalKind.Preferred:
        onPreferred(association, sender, pair, signal, signal.detail as PreferDetail)
        break
      case SignalKind.Probed:
        if (pair !== null) onProbe(session, sender, pair, signal, signal.detail as ProbeDetail)
        break
      case SignalKind.ProbeAnswered:
        onProbeAnswer(session, sender, signal, signal.detail as ProbeDetail)
        break
      case SignalKind.Verified:
        if (pair !== null) verified(session, sender, pair, signal, signal.detail as VerifyDetail)
        break
      case SignalKind.Identified:
        this.identified(association, sender, at, signal, signal.detail as IdentifyDetail)
        break
      case SignalKind.Closed:
        this.close(association, sender, at, signal, signal.detail as CloseDetail)
        break
      case SignalKind.Refused:
        refused(session, sender, at, signal, signal.detail as CloseDetail)
        break
      case SignalKind.Noted:
        session.mark(time, 'other', sender, at, row, (signal.detail as { message: string }).message)
        break
    }
    if (session.midCapture && session.state === 'opening' && association.spoke[0] && association.spoke[1]) session.state = 'established'
  }

  private handshake(association: Association, sender: End, pair: Pair, signal: Signal, d: OpenDetail): void {
    const { session } = association
    const { time, row } = signal
    session.mark(time, 'opened', sender, pair.index, row, `${d.message} sent by the ${sender === 0 ? 'initiator' : 'responder'}`)
    if (session.state !== 'opening') return
    for (const [end, list] of [
      [sender, d.sender],
      [(1 - sender) as End, d.receiver],
    ] as const)
      for (const identifier of list) identify(session, end, identifier)
    const level = d.step === 1 ? 'A0' : 'A1'
    strengthen(addLocator(session, sender, pair.way.ends[sender], 'initial', d.message, level, time, row), level)
    if (d.step === 1) {
      // Sent again: nobody knows which copy is answered, so it gives no round trip.
      session.setStepTime(0, session.stepTime(0) === -1 ? time : -2)
      if (d.receiver.some((i) => i.kind === 'opportunistic')) session.identity = 'opportunistic'
      return
    }
    if (d.step === 2 && session.stepTime(1) < 0) session.setStepTime(1, time)
    if (d.step === 2 && session.stepTime(0) >= 0 && !session.rttKnown) session.rtt = Math.max(1e5, time - session.stepTime(0))
    if (d.step > 2 && session.stepTime(2) < 0) session.setStepTime(2, time)
    if (d.step !== 4) return
    session.state = 'established'
    pair.state = 'active'
    verifyPair(session, pair, 'base exchange', time, row)
    onEstablished(association)
  }

  private identified(association: Association, sender: End, at: number, signal: Signal, d: IdentifyDetail): void {
    if (d.authentication === 'AX') return
    for (const { value } of d.replaced) this.ranBefore(association, sender, value)
    const { session } = association
    const end = endOf(association, signal.side as 0 | 1)
    const endpoint = session.endpoints[end]
    const { identifiers } = endpoint
    const known = (i: Identifier): boolean => identifiers.some((k) => k.kind === i.kind && k.value === i.value)
    for (const identifier of d.receiver ?? []) identify(session, (1 - end) as End, identifier)
    if (d.sender.every(known) && !d.replaced.some(known)) return
    endpoint.identifiers = identifiers.filter((i) => !d.replaced.some((old) => i.kind === old.kind && i.value === old.value))
    for (const identifier of d.sender) identify(session, end, identifier)
    const spi = (list: readonly Identifier[]): string => list.flatMap((i) => (i.kind === 'spi' ? [i.value] : [])).join(', ')
    const [now, before] = [spi(d.sender), spi(d.replaced)]
    if (now === '' && before === '') return
    const words = now === '' ? `SPI ${before} ends` : before === '' ? `a further SPI ${now}` : `SPI ${now} in place of ${before}`
    session.mark(signal.time, 'other', end, at, signal.row, `${d.message.replace(': ', ', ')}: ${words}`)
  }

  /** ESP on an SPI that `receiver` replaces, and that had no name until now, was this association's. */
  private ranBefore(association: Association, receiver: End, spi: string): void {
    const running = espSession(this.registry, spi)
    if (running === null) return
    const { session } = association
    if (!session.midCapture || session.directions[0].units + session.directions[1].units > 0) {
      this.registry.link(running.session.number, session.number)
      return
    }
    becomeHip(running.session)
    handOver(this.registry, association, running.session, running.receiver === receiver)
  }

  private close(association: Association, sender: End, at: number, signal: Signal, d: CloseDetail): void {
    const { session } = association
    if (isOver(session)) return
    if (d.authentication === 'A0' || d.authentication === 'AX') {
      session.mark(signal.time, 'refused', sender, at, signal.row, `${d.message} that is not authenticated, without effect`)
      return
    }
    session.mark(signal.time, 'closed', sender, at, signal.row, d.message)
    session.closedWhy = d.message
    if (d.final && session.state === 'closing' && association.closer === 1 - sender) {
      session.state = 'closed'
      session.closed = signal.time
      return
    }
    session.state = 'closing'
    if (!d.final) association.closer = sender
  }

  sweep(now: number): void {
    this.table.sweep(now, ({ session }) => {
      if (session.state === 'opening') return { after: session.midCapture ? IDLE : HANDSHAKE_IDLE, failed: !session.midCapture }
      return { after: session.state === 'closing' ? CLOSING_IDLE : IDLE, failed: false }
    })
  }
}

function stepOf(signal: Signal): number {
  return signal.kind === SignalKind.Opening || signal.kind === SignalKind.Opened ? (signal.detail as OpenDetail).step : 0
}

/** An echo came back from where it had been sent: its sender is reachable there (RFC 8046 section 5.4). */
function verified(session: MultiSession, sender: End, pair: Pair, signal: Signal, d: VerifyDetail): void {
  const { time, row } = signal
  if (pair.verifiedAt === null) {
    pair.verifiedAt = time
    pair.verifiedHow = 'echo answered'
    session.mark(time, 'verified', sender, pair.index, row, `${d.message.replace(': ', ', ')}: the address is reachable`)
  }
  if (pair.state === 'opening') pair.state = 'active'
  verifyLocator(session, sender, pair.way.ends[sender], 'echo answered', time, row)
}

/** A fatal NOTIFY: the session ends when nothing more is heard of it. One that anybody could have sent is only told. */
function refused(session: MultiSession, sender: End, at: number, signal: Signal, d: CloseDetail): void {
  const why = `${d.message}: ${d.cause ?? 'error'}`
  session.mark(signal.time, 'refused', sender, at, signal.row, why)
  if (isOver(session) || d.authentication === 'A0' || d.authentication === 'AX') return
  if (session.refusals.length < 8)
    session.refusals = withOne(session.refusals, { reason: d.cause ?? d.message, pair: at, rows: [signal.row] })
  if (session.state !== 'established') return
  session.state = 'closing'
  session.closedWhy = why
}

export const hipFamily: ContextFamily = { protocols: [SignalProtocol.Hip], make: (registry) => new HipContexts(registry) }
