/** IGMP versions 1 (RFC 1112), 2 (RFC 2236) and 3 (RFC 3376 section 4): layout and fields. Names are Wireshark's. */
import { protocol } from '../core/fields.ts'

export const IGMP_PROTOCOL_NUMBER = 2
export const HEADER = 8
/** A query of at least 12 bytes is version 3 (RFC 3376 section 7.1). */
export const QUERY3_SIZE = 12

export const enum Type {
  Query = 0x11,
  Report1 = 0x12,
  Report2 = 0x16,
  Leave = 0x17,
  Report3 = 0x22,
}

export const TYPES: Readonly<Record<number, string>> = {
  17: 'Membership query',
  18: 'Membership report (version 1)',
  22: 'Membership report (version 2)',
  23: 'Leave group',
  34: 'Membership report (version 3)',
}

/** RFC 3376 section 4.2.12 */
export const enum RecordType {
  IsInclude = 1,
  ToInclude = 3,
  Block = 6,
}

export const RECORD_TYPES: Readonly<Record<number, string>> = {
  1: 'Mode is include',
  2: 'Mode is exclude',
  3: 'Change to include mode',
  4: 'Change to exclude mode',
  5: 'Allow new sources',
  6: 'Block old sources',
}

export const igmp = protocol('igmp', 'Internet Group Management Protocol', 'IGMP')
export const Field = {
  version: igmp.uint8('igmp.version', 'Version'),
  type: igmp.uint8('igmp.type', 'Type', { base: 'hex', values: TYPES }),
  reserved: igmp.bytes('igmp.reserved', 'Reserved'),
  maximum: igmp.uint8('igmp.max_resp', 'Maximum response time (0.1 s)'),
  checksum: igmp.uint16('igmp.checksum', 'Checksum', { base: 'hex' }),
  checksumStatus: igmp.uint8('igmp.checksum.status', 'Checksum status', { values: { 0: 'Bad', 1: 'Good', 2: 'Unverified' } }),
  group: igmp.ipv4('igmp.maddr', 'Multicast address'),
  suppress: igmp.bool('igmp.s', 'Suppress router side processing'),
  robustness: igmp.uint8('igmp.qrv', "Querier's robustness"),
  interval: igmp.uint8('igmp.qqic', "Querier's query interval code"),
  sources: igmp.uint16('igmp.num_src', 'Sources'),
  source: igmp.ipv4('igmp.saddr', 'Source address'),
  records: igmp.uint16('igmp.num_grp_recs', 'Group records'),
  record: igmp.group('igmp.group_record', 'Group record'),
  recordType: igmp.uint8('igmp.record_type', 'Record type', { values: RECORD_TYPES }),
  auxiliaryLength: igmp.uint8('igmp.aux_data_len', 'Auxiliary data length (4 bytes)'),
  auxiliary: igmp.bytes('igmp.aux_data', 'Auxiliary data'),
  data: igmp.bytes('igmp.data', 'Data'),
} as const
