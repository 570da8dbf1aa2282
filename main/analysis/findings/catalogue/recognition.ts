/** Rules of the catalogue: what is recognised of protocols that have no numbers and no dissector. Properties, not attacks. */
import type { CatalogueRule } from './rule.ts'

export const RECOGNITION_RULES: readonly CatalogueRule[] = [
  {
    id: 'T-HIDDEN-ID',
    title: 'A transport that counts with other addresses than its packets have',
    source: 'RFC 4177 section 5.5, RFC 5533 section 4.6',
    rule: 'Among the first four packets of a TCP or UDP flow that begins without SYN, two have a checksum that is wrong for their addresses and right for an address pair that the same ports had before.',
    severity: [{ value: 'info', when: 'always: a property of the hosts' }],
    confidence: [{ value: 90, when: 'always' }],
    lookAlikes: [
      { id: 'network-card', text: 'A checksum left to the network card: a sum over the pseudo header, or 0; nothing is said.' },
      { id: 'damaged', text: 'A damaged packet: two have to fit the same pair.' },
      {
        id: 'said-so',
        text: 'Shim6, which says so in a header of its own, Mobile IPv6 and ILNP: their checksums are checked over what they cover.',
      },
    ],
    doubts: [
      {
        check: 'a translator that forgets to correct checksums',
        text: 'A translator that forgets to correct checksums: its packets would be dropped.',
      },
    ],
    fires: 'TCP from 2001:db8:b::10 whose checksums are those of 2001:db8:a::10, which had the ports before.',
    quiet: 'The same with right checksums, with checksums of the network card, or with ports that nobody had.',
    repair: 'None is needed; a profile for the protocol tells more.',
  },
  {
    id: 'T-HASH-CHAIN',
    title: 'A value that hashes to one shown before',
    source: 'draft-ylitalo-multi6-wimp, draft-heer-hip-lhip',
    rule: 'A payload of an IP protocol without a dissector, or a field that a profile calls hashAnchor, holds 16 or 20 bytes whose MD5 or SHA-1 the same two hosts had sent before.',
    severity: [{ value: 'info', when: 'always: it proves that who speaks now spoke before' }],
    confidence: [{ value: 95, when: 'always' }],
    lookAlikes: [],
    fires: 'Protocol 253: first SHA-1(v), then v.',
    quiet: 'First v, then SHA-1(v); values of other hosts; any other bytes.',
    repair: 'None is needed.',
  },
]
