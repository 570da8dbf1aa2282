/**
 * Signals: the one small vocabulary between dissectors and contexts.
 * A dissector's `signals.ts` turns what a packet says into these; a context knows nothing else of the packet.
 * One Signal object is reused for every emission: a consumer copies what it keeps. Frequent kinds (payload, acknowledged)
 * carry numbers only; rare kinds hang an object on `detail`.
 */
import type { SignalDetail } from './signal-details.ts'

export const enum SignalKind {
  /** first step of a handshake was seen (SYN, INIT); `detail`: OpenDetail */
  Opening = 1,
  /** the context is up (3rd ACK, COOKIE ACK); `detail`: OpenDetail */
  Opened = 2,
  /** orderly end begins or is complete; `detail`: CloseDetail */
  Closed = 3,
  /** upper-layer data; `unit`, `span`, `bytes`, for a subflow also `sub`, `subSpan` */
  Payload = 4,
  /** acknowledgement: everything before `unit` in `space`, and `gaps`, has arrived at the sender of this packet */
  Acknowledged = 5,
  /** an endpoint names a further locator of its own; `detail`: ClaimDetail */
  Claimed = 6,
  /** the other side accepted or refused a claim (echo, ASCONF-ACK); `detail`: ClaimAnswerDetail */
  ClaimAnswered = 7,
  /** an endpoint takes a locator back; `detail`: ClaimDetail */
  Withdrawn = 8,
  /** an endpoint prefers or demotes a path; `detail`: PreferDetail */
  Preferred = 9,
  /** a path is tried out without payload (HEARTBEAT, MP_JOIN SYN); `detail`: ProbeDetail */
  Probed = 10,
  /** a probe came back (HEARTBEAT ACK, MP_JOIN SYN/ACK): matched by `detail.match`, never by address; ProbeDetail */
  ProbeAnswered = 11,
  /** a locator pair is proven to reach the peer; `detail`: VerifyDetail */
  Verified = 12,
  /** a path or a join was refused (RST, MP_TCPRST, ABORT on a path); `detail`: CloseDetail */
  Refused = 13,
  /** an ICMP error about `flow` (the flow of the quoted packet, `direction` of that packet); `detail`: IcmpDetail */
  IcmpError = 14,
  /** router advertisement, redirect: what it says of prefixes and routers; `detail`: RoutingDetail */
  Routing = 15,
  /** the protocol stopped working as such on this session (MPTCP fallback to TCP); `detail`: NoteDetail */
  Fallback = 16,
  /** an address answered for itself or asked for one (NS, NA, ARP): neighbour and re-attach marks; `detail`: NeighbourDetail */
  Neighbour = 17,
  /** link went up or down, address or route came or went, outside the packets (netlink log); `detail`: LinkDetail */
  Link = 18,
  /** another fact worth a mark on the timeline; `detail`: NoteDetail */
  Noted = 19,
  /** the sender's identifiers grow or change while the context stays (SPI, context tag, connection id); `detail`: IdentifyDetail */
  Identified = 20,
  /** a name service was asked, or says which addresses and identifiers a name has; `detail`: NameDetail */
  Named = 24,
  /** DHCP: an address or a prefix is asked for, offered, granted, given back; `detail`: LeaseDetail */
  Leased = 25,
  /** a routing protocol announces or withdraws prefixes; `detail`: RouteDetail */
  Routed = 26,
  /** a router claims or leaves the role of first hop (VRRP, HSRP); `detail`: GatewayDetail */
  Gateway = 27,
  /** a protocol that watches a link or path reports its state (BFD); `detail`: LivenessDetail */
  Liveness = 28,
  /**
   * ICMP echo: no flow and no detail. `sub` and `subSpan` are sender and receiver as ids of the address table, `unit` is identifier and sequence
   * number, `span` is 0 in a request and 1 in a reply
   */
  Echo = 29,
  /** something that no single packet says, found by its bytes without knowing the protocol; `detail`: RecognisedDetail */
  Recognised = 30,
}

/** Bit of a signal kind in the index's `signals` column. */
export function signalBit(kind: SignalKind): number {
  return 1 << kind
}

export const enum SignalProtocol {
  None = 0,
  Tcp = 1,
  Udp = 2,
  Sctp = 3,
  Mptcp = 4,
  Icmp = 5,
  Neighbour = 6,
  Host = 7,
  Hip = 8,
  /** ESP and AH whose SPI no key exchange in the capture has named; a named one is its exchange's payload */
  Esp = 9,
  Ah = 10,
  Shim6 = 11,
  /** Mobile IPv6 with its family: network mobility, proxy, several care-of addresses */
  Mip6 = 20,
  /** Mobile IPv4 registration */
  Mip4 = 21,
  Ilnp = 22,
  Lisp = 23,
  /** DNS, mDNS and LLMNR */
  Dns = 30,
  /** DHCPv4 and DHCPv6 */
  Dhcp = 31,
  Bgp = 32,
  /** VRRP and HSRP */
  Vrrp = 33,
  Bfd = 34,
  /** IKEv2 with MOBIKE; ESP of an SA whose keys were given is its payload */
  Ikev2 = 24,
  Quic = 25,
  /** messages that a decode-as profile describes */
  Profile = 28,
  Wireguard = 27,
  /** GTP-U: what goes through the tunnels of mobile networks */
  Gtp = 26,
  /** several GRE tunnels under one key (RFC 8157) */
  GreBonding = 40,
}

/** What `unit` counts. All spaces are 32-bit serial numbers (RFC 1982); wider ones give their low 32 bits. */
export const enum UnitSpace {
  None = 0,
  /** SCTP TSN: one per DATA chunk */
  Tsn = 1,
  /** MPTCP data sequence number, bytes */
  Dsn = 2,
  /** TCP sequence number, bytes */
  Seq = 3,
  /** a datagram: `unit` is a hash of its payload */
  Datagram = 4,
  /** ESP or AH sequence number, WireGuard counter: one per packet of an SPI or receiver index (`token`) */
  IpsecSequence = 5,
  /** QUIC packet number of application data; on a path other than 0 (multipath) with the path's number in the upper 6 bits */
  PacketNumber = 6,
}

/** link-layer address of everybody on a link (IEEE 802) */
export const EVERYBODY = 0xffffffffffff

export class Signal {
  kind: SignalKind = SignalKind.Noted
  protocol: SignalProtocol = SignalProtocol.None
  /** 0-based packet, in file order; the frame number is row + 1. -1: not from a packet */
  row = 0
  /** nanoseconds since the capture's first packet */
  time = 0
  /** index of the capture interface */
  interface = 0
  /** id in the flow table (address pair and ports), -1 when there is none */
  flow = -1
  /** 0: sent by the flow's first-seen sender ('a' of the flow table), 1: by the other */
  direction = 0
  /** IPv4 TTL or IPv6 hop limit of the packet that carries it */
  hopLimit = 0
  /**
   * link-layer sender and receiver of the frame as 48-bit numbers (`macText`), -1 unknown; not set for payload and acknowledgements, but that
   * the receiver of a plain datagram is everybody on the link (`EVERYBODY`) or somebody (-1)
   */
  sourceMac = -1
  destinationMac = -1
  /** which of several links on the interface: VLAN tags as one number, or an overlay network; 0 untagged; not set for payload and acknowledgements */
  segment = 0
  /**
   * 32-bit token that the packet presents to its receiver (SCTP verification tag, ESP SPI, low half of a Shim6 context tag; a plain TCP
   * SYN/ACK: the initial sequence number that it answers); 0 when the protocol has none
   */
  token = 0
  /**
   * number, from 1, that a dissector gave to the identifier pair which the packet names or is bound to (HIT pair, Shim6 context),
   * whatever its addresses; 0: none. Counted per protocol.
   */
  context = 0
  /** end of `context` that sent the packet: 0 the one that was first seen sending, 1 its peer; -1 unknown */
  side: 0 | 1 | -1 = -1
  space: UnitSpace = UnitSpace.None
  unit = 0
  /** length in `space`: 1 for a TSN, bytes for DSN and SEQ */
  span = 0
  /** upper-layer bytes in this packet */
  bytes = 0
  /** MPTCP: sequence number and length on the subflow. LISP: `sub` is a hash of the inner protocol and ports */
  sub = 0
  subSpan = 0
  /** selective acknowledgements, as [start, end) in `space`; `gapCount` of them */
  gapCount = 0
  readonly gapStart = new Uint32Array(64)
  readonly gapEnd = new Uint32Array(64)
  /** duplicates that a SACK reports */
  duplicates = 0
  /** SACK: its sender has no room for more, and nothing is missing before what it has (RFC 9260 section 6.1 rule A) */
  noRoom = false
  detail: SignalDetail | null = null
}

export interface SignalSink {
  /** `signal` is reused: copy what is kept. Called in time order. */
  emit(signal: Signal): void
}
