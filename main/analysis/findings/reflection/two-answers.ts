/**
 * T-INITIAL-MITM: one first step of a handshake, two answers that differ in what names the answerer (initial sequence number, tag, security
 * parameter index). Only a request that was seen once counts: a server without state may answer every copy of it differently.
 * Also T-REWRITE: the same first step seen on two interfaces with different addresses, which a translator in between has rewritten.
 * Bounded: MAX_OPEN handshakes that are under way.
 */
import type { OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, ruledOut } from '../judge.ts'
import { Places, roomFor } from '../places.ts'
import type { Surroundings } from '../watch.ts'

const MAX_OPEN = 20_000
const OPEN_TIME = 10e9
const ANSWERS = 3e9
const COPY = 1e9

/** Handshakes that are under way, by protocol and flow; columns by place. */
class Handshakes {
  readonly places = new Places()
  time = new Float64Array(256)
  row = new Int32Array(256)
  interface = new Uint16Array(256)
  /** 1, or 2 for more */
  requests = new Uint8Array(256)
  /** initial sequence number of the request; NaN: the protocol has none that an answer repeats */
  initial = new Float64Array(256)
  answered = new Uint8Array(256)
  /** of the first answer: what names the answerer, a number or a text */
  identity = new Float64Array(256)
  readonly names = new Map<number, string>()
  answerTime = new Float64Array(256)
  answerRow = new Int32Array(256)
  answerInterface = new Uint16Array(256)
  answerHops = new Uint8Array(256)

  room(at: number): void {
    if (at < this.time.length) return
    this.time = roomFor(this.time, at)
    this.row = roomFor(this.row, at)
    this.interface = roomFor(this.interface, at)
    this.requests = roomFor(this.requests, at)
    this.initial = roomFor(this.initial, at)
    this.answered = roomFor(this.answered, at)
    this.identity = roomFor(this.identity, at)
    this.answerTime = roomFor(this.answerTime, at)
    this.answerRow = roomFor(this.answerRow, at)
    this.answerInterface = roomFor(this.answerInterface, at)
    this.answerHops = roomFor(this.answerHops, at)
  }
}

/** Youngest first steps by protocol, initial number and port of the service; columns by place. */
class FirstSteps {
  readonly places = new Places()
  time = new Float64Array(256)
  row = new Int32Array(256)
  interface = new Uint16Array(256)
  source = new Int32Array(256)
  destination = new Int32Array(256)
  port = new Uint16Array(256)

  room(at: number): void {
    if (at < this.time.length) return
    this.time = roomFor(this.time, at)
    this.row = roomFor(this.row, at)
    this.interface = roomFor(this.interface, at)
    this.source = roomFor(this.source, at)
    this.destination = roomFor(this.destination, at)
    this.port = roomFor(this.port, at)
  }
}

const enum Answered {
  Not = 0,
  Once = 1,
  Reported = 2,
}

export class TwoAnswers {
  private readonly open = new Handshakes()
  private readonly steps = new FirstSteps()

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
    const { open, steps } = this
    open.places.each((at, key) => {
      if (now - (open.time[at] as number) <= OPEN_TIME) return
      open.places.leave(key)
      open.names.delete(at)
    })
    steps.places.each((at, key) => {
      if (now - (steps.time[at] as number) > COPY) steps.places.leave(key)
    })
  }

  private request(key: number, signal: Signal, detail: OpenDetail): void {
    const { open } = this
    let at = open.places.of(key)
    if (at >= 0 && signal.time - (open.time[at] as number) <= OPEN_TIME) {
      open.requests[at] = 2
      return
    }
    if (open.places.size >= MAX_OPEN) {
      const oldest = open.places.dropOldest()
      open.names.delete(oldest)
      this.around.flows.forgotten.note('open handshakes')
      if (oldest === at) at = -1
    }
    if (at < 0) at = open.places.enter(key)
    open.room(at)
    open.names.delete(at)
    open.time[at] = signal.time
    open.row[at] = signal.row
    open.interface[at] = signal.interface
    open.requests[at] = 1
    open.initial[at] = detail.initialUnit ?? Number.NaN
    open.answered[at] = Answered.Not
  }

  private answered(key: number, signal: Signal, detail: OpenDetail): void {
    const { open } = this
    const at = open.places.of(key)
    if (at < 0 || signal.time - (open.time[at] as number) > OPEN_TIME) return
    const number = numberOf(signal, detail)
    const name = number === null ? nameOf(detail) : null
    if (name === '' || Number.isNaN(number)) return
    // An answer to something else: a firewall was captured on its inside, too.
    const initial = open.initial[at] as number
    if (signal.protocol === SignalProtocol.Tcp && !Number.isNaN(initial) && signal.token !== initial) return
    const { time, row, hopLimit } = signal
    if (open.answered[at] === Answered.Not) {
      open.answered[at] = Answered.Once
      if (name === null) open.identity[at] = number as number
      else open.names.set(at, name)
      open.answerTime[at] = time
      open.answerRow[at] = row
      open.answerInterface[at] = signal.interface
      open.answerHops[at] = hopLimit
      return
    }
    const same = name === null ? open.identity[at] === number : open.names.get(at) === name
    if (same || (open.requests[at] as number) > 1 || open.answered[at] === Answered.Reported) return
    // A firewall between two interfaces may renumber: only answers on one link are compared.
    if (open.answerInterface[at] !== signal.interface || open.interface[at] !== signal.interface) return
    if (time - (open.answerTime[at] as number) > ANSWERS) return
    open.answered[at] = Answered.Reported
    const before = {
      identity: name === null ? words(signal.protocol, open.identity[at] as number) : (open.names.get(at) as string),
      hopLimit: open.answerHops[at] as number,
      time: open.answerTime[at] as number,
      row: open.answerRow[at] as number,
    }
    this.different(signal, detail, before, name ?? words(signal.protocol, number as number), open.row[at] as number)
  }

  private different(
    signal: Signal,
    detail: OpenDetail,
    before: { identity: string; hopLimit: number; time: number; row: number },
    identity: string,
    asked: number,
  ): void {
    const { time, row, hopLimit } = signal
    const { flows, ledger, registry } = this.around
    const server = flows.sender(signal.flow, signal.direction)
    const client = flows.receiver(signal.flow, signal.direction)
    const hops = Math.abs(before.hopLimit - hopLimit)
    ledger.add({
      rule: 'T-INITIAL-MITM',
      severity: 'high',
      confidence: 55 + (hops >= 3 ? 15 : 0),
      time,
      session: registry.sessionOfFlow(signal.flow),
      title: `Two different answers to one ${detail.message.includes('SYN') ? 'connection request' : 'first step'} of ${flows.addresses.text(client)}`,
      detail: `${flows.addresses.text(client)} asked ${flows.addresses.text(server)} once; two ${detail.message} came back within ${Math.round((time - before.time) / 1e6)} ms that name different answerers (${before.identity} and ${identity}).${hops >= 3 ? ` Their hop limits are ${before.hopLimit} and ${hopLimit}.` : ''}`,
      claimant: server,
      victim: client,
      rows: [before.row, row, asked],
      checks: [
        ruledOut('the request was sent again', 'it was seen once'),
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
    let at = steps.places.of(key)
    const known =
      at < 0 || steps.interface[at] === signal.interface || signal.time - (steps.time[at] as number) > COPY
        ? null
        : {
            row: steps.row[at] as number,
            interface: steps.interface[at] as number,
            source: steps.source[at] as number,
            destination: steps.destination[at] as number,
            port: steps.port[at] as number,
          }
    if (steps.places.size >= MAX_OPEN) {
      steps.places.dropOldest()
      this.around.flows.forgotten.note('first steps of handshakes')
    }
    steps.places.leave(key)
    at = steps.places.enter(key)
    steps.room(at)
    steps.time[at] = signal.time
    steps.row[at] = signal.row
    steps.interface[at] = signal.interface
    steps.source[at] = source
    steps.destination[at] = destination
    steps.port[at] = port
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
