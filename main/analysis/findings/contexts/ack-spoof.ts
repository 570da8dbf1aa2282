/**
 * T-ACKSPOOF: a receiver acknowledges data that had not been sent yet, to make its peer send faster (threats.md 2). Said only when it is
 * certain: twice, by eight units or 16 KiB at least, and the data was seen being sent later: a capture that lost packets shows the
 * acknowledgement too, but never the data; and sent on the interface that the acknowledgement came on: clocks of two may differ. Also most of ten acknowledgements sooner than half of the shortest round trip of their pair: a path
 * that got shorter, or whose queue ran empty, looks the same, so that is low. For SCTP and MPTCP; plain TCP has `tcp-acks.ts`.
 */

import { type Signal, UnitSpace } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { confidence, possible, ruledOut } from '../judge.ts'
import { RisingRate } from './rising-rate.ts'
import type { Tools } from './rule.ts'
import { addressText, type ContextRule, type Seen } from './rule.ts'

const SKEW = 20e6
const WAIT = 2e9
const MIN_TSN = 8
const MIN_BYTES = 16_384
const MAX_PENDING = 200

interface Early {
  session: MultiSession
  sender: 0 | 1
  top: number
  time: number
  row: number
  interface: number
  claimant: number
  victim: number
}

export class AckSpoofing implements ContextRule {
  private pending: Early[] = []
  private readonly proven = new Map<string, Early[]>()
  private readonly told = new Set<number>()
  private readonly rates = new RisingRate()

  constructor(private readonly tools: Tools) {}

  cares(signal: Signal, session: MultiSession, side: End): boolean {
    return this.pending.length > 0 || session.hurried !== null || this.rates.waits || this.ahead(signal, session, side) >= 0
  }

  /** Position up to which data was sent that it acknowledges too much of; -1: it does not. */
  private ahead({ unit, space }: Signal, session: MultiSession, side: End): number {
    const { serial, seen } = session.directions[1 - side] as MultiSession['directions'][0]
    if (!serial.known) return -1
    const { top } = seen
    const least = space === UnitSpace.Tsn ? MIN_TSN : MIN_BYTES
    return top > 0 && serial.look(unit) - top >= least ? top : -1
  }

  acknowledged(seen: Seen): void {
    const { signal, session } = seen
    this.resolve(signal.time)
    if (session?.hurried != null) this.hurried(seen, session)
    if (this.rates.waits && session !== null && seen.side >= 0) {
      const key = session.number * 2 + 1 - seen.side
      this.rates.poll(key, signal.time, (session.directions[1 - seen.side] as { units: number }).units)
    }
    if (session === null || seen.side < 0 || session.midCapture) return
    const top = this.ahead(signal, session, seen.side as End)
    if (top < 0 || this.tools.visibility.lossy) return
    if (this.tools.flows.forgotten.full(this.pending.length, MAX_PENDING, 'suspicions of T-ACKSPOOF')) return
    this.pending.push({
      session,
      sender: (1 - seen.side) as End,
      top,
      time: signal.time,
      row: signal.row,
      interface: signal.interface,
      claimant: seen.source,
      victim: seen.destination,
    })
  }

  /** Was the data sent since, and when? At once: it came from another interface a moment late. */
  private resolve(now: number): void {
    if (this.pending.length === 0) return
    this.pending = this.pending.filter((p) => {
      const direction = p.session.directions[p.sender]
      if (!direction.seen.covers(p.top, p.top + 1)) return now - p.time < WAIT
      const slot = direction.recall(p.top)
      if (slot < 0) return false
      // Of two interfaces the clocks may differ, by any time.
      const path = p.session.paths[direction.recentPath(slot)]
      if (path?.interface === p.interface && direction.recentTime(slot) - p.time >= SKEW) this.proves(p)
      return false
    })
  }

  private proves(p: Early): void {
    const key = `${p.session.number}/${p.sender}`
    const list = this.proven.get(key) ?? []
    list.push(p)
    if (this.proven.size > MAX_PENDING) this.tools.flows.forgotten.clear(this.proven, 'early acknowledgements')
    this.proven.set(key, list)
    if (list.length >= 2) this.found(p, list)
  }

  /** The session noticed it with this acknowledgement; told once. */
  private hurried(seen: Seen, session: MultiSession): void {
    const { signal } = seen
    const at = session.hurried as { time: number; pair: number }
    const pair = session.pairs[at.pair]
    if (at.time !== signal.time || this.told.has(session.number) || pair === undefined || session.midCapture || this.tools.visibility.lossy)
      return
    if (this.tools.flows.forgotten.full(this.told.size, 10 * MAX_PENDING, 'suspicions of T-ACKSPOOF')) return
    this.told.add(session.number)
    const liar = addressText(this.tools, seen.source)
    const finding = this.tools.ledger.add({
      rule: 'T-ACKSPOOF',
      severity: 'low',
      confidence: confidence(45, {}),
      time: signal.time,
      session: session.number,
      title: `Acknowledgements of ${liar} come sooner than the path allows`,
      detail: `At least 8 of 10 acknowledgements from ${liar} came less than ${Math.round(pair.leastTrip / 2e5) / 10} ms after the data, half of the shortest of the first 16 round trips of the pair.`,
      claimant: seen.source,
      victim: seen.destination,
      movesTo: -1,
      rows: [signal.row],
      checks: [
        ruledOut('a capture near the receiver', `the first round trips took ${Math.round(pair.leastTrip / 1e5) / 10} ms at least`),
        possible('the path got shorter, or a queue on it ran empty'),
        ruledOut('clocks that are set in steps', 'round trips of no length are left out'),
      ],
      reference: referenceOf('T-ACKSPOOF'),
      about: `${session.number} hurried`,
    })
    this.rates.watch(session.number * 2 + 1 - seen.side, signal.time, pair.leastTrip, finding, 'medium')
  }

  sweep(now: number): void {
    this.resolve(now)
  }

  private found(p: Early, list: readonly Early[]): void {
    const liar = addressText(this.tools, p.claimant)
    const own = p.session.endpoints[(1 - p.sender) as 0 | 1].locators.some((l) => l.address === p.claimant)
    const finding = this.tools.ledger.add({
      rule: 'T-ACKSPOOF',
      severity: own ? 'medium' : 'high',
      confidence: confidence(85, {}),
      time: p.time,
      session: p.session.number,
      title: `${liar} acknowledges data before it was sent`,
      detail: `${list.length} acknowledgements from ${liar} were for data that ${addressText(this.tools, p.victim)} sent only afterwards: they make it send faster than the path can carry.`,
      claimant: p.claimant,
      victim: p.victim,
      movesTo: -1,
      rows: list.map((one) => one.row).slice(0, 20),
      checks: [
        ruledOut('the capture lost the data', 'it was sent after the acknowledgement'),
        ruledOut('clocks of two interfaces differ', 'both were seen on the same one'),
      ],
      reference: referenceOf('T-ACKSPOOF'),
      about: `${p.session.number} ${liar}`,
    })
    if (p.session.rttKnown) this.rates.watch(p.session.number * 2 + p.sender, p.time, p.session.rtt, finding, 'high')
  }
}
