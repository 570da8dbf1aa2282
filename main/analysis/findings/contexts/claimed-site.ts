/**
 * T-REDIR-PRE, weak, by the site model (threats.md 1): a host outside the site names as its own an address that the model gives to a machine of
 * the site (an interface of the captured host, a router), and the address proves nothing. Neighbours of the link do not count: a host with one
 * card on the link and one elsewhere names its address there, too. Cost: one look-up for a claim by somebody who is not on the link.
 * Bounded: MAX_WAITING claims.
 */
import type { ClaimDetail } from '../../../../shared/signal-details.ts'
import { SignalKind, SignalProtocol, signalBit } from '../../../../shared/signals.ts'
import type { End } from '../../model.ts'
import { isFresh } from '../../site-arrivals.ts'
import { referenceOf } from '../catalogue.ts'
import { check, confidence, hinted, ruledOut } from '../judge.ts'
import { type Context, contextName, lastFrom, NEVER } from './book.ts'
import { isPrivate } from './pre-claim.ts'
import { addressText, type ContextRule, type Seen, type Tools } from './rule.ts'
import { SiteOwners } from './site-owners.ts'

const MAX_WAITING = 200
const PATIENCE = 10e9

interface Waiting {
  context: Context
  end: End
  address: number
  owner: string
  time: number
  row: number
}

export class ClaimedSite implements ContextRule {
  readonly protocols = [SignalProtocol.Sctp, SignalProtocol.Hip, SignalProtocol.Shim6, SignalProtocol.Mip6, SignalProtocol.Ilnp]
  readonly kinds = signalBit(SignalKind.Claimed)
  private readonly owners: SiteOwners
  private waiting: Waiting[] = []

  constructor(private readonly tools: Tools) {
    this.owners = new SiteOwners(tools)
  }

  control(seen: Seen): void {
    const { signal, context } = seen
    if (signal.kind !== SignalKind.Claimed || context === null || seen.side < 0 || isFresh(signal.hopLimit)) return
    const { address } = signal.detail as ClaimDetail
    if (address < 0 || address === seen.source) return
    const owner = this.owners.of(address)
    if (owner === null || this.owners.ever(seen.source)) return
    if (this.tools.flows.forgotten.full(this.waiting.length, MAX_WAITING, 'suspicions of T-REDIR-PRE')) return
    this.waiting.push({ context, end: seen.side as End, address, owner, time: signal.time, row: signal.row })
  }

  sweep(now: number, final: boolean): void {
    if (this.waiting.length === 0) return
    const due = this.waiting.filter((one) => final || now - one.time >= PATIENCE)
    this.waiting = this.waiting.filter((one) => !due.includes(one))
    for (const one of due) this.judge(one)
  }

  private judge({ context, end, address, owner, time, row }: Waiting): void {
    const located = context.sides[end].locators.get(address)
    if (located === undefined || located.verifiedAt !== NEVER || located.authentication === 'AX') return
    if (located.claimSource === address || lastFrom(located, this.tools) >= 0) return
    const [target, source] = [addressText(this.tools, address), addressText(this.tools, located.claimSource)]
    const privately = isPrivate(target)
    this.tools.ledger.add({
      rule: 'T-REDIR-PRE',
      severity: hinted(privately ? 'low' : 'medium', context.midCapture),
      confidence: confidence(55, { midCapture: context.midCapture, sameNode: privately }),
      time,
      session: context.session,
      title: `${target} of the site was claimed by ${source}, from outside`,
      detail: `${source}, whose packets come from beyond the link, named ${target} as its own in ${located.message} of ${contextName(context)}; ${target} is ${owner}. Nothing of the session came from it and it answered no test.`,
      claimant: located.claimSource,
      victim: address,
      movesTo: address,
      rows: [row],
      checks: [
        ruledOut(
          "the claimant's own second interface",
          'it is another machine by the site model, and no packet of the session came from it',
        ),
        check('the claimant sits behind a translator and named a private address', privately, target),
        check('the context began before the capture', context.midCapture),
      ],
      reference: referenceOf('T-REDIR-PRE'),
      about: `${context.key} ${target}`,
    })
  }
}
