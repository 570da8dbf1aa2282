/**
 * Does a sender that was told of early acknowledgements send at least twice as much in each round trip as in the one before (threats.md, T-ACKSPOOF)?
 * Looked at when acknowledgements come, over MOST round trips; twice in a row makes the finding worse. Bounded: MAX_KEPT senders.
 */
import type { Finding } from '../ledger.ts'

const MAX_KEPT = 200
const MOST = 8
const IN_A_ROW = 2

interface Watched {
  finding: Finding
  raised: Finding['severity']
  trip: number
  until: number
  /** amount sent when the round trip began; -1: not looked at yet */
  base: number
  before: number
  rises: number
  trips: number
}

export class RisingRate {
  private readonly watched = new Map<number, Watched>()

  get waits(): boolean {
    return this.watched.size > 0
  }

  /** `raised`: what the finding becomes when the rate rises. */
  watch(key: number, time: number, trip: number, finding: Finding, raised: Finding['severity']): void {
    if (this.watched.size >= MAX_KEPT || this.watched.has(key)) return
    this.watched.set(key, { finding, raised, trip, until: time + trip, base: -1, before: 0, rises: 0, trips: 0 })
  }

  /** `total`: all that was sent so far. */
  poll(key: number, time: number, total: number): void {
    const one = this.watched.get(key)
    if (one === undefined) return
    if (one.base < 0) one.base = total
    if (time < one.until) return
    const sent = total - one.base
    one.rises = one.before > 0 && sent >= 2 * one.before ? one.rises + 1 : 0
    one.before = sent
    one.base = total
    one.until = time + one.trip
    one.trips++
    if (one.rises < IN_A_ROW && one.trips < MOST) return
    this.watched.delete(key)
    if (one.rises < IN_A_ROW) return
    one.finding.severity = one.raised
    one.finding.detail += ' Its sender at least doubles its rate with each round trip since.'
  }
}
