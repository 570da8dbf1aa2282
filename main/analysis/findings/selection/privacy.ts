/**
 * T-PRIV: one interface identifier in several networks makes a host known wherever it goes (RFC 7721). Only identifiers made from a link-layer
 * address count (EUI-64, RFC 4291 appendix A); networks of one site, as the model knows them, are a property of that site and no finding.
 * Looked at once, at the end; MAX_ADDRESSES addresses.
 */
import { formatMac } from '../../../../shared/address.ts'
import { referenceOf } from '../catalogue.ts'
import { check, ruledOut } from '../judge.ts'
import type { Surroundings } from '../watch.ts'

const MAX_ADDRESSES = 200_000

export class Privacy {
  constructor(private readonly around: Surroundings) {}

  finish(): void {
    const { flows, site, ledger } = this.around
    const { addresses } = flows
    const byIdentifier = new Map<string, { ids: number[]; networks: Set<string> }>()
    for (let id = 0; id < Math.min(addresses.count, MAX_ADDRESSES); id++) {
      if (addresses.size(id) !== 16) continue
      const bytes = addresses.get(id)
      // Global unicast; the universal bit set, and ff:fe in the middle.
      if (((bytes[0] as number) & 0xe0) !== 0x20 || bytes[11] !== 0xff || bytes[12] !== 0xfe || ((bytes[8] as number) & 2) === 0) continue
      const identifier = formatMac(bytes, 8, 8)
      const known = byIdentifier.get(identifier) ?? { ids: [], networks: new Set() }
      byIdentifier.set(identifier, known)
      if (known.ids.length < 16) known.ids.push(id)
      known.networks.add(formatMac(bytes, 0, 6))
    }
    for (const [identifier, { ids, networks }] of byIdentifier) {
      if (networks.size < 2) continue
      const texts = ids.map((id) => addresses.text(id))
      const own = texts.every((text) => site.prefixOf(text) !== null)
      if (own) continue
      ledger.add({
        rule: 'T-PRIV',
        severity: 'low',
        confidence: 80,
        time: flows.last[0] ?? 0,
        session: -1,
        title: `One interface identifier in ${networks.size} networks`,
        detail: `${texts.slice(0, 4).join(', ')} share the identifier ${identifier}, which is made from a link-layer address: whoever sees both knows that it is one host.`,
        claimant: ids[0] as number,
        victim: -1,
        rows: [],
        checks: [
          ruledOut('an identifier that many hosts have', 'it is made from a unique link-layer address'),
          check('networks of one site', false, 'not all of them are known as this site'),
        ],
        reference: referenceOf('T-PRIV'),
        about: identifier,
      })
    }
  }
}
