/**
 * QUIC connections: known by the number that the dissector ties their connection ids to, whatever their addresses (RFC 9000 section 5.1). With
 * keys, payload is what STREAM and DATAGRAM frames carry and a path is verified by PATH_RESPONSE; without, payload is every short-header datagram
 * of 30 bytes or more but for what has the form of a path challenge (`quic-probing.ts`), and a path is verified by a round trip on it.
 * What a client tries anew after Version Negotiation is the same session (RFC 9000 section 6.2, RFC 9368 section 2.2).
 * A client that goes on from another port was given a new mapping by a translator: no move. Refuses claims that are not the server's. Bounded: 20,000 connections.
 */
import type {
  ClaimDetail,
  CloseDetail,
  IdentifyDetail,
  OpenDetail,
  PreferDetail,
  ProbeDetail,
  VerifyDetail,
} from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { onAcknowledged, onPayload } from '../delivery.ts'
import { addLocator, carriesPayload, findLocator, verifyPair } from '../locators.ts'
import { ADDRESS } from '../mark-log.ts'
import { BOTH, type End, type Pair, SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { noteClaim } from './claims.ts'
import type { ContextFamily, Contexts, PacketOutcome } from './contexts.ts'
import { onlyPortChanged, placed, placeOn } from './pairing.ts'
import { markProbe } from './probes.ts'
import { Probing } from './quic-probing.ts'
import type { Registry } from './registry.ts'
import { addIdentifiers, isOver, noteRebinding, reopen } from './sessions-by-id.ts'

const MAX_CONNECTIONS = 20_000
const MAX_NEGOTIATED = 1000
const NEXT_ATTEMPT = 5 * SECOND
/** A ClientHello may take several Initials. No sender gives up waiting for an answer that soon: before there is a round trip it assumes 333 ms. */
const FLIGHT = SECOND / 20
/** rehoming.md section 2; what the handshake agreed on instead is encrypted */
const IDLE = 30 * SECOND

interface Connection {
  session: MultiSession
  probing: Probing
  /** pair of the last data of each end */
  active: [Pair | null, Pair | null]
  /** the keys at hand opened some of it */
  readable: boolean
  /** time of the client's last Initial */
  lastInitial: number
  /** Clients answer one Retry, and pass further ones over (RFC 9000 section 17.2.5.2). */
  retry: 'none' | 'sent' | 'taken'
}

export const quicFamily: ContextFamily = {
  protocols: [SignalProtocol.Quic],
  make: (registry) => new QuicContexts(registry),
}

class QuicContexts implements Contexts {
  private readonly byContext = new Map<number, Connection>()
  /** attempts that a server answered with its versions only, by their ends, until the client's next one */
  private readonly negotiated = new Map<string, { connection: Connection; time: number }>()
  private live: Connection[] = []
  private dropped = 0

  constructor(private readonly registry: Registry) {
    registry.canForget('quic')
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    outcome.session = null
    const { flow, context, kind, time, row } = signal
    if (flow < 0 || context === 0) return
    const known = this.byContext.get(context)
    const connection = known === undefined || this.registry.gone(known.session.number) ? this.open(signal) : known
    if (connection === null) return
    const { session } = connection
    const sender: End = signal.side === 1 ? 1 : 0
    outcome.session = session
    outcome.sender = sender
    // Perhaps it moved, perhaps it did not: the datagram stays UDP's.
    if (kind === SignalKind.Noted && this.registry.pairOfFlow(flow)?.session !== session && session.pairs.length > 0) {
      session.mark(time, 'other', sender, -1, row, (signal.detail as { message: string }).message)
      return
    }
    const pair = placeOn(this.registry, session, sender, signal)
    if (pair === null) return
    if (placed.fresh && session.pairs.length > 1 && kind !== SignalKind.Identified) this.further(connection, pair, sender, signal)
    if (session.state === 'closed' && kind === SignalKind.Payload && reopen(session)) this.live.push(connection)
    this.take(connection, pair, sender, signal, outcome)
  }

  private open(signal: Signal): Connection | null {
    const { kind, context, time, row } = signal
    if (kind === SignalKind.Noted) return null
    const handshake = kind === SignalKind.Opening || kind === SignalKind.Opened ? (signal.detail as OpenDetail).step : 0
    const earlier = handshake === 1 ? this.attemptBefore(signal) : null
    if (earlier !== null) {
      this.byContext.set(context, earlier)
      return earlier
    }
    const session = this.registry.addMulti('quic', time, row)
    if (session === null) return null
    if (handshake === 0 || handshake > 2) {
      session.midCapture = true
      session.state = 'established'
      session.mark(time, 'opened', -1, 0, row, 'already running when the capture began')
    }
    session.oneAtATime = true
    const connection: Connection = {
      session,
      probing: new Probing(),
      active: [null, null],
      readable: false,
      lastInitial: -1,
      retry: 'none',
    }
    this.byContext.delete(context)
    this.registry.flows.forgotten.room(this.byContext, MAX_CONNECTIONS, 'QUIC connections')
    this.byContext.set(context, connection)
    this.live.push(connection)
    return connection
  }

  /** The connection whose client was told the server's versions, and now comes with another one. */
  private attemptBefore(signal: Signal): Connection | null {
    const key = this.endsOf(signal)
    const found = this.negotiated.get(key)
    if (found === undefined) return null
    this.negotiated.delete(key)
    const { session } = found.connection
    if (signal.time - found.time > NEXT_ATTEMPT || this.registry.gone(session.number) || session.state !== 'opening') return null
    session.setStepTime(0, -1)
    session.turnedAway = null
    session.mark(signal.time, 'opened', 0, 0, signal.row, 'tried anew with another version, after Version Negotiation')
    return found.connection
  }

  /** Client, server and the server's port: a client may well take another port of its own. */
  private endsOf({ flow, direction, side }: Signal): string {
    const { flows } = this.registry
    const clientDirection = side === 0 ? direction : direction ^ 1
    const port = clientDirection === 0 ? flows.portB[flow] : flows.portA[flow]
    return `${flows.sender(flow, clientDirection)} ${flows.receiver(flow, clientDirection)} ${port}`
  }

  /** A packet on a pair that the connection did not use: a new mapping of a translator, or the beginning of a move. */
  private further(connection: Connection, pair: Pair, sender: End, signal: Signal): void {
    const { session } = connection
    const { time, row } = signal
    const before = connection.active[0] ?? connection.active[1]
    if (before === null) return
    if (onlyPortChanged(this.registry, before, pair)) {
      noteRebinding(this.registry, session, sender, before, pair, time, row)
      return
    }
    // A client that proves another address of its own means to use it (RFC 9000 section 9.1); a translator's victim knows nothing of it.
    const challenge = signal.kind === SignalKind.Probed || Probing.looksLikeChallenge(signal)
    const address = pair.way.ends[0]
    if (!challenge || sender === 1 || address === before.way.ends[0]) return
    const detail = signal.kind === SignalKind.Probed ? (signal.detail as ProbeDetail) : FORM
    noteClaim(session, 0, pair, signal, {
      what: 'add',
      address,
      addressId: null,
      serial: null,
      correlation: null,
      authentication: detail.authentication,
      message: `${detail.message} from another address`,
      port: null,
      wildcard: false,
    })
  }

  private take(connection: Connection, pair: Pair, sender: End, signal: Signal, outcome: PacketOutcome): void {
    const { session } = connection
    const { time, row } = signal
    switch (signal.kind) {
      case SignalKind.Payload:
        this.payload(connection, pair, sender, signal, outcome)
        break
      case SignalKind.Acknowledged:
        onAcknowledged(session, sender, pair, signal)
        break
      case SignalKind.Opening:
      case SignalKind.Opened:
        this.handshake(connection, pair, sender, signal, signal.detail as OpenDetail)
        break
      case SignalKind.Identified:
        this.identified(session, pair, sender, signal, signal.detail as IdentifyDetail)
        break
      case SignalKind.Claimed: {
        const d = signal.detail as ClaimDetail
        if (sender !== 1 || d.authentication === 'AX') break
        const known = findLocator(session, 1, d.address)
        addLocator(session, 1, d.address, d.how, d.message, d.authentication, time, row)
        if (known !== null) break
        session.mark(time, 'claimed', 1, pair.index, row, `${d.message} ${ADDRESS}`, d.address)
        this.note(session, pair, sender, signal, d)
        break
      }
      case SignalKind.Withdrawn:
        session.mark(
          time,
          'withdrawn',
          sender,
          pair.index,
          row,
          `${(signal.detail as ClaimDetail).message}: path ${(signal.detail as ClaimDetail).addressId}`,
        )
        break
      case SignalKind.Preferred: {
        const d = signal.detail as PreferDetail
        noteClaim(session, sender, pair, signal, {
          what: 'prefer',
          address: -1,
          addressId: d.addressId,
          serial: d.serial,
          correlation: null,
          authentication: d.authentication,
          message: d.message,
          port: null,
          wildcard: true,
        })
        session.mark(time, 'preferred', sender, pair.index, row, `${d.message}: path ${d.addressId}`)
        break
      }
      // A challenge tries a path out for a move; it is no heartbeat of the path in use, so a missing answer explains nothing.
      case SignalKind.Probed:
        markProbe(session, sender, pair, time, row, `${(signal.detail as ProbeDetail).message} sent`)
        break
      case SignalKind.Verified: {
        const d = signal.detail as VerifyDetail
        for (const end of [0, 1] as const) addLocator(session, end, pair.way.ends[end], 'observed', d.message, d.authentication, time, row)
        verifyPair(session, pair, `${d.message} came back`, time, row)
        if (pair.state === 'opening') pair.state = 'active'
        break
      }
      case SignalKind.Closed:
        this.close(session, pair, sender, signal, signal.detail as CloseDetail)
        break
      case SignalKind.Noted:
        // Clients pass it over once they have heard anything else (RFC 9000 section 6.2).
        if (
          sender === 1 &&
          session.state === 'opening' &&
          session.stepTime(1) < 0 &&
          (signal.detail as { message: string }).message === 'Version Negotiation'
        ) {
          this.registry.flows.forgotten.room(this.negotiated, MAX_NEGOTIATED, 'QUIC version negotiations')
          this.negotiated.set(this.endsOf(signal), { connection, time })
          session.turnedAway = { text: 'the responder speaks other versions only (Version Negotiation)', row }
        }
        if (connection.retry === 'none' && (signal.detail as { message: string }).message === 'Retry') {
          connection.retry = 'sent'
          this.answered(session, time)
        }
        if (sender === 1 && (signal.detail as { message: string }).message === 'disable_active_migration') session.boundRow = row
        session.mark(time, 'other', sender, pair.index, row, (signal.detail as { message: string }).message)
        break
    }
  }

  private note(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: ClaimDetail): void {
    noteClaim(session, sender, pair, signal, {
      what: 'add',
      address: d.address,
      addressId: null,
      serial: d.serial,
      correlation: d.correlation,
      authentication: d.authentication,
      message: d.message,
      port: d.port,
      wildcard: false,
    })
  }

  private handshake(connection: Connection, pair: Pair, sender: End, signal: Signal, d: OpenDetail): void {
    const { session } = connection
    const { time, row } = signal
    if (d.capabilities?.includes('multipath') === true) session.oneAtATime = false
    addIdentifiers(session, sender, d.sender)
    // What the client made up for its first Initial is nobody's id.
    if (d.step > 1) addIdentifiers(session, (1 - sender) as End, d.receiver)
    const words = d.step === 1 ? this.initial(connection, time) : (STEPS[d.step - 1] ?? d.message)
    session.mark(time, 'opened', sender, pair.index, row, words)
    const { ends } = pair.way
    if (d.step === 1) {
      addLocator(session, 0, ends[0], 'initial', d.message, 'A1', time, row)
      addLocator(session, 1, ends[1], 'initial', d.message, 'A0', time, row)
      return
    }
    if (d.step === 2) this.answered(session, time)
    for (const end of [0, 1] as const) addLocator(session, end, ends[end], 'initial', d.message, 'A1', time, row)
    if (d.step < 4 || isOver(session)) return
    session.state = 'established'
    pair.state = 'active'
    if (!session.midCapture) verifyPair(session, pair, 'handshake', time, row)
  }

  /** What one more Initial of the client is. Which of several that were sent again the server answered is not told. */
  private initial(connection: Connection, time: number): string {
    const { session, lastInitial } = connection
    connection.lastInitial = time
    if (session.stepTime(0) === -1) {
      session.setStepTime(0, time)
      return STEPS[0]
    }
    if (connection.retry === 'sent') {
      connection.retry = 'taken'
      return 'Initial sent anew, as the Retry asked'
    }
    if (time - lastInitial < FLIGHT) return 'another Initial of the same flight'
    session.setStepTime(0, -2)
    return 'Initial sent again'
  }

  /** The server's first answer, an Initial or a Retry. */
  private answered(session: MultiSession, time: number): void {
    if (session.stepTime(1) >= 0) return
    session.setStepTime(1, time)
    const first = session.stepTime(0)
    if (first >= 0 && !session.rttKnown) session.rtt = Math.max(1e5, time - first)
  }

  private identified(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: IdentifyDetail): void {
    addIdentifiers(session, sender, d.sender)
    if (d.authentication !== 'A0' || session.inferred?.includes(pair.index) === true) return
    session.inferred ??= []
    session.inferred.push(pair.index)
    session.mark(signal.time, 'other', sender, pair.index, signal.row, d.message)
  }

  private payload(connection: Connection, pair: Pair, sender: End, signal: Signal, outcome: PacketOutcome): void {
    const { session, probing } = connection
    const { time, row } = signal
    if (session.state === 'closed') return
    if (signal.space !== UnitSpace.Datagram) connection.readable = true
    session.sealed = !connection.readable
    if (signal.space === UnitSpace.Datagram && probing.isChallenge(sender, pair.index, connection.active[sender]?.index ?? -1, signal)) {
      markProbe(session, sender, pair, time, row, FORM.message)
      return
    }
    if (onPayload(session, sender, pair, signal)) outcome.retransmitted = true
    carriesPayload(session, pair, time, row)
    connection.active[sender] = pair
    if (pair.state === 'opening') pair.state = 'active'
    if (signal.space === UnitSpace.Datagram && pair.verifiedAt === null) this.seemsVerified(session, pair, sender, signal)
  }

  /** Without keys: the client sends on, a round trip after it was answered on this pair (threats.md 0.3). */
  private seemsVerified(session: MultiSession, pair: Pair, sender: End, signal: Signal): void {
    if (sender === 1) {
      pair.answeredAt ??= signal.time
      return
    }
    if (pair.answeredAt === null || signal.time - pair.answeredAt < session.rtt) return
    verifyPair(session, pair, 'sent on after an answer', signal.time, signal.row)
  }

  private close(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: CloseDetail): void {
    if (isOver(session)) return
    const why = d.cause === null ? '' : `: ${d.cause}`
    session.mark(signal.time, 'closed', sender, pair.index, signal.row, `${d.message}${why}`)
    session.state = session.state === 'opening' ? 'failed' : 'closed'
    session.closed = signal.time
    session.finished = BOTH
    session.closedWhy = `${d.message}${why}`
  }

  /** RFC 9000 section 10.1: what was silent for longer than the idle timeout is over, without a word. */
  sweep(now: number): void {
    if (this.dropped !== this.registry.dropped) {
      this.dropped = this.registry.dropped
      this.registry.forgetGone(this.byContext, (connection) => connection.session)
    }
    let kept = 0
    for (const connection of this.live) {
      const { session } = connection
      if (isOver(session)) continue
      if (now - session.last >= IDLE) {
        session.closedWhy = session.state === 'opening' ? '' : 'nothing for its idle timeout'
        session.state = session.state === 'opening' ? 'failed' : 'closed'
        session.closed = session.last
        session.release()
        continue
      }
      this.live[kept++] = connection
    }
    this.live.length = kept
  }
}

const FORM = { message: 'a datagram in the form of a path challenge or response', authentication: 'A1' } as const
const STEPS = [
  'Initial sent by the client',
  'Initial answered',
  'first 1-RTT packet of the client',
  'first 1-RTT packet of the server',
] as const
