/**
 * T-REFLECT and T-REFLECT-AMP: questions in the name of a victim, whose answers go to it (threats.md 2). Twenty questions in ten seconds that are
 * never followed up, and a sign that the source is forged: a hop limit unlike the victim's own packets, a source that no exit of the site has,
 * or a victim that rejects the answers. Without such a sign nothing is said: a scanner does the same.
 * Bounded: MAX_PAIRS (answerer, source) pairs.
 */
import type { Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_PAIRS = 20_000
const REQUESTS = 20
const WINDOW = 10e9
const FOLLOW_UP = 0.05
const REACTIONS = 3
const ODD_HOPS = 3
const AMPLIFIED = 3
const AMPLIFIED_BYTES = 20_000

interface Pair {
  answerer: number
  source: number
  protocol: SignalProtocol
  message: string
  times: number[]
  rows: number[]
  followUps: number
  reactions: number
  oddHops: number
  flows: Set<number>
  /** direction of the questions by flow */
  direction: number
  usualHops: number | null
  /** of the last question */
  hopLimit: number
}

export class Reflector {
  private readonly pairs = new Map<string, Pair>()

  constructor(private readonly around: Surroundings) {}

  /** A first step or question. */
  request(signal: Signal, message: string): void {
    const { flows, hops } = this.around
    if (signal.flow < 0) return
    const source = flows.sender(signal.flow, signal.direction)
    const answerer = flows.receiver(signal.flow, signal.direction)
    const key = `${signal.protocol}|${answerer}|${source}`
    let pair = this.pairs.get(key)
    if (pair === undefined) {
      if (this.pairs.size >= MAX_PAIRS) this.around.flows.forgotten.drop(this.pairs, 'pairs of hosts that ask and answer')
      const counts = { followUps: 0, reactions: 0, oddHops: 0 }
      const base = { answerer, source, protocol: signal.protocol, message, direction: signal.direction, usualHops: null, hopLimit: 0 }
      pair = { ...base, ...counts, times: [], rows: [], flows: new Set() }
      this.pairs.set(key, pair)
    }
    if (pair.times.length > 0 && signal.time - (pair.times.at(-1) as number) > WINDOW) {
      pair.times = []
      pair.rows = []
      pair.flows.clear()
      pair.followUps = pair.reactions = pair.oddHops = 0
      pair.usualHops = null
    }
    pair.hopLimit = signal.hopLimit
    pair.times.push(signal.time)
    if (pair.times.length > 1_000) pair.times.shift()
    if (pair.rows.length < 20) pair.rows.push(signal.row)
    if (pair.flows.size < 5_000) pair.flows.add(signal.flow * 2 + signal.direction)
    // What was usual before the questions began: later they would be their own measure.
    if (pair.times.length === 1) pair.usualHops = hops.median(source, signal.interface)
    if (pair.usualHops !== null && Math.abs(pair.usualHops - signal.hopLimit) >= 3) pair.oddHops++
    this.judge(key, pair, signal)
  }

  /** A pair that has been quiet for the window would begin anew: it is forgotten. */
  sweep(now: number): void {
    for (const [key, pair] of this.pairs) if (now - (pair.times.at(-1) ?? 0) > WINDOW) this.pairs.delete(key)
  }

  followed(signal: Signal): void {
    const pair = this.of(signal.protocol, signal.flow, signal.direction)
    if (pair !== null) pair.followUps++
  }

  /**
   * The source rejects what it gets: reset, abort, ICMP. It counts when the rejection came another way than the questions: who asks and rejects
   * over the same way is a scanner, or a client that has given up.
   */
  rejected(protocol: SignalProtocol, flow: number, direction: number, hopLimit: number): void {
    const pair = this.of(protocol, flow, direction)
    if (pair !== null && Math.abs(pair.hopLimit - hopLimit) >= 3) pair.reactions++
  }

  private of(protocol: SignalProtocol, flow: number, direction: number): Pair | null {
    const { flows } = this.around
    if (flow < 0) return null
    return this.pairs.get(`${protocol}|${flows.receiver(flow, direction)}|${flows.sender(flow, direction)}`) ?? null
  }

  private judge(key: string, pair: Pair, signal: Signal): void {
    const { times } = pair
    if (times.length < REQUESTS || signal.time - (times[times.length - REQUESTS] as number) > WINDOW) return
    if (pair.followUps >= times.length * FOLLOW_UP) return
    const { flows, ledger } = this.around
    const outside = this.foreign(pair.source, signal)
    const signs = [
      pair.oddHops >= ODD_HOPS
        ? `the hop limit is ${signal.hopLimit}, while packets of ${flows.addresses.text(pair.source)} have ${pair.usualHops}`
        : '',
      outside ? 'no exit of the site has that source' : '',
      pair.reactions >= REACTIONS ? `${flows.addresses.text(pair.source)} rejected ${pair.reactions} answers` : '',
    ].filter((words) => words !== '')
    if (signs.length === 0) return
    let asked = 0
    let answered = 0
    for (const at of pair.flows) {
      asked += flows.bytes[at] as number
      answered += flows.bytes[at ^ 1] as number
    }
    if (answered === 0) return
    const amplified = answered >= AMPLIFIED * Math.max(1, asked) && answered >= AMPLIFIED_BYTES
    const rule = amplified ? 'T-REFLECT-AMP' : 'T-REFLECT'
    const factor = (answered / Math.max(1, asked)).toFixed(1)
    ledger.add({
      rule,
      severity: amplified ? 'high' : 'medium',
      confidence: 50 + 10 * signs.length,
      time: signal.time,
      session: -1,
      title: `${flows.addresses.text(pair.answerer)} is made to send answers to ${flows.addresses.text(pair.source)}`,
      detail: `${times.length} questions (${pair.message}) in the name of ${flows.addresses.text(pair.source)} came to ${flows.addresses.text(pair.answerer)} and were not followed up; ${signs.join('; ')}. The answers are ${factor} times as long as the questions.`,
      claimant: pair.source,
      victim: pair.source,
      rows: [signal.row, ...pair.rows],
      checks: [check('a scanner', false, signs[0]), ruledOut('a client that crashed or whose way back is broken', signs[0])],
      reference: referenceOf(rule),
      about: key,
    })
  }

  /** The question leaves a known link of the site with a source that is in none of its prefixes. */
  private foreign(source: number, signal: Signal): boolean {
    const { site, flows } = this.around
    const text = flows.addresses.text(source)
    const name = site.nameOf(signal.interface)
    const usual = signal.hopLimit === 64 || signal.hopLimit === 128 || signal.hopLimit === 255
    return usual && site.covers(name, text) === false && site.prefixOf(text) === null && [...site.all()].length > 1
  }
}
