/** LISP data header (RFC 9300 section 5.3): fields and flags. The control plane's are in `control-wire.ts`. */
import { protocol } from '../core/fields.ts'

export const DATA_PORT = 4341
export const DATA_HEADER = 8

export const enum DataFlag {
  Nonce = 0x80,
  StatusBits = 0x40,
  EchoNonce = 0x20,
  MapVersion = 0x10,
  Instance = 0x08,
}

export const lispData = protocol('lisp-data', 'Locator/ID Separation Protocol (Data)', 'LISP data')
export const dataFlags = lispData.uint8('lisp-data.flags', 'Flags', { base: 'hex' })
export const dataFlagNonce = lispData.bool('lisp-data.flags.nonce', 'Nonce present')
export const dataFlagStatus = lispData.bool('lisp-data.flags.lsb', 'Locator status bits present')
export const dataFlagEcho = lispData.bool('lisp-data.flags.enr', 'Echo nonce requested')
export const dataFlagVersion = lispData.bool('lisp-data.flags.mv', 'Map version present')
export const dataFlagInstance = lispData.bool('lisp-data.flags.iid', 'Instance id present')
export const dataFlagReserved = lispData.uint8('lisp-data.flags.res', 'Reserved', { base: 'hex' })
export const dataNonce = lispData.uint24('lisp-data.nonce', 'Nonce')
export const dataMapVersion = lispData.uint24('lisp-data.mapver', 'Map version', { base: 'hex' })
export const dataSourceVersion = lispData.uint24('lisp-data.srcmapver', 'Source map version')
export const dataDestinationVersion = lispData.uint24('lisp-data.dstmapver', 'Destination map version')
export const dataInstance = lispData.uint24('lisp-data.iid', 'Instance id')
export const dataStatusBits = lispData.uint32('lisp-data.lsb', 'Locator status bits', { base: 'hex' })
export const dataStatusByte = lispData.uint8('lisp-data.lsb8', 'Locator status bits', { base: 'hex' })
export const dataEchoInvalid = lispData.group('lisp-data.flags.en_invalid', 'E without N')
export const dataVersionInvalid = lispData.group('lisp-data.flags.nv_invalid', 'N together with V')
