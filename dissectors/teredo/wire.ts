/** Teredo (RFC 4380 section 5.1.1): the indications that may stand before the IPv6 packet. */
import { protocol } from '../core/fields.ts'

export const TEREDO_PORT = 3544
export const enum Indication {
  Origin = 0x0000,
  Authentication = 0x0001,
}
export const ORIGIN_SIZE = 8

export const teredo = protocol('teredo', 'Teredo IPv6 over UDP tunneling', 'Teredo')
export const teredoAuth = teredo.group('teredo.auth', 'Authentication')
export const teredoAuthIdLength = teredo.uint8('teredo.auth.idlen', 'Client identifier length')
export const teredoAuthLength = teredo.uint8('teredo.auth.aulen', 'Authentication value length')
export const teredoAuthId = teredo.bytes('teredo.auth.id', 'Client identifier')
export const teredoAuthValue = teredo.bytes('teredo.auth.value', 'Authentication value')
export const teredoAuthNonce = teredo.bytes('teredo.auth.nonce', 'Nonce value')
export const teredoAuthConfirmation = teredo.bytes('teredo.auth.conf', 'Confirmation byte')
export const teredoOrigin = teredo.group('teredo.orig', 'Origin indication')
export const teredoOriginPort = teredo.uint16('teredo.orig.port', 'Origin port')
export const teredoOriginAddress = teredo.ipv4('teredo.orig.addr', 'Origin address')
