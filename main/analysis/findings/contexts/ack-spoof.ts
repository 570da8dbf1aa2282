/**
 * T-ACKSPOOF: a receiver acknowledges data that had not been sent yet, to make its peer send faster (threats.md 2). Said only when it is
 * certain: twice, by eight units or 16 KiB at least, and the data was seen being sent later: a capture that lost packets shows the
 * acknowledgement too, but never the data. For SCTP and MPTCP; plain TCP's columns keep no such history.
 */

import { UnitSpace } from '../../../../shared/signals.ts'
import type { MultiSession } from '../../model.ts'
import { referenceOf } from '../catalogue.ts'
import { confidence, ruledOut } from '../judge.ts'
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
  claimant: number
  victim: number
}

export class AckSpoofing implements ContextRule {
  private pending: Early[] = []
  private readonly proven = new Map<string, Early[]>()

  constructor(private readonly tools: Tools) {}

  acknowledged(seen: Seen): void {
    const { signal, session } = seen
    this.resolve(signal.time)
    if (session === null || seen.side < 0 || session.midCapture || this.tools.visibility.lossy) return
    const sender = (1 - seen.side) as 0 | 1
    const direction = session.directions[sender]
    if (!direction.serial.known) return
    const top = direction.seen.top
    const ahead = direction.serial.look(signal.unit) - top
    const least = signal.space === UnitSpace.Tsn ? MIN_TSN : MIN_BYTES
    if (ahead < least || top <= 0 || this.pending.length >= MAX_PENDING) return
    this.pending.push({
      session,
      sender,
      top,
      time: signal.time,
      row: signal.row,
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
      const sent = slot < 0 ? now : direction.recentTime(slot)
      if (sent - p.time >= SKEW) this.proves(p)
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

  sweep(now: number): void {
    this.resolve(now)
  }

  private found(p: Early, list: readonly Early[]): void {
    const liar = addressText(this.tools, p.claimant)
    const own = p.session.endpoints[(1 - p.sender) as 0 | 1].locators.some((l) => l.address === p.claimant)
    this.tools.ledger.add({
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
        ruledOut('clocks of two interfaces differ', `nothing of it was seen within ${SKEW / 1e6} ms`),
      ],
      reference: referenceOf('T-ACKSPOOF'),
      about: `${p.session.number} ${liar}`,
    })
  }
}
