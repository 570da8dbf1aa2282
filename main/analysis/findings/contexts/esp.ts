/**
 * T-ESP-LOC: packets of one SPI come from two sources in turn, ten and more of each within ten seconds (threats.md 7). Only for SPIs that no key
 * exchange has named. Cost for a packet of the flow that was seen last: one look-up in an array. Bounded: 10,000 SPIs.
 */
import type { Signal } from '../../../../shared/signals.ts'
import { check, confidence, ruledOut } from '../judge.ts'
import { addressText, type Tools } from './rule.ts'

const MANY = 10
const WITHIN = 10e9
const TURNS = 3
const MAX_SPIS = 10_000

interface Association {
  sources: [number, number]
  counts: [number, number]
  last: number
  turns: number
  since: number
  rows: number[]
  units: [number, number]
  found: boolean
}

export class EspSources {
  private last = new Float64Array(4096).fill(-1)
  private readonly byKey = new Map<string, Association>()

  constructor(private readonly tools: Tools) {}

  /** Called by the tracker for each packet. */
  packet(signal: Signal): void {
    const at = signal.flow * 2 + signal.direction
    if (signal.flow < 0) return
    if (at >= this.last.length) {
      const next = new Float64Array(Math.max(at + 1, this.last.length * 2)).fill(-1)
      next.set(this.last)
      this.last = next
    }
    const { flows } = this.tools
    if (this.last[at] === signal.token && !this.doubtful.has(signal.token)) return
    this.last[at] = signal.token
    const source = flows.sender(signal.flow, signal.direction)
    const key = `${signal.token}/${flows.receiver(signal.flow, signal.direction)}`
    let one = this.byKey.get(key)
    if (one === undefined) {
      if (this.byKey.size >= MAX_SPIS) this.byKey.delete(this.byKey.keys().next().value as string)
      one = {
        sources: [source, -1],
        counts: [1, 0],
        last: 0,
        turns: 0,
        since: signal.time,
        rows: [signal.row],
        units: [signal.unit, -1],
        found: false,
      }
      this.byKey.set(key, one)
      return
    }
    if (one.found) return
    let which = one.sources.indexOf(source)
    if (which < 0) {
      if (one.sources[1] >= 0) return
      one.sources[1] = source
      which = 1
      one.since = signal.time
      one.counts = [0, 0]
      this.doubtful.add(signal.token)
    }
    if (signal.time - one.since > WITHIN) {
      one.since = signal.time
      one.counts = [0, 0]
      one.turns = 0
    }
    if (one.units[1 - which] === signal.unit) {
      // The same packet on both paths: duplication by intent.
      one.found = true
      return
    }
    one.units[which as 0 | 1] = signal.unit
    one.counts[which as 0 | 1]++
    if (which !== one.last) {
      one.turns++
      one.last = which
      if (one.rows.length < 20) one.rows.push(signal.row)
    }
    if (one.counts[0] >= MANY && one.counts[1] >= MANY && one.turns >= TURNS)
      this.report(one, signal, flows.receiver(signal.flow, signal.direction))
  }
  /** SPIs with a second source: each of their packets counts */
  private readonly doubtful = new Set<number>()

  private report(one: Association, signal: Signal, receiver: number): void {
    one.found = true
    const [a, b] = one.sources.map((s) => addressText(this.tools, s)) as [string, string]
    this.tools.ledger.add({
      rule: 'T-ESP-LOC',
      severity: 'medium',
      confidence: confidence(50, {}),
      time: signal.time,
      session: -1,
      title: `One security association is used from ${a} and ${b} in turn`,
      detail: `Packets with SPI 0x${signal.token.toString(16).padStart(8, '0')} to ${addressText(this.tools, receiver)} came from ${a} and ${b} in turn, at least ${MANY} from each within ${WITHIN / 1e9} s.`,
      claimant: one.sources[1],
      victim: receiver,
      movesTo: -1,
      rows: one.rows,
      checks: [
        ruledOut('every packet is sent on both paths', 'their sequence numbers differ'),
        ruledOut('a single change of address', `the source changed ${one.turns} times`),
        check('load is shared over two paths on purpose', null),
      ],
      reference: 'RFC 4303 section 2.1; RFC 4218 section 4.4',
      about: `${signal.token} ${addressText(this.tools, receiver)}`,
    })
  }
}
