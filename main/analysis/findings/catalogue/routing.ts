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
    severity: [
      { value: 'medium', when: 'one origin announced it, and still does' },
      { value: 'low', when: 'several did from the start, or the former one had taken it back' },
    ],
    confidence: [
      { value: 45, when: 'and 30 less for a provider of the former origin' },
      { value: 65, when: 'the hop limits of its packets change by 5 or more within a minute' },
    ],
    lookAlikes: [
      { id: 'provider', text: PROVIDER },
      { id: 'anycast', text: 'Anycast, or one owner under several numbers: several origins announced it in the first tables; low.' },
      { id: 'merger', text: 'A network that changes hands: the former origin takes it back before the new one announces it; low.' },
      {
        id: 'flood-protection',
        text: 'Protection against floods by who carried the traffic before, or hands it on to the old origin: as a provider.',
      },
      { id: 'first-table', text: 'The first table of a session: no change.' },
    ],
    doubts: [
      {
        check: 'protection against floods by somebody who never carried the traffic before',
        text: 'Protection against floods that is bought on the day: its first appearance looks like the attack.',
      },
    ],
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
      {
        value: 45,
        when: 'for less; 30 less for a provider of the former origin, 20 more when the hop limits of its packets change by 5 or more within a minute',
      },
    ],
    lookAlikes: [
      { id: 'provider', text: PROVIDER },
      { id: 'same-origin', text: 'Multihoming with a part of a provider’s prefix by the same origin: nothing is said.' },
    ],
    fires: '2001:db8:a::/48 of AS 64500 for two hours; then 2001:db8:a::/49 of AS 64666.',
    quiet: 'AS 64500 announces both halves.',
    repair: REPAIR,
  },
  {
    id: 'T-RTE-BLACKHOLE',
    title: 'Somebody else asks to discard traffic',
    source: 'RFC 7999 section 6',
    rule: 'A known prefix is announced with the blackhole community by an origin that it never had.',
    severity: [
      { value: 'high', when: 'who announces it never carried its traffic' },
      { value: 'low', when: 'a provider of the origin does' },
    ],
    confidence: [{ value: 70, when: 'always' }],
    lookAlikes: [
      {
        id: 'provider',
        text: 'A provider that protects its customer from a flood: it carried the traffic before, or its path leads over the origin; low.',
      },
    ],
    fires: '65535:666 from AS 64666 for a prefix of AS 64500.',
    quiet: 'The same from AS 64500.',
    repair: 'Accept the community only for prefixes that the neighbour holds.',
  },
  {
    id: 'T-RTE-PATH',
    title: 'A path that cannot be, or is too short',
    source: 'RFC 4218 section 3.2, RFC 7607, RFC 7300, RFC 6996',
    rule: 'After the first table: a path holds a system number that does not exist, or a private one behind a public one; or a known prefix of a known origin comes over a neighbour that the origin never had, two or more systems shorter than any path before, after a minute at least.',
    severity: [{ value: 'low', when: 'always' }],
    confidence: [{ value: 45, when: 'always' }],
    lookAlikes: [
      { id: 'laboratory', text: 'A laboratory, where all numbers are private or for documents: no public number stands before them.' },
    ],
    doubts: [
      {
        check: 'a provider that does not remove the private numbers of its customers',
        text: 'A provider that leaves private numbers of customers in the path.',
      },
      { check: 'a further provider, or a direct connection, of the site', text: 'A further provider of the site.' },
    ],
    fires: 'AS path 3356 65010 64500; or 3356 64500 after 3356 1299 174 64500.',
    quiet: 'AS path 64510 65010; or a shorter path over a neighbour that the origin had before.',
    repair: 'Filter such numbers at the edge; validate origins and paths (RFC 6811, ASPA).',
  },
  {
    id: 'T-RTE-GONE',
    title: 'Nobody announces a prefix any more',
    source: 'RFC 4177 section 6.3.1',
    rule: 'All of two or more neighbours in the capture have withdrawn a prefix.',
    severity: [{ value: 'low', when: 'always' }],
    confidence: [{ value: 45, when: 'always' }],
    lookAlikes: [],
    doubts: [{ check: 'maintenance or a fault of the site itself', text: 'Maintenance, or a fault of the site itself.' }],
    fires: 'Two neighbours announce 2001:db8:a::/48; both withdraw it.',
    quiet: 'One of them withdraws it.',
    repair: 'Ask the site.',
  },
]
