/**
 * T-DNS-IDENTITY: the name service binds a name to addresses and to an identity (HIP record, NID), and on the wire another identity answers at
 * one of those addresses. Compared at the end, when the sessions know who is who. Bounded: MAX_NAMES names with an identity.
 */
import type { NameDetail } from '../../../../shared/signal-details.ts'
import type { Signal } from '../../../../shared/signals.ts'
import { referenceOf } from '../catalogue.ts'
import { possible, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_NAMES = 10_000
const HIP = 55
const NID = 104

interface Named {
  addresses: Set<number>
  identities: Map<'hit' | 'node-identifier', Set<string>>
  row: number
}

/** Digits only: texts of one identifier are written in several ways. */
function plain(kind: 'hit' | 'node-identifier', value: string): string {
  return kind === 'hit' ? value : value.replace(/^\d+ /, '').replaceAll(':', '').toLowerCase()
}

export class IdentityRule {
  private readonly names = new Map<string, Named>()

  constructor(private readonly around: Surroundings) {}

  named(detail: NameDetail, signal: Signal): void {
    for (const record of detail.records) {
      const kind = record.type === HIP ? 'hit' : record.type === NID ? 'node-identifier' : null
      if (kind === null && record.address < 0) continue
      const key = record.name.toLowerCase()
      let known = this.names.get(key)
      if (known === undefined) {
        // An address alone binds nothing: names with an identity matter, but the address may be told first.
        this.around.flows.forgotten.room(this.names, MAX_NAMES, 'names whose identities were told')
        known = { addresses: new Set(), identities: new Map(), row: signal.row }
        this.names.set(key, known)
      }
      if (kind === null) {
        if (known.addresses.size < 64) known.addresses.add(record.address)
        continue
      }
      const set = known.identities.get(kind) ?? new Set()
      known.identities.set(kind, set)
      if (set.size < 64) set.add(plain(kind, record.value))
      known.row = signal.row
    }
  }

  finish(): void {
    const expected = new Map<number, { name: string; named: Named }[]>()
    for (const [name, named] of this.names) {
      if (named.identities.size === 0) continue
      for (const address of named.addresses) expected.set(address, [...(expected.get(address) ?? []), { name, named }])
    }
    if (expected.size === 0) return
    const { registry, flows, ledger } = this.around
    for (const session of registry.multi)
      for (const endpoint of session.endpoints)
        for (const locator of endpoint.locators)
          for (const { name, named } of expected.get(locator.address) ?? [])
            for (const [kind, set] of named.identities) {
              const own = endpoint.identifiers.filter((one) => one.kind === kind).map((one) => plain(kind, one.value))
              if (own.length === 0 || own.some((value) => set.has(value))) continue
              const address = flows.addresses.text(locator.address)
              ledger.add({
                rule: 'T-DNS-IDENTITY',
                severity: 'high',
                confidence: 85,
                time: session.opened,
                session: session.number,
                title: `Another identity than that of ${name} answers at ${address}`,
                detail: `The name service binds ${name} to ${[...set].join(', ')} and to ${address}; there answered ${own.join(', ')}.`,
                claimant: locator.address,
                victim: -1,
                rows: [session.openedRow, named.row],
                checks: [
                  ruledOut('several identities of one name', 'none of those that the name has is the one seen'),
                  possible('the name service still has an identity of before'),
                ],
                reference: referenceOf('T-DNS-IDENTITY'),
                about: `${name}|${address}`,
              })
            }
  }
}
