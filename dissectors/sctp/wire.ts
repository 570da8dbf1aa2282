/**
 * SCTP on the wire: offsets, code points and fields of RFC 9260 and its extensions (AUTH 4895, ASCONF 5061, RE-CONFIG 6525,
 * FORWARD TSN 3758, I-DATA 8260, PAD 4820, zero checksum 9653, UDP encapsulation 6951).
 * Every chunk and parameter is a type-length-value padded to a multiple of 4; the length leaves the padding out.
 * All integers are big-endian but the CRC32c, whose least significant byte comes first.
 */
import { alias, protocol } from '../core/fields.ts'

export const SCTP_PROTOCOL_NUMBER = 132
/** RFC 6951: payload of the UDP datagram is the SCTP packet itself */
export const SCTP_UDP_PORT = 9899

/** Common header, RFC 9260 section 3.1 */
export const Header = { SourcePort: 0, DestinationPort: 2, VerificationTag: 4, Checksum: 8, Length: 12 } as const

export const enum Chunk {
  Data = 0,
  Init = 1,
  InitAck = 2,
  Sack = 3,
  Heartbeat = 4,
  HeartbeatAck = 5,
  Abort = 6,
  Shutdown = 7,
  ShutdownAck = 8,
  Error = 9,
  CookieEcho = 10,
  CookieAck = 11,
  Ecne = 12,
  Cwr = 13,
  ShutdownComplete = 14,
  Auth = 15,
  NrSack = 16,
  IData = 64,
  AsconfAck = 128,
  PacketDrop = 129,
  ReConfig = 130,
  Pad = 132,
  ForwardTsn = 192,
  Asconf = 193,
  IForwardTsn = 194,
}

export const chunkNames: Readonly<Record<number, string>> = {
  0: 'DATA',
  1: 'INIT',
  2: 'INIT ACK',
  3: 'SACK',
  4: 'HEARTBEAT',
  5: 'HEARTBEAT ACK',
  6: 'ABORT',
  7: 'SHUTDOWN',
  8: 'SHUTDOWN ACK',
  9: 'ERROR',
  10: 'COOKIE ECHO',
  11: 'COOKIE ACK',
  12: 'ECNE',
  13: 'CWR',
  14: 'SHUTDOWN COMPLETE',
  15: 'AUTH',
  16: 'NR-SACK',
  64: 'I-DATA',
  128: 'ASCONF-ACK',
  129: 'PKTDROP',
  130: 'RE-CONFIG',
  132: 'PAD',
  192: 'FORWARD TSN',
  193: 'ASCONF',
  194: 'I-FORWARD TSN',
}

export function chunkName(type: number): string {
  return chunkNames[type] ?? `chunk type ${type}`
}

/** Flags of DATA and I-DATA, section 3.3.1 */
export const DataFlag = { End: 0x01, Begin: 0x02, Unordered: 0x04, Immediate: 0x08 } as const
/** Flag T of ABORT and SHUTDOWN COMPLETE: the tag is the receiver's view of its peer's, section 8.5.1 */
export const REFLECTED_TAG = 0x01

/** What precedes user data or parameters in a chunk, chunk header included */
export const ChunkFixed = { Data: 16, IData: 20, Init: 20, Sack: 16, Shutdown: 8, Auth: 8, Asconf: 8, AsconfAck: 8, ForwardTsn: 8 } as const

export const enum Parameter {
  HeartbeatInfo = 1,
  Ipv4Address = 5,
  Ipv6Address = 6,
  StateCookie = 7,
  Unrecognized = 8,
  CookiePreservative = 9,
  HostName = 11,
  SupportedAddressTypes = 12,
  OutgoingReset = 13,
  IncomingReset = 14,
  TsnReset = 15,
  ReconfigResponse = 16,
  AddOutgoingStreams = 17,
  AddIncomingStreams = 18,
  EcnCapable = 0x8000,
  ZeroChecksum = 0x8001,
  Random = 0x8002,
  Chunks = 0x8003,
  HmacAlgorithms = 0x8004,
  Padding = 0x8005,
  SupportedExtensions = 0x8008,
  ForwardTsnSupported = 0xc000,
  AddAddress = 0xc001,
  DeleteAddress = 0xc002,
  ErrorCause = 0xc003,
  SetPrimary = 0xc004,
  Success = 0xc005,
  AdaptationLayer = 0xc006,
}

export const parameterNames: Readonly<Record<number, string>> = {
  1: 'Heartbeat Info',
  5: 'IPv4 Address',
  6: 'IPv6 Address',
  7: 'State Cookie',
  8: 'Unrecognized Parameter',
  9: 'Cookie Preservative',
  11: 'Host Name Address',
  12: 'Supported Address Types',
  13: 'Outgoing SSN Reset Request',
  14: 'Incoming SSN Reset Request',
  15: 'SSN/TSN Reset Request',
  16: 'Re-configuration Response',
  17: 'Add Outgoing Streams Request',
  18: 'Add Incoming Streams Request',
  32768: 'ECN Capable',
  32769: 'Zero Checksum Acceptable',
  32770: 'RANDOM',
  32771: 'CHUNKS',
  32772: 'HMAC-ALGO',
  32773: 'Padding',
  32776: 'Supported Extensions',
  49152: 'Forward TSN Supported',
  49153: 'Add IP Address',
  49154: 'Delete IP Address',
  49155: 'Error Cause Indication',
  49156: 'Set Primary IP Address',
  49157: 'Success Indication',
  49158: 'Adaptation Layer Indication',
}

export function parameterName(type: number): string {
  return parameterNames[type] ?? `parameter type 0x${type.toString(16).padStart(4, '0')}`
}

export const causeNames: Readonly<Record<number, string>> = {
  1: 'invalid stream identifier',
  2: 'missing mandatory parameter',
  3: 'stale cookie',
  4: 'out of resource',
  5: 'unresolvable address',
  6: 'unrecognized chunk type',
  7: 'invalid mandatory parameter',
  8: 'unrecognized parameters',
  9: 'no user data',
  10: 'cookie received while shutting down',
  11: 'restart of an association with new addresses',
  12: 'user-initiated abort',
  13: 'protocol violation',
  160: 'request to delete last remaining IP address',
  161: 'operation refused due to resource shortage',
  162: 'request to delete source IP address',
  163: 'association aborted due to illegal ASCONF-ACK',
  164: 'request refused, no authorization',
  261: 'unsupported HMAC identifier',
}

export function causeName(code: number): string {
  return causeNames[code] ?? `cause ${code}`
}

export const hmacNames: Readonly<Record<number, string>> = { 1: 'SHA-1', 3: 'SHA-256' }
export const addressTypeNames: Readonly<Record<number, string>> = { 5: 'IPv4', 6: 'IPv6', 11: 'Host name' }

export const reconfigResultNames: Readonly<Record<number, string>> = {
  0: 'success, nothing to do',
  1: 'success, performed',
  2: 'denied',
  3: 'error, wrong SSN',
  4: 'error, request already in progress',
  5: 'error, bad sequence number',
  6: 'in progress',
}

export const payloadProtocolNames: Readonly<Record<number, string>> = {
  0: 'not specified',
  1: 'IUA',
  2: 'M2UA',
  3: 'M3UA',
  4: 'SUA',
  5: 'M2PA',
  18: 'S1AP',
  19: 'RUA',
  20: 'HNBAP',
  25: 'SBc-AP',
  26: 'NBAP',
  27: 'X2AP',
  46: 'Diameter',
  47: 'Diameter over DTLS',
  50: 'WebRTC control',
  51: 'WebRTC string',
  53: 'WebRTC binary',
  56: 'WebRTC empty string',
  57: 'WebRTC empty binary',
  60: 'NGAP',
  61: 'XnAP',
  62: 'F1AP',
}

const checksumStatus: Readonly<Record<number, string>> = { 0: 'bad', 1: 'good', 2: 'not verified', 3: 'absent' }

export const sctp = protocol('sctp', 'Stream Control Transmission Protocol', 'SCTP')
const hex = { base: 'hex' } as const

export const Field = {
  sourcePort: sctp.uint16('sctp.srcport', 'Source port'),
  destinationPort: sctp.uint16('sctp.dstport', 'Destination port'),
  verificationTag: sctp.uint32('sctp.verification_tag', 'Verification tag', hex),
  checksum: sctp.uint32('sctp.checksum', 'Checksum', hex),
  checksumStatus: sctp.uint8('sctp.checksum.status', 'Checksum status', { values: checksumStatus }),

  chunk: sctp.group('mh.sctp.chunk', 'Chunk'),
  chunkType: sctp.uint8('sctp.chunk_type', 'Chunk type', { values: chunkNames }),
  chunkBit1: sctp.bool('sctp.chunk_bit_1', 'When unknown: skip chunk and go on'),
  chunkBit2: sctp.bool('sctp.chunk_bit_2', 'When unknown: report'),
  chunkFlags: sctp.uint8('sctp.chunk_flags', 'Chunk flags', hex),
  chunkLength: sctp.uint16('sctp.chunk_length', 'Chunk length'),
  chunkValue: sctp.bytes('sctp.chunk_value', 'Chunk value'),
  chunkPadding: sctp.bytes('sctp.chunk_padding', 'Chunk padding'),

  tsnRelative: sctp.uint32('sctp.data_tsn', 'Transmission sequence number (relative)'),
  tsn: sctp.uint32('sctp.data_tsn_raw', 'Transmission sequence number'),
  streamIdentifier: sctp.uint16('sctp.data_sid', 'Stream identifier', hex),
  streamSequence: sctp.uint16('sctp.data_ssn', 'Stream sequence number'),
  payloadProtocol: sctp.uint32('sctp.data_payload_proto_id', 'Payload protocol identifier', { values: payloadProtocolNames }),
  dataReserved: sctp.uint16('sctp.data_reserved', 'Reserved'),
  messageIdentifier: sctp.uint32('sctp.data_mid', 'Message identifier'),
  fragmentSequence: sctp.uint32('sctp.data_fsn', 'Fragment sequence number'),
  dataImmediate: sctp.bool('sctp.data_i_bit', 'Acknowledge at once'),
  dataUnordered: sctp.bool('sctp.data_u_bit', 'Unordered'),
  dataBegin: sctp.bool('sctp.data_b_bit', 'First fragment'),
  dataEnd: sctp.bool('sctp.data_e_bit', 'Last fragment'),
  userData: sctp.bytes('mh.sctp.user_data', 'User data'),
  fragment: sctp.frame('sctp.fragment', 'Fragment in frame'),
  reassembledIn: sctp.frame('sctp.reassembled_in', 'Message is complete in frame'),

  initiateTag: sctp.uint32('sctp.initiate_tag', 'Initiate tag', hex),
  initTag: sctp.uint32('sctp.init_initiate_tag', 'Initiate tag of INIT', hex),
  initCredit: sctp.uint32('sctp.init_credit', 'Advertised receiver window credit'),
  initOutbound: sctp.uint16('sctp.init_nr_out_streams', 'Number of outbound streams'),
  initInbound: sctp.uint16('sctp.init_nr_in_streams', 'Number of inbound streams'),
  initTsn: sctp.uint32('sctp.init_initial_tsn', 'Initial TSN'),
  initAckTag: sctp.uint32('sctp.initack_initiate_tag', 'Initiate tag of INIT ACK', hex),
  initAckCredit: sctp.uint32('sctp.initack_credit', 'Advertised receiver window credit'),
  initAckOutbound: sctp.uint16('sctp.initack_nr_out_streams', 'Number of outbound streams'),
  initAckInbound: sctp.uint16('sctp.initack_nr_in_streams', 'Number of inbound streams'),
  initAckTsn: sctp.uint32('sctp.initack_initial_tsn', 'Initial TSN'),

  sackNonce: sctp.uint8('sctp.sack_nounce_sum', 'Nonce sum'),
  sackTsnRelative: sctp.uint32('sctp.sack_cumulative_tsn_ack', 'Cumulative TSN acknowledged (relative)'),
  sackTsn: sctp.uint32('sctp.sack_cumulative_tsn_ack_raw', 'Cumulative TSN acknowledged'),
  sackCredit: sctp.uint32('sctp.sack_a_rwnd', 'Advertised receiver window credit'),
  sackGaps: sctp.uint16('sctp.sack_number_of_gap_blocks', 'Number of gap blocks'),
  sackDuplicates: sctp.uint16('sctp.sack_number_of_duplicated_tsns', 'Number of duplicate TSNs'),
  gapStart: sctp.uint16('sctp.sack_gap_block_start', 'Gap block start'),
  gapStartTsn: sctp.uint32('sctp.sack_gap_block_start_tsn', 'Gap block start TSN'),
  gapEnd: sctp.uint16('sctp.sack_gap_block_end', 'Gap block end'),
  gapEndTsn: sctp.uint32('sctp.sack_gap_block_end_tsn', 'Gap block end TSN'),
  gapTotal: sctp.uint32('sctp.sack_number_of_tsns_gap_acked', 'TSNs in gap blocks'),
  duplicateTsn: sctp.uint32('sctp.sack_duplicate_tsn', 'Duplicate TSN'),

  shutdownTsn: sctp.uint32('sctp.shutdown_cumulative_tsn_ack', 'Cumulative TSN acknowledged'),
  ecneTsn: sctp.uint32('sctp.ecne_lowest_tsn', 'Lowest TSN'),
  cwrTsn: sctp.uint32('sctp.cwr_lowest_tsn', 'Lowest TSN'),
  shutdownCompleteT: sctp.bool('sctp.shutdown_complete_t_bit', 'Tag is reflected'),
  abortT: sctp.bool('sctp.abort_t_bit', 'Tag is reflected'),
  cookie: sctp.bytes('sctp.cookie', 'Cookie'),

  forwardTsn: sctp.uint32('sctp.forward_tsn_tsn', 'New cumulative TSN'),
  forwardStream: sctp.uint16('sctp.forward_tsn_sid', 'Stream identifier'),
  forwardSequence: sctp.uint16('sctp.forward_tsn_ssn', 'Stream sequence number'),
  iForwardTsn: sctp.uint32('sctp.i_forward_tsn_tsn', 'New cumulative TSN'),
  iForwardStream: sctp.uint16('sctp.i_forward_tsn_sid', 'Stream identifier'),
  iForwardFlags: sctp.uint16('sctp.i_forward_tsn_flags', 'Flags', hex),
  iForwardUnordered: sctp.bool('sctp.i_forward_tsn_u_bit', 'Unordered'),
  iForwardMessage: sctp.uint32('sctp.forward_tsn_mid', 'Message identifier'),

  parameter: sctp.group('mh.sctp.parameter', 'Parameter'),
  parameterType: sctp.uint16('sctp.parameter_type', 'Parameter type', { base: 'hex', values: parameterNames }),
  parameterBit1: sctp.bool('sctp.parameter_bit_1', 'When unknown: skip parameter and go on'),
  parameterBit2: sctp.bool('sctp.parameter_bit_2', 'When unknown: report'),
  parameterLength: sctp.uint16('sctp.parameter_length', 'Parameter length'),
  parameterValue: sctp.bytes('sctp.parameter_value', 'Parameter value'),
  parameterPadding: sctp.bytes('sctp.parameter_padding', 'Parameter padding'),
  ipv4Address: sctp.ipv4('sctp.parameter_ipv4_address', 'IPv4 address'),
  ipv6Address: sctp.ipv6('sctp.parameter_ipv6_address', 'IPv6 address'),
  heartbeatInformation: sctp.bytes('sctp.parameter_heartbeat_information', 'Heartbeat information'),
  stateCookie: sctp.bytes('sctp.parameter_state_cookie', 'State cookie'),
  cookiePreservative: sctp.uint32('sctp.parameter_cookie_preservative_incr', 'Suggested cookie life-span increment, ms'),
  hostName: sctp.string('sctp.parameter_hostname', 'Host name'),
  supportedAddressType: sctp.uint16('sctp.parameter_supported_address_type', 'Supported address type', { values: addressTypeNames }),
  reconfigRequest: sctp.uint32('sctp.parameter_reconfig_request_sequence_number', 'Request sequence number'),
  reconfigResponse: sctp.uint32('sctp.parameter_reconfig_response_sequence_number', 'Response sequence number'),
  reconfigLastTsn: sctp.uint32('sctp.parameter_senders_last_assigned_tsn', "Sender's last assigned TSN"),
  reconfigSenderTsn: sctp.uint32('sctp.parameter_senders_next_tsn', "Sender's next TSN"),
  reconfigReceiverTsn: sctp.uint32('sctp.parameter_receivers_next_tsn', "Receiver's next TSN"),
  reconfigResult: sctp.uint32('sctp.parameter_reconfig_response_result', 'Result', { values: reconfigResultNames }),
  reconfigStream: sctp.uint16('sctp.parameter_reconfig_sid', 'Stream identifier'),
  addOutgoing: sctp.uint16('sctp.parameter_add_outgoing_streams_number', 'Number of streams'),
  addOutgoingReserved: sctp.uint16('sctp.parameter_add_outgoing_streams_reserved', 'Reserved'),
  addIncoming: sctp.uint16('sctp.parameter_add_incoming_streams_number', 'Number of streams'),
  addIncomingReserved: sctp.uint16('sctp.parameter_add_incoming_streams_reserved', 'Reserved'),
  errorDetectionMethod: sctp.uint32('mh.sctp.error_detection_method', 'Error detection method identifier'),
  adaptation: sctp.uint32('sctp.adaptation_layer_indication', 'Adaptation code point', hex),
  random: sctp.bytes('sctp.random_number', 'Random number'),
  chunkToAuthenticate: sctp.uint8('sctp.chunk_type_to_auth', 'Chunk type to authenticate', { values: chunkNames }),
  supportedChunk: sctp.uint8('sctp.supported_chunk_type', 'Supported chunk type', { values: chunkNames }),
  correlation: sctp.uint32('sctp.correlation_id', 'Correlation identifier', hex),

  sharedKey: sctp.uint16('sctp.shared_key_id', 'Shared key identifier'),
  hmacIdentifier: sctp.uint16('sctp.hmac_id', 'HMAC identifier', { values: hmacNames }),
  hmac: sctp.bytes('sctp.hmac', 'HMAC'),
  authentication: sctp.string('mh.sctp.authentication', 'Authentication'),
  asconfSerial: sctp.uint32('sctp.asconf_seq_nr_number', 'Serial number', hex),
  asconfAckSerial: sctp.uint32('sctp.asconf_ack_seq_nr_number', 'Serial number', hex),
  padding: sctp.bytes('sctp.padding_data', 'Padding data'),

  cause: sctp.group('mh.sctp.cause', 'Error cause'),
  causeCode: sctp.uint16('sctp.cause_code', 'Cause code', { base: 'hex', values: causeNames }),
  causeLength: sctp.uint16('sctp.cause_length', 'Cause length'),
  causeInformation: sctp.bytes('sctp.cause_information', 'Cause information'),
  causePadding: sctp.bytes('sctp.cause_padding', 'Cause padding'),
  causeStream: sctp.uint16('sctp.cause_stream_identifier', 'Stream identifier'),
  causeReserved: sctp.uint16('sctp.cause_reserved', 'Reserved'),
  causeMissing: sctp.uint32('sctp.cause_nr_of_missing_parameters', 'Number of missing parameters'),
  causeMissingType: sctp.uint16('sctp.cause_missing_parameter_type', 'Missing parameter type', { base: 'hex', values: parameterNames }),
  causeStaleness: sctp.uint32('sctp.cause_measure_of_staleness', 'Staleness, microseconds'),
  causeTsn: sctp.uint32('sctp.cause_tsn', 'TSN'),
} as const

alias('sctp.port', [Field.sourcePort, Field.destinationPort])
