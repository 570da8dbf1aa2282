/**
 * T-MIP-PREFIX, two holders: a home agent or anchor grants one prefix to two mobile routers at a time (RFC 3963 section 9, RFC 5213 section 5.3.1
 * where each mobile node has prefixes of its own). Both bindings have to be accepted in the capture, by the same server, for the very same
 * prefix, and the first one must not have run out or been given back. Refuses the router itself at another care-of address, and a router that
 * registers at two servers. One map look-up an accepted registration; 10,000 prefixes at most.
 */
import { dropOldest } from '../../../../dissectors/core/oldest.ts'
import type { ClaimAnswerDetail, ClaimDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import type { Context } from '../contexts/book.ts'
import { addressText, type ContextRule, type Seen, type Tools } from '../contexts/rule.ts'
import { check, confidence, ruledOut } from '../judge.ts'

const MAX_KEPT = 10_000
const ANSWERED_WITHIN = 10e9

interface Asked {
  serial: number | null
  prefixes: string[]
  who: string
  source: number
  time: number
  row: number
}

interface Grant extends Asked {
  context: Context
  until: number
  answerRow: number
}

export class PrefixGrants implements ContextRule {
  readonly protocols = [SignalProtocol.Mip6]
  readonly kinds = signalBit(SignalKind.Claimed) | signalBit(SignalKind.Withdrawn) | signalBit(SignalKind.ClaimAnswered)
  private readonly asked = new Map<string, Asked>()
  /** by server and prefix */
  private readonly grants = new Map<string, Grant>()

  constructor(private readonly tools: Tools) {}

  control(seen: Seen): void {
    const { signal, context } = seen
    if (context === null || context.protocol !== SignalProtocol.Mip6 || seen.side < 0) return
    if (signal.kind === SignalKind.Claimed) this.claimed(seen, context, signal.detail as ClaimDetail)
    else if (signal.kind === SignalKind.Withdrawn) this.givenBack(context, signal.detail as ClaimDetail)
    else if (signal.kind === SignalKind.ClaimAnswered) this.answered(seen, context, signal.detail as ClaimAnswerDetail)
  }

  private claimed(seen: Seen, context: Context, detail: ClaimDetail): void {
    const prefixes = detail.prefixes ?? []
    if (prefixes.length === 0 || detail.authentication === 'AX') return
    const { signal } = seen
    const who = context.sides[seen.side as 0 | 1].identifiers.find((i) => !i.value.includes('/'))?.value ?? ''
    if (this.asked.size >= MAX_KEPT) dropOldest(this.asked)
    this.asked.set(context.key, { serial: detail.serial, prefixes, who, source: seen.source, time: signal.time, row: signal.row })
  }

  private givenBack(context: Context, detail: ClaimDetail): void {
    if (detail.authentication === 'AX') return
    for (const [key, grant] of this.grants) if (grant.context === context) this.grants.delete(key)
  }

  private answered(seen: Seen, context: Context, detail: ClaimAnswerDetail): void {
    const asked = this.asked.get(context.key)
    if (asked === undefined || asked.serial !== detail.serial || !detail.accepted) return
    const { signal } = seen
    if (signal.time - asked.time > ANSWERED_WITHIN) return
    this.asked.delete(context.key)
    const until = detail.lifetime === undefined ? Number.POSITIVE_INFINITY : signal.time + detail.lifetime * 1e9
    for (const prefix of asked.prefixes) {
      const key = `${seen.source} ${prefix}`
      const holder = this.grants.get(key)
      const grant: Grant = { ...asked, context, until, answerRow: signal.row }
      if (holder !== undefined && holder.context !== context && holder.until > signal.time && holder.who !== asked.who)
        this.held(seen, prefix, holder, grant)
      if (this.grants.size >= MAX_KEPT) dropOldest(this.grants)
      this.grants.set(key, grant)
    }
  }

  private held(seen: Seen, prefix: string, holder: Grant, grant: Grant): void {
    const source = addressText(this.tools, grant.source)
    const named = (one: Grant): string => (one.who === '' ? addressText(this.tools, one.source) : one.who)
    this.tools.ledger.add({
      rule: 'T-MIP-PREFIX',
      severity: 'medium',
      confidence: confidence(70, {}),
      time: grant.time,
      session: grant.context.session,
      title: `${named(grant)} was granted ${prefix}, which ${named(holder)} holds`,
      detail: `${addressText(this.tools, seen.source)} accepted ${prefix} of ${named(holder)} before and of ${named(grant)} at ${source} now: what goes to the prefix goes to one of the two.`,
      claimant: grant.source,
      victim: holder.source,
      movesTo: grant.source,
      rows: [holder.row, holder.answerRow, grant.row, grant.answerRow],
      checks: [
        ruledOut('the same router at another care-of address', 'they are bound under different home addresses or names'),
        ruledOut('the first binding is over', 'it was not given back and its lifetime has not run out'),
        check('the server shares a prefix among nodes on purpose', null),
      ],
      reference: referenceOf('T-MIP-PREFIX'),
      about: `${seen.source} two ${prefix}`,
    })
  }
}
