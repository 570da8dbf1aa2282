/**
 * T-REFLECT and T-REFLECT-AMP: questions in the name of a victim, whose answers go to it (threats.md 2). Twenty questions in ten seconds that are
 * never followed up, and a sign that the source is forged: a hop limit unlike the victim's own packets, a source that no exit of the site has,
 * or a victim that rejects the answers. Without such a sign nothing is said: a scanner does the same.
 * Bounded: MAX_PAIRS (answerer, source) pairs.
 */
import type { Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { LastSaid } from '../../same-frame.ts'
import { referenceOf } from '../catalogue.ts'
import { check, ruledOut } from '../judge.ts'
import { Places, roomFor } from '../places.ts'
import type { Surroundings } from '../watch.ts'

const MAX_PAIRS = 20_000
const REQUESTS = 20
const WINDOW = 10e9
const FOLLOW_UP = 0.05
const REACTIONS = 3
const ODD_HOPS = 3
const AMPLIFIED = 3
const AMPLIFIED_BYTES = 20_000

/** What is kept of a pair that has asked more than once. */
interface Series {
  times: number[]
  rows: number[]
  /** flow * 2 + direction of the questions */
  flows: Set<number>
}

/** A pair, by its place: one cache line. */
const enum Word {
  /** time of the last question */
  Last = 0,
  /** row, and flow * 2 + direction, of the first */
  Row = 1,
  At = 2,
  /** questions so far, 0 when they would begin anew */
  Asked = 3,
  FollowUps = 4,
  Reactions = 5,
  OddHops = 6,
}
const RECORD = 8

export class Reflector {
  /** a place for each protocol, answerer and source */
  private readonly pairs = new Places()
  private records = new Float64Array(256 * RECORD)
  /** what the first question was */
  private readonly message: string[] = []
  /** hop limit of other packets of the source before the questions began, 0 not known; and of the last question */
  private usual = new Uint8Array(256)
  private hopLimit = new Uint8Array(256)
  private readonly series = new Map<number, Series>()
  private readonly said = new LastSaid()

  constructor(private readonly around: Surroundings) {}

  /** A first step or question. */
  request(signal: Signal, message: string): void {
    const { flows, hops } = this.around
    // A frame that was captured twice is one question.
    if (signal.flow < 0 || this.said.again(signal.flow * 2 + signal.direction, signal.time)) return
    const source = flows.sender(signal.flow, signal.direction)
    const answerer = flows.receiver(signal.flow, signal.direction)
    const key = keyOf(signal.protocol, answerer, source)
    let pair = this.pairs.of(key)
    if (pair < 0) pair = this.begin(key, message)
    const at = signal.flow * 2 + signal.direction
    const { records } = this
    const record = pair * RECORD
    if ((records[record + Word.Asked] as number) > 0 && signal.time - (records[record + Word.Last] as number) > WINDOW) this.anew(pair)
    const n = (records[record + Word.Asked] as number) + 1
    records[record + Word.Asked] = n
    this.hopLimit[pair] = signal.hopLimit
    if (n === 1) {
      records[record + Word.Row] = signal.row
      records[record + Word.At] = at
      // What was usual before the questions began: later they would be their own measure.
      this.usual[pair] = hops.median(source, signal.interface) ?? 0
    } else this.further(pair, signal, at)
    records[record + Word.Last] = signal.time
    const usual = this.usual[pair] as number
    if (usual > 0 && Math.abs(usual - signal.hopLimit) >= 3) this.count(pair, Word.OddHops)
    if (n >= REQUESTS) this.judge(pair, signal, source, answerer)
  }

  private count(pair: number, word: Word): void {
    this.records[pair * RECORD + word] = this.recorded(pair, word) + 1
  }

  private recorded(pair: number, word: Word): number {
    return this.records[pair * RECORD + word] as number
  }

  private begin(key: number, message: string): number {
    if (this.pairs.size >= MAX_PAIRS) {
      this.series.delete(this.pairs.dropOldest())
      this.around.flows.forgotten.note('pairs of hosts that ask and answer')
    }
    const pair = this.pairs.enter(key)
    this.records = roomFor(this.records, pair * RECORD + RECORD - 1)
    this.usual = roomFor(this.usual, pair)
    this.hopLimit = roomFor(this.hopLimit, pair)
    this.message[pair] = message
    this.anew(pair)
    return pair
  }

  private anew(pair: number): void {
    if (this.series.size > 0) this.series.delete(pair)
    this.records.fill(0, pair * RECORD, pair * RECORD + RECORD)
    this.usual[pair] = 0
  }

  private further(pair: number, signal: Signal, at: number): void {
    let known = this.series.get(pair)
    if (known === undefined) {
      const [time, row, first] = [this.recorded(pair, Word.Last), this.recorded(pair, Word.Row), this.recorded(pair, Word.At)]
      known = { times: [time], rows: [row], flows: new Set([first]) }
      this.series.set(pair, known)
    }
    known.times.push(signal.time)
    if (known.times.length > 1_000) known.times.shift()
    if (known.rows.length < 20) known.rows.push(signal.row)
    if (known.flows.size < 5_000) known.flows.add(at)
  }

  /** A pair that has been quiet for the window would begin anew: it is forgotten. */
  sweep(now: number): void {
    this.pairs.each((pair, key) => {
      if (now - this.recorded(pair, Word.Last) <= WINDOW) return
      this.pairs.leave(key)
      this.series.delete(pair)
    })
  }

  followed(signal: Signal): void {
    const pair = this.of(signal.protocol, signal.flow, signal.direction)
    if (pair >= 0) this.count(pair, Word.FollowUps)
  }

  /**
   * The source rejects what it gets: reset, abort, ICMP. It counts when the rejection came another way than the questions: who asks and rejects
   * over the same way is a scanner, or a client that has given up.
   */
  rejected(protocol: SignalProtocol, flow: number, direction: number, hopLimit: number): void {
    const pair = this.of(protocol, flow, direction)
    if (pair >= 0 && Math.abs((this.hopLimit[pair] as number) - hopLimit) >= 3) this.count(pair, Word.Reactions)
  }

  private of(protocol: SignalProtocol, flow: number, direction: number): number {
    const { flows } = this.around
    return flow < 0 ? -1 : this.pairs.of(keyOf(protocol, flows.receiver(flow, direction), flows.sender(flow, direction)))
  }

  private judge(pair: number, signal: Signal, source: number, answerer: number): void {
    const { times, rows, flows: ways } = this.series.get(pair) as Series
    if (signal.time - (times[times.length - REQUESTS] as number) > WINDOW) return
    if (this.recorded(pair, Word.FollowUps) >= times.length * FOLLOW_UP) return
    const { flows, ledger } = this.around
    const outside = this.foreign(source, signal)
    const [from, to] = [flows.addresses.text(source), flows.addresses.text(answerer)]
    const reactions = this.recorded(pair, Word.Reactions)
    const signs = [
      this.recorded(pair, Word.OddHops) >= ODD_HOPS
        ? `the hop limit is ${signal.hopLimit}, while packets of ${from} have ${this.usual[pair]}`
        : '',
      outside ? 'no exit of the site has that source' : '',
      reactions >= REACTIONS ? `${from} rejected ${reactions} answers` : '',
    ].filter((words) => words !== '')
    if (signs.length === 0) return
    let asked = 0
    let answered = 0
    for (const at of ways) {
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
      title: `${to} is made to send answers to ${from}`,
      detail: `${times.length} questions (${this.message[pair]}) in the name of ${from} came to ${to} and were not followed up; ${signs.join('; ')}. The answers are ${factor} times as long as the questions.`,
      claimant: source,
      victim: source,
      rows: [signal.row, ...rows],
      checks: [check('a scanner', false, signs[0]), ruledOut('a client that crashed or whose way back is broken', signs[0])],
      reference: referenceOf(rule),
      about: `${signal.protocol}|${answerer}|${source}`,
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

/** Ids of addresses are below 2^22. */
function keyOf(protocol: SignalProtocol, answerer: number, source: number): number {
  return (answerer * 0x40_0000 + source) * 64 + protocol
}
