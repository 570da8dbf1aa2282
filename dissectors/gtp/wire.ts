/** GTPv1 user plane (3GPP TS 29.281 section 5): header, extension headers, the PDU session container (TS 38.415 section 5.5). */
import { protocol } from '../core/fields.ts'

export const GTP_PORT = 2152

export const enum At {
  Flags = 0,
  Message = 1,
  Length = 2,
  Teid = 4,
  Sequence = 8,
  NpduNumber = 10,
  NextExtension = 11,
}
export const HEADER = 8
/** with sequence number, N-PDU number and next extension type, which come together */
export const LONG_HEADER = 12

export const enum Flag {
  ProtocolType = 0x10,
  Extension = 0x04,
  Sequence = 0x02,
  Npdu = 0x01,
}

export const enum Message {
  EndMarker = 254,
  Gpdu = 255,
}
export const PDU_SESSION_CONTAINER = 0x85

export const gtp = protocol('gtp', 'GPRS Tunneling Protocol', 'GTP')
export const gtpFlags = gtp.uint8('gtp.flags', 'Flags', { base: 'hex' })
export const gtpVersion = gtp.uint8('gtp.flags.version', 'Version')
export const gtpProtocolType = gtp.uint8('gtp.flags.payload', 'Protocol type', { values: { 0: "GTP'", 1: 'GTP' } })
export const gtpReserved = gtp.uint8('gtp.flags.reserved', 'Reserved')
export const gtpHasExtension = gtp.bool('gtp.flags.e', 'Next extension header present')
export const gtpHasSequence = gtp.bool('gtp.flags.s', 'Sequence number present')
export const gtpHasNpdu = gtp.bool('gtp.flags.pn', 'N-PDU number present')
export const gtpMessage = gtp.uint8('gtp.message', 'Message type', {
  base: 'hex',
  values: {
    1: 'Echo request',
    2: 'Echo response',
    26: 'Error indication',
    31: 'Supported extension headers',
    254: 'End marker',
    255: 'T-PDU',
  },
})
export const gtpLength = gtp.uint16('gtp.length', 'Length')
export const gtpTeid = gtp.uint32('gtp.teid', 'Tunnel endpoint identifier', { base: 'hex' })
export const gtpSequence = gtp.uint16('gtp.seq_number', 'Sequence number', { base: 'hex' })
export const gtpNpdu = gtp.uint8('gtp.npdu_number', 'N-PDU number', { base: 'hex' })
export const gtpNext = gtp.uint8('gtp.ext_hdr.next', 'Next extension header type', {
  base: 'hex',
  values: { 0: 'No more extension headers', 64: 'UDP port', 133: 'PDU session container', 192: 'PDCP PDU number' },
})
export const gtpExtension = gtp.group('gtp.ext_hdr', 'Extension header')
export const gtpExtensionLength = gtp.uint8('gtp.ext_hdr.length', 'Length in units of 4 bytes')
export const gtpPduType = gtp.uint8('gtp.ext_hdr.pdu_ses_con.pdu_type', 'PDU type', { values: { 0: 'Downlink', 1: 'Uplink' } })
export const gtpSpare = gtp.uint8('gtp.spare.h1', 'Spare', { base: 'hex' })
export const gtpSpareUplink = gtp.uint8('gtp.spare.b7b6', 'Spare', { base: 'hex' })
export const gtpPagingPolicy = gtp.bool('gtp.ext_hdr.pdu_ses_cont.ppp', 'Paging policy presence')
export const gtpReflective = gtp.bool('gtp.ext_hdr.pdu_ses_cont.rqi', 'Reflective QoS indicator')
export const gtpQosFlow = gtp.uint8('gtp.ext_hdr.pdu_ses_con.qos_flow_id', 'QoS flow identifier')
