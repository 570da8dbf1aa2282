/**
 * What a protocol's specification fixes of the questions of RFC 4177 section 7, for where a capture says nothing against it.
 * Each answer names its source. Plain TCP and UDP have the answers of `PLAIN`; of what has no entry here nothing is claimed.
 */
import type { SessionProtocol } from '../../model.ts'

export interface Defaults {
  /** what stays equal for the transport: kind of local and of remote token */
  token: string
  /** is the session bound to it before the first data, or set up later? */
  mapping: string
  /** what happens when the peer cannot do it */
  fallback: string
  /** how the addresses of a peer become known */
  discovery: string
  /** how one of several pairs is chosen */
  selection: string
  /** how it notices that a path failed */
  detection: string
  /** can addresses be added later, and by which message? */
  adding: string
  /** must a new pair be proven before data goes there? */
  precondition: string
  /** do both ends confirm a change? */
  confirmation: string
  /** what the transport does when it moves */
  transport: string
  /** when its state goes, and what stays */
  removal: string
  cached: string
  source: string
}

const PLAIN: Defaults = {
  token: 'the address itself',
  mapping: 'before data: the addresses and ports of the first packet are the session',
  fallback: 'nothing to discover',
  discovery: 'one address each, from the name or the caller',
  selection: 'RFC 6724 when the session begins; never again',
  detection: 'its own timers only; it cannot move',
  adding: 'no',
  precondition: 'not applicable: it cannot move',
  confirmation: 'not applicable: it cannot move',
  transport: 'not applicable: it cannot move',
  removal: 'with the session',
  cached: 'none',
  source: 'RFC 9293',
}

/** Tunnels and formats that no entry speaks of, least of all that they cannot move: without a source no answer is told. */
const UNKNOWN: Defaults = { ...PLAIN, source: '' }

const DEFAULTS: Partial<Record<SessionProtocol, Defaults>> = {
  sctp: {
    token: 'verification tag and port of each end',
    mapping: 'before data: bound in the INIT, INIT ACK and COOKIE steps',
    fallback: 'a peer that knows one address only answers with one; without ASCONF the set stays as it was',
    discovery: 'listed in INIT and INIT ACK, later by ASCONF',
    selection: 'the primary path, others when it fails',
    detection: 'retransmission timeouts and unanswered heartbeats beyond Path.Max.Retrans',
    adding: 'yes, ASCONF (authenticated)',
    precondition: 'a path is confirmed by a HEARTBEAT with its answer before data goes there',
    confirmation: 'ASCONF is answered by ASCONF-ACK; data may move without a word',
    transport: 'congestion window and timers are kept a path',
    removal: 'with the association',
    cached: 'none',
    source: 'RFC 9260, RFC 5061',
  },
  mptcp: {
    token: 'key and token of each end',
    mapping: 'before data: MP_CAPABLE in the first handshake',
    fallback: 'to plain TCP, silently',
    discovery: 'sources of subflows, ADD_ADDR',
    selection: 'the scheduler; backup subflows only when no other works',
    detection: "each subflow's retransmission timeout; then the data is sent again on another",
    adding: 'yes, ADD_ADDR and MP_JOIN',
    precondition: 'a subflow is joined with HMACs both ways before data',
    confirmation: 'the join is a handshake of both ends; ADD_ADDR is echoed',
    transport: 'each subflow has its own congestion window; data sent again under the same data sequence number',
    removal: 'with the connection; after the last subflow when that broke',
    cached: 'none; a token is not used again',
    source: 'RFC 8684',
  },
  hip: {
    token: 'host identity tag',
    mapping: 'before data: the base exchange',
    fallback: 'an unanswered I1 leaves plain IP',
    discovery: 'base exchange, LOCATOR_SET, DNS',
    selection: 'preferred locator of a LOCATOR_SET',
    detection: "the host's own link and address changes, timeouts",
    adding: 'yes, UPDATE with LOCATOR_SET',
    precondition: 'an address is checked by an echoed nonce; credits until then',
    confirmation: 'UPDATE is acknowledged',
    transport: 'hidden from the transport',
    removal: 'CLOSE or idle time, after the sessions',
    cached: 'tags outlive the association',
    source: 'RFC 7401, RFC 8046',
  },
  shim6: {
    token: 'upper-layer identifier, which is one of the locators',
    mapping: 'after data: the context is set up when it seems worth it',
    fallback: 'an unanswered I1 leaves plain IP',
    discovery: 'locator lists of the handshake and of updates',
    selection: 'locator preferences; REAP explores pairs',
    detection: 'REAP: silence for the send timeout, then probes',
    adding: 'yes, Update Request',
    precondition: 'a locator is proven by HBA or CGA, and reached by a probe',
    confirmation: 'each direction moves on its own; probes report what arrived',
    transport: 'hidden from the transport',
    removal: 'garbage collected, not tied to sessions',
    cached: 'the context may serve later sessions',
    source: 'RFC 5533, RFC 5534',
  },
  mipv6: {
    token: 'home address',
    mapping: 'after data: a binding is made when the node moves',
    fallback: 'traffic goes by the home agent',
    discovery: 'the care-of address of a Binding Update',
    selection: 'the last accepted binding',
    detection: 'movement detection on the link',
    adding: 'yes, Binding Update',
    precondition: 'home agent: registration; correspondent: return routability',
    confirmation: 'Binding Acknowledgement',
    transport: 'hidden from the transport',
    removal: 'lifetime, not tied to sessions',
    cached: 'the binding serves all sessions of the home address',
    source: 'RFC 6275',
  },
  ikev2: {
    token: 'identities of IKE, SPIs on the wire',
    mapping: 'before data: IKE_SA_INIT and IKE_AUTH',
    fallback: 'without MOBIKE_SUPPORTED a new SA is needed',
    discovery: 'packet addresses, ADDITIONAL_IP4_ADDRESS and ADDITIONAL_IP6_ADDRESS',
    selection: 'the initiator decides',
    detection: 'liveness checks without an answer, address changes',
    adding: 'yes, ADDITIONAL_* and UPDATE_SA_ADDRESSES',
    precondition: 'COOKIE2 may test that the new pair is reached',
    confirmation: 'INFORMATIONAL request and response',
    transport: 'hidden from the transport',
    removal: 'DELETE, not tied to sessions',
    cached: 'the SA serves all its traffic',
    source: 'RFC 7296, RFC 4555',
  },
  esp: {
    token: 'security parameter index (SPI) of its receiver',
    mapping: 'before data: by the key exchange that made the SA, or by hand',
    fallback: 'without an SA packets are dropped or go in the clear, as its policy says',
    discovery: 'told by the key exchange; ESP names no address',
    selection: 'by the key exchange, or by hand',
    detection: 'none of its own: left to the key exchange',
    adding: 'by the key exchange only (MOBIKE, HIP), not by ESP',
    precondition: 'none of its own: left to the key exchange',
    confirmation: 'none of its own: left to the key exchange',
    transport: 'hidden from the transport',
    removal: 'by the key exchange, or when its lifetime ends; not tied to sessions',
    cached: 'the SA serves all its traffic',
    source: 'RFC 4301, RFC 4303',
  },
  wireguard: {
    token: 'receiver index on the wire, static public key behind it',
    mapping: 'before data: a handshake of one round trip',
    fallback: 'an unanswered handshake leaves no way: packets are not sent in the clear',
    discovery: 'configured endpoint, then the source of authenticated packets',
    selection: 'the source of the last authenticated packet of the peer',
    detection: 'a handshake is tried again when nothing comes back; the addresses stay',
    adding: 'no list: the latest authenticated packet replaces the address',
    precondition: 'the packet that brings a new address is authenticated; its reachability is not tried',
    confirmation: 'none: each peer learns the address of the other on its own',
    transport: 'hidden from the transport',
    removal: 'keys are dropped after three minutes, not tied to sessions',
    cached: 'the last endpoint of each peer',
    source: 'WireGuard, NDSS 2017',
  },
  quic: {
    token: 'connection identifiers',
    mapping: 'before data: chosen in the handshake',
    fallback: 'moving is not negotiated; a peer that wants none says so (disable_active_migration), encrypted',
    discovery: "packet addresses; the server's preferred_address",
    selection: 'the client decides',
    detection: 'probe timeouts, address changes',
    adding: 'the client uses a new address; there is no list',
    precondition: 'PATH_CHALLENGE is answered before more than a little is sent',
    confirmation: 'the peer validates the path too',
    transport: 'congestion window and round trip begin anew',
    removal: 'with the connection',
    cached: 'session tickets and address tokens may be used later',
    source: 'RFC 9000 section 9',
  },
  lisp: {
    token: 'endpoint identifier (EID)',
    mapping: 'before data of a flow: a map-cache entry is needed',
    fallback: 'without a mapping: native forwarding or a proxy router',
    discovery: 'Map-Reply of the mapping system',
    selection: 'priority and weight of the record, by flow',
    detection: 'locator status bits, RLOC probes, Solicit-Map-Request',
    adding: 'yes, Map-Register and a new Map-Reply',
    precondition: 'RLOC probes or echoed nonces, where used',
    confirmation: 'each direction is mapped on its own',
    transport: 'hidden from the transport',
    removal: 'TTL of the mapping',
    cached: 'the map-cache serves all sessions',
    source: 'RFC 9300, RFC 9301',
  },
  ilnp: {
    token: 'node identifier (NID)',
    mapping: 'with the first packet: the identifier-locator vector of names',
    fallback: 'no nonce: plain IPv6',
    discovery: 'L64 records in the DNS, Locator Update',
    selection: 'preference of the locators',
    detection: 'its own address changes',
    adding: 'yes, Locator Update',
    precondition: 'the session nonce',
    confirmation: 'Locator Update is acknowledged',
    transport: 'the transport sees the identifier only',
    removal: 'with the correspondent cache entry',
    cached: 'the cache serves later sessions',
    source: 'RFC 6740, RFC 6741',
  },
}

/** What the specification of this protocol says; `source` is empty where the table has nothing to say. */
export function defaultsOf(protocol: SessionProtocol): Defaults {
  if (protocol === 'tcp' || protocol === 'udp') return PLAIN
  if (protocol === 'nemo' || protocol === 'pmipv6') return DEFAULTS.mipv6 as Defaults
  return DEFAULTS[protocol] ?? UNKNOWN
}
