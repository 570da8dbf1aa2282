/**
 * T-TIMESHIFT (b) of SCTP and Shim6, whose locators have no lifetime of their own (threats.md 3): data goes to a locator though its last proof is
 * older than the protocol's own tests would let it become, 3 heartbeat intervals and the longest timer of SCTP (RFC 9260 section 16), two
 * keepalive times and a minute of Shim6 (RFC 5534 section 3), while its end is alive elsewhere. A path that failed looks the same, so that is
 * low; high when the locator itself rejects what it gets. Cost: the tracker looks at such a locator again every ten seconds.
 */
import type { IcmpDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import type { MultiSession } from '../../multi-session.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, hinted, possible, ruledOut } from '../judge.ts'
import type { Located } from './book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'

const SECOND = 1e9
const SILENT = 60 * SECOND
const MAX_KEPT = 10_000

/** How old the proof of a locator may become. */
export function longestProof(protocol: SignalProtocol): number {
  if (protocol === SignalProtocol.Sctp) return 150 * SECOND
  return protocol === SignalProtocol.Shim6 ? 90 * SECOND : Number.POSITIVE_INFINITY
}

interface Rejected {
  time: number
  row: number
  text: string
}

export class Outlived implements ContextRule {
  readonly protocols = [SignalProtocol.Icmp]
  readonly payloadOf = [SignalProtocol.Sctp, SignalProtocol.Shim6]
  readonly kinds = signalBit(SignalKind.IcmpError)
  /** by address: the last ICMP error of its own about what was sent to it */
  private readonly rejected = new Map<number, Rejected>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal } = seen
    if (signal.kind !== SignalKind.IcmpError || signal.flow < 0) return
    const { reporter, message } = signal.detail as IcmpDetail
    if (reporter !== this.tools.flows.receiver(signal.flow, signal.direction)) return
    this.tools.flows.forgotten.room(this.rejected, MAX_KEPT, 'hosts that reject packets')
    this.rejected.set(reporter, { time: signal.time, row: signal.row, text: message })
  }

  payload(seen: Seen, _from: Located, to: Located): void {
    const { signal, context, session } = seen
    const most = longestProof(signal.protocol)
    if (most === Number.POSITIVE_INFINITY || context === null || session === null || to.overdue) return
    if (context.established < 0 || signal.time - context.established <= most || this.tools.visibility.lossy) return
    const end = (1 - (seen.side as End)) as End
    const [heard, elsewhere, proven] = this.lastOf(session, end, to.address)
    if (proven < 0 || signal.time - proven <= most || signal.time - heard < SILENT || signal.time - elsewhere >= SILENT) return
    to.overdue = true
    const last = this.rejected.get(to.address)
    const rejected = last !== undefined && last.time > proven ? last : undefined
    const target = addressText(this.tools, to.address)
    const age = Math.round((signal.time - proven) / SECOND)
    this.tools.ledger.add({
      rule: 'T-TIMESHIFT',
      severity: hinted(rejected === undefined ? 'low' : 'high', context.midCapture),
      confidence: confidence(55, { midCapture: context.midCapture }),
      time: signal.time,
      session: context.session,
      title: `Data still goes to ${target}, ${age} s after it was last proven`,
      detail: `${addressText(this.tools, seen.source)} sends data to ${target}, from where nothing came and where nothing was acknowledged for ${age} s; tests would have shown within ${most / SECOND} s that it is gone.${rejected === undefined ? '' : ` It answers with ${rejected.text}.`}`,
      claimant: to.claimSource,
      victim: to.address,
      movesTo: to.address,
      rows: [to.claimRow, signal.row, ...(rejected === undefined ? [] : [rejected.row])],
      checks: [
        rejected === undefined ? possible('the path has failed') : ruledOut('the path has failed', `${target} answers`),
        ruledOut('a silent but stable destination', 'data goes there, not only tests'),
        check('its end was not captured', false, 'it was heard elsewhere within a minute'),
      ],
      reference: referenceOf('T-TIMESHIFT'),
      about: `${context.key} outlived ${target}`,
    })
  }

  /** When the locator was heard, its end was heard elsewhere, and it was last shown to be reached: by a packet from it or by data that arrived. */
  private lastOf(session: MultiSession, end: End, address: number): [number, number, number] {
    const { flows } = this.tools
    let [heard, elsewhere, proven] = [-1, -1, -1]
    for (const pair of session.pairs) {
      const at = pair.flow * 2 + ((end === 0) === pair.initiatorIsA ? 0 : 1)
      const last = (flows.packets[at] ?? 0) > 0 ? (flows.last[at] as number) : -1
      if (pair.way.ends[end] !== address) elsewhere = Math.max(elsewhere, last)
      else {
        heard = Math.max(heard, last)
        proven = Math.max(proven, last, pair.verifiedAt ?? -1, session.directions[(1 - end) as End].lastOn(pair.path))
      }
    }
    return [heard, elsewhere, proven]
  }
}
