/**
 * T-INITIAL-MITM: one first step of a handshake, two answers that differ in what names the answerer (initial sequence number, tag, security
 * parameter index). Only a request that was seen once counts: a server without state may answer every copy of it differently.
 * Also T-REWRITE: the same first step seen on two interfaces with different addresses, which a translator in between has rewritten.
 * Bounded: MAX_OPEN handshakes that are under way.
 */
import { type OpenDetail, type Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_OPEN = 20_000
const OPEN_TIME = 10e9
const ANSWERS = 3e9
const COPY = 1e9

interface Handshake {
  time: number
  row: number
  interface: number
  requests: number
  /** initial sequence number of the request; null: the protocol has none that an answer repeats */
  initial: number | null
  answer: { identity: string; time: number; row: number; interface: number; hopLimit: number } | null
  reported: boolean
}

interface FirstStep {
  time: number
  row: number
  interface: number
  source: number
  destination: number
  port: number
}

export class TwoAnswers {
  private readonly open = new Map<string, Handshake>()
  private readonly steps = new Map<string, FirstStep>()

  constructor(private readonly around: Surroundings) {}

  opening(signal: Signal, detail: OpenDetail): void {
    if (signal.flow < 0) return
    const key = `${signal.protocol}|${signal.flow}`
    if (detail.step === 1) {
      this.request(key, signal, detail)
      if (detail.initialUnit !== null && detail.initialUnit !== 0) this.rewritten(signal, detail)
    } else if (detail.step === 2) this.answered(key, signal, detail)
  }

  /** Handshakes and first steps whose time is over are forgotten: nothing would be compared with them any more. */
  sweep(now: number): void {
    for (const [key, one] of this.open) if (now - one.time > OPEN_TIME) this.open.delete(key)
    for (const [key, one] of this.steps) if (now - one.time > COPY) this.steps.delete(key)
  }

  private request(key: string, signal: Signal, detail: OpenDetail): void {
    const known = this.open.get(key)
    if (known !== undefined && signal.time - known.time <= OPEN_TIME) {
      known.requests++
      return
    }
    if (this.open.size >= MAX_OPEN) this.around.flows.forgotten.drop(this.open, 'open handshakes')
    const { time, row } = signal
    this.open.set(key, { time, row, interface: signal.interface, requests: 1, initial: detail.initialUnit, answer: null, reported: false })
  }

  private answered(key: string, signal: Signal, detail: OpenDetail): void {
    const known = this.open.get(key)
    const identity = identityOf(signal, detail)
    if (known === undefined || identity === null || signal.time - known.time > OPEN_TIME) return
    // An answer to something else: a firewall was captured on its inside, too.
    if (signal.protocol === SignalProtocol.Tcp && known.initial !== null && signal.token !== known.initial) return
    const { time, row, hopLimit } = signal
    if (known.answer === null) {
      known.answer = { identity, time, row, interface: signal.interface, hopLimit }
      return
    }
    const before = known.answer
    // A firewall between two interfaces may renumber: only answers on one link are compared.
    const elsewhere = before.interface !== signal.interface || known.interface !== signal.interface
    if (before.identity === identity || known.requests > 1 || known.reported || elsewhere || time - before.time > ANSWERS) return
    known.reported = true
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
      rows: [before.row, row, known.row],
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
      about: key,
    })
  }

  private rewritten(signal: Signal, detail: OpenDetail): void {
    const { flows, ledger, site } = this.around
    const source = flows.sender(signal.flow, signal.direction)
    const destination = flows.receiver(signal.flow, signal.direction)
    const port = (signal.direction === 0 ? flows.portA[signal.flow] : flows.portB[signal.flow]) as number
    const service = (signal.direction === 0 ? flows.portB[signal.flow] : flows.portA[signal.flow]) as number
    const key = `${signal.protocol}|${detail.initialUnit}|${service}`
    const known = this.steps.get(key)
    if (this.steps.size >= MAX_OPEN) this.around.flows.forgotten.drop(this.steps, 'first steps of handshakes')
    this.steps.delete(key)
    this.steps.set(key, { time: signal.time, row: signal.row, interface: signal.interface, source, destination, port })
    if (known === undefined || signal.time - known.time > COPY || known.interface === signal.interface) return
    if (known.source === source && known.destination === destination) return
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

/** What names the answerer; null when the message says nothing that would. */
function identityOf(signal: Signal, detail: OpenDetail): string | null {
  if (signal.protocol === SignalProtocol.Sctp) return detail.initiateTag === null ? null : `tag 0x${detail.initiateTag.toString(16)}`
  if (signal.protocol === SignalProtocol.Tcp || signal.protocol === SignalProtocol.Mptcp)
    return detail.initialUnit === null ? null : `initial sequence number ${detail.initialUnit}`
  const parts = detail.sender.filter((one) => one.kind !== 'port' && one.kind !== 'opportunistic').map((one) => `${one.kind} ${one.value}`)
  return parts.length === 0 ? null : parts.join(', ')
}
