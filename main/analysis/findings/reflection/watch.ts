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
import type { MultiSession } from '../../model.ts'
import type { Surroundings, Watch, WatchMaker } from '../watch.ts'
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

  on(signal: Signal, session: MultiSession | null): void {
    switch (signal.kind) {
      case SignalKind.Opening: {
        const detail = signal.detail as OpenDetail
        this.twoAnswers.opening(signal, detail)
        this.exhaustion.opening(signal, detail)
        this.downgrade.opening(signal, detail)
        if (detail.step === 1) this.reflector.request(signal, detail.message)
        else if (detail.step >= 3) this.reflector.followed(signal)
        return
      }
      case SignalKind.Opened:
        this.exhaustion.opening(signal, signal.detail as OpenDetail)
        this.reflector.followed(signal)
        return
      case SignalKind.Closed:
      case SignalKind.Refused:
        if (signal.protocol === SignalProtocol.Tcp) this.guessing.reset(signal, signal.detail as CloseDetail)
        else this.exhaustion.ended(signal, signal.detail as CloseDetail)
        // What the claimed source says against the answers it gets.
        this.reflector.rejected(signal.protocol, signal.flow, signal.direction, signal.hopLimit)
        return
      case SignalKind.Noted:
        this.exhaustion.noted(signal, signal.detail as NoteDetail)
        this.rewrites.noted(signal, signal.detail as NoteDetail)
        return
      case SignalKind.Claimed:
        this.rewrites.claimed(signal, signal.detail as ClaimDetail)
        this.exhaustion.bound(signal, signal.detail as ClaimDetail)
        return
      case SignalKind.Probed:
      case SignalKind.ProbeAnswered:
        this.exhaustion.tested(signal, signal.detail as ProbeDetail)
        return
      case SignalKind.Neighbour: {
        // Solicitations make their receiver check a signature before it answers.
        const { proof, target } = signal.detail as NeighbourDetail
        if (proof === 'wrong' && target !== undefined && target >= 0) this.exhaustion.badSignature(signal, target)
        return
      }
      case SignalKind.ClaimAnswered:
        this.exhaustion.refused(signal, signal.detail as ClaimAnswerDetail)
        return
      case SignalKind.Named: {
        const detail = signal.detail as NameDetail
        if (detail.service === 'dns' && detail.message === 'query') this.reflector.request(signal, 'DNS question')
        return
      }
      case SignalKind.IcmpError:
        this.errors.error(signal, session)
        this.downgrade.error(signal)
        // The quoted packet is the answer: its receiver is the claimed source.
        for (const protocol of ANSWERING) this.reflector.rejected(protocol, signal.flow, signal.direction ^ 1, signal.hopLimit)
    }
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
