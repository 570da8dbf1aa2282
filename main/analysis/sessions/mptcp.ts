/**
 * MPTCP connections: subflows joined by token (RFC 8684 section 2.2). A join whose token is unknown makes a context of its own that is merged
 * when the token's key is seen; subflows met mid-capture are joined by their data sequence numbers. A join counts as a locator when its fourth
 * packet (or data) came; one that is reset before is refused. A connection that fell back runs on as TCP in the same session.
 */
import type {
  ClaimAnswerDetail,
  ClaimDetail,
  CloseDetail,
  OpenDetail,
  PreferDetail,
  ProbeDetail,
  VerifyDetail,
} from '../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, UnitSpace } from '../../../shared/signals.ts'
import { onAcknowledged, onPayload } from '../delivery.ts'
import { addEvidence } from '../evidence.ts'
import { addLocator, addPair, carriesPayload, heard, pairOf, verifyPair } from '../locators.ts'
import { ADDRESS } from '../mark-log.ts'
import type { End, Pair } from '../model.ts'
import { SECOND } from '../model.ts'
import type { MultiSession } from '../multi-session.ts'
import { answerClaim } from './claims.ts'
import type { Contexts, PacketOutcome } from './contexts.ts'
import { onAnnounced, onPriority, onRemoved } from './mptcp-addresses.ts'
import { endConnection, fallBack, NOTHING_ELSE, onClosed, outlives } from './mptcp-close.ts'
import { mergeConnections } from './mptcp-merge.ts'
import type { Registry } from './registry.ts'
import { initiatorIsA } from './tcp.ts'

const ALL_GONE = 60 * SECOND

export class MptcpContexts implements Contexts {
  /** token to the connection and the endpoint that it names */
  private readonly byToken = new Map<number, { session: MultiSession; end: End }>()
  /** connections of which no handshake was seen, to be tied together by data sequence numbers */
  private readonly loose: MultiSession[] = []
  /** youngest connections that were seen from their beginning: a join to one may be missing from the capture */
  private readonly whole: MultiSession[] = []

  /** connections that may be left without an open subflow */
  private readonly gone = new Set<MultiSession>()

  constructor(private readonly registry: Registry) {
    registry.canForget('mptcp', (session) => this.forget(session))
  }

  /** Is this plain-TCP signal about a flow of an MPTCP session (that fell back)? */
  owns(flow: number): boolean {
    return this.registry.pairOfFlow(flow)?.session.protocol === 'mptcp'
  }

  on(signal: Signal, outcome: PacketOutcome): void {
    const { flow, time } = signal
    outcome.session = null
    if (flow < 0) return
    let pair = this.registry.pairOfFlow(flow)
    let session = pair?.session ?? null
    const opening = signal.kind === SignalKind.Opening && (signal.detail as OpenDetail).step === 1
    if (opening && pair !== null && pair.closedAt !== null) session = null
    if (session === null || pair === null) {
      const made = this.begin(signal)
      if (made === null) return
      session = made.session
      pair = made.pair
      this.registry.bindPair(flow, pair)
    }
    outcome.session = session
    const sender: End = (signal.direction === 0) === pair.initiatorIsA ? 0 : 1
    outcome.sender = sender
    if (signal.protocol === SignalProtocol.Tcp && !session.fallback && session.pairs.length === 1)
      fallBack(session, pair, sender, signal, null)
    heard(session, pair, sender, time, signal.hopLimit, signal.interface)
    this.take(session, pair, sender, signal, outcome)
  }

  /** The session and pair of a flow that has none yet. */
  private begin(signal: Signal): { session: MultiSession; pair: Pair } | null {
    const { flow, direction, time, row, kind } = signal
    // The opening itself follows in the same packet.
    if (kind === SignalKind.Probed || kind === SignalKind.Preferred) return null
    const detail = kind === SignalKind.Opening || kind === SignalKind.Opened ? (signal.detail as OpenDetail) : null
    const opening = detail?.step === 1
    const answer = detail?.step === 2
    const openerIsA = initiatorIsA(this.registry, flow, direction, opening, answer)
    if (detail !== null && detail.joinToken !== null && (opening || answer)) return this.join(signal, detail, openerIsA)
    const index = this.registry.lightOf(this.registry.sessionOfFlow(flow))
    let session: MultiSession | null
    if (index >= 0 && !opening) session = this.registry.promote(index, 'mptcp')
    else session = this.registry.addMulti('mptcp', time, row)
    if (session === null) return null
    const flows = this.registry.flows
    const a = flows.portA[flow] as number
    const b = flows.portB[flow] as number
    session.ports = openerIsA ? [a, b] : [b, a]
    const pair = addPair(session, flows, flow, openerIsA, 0, time, row)
    if (pair === null) return null
    this.registry.assign(flow, session.number)
    // The answer to a join that was not seen does not name its connection.
    const joined = answer && detail.message.startsWith('MP_JOIN')
    const list = joined || (!opening && !answer) ? this.loose : this.whole
    list.push(session)
    if (list.length > 32) list.shift()
    session.midCapture = list === this.loose
    if (!opening && !answer) {
      session.state = 'established'
      pair.state = 'active'
      session.mark(time, 'opened', -1, pair.index, row, 'already running when the capture began')
    }
    return { session, pair }
  }

  private join(signal: Signal, detail: OpenDetail, openerIsA: boolean): { session: MultiSession; pair: Pair } | null {
    const { flow, time, row } = signal
    const flows = this.registry.flows
    const token = detail.joinToken as number
    const known = this.byToken.get(token)
    let session: MultiSession | null
    let opener: End
    if (known !== undefined) {
      this.absorb(flow, known.session)
      session = known.session
      opener = (1 - known.end) as End
    } else {
      session = this.registry.addMulti('mptcp', time, row)
      if (session === null) return null
      session.midCapture = true
      opener = 0
      this.learn(session, 1, token)
      this.loose.push(session)
      if (this.loose.length > 32) this.loose.shift()
      const a = flows.portA[flow] as number
      const b = flows.portB[flow] as number
      session.ports = openerIsA ? [a, b] : [b, a]
    }
    const pair = addPair(session, flows, flow, openerIsA === (opener === 0), opener, time, row)
    if (pair === null) return null
    this.registry.assign(flow, session.number)
    return { session, pair }
  }

  /** What came on the subflow before its SYN was seen (a lost or reordered first copy) and tells of no data is no connection of its own. */
  private absorb(flow: number, into: MultiSession): void {
    const { flows } = this.registry
    const alike = (other: number): boolean => {
      const [a, b] = [flows.addressA[flow], flows.addressB[flow]]
      const straight = flows.addressA[other] === a && flows.portA[other] === flows.portA[flow]
      const crossed = flows.addressA[other] === b && flows.portA[other] === flows.portB[flow]
      if (straight) return flows.addressB[other] === b && flows.portB[other] === flows.portB[flow]
      return crossed && flows.addressB[other] === a && flows.portB[other] === flows.portA[flow]
    }
    for (const from of this.loose) {
      if (from === into || from.mergedInto >= 0 || from.tagKnown[0] || from.tagKnown[1]) continue
      if (from.pairs.every((p) => p.payloadUnits === 0 && alike(p.flow))) from.mergedInto = into.number
    }
  }

  private learn(session: MultiSession, end: End, token: number): void {
    if (session.tagKnown[end]) return
    const other = this.byToken.get(token)
    session.setTag(end, token)
    const endpoint = session.endpoints[end]
    endpoint.identifiers = endpoint.identifiers.concat({ kind: 'token', value: `0x${token.toString(16).padStart(8, '0')}` })
    if (other !== undefined && other.session !== session && other.session.midCapture && other.session.mergedInto < 0) {
      mergeConnections(this.registry, this.byToken, other.session, session, other.end === end)
      this.gone.add(session)
    }
    this.byToken.set(token, { session, end })
    if (this.byToken.size > 100_000) this.registry.flows.forgotten.drop(this.byToken, 'MPTCP tokens')
  }

  private forget(session: MultiSession): void {
    for (const end of [0, 1] as const) {
      const token = session.tag(end)
      if (session.tagKnown[end] && this.byToken.get(token)?.session === session) this.byToken.delete(token)
    }
    for (const list of [this.loose, this.whole]) {
      const at = list.indexOf(session)
      if (at >= 0) list.splice(at, 1)
    }
  }

  private take(session: MultiSession, pair: Pair, sender: End, signal: Signal, outcome: PacketOutcome): void {
    const { time, row } = signal
    switch (signal.kind) {
      case SignalKind.Payload:
        this.payload(session, pair, sender, signal, outcome)
        break
      case SignalKind.Acknowledged:
        this.confirm(session, pair, sender, time, row)
        if (signal.space === UnitSpace.Dsn || session.fallback || session.protocol === 'mptcp')
          onAcknowledged(session, sender, pair, signal)
        break
      case SignalKind.Opening:
      case SignalKind.Opened:
        this.handshake(session, pair, sender, signal, signal.detail as OpenDetail)
        break
      case SignalKind.Claimed: {
        const d = signal.detail as ClaimDetail
        onAnnounced(session, pair, sender, signal, d)
        break
      }
      case SignalKind.ClaimAnswered: {
        const d = signal.detail as ClaimAnswerDetail
        const claim = answerClaim(session, (1 - sender) as End, d, time)
        if (claim !== null) {
          const locator = addLocator(session, claim.by, claim.address, 'signalled', 'ADD_ADDR', claim.authentication, claim.time, claim.row)
          if (locator !== null && locator.port === null) locator.port = claim.port
          session.mark(time, 'claimed', sender, pair.index, row, `${d.message} for ${ADDRESS}`, claim.address)
        }
        break
      }
      case SignalKind.Withdrawn:
        onRemoved(session, pair, sender, signal, signal.detail as ClaimDetail)
        break
      case SignalKind.Preferred:
        onPriority(session, pair, sender, signal, signal.detail as PreferDetail)
        break
      case SignalKind.Probed:
        if (pair.state !== 'opening' || pair.openedRow === row) break
        session.mark(time, 'probed', sender, pair.index, row, `${(signal.detail as ProbeDetail).message} again`)
        break
      case SignalKind.ProbeAnswered:
        break
      case SignalKind.Verified: {
        const d = signal.detail as VerifyDetail
        if (d.authentication === 'AX') session.mark(time, 'refused', sender, pair.index, row, `${d.message} with a wrong HMAC`)
        else if (d.message !== 'MP_JOIN ACK') this.accept(session, pair, d.message, time, row)
        break
      }
      case SignalKind.Closed:
      case SignalKind.Refused:
        onClosed(session, pair, sender, signal, signal.detail as CloseDetail)
        if (allGone(session)) this.gone.add(session)
        break
      case SignalKind.Fallback: {
        const message = (signal.detail as { message: string }).message
        fallBack(session, pair, sender, signal, message)
        break
      }
      case SignalKind.Noted:
        session.mark(time, 'other', sender, pair.index, row, (signal.detail as { message: string }).message)
        break
    }
  }

  // ------------------------------------------------------------------ handshake

  private handshake(session: MultiSession, pair: Pair, sender: End, signal: Signal, d: OpenDetail): void {
    const { time, row } = signal
    if (d.senderToken !== null) this.learn(session, sender, d.senderToken)
    if (d.receiverToken !== null && d.joinToken === null) this.learn(session, (1 - sender) as End, d.receiverToken)
    if (d.step === 0) return
    if (d.addressId !== null) pair.addressId[sender] = d.addressId
    // Only the first message of a join names its connection.
    const join = d.joinToken !== null || d.message.startsWith('MP_JOIN')
    const path = session.paths[pair.path] as { ends: [number, number] }
    if (d.step === 1) {
      if (pair.openedRow !== row) {
        pair.openRepeated = true
        addEvidence(session, {
          class: 'transport',
          what: 'handshake-retry',
          path: pair.path,
          time,
          until: time,
          count: 1,
          by: sender,
          rows: [row],
          text: `${d.message} sent again`,
        })
        return
      }
      if (d.backup) pair.backup = true
      session.mark(time, join ? 'probed' : 'opened', sender, pair.index, row, d.backup ? `${d.message}, as backup` : d.message)
      if (!join) {
        session.setStepTime(0, time)
        addLocator(session, 0, path.ends[0], 'initial', d.message, 'A1', time, row)
        addLocator(session, 1, path.ends[1], 'initial', d.message, 'A0', time, row)
      }
      return
    }
    if (d.step === 2) {
      if (d.backup) pair.backup = true
      if (pair.answeredAt === null) {
        pair.answeredAt = time
        const trip = time - pair.openedAt
        // Of a handshake whose first step was sent again nobody knows which copy was answered (Karn's rule, RFC 6298 section 3).
        if (trip > 0 && trip < 3 * SECOND && !pair.openRepeated) {
          pair.rtt = trip
          if (!session.rttKnown) session.rtt = Math.max(1e5, trip)
        }
        session.mark(time, join ? 'probed' : 'opened', sender, pair.index, row, d.message)
      }
      if (!join) session.setStepTime(1, time)
      return
    }
    if (pair.state !== 'opening') return
    pair.confirmedAt = time
    if (join) {
      pair.state = 'confirming'
      return
    }
    session.setStepTime(2, time)
    session.mark(time, 'opened', sender, pair.index, row, d.message)
    pair.state = pair.backup ? 'backup' : 'active'
    if (session.state === 'opening') session.state = 'established'
    verifyPair(session, pair, session.fallback ? 'TCP handshake' : 'MP_CAPABLE handshake', time, row)
  }

  /** Something of the responder of a join after the third step: the join holds. */
  private confirm(session: MultiSession, pair: Pair, sender: End, time: number, row: number): void {
    if (pair.state === 'confirming' && sender !== pair.opener && time > (pair.confirmedAt ?? time))
      this.accept(session, pair, 'MP_JOIN accepted', time, row)
  }

  private accept(session: MultiSession, pair: Pair, how: string, time: number, row: number): void {
    if (pair.state !== 'confirming' && pair.state !== 'opening') return
    pair.state = pair.backup ? 'backup' : 'active'
    if (session.state === 'opening') session.state = 'established'
    const path = session.paths[pair.path] as { ends: [number, number] }
    for (const end of [0, 1] as const) {
      const signal = end === pair.opener ? 'MP_JOIN' : null
      addLocator(session, end, path.ends[end], end === pair.opener ? 'signalled' : 'observed', signal, 'A3u', pair.openedAt, pair.openedRow)
    }
    verifyPair(session, pair, how, time, row)
  }

  // ------------------------------------------------------------------ data

  private payload(session: MultiSession, pair: Pair, sender: End, signal: Signal, outcome: PacketOutcome): void {
    const { time, row } = signal
    // It goes on after all.
    if (session.state === 'closed' && session.closedWhy.endsWith(NOTHING_ELSE)) {
      session.state = 'established'
      session.closed = null
      session.closedWhy = ''
    }
    if (sender !== pair.opener) this.confirm(session, pair, sender, time, row)
    // Data waits for the responder's answer to the third step (RFC 8684 section 3.2), which a capture of one direction does not have.
    if (pair.state === 'confirming' && session.midCapture && sender === pair.opener)
      this.accept(session, pair, 'data after MP_JOIN', time, row)
    if (pair.state === 'opening' && session.midCapture) pair.state = 'active'
    let live = session
    let livePair: Pair | null = pair
    if (signal.space === UnitSpace.Dsn && session.midCapture && !session.direction(sender).serial.known) {
      this.tie(session, pair, sender, signal)
      live = this.registry.multiOf(this.registry.sessionOfFlow(signal.flow)) ?? session
      if (live !== session) livePair = pairOf(live, signal.flow)
      if (livePair === null) return
    }
    const end: End = (signal.direction === 0) === livePair.initiatorIsA ? 0 : 1
    outcome.session = live
    if (signal.space === UnitSpace.Dsn || live.fallback) {
      if (onPayload(live, end, livePair, signal)) outcome.retransmitted = true
      else outlives(live, time, end, livePair.index, row)
    } else {
      // No mapping known: bytes of the subflow that cannot be placed in the connection's data.
      livePair.payloadBytes += signal.bytes
      livePair.payloadUnits++
      livePair.activity.add(time, signal.bytes)
    }
    if (livePair.state !== 'confirming' && livePair.state !== 'opening') carriesPayload(live, livePair, time, row)
  }

  /** Mid-capture: a subflow whose data sequence numbers continue those of another connection between the same hosts belongs to it. */
  private tie(session: MultiSession, pair: Pair, sender: End, signal: Signal): void {
    for (const other of [...this.loose, ...this.whole]) {
      if (other === session || other.mergedInto >= 0 || other.state === 'closed' || other.state === 'failed') continue
      const shared = other.paths.some((p) => {
        const own = session.paths[pair.path] as { ends: [number, number] }
        return p.ends.some((e) => own.ends.includes(e))
      })
      if (!shared || other.ports[1] !== session.ports[1]) continue
      const direction = other.directions[sender]
      if (!direction.serial.known) continue
      const distance = Math.abs(direction.serial.look(signal.unit) - direction.seen.top)
      // a connection with its handshake has less to be guessed
      if (distance > (other.midCapture ? 0x1000000 : 0x400000)) continue
      mergeConnections(this.registry, this.byToken, session, other, true)
      this.gone.add(other)
      return
    }
  }

  // ------------------------------------------------------------------ end

  /** All subflows gone for 60 s: the connection is over (rehoming.md section 2). */
  sweep(now: number): void {
    for (const session of this.gone) {
      const over = session.state === 'closed' || session.state === 'failed' || this.registry.gone(session.number)
      if (over || !allGone(session)) this.gone.delete(session)
      else if (now - session.last >= ALL_GONE) {
        endConnection(session, session.last, 'all subflows gone')
        session.releaseDecided()
        this.gone.delete(session)
      }
    }
  }
}

function allGone(session: MultiSession): boolean {
  return session.pairs.every((pair) => pair.closedAt !== null)
}
