/**
 * T-ACKSPOOF of plain TCP (threats.md 2; Savage and others 1999; RFC 3465, RFC 5681): data acknowledged before it was sent, acknowledgements split
 * far below a segment, and duplicates that nothing which was sent can have caused; each makes a sender send faster than its path can carry. Said
 * of connections whose beginning was captured, and never when the capture lost packets: early acknowledgements count only when the data is seen
 * being sent afterwards. Cost: two columns and four comparisons an acknowledgement; all else is made when something is odd.
 */
import type { Signal } from '../../../../shared/signals.ts'
import { milliseconds } from '../../report/text.ts'
import { LightFlag, LightProtocol } from '../../sessions/light.ts'
import { referenceOf } from '../catalogue.ts'
import { confidence, notObservable, possible, ruledOut } from '../judge.ts'
import type { Check } from '../ledger.ts'
import { RisingRate } from './rising-rate.ts'
import { addressText, type Tools } from './rule.ts'

/** what clocks of two interfaces may differ, and how long data may take to be sent */
const SKEW = 20e6
const WAIT = 2e9
/** two segments: less is a FIN, or one segment that the capture does not have */
const LEAST_AHEAD = 2920
const TIMES = 2
/** a sender of smaller segments on average talks, and is acknowledged in small steps */
const FULL = 1000
const SPLIT_STEP = 10
/** what a link of 1500 bytes carries: segments seen larger than that were cut up by the network card behind the capture (segmentation offload) */
const SEGMENT = 1460
const SPLIT_SEGMENTS = 50
const DUPLICATES = 50
const DUPLICATE_TIME = 5e9
/** so many repetitions are usual */
const FEW = 8
const MAX_KEPT = 500

interface Early {
  index: number
  /** flow * 2 + direction of the data */
  at: number
  top: number
  /** the acknowledgement */
  unit: number
  time: number
  row: number
  interface: number
}

interface Run {
  time: number
  row: number
  /** acknowledgement that the run began with */
  from: number
  count: number
  /** repetitions that have a reason, less the units sent when the run began */
  explained: number
}

export class TcpAcknowledgements {
  /** by flow * 2 + direction of the acknowledgements: the number said last, and how often since (from 1; 0: none yet) */
  private last = new Uint32Array(4096)
  private repeats = new Uint16Array(4096)
  private pending: Early[] = []
  private readonly proven = new Map<number, Early[]>()
  private readonly splits = new Map<number, Run>()
  private readonly duplicates = new Map<number, Run>()
  private readonly rates = new RisingRate()

  constructor(private readonly tools: Tools) {}

  /** Something waits for data to be sent. */
  get waits(): boolean {
    return this.pending.length > 0
  }

  acknowledged(signal: Signal): void {
    const at = signal.flow * 2 + signal.direction
    if (signal.flow < 0) return
    if (at >= this.last.length) this.grow(at)
    const repeats = this.repeats[at] as number
    const step = (signal.unit - (this.last[at] as number)) | 0
    if (repeats > 0 && step === 0) {
      this.repeated(signal, at, repeats)
      return
    }
    this.last[at] = signal.unit
    this.repeats[at] = 1
    const { registry } = this.tools
    const index = registry.lightOf(registry.sessionOfFlow(signal.flow))
    if (index < 0) return
    const { light } = registry
    const data = index * 2 + this.sideOf(index, signal.direction ^ 1)
    const ahead = (signal.unit - (light.next[data] as number)) | 0
    if (ahead >= LEAST_AHEAD) this.early(signal, index, data)
    else if (repeats > 0 && step > 0 && step * SPLIT_STEP < this.sizeOf(data)) this.split(signal, at, index, data)
    if (this.rates.waits) this.rates.poll(at, signal.time, light.payloadBytes[data] as number)
  }

  private sideOf(index: number, direction: number): number {
    return this.tools.registry.light.has(index, LightFlag.InitiatorIsA) ? direction : direction ^ 1
  }

  /** A connection from its beginning, both of whose directions are in a capture that lost nothing. */
  private judged(index: number, data: number): boolean {
    const { light } = this.tools.registry
    return (
      light.protocol[index] === LightProtocol.Tcp &&
      !light.has(index, LightFlag.MidCapture) &&
      (light.payloadUnits[data] as number) > 0 &&
      !this.tools.visibility.lossy
    )
  }

  // ------------------------------------------------------------------ before it was sent

  private early(signal: Signal, index: number, data: number): void {
    if (!this.judged(index, data)) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_KEPT, 'suspicions of T-ACKSPOOF')) return
    const at = signal.flow * 2 + (signal.direction ^ 1)
    const { time, row, unit } = signal
    // A frame that was captured twice says it twice.
    const again = (one: Early): boolean => one.at === at && one.unit === unit
    if (this.pending.some(again) || this.proven.get(at)?.some(again) === true) return
    this.pending.push({ index, at, top: this.tools.registry.light.next[data] as number, unit, time, row, interface: signal.interface })
  }

  /** Data is sent while acknowledgements wait for it. */
  sent(signal: Signal): void {
    const at = signal.flow * 2 + signal.direction
    this.pending = this.pending.filter((p) => {
      if (p.at !== at) return signal.time - p.time < WAIT
      const into = (p.top - signal.unit) | 0
      if (into < 0) return false
      if (into >= signal.span) return true
      // Of two interfaces the clocks may differ, by any time.
      if (signal.interface === p.interface && signal.time - p.time >= SKEW) this.proves(p)
      return false
    })
  }

  private proves(p: Early): void {
    const list = this.proven.get(p.at) ?? []
    list.push(p)
    this.tools.flows.forgotten.room(this.proven, MAX_KEPT, 'early acknowledgements')
    this.proven.set(p.at, list)
    if (list.length < TIMES) return
    const [liar, victim] = this.ends(p.at)
    const finding = this.add(p.at, p, 'medium', 85, `${liar} acknowledges data before it was sent`, [
      `${list.length} acknowledgements from ${liar} were for data that ${victim} sent only afterwards: they make it send faster than the path can carry.`,
      list.map((one) => one.row).slice(0, 20),
      [
        ruledOut('the capture lost the data', 'it was sent after the acknowledgement'),
        ruledOut('clocks of two interfaces differ', 'both were seen on the same one'),
      ],
    ])
    const { light } = this.tools.registry
    const trip = (light.answered[p.index] as number) - (light.opened[p.index] as number)
    if (trip > 0) this.rates.watch(p.at ^ 1, p.time, trip, finding, 'high')
  }

  // ------------------------------------------------------------------ split, repeated

  private split(signal: Signal, at: number, index: number, data: number): void {
    const size = this.sizeOf(data)
    if (size < FULL) return
    let run = this.splits.get(at)
    if (run === undefined || ((signal.unit - run.from) | 0) < 0) {
      if (!this.judged(index, data)) return
      this.tools.flows.forgotten.room(this.splits, MAX_KEPT, 'split acknowledgements')
      run = { time: signal.time, row: signal.row, from: signal.unit, count: 0, explained: 0 }
      this.splits.set(at, run)
    }
    run.count++
    const segments = ((signal.unit - run.from) >>> 0) / size
    if (segments < SPLIT_SEGMENTS) return
    this.splits.delete(at)
    if (run.count <= SPLIT_STEP * segments) return
    const [liar, victim] = this.ends(at ^ 1)
    this.add(at ^ 1, { time: signal.time, row: run.row }, 'medium', 45, `${liar} splits its acknowledgements`, [
      `${run.count} acknowledgements from ${liar} were for ${Math.round(segments)} segments of ${victim}, more than ${SPLIT_STEP} for each: a sender that counts them instead of bytes sends faster than the path can carry.`,
      [run.row, signal.row],
      [
        ruledOut('an exchange of small messages', `the segments have ${Math.round(size)} bytes on average`),
        possible('a receiver with an odd TCP'),
      ],
    ])
  }

  private repeated(signal: Signal, at: number, repeats: number): void {
    if (repeats < 65_535) this.repeats[at] = repeats + 1
    // What states its holes, or what came twice, has a reason.
    if (signal.gapCount > 0 || signal.duplicates > 0) {
      this.duplicates.delete(at)
      return
    }
    if (repeats < FEW) return
    const { registry } = this.tools
    const index = registry.lightOf(registry.sessionOfFlow(signal.flow))
    if (index < 0) return
    const data = index * 2 + this.sideOf(index, signal.direction ^ 1)
    const units = this.segmentsOf(data)
    let run = this.duplicates.get(at)
    if (run === undefined || run.from !== signal.unit || signal.time - run.time > DUPLICATE_TIME) {
      if (!this.judged(index, data)) return
      this.tools.flows.forgotten.room(this.duplicates, MAX_KEPT, 'repeated acknowledgements')
      run = { time: signal.time, row: signal.row, from: signal.unit, count: 0, explained: this.explained(signal.unit, data) - units }
      this.duplicates.set(at, run)
    }
    run.count++
    if (run.count - run.explained - units !== DUPLICATES + 1) return
    const [liar, victim] = this.ends(at ^ 1)
    this.add(at ^ 1, { time: signal.time, row: run.row }, 'medium', 46, `${liar} repeats an acknowledgement that nothing has caused`, [
      `${liar} said the same acknowledgement ${run.count} times within ${milliseconds((signal.time - run.time) / 1e6)} and stated no hole; no more than ${run.count - DUPLICATES - 1} segments of ${victim} can have caused one. A sender takes each for a segment that has left the path.`,
      [run.row, signal.row],
      [
        ruledOut('a loss', 'fewer segments were on their way, and none is said to be missing'),
        ruledOut('keep-alives', `they came within ${DUPLICATE_TIME / 1e9} s`),
        possible('a receiver that tells each change of its window'),
      ],
    ])
  }

  /** Segments that are on their way, twice as many as they seem to be: each may cause an acknowledgement that says nothing new. */
  private explained(acknowledged: number, data: number): number {
    const away = Math.max(0, ((this.tools.registry.light.next[data] as number) - acknowledged) | 0)
    return FEW + Math.ceil((2 * away) / Math.max(1, this.sizeOf(data)))
  }

  /** Bytes of a segment on the wire, on average. */
  private sizeOf(data: number): number {
    const { light } = this.tools.registry
    return Math.min(SEGMENT, (light.payloadBytes[data] as number) / Math.max(1, light.payloadUnits[data] as number))
  }

  /** Segments on the wire so far. */
  private segmentsOf(data: number): number {
    const { light } = this.tools.registry
    return Math.max(light.payloadUnits[data] as number, Math.ceil((light.payloadBytes[data] as number) / SEGMENT))
  }

  // ------------------------------------------------------------------ words

  /** Who acknowledges, who sends: `at` is the data's. */
  private ends(at: number): [string, string] {
    const { flows } = this.tools
    return [addressText(this.tools, flows.receiver(at >> 1, at & 1)), addressText(this.tools, flows.sender(at >> 1, at & 1))]
  }

  private add(
    at: number,
    when: { time: number; row: number },
    severity: 'medium',
    start: number,
    title: string,
    [detail, rows, checks]: [string, number[], Check[]],
  ) {
    const { flows, registry, ledger } = this.tools
    return ledger.add({
      rule: 'T-ACKSPOOF',
      severity,
      confidence: confidence(start, {}),
      time: when.time,
      session: registry.sessionOfFlow(at >> 1),
      title,
      detail,
      claimant: flows.receiver(at >> 1, at & 1),
      victim: flows.sender(at >> 1, at & 1),
      movesTo: -1,
      rows,
      checks: [...checks, notObservable('the sender believes them', 'what it does afterwards tells')],
      reference: referenceOf('T-ACKSPOOF'),
      about: `${at} ${start}`,
    })
  }

  private grow(least: number): void {
    const size = Math.max(least + 1, this.last.length * 2)
    const last = new Uint32Array(size)
    last.set(this.last)
    this.last = last
    const repeats = new Uint16Array(size)
    repeats.set(this.repeats)
    this.repeats = repeats
  }
}
