/** ESP (RFC 4303 section 2) and what can be seen of it without keys: SPI, sequence number, and that the rest is encrypted. */
import { protocol } from '../core/fields.ts'

export const At = { Spi: 0, Sequence: 4, Data: 8 } as const
export const ESP_HEADER = 8

export const esp = protocol('esp', 'Encapsulating Security Payload', 'ESP')
export const espSpi = esp.uint32('esp.spi', 'ESP SPI', { base: 'hex' })
export const espSequence = esp.uint32('esp.sequence', 'ESP sequence')
export const espData = esp.bytes('esp.encrypted_data', 'ESP encrypted data')
/** who announced the SPI: the key exchange seen in this capture */
export const espOwner = esp.string('mh.esp.announced_by', 'SPI announced by')
