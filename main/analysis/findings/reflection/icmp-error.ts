/**
 * T-ICMPERR: ICMP errors that quote what was never sent, to make a host give a path up (RFC 5927). The quoted sequence number or tag is compared
 * with what the session really sent; late errors quote old data, which is a match. Errors about flows nobody saw are kept only as attempts, and
 * only where that host pair was seen. The first minute of a capture does not count for them: their packet may have been sent before.
 */
import type { IcmpDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import type { MultiSession } from '../../multi-session.ts'
import { LightFlag, LightProtocol } from '../../sessions/light.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const LATE = 60e9
const EFFECT = 5e9
const MIN_MTU = { 4: 552, 6: 1280 } as const

interface Pending {
  time: number
  row: number
  session: MultiSession
  detail: IcmpDetail
  victim: number
  why: string
}

export class ForgedErrors {
  private pending: Pending[] = []
  private begun = -1

  constructor(private readonly around: Surroundings) {}

  error(signal: Signal, session: MultiSession | null): void {
    if (this.begun < 0) this.begun = signal.time
    const detail = signal.detail as IcmpDetail
    const small = detail.mtu !== null && detail.mtu > 0 && detail.mtu < MIN_MTU[detail.version]
    if (this.around.visibility.lossy) return
    if (signal.flow < 0) {
      this.unseen(signal, detail)
      return
    }
    const { registry, flows } = this.around
    const number = registry.sessionOfFlow(signal.flow)
    const multi = session ?? registry.multiOf(number)
    const why = multi === null ? this.ofTcp(signal, detail, registry.lightOf(number)) : this.ofTag(detail, multi)
    const victim = flows.sender(signal.flow, signal.direction)
    if (why !== null && multi !== null && this.pending.length < 500) {
      this.pending.push({ time: signal.time, row: signal.row, session: multi, detail, victim, why })
      return
    }
    if (why !== null) this.add(signal.time, signal.row, number, detail, victim, why, 'medium', 50)
    else if (small) {
      const words = `it names an MTU of ${detail.mtu}, below the ${MIN_MTU[detail.version]} that every path has`
      this.add(signal.time, signal.row, number, detail, victim, words, 'low', 50)
    }
  }

  private ofTcp(signal: Signal, detail: IcmpDetail, index: number): string | null {
    const { light } = this.around.registry
    if (index < 0 || light.protocol[index] !== LightProtocol.Tcp || detail.quotedToken === null) return null
    if (light.has(index, LightFlag.MidCapture)) return null
    const side = light.has(index, LightFlag.InitiatorIsA) ? signal.direction : signal.direction ^ 1
    const at = index * 2 + side
    if ((light.payloadUnits[at] as number) === 0) return null
    const next = light.next[at] as number
    const ahead = (detail.quotedToken - next) | 0
    const behind = (next - detail.quotedToken) | 0
    // A FIN takes one number; window probes and keep-alives quote the one before.
    if (ahead > 1) return `it quotes sequence number ${detail.quotedToken}, ${ahead} bytes beyond all that was sent`
    if (behind > (light.payloadBytes[at] as number) + 65_536)
      return `it quotes sequence number ${detail.quotedToken}, from before the connection`
    return null
  }

  private ofTag(detail: IcmpDetail, session: MultiSession): string | null {
    if (session.protocol !== 'sctp' || detail.quotedToken === null || detail.quotedToken === 0 || session.midCapture) return null
    const known = ([0, 1] as const).filter((end) => session.tagKnown[end]).map((end) => session.tag(end))
    if (known.length < 2 || known.includes(detail.quotedToken)) return null
    return `it quotes verification tag 0x${detail.quotedToken.toString(16)}, which neither end has`
  }

  private unseen(signal: Signal, detail: IcmpDetail): void {
    const { quotedSource = -1, quotedDestination = -1, quotedProtocol = -1 } = detail
    if (signal.time - this.begun < LATE || quotedSource < 0 || (quotedProtocol !== 6 && quotedProtocol !== 132)) return
    if (!this.around.visibility.between(quotedSource, quotedDestination, signal.time - LATE, signal.time)) return
    this.add(signal.time, signal.row, -1, detail, quotedSource, 'it quotes a connection that was never seen between these hosts', 'low', 45)
  }

  sweep(now: number, final: boolean): void {
    const later: Pending[] = []
    for (const one of this.pending) {
      if (!final && now - one.time < EFFECT) {
        later.push(one)
        continue
      }
      const moved = one.session.rehomings.some((move) => move.time >= one.time && move.time <= one.time + EFFECT)
      const words = moved ? `${one.why}; the session moved to another path right afterwards` : one.why
      this.add(one.time, one.row, one.session.number, one.detail, one.victim, words, moved ? 'high' : 'medium', 50)
    }
    this.pending = later
  }

  private add(
    time: number,
    row: number,
    session: number,
    detail: IcmpDetail,
    victim: number,
    why: string,
    severity: 'low' | 'medium' | 'high',
    start: number,
  ): void {
    const { ledger, flows } = this.around
    const reporter = flows.addresses.text(detail.reporter)
    ledger.add({
      rule: 'T-ICMPERR',
      severity,
      confidence: confidence(start, {}),
      time,
      session,
      title: `An ICMP error to ${flows.addresses.text(victim)} quotes what was never sent`,
      detail: `${reporter} sent '${detail.message}' to ${flows.addresses.text(victim)}: ${why}.`,
      claimant: detail.reporter,
      victim,
      rows: [row],
      checks: [
        ruledOut('a late error', 'data of before would have matched'),
        check('a translator changed the quoted packet', null),
        ruledOut('the capture lost packets', 'no interface reports losses'),
      ],
      reference: referenceOf('T-ICMPERR'),
      about: `${reporter}|${why.split(' ').slice(0, 3).join(' ')}`,
    })
  }
}
