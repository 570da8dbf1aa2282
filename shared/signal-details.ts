/**
 * What signals carry beside their numbers, by kind: who opens, what is claimed and how it is proven, what is preferred, probed, verified, refused.
 * Shapes only. Made by dissectors for rare messages, never for payload; texts in them come from packets and are escaped where they are shown.
 */

/** How well a claim is authenticated (threats.md 0.2). */
export type ClaimAuthentication = 'A0' | 'A1' | 'A2' | 'A3v' | 'A3u' | 'A4v' | 'A4u' | 'AX'

export interface Identifier {
  /** what it is, e.g. 'verification-tag', 'token', 'key', 'port' */
  kind: string
  value: string
}

export interface OpenDetail {
  /** name of the message on the wire: SYN, SYN/ACK, INIT, INIT ACK, COOKIE ECHO, COOKIE ACK, MP_CAPABLE ... */
  message: string
  /** which step of the handshake this is, from 1; the sender of step 1 is the initiator */
  step: number
  /** identifiers of the sender of this packet, and of its peer, as far as this packet tells them */
  sender: Identifier[]
  receiver: Identifier[]
  /**
   * MPTCP: join token of a subflow ('opening' of a subflow that belongs to the connection whose receiver token this is).
   * null when this opens a session of its own.
   */
  joinToken: number | null
  /** MPTCP: token of the sender and of the receiver of this packet when the keys are known */
  senderToken: number | null
  receiverToken: number | null
  /** SCTP: initiate tag that the sender wants to receive */
  initiateTag: number | null
  /** MPTCP address id of the sender's address */
  addressId: number | null
  backup: boolean
  /** initial sequence number or TSN of the sender, null when unknown */
  initialUnit: number | null
  /** SCTP INIT and INIT ACK: what the sender can do, e.g. 'asconf', 'auth', 'asconf-must-be-authenticated' (its CHUNKS list names ASCONF) */
  capabilities?: string[]
  /** data that the capture showed on the session's ways before anything was said of it, in the order of the last units */
  before?: readonly CarriedBefore[]
}

/** Data that went one way, and the last unit of it: fields are those of a payload signal. */
export interface CarriedBefore {
  flow: number
  direction: 0 | 1
  /** number of the pair of addresses that the upper layers see */
  context: number
  units: number
  bytes: number
  /** time and row of the first unit */
  first: number
  firstRow: number
  last: {
    time: number
    row: number
    interface: number
    hopLimit: number
    /** a UnitSpace */
    space: number
    unit: number
    span: number
    bytes: number
  }
}

export interface ClaimDetail {
  message: string
  /** locator, an id of the address table; -1 when only `addressId` is named (REMOVE_ADDR) or all others are meant (wildcard) */
  address: number
  port: number | null
  /** MPTCP address id */
  addressId: number | null
  /** listed in the handshake, or signalled later */
  how: 'listed' | 'signalled'
  authentication: ClaimAuthentication
  /** ties a claim to its answer: ASCONF serial and correlation id, ADD_ADDR id */
  serial: number | null
  correlation: number | null
  /** ASCONF wildcard address: the packet's own source (add), all but the packet's source (delete) */
  wildcard: boolean
  /** seconds that the claim holds, when the message says so */
  lifetime?: number
  /** ILNP preference, LISP priority, priority of a binding identifier: the lower is preferred */
  preference?: number
  /** share of the load among locators of equal preference */
  weight?: number
  /** prefixes that the locator is claimed for: mobile or home network prefixes, an EID prefix; as 'prefix/length' */
  prefixes?: string[]
  /** the prefix that was asked for, when the claim answers a question */
  asked?: string
  /** nonce, nonce indices or authenticator as hex: what tells a copy from a new claim */
  proof?: string
  /** seconds since the secrets that the proof is made of were handed out */
  proofAge?: number
  /** false: the sender wants no answer, its claim is in force with the data that follows */
  answerWanted?: false
}

export interface ClaimAnswerDetail {
  message: string
  accepted: boolean
  serial: number | null
  correlation: number | null
  addressId: number | null
  address: number
  authentication: ClaimAuthentication
  cause: string | null
  /** status code of the answer, where the protocol has one */
  code?: number
  /** seconds granted */
  lifetime?: number
  /** prefixes granted, as 'prefix/length' */
  prefixes?: string[]
}

export interface PreferDetail {
  message: string
  /** locator that is preferred; -1: the pair this packet is on */
  address: number
  addressId: number | null
  /** true: becomes backup; false: becomes regular or primary */
  backup: boolean
  serial: number | null
  correlation: number | null
  authentication: ClaimAuthentication
}

export interface ProbeDetail {
  message: string
  /** what ties the answer to the probe: heartbeat information as hex, join nonce ... */
  match: string
  authentication: ClaimAuthentication
}

export interface VerifyDetail {
  message: string
  authentication: ClaimAuthentication
  /** the pair that is proven, as address ids, when it is not the one this packet is on (REAP reports of probes that arrived) */
  source?: number
  destination?: number
}

export interface CloseDetail {
  /** MPTCP: FIN and RST... end the subflow they are on, DATA_FIN and MP_FASTCLOSE the connection */
  message: string
  /** true: this packet ends it at once (ABORT, RST, FASTCLOSE); false: it begins an orderly end; see `final` */
  abrupt: boolean
  /** the end is complete with this packet (SHUTDOWN COMPLETE) */
  final: boolean
  cause: string | null
  /** the tag or key shown is not the one that the receiver would accept, as far as is known */
  authentication: ClaimAuthentication
}

export interface IcmpDetail {
  /** 4 or 6: ICMPv4 or ICMPv6 */
  version: 4 | 6
  type: number
  code: number
  message: string
  /** address that sent the error, id of the address table */
  reporter: number
  /** 32-bit token found in the quoted packet: SCTP verification tag, TCP sequence number; null when cut */
  quotedToken: number | null
  /** MTU, for packet too big */
  mtu: number | null
  /** sender and receiver of the quoted packet, ids of the address table; -1 when the quote is cut before them */
  quotedSource?: number
  quotedDestination?: number
  /** IP protocol of the quoted packet, -1 when cut */
  quotedProtocol?: number
  /** address that the error was sent to, id of the address table */
  receiver?: number
}

export interface RoutingDetail {
  message: 'router-advertisement' | 'redirect' | 'router-solicitation'
  /** router's address, id of the address table */
  router: number
  /** seconds; null when the message carries none */
  routerLifetime: number | null
  preference: 'high' | 'medium' | 'low' | null
  /** lifetimes in seconds, 0xffffffff is infinite */
  prefixes: { prefix: string; length: number; onLink: boolean; autonomous: boolean; valid: number; preferred: number }[]
  routes: { prefix: string; length: number; preference: string; lifetime: number }[]
  /** redirect: destination and new next hop as text */
  target: string | null
  destination: string | null
  /** redirect: link-layer address of the new next hop, text, where it is told */
  targetMac?: string
  /** link-layer address of the sender as in the frame, text */
  mac: string | null
  /** address that the message was sent to, id of the address table */
  receiver?: number
  /** it carries a signature (SEND, RFC 3971) */
  signed?: true
  /** whether that is right, and its CGA makes the source; left out: that cannot be told */
  proof?: 'right' | 'wrong'
}

export interface NeighbourDetail {
  /** 'group-joined': the sender joins the multicast group `address` (MLD, IGMP), as hosts do when they come to a link */
  message: 'solicitation' | 'advertisement' | 'arp-request' | 'arp-reply' | 'dad' | 'gratuitous' | 'group-joined'
  address: number
  mac: string | null
  hopLimit: number | null
  /** address that is asked for (solicitation, ARP request), id of the address table */
  target?: number
  /** flags of an advertisement: its sender is a router, it was asked for, it replaces what is known */
  router?: boolean
  solicited?: boolean
  override?: boolean
  /** it carries a CGA and a signature (SEND, RFC 3971) */
  signed?: true
  /** 'right': both are, for the address that it tells of; 'wrong': one is not; left out: that cannot be told */
  proof?: 'right' | 'wrong'
}

export interface LinkDetail {
  message: string
  what:
    | 'link-down'
    | 'link-up'
    | 'address-removed'
    | 'address-added'
    | 'route-removed'
    | 'route-added'
    | 'rule'
    | 'neighbour-failed'
    | 'other'
  interfaceName: string | null
  /** address or prefix it is about, text ('default' for a default route) */
  subject: string | null
  /** length of the prefix of an address or route, when the log tells */
  prefixLength?: number | null
  /** router of a route, or a router that was found */
  nextHop?: string | null
  /** link-layer address of `nextHop`, text */
  mac?: string
  /** lifetimes of an address in seconds, 0xffffffff is infinite */
  valid?: number
  preferred?: number
}

export interface NoteDetail {
  message: string
}

export interface IdentifyDetail {
  message: string
  /** identifiers that the sender may be found by from now on */
  sender: Identifier[]
  /** those of its own that they replace; empty: they are further ones */
  replaced: Identifier[]
  /** those of the packet's receiver, where the packet tells them and no establishment did */
  receiver?: Identifier[]
  authentication: ClaimAuthentication
}

export interface NameRecord {
  /** owner name, without a final dot; '<Root>' for the root */
  name: string
  /** type of the record: 1 A, 28 AAAA, 12 PTR, 55 HIP, 104 NID, 105 L32, 106 L64, 107 LP ... */
  type: number
  /** seconds; how long the binding lives */
  ttl: number
  /** locator of A and AAAA, an id of the address table; -1 for others */
  address: number
  /** the data as text: an address, a name, a HIT or node identifier as an IPv6 address or 64-bit text, 'preference locator' ... */
  value: string
}

export interface NameDetail {
  message: 'query' | 'answer' | 'update' | 'update-answer' | 'announcement'
  /** RFC 1035 over UDP or TCP, multicast DNS or LLMNR */
  service: 'dns' | 'mdns' | 'llmnr'
  transaction: number
  /** the first question; '' when the message has none */
  question: string
  questionType: number
  /** response code with its extension, 0 in queries */
  code: number
  /** answers, then additional records that bind names (glue); in an update the records to be set. At most 64 */
  records: NameRecord[]
  /** how many of `records` are answers */
  answers: number
  authoritative: boolean
  truncated: boolean
  /** the resolver says it has checked the signatures (AD) */
  authenticatedData: boolean
  /** signatures are in the message (RRSIG, TSIG, SIG(0)); they are not verified */
  signed: boolean
  /** queries: signatures are asked for (DO, RFC 3225) */
  wantsSignatures?: true
  /**
   * Answers: A1 the id, the addresses and ports and the question are those of a query that was seen and waits for its answer,
   * A0 they are not. A3u: the same with signatures that are not verified. Multicast announcements are A0.
   */
  authentication: ClaimAuthentication
}

export interface LeaseGrant {
  what: 'address' | 'prefix'
  /** address, or prefix without its length, as text */
  subject: string
  prefixLength: number
  /** id of the address table; -1 for prefixes */
  address: number
  /** identity association (IAID); null with DHCPv4 */
  association: number | null
  /** seconds, 0xffffffff is infinite; null when the message says none */
  preferred: number | null
  valid: number | null
  /** prefix that the server keeps out of a delegated one (RFC 6603), as text */
  excluded: string | null
}

export interface LeaseDetail {
  /** name of the message on the wire: SOLICIT, REPLY, DHCPACK ... */
  message: string
  version: 4 | 6
  transaction: number
  /** who asks: the DUID as hex, the client identifier, or the hardware address; '' unknown */
  client: string
  /** DUID of the server as hex, or its address; '' unknown */
  server: string
  /** link-layer address of the client when the message tells it, text */
  mac: string | null
  hostName: string | null
  /** addresses and prefixes of the message with their lifetimes; a release or decline names what is given back */
  grants: LeaseGrant[]
  /** routers that the server names, ids of the address table (DHCPv4 option 121 to everywhere, else 3) */
  routers: number[]
  /** name servers, as text */
  nameServers: string[]
  /** status other than success, of the message or of an association */
  status: string | null
  /** address of the relay that passed the message on, text */
  relay: string | null
  /** A3u when the message is authenticated (option 11 or 90), A1 when it answers the transaction of a seen request, else A0 */
  authentication: ClaimAuthentication
}

export interface RoutePrefix {
  prefix: string
  length: number
  /** ADD-PATH identifier, null without */
  path: number | null
}

export interface RouteDetail {
  message: string
  announced: RoutePrefix[]
  withdrawn: RoutePrefix[]
  /** prefixes in the message beyond those listed */
  more: number
  /** autonomous systems from the neighbour to the origin; those of a set or confederation in a list of their own */
  path: (number | number[])[]
  /** the last autonomous systems of the path: one, or several of a set */
  origins: number[]
  nextHop: string | null
  localPreference: number | null
  /** multi-exit discriminator */
  metric: number | null
  /** 'as:value' of communities, 'ga:l1:l2' of large ones */
  communities: string[]
  /** end-of-RIB marker: the neighbour has told all its routes (RFC 4724 section 2) */
  endOfTable: boolean
}

export interface GatewayDetail {
  message: string
  /** protocol, version and group: 'vrrp-3/10' */
  group: string
  /** priority 0 of VRRP: the master leaves; HSRP resign */
  state: 'active' | 'standby' | 'leaving' | 'other'
  priority: number
  /** virtual addresses as ids of the address table */
  addresses: number[]
  /** address of the router that speaks, id of the address table */
  router: number
  mac: string | null
}

export interface LivenessDetail {
  message: string
  state: 'up' | 'coming-up' | 'down' | 'admin-down'
  /** why it is down, in the protocol's words */
  cause: string | null
  /** BFD discriminators of the two ends */
  sender: Identifier[]
  receiver: Identifier[]
}

export interface RecognisedDetail {
  /** 'hidden-identifier': the checksum is right over `addresses` only; 'hash-chain': a value hashes to one that was shown before */
  what: 'hidden-identifier' | 'hash-chain'
  message: string
  /** ids of the address table: the pair that the checksum covers; sender and receiver of the value */
  addresses: [number, number]
  /** earlier packet, then this one; 0-based */
  rows: [number, number]
  /** the flow between `addresses`, -1: none */
  flow: number
}

export type SignalDetail =
  | OpenDetail
  | ClaimDetail
  | ClaimAnswerDetail
  | PreferDetail
  | ProbeDetail
  | VerifyDetail
  | CloseDetail
  | IcmpDetail
  | RoutingDetail
  | NeighbourDetail
  | LinkDetail
  | NoteDetail
  | IdentifyDetail
  | NameDetail
  | LeaseDetail
  | RouteDetail
  | GatewayDetail
  | LivenessDetail
  | RecognisedDetail
