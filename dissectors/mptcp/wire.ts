/**
 * Multipath TCP on the wire: TCP option kind 30, RFC 8684 (version 1) and RFC 6824 (version 0).
 * Code points, lengths and field declarations; names are Wireshark's. An option whose length is not among its subtype's is malformed.
 */
import { protocol } from '../core/fields.ts'

export const enum Subtype {
  Capable = 0,
  Join = 1,
  Dss = 2,
  AddAddress = 3,
  RemoveAddress = 4,
  Priority = 5,
  Fail = 6,
  FastClose = 7,
  Reset = 8,
  Experimental = 15,
}

export const SUBTYPE_NAMES = {
  0: 'Multipath Capable',
  1: 'Join Connection',
  2: 'Data Sequence Signal',
  3: 'Add Address',
  4: 'Remove Address',
  5: 'Change Subflow Priority',
  6: 'Fallback',
  7: 'Fast Close',
  8: 'TCP Reset',
  15: 'Experimental',
} as const

/** RFC names, for the packet list. */
export const SUBTYPE_SHORT: Readonly<Record<number, string>> = {
  0: 'MP_CAPABLE',
  1: 'MP_JOIN',
  2: 'DSS',
  3: 'ADD_ADDR',
  4: 'REMOVE_ADDR',
  5: 'MP_PRIO',
  6: 'MP_FAIL',
  7: 'MP_FASTCLOSE',
  8: 'MP_TCPRST',
  15: 'MP_EXPERIMENTAL',
}

/** MP_CAPABLE flags, byte 3 (RFC 8684 section 3.1). */
export const enum CapableFlag {
  Checksum = 0x80,
  Extensibility = 0x40,
  NoMoreSubflows = 0x20,
  Sha = 0x01,
}

/** DSS flags, byte 3 (RFC 8684 section 3.3). */
export const enum DssFlag {
  Ack = 0x01,
  Ack8 = 0x02,
  Mapping = 0x04,
  Dsn8 = 0x08,
  DataFin = 0x10,
}

/** MP_TCPRST reasons (RFC 8684 section 3.6). */
export const RESET_REASONS: Readonly<Record<number, string>> = {
  0: 'unspecified error',
  1: 'MPTCP-specific error',
  2: 'lack of resources',
  3: 'administratively prohibited',
  4: 'too much outstanding data',
  5: 'unacceptable performance',
  6: 'middlebox interference',
}

const mptcp = protocol('mptcp', 'Multipath Transmission Control Protocol', 'MPTCP')
export const MPTCP = mptcp.protocol

const prefix = 'tcp.options.mptcp.'
export const M = {
  root: mptcp.root,
  flagGroup: mptcp.group('mh.mptcp.flags', 'Flags'),
  subtype: mptcp.uint8(`${prefix}subtype`, 'Subtype', { values: SUBTYPE_NAMES }),
  version: mptcp.uint8(`${prefix}version`, 'Version'),
  flags: mptcp.uint8(`${prefix}flags`, 'Flags', { base: 'hex' }),
  checksumRequired: mptcp.uint8(`${prefix}checksumreq.flags`, 'Checksum required'),
  extensibility: mptcp.uint8(`${prefix}extensibility.flag`, 'Extensibility'),
  noMoreSubflows: mptcp.uint8(`${prefix}nomoresubflows.flag`, 'No further subflows to this address and port'),
  sha1: mptcp.uint8(`${prefix}sha1.flag`, 'HMAC-SHA1'),
  sha256: mptcp.uint8(`${prefix}sha256.flag`, 'HMAC-SHA256'),
  reservedFlags: mptcp.uint8(`${prefix}reserved.flag`, 'Reserved', { base: 'hex' }),
  senderKey: mptcp.uint64(`${prefix}sendkey`, "Sender's key"),
  receiverKey: mptcp.uint64(`${prefix}recvkey`, "Receiver's key"),
  token: mptcp.uint32('mptcp.expected_token', 'Token of the key'),
  initialDsn: mptcp.uint64('mptcp.expected_idsn', 'Initial data sequence number of the key'),
  backup: mptcp.uint8(`${prefix}backup.flag`, 'Backup'),
  addressId: mptcp.uint8(`${prefix}addrid`, 'Address id'),
  receiverToken: mptcp.uint32(`${prefix}recvtok`, "Receiver's token"),
  nonce: mptcp.uint32(`${prefix}sendrand`, "Sender's nonce"),
  truncatedHmac: mptcp.uint64(`${prefix}sendtrunchmac`, "Sender's truncated HMAC"),
  hmac: mptcp.bytes(`${prefix}sendhmac`, "Sender's HMAC"),
  reserved: mptcp.uint16(`${prefix}reserved`, 'Reserved', { base: 'hex' }),
  dataFin: mptcp.uint8(`${prefix}datafin.flag`, 'DATA_FIN'),
  dsn8: mptcp.uint8(`${prefix}dseqn8.flag`, 'Data sequence number has 8 bytes'),
  mappingPresent: mptcp.uint8(`${prefix}dseqnpresent.flag`, 'Mapping present'),
  ack8: mptcp.uint8(`${prefix}dataack8.flag`, 'Data ACK has 8 bytes'),
  ackPresent: mptcp.uint8(`${prefix}dataackpresent.flag`, 'Data ACK present'),
  dataAck: mptcp.uint64(`${prefix}rawdataack`, 'Data ACK'),
  dsn: mptcp.uint64(`${prefix}rawdataseqno`, 'Data sequence number'),
  subflowSequence: mptcp.uint32(`${prefix}subflowseqno`, 'Subflow sequence number'),
  dataLength: mptcp.uint16(`${prefix}datalvllen`, 'Data-level length'),
  checksum: mptcp.uint16(`${prefix}checksum`, 'Checksum', { base: 'hex' }),
  ipVersion: mptcp.uint8(`${prefix}ipver`, 'IP version'),
  echo: mptcp.uint8(`${prefix}echo`, 'Echo'),
  ipv4: mptcp.ipv4(`${prefix}ipv4`, 'Address'),
  ipv6: mptcp.ipv6(`${prefix}ipv6`, 'Address'),
  port: mptcp.uint16(`${prefix}port`, 'Port'),
  addressHmac: mptcp.uint64(`${prefix}addaddrtrunchmac`, 'Truncated HMAC'),
  removedCount: mptcp.uint8('mptcp.rm_addr.count', 'Removed addresses'),
  resetU: mptcp.bool(`${prefix}flag_U.flag`, 'U'),
  resetV: mptcp.bool(`${prefix}flag_V.flag`, 'V'),
  resetW: mptcp.bool(`${prefix}flag_W.flag`, 'W'),
  resetT: mptcp.bool(`${prefix}flag_T.flag`, 'Transient'),
  resetReason: mptcp.uint8(`${prefix}rst_reason`, 'Reason', { base: 'hex', values: RESET_REASONS }),
  infinite: mptcp.group('mptcp.dss.infinite_mapping', 'Infinite mapping: fallback'),
  stream: mptcp.uint32('mptcp.stream', 'Connection index'),
  experimental: mptcp.bytes('mh.mptcp.experimental', 'Experimental data'),
} as const
