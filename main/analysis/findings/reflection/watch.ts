/** Rules of handshakes, answers and errors that concern no single protocol: they share one look at every opening and every ICMP error. */
import type {
  ClaimAnswerDetail,
  ClaimDetail,
  CloseDetail,
  NameDetail,
  NeighbourDetail,
  NoteDetail,
  OpenDetail,
  ProbeDetail,
} from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { MultiSession } from '../../multi-session.ts'
import type { Surroundings, Taker, Watch, WatchMaker } from '../watch.ts'
import { Downgrade } from './downgrade.ts'
import { Exhaustion } from './exhaustion.ts'
import { ForgedErrors } from './icmp-error.ts'
import { Reflector } from './reflector.ts'
import { MessageRewrites } from './rewrites.ts'
import { TcpGuessing } from './tcp-guess.ts'
import { TwoAnswers } from './two-answers.ts'

const KINDS = [
  SignalKind.Opening,
  SignalKind.Opened,
  SignalKind.Closed,
  SignalKind.Refused,
  SignalKind.IcmpError,
  SignalKind.Named,
  SignalKind.Noted,
  SignalKind.Claimed,
  SignalKind.ClaimAnswered,
  SignalKind.Probed,
  SignalKind.ProbeAnswered,
  SignalKind.Neighbour,
]

class HandshakeWatch implements Watch {
  readonly kinds = KINDS.reduce((bits, kind) => bits | signalBit(kind), 0)
  private readonly twoAnswers: TwoAnswers
  private readonly exhaustion: Exhaustion
  private readonly reflector: Reflector
  private readonly errors: ForgedErrors
  private readonly guessing: TcpGuessing
  private readonly rewrites: MessageRewrites
  private readonly downgrade: Downgrade

  constructor(around: Surroundings) {
    this.twoAnswers = new TwoAnswers(around)
    this.exhaustion = new Exhaustion(around)
    this.reflector = new Reflector(around)
    this.errors = new ForgedErrors(around)
    this.guessing = new TcpGuessing(around)
    this.rewrites = new MessageRewrites(around)
    this.downgrade = new Downgrade(around)
  }

  taker(protocol: SignalProtocol, kind: SignalKind): Taker | null {
    // Only of Mobile IPv6 are tests, bindings and their answers work that can be wasted.
    const bindings = protocol === SignalProtocol.Mip6
    switch (kind) {
      case SignalKind.Opening:
        return (signal) => this.opening(signal, signal.detail as OpenDetail)
      case SignalKind.Opened:
        return (signal) => this.opened(signal, signal.detail as OpenDetail)
      case SignalKind.Closed:
      case SignalKind.Refused:
        return (signal) => this.ended(signal, signal.detail as CloseDetail)
      case SignalKind.Noted:
        return (signal) => this.noted(signal, signal.detail as NoteDetail)
      case SignalKind.Claimed:
        if (bindings) return (signal) => this.exhaustion.bound(signal, signal.detail as ClaimDetail)
        if (protocol !== SignalProtocol.Hip && protocol !== SignalProtocol.Sctp) return null
        return (signal) => this.rewrites.claimed(signal, signal.detail as ClaimDetail)
      case SignalKind.Probed:
      case SignalKind.ProbeAnswered:
        return bindings ? (signal) => this.exhaustion.tested(signal, signal.detail as ProbeDetail) : null
      case SignalKind.ClaimAnswered:
        return bindings ? (signal) => this.exhaustion.refused(signal, signal.detail as ClaimAnswerDetail) : null
      case SignalKind.Neighbour:
        return (signal) => this.neighbour(signal, signal.detail as NeighbourDetail)
      case SignalKind.Named:
        return (signal) => this.named(signal, signal.detail as NameDetail)
      case SignalKind.IcmpError:
        return (signal, session) => this.error(signal, session)
      default:
        return null
    }
  }

  private opening(signal: Signal, detail: OpenDetail): void {
    this.twoAnswers.opening(signal, detail)
    this.exhaustion.opening(signal, detail)
    this.downgrade.opening(signal, detail)
    if (detail.step === 1) this.reflector.request(signal, detail.message)
    else if (detail.step >= 3) this.reflector.followed(signal)
  }

  private opened(signal: Signal, detail: OpenDetail): void {
    this.exhaustion.opening(signal, detail)
    this.reflector.followed(signal)
  }

  private ended(signal: Signal, detail: CloseDetail): void {
    if (signal.protocol === SignalProtocol.Tcp) this.guessing.reset(signal, detail)
    else this.exhaustion.ended(signal, detail)
    // What the claimed source says against the answers it gets.
    this.reflector.rejected(signal.protocol, signal.flow, signal.direction, signal.hopLimit)
  }

  private noted(signal: Signal, detail: NoteDetail): void {
    this.exhaustion.noted(signal, detail)
    this.rewrites.noted(signal, detail)
  }

  /** Solicitations make their receiver check a signature before it answers. */
  private neighbour(signal: Signal, { proof, target }: NeighbourDetail): void {
    if (proof === 'wrong' && target !== undefined && target >= 0) this.exhaustion.badSignature(signal, target)
  }

  private named(signal: Signal, { service, message }: NameDetail): void {
    if (service === 'dns' && message === 'query') this.reflector.request(signal, 'DNS question')
  }

  private error(signal: Signal, session: MultiSession | null): void {
    this.errors.error(signal, session)
    this.downgrade.error(signal)
    // The quoted packet is the answer: its receiver is the claimed source.
    for (const protocol of ANSWERING) this.reflector.rejected(protocol, signal.flow, signal.direction ^ 1, signal.hopLimit)
  }

  sweep(now: number, final: boolean): void {
    this.errors.sweep(now, final)
    this.twoAnswers.sweep(now)
    this.reflector.sweep(now)
    this.exhaustion.sweep(now)
    this.rewrites.flush()
    this.downgrade.sweep(now)
  }
}

const ANSWERING = [
  SignalProtocol.Tcp,
  SignalProtocol.Sctp,
  SignalProtocol.Hip,
  SignalProtocol.Shim6,
  SignalProtocol.Ikev2,
  SignalProtocol.Quic,
  SignalProtocol.Lisp,
  SignalProtocol.Mip6,
  SignalProtocol.Dns,
]

export const HANDSHAKE_WATCH: WatchMaker = {
  rules: ['T-INITIAL-MITM', 'T-REWRITE', 'T-EXHAUST', 'T-REFLECT', 'T-REFLECT-AMP', 'T-ICMPERR', 'T-DOWNGRADE'],
  make: (around) => new HandshakeWatch(around),
}
