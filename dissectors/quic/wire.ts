/**
 * QUIC on the wire: versions 1 and 2 (RFC 9000, 9369), the invariants that every version keeps (RFC 8999), frames with those of
 * extensions (datagrams 9221, acknowledgement frequency, time stamps, multipath drafts 21 and before 16).
 * Integers of frames are variable in length: the two first bits tell 1, 2, 4 or 8 bytes.
 */
import { protocol } from '../core/fields.ts'

export const VERSION_1 = 0x00000001
export const VERSION_2 = 0x6b3343cf
export const QUIC_PORT = 443
export const MAX_CID = 20
export const RESET_TOKEN = 16
export const TAG = 16

/** Packet types as version 1 numbers them; version 2 turned them by one (RFC 9369 section 3.2). */
export const enum PacketType {
  Initial = 0,
  ZeroRtt = 1,
  Handshake = 2,
  Retry = 3,
}

export function isVersion2(version: number): boolean {
  return version === VERSION_2
}

export function packetType(firstByte: number, version: number): PacketType {
  const bits = (firstByte >> 4) & 3
  return (isVersion2(version) ? (bits + 3) & 3 : bits) as PacketType
}

export const enum FrameType {
  Padding = 0x00,
  Ping = 0x01,
  Ack = 0x02,
  AckEcn = 0x03,
  ResetStream = 0x04,
  StopSending = 0x05,
  Crypto = 0x06,
  NewToken = 0x07,
  Stream = 0x08,
  StreamLast = 0x0f,
  MaxData = 0x10,
  MaxStreamData = 0x11,
  MaxStreamsBidi = 0x12,
  MaxStreamsUni = 0x13,
  DataBlocked = 0x14,
  StreamDataBlocked = 0x15,
  StreamsBlockedBidi = 0x16,
  StreamsBlockedUni = 0x17,
  NewConnectionId = 0x18,
  RetireConnectionId = 0x19,
  PathChallenge = 0x1a,
  PathResponse = 0x1b,
  Close = 0x1c,
  CloseApplication = 0x1d,
  HandshakeDone = 0x1e,
  Datagram = 0x30,
  DatagramLength = 0x31,
  AckFrequency = 0xaf,
  TimeStamp = 0x02f5,
}

/** Multipath frames by what they are; drafts number them differently. */
export const enum MultipathFrame {
  Ack = 0,
  AckEcn = 1,
  Abandon = 2,
  StatusBackup = 3,
  StatusAvailable = 4,
  NewConnectionId = 5,
  RetireConnectionId = 6,
  MaxPathId = 7,
  PathsBlocked = 8,
  CidsBlocked = 9,
}

const MULTIPATH: ReadonlyMap<number, MultipathFrame> = new Map([
  // draft-ietf-quic-multipath-21
  [0x3e, MultipathFrame.Ack],
  [0x3f, MultipathFrame.AckEcn],
  [0x3e75, MultipathFrame.Abandon],
  [0x3e76, MultipathFrame.StatusBackup],
  [0x3e77, MultipathFrame.StatusAvailable],
  [0x3e78, MultipathFrame.NewConnectionId],
  [0x3e79, MultipathFrame.RetireConnectionId],
  [0x3e7a, MultipathFrame.MaxPathId],
  [0x3e7b, MultipathFrame.PathsBlocked],
  [0x3e7c, MultipathFrame.CidsBlocked],
  // drafts up to 15
  [0x15228c00, MultipathFrame.Ack],
  [0x15228c01, MultipathFrame.AckEcn],
  [0x15228c05, MultipathFrame.Abandon],
  [0x15228c07, MultipathFrame.StatusBackup],
  [0x15228c08, MultipathFrame.StatusAvailable],
  [0x15228c09, MultipathFrame.NewConnectionId],
  [0x15228c0a, MultipathFrame.RetireConnectionId],
  [0x15228c0c, MultipathFrame.MaxPathId],
  [0x15228c0d, MultipathFrame.PathsBlocked],
  [0x15228c0e, MultipathFrame.CidsBlocked],
])

export function multipathFrame(type: number): MultipathFrame | undefined {
  return MULTIPATH.get(type)
}

const FRAME_NAMES: Readonly<Record<number, string>> = {
  0: 'PADDING',
  1: 'PING',
  2: 'ACK',
  3: 'ACK_ECN',
  4: 'RESET_STREAM',
  5: 'STOP_SENDING',
  6: 'CRYPTO',
  7: 'NEW_TOKEN',
  16: 'MAX_DATA',
  17: 'MAX_STREAM_DATA',
  18: 'MAX_STREAMS (bidirectional)',
  19: 'MAX_STREAMS (unidirectional)',
  20: 'DATA_BLOCKED',
  21: 'STREAM_DATA_BLOCKED',
  22: 'STREAMS_BLOCKED (bidirectional)',
  23: 'STREAMS_BLOCKED (unidirectional)',
  24: 'NEW_CONNECTION_ID',
  25: 'RETIRE_CONNECTION_ID',
  26: 'PATH_CHALLENGE',
  27: 'PATH_RESPONSE',
  28: 'CONNECTION_CLOSE',
  29: 'CONNECTION_CLOSE (application)',
  30: 'HANDSHAKE_DONE',
  48: 'DATAGRAM',
  49: 'DATAGRAM',
  175: 'ACK_FREQUENCY',
  757: 'TIME_STAMP',
}

const MULTIPATH_NAMES = [
  'PATH_ACK',
  'PATH_ACK_ECN',
  'PATH_ABANDON',
  'PATH_STATUS_BACKUP',
  'PATH_STATUS_AVAILABLE',
  'PATH_NEW_CONNECTION_ID',
  'PATH_RETIRE_CONNECTION_ID',
  'MAX_PATH_ID',
  'PATHS_BLOCKED',
  'PATH_CIDS_BLOCKED',
]

export function frameName(type: number): string {
  if (type >= FrameType.Stream && type <= FrameType.StreamLast) return 'STREAM'
  const multipath = MULTIPATH.get(type)
  if (multipath !== undefined) return MULTIPATH_NAMES[multipath] as string
  return FRAME_NAMES[type] ?? `frame type 0x${type.toString(16)}`
}

export const packetTypeNames = { 0: 'Initial', 1: '0-RTT', 2: 'Handshake', 3: 'Retry' } as const
const packetTypeNames2 = { 0: 'Retry', 1: 'Initial', 2: '0-RTT', 3: 'Handshake' } as const
const HEX = { base: 'hex' } as const

export const quic = protocol('quic', 'QUIC', 'QUIC')
const f = quic
export const Field = {
  connection: f.uint32('quic.connection.number', 'Connection number'),
  packetLength: f.uint32('quic.packet_length', 'Packet length'),
  headerForm: f.uint8('quic.header_form', 'Header form', { values: { 0: 'Short header', 1: 'Long header' } }),
  fixedBit: f.bool('quic.fixed_bit', 'Fixed bit'),
  spinBit: f.bool('quic.spin_bit', 'Spin bit'),
  type: f.uint8('quic.long.packet_type', 'Packet type', { values: packetTypeNames }),
  type2: f.uint8('quic.long.packet_type_v2', 'Packet type', { values: packetTypeNames2 }),
  longReserved: f.uint8('quic.long.reserved', 'Reserved'),
  shortReserved: f.uint8('quic.short.reserved', 'Reserved'),
  keyPhase: f.bool('quic.key_phase', 'Key phase'),
  numberLength: f.uint8('quic.packet_number_length', 'Packet number length', {
    values: { 0: '1 byte', 1: '2 bytes', 2: '3 bytes', 3: '4 bytes' },
  }),
  version: f.uint32('quic.version', 'Version', HEX),
  dcil: f.uint8('quic.dcil', 'Destination connection ID length'),
  dcid: f.bytes('quic.dcid', 'Destination connection ID'),
  scil: f.uint8('quic.scil', 'Source connection ID length'),
  scid: f.bytes('quic.scid', 'Source connection ID'),
  tokenLength: f.uint64('quic.token_length', 'Token length'),
  token: f.bytes('quic.token', 'Token'),
  length: f.uint64('quic.length', 'Length'),
  packetNumber: f.uint64('quic.packet_number', 'Packet number'),
  payload: f.bytes('quic.payload', 'Payload'),
  protectedPayload: f.bytes('quic.protected_payload', 'Protected payload'),
  remaining: f.bytes('quic.remaining_payload', 'Remaining payload'),
  retryToken: f.bytes('quic.retry_token', 'Retry token'),
  retryTag: f.bytes('quic.retry_integrity_tag', 'Retry integrity tag'),
  retryVerdict: f.string('mh.quic.retry', 'Integrity tag'),
  resetToken: f.bytes('quic.stateless_reset_token', 'Stateless reset token'),
  supportedVersion: f.uint32('quic.supported_version', 'Supported version', HEX),
  unused: f.uint8('quic.vn.unused', 'Unused', HEX),
  coalescedPadding: f.bytes('mh.quic.padding', 'Padding behind the last packet'),

  frame: f.group('quic.frame', 'Frame'),
  frameType: f.uint64('quic.frame_type', 'Frame type', HEX),
  paddingLength: f.uint32('quic.padding_length', 'Padding length'),
  ackLargest: f.uint64('quic.ack.largest_acknowledged', 'Largest acknowledged'),
  ackDelay: f.uint64('quic.ack.ack_delay', 'ACK delay'),
  ackRangeCount: f.uint64('quic.ack.ack_range_count', 'ACK range count'),
  ackFirst: f.uint64('quic.ack.first_ack_range', 'First ACK range'),
  ackGap: f.uint64('quic.ack.gap', 'Gap'),
  ackRange: f.uint64('quic.ack.ack_range', 'ACK range'),
  ect0: f.uint64('quic.ack.ect0_count', 'ECT(0) count'),
  ect1: f.uint64('quic.ack.ect1_count', 'ECT(1) count'),
  ce: f.uint64('quic.ack.ecn_ce_count', 'ECN-CE count'),
  resetStream: f.uint64('quic.rsts.stream_id', 'Stream ID'),
  resetError: f.uint64('quic.rsts.application_error_code', 'Application error code'),
  resetFinal: f.uint64('quic.rsts.final_size', 'Final size'),
  stopStream: f.uint64('quic.ss.stream_id', 'Stream ID'),
  stopError: f.uint64('quic.ss.application_error_code', 'Application error code'),
  cryptoOffset: f.uint64('quic.crypto.offset', 'Offset'),
  cryptoLength: f.uint64('quic.crypto.length', 'Length'),
  cryptoFragment: f.frame('quic.crypto.fragment', 'CRYPTO fragment'),
  newTokenLength: f.uint64('quic.nt.length', 'Token length'),
  newToken: f.bytes('quic.nt.token', 'Token'),
  streamFin: f.bool('quic.stream.fin', 'Fin'),
  streamLen: f.bool('quic.stream.len', 'Length present'),
  streamOff: f.bool('quic.stream.off', 'Offset present'),
  streamId: f.uint64('quic.stream.stream_id', 'Stream ID'),
  streamInitiator: f.uint64('quic.stream.initiator', 'Stream initiator', { values: { 0: 'Client', 1: 'Server' } }),
  streamDirection: f.uint64('quic.stream.direction', 'Stream direction', { values: { 0: 'Bidirectional', 1: 'Unidirectional' } }),
  streamOffset: f.uint64('quic.stream.offset', 'Offset'),
  streamLength: f.uint64('quic.stream.length', 'Length'),
  streamData: f.bytes('quic.stream_data', 'Stream data'),
  maxData: f.uint64('quic.md.maximum_data', 'Maximum data'),
  maxStreamDataId: f.uint64('quic.msd.stream_id', 'Stream ID'),
  maxStreamData: f.uint64('quic.msd.maximum_stream_data', 'Maximum stream data'),
  maxStreams: f.uint64('quic.ms.max_streams', 'Max streams'),
  dataBlocked: f.uint64('quic.sb.stream_data_limit', 'Data limit'),
  streamBlockedId: f.uint64('mh.quic.sdb.stream_id', 'Stream ID'),
  streamDataBlocked: f.uint64('quic.sdb.stream_data_limit', 'Stream data limit'),
  streamsBlocked: f.uint64('quic.sib.stream_limit', 'Stream limit'),
  cidSequence: f.uint64('quic.nci.sequence', 'Sequence'),
  cidRetirePriorTo: f.uint64('quic.nci.retire_prior_to', 'Retire prior to'),
  cidLength: f.uint8('quic.nci.connection_id.length', 'Connection ID length'),
  cid: f.bytes('quic.nci.connection_id', 'Connection ID'),
  cidToken: f.bytes('quic.nci.stateless_reset_token', 'Stateless reset token'),
  retireSequence: f.uint64('quic.rci.sequence', 'Sequence'),
  pathChallenge: f.bytes('quic.path_challenge.data', 'Data'),
  pathResponse: f.bytes('quic.path_response.data', 'Data'),
  closeError: f.uint64('quic.cc.error_code', 'Error code'),
  closeErrorApplication: f.uint64('quic.cc.error_code.app', 'Application error code'),
  closeAlert: f.uint8('quic.cc.error_code.tls_alert', 'TLS alert'),
  closeFrame: f.uint64('quic.cc.frame_type', 'Frame type', HEX),
  closeReasonLength: f.uint64('quic.cc.reason_phrase.length', 'Reason phrase length'),
  closeReason: f.string('quic.cc.reason_phrase', 'Reason phrase'),
  datagramLength: f.uint64('quic.dg.length', 'Datagram length'),
  datagram: f.bytes('quic.dg', 'Datagram'),
  afSequence: f.uint64('quic.af.sequence_number', 'Sequence number'),
  afThreshold: f.uint64('quic.af.ack_eliciting_threshold', 'ACK-eliciting threshold'),
  afDelay: f.uint64('quic.af.request_max_ack_delay', 'Requested max ACK delay'),
  afLast: f.uint8('quic.af.last_byte', 'Last byte', HEX),
  afReserved: f.uint8('quic.af.reserved', 'Reserved'),
  afIgnoreOrder: f.bool('quic.af.ignore_order', 'Ignore order'),
  afIgnoreCe: f.bool('quic.af.ignore_ce', 'Ignore CE'),
  timeStamp: f.uint64('quic.ts', 'Time stamp'),

  pathId: f.uint64('mh.quic.path_id', 'Path ID'),
  pathError: f.uint64('mh.quic.path_abandon.error', 'Error code'),
  pathStatusSequence: f.uint64('mh.quic.path_status.sequence', 'Path status sequence number'),
  pathNextSequence: f.uint64('mh.quic.path_cids_blocked.next', 'Next sequence number'),

  serverName: f.string('tls.handshake.extensions_server_name', 'Server name'),
  alpn: f.string('tls.handshake.extensions_alpn_str', 'ALPN'),
  handshakeType: f.uint8('tls.handshake.type', 'Handshake type', {
    values: {
      1: 'Client Hello',
      2: 'Server Hello',
      4: 'New Session Ticket',
      8: 'Encrypted Extensions',
      11: 'Certificate',
      15: 'Certificate Verify',
      20: 'Finished',
    },
  }),
  cipherSuite: f.uint16('tls.handshake.ciphersuite', 'Cipher suite', HEX),
  parameter: f.group('mh.quic.parameter', 'Transport parameter'),
  parameterType: f.uint64('tls.quic.parameter.type', 'Type', HEX),
  parameterLength: f.uint64('tls.quic.parameter.length', 'Length'),
  parameterValue: f.bytes('tls.quic.parameter.value', 'Value'),
  preferredIp4: f.ipv4('tls.quic.parameter.pa.ipv4address', 'Preferred address (IPv4)'),
  preferredPort4: f.uint16('tls.quic.parameter.pa.ipv4port', 'Port'),
  preferredIp6: f.ipv6('tls.quic.parameter.pa.ipv6address', 'Preferred address (IPv6)'),
  preferredPort6: f.uint16('tls.quic.parameter.pa.ipv6port', 'Port'),
  preferredCid: f.bytes('tls.quic.parameter.pa.connectionid', 'Connection ID'),
  preferredToken: f.bytes('tls.quic.parameter.pa.statelessresettoken', 'Stateless reset token'),
} as const
