/** UDP (RFC 768): offsets and fields. */
import { alias, protocol } from '../core/fields.ts'
import { CHECKSUM_STATUS } from '../ip/wire.ts'

export const enum At {
  SourcePort = 0,
  DestinationPort = 2,
  Length = 4,
  Checksum = 6,
}
export const UDP_SIZE = 8

export const udp = protocol('udp', 'User Datagram Protocol', 'UDP')
export const udpSourcePort = udp.uint16('udp.srcport', 'Source port')
export const udpDestinationPort = udp.uint16('udp.dstport', 'Destination port')
alias('udp.port', [udpSourcePort, udpDestinationPort])
export const udpLength = udp.uint16('udp.length', 'Length')
export const udpChecksum = udp.uint16('udp.checksum', 'Checksum', { base: 'hex' })
/** Wireshark's default is not to verify: 2, or 3 when the sender left it out; the verdict is in `mh.checksum` */
export const udpChecksumStatus = udp.uint8('udp.checksum.status', 'Checksum status by default settings', { values: CHECKSUM_STATUS })
export const checksumVerdict = udp.string('mh.checksum', 'Transport checksum verdict')
export const udpPayload = udp.bytes('udp.payload', 'Payload')
