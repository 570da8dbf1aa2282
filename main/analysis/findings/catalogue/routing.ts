/** Rules of the catalogue: routes that change hands. */
import type { CatalogueRule } from './rule.ts'

const SOURCE = 'RFC 4272, RFC 4218 section 3.2, RFC 4177 section 5.1'
const REPAIR = 'Validate origins (RFC 6811) and filter announcements of customers by what they hold.'
const PROVIDER =
  "The new origin is the old one's provider, or the path leads over the old origin: 30 less confidence, so that it is not reported alone."

export const ROUTING_RULES: readonly CatalogueRule[] = [
  {
    id: 'T-RTE-ORIGIN',
    title: 'A prefix has a new origin',
    source: SOURCE,
    rule: 'A prefix that has been known for a minute or more in a settled session is announced by an origin that it never had. A session is settled after its end-of-table marker or ten seconds without news.',
    severity: [{ value: 'medium', when: 'always' }],
    confidence: [{ value: 45, when: 'always' }],
    lookAlikes: [PROVIDER, 'Anycast, mergers, protection against floods: listed.', 'The first table of a session: no change.'],
    fires: '2001:db8:a::/48 of AS 64500, minutes later of AS 64666.',
    quiet: 'Both within the first table.',
    repair: REPAIR,
  },
  {
    id: 'T-RTE-SPECIFIC',
    title: 'A more specific route of somebody else',
    source: SOURCE,
    rule: 'A new prefix lies within a route that has been known for a minute or more and has another origin.',
    severity: [{ value: 'high', when: 'always' }],
    confidence: [
      { value: 60, when: 'the covering route is known for an hour or more' },
      { value: 45, when: 'for less' },
    ],
    lookAlikes: [PROVIDER, 'Multihoming with a part of a provider’s prefix by the same origin: nothing is said.'],
    fires: '2001:db8:a::/48 of AS 64500 for two hours; then 2001:db8:a::/49 of AS 64666.',
    quiet: 'AS 64500 announces both halves.',
    repair: REPAIR,
  },
  {
    id: 'T-RTE-BLACKHOLE',
    title: 'Somebody else asks to discard traffic',
    source: 'RFC 7999 section 6',
    rule: 'A known prefix is announced with the blackhole community by an origin that it never had.',
    severity: [{ value: 'high', when: 'always' }],
    confidence: [{ value: 70, when: 'always' }],
    lookAlikes: ['A provider that protects its customer from a flood: listed.'],
    fires: '65535:666 from AS 64666 for a prefix of AS 64500.',
    quiet: 'The same from AS 64500.',
    repair: 'Accept the community only for prefixes that the neighbour holds.',
  },
  {
    id: 'T-RTE-GONE',
    title: 'Nobody announces a prefix any more',
    source: 'RFC 4177 section 6.3.1',
    rule: 'All of two or more neighbours in the capture have withdrawn a prefix.',
    severity: [{ value: 'low', when: 'always' }],
    confidence: [{ value: 45, when: 'always' }],
    lookAlikes: ['Maintenance, or a fault of the site itself: listed.'],
    fires: 'Two neighbours announce 2001:db8:a::/48; both withdraw it.',
    quiet: 'One of them withdraws it.',
    repair: 'Ask the site.',
  },
]
