/** Rules of the catalogue: identifiers with changing locators (HIP, Shim6, ILNP, Mobile IPv6, LISP). */
import type { CatalogueRule } from './rule.ts'

export const MOBILITY_RULES: readonly CatalogueRule[] = [
  {
    id: 'T-HIP-HIT',
    title: "A host identity that is not the HIT's",
    source: 'RFC 7401 sections 3.2, 4.1.8 and 6.8, RFC 7343, RFC 4218 section 4.1.3',
    rule: 'A HOST_ID does not hash to the HIT of its sender. Or an opportunistic exchange is answered from another address than was asked within 10 s.',
    severity: [
      { value: 'high', when: 'the hash is wrong' },
      { value: 'medium', when: 'the answer to an opportunistic exchange shows a name that another HIT has shown' },
      { value: 'low', when: 'it only comes from another address' },
    ],
    confidence: [
      { value: 90, when: 'the hash is wrong' },
      { value: 75, when: 'the name is taken' },
      { value: 60, when: 'only the address differs' },
    ],
    lookAlikes: [
      { id: 'damaged', text: 'A damaged packet: the HOST_ID has to be whole.' },
      { id: 'unknown-hash', text: 'A hash algorithm that is not known: nothing is said.' },
      { id: 'rendezvous', text: 'A rendezvous server: it passes on exchanges that name a HIT; those are left out.' },
      { id: 'several-addresses', text: 'A responder with several addresses: low, listed.' },
    ],
    fires: 'R1 with the HOST_ID of another host.',
    quiet: 'R1 with the HOST_ID of its HIT.',
    repair: 'Drop it (RFC 7401 section 6.8); name the HIT that is asked for.',
  },
  {
    id: 'T-SHIM-CGA',
    title: 'A locator whose claimant does not own it',
    source: 'RFC 5533 section 7.2, RFC 5535 section 7, RFC 3972',
    rule: 'The parameters of an address set (HBA) or of a CGA are captured and do not make a locator that its sender names.',
    severity: [
      { value: 'high', when: 'payload goes there nevertheless' },
      { value: 'low', when: 'it is rejected or has no effect' },
    ],
    confidence: [{ value: 85, when: 'always' }],
    lookAlikes: [
      { id: 'unseen-parameters', text: 'Parameters that were not captured: ownership cannot be checked, nothing is said.' },
      { id: 'other-prefix', text: 'Another prefix of the set: each is tried.' },
      { id: 'signed', text: 'A CGA with a signature that is checked by keys only the hosts have: not wrong.' },
    ],
    fires: 'I2 names a locator outside the HBA set, payload goes there.',
    quiet: 'Every locator is of the set.',
    repair: 'Verify locators before use (RFC 5533 section 7.2).',
  },
  {
    id: 'T-ILNP-NONCE',
    title: 'A Locator Update without the nonce of the session',
    source: 'RFC 6743 section 8, RFC 6744 section 4, RFC 4218 section 4.1',
    rule: 'A Locator Update carries no nonce, or another one than the data of the session.',
    severity: [
      { value: 'high', when: 'it is acknowledged or data goes to its locator' },
      { value: 'medium', when: '3 come from one source within a minute (attempts, attemptTime)' },
      { value: 'low', when: 'it has no effect' },
    ],
    confidence: [{ value: 75, when: 'always' }],
    lookAlikes: [
      { id: 'unseen-nonce', text: 'A session whose nonce was never captured: a nonce that cannot be compared is no sign.' },
      { id: 'mid-capture', text: 'A context from before the capture: 30 less.' },
    ],
    doubts: [
      {
        check: 'the sender began anew with another nonce',
        text: 'A sender that began anew: data with the new nonce would be seen; listed.',
      },
    ],
    fires: 'A Locator Update with another nonce, acknowledged.',
    quiet: 'One with the nonce of the session.',
    repair: 'Drop updates without the right nonce (RFC 6743 section 8); use IPsec where others can read the path.',
  },
  {
    id: 'T-MIP-RR',
    title: 'A binding whose tests were not passed',
    source: 'RFC 6275 sections 5.2, 6.1.7 and 9.5.1, RFC 4225',
    rule: 'A binding update to a correspondent has an authenticator that the tokens of its indices do not make; or no care-of test went to its care-of address within 420 s (bindingMost), though the capture would show it: other tests of this correspondent are in it, or it is older than any token (nonceAge).',
    severity: [
      { value: 'high', when: 'it is accepted or data goes there' },
      { value: 'low', when: 'it is refused or has no effect' },
    ],
    confidence: [
      { value: 85, when: 'the authenticator is wrong' },
      { value: 60, when: 'no test was seen' },
    ],
    lookAlikes: [
      { id: 'static-keys', text: 'A binding with keys set up by hand (RFC 4449): it names no tokens; low.' },
      { id: 'home-agent', text: 'A registration at a home agent: it asks for one and is authenticated otherwise.' },
      {
        id: 'unseen-test',
        text: 'A test that was not captured: no other test of the correspondent, or packets were lost, or only the question from that address is there; nothing is said.',
      },
    ],
    fires: 'BU with one bit of its authenticator flipped, BA with status 0.',
    quiet: 'HoTI, HoT, CoTI, CoT, BU with the right authenticator.',
    repair: 'Correspondents verify the authenticator before they accept (RFC 6275 section 9.5.1).',
  },
  {
    id: 'T-MIP-HAO',
    title: 'A home address that is not bound to its sender',
    source: 'RFC 6275 sections 6.3 and 9.3.1',
    rule: 'Data with a home address option comes from an address that no binding of that home address names; the correspondent answers there and sends no Binding Error within 2 s. Or a routing header of type 2 has segments left other than 1, or takes a home address to where no binding puts it and from where nothing comes within 5 s.',
    severity: [{ value: 'medium', when: 'always' }],
    confidence: [{ value: 55, when: 'always' }],
    lookAlikes: [
      { id: 'mid-capture', text: 'A binding from before the capture: the session has to be captured from its first update.' },
      { id: 'refused', text: 'It was refused: a Binding Error.' },
      { id: 'ignored', text: 'It was ignored: no answer goes there.' },
      { id: 'overtaken', text: 'Data that overtakes the update: judged 5 s later.' },
    ],
    fires: 'Data with the option from an address never bound; the correspondent answers there.',
    quiet: 'The same, answered with a Binding Error, or not at all.',
    repair: 'Drop packets with an option that no binding allows and send a Binding Error (RFC 6275 section 9.3.1).',
  },
  {
    id: 'T-MIP-PREFIX',
    title: 'A router asks for a prefix that is not its own',
    source: 'RFC 3963 sections 4.2 and 9, RFC 5213 section 5.3.1',
    rule: 'A NEMO or PMIPv6 binding for a prefix is refused with status 141, 142 or 155. Or a prefix that one mobile router holds is granted to another one.',
    severity: [
      {
        value: 'medium',
        when: 'two hold one prefix at a time; or 3 different ones are refused to one source within a minute (attempts, attemptTime)',
      },
      { value: 'low', when: 'one is refused, however often' },
    ],
    confidence: [{ value: 70, when: 'always' }],
    lookAlikes: [
      { id: 'moved-router', text: 'A router that moves: the same home address or mobile node, another care-of address.' },
      { id: 'given-back', text: 'A router that has given the prefix back, or whose binding has run out.' },
    ],
    doubts: [{ check: 'a wrong configuration of the router', text: 'A wrong configuration.' }],
    fires: 'BU with the prefix of another router, BA with status 141; or BA with status 0 to both.',
    quiet: 'The router itself registers the prefix again from another care-of address.',
    repair: 'Home agents keep a table of who may register which prefix (RFC 3963 section 9).',
  },
  {
    id: 'T-LISP-OVER',
    title: 'A mapping claims more than its site',
    source: 'RFC 9301 sections 6.1 and 9, RFC 7835 sections 3.1 and 3.2',
    rule: 'A Map-Reply names a prefix that is shorter than the prefix it was asked for, or that swallows mappings of other sites, or the asking site itself. Or more than 20 Solicit-Map-Requests come from one router in a second.',
    severity: [
      { value: 'high', when: 'it is shorter than what was asked for, or data goes to its locators since' },
      { value: 'medium', when: 'otherwise' },
    ],
    confidence: [{ value: 60, when: 'always' }],
    lookAlikes: [
      {
        id: 'changed-site',
        text: 'A great site that has just changed: its solicitations go to everybody who asked for it, each once; low.',
      },
      { id: 'site-prefix', text: 'The prefix of a site when a host was asked for: the right answer.' },
      { id: 'same-site', text: 'Mappings of the same site: they share a locator or who told them.' },
    ],
    doubts: [{ check: 'a proxy or default mapping', text: 'A proxy or default mapping.' }],
    fires: 'Map-Request for 2001:db8:a::/64, Map-Reply with 2001:db8::/32.',
    quiet: 'Map-Reply with 2001:db8:a::/64 or longer.',
    repair: 'Accept no more than was asked for, and answers by way of the map server only (RFC 9301 section 9, RFC 9303).',
  },
  {
    id: 'T-LISP-AUTH',
    title: 'A mapping that nobody asked for, or that was not taken',
    source: 'RFC 9301 sections 5.6, 5.7 and 9, RFC 7835 section 3.1',
    rule: 'A Map-Reply has the nonce of no captured Map-Request and says something new. Or a Map-Register that asks for a Map-Notify gets none for 10 s from a server that answered this router before.',
    severity: [
      { value: 'medium', when: '3 such answers of one source within a minute (attempts, attemptTime)' },
      { value: 'low', when: 'otherwise' },
    ],
    confidence: [{ value: 55, when: 'always' }],
    lookAlikes: [
      {
        id: 'mid-capture',
        text: 'A question from before the capture, or by a way that was not captured: what is known is no news; the first 10 s do not count.',
      },
      { id: 'lost-registration', text: 'A lost registration: repeated within 10 s.' },
      { id: 'unseen-answers', text: 'A server whose answers are not captured: it never answered this router.' },
    ],
    fires: 'Map-Reply with an unknown nonce for a prefix that had been asked for before, with another locator.',
    quiet: 'Map-Reply with the nonce of its Map-Request.',
    repair: 'Check nonces; secure the map server (RFC 9301 section 9, RFC 9303).',
  },
]
