/**
 * T-DOWNGRADE besides servers (threats.md 7; those are in `mptcp/close.ts`): the same SYN has MP_CAPABLE where it is captured first and none where it
 * is captured next, so something in between takes the option out (RFC 8684 section 6); an ICMPv6 error that says Shim6, HIP or a nonce is not
 * known there quotes a packet that was never sent, to make a host give it up (RFC 5533 section 16, RFC 6740 section 9). Cost: a map entry a SYN,
 * for a second. Bounded: MAX_STEPS.
 */
import type { IcmpDetail, OpenDetail } from '../../../../shared/signal-details.ts'
import { type Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, notObservable, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_STEPS = 20_000
const SAME = 1e9
const RECENT = 60e9
/** IP protocols of HIP and Shim6, and the options header that a nonce travels in */
const KNOWN = new Map([
  [139, 'HIP'],
  [140, 'Shim6'],
  [60, 'an option'],
])

interface Step {
  time: number
  row: number
  interface: number
  option: boolean
}

export class Downgrade {
  private readonly steps = new Map<string, Step>()

  constructor(private readonly around: Surroundings) {}

  opening(signal: Signal, detail: OpenDetail): void {
    const mptcp = signal.protocol === SignalProtocol.Mptcp
    if (detail.step !== 1 || detail.initialUnit === null || signal.flow < 0 || (!mptcp && signal.protocol !== SignalProtocol.Tcp)) return
    const { flows, interfaces } = this.around
    if (interfaces.length < 2 && signal.interface === 0 && this.steps.size === 0) return
    const service = (signal.direction === 0 ? flows.portB : flows.portA)[signal.flow]
    const key = `${detail.initialUnit}|${service}|${flows.receiver(signal.flow, signal.direction)}`
    const known = this.steps.get(key)
    // A flow that spoke MPTCP before goes on as such: what the packet itself says is in its message.
    const option = mptcp && detail.message.startsWith('MP_') === true
    if (known === undefined || signal.time - known.time > SAME) {
      flows.forgotten.room(this.steps, MAX_STEPS, 'first steps of connections')
      this.steps.delete(key)
      this.steps.set(key, { time: signal.time, row: signal.row, interface: signal.interface, option })
      return
    }
    if (known.interface === signal.interface || !known.option || option) return
    const [client, server] = [flows.sender(signal.flow, signal.direction), flows.receiver(signal.flow, signal.direction)]
    this.add(signal, {
      session: this.around.registry.sessionOfFlow(signal.flow),
      title: `MP_CAPABLE is taken out on the way from ${flows.addresses.text(client)} to ${flows.addresses.text(server)}`,
      detail: `The same SYN has MP_CAPABLE on ${this.name(known.interface)} and none on ${this.name(signal.interface)}: something in between takes the option out.`,
      claimant: -1,
      victim: client,
      rows: [known.row, signal.row],
      checks: [
        ruledOut('two connections', 'initial sequence number, receiver and port are the same'),
        possible('a firewall that takes out what it does not know'),
      ],
      about: `option ${flows.addresses.text(server)}`,
    })
  }

  /** An ICMPv6 parameter problem: unknown header or unknown option. */
  error(signal: Signal): void {
    const detail = signal.detail as IcmpDetail
    const { quotedSource = -1, quotedDestination = -1, quotedProtocol = -1 } = detail
    const what = KNOWN.get(quotedProtocol)
    if (detail.version !== 6 || detail.type !== 4 || (detail.code !== 1 && detail.code !== 2) || what === undefined) return
    const { flows, visibility } = this.around
    if (signal.time < RECENT || quotedSource < 0) return
    const at = signal.flow * 2 + signal.direction
    const sent = signal.flow >= 0 && (flows.packets[at] ?? 0) > 0 && signal.time - (flows.last[at] as number) <= RECENT
    // The packets of that host have to be in the capture.
    if (sent || !visibility.between(quotedSource, quotedDestination, signal.time - RECENT, signal.time)) return
    const [source, target] = [flows.addresses.text(quotedSource), flows.addresses.text(quotedDestination)]
    this.add(signal, {
      session: -1,
      title: `${source} is told that ${target} does not know ${what}, which it never used`,
      detail: `${flows.addresses.text(detail.reporter)} sent '${detail.message}' to ${source} about a packet with ${what} to ${target}; none was sent within a minute. Who believes it falls back to plain packets.`,
      claimant: detail.reporter,
      victim: quotedSource,
      rows: [signal.row],
      checks: [
        ruledOut('a late error', 'nothing was sent for a minute'),
        check('a translator changed the quoted packet', null),
        notObservable('the host sends over another way', 'other packets between the two were captured'),
      ],
      about: `error ${source} ${target}`,
    })
  }

  sweep(now: number): void {
    for (const [key, one] of this.steps) if (now - one.time > SAME) this.steps.delete(key)
  }

  private name(iface: number): string {
    return this.around.site.nameOf(iface)
  }

  private add(
    signal: Signal,
    what: {
      session: number
      title: string
      detail: string
      claimant: number
      victim: number
      rows: number[]
      checks: ReturnType<typeof possible>[]
      about: string
    },
  ): void {
    const base = { rule: 'T-DOWNGRADE', severity: 'low', confidence: confidence(50, {}), time: signal.time } as const
    this.around.ledger.add({ ...base, movesTo: -1, reference: referenceOf('T-DOWNGRADE'), ...what })
  }
}
