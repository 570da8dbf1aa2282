/**
 * Mobility header (RFC 6275 section 6.1) and its messages: offsets, code points, fields. Later messages: RFC 5568 (8-10, 14, 15), 5142 (12),
 * 5847 (13), 5846 (16), 6705 (17, 18), 7077 (19, 20); what has no fields here is shown as bytes.
 */
import { protocol } from '../core/fields.ts'
import { ACKNOWLEDGEMENT_STATUS, ERROR_STATUS, FAST_STATUS, MESSAGE_NAMES, REVOCATION_STATUS, REVOCATION_TRIGGER } from './names.ts'
import { bits, flag, list, type Piece, range, u8, u16, u32, u64 } from './pieces.ts'

/** Offsets in the mobility header; messages begin at `Data`. */
export const enum At {
  PayloadProtocol = 0,
  Length = 1,
  Type = 2,
  Reserved = 3,
  Checksum = 4,
  Data = 6,
}

export const enum Message {
  RefreshRequest = 0,
  HomeTestInit = 1,
  CareOfTestInit = 2,
  HomeTest = 3,
  CareOfTest = 4,
  Update = 5,
  Acknowledgement = 6,
  Error = 7,
  FastUpdate = 8,
  FastAcknowledgement = 9,
  FastAdvertisement = 10,
  HomeAgentSwitch = 12,
  Heartbeat = 13,
  HandoverInitiate = 14,
  HandoverAcknowledge = 15,
  Revocation = 16,
  LocalRouting = 17,
  LocalRoutingAcknowledgement = 18,
  Notification = 19,
  NotificationAcknowledgement = 20,
}

/** Flags of a binding update, in the 16 bits behind the sequence number. */
export const enum UpdateFlag {
  Acknowledge = 0x8000,
  Home = 0x4000,
  MobileRouter = 0x0400,
  Proxy = 0x0200,
}

/** Lifetimes count units of four seconds. */
export const LIFETIME_UNIT = 4
/** status values below this say yes */
export const FIRST_REFUSAL = 128

export const mip6 = protocol('mipv6', 'Mobile IPv6', 'MIPv6')
export const payloadProtocol = mip6.uint8('mip6.proto', 'Payload protocol')
export const headerLength = mip6.uint8('mip6.hlen', 'Header length')
export const messageType = mip6.uint8('mip6.mhtype', 'Mobility header type', { values: MESSAGE_NAMES })
export const reserved = mip6.uint8('mip6.reserved', 'Reserved', { base: 'hex' })
export const checksum = mip6.uint16('mip6.csum', 'Checksum', { base: 'hex' })
export const unknownData = mip6.bytes('mip6.unknown_type_data', 'Message data')
export const messageGroup = mip6.group('mh.mip6.message', 'Message')
/** what the tokens of the return routability test say of a binding authorization, as far as the capture holds them */
export const authorization = mip6.string('mh.mip6.authorization', 'Binding authorization')

const sequence = (name: string) => mip6.uint16(name, 'Sequence number')
const b = (name: string, label: string) => mip6.bool(name, label)
const updateFlags = {
  acknowledge: b('mip6.bu.a_flag', 'Acknowledge (A)'),
  home: b('mip6.bu.h_flag', 'Home registration (H)'),
  linkLocal: b('mip6.bu.l_flag', 'Link-local compatibility (L)'),
  keys: b('mip6.bu.k_flag', 'Key management compatibility (K)'),
  map: b('mip6.bu.m_flag', 'MAP registration (M)'),
  router: b('mip6.nemo.bu.r_flag', 'Mobile router (R)'),
  proxy: b('mip6.bu.p_flag', 'Proxy registration (P)'),
  udp: b('mip6.bu.f_flag', 'Forcing UDP encapsulation (F)'),
  tlv: b('mip6.bu.t_flag', 'TLV header format (T)'),
  bulk: b('mip6.bu.b_flag', 'Bulk binding update (B)'),
}
const acknowledgementFlags = {
  keys: b('mip6.ba.k_flag', 'Key management compatibility (K)'),
  router: b('mip6.nemo.ba.r_flag', 'Mobile router (R)'),
  proxy: b('mip6.ba.p_flag', 'Proxy registration (P)'),
  tlv: b('mip6.ba.t_flag', 'TLV header format (T)'),
  bulk: b('mip6.ba.b_flag', 'Bulk binding update (B)'),
}

export interface MessageForm {
  /** bytes of data behind the checksum, before the options */
  size: number
  pieces: readonly Piece[]
}

/** `at` counts from the mobility header's first byte. */
export const MESSAGES: Readonly<Record<number, MessageForm>> = {
  [Message.RefreshRequest]: { size: 2, pieces: [range(mip6.bytes('mip6.binding_refresh_request', 'Reserved'), 6, 2)] },
  [Message.HomeTestInit]: { size: 10, pieces: [u64(mip6.uint64('mip6.hoti.cookie', 'Home init cookie', { base: 'hex' }), 8)] },
  [Message.CareOfTestInit]: { size: 10, pieces: [u64(mip6.uint64('mip6.coti.cookie', 'Care-of init cookie', { base: 'hex' }), 8)] },
  [Message.HomeTest]: {
    size: 18,
    pieces: [
      u16(mip6.uint16('mip6.hot.nindex', 'Home nonce index'), 6),
      u64(mip6.uint64('mip6.hot.cookie', 'Home init cookie', { base: 'hex' }), 8),
      u64(mip6.uint64('mip6.hot.token', 'Keygen token', { base: 'hex' }), 16),
    ],
  },
  [Message.CareOfTest]: {
    size: 18,
    pieces: [
      u16(mip6.uint16('mip6.cot.nindex', 'Care-of nonce index'), 6),
      u64(mip6.uint64('mip6.cot.cookie', 'Care-of init cookie', { base: 'hex' }), 8),
      // Wireshark has one field for both tokens.
      u64(mip6.uint64('mip6.hot.token', 'Keygen token', { base: 'hex' }), 16),
    ],
  },
  [Message.Update]: {
    size: 6,
    pieces: [
      u16(sequence('mip6.bu.seqnr'), 6),
      flag(updateFlags.acknowledge, 8, 2, 15),
      flag(updateFlags.home, 8, 2, 14),
      flag(updateFlags.linkLocal, 8, 2, 13),
      flag(updateFlags.keys, 8, 2, 12),
      flag(updateFlags.map, 8, 2, 11),
      flag(updateFlags.router, 8, 2, 10),
      flag(updateFlags.proxy, 8, 2, 9),
      flag(updateFlags.udp, 8, 2, 8),
      flag(updateFlags.tlv, 8, 2, 7),
      flag(updateFlags.bulk, 8, 2, 6),
      u16(mip6.uint16('mip6.bu.lifetime', 'Lifetime (units of 4 s)'), 10),
    ],
  },
  [Message.Acknowledgement]: {
    size: 6,
    pieces: [
      u8(mip6.uint8('mip6.ba.status', 'Status', { values: ACKNOWLEDGEMENT_STATUS }), 6),
      flag(acknowledgementFlags.keys, 7, 1, 7),
      flag(acknowledgementFlags.router, 7, 1, 6),
      flag(acknowledgementFlags.proxy, 7, 1, 5),
      flag(acknowledgementFlags.tlv, 7, 1, 4),
      flag(acknowledgementFlags.bulk, 7, 1, 3),
      u16(sequence('mip6.ba.seqnr'), 8),
      u16(mip6.uint16('mip6.ba.lifetime', 'Lifetime (units of 4 s)'), 10),
    ],
  },
  [Message.Error]: {
    size: 18,
    pieces: [
      u8(mip6.uint8('mip6.be.status', 'Status', { values: ERROR_STATUS }), 6),
      range(mip6.ipv6('mip6.be.haddr', 'Home address'), 8, 16),
    ],
  },
  [Message.FastUpdate]: {
    size: 6,
    pieces: [
      u16(sequence('mip6.fbu.seqnr'), 6),
      flag(b('mip6.fbu.a_flag', 'Acknowledge (A)'), 8, 1, 7),
      flag(b('mip6.fbu.h_flag', 'Home registration (H)'), 8, 1, 6),
      flag(b('mip6.fbu.l_flag', 'Link-local compatibility (L)'), 8, 1, 5),
      flag(b('mip6.fbu.k_flag', 'Key management compatibility (K)'), 8, 1, 4),
      u16(mip6.uint16('mip6.fbu.lifetime', 'Lifetime (units of 4 s)'), 10),
    ],
  },
  [Message.FastAcknowledgement]: {
    size: 6,
    pieces: [
      u8(mip6.uint8('mip6.fback.status', 'Status', { values: FAST_STATUS }), 6),
      flag(b('mip6.fback.k_flag', 'Key management compatibility (K)'), 7, 1, 7),
      u16(sequence('mip6.fback.seqnr'), 8),
      u16(mip6.uint16('mip6.fback.lifetime', 'Lifetime (units of 4 s)'), 10),
    ],
  },
  [Message.FastAdvertisement]: {
    size: 2,
    pieces: [range(mip6.bytes('mip6.fast_neighbor_advertisement', 'Fast neighbor advertisement'), 6, 2)],
  },
  [Message.HomeAgentSwitch]: {
    size: 2,
    pieces: [
      u8(mip6.uint8('mip6.has.num_addrs', 'Number of addresses'), 6),
      u8(mip6.uint8('mip6.has.reserved', 'Reserved', { base: 'hex' }), 7),
    ],
  },
  [Message.Heartbeat]: {
    size: 6,
    pieces: [
      flag(b('mip6.hb.u_flag', 'Unsolicited (U)'), 7, 1, 1),
      flag(b('mip6.hb.r_flag', 'Response (R)'), 7, 1, 0),
      u32(mip6.uint32('mip6.hb.seqnr', 'Sequence number'), 8),
    ],
  },
  [Message.HandoverInitiate]: {
    size: 4,
    pieces: [
      u16(sequence('mip6.hi.seqnr'), 6),
      flag(b('mip6.hi.s_flag', 'Assigned address configuration (S)'), 8, 1, 7),
      flag(b('mip6.hi.u_flag', 'Buffer (U)'), 8, 1, 6),
      u8(mip6.uint8('mip6.hi.code', 'Code'), 9),
    ],
  },
  [Message.HandoverAcknowledge]: {
    size: 4,
    pieces: [u16(sequence('mip6.hack.seqnr'), 6), u8(mip6.uint8('mip6.hack.code', 'Code'), 9)],
  },
  [Message.LocalRouting]: {
    size: 6,
    pieces: [
      u16(mip6.uint16('mip6.lri.sequence', 'Sequence number'), 6),
      u16(mip6.uint16('mip6.lri.reserved', 'Reserved', { base: 'hex' }), 8),
      u16(mip6.uint16('mip6.lri.lifetime', 'Lifetime', { base: 'hex' }), 10),
    ],
  },
  [Message.LocalRoutingAcknowledgement]: {
    size: 6,
    pieces: [
      u16(mip6.uint16('mip6.lra.sequence', 'Sequence number'), 6),
      flag(b('mip6.lri.unsolicited', 'Unsolicited (U)'), 8, 1, 7),
      bits(mip6.uint8('mip6.lra.reserved', 'Reserved', { base: 'hex' }), 8, 1, 0, 0x7f),
      u8(mip6.uint8('mip6.lra.status', 'Status'), 9),
      u16(mip6.uint16('mip6.lra.lifetime', 'Lifetime', { base: 'hex' }), 10),
    ],
  },
  [Message.Notification]: {
    size: 6,
    pieces: [
      u16(mip6.uint16('mh.mip6.upn.seqnr', 'Sequence number'), 6),
      u16(mip6.uint16('mh.mip6.upn.reason', 'Notification reason'), 8),
      flag(b('mh.mip6.upn.a_flag', 'Acknowledge (A)'), 10, 2, 15),
      flag(b('mh.mip6.upn.d_flag', 'Retransmission (D)'), 10, 2, 14),
    ],
  },
  [Message.NotificationAcknowledgement]: {
    size: 4,
    pieces: [u16(mip6.uint16('mh.mip6.upa.seqnr', 'Sequence number'), 6), u8(mip6.uint8('mh.mip6.upa.status', 'Status'), 8)],
  },
}

/** Addresses of a home agent switch message, behind its data. */
export const switchAddresses = [list(mip6.ipv6('mip6.has.address', 'Address'), 0, 16)]

/** Binding revocation (RFC 5846 section 5): indication and acknowledgement share one form but for the second byte and the flags' names. */
export const enum RevocationType {
  Indication = 1,
  Acknowledgement = 2,
}
const revocationType = u8(mip6.uint8('mip6.bri_br.type', 'B.R. type', { values: { 1: 'Indication', 2: 'Acknowledgement' } }), 6)
const revocationSequence = u16(sequence('mip6.bri_seqnr'), 8)
const revocationReserved = bits(mip6.uint16('mip6.bri_res', 'Reserved', { base: 'hex' }), 10, 2, 0, 0x1fff)
export const REVOCATION_SIZE = 6
export const INDICATION: readonly Piece[] = [
  revocationType,
  u8(mip6.uint8('mip6.bri_r.trigger', 'Revocation trigger', { values: REVOCATION_TRIGGER }), 7),
  revocationSequence,
  flag(b('mip6.bri_ip', 'Proxy binding (P)'), 10, 2, 15),
  flag(b('mip6.bri_iv', 'IPv4 home address binding only (V)'), 10, 2, 14),
  flag(b('mip6.bri_ig', 'Global (G)'), 10, 2, 13),
  revocationReserved,
]
export const REVOKED: readonly Piece[] = [
  revocationType,
  u8(mip6.uint8('mip6.bri_status', 'Status', { values: REVOCATION_STATUS }), 7),
  revocationSequence,
  flag(b('mip6.bri_ap', 'Proxy binding (P)'), 10, 2, 15),
  flag(b('mip6.bri_av', 'IPv4 home address binding only (V)'), 10, 2, 14),
  flag(b('mip6.bri_ag', 'Global (G)'), 10, 2, 13),
  revocationReserved,
]
