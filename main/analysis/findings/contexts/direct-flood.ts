/**
 * T-FLOODDIR: plain flooding of one destination, the baseline that redirected floods are compared with (threats.md 2). Datagrams and opening
 * packets are counted by destination in bins of a second; the median of the last minute and the packets that come back decide. A flood that the capture begins with cannot be told from the usual load.
 * Cost: two records of 16 bytes for a datagram, one pass over the touched destinations each second. Bounded by the address table.
 */
import { referenceOf } from '../catalogue.ts'
import { confidence, ruledOut } from '../judge.ts'
import { roomFor } from '../places.ts'
import { addressText, type ContextRule, type Tools } from './rule.ts'

const SECOND = 1e9
const FAST = 1000
const TIMES_MEDIAN = 20
const LASTING = 3
const ANSWERED = 0.05
const KEPT = 60

/** Of an address, in this second and at last. */
const enum Word {
  /** packets to it, and from it */
  To = 0,
  Back = 1,
  /** who sent the last packet to it, and in which row */
  LastSource = 2,
  LastRow = 3,
}
const RECORD = 4

interface History {
  bins: number[]
  running: number
  from: number
  packets: number
  answers: number
  source: number
  row: number
}

export class DirectFlood implements ContextRule {
  /** by address: a record of this second */
  private records = new Int32Array(4096 * RECORD)
  /** to an address in all seconds before this one: what it is used to */
  private before = new Float64Array(4096)
  private readonly touched: number[] = []
  private readonly answering: number[] = []
  private second = 0
  private readonly busy = new Map<number, History>()

  constructor(private readonly tools: Tools) {}

  /** Called by the tracker for every datagram and every first step of a handshake. */
  count(flow: number, direction: number, time: number, row: number): void {
    if (time >= this.second + SECOND) this.turn(time)
    const { flows } = this.tools
    const receiver = flows.receiver(flow, direction)
    const sender = flows.sender(flow, direction)
    if (receiver < 0 || sender < 0) return
    if (receiver >= this.before.length || sender >= this.before.length) this.grow(Math.max(receiver, sender))
    const { records } = this
    const at = receiver * RECORD
    const packets = records[at + Word.To] as number
    if (packets === 0) this.touched.push(receiver)
    records[at + Word.To] = packets + 1
    records[at + Word.LastSource] = sender
    records[at + Word.LastRow] = row
    const from = sender * RECORD + Word.Back
    const answers = records[from] as number
    if (answers === 0) this.answering.push(sender)
    records[from] = answers + 1
  }

  sweep(now: number): void {
    if (now >= this.second + SECOND) this.turn(now)
  }

  private turn(now: number): void {
    for (const address of this.touched) {
      const at = address * RECORD
      const packets = this.records[at + Word.To] as number
      const known = this.busy.get(address)
      if (known !== undefined || packets > FAST) this.bin(address, packets, this.records[at + Word.Back] as number, known)
      this.before[address] = (this.before[address] as number) + packets
      this.records[at + Word.To] = 0
    }
    this.touched.length = 0
    for (const address of this.answering) this.records[address * RECORD + Word.Back] = 0
    this.answering.length = 0
    this.second = now - (now % SECOND)
  }

  private bin(address: number, packets: number, answers: number, known: History | undefined): void {
    const past = Math.round(this.second / SECOND)
    // What is usual there is not known yet.
    if (known === undefined && this.second < this.tools.limits.captureStart) return
    const history = known ?? {
      bins: Array.from({ length: Math.min(KEPT, past) }, () => (this.before[address] as number) / past),
      running: 0,
      from: this.second - Math.min(KEPT, past) * SECOND,
      packets: 0,
      answers: 0,
      source: -1,
      row: -1,
    }
    if (known === undefined) {
      if (this.busy.size > 1000) this.tools.flows.forgotten.drop(this.busy, 'busy receivers')
      this.busy.set(address, history)
    }
    const quiet = Math.max(0, Math.round((this.second - history.from) / SECOND) - history.bins.length)
    for (let i = 0; i < quiet && i < KEPT; i++) history.bins.push(0)
    const sorted = [...history.bins].sort((a, b) => a - b)
    const median = sorted[sorted.length >> 1] ?? 0
    if (packets > FAST && packets > TIMES_MEDIAN * median && answers < ANSWERED * packets) {
      if (history.running === 0) {
        history.packets = 0
        history.answers = 0
        history.source = this.records[address * RECORD + Word.LastSource] as number
        history.row = this.records[address * RECORD + Word.LastRow] as number
      }
      history.running++
      history.packets += packets
      history.answers += answers
      if (history.running === LASTING) this.found(address, history)
      return
    }
    history.running = 0
    history.bins.push(packets)
    if (history.bins.length > KEPT) history.bins.shift()
    history.from = this.second - history.bins.length * SECOND + SECOND
  }

  private found(address: number, history: History): void {
    const target = addressText(this.tools, address)
    this.tools.ledger.add({
      rule: 'T-FLOODDIR',
      severity: 'low',
      confidence: confidence(50, {}),
      time: this.second,
      session: -1,
      title: `${target} is flooded with packets it does not answer`,
      detail: `${history.packets} datagrams and opening packets went to ${target} within ${history.running} s, ${history.answers} came back. No session was redirected to it: this is plain flooding.`,
      claimant: history.source,
      victim: address,
      movesTo: -1,
      rows: [history.row, this.records[address * RECORD + Word.LastRow] as number],
      checks: [
        ruledOut('a bulk transfer', 'its receiver would acknowledge'),
        ruledOut('a media stream with reports', `less than ${ANSWERED * 100} % came back`),
        ruledOut('the usual load', `more than ${TIMES_MEDIAN} times the median of the last minute`),
      ],
      reference: referenceOf('T-FLOODDIR'),
      about: target,
    })
  }

  private grow(least: number): void {
    this.before = roomFor(this.before, least)
    this.records = roomFor(this.records, this.before.length * RECORD - 1)
  }
}
