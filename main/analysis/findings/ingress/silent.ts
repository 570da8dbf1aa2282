/**
 * ING-3 and ING-4: drops that nobody reports. ING-3 compares handshakes that left by the wrong exit with those to the same destinations that left
 * by the right one (Fisher's exact test); ING-4 looks at one TCP connection that moved to another exit with its source unchanged.
 * Both need that the capture could have shown the answers: no losses of its own, and answers to others seen.
 */
import { LightProtocol } from '../../sessions/light.ts'
import { referenceOf } from '../catalogue.ts'
import { notObservable, possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'
import type { Departures, Use } from './departures.ts'
import { fisher } from './fisher.ts'
import type { FilterModes } from './modes.ts'
import { belongs, REPAIRS } from './words.ts'

const WINDOW = 600e9
const TIMEOUT = 3e9
const MIN_ATTEMPTS = 5
const MOST_SUCCESS = 0.05
const LEAST_SUCCESS = 0.8
const LIMIT = 0.01
const STREAK = 3
const STREAK_TIME = 3e9

interface Attempts {
  tried: number
  answered: number
  rows: number[]
  /** when the first of them that nobody answered began: whichever look finds it finds the same */
  unanswered: number
}

export class SilentDrops {
  constructor(
    private readonly around: Surroundings,
    private readonly departures: Departures,
    private readonly modes: FilterModes,
  ) {}

  sweep(now: number): void {
    if (this.around.visibility.lossy) return
    this.young.clear()
    for (const use of this.departures.uses) {
      if (use.verdict?.kind !== 'mismatch') continue
      this.compare(use, now)
      this.moved(use)
    }
  }

  /** Handshakes of a use within the last ten minutes, to these destinations (null: to any). */
  private attempts(use: Use, now: number, destinations: Set<number> | null, into: Attempts): Set<number> {
    const { flows } = this.around
    const { hops } = flows
    const met = new Set<number>()
    for (const record of this.departures.recordsOf(use)) {
      const at = hops.at[record] as number
      const receiver = flows.receiver(at >> 1, at & 1)
      // Direction 0 is that of the first sender: an attempt. What was rejected aloud is no silent drop.
      if ((at & 1) !== 0 || (hops.firstTime[record] as number) !== (flows.first[at] as number)) continue
      const answered = (flows.packets[at + 1] as number) > 0
      if ((hops.firstTime[record] as number) < now - WINDOW || (!answered && now - (hops.lastTime[record] as number) < TIMEOUT)) continue
      if (destinations !== null && !destinations.has(receiver)) continue
      if (!this.departures.leaves(record) || this.rejectedAloud(record)) continue
      met.add(receiver)
      into.tried++
      if (answered) into.answered++
      if (into.rows.length < 20) into.rows.push(hops.firstRow[record] as number)
      if (!answered) into.unanswered = Math.min(into.unanswered, hops.firstTime[record] as number)
    }
    for (const one of use.echoes ?? []) {
      if (one.lastTime < now - WINDOW || !this.departures.echoLeaves(one)) continue
      if (destinations !== null && !destinations.has(one.destination)) continue
      met.add(one.destination)
      let undecided = 0
      for (const asked of one.waiting.values()) if (now - asked < TIMEOUT) undecided++
      into.tried += one.requests - one.rejected - undecided
      into.answered += one.answered
      if (into.rows.length < 20) into.rows.push(one.firstRow)
      if (one.answered < one.requests - one.rejected - undecided) into.unanswered = Math.min(into.unanswered, one.firstTime)
    }
    return met
  }

  private rejectedAloud(record: number): boolean {
    const { flows, registry } = this.around
    const flow = (flows.hops.at[record] as number) >> 1
    const index = registry.lightOf(registry.sessionOfFlow(flow))
    return index >= 0 && (registry.light.icmpCount[index] as number) > 0
  }

  private compare(use: Use, now: number): void {
    const wrong: Attempts = { tried: 0, answered: 0, rows: [], unanswered: Number.POSITIVE_INFINITY }
    const destinations = this.attempts(use, now, null, wrong)
    if (wrong.tried < MIN_ATTEMPTS || wrong.answered > wrong.tried * MOST_SUCCESS) return
    const right: Attempts = { tried: 0, answered: 0, rows: [], unanswered: Number.POSITIVE_INFINITY }
    for (const other of this.departures.uses) if (other.verdict?.kind === 'ok') this.attempts(other, now, destinations, right)
    if (right.tried < MIN_ATTEMPTS || right.answered < right.tried * LEAST_SUCCESS) return
    const p = fisher(wrong.answered, wrong.tried, right.answered, right.tried)
    if (p >= LIMIT) return
    const source = this.departures.text(use.source)
    const exit = use.exit?.name ?? ''
    const texts = [...destinations].slice(0, 3).map((id) => this.departures.text(id))
    if (this.around.ledger.known('ING-3', -1, `${source} by ${exit}`, now) === null)
      this.around.ledger.add({
        rule: 'ING-3',
        severity: 'medium',
        confidence: 70,
        time: wrong.unanswered,
        session: -1,
        title: `Packets with source ${source} seem to be dropped silently behind ${exit}`,
        detail: `Of ${wrong.tried} handshakes with source ${source}, which belongs to ${belongs(use.verdict as NonNullable<Use['verdict']>)}, that left by ${exit} towards ${texts.join(', ')}, ${wrong.answered} were answered; of ${right.tried} to the same destinations with a fitting source, ${right.answered} (Fisher's exact test: p = ${p.toExponential(1)}). ${REPAIRS}`,
        claimant: use.source,
        victim: -1,
        rows: wrong.rows,
        checks: [
          ruledOut('the destinations do not answer', `${right.answered} of ${right.tried} handshakes with a fitting source were answered`),
          ruledOut('ICMP errors were limited in rate', 'the absence of all answers counts, not that of errors'),
          ruledOut('the capture lost packets', 'no interface reports losses'),
          possible('another fault on the same exit at the same time', 'the comparison cannot tell'),
        ],
        reference: referenceOf('ING-3'),
        about: `${source} by ${exit}`,
      })
    this.modes.dropped(use.exit, this.departures.bytesOf(use))
  }

  /** A connection whose packets began to leave by this use's exit, and were never acknowledged from then on. */
  private moved(use: Use): void {
    const { flows, registry, ledger, site } = this.around
    const { hops } = flows
    const { light } = registry
    for (const record of this.departures.recordsOf(use)) {
      const at = hops.at[record] as number
      const start = hops.firstTime[record] as number
      if (start === (flows.first[at] as number)) continue
      const index = registry.lightOf(registry.sessionOfFlow(at >> 1))
      if (index < 0 || light.protocol[index] !== LightProtocol.Tcp) continue
      const side = (light.flags[index] as number) & 2 ? at & 1 : (at & 1) ^ 1
      const s = index * 2 + side
      const since = light.streakTime[s] as number
      if ((light.streak[s] as number) < STREAK || since < start || (hops.lastTime[record] as number) - since < STREAK_TIME) continue
      // Sent again although all of it has arrived: the acknowledgements are lost, not the data.
      if ((((light.acknowledged[s] as number) - (light.next[s] as number)) | 0) >= 0) continue
      const back = hops.recordOf(at >> 1, (at & 1) ^ 1)
      if (back < 0 || (hops.lastTime[back] as number) < since) continue
      const arrives = hops.interface[hops.hop[back] as number] as number
      if (arrives === (hops.interface[use.hop] as number) || !this.departures.leaves(record)) continue
      const works = this.exitWorks(use, since)
      if (works === false) continue
      const source = this.departures.text(use.source)
      const peer = this.departures.text(flows.receiver(at >> 1, at & 1))
      ledger.add({
        rule: 'ING-4',
        severity: 'medium',
        confidence: 65,
        time: since,
        session: registry.sessionOfFlow(at >> 1),
        title: `A connection that moved to ${use.exit?.name} is not heard there`,
        detail: `The connection of ${source} with ${peer} went on by ${use.exit?.name} with its source unchanged, which belongs to ${belongs(use.verdict as NonNullable<Use['verdict']>)}. From then on nothing it sent was acknowledged (${light.streak[s]} retransmissions), while packets to ${source} still arrive by ${site.nameOf(arrives)}. ${REPAIRS}`,
        claimant: use.source,
        victim: -1,
        rows: [
          hops.firstRow[record] as number,
          light.streakRow[s] as number,
          light.streakLastRow[s] as number,
          hops.lastRow[back] as number,
        ],
        checks: [
          ruledOut('the peer is gone', `packets from ${peer} still arrive`),
          works === true
            ? ruledOut('the path behind the exit is broken for other reasons', 'what had a fitting source was answered there')
            : notObservable('the path behind the exit is broken for other reasons', 'nothing with a fitting source was sent there'),
        ],
        reference: referenceOf('ING-4'),
        about: `${source} by ${use.exit?.name}`,
      })
      this.modes.dropped(use.exit, this.departures.bytesOf(use))
      return
    }
  }

  /** By the name of an exit, as of this sweep: when the youngest flow with a fitting source began there that was answered, and that was tried. */
  private readonly young = new Map<string, { answered: number; tried: number }>()

  /** What began by that exit with a fitting source since: was any of it answered? null: there was none. */
  private exitWorks(moved: Use, since: number): boolean | null {
    const name = moved.exit?.name ?? ''
    const known = this.young.get(name) ?? this.youngest(name)
    this.young.set(name, known)
    if (known.answered >= since) return true
    return known.tried >= since ? false : null
  }

  private youngest(name: string): { answered: number; tried: number } {
    const { flows } = this.around
    const { hops } = flows
    const out = { answered: -1, tried: -1 }
    for (const use of this.departures.uses) {
      if (use.exit?.name !== name || use.verdict?.kind !== 'ok') continue
      for (const record of this.departures.recordsOf(use)) {
        if (!this.departures.leaves(record)) continue
        const begun = hops.firstTime[record] as number
        out.tried = Math.max(out.tried, begun)
        if ((flows.packets[(hops.at[record] as number) ^ 1] as number) > 0) out.answered = Math.max(out.answered, begun)
      }
      for (const one of use.echoes ?? []) {
        if (!this.departures.echoLeaves(one)) continue
        out.tried = Math.max(out.tried, one.lastTime)
        if (one.answered > 0) out.answered = Math.max(out.answered, one.lastTime)
      }
    }
    return out
  }
}
