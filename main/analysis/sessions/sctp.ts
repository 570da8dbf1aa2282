/**
 * SCTP associations: found by (verification tag, ports) for any address pair (RFC 9260 section 8.5), so that a packet from an address never
 * seen joins its association. Mid-capture ones are known from one direction's tag at first; the other is matched by ports and addresses, or by
 * an answered HEARTBEAT, which shows both.
 * HEARTBEAT ACKs are matched by their information, never by address. An ASCONF add counts when it is acknowledged (RFC 5061 section 5.2).
 * An ABORT with a wrong tag closes nothing.
 */
import type { ClaimAnswerDetail, ClaimDetail, CloseDetail, OpenDetail, PreferDetail, ProbeDetail } from '../../../shared/signal-details.ts'
import { type Signal, SignalKind } from '../../../shared/signals.ts'
import { onAcknowledged, onPayload } from '../delivery.ts'
import { DueQueue } from '../due-queue.ts'
import { addEvidence } from '../evidence.ts'
import { addLocator, addPair, carriesPayload, findLocator, heard, knownByProof, pairOf, verifyLocator, verifyPair } from '../locators.ts'
import { type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { COPY } from '../same-frame.ts'
import { noteClaim } from './claims.ts'
import type { Contexts, PacketOutcome } from './contexts.ts'
import { onProbe, onProbeAnswer } from './probes.ts'
import type { Registry } from './registry.ts'
import { onClaim, onClaimAnswer, onClosed } from './sctp-addresses.ts'
import { EarlyHeartbeats } from './sctp-early.ts'
import { AssociationTags } from './sctp-tags.ts'

const HANDSHAKE_IDLE = 60 * SECOND
const IDLE = 600 * SECOND
const SILENT = 86_400 * SECOND
/** the youngest sessions among which one is looked for whose other end sends an INIT too */
const COLLISIONS = 64

export class SctpContexts implements Contexts {
  private readonly tags = new AssociationTags()
  private readonly early: EarlyHeartbeats
  /** whom a packet that is taken in again belonged to was told when it came: nobody */
  private readonly nobody: PacketOutcome = { retransmitted: false, session: null, sender: -1 }
  private readonly found = {} as { session: MultiSession; sender: End }
  /** numbers of associations, by when they may have been silent for too long */
  private readonly due = new DueQueue<number>()
  private lastInit: { row: number; session: MultiSession; sender: End } | null = null

  constructor(private readonly registry: Registry) {
    this.early = new EarlyHeartbeats(registry.flows)
    registry.canForget('sctp', (session) => this.forget(session))
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    const { flow, time, row } = signal
    outcome.session = null
    if (flow < 0) return
    const detail = signal.kind === SignalKind.Opening || signal.kind === SignalKind.Opened ? (signal.detail as OpenDetail) : null
    let found = detail?.step === 1 ? this.init(signal, detail) : null
    if (found !== null) this.lastInit = { row, session: found.session, sender: found.sender }
    // What an INIT lists comes with tag 0, like the INIT itself.
    else if (row >= 0 && this.lastInit?.row === row) found = this.lastInit
    else found = this.find(signal)
    if (found === null) return
    const { session, sender } = found
    outcome.session = session
    outcome.sender = sender
    let pair = this.registry.pairOfFlow(flow)
    if (pair === null || pair.session !== session) pair = pairOf(session, flow)
    if (pair === null) {
      pair = addPair(session, this.registry.flows, flow, (sender === 0) === (signal.direction === 0), sender, time, row)
      if (pair === null) return
      if (this.registry.sessionOfFlow(flow) < 0 || this.closedSession(flow)) {
        this.registry.assign(flow, session.number)
        this.registry.bindPair(flow, pair)
      }
    }
    heard(session, pair, sender, time, signal.hopLimit, signal.interface)
    this.take(session, pair, sender, signal, outcome)
  }

  private closedSession(flow: number): boolean {
    const old = this.registry.multiOf(this.registry.sessionOfFlow(flow))
    return old === null || old.state === 'closed' || old.state === 'failed'
  }

  private take(session: MultiSession, pair: Pair, sender: End, signal: Signal, outcome: PacketOutcome): void {
    const { time, row } = signal
    switch (signal.kind) {
      case SignalKind.Payload:
        if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
        carriesPayload(session, pair, time, row)
        if (session.state === 'opening' && session.midCapture) session.state = 'established'
        if (pair.state === 'opening') pair.state = 'active'
        break
      case SignalKind.Acknowledged:
        onAcknowledged(session, sender, pair, signal)
        break
      case SignalKind.Opening:
      case SignalKind.Opened:
        this.handshake(session, pair, sender, signal, signal.detail as OpenDetail)
        break
      case SignalKind.Claimed:
      case SignalKind.Withdrawn:
        onClaim(session, pair, sender, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.ClaimAnswered:
        onClaimAnswer(session, pair, sender, signal, signal.detail as ClaimAnswerDetail)
        break
      case SignalKind.Preferred: {
        const d = signal.detail as PreferDetail
        noteClaim(session, sender, pair, signal, {
          what: 'prefer',
          address: d.address,
          addressId: null,
          serial: d.serial,
          correlation: d.correlation,
          authentication: d.authentication,
          message: d.message,
          port: null,
          wildcard: d.address < 0,
        })
        if (d.serial === null) session.mark(time, 'preferred', sender, pair.index, row, `${d.message} names its primary address`)
        break
      }
      case SignalKind.Probed:
        onProbe(session, sender, pair, signal, signal.detail as ProbeDetail)
        break
      case SignalKind.ProbeAnswered: {
        const probe = onProbeAnswer(session, sender, signal, signal.detail as ProbeDetail)
        if (probe === null) break
        const probed = session.pairs[probe.pair]
        if (probed !== undefined) {
          const target = probed.way.ends[1 - probe.by] as number
          knownByProof(session, probed.way, time, row)
          verifyLocator(session, (1 - probe.by) as End, target, 'HEARTBEAT answered', time, row)
          if (probed.verifiedAt === null) {
            probed.verifiedAt = time
            probed.verifiedHow = 'HEARTBEAT answered'
            session.mark(time, 'verified', probe.by, probed.index, row, 'HEARTBEAT answered')
          }
          if (probed.state === 'opening') probed.state = 'active'
        }
        break
      }
      case SignalKind.Closed:
        onClosed(session, pair, sender, signal, signal.detail as CloseDetail)
        break
      case SignalKind.Noted:
        session.mark(time, 'other', sender, pair.index, row, (signal.detail as { message: string }).message)
        break
    }
  }

  // ------------------------------------------------------------------ finding

  private bind(session: MultiSession, receiver: End, tag: number): void {
    if (!this.tags.bind(session, receiver, tag)) return
    this.identify(session, receiver, tag)
  }

  private forget(session: MultiSession): void {
    this.tags.forget(session)
    const at = this.half.indexOf(session)
    if (at >= 0) this.half.splice(at, 1)
    if (this.lastInit?.session === session) this.lastInit = null
  }

  private find(signal: Signal): { session: MultiSession; sender: End } | null {
    const { flow, direction, token } = signal
    const flows = this.registry.flows
    const senderPort = (direction === 0 ? flows.portA[flow] : flows.portB[flow]) as number
    const receiverPort = (direction === 0 ? flows.portB[flow] : flows.portA[flow]) as number
    const pair = this.registry.pairOfFlow(flow)
    if (pair !== null) {
      const sender = ((direction === 0) === pair.initiatorIsA ? 0 : 1) as End
      if (pair.session.tag((1 - sender) as End) === token && token !== 0) {
        this.found.session = pair.session
        this.found.sender = sender
        return this.found
      }
    }
    const entry = this.tags.find(token, receiverPort, senderPort)
    if (entry !== null) {
      const sender = (1 - entry.receiver) as End
      if (signal.kind === SignalKind.ProbeAnswered && !entry.session.tagKnown[sender]) {
        const asked = this.early.answeredBy(signal)
        if (asked !== null) this.learn(entry.session, sender, asked.token)
      }
      return { session: entry.session, sender }
    }
    // The tag is reflected (T bit) or the handshake's second step: the sender's own tag, or a tag not bound yet.
    const kind = signal.kind
    if (kind === SignalKind.Closed) {
      const reflected = this.tags.find(token, senderPort, receiverPort)
      return reflected === null ? null : { session: reflected.session, sender: reflected.receiver }
    }
    if (kind === SignalKind.Payload || kind === SignalKind.Acknowledged || kind === SignalKind.Probed || kind === SignalKind.ProbeAnswered)
      return this.midCapture(signal, senderPort, receiverPort)
    return null
  }

  /** A tag never seen: the other direction of an association known from one side only, or a new one. */
  private midCapture(signal: Signal, senderPort: number, receiverPort: number): { session: MultiSession; sender: End } | null {
    const { flow, token, time, row, kind } = signal
    if (token === 0) return null
    const known = this.registry.multiOf(this.registry.sessionOfFlow(flow))
    const same = this.otherSide(known, signal, senderPort, receiverPort, true)
    if (same !== null) return same
    for (let i = this.half.length - 1; i >= 0; i--) {
      const found = this.otherSide(this.half[i] as MultiSession, signal, senderPort, receiverPort, false)
      if (found !== null) return found
    }
    // Packets with a wrong tag on an association that is known make no session of their own.
    if (known !== null && known.state !== 'closed' && known.state !== 'failed') return null
    // Who asks proves nothing: it waits for the answer, or for data with its tag.
    if (kind === SignalKind.Probed) {
      this.early.keep(signal)
      return null
    }
    const asked = kind === SignalKind.ProbeAnswered ? this.early.answeredBy(signal) : this.early.firstOf(token, senderPort, receiverPort)
    if (asked === null && kind === SignalKind.ProbeAnswered) return null
    const session = asked === null ? this.make(time, row) : this.make(asked.time, asked.row)
    if (session === null) return null
    session.midCapture = true
    session.state = 'established'
    const sender: End = senderPort >= receiverPort ? 0 : 1
    session.ports = sender === 0 ? [senderPort, receiverPort] : [receiverPort, senderPort]
    this.half.push(session)
    if (this.half.length > 64) this.half.shift()
    session.mark(session.opened, 'opened', -1, 0, session.openedRow, 'already running when the capture began')
    this.learn(session, (1 - sender) as End, token)
    if (kind === SignalKind.ProbeAnswered && asked !== null) this.learn(session, sender, asked.token)
    return { session, sender }
  }

  /** Is it the side of the association whose tag is not known yet? Its address pair says so, or what it answers. */
  private otherSide(
    session: MultiSession | null,
    signal: Signal,
    senderPort: number,
    receiverPort: number,
    samePair: boolean,
  ): { session: MultiSession; sender: End } | null {
    if (session === null || session.protocol !== 'sctp' || session.state === 'closed' || session.state === 'failed') return null
    const { flows } = this.registry
    const source = flows.sender(signal.flow, signal.direction)
    const target = flows.receiver(signal.flow, signal.direction)
    for (const sender of [0, 1] as const) {
      const receiver = (1 - sender) as End
      if (session.tagKnown[receiver] || session.port(sender) !== senderPort || session.port(receiver) !== receiverPort) continue
      if (!session.paths.some((p) => p.ends[sender] === source || p.ends[receiver] === target)) continue
      // A server has many peers, and signalling of telephone networks the same port at both ends of all of them.
      if (!samePair && !answers(session, sender, signal)) continue
      this.learn(session, receiver, signal.token)
      return { session, sender }
    }
    return null
  }

  /** A tag of an association that was running before: HEARTBEATs that came with it before it was known are taken in now. */
  private learn(session: MultiSession, receiver: End, tag: number): void {
    this.bind(session, receiver, tag)
    this.early.release(tag, session.port((1 - receiver) as End), session.port(receiver), (signal) => this.on(signal, this.nobody))
  }

  private readonly half: MultiSession[] = []

  /** A new association, to be looked at when it may have been silent for too long; null when there are too many. */
  private make(time: number, row: number): MultiSession | null {
    const session = this.registry.addMulti('sctp', time, row)
    if (session !== null) this.due.add(time + HANDSHAKE_IDLE, session.number)
    return session
  }

  private identify(session: MultiSession, end: End, tag: number): void {
    const endpoint = session.endpoints[end]
    if (!endpoint.identifiers.some((i) => i.kind === 'verification-tag'))
      endpoint.identifiers = endpoint.identifiers.concat({
        kind: 'verification-tag',
        value: `0x${tag.toString(16).padStart(8, '0')}`,
      })
    if (!endpoint.identifiers.some((i) => i.kind === 'port'))
      endpoint.identifiers = endpoint.identifiers.concat({ kind: 'port', value: String(session.port(end)) })
  }

  // ------------------------------------------------------------------ handshake

  private init(signal: Signal, detail: OpenDetail): { session: MultiSession; sender: End } | null {
    const { flow, direction, time, row } = signal
    const flows = this.registry.flows
    const tag = detail.initiateTag ?? 0
    const senderPort = (direction === 0 ? flows.portA[flow] : flows.portB[flow]) as number
    const receiverPort = (direction === 0 ? flows.portB[flow] : flows.portA[flow]) as number
    const again = this.tags.find(tag, senderPort, receiverPort)
    // An association that begins anew takes another tag: the same one is a late copy of what it began with.
    if (again !== null && (again.session.state === 'opening' || this.isLate(again.session, time)))
      return { session: again.session, sender: again.receiver }
    const collided = this.collision(signal, senderPort, receiverPort)
    if (collided !== null) {
      this.bind(collided, 1, tag)
      return { session: collided, sender: 1 }
    }
    const session = this.make(time, row)
    if (session === null) return null
    session.ports = [senderPort, receiverPort]
    this.bind(session, 0, tag)
    session.endpoints[1].identifiers = session.endpoints[1].identifiers.concat({ kind: 'port', value: String(receiverPort) })
    session.setStepTime(0, time)
    return { session, sender: 0 }
  }

  private isLate(session: MultiSession, time: number): boolean {
    return session.state !== 'closed' && session.state !== 'failed' && time - session.opened <= HANDSHAKE_IDLE
  }

  /** Both ends sent an INIT before they had the other's: one association comes of it (RFC 9260 section 5.2.1). */
  private collision(signal: Signal, senderPort: number, receiverPort: number): MultiSession | null {
    const { flow, direction, time } = signal
    const { flows, multi } = this.registry
    const source = flows.sender(flow, direction)
    const target = flows.receiver(flow, direction)
    for (let i = multi.length - 1; i >= 0 && i >= multi.length - COLLISIONS; i--) {
      const session = multi[i] as MultiSession
      if (session.protocol !== 'sctp' || session.state !== 'opening' || session.tagKnown[1] || session.midCapture) continue
      if (session.port(0) !== receiverPort || session.port(1) !== senderPort || time - session.opened > HANDSHAKE_IDLE) continue
      const own = session.paths.some((p) => p.ends[0] === target) || findLocator(session, 0, target) !== null
      if (own && session.paths.some((p) => p.ends[1] === source || p.ends[0] === target)) return session
    }
    return null
  }

  private handshake(session: MultiSession, pair: Pair, sender: End, signal: Signal, detail: OpenDetail): void {
    const { time, row } = signal
    const path = session.paths[pair.path] as { ends: [number, number] }
    const said = sender === 0 ? 'sent by the initiator' : detail.step === 1 ? 'sent by the other end too' : 'answered'
    session.mark(time, 'opened', sender, pair.index, row, `${detail.message} ${said}`)
    if (detail.step === 1) {
      if (sender === 1) {
        addLocator(session, 1, path.ends[1], 'initial', detail.message, 'A1', time, row)
        return
      }
      if (session.state === 'opening' && time - session.stepTime(0) >= COPY) this.repeated(session, pair, signal, detail)
      addLocator(session, 0, path.ends[0], 'initial', detail.message, 'A1', time, row)
      addLocator(session, 1, path.ends[1], 'initial', detail.message, 'A0', time, row)
      return
    }
    if (detail.step === 2) {
      if (detail.initiateTag !== null) this.bind(session, sender, detail.initiateTag)
      addLocator(session, sender, path.ends[sender], 'initial', detail.message, 'A1', time, row)
      // of an INIT that met another: the answer to the initiator's own
      if (sender === 0) return
      if (session.stepTime(1) < 0) session.setStepTime(1, time)
      const step1 = session.stepTime(0)
      if (step1 >= 0 && !session.rttKnown) session.rtt = Math.max(1e5, time - step1)
      return
    }
    if (session.stepTime(2) < 0) session.setStepTime(2, time)
    if (detail.step === 3) return
    if (session.state === 'opening' || session.midCapture) {
      session.state = 'established'
      pair.state = 'active'
      verifyPair(session, pair, 'handshake', time, row)
      this.restart(session, time, row)
    }
  }

  /** An INIT sent again: nobody knows which copy will be answered, so it gives no round trip (Karn's rule, RFC 9260 section 6.3.1 C5). */
  private repeated(session: MultiSession, pair: Pair, signal: Signal, detail: OpenDetail): void {
    const { time, row } = signal
    session.setStepTime(0, -1)
    addEvidence(session, {
      class: 'transport',
      what: 'handshake-retry',
      path: pair.path,
      time,
      until: time,
      count: 1,
      by: 0,
      rows: [row],
      text: `${detail.message} sent again`,
    })
  }

  /** A new association between the same ports and addresses: the old one has been restarted (RFC 9260 section 5.2). */
  private restart(session: MultiSession, time: number, row: number): void {
    for (const pair of session.pairs) {
      const old = this.registry.multiOf(this.registry.sessionOfFlow(pair.flow))
      if (old === null || old === session) continue
      if (old.protocol === 'sctp' && old.state !== 'closed' && old.state !== 'failed') {
        old.state = old.state === 'opening' ? 'failed' : 'closed'
        old.closed = time
        old.closedWhy = 'a new association took its place'
        old.mark(time, 'closed', 2, -1, row, 'restarted: a new association between the same ports took its place')
      }
      this.registry.assign(pair.flow, session.number)
      this.registry.bindPair(pair.flow, pair)
    }
  }

  // ------------------------------------------------------------------ end

  /** An INIT that nobody answered for a minute has failed; an association silent for 24 h, or for 10 min with its heartbeats lost, is over. */
  sweep(now: number): void {
    for (let number = this.due.take(now); number !== null; number = this.due.take(now)) {
      const session = this.registry.multiOf(number)
      if (session === null || session.state === 'closed' || session.state === 'failed') continue
      const opening = session.state === 'opening'
      const soonest = session.last + (opening ? HANDSHAKE_IDLE : IDLE)
      const latest = session.last + SILENT
      // What is put back is due later than now, or this would not end.
      if (soonest > now) this.due.add(soonest, number)
      else if (!opening && latest > now && !session.probes.some((p) => p.passed < 0)) this.due.add(Math.min(now + IDLE, latest), number)
      else {
        session.state = opening ? 'failed' : 'closed'
        if (!opening) session.closedWhy = 'nothing more was heard of it'
        session.closed = session.last
        session.releaseDecided()
      }
    }
  }
}

/** how far apart a cumulative acknowledgement and the data it speaks of may be: first numbers are drawn from 32 bits (RFC 9260 section 5.3.1) */
const NEAR = 0x10000

/** Does what `sender` says answer what the other end of the association sent? */
function answers(session: MultiSession, sender: End, signal: Signal): boolean {
  if (signal.kind === SignalKind.ProbeAnswered) {
    const { match } = signal.detail as ProbeDetail
    return session.probes.some((probe) => probe.match === match && probe.by !== sender)
  }
  if (signal.kind !== SignalKind.Acknowledged) return false
  const { serial, seen } = session.direction((1 - sender) as End)
  return serial.known && Math.abs(serial.look(signal.unit) - seen.top) <= NEAR
}
