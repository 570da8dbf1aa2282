/** Rules of the catalogue: contexts with several locators, whatever their protocol. */
import type { CatalogueRule } from './rule.ts'

const TEST_FIRST = 'A new locator has to answer a test before payload goes there'

export const CONTEXT_RULES: readonly CatalogueRule[] = [
  {
    id: 'T-REDIR-EST',
    title: 'An established session is redirected to a locator that never answered',
    source: 'RFC 4218 section 4.1.1, RFC 4225, RFC 5062 sections 3 and 4',
    rule: 'Payload of an established context goes to a locator that was not there from the start: 3 packets or 3000 bytes (redirectPackets, redirectBytes). 5 s later no test of the locator was answered and nothing of the context came from it, though the claiming end was captured within 300 s.',
    severity: [
      { value: 'critical', when: 'the former locator still sends, or the proof of the claim is wrong' },
      {
        value: 'high',
        when: 'the claim was signalled without a proof, or with one that cannot be checked; or nobody announced the locator',
      },
      {
        value: 'medium',
        when: 'the locator was listed, or answered where it was claimed; or the proof is right and the former still sends',
      },
      { value: 'low', when: 'the proof is right: it shows who owns the locator, not that it can be reached' },
    ],
    confidence: [
      { value: 60, when: 'always' },
      { value: 45, when: 'a proof was given that cannot be checked' },
      { value: 20, when: 'tests of paths are encrypted (QUIC, IKEv2)' },
    ],
    lookAlikes: [
      {
        id: 'unseen-test',
        text: 'A test that was not captured: nothing is said when the claiming end was not captured near that time, or packets were lost.',
      },
      { id: 'late-test', text: 'A test that is answered late: judged 5 s after the threshold.' },
      { id: 'encrypted-test', text: 'Encrypted tests: 40 less; only reported with the former locator alive or another hop limit.' },
      { id: 'mid-capture', text: 'A context from before the capture: 30 less.' },
      { id: 'sent-again', text: 'Data sent again once to an address that is still to be confirmed: below the thresholds.' },
    ],
    fires:
      'An association between A1 and B1. A1 sends ASCONF (Add IP C9, Set Primary C9) without AUTH, B1 accepts and sends three DATA to C9; no HEARTBEAT to C9 is answered.',
    quiet: 'The same with AUTH, A2 in place of C9, and HEARTBEAT and HEARTBEAT ACK before DATA.',
    repair: `${TEST_FIRST} (RFC 9260 section 8.3, RFC 8046 section 5.4, RFC 5533 section 4.6); authenticate what names it.`,
  },
  {
    id: 'T-REDIR-PRE',
    title: 'An address is claimed before its owner comes',
    source: 'RFC 4218 section 4.1.3, RFC 5062 section 2, RFC 5533 section 16',
    rule: 'Strong: an address that another host named as its own, never proven, opens a session with the same peer and is refused within 3 s, or, when its hop limit shows that it is another machine, gets no answer while the peer goes on with the claimant; or the answer to it goes to the claimant. Weak: an address named by another host answers what is sent to it with the refusal of the protocol itself (ABORT, ICMP protocol unreachable, ICMPv6 parameter problem type 4 code 1); or is an interface or router of the site by its model, claimed from beyond the link, and proves nothing within 10 s. Claims count for 300 s after they were made or repeated (preclaimWindow) and while their context lives.',
    severity: [
      { value: 'high', when: 'the owner is turned away' },
      { value: 'medium', when: 'the address itself disowns the session' },
      { value: 'low', when: 'that address is a private one, so that a translator explains it' },
    ],
    confidence: [
      { value: 55, when: 'always' },
      { value: 70, when: "the owner's hop limit is not that of the claim" },
    ],
    lookAlikes: [
      { id: 'own-interface', text: "The claimant's own second interface: it sends packets of the session or answers its tests." },
      { id: 'translator', text: 'A translator in front of the claimant: private addresses are low and 25 less.' },
      { id: 'lease', text: 'An address given to another host meanwhile: claims run out after 300 s, when the context is over.' },
      { id: 'refused-claim', text: 'A claim that the peer refused: it holds nobody off.' },
      {
        id: 'two-cards',
        text: 'A host with one card on the link and one elsewhere: neighbours of the link are no evidence, only what the site model names.',
      },
      { id: 'closed-port', text: 'A closed port, or what routers and filters say: no word of the address itself about the protocol.' },
    ],
    fires:
      'M opens with INIT that lists M and X; P sends HEARTBEAT to X, X answers ABORT, then X sends INIT with the same ports and P answers ABORT.',
    quiet: 'H1 opens with INIT that lists H1 and H2; H2 answers HEARTBEAT and later sends DATA.',
    repair: `${TEST_FIRST}, and an unproven claim must not hold its owner off (RFC 9260 section 5.4, RFC 5062 section 2.3).`,
  },
  {
    id: 'T-REPLAY',
    title: 'An old binding is sent again',
    source: 'RFC 4218 section 4.1.4, RFC 4225, RFC 5533 section 16',
    rule: 'An update arrives that is older than what came before it (SCTP serial, HIP update id, Mobile IPv6 sequence number, Shim6 generation or nonce, MPTCP ADD_ADDR withdrawn since, ILNP update replaced since, IKEv2 message id that was answered), 1 s (replayAge) and four round trips after its original, within 600 s (replayWindow). ILNP, whose updates have no number, also needs the sender to go on elsewhere; MPTCP, whose copies are always alike, another hop limit; IKEv2 another source and a later id that was answered. A LISP Map-Reply is old when its nonce has been answered and it names what a newer one no longer does.',
    severity: [
      { value: 'high', when: 'the peer accepts it or sends to what it names' },
      { value: 'low', when: 'it was refused or had no effect' },
    ],
    confidence: [
      { value: 75, when: 'the peer acts on it' },
      { value: 60, when: 'it does not' },
    ],
    lookAlikes: [
      {
        id: 'retransmission',
        text: 'A retransmission: younger than a second and four round trips, or the latest again from the same source, which changes nothing (low when the peer refuses it as out of its window).',
      },
      { id: 'double-capture', text: 'A capture that holds each packet twice: copies are milliseconds apart.' },
      { id: 'reordered', text: 'Packets out of order: the original is less than 3 s old.' },
      { id: 'restart', text: 'A peer that has restarted: a new context.' },
      { id: 'wrap', text: 'Numbers that wrap around: compared modulo their size.' },
    ],
    fires:
      'HIP UPDATE 7 names L2, UPDATE 8 names L3, both acknowledged; two minutes later Z sends the bytes of UPDATE 7 and ESP goes to L2.',
    quiet: 'UPDATE 7 twice, a second apart, from the same source, before it is acknowledged.',
    repair: 'Receivers keep the last number of each peer and refuse what is not after it.',
  },
  {
    id: 'T-BLACKHOLE',
    title: 'Data goes to a locator from where nothing comes back',
    source: 'RFC 4218 section 4.2, RFC 5062 section 4',
    rule: 'After a claim data goes to a new locator: 3 retransmissions (blackHoleResent) or 3 s (blackHoleTime), nothing comes back, no test of it was answered, and the former locator works, an ICMP error reports the new one, or the new one is an address that nobody has (loopback, multicast, reserved).',
    severity: [
      { value: 'high', when: 'the claim had no proof or a wrong one, or its claimant breaks 3 contexts within a minute' },
      { value: 'medium', when: 'its proof cannot be checked' },
      { value: 'low', when: 'its proof is right: the path failed' },
    ],
    confidence: [
      { value: 50, when: 'always' },
      { value: 35, when: 'a proof was given that cannot be checked' },
    ],
    lookAlikes: [
      { id: 'real-failure', text: 'A path that really failed: without a former locator that works, or an ICMP error, nothing is said.' },
      { id: 'short-gap', text: 'A short gap at a hand-over: shorter than 3 s and 3 retransmissions.' },
      { id: 'never-claimed', text: 'A locator that was only seen, never claimed: left out.' },
    ],
    fires: 'ASCONF without AUTH names C9 as primary; data goes to C9 for 4 s, nothing comes back, and A1 still sends.',
    quiet: 'The same for 2 s; or C9 answers HEARTBEAT; or A1 is silent too.',
    repair: `${TEST_FIRST}; fall back to the former one when it does not answer.`,
  },
  {
    id: 'T-FLOOD3',
    title: 'A session floods a third party that did not ask for it',
    source: 'RFC 4218 section 4.3.1, RFC 4225, RFC 5062 sections 5 and 6',
    rule: 'Data of an established context goes to a locator that has proven nothing: 65,536 bytes (floodBytes), 10,000 bytes a second for 5 s (floodRate, floodWindow), or 4096 bytes (amplificationBytes) to one that has sent nothing since the claim; no proof came within 5 s and the claiming end was captured. With help (SCTP): 4096 bytes and more go to an address that was added, nothing comes from it, no test of it was answered, and 10 or more acknowledgements come from another address; for an address of the handshake only when it rejects what it gets.',
    severity: [
      {
        value: 'critical',
        when: 'more than 125,000 bytes a second (floodCritical), or to an interface or router of the site that another host named',
      },
      { value: 'high', when: 'otherwise' },
      {
        value: 'medium',
        when: 'tests of paths are encrypted (QUIC, IKEv2), or acknowledgements come from elsewhere, and the address does not reject anything',
      },
      { value: 'low', when: 'with help, and the proof of the claim is right' },
    ],
    confidence: [
      { value: 65, when: 'always' },
      { value: 85, when: 'the flooded address rejects the packets' },
      { value: 50, when: 'a proof was given that cannot be checked' },
    ],
    lookAlikes: [
      { id: 'unseen-return', text: 'A hand-over whose way back is not captured: the claiming end has to be seen near that time.' },
      { id: 'late-test', text: 'A test that is answered late: judged 5 s after the threshold.' },
      {
        id: 'other-path',
        text: 'Acknowledgements that come over another path: usual where the address was tested, or was in the handshake.',
      },
      { id: 'encrypted-test', text: 'Encrypted tests: 40 less.' },
    ],
    fires: 'As T-REDIR-EST with 100 kB to C9, which answers ABORT.',
    quiet: 'A HIP UPDATE, ECHO_REQUEST and ECHO_RESPONSE, then bulk data to the new address.',
    repair: `${TEST_FIRST}; until then send no more than came from it (RFC 8046 section 5.6, RFC 9000 section 8).`,
  },
  {
    id: 'T-FLOODDIR',
    title: 'A host is flooded without any redirection',
    source: 'RFC 4218 section 3.4, RFC 4732 section 2',
    rule: 'Datagrams and opening packets to one address: more than 1000 in each of 3 seconds in a row, more than 20 times the median of its last minute, and fewer than 5 % come back; not in the first 10 s of a capture (captureStart).',
    severity: [{ value: 'low', when: 'always: what redirected floods are compared with' }],
    confidence: [{ value: 50, when: 'always' }],
    lookAlikes: [
      { id: 'bulk', text: 'A bulk transfer: its acknowledgements come back.' },
      { id: 'media', text: 'A media stream with reports: the same.' },
      { id: 'collector', text: 'A collector that is always busy and never answers: compared with its own last minute.' },
    ],
    fires: '5000 datagrams a second for 5 s to one host that sends nothing back.',
    quiet: 'The same with one answer for ten; or for 2 s; or 1000 a second.',
    repair: 'Filter upstream; what the sources are is another question (BCP 38).',
  },
  {
    id: 'T-ACKSPOOF',
    title: 'A receiver acknowledges data before it was sent',
    source: 'RFC 4218 section 3.4, RFC 5062 section 7, RFC 7430 section 5',
    rule: 'Before it was sent: twice in one direction an acknowledgement covers 8 TSNs (SCTP), 16 KiB (MPTCP) or 2920 bytes (TCP) more than was ever sent, and that data is sent more than 20 ms later, on the interface that the acknowledgement came on. Split (TCP): more than 10 acknowledgements for each full segment over 50 of them. Repeated (TCP): more than 50 equal acknowledgements within 5 s beyond those that segments on their way can cause, without a stated hole. Sooner than the path allows (SCTP, MPTCP): 8 of 10 in less than half of the shortest of the first 16 round trips of their pair, 5 ms or more.',
    severity: [
      {
        value: 'high',
        when: 'it comes from an address that is not of the receiver, or the sender at least doubles its rate with each round trip since',
      },
      { value: 'medium', when: 'before it was sent, split or repeated; or sooner than the path allows and the rate doubles since' },
      { value: 'low', when: 'sooner than the path allows: a path that got shorter looks the same' },
    ],
    confidence: [
      { value: 85, when: 'before it was sent' },
      { value: 45, when: 'split, repeated, or sooner than the path allows' },
    ],
    lookAlikes: [
      { id: 'lost-by-capture', text: 'A capture that lost the data: it is never seen, so nothing is said.' },
      {
        id: 'two-clocks',
        text: 'Clocks of two interfaces that differ: the data has to come on the interface of the acknowledgement, and more than 20 ms later.',
      },
      { id: 'mid-capture', text: 'A context from before the capture: left out.' },
      { id: 'near-receiver', text: 'A capture near the receiver: its round trips are shorter than 5 ms.' },
      { id: 'loss', text: 'A loss: each segment on its way may cause an acknowledgement; a stated hole ends the count.' },
      { id: 'keep-alive', text: 'Keep-alives, and changes of the window: far apart.' },
      { id: 'offload', text: 'Segmentation offload: a segment seen larger than 1460 bytes counts as those that it was cut into.' },
      { id: 'small-messages', text: 'An exchange of small messages: segments of 1000 bytes on average and more.' },
    ],
    fires: 'TSN 1000 is the highest sent; SACK 1020, SACK 1040; then TSN 1001 to 1040 follow.',
    quiet: 'SACK 1020 once; or TSN 1001 to 1020 never appear; or they come within 20 ms.',
    repair: 'Senders ignore acknowledgements of what they never sent (RFC 9260 section 6.2.1).',
  },
  {
    id: 'T-TIMESHIFT',
    title: 'A binding outlives the proof it rests on',
    source: 'RFC 4177 section 5.2, RFC 4218 section 4.1.2, RFC 6275 section 5.2.7',
    rule: 'A correspondent grants a Mobile IPv6 binding for more than 420 s (bindingMost). Or data goes to a locator whose binding has run out, which was not refreshed and was silent for 60 s. Or a binding update rests on tokens that were handed out more than 240 s (nonceAge) before. Or data goes to a locator of SCTP or Shim6 that was silent for 60 s and whose last proof (a packet from it, data that arrived) is more than 150 or 90 s old, while its end was heard elsewhere within a minute. Or a client opens sessions, 3 packets or more, to an address that its name gave up, after the lifetime of that answer, and the address was silent for 60 s.',
    severity: [
      { value: 'high', when: 'data goes to a locator after its binding ran out; SCTP and Shim6: and the locator rejects it' },
      { value: 'medium', when: 'a binding is granted for too long, or one with old tokens accepted' },
      { value: 'low', when: 'an update with old tokens has no effect; SCTP and Shim6: a path that failed looks the same; names: always' },
    ],
    confidence: [
      { value: 90, when: 'granted for too long' },
      { value: 60, when: 'old tokens' },
      { value: 55, when: 'outlived' },
    ],
    lookAlikes: [
      { id: 'home-agent', text: 'A registration at a home agent: it asks for one (bit H) and may last long.' },
      { id: 'unseen-refresh', text: 'A refresh by a way that was not captured: nothing is said when packets were lost; listed.' },
      { id: 'silent-but-stable', text: 'A destination that is silent but stable: tests alone do not count.' },
      {
        id: 'open-session',
        text: 'A session with a name’s former address that goes on: a lifetime says when to ask again, so only new ones count.',
      },
      {
        id: 'rotation',
        text: 'A name whose addresses take turns: an address that is told again, and answers behind an alias, do not count.',
      },
    ],
    fires: 'BU without H, lifetime 450 s; BA with status 0 and lifetime 450 s.',
    quiet: 'A BU every 300 s with new nonce indices; or 420 s granted; or H is set.',
    repair: 'Grant a correspondent no more than 420 s and delete bindings when they end.',
  },
  {
    id: 'T-UNKLOC',
    title: 'A session is spoken for from an address its sender never named',
    source: 'RFC 4218 sections 3.3 and 4.4, RFC 6959, RFC 2827 (BCP 38)',
    rule: "Data with a session's own tokens comes from an address that its sender had not named and does not name within 5 s (claimSlack). Accepted: the receiver acknowledges it or sends data there. Also ABORT and SHUTDOWN of SCTP with the right tag from such an address; honoured when the receiver answers there, or was talking and falls silent.",
    severity: [
      { value: 'high', when: 'a message that ends the association was honoured' },
      { value: 'medium', when: 'data was accepted' },
      {
        value: 'low',
        when: 'nothing shows that it was, the sender is a site of LISP, or the capture cut a message that may have named it',
      },
    ],
    confidence: [
      { value: 55, when: 'always' },
      { value: 70, when: 'its hop limit is 3 or more off' },
    ],
    lookAlikes: [
      { id: 'translator', text: 'A translator that changed its binding: a new address in a known /64 or /24 is left out.' },
      { id: 'anywhere', text: 'QUIC, IKEv2 and Mobile IPv6: their packets may come from anywhere or say so under encryption; left out.' },
      { id: 'named-later', text: 'An address that is named a little later.' },
      { id: 'mid-capture', text: 'A context from before the capture, whose list of addresses is not known: left out.' },
      { id: 'lisp-site', text: 'Another router of a LISP site, which no answer listed: low.' },
      { id: 'cut-off', text: 'A capture that holds the beginning of each packet, and not the lists of addresses: low.' },
    ],
    fires: 'Z sends DATA with the right tag and the next TSN, B1 acknowledges it, Z was never listed.',
    quiet: 'A2, listed in INIT, sends DATA.',
    repair: 'Take data from known addresses of the peer only; filter by source at the edge.',
  },
  {
    id: 'T-TAG',
    title: 'Somebody tries out tags, tokens or SPIs',
    source: 'RFC 5533 section 16, RFC 4218 section 4.4, RFC 9260 section 5.3.1',
    rule: '64 or more (guessDistinct) different tokens to one address within 10 s (guessTime) from at most 8 sources (guessSources), each once, that belong to nothing seen; not in the first 10 s of a capture (captureStart). Counted for Shim6 tags, SCTP tags, MPTCP join tokens and SPIs. For plain TCP: as many resets of one direction with sequence numbers far from all that end has sent. Also: two live associations of one receiver and port with the same tag and different peers.',
    severity: [
      {
        value: 'critical',
        when: 'a packet of one of those sources has a right one and is accepted; plain TCP: a reset that fits follows over a path of the same length',
      },
      { value: 'medium', when: 'tokens are tried out' },
      { value: 'low', when: 'one tag serves two associations' },
    ],
    confidence: [
      { value: 60, when: 'always' },
      { value: 70, when: 'the values count upwards' },
    ],
    lookAlikes: [
      { id: 'restart', text: 'A host that has restarted: few tokens, again and again; those seen twice do not count.' },
      { id: 'capture-start', text: 'Sessions from before the capture: the first 10 s do not count.' },
      { id: 'backscatter', text: 'Backscatter of a forged flood: from many sources; otherwise listed.' },
      { id: 'two-gateways', text: 'Two gateways that begin many associations at once: SPIs do not count when ESP comes back.' },
    ],
    fires: '200 Shim6 payload headers with different tags in 5 s from one source.',
    quiet: 'One unknown tag 200 times; or 63 different ones; or the same from 9 sources.',
    repair: 'Long random tokens; limit the answers to unknown ones.',
  },
  {
    id: 'T-ESP-LOC',
    title: 'One security association is used from two sources in turn',
    source: 'RFC 4303 section 2.1, RFC 4218 section 4.4',
    rule: 'Packets of one SPI, which no captured key exchange has named, go to one address from two sources, 10 or more from each within 10 s, and the source changes 3 times or more.',
    severity: [{ value: 'medium', when: 'always' }],
    confidence: [{ value: 50, when: 'always' }],
    lookAlikes: [
      { id: 'one-change', text: 'One change of address: the source changes once.' },
      { id: 'bicast', text: 'Each packet is sent on both paths: sequence numbers come twice.' },
      { id: 'key-exchange', text: 'An SPI that a key exchange names: the rules about its context hold.' },
    ],
    doubts: [{ check: 'load is shared over two paths on purpose', text: 'Load shared over two paths on purpose.' }],
    fires: '20 packets of one SPI from two addresses in turn, within 2 s, with increasing sequence numbers.',
    quiet: '10 from one address, then 10 from the other; or each sequence number from both.',
    repair: 'Bind a security association to its peer address (RFC 7296 section 2.23) and look for a copied key.',
  },
  {
    id: 'T-WG-ROAM',
    title: 'A WireGuard peer changes its address',
    source: 'WireGuard whitepaper section 2.1, RFC 4218 section 4.4',
    rule: 'Packets with one receiver index come from another source, 3 or more. In turn from both, 10 or more from each within 10 s with 3 changes: medium.',
    severity: [
      { value: 'medium', when: 'two sources use it in turn' },
      { value: 'info', when: 'the peer has roamed, as it may' },
    ],
    confidence: [{ value: 60, when: 'always' }],
    lookAlikes: [
      { id: 'one-change', text: 'A peer that roams: one change is info.' },
      { id: 'bicast', text: 'Each packet is sent on both paths: counters come twice.' },
    ],
    fires: '20 packets with one receiver index from two addresses in turn.',
    quiet: 'Two packets from another address; one change is info.',
    repair: 'None for a roaming peer. Two in turn: look for a copied private key.',
  },
]
