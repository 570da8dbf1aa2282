/**
 * Shim6 on the wire: payload extension header and control messages (RFC 5533 sections 5.1 to 5.14), options (section 5.15), REAP's probe
 * and keepalive (RFC 5534 section 5). All integers are big-endian; an option's length leaves header and padding out.
 * Wireshark 4.0 reads control messages one byte off; the fields here bear its names and hold what the RFC says.
 */
import { protocol } from '../core/fields.ts'
import { IP_PROTOCOL_NAMES } from '../ip/protocols.ts'

/** The smallest message; a payload extension header is no longer */
export const SHIM6_UNIT = 8
export const At = { NextHeader: 0, Length: 1, Type: 2, Specific: 3, Checksum: 4, Tag: 6 } as const

export const enum Message {
  I1 = 1,
  R1 = 2,
  I2 = 3,
  R2 = 4,
  R1bis = 5,
  I2bis = 6,
  UpdateRequest = 64,
  UpdateAcknowledgement = 65,
  Keepalive = 66,
  Probe = 67,
  Error = 68,
}

export const messageNames: Readonly<Record<number, string>> = {
  1: 'I1',
  2: 'R1',
  3: 'I2',
  4: 'R2',
  5: 'R1bis',
  6: 'I2bis',
  64: 'Update Request',
  65: 'Update Acknowledgement',
  66: 'Keepalive',
  67: 'Probe',
  68: 'Error',
}

export function messageName(type: number): string {
  return messageNames[type] ?? `message type ${type}`
}

/** Bytes of a message in front of its options; a probe's reports come behind them */
export const fixedSizes: Readonly<Record<number, number>> = {
  1: 16,
  2: 16,
  3: 24,
  4: 16,
  5: 16,
  6: 32,
  64: 16,
  65: 16,
  66: 16,
  67: 16,
  68: 8,
}

export const PROBE_REPORT = 40

export const enum Option {
  ResponderValidator = 1,
  LocatorList = 2,
  LocatorPreferences = 3,
  CgaParameters = 4,
  CgaSignature = 5,
  UlidPair = 6,
  ForkedInstance = 7,
  KeepaliveTimeout = 10,
}

export const optionNames: Readonly<Record<number, string>> = {
  1: 'Responder Validator',
  2: 'Locator List',
  3: 'Locator Preferences',
  4: 'CGA Parameter Data Structure',
  5: 'CGA Signature',
  6: 'ULID Pair',
  7: 'Forked Instance Identifier',
  10: 'Keepalive Timeout',
}

export function optionName(type: number): string {
  return optionNames[type] ?? `option type ${type}`
}

/** Type with critical bit, and length. */
export const OPTION_HEADER = 4

/** Bytes that an option with `length` content bytes takes (section 5.15) */
export function optionSize(length: number): number {
  return 11 + length - ((length + 3) % 8)
}

export const enum Verification {
  Hba = 1,
  Cga = 2,
}

/** Flags of a locator's preferences, section 5.15.3 */
export const PreferenceFlag = { Broken: 0x01, Temporary: 0x02 } as const

export const errorNames: Readonly<Record<number, string>> = {
  0: 'unknown Shim6 message type',
  1: 'critical option not recognised',
  2: 'locator verification method failed',
  3: 'locator list generation number out of sync',
  4: 'error in the number of locators',
}

export const REAP_STATES: Readonly<Record<number, string>> = { 0: 'Operational', 1: 'Exploring', 2: 'InboundOK' }

export const shim6 = protocol('shim6', 'Shim6', 'Shim6')
export const Field = {
  nextHeader: shim6.uint8('shim6.nxt', 'Next header', { values: IP_PROTOCOL_NAMES }),
  length: shim6.uint8('shim6.len', 'Length in 8-octet units, less one'),
  lengthOctets: shim6.uint16('shim6.len_oct', 'Length in octets'),
  payload: shim6.bool('shim6.p', 'P bit: payload'),
  tag: shim6.group('shim6.ct', 'Context tag'),
  tagValue: shim6.uint64('mh.shim6.context_tag', 'Context tag', { base: 'hex' }),
  ulids: shim6.string('mh.shim6.ulids', 'ULIDs of the context'),
  type: shim6.uint8('shim6.type', 'Message type', { values: messageNames }),
  hipBit: shim6.uint8('shim6.proto', 'Protocol', { values: { 0: 'Shim6', 1: 'HIP' } }),
  checksum: shim6.uint16('shim6.checksum', 'Checksum', { base: 'hex' }),
  checksumStatus: shim6.uint8('shim6.checksum.status', 'Checksum status', { values: { 0: 'Bad', 1: 'Good', 2: 'Unverified' } }),
  initiatorNonce: shim6.uint32('shim6.inonce', 'Initiator nonce'),
  responderNonce: shim6.uint32('shim6.rnonce', 'Responder nonce'),
  requestNonce: shim6.uint32('mh.shim6.request_nonce', 'Request nonce'),
  reserved: shim6.bytes('shim6.reserved', 'Reserved'),
  reserved2: shim6.bytes('shim6.reserved2', 'Reserved'),
  probesReceived: shim6.uint8('shim6.precvd', 'Probes received'),
  probesSent: shim6.uint8('shim6.psent', 'Probes sent'),
  reapState: shim6.uint8('shim6.reap', 'REAP state', { values: REAP_STATES }),
  probe: shim6.group('mh.shim6.probe', 'Probe report'),
  probeSource: shim6.ipv6('shim6.psrc', 'Source address'),
  probeDestination: shim6.ipv6('shim6.pdst', 'Destination address'),
  probeNonce: shim6.uint32('shim6.pnonce', 'Nonce'),
  probeData: shim6.uint32('shim6.pdata', 'Data', { base: 'hex' }),
  errorCode: shim6.uint8('mh.shim6.error_code', 'Error code', { values: errorNames }),
  errorPointer: shim6.uint16('mh.shim6.error_pointer', 'Pointer'),
  errorPacket: shim6.bytes('mh.shim6.error_packet', 'Message in error'),
  option: shim6.group('mh.shim6.option', 'Option'),
  optionType: shim6.uint16('shim6.opt.type', 'Option type', { values: optionNames }),
  optionCritical: shim6.bool('shim6.opt.critical', 'Critical'),
  optionLength: shim6.uint16('shim6.opt.len', 'Content length'),
  optionTotal: shim6.uint16('shim6.opt.total_len', 'Total length'),
  validator: shim6.bytes('shim6.validator', 'Validator'),
  generation: shim6.uint32('shim6.opt.loclist', 'Locator list generation'),
  locatorCount: shim6.uint8('shim6.opt.locnum', 'Number of locators'),
  method: shim6.uint8('shim6.opt.verif_method', 'Verification method', { values: { 1: 'HBA', 2: 'CGA' } }),
  locator: shim6.ipv6('shim6.locator', 'Locator'),
  locatorCheck: shim6.string('mh.shim6.locator_check', 'Ownership'),
  elementLength: shim6.uint8('shim6.opt.elemlen', 'Element length'),
  flags: shim6.uint8('shim6.loc.flags', 'Flags'),
  priority: shim6.uint8('shim6.loc.prio', 'Priority'),
  weight: shim6.uint8('shim6.loc.weight', 'Weight'),
  cgaParameters: shim6.bytes('shim6.cga_parameter_data_structure', 'CGA parameter data structure'),
  cgaModifier: shim6.bytes('mh.shim6.cga_modifier', 'Modifier'),
  cgaPrefix: shim6.bytes('mh.shim6.cga_subnet_prefix', 'Subnet prefix'),
  cgaCollisions: shim6.uint8('mh.shim6.cga_collision_count', 'Collision count'),
  hbaPrefix: shim6.bytes('mh.shim6.hba_prefix', 'Prefix of the set'),
  cgaSignature: shim6.bytes('shim6.cga_signature', 'CGA signature'),
  senderUlid: shim6.ipv6('shim6.sulid', 'Sender ULID'),
  receiverUlid: shim6.ipv6('shim6.rulid', 'Receiver ULID'),
  forkedInstance: shim6.uint32('shim6.opt.fii', 'Forked instance identifier'),
  keepaliveTimeout: shim6.uint16('mh.shim6.keepalive_timeout', 'Keepalive timeout (s)'),
  content: shim6.bytes('mh.shim6.option_content', 'Content'),
  padding: shim6.bytes('shim6.padding', 'Padding'),
} as const
