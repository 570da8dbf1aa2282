/**
 * T-INITIAL-MITM: one first step of a handshake, two answers that differ in what names the answerer (initial sequence number, tag, security
 * parameter index). Only a request that was seen once counts: a server without state may answer every copy of it differently.
 * Also T-REWRITE: the same first step seen on two interfaces with different addresses, which a translator in between has rewritten.
 * Bounded: MAX_OPEN handshakes that are under way.
 */
import type { OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { milliseconds } from '../../report/text.ts'
import { referenceOf } from '../catalogue.ts'
import { check, possible, ruledOut } from '../judge.ts'
import { Places, roomFor } from '../places.ts'
import type { Surroundings } from '../watch.ts'

const MAX_OPEN = 20_000
const OPEN_TIME = 10e9
const ANSWERS = 3e9
const COPY = 1e9
/** a first step that has no answer yet is sent again no sooner */
const LEAST_TIMER = 0.3e9

/** A handshake that is under way: one record of two cache lines each, by its place. */
const enum Open {
  Time = 0,
  Row = 1,
  Interface = 2,
  /** 1, or 2 for more */
  Requests = 3,
  /** initial sequence number of the request; NaN: the protocol has none that an answer repeats */
  Initial = 4,
  Answered = 5,
  /** of the first answer: what names the answerer where that is a number; texts are in `names` */
  Identity = 6,
  AnswerTime = 7,
  AnswerRow = 8,
  AnswerInterface = 9,
  AnswerHops = 10,
}
const OPEN = 16

/** A first step that a translator may repeat. */
const enum Step {
  Time = 0,
  Row = 1,
  Interface = 2,
  Source = 3,
  Destination = 4,
  Port = 5,
}
const STEP = 8

const enum Answered {
  Not = 0,
  Once = 1,
  Reported = 2,
}

export class TwoAnswers {
  /** by protocol and flow */
  private readonly open = new Places()
  private openings = new Float64Array(256 * OPEN)
  /** by place: texts that name the answerer */
  private readonly names = new Map<number, string>()
  /** the youngest first steps by protocol, initial number and port of the service */
  private readonly steps = new Places()
  private firsts = new Float64Array(256 * STEP)

  constructor(private readonly around: Surroundings) {}

  opening(signal: Signal, detail: OpenDetail): void {
    if (signal.flow < 0) return
    const key = signal.flow * 64 + signal.protocol
    if (detail.step === 1) {
      this.request(key, signal, detail)
      if (detail.initialUnit !== null && detail.initialUnit !== 0) this.rewritten(signal, detail)
    } else if (detail.step === 2) this.answered(key, signal, detail)
  }

  /** Handshakes and first steps whose time is over are forgotten: nothing would be compared with them any more. */
  sweep(now: number): void {
    this.open.leaveWhile((at) => {
      const over = now - (this.openings[at * OPEN + Open.Time] as number) > OPEN_TIME
      if (over) this.names.delete(at)
      return over
    })
    this.steps.leaveWhile((at) => now - (this.firsts[at * STEP + Step.Time] as number) > COPY)
  }

  private request(key: number, signal: Signal, detail: OpenDetail): void {
    const { open } = this
    let at = open.of(key)
    if (at >= 0) {
      if (signal.time - (this.openings[at * OPEN + Open.Time] as number) <= OPEN_TIME) {
        this.openings[at * OPEN + Open.Requests] = 2
        return
      }
      // Begun anew it is among the youngest.
      open.leave(key)
    } else if (open.size >= MAX_OPEN) {
      this.names.delete(open.dropOldest())
      this.around.flows.forgotten.note('open handshakes')
    }
    at = open.enter(key)
    this.openings = roomFor(this.openings, at * OPEN + OPEN - 1)
    if (this.names.size > 0) this.names.delete(at)
    const { openings } = this
    const record = at * OPEN
    openings[record + Open.Time] = signal.time
    openings[record + Open.Row] = signal.row
    openings[record + Open.Interface] = signal.interface
    openings[record + Open.Requests] = 1
    openings[record + Open.Initial] = detail.initialUnit ?? Number.NaN
    openings[record + Open.Answered] = Answered.Not
  }

  private answered(key: number, signal: Signal, detail: OpenDetail): void {
    const { openings } = this
    const at = this.open.of(key)
    const record = at * OPEN
    if (at < 0 || signal.time - (openings[record + Open.Time] as number) > OPEN_TIME) return
    const number = numberOf(signal, detail)
    const name = number === null ? nameOf(detail) : null
    if (name === '' || Number.isNaN(number)) return
    // An answer to something else: a firewall was captured on its inside, too.
    const initial = openings[record + Open.Initial] as number
    if (signal.protocol === SignalProtocol.Tcp && !Number.isNaN(initial) && signal.token !== initial) return
    const { time, row, hopLimit } = signal
    if (openings[record + Open.Answered] === Answered.Not) {
      openings[record + Open.Answered] = Answered.Once
      if (name === null) openings[record + Open.Identity] = number as number
      else this.names.set(at, name)
      openings[record + Open.AnswerTime] = time
      openings[record + Open.AnswerRow] = row
      openings[record + Open.AnswerInterface] = signal.interface
      openings[record + Open.AnswerHops] = hopLimit
      return
    }
    const same = name === null ? openings[record + Open.Identity] === number : this.names.get(at) === name
    if (same || (openings[record + Open.Requests] as number) > 1 || openings[record + Open.Answered] === Answered.Reported) return
    // A firewall between two interfaces may renumber: only answers on one link are compared.
    if (openings[record + Open.AnswerInterface] !== signal.interface || openings[record + Open.Interface] !== signal.interface) return
    if (time - (openings[record + Open.AnswerTime] as number) > ANSWERS) return
    openings[record + Open.Answered] = Answered.Reported
    const before = {
      identity: name === null ? words(signal.protocol, openings[record + Open.Identity] as number) : (this.names.get(at) as string),
      hopLimit: openings[record + Open.AnswerHops] as number,
      time: openings[record + Open.AnswerTime] as number,
      row: openings[record + Open.AnswerRow] as number,
    }
    const asked = { time: openings[record + Open.Time] as number, row: openings[record + Open.Row] as number }
    this.different(signal, detail, before, name ?? words(signal.protocol, number as number), asked)
  }

  private different(
    signal: Signal,
    detail: OpenDetail,
    before: { identity: string; hopLimit: number; time: number; row: number },
    identity: string,
    asked: { time: number; row: number },
  ): void {
    const { time, row, hopLimit } = signal
    const { flows, ledger, registry } = this.around
    const server = flows.sender(signal.flow, signal.direction)
    const client = flows.receiver(signal.flow, signal.direction)
    const hops = Math.abs(before.hopLimit - hopLimit)
    // The first answer may have been that late that a second request was on its way, which the capture need not have.
    const mayBeAgain = hops < 3 && time - asked.time >= LEAST_TIMER
    ledger.add({
      rule: 'T-INITIAL-MITM',
      severity: mayBeAgain ? 'low' : 'high',
      confidence: 55 + (hops >= 3 ? 15 : 0),
      time,
      session: registry.sessionOfFlow(signal.flow),
      title: `Two different answers to one ${detail.message.includes('SYN') ? 'connection request' : 'first step'} of ${flows.addresses.text(client)}`,
      detail: `${flows.addresses.text(client)} asked ${flows.addresses.text(server)} once; two ${detail.message} came back within ${milliseconds((time - before.time) / 1e6)} that name different answerers (${before.identity} and ${identity}).${hops >= 3 ? ` Their hop limits are ${before.hopLimit} and ${hopLimit}.` : ''}`,
      claimant: server,
      victim: client,
      rows: [before.row, row, asked.row],
      checks: [
        mayBeAgain
          ? possible('the request was sent again, and the capture has lost that')
          : ruledOut('the request was sent again', 'it was seen once, and answered before it would be'),
        ruledOut('one answer captured twice', 'the answers differ'),
        check(
          'a load balancer or several machines behind one address',
          hops < 3,
          hops >= 3 ? 'the answers came over paths of different length' : undefined,
        ),
      ],
      reference: referenceOf('T-INITIAL-MITM'),
      about: `${signal.protocol}|${signal.flow}`,
    })
  }

  private rewritten(signal: Signal, detail: OpenDetail): void {
    const { flows, ledger, site } = this.around
    const source = flows.sender(signal.flow, signal.direction)
    const destination = flows.receiver(signal.flow, signal.direction)
    const port = (signal.direction === 0 ? flows.portA[signal.flow] : flows.portB[signal.flow]) as number
    const service = (signal.direction === 0 ? flows.portB[signal.flow] : flows.portA[signal.flow]) as number
    // Only TCP, MPTCP and SCTP begin with such a number: 32 bits of it, 16 of the port and 5 of the protocol are exact.
    const key = ((detail.initialUnit as number) * 65_536 + service) * 32 + (signal.protocol & 31)
    const { steps } = this
    const before = steps.of(key)
    const known = before < 0 ? null : this.otherwise(before, signal)
    if (before >= 0) steps.leave(key)
    else if (steps.size >= MAX_OPEN) {
      steps.dropOldest()
      this.around.flows.forgotten.note('first steps of handshakes')
    }
    const record = steps.enter(key) * STEP
    this.firsts = roomFor(this.firsts, record + STEP - 1)
    const { firsts } = this
    firsts[record + Step.Time] = signal.time
    firsts[record + Step.Row] = signal.row
    firsts[record + Step.Interface] = signal.interface
    firsts[record + Step.Source] = source
    firsts[record + Step.Destination] = destination
    firsts[record + Step.Port] = port
    if (known === null || (known.source === source && known.destination === destination)) return
    const [one, two] = [known, { source, destination }].map(
      (step) => `${flows.addresses.text(step.source)} to ${flows.addresses.text(step.destination)}`,
    )
    const family = flows.addresses.size(known.source) !== flows.addresses.size(source)
    const kind = family ? 'NAT64' : known.port !== port ? 'NAPT' : flows.addresses.size(source) === 16 ? 'NPTv6' : 'NAT'
    const [from, to] = [site.nameOf(known.interface), site.nameOf(signal.interface)]
    ledger.add({
      rule: 'T-REWRITE',
      severity: 'info',
      confidence: 95,
      time: signal.time,
      session: -1,
      title: `A translator (${kind}) stands between ${from} and ${to}`,
      detail: `The same ${detail.message} is seen on ${from} as ${one} and on ${to} as ${two}: addresses are rewritten on the way.`,
      claimant: source,
      victim: -1,
      rows: [known.row, signal.row],
      checks: [ruledOut('two hosts that do the same', 'initial sequence number and port of the service are equal within a second')],
      reference: referenceOf('T-REWRITE'),
      about: `${kind}|${from}|${to}`,
    })
  }

  /** The first step in this place, when it was seen on another interface just before. */
  private otherwise(
    at: number,
    signal: Signal,
  ): { row: number; interface: number; source: number; destination: number; port: number } | null {
    const { firsts } = this
    const record = at * STEP
    if (firsts[record + Step.Interface] === signal.interface || signal.time - (firsts[record + Step.Time] as number) > COPY) return null
    return {
      row: firsts[record + Step.Row] as number,
      interface: firsts[record + Step.Interface] as number,
      source: firsts[record + Step.Source] as number,
      destination: firsts[record + Step.Destination] as number,
      port: firsts[record + Step.Port] as number,
    }
  }
}

/** What names the answerer, where that is a number; null: a text does, NaN: the message says nothing that would. */
function numberOf(signal: Signal, detail: OpenDetail): number | null {
  if (signal.protocol === SignalProtocol.Sctp) return detail.initiateTag ?? Number.NaN
  if (signal.protocol === SignalProtocol.Tcp || signal.protocol === SignalProtocol.Mptcp) return detail.initialUnit ?? Number.NaN
  return null
}

function words(protocol: SignalProtocol, identity: number): string {
  return protocol === SignalProtocol.Sctp ? `tag 0x${identity.toString(16)}` : `initial sequence number ${identity}`
}

/** '' when the message names nobody. */
function nameOf(detail: OpenDetail): string {
  const parts = detail.sender.filter((one) => one.kind !== 'port' && one.kind !== 'opportunistic').map((one) => `${one.kind} ${one.value}`)
  return parts.join(', ')
}
