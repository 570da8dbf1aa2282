/**
 * HIP on the wire: header and packet types (RFC 7401 sections 5.1 and 5.3, RFC 5201 for version 1), parameter types and notification
 * codes of RFC 7401, 7402, 8002 to 8004, 8046, 5770, 6078, 6079 and 9028. Fields of parameters are in `fields.ts`.
 * All integers are big-endian; a parameter's length leaves header and padding out (section 5.2.1).
 */
import { protocol } from '../core/fields.ts'

export const HIP_UDP_PORT = 10_500
export const HIP_HEADER = 40
export const Header = {
  NextHeader: 0,
  Length: 1,
  PacketType: 2,
  Version: 3,
  Checksum: 4,
  Controls: 6,
  SenderHit: 8,
  ReceiverHit: 24,
} as const
export const HIT_SIZE = 16

export const enum Packet {
  I1 = 1,
  R1 = 2,
  I2 = 3,
  R2 = 4,
  Update = 16,
  Notify = 17,
  Close = 18,
  CloseAck = 19,
  Hdrr = 20,
  Data = 32,
}

export const packetNames: Readonly<Record<number, string>> = {
  1: 'I1',
  2: 'R1',
  3: 'I2',
  4: 'R2',
  5: 'CER',
  11: 'BOS',
  16: 'UPDATE',
  17: 'NOTIFY',
  18: 'CLOSE',
  19: 'CLOSE_ACK',
  20: 'HDRR',
  32: 'HIP_DATA',
}

export function packetName(type: number): string {
  return packetNames[type] ?? `packet type ${type}`
}

export const enum Parameter {
  EspInfo = 65,
  R1CounterV1 = 128,
  R1Counter = 129,
  LocatorSet = 193,
  Puzzle = 257,
  Solution = 321,
  Seq = 385,
  Ack = 449,
  DhGroupList = 511,
  DiffieHellman = 513,
  HipTransform = 577,
  HipCipher = 579,
  NatTraversalMode = 608,
  TransactionPacing = 610,
  Encrypted = 641,
  HostId = 705,
  HitSuiteList = 715,
  Cert = 768,
  Notification = 832,
  EchoRequestSigned = 897,
  RegInfo = 930,
  RegRequest = 932,
  RegResponse = 934,
  RegFailed = 936,
  RegFrom = 950,
  EchoResponseSigned = 961,
  TransportFormatList = 2_049,
  EspTransform = 4_095,
  HipMac = 61_505,
  HipMac2 = 61_569,
  HipSignature2 = 61_633,
  HipSignature = 61_697,
  EchoResponseUnsigned = 63_425,
  EchoRequestUnsigned = 63_661,
  RelayFrom = 63_998,
  RelayTo = 64_002,
  From = 65_498,
  RvsHmac = 65_500,
  ViaRvs = 65_502,
  RelayHmac = 65_520,
}

export const parameterNames: Readonly<Record<number, string>> = {
  65: 'ESP_INFO',
  128: 'R1_COUNTER',
  129: 'R1_COUNTER',
  193: 'LOCATOR_SET',
  257: 'PUZZLE',
  321: 'SOLUTION',
  385: 'SEQ',
  449: 'ACK',
  511: 'DH_GROUP_LIST',
  513: 'DIFFIE_HELLMAN',
  577: 'HIP_TRANSFORM',
  579: 'HIP_CIPHER',
  608: 'NAT_TRAVERSAL_MODE',
  610: 'TRANSACTION_PACING',
  641: 'ENCRYPTED',
  705: 'HOST_ID',
  715: 'HIT_SUITE_LIST',
  768: 'CERT',
  832: 'NOTIFICATION',
  897: 'ECHO_REQUEST_SIGNED',
  930: 'REG_INFO',
  932: 'REG_REQUEST',
  934: 'REG_RESPONSE',
  936: 'REG_FAILED',
  950: 'REG_FROM',
  961: 'ECHO_RESPONSE_SIGNED',
  2049: 'TRANSPORT_FORMAT_LIST',
  4095: 'ESP_TRANSFORM',
  4481: 'SEQ_DATA',
  4545: 'ACK_DATA',
  4577: 'PAYLOAD_MIC',
  4580: 'TRANSACTION_ID',
  4592: 'OVERLAY_ID',
  4601: 'ROUTE_DST',
  4650: 'RELAYED_ADDRESS',
  4660: 'MAPPED_ADDRESS',
  4680: 'PEER_PERMISSION',
  4700: 'CANDIDATE_PRIORITY',
  4710: 'NOMINATE',
  61505: 'HIP_MAC',
  61569: 'HIP_MAC_2',
  61633: 'HIP_SIGNATURE_2',
  61697: 'HIP_SIGNATURE',
  63425: 'ECHO_RESPONSE_UNSIGNED',
  63661: 'ECHO_REQUEST_UNSIGNED',
  63998: 'RELAY_FROM',
  64002: 'RELAY_TO',
  64011: 'OVERLAY_TTL',
  64017: 'ROUTE_VIA',
  65498: 'FROM',
  65500: 'RVS_HMAC',
  65502: 'VIA_RVS',
  65520: 'RELAY_HMAC',
}

export function parameterName(type: number): string {
  return parameterNames[type] ?? `parameter type ${type}`
}

/** Type and length. */
export const PARAMETER_HEADER = 4

/** Bytes that a parameter with `length` content bytes takes: header, content and padding to a multiple of 8 (section 5.2.1). */
export function parameterSize(length: number): number {
  return 11 + length - ((length + 3) % 8)
}

/** NOTIFICATION message types (sections 5.2.19, RFC 8003, 8004, 8046, 5770, 9028); from 16384 on they tell a state, not an error */
export const FIRST_STATUS = 16_384
export const notificationNames: Readonly<Record<number, string>> = {
  1: 'UNSUPPORTED_CRITICAL_PARAMETER_TYPE',
  7: 'INVALID_SYNTAX',
  14: 'NO_DH_PROPOSAL_CHOSEN',
  15: 'INVALID_DH_CHOSEN',
  16: 'NO_HIP_PROPOSAL_CHOSEN',
  17: 'INVALID_HIP_CIPHER_CHOSEN',
  18: 'NO_ESP_PROPOSAL_CHOSEN',
  19: 'INVALID_ESP_TRANSFORM_CHOSEN',
  20: 'UNSUPPORTED_HIT_SUITE',
  24: 'AUTHENTICATION_FAILED',
  26: 'CHECKSUM_FAILED',
  28: 'HIP_MAC_FAILED',
  32: 'ENCRYPTION_FAILED',
  40: 'INVALID_HIT',
  42: 'BLOCKED_BY_POLICY',
  44: 'RESPONDER_BUSY_PLEASE_RETRY',
  46: 'LOCATOR_TYPE_UNSUPPORTED',
  48: 'CREDENTIALS_REQUIRED',
  50: 'INVALID_CERTIFICATE',
  51: 'REG_REQUIRED',
  60: 'NO_VALID_NAT_TRAVERSAL_MODE_PARAMETER',
  61: 'CONNECTIVITY_CHECKS_FAILED',
  62: 'MESSAGE_NOT_RELAYED',
  63: 'SERVER_REFLEXIVE_CANDIDATE_ALLOCATION_FAILED',
  64: 'RVS_HMAC_PROHIBITED_WITH_RELAY',
  70: 'OVERLAY_TTL_EXCEEDED',
  90: 'UNKNOWN_NEXT_HOP',
  100: 'NO_VALID_HIP_TRANSPORT_MODE',
  16384: 'I2_ACKNOWLEDGEMENT',
  16385: 'NAT_KEEPALIVE',
}

/** HIT suites (section 5.2.10, RFC 9374) and host identity algorithms (section 5.2.9) */
export const HIT_SUITES: Readonly<Record<number, string>> = {
  0: 'Reserved',
  1: 'RSA,DSA/SHA-256',
  2: 'ECDSA/SHA-384',
  3: 'ECDSA_LOW/SHA-1',
  5: 'EdDSA/cSHAKE128',
}
export const enum Algorithm {
  Dsa = 3,
  Rsa = 5,
  Ecdsa = 7,
  EcdsaLow = 9,
  EdDsa = 13,
}
export const ALGORITHMS: Readonly<Record<number, string>> = {
  0: 'Reserved',
  1: 'NULL-ENCRYPT',
  3: 'DSA',
  5: 'RSA',
  7: 'ECDSA',
  9: 'ECDSA_LOW',
  13: 'EdDSA',
}

export const hip = protocol('hip', 'Host Identity Protocol', 'HIP')
export const Field = {
  nextHeader: hip.uint8('hip.proto', 'Payload protocol'),
  headerLength: hip.uint8('hip.hdr_len', 'Header length'),
  fixedP: hip.uint8('hip.shim6_fixed_p', 'Fixed P bit'),
  packetType: hip.uint8('hip.packet_type', 'Packet type', { values: packetNames }),
  version: hip.uint8('hip.version', 'Version'),
  fixedS: hip.uint8('hip.shim6_fixed_s', 'Fixed S bit'),
  checksum: hip.uint16('hip.checksum', 'Checksum', { base: 'hex' }),
  checksumStatus: hip.uint8('hip.checksum.status', 'Checksum status', {
    values: { 0: 'Bad', 1: 'Good', 2: 'Unverified', 3: 'Not present' },
  }),
  controls: hip.uint16('hip.controls', 'HIP controls', { base: 'hex' }),
  anonymous: hip.bool('hip.controls.a', "Anonymous (sender's HI is anonymous)"),
  senderHit: hip.bytes('hip.hit_sndr', "Sender's HIT"),
  receiverHit: hip.bytes('hip.hit_rcvr', "Receiver's HIT"),
  parameter: hip.group('mh.hip.parameter', 'Parameter'),
  type: hip.uint16('hip.type', 'Type', { values: parameterNames }),
  critical: hip.bool('mh.hip.critical', 'Critical'),
  length: hip.uint16('mh.hip.parameter_length', 'Length'),
  marker: hip.bytes('mh.hip.udp_marker', 'Marker of HIP in UDP'),
  keepalive: hip.bytes('mh.hip.udp_keepalive', 'NAT keepalive'),
} as const
