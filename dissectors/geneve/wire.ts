/** Geneve (RFC 8926 section 3): header and options. */
import { protocol } from '../core/fields.ts'
import { ETHERTYPE_NAMES } from '../link/ethertypes.ts'

export const GENEVE_PORT = 6081
export const HEADER = 8

export const geneve = protocol('geneve', 'Generic Network Virtualization Encapsulation', 'Geneve')
export const geneveVersion = geneve.uint8('geneve.version', 'Version')
export const geneveOptionLength = geneve.uint8('geneve.option.length', 'Length')
export const geneveFlags = geneve.uint8('geneve.flags', 'Flags', { base: 'hex' })
export const geneveOam = geneve.bool('geneve.flags.oam', 'Operations and management frame')
export const geneveCritical = geneve.bool('geneve.flags.critical', 'Critical options present')
export const geneveFlagsReserved = geneve.bool('geneve.flags.reserved', 'Reserved')
export const geneveType = geneve.uint16('geneve.proto_type', 'Protocol type', { base: 'hex', values: ETHERTYPE_NAMES })
export const geneveNetwork = geneve.uint24('geneve.vni', 'Virtual network identifier', { base: 'hex' })
export const geneveReserved = geneve.uint8('geneve.reserved', 'Reserved', { base: 'hex' })
export const geneveOptions = geneve.bytes('geneve.options', 'Options')
export const geneveOption = geneve.bytes('geneve.option', 'Option')
export const geneveOptionClass = geneve.uint16('geneve.option.class', 'Class', { base: 'hex' })
export const geneveOptionType = geneve.uint8('geneve.option.type', 'Type', { base: 'hex' })
export const geneveOptionCritical = geneve.bool('geneve.option.type.critical', 'Critical option')
export const geneveOptionFlags = geneve.uint8('geneve.option.flags', 'Flags', { base: 'hex' })
export const geneveOptionReserved = geneve.bool('geneve.option.flags.reserved', 'Reserved')
export const geneveOptionData = geneve.bytes('geneve.option.unknown.data', 'Option data')
