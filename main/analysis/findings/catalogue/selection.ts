/** Rules of the catalogue: how hosts choose and show their addresses. */
import type { CatalogueRule } from './rule.ts'

export const SELECTION_RULES: readonly CatalogueRule[] = [
  {
    id: 'SEL-SOURCE',
    title: 'Another source than the rules choose',
    source: 'RFC 6724 section 5',
    rule: 'A new flow of the captured host has a source that RFC 6724 puts behind another of the addresses it had then, by rule 1, 2, 3, 5 or 6.',
    severity: [{ value: 'info', when: 'always: a program may bind what it likes' }],
    confidence: [{ value: 60, when: 'always' }],
    lookAlikes: [{ id: 'late-rules', text: 'Rule 7 (temporary addresses) and rule 8 (longest match) are not held against a choice.' }],
    doubts: [
      { check: 'the program has bound that address on purpose', text: 'A program that binds an address on purpose.' },
      { check: 'the host has a policy table of its own', text: 'A policy table of its own.' },
    ],
    fires: 'A connection from an address of upB by upA, where the host has a global address on upA.',
    quiet: 'The host has no other address of that family.',
    repair: 'Look at the source routing of the host, or at what the program binds.',
  },
  {
    id: 'SEL-DESTINATION',
    title: 'Another destination than the rules try first',
    source: 'RFC 6724 section 6, RFC 8305',
    rule: 'The first flow to a name with several addresses goes to one that RFC 6724 puts behind another, by a rule before the longest match.',
    severity: [{ value: 'info', when: 'always' }],
    confidence: [{ value: 55, when: 'always' }],
    lookAlikes: [],
    doubts: [{ check: 'attempts to several addresses at once (RFC 8305)', text: 'Attempts to several addresses at once (RFC 8305).' }],
    fires: 'A name has an A and an AAAA record, the host has global addresses of both families, and the first attempt goes to IPv4.',
    quiet: 'It goes to IPv6.',
    repair: 'None is needed.',
  },
  {
    id: 'SEL-REPLY',
    title: 'An answer from another address than the one asked',
    source: 'RFC 1122 section 3.3.4.2, RFC 9260 section 5.1',
    rule: 'A question to one address, still unanswered, is answered within 3 s by another one: same ports the other way round, or the same echo identifier and number.',
    severity: [
      { value: 'low', when: 'UDP, TCP, echo' },
      { value: 'info', when: 'SCTP: the addresses may belong to one association' },
    ],
    confidence: [{ value: 75, when: 'always' }],
    lookAlikes: [
      { id: 'multicast', text: 'Multicast and broadcast: whoever feels addressed answers; left out.' },
      { id: 'one-port', text: 'Protocols that use one port on both sides: left out.' },
      { id: 'teredo', text: 'Teredo and STUN, whose servers answer from their other address to find translators: left out.' },
    ],
    doubts: [
      {
        check: 'a translator in front of the answerer that rewrites only one way',
        text: 'A translator that rewrites only one way.',
      },
    ],
    fires: 'A datagram to 203.0.113.10 port 53, answered by 203.0.113.74 port 53.',
    quiet: 'Answered by 203.0.113.10; or the question went to 224.0.0.251.',
    repair: 'Have the answering program bind or copy the address that was asked (IP_PKTINFO).',
  },
  {
    id: 'T-PRIV',
    title: 'An identifier goes along from network to network',
    source: 'RFC 7721, RFC 4218 section 4.5, RFC 4177 section 6.3.6',
    rule: 'One interface identifier made from a link-layer address (EUI-64) is seen in two or more networks (/48) that are not known as one site; or one DHCPv6 client (DUID) is given addresses or prefixes in two; or a QUIC connection carries one connection ID from two networks.',
    severity: [{ value: 'low', when: 'always' }],
    confidence: [{ value: 80, when: 'always' }],
    lookAlikes: [
      { id: 'one-site', text: 'Two prefixes of one multihomed site: a property of the site, no finding.' },
      {
        id: 'many-hosts',
        text: 'Three or more hosts in the same networks: those of a site whose prefixes were not advertised in the capture.',
      },
      { id: 'common-identifier', text: 'Identifiers that many hosts have (::1, ::10): not made from a link-layer address.' },
      { id: 'translator', text: 'A translator that changes its binding: the same /64 or /24.' },
      {
        id: 'by-design',
        text: 'What a protocol shows on all its paths by design (tags, HITs, home addresses): a property of the protocol, no finding.',
      },
    ],
    fires: '2001:db8:a:1:250:56ff:fe00:1 and 2001:db8:c:1:250:56ff:fe00:1.',
    quiet: 'Both in prefixes of the site.',
    repair: 'Stable identifiers that differ by network (RFC 7217), temporary addresses (RFC 8981).',
  },
]
