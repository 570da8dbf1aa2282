/**
 * ING-1, ING-2, ING-5: packets whose source belongs to another exit than the one they left by, what the provider said to it, and that it let
 * them pass (rehoming.md 8.4). Judged from departures at every sweep; an ICMP error that comes before the model knows the prefixes waits.
 */
import type { IcmpDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, notObservable, possible, ruledOut } from '../judge.ts'
import type { Check } from '../ledger.ts'
import type { Surroundings } from '../watch.ts'
import type { Departed, Departures, Use } from './departures.ts'
import { type FilterModes, isBogon } from './modes.ts'
import { belongs, howMany, leftBy, REPAIRS } from './words.ts'

const MIN_PACKETS = 3
const MIN_ACKNOWLEDGED = 5
const MAX_REJECTIONS = 2_000
const WAIT = 3600e9

interface Rejection {
  time: number
  row: number
  /** record of the hop table that the quoted packet was in, -1: an echo */
  record: number
  source: number
  destination: number
  hop: number
  text: string
  reporter: number
  /** the error itself says that the source was the reason (ICMPv6 1/5) */
  bySource: boolean
}

/** Codes by which a filter says that it refused a packet (rehoming.md ING-2). */
function isFilter({ version, type, code }: IcmpDetail): boolean {
  return version === 6 ? type === 1 && (code === 5 || code === 1 || code === 6) : type === 3 && (code === 13 || code === 9 || code === 10)
}

function namesSource({ version, type, code }: IcmpDetail): boolean {
  return version === 6 && type === 1 && code === 5
}

export class Mismatches {
  private readonly rejections: Rejection[] = []

  constructor(
    private readonly around: Surroundings,
    private readonly departures: Departures,
    private readonly modes: FilterModes,
  ) {}

  onIcmp(signal: Signal): void {
    const detail = signal.detail as IcmpDetail
    if (!isFilter(detail)) return
    const { flows } = this.around
    const destination = detail.quotedDestination ?? -1
    const base = {
      time: signal.time,
      row: signal.row,
      destination,
      text: detail.message,
      reporter: detail.reporter,
      bySource: namesSource(detail),
    }
    if (signal.flow >= 0) {
      const record = flows.hops.recordOf(signal.flow, signal.direction)
      if (record < 0) return
      this.keep({ ...base, record, source: flows.sender(signal.flow, signal.direction), hop: flows.hops.hop[record] as number })
      return
    }
    const echo = this.departures.echoRejected(detail.quotedSource ?? -1, destination, signal.time)
    if (echo !== null) this.keep({ ...base, record: -1, source: echo.source, hop: echo.hop })
  }

  private keep(rejection: Rejection): void {
    if (this.rejections.length >= MAX_REJECTIONS) this.rejections.shift()
    this.rejections.push(rejection)
  }

  sweep(now: number): void {
    for (const use of this.departures.uses) {
      if (use.verdict?.kind !== 'mismatch') continue
      const departed = this.departures.departed(use)
      if (departed.packets >= MIN_PACKETS) this.mismatch(use, departed)
      if (departed.answered >= MIN_ACKNOWLEDGED) this.passed(use, departed)
    }
    for (let i = this.rejections.length - 1; i >= 0; i--) {
      const one = this.rejections[i] as Rejection
      const use = this.departures.find(one.source, one.hop)
      const done = use !== null && (use.verdict?.kind === 'mismatch' ? this.rejected(one, use) : this.refused(one, use))
      if (done || now - one.time > WAIT) this.rejections.splice(i, 1)
    }
  }

  /** A filter refused a source that nothing on the Internet can answer: it looks at sources, if only loosely. */
  private refused(one: Rejection, use: Use): boolean {
    const kind = use.verdict?.kind
    if ((kind !== 'foreign' && kind !== 'local') || !isBogon(this.departures.bytesOf(use))) return false
    if (one.record >= 0 && !this.departures.leaves(one.record)) return false
    this.modes.bogonRefused(use.exit)
    return true
  }

  private lookAlikes(use: Use): Check[] {
    const { verdict, exit } = use
    const guessed = verdict?.prefix?.source === 'learned'
    return [
      check(
        'the model of the site is incomplete',
        guessed,
        `${verdict?.prefix?.prefix} is known from ${sourceWords(verdict?.prefix?.source)}`,
      ),
      check('the prefix was taken back a short time ago', verdict?.prefix?.withdrawn !== null && verdict?.prefix?.withdrawn !== undefined),
      exit !== null && this.modes.announces(exit, this.departures.bytesOf(use))
        ? possible('the prefix is announced by this exit, too', 'the site does so by BGP')
        : notObservable('the prefix is announced by this exit, too', 'no BGP session of the site with that provider says so'),
      possible('a translator stands between the capture and the exit', `not visible from ${exit?.name}`),
      ruledOut('the packets travel in a tunnel to the other provider (RFC 3178)', 'packets inside tunnels are left out'),
    ]
  }

  private mismatch(use: Use, departed: Departed): void {
    const source = this.departures.text(use.source)
    const exit = use.exit?.name ?? ''
    const answers =
      departed.answered === 0 ? 'None of it was answered.' : `${howMany(departed.answered, 'flow was', 'flows were')} answered.`
    const known = this.around.ledger.known('ING-1', -1, `${source} by ${exit}`, departed.last)
    const found =
      known ??
      this.around.ledger.add({
        rule: 'ING-1',
        severity: 'info',
        confidence: 90,
        time: departed.certain,
        session: -1,
        title: '',
        detail: '',
        claimant: use.source,
        victim: -1,
        rows: departed.rows,
        checks: this.lookAlikes(use),
        reference: referenceOf('ING-1'),
        about: `${source} by ${exit}`,
      })
    found.title = `Packets with source ${source} of ${use.verdict?.owner?.name} leave by ${exit}`
    found.detail = `${leftBy(this.departures, use, departed)}. ${answers} A provider that filters by source drops them (BCP 38, BCP 84). ${REPAIRS}`
    found.last = departed.last
  }

  private passed(use: Use, departed: Departed): void {
    const source = this.departures.text(use.source)
    const about = `${source} by ${use.exit?.name}`
    this.modes.passed(use.exit, this.departures.bytesOf(use))
    if (this.around.ledger.known('ING-5', -1, about, departed.last) !== null) return
    this.around.ledger.add({
      rule: 'ING-5',
      severity: 'info',
      confidence: 70,
      time: departed.last,
      session: -1,
      title: `${use.exit?.name} lets a source of ${use.verdict?.owner?.name} pass`,
      detail: `${leftBy(this.departures, use, departed)}, and ${howMany(departed.answered, 'flow was', 'flows were')} answered: the provider does not filter by source there, or only loosely, or the prefix is announced there, too.`,
      claimant: use.source,
      victim: -1,
      rows: departed.rows,
      checks: this.lookAlikes(use),
      reference: referenceOf('ING-5'),
      about,
    })
  }

  /** An error about a packet that was seen leaving by the wrong exit: the drop is confirmed. */
  private rejected(one: Rejection, use: Use): boolean {
    const { flows, ledger } = this.around
    const { hops } = flows
    const left = one.record >= 0 ? this.departures.leaves(one.record) : true
    if (!left) return false
    // A filter by source refuses all of a source: where other flows of it are answered, it looks at something else.
    if (!one.bySource && this.departures.answeredHere(use)) return true
    const source = this.departures.text(use.source)
    const exit = use.exit?.name ?? ''
    const sent = one.record >= 0 ? [hops.lastRow[one.record] as number, hops.firstRow[one.record] as number] : []
    ledger.add({
      rule: 'ING-2',
      severity: 'medium',
      confidence: 95,
      time: one.time,
      session: -1,
      title: `The provider of ${exit} rejects packets with source ${source}`,
      detail: `A packet with source ${source}, which belongs to ${belongs(use.verdict as NonNullable<Use['verdict']>)}, left by ${exit} towards ${this.departures.text(one.destination)} and was answered by ${this.departures.text(one.reporter)} with '${one.text}'. ${REPAIRS}`,
      claimant: use.source,
      victim: -1,
      rows: [one.row, ...sent.filter((row) => row <= one.row)],
      checks: [
        ...this.lookAlikes(use),
        ruledOut('the error was made up', 'the packet that it quotes was seen leaving'),
        one.bySource
          ? ruledOut('the filter is on something else than the source', 'the error names the source as the reason')
          : ruledOut('the filter is on something else than the source', 'nothing else with this source was answered by this exit'),
      ],
      reference: referenceOf('ING-2'),
      about: `${source} by ${exit}`,
    })
    this.modes.dropped(use.exit, this.departures.bytesOf(use))
    return true
  }
}

function sourceWords(source: string | undefined): string {
  const words: Record<string, string> = {
    user: 'the given site model',
    'dhcpv6-pd': 'a delegation',
    interface: "the interface's own configuration",
    bgp: 'BGP',
    ra: 'router advertisements',
    learned: 'addresses that answered on the link',
  }
  return words[source ?? ''] ?? 'nothing'
}
