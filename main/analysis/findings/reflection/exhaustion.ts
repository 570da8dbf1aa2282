/**
 * T-EXHAUST: very many handshakes begun with one target and hardly any completed (threats.md 4). One target is an address, port and protocol;
 * a start counts once for its own tag or flow. Said only when the target answers: a server that is down gets unanswered requests too.
 * Bounded: MAX_TARGETS targets, 60 one-second bins each, MAX_KEYS starts that are told apart.
 */
import { type OpenDetail, type Signal, SignalKind, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, ruledOut } from '../judge.ts'
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
/** plain TCP has its own defences and is not a rule of multihoming */
const COUNTED = new Set<SignalProtocol>([
  SignalProtocol.Sctp,
  SignalProtocol.Mptcp,
  SignalProtocol.Hip,
  SignalProtocol.Shim6,
  SignalProtocol.Ikev2,
  SignalProtocol.Quic,
  SignalProtocol.Mip6,
])

interface Target {
  address: number
  name: string
  starts: Uint32Array
  completions: Uint32Array
  answers: number
  second: number
  keys: Set<string>
  rows: number[]
  distress: boolean
  sources: Set<number>
}

export class Exhaustion {
  private readonly targets = new Map<string, Target>()

  constructor(private readonly around: Surroundings) {}

  opening(signal: Signal, detail: OpenDetail): void {
    if (signal.flow < 0 || !COUNTED.has(signal.protocol)) return
    const { flows } = this.around
    const asks = signal.kind === SignalKind.Opening && detail.step === 1
    const answers = signal.kind === SignalKind.Opening && detail.step === 2
    const done = signal.kind === SignalKind.Opened || (signal.kind === SignalKind.Opening && detail.step >= 3)
    // Of a later step only the first in each handshake counts as its completion.
    if (!asks && !answers && !done) return
    const initiator = (detail.step & 1) === 1
    const address = initiator ? flows.receiver(signal.flow, signal.direction) : flows.sender(signal.flow, signal.direction)
    const toB = address === flows.addressB[signal.flow]
    const port = (toB ? flows.portB[signal.flow] : flows.portA[signal.flow]) as number
    const key = `${signal.protocol}|${address}|${port}`
    let target = this.targets.get(key)
    if (target === undefined) {
      if (!asks || this.targets.size >= MAX_TARGETS) return
      target = {
        address,
        name: `${flows.addresses.text(address)}${port > 0 ? ` port ${port}` : ''}`,
        starts: new Uint32Array(SECONDS),
        completions: new Uint32Array(SECONDS),
        answers: 0,
        second: Math.floor(signal.time / SECOND),
        keys: new Set(),
        rows: [],
        distress: false,
        sources: new Set(),
      }
      this.targets.set(key, target)
    }
    this.turn(target, Math.floor(signal.time / SECOND))
    const bin = target.second % SECONDS
    const own = `${signal.flow}|${detail.initiateTag ?? ''}|${detail.sender.map((one) => one.value).join()}`
    if (asks) {
      if (target.keys.has(own)) return
      if (target.keys.size >= MAX_KEYS) target.keys.clear()
      target.keys.add(own)
      target.starts[bin] = (target.starts[bin] as number) + 1
      if (target.sources.size < 1_000) target.sources.add(flows.sender(signal.flow, signal.direction))
      if (target.rows.length < 20) target.rows.push(signal.row)
      this.judge(target, signal, detail, key)
    } else if (answers) target.answers++
    else if (target.keys.delete(`done|${signal.flow}`) || !target.keys.has(`over|${signal.flow}`)) {
      target.keys.add(`over|${signal.flow}`)
      target.completions[bin] = (target.completions[bin] as number) + 1
    }
  }

  /** Empties the bins of seconds that were skipped. */
  private turn(target: Target, second: number): void {
    const skipped = Math.min(SECONDS, second - target.second)
    for (let i = 1; i <= skipped; i++) {
      const bin = (target.second + i) % SECONDS
      target.starts[bin] = 0
      target.completions[bin] = 0
    }
    if (skipped >= SECONDS) {
      target.answers = 0
      target.rows = []
      target.sources.clear()
    }
    target.second = Math.max(target.second, second)
  }

  private judge(target: Target, signal: Signal, detail: OpenDetail, key: string): void {
    const starts = sum(target.starts)
    const completions = sum(target.completions)
    const halfOpen = starts - completions
    if (halfOpen <= HALF_OPEN || completions >= starts * COMPLETE_MIN || target.answers === 0) return
    for (let i = 1; i <= RATE_SECONDS; i++) {
      const before = target.second - i
      if (before < 0 || (target.starts[before % SECONDS] as number) < START_RATE) return
    }
    const { ledger } = this.around
    ledger.add({
      rule: 'T-EXHAUST',
      severity: halfOpen > MANY_HALF_OPEN ? 'high' : 'medium',
      confidence: 60,
      time: signal.time,
      session: -1,
      title: `Handshakes are begun with ${target.name} and hardly ever completed`,
      detail: `Within a minute ${starts} handshakes (${detail.message}) from ${target.sources.size} addresses were begun with ${target.name}; ${completions} were completed, ${halfOpen} are half open.`,
      claimant: -1,
      victim: target.address,
      rows: [signal.row, ...target.rows],
      checks: [
        ruledOut('many clients at once', `only ${completions} of ${starts} handshakes were completed`),
        ruledOut('one client that repeats itself', 'every start has a tag or port of its own'),
        ruledOut('the server is down', `it answered ${target.answers} times`),
        check('the completions take another way', null),
      ],
      reference: referenceOf('T-EXHAUST'),
      about: key,
    })
  }
}

function sum(bins: Uint32Array): number {
  let total = 0
  for (const n of bins) total += n
  return total
}
