/**
 * T-ESP-LOC and T-WG-ROAM: packets of one SPI, or of one WireGuard receiver index, come from two sources in turn, ten and more of each within
 * ten seconds (threats.md 7). Only for SPIs that no key exchange has named. That a WireGuard peer roams once is worth a remark only. Cost for a packet
 * with the token that its flow had last: one look-up. Bounded: 10,000 of them, on 20,000 directions of flows; the oldest go.
 */

import { type Signal, SignalProtocol } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, ruledOut } from '../judge.ts'
import { Places, roomFor } from '../places.ts'
import { addressText, type Tools } from './rule.ts'

const MANY = 10
const WITHIN = 10e9
const TURNS = 3
/** packets from a new source that make it a roaming peer */
const ROAMED = 3
const MAX_SPIS = 10_000
const MAX_FLOWS = 20_000

interface Association {
  sources: [number, number]
  counts: [number, number]
  last: number
  turns: number
  since: number
  rows: number[]
  units: [number, number]
  found: boolean
  roamed: boolean
  /** how often it was looked at, up to 3 */
  visits: number
}

export class SharedSources {
  /** places by flow * 2 + direction: few flows are of these protocols. What is forgotten of one is looked at as when it was new */
  private readonly places = new Places()
  /** by place: its last token, and whether it came more than once in a row */
  private last = new Float64Array(64)
  private again = new Uint8Array(64)
  private readonly byKey = new Map<string, Association>()

  constructor(private readonly tools: Tools) {}

  /** Called by the tracker for each packet. True when its token is new there, or comes for the second time: a guess comes once. */
  packet(signal: Signal): boolean {
    const at = signal.flow * 2 + signal.direction
    if (signal.flow < 0) return false
    let place = this.places.of(at)
    if (place < 0) place = this.enter(at)
    if (this.last[place] !== signal.token) {
      this.last[place] = signal.token
      this.again[place] = 0
      return this.follow(signal)
    }
    if (this.doubtful.has(signal.token)) this.follow(signal)
    if (this.again[place] === 1) return false
    this.again[place] = 1
    return true
  }

  private enter(at: number): number {
    if (this.places.size >= MAX_FLOWS) this.places.dropOldest()
    const place = this.places.enter(at)
    this.last = roomFor(this.last, place)
    this.again = roomFor(this.again, place)
    this.last[place] = -1
    return place
  }

  /** True the first two times. */
  private follow(signal: Signal): boolean {
    const { flows } = this.tools
    const source = flows.sender(signal.flow, signal.direction)
    const key = `${signal.protocol}/${signal.token}/${flows.receiver(signal.flow, signal.direction)}`
    let one = this.byKey.get(key)
    if (one === undefined) {
      if (this.byKey.size >= MAX_SPIS) this.tools.flows.forgotten.drop(this.byKey, 'security associations by source')
      one = {
        sources: [source, -1],
        counts: [1, 0],
        last: 0,
        turns: 0,
        since: signal.time,
        rows: [signal.row],
        units: [signal.unit, -1],
        found: false,
        roamed: false,
        visits: 1,
      }
      this.byKey.set(key, one)
      return true
    }
    if (one.visits < 3) one.visits++
    const early = one.visits < 3
    if (one.found) return early
    let which = one.sources.indexOf(source)
    if (which < 0) {
      if (one.sources[1] >= 0) return early
      one.sources[1] = source
      which = 1
      one.since = signal.time
      one.counts = [0, 0]
      if (this.doubtful.size >= MAX_SPIS) this.tools.flows.forgotten.clear(this.doubtful, 'doubtful security associations')
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
      return early
    }
    one.units[which as 0 | 1] = signal.unit
    one.counts[which as 0 | 1]++
    if (which !== one.last) {
      one.turns++
      one.last = which
      if (one.rows.length < 20) one.rows.push(signal.row)
    }
    if (signal.protocol === SignalProtocol.Wireguard && which === 1 && one.counts[1] >= ROAMED && !one.roamed) this.roams(one, signal)
    if (one.counts[0] >= MANY && one.counts[1] >= MANY && one.turns >= TURNS)
      this.report(one, signal, flows.receiver(signal.flow, signal.direction))
    return early
  }
  /** SPIs with a second source: each of their packets counts */
  private readonly doubtful = new Set<number>()

  private report(one: Association, signal: Signal, receiver: number): void {
    one.found = true
    const [a, b] = one.sources.map((s) => addressText(this.tools, s)) as [string, string]
    const wireguard = signal.protocol === SignalProtocol.Wireguard
    const what = wireguard ? 'receiver index' : 'SPI'
    this.tools.ledger.add({
      rule: wireguard ? 'T-WG-ROAM' : 'T-ESP-LOC',
      severity: 'medium',
      confidence: confidence(wireguard ? 60 : 50, {}),
      time: signal.time,
      session: this.session(signal),
      title: `One ${wireguard ? 'WireGuard session' : 'security association'} is used from ${a} and ${b} in turn`,
      detail: `Packets with ${what} 0x${signal.token.toString(16).padStart(8, '0')} to ${addressText(this.tools, receiver)} came from ${a} and ${b} in turn, at least ${MANY} from each within ${WITHIN / 1e9} s.`,
      claimant: one.sources[1],
      victim: receiver,
      movesTo: -1,
      rows: one.rows,
      checks: [
        ruledOut('every packet is sent on both paths', 'their sequence numbers differ'),
        ruledOut('a single change of address', `the source changed ${one.turns} times`),
        check('load is shared over two paths on purpose', null),
      ],
      reference: referenceOf(wireguard ? 'T-WG-ROAM' : 'T-ESP-LOC'),
      about: `${signal.token} ${addressText(this.tools, receiver)}`,
    })
  }

  private roams(one: Association, signal: Signal): void {
    one.roamed = true
    const [a, b] = one.sources.map((s) => addressText(this.tools, s)) as [string, string]
    this.tools.ledger.add({
      rule: 'T-WG-ROAM',
      severity: 'info',
      confidence: confidence(60, {}),
      time: signal.time,
      session: this.session(signal),
      title: `A WireGuard peer went from ${a} to ${b}`,
      detail: `Packets with receiver index 0x${signal.token.toString(16).padStart(8, '0')} came from ${a}, now from ${b}: WireGuard lets its peers roam, by whoever holds their keys.`,
      claimant: one.sources[1],
      victim: one.sources[0],
      movesTo: -1,
      rows: [...one.rows.slice(0, 1), signal.row],
      checks: [check('the peer roams', true, 'by design')],
      reference: referenceOf('T-WG-ROAM'),
      about: `${signal.token} roams ${b}`,
    })
  }

  private session(signal: Signal): number {
    return this.tools.registry.multiOf(this.tools.registry.sessionOfFlow(signal.flow))?.number ?? -1
  }
}
