/** Rules of the catalogue: handshakes, their answers, and errors about them. */
import type { CatalogueRule } from './rule.ts'

export const REFLECTION_RULES: readonly CatalogueRule[] = [
  {
    id: 'T-INITIAL-MITM',
    title: 'Two answers to one first step',
    source: 'RFC 4218 section 3.2, RFC 6528',
    rule: 'One first step of a handshake, seen once, gets two second steps within 3 s on the same link that name different answerers: initial sequence number (TCP), tag (SCTP), identifiers (IKE, Shim6 and others).',
    severity: [
      { value: 'high', when: 'the second comes within 0.3 s of the request, or their hop limits differ by 3 or more' },
      { value: 'low', when: 'it comes later' },
    ],
    confidence: [
      { value: 55, when: 'always' },
      { value: 70, when: 'their hop limits differ by 3 or more' },
    ],
    lookAlikes: [
      {
        id: 'sent-again',
        text: 'A request that was sent again: a server without state may answer each copy differently; nothing is said.',
      },
      {
        id: 'sent-again-unseen',
        text: 'The same, where the capture has lost the second request: the second answer comes after the time in which one would be sent; low.',
      },
      {
        id: 'renumbering-firewall',
        text: 'A firewall that renumbers, captured on both sides: an answer has to fit the request that was seen, on the same interface.',
      },
      {
        id: 'load-balancer',
        text: 'A load balancer or anycast: copies of a request that was sent again end at two machines; a request has to have been sent once.',
      },
    ],
    fires: 'One SYN, two SYN/ACK with different sequence numbers 20 ms apart.',
    quiet: 'Two SYN, two SYN/ACK; or two equal SYN/ACK.',
    repair: 'Use a transport that proves who answers (TLS, IPsec, HIP).',
  },
  {
    id: 'T-REWRITE',
    title: 'A translator between two capture points',
    source: 'RFC 4177 section 5.6, RFC 6296, RFC 2663',
    rule: 'The same first step (initial sequence number, port of the service) is seen on two interfaces within a second with different addresses; or a NAT_DETECTION hash of IKEv2 does not fit; or an SCTP INIT from a public address lists private ones only; or a HIP LOCATOR_SET does not name its source; or a Shim6 probe reports other addresses than its packet has.',
    severity: [{ value: 'info', when: 'always: a property of the path' }],
    confidence: [
      { value: 95, when: 'seen on two interfaces' },
      { value: 80, when: 'by NAT_DETECTION' },
      { value: 60, when: 'by the addresses of an INIT, a LOCATOR_SET or a probe' },
    ],
    lookAlikes: [{ id: 'two-hosts', text: 'Two hosts that do the same: their sequence numbers differ.' }],
    doubts: [{ check: 'the host is leaving that address', text: 'A host that is about to leave an address.' }],
    fires: 'SYN from 2001:db8:a:1::5 on one interface, the same from 2001:db8:f0:1::5 on the other.',
    quiet: 'Different sequence numbers.',
    repair: 'None is needed; protocols that carry addresses in their payload need help there.',
  },
  {
    id: 'T-EXHAUST',
    title: 'Handshakes that are never completed',
    source: 'RFC 4218 section 4.4, RFC 9260 section 5.1, RFC 7401 section 4.1',
    rule: 'Within 60 s more than 100 handshakes with one target stay half open and fewer than 10 % are completed, at 20 or more starts in each of three seconds in a row, and the target answers. Counted for SCTP, MPTCP, HIP, Shim6, IKEv2, QUIC and Mobile IPv6. Also: 10 or more wrong solutions of a HIP puzzle, or messages of HIP or SEND with a wrong signature of a known key, to one host within a second, or 20 or more Binding Errors that one host has to send, or 10 or more first messages of IKEv2 without the cookie that their receiver asks for and none with it. Tests of Mobile IPv6 (HoTI, CoTI) are starts that a Binding Update completes.',
    severity: [
      { value: 'medium', when: 'always' },
      {
        value: 'high',
        when: 'more than 1,000 are half open, or the target showed distress within a minute: a harder puzzle, cookies, a retry, no resources',
      },
    ],
    confidence: [{ value: 60, when: 'always' }],
    lookAlikes: [
      { id: 'crowd', text: 'Many clients at once: they complete.' },
      { id: 'one-client', text: 'One client that repeats itself: a start counts once for its tag and ports.' },
      { id: 'server-down', text: 'A server that is down: it does not answer.' },
      { id: 'cookies', text: 'New clients of a host that asks for cookies: they come back with one.' },
    ],
    fires: '500 INIT in 5 s from different sources, 500 INIT ACK, 2 COOKIE ECHO.',
    quiet: '500 INIT in 25 s, 450 COOKIE ECHO.',
    repair: 'Cookies and puzzles before any state (RFC 9260 section 5.1.3, RFC 7401 section 4.1.1, RFC 7296 section 2.6).',
  },
  {
    id: 'T-REFLECT',
    title: 'Answers are sent to a third party',
    source: 'RFC 4218 section 3.4, RFC 2827 (BCP 38), RFC 4732 section 2.3',
    rule: '20 or more first steps or name questions within 10 s in the name of one source, fewer than 5 % followed up, and a sign that the source is forged: 3 or more with a hop limit 3 or more off what its packets had before; a source that is in no prefix of the site; or 3 or more rejections by the source that came over a path of another length.',
    severity: [{ value: 'medium', when: 'always' }],
    confidence: [{ value: 50, when: 'and 10 more for each sign' }],
    lookAlikes: [
      {
        id: 'scanner',
        text: 'A scanner, a crashed client, a client whose way back is broken: their packets have the hop limit they always had.',
      },
    ],
    fires: '100 first steps with hop limit 50 in the name of a host whose packets had 61; 100 answers; the host rejects five of them.',
    quiet: '100 handshakes that are completed; a scanner that resets what it opened.',
    repair: 'Filter by source at the edge (BCP 38); answer no more than was asked before the source is proven.',
  },
  {
    id: 'T-REFLECT-AMP',
    title: 'Amplified answers are sent to a third party',
    source: 'RFC 4732 section 2.3, RFC 5358, RFC 2827 (BCP 38)',
    rule: 'As T-REFLECT, and the answers are 3 or more times as long as the questions and 20 kB or more.',
    severity: [{ value: 'high', when: 'always' }],
    confidence: [{ value: 50, when: 'and 10 more for each sign' }],
    lookAlikes: [
      {
        id: 'own-question',
        text: 'A host that asks itself for long answers, also one that never comes back for them: its packets have the hop limit they always had.',
      },
    ],
    fires: '50 name questions of 60 bytes in the name of a host, 50 answers of 3000 bytes, and a hop limit that is not its own.',
    quiet: 'The same answers to a host that asks itself.',
    repair: 'As T-REFLECT; close open resolvers (RFC 5358).',
  },
  {
    id: 'T-ICMPERR',
    title: 'An ICMP error quotes what was never sent',
    source: 'RFC 5927, RFC 4177 section 6.3.1, RFC 5534',
    rule: 'An ICMP error quotes a TCP sequence number beyond all that was sent or from before the connection, or an SCTP tag that neither end has; or a connection that was never seen between hosts whose packets were; or names an MTU below what every path has (1280, 552).',
    severity: [
      { value: 'high', when: 'the session moves to another path within 5 s' },
      { value: 'medium', when: 'the quote contradicts a session' },
      { value: 'low', when: 'the quoted connection was never seen, or the MTU is too small' },
    ],
    confidence: [
      { value: 50, when: 'the quote contradicts a session, or the MTU is too small' },
      { value: 45, when: 'the quoted connection was never seen' },
    ],
    lookAlikes: [
      { id: 'late', text: 'A late error: it quotes data of before, which match.' },
      {
        id: 'translator',
        text: 'A translator that did not turn the quoted packet back: the connection that it quotes was never seen; low.',
      },
      { id: 'losses', text: 'A capture that lost packets: nothing is said.' },
      { id: 'mid-capture', text: 'A connection from before the capture: nothing is said of it, nor of unseen ones in the first minute.' },
    ],
    fires: 'ICMPv6 1/0 that quotes a sequence number a million bytes ahead.',
    quiet: 'The same about a packet that was sent.',
    repair: 'Hosts check the quote before they believe an error (RFC 5927 section 4).',
  },
]
