/**
 * T-EXHAUST: very many handshakes begun with one target and hardly any completed (threats.md 4). One target is an address, port and protocol;
 * a start counts once for its own tag or flow. Said only when the target answers: a server that is down gets unanswered requests too.
 * A target in distress (a harder puzzle, cookies, a retry, no resources left) makes it worse. Besides: work that is asked for and thrown away: wrong
 * solutions of puzzles to one host (RFC 7401 section 4.1.2), signatures of HIP and SEND that are wrong (RFC 7401 section 6.4.2, RFC 3971), Binding Errors that one host has to send (RFC 6275 section 9.3.3), first messages of
 * IKEv2 that leave out the cookie which their receiver asks for (RFC 7296 section 2.6). Tests of Mobile IPv6 (HoTI, CoTI) are starts that a
 * Binding Update completes.
 * Bounded: MAX_TARGETS targets, 60 one-second bins each, MAX_KEYS starts that are told apart.
 */
import type { ClaimAnswerDetail, ClaimDetail, CloseDetail, NoteDetail, OpenDetail, ProbeDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, ruledOut } from '../judge.ts'
import { Places } from '../places.ts'
import type { Surroundings } from '../watch.ts'

const MAX_TARGETS = 2_000
const MAX_KEYS = 20_000
const SECONDS = 60
const HALF_OPEN = 100
const MANY_HALF_OPEN = 1_000
const COMPLETE_MIN = 0.1
const START_RATE = 20
const RATE_SECONDS = 3
const SECOND = 1e9
const DISTRESS_TIME = 60 * SECOND
const WRONG_WORK = 10
const ERRORS_SENT = 20
/** what the dissector of HIP notes of a packet whose key is known */
const BAD_SIGNATURE = 'the signature is not of the key that signed before'
/** status of a Binding Acknowledgement: insufficient resources (RFC 6275 section 6.1.8) */
const NO_RESOURCES = 130
/** plain TCP has its own defences and is not a rule of multihoming */
const COUNTED: readonly SignalProtocol[] = [
  SignalProtocol.Sctp,
  SignalProtocol.Mptcp,
  SignalProtocol.Hip,
  SignalProtocol.Shim6,
  SignalProtocol.Ikev2,
  SignalProtocol.Quic,
  SignalProtocol.Mip6,
]
const isCounted = Array.from({ length: 64 }, (_, protocol) => COUNTED.includes(protocol))

interface Target {
  address: number
  port: number
  /** by second: handshakes begun, and SECONDS further on those completed */
  bins: Uint32Array
  started: number
  completed: number
  answers: number
  second: number
  /** what tells one start from another, and the flows whose handshake was completed */
  begun: Set<string>
  over: Set<number> | null
  rows: number[]
  sources: Set<number>
}

export class Exhaustion {
  /** by address, port and protocol */
  private readonly places = new Places()
  private readonly targets: (Target | null)[] = []
  /** bins of targets that were forgotten, to be used again: most targets are short-lived */
  private readonly spare: Uint32Array[] = []
  /** by address: the last sign of distress */
  private readonly distress = new Map<number, { time: number; row: number; words: string }>()
  /** by address: first messages with a cookie, while it asks for them */
  private readonly cookies = new Map<number, number>()
  /** by kind and address: times and rows of the last second */
  private readonly work = new Map<string, { time: number; row: number }[]>()

  constructor(private readonly around: Surroundings) {}

  opening(signal: Signal, detail: OpenDetail): void {
    if (signal.flow < 0 || isCounted[signal.protocol] !== true) return
    const { flows } = this.around
    const asks = signal.kind === SignalKind.Opening && detail.step === 1
    const answers = signal.kind === SignalKind.Opening && detail.step === 2
    const done = signal.kind === SignalKind.Opened || (signal.kind === SignalKind.Opening && detail.step >= 3)
    // Of a later step only the first in each handshake counts as its completion.
    if (!asks && !answers && !done) return
    const step = asks ? 1 : answers ? 2 : 3
    if (asks && signal.protocol === SignalProtocol.Ikev2) this.withoutCookie(signal, detail, flows.receiver(signal.flow, signal.direction))
    const target = this.target(signal, asks, (detail.step & 1) === 1)
    if (target === null) return
    const own = asks ? `${signal.flow}|${detail.initiateTag ?? ''}|${detail.sender.map((one) => one.value).join()}` : ''
    this.count(target, signal, step, detail.message, own)
  }

  /** The one that a packet is about; made with a first start. `initiator`: the packet comes from who began. */
  private target(signal: Signal, asks: boolean, initiator: boolean): Target | null {
    const { flows } = this.around
    const address = initiator ? flows.receiver(signal.flow, signal.direction) : flows.sender(signal.flow, signal.direction)
    const toB = address === flows.addressB[signal.flow]
    const port = (toB ? flows.portB[signal.flow] : flows.portA[signal.flow]) as number
    const key = (address * 65_536 + port) * 64 + signal.protocol
    const place = this.places.of(key)
    if (place >= 0) return this.targets[place] as Target
    if (!asks || this.around.flows.forgotten.full(this.places.size, MAX_TARGETS, 'handshakes by their target')) return null
    const target: Target = {
      address,
      port,
      bins: this.spare.pop() ?? new Uint32Array(2 * SECONDS),
      started: 0,
      completed: 0,
      answers: 0,
      second: Math.floor(signal.time / SECOND),
      begun: new Set(),
      over: null,
      rows: [],
      sources: new Set(),
    }
    this.targets[this.places.enter(key)] = target
    return target
  }

  /** `own`: what tells one start from another. */
  private count(target: Target, signal: Signal, step: 1 | 2 | 3, message: string, own: string): void {
    this.turn(target, Math.floor(signal.time / SECOND))
    const bin = target.second % SECONDS
    if (step === 1) {
      if (target.begun.has(own)) return
      if (target.begun.size + (target.over?.size ?? 0) >= MAX_KEYS) {
        target.begun.clear()
        target.over = null
      }
      target.begun.add(own)
      target.bins[bin] = (target.bins[bin] as number) + 1
      target.started++
      if (target.sources.size < 1_000) target.sources.add(this.around.flows.sender(signal.flow, signal.direction))
      if (target.rows.length < 20) target.rows.push(signal.row)
      this.judge(target, signal, message)
    } else if (step === 2) target.answers++
    else if (target.over?.has(signal.flow) !== true) {
      target.over ??= new Set()
      target.over.add(signal.flow)
      target.bins[SECONDS + bin] = (target.bins[SECONDS + bin] as number) + 1
      target.completed++
    }
  }

  private step(signal: Signal, step: 1 | 2 | 3, message: string, own: string): void {
    const target = this.target(signal, step === 1, step !== 2)
    if (target !== null) this.count(target, signal, step, message, own)
  }

  /** Its receiver asks for cookies: who goes on without one makes it work. New clients do so once each and come back with it. */
  private withoutCookie(signal: Signal, detail: OpenDetail, address: number): void {
    const sign = this.distress.get(address)
    if (sign === undefined || sign.words !== 'COOKIE' || signal.time - sign.time > DISTRESS_TIME) return
    if (detail.capabilities?.includes('cookie') === true) {
      this.around.flows.forgotten.room(this.cookies, MAX_TARGETS, 'cookies of IKEv2')
      this.cookies.set(address, signal.time)
    } else if (signal.time - (this.cookies.get(address) ?? -SECOND) >= SECOND)
      this.wasted(signal, address, WRONG_WORK, 'first messages without the cookie that it asks for were sent to', 'is sent')
  }

  /** A test of return routability is begun, or answered: state and cookies of the correspondent (RFC 6275 section 5.2). */
  tested(signal: Signal, { message, match }: ProbeDetail): void {
    if (signal.flow < 0 || signal.protocol !== SignalProtocol.Mip6) return
    if (message === 'HoTI' || message === 'CoTI') this.step(signal, 1, message, match)
    else if (message === 'HoT' || message === 'CoT') this.step(signal, 2, message, match)
  }

  /** An update completes what its tests began. */
  bound(signal: Signal, { message }: ClaimDetail): void {
    if (signal.flow >= 0 && signal.protocol === SignalProtocol.Mip6 && message === 'BU') this.step(signal, 3, message, '')
  }

  noted(signal: Signal, { message }: NoteDetail): void {
    if (signal.flow < 0) return
    const { flows } = this.around
    if (message.endsWith('the solution does not solve the puzzle'))
      this.wasted(
        signal,
        flows.receiver(signal.flow, signal.direction),
        WRONG_WORK,
        'wrong solutions of its puzzle were sent to',
        'is sent',
      )
    else if (message.endsWith(BAD_SIGNATURE)) this.badSignature(signal, flows.receiver(signal.flow, signal.direction))
    else if (message.includes('puzzle difficulty rises') || message === 'COOKIE' || message === 'Retry') this.distressed(signal, message)
  }

  /** Signatures cost their receiver a hundred times what a wrong one costs its sender. */
  badSignature(signal: Signal, receiver: number): void {
    this.wasted(signal, receiver, WRONG_WORK, 'messages with a wrong signature were sent to', 'is sent')
  }

  ended(signal: Signal, { message, cause }: CloseDetail): void {
    if (signal.flow < 0) return
    if (signal.protocol === SignalProtocol.Mip6 && message === 'BE')
      this.wasted(signal, this.around.flows.sender(signal.flow, signal.direction), ERRORS_SENT, 'Binding Errors had to be sent by', 'sends')
    else if (cause !== null && /out of resource|responder[ _]busy/i.test(cause)) this.distressed(signal, cause)
  }

  refused(signal: Signal, { code, cause }: ClaimAnswerDetail): void {
    if (signal.flow >= 0 && signal.protocol === SignalProtocol.Mip6 && code === NO_RESOURCES)
      this.distressed(signal, cause ?? 'insufficient resources')
  }

  private distressed(signal: Signal, words: string): void {
    const address = this.around.flows.sender(signal.flow, signal.direction)
    if (this.distress.size >= MAX_TARGETS) this.around.flows.forgotten.drop(this.distress, 'signs of distress')
    this.distress.delete(address)
    this.distress.set(address, { time: signal.time, row: signal.row, words })
  }

  /** Work that one host is made to do again and again within a second. */
  private wasted(signal: Signal, address: number, many: number, words: string, verb: string): void {
    const key = `${words}|${address}`
    const list = (this.work.get(key) ?? []).filter((one) => signal.time - one.time < SECOND)
    list.push({ time: signal.time, row: signal.row })
    if (this.work.size >= MAX_TARGETS) this.around.flows.forgotten.drop(this.work, 'hosts that are kept busy')
    this.work.set(key, list)
    if (list.length < many) return
    const { ledger, flows } = this.around
    const text = flows.addresses.text(address)
    ledger.add({
      rule: 'T-EXHAUST',
      severity: 'medium',
      confidence: 60,
      time: signal.time,
      session: -1,
      title: `${text} is kept busy with work that leads to nothing`,
      detail: `Within a second ${list.length} ${words} ${text}.`,
      claimant: -1,
      victim: address,
      rows: list.slice(-20).map((one) => one.row),
      checks: [ruledOut('a single peer that is out of step', `${text} ${verb} ${list.length} within a second`)],
      reference: referenceOf('T-EXHAUST'),
      about: key,
    })
  }

  /** A target without a start for as long as its bins reach would begin anew: it is forgotten. */
  sweep(now: number): void {
    this.places.each((place, key) => {
      const target = this.targets[place] as Target
      if (now / SECOND - target.second <= SECONDS) return
      this.places.leave(key)
      this.targets[place] = null
      this.spare.push(target.bins.fill(0))
    })
  }

  /** Empties the bins of seconds that were skipped. */
  private turn(target: Target, second: number): void {
    const skipped = Math.min(SECONDS, second - target.second)
    for (let i = 1; i <= skipped; i++) {
      const bin = (target.second + i) % SECONDS
      target.started -= target.bins[bin] as number
      target.completed -= target.bins[SECONDS + bin] as number
      target.bins[bin] = 0
      target.bins[SECONDS + bin] = 0
    }
    if (skipped >= SECONDS) {
      target.answers = 0
      target.rows = []
      target.sources.clear()
    }
    target.second = Math.max(target.second, second)
  }

  private judge(target: Target, signal: Signal, message: string): void {
    const { started: starts, completed: completions } = target
    const halfOpen = starts - completions
    if (halfOpen <= HALF_OPEN || completions >= starts * COMPLETE_MIN || target.answers === 0) return
    for (let i = 1; i <= RATE_SECONDS; i++) {
      const before = target.second - i
      if (before < 0 || (target.bins[before % SECONDS] as number) < START_RATE) return
    }
    const { ledger, flows } = this.around
    const name = `${flows.addresses.text(target.address)}${target.port > 0 ? ` port ${target.port}` : ''}`
    const sign = this.distress.get(target.address)
    const distress = sign !== undefined && signal.time - sign.time <= DISTRESS_TIME
    ledger.add({
      rule: 'T-EXHAUST',
      severity: halfOpen > MANY_HALF_OPEN || distress ? 'high' : 'medium',
      confidence: 60,
      time: signal.time,
      session: -1,
      title: `Handshakes are begun with ${name} and hardly ever completed`,
      detail: `Within a minute ${starts} handshakes (${message}) from ${target.sources.size} addresses were begun with ${name}; ${completions} were completed, ${halfOpen} are half open.${distress ? ` The target defends itself: '${sign.words}'.` : ''}`,
      claimant: -1,
      victim: target.address,
      rows: [signal.row, ...(distress ? [sign.row] : []), ...target.rows],
      checks: [
        ruledOut('many clients at once', `only ${completions} of ${starts} handshakes were completed`),
        ruledOut('one client that repeats itself', 'every start has a tag or port of its own'),
        ruledOut('the server is down', `it answered ${target.answers} times`),
        check('the completions take another way', null),
      ],
      reference: referenceOf('T-EXHAUST'),
      about: `${signal.protocol}|${target.address}|${target.port}`,
    })
  }
}
