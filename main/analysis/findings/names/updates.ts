/** T-DNS-UPDATE: changes of names that come from outside the site without a signature. Cost: update messages only; MAX_UPDATES are remembered. */
import type { NameDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { BELIEF } from '../../site.ts'
import { coverLength } from '../../site-prefixes.ts'
import { referenceOf } from '../catalogue.ts'
import { possible } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_UPDATES = 10_000

export class UpdateRule {
  private readonly unsignedUpdates = new Set<string>()

  constructor(private readonly around: Surroundings) {}

  updated(signal: Signal, detail: NameDetail, name: string, sender: number, receiver: number): void {
    const answer = detail.message === 'update-answer'
    const client = answer ? receiver : sender
    const server = answer ? sender : receiver
    if (answer ? detail.code !== 0 : detail.signed) return
    const key = `${signal.flow}|${detail.transaction}`
    // The answer does not say whether what it answers was signed: that has to be in the capture.
    if (!answer) this.unsignedUpdates.add(key)
    else if (!this.unsignedUpdates.has(key)) return
    if (this.outside(client) !== true) return
    const { flows } = this.around
    this.around.ledger.add({
      rule: 'T-DNS-UPDATE',
      severity: answer ? 'medium' : 'low',
      confidence: 60,
      time: signal.time,
      session: -1,
      reference: referenceOf('T-DNS-UPDATE'),
      title: `An unsigned change of ${name} ${answer ? 'from outside the site was accepted' : 'came from outside the site'}`,
      detail: `${flows.addresses.text(client)}, which is in no prefix of the site, asked ${flows.addresses.text(server)} to change ${name} without a signature${answer ? ', and was obeyed' : ''}.`,
      claimant: client,
      victim: server,
      rows: [signal.row],
      checks: [possible('the model of the site is incomplete')],
      about: `${name}|${client}`,
    })
  }
  /** Is an address outside every prefix of the site? null when the site's prefixes are not known. */
  private outside(address: number): boolean | null {
    const bytes = this.around.flows.addresses.get(address)
    let known = false
    for (const uplink of this.around.site.all())
      for (const prefix of uplink.prefixes.values()) {
        if (coverLength(prefix.prefix, bytes) >= 0) return false
        known ||= BELIEF[prefix.source] >= 80 && prefix.prefix.includes(':') === (bytes.length === 16)
      }
    return known ? true : null
  }

  sweep(): void {
    if (this.unsignedUpdates.size > MAX_UPDATES) this.unsignedUpdates.clear()
  }
}
