/** GRE (RFC 2784, RFC 2890, RFC 1701 routing, RFC 2637 for version 1): header bits and fields. */
import { protocol } from '../core/fields.ts'
import { ETHERTYPE_NAMES } from '../link/ethertypes.ts'

export const enum Bit {
  Checksum = 0x8000,
  Routing = 0x4000,
  Key = 0x2000,
  Sequence = 0x1000,
  StrictSource = 0x0800,
  Acknowledgement = 0x0080,
}

/** What Cisco's routers put between GRE and the packet for security group tags: ethertype, version, length in words, then options. */
export const CISCO_METADATA = 0x8909

export const gre = protocol('gre', 'Generic Routing Encapsulation', 'GRE')
export const greFlags = gre.uint16('gre.flags_and_version', 'Flags and version', { base: 'hex' })
export const greHasChecksum = gre.bool('gre.flags.checksum', 'Checksum present')
export const greHasRouting = gre.bool('gre.flags.routing', 'Routing present')
export const greHasKey = gre.bool('gre.flags.key', 'Key present')
export const greHasSequence = gre.bool('gre.flags.sequence_number', 'Sequence number present')
export const greStrict = gre.bool('gre.flags.strict_source_route', 'Strict source route')
export const greRecursion = gre.uint16('gre.flags.recursion_control', 'Recursion control')
export const greHasAcknowledgement = gre.bool('gre.flags.ack', 'Acknowledgement present')
export const greReserved = gre.uint16('gre.flags.reserved', 'Reserved')
export const greVersion = gre.uint16('gre.flags.version', 'Version')
export const greProtocol = gre.uint16('gre.proto', 'Protocol type', { base: 'hex', values: ETHERTYPE_NAMES })
export const greChecksum = gre.uint16('gre.checksum', 'Checksum', { base: 'hex' })
export const greOffset = gre.uint16('gre.offset', 'Offset')
export const greKey = gre.uint32('gre.key', 'Key', { base: 'hex' })
export const greKeyLength = gre.uint16('gre.key.payload_length', 'Payload length')
export const greKeyCall = gre.uint16('gre.key.call_id', 'Call id')
export const greSequence = gre.uint32('gre.sequence_number', 'Sequence number')
export const greAcknowledgement = gre.uint32('gre.ack_number', 'Acknowledgement number')
export const greRouting = gre.group('gre.routing', 'Routing')
export const greRoutingFamily = gre.uint16('gre.routing.address_family', 'Address family')
export const greRoutingOffset = gre.uint8('gre.routing.sre_offset', 'Offset')
export const greRoutingLength = gre.uint8('gre.routing.src_length', 'Length')
export const greRoutingData = gre.bytes('gre.routing.information', 'Routing information')
