/** The authentication header (RFC 4302 section 2): offsets and fields. Its length counts 4-byte words less two. */
import { protocol } from '../core/fields.ts'
import { IP_PROTOCOL_NAMES } from '../ip/protocols.ts'

export const At = { Next: 0, Length: 1, Reserved: 2, Spi: 4, Sequence: 8, Icv: 12 } as const
export const AH_FIXED = 12

export const ah = protocol('ah', 'Authentication Header', 'AH')
export const ahNext = ah.uint8('ah.next_header', 'Next header', { values: IP_PROTOCOL_NAMES })
export const ahLength = ah.uint8('ah.length', 'Length')
export const ahReserved = ah.bytes('ah.reserved', 'Reserved')
export const ahSpi = ah.uint32('ah.spi', 'AH SPI', { base: 'hex' })
export const ahSequence = ah.uint32('ah.sequence', 'AH sequence')
export const ahIcv = ah.bytes('ah.icv', 'AH ICV')
